#!/usr/bin/env python3
"""Finding peers: addresses from gossip behind a SOCKS5 proxy, anchors over restarts, lies remembered; and peers that come to us, in
hosts and with bad manners."""
import ipaddress
import re
import socket
import sqlite3
import struct
import time

import bitcoin
import p2p
from chains import EmbeddedChain
from harness import Tallyd, check, equal, main, wait_until
from socks import SocksServer

PORT = 18444
FULL = p2p.NETWORK | p2p.WITNESS | p2p.COMPACT_FILTERS
ONION = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"


def addrv2(hosts):
    """BIP155."""
    out = bitcoin.compact(len(hosts))
    for host in hosts:
        ip = ipaddress.ip_address(host).packed
        out += struct.pack("<I", int(time.time()) - 3600) + bitcoin.compact(FULL) + bytes([1 if len(ip) == 4 else 2])
        out += bitcoin.compact(len(ip)) + ip + struct.pack(">H", PORT)
    return out


def seed_node(t, hosts):
    """A node that knows these addresses, and nothing else."""
    peer = t.closing(p2p.ScriptedPeer(services=FULL))
    peer.on_getaddr = lambda c, _: c.send("addrv2" if any(got == "sendaddrv2" for got, _ in peer.heard) else "addr", addrv2(hosts))
    return peer


def hosts_of(n):
    """In as many /16 groups."""
    return [f"{20 + i}.{i}.7.9" for i in range(n)]


def peers(node, role):
    return [p for p in node.rpc.getpeerinfo() if p["role"] == role and p["stage"] == "ready"]


def group(peer):
    return ".".join(peer["address"].split(".")[:2])


def said(node, pattern, timeout=20):
    """The match in the daemon's log."""
    def find():
        with open(f"{node.datadir}/regtest/debug.log", encoding="utf-8") as f:
            return re.search(pattern, f.read(), re.M)
    return wait_until(find, timeout, f"the log to say {pattern!r}")


