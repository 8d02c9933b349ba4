#ifndef TALLY_TOKEN_STATE_TREE_H
#define TALLY_TOKEN_STATE_TREE_H
/* The hash tree over a state's entries; a part of state.c with a door of its own. Only state.c and its tests come here.
 *
 * The tree of state.h has an inner node at every level between two entries that part late; most of those have one empty
 * child. In memory only the nodes with two children exist (n - 1 for n entries), each remembering the level at which its
 * children part; the levels between a node and its parent are hashed in when the node's hash is made. Leaves are the entries
 * themselves: their hashes are not kept.
 *
 * Nodes above a changed entry are marked stale; the next root hashes just those. */
#include <bsd/sys/tree.h>

#include "base/bytes.h"
#include "base/hash.h"

struct state_entry {
	RB_ENTRY(state_entry) link;
	uint32_t value_len;
	uint8_t key_len;
	bool stale;      /* the tree's: every node above is marked already */
	bool unsaved;    /* state.h: changed since a store was given it */
	uint8_t bytes[]; /* the key, then the value */
};

static inline const uint8_t *
state_entry_value(const struct state_entry *e)
{
	return e->bytes + e->key_len;
}

struct state_tree;

struct state_tree *state_tree_new(void);
void state_tree_free(struct state_tree *t);

/* Entries are borrowed; each stands in the tree once, and stays where it is in memory until it is removed or replaced. */
void state_tree_insert(struct state_tree *t, struct state_entry *e);
void state_tree_remove(struct state_tree *t, struct state_entry *e);
/* An entry with the same key takes the place of another. */
void state_tree_replace(struct state_tree *t, const struct state_entry *old, struct state_entry *e);
/* The value of an entry changed in place. */
void state_tree_touch(struct state_tree *t, struct state_entry *e);

/* Fill an empty tree at once: much faster than one by one. */
void state_tree_build(struct state_tree *t, struct state_entry *const *entries, size_t n);

void state_tree_root(struct hash256 *out, struct state_tree *t);

/* Append the proof of state_proof.h for a key; `there` is its entry or NULL. */
void state_tree_prove(struct wr *w, struct state_tree *t, const void *key, size_t key_len, const struct state_entry *there);

#endif
