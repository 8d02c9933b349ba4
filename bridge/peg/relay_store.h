#ifndef TALLY_PEG_RELAY_STORE_H
#define TALLY_PEG_RELAY_STORE_H
/* The relay's records and indexes: headers by hash, the best branch by height, side headers by height and hash, and the
 * largest rival work by the height of its fork. Only relay.c and the checks use this. */
#include "bridge/peg/relay.h"
#include "chain/header_rules.h"

void relay_put(struct state *s, const struct relay *r);
void relay_header_put(struct state *s, const struct hash256 *hash, const struct relay_header *r);
void relay_header_delete(struct state *s, const struct hash256 *hash);

void relay_best_put(struct state *s, uint32_t height, const struct hash256 *hash, const struct header *h);
void relay_best_delete(struct state *s, uint32_t height);
MUST_USE bool relay_best_brief(struct header_ancestor *out, const struct state *s, uint32_t height);
MUST_USE bool relay_is_best(const struct state *s, uint32_t height, const struct hash256 *hash);

void relay_side_put(struct state *s, uint32_t height, const struct hash256 *hash);
void relay_side_delete(struct state *s, uint32_t height, const struct hash256 *hash);

void relay_rival_raise(struct state *s, uint32_t fork, const struct u256 *work);
/* Raise *least to the largest work of a branch that forks below a height. */
void relay_rival_below(struct u256 *least, const struct state *s, uint32_t height);

/* Work out anew where each side branch leaves the best one, and the rival index. */
void relay_rebuild_forks(struct state *s);
/* Drop side branches that fork below a height; returns how many headers. */
uint32_t relay_prune_side(struct state *s, uint32_t floor);
/* Drop at least n side headers, tips of the branches with the least work first; returns how many. */
uint32_t relay_evict_side(struct state *s, uint32_t n);

#endif
