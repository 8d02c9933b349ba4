"""A main chain for a test: the embedded one or a real btcd (btcd.py), behind the same few methods.

    p2p_address          "127.0.0.1:port"
    height()             of the best branch
    tip()                its hash, as displayed
    mine(n, address)     n blocks with what is in the pool; their hashes
    send_raw(hex)        into the pool; the txid, or Refused with the chain's reason
    fund(address, sat)   pay from the chain's own coins; (txid, vout)
    utxos(address)       [{"txid", "vout", "sat", "confirmations"}], confirmed ones
    confirmations(txid)  0 in the pool, None when unknown
    tx(txid)             a bitcoin.Tx
    block(height)        a bitcoin.Block
    submit(block)        take a bitcoin.Block; Refused with the chain's reason
    pool()               set of txids
    reorg(depth, drop)   replace the last blocks by a longer branch with the same transactions but those in `drop`
                         (True: all of them), which then wait in the pool if the chain takes them back
"""
import json
import socket

import bitcoin
from harness import SLOW, Process, check, program, run


class Refused(Exception):
    """The chain said no; the text is its reason."""


def sat_of(text):
    """Satoshi of a decimal string of coins."""
    whole, _, part = text.partition(".")
    return int(whole) * bitcoin.COIN + int(part.ljust(8, "0"))


def coins_of(sat):
    return f"{sat // bitcoin.COIN}.{sat % bitcoin.COIN:08d}"


class EmbeddedChain(Process):
    """tests/mainchain/mainchain. control(method, **params) reaches everything that it can do."""

    def __init__(self, test, premine=110, seed=None, listen="127.0.0.1:0", options=()):
        n = sum(1 for p in test.processes if isinstance(p, EmbeddedChain))
        self.socket_path = test.path(f"chain{n}.sock")
        argv = [program("tests/mainchain/mainchain"), f"--listen={listen}", f"--control={self.socket_path}",
                f"--premine={premine}", "--die-with-parent", *options]
        super().__init__(test, "mainchain", argv + ([f"--seed={seed}"] if seed else []))
        self.start()
        self.ready = json.loads(self.wait_log('{"p2p"', 60))
        self.p2p_address = f"127.0.0.1:{self.ready['p2p']}"
        self.address = self.ready["address"]
        self.connection = None

    def control(self, method, **params):
        if self.connection is None:
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(120 * SLOW)
            s.connect(self.socket_path)
            self.connection = s.makefile("rw")
            s.close()  # the file keeps it open
        self.connection.write(json.dumps({"method": method, "params": params}) + "\n")
        self.connection.flush()
        line = self.connection.readline()
        check(line, f"mainchain {self.state()} instead of answering {method}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def stop(self, timeout=15):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return super().stop(timeout)

    def height(self):
        return self.control("height")

    def tip(self):
        return self.control("info")["hash"]

    def mine(self, n=1, address=None, **params):
        if address:
            params["address"] = address
        return self.control("mine", n=n, **params)["hashes"]

    def send_raw(self, hex_):
        return self.control("sendraw", hex=hex_)

    def fund(self, address, sat, **params):
        return self.control("fund", address=address, amount=coins_of(sat), **params)["txid"], 0

    def utxos(self, address):
        return [{"txid": u["txid"], "vout": u["vout"], "sat": sat_of(u["amount"]), "confirmations": u["confirmations"]}
                for u in self.control("utxos", address=address)]

    def confirmations(self, txid):
        try:
            return self.control("gettx", txid=txid)["confirmations"]
        except Refused:
            return None

    def tx(self, txid):
        return bitcoin.Tx.decode(self.control("gettx", txid=txid)["hex"])

    def block(self, height):
        return bitcoin.Block.decode(self.control("block", height=height, hex=True)["hex"])

    def submit(self, block):
        return self.control("submitblock", hex=block.encode().hex())["hash"]

    def pool(self):
        return {e["txid"] for e in self.control("mempool")}

    def reorg(self, depth, drop=(), **params):
        return self.control("reorg", depth=depth, drop_txids=drop if drop is True else list(drop), **params)["hash"]

    def misbehave(self, mode, **params):
        return self.control("misbehave", mode=mode, **params)


def follow(a, b):
    """Give a the blocks of b by hand, from the last common one on."""
    at = min(a.height(), b.height())
    while a.block(at).hash() != b.block(at).hash():
        at -= 1
    for height in range(at + 1, b.height() + 1):
        a.submit(b.block(height))


class Twins:
    """Two nodes that are not connected, given the same blocks and transactions. In all else it is the first of them. While
    `apart`, each goes its own way."""

    def __init__(self, a, b):
        self.a, self.b, self.apart = a, b, False
        follow(b, a)

    def __getattr__(self, name):
        return getattr(self.a, name)

    def level(self):
        """Each gets the other's blocks; the one with more work wins."""
        self.apart = False
        low, high = sorted((self.a, self.b), key=lambda node: node.height())
        follow(low, high)

    def take_from(self, other):
        """Both get another node's blocks."""
        follow(self.a, other)
        follow(self.b, other)

    def mine(self, n=1, address=None):
        hashes = self.a.mine(n, address)
        if not self.apart:
            follow(self.b, self.a)
        return hashes

    def send_raw(self, hex_):
        txid = self.a.send_raw(hex_)
        if not self.apart:
            self.b.send_raw(hex_)
        return txid

    def fund(self, address, sat, **more):
        txid, vout = self.a.fund(address, sat, **more)
        if not self.apart:
            self.b.send_raw(self.a.tx(txid).hex())
        return txid, vout

    def reorg(self, depth, drop=(), **more):
        tip = self.a.reorg(depth, drop, **more)
        follow(self.b, self.a)
        return tip


def coin_tool(*args):
    """tests/mainchain/coin: its JSON answer."""
    return json.loads(run([program("tests/mainchain/coin"), *args]))


def embedded_or_btcd(test, which):
    """By name, for tests that run on both."""
    if which == "btcd":
        from btcd import BtcdChain  # pylint: disable=import-outside-toplevel
        return BtcdChain(test)
    return EmbeddedChain(test)
