#!/usr/bin/env python3
"""What a person meets at the front door: each kind of bad input with its message, its hint and its exit code; one daemon for a datadir;
clients that do not behave."""
import json
import os
import socket
import subprocess
import threading
import time

from chains import EmbeddedChain
from harness import Process, Tallyd, check, equal, main, program, run, tally, wait_until

DONE, REFUSED, USAGE, UNREACHABLE, NOT_READY, TIMED_OUT, CORRUPT = range(7)


def refusal(argv, code, *says, **kwargs):
    """Run something that must fail with this code, saying all of this, with a hint."""
    status, out, err = run(argv, status=None, **kwargs)
    equal(status, code, f"exit code of {argv} ({out}{err})")
    for text in says:
        check(text in err, f"{argv} must say {text!r}:", err)
    check("\nhint: " in err, f"{argv} must give a hint:", err)
    return err


def cli(node, *args):
    return [program("tally"), "--network=regtest", f"--datadir={node.datadir}", *args]


def on_terminal(argv, env=None):
    """What a program shows a person."""
    ours, theirs = os.openpty()
    with subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(os.environ, **(env or {}))) as p:
        os.close(theirs)
        shown = b""
        try:
            while True:
                shown += os.read(ours, 65536)
        except OSError:  # the program has ended
            pass
        p.wait(10)
    os.close(ours)
    return shown.decode()


def options(t):
    d = program("tallyd")
    refusal([d, "--netwrok=regtest"], USAGE, "unknown option 'netwrok'", "did you mean network?")
    refusal([d, "--network=bitcoin"], USAGE, "main|testnet4|testnet3|signet|regtest")
    refusal([d, "--rpcport=70000"], USAGE, "a port number from 0 to 65535")
    refusal([d, "--rpcport"], USAGE, "needs a value")
    refusal([d, "getinfo"], USAGE, "getinfo", "commands are for tally")
    conf = t.path("tally.conf")

    def write(text):
        with open(conf, "w", encoding="utf-8") as f:
            f.write(text)
    write("# a comment\nrpcport = 1\n\nrpcprot = 2\n")
    refusal([d, f"--conf={conf}"], USAGE, f"{conf}:4", "unknown key 'rpcprot'", "did you mean rpcport?")
    write("[regtset]\nrpcport=1\n")
    refusal([d, f"--conf={conf}"], USAGE, f"{conf}:2", "unknown section [regtset]", "did you mean [regtest]?")
    write("rpcport\n")
    refusal([d, f"--conf={conf}"], USAGE, f"{conf}:1", "KEY = VALUE")
    write("[regtest]\nrpcport = many\n")
    refusal([d, f"--conf={conf}", "--network=main"], USAGE, f"{conf}:2", "port number")  # wrong also where it does not count
    refusal([d, f"--conf={conf}.no"], USAGE, "cannot open")
    write("network=regtest\nlog=debug\nrpcport=1\ninclude=more.conf\n[regtest]\nrpcport=2\n")
    with open(t.path("more.conf"), "w", encoding="utf-8") as f:
        f.write("feerate=7\n")

    def values(*args, **env):
        got = run([d, f"--conf={conf}", "--check-config", *args], status=None)
        return got[1] if not env else ""
    equal([l for l in values().splitlines() if l.startswith("rpcport")], [f"rpcport = 2  ({conf}:6)"])
    check(f"feerate = 7  ({t.path('more.conf')}:1)" in values(), values())
    check("network = regtest" in values() and "rpcbind = 127.0.0.1  (default)" in values(), values())
    check("rpcport = 3  (command line)" in values("--rpcport=3"), values("--rpcport=3"))
    os.environ["TALLY_RPCPORT"] = "4"
    try:
        check("rpcport = 4  (environment TALLY_RPCPORT)" in values(), values())
    finally:
        del os.environ["TALLY_RPCPORT"]
    for name in ("tallyd", "tally"):
        version = run([program(name), "--version"])
        check(all(lib in version for lib in ("libevent 2.", "SQLite 3.", "OpenSSL 3.", "libsecp256k1 ")), version)
        check("--datadir=DIR" in run([program(name), "--help"]))


