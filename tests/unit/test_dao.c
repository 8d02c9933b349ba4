/* DAOs and the life of proposals, with the rules gov_council and gov_token. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"

static struct dao_action
text_action(const char *text)
{
	return (struct dao_action){ ACTION_TEXT, { (const uint8_t *)text, strlen(text) } };
}

static const char *
propose_with(struct world *w, size_t person, uint32_t dao, const struct dao_action *actions, size_t n, uint64_t deposit)
{
	struct op_propose o = { .dao = dao, .title = OP_TEXT("A proposal"), .deposit = units(deposit), .actions_n = n };
	struct wr payload = { 0 };

	memcpy(o.actions, actions, n * sizeof(*actions));
	op_propose_encode(&payload, &o);
	return world_do(w, person, OP_PROPOSE, &payload);
}

static const char *
propose(struct world *w, size_t person, uint32_t dao, uint8_t kind, struct wr *body)
{
	struct dao_action a = { kind, { body->p, body->len } };
	const char *why = propose_with(w, person, dao, &a, 1, 0);

	wr_clear(body);
	return why;
}

static const char *
propose_text(struct world *w, size_t person, uint32_t dao)
{
	struct dao_action a = text_action("Let us meet.\nOn Monday.");

	return propose_with(w, person, dao, &a, 1, 0);
}

static const char *
cast(struct world *w, size_t person, uint64_t proposal, uint16_t in_favour, uint16_t against, uint16_t abstain, uint16_t veto)
{
	struct op_vote o = { proposal, { in_favour, against, abstain, veto } };
	struct wr payload = { 0 };

	op_vote_encode(&payload, &o);
	return world_do(w, person, OP_VOTE, &payload);
}

static const char *
yes(struct world *w, size_t person, uint64_t proposal)
{
	return cast(w, person, proposal, VOTE_WHOLE, 0, 0, 0);
}

static const char *
no(struct world *w, size_t person, uint64_t proposal)
{
	return cast(w, person, proposal, 0, VOTE_WHOLE, 0, 0);
}

static const char *
act(struct world *w, size_t person, uint16_t number, uint64_t proposal)
{
	struct op_proposal o = { proposal };
	struct wr payload = { 0 };

	op_proposal_encode(&payload, &o);
	return world_do(w, person, number, &payload);
}

static const char *
pay_in(struct world *w, size_t person, uint64_t proposal, uint64_t amount)
{
	struct op_add_deposit o = { proposal, units(amount) };
	struct wr payload = { 0 };

	op_add_deposit_encode(&payload, &o);
	return world_do(w, person, OP_ADD_DEPOSIT, &payload);
}

static const char *
delegate(struct world *w, size_t from, const struct asset_id *a, size_t to)
{
	struct op_delegate o = { *a, w->people[to] };
	struct wr payload = { 0 };

	op_delegate_encode(&payload, &o);
	return world_do(w, from, OP_DELEGATE, &payload);
}

static struct proposal
proposal_now(const struct world *w, uint64_t number)
{
	struct proposal p;

	CU_ASSERT_FATAL(proposal_get(&p, w->state, number));
	return p;
}

static void
expect(const struct world *w, uint64_t number, enum proposal_state state, const char *reason)
{
	struct proposal p = proposal_now(w, number);

	CU_ASSERT_STRING_EQUAL(proposal_state_name(p.state), proposal_state_name(state));
	CU_ASSERT_STRING_EQUAL(p.reason, reason);
}

/* A DAO of holders: 40 % quorum, simple majority, veto above 33.4 %; voting 100 s, timelock 50 s, grace 1,000 s. */
static struct op_create_dao
holders_terms(const struct asset_id *a)
{
	static const uint8_t params[] = { 4000 & 255, 4000 >> 8, 5000 & 255, 5000 >> 8, 3340 & 255, 3340 >> 8 };

	return (struct op_create_dao){
		.name = OP_TEXT("Friends of the Store"),
		.rule = OP_TEXT("gov_token"),
		.rule_major = 1,
		.params = { params, sizeof(params) },
		.actions = 7,
		.voting_period = 100,
		.timelock = 50,
		.grace = 1000,
		.threshold = 1,
		.electorate = DAO_HOLDERS,
		.asset = *a,
	};
}

static const char *
create_dao(struct world *w, uint32_t *number, size_t person, const struct op_create_dao *t)
{
	struct wr payload = { 0 };
	struct event e;
	const char *why;

	op_create_dao_encode(&payload, t);
	why = world_do(w, person, OP_CREATE_DAO, &payload);
	if (why == NULL) {
		struct rd r;

		CU_ASSERT_FATAL(world_event(&e, w, "DAO_CREATED"));
		r = rd_init(e.body, e.len);
		*number = rd_u32(&r);
	}
	return why;
}

