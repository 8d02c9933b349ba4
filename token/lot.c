/* Lists of lots, and what becomes of them; the state they are kept in is lot_record.c's. */
#include "token/lot.h"

#include <assert.h>
#include <string.h>

#include "token/lot_parts.h"

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

/* Howard Hinnant's civil_from_days, for days since 1970. */
uint32_t
lot_month(uint32_t day)
{
	uint64_t z, of_era, year_of_era, of_year, shifted;

	if (day == LOT_NEVER)
		return LOT_NEVER;
	z = (day > 0 ? (uint64_t)day - 1 : 0) + 719468; /* days since the first of March of the year 0 */
	of_era = z % 146097;
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted = (5 * of_year + 2) / 153; /* months since March */
	return (uint32_t)((z / 146097 * 400 + year_of_era) * 12 + shifted + 2 - 1970 * 12);
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
		l->list[i].amount = lot_sum(l->list[i].amount, lot->amount);
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
		a->amount = lot_sum(a->amount, b->amount);
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
	lot_sub_total(s, asset, a->expires_day, a->amount);
	lot_sub_total(s, asset, b->expires_day, b->amount);
	a->amount = lot_sum(a->amount, b->amount);
	a->expires_day = day;
	a->receipt = (struct hash256){ { 0 } };
	lot_add_total(s, asset, day, a->amount);
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
		amount = lot_rest(amount, part);
		lot->amount = lot_rest(lot->amount, part);
		if (amount_is_zero(lot->amount))
			drop(l, i);
	}
	return amount_is_zero(amount);
}

/* ---- questions ---- */

void
lots_get(struct lots *out, const struct state *s, const struct asset_id *asset, const struct account *who, struct unixtime now)
{
	lots_load(out, s, asset, who);
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
		total = lot_sum(total, l->list[i].amount);
	return total;
}

struct amount
lots_spendable(const struct lots *l, struct unixtime now)
{
	struct amount total = AMOUNT_ZERO;

	for (size_t i = 0; i < l->n; i++) {
		if (is_spendable(&l->list[i], now))
			total = lot_sum(total, l->list[i].amount);
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
	lots_load(&l, x->state, asset, to);
	why = insert_within(x->state, asset, &l, lot, x->env->time, LOTS_MAX, LOT_FOLD_LATER);
	if (why != NULL)
		return why;
	lots_store(x->state, asset, to, &l);
	lot_add_total(x->state, asset, lot->expires_day, lot->amount);
	return NULL;
}

const char *
lot_burn(struct exec *x, const struct asset_id *asset, const struct account *from, struct amount amount)
{
	struct account pool = lot_pool(asset);
	struct lots l, taken;

	lots_load(&l, x->state, asset, from);
	if (!take(&taken, &l, x->env->time, amount))
		return "INSUFFICIENT_BALANCE";
	lots_store(x->state, asset, from, &l);
	for (size_t i = 0; i < taken.n; i++)
		lot_sub_total(x->state, asset, taken.list[i].expires_day, taken.list[i].amount);
	return bank_burn(x->state, &pool, asset, amount);
}

const char *
lot_move(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to, struct amount amount,
	 enum lot_fold fold)
{
	struct lots l, taken;

	lots_load(&l, x->state, asset, from);
	if (!take(&taken, &l, x->env->time, amount))
		return "INSUFFICIENT_BALANCE";
	if (account_eq(from, to))
		return NULL;
	lots_store(x->state, asset, from, &l);
	lots_load(&l, x->state, asset, to);
	for (size_t i = 0; i < taken.n; i++) {
		const char *why;

		taken.list[i].receipt = (struct hash256){ { 0 } };
		why = insert_within(x->state, asset, &l, &taken.list[i], x->env->time, LOTS_TRANSFER_MAX, fold);
		if (why != NULL)
			return why;
	}
	lots_store(x->state, asset, to, &l);
	return NULL;
}

/* Take up to `amount` from the lots of one receipt (zero: those that lost theirs) and expiry; returns how much. */
static struct amount
take_receipt(struct lots *l, const struct hash256 *receipt, uint32_t expires_day, struct amount amount)
{
	struct amount got = AMOUNT_ZERO;

	for (size_t i = 0; i < l->n;) {
		struct lot *lot = &l->list[i];
		struct amount part = amount_min(lot->amount, lot_rest(amount, got));

		if (!lot->earned || lot->expires_day != expires_day || !hash256_eq(&lot->receipt, receipt)) {
			i++;
			continue;
		}
		got = lot_sum(got, part);
		lot->amount = lot_rest(lot->amount, part);
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

	lots_load(&l, x->state, asset, holder);
	*burnt = take_receipt(&l, receipt, expires_day, amount);
	*burnt = lot_sum(*burnt, take_receipt(&l, &merged, expires_day, lot_rest(amount, *burnt)));
	if (amount_is_zero(*burnt))
		return NULL;
	lots_store(x->state, asset, holder, &l);
	lot_sub_total(x->state, asset, expires_day, *burnt);
	return bank_burn(x->state, &pool, asset, *burnt);
}

/* ---- expiry ---- */

void
lot_expire(struct exec *x, void (*released)(struct exec *x, const struct asset_id *asset, struct amount total))
{
	struct asset_id asset;
	uint32_t day;

	for (unsigned n = 0; n < LOT_EXPIRIES_MAX && lot_next_due(x->state, &day, &asset) && (int64_t)day * DAY_SECONDS <= x->env->time.sec; n++) {
		struct amount total = lot_get_total(x->state, &asset, day);
		struct account pool = lot_pool(&asset);
		const char *why = bank_burn(x->state, &pool, &asset, total);

		assert(why == NULL);
		(void)why;
		lot_sub_total(x->state, &asset, day, total);
		lot_set_first_live_day(x->state, &asset, day + 1);
		released(x, &asset, total);
	}
}

bool
lot_next_expiry(struct unixtime *out, const struct state *s)
{
	struct asset_id asset;
	uint32_t day;

	if (!lot_next_due(s, &day, &asset))
		return false;
	out->sec = (int64_t)day * DAY_SECONDS;
	return true;
}
