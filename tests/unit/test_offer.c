/* Offers: prices and their rounding, limits of a taker, what flags and freezes mean in escrow, lots, expiry in bounded steps, T8. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"
#include "token/offer.h"

static const struct asset_id coin;

static struct asset_id
points(struct world *w, size_t issuer, uint16_t flags, uint64_t supply)
{
	struct op_create o = { .flags = flags, .dao = ASSET_NO_DAO, .cap = units(INT64_MAX) };
	struct asset_id a;

	if ((flags & ASSET_BACKED) != 0)
		o.units = o.sats = 1;
	DONE(world_create(w, &a, issuer, &o));
	if (supply > 0)
		DONE(world_mint(w, issuer, &a, issuer, supply, supply));
	return a;
}

static const char *
offer_with(struct world *w, size_t person, const struct op_offer *o, uint64_t *number)
{
	struct wr p = { 0 };
	struct event e;
	const char *why;

	op_offer_encode(&p, o);
	why = world_do(w, person, OP_OFFER, &p);
	if (why == NULL) {
		struct rd r;

		CU_ASSERT_FATAL(world_event(&e, w, "OFFERED"));
		r = rd_init(e.body, e.len);
		*number = rd_u64(&r);
	}
	return why;
}

static uint64_t
offer(struct world *w, size_t person, const struct asset_id *sell, uint64_t x, const struct asset_id *buy, uint64_t y)
{
	struct op_offer o = { *sell, *buy, units(x), units(y), 0, { w->env.time.sec + 1000 }, false, { 0 } };
	uint64_t number = 0;

	DONE(offer_with(w, person, &o, &number));
	return number;
}

static const char *
take(struct world *w, size_t person, uint64_t number, uint64_t want, uint64_t least, uint64_t pay_max)
{
	struct op_take t = { number, units(want), units(least), units(pay_max) };
	struct wr p = { 0 };

	op_take_encode(&p, &t);
	return world_do(w, person, OP_TAKE, &p);
}

static const char *
cancel(struct world *w, size_t person, uint64_t number, uint64_t amount)
{
	struct op_cancel_offer c = { number, units(amount) };
	struct wr p = { 0 };

	op_cancel_offer_encode(&p, &c);
	return world_do(w, person, OP_CANCEL_OFFER, &p);
}

static uint64_t
left(const struct world *w, uint64_t number)
{
	struct offer o;

	return offer_get(&o, w->state, number) ? amount_units(offer_left(w->state, &o, w->env.time)) : 0;
}

static const char *
freeze(struct world *w, size_t issuer, const struct asset_id *a, size_t who, uint16_t op)
{
	struct op_freeze o = { *a, w->people[who] };
	struct wr p = { 0 };

	op_freeze_encode(&p, &o);
	return world_do(w, issuer, op, &p);
}

static const char *
pause_until(struct world *w, size_t issuer, const struct asset_id *a, int64_t seconds)
{
	struct op_pause o = { *a, { w->env.time.sec + seconds } };
	struct wr p = { 0 };

	op_pause_encode(&p, &o);
	return world_do(w, issuer, OP_PAUSE, &p);
}

static void
parts_of_an_offer(void)
{
	struct world w;
	struct asset_id a;
	uint64_t n;
	struct account escrow;

	world_init(&w);
	a = points(&w, 0, ASSET_TRANSFERABLE, 1000);
	n = offer(&w, 0, &a, 300, &coin, 100);
	escrow = offer_escrow(n);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 700);
	CU_ASSERT_EQUAL(amount_units(bank_balance(w.state, &escrow, &a)), 300);

	/* 100 units cost 33.3: he pays 34, and gets no more than he wants */
	DONE(take(&w, 1, n, 100, 100, 34));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 100);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000 - 34);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), 1000000 - 100 + 34);
	/* by what he pays: 10 buy 30, and no more than 30 is asked for them */
	DONE(take(&w, 2, n, INT64_MAX, 0, 10));
	CU_ASSERT_EQUAL(world_has(&w, &a, 2), 30);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000000 - 10);
	CU_ASSERT_EQUAL(left(&w, n), 170);

	/* his limits hold whoever came first */
	REFUSED(take(&w, 3, n, 200, 171, 1000), "LEFT_TOO_LITTLE");
	REFUSED(take(&w, 3, n, 100, 100, 33), "PRICE_LIMIT");
	REFUSED(take(&w, 3, n, 1, 1, 0), "PRICE_LIMIT");
	REFUSED(take(&w, 3, n, 100, 101, 1000), "BAD_LIMITS");
	REFUSED(take(&w, 3, n, 0, 0, 1000), "ZERO_AMOUNT");
	REFUSED(take(&w, 0, n, 1, 1, 1000), "OWN_OFFER");
	REFUSED(take(&w, 3, n + 1, 1, 1, 1000), "OFFER_UNKNOWN");
	REFUSED(take(&w, 3, 0, 1, 1, 1000), "OFFER_UNKNOWN");
	DONE(take(&w, 3, n, 200, 170, 1000));
	CU_ASSERT_EQUAL(world_has(&w, &a, 3), 170);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[3]), 1000000 - 57);
	REFUSED(take(&w, 3, n, 1, 1, 1000), "OFFER_UNKNOWN");
	world_clear(&w);
}

