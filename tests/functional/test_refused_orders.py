#!/usr/bin/env python3
"""Payouts to nowhere, members' words that are not theirs, and false news of plans: each is refused with a reason. The federation
is the test itself, so that what is honest comes from an independent implementation too."""
import time

import bitcoin
import ledger
import secp
from chains import coins_of, sat_of
from harness import RpcError, check, equal, main, raises
from world import World

RECLAIM = secp.public(secp.secret_from("reclaim"))


def flipped(b):
    """The same but for one bit of the last byte."""
    return b[:-1] + bytes([b[-1] ^ 1])


def funded(t, sat=20_000_000, **how):
    """A world whose alice has coin, brought over without any signer."""
    w = World(t, signers="python", **how)
    w.vote()
    terms = ledger.Terms(ledger.account_from_text(w.accounts["alice"]), RECLAIM)
    w.endorse(terms)
    w.pegged_in = w.customer.pay([(bitcoin.address_of(w.federation.deposit(terms)[0]), sat)]) + ":0"
    w.mint(w.pegged_in)
    return w, terms


def run_plan(w, number):
    """Sign by hand, and mine until it is settled."""
    w.sign(number)
    w.wait(w.chain.pool, 10, "the plan's transaction in the pool")
    w.mine()
    w.wait(lambda: w.rpc.getplan(number)["state"] in ("SETTLED", "FINAL"), 10, f"plan {number} to settle")


class Payer:
    """An account of the test's own, which signs any operation at all."""

    def __init__(self, w, sat):
        self.w, self.secret, self.nonce = w, secp.secret_from("payer"), 0
        self.account = ledger.account_of_key(secp.public(self.secret))
        self.text = ledger.account_text(self.account)
        w.rpc.call("send", **{"from": "alice", "to": self.text, "amount": coins_of(sat)})
        info = w.rpc.getinfo()
        self.fee = sat_of(info["fee_one_op"])

    def op(self, number, payload, **lies):
        nonce, fee, until = (lies.get(*x) for x in (("nonce", self.nonce), ("fee", self.fee), ("until", int(time.time()) + 600)))
        body = ledger.body(self.account, nonce, fee, until, [(number, self.account, payload)])
        return ledger.signed(body, lies.get("genesis_id", self.w.genesis_id), [lies.get("secret", self.secret)])

    def fails(self, payload, reason, number=ledger.PAYOUT):
        """Stands in a block as FAILED: the fee is paid, nothing else happens."""
        before, payouts_ = self.w.balance(self.text), self.w.rpc.getpegstatus()["payouts"]
        error = raises(RpcError, self.w.submit, self.op(number, payload))
        equal(error.data["reason"], reason)
        self.nonce += 1
        equal((self.w.balance(self.text), self.w.rpc.getpegstatus()["payouts"]), (before - self.fee, payouts_), "after " + reason)


