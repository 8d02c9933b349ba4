#!/usr/bin/env python3
"""The whole story, from a coin of the main chain to a store's points, a vote, and back. demo.sh tells it, check.sh checks it.

    story.py                      tell it on the embedded main chain, then leave the page up until Ctrl-C
    story.py --no-wait            … and end
    story.py --mainchain H:P      … on a regtest node of your own: it says what to pay and waits for your blocks
    story.py --check              as a test, quietly; --btcd: on a real btcd, with the signers in processes of their own
"""
import argparse
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time

import harness
from btcd import BtcdChain
from chains import coins_of, sat_of
from harness import Test, check, equal, program, tally, wait_until
from world import World

GENESIS = ("chain_id=demo", "voting_delay=1", "voting_period=3", "late_extension=1", "timelock=1")
ACCOUNTS = ("alice", "bob", "store")
LONG_DESCRIPTOR = re.compile(r"(?<=tr\([0-9a-f]{64}),.*(?=\)#)")  # hundreds of characters that nobody reads in a story


class Narrator:
    """Prints the story for a person, in the language of the terminal."""

    def __init__(self, chinese, color):
        self.chinese = chinese
        self.bold, self.dim, self.plain = ("\033[1m", "\033[2m", "\033[0m") if color else ("", "", "")
        self.number = 0

    def step(self, english, chinese):
        self.number += 1
        print(f"\n{self.bold}{self.number:2}. {chinese if self.chinese else english}{self.plain}", flush=True)

    def command(self, args):
        print(f"    {self.dim}$ tally {' '.join(shlex.quote(a) for a in args)}{self.plain}", flush=True)

    def line(self, english, chinese=None):
        text = chinese if self.chinese and chinese else english
        for one in text.splitlines():
            print(f"    {LONG_DESCRIPTOR.sub('…', one)}", flush=True)


class Silence(Narrator):
    """For a test: the steps go to its log, nothing else."""

    def __init__(self, test):
        super().__init__(False, False)
        self.test = test

    def step(self, english, chinese):
        self.test.note(english)

    def command(self, args):
        pass

    def line(self, english, chinese=None):
        self.test.note("   ", english)


class OwnNode:
    """A main chain that is somebody else's: only its address is known here."""

    def __init__(self, address):
        self.p2p_address = address


class OwnNodeWorld(World):
    """On a node of the reader's own: he pays and mines, the story waits."""

    narrator = None

    def knows_tip(self):
        return self.rpc.getpegstatus()["tip"] == self.rpc.getmainchaininfo()["tip"]

    def deposit(self, account, sat, **more):
        address = self.address(account, **more)["address"]
        known = {d["deposit"] for d in self.rpc.listpegins()}
        self.narrator.line(f"pay {coins_of(sat)} to {address} and mine a block",
                           f"请向 {address} 支付 {coins_of(sat)},然后挖一个区块")
        new = wait_until(lambda: [d["deposit"] for d in self.rpc.listpegins() if d["deposit"] not in known], 3600, "the deposit", every=0.5)
        return new[0]

    def mint(self, deposit, timeout=3600):
        self.narrator.line("mine until it is deep enough", "请继续挖块,直到确认数足够")
        return self.wait_minted(deposit, timeout)

    def settle(self, payout, timeout=3600, final=False):
        self.narrator.line("mine blocks until it is paid and settled", "请继续挖块,直到付清并结算")
        want = ("FINAL",) if final else ("PAID", "FINAL")

        def settled():
            seen = self.rpc.getpegout(payout)
            return seen if seen["state"] in want else None
        return wait_until(settled, timeout, "the payout", every=0.5)

    def audit(self):
        r = self.rpc.getreserves()
        equal(sat_of(r["reserve"]) + sat_of(r["deficit"]), sat_of(r["supply"]) + sat_of(r["donations"]), "reserve against supply")
        return r


