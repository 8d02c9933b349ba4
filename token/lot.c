/* L1  The total of an asset's day is the sum of all lots that expire on it.
 * L2  The totals of an asset add up to its supply, and the pool account holds all of it.
 *
 * Keys: t l | asset | account -> lots; t e | asset | day u32 -> total; t d | day | asset -> nothing (what expires when, without a scan);
 * t x -> the first day whose expiries are still to come. Lots of earlier days are dead; lists drop them when they are next written. */
#include "token/lot.h"

#include <assert.h>
#include <string.h>

#include "token/statekey.h"

#define LOT_BYTES 53

struct account
lot_pool(const struct asset_id *asset)
{
	return account_of_module("lots", asset->id.b, sizeof(asset->id.b));
}

uint32_t
lot_day_after(struct unixtime t)
{
	int64_t day;

	if (t.sec <= 0)
		return 0;
	if (t.sec > (int64_t)(LOT_NEVER - 1) * DAY_SECONDS)
		return LOT_NEVER;
	day = (t.sec + DAY_SECONDS - 1) / DAY_SECONDS;
	return (uint32_t)day;
}

static bool
is_over(const struct lot *l, struct unixtime now)
{
	return l->expires_day != LOT_NEVER && (int64_t)l->expires_day * DAY_SECONDS <= now.sec;
}

static bool
is_spendable(const struct lot *l, struct unixtime now)
{
	return !is_over(l, now) && l->available_from.sec <= now.sec;
}

/* Neither overflows: what is added is at most the supply, what is taken was there. */
static struct amount
sum(struct amount a, struct amount b)
{
	bool ok = amount_add(&a, a, b);

	assert(ok);
	(void)ok;
	return a;
}

static struct amount
rest(struct amount a, struct amount b)
{
	bool ok = amount_sub(&a, a, b);

	assert(ok);
	(void)ok;
	return a;
}

/* ---- storage ---- */

static struct statekey
list_key(const struct asset_id *asset, const struct account *who)
{
	struct statekey k = statekey_new('t', 'l');

	statekey_asset(&k, asset);
	statekey_account(&k, who);
	return k;
}

static struct statekey
total_key(const struct asset_id *asset, uint32_t day)
{
	struct statekey k = statekey_new('t', 'e');

	statekey_asset(&k, asset);
	statekey_u32(&k, day);
	return k;
}

static struct statekey
due_key(const struct asset_id *asset, uint32_t day)
{
	struct statekey k = statekey_new('t', 'd');

	statekey_u32(&k, day);
	statekey_asset(&k, asset);
	return k;
}

static uint32_t
first_live_day(const struct state *s)
{
	struct statekey k = statekey_new('t', 'x');

	return (uint32_t)statekey_get_u64(s, &k);
}

static void
wr_lot(struct wr *w, const struct lot *l)
{
	wr_amount(w, l->amount);
	wr_i64(w, l->available_from.sec);
	wr_u32(w, l->expires_day);
	wr_u8(w, l->earned);
	wr_hash256(w, &l->receipt);
}

static void
rd_lot(struct rd *r, struct lot *out)
{
	out->amount = rd_amount(r);
	out->available_from.sec = rd_i64(r);
	out->expires_day = rd_u32(r);
	out->earned = rd_u8(r) != 0;
	rd_hash256(r, &out->receipt);
}

/* The lots that are still alive for the state, whatever the time. */
static void
rd_lots(struct rd *r, struct lots *out, uint32_t live_from)
{
	size_t n = rd_count(r, LOT_BYTES);

	assert(n <= LOTS_MAX);
	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		rd_lot(r, &out->list[out->n]);
		if (out->list[out->n].expires_day >= live_from)
			out->n++;
	}
	assert(rd_done(r));
}

static void
load(struct lots *out, const struct state *s, const struct asset_id *asset, const struct account *who)
{
	struct statekey k = list_key(asset, who);
	struct rd r;

	out->n = 0;
	if (statekey_get(&r, s, &k))
		rd_lots(&r, out, first_live_day(s));
}

static void
store(struct state *s, const struct asset_id *asset, const struct account *who, const struct lots *l)
{
	struct statekey k = list_key(asset, who);
	struct wr w = { 0 };

	if (l->n == 0) {
		statekey_delete(s, &k);
		return;
	}
	wr_compactsize(&w, l->n);
	for (size_t i = 0; i < l->n; i++)
		wr_lot(&w, &l->list[i]);
	statekey_put(s, &k, &w);
}

static void
set_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount total)
{
	struct statekey k = total_key(asset, day), due = due_key(asset, day);

	statekey_put_u64(s, &k, amount_units(total));
	if (day == LOT_NEVER)
		return;
	if (amount_is_zero(total))
		statekey_delete(s, &due);
	else
		state_put(s, due.b, due.len, "", 0);
}

