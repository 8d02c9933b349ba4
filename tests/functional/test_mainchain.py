#!/usr/bin/env python3
"""The embedded main chain, seen from outside: a P2P client written from the BIPs, blocks and transactions made by other code."""
import time

import bitcoin
import p2p
from bitcoin import COIN, In, Out, Tx
from chains import EmbeddedChain, Refused, coin_tool
from harness import check, equal, main, raises, wait_until


def handshake(t):
    chain = EmbeddedChain(t, premine=3)
    c = t.closing(p2p.Connection.open(chain.p2p_address))
    equal(c.peer["services"], p2p.NETWORK | p2p.WITNESS | p2p.COMPACT_FILTERS, "services")
    check(c.peer["version"] >= 70016 and c.peer["height"] == 3, c.peer)
    c.wait("sendheaders")
    equal(int.from_bytes(c.wait("feefilter"), "little"), 1000, "fee filter")
    c.sync()
    c.send("getaddr")
    c.send("nonsense", b"\1\2\3")
    c.sync()
    equal(c.seen[-1], "pong", "nothing to say to either")
    c.send("getdata", b"\xff")  # malformed: the connection ends
    c.wait_closed()
    early = t.closing(p2p.Connection(p2p.socket.create_connection(("127.0.0.1", chain.ready["p2p"]), 5)))
    early.send("getheaders", p2p.locator([bitcoin.GENESIS_HASH]))  # before any version
    early.wait_closed()


def headers_and_blocks(t):
    chain = EmbeddedChain(t, premine=2105)
    c = t.closing(p2p.Connection.open(chain.p2p_address))
    first = c.get_headers([bitcoin.GENESIS_HASH])
    equal(len(first), 2000, "headers in one message")
    rest = c.get_headers(["77" * 32, first[-1].hash(), bitcoin.GENESIS_HASH])
    equal(len(rest), 105, "headers of the second message")
    prev = bitcoin.GENESIS_HASH
    for h in first + rest:
        check(h.prev == prev and h.solved() and h.bits == bitcoin.BITS)
        prev = h.hash()
    equal(prev, chain.tip(), "tip")
    equal(len(c.get_headers([bitcoin.GENESIS_HASH], stop=first[6].hash())), 7, "headers up to the stop")
    equal([h.hash() for h in c.get_headers([], stop=first[9].hash())], [first[9].hash()], "one header by hash")
    equal(c.get_headers([prev]), [], "headers beyond the tip")

    block = c.get_block(rest[3].hash())
    equal(block.hash(), rest[3].hash())
    equal(block.header.root, bitcoin.merkle_root([x.txid() for x in block.txs]), "merkle root")
    check(block.txs[0].ins[0].witness, "a witness block has the coinbase's witness")
    check(not c.get_block(rest[3].hash(), p2p.MSG_BLOCK).txs[0].ins[0].witness, "a stripped one has none")
    equal(c.get_block(bitcoin.GENESIS_HASH).txs[0].txid(), "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b")
    c.send("getdata", p2p.inv([(p2p.MSG_WITNESS_BLOCK, "11" * 32), (p2p.MSG_WITNESS_TX, "22" * 32)]))
    equal([h for _, h in p2p.inv_decode(c.wait("notfound"))], ["11" * 32, "22" * 32], "not found")
    c.send("getblocks", p2p.locator([bitcoin.GENESIS_HASH]))
    equal([h for _, h in p2p.inv_decode(c.wait("inv"))], [h.hash() for h in first[:500]], "getblocks")


