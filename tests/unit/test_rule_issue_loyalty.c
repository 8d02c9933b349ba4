/* issue_loyalty with tiers in the ledger: whatever is bought, brought back and changed between, what is earned is what a plain reckoning gives. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define TIER_DAYS 30
#define SALES 3000
#define CUSTOMERS 4

struct sale {
	size_t customer;
	uint64_t paid, with_points, returned, granted, taken;
	uint64_t points, per, multiplier; /* at which it was reckoned */
	int64_t period;
};

struct reckoning {
	uint64_t points, per;
	int64_t period[CUSTOMERS];
	uint64_t now[CUSTOMERS], before[CUSTOMERS];
	struct sale sales[SALES];
	size_t n;
};

static void
wr_params(struct wr *w, uint64_t points, uint64_t per)
{
	wr_u64(w, points);
	wr_u64(w, per);
	wr_u32(w, 0);
	wr_u32(w, 0);
	wr_u32(w, 1);
	wr_u8(w, 0);
	wr_u32(w, TIER_DAYS);
	wr_u8(w, 2);
	wr_u64(w, 2000);
	wr_u32(w, 12500);
	wr_u64(w, 9000);
	wr_u32(w, 30000);
}

static struct asset_id
club(struct world *w, uint64_t points, uint64_t per)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_LOTS,
			       .cap = units(INT64_MAX),
			       .dao = ASSET_NO_DAO,
			       .rule = OP_TEXT("issue_loyalty"),
			       .rule_major = 1,
			       .changes = ASSET_BY_ISSUER << 2 * ASSET_PART_PARAMS };
	struct wr params = { 0 };
	struct asset_id a;

	wr_params(&params, points, per);
	o.params = (struct op_blob){ params.p, params.len };
	DONE(world_create(w, &a, 0, &o));
	wr_clear(&params);
	return a;
}

static struct hash256
receipt_number(size_t n)
{
	char text[20];

	(void)snprintf(text, sizeof(text), "R%zu", n);
	return hash_of(text);
}

static uint64_t
earned(const struct sale *s, uint64_t eligible)
{
	return eligible * s->points * s->multiplier / (s->per * 10000);
}

static void
buy(struct reckoning *r, struct world *w, const struct asset_id *a, size_t who, uint64_t paid, uint64_t with_points)
{
	struct sale *s = &r->sales[r->n];
	struct op_earn o = { *a, w->people[who + 1], receipt_number(r->n), units(paid), units(with_points) };
	struct wr p = { 0 };
	struct receipt known;
	int64_t period = w->env.time.sec / (TIER_DAYS * DAY);
	uint64_t all;

	if (r->period[who] != period) {
		r->before[who] = r->period[who] + 1 == period ? r->now[who] : 0;
		r->now[who] = 0;
		r->period[who] = period;
	}
	all = r->now[who] + r->before[who];
	*s = (struct sale){ who, paid, with_points, 0, 0, 0, r->points, r->per, all >= 9000 ? 30000 : all >= 2000 ? 12500 : 10000, period };
	s->granted = earned(s, paid - with_points);
	r->now[who] += paid - with_points;
	op_earn_encode(&p, &o);
	DONE(world_do(w, 0, OP_EARN, &p));
	CU_ASSERT_FATAL(receipt_get(&known, w->state, a, &o.receipt));
	CU_ASSERT_EQUAL_FATAL(amount_units(known.granted), s->granted);
	r->n++;
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void
bring_back(struct reckoning *r, struct world *w, const struct asset_id *a, size_t number, uint64_t price)
{
	struct sale *s = &r->sales[number];
	struct op_refund o = { *a, w->people[s->customer + 1], receipt_number(number), units(price) };
	uint64_t eligible = s->paid - s->with_points, before = eligible * (s->paid - s->returned) / s->paid;
	uint64_t left = eligible * (s->paid - s->returned - price) / s->paid;
	struct receipt known;
	struct wr p = { 0 };

	op_refund_encode(&p, &o);
	DONE(world_do(w, 0, OP_REFUND, &p));
	s->returned += price;
	CU_ASSERT_FATAL(receipt_get(&known, w->state, a, &o.receipt));
	CU_ASSERT_EQUAL_FATAL(amount_units(known.granted) - amount_units(known.taken), earned(s, left));
	if (r->period[s->customer] == s->period)
		r->now[s->customer] = less(r->now[s->customer], before - left);
	else if (r->period[s->customer] == s->period + 1)
		r->before[s->customer] = less(r->before[s->customer], before - left);
}

static void
announce(struct reckoning *r, struct world *w, const struct asset_id *a, uint64_t points, uint64_t per)
{
	struct wr params = { 0 }, p = { 0 };
	struct op_set_params o;

	if (points == r->points && per == r->per)
		return;
	wr_params(&params, points, per);
	o = (struct op_set_params){ *a, { params.p, params.len } };
	op_set_params_encode(&p, &o);
	DONE(world_do(w, 0, OP_SET_PARAMS, &p)); /* in force at once: no notice was declared */
	r->points = points;
	r->per = per;
	wr_clear(&params);
}

static void
earnings_are_as_reckoned(void)
{
	struct reckoning *r = calloc(1, sizeof(*r));
	uint64_t seed = 99, multiplied = 0;
	struct asset_id a;
	struct world w;

	world_init(&w);
	w.deep = false;
	r->points = 3;
	r->per = 10;
	a = club(&w, r->points, r->per);
	while (r->n < SALES) {
		size_t who;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		who = (size_t)(seed >> 60) % CUSTOMERS;
		if ((seed >> 40) % 4 == 0)
			world_block(&w, (int64_t)((seed >> 20) % (2 * DAY)));
		if ((seed >> 30) % 97 == 0)
			world_block(&w, 40 * DAY);
		if ((seed >> 25) % 50 == 0)
			announce(r, &w, &a, 1 + (seed >> 33) % 5, 1 + (seed >> 22) % 20);
		if ((seed >> 45) % 3 == 0 && r->n > 0) {
			size_t number = (size_t)(seed >> 10) % r->n;
			uint64_t left = r->sales[number].paid - r->sales[number].returned;

			if (left > 0)
				bring_back(r, &w, &a, number, 1 + (seed >> 15) % left);
			continue;
		}
		buy(r, &w, &a, who, 1 + (seed >> 12) % 900, (seed >> 35) % 5 == 0 ? 1 : 0);
		multiplied += r->sales[r->n - 1].multiplier > 10000;
	}
	CU_ASSERT(multiplied > SALES / 10 && multiplied < SALES * 9 / 10);
	CU_ASSERT_PTR_NULL(lot_invariants(w.state, &a));
	world_clear(&w);
	free(r);
}

static const struct unit_test tests[] = {
	{ "earnings are as reckoned", earnings_are_as_reckoned },
};

UNIT_MAIN("rule issue_loyalty", tests)
