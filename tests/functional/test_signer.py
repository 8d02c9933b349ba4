#!/usr/bin/env python3
"""tally-signer as a process: its commands, the story with two of them under kill -9, and a coordinator that lies to one."""
import json
import os
import pty
import signal
import socket
import stat
import struct
import time

import bitcoin
import secp
from bitcoin import compact, var
from chains import EmbeddedChain
from harness import Failure, Process, Tallyd, check, equal, main, program, raises, run, tally, wait_until

DESTINATION = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
HELLO, PLAN, FEERATE, INTENT = 1, 2, 3, 4
PAYOUT, SWEEP, REFRESH = 0, 1, 2
OP_PAYOUT = 104
MEMBERS = 3


def federation(t):
    """A datadir with members' keys and a genesis; its path and the genesis file's."""
    datadir = t.path("node")
    out = run([program("tally"), "--network=regtest", f"--datadir={datadir}", "federation", f"n={MEMBERS}", "k=2", "chain_id=signed"])
    return datadir, out.strip()


class Signer(Process):
    """One member's tally-signer, with its log beside its key."""

    def __init__(self, test, datadir, genesis, number, *options):
        self.key = os.path.join(datadir, "regtest", "keys", f"signer{number}.json")
        self.record = self.key + ".log"
        self.socket_path = test.path(f"signer{number}.sock")
        argv = [program("tally-signer"), "--network=regtest", f"--datadir={datadir}", f"--genesis={genesis}", f"--signer-key={self.key}",
                f"--signer-socket={self.socket_path}", *options]
        super().__init__(test, f"signer{number}", argv)
        self.start()

    def start(self):
        said = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        super().start()
        wait_until(lambda: not self.running() or b"tally-signer ready" in self.output()[said:], 20, "the signer to be ready")
        check(self.running(), f"{self.name} {self.state()} before it was ready:", self.output()[said:].decode(errors="replace"))
        return self

    def output(self):
        with open(self.log, "rb") as f:
            return f.read()

    def count(self, words):
        return self.output().decode(errors="replace").count(words)


class Coordinator:
    """The daemon's side of the socket, with nobody to keep it honest."""

    def __init__(self, test, path):
        self.socket = test.closing(socket.socket(socket.AF_UNIX))
        self.socket.settimeout(20)
        self.socket.connect(path)

    def take(self, n):
        got = b""
        while len(got) < n:
            more = self.socket.recv(n - len(got))
            if not more:
                raise Failure(f"the signer hung up after {len(got)} of {n} bytes")
            got += more
        return got

    def ask(self, body):
        """The answer's body, or the reason of its refusal as text."""
        self.socket.sendall(struct.pack("<I", len(body)) + body)
        answer = self.take(struct.unpack("<I", self.take(4))[0])
        if answer[0] == 0:
            return answer[1:]
        r = bitcoin.Reader(answer[1:])
        equal(answer[0], 1, "status")
        return r.var().decode("ascii")

    def sign(self, plan):
        """Signatures, or the reason."""
        answer = self.ask(plan.request())
        if isinstance(answer, str):
            return answer
        equal(answer[0], len(plan.ins), "signatures")
        equal(len(answer), 1 + 64 * len(plan.ins), "answer")
        return [answer[1 + 64 * i:65 + 64 * i] for i in range(len(plan.ins))]


class World:
    """What a genesis file says, by means of the test's own."""

    def __init__(self, path, genesis_id):
        with open(path, encoding="utf-8") as f:
            peg = json.load(f)["peg"]
        f, self.id = peg["federation"], genesis_id
        self.keys = [bytes.fromhex(m["key"]) for m in f["members"]]
        members = b"".join(bitcoin.push(k) + bytes([0xBA if i else 0xAC]) for i, k in enumerate(self.keys))
        members += bitcoin.push_number(f["k"]) + b"\x9c"
        recovery = b"".join(bitcoin.push(bytes.fromhex(k)) + bytes([0xBA if i else 0xAC]) for i, k in enumerate(f["recovery"]))
        recovery += bitcoin.push_number(f["r"]) + b"\x9d" + bitcoin.push_number(peg["params"]["recovery_delay"]) + b"\xb2"
        self.leaf = bitcoin.tapleaf(members)
        key, _ = secp.tweak_public(secp.NUMS, bitcoin.tapbranch(self.leaf, bitcoin.tapleaf(recovery)))
        self.script = bitcoin.p2tr(key)


