"""Rules and a chain to try them on: files built with the flags that outsiders get, and a tallyd of its own whose council is one account and
whose fees are zero."""
import json
import os
import re
import shutil

from harness import RpcError, Tallyd, program, run, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def built(name):
    return os.path.join(program("plugins"), name)


def flags():
    """(compiler flags, linker flags) of the built but not installed tallystick-plugin.pc."""
    with open(built("tallystick-plugin.pc"), encoding="utf-8") as f:
        text = f.read()
    cflags, libs = (re.search(rf"^{name}: (.*)$", text, re.M).group(1).split() for name in ("Cflags", "Libs"))
    return ([f"-I{TOP}"] + [f for f in cflags if not f.startswith("-I")],
            [f for f in libs if not f.startswith(("-L", "-l"))] + [built("libtallyplugin.a")])


def build(source, out, *more, compiler="gcc", optimize=None):
    """Compile a rule; its path. optimize: in place of the usual -O."""
    cflags, libs = flags()
    if optimize:
        cflags = [f for f in cflags if not re.fullmatch(r"-O.", f)] + [optimize]
    run([compiler, *cflags, *more, "-o", out, source, *libs], timeout=60)
    return out


def shipped(name):
    return built(f"{name}.so")


COUNCIL = {"from": "member1"}


class Chain:
    """A chain without fees, the council one account; the rules' folder is its own."""

    def __init__(self, test, *rules, options=()):
        self.test = test
        self.folder = test.path("rules")
        os.makedirs(self.folder)
        files = [self.install(f) for f in (shipped("gov_council"), *rules)]
        datadir = test.path("chain")
        os.makedirs(datadir, mode=0o700)
        run([program("tally"), "--network=regtest", f"--datadir={datadir}", "federation", "n=1", "fee_base=0", "fee_per_op=0", "asset_fee=0",
             "dao_fee=0", "deposit_period=60", "voting_delay=0", "voting_period=1", "late_extension=0", "timelock=0", "grace=3600",
             *(f"rule={f}" for f in files)])
        self.node = Tallyd(test, f"--genesis={datadir}/regtest/genesis.json", f"--plugindir={self.folder}", "--connect=127.0.0.1:1", *options,
                           datadir=datadir)
        self.rpc = self.node.rpc

    def install(self, path, name=None):
        """Into the folder, whole at once."""
        to = os.path.join(self.folder, name or os.path.basename(path))
        shutil.copy(path, to + ".part")
        os.rename(to + ".part", to)
        return to

    def height(self):
        return self.rpc.getblockcount()

    def decide(self, actions, title="a decision"):
        """Propose, vote, carry out."""
        made = self.rpc.propose(dao=0, title=title, actions=actions, **COUNCIL)
        number = made["proposal"]
        self.rpc.vote(proposal=number, choice="for", **COUNCIL)
        wait_until(lambda: self.rpc.getproposal(number)["state"] in ("TIMELOCK", "SUCCEEDED", "timelock", "succeeded"), 20, "the vote to end")
        wait_until(lambda: self._execute(number), 20, "the proposal to be carried out", every=0.2)

    def _execute(self, number):
        try:
            self.rpc.executeproposal(proposal=number, **COUNCIL)
        except RpcError as e:
            if "NOT_EXECUTABLE" not in str(e):
                raise
            return False
        return True

    def approve(self, path, from_height=0):
        self.decide(json.loads(run([program("tally"), "plugin", "proposal", path, str(from_height)])), "approve " + os.path.basename(path))

    def plugin(self, version, rule="issue_steps"):
        return next(p for p in self.rpc.getplugin(rule) if p["version"] == version)

    def mint(self, amount, asset="STEPS"):
        before = int(self.has(asset))
        self.rpc.mint(asset=asset, amount=str(amount), to="member1")
        return int(self.has(asset)) - before

    def has(self, asset="STEPS"):
        for b in self.rpc.getaccount("member1")["balances"]:
            if b["ticker"] == asset:
                return b["balance"]
        return "0"

    def log(self):
        with open(os.path.join(self.node.datadir, "regtest", "debug.log"), encoding="utf-8", errors="replace") as f:
            return f.read()
