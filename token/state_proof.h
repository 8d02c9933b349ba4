#ifndef TALLY_TOKEN_STATE_PROOF_H
#define TALLY_TOKEN_STATE_PROOF_H
/* Checking a state proof needs nothing but SHA-256: this file has no knowledge of the state itself.
 *
 *   proof = depth u16 | kind u8 | [kind 1: other keyhash (32), other value hash (32)] | sibling hashes, root side first
 *   kind 0: the key is there. kind 1: another key's leaf stands where it would be. kind 2: an empty subtree stands there. */
#include "base/hash.h"

enum state_proof_verdict {
	STATE_PROOF_PRESENT,
	STATE_PROOF_ABSENT,
	STATE_PROOF_WRONG,
};

/* value NULL asks about absence. PRESENT or ABSENT only when the proof shows just that under the root. */
MUST_USE enum state_proof_verdict state_proof_check(const void *proof, size_t proof_len, const struct hash256 *root,
						    const void *key, size_t key_len, const void *value, size_t value_len);

/* The tree's hashes, for whoever builds one. A key's path is SHA256(key); bit 0 of it, the first byte's highest, decides at
 * the root. */
MUST_USE bool state_path_bit(const struct hash256 *path, size_t level);
void state_leaf_hash(struct hash256 *out, const struct hash256 *path, const struct hash256 *value_hash);
/* out may be one of the children. */
void state_inner_hash(struct hash256 *out, const struct hash256 *left, const struct hash256 *right);

#endif