/* A votes asset with 100, 200, 300, 400 at people 1..4 (1,000 in all), a DAO of its holders, one block later. */
static uint32_t
holders(struct world *w, struct asset_id *a)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES, .dao = ASSET_NO_DAO };
	struct op_create_dao t;
	uint32_t dao = 0;

	DONE(world_create(w, a, 0, &o));
	for (size_t i = 1; i <= 4; i++)
		DONE(world_mint(w, 0, a, i, 100 * i, 0));
	t = holders_terms(a);
	DONE(create_dao(w, &dao, 5, &t));
	world_block(w, 1);
	return dao;
}

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
	for (unsigned kind = ACTION_RESUME + 1; kind < 256; kind++)
		REFUSED(propose(&w, 1, dao, (uint8_t)kind, &body), "ACTION_NOT_ALLOWED");
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
G1_votes_are_those_of_the_snapshot(void)
{
	struct world w;
	struct asset_id a;
	uint32_t dao;
	struct voting_power power;

	world_init(&w);
	dao = holders(&w, &a);
	DONE(world_mint(&w, 0, &a, 6, 500, 0)); /* bought in the proposal's block */
	DONE(propose_text(&w, 1, dao));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).base, 1000);
	REFUSED(yes(&w, 6, 1), "NO_VOTING_POWER");
	DONE(world_send(&w, 4, &a, &w.people[7], 400));
	DONE(yes(&w, 4, 1)); /* had them at the snapshot */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 400);
	world_block(&w, 1);
	REFUSED(yes(&w, 7, 1), "NO_VOTING_POWER"); /* the same units a second time */
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[7]));
	CU_ASSERT_FALSE(power.counts);
	CU_ASSERT_STRING_EQUAL(power.why, "NO_VOTING_POWER");
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[3]));
	CU_ASSERT(power.counts && power.weight == 300 && power.base == 1000 && power.snapshot == 1);
	CU_ASSERT_FALSE(voting_power(&power, &w.exec, 2, &w.people[3]));

	/* borrowed within a block */
	DONE(world_send(&w, 7, &a, &w.people[5], 400));
	DONE(propose_text(&w, 2, dao));
	REFUSED(yes(&w, 5, 2), "NO_VOTING_POWER");
	DONE(world_send(&w, 5, &a, &w.people[7], 400));
	DONE(yes(&w, 7, 2));

	DONE(no(&w, 4, 1)); /* again: the last one counts */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 0);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 400);
	world_clear(&w);
}

