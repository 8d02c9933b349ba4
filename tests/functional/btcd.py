"""A real btcd on regtest, as the judge of what the network takes: it runs with --rejectnonstd, so its pool applies the
policy of the main network. Blocks are mostly made here and handed over with submitblock, which checks them in full and lets a
test choose what they hold; generate() is btcd's own miner.

What btcd v0.26.0 does: versions 1 and 2 relay, 3 does not (a block may hold it); taproot key and script paths and all
standard output types relay, an annex does not; a rival branch with more work is taken by submitblock alone; transactions
travel to peers within about ten seconds."""
import base64
import http.client
import itertools
import json
import os
import re
import shutil
import subprocess
import time

import bitcoin
from chains import Refused
from harness import SLOW, HttpRpc, Process, RpcError, Skip, check, program, run

FEE = 1000
BATCH = 500  # blocks in one request: several times faster than one by one


def make_long_chain(path, n, **options):
    """Write n blocks from genesis on, the last of them now, with tests/mainchain/long_chain; options as its own."""
    more = [f"--{name}={value}" for name, value in options.items()]
    run([program("tests/mainchain/long_chain"), f"--blocks={n}", f"--out={path}", *more], timeout=120)
    return path


def read_blocks(path):
    """Each block's bytes, in order: records of magic, length, block."""
    with open(path, "rb") as f:
        while head := f.read(8):
            yield f.read(int.from_bytes(head[4:], "little"))


def find_btcd():
    """The path of btcd: TALLY_BTCD, else PATH, else Go's folder of programs."""
    named = os.environ.get("TALLY_BTCD")
    if named:
        if not os.access(named, os.X_OK):
            raise Skip(f"TALLY_BTCD={named} is not a program")
        return named
    found = shutil.which("btcd")
    if found is None and shutil.which("go"):
        gopath = subprocess.run(["go", "env", "GOPATH"], capture_output=True, text=True, timeout=30, check=False).stdout.strip()
        path = os.path.join(gopath, "bin", "btcd")
        found = path if os.access(path, os.X_OK) else None
    if found is None:
        raise Skip("btcd is not here: go install github.com/btcsuite/btcd@v0.26.0, or say where it is with TALLY_BTCD")
    return found


class Wallet:
    """The unspent outputs of a branch, kept here by reading every block: btcd has no wallet."""

    def __init__(self, chain):
        self.chain, self.hashes, self.coins, self.places = chain, [], {}, {}

    def follow(self):
        """Up to the tip; from the start when the branch is another one."""
        tip = self.chain.height()
        at = len(self.hashes)
        if at > tip + 1 or (at and self.chain.hash_at(at - 1) != self.hashes[-1]):
            self.hashes, self.coins, self.places = [], {}, {}
        for height in range(len(self.hashes), tip + 1):
            self.add(height, self.chain.block(height))

    def add(self, height, block):
        self.hashes.append(block.hash())
        for n, tx in enumerate(block.txs):
            txid = tx.txid()
            self.places[txid] = height
            for i in tx.ins:
                self.coins.pop((i.txid, i.vout), None)
            for vout, o in enumerate(tx.outs):
                self.coins[txid, vout] = (o, height, n == 0)


