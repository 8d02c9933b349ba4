/* DAOs: their making, deposits, cancelling, guardians. */
#include "tests/unit/dao_world.h"

#include <stdio.h>
#include <string.h>

static void
creation_refuses_nonsense(void)
{
	struct world w;
	struct asset_id a, flat;
	struct op_create o = { .dao = ASSET_NO_DAO };
	struct op_create_dao good, t;
	uint8_t params[6];
	uint32_t dao = 0;
	struct dao got;

	world_init(&w);
	CU_ASSERT_EQUAL(holders(&w, &a), 1);
	DONE(world_create(&w, &flat, 0, &o));
	good = holders_terms(&a);
#define BAD(change, why)                                       \
	do {                                                   \
		t = good;                                      \
		change;                                        \
		REFUSED(create_dao(&w, &dao, 1, &t), (why));   \
	} while (0)
	BAD(t.name.len = 0, "BAD_NAME");
	BAD(t.name = OP_TEXT("a\x7f"), "BAD_NAME");
	BAD(t.voting_period = 0, "BAD_TERMS");
	BAD(t.voting_period = 91 * 86400, "BAD_TERMS");
	BAD(t.late_extension = 101, "BAD_TERMS");
	BAD(t.grace = 0, "BAD_TERMS");
	BAD(t.actions = 0, "BAD_TERMS");
	BAD(t.actions = 8, "BAD_TERMS");
	BAD(t.deposit_first = units(1), "BAD_TERMS");
	BAD(t.has_guardian = true; t.guardian = dao_treasury(0), "BAD_TERMS");
	BAD(t.rule = OP_TEXT("gov token"), "BAD_RULE_NAME");
	BAD(t.rule = OP_TEXT("issue_fixed"), "RULE_UNKNOWN");
	BAD(t.rule_major = 2, "RULE_UNKNOWN");
	BAD(t.asset = flat, "BAD_ELECTORATE");
	BAD(t.asset = ASSET_COIN, "BAD_ELECTORATE");
	BAD(t.threshold = 1000001, "BAD_ELECTORATE");
	BAD(t.params.len = 5, "BAD_PARAMS");
	BAD(t.rule = OP_TEXT("gov_council"), "NEEDS_COUNCIL");
	BAD(t.electorate = DAO_COUNCIL; t.members_n = 1; t.members[0] = w.people[0], "NEEDS_HOLDERS");
	BAD(t.electorate = DAO_COUNCIL; t.members_n = 1; t.members[0] = dao_treasury(0), "BAD_ELECTORATE");
	BAD(t.electorate = DAO_COUNCIL; t.members_n = 2; t.members[0] = t.members[1] = w.people[0], "BAD_PAYLOAD");
	for (int i = 0; i < 3; i++) { /* quorum 10001, pass 4999 and 10000, veto 0 */
		static const uint16_t bad[][3] = { { 10001, 5000, 3340 }, { 4000, 4999, 3340 }, { 4000, 5000, 0 } };

		for (size_t j = 0; j < 3; j++) {
			params[2 * j] = (uint8_t)bad[i][j];
			params[2 * j + 1] = (uint8_t)(bad[i][j] >> 8);
		}
		BAD(t.params = ((struct op_blob){ params, 6 }), "BAD_PARAMS");
	}
	DONE(create_dao(&w, &dao, 1, &good));
	CU_ASSERT_EQUAL(dao, 2);
	CU_ASSERT_EQUAL(dao_count(w.state), 3);
	CU_ASSERT_FATAL(dao_get(&got, w.state, 2));
	CU_ASSERT_STRING_EQUAL(got.name, "Friends of the Store");
	CU_ASSERT(account_eq(&got.creator, &w.people[1]));
	CU_ASSERT_FALSE(dao_get(&got, w.state, 3));
	world_clear(&w);
}

