#!/usr/bin/env python3
"""The formats of doc/formats.md once more, written from its text alone: rebuilds every worked example there and compares.

What signs and hashes here is Python's hashlib and a few lines of secp256k1 arithmetic (BIP340's reference, slow and not for secrets
that matter), so this is also what a signer in another language has to do. Exit 1 names each example that differs.
"""
import hashlib
import os
import re
import subprocess
import sys

ROOT = os.environ.get("srcdir") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def sha256(data):
    return hashlib.sha256(data).digest()


def tagged(tag, data):
    t = sha256(tag.encode())
    return sha256(t + t + data)


# BIP340.
P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and a[1] != b[1]:
        return None
    if a == b:
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    result = None
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


def xonly(secret):
    return times(secret, G)[0].to_bytes(32, "big")


def sign(secret, message):
    """With 32 zero bytes where fresh randomness may go."""
    x, y = times(secret, G)
    d = secret if y % 2 == 0 else N - secret
    mask = int.from_bytes(tagged("BIP0340/aux", bytes(32)), "big")
    k = int.from_bytes(tagged("BIP0340/nonce", (d ^ mask).to_bytes(32, "big") + x.to_bytes(32, "big") + message), "big") % N
    rx, ry = times(k, G)
    k = k if ry % 2 == 0 else N - k
    r, p = rx.to_bytes(32, "big"), x.to_bytes(32, "big")
    e = int.from_bytes(tagged("BIP0340/challenge", r + p + message), "big") % N
    return r + ((k + e * d) % N).to_bytes(32, "big")


# Integers and strings.
def le(value, size):
    return value.to_bytes(size, "little")


def compact(n):
    if n < 0xFD:
        return le(n, 1)
    if n < 0x10000:
        return b"\xfd" + le(n, 2)
    return (b"\xfe" + le(n, 4)) if n < 2**32 else (b"\xff" + le(n, 8))


def varbytes(data):
    return compact(len(data)) + data


# BIP350.
LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):
    c = 1
    for v in values:
        b, c = c >> 25, (c & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            c ^= g if b >> i & 1 else 0
    return c


def bech32m(hrp, data):
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = (len(data) * 8 + 4) // 5
    groups = [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]
    head = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    check = polymod(head + groups + [0] * 6) ^ 0x2BC830A3
    return hrp + "1" + "".join(LETTERS[g] for g in groups + [check >> 5 * (5 - i) & 31 for i in range(6)])


# Accounts.
def key_account(secret):
    return b"\x00" + xonly(secret)


def policy_account(k, secrets):
    keys = sorted(xonly(s) for s in secrets)
    return b"\x01" + tagged("tally/policy", bytes([k, len(keys)]) + b"".join(keys))


def module_account(name, subject=b""):
    return b"\x02" + tagged("tally/module", name.encode() + b"\x00" + subject)


# Transactions.
def body(valid_until, payer, nonce, fee, ops):
    out = b"\x01" + le(valid_until, 8) + payer + le(nonce, 8) + le(fee, 8) + compact(len(ops))
    for number, source, payload in ops:
        out += le(number, 2) + source + varbytes(payload)
    return out


def policy_witness(k, secrets, signing, message):
    ordered = sorted(secrets, key=xonly)
    bitmap = sum(1 << i for i, s in enumerate(ordered) if s in signing)
    out = bytes([k, len(ordered)]) + b"".join(xonly(s) for s in ordered) + le(bitmap, (len(ordered) + 7) // 8)
    return out + b"".join(sign(s, message) for s in ordered if s in signing)


# Blocks.
def merkle(leaves):
    if not leaves:
        return bytes(32)
    while len(leaves) > 1:
        row = [tagged("tally/branch", leaves[i] + leaves[i + 1]) for i in range(0, len(leaves) - 1, 2)]
        leaves = row + leaves[len(leaves) - len(leaves) % 2:]
    return leaves[0]


def result(code, reason, op_index, events, txid):
    return bytes([code]) + varbytes(reason.encode()) + le(op_index, 4) + varbytes(events) + txid


# State.
def bit(path, level):
    return int.from_bytes(path, "big") >> (255 - level) & 1


def subtree(leaves, level=0):
    """leaves: (path, hash of value)."""
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0][0] + leaves[0][1])
    halves = [[x for x in leaves if bit(x[0], level) == side] for side in (0, 1)]
    return sha256(b"\x01" + subtree(halves[0], level + 1) + subtree(halves[1], level + 1))


