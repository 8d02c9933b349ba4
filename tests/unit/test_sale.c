/* Sales: terms, purchases, ends, claims, quarantine. The cases S1 to S5 of doc/adversarial.md. */
#include "tests/unit/sale_world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"
#include "token/votes.h"

/* ---- creation ---- */

static void
terms_are_kept_and_tokens_locked(void)
{
	struct shop s;
	struct sale sale;
	struct account vault;

	shop_open(&s);
	CU_ASSERT_EQUAL(shop_start(&s), 1);
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	vault = sale_vault(1);
	CU_ASSERT_EQUAL(amount_units(sale.locked), 1000);
	CU_ASSERT_EQUAL(amount_units(sale.payment_least), 10);
	CU_ASSERT_EQUAL(sale.terms.open.sec, s.w.env.time.sec);
	CU_ASSERT_EQUAL(shop_balance(&s, &vault), 1000);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS - 1000);
	CU_ASSERT_STRING_EQUAL(sale.rule.name, "sale_crowd");
	CU_ASSERT_EQUAL(sale_count(s.w.state), 1);
	CU_ASSERT_FALSE(sale_get(&sale, s.w.state, 2));
	shop_close(&s);
}

struct wrong_terms {
	void (*spoil)(struct shop *s);
	const char *why;
};

static void
soft_above_hard(struct shop *s)
{
	s->terms.soft_cap = units(10001);
}
static void
no_hard_cap(struct shop *s)
{
	s->terms.hard_cap = s->terms.soft_cap = units(0);
}
static void
closes_when_it_opens(struct shop *s)
{
	s->terms.close = s->w.env.time;
}
static void
opened_before(struct shop *s)
{
	s->terms.open.sec = s->w.env.time.sec - 1;
}
static void
closes_too_late(struct shop *s)
{
	s->terms.close.sec = s->w.env.time.sec + SALE_AHEAD_MAX + 1;
}
static void
min_above_max(struct shop *s)
{
	s->terms.payer_min = units(501);
	s->terms.payer_max = units(500);
}
static void
nobody_can_buy(struct shop *s)
{
	s->terms.payer_min = units(600);
	s->terms.beneficiary_max = units(500);
}
static void
min_above_hard(struct shop *s)
{
	s->terms.beneficiary_min = units(10001);
}
static void
cliff_after_vesting(struct shop *s)
{
	s->terms.vesting = 10;
	s->terms.cliff = 11;
}
static void
vests_for_ever(struct shop *s)
{
	s->terms.vesting = SALE_VESTING_MAX + 1;
}
static void
least_buys_nothing(struct shop *s)
{
	s->terms.payer_min = units(9);
}
static void
too_few_tokens(struct shop *s)
{
	s->terms.tokens = units(999);
}
static void
more_than_he_has(struct shop *s)
{
	s->terms.hard_cap = s->terms.payer_max = s->terms.beneficiary_max = units(10 * SHOP_TOKENS + 10);
	s->terms.tokens = units(INT64_MAX);
}
static void
sells_coin(struct shop *s)
{
	s->terms.asset = s->terms.payment;
	s->terms.payment = s->token;
}
static void
pays_with_the_same(struct shop *s)
{
	s->terms.payment = s->token;
}
static void
unknown_asset(struct shop *s)
{
	memset(s->terms.payment.id.b, 9, sizeof(s->terms.payment.id.b));
}
static void
no_rule(struct shop *s)
{
	s->terms.rule = OP_TEXT("sale_nowhere");
}
static void
rule_of_another_kind(struct shop *s)
{
	s->terms.rule = OP_TEXT("gov_token");
}
static void
rule_without_a_name(struct shop *s)
{
	s->terms.rule = OP_TEXT("");
}
static void
price_zero(struct shop *s)
{
	shop_price(s, 1, 0);
}
static void
bonus_with_far_deadline(struct shop *s)
{
	shop_bonus(s, 100, 5000, UINT32_MAX);
	s->terms.close.sec = s->w.env.time.sec + SALE_AHEAD_MAX;
}
static void
products_above_everything(struct shop *s)
{
	shop_price(s, 100000000000000, 1);
	s->terms.hard_cap = s->terms.payer_max = s->terms.beneficiary_max = units(INT64_MAX);
	s->terms.tokens = units(INT64_MAX);
}

