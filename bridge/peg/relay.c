/* Invariants (checked by relay_check in invariants.c):
 * R1 the best branch is an unbroken chain from `first` to the tip, and no known header has more work than the tip.
 * R2 a header is either in the best index or in the side index, never in both.
 * R3 the rival index holds, for each height at which side branches leave the best one, the largest work among them. */
#include "bridge/peg/relay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/relay_store.h"
#include "chain/header_rules.h"
#include "chain/target.h"

#define NO_FORK UINT32_MAX

/* The branch that a header under test stands on. Rules ask for ancestors mostly in descending order, so the place of the
 * last answer is kept. */
struct branch {
	const struct state *state;
	const struct peg_anchor *anchor;
	struct hash256 parent;
	uint32_t parent_height;
	uint32_t fork; /* at and below it the branch is the best one */
	struct hash256 cursor;
	uint32_t cursor_height;
};

static bool
anchor_time(const struct peg_anchor *a, uint32_t height, struct header_ancestor *out)
{
	size_t back = a->height - height;

	if (back >= a->times_n)
		return false;
	*out = (struct header_ancestor){ a->times[a->times_n - 1 - back], a->header.bits };
	return true;
}

static bool
side_ancestor(struct branch *b, uint32_t height, struct header_ancestor *out)
{
	struct relay_header r;

	if (height > b->cursor_height) {
		b->cursor = b->parent;
		b->cursor_height = b->parent_height;
	}
	for (;;) {
		if (!relay_find(&r, b->state, &b->cursor))
			return false;
		if (b->cursor_height == height)
			break;
		b->cursor = r.header.prev;
		b->cursor_height--;
	}
	*out = (struct header_ancestor){ r.header.time, r.header.bits };
	return true;
}

static bool
branch_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	/* the cursor is the one thing that moves behind the const of the callback */
	struct branch *b = *(struct branch *const *)context;

	if (height > b->parent_height)
		return false;
	if (height < b->anchor->height)
		return anchor_time(b->anchor, height, out);
	if (height > b->fork)
		return side_ancestor(b, height, out);
	return relay_best_brief(out, b->state, height);
}

static const char *
verdict_reason(enum header_verdict v)
{
	switch (v) {
	case HEADER_OK:
		return NULL;
	case HEADER_BAD_PREV:
		return "HEADER_BAD_PREV";
	case HEADER_BAD_TARGET:
		return "HEADER_BAD_TARGET";
	case HEADER_BAD_WORK:
		return "HEADER_BAD_WORK";
	case HEADER_BAD_BITS:
		return "HEADER_BAD_BITS";
	case HEADER_TIME_OLD:
		return "HEADER_TIME_OLD";
	case HEADER_TIME_WARP:
		return "HEADER_TIME_WARP";
	case HEADER_TIME_REVERSED:
		return "HEADER_TIME_REVERSED";
	case HEADER_TIME_FUTURE:
		return "HEADER_TIME_FUTURE";
	case HEADER_BAD_VERSION:
		return "HEADER_BAD_VERSION";
	case HEADER_NO_ANCESTOR:
		return "HEADER_NO_ANCESTOR";
	}
	return "HEADER_UNKNOWN_VERDICT";
}

static const char *
check_rules(const struct exec *x, const struct peg_params *p, const struct header *h, const struct relay_header *parent,
	    uint32_t fork, uint32_t first)
{
	struct branch b = { .state = x->state, .anchor = &p->anchor, .parent = h->prev, .fork = fork };
	struct branch *context = &b;
	uint32_t lowest = first == p->anchor.height ? p->anchor.height + 1 - (uint32_t)p->anchor.times_n : first;
	struct header_branch branch = { .at = branch_at, .context = &context, .first = lowest };

	b.cursor = b.parent;
	b.parent_height = b.cursor_height = parent->height;
	return verdict_reason(header_check(p->chain, h, parent->height + 1, &h->prev, &branch, x->env->time));
}

/* Bits of the harder of two blocks. */
static uint32_t
harder(uint32_t a, uint32_t b)
{
	struct u256 wa = { { 0 } }, wb = { { 0 } };

	if (!bits_work(&wa, a) || !bits_work(&wb, b))
		return a;
	return u256_cmp(&wa, &wb) >= 0 ? a : b;
}

