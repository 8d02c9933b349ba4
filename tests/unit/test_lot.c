/* Lots, earnings, returns, expiry: with the rule issue_loyalty, as a store would use it. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"

#define DAY DAY_SECONDS
#define FIRST_DAY (WORLD_TIME / DAY)

struct loyalty {
	uint64_t points, per;
	uint32_t window, days, round;
	uint8_t anyone;
};

/* A point for each 10 of price, 1,000 seconds of return window, good for 30 days. */
static const struct loyalty usual = { 1, 10, 1000, 30, 1, 0 };

static struct asset_id
store(struct world *w, const struct loyalty *l, uint16_t flags)
{
	struct op_create o = { .flags = (uint16_t)(flags | ASSET_LOTS), .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_loyalty"), .rule_major = 1 };
	struct wr params = { 0 };
	struct asset_id a;

	wr_u64(&params, l->points);
	wr_u64(&params, l->per);
	wr_u32(&params, l->window);
	wr_u32(&params, l->days);
	wr_u32(&params, l->round);
	wr_u8(&params, l->anyone);
	o.params = (struct op_blob){ params.p, params.len };
	if ((flags & ASSET_BACKED) != 0) {
		o.units = 2;
		o.sats = 3;
	}
	DONE(world_create(w, &a, 0, &o));
	wr_clear(&params);
	return a;
}

static const char *
earn(struct world *w, size_t by, const struct asset_id *a, size_t to, const char *receipt, uint64_t paid, uint64_t with_points)
{
	struct op_earn o = { *a, w->people[to], hash_of(receipt), units(paid), units(with_points) };
	struct wr payload = { 0 };

	op_earn_encode(&payload, &o);
	return world_do(w, by, OP_EARN, &payload);
}

static const char *
give_back(struct world *w, size_t by, const struct asset_id *a, size_t customer, const char *receipt, uint64_t returned)
{
	struct op_refund o = { *a, w->people[customer], hash_of(receipt), units(returned) };
	struct wr payload = { 0 };

	op_refund_encode(&payload, &o);
	return world_do(w, by, OP_REFUND, &payload);
}

static const char *
redeem(struct world *w, size_t person, const struct asset_id *a, uint64_t amount)
{
	struct op_redeem o = { *a, units(amount) };
	struct wr payload = { 0 };

	op_redeem_encode(&payload, &o);
	return world_do(w, person, OP_REDEEM, &payload);
}

static uint64_t
debt(const struct world *w, const struct asset_id *a, size_t person)
{
	return amount_units(receipt_debt(w->state, a, &w->people[person]));
}

static uint64_t
supply(const struct world *w, const struct asset_id *a)
{
	return amount_units(bank_supply(w->state, a));
}

static struct lots
lots_of(const struct world *w, const struct asset_id *a, size_t person)
{
	struct lots l;

	lots_get(&l, w->state, a, &w->people[person], w->env.time);
	return l;
}

/* Go on to a time, by blocks of at most a day. */
static void
until(struct world *w, int64_t when)
{
	while (w->env.time.sec < when) {
		int64_t left = when - w->env.time.sec;

		world_block(w, left < DAY ? left : DAY);
	}
}

static void
days_are_rounded_up(void)
{
	CU_ASSERT_EQUAL(lot_day_after((struct unixtime){ 0 }), 0);
	CU_ASSERT_EQUAL(lot_day_after((struct unixtime){ -5 }), 0);
	CU_ASSERT_EQUAL(lot_day_after((struct unixtime){ 1 }), 1);
	CU_ASSERT_EQUAL(lot_day_after((struct unixtime){ DAY }), 1);
	CU_ASSERT_EQUAL(lot_day_after((struct unixtime){ DAY + 1 }), 2);
	CU_ASSERT_EQUAL(lot_day_after((struct unixtime){ INT64_MAX }), LOT_NEVER);
}

static void
months_of_days(void)
{
	/* The first day on which it is worthless; the month is that of the last good one. */
	static const struct {
		uint32_t day, year, month;
	} rows[] = {
		{ 0, 1970, 1 },     { 1, 1970, 1 },      { 31, 1970, 1 },    { 32, 1970, 2 },      { 59, 1970, 2 },      { 60, 1970, 3 },
		{ 11017, 2000, 2 }, { 11018, 2000, 3 },  { 10957, 1999, 12 }, { 10958, 2000, 1 },  { 19783, 2024, 2 },   { 19784, 2024, 3 },   { 20454, 2025, 12 },
		{ 20455, 2026, 1 }, { 47541, 2100, 2 },  { 47542, 2100, 3 }, { 2932897, 9999, 12 }, { 2932898, 10000, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(lot_month(rows[i].day), (rows[i].year - 1970) * 12 + rows[i].month - 1);
	CU_ASSERT_EQUAL(lot_month(LOT_NEVER), LOT_NEVER);
	for (uint32_t day = 1; day < 200000; day++) /* it never falls, and no month is left out */
		CU_ASSERT_FATAL(lot_month(day) == lot_month(day - 1) || lot_month(day) == lot_month(day - 1) + 1);
	CU_ASSERT(lot_month(LOT_NEVER - 1) > lot_month(LOT_NEVER - 40) && lot_month(LOT_NEVER - 1) < LOT_NEVER);
}

static void
T5_spendable_in_the_block_before_its_expiry_only(void)
{
	struct world w;
	struct asset_id a;
	int64_t day;
	struct unixtime due;

	world_init(&w);
	a = store(&w, &usual, ASSET_TRANSFERABLE);
	DONE(earn(&w, 0, &a, 1, "r1", 1000, 0));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 100);
	CU_ASSERT_EQUAL(world_spendable(&w, &a, 1), 0);
	REFUSED(world_send(&w, 1, &a, &w.people[2], 1), "INSUFFICIENT_BALANCE"); /* pending */
	world_block(&w, 999);
	REFUSED(world_send(&w, 1, &a, &w.people[2], 1), "INSUFFICIENT_BALANCE");
	world_block(&w, 1);
	CU_ASSERT_EQUAL(world_spendable(&w, &a, 1), 100);

	day = (WORLD_TIME + 1000 + 30 * DAY + DAY - 1) / DAY * DAY;
	CU_ASSERT_FATAL(loyalty_module.next_deadline(w.state, &due));
	CU_ASSERT_EQUAL(due.sec, day);
	until(&w, day - 1);
	DONE(world_send(&w, 1, &a, &w.people[2], 40));
	world_block(&w, 1);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	REFUSED(world_send(&w, 1, &a, &w.people[2], 1), "INSUFFICIENT_BALANCE");
	REFUSED(world_send(&w, 2, &a, &w.people[1], 1), "INSUFFICIENT_BALANCE");
	CU_ASSERT_EQUAL(supply(&w, &a), 100);
	world_block(&w, 1); /* its end takes the day's total out of supply */
	CU_ASSERT_EQUAL(supply(&w, &a), 0);
	CU_ASSERT_FALSE(loyalty_module.next_deadline(w.state, &due));
	world_clear(&w);
}

static void
T5_earliest_expiry_first_then_oldest(void)
{
	struct world w;
	struct asset_id a;
	struct lots l;
	struct hash256 before, after;

	world_init(&w);
	a = store(&w, &usual, ASSET_TRANSFERABLE);
	DONE(earn(&w, 0, &a, 1, "r1", 100, 0));
	world_block(&w, 10);
	DONE(earn(&w, 0, &a, 1, "r2", 200, 0)); /* same day, younger */
	until(&w, WORLD_TIME + 2 * DAY);
	DONE(earn(&w, 0, &a, 1, "r3", 300, 0)); /* a later day */
	until(&w, WORLD_TIME + 3 * DAY);
	l = lots_of(&w, &a, 1);
	CU_ASSERT_EQUAL_FATAL(l.n, 3);
	DONE(world_send(&w, 1, &a, &w.people[2], 15)); /* all of r1, 5 of r2 */
	l = lots_of(&w, &a, 1);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_EQUAL(amount_units(l.list[0].amount), 15);
	CU_ASSERT(l.list[0].expires_day < l.list[1].expires_day);
	CU_ASSERT_FALSE(hash256_is_zero(&l.list[0].receipt));
	l = lots_of(&w, &a, 2);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_EQUAL(l.list[0].available_from.sec + 10, l.list[1].available_from.sec); /* the dates travel */
	CU_ASSERT(hash256_is_zero(&l.list[0].receipt));                                  /* the receipt does not */

	DONE(world_send(&w, 1, &a, &w.people[2], 5)); /* equal dates merge */
	CU_ASSERT_EQUAL(lots_of(&w, &a, 2).n, 2);
	state_root(&before, w.state);
	DONE(world_send(&w, 1, &a, &w.people[1], 40)); /* to oneself: receipts and all stay */
	state_root(&after, w.state);
	CU_ASSERT(hash256_eq(&before, &after));
	REFUSED(world_send(&w, 1, &a, &w.people[1], 41), "INSUFFICIENT_BALANCE");
	world_clear(&w);
}

static void
T6_a_return_burns_its_lot_and_the_rest_is_debt(void)
{
	struct world w;
	struct asset_id a;
	struct lots l;

	world_init(&w);
	a = store(&w, &usual, ASSET_TRANSFERABLE);
	DONE(earn(&w, 0, &a, 1, "r1", 1000, 0));
	DONE(earn(&w, 0, &a, 1, "r2", 500, 0));
	REFUSED(earn(&w, 0, &a, 2, "r1", 1000, 0), "RECEIPT_USED");
	REFUSED(give_back(&w, 0, &a, 2, "r1", 10), "WRONG_CUSTOMER");
	REFUSED(give_back(&w, 1, &a, 1, "r1", 10), "NOT_ISSUER");
	REFUSED(give_back(&w, 0, &a, 1, "r9", 10), "RECEIPT_UNKNOWN");
	REFUSED(give_back(&w, 0, &a, 1, "r1", 1001), "RETURN_TOO_LARGE");
	REFUSED(give_back(&w, 0, &a, 1, "r1", 0), "ZERO_AMOUNT");
	DONE(give_back(&w, 0, &a, 1, "r2", 500)); /* while it is pending */
	l = lots_of(&w, &a, 1);
	CU_ASSERT_EQUAL_FATAL(l.n, 1);
	CU_ASSERT_EQUAL(amount_units(l.list[0].amount), 100);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 0);

	until(&w, WORLD_TIME + 1000);
	DONE(world_send(&w, 1, &a, &w.people[2], 70));
	DONE(give_back(&w, 0, &a, 1, "r1", 1000)); /* 100 wanted, 30 there */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 70);
	CU_ASSERT_EQUAL(supply(&w, &a), 70);
	REFUSED(give_back(&w, 0, &a, 1, "r1", 1), "RETURN_TOO_LARGE");

	DONE(earn(&w, 0, &a, 1, "r3", 500, 0)); /* 50 pay debt */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 20);
	DONE(earn(&w, 0, &a, 1, "r4", 500, 0)); /* 20 pay, 30 come */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 30);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 0);
	DONE(give_back(&w, 0, &a, 1, "r3", 500)); /* what paid debt becomes debt again */
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 50);
	world_clear(&w);
}