/* S3, and everything else that can't end well. */
static void
s3_sales_that_cannot_end_well(void)
{
	static const struct wrong_terms rows[] = {
		{ soft_above_hard, "SOFT_ABOVE_HARD" },
		{ no_hard_cap, "BAD_CAPS" },
		{ closes_when_it_opens, "BAD_TIMES" },
		{ opened_before, "BAD_TIMES" },
		{ closes_too_late, "CLOSE_TOO_FAR" },
		{ min_above_max, "BAD_LIMITS" },
		{ nobody_can_buy, "BAD_LIMITS" },
		{ min_above_hard, "BAD_LIMITS" },
		{ cliff_after_vesting, "BAD_VESTING" },
		{ vests_for_ever, "BAD_VESTING" },
		{ least_buys_nothing, "ZERO_TOKENS" },
		{ too_few_tokens, "TOKENS_SHORT" },
		{ more_than_he_has, "INSUFFICIENT_BALANCE" },
		{ sells_coin, "BAD_SALE_ASSET" },
		{ pays_with_the_same, "BAD_PAYMENT_ASSET" },
		{ unknown_asset, "ASSET_UNKNOWN" },
		{ no_rule, "RULE_UNKNOWN" },
		{ rule_of_another_kind, "RULE_UNKNOWN" },
		{ rule_without_a_name, "BAD_RULE_NAME" },
		{ price_zero, "BAD_PRICE" },
		{ bonus_with_far_deadline, "BONUS_GROWS" },
		{ products_above_everything, "SALE_OVERFLOW" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct shop s;

		shop_open(&s);
		rows[i].spoil(&s);
		REFUSED(shop_create(&s), rows[i].why);
		CU_ASSERT_EQUAL(sale_count(s.w.state), 0);
		shop_close(&s);
	}
}

static void
the_last_moment_to_close(void)
{
	struct shop s;

	shop_open(&s);
	s.terms.close.sec = s.w.env.time.sec + SALE_AHEAD_MAX;
	DONE(shop_create(&s));
	shop_close(&s);
}

static void
which_assets_can_be_sold_and_paid(void)
{
	static const struct {
		uint16_t flags;
		const char *sold, *paid;
	} rows[] = {
		{ ASSET_TRANSFERABLE, NULL, NULL },
		{ ASSET_TRANSFERABLE | ASSET_VOTES, NULL, NULL },
		{ ASSET_TRANSFERABLE | ASSET_LOTS, "BAD_SALE_ASSET", "BAD_PAYMENT_ASSET" },
		{ ASSET_CLOSED_LOOP, "BAD_SALE_ASSET", "BAD_PAYMENT_ASSET" },
		{ 0, NULL, "BAD_PAYMENT_ASSET" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct op_create o = { .flags = rows[i].flags, .dao = ASSET_NO_DAO, .ticker = OP_TEXT("OTHER") };
		struct asset_id other;
		struct op_create_sale usual;
		struct shop s;
		const char *why;

		shop_open(&s);
		usual = s.terms;
		DONE(world_create(&s.w, &other, SELLER, &o));
		if ((o.flags & ASSET_LOTS) == 0)
			DONE(world_mint(&s.w, SELLER, &other, SELLER, 5000, 0));
		s.terms.asset = other;
		why = shop_create(&s);
		CU_ASSERT(rows[i].sold == NULL ? why == NULL : why != NULL && strcmp(why, rows[i].sold) == 0);
		s.terms = usual;
		s.terms.payment = other;
		why = shop_create(&s);
		CU_ASSERT(rows[i].paid == NULL ? why == NULL : why != NULL && strcmp(why, rows[i].paid) == 0);
		shop_close(&s);
	}
}

/* ---- time ---- */

/* S1: open - 1, open, close - 1, close. */
static void
s1_open_and_close(void)
{
	struct shop s;

	shop_open(&s);
	s.terms.open.sec = s.w.env.time.sec + 100;
	s.terms.close.sec = s.w.env.time.sec + 200;
	CU_ASSERT_EQUAL(shop_start(&s), 1);
	world_block(&s.w, 99);
	REFUSED(shop_buy(&s, ALICE, 100), "SALE_NOT_OPEN");
	world_block(&s.w, 1);
	DONE(shop_buy(&s, ALICE, 100));
	world_block(&s.w, 99);
	DONE(shop_buy(&s, ALICE, 100));
	REFUSED(shop_finish(&s, BOB), "SALE_RUNNING");
	world_block(&s.w, 1);
	REFUSED(shop_buy(&s, ALICE, 100), "SALE_CLOSED");
	DONE(shop_finish(&s, BOB));
	shop_close(&s);
}

/* ---- the cap ---- */

/* S2: within one block the first whole, the second in part, the third refused. */
static void
s2_two_buys_cross_the_cap(void)
{
	struct account escrow;
	struct sale sale;
	struct shop s;
	uint64_t before;

	shop_open(&s);
	s.terms.payer_max = s.terms.beneficiary_max = units(10000);
	shop_start(&s);
	escrow = sale_escrow(1);
	before = world_coin(&s.w, &s.w.people[SELLER]);
	DONE(shop_buy(&s, ALICE, 6000));
	CU_ASSERT_EQUAL(world_coin(&s.w, &escrow), 6000);
	DONE(shop_buy(&s, BOB, 6000));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[BOB]), 1000000 - 4000);
	REFUSED(shop_buy(&s, CAROL, 6000), "SALE_CLOSED");
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(sale.state, SALE_SUCCEEDED);
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[SELLER]), before + 10000);
	DONE(shop_claim(&s, CAROL, ALICE));
	DONE(shop_claim(&s, CAROL, BOB));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 600);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, BOB), 400);
	shop_close(&s);
}

