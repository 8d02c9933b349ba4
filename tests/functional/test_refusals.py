#!/usr/bin/env python3
"""Peers, relayers, signers and customers that lie: each is refused with a reason, nothing changes, and the honest go on."""
import time

import bitcoin
import ledger
import p2p
import secp
from chains import EmbeddedChain, sat_of
from harness import RpcError, Tallyd, check, equal, main, raises, wait_until
from world import World


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
    said = f"leaving {peer.address}, for it lied: {reason}"
    wait_until(lambda: said in log_of(node), 20, f"the peer to be left: {reason}", every=0.02)
    wait_until(lambda: peer.address not in addresses(node), 10, "the liar to be gone from getpeerinfo", every=0.02)


def became_peer(node, peer):
    wait_until(lambda: any(p["address"] == peer.address and p["caught_up"] for p in node.rpc.getpeerinfo()), 20, "a new peer")


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
        became_peer(node, peer)
        peer.push_headers(lie)
        banned(node, peer, reason)
        equal(node.rpc.getmainchaininfo()["tip"], chain.tip(), "tip after the lie")
        node.rpc.addnode(peer.address, "remove")

    # More headers with less work lose; equal work stays with what came first. Neither is a lie.
    peer = liar(t, blocks[:20] + [bitcoin.make_block(blocks[19].hash(), 21, blocks[19].header.time + 1, b"\x51")])
    node.rpc.addnode(peer.address)
    rival = [bitcoin.make_block(blocks[28].hash(), 30, blocks[28].header.time + 2, b"\x51").header]
    became_peer(node, peer)
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


def lying_bodies(t):
    """A block's body that does not belong to its header is the peer's lie, not the block's: the honest one's body is taken."""
    w = World(t)
    honest = w.chain.p2p_address

    def changed(block):
        block.txs[0].outs[0].value += 1

    def twice(block):  # CVE-2012-2459: the same root
        check(len(block.txs) % 2, "an odd number of transactions")
        block.txs.append(block.txs[-1])

    def short(block):
        block.txs.pop()

    for lie in (changed, twice, short):
        deposit = w.deposit("alice", 1_000_000)
        w.chain.fund(w.customer.address, 10_000)
        w.node.rpc.addnode(honest, "remove")
        wait_until(lambda: honest not in addresses(w.node), 10, "the honest peer to be gone")
        w.chain.mine(1)
        peer = liar(t, blocks_of(w.chain))

        def answer(c, payload, lie=lie, peer=peer):
            for _, h in p2p.inv_decode(payload):
                block = bitcoin.Block.decode(peer.find(h).encode())
                lie(block)
                c.send("block", block.encode())
        peer.on_getdata = answer
        w.node.rpc.addnode(peer.address)
        banned(w.node, peer, f"block: body does not match header at height {w.chain.height()}")
        w.node.rpc.addnode(peer.address, "remove")
        equal(str(raises(RpcError, w.rpc.getpegin, deposit)).count("knows of no such deposit"), 1)
        w.node.rpc.addnode(honest)
        w.wait_minted(deposit)
    w.audit()


