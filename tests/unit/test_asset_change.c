#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"

#define BY(part, who) (uint16_t)((who) << 2 * (part))
#define NOTICE 5000

static struct op_create
points(uint16_t changes)
{
	/* 1 point for 10, until for ever, only the issuer mints */
	static const uint8_t params[29] = { 1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };

	return (struct op_create){ .flags = ASSET_TRANSFERABLE | ASSET_LOTS,
				   .dao = ASSET_NO_DAO,
				   .rule = OP_TEXT("issue_loyalty"),
				   .rule_major = 1,
				   .changes = changes,
				   .params = { params, sizeof(params) } };
}

static const char *
set_issuer(struct world *w, size_t by, const struct asset_id *a, const struct account *who)
{
	struct op_set_issuer o = { *a, *who };
	struct wr p = { 0 };

	op_set_issuer_encode(&p, &o);
	return world_do(w, by, OP_SET_ISSUER, &p);
}

static const char *
set_dao(struct world *w, size_t by, const struct asset_id *a, uint32_t dao)
{
	struct op_set_dao o = { *a, dao };
	struct wr p = { 0 };

	op_set_dao_encode(&p, &o);
	return world_do(w, by, OP_SET_DAO, &p);
}

static const char *
set_name(struct world *w, size_t by, const struct asset_id *a, const char *name)
{
	struct op_set_name o = { *a, OP_TEXT(name) };
	struct wr p = { 0 };

	op_set_name_encode(&p, &o);
	return world_do(w, by, OP_SET_NAME, &p);
}

/* `rate` points for 10. */
static const char *
set_rate(struct world *w, size_t by, const struct asset_id *a, uint8_t rate)
{
	struct op_create like = points(0);
	uint8_t params[29];
	struct op_set_params o = { *a, { params, sizeof(params) } };
	struct wr p = { 0 };

	memcpy(params, like.params.p, sizeof(params));
	params[0] = rate;
	op_set_params_encode(&p, &o);
	return world_do(w, by, OP_SET_PARAMS, &p);
}

static uint8_t
rate_now(const struct world *w, const struct asset_id *id)
{
	struct asset a;

	CU_ASSERT_FATAL(asset_get(&a, w->state, id));
	return asset_params(&a, w->env.time).p[0];
}

static const char *
earn(struct world *w, const struct asset_id *a, size_t who, const char *receipt, uint64_t paid)
{
	struct op_earn o = { *a, w->people[who], hash_of(receipt), units(paid), AMOUNT_ZERO };
	struct wr p = { 0 };

	op_earn_encode(&p, &o);
	return world_do(w, 0, OP_EARN, &p);
}

static const char *
refund(struct world *w, const struct asset_id *a, size_t who, const char *receipt, uint64_t returned)
{
	struct op_refund o = { *a, w->people[who], hash_of(receipt), units(returned) };
	struct wr p = { 0 };

	op_refund_encode(&p, &o);
	return world_do(w, 0, OP_REFUND, &p);
}

static const char *
by_dao(struct world *w, const struct asset_id *a, uint32_t dao, enum asset_part part, const void *value, size_t len)
{
	struct asset_change c = { .asset = *a, .part = part, .by_dao = true, .dao = dao, .value = { value, len } };
	const char *may = asset_may_change(&w->exec, &c), *did;
	size_t mark = state_mark(w->state);

	did = asset_change(&w->exec, &c);
	CU_ASSERT((may == NULL) == (did == NULL));
	if (did != NULL)
		CU_ASSERT_FALSE(state_changed_since(w->state, mark));
	return did;
}

