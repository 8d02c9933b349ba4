#!/usr/bin/env python3
"""All that an issuer can do with an asset, through RPC and the command line: flags, what may change and after which notice, freezes and
pauses, minters with allowances, tiers, receipts, and what is owed by month, checked by the stand-alone tool."""
import copy
import json
import os
import subprocess
import sys

from harness import RpcError, check, equal, main, tally
from test_store import Mixed, refused
from world import World

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/check-liability")
DAY = 86400


def store_of(name):
    return {"from": name}


def changes(w):
    rpc = Mixed(w.rpc)
    made = rpc.createasset("OURS", "Our points", "1000", flags="transferable,votes", changes="dao:issuer,name:dao,issuer:dao", **store_of("store"))
    shown = rpc.getasset("OURS")
    equal(shown["changes"], ["issuer:dao", "dao:issuer", "name:dao"])
    equal((shown["asset"], shown["flags"]), (made["asset"], ["transferable", "votes"]))
    # the id follows from the transaction
    txid = rpc.gettransaction(made["txid"])["txid"]
    equal(txid, made["txid"])
    rpc.mint("OURS", "60", "alice")
    rpc.mint("OURS", "40", "bob")
    refused("NOT_DECLARED", rpc.setissuer, "OURS", "alice")
    refused("NOT_DECLARED", rpc.setassetname, "OURS", "Mine")
    refused("DAO_UNKNOWN", rpc.setassetdao, "OURS", 77)
    # the DAO of its own holders
    dao = rpc.createdao("Holders", "OURS", deposit_period=60, voting_delay=0, voting_period=2, late_extension=0, timelock=1, grace=3600,
                        **store_of("alice"))["dao"]
    rpc.setassetdao("OURS", dao)
    equal(rpc.getasset("OURS")["dao"], dao)
    refused("DAO_SET", rpc.setassetdao, "OURS", 0)
    refused("NO_PERMIT", rpc.mint, "OURS", "1", "bob")
    # by default the issuer may hand over, and nothing else
    rpc.createasset("PLAIN", "Plain", "10", **store_of("store"))
    equal(rpc.getasset("PLAIN")["changes"], ["issuer:issuer"])
    refused("NO_CHANGE", rpc.setissuer, "PLAIN", "store")
    rpc.setissuer("PLAIN", "bob")
    refused("NOT_ISSUER", rpc.mint, "PLAIN", "1", "bob", **store_of("store"))
    rpc.createasset("NONE", "None", "10", changes="none", **store_of("store"))
    equal(rpc.getasset("NONE")["changes"], [])
    refused("BAD_CHANGES", rpc.createasset, "X", "X", "10", changes="name:dao", **store_of("store"))
    refused("BAD_NOTICE", rpc.createasset, "X", "X", "10", change_notice=5, **store_of("store"))
    for flags in ("lots,votes", "closed_loop,transferable", "clawback", "backed,clawback,freezable", "minters"):
        refused("BAD_FLAGS", rpc.createasset, "X", "X", "10", flags=flags, units=1, sats=1, **store_of("store"))
    try:
        rpc.createasset("X", "X", "10", changes="cap:issuer")
        check(False, "the cap can't change")
    except RpcError as e:
        check("changes" in str(e), e)


def frozen(w):
    rpc = Mixed(w.rpc)
    rpc.createasset("LAW", "Regulated", "1000", flags="transferable,freezable,pausable,clawback", freeze_notice=DAY, **store_of("store"))
    equal(rpc.getasset("LAW")["freeze_notice"], DAY)
    rpc.mint("LAW", "100", "bob")
    rpc.freeze("LAW", "bob")
    refused("ALREADY_FROZEN", rpc.freeze, "LAW", "bob")
    held = rpc.getholding("LAW", "bob")
    equal((held["frozen"], held["total"], held["spendable"]), (False, "100", "100"), "during the notice")
    check(held["frozen_from"] > 0)
    rpc.send("alice", "1", "LAW", **store_of("bob"))
    refused("NOT_FROZEN", rpc.clawback, "LAW", "bob", "1")
    rpc.unfreeze("LAW", "bob")
    refused("NOT_FROZEN", rpc.unfreeze, "LAW", "bob")
    check("frozen_from" not in rpc.getholding("LAW", "bob"))
    refused("BAD_UNTIL", rpc.pauseasset, "LAW", 4 * DAY)
    rpc.pauseasset("LAW", 100)
    check(rpc.getholding("LAW", "bob")["paused"])
    refused("ASSET_PAUSED", rpc.burn, "LAW", "1", **store_of("bob"))
    rpc.renounceasset("LAW")
    check(not rpc.getholding("LAW", "bob")["paused"], "a pause that nobody could end")
    rpc.burn("LAW", "1", **store_of("bob"))
    refused("NOT_ISSUER", rpc.renounceasset, "LAW", **store_of("store"))


