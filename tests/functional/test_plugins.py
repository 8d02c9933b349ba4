#!/usr/bin/env python3
"""Rules while a chain runs: upgrades at a height, files that are missing or come late, a rule that ends the process."""
import json
import os

from harness import RpcError, check, equal, main, program, run, wait_until
from rulekit import TOP, Chain, build

STEPS = os.path.join(TOP, "tests/functional/rule_steps.c")


def refused(reason, f, *args, **named):
    try:
        f(*args, **named)
    except RpcError as e:
        equal(e.data["reason"] if isinstance(e.data, dict) else e.data, reason, str(e))
    else:
        check(False, f"was not refused with {reason}")


def ended(c):
    wait_until(lambda: not c.node.running(), 20, "tallyd to end")
    return c.node.process.returncode


def make_asset(c):
    c.rpc.createasset(ticker="STEPS", name="Steps", cap="1000000", rule="issue_steps")


def blocks(c, up_to):
    """A block each, until one is left before that height."""
    while c.height() < up_to - 1:
        equal(c.mint(1), 1)


def P6_upgrade_at_a_height(t):
    """H-1 by the old version, H by the new one; whoever lacks it stops before H, and goes on once he has it."""
    old, new = build(STEPS, t.path("steps-1.0.so")), build(STEPS, t.path("steps-1.1.so"), "-DMINOR=1")
    c = Chain(t, old)
    make_asset(c)
    equal(c.mint(5), 5)
    at = c.height() + 20
    c.approve(new, at)
    check(c.height() < at - 2, "the vote took too many blocks")
    said = c.plugin("1.1.0")
    equal((said["state"], said["loaded"], said["missing_from"]), ("approved", False, at))
    equal((c.plugin("1.0.0")["state"], c.plugin("1.0.0")["loaded"], c.plugin("1.0.0")["vectors"]), ("in force", True, 1))
    equal((c.plugin("1.0.0")["reasons"], c.plugin("1.0.0")["gas_max"]), (["NEVER"], 10000))
    check("reasons" not in c.plugin("1.1.0") and "reasons" not in c.rpc.listplugins()[0])
    warning = c.rpc.getinfo()["warnings"][0]
    check("issue_steps 1.1.0" in warning and said["file"] in warning and f"before block {at}" in warning, warning)
    check(warning in c.log())
    blocks(c, at)
    equal(c.height(), at - 1)
    has = c.has()
    try:
        c.rpc.mint(asset="STEPS", amount="5", to="member1")
        check(False, "the block was made without the rule")
    except (RpcError, OSError, Exception) as e:
        check("without the rule" not in str(e), str(e))
    check(ended(c) > 0, "tallyd ended well")
    c.node.process = None
    check(said["file"] in c.log().splitlines()[-1] or said["file"] in "".join(c.log().splitlines()[-5:]), "the last words name the file")
    status, _, err = run(c.node.argv, status=None)
    check(status == 2 and said["file"] in err and "issue_steps 1.1.0" in err and "hint:" in err, err)
    c.install(new)
    c.node.start()
    equal((c.height(), c.has()), (at - 1, has))
    equal(c.plugin("1.1.0")["state"], "in force")
    equal(c.mint(5), 6)
    equal((c.height(), c.plugin("1.0.0")["state"]), (at, "superseded"))
    check("warnings" not in c.rpc.getinfo())

    # a file that comes in time is found while the daemon runs
    newer = build(STEPS, t.path("steps-1.2.so"), "-DMINOR=2")
    at = c.height() + 20
    c.approve(newer, at)
    equal(c.plugin("1.2.0")["loaded"], False)
    c.install(newer)
    wait_until(lambda: c.plugin("1.2.0")["loaded"], 20, "the new file to be found")
    check("warnings" not in c.rpc.getinfo())
    while c.height() < at - 1:
        equal(c.mint(1), 2)
    equal(c.mint(1), 3)

    # the council goes back to an older one
    at = c.height() + 16
    c.decide([{"kind": "rule_upgrade", "rule": "issue_steps", "version": "1.0.0", "from_height": at}])
    equal(c.plugin("1.0.0")["upgrade_height"], at)
    while c.height() < at - 1:
        equal(c.mint(1), 3)
    equal(c.mint(1), 1)