/* What is missing from the hard cap buys nothing: that is sold out, too, and counts as the goal. */
static void
sold_out_with_dust_left(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	s.terms.hard_cap = s.terms.soft_cap = units(10005);
	s.terms.tokens = units(1001);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 5000));
	DONE(shop_buy(&s, BOB, 5009));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(amount_units(sale.raised), 10000);
	CU_ASSERT_EQUAL(sale.state, SALE_SUCCEEDED);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS - 1000);
	shop_close(&s);
}

/* ---- who may buy, and how much ---- */

static void
limits_of_payers_and_beneficiaries(void)
{
	struct sale_payer p;
	struct sale_beneficiary b;
	struct shop s;

	shop_open(&s);
	s.terms.payer_min = units(100);
	s.terms.payer_max = units(500);
	s.terms.beneficiary_min = units(200);
	s.terms.beneficiary_max = units(600);
	shop_start(&s);
	REFUSED(shop_buy(&s, ALICE, 0), "ZERO_AMOUNT");
	REFUSED(shop_buy(&s, ALICE, 99), "BELOW_PAYER_MIN");
	REFUSED(shop_buy(&s, ALICE, 199), "BELOW_BENEFICIARY_MIN");
	DONE(shop_buy_for(&s, ALICE, CAROL, 200));
	DONE(shop_buy_for(&s, ALICE, CAROL, 10)); /* both have their least already */
	REFUSED(shop_buy_for(&s, ALICE, CAROL, 300), "ABOVE_PAYER_MAX");
	DONE(shop_buy_for(&s, ALICE, CAROL, 290));
	REFUSED(shop_buy_for(&s, BOB, CAROL, 110), "ABOVE_BENEFICIARY_MAX");
	DONE(shop_buy_for(&s, BOB, CAROL, 100));
	CU_ASSERT_FATAL(sale_payer_get(&p, s.w.state, 1, &s.w.people[ALICE]));
	CU_ASSERT_EQUAL(amount_units(p.paid), 500);
	CU_ASSERT_FATAL(sale_beneficiary_get(&b, s.w.state, 1, &s.w.people[CAROL]));
	CU_ASSERT_EQUAL(amount_units(b.paid), 600);
	CU_ASSERT_EQUAL(amount_units(b.tokens), 60);
	shop_close(&s);
}

/* Whatever is offered, only what there is room for is taken. */
static void
more_than_there_is(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 100));
	DONE(shop_buy(&s, ALICE, INT64_MAX));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[ALICE]), 1000000 - 10000);
	CU_ASSERT(sale_get(&sale, s.w.state, 1) && sale.state == SALE_SUCCEEDED);
	shop_close(&s);
}

static void
the_seller_does_not_buy(void)
{
	struct account escrow, vault;
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	REFUSED(shop_buy(&s, SELLER, 100), "SELLER_CANT_BUY");
	REFUSED(shop_buy_for(&s, ALICE, SELLER, 100), "SELLER_CANT_BUY");
	/* what he gives away is no purchase, and nobody can pay into the sale past BUY */
	escrow = sale_escrow(1);
	vault = sale_vault(1);
	DONE(world_mint(&s.w, SELLER, &s.token, ALICE, 500, 0));
	DONE(world_send(&s.w, SELLER, &s.token, &s.w.people[BOB], 500));
	REFUSED(world_send(&s.w, SELLER, &s.token, &vault, 1), "NOT_A_RECIPIENT");
	REFUSED(world_send(&s.w, SELLER, &s.terms.payment, &escrow, 1), "NOT_A_RECIPIENT");
	REFUSED(world_mint(&s.w, SELLER, &s.token, ALICE, SHOP_CAP, 0), "CAP_EXCEEDED");
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT(amount_is_zero(sale.raised) && amount_is_zero(sale.sold));
	REFUSED(shop_buy_account(&s, ALICE, &vault, 100), "NOT_A_RECIPIENT");
	shop_close(&s);
}

static void
only_who_is_on_the_list(void)
{
	struct account list[3];
	struct allow_path alice, bob, none = { .n = 0 };
	size_t n;
	struct shop s;

	shop_open(&s);
	list[0] = s.w.people[CAROL];
	list[1] = s.w.people[BOB];
	list[2] = s.w.people[ALICE];
	n = allow_list_sort(list, 3);
	allow_list_root(&s.terms.allow_list, list, n);
	for (size_t i = 0; i < n; i++) {
		if (account_eq(&list[i], &s.w.people[ALICE]))
			CU_ASSERT_FATAL(allow_list_path(&alice, list, n, i));
		if (account_eq(&list[i], &s.w.people[BOB]))
			CU_ASSERT_FATAL(allow_list_path(&bob, list, n, i));
	}
	shop_start(&s);
	REFUSED(shop_buy(&s, ALICE, 100), "NOT_ON_LIST");
	DONE(shop_buy_listed(&s, ALICE, ALICE, 100, &alice, &none));
	REFUSED(shop_buy_listed(&s, ALICE, ALICE, 100, &bob, &none), "NOT_ON_LIST");
	REFUSED(shop_buy_listed(&s, ALICE, ALICE, 100, &alice, &alice), "BAD_PAYLOAD");
	/* who pays and who receives are both looked at */
	DONE(shop_buy_listed(&s, ALICE, BOB, 100, &alice, &bob));
	REFUSED(shop_buy_listed(&s, ALICE, DAVE, 100, &alice, &bob), "NOT_ON_LIST");
	REFUSED(shop_buy_listed(&s, DAVE, BOB, 100, &alice, &bob), "NOT_ON_LIST");
	REFUSED(shop_buy_listed(&s, DAVE, BOB, 100, &none, &bob), "NOT_ON_LIST");
	shop_close(&s);
}

