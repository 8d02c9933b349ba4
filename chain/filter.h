#ifndef TALLY_CHAIN_FILTER_H
#define TALLY_CHAIN_FILTER_H
/* BIP158 basic compact block filters: Golomb-Rice coded sets, P = 19, M = 784931, keyed by the block hash. */
#include "chain/block.h"

struct filter_item {
	const uint8_t *bytes; /* borrowed */
	size_t len;
};

/* Build from fewer than 2^32 items in any order, duplicates allowed. The result (CompactSize N, then the coded set) is
 * appended to w. */
void filter_build(struct wr *w, const struct hash256 *block_hash, const struct filter_item *items, size_t n);

/* The basic filter of a block. spent: the output scripts that its inputs spend, in any order. */
void filter_build_block(struct wr *w, const struct block *b, const struct filter_item *spent, size_t spent_n);

/* BIP158 leaves out an output script that is empty or begins with OP_RETURN. */
MUST_USE bool filter_counts_output(const struct txout *out);

enum filter_answer { FILTER_NO, FILTER_YES, FILTER_MALFORMED };
/* Might the filter hold any of the items? Malformed: bits missing or left over, or a value of N * M or more. Whether it is
 * malformed does not depend on the items. */
MUST_USE enum filter_answer filter_match_any(const uint8_t *filter, size_t len, const struct hash256 *block_hash,
					     const struct filter_item *items, size_t n);

/* Which of the items might the filter hold? present[i] is about items[i]; *count gets the number of items that the filter
 * has. False, and nothing written, when it is malformed. */
MUST_USE bool filter_match_each(uint64_t *count, bool *present, const uint8_t *filter, size_t len,
				const struct hash256 *block_hash, const struct filter_item *items, size_t n);

void filter_hash(struct hash256 *out, const uint8_t *filter, size_t len);
/* BIP157: sha256d(filter hash | previous filter header). */
void filter_header(struct hash256 *out, const struct hash256 *filter_hash, const struct hash256 *prev);

#endif