def P5_a_rule_that_crashes(t):
    """The process ends; the next start has the state of the last block, refuses that transaction and has disabled the rule."""
    c = Chain(t, build(STEPS, t.path("steps.so"), "-DCRASH"))
    make_asset(c)
    equal(c.mint(5), 5)
    c.node.kill()  # this is nobody's fault
    c.node.start()
    equal((c.plugin("1.0.0")["state"], c.mint(7)), ("in force", 7))
    before = (c.height(), c.rpc.getinfo()["sidechain"]["app_hash"])
    deadly = c.rpc.mint(asset="STEPS", amount="666", to="member1", submit=False)["transaction"]
    try:
        c.rpc.submittransaction(deadly)
        check(False, "nothing happened")
    except RpcError as e:
        check(False, f"an answer: {e}")
    except Exception as e:  # the socket ended
        check("nothing happened" not in str(e), str(e))
    check(ended(c) != 0, "tallyd ended well")
    c.node.process = None
    c.node.start()
    equal((c.height(), c.rpc.getinfo()["sidechain"]["app_hash"]), before)
    check("the last run ended in rule issue_steps 1.0.0" in c.log(), "the log says what happened")
    equal(c.plugin("1.0.0")["state"], "disabled")
    refused("RULE_CRASHED", c.rpc.submittransaction, deadly)
    c.node.stop()
    c.node.start()
    refused("RULE_CRASHED", c.rpc.submittransaction, deadly)
    refused("RULE_DISABLED", c.rpc.mint, asset="STEPS", amount="1", to="member1")
    check(c.plugin("1.0.0")["disabled"])
    c.rpc.send(to=c.rpc.newaccount("other")["account"], amount="2", asset="STEPS", **{"from": "member1"})  # what people have is theirs
    equal(c.has(), "10")
    equal(c.plugin("1.0.0")["state"], "disabled")
    # a mended version can be approved
    c.install(build(STEPS, t.path("mended.so"), "-DMINOR=1"))
    c.approve(t.path("mended.so"))
    equal(c.mint(666), 667)


def disabled_by_agreement(t):
    """disable_rule=NAME@HEIGHT: until H as if nothing was said, from H on disabled; said too late it is refused."""
    c = Chain(t, build(STEPS, t.path("steps.so")))
    make_asset(c)
    at = c.height() + 4
    c.node.stop()
    c.node.argv.append(f"--disable_rule=issue_steps@{at}")
    c.node.start()
    blocks(c, at)
    equal(c.height(), at - 1)
    refused("RULE_DISABLED", c.rpc.mint, asset="STEPS", amount="1", to="member1")
    equal((c.height(), c.plugin("1.0.0")["state"]), (at, "disabled"))
    c.node.stop()
    c.node.argv.pop()
    c.node.start()  # it stands in the state by now
    refused("RULE_DISABLED", c.rpc.mint, asset="STEPS", amount="1", to="member1")
    c.node.stop()
    for bad, words in ((f"gov_council@{at}", "has made block"), ("issue_steps", "is not NAME@HEIGHT"), ("issue_steps@0", "is not NAME@HEIGHT"),
                       ("Issue@5", "is not NAME@HEIGHT"), ("issue_steps@5x", "is not NAME@HEIGHT")):
        status, _, err = run([*c.node.argv, f"--disable_rule={bad}"], status=None)
        check(status == 2 and words in err, f"{bad}: {status} {err}")


def the_kit(t):
    """tally plugin: what is good, what is broken and how, what ends its process."""
    good = build(STEPS, t.path("good.so"))
    out = run([program("tally"), "plugin", "check", good])
    check("issue_steps 1.0.0" in out and "vectors 1, all hold" in out, out)
    said = json.loads(run([program("tally"), "--json", "plugin", "check", good]))
    equal((said["rule"], said["version"], said["kind"], said["vectors"]), ("issue_steps", "1.0.0", "issue", 1))
    equal(json.loads(run([program("tally"), "plugin", "proposal", good, "77"])),
          [{"kind": "plugin_approve", "rule": "issue_steps", "version": "1.0.0", "rule_kind": "issue", "file": said["file"], "from_height": 77}])
    crash = t.path("crash.c")
    with open(STEPS, encoding="utf-8") as f:
        text = f.read()
    with open(crash, "w", encoding="utf-8") as f:
        f.write(text.replace("op->amount == 666", "op->amount == 5").replace("- 658", "+ 3"))
    for source, defines, words in ((crash, ["-DCRASH"], "breaks the rule CRASH: vector 1"),
                                   (STEPS, ["-DMINOR=1", "-fno-sanitize-coverage=trace-pc"], "breaks the rule FUSE"),):
        status, _, err = run([program("tally"), "plugin", "check", build(source, t.path("bad.so"), *defines)], status=None)
        check(status == 1 and words in err and "hint:" in err, err)
    with open(crash, "w", encoding="utf-8") as f:
        f.write(text.replace("\treturn &plugin;", "\t__asm__ volatile(\"ud2\");\n\treturn &plugin;"))
    status, _, err = run([program("tally"), "plugin", "check", build(crash, t.path("bad.so"))], status=None)
    check(status == 1 and "breaks the rule CRASH: its entry function" in err, err)
    for words in (["plugin"], ["plugin", "check"], ["plugin", "check", "/nonexistent"], ["plugin", "new", "nothing"], ["plugin", "proposal", good, "x"]):
        equal(run([program("tally"), *words], status=None)[0], 2, words)


if __name__ == "__main__":
    main(the_kit, P6_upgrade_at_a_height, P5_a_rule_that_crashes, disabled_by_agreement)
