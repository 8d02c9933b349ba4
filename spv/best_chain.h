#ifndef TALLY_SPV_BEST_CHAIN_H
#define TALLY_SPV_BEST_CHAIN_H
/* One chain of headers from genesis, 80 bytes each. A header's hash is its child's prev field, so only the tip's is kept; an index
 * of heights (8 to 16 bytes a header) finds a hash; the chain's work is kept every 256 headers and added up from there. The lower part
 * may be lent by the caller, who has it in a file. Checks nothing. */
#include <assert.h>

#include "chain/header.h"
#include "chain/target.h"

#define BEST_MARK_EVERY 256 /* headers between two remembered sums of work */

/* From this height up to the next run, each header came right after the one below it. */
struct best_run {
	uint32_t height;
	int64_t seen;
};

struct best_chain {
	uint8_t genesis[HEADER_LEN];
	const uint8_t (*base)[HEADER_LEN]; /* borrowed: heights 1 … base_n */
	uint32_t base_n;
	uint8_t (*tail)[HEADER_LEN]; /* owned: heights base_n + 1 … height */
	size_t tail_cap;
	uint32_t height;
	struct hash256 tip_hash;
	struct u256 tip_work;
	struct work_memo memo;
	struct u256 *mark; /* owned: the work at heights 0, 256, 512, … */
	size_t mark_cap;
	uint32_t *slot; /* owned: height + 1 by hash, 0 for empty; linear probing */
	size_t slot_n;  /* a power of two, at least twice the headers */
	struct best_run *run; /* owned; by height, the first at 0 */
	size_t run_n, run_cap;
	uint64_t salt;
};

/* A record, in whichever part it stands; inline, as the times and bits below are: a dozen are looked at for each header that is checked. */
static inline const uint8_t *
best_record(const struct best_chain *b, uint32_t height)
{
	if (height > b->base_n)
		return b->tail[height - b->base_n - 1];
	return height > 0 ? b->base[height - 1] : b->genesis;
}

static inline uint32_t
best_record_u32(const struct best_chain *b, uint32_t height, size_t at)
{
	const uint8_t *p = best_record(b, height) + at;

	assert(height <= b->height);
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A chain of the genesis block, whose bits must be valid. seen: any number that says when a header came, higher for later ones. */
void best_init(struct best_chain *b, const struct header *genesis, const struct hash256 *hash, int64_t seen, uint64_t salt);
void best_clear(struct best_chain *b);
/* That many headers are to come: make room in the index at once. */
void best_reserve(struct best_chain *b, uint32_t n);

/* This hash is about to be pushed: where it goes in the index is a place in memory that nobody else is near. */
void best_prefetch(const struct best_chain *b, const struct hash256 *hash);

/* Put a child of the tip on top; its bits must be valid. */
void best_push(struct best_chain *b, const struct header *h, const struct hash256 *hash, int64_t seen);
/* Take the tip off; not genesis. */
void best_pop(struct best_chain *b);

/* The records of heights 1 … n (at most the tip's, at least those lent before) stand at `records` as well: use these, which are borrowed
 * until the next call, and free our own. What best_pop() takes off is not read again. */
void best_lend(struct best_chain *b, const uint8_t *records, uint32_t n);
/* The records from height *from on, raised to the first that is not lent: borrowed until the chain changes, *n of them. */
const uint8_t *best_own_records(const struct best_chain *b, uint32_t *from, size_t *n);

/* Height at most the tip's. */
int64_t best_seen(const struct best_chain *b, uint32_t height);
struct hash256 best_hash(const struct best_chain *b, uint32_t height);
struct header best_header(const struct best_chain *b, uint32_t height);
struct u256 best_work(const struct best_chain *b, uint32_t height);
static inline uint32_t
best_time(const struct best_chain *b, uint32_t height)
{
	return best_record_u32(b, height, 68);
}

static inline uint32_t
best_bits(const struct best_chain *b, uint32_t height)
{
	return best_record_u32(b, height, 72);
}
MUST_USE bool best_find(const struct best_chain *b, const struct hash256 *hash, uint32_t *height);

/* Assert that the parts agree; for tests. */
void best_check(const struct best_chain *b);

#endif
