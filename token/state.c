/* S1  The journal holds, for every change since the last settle and in order, the key and what stood there before. Undoing it
 *     from its end gives back the settled state byte for byte.
 * S2  The hash tree, once planted, holds exactly the map's entries. The index holds them always. */
#include "token/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/state_index.h"
#include "token/state_tree.h"

RB_HEAD(state_map, state_entry);

struct state {
	struct state_map map; /* entries owned */
	struct state_index index;
	struct state_tree *tree;
	bool planted; /* the tree is filled at the first root, all at once */
	struct state_entry *last; /* the one with the highest key; NULL when there is none */
	size_t count;
	uint64_t changes; /* a walk that sees another number looks its place up anew */
	struct wr journal;
};

/* Before a change: this, the key, the old value, and the length of all that, so that the journal can be read from its end. */
struct record {
	uint32_t old_len;
	uint8_t key_len;
	bool had;
};

/* The map's macros keep entries linked; looking for a place is done here, since a key to look for is no entry. */
static int
key_cmp(const struct state_entry *e, const void *key, size_t key_len)
{
	size_t shorter = e->key_len < key_len ? e->key_len : key_len;
	int c = shorter ? memcmp(e->bytes, key, shorter) : 0;

	return c ? c : (e->key_len > key_len) - (e->key_len < key_len);
}

static int
entry_cmp(const struct state_entry *a, const struct state_entry *b)
{
	return key_cmp(a, b->bytes, b->key_len);
}

RB_GENERATE_INTERNAL(state_map, state_entry, link, entry_cmp, __attribute__((unused)) static)

struct state *
state_new(void)
{
	struct state *s = mem_new(1, sizeof(*s));

	RB_INIT(&s->map);
	state_index_init(&s->index, (uintptr_t)s); /* no two processes have it at the same place */
	s->tree = state_tree_new();
	return s;
}

static void
entries_free(struct state_entry *e)
{
	while (e != NULL) {
		struct state_entry *right = RB_RIGHT(e, link);

		entries_free(RB_LEFT(e, link));
		free(e);
		e = right;
	}
}

void
state_free(struct state *s)
{
	if (s == NULL)
		return;
	entries_free(RB_ROOT(&s->map));
	state_index_clear(&s->index);
	state_tree_free(s->tree);
	wr_clear(&s->journal);
	free(s);
}

static struct state_entry *
entry_find(const struct state *s, const void *key, size_t key_len)
{
	return state_index_find(&s->index, key, key_len);
}

/* The least entry above a key; or at it, when `at` is set. */
static struct state_entry *
entry_above(const struct state *s, const void *key, size_t key_len, bool at)
{
	struct state_entry *e = RB_ROOT(&s->map), *best = NULL;

	while (e != NULL) {
		int c = key_cmp(e, key, key_len);

		if (c > 0 || (c == 0 && at)) {
			best = e;
			e = RB_LEFT(e, link);
		} else {
			e = RB_RIGHT(e, link);
		}
	}
	return best;
}

static struct state_entry *
entry_new(const void *key, size_t key_len, const void *value, size_t len)
{
	struct state_entry *e = mem_new(1, offsetof(struct state_entry, bytes) + key_len + len);

	e->key_len = (uint8_t)key_len;
	e->value_len = (uint32_t)len;
	memcpy(e->bytes, key, key_len);
	if (len != 0)
		memcpy(e->bytes + key_len, value, len);
	return e;
}

/* Keys that come in ascending order, as from a store, go behind the last one without a search. */
static void
entry_link(struct state *s, struct state_entry *e)
{
	if (s->last != NULL && entry_cmp(s->last, e) < 0) {
		RB_SET(e, s->last, link);
		RB_RIGHT(s->last, link) = e;
		state_map_RB_INSERT_COLOR(&s->map, e);
		s->last = e;
		return;
	}
	RB_INSERT(state_map, &s->map, e);
	if (s->last == NULL)
		s->last = e;
}

