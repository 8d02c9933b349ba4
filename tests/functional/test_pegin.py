#!/usr/bin/env python3
"""Addresses for coin that comes over, and what becomes of it."""
import bitcoin
import ledger
import secp
from chains import sat_of
from harness import RpcError, check, equal, main, raises
from world import World


def watching(t):
    """Whoever asks for an address gets one that is watched for long: what is paid to it at once is never missed."""
    w = World(t, genesis=["reclaim_delay=110", "sweep_margin=5"])
    delay = w.genesis["peg"]["params"]["reclaim_delay"]
    first = w.address("alice")
    equal(first["watched_until_height"], w.chain.height() + delay)
    w.mine(delay // 2 - 1)
    equal(w.address("alice"), first, "nothing new while there is time")
    for _ in range(12):
        w.mine(delay // 5)
        again = w.address("alice")
        equal(again["address"], first["address"])
        check(again["watched_until_height"] > w.chain.height() + delay // 2, again)
    # Paid to half of the delay after it was asked for, it is seen; long after, it is not.
    w.mine(delay // 2)
    w.address("alice")
    w.mine(delay // 2 - 2)
    w.mint(w.customer.pay([(first["address"], 1_000_000)]) + ":0")
    w.mine(delay)
    late = w.customer.pay([(first["address"], 1_000_000)])
    w.mine(2)
    equal(raises(RpcError, w.rpc.getpegin, late + ":0").data["reason"], "DEPOSIT_UNKNOWN", "nobody watched any more")

    # But it is not lost: anybody can bring it in by hand, with a proof and the address's terms.
    proof = w.rpc.getmainproof(late)
    w.rpc.pegin(proof=proof["proof"], output=0, account="alice")
    w.wait_minted(late + ":0")
    equal(raises(RpcError, w.rpc.pegin, proof=proof["proof"], output=0, account="alice").data["reason"], "DEPOSIT_KNOWN")
    w.audit()


def states(t):
    """What is too little or too much, several outputs at once, a store of terms that differ in one thing."""
    w = World(t)
    p = {name: w.genesis["peg"]["params"][name] for name in ("deposit_min", "deposit_fee")}
    least, fee = sat_of(p["deposit_min"]), sat_of(p["deposit_fee"])
    a, b = w.address("alice")["address"], w.address("alice", nonce=1)["address"]
    bob = w.address("bob")["address"]
    check(len({a, b, bob}) == 3)
    other = w.address("alice", reclaim_key=secp.public(7).hex())
    terms = ledger.Terms(ledger.account_from_text(w.accounts["alice"]), secp.public(7))
    equal(bitcoin.script_of(other["address"]), w.federation.deposit(terms)[0], "an address made twice")
    outs = [(a, least - 1), (a, least), (b, 100_000), (bob, 200_000), (other["address"], 300_000), (a, 20_000_000)]
    txid = w.customer.pay(outs)
    w.mine()

    def seen(vout):
        return w.wait(lambda: w.rpc.getpegin(f"{txid}:{vout}"), 10, f"output {vout}")
    want = ["BELOW_MIN", "MINTED", "MINTED", "MINTED", "MINTED", "WAITING_DEPTH"]
    equal([seen(i)["state"] for i in range(len(outs))], want)
    equal(seen(5)["reason"], "DEPTH")
    equal((w.balance("alice"), w.balance("bob")), (least + 400_000 - 3 * fee, 200_000 - fee))
    w.mine()
    w.wait_minted(f"{txid}:5")
    equal(w.balance("alice"), least + 20_400_000 - 4 * fee)
    w.restart()
    equal(len(w.rpc.listpegins()), len(outs))
    w.audit()


if __name__ == "__main__":
    main(watching, states)
