#!/usr/bin/env python3
"""The v2 transport (BIP324) with a real btcd, and the way back to v1 where the peer has v1 only. Skipped where there is no btcd,
or where tallyd is built without it."""
import re
import subprocess

from btcd import BtcdChain, find_btcd
from chains import EmbeddedChain
from harness import Skip, Tallyd, check, equal, main, program, wait_until


def need_v2():
    find_btcd()
    out = subprocess.run([program("tallyd"), "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    if "v2 (BIP324)" not in out:
        raise Skip("this tallyd is built with a libsecp256k1 without ElligatorSwift")


def synced_with(t, btcd):
    node = Tallyd(t, f"--connect={btcd.p2p_address}")
    wait_until(lambda: node.rpc.getmainchaininfo()["tip"] == btcd.tip(), 30, "tallyd to have btcd's tip")
    peers = node.rpc.getpeerinfo()
    equal(len(peers), 1, "peers")
    return node, peers[0]


def outbound(t):
    """More messages than a key is used for (224), and headers of many kilobytes."""
    need_v2()
    btcd = BtcdChain(t, premine=1000, options=["--v2transport"])
    node, peer = synced_with(t, btcd)
    equal(peer["transport"], "v2")
    check("p2p_v2" in peer["service_names"], "btcd says that it has v2")
    for _ in range(250):
        btcd.generate(1)
    wait_until(lambda: node.rpc.getmainchaininfo()["tip"] == btcd.tip(), 30, "tallyd to follow past a change of keys")
    equal([p["id"] for p in node.rpc.getpeerinfo()], [peer["id"]], "the same connection")


def v1_only(t):
    need_v2()
    node, peer = synced_with(t, BtcdChain(t, premine=20))
    equal(peer["transport"], "v1")
    equal(node.rpc.getmainchaininfo()["headers"], 20)


def inbound(t):
    """Who comes chooses: a btcd that speaks v2, and one that doesn't. It leaves once it has read that we serve no blocks."""
    need_v2()
    chain = EmbeddedChain(t, premine=20)
    node = Tallyd(t, f"--connect={chain.p2p_address}", "--listen=127.0.0.1:0")
    wait_until(lambda: node.rpc.getmainchaininfo()["synced"], 30, "to be synced")
    with open(f"{node.datadir}/regtest/debug.log", encoding="utf-8") as f:
        port = re.search(r"listening for peers at .*, port (\d+)$", f.read(), re.M)[1]
    for options, v2 in ((["--v2transport"], True), ([], False)):
        guest = BtcdChain(t, premine=0, options=["--debuglevel=debug", f"--connect=127.0.0.1:{port}", *options])
        guest.wait_log("Received version (agent /tallystick:", 30)
        with open(guest.log, encoding="utf-8") as f:
            equal("V2TR: Found garbage terminator" in f.read(), v2, "the handshake of v2")
        guest.stop()


if __name__ == "__main__":
    main(outbound, v1_only, inbound)
