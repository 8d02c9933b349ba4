#!/usr/bin/env python3
"""Validators against a real tallyd with short epochs: registering with keys from files, bonds and ballots, sets that change, double signing, what
the council decides; by RPC and by the command line. Signatures and votes of CometBFT come from an implementation of the test's own."""
import json
import os
import time

import ed25519
import secp
from harness import RpcError, check, equal, main, program, raises, run, tally
from world import World

CHAIN = "comet-test"
KEYS = [bytes([i + 1]) * 32 for i in range(8)]  # Ed25519 seeds


def reason(e):
    return e.data["reason"]


def refused(why, call, *args, **more):
    equal(reason(raises(RpcError, call, *args, **more)), why)


def public(i):
    return ed25519.public(KEYS[i]).hex()


def plugin(name):
    return os.path.join(os.path.dirname(program("tally")), "plugins", f"{name}.so")


def epoch(w):
    return w.rpc.getvalidatorset()["epoch"]


def next_epoch(w, n=1):
    """Wait until n epochs have ended since now, blocks coming by themselves."""
    at = epoch(w)
    w.wait(lambda: epoch(w) >= at + n, 60, "the end of an epoch")


def powers(w):
    return {v["moniker"]: v["power"] for v in w.rpc.getvalidatorset()["validators"]}


def key_path(t, i):
    path = t.path(f"validator{i}.json")
    with open(path, "w", encoding="ascii") as f:
        f.write(ed25519.key_file(KEYS[i]))
    return path


def proof(t, w, i, owner):
    made = json.loads(tally(w.node, "validatorproof", key_path(t, i), f"owner={owner}", "--json"))
    equal(made["key"], public(i))
    equal(made["owner"], w.accounts[owner])
    return made["proof"]


def double_sign(i, height, chain_id=CHAIN):
    blocks = [(bytes([k]) * 32, 1, bytes([9]) * 32) for k in (1, 2)]
    votes = [ed25519.vote(KEYS[i], chain_id, 2, height, 0, b, int(time.time()) + k, 17 * k) for k, b in enumerate(blocks)]
    return {"validator": public(i), "evidence": {"votes": {"type": "precommit", "height": height, "round": 0, "vote_a": votes[0], "vote_b": votes[1]}}}


def comet_world(t, rule, *words):
    class Late(World):
        """Accounts are known before the genesis is made."""
        def _make_genesis(self, k, n, genesis):
            said = [f"validator=v{i}:{public(i)}:{self.accounts['alice']}:10" for i in range(4)]
            super()._make_genesis(k, n, [*said, "engine=cometbft", f"engine_chain_id={CHAIN}", f"rule={plugin('valsel_' + rule)}",
                                         f"valsel=valsel_{rule}", *genesis])
    w = Late(t, genesis=["epoch=2", "unbonding=7", "vote_step=3600", "min_self_bond=0.001", *words])
    w.mint(w.deposit("alice", 50_000_000))
    w.mint(w.deposit("bob", 20_000_000))
    return w