def chain_of_ones_own(t):
    """Parameters of a main chain from a file: one name for daemon, command line and genesis, and other parameters are another chain."""
    d, conf, other = program("tallyd"), t.path("chain.conf"), t.path("other.conf")
    for path, port in ((conf, 1), (other, 2)):
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"like = signet\nname = own\nsignet_challenge = 51\nbip54_height = {port}\n")
    shown = run([d, f"--chainparams={conf}", f"--datadir={t.path('own')}", "--check-config"])
    name = shown.split("network = ")[1].split()[0]
    check(name.startswith("own-") and "rpcport = 7425" in shown, shown)
    check(name not in run([d, f"--chainparams={other}", "--check-config"]), "another height of BIP54 is another chain")
    Process(t, "tallyd", [d, f"--chainparams={conf}", f"--datadir={t.path('own')}", "--rpcport=0", "--connect=127.0.0.1:1"]).start()
    cli = [program("tally"), f"--datadir={t.path('own')}", "--json"]
    ask = [*cli, f"--chainparams={conf}", "getinfo"]
    wait_until(lambda: run(ask, status=None)[0] == DONE, 20, "tally to find the daemon of a chain of one's own")
    info = json.loads(run(ask))
    equal(info["network"], name)
    refusal([*cli, f"--chainparams={other}", "getinfo"], UNREACHABLE, "no tallyd answers")
    refusal([d, f"--chainparams={conf}", "--network=signet"], USAGE, "both network and chainparams")
    with open(conf, "a", encoding="utf-8") as f:
        f.write("magic = 0a03cf40\n")
    refusal([d, f"--chainparams={conf}"], USAGE, conf, "magic is not what BIP325 makes")
    with open(conf, "a", encoding="utf-8") as f:
        f.write("prot = 1\n")
    refusal([d, f"--chainparams={conf}"], USAGE, "line 6: unknown key 'prot'", "did you mean port?")


def starting(t):
    node = Tallyd(t)
    equal(oct(os.stat(os.path.join(node.datadir, "regtest", "rpc.sock")).st_mode & 0o777), "0o600", "socket")
    equal(oct(os.stat(os.path.join(node.datadir, "regtest", ".cookie")).st_mode & 0o777), "0o600", "cookie")
    second = [program("tallyd"), "--network=regtest", f"--datadir={node.datadir}", "--rpcport=0"]
    refusal(second, REFUSED, "another tallyd", str(node.process.pid))
    equal(node.rpc.ping(), "pong", "the first goes on")
    refusal([program("tallyd"), "--network=regtest", f"--datadir={t.path('a')}", f"--rpcport={node.http.port}"], USAGE, "cannot listen")
    refusal([program("tallyd"), "--network=regtest", f"--datadir={t.path('b')}", "--rpcbind=0.0.0.0", "--rpcport=0"], USAGE, "nobody is allowed")
    refusal([program("tallyd"), "--network=regtest", f"--datadir={t.path('c')}", "--rpcport=0", "--connect=no:port:no"], USAGE, "peer 'no:port:no'")
    with open(t.path("genesis.json"), "w", encoding="utf-8") as f:
        f.write('{"tallystick_genesis": 1, "chian_id": "x"}')
    refusal([program("tallyd"), "--network=regtest", f"--datadir={t.path('d')}", "--rpcport=0", f"--genesis={t.path('genesis.json')}"], USAGE,
            "genesis.json", "chain_id is missing")
    with open(os.path.join(node.datadir, "regtest", "keys", "wallet.json"), "w", encoding="utf-8") as f:
        f.write("{}")
    node.kill()
    refusal([program("tallyd"), "--network=regtest", f"--datadir={node.datadir}", "--rpcport=0"], CORRUPT, "wallet.json is damaged")