static void
entry_unlink(struct state *s, struct state_entry *e)
{
	if (s->last == e)
		s->last = RB_PREV(state_map, &s->map, e);
	RB_REMOVE(state_map, &s->map, e);
}

static void
entry_drop(struct state *s, struct state_entry *e)
{
	if (s->planted)
		state_tree_remove(s->tree, e);
	state_index_remove(&s->index, e);
	entry_unlink(s, e);
	free(e);
	s->count--;
	s->changes++;
}

/* e may be NULL: then the key is new. The value may lie in e. */
static void
entry_set(struct state *s, struct state_entry *e, const void *key, size_t key_len, const void *value, size_t len)
{
	struct state_entry *fresh;

	s->changes++;
	if (e != NULL && e->value_len == len) {
		if (len != 0)
			memmove(e->bytes + key_len, value, len);
		e->unsaved = true;
		if (s->planted)
			state_tree_touch(s->tree, e);
		return;
	}
	fresh = entry_new(key, key_len, value, len);
	fresh->unsaved = true;
	if (e == NULL) {
		s->count++;
		state_index_add(&s->index, fresh);
		if (s->planted)
			state_tree_insert(s->tree, fresh);
	} else {
		if (s->planted)
			state_tree_replace(s->tree, e, fresh);
		state_index_replace(&s->index, e, fresh);
		entry_unlink(s, e);
		free(e);
	}
	entry_link(s, fresh);
}

static void
journal_add(struct state *s, const struct state_entry *e, const void *key, size_t key_len)
{
	struct record r = { e ? e->value_len : 0, (uint8_t)key_len, e != NULL };
	uint32_t all = (uint32_t)(sizeof(r) + key_len + r.old_len + sizeof(all));

	wr_bytes(&s->journal, &r, sizeof(r));
	wr_bytes(&s->journal, key, key_len);
	if (e != NULL)
		wr_bytes(&s->journal, state_entry_value(e), e->value_len);
	wr_bytes(&s->journal, &all, sizeof(all));
}

const uint8_t *
state_get(const struct state *s, size_t *len, const void *key, size_t key_len)
{
	const struct state_entry *e = entry_find(s, key, key_len);

	*len = e ? e->value_len : 0;
	return e ? state_entry_value(e) : NULL;
}

static bool
entry_holds(const struct state_entry *e, const void *value, size_t len)
{
	return e->value_len == len && (len == 0 || memcmp(state_entry_value(e), value, len) == 0);
}

void
state_put(struct state *s, const void *key, size_t key_len, const void *value, size_t len)
{
	struct state_entry *e = entry_find(s, key, key_len);

	assert(key_len > 0 && key_len <= STATE_KEY_MAX && len <= STATE_VALUE_MAX);
	if (e != NULL && entry_holds(e, value, len))
		return;
	journal_add(s, e, key, key_len);
	entry_set(s, e, key, key_len, value, len);
}

void
state_delete(struct state *s, const void *key, size_t key_len)
{
	struct state_entry *e = entry_find(s, key, key_len);

	if (e == NULL)
		return;
	journal_add(s, e, key, key_len);
	entry_drop(s, e);
}

void
state_load(struct state *s, const void *key, size_t key_len, const void *value, size_t len)
{
	assert(key_len > 0 && key_len <= STATE_KEY_MAX && len <= STATE_VALUE_MAX);
	if (s->last != NULL && key_cmp(s->last, key, key_len) < 0) {
		entry_set(s, NULL, key, key_len, value, len);
		s->last->unsaved = false;
		return;
	}
	entry_set(s, entry_find(s, key, key_len), key, key_len, value, len);
	entry_find(s, key, key_len)->unsaved = false;
}