static void
what_may_change_is_declared_at_creation(void)
{
	static const struct {
		const char *why;
		uint16_t changes;
		uint32_t dao;
		bool rule;
		uint32_t notice;
	} rows[] = {
		{ "BAD_CHANGES", 0x100, ASSET_NO_DAO, true, 0 },
		{ "BAD_CHANGES", 0x8000, 0, true, 0 },
		/* by a DAO that there isn't and won't be */
		{ "BAD_CHANGES", BY(ASSET_PART_ISSUER, ASSET_BY_DAO), ASSET_NO_DAO, true, 0 },
		{ "BAD_CHANGES", BY(ASSET_PART_NAME, ASSET_BY_DAO), ASSET_NO_DAO, true, 0 },
		{ "BAD_CHANGES", BY(ASSET_PART_DAO, ASSET_BY_DAO), ASSET_NO_DAO, true, 0 },
		/* by the issuer later, and at once */
		{ "BAD_CHANGES", BY(ASSET_PART_DAO, ASSET_BY_ISSUER), 0, true, 0 },
		{ "BAD_CHANGES", BY(ASSET_PART_PARAMS, ASSET_BY_ISSUER), ASSET_NO_DAO, false, 0 },
		{ "BAD_NOTICE", 0, ASSET_NO_DAO, true, 1 },
		{ "BAD_NOTICE", BY(ASSET_PART_NAME, 3), 0, true, 1 },
		{ "BAD_NOTICE", BY(ASSET_PART_PARAMS, ASSET_BY_ISSUER), ASSET_NO_DAO, true, 90 * 86400 + 1 },
		{ NULL, BY(ASSET_PART_PARAMS, ASSET_BY_ISSUER), ASSET_NO_DAO, true, 90 * 86400 },
		{ NULL, BY(ASSET_PART_DAO, 3) | BY(ASSET_PART_NAME, ASSET_BY_DAO), ASSET_NO_DAO, true, 0 },
		{ NULL, BY(ASSET_PART_ISSUER, 3) | BY(ASSET_PART_DAO, ASSET_BY_DAO), 0, true, 0 },
		{ NULL, BY(ASSET_PART_NAME, ASSET_BY_ISSUER), ASSET_NO_DAO, false, 0 },
	};
	struct world w;

	world_init(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct op_create o = points(rows[i].changes);
		struct asset_id a;

		o.dao = rows[i].dao;
		o.change_notice = rows[i].notice;
		if (!rows[i].rule) {
			o.rule = (struct op_text){ NULL, 0 };
			o.rule_major = 0;
			o.params = (struct op_blob){ NULL, 0 };
		}
		if (rows[i].why == NULL)
			DONE(world_create(&w, &a, 0, &o));
		else
			REFUSED(world_create(&w, &a, 0, &o), rows[i].why);
	}
	world_clear(&w);
}

static void
nothing_changes_that_was_not_declared(void)
{
	struct op_create o = points(0);
	struct asset_id a, coin = ASSET_COIN;
	struct world w;

	world_init(&w);
	DONE(world_create(&w, &a, 0, &o));
	REFUSED(set_issuer(&w, 0, &a, &w.people[1]), "NOT_DECLARED");
	REFUSED(set_dao(&w, 0, &a, 0), "NOT_DECLARED");
	REFUSED(set_name(&w, 0, &a, "Better"), "NOT_DECLARED");
	REFUSED(set_rate(&w, 0, &a, 2), "NOT_DECLARED");
	REFUSED(set_name(&w, 1, &a, "Better"), "NOT_ISSUER");
	REFUSED(set_name(&w, 1, &coin, "Gold"), "ASSET_UNKNOWN");
	REFUSED(by_dao(&w, &a, 0, ASSET_PART_NAME, "Better", 6), "FOREIGN_ASSET");
	/* nobody's DAO isn't one */
	REFUSED(by_dao(&w, &a, ASSET_NO_DAO, ASSET_PART_NAME, "Better", 6), "NOT_DECLARED");
	world_clear(&w);
}

static void
issuer_and_name(void)
{
	struct op_create o = points(BY(ASSET_PART_ISSUER, ASSET_BY_ISSUER) | BY(ASSET_PART_NAME, ASSET_BY_ISSUER));
	struct account treasury = dao_treasury(0);
	struct asset_id id;
	struct asset a;
	struct world w;

	world_init(&w);
	DONE(world_create(&w, &id, 0, &o));
	REFUSED(set_name(&w, 0, &id, "Points"), "NO_CHANGE");
	REFUSED(set_name(&w, 0, &id, ""), "BAD_NAME");
	REFUSED(set_name(&w, 0, &id, "Two\nlines"), "BAD_NAME");
	DONE(set_name(&w, 0, &id, "Better points"));
	CU_ASSERT(asset_get(&a, w.state, &id) && strcmp(a.name, "Better points") == 0 && strcmp(a.ticker, "PTS") == 0);
	DONE(set_name(&w, 0, &id, "P"));
	CU_ASSERT(asset_get(&a, w.state, &id) && strcmp(a.name, "P") == 0);
	REFUSED(set_issuer(&w, 0, &id, &w.people[0]), "NO_CHANGE");
	REFUSED(set_issuer(&w, 0, &id, &treasury), "NOT_A_RECIPIENT");
	DONE(set_issuer(&w, 0, &id, &w.people[1]));
	REFUSED(set_issuer(&w, 0, &id, &w.people[0]), "NOT_ISSUER");
	CU_ASSERT(asset_get(&a, w.state, &id) && account_eq(&a.issuer, &w.people[1]) && account_eq(&a.creator, &w.people[0]));
	world_clear(&w);
}