def stake(t):
    """pos: bonds choose; who signs twice loses a share."""
    w = comet_world(t, "pos", "valsel_params=0a00a086010000000000" + "a086010000000000")  # 10 of them, 0.001 coin for one of power and of their own
    rpc = w.rpc
    equal(powers(w), {f"v{i}": 10 for i in range(4)})
    shown = rpc.getvalidatorset()
    equal((shown["engine"], shown["engine_chain_id"], shown["rule"], shown["total_power"]), ("cometbft", CHAIN, "valsel_pos 1", 40))
    equal(shown["rule_params"], {"most": 10, "unit": 100000, "least": 100000})
    equal((shown["unbonding"], shown["slash_percent"], shown["min_self_bond"]), (7, "5.00", "0.00100000"))

    # registering
    signed = proof(t, w, 4, "bob")
    refused("BAD_PROOF", rpc.call, "registervalidator", key=public(4), proof=signed, moniker="thief", **{"from": "alice"})
    refused("SELF_BOND_TOO_SMALL", rpc.call, "registervalidator", key=public(4), proof=signed, moniker="bob", self_bond="0.0009", **{"from": "bob"})
    out = tally(w.node, "registervalidator", public(4), signed, "bob", "self_bond=0.02", "from=bob")
    check("txid" in out, out)
    refused("VALIDATOR_EXISTS", rpc.call, "registervalidator", key=public(4), proof=signed, moniker="bob", **{"from": "bob"})
    status, _, said = run([program("tally"), "--network=regtest", f"--datadir={w.node.datadir}", "validatorproof", w.genesis_path], status=None)
    check(status == 2 and "no key of a validator" in said, status, said)
    bob = rpc.getvalidator("bob")
    equal((bob["status"], bob["power"], bob["self_bond"], bob["bonded"], bob["owner"]), ("ACTIVE", 0, "0.02000000", "0.02000000", w.accounts["bob"]))
    equal(rpc.getvalidator(public(4)), bob)
    equal(rpc.getvalidator(bob["address"]), bob)
    table = tally(w.node, "listvalidators")
    check("moniker" in table and "ACTIVE" in table and public(4) in table, table)
    equal(json.loads(tally(w.node, "listvalidators", "--json")), rpc.listvalidators())
    refused("VALIDATOR_UNKNOWN", rpc.getvalidator, "nobody")
    raises(RpcError, rpc.listvalidators, "SLEEPING")

    # bonds
    for i in range(4):
        rpc.call("bond", validator=f"v{i}", amount="0.02", **{"from": "alice"})
    refused("INSUFFICIENT_BALANCE", rpc.call, "bond", validator="v0", amount="9", **{"from": "alice"})
    refused("INSUFFICIENT_BOND", rpc.call, "unbond", validator="v0", amount="1", **{"from": "alice"})
    refused("VALIDATOR_UNKNOWN", rpc.call, "bond", validator="ff" * 32, amount="1", **{"from": "alice"})
    w.wait(lambda: powers(w) == {"v0": 20, "v1": 20, "v2": 20, "v3": 20, "bob": 20}, 60, "the set by bonds")
    before = w.balance("bob")
    rpc.call("bond", validator="v3", amount="0.01", **{"from": "bob"})
    equal(before - w.balance("bob"), 1_000_000 + 200)
    w.wait(lambda: powers(w)["v3"] == 30, 60, "more power for more bonds")
    mine = rpc.getbonds("bob")
    equal([(b["moniker"], b["amount"]) for b in sorted(mine["bonded"], key=lambda b: b["moniker"])], [("bob", "0.02000000"), ("v3", "0.01000000")])

    # unbonding
    refused("NOTHING_TO_WITHDRAW", rpc.call, "withdrawbonds", **{"from": "bob"})
    rpc.call("unbond", validator="v3", amount="0.004", **{"from": "bob"})
    waiting = rpc.getbonds("bob")["unbonding"]
    equal([(u["moniker"], u["amount"], u["ready"]) for u in waiting], [("v3", "0.00400000", False)])
    refused("NOTHING_TO_WITHDRAW", rpc.call, "withdrawbonds", **{"from": "bob"})

    # double signing, within the unbonding time: the leaving part pays too
    height = rpc.call("bond", validator="v0", amount="0.001", **{"from": "alice"})["height"]
    evidence = double_sign(3, height)
    refused("BAD_EVIDENCE_SIGNATURE", rpc.call, "reportdoublesign", evidence=double_sign(3, height, "another-chain"), **{"from": "alice"})
    raises(RpcError, rpc.call, "reportdoublesign", evidence={"validator": public(3)}, **{"from": "alice"})
    refused("EVIDENCE_FUTURE", rpc.call, "reportdoublesign", evidence=double_sign(3, height + 1000), **{"from": "alice"})
    rpc.call("reportdoublesign", evidence=evidence, **{"from": "alice"})
    gone = rpc.getvalidator("v3")
    equal((gone["status"], gone["power"]), ("TOMBSTONED", 0), "it left with that block")
    equal(gone["bonded"], "0.02470000", "0.02 of alice and 0.006 of bob, less 5 %")
    equal(rpc.getbonds("bob")["unbonding"][0]["amount"], "0.00380000")
    refused("VALIDATOR_TOMBSTONED", rpc.call, "reportdoublesign", evidence=evidence, **{"from": "alice"})
    refused("VALIDATOR_TOMBSTONED", rpc.call, "bond", validator="v3", amount="0.01", **{"from": "alice"})
    refused("VALIDATOR_TOMBSTONED", rpc.call, "unjail", validator="v3", **{"from": "alice"})
    equal([v["moniker"] for v in rpc.listvalidators("TOMBSTONED")], ["v3"])

    # the first part has waited long enough
    w.wait(lambda: rpc.getbonds("bob")["unbonding"][0]["ready"], 60, "the unbonding time")
    before = w.balance("bob")
    equal(rpc.call("withdrawbonds", **{"from": "bob"})["amount"], "0.00380000")
    equal(w.balance("bob") - before, 380_000 - 200)

    # out and back in
    rpc.call("retirevalidator", validator="bob")
    w.wait(lambda: "bob" in powers(w) and epoch(w), 60, "four must stay")
    equal(rpc.getvalidator("bob")["status"], "JAILED")
    refused("NOT_OWNER", rpc.call, "unjail", validator="bob", **{"from": "alice"})
    rpc.call("unjail", validator="bob")
    refused("NOT_JAILED", rpc.call, "unjail", validator="bob")

    seen = rpc.listvalidators(), rpc.getbonds("alice")
    w.restart()
    equal((w.rpc.listvalidators(), w.rpc.getbonds("alice")), seen, "after a restart")
    w.audit()