static void
a_path_without_a_list_is_refused(void)
{
	struct allow_path one = { .n = 1 }, none = { .n = 0 };
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	REFUSED(shop_buy_listed(&s, ALICE, ALICE, 100, &one, &none), "BAD_PAYLOAD");
	REFUSED(shop_buy_listed(&s, ALICE, BOB, 100, &none, &one), "BAD_PAYLOAD");
	shop_close(&s);
}

static void
a_price_that_moved(void)
{
	struct shop s;

	shop_open(&s);
	shop_bonus(&s, 5000, 5000, 50);
	s.terms.tokens = units(1500);
	shop_start(&s);
	REFUSED(shop_buy_least(&s, ALICE, 1000, 151), "PRICE_MOVED");
	DONE(shop_buy_least(&s, ALICE, 1000, 150));
	world_block(&s.w, 50);
	REFUSED(shop_buy_least(&s, ALICE, 1000, 150), "PRICE_MOVED");
	DONE(shop_buy_least(&s, ALICE, 1000, 100));
	/* of a part the least is a part: the cap leaves 8,000 */
	DONE(shop_buy_least(&s, BOB, 16000, 1600));
	shop_close(&s);
}

/* ---- ends ---- */

/* S4: the goal was missed: each payer gets exactly what he paid, once; the beneficiary nothing. */
static void
s4_missed_goal(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 1005));
	DONE(shop_buy_for(&s, ALICE, CAROL, 2000));
	DONE(shop_buy_for(&s, BOB, CAROL, 1500));
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_finish(&s, DAVE));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(sale.state, SALE_FAILED);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS);
	REFUSED(shop_claim(&s, CAROL, CAROL), "NOTHING_TO_CLAIM");
	DONE(shop_claim(&s, DAVE, ALICE));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[ALICE]), 1000000);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM");
	DONE(shop_claim(&s, BOB, BOB));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[BOB]), 1000000);
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[CAROL]), 1000000);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, CAROL), 0);
	shop_close(&s);
}

/* S5: claimed before the end, finished twice, by a stranger, nothing delivered before. */
static void
s5_claims_and_finishing(void)
{
	struct sale sale;
	struct shop s;
	uint64_t before;

	shop_open(&s);
	shop_start(&s);
	before = world_coin(&s.w, &s.w.people[SELLER]);
	DONE(shop_buy_for(&s, ALICE, CAROL, 6000));
	REFUSED(shop_claim(&s, CAROL, CAROL), "SALE_RUNNING");
	REFUSED(shop_finish(&s, SELLER), "SALE_RUNNING");
	/* what is bought is not there yet: nobody can pass it on */
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, CAROL), 0);
	REFUSED(world_send(&s.w, CAROL, &s.token, &s.w.people[BOB], 1), "INSUFFICIENT_BALANCE");
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_finish(&s, DAVE));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[SELLER]), before + 6000);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS - 600);
	REFUSED(shop_finish(&s, DAVE), "ALREADY_CLOSED");
	REFUSED(shop_finish(&s, SELLER), "ALREADY_CLOSED");
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[SELLER]), before + 6000);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM"); /* the payer isn't the beneficiary */
	DONE(shop_claim(&s, DAVE, CAROL));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, CAROL), 600);
	REFUSED(shop_claim(&s, CAROL, CAROL), "NOTHING_TO_CLAIM");
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_STRING_EQUAL(sale_phase(&sale, s.w.env.time), "SUCCEEDED");
	shop_close(&s);
}

static void
claiming_closes(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 5000));
	world_block(&s.w, SHOP_LENGTH + 77);
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_STRING_EQUAL(sale_phase(&sale, s.w.env.time), "ENDED");
	REFUSED(shop_claim(&s, BOB, BOB), "NOTHING_TO_CLAIM"); /* and leaves it as it was */
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1) && sale.state == SALE_OPEN);
	DONE(shop_claim(&s, BOB, ALICE));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 500);
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(sale.ended.sec, sale.terms.close.sec);
	shop_close(&s);
}

