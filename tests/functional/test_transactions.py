#!/usr/bin/env python3
"""Transactions that several people make together, through the command line: a shared account of three people who keep their keys in
wallets of their own, a swap in one transaction, a customer without coin whose fee a merchant pays, a time limit, and what
simulatetransaction says before anybody signs."""
import json

from harness import RpcError, Tallyd, check, equal, main, program, raises, run, tally
from world import World

REFUSED, USAGE = 1, 2


class Signer:
    """Another person's daemon and wallet on the same chain: it knows the genesis, and no main chain."""

    def __init__(self, world, *labels):
        self.world = world
        self.node = Tallyd(world.test, f"--genesis={world.genesis_path}", "--connect=127.0.0.1:1", f"--plugindir={program('plugins')}")
        self.rpc = self.node.rpc
        self.rpc.createwallet()
        self.accounts = {label: self.rpc.newaccount(label)["account"] for label in labels}


def ask(node, *args):
    return json.loads(tally(node, "--json", *args))


def refusal(node, *args, status=REFUSED):
    got, _, err = run([program("tally"), "--network=regtest", f"--datadir={node.datadir}", *args], status=None)
    equal(got, status, f"exit status of {args[0]}: {err}")
    return err


def save(t, name, answer):
    """As a person hands it round: the answer of one command in a file for the next."""
    path = t.path(name)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(answer, f)
    return "@" + path


def world(t):
    w = World(t)
    w.mint(w.deposit("alice", 10_000_000))
    return w


def points(w, to):
    tally(w.node, "createasset", "BEANS", "Beans", "1000000", "from=alice", "flags=transferable")
    tally(w.node, "mint", "BEANS", "500", to, "from=alice")


def shared_account(t):
    """Two of three pay from their account, each with a wallet of his own."""
    w = world(t)
    carol, dave = Signer(w, "carol"), Signer(w, "dave")
    keys = f"alice,{carol.accounts['carol']},{dave.rpc.listaccounts()['accounts'][1]['key']}"
    club = ask(w.node, "newaccount", "club", "policy=2", f"keys={keys}")
    equal((club["policy"], club["own_keys"], len(club["keys"])), ("2 of 3", 1, 3))
    turned = ",".join(reversed(keys.replace("alice", w.accounts["alice"]).split(",")))
    equal(ask(carol.node, "newaccount", "verein", "policy=2", f"keys={turned}")["account"], club["account"], "whatever the order")
    check("club" in tally(w.node, "listaccounts") and "2 of 3" in tally(w.node, "listaccounts"))
    equal(w.rpc.getaccount("club")["policy"], "2 of 3")
    check("already" in refusal(w.node, "newaccount", "club2", "policy=2", f"keys={keys}"))
    check("policy" in refusal(w.node, "newaccount", "x", "policy=4", f"keys={keys}", status=USAGE))
    check("needs both" in refusal(w.node, "newaccount", "x", "policy=2", status=USAGE))
    check("no key" in refusal(w.node, "newaccount", "x", "policy=1", "keys=nobody", status=USAGE))

    tally(w.node, "send", "club", "0.01", "from=alice")
    w.node.kill()
    w.node.start()
    w.wait_ready()
    equal(w.balance(club["account"]), 1_000_000, "it receives")
    error = refusal(w.node, "send", "bob", "0.002", "from=club")
    check("signatures are missing" in error and "submit=false" in error, error)

    made = ask(w.node, "send", "bob", "0.002", "from=club", "submit=false")
    equal((made["complete"], made["signers"][0]["signed"], made["signers"][0]["needed"]), (False, 1, 2))
    equal(sorted(made["signers"][0]["waiting_for"]), sorted([carol.accounts["carol"], dave.accounts["dave"]]))
    paper = save(t, "payment.json", made)
    check("signatures are missing" in refusal(w.node, "submittransaction", paper))
    shown = ask(carol.node, "decodetransaction", paper)
    equal((shown["kind"], shown["payer"], shown["signed"], shown["signatures_valid"]), ("partial", club["account"], False, True))
    offline = json.loads(run([program("tally"), "--network=regtest", "decodetransaction", paper, "--json"]))
    equal(offline, shown, "the same without a daemon")
    equal(ask(w.node, "simulatetransaction", paper)["code"], "OK")
    signed = ask(carol.node, "signtransaction", paper)
    check(signed["complete"] and signed["txid"] == made["txid"], signed)
    before = w.balance("bob")
    done = ask(w.node, "submittransaction", save(t, "signed.json", signed))
    equal(done["txid"], made["txid"])
    equal((w.balance("bob") - before, w.balance(club["account"])), (200_000, 1_000_000 - 200_000 - 200))
    equal(w.rpc.gettransaction(done["txid"])["transaction"]["payer"], club["account"])

    # Carol and Dave sign copies without Alice, who puts them together.
    ops = json.dumps([{"op": "TRANSFER", "source": "club", "asset": "coin", "to": "bob", "amount": "0.001"}])
    blank = ask(w.node, "createtransaction", ops)
    equal(blank["signers"][0]["signed"], 0, "createtransaction does not sign")
    paper = save(t, "blank.json", blank)
    a, b = ask(carol.node, "signtransaction", paper), ask(dave.node, "signtransaction", paper)
    check(not a["complete"] and not b["complete"])
    equal(ask(w.node, "combinetransactions", save(t, "a.json", a), save(t, "b.json", a))["complete"], False, "the same signature twice")
    both = ask(w.node, "combinetransactions", save(t, "a.json", a), save(t, "b.json", b))
    check(both["complete"])
    ask(w.node, "submittransaction", save(t, "both.json", both))
    equal(w.balance(club["account"]), 1_000_000 - 300_000 - 400)

    # Doctored on the way.
    raw = a["transaction"]
    raises(RpcError, w.rpc.combinetransactions, raw[:-2], b["transaction"])
    equal(raises(RpcError, w.rpc.combinetransactions, made["transaction"], b["transaction"]).data["reason"], "OTHER_TRANSACTION")
    bad = raw[:-8] + ("0" if raw[-8] != "0" else "1") + raw[-7:]
    equal(raises(RpcError, w.rpc.combinetransactions, bad, b["transaction"]).data["reason"], "BAD_SIGNATURE")
    other_chain = raw[:2] + "11" * 32 + raw[66:]
    equal(raises(RpcError, w.rpc.signtransaction, other_chain).data["reason"], "OTHER_CHAIN")
    equal(raises(RpcError, dave.rpc.signtransaction, b["transaction"]).data["reason"], "NOTHING_TO_SIGN", "it has signed already")
    w.audit()