static void
T7_points_earn_no_points_and_partial_returns_are_exact(void)
{
	struct world w;
	struct asset_id a;
	struct receipt r;
	struct hash256 hash = hash_of("half");

	world_init(&w);
	a = store(&w, &usual, ASSET_TRANSFERABLE);
	REFUSED(earn(&w, 0, &a, 1, "r1", 1000, 1001), "BAD_SALE");
	REFUSED(earn(&w, 0, &a, 1, "r1", 0, 0), "BAD_SALE");
	DONE(earn(&w, 0, &a, 1, "r1", 1000, 1000));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	DONE(earn(&w, 0, &a, 1, "small", 9, 0)); /* under one point */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	REFUSED(earn(&w, 0, &a, 1, "small", 9, 0), "RECEIPT_USED");
	DONE(give_back(&w, 0, &a, 1, "small", 9));

	DONE(earn(&w, 0, &a, 1, "half", 1000, 500)); /* 500 earn 50 */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 50);
	for (int i = 0; i < 10; i++) {
		DONE(give_back(&w, 0, &a, 1, "half", 99));
		/* what is kept is what the kept part would have earned */
		CU_ASSERT_EQUAL(world_has(&w, &a, 1), (uint64_t)(1000 - 99 * (i + 1)) * 500 / 1000 / 10);
	}
	DONE(give_back(&w, 0, &a, 1, "half", 10));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	CU_ASSERT_FATAL(receipt_get(&r, w.state, &a, &hash));
	CU_ASSERT_EQUAL(amount_units(r.taken), 50);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 0);
	world_clear(&w);
}