/* Nobody closed them: the ledger does, so many a block. */
static void
the_ledger_closes_what_nobody_did(void)
{
	struct unixtime due;
	struct sale sale;
	struct shop s;
	uint64_t closed = 0;

	shop_open(&s);
	s.w.deep = false;
	s.terms.soft_cap = units(0);
	CU_ASSERT_FALSE(sale_module.next_deadline(s.w.state, &due));
	for (int i = 0; i < SALE_CLOSINGS_MAX + 1; i++)
		shop_start(&s);
	CU_ASSERT_FATAL(sale_module.next_deadline(s.w.state, &due));
	CU_ASSERT_EQUAL(due.sec, s.terms.close.sec + SALE_GRACE);
	world_block(&s.w, due.sec - s.w.env.time.sec - 1);
	world_block(&s.w, 1);
	CU_ASSERT(sale_get(&sale, s.w.state, 1) && sale.state == SALE_OPEN);
	s.w.deep = true;
	world_block(&s.w, 0);
	for (uint64_t i = 1; i <= SALE_CLOSINGS_MAX + 1; i++)
		closed += sale_get(&sale, s.w.state, i) && sale.state == SALE_SUCCEEDED;
	CU_ASSERT_EQUAL(closed, SALE_CLOSINGS_MAX);
	CU_ASSERT_FATAL(sale_module.next_deadline(s.w.state, &due)); /* in the past: at once */
	world_block(&s.w, 0);
	CU_ASSERT_FALSE(sale_module.next_deadline(s.w.state, &due));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS);
	shop_close(&s);
}

static void
cancelled_before_it_opens(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	s.terms.open.sec = s.w.env.time.sec + 10;
	shop_start(&s);
	REFUSED(shop_cancel(&s, ALICE), "NOT_SELLER");
	DONE(shop_cancel(&s, SELLER));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(sale.state, SALE_CANCELLED);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS);
	REFUSED(shop_cancel(&s, SELLER), "TOO_LATE");
	REFUSED(shop_finish(&s, SELLER), "ALREADY_CLOSED");
	world_block(&s.w, 10);
	REFUSED(shop_buy(&s, ALICE, 100), "SALE_CLOSED");
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM");
	s.terms.open.sec = s.w.env.time.sec + 10;
	s.number = shop_start(&s);
	world_block(&s.w, 10);
	REFUSED(shop_cancel(&s, SELLER), "TOO_LATE");
	shop_close(&s);
}

static void
vesting_with_a_cliff(void)
{
	struct shop s;

	shop_open(&s);
	s.terms.cliff = 100;
	s.terms.vesting = 1000;
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 9990));
	DONE(shop_buy(&s, BOB, 10)); /* sold out: vesting starts now */
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_VESTED");
	world_block(&s.w, 99);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_VESTED");
	world_block(&s.w, 1);
	DONE(shop_claim(&s, BOB, ALICE));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 99); /* a tenth of 999, rounded down */
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_VESTED");
	REFUSED(shop_claim(&s, BOB, BOB), "NOTHING_VESTED"); /* a tenth of one */
	world_block(&s.w, 450);
	DONE(shop_claim(&s, ALICE, ALICE));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 549);
	world_block(&s.w, 449);
	REFUSED(shop_claim(&s, BOB, BOB), "NOTHING_VESTED");
	world_block(&s.w, 1);
	DONE(shop_claim(&s, ALICE, ALICE));
	DONE(shop_claim(&s, ALICE, BOB));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 999);
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, BOB), 1);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM");
	shop_close(&s);
}

/* ---- freezes and pauses ---- */

static void
paused_and_frozen(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 6000));
	DONE(shop_freeze(&s, &s.w.people[BOB]));
	REFUSED(shop_buy(&s, BOB, 100), "ACCOUNT_FROZEN");
	REFUSED(shop_buy_for(&s, ALICE, BOB, 100), "ACCOUNT_FROZEN");
	world_block(&s.w, SHOP_LENGTH);
	/* the sale ends although its tokens can't move; who is owed something gets it later */
	DONE(shop_pause(&s, 1000));
	DONE(shop_finish(&s, DAVE));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT(sale.state == SALE_SUCCEEDED && sale.seller_paid && !sale.seller_returned);
	REFUSED(shop_claim(&s, ALICE, ALICE), "ASSET_PAUSED");
	REFUSED(shop_finish(&s, DAVE), "ASSET_PAUSED");
	world_block(&s.w, 1000);
	DONE(shop_finish(&s, DAVE));
	REFUSED(shop_finish(&s, DAVE), "ALREADY_CLOSED");
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, SELLER), SHOP_TOKENS - 600);
	DONE(shop_freeze(&s, &s.w.people[ALICE]));
	REFUSED(shop_claim(&s, ALICE, ALICE), "ACCOUNT_FROZEN");
	DONE(shop_unfreeze(&s, &s.w.people[ALICE]));
	DONE(shop_claim(&s, ALICE, ALICE));
	shop_close(&s);
}

