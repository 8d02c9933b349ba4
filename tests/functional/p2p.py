"""Bitcoin's P2P protocol from Python: a client that asks and waits, and a server that a test scripts, honest unless told
otherwise."""
import random
import select
import socket
import struct
import threading
import time

import bitcoin

MAGIC = {"regtest": bytes.fromhex("fabfb5da"), "main": bytes.fromhex("f9beb4d9")}
PROTOCOL = 70016
NETWORK, WITNESS, COMPACT_FILTERS = 1, 8, 64
MSG_TX, MSG_BLOCK, MSG_WITNESS_TX, MSG_WITNESS_BLOCK = 1, 2, 0x40000001, 0x40000002


def frame(command, payload=b"", magic=MAGIC["regtest"], checksum=None, length=None):
    """A message; checksum and length can be told to lie."""
    return (magic + command.encode().ljust(12, b"\0") + struct.pack("<I", len(payload) if length is None else length) +
            (bitcoin.sha256d(payload)[:4] if checksum is None else checksum) + payload)


def version(services=NETWORK | WITNESS | COMPACT_FILTERS, height=0, agent="/tests:1/", relay=True, protocol=PROTOCOL):
    return (struct.pack("<iQq", protocol, services, int(time.time())) + bytes(26) + bytes(26) + random.randbytes(8) +
            bitcoin.var(agent.encode()) + struct.pack("<iB", height, relay))


def version_decode(b):
    r = bitcoin.Reader(b)
    out = {"version": r.unpack("i"), "services": r.unpack("Q"), "time": r.unpack("q")}
    r.take(26 + 26 + 8)
    out.update(agent=r.var().decode(), height=r.unpack("i"))
    out["relay"] = r.done() or r.unpack("B") == 1
    return out


def inv(items):
    return bitcoin.compact(len(items)) + b"".join(struct.pack("<I", kind) + bitcoin.hidden(h) for kind, h in items)


def inv_decode(b):
    r = bitcoin.Reader(b)
    return [(r.unpack("I"), bitcoin.shown(r.take(32))) for _ in range(r.compact())]


def locator(have, stop="00" * 32):
    hashes = b"".join(bitcoin.hidden(h) for h in [*have, stop])
    return struct.pack("<I", PROTOCOL) + bitcoin.compact(len(have)) + hashes


def locator_decode(b):
    r = bitcoin.Reader(b)
    r.unpack("I")
    return [bitcoin.shown(r.take(32)) for _ in range(r.compact())], bitcoin.shown(r.take(32))


def headers(list_):
    return bitcoin.compact(len(list_)) + b"".join(h.encode() + b"\0" for h in list_)


def headers_decode(b):
    r = bitcoin.Reader(b)
    out = []
    for _ in range(r.compact()):
        out.append(bitcoin.Header.decode(r.take(80)))
        if r.compact() != 0:
            raise ValueError("a header with transactions")
    return out


def getcfilters(start, stop, kind=0):
    """Also the form of getcfheaders."""
    return struct.pack("<BI", kind, start) + bitcoin.hidden(stop)


class Closed(Exception):
    pass


class Timeout(Exception):
    pass


