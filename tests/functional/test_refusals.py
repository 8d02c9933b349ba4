#!/usr/bin/env python3
"""Peers, relayers, signers and customers that lie: each is refused with a reason, nothing changes, and the honest go on."""
import time

import bitcoin
import p2p
from chains import EmbeddedChain
from harness import Tallyd, check, equal, main, wait_until


def log_of(node):
    with open(f"{node.datadir}/regtest/debug.log", encoding="utf-8") as f:
        return f.read()


def addresses(node):
    return {p["address"] for p in node.rpc.getpeerinfo()}


def liar(t, blocks, **lies):
    """A peer with these blocks whose answers a test overrides."""
    peer = t.closing(p2p.ScriptedPeer(blocks))
    for name, f in lies.items():
        setattr(peer, name, f)
    return peer


def banned(node, peer, reason):
    """The peer was left for this reason, and is not a peer any more."""
    wait_until(lambda: f"leaving {peer.address}, for it lied: {reason}" in log_of(node), 20, f"the peer to be left: {reason}", every=0.02)
    wait_until(lambda: peer.address not in addresses(node), 10, "the liar to be gone from getpeerinfo", every=0.02)


def blocks_of(chain):
    return [chain.block(h) for h in range(1, chain.height() + 1)]


def next_header(chain, **how):
    tip = chain.block(chain.height()).header
    return bitcoin.Header(tip.hash(), time=how.pop("time", max(tip.time, int(time.time())) + 1), **how)


def lying_headers(t):
    """C4, C6, C8, C19: what breaks a rule by itself costs the connection, and the chain goes on."""
    chain = EmbeddedChain(t, premine=30)
    node = Tallyd(t, f"--connect={chain.p2p_address}")
    known = lambda: node.rpc.getmainchaininfo()["headers"] == chain.height()
    wait_until(known, 20, "headers")
    blocks = blocks_of(chain)
    other_chain = [bitcoin.make_block(bitcoin.GENESIS_HASH, 1, 1296688603, bytes([bitcoin.OP_1]) + b"\x02ab")]
    bad = {
        "headers: bad-work at height 31": [next_header(chain).solve(False)],
        "headers: bad-bits at height 31": [next_header(chain, bits=0x207FFFFE).solve()],
        "headers: time-too-old at height 31": [next_header(chain, time=blocks[20].header.time).solve()],
        "headers: bad-version at height 31": [next_header(chain, version=1).solve()],
        "headers: not a chain": [other_chain[0].header, next_header(chain).solve()],
    }
    for reason, lie in bad.items():
        peer = liar(t, blocks)
        node.rpc.addnode(peer.address)
        wait_until(lambda: any(p["address"] == peer.address and p["caught_up"] for p in node.rpc.getpeerinfo()), 20, "the liar to be a peer")
        peer.push_headers(lie)
        banned(node, peer, reason)
        equal(node.rpc.getmainchaininfo()["tip"], chain.tip(), "tip after the lie")
        node.rpc.addnode(peer.address, "remove")

    # More headers with less work lose; equal work stays with what came first. Neither is a lie.
    peer = liar(t, blocks[:20] + [bitcoin.make_block(blocks[19].hash(), 21, blocks[19].header.time + 1, b"\x51")])
    node.rpc.addnode(peer.address)
    rival = [bitcoin.make_block(blocks[28].hash(), 30, blocks[28].header.time + 2, b"\x51").header]
    wait_until(lambda: any(p["address"] == peer.address and p["stage"] == "ready" for p in node.rpc.getpeerinfo()), 20, "the rival's peer")
    peer.push_headers(rival)
    wait_until(lambda: node.rpc.getheader(rival[0].hash()), 10, "the rival header to be known")
    equal(node.rpc.getheader(rival[0].hash())["best"], False)
    equal(node.rpc.getmainchaininfo()["tip"], chain.tip(), "tip beside a rival of equal work")
    check(peer.address in addresses(node), "an honest rival stays")
    # The future is no lie either: clocks differ. But it is not taken.
    peer.push_headers([next_header(chain, time=int(time.time()) + 3 * 3600).solve()])
    chain.mine(1)
    wait_until(known, 10, "the next honest header")
    equal(node.rpc.getmainchaininfo()["headers"], 31)


if __name__ == "__main__":
    main(lying_headers)
