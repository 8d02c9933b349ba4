"""What the whole-program tests share. Standard library only.

    def test(t):                       # t: a Test, with a folder that goes when all went well
        chain = EmbeddedChain(t)       # programs stop by themselves when the test ends
        ...
    if __name__ == "__main__":
        main(test)                     # exit status 0 passed, 1 failed, 77 skipped

Programs come from the folder in the environment variable TALLY_BUILDDIR (default: the current one). A test that fails says
what it waited for and shows the ends of all logs; TALLY_KEEP=1 keeps the folder. Only processes that the test started are
ever stopped.
"""
import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

SLOW = float(os.environ.get("TALLY_SLOW", "1"))  # factor on every timeout, for valgrind and busy machines


class Skip(Exception):
    """The test can't be run here; says why."""


class Failure(Exception):
    pass


def check(condition, *what):
    """assert that survives python -O and says what it saw."""
    if not condition:
        raise Failure(" ".join(str(w) for w in what) or "check failed")


def equal(got, want, what=""):
    if got != want:
        raise Failure(f"{what or 'value'}: got {got!r}, want {want!r}")


def raises(kind, f, *args, **kwargs):
    """The exception that f raises; a Failure if it raises none."""
    try:
        result = f(*args, **kwargs)
    except kind as e:
        return e
    raise Failure(f"{getattr(f, '__name__', f)}{args}{kwargs or ''} went through with {result!r}")


def wait_until(predicate, timeout=10, what="a condition", every=0.05):
    """What predicate() returns once that is true; Failure when it never is. Exceptions of the predicate count as false."""
    deadline = time.monotonic() + timeout * SLOW
    last = None
    while True:
        try:
            value = predicate()
            if value:
                return value
            last = repr(value)
        except Exception as e:  # pylint: disable=broad-except
            last = f"{type(e).__name__}: {e}"
        if time.monotonic() > deadline:
            raise Failure(f"waited {timeout * SLOW:g} s in vain for {what}; last seen: {last}")
        time.sleep(every)


def program(name):
    """The path of a program that was built, such as "tallyd" or "tests/mainchain/coin"; Skip when it was not."""
    path = os.path.join(os.environ.get("TALLY_BUILDDIR", "."), name)
    if not os.access(path, os.X_OK):
        raise Skip(f"{path} is not built")
    return os.path.abspath(path)


class Test:
    """A folder, and the processes of one test."""

    def __init__(self, name):
        self.dir = tempfile.mkdtemp(prefix=f"tally-{name}-")
        self.processes = []
        self.closers = []
        self.at_start = time.monotonic()

    def path(self, name):
        return os.path.join(self.dir, name)

    def closing(self, thing):
        """Close a peer or connection of the test's own at its end."""
        self.closers.append(thing)
        return thing

    def note(self, *what):
        print(f"[{time.monotonic() - self.at_start:6.2f}]", *what, flush=True)

    def close(self):
        for thing in reversed(self.closers):
            thing.close()
        for p in reversed(self.processes):
            p.stop()

    def show_logs(self, lines=40):
        for p in self.processes:
            print(f"--- {p.name} ({p.state()}), the end of {p.log}")
            try:
                with open(p.log, encoding="utf-8", errors="replace") as f:
                    print("".join(f.readlines()[-lines:]), end="")
            except OSError as e:
                print(e)


class Process:
    """A program that a test started. Standard output and error go to one log file."""

    def __init__(self, test, name, argv, env=None):
        self.test, self.argv, self.env = test, argv, dict(os.environ, **(env or {}))
        self.name = f"{name}{sum(1 for p in test.processes if p.name.startswith(name)) or ''}"
        self.log = test.path(f"{self.name}.log")
        self.process = None
        test.processes.append(self)

    def start(self):
        log = open(self.log, "ab")
        with log:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env,
                                            cwd=self.test.dir)
        return self

    def state(self):
        if self.process is None:
            return "not started"
        status = self.process.poll()
        return "running" if status is None else f"ended with {status}"

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_log(self, wanted, timeout=20):
        """The first line of the log that holds `wanted` and is complete."""
        def find():
            with open(self.log, encoding="utf-8", errors="replace") as f:
                for line in f:
                    if wanted in line and line.endswith("\n"):
                        return line.rstrip("\n")
            return None

        def find_or_over():
            line = find()
            if line is None and not self.running():
                line = find()
                if line is None:
                    return Failure(f"{self.name} {self.state()} before it said {wanted!r}")
            return line

        found = wait_until(find_or_over, timeout, f"{self.name} to say {wanted!r}")
        if isinstance(found, Failure):
            raise found
        return found

    def resident_kb(self, which="VmRSS"):
        """which="VmHWM": the most that it ever was."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(which))

    def cpu_seconds(self):
        """User and system time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self, sig=signal.SIGKILL):
        """End it the hard way; start() may follow."""
        if self.running():
            self.process.send_signal(sig)
        return self.process.wait(10 * SLOW)

    def stop(self, timeout=15):
        """End it politely, else hard; the exit status."""
        if self.process is None:
            return None
        if self.running():
            self.process.terminate()
        try:
            return self.process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            return self.kill()

    def wait(self, timeout=20):
        """For a program that ends by itself: its exit status."""
        try:
            return self.process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired as e:
            raise Failure(f"{self.name} did not end within {timeout * SLOW:g} s") from e