class Connection:
    """One side of a connection. Messages come in order; pings are answered on the way unless auto_pong is switched off."""

    def __init__(self, sock, magic=MAGIC["regtest"]):
        self.sock, self.magic, self.buffer, self.auto_pong = sock, magic, b"", True
        self.peer = None       # what its version message said
        self.seen = []         # commands in order of arrival
        self.lock = threading.Lock()

    @classmethod
    def open(cls, address, timeout=10, **version_args):
        """Connect to "host:port" and shake hands."""
        host, port = address.rsplit(":", 1)
        c = cls(socket.create_connection((host, int(port)), timeout))
        c.send("version", version(**version_args))
        c.shake(timeout)
        return c

    def shake(self, timeout=10):
        self.peer = version_decode(self.wait("version", timeout))
        self.send("verack")
        self.wait("verack", timeout)

    def close(self):
        self.sock.close()

    def send_raw(self, data):
        with self.lock:
            self.sock.sendall(data)

    def send(self, command, payload=b"", **lies):
        self.send_raw(frame(command, payload, lies.pop("magic", self.magic), **lies))

    def _fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.sock], [], [], left)[0]:
            raise Timeout(f"nothing more came; so far {self.seen[-12:]}")
        try:
            more = self.sock.recv(1 << 20)
        except ConnectionError as e:
            raise Closed(str(e)) from e
        if not more:
            raise Closed(f"the other side hung up after {self.seen[-12:]}")
        self.buffer += more

    def recv(self, timeout=10):
        """The next message: (command, payload)."""
        deadline = time.monotonic() + timeout
        while len(self.buffer) < 24:
            self._fill(deadline)
        if self.buffer[:4] != self.magic:
            raise ValueError("wrong magic")
        command = self.buffer[4:16].rstrip(b"\0").decode()
        length, = struct.unpack("<I", self.buffer[16:20])
        if length > 32_000_000:
            raise ValueError(f"{command} of {length} bytes")
        while len(self.buffer) < 24 + length:
            self._fill(deadline)
        payload, checksum = self.buffer[24:24 + length], self.buffer[20:24]
        self.buffer = self.buffer[24 + length:]
        if bitcoin.sha256d(payload)[:4] != checksum:
            raise ValueError("wrong checksum")
        self.seen.append(command)
        if command == "ping" and self.auto_pong:
            self.send("pong", payload)
        return command, payload

    def wait(self, command, timeout=10, want=lambda payload: True):
        """The payload of the next message of this command that `want` accepts; others are read and forgotten."""
        deadline = time.monotonic() + timeout
        while True:
            got, payload = self.recv(max(0, deadline - time.monotonic()))
            if got == command and want(payload):
                return payload

    def hears_nothing_of(self, command, seconds):
        """True when no such message comes in this time."""
        try:
            self.wait(command, seconds)
        except Timeout:
            return True
        return False

    def wait_closed(self, timeout=10):
        """Read until the other side hangs up."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                self.recv(max(0, deadline - time.monotonic()))
        except Closed:
            pass

    def sync(self, timeout=10):
        """Everything sent before has been dealt with when this returns."""
        nonce = random.randbytes(8)
        self.send("ping", nonce)
        self.wait("pong", timeout, lambda p: p == nonce)

    # What a light client asks.

    def get_headers(self, have, stop="00" * 32, timeout=10):
        self.send("getheaders", locator(have, stop))
        return headers_decode(self.wait("headers", timeout))

    def get_block(self, hash_, kind=MSG_WITNESS_BLOCK, timeout=10):
        self.send("getdata", inv([(kind, hash_)]))
        return bitcoin.Block.decode(self.wait("block", timeout))

    def get_tx(self, txid, timeout=10):
        self.send("getdata", inv([(MSG_WITNESS_TX, txid)]))
        return bitcoin.Tx.decode(self.wait("tx", timeout))

    def offer_tx(self, tx, timeout=10):
        """Announce, and hand over when asked."""
        self.send("inv", inv([(MSG_TX, tx.txid())]))
        self.wait("getdata", timeout, lambda p: any(h == tx.txid() for _, h in inv_decode(p)))
        self.send("tx", tx.encode())


class ScriptedPeer:
    """A server on loopback with a chain of its own (a list of Blocks after genesis). Each command is answered by a method
    on_COMMAND(connection, payload), honest here: a test overrides them, or sets them on the object, to lie. Threads end with
    close()."""

    def __init__(self, blocks=(), services=NETWORK | WITNESS, agent="/scripted:1/"):
        self.blocks, self.services, self.agent = list(blocks), services, agent
        self.pool = {}          # txid: Tx, taken from and given to peers
        self.heard = []         # (command, payload) of all connections, in order
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.closing = True
        self.listener.close()
        for c in self.connections:
            c.close()

    def _accept(self):
        while not self.closing:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            c = Connection(sock)
            c.auto_pong = False
            self.connections.append(c)
            threading.Thread(target=self._serve, args=(c,), daemon=True).start()

    def _serve(self, c):
        try:
            while not self.closing:
                command, payload = c.recv(3600)
                self.heard.append((command, payload))
                answer = getattr(self, "on_" + command, None)
                if answer:
                    answer(c, payload)
        except (Closed, Timeout, OSError, ValueError):
            c.close()

    def times_heard(self, command):
        return sum(1 for got, _ in self.heard if got == command)

    def headers(self):
        return [b.header for b in self.blocks]

    def find(self, hash_):
        return next((b for b in self.blocks if b.hash() == hash_), None)

    def push_headers(self, list_):
        for c in self.connections:
            c.send("headers", headers(list_))

    def on_version(self, c, payload):
        c.peer = version_decode(payload)
        c.send("version", version(self.services, len(self.blocks), self.agent))
        c.send("verack")

    def on_ping(self, c, payload):
        c.send("pong", payload)

    def on_getheaders(self, c, payload):
        have, stop = locator_decode(payload)
        chain = self.headers()
        at = next((i + 1 for i in reversed(range(len(chain))) if chain[i].hash() in have), 0)
        out = chain[at:at + 2000]
        upto = next((i for i, h in enumerate(out) if h.hash() == stop), len(out))
        c.send("headers", headers(out[:upto + 1]))

    def on_getdata(self, c, payload):
        missing = []
        for kind, h in inv_decode(payload):
            block = self.find(h) if kind in (MSG_BLOCK, MSG_WITNESS_BLOCK) else None
            if block:
                c.send("block", block.encode(kind == MSG_WITNESS_BLOCK))
            elif h in self.pool:
                c.send("tx", self.pool[h].encode(kind == MSG_WITNESS_TX))
            else:
                missing.append((kind, h))
        if missing:
            c.send("notfound", inv(missing))

    def on_inv(self, c, payload):
        want = [(MSG_WITNESS_TX, h) for kind, h in inv_decode(payload) if kind == MSG_TX and h not in self.pool]
        if want:
            c.send("getdata", inv(want))

    def on_tx(self, _, payload):
        tx = bitcoin.Tx.decode(payload)
        self.pool[tx.txid()] = tx