static void
terms_that_are_none(void)
{
	struct world w;
	struct asset_id a, unknown = { hash_of("nothing") };
	struct op_offer good = { .sell_amount = units(10), .buy_amount = units(1) }, o;
	uint64_t n;

	world_init(&w);
	a = points(&w, 0, ASSET_TRANSFERABLE, 1000);
	good.sell = a;
	good.until.sec = w.env.time.sec;
	o = good;
	o.buy = a;
	REFUSED(offer_with(&w, 0, &o, &n), "SAME_ASSET");
	o = good;
	o.sell_amount = AMOUNT_ZERO;
	REFUSED(offer_with(&w, 0, &o, &n), "ZERO_AMOUNT");
	o = good;
	o.buy_amount = AMOUNT_ZERO;
	REFUSED(offer_with(&w, 0, &o, &n), "ZERO_AMOUNT");
	o = good;
	o.until.sec--;
	REFUSED(offer_with(&w, 0, &o, &n), "BAD_UNTIL");
	o.until.sec = w.env.time.sec + OFFER_LIFE_MAX + 1;
	REFUSED(offer_with(&w, 0, &o, &n), "BAD_UNTIL");
	o.until.sec = INT64_MAX;
	REFUSED(offer_with(&w, 0, &o, &n), "BAD_UNTIL");
	o.until.sec = INT64_MIN;
	REFUSED(offer_with(&w, 0, &o, &n), "BAD_UNTIL");
	o = good;
	o.buy = unknown;
	REFUSED(offer_with(&w, 0, &o, &n), "ASSET_UNKNOWN");
	o = good;
	o.sell = unknown;
	REFUSED(offer_with(&w, 0, &o, &n), "ASSET_UNKNOWN");
	o = good;
	o.flags = OFFER_REDEEM;
	REFUSED(offer_with(&w, 0, &o, &n), "NOT_REDEEMABLE");
	o.flags = 0;
	o.has_only = true;
	o.only = w.people[0];
	REFUSED(offer_with(&w, 0, &o, &n), "NOT_A_RECIPIENT");
	o.only = dao_treasury(0);
	REFUSED(offer_with(&w, 0, &o, &n), "NOT_A_RECIPIENT");
	o.flags = 4;
	REFUSED(offer_with(&w, 0, &o, &n), "BAD_PAYLOAD");
	o = good;
	o.sell_amount = units(1001);
	REFUSED(offer_with(&w, 0, &o, &n), "INSUFFICIENT_BALANCE");
	REFUSED(offer_with(&w, 1, &good, &n), "INSUFFICIENT_BALANCE");
	DONE(offer_with(&w, 0, &good, &n));
	DONE(take(&w, 1, n, 1, 1, 1)); /* in its last second */
	w.env.time.sec++;
	REFUSED(take(&w, 1, n, 1, 1, 1), "OFFER_EXPIRED");
	world_clear(&w);
}