class BtcdChain(Process):
    def __init__(self, test, premine=110, options=()):
        self.key = bitcoin.Key("tests of tallystick: btcd's coins")
        self.address = self.key.address
        folder = test.path(f"btcd-data{sum(1 for p in test.processes if isinstance(p, BtcdChain))}")
        os.makedirs(folder, exist_ok=True)
        config = os.path.join(folder, "btcd.conf")
        with open(config, "w", encoding="ascii"):
            pass  # an empty one, so that a user's own is not read
        argv = [find_btcd(), "--regtest", f"--configfile={config}", f"--datadir={folder}", f"--logdir={folder}/logs",
                "--rejectnonstd", "--nodnsseed", "--notls", "--listen=127.0.0.1:0", "--rpclisten=127.0.0.1:0", "--rpcuser=tests", "--rpcpass=tests",
                "--nobanning", f"--miningaddr={self.address}", *options]
        super().__init__(test, "btcd", argv)
        self.start()
        rpc_port = self.port_of("RPC server listening on ")
        self.p2p_address = f"127.0.0.1:{self.port_of('CMGR: Server listening on ')}"
        self.rpc = HttpRpc(rpc_port, user="tests", password="tests", timeout=60)
        self.wallet = Wallet(self)
        self.salts = 0
        if premine:
            self.generate(premine)

    def port_of(self, text):
        return int(re.search(r":(\d+)$", self.wait_log(text, 30)).group(1))

    def call(self, method, *args):
        """btcd speaks JSON-RPC 1.0; its refusals become Refused."""
        try:
            return self.rpc.call(method, *args)
        except RpcError as e:
            raise Refused(e.message) from e

    def height(self):
        return self.call("getblockcount")

    def hash_at(self, height):
        return self.call("getblockhash", height)

    def tip(self):
        return self.call("getbestblockhash")

    def block(self, height):
        return bitcoin.Block.decode(self.call("getblock", self.hash_at(height), 0))

    def submit(self, block):
        answer = self.call("submitblock", block.encode().hex())
        if answer is not None:
            raise Refused(answer)
        return block.hash()

    def load(self, path):
        """Feed the blocks of a file that long_chain wrote, by submitblock in batches over one connection."""
        c = http.client.HTTPConnection("127.0.0.1", self.rpc.port, timeout=60 * SLOW)
        head = {"Authorization": "Basic " + base64.b64encode(self.rpc.secret.encode()).decode()}
        blocks = read_blocks(path)
        try:
            while batch := [block.hex() for block in itertools.islice(blocks, BATCH)]:
                calls = [{"jsonrpc": "2.0", "id": i, "method": "submitblock", "params": [block]} for i, block in enumerate(batch)]
                c.request("POST", "/", json.dumps(calls), head)
                for answer in json.loads(c.getresponse().read()):
                    if answer.get("error") or answer.get("result"):
                        raise Refused(answer.get("error") or answer["result"])
        finally:
            c.close()

    def pool(self):
        return set(self.call("getrawmempool"))

    def pool_txs(self):
        """Parents before children."""
        left = {txid: bitcoin.Tx.decode(self.call("getrawtransaction", txid)) for txid in self.pool()}
        out = []
        while left:
            ready = [txid for txid, tx in left.items() if not any(i.txid in left for i in tx.ins)]
            out += [left.pop(txid) for txid in ready]
        return out

    def next_time(self, height, prev):
        """After the median of the last 11, and now if that is later."""
        times = []
        for h in range(height - 1, max(-1, height - 12), -1):
            header = bitcoin.Header.decode(bytes.fromhex(self.call("getblockheader", prev, False)))
            times.append(header.time)
            prev = header.prev
        return max(int(time.time()), sorted(times)[len(times) // 2] + 1)

    def mine_on(self, prev, height, script, txs):
        self.salts += 1
        block = bitcoin.make_block(prev, height, self.next_time(height, prev), script, txs, salt=b"tests%d" % self.salts)
        return self.submit(block)

    def mine(self, n=1, address=None):
        script = bitcoin.script_of(address) if address else self.key.script
        hashes = []
        for _ in range(n):
            height = self.height() + 1
            hashes.append(self.mine_on(self.tip(), height, script, self.pool_txs()))
        return hashes

    def generate(self, n):
        """The same by btcd's own miner, to its mining address."""
        return self.call("generate", n)

    def send_raw(self, hex_):
        return self.call("sendrawtransaction", hex_)

    def spendable(self):
        """Own coins that a next block may spend and the pool does not, oldest first."""
        self.wallet.follow()
        taken = {(i.txid, i.vout) for tx in self.pool_txs() for i in tx.ins}
        height = self.height() + 1
        coins = [(h, at, o) for at, (o, h, coinbase) in self.wallet.coins.items()
                 if o.script == self.key.script and at not in taken and (not coinbase or height - h >= 100)]
        return sorted(coins, key=lambda c: c[:2])

    def fund(self, address, sat, **_):
        coins, spent = self.spendable(), []
        tx = bitcoin.Tx(outs=[bitcoin.Out(sat, bitcoin.script_of(address))])
        while sum(o.value for o in spent) < sat + 2 * FEE:
            check(coins, "too little ripe coin: mine some blocks")
            _, (txid, vout), o = coins.pop(0)
            tx.ins.append(bitcoin.In(txid, vout))
            spent.append(o)
        tx.outs.append(bitcoin.Out(sum(o.value for o in spent) - sat - FEE, self.key.script))
        for i in range(len(tx.ins)):
            self.key.sign(tx, spent, i)
        return self.send_raw(tx.hex()), 0

    def utxos(self, address):
        self.wallet.follow()
        script, tip = bitcoin.script_of(address), self.height()
        return [{"txid": txid, "vout": vout, "sat": o.value, "confirmations": tip - h + 1}
                for (txid, vout), (o, h, _) in self.wallet.coins.items() if o.script == script]

    def confirmations(self, txid):
        self.wallet.follow()
        if txid in self.wallet.places:
            return self.height() - self.wallet.places[txid] + 1
        return 0 if txid in self.pool() else None

    def tx(self, txid):
        self.wallet.follow()
        if txid in self.wallet.places:
            return next(t for t in self.block(self.wallet.places[txid]).txs if t.txid() == txid)
        return bitcoin.Tx.decode(self.call("getrawtransaction", txid))

    def reorg(self, depth, drop=()):
        """A rival branch, one block longer; each old block's transactions go into the new one at its height."""
        tip = self.height()
        old = [self.block(h) for h in range(tip - depth + 1, tip + 1)]
        prev, dropped = self.hash_at(tip - depth), set() if drop is True else set(drop)
        for n in range(depth + 1):
            txs = []
            for tx in old[n].txs if n < depth else ():
                coinbase = tx.ins[0].txid == "00" * 32
                if coinbase or drop is True or tx.txid() in dropped or any(i.txid in dropped for i in tx.ins):
                    dropped.add(tx.txid())
                else:
                    txs.append(tx)
            prev = self.mine_on(prev, tip - depth + 1 + n, self.key.script, txs)
        return prev