def managed(w):
    rpc = Mixed(w.rpc)
    minters = [{"account": "bob", "allowance": 50000}, {"account": "alice", "allowance": 20000}]
    rpc.createasset("EURO", "A stablecoin", "1000000.00", decimals=2, flags="transferable,freezable,pausable,minters", freeze_notice=DAY,
                    rule="issue_managed", rule_params={"period": DAY, "period_max": 60000, "issuer_max": 0, "minters": minters},
                    changes="issuer:issuer,params:issuer", **store_of("store"))
    shown = rpc.getasset("EURO")["rule_params"]
    equal({m["account"]: m["allowance"] for m in shown["minters"]}, {w.accounts["bob"]: 50000, w.accounts["alice"]: 20000})
    equal((shown["period"], shown["period_max"], shown["burners"]), (DAY, 60000, 0))
    refused("NOT_A_MINTER", rpc.mint, "EURO", "1", "bob")
    refused("NOT_A_MINTER", rpc.mint, "EURO", "1", "carol", **store_of("carol"))
    rpc.mint("EURO", "500", "carol", **store_of("bob"))
    refused("ALLOWANCE_EXCEEDED", rpc.mint, "EURO", "0.01", "carol", **store_of("bob"))
    rpc.mint("EURO", "100", "carol", **store_of("alice"))
    refused("PERIOD_EXCEEDED", rpc.mint, "EURO", "0.01", "carol", **store_of("alice"))
    equal(rpc.getholding("EURO", "carol")["total"], "600.00")
    # a minter less, only minters burn: at once, since no notice was declared
    rpc.setassetparams("EURO", {"period": DAY, "burners": 1, "issuer_max": 100, "minters": minters[:1]})
    refused("ONLY_MINTERS_BURN", rpc.burn, "EURO", "1", **store_of("carol"))
    refused("NOT_A_MINTER", rpc.mint, "EURO", "1", "carol", **store_of("alice"))
    rpc.send("store", "5", "EURO", **store_of("carol"))
    rpc.burn("EURO", "5", **store_of("store"))
    refused("NO_CHANGE", rpc.setassetparams, "EURO", {"period": DAY, "burners": 1, "issuer_max": 100, "minters": minters[:1]})
    refused("BAD_PARAMS", rpc.setassetparams, "EURO", {"period": 1})
    refused("PARAMS_FIXED", fixed_params, rpc)
    try:
        rpc.setassetparams("EURO", {"minters": [{"account": "nobody of ours", "allowance": 1}]})
        check(False, "an unknown minter")
    except RpcError as e:
        check("minters" in str(e) or "rule_params" in str(e), e)


def fixed_params(rpc):
    if "STILL" not in [a["ticker"] for a in rpc.listassets()]:
        rpc.createasset("STILL", "Still", "10", rule="issue_fixed", changes="params:issuer", **store_of("store"))
    rpc.setassetparams("STILL", ["00"])


def tiers(w):
    rpc = Mixed(w.rpc)
    params = {"points": 1, "per": 100, "valid_days": 30, "tier_days": 90, "tiers": [{"from": 5000, "multiplier": 15000}, {"from": 20000, "multiplier": 20000}]}
    rpc.createasset("CLUB", "Club points", "1000000", flags="transferable,lots", rule="issue_loyalty", rule_params=params,
                    changes="params:issuer", change_notice=3600, **store_of("store"))
    equal(rpc.getasset("CLUB")["rule_params"]["tiers"], params["tiers"])
    for receipt, price, points in (("T1", "100.00", "100"), ("T2", "100.00", "150"), ("T3", "100.00", "200")):
        rpc.earn("CLUB", "alice", price, receipt)
        equal(rpc.getreceipt("CLUB", receipt)["granted"], points, receipt)
    rpc.refund("CLUB", "alice", "40.00", "T2")
    receipt = rpc.getreceipt("CLUB", "T2")
    equal((receipt["paid"], receipt["returned"], receipt["granted"], receipt["taken"], receipt["customer"]),
          ("100.00", "40.00", "150", "60", w.accounts["alice"]))
    refused("RECEIPT_UNKNOWN", rpc.getreceipt, "CLUB", "T9")
    # announced, not in force yet
    rpc.setassetparams("CLUB", {"points": 5, "per": 100, "valid_days": 30})
    shown = rpc.getasset("CLUB")
    equal((shown["rule_params"]["points"], shown["next_params"]["points"]), (1, 5))
    check("tiers" not in shown["next_params"])
    rpc.earn("CLUB", "bob", "100.00", "T4")
    equal(rpc.getreceipt("CLUB", "T4")["granted"], "100")
    rpc.setassetparams("CLUB", params)
    check("next_params" not in rpc.getasset("CLUB"), "taken back")


def judge(answer, *args):
    p = subprocess.run([sys.executable, CHECKER, *args], input=json.dumps(answer), capture_output=True, text=True, timeout=60, check=False)
    return p.returncode, p.stdout