static void
whole_and_private(void)
{
	struct world w;
	struct asset_id a;
	struct op_offer o = { .sell_amount = units(100), .buy_amount = units(50), .flags = OFFER_WHOLE, .has_only = true };
	uint64_t n;

	world_init(&w);
	a = points(&w, 0, ASSET_TRANSFERABLE, 1000);
	o.sell = a;
	o.until.sec = w.env.time.sec + 10;
	o.only = w.people[2];
	DONE(offer_with(&w, 0, &o, &n));
	REFUSED(take(&w, 1, n, 100, 100, 50), "NOT_FOR_YOU");
	REFUSED(take(&w, 2, n, 99, 0, 50), "TAKE_WHOLE");
	REFUSED(take(&w, 2, n, 100, 0, 49), "TAKE_WHOLE");
	DONE(cancel(&w, 0, n, 40)); /* smaller, at the same price */
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 940);
	DONE(take(&w, 2, n, 100, 60, 30));
	CU_ASSERT_EQUAL(world_has(&w, &a, 2), 60);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000000 - 30);
	world_clear(&w);
}

static void
cancelled_and_expired(void)
{
	struct world w;
	struct asset_id a;
	uint64_t n, m;
	struct unixtime due;

	world_init(&w);
	a = points(&w, 0, ASSET_TRANSFERABLE, 1000);
	n = offer(&w, 0, &a, 300, &coin, 100);
	m = offer(&w, 0, &a, 100, &coin, 100);
	REFUSED(cancel(&w, 1, n, 300), "NOT_YOURS");
	REFUSED(cancel(&w, 0, n, 0), "ZERO_AMOUNT");
	REFUSED(cancel(&w, 0, 99, 1), "OFFER_UNKNOWN");
	DONE(cancel(&w, 0, n, 50));
	CU_ASSERT_EQUAL(left(&w, n), 250);
	DONE(cancel(&w, 0, n, INT64_MAX));
	REFUSED(cancel(&w, 0, n, 1), "OFFER_UNKNOWN");
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 900);
	CU_ASSERT_FATAL(offer_module.next_deadline(w.state, &due));
	CU_ASSERT_EQUAL(due.sec, w.env.time.sec + 1001);
	world_block(&w, 1000);
	DONE(take(&w, 1, m, 1, 1, 1));
	world_block(&w, 1);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 900);
	world_block(&w, 0);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 999);
	CU_ASSERT_FALSE(offer_module.next_deadline(w.state, &due));
	REFUSED(take(&w, 1, m, 1, 1, 1), "OFFER_UNKNOWN");
	world_clear(&w);
}

/* So many at once, the others in the next blocks. */
static void
expiry_is_bounded(void)
{
	struct world w;
	struct asset_id a;
	struct unixtime due;

	world_init(&w);
	a = points(&w, 0, ASSET_TRANSFERABLE, 1000);
	for (int i = 0; i < OFFERS_EXPIRE_MAX + 10; i++)
		(void)offer(&w, 0, &a, 2, &coin, 1);
	world_block(&w, 5000);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 1000 - 2 * (OFFERS_EXPIRE_MAX + 10));
	world_block(&w, 1);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 1000 - 2 * 10);
	CU_ASSERT(offer_module.next_deadline(w.state, &due) && due.sec <= w.env.time.sec);
	world_block(&w, 1);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 1000);
	world_clear(&w);
}

static void
frozen_and_paused(void)
{
	struct world w;
	struct asset_id a;
	struct op_clawback claw;
	struct wr p = { 0 };
	uint64_t n, m;

	world_init(&w);
	a = points(&w, 0, ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_PAUSABLE | ASSET_CLAWBACK, 1000);
	DONE(world_send(&w, 0, &a, &w.people[1], 500));
	n = offer(&w, 1, &a, 100, &coin, 100);
	m = offer(&w, 2, &coin, 100, &a, 100);
	DONE(freeze(&w, 0, &a, 1, OP_FREEZE));
	REFUSED(take(&w, 3, n, 10, 10, 10), "ACCOUNT_FROZEN");
	REFUSED(take(&w, 1, m, 10, 10, 10), "ACCOUNT_FROZEN");
	REFUSED(cancel(&w, 3, n, 100), "NOT_YOURS");
	/* the issuer brings it back, within reach of his clawback */
	DONE(cancel(&w, 0, n, 60));
	DONE(cancel(&w, 1, n, 100));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 500);
	claw = (struct op_clawback){ a, w.people[1], units(500) };
	op_clawback_encode(&p, &claw);
	DONE(world_do(&w, 0, OP_CLAWBACK, &p));
	DONE(freeze(&w, 0, &a, 1, OP_UNFREEZE));

	DONE(world_send(&w, 0, &a, &w.people[1], 200));
	n = offer(&w, 1, &a, 100, &coin, 100);
	DONE(freeze(&w, 0, &a, 3, OP_FREEZE));
	REFUSED(take(&w, 3, n, 10, 10, 10), "ACCOUNT_FROZEN");
	REFUSED(cancel(&w, 0, n, 100), "NOT_YOURS");
	DONE(pause_until(&w, 0, &a, 5000));
	REFUSED(take(&w, 4, n, 10, 10, 10), "ASSET_PAUSED");
	REFUSED(take(&w, 1, m, 10, 10, 10), "ASSET_PAUSED");
	DONE(cancel(&w, 1, n, 10)); /* it was his all the time */
	world_block(&w, 2000);
	world_block(&w, 0);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 200);
	world_clear(&w);
}