static void
a_return_after_expiry_takes_nothing(void)
{
	struct world w;
	struct asset_id a;

	world_init(&w);
	a = store(&w, &usual, ASSET_TRANSFERABLE);
	DONE(earn(&w, 0, &a, 1, "r1", 1000, 0));
	until(&w, WORLD_TIME + 40 * DAY);
	DONE(give_back(&w, 0, &a, 1, "r1", 1000));
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 0);
	world_clear(&w);
}

static void
T9_backed_points_expire_to_the_issuer(void)
{
	static const struct loyalty backed = { 1, 10, 0, 10, 1, 1 };
	struct world w;
	struct asset_id a;
	struct account backing;
	uint64_t before;

	world_init(&w);
	a = store(&w, &backed, ASSET_TRANSFERABLE | ASSET_BACKED); /* 2 units for 3 satoshi */
	backing = holding_backing(&a);
	before = world_coin(&w, &w.people[0]);
	DONE(earn(&w, 0, &a, 1, "r1", 1010, 0)); /* 101 units cost the store 152 */
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), before - 152);
	DONE(world_mint(&w, 2, &a, 2, 11, 17)); /* bought: 17 */
	DONE(redeem(&w, 1, &a, 1));             /* gives 1 */
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000001);
	until(&w, WORLD_TIME + 12 * DAY);
	CU_ASSERT_EQUAL(supply(&w, &a), 0);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), before - 152 + 166); /* floor(111 * 3 / 2), both lots of a day at once */
	CU_ASSERT_EQUAL(world_coin(&w, &backing), 2);
	world_clear(&w);
}

