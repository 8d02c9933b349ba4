/* What a store must write so that it holds what a header tree does. */
#include <stdlib.h>

#include "base/mem.h"
#include "spv/header_tree_impl.h"

void
header_tree_expect(struct header_tree *t, uint32_t n)
{
	best_reserve(&t->best, n);
}

/* --- The best chain --- */

const uint8_t *
header_tree_unsaved(const struct header_tree *t, uint32_t *from, size_t *n)
{
	*from = t->changed_from;
	return best_own_records(&t->best, from, n);
}

void
header_tree_best_saved(struct header_tree *t)
{
	t->changed_from = t->best.height + 1;
}

void
header_tree_lend(struct header_tree *t, const uint8_t *records, uint32_t n)
{
	best_lend(&t->best, records, n);
}

/* --- Beside it --- */

/* The first in order of arrival that the store has not; those behind it are unsaved as well. */
static const struct header_node *
first_unsaved(const struct header_tree *t, size_t *n)
{
	const struct header_node *at = NULL, *before;

	*n = 0;
	if (t->side == NULL)
		return NULL;
	before = ELMT_FROM_HH(t->side->hh.tbl, t->side->hh.tbl->tail);
	for (; before != NULL && !before->saved; before = before->hh.prev) {
		at = before;
		++*n;
	}
	return at;
}

struct tree_side *
header_tree_side_unsaved(const struct header_tree *t, size_t *n)
{
	const struct header_node *at = first_unsaved(t, n);
	struct tree_side *out = mem_new(*n, sizeof(*out));

	for (size_t i = 0; i < *n; i++, at = at->hh.next)
		out[i] = (struct tree_side){ .hash = at->hash, .header = at->header, .seen = at->seen, .proven = at->proven };
	return out;
}

struct header *
header_tree_marks_unsaved(const struct header_tree *t, size_t *n)
{
	size_t i = 0;
	struct header *out = mem_new(HASH_COUNT(t->invalid), sizeof(*out));

	for (const struct header_mark *at = t->invalid; at != NULL; at = at->hh.next) {
		if (!at->saved)
			out[i++] = at->header;
	}
	*n = i;
	return out;
}

void
header_tree_side_saved(struct header_tree *t)
{
	size_t n;

	for (struct header_node *at = (struct header_node *)first_unsaved(t, &n); at != NULL; at = at->hh.next)
		at->saved = true;
	for (struct header_mark *at = t->invalid; at != NULL; at = at->hh.next)
		at->saved = true;
}

struct hash256 *
header_tree_side_gone(const struct header_tree *t, size_t *n)
{
	struct hash256 *out = mem_new(t->side_gone.n, sizeof(*out));

	*n = 0;
	for (size_t i = 0; i < t->side_gone.n; i++) {
		/* It may have come back. */
		if (header_tree_node(t, &t->side_gone.hash[i]) == NULL)
			out[(*n)++] = t->side_gone.hash[i];
	}
	return out;
}

struct hash256 *
header_tree_marks_gone(const struct header_tree *t, size_t *n)
{
	struct hash256 *out = mem_new(t->marks_gone.n, sizeof(*out));
	struct header_mark *m;

	*n = 0;
	for (size_t i = 0; i < t->marks_gone.n; i++) {
		HASH_FIND(hh, t->invalid, &t->marks_gone.hash[i], sizeof(t->marks_gone.hash[i]), m);
		if (m == NULL)
			out[(*n)++] = t->marks_gone.hash[i];
	}
	return out;
}

void
header_tree_gone_dropped(struct header_tree *t)
{
	t->side_gone.n = t->marks_gone.n = 0;
}