static void
who_may_sell(void)
{
	struct world w;
	struct asset_id fixed, loop;
	struct op_offer o = { .sell_amount = units(10), .buy_amount = units(10) };
	uint64_t n;

	world_init(&w);
	o.until.sec = w.env.time.sec + 100;
	fixed = points(&w, 0, 0, 100);
	loop = points(&w, 0, ASSET_CLOSED_LOOP, 100);
	DONE(world_send(&w, 0, &fixed, &w.people[1], 50));
	DONE(world_send(&w, 0, &loop, &w.people[1], 50));
	o.sell = fixed;
	REFUSED(offer_with(&w, 1, &o, &n), "NOT_TRANSFERABLE");
	DONE(offer_with(&w, 0, &o, &n)); /* the issuer may */
	DONE(take(&w, 2, n, 5, 5, 5));
	o.sell = loop;
	REFUSED(offer_with(&w, 1, &o, &n), "CLOSED_LOOP");
	o.flags = 0;
	o.has_only = true;
	o.only = w.people[2];
	REFUSED(offer_with(&w, 1, &o, &n), "CLOSED_LOOP");
	o.only = w.people[0];
	DONE(offer_with(&w, 1, &o, &n)); /* back to the store, for coin */
	DONE(take(&w, 0, n, 10, 10, 10));
	CU_ASSERT_EQUAL(world_has(&w, &loop, 0), 60);

	/* store credit pays its store alone */
	n = offer(&w, 2, &coin, 10, &loop, 10);
	REFUSED(take(&w, 1, n, 10, 10, 10), "CLOSED_LOOP");
	n = offer(&w, 0, &coin, 10, &loop, 10);
	DONE(take(&w, 1, n, 10, 10, 10));
	CU_ASSERT_EQUAL(world_has(&w, &loop, 0), 70);
	world_clear(&w);
}

/* What is paid ends at once; the coin behind it is the owner's. */
static void
payment_is_redeemed(void)
{
	struct world w;
	struct asset_id mine, theirs, plain;
	struct op_offer o = { .sell_amount = units(100), .buy_amount = units(200), .flags = OFFER_REDEEM };
	uint64_t n, before;

	world_init(&w);
	mine = points(&w, 0, ASSET_TRANSFERABLE, 1000);
	theirs = points(&w, 1, ASSET_TRANSFERABLE | ASSET_BACKED, 1000);
	plain = points(&w, 1, ASSET_TRANSFERABLE, 1000);
	o.sell = mine;
	o.buy = theirs;
	o.until.sec = w.env.time.sec + 100;
	DONE(offer_with(&w, 0, &o, &n));
	DONE(world_send(&w, 1, &theirs, &w.people[2], 50));
	before = world_coin(&w, &w.people[0]);
	DONE(take(&w, 2, n, 100, 0, 50));
	CU_ASSERT_EQUAL(world_has(&w, &mine, 2), 25);
	CU_ASSERT_EQUAL(world_has(&w, &theirs, 0), 0);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), before + 50);
	CU_ASSERT_EQUAL(amount_units(bank_supply(w.state, &theirs)), 950);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000000);
	o.buy = plain;
	DONE(offer_with(&w, 0, &o, &n));
	DONE(take(&w, 1, n, 1, 1, 2));
	CU_ASSERT_EQUAL(amount_units(bank_supply(w.state, &plain)), 998);
	world_clear(&w);
}