/* Neither the unsold tokens nor those in escrow vote. */
static void
locked_tokens_do_not_vote(void)
{
	struct voter seller, alice;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 6000));
	votes_at(&seller, s.w.state, &s.token, &s.w.people[SELLER], UINT64_MAX);
	votes_at(&alice, s.w.state, &s.token, &s.w.people[ALICE], UINT64_MAX);
	CU_ASSERT_EQUAL(amount_units(votes_power(&seller)), SHOP_TOKENS - 1000);
	CU_ASSERT_EQUAL(amount_units(votes_power(&alice)), 0);
	CU_ASSERT_EQUAL(amount_units(votes_total_at(s.w.state, &s.token, UINT64_MAX)), SHOP_TOKENS - 1000);
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_claim(&s, ALICE, ALICE));
	votes_at(&alice, s.w.state, &s.token, &s.w.people[ALICE], UINT64_MAX);
	CU_ASSERT_EQUAL(amount_units(votes_power(&alice)), 600);
	CU_ASSERT_EQUAL(amount_units(votes_total_at(s.w.state, &s.token, UINT64_MAX)), SHOP_TOKENS);
	shop_close(&s);
}

/* Another asset pays as well as the coin. */
static void
paid_with_another_asset(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_PAUSABLE, .dao = ASSET_NO_DAO, .ticker = OP_TEXT("CASH") };
	struct asset_id cash;
	struct shop s;

	shop_open(&s);
	DONE(world_create(&s.w, &cash, DAVE, &o));
	DONE(world_mint(&s.w, DAVE, &cash, ALICE, 9000, 0));
	s.terms.payment = cash;
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 3000));
	CU_ASSERT_EQUAL(world_has(&s.w, &cash, ALICE), 6000);
	REFUSED(shop_buy(&s, BOB, 3000), "INSUFFICIENT_BALANCE");
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_finish(&s, BOB));
	DONE(shop_claim(&s, BOB, ALICE));
	CU_ASSERT_EQUAL(world_has(&s.w, &cash, ALICE), 9000);
	shop_close(&s);
}

/* ---- quarantine (the bridge's part is in test_quarantine.c) ---- */

static struct account
limbo(void)
{
	return account_of_module("limbo", NULL, 0);
}

static uint64_t
hold(struct shop *s, size_t who, uint64_t number, uint64_t amount)
{
	struct account to = limbo();

	return amount_units(sale_hold(&s->w.exec, number, &s->w.people[who], units(amount), &to));
}

static uint64_t
give_back(struct shop *s, uint64_t number)
{
	struct account from = limbo();

	return amount_units(sale_hold_return(&s->w.exec, number, &from));
}

static void
sound(const struct shop *s)
{
	const char *why = sale_module.invariants(s->w.state, true);

	if (why != NULL)
		printf("\n  %s", why);
	CU_ASSERT_PTR_NULL(why);
}

static void
a_held_purchase_returns(void)
{
	struct sale sale, after;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 1000));
	DONE(shop_buy_for(&s, ALICE, CAROL, 3000));
	DONE(shop_buy(&s, BOB, 2000));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(hold(&s, DAVE, 7, 500), 0);
	CU_ASSERT_EQUAL(hold(&s, ALICE, 7, 2500), 2500);
	CU_ASSERT_EQUAL(hold(&s, ALICE, 8, 5000), 1500);
	CU_ASSERT_EQUAL(hold(&s, ALICE, 9, 5000), 0);
	sound(&s);
	CU_ASSERT_FATAL(sale_get(&after, s.w.state, 1));
	CU_ASSERT_EQUAL(amount_units(after.raised), 2000);
	CU_ASSERT_EQUAL(amount_units(after.held), 4000);
	CU_ASSERT_EQUAL(amount_units(sale_room(&after)), 4000);
	CU_ASSERT_EQUAL(give_back(&s, 7), 2500);
	sound(&s);
	CU_ASSERT_EQUAL(give_back(&s, 8), 1500);
	CU_ASSERT_EQUAL(give_back(&s, 8), 0);
	sound(&s);
	CU_ASSERT_FATAL(sale_get(&after, s.w.state, 1));
	CU_ASSERT(amount_cmp(after.raised, sale.raised) == 0 && amount_cmp(after.sold, sale.sold) == 0);
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_claim(&s, CAROL, CAROL));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, CAROL), 300);
	shop_close(&s);
}

static void
a_held_purchase_is_lost(void)
{
	struct asset_id coin = ASSET_COIN;
	struct account gone = limbo();
	struct sale_payer p;
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 5000));
	CU_ASSERT_EQUAL(hold(&s, ALICE, 1, 1001), 1001);
	sale_hold_drop(&s.w.exec, 1);
	DONE(bank_burn(s.w.state, &gone, &coin, units(1001)));
	sound(&s);
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1) && sale_payer_get(&p, s.w.state, 1, &s.w.people[ALICE]));
	CU_ASSERT_EQUAL(amount_units(sale.raised), 3999);
	CU_ASSERT_EQUAL(amount_units(sale.sold), 399); /* 1,001 of 5,000 took 101 of 500 with them */
	CU_ASSERT_EQUAL(amount_units(p.paid), 3999);
	CU_ASSERT_EQUAL(amount_units(sale_room(&sale)), 6001);
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_finish(&s, BOB));
	DONE(shop_claim(&s, BOB, ALICE));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[ALICE]), 1000000 - 1001);
	shop_close(&s);
}

