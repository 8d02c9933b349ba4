#include "bridge/peg/relay_store.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/peg/state_key.h"

void
relay_get(struct relay *out, const struct state *s)
{
	struct state_key k = key_of(KEY_TIP);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	out->height = rd_u32(&r);
	rd_hash256(&r, &out->hash);
	out->work = rd_u256(&r);
	out->first = rd_u32(&r);
	out->matured = rd_u32(&r);
	out->side = rd_u32(&r);
	assert(rd_done(&r));
}

void
relay_put(struct state *s, const struct relay *r)
{
	struct state_key k = key_of(KEY_TIP);
	struct wr w = { 0 };

	wr_u32(&w, r->height);
	wr_hash256(&w, &r->hash);
	wr_u256(&w, &r->work);
	wr_u32(&w, r->first);
	wr_u32(&w, r->matured);
	wr_u32(&w, r->side);
	key_put(s, &k, &w);
}

static bool
read_header(struct relay_header *out, const uint8_t *v, size_t len)
{
	struct rd r = rd_init(v, len);

	rd_header(&r, &out->header);
	out->height = rd_u32(&r);
	out->work = rd_u256(&r);
	out->added = rd_i64(&r);
	out->top = rd_u32(&r);
	out->children = rd_u32(&r);
	out->fork = rd_u32(&r);
	return rd_done(&r);
}

bool
relay_find(struct relay_header *out, const struct state *s, const struct hash256 *hash)
{
	struct state_key k = key_with_hash(KEY_HEADER, hash);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	bool good;

	if (v == NULL)
		return false;
	good = read_header(out, v, len);
	assert(good);
	return true;
}

void
relay_header_put(struct state *s, const struct hash256 *hash, const struct relay_header *r)
{
	struct state_key k = key_with_hash(KEY_HEADER, hash);
	struct wr w = { 0 };

	wr_header(&w, &r->header);
	wr_u32(&w, r->height);
	wr_u256(&w, &r->work);
	wr_i64(&w, r->added);
	wr_u32(&w, r->top);
	wr_u32(&w, r->children);
	wr_u32(&w, r->fork);
	key_put(s, &k, &w);
}

void
relay_header_delete(struct state *s, const struct hash256 *hash)
{
	struct state_key k = key_with_hash(KEY_HEADER, hash);

	key_delete(s, &k);
}

/* Hash, and what the rules ask of an ancestor, in one place. */
void
relay_best_put(struct state *s, uint32_t height, const struct hash256 *hash, const struct header *h)
{
	struct state_key k = key_with_u32(KEY_BEST, height);
	struct wr w = { 0 };

	wr_hash256(&w, hash);
	wr_u32(&w, h->time);
	wr_u32(&w, h->bits);
	key_put(s, &k, &w);
}

void
relay_best_delete(struct state *s, uint32_t height)
{
	struct state_key k = key_with_u32(KEY_BEST, height);

	key_delete(s, &k);
}

static bool
best_get(struct hash256 *hash, struct header_ancestor *brief, const struct state *s, uint32_t height)
{
	struct state_key k = key_with_u32(KEY_BEST, height);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	if (v == NULL)
		return false;
	rd_hash256(&r, hash);
	brief->time = rd_u32(&r);
	brief->bits = rd_u32(&r);
	assert(rd_done(&r));
	return true;
}

bool
relay_at(struct hash256 *out, const struct state *s, uint32_t height)
{
	struct header_ancestor brief;

	return best_get(out, &brief, s, height);
}

bool
relay_best_brief(struct header_ancestor *out, const struct state *s, uint32_t height)
{
	struct hash256 hash;

	return best_get(&hash, out, s, height);
}

bool
relay_is_best(const struct state *s, uint32_t height, const struct hash256 *hash)
{
	struct hash256 best;

	return relay_at(&best, s, height) && hash256_eq(&best, hash);
}

bool
relay_on_best(const struct state *s, const struct block_ref *b)
{
	return relay_is_best(s, b->height, &b->hash);
}

static struct state_key
side_key(uint32_t height, const struct hash256 *hash)
{
	struct state_key k = key_with_u32(KEY_SIDE, height);

	key_hash(&k, hash);
	return k;
}

void
relay_side_put(struct state *s, uint32_t height, const struct hash256 *hash)
{
	struct state_key k = side_key(height, hash);

	key_mark(s, &k);
}

void
relay_side_delete(struct state *s, uint32_t height, const struct hash256 *hash)
{
	struct state_key k = side_key(height, hash);

	key_delete(s, &k);
}

void
relay_rival_raise(struct state *s, uint32_t fork, const struct u256 *work)
{
	struct state_key k = key_with_u32(KEY_RIVAL, fork);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);
	struct u256 old = rd_u256(&r);
	struct wr w = { 0 };

	if (v != NULL && u256_cmp(&old, work) >= 0)
		return;
	wr_u256(&w, work);
	key_put(s, &k, &w);
}