static struct amount
get_total(const struct state *s, const struct asset_id *asset, uint32_t day)
{
	struct statekey k = total_key(asset, day);
	struct amount a;
	bool ok = amount_from_units(&a, statekey_get_u64(s, &k));

	assert(ok);
	(void)ok;
	return a;
}

static void
add_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount amount)
{
	set_total(s, asset, day, sum(get_total(s, asset, day), amount));
}

static void
sub_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount amount)
{
	set_total(s, asset, day, rest(get_total(s, asset, day), amount));
}

/* ---- lists ---- */

static void
drop(struct lots *l, size_t at)
{
	l->n--;
	memmove(&l->list[at], &l->list[at + 1], (l->n - at) * sizeof(l->list[0]));
}

static bool
same_dates(const struct lot *a, const struct lot *b)
{
	return a->expires_day == b->expires_day && a->available_from.sec == b->available_from.sec && a->earned == b->earned &&
	       hash256_eq(&a->receipt, &b->receipt);
}

static bool
comes_after(const struct lot *a, const struct lot *b)
{
	if (a->expires_day != b->expires_day)
		return a->expires_day > b->expires_day;
	return a->available_from.sec > b->available_from.sec;
}

/* False when the list is full. */
static bool
insert(struct lots *l, const struct lot *lot)
{
	size_t at = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!same_dates(&l->list[i], lot))
			continue;
		l->list[i].amount = sum(l->list[i].amount, lot->amount);
		return true;
	}
	if (l->n == LOTS_MAX)
		return false;
	while (at < l->n && !comes_after(&l->list[at], lot))
		at++;
	memmove(&l->list[at + 1], &l->list[at], (l->n - at) * sizeof(l->list[0]));
	l->list[at] = *lot;
	l->n++;
	return true;
}

/* Available lots of one expiry become one, without a receipt. */
static void
compact(struct lots *l, struct unixtime now)
{
	for (size_t i = 0; i + 1 < l->n;) {
		struct lot *a = &l->list[i], *b = &l->list[i + 1];

		if (a->expires_day != b->expires_day || a->earned != b->earned || !is_spendable(a, now) || !is_spendable(b, now)) {
			i++;
			continue;
		}
		a->amount = sum(a->amount, b->amount);
		a->receipt = (struct hash256){ { 0 } };
		drop(l, i + 1);
	}
}

/* The two available lots whose expiries are nearest become one; false when there aren't two. */
static bool
fold_nearest(struct state *s, const struct asset_id *asset, struct lots *l, struct unixtime now, enum lot_fold fold)
{
	size_t best = l->n;
	uint32_t gap = UINT32_MAX, day;
	struct lot *a, *b;

	for (size_t i = 0; i + 1 < l->n; i++) {
		uint32_t d = l->list[i + 1].expires_day - l->list[i].expires_day;

		if (d >= gap || l->list[i].earned != l->list[i + 1].earned || !is_spendable(&l->list[i], now) ||
		    !is_spendable(&l->list[i + 1], now))
			continue;
		best = i;
		gap = d;
	}
	if (best == l->n)
		return false;
	a = &l->list[best];
	b = &l->list[best + 1];
	day = fold == LOT_FOLD_LATER ? b->expires_day : a->expires_day;
	sub_total(s, asset, a->expires_day, a->amount);
	sub_total(s, asset, b->expires_day, b->amount);
	a->amount = sum(a->amount, b->amount);
	a->expires_day = day;
	a->receipt = (struct hash256){ { 0 } };
	add_total(s, asset, day, a->amount);
	drop(l, best + 1);
	return true;
}

/* Insert so that at most `limit` lots stand there, or no more than before. */
static const char *
insert_within(struct state *s, const struct asset_id *asset, struct lots *l, const struct lot *lot, struct unixtime now, size_t limit,
	      enum lot_fold fold)
{
	size_t before;

	if (l->n >= limit)
		compact(l, now);
	while (l->n >= limit && fold != LOT_REFUSE && fold_nearest(s, asset, l, now, fold))
		;
	before = l->n;
	return insert(l, lot) && (l->n <= limit || l->n == before) ? NULL : "TOO_MANY_LOTS";
}

/* Move `amount` of spendable lots out of l, in spending order, into taken; false when there is too little. */
static bool
take(struct lots *taken, struct lots *l, struct unixtime now, struct amount amount)
{
	taken->n = 0;
	for (size_t i = 0; i < l->n && !amount_is_zero(amount);) {
		struct lot *lot = &l->list[i];
		struct amount part = amount_min(lot->amount, amount);

		if (!is_spendable(lot, now)) {
			i++;
			continue;
		}
		taken->list[taken->n] = *lot;
		taken->list[taken->n++].amount = part;
		amount = rest(amount, part);
		lot->amount = rest(lot->amount, part);
		if (amount_is_zero(lot->amount))
			drop(l, i);
	}
	return amount_is_zero(amount);
}