/* One proposal with the votes of people 1..4 (100, 200, 300, 400) and what becomes of it. */
static void
G2_ties_quorum_and_veto(void)
{
	static const struct {
		const char *votes; /* of people 1..4: y n a v, - for none */
		enum proposal_state state;
		const char *reason;
	} rows[] = {
		{ "y--n", PROPOSAL_DEFEATED, "REJECTED" },
		{ "ynny", PROPOSAL_DEFEATED, "REJECTED" }, /* 500 to 500 */
		{ "---y", PROPOSAL_TIMELOCK, "" },         /* 400: the quorum exactly */
		{ "y-y-", PROPOSAL_TIMELOCK, "" },
		{ "yy--", PROPOSAL_DEFEATED, "NO_QUORUM" },
		{ "aaaa", PROPOSAL_DEFEATED, "REJECTED" },
		{ "a-y-", PROPOSAL_TIMELOCK, "" },
		{ "----", PROPOSAL_DEFEATED, "NO_QUORUM" },
		{ "v---", PROPOSAL_DEFEATED, "NO_QUORUM" }, /* a handful of vetoes is no veto */
		{ "y-vy", PROPOSAL_VETOED, "VOTERS" },      /* 300 of 800 */
		{ "yyvy", PROPOSAL_TIMELOCK, "" },          /* 300 of 1000 */
		{ "---v", PROPOSAL_VETOED, "VOTERS" },
		{ "-y-v", PROPOSAL_VETOED, "VOTERS" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		struct asset_id a;
		uint32_t dao;

		world_init(&w);
		dao = holders(&w, &a);
		DONE(propose_text(&w, 1, dao));
		for (size_t v = 0; v < 4; v++) {
			char c = rows[i].votes[v];

			if (c != '-')
				DONE(cast(&w, v + 1, 1, c == 'y' ? 10000 : 0, c == 'n' ? 10000 : 0, c == 'a' ? 10000 : 0, c == 'v' ? 10000 : 0));
		}
		world_block(&w, 101);
		world_block(&w, 1);
		expect(&w, 1, rows[i].state, rows[i].reason);
		world_clear(&w);
	}
}

static void
G2_one_unit_less_than_the_quorum(void)
{
	struct world w;
	struct asset_id a;
	uint32_t dao;

	world_init(&w);
	dao = holders(&w, &a);
	DONE(world_send(&w, 4, &a, &w.people[1], 1)); /* 399 */
	world_block(&w, 1);
	DONE(propose_text(&w, 1, dao));
	DONE(yes(&w, 4, 1));
	world_block(&w, 101);
	world_block(&w, 1);
	expect(&w, 1, PROPOSAL_DEFEATED, "NO_QUORUM");
	DONE(propose_text(&w, 1, dao));
	REFUSED(yes(&w, 5, 2), "NO_VOTING_POWER");
	REFUSED(yes(&w, 4, 1), "NOT_VOTING"); /* a ballot of another vote */
	REFUSED(yes(&w, 4, 3), "PROPOSAL_UNKNOWN");
	world_clear(&w);
}

static void
first_and_last_second_count(void)
{
	struct world w;
	struct asset_id a;
	struct op_create_dao t;
	uint32_t dao = 0;
	struct unixtime due;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.voting_delay = 10;
	DONE(create_dao(&w, &dao, 5, &t));
	DONE(propose_text(&w, 1, dao));
	expect(&w, 1, PROPOSAL_DELAY, "");
	CU_ASSERT(dao_module.next_deadline(w.state, &due) && due.sec == w.env.time.sec + 10);
	world_block(&w, 9);
	REFUSED(yes(&w, 4, 1), "NOT_VOTING");
	world_block(&w, 1);
	DONE(yes(&w, 4, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).snapshot, w.env.height - 1);
	world_block(&w, 100);
	DONE(no(&w, 1, 1));
	world_block(&w, 1);
	REFUSED(no(&w, 2, 1), "NOT_VOTING");
	world_clear(&w);
}

static void
split_votes_and_their_rounding(void)
{
	struct world w;
	struct asset_id a;
	uint32_t dao;
	struct proposal p;

	world_init(&w);
	dao = holders(&w, &a);
	DONE(world_send(&w, 4, &a, &w.people[1], 1));
	world_block(&w, 1);
	DONE(propose_text(&w, 1, dao));
	DONE(cast(&w, 4, 1, 3333, 3333, 3334, 0)); /* 399: 132.98, 132.98, 133.03 */
	p = proposal_now(&w, 1);
	CU_ASSERT_EQUAL(p.tallies[VOTE_FOR], 132);
	CU_ASSERT_EQUAL(p.tallies[VOTE_AGAINST], 132);
	CU_ASSERT_EQUAL(p.tallies[VOTE_ABSTAIN], 135);
	REFUSED(cast(&w, 4, 1, 3333, 3333, 3333, 0), "BAD_PAYLOAD");
	REFUSED(cast(&w, 4, 1, 10000, 1, 0, 0), "BAD_PAYLOAD");
	DONE(yes(&w, 4, 1));
	p = proposal_now(&w, 1);
	CU_ASSERT(p.tallies[VOTE_FOR] == 399 && p.tallies[VOTE_AGAINST] == 0 && p.tallies[VOTE_ABSTAIN] == 0);
	world_clear(&w);
}

static void
G3_a_late_quorum_extends_once(void)
{
	struct world w;
	struct asset_id a;
	struct op_create_dao t;
	uint32_t dao = 0;
	int64_t end;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.late_extension = 30;
	DONE(create_dao(&w, &dao, 5, &t));
	DONE(propose_text(&w, 1, dao));
	end = proposal_now(&w, 1).vote_end.sec;
	world_block(&w, 70);
	DONE(yes(&w, 1, 1)); /* no quorum yet */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).vote_end.sec, end);
	world_block(&w, 30);
	DONE(yes(&w, 4, 1)); /* in the last second */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).vote_end.sec, end + 30);
	world_block(&w, 30);
	DONE(no(&w, 4, 1)); /* quorum stays, no second extension */
	DONE(no(&w, 3, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).vote_end.sec, end + 30);
	world_block(&w, 1);
	world_block(&w, 1);
	expect(&w, 1, PROPOSAL_DEFEATED, "REJECTED");

	DONE(propose_text(&w, 2, dao)); /* early quorum: no extension */
	end = proposal_now(&w, 2).vote_end.sec;
	world_block(&w, 70);
	DONE(yes(&w, 4, 2));
	CU_ASSERT_EQUAL(proposal_now(&w, 2).vote_end.sec, end);
	world_block(&w, 25);
	DONE(no(&w, 3, 2)); /* a late vote alone is no late quorum */
	CU_ASSERT_EQUAL(proposal_now(&w, 2).vote_end.sec, end);
	world_clear(&w);
}

static const struct tally_plugin *newer_council(void);

