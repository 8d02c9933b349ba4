#!/usr/bin/env python3
"""The embedded chain and a real btcd must agree: what one mines or takes into its pool, the other does too. Skipped where
there is no btcd."""
import time

import bitcoin
from bitcoin import COIN, In, Out, Tx
from btcd import BtcdChain, find_btcd
from chains import EmbeddedChain, Refused, coin_tool, follow
from harness import check, equal, main, raises, wait_until


def pair(t, premine=110):
    """A btcd, and an embedded chain that has its blocks."""
    find_btcd()
    btcd, embedded = BtcdChain(t, premine), EmbeddedChain(t, premine=0)
    follow(embedded, btcd)
    return btcd, embedded


def blocks_of_each_other(t):
    btcd, embedded = pair(t)
    equal(embedded.height(), 110)
    embedded.mine(5)
    follow(btcd, embedded)
    btcd.generate(3)
    follow(embedded, btcd)
    key = bitcoin.Key("anyone")
    btcd.fund(key.address, COIN)
    btcd.mine(1, key.address)
    follow(embedded, btcd)
    equal(embedded.utxos(key.address)[0]["sat"] % COIN, btcd.utxos(key.address)[0]["sat"] % COIN)
    equal(sorted(map(str, embedded.utxos(key.address))), sorted(map(str, btcd.utxos(key.address))), "unspent outputs")


def over_the_wire(t):
    """The same through the P2P protocol: btcd fetches from us, we fetch from it, and transactions travel."""
    find_btcd()
    embedded = EmbeddedChain(t, premine=150)
    btcd = BtcdChain(t, premine=0, options=[f"--connect={embedded.p2p_address}"])
    wait_until(lambda: btcd.tip() == embedded.tip(), 30, "btcd to fetch our blocks")
    embedded.mine(2)
    wait_until(lambda: btcd.tip() == embedded.tip(), 10, "btcd to hear of new blocks")
    btcd.generate(2)
    wait_until(lambda: embedded.tip() == btcd.tip(), 10, "us to hear of btcd's blocks")
    txid, _ = embedded.fund(bitcoin.Key("wire").address, COIN)
    wait_until(lambda: txid in btcd.pool(), 10, "btcd to have our transaction")
    new = embedded.reorg(3)
    wait_until(lambda: btcd.tip() == new, 10, "btcd to follow a reorganisation")

    btcd.generate(105)
    wait_until(lambda: embedded.tip() == btcd.tip(), 20, "us to have btcd's blocks")
    txid, _ = btcd.fund(bitcoin.Key("wire back").address, COIN)
    wait_until(lambda: txid in embedded.pool(), 20, "us to have btcd's transaction")


def both(chains, tx, taken):
    """Both pools say the same."""
    for chain in chains:
        if taken:
            equal(chain.send_raw(tx.hex()), tx.txid())
        else:
            raises(Refused, chain.send_raw, tx.hex())


def funded(btcd, embedded, address, n):
    coins = [btcd.fund(address, COIN) for _ in range(n)]
    btcd.mine(1)
    follow(embedded, btcd)
    return coins


def vault_spends(t):
    """The peg's own kind of output, with the policy that the network has."""
    btcd, embedded = pair(t, 130)
    chains = (btcd, embedded)
    home = bitcoin.Key("home")
    for k, n in ((2, 3), (8, 15)):
        v = bitcoin.Vault(k, [f"member {i}" for i in range(n)], "customer", 10)
        coins = funded(btcd, embedded, v.address, 3)
        spent = [Out(COIN, v.script)]

        def signed(coin, who=None, sequence=bitcoin.RBF, version=2, value=COIN - 5000):
            tx = Tx([In(*coin, sequence)], [Out(value, home.script), Out(0, b"\x6a\x24" + bytes(36))], version)
            if who is None:
                v.sign_reclaim(tx, spent, 0)
            else:
                v.sign(tx, spent, 0, who)
            return tx

        good = signed(coins[0], set(range(n - k, n)))
        both(chains, signed(coins[0], set(range(k - 1))), False)
        both(chains, signed(coins[0], set(range(k + 1))), False)
        swapped = signed(coins[0], set(range(k)))
        w = swapped.ins[0].witness
        w[n - 1], w[n - 2] = w[n - 2], w[n - 1]
        both(chains, swapped, False)
        other_control = signed(coins[0], set(range(k)))
        other_control.ins[0].witness[-1] = v.controls[1]
        both(chains, other_control, False)
        annexed = signed(coins[0], set(range(k)))
        annexed.ins[0].witness.append(b"\x50")
        both(chains, annexed, False)
        both(chains, good, True)
        both(chains, signed(coins[0], set(range(k)), value=COIN - 20000), True)   # replaces it
        both(chains, signed(coins[0], set(range(k)), value=COIN - 20001), False)  # too little more

        both(chains, signed(coins[1], sequence=10), False)
        btcd.mine(9)
        follow(embedded, btcd)
        both(chains, signed(coins[1], sequence=9), False)
        both(chains, signed(coins[1], sequence=10), True)
        both(chains, signed(coins[2], set(range(k)), version=1), True)
        embedded.mine(1)
        follow(btcd, embedded)
        equal((btcd.pool(), embedded.pool()), (set(), set()), "pools after a block with all of it")