class Plan:
    """A plan's sheet with the orders behind it. Values are satoshi."""

    def __init__(self, number, ins, pays, version=0, kind=PAYOUT, fee=3000):
        self.number, self.version, self.kind, self.epoch, self.tx_version, self.rate = number, version, kind, 0, 2, 2000
        self.ins, self.pays, self.height = list(ins), list(pays), 120
        self.change = [sum(value for _, value in self.ins) - sum(p["amount"] for p in self.pays) - fee]
        self.anchor = (9, b"\x77" * 32)
        self.orders = [(p["payout"], p["op"], p["order"]) for p in self.pays]

    def sheet(self):
        out = struct.pack("<QIBIII", self.number, self.version, self.kind, self.epoch, self.tx_version, self.rate) + compact(len(self.ins))
        for (txid, vout), value in self.ins:
            out += txid + struct.pack("<IQB", vout, value, 0)
        out += compact(len(self.pays))
        for p in self.pays:
            out += struct.pack("<QQ", p["payout"], p["amount"]) + var(p["script"])
        out += compact(len(self.change)) + b"".join(struct.pack("<Q", c) for c in self.change)
        return out + struct.pack("<Q", self.anchor[0]) + self.anchor[1]

    def request(self):
        out = bytes([PLAN]) + struct.pack("<I", self.height) + var(self.sheet()) + compact(len(self.orders))
        return out + b"".join(struct.pack("<QI", payout, op) + var(order) for payout, op, order in self.orders)

    def transaction(self, world):
        tx = bitcoin.Tx(version=self.tx_version)
        tx.ins = [bitcoin.In(bitcoin.shown(txid), vout) for (txid, vout), _ in self.ins]
        tx.outs = [bitcoin.Out(p["amount"], p["script"]) for p in self.pays]
        tx.outs += [bitcoin.Out(c, world.script) for c in self.change]
        if self.kind == PAYOUT:
            tx.outs.append(bitcoin.Out(0, b"\x6a\x2bTLY" + struct.pack("<Q", self.anchor[0]) + self.anchor[1]))
        return tx

    def verify(self, world, member, sigs):
        tx = self.transaction(world)
        spent = [bitcoin.Out(value, world.script) for _, value in self.ins]
        return all(secp.verify(world.keys[member], bitcoin.sighash(tx, spent, i, leaf=world.leaf), s) for i, s in enumerate(sigs))


def order(genesis_id, who, amount, payout, script=None, nonce=0):
    """A customer's signed transaction with one PAYOUT, and what a plan says of it."""
    secret = secp.secret_from(who)
    account = b"\0" + secp.public(secret)
    script = script or bitcoin.p2tr(secp.public(secp.secret_from(who + "'s wallet")))
    payload = struct.pack("<QQ", amount, 20000) + var(script)
    body = b"\1" + struct.pack("<q", 2**40) + account + struct.pack("<QQ", nonce, 1000)
    body += b"\1" + struct.pack("<H", OP_PAYOUT) + account + var(payload)
    sig = secp.sign(secret, secp.tagged("tally/transaction", genesis_id + body))
    return {"payout": payout, "amount": amount, "script": script, "op": 0, "order": body + sig}


def coin(n, value=10_000_000):
    return (bytes([n]) * 32, n), value


# ---

