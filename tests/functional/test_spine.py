#!/usr/bin/env python3
"""A coin goes over and comes back: deposit, mint, transfer, payout, settled; the daemon killed in between."""
from chains import EmbeddedChain
from harness import Tallyd, check, equal, main, program, run, tally, wait_until

DESTINATION = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


def federation(t, *words):
    """A datadir with keys, wallet and genesis; its path and the genesis file's."""
    datadir = t.path("node")
    genesis = run([program("tally"), "--network=regtest", f"--datadir={datadir}", "federation", "n=3", "k=2", "chain_id=spine", *words])
    return datadir, genesis.strip()


def start(t, chain, *words):
    datadir, genesis = federation(t, *words)
    return Tallyd(t, f"--genesis={genesis}", "--signer=builtin", f"--connect={chain.p2p_address}", datadir=datadir)


def balance(node, account):
    return {b["ticker"]: b["balance"] for b in node.rpc.getaccount(account)["balances"]}.get("COIN", "0.00000000")


def sums_agree(node):
    r = node.rpc.getreserves()
    sat = {k: round(float(r[k]) * 10**8) for k in ("reserve", "supply", "deficit", "donations")}
    equal(sat["reserve"] + sat["deficit"], sat["supply"] + sat["donations"], "I1")


def spine(t):
    chain = EmbeddedChain(t)
    node = start(t, chain)
    wait_until(lambda: node.rpc.getinfo()["ready"], 20, "the node to sync")
    node.rpc.newaccount("alice")
    node.rpc.newaccount("bob")
    where = wait_until(lambda: node.rpc.getpeginaddress("alice"), 10, "an endorsed address")
    check(where["address"].startswith("bcrt1p"), where)
    equal(node.rpc.getpeginaddress("alice"), where, "the same question gives the same address")

    chain.fund(where["address"], 5_000_000)
    chain.mine(1)
    wait_until(lambda: balance(node, "alice") == "0.04999000", 10, "the mint")
    equal(node.rpc.listpegins(state="MINTED")[0]["amount"], "0.05000000", "deposit")
    sums_agree(node)

    paid = node.rpc.call("pegout", address=DESTINATION, amount="0.01", **{"from": "alice"})
    check("payout" in paid, paid)
    payout = paid["payout"]

    def settled():
        chain.mine(1)
        state = node.rpc.getpegout(payout)
        return state["state"] in ("PAID", "FINAL") and state
    done = wait_until(settled, 30, "the payout to settle", every=0.5)
    equal([u["sat"] for u in chain.utxos(DESTINATION)], [1_000_000], "exactly the amount arrives")
    check(chain.confirmations(done["txid"]) >= 1, done)
    sums_agree(node)

    node.kill()
    node.start()
    equal(node.rpc.getpegout(payout)["txid"], done["txid"], "after kill -9")
    sums_agree(node)
    check("spine" in tally(node, "getinfo"))


if __name__ == "__main__":
    main(spine)
