#!/usr/bin/env python3
"""C12: tallyd was away for an hour. The peers that it finds then lag or lie: it stalls, says why, and hands out no address. When an honest
node is back it goes on by itself."""
import signal
import time

import p2p
from chains import EmbeddedChain, follow
from harness import RpcError, check, equal, main, program, raises, run, wait_until
from world import World

HOUR = 3600
MAX_TIP_AGE = 1800


def away(t):
    """A world whose main chain's last block is an hour old, and tallyd about to come back to it. Peers from then on: the honest node,
    which is not answering, and one that has stood still since."""
    honest = EmbeddedChain(t, premine=0)
    honest.control("settime", offset=-HOUR)
    honest.mine(110, spacing=600)
    honest.control("settime", offset=-HOUR)
    lagging = EmbeddedChain(t, premine=0)
    world = World(t, chain=honest, options=[f"--connect={lagging.p2p_address}"])
    world.pegged("alice", 5_000_000)
    waiting = world.deposit("alice", 3_000_000)
    follow(lagging, honest)
    world.node.stop()
    world.node.argv.append(f"--maxtipage={MAX_TIP_AGE}")
    honest.process.send_signal(signal.SIGSTOP)
    t.closing(Resume(honest))
    return world, honest, lagging, waiting


class Resume:
    """A stopped process can't be ended politely."""

    def __init__(self, process):
        self.process = process

    def close(self):
        if self.process.running():
            self.process.process.send_signal(signal.SIGCONT)


def stalls(world, why):
    """Not ready, for this reason, with no address for anybody; for programs and people."""
    info = wait_until(lambda: (i := world.rpc.getinfo()) and not i["ready"] and any(why in r for r in i["not_ready_because"]) and i, 30,
                      f"tallyd to say {why!r}")
    check(not info["ready"], info)
    error = raises(RpcError, world.rpc.getpeginaddress, account=world.accounts["alice"])
    equal((error.code, error.data["reason"]), (4, "SYNCING"))
    check(why in error.message or why in str(error.data), error)
    status, _, said = run([program("tally"), "--network=regtest", f"--datadir={world.node.datadir}", "getpeginaddress", "alice"], status=None)
    equal(status, 4, "exit code: not ready")
    check(why in said, said)
    main_chain = world.rpc.getmainchaininfo()
    check(main_chain["stale"] and not main_chain["synced"] and why in main_chain["not_synced_because"], main_chain)
    check(main_chain["tip_age"] > MAX_TIP_AGE, main_chain)


def node_was_offline(t):
    world, honest, lagging, deposit = away(t)
    world.node.start()
    wait_until(lambda: any(p["address"] == lagging.p2p_address and p["caught_up"] for p in world.rpc.getpeerinfo()), 20, "the lagging node")
    stalls(world, "minutes old")

    # A liar brings nothing but lies: it is sent away, and all stays as it is.
    liar = EmbeddedChain(t, premine=0)
    follow(liar, lagging)
    liar.misbehave("wrong_work")
    world.rpc.addnode(liar.p2p_address)
    wait_until(lambda: not any(p["address"] == liar.p2p_address for p in world.rpc.getpeerinfo()) and liar.control("info")["lies"] > 0, 20,
               "the liar to be sent away")
    stalls(world, "minutes old")
    t.note("stalled:", world.rpc.getmainchaininfo()["not_synced_because"])

    # Somebody who claims a high chain and then says nothing changes nothing either.
    silent = t.closing(p2p.ScriptedPeer())
    silent.on_version = lambda c, payload: (c.send("version", p2p.version(height=900_000)), c.send("verack"))
    silent.on_getheaders = lambda c, payload: None
    world.rpc.addnode(silent.address)
    wait_until(lambda: silent.times_heard("getheaders") > 0, 20, "the silent one to be asked")
    stalls(world, "minutes old")

    # The honest node is back, with the blocks of that hour.
    honest.process.send_signal(signal.SIGCONT)
    honest.mine(6, spacing=600)
    honest.control("settime", offset=0)
    honest.mine(1)
    began = time.monotonic()
    wait_until(lambda: world.rpc.getmainchaininfo()["tip"] == honest.tip(), 90, "tallyd to find the honest node again")
    world.wait_ready()
    t.note(f"went on by itself after {time.monotonic() - began:.1f} s")
    check(not world.rpc.getmainchaininfo()["stale"], "not stale any more")
    world.wait_minted(deposit)
    equal(world.pegged("alice", 2_000_000)["state"], "MINTED")
    world.audit()


if __name__ == "__main__":
    main(node_was_offline)
