/* What DAOs decide, and its being carried out. */
#include "tests/unit/dao_world.h"

#include <stdio.h>
#include <string.h>

#include "token/action.h"
#include "token/dao_changes.h"
#include "token/ledger.h"

static void
a_council_decides_and_its_treasury_pays(void)
{
	struct world w;
	struct asset_id coin = ASSET_COIN;
	struct account treasury = dao_treasury(0);
	struct action_spend spend = { coin, { 0 }, units(300) };
	struct wr body = { 0 };

	world_init(&w);
	DONE(world_send(&w, 5, &coin, &treasury, 1000));
	spend.to = w.people[6];
	action_spend_encode(&body, &spend);
	REFUSED(propose(&w, 5, 0, ACTION_SPEND, &body), "BELOW_THRESHOLD"); /* not a member */
	action_spend_encode(&body, &spend);
	DONE(propose(&w, 0, 0, ACTION_SPEND, &body));
	expect(&w, 1, PROPOSAL_VOTING, "");
	REFUSED(yes(&w, 5, 1), "NO_VOTING_POWER");
	DONE(yes(&w, 0, 1));
	DONE(yes(&w, 1, 1));
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "NOT_EXECUTABLE");
	world_block(&w, 101);
	REFUSED(yes(&w, 2, 1), "NOT_VOTING");
	world_block(&w, 1);
	expect(&w, 1, PROPOSAL_TIMELOCK, "");
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "TOO_EARLY");
	world_block(&w, 48);
	DONE(act(&w, 6, OP_EXECUTE, 1)); /* anyone may */
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[6]), 1000300);
	CU_ASSERT_EQUAL(world_coin(&w, &treasury), 700);
	expect(&w, 1, PROPOSAL_EXECUTED, "");
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "NOT_EXECUTABLE");
	world_clear(&w);
}

static void
G0_a_store_reaches_no_further_than_its_own(void)
{
	struct world w;
	struct asset_id votes, own, foreign;
	struct op_create o = { .flags = ASSET_TRANSFERABLE };
	struct action_mint_permit permit = { .amount = units(10) };
	struct action_plugin_approve approve = { .name = OP_TEXT("issue_evil"), .kind = TALLY_ISSUE, .major = 1 };
	struct action_plugin_disable disable = { .name = OP_TEXT("issue_fixed"), .major = 1 };
	struct op_create_dao t;
	struct wr body = { 0 };
	uint32_t dao, other = 0;

	world_init(&w);
	dao = holders(&w, &votes);
	o.dao = dao;
	DONE(world_create(&w, &own, 0, &o));
	o.dao = 0;
	DONE(world_create(&w, &foreign, 0, &o));

	action_plugin_approve_encode(&body, &approve);
	REFUSED(propose(&w, 1, dao, ACTION_PLUGIN_APPROVE, &body), "ACTION_NOT_ALLOWED");
	action_plugin_disable_encode(&body, &disable);
	REFUSED(propose(&w, 1, dao, ACTION_PLUGIN_DISABLE, &body), "ACTION_NOT_ALLOWED");
	REFUSED(propose(&w, 1, dao, ACTION_PAUSE, &body), "ACTION_NOT_ALLOWED");
	REFUSED(propose(&w, 1, dao, ACTION_RESUME, &body), "ACTION_NOT_ALLOWED");
	for (unsigned kind = ACTION_MINT_PERMIT + 1; kind < 256; kind++) { /* ROTATE, VALIDATORS, RULE_UPGRADE… and what isn't there */
		if (kind != ACTION_PARAM)
			REFUSED(propose(&w, 1, dao, (uint8_t)kind, &body), "ACTION_NOT_ALLOWED");
	}
	permit.asset = foreign;
	action_mint_permit_encode(&body, &permit);
	REFUSED(propose(&w, 1, dao, ACTION_MINT_PERMIT, &body), "ACTION_FOREIGN_ASSET");
	permit.asset = votes; /* named no DAO */
	action_mint_permit_encode(&body, &permit);
	REFUSED(propose(&w, 1, dao, ACTION_MINT_PERMIT, &body), "ACTION_FOREIGN_ASSET");
	permit.asset = own;
	action_mint_permit_encode(&body, &permit);
	wr_u8(&body, 0);
	REFUSED(propose(&w, 1, dao, ACTION_MINT_PERMIT, &body), "ACTION_MALFORMED");
	t = holders_terms(&votes);
	t.actions = 1u << ACTION_PLUGIN_APPROVE;
	REFUSED(create_dao(&w, &other, 1, &t), "BAD_TERMS");

	action_mint_permit_encode(&body, &permit);
	DONE(propose(&w, 1, dao, ACTION_MINT_PERMIT, &body));
	DONE(yes(&w, 4, 1));
	world_block(&w, 101);
	world_block(&w, 50);
	REFUSED(world_mint(&w, 0, &own, 0, 1, 0), "NO_PERMIT");
	DONE(act(&w, 0, OP_EXECUTE, 1));
	DONE(world_mint(&w, 0, &own, 0, 10, 0));
	REFUSED(world_mint(&w, 0, &own, 0, 1, 0), "NO_PERMIT");
	world_clear(&w);
}