/* ---- questions ---- */

void
lots_get(struct lots *out, const struct state *s, const struct asset_id *asset, const struct account *who, struct unixtime now)
{
	load(out, s, asset, who);
	for (size_t i = 0; i < out->n;) {
		if (is_over(&out->list[i], now))
			drop(out, i);
		else
			i++;
	}
}

struct amount
lots_total(const struct lots *l)
{
	struct amount total = AMOUNT_ZERO;

	for (size_t i = 0; i < l->n; i++)
		total = sum(total, l->list[i].amount);
	return total;
}

struct amount
lots_spendable(const struct lots *l, struct unixtime now)
{
	struct amount total = AMOUNT_ZERO;

	for (size_t i = 0; i < l->n; i++) {
		if (is_spendable(&l->list[i], now))
			total = sum(total, l->list[i].amount);
	}
	return total;
}

/* ---- changes ---- */

const char *
lot_mint(struct exec *x, const struct asset_id *asset, const struct account *to, const struct lot *lot)
{
	struct account pool = lot_pool(asset);
	struct lots l;
	const char *why;

	if (is_over(lot, x->env->time))
		return "LOT_EXPIRED";
	why = bank_mint(x->state, &pool, asset, lot->amount);
	if (why != NULL || amount_is_zero(lot->amount))
		return why;
	load(&l, x->state, asset, to);
	why = insert_within(x->state, asset, &l, lot, x->env->time, LOTS_MAX, LOT_FOLD_LATER);
	if (why != NULL)
		return why;
	store(x->state, asset, to, &l);
	add_total(x->state, asset, lot->expires_day, lot->amount);
	return NULL;
}

const char *
lot_burn(struct exec *x, const struct asset_id *asset, const struct account *from, struct amount amount)
{
	struct account pool = lot_pool(asset);
	struct lots l, taken;

	load(&l, x->state, asset, from);
	if (!take(&taken, &l, x->env->time, amount))
		return "INSUFFICIENT_BALANCE";
	store(x->state, asset, from, &l);
	for (size_t i = 0; i < taken.n; i++)
		sub_total(x->state, asset, taken.list[i].expires_day, taken.list[i].amount);
	return bank_burn(x->state, &pool, asset, amount);
}

const char *
lot_move(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to, struct amount amount,
	 enum lot_fold fold)
{
	struct lots l, taken;

	load(&l, x->state, asset, from);
	if (!take(&taken, &l, x->env->time, amount))
		return "INSUFFICIENT_BALANCE";
	if (account_eq(from, to))
		return NULL;
	store(x->state, asset, from, &l);
	load(&l, x->state, asset, to);
	for (size_t i = 0; i < taken.n; i++) {
		const char *why;

		taken.list[i].receipt = (struct hash256){ { 0 } };
		why = insert_within(x->state, asset, &l, &taken.list[i], x->env->time, LOTS_TRANSFER_MAX, fold);
		if (why != NULL)
			return why;
	}
	store(x->state, asset, to, &l);
	return NULL;
}

/* Take up to `amount` from the lots of one receipt (zero: those that lost theirs) and expiry; returns how much. */
static struct amount
take_receipt(struct lots *l, const struct hash256 *receipt, uint32_t expires_day, struct amount amount)
{
	struct amount got = AMOUNT_ZERO;

	for (size_t i = 0; i < l->n;) {
		struct lot *lot = &l->list[i];
		struct amount part = amount_min(lot->amount, rest(amount, got));

		if (!lot->earned || lot->expires_day != expires_day || !hash256_eq(&lot->receipt, receipt)) {
			i++;
			continue;
		}
		got = sum(got, part);
		lot->amount = rest(lot->amount, part);
		if (amount_is_zero(lot->amount))
			drop(l, i);
		else
			i++;
	}
	return got;
}

const char *
lot_burn_receipt(struct exec *x, struct amount *burnt, const struct asset_id *asset, const struct account *holder,
		 const struct hash256 *receipt, uint32_t expires_day, struct amount amount)
{
	static const struct hash256 merged;
	struct account pool = lot_pool(asset);
	struct lots l;

	load(&l, x->state, asset, holder);
	*burnt = take_receipt(&l, receipt, expires_day, amount);
	*burnt = sum(*burnt, take_receipt(&l, &merged, expires_day, rest(amount, *burnt)));
	if (amount_is_zero(*burnt))
		return NULL;
	store(x->state, asset, holder, &l);
	sub_total(x->state, asset, expires_day, *burnt);
	return bank_burn(x->state, &pool, asset, *burnt);
}