/* What is held when the sale ends is no part of it; if the coin returns, it goes to the payer. */
static void
a_sale_ends_without_what_is_held(void)
{
	struct sale sale;
	struct shop s;
	uint64_t seller;

	shop_open(&s);
	shop_start(&s);
	seller = world_coin(&s.w, &s.w.people[SELLER]);
	DONE(shop_buy(&s, ALICE, 3000));
	DONE(shop_buy(&s, BOB, 7000 - 10));
	CU_ASSERT_EQUAL(hold(&s, ALICE, 1, 3000), 3000);
	DONE(shop_buy(&s, CAROL, 10));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1) && sale.state == SALE_OPEN);
	REFUSED(shop_buy(&s, CAROL, 10), "SOLD_OUT");
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_finish(&s, BOB));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[SELLER]), seller + 7000);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM");
	CU_ASSERT_EQUAL(give_back(&s, 1), 3000);
	sound(&s);
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[ALICE]), 1000000);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM");
	DONE(shop_claim(&s, BOB, BOB));
	shop_close(&s);
}

/* The last hold on a full sale ends: it is sold out then. */
static void
a_full_sale_waits_for_what_is_held(void)
{
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 3000));
	CU_ASSERT_EQUAL(hold(&s, ALICE, 1, 1000), 1000);
	CU_ASSERT_EQUAL(hold(&s, ALICE, 2, 1000), 1000);
	DONE(shop_buy(&s, BOB, 7000));
	CU_ASSERT_EQUAL(give_back(&s, 2), 1000);
	CU_ASSERT(sale_get(&sale, s.w.state, 1) && sale.state == SALE_OPEN);
	CU_ASSERT_EQUAL(give_back(&s, 1), 1000);
	CU_ASSERT(sale_get(&sale, s.w.state, 1) && sale.state == SALE_SUCCEEDED);
	sound(&s);
	shop_close(&s);
}

static void
refunds_wait_for_what_is_held(void)
{
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 3000));
	DONE(shop_buy(&s, BOB, 1000));
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_finish(&s, BOB));
	CU_ASSERT_EQUAL(hold(&s, ALICE, 1, 1000), 1000); /* its escrow is his still */
	CU_ASSERT_EQUAL(hold(&s, BOB, 2, 5000), 1000);
	sound(&s);
	REFUSED(shop_claim(&s, BOB, BOB), "PAYMENT_HELD");
	DONE(shop_claim(&s, ALICE, ALICE));
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[ALICE]), 1000000 - 1000);
	CU_ASSERT_EQUAL(hold(&s, ALICE, 3, 5000), 0);
	CU_ASSERT_EQUAL(give_back(&s, 1), 1000);
	CU_ASSERT_EQUAL(give_back(&s, 2), 1000);
	sound(&s);
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[ALICE]), 1000000);
	CU_ASSERT_EQUAL(world_coin(&s.w, &s.w.people[BOB]), 1000000);
	REFUSED(shop_claim(&s, ALICE, ALICE), "NOTHING_TO_CLAIM");
	REFUSED(shop_claim(&s, BOB, BOB), "NOTHING_TO_CLAIM");
	shop_close(&s);
}

/* ---- the rule ---- */

static void
a_sale_keeps_its_rule(void)
{
	static struct tally_plugin dearer;
	struct sale sale;
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	dearer = *sale_crowd_entry();
	dearer.minor = 9;
	world_approve(&s.w, &dearer);
	world_block(&s.w, 10);
	DONE(shop_buy(&s, ALICE, 1000));
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 1));
	CU_ASSERT_EQUAL(sale.rule.minor, sale_crowd_entry()->minor);
	s.number = shop_start(&s);
	CU_ASSERT_FATAL(sale_get(&sale, s.w.state, 2));
	CU_ASSERT_EQUAL(sale.rule.minor, 9);
	shop_close(&s);
}

static void
a_disabled_rule_stops_buying_only(void)
{
	struct action_plugin_disable off = { OP_TEXT("sale_crowd"), 1, 0, 0 };
	struct shop s;

	shop_open(&s);
	shop_start(&s);
	DONE(shop_buy(&s, ALICE, 6000));
	DONE(rule_disable(s.w.state, &off));
	REFUSED(shop_buy(&s, ALICE, 1000), "RULE_DISABLED");
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_claim(&s, BOB, ALICE));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 600);
	shop_close(&s);
}

/* What a faulty rule may answer. */
static struct {
	uint64_t most, least, payment, tokens;
	bool greedy; /* never stops paying for work of its own */
} lies;

static int32_t
lying_check(struct tally_ctx *c, struct tally_sale_bounds *out, const struct tally_sale *sale)
{
	(void)c, (void)sale;
	out->tokens_most = lies.most;
	out->payment_least = lies.least;
	return 0;
}

static int32_t
lying_quote(struct tally_ctx *c, struct tally_quote *out, const struct tally_sale_buy *buy)
{
	(void)buy;
	while (lies.greedy)
		c->host->charge(c, 1000);
	out->payment = lies.payment;
	out->tokens = lies.tokens;
	return c->host->kv_put(c, "k", 1, "v", 1) == 0 ? 1 : 0; /* a price isn't kept */
}

