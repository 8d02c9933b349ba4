#!/usr/bin/env python3
"""Sales, through the daemon: every method, what it answers and what it refuses; also through the command line, and with coin whose deposit
is reorganised away."""
import hashlib
import json
import os
import sys
import time

from chains import coins_of, sat_of
from harness import SLOW, check, equal, main, program, run, tally, wait_until
from ledger import account_from_text
from test_store import Mixed, refused
from world import World


def tagged(tag, data):
    t = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(t + t + data).digest()


def wait_time(w, t):
    """Until a block at this time can be made."""
    wait_until(lambda: time.time() >= t + 0.2, 60, f"the clock to show {t}", every=0.05)


def until(w, number, state):
    """The daemon looks at the time of its last block: a block makes it look again."""
    def there():
        if w.rpc.getsale(number)["state"] == state:
            return True
        Mixed(w.rpc).send("store", "0.00000001", **{"from": "store"})
        return False
    wait_until(there, 30, f"sale {number} to be {state}", every=0.3)


def succeeds(w):
    """S1, S2 and S5 in short: bought, sold out in part of a payment, closed, claimed by a stranger."""
    rpc = Mixed(w.rpc)
    made = rpc.createasset("SEAT", "Seats", "1000.0", decimals=1, flags="transferable,votes", **{"from": "store"})
    rpc.mint("SEAT", "1000", "store", **{"from": "store"})
    number = rpc.createsale("SEAT", "0.001", "0.05", soft_cap="0.01", length=3600, payer_max="0.04", beneficiary_max="0.05", bonus="20", bonus_end="20",
                            **{"from": "store"})["sale"]
    sale = rpc.getsale(number)
    equal((sale["state"], sale["sells"], sale["for"], sale["asset"]), ("OPEN", "SEAT", "COIN", made["asset"]))
    equal((sale["hard_cap"], sale["soft_cap"], sale["locked"], sale["payer_min"]), ("0.05000000", "0.01000000", "60.0", "0.00010000"))
    equal((sale["price"]["schedule"], sale["price"]["price"], sale["price"]["bonus"]), ("fixed", "0.00100000", "20.00"))
    equal(sale["close"] - sale["open"], 3600)
    equal(w.balance("store", "SEAT"), "940.0")
    quote = rpc.quotesale(number, "0.001")
    equal((quote["payment"], quote["tokens"]), ("0.00100000", "1.2"))
    equal(rpc.quotesale(number, "1")["payment"], "0.05000000", "no more than there is room for")

    refused("SELLER_CANT_BUY", rpc.buy, number, "0.001", **{"from": "store"})
    refused("BELOW_PAYER_MIN", rpc.buy, number, "0.00009999", **{"from": "alice"})
    refused("PRICE_MOVED", rpc.buy, number, "0.001", tokens_min="1.3", **{"from": "alice"})
    refused("SALE_UNKNOWN", rpc.buy, 99, "0.001", **{"from": "alice"})
    before = w.balance("alice")
    bought = rpc.buy(number, "0.02", "carol", **{"from": "alice"})
    equal((bought["paid"], bought["tokens"], bought["ticker"]), ("0.02000000", "24.0", "SEAT"))
    check(before - w.balance("alice") < 2_010_000, "the payment and a fee")
    refused("ABOVE_PAYER_MAX", rpc.buy, number, "0.021", **{"from": "alice"})
    refused("SALE_RUNNING", rpc.claim, number, "carol", **{"from": "bob"})
    refused("SALE_RUNNING", rpc.closesale, number, **{"from": "bob"})
    equal(w.balance("carol", "SEAT") or "0", "0", "delivery comes after")
    bought = rpc.buy(number, "0.04", **{"from": "bob"})
    equal((bought["paid"], bought["tokens"]), ("0.03000000", "36.0"), "part of the last payment")
    refused("SALE_CLOSED", rpc.buy, number, "0.01", **{"from": "dave"})
    sale = rpc.getsale(number)
    equal((sale["state"], sale["raised"], sale["sold"], sale["settled"], sale["purchases"]), ("SUCCEEDED", "0.05000000", "60.0", True, 2))
    refused("ALREADY_CLOSED", rpc.closesale, number, **{"from": "dave"})
    refused("NOTHING_TO_CLAIM", rpc.claim, number, **{"from": "alice"})
    claimed = rpc.claim(number, "carol", **{"from": "dave"})
    equal((claimed["claimed"], claimed["ticker"]), ("24.0", "SEAT"))
    equal(w.balance("carol", "SEAT"), "24.0")
    refused("NOTHING_TO_CLAIM", rpc.claim, number, "carol", **{"from": "dave"})
    rows = {r["account"]: r for r in rpc.listpurchases(number)}
    equal(len(rows), 3, "a payer, a beneficiary, and one who is both")
    equal((rows[w.accounts["carol"]]["claimed"], rows[w.accounts["bob"]]["claimable"]), ("24.0", "36.0"))
    proof(w, number)
    return number


