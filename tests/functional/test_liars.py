#!/usr/bin/env python3
"""Two honest nodes and a liar, for each lie that a peer can tell: tallyd stays on the right tip, finds and mints the right deposits,
blames the liar and nobody else, and keeps no lie that can't be proven against anyone.

    test_liars.py           the honest nodes are embedded chains
    test_liars.py --btcd    they are real btcds; skipped where there is none
"""
import functools
import sys

import bitcoin
from btcd import BtcdChain, find_btcd
from chains import EmbeddedChain, Twins, follow
from harness import RpcError, check, equal, main, raises, wait_until
from world import World

# Lies that prove themselves, and what the evidence must say.
HEADER_LIES = (("wrong_work", "bad-work"), ("wrong_bits", "bad-bits"), ("past", "time-too-old"), ("old_version", "bad-version"))
BLOCK_LIES = (("wrong_merkle", "bad-txnmrklroot"), ("duplicate", "bad-txns-duplicate"), ("no_witness", "bad-witness"))
FILTER_LIES = ("empty_filters", "thin_filters", "fat_filters", "false_filters")
# What proves nothing: a wrong clock, another network, too little work, a bad line, a sleepy node.
UNPROVEN = ("future", "unconnected", "stall", "stall_headers", "stall_filters", "disconnect", "withhold_tx", "slow")
PATIENT = ("stall_blocks",)  # as above; a block is waited for half a minute


class Court:
    """A world on two honest nodes, and what it says about its peers."""

    def __init__(self, t, honest):
        self.t = t
        self.chain = Twins(honest(), honest())
        self.world = World(t, chain=self.chain, options=[f"--connect={self.chain.b.p2p_address}"])
        self.node, self.rpc = self.world.node, self.world.rpc
        self.deposits = {}   # "TXID:INDEX": satoshi
        self.wait_peers(2)
        self.world.customer.fill(10 * bitcoin.COIN)  # so that each deposit's parent stands in a block
        self.world.mine(1)

    def wait_peers(self, n):
        wait_until(lambda: sum(p["stage"] == "ready" for p in self.rpc.getpeerinfo()) >= n, 20, f"{n} peers")

    def liar(self, mode, **how):
        """A node with the honest blocks that lies from the first word on."""
        liar = EmbeddedChain(self.t, premine=0)
        follow(liar, self.chain)
        liar.misbehave(mode, **how)
        self.rpc.addnode(liar.p2p_address)
        return liar

    def evidence(self, address):
        """What is held against a peer, newest first."""
        return [e["what"] for e in self.rpc.listevidence(1000) if e["address"] == address]

    def connected(self, liar):
        return any(p["address"] == liar.p2p_address for p in self.rpc.getpeerinfo())

    def dismiss(self, liar):
        """It runs on, so that no later one gets its port and what was said against it."""
        self.rpc.addnode(liar.p2p_address, "remove")

    def on_right_tip(self):
        wait_until(lambda: self.rpc.getmainchaininfo()["tip"] == self.chain.tip(), 20, "tallyd to be on the honest tip")

    def pay(self, sat):
        """A deposit that must be found and minted whatever the peers do."""
        before = self.world.balance("alice")
        deposit = self.world.mint(self.world.deposit("alice", sat), timeout=60)
        equal((deposit["state"], deposit["amount"]), ("MINTED", f"{sat / 1e8:.8f}"))
        check(before < self.world.balance("alice") <= before + sat, "alice's coin")

    def nobody_else(self):
        for honest in (self.chain.a, self.chain.b):
            equal(self.evidence(honest.p2p_address), [], "against an honest node")


def header_lies(court):
    for mode, why in HEADER_LIES:
        liar = court.liar(mode)
        said = wait_until(lambda l=liar: court.evidence(l.p2p_address), 20, f"{mode} to be noticed")
        check(why in said[0], mode, said)
        wait_until(lambda l=liar: not court.connected(l), 10, "the liar to be gone")
        court.world.mine(1)
        court.on_right_tip()
        court.t.note(f"{mode}: {said[0]}")
        court.dismiss(liar)


def mined_by(court, liar, amounts):
    """Deposits in a block that the liar mines, so that tallyd hears of it there first."""
    deposits = [court.world.deposit("alice", sat) for sat in amounts]
    for deposit in deposits:
        liar.send_raw(court.chain.tx(deposit.split(":")[0]).hex())
    liar.mine(1)
    return deposits


def block_lies(court):
    for mode, why in BLOCK_LIES:
        liar = court.liar(mode)
        court.wait_peers(3)
        deposits = mined_by(court, liar, (1_000_000, 1_000_001))
        said = wait_until(lambda l=liar: court.evidence(l.p2p_address), 20, f"{mode} to be noticed")
        check(why in said[0], mode, said)
        court.chain.take_from(liar)
        for deposit in deposits:
            equal(court.world.mint(deposit, timeout=60)["state"], "MINTED")
        court.on_right_tip()
        court.t.note(f"{mode}: {said[0]}")
        court.dismiss(liar)


