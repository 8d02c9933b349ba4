#ifndef TALLY_TESTS_MAINCHAIN_NODE_H
#define TALLY_TESTS_MAINCHAIN_NODE_H
/* The embedded main chain as a whole: tree, pool, purse and clock, who listens to it, and how it lies. */
#include "tests/mainchain/misbehave.h"
#include "tests/mainchain/miner.h"
#include "tests/mainchain/purse.h"

struct peer;
struct event_base;

struct node {
	const struct chain_params *params;
	struct block_tree tree;
	struct mempool pool;
	struct purse purse;
	struct policy policy;
	struct misbehaviour misbehaviour;
	struct hash256 seed;
	uint64_t salts;          /* how many were given out */
	bool clock_stopped;      /* then clock_base is the time, else what is added to the system's */
	int64_t clock_base;
	struct event_base *base; /* owned by main() */
	struct peer *peers;      /* a list; owned by serve.c */
	uint64_t peer_ids;
};

void node_init(struct node *n, const struct chain_params *p, const char *seed);
void node_clear(struct node *n);

struct unixtime node_now(const struct node *n);

/* Take a block from anywhere: tree, then pool, then the peers hear of it. NULL, or a reason name. */
MUST_USE const char *node_take_block(struct node *n, const struct block *b, struct tree_block **out);
/* Take a transaction; all peers but `from` (may be NULL) hear of it. */
MUST_USE const char *node_take_tx(struct node *n, const struct tx *tx, const struct peer *from);

struct mine_order {
	const uint8_t *script; /* NULL: the purse's */
	size_t script_len;
	uint32_t time; /* 0: the clock's */
	struct miner_choice choice;
};
/* Mine one block on the tip. NULL, or a reason name. */
MUST_USE const char *node_mine(struct node *n, const struct mine_order *order, struct tree_block **out);
/* `count` blocks to the purse whose times end now, `spacing` seconds apart; nobody is told of them one by one. */
MUST_USE const char *node_premine(struct node *n, uint32_t count, uint32_t spacing);

struct branch_order {
	uint32_t depth;              /* how many blocks of the active branch to leave behind */
	uint32_t count;              /* how many to build */
	bool repeat;                 /* carry the transactions of the blocks that are left behind, each at its height */
	const struct hash256 *drop;  /* but not these, nor what spends their outputs */
	size_t drop_n;
};
/* Build a rival branch. It becomes the active one if it has more work. *tip gets its last block. NULL, or a reason name. */
MUST_USE const char *node_branch(struct node *n, const struct branch_order *order, struct tree_block **tip);

#endif
