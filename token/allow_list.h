#ifndef TALLY_TOKEN_ALLOW_LIST_H
#define TALLY_TOKEN_ALLOW_LIST_H
/* A list of accounts as one hash, and the proof that an account is on it.
 *
 * The accounts stand in ascending order, none twice. Leaf = taggedhash("tally/allow-leaf", account); node = taggedhash("tally/allow-node",
 * the smaller hash | the larger one); the last one of an odd row goes up as it is. A path is the other halves from the leaf up; the order
 * of the halves makes an index unnecessary, the tags keep a node from passing for a leaf. */
#include "token/account.h"

#define ALLOW_PATH_MAX 32

struct allow_path {
	uint8_t n;
	struct hash256 hashes[ALLOW_PATH_MAX];
};

/* Sorts the accounts, drops what is there twice, and gives the number that is left (n >= 1). */
size_t allow_list_sort(struct account *accounts, size_t n);

/* Of a sorted list, n >= 1. */
void allow_list_root(struct hash256 *out, const struct account *accounts, size_t n);
/* Of number `index` of a sorted list. False when the list is too long for a path. */
MUST_USE bool allow_list_path(struct allow_path *out, const struct account *accounts, size_t n, size_t index);
MUST_USE bool allow_list_has(const struct hash256 *root, const struct account *who, const struct allow_path *path);

/* n u8, then the hashes. More than ALLOW_PATH_MAX makes the reader bad. */
void wr_allow_path(struct wr *w, const struct allow_path *p);
void rd_allow_path(struct rd *r, struct allow_path *out);

#endif
