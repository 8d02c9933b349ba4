"""secp256k1 for tests: BIP340 signatures and taproot tweaks, straight from the BIPs and independent of the program's own
code. Slow, and not for real keys."""
import hashlib

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
# BIP341: the point that nobody knows the logarithm of.
NUMS = bytes.fromhex("50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0")


def tagged(tag, data):
    t = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(t + t + data).digest()


def _double(a):
    x, y, z = a
    if y == 0:
        return 0, 1, 0
    s = 4 * x * y * y % P
    m = 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * pow(y, 4, P)) % P, 2 * y * z % P


def _add(a, b):
    """Jacobian coordinates; z = 0 is infinity."""
    if a[2] == 0:
        return b
    if b[2] == 0:
        return a
    za, zb = a[2] * a[2] % P, b[2] * b[2] % P
    u1, u2 = a[0] * zb % P, b[0] * za % P
    s1, s2 = a[1] * zb * b[2] % P, b[1] * za * a[2] % P
    if u1 == u2:
        return _double(a) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % P
    h3, v = h * h2 % P, u1 * h2 % P
    x = (r * r - h3 - 2 * v) % P
    return x, (r * (v - x) - s1 * h3) % P, h * a[2] * b[2] % P


def _affine(a):
    if a[2] == 0:
        return None
    i = pow(a[2], -1, P)
    return a[0] * i * i % P, a[1] * i * i * i % P


def mul(k, point=G):
    out, at = (0, 1, 0), (point[0], point[1], 1)
    while k:
        if k & 1:
            out = _add(out, at)
        at = _double(at)
        k >>= 1
    return _affine(out)


def add(a, b):
    return _affine(_add((a[0], a[1], 1), (b[0], b[1], 1)))


def lift_x(x):
    """The point of this x coordinate with an even y; ValueError when there is none."""
    n = int.from_bytes(x, "big")
    y2 = (pow(n, 3, P) + 7) % P
    y = pow(y2, (P + 1) // 4, P)
    if n >= P or y * y % P != y2:
        raise ValueError("not on the curve")
    return n, y if y % 2 == 0 else P - y


def xonly(point):
    return point[0].to_bytes(32, "big")


def public(secret):
    """The x-only key of a secret number."""
    return xonly(mul(secret))


def even(secret):
    """The same secret, negated when its point has an odd y."""
    return secret if mul(secret)[1] % 2 == 0 else N - secret


def sign(secret, message, aux=bytes(32)):
    d = even(secret)
    key = public(d)
    masked = (d ^ int.from_bytes(tagged("BIP0340/aux", aux), "big")).to_bytes(32, "big")
    k = int.from_bytes(tagged("BIP0340/nonce", masked + key + message), "big") % N
    r = mul(k)
    if r[1] % 2:
        k = N - k
    e = int.from_bytes(tagged("BIP0340/challenge", xonly(r) + key + message), "big") % N
    return xonly(r) + ((k + e * d) % N).to_bytes(32, "big")


def verify(key, message, sig):
    try:
        point = lift_x(key)
    except ValueError:
        return False
    s, e = int.from_bytes(sig[32:], "big"), int.from_bytes(tagged("BIP0340/challenge", sig[:32] + key + message), "big") % N
    if s >= N:
        return False
    r = _affine(_add((*mul(s), 1) if s else (0, 1, 0), (*mul(N - e, point), 1)))
    return r is not None and r[1] % 2 == 0 and xonly(r) == sig[:32]


def tweak_public(key, root=b""):
    """Output key and the oddness of its y, from internal key and merkle root (empty: no tree)."""
    t = int.from_bytes(tagged("TapTweak", key + root), "big")
    q = add(lift_x(key), mul(t))
    return xonly(q), q[1] % 2


def tweak_secret(secret, root=b""):
    d = even(secret)
    return (d + int.from_bytes(tagged("TapTweak", public(d) + root), "big")) % N


def secret_from(text):
    """A secret for a test, from a name."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % N
