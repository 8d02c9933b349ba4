#ifndef TALLY_SPV_FILTER_CHAIN_H
#define TALLY_SPV_FILTER_CHAIN_H
/* The filters of the best chain, as agreed with peers: the hash of each block's filter, by height from genesis on (32 bytes a block),
 * and the filter header (BIP157) at each multiple of 1,000. Hashes are kept and not headers, because claims are compared by hash: a
 * header differs everywhere above a difference, a hash only where the difference is. Checks nothing.
 *
 * What is saved may stand in a file's chunks, mapped, so that a long chain costs no memory:
 *
 *   chunk k   hashes of heights 1000 k … 1000 k + 999 (the last chunk: as far as they go), the filter header at height 1000 k,
 *             and a checksum (spv/filter_store.c) */
#include "base/hash.h"

#define FILTER_CHUNK 1000 /* heights */
#define FILTER_CHUNK_BYTES ((FILTER_CHUNK + 2) * sizeof(struct hash256))

struct filter_chain {
	uint32_t count;          /* heights 0 … count - 1 are known */
	const uint8_t *saved;    /* borrowed: whole chunks as in the file; NULL: none */
	uint32_t saved_n;        /* heights that stand there: a multiple of FILTER_CHUNK */
	struct hash256 *fresh;   /* owned: those from saved_n on */
	uint32_t fresh_cap;
	struct hash256 *mark;    /* owned: filter header at heights 0, 1000, 2000, … */
	uint32_t mark_cap;
	struct hash256 top;      /* filter header at height count - 1 */
	uint32_t changed_from;   /* lowest height that changed since filter_chain_saved() */
	uint32_t cache_height;   /* of a filter header worked out before; valid when below count */
	struct hash256 cache;
	bool cached;
};

void filter_chain_init(struct filter_chain *c);
void filter_chain_clear(struct filter_chain *c);

/* The next height's filter hash. */
void filter_chain_push(struct filter_chain *c, const struct hash256 *hash);
/* Keep heights below count. */
void filter_chain_cut(struct filter_chain *c, uint32_t count);

/* Height below count. */
struct hash256 filter_chain_hash(const struct filter_chain *c, uint32_t height);
/* The filter header; at most 1,000 hashes away from a known one. */
struct hash256 filter_chain_header(struct filter_chain *c, uint32_t height);
/* The filter header below a height: zeros below genesis. height <= count. */
struct hash256 filter_chain_prev(struct filter_chain *c, uint32_t height);

/* For the store: whole chunks are mapped now (n a multiple of FILTER_CHUNK, n <= count), and everything below `count` is on disk. */
void filter_chain_saved(struct filter_chain *c, const uint8_t *map, uint32_t n);
/* For the store, before anything else: start with these mapped chunks. */
void filter_chain_load(struct filter_chain *c, const uint8_t *map, uint32_t n);

/* Assert that the parts agree; for tests. */
void filter_chain_check(const struct filter_chain *c);

#endif