void
state_walk_init(struct state_walk *w, const struct state *s, const void *prefix, size_t prefix_len)
{
	assert(prefix_len <= STATE_KEY_MAX);
	memset(w, 0, sizeof(*w));
	w->state = s;
	w->prefix_len = prefix_len;
	if (prefix_len != 0)
		memcpy(w->prefix, prefix, prefix_len);
}

void
state_walk_after(struct state_walk *w, const void *key, size_t key_len)
{
	assert(key_len >= w->prefix_len && key_len <= STATE_KEY_MAX && memcmp(key, w->prefix, w->prefix_len) == 0);
	memcpy(w->key, key, key_len);
	w->key_len = key_len;
	w->started = true;
	w->at_ = NULL;
}

static struct state_entry *
walk_find(const struct state_walk *w)
{
	if (!w->started)
		return entry_above(w->state, w->prefix, w->prefix_len, true);
	if (w->at_ != NULL && w->changes_ == w->state->changes)
		return RB_NEXT(state_map, &w->state->map, w->at_);
	return entry_above(w->state, w->key, w->key_len, false);
}

bool
state_walk_next(struct state_walk *w)
{
	struct state_entry *e = walk_find(w);

	if (e == NULL || e->key_len < w->prefix_len || memcmp(e->bytes, w->prefix, w->prefix_len) != 0)
		return false;
	memcpy(w->key, e->bytes, e->key_len);
	w->key_len = e->key_len;
	w->value = state_entry_value(e);
	w->value_len = e->value_len;
	w->started = true;
	w->at_ = e;
	w->changes_ = w->state->changes;
	return true;
}

bool
state_walk_unsaved(struct state_walk *w, size_t *looks)
{
	while (*looks > 0 && state_walk_next(w)) {
		--*looks;
		if (w->at_->unsaved) {
			w->at_->unsaved = false;
			return true;
		}
	}
	return false;
}

size_t
state_mark(const struct state *s)
{
	return s->journal.len;
}

void
state_rollback(struct state *s, size_t mark)
{
	assert(mark <= s->journal.len);
	while (s->journal.len > mark) {
		const uint8_t *end = s->journal.p + s->journal.len, *key;
		struct state_entry *e;
		struct record r;
		uint32_t all;

		memcpy(&all, end - sizeof(all), sizeof(all));
		memcpy(&r, end - all, sizeof(r));
		key = end - all + sizeof(r);
		e = entry_find(s, key, r.key_len);
		if (r.had)
			entry_set(s, e, key, r.key_len, key + r.key_len, r.old_len);
		else
			entry_drop(s, e);
		s->journal.len -= all;
	}
	assert(s->journal.len == mark);
}

/* A journal record, opened. */
struct change {
	const uint8_t *key; /* borrowed from the journal; where it stands also says which of two came first */
	const uint8_t *old; /* NULL: was not there */
	uint32_t old_len;
	uint8_t key_len;
};

static int
change_cmp(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;
	size_t shorter = a->key_len < b->key_len ? a->key_len : b->key_len;
	int c = memcmp(a->key, b->key, shorter);

	if (c == 0)
		c = (a->key_len > b->key_len) - (a->key_len < b->key_len);
	return c ? c : (a->key > b->key) - (a->key < b->key);
}

bool
state_was(const struct state *s, const uint8_t **old, size_t *len, const void *key, size_t key_len)
{
	struct record r;

	for (size_t at = 0; at < s->journal.len; at += sizeof(r) + r.key_len + r.old_len + sizeof(uint32_t)) {
		const uint8_t *p = s->journal.p + at + sizeof(r);

		memcpy(&r, s->journal.p + at, sizeof(r));
		if (r.key_len != key_len || memcmp(p, key, key_len) != 0)
			continue;
		*old = r.had ? p + key_len : NULL;
		*len = r.old_len;
		return true;
	}
	return false;
}

#define ANY_FIRST (-1)