def filters(t):
    chain = EmbeddedChain(t, premine=1010)
    c = t.closing(p2p.Connection.open(chain.p2p_address))
    tip = chain.tip()
    chain_of = [bitcoin.GENESIS_HASH] + [h.hash() for h in c.get_headers([bitcoin.GENESIS_HASH])]

    def cfheaders(start, stop):
        c.send("getcfheaders", p2p.getcfilters(start, stop))
        r = bitcoin.Reader(c.wait("cfheaders"))
        equal((r.unpack("B"), bitcoin.shown(r.take(32))), (0, stop))
        prev, out = r.take(32), []
        for _ in range(r.compact()):
            prev = bitcoin.sha256d(r.take(32) + prev)
            out.append(prev)
        check(r.done())
        return out

    whole = cfheaders(0, tip)
    equal(len(whole), 1011, "filter headers")
    equal(cfheaders(1005, tip), whole[1005:], "filter headers that go on")
    c.send("getcfcheckpt", b"\0" + bitcoin.hidden(tip))
    r = bitcoin.Reader(c.wait("cfcheckpt"))
    r.take(33)
    equal((r.compact(), r.take(32)), (1, whole[1000]), "checkpoints")
    c.send("getcfilters", p2p.getcfilters(1006, tip))
    prev = whole[1005]
    for height in range(1006, 1011):
        r = bitcoin.Reader(c.wait("cfilter"))
        equal((r.unpack("B"), bitcoin.shown(r.take(32))), (0, chain_of[height]))
        prev = bitcoin.sha256d(bitcoin.sha256d(r.var()) + prev)
        equal(prev, whole[height], "filter against its header")
    c.send("getcfilters", p2p.getcfilters(0, tip))  # more than 1,000 are refused, as BIP157 says
    c.wait_closed()


def spend(chain, key, coin, outs, version=2, sequence=bitcoin.RBF, locktime=0):
    """A signed spend of (txid, vout) that pays to key."""
    spent = [chain.tx(coin[0]).outs[coin[1]]]
    tx = Tx([In(*coin, sequence)], outs, version, locktime)
    key.sign(tx, spent, 0)
    return tx


def relay_and_policy(t):
    chain = EmbeddedChain(t, premine=110)
    key, other = bitcoin.Key("relay"), bitcoin.Key("other")
    c, watcher = (t.closing(p2p.Connection.open(chain.p2p_address)) for _ in range(2))
    coin = chain.fund(key.address, COIN)
    equal([h for _, h in p2p.inv_decode(watcher.wait("inv"))], [coin[0]], "announced")
    equal(watcher.get_tx(coin[0]).txid(), coin[0], "served from the pool")
    chain.mine(1)

    def refused(reason, tx):
        equal(str(raises(Refused, chain.send_raw, tx.hex())), "transaction: " + reason)

    def paying(fee, **how):
        return spend(chain, key, coin, [Out(COIN - fee, other.script)], **how)

    tx = paying(1000)
    for witness in ([], [bytes(64)], tx.ins[0].witness + [b"x"]):
        bad = Tx.decode(tx.encode())
        bad.ins[0].witness = witness
        check("transaction: " in str(raises(Refused, chain.send_raw, bad.hex())))
    refused("bad-txns-inputs-missingorspent", Tx([In("33" * 32, 0, witness=[bytes(64)])], [Out(1000, key.script)]))
    refused("bad-txns-in-belowout", paying(-1))
    refused("min relay fee not met", paying(100))
    refused("version", paying(1000, version=4))
    refused("version", paying(1000, version=0))
    refused("bad-txns-nonfinal", paying(1000, locktime=chain.height() + 1))
    refused("non-BIP68-final", paying(1000, sequence=2))
    refused("dust", spend(chain, key, coin, [Out(329, other.script)]))
    refused("scriptpubkey", spend(chain, key, coin, [Out(1000, b"\x51" * 20)]))
    refused("scriptpubkey", spend(chain, key, coin, [Out(0, b"\x6a\x4c\x51" + bytes(81))]))
    refused("multi-op-return", spend(chain, key, coin, [Out(0, b"\x6a\x01a"), Out(0, b"\x6a\x01b")]))
    young = chain.block(chain.height()).txs[0]
    refused("bad-txns-premature-spend-of-coinbase", Tx([In(young.txid(), 0, witness=[bytes(64)])], [Out(COIN, key.script)]))

    c.offer_tx(tx)
    watcher.wait("inv", want=lambda p: (p2p.MSG_TX, tx.txid()) in p2p.inv_decode(p))  # relayed to the other peer
    equal(chain.pool(), {tx.txid()}, "pool")
    refused("txn-already-in-mempool", tx)
    refused("insufficient fee", paying(1050))   # less than 1 sat/vB more
    better = paying(2000, version=3)
    chain.send_raw(better.hex())
    equal(chain.pool(), {better.txid()}, "pool after the replacement")
    child = spend(chain, other, (better.txid(), 0), [Out(COIN - 4000, key.script)], version=2)
    refused("TRUC-violation", child)
    child = spend(chain, other, (better.txid(), 0), [Out(COIN - 4000, key.script)], version=3)
    chain.send_raw(child.hex())
    grandchild = spend(chain, key, (child.txid(), 0), [Out(COIN - 6000, key.script)], version=3)
    refused("TRUC-violation", grandchild)

    block, = chain.mine(1, min_fee_rate=100_000_000)
    equal(len(c.get_block(block).txs), 1, "transactions of a block that asks for more")
    block, = chain.mine(1, exclude=[better.txid()])
    equal(len(c.get_block(block).txs), 1, "transactions without a parent and so without its child")
    block, = chain.mine(1)
    equal([x.txid() for x in c.get_block(block).txs[1:]], [better.txid(), child.txid()], "mined, parent first")
    equal((chain.confirmations(child.txid()), chain.pool()), (1, set()))
    refused("txn-already-known", child)
    chain.send_raw(spend(chain, key, (child.txid(), 0), [Out(COIN - 8000, key.script)]).hex())
    check(chain.control("evict", txid=next(iter(chain.pool()))) and not chain.pool(), "evicted")

    chain.control("policy", send_reject=True, version_max=2)
    c.send("tx", spend(chain, key, (child.txid(), 0), [Out(COIN - 8000, key.script)], version=3).encode())
    check(b"version" in c.wait("reject"), "reject message")