def filter_lies(court):
    """About blocks that are buried, one of them with a deposit."""
    court.pay(1_500_000)
    at = court.chain.height()
    court.world.mine(12)
    for mode in FILTER_LIES:
        liar = court.liar(mode, from_height=at)
        said = wait_until(lambda l=liar: court.evidence(l.p2p_address), 30, f"{mode} to be noticed")
        check("filter" in said[0], mode, said)
        court.pay(1_600_000)
        court.on_right_tip()
        info = court.rpc.getmainchaininfo()
        check(info["filters_in_use"], "the honest nodes' filters are in use", info)
        wait_until(lambda: court.rpc.getmainchaininfo()["filterheaders"] == court.chain.height() + 1, 10, "filter headers up to the tip")
        court.t.note(f"{mode}: {said[0]}")
        court.dismiss(liar)


def filters_of_missed_blocks(court):
    """While tallyd is down a deposit is buried. Filters lead it there, also when one of those who are asked for them shows others than
    it named: that peer alone, if it was asked, is blamed."""
    world, liar = court.world, EmbeddedChain(court.t, premine=0)
    address = world.address("alice")["address"]
    world.node.stop()
    deposit = world.customer.pay([(address, 1_700_000)]) + ":0"
    court.chain.mine(60)
    follow(liar, court.chain)
    liar.misbehave("bad_filters", from_height=court.chain.height() - 59)
    world.node.argv.append(f"--connect={liar.p2p_address}")
    world.node.start()
    world.wait_minted(deposit)
    court.on_right_tip()
    said = court.evidence(liar.p2p_address)
    check(all("not the filter that the same peer's cfheaders name" in s for s in said), said)
    check(not said or liar.control("info")["lies"] > 0, "blamed for lies that it did not tell")
    court.t.note(f"bad_filters: {said or 'it was not asked'}")
    court.dismiss(liar)


def unproven(court, modes):
    for mode in modes:
        liar = court.liar(mode)
        deposit, = mined_by(court, liar, (2_000_000,))
        court.chain.take_from(liar)
        equal(court.world.mint(deposit, timeout=60)["state"], "MINTED")
        follow(liar, court.chain)
        court.world.mine(1)
        court.on_right_tip()
        equal(court.evidence(liar.p2p_address), [], f"against {mode}")
        court.t.note(f"{mode}: nothing held against it; connected: {court.connected(liar)}")
        court.dismiss(liar)


def low_work(court):
    """Rival chains from genesis without end, each of more than 144 blocks' work less than ours: nothing of them is kept."""
    liar = court.liar("low_work", from_height=150)
    wait_until(lambda: liar.control("info")["lies"] >= 1, 10, "the first rival chain")
    deposit, = mined_by(court, liar, (2_500_000,))
    court.chain.take_from(liar)
    equal(court.world.mint(deposit, timeout=60)["state"], "MINTED")
    court.on_right_tip()
    told = liar.control("info")
    equal(raises(RpcError, court.rpc.getheader, told["rival"]).data["reason"], "UNKNOWN_BLOCK", "a header of a rival chain")
    equal(court.evidence(liar.p2p_address), [], "a chain of little work is no proof of a lie")
    court.t.note(f"low_work: {told['lies']} rival chains told, none kept; connected: {court.connected(liar)}")
    court.dismiss(liar)


def mine_empty(node, n):
    """Blocks without what waits in the pool."""
    for height in range(node.height() + 1, node.height() + 1 + n):
        tip = node.block(height - 1)
        node.submit(bitcoin.make_block(tip.hash(), height, tip.header.time + 1, bitcoin.Key("apart").script))


def apart(court):
    """The honest nodes don't agree for a while: tallyd goes with the work, and says who disagrees. A deposit that the winning branch
    doesn't hold is not minted before it stands in it."""
    chain, world = court.chain, court.world
    deposit = world.deposit("alice", 3_000_000)
    chain.apart = True
    lost = chain.a.mine(1)[0]
    wait_until(lambda: court.rpc.getmainchaininfo()["tip"] == lost, 10, "tallyd to follow the first node")
    mine_empty(chain.b, 3)
    wait_until(lambda: court.rpc.getmainchaininfo()["tip"] == chain.b.tip(), 10, "tallyd to go over to the second")
    by = {p["address"]: p["disagrees"] for p in court.rpc.getpeerinfo()}
    equal((by[chain.a.p2p_address], by[chain.b.p2p_address]), (True, False), "who disagrees")
    equal(court.rpc.getmainchaininfo()["peers_disagreeing"], 1)
    chain.level()
    equal(chain.a.tip(), chain.b.tip(), "tips of the honest nodes")
    equal(chain.confirmations(deposit.split(":")[0]), 0, "the deposit waits in the pool again")
    court.on_right_tip()
    world.wait_ready()
    equal(world.mint(deposit)["state"], "MINTED")


def story(make_honest, patient):
    def liars(t):
        court = Court(t, functools.partial(make_honest, t))
        court.pay(5_000_000)
        header_lies(court)
        block_lies(court)
        filter_lies(court)
        filters_of_missed_blocks(court)
        low_work(court)
        unproven(court, UNPROVEN + PATIENT if patient else UNPROVEN)
        apart(court)
        court.nobody_else()
        court.world.audit()
    return liars


def btcd_node(t):
    find_btcd()
    return BtcdChain(t, 330 if not any(isinstance(p, BtcdChain) for p in t.processes) else 0)


def embedded_node(t):
    return EmbeddedChain(t, 330 if not any(isinstance(p, EmbeddedChain) for p in t.processes) else 0)


if __name__ == "__main__":
    on_btcd = "--btcd" in sys.argv[1:]
    main(story(btcd_node if on_btcd else embedded_node, patient=on_btcd))