static void
G3_a_running_vote_keeps_its_rule(void)
{
	struct world w;

	world_init(&w);
	DONE(propose_text(&w, 0, 0));
	DONE(yes(&w, 0, 1));
	world_approve(&w, newer_council()); /* 1.1: one vote is enough */
	world_block(&w, 1);
	DONE(propose_text(&w, 1, 0));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).rule.minor, 0);
	CU_ASSERT_EQUAL(proposal_now(&w, 2).rule.minor, 1);
	DONE(yes(&w, 0, 2));
	world_block(&w, 101);
	world_block(&w, 1);
	expect(&w, 1, PROPOSAL_DEFEATED, "NO_QUORUM");
	expect(&w, 2, PROPOSAL_TIMELOCK, "");
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
	REFUSED(proposal_try(&w.exec, &failed, 1), "INSUFFICIENT_BALANCE");
	CU_ASSERT_EQUAL(failed, 1);
	DONE(yes(&w, 0, 1));
	DONE(yes(&w, 1, 1));
	world_block(&w, 149); /* eta = start + 100 + 50 */
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "TOO_EARLY");
	world_block(&w, 1);
	REFUSED(act(&w, 6, OP_EXECUTE, 1), "INSUFFICIENT_BALANCE"); /* all or nothing */
	CU_ASSERT_EQUAL(world_coin(&w, &treasury), 1000);
	DONE(world_send(&w, 5, &coin, &treasury, 100));
	CU_ASSERT_PTR_NULL(proposal_try(&w.exec, &failed, 1));
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
G4_a_holder_overrides_his_delegate(void)
{
	struct world w;
	struct asset_id a;
	uint32_t dao;
	struct voting_power power;

	world_init(&w);
	dao = holders(&w, &a);
	DONE(delegate(&w, 1, &a, 4));
	DONE(delegate(&w, 2, &a, 4));
	world_block(&w, 1);
	DONE(propose_text(&w, 3, dao));
	DONE(yes(&w, 4, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 700);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[1]));
	CU_ASSERT(power.counts && power.weight == 100 && power.delegates && account_eq(&power.delegate, &w.people[4]));
	DONE(no(&w, 1, 1)); /* after the delegate */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 600);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 100);
	DONE(yes(&w, 1, 1)); /* again: nothing is taken back twice */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 700);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 0);
	DONE(delegate(&w, 2, &a, 3)); /* later delegation changes nothing here */
	DONE(no(&w, 2, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 500);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 200);
	DONE(no(&w, 3, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 500);
	DONE(no(&w, 4, 1)); /* the delegate votes again, with what is left */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 100);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 900);
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

/* The council's rule as version 1.1, for which one vote is enough. */
static int32_t
one_is_enough(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t)
{
	(void)c;
	*verdict = t->in_favour > t->against ? TALLY_PASSED : TALLY_REJECTED;
	return 0;
}

static const struct tally_plugin *
newer_council(void)
{
	static struct tally_gov_functions functions;
	static struct tally_plugin plugin;

	plugin = *gov_council_entry();
	functions = *plugin.gov;
	functions.outcome = one_is_enough;
	plugin.gov = &functions;
	plugin.minor = 1;
	return &plugin;
}

static const struct unit_test tests[] = {
	{ "a council decides and its treasury pays", a_council_decides_and_its_treasury_pays },
	{ "G0 a store reaches no further than its own", G0_a_store_reaches_no_further_than_its_own },
	{ "G1 votes are those of the snapshot", G1_votes_are_those_of_the_snapshot },
	{ "G2 ties, quorum and veto", G2_ties_quorum_and_veto },
	{ "G2 one unit less than the quorum", G2_one_unit_less_than_the_quorum },
	{ "first and last second count", first_and_last_second_count },
	{ "split votes and their rounding", split_votes_and_their_rounding },
	{ "G3 a late quorum extends once", G3_a_late_quorum_extends_once },
	{ "G3 a running vote keeps its rule", G3_a_running_vote_keeps_its_rule },
	{ "G3 execution early, late, twice and failing", G3_execution_early_late_twice_and_failing },
	{ "G4 a holder overrides his delegate", G4_a_holder_overrides_his_delegate },
	{ "G5 deposits, threshold and one at a time", G5_deposits_threshold_and_one_at_a_time },
	{ "sixteen depositors at most", sixteen_depositors_at_most },
	{ "cancelling", cancelling },
	{ "G5 a guardian only vetoes, and only in time", G5_a_guardian_only_vetoes_and_only_in_time },
	{ "the federation pauses the peg and approves rules", the_federation_pauses_the_peg_and_approves_rules },
	{ "creation refuses nonsense", creation_refuses_nonsense },
	{ "proposals refuse nonsense", proposals_refuse_nonsense },
};

UNIT_MAIN("dao", tests)
