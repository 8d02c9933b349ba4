/* Prices of offers: the order of the book, the edges, and T8, that no way round gains. */
#include "tests/unit/offering.h"

#include <stdio.h>
#include <string.h>

static void
the_book_is_in_the_order_of_prices(void)
{
	static const struct {
		uint64_t x, y;
	} rows[] = { /* from the cheapest on; equal prices in the order of their numbers */
		{ 1ull << 61, 1 }, { (1ull << 61) - 1, 1 }, { 1000000, 1 }, { 3, 1 }, { 300, 101 }, { 2, 1 }, { 1000001, 1000000 }, { 7, 7 },
		{ 9, 9 }, { 1000000, 1000001 }, { 1, 2 }, { 1, 1000000 }, { 3, INT64_MAX }, { 1, 1ull << 62 }, { 1, INT64_MAX },
	};
	uint64_t number[ARRAY_LEN(rows)];
	struct offer_walk walk;
	struct asset_id a;
	struct world w;
	struct offer o;
	size_t i = 0;

	world_init(&w);
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, INT64_MAX);
	for (size_t at = 0; at < ARRAY_LEN(rows); at++) {
		size_t k = (at * 8 + 7) % ARRAY_LEN(rows); /* 7, then 0, 8, 1, 9, … */

		number[k] = offering_plain(&w, 0, &a, rows[k].x, &coin, rows[k].y);
	}
	offer_book_init(&walk, w.state, &a, &coin);
	for (; offer_walk_next(&walk, &o); i++) {
		CU_ASSERT_FATAL(i < ARRAY_LEN(rows));
		CU_ASSERT_EQUAL(o.number, number[i]);
	}
	CU_ASSERT_EQUAL(i, ARRAY_LEN(rows));
	world_clear(&w);
}

static void
prices_at_the_edges(void)
{
	struct world w;
	struct asset_id a, b;
	uint64_t n;

	world_init(&w);
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, INT64_MAX);
	b = offering_asset(&w, 1, ASSET_TRANSFERABLE, INT64_MAX);
	n = offering_plain(&w, 0, &a, INT64_MAX, &b, 1);
	DONE(offering_take(&w, 1, n, 1, 1, 1)); /* a unit costs at least one */
	CU_ASSERT_EQUAL(world_has(&w, &b, 0), 1);
	DONE(offering_take(&w, 1, n, INT64_MAX, 0, INT64_MAX - 1));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), INT64_MAX);
	CU_ASSERT_EQUAL(world_has(&w, &b, 0), 2);
	n = offering_plain(&w, 1, &a, 3, &b, INT64_MAX - 2);
	REFUSED(offering_take(&w, 0, n, 1, 1, 3074457345618258601), "PRICE_LIMIT");
	REFUSED(offering_take(&w, 0, n, 3, 3, INT64_MAX - 2), "INSUFFICIENT_BALANCE");
	world_clear(&w);
}

/* ---- T8 ---- */

static uint64_t
draw(uint64_t *seed, uint64_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed % n;
}

/* What he has, at prices that follow from the first two rates: {1, y0 / x0, y0 y1 / (x0 x1)}, times x0 x1. */
static uint64_t
worth(const struct world *w, const struct asset_id p[3], const uint64_t x[3], const uint64_t y[3])
{
	return world_has(w, &p[0], 7) * x[0] * x[1] + world_has(w, &p[1], 7) * y[0] * x[1] + world_has(w, &p[2], 7) * y[0] * y[1];
}

/* Three merchants take each other's points at rates whose product is at most 1: whatever somebody converts, in whatever pieces, he never has
 * more than before. */
static void
T8_no_cycle_gains(void)
{
	uint64_t seed = 88172645463325252u;
	unsigned done = 0;

	for (int round = 0; round < 40; round++) {
		struct asset_id p[3];
		uint64_t x[3], y[3], n[3], had;
		struct world w;

		world_init(&w);
		w.deep = false;
		for (size_t i = 0; i < 3; i++)
			p[i] = offering_asset(&w, i, ASSET_TRANSFERABLE, 100000000);
		do {
			for (size_t i = 0; i < 3; i++) {
				x[i] = 1 + draw(&seed, 30);
				y[i] = 1 + draw(&seed, 30);
			}
		} while (x[0] * x[1] * x[2] > y[0] * y[1] * y[2]);
		/* merchant i + 1 gives x of his for y of merchant i's */
		for (size_t i = 0; i < 3; i++) {
			n[i] = offering_plain(&w, (i + 1) % 3, &p[(i + 1) % 3], x[i] * 100000, &p[i], y[i] * 100000);
			DONE(world_send(&w, i, &p[i], &w.people[7], 1 + draw(&seed, 3000)));
		}
		had = worth(&w, p, x, y);
		for (int step = 0; step < 60; step++) {
			size_t i = (size_t)draw(&seed, 3);
			uint64_t mine = world_has(&w, &p[i], 7);

			if (draw(&seed, 2) == 0)
				done += offering_take(&w, 7, n[i], INT64_MAX, 0, mine == 0 ? 0 : 1 + draw(&seed, mine)) == NULL;
			else
				done += offering_take(&w, 7, n[i], 1 + draw(&seed, 50), 0, mine) == NULL;
			CU_ASSERT(worth(&w, p, x, y) <= had);
			had = worth(&w, p, x, y);
		}
		world_clear(&w);
	}
	CU_ASSERT(done > 400);
}

/* The same in numbers: start with so many of the first, go round once, and have no more. */
static void
T8_once_round(void)
{
	uint64_t seed = 362436069;

	for (int i = 0; i < 200000; i++) {
		struct op_offer o[3];
		uint64_t x[3], y[3], have = 1 + draw(&seed, 1000000), start = have;
		unsigned __int128 gain = 1, cost = 1;

		for (int k = 0; k < 3; k++) {
			x[k] = 1 + draw(&seed, 1000);
			y[k] = 1 + draw(&seed, 1000);
			gain *= x[k];
			cost *= y[k];
		}
		for (int k = 0; k < 3; k++) {
			struct amount got, pay;

			o[k] = (struct op_offer){ .sell_amount = units(x[k] * 1000000), .buy_amount = units(y[k] * 1000000) };
			got = offer_affordable(&o[k], units(have));
			if (!offer_price(&pay, &o[k], got)) {
				have = 0;
				break;
			}
			CU_ASSERT(amount_units(pay) <= have);
			CU_ASSERT((unsigned __int128)amount_units(pay) * x[k] >= (unsigned __int128)amount_units(got) * y[k]);
			have = amount_units(got);
		}
		if (gain <= cost)
			CU_ASSERT(have <= start);
	}
}

static const struct unit_test tests[] = {
	{ "the book is in the order of prices", the_book_is_in_the_order_of_prices },
	{ "prices at the edges", prices_at_the_edges },
	{ "T8 no cycle gains", T8_no_cycle_gains },
	{ "T8 once round", T8_once_round },
};

UNIT_MAIN("offer rates", tests)
