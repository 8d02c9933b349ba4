/* Merkle trees: leaves made of few different ones, so that equal siblings are common. Root, branch and fold agree
 * with each other and with a plain reading of the rule; a branch of any bytes folds to the root only for what stands
 * there. */
#include "chain/merkle.h"

#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define LEAVES_MAX 70

static void
plain_root(struct hash256 *out, bool *mutated, const struct hash256 *leaves, size_t n)
{
	struct hash256 row[LEAVES_MAX + 1];

	memcpy(row, leaves, n * sizeof(*row));
	*mutated = false;
	while (n > 1) {
		for (size_t i = 0; i + 1 < n; i += 2)
			*mutated = *mutated || hash256_eq(&row[i], &row[i + 1]);
		if (n % 2 == 1) {
			row[n] = row[n - 1];
			n++;
		}
		for (size_t i = 0; i < n / 2; i++)
			sha256d(&row[i], row[2 * i].b, 64);
		n /= 2;
	}
	*out = row[0];
}

/* The branch leads from leaf to root, and no other way; false only where a left sibling is equal. */
static void
check_leaf(const struct hash256 *leaves, size_t n, size_t index, const struct hash256 *root, bool mutated)
{
	struct hash256 branch[MERKLE_BRANCH_MAX], top;
	size_t len = merkle_branch(branch, leaves, n, index);
	bool ok = merkle_fold(&top, &leaves[index], branch, len, index);

	assert(ok || mutated);
	assert(!ok || hash256_eq(&top, root));
	assert(!merkle_fold(&top, &leaves[index], branch, len, (uint64_t)1 << len));
	if (len > 0 && merkle_fold(&top, &leaves[index], branch, len - 1, index & (((uint64_t)1 << (len - 1)) - 1)))
		assert(!hash256_eq(&top, root));
	for (size_t i = 0; i < len; i++) {
		branch[i].b[index % 32] ^= 1;
		if (merkle_fold(&top, &leaves[index], branch, len, index))
			assert(!hash256_eq(&top, root));
		branch[i].b[index % 32] ^= 1;
	}
}

static void
fold_anything(const uint8_t *data, size_t size)
{
	struct hash256 branch[MERKLE_BRANCH_MAX + 2] = { 0 }, leaf = { { 0 } }, top;
	struct rd r = rd_init(data, size);
	uint64_t index = rd_u64(&r);
	size_t len = rd_u8(&r) % (MERKLE_BRANCH_MAX + 2);

	for (size_t i = 0; i < len; i++)
		branch[i].b[0] = rd_u8(&r);
	if (merkle_fold(&top, &leaf, branch, len, index))
		assert(len <= MERKLE_BRANCH_MAX && index >> len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = size < LEAVES_MAX ? size : LEAVES_MAX;
	struct hash256 leaves[LEAVES_MAX] = { 0 }, root, expected;
	bool mutated, expected_mutated;

	fold_anything(data, size);
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		leaves[i].b[0] = data[i];
	merkle_root(&root, &mutated, leaves, n);
	plain_root(&expected, &expected_mutated, leaves, n);
	assert(hash256_eq(&root, &expected) && mutated == expected_mutated);
	for (size_t i = 0; i < n; i++)
		check_leaf(leaves, n, i, &root, mutated);
	return 0;
}
