#!/usr/bin/env python3
"""What strangers can pour over tallyd: a million headers of little work, thousands of connections. Its memory stays bounded, RPC answers
all the while, and the chain stays the right one. Loopback only."""
import hashlib
import itertools
import os
import re
import resource
import socket
import struct
import threading
import time

import bitcoin
import p2p
from btcd import make_long_chain, read_blocks
from chains import EmbeddedChain
from harness import SLOW, RpcError, Skip, Tallyd, UnixRpc, check, equal, main, raises, wait_until

HONEST = 20_000    # headers of the honest chain
RIVAL = 18_000     # of each rival chain: more than 144 blocks' work less
HEADERS = int(os.environ.get("TALLY_FLOOD_HEADERS", "1000000"))
CONNECTIONS = 10_000
GROWTH_KB = 16 * 1024
ANSWER_MAX_S = 2

# A build with AddressSanitizer keeps freed memory for a while, which would be counted.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"


def solved_headers(prev, time_, salt):
    """Endless headers with work at regtest's target, on prev."""
    version, bits = struct.pack("<i", 0x20000000), struct.pack("<I", bitcoin.BITS)
    for n in itertools.count():
        time_ += 1
        head = version + prev + salt + struct.pack("<Q", n) + bytes(16) + struct.pack("<I", time_) + bits
        for nonce in itertools.count():
            raw = head + struct.pack("<I", nonce)
            hash_ = hashlib.sha256(hashlib.sha256(raw).digest()).digest()
            if hash_[31] < 0x7F:
                break
        prev = hash_
        yield raw


class Spammer(p2p.ScriptedPeer):
    """Claims a chain, and tells rival chains from genesis, one after the other, 2,000 headers in each answer."""

    def __init__(self):
        super().__init__()
        self.told, self.salt, self.rivals, self.last = 0, 0, {}, None

    def on_getheaders(self, c, payload):
        have, _ = p2p.locator_decode(payload)
        at = next((h for h in have if h in self.rivals), None)
        source, left = self.rivals.pop(at) if at else (None, 0)
        if left == 0:
            self.salt += 1
            salt = struct.pack("<II", id(self) & 0xFFFFFFFF, self.salt)
            source, left = solved_headers(bitcoin.hidden(bitcoin.GENESIS_HASH), 1296688602, salt), RIVAL
        part = list(itertools.islice(source, 2000))
        self.last = bitcoin.shown(bitcoin.sha256d(part[-1]))
        self.rivals = {self.last: (source, left - len(part))}
        self.told += len(part)
        c.send("headers", bitcoin.compact(len(part)) + b"".join(raw + b"\0" for raw in part))


class Watch:
    """Asks tallyd all the while, and remembers the slowest answer and the most memory."""

    def __init__(self, node):
        self.node, self.rpc = node, UnixRpc(node.rpc.path)
        self.slowest, self.most, self.answers, self.over = 0, 0, 0, threading.Event()
        self.before = node.resident_kb()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(0.05):
            at = time.monotonic()
            self.rpc.getmainchaininfo()
            self.slowest = max(self.slowest, time.monotonic() - at)
            self.most = max(self.most, self.node.resident_kb())
            self.answers += 1

    def end(self, t, what):
        self.over.set()
        self.thread.join()
        t.note(f"{what}: {self.before // 1024} MB before, {self.most // 1024} MB at most; {self.answers} answers, "
               f"the slowest after {self.slowest * 1000:.0f} ms")
        check(self.answers > 0 and self.slowest < ANSWER_MAX_S * SLOW, f"an answer took {self.slowest} s")
        check(self.most - self.before < GROWTH_KB, f"memory grew by {self.most - self.before} kB")


def import_file(t):
    """The honest chain as a file of headers."""
    blocks = make_long_chain(t.path("blocks.dat"), HONEST)
    path = t.path("headers")
    with open(path, "wb") as f:
        for block in read_blocks(blocks):
            f.write(block[:80])
    return path


def sent_away(node, peer):
    return not any(p["address"] == peer.address for p in node.rpc.getpeerinfo())


