"""A SOCKS5 server (RFC 1928, RFC 1929) on loopback that leads each destination to where a test says."""
import socket
import struct
import threading


def _take(sock, n):
    got = b""
    while len(got) < n:
        more = sock.recv(n - len(got))
        if not more:
            raise OSError("the client hung up")
        got += more
    return got


def _pump(a, b):
    try:
        while True:
            data = a.recv(1 << 16)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class SocksServer:
    """routes: "host:port" as asked for -> "127.0.0.1:port"; others are refused. asked: every destination, in order; logins: the
    names given (the password must be the same); names: those destinations that came as a name."""

    def __init__(self, routes=None, mute=False):
        self.routes, self.mute = dict(routes or {}), mute
        self.asked, self.logins, self.names, self.open = [], [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()
        for s in self.open:
            s.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            if not self.mute:
                self._talk(sock)
        except OSError:
            sock.close()

    def _talk(self, sock):
        version, n = _take(sock, 2)
        methods = _take(sock, n)
        if version != 5 or 2 not in methods:
            sock.sendall(b"\5\xff")
            return
        sock.sendall(b"\5\2")
        _, n = _take(sock, 2)
        user = _take(sock, n)
        password = _take(sock, _take(sock, 1)[0])
        self.logins.append(user.decode())
        sock.sendall(b"\1" + (b"\0" if user == password else b"\1"))
        version, command, _, kind = _take(sock, 4)
        if kind == 1:
            host = socket.inet_ntop(socket.AF_INET, _take(sock, 4))
        elif kind == 4:
            host = socket.inet_ntop(socket.AF_INET6, _take(sock, 16))
        else:
            host = _take(sock, _take(sock, 1)[0]).decode()
            self.names.append(host)
        port, = struct.unpack(">H", _take(sock, 2))
        target = f"{host}:{port}"
        self.asked.append(target)
        if command != 1 or target not in self.routes:
            sock.sendall(b"\5\5\0\1\0\0\0\0\0\0")
            sock.close()
            return
        there, at = self.routes[target].rsplit(":", 1)
        out = socket.create_connection((there, int(at)))
        self.open.append(out)
        sock.sendall(b"\5\0\0\1\0\0\0\0\0\0")
        threading.Thread(target=_pump, args=(out, sock), daemon=True).start()
        _pump(sock, out)
