#include "bridge/peg/heights.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/peg/reserve.h"

static struct state_key
entry_key(const struct height_entry *e)
{
	struct state_key k = key_with_u32(KEY_HEIGHT, e->height);

	key_u8(&k, (uint8_t)e->kind);
	if (e->kind == HEIGHT_PLAN)
		key_u64(&k, e->plan);
	else
		key_outpoint(&k, &e->outpoint);
	return k;
}

static struct height_entry
entry_read(const struct state_walk *w)
{
	struct height_entry e = { .height = key_read_u32(w->key, 0), .kind = (enum height_kind)w->key[6] };

	if (e.kind == HEIGHT_PLAN)
		e.plan = key_read_u64(w->key, 5);
	else
		e.outpoint = key_read_outpoint(w->key, 5);
	return e;
}

void
height_mark(struct state *s, const struct height_entry *e)
{
	struct state_key k = entry_key(e);

	key_mark(s, &k);
}

void
height_unmark(struct state *s, const struct height_entry *e)
{
	struct state_key k = entry_key(e);

	key_delete(s, &k);
}

struct height_entry *
height_take_above(size_t *n, struct state *s, uint32_t height)
{
	struct state_key from = key_with_u32(KEY_HEIGHT, height + 1);
	struct height_entry *out = NULL;
	struct state_walk w;
	size_t cap = 0;

	*n = 0;
	key_walk(&w, s, KEY_HEIGHT);
	/* all keys of `height + 1` are longer than this one, so they come after it */
	state_walk_after(&w, from.b, from.n);
	while (state_walk_next(&w)) {
		if (*n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			out = mem_resize(out, cap, sizeof(*out));
		}
		out[(*n)++] = entry_read(&w);
		state_delete(s, w.key, w.key_len);
	}
	return out;
}

void
height_prune(struct state *s, uint32_t floor)
{
	struct state_walk w;

	key_walk(&w, s, KEY_HEIGHT);
	while (state_walk_next(&w) && key_read_u32(w.key, 0) < floor)
		state_delete(s, w.key, w.key_len);
}

static struct amount
value_amount(const uint8_t *value, size_t len)
{
	struct rd r = rd_init(value, len);

	return rd_amount(&r);
}

/* First height inside the window, as far as the tip is now. */
static uint32_t
window_first(uint32_t tip, uint32_t window)
{
	return tip >= window ? tip - window + 1 : 0;
}

void
window_add(struct state *s, enum key_kind kind, uint32_t tip, uint32_t window, struct amount a)
{
	struct state_key k = key_with_u32(kind, tip);
	struct state_walk walk;
	struct wr w = { 0 };
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);

	wr_amount(&w, sum(value_amount(v, len), a));
	key_put(s, &k, &w);
	/* twice the window stays, so that a reorganisation does not forget */
	key_walk(&walk, s, kind);
	while (state_walk_next(&walk) && key_read_u32(walk.key, 0) < window_first(tip, 2 * window))
		state_delete(s, walk.key, walk.key_len);
}

struct amount
window_sum(const struct state *s, enum key_kind kind, uint32_t tip, uint32_t window)
{
	struct amount total = AMOUNT_ZERO;
	struct state_walk walk;

	key_walk(&walk, s, kind);
	/* entries above the tip (it fell back in a reorganisation) still count */
	while (state_walk_next(&walk))
		if (key_read_u32(walk.key, 0) >= window_first(tip, window))
			total = sum(total, value_amount(walk.value, walk.value_len));
	return total;
}