static void
without_an_issuer_the_fee_fund_inherits(void)
{
	static const struct loyalty backed = { 1, 10, 0, 10, 1, 1 };
	struct account fund = bank_fee_fund();
	struct op_renounce o;
	struct wr payload = { 0 };
	struct world w;
	uint64_t before;

	world_init(&w);
	o.asset = store(&w, &backed, ASSET_BACKED);
	DONE(world_mint(&w, 1, &o.asset, 1, 10, 15));
	op_renounce_encode(&payload, &o);
	DONE(world_do(&w, 0, OP_RENOUNCE, &payload));
	before = world_coin(&w, &fund);
	until(&w, WORLD_TIME + 12 * DAY);
	CU_ASSERT_EQUAL(world_coin(&w, &fund), before + 15);
	world_clear(&w);
}

static void
a_store_without_coin_cannot_earn_backed_points(void)
{
	static const struct loyalty dear = { 1000000, 1, 0, 10, 1, 0 };
	struct world w;
	struct asset_id a;

	world_init(&w);
	a = store(&w, &dear, ASSET_TRANSFERABLE | ASSET_BACKED);
	REFUSED(earn(&w, 0, &a, 1, "r1", 1, 0), "COIN_LIMIT");
	REFUSED(world_mint(&w, 2, &a, 2, 10, 100), "ONLY_ISSUER_MINTS");
	DONE(world_mint(&w, 0, &a, 2, 10, 100));
	world_clear(&w);
}