def vault(t):
    chain = EmbeddedChain(t, premine=110)
    home = bitcoin.Key("home")
    for k, n in ((1, 1), (2, 3), (11, 20)):
        v = bitcoin.Vault(k, [f"member {i}" for i in range(n)], "customer", 12)
        coins = [chain.fund(v.address, COIN) for _ in range(3)]
        chain.mine(1)
        spent = [Out(COIN, v.script)]

        def tx_of(coin, sequence=bitcoin.RBF, value=COIN - 5000):
            return Tx([In(*coin, sequence)], [Out(value, home.script)])

        tx = tx_of(coins[0])
        v.sign(tx, spent, 0, set(range(k - 1)))
        equal(str(raises(Refused, chain.send_raw, tx.hex())), "transaction: eval-false")
        v.sign(tx, spent, 0, set(range(n - k, n)))
        chain.send_raw(tx.hex())

        tx = tx_of(coins[1], sequence=12)
        v.sign_reclaim(tx, spent, 0)
        equal(str(raises(Refused, chain.send_raw, tx.hex())), "transaction: non-BIP68-final")
        hasty = tx_of(coins[1], sequence=1)
        v.sign_reclaim(hasty, spent, 0)
        chain.mine(10)
        equal(str(raises(Refused, chain.send_raw, hasty.hex())), "transaction: unsatisfied-locktime")
        equal(str(raises(Refused, chain.send_raw, tx.hex())), "transaction: non-BIP68-final")
        chain.mine(1)
        chain.send_raw(tx.hex())
        two = Tx([In(*coins[2])], [Out(COIN // 2, v.script), Out(COIN // 2 - 5000, home.script)])
        v.sign(two, spent, 0, set(range(k)))
        chain.send_raw(two.hex())
        chain.mine(1)
        equal(chain.confirmations(two.txid()), 1, f"{k} of {n}")


def coin_program(t):
    chain = EmbeddedChain(t, premine=105)
    me = coin_tool("key", "a customer of tests")
    txid, vout = chain.fund(me["address"], COIN)
    chain.mine(1)
    equal(chain.utxos(me["address"]), [{"txid": txid, "vout": vout, "sat": COIN, "confirmations": 1}], "unspent")
    tx = coin_tool("spend", f"--secret={me['secret']}", f"--in={txid}:{vout}:{COIN}", f"--out={chain.address}:{COIN - 2000}")
    equal(chain.send_raw(tx["hex"]), tx["txid"])
    chain.mine(1)
    equal((chain.confirmations(tx["txid"]), chain.utxos(me["address"])), (1, []))


def reorganisations(t):
    chain = EmbeddedChain(t, premine=110)
    key = bitcoin.Key("reorg")
    c = t.closing(p2p.Connection.open(chain.p2p_address))
    c.sync()
    chain.mine(1)
    equal(len(p2p.inv_decode(c.wait("inv"))), 1, "announcement by inv")
    c.send("sendheaders")
    c.sync()
    kept, lost = chain.fund(key.address, COIN)[0], chain.fund(key.address, 2 * COIN)[0]
    tip, = chain.mine(1)
    equal([h.hash() for h in p2p.headers_decode(c.wait("headers"))], [tip], "announcement by headers")
    spending = spend(chain, key, (lost, 0), [Out(COIN, key.script)])
    chain.send_raw(spending.hex())
    chain.mine(1)
    was = chain.tip()
    new = chain.reorg(2, [lost], evict=True)
    announced = p2p.headers_decode(c.wait("headers", want=lambda p: p2p.headers_decode(p)[-1].hash() == new))
    equal(len(announced), 3, "headers of the new branch")
    equal((chain.height(), chain.tip()), (114, new))
    equal((chain.confirmations(kept), chain.confirmations(lost), chain.confirmations(spending.txid())), (3, None, None))
    check(not chain.control("block", hash=was)["active"], "the old branch is kept aside")
    equal(c.get_block(was).hash(), was, "and still served")
    # The locator of one who stands on the old branch leads back to the fork.
    equal([h.hash() for h in c.get_headers([was, tip, announced[0].prev])], [h.hash() for h in announced])

    kept2 = chain.fund(key.address, COIN)[0]
    chain.mine(1)
    chain.reorg(1, True)
    equal((chain.confirmations(kept2), chain.pool()), (0, {kept2}), "back in the pool")
    chain.mine(1)
    equal(chain.confirmations(kept2), 1, "mined again")

    before = chain.tip()
    rival = chain.control("fork", depth=3, n=3)
    pushed = p2p.headers_decode(c.wait("headers", want=lambda p: p2p.headers_decode(p)[-1].hash() == rival["hash"]))
    equal((len(pushed), chain.tip(), rival["active"]), (3, before, False), "a rival of equal work")
    equal(c.get_block(rival["hash"]).hash(), rival["hash"], "a rival block is served")
    raises(Refused, chain.control, "fork", depth=100000, n=1)


def blocks_from_outside(t):
    chain = EmbeddedChain(t, premine=0, options=["--log=info"])
    key = bitcoin.Key("miner")
    c = t.closing(p2p.Connection.open(chain.p2p_address))

    def next_block(**how):
        height = chain.height() + 1
        how.setdefault("prev", chain.tip())
        how.setdefault("time", int(time.time()) + height)
        how.setdefault("height", height)
        return bitcoin.make_block(script=key.script, **how)

    for _ in range(101):
        equal(chain.submit(next_block()), chain.tip())

    def refused(reason, block):
        equal(str(raises(Refused, chain.submit, block)), "block: " + reason)
        equal(chain.height(), 101)

    first = chain.block(1).txs[0]

    def spending(value):
        tx = Tx([In(first.txid(), 0)], [Out(value, key.script)])
        key.sign(tx, [first.outs[0]], 0)
        return tx

    good = spending(49 * COIN)
    refused("unknown-parent", next_block(prev="44" * 32))
    refused("time-too-new", next_block(time=int(time.time()) + 7800))
    refused("time-too-old", next_block(time=1300000000))
    refused("bad-cb-height", next_block(height=100))
    refused("bad-cb-amount", next_block(txs=[good], fees=COIN + 1))
    refused("bad-txns-in-belowout", next_block(txs=[spending(50 * COIN + 1)]))
    forged = spending(49 * COIN)
    forged.outs[0].value -= 1
    refused("schnorr-sig", next_block(txs=[forged]))
    twice = next_block(txs=[good, spending(48 * COIN)])
    refused("bad-txns-inputs-missingorspent", twice)
    refused("invalid", twice)  # remembered
    after = bitcoin.make_block(twice.hash(), 103, int(time.time()) + 200, key.script)
    refused("bad-prevblk", after)
    wrong = next_block()
    wrong.txs[0].outs[0].value -= 1
    refused("bad-txnmrklroot", wrong)
    unsolved = next_block()
    unsolved.header.solve(False)
    refused("bad-work", unsolved)
    other_bits = next_block()
    other_bits.header.bits -= 1
    other_bits.header.solve()
    refused("bad-bits", other_bits)
    equal(chain.height(), 101)

    block = next_block(txs=[good], fees=COIN)
    c.send("block", block.encode())
    c.sync()
    equal((chain.tip(), chain.confirmations(good.txid())), (block.hash(), 1), "a block from a peer")


def two_chains(t):
    a = EmbeddedChain(t, premine=0, seed="one", options=["--time=1700000000"])
    b = EmbeddedChain(t, premine=2500, seed="one", options=["--time=1700000000"])
    same = EmbeddedChain(t, premine=2500, seed="one", options=["--time=1700000000"])
    equal(b.tip(), same.tip(), "the same seed and clock make the same chain")
    check(b.address == a.address and b.address != EmbeddedChain(t, premine=0).address)
    b.control("connect", address=a.p2p_address)
    wait_until(lambda: a.height() == 2500, 30, "a to follow b")
    b.mine(1)
    wait_until(lambda: a.tip() == b.tip(), 10, "a to follow b's next block")
    txid, _ = b.fund(bitcoin.Key("x").address, COIN)
    wait_until(lambda: txid in a.pool(), 10, "a to have b's transaction")


def scripted_peer(t):
    """The server that tests script, against the embedded chain as its client."""
    key, start = bitcoin.Key("scripted"), int(time.time()) - 100_000
    blocks = []
    for height in range(1, 131):
        prev = blocks[-1].hash() if blocks else bitcoin.GENESIS_HASH
        blocks.append(bitcoin.make_block(prev, height, start + 60 * height, key.script))
    peer = t.closing(p2p.ScriptedPeer(blocks[:120]))
    chain = EmbeddedChain(t, premine=0)
    chain.control("connect", address=peer.address)
    wait_until(lambda: chain.height() == 120, 20, "the peer's blocks")
    equal(chain.tip(), blocks[119].hash())

    tx = Tx([In(blocks[0].txs[0].txid(), 0)], [Out(COIN, key.script)])
    key.sign(tx, blocks[0].txs[0].outs[:1], 0)
    chain.send_raw(tx.hex())
    wait_until(lambda: tx.txid() in peer.pool, 10, "the transaction to reach the peer")

    def lie(c, payload):
        for _, h in p2p.inv_decode(payload):
            block = bitcoin.Block.decode(peer.find(h).encode())
            block.txs[0].outs[0].value -= 1
            c.send("block", block.encode())

    peer.blocks = blocks
    peer.on_getdata, honest = lie, peer.on_getdata
    peer.push_headers(peer.headers()[120:])
    chain_log = lambda: open(chain.log, encoding="utf-8").read()
    wait_until(lambda: chain_log().count("block refused: bad-txnmrklroot") == 1, 10, "the lie to be refused")
    wait_until(lambda: chain_log().count("block refused: unknown-parent") == 9, 10, "those on top as well")
    equal(chain.height(), 120)
    peer.on_getdata = honest
    peer.push_headers(peer.headers()[120:])
    wait_until(lambda: chain.tip() == blocks[-1].hash(), 10, "the honest blocks")


def misbehaviour(t):
    chain = EmbeddedChain(t, premine=105)
    c = t.closing(p2p.Connection.open(chain.p2p_address))
    c.send("sendheaders")
    c.sync()
    tip = chain.tip()

    def pushed(mode):
        chain.misbehave(mode, count=1)
        return p2p.headers_decode(c.wait("headers"))

    last = pushed("wrong_work")[-1]
    check(last.prev == tip and not last.solved() and last.bits == bitcoin.BITS, "wrong work")
    last = pushed("wrong_bits")[-1]
    check(last.prev == tip and last.solved() and last.bits != bitcoin.BITS, "wrong bits")
    last = pushed("past")[-1]
    median = sorted(chain.control("block", height=h)["time"] for h in range(95, 106))[5]
    check(last.prev == tip and last.solved() and last.time == median, "the past")
    last = pushed("old_version")[-1]
    check(last.prev == tip and last.solved() and last.version == 1, "an old version")
    chain.misbehave("low_work", count=2, from_height=30)
    rivals = [p2p.headers_decode(c.wait("headers")), c.get_headers([tip])]
    for rival in rivals:
        equal((len(rival), rival[0].prev), (30, bitcoin.GENESIS_HASH), "a rival chain")
        check(all(h.solved() for h in rival) and all(b.prev == a.hash() for a, b in zip(rival, rival[1:])), "a chain with work")
    check(rivals[0][0].hash() != rivals[1][0].hash() and chain.control("info")["rival"] == rivals[1][-1].hash(), "two of them")
    last = pushed("future")[-1]
    check(last.prev == tip and last.solved() and last.time > time.time() + 7200, "the future")
    first = pushed("unconnected")[0]
    check(first.solved() and first.prev != tip, "unconnected")
    equal(c.get_headers([tip]), [], "honest again after one lie")

    chain.fund(chain.address, COIN)
    block, = chain.mine(1)
    chain.misbehave("wrong_merkle", count=1)
    lie = c.get_block(block)
    check(lie.hash() == block and bitcoin.merkle_root([x.txid() for x in lie.txs]) != lie.header.root, "wrong body")
    chain.misbehave("duplicate", count=1)
    equal(len(c.get_block(block).txs), 3, "transactions with a duplicate")
    chain.misbehave("no_witness", count=1)
    check(not any(i.witness for x in c.get_block(block).txs for i in x.ins), "stripped")
    check(any(i.witness for x in c.get_block(block).txs for i in x.ins), "whole again")

    chain.misbehave("stall_blocks")
    c.send("getdata", p2p.inv([(p2p.MSG_WITNESS_BLOCK, block)]))
    c.sync()
    equal((c.seen[-1], c.seen.count("block")), ("pong", 4), "no fifth block")
    chain.misbehave("stall_headers")
    c.send("getheaders", p2p.locator([bitcoin.GENESIS_HASH]))
    c.sync()
    equal(c.seen[-1], "pong", "no headers")
    chain.misbehave("withhold_tx")
    tx = chain.fund(chain.address, COIN)[0]
    check(c.hears_nothing_of("inv", 0.2), "no announcement")
    c.send("getdata", p2p.inv([(p2p.MSG_WITNESS_TX, tx)]))
    c.wait("notfound")
    chain.misbehave("empty_filters", from_height=50)
    c.send("getcfilters", p2p.getcfilters(49, block))
    check(c.wait("cfilter")[33:] != b"\1\0" and c.wait("cfilter")[33:] == b"\1\0", "an empty filter from height 50 on")

    e = t.closing(p2p.Connection.open(chain.p2p_address))

    def told(height):
        """A block's filter, and the hash that the filter headers are made of."""
        hash_ = chain.control("block", height=height)["hash"]
        e.send("getcfilters", p2p.getcfilters(height, hash_))
        filter_ = bitcoin.Reader(e.wait("cfilter")[33:]).var()
        e.send("getcfheaders", p2p.getcfilters(height, hash_))
        return filter_, e.wait("cfheaders")[-32:]

    chain.misbehave("none")
    chain.fund(bitcoin.Key("filters").address, COIN)
    chain.mine(1, exclude=[tx])
    honest, honest_hash = told(107)
    equal(bitcoin.sha256d(honest), honest_hash, "an honest filter")
    equal(honest[0], 2, "the purse's script, and the one that it paid")
    for mode, n, fits in (("thin_filters", 1, True), ("fat_filters", 3, True), ("false_filters", 2, False), ("bad_filters", 2, False)):
        chain.misbehave(mode, from_height=107)
        filter_, hash_ = told(107)
        equal((filter_[0], bitcoin.sha256d(filter_) == hash_), (n, fits), mode)
        check((filter_ != honest) == (mode != "false_filters") and (hash_ != honest_hash) == (mode != "bad_filters"), mode)
    chain.misbehave("none")

    chain.misbehave("stall")
    c.send("ping", bytes(8))
    check(c.hears_nothing_of("pong", 0.2), "silence")
    chain.misbehave("bad_checksum", count=1)
    c.send("ping", bytes(8))
    equal(str(raises(ValueError, c.recv)), "wrong checksum")
    c.sync()
    for mode, what in (("garbage", "wrong magic"), ("bad_magic", "wrong magic"), ("oversize", "bytes")):
        d = t.closing(p2p.Connection.open(chain.p2p_address))
        d.wait("feefilter")
        chain.misbehave(mode, count=1)
        d.send("ping", bytes(8))
        check(what in str(raises(ValueError, d.recv)), mode)
    chain.misbehave("slow", rate=500)
    at = time.monotonic()
    d = t.closing(p2p.Connection.open(chain.p2p_address))
    d.get_headers([chain.control("block", height=97)["hash"]], timeout=20)
    check(time.monotonic() - at > 0.5, "slow")
    chain.misbehave("disconnect", count=1)
    d.send("ping", bytes(8))
    d.wait_closed()
    chain.misbehave("none")
    equal(str(raises(Refused, chain.misbehave, "perjury")), "perjury: no such mode")
    c.sync()
    equal([p["heard"].get("ping", 0) > 1 for p in chain.control("peers") if p["heard"].get("getcfilters")], [False, True], "peers")
    chain.control("kick")
    c.wait_closed()


def clock(t):
    chain = EmbeddedChain(t, premine=12)
    chain.control("settime", time=2_000_000_000)
    chain.mine(1)
    equal(chain.control("block")["time"], 2_000_000_000)
    chain.mine(3, spacing=600)
    equal(chain.control("block")["time"], 2_000_001_800)
    now = chain.control("settime", offset=-3600)
    check(abs(now - time.time() + 3600) < 10, "offset")
    # Not before the median, though the clock is far behind.
    chain.mine(2)
    check(chain.control("info")["tip_time"] > chain.control("block", height=10)["time"])
    equal(str(raises(Refused, chain.mine, 1, times=[1])), "mine: time-too-old")
    equal(str(raises(Refused, chain.control, "mine", m=1)), "m: no such parameter")


if __name__ == "__main__":
    main(handshake, headers_and_blocks, filters, relay_and_policy, vault, coin_program, reorganisations, blocks_from_outside,
         two_chains, scripted_peer, misbehaviour, clock)
