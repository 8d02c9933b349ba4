#ifndef TALLY_PEG_PROOF_H
#define TALLY_PEG_PROOF_H
/* A transaction proven to stand in a block of the relay's best branch. */
#include "bridge/peg/relay.h"
#include "chain/txproof.h"

/* NULL, or a refusal: PROOF_TOO_LARGE, PROOF_MALFORMED, PROOF_UNKNOWN_BLOCK, PROOF_NOT_BEST, PROOF_SIZE_64,
 * PROOF_BAD_INDEX, PROOF_BAD_BRANCH, PROOF_BAD_COINBASE, PROOF_ZERO_ROOT, and on a signet PROOF_BAD_SIGNET where the block does not solve the
 * network's challenge: work alone makes no block there. On success release with txproof_clear(). */
MUST_USE const char *proof_take(struct txproof *out, struct block_ref *block, const struct state *s, const struct chain_params *chain,
				const uint8_t *bytes, size_t len);

#endif
