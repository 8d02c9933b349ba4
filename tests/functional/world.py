"""A whole small world for a test: a main chain, a federation of three with its signers, a tallyd with its ledger, and customers
who pay coin in and take it out.

    w = World(t)                       # embedded chain, 2 of 3, signers inside tallyd, accounts alice and bob
    w = World(t, signers="processes")  # three tally-signer processes; w.signers
    w = World(t, chain=BtcdChain(t))   # any main chain of chains.py

    deposit = w.deposit("alice", 5_000_000)   # "TXID:INDEX", in the chain's pool; satoshi everywhere
    w.mint(deposit)                           # mines what it needs and waits for MINTED; getpegin's answer
    payout = w.pegout("alice", address, 100_000)
    w.settle(payout)                          # mines and waits until it is PAID or FINAL; getpegout's answer
    w.audit()                                 # books against each other and against the main chain

    w.node, w.rpc                 the Tallyd and its RPC; w.restart(), w.node.kill() and w.node.start() may be used
    w.accounts["alice"]           account text
    w.balance("alice")            satoshi of coin; w.balance("alice", "POINTS") a decimal string of another asset
    w.federation, w.genesis_id    the independent view of the peg: ledger.Federation
    w.submit(bytes)               a transaction of the test's own making into the ledger; what the block said
    w.refused(bytes, reason)      the same for one that must be refused without a trace

With signers="python" no signer runs: w.secrets are the members' secrets, and w.vote(rate), w.endorse(terms), w.sign(plan) do by
hand what signers do.
"""
import json
import os
import time

import bitcoin
import ledger
import secp
from chains import EmbeddedChain, coin_tool, coins_of, sat_of
from harness import SLOW, Process, RpcError, Tallyd, check, equal, program, raises, run, tally, wait_until

PLUGINS = (
    "gov_council",
    "gov_quadratic",
    "gov_token",
    "issue_fixed",
    "issue_loyalty",
    "issue_managed",
    "sale_crowd",
)
FEE = 1000  # satoshi that a customer pays for a main-chain transaction


class Signer(Process):
    """A tally-signer process for one member's key file."""

    def __init__(self, world, key_file):
        self.socket_path = key_file.removesuffix(".json") + ".sock"
        argv = [program("tally-signer"), "--network=regtest", f"--genesis={world.genesis_path}", f"--signer-key={key_file}",
                f"--signer-socket={self.socket_path}"]
        super().__init__(world.test, "signer", argv)
        self.start()

    def start(self):
        said = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        super().start()

        def ready():
            with open(self.log, "rb") as f:
                f.seek(said)
                return b"tally-signer ready" in f.read() or not self.running()
        wait_until(ready, 20, "tally-signer to be ready", every=0.01)
        check(self.running(), f"{self.name} {self.state()} instead of being ready")
        return self


class Customer:
    """A key of the main chain, driven by tests/mainchain/coin, and its coins."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        key = coin_tool("key", f"{world.test.dir} {name}")
        self.secret, self.address = key["secret"], key["address"]
        self.coins = []  # (txid, vout, sat), spendable, oldest first

    def fill(self, sat):
        """Have the chain's own miner give coin."""
        self.coins.append((*self.world.chain.fund(self.address, sat), sat))

    def pay(self, outs, version=2):
        """outs: [(address or "script:HEX", sat)]; the txid, in the pool. What is left comes back."""
        total = sum(sat for _, sat in outs) + FEE
        if not any(c[2] >= total + 1000 for c in self.coins):
            self.fill(total + 200_000_000)
        coin = next(c for c in self.coins if c[2] >= total + 1000)
        self.coins.remove(coin)
        change = coin[2] - total
        args = [f"--out={address}:{sat}" for address, sat in [*outs, (self.address, change)]]
        tx = coin_tool("spend", f"--secret={self.secret}", f"--version={version}", f"--in={coin[0]}:{coin[1]}:{coin[2]}", *args)
        txid = self.world.chain.send_raw(tx["hex"])
        self.coins.append((txid, len(outs), change))
        return txid