/* ---- rules that answer for transfers ---- */

static struct tally_account banned;
static uint64_t tax;

/* Nobody sends to `banned`; and some of what is sent goes astray. */
static int32_t
gate(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	struct tally_effect *e = &out->list[0];

	(void)c;
	if (tally_same_account(&op->to, &banned))
		return 1;
	out->n = 1;
	e->kind = op->op == TALLY_OP_TRANSFER ? TALLY_EFFECT_MOVE : TALLY_EFFECT_MINT;
	e->from = op->source;
	e->to = op->to;
	e->amount = op->amount - (op->op == TALLY_OP_TRANSFER ? tax : 0);
	e->expires_at = TALLY_NEVER;
	return 0;
}

static const struct tally_issue_functions gate_functions = { gate };
static const char *const gate_reasons[] = { "BANNED", NULL };
static const struct tally_issue_case mint_five = {
	{ .op = TALLY_OP_MINT, .amount = 5, .to = TALLY_PERSON(1) }, (const struct tally_effect[]){ { .kind = TALLY_EFFECT_MINT, .to = TALLY_PERSON(1), .amount = 5, .expires_at = TALLY_NEVER } }, 1,
};
static const struct tally_vector gate_vectors[] = { { .name = "five", .function = TALLY_FN_ON, .issue = &mint_five } };
static const struct tally_plugin gate_rule = {
	.magic = TALLY_PLUGIN_MAGIC, .abi_major = TALLY_ABI_MAJOR, .size = sizeof(struct tally_plugin), .kind = TALLY_ISSUE, .name = "issue_gate", .major = 1,
	.gas_max = 10000, .ops = 1u << TALLY_OP_MINT | 1u << TALLY_OP_TRANSFER, .reasons = gate_reasons, .issue = &gate_functions, TALLY_VECTORS(gate_vectors),
};

static void
rules_are_asked(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_gate"), .rule_major = 1 };
	struct action_plugin_disable off = { OP_TEXT("issue_gate"), 1, 0, 0 };
	struct asset_id a, b;
	struct world w;
	uint64_t n, m;

	world_init(&w);
	memset(&banned, 0xff, sizeof(banned));
	tax = 0;
	world_approve(&w, &gate_rule);
	DONE(world_create(&w, &a, 0, &o));
	DONE(world_mint(&w, 0, &a, 0, 1000, 0));
	n = offer(&w, 0, &a, 100, &coin, 100);
	m = offer(&w, 1, &coin, 100, &a, 100);
	DONE(take(&w, 2, n, 10, 10, 10));
	CU_ASSERT(world_has(&w, &a, 2) == 10 && world_has(&w, &a, 0) == 900 && left(&w, n) == 90);
	DONE(take(&w, 2, m, 5, 5, 5));
	CU_ASSERT(world_has(&w, &a, 2) == 5 && world_has(&w, &a, 1) == 5);
	banned = (struct tally_account){ .type = ACCOUNT_KEY };
	memcpy(banned.id, w.people[3].id.b, sizeof(banned.id));
	REFUSED(take(&w, 3, n, 10, 10, 10), "BANNED");
	memcpy(banned.id, w.people[1].id.b, sizeof(banned.id));
	REFUSED(take(&w, 2, m, 5, 5, 5), "BANNED");
	/* what goes astray is no sale */
	memset(&banned, 0xff, sizeof(banned));
	tax = 1;
	REFUSED(take(&w, 2, n, 10, 10, 10), "RULE_EFFECT");
	REFUSED(take(&w, 2, m, 5, 5, 5), "RULE_EFFECT");
	CU_ASSERT(left(&w, n) == 90 && left(&w, m) == 95);
	DONE(cancel(&w, 0, n, 10)); /* the owner's own units move nowhere */
	/* with dates they would be mixed with the owner's others */
	o.flags |= ASSET_LOTS;
	DONE(world_create(&w, &b, 0, &o));
	banned.type = 1;
	DONE(world_mint(&w, 0, &b, 0, 1000, 0));
	{
		struct op_offer dated = { b, coin, units(5), units(5), 0, { w.env.time.sec + 5 }, false, { 0 } };

		REFUSED(offer_with(&w, 0, &dated, &m), "RULE_TRANSFER");
	}
	/* once it is disabled holders move their units without it */
	DONE(rule_disable(w.state, &off));
	DONE(take(&w, 3, n, 10, 10, 10));
	CU_ASSERT_EQUAL(world_has(&w, &a, 3), 10);
	world_clear(&w);
}

