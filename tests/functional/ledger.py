"""The sidechain's bytes for tests: accounts, transactions, the peg's operations, proofs and deposit addresses. Written from
doc/formats.md, independent of the program's own code."""
import struct

import bitcoin
import secp

COIN = bytes(32)  # asset 0
KEY, POLICY, MODULE = 0, 1, 2
TRANSFER = 4
HEADERS, DEPOSIT, INTENT, INTENT_PAID, PAYOUT, CANCEL, FEERATE, SIGN, CONFIRM, SETTLE, SPENT, DONATE, PAUSE = range(100, 113)
HRP = "tlyr"  # of regtest


def u8(n):
    return struct.pack("<B", n)


def u16(n):
    return struct.pack("<H", n)


def u32(n):
    return struct.pack("<I", n)


def u64(n):
    return struct.pack("<Q", n)


# Accounts: a type byte and 32 bytes; as text bech32m of all 33.

def account_of_key(key):
    return u8(KEY) + key


def account_of_module(name, subject=b""):
    return u8(MODULE) + secp.tagged("tally/module", name.encode() + b"\0" + subject)


def _check_of(data, hrp):
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    return bitcoin._polymod(expanded + data)


def account_text(account, hrp=HRP):
    data = bitcoin._regroup(account, 8, 5, True)
    check = _check_of(data + [0] * 6, hrp) ^ 0x2BC830A3
    return hrp + "1" + "".join(bitcoin.CHARSET[v] for v in data + [check >> 5 * (5 - i) & 31 for i in range(6)])


def account_from_text(text):
    hrp, _, rest = text.rpartition("1")
    data = [bitcoin.CHARSET.index(c) for c in rest]
    if _check_of(data, hrp) != 0x2BC830A3:
        raise ValueError(f"bad checksum in {text}")
    account = bytes(bitcoin._regroup(data[:-6], 5, 8, False))
    if len(account) != 33:
        raise ValueError(f"{text} is no account")
    return account


# Transactions.

def relay(number, payload):
    """One operation of the peg, as anyone may submit it."""
    return u8(2) + u16(number) + bitcoin.var(payload)


def txid(transaction):
    """Of a relay transaction; of a signed one give the body alone."""
    return secp.tagged("tally/txid", transaction).hex()


def body(payer, nonce, fee, valid_until, ops):
    """ops: (number, source account, payload)."""
    out = u8(1) + struct.pack("<q", valid_until) + payer + u64(nonce) + u64(fee) + bitcoin.compact(len(ops))
    return out + b"".join(u16(number) + source + bitcoin.var(payload) for number, source, payload in ops)


def signed(body_, genesis_id, secrets):
    """secrets: of the distinct signers, payer first and then sources as they appear."""
    message = secp.tagged("tally/transaction", genesis_id + body_)
    return body_ + b"".join(secp.sign(s, message) for s in secrets)


# Proof that a transaction stands in a block.