class World:
    def __init__(self, test, chain=None, signers="builtin", accounts=("alice", "bob"), genesis=(), options=(), k=2, n=3,
                 premine=110):
        """genesis: more NAME=VALUE words for `tally genesis`; options: more of tallyd's."""
        self.test = test
        self.chain = chain or EmbeddedChain(test, premine=premine)
        self.customer = None
        self.payouts = {}       # id: (main-chain address, satoshi)
        self.members, self.signers = [], []
        self.secrets = [secp.even(secp.secret_from(f"member {i}")) for i in range(n)] if signers == "python" else []
        self.counters = {}      # last one that a member used
        self.options = [f"--connect={self.chain.p2p_address}", "--feerate=2", f"--plugindir={program_dir()}", *options]
        self.node = Tallyd(test, *self.options)
        self.rpc = self.node.rpc
        self.rpc.createwallet()
        self.accounts = {name: self.rpc.newaccount(name)["account"] for name in [*accounts, *(f"member-{i}" for i in range(n))]}
        self.genesis_path = test.path("genesis.json")
        self._make_genesis(k, n, genesis)
        self._start_ledger(signers)

    # --- Making it.

    def _make_keys(self, n):
        keys_dir = os.path.join(self.node.datadir, "regtest", "keys")
        os.makedirs(keys_dir, mode=0o700, exist_ok=True)
        empty = self.test.path("no-passphrase")
        open(empty, "w", encoding="ascii").close()
        for i in range(n):
            path = os.path.join(keys_dir, f"signer{i}.json")
            where = [f"--signer-key={path}", f"--passphrase-file={empty}"]
            key = run([program("tally-signer"), "--network=regtest", *where, "newkey"]).strip()
            self.members.append((f"member-{i}", key, path))

    def _make_genesis(self, k, n, words):
        if self.secrets:
            self.members = [(f"member-{i}", secp.public(s).hex(), None) for i, s in enumerate(self.secrets)]
        else:
            self._make_keys(n)
        said = [f"member={name}:{key}:{self.accounts[name]}" for name, key, _ in self.members]
        said += [f"recovery={secp.public(secp.secret_from(f'recovery {i}')).hex()}" for i in range(3)]
        said += [f"rule={os.path.join(program_dir(), name)}.so" for name in PLUGINS]
        tally(self.node, "genesis", *said, f"k={k}", *words, f"out={self.genesis_path}")
        with open(self.genesis_path, encoding="utf-8") as f:
            self.genesis = json.load(f)

    def _start_ledger(self, signers):
        self.node.stop()
        self.node.argv.append(f"--genesis={self.genesis_path}")
        if signers == "builtin":
            self.node.argv.append("--signer=builtin")
        elif signers == "processes":
            self.signers = [Signer(self, path) for _, _, path in self.members]
            self.node.argv += [f"--signer={s.socket_path}" for s in self.signers]
        self.node.start()
        self.wait_ready()
        self.genesis_id = bytes.fromhex(wait_until(lambda: self.rpc.getblock("1")["previous"], 20, "the first block"))
        self.federation = ledger.Federation(self.genesis, self.genesis_id)
        self.customer = Customer(self, "customer")

    def wait_ready(self, timeout=30):
        """Until the light client is synced and the ledger knows the main chain's tip."""
        self.wait(lambda: self.rpc.getinfo()["ready"] and self.knows_tip(), timeout, "tallyd to be ready and to know the tip")

    def wait(self, predicate, timeout=30, what="a condition"):
        return wait_until(predicate, timeout, what, every=0.02)

    def restart(self):
        self.node.stop()
        self.node.start()
        self.wait_ready()

    # --- Looking.

    def knows_tip(self):
        return self.rpc.getpegstatus()["tip"] == self.chain.tip()

    def balance(self, account, ticker=None):
        """Satoshi of coin, or the decimal string of another asset (None: it has none)."""
        for b in self.rpc.getaccount(self.accounts.get(account, account))["balances"]:
            if ticker is None and b["asset"] == "00" * 32:
                return sat_of(b["balance"])
            if ticker is not None and b["ticker"] == ticker:
                return b["balance"]
        return 0 if ticker is None else None

    def mine(self, n=1):
        """Blocks of the main chain, and wait until the ledger has their headers."""
        hashes = self.chain.mine(n)
        self.wait(self.knows_tip, 30, "the ledger to know the main chain's tip")
        return hashes

    # --- Coin over.

    def address(self, account, **more):
        """getpeginaddress's answer, once the last block has been read."""
        def ask():
            try:
                return self.rpc.getpeginaddress(account=self.accounts.get(account, account), **more)
            except RpcError as e:
                if e.data["reason"] != "SYNCING":
                    raise
                return None
        at = time.monotonic()
        while (answer := ask()) is None:
            check(time.monotonic() - at < 20 * SLOW, "tallyd is not synced after 20 s")
            time.sleep(0.005)
        return answer

    def deposit(self, account, sat, **more):
        """A customer pays into a peg-in address: "TXID:INDEX", not mined yet."""
        return self.customer.pay([(self.address(account, **more)["address"], sat)]) + ":0"

    def mint(self, deposit, timeout=30):
        """Mine until the deposit has the depth it needs, and wait for MINTED."""
        txid = deposit.split(":")[0]
        if not self.chain.confirmations(txid):
            self.mine()
        seen = self.wait(lambda: self.rpc.getpegin(deposit), timeout, f"the ledger to know {deposit}")
        while seen["state"] == "WAITING_DEPTH" and self.chain.confirmations(txid) < seen["depth_needed"]:
            self.mine()
            seen = self.rpc.getpegin(deposit)
        return self.wait_minted(deposit, timeout)

    def wait_minted(self, deposit, timeout=30):
        def minted():
            seen = self.rpc.getpegin(deposit)
            return seen if seen["state"] == "MINTED" else None
        return self.wait(minted, timeout, f"{deposit} to be MINTED")

    def pegged(self, account, sat, **more):
        """deposit() and mint() at once."""
        return self.mint(self.deposit(account, sat, **more))

    # --- And back.

    def pegout(self, account, address, sat, **more):
        """Ask for a payout; its number."""
        answer = self.rpc.pegout(address=address, amount=coins_of(sat), **{"from": self.accounts.get(account, account)}, **more)
        self.payouts[answer["payout"]] = (address, sat)
        return answer["payout"]

    def settle(self, payout, timeout=60, final=False):
        """Mine when a transaction of the vault waits in the pool, or nothing goes on for a while, until the payout is PAID
        (or FINAL)."""
        want = ("FINAL",) if final else ("PAID", "FINAL")
        waited = [time.monotonic()]

        def step():
            seen = self.rpc.getpegout(payout)
            if seen["state"] in want:
                return seen
            pool = self.chain.pool()
            if pool or time.monotonic() - waited[0] > 0.7:
                self.mine()
                waited[0] = time.monotonic()
            return None
        return self.wait(step, timeout, f"payout {payout} to be {want[0]}")

    # --- By hand.

    def submit(self, raw, **more):
        return self.rpc.submittransaction(transaction=raw.hex(), **more)

    def refused(self, raw, reason, simulated=None):
        """Submitted and simulated it is INVALID for this reason, and the ledger stays as it was. simulated: what that says when
        it says something else, because it does not look at signatures."""
        for _ in range(5):
            before = self.rpc.getinfo()["sidechain"]
            error = raises(RpcError, self.submit, raw)
            equal(error.data["reason"], reason, "reason of the refusal")
            check("nothing has changed" in error.message and error.data["hint"], error)
            dry = self.rpc.simulatetransaction(raw.hex())
            equal((dry["code"], dry["reason"]), simulated or ("INVALID", reason), "simulation of what was refused")
            after = self.rpc.getinfo()["sidechain"]
            if after["height"] == before["height"]:  # else something else came in between
                break
        equal((after["app_hash"], after["height"]), (before["app_hash"], before["height"]), "the ledger after a refusal")

    def marked(self, kind, member, subject=b"", secret=None, counter=None, epoch=0):
        """A member's signed word; counter None: its next one."""
        if counter is None:
            counter = self.counters[kind, member] = self.counters.get((kind, member), 0) + 1
        message = ledger.mark_message(kind, self.genesis_id, epoch, member, counter, subject)
        return ledger.mark(epoch, member, counter, secp.sign(secret or self.secrets[member], message))

    def vote(self, rate=2000):
        """Every member votes for a fee rate, sat per 1,000 virtual bytes."""
        for i in range(len(self.secrets)):
            self.submit(ledger.relay(ledger.FEERATE, ledger.u32(rate) + self.marked("feerate", i, ledger.u32(rate))))

    def endorse(self, terms, member=0):
        self.submit(ledger.relay(ledger.INTENT, terms.encode() + self.marked("intent", member, terms.encode())))

    def plan_tx(self, number):
        """A plan's unsigned transaction and the outputs that it spends, made from what the ledger says about the plan; checked
        against the plan's txid. For plans whose change is in one piece (genesis vault_outputs=1)."""
        plan = self.rpc.getplan(number)
        spent = []
        for o in plan["inputs"]:
            txid, _, vout = o.partition(":")
            spent.append(self.chain.tx(txid).outs[int(vout)])
        ins = [bitcoin.In(o.partition(":")[0], int(o.partition(":")[2])) for o in plan["inputs"]]
        paid = [self.rpc.getpegout(n) for n in plan["payouts"]]
        outs = [bitcoin.Out(sat_of(p["amount"]), bitcoin.script_of(p["address"])) for p in paid]
        left = sum(o.value for o in spent) - sum(o.value for o in outs) - sat_of(plan["fee"])
        outs.append(bitcoin.Out(left, self.federation.vault()[0]))
        if plan["kind"] == "PAYOUT":
            block = self.rpc.getblock(str(plan["anchor_height"]))
            anchor = b"TLY" + ledger.u64(block["height"]) + bytes.fromhex(block["app_hash"])
            outs.append(bitcoin.Out(0, bytes([bitcoin.OP_RETURN]) + bitcoin.push(anchor)))
        tx = bitcoin.Tx(ins, outs, self.genesis["peg"]["params"]["plan_tx_version"])
        equal(tx.txid(), plan["txid"], f"transaction of plan {number}")
        return tx, spent

    def sign_op(self, number, member, secret=None, tx=None):
        """SIGN of a plan's newest version, ready to submit."""
        made, spent = self.plan_tx(number)
        sigs = self.federation.sign(secret or self.secrets[member], tx or made, spent)
        return ledger.relay(ledger.SIGN, ledger.sign(number, self.rpc.getplan(number)["version"], member, sigs))

    def sign(self, number):
        """k members sign."""
        for i in range(self.federation.k):
            self.submit(self.sign_op(number, i))

    def proof(self, txid):
        """ledger.Proof of a confirmed transaction."""
        height = self.chain.height() - self.chain.confirmations(txid) + 1
        return ledger.Proof.of(self.chain.block(height), txid)

    # --- The audit.

    def unspent(self):
        """Every unspent output of the main chain, from its blocks alone: {(txid, vout): Out}."""
        coins = {}
        for height in range(1, self.chain.height() + 1):
            for tx in self.chain.block(height).txs:
                for i in tx.ins:
                    coins.pop((i.txid, i.vout), None)
                txid = tx.txid()
                coins.update({(txid, vout): o for vout, o in enumerate(tx.outs)})
        return coins

    def audit(self):
        """I1, and each output that counts as reserve stands unspent on the main chain under a script of the federation's with
        just that value, unless a plan in flight spends it. The answer of getreserves."""
        r = self.rpc.getreserves()
        books = {name: sat_of(r[name]) for name in ("reserve", "supply", "deficit", "donations", "fee_fund")}
        equal(books["reserve"] + books["deficit"], books["supply"] + books["donations"], "reserve + deficit = supply + donations")
        counted = [o for o in r["outputs"] if o["counts"]]
        equal(sum(sat_of(o["amount"]) for o in counted), books["reserve"], "sum of the reserve's outputs")
        vault, coins = self.federation.vault()[0], self.unspent()
        for o in counted:
            txid, _, vout = o["outpoint"].partition(":")
            coin = coins.get((txid, int(vout)))
            if coin is None:
                check(o.get("plan"), f"{o['outpoint']} is reserve, but spent on the main chain")
                continue
            equal(coin.value, sat_of(o["amount"]), f"value of {o['outpoint']}")
            check(o["kind"] == "deposit" or coin.script == vault, f"{o['outpoint']} does not pay the vault")
        if not any(o.get("plan") for o in counted):
            mine = sum(o.value for o in coins.values() if o.script == vault)
            kept = sum(sat_of(o["amount"]) for o in counted if o["kind"] != "deposit")
            equal(kept, mine, "the vault's coin on the main chain")
        return r

    def paid(self, address):
        """What the main chain's blocks ever paid to an address: list of satoshi."""
        script = bitcoin.script_of(address)
        txs = (tx for h in range(1, self.chain.height() + 1) for tx in self.chain.block(h).txs)
        return [o.value for tx in txs for o in tx.outs if o.script == script]


def program_dir():
    """Where the built plugins are."""
    return os.path.abspath(os.path.join(os.environ.get("TALLY_BUILDDIR", "."), "plugins"))
