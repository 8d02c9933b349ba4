#ifndef TALLY_TESTS_MAINCHAIN_MEMPOOL_H
#define TALLY_TESTS_MAINCHAIN_MEMPOOL_H
/* Transactions that wait for a block. An entry's parents always entered before it, so the order of entry is an order to
 * mine in. */
#include "tests/mainchain/policy.h"
#include "tests/mainchain/tx_rules.h"

#define MEMPOOL_CHAIN_MAX 25 /* an entry with its unconfirmed ancestors */

struct mempool_tx {
	struct hash256 txid, wtxid;
	struct tx tx; /* owned */
	uint64_t fee; /* satoshi */
	size_t vsize;
	UT_hash_handle hh; /* uthash keeps the order of entry */
};

/* One input of an entry. */
struct mempool_spend {
	struct outpoint outpoint;
	struct mempool_tx *by;
	UT_hash_handle hh;
};

struct mempool {
	struct mempool_tx *by_txid;    /* owned; iterate in order of entry with hh.next */
	struct mempool_spend *spends;  /* owned */
};

void mempool_clear(struct mempool *m);
struct mempool_tx *mempool_find(const struct mempool *m, const struct hash256 *txid);
/* Who spends it; NULL for nobody. */
struct mempool_tx *mempool_spender(const struct mempool *m, const struct outpoint *o);

/* Take a transaction (copied), replacing what it conflicts with if it pays more (BIP125). NULL, or a reason name in
 * Bitcoin Core's words; "txn-already-in-mempool" and "txn-already-known" among them. */
MUST_USE const char *mempool_accept(struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tx *tx);

/* Drop an entry with its descendants; false when there is none. */
bool mempool_evict(struct mempool *m, const struct hash256 *txid);

/* Follow the chain: entries that were mined or that conflict leave; those of blocks that left the branch come back, and
 * after such a reorganisation everything is checked again. */
void mempool_follow(struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tip_change *change);

#endif