static void
G3_execution_early_late_twice_and_failing(void)
{
	struct world w;
	struct asset_id coin = ASSET_COIN;
	struct account treasury = dao_treasury(0);
	struct action_spend one = { coin, { 0 }, units(300) }, two = { coin, { 0 }, units(800) };
	struct wr first = { 0 }, second = { 0 };
	struct dao_action actions[2];
	struct changes c;
	size_t failed;

	world_init(&w);
	DONE(world_send(&w, 5, &coin, &treasury, 1000));
	one.to = two.to = w.people[6];
	action_spend_encode(&first, &one);
	action_spend_encode(&second, &two);
	actions[0] = (struct dao_action){ ACTION_SPEND, { first.p, first.len } };
	actions[1] = (struct dao_action){ ACTION_SPEND, { second.p, second.len } };
	DONE(propose_with(&w, 0, 0, actions, 2, 0));
	wr_clear(&first);
	wr_clear(&second);
	REFUSED(proposal_simulate(&c, &failed, &w.exec, 1), "INSUFFICIENT_BALANCE");
	CU_ASSERT(failed == 1 && c.n == 0);
	DONE(yes(&w, 0, 1));
	DONE(yes(&w, 1, 1));
	world_block(&w, 149); /* eta = start + 100 + 50 */
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "TOO_EARLY");
	world_block(&w, 1);
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "INSUFFICIENT_BALANCE"); /* all or nothing */
	CU_ASSERT_EQUAL(world_coin(&w, &treasury), 1000);
	DONE(world_send(&w, 5, &coin, &treasury, 100));
	CU_ASSERT_PTR_NULL(proposal_simulate(&c, &failed, &w.exec, 1));
	changes_clear(&c);
	CU_ASSERT_EQUAL(world_coin(&w, &treasury), 1100);
	DONE(act(&w, 6, OP_EXECUTE, 1));
	CU_ASSERT_EQUAL(world_coin(&w, &treasury), 0);
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "NOT_EXECUTABLE");

	for (uint64_t n = 2; n <= 3; n++) {
		DONE(propose_text(&w, 0, 0));
		DONE(yes(&w, 0, n));
		DONE(yes(&w, 1, n));
		world_block(&w, 101);
		world_block(&w, 49 + 1000); /* the last second of the grace */
		if (n == 2) {
			DONE(act(&w, 6, OP_EXECUTE, 2));
			continue;
		}
		world_block(&w, 1);
		REFUSED(act(&w, 6, OP_EXECUTE, 3), "NOT_EXECUTABLE");
		world_block(&w, 1);
		expect(&w, 3, PROPOSAL_EXPIRED, "");
	}
	world_clear(&w);
}