def background(t):
    datadir = t.path("daemon")
    argv = [program("tallyd"), "--network=regtest", f"--datadir={datadir}", "--rpcport=0", "--daemon"]
    check("tallyd ready" in run(argv))
    again = refusal(argv, REFUSED, "another tallyd")
    check(again.count("another tallyd") == 1, again)
    run([program("tally"), "--network=regtest", f"--datadir={datadir}", "stop"])
    wait_until(lambda: not os.path.exists(os.path.join(datadir, "regtest", "rpc.sock")), 10, "the daemon to end")


def progress(t):
    """Work that takes its time is shown: a bar in the terminal's language, lines in the log where there is no terminal. The peer
    here has 120 headers and keeps them."""
    chain = EmbeddedChain(t, premine=120)
    chain.misbehave("stall_headers")
    shown = {}

    def watch(language):
        argv = ["timeout", "--foreground", "4", program("tallyd"), "--network=regtest", f"--datadir={t.path(language)}", "--rpcport=0",
                f"--connect={chain.p2p_address}"]
        shown[language] = on_terminal(argv, {"LC_ALL": language})
    watchers = [threading.Thread(target=watch, args=(language,)) for language in ("C", "zh_CN.UTF-8")]
    for w in watchers:
        w.start()
    node = Tallyd(t, f"--connect={chain.p2p_address}")
    wait_until(lambda: "info spv: headers 0 of 120 (0 %)" in log_of(node), 20, "a line in the log")
    said = run(cli(node, "getmainchaininfo"), status=0)
    check("[......................] headers 0 of 120 (0 %)" in said and "not ready: headers: at height 0" in said, said)
    for w in watchers:
        w.join()
    bar = "\r\033[K[......................] "
    check(bar + "headers 0 of 120 (0 %)" in shown["C"], shown)
    check(bar + "区块头 0 / 120 (0 %)" in shown["zh_CN.UTF-8"], shown)
    check(all(text.endswith("\r\033[K") for text in shown.values()), "the bar is gone at the end", shown)
    chain.misbehave("none")
    chain.control("kick")
    wait_until(lambda: node.rpc.getmainchaininfo()["stage"] == "done", 20, "the end of the work")
    info = node.rpc.getmainchaininfo()
    equal((info["verificationprogress"], info["eta_seconds"], info["headers"]), (1.0, 0, 120))


def log_of(node):
    with open(os.path.join(node.datadir, "regtest", "debug.log"), encoding="utf-8") as f:
        return f.read()


def import_headers(t):
    chain = EmbeddedChain(t, premine=2500)
    node = Tallyd(t, f"--connect={chain.p2p_address}")
    wait_until(lambda: node.rpc.getmainchaininfo()["headers"] == 2500, 20, "the headers")
    node.stop()
    with open(os.path.join(node.datadir, "regtest", "headers.dat"), "rb") as f:
        raw = f.read()
    equal(len(raw), 2500 * 80, "headers.dat is plain headers")
    with open(t.path("headers"), "wb") as f:
        f.write(raw)
    other = Tallyd(t, f"--import-headers={t.path('headers')}")
    equal(other.rpc.getmainchaininfo()["tip"], chain.tip(), "imported")
    other.stop()
    other = Tallyd(t, datadir=other.datadir)
    equal(other.rpc.getmainchaininfo()["height"], 2500, "and kept")
    other.stop()
    beside = os.path.join(other.datadir, "regtest", "mainchain.sqlite")
    with open(beside, "r+b") as f:
        f.write(b"\xa5" * 4096)
    other = Tallyd(t, datadir=other.datadir)
    equal(other.rpc.getmainchaininfo()["height"], 2500, "a damaged database is made anew")
    check(os.path.exists(beside + ".damaged"))
    with open(t.path("headers"), "wb") as f:
        f.write(raw[:80 * 2100 + 4] + bytes([raw[80 * 2100 + 4] ^ 1]) + raw[80 * 2100 + 5:])
    argv = [program("tallyd"), "--network=regtest", f"--datadir={t.path('x')}", "--rpcport=0", f"--import-headers={t.path('headers')}"]
    refusal(argv, USAGE, "header number 2101")
    refusal(argv + ["--import-headers=/nonexistent"], USAGE, "cannot open")