def headers_by_relayers(t):
    """HEADERS from anybody is held to the full header rules, and marks nothing when it fails."""
    w = World(t, signers="python")
    chain, tip = w.chain, w.chain.block(w.chain.height()).header

    def op(*headers):
        return ledger.relay(ledger.HEADERS, ledger.headers(headers))
    good = next_header(chain).solve()
    w.refused(op(next_header(chain).solve(False)), "HEADER_BAD_WORK")
    w.refused(op(next_header(chain, bits=0x207FFFFE).solve()), "HEADER_BAD_BITS")
    w.refused(op(next_header(chain, bits=0x217FFFFF).solve()), "HEADER_BAD_TARGET")
    w.refused(op(next_header(chain, time=tip.time - 100_000).solve()), "HEADER_TIME_OLD")
    w.refused(op(next_header(chain, time=int(time.time()) + 7300).solve()), "HEADER_TIME_FUTURE")
    w.refused(op(next_header(chain, version=1).solve()), "HEADER_BAD_VERSION")
    w.refused(op(bitcoin.Header("77" * 32, time=tip.time).solve()), "HEADER_UNKNOWN_PARENT")
    w.refused(op(good, next_header(chain).solve(False)), "HEADER_BAD_WORK")  # nothing of the good one stays
    w.refused(op(tip), "NO_CHANGE")
    w.refused(op(), "BAD_PAYLOAD")
    w.refused(ledger.relay(ledger.HEADERS, good.encode()[:79]), "BAD_PAYLOAD")
    w.refused(ledger.relay(ledger.HEADERS, good.encode() * 1001), "BAD_PAYLOAD")
    w.refused(ledger.relay(99, b""), "UNKNOWN_OPERATION")
    w.refused(ledger.relay(ledger.TRANSFER, b""), "WRONG_CARRIER")
    w.refused(ledger.relay(ledger.HEADERS, good.encode()) + b"\0", "BAD_ENCODING")

    # A rival branch is taken, since its work may count one day; more headers with less work do not become the tip.
    side, prev = [], chain.block(100)
    for i in range(5):
        header = bitcoin.Header(side[-1].hash() if side else prev.hash(), time=prev.header.time + 1 + i).solve()
        side.append(header)
    w.submit(op(*side))
    equal(w.rpc.getpegstatus()["tip"], chain.tip(), "tip beside a rival branch")
    w.refused(op(*side), "NO_CHANGE")
    w.mine()


def with_odd_transaction(w):
    """A block with a transaction of exactly 64 bytes, and that transaction's id."""
    key = bitcoin.Key("64 bytes")
    coin = w.chain.fund(key.address, 10_000)
    w.mine()
    tx = bitcoin.Tx([bitcoin.In(*coin)], [bitcoin.Out(1, b"\x6a\x02ok")])
    key.sign(tx, [bitcoin.Out(10_000, key.script)], 0)
    equal(len(tx.encode(False)), 64)
    tip = w.chain.block(w.chain.height())
    w.chain.submit(bitcoin.make_block(tip.hash(), w.chain.height() + 1, tip.header.time + 1, key.script, [tx]))
    w.wait(w.knows_tip, 20, "the block")
    return tx.txid()


