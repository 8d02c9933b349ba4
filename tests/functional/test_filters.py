#!/usr/bin/env python3
"""Compact filters between real daemons: what lies in blocks that nobody fetched is found, and who hides it is left."""
from chains import EmbeddedChain
from harness import check, equal, main, wait_until
from world import World

AWAY = 60  # blocks while the daemon is down: all but the last few are looked at by their filters


def log_of(node):
    with open(f"{node.datadir}/regtest/debug.log", encoding="utf-8") as f:
        return f.read()


def second(t, w, **how):
    """Another chain program that follows the first."""
    other = EmbeddedChain(t, premine=0, **how)
    other.control("connect", address=w.chain.p2p_address)
    wait_until(lambda: other.tip() == w.chain.tip(), 30, "the second chain to follow")
    return other


def missed(w, other=None):
    """While the daemon is down a deposit is made to an address that it watches, and buried."""
    address = w.address("alice")["address"]
    w.node.stop()
    deposit = w.customer.pay([(address, 3_000_000)]) + ":0"
    w.chain.mine(AWAY)
    if other is not None:
        wait_until(lambda: other.tip() == w.chain.tip(), 30, "the second chain to follow")
    return deposit, w.chain.height() - AWAY + 1


def back(w, *peers):
    w.node.argv = [a for a in w.node.argv if not a.startswith("--connect=")] + [f"--connect={p.p2p_address}" for p in peers]
    w.node.start()


def in_use(w):
    info = w.rpc.getmainchaininfo()
    return info["filters_in_use"] and info["filterheaders"] == info["headers"] + 1


def caught_up(t):
    """After a time away: found by its filter; and a restart later the filters are still there."""
    w = World(t)
    deposit, _ = missed(w)
    back(w, w.chain)
    w.wait_minted(deposit)
    w.wait(lambda: in_use(w), 20, "filters in use")
    payout = w.pegout("alice", w.customer.address, 100_000)
    w.settle(payout)
    w.restart()
    w.wait(lambda: in_use(w), 20, "filters in use again")
    check("bytes off filters.dat" not in log_of(w.node), "filters.dat is whole")
    w.pegged("alice", 1_000_000)
    w.audit()


def empty_filters(t):
    """C22: a peer whose filters hold nothing, beside an honest one: the deposit is found, the liar is left for his lie."""
    for first in (True, False):
        w = World(t)
        liar = second(t, w)
        deposit, height = missed(w, liar)
        liar.misbehave("empty_filters", from_height=height)
        back(w, *((liar, w.chain) if first else (w.chain, liar)))
        w.wait_minted(deposit)
        said = f"leaving {liar.p2p_address}, for it lied: filter: a lie at height {height}"
        wait_until(lambda: said in log_of(w.node), 20, "the liar to be left", every=0.02)
        equal({p["address"] for p in w.rpc.getpeerinfo()}, {w.chain.p2p_address})
        w.audit()


def believed_alone(t):
    """Alone the liar is believed; when an honest peer comes, what was passed by is looked at again."""
    w = World(t)
    liar = second(t, w)
    deposit, height = missed(w, liar)
    # A lie about one block only: a spot check of others shows nothing.
    liar.misbehave("empty_filters", from_height=height)
    back(w, liar)
    wait_until(lambda: w.rpc.getmainchaininfo()["headers"] == w.chain.height(), 20, "the headers")
    w.rpc.addnode(w.chain.p2p_address)
    w.wait_minted(deposit)
    wait_until(lambda: f"leaving {liar.p2p_address}, for it lied: filter: a lie at height" in log_of(w.node), 20, "the liar to be left")
    w.audit()


def word_forgotten(t):
    """Alone the liar is believed. Then filters.dat is damaged, so that nobody remembers what he said; and he is gone. What was passed by on
    his word is looked at again."""
    w = World(t)
    liar = second(t, w)
    deposit, height = missed(w, liar)
    liar.misbehave("empty_filters", from_height=height)
    back(w, liar)
    wait_until(lambda: in_use(w) and w.rpc.getmainchaininfo()["synced"], 20, "the scan to pass it by")
    equal(w.rpc.listpegins(), [], "deposits")
    w.node.stop()
    with open(f"{w.node.datadir}/regtest/filters.dat", "r+b") as f:
        f.seek(100)
        f.write(b"damage")
    back(w, w.chain)
    w.wait_minted(deposit)
    check("filters.dat has lost" in log_of(w.node), "and not silent")
    w.audit()


def stalled(t):
    """A peer that answers no question about filters, alone: whole blocks do."""
    w = World(t)
    deposit, _ = missed(w)
    w.chain.misbehave("stall_filters")
    back(w, w.chain)
    w.wait_minted(deposit, 60)
    check(not w.rpc.getmainchaininfo()["filters_in_use"], "no filters are used")
    check("for it lied" not in log_of(w.node))
    w.audit()


main(caught_up, empty_filters, believed_alone, word_forgotten, stalled)
