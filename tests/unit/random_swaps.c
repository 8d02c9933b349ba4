/* Offers: made, taken, cancelled and left to expire. Each take is compared with the price. */
#include "tests/unit/random_fate.h"

#include "token/holding.h"
#include "token/offer.h"

#define OPEN_MAX 30

static uint64_t last; /* number of the newest offer of this world */
static unsigned open_n;

static void
begin(struct fate *f)
{
	(void)f;
	last = 0;
	open_n = 0;
}

static size_t
count_open(const struct state *s)
{
	struct offer_walk w;
	struct offer o;
	size_t n = 0;

	offer_all_init(&w, s, 0);
	while (offer_walk_next(&w, &o))
		n++;
	return n;
}

/* What he can spend of it, so that some offers and takes work. */
static uint64_t
some_of(struct fate *f, size_t who, const struct asset_id *id)
{
	uint64_t has = world_spendable(&f->w, id, who);

	return has > 0 && draw(f, 5) != 0 ? 1 + draw(f, has < 2000 ? has : 2000) : some_amount(f);
}

static void
do_offer(struct fate *f)
{
	size_t who = someone(f);
	struct asset_id sell = some_asset(f), buy = some_asset(f);
	struct op_offer o = {
		.sell = sell, .buy = buy, .sell_amount = units(some_of(f, who, &sell)), .buy_amount = units(some_amount(f)),
		.flags = (uint8_t)draw(f, 9) % 4, .until.sec = f->w.env.time.sec - 5 + (int64_t)draw(f, 3000), .has_only = draw(f, 5) == 0,
	};
	struct wr p = { 0 };
	struct event e;

	if (open_n++ % 8 == 0 && count_open(f->w.state) >= OPEN_MAX)
		return;
	if (o.has_only)
		o.only = some_account(f);
	op_offer_encode(&p, &o);
	if (!run(f, who, OP_OFFER, &p))
		return;
	CU_ASSERT_FATAL(world_event(&e, &f->w, "OFFERED"));
	last++;
}

static bool
some_offer(struct fate *f, struct offer *o)
{
	uint64_t recent = last > 20 ? last - 20 : 0;

	for (int i = 0; i < 3; i++) {
		if (offer_get(o, f->w.state, recent + 1 + draw(f, last - recent + 1)))
			return true;
	}
	return false;
}

static void
do_take(struct fate *f)
{
	struct op_take t = { .want = units(some_amount(f)), .pay_max = units(some_amount(f)) };
	struct offer o, after;
	size_t who = someone(f);
	uint64_t before = 0, had = 0, got, paid;
	struct wr p = { 0 };
	struct event e;

	if (!some_offer(f, &o)) {
		t.offer = last + draw(f, 3) + 1;
	} else {
		t.offer = o.number;
		before = amount_units(offer_left(f->w.state, &o, f->w.env.time));
		t.want = units(before > 0 && draw(f, 3) != 0 ? 1 + draw(f, before) : INT64_MAX);
		t.least = units(draw(f, 4) == 0 ? draw(f, amount_units(t.want)) : 0);
		t.pay_max = units(some_of(f, who, &o.terms.buy));
		had = world_has(&f->w, &o.terms.sell, who);
		if (o.terms.has_only && draw(f, 4) != 0)
			who = person_of(f, &o.terms.only);
		had = world_has(&f->w, &o.terms.sell, who);
	}
	op_take_encode(&p, &t);
	if (!run(f, who, OP_TAKE, &p))
		return;
	CU_ASSERT_FATAL(world_event(&e, &f->w, "TAKEN"));
	{
		struct rd r = rd_init(e.body, e.len);
		struct offer_taken taken;

		CU_ASSERT_FATAL(rd_offer_taken(&r, &taken));
		got = amount_units(taken.got);
		paid = amount_units(taken.paid);
		CU_ASSERT(amount_units(taken.left) == before - got && taken.offer == t.offer && account_eq(&taken.taker, &f->w.people[who]));
		CU_ASSERT(asset_id_eq(&taken.sell, &o.terms.sell) && asset_id_eq(&taken.buy, &o.terms.buy));
	}
	CU_ASSERT(paid <= amount_units(t.pay_max) && got >= amount_units(t.least) && got <= amount_units(t.want) && got > 0);
	/* O4, and no unit more than that */
	CU_ASSERT((unsigned __int128)paid * amount_units(o.terms.sell_amount) >= (unsigned __int128)got * amount_units(o.terms.buy_amount));
	CU_ASSERT((unsigned __int128)(paid - 1) * amount_units(o.terms.sell_amount) < (unsigned __int128)got * amount_units(o.terms.buy_amount));
	CU_ASSERT_EQUAL(world_has(&f->w, &o.terms.sell, who), had + got);
	CU_ASSERT_EQUAL(offer_get(&after, f->w.state, t.offer), got < before);
}

static void
do_cancel(struct fate *f)
{
	struct op_cancel_offer c = { draw(f, last + 3), units(some_amount(f)) };
	struct offer o;
	size_t who = someone(f);
	struct wr p = { 0 };

	if (some_offer(f, &o)) {
		c.offer = o.number;
		if (draw(f, 3) != 0)
			who = person_of(f, &o.owner);
	}
	op_cancel_offer_encode(&p, &c);
	(void)run(f, who, OP_CANCEL_OFFER, &p);
}

static void
step(struct fate *f)
{
	uint64_t what = draw(f, 10);

	if (what < 4)
		do_offer(f);
	else if (what < 9)
		do_take(f);
	else
		do_cancel(f);
}

static const uint16_t ops[] = { OP_OFFER, OP_TAKE, OP_CANCEL_OFFER };

const struct random_part random_swaps = { "swaps", 15, begin, step, ops, ARRAY_LEN(ops) };
