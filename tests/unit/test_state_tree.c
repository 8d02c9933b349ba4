#include "token/state_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"
#include "token/state.h"
#include "token/state_proof.h"

#define KEYS 60000u

struct key_path {
	struct hash256 path;
	uint32_t key;
};

static int
path_cmp(const void *a, const void *b)
{
	return hash256_cmp(&((const struct key_path *)a)->path, &((const struct key_path *)b)->path);
}

static size_t
common(const struct hash256 *a, const struct hash256 *b)
{
	size_t n = 0;

	while (n < 256 && state_path_bit(a, n) == state_path_bit(b, n))
		n++;
	return n;
}

/* Of many keys the two whose paths part last. */
static size_t
late_pair(uint32_t pair[2])
{
	struct key_path *all = mem_new(KEYS, sizeof(*all));
	size_t best = 0;

	for (uint32_t i = 0; i < KEYS; i++) {
		all[i].key = i;
		sha256(&all[i].path, &i, sizeof(i));
	}
	qsort(all, KEYS, sizeof(*all), path_cmp);
	for (size_t i = 1; i < KEYS; i++) {
		size_t n = common(&all[i - 1].path, &all[i].path);

		if (n > best) {
			best = n;
			pair[0] = all[i - 1].key;
			pair[1] = all[i].key;
		}
	}
	free(all);
	return best;
}

/* The root over two leaves by the definition: one inner node at each level down to where they part. */
static struct hash256
root_of_two(const uint32_t pair[2], size_t level)
{
	static const struct hash256 empty;
	struct hash256 path[2], value, leaf[2], root;

	sha256(&value, "v", 1);
	for (int i = 0; i < 2; i++) {
		sha256(&path[i], &pair[i], sizeof(pair[i]));
		state_leaf_hash(&leaf[i], &path[i], &value);
	}
	state_inner_hash(&root, &leaf[0], &leaf[1]); /* sorted: the first goes left */
	while (level-- > 0) {
		if (state_path_bit(&path[0], level))
			state_inner_hash(&root, &empty, &root);
		else
			state_inner_hash(&root, &root, &empty);
	}
	return root;
}

static void
prove_all(struct state *s, const uint32_t *keys, size_t n)
{
	struct hash256 root;

	state_root(&root, s);
	for (size_t i = 0; i < n; i++) {
		struct wr w = { 0 };
		size_t len;
		bool there = state_get(s, &len, &keys[i], sizeof(keys[i])) != NULL;

		state_prove(&w, s, &keys[i], sizeof(keys[i]));
		CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &root, &keys[i], sizeof(keys[i]), there ? "v" : NULL, there),
				there ? STATE_PROOF_PRESENT : STATE_PROOF_ABSENT);
		wr_clear(&w);
	}
}

static void
keys_that_part_late(void)
{
	struct state *s = state_new();
	uint32_t pair[2] = { 0 }, some[200];
	size_t level = late_pair(pair);
	struct hash256 want = root_of_two(pair, level), root, alone;

	CU_ASSERT(level >= 25);
	for (uint32_t i = 0; i < 198; i++)
		some[i] = i * 7;
	some[198] = pair[0];
	some[199] = pair[1];
	state_put(s, &pair[0], 4, "v", 1);
	state_root(&alone, s);
	prove_all(s, some, 200);
	state_put(s, &pair[1], 4, "v", 1); /* parts one leaf late */
	state_root(&root, s);
	CU_ASSERT(hash256_eq(&root, &want));
	prove_all(s, some, 200);
	for (uint32_t i = 0; i < 198; i++) { /* each new one parts the long way above the pair somewhere */
		state_put(s, &some[i], 4, "v", 1);
		state_root(&root, s);
		if (i % 40 == 0)
			prove_all(s, some, 200);
	}
	for (uint32_t i = 0; i < 198; i++) {
		if (some[i] != pair[0] && some[i] != pair[1])
			state_delete(s, &some[i], 4);
		if (i % 40 == 0)
			prove_all(s, some, 200);
	}
	state_root(&root, s);
	CU_ASSERT(hash256_eq(&root, &want));
	state_delete(s, &pair[1], 4); /* the long way is gone with its second leaf */
	state_root(&root, s);
	CU_ASSERT(hash256_eq(&root, &alone));
	state_free(s);
}

/* The tree alone, without a state above it: built at once, it is the tree that grew. */
static void
built_at_once_or_one_by_one(void)
{
	struct state_tree *a = state_tree_new(), *b = state_tree_new();
	struct state_entry *entries[500];
	struct hash256 ra, rb;

	for (uint32_t i = 0; i < 500; i++) {
		entries[i] = mem_new(1, sizeof(struct state_entry) + 8);
		entries[i]->key_len = 4;
		entries[i]->value_len = i % 4;
		memcpy(entries[i]->bytes, &i, sizeof(i));
		state_tree_insert(a, entries[i]);
		if (i % 50 == 0)
			state_tree_root(&ra, a);
	}
	state_tree_root(&ra, a);
	state_tree_build(b, entries, 500);
	state_tree_root(&rb, b);
	CU_ASSERT(hash256_eq(&ra, &rb));
	entries[77]->bytes[4] ^= 1;
	state_tree_touch(b, entries[77]);
	state_tree_root(&rb, b);
	CU_ASSERT_FALSE(hash256_eq(&ra, &rb));
	entries[77]->bytes[4] ^= 1;
	state_tree_touch(b, entries[77]);
	state_tree_touch(b, entries[77]);
	state_tree_root(&rb, b);
	CU_ASSERT(hash256_eq(&ra, &rb));
	for (uint32_t i = 0; i < 500; i++) {
		state_tree_remove(b, entries[i]);
		if (i % 60 == 0)
			state_tree_root(&rb, b);
	}
	state_tree_root(&rb, b);
	CU_ASSERT(hash256_is_zero(&rb));
	state_tree_build(b, NULL, 0);
	for (uint32_t i = 0; i < 500; i++)
		free(entries[i]);
	state_tree_free(a);
	state_tree_free(b);
	state_tree_free(NULL);
}

static const struct unit_test tests[] = {
	{ "keys that part late", keys_that_part_late },
	{ "built at once or one by one", built_at_once_or_one_by_one },
};

UNIT_MAIN("state tree", tests)
