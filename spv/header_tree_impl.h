#ifndef TALLY_SPV_HEADER_TREE_IMPL_H
#define TALLY_SPV_HEADER_TREE_IMPL_H
/* The inside of a header tree, for its own files only. */
#include <bsd/sys/tree.h>
#include <uthash.h>

#include "spv/best_chain.h"
#include "spv/header_tree.h"

/* A header off the best chain. Parents are found by hash, so moving headers on and off the best chain leaves nothing dangling. */
struct header_node {
	struct hash256 hash; /* the key */
	struct header header;
	struct u256 work;    /* of the chain up to here */
	uint32_t height;
	uint32_t children;   /* nodes whose parent this is */
	uint32_t hard_bits;  /* header_hard_bits() up to here */
	int64_t seen;        /* order of arrival: lower was first; above the parent's */
	bool proven;         /* does not count towards side_max, nor do its ancestors */
	bool saved;          /* the store has it */
	UT_hash_handle hh;
	RB_ENTRY(header_node) tip;
};

RB_HEAD(header_tips, header_node);

struct header_mark {
	struct hash256 hash; /* the key */
	struct header header;
	bool saved;
	UT_hash_handle hh;
};

/* What the store has and the tree has no more. */
struct header_gone {
	struct hash256 *hash; /* owned */
	size_t n, cap;
};

struct header_tree {
	const struct chain_params *params;
	struct best_chain best;
	uint32_t tip_hard_bits;   /* header_hard_bits() up to the best chain's tip */
	struct header_node *side; /* uthash; owned; those that the store has not yet come last */
	struct header_tips tips;  /* the nodes without children, by work, then latest arrival first */
	struct header_mark *invalid; /* uthash; owned */
	struct header_gone side_gone, marks_gone;
	struct work_memo memo;
	size_t side_max;
	size_t proven_n; /* nodes that are proven */
	int64_t seen_last;   /* counts up for arrivals */
	uint32_t chosen;     /* the best chain's height after the last header_tree_choose() */
	uint32_t changed_from;
};

/* Order of the tips; the greatest is the next best chain. */
int header_tips_cmp(const struct header_node *a, const struct header_node *b);
RB_PROTOTYPE(header_tips, header_node, tip, header_tips_cmp)

struct header_node *header_tree_node(const struct header_tree *t, const struct hash256 *hash);
/* The height of the last best-chain header below a node. */
uint32_t header_tree_node_fork(const struct header_tree *t, const struct header_node *n);

#endif