def proof(w, number):
    """A purchase, proven against a block."""
    part = w.rpc.getpurchase(number, "alice")
    equal((part["paid"], part["tokens"]), ("0.02000000", "0.0"))
    equal([(p["beneficiary"], p["paid"], p["tokens"]) for p in part["paid_for"]], [(w.accounts["carol"], "0.02000000", "24.0")])
    payer, carol = account_from_text(w.accounts["alice"]), account_from_text(w.accounts["carol"])
    equal(part["payer_key"], (b"sp" + number.to_bytes(8, "big") + payer).hex(), "the key that doc/formats.md says")
    equal(part["paid_for"][0]["key"], (b"su" + payer + (2 ** 64 - 1 - number).to_bytes(8, "big") + carol).hex())
    shown = w.rpc.call("getproof", key=part["paid_for"][0]["key"])
    checker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-state-proof")
    request = {"root": shown["app_hash"], "key": shown["key"], "value": shown["value"], "proof": shown["proof"]}
    equal(run([sys.executable, checker], stdin=json.dumps(request)).strip(), "present")
    equal(shown["value"], ((2_000_000).to_bytes(8, "little") + (240).to_bytes(8, "little") + bytes(16)).hex())


def fails(w):
    """S4: everybody gets exactly what he paid, once; the payer, not the beneficiary."""
    rpc = Mixed(w.rpc)
    end = int(time.time() + 6 * SLOW)
    number = rpc.createsale("SEAT", "0.001", "0.05", soft_cap="0.03", close=end, **{"from": "store"})["sale"]
    rpc.buy(number, "0.0101", "carol", **{"from": "alice"})
    rpc.buy(number, "0.005", **{"from": "bob"})
    wait_time(w, end)
    until(w, number, "ENDED")
    refused("SALE_CLOSED", rpc.buy, number, "0.01", **{"from": "dave"})
    equal(rpc.closesale(number, **{"from": "dave"})["state"], "FAILED")
    refused("NOTHING_TO_CLAIM", rpc.claim, number, "carol", **{"from": "carol"})
    before = w.balance("alice")
    done = rpc.claim(number, "alice", **{"from": "dave"})
    equal((done["refunded"], done["ticker"]), ("0.01010000", "COIN"))
    equal(w.balance("alice") - before, 1_010_000)
    refused("NOTHING_TO_CLAIM", rpc.claim, number, "alice", **{"from": "dave"})
    rpc.claim(number, **{"from": "bob"})
    sale = rpc.getsale(number)
    equal((sale["refunded"], sale["settled"]), (sale["raised"], True))


def cancelled_and_refused(w):
    rpc = Mixed(w.rpc)
    soon = int(time.time()) + 3600
    number = rpc.createsale("SEAT", "0.001", "0.05", open=soon, **{"from": "store"})["sale"]
    equal(rpc.getsale(number)["state"], "SCHEDULED")
    equal(rpc.quotesale(number, "0.01")["tokens"], "10.0", "what it will buy")
    refused("SALE_NOT_OPEN", rpc.buy, number, "0.01", **{"from": "alice"})
    refused("NOT_SELLER", rpc.cancelsale, number, **{"from": "alice"})
    rpc.cancelsale(number, **{"from": "store"})
    equal(rpc.getsale(number)["state"], "CANCELLED")
    equal([s["sale"] for s in rpc.listsales("cancelled")], [number])
    equal([s["sale"] for s in rpc.listsales()], list(range(number, 0, -1)))
    equal([s["sale"] for s in rpc.listsales(before=number)], list(range(number - 1, 0, -1)))

    def sell(**more):
        return rpc.createsale("SEAT", "0.001", "0.05", **{"from": "store"}, **more)
    refused("SOFT_ABOVE_HARD", sell, soft_cap="0.051")
    refused("CLOSE_TOO_FAR", sell, length=367 * 86400)
    refused("BAD_TIMES", sell, close=int(time.time()) - 10)
    refused("BONUS_TOO_HIGH", sell, bonus="50.01")
    refused("BONUS_GROWS", sell, bonus="10", bonus_end="20")
    refused("PRICE_FALLS", sell, end_price="0.0009")
    refused("BAD_PRICE", rpc.createsale, "SEAT", "0", "0.05", **{"from": "store"})
    refused("SALE_OVERFLOW", rpc.createsale, "SEAT", "0.00000001", "10000000000", per="10000000", **{"from": "store"})
    refused("ZERO_TOKENS", sell, payer_min="0.00009999")
    refused("TOKENS_SHORT", sell, tokens="49.9")
    refused("INSUFFICIENT_BALANCE", rpc.createsale, "SEAT", "0.001", "5", **{"from": "store"})
    refused("BAD_LIMITS", sell, payer_min="0.02", payer_max="0.01")
    refused("BAD_VESTING", sell, cliff=20, vesting=10)
    refused("BAD_PAYMENT_ASSET", rpc.createsale, "SEAT", "1", "5", payment="SEAT", **{"from": "store"})
    refused("BAD_SALE_ASSET", rpc.createsale, "coin", "1", "5", payment="SEAT", **{"from": "store"})
    refused("RULE_UNKNOWN", sell, rule="sale_nowhere", rule_params=["00"])
    refused("BAD_PARAMS", sell, steps=[{"price": "0.002"}])
    refused("SALE_UNKNOWN", rpc.getsale, 99)


