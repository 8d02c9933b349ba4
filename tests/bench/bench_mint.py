#!/usr/bin/env python3
"""How long a deposit waits once it is deep enough: from the moment the main chain announces the block that gives the last needed
confirmation to MINTED in getpegin's answer. One JSON object; milliseconds. Needs the programs and tests/mainchain built in
TALLY_BUILDDIR (default: the current folder)."""
import json
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "functional"))
from harness import Skip, Test, check  # pylint: disable=wrong-import-position
from world import World  # pylint: disable=wrong-import-position

DEPOSITS = 40
AMOUNTS = (5_000_000, 20_000_000)  # satoshi: one confirmation, two
GOAL_MS = 1000


def wait_minted(rpc, deposit, since):
    while True:
        try:
            if rpc.getpegin(deposit)["state"] == "MINTED":
                return (time.monotonic() - since) * 1000
        except Exception:  # not known yet  # pylint: disable=broad-except
            pass
        check(time.monotonic() - since < 30, f"{deposit} is not minted after 30 s")
        time.sleep(0.001)


def one(world, sat):
    deposit = world.deposit("alice", sat)
    for _ in range(AMOUNTS.index(sat)):
        world.mine()
    since = time.monotonic()
    world.chain.mine(1)
    return wait_minted(world.rpc, deposit, since)


def main():
    t = Test("bench-mint")
    try:
        world = World(t, premine=130)
        # What shallow deposits may sum up to is bounded, so every few of them are buried.
        times = []
        for i in range(DEPOSITS):
            if i % 8 == 7:
                world.mine(3)
            times.append(one(world, AMOUNTS[i % 2]))
    except Skip as e:
        print(f"bench_mint: skipped: {e}", file=sys.stderr)
        return 0
    finally:
        t.close()
        shutil.rmtree(t.dir, ignore_errors=True)
    times.sort()
    print(json.dumps({"bench": "deposit_to_mint_ms", "deposits": len(times), "median": round(times[len(times) // 2], 1),
                      "p95": round(times[int(len(times) * 0.95)], 1), "max": round(times[-1], 1), "goal": GOAL_MS}))
    return 0 if times[-1] < GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
