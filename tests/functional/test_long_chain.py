#!/usr/bin/env python3
"""A btcd with 100,000 blocks, 600 s apart and the last of them now, fed by submitblock; tallyd gets all headers and filter headers from
it, follows it, and is ready at once after a restart. Prints what that cost."""
import os
import time

import bitcoin
from btcd import BtcdChain, find_btcd, make_long_chain
from harness import Tallyd, check, equal, main, wait_until

BLOCKS = int(os.environ.get("TALLY_LONG_CHAIN", "100000"))
CPU_MAX_US = 100  # a header, the daemon's start included: an order of magnitude above what is seen, for busy and slow machines


def synced(node, height):
    info = node.rpc.getmainchaininfo()
    return info["synced"] and info["headers"] == height and info["filterheaders"] == height + 1


def sync(t, btcd, height):
    began = time.monotonic()
    node = Tallyd(t, f"--connect={btcd.p2p_address}")
    start = time.monotonic() - began
    idle = node.cpu_seconds()
    wait_until(lambda: synced(node, height), 120, "tallyd to know all headers and filter headers", every=0.01)
    wall, cpu = time.monotonic() - began, node.cpu_seconds()
    t.note(f"{height} headers and filter headers: {wall:.2f} s wall ({start:.2f} s of it to start), {cpu:.2f} s CPU ({idle:.2f} s at the start), "
           f"{cpu / height * 1e6:.1f} us a header, {height / wall:.0f} headers/s, {node.resident_kb('VmHWM') / 1024:.0f} MB at most")
    if "sanitized" not in os.environ.get("TALLY_BUILDDIR", ""):
        check(cpu / height * 1e6 < CPU_MAX_US, f"{cpu} s of CPU for {height} headers")
    return node


def same_chain(node, btcd, height):
    """Tip, work and some headers on the way are btcd's."""
    info = node.rpc.getmainchaininfo()
    equal((info["tip"], info["height"]), (btcd.tip(), height), "tip")
    equal(int(info["chainwork"], 16), 2 * (height + 1), "work: 2 for each block at regtest's target, genesis too")
    for h in (0, 1, 1999, 2000, 2001, height // 2, height - 1, height):
        hash_ = btcd.hash_at(h)
        equal(node.rpc.getheaderhash(h), hash_, f"hash at height {h}")
        equal(node.rpc.getheader(hash_)["hex"], btcd.call("getblockheader", hash_, False), f"header at height {h}")
    check(time.time() - bitcoin.Header.decode(bytes.fromhex(node.rpc.getheader(info["tip"])["hex"])).time < 600, "the tip is of now")


def long_chain(t):
    find_btcd()
    btcd = BtcdChain(t, premine=0)
    began = time.monotonic()
    path = make_long_chain(t.path("blocks.dat"), BLOCKS)
    made = time.monotonic()
    btcd.load(path)
    os.unlink(path)
    t.note(f"{BLOCKS} blocks made in {made - began:.1f} s, taken by btcd in {time.monotonic() - made:.1f} s")
    equal(btcd.height(), BLOCKS)
    node = sync(t, btcd, BLOCKS)
    same_chain(node, btcd, BLOCKS)
    tip = btcd.mine(3)[-1]
    wait_until(lambda: node.rpc.getmainchaininfo()["tip"] == tip, 10, "tallyd to follow")
    tip = btcd.reorg(12)
    wait_until(lambda: node.rpc.getmainchaininfo()["tip"] == tip, 10, "tallyd to follow a reorganisation")

    node.stop()
    began = time.monotonic()
    node.start()
    equal(node.rpc.getmainchaininfo()["tip"], tip, "tip from disk")
    t.note(f"started again with all headers on disk in {time.monotonic() - began:.2f} s")
    wait_until(lambda: synced(node, BLOCKS + 4), 20, "tallyd to be synced again", every=0.01)
    t.note(f"synced again after {time.monotonic() - began:.2f} s")


if __name__ == "__main__":
    main(long_chain)
