#ifndef TALLY_CHAIN_HEADER_RULES_H
#define TALLY_CHAIN_HEADER_RULES_H
/* Which headers may follow which. The caller lends the ancestors of the branch in question, so the same rules serve the light
 * client (with the clock) and the ledger's relay (with block time). Rules: Bitcoin Core's validation.cpp ContextualCheckBlockHeader and
 * pow.cpp; BIP34, 65, 66, 94; BIP54's rules of time where the network has them. */
#include "base/clock.h"
#include "chain/params.h"

#define MEDIAN_TIME_SPAN 11
#define FUTURE_LIMIT_SECONDS 7200

enum header_verdict {
	HEADER_OK,
	HEADER_BAD_PREV,     /* does not name its parent */
	HEADER_BAD_TARGET,   /* bits do not decode, or are easier than the limit */
	HEADER_BAD_WORK,     /* the hash is above the target */
	HEADER_BAD_BITS,     /* not the bits that the retarget rules demand */
	HEADER_TIME_OLD,     /* not later than the median of the last 11 */
	HEADER_TIME_WARP,    /* a period's first block more than 600 s (BIP94) or 7,200 s (BIP54) before its parent */
	HEADER_TIME_REVERSED, /* BIP54: a period's last block before its first */
	HEADER_TIME_FUTURE,  /* too far ahead of now: hold and retry, never mark invalid */
	HEADER_BAD_VERSION,  /* below what BIP34, 65, 66 demand at this height */
	HEADER_NO_ANCESTOR,  /* the callback could not give a needed ancestor: our own lack, not the header's */
};

/* An ancestor of the header under test, on its own branch. */
struct header_ancestor {
	uint32_t time;
	uint32_t bits;
};

struct header_branch {
	/* The ancestor at a height below the one under test; false when it is not known. */
	bool (*at)(const void *context, uint32_t height, struct header_ancestor *out);
	const void *context;
	uint32_t first; /* lowest height that at() can answer for the median (an anchor may lend times only from here on) */
	/* Optional: header_hard_bits() of the branch up to `height`, the height below the one under test. Without it, a network with
	 * min_difficulty may need up to 2,015 calls of at() for one header. */
	bool (*hard_bits)(const void *context, uint32_t height, uint32_t *out);
	/* Optional: how many of the blocks of heights from … to - 1, all known, have an earlier time. Without it, at() is asked for each. */
	uint32_t (*earlier)(const void *context, uint32_t from, uint32_t to, uint32_t time);
};

/* The bits that a block of a network with min_difficulty falls back on, kept from block to block: those of the nearest block, from the one at
 * `height` with `bits` down, that isn't at the limit or starts a period. before: the answer for the block below (any at height 0). */
uint32_t header_hard_bits(const struct chain_params *p, uint32_t height, uint32_t bits, uint32_t before);

/* Check header h at `height` (>= 1) whose parent has hash *prev and stands at height - 1 of the branch. */
MUST_USE enum header_verdict header_check(const struct chain_params *p, const struct header *h, uint32_t height,
					  const struct hash256 *prev, const struct header_branch *branch, struct unixtime now);

/* The same for a caller who has the header's hash already. */
MUST_USE enum header_verdict header_check_hashed(const struct chain_params *p, const struct header *h, const struct hash256 *hash,
						 uint32_t height, const struct hash256 *prev, const struct header_branch *branch,
						 struct unixtime now);

/* The bits demanded of a block at `height` with time `time`; false when an ancestor is missing. */
MUST_USE bool header_next_bits(uint32_t *out, const struct chain_params *p, uint32_t height, uint32_t time,
			       const struct header_branch *branch);

/* The hash is at or below the target of its bits, and these are within the limit. */
MUST_USE enum header_verdict header_check_work(const struct chain_params *p, const struct header *h);

/* Median of the times of the last 11 blocks before `height` (fewer at the start of the chain); false when none is known. */
MUST_USE bool header_median_time(uint32_t *out, uint32_t height, const struct header_branch *branch);

/* A short name such as "bad-bits", for logs and results. */
const char *header_verdict_name(enum header_verdict v);

#endif
