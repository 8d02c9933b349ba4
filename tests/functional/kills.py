#!/usr/bin/env python3
"""The money story under kill -9: deposits, transfers and payouts go on while tallyd, and now and then a signer, is killed at
random moments, right after its start too, and started again. In the end everything has finished, nothing was minted or paid
twice, and the books agree with the main chain.

    kills.py [--kills N] [--seed S]

Prints its seed; the same seed makes the same choices (the machine's timing remains its own). Exit status as other tests.
"""
import argparse
import random
import threading
import time

import bitcoin
import ledger
from chains import coins_of, sat_of
from harness import Failure, Process, RpcError, SLOW, UnixRpc, check, equal, main, program, run
from world import World

READY_SECONDS, RESIDENT_KB = 2.0, 32 * 1024  # what a restart may take, and what the daemon may hold
NOT_READY, TIMED_OUT = 4, 5
CAROL = 50_000_000  # enough for the fees of some 200,000 sends


def is_sanitized():
    return "sanitizers" in run([program("tally-signer"), "--version"])


class Killer(threading.Thread):
    """Owns the processes: kills one, starts it again, `kills` times."""

    def __init__(self, world, kills, rng):
        super().__init__(daemon=True)
        self.world, self.left, self.rng, self.rpc = world, kills, rng, UnixRpc(world.rpc.path)
        self.failure, self.ready_times, self.resident = None, [], []
        self.hit = {"tallyd": 0, "tallyd starting": 0, "signer": 0}

    def run(self):
        try:
            while self.left > 0:
                self.strike()
                self.left -= 1
        except BaseException as e:  # pylint: disable=broad-except
            self.failure = e

    def strike(self):
        rng, node = self.rng, self.world.node
        time.sleep(rng.choice((0.02, 0.2, 0.7)) * rng.random())
        if self.world.signers and rng.random() < 0.2:
            signer = rng.choice(self.world.signers)
            signer.kill()
            self.hit["signer"] += 1
            signer.start()
            return
        check(node.running(), f"tallyd {node.state()} without being killed")
        node.kill()
        self.hit["tallyd"] += 1
        while self.left > 1 and rng.random() < 0.3:
            Process.start(node)
            time.sleep(rng.random() * rng.choice((0.01, 0.1, 0.4)))
            check(node.running(), f"tallyd {node.state()} while it started")
            node.kill()
            self.hit["tallyd starting"] += 1
            self.left -= 1
        self.start_node()

    def start_node(self):
        at = time.monotonic()
        self.world.node.start()
        while not self.is_ready():
            check(time.monotonic() - at < 30 * SLOW, "tallyd runs, but is not ready")
            time.sleep(0.01)
        self.ready_times.append(time.monotonic() - at)
        self.resident.append(self.world.node.resident_kb())

    def is_ready(self):
        try:
            return self.rpc.getinfo()["ready"]
        except (OSError, Failure):
            return False


class Persistent:
    """Calls again and again, however often the daemon dies meanwhile; each write under a key of its own, so that it is done
    once."""

    def __init__(self, world, rng, alive, keys):
        self.world, self.rng, self.alive, self.keys = world, rng, alive, keys
        self.rpc = UnixRpc(world.rpc.path)
        self.writes = self.retries = self.sent = 0

    def until_answered(self, what, timeout=90):
        deadline = time.monotonic() + timeout * SLOW
        while True:
            self.alive()
            try:
                return what()
            except (OSError, Failure) as e:
                last = e
            except RpcError as e:
                if e.code not in (NOT_READY, TIMED_OUT) and e.data["reason"] != "NOT_WATCHED":
                    raise
                last = e
            check(time.monotonic() < deadline, f"no answer within {timeout * SLOW:g} s; last: {last}")
            self.retries += 1
            time.sleep(0.01)

    def write(self, method, **params):
        self.writes += 1
        key = f"{self.keys} {self.writes}"
        return self.until_answered(lambda: self.rpc.call(method, idempotency_key=key, **params))

    def send(self, from_, to, sat):
        self.write("send", **{"from": from_, "to": to, "amount": coins_of(sat)})
        self.sent += sat


class Traffic(Persistent, threading.Thread):
    """Sends that never stop, so that a kill mostly meets a block that is being made or written. Several of them act for one
    account, as the tills of a store do."""

    def __init__(self, *args):
        Persistent.__init__(self, *args)
        threading.Thread.__init__(self, daemon=True)
        self.over, self.failure = False, None

    def run(self):
        try:
            while not self.over:
                self.send("carol", "dave", self.rng.randrange(1, 100))
        except BaseException as e:  # pylint: disable=broad-except
            self.failure = e


