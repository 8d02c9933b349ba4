#ifndef TALLY_PEG_RELAY_H
#define TALLY_PEG_RELAY_H
/* The main chain's headers inside the ledger: every rule of chain/header_rules.h with block time as the clock, on side
 * branches too.
 *
 * Most work wins, the first seen on a tie. A side branch forks at most fork_max blocks below the tip; of side headers at
 * most side_max are kept, the branches with the least work go first. Of the best branch headers_keep are kept.
 *
 * Depth of block B = floor((work of the tip - work of the best known branch without B, at least that of B's parent) / u),
 * where u is the largest work of one block since B's retarget period began, and the tip is the highest header that has
 * been in the state for header_maturity. So a live fork adds nothing, nor do minimum-difficulty blocks of a testnet. */
#include "bridge/peg/records.h"

struct relay {
	uint32_t height; /* tip of the best branch */
	struct hash256 hash;
	struct u256 work;
	uint32_t first;   /* lowest height kept */
	uint32_t matured; /* highest that counts for depth */
	uint32_t side;    /* side headers kept */
};

struct relay_header {
	struct header header;
	uint32_t height;
	struct u256 work; /* up to and with it */
	int64_t added;    /* block time at which it came */
	uint32_t top;     /* bits of the hardest block from its retarget period's first up to it */
	uint32_t children;
	uint32_t fork;    /* side header: height of its highest ancestor on the best branch */
};

void relay_start(struct exec *x, const struct peg_params *p);
void relay_get(struct relay *out, const struct state *s);

/* Take in headers. NULL, or a refusal such as "HEADER_BAD_BITS". *fork: when the best branch changed otherwise than by
 * growing, the height of the last block that stayed, else UINT32_MAX. */
MUST_USE const char *relay_add(uint32_t *fork, struct exec *x, const struct peg_params *p, const struct op_headers *op);

/* Let headers count that are old enough now. */
void relay_mature(struct exec *x, const struct peg_params *p);
/* When the next one becomes so; false when none waits. */
MUST_USE bool relay_next_maturity(struct unixtime *out, const struct state *s, const struct peg_params *p);

MUST_USE bool relay_find(struct relay_header *out, const struct state *s, const struct hash256 *hash);
/* The block of the best branch at a height. */
MUST_USE bool relay_at(struct hash256 *out, const struct state *s, uint32_t height);
/* Is this block on the best branch? */
MUST_USE bool relay_on_best(const struct state *s, const struct block_ref *b);
/* Depth of the best branch's block at a height; 0 above what counts. */
uint32_t relay_depth(const struct state *s, uint32_t height);
MUST_USE bool relay_stale(const struct state *s, const struct peg_params *p, struct unixtime now);
size_t relay_locator(struct hash256 *out, size_t max, const struct state *s);

#endif