static void
the_federation_pauses_the_peg_and_approves_rules(void)
{
	struct world w;
	struct action_plugin_approve approve = { .name = OP_TEXT("issue_new"), .kind = TALLY_ISSUE, .major = 3, .minor = 1, .from_height = 40 };
	struct action_plugin_approve at_once = { .name = OP_TEXT("issue_now"), .kind = TALLY_ISSUE, .major = 1 };
	struct action_plugin_disable disable = { .name = OP_TEXT("issue_fixed"), .major = 1 };
	struct rule_approval got;
	struct dao_action actions[4];
	struct wr one = { 0 }, two = { 0 }, three = { 0 };
	struct asset_id a;
	struct op_create o = { .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_fixed"), .rule_major = 1 };

	world_init(&w);
	CU_ASSERT_PTR_NULL(rule_register(issue_fixed_entry(), &approve.file)); /* any code, so that nothing is missing */
	action_plugin_approve_encode(&one, &approve);
	action_plugin_disable_encode(&two, &disable);
	actions[0] = (struct dao_action){ ACTION_PLUGIN_APPROVE, { one.p, one.len } };
	actions[1] = (struct dao_action){ ACTION_PLUGIN_DISABLE, { two.p, two.len } };
	actions[2] = (struct dao_action){ ACTION_PAUSE, { NULL, 0 } };
	action_plugin_approve_encode(&three, &at_once);
	actions[3] = (struct dao_action){ ACTION_PLUGIN_APPROVE, { three.p, three.len } };
	DONE(propose_with(&w, 0, 0, actions, 4, 0));
	DONE(yes(&w, 1, 1));
	DONE(yes(&w, 2, 1));
	world_block(&w, 101);
	world_block(&w, 50);
	CU_ASSERT_FALSE(dao_peg_paused(w.state));
	DONE(act(&w, 0, OP_EXECUTE, 1));
	CU_ASSERT(dao_peg_paused(w.state));
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, w.state, "issue_new", 3, TALLY_ISSUE, 39), "RULE_UNKNOWN");
	CU_ASSERT_PTR_NULL(rule_in_force(&got, w.state, "issue_new", 3, TALLY_ISSUE, 40));
	/* from the next block on, so that nodes can look for the file first */
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, w.state, "issue_now", 1, TALLY_ISSUE, w.env.height), "RULE_UNKNOWN");
	CU_ASSERT_PTR_NULL(rule_in_force(&got, w.state, "issue_now", 1, TALLY_ISSUE, w.env.height + 1));
	REFUSED(world_create(&w, &a, 0, &o), "RULE_DISABLED");
	REFUSED(propose_with(&w, 0, 0, actions, 1, 0), "RULE_EXISTS"); /* one hash a version */
	wr_clear(&three);
	wr_clear(&one);
	wr_clear(&two);

	actions[0] = (struct dao_action){ ACTION_RESUME, { NULL, 0 } };
	DONE(propose_with(&w, 0, 0, actions, 1, 0));
	DONE(yes(&w, 0, 2));
	DONE(yes(&w, 2, 2));
	world_block(&w, 101);
	world_block(&w, 50);
	DONE(act(&w, 0, OP_EXECUTE, 2));
	CU_ASSERT_FALSE(dao_peg_paused(w.state));
	CU_ASSERT_EQUAL(dao_peg_resumes(w.state), 1);
	world_clear(&w);
}

static uint64_t
param(const struct world *w, const char *name)
{
	const struct param *p = param_named(name, strlen(name));

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return param_get(w->state, p);
}

static void
the_council_changes_parameters_within_bounds(void)
{
	struct dao_action actions[2];
	struct amount base, per_op;
	struct asset_id a;
	struct op_create o = { .dao = ASSET_NO_DAO };
	struct world w;
	struct wr one = { 0 }, two = { 0 };

	world_init(&w);
	for (size_t i = 0; i < param_count; i++) { /* each in its bounds now, each bound kept */
		const struct param *p = param_at(i);

		if (param_get(w.state, p) < p->least) /* regtest's councils may be quicker than PARAM allows */
			CU_ASSERT_STRING_EQUAL(p->unit, "seconds");
		CU_ASSERT(param_get(w.state, p) <= p->most);
		actions[0] = param_action(&one, p->name, p->most + 1);
		REFUSED(propose_with(&w, 0, 0, actions, 1, 0), "PARAM_BOUNDS");
		wr_clear(&one);
		if (p->least > 0) {
			actions[0] = param_action(&one, p->name, p->least - 1);
			REFUSED(propose_with(&w, 0, 0, actions, 1, 0), "PARAM_BOUNDS");
			wr_clear(&one);
		}
	}
	actions[0] = param_action(&one, "gravity", 1);
	REFUSED(propose_with(&w, 0, 0, actions, 1, 0), "PARAM_UNKNOWN");
	wr_u8(&one, 0);
	actions[0] = action_of(ACTION_PARAM, &one);
	REFUSED(propose_with(&w, 0, 0, actions, 1, 0), "ACTION_MALFORMED");
	wr_clear(&one);

	actions[0] = param_action(&one, "fee_base", 77);
	actions[1] = param_action(&two, "asset_fee", 5000);
	DONE(council_does(&w, actions, 2));
	ledger_get_fees(w.state, &base, &per_op);
	CU_ASSERT(amount_units(base) == 77 && amount_units(per_op) == 20 && param(&w, "fee_base") == 77);
	CU_ASSERT_EQUAL(param(&w, "asset_fee"), 5000);
	DONE(world_create(&w, &a, 3, &o));
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[3]), 1000000 - 5000);
	wr_clear(&one);
	wr_clear(&two);
	world_clear(&w);
}