def commands(t):
    """Keys made and shown, and what is said when something is wrong."""
    me, datadir = program("tally-signer"), t.path("home")
    common = [me, "--network=regtest", f"--datadir={datadir}"]
    empty, secret = t.path("empty"), t.path("secret")
    for path, text in ((empty, ""), (secret, "correct horse\nand more\n")):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    key = run(common + [f"--passphrase-file={secret}", "newkey"]).strip()
    equal(len(bytes.fromhex(key)), 32, "a key")
    path = os.path.join(datadir, "regtest", "keys", "signer.json")
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode of the key file")
    equal(run(common + ["showkey"]).strip(), key, "showkey")
    check("sandbox o" in run([me, "--version"]) and "newkey" in run([me, "--help"]))

    def refused(status, words, *args, stdin=""):
        got, _, err = run(common + list(args), status=None, stdin=stdin)
        equal(got, status, f"exit code of {args}: {err}")
        check(words in err and "hint:" in err, f"{args}: {err}")

    refused(2, "exists already", f"--passphrase-file={empty}", "newkey")
    refused(2, "no genesis file")
    refused(2, "did you mean newkey", "newky")
    refused(2, "too much", "showkey", "newkey")
    refused(2, "did you mean", "--signer-kee=x")
    refused(2, "cannot open", f"--genesis={t.path('none')}")
    refused(2, "newkey makes one", f"--signer-key={t.path('none')}", "showkey")
    refused(2, "passphrase", f"--signer-key={t.path('other')}", "newkey")

    node, genesis = federation(t)
    refused(1, "passphrase does not open", f"--genesis={genesis}")
    refused(2, "not a member", f"--genesis={genesis}", f"--passphrase-file={secret}")
    member = f"--signer-key={node}/regtest/keys/signer1.json"
    refused(2, "for regtest, not for main", "--network=main", f"--genesis={genesis}", member)
    refused(2, "max-feerate", f"--genesis={genesis}", member, "--max-feerate=0")
    refused(2, "max-outflow", f"--genesis={genesis}", member, "--max-outflow=1e9")
    refused(1, "no socket lies there", f"--genesis={genesis}", member, f"--signer-socket={secret}")
    os.chmod(node + "/regtest/keys/signer1.json", 0o644)
    refused(2, "other users can read", f"--genesis={genesis}", member)
    os.chmod(node + "/regtest/keys/signer1.json", 0o600)
    with open(node + "/regtest/keys/signer1.json.log", "wb") as f:
        f.write(b"not what this program wrote, and long enough to see")
    refused(6, "impossible length", f"--genesis={genesis}", member)


def typed(t):
    """A passphrase is asked for on a terminal, and doesn't show there."""
    datadir = t.path("home")
    argv = [program("tally-signer"), "--network=regtest", f"--datadir={datadir}", "newkey"]
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    seen = b""

    def read_until(words):
        nonlocal seen
        while words not in seen:
            seen += os.read(fd, 1000)
    for words in (b"passphrase for the new key", b"the same again"):
        read_until(words)
        time.sleep(0.1)
        os.write(fd, b"open sesame\n")
    read_until(b"offline")
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, "newkey on a terminal")
    os.close(fd)
    check(b"sesame" not in seen, seen)
    with open(t.path("pass"), "w", encoding="ascii") as f:
        f.write("open sesame\n")
    _, genesis = federation(t)
    key = f"{datadir}/regtest/keys/signer.json"
    status, _, err = run([program("tally-signer"), "--network=regtest", f"--genesis={genesis}", f"--signer-key={key}",
                          f"--datadir={datadir}", f"--passphrase-file={t.path('pass')}"], status=None)
    check(status == 2 and "not a member" in err, "the passphrase opens it, but it is nobody's key:", err)


def two(t):
    """One signer for a key, one for a socket; a clean end; the file of a socket that a crash left is taken over."""
    datadir, genesis = federation(t)
    signer = Signer(t, datadir, genesis, 1)
    for extra, words in (([f"--signer-socket={t.path('x.sock')}"], "another signer uses this log"),
                         ([f"--signer-key={datadir}/regtest/keys/signer2.json"], "another signer answers")):
        status, _, err = run(signer.argv + extra, status=None)
        check(status == 1 and words in err, status, err)
    equal(stat.S_IMODE(os.stat(signer.socket_path).st_mode), 0o600, "mode of the socket")
    with open(f"/proc/{signer.process.pid}/status", encoding="ascii") as f:
        lines = dict(line.rstrip("\n").split(":\t", 1) for line in f)
    if "sandbox on" in run([program("tally-signer"), "--version"]):
        equal((lines["Seccomp"].strip(), lines["NoNewPrivs"].strip()), ("2", "1"), "inside the sandbox")
        check(int(lines["VmLck"].split()[0]) > 0, "the key is in locked memory")  # sanitizers take mlock() away
    equal(signer.stop(), 0, "exit code after SIGTERM")
    signer.start()
    equal(signer.kill(signal.SIGINT), 0, "exit code after SIGINT")
    signer.start()
    signer.kill()
    signer.start()