/* The changes since a mark, of keys that start with a byte or of all, sorted by key and then age; owned by the caller. */
static struct change *
changes_since(const struct state *s, size_t *n, size_t mark, int first)
{
	struct change *list = NULL;
	size_t cap = 0;
	struct record r;

	*n = 0;
	for (size_t at = mark; at < s->journal.len; at += sizeof(r) + r.key_len + r.old_len + sizeof(uint32_t)) {
		const uint8_t *key = s->journal.p + at + sizeof(r);

		memcpy(&r, s->journal.p + at, sizeof(r));
		if (first != ANY_FIRST && key[0] != first)
			continue;
		if (*n == cap) {
			cap = cap ? cap * 2 : 64;
			list = mem_resize(list, cap, sizeof(*list));
		}
		list[(*n)++] = (struct change){ .key = key, .key_len = r.key_len, .old = r.had ? key + r.key_len : NULL, .old_len = r.old_len };
	}
	if (*n > 1)
		qsort(list, *n, sizeof(*list), change_cmp);
	return list;
}

/* Is this the oldest change of its key, and does the key now hold something else than before it? */
static bool
change_stands(const struct change *c, const struct change *before, const struct state_entry *now)
{
	if (before != NULL && before->key_len == c->key_len && memcmp(before->key, c->key, c->key_len) == 0)
		return false;
	if (c->old == NULL || now == NULL)
		return (c->old != NULL) != (now != NULL);
	return !entry_holds(now, c->old, c->old_len);
}

bool
state_changed_since(const struct state *s, size_t mark)
{
	size_t n;
	struct change *list = changes_since(s, &n, mark, ANY_FIRST);
	bool changed = false;

	for (size_t i = 0; i < n && !changed; i++)
		changed = change_stands(&list[i], i ? &list[i - 1] : NULL, entry_find(s, list[i].key, list[i].key_len));
	free(list);
	return changed;
}

void
state_delta(const struct state *s, state_delta_fn *each, void *context)
{
	size_t n;
	struct change *list = changes_since(s, &n, 0, ANY_FIRST);

	for (size_t i = 0; i < n; i++) {
		const struct change *c = &list[i];
		const struct state_entry *now = entry_find(s, c->key, c->key_len);

		if (change_stands(c, i ? c - 1 : NULL, now))
			each(context, c->key, c->key_len, now ? state_entry_value(now) : NULL, now ? now->value_len : 0);
	}
	free(list);
}

void
state_changes(const struct state *s, uint8_t first, state_change_fn *each, void *context)
{
	size_t n;
	struct change *list = changes_since(s, &n, 0, first);

	for (size_t i = 0; i < n; i++) {
		const struct change *c = &list[i];
		const struct state_entry *now = entry_find(s, c->key, c->key_len);

		if (change_stands(c, i ? c - 1 : NULL, now))
			each(context, c->key, c->key_len, c->old, c->old_len, now ? state_entry_value(now) : NULL, now ? now->value_len : 0);
	}
	free(list);
}

void
state_settle(struct state *s)
{
	/* A block's journal is small; the memory of a large one goes back. */
	if (s->journal.cap > 4000000)
		wr_clear(&s->journal);
	wr_reset(&s->journal);
}

static void
plant(struct state *s)
{
	struct state_entry **all = mem_new(s->count, sizeof(struct state_entry *)), *e;
	size_t n = 0;

	RB_FOREACH(e, state_map, &s->map)
		all[n++] = e;
	assert(n == s->count);
	state_tree_build(s->tree, all, n);
	free(all);
	s->planted = true;
}

void
state_root(struct hash256 *out, struct state *s)
{
	if (!s->planted)
		plant(s);
	state_tree_root(out, s->tree);
}

size_t
state_count(const struct state *s)
{
	return s->count;
}

void
state_prove(struct wr *w, struct state *s, const void *key, size_t key_len)
{
	if (!s->planted)
		plant(s);
	state_tree_prove(w, s->tree, key, key_len, entry_find(s, key, key_len));
}
