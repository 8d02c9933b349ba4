#!/usr/bin/env python3
"""Offers through the daemon: making, taking, cancelling, the book, limits, a coalition of merchants; and the same on the command line."""
import json
import time

from harness import check, equal, main, tally, wait_until
from test_store import LOYALTY, Mixed, points, refused
from world import World


def prepare(w):
    rpc = Mixed(w.rpc)
    for ticker, who in (("COFFEE", "store"), ("BREAD", "bakery")):
        rpc.createasset(ticker, ticker.title(), "100000.00", decimals=2, **{"from": who})
        rpc.mint(ticker, "1000", who)
    rpc.send("alice", "100", "COFFEE", **{"from": "store"})


def trading(w):
    rpc = Mixed(w.rpc)
    # the bakery takes coffee points: 1 bread point for 3 of them, at most 50
    number = rpc.offer("BREAD", "50", "COFFEE", "150", **{"from": "bakery"})["offer"]
    equal(points(w, "bakery", "BREAD"), "950.00")
    shown = rpc.getoffer(number)
    equal((shown["sell"], shown["left"], shown["buy"], shown["costs"], shown["price"]), ("BREAD", "50.00", "COFFEE", "150.00", "3"))
    equal((shown["state"], shown["owner"], shown["sell_amount"]), ("open", w.accounts["bakery"], "50.00"))

    done = rpc.take(number, "10", **{"from": "alice"})
    equal((done["got"], done["got_asset"], done["paid"], done["paid_asset"], done["left"]), ("10.00", "BREAD", "30.00", "COFFEE", "40.00"))
    equal((points(w, "alice", "BREAD"), points(w, "alice", "COFFEE"), points(w, "bakery", "COFFEE")), ("10.00", "70.00", "30.00"))
    # by what is paid: 10.00 buy 3.33, which cost 9.99
    done = rpc.take(number, pay_max="10", **{"from": "alice"})
    equal((done["got"], done["paid"]), ("3.33", "9.99"))
    refused("PRICE_LIMIT", rpc.take, number, "1", pay_max="2.99", **{"from": "alice"})
    refused("LEFT_TOO_LITTLE", rpc.take, number, "40", **{"from": "alice"})
    refused("INSUFFICIENT_BALANCE", rpc.take, number, "30", **{"from": "alice"})
    refused("OWN_OFFER", rpc.take, number, "1", **{"from": "bakery"})
    refused("OFFER_UNKNOWN", rpc.take, 999, "1", **{"from": "alice"})

    equal(w.rpc.getaccount(account="bakery")["in_offers"], [{"ticker": "BREAD", "amount": "36.67", "offers": 1}])
    check("in_offers" not in w.rpc.getaccount(account="alice"))

    # the book: the cheapest first
    dear = rpc.offer("BREAD", "10", "COFFEE", "50", **{"from": "bakery"})["offer"]
    cheap = rpc.offer("BREAD", "10", "COFFEE", "20", days=1, **{"from": "bakery"})["offer"]
    equal([o["offer"] for o in rpc.listoffers("BREAD", "COFFEE")], [cheap, number, dear])
    equal([o["offer"] for o in rpc.listoffers(owner="bakery")], [number, dear, cheap])
    equal([o["offer"] for o in rpc.listoffers(owner="bakery", after=number)], [dear, cheap])
    equal(rpc.listoffers("COFFEE", "BREAD"), [])

    rpc.canceloffer(number, "6.67")
    equal(rpc.getoffer(number)["left"], "30.00")
    refused("NOT_YOURS", rpc.canceloffer, number, **{"from": "alice"})
    rpc.canceloffer(number)
    refused("OFFER_UNKNOWN", rpc.getoffer, number)
    rpc.canceloffer(dear)
    rpc.canceloffer(cheap)
    equal(points(w, "bakery", "BREAD"), "986.67")
    refused("SAME_ASSET", rpc.offer, "BREAD", "1", "BREAD", "1", **{"from": "bakery"})
    refused("BAD_UNTIL", rpc.offer, "BREAD", "1", "COFFEE", "1", days=400, **{"from": "bakery"})


