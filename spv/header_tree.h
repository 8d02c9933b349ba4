#ifndef TALLY_SPV_HEADER_TREE_H
#define TALLY_SPV_HEADER_TREE_H
/* All known headers: the best chain as an array of 80-byte records, side branches as nodes in a hash map, and the blocks proven
 * invalid. Every header in it obeys all header rules of its own branch. Adding never moves the best chain onto a side branch:
 * header_tree_choose() does, once for a batch. */
#include "chain/header_rules.h"
#include "chain/p2p.h"
#include "spv/spv.h"

struct header_node;
struct header_mark;
struct header_tree;

/* Owned by the caller. salt keeps strangers from choosing where hashes fall in the index. */
MUST_USE struct header_tree *header_tree_new(const struct chain_params *p, uint64_t salt, size_t side_max);
void header_tree_free(struct header_tree *t);

enum tree_verdict {
	TREE_NEW,
	TREE_KNOWN,
	TREE_ORPHAN,  /* its parent is not known */
	TREE_MARKED,  /* it or its parent is marked invalid */
	TREE_REFUSED, /* breaks a header rule: see *rule */
	TREE_FUTURE,  /* breaks none but the clock's: hold it */
	TREE_FULL,    /* no room off the best chain for a branch of so little work */
};

/* hash is h's. *rule (may be NULL) says which rule a refused header broke. */
MUST_USE enum tree_verdict header_tree_add(struct header_tree *t, const struct header *h, const struct hash256 *hash, struct unixtime now,
					   enum header_verdict *rule);

/* The same for a header of a branch whose work was proven beforehand (spv/presync.h): no bound on side branches cuts it. */
MUST_USE enum tree_verdict header_tree_add_proven(struct header_tree *t, const struct header *h, const struct hash256 *hash,
						  struct unixtime now, enum header_verdict *rule);
/* No proven branch is on its way in any more: from the next choice on only the one of most work is still kept whatever its length. */
void header_tree_settle(struct header_tree *t);

/* These are about to be added, most likely on top of the best chain: a hint that makes it faster. */
void header_tree_prefetch(const struct header_tree *t, const struct hash256 *hashes, size_t n);

struct tree_change {
	bool moved;
	uint32_t fork;            /* last height that both chains share; the old tip's for a plain extension */
	struct hash256 *removed;  /* owned: the old chain's hashes from height fork + 1 on */
	size_t removed_n;
};
void tree_change_clear(struct tree_change *c);

/* Make the branch of most work the best chain. *change compares with the chain at the last call of this or the next function, which
 * always ends in one as well. */
void header_tree_choose(struct header_tree *t, struct tree_change *change);
/* Take a header and all that follow out for good, then choose. False (nothing changed) when it isn't known, or is genesis. */
MUST_USE bool header_tree_invalidate(struct header_tree *t, const struct hash256 *hash, struct tree_change *change);
uint32_t header_tree_height(const struct header_tree *t);
/* Hash on the best chain; height must not be above the tip. */
struct hash256 header_tree_hash_at(const struct header_tree *t, uint32_t height);
struct header header_tree_header_at(const struct header_tree *t, uint32_t height);
struct u256 header_tree_work_at(const struct header_tree *t, uint32_t height);
MUST_USE bool header_tree_find(const struct header_tree *t, const struct hash256 *hash, struct spv_header *out);
/* *height of a hash on the best chain. */
MUST_USE bool header_tree_on_best(const struct header_tree *t, const struct hash256 *hash, uint32_t *height);
/* The last height that the branch ending in a known hash shares with the best chain (its own height when on it); false: not known. */
MUST_USE bool header_tree_fork(const struct header_tree *t, const struct hash256 *hash, uint32_t *fork);

MUST_USE bool header_tree_has(const struct header_tree *t, const struct hash256 *hash);
/* Marked invalid. */
MUST_USE bool header_tree_is_marked(const struct header_tree *t, const struct hash256 *hash);
/* Times and bits of a known header (first) and its ancestors, at most max and down to genesis; how many. */
size_t header_tree_recent(const struct header_tree *t, const struct hash256 *hash, struct header_ancestor *out, size_t max);

/* Hashes for getheaders from a known header back to genesis: ten in a row, then in doubling steps. */
void header_tree_locator(const struct header_tree *t, const struct hash256 *from, struct p2p_locator *out);

/* As spv_side_tips() and spv_side_headers(). */
size_t header_tree_side_tips(const struct header_tree *t, struct spv_side_tip *out, size_t max);
size_t header_tree_side_headers(const struct header_tree *t, const struct hash256 *tip, uint32_t *first, struct header *out, size_t max);

/* --- For the store --- */

/* A header off the best chain, as it is kept between two runs. */
struct tree_side {
	struct hash256 hash;
	struct header header;
	int64_t seen; /* order of arrival, above its parent's */
	bool proven;
};

/* That many headers are about to be added. */
void header_tree_expect(struct header_tree *t, uint32_t n);
/* Put back a side header of an earlier run, parents first; checked like any other. What isn't wanted any more is among the gone ones. */
MUST_USE enum tree_verdict header_tree_restore(struct header_tree *t, const struct tree_side *side, struct unixtime now);
/* Everything that was kept is back: what comes from now on is newer. */
void header_tree_loaded(struct header_tree *t);
/* Remember a header as invalid before it is known at all; saved says that the store has it. */
void header_tree_mark(struct header_tree *t, const struct header *h, bool saved);

/* The records of the best chain that changed since header_tree_best_saved() and are not lent: heights *from on, *n of them, borrowed until the
 * tree changes. */
const uint8_t *header_tree_unsaved(const struct header_tree *t, uint32_t *from, size_t *n);
void header_tree_best_saved(struct header_tree *t);
/* The records of heights 1 … n, just saved or loaded, can be read at `records` from now on: borrowed until the next call or the end of the
 * tree. Those above a later fork are not read any more. */
void header_tree_lend(struct header_tree *t, const uint8_t *records, uint32_t n);

/* Side headers that the store has not, parents first; owned by the caller. */
struct tree_side *header_tree_side_unsaved(const struct header_tree *t, size_t *n);
struct header *header_tree_marks_unsaved(const struct header_tree *t, size_t *n);
/* The store has them. */
void header_tree_side_saved(struct header_tree *t);
/* Hashes of side headers and marks that the store has and that are gone; owned by the caller. */
struct hash256 *header_tree_side_gone(const struct header_tree *t, size_t *n);
struct hash256 *header_tree_marks_gone(const struct header_tree *t, size_t *n);
/* The store has dropped them. */
void header_tree_gone_dropped(struct header_tree *t);

/* Assert the invariants at the top of header_tree.c; for tests. */
void header_tree_check(const struct header_tree *t);

#endif