def prove(leaves, key):
    path, level, siblings = sha256(key), 0, []
    while len(leaves) > 1:
        other = [x for x in leaves if bit(x[0], level) != bit(path, level)]
        leaves = [x for x in leaves if bit(x[0], level) == bit(path, level)]
        level += 1
        siblings.append(subtree(other, level))
    if not leaves:
        head = b"\x02"
    else:
        head = b"\x00" if leaves[0][0] == path else b"\x01" + leaves[0][0] + leaves[0][1]
    return le(len(siblings), 2) + head + b"".join(siblings)


def rule_examples(alice, bob, payment_id):
    """Operations of assets, loyalty and governance."""
    e = {}
    loyalty = le(1, 8) + le(10, 8) + le(14 * 86400, 4) + le(365, 4) + le(30, 4) + b"\x00"
    e["op-create"] = (le(1 | 32, 2) + b"\x00" + le(1000000, 8) + varbytes(b"BEANS") + varbytes(b"Coffee beans") + varbytes(b"issue_loyalty")
                      + le(1, 2) + le(0xffffffff, 4) + le(0, 8) + le(0, 8) + le(0, 4) + le(1 | 4 | 32, 2) + le(7 * 86400, 4) + varbytes(loyalty))
    e["asset-id"] = asset = tagged("tally/asset", payment_id + le(0, 4))
    e["op-mint"] = asset + bob + le(100, 8) + le(0, 8)
    receipt = sha256(b"R-1001")
    e["op-earn"] = asset + bob + receipt + le(1250, 8) + le(250, 8)
    e["op-refund"] = asset + bob + receipt + le(500, 8)
    e["op-burn"] = asset + le(7, 8)
    e["op-transfer"] = asset + bob + le(25, 8) + varbytes(b"order 7")
    e["op-redeem"] = asset + le(40, 8)
    e["op-renounce"] = asset
    e["op-freeze"] = asset + bob
    e["op-pause"] = asset + le(1700086400, 8)
    e["op-clawback"] = asset + bob + le(9, 8)
    e["op-set-issuer"] = asset + bob
    e["op-set-dao"] = asset + le(3, 4)
    tiers = le(90, 4) + b"\x02" + le(10000, 8) + le(12500, 4) + le(50000, 8) + le(20000, 4)
    e["op-set-params"] = asset + varbytes(loyalty + tiers)
    e["op-set-name"] = asset + varbytes(b"Coffee club")
    members = b"".join(sorted([alice, bob]))
    e["op-create-dao"] = (varbytes(b"Roasters") + varbytes(b"gov_council") + le(1, 2) + varbytes(le(2, 2)) + le(0x7f, 4)
                          + b"".join(le(t, 4) for t in (0, 0, 3600, 600, 60, 86400)) + le(0, 8) + le(0, 8) + le(1, 8) + b"\x00"
                          + b"\x01" + compact(2) + members)
    spend = bytes(32) + bob + le(500, 8)
    approve = varbytes(b"issue_fixed") + b"\x01" + le(1, 2) + le(1, 2) + le(0, 2) + sha256(b"a file") + le(4000, 8)
    e["op-propose"] = (le(1, 4) + varbytes(b"Pay the roaster") + le(0, 8) + compact(2) + b"\x01" + varbytes(spend) + b"\x03" + varbytes(approve))
    e["op-vote"] = le(1, 8) + le(7500, 2) + le(2500, 2) + le(0, 2) + le(0, 2)
    e["op-add-deposit"] = le(1, 8) + le(70000, 8)
    e["op-execute"] = le(1, 8)
    e["op-delegate"] = asset + bob
    e["action-mint-permit"] = asset + le(900, 8)
    e["action-plugin-disable"] = varbytes(b"issue_fixed") + le(1, 2) + le(0, 2) + le(0, 2)
    e["action-rule-upgrade"] = varbytes(b"issue_fixed") + le(1, 2) + le(1, 2) + le(0, 2) + le(5000, 8)
    e["action-param-chain"] = bytes(32) + varbytes(b"fee_base") + varbytes(le(25, 8))
    e["action-param-asset"] = asset + varbytes(b"name") + varbytes(b"Coffee club")
    e["action-cover-deficit"] = b"\x01" + le(12000, 8)
    return e


