#!/usr/bin/env python3
"""Records through the daemon: items, documents, custody that both sign for, and a history that anybody can check from its head."""
import hashlib
import json

import secp
from harness import check, equal, main, tally
from test_store import Mixed, refused
from test_transactions import Signer, ask, refusal, save
from world import World


def heads(item):
    """What the entries' bytes lead to, computed here."""
    head = secp.tagged("tally/item", bytes.fromhex(item["item"]))
    for entry in item["history"]:
        head = secp.tagged("tally/item-entry", head + bytes.fromhex(entry["bytes"]))
    return head.hex()


def salted(salt, text):
    return secp.tagged("tally/document", bytes.fromhex(salt) + hashlib.sha256(text.encode()).digest()).hex()


def life(w):
    rpc = Mixed(w.rpc)
    made = rpc.createitem("Watch 1969", document="serial 4711", **{"from": "maker"})
    item = made["item"]
    equal(made["entry"], 0)
    equal(made["anchored"], salted(made["salt"], "serial 4711"))
    shown = rpc.getitem(item)
    equal((shown["title"], shown["state"], shown["entries"], shown["verified"]), ("Watch 1969", "kept", 1, True))
    equal((shown["creator"], shown["custodian"]), (w.accounts["maker"], w.accounts["maker"]))
    check("4711" not in json.dumps(w.rpc.gettransaction(made["txid"])), "the document is on the chain")

    told = rpc.recordevent(item, "inspected", document="all is well")
    equal(told["entry"], 1)
    refused("NOT_ALLOWED", rpc.recordevent, item, "stolen", **{"from": "alice"})
    refused("BAD_LABEL", rpc.recordevent, item, "No way")
    refused("ITEM_UNKNOWN", rpc.getitem, "11" * 32)

    # both accounts in one wallet: one transaction, both signatures
    moved = rpc.handover(item, w.accounts["alice"], document="receipt 9")
    equal(rpc.gettransaction(moved["txid"])["transaction"]["ops"][1]["op"], "ACCEPT_ITEM")
    shown = rpc.getitem(item)
    equal((shown["custodian"], shown["history"][2]["event"], shown["history"][2]["from"]), (w.accounts["alice"], "handed over", w.accounts["maker"]))
    refused("NOT_CUSTODIAN", rpc.handover, item, "bob", together=False, **{"from": "maker"})

    # in two steps
    rpc.handover(item, "bob", together=False)
    shown = rpc.getitem(item)
    equal((shown["state"], shown["custodian"], shown["offered_to"]), ("offered", w.accounts["alice"], w.accounts["bob"]))
    refused("NOT_OFFERED", rpc.acceptitem, item, **{"from": "maker"})
    refused("ITEM_CHANGED", rpc.acceptitem, item, head="11" * 32)
    rpc.acceptitem(item)
    equal(rpc.getitem(item)["custodian"], w.accounts["bob"])
    rpc.handover(item, "alice", together=False)
    rpc.handover(item, "bob", together=False)  # he takes it back
    equal(rpc.getitem(item)["state"], "kept")
    refused("NOT_OFFERED", rpc.acceptitem, item, **{"from": "alice"})

    # attesters
    refused("NOT_ALLOWED", rpc.recordevent, item, "repaired", **{"from": "carol"})
    rpc.setattester(item, "carol")
    rpc.recordevent(item, "repaired", sha256=hashlib.sha256(b"invoice").hexdigest(), **{"from": "carol"})
    equal([a["account"] for a in rpc.getitem(item)["attesters"]], [w.accounts["carol"]])
    rpc.setattester(item, "carol", allowed=False)
    refused("NOT_ALLOWED", rpc.recordevent, item, "repaired", **{"from": "carol"})

    # the whole history from the head, by a computation of our own; and the head under the block's root
    shown = rpc.getitem(item, proof=True)
    equal(heads(shown), shown["head"])
    equal((shown["verified"], len(shown["history"])), (True, shown["entries"]))
    check(bytes.fromhex(shown["head"]).hex() in shown["value"], "the head stands in the record")
    proof = w.rpc.getproof(key=shown["key"])
    equal((proof["present"], proof["value"]), (True, shown["value"]))
    for i in range(len(shown["history"])):
        changed = dict(shown, history=[e for j, e in enumerate(shown["history"]) if j != i])
        check(heads(changed) != shown["head"], "an entry can be left out")

    # what was anchored
    found = rpc.checkdocument(item, told["salt"], document="all is well")
    equal((found["found"], found["entries"][0]["entry"], found["entries"][0]["label"]), (True, 1, "inspected"))
    equal(rpc.checkdocument(item, told["salt"], document="all is bad")["found"], False)
    equal(shown["history"][1]["salt"], told["salt"])

    equal([i["item"] for i in rpc.listitems("bob")], [item])
    equal(rpc.listitems("alice"), [])
    equal([i["item"] for i in rpc.listitems("maker", created=True)], [item])

    rpc.recordevent(item, "scrapped", final=True)
    equal(rpc.getitem(item)["state"], "closed")
    refused("ITEM_CLOSED", rpc.recordevent, item, "found", **{"from": "maker"})
    return item