def rows(node, sql):
    """From a daemon that has ended."""
    db = sqlite3.connect(f"file:{node.datadir}/regtest/mainchain.sqlite?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def discovery(t):
    """From one seed node's name to eight peers of as many groups; all through the proxy, which alone hears names."""
    chain = EmbeddedChain(t, premine=110)
    hosts = hosts_of(40)
    seed = seed_node(t, hosts)
    routes = {f"{h}:{PORT}": chain.p2p_address for h in hosts}
    socks = t.closing(SocksServer({**routes, "seed.example:18444": seed.address}))
    node = Tallyd(t, f"--proxy={socks.address}", "--seednode=seed.example")
    wait_until(lambda: len(peers(node, "outbound")) == 8, 60, "eight outbound peers")
    wait_until(lambda: node.rpc.getmainchaininfo()["synced"], 30, "to be synced")
    equal(len({group(p) for p in peers(node, "outbound")}), 8, "groups")
    equal(socks.names, ["seed.example"], "names that the proxy heard")
    equal(len(set(socks.logins)), len(socks.logins), "logins, another for each connection")
    check(all(p["network"] == "ipv4" for p in peers(node, "outbound")))
    chain.mine(2)
    wait_until(lambda: node.rpc.getmainchaininfo()["height"] == chain.height(), 20, "new blocks")

    before = {p["address"] for p in peers(node, "outbound")}
    node.stop()
    anchors = {f"{socket.inet_ntop(socket.AF_INET, b)}:{port}" for b, port in rows(node, "SELECT bytes, port FROM anchor")}
    check(len(anchors) == 2 and anchors <= before, anchors, before)
    check(len(rows(node, "SELECT 1 FROM address WHERE tried = 1")) >= 8, "addresses that answered are kept")
    del socks.asked[:], socks.names[:]
    node.start()
    wait_until(lambda: len(peers(node, "outbound")) == 8, 60, "eight outbound peers again")
    check(anchors <= set(socks.asked[:2]), "the anchors come first", socks.asked)
    equal(socks.names, [], "the book is enough: no seed is asked")

    node.kill()  # what was kept before stays
    node.start()
    wait_until(lambda: len(peers(node, "outbound")) == 8, 60, "eight outbound peers after a kill")


def proxy_only(t):
    """Peers that were given go through the proxy too, by their names; a proxy that says nothing is nobody's fault."""
    chain = EmbeddedChain(t, premine=5)
    socks = t.closing(SocksServer({"node.example:1234": chain.p2p_address, f"{ONION}:18444": chain.p2p_address}))
    node = Tallyd(t, f"--proxy={socks.address}", "--connect=node.example:1234", f"--connect={ONION}", "--connect=gone.example:5")
    wait_until(lambda: len(peers(node, "manual")) == 2, 30, "two peers through the proxy")
    equal({p["address"] for p in peers(node, "manual")}, {"node.example:1234", ONION}, "peers")
    said(node, "cannot connect to gone.example:5: the host refused the proxy's connection")
    wait_until(lambda: node.rpc.getmainchaininfo()["height"] == 5, 20, "headers")
    check(set(socks.names) == {"node.example", "gone.example", ONION}, socks.names)

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        lost = Tallyd(t, f"--proxy=127.0.0.1:{closed.getsockname()[1]}", "--connect=node.example:1234")
        said(lost, "cannot connect to node.example:1234: the proxy: Connection refused")
        refused, = lost.rpc.getmainchaininfo()["not_ready_because"]
        equal(refused, "no peer of the main chain is connected: debug.log says what was tried", "what it waits for")

    # Who serves no blocks, a light client among them, may not stay.
    host = Tallyd(t, "--listen=127.0.0.1:0")
    port = said(host, r"listening for peers at 127\.0\.0\.1:0, port (\d+)").group(1)
    guest = Tallyd(t, f"--connect=127.0.0.1:{port}")
    said(guest, f"127.0.0.1:{port} is gone: closed by the peer before it said anything; it may be of another network")


def liar_remembered(t):
    """C12, C22: who lied is left, written down, and not dialled again after a restart. There are fewer honest hosts than places, so that
    liars are dialled; and several liars, for two addresses of one source may meet in a slot of the book, which keeps one of them."""
    chain = EmbeddedChain(t, premine=20)
    hosts = hosts_of(10)
    liars = {f"{h}:{PORT}" for h in hosts[3:6]}
    seed = seed_node(t, hosts)
    tip = chain.block(chain.height()).header
    lie = bitcoin.Header(tip.hash(), time=int(time.time())).solve(False)
    liar = t.closing(p2p.ScriptedPeer([chain.block(h) for h in range(1, 21)], services=FULL))
    liar.headers = lambda: [b.header for b in liar.blocks] + [lie]
    routes = {f"{h}:{PORT}": chain.p2p_address for h in hosts}
    routes.update({address: liar.address for address in liars})
    socks = t.closing(SocksServer({**routes, "seed.example:18444": seed.address}))
    node = Tallyd(t, f"--proxy={socks.address}", "--seednode=seed.example")
    said(node, r"2[345]\.[345]\.7\.9:18444 lied: headers: ", 60)
    wait_until(lambda: len(peers(node, "outbound")) >= 5, 60, "honest peers")
    equal(node.rpc.getmainchaininfo()["height"], 20, "height")
    for seen in node.rpc.listevidence():
        check(seen["address"] in liars and seen["height"] == 21 and len(seen["sha256"]) == 64, seen)
    node.stop()
    evidence = rows(node, "SELECT address, digest, what FROM evidence")
    check(evidence, "what is proven is kept")
    for address, digest, what in evidence:
        check(address in liars and len(digest) == 32 and digest != bytes(32) and what.startswith("headers: "), address, what)
    banned = {f"{socket.inet_ntop(socket.AF_INET, b)}:{PORT}" for b, in rows(node, "SELECT bytes FROM ban")}
    check(banned and banned <= liars, "bans kept", banned)
    del socks.asked[:]
    node.start()
    wait_until(lambda: len(peers(node, "outbound")) >= 5, 60, "honest peers again")
    check(not banned & set(socks.asked), "no liar is dialled", banned, socks.asked)


def inbound(t):
    """C23: thousands of connections, slow ones, oversize frames: bounded, and the RPC and the chain go on."""
    chain = EmbeddedChain(t, premine=10)
    node = Tallyd(t, f"--connect={chain.p2p_address}", "--listen=127.0.0.1:0")
    port = int(said(node, r"listening for peers at .*, port (\d+)$")[1])
    wait_until(lambda: node.rpc.getmainchaininfo()["synced"], 20, "to be synced")
    guest = t.closing(p2p.Connection(socket.create_connection(("127.0.0.1", port), 5)))
    guest.send("version", p2p.version(FULL, 10, "/guest/"))
    guest.shake()
    check(guest.peer["services"] & p2p.NETWORK == 0, "a light client serves no blocks")
    guest.send("getheaders", p2p.locator([bitcoin.GENESIS_HASH]))
    guest.send("getaddr")
    guest.sync()
    check("headers" not in guest.seen and "addr" not in guest.seen, "politely ignored")
    equal([p["user_agent"] for p in peers(node, "inbound")], ["/guest/"], "inbound peers")

    memory = node.resident_kb()
    slow = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(10)]
    begun = time.monotonic()
    for s in slow:
        s.sendall(b"\xfa\xbf")
    kept = flood(port, 3000)
    check(kept <= 40, f"{kept} connections stand")
    check(len(node.rpc.getpeerinfo()) <= 34, "peers known")
    check(node.resident_kb() - memory < 40000, "memory", memory, node.resident_kb())
    big = socket.create_connection(("127.0.0.1", port), 5)
    big.sendall(p2p.frame("version", b"", length=3_000_000))
    wait_closed(big, 10)
    for s in slow:  # the handshake's time is over, a byte now and then or not
        wait_closed(s, 25 - (time.monotonic() - begun))
    chain.mine(1)
    wait_until(lambda: node.rpc.getmainchaininfo()["height"] == 11, 10, "the chain to go on")
    guest.sync()


def wait_closed(sock, timeout):
    sock.settimeout(max(1, timeout))
    try:
        while sock.recv(1 << 16):
            pass
    except ConnectionError:
        pass


def flood(port, n):
    """Open n connections that say nothing, as fast as goes; how many still stand."""
    standing = []
    for _ in range(n):
        try:
            standing.append(socket.create_connection(("127.0.0.1", port), 5))
        except OSError:
            continue
        if len(standing) > 500:
            standing.pop(0).close()
    time.sleep(1)
    kept = 0
    for s in standing:
        s.setblocking(False)
        try:
            kept += s.recv(1) != b""
        except BlockingIOError:
            kept += 1
        except OSError:
            pass
        s.close()
    return kept


if __name__ == "__main__":
    main(discovery, proxy_only, liar_remembered, inbound)