def coins_of_the_tool(t):
    btcd, embedded = pair(t)
    me = coin_tool("key", "a customer of tests")
    coins = funded(btcd, embedded, me["address"], 2)
    ins = [f"--in={txid}:{vout}:{COIN}" for txid, vout in coins]
    outs = [f"--out={btcd.address}:{COIN}", f"--out={me['address']}:{COIN - 3000}"]
    tx = coin_tool("spend", f"--secret={me['secret']}", *ins, *outs)
    for chain in (btcd, embedded):
        equal(chain.send_raw(tx["hex"]), tx["txid"])
    btcd.mine(1)
    follow(embedded, btcd)
    equal((btcd.confirmations(tx["txid"]), embedded.confirmations(tx["txid"])), (1, 1))


def policy(t):
    """Where the two pools agree, and the one place known where they don't."""
    btcd, embedded = pair(t)
    chains = (btcd, embedded)
    key = bitcoin.Key("policy")
    coin = funded(btcd, embedded, key.address, 1)[0]
    spent = [Out(COIN, key.script)]

    def tx_of(outs, version=2, sequence=bitcoin.RBF, locktime=0):
        tx = Tx([In(*coin, sequence)], outs, version, locktime)
        key.sign(tx, spent, 0)
        return tx

    change = Out(COIN // 2, key.script)
    rows = [
        tx_of([Out(100, key.script), change]),                                        # dust
        tx_of([Out(1000, b"\x51" * 25), change]),                                     # no standard type
        tx_of([Out(0, b"\x6a\x4c\x51" + bytes(81)), change]),                         # too much data
        tx_of([Out(0, b"\x6a\x01a"), Out(0, b"\x6a\x01b"), change]),                  # twice data
        tx_of([change], version=4), tx_of([change], version=0), tx_of([change], sequence=2),
        tx_of([change], locktime=btcd.height() + 1),
        tx_of([Out(COIN + 1, key.script)]),
        tx_of([Out(COIN - 10, key.script)]),                                          # no fee to speak of
    ]
    for tx in rows:
        both(chains, tx, False)
    truc = tx_of([change], version=3)
    check("version 3" in str(raises(Refused, btcd.send_raw, truc.hex())), "btcd's policy knows no version 3")
    embedded.control("policy", version_max=2)
    both(chains, truc, False)
    # But a block may hold it.
    btcd.submit(bitcoin.make_block(btcd.tip(), btcd.height() + 1, int(time.time()) + 60, key.script, [truc]))
    follow(embedded, btcd)
    equal(embedded.confirmations(truc.txid()), 1)
    standard = [bytes([0, 20]) + bytes(20), bytes([0, 32]) + bytes(32), b"\x76\xa9\x14" + bytes(20) + b"\x88\xac",
                b"\xa9\x14" + bytes(20) + b"\x87", key.script, b"\x6a\x24" + bytes(36)]
    tx = Tx([In(truc.txid(), 0)], [Out(0 if s[0] == 0x6A else 1000, s) for s in standard])
    key.sign(tx, [change], 0)
    both(chains, tx, True)


def reorganisations(t):
    btcd, embedded = pair(t)
    key = bitcoin.Key("reorg")
    txid, _ = btcd.fund(key.address, COIN)
    btcd.mine(1)
    other, _ = btcd.fund(key.address, 2 * COIN)
    btcd.mine(1)
    follow(embedded, btcd)
    tip = btcd.reorg(2, drop=[other])
    follow(embedded, btcd)
    equal((btcd.tip(), embedded.tip()), (tip, tip))
    equal((btcd.confirmations(txid), embedded.confirmations(txid)), (3, 3))
    equal((btcd.confirmations(other), embedded.confirmations(other)), (0, 0), "what was dropped waits in both pools")
    embedded.mine(1)
    follow(btcd, embedded)
    equal((btcd.confirmations(other), embedded.confirmations(other)), (1, 1))
    embedded.reorg(4, drop=True)
    follow(btcd, embedded)
    equal(btcd.pool(), embedded.pool(), "pools after a longer one")
    equal(btcd.pool(), {txid, other})


if __name__ == "__main__":
    main(blocks_of_each_other, over_the_wire, vault_spends, coins_of_the_tool, policy, reorganisations)