static void
proposals_refuse_nonsense(void)
{
	struct world w;
	struct dao_action bad_text = text_action("bell\a"), many[PROPOSAL_ACTIONS_MAX];
	struct op_propose o = { .title = OP_TEXT("t"), .actions_n = 1, .actions = { text_action("x") } };
	struct wr payload = { 0 };

	world_init(&w);
	REFUSED(propose_with(&w, 0, 0, &bad_text, 1, 0), "ACTION_MALFORMED");
	REFUSED(propose_with(&w, 0, 9, &bad_text, 1, 0), "DAO_UNKNOWN");
	REFUSED(propose_with(&w, 0, 0, &bad_text, 0, 0), "BAD_PAYLOAD");
	o.title.len = 0;
	op_propose_encode(&payload, &o);
	REFUSED(world_do(&w, 0, OP_PROPOSE, &payload), "BAD_TITLE");
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = text_action("x");
	DONE(propose_with(&w, 0, 0, many, ARRAY_LEN(many), 0));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).actions_n, PROPOSAL_ACTIONS_MAX);
	CU_ASSERT_STRING_EQUAL(proposal_now(&w, 1).title, "A proposal");
	world_clear(&w);
}

static void
G5_deposits_threshold_and_one_at_a_time(void)
{
	struct world w;
	struct asset_id a;
	struct op_create_dao t;
	struct dao_action text = text_action("x");
	uint32_t dao = 0;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.deposit = units(100);
	t.deposit_first = units(10);
	t.deposit_period = 60;
	t.threshold = 100;
	DONE(create_dao(&w, &dao, 5, &t));
	REFUSED(propose_with(&w, 5, dao, &text, 1, 10), "BELOW_THRESHOLD");
	REFUSED(propose_with(&w, 1, dao, &text, 1, 9), "DEPOSIT_TOO_SMALL");
	DONE(propose_with(&w, 1, dao, &text, 1, 10));
	expect(&w, 1, PROPOSAL_DEPOSIT, "");
	for (int i = 0; i < 100; i++)
		REFUSED(propose_with(&w, 1, dao, &text, 1, 10), "LIVE_PROPOSAL");
	REFUSED(yes(&w, 4, 1), "NOT_VOTING");
	world_block(&w, 60);
	REFUSED(pay_in(&w, 6, 1, 0), "ZERO_AMOUNT");
	DONE(pay_in(&w, 6, 1, 500)); /* only what is missing is taken */
	expect(&w, 1, PROPOSAL_VOTING, "");
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[6]), 1000000 - 90);
	REFUSED(pay_in(&w, 6, 1, 1), "NOT_IN_DEPOSIT");
	DONE(yes(&w, 4, 1));
	world_block(&w, 101);
	world_block(&w, 50);
	DONE(act(&w, 7, OP_EXECUTE, 1)); /* deposits go back */
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[6]), 1000000);

	DONE(propose_with(&w, 1, dao, &text, 1, 10)); /* never filled up */
	world_block(&w, 61);
	world_block(&w, 1);
	expect(&w, 2, PROPOSAL_CANCELLED, "DEPOSIT_SHORT");
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000);

	DONE(propose_with(&w, 1, dao, &text, 1, 100)); /* vetoed: the deposit is lost */
	DONE(cast(&w, 4, 3, 0, 0, 0, 10000));
	world_block(&w, 101);
	world_block(&w, 1);
	expect(&w, 3, PROPOSAL_VETOED, "VOTERS");
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000 - 100);
	world_clear(&w);
}