def delegates(t):
    """dpos under the solo engine, with the node's own sealing key."""
    secrets = [secp.even(secp.secret_from(f"sealer {i}")) for i in range(3)]

    class Solo(World):
        def _make_genesis(self, k, n, genesis):
            said = [f"validator=s{i}:{secp.public(s).hex()}:{self.accounts['alice']}" for i, s in enumerate(secrets[:2])]
            super()._make_genesis(k, n, [*said, f"rule={plugin('valsel_dpos')}", f"rule={plugin('valsel_poa')}", "valsel=valsel_dpos", *genesis])
    w = Solo(t, genesis=["epoch=2", "unbonding=2", "voting_delay=0", "voting_period=2", "late_extension=0", "timelock=0"])
    rpc = w.rpc
    w.mint(w.deposit("alice", 20_000_000))
    w.mint(w.deposit("member-0", 5_000_000))
    w.mint(w.deposit("member-1", 5_000_000))
    equal(powers(w), {"s0": 1, "s1": 1})

    made = json.loads(tally(w.node, "validatorproof", os.path.join(w.node.datadir, "regtest", "keys", "engine.key"), "owner=alice", "--json"))
    rpc.call("registervalidator", key=made["key"], proof=made["proof"], moniker="the-node", **{"from": "alice"})
    s0, s1 = secp.public(secrets[0]).hex(), secp.public(secrets[1]).hex()
    raises(RpcError, rpc.call, "votevalidators", votes={"abc": "1"}, **{"from": "alice"})
    rpc.call("votevalidators", votes={made["key"]: "0.02", s0: "0.01", s1: "0.01"}, **{"from": "alice"})
    w.wait(lambda: powers(w) == {"s0": 1, "s1": 1, "the-node": 1}, 60, "a delegate by votes")
    shown = rpc.getbonds("alice")
    equal(sorted((v["moniker"], v["amount"]) for v in shown["votes"]), [("s0", "0.01000000"), ("s1", "0.01000000"), ("the-node", "0.02000000")])
    rpc.call("votevalidators", votes={}, **{"from": "alice"})
    equal(rpc.getbonds("alice")["votes"], [])
    w.wait(lambda: rpc.getbonds("alice")["unbonding"][0]["ready"], 30, "the unbonding time")
    tally(w.node, "withdrawbonds", "alice", "from=alice")
    next_epoch(w)
    equal(len(powers(w)), 3, "no votes: the old set stays")

    # the council: another rule, and weights for it
    def decide(title, *actions):
        number = rpc.call("propose", dao=0, title=title, actions=list(actions), **{"from": "member-0"})["proposal"]
        for member in ("member-0", "member-1"):
            rpc.call("vote", proposal=number, choice="for", **{"from": member})
        w.wait(lambda: rpc.getproposal(number)["state"] == "TIMELOCK", 30, "the vote's end")
        rpc.call("executeproposal", proposal=number, **{"from": "member-0"})
        return rpc.getproposal(number)

    weights = [{"validator": made["key"], "weight": 3}, {"validator": s0, "weight": 2}, {"validator": s1, "weight": 2}]
    shown = decide("Authority", {"kind": "validators", "rule": "valsel_poa", "major": 1, "params": ""}, {"kind": "validators", "weights": weights})
    equal(sorted(shown["actions"][1]["weights"], key=lambda x: x["validator"]), sorted(weights, key=lambda x: x["validator"]))
    w.wait(lambda: powers(w) == {"s0": 2, "s1": 2, "the-node": 3}, 60, "the members' weights")
    equal(rpc.getvalidatorset()["rule"], "valsel_poa 1")
    decide("Out", {"kind": "validators", "jail": s0, "until": int(time.time()) + 3600})
    equal(powers(w), {"s1": 2, "the-node": 3}, "two sevenths go at once")
    refused("STILL_JAILED", rpc.call, "unjail", validator="s0")
    w.audit()


def asleep(t):
    """A genesis without validators."""
    w = World(t)
    for method in ("listvalidators", "getvalidatorset", "getbonds"):
        refused("VALIDATORS_OFF", w.rpc.call, method)
    refused("VALIDATORS_OFF", w.rpc.call, "bond", validator="x", amount="1")
    said = run([program("tally"), "--network=regtest", f"--datadir={w.node.datadir}", "listvalidators"], status=None)
    check(said[0] == 1 and "hint:" in said[2], said)
    status, _, said = run([program("tally"), "--network=regtest", "genesis", "validator=x:00:y"], status=None)
    check(status == 2 and "MONIKER:KEY:OWNER" in said, said)


if __name__ == "__main__":
    main(stake, delegates, asleep)