def kinds(w):
    rpc = Mixed(w.rpc)
    whole = rpc.offer("BREAD", "5", "coin", "0.0005", whole=True, only=w.accounts["bob"], **{"from": "bakery"})["offer"]
    refused("NOT_FOR_YOU", rpc.take, whole, **{"from": "alice"})
    refused("TAKE_WHOLE", rpc.take, whole, "1", **{"from": "bob"})
    before = w.balance("bakery")
    rpc.take(whole, **{"from": "bob"})
    equal((w.balance("bakery"), points(w, "bob", "BREAD")), (before + 50_000, "5.00"))

    # backed points come in and are redeemed at once
    rpc.createasset("SURE", "Sure", "1000000", flags="transferable,backed", units=1, sats=10, **{"from": "store"})
    rpc.mint("SURE", "100", "alice", **{"from": "alice"})
    number = rpc.offer("BREAD", "10", "SURE", "100", redeem=True, **{"from": "bakery"})["offer"]
    before = w.balance("bakery")
    rpc.take(number, "4", **{"from": "alice"})
    equal((w.balance("bakery") - before, points(w, "bakery", "SURE"), rpc.getasset("SURE")["supply"]), (400, "0", "60"))
    rpc.canceloffer(number)

    # frozen: nobody takes it, its owner keeps it
    rpc.createasset("ICE", "Ice", "1000", flags="transferable,freezable,clawback", freeze_notice=0, **{"from": "store"})
    rpc.mint("ICE", "10", "alice")
    number = rpc.offer("ICE", "10", "coin", "0.0001", **{"from": "alice"})["offer"]
    rpc.freeze("ICE", "alice")
    refused("ACCOUNT_FROZEN", rpc.take, number, **{"from": "bob"})
    rpc.canceloffer(number, **{"from": "store"})
    rpc.clawback("ICE", "alice", "10")
    equal(points(w, "store", "ICE"), "10")

    # points with dates keep them
    rpc.createasset("BEAN", "Beans", "1000000", flags="transferable,lots", rule="issue_loyalty", rule_params=LOYALTY, **{"from": "store"})
    rpc.mint("BEAN", "100", "store")
    number = rpc.offer("BEAN", "100", "BREAD", "10", **{"from": "store"})["offer"]
    rpc.take(number, "30", **{"from": "bob"})
    equal([lot["amount"] for lot in rpc.listlots("BEAN", "bob")["lots"]], ["30"])
    check(rpc.listlots("BEAN", "bob")["lots"][0]["expires"] != "never")
    rpc.canceloffer(number)
    equal(points(w, "store", "BEAN"), "70")


def over(w):
    """An offer whose time is over goes back by itself."""
    rpc = Mixed(w.rpc)
    had = points(w, "bakery", "BREAD")
    rpc.offer("BREAD", "1", "coin", "0.0001", until=int(time.time()) + 2, **{"from": "bakery"})
    check(points(w, "bakery", "BREAD") != had)
    wait_until(lambda: points(w, "bakery", "BREAD") == had, 20, "the offer to go back", every=0.1)
    equal(rpc.listoffers(owner="bakery"), [])


def coalition(w):
    """Coffee, bread and tea at rates that multiply to 1: once round never gains."""
    rpc = Mixed(w.rpc)
    rpc.createasset("TEA", "Tea", "100000.00", decimals=2, **{"from": "carol"})
    rpc.mint("TEA", "1000", "carol")
    way = [rpc.offer("BREAD", "100", "COFFEE", "300", **{"from": "bakery"})["offer"],
           rpc.offer("TEA", "140", "BREAD", "100", **{"from": "carol"})["offer"],
           rpc.offer("COFFEE", "150", "TEA", "70", **{"from": "store"})["offer"]]
    rpc.send("bob", "7.77", "COFFEE", **{"from": "store"})
    spend, had = "7.77", points(w, "bob", "COFFEE")
    for number in way:
        spend = rpc.take(number, pay_max=spend, **{"from": "bob"})["got"]
    check(float(points(w, "bob", "COFFEE")) <= float(had), points(w, "bob", "COFFEE"), had)
    for number in way:
        rpc.canceloffer(number)


def command_line(w):
    made = json.loads(tally(w.node, "--json", "offer", "BREAD", "5", "COFFEE", "10", "from=bakery"))
    number = str(made["offer"])
    table = tally(w.node, "listoffers", "BREAD", "COFFEE")
    check("left" in table.splitlines()[0] and "5.00" in table and "COFFEE" in table, table)
    equal(json.loads(tally(w.node, "--json", "listoffers", "BREAD"))[0]["left"], "5.00")
    said = tally(w.node, "take", number, "2", "from=alice")
    check("got" in said and "2.00" in said, said)
    status, _, error = tally(w.node, "take", number, "4", "from=alice", status=None)
    equal(status, 1)
    check("LEFT_TOO_LITTLE" in error and "hint:" in error, error)
    tally(w.node, "canceloffer", number)
    equal(json.loads(tally(w.node, "--json", "listoffers", "owner=bakery")), [])
    shown = tally(w.node, "help", "offer")
    check("BREAD" not in shown and "escrow" in shown, shown)


def swaps(t):
    w = World(t, accounts=("alice", "bob", "carol", "store", "bakery"))
    w.pegged("store", 50_000_000)
    for name in ("alice", "bob", "carol", "bakery"):
        Mixed(w.rpc).send(name, "0.02", **{"from": "store"})
    prepare(w)
    trading(w)
    kinds(w)
    over(w)
    coalition(w)
    command_line(w)
    w.audit()
    w.restart()
    equal(w.rpc.listoffers(), [])


if __name__ == "__main__":
    main(swaps)