static void
the_rule_refuses_nonsense(void)
{
	static const struct loyalty bad[] = {
		{ 0, 10, 0, 10, 1, 0 },          { 1, 0, 0, 10, 1, 0 },   { 1, 10, 367 * DAY, 10, 1, 0 }, { 1, 10, 0, 3661, 1, 0 },
		{ 1, 10, 0, 10, 0, 0 },          { 1, 10, 0, 10, 367, 0 }, { 1, 10, 0, 10, 1, 1 },
		{ 1, 10, 0, 10, 1, 2 },
	};
	struct world w;
	struct asset_id a;

	world_init(&w);
	for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
		struct op_create o = { .flags = ASSET_LOTS, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_loyalty"), .rule_major = 1 };
		const struct loyalty *l = i < ARRAY_LEN(bad) ? &bad[i] : &usual;
		struct wr p = { 0 };

		wr_u64(&p, l->points);
		wr_u64(&p, l->per);
		wr_u32(&p, l->window);
		wr_u32(&p, l->days);
		wr_u32(&p, l->round);
		wr_u8(&p, l->anyone);
		o.params = (struct op_blob){ p.p, p.len };
		if (i < ARRAY_LEN(bad)) {
			REFUSED(world_create(&w, &a, 0, &o), "BAD_PARAMS");
		} else {
			o.flags = ASSET_TRANSFERABLE;
			REFUSED(world_create(&w, &a, 0, &o), "NEEDS_LOTS");
			o.flags = ASSET_LOTS;
			o.params.len--;
			REFUSED(world_create(&w, &a, 0, &o), "BAD_PARAMS");
		}
		wr_clear(&p);
	}
	world_clear(&w);
}

/* A return takes the earned points of its day, never bought ones. */
static void
bought_points_are_no_part_of_a_return(void)
{
	static const struct loyalty quick = { 1, 1, 0, 30, 1, 0 };
	struct world w;
	struct asset_id a;

	world_init(&w);
	a = store(&w, &quick, ASSET_TRANSFERABLE);
	DONE(earn(&w, 0, &a, 1, "r1", 10, 0));
	DONE(world_send(&w, 1, &a, &w.people[2], 10));
	DONE(world_mint(&w, 0, &a, 1, 10, 0));
	DONE(give_back(&w, 0, &a, 1, "r1", 10));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 10);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 10);
	world_clear(&w);
}

static void
frozen_and_paused_points(void)
{
	static const struct loyalty quick = { 1, 1, 0, 30, 1, 0 };
	struct op_freeze f;
	struct op_pause p;
	struct wr payload = { 0 };
	struct world w;
	struct asset_id a;

	world_init(&w);
	a = store(&w, &quick, ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_PAUSABLE);
	DONE(earn(&w, 0, &a, 1, "r1", 10, 0));
	f = (struct op_freeze){ a, w.people[1] };
	op_freeze_encode(&payload, &f);
	DONE(world_do(&w, 0, OP_FREEZE, &payload));
	REFUSED(earn(&w, 0, &a, 1, "r2", 10, 0), "ACCOUNT_FROZEN");
	REFUSED(redeem(&w, 1, &a, 1), "ACCOUNT_FROZEN");
	DONE(give_back(&w, 0, &a, 1, "r1", 5)); /* goods can come back all the same */
	op_freeze_encode(&payload, &f);
	DONE(world_do(&w, 0, OP_UNFREEZE, &payload));
	p = (struct op_pause){ a, { w.env.time.sec + 10 } };
	op_pause_encode(&payload, &p);
	DONE(world_do(&w, 0, OP_PAUSE, &payload));
	REFUSED(earn(&w, 0, &a, 1, "r2", 10, 0), "ASSET_PAUSED");
	REFUSED(give_back(&w, 0, &a, 1, "r1", 5), "ASSET_PAUSED");
	REFUSED(redeem(&w, 1, &a, 1), "ASSET_PAUSED");
	world_clear(&w);
}

static void
without_a_rule_nothing_is_earned(void)
{
	struct world w;
	struct asset_id lots, flat;
	struct op_create o = { .flags = ASSET_LOTS | ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO };

	world_init(&w);
	DONE(world_create(&w, &lots, 0, &o));
	REFUSED(earn(&w, 0, &lots, 1, "r1", 10, 0), "NO_RULE");
	DONE(world_mint(&w, 0, &lots, 1, 10, 0));
	CU_ASSERT_EQUAL(lots_of(&w, &lots, 1).list[0].expires_day, LOT_NEVER);
	DONE(redeem(&w, 1, &lots, 4));
	CU_ASSERT_EQUAL(world_has(&w, &lots, 1), 6);
	o.flags = 0;
	DONE(world_create(&w, &flat, 0, &o));
	REFUSED(earn(&w, 0, &flat, 1, "r1", 10, 0), "NO_LOTS");
	world_clear(&w);
}