def sale_examples(alice, bob, asset):
    """Operations of sales: an allow-list of three, a price in steps, a purchase for somebody else."""
    e = {}
    carol = b"\x00" + xonly(3)
    leaf = {a: tagged("tally/allow-leaf", a) for a in (alice, bob, carol)}
    row = [leaf[a] for a in sorted(leaf)]
    node = tagged("tally/allow-node", b"".join(sorted(row[:2])))
    e["allow-list"] = root = tagged("tally/allow-node", b"".join(sorted([node, row[2]])))

    def path(account):
        if leaf[account] == row[2]:
            return b"\x01" + node
        return b"\x02" + row[1 - row.index(leaf[account])] + row[2]
    e["allow-path"] = path(bob)
    price = (b"\x01" + le(100, 8) + le(1000, 2) + le(0, 2) + le(86400, 4) + b"\x02" + le(100000, 8) + le(0, 4) + le(50000000, 8)
             + le(120000, 8) + le(0, 4) + le(0, 8))
    limits = [10000000, 500000000, 900000, 2000, 100000000, 0, 200000000]
    e["op-create-sale"] = (asset + bytes(32) + varbytes(b"sale_crowd") + le(1, 2) + varbytes(price) + le(0, 8) + le(1702592000, 8)
                           + b"".join(le(n, 8) for n in limits) + root + le(2592000, 4) + le(31536000, 4))
    e["op-buy"] = le(1, 8) + bob + le(5000000, 8) + le(5000, 8) + path(alice) + path(bob)
    e["op-close-sale"] = e["op-cancel-sale"] = le(1, 8)
    e["op-claim"] = le(1, 8) + bob
    e["key-purchase"] = b"su" + alice + bytes([255] * 7 + [254]) + bob
    return e


def skeleton(name):
    plain = name.replace("-", "").translate(str.maketrans("01i5", "olls"))
    out = ""
    for c in plain:
        if out and (out[-1], c) in (("r", "n"), ("v", "v")):
            out = out[:-1] + ("m" if c == "n" else "w")
        else:
            out += c
    return out.encode()