static void
G3_parameters_changed_during_a_vote(void)
{
	struct dao_action actions[3], text = text_action("x");
	struct wr one = { 0 }, two = { 0 }, three = { 0 };
	struct proposal before, after;
	struct world w;
	struct dao d;

	world_init(&w);
	DONE(propose_with(&w, 2, 0, &text, 1, 0)); /* 1: under the old terms */
	DONE(yes(&w, 2, 1));
	DONE(yes(&w, 1, 1));
	before = proposal_now(&w, 1);
	actions[0] = param_action(&one, "council_timelock", 5000);
	actions[1] = param_action(&two, "council_voting_period", 7000);
	actions[2] = param_action(&three, "council_deposit", 40);
	DONE(council_does(&w, actions, 3)); /* 2 */
	CU_ASSERT_FATAL(dao_get(&d, w.state, 0));
	CU_ASSERT(d.version == 3 && d.terms.timelock == 5000 && d.terms.voting_period == 7000 && amount_units(d.terms.deposit) == 40);
	after = proposal_now(&w, 1);
	CU_ASSERT_EQUAL(after.state, PROPOSAL_TIMELOCK);
	CU_ASSERT_EQUAL(after.vote_end.sec, before.vote_end.sec);
	CU_ASSERT_EQUAL(after.eta.sec, before.vote_end.sec + 50);
	DONE(act(&w, 6, OP_EXECUTE, 1));

	DONE(propose_with(&w, 2, 0, &text, 1, 0)); /* 3: the new ones */
	expect(&w, 3, PROPOSAL_DEPOSIT, "");
	DONE(pay_in(&w, 2, 3, 40));
	after = proposal_now(&w, 3);
	CU_ASSERT_EQUAL(after.vote_end.sec - after.vote_start.sec, 7000);
	CU_ASSERT_EQUAL(after.terms, 3);
	wr_clear(&one);
	wr_clear(&two);
	wr_clear(&three);

	/* a combination that makes no sense is refused when it would come to it */
	actions[0] = param_action(&one, "council_late_extension", 7001);
	DONE(propose_with(&w, 0, 0, actions, 1, 40));
	DONE(yes(&w, 0, 4));
	DONE(yes(&w, 1, 4));
	world_block(&w, 7001);
	world_block(&w, 5000);
	REFUSED(act(&w, 6, OP_EXECUTE, 4), "PARAM_BOUNDS");
	wr_clear(&one);
	world_clear(&w);
}

static void
covering_a_deficit_sets_coin_aside(void)
{
	struct asset_id coin = ASSET_COIN;
	struct account treasury = dao_treasury(0), fund = bank_fee_fund(), cover = dao_cover_account(COVER_FROM_TREASURY);
	struct account from_fees = dao_cover_account(COVER_FROM_FEES);
	struct action_cover_deficit a = { COVER_FROM_TREASURY, units(300) }, b = { COVER_FROM_FEES, units(20) }, c = { COVER_FROM_DONATIONS, units(7) };
	struct dao_action actions[3];
	struct wr body[3] = { { 0 } };
	struct world w;

	world_init(&w);
	DONE(world_send(&w, 5, &coin, &treasury, 299));
	CU_ASSERT_PTR_NULL(bank_transfer(w.state, &w.people[5], &fund, &coin, units(50)));
	action_cover_deficit_encode(&body[0], &a);
	action_cover_deficit_encode(&body[1], &b);
	action_cover_deficit_encode(&body[2], &c);
	actions[0] = action_of(ACTION_COVER_DEFICIT, &body[0]);
	actions[1] = action_of(ACTION_COVER_DEFICIT, &body[1]);
	actions[2] = action_of(ACTION_COVER_DEFICIT, &body[2]);
	REFUSED(council_does(&w, actions, 3), "INSUFFICIENT_BALANCE");
	DONE(world_send(&w, 5, &coin, &treasury, 1));
	DONE(act(&w, 6, OP_EXECUTE, 1));
	CU_ASSERT(world_coin(&w, &treasury) == 0 && world_coin(&w, &cover) == 300);
	CU_ASSERT(world_coin(&w, &fund) == 30 && world_coin(&w, &from_fees) == 20);
	CU_ASSERT_EQUAL(amount_units(dao_cover_donations(w.state, w.env.height)), 7);
	CU_ASSERT_EQUAL(amount_units(dao_cover_donations(w.state, w.env.height + 1)), 0);
	for (size_t i = 0; i < 3; i++)
		wr_clear(&body[i]);
	a.amount = AMOUNT_ZERO;
	action_cover_deficit_encode(&body[0], &a);
	actions[0] = action_of(ACTION_COVER_DEFICIT, &body[0]);
	REFUSED(propose_with(&w, 0, 0, actions, 1, 0), "ACTION_MALFORMED");
	wr_clear(&body[0]);
	world_clear(&w);
}

