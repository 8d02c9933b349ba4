#ifndef TALLY_CHAIN_BLOCK_H
#define TALLY_CHAIN_BLOCK_H
/* Full main-chain blocks. */
#include "chain/header.h"
#include "chain/tx.h"

#define BLOCK_BYTES_MAX 4000000
#define BLOCK_WEIGHT_MAX 4000000

struct block {
	struct header header;
	struct tx *tx; /* owned */
	size_t tx_n;
};

/* Exactly one block of at most BLOCK_BYTES_MAX bytes. *out is owned by the caller on success: block_clear(). */
MUST_USE bool block_decode(struct block *out, const void *bytes, size_t len);
void wr_block(struct wr *w, const struct block *b);
void block_clear(struct block *b);

enum block_verdict {
	BLOCK_OK,
	BLOCK_MUTATED, /* merkle root, duplicated nodes, 64-byte "transactions" without a coinbase in front, or witness commitment
			* off: the body is wrong, not the header */
	BLOCK_INVALID, /* the header commits to something that no rule allows (no coinbase, two of them, overweight, a bad transaction) */
};

/* The body belongs to the header: merkle root without duplication, witness commitment (BIP141), one coinbase in front, weight, each
 * transaction's context-free rules. BIP141 is taken as active at every height. *why (may be NULL) gets Bitcoin Core's name of the
 * reason, NULL for none. */
MUST_USE enum block_verdict block_check(const struct block *b, const char **why);

#endif
