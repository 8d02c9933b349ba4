#!/usr/bin/env python3
"""What stores and members do, through the daemon: every method of assets, loyalty and governance, what it answers and what it refuses."""
import time

from harness import RpcError, check, equal, main, wait_until
from world import World

LOYALTY = {"points": 1, "per": 10, "return_window": 0, "valid_days": 30, "round_days": 1, "anyone": 0}
QUICK = {"deposit_period": 60, "voting_delay": 0, "voting_period": 2, "late_extension": 0, "timelock": 1, "grace": 3600}


class Mixed:
    """RPC with positional and named parameters in one call, by the names that `help` gives."""

    def __init__(self, rpc):
        self.rpc, self.names = rpc, {}

    def __getattr__(self, method):
        def call(*args, **named):
            if method not in self.names:
                self.names[method] = [p["name"] for p in self.rpc.help(method)["params"]]
            return self.rpc.call(method, **dict(zip(self.names[method], args)), **named)
        return call


def refused(reason, f, *args, **named):
    """The call is refused by the ledger for just this reason."""
    try:
        f(*args, **named)
    except RpcError as e:
        equal(e.data["reason"] if isinstance(e.data, dict) else e.data, reason, str(e))
    else:
        check(False, f"was not refused with {reason}")


def points(w, account, ticker):
    if "lots" in w.rpc.getasset(ticker)["flags"]:
        return w.rpc.listlots(ticker, account)["total"]
    return w.balance(account, ticker) or "0"


def assets(w):
    rpc = Mixed(w.rpc)
    made = rpc.createasset("GOLD", "Gold dust", "1000.00", decimals=2, flags="transferable,freezable,pausable,clawback",
                           **{"from": "store"}, freeze_notice=0)
    gold = rpc.getasset("GOLD")
    equal(gold["asset"], made["asset"])
    equal((gold["cap"], gold["supply"], gold["decimals"]), ("1000.00", "0.00", 2))
    rpc.mint("GOLD", "999.99", "alice")
    refused("CAP_EXCEEDED", rpc.mint, "GOLD", "0.02", "alice")
    rpc.mint("GOLD", "0.01", "bob")
    rpc.send("bob", "10.5", "GOLD", "order 7", **{"from": "alice"})
    equal(points(w, "bob", "GOLD"), "10.51")
    refused("INSUFFICIENT_BALANCE", rpc.send, "alice", "10.52", "GOLD", **{"from": "bob"})
    rpc.burn("GOLD", "0.51", **{"from": "bob"})
    equal(rpc.getasset("GOLD")["supply"], "999.49")

    rpc.freeze("GOLD", "bob")
    refused("ACCOUNT_FROZEN", rpc.send, "alice", "1", "GOLD", **{"from": "bob"})
    rpc.clawback("GOLD", "bob", "4")
    rpc.unfreeze("GOLD", "bob")
    rpc.send("alice", "1", "GOLD", **{"from": "bob"})
    equal((points(w, "bob", "GOLD"), points(w, "store", "GOLD")), ("5.00", "4.00"))
    rpc.pauseasset("GOLD", 3600)
    check(rpc.getasset("GOLD")["paused"])
    refused("ASSET_PAUSED", rpc.send, "alice", "1", "GOLD", **{"from": "bob"})
    rpc.pauseasset("GOLD", 0)
    rpc.send("alice", "1", "GOLD", **{"from": "bob"})

    # a second one of the same ticker is another asset
    other = rpc.createasset("GOLD", "Fool's gold", "5", **{"from": "bob"})
    check(other["asset"] != made["asset"])
    refused("TICKER_AMBIGUOUS", rpc.getasset, "GOLD")
    equal(rpc.getasset(other["asset"])["name"], "Fool's gold")
    rpc.setissuer(other["asset"], "alice")
    refused("NOT_ISSUER", rpc.mint, other["asset"], "1", "bob", **{"from": "bob"})
    rpc.mint(other["asset"], "1", "bob")
    rpc.renounceasset(other["asset"])
    equal(rpc.getasset(other["asset"])["issuer"], None)
    refused("BAD_FLAGS", rpc.createasset, "X", "X", "5", flags="lots,votes", **{"from": "store"})
    equal(len([a for a in rpc.listassets() if a["ticker"] == "GOLD"]), 2)

    rpc.createasset("ONCE", "Once and for all", "21", rule="issue_fixed", **{"from": "alice"})
    equal(points(w, "alice", "ONCE"), "21")
    refused("FIXED_SUPPLY", rpc.mint, "ONCE", "1", "bob")
    names = {p["rule"] for p in rpc.listplugins()}
    check({"issue_fixed", "issue_loyalty", "gov_token", "gov_council"} <= names, names)
    check(rpc.getplugin("issue_loyalty"))


