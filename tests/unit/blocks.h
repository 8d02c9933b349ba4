#ifndef TALLY_TESTS_BLOCKS_H
#define TALLY_TESTS_BLOCKS_H
/* Blocks made up for the tests of block.c and txproof.c. */
#include "chain/block.h"

#define TEST_BLOCK_HEIGHT 7 /* that the coinbase tells */

/* A regtest block of n >= 1 transactions: a coinbase and n - 1 others with a witness each, all committed to. The header has no work.
 * Released with block_clear(). */
struct block test_block(size_t n);

/* Make the witness commitment and the merkle root fit the transactions again. */
void test_block_commit(struct block *b);
/* The merkle root alone. */
void test_block_root(struct block *b);

#endif
