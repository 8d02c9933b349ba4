"""Bitcoin's bytes for tests: transactions, blocks, addresses, taproot spends. Written from the BIPs, independent of the
program's own code."""
import hashlib
import struct

import secp

COIN = 100_000_000
GENESIS_HASH = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"  # regtest
GENESIS_HEADER = bytes.fromhex("01000000" + "00" * 32 + "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
                               "dae5494dffff7f2002000000")
BITS = 0x207FFFFF
HRP = "bcrt"
OP_RETURN, OP_1 = 0x6A, 0x51
RBF = 0xFFFFFFFD
CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def sha256d(b):
    return hashlib.sha256(hashlib.sha256(b).digest()).digest()


def shown(h):
    """A hash as Bitcoin displays it."""
    return h[::-1].hex()


def hidden(text):
    return bytes.fromhex(text)[::-1]


def compact(n):
    if n < 0xFD:
        return bytes([n])
    if n <= 0xFFFF:
        return b"\xfd" + struct.pack("<H", n)
    return (b"\xfe" + struct.pack("<I", n)) if n <= 0xFFFFFFFF else (b"\xff" + struct.pack("<Q", n))


def var(b):
    return compact(len(b)) + b


class Reader:
    def __init__(self, b):
        self.b, self.at = b, 0

    def take(self, n):
        if self.at + n > len(self.b):
            raise ValueError("too short")
        self.at += n
        return self.b[self.at - n:self.at]

    def unpack(self, fmt):
        return struct.unpack("<" + fmt, self.take(struct.calcsize("<" + fmt)))[0]

    def compact(self):
        n = self.unpack("B")
        return n if n < 0xFD else self.unpack({0xFD: "H", 0xFE: "I", 0xFF: "Q"}[n])

    def var(self):
        return self.take(self.compact())

    def done(self):
        return self.at == len(self.b)


class In:
    def __init__(self, txid, vout, sequence=RBF, script=b"", witness=()):
        self.txid, self.vout, self.sequence, self.script, self.witness = txid, vout, sequence, script, list(witness)


class Out:
    def __init__(self, value, script):
        self.value, self.script = value, script

    def encode(self):
        return struct.pack("<q", self.value) + var(self.script)


class Tx:
    """txids are strings as displayed; values are satoshi."""

    def __init__(self, ins=(), outs=(), version=2, locktime=0):
        self.ins, self.outs, self.version, self.locktime = list(ins), list(outs), version, locktime

    @classmethod
    def read(cls, r):
        tx = cls(version=r.unpack("i"))
        n, witness = r.compact(), False
        if n == 0:
            witness = r.unpack("B") == 1
            n = r.compact()
        for _ in range(n):
            txid, vout, script = shown(r.take(32)), r.unpack("I"), r.var()
            tx.ins.append(In(txid, vout, r.unpack("I"), script))
        tx.outs = [Out(r.unpack("q"), r.var()) for _ in range(r.compact())]
        for i in tx.ins if witness else ():
            i.witness = [r.var() for _ in range(r.compact())]
        tx.locktime = r.unpack("I")
        return tx

    @classmethod
    def decode(cls, b):
        r = Reader(b if isinstance(b, bytes) else bytes.fromhex(b))
        tx = cls.read(r)
        if not r.done():
            raise ValueError("bytes left over")
        return tx

    def encode(self, witness=True):
        witness = witness and any(i.witness for i in self.ins)
        out = struct.pack("<i", self.version) + (b"\0\1" if witness else b"")
        out += compact(len(self.ins))
        for i in self.ins:
            out += hidden(i.txid) + struct.pack("<I", i.vout) + var(i.script) + struct.pack("<I", i.sequence)
        out += compact(len(self.outs)) + b"".join(o.encode() for o in self.outs)
        for i in self.ins if witness else ():
            out += compact(len(i.witness)) + b"".join(var(w) for w in i.witness)
        return out + struct.pack("<I", self.locktime)

    def hex(self):
        return self.encode().hex()

    def txid(self):
        return shown(sha256d(self.encode(False)))

    def wtxid(self):
        return shown(sha256d(self.encode()))

    def weight(self):
        return 3 * len(self.encode(False)) + len(self.encode())

    def vsize(self):
        return (self.weight() + 3) // 4


