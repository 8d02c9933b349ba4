/* Invariants V1-V3 stand in votes.h.
 *
 * Keys: g c | asset | account | n u32 -> checkpoint; g k | asset | account -> how many; g s | asset | n u32 -> height, total;
 * g z | asset -> how many. */
#include "token/votes.h"

#include <assert.h>
#include <string.h>

#include "token/statekey.h"

/* A series of checkpoints: where its entries are, and where their number. */
struct series {
	struct statekey entries, count;
};

static struct series
voter_series(const struct asset_id *asset, const struct account *who)
{
	struct series s = { statekey_new('g', 'c'), statekey_new('g', 'k') };

	statekey_asset(&s.entries, asset);
	statekey_account(&s.entries, who);
	statekey_asset(&s.count, asset);
	statekey_account(&s.count, who);
	return s;
}

static struct series
total_series(const struct asset_id *asset)
{
	struct series s = { statekey_new('g', 's'), statekey_new('g', 'z') };

	statekey_asset(&s.entries, asset);
	statekey_asset(&s.count, asset);
	return s;
}

/* Entry number n: a reader behind its height. */
static uint64_t
entry(struct rd *out, const struct state *s, const struct series *series, uint64_t n)
{
	struct statekey k = series->entries;
	bool there;

	statekey_u32(&k, (uint32_t)n);
	there = statekey_get(out, s, &k);
	assert(there);
	(void)there;
	return rd_u64(out);
}

/* The last entry at or before a height; false when there is none. */
static bool
find(struct rd *out, const struct state *s, const struct series *series, uint64_t height)
{
	uint64_t low = 0, high = statekey_get_u64(s, &series->count);

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (entry(out, s, series, middle) <= height)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	(void)entry(out, s, series, low - 1);
	return true;
}

/* Write w as the entry of this height: over the last one if that is of the same block. Clears w. */
static void
append(struct state *s, const struct series *series, uint64_t height, struct wr *w)
{
	uint64_t n = statekey_get_u64(s, &series->count);
	struct statekey k = series->entries;
	struct rd r;

	if (n > 0 && entry(&r, s, series, n - 1) == height)
		n--;
	assert(n < UINT32_MAX);
	statekey_u32(&k, (uint32_t)n);
	statekey_put(s, &k, w);
	statekey_put_u64(s, &series->count, n + 1);
}

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
	append(x->state, &series, x->env->height, &w);
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
	append(x->state, &series, x->env->height, &w);
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

const char *
votes_invariants(const struct state *s, const struct asset_id *asset)
{
	struct amount total = AMOUNT_ZERO;
	struct voter_walk w;
	struct account who;
	struct voter v;

	voter_walk_init(&w, s, asset);
	while (voter_walk_next(&w, &who)) {
		votes_at(&v, s, asset, &who, UINT64_MAX);
		change(&total, true, v.own);
		if (amount_cmp(v.own, bank_balance(s, &who, asset)) != 0)
			return "V1: a voter's own units aren't his balance";
		if (amount_cmp(v.delegated, sum_of_delegators(s, asset, &who)) != 0)
			return "V2: delegated power isn't the sum of the delegators' units";
	}
	if (amount_cmp(total, votes_total_at(s, asset, UINT64_MAX)) != 0)
		return "V3: the total of voting power isn't the sum of it";
	return NULL;
}