class Shop(Persistent):
    """What customers do."""

    def __init__(self, *args):
        super().__init__(*args, "shop")
        self.deposits = {}  # "TXID:INDEX": satoshi
        self.payouts = {}   # number: (address, satoshi)
        self.reorgs = 0

    def coin(self):
        return self.until_answered(lambda: self.world.balance("alice"))

    def deposit(self):
        sat = self.rng.randrange(100_000, 3_000_000)
        where = self.until_answered(lambda: self.world.address("alice", nonce=self.rng.randrange(3)))
        self.deposits[self.world.customer.pay([(where["address"], sat)]) + ":0"] = sat

    def give(self):
        sat = self.rng.randrange(1, 20_000)
        if self.coin() > sat + 10_000:
            self.send("alice", "bob", sat)

    def pegout(self):
        sat = self.rng.randrange(20_000, 200_000)
        if self.coin() < sat + 50_000:
            return
        own, rng = bitcoin.Key(f"payout {self.writes}").script, self.rng
        address = bitcoin.address_of(rng.choice((own, b"\0\x14" + rng.randbytes(20), b"\0\x20" + rng.randbytes(32))))
        answer = self.write("pegout", **{"from": "alice", "address": address, "amount": coins_of(sat), "max_fee": "0.0002"})
        check(answer["payout"] not in self.payouts, f"payout {answer['payout']} was given out twice")
        self.payouts[answer["payout"]] = (address, sat)

    def reorganise(self):
        """The main chain takes its last blocks back; all of what they held, or some of it, is mined again later."""
        self.world.chain.reorg(self.rng.randrange(1, 3), drop=self.rng.choice((True, ())))
        self.world.chain.mine(1)
        self.reorgs += 1

        def whole():
            if self.world.knows_tip() and not self.rpc.listpegins(state="QUARANTINED"):
                return True
            raise Failure("coin is frozen still")
        self.until_answered(whole)

    def step(self):
        self.rng.choice((self.deposit, self.deposit, self.give, self.give, self.pegout))()
        if self.rng.random() < 0.5:
            self.world.chain.mine(1)
        elif self.rng.random() < 0.1:
            self.reorganise()
        time.sleep(self.rng.random() * 0.05)

    # The end.

    def open_deposits(self):
        known = {d["deposit"]: d for d in self.world.rpc.listpegins(count=1000)}
        return [d for d in self.deposits if known.get(d, {}).get("state") != "MINTED"]

    def open_payouts(self):
        return [p["payout"] for p in self.world.rpc.listpegouts(count=1000) if p["state"] not in ("PAID", "FINAL")]

    def finish(self):
        """Mine until all is done."""
        deadline = time.monotonic() + 120 * SLOW
        while self.open_deposits() or self.open_payouts():
            left = self.open_deposits(), self.open_payouts(), self.world.rpc.getpegstatus()
            check(time.monotonic() < deadline, "open still:", *left)
            self.world.mine()
            time.sleep(0.3)

    def judge(self, traffic):
        w = self.world
        minted = w.rpc.listpegins(count=1000)
        equal(sorted(d["deposit"] for d in minted), sorted(self.deposits), "deposits that the ledger knows")
        equal({d["deposit"]: sat_of(d["amount"]) for d in minted}, self.deposits, "their amounts")
        asked = {p["payout"]: (p["address"], sat_of(p["amount"])) for p in w.rpc.listpegouts(count=1000)}
        equal(asked, self.payouts, "payouts that the ledger knows")
        paid = {}
        for height in range(1, w.chain.height() + 1):
            for tx in w.chain.block(height).txs:
                for o in tx.outs:
                    paid.setdefault(o.script, []).append(o.value)
        for number, (address, sat) in self.payouts.items():
            equal(paid.get(bitcoin.script_of(address)), [sat], f"paid to the address of payout {number}")
        equal(w.balance("bob"), self.sent, "what bob has")
        equal(w.balance("dave"), sum(x.sent for x in traffic), "what dave has")
        r = w.rpc.getreserves()
        escrow = ledger.account_text(ledger.account_of_module("peg-escrow"))  # of plans that are on their way
        everybody = sum(w.balance(name) for name in ("alice", "bob", "carol", "dave", escrow))
        equal(everybody + sat_of(r["fee_fund"]), sat_of(r["supply"]), "everybody's coin and the fee fund against the supply")
        w.audit()
        return sum(self.deposits.values()), sum(sat for _, sat in self.payouts.values())


def story(kills, seed):
    def kills_(t):
        t.note(f"{kills} kills, seed {seed}")
        w = World(t, signers="processes", accounts=("alice", "bob", "carol", "dave"), genesis=["payout_expiry=4000"])
        first = w.pegged("carol", CAROL)
        w.mine(6)  # beyond what reorganisations reach
        t.note("a world")
        killer, traffic = Killer(w, kills, random.Random(f"{seed} killer")), []

        def alive():
            for thread in (killer, *traffic):
                if thread.failure is not None:
                    raise thread.failure
        traffic += [Traffic(w, random.Random(f"{seed} {name}"), alive, name) for name in ("till 1", "till 2")]
        shop = Shop(w, random.Random(f"{seed} shop"), alive)
        shop.deposits[first["deposit"]] = CAROL
        for thread in (killer, *traffic):
            thread.start()
        while killer.is_alive():
            shop.step()
        for thread in traffic:
            thread.over = True
        for thread in traffic:
            thread.join()
        alive()
        w.wait_ready()
        t.note(f"killed: {killer.hit}; {len(shop.deposits)} deposits, {len(shop.payouts)} payouts, "
               f"{shop.reorgs} reorganisations, "
               f"{sum(x.writes for x in (shop, *traffic))} writes, {sum(x.retries for x in (shop, *traffic))} retries")
        shop.finish()
        total_in, total_out = shop.judge(traffic)
        before = w.rpc.getinfo()["sidechain"]
        w.node.kill()
        killer.start_node()
        after = w.rpc.getinfo()["sidechain"]
        check(after["height"] >= before["height"], before, after)
        shop.judge(traffic)
        slowest, most = max(killer.ready_times), max(killer.resident)
        median = sorted(killer.ready_times)[len(killer.ready_times) // 2]
        t.note(f"in {coins_of(total_in)}, out {coins_of(total_out)}; restart to ready: median {median:.2f} s, "
               f"at most {slowest:.2f} s; at most {most} kB resident")
        if not is_sanitized():
            check(slowest < READY_SECONDS * SLOW, f"a restart took {slowest:.2f} s")
            check(most < RESIDENT_KB, f"{most} kB resident")
    return kills_


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    args = parser.parse_args()
    main(story(args.kills, args.seed))
