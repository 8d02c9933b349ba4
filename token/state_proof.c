/* P1  A verdict other than WRONG means that the folded path equals the root, so that (SHA-256 holding) exactly this leaf, or
 *     exactly this empty place, stands on the key's path in the tree that the root commits to. A key has one path and one end
 *     on it.
 * P2  Leaves, inner nodes and the empty subtree can't be taken for each other: their preimages start with different bytes,
 *     and no preimage of zero is known. */
#include "token/state_proof.h"

#include "base/bytes.h"

enum { KIND_PRESENT, KIND_OTHER, KIND_EMPTY };

#define DEPTH_MAX 256

bool
state_path_bit(const struct hash256 *path, size_t level)
{
	return path->b[level / 8] >> (7 - level % 8) & 1;
}

static void
tagged_pair(struct hash256 *out, uint8_t tag, const struct hash256 *a, const struct hash256 *b)
{
	uint8_t bytes[1 + sizeof(a->b) + sizeof(b->b)] = { tag };

	memcpy(bytes + 1, a->b, sizeof(a->b));
	memcpy(bytes + 1 + sizeof(a->b), b->b, sizeof(b->b));
	sha256(out, bytes, sizeof(bytes));
}

void
state_leaf_hash(struct hash256 *out, const struct hash256 *path, const struct hash256 *value_hash)
{
	tagged_pair(out, 0, path, value_hash);
}

void
state_inner_hash(struct hash256 *out, const struct hash256 *left, const struct hash256 *right)
{
	tagged_pair(out, 1, left, right);
}

static bool
same_start(const struct hash256 *a, const struct hash256 *b, size_t bits)
{
	for (size_t i = 0; i < bits; i++) {
		if (state_path_bit(a, i) != state_path_bit(b, i))
			return false;
	}
	return true;
}

/* What the proof says stands at the path's end. */
static bool
end_hash(struct hash256 *out, struct rd *r, uint8_t kind, size_t depth, const struct hash256 *path, const void *value,
	 size_t value_len)
{
	struct hash256 other, value_hash;

	switch (kind) {
	case KIND_PRESENT:
		if (value == NULL)
			return false;
		sha256(&value_hash, value, value_len);
		state_leaf_hash(out, path, &value_hash);
		return true;
	case KIND_OTHER:
		rd_hash256(r, &other);
		rd_hash256(r, &value_hash);
		state_leaf_hash(out, &other, &value_hash);
		return value == NULL && rd_ok(r) && !hash256_eq(&other, path) && same_start(&other, path, depth);
	case KIND_EMPTY:
		*out = (struct hash256){ { 0 } };
		return value == NULL;
	default:
		return false;
	}
}

static void
fold(struct hash256 *hash, const struct hash256 *path, const uint8_t *siblings, size_t depth)
{
	for (size_t level = depth; level-- > 0;) {
		struct rd r = rd_init(siblings + level * sizeof(hash->b), sizeof(hash->b));
		struct hash256 sibling;

		rd_hash256(&r, &sibling);
		if (state_path_bit(path, level))
			state_inner_hash(hash, &sibling, hash);
		else
			state_inner_hash(hash, hash, &sibling);
	}
}

enum state_proof_verdict
state_proof_check(const void *proof, size_t proof_len, const struct hash256 *root, const void *key, size_t key_len,
		  const void *value, size_t value_len)
{
	struct rd r = rd_init(proof, proof_len);
	size_t depth = rd_u16(&r);
	uint8_t kind = rd_u8(&r);
	struct hash256 path, hash;
	const uint8_t *siblings;

	sha256(&path, key, key_len);
	if (depth > DEPTH_MAX || !end_hash(&hash, &r, kind, depth, &path, value, value_len))
		return STATE_PROOF_WRONG;
	siblings = rd_take(&r, depth * sizeof(hash.b));
	if (!rd_done(&r))
		return STATE_PROOF_WRONG;
	fold(&hash, &path, siblings, depth);
	if (!hash256_eq(&hash, root))
		return STATE_PROOF_WRONG;
	return kind == KIND_PRESENT ? STATE_PROOF_PRESENT : STATE_PROOF_ABSENT;
}
