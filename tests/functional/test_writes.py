#!/usr/bin/env python3
"""Methods that write: nonces under load, payers, idempotency keys over crashes, transactions signed here and sent elsewhere; what the ledger
shows of it all."""
import json
import threading

from harness import RpcError, UnixRpc, check, equal, main, program, raises, run, tally
from world import World

ONE = "0.00001000"


def reason(e):
    return e.data["reason"]


def send(w, to, amount=ONE, **more):
    return w.rpc.call("send", to=to, amount=amount, **{"from": "alice"} | more)


def writes(t):
    w = World(t)
    w.mint(w.deposit("alice", 10_000_000))
    fee = 200

    before = w.balance("alice")
    many = [{"jsonrpc": "2.0", "id": i, "method": "send", "params": {"from": "alice", "to": "bob", "amount": ONE}} for i in range(50)]
    answers = w.rpc.batch(many)
    equal([a["id"] for a in answers], list(range(50)), "answers in order")
    check(all("txid" in a["result"] for a in answers), answers)
    equal(len({a["result"]["txid"] for a in answers}), 50, "each is a transaction of its own")
    equal(w.balance("bob"), 50_000)
    equal(before - w.balance("alice"), 50 * (1000 + fee))

    def client():
        rpc = UnixRpc(w.rpc.path)
        for _ in range(10):
            rpc.call("send", to="bob", amount=ONE, **{"from": "alice"})
    threads = [threading.Thread(target=client) for _ in range(8)]
    for x in threads:
        x.start()
    for x in threads:
        x.join()
    equal(w.balance("bob"), 130_000, "from eight clients at once")

    waiting = send(w, "bob", wait=False)
    equal(waiting["state"], "waiting")
    second = send(w, "bob")
    check(second["height"] > 0)
    equal(w.balance("bob"), 132_000, "one that nobody waited for, and the next")
    equal(w.rpc.gettransaction(waiting["txid"])["code"], "OK")

    w.rpc.newaccount("poor")
    send(w, "poor", amount="0.00000500")
    e = raises(RpcError, w.rpc.call, "send", to="bob", amount="0.00000400", **{"from": "poor"})
    equal(reason(e), "INSUFFICIENT_BALANCE")
    paid = w.rpc.call("send", to="bob", amount="0.00000100", payer="alice", **{"from": "poor"})
    shown = w.rpc.gettransaction(paid["txid"])["transaction"]
    equal((shown["payer"], shown["ops"][0]["source"]), (w.accounts["alice"], w.rpc.getaccount("poor")["account"]), "a sponsor pays")


def idempotency(t):
    w = World(t)
    w.mint(w.deposit("alice", 1_000_000))
    first = send(w, "bob", idempotency_key="order 1")
    equal(send(w, "bob", idempotency_key="order 1"), first, "the same answer")
    equal(send(w, "bob", idempotency_key="order 1", wait=True), first)
    equal(w.balance("bob"), 1000, "once")
    equal(reason(raises(RpcError, send, w, "bob", amount="0.00002", idempotency_key="order 1")), "KEY_USED")
    check(send(w, "bob", idempotency_key="order 2")["txid"] != first["txid"])
    raises(RpcError, send, w, "bob", idempotency_key="")
    raises(RpcError, send, w, "bob", idempotency_key="x" * 201)
    w.node.kill()
    w.node.start()
    equal(send(w, "bob", idempotency_key="order 1"), first, "also after a crash")
    equal(w.balance("bob"), 2000)

    for i in range(10):  # killed at any moment: asked again, it is done once
        key = f"order {10 + i}"
        late = threading.Timer(0.002 * i, w.node.kill)
        late.start()
        try:
            send(w, "bob", idempotency_key=key)
        except Exception:  # pylint: disable=broad-except
            pass
        late.join()
        w.node.start()
        check(send(w, "bob", idempotency_key=key)["height"] > 0)
        equal(w.balance("bob"), 2000 + 1000 * (i + 1), f"after kill {i}")


def elsewhere(t):
    """A transaction that is signed here, changed on the way, sent and shown."""
    w = World(t)
    w.mint(w.deposit("alice", 1_000_000))
    sent = send(w, "bob", wait=True)
    record = w.rpc.gettransaction(sent["txid"])
    raw = record["hex"]
    equal(record["height"], sent["height"])
    equal(record["events"], w.rpc.gettransaction(sent["txid"])["events"])
    equal(w.rpc.decodetransaction(raw)["txid"], sent["txid"])
    offline = json.loads(run([program("tally"), "--network=regtest", "decodetransaction", raw, "--json"]))
    equal(offline, record["transaction"], "the same without a daemon")
    equal(reason(raises(RpcError, w.rpc.submittransaction, raw)), "NONCE_PAST")
    equal(w.rpc.simulatetransaction(raw)["reason"], "NONCE_PAST")
    nonce = w.rpc.getaccount("alice")["nonce"]
    at = raw.index(w.rpc.decodetransaction(raw)["ops"][0]["asset"])  # body: version, valid_until, payer, nonce, …
    nonce_at = 2 * (1 + 8 + 33)
    check(at > nonce_at)
    again = raw[:nonce_at] + nonce.to_bytes(8, "little").hex() + raw[nonce_at + 16:]
    equal(w.rpc.simulatetransaction(again)["code"], "OK", "signatures are not looked at")
    equal(reason(raises(RpcError, w.rpc.submittransaction, again)), "BAD_SIGNATURE")
    equal(reason(raises(RpcError, w.rpc.call, "submittransaction", transaction=again, wait=False)), "BAD_SIGNATURE",
          "who does not wait for the block is told of a bad signature all the same")
    signed = w.rpc.signtransaction(again)["transaction"]
    done = w.rpc.submittransaction(signed)
    equal(w.balance("bob"), 2000)
    block = w.rpc.getblock(str(done["height"]))
    equal(w.rpc.getblock(block["hash"]), block, "by height and by hash")
    check(done["txid"] in [x["txid"] for x in block["transactions"]])
    equal(w.rpc.getblockhash(done["height"]), block["hash"])
    history = w.rpc.listaccounthistory("bob")
    equal([x.get("txid") for x in history][:2], [done["txid"], sent["txid"]], "newest first")
    equal(w.rpc.listaccounthistory("bob", 1), history[:1])
    older = w.rpc.listaccounthistory("bob", 5, history[0]["height"], history[0]["index"])
    equal(older, history[1:6], "and on from there")
    stranger = raw[:2 * 9] + "00" + "11" * 32 + raw[2 * 42:]
    half = w.rpc.signtransaction(stranger)
    equal((half["complete"], [x["signed"] for x in half["signers"]]), (False, [0, 1]), "what a stranger must sign too")
    equal(reason(raises(RpcError, w.rpc.submittransaction, half["transaction"])), "NOT_SIGNED")
    check("bob" in tally(w.node, "listaccounts"))


if __name__ == "__main__":
    main(writes, idempotency, elsewhere)
