#ifndef TALLY_CHAIN_TAPROOT_H
#define TALLY_CHAIN_TAPROOT_H
/* Taproot trees (BIP341) and the two kinds of leaf that our descriptors use (BIP342, BIP387's multi_a, miniscript's and_v/older). */
#include "chain/key.h"

#define TAPLEAF_VERSION 0xc0
#define TAPROOT_DEPTH_MAX 128

/* H: the point that nobody knows the logarithm of (BIP341, "Constructing and spending Taproot outputs"). */
extern const struct xonly_key taproot_nums_key;

void tapleaf_hash(struct hash256 *out, uint8_t leaf_version, const void *script, size_t len);
void tapbranch_hash(struct hash256 *out, const struct hash256 *a, const struct hash256 *b);
/* taggedhash("TapTweak", key | root); root NULL for no tree. */
void taptweak_hash(struct hash256 *out, const struct xonly_key *internal, const struct hash256 *root);
/* Output key of an internal key and a root (NULL: none). */
MUST_USE bool taproot_output_key(struct xonly_key *out, bool *odd, const struct xonly_key *internal, const struct hash256 *root);

/* Control block for a leaf at depth n: 33 + 32 n bytes. */
void wr_control_block(struct wr *w, uint8_t leaf_version, bool odd, const struct xonly_key *internal, const struct hash256 *path, size_t n);

/* Check that (script, control block) opens the output key: BIP341's rule, for a leaf of any version; *leaf gets the tapleaf hash, and
 * is untouched when it does not. */
MUST_USE bool taproot_opens(struct hash256 *leaf, const struct xonly_key *output_key, const void *script, size_t script_len,
			    const void *control, size_t control_len);

/* Leaf scripts. multi_a(k, keys…): <k0> CHECKSIG <k1> CHECKSIGADD … <k> NUMEQUAL, keys in the order given. 1 <= k <= n <= 999. */
void wr_multi_a(struct wr *w, uint32_t k, const struct xonly_key *keys, size_t n);
/* and_v(v:pk(key), older(blocks)): <key> CHECKSIGVERIFY <blocks> CSV. blocks 1..65535. */
void wr_pk_older(struct wr *w, const struct xonly_key *key, uint32_t blocks);
/* and_v(v:multi_a(k, keys…), older(blocks)): … <k> NUMEQUALVERIFY <blocks> CSV. */
void wr_multi_a_older(struct wr *w, uint32_t k, const struct xonly_key *keys, size_t n, uint32_t blocks);

#endif