def swap(t):
    """Coin for points between two people who don't trust each other: both transfers or none."""
    w = world(t)
    carol = Signer(w, "carol")
    points(w, carol.accounts["carol"])
    ops = [{"op": "TRANSFER", "source": "alice", "asset": "coin", "to": carol.accounts["carol"], "amount": "0.005"},
           {"op": "TRANSFER", "source": carol.accounts["carol"], "asset": "BEANS", "to": "alice", "amount": "200", "memo": "0102"}]
    path = t.path("ops.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(ops, f)
    made = ask(w.node, "createtransaction", f"@{path}", "payer=alice", "sign=true", "valid_for=600")
    equal([(s["signed"], s["waiting_for"]) for s in made["signers"]], [(1, []), (0, [carol.accounts["carol"]])])

    looks = ask(w.node, "simulatetransaction", save(t, "made.json", made))
    changes = {(b["account"], b["ticker"]): b["change"] for b in looks["balances"]}
    equal(changes[w.accounts["alice"], "BEANS"], "+200")
    equal(changes[carol.accounts["carol"], "BEANS"], "-200")
    equal(changes[carol.accounts["carol"], "COIN"], "+0.00500000")
    equal(len(looks["events"]), 2)
    equal(w.balance("alice", "BEANS"), None, "a simulation changes nothing")

    signed = ask(carol.node, "signtransaction", save(t, "made.json", made))
    check(signed["complete"])
    ask(w.node, "submittransaction", save(t, "signed.json", signed))
    equal((w.balance("alice", "BEANS"), w.balance(carol.accounts["carol"])), ("200", 500_000))

    # One half cannot be carried out: neither is.
    ops[1]["amount"] = "301"
    made = ask(w.node, "createtransaction", json.dumps(ops), "payer=alice", "sign=true")
    looks = ask(w.node, "simulatetransaction", save(t, "made.json", made))
    equal((looks["code"], looks["failed_op"], looks["failed_op_name"], looks["reason"]), ("FAILED", 1, "TRANSFER", "INSUFFICIENT_BALANCE"))
    check("getaccount" in looks["hint"] and looks["fee"] == "0.00000300", looks)
    signed = ask(carol.node, "signtransaction", save(t, "made.json", made))
    before = w.balance("alice")
    error = refusal(w.node, "submittransaction", save(t, "signed.json", signed))
    check("operation 1" in error, error)
    equal((before - w.balance("alice"), w.balance("alice", "BEANS"), w.balance(carol.accounts["carol"])), (300, "200", 500_000))
    w.audit()


def sponsor(t):
    """A customer who has points and no coin pays with points; the merchant pays the fee."""
    w = world(t)
    carol = Signer(w, "carol")
    me = carol.accounts["carol"]
    points(w, me)
    equal(w.balance(me), 0)
    made = ask(w.node, "send", "bob", "30", "BEANS", f"from={me}", "payer=alice", "submit=false", "valid_for=7200")
    equal([s["account"] for s in made["signers"]], [w.accounts["alice"], me])
    equal([s["signed"] for s in made["signers"]], [1, 0])
    before = w.balance("alice")
    signed = ask(carol.node, "signtransaction", save(t, "made.json", made))
    ask(w.node, "submittransaction", save(t, "signed.json", signed))
    equal((w.balance("bob", "BEANS"), w.balance(me, "BEANS"), w.balance(me), before - w.balance("alice")), ("30", "470", 0, 200))
    error = refusal(w.node, "submittransaction", save(t, "signed.json", signed))
    check("NONCE_PAST" in error or "carried out" in error, error)


def quota(t):
    """A daemon pays the fees of its customers by itself, so many a day."""
    w = World(t, options=["--sponsor=alice", "--sponsorquota=2", "--sponsortotal=3"])
    w.mint(w.deposit("alice", 10_000_000))
    carol, dave = Signer(w, "carol", "stranger"), Signer(w, "dave")
    me, other = carol.accounts["carol"], dave.accounts["dave"]
    points(w, me)
    shown = ask(w.node, "getsponsor", me)
    equal(shown, {"payer": w.accounts["alice"], "quota": 2, "total": 3, "used": 0, "customer": True, "left": 2})
    equal(ask(w.node, "getsponsor", other)["customer"], False)

    def made(source, signer, units=1, **more):
        op = {"op": "TRANSFER", "source": source, "asset": "BEANS", "to": other, "amount": str(units)}
        words = [f"{k}={v}" for k, v in more.items()]
        blank = ask(w.node, "createtransaction", json.dumps([op]), f"payer={shown['payer']}", *words)
        return save(t, "made.json", ask(signer.node, "signtransaction", save(t, "blank.json", blank)) if signer else blank)

    before = w.balance("alice")
    first = made(me, carol)
    done = ask(w.node, "sponsortransaction", first, "idempotency_key=one")
    equal(ask(w.node, "sponsortransaction", first, "idempotency_key=one"), done, "the same again")
    equal((before - w.balance("alice"), w.balance(other, "BEANS"), w.balance(me)), (200, "1", 0))
    check("signed yet" in refusal(w.node, "sponsortransaction", made(me, None)))
    check("least fee" in refusal(w.node, "sponsortransaction", made(me, carol, fee="0.00001")))
    check("least fee" in refusal(w.node, "sponsortransaction", made(me, carol, valid_for=900000)))
    check("would refuse" in refusal(w.node, "sponsortransaction", made(me, carol, units=5000)))
    op = {"op": "TRANSFER", "source": "alice", "asset": "coin", "to": me, "amount": "0.05"}
    greedy = ask(w.node, "createtransaction", json.dumps([op]))
    check("sponsor's own" in refusal(w.node, "sponsortransaction", save(t, "greedy.json", greedy)))
    op = {"op": "TRANSFER", "source": me, "asset": "BEANS", "to": other, "amount": "1"}
    own = ask(carol.node, "signtransaction", save(t, "own.json", ask(w.node, "createtransaction", json.dumps([op]))))
    check("another payer" in refusal(w.node, "sponsortransaction", save(t, "own.json", own)))
    equal(ask(w.node, "getsponsor", me)["left"], 1, "what was refused counts nothing")

    w.node.kill()
    w.node.start()
    w.wait_ready()
    ask(w.node, "sponsortransaction", made(me, carol))
    check("of this account" in refusal(w.node, "sponsortransaction", made(me, carol)), "two a day, also over a crash")
    ask(w.node, "sponsortransaction", made(other, dave))  # has points now
    equal(ask(w.node, "getsponsor")["used"], 3)
    check("as he does in a day" in refusal(w.node, "sponsortransaction", made(other, dave)))
    equal(before - w.balance("alice"), 600)
    check("nobody's fees" in refusal(carol.node, "getsponsor"))


def time_limit(t):
    """A transaction is carried out up to its last second, and not after."""
    w = world(t)
    ops = json.dumps({"op": "TRANSFER", "source": "alice", "asset": "coin", "to": "bob", "units": "1000"})
    late = ask(w.node, "createtransaction", ops, "sign=true", "valid_until=1600000000")
    check(late["complete"])
    equal(ask(w.node, "decodetransaction", late["transaction"])["valid_until"], 1600000000)
    equal(ask(w.node, "simulatetransaction", late["transaction"])["reason"], "EXPIRED")
    before = w.rpc.getaccount("alice")
    check("sign it anew" in refusal(w.node, "submittransaction", late["transaction"]))
    equal(w.rpc.getaccount("alice"), before, "no effect, no fee, no nonce")
    refusal(w.node, "createtransaction", ops, "valid_until=1", "valid_for=1", status=USAGE)
    good = ask(w.node, "createtransaction", ops, "sign=true", "valid_for=3000", "nonce=0")
    equal(ask(w.node, "simulatetransaction", good["transaction"])["reason"], "OK" if before["nonce"] == 0 else "NONCE_PAST")
    early = ask(w.node, "createtransaction", ops, "sign=true", f"nonce={before['nonce'] + 1}")
    equal(ask(w.node, "simulatetransaction", early["transaction"])["reason"], "NONCE_FUTURE")
    cheap = ask(w.node, "createtransaction", ops, "fee=0.000001", "sign=true")
    equal(ask(w.node, "simulatetransaction", cheap["transaction"])["reason"], "FEE_TOO_LOW")
    dear = ask(w.node, "createtransaction", ops, "fee=0.00001", "sign=true")
    ask(w.node, "submittransaction", dear["transaction"])
    equal(w.balance("bob"), 1000)


def simulate(t):
    """What would change, before anybody signs; and operations that are written wrongly."""
    w = world(t)
    ops = [{"op": "CREATE", "source": "alice", "flags": ["transferable"], "decimals": 2, "cap": "100000", "ticker": "TEA", "name": "Tea"},
           {"op": "TRANSFER", "source": "alice", "asset": "coin", "to": "bob", "amount": "0.5"}]
    made = ask(w.node, "createtransaction", json.dumps(ops))
    looks = ask(w.node, "simulatetransaction", made["transaction"])
    equal((looks["code"], looks["failed_op"]), ("FAILED", 1))
    ops[1]["amount"] = "0.005"
    made = ask(w.node, "createtransaction", json.dumps(ops))
    looks = ask(w.node, "simulatetransaction", made["transaction"])
    equal(looks["code"], "OK")
    check(looks["keys_changed"] >= 4 and "CREATED" in [e["event"] for e in looks["events"]], looks)
    labels = {b.get("label"): b["change"] for b in looks["balances"]}
    equal((labels["bob"], labels["(fees)"]), ("+0.00500000", "+0.00001300"), "two operations and the fee of a new asset")
    check("0.00500000" in tally(w.node, "simulatetransaction", made["transaction"]), "also for people")
    check("TEA" not in json.dumps(w.rpc.listassets()))
    ops[1]["too"] = ops[1].pop("to")
    check("did you mean to?" in refusal(w.node, "createtransaction", json.dumps(ops), status=USAGE))
    equal(w.rpc.simulatetransaction("07")["reason"], "BAD_VERSION")
    again = ask(w.node, "decodetransaction", made["transaction"])["ops"]
    equal(ask(w.node, "decodetransaction", ask(w.node, "createtransaction", json.dumps(again))["transaction"])["ops"], again)


if __name__ == "__main__":
    main(shared_account, swap, sponsor, quota, time_limit, simulate)