/* Someone who shops each day for a year holds at most 256 lots, and what he earns is never refused. */
static void
a_faithful_customer_holds_at_most_256_lots(void)
{
	static const struct loyalty yearly = { 1, 1, 0, 400, 1, 0 };
	struct world w;
	struct asset_id a;
	struct lots l;
	char receipt[20];
	uint32_t first = 0;

	world_init(&w);
	w.deep = false;
	a = store(&w, &yearly, ASSET_TRANSFERABLE);
	for (int i = 0; i < 365; i++) {
		(void)snprintf(receipt, sizeof(receipt), "r%d", i);
		DONE(earn(&w, 0, &a, 1, receipt, 100, 0));
		if (i == 0)
			first = lots_of(&w, &a, 1).list[0].expires_day;
		world_block(&w, DAY);
	}
	l = lots_of(&w, &a, 1);
	CU_ASSERT_EQUAL(l.n, 256);
	CU_ASSERT(l.list[0].expires_day > first); /* in his favour */
	first = l.list[0].expires_day;
	CU_ASSERT_EQUAL(amount_units(lots_total(&l)), 36500);
	CU_ASSERT_PTR_NULL(lot_invariants(w.state, &a));

	/* a stranger can't fill another's list */
	REFUSED(world_send(&w, 1, &a, &w.people[2], 36500), "TOO_MANY_LOTS");
	DONE(world_send(&w, 1, &a, &w.people[2], 20000));
	CU_ASSERT(lots_of(&w, &a, 2).n <= LOTS_TRANSFER_MAX);
	/* but the store takes everything back */
	DONE(world_send(&w, 1, &a, &w.people[0], 16500));
	DONE(world_send(&w, 2, &a, &w.people[0], 20000));
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 36500);
	CU_ASSERT(lots_of(&w, &a, 0).n <= LOTS_TRANSFER_MAX);
	CU_ASSERT_EQUAL(lots_of(&w, &a, 0).list[0].expires_day, first); /* its own debt to itself ends no later */
	CU_ASSERT_PTR_NULL(lot_invariants(w.state, &a));
	world_clear(&w);
}

static void
many_sales_of_one_day_merge_when_the_list_is_full(void)
{
	static const struct loyalty quick = { 1, 1, 0, 30, 1, 0 };
	struct world w;
	struct asset_id a;
	char receipt[20];

	world_init(&w);
	w.deep = false;
	a = store(&w, &quick, ASSET_TRANSFERABLE);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(receipt, sizeof(receipt), "r%d", i);
		DONE(earn(&w, 0, &a, 1, receipt, 7, 0));
	}
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 2100);
	CU_ASSERT(lots_of(&w, &a, 1).n <= 256);
	CU_ASSERT_PTR_NULL(lot_invariants(w.state, &a));
	DONE(give_back(&w, 0, &a, 1, "r3", 7)); /* out of the merged lot */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 2093);
	CU_ASSERT_EQUAL(debt(&w, &a, 1), 0);
	world_clear(&w);
}