/* ---- lots ---- */

static struct asset_id
dated(struct world *w, size_t issuer, uint32_t valid_days)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_LOTS, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_loyalty"), .rule_major = 1 };
	struct asset_id a;
	struct wr p = { 0 };

	wr_u64(&p, 1);
	wr_u64(&p, 1);
	wr_u32(&p, 0);
	wr_u32(&p, valid_days);
	wr_u32(&p, 1);
	wr_u8(&p, 0);
	o.params = (struct op_blob){ p.p, p.len };
	DONE(world_create(w, &a, issuer, &o));
	wr_clear(&p);
	return a;
}

static void
lots_keep_their_dates(void)
{
	struct world w;
	struct asset_id a;
	struct account escrow;
	struct lots l;
	uint64_t n;
	size_t keys;

	world_init(&w);
	a = dated(&w, 0, 3);
	DONE(world_mint(&w, 0, &a, 0, 100, 0));
	world_block(&w, DAY_SECONDS);
	DONE(world_mint(&w, 0, &a, 0, 100, 0));
	keys = state_count(w.state);
	{
		struct op_offer o = { a, coin, units(150), units(150), 0, { w.env.time.sec + 30 * DAY_SECONDS }, false, { 0 } };

		DONE(offer_with(&w, 0, &o, &n));
	}
	DONE(take(&w, 1, n, 10, 10, 10));
	lots_get(&l, w.state, &a, &w.people[1], w.env.time);
	CU_ASSERT_EQUAL_FATAL(l.n, 1); /* the one that ends first */
	CU_ASSERT_EQUAL(l.list[0].expires_day, lot_day_after((struct unixtime){ WORLD_TIME + 3 * DAY_SECONDS }));
	world_block(&w, (int64_t)l.list[0].expires_day * DAY_SECONDS - w.env.time.sec);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	CU_ASSERT_EQUAL(left(&w, n), 50); /* of 140, 90 have expired */
	REFUSED(take(&w, 2, n, 60, 60, 60), "LEFT_TOO_LITTLE");
	DONE(take(&w, 2, n, 10, 10, 10));
	CU_ASSERT_EQUAL(left(&w, n), 40);
	world_block(&w, 2 * DAY_SECONDS);
	CU_ASSERT_EQUAL(left(&w, n), 0);
	REFUSED(take(&w, 2, n, 1, 1, 1), "NOTHING_LEFT");
	world_block(&w, 0);
	DONE(cancel(&w, 0, n, 1)); /* clears away what is worth nothing */
	escrow = offer_escrow(n);
	CU_ASSERT_EQUAL(amount_units(bank_supply(w.state, &a)), 0);
	lots_get(&l, w.state, &a, &escrow, (struct unixtime){ 0 });
	CU_ASSERT_EQUAL(l.n, 0);
	CU_ASSERT(state_count(w.state) <= keys + 3); /* a counter, and two takers' dead lists */
	world_clear(&w);
}

/* The owner's list is full when his offer ends: it waits until he has room. */
static void
no_room_for_what_comes_back(void)
{
	struct world w;
	struct asset_id a;
	struct op_offer o;
	uint64_t n;

	world_init(&w);
	w.deep = false;
	a = dated(&w, 0, 300);
	DONE(world_mint(&w, 0, &a, 1, 5, 0));
	o = (struct op_offer){ a, coin, units(5), units(5), 0, { w.env.time.sec + 250 * DAY_SECONDS }, false, { 0 } };
	DONE(offer_with(&w, 1, &o, &n));
	for (int i = 0; i < LOTS_TRANSFER_MAX; i++) {
		world_block(&w, DAY_SECONDS);
		DONE(world_mint(&w, 0, &a, 1, 5, 0));
	}
	world_block(&w, 27 * DAY_SECONDS);
	world_block(&w, 0);
	w.deep = true;
	world_block(&w, 0);
	CU_ASSERT_EQUAL(left(&w, n), 5);
	REFUSED(take(&w, 2, n, 1, 1, 1), "OFFER_EXPIRED");
	REFUSED(cancel(&w, 1, n, 5), "TOO_MANY_LOTS");
	DONE(world_send(&w, 1, &a, &w.people[2], 5));
	DONE(cancel(&w, 1, n, 5));
	CU_ASSERT_EQUAL(left(&w, n), 0);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 5 * LOTS_TRANSFER_MAX);
	world_clear(&w);
}

