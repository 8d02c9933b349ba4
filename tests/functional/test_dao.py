#!/usr/bin/env python3
"""Governance through the daemon and the command line: DAOs with deposits, guardians and delegates; what a proposal would change, before and
after; the council's parameters of the chain; a deficit of the peg that the council covers."""
import json
import time

import ledger
from chains import coin_tool, sat_of
from harness import check, equal, main, tally, wait_until
from test_store import QUICK, Mixed, refused, wait_state
from world import World

GENESIS = ("voting_delay=0", "voting_period=3", "late_extension=0", "timelock=1")
TEXT = [{"kind": "text", "text": "Shall we?"}]


def command(w, *args):
    """What `tally --json` answers; the table for people is looked at in passing."""
    said = tally(w.node, *args)
    check(said.strip(), f"{args}: nothing for people")
    return json.loads(tally(w.node, "--json", *args)), said


def executable(w, proposal):
    wait_state(w, proposal, "TIMELOCK")
    wait_until(lambda: w.rpc.getproposal(proposal)["executable_from"] <= time.time(), 20, "the timelock")


def decide(w, title, actions):
    """The council votes for it; the proposal, ready to be carried out."""
    rpc = Mixed(w.rpc)
    number = rpc.propose(0, title, actions, **{"from": "member-0"})["proposal"]
    for who in ("member-0", "member-1"):
        rpc.vote(number, "for", **{"from": who})
    executable(w, number)
    return number


def change(answer, what, of=None):
    """The one row of a simulation about this."""
    rows = [r for r in answer["changes"] if r["what"] == what and (of is None or r["of"].startswith(of))]
    equal(len(rows), 1, f"{what} {of} in {answer['changes']}")
    return rows[0]


def life(w):
    rpc = Mixed(w.rpc)
    rpc.createasset("VOTE", "Votes", "1000", flags="transferable,votes", **{"from": "store"})
    for who, amount in (("alice", "300"), ("bob", "200"), ("store", "100")):
        rpc.mint("VOTE", amount, who)
    refused("BAD_PARAMS", rpc.createdao, "Nobody", **{"from": "store"})
    terms = {**QUICK, "deposit": "0.001", "deposit_first": "0.0002", "threshold": 100, "guardian": "carol", "guardian_until": int(time.time()) + 3600}
    dao = rpc.createdao("Friends", "VOTE", **terms, **{"from": "store"})["dao"]
    shown, table = command(w, "getdao", str(dao))
    equal((shown["deposit_first"], shown["threshold"], shown["guardian"], shown["power"]), ("0.00020000", 100, w.accounts["carol"], 600))
    equal(shown["actions"], ["text", "spend", "mint_permit", "param"])
    check("Friends" in table and "treasury" in table, table)
    listed, table = command(w, "listdaos")
    equal([d["dao"] for d in listed], [0, dao])
    check(len(table.splitlines()) == 3, table)

    # deposit, a cancelled proposal, one at a time
    before = w.balance("bob")
    refused("DEPOSIT_TOO_SMALL", rpc.propose, dao, "Meet", TEXT, deposit="0.0001", **{"from": "bob"})
    number = rpc.propose(dao, "Meet", TEXT, deposit="0.0002", **{"from": "bob"})["proposal"]
    equal(rpc.getproposal(number)["state"], "DEPOSIT")
    refused("LIVE_PROPOSAL", rpc.propose, dao, "Again", TEXT, **{"from": "bob"})
    refused("NOT_VOTING", rpc.vote, number, "for", **{"from": "alice"})
    refused("NOT_YOURS", rpc.cancelproposal, number, **{"from": "alice"})
    refused("TOO_EARLY", rpc.vetoproposal, number, **{"from": "carol"})
    rpc.cancelproposal(number, **{"from": "bob"})
    equal((rpc.getproposal(number)["reason"], rpc.getproposal(number)["actions"]), ("PROPOSER", []), "it never came to a vote")
    check(before - w.balance("bob") < 20_000, "the deposit came back")

    # deposit filled up by another, a guardian's veto
    number = rpc.propose(dao, "Meet", TEXT, deposit="0.0002", **{"from": "bob"})["proposal"]
    rpc.deposit(number, "0.5", **{"from": "alice"})  # only what is missing is taken
    shown, table = command(w, "getproposal", str(number))
    equal((shown["state"], shown["deposit"]), ("VOTING", "0.00100000"))
    refused("NOT_IN_DEPOSIT", rpc.deposit, number, "0.1", **{"from": "alice"})
    refused("NOT_GUARDIAN", rpc.vetoproposal, number, **{"from": "alice"})
    rpc.vetoproposal(number, **{"from": "carol"})
    equal((rpc.getproposal(number)["state"], rpc.getproposal(number)["reason"]), ("VETOED", "GUARDIAN"))

    # delegates, split votes, the power before anyone signs
    rpc.delegate("VOTE", "bob", **{"from": "alice"})
    number = rpc.propose(dao, "Meet", TEXT, **{"from": "bob"})["proposal"]
    power, table = command(w, "votingpower", "alice", str(number))
    equal((power["counts"], power["weight"], power["base"], power["delegate"], power["voted"]), (True, 300, 600, w.accounts["bob"], False))
    equal(command(w, "votingpower", "bob", str(number))[0]["weight"], 500)
    power = command(w, "votingpower", "carol", str(number))[0]
    equal((power["counts"], power["why"]), (False, "NO_VOTING_POWER"))
    check("snapshot" in power["hint"], power)
    refused("PROPOSAL_UNKNOWN", rpc.votingpower, "bob", 99)
    rpc.vote(number, "for", **{"from": "bob"})
    rpc.vote(number, split={"for": 2500, "abstain": 7500}, **{"from": "alice"})
    refused("BAD_PARAMS", rpc.vote, number, split={"for": 2500, "abstain": 7501}, **{"from": "alice"})
    refused("BAD_PARAMS", rpc.vote, number, "perhaps", **{"from": "alice"})
    equal(rpc.getproposal(number)["tallies"], {"for": 275, "against": 0, "abstain": 225, "veto": 0})
    rpc.vote(number, "veto", **{"from": "alice"})
    wait_state(w, number, "VETOED")
    equal(rpc.getproposal(number)["reason"], "VOTERS", "300 of 500 veto: the deposit is lost")
    listed, table = command(w, "listproposals", f"dao={dao}", "state=vetoed")
    equal([p["proposal"] for p in listed], [number, number - 1])
    check("veto" in table.splitlines()[0] and "Meet" in table, table)
    equal([p["proposal"] for p in rpc.listproposals(before=number, count=1)], [number - 1])
    rpc.delegate("VOTE", "alice", **{"from": "alice"})


