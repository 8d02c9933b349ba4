#!/usr/bin/env python3
"""tally ledger: check finds what is damaged and names it, export and import carry a ledger elsewhere, where it goes on."""
import json
import os
import shutil
import sqlite3

from harness import RpcError, Tallyd, check, equal, main, program, raises, run, wait_until
from world import World, program_dir


class Ledger:
    """`tally ledger` on the ledger of a datadir."""

    def __init__(self, world, datadir, plugindir=None):
        self.datadir, self.path = datadir, os.path.join(datadir, "regtest", "ledger.sqlite")
        self.argv = [program("tally"), "--network=regtest", f"--datadir={datadir}", f"--genesis={world.genesis_path}",
                     f"--plugindir={plugindir or program_dir()}"]

    def run(self, *words, status=0):
        """What it printed, as JSON; or, when it is to fail, what it complained of."""
        got, out, err = run([*self.argv, "--json", "ledger", *map(str, words)], timeout=60, status=None)
        equal(got, status, f"exit status of tally ledger {' '.join(map(str, words))}: {out}{err}")
        check((got == 0) == (out != ""), out, err)
        check(got == 0 or "hint: " in err, "no hint: " + err)
        return json.loads(out) if got == 0 else err

    def copy(self, test, name):
        """The same ledger in a datadir of its own, to be spoilt."""
        other = test.path(name)
        os.makedirs(os.path.join(other, "regtest"), mode=0o700)
        spoilt = Ledger.__new__(Ledger)
        spoilt.datadir, spoilt.path = other, os.path.join(other, "regtest", "ledger.sqlite")
        spoilt.argv = [a if not a.startswith("--datadir") else f"--datadir={other}" for a in self.argv]
        shutil.copy(self.path, spoilt.path)
        return spoilt

    def sql(self, *args):
        db = sqlite3.connect(self.path)
        with db:
            rows = db.execute(*args).fetchall()
        db.close()
        return rows

    def flip(self, table, column, where):
        """Flip a bit in the middle of a blob."""
        (blob,), = self.sql(f"SELECT {column} FROM {table} WHERE {where}")
        spoilt = bytearray(blob)
        spoilt[len(blob) // 2] ^= 0x10
        self.sql(f"UPDATE {table} SET {column} = ? WHERE {where}", (bytes(spoilt),))


def busy_world(t):
    w = World(t, accounts=("alice", "bob", "store"))
    w.pegged("store", 20_000_000)
    for who in ("alice", "bob"):
        w.rpc.send(to=who, amount="0.01", **{"from": "store"})
    w.rpc.call("createasset", ticker="ONCE", name="Once", cap="21", rule="issue_fixed", **{"from": "alice"})
    for _ in range(5):
        w.rpc.send(to="bob", amount="0.0001", **{"from": "alice"})
    return w


def checks(t, w):
    whole = Ledger(w, w.node.datadir)
    check("another process" in whole.run("check", status=1), "while the daemon runs")
    tip, app_hash = w.rpc.getblockcount(), w.rpc.getinfo()["sidechain"]["app_hash"]
    w.node.stop()
    said = whole.run("check")
    equal((said["height"], said["app_hash"], said["executed"]), (tip, app_hash, True))
    equal(said["transactions"], whole.sql("SELECT count(*) FROM transactions")[0][0])

    missing = Ledger(w, w.node.datadir, plugindir=t.path("nothing"))
    os.makedirs(t.path("nothing"))
    complaint = missing.run("check", status=1)
    check("plugindir" in complaint and "gov_council" in complaint and "block 1 " in complaint, complaint)

    (place,), = whole.sql("SELECT place FROM transactions WHERE code = 0 ORDER BY place DESC LIMIT 1")
    height = place >> 20
    for n, (table, column, where, at, what) in enumerate((
            ("blocks", "bytes", "height = 3", 3, "hash"),
            ("blocks", "seal", "height = 4", 4, "seal"),
            ("blocks", "events", f"height = (SELECT min(height) FROM blocks WHERE length(events) > 0)", None, "events"),
            ("transactions", "bytes", f"place = {place}", height, "transaction 0"),
            ("transactions", "events", f"place = (SELECT min(place) FROM transactions WHERE length(events) > 0)", None, "events"))):
        if not whole.sql(f"SELECT 1 FROM {table} WHERE {where}"):
            continue
        spoilt = whole.copy(t, f"spoilt-{n}")
        spoilt.flip(table, column, where)
        complaint = spoilt.run("check", status=6)
        check((f"block {at} " if at else "block ") in complaint and what in complaint, table, column, complaint)

    for n, (change, what) in enumerate((
            ("DELETE FROM blocks WHERE height = 5", "block 5 differs"),
            (f"DELETE FROM transactions WHERE place = {place}", f"block {height} differs: the root of its transactions"),
            (f"UPDATE transactions SET reason = 'NO' WHERE place = {place}", f"block {height} differs: transaction 0: its result"),
            (f"DELETE FROM history WHERE place = {place}", "histories"))):
        spoilt = whole.copy(t, f"changed-{n}")
        spoilt.sql(change)
        check(what in spoilt.run("check", status=6), change)

    # the state's table alone: the blocks can make it again
    spoilt = whole.copy(t, "state")
    for table, column in (("state", "value"), ("deltas", "bytes")):
        for rowid, in spoilt.sql(f"SELECT {'key' if table == 'state' else 'height'} FROM {table} LIMIT 3"):
            key = f"x'{rowid.hex()}'" if table == "state" else rowid
            spoilt.flip(table, column, f"{'key' if table == 'state' else 'height'} = {key}")
    complaint = spoilt.run("check", status=6)
    check("state" in complaint and f"ledger export FILE {tip}" in complaint, complaint)
    spoilt.run("export", t.path("rescued"), status=6)
    made = spoilt.run("export", t.path("rescued"), tip)
    equal((made["height"], made["app_hash"]), (tip, app_hash))
    return whole, tip, app_hash


def carried(t, w, whole, tip, app_hash):
    file = t.path("snapshot")
    made = whole.run("export", file)
    equal((made["height"], made["app_hash"]), (tip, app_hash))
    with open(file, "rb") as f, open(t.path("rescued"), "rb") as g:
        equal(f.read() == g.read(), True, "a snapshot from the blocks is the one from the table")
    check("there already" in whole.run("export", file, status=1))
    early = whole.run("export", t.path("early"), tip - 3)
    equal(early["height"], tip - 3)
    whole.run("export", t.path("none"), tip + 1, status=2)
    whole.run("export", t.path("none"), "0", status=2)
    check(not os.path.exists(t.path("none")))

    new = Ledger(w, t.path("elsewhere"))
    check(made["trust"] in new.run("import", file, status=2), "it says which hash to ask for")
    check("not the one that you trust" in new.run("import", file, "trust=" + early["trust"], status=1))
    equal(new.run("import", file, f"--trust={made['trust']}")["app_hash"], app_hash)
    check("there already" in new.run("import", file, "trust=" + made["trust"], status=1))
    check("there already" in whole.run("import", file, "trust=" + made["trust"], status=1))

    # damaged: refused, and nothing is written
    with open(file, "rb") as f:
        good = f.read()
    for n, bad in enumerate((good[:100], good[:-1], good[:400], good + b"\0", good[:-40] + good[-39:],
                             *(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:] for at in (0, 8, 20, 60, 250, 300, 340, len(good) // 2, len(good) - 1)))):
        spoilt = Ledger(w, t.path(f"bad-{n}"))
        with open(t.path("bad"), "wb") as f:
            f.write(bad)
        spoilt.run("import", t.path("bad"), "trust=" + made["trust"], status=6)
        folder = os.path.join(spoilt.datadir, "regtest")
        check(not os.path.exists(folder) or not [x for x in os.listdir(folder) if x.startswith("ledger")], n)
    return new, file, made


def goes_on(t, w, whole, new, file, made):
    """The daemon on the imported ledger, with the wallet of the old one."""
    old, folder = os.path.join(whole.datadir, "regtest"), os.path.join(new.datadir, "regtest")
    shutil.copytree(os.path.join(old, "keys"), os.path.join(folder, "keys"), dirs_exist_ok=True)
    for name in os.listdir(old):
        if name.startswith("wallet"):
            shutil.copy(os.path.join(old, name), os.path.join(folder, name))
    node = Tallyd(t, *w.options, f"--genesis={w.genesis_path}", "--signer=builtin", datadir=new.datadir)
    rpc = node.rpc
    equal(rpc.getinfo()["sidechain"]["app_hash"] if rpc.getblockcount() == made["height"] else made["app_hash"], made["app_hash"])
    wait_until(lambda: rpc.getinfo()["ready"], 30, "the new node to be ready")
    error = raises(RpcError, rpc.getblock, str(made["height"] - 1))
    equal(error.data["reason"], "UNKNOWN_BLOCK")
    check("snapshot" in error.message, error)
    equal(rpc.getblock(str(made["height"]))["from_snapshot"], True)
    before = rpc.getblockcount()
    sent = rpc.send(to="bob", amount="0.0002", **{"from": "alice"})
    check(sent["height"] > before)
    check("from_snapshot" not in rpc.getblock(str(sent["height"])))
    w.node, w.rpc = node, rpc
    w.pegged("alice", 3_000_000)
    w.audit()
    tip = rpc.getblockcount()
    w.restart()
    check(rpc.getblockcount() >= tip)
    node.stop()

    said = new.run("check")
    equal((said["executed"], said["first_block"]), (False, made["height"]))
    said = new.run("check", file)
    equal(said["executed"], True)
    check(said["height"] >= tip and said["transactions"] >= 2, said)
    check("not in this ledger" in new.run("check", t.path("early"), status=2))
    whole.run("check", t.path("early"))  # a part of the whole
    (last,), = new.sql("SELECT max(height) FROM blocks")
    for n, at in enumerate((made["height"] + 1, last)):
        spoilt = new.copy(t, f"spoilt-new-{n}")
        spoilt.flip("blocks", "bytes", f"height = {at}")
        complaint = spoilt.run("check", status=6)
        check(f"block {at} differs" in complaint, complaint)


def ledger_file(t):
    w = busy_world(t)
    whole, tip, app_hash = checks(t, w)
    new, file, made = carried(t, w, whole, tip, app_hash)
    goes_on(t, w, whole, new, file, made)


if __name__ == "__main__":
    main(ledger_file)
