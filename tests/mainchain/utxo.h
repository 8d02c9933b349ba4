#ifndef TALLY_TESTS_MAINCHAIN_UTXO_H
#define TALLY_TESTS_MAINCHAIN_UTXO_H
/* The unspent outputs of the active branch, in memory, with what it takes to go back. */
#include <uthash.h>

#include "chain/block.h"

struct unspent {
	struct outpoint outpoint; /* the key: 36 bytes without padding */
	struct txout out;         /* owned */
	uint32_t height;          /* of the block that made it */
	bool coinbase;
	UT_hash_handle hh;
};

struct utxo_set {
	struct unspent *map; /* owned; a zeroed struct is an empty set */
};

/* What one block spent, in the order of spending. */
struct undo {
	struct unspent **spent; /* owned, and each item too */
	size_t n, cap;
};

void utxo_clear(struct utxo_set *s);
void undo_clear(struct undo *u);

/* Borrowed until the set changes; NULL when there is none. */
struct unspent *utxo_find(const struct utxo_set *s, const struct outpoint *o);

/* Spend the inputs (all must be there, except a coinbase's) and add the outputs that can ever be spent. */
void utxo_apply(struct utxo_set *s, struct undo *undo, const struct tx *tx, const struct hash256 *txid, uint32_t height);

/* Take back the last applied of a block's transactions: n of its transactions had been applied with this undo, which is
 * emptied. */
void utxo_unapply(struct utxo_set *s, struct undo *undo, const struct tx *tx, size_t n);

#endif