def liar(t):
    """D13: what a coordinator may not do, each with its reason; and kill -9 makes the signer forget nothing."""
    datadir, genesis = federation(t)
    node = Tallyd(t, f"--genesis={genesis}", datadir=datadir)
    world = World(genesis, bytes.fromhex(node.rpc.getinfo()["genesis_id"]))
    node.stop()
    signer = Signer(t, datadir, genesis, 1, "--max-feerate=50")
    alice, bob = order(world.id, "alice", 1_000_000, 1), order(world.id, "bob", 2_000_000, 2)
    elsewhere = order(b"\1" * 32, "bob", 2_000_000, 2)
    honest = Plan(1, [coin(1), coin(2)], [alice, bob])

    ask = Coordinator(t, signer.socket_path)
    equal(ask.ask(bytes([HELLO]) + world.id), b"\0" + world.keys[0] + struct.pack("<I", 50_000), "hello")
    equal(ask.ask(bytes([HELLO]) + b"\1" * 32), "OTHER_GENESIS")
    equal(ask.ask(b"\x63"), "BAD_REQUEST")
    equal(ask.ask(honest.request()[:-1]), "BAD_REQUEST")

    thief = Plan(1, [coin(1), coin(2)], [alice, bob, {"payout": 3, "amount": 5_000_000, "op": 0, "order": b"",
                                                      "script": bitcoin.p2tr(secp.public(secp.secret_from("thief")))}])
    equal(ask.sign(thief), "BAD_ORDER", "an output that nobody ordered")
    thief.orders.pop()
    equal(ask.sign(thief), "FOREIGN_OUTPUT", "an output without an order")
    more = Plan(1, [coin(1), coin(2)], [dict(alice, amount=1_000_001), bob])
    equal(ask.sign(more), "FOREIGN_OUTPUT", "a satoshi more than ordered")
    equal(ask.sign(Plan(1, [coin(1)], [elsewhere])), "ORDER_NOT_SIGNED", "an order for another chain")
    equal(ask.sign(Plan(1, [coin(1)], [dict(bob, order=bob["order"][:-1] + b"\0")])), "ORDER_NOT_SIGNED", "a forged order")
    equal(ask.sign(Plan(1, [coin(1), coin(2)], [alice, dict(alice, payout=9)])), "PAYOUT_TWICE", "one order for two outputs")
    for kind in (SWEEP, REFRESH):
        equal(ask.sign(Plan(1, [coin(1)], [dict(alice, order=b"")], kind=kind)), "BAD_ORDER", "payouts under another name")
    equal(ask.sign(Plan(1, [coin(1), coin(2)], [alice, bob], fee=100_000)), "FEE_TOO_HIGH", "the fee raised")
    dropped = Plan(1, [coin(1), coin(2)], [alice, bob])
    dropped.change = []
    equal(ask.sign(dropped), "FEE_TOO_HIGH", "the change dropped")
    stranger = Plan(1, [coin(1)], [alice])
    stranger.epoch = 7
    equal(ask.sign(stranger), "OTHER_FEDERATION", "another epoch")
    equal(os.path.getsize(signer.record), 0, "nothing was signed")

    sigs = ask.sign(honest)
    check(isinstance(sigs, list) and honest.verify(world, 0, sigs), "the honest plan is signed, for exactly its transaction:", sigs)
    size = os.path.getsize(signer.record)
    check(size > 0)

    second = Plan(2, [coin(2), coin(3)], [order(world.id, "carol", 500_000, 4)])
    again = Plan(3, [coin(4)], [alice])
    changed = Plan(1, [coin(1), coin(2)], [alice], version=1)
    for killed in range(3):
        equal(ask.sign(second), "INPUT_SIGNED_BEFORE", "a second plan on an input")
        equal(ask.sign(again), "PAYOUT_SIGNED_BEFORE", "a payout paid twice")
        equal(ask.sign(changed), "PLAN_CHANGED", "another content under the plan's number")
        equal(ask.sign(Plan(1, [coin(1), coin(2)], [alice, bob], fee=4000)), "VERSION_CHANGED", "another transaction as the same version")
        check(isinstance(ask.sign(honest), list), "the same again")
        equal(os.path.getsize(signer.record), size, "nothing new in the log")
        signer.kill()
        signer.start()
        ask = Coordinator(t, signer.socket_path)
        equal(killed + 1, signer.count("tally-signer ready") - 1)
    raised = Plan(1, [coin(1), coin(2)], [alice, bob], version=1, fee=6000)
    sigs = ask.sign(raised)
    check(isinstance(sigs, list) and raised.verify(world, 0, sigs), "a new version with a higher fee:", sigs)
    check(os.path.getsize(signer.record) > size)
    equal(ask.ask(bytes([FEERATE]) + struct.pack("<IIQ", 50_001, 0, 1)), "FEE_TOO_HIGH")
    check(signer.count("plan refused: FOREIGN_OUTPUT") == 2 and signer.count("plan agreed") > 0, "the log of a person says so")

    signer.stop()
    with open(signer.record, "ab") as f:  # a crash in the middle of a record
        f.write(b"\x20\0\0\0\xdf\xff\xff\xff half of")
    signer.start()
    equal(Coordinator(t, signer.socket_path).sign(second), "INPUT_SIGNED_BEFORE", "after a torn record")
    signer.stop()
    with open(signer.record, "r+b") as f:
        f.seek(40)
        byte = f.read(1)
        f.seek(40)
        f.write(bytes([byte[0] ^ 1]))
    status, _, err = run(signer.argv, status=None)
    check(status == 6 and "damaged" in err and "hint:" in err, status, err)


