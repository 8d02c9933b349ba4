#include "token/allow_list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int
by_account(const void *a, const void *b)
{
	return account_cmp(a, b);
}

size_t
allow_list_sort(struct account *accounts, size_t n)
{
	size_t kept = 1;

	assert(n > 0);
	qsort(accounts, n, sizeof(*accounts), by_account);
	for (size_t i = 1; i < n; i++) {
		if (!account_eq(&accounts[i], &accounts[kept - 1]))
			accounts[kept++] = accounts[i];
	}
	return kept;
}

static void
leaf(struct hash256 *out, const struct account *who)
{
	struct wr w = { 0 };

	wr_account(&w, who);
	sha256_tagged(out, "tally/allow-leaf", w.p, w.len);
	wr_clear(&w);
}

/* out may be one of the two. */
static void
node(struct hash256 *out, const struct hash256 *a, const struct hash256 *b)
{
	bool swap = hash256_cmp(a, b) > 0;
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/allow-node");
	sha256_update(&c, swap ? b->b : a->b, sizeof(a->b));
	sha256_update(&c, swap ? a->b : b->b, sizeof(a->b));
	sha256_final(&c, out);
}

static struct hash256 *
leaves_of(const struct account *accounts, size_t n)
{
	struct hash256 *row = mem_new(n, sizeof(*row));

	for (size_t i = 0; i < n; i++)
		leaf(&row[i], &accounts[i]);
	return row;
}

/* One row up, in place: the new length. */
static size_t
climb(struct hash256 *row, size_t n)
{
	for (size_t i = 0; i < n / 2; i++)
		node(&row[i], &row[2 * i], &row[2 * i + 1]);
	if (n % 2)
		row[n / 2] = row[n - 1];
	return (n + 1) / 2;
}

void
allow_list_root(struct hash256 *out, const struct account *accounts, size_t n)
{
	struct hash256 *row = leaves_of(accounts, n);

	assert(n > 0);
	while (n > 1)
		n = climb(row, n);
	*out = row[0];
	free(row);
}

bool
allow_list_path(struct allow_path *out, const struct account *accounts, size_t n, size_t index)
{
	struct hash256 *row = leaves_of(accounts, n);
	bool fits = true;

	assert(index < n);
	memset(out, 0, sizeof(*out));
	for (; n > 1 && fits; index /= 2) {
		size_t other = index ^ 1;

		fits = out->n < ALLOW_PATH_MAX || other >= n;
		if (fits && other < n)
			out->hashes[out->n++] = row[other];
		n = climb(row, n);
	}
	free(row);
	return fits;
}

bool
allow_list_has(const struct hash256 *root, const struct account *who, const struct allow_path *path)
{
	struct hash256 h;

	leaf(&h, who);
	for (size_t i = 0; i < path->n; i++)
		node(&h, &h, &path->hashes[i]);
	return hash256_eq(&h, root);
}

void
wr_allow_path(struct wr *w, const struct allow_path *p)
{
	wr_u8(w, p->n);
	for (size_t i = 0; i < p->n; i++)
		wr_hash256(w, &p->hashes[i]);
}

void
rd_allow_path(struct rd *r, struct allow_path *out)
{
	memset(out, 0, sizeof(*out));
	out->n = rd_u8(r);
	if (out->n > ALLOW_PATH_MAX) {
		out->n = 0;
		rd_fail(r);
	}
	for (size_t i = 0; i < out->n; i++)
		rd_hash256(r, &out->hashes[i]);
}
