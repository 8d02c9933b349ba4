#ifndef TALLY_CHAIN_DESCRIPTOR_H
#define TALLY_CHAIN_DESCRIPTOR_H
/* Output descriptors (BIP380, BIP386, BIP387): the checksum, and the text of the two taproot trees that the peg uses. Both have two leaves
 * of equal depth and can be imported by Bitcoin Core. */
#include "chain/key.h"

/* The eight checksum characters of a descriptor (without '#'); false when it has a character outside BIP380's set. */
MUST_USE bool descriptor_checksum(char out[9], const char *descriptor);

/* The two-leaf tree tr(internal, {multi_a(k, keys), second}). */
struct two_leaf_tree {
	struct xonly_key internal;
	struct wr leaf[2];            /* scripts; owned */
	struct hash256 leaf_hash[2];
	struct hash256 root;
	struct xonly_key output_key;
	bool output_odd;
};

struct multi_a {
	uint32_t k;
	size_t n;
	const struct xonly_key *keys; /* borrowed */
};

/* tr(internal, {multi_a(main), and_v(v:multi_a(second), older(blocks))}); false, with out untouched, when a key is not
 * valid, a threshold is not within 1..n, n is above 999 or blocks not within 1..65535. */
MUST_USE bool tree_multi_older_multi(struct two_leaf_tree *out, const struct xonly_key *internal, struct multi_a main,
				     struct multi_a second, uint32_t blocks);
/* tr(internal, {multi_a(main), and_v(v:pk(key), older(blocks))}); false as above. */
MUST_USE bool tree_multi_older_pk(struct two_leaf_tree *out, const struct xonly_key *internal, struct multi_a main,
				  const struct xonly_key *key, uint32_t blocks);
void two_leaf_tree_clear(struct two_leaf_tree *t);

/* Control block of leaf 0 or 1: 65 bytes. */
void two_leaf_control(uint8_t out[65], const struct two_leaf_tree *t, unsigned leaf);

/* The same trees as descriptor text with checksum; owned by the caller. NULL where the tree would be refused. */
MUST_USE char *descriptor_multi_older_multi(const struct xonly_key *internal, struct multi_a main, struct multi_a second, uint32_t blocks);
MUST_USE char *descriptor_multi_older_pk(const struct xonly_key *internal, struct multi_a main, const struct xonly_key *key, uint32_t blocks);

#endif
