#!/usr/bin/env python3
"""Names through the daemon: attesters, look-alikes, @names as accounts, a registrar appointed and dismissed by vote, and votes by name."""
import json
import time

from harness import RpcError, check, equal, main, tally, wait_until
from test_store import QUICK, Mixed, refused, wait_state
from world import World


def naming(w):
    rpc = Mixed(w.rpc)
    refused("NOT_ATTESTER", rpc.attestname, "alice", "alice-b", **{"from": "bob"})
    rpc.attestname("alice", "alice-b", **{"from": "member-0"})
    shown = rpc.getname("alice-b")
    equal((shown["account"], shown["attester"], shown["attested"]), (w.accounts["alice"], w.accounts["member-0"], True))
    equal(rpc.getname(w.accounts["alice"])["name"], "alice-b")
    equal(w.rpc.getaccount(account="alice")["name"], "alice-b")
    check("name" not in w.rpc.getaccount(account="bob"))
    equal([a["name"] for a in w.rpc.listaccounts()["accounts"] if a["label"] == "alice"], ["alice-b"])
    refused("NAME_TAKEN", rpc.attestname, "bob", "a1ice-b", **{"from": "member-1"})
    refused("NAME_TAKEN", rpc.attestname, "bob", "aliceb", **{"from": "member-1"})
    refused("ACCOUNT_NAMED", rpc.attestname, "alice", "another", **{"from": "member-1"})
    refused("NO_CHANGE", rpc.attestname, "alice", "alice-b", **{"from": "member-0"})
    refused("NOT_ATTESTER", rpc.revokename, "alice", "alice-b", **{"from": "bob"})
    try:
        rpc.attestname("bob", "Bob", **{"from": "member-0"})
        check(False, "a capital letter was taken")
    except RpcError:
        pass

    # a name where an account is asked for
    before = w.balance("alice")
    rpc.send("@alice-b", "0.0001", **{"from": "bob"})
    equal(w.balance("alice"), before + 10_000)
    try:
        rpc.send("@nobody", "0.0001", **{"from": "bob"})
        check(False, "nobody got it")
    except RpcError as e:
        check("nobody has this name" in str(e), e)

    # where several write one transaction, too
    draft = w.rpc.createtransaction(ops=[{"op": "TRANSFER", "source": "bob", "asset": "coin", "to": "@alice-b", "amount": "0.0001"}])
    equal(w.rpc.decodetransaction(transaction=draft["transaction"])["ops"][0]["to"], w.accounts["alice"])

    rpc.attestname("bob", "bob-s", **{"from": "member-1"})
    rpc.attestname("bob", "bobby", **{"from": "member-1"})  # who gave it may change it
    equal([n["name"] for n in rpc.listnames()], ["alice-b", "bobby"])
    equal([n["name"] for n in rpc.listnames(after="alice-b")], ["bobby"])
    rpc.renouncename(**{"from": "bob"})
    refused("NO_NAME", rpc.getname, "bobby")
    rpc.revokename("alice", "alice-b")
    equal(rpc.listnames(), [])
    equal({a["as"] for a in rpc.listregistrars()}, {"member"})


def decide(w, title, actions):
    rpc = Mixed(w.rpc)
    number = rpc.propose(0, title, actions, **{"from": "member-0"})["proposal"]
    for who in ("member-0", "member-1"):
        rpc.vote(number, "for", **{"from": who})
    wait_state(w, number, "TIMELOCK")
    wait_until(lambda: rpc.getproposal(number)["executable_from"] <= time.time(), 20, "the timelock")
    rpc.executeproposal(number, **{"from": "member-2"})
    return number


def registrar(w):
    """DAO 0 appoints the store, and dismisses it: its names stop counting at once."""
    rpc = Mixed(w.rpc)
    number = decide(w, "The store gives names", [{"kind": "registrar", "account": w.accounts["store"]}])
    equal(rpc.getproposal(number)["actions"][0], {"kind": "registrar", "account": w.accounts["store"], "appoint": True})
    equal([a["account"] for a in rpc.listregistrars() if a["as"] == "registrar"], [w.accounts["store"]])
    rpc.attestname("alice", "alice", **{"from": "store"})
    rpc.attestname("bob", "bob", **{"from": "store"})
    equal(w.rpc.getaccount(account="alice")["name"], "alice")
    votes(w)
    decide(w, "No more", [{"kind": "registrar", "account": w.accounts["store"], "appoint": False}])
    refused("NOT_ATTESTER", rpc.attestname, "carol", "carol", **{"from": "store"})
    equal(rpc.getname("alice")["attested"], False)
    check("name" not in w.rpc.getaccount(account="alice"))
    try:
        rpc.send("@alice", "0.0001", **{"from": "bob"})
        check(False, "it went to a name that nobody attests")
    except RpcError as e:
        check("attests" in str(e), e)
    rpc.attestname("alice", "alice", **{"from": "member-2"})
    equal(rpc.getname("alice")["attested"], True)


def votes(w):
    """gov_quadratic: the square root, and only for names."""
    rpc = Mixed(w.rpc)
    rpc.createasset("VOTE", "Votes", "1000000", flags="transferable,votes", **{"from": "store"})
    for who, amount in (("alice", "10000"), ("bob", "900"), ("carol", "500000")):
        rpc.mint("VOTE", amount, who)
    dao = rpc.createdao("Guild", "VOTE", rule="gov_quadratic", rule_params={"quorum": 100}, **QUICK, **{"from": "store"})["dao"]
    number = rpc.propose(dao, "Tea?", [{"kind": "text", "text": "Yes"}], **{"from": "alice"})["proposal"]
    equal((rpc.votingpower("alice", number)["weight"], rpc.votingpower("bob", number)["weight"]), (100, 30))
    equal(rpc.votingpower("carol", number)["counts"], False)
    rpc.vote(number, "for", **{"from": "alice"})
    rpc.vote(number, "against", **{"from": "bob"})
    refused("NO_VOTING_POWER", rpc.vote, number, "against", **{"from": "carol"})
    tallies = rpc.getproposal(number)["tallies"]
    equal((tallies["for"], tallies["against"]), (100, 30))
    wait_state(w, number, "TIMELOCK")


def command_line(w):
    tally(w.node, "attestname", w.accounts["carol"], "caroline", "from=member-0")
    table = tally(w.node, "listnames")
    check("caroline" in table and "attester" in table.splitlines()[0], table)
    equal(json.loads(tally(w.node, "--json", "getname", "caroline"))["account"], w.accounts["carol"])
    check("caroline" in tally(w.node, "getaccount", "carol"))
    status, _, error = tally(w.node, "attestname", w.accounts["bob"], "carol1ne", "from=member-0", status=None)
    equal(status, 1)
    check("NAME_TAKEN" in error and "hint:" in error, error)


def names(t):
    w = World(t, accounts=("alice", "bob", "carol", "store"), genesis=("voting_delay=0", "voting_period=2", "late_extension=0", "timelock=1"))
    w.pegged("store", 50_000_000)
    for name in ("alice", "bob", "carol", "member-0", "member-1", "member-2"):
        Mixed(w.rpc).send(name, "0.01", **{"from": "store"})
    naming(w)
    registrar(w)
    command_line(w)
    w.restart()
    equal(w.rpc.getname(name="caroline")["attested"], True, "after a restart")


if __name__ == "__main__":
    main(names)