def price_key(sold, paid):
    shift = next(n for n in range(200) if (paid << n) // sold >= 1 << 63)
    return bytes([200 - shift]) + ((paid << shift) // sold).to_bytes(8, "big")


def swap_examples(alice, bob, asset, payment_id):
    """Operations of offers, records and names."""
    e = {}
    until = le(1700600000, 8)
    e["op-offer"] = asset + le(300, 8) + bytes(32) + le(100, 8) + b"\0" + until + b"\0"
    e["private-offer"] = asset + le(300, 8) + bytes(32) + le(100, 8) + b"\3" + until + b"\1" + bob
    e["offer-book-key"] = b"ob" + asset + bytes(32) + price_key(300, 100) + (1).to_bytes(8, "big")
    e["op-take"] = le(1, 8) + le(100, 8) + le(100, 8) + le(34, 8)
    e["op-cancel-offer"] = le(1, 8) + le(50, 8)
    e["item-document"] = document = tagged("tally/document", sha256(b"salt") + sha256(b"serial 4711"))
    e["op-create-item"] = varbytes(b"Watch 1969") + document
    e["item-id"] = item = tagged("tally/item-id", payment_id + le(0, 4))
    e["item-entry"] = entry = (le(0, 8) + b"\1\1" + le(1700000060, 8) + alice + bytes(33) + varbytes(b"Watch 1969") + document)
    e["item-head"] = head = tagged("tally/item-entry", tagged("tally/item", item) + entry)
    e["op-record-event"] = item + varbytes(b"inspected") + bytes(32) + b"\0"
    e["op-handover"] = item + bob + until + bytes(32)
    e["op-accept-item"] = item + head
    e["op-set-attester"] = item + bob + b"\1"
    e["op-attest-name"] = bob + varbytes(b"corner-cafe")
    e["name-skeleton"] = skeleton("corner-cafe")
    e["op-renounce-name"] = varbytes(b"corner-cafe")
    e["action-registrar"] = bob + b"\1"
    return e


def protobuf(*fields):
    """(tag, value): whole numbers are varints, left out when 0, but (tag, value, 8) is eight bytes; bytes have a length before them."""
    def varint(n):
        return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])
    out = b""
    for tag, value, *size in fields:
        if isinstance(value, bytes):
            out += bytes([tag]) + varint(len(value)) + value
        elif value != 0:
            out += bytes([tag]) + (le(value, 8) if size else varint(value))
    return out


def validator_examples(chain, alice):
    """Operations of validators, the votes that convict one, their section of a genesis."""
    one, two, sig = b"\x01" * 32, b"\x02" * 32, b"\x05" * 64
    e = {}
    e["validator-proof"] = tagged("tally/validator", chain + alice + one)
    e["validator-address"] = sha256(one)[:20]
    e["op-register-validator"] = one + sig + varbytes(b"alice") + le(100, 8)
    e["op-bond"] = one + le(2500, 8)
    e["op-withdraw"] = alice
    e["op-vote-validators"] = b"\x02" + one + le(500, 8) + two + le(750, 8)
    block, parts = b"\x11" * 32, b"\x22" * 32
    nil = b"\0" + le(1700000000, 8) + le(5, 4) + sig
    cast = b"\1" + block + le(3, 4) + parts + le(1700000001, 8) + le(0, 4) + sig
    e["op-evidence"] = one + b"\0" + b"\2" + le(7, 8) + le(1, 4) + nil + cast
    vote = protobuf((0x08, 2), (0x11, 7, 8), (0x19, 1, 8), (0x22, protobuf((0x0a, block), (0x12, protobuf((0x08, 3), (0x12, parts))))),
                    (0x2a, protobuf((0x08, 1700000001), (0x10, 0))), (0x32, b"example-1"))
    e["vote-bytes"] = bytes([len(vote)]) + vote
    vote = protobuf((0x08, 2), (0x11, 7, 8), (0x19, 1, 8), (0x2a, protobuf((0x08, 1700000000), (0x10, 5))), (0x32, b"example-1"))
    e["vote-bytes-nil"] = bytes([len(vote)]) + vote
    e["action-weights"] = b"\0\2" + one + le(10, 8) + two + le(0, 8)
    e["action-rule"] = b"\1" + varbytes(b"valsel_poa") + le(1, 2) + b"\0"
    e["action-jail"] = b"\2" + one + le(1800000000, 8)
    e["validators-section"] = (b"\1\0" + varbytes(b"example-1") + le(86400, 4) + le(0, 4) + le(1814400, 4) + le(2592000, 4) + le(500, 2) + le(0, 8)
                               + bytes(32) + varbytes(b"valsel_poa") + le(1, 2) + b"\0" + b"\1" + xonly(1) + alice + varbytes(b"alice") + le(1, 8))
    return e


# Taproot (BIP341) and the scripts of the peg.
NOBODY = 0x50929B74C1A04954B78B4B6035E97A5E078A5A0F28EC96D547BFEE9ACE803AC0