def refusing(t):
    """What signers refuse is shown, holds up nothing else, and goes on once they agree."""
    chain = EmbeddedChain(t)
    datadir, genesis = federation(t)
    signers = [Signer(t, datadir, genesis, i, "--max-outflow=0.005") for i in (1, 2)]
    node = Tallyd(t, f"--genesis={genesis}", f"--connect={chain.p2p_address}", *[f"--signer={s.socket_path}" for s in signers],
                  datadir=datadir)
    wait_until(lambda: node.rpc.getinfo()["ready"], 20, "the node to sync")
    node.rpc.newaccount("alice")
    where = wait_until(lambda: node.rpc.getpeginaddress("alice"), 10, "an endorsed address")
    chain.fund(where["address"], 5_000_000)
    chain.mine(1)
    wait_until(lambda: node.rpc.listpegins(state="MINTED"), 10, "the mint")
    paid = node.rpc.call("pegout", address=DESTINATION, amount="0.01", **{"from": "alice"})

    def refused():
        chain.mine(1)
        return all("OUTFLOW_LIMIT" in s.get("trouble", "") for s in node.rpc.getpegstatus()["signers"])
    wait_until(refused, 30, "both to refuse", every=0.7)
    at = chain.height()
    for _ in range(5):
        chain.mine(10)
        wait_until(lambda: node.rpc.getpegstatus()["height"] == chain.height(), 20, "the headers")
        time.sleep(0.7)
    wait_until(lambda: node.rpc.getpegstatus()["fee_votes"] == 2, 10, "fee votes all the same")
    check(chain.height() == at + 50)
    equal(node.rpc.getpegout(paid["payout"])["state"], "PLANNED")
    check(all(0 < s.count("plan refused: OUTFLOW_LIMIT") for s in signers))
    for s in signers:
        s.stop()
        s.argv = [a for a in s.argv if not a.startswith("--max-outflow")]
        s.start()

    def settled():
        chain.mine(1)
        return node.rpc.getpegout(paid["payout"])["state"] in ("PAID", "FINAL")
    wait_until(settled, 30, "the payout to settle", every=0.7)


def reclaim(chain, world, where, coin_id, sat, secret, delay):
    """The depositor takes his coin back through his own leaf; the txid, in the pool."""
    key = secp.public(secret)
    internal = bytes.fromhex(where["descriptor"].split("(")[1][:64])
    mine = bitcoin.push(key) + b"\xad" + bitcoin.push_number(delay) + b"\xb2"
    output, odd = secp.tweak_public(internal, bitcoin.tapbranch(world.leaf, bitcoin.tapleaf(mine)))
    script = bitcoin.p2tr(output)
    equal(bitcoin.address_of(script), where["address"], "the address, made from its descriptor")
    tx = bitcoin.Tx([bitcoin.In(*coin_id, sequence=delay)], [bitcoin.Out(sat - 1000, bitcoin.p2tr(key))])
    message = bitcoin.sighash(tx, [bitcoin.Out(sat, script)], 0, leaf=bitcoin.tapleaf(mine))
    tx.ins[0].witness = [secp.sign(secret, message), mine, bytes([0xC0 | odd]) + internal + world.leaf]
    return chain.send_raw(tx.hex())