def merkle_root(ids):
    """ids as displayed; the root in wire order."""
    row = [hidden(i) for i in ids]
    while len(row) > 1:
        row += row[-1:] if len(row) % 2 else []
        row = [sha256d(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


class Header:
    def __init__(self, prev=GENESIS_HASH, root=bytes(32), time=0, bits=BITS, nonce=0, version=0x20000000):
        self.version, self.prev, self.root, self.time, self.bits, self.nonce = version, prev, root, time, bits, nonce

    @classmethod
    def decode(cls, b):
        r = Reader(b)
        version, prev, root = r.unpack("i"), shown(r.take(32)), r.take(32)
        return cls(prev, root, r.unpack("I"), r.unpack("I"), r.unpack("I"), version)

    def encode(self):
        return (struct.pack("<i", self.version) + hidden(self.prev) + self.root +
                struct.pack("<III", self.time, self.bits, self.nonce))

    def hash(self):
        return shown(sha256d(self.encode()))

    def solved(self):
        target = (self.bits & 0x7FFFFF) << (8 * ((self.bits >> 24) - 3))
        return int(self.hash(), 16) <= target

    def solve(self, solved=True):
        self.nonce = 0
        while self.solved() != solved:
            self.nonce += 1
        return self


class Block:
    def __init__(self, header, txs):
        self.header, self.txs = header, txs

    @classmethod
    def decode(cls, b):
        r = Reader(b if isinstance(b, bytes) else bytes.fromhex(b))
        header = Header.decode(r.take(80))
        return cls(header, [Tx.read(r) for _ in range(r.compact())])

    def encode(self, witness=True):
        return self.header.encode() + compact(len(self.txs)) + b"".join(t.encode(witness) for t in self.txs)

    def hash(self):
        return self.header.hash()

    def seal(self):
        self.header.root = merkle_root([t.txid() for t in self.txs])
        self.header.solve()
        return self


def push(b):
    assert len(b) <= 75
    return bytes([len(b)]) + b


def push_number(n):
    if n == 0:
        return b"\0"
    if n <= 16:
        return bytes([OP_1 - 1 + n])
    raw = n.to_bytes((n.bit_length() + 8) // 8, "little")  # one more bit for the sign
    return push(raw)


def subsidy(height):
    return 50 * COIN >> height // 150


def make_block(prev, height, time, script, txs=(), fees=0, salt=b""):
    """A solved block with BIP34 height and BIP141 commitment."""
    coinbase = Tx([In("00" * 32, 0xFFFFFFFF, 0xFFFFFFFF, push_number(height) + push(salt or b"tests"), [bytes(32)])],
                  [Out(subsidy(height) + fees, script)])
    root = merkle_root(["00" * 32] + [t.wtxid() for t in txs])
    coinbase.outs.append(Out(0, bytes([OP_RETURN, 36]) + b"\xaa\x21\xa9\xed" + sha256d(root + bytes(32))))
    return Block(Header(prev, time=time), [coinbase, *txs]).seal()


# Addresses: bech32 (BIP173) and bech32m (BIP350).

def _polymod(values):
    chk = 1
    for v in values:
        top = chk >> 25
        chk = (chk & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            chk ^= g if top >> i & 1 else 0
    return chk


def _regroup(data, width_in, width_out, pad):
    acc = bits = 0
    out = []
    for v in data:
        acc, bits = acc << width_in | v, bits + width_in
        while bits >= width_out:
            bits -= width_out
            out.append(acc >> bits & ((1 << width_out) - 1))
    if pad and bits:
        out.append(acc << (width_out - bits) & ((1 << width_out) - 1))
    return out


def address_of(script, hrp=HRP):
    """Of a witness program."""
    version = script[0] and script[0] - OP_1 + 1
    data = [version] + _regroup(script[2:], 8, 5, True)
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    check = _polymod(expanded + data + [0] * 6) ^ (0x2BC830A3 if version else 1)
    return hrp + "1" + "".join(CHARSET[v] for v in data + [check >> 5 * (5 - i) & 31 for i in range(6)])


def script_of(address):
    hrp, _, rest = address.rpartition("1")
    data = [CHARSET.index(c) for c in rest]
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    if _polymod(expanded + data) != (0x2BC830A3 if data[0] else 1):
        raise ValueError(f"bad checksum in {address}")
    program = bytes(_regroup(data[1:-6], 5, 8, False))
    return bytes([data[0] and OP_1 - 1 + data[0], len(program)]) + program


# Taproot.

def p2tr(output_key):
    return bytes([OP_1, 32]) + output_key


def tapleaf(script, version=0xC0):
    return secp.tagged("TapLeaf", bytes([version]) + var(script))


def tapbranch(a, b):
    return secp.tagged("TapBranch", min(a, b) + max(a, b))


def sighash(tx, spent, index, hash_type=0, leaf=None, annex=None):
    """BIP341's message; spent holds the Out of each input."""
    anyone, kind = hash_type & 0x80, hash_type & 3
    me = tx.ins[index]
    m = bytes([0, hash_type]) + struct.pack("<iI", tx.version, tx.locktime)
    sha = lambda b: hashlib.sha256(b).digest()
    if not anyone:
        m += sha(b"".join(hidden(i.txid) + struct.pack("<I", i.vout) for i in tx.ins))
        m += sha(b"".join(struct.pack("<q", o.value) for o in spent))
        m += sha(b"".join(var(o.script) for o in spent))
        m += sha(b"".join(struct.pack("<I", i.sequence) for i in tx.ins))
    if kind < 2:
        m += sha(b"".join(o.encode() for o in tx.outs))
    m += bytes([2 * (leaf is not None) + (annex is not None)])
    if anyone:
        m += hidden(me.txid) + struct.pack("<I", me.vout) + spent[index].encode() + struct.pack("<I", me.sequence)
    else:
        m += struct.pack("<I", index)
    if annex is not None:
        m += sha(var(annex))
    if kind == 3:
        m += sha(tx.outs[index].encode())
    if leaf is not None:
        m += leaf + b"\0" + b"\xff\xff\xff\xff"
    return secp.tagged("TapSighash", m)


class Key:
    """A key-path taproot output without a tree."""

    def __init__(self, name):
        self.secret = secp.secret_from(name)
        self.key = secp.public(self.secret)
        self.tweaked = secp.tweak_secret(self.secret)
        self.script = p2tr(secp.tweak_public(self.key)[0])
        self.address = address_of(self.script)

    def sign(self, tx, spent, index):
        tx.ins[index].witness = [secp.sign(self.tweaked, sighash(tx, spent, index))]


class Vault:
    """tr(NUMS, {multi_a(k, keys), and_v(v:pk(last), older(delay))})"""

    def __init__(self, k, names, reclaim, delay):
        self.k, self.delay = k, delay
        self.secrets = [secp.secret_from(n) for n in names]
        self.reclaim = secp.secret_from(reclaim)
        keys = [secp.public(s) for s in self.secrets]
        multi = b"".join(push(key) + bytes([0xBA if i else 0xAC]) for i, key in enumerate(keys)) + push_number(k) + b"\x9c"
        older = push(secp.public(self.reclaim)) + b"\xad" + push_number(delay) + b"\xb2"
        self.leaves = [multi, older]
        hashes = [tapleaf(s) for s in self.leaves]
        output_key, odd = secp.tweak_public(secp.NUMS, tapbranch(*hashes))
        self.script = p2tr(output_key)
        self.address = address_of(self.script)
        self.controls = [bytes([0xC0 | odd]) + secp.NUMS + hashes[1 - i] for i in range(2)]

    def sign(self, tx, spent, index, who):
        """Through the k-of-n leaf, with the signatures of members `who` (numbers from 0)."""
        message = sighash(tx, spent, index, leaf=tapleaf(self.leaves[0]))
        sigs = [secp.sign(s, message) if i in who else b"" for i, s in enumerate(self.secrets)]
        tx.ins[index].witness = sigs[::-1] + [self.leaves[0], self.controls[0]]

    def sign_reclaim(self, tx, spent, index):
        message = sighash(tx, spent, index, leaf=tapleaf(self.leaves[1]))
        tx.ins[index].witness = [secp.sign(self.reclaim, message), self.leaves[1], self.controls[1]]