def lift(x):
    y = pow((pow(x, 3, P) + 7) % P, (P + 1) // 4, P)
    return x, y if y % 2 == 0 else P - y


def tweaked(x, tweak):
    return add(lift(x), times(int.from_bytes(tweak, "big"), G))[0].to_bytes(32, "big")


def number(n):
    if n <= 16:
        return bytes([0x50 + n])
    data = le(n, (n.bit_length() + 8) // 8)
    return bytes([len(data)]) + data


def multi_a(k, keys, last=b"\x9c"):
    return b"".join(b"\x20" + key + (b"\xba" if i else b"\xac") for i, key in enumerate(keys)) + number(k) + last


def two_leaves(internal, one, two):
    leaves = sorted(tagged("TapLeaf", b"\xc0" + varbytes(script)) for script in (one, two))
    root = tagged("TapBranch", b"".join(leaves))
    return b"\x51\x20" + tweaked(int.from_bytes(internal, "big"), tagged("TapTweak", internal + root))


def peg_examples(chain, alice):
    """Addresses and operations of the peg."""
    e = {}
    members = [xonly(s) for s in (1, 2, 3)]
    e["peg-terms"] = terms = le(0, 4) + alice + bytes(32) + xonly(5) + le(9, 8)
    e["peg-internal-key"] = internal = tweaked(NOBODY, tagged("tally/deposit", chain + terms))
    reclaim = b"\x20" + xonly(5) + b"\xad" + number(144) + b"\xb2"
    e["peg-deposit-script"] = two_leaves(internal, multi_a(2, members), reclaim)
    recovery = multi_a(1, [xonly(6)], b"\x9d") + number(288) + b"\xb2"
    e["peg-vault-script"] = two_leaves(le(NOBODY, 32)[::-1], multi_a(2, members), recovery)
    e["peg-anchor-script"] = b"\x6a\x2bTLY" + le(77, 8) + bytes(range(32))
    e["op-payout"] = le(200000, 8) + le(3000, 8) + varbytes(b"\x00\x14" + bytes(range(20)))
    head = chain + le(0, 4) + b"\x01" + le(4, 8)
    e["feerate-message"] = message = tagged("tally/feerate", head + le(2500, 4))
    e["op-feerate"] = le(2500, 4) + le(0, 4) + b"\x01" + le(4, 8) + sign(2, message)
    e["intent-message"] = message = tagged("tally/intent", head + terms)
    e["op-intent"] = terms + le(0, 4) + b"\x01" + le(4, 8) + sign(2, message)
    e["guardian-message"] = message = tagged("tally/guardian", head)
    e["op-guardian-pause"] = le(0, 4) + b"\x01" + le(4, 8) + sign(2, message)
    return e


def examples():
    """All of them, by name."""
    e = {}
    alice, bob = key_account(1), key_account(2)
    e["key-account"] = alice
    e["key-account-text"] = bech32m("tly", alice)
    e["key-account-text-regtest"] = bech32m("tlyr", alice)
    e["policy-account"] = shared = policy_account(2, [1, 2, 3])
    e["module-account"] = module_account("fees")

    e["genesis"] = genesis = (b"\x01" + varbytes(b"example-1") + varbytes(b"regtest") + le(1700000000, 8) + le(10, 8) + le(1, 8)
                              + compact(1) + varbytes(b"demo") + varbytes(b"abc"))
    e["genesis-id"] = chain = tagged("tally/genesis", genesis)

    transfer = bytes(32) + bob + le(500, 8) + varbytes(b"")
    e["payment-body"] = pay = body(1700003600, alice, 7, 11, [(4, alice, transfer)])
    e["payment-message"] = message = tagged("tally/transaction", chain + pay)
    e["payment-signature"] = signature = sign(1, message)
    e["payment"] = payment = pay + signature
    e["payment-id"] = payment_id = tagged("tally/txid", pay)

    e["swap-body"] = swap = body(1700003600, shared, 0, 12, [(4, bob, transfer), (4, shared, transfer)])
    message = tagged("tally/transaction", chain + swap)
    e["swap-witness"] = witness = policy_witness(2, [1, 2, 3], [1, 3], message) + sign(2, message)
    e["swap"] = swap + witness
    e["swap-partial"] = b"\x03" + chain + varbytes(swap) + b"\x01" + policy_witness(2, [1, 2, 3], [3], message) + b"\x00"

    e["relay"] = relay = b"\x02" + le(200, 2) + varbytes(b"abc")
    e["relay-id"] = tagged("tally/txid", relay)

    events = varbytes(b"PAID") + varbytes(b"\x01\x02")
    e["result"] = paid = result(0, "OK", 0, events, payment_id)
    end = result(0, "OK", 0, b"", bytes(32))
    e["transactions-root"] = transactions = merkle([tagged("tally/leaf", payment_id + sha256(payment))])
    e["results-root"] = results = merkle([tagged("tally/result", r) for r in (paid, end)])

    leaves = [(sha256(k), sha256(v)) for k, v in ((b"a", b"1"), (b"b", b"2"), (b"c", b"3"))]
    e["state-root"] = root = subtree(leaves)
    e["proof-present"] = prove(leaves, b"c")
    e["proof-absent-other"] = prove(leaves, b"e")
    e["proof-absent-empty"] = prove(leaves, b"d")

    e["block"] = block = b"\x01" + le(1, 8) + le(1700000060, 8) + chain + transactions + results + root + alice
    e["block-hash"] = block_hash = tagged("tally/block", block)
    e["block-seal"] = seal = sign(1, block_hash)
    head = b"TALLYSNP" + le(1, 2) + chain + block + seal + le(3, 8)
    entries = b"".join(varbytes(k) + varbytes(v) for k, v in ((b"a", b"1"), (b"b", b"2"), (b"c", b"3")))
    e["snapshot"] = (head + tagged("tally/snapshot", head) + le(len(entries), 4) + entries
                     + tagged("tally/snapshot-chunk", le(0, 4) + entries))
    e.update(rule_examples(alice, bob, payment_id))
    e.update(sale_examples(alice, b"\x00" + xonly(2), e["asset-id"]))
    e.update(swap_examples(alice, bob, e["asset-id"], payment_id))
    e.update(validator_examples(chain, alice))
    e.update(peg_examples(chain, alice))
    return {name: value if isinstance(value, str) else value.hex() for name, value in e.items()}


def documented():
    """name -> value of every line `name = value` in the document's example blocks; a value may go on over indented lines."""
    found = {}
    with open(os.path.join(ROOT, "doc", "formats.md"), encoding="utf-8") as f:
        for block in re.findall(r"^```example\n(.*?)^```", f.read(), re.S | re.M):
            for name, value in re.findall(r"^([a-z-]+) =((?:.*\n)(?: .*\n)*)", block, re.M):
                found[name] = "".join(value.split())
    return found


def tool_says(root, key, value, proof):
    import json
    tool = os.path.join(ROOT, "tools", "check-state-proof")
    question = json.dumps({"root": root, "key": key.hex(), "value": value and value.hex(), "proof": proof})
    return subprocess.run([sys.executable, tool], input=question, capture_output=True, text=True, check=False).stdout.strip()


def main():
    want, have = examples(), documented()
    wrong = [f"{name}: the document says {have.get(name)}, the format gives {value}" for name, value in want.items()
             if have.get(name) != value]
    for name, key, value, verdict in (("proof-present", b"c", b"3", "present"), ("proof-absent-other", b"e", None, "absent"),
                                      ("proof-absent-empty", b"d", None, "absent")):
        said = tool_says(want["state-root"], key, value, want[name])
        if said != verdict:
            wrong.append(f"{name}: tools/check-state-proof says {said}")
    print("\n".join(wrong + [f"{len(want)} examples, {len(wrong)} wrong"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
