#include "chain/merkle.h"

#include <string.h>

#include "tests/unit/unit.h"

#define LEAVES_MAX 70

static void
make_leaves(struct hash256 *leaves, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sha256d(&leaves[i], &i, sizeof(i));
}

static void
pair(struct hash256 *out, const struct hash256 *a, const struct hash256 *b)
{
	struct wr w = { 0 };

	wr_hash256(&w, a);
	wr_hash256(&w, b);
	sha256d(out, w.p, w.len);
	wr_clear(&w);
}

/* The definition, top down: node i of the row that stands `height` rows above the leaves. */
static struct hash256
node(const struct hash256 *leaves, size_t n, unsigned height, size_t i)
{
	size_t row = (n + ((size_t)1 << height) - 1) >> height;
	struct hash256 left, right, out;

	if (i >= row)
		i = row - 1;
	if (height == 0)
		return leaves[i];
	left = node(leaves, n, height - 1, 2 * i);
	right = node(leaves, n, height - 1, 2 * i + 1);
	pair(&out, &left, &right);
	return out;
}

static unsigned
tree_height(size_t n)
{
	unsigned h = 0;

	while (((size_t)1 << h) < n)
		h++;
	return h;
}

/* Main's block 100,000. */
static void
a_real_block(void)
{
	static const char *const txids[] = {
		"8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
		"fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
		"6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
		"e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
	};
	struct hash256 leaves[4], root;
	char text[HASH256_HEX_LEN];
	bool mutated = true;

	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_FATAL(hash256_from_display(&leaves[i], txids[i]));
	merkle_root(&root, &mutated, leaves, 4);
	hash256_to_display(text, &root);
	CU_ASSERT_STRING_EQUAL(text, "f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766");
	CU_ASSERT_FALSE(mutated);
}

static void
roots_and_branches_of_all_sizes(void)
{
	struct hash256 leaves[LEAVES_MAX], root, want, branch[MERKLE_BRANCH_MAX], folded;

	make_leaves(leaves, LEAVES_MAX);
	for (size_t n = 1; n <= LEAVES_MAX; n++) {
		bool mutated = true;

		merkle_root(&root, &mutated, leaves, n);
		want = node(leaves, n, tree_height(n), 0);
		CU_ASSERT(hash256_eq(&root, &want));
		CU_ASSERT_FALSE(mutated);
		for (size_t i = 0; i < n; i++) {
			size_t len = merkle_branch(branch, leaves, n, i);

			CU_ASSERT_EQUAL(len, tree_height(n));
			CU_ASSERT_FATAL(merkle_fold(&folded, &leaves[i], branch, len, i));
			CU_ASSERT(hash256_eq(&folded, &root));
		}
	}
}

/* CVE-2012-2459: repeating the end of the list gives the same root. */
static void
repeated_leaves_are_reported(void)
{
	struct hash256 leaves[2 * LEAVES_MAX], root, same;
	size_t seen = 0;

	for (size_t n = 1; n <= LEAVES_MAX; n++) {
		unsigned low = (unsigned)__builtin_ctzll(n);
		size_t tail = (size_t)1 << low;
		bool mutated = false;

		/* The last 2^low leaves are one whole subtree without a sibling, unless n is a power of two. */
		if (n == tail)
			continue;
		make_leaves(leaves, n);
		merkle_root(&root, NULL, leaves, n);
		memcpy(leaves + n, leaves + n - tail, tail * sizeof(leaves[0]));
		merkle_root(&same, &mutated, leaves, n + tail);
		CU_ASSERT(hash256_eq(&root, &same));
		CU_ASSERT(mutated);
		seen++;
	}
	CU_ASSERT_EQUAL(seen, LEAVES_MAX - 7);
}

static void
c15_left_sibling_equal_to_the_hash(void)
{
	struct hash256 leaves[3], root, out, branch[MERKLE_BRANCH_MAX];
	size_t len;

	make_leaves(leaves, 3);
	merkle_root(&root, NULL, leaves, 3);
	len = merkle_branch(branch, leaves, 3, 2);
	CU_ASSERT_FATAL(merkle_fold(&out, &leaves[2], branch, len, 2));
	CU_ASSERT(hash256_eq(&out, &root));
	CU_ASSERT(hash256_eq(&branch[0], &leaves[2]));
	/* The same branch claims leaf 3, which does not exist; it would give the same root. */
	CU_ASSERT_FALSE(merkle_fold(&out, &leaves[2], branch, len, 3));
}

static void
index_and_length_must_fit(void)
{
	struct hash256 branch[MERKLE_BRANCH_MAX + 1], leaf, out = { { 9 } };

	make_leaves(branch, MERKLE_BRANCH_MAX + 1);
	leaf = (struct hash256){ { 1 } };
	CU_ASSERT_FALSE(merkle_fold(&out, &leaf, branch, 0, 1));
	CU_ASSERT_FALSE(merkle_fold(&out, &leaf, branch, 3, 8));
	CU_ASSERT_FALSE(merkle_fold(&out, &leaf, branch, 32, (uint64_t)1 << 32));
	CU_ASSERT_FALSE(merkle_fold(&out, &leaf, branch, 33, 0));
	CU_ASSERT_FALSE(merkle_fold(&out, &leaf, branch, SIZE_MAX, 0));
	CU_ASSERT(out.b[0] == 9 && out.b[1] == 0);
	CU_ASSERT(merkle_fold(&out, &leaf, branch, 3, 7));
	CU_ASSERT(merkle_fold(&out, &leaf, branch, 32, UINT32_MAX));
	CU_ASSERT(merkle_fold(&out, &leaf, branch, 0, 0));
	CU_ASSERT(hash256_eq(&out, &leaf));
}

static void
any_changed_bit_changes_the_root(void)
{
	struct hash256 leaves[11], root, out, branch[MERKLE_BRANCH_MAX];
	size_t len;

	make_leaves(leaves, 11);
	merkle_root(&root, NULL, leaves, 11);
	len = merkle_branch(branch, leaves, 11, 5);
	for (size_t bit = 0; bit < len * 256; bit++) {
		branch[bit / 256].b[bit % 256 / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT(merkle_fold(&out, &leaves[5], branch, len, 5) && !hash256_eq(&out, &root));
		branch[bit / 256].b[bit % 256 / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (uint64_t i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(merkle_fold(&out, &leaves[5], branch, len, i) && hash256_eq(&out, &root), i == 5);
	for (size_t n = 0; n < len; n++)
		CU_ASSERT(!merkle_fold(&out, &leaves[5], branch, n, 5) || !hash256_eq(&out, &root));
}

static const struct unit_test tests[] = {
	{ "a real block", a_real_block },
	{ "roots and branches of all sizes", roots_and_branches_of_all_sizes },
	{ "repeated leaves are reported", repeated_leaves_are_reported },
	{ "C15: left sibling equal to the hash", c15_left_sibling_equal_to_the_hash },
	{ "index and length must fit", index_and_length_must_fit },
	{ "any changed bit changes the root", any_changed_bit_changes_the_root },
};

UNIT_MAIN("merkle", tests)
