/* Offers: prices and their rounding, limits of a taker, what flags and freezes mean in escrow, lots, expiry in bounded steps. */
#include "tests/unit/offering.h"

#include <stdio.h>
#include <string.h>

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
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, 1000);
	n = offering_plain(&w, 0, &a, 300, &coin, 100);
	escrow = offer_escrow(n);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 700);
	CU_ASSERT_EQUAL(amount_units(bank_balance(w.state, &escrow, &a)), 300);

	/* 100 units cost 33.3: he pays 34, and gets no more than he wants */
	DONE(offering_take(&w, 1, n, 100, 100, 34));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 100);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000 - 34);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), 1000000 - 100 + 34);
	/* by what he pays: 10 buy 30, and no more than 30 is asked for them */
	DONE(offering_take(&w, 2, n, INT64_MAX, 0, 10));
	CU_ASSERT_EQUAL(world_has(&w, &a, 2), 30);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000000 - 10);
	CU_ASSERT_EQUAL(offering_left(&w, n), 170);

	/* his limits hold whoever came first */
	REFUSED(offering_take(&w, 3, n, 200, 171, 1000), "LEFT_TOO_LITTLE");
	REFUSED(offering_take(&w, 3, n, 100, 100, 33), "PRICE_LIMIT");
	REFUSED(offering_take(&w, 3, n, 1, 1, 0), "PRICE_LIMIT");
	REFUSED(offering_take(&w, 3, n, 100, 101, 1000), "BAD_LIMITS");
	REFUSED(offering_take(&w, 3, n, 0, 0, 1000), "ZERO_AMOUNT");
	REFUSED(offering_take(&w, 0, n, 1, 1, 1000), "OWN_OFFER");
	REFUSED(offering_take(&w, 3, n + 1, 1, 1, 1000), "OFFER_UNKNOWN");
	REFUSED(offering_take(&w, 3, 0, 1, 1, 1000), "OFFER_UNKNOWN");
	DONE(offering_take(&w, 3, n, 200, 170, 1000));
	CU_ASSERT_EQUAL(world_has(&w, &a, 3), 170);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[3]), 1000000 - 57);
	REFUSED(offering_take(&w, 3, n, 1, 1, 1000), "OFFER_UNKNOWN");
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
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, 1000);
	good.sell = a;
	good.until.sec = w.env.time.sec;
	o = good;
	o.buy = a;
	REFUSED(offering_make(&w, 0, &o, &n), "SAME_ASSET");
	o = good;
	o.sell_amount = AMOUNT_ZERO;
	REFUSED(offering_make(&w, 0, &o, &n), "ZERO_AMOUNT");
	o = good;
	o.buy_amount = AMOUNT_ZERO;
	REFUSED(offering_make(&w, 0, &o, &n), "ZERO_AMOUNT");
	o = good;
	o.until.sec--;
	REFUSED(offering_make(&w, 0, &o, &n), "BAD_UNTIL");
	o.until.sec = w.env.time.sec + OFFER_LIFE_MAX + 1;
	REFUSED(offering_make(&w, 0, &o, &n), "BAD_UNTIL");
	o.until.sec = INT64_MAX;
	REFUSED(offering_make(&w, 0, &o, &n), "BAD_UNTIL");
	o.until.sec = INT64_MIN;
	REFUSED(offering_make(&w, 0, &o, &n), "BAD_UNTIL");
	o = good;
	o.buy = unknown;
	REFUSED(offering_make(&w, 0, &o, &n), "ASSET_UNKNOWN");
	o = good;
	o.sell = unknown;
	REFUSED(offering_make(&w, 0, &o, &n), "ASSET_UNKNOWN");
	o = good;
	o.flags = OFFER_REDEEM;
	REFUSED(offering_make(&w, 0, &o, &n), "NOT_REDEEMABLE");
	o.flags = 0;
	o.has_only = true;
	o.only = w.people[0];
	REFUSED(offering_make(&w, 0, &o, &n), "NOT_A_RECIPIENT");
	o.only = dao_treasury(0);
	REFUSED(offering_make(&w, 0, &o, &n), "NOT_A_RECIPIENT");
	o.flags = 4;
	REFUSED(offering_make(&w, 0, &o, &n), "BAD_PAYLOAD");
	o = good;
	o.sell_amount = units(1001);
	REFUSED(offering_make(&w, 0, &o, &n), "INSUFFICIENT_BALANCE");
	REFUSED(offering_make(&w, 1, &good, &n), "INSUFFICIENT_BALANCE");
	DONE(offering_make(&w, 0, &good, &n));
	DONE(offering_take(&w, 1, n, 1, 1, 1)); /* in its last second */
	w.env.time.sec++;
	REFUSED(offering_take(&w, 1, n, 1, 1, 1), "OFFER_EXPIRED");
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
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, 1000);
	o.sell = a;
	o.until.sec = w.env.time.sec + 10;
	o.only = w.people[2];
	DONE(offering_make(&w, 0, &o, &n));
	REFUSED(offering_take(&w, 1, n, 100, 100, 50), "NOT_FOR_YOU");
	REFUSED(offering_take(&w, 2, n, 99, 0, 50), "TAKE_WHOLE");
	REFUSED(offering_take(&w, 2, n, 100, 0, 49), "TAKE_WHOLE");
	DONE(offering_cancel(&w, 0, n, 40)); /* smaller, at the same price */
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 940);
	DONE(offering_take(&w, 2, n, 100, 60, 30));
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
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, 1000);
	n = offering_plain(&w, 0, &a, 300, &coin, 100);
	m = offering_plain(&w, 0, &a, 100, &coin, 100);
	REFUSED(offering_cancel(&w, 1, n, 300), "NOT_YOURS");
	REFUSED(offering_cancel(&w, 0, n, 0), "ZERO_AMOUNT");
	REFUSED(offering_cancel(&w, 0, 99, 1), "OFFER_UNKNOWN");
	DONE(offering_cancel(&w, 0, n, 50));
	CU_ASSERT_EQUAL(offering_left(&w, n), 250);
	DONE(offering_cancel(&w, 0, n, INT64_MAX));
	REFUSED(offering_cancel(&w, 0, n, 1), "OFFER_UNKNOWN");
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 900);
	CU_ASSERT_FATAL(offer_module.next_deadline(w.state, &due));
	CU_ASSERT_EQUAL(due.sec, w.env.time.sec + 1001);
	world_block(&w, 1000);
	DONE(offering_take(&w, 1, m, 1, 1, 1));
	world_block(&w, 1);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 900);
	world_block(&w, 0);
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 999);
	CU_ASSERT_FALSE(offer_module.next_deadline(w.state, &due));
	REFUSED(offering_take(&w, 1, m, 1, 1, 1), "OFFER_UNKNOWN");
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
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE, 1000);
	for (int i = 0; i < OFFERS_EXPIRE_MAX + 10; i++)
		(void)offering_plain(&w, 0, &a, 2, &coin, 1);
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
	a = offering_asset(&w, 0, ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_PAUSABLE | ASSET_CLAWBACK, 1000);
	DONE(world_send(&w, 0, &a, &w.people[1], 500));
	n = offering_plain(&w, 1, &a, 100, &coin, 100);
	m = offering_plain(&w, 2, &coin, 100, &a, 100);
	DONE(freeze(&w, 0, &a, 1, OP_FREEZE));
	REFUSED(offering_take(&w, 3, n, 10, 10, 10), "ACCOUNT_FROZEN");
	REFUSED(offering_take(&w, 1, m, 10, 10, 10), "ACCOUNT_FROZEN");
	REFUSED(offering_cancel(&w, 3, n, 100), "NOT_YOURS");
	/* the issuer brings it back, within reach of his clawback */
	DONE(offering_cancel(&w, 0, n, 60));
	DONE(offering_cancel(&w, 1, n, 100));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 500);
	claw = (struct op_clawback){ a, w.people[1], units(500) };
	op_clawback_encode(&p, &claw);
	DONE(world_do(&w, 0, OP_CLAWBACK, &p));
	DONE(freeze(&w, 0, &a, 1, OP_UNFREEZE));

	DONE(world_send(&w, 0, &a, &w.people[1], 200));
	n = offering_plain(&w, 1, &a, 100, &coin, 100);
	DONE(freeze(&w, 0, &a, 3, OP_FREEZE));
	REFUSED(offering_take(&w, 3, n, 10, 10, 10), "ACCOUNT_FROZEN");
	REFUSED(offering_cancel(&w, 0, n, 100), "NOT_YOURS");
	DONE(pause_until(&w, 0, &a, 5000));
	REFUSED(offering_take(&w, 4, n, 10, 10, 10), "ASSET_PAUSED");
	REFUSED(offering_take(&w, 1, m, 10, 10, 10), "ASSET_PAUSED");
	DONE(offering_cancel(&w, 1, n, 10)); /* it was his all the time */
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
	fixed = offering_asset(&w, 0, 0, 100);
	loop = offering_asset(&w, 0, ASSET_CLOSED_LOOP, 100);
	DONE(world_send(&w, 0, &fixed, &w.people[1], 50));
	DONE(world_send(&w, 0, &loop, &w.people[1], 50));
	o.sell = fixed;
	REFUSED(offering_make(&w, 1, &o, &n), "NOT_TRANSFERABLE");
	DONE(offering_make(&w, 0, &o, &n)); /* the issuer may */
	DONE(offering_take(&w, 2, n, 5, 5, 5));
	o.sell = loop;
	REFUSED(offering_make(&w, 1, &o, &n), "CLOSED_LOOP");
	o.flags = 0;
	o.has_only = true;
	o.only = w.people[2];
	REFUSED(offering_make(&w, 1, &o, &n), "CLOSED_LOOP");
	o.only = w.people[0];
	DONE(offering_make(&w, 1, &o, &n)); /* back to the store, for coin */
	DONE(offering_take(&w, 0, n, 10, 10, 10));
	CU_ASSERT_EQUAL(world_has(&w, &loop, 0), 60);

	/* store credit pays its store alone */
	n = offering_plain(&w, 2, &coin, 10, &loop, 10);
	REFUSED(offering_take(&w, 1, n, 10, 10, 10), "CLOSED_LOOP");
	n = offering_plain(&w, 0, &coin, 10, &loop, 10);
	DONE(offering_take(&w, 1, n, 10, 10, 10));
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
	mine = offering_asset(&w, 0, ASSET_TRANSFERABLE, 1000);
	theirs = offering_asset(&w, 1, ASSET_TRANSFERABLE | ASSET_BACKED, 1000);
	plain = offering_asset(&w, 1, ASSET_TRANSFERABLE, 1000);
	o.sell = mine;
	o.buy = theirs;
	o.until.sec = w.env.time.sec + 100;
	DONE(offering_make(&w, 0, &o, &n));
	DONE(world_send(&w, 1, &theirs, &w.people[2], 50));
	before = world_coin(&w, &w.people[0]);
	DONE(offering_take(&w, 2, n, 100, 0, 50));
	CU_ASSERT_EQUAL(world_has(&w, &mine, 2), 25);
	CU_ASSERT_EQUAL(world_has(&w, &theirs, 0), 0);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), before + 50);
	CU_ASSERT_EQUAL(amount_units(bank_supply(w.state, &theirs)), 950);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000000);
	o.buy = plain;
	DONE(offering_make(&w, 0, &o, &n));
	DONE(offering_take(&w, 1, n, 1, 1, 2));
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
	n = offering_plain(&w, 0, &a, 100, &coin, 100);
	m = offering_plain(&w, 1, &coin, 100, &a, 100);
	DONE(offering_take(&w, 2, n, 10, 10, 10));
	CU_ASSERT(world_has(&w, &a, 2) == 10 && world_has(&w, &a, 0) == 900 && offering_left(&w, n) == 90);
	DONE(offering_take(&w, 2, m, 5, 5, 5));
	CU_ASSERT(world_has(&w, &a, 2) == 5 && world_has(&w, &a, 1) == 5);
	banned = (struct tally_account){ .type = ACCOUNT_KEY };
	memcpy(banned.id, w.people[3].id.b, sizeof(banned.id));
	REFUSED(offering_take(&w, 3, n, 10, 10, 10), "BANNED");
	memcpy(banned.id, w.people[1].id.b, sizeof(banned.id));
	REFUSED(offering_take(&w, 2, m, 5, 5, 5), "BANNED");
	/* what goes astray is no sale */
	memset(&banned, 0xff, sizeof(banned));
	tax = 1;
	REFUSED(offering_take(&w, 2, n, 10, 10, 10), "RULE_EFFECT");
	REFUSED(offering_take(&w, 2, m, 5, 5, 5), "RULE_EFFECT");
	CU_ASSERT(offering_left(&w, n) == 90 && offering_left(&w, m) == 95);
	DONE(offering_cancel(&w, 0, n, 10)); /* the owner's own units move nowhere */
	/* with dates they would be mixed with the owner's others */
	o.flags |= ASSET_LOTS;
	DONE(world_create(&w, &b, 0, &o));
	banned.type = 1;
	DONE(world_mint(&w, 0, &b, 0, 1000, 0));
	{
		struct op_offer dated = { b, coin, units(5), units(5), 0, { w.env.time.sec + 5 }, false, { 0 } };

		REFUSED(offering_make(&w, 0, &dated, &m), "RULE_TRANSFER");
	}
	/* once it is disabled holders move their units without it */
	DONE(rule_disable(w.state, &off));
	DONE(offering_take(&w, 3, n, 10, 10, 10));
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

		DONE(offering_make(&w, 0, &o, &n));
	}
	DONE(offering_take(&w, 1, n, 10, 10, 10));
	lots_get(&l, w.state, &a, &w.people[1], w.env.time);
	CU_ASSERT_EQUAL_FATAL(l.n, 1); /* the one that ends first */
	CU_ASSERT_EQUAL(l.list[0].expires_day, lot_day_after((struct unixtime){ WORLD_TIME + 3 * DAY_SECONDS }));
	world_block(&w, (int64_t)l.list[0].expires_day * DAY_SECONDS - w.env.time.sec);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	CU_ASSERT_EQUAL(offering_left(&w, n), 50); /* of 140, 90 have expired */
	REFUSED(offering_take(&w, 2, n, 60, 60, 60), "LEFT_TOO_LITTLE");
	DONE(offering_take(&w, 2, n, 10, 10, 10));
	CU_ASSERT_EQUAL(offering_left(&w, n), 40);
	world_block(&w, 2 * DAY_SECONDS);
	CU_ASSERT_EQUAL(offering_left(&w, n), 0);
	REFUSED(offering_take(&w, 2, n, 1, 1, 1), "NOTHING_LEFT");
	world_block(&w, 0);
	DONE(offering_cancel(&w, 0, n, 1)); /* clears away what is worth nothing */
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
	DONE(offering_make(&w, 1, &o, &n));
	for (int i = 0; i < LOTS_TRANSFER_MAX; i++) {
		world_block(&w, DAY_SECONDS);
		DONE(world_mint(&w, 0, &a, 1, 5, 0));
	}
	world_block(&w, 27 * DAY_SECONDS);
	world_block(&w, 0);
	w.deep = true;
	world_block(&w, 0);
	CU_ASSERT_EQUAL(offering_left(&w, n), 5);
	REFUSED(offering_take(&w, 2, n, 1, 1, 1), "OFFER_EXPIRED");
	REFUSED(offering_cancel(&w, 1, n, 5), "TOO_MANY_LOTS");
	DONE(world_send(&w, 1, &a, &w.people[2], 5));
	DONE(offering_cancel(&w, 1, n, 5));
	CU_ASSERT_EQUAL(offering_left(&w, n), 0);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 5 * LOTS_TRANSFER_MAX);
	world_clear(&w);
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
};

UNIT_MAIN("offer", tests)