static const char *
propose_part(struct world *w, uint32_t dao, const struct asset_id *a, const char *part, const void *value, size_t len)
{
	struct action_param p = { *a, OP_TEXT(part), { value, len } };
	struct wr body = { 0 };

	action_param_encode(&body, &p);
	return propose(w, 1, dao, ACTION_PARAM, &body);
}

static void
a_store_changes_what_its_asset_declared(void)
{
	struct asset_id votes, own, foreign, coin = ASSET_COIN;
	struct op_create o = { .flags = ASSET_TRANSFERABLE, .changes = ASSET_BY_DAO << 2 * ASSET_PART_NAME };
	struct world w;
	struct asset a;
	uint32_t dao;

	world_init(&w);
	dao = holders(&w, &votes);
	o.dao = dao;
	DONE(world_create(&w, &own, 0, &o));
	o.dao = 0;
	DONE(world_create(&w, &foreign, 0, &o));
	REFUSED(propose_part(&w, dao, &foreign, "name", "Beans", 5), "ACTION_FOREIGN_ASSET");
	REFUSED(propose_part(&w, dao, &coin, "fee_base", "\0\0\0\0\0\0\0\0", 8), "ACTION_NOT_ALLOWED");
	REFUSED(propose_part(&w, dao, &own, "dao", "\0\0\0\0", 4), "NOT_DECLARED");
	REFUSED(propose_part(&w, dao, &own, "cap", "\0\0\0\0\0\0\0\0", 8), "PARAM_UNKNOWN");
	REFUSED(propose_part(&w, dao, &own, "name", "\a", 1), "BAD_NAME");
	DONE(propose_part(&w, dao, &own, "name", "Beans", 5));
	DONE(yes(&w, 4, 1));
	world_block(&w, 101);
	world_block(&w, 50);
	DONE(act(&w, 0, OP_EXECUTE, 1));
	CU_ASSERT_FATAL(asset_get(&a, w.state, &own));
	CU_ASSERT_STRING_EQUAL(a.name, "Beans");
	world_clear(&w);
}

/* The change of that kind and place; NULL when there is none. */
static const struct change *
change_of(const struct changes *c, enum change_kind kind, const struct account *who, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->list[i].kind == kind && (who == NULL || account_eq(who, &c->list[i].account)) &&
		    (name == NULL || strcmp(c->list[i].param->name, name) == 0))
			return &c->list[i];
	}
	return NULL;
}

