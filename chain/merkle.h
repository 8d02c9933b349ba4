#ifndef TALLY_CHAIN_MERKLE_H
#define TALLY_CHAIN_MERKLE_H
/* Bitcoin's merkle tree. An odd row repeats its last node, which lets two lists of leaves share a root (CVE-2012-2459), and an inner
 * node can be passed off as a 64-byte transaction (BIP54): the functions here report or refuse both. */
#include "base/hash.h"

#define MERKLE_BRANCH_MAX 32

/* Root of n >= 1 leaves. *mutated (may be NULL) says that two equal siblings stand side by side, so the list is a forgery. */
void merkle_root(struct hash256 *out, bool *mutated, const struct hash256 *leaves, size_t n);

/* The siblings from leaf `index` up; returns how many (<= MERKLE_BRANCH_MAX). */
size_t merkle_branch(struct hash256 out[MERKLE_BRANCH_MAX], const struct hash256 *leaves, size_t n, size_t index);

/* Fold a leaf with its branch. False when index does not fit the length, the length is over the maximum, or a left sibling equals the
 * running hash (a right one may: the last node of an odd row). */
MUST_USE bool merkle_fold(struct hash256 *out, const struct hash256 *leaf, const struct hash256 *branch, size_t len, uint64_t index);

#endif