def two_wallets(w):
    """One transaction that is handed round: each side signs with its own accounts."""
    rpc = Mixed(w.rpc)
    item = rpc.createitem("Bicycle", **{"from": "maker"})["item"]
    draft = rpc.handover(item, "bob", together=True, submit=False)
    check("transaction" in draft, draft)
    ops = w.rpc.decodetransaction(transaction=draft["transaction"])
    equal([o["op"] for o in ops["ops"]], ["HANDOVER", "ACCEPT_ITEM"])
    equal(rpc.getitem(item)["entries"], 1)
    w.rpc.submittransaction(transaction=draft["transaction"])
    equal(rpc.getitem(item)["custodian"], w.accounts["bob"])


def two_people(w, t):
    """Two daemons, two wallets: one transaction goes from the one to the other, and only both signatures move the item."""
    rpc, bob = Mixed(w.rpc), Signer(w, "bob")
    item = rpc.createitem("Piano", **{"from": "maker"})["item"]
    draft = ask(w.node, "handover", item, bob.accounts["bob"], "together=true", "submit=false", "document=receipt 12")
    equal([(s["signed"], s["waiting_for"]) for s in draft["signers"]], [(1, []), (0, [bob.accounts["bob"]])])
    error = refusal(w.node, "submittransaction", save(t, "draft.json", draft))
    check("hint:" in error, error)
    looks = ask(w.node, "simulatetransaction", save(t, "draft.json", draft))
    equal(looks["code"], "OK")
    equal(rpc.getitem(item)["custodian"], w.accounts["maker"], "one signature moves nothing")
    signed = ask(bob.node, "signtransaction", save(t, "draft.json", draft))
    check(signed["complete"])
    ask(w.node, "submittransaction", save(t, "signed.json", signed))
    shown = rpc.getitem(item)
    equal((shown["custodian"], shown["history"][1]["event"], shown["verified"]), (bob.accounts["bob"], "handed over", True))
    # who has no coin needs no coin: the maker paid
    equal(w.balance(bob.accounts["bob"]), 0)


def keys(w):
    """The same key gives the same transaction, and the salt that is in it."""
    a = w.rpc.createitem(title="Once", document="x", idempotency_key="k")
    b = w.rpc.createitem(title="Once", document="x", idempotency_key="k")
    equal((a["item"], a["salt"], a["txid"]), (b["item"], b["salt"], b["txid"]))


def command_line(w, closed):
    made = json.loads(tally(w.node, "--json", "createitem", "Coffee mill", "document=No. 7", "from=maker"))
    tally(w.node, "recordevent", made["item"], "shipped")
    table = tally(w.node, "getitem", made["item"])
    check("Coffee mill" in table and "shipped" in table and "verified" in table, table)
    check("Coffee mill" in tally(w.node, "listitems", "maker"))
    status, _, error = tally(w.node, "recordevent", closed, "shipped", status=None)
    equal(status, 1)
    check("ITEM_CLOSED" in error and "hint:" in error, error)


def records(t):
    w = World(t, accounts=("maker", "alice", "bob", "carol"))
    w.pegged("maker", 50_000_000)
    for name in ("alice", "bob", "carol", "main"):
        Mixed(w.rpc).send(name, "0.01", **{"from": "maker"})
    closed = life(w)
    two_wallets(w)
    two_people(w, t)
    keys(w)
    command_line(w, closed)
    w.restart()
    shown = w.rpc.getitem(item=closed, proof=True)
    equal((shown["verified"], heads(shown)), (True, shown["head"]), "after a restart")
    check("salt" in shown["history"][1])


if __name__ == "__main__":
    main(records)
