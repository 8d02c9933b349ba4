#include "chain/merkle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
parent(struct hash256 *out, const struct hash256 *left, const struct hash256 *right)
{
	uint8_t both[64];

	memcpy(both, left->b, 32);
	memcpy(both + 32, right->b, 32);
	sha256d(out, both, sizeof(both));
}

/* Make the row above in place of its children; returns its length. An odd row repeats its last node. *twins is set when
 * two nodes that stand side by side are equal, which no honest row has. */
static size_t
row_up(struct hash256 *row, size_t n, bool *twins)
{
	struct hash256 last;

	for (size_t i = 0; i + 1 < n; i += 2)
		*twins = *twins || hash256_eq(&row[i], &row[i + 1]);
	if (n % 2 != 0)
		parent(&last, &row[n - 1], &row[n - 1]);
	sha256d_64_many(row, row[0].b, n / 2);
	if (n % 2 != 0)
		row[n / 2] = last;
	return n / 2 + n % 2;
}

void
merkle_root(struct hash256 *out, bool *mutated, const struct hash256 *leaves, size_t n)
{
	struct hash256 *row;
	bool twins = false;

	assert(n >= 1);
	row = mem_new(n, sizeof(*row));
	memcpy(row, leaves, n * sizeof(*row));
	while (n > 1)
		n = row_up(row, n, &twins);
	*out = row[0];
	if (mutated != NULL)
		*mutated = twins;
	free(row);
}

size_t
merkle_branch(struct hash256 out[MERKLE_BRANCH_MAX], const struct hash256 *leaves, size_t n, size_t index)
{
	struct hash256 *row;
	bool twins = false;
	size_t len = 0;

	assert(index < n && n - 1 <= UINT32_MAX);
	row = mem_new(n, sizeof(*row));
	memcpy(row, leaves, n * sizeof(*row));
	while (n > 1) {
		size_t sibling = index ^ 1;

		out[len++] = row[sibling < n ? sibling : index];
		n = row_up(row, n, &twins);
		index /= 2;
	}
	free(row);
	return len;
}

bool
merkle_fold(struct hash256 *out, const struct hash256 *leaf, const struct hash256 *branch, size_t len, uint64_t index)
{
	struct hash256 node = *leaf;

	if (len > MERKLE_BRANCH_MAX || index >> len != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool is_right = (index >> i & 1) != 0;

		/* An odd row's last node is its own right sibling. No honest node is its own left sibling: such a branch gives the
		 * repeated node an index of its own. */
		if (is_right && hash256_eq(&branch[i], &node))
			return false;
		if (is_right)
			parent(&node, &branch[i], &node);
		else
			parent(&node, &node, &branch[i]);
	}
	*out = node;
	return true;
}