def false_proofs(t):
    """DEPOSIT with anything wrong about it: C14 to C18, C20, D1. The address is one that no node watches, so that only the test
    claims it."""
    w = World(t, signers="python")
    account, reclaim = ledger.account_from_text(w.accounts["alice"]), secp.public(secp.secret_from("reclaim"))
    terms = ledger.Terms(account, reclaim, nonce=7)
    address = bitcoin.address_of(w.federation.deposit(terms)[0])
    txid = w.customer.pay([(address, 2_000_000), (w.chain.address, 5_000), (address, 3_000_000)])
    for _ in range(4):
        w.chain.fund(w.chain.address, 10_000)
    w.mine()
    height = w.chain.height()
    block = w.chain.block(height)
    where = next(i for i, x in enumerate(block.txs) if x.txid() == txid)

    def claim(proof, terms=terms, index=0, more=b""):
        raw = proof if isinstance(proof, bytes) else proof.encode()
        return ledger.relay(ledger.DEPOSIT, ledger.deposit(terms, index, raw + more))

    def lie(**changes):
        proof = ledger.Proof(block, where)
        for name, value in changes.items():
            setattr(proof, name, value)
        return claim(proof)
    honest = ledger.Proof(block, where)
    check(len(honest.branch) >= 3, "a branch to lie about")
    flipped = [bytes([honest.branch[0][0] ^ 1]) + honest.branch[0][1:]] + honest.branch[1:]
    w.refused(lie(branch=flipped), "PROOF_BAD_BRANCH")
    w.refused(lie(branch=honest.branch[::-1]), "PROOF_BAD_BRANCH")
    w.refused(lie(index=where ^ 1), "PROOF_BAD_BRANCH")
    w.refused(lie(index=where + (1 << len(honest.branch))), "PROOF_BAD_INDEX")
    richer = block.txs[where].encode(False).replace((2_000_000).to_bytes(8, "little"), (2_000_001).to_bytes(8, "little"))
    w.refused(lie(tx=richer), "PROOF_BAD_BRANCH")
    w.refused(lie(coinbase=honest.tx, coinbase_branch=honest.branch), "PROOF_BAD_COINBASE")
    w.refused(lie(coinbase_branch=flipped), "PROOF_BAD_COINBASE")
    w.refused(lie(block=w.chain.block(height - 1).hash()), "PROOF_BAD_BRANCH")
    w.refused(lie(block="11" * 32), "PROOF_UNKNOWN_BLOCK")
    w.refused(lie(depth=len(honest.branch) + 1), "PROOF_MALFORMED")
    w.refused(lie(depth=33), "PROOF_MALFORMED")
    for end in (1, 32, 33, len(honest.encode()) // 2, len(honest.encode()) - 1):
        w.refused(claim(honest.encode()[:end]), "PROOF_MALFORMED")
    w.refused(claim(honest, more=b"\0"), "PROOF_MALFORMED")
    w.refused(claim(b""), "PROOF_MALFORMED")
    w.refused(ledger.relay(ledger.DEPOSIT, terms.encode()), "BAD_PAYLOAD")
    # An inner node passed off as a transaction, and a transaction that has an inner node's length.
    ids = [bitcoin.hidden(x.txid()) for x in block.txs]
    above = honest.coinbase_branch[1:]
    w.refused(lie(tx=ids[0] + ids[1], index=0, branch=above, coinbase_branch=above), "PROOF_MALFORMED")
    w.refused(claim(w.proof(with_odd_transaction(w))), "PROOF_MALFORMED")

    # A true proof of what is not the deposit that it claims to be.
    w.refused(claim(honest, index=1), "NOT_THE_ADDRESS")
    w.refused(claim(honest, index=9), "NO_SUCH_OUTPUT")
    w.refused(claim(honest, ledger.Terms(ledger.account_from_text(w.accounts["bob"]), reclaim, nonce=7)), "NOT_THE_ADDRESS")
    w.refused(claim(honest, ledger.Terms(account, reclaim, nonce=8)), "NOT_THE_ADDRESS")
    w.refused(claim(honest, ledger.Terms(account, secp.public(5), nonce=7)), "NOT_THE_ADDRESS")
    w.refused(claim(honest, ledger.Terms(account, reclaim, asset=b"\1" * 32, nonce=7)), "NOT_THE_ADDRESS")
    w.refused(claim(honest, ledger.Terms(account, reclaim, nonce=7, epoch=1)), "UNKNOWN_EPOCH")
    w.refused(claim(honest, ledger.Terms(ledger.account_of_module("fees"), reclaim)), "BAD_ACCOUNT")
    w.refused(claim(honest, ledger.Terms(account, b"\xff" * 32)), "BAD_RECLAIM_KEY")

    # A block that lost: refused, and good again once it is back on the best branch.
    equal(w.balance("alice"), 0, "nothing was minted so far")
    w.chain.reorg(w.chain.height() - height + 1)
    w.wait(w.knows_tip, 20, "the other branch")
    w.refused(claim(honest), "PROOF_NOT_BEST")
    again = w.proof(txid)
    check(again.block != honest.block, "mined again elsewhere")

    # Claimed twice at once, then once more; the second output is a deposit of its own.
    call = {"jsonrpc": "2.0", "method": "submittransaction", "params": {"transaction": claim(again).hex()}}
    answers = w.rpc.batch([{**call, "id": 1}, {**call, "id": 2}])
    equal([a["result"]["txid"] for a in answers], [ledger.txid(claim(again))] * 2, "one transaction for two claims")
    equal(w.wait_minted(f"{txid}:0")["amount"], "0.02000000")
    w.refused(claim(again), "DEPOSIT_KNOWN")
    w.submit(claim(again, index=2))
    w.wait_minted(f"{txid}:2")
    w.refused(claim(again, index=2), "DEPOSIT_KNOWN")
    fee = sat_of(w.genesis["peg"]["params"]["deposit_fee"])
    equal(w.balance("alice"), 5_000_000 - 2 * fee, "each output once")
    w.restart()
    w.refused(claim(again), "DEPOSIT_KNOWN")
    w.audit()


if __name__ == "__main__":
    main(lying_headers, lying_bodies, headers_by_relayers, false_proofs)