def bad_input(t):
    chain = EmbeddedChain(t)
    datadir = t.path("node0")
    genesis = run([program("tally"), "--network=regtest", f"--datadir={datadir}", "federation", "chain_id=x"]).strip()
    argv = [program("tally"), "--network=regtest", f"--datadir={datadir}"]
    refusal(argv + ["getinfo"], UNREACHABLE, "no tallyd answers")
    node = Tallyd(t, f"--genesis={genesis}", "--signer=builtin", datadir=datadir)
    refusal([program("tally"), f"--datadir={datadir}", "getinfo"], UNREACHABLE, "add --network=regtest")
    refusal(cli(node, "getpeginaddress", "main"), NOT_READY, "SYNCING", "there is no peer")
    equal(json.loads(run(cli(node, "getinfo", "--json")))["ready"], False)
    node.rpc.addnode(chain.p2p_address)
    wait_until(lambda: node.rpc.getinfo()["ready"], 20, "the node to sync")

    refusal(cli(node, "getinof"), USAGE, "no command 'getinof'", "did you mean getinfo?")
    refusal(cli(node, "--jsno", "getinfo"), USAGE, "unknown option 'jsno'", "did you mean json?")
    refusal(cli(node, "getpeginaddress", "nobody"), USAGE, "account 'nobody'")
    refusal(cli(node, "getpeginaddress", "lable=x"), USAGE, "lable")
    refusal(cli(node, "pegout", "bcrt1qnotanaddress", "0.1"), USAGE, "address 'bcrt1qnotanaddress'")
    refusal(cli(node, "pegout", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0.1"), USAGE, "regtest")
    good = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
    for amount in ("0.000000001", "1e-9", "-0", "-1", "+1", ".5", "1.", " 1", "1,5", "0x1", "99999999999999999999", ""):
        refusal(cli(node, "pegout", good, f"amount={amount}"), USAGE, "amount")
    refusal(cli(node, "pegout", good), USAGE, "amount is missing", "usage: tally pegout address amount")
    refusal(cli(node, "pegout", good, "0.1"), REFUSED, "FEE_NOT_PAYABLE")
    refusal(cli(node, "getblock", "77"), REFUSED, "UNKNOWN_BLOCK")
    refusal(cli(node, "getheaderhash", "-1"), USAGE, "whole number")
    refusal(cli(node, "submittransaction", "00ff"), REFUSED, "BAD_VERSION")
    refusal([program("tally"), "decodetransaction", "00ff"], REFUSED, "no transaction")
    refusal(cli(node, "newaccount", "tly"), USAGE, "no label")
    refusal(cli(node, "createwallet"), REFUSED, "there is a wallet already")

    shown = on_terminal(cli(node, "getpeginaddress", "member1"))
    check("bcrt1p" in shown and shown.count("█") > 100, "a QR code on a terminal:", shown)
    check("█" not in tally(node, "getpeginaddress", "member1"), "and none in a file")
    error = json.loads(run(cli(node, "--json", "getblock", "77"), status=None)[2])
    equal(error["data"]["reason"], "UNKNOWN_BLOCK", "errors are JSON too")

    other = t.path("other")
    os.makedirs(os.path.join(other, "regtest"))
    with open(os.path.join(other, "regtest", ".cookie"), "w", encoding="ascii") as f:
        f.write("__cookie__:" + "00" * 32)
    at = f"--rpcconnect=127.0.0.1:{node.http.port}"
    refusal([program("tally"), "--network=regtest", f"--datadir={other}", at, "ping"], REFUSED, "cookie", "WRONG_COOKIE")
    equal(tally(node, at, "ping").strip(), "pong")
    refusal(cli(node, "--rpcconnect=127.0.0.1:1", "ping"), UNREACHABLE, "no tallyd answers")
    refusal(cli(node, "--rpcconnect=localhost", "ping"), USAGE, "HOST:PORT")
    refusal(cli(node, "--timeout=0", "ping"), TIMED_OUT, "did not answer in time")


def json_text(t):
    """R6, over both doors."""
    node = Tallyd(t)

    def unix(raw):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(node.rpc.path)
            s.sendall(raw)
            return json.loads(s.makefile().readline())

    def web(raw):
        with open(node.http.cookie, encoding="ascii") as f:
            head = {"Authorization": "Bearer " + f.read().split(":")[1]}
        status, body = node.http.post(raw, head)
        return json.loads(body) | {"status": status}
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    deep = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b"[" * 40 + b"]" * 40 + b"}"
    for raw, what in ((b"[" * 100000, "deep"), (deep, "deep"), (b'{"id":1,"id":2,"method":"ping"}', "duplicate"),
                      (b'{"id":1,"method":"\xff\xfe"}', "UTF-8"), (b"{\"id\":1,\"method\":\"a\\u0000b\"}", "NUL"), (b"{garbage}", "string or '}'"),
                      (b'{"id":99999999999999999999999999,"method":"ping"}', "big"), (b'{"id":1e999,"method":"ping"}', "overflow")):
        for answer in (unix(raw), web(raw)):
            equal(answer["error"]["code"], -32700, f"{raw[:40]}: {answer}")
            equal(answer["error"]["data"]["reason"], "BAD_JSON")
            check(answer.get("status") in (None, 400))
    for raw, code in ((b"[]", -32600), (b"[1]", -32600), (b"{}", -32600), (b'{"id":{},"method":"ping"}', -32600), (b'{"id":1,"method":5}', -32600),
                      (b'{"id":1,"method":"ping","params":3}', -32600), (b'{"id":1,"method":"nope"}', -32601),
                      (b'{"id":1,"method":"ping","params":[1]}', -32602), (b'{"id":1,"method":"getheaderhash","params":[1.5]}', -32602),
                      (b'{"id":1,"method":"getheaderhash","params":{"height":-1}}', -32602),
                      (b'{"id":1,"method":"getheaderhash","params":{"heigth":1}}', -32602)):
        answer = unix(raw)
        answer = answer[0] if isinstance(answer, list) else answer
        equal(answer["error"]["code"], code, f"{raw}: {answer}")
        check(answer["error"]["data"]["reason"])
    equal(web(ping)["result"], "pong")
    both = unix(b'[' + ping + b',{"jsonrpc":"2.0","method":"ping"},{"id":7,"method":"ping"}]')
    equal([a["id"] for a in both], [1, 7], "a notification has no answer")
    check("jsonrpc" not in both[1] and both[1]["error"] is None, "1.0 is answered as 1.0")
    equal(web(ping)["status"], 200)
    equal(len(unix(b"[" + b",".join([ping] * 100) + b"]")), 100)
    equal(unix(b"[" + b",".join([ping] * 101) + b"]")["error"]["data"]["reason"], "BAD_BATCH")
    with socket.socket(socket.AF_UNIX) as s:  # several in one stream, in pieces
        s.connect(node.rpc.path)
        for part in (ping[:10], ping[10:] + b"\n" + ping + ping[:3], ping[3:]):
            s.sendall(part)
            time.sleep(0.05)
        answers = s.makefile()
        equal([json.loads(answers.readline())["result"] for _ in range(3)], ["pong"] * 3)


def each_method(t):
    """Every method of the table answers without its parameters: with a result, or with a reasoned error."""
    chain = EmbeddedChain(t)
    datadir = t.path("node0")
    genesis = run([program("tally"), "--network=regtest", f"--datadir={datadir}", "federation", "chain_id=x"]).strip()
    node = Tallyd(t, f"--genesis={genesis}", f"--connect={chain.p2p_address}", datadir=datadir)
    light = Tallyd(t)
    methods = node.rpc.help()
    check(len(methods) > 40, len(methods))
    for m in methods:
        name = m["name"]
        check(m["summary"] and m["usage"].startswith(f"tally {name}"), m)
        equal(node.rpc.help(name), m)
        check(name in run([program("tally"), "help"]) and f"usage: {m['usage']}" in run([program("tally"), "help", name]))
        if name == "stop":
            continue
        for n in (node, light):
            answer = n.rpc.exchange({"jsonrpc": "2.0", "id": 1, "method": name, "params": {}})
            if "error" in answer:
                e = answer["error"]
                check(e["message"] and e["data"]["reason"] and e["code"] not in (-32603,), name, e)
        required = [p["name"] for p in m["params"] if p["required"]]
        answer = node.rpc.exchange({"jsonrpc": "2.0", "id": 1, "method": name, "params": {"no such parameter": 1}})
        equal(answer["error"]["code"], -32602, name)
        if required and not m["secret"]:
            status, _, err = run([program("tally"), *(f"--{k}={v}" for k, v in (("network", "regtest"), ("datadir", datadir))), name], status=None)
            equal(status, USAGE, name)
            check(f"{required[0]} is missing" in err, err)
        for p in m["params"]:
            wrong = {"amount": 1, "number": "x", "true or false": 1, "JSON": "x"}.get(p["kind"], 5)
            answer = node.rpc.exchange({"jsonrpc": "2.0", "id": 1, "method": name, "params": {p["name"]: wrong}})
            equal(answer["error"]["code"], -32602, f"{name} {p}")
    check("getinfo" in run([program("tally"), "complete"]).split())
    check("address=" in run([program("tally"), "complete", "pegout"]).split())


def hostile(t):
    """R5: bounded, and the RPC still answers."""
    node = Tallyd(t)
    port = node.http.port

    def raw(data, wait=5):
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.settimeout(wait)
            try:
                s.sendall(data)
                got = b""
                while True:
                    more = s.recv(65536)
                    if not more:
                        return got
                    got += more
            except (ConnectionResetError, BrokenPipeError):
                return got
            except socket.timeout:
                return b"silence"

    def status(data):
        return raw(data).split(b" ")[1:2]
    host = b"Host: 127.0.0.1\r\n"
    for data, want in ((b"GARBAGE\r\n\r\n", b"400"), (b"GET / HTTP/9.9\r\n\r\n", b"505"), (b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n\r\n\r\n", b"400"),
                       (b"GET /health HTTP/1.1\r\n" + host + host + b"\r\n", b"400"),
                       (b"GET /health HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", b"400"),
                       (b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"403"), (b"GET /health HTTP/1.1\r\n\r\n", b"403"),
                       (b"GET /health HTTP/1.1\r\n" + host + b"Origin: http://evil.example\r\n\r\n", b"403"),
                       (b"GET /health HTTP/1.1\r\n" + host + b"Origin: null\r\n\r\n", b"403"),
                       (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 4\r\n\r\nping", b"401"),
                       (b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", b"501"),
                       (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nping", b"400"),
                       (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: -4\r\n\r\nping", b"400"),
                       (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 0x4\r\n\r\nping", b"400"),
                       (b"DELETE / HTTP/1.1\r\n" + host + b"\r\n", b"405"), (b"GET /../../etc/passwd HTTP/1.1\r\n" + host + b"\r\n", b"404"),
                       (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + host + b"\r\n", b"431"),
                       (b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 20000, b"431")):
        equal(status(data), [want], data[:80])
    equal(raw(b"GET /health HTTP/1.0\r\n" + host + b"\r\n").split(b"\r\n\r\n")[1], b'{"alive":true}\n')
    with open(node.http.cookie, encoding="ascii") as f:
        bearer = b"Authorization: Bearer " + f.read().split(":")[1].encode() + b"\r\n"
    equal(status(b"POST / HTTP/1.1\r\n" + host + bearer + b"Content-Length: 2000000\r\n\r\n"), [b"413"], "too large")
    two = b"GET /health HTTP/1.1\r\n" + host + b"\r\n" + b"GET /health HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n"
    equal(raw(two).count(b'"alive"'), 2, "two in one packet")

    before = node.resident_kb()
    idle = []
    for i in range(1000):  # half of them say nothing, half of them half a request
        s = socket.create_connection(("127.0.0.1", port), 5)
        if i % 2:
            s.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        idle.append(s)
    equal(node.http.ping(), "pong", "with a thousand sockets")
    equal(node.rpc.ping(), "pong", "and on the other door")
    check(node.rpc.getmetrics().count("tally_clients") == 2)
    clients = int(node.rpc.getmetrics().split("\ntally_clients ")[1].split()[0])
    check(clients <= 130, clients)
    check(node.resident_kb() - before < 20000, before, node.resident_kb())
    for s in idle:
        s.close()

    stop = threading.Event()

    def trickle():  # a byte now and then keeps nobody's place
        s = socket.create_connection(("127.0.0.1", port), 5)
        at = time.monotonic()
        try:
            s.sendall(b"GET /health HTTP/1.1\r\nX: ")
            while not stop.is_set() and time.monotonic() - at < 20:
                time.sleep(0.25)
                s.sendall(b"y")
        except OSError:
            return time.monotonic() - at
        return None
    at = time.monotonic()
    trickle()
    check(time.monotonic() - at < 19, "a slow sender is cut off")
    stop.set()
    big = b'{"jsonrpc":"2.0","id":"' + b"x" * 1200000
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(node.rpc.path)
        try:
            s.sendall(big)
        except OSError:
            pass
        equal(json.loads(s.makefile().readline())["error"]["data"]["reason"], "TOO_LARGE")
    equal(node.rpc.ping(), "pong")


def wallet(t):
    node = Tallyd(t, "--log=rpc:debug")
    refusal(cli(node, "listaccounts"), REFUSED, "NO_WALLET")
    run(cli(node, "createwallet", "passphrase=-"), stdin="correct horse\n")
    alice = node.rpc.newaccount("alice")
    backup = t.path("backup.json")
    node.rpc.backupwallet(backup)
    bob = node.rpc.newaccount("bob")
    sig = node.rpc.signmessage("alice", "hello")["signature"]
    check(node.rpc.verifymessage(alice["account"], "hello", sig)["valid"])
    check(not node.rpc.verifymessage(alice["account"], "hellp", sig)["valid"])
    check(not node.rpc.verifymessage(bob["account"], "hello", sig)["valid"])
    node.rpc.lockwallet()
    refusal(cli(node, "signmessage", "alice", "hello"), REFUSED, "locked", "unlockwallet")
    refusal(cli(node, "newaccount", "carol"), REFUSED, "locked")
    refusal(cli(node, "unlockwallet", "passphrase=wrong"), REFUSED, "passphrase")
    node.rpc.unlockwallet("correct horse", 600)
    node.rpc.signmessage("alice", "hello")
    node.rpc.unlockwallet("correct horse", 1)
    wait_until(lambda: node.rpc.listaccounts()["locked"], 20, "the wallet to lock itself")
    node.kill()
    node.start()
    check(node.rpc.listaccounts()["locked"], "locked at the start")
    os.remove(os.path.join(node.datadir, "regtest", "keys", "wallet.json"))
    node.kill()
    node.start()
    node.rpc.restorewallet(backup)
    node.rpc.unlockwallet("correct horse")
    equal(node.rpc.newaccount("robert")["account"], bob["account"], "an old backup brings every key back")
    with open(os.path.join(node.datadir, "regtest", "debug.log"), encoding="utf-8") as f:
        check("correct horse" not in f.read(), "secrets are not logged")
    refusal([program("tally"), f"--datadir={t.path('x')}", "genesis", "chian_id=x"], USAGE, "chian_id", "did you mean chain_id=?")


if __name__ == "__main__":
    main(options, chain_of_ones_own, starting, background, progress, import_headers, bad_input, json_text, each_method, hostile, wallet)
