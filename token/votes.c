/* Invariants V1-V4 stand in votes.h.
 *
 * Keys: g c | asset | account | n u32 -> checkpoint; g k | asset | account -> first n u32, end u32; g s | asset | n u32 -> height, total;
 * g z | asset -> first, end; g h | asset | snapshot u64 | proposal u64 -> nothing, a vote that needs it; g i | height u64 | asset | account ->
 * nothing, when to look whether the account has nothing. */
#include "token/votes.h"

#include <assert.h>
#include <string.h>

#include "token/statekey.h"

#define PRUNE_AT_ONCE 2     /* checkpoints that go when one comes */
#define SWEEP_ACCOUNTS 64   /* looked at in a block */
#define SWEEP_CHECKPOINTS 8 /* that go of one of them */
#define SWEEP_AFTER 1000    /* blocks until it is looked at (again) */

/* A series of checkpoints: where its entries are, and where their range. */
struct series {
	struct statekey entries, range;
};
struct range {
	uint32_t first, end;
};

static struct series
voter_series(const struct asset_id *asset, const struct account *who)
{
	struct series s = { statekey_new('g', 'c'), statekey_new('g', 'k') };

	statekey_asset(&s.entries, asset);
	statekey_account(&s.entries, who);
	statekey_asset(&s.range, asset);
	statekey_account(&s.range, who);
	return s;
}

static struct series
total_series(const struct asset_id *asset)
{
	struct series s = { statekey_new('g', 's'), statekey_new('g', 'z') };

	statekey_asset(&s.entries, asset);
	statekey_asset(&s.range, asset);
	return s;
}

static struct range
range_of(const struct state *s, const struct series *series)
{
	struct range range = { 0, 0 };
	struct rd r;

	if (statekey_get(&r, s, &series->range)) {
		range.first = rd_u32(&r);
		range.end = rd_u32(&r);
		assert(rd_done(&r) && range.first < range.end);
	}
	return range;
}

static void
range_put(struct state *s, const struct series *series, struct range range)
{
	struct wr w = { 0 };

	if (range.first == range.end) {
		statekey_delete(s, &series->range);
		return;
	}
	wr_u32(&w, range.first);
	wr_u32(&w, range.end);
	statekey_put(s, &series->range, &w);
}

static struct statekey
entry_key(const struct series *series, uint32_t n)
{
	struct statekey k = series->entries;

	statekey_u32(&k, n);
	return k;
}

/* Entry number n: a reader behind its height. */
static uint64_t
entry(struct rd *out, const struct state *s, const struct series *series, uint32_t n)
{
	struct statekey k = entry_key(series, n);
	bool there = statekey_get(out, s, &k);

	assert(there);
	(void)there;
	return rd_u64(out);
}

static uint64_t
height_of(const struct state *s, const struct series *series, uint32_t n)
{
	struct rd r;

	return entry(&r, s, series, n);
}

/* The last entry at or before a height; false when there is none. */
static bool
find(struct rd *out, const struct state *s, const struct series *series, uint64_t height)
{
	struct range range = range_of(s, series);
	uint32_t low = range.first, high = range.end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (height_of(s, series, middle) <= height)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == range.first)
		return false;
	(void)entry(out, s, series, low - 1);
	return true;
}

/* ---- what nobody can ask for any more ---- */

static struct statekey
hold_key(const struct asset_id *asset, uint64_t snapshot, uint64_t proposal)
{
	struct statekey k = statekey_new('g', 'h');

	statekey_asset(&k, asset);
	statekey_u64(&k, snapshot);
	statekey_u64(&k, proposal);
	return k;
}

void
votes_hold(struct state *s, const struct asset_id *asset, uint64_t snapshot, uint64_t proposal)
{
	struct statekey k = hold_key(asset, snapshot, proposal);

	state_put(s, k.b, k.len, "", 0);
}

void
votes_let_go(struct state *s, const struct asset_id *asset, uint64_t snapshot, uint64_t proposal)
{
	struct statekey k = hold_key(asset, snapshot, proposal);

	statekey_delete(s, &k);
}

bool
votes_is_held(const struct state *s, const struct asset_id *asset, uint64_t snapshot, uint64_t proposal)
{
	struct statekey k = hold_key(asset, snapshot, proposal);

	return statekey_has(s, &k);
}

/* The least height that somebody may still ask for. */
static uint64_t
least_height(const struct exec *x, const struct asset_id *asset)
{
	uint64_t least = x->env->height == 0 ? 0 : x->env->height - 1;
	struct statekey k = statekey_new('g', 'h');
	struct state_walk w;

	statekey_asset(&k, asset);
	state_walk_init(&w, x->state, k.b, k.len);
	if (state_walk_next(&w)) {
		uint64_t held = statekey_read_u64(w.key + k.len);

		least = held < least ? held : least;
	}
	return least;
}