def low_work_headers(t):
    node = Tallyd(t, f"--import-headers={import_file(t)}")
    tip = node.rpc.getmainchaininfo()["tip"]
    equal(node.rpc.getmainchaininfo()["headers"], HONEST)
    watch, told, spammers = Watch(node), 0, 0
    while told < HEADERS:
        spammer = t.closing(Spammer())
        node.rpc.addnode(spammer.address)
        wait_until(lambda s=spammer, n=told: n + s.told >= HEADERS or s.told > 0 and sent_away(node, s), 120,
                   "the spammer to be sent away, or all to be told", every=0.02)
        node.rpc.addnode(spammer.address, "remove")
        spammer.close()
        told += spammer.told
        spammers += 1
    watch.end(t, f"{told} headers of little work from {spammers} peers")
    info = node.rpc.getmainchaininfo()
    equal((info["headers"], info["tip"]), (HONEST, tip), "the chain after it")
    equal(raises(RpcError, node.rpc.getheader, spammer.last).data["reason"], "UNKNOWN_BLOCK", "the last one told")
    disk = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(node.datadir) for name in names)
    check(disk < 80 * HONEST + 4_000_000, f"{disk} bytes on disk")


GREETING = (("version", p2p.version()), ("verack",), ("ping", bytes(8)), ("getaddr",), ("nonsense", bytes(900)))


class Crowd:
    """Thousands of connections from all over 127.0.0.0/8, so that they look like many networks. Some say nothing, some say half a
    message, some shake hands and chatter."""

    def __init__(self, port, n):
        self.sockets = []
        for i in range(n):
            s = socket.socket()
            s.setblocking(False)
            s.bind((f"127.{i % 250 + 1}.{i // 250 % 250 + 1}.1", 0))
            s.connect_ex(("127.0.0.1", port))
            self.sockets.append(s)

    def chatter(self, i):
        """What the i-th says next."""
        kinds = (b"", p2p.frame("version", p2p.version())[:60],
                 b"".join(p2p.frame(*m) for m in GREETING),
                 p2p.frame("headers", bytes(100_000), length=3_900_000))
        return kinds[i % len(kinds)]

    def speak(self):
        for i, s in enumerate(self.sockets):
            try:
                s.send(self.chatter(i))
            except OSError:  # hung up, or full
                pass

    def close(self):
        for s in self.sockets:
            s.close()


def descriptors(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


def connections(t):
    """They come in waves, each speaks and stays until the other side hangs up."""
    least = CONNECTIONS + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < least:
        raise Skip(f"{least} files at once are not allowed here: {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))
    chain = EmbeddedChain(t, premine=120)
    node = Tallyd(t, f"--connect={chain.p2p_address}", "--listen=127.0.0.1:0")
    with open(os.path.join(node.datadir, "regtest", "debug.log"), encoding="utf-8") as f:
        port = int(re.search(r"listening for peers at .* port (\d+)", f.read()).group(1))
    wait_until(lambda: node.rpc.getmainchaininfo()["synced"], 20, "the honest node")
    before, watch, most_fds, most_peers = descriptors(node), Watch(node), 0, 0
    crowd = t.closing(Crowd(port, CONNECTIONS))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        crowd.speak()
        most_fds = max(most_fds, descriptors(node))
        most_peers = max(most_peers, sum(p["role"] == "inbound" for p in node.rpc.getpeerinfo()))
    tip = chain.mine(1)[0]
    wait_until(lambda: node.rpc.getmainchaininfo()["tip"] == tip, 10, "tallyd to follow the honest node")
    watch.end(t, f"{CONNECTIONS} connections, of which {most_peers} stayed, {most_fds - before} descriptors more")
    check(0 < most_peers <= 40 and most_fds - before < 100, f"{most_peers} inbound peers, {most_fds} descriptors")
    honest = [p for p in node.rpc.getpeerinfo() if p["address"] == chain.p2p_address]
    check(len(honest) == 1 and honest[0]["connected_ms"] > 5000, "the honest node's connection stands")
    crowd.close()
    wait_until(lambda: descriptors(node) <= before + 8, 20 * 2, "the descriptors to be given back")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


if __name__ == "__main__":
    main(low_work_headers, connections)
