#ifndef TALLY_TESTS_PEG_CHAIN_H
#define TALLY_TESTS_PEG_CHAIN_H
/* A regtest chain in memory, with branches: real work, real merkle trees, transactions of the test's own making. */
#include "chain/block.h"
#include "chain/txproof.h"

struct made_block {
	struct block block;
	struct hash256 *txid; /* of its transactions; owned */
	struct hash256 hash;
	uint32_t height;
	size_t parent; /* index; its own for the first */
};

/* Block 0 is regtest's genesis (without transactions). */
struct made_chain {
	struct made_block *b; /* owned */
	size_t n;
	uint32_t tag; /* makes every coinbase differ */
};

void made_chain_init(struct made_chain *c);
void made_chain_clear(struct made_chain *c);

/* Mine on block `parent`, with copies of n transactions behind the coinbase; returns the new block's index. */
size_t made_chain_mine(struct made_chain *c, size_t parent, const struct tx *txs, size_t n);
/* The same with the coinbase's first output given. */
size_t made_chain_mine_coinbase(struct made_chain *c, size_t parent, uint64_t value, const uint8_t *script, size_t script_len);
/* n empty blocks; returns the last one. */
size_t made_chain_mine_empty(struct made_chain *c, size_t parent, size_t n);
/* The block of a branch at a height. */
size_t made_chain_at(const struct made_chain *c, size_t tip, uint32_t height);

/* The proof of transaction `index`, as bytes. */
void made_chain_proof(struct wr *w, const struct made_chain *c, size_t block, size_t index);

/* A transaction from an input that `salt` names to one output. Owned. */
struct tx made_payment(uint32_t salt, uint64_t value, const uint8_t *script, size_t script_len);

#endif