/* A thousand stores and one more, whose points all expire on one day. */
static void
a_block_takes_out_at_most_so_many(void)
{
	struct lot lot = { .amount = units(5), .earned = true };
	struct account pool;
	struct world w;
	struct asset a;
	struct unixtime due;
	size_t left = 0;

	world_init(&w);
	w.deep = false;
	lot.expires_day = lot_day_after(w.env.time);
	CU_ASSERT_FATAL(asset_get(&a, w.state, &(struct asset_id){ { { 0 } } }));
	a.flags |= ASSET_LOTS;
	for (uint32_t i = 0; i <= LOT_EXPIRIES_MAX; i++) {
		a.id.id = (struct hash256){ { 9, (uint8_t)i, (uint8_t)(i >> 8) } };
		asset_put(w.state, &a);
		DONE(lot_mint(&w.exec, &a.id, &w.people[1], &lot));
	}
	world_block(&w, (int64_t)lot.expires_day * DAY - w.env.time.sec);
	CU_ASSERT_PTR_NULL(lot_invariants(w.state, &a.id));
	REFUSED(world_send(&w, 1, &a.id, &w.people[2], 1), "INSUFFICIENT_BALANCE"); /* worthless before it is taken out */
	CU_ASSERT_EQUAL(supply(&w, &a.id), 5);
	world_block(&w, 0);
	for (uint32_t i = 0; i <= LOT_EXPIRIES_MAX; i++) {
		struct asset_id id = { { { 9, (uint8_t)i, (uint8_t)(i >> 8) } } };

		pool = lot_pool(&id);
		left += !amount_is_zero(bank_balance(w.state, &pool, &id));
		CU_ASSERT_PTR_NULL(lot_invariants(w.state, &id));
	}
	CU_ASSERT_EQUAL(left, 1);
	CU_ASSERT(lot_next_expiry(&due, w.state) && due.sec <= w.env.time.sec);
	world_block(&w, 0);
	CU_ASSERT_FALSE(lot_next_expiry(&due, w.state));
	world_clear(&w);
}

static void
rounding_the_expiry_keeps_lists_short(void)
{
	static const struct loyalty monthly = { 1, 1, 0, 300, 30, 0 };
	struct world w;
	struct asset_id a;
	struct liability_walk walk;
	struct amount total, sum = AMOUNT_ZERO;
	char receipt[20];
	uint32_t day;
	size_t months = 0;

	world_init(&w);
	w.deep = false;
	a = store(&w, &monthly, ASSET_TRANSFERABLE);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(receipt, sizeof(receipt), "r%d", i);
		DONE(earn(&w, 0, &a, 1, receipt, 5, 0));
		world_block(&w, DAY);
	}
	liability_walk_init(&walk, w.state, &a);
	while (liability_walk_next(&walk, &day, &total)) {
		CU_ASSERT_EQUAL(day % 30, 0);
		CU_ASSERT(amount_add(&sum, sum, total));
		months++;
	}
	CU_ASSERT(months >= 3 && months <= 5);
	CU_ASSERT_EQUAL(amount_units(sum), 500);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "days are rounded up", days_are_rounded_up },
	{ "months of days", months_of_days },
	{ "T5 spendable in the block before its expiry only", T5_spendable_in_the_block_before_its_expiry_only },
	{ "T5 earliest expiry first, then oldest", T5_earliest_expiry_first_then_oldest },
	{ "T6 a return burns its lot and the rest is debt", T6_a_return_burns_its_lot_and_the_rest_is_debt },
	{ "T7 points earn no points and partial returns are exact", T7_points_earn_no_points_and_partial_returns_are_exact },
	{ "a return after expiry takes nothing", a_return_after_expiry_takes_nothing },
	{ "T9 backed points expire to the issuer", T9_backed_points_expire_to_the_issuer },
	{ "without an issuer the fee fund inherits", without_an_issuer_the_fee_fund_inherits },
	{ "a store without coin can't earn backed points", a_store_without_coin_cannot_earn_backed_points },
	{ "the rule refuses nonsense", the_rule_refuses_nonsense },
	{ "bought points are no part of a return", bought_points_are_no_part_of_a_return },
	{ "frozen and paused points", frozen_and_paused_points },
	{ "without a rule nothing is earned", without_a_rule_nothing_is_earned },
	{ "a faithful customer holds at most 256 lots", a_faithful_customer_holds_at_most_256_lots },
	{ "many sales of one day merge when the list is full", many_sales_of_one_day_merge_when_the_list_is_full },
	{ "a block takes out at most so many", a_block_takes_out_at_most_so_many },
	{ "rounding the expiry keeps lists short", rounding_the_expiry_keeps_lists_short },
};

UNIT_MAIN("lot", tests)