/* ---- expiry ---- */

/* The first day on which something expires, and whose. */
static bool
next_due(const struct state *s, uint32_t *day, struct asset_id *asset)
{
	struct state_walk w;

	state_walk_init(&w, s, "td", 2);
	if (!state_walk_next(&w))
		return false;
	assert(w.key_len == 2 + 4 + 32);
	*day = statekey_read_u32(w.key + 2);
	memcpy(asset->id.b, w.key + 6, 32);
	return true;
}

void
lot_expire(struct exec *x, void (*released)(struct exec *x, const struct asset_id *asset, struct amount total))
{
	struct statekey live = statekey_new('t', 'x');
	struct asset_id asset;
	uint32_t day;

	while (next_due(x->state, &day, &asset) && (int64_t)day * DAY_SECONDS <= x->env->time.sec) {
		struct amount total = get_total(x->state, &asset, day);
		struct account pool = lot_pool(&asset);
		const char *why = bank_burn(x->state, &pool, &asset, total);

		assert(why == NULL);
		(void)why;
		set_total(x->state, &asset, day, AMOUNT_ZERO);
		statekey_put_u64(x->state, &live, (uint64_t)day + 1);
		released(x, &asset, total);
	}
}

bool
lot_next_expiry(struct unixtime *out, const struct state *s)
{
	struct asset_id asset;
	uint32_t day;

	if (!next_due(s, &day, &asset))
		return false;
	out->sec = (int64_t)day * DAY_SECONDS;
	return true;
}

/* ---- walks ---- */

size_t
liability_key(uint8_t out[STATE_KEY_MAX], const struct asset_id *asset, uint32_t day)
{
	struct statekey k = total_key(asset, day);

	memcpy(out, k.b, k.len);
	return k.len;
}

void
liability_walk_init(struct liability_walk *w, const struct state *s, const struct asset_id *asset)
{
	struct statekey k = statekey_new('t', 'e');

	statekey_asset(&k, asset);
	state_walk_init(&w->walk, s, k.b, k.len);
}

bool
liability_walk_next(struct liability_walk *w, uint32_t *day, struct amount *total)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	assert(w->walk.key_len == 2 + 32 + 4);
	*day = statekey_read_u32(w->walk.key + 34);
	r = rd_init(w->walk.value, w->walk.value_len);
	*total = rd_amount(&r);
	assert(rd_done(&r));
	return true;
}

void
holder_walk_init(struct holder_walk *w, const struct state *s, const struct asset_id *asset)
{
	struct statekey k = statekey_new('t', 'l');

	statekey_asset(&k, asset);
	state_walk_init(&w->walk, s, k.b, k.len);
}

bool
holder_walk_next(struct holder_walk *w, struct account *who, struct lots *out)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	r = rd_init(w->walk.key + 34, w->walk.key_len - 34);
	rd_account(&r, who);
	assert(rd_done(&r));
	r = rd_init(w->walk.value, w->walk.value_len);
	rd_lots(&r, out, first_live_day(w->walk.state));
	return true;
}

/* ---- invariants ---- */

/* The sum of all live lots of an asset that expire on a day. */
static struct amount
sum_of_day(const struct state *s, const struct asset_id *asset, uint32_t day)
{
	struct amount total = AMOUNT_ZERO;
	struct holder_walk w;
	struct account who;
	struct lots l;

	holder_walk_init(&w, s, asset);
	while (holder_walk_next(&w, &who, &l)) {
		for (size_t i = 0; i < l.n; i++) {
			if (l.list[i].expires_day == day)
				total = sum(total, l.list[i].amount);
		}
	}
	return total;
}

const char *
lot_invariants(const struct state *s, const struct asset_id *asset)
{
	struct amount totals = AMOUNT_ZERO, lots = AMOUNT_ZERO, supply = bank_supply(s, asset), total;
	struct account pool = lot_pool(asset), who;
	struct liability_walk days;
	struct holder_walk holders;
	struct lots l;
	uint32_t day;

	liability_walk_init(&days, s, asset);
	while (liability_walk_next(&days, &day, &total)) {
		totals = sum(totals, total);
		if (amount_cmp(total, sum_of_day(s, asset, day)) != 0)
			return "L1: a day's total isn't the sum of its lots";
	}
	holder_walk_init(&holders, s, asset);
	while (holder_walk_next(&holders, &who, &l))
		lots = sum(lots, lots_total(&l));
	if (amount_cmp(lots, totals) != 0)
		return "L1: lots expire on a day that has no total";
	if (amount_cmp(totals, supply) != 0 || amount_cmp(bank_balance(s, &pool, asset), supply) != 0)
		return "L2: the totals of an asset's days aren't its supply";
	return NULL;
}
