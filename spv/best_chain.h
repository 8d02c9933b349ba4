#ifndef TALLY_SPV_BEST_CHAIN_H
#define TALLY_SPV_BEST_CHAIN_H
/* One chain of headers from genesis, 80 bytes each. A header's hash is its child's prev field, so only the tip's is kept; an index
 * of heights (8 bytes a header) finds a hash; the chain's work is kept every 256 headers and added up from there. Checks nothing. */
#include "chain/header.h"
#include "chain/u256.h"

#define BEST_MARK_EVERY 256 /* headers between two remembered sums of work */

struct best_chain {
	uint8_t (*record)[HEADER_LEN]; /* owned; by height */
	uint32_t height;
	size_t cap;
	struct hash256 tip_hash;
	struct u256 tip_work;
	uint32_t last_bits;      /* of the last header pushed, with the work they stand for: a long division saved */
	struct u256 last_work;
	struct u256 *mark; /* owned: the work at heights 0, 256, 512, … */
	size_t mark_cap;
	uint32_t *slot; /* owned: height + 1 by hash, 0 for empty; linear probing */
	size_t slot_n;  /* a power of two, at least twice the headers */
	uint64_t salt;
};

/* A chain of the genesis block, whose bits must be valid. */
void best_init(struct best_chain *b, const struct header *genesis, const struct hash256 *hash, uint64_t salt);
void best_clear(struct best_chain *b);

/* Put a child of the tip on top; its bits must be valid. */
void best_push(struct best_chain *b, const struct header *h, const struct hash256 *hash);
/* Take the tip off; not genesis. */
void best_pop(struct best_chain *b);

/* Height at most the tip's. */
struct hash256 best_hash(const struct best_chain *b, uint32_t height);
struct header best_header(const struct best_chain *b, uint32_t height);
struct u256 best_work(const struct best_chain *b, uint32_t height);
uint32_t best_time(const struct best_chain *b, uint32_t height);
uint32_t best_bits(const struct best_chain *b, uint32_t height);
MUST_USE bool best_find(const struct best_chain *b, const struct hash256 *hash, uint32_t *height);

/* Assert that the parts agree; for tests. */
void best_check(const struct best_chain *b);

#endif