static const char *
make_record(struct relay_header *out, const struct exec *x, const struct header *h, const struct relay_header *parent)
{
	struct u256 work;

	*out = (struct relay_header){ .header = *h, .height = parent->height + 1, .added = x->env->time.sec };
	if (!bits_work(&work, h->bits) || !u256_add_checked(&out->work, &parent->work, &work))
		return "HEADER_BAD_TARGET";
	out->top = out->height % RETARGET_INTERVAL == 0 ? h->bits : harder(parent->top, h->bits);
	return NULL;
}

/* The best branch's blocks above `fork` step aside. */
static void
disconnect(struct state *s, struct relay *relay, uint32_t fork)
{
	for (; relay->height > fork; relay->height--) {
		struct hash256 hash;
		bool there = relay_at(&hash, s, relay->height);

		assert(there);
		relay_best_delete(s, relay->height);
		relay_side_put(s, relay->height, &hash);
		relay->side++;
	}
}

/* Make a known header the tip; its branch leaves the best one at `fork`. */
static void
connect(struct state *s, struct relay *relay, uint32_t fork, const struct relay_header *tip, const struct hash256 *tip_hash)
{
	struct relay_header r = *tip;
	struct hash256 hash = *tip_hash;

	for (uint32_t height = tip->height;; height--) {
		relay_best_put(s, height, &hash, &r.header);
		if (height < tip->height) {
			relay_side_delete(s, height, &hash);
			relay->side--;
		}
		if (height == fork + 1)
			break;
		hash = r.header.prev;
		if (!relay_find(&r, s, &hash))
			assert(false);
	}
	relay->height = tip->height;
	relay->hash = *tip_hash;
	relay->work = tip->work;
}

static void
add_side(struct state *s, struct relay *relay, struct relay_header *r, const struct hash256 *hash, uint32_t fork)
{
	r->fork = fork;
	relay_header_put(s, hash, r);
	relay_side_put(s, r->height, hash);
	relay->side++;
	relay_rival_raise(s, fork, &r->work);
}

static const char *
add_one(uint32_t *lowest, struct exec *x, const struct peg_params *p, struct relay *relay, const struct header *h)
{
	struct relay_header parent, r;
	struct hash256 hash;
	uint32_t fork;
	const char *why;

	header_hash(&hash, h);
	if (relay_find(&r, x->state, &hash))
		return NULL;
	if (!relay_find(&parent, x->state, &h->prev))
		return "HEADER_UNKNOWN_PARENT";
	fork = relay_is_best(x->state, parent.height, &h->prev) ? parent.height : parent.fork;
	if (relay->height - fork > p->fork_max)
		return "HEADER_FORK_TOO_OLD";
	why = check_rules(x, p, h, &parent, fork, relay->first);
	if (why == NULL)
		why = make_record(&r, x, h, &parent);
	if (why != NULL)
		return why;
	parent.children++;
	relay_header_put(x->state, &h->prev, &parent);
	/* on equal work the first seen stays */
	if (u256_cmp(&r.work, &relay->work) <= 0) {
		add_side(x->state, relay, &r, &hash, fork);
		return NULL;
	}
	relay_header_put(x->state, &hash, &r);
	if (fork < relay->height) {
		disconnect(x->state, relay, fork);
		connect(x->state, relay, fork, &r, &hash);
		relay_rebuild_forks(x->state);
		*lowest = fork < *lowest ? fork : *lowest;
	} else {
		connect(x->state, relay, fork, &r, &hash);
	}
	return NULL;
}

static void
prune_best(struct state *s, struct relay *relay, uint32_t keep)
{
	uint32_t floor = relay->height > keep ? relay->height - keep : 0;

	for (; relay->first < floor; relay->first++) {
		struct hash256 hash;
		bool there = relay_at(&hash, s, relay->first);

		assert(there);
		relay_best_delete(s, relay->first);
		relay_header_delete(s, &hash);
	}
	relay->side -= relay_prune_side(s, relay->first);
}

const char *
relay_add(uint32_t *fork, struct exec *x, const struct peg_params *p, const struct op_headers *op)
{
	struct relay relay;
	struct rd rd = rd_init(op->bytes, op->n * HEADER_LEN);
	const char *why = NULL;

	*fork = NO_FORK;
	relay_get(&relay, x->state);
	for (size_t i = 0; i < op->n && why == NULL; i++) {
		struct header h;

		rd_header(&rd, &h);
		why = add_one(fork, x, p, &relay, &h);
	}
	if (why != NULL)
		return why;
	prune_best(x->state, &relay, p->headers_keep);
	if (relay.side > p->side_max)
		relay.side -= relay_evict_side(x->state, relay.side - p->side_max);
	relay_put(x->state, &relay);
	relay_mature(x, p);
	return NULL;
}