def buried(t):
    """D24: a reclaimed deposit kills the sweep that had it; shown the proof, the signer moves what else was in that sweep."""
    chain = EmbeddedChain(t)
    datadir, genesis = federation(t)
    first, second = signers = [Signer(t, datadir, genesis, i) for i in (1, 2)]
    node = Tallyd(t, f"--genesis={genesis}", f"--connect={chain.p2p_address}", *[f"--signer={s.socket_path}" for s in signers],
                  datadir=datadir)
    wait_until(lambda: node.rpc.getinfo()["ready"], 20, "the node to sync")
    world = World(genesis, bytes.fromhex(node.rpc.getinfo()["genesis_id"]))
    node.rpc.newaccount("alice")
    secret, coins = secp.secret_from("the depositor's"), []

    def mine(n):
        while n > 0:
            chain.mine(min(n, 12))
            n -= 12
            wait_until(lambda: node.rpc.getpegstatus()["height"] == chain.height(), 20, "the headers")

    for nonce in (1, 2):
        terms = {"account": "alice", "reclaim_key": secp.public(secret).hex(), "nonce": nonce}
        where = wait_until(lambda: node.rpc.call("getpeginaddress", **terms), 10, "an endorsed address")  # pylint: disable=cell-var-from-loop
        coins.append((where, chain.fund(where["address"], 5_000_000)))
    mine(1)
    wait_until(lambda: len(node.rpc.listpegins(state="MINTED")) == 2, 10, "both mints")
    second.kill()
    mine(73)  # half of the reclaim delay is over
    wait_until(lambda: first.count("plan agreed") == 1, 20, "the first to sign the sweep")
    equal(len(node.rpc.getplan(1)["inputs"]), 2, "deposits in the sweep")
    mine(144 - 73)
    reclaim(chain, world, *coins[0], 5_000_000, secret, 144)
    mine(3)
    wait_until(lambda: node.rpc.getplan(1)["state"] == "DEAD", 20, "the sweep to be dead")
    wait_until(lambda: first.count("plan refused: INPUT_SIGNED_BEFORE"), 20, "a refusal of the next")
    wait_until(lambda: first.count("dead plan agreed") == 1, 20, "the proof to be shown")
    wait_until(lambda: first.count("plan agreed") >= 2, 20, "the next sweep to be signed")
    second.start()

    def swept():
        mine(1)
        return node.rpc.getplan(2)["state"] in ("SETTLED", "FINAL")
    wait_until(swept, 30, "the other deposit to be swept", every=0.5)
    equal([u["sat"] for u in chain.utxos(bitcoin.address_of(bitcoin.p2tr(secp.public(secret))))], [4_999_000], "reclaimed once")


def story(t):
    """Deposit to payout with two signers of three in processes of their own, each killed on the way."""
    chain = EmbeddedChain(t)
    datadir, genesis = federation(t)
    signers = [Signer(t, datadir, genesis, i) for i in (1, 3)]
    node = Tallyd(t, f"--genesis={genesis}", f"--connect={chain.p2p_address}", *[f"--signer={s.socket_path}" for s in signers],
                  datadir=datadir)
    wait_until(lambda: node.rpc.getinfo()["ready"], 20, "the node to sync")
    node.rpc.newaccount("alice")
    where = wait_until(lambda: node.rpc.getpeginaddress("alice"), 10, "an endorsed address")
    chain.fund(where["address"], 5_000_000)
    chain.mine(1)
    wait_until(lambda: node.rpc.listpegins(state="MINTED"), 10, "the mint")

    for s in signers:
        s.kill()
    paid = node.rpc.call("pegout", address=DESTINATION, amount="0.01", **{"from": "alice"})
    chain.mine(3)
    time.sleep(1)
    equal(node.rpc.getpegout(paid["payout"])["state"] in ("QUEUED", "PLANNED"), True, "waits for signers")
    signers[0].start()
    time.sleep(1.5)
    equal(node.rpc.getpegout(paid["payout"])["state"] in ("QUEUED", "PLANNED"), True, "one of two is not enough")
    signers[1].start()

    kills = []

    def settled():
        chain.mine(1)
        if len(kills) < 2:
            kills.append(signers[len(kills) % 2])
            kills[-1].kill()
            kills[-1].start()
        return node.rpc.getpegout(paid["payout"])["state"] in ("PAID", "FINAL")
    wait_until(settled, 60, "the payout to settle", every=0.8)
    equal([u["sat"] for u in chain.utxos(DESTINATION)], [1_000_000], "exactly the amount arrives, once")
    check(all(s.count("plan agreed") >= 2 for s in signers), "a sweep and a payout each")
    seen = node.rpc.getpegstatus()["signers"]
    equal([(s["where"], s["member"]) for s in seen], [(s.socket_path, m) for s, m in zip(signers, ("member1", "member3"))], "getpegstatus")
    check("member3" in tally(node, "getpegstatus"))


if __name__ == "__main__":
    main(commands, typed, two, liar, refusing, buried, story)