def merkle_branch(ids, index):
    """Siblings from the leaf up, in wire order; ids as displayed."""
    row, branch = [bitcoin.hidden(i) for i in ids], []
    while len(row) > 1:
        row += row[-1:] if len(row) % 2 else []
        branch.append(row[index ^ 1])
        row = [bitcoin.sha256d(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
        index //= 2
    return branch


class Proof:
    """Of transaction number `index` of a bitcoin.Block; a test changes the fields to lie. tx and coinbase are bytes without
    witness, block is as displayed."""

    def __init__(self, block, index):
        ids = [t.txid() for t in block.txs]
        self.block, self.index = block.hash(), index
        self.tx, self.branch = block.txs[index].encode(False), merkle_branch(ids, index)
        self.coinbase, self.coinbase_branch = block.txs[0].encode(False), merkle_branch(ids, 0)
        self.depth = None  # of the branches; None: as it is

    @classmethod
    def of(cls, block, txid_):
        return cls(block, next(i for i, t in enumerate(block.txs) if t.txid() == txid_))

    def encode(self):
        depth = len(self.branch) if self.depth is None else self.depth
        return (bitcoin.hidden(self.block) + bitcoin.var(self.tx) + u32(self.index) + u8(depth) + b"".join(self.branch) +
                bitcoin.var(self.coinbase) + b"".join(self.coinbase_branch))


# What holds the coin.

class Terms:
    """What a deposit address commits to."""

    def __init__(self, account, reclaim, asset=COIN, nonce=0, epoch=0):
        self.account, self.reclaim, self.asset, self.nonce, self.epoch = account, reclaim, asset, nonce, epoch

    def encode(self):
        return u32(self.epoch) + self.account + self.asset + self.reclaim + u64(self.nonce)


class Federation:
    """The scripts of one epoch, from the genesis file's JSON."""

    def __init__(self, genesis, genesis_id):
        f, self.params, self.id = genesis["peg"]["federation"], genesis["peg"]["params"], genesis_id
        self.k, self.r = f["k"], f["r"]
        self.keys = [bytes.fromhex(m["key"]) for m in f["members"]]
        self.recovery = [bytes.fromhex(k) for k in f["recovery"]]
        self.leaf = self._multi(self.k, self.keys) + b"\x9c"

    @staticmethod
    def _multi(k, keys):
        return b"".join(bitcoin.push(key) + bytes([0xBA if i else 0xAC]) for i, key in enumerate(keys)) + bitcoin.push_number(k)

    def _output(self, internal, other):
        leaves = [bitcoin.tapleaf(self.leaf), bitcoin.tapleaf(other)]
        key, odd = secp.tweak_public(internal, bitcoin.tapbranch(*leaves))
        return bitcoin.p2tr(key), bytes([0xC0 | odd]) + internal + leaves[1]

    def vault(self):
        """Output script, and the control block of the members' leaf."""
        older = bitcoin.push_number(self.params["recovery_delay"]) + b"\xb2"
        return self._output(secp.NUMS, self._multi(self.r, self.recovery) + b"\x9d" + older)

    def deposit(self, terms):
        """The same of a deposit address."""
        tweak = int.from_bytes(secp.tagged("tally/deposit", self.id + terms.encode()), "big")
        internal = secp.xonly(secp.add(secp.lift_x(secp.NUMS), secp.mul(tweak)))
        older = bitcoin.push_number(self.params["reclaim_delay"]) + b"\xb2"
        return self._output(internal, bitcoin.push(terms.reclaim) + b"\xad" + older)

    def sign(self, secret, tx, spent):
        """One member's signatures of all inputs of a plan's transaction; spent holds the Out of each."""
        leaf = bitcoin.tapleaf(self.leaf)
        return [secp.sign(secret, bitcoin.sighash(tx, spent, i, leaf=leaf)) for i in range(len(tx.ins))]


# Payloads of the peg's operations.

def headers(list_):
    return b"".join(h.encode() for h in list_)


def deposit(terms, index, proof):
    return terms.encode() + u32(index) + proof


def mark(epoch, member, counter, signature):
    return u32(epoch) + u8(member) + u64(counter) + signature


def mark_message(kind, genesis_id, epoch, member, counter, subject=b""):
    """What a member signs outside of plans; kind: intent (subject: the terms), feerate (the rate), guardian (nothing)."""
    return secp.tagged("tally/" + kind, genesis_id + u32(epoch) + u8(member) + u64(counter) + subject)


def payout(amount, max_fee, script):
    return u64(amount) + u64(max_fee) + bitcoin.var(script)


def sign(plan, version, member, signatures):
    return u64(plan) + u32(version) + u8(member) + b"".join(signatures)


def confirm(plan, proof):
    """SETTLE has the same shape."""
    return u64(plan) + proof


def outpoint(txid_, vout):
    return bitcoin.hidden(txid_) + u32(vout)


def spent(outpoint_, proof, parent=b""):
    return outpoint_ + bitcoin.var(parent) + proof


def donate(epoch, index, proof):
    return u32(epoch) + u32(index) + proof


def transfer(asset, to, amount, memo=b""):
    return asset + to + u64(amount) + bitcoin.var(memo)


# Keys of the state, for proofs.

def balance_key(account, asset=COIN):
    return b"ba" + account + asset


def deposit_key(txid_, vout):
    return b"pD" + bitcoin.hidden(txid_) + struct.pack(">I", vout)