void
relay_start(struct exec *x, const struct peg_params *p)
{
	struct relay_header r = { .header = p->anchor.header, .height = p->anchor.height, .work = p->anchor.work };
	struct relay relay = { .height = r.height, .work = r.work, .first = r.height, .matured = r.height };

	r.top = r.header.bits;
	header_hash(&relay.hash, &r.header);
	relay_header_put(x->state, &relay.hash, &r);
	relay_best_put(x->state, r.height, &relay.hash, &r.header);
	relay_put(x->state, &relay);
}

/* Block time at which the best branch's block at a height begins to count. */
static int64_t
maturity(const struct state *s, const struct peg_params *p, uint32_t height)
{
	struct relay_header r;
	struct hash256 hash;

	if (!relay_at(&hash, s, height) || !relay_find(&r, s, &hash))
		assert(false);
	return height == p->anchor.height ? INT64_MIN : r.added + (int64_t)p->header_maturity;
}

void
relay_mature(struct exec *x, const struct peg_params *p)
{
	struct relay relay;
	uint32_t h;

	relay_get(&relay, x->state);
	h = relay.height;
	while (h > relay.first && maturity(x->state, p, h) > x->env->time.sec)
		h--;
	if (h == relay.matured)
		return;
	relay.matured = h;
	relay_put(x->state, &relay);
}

bool
relay_next_maturity(struct unixtime *out, const struct state *s, const struct peg_params *p)
{
	struct relay relay;

	relay_get(&relay, s);
	for (uint32_t h = relay.matured + 1; h <= relay.height; h++) {
		int64_t at = maturity(s, p, h);

		if (h == relay.matured + 1 || at < out->sec)
			out->sec = at;
	}
	return relay.height > relay.matured;
}

/* Largest work of one block of the best branch from the retarget period of `height` on. */
static struct u256
hardest_since(const struct state *s, uint32_t height, uint32_t tip)
{
	struct u256 most = { { 0 } };

	for (uint32_t last = height / RETARGET_INTERVAL * RETARGET_INTERVAL + RETARGET_INTERVAL - 1;; last += RETARGET_INTERVAL) {
		struct hash256 hash;
		struct relay_header r;
		struct u256 work;

		if (!relay_at(&hash, s, last < tip ? last : tip) || !relay_find(&r, s, &hash) || !bits_work(&work, r.top))
			assert(false);
		if (u256_cmp(&work, &most) > 0)
			most = work;
		if (last >= tip)
			return most;
	}
}

uint32_t
relay_depth(const struct state *s, uint32_t height)
{
	struct relay relay;
	struct relay_header block, tip;
	struct hash256 hash;
	struct u256 own, without, u, depth;

	relay_get(&relay, s);
	if (height > relay.matured || !relay_at(&hash, s, height) || !relay_find(&block, s, &hash))
		return 0;
	if (!relay_at(&hash, s, relay.matured) || !relay_find(&tip, s, &hash) || !bits_work(&own, block.header.bits))
		assert(false);
	without = u256_sub(&block.work, &own);
	relay_rival_below(&without, s, height);
	if (u256_cmp(&tip.work, &without) <= 0)
		return 0;
	u = hardest_since(s, height, relay.matured);
	depth = u256_sub(&tip.work, &without);
	depth = u256_div(&depth, &u);
	return u256_bits(&depth) > 31 ? INT32_MAX : (uint32_t)depth.w[0];
}

bool
relay_stale(const struct state *s, const struct peg_params *p, struct unixtime now)
{
	struct relay relay;
	struct relay_header tip;

	relay_get(&relay, s);
	if (p->stale_after == 0)
		return false;
	if (!relay_find(&tip, s, &relay.hash))
		assert(false);
	return now.sec > (int64_t)tip.header.time + (int64_t)p->stale_after;
}

size_t
relay_locator(struct hash256 *out, size_t max, const struct state *s)
{
	struct relay relay;
	uint32_t step = 1, height;
	size_t n = 0;

	relay_get(&relay, s);
	height = relay.height;
	while (n < max) {
		if (n + 1 == max)
			height = relay.first;
		if (!relay_at(&out[n++], s, height))
			assert(false);
		if (height == relay.first)
			break;
		if (n > 10)
			step *= 2;
		height = height - relay.first > step ? height - step : relay.first;
	}
	return n;
}