static const char *const no_reasons[] = { "IT_WROTE", NULL };
static const struct tally_sale_functions lying_functions = { lying_check, lying_quote };
static const struct tally_plugin liar = {
	.magic = TALLY_PLUGIN_MAGIC, .abi_major = TALLY_ABI_MAJOR, .size = sizeof(struct tally_plugin), .kind = TALLY_SALE, .name = "sale_liar",
	.major = 1, .gas_max = 100000, .reasons = no_reasons, .sale = &lying_functions,
};

/* P4: the host keeps what it was promised, whatever the rule answers. */
static void
p4_a_rule_that_lies(void)
{
	static const struct {
		uint64_t payment, tokens;
		const char *why;
	} answers[] = {
		{ 100, 0, "RULE_BAD_ANSWER" },
		{ 0, 100, "RULE_BAD_ANSWER" },
		{ 101, 1, "RULE_BAD_ANSWER" },
		{ 100, (uint64_t)INT64_MAX + 1, "RULE_BAD_ANSWER" },
		{ 100, UINT64_MAX, "RULE_BAD_ANSWER" },
		{ 100, 51, "RULE_EFFECT" },
		{ 100, INT64_MAX, "RULE_EFFECT" },
	};
	struct shop s;

	shop_open(&s);
	world_approve(&s.w, &liar);
	s.terms.rule = OP_TEXT("sale_liar");
	world_block(&s.w, 1);
	s.terms.close.sec++;
	memset(&lies, 0, sizeof(lies));
	lies.least = 1;
	REFUSED(shop_create(&s), "RULE_BAD_ANSWER");
	lies.most = (uint64_t)INT64_MAX + 1;
	REFUSED(shop_create(&s), "RULE_BAD_ANSWER");
	lies.most = 50;
	lies.least = 0;
	REFUSED(shop_create(&s), "RULE_BAD_ANSWER");
	lies.least = 1;
	shop_start(&s);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		lies.payment = answers[i].payment;
		lies.tokens = answers[i].tokens;
		REFUSED(shop_buy(&s, ALICE, 100), answers[i].why);
	}
	lies.greedy = true;
	REFUSED(shop_buy(&s, ALICE, 100), "RULE_GAS");
	lies.greedy = false;
	lies.payment = 6000;
	lies.tokens = 50;
	DONE(shop_buy(&s, ALICE, 6000));
	lies.tokens = 1;
	REFUSED(shop_buy(&s, BOB, 6000), "RULE_BAD_ANSWER"); /* there is room for 4,000 */
	lies.payment = 1;
	REFUSED(shop_buy(&s, BOB, 6000), "RULE_EFFECT"); /* but no tokens are left */
	world_block(&s.w, SHOP_LENGTH);
	DONE(shop_claim(&s, BOB, ALICE));
	CU_ASSERT_EQUAL(world_has(&s.w, &s.token, ALICE), 50);
	shop_close(&s);
}

static const struct unit_test tests[] = {
	{ "terms are kept, tokens locked", terms_are_kept_and_tokens_locked },
	{ "S3 sales that cannot end well", s3_sales_that_cannot_end_well },
	{ "the last moment to close", the_last_moment_to_close },
	{ "which assets", which_assets_can_be_sold_and_paid },
	{ "S1 open and close", s1_open_and_close },
	{ "S2 two buys cross the cap", s2_two_buys_cross_the_cap },
	{ "sold out with dust left", sold_out_with_dust_left },
	{ "limits", limits_of_payers_and_beneficiaries },
	{ "more than there is", more_than_there_is },
	{ "the seller does not buy", the_seller_does_not_buy },
	{ "only who is on the list", only_who_is_on_the_list },
	{ "a path without a list", a_path_without_a_list_is_refused },
	{ "a price that moved", a_price_that_moved },
	{ "S4 missed goal", s4_missed_goal },
	{ "S5 claims and finishing", s5_claims_and_finishing },
	{ "claiming closes", claiming_closes },
	{ "the ledger closes what nobody did", the_ledger_closes_what_nobody_did },
	{ "cancelled", cancelled_before_it_opens },
	{ "vesting", vesting_with_a_cliff },
	{ "paused and frozen", paused_and_frozen },
	{ "locked tokens do not vote", locked_tokens_do_not_vote },
	{ "paid with another asset", paid_with_another_asset },
	{ "a held purchase returns", a_held_purchase_returns },
	{ "a held purchase is lost", a_held_purchase_is_lost },
	{ "a sale ends without what is held", a_sale_ends_without_what_is_held },
	{ "a full sale waits for what is held", a_full_sale_waits_for_what_is_held },
	{ "refunds wait for what is held", refunds_wait_for_what_is_held },
	{ "a sale keeps its rule", a_sale_keeps_its_rule },
	{ "P4 a rule that lies", p4_a_rule_that_lies },
	{ "a disabled rule stops buying only", a_disabled_rule_stops_buying_only },
};

UNIT_MAIN("sale", tests)