def simulated(w):
    """What simulateproposal says is what comes of it."""
    rpc = Mixed(w.rpc)
    dao = rpc.createdao("Shop", "VOTE", **{**QUICK, "voting_period": 3}, **{"from": "store"})["dao"]
    treasury = rpc.getdao(dao)["treasury"]
    rpc.createasset("OBEY", "Obedient", "50", dao=dao, changes="name:dao", **{"from": "store"})
    actions = [{"kind": "spend", "asset": "coin", "to": "carol", "amount": "0.0004"}, {"kind": "mint_permit", "asset": "OBEY", "amount": "10"},
               {"kind": "param", "asset": "OBEY", "name": "name", "value": "Obliging"}]
    refused("ACTION_NOT_ALLOWED", rpc.propose, dao, "?", [{"kind": "param", "name": "fee_base", "value": 1}], **{"from": "alice"})
    number = rpc.propose(dao, "Pay carol", actions, **{"from": "alice"})["proposal"]
    equal(rpc.getproposal(number)["actions"][0]["to"], w.accounts["carol"], "a label of the wallet stands for its account")
    refused("BAD_PARAMS", rpc.listproposals, state="lost")
    rpc.vote(number, "for", **{"from": "alice"})
    answer = rpc.simulateproposal(number)
    equal((answer["would_succeed"], answer["failing_action"], answer["reason"]), (False, 0, "INSUFFICIENT_BALANCE"))
    equal((answer["executable_now"], answer["why_not_now"], answer["changes"]), (False, "NOT_EXECUTABLE", []))
    rpc.send(treasury, "0.001", **{"from": "store"})
    answer, table = command(w, "simulateproposal", str(number))
    check(answer["would_succeed"], answer)
    row = change(answer, "balance", f"treasury of DAO {dao}")
    equal((row["before"], row["after"], row["change"]), ("0.00100000", "0.00060000", "-0.00040000"))
    equal(change(answer, "balance", w.accounts["carol"])["change"], "+0.00040000")
    equal((change(answer, "permit to mint")["asset"], change(answer, "permit to mint")["after"]), ("OBEY", "10"))
    row = change(answer, "term of an asset", "name")
    equal((row["asset"], row["before"], row["after"]), ("OBEY", "Obedient", "Obliging"))
    equal(len(answer["changes"]), 4)
    check("permit to mint" in table and "+0.00040000" in table, table)
    executable(w, number)
    check(rpc.simulateproposal(number)["executable_now"])
    rpc.executeproposal(number, **{"from": "bob"})
    equal((rpc.getasset("OBEY")["name"], rpc.getasset("OBEY")["permitted"]), ("Obliging", "10"))
    equal(rpc.getdao(dao)["treasury_coin"], "0.00060000")
    refused("NOT_EXECUTABLE", rpc.executeproposal, number, **{"from": "bob"})