def loyalty(w):
    rpc = Mixed(w.rpc)
    rpc.createasset("BEAN", "Beans", "1000000", flags="transferable,lots", rule="issue_loyalty", rule_params=LOYALTY, **{"from": "store"})
    rpc.earn("BEAN", "alice", "12.50", "R-1")
    equal(points(w, "alice", "BEAN"), "125")
    refused("RECEIPT_USED", rpc.earn, "BEAN", "alice", "12.50", "R-1")
    refused("WRONG_CUSTOMER", rpc.refund, "BEAN", "bob", "1.00", "R-1")
    refused("RETURN_TOO_LARGE", rpc.refund, "BEAN", "alice", "12.51", "R-1")
    refused("RECEIPT_UNKNOWN", rpc.refund, "BEAN", "alice", "1.00", "R-9")
    rpc.refund("BEAN", "alice", "2.50", "R-1")
    equal(points(w, "alice", "BEAN"), "100")
    rpc.send("bob", "80", "BEAN", **{"from": "alice"})
    rpc.refund("BEAN", "alice", "10.00", "R-1")  # 100 wanted, 20 there
    lots = rpc.listlots("BEAN", "alice")
    equal((lots["total"], lots["debt"], lots["lots"]), ("0", "80", []))
    rpc.earn("BEAN", "alice", "10.00", "R-2")
    equal(points(w, "alice", "BEAN"), "20")
    equal(rpc.listlots("BEAN", "alice")["debt"], "0")
    rpc.redeem("BEAN", "30", **{"from": "bob"})
    equal(points(w, "bob", "BEAN"), "50")
    owed = rpc.getliability("BEAN")
    equal(owed["outstanding"], "70")
    equal(sum(int(d["amount"]) for d in owed["by_day"]), 70, "by day")
    refused("NOT_ISSUER", rpc.earn, "BEAN", "alice", "1.00", "R-3", **{"from": "bob"})

    # backed: 1 point for 10 satoshi
    rpc.createasset("SURE", "Sure beans", "1000000", flags="transferable,lots,backed", rule="issue_loyalty", units=1, sats=10,
                      rule_params={**LOYALTY, "anyone": 1}, **{"from": "store"})
    before = w.balance("bob")
    rpc.mint("SURE", "100", "bob", **{"from": "bob"})
    fee = before - w.balance("bob") - 1000
    equal(rpc.getasset("SURE")["backing"], "0.00001000")
    refused("USE_REDEEM", rpc.burn, "SURE", "1", **{"from": "bob"})
    rpc.redeem("SURE", "40", **{"from": "bob"})
    equal(w.balance("bob"), before - 1000 + 400 - 3 * fee, "a refused operation costs its fee")
    equal(rpc.getasset("SURE")["backing"], "0.00000600")


def wait_state(w, proposal, state):
    return wait_until(lambda: w.rpc.getproposal(proposal)["state"] == state, 20, f"proposal {proposal} to be {state}", every=0.05)


