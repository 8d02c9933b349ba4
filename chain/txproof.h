#ifndef TALLY_CHAIN_TXPROOF_H
#define TALLY_CHAIN_TXPROOF_H
/* Proof that a transaction stands in a block: its branch, and the coinbase's branch of the same length, which pins the depth of the
 * tree so that no inner node can be passed off as a transaction. */
#include "chain/block.h"
#include "chain/merkle.h"

#define TXPROOF_BYTES_MAX 90000 /* a proof above this is refused: such a deposit must be reclaimed */

struct txproof {
	struct hash256 block;
	struct tx tx;       /* without witness; owned */
	struct tx coinbase; /* without witness; owned */
	uint32_t index;     /* position of tx in the block */
	size_t depth;       /* length of both branches */
	struct hash256 branch[MERKLE_BRANCH_MAX];
	struct hash256 coinbase_branch[MERKLE_BRANCH_MAX];
};

/* Format: block hash | tx stripped (varbytes) | index u32 | depth u8 | branch | coinbase stripped (varbytes) | coinbase branch.
 * Decoding refuses more than TXPROOF_BYTES_MAX, depth over 32, a `tx` of 64 bytes, trailing bytes; *out then stays as it was. */
MUST_USE bool txproof_decode(struct txproof *out, const void *bytes, size_t len);
void wr_txproof(struct wr *w, const struct txproof *p);
void txproof_clear(struct txproof *p);

/* Make the proof of transaction number `index` of a full block. It may have more than TXPROOF_BYTES_MAX: the caller compares. */
void txproof_make(struct txproof *out, const struct block *b, size_t index);

enum txproof_verdict {
	TXPROOF_OK,
	TXPROOF_SIZE_64,      /* the transaction has exactly 64 bytes, as an inner node has (a coinbase can't be one) */
	TXPROOF_BAD_INDEX,    /* index >= 2^depth */
	TXPROOF_BAD_BRANCH,   /* does not fold to the merkle root, or a left sibling equals the running hash */
	TXPROOF_BAD_COINBASE, /* the coinbase isn't one, its branch does not fold to the root at index 0, or another index has one */
	TXPROOF_ZERO_ROOT,
};

/* Check against the header's merkle root. The caller has checked that the header is on the best branch. */
MUST_USE enum txproof_verdict txproof_check(const struct txproof *p, const struct hash256 *merkle_root);
const char *txproof_verdict_name(enum txproof_verdict v);

#endif