def parameters(w):
    """The council changes the chain's parameters, within their bounds; a vote that runs keeps its own."""
    rpc = Mixed(w.rpc)
    shown = {p["name"]: p for p in rpc.getdao(0)["chain_parameters"]}
    fee = shown["fee_base"]["value"]
    refused("PARAM_BOUNDS", rpc.propose, 0, "Too much", [{"kind": "param", "name": "fee_base", "value": shown["fee_base"]["most"] + 1}],
            **{"from": "member-0"})
    refused("PARAM_UNKNOWN", rpc.propose, 0, "What?", [{"kind": "param", "name": "gravity", "value": 1}], **{"from": "member-0"})
    refused("RULE_UNKNOWN", rpc.propose, 0, "Newer", [{"kind": "rule_upgrade", "rule": "gov_token", "version": "1.9.9", "from_height": 10**6}],
            **{"from": "member-0"})
    number = decide(w, "Dearer", [{"kind": "param", "name": "fee_base", "value": fee + 7}, {"kind": "param", "name": "council_timelock", "value": 2}])
    row = change(rpc.simulateproposal(number), "parameter", "fee_base")
    equal((row["before"], row["after"]), (fee, fee + 7))
    rpc.executeproposal(number, **{"from": "carol"})
    shown = {p["name"]: p["value"] for p in rpc.getdao(0)["chain_parameters"]}
    equal((shown["fee_base"], shown["council_timelock"], rpc.getdao(0)["timelock"]), (fee + 7, 2, 2))
    before = w.balance("carol")
    rpc.send("bob", "0.00001", **{"from": "carol"})
    check(before - w.balance("carol") >= fee + 7 + 1000, "the new fee is paid")


def deficit_covered(w):
    """A deposit is taken back after its coin was spent here: what the fee fund can't cover, the council does."""
    rpc = Mixed(w.rpc)
    deposit = w.pegged("carol", 5_000_000)["deposit"]
    txid = deposit.partition(":")[0]
    paid = w.chain.tx(txid)
    coin = paid.ins[0]
    rpc.send("store", "0.04", **{"from": "carol"})
    w.chain.reorg(1, drop=[txid], evict=True)
    w.wait(lambda: rpc.getpegin(deposit)["state"] == "QUARANTINED", 10, "quarantine")
    value = w.chain.tx(coin.txid).outs[coin.vout].value
    spend = [f"--in={coin.txid}:{coin.vout}:{value}", f"--out={w.customer.address}:{value - 5000}"]
    elsewhere = coin_tool("spend", f"--secret={w.customer.secret}", *spend)
    w.chain.send_raw(elsewhere["hex"])
    w.mine()
    w.submit(ledger.relay(ledger.SPENT, ledger.spent(ledger.outpoint(txid, 0), w.proof(elsewhere["txid"]).encode(), parent=paid.encode(False))))
    w.wait(lambda: rpc.getpegin(deposit)["state"] == "DEAD", 10, "the deposit to be dead")
    deficit = sat_of(w.audit()["deficit"])
    check(deficit > 1_000_000, f"a deficit: {deficit}")
    equal((rpc.getpegstatus()["state"], rpc.getpegstatus()["reason"]), ("PAUSED", "DEFICIT"))
    treasury = rpc.getdao(0)["treasury"]
    rpc.send(treasury, "0.045", **{"from": "store"})
    number = decide(w, "Cover it", [{"kind": "cover_deficit", "from": "treasury", "amount": "0.045"}])
    row = change(rpc.simulateproposal(number), "balance", "the peg's deficit")
    equal(row["change"], "+0.04500000")
    deficit = sat_of(rpc.getreserves()["deficit"])
    supply = sat_of(rpc.getreserves()["supply"])
    rpc.executeproposal(number, **{"from": "bob"})
    r = w.audit()
    equal((sat_of(r["deficit"]), rpc.getpegstatus()["state"]), (0, "OPEN"))
    equal(supply - sat_of(r["supply"]), deficit, "so much was burnt")
    equal(sat_of(rpc.getdao(0)["treasury_coin"]), 4_500_000 - deficit, "the rest came back")


def dao(t):
    w = World(t, accounts=("alice", "bob", "carol", "store"), genesis=GENESIS)
    w.pegged("store", 50_000_000)
    for name in ("alice", "bob", "carol", "member-0", "member-1", "member-2"):
        Mixed(w.rpc).send(name, "0.02", **{"from": "store"})
    life(w)
    simulated(w)
    parameters(w)
    deficit_covered(w)
    w.restart()
    equal(w.rpc.getdao(0)["timelock"], 2, "after a restart")


if __name__ == "__main__":
    main(dao)