/* The first entries go, at most so many, whose successor answers for every height from `least` on. */
static void
prune(struct state *s, const struct series *series, struct range *range, uint64_t least, unsigned most)
{
	for (unsigned i = 0; i < most && range->end - range->first >= 2 && height_of(s, series, range->first + 1) <= least; i++) {
		struct statekey k = entry_key(series, range->first++);

		statekey_delete(s, &k);
	}
}

/* Write w as the entry of this height: over the last one if that is of the same block. Clears w. */
static void
append(struct exec *x, const struct asset_id *asset, const struct series *series, struct wr *w)
{
	struct range range = range_of(x->state, series);
	struct statekey k;

	if (range.end > range.first && height_of(x->state, series, range.end - 1) == x->env->height)
		range.end--;
	assert(range.end < UINT32_MAX);
	k = entry_key(series, range.end++);
	statekey_put(x->state, &k, w);
	prune(x->state, series, &range, least_height(x, asset), PRUNE_AT_ONCE);
	range_put(x->state, series, range);
}

static void
sweep_later(struct exec *x, const struct asset_id *asset, const struct account *who)
{
	struct statekey k = statekey_new('g', 'i');

	statekey_u64(&k, x->env->height + SWEEP_AFTER);
	statekey_asset(&k, asset);
	statekey_account(&k, who);
	state_put(x->state, k.b, k.len, "", 0);
}

static bool
has_nothing(const struct voter *v)
{
	return amount_is_zero(v->own) && amount_is_zero(v->delegated) && !v->delegates;
}

/* All checkpoints of an account that has nothing: a height without any answers with nothing too. */
static void
sweep(struct exec *x, const struct asset_id *asset, const struct account *who)
{
	struct series series = voter_series(asset, who);
	struct range range = range_of(x->state, &series);
	struct voter v;

	votes_at(&v, x->state, asset, who, UINT64_MAX);
	if (range.first == range.end || !has_nothing(&v))
		return;
	prune(x->state, &series, &range, least_height(x, asset), SWEEP_CHECKPOINTS);
	if (range.end - range.first == 1 && height_of(x->state, &series, range.first) <= least_height(x, asset)) {
		struct statekey k = entry_key(&series, range.first++);

		statekey_delete(x->state, &k);
	} else {
		sweep_later(x, asset, who);
	}
	range_put(x->state, &series, range);
}

void
votes_sweep(struct exec *x)
{
	struct state_walk w;

	state_walk_init(&w, x->state, "gi", 2);
	for (unsigned i = 0; i < SWEEP_ACCOUNTS && state_walk_next(&w) && statekey_read_u64(w.key + 2) <= x->env->height; i++) {
		struct rd r = rd_init(w.key + 10, w.key_len - 10);
		struct asset_id asset;
		struct account who;

		rd_asset_id(&r, &asset);
		rd_account(&r, &who);
		assert(rd_done(&r));
		state_delete(x->state, w.key, w.key_len);
		sweep(x, &asset, &who);
	}
}

/* ---- accounts ---- */

static void
put_voter(struct exec *x, const struct asset_id *asset, const struct account *who, const struct voter *v)
{
	struct series series = voter_series(asset, who);
	struct wr w = { 0 };

	wr_u64(&w, x->env->height);
	wr_amount(&w, v->own);
	wr_amount(&w, v->delegated);
	wr_u8(&w, v->delegates);
	wr_account(&w, &v->delegate);
	append(x, asset, &series, &w);
	if (has_nothing(v))
		sweep_later(x, asset, who);
}

void
votes_at(struct voter *out, const struct state *s, const struct asset_id *asset, const struct account *who, uint64_t height)
{
	struct series series = voter_series(asset, who);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!find(&r, s, &series, height))
		return;
	out->own = rd_amount(&r);
	out->delegated = rd_amount(&r);
	out->delegates = rd_u8(&r) != 0;
	rd_account(&r, &out->delegate);
	assert(rd_done(&r));
}

struct amount
votes_power(const struct voter *v)
{
	struct amount power = v->delegated;
	bool ok = v->delegates || amount_add(&power, power, v->own);

	assert(ok);
	(void)ok;
	return power;
}

struct amount
votes_total_at(const struct state *s, const struct asset_id *asset, uint64_t height)
{
	struct series series = total_series(asset);
	struct amount total;
	struct rd r;

	if (!find(&r, s, &series, height))
		return AMOUNT_ZERO;
	total = rd_amount(&r);
	assert(rd_done(&r));
	return total;
}

/* All sums here are at most the asset's supply. */
static void
change(struct amount *a, bool up, struct amount by)
{
	bool ok = up ? amount_add(a, *a, by) : amount_sub(a, *a, by);

	assert(ok);
	(void)ok;
}

static void
change_delegated(struct exec *x, const struct asset_id *asset, const struct account *delegate, bool up, struct amount by)
{
	struct voter v;

	votes_at(&v, x->state, asset, delegate, UINT64_MAX);
	change(&v.delegated, up, by);
	put_voter(x, asset, delegate, &v);
}