def governance(w):
    rpc = Mixed(w.rpc)
    rpc.createasset("VOTE", "Votes", "1000", flags="transferable,votes", **{"from": "store"})
    for who, amount in (("alice", "300"), ("bob", "200"), ("store", "100")):
        rpc.mint("VOTE", amount, who)
    dao = rpc.createdao("Friends", "VOTE", **QUICK, **{"from": "store"})["dao"]
    shown = rpc.getdao(dao)
    equal((shown["name"], shown["electorate"], shown["rule"]), ("Friends", "holders", "gov_token 1"))
    check(dao in [d["dao"] for d in rpc.listdaos()])
    rpc.send(shown["treasury"], "0.001", **{"from": "store"})
    rpc.createasset("OBEY", "Obedient", "50", dao=dao, **{"from": "store"})
    refused("NO_PERMIT", rpc.mint, "OBEY", "1", "bob")

    carol = w.accounts["carol"]
    actions = [{"kind": "text", "text": "Let us pay carol.\nAnd mint."}, {"kind": "spend", "asset": "coin", "to": carol, "amount": "0.0004"},
               {"kind": "mint_permit", "asset": "OBEY", "amount": "10"}]
    refused("BELOW_THRESHOLD", rpc.propose, dao, "Pay", actions, **{"from": "carol"})
    refused("ACTION_NOT_ALLOWED", rpc.propose, dao, "Pay", [{"kind": "pause"}], **{"from": "alice"})
    number = rpc.propose(dao, "Pay carol", actions, **{"from": "alice"})["proposal"]
    refused("LIVE_PROPOSAL", rpc.propose, dao, "Pay", actions, **{"from": "alice"})
    shown = rpc.getproposal(number)
    equal(shown["state"], "VOTING")
    equal([a["kind"] for a in shown["actions"]], ["text", "spend", "mint_permit"])
    equal((shown["actions"][1]["to"], shown["actions"][1]["amount"]), (carol, "0.00040000"))
    equal(shown["base"], 600)
    rpc.send("carol", "50", "VOTE", **{"from": "alice"})
    power = rpc.votingpower("alice", number)
    equal((power["weight"], power["counts"]), (300, True), "power at the snapshot")
    equal(rpc.votingpower("carol", number)["counts"], False)
    refused("NO_VOTING_POWER", rpc.vote, number, "for", **{"from": "carol"})
    rpc.vote(number, "for", **{"from": "alice"})
    rpc.vote(number, split={"for": 5000, "against": 5000}, choice="for", **{"from": "bob"})
    tallies = rpc.getproposal(number)["tallies"]
    equal((tallies["for"], tallies["against"]), (400, 100))
    equal(rpc.simulateproposal(number)["would_succeed"], True)
    wait_state(w, number, "TIMELOCK")
    refused("NOT_VOTING", rpc.vote, number, "against", **{"from": "store"})
    before = w.balance("carol")
    wait_until(lambda: rpc.getproposal(number)["executable_from"] <= time.time(), 20, "the timelock")
    rpc.executeproposal(number, **{"from": "store"})
    equal(w.balance("carol"), before + 40_000)
    equal(rpc.getproposal(number)["state"], "EXECUTED")
    equal(rpc.getasset("OBEY")["permitted"], "10")
    rpc.mint("OBEY", "10", "bob")
    refused("NO_PERMIT", rpc.mint, "OBEY", "1", "bob")

    rpc.delegate("VOTE", "bob", **{"from": "alice"})
    number = rpc.propose(dao, "Again", [{"kind": "text", "text": "Again?"}], **{"from": "bob"})["proposal"]
    equal(rpc.votingpower("bob", number)["weight"], 450)
    rpc.vote(number, "for", **{"from": "bob"})
    rpc.vote(number, "against", **{"from": "alice"})  # takes her own back
    tallies = rpc.getproposal(number)["tallies"]
    equal((tallies["for"], tallies["against"]), (200, 250))
    wait_state(w, number, "DEFEATED")
    equal(rpc.getproposal(number)["reason"], "REJECTED")
    equal([p["proposal"] for p in rpc.listproposals()][:2], [number, number - 1])


def federation(w):
    """DAO 0: pause and resume the peg; approve and disable a rule."""
    rpc = Mixed(w.rpc)

    def decide(title, actions):
        number = rpc.propose(0, title, actions, **{"from": "member-0"})["proposal"]
        for who in ("member-0", "member-1"):
            rpc.vote(number, "for", **{"from": who})
        wait_state(w, number, "TIMELOCK")
        wait_until(lambda: rpc.getproposal(number)["executable_from"] <= time.time(), 20, "the timelock")
        rpc.executeproposal(number, **{"from": "member-2"})

    decide("Pause", [{"kind": "pause"}])
    equal(rpc.getpegstatus()["state"], "PAUSED")
    decide("Resume", [{"kind": "resume"}])
    equal(rpc.getpegstatus()["state"], "OPEN")
    decide("No more gold", [{"kind": "plugin_disable", "rule": "issue_fixed", "version": "1.0.0"}])
    refused("RULE_DISABLED", rpc.createasset, "LATE", "Too late", "5", rule="issue_fixed", **{"from": "store"})
    refused("RULE_DISABLED", rpc.mint, "ONCE", "1", "bob")
    refused("RULE_EXISTS", rpc.propose, 0, "Again", [{"kind": "plugin_approve", "rule": "issue_fixed", "rule_kind": "issue", "version": "1.0.0",
                                                   "file": "00" * 32, "from_height": 0}], **{"from": "member-0"})


def store(t):
    w = World(t, accounts=("alice", "bob", "carol", "store"), genesis=("voting_delay=0", "voting_period=2", "late_extension=0", "timelock=1"))
    w.pegged("store", 50_000_000)
    for name in ("alice", "bob", "carol", "member-0", "member-1", "member-2"):
        Mixed(w.rpc).send(name, "0.02", **{"from": "store"})
    assets(w)
    loyalty(w)
    governance(w)
    federation(w)
    w.audit()
    state = w.rpc.getblockcount()
    w.restart()
    check(w.rpc.getblockcount() >= state)
    equal(points(w, "alice", "BEAN"), "20", "after a restart")


if __name__ == "__main__":
    main(store)