static void
sixteen_depositors_at_most(void)
{
	struct world w;
	struct asset_id a, coin = ASSET_COIN;
	struct op_create_dao t;
	struct dao_action text = text_action("x");
	struct account many = { 0 };
	uint32_t dao = 0;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.deposit = units(1000);
	t.deposit_period = 60;
	DONE(create_dao(&w, &dao, 5, &t));
	DONE(propose_with(&w, 1, dao, &text, 1, 1));
	for (uint8_t i = 0; i < 16; i++) {
		many.id.b[0] = i;
		CU_ASSERT_PTR_NULL(bank_mint(w.state, &many, &coin, units(10)));
		w.people[7] = many;
		if (i < 15)
			DONE(pay_in(&w, 7, 1, 1));
		else
			REFUSED(pay_in(&w, 7, 1, 1), "TOO_MANY_DEPOSITORS");
	}
	DONE(pay_in(&w, 1, 1, 1)); /* who is among them may add */
	world_clear(&w);
}

static void
cancelling(void)
{
	struct world w;
	struct asset_id a;
	struct op_create_dao t;
	uint32_t dao = 0;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.voting_delay = 10;
	t.threshold = 100;
	DONE(create_dao(&w, &dao, 5, &t));
	DONE(propose_text(&w, 1, dao));
	REFUSED(act(&w, 2, OP_CANCEL, 1), "NOT_YOURS");
	DONE(act(&w, 1, OP_CANCEL, 1));
	expect(&w, 1, PROPOSAL_CANCELLED, "PROPOSER");
	REFUSED(act(&w, 1, OP_CANCEL, 1), "TOO_LATE");

	DONE(propose_text(&w, 1, dao));
	world_block(&w, 10);
	world_block(&w, 1);
	REFUSED(act(&w, 1, OP_CANCEL, 2), "TOO_LATE"); /* the vote runs */
	DONE(world_send(&w, 1, &a, &w.people[2], 1));
	REFUSED(act(&w, 7, OP_CANCEL, 2), "NOT_YOURS"); /* still had enough after the last block */
	world_block(&w, 1);
	DONE(act(&w, 7, OP_CANCEL, 2));
	expect(&w, 2, PROPOSAL_CANCELLED, "BELOW_THRESHOLD");
	world_clear(&w);
}

static void
G5_a_guardian_only_vetoes_and_only_in_time(void)
{
	struct world w;
	struct asset_id a;
	struct op_create_dao t;
	struct dao_action text = text_action("x");
	uint32_t dao = 0;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.deposit = units(70);
	t.has_guardian = true;
	t.guardian = w.people[7];
	t.guardian_until.sec = w.env.time.sec + 20;
	DONE(create_dao(&w, &dao, 5, &t));
	DONE(propose_with(&w, 1, dao, &text, 1, 70));
	REFUSED(act(&w, 6, OP_GUARDIAN_VETO, 1), "NOT_GUARDIAN");
	REFUSED(act(&w, 7, OP_CANCEL, 1), "NOT_YOURS");
	REFUSED(yes(&w, 7, 1), "NO_VOTING_POWER");
	REFUSED(propose_with(&w, 7, dao, &text, 1, 70), "BELOW_THRESHOLD");
	world_block(&w, 20);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000 - 70);
	DONE(act(&w, 7, OP_GUARDIAN_VETO, 1));
	expect(&w, 1, PROPOSAL_VETOED, "GUARDIAN");
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000); /* only the voters' veto costs the deposit */
	REFUSED(act(&w, 7, OP_GUARDIAN_VETO, 1), "TOO_LATE");
	DONE(propose_with(&w, 1, dao, &text, 1, 70));
	world_block(&w, 1);
	REFUSED(act(&w, 7, OP_GUARDIAN_VETO, 2), "NOT_GUARDIAN");
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "creation refuses nonsense", creation_refuses_nonsense },
	{ "proposals refuse nonsense", proposals_refuse_nonsense },
	{ "G5 deposits, threshold and one at a time", G5_deposits_threshold_and_one_at_a_time },
	{ "sixteen depositors at most", sixteen_depositors_at_most },
	{ "cancelling", cancelling },
	{ "G5 a guardian only vetoes, and only in time", G5_a_guardian_only_vetoes_and_only_in_time },
};

UNIT_MAIN("dao", tests)