class RpcError(Exception):
    """An answer that is an error: code, message and data as they came."""

    def __init__(self, error):
        self.code = error.get("code") if isinstance(error, dict) else None
        self.message = error.get("message") if isinstance(error, dict) else str(error)
        self.data = error.get("data") if isinstance(error, dict) else None
        super().__init__(f"{self.message} ({self.code}) {self.data or ''}".strip())


class Rpc:
    """A JSON-RPC 2.0 client: rpc.getinfo(), rpc.send(account="…"). Positional or named parameters."""

    def __init__(self, timeout=30):
        self.timeout, self.id = timeout * SLOW, 0

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *args, **named: self.call(method, *args, **named)

    def call(self, method, *args, **named):
        self.id += 1
        request = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": named or list(args)}
        answer = self.exchange(request)
        if answer.get("error") is not None:
            raise RpcError(answer["error"])
        equal(answer.get("id"), self.id, f"id of the answer to {method}")
        return answer.get("result")

    def batch(self, requests):
        return self.exchange(requests)


class UnixRpc(Rpc):
    """Raw over a Unix socket, a connection for each call."""

    def __init__(self, path, timeout=30):
        super().__init__(timeout)
        self.path = path

    def exchange(self, request):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(self.timeout)
            s.connect(self.path)
            s.sendall(json.dumps(request).encode() + b"\n")
            got = b""
            while True:
                more = s.recv(1 << 20)
                got += more
                try:
                    return json.loads(got)
                except ValueError as e:
                    if not more:
                        raise Failure(f"the socket ended after {got[:200]!r}") from e


class HttpRpc(Rpc):
    """HTTP POST with a user and password, or the cookie file's."""

    def __init__(self, port, cookie=None, user=None, password=None, timeout=30):
        super().__init__(timeout)
        self.port, self.cookie, self.secret = port, cookie, f"{user}:{password}" if user else None

    def post(self, body, headers=None, path="/"):
        """Any request at all: (status, body)."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            c.request("POST", path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def exchange(self, request):
        secret = self.secret
        if self.cookie:
            with open(self.cookie, encoding="ascii") as f:
                secret = f.read().strip()
        head = {"Content-Type": "application/json"}
        if secret:
            head["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
        status, body = self.post(json.dumps(request), head)
        try:
            return json.loads(body)
        except ValueError as e:
            raise Failure(f"HTTP {status}: {body[:300]!r}") from e


class Tallyd(Process):
    """The daemon, on regtest. options: what else stands on its command line. start() waits until it says that it is ready."""

    def __init__(self, test, *options, datadir=None, start=True):
        self.datadir = datadir or test.path(f"node{sum(1 for p in test.processes if isinstance(p, Tallyd))}")
        os.makedirs(self.datadir, mode=0o700, exist_ok=True)
        argv = [program("tallyd"), "--network=regtest", f"--datadir={self.datadir}", "--rpcport=0", *options]
        super().__init__(test, "tallyd", argv)
        self.rpc = UnixRpc(os.path.join(self.datadir, "regtest", "rpc.sock"))
        self.http = None
        if start:
            self.start()

    def start(self):
        said = self.log_size()
        super().start()
        wait_until(lambda: not self.running() or b"tallyd ready" in self.log_since(said), 20, "tallyd to be ready")
        line = next((l for l in self.log_since(said).decode(errors="replace").splitlines() if l.startswith("tallyd ready")), None)
        check(line, f"tallyd {self.state()} before it was ready")
        port = int(line.split("HTTP port ")[1].split(",")[0])
        self.http = HttpRpc(port, cookie=os.path.join(self.datadir, "regtest", ".cookie"))
        return self

    def log_size(self):
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def log_since(self, at):
        with open(self.log, "rb") as f:
            f.seek(at)
            return f.read()


def run(argv, timeout=30, stdin="", status=0):
    """Run to the end; its output. status None: any, and the result is (status, output, error output)."""
    p = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout * SLOW, check=False)
    if status is None:
        return p.returncode, p.stdout, p.stderr
    if p.returncode != status:
        raise Failure(f"{' '.join(argv)}: exit {p.returncode}, want {status}: {(p.stdout + p.stderr)[-2000:]}")
    return p.stdout


def tally(node, *args, **kwargs):
    """The command line against a Tallyd."""
    return run([program("tally"), "--network=regtest", f"--datadir={node.datadir}", *args], **kwargs)


def main(*tests):
    """Run each in a folder of its own; never returns."""
    worst = 0
    for f in tests:
        name = f.__name__ if len(tests) > 1 else os.path.basename(sys.argv[0]).removesuffix(".py")
        t = Test(name)
        try:
            f(t)
            t.close()
            fine = (0, -signal.SIGTERM, -signal.SIGKILL)
            dead = [p.name for p in t.processes if p.process is not None and p.process.returncode not in fine]
            check(not dead, "ended badly:", *dead)
            t.note(f"{name}: passed")
            status = 0
        except Skip as e:
            print(f"{name}: skipped: {e}")
            status = 77
        except BaseException as e:  # pylint: disable=broad-except
            traceback.print_exc()
            t.close()
            t.show_logs()
            print(f"{name}: failed: {e}")
            status = 1
            if isinstance(e, KeyboardInterrupt):
                sys.exit(1)
        t.close()
        if status != 1 and not os.environ.get("TALLY_KEEP"):
            shutil.rmtree(t.dir, ignore_errors=True)
        elif status == 1 or os.environ.get("TALLY_KEEP"):
            print(f"{name}: files are in {t.dir}")
        worst = 1 if 1 in (worst, status) else max(worst, status)
    sys.exit(worst)