def liability(w):
    rpc = Mixed(w.rpc)
    usual = {"points": 1, "per": 1, "anyone": 0}
    rpc.createasset("OWED", "Owed points", "1000000", flags="transferable,lots", rule="issue_loyalty", rule_params={**usual, "valid_days": 10},
                    changes="params:issuer", **store_of("store"))
    equal(judge(rpc.getliability("OWED", proof=True))[0], 0, "nothing is owed, proven")
    for n, days in enumerate((10, 40, 45, 100, 400, 0)):
        if n > 0:
            rpc.setassetparams("OWED", {**usual, "valid_days": days})
        rpc.earn("OWED", "alice", f"{n + 1}.00", f"L{n}")
    plain = rpc.getliability("OWED")
    equal(plain["outstanding"], "2100")
    equal(sum(int(d["amount"]) for d in plain["by_day"]), 2100)
    equal(sum(int(d["amount"]) for d in plain["by_month"]), 2100)
    equal(plain["by_month"][-1], {"month": "never", "amount": "600"})
    check(4 <= len(plain["by_month"]) <= 6, plain)

    proven = rpc.getliability("OWED", proof=True)
    status, words = judge(proven)
    equal(status, 0, words)
    block = rpc.getblock(str(proven["height"]))
    equal(words.splitlines()[-1], f"block {proven['height']} {block['hash']}")
    equal(words.splitlines()[-2], "outstanding 2100")
    equal([line.split() for line in words.splitlines()[:-2]], [[m["month"], m["amount"]] for m in plain["by_month"]])
    equal(judge(proven, f"--app-hash={block['app_hash']}")[0], 0)
    equal(judge(proven, f"--app-hash={'00' * 32}")[0], 1)

    # lies
    def lie(change):
        answer = copy.deepcopy(proven)
        change(answer)
        equal(judge(answer)[0], 1, "a lie")
    months = proven["by_month"]
    lie(lambda a: a["by_month"].pop(0))
    lie(lambda a: a["by_month"].append(months[0]))
    lie(lambda a: a["by_month"][0].update(value="01" + months[0]["value"][2:]))
    lie(lambda a: a["by_month"][0].update(proof=months[1]["proof"]))
    lie(lambda a: a["by_month"][0].update(month="1999-01"))
    lie(lambda a: a["supply"].update(months[0]))
    lie(lambda a: a["supply"].update(value=None))
    lie(lambda a: a.update(asset=rpc.getasset("CLUB")["asset"]))
    lie(lambda a: a.update(app_hash="00" * 32))
    lie(lambda a: a.update(header=a["header"][:-4] + "0000", app_hash="11" * 32))
    refused("NO_LOTS", rpc.getliability, "PLAIN")


def command_line(w):
    out = tally(w.node, "createasset", "CLI", "From the command line", "5.00", "decimals=2", "flags=transferable,freezable", "freeze_notice=100000",
                "changes=issuer:issuer,name:issuer", "from=store")
    check("asset" in out, out)
    shown = json.loads(tally(w.node, "--json", "getasset", "CLI"))
    equal((shown["name"], shown["freeze_notice"], shown["changes"]), ("From the command line", 100000, ["issuer:issuer", "name:issuer"]))
    tally(w.node, "setassetname", "CLI", "Renamed")
    text = tally(w.node, "getasset", "CLI")
    check("Renamed" in text and "issuer:issuer" in text, text)
    text = tally(w.node, "listassets")
    check("ticker" in text and "Renamed" in text and len(text.splitlines()) == 1 + len(w.rpc.listassets()), text)
    text = tally(w.node, "getliability", "OWED")
    check("by_month" in text and "never" in text and "2100" in text, text)
    text = tally(w.node, "listlots", "OWED", "alice")
    check("expires" in text and "earned" in text, text)
    text = tally(w.node, "getreceipt", "CLUB", "T1")
    check("100.00" in text and "granted" in text, text)
    equal(json.loads(tally(w.node, "--json", "getholding", "OWED", "alice"))["total"], "2100")
    check("spendable" in tally(w.node, "getholding", "OWED", "alice"))
    equal([a["ticker"] for a in json.loads(tally(w.node, "--json", "listassets", "ticker=CLI", "issuer=store"))], ["CLI"])
    equal(json.loads(tally(w.node, "--json", "listassets", "ticker=CLI", "issuer=bob")), [])
    equal(len(json.loads(tally(w.node, "--json", "getliability", "OWED", "proof=true"))["supply"]["value"]), 16)


def assets(t):
    w = World(t, accounts=("alice", "bob", "carol", "store"))
    w.pegged("store", 50_000_000)
    for name in ("alice", "bob", "carol"):
        Mixed(w.rpc).send(name, "0.02", **store_of("store"))
    changes(w)
    frozen(w)
    managed(w)
    tiers(w)
    liability(w)
    command_line(w)
    w.audit()
    before = w.rpc.listassets()
    w.restart()
    equal(w.rpc.listassets(), before, "after a restart")
    equal(judge(w.rpc.call("getliability", asset="OWED", proof=True))[0], 0)


if __name__ == "__main__":
    main(assets)