static void
simulation_shows_each_change(void)
{
	struct asset_id coin = ASSET_COIN, own;
	struct account treasury = dao_treasury(0);
	struct op_create o = { .flags = ASSET_TRANSFERABLE };
	struct action_spend spend = { coin, { 0 }, units(300) };
	struct action_mint_permit permit = { .amount = units(9) };
	struct action_plugin_disable disable = { .name = OP_TEXT("issue_fixed"), .major = 1 };
	struct action_rule_upgrade upgrade = { OP_TEXT("gov_token"), 1, 0, 0, 5000 };
	struct dao_action actions[7];
	struct wr body[5] = { { 0 } };
	const struct change *one;
	struct changes c;
	struct hash256 before, after;
	size_t failed;
	struct world w;

	world_init(&w);
	DONE(world_create(&w, &own, 0, &o)); /* obeys DAO 0 */
	DONE(world_send(&w, 5, &coin, &treasury, 1000));
	spend.to = w.people[6];
	permit.asset = own;
	action_spend_encode(&body[0], &spend);
	action_mint_permit_encode(&body[1], &permit);
	action_plugin_disable_encode(&body[2], &disable);
	actions[0] = action_of(ACTION_SPEND, &body[0]);
	actions[1] = actions[0]; /* twice: one line in the end */
	actions[2] = action_of(ACTION_MINT_PERMIT, &body[1]);
	actions[3] = action_of(ACTION_PLUGIN_DISABLE, &body[2]);
	actions[4] = param_action(&body[3], "dao_fee", 12345);
	actions[5] = (struct dao_action){ ACTION_PAUSE, { NULL, 0 } };
	action_rule_upgrade_encode(&body[4], &upgrade);
	actions[6] = action_of(ACTION_RULE_UPGRADE, &body[4]);
	DONE(propose_with(&w, 0, 0, actions, 7, 0));
	world_block(&w, 1);
	state_root(&before, w.state);
	CU_ASSERT_PTR_NULL(proposal_simulate(&c, &failed, &w.exec, 1));
	state_root(&after, w.state);
	CU_ASSERT(hash256_eq(&before, &after));
	CU_ASSERT_EQUAL(c.n, 7);
	one = change_of(&c, CHANGE_UPGRADE, NULL, NULL);
	CU_ASSERT(one != NULL && one->after == 5000 && strcmp(one->rule.name, "gov_token") == 0 && one->rule.major == 1);
	one = change_of(&c, CHANGE_BALANCE, &treasury, NULL);
	CU_ASSERT(one != NULL && one->before == 1000 && one->after == 400 && asset_id_eq(&one->asset, &coin));
	one = change_of(&c, CHANGE_BALANCE, &w.people[6], NULL);
	CU_ASSERT(one != NULL && one->before == 1000000 && one->after == 1000600);
	one = change_of(&c, CHANGE_PERMIT, NULL, NULL);
	CU_ASSERT(one != NULL && one->before == 0 && one->after == 9 && asset_id_eq(&one->asset, &own));
	one = change_of(&c, CHANGE_RULE, NULL, NULL);
	CU_ASSERT(one != NULL && one->before == 1 && one->after == 2 && strcmp(one->rule.name, "issue_fixed") == 0 && one->rule.major == 1);
	one = change_of(&c, CHANGE_PARAM, NULL, "dao_fee");
	CU_ASSERT(one != NULL && one->before == 500 && one->after == 12345);
	one = change_of(&c, CHANGE_PEG_PAUSED, NULL, NULL);
	CU_ASSERT(one != NULL && one->before == 0 && one->after == 1);
	changes_clear(&c);
	REFUSED(proposal_simulate(&c, &failed, &w.exec, 2), "PROPOSAL_UNKNOWN");
	for (size_t i = 0; i < 5; i++)
		wr_clear(&body[i]);
	world_clear(&w);
}

/* Holders of one asset with two DAOs: each has its own proposals, treasury and permits, and the power counts in both. */
static void
two_daos_of_one_asset(void)
{
	struct asset_id coin = ASSET_COIN, a;
	struct account treasury;
	struct action_spend spend = { coin, { 0 }, units(5) };
	struct op_create_dao t;
	struct wr body = { 0 };
	uint32_t first, second = 0;
	struct world w;

	world_init(&w);
	first = holders(&w, &a);
	t = holders_terms(&a);
	DONE(create_dao(&w, &second, 5, &t));
	treasury = dao_treasury(first);
	DONE(world_send(&w, 5, &coin, &treasury, 5));
	spend.to = w.people[6];
	action_spend_encode(&body, &spend);
	DONE(propose(&w, 1, second, ACTION_SPEND, &body));
	DONE(propose_text(&w, 1, first)); /* one live proposal in each */
	REFUSED(propose_text(&w, 1, second), "LIVE_PROPOSAL");
	DONE(yes(&w, 4, 1));
	DONE(yes(&w, 4, 2));
	world_block(&w, 101);
	world_block(&w, 50);
	REFUSED(act(&w, 0, OP_EXECUTE, 1), "INSUFFICIENT_BALANCE"); /* the other's treasury is not touched */
	DONE(act(&w, 0, OP_EXECUTE, 2));
	CU_ASSERT_EQUAL(world_coin(&w, &treasury), 5);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "a council decides and its treasury pays", a_council_decides_and_its_treasury_pays },
	{ "G0 a store reaches no further than its own", G0_a_store_reaches_no_further_than_its_own },
	{ "G3 execution early, late, twice and failing", G3_execution_early_late_twice_and_failing },
	{ "the federation pauses the peg and approves rules", the_federation_pauses_the_peg_and_approves_rules },
	{ "the council changes parameters within bounds", the_council_changes_parameters_within_bounds },
	{ "G3 parameters changed during a vote", G3_parameters_changed_during_a_vote },
	{ "covering a deficit sets coin aside", covering_a_deficit_sets_coin_aside },
	{ "a store changes what its asset declared", a_store_changes_what_its_asset_declared },
	{ "simulation shows each change", simulation_shows_each_change },
	{ "two DAOs of one asset", two_daos_of_one_asset },
};

UNIT_MAIN("dao_action", tests)
