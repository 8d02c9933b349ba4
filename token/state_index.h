#ifndef TALLY_TOKEN_STATE_INDEX_H
#define TALLY_TOKEN_STATE_INDEX_H
/* Finds a state's entries by their keys in constant time; the ordered map beside it serves walks. Only state.c comes here.
 *
 * Open addressing with the hash beside each slot: 13 to 17 bytes an entry, and a lookup touches three lines of memory where the map's
 * descent touches twenty. uthash would take 56 bytes an entry, as much as the tree of hashes itself. */
#include "token/state_tree.h"

struct state_index {
	uint32_t *hashes;           /* owned; 0: the slot is free */
	struct state_entry **slots; /* owned array of borrowed entries */
	size_t slots_n, n;
	uint64_t seed;
};

/* Zeroed memory becomes an index of nothing. The seed makes collisions hard to plan for who chooses keys; what the index answers
 * doesn't depend on it. */
void state_index_init(struct state_index *x, uint64_t seed);
void state_index_clear(struct state_index *x);

struct state_entry *state_index_find(const struct state_index *x, const void *key, size_t key_len);
/* Its key is not there yet. */
void state_index_add(struct state_index *x, struct state_entry *e);
void state_index_remove(struct state_index *x, const struct state_entry *e);
/* An entry with the same key takes the place of another. */
void state_index_replace(struct state_index *x, const struct state_entry *old, struct state_entry *e);

#endif
