"""Ed25519 after RFC 8032, section 6, and CometBFT's canonical votes: an independent second pair of eyes. Slow, which doesn't matter here."""
import base64
import hashlib
import json
import struct

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def mul(s, p):
    q = (0, 1, 1, 0)
    while s > 0:
        if s & 1:
            q = add(q, p)
        p = add(p, p)
        s >>= 1
    return q


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_M1 % P
    return P - x if (x & 1) != sign else x


GY = 4 * pow(5, P - 2, P) % P
GX = recover_x(GY, 0)
G = (GX, GY, 1, GX * GY % P)


def compress(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return int.to_bytes(y | (x & 1) << 255, 32, "little")


def expand(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little")
    return (a & ((1 << 254) - 8)) | 1 << 254, h[32:]


def public(seed):
    return compress(mul(expand(seed)[0], G))


def sha512_mod(b):
    return int.from_bytes(hashlib.sha512(b).digest(), "little") % ORDER


def sign(seed, message):
    a, prefix = expand(seed)
    key = compress(mul(a, G))
    r = sha512_mod(prefix + message)
    big_r = compress(mul(r, G))
    return big_r + int.to_bytes((r + sha512_mod(big_r + key + message) * a) % ORDER, 32, "little")


# --- CometBFT.

def key_file(seed):
    """The text of a priv_validator_key.json."""
    key = public(seed)
    return json.dumps({
        "address": hashlib.sha256(key).hexdigest()[:40].upper(),
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(key).decode()},
        "priv_key": {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(seed + key).decode()},
    }, indent=2)


def varint(n):
    n &= 2**64 - 1
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def number(tag, n):
    return b"" if n == 0 else bytes([tag]) + varint(n)


def fixed(tag, n):
    return b"" if n == 0 else bytes([tag]) + struct.pack("<q", n)


def chunk(tag, b):
    return bytes([tag]) + varint(len(b)) + b


def sign_bytes(chain_id, kind, height, round_, block, seconds, nanos):
    """block: None for nil, or (hash, parts, parts' hash)."""
    body = number(0x08, kind) + fixed(0x11, height) + fixed(0x19, round_)
    if block is not None:
        body += chunk(0x22, chunk(0x0a, block[0]) + chunk(0x12, number(0x08, block[1]) + chunk(0x12, block[2])))
    body += chunk(0x2a, number(0x08, seconds) + number(0x10, nanos)) + chunk(0x32, chain_id.encode())
    return varint(len(body)) + body


def vote(seed, chain_id, kind, height, round_, block, seconds, nanos):
    """As reportdoublesign wants it."""
    sig = sign(seed, sign_bytes(chain_id, kind, height, round_, block, seconds, nanos))
    shown = block and {"hash": block[0].hex(), "parts": block[1], "parts_hash": block[2].hex()}
    return {"block": shown, "seconds": seconds, "nanos": nanos, "signature": sig.hex()}
