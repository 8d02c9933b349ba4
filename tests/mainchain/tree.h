#ifndef TALLY_TESTS_MAINCHAIN_TREE_H
#define TALLY_TESTS_MAINCHAIN_TREE_H
/* Every block that was ever accepted, and which branch is the active one: most work, first seen among equals. Blocks of
 * the active branch have been checked whole, with their transactions' inputs, locks and scripts; others only as far as
 * they can be alone. */
#include <uthash.h>

#include "base/clock.h"
#include "chain/block.h"
#include "chain/header_rules.h"
#include "tests/mainchain/utxo.h"

struct tree_block {
	struct hash256 hash;
	struct tree_block *parent; /* NULL for the first */
	struct tree_block *jump;   /* an ancestor further back, so that any is few steps away; itself for the first */
	uint32_t height;
	struct header header;
	struct u256 work; /* sum from the first block on */
	uint8_t *bytes;   /* the block with witness; owned */
	size_t len;
	struct undo undo; /* filled while the block is active */
	struct wr filter; /* BIP158 basic filter; empty until the block was active for the first time */
	struct hash256 filter_hash, filter_header;
	bool invalid;
	bool active;
	UT_hash_handle hh;
};

/* Where a transaction of the active branch stands. */
struct tx_place {
	struct hash256 txid;
	struct tree_block *block;
	uint32_t index;
	UT_hash_handle hh;
};

struct block_tree {
	const struct chain_params *params;
	struct tree_block *by_hash; /* owned */
	struct tree_block **active; /* active[height]; owned array */
	size_t active_n, active_cap;
	struct utxo_set utxos;
	struct tx_place *places; /* owned */
};

/* Blocks that left the active branch, tip first, and that joined it, lowest first. Owned; pointers into the tree. */
struct tip_change {
	struct tree_block **off, **on;
	size_t off_n, on_n;
};
void tip_change_clear(struct tip_change *c);

void tree_init(struct block_tree *t, const struct chain_params *p);
void tree_clear(struct block_tree *t);

struct tree_block *tree_tip(const struct block_tree *t);
struct tree_block *tree_find(const struct block_tree *t, const struct hash256 *hash);
/* The ancestor at a height (<= b's own). */
struct tree_block *tree_ancestor(const struct tree_block *b, uint32_t height);
/* Median time of the 11 blocks that end with b. */
uint32_t tree_median_time(const struct tree_block *b);
/* NULL when it is in no block of the active branch. */
const struct tx_place *tree_find_tx(const struct block_tree *t, const struct hash256 *txid);
uint32_t tree_height(const struct block_tree *t);
/* Decode a block of the tree; release with block_clear(). */
void tree_read(struct block *out, const struct tree_block *b);

/* Take a block, at most once. NULL, or a reason name; *out (may be NULL) gets the block, also when it was known. *change
 * says how the active branch moved (cleared by the caller). A block that turns out to be invalid when its branch would
 * become the best is kept, marked, and the branch stays as it was. */
MUST_USE const char *tree_add(struct block_tree *t, struct tree_block **out, struct tip_change *change, const struct block *b,
			      struct unixtime now);

#endif