def listed_and_vesting(w):
    """An allow-list, steps, vesting, paid with another token; the root by hand from doc/formats.md."""
    rpc = Mixed(w.rpc)
    rpc.createasset("CASH", "Cash", "1000000.00", decimals=2, flags="transferable", **{"from": "dave"})
    for who in ("alice", "bob", "carol"):
        rpc.mint("CASH", "1000", who, **{"from": "dave"})
    names = ("alice", "bob", "carol")
    accounts = [w.accounts[n] for n in names]
    answer = rpc.allowlist(accounts, "bob")
    leaves = [tagged("tally/allow-leaf", a) for a in sorted(account_from_text(a) for a in accounts)]
    node = tagged("tally/allow-node", b"".join(sorted(leaves[:2])))
    equal(answer["root"], tagged("tally/allow-node", b"".join(sorted([node, leaves[2]]))).hex())
    equal(rpc.allowlist(accounts[::-1])["root"], answer["root"], "whatever the order")
    refused("NOT_ON_LIST", rpc.allowlist, accounts, "dave")
    refused("BAD_PARAMS", rpc.allowlist, [])
    refused("BAD_PARAMS", rpc.allowlist, ["alice"])
    path = w.test.path("buyers.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("# who may buy\n\n" + "\n".join(f"  {a}  # {n}" for n, a in zip(names, accounts)))
    offline = [program("tally"), "--network=regtest", f"--datadir={w.test.path('nowhere')}", "--json", "allowlist"]
    equal(json.loads(run([*offline, path, accounts[1]])), answer, "without a daemon")
    equal(json.loads(run([*offline, json.dumps(accounts)]))["root"], answer["root"])
    with open(path, "a", encoding="utf-8") as f:
        f.write("\nalice\n")
    status, _, said = run([*offline, path], status=None)
    check(status == 2 and "number 6" in said, said)

    steps = [{"price": "2.50", "raised": "100"}, {"price": "4.00", "after": 86400}]
    number = rpc.createsale("SEAT", "2.00", "1000", payment="CASH", steps=steps, allow_list=answer["root"], cliff=1, vesting=4, **{"from": "store"})["sale"]
    equal(rpc.getsale(number)["price"]["steps"], [{"price": "2.00"}, {"price": "2.50", "raised": "100.00"}, {"price": "4.00", "after": 86400}])
    refused("NOT_ON_LIST", rpc.buy, number, "10", **{"from": "bob"})
    bought = rpc.buy(number, "150", path=answer["path"], **{"from": "bob"})
    equal((bought["paid"], bought["tokens"]), ("150.00", "70.0"), "50 at 2.00 and 20 at 2.50")
    carol = rpc.allowlist(accounts, "carol")["path"]
    refused("NOT_ON_LIST", rpc.buy, number, "10", "dave", path=answer["path"], beneficiary_path=carol, **{"from": "bob"})
    rpc.buy(number, "100", "carol", path=answer["path"], beneficiary_path=carol, **{"from": "bob"})
    alice = rpc.allowlist(accounts, "alice")["path"]
    rpc.buy(number, "1000", path=alice, **{"from": "alice"})
    sale = rpc.getsale(number)
    equal((sale["state"], sale["raised"], sale["cliff"], sale["vesting"]), ("SUCCEEDED", "1000.00", 1, 4))
    first = None
    while first is None:
        try:
            first = rpc.claim(number, "bob", **{"from": "dave"})
        except Exception as e:  # nothing before the cliff
            check("NOTHING_VESTED" in str(e) or "NOTHING_VESTED" in str(getattr(e, "data", "")), e)
            time.sleep(0.3)
    check(0 < float(first["claimed"]) <= 70, first)
    wait_time(w, sale["ended"] + 5)
    rest = rpc.getpurchase(number, "bob")
    if float(rest["claimed"]) < 70:
        rpc.claim(number, "bob", **{"from": "dave"})
    equal(w.balance("bob", "SEAT"), "70.0")


def on_the_command_line(w):
    """What a person types and sees."""
    said = tally(w.node, "createsale", "SEAT", "0.001", "0.05", "end_price=0.002", "from=store")
    check("sale" in said and "txid" in said, said)
    number = json.loads(tally(w.node, "--json", "listsales", "open"))[0]["sale"]
    shown = tally(w.node, "getsale", str(number))
    check("linear" in shown and "OPEN" in shown and "0.00200000" in shown, shown)
    answer = json.loads(tally(w.node, "--json", "buy", str(number), "0.01", "from=alice"))
    check(float(answer["tokens"]) > 9, answer)
    table = tally(w.node, "listsales")
    check(table.splitlines()[0].split()[:4] == ["sale", "state", "sells", "for"], table)
    check(w.accounts["alice"] in tally(w.node, "listpurchases", str(number)), "the buyers")
    check("0.01" in tally(w.node, "getpurchase", str(number), "alice"), "one of them")
    refused("BAD_PARAMS", w.rpc.listsales, "opn")

    # times as dates, in and out; who takes the sale back is the seller
    midnight = (int(time.time()) // 86400 + 2) * 86400
    opens, closes = time.strftime("%Y-%m-%d", time.gmtime(midnight)), time.strftime("%Y-%m-%dT%H:%M", time.gmtime(midnight + 66600))
    answer = tally(w.node, "--json", "createsale", "SEAT", "0.001", "0.001", f"open={opens}", f"close={closes}", "from=store")
    number = json.loads(answer)["sale"]
    shown = w.rpc.getsale(number)
    equal((shown["open"], shown["close"]), (midnight, midnight + 66600))
    check(f"{opens} 00:00:00Z" in tally(w.node, "getsale", str(number)), "the opening as a date")
    check("CANCELLED" in tally(w.node, "cancelsale", str(number)), "the seller's account is meant")
    for wrong in ("2030-02-31", "2030-13-01", "2030-1-1x", "tomorrow"):
        status, _, said = run([program("tally"), "--network=regtest", f"--datadir={w.node.datadir}", "createsale", "SEAT", "1", "1", f"open={wrong}"],
                              status=None)
        check(status == 2 and "must be a time" in said and wrong in said, said)


def reorganised(w):
    """S6: the payment's deposit leaves the main chain, comes back, and leaves for good."""
    rpc = Mixed(w.rpc)
    deposit = w.pegged("erin", 5_000_000)["deposit"]
    txid = deposit.partition(":")[0]
    number = rpc.createsale("SEAT", "0.01", "0.5", soft_cap="0.03", length=3600, **{"from": "store"})["sale"]
    rpc.buy(number, "0.04", **{"from": "erin"})
    w.chain.reorg(1, drop=[txid])
    w.wait(lambda: w.rpc.getpegin(deposit)["state"] == "QUARANTINED", 20, "the deposit to be in quarantine")
    sale = rpc.getsale(number)
    equal((sale["raised"], sale["held"], sale["held_tokens"]), ("0.00000000", "0.04000000", "4.0"))
    equal(w.balance("erin"), 0, "the rest is frozen")
    w.audit()
    w.mine()  # it comes back in another block
    w.wait_minted(deposit)
    sale = rpc.getsale(number)
    equal((sale["raised"], sale.get("held"), sale["sold"]), ("0.04000000", None, "4.0"))
    check(w.balance("erin") > 0, "and so is the rest")
    w.audit()


def sales(t):
    w = World(t, accounts=("alice", "bob", "carol", "dave", "erin", "store"))
    w.pegged("store", 50_000_000)
    for name in ("alice", "bob", "carol", "dave"):
        Mixed(w.rpc).send(name, "0.08", **{"from": "store"})
    succeeds(w)
    cancelled_and_refused(w)
    fails(w)
    listed_and_vesting(w)
    on_the_command_line(w)
    reorganised(w)
    before = w.rpc.listsales()
    w.restart()
    equal([s["raised"] for s in w.rpc.listsales()], [s["raised"] for s in before], "after a restart")
    equal(coins_of(sat_of(w.rpc.getsale(1)["raised"])), "0.05000000")


if __name__ == "__main__":
    main(sales)
