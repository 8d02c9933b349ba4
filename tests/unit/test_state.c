#include "token/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

/* Small, repeatable randomness. */
static uint64_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

/* The naive model: an unsorted list. */
#define MODEL_MAX 400
struct pair {
	char key[16];
	size_t key_len;
	char value[24];
	size_t len;
};
struct model {
	struct pair pairs[MODEL_MAX];
	size_t n;
};

static struct pair *
model_find(struct model *m, const char *key, size_t key_len)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->pairs[i].key_len == key_len && memcmp(m->pairs[i].key, key, key_len) == 0)
			return &m->pairs[i];
	}
	return NULL;
}

static void
model_put(struct model *m, const char *key, size_t key_len, const char *value, size_t len)
{
	struct pair *p = model_find(m, key, key_len);

	if (p == NULL)
		p = &m->pairs[m->n++];
	p->key_len = key_len;
	memcpy(p->key, key, key_len);
	p->len = len;
	memcpy(p->value, value, len);
}

static void
model_delete(struct model *m, const char *key, size_t key_len)
{
	struct pair *p = model_find(m, key, key_len);

	if (p != NULL)
		*p = m->pairs[--m->n];
}

/* A key of 1 to 4 letters of three, so that prefixes and collisions are common. */
static size_t
draw_key(char out[16])
{
	size_t n = 1 + draw(4);

	for (size_t i = 0; i < n; i++)
		out[i] = (char)("ab\xff"[draw(3)]);
	return n;
}

static void
step(struct state *s, struct model *m)
{
	char key[16], value[24];
	size_t key_len = draw_key(key), len = draw(sizeof(value));

	for (size_t i = 0; i < len; i++)
		value[i] = (char)draw(256);
	if (draw(3) == 0) {
		state_delete(s, key, key_len);
		model_delete(m, key, key_len);
	} else {
		if (draw(2) == 0)
			len = 8; /* often the same length, which is changed in place */
		memset(value, (int)len, sizeof(value) - 8);
		state_put(s, key, key_len, value, len);
		model_put(m, key, key_len, value, len);
	}
}

