#ifndef TALLY_TESTS_MAINCHAIN_MINER_H
#define TALLY_TESTS_MAINCHAIN_MINER_H
/* Making blocks, honest and otherwise. Pure: the same inputs give the same block. */
#include "tests/mainchain/mempool.h"

struct miner_job {
	const struct tree_block *parent;
	const uint8_t *script; /* where the coinbase pays; borrowed */
	size_t script_len;
	uint32_t time;
	struct hash256 salt;   /* tells apart blocks that would be the same */
	const struct tx **tx;  /* besides the coinbase; borrowed */
	size_t tx_n;
	uint64_t fees;
};

/* A solved block with BIP34 height and BIP141 commitment. Release with block_clear(). */
void miner_make(struct block *out, const struct chain_params *p, const struct miner_job *job);

/* Recompute the merkle root and solve again, after a change. */
void miner_seal(struct block *b);
/* Find a nonce whose hash is within the header's bits, or is not. */
void miner_solve(struct header *h);
void miner_unsolve(struct header *h);

/* Which of the pool's entries go into a block. */
struct miner_choice {
	bool none;
	uint64_t fee_rate_min;           /* sat/kvB */
	const struct hash256 *only;      /* NULL: any */
	size_t only_n;
	const struct hash256 *without;   /* these and what descends from them stay out */
	size_t without_n;
};
/* Fills job->tx (owned by the caller: free) and fees; the block stays within the weight limit. */
void miner_choose(struct miner_job *job, const struct mempool *m, const struct miner_choice *choice);

/* The time of a next block: after the median, and not before `now`. */
uint32_t miner_time(const struct tree_block *parent, struct unixtime now);

#endif