/* A DAO of an asset's own holders is founded after the asset: the issuer names it then, once. */
static void
the_dao_of_its_own_holders(void)
{
	static const uint8_t third[4] = { 1 }, unknown[4] = { 9 };
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES,
			       .dao = ASSET_NO_DAO,
			       .changes = BY(ASSET_PART_DAO, 3) | BY(ASSET_PART_NAME, ASSET_BY_DAO) | BY(ASSET_PART_ISSUER, ASSET_BY_DAO) };
	struct wr issuer = { 0 };
	struct asset_id id;
	struct asset a;
	struct world w;

	world_init(&w);
	DONE(world_create(&w, &id, 0, &o));
	DONE(world_mint(&w, 0, &id, 1, 10, 0)); /* before it obeys anybody */
	REFUSED(set_dao(&w, 1, &id, 0), "NOT_ISSUER");
	REFUSED(set_dao(&w, 0, &id, 9), "DAO_UNKNOWN");
	REFUSED(set_dao(&w, 0, &id, ASSET_NO_DAO), "NO_CHANGE");
	REFUSED(by_dao(&w, &id, 0, ASSET_PART_NAME, "Ours", 4), "FOREIGN_ASSET");
	DONE(set_dao(&w, 0, &id, 0));
	REFUSED(set_dao(&w, 0, &id, 0), "DAO_SET");
	REFUSED(world_mint(&w, 0, &id, 1, 10, 0), "NO_PERMIT");

	DONE(by_dao(&w, &id, 0, ASSET_PART_NAME, "Ours", 4));
	CU_ASSERT(asset_get(&a, w.state, &id) && strcmp(a.name, "Ours") == 0);
	REFUSED(set_name(&w, 0, &id, "Mine"), "NOT_DECLARED");
	wr_account(&issuer, &w.people[2]);
	REFUSED(by_dao(&w, &id, 0, ASSET_PART_ISSUER, issuer.p, issuer.len - 1), "BAD_CHANGE");
	DONE(by_dao(&w, &id, 0, ASSET_PART_ISSUER, issuer.p, issuer.len));
	REFUSED(by_dao(&w, &id, 0, ASSET_PART_ISSUER, issuer.p, issuer.len), "NO_CHANGE");
	REFUSED(by_dao(&w, &id, 0, ASSET_PART_DAO, unknown, 4), "DAO_UNKNOWN");
	REFUSED(by_dao(&w, &id, 0, ASSET_PART_DAO, third, 3), "BAD_CHANGE");
	CU_ASSERT(asset_get(&a, w.state, &id) && account_eq(&a.issuer, &w.people[2]));
	wr_clear(&issuer);
	world_clear(&w);
}

static void
parameters_after_their_notice(void)
{
	struct op_create o = points(BY(ASSET_PART_PARAMS, ASSET_BY_ISSUER));
	struct asset_id id;
	struct world w;

	world_init(&w);
	o.change_notice = NOTICE;
	DONE(world_create(&w, &id, 0, &o));
	REFUSED(set_rate(&w, 0, &id, 1), "NO_CHANGE");
	REFUSED(set_rate(&w, 0, &id, 0), "BAD_PARAMS");
	DONE(earn(&w, &id, 1, "A", 100));
	DONE(set_rate(&w, 0, &id, 2));
	REFUSED(set_rate(&w, 0, &id, 2), "NO_CHANGE"); /* announced already: its time doesn't start anew */
	world_block(&w, NOTICE - 1);
	CU_ASSERT_EQUAL(rate_now(&w, &id), 1);
	DONE(earn(&w, &id, 1, "B", 100));
	CU_ASSERT_EQUAL(world_has(&w, &id, 1), 20);
	world_block(&w, 1);
	CU_ASSERT_EQUAL(rate_now(&w, &id), 2);
	DONE(earn(&w, &id, 1, "C", 100));
	CU_ASSERT_EQUAL(world_has(&w, &id, 1), 40);

	/* what was earned goes back at the rate at which it came */
	DONE(refund(&w, &id, 1, "A", 50));
	CU_ASSERT_EQUAL(world_has(&w, &id, 1), 35);
	DONE(refund(&w, &id, 1, "C", 50));
	CU_ASSERT_EQUAL(world_has(&w, &id, 1), 25);

	/* announced, replaced, taken back */
	DONE(set_rate(&w, 0, &id, 3));
	world_block(&w, NOTICE - 1);
	DONE(set_rate(&w, 0, &id, 4));
	world_block(&w, NOTICE - 1);
	CU_ASSERT_EQUAL(rate_now(&w, &id), 2);
	DONE(set_rate(&w, 0, &id, 2));
	world_block(&w, 10 * NOTICE);
	CU_ASSERT_EQUAL(rate_now(&w, &id), 2);
	REFUSED(set_rate(&w, 0, &id, 2), "NO_CHANGE");
	DONE(set_rate(&w, 0, &id, 5));
	world_block(&w, NOTICE);
	DONE(set_rate(&w, 0, &id, 6)); /* the fifth is in force and stays so meanwhile */
	CU_ASSERT_EQUAL(rate_now(&w, &id), 5);
	world_clear(&w);
}