static int
pair_cmp(const void *pa, const void *pb)
{
	const struct pair *a = pa, *b = pb;
	size_t shorter = a->key_len < b->key_len ? a->key_len : b->key_len;
	int c = memcmp(a->key, b->key, shorter);

	return c ? c : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

/* The tree by its definition: sort by path, then split bit by bit. */
struct leaf {
	struct hash256 path, hash;
};

static int
leaf_cmp(const void *a, const void *b)
{
	return hash256_cmp(&((const struct leaf *)a)->path, &((const struct leaf *)b)->path);
}

static void
naive_subtree(struct hash256 *out, const struct leaf *leaves, size_t n, size_t level)
{
	uint8_t bytes[65];
	struct hash256 half;
	size_t zeros = 0;

	if (n == 0) {
		memset(out, 0, sizeof(*out));
		return;
	}
	if (n == 1) {
		*out = leaves->hash;
		return;
	}
	while (zeros < n && !(leaves[zeros].path.b[level / 8] & (0x80 >> level % 8)))
		zeros++;
	bytes[0] = 1;
	naive_subtree(&half, leaves, zeros, level + 1);
	memcpy(bytes + 1, half.b, 32);
	naive_subtree(&half, leaves + zeros, n - zeros, level + 1);
	memcpy(bytes + 33, half.b, 32);
	sha256(out, bytes, sizeof(bytes));
}

static void
naive_root(struct hash256 *out, const struct model *m)
{
	struct leaf leaves[MODEL_MAX];

	for (size_t i = 0; i < m->n; i++) {
		struct hash256 value;
		uint8_t bytes[65] = { 0 };

		sha256(&leaves[i].path, m->pairs[i].key, m->pairs[i].key_len);
		sha256(&value, m->pairs[i].value, m->pairs[i].len);
		memcpy(bytes + 1, leaves[i].path.b, 32);
		memcpy(bytes + 33, value.b, 32);
		sha256(&leaves[i].hash, bytes, sizeof(bytes));
	}
	qsort(leaves, m->n, sizeof(leaves[0]), leaf_cmp);
	naive_subtree(out, leaves, m->n, 0);
}

static bool
same_contents(const struct state *s, struct model *m)
{
	struct state_walk w;
	size_t n = 0;

	qsort(m->pairs, m->n, sizeof(m->pairs[0]), pair_cmp);
	state_walk_init(&w, s, NULL, 0);
	while (state_walk_next(&w)) {
		const struct pair *p = &m->pairs[n++];
		size_t len;
		const uint8_t *v = state_get(s, &len, w.key, w.key_len);

		if (n > m->n || w.key_len != p->key_len || memcmp(w.key, p->key, w.key_len) != 0 || w.value_len != p->len ||
		    memcmp(w.value, p->value, p->len) != 0 || v != w.value || len != p->len)
			return false;
	}
	return n == m->n && state_count(s) == n;
}

static bool
same_root(struct state *s, const struct model *m)
{
	struct hash256 a, b;

	state_root(&a, s);
	naive_root(&b, m);
	return hash256_eq(&a, &b);
}

static void
agrees_with_a_naive_model(void)
{
	for (seed = 1; seed < 30; seed += 7) {
		struct state *s = state_new();
		struct model m = { .n = 0 };

		CU_ASSERT(same_root(s, &m));
		for (int i = 0; i < 600; i++) {
			step(s, &m);
			if (i % 5 == 0)
				CU_ASSERT_FATAL(same_root(s, &m));
			if (i % 20 == 0)
				CU_ASSERT_FATAL(same_contents(s, &m));
			if (i % 90 == 0)
				state_settle(s);
		}
		CU_ASSERT(same_root(s, &m) && same_contents(s, &m));
		for (size_t i = m.n; i-- > 0;) {
			struct pair p = m.pairs[i];

			state_delete(s, p.key, p.key_len);
			model_delete(&m, p.key, p.key_len);
			CU_ASSERT_FATAL(same_root(s, &m));
		}
		CU_ASSERT_EQUAL(state_count(s), 0);
		state_free(s);
	}
}

static void
rollback_gives_back_every_nested_mark(void)
{
	for (seed = 100; seed < 130; seed++) {
		struct state *s = state_new();
		static struct model m[6];
		size_t mark[6];
		struct hash256 root;

		m[0].n = 0;
		for (int i = 0; i < 50; i++)
			step(s, &m[0]);
		if (seed % 2)
			state_root(&root, s); /* with and without a tree so far */
		state_settle(s);
		for (int depth = 1; depth < 6; depth++) {
			mark[depth] = state_mark(s);
			m[depth] = m[depth - 1];
			for (uint32_t i = draw(40); i-- > 0;)
				step(s, &m[depth]);
			if (draw(2))
				state_root(&root, s);
		}
		for (int depth = 5; depth > 0; depth--) {
			CU_ASSERT_FATAL(same_contents(s, &m[depth]) && same_root(s, &m[depth]));
			state_rollback(s, mark[depth]);
			CU_ASSERT_FALSE(state_changed_since(s, mark[depth]));
		}
		CU_ASSERT(same_contents(s, &m[0]) && same_root(s, &m[0]));
		state_free(s);
	}
}

static void
a_change_and_its_reverse_are_no_change(void)
{
	struct state *s = state_new();
	size_t mark;

	state_put(s, "k", 1, "1", 1);
	state_put(s, "l", 1, "", 0);
	state_settle(s);
	mark = state_mark(s);
	CU_ASSERT_FALSE(state_changed_since(s, mark));
	state_put(s, "k", 1, "1", 1);
	CU_ASSERT_EQUAL(state_mark(s), mark);
	state_put(s, "k", 1, "2", 1);
	CU_ASSERT(state_changed_since(s, mark));
	state_put(s, "k", 1, "333", 3);
	state_put(s, "k", 1, "1", 1);
	CU_ASSERT_FALSE(state_changed_since(s, mark));
	state_delete(s, "l", 1);
	CU_ASSERT(state_changed_since(s, mark));
	state_put(s, "l", 1, "", 0);
	CU_ASSERT_FALSE(state_changed_since(s, mark));
	state_put(s, "m", 1, "", 0);
	CU_ASSERT(state_changed_since(s, mark));
	state_delete(s, "m", 1);
	state_delete(s, "m", 1);
	CU_ASSERT_FALSE(state_changed_since(s, mark));
	/* An older mark sees what a younger one doesn't. */
	state_put(s, "k", 1, "2", 1);
	CU_ASSERT_FALSE(state_changed_since(s, state_mark(s)));
	CU_ASSERT(state_changed_since(s, mark));
	state_free(s);
}

static void
seen(void *context, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct wr *w = context;

	wr_bytes(w, key, key_len);
	wr_bytes(w, value ? "=" : "-", 1);
	wr_bytes(w, value, len);
	wr_u8(w, ';');
}

static void
the_delta_names_each_changed_key_once(void)
{
	struct state *s = state_new();
	struct wr w = { 0 };

	state_put(s, "gone", 4, "x", 1);
	state_put(s, "same", 4, "x", 1);
	state_put(s, "c", 1, "x", 1);
	state_settle(s);
	state_delta(s, seen, &w);
	CU_ASSERT_EQUAL(w.len, 0);
	state_put(s, "new", 3, "1", 1);
	state_put(s, "c", 1, "yy", 2);
	state_put(s, "same", 4, "y", 1);
	state_delete(s, "gone", 4);
	state_put(s, "same", 4, "x", 1);
	state_put(s, "new", 3, "", 0);
	state_put(s, "brief", 5, "1", 1);
	state_delete(s, "brief", 5);
	state_put(s, "c", 1, "z", 1);
	state_delta(s, seen, &w);
	wr_u8(&w, 0);
	CU_ASSERT_STRING_EQUAL((char *)w.p, "c=z;gone-;new=;");
	state_settle(s);
	wr_reset(&w);
	state_delta(s, seen, &w);
	CU_ASSERT_EQUAL(w.len, 0);
	wr_clear(&w);
	state_free(s);
}

static void
a_walk_stays_in_its_prefix_and_survives_changes(void)
{
	struct state *s = state_new();
	struct state_walk w;
	const char *keys[] = { "a", "ba", "bb", "bc", "bd", "c" };
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		state_put(s, keys[i], strlen(keys[i]), "v", 1);
	state_walk_init(&w, s, "b", 1);
	CU_ASSERT(state_walk_next(&w) && memcmp(w.key, "ba", 2) == 0);
	state_delete(s, "ba", 2);
	CU_ASSERT(state_walk_next(&w) && memcmp(w.key, "bb", 2) == 0);
	state_delete(s, "bc", 2);
	state_put(s, "bb", 2, "longer", 6);
	CU_ASSERT(state_walk_next(&w) && memcmp(w.key, "bd", 2) == 0);
	state_put(s, "bd!", 3, "", 0);
	CU_ASSERT(state_walk_next(&w) && memcmp(w.key, "bd!", 3) == 0 && w.value_len == 0 && w.value != NULL);
	CU_ASSERT_FALSE(state_walk_next(&w));
	CU_ASSERT_FALSE(state_walk_next(&w));
	state_walk_init(&w, s, "b", 1);
	state_walk_after(&w, "bb", 2);
	CU_ASSERT(state_walk_next(&w) && memcmp(w.key, "bd", 2) == 0);
	state_walk_init(&w, s, "\xff", 1);
	CU_ASSERT_FALSE(state_walk_next(&w));
	CU_ASSERT_PTR_NOT_NULL(state_get(s, &len, "bd!", 3));
	CU_ASSERT_EQUAL(len, 0);
	CU_ASSERT_PTR_NULL(state_get(s, &len, "bd?", 3));
	CU_ASSERT_PTR_NULL(state_get(s, &len, "", 0));
	state_free(s);
}

static void
the_largest_key_and_value_fit(void)
{
	struct state *s = state_new();
	uint8_t *big = mem_new(STATE_VALUE_MAX, 1), key[STATE_KEY_MAX];
	struct hash256 before, after;
	struct state_walk w;
	size_t len, mark;

	memset(key, 0xff, sizeof(key));
	state_put(s, key, 1, "x", 1);
	state_root(&before, s);
	mark = state_mark(s);
	state_put(s, key, sizeof(key), big, STATE_VALUE_MAX);
	big[0] = 1;
	state_put(s, key, sizeof(key), big, STATE_VALUE_MAX);
	CU_ASSERT(memcmp(state_get(s, &len, key, sizeof(key)), big, STATE_VALUE_MAX) == 0);
	CU_ASSERT_EQUAL(len, STATE_VALUE_MAX);
	state_walk_init(&w, s, key, sizeof(key));
	CU_ASSERT(state_walk_next(&w));
	CU_ASSERT_EQUAL(w.key_len, STATE_KEY_MAX);
	CU_ASSERT_FALSE(state_walk_next(&w));
	state_root(&after, s);
	CU_ASSERT_FALSE(hash256_eq(&before, &after));
	state_rollback(s, mark);
	state_root(&after, s);
	CU_ASSERT(hash256_eq(&before, &after));
	free(big);
	state_free(s);
}

static void
the_root_does_not_know_history(void)
{
	struct state *a = state_new(), *b = state_new(), *c = state_new();
	struct hash256 ra, rb, rc;
	uint8_t key[4] = { 0 };

	/* One grows in order with roots taken, one backwards with detours, one is loaded at once. */
	for (uint32_t i = 0; i < 3000; i++) {
		key[0] = (uint8_t)i, key[1] = (uint8_t)(i >> 8);
		state_put(a, key, 4, &i, sizeof(i));
		state_load(c, key, 4, &i, sizeof(i));
		if (i % 100 == 0)
			state_root(&ra, a);
	}
	for (uint32_t i = 3000; i-- > 0;) {
		key[0] = (uint8_t)i, key[1] = (uint8_t)(i >> 8);
		state_put(b, key, 2, "detour", 6);
		if (i % 70 == 0)
			state_root(&rb, b);
		state_put(b, key, 4, "wrong", 5);
		state_put(b, key, 4, &i, sizeof(i));
		state_delete(b, key, 2);
	}
	state_root(&ra, a);
	state_root(&rb, b);
	state_root(&rc, c);
	CU_ASSERT(hash256_eq(&ra, &rb));
	CU_ASSERT(hash256_eq(&ra, &rc));
	CU_ASSERT_FALSE(state_changed_since(c, 0));
	state_free(a);
	state_free(b);
	state_free(c);
}

/* What state_changes() tells, in one line: key old>new, "-" for what isn't there. */
static void
tell_change(void *context, const uint8_t *key, size_t key_len, const uint8_t *old, size_t old_len, const uint8_t *value, size_t len)
{
	char *line = context;

	snprintf(line + strlen(line), 100, "%.*s %.*s>%.*s ", (int)key_len, (const char *)key, old ? (int)old_len : 1, old ? (const char *)old : "-",
		 value ? (int)len : 1, value ? (const char *)value : "-");
}

static void
changes_tell_what_was_there(void)
{
	struct state *s = state_new();
	const uint8_t *old;
	char line[300] = "";
	size_t mark, len;

	state_put(s, "pa", 2, "1", 1);
	state_put(s, "pb", 2, "2", 1);
	state_put(s, "q", 1, "3", 1);
	state_settle(s);
	state_changes(s, 'p', tell_change, line);
	CU_ASSERT_STRING_EQUAL(line, "");
	CU_ASSERT_FALSE(state_was(s, &old, &len, "pa", 2));
	mark = state_mark(s);
	state_put(s, "pa", 2, "9", 1);
	state_put(s, "pa", 2, "8", 1);
	state_delete(s, "pb", 2);
	state_put(s, "pc", 2, "7", 1);
	state_put(s, "q", 1, "6", 1);
	state_put(s, "pd", 2, "5", 1);
	state_delete(s, "pd", 2); /* as it was */
	state_changes(s, 'p', tell_change, line);
	CU_ASSERT_STRING_EQUAL(line, "pa 1>8 pb 2>- pc ->7 ");
	CU_ASSERT(state_was(s, &old, &len, "pa", 2) && len == 1 && old[0] == '1');
	CU_ASSERT(state_was(s, &old, &len, "pc", 2) && old == NULL);
	CU_ASSERT(state_was(s, &old, &len, "q", 1) && len == 1 && old[0] == '3');
	CU_ASSERT_FALSE(state_was(s, &old, &len, "p", 1));
	state_rollback(s, mark);
	line[0] = '\0';
	state_changes(s, 'p', tell_change, line);
	CU_ASSERT_STRING_EQUAL(line, "");
	state_free(s);
}

static const struct unit_test tests[] = {
	{ "agrees with a naive model", agrees_with_a_naive_model },
	{ "rollback gives back every nested mark", rollback_gives_back_every_nested_mark },
	{ "a change and its reverse are no change", a_change_and_its_reverse_are_no_change },
	{ "the delta names each changed key once", the_delta_names_each_changed_key_once },
	{ "a walk stays in its prefix and survives changes", a_walk_stays_in_its_prefix_and_survives_changes },
	{ "changes tell what was there", changes_tell_what_was_there },
	{ "the largest key and value fit", the_largest_key_and_value_fit },
	{ "the root does not know history", the_root_does_not_know_history },
};

UNIT_MAIN("state", tests)