static void
change_own(struct exec *x, const struct asset_id *asset, const struct account *who, bool up, struct amount by)
{
	struct series series = total_series(asset);
	struct amount total = votes_total_at(x->state, asset, UINT64_MAX);
	struct wr w = { 0 };
	struct voter v;

	if (who == NULL || who->type == ACCOUNT_MODULE)
		return;
	votes_at(&v, x->state, asset, who, UINT64_MAX);
	change(&v.own, up, by);
	put_voter(x, asset, who, &v);
	if (v.delegates)
		change_delegated(x, asset, &v.delegate, up, by);
	change(&total, up, by);
	wr_u64(&w, x->env->height);
	wr_amount(&w, total);
	append(x, asset, &series, &w);
}

void
votes_moved(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to, struct amount amount)
{
	if (amount_is_zero(amount) || (from != NULL && to != NULL && account_eq(from, to)))
		return;
	change_own(x, asset, from, false, amount);
	change_own(x, asset, to, true, amount);
}

const char *
votes_delegate(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to)
{
	struct voter v;

	if (to->type == ACCOUNT_MODULE)
		return "NOT_A_RECIPIENT";
	votes_at(&v, x->state, asset, from, UINT64_MAX);
	if (v.delegates)
		change_delegated(x, asset, &v.delegate, false, v.own);
	votes_at(&v, x->state, asset, from, UINT64_MAX);
	v.delegates = !account_eq(from, to);
	v.delegate = v.delegates ? *to : (struct account){ 0 };
	put_voter(x, asset, from, &v);
	if (v.delegates)
		change_delegated(x, asset, to, true, v.own);
	return NULL;
}

/* ---- invariants ---- */

/* Everyone who ever had a checkpoint of the asset. */
struct voter_walk {
	struct state_walk walk;
};

static void
voter_walk_init(struct voter_walk *w, const struct state *s, const struct asset_id *asset)
{
	struct statekey k = statekey_new('g', 'k');

	statekey_asset(&k, asset);
	state_walk_init(&w->walk, s, k.b, k.len);
}

static bool
voter_walk_next(struct voter_walk *w, struct account *who)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	r = rd_init(w->walk.key + 34, w->walk.key_len - 34);
	rd_account(&r, who);
	assert(rd_done(&r));
	return true;
}

static struct amount
sum_of_delegators(const struct state *s, const struct asset_id *asset, const struct account *delegate)
{
	struct amount total = AMOUNT_ZERO;
	struct voter_walk w;
	struct account who;
	struct voter v;

	voter_walk_init(&w, s, asset);
	while (voter_walk_next(&w, &who)) {
		votes_at(&v, s, asset, &who, UINT64_MAX);
		if (v.delegates && account_eq(&v.delegate, delegate))
			change(&total, true, v.own);
	}
	return total;
}

static const char *
check_series(uint64_t *entries, const struct state *s, const struct series *series)
{
	struct range range = range_of(s, series);

	for (uint32_t n = range.first; n < range.end; n++) {
		struct statekey k = entry_key(series, n);

		if (!statekey_has(s, &k))
			return "V4: a checkpoint is missing";
		if (n > range.first && height_of(s, series, n) <= height_of(s, series, n - 1))
			return "V4: the heights of checkpoints don't ascend";
	}
	*entries += range.end - range.first;
	return NULL;
}

static uint64_t
count_entries(const struct state *s, const struct asset_id *asset)
{
	struct statekey k = statekey_new('g', 'c');
	struct state_walk w;
	uint64_t n = 0;

	statekey_asset(&k, asset);
	state_walk_init(&w, s, k.b, k.len);
	while (state_walk_next(&w))
		n++;
	return n;
}

const char *
votes_invariants(const struct state *s, const struct asset_id *asset)
{
	struct amount total = AMOUNT_ZERO;
	uint64_t entries = 0;
	struct voter_walk w;
	struct account who;
	struct voter v;

	voter_walk_init(&w, s, asset);
	while (voter_walk_next(&w, &who)) {
		struct series series = voter_series(asset, &who);
		const char *why = check_series(&entries, s, &series);

		if (why != NULL)
			return why;
		votes_at(&v, s, asset, &who, UINT64_MAX);
		change(&total, true, v.own);
		if (amount_cmp(v.own, bank_balance(s, &who, asset)) != 0)
			return "V1: a voter's own units aren't his balance";
		if (amount_cmp(v.delegated, sum_of_delegators(s, asset, &who)) != 0)
			return "V2: delegated power isn't the sum of the delegators' units";
	}
	if (entries != count_entries(s, asset))
		return "V4: a checkpoint is outside of its account's range";
	if (amount_cmp(total, votes_total_at(s, asset, UINT64_MAX)) != 0)
		return "V3: the total of voting power isn't the sum of it";
	return NULL;
}