class Story:
    def __init__(self, test, world, say):
        self.test, self.world, self.say = test, world, say
        self.node, self.rpc = world.node, world.rpc

    # --- Telling.

    def tally(self, *args):
        """Run a command, show it, and give its answer."""
        self.say.command(args)
        return json.loads(tally(self.node, "--json", *args))

    def refused(self, reason, *args):
        """Run a command that the ledger has to refuse, and show what it says."""
        self.say.command(args)
        status, _, said = harness.run([program("tally"), "--network=regtest", f"--datadir={self.node.datadir}", *args], status=None)
        equal(status, 1, f"{args[0]} is refused")
        check(f"[{reason}]" in said, said)
        self.say.line(said.strip())

    def show(self, *args):
        """Run a command and show what a person sees."""
        self.say.command(args)
        self.say.line(tally(self.node, *args))

    def show_on_terminal(self, *args):
        """The same as on a terminal, where an address comes with its QR code."""
        self.say.command(args)
        master, slave = pty.openpty()
        argv = [program("tally"), "--network=regtest", f"--datadir={self.node.datadir}", *args]
        with subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave) as p:
            os.close(slave)
            out = b""
            try:
                while more := os.read(master, 65536):
                    out += more
            except OSError:  # Linux says EIO when the other side has closed
                pass
            os.close(master)
            equal(p.wait(30), 0, f"exit status of {args[0]}")
        self.say.line(out.decode().replace("\r\n", "\n"))

    def coin(self, account):
        return coins_of(self.world.balance(account))

    # --- The story.

    def peg_in(self):
        self.say.step("A customer asks where to pay", "顾客询问往哪里付款")
        self.show_on_terminal("getpeginaddress", "alice")
        self.say.step("She pays 0.05 on the main chain; the coin is locked, and minted here once it is buried",
                      "她在主链上支付 0.05;币被锁定,确认数足够后在这里铸出")
        deposit = self.world.deposit("alice", 5_000_000)
        minted = self.world.mint(deposit)
        equal((minted["state"], minted["amount"]), ("MINTED", "0.05000000"))
        self.show("getpegin", deposit)
        equal(self.world.balance("alice"), 4_999_000, "alice's coin, less the deposit fee")
        self.say.line(f"alice has {self.coin('alice')}", f"alice 现有 {self.coin('alice')}")

    def points(self):
        self.say.step("She pays a store, and the store founds its points: every point is backed by 10 satoshi",
                      "她付款给商店;商店发行积分,每一积分由 10 聪作保")
        self.tally("send", "store", "0.01", "from=alice")
        rule = json.dumps({"points": 1, "per": 10, "valid_days": 365, "anyone": 1})
        made = self.tally("createasset", "BEAN", "Coffee beans", "1000000000", "flags=transferable,lots,backed", "rule=issue_loyalty",
                          f"rule_params={rule}", "units=1", "sats=10", "from=store")
        check(len(made["asset"]) == 64, made)
        self.show("getasset", "BEAN")
        self.say.step("Another customer locks coin on the main chain and gets points in one step",
                      "另一位顾客在主链上锁币,一步得到积分")
        minted = self.world.mint(self.world.deposit("bob", 2_000_000, asset="BEAN"))
        check(minted["tokens"], "the deposit became points", minted)
        equal(self.world.balance("bob", "BEAN"), str((2_000_000 - 1000) // 10), "bob's points")
        self.show("getaccount", "bob")

    def shopping(self):
        self.say.step("Points are earned with a purchase, taken back with a return, and spent", "购物得积分,退货扣积分,积分可消费")
        self.tally("earn", "BEAN", "alice", "12.50", "R-1001")
        equal(self.world.balance("alice", "BEAN"), "125", "points earned for 12.50")
        self.tally("refund", "BEAN", "alice", "4.00", "R-1001")
        equal(self.world.balance("alice", "BEAN"), "85", "after a return of 4.00")
        self.say.line("the same receipt a second time is refused:", "同一张小票用第二次会被拒绝:")
        self.refused("RECEIPT_USED", "earn", "BEAN", "alice", "12.50", "R-1001")
        self.tally("send", "store", "50", "BEAN", "order 17", "from=alice")
        equal(self.world.balance("alice", "BEAN"), "35", "after spending 50")
        self.show("listlots", "BEAN", "alice")
        self.show("getliability", "BEAN")

    def sale(self):
        self.say.step("The store sells 100 BEANV to the public: the tokens are locked, payments stand in escrow, below half of it everybody gets his back",
                      "商店公开发售 100 枚 BEANV:代币先锁定,付款在托管中,未达一半则全额退款")
        self.tally("createasset", "BEANV", "Friends of the bean", "100", "flags=transferable,votes", "from=store")
        self.tally("mint", "BEANV", "100", "store")
        number = str(self.tally("createsale", "BEANV", "0.0001", "0.01", "soft_cap=0.005", "length=86400", "from=store")["sale"])
        self.show("quotesale", number, "0.006")
        self.tally("buy", number, "0.006", "from=alice")
        self.show("listsales")
        self.say.line("what is bought isn't delivered before the end:", "结束之前不交付:")
        self.refused("SALE_RUNNING", "claim", number, "alice", "from=store")
        self.say.step("alice buys for bob as well: part of the payment fills the hard cap; anyone fetches the tokens for them",
                      "alice 也替 bob 购买:达到上限时只收一部分付款;任何人都可代为领取")
        bought = self.tally("buy", number, "0.01", "bob", "from=alice")
        equal((bought["paid"], bought["tokens"]), ("0.00400000", "40"), "part of the last payment")
        self.tally("claim", number, "alice", "from=store")
        self.tally("claim", number, "bob", "from=store")
        equal((self.world.balance("alice", "BEANV"), self.world.balance("bob", "BEANV")), ("60", "40"), "what was bought")
        self.show("listpurchases", number)

    def wait_state(self, proposal, state):
        return wait_until(lambda: self.rpc.getproposal(proposal)["state"] == state, 30, f"proposal {proposal} to be {state}")

    def vote(self):
        self.say.step("The store's friends found a DAO: who holds BEANV votes on its treasury (bob has points alone: the store pays his fees)",
                      "商店之友成立 DAO:BEANV 持有人对金库表决(bob 只有积分,手续费由商店代付)")
        made = self.tally("createdao", "Friends of the bean", "BEANV", "voting_delay=1", "voting_period=3", "late_extension=1", "timelock=1",
                          "from=store")
        treasury = self.rpc.getdao(made["dao"])["treasury"]
        self.tally("send", treasury, "500", "BEAN", "from=bob", "payer=store")
        self.say.step("A proposal: the treasury pays bob 200 points. Vote, timelock, executed", "提案:金库付给 bob 200 积分。表决、锁定期、执行")
        pay = json.dumps([{"kind": "spend", "asset": "BEAN", "to": self.world.accounts["bob"], "amount": "200"}])
        number = self.tally("propose", str(made["dao"]), "A prize for bob", pay, "from=alice")["proposal"]
        self.wait_state(number, "VOTING")
        self.show("votingpower", "alice", str(number))
        self.tally("vote", str(number), "for", "from=alice")
        self.tally("vote", str(number), "against", "from=bob", "payer=store")
        self.wait_state(number, "TIMELOCK")
        before = int(self.world.balance("bob", "BEAN"))
        self.execute(number, "alice")
        equal(int(self.world.balance("bob", "BEAN")) - before, 200, "what the treasury paid")
        self.show("getproposal", str(number))

    def execute(self, number, who):
        wait_until(lambda: time.time() > self.rpc.getproposal(number)["executable_from"] + 0.5, 20, "the timelock's end")
        self.tally("executeproposal", str(number), f"from={who}")
        equal(self.rpc.getproposal(number)["state"], "EXECUTED")

    def council(self):
        self.say.step("The federation's council (DAO 0) decides as well: two of its three members agree", "联邦理事会(DAO 0)同样表决:三席中两席同意")
        for member in ("member-0", "member-1"):
            self.tally("send", member, "0.001", "from=alice")
        number = self.tally("propose", "0", "Open on Sundays", '[{"kind": "text", "text": "The bridge is open on Sundays."}]', "from=member-0")["proposal"]
        self.wait_state(number, "VOTING")
        self.tally("vote", str(number), "for", "from=member-0")
        self.tally("vote", str(number), "for", "from=member-1")
        self.wait_state(number, "TIMELOCK")
        self.execute(number, "member-1")

    def peg_out(self):
        self.say.step("Coins go home: alice pays out coin, bob pays out straight from his points; two of three members sign",
                      "币回主链:alice 提出币,bob 直接用积分提出;三名成员中两名签名")
        home = self.world.customer.address if self.world.customer else "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
        alice = self.tally("pegout", home, "0.01", "from=alice")["payout"]
        bob = self.tally("pegout", home, "0.005", "asset=BEAN", "from=bob", "payer=store")["payout"]
        paid = self.world.settle(alice)
        self.world.settle(bob)
        self.show("getpegout", str(alice))
        if not isinstance(self.world, OwnNodeWorld):
            check({500_000, 1_000_000} <= set(self.world.paid(home)), "exactly the amounts arrived")
            check(self.world.chain.confirmations(paid["txid"]) >= 1, "the payment is in a block")

    def audit(self):
        self.say.step("The books: what is locked against what was minted, and a proof from the ledger checked by a stranger's program",
                      "对账:锁定的币与铸出的币;账本证明由独立程序验证")
        reserves = self.world.audit()
        self.show("getreserves")
        self.prove("alice")
        supply = sat_of(reserves["supply"])
        ratio = 100 * (sat_of(reserves["reserve"]) - sat_of(reserves["donations"])) / supply
        equal(round(ratio, 6), 100.0, "reserve to supply")
        self.say.line(f"reserve / supply = {ratio:.2f} %", f"储备 / 供应 = {ratio:.2f} %")

    def prove(self, account):
        """A state proof, against the block's app hash, by a program that has nothing of ours in it."""
        answer = self.rpc.getproof(account=self.world.accounts[account])
        checker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-state-proof")
        request = {"root": answer["app_hash"], "key": answer["key"], "value": answer["value"], "proof": answer["proof"]}
        out = harness.run([sys.executable, checker], stdin=json.dumps(request))
        equal(out.strip(), "present")
        block = self.rpc.getblock(str(answer["height"]))
        equal(block["app_hash"], answer["app_hash"], "the root is the block's")
        self.say.line(f"check-state-proof: {out.strip()} under the app hash of block {answer['height']}")

    def survive(self):
        self.say.step("The daemon is killed and started again: nothing is lost", "强行终止守护进程再启动:什么也没丢")
        before = (self.rpc.getblockcount(), self.coin("alice"), self.rpc.getreserves()["supply"])
        self.node.kill(signal.SIGKILL)
        began = time.monotonic()
        self.node.start()
        self.world.wait_ready()
        took = time.monotonic() - began
        after = (self.rpc.getblockcount(), self.coin("alice"), self.rpc.getreserves()["supply"])
        check(after[0] >= before[0] and after[1:] == before[1:], before, after)
        self.say.line(f"ready after {took:.2f} s; {self.node.resident_kb() / 1024:.0f} MB resident",
                      f"{took:.2f} 秒后就绪;常驻内存 {self.node.resident_kb() / 1024:.0f} MB")

    def tell(self):
        self.say.step(f"A main chain at {self.world.chain.p2p_address}, a federation of three, tallyd synced with both",
                      f"主链在 {self.world.chain.p2p_address},三人联邦,tallyd 已同步")
        self.show("getinfo")
        self.peg_in()
        self.points()
        self.shopping()
        self.sale()
        self.vote()
        self.council()
        self.peg_out()
        self.survive()
        self.audit()


def run_check(on_btcd):
    def story(t):
        chain = BtcdChain(t) if on_btcd else None
        world = World(t, chain=chain, accounts=ACCOUNTS, genesis=GENESIS, signers="processes" if on_btcd else "builtin")
        Story(t, world, Silence(t)).tell()
    harness.main(story)


def run_demo(args):
    zh = args.lang == "zh" or (args.lang is None and os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh"))
    say = Narrator(zh, sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    t = Test("demo")
    try:
        if args.mainchain:
            OwnNodeWorld.narrator = say
            world = OwnNodeWorld(t, chain=OwnNode(args.mainchain), accounts=ACCOUNTS, genesis=GENESIS)
        else:
            world = World(t, accounts=ACCOUNTS, genesis=GENESIS)
        story = Story(t, world, say)
        story.tell()
        page = f"http://127.0.0.1:{world.node.http.port}/"
        say.step(f"Done. The page: {page}", f"完成。网页:{page}")
        if not args.no_wait:
            say.line(f"Look around: {program('tally')} --network=regtest --datadir={world.node.datadir} help\nCtrl-C ends everything.",
                     f"可继续探索:{program('tally')} --network=regtest --datadir={world.node.datadir} help\n按 Ctrl-C 结束。")
            signal.pause()
    except KeyboardInterrupt:
        pass
    except BaseException:
        t.close()
        t.show_logs()
        print(f"files are in {t.dir}")
        raise
    finally:
        t.close()


def main():
    parser = argparse.ArgumentParser(prog="demo.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-wait", action="store_true", help="end when the story is told")
    parser.add_argument("--mainchain", metavar="HOST:PORT", help="P2P address of a regtest node of your own")
    parser.add_argument("--lang", choices=("en", "zh"), help="language (default: the terminal's)")
    parser.add_argument("--check", action="store_true", help="as a test")
    parser.add_argument("--btcd", action="store_true", help="with --check: on a real btcd")
    args = parser.parse_args()
    if args.check:
        run_check(args.btcd)
    run_demo(args)


if __name__ == "__main__":
    main()