/* ---- the book ---- */

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
	a = points(&w, 0, ASSET_TRANSFERABLE, INT64_MAX);
	for (size_t at = 0; at < ARRAY_LEN(rows); at++) {
		size_t k = (at * 8 + 7) % ARRAY_LEN(rows); /* 7, then 0, 8, 1, 9, … */

		number[k] = offer(&w, 0, &a, rows[k].x, &coin, rows[k].y);
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
	a = points(&w, 0, ASSET_TRANSFERABLE, INT64_MAX);
	b = points(&w, 1, ASSET_TRANSFERABLE, INT64_MAX);
	n = offer(&w, 0, &a, INT64_MAX, &b, 1);
	DONE(take(&w, 1, n, 1, 1, 1)); /* a unit costs at least one */
	CU_ASSERT_EQUAL(world_has(&w, &b, 0), 1);
	DONE(take(&w, 1, n, INT64_MAX, 0, INT64_MAX - 1));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), INT64_MAX);
	CU_ASSERT_EQUAL(world_has(&w, &b, 0), 2);
	n = offer(&w, 1, &a, 3, &b, INT64_MAX - 2);
	REFUSED(take(&w, 0, n, 1, 1, 3074457345618258601), "PRICE_LIMIT");
	REFUSED(take(&w, 0, n, 3, 3, INT64_MAX - 2), "INSUFFICIENT_BALANCE");
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
			p[i] = points(&w, i, ASSET_TRANSFERABLE, 100000000);
		do {
			for (size_t i = 0; i < 3; i++) {
				x[i] = 1 + draw(&seed, 30);
				y[i] = 1 + draw(&seed, 30);
			}
		} while (x[0] * x[1] * x[2] > y[0] * y[1] * y[2]);
		/* merchant i + 1 gives x of his for y of merchant i's */
		for (size_t i = 0; i < 3; i++) {
			n[i] = offer(&w, (i + 1) % 3, &p[(i + 1) % 3], x[i] * 100000, &p[i], y[i] * 100000);
			DONE(world_send(&w, i, &p[i], &w.people[7], 1 + draw(&seed, 3000)));
		}
		had = worth(&w, p, x, y);
		for (int step = 0; step < 60; step++) {
			size_t i = (size_t)draw(&seed, 3);
			uint64_t mine = world_has(&w, &p[i], 7);

			if (draw(&seed, 2) == 0)
				done += take(&w, 7, n[i], INT64_MAX, 0, mine == 0 ? 0 : 1 + draw(&seed, mine)) == NULL;
			else
				done += take(&w, 7, n[i], 1 + draw(&seed, 50), 0, mine) == NULL;
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
	{ "parts of an offer", parts_of_an_offer },
	{ "terms that are none", terms_that_are_none },
	{ "whole and private", whole_and_private },
	{ "cancelled and expired", cancelled_and_expired },
	{ "expiry is bounded", expiry_is_bounded },
	{ "frozen and paused", frozen_and_paused },
	{ "who may sell", who_may_sell },
	{ "payment is redeemed", payment_is_redeemed },
	{ "rules are asked", rules_are_asked },
	{ "lots keep their dates", lots_keep_their_dates },
	{ "no room for what comes back", no_room_for_what_comes_back },
	{ "the book is in the order of prices", the_book_is_in_the_order_of_prices },
	{ "prices at the edges", prices_at_the_edges },
	{ "T8 no cycle gains", T8_no_cycle_gains },
	{ "T8 once round", T8_once_round },
};

UNIT_MAIN("offer", tests)