def payouts(t):
    """D2, D6: refused before any escrow."""
    w, terms = funded(t)
    payer = Payer(w, 5_000_000)
    own = bitcoin.Key("home").script

    def to(script, sat=100_000, max_fee=10_000):
        return ledger.payout(sat, max_fee, script)
    for script in (b"\x6a\x04abcd", b"\x51", b"\x00\x14" + bytes(19), b"\x52\x20" + bytes(32),
                   b"\x76\xa9\x14" + bytes(20) + b"\x88\xad"):
        payer.fails(to(script), "DESTINATION_NONSTANDARD")
    payer.fails(to(b""), "DESTINATION_NONSTANDARD")
    payer.fails(to(bitcoin.p2tr(b"\xff" * 32)), "DESTINATION_UNSPENDABLE")
    payer.fails(to(w.federation.vault()[0]), "DESTINATION_VAULT")
    payer.fails(to(w.federation.deposit(terms)[0]), "DESTINATION_DEPOSIT")
    watched = ledger.Terms(payer.account, RECLAIM, nonce=3)
    w.endorse(watched)
    payer.fails(to(w.federation.deposit(watched)[0]), "DESTINATION_DEPOSIT")
    least = sat_of(w.genesis["peg"]["params"]["payout_min"])
    for sat in (0, 1, 329, 546, least - 1):
        payer.fails(to(own, sat), "PAYOUT_BELOW_MIN")
    payer.fails(to(own, sat_of(w.genesis["peg"]["params"]["outflow_cap"]) + 1), "PAYOUT_ABOVE_CAP")
    payer.fails(to(own, 10_000_000), "INSUFFICIENT_BALANCE")
    payer.fails(to(own, 100_000, 2**63 - 1), "AMOUNT_OVERFLOW")
    payer.fails(to(own, 2**63), "BAD_PAYLOAD")
    payer.fails(to(b"\x51" * 35), "BAD_PAYLOAD")
    payer.fails(to(own) + b"\0", "BAD_PAYLOAD")
    payer.fails(to(own)[:-1], "BAD_PAYLOAD")
    payer.fails(ledger.u64(77), "PAYOUT_UNKNOWN", ledger.CANCEL)
    payer.fails(b"", "BAD_PAYLOAD", ledger.CANCEL)

    # What never stands in a block.
    good = to(own)
    fine = ("OK", "OK")
    w.refused(payer.op(ledger.PAYOUT, good, secret=secp.secret_from("thief")), "BAD_SIGNATURE", fine)
    w.refused(payer.op(ledger.PAYOUT, good, genesis_id=bytes(32)), "BAD_SIGNATURE", fine)
    w.refused(flipped(payer.op(ledger.PAYOUT, good)), "BAD_SIGNATURE", fine)
    w.refused(payer.op(ledger.PAYOUT, good) + b"\0", "BAD_WITNESS", fine)
    w.refused(payer.op(ledger.PAYOUT, good)[:-1], "BAD_WITNESS", fine)
    w.refused(payer.op(ledger.PAYOUT, good, nonce=payer.nonce - 1), "NONCE_PAST")
    w.refused(payer.op(ledger.PAYOUT, good, fee=payer.fee - 1), "FEE_TOO_LOW")
    w.refused(payer.op(ledger.PAYOUT, good, until=int(time.time()) - 10), "EXPIRED")
    w.refused(payer.op(ledger.DEPOSIT, good), "WRONG_CARRIER")
    w.refused(ledger.relay(ledger.PAYOUT, good), "WRONG_CARRIER")

    # By name, as people ask.
    for address in ("garbage", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
                    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", bitcoin.Key("home").address[:-1] + "q", w.accounts["alice"]):
        equal(raises(RpcError, w.pegout, "alice", address, 100_000).code, -32602, address)
    ours = ((w.federation.vault()[0], "DESTINATION_VAULT"), (w.federation.deposit(terms)[0], "DESTINATION_DEPOSIT"))
    for script, reason in ours:
        equal(raises(RpcError, w.pegout, "alice", bitcoin.address_of(script), 100_000).data["reason"], reason)
    equal(w.rpc.listpegouts(), [], "no payout came of any of it")
    number = w.pegout("alice", bitcoin.Key("home").address, 100_000)
    payer.fails(ledger.u64(number), "NOT_THE_OWNER", ledger.CANCEL)
    w.rpc.cancelpegout(number)
    equal(raises(RpcError, w.rpc.cancelpegout, number).data["reason"], "PAYOUT_NOT_QUEUED")
    w.audit()


def members(t):
    """Votes, endorsements and pauses that no member made, or made before."""
    w = World(t, signers="python")
    terms = ledger.Terms(ledger.account_from_text(w.accounts["bob"]), RECLAIM)
    thief = secp.secret_from("thief")
    words = (("feerate", ledger.FEERATE, ledger.u32(3000)), ("intent", ledger.INTENT, terms.encode()),
             ("guardian", ledger.PAUSE, b""))
    for kind, number, subject in words:
        def word(member=0, subject=subject, said=subject, kind=kind, number=number, **lies):
            return ledger.relay(number, said + w.marked(kind, member, subject, **lies))
        w.refused(word(secret=thief, counter=9), "MEMBER_SIGNATURE")
        w.refused(word(secret=w.secrets[1], counter=9), "MEMBER_SIGNATURE")
        w.refused(word(member=3, secret=w.secrets[0], counter=9), "MEMBER_UNKNOWN")
        w.refused(word(epoch=1, counter=9), "MEMBER_EPOCH")
        w.refused(word(counter=0), "MEMBER_COUNTER")
        if subject:
            w.refused(word(said=flipped(subject), counter=9), "MEMBER_SIGNATURE")
        w.refused(flipped(word(counter=9)), "MEMBER_SIGNATURE")
        w.refused(ledger.relay(number, subject), "BAD_PAYLOAD")
        good = word(counter=5)
        w.submit(good)
        w.refused(good, "MEMBER_COUNTER")
        w.refused(word(counter=4), "MEMBER_COUNTER")
    # A word of one kind is not one of another.
    mark = w.marked("intent", 0, ledger.u32(3000), counter=50)
    w.refused(ledger.relay(ledger.FEERATE, ledger.u32(3000) + mark), "MEMBER_SIGNATURE")
    for lie, reason in ((ledger.Terms(ledger.account_of_module("fees"), RECLAIM), "BAD_ACCOUNT"),
                        (ledger.Terms(terms.account, b"\xff" * 32), "BAD_RECLAIM_KEY"),
                        (ledger.Terms(terms.account, RECLAIM, epoch=4), "UNKNOWN_EPOCH"),
                        (terms, "INTENT_KNOWN")):
        w.refused(ledger.relay(ledger.INTENT, lie.encode() + w.marked("intent", 1, lie.encode(), counter=9)), reason)
    # One of three is a third: the peg pauses, and no more often than the rules say.
    equal(w.rpc.getpegstatus()["state"], "PAUSED")
    w.refused(ledger.relay(ledger.PAUSE, w.marked("guardian", 1, counter=5)), "GUARDIAN_TOO_SOON")


def plans(t):
    """SIGN, CONFIRM, SETTLE, SPENT and DONATE that are not true."""
    w, _ = funded(t, genesis=["vault_outputs=1"])
    deposit_txid = w.pegged_in.partition(":")[0]
    home = bitcoin.Key("home").address
    payout = w.pegout("alice", home, 1_000_000)
    sweep = w.wait(lambda: w.rpc.getplan(1), 5, "a sweep for the queue")
    equal((sweep["kind"], sweep["state"], sweep["signed_by"]), ("SWEEP", "PLANNED", []))
    tx, spent = w.plan_tx(1)

    def sign(plan=1, version=0, member=0, sigs=None):
        return ledger.relay(ledger.SIGN, ledger.sign(plan, version, member, sigs or w.federation.sign(w.secrets[0], tx, spent)))
    good = w.federation.sign(w.secrets[0], tx, spent)
    w.refused(sign(sigs=[bytes(64)]), "SIGN_BAD_SIGNATURE")
    w.refused(sign(sigs=[flipped(good[0])]), "SIGN_BAD_SIGNATURE")
    w.refused(sign(member=1), "SIGN_BAD_SIGNATURE")
    w.refused(w.sign_op(1, 0, secret=secp.secret_from("thief")), "SIGN_BAD_SIGNATURE")
    w.refused(sign(member=3), "SIGN_NOT_A_MEMBER")
    w.refused(sign(member=255), "SIGN_NOT_A_MEMBER")
    w.refused(sign(sigs=good * 2), "SIGN_COUNT")
    w.refused(sign(version=1), "SIGN_UNKNOWN_VERSION")
    w.refused(sign(plan=2), "SIGN_UNKNOWN_PLAN")
    w.refused(ledger.relay(ledger.SIGN, ledger.sign(1, 0, 0, [])), "BAD_PAYLOAD")
    w.refused(ledger.relay(ledger.SIGN, ledger.sign(1, 0, 0, good) + b"\0"), "BAD_PAYLOAD")
    theft = bitcoin.Tx(tx.ins, [bitcoin.Out(tx.outs[0].value, bitcoin.script_of(home))], tx.version)
    w.refused(w.sign_op(1, 0, tx=theft), "SIGN_BAD_SIGNATURE")  # a foreign output
    w.submit(sign())
    w.refused(sign(), "SIGN_TWICE")
    equal(w.rpc.getplan(1)["signed_by"], [0])
    check("transaction" not in w.rpc.getplan(1), "one of two signatures makes no transaction")
    w.submit(w.sign_op(1, 1))
    w.refused(w.sign_op(1, 2), "SIGN_COMPLETE")

    # News of the main chain about it.
    deposited = w.proof(deposit_txid).encode()
    w.refused(ledger.relay(ledger.CONFIRM, ledger.confirm(1, deposited)), "NOT_A_VERSION")
    w.refused(ledger.relay(ledger.CONFIRM, ledger.confirm(9, deposited)), "PLAN_UNKNOWN")
    w.refused(ledger.relay(ledger.SETTLE, ledger.confirm(1, deposited)), "NOT_A_VERSION")
    w.refused(ledger.relay(ledger.CONFIRM, ledger.confirm(1, deposited[:-1])), "PROOF_MALFORMED")
    at = ledger.outpoint(deposit_txid, 0)
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, deposited)), "DOES_NOT_SPEND")
    itself = w.chain.tx(deposit_txid).encode(False)
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, deposited, parent=itself)), "NO_CONFLICT")
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, deposited, parent=tx.encode(False))), "BAD_PARENT")
    parent = w.chain.tx(deposit_txid).ins[0]
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(ledger.outpoint(parent.txid, parent.vout), deposited)), "OUTPOINT_UNKNOWN")
    w.wait(w.chain.pool, 10, "the sweep in the pool")
    w.mine()
    w.wait(lambda: w.rpc.getplan(1)["state"] == "SETTLED", 10, "the sweep to settle")
    swept = w.proof(tx.txid()).encode()
    w.refused(ledger.relay(ledger.CONFIRM, ledger.confirm(1, swept)), "ALREADY_SETTLED")
    w.refused(ledger.relay(ledger.SETTLE, ledger.confirm(1, swept)), "ALREADY_SETTLED")
    w.refused(ledger.relay(ledger.SPENT, ledger.spent(at, swept)), "SPENT_BY_PLAN")
    w.refused(ledger.relay(ledger.DONATE, ledger.donate(0, 0, swept)), "PLAN_OUTPUT")
    w.refused(ledger.relay(ledger.DONATE, ledger.donate(0, 0, deposited)), "NOT_THE_VAULT")
    w.refused(ledger.relay(ledger.DONATE, ledger.donate(0, 7, deposited)), "NO_SUCH_OUTPUT")
    w.refused(ledger.relay(ledger.DONATE, ledger.donate(3, 0, deposited)), "UNKNOWN_EPOCH")
    w.refused(sign(), "SIGN_LATE")

    # And the payout itself, signed by hand.
    plan = w.wait(lambda: w.rpc.getpegout(payout).get("plan"), 10, "the payout to be planned")
    run_plan(w, plan)
    equal(w.rpc.getpegout(payout)["state"], "PAID")
    equal(w.paid(home), [1_000_000], "exactly the amount, once")
    w.audit()


if __name__ == "__main__":
    main(payouts, members, plans)
