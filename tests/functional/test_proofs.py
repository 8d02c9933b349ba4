#!/usr/bin/env python3
"""Proofs of the ledger's state: what getproof answers is enough to check with tools/check-state-proof alone against the app hash
of a block, that block's header carries its sealer's signature, and a changed bit anywhere is refused. The checkers in C and in
JavaScript take the whole answer of the command line, and refuse a doctored one."""
import json
import os
import random
import shutil
import subprocess
import sys

import ledger
import secp
from chains import sat_of
from harness import RpcError, check, equal, main, program, raises, run, tally
from world import World

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/check-state-proof")


def judge(items):
    """The stand-alone checker's words for [(root, key, value or None, proof)], all hex; its exit status says whether one is
    wrong."""
    text = "\n".join(json.dumps(dict(zip(("root", "key", "value", "proof"), item))) for item in items)
    p = subprocess.run([sys.executable, CHECKER], input=text, capture_output=True, text=True, timeout=60, check=False)
    words = p.stdout.split()
    equal(p.returncode, int("wrong" in words), f"exit status ({p.stderr})")
    return words


def flip(text, bit):
    raw = bytearray.fromhex(text)
    raw[bit // 8] ^= 1 << bit % 8
    return raw.hex()


def shown(w, key):
    """getproof of a key: what to give the checker, and the value."""
    answer = w.rpc.getproof(key.hex())
    block = w.rpc.getblock(str(answer["height"]))
    equal(answer["app_hash"], block["app_hash"], "app hash in the block")
    equal(answer["present"], "value" in answer)
    item = (block["app_hash"], key.hex(), answer.get("value"), answer["proof"])
    equal(judge([item]), ["present" if answer["present"] else "absent"])
    header, seal = bytes.fromhex(answer["header"]), bytes.fromhex(answer["seal"])
    hashed = secp.tagged("tally/block", header)
    equal(hashed.hex(), block["hash"], "hash of the header")
    check(bytes.fromhex(block["app_hash"]) in header, "the header holds the app hash")
    proposer = ledger.account_from_text(block["proposer"])
    check(secp.verify(proposer[1:], hashed, seal), "the seal is the proposer's")
    return item


def satoshi(item):
    return int.from_bytes(bytes.fromhex(item[2]), "little")


def proofs(t):
    w = World(t)
    deposit = w.pegged("alice", 3_000_000)["deposit"]
    txid, _, vout = deposit.partition(":")
    alice, bob = (ledger.account_from_text(w.accounts[name]) for name in ("alice", "bob"))
    w.rpc.call("send", **{"from": "alice", "to": "bob", "amount": "0.01"})

    there = {
        "balance": shown(w, ledger.balance_key(bob)),
        "deposit": shown(w, ledger.deposit_key(txid, int(vout))),
        "supply": shown(w, b"bs" + ledger.COIN),
    }
    equal(satoshi(there["balance"]), 1_000_000, "bob's balance, proven")
    equal(satoshi(there["supply"]), sat_of(w.rpc.getreserves()["supply"]), "supply, proven")
    nobody = ledger.account_of_key(secp.public(secp.secret_from("nobody")))
    absent = {
        "no balance": shown(w, ledger.balance_key(nobody)),
        "no deposit": shown(w, ledger.deposit_key(txid, 7)),
        "no key": shown(w, b"x"),
    }
    check(all(i[2] is not None for i in there.values()) and all(i[2] is None for i in absent.values()))
    equal(satoshi(shown(w, ledger.balance_key(alice))), w.balance("alice"), "alice's balance, proven")

    # Lies: another value, absence of what is there, presence of what is not, a proof of another key, another block's root.
    root, key, value, proof = there["balance"]
    other = w.rpc.getblock("1")["app_hash"]
    nothing = absent["no key"]
    lies = [(root, key, None, proof), (root, key, flip(value, 0), proof), (root, key, "", proof),
            (root, there["supply"][1], value, proof), (other, key, value, proof), (root, key, value, there["deposit"][3]),
            (root, key, value, ""), (root, key, value, proof + "00"), (root, key, value, proof[:-64]),
            (root, nothing[1], "00", nothing[3]), (root, key, None, nothing[3])]
    equal(judge(lies), ["wrong"] * len(lies), "lies")
    # One bit, anywhere.
    rng, bits = random.Random(5), []
    for item in [*there.values(), *absent.values()]:
        for place in (0, 1, 2, 3):
            if item[place]:
                n = 4 * len(item[place])
                for bit in range(n) if place == 3 and item is there["balance"] else rng.sample(range(n), min(24, n)):
                    # Another absent key of the same empty place is still truly absent.
                    if not (place == 1 and item[2] is None):
                        bits.append((*item[:place], flip(item[place], bit), *item[place + 1:]))
    wrong = judge(bits)
    check(len(bits) > 300 and set(wrong) == {"wrong"}, f"{len(bits)} changed bits: {set(wrong)}")
    for key_ in ("", "00" * 201, "0g"):
        equal(raises(RpcError, w.rpc.getproof, key_).code, -32602, "a key that is none")

    # The proof is of the tip; the ledger goes on, and an old proof stays good against its own block.
    before = shown(w, ledger.balance_key(bob))
    w.rpc.call("send", **{"from": "alice", "to": "bob", "amount": "0.001"})
    after = shown(w, ledger.balance_key(bob))
    check(before[0] != after[0] and before[2] != after[2], "a new state has a new proof")
    equal(judge([before, (after[0], *before[1:])]), ["present", "wrong"])
    w.restart()
    equal(shown(w, ledger.balance_key(bob))[2], after[2], "after a restart")


def checkers():
    """Commands that read getproof's answer: in C, and in JavaScript where node is."""
    found = [[program("tools/check-proof")]]
    if shutil.which("node"):
        found.append(["node", os.path.join(os.path.dirname(CHECKER), "check-proof.mjs")])
    return found


def verdict(command, answer, *known):
    """The words that a checker says, and its exit status; what is wrong goes to standard error."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    status, out, err = run([*command, *known], stdin=text, status=None)
    equal(bool(err), status != 0, f"complaint of {command[-1]}: {err}")
    return status, out.split()


def whole_answers(t):
    w = World(t)
    w.pegged("alice", 3_000_000)
    there = json.loads(tally(w.node, "--json", "getproof", "account=alice"))
    gone = json.loads(tally(w.node, "--json", "getproof", "account=bob"))
    w.rpc.send(to="bob", amount="0.00001", **{"from": "alice"})
    later = json.loads(tally(w.node, "--json", "getproof", "account=bob"))
    for command in checkers():
        for answer, word in ((there, "present"), (gone, "absent"), (later, "present")):
            block = w.rpc.getblock(str(answer["height"]))
            sealer = ledger.account_from_text(block["proposer"])[1:].hex()
            want = [word, str(answer["height"]), block["hash"], sealer] + ([answer["value"]] if word == "present" else [])
            equal(verdict(command, answer), (0, want))
            equal(verdict(command, answer, f"--block={block['hash']}", f"--sealer={sealer}"), (0, want))
            equal(verdict(command, answer, f"--block={flip(block['hash'], 7)}")[0], 1, "another block")
            equal(verdict(command, answer, f"--sealer={flip(sealer, 255)}")[0], 1, "another sealer")
            doctored(command, answer)
        equal(satoshi((None, None, later["value"])), 1000)
        equal(verdict(command, dict(later, header=gone["header"], seal=gone["seal"]))[0], 1, "a block from before")
        equal(verdict(command, dict(gone, proof=later["proof"], value=later["value"], present=True))[0], 1)
        equal(verdict(command, dict(there, key=later["key"], value=later["value"]))[0], 1, "the key of another")
        for bad in ("", "{}", "[]", "null", "{\"key\": 7}", json.dumps(there)[:-40]):
            check(verdict(command, bad)[0] in (1, 2), "what is no answer")


def doctored(command, answer):
    rng = random.Random(answer["proof"])
    for field in ("key", "value", "proof", "header", "seal"):
        if not answer.get(field):
            continue
        for _ in range(2):
            bad = dict(answer, **{field: flip(answer[field], rng.randrange(4 * len(answer[field])))})
            check(verdict(command, bad)[0] in (1, 2), f"a bit of {field} changed: {bad}")
        for short in (answer[field][:-2], answer[field] + "00"):
            check(verdict(command, dict(answer, **{field: short}))[0] in (1, 2), f"{field} as {short!r}")
    without = {k: v for k, v in answer.items() if k != "value"}
    check(not answer["present"] or verdict(command, without)[0] == 1, "absence of what is there")
    check(answer["present"] or verdict(command, dict(answer, value="00", present=True))[0] == 1, "presence of what is not")


if __name__ == "__main__":
    main(proofs, whole_answers)
