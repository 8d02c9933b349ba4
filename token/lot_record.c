/* The state of lots.
 *
 * L1  The total of an asset's day is the sum of all lots that expire on it.
 * L2  The totals of an asset add up to its supply, and the pool account holds all of it.
 * L3  The total of an asset's month is the sum of its days'.
 *
 * Keys: t l | asset | account -> lots; t e | asset | day u32 -> total; t m | asset | month u32 -> total; t d | day | asset -> nothing (what
 * expires when, without a scan); t x | asset -> the first day whose expiries are still to come. Lots of earlier days are dead; lists drop
 * them when they are next written. */
#include <assert.h>
#include <string.h>

#include "token/lot_parts.h"
#include "token/statekey.h"

#define LOT_BYTES 53

struct account
lot_pool(const struct asset_id *asset)
{
	return account_of_module("lots", asset->id.b, sizeof(asset->id.b));
}

struct amount
lot_sum(struct amount a, struct amount b)
{
	bool ok = amount_add(&a, a, b);

	assert(ok);
	(void)ok;
	return a;
}

struct amount
lot_rest(struct amount a, struct amount b)
{
	bool ok = amount_sub(&a, a, b);

	assert(ok);
	(void)ok;
	return a;
}

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

static struct statekey
month_key(const struct asset_id *asset, uint32_t month)
{
	struct statekey k = statekey_new('t', 'm');

	statekey_asset(&k, asset);
	statekey_u32(&k, month);
	return k;
}

static struct statekey
first_live_key(const struct asset_id *asset)
{
	struct statekey k = statekey_new('t', 'x');

	statekey_asset(&k, asset);
	return k;
}

static uint32_t
first_live_day(const struct state *s, const struct asset_id *asset)
{
	struct statekey k = first_live_key(asset);

	return (uint32_t)statekey_get_u64(s, &k);
}

void
lot_set_first_live_day(struct state *s, const struct asset_id *asset, uint32_t day)
{
	struct statekey k = first_live_key(asset);

	statekey_put_u64(s, &k, day);
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

void
lots_load(struct lots *out, const struct state *s, const struct asset_id *asset, const struct account *who)
{
	struct statekey k = list_key(asset, who);
	struct rd r;

	out->n = 0;
	if (statekey_get(&r, s, &k))
		rd_lots(&r, out, first_live_day(s, asset));
}

void
lots_store(struct state *s, const struct asset_id *asset, const struct account *who, const struct lots *l)
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

static struct amount
get_amount(const struct state *s, const struct statekey *k)
{
	struct amount a;
	bool ok = amount_from_units(&a, statekey_get_u64(s, k));

	assert(ok);
	(void)ok;
	return a;
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

struct amount
lot_get_total(const struct state *s, const struct asset_id *asset, uint32_t day)
{
	struct statekey k = total_key(asset, day);

	return get_amount(s, &k);
}

void
lot_add_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount amount)
{
	struct statekey month = month_key(asset, lot_month(day));

	set_total(s, asset, day, lot_sum(lot_get_total(s, asset, day), amount));
	statekey_put_u64(s, &month, amount_units(lot_sum(get_amount(s, &month), amount)));
}

void
lot_sub_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount amount)
{
	struct statekey month = month_key(asset, lot_month(day));

	set_total(s, asset, day, lot_rest(lot_get_total(s, asset, day), amount));
	statekey_put_u64(s, &month, amount_units(lot_rest(get_amount(s, &month), amount)));
}

/* ---- walks ---- */

/* The first day on which something expires, and whose. */
bool
lot_next_due(const struct state *s, uint32_t *day, struct asset_id *asset)
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

static void
walk_of_table(struct liability_walk *w, const struct state *s, char table, const struct asset_id *asset)
{
	struct statekey k = statekey_new('t', table);

	statekey_asset(&k, asset);
	state_walk_init(&w->walk, s, k.b, k.len);
}

void
liability_walk_init(struct liability_walk *w, const struct state *s, const struct asset_id *asset)
{
	walk_of_table(w, s, 'e', asset);
}

void
liability_months_init(struct liability_walk *w, const struct state *s, const struct asset_id *asset)
{
	walk_of_table(w, s, 'm', asset);
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
	w->live_from = first_live_day(s, asset);
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
	rd_lots(&r, out, w->live_from);
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
				total = lot_sum(total, l.list[i].amount);
		}
	}
	return total;
}

static bool
next_month_is(struct liability_walk *months, uint32_t month, struct amount sum)
{
	struct amount total;
	uint32_t at;

	return liability_walk_next(months, &at, &total) && at == month && amount_cmp(total, sum) == 0;
}

/* Days ascend, so each month's stand together. */
static bool
months_add_up(const struct state *s, const struct asset_id *asset)
{
	struct liability_walk days, months;
	struct amount total, sum = AMOUNT_ZERO;
	uint32_t month = 0, day;
	bool any = false;

	liability_months_init(&months, s, asset);
	liability_walk_init(&days, s, asset);
	while (liability_walk_next(&days, &day, &total)) {
		if (any && lot_month(day) != month) {
			if (!next_month_is(&months, month, sum))
				return false;
			sum = AMOUNT_ZERO;
		}
		any = true;
		month = lot_month(day);
		sum = lot_sum(sum, total);
	}
	return (!any || next_month_is(&months, month, sum)) && !liability_walk_next(&months, &day, &total);
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

	if (!months_add_up(s, asset))
		return "L3: a month's total isn't the sum of its days'";
	liability_walk_init(&days, s, asset);
	while (liability_walk_next(&days, &day, &total)) {
		totals = lot_sum(totals, total);
		if (amount_cmp(total, sum_of_day(s, asset, day)) != 0)
			return "L1: a day's total isn't the sum of its lots";
	}
	holder_walk_init(&holders, s, asset);
	while (holder_walk_next(&holders, &who, &l))
		lots = lot_sum(lots, lots_total(&l));
	if (amount_cmp(lots, totals) != 0)
		return "L1: lots expire on a day that has no total";
	if (amount_cmp(totals, supply) != 0 || amount_cmp(bank_balance(s, &pool, asset), supply) != 0)
		return "L2: the totals of an asset's days aren't its supply";
	return NULL;
}
