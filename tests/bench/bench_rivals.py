#!/usr/bin/env python3
"""What other software needs for the same work on the same machine in the same run; one JSON object a line. Matching compact filters:
btcutil's gcs. Syncing headers and filter headers from one node: neutrino, and a client that only asks and throws away, which shows what
the node itself takes. The rivals are Go modules of fixed versions (tests/bench/rivals); where Go or they can't be had, it says so.
Needs the programs, tests/mainchain and tests/bench built in TALLY_BUILDDIR (default: the current folder)."""
import json
import os
import shutil
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "functional"))
import bitcoin  # pylint: disable=wrong-import-position
import p2p  # pylint: disable=wrong-import-position
from btcd import BtcdChain, find_btcd, make_long_chain  # pylint: disable=wrong-import-position
from chains import EmbeddedChain  # pylint: disable=wrong-import-position
from harness import Failure, Process, Skip, Tallyd, Test, check, program, run, wait_until  # pylint: disable=wrong-import-position

BLOCKS = int(os.environ.get("TALLY_LONG_CHAIN", "100000"))
GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
PATIENCE = 300  # seconds for one client


def say(**row):
    print(json.dumps(row), flush=True)


def built(test, name):
    """The path of a rival's program."""
    if shutil.which("go") is None:
        raise Skip("no Go here")
    out = test.path(name)
    made = subprocess.run(["go", "build", "-mod=readonly", "-buildvcs=false", "-o", out, f"./{name}"], cwd=os.path.join(HERE, "rivals"),
                          capture_output=True, text=True, timeout=600, check=False)
    if made.returncode != 0:
        raise Skip(f"its modules are not to be had: {made.stderr.strip().splitlines()[-1]}")
    return out


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def matching(t):
    gcs = built(t, "gcs")
    dump = t.path("filters.bin")
    ours = {r["scripts"]: r["us_each"] for r in rows(run([program("tests/bench/bench_filter"), dump], 120)) if "scripts" in r}
    for r in rows(run([gcs, dump], 120)):
        mine = ours[r["scripts"]]
        say(bench="filter_match_beside_rival", rival=r["rival"], scripts=r["scripts"], us_ours=mine, us_rival=r["us_each"],
            times_faster=round(r["us_each"] / mine, 2))


def fetch_only(chain):
    """All headers and all filter headers, asked for as early as can be, and thrown away."""
    c = p2p.Connection.open(chain.p2p_address)
    have, height, asked = GENESIS, 0, 0
    while height < BLOCKS:
        c.send("getheaders", p2p.locator([have]))
        payload = c.wait("headers", PATIENCE)
        n = struct.unpack("<H", payload[1:3])[0] if payload[0] == 0xfd else payload[0]
        check(n > 0, "the node has no more headers")
        have = bitcoin.shown(bitcoin.sha256d(payload[-81:-1]))
        c.send("getcfheaders", p2p.getcfilters(height + 1, have))
        height, asked = height + n, asked + 1
    while c.seen.count("cfheaders") < asked:
        c.recv(PATIENCE)
    c.close()


def cpu_of(process):
    """Seconds of CPU that a running program's threads took, finer than the clock's ticks."""
    tasks = f"/proc/{process.process.pid}/task"
    total = 0
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def timed(chain, work):
    """Seconds that work() takes, and how much of them the node is busy."""
    before, began = cpu_of(chain), time.monotonic()
    work()
    return time.monotonic() - began, cpu_of(chain) - before


class Asking:
    """Whether tallyd has the headers and filter headers of the whole chain; counts how often it was asked. A tallyd that doesn't tell of
    filter headers is asked for headers alone."""

    def __init__(self, node):
        self.node, self.times, self.filters = node, 0, False

    def known(self):
        self.times += 1
        info = self.node.rpc.getmainchaininfo()
        self.filters = "filterheaders" in info
        return info["synced"] and info["headers"] == BLOCKS and info.get("filterheaders", BLOCKS + 1) > BLOCKS

    def cpu(self):
        """What tallyd took to answer all that, measured by asking as often again."""
        before = cpu_of(self.node)
        for _ in range(self.times):
            self.node.rpc.getmainchaininfo()
        return cpu_of(self.node) - before


def sync_ours(t, chain):
    began, node_before = time.monotonic(), cpu_of(chain)
    node = Tallyd(t, f"--connect={chain.p2p_address}")
    start, cpu_start = time.monotonic() - began, cpu_of(node)
    asking = Asking(node)
    wait_until(asking.known, PATIENCE, "tallyd to know the chain", every=0.02)
    wall, cpu = time.monotonic() - began, cpu_of(node)
    node_cpu, kb = cpu_of(chain) - node_before, node.resident_kb("VmHWM")
    cpu_asking = asking.cpu()
    node.stop()
    return {"headers": BLOCKS, "filter_headers": asking.filters, "wall_s": round(wall, 3), "wall_start_s": round(start, 3),
            "cpu_s": round(cpu, 3), "cpu_start_s": round(cpu_start, 3), "cpu_asking_s": round(cpu_asking, 3),
            "us_header": round((cpu - cpu_asking) / BLOCKS * 1e6, 2), "node_cpu_s": round(node_cpu, 3), "resident_kb": kb}


def sync_neutrino(t, chain, path):
    folder = t.path("neutrino-data")
    os.mkdir(folder)
    p = Process(t, "neutrino", [path, chain.p2p_address, str(BLOCKS), folder]).start()
    status = p.wait(PATIENCE)
    with open(p.log, encoding="utf-8") as f:
        text = f.read()
    check(status == 0, f"neutrino ended with {status}: {text[-500:]}")
    return json.loads(text.splitlines()[-1])


def sync_all(t, chain, name):
    """The three clients, one after the other, from one node."""
    wall, cpu = timed(chain, lambda: fetch_only(chain))
    say(bench="sync", node=name, client="fetch only", headers=BLOCKS, wall_s=round(wall, 3), node_cpu_s=round(cpu, 3))
    ours = sync_ours(t, chain)
    say(bench="sync", node=name, client="tallyd", **ours,
        times_fetch_only=round((ours["wall_s"] - ours["wall_start_s"]) / wall, 2))
    rival = sync_neutrino(t, chain, built(t, "neutrino"))
    say(node=name, **rival, times_ours_wall=round(rival["wall_s"] / ours["wall_s"], 2),
        times_ours_cpu=round(rival["cpu_s"] / ours["cpu_s"], 2))


def syncing(t):
    sync_all(t, EmbeddedChain(t, premine=BLOCKS), "embedded")


def syncing_from_btcd(t):
    find_btcd()
    chain = BtcdChain(t, premine=0)
    chain.load(make_long_chain(t.path("blocks.dat"), BLOCKS))
    sync_all(t, chain, "btcd")


def part(f):
    """One comparison; false when it failed."""
    t = Test(f"bench-{f.__name__}")
    try:
        f(t)
    except Skip as e:
        say(bench=f"rival_{f.__name__}", absent=str(e))
    except (Failure, p2p.Closed, p2p.Timeout) as e:
        print(f"bench_rivals: {f.__name__}: {e}", file=sys.stderr)
        t.show_logs(10)
        return False
    finally:
        t.close()
        shutil.rmtree(t.dir, ignore_errors=True)
    return True


def main():
    return 0 if all([part(f) for f in (matching, syncing, syncing_from_btcd)]) else 1


if __name__ == "__main__":
    sys.exit(main())
