#ifndef TALLY_CHAIN_SIGNET_H
#define TALLY_CHAIN_SIGNET_H
/* BIP325: on a signet each block but the first carries a solution to the network's challenge, in the coinbase's witness commitment. The
 * header commits to the coinbase, so a wrong solution is the header's fault, once the body has been found to belong to it.
 *
 * The rules in force are those of Bitcoin Core's signet.cpp: BIP16, 66, 141, 143, 147, and no later ones. A challenge that is a taproot
 * output is therefore solved by anything. */
#include "chain/block.h"

enum signet_verdict {
	SIGNET_OK,            /* solved; or the network has no challenge, or the block is its first */
	SIGNET_NO_COMMITMENT, /* no witness commitment in the coinbase */
	SIGNET_MALFORMED,     /* what follows the signet header is not a script sig and a witness */
	SIGNET_UNSOLVED,      /* the solution, or none, does not satisfy the challenge */
};

/* A block whose merkle root is right; block_check() calls this. */
MUST_USE enum signet_verdict signet_check(const struct chain_params *p, const struct block *b);

/* The same from a header, its coinbase and that one's merkle branch of `depth` hashes, which the caller has checked. */
MUST_USE enum signet_verdict signet_check_coinbase(const struct chain_params *p, const struct header *h, const struct tx *coinbase,
						   const struct hash256 *branch, size_t depth);

/* The two virtual transactions: to_sign spends the only output of to_spend, which has the challenge for its script. */
struct signet_txs {
	struct tx to_spend, to_sign; /* owned */
};
/* Make them, the solution filled in where there is one; on any verdict but SIGNET_OK *out is empty. Released with signet_txs_clear(). */
MUST_USE enum signet_verdict signet_txs_make(struct signet_txs *out, const struct chain_params *p, const struct header *h,
					     const struct tx *coinbase, const struct hash256 *branch, size_t depth);
void signet_txs_clear(struct signet_txs *txs);

/* A signet's magic: the first four bytes of the sha256d of its challenge as a string. */
void signet_magic(uint8_t out[4], const uint8_t *challenge, size_t len);

#endif
