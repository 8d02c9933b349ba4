#!/usr/bin/env python3
"""What the main chain can do to the peg: blocks that are taken back with deposits and payments in them, coin that is spent twice,
a vault that is robbed. The books stay whole, and nothing is silent."""
import bitcoin
import ledger
import secp
from chains import coin_tool, sat_of
from harness import RpcError, check, equal, main, raises
from world import World

AMOUNT = 5_000_000


def state(w, deposit):
    return w.rpc.getpegin(deposit)["state"]


def deposits_taken_back(t):
    """C1, C2, C3: quarantine while nobody knows, MINTED again by a new proof, DEAD by a conflicting spend."""
    w = World(t)
    fee = sat_of(w.genesis["peg"]["params"]["deposit_fee"])
    first, second = (w.pegged(name, AMOUNT)["deposit"] for name in ("alice", "bob"))
    txid = second.partition(":")[0]
    paid = w.chain.tx(txid)
    coin = paid.ins[0]

    w.chain.reorg(1, drop=[txid])
    w.wait(lambda: w.knows_tip() and state(w, second) == "QUARANTINED", 10, "the deposit to be in quarantine")
    equal((w.balance("bob"), w.balance("alice")), (0, AMOUNT - fee), "frozen, and nobody else's")
    status = w.rpc.getpegstatus()
    equal((status["state"], sat_of(status["deficit"])), ("PAUSED", AMOUNT), "and not silent")
    w.audit()
    w.mine()  # it comes back in another block
    w.wait_minted(second)
    status = w.rpc.getpegstatus()
    equal((w.balance("bob"), status["state"], status["deficit"]), (AMOUNT - fee, "OPEN", "0.00000000"))
    w.audit()

    # Taken back again, and this time the customer spends the same coin elsewhere.
    w.chain.reorg(1, drop=[txid], evict=True)
    w.wait(lambda: state(w, second) == "QUARANTINED", 10, "quarantine")
    value = w.chain.tx(coin.txid).outs[coin.vout].value
    spend = [f"--in={coin.txid}:{coin.vout}:{value}", f"--out={w.customer.address}:{value - 5000}"]
    elsewhere = coin_tool("spend", f"--secret={w.customer.secret}", *spend)
    w.chain.send_raw(elsewhere["hex"])
    fund = sat_of(w.rpc.getreserves()["fee_fund"])
    w.mine()
    # Anybody may prove it. Only the true parent of the deposit counts.
    at, proof = ledger.outpoint(txid, 0), w.proof(elsewhere["txid"]).encode()
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, proof)), "DOES_NOT_SPEND")
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, proof, parent=paid.encode())), "BAD_PARENT")
    w.submit(ledger.relay(ledger.SPENT, ledger.spent(at, proof, parent=paid.encode(False))))
    w.wait(lambda: state(w, second) == "DEAD", 10, "the deposit to be dead")
    equal((w.rpc.getpegin(second)["reason"], w.balance("bob"), w.balance("alice")), ("CONFLICT", 0, AMOUNT - fee))
    r = w.audit()
    missing = fee  # of what was minted it went to the fee fund at once, which now covers what it can
    equal((sat_of(r["deficit"]), sat_of(r["fee_fund"])), (max(0, missing - fund), max(0, fund - missing)), "deficit and fee fund")
    equal(w.rpc.getpegstatus()["state"], "OPEN")
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, proof, parent=paid.encode(False))), "ALREADY_KNOWN")


def payments_taken_back(t):
    """D25: a settled payment whose block goes is settled again, once, whichever version comes."""
    w = World(t)
    w.pegged("alice", 20_000_000)
    home = [bitcoin.Key(f"home {i}").address for i in range(3)]
    payouts = [w.pegout("alice", address, 1_000_000) for address in home]
    for p in payouts:
        w.settle(p)
    before = w.balance("alice")
    for depth in (1, 2, 3):
        for drop in ((), True):
            w.chain.reorg(depth, drop)
            w.wait(w.knows_tip, 10, "the new branch")
            r = w.rpc.getreserves()
            equal(sat_of(r["reserve"]) + sat_of(r["deficit"]), sat_of(r["supply"]) + sat_of(r["donations"]), "I1 in between")
            for p in payouts:
                w.settle(p)
            w.wait(lambda: not w.rpc.listpegins(state="QUARANTINED"), 10, "no deposit in quarantine")
    equal([w.paid(address) for address in home], [[1_000_000]] * 3, "each paid once")
    equal(w.balance("alice"), before, "and charged once")
    for p in payouts:
        w.settle(p, final=True)
    w.audit()


def robbed(t):
    """D17: k members that conspire can take the vault's coin. Every node sees it within a block, and stops."""
    w = World(t, signers="python", genesis=["vault_outputs=1"])
    w.vote()
    terms = ledger.Terms(ledger.account_from_text(w.accounts["alice"]), secp.public(7))
    w.endorse(terms)
    script, control = w.federation.deposit(terms)
    deposit = w.customer.pay([(bitcoin.address_of(script), AMOUNT)]) + ":0"
    w.mint(deposit)
    queued = w.pegout("alice", bitcoin.Key("home").address, 100_000)

    thief = bitcoin.Key("thief")
    txid = deposit.partition(":")[0]
    theft = bitcoin.Tx([bitcoin.In(txid, 0)], [bitcoin.Out(AMOUNT - 5000, thief.script)])
    spent = [bitcoin.Out(AMOUNT, script)]
    sigs = [w.federation.sign(secret, theft, spent)[0] for secret in w.secrets[:2]]
    theft.ins[0].witness = [b"", sigs[1], sigs[0], w.federation.leaf, control]
    w.chain.send_raw(theft.hex())
    w.mine()
    status = w.wait(lambda: (s := w.rpc.getpegstatus())["state"] == "HALTED" and s, 10, "the alarm")
    equal((status["reason"], sat_of(status["deficit"]), status["reserve"]), ("ALARM", AMOUNT, "0.00000000"))
    equal(raises(RpcError, w.pegout, "alice", thief.address, 100_000).data["reason"], "PEG_HALTED")
    check(w.rpc.getpegout(queued)["state"] in ("QUEUED", "PLANNED"), w.rpc.getpegout(queued))
    w.audit()
    w.restart()
    equal(w.rpc.getpegstatus()["state"], "HALTED", "after a restart")


if __name__ == "__main__":
    main(deposits_taken_back, payments_taken_back, robbed)