void
relay_rival_below(struct u256 *least, const struct state *s, uint32_t height)
{
	struct state_walk walk;

	key_walk(&walk, s, KEY_RIVAL);
	while (state_walk_next(&walk) && key_read_u32(walk.key, 0) < height) {
		struct rd r = rd_init(walk.value, walk.value_len);
		struct u256 work = rd_u256(&r);

		if (u256_cmp(&work, least) > 0)
			*least = work;
	}
}

void
relay_rebuild_forks(struct state *s)
{
	struct state_walk walk;

	key_walk(&walk, s, KEY_RIVAL);
	while (state_walk_next(&walk))
		state_delete(s, walk.key, walk.key_len);
	/* ascending heights: a parent's fork is right before its children ask for it */
	key_walk(&walk, s, KEY_SIDE);
	while (state_walk_next(&walk)) {
		struct hash256 hash = key_read_hash(walk.key, 4);
		struct relay_header r, parent;
		bool known = relay_find(&r, s, &hash) && relay_find(&parent, s, &r.header.prev);

		assert(known);
		r.fork = relay_is_best(s, parent.height, &r.header.prev) ? parent.height : parent.fork;
		relay_header_put(s, &hash, &r);
		relay_rival_raise(s, r.fork, &r.work);
	}
}

static void
drop_side(struct state *s, const struct hash256 *hash, const struct relay_header *r)
{
	struct relay_header parent;

	if (relay_find(&parent, s, &r->header.prev)) {
		parent.children--;
		relay_header_put(s, &r->header.prev, &parent);
	}
	relay_side_delete(s, r->height, hash);
	relay_header_delete(s, hash);
}

uint32_t
relay_prune_side(struct state *s, uint32_t floor)
{
	struct state_walk walk;
	uint32_t dropped = 0;

	key_walk(&walk, s, KEY_SIDE);
	/* a branch that forks below the floor has its first header at most at the floor */
	if (!state_walk_next(&walk) || key_read_u32(walk.key, 0) > floor)
		return 0;
	do {
		struct hash256 hash = key_read_hash(walk.key, 4);
		struct relay_header r;
		bool known = relay_find(&r, s, &hash);

		assert(known);
		if (r.fork < floor) {
			drop_side(s, &hash, &r);
			dropped++;
		}
	} while (state_walk_next(&walk));
	if (dropped > 0)
		relay_rebuild_forks(s);
	return dropped;
}

struct leaf {
	struct hash256 hash;
	struct u256 work;
};

static int
leaf_cmp(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;
	int by_work = u256_cmp(&x->work, &y->work);

	return by_work != 0 ? by_work : hash256_cmp(&x->hash, &y->hash);
}

/* The tips of side branches, least work first; owned by the caller. */
static struct leaf *
side_leaves(size_t *n, const struct state *s)
{
	struct state_walk walk;
	struct leaf *leaf = NULL;
	size_t cap = 0;

	*n = 0;
	key_walk(&walk, s, KEY_SIDE);
	while (state_walk_next(&walk)) {
		struct hash256 hash = key_read_hash(walk.key, 4);
		struct relay_header r;

		if (!relay_find(&r, s, &hash) || r.children > 0)
			continue;
		if (*n == cap) {
			cap = cap == 0 ? 64 : 2 * cap;
			leaf = mem_resize(leaf, cap, sizeof(*leaf));
		}
		leaf[(*n)++] = (struct leaf){ hash, r.work };
	}
	if (*n > 0)
		qsort(leaf, *n, sizeof(*leaf), leaf_cmp);
	return leaf;
}

/* Drop a branch from its tip down, as long as nothing else stands on it; returns how many headers, at most n. */
static uint32_t
drop_branch(struct state *s, struct hash256 hash, uint32_t n)
{
	struct relay_header r;
	uint32_t dropped = 0;

	while (dropped < n && relay_find(&r, s, &hash) && r.children == 0 && !relay_is_best(s, r.height, &hash)) {
		drop_side(s, &hash, &r);
		dropped++;
		hash = r.header.prev;
	}
	return dropped;
}

uint32_t
relay_evict_side(struct state *s, uint32_t n)
{
	uint32_t dropped = 0, before;

	do {
		size_t leaves;
		struct leaf *leaf = side_leaves(&leaves, s);

		before = dropped;
		for (size_t i = 0; i < leaves && dropped < n; i++)
			dropped += drop_branch(s, leaf[i].hash, n - dropped);
		free(leaf);
	} while (dropped < n && dropped > before);
	relay_rebuild_forks(s);
	return dropped;
}
