#ifndef TALLY_CHAIN_BLOCK_H
#define TALLY_CHAIN_BLOCK_H
/* Full main-chain blocks. */
#include "chain/params.h"
#include "chain/tx.h"

#define BLOCK_BYTES_MAX 4000000
#define BLOCK_WEIGHT_MAX 4000000
#define BLOCK_SIGOPS_COST_MAX 80000 /* BIP141: a signature operation outside of a witness costs 4 */

struct block {
	struct header header;
	struct tx *tx; /* owned */
	size_t tx_n;
};

/* Exactly one block of at most BLOCK_BYTES_MAX bytes. *out is owned by the caller on success: block_clear(). */
MUST_USE bool block_decode(struct block *out, const void *bytes, size_t len);
void wr_block(struct wr *w, const struct block *b);
void block_clear(struct block *b);

/* The coinbase's output that holds BIP141's witness commitment, borrowed; NULL for none. */
const struct txout *block_commitment(const struct tx *coinbase);

enum block_verdict {
	BLOCK_OK,
	BLOCK_MUTATED, /* merkle root, duplicated nodes, 64-byte "transactions" without a coinbase in front, or witness commitment
			* off: the body is wrong, not the header */
	BLOCK_INVALID, /* the header commits to something that no rule allows (no coinbase, two of them, a wrong height in it, overweight,
			* too many signature operations, a bad transaction, a challenge that is not solved) */
};

/* The body belongs to the header, which stands at `height` of network p: merkle root without duplication, witness commitment (BIP141
 * from its height on; before it, no witness), one coinbase in front with its height (BIP34), weight, signature operations, each
 * transaction's context-free rules, where BIP54 is in force its size, lock time and sequence rules, and on a signet the solution of its
 * challenge (BIP325). *why (may be NULL) gets Bitcoin
 * Core's name of the reason, NULL for none.
 *
 * What needs the outputs spent is not checked here, as in any light client: scripts, amounts, fees and subsidy, P2SH and witness
 * signature operations (of BIP54's 2,500 too), BIP30, BIP68; nor are lock times, which need the median time of the ancestors. */
MUST_USE enum block_verdict block_check(const struct block *b, const struct chain_params *p, uint32_t height, const char **why);

#endif