static void
a_rule_that_lets_nothing_be_changed(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE,
			       .dao = ASSET_NO_DAO,
			       .rule = OP_TEXT("issue_fixed"),
			       .rule_major = 1,
			       .changes = BY(ASSET_PART_PARAMS, ASSET_BY_ISSUER) };
	struct op_set_params p = { .params = { (const uint8_t *)"x", 1 } };
	struct wr payload = { 0 };
	struct world w;

	world_init(&w);
	DONE(world_create(&w, &p.asset, 0, &o));
	op_set_params_encode(&payload, &p);
	REFUSED(world_do(&w, 0, OP_SET_PARAMS, &payload), "PARAMS_FIXED");
	world_clear(&w);
}

/* Nobody could end a freeze or a pause of an asset without an issuer. */
static void
renouncing_ends_freezes_and_pauses(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_PAUSABLE,
			       .dao = 0,
			       .changes = BY(ASSET_PART_ISSUER, ASSET_BY_DAO) };
	struct wr payload = { 0 }, value = { 0 };
	struct op_freeze freeze;
	struct op_pause pause;
	struct op_renounce renounce;
	struct asset_id id;
	struct world w;

	world_init(&w);
	DONE(world_create(&w, &id, 0, &o));
	DONE(holding_add_permit(w.state, &id, units(50)));
	DONE(world_mint(&w, 0, &id, 1, 50, 0));
	freeze = (struct op_freeze){ id, w.people[1] };
	pause = (struct op_pause){ id, { w.env.time.sec + 86400 } };
	renounce = (struct op_renounce){ id };
	op_freeze_encode(&payload, &freeze);
	DONE(world_do(&w, 0, OP_FREEZE, &payload));
	op_freeze_encode(&payload, &freeze);
	REFUSED(world_do(&w, 0, OP_FREEZE, &payload), "ALREADY_FROZEN");
	REFUSED(world_send(&w, 1, &id, &w.people[2], 1), "ACCOUNT_FROZEN");
	op_pause_encode(&payload, &pause);
	DONE(world_do(&w, 0, OP_PAUSE, &payload));
	op_renounce_encode(&payload, &renounce);
	DONE(world_do(&w, 0, OP_RENOUNCE, &payload));
	DONE(world_send(&w, 1, &id, &w.people[2], 1));
	op_renounce_encode(&payload, &renounce);
	REFUSED(world_do(&w, 0, OP_RENOUNCE, &payload), "NOT_ISSUER");
	wr_account(&value, &w.people[3]);
	REFUSED(by_dao(&w, &id, 0, ASSET_PART_ISSUER, value.p, value.len), "RENOUNCED");
	wr_clear(&value);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "what may change is declared at creation", what_may_change_is_declared_at_creation },
	{ "nothing changes that was not declared", nothing_changes_that_was_not_declared },
	{ "issuer and name", issuer_and_name },
	{ "the DAO of its own holders", the_dao_of_its_own_holders },
	{ "parameters after their notice", parameters_after_their_notice },
	{ "a rule that lets nothing be changed", a_rule_that_lets_nothing_be_changed },
	{ "renouncing ends freezes and pauses", renouncing_ends_freezes_and_pauses },
};

UNIT_MAIN("asset, change", tests)
