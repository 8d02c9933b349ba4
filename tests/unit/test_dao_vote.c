/* Votes: whose, when, what they add up to. */
#include "tests/unit/dao_world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"

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

/* A quorum that is taken away and comes back in the last second is late, too. */
static void
G3_a_quorum_that_comes_back_late(void)
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
	DONE(yes(&w, 4, 1));
	CU_ASSERT(proposal_now(&w, 1).quorum);
	DONE(cast(&w, 4, 1, 9000, 0, 0, 1000)); /* 360 and 40 vetoes */
	CU_ASSERT_FALSE(proposal_now(&w, 1).quorum);
	world_block(&w, 100);
	DONE(yes(&w, 4, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).vote_end.sec, end + 30);
	DONE(cast(&w, 4, 1, 9000, 0, 0, 1000));
	world_block(&w, 30);
	DONE(yes(&w, 4, 1)); /* no second time */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).vote_end.sec, end + 30);
	world_clear(&w);
}

static void
G4_a_holder_votes_before_his_delegate(void)
{
	struct world w;
	struct asset_id a;
	uint32_t dao;
	struct voting_power power;

	world_init(&w);
	dao = holders(&w, &a);
	DONE(delegate(&w, 1, &a, 4));
	DONE(delegate(&w, 4, &a, 3)); /* a chain: 4 keeps 1's hundred, 3 has 4's four hundred */
	DONE(delegate(&w, 3, &a, 1)); /* and a cycle: 1 has 3's three hundred */
	world_block(&w, 1);
	DONE(propose_text(&w, 2, dao));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).base, 1000);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[1]));
	CU_ASSERT(power.counts && power.weight == 400); /* his own, taken back, and 3's */
	DONE(no(&w, 1, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 400);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[4]));
	CU_ASSERT_EQUAL(power.weight, 400); /* his own alone: 1's hundred are gone */
	DONE(yes(&w, 4, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 400);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[3]));
	CU_ASSERT_EQUAL(power.weight, 300);
	DONE(yes(&w, 3, 1)); /* takes his three hundred back from 1, who has voted */
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 100);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 700);
	DONE(no(&w, 2, 1));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_AGAINST], 300); /* 1,000 in all: nothing counts twice */
	REFUSED(delegate(&w, 1, &a, 1) == NULL ? yes(&w, 5, 1) : "?", "NO_VOTING_POWER");
	world_clear(&w);
}

static void
G5_veto_exactly_at_and_above_its_limit(void)
{
	static const struct {
		uint64_t vetoes; /* of 1,000, the rest for it */
		enum proposal_state state;
		const char *reason;
		uint64_t burnt;
	} rows[] = {
		{ 333, PROPOSAL_TIMELOCK, "", 0 },
		{ 334, PROPOSAL_TIMELOCK, "", 0 }, /* 33.4 % exactly */
		{ 335, PROPOSAL_VETOED, "VOTERS", 100 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		struct asset_id a;
		struct op_create_dao t;
		struct dao_action text = text_action("x");
		struct account fund = bank_fee_fund();
		uint64_t fees;
		uint32_t dao = 0;

		world_init(&w);
		(void)holders(&w, &a);
		t = holders_terms(&a);
		t.deposit = units(100);
		DONE(create_dao(&w, &dao, 5, &t));
		fees = world_coin(&w, &fund);
		DONE(world_send(&w, 4, &a, &w.people[6], rows[i].vetoes));
		world_block(&w, 1);
		DONE(propose_with(&w, 1, dao, &text, 1, 100));
		for (size_t who = 1; who <= 4; who++)
			DONE(yes(&w, who, 1));
		DONE(cast(&w, 6, 1, 0, 0, 0, VOTE_WHOLE));
		world_block(&w, 101);
		world_block(&w, 1);
		expect(&w, 1, rows[i].state, rows[i].reason);
		CU_ASSERT_EQUAL(world_coin(&w, &fund) - fees, rows[i].burnt);
		world_clear(&w);
	}
}

/* Treasuries, escrow of sales and of deposits have no power and are not in the base. */
static void
what_nobody_holds_has_no_vote(void)
{
	struct world w;
	struct asset_id a;
	struct account treasury, escrow = account_of_module("sale-escrow", "x", 1);
	struct voting_power power;
	struct asset asset;
	uint32_t dao;

	world_init(&w);
	dao = holders(&w, &a);
	treasury = dao_treasury(dao);
	CU_ASSERT_FATAL(asset_get(&asset, w.state, &a));
	DONE(world_send(&w, 4, &a, &treasury, 150));
	DONE(holding_move(&w.exec, &asset, &w.people[4], &escrow, units(50)));
	world_block(&w, 1);
	DONE(propose_text(&w, 1, dao));
	CU_ASSERT_EQUAL(proposal_now(&w, 1).base, 800);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &treasury));
	CU_ASSERT(power.weight == 0 && !power.counts);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &escrow));
	CU_ASSERT(power.weight == 0 && !power.counts);
	world_clear(&w);
}

static size_t
keys_under(const struct world *w, const char *prefix)
{
	struct state_walk walk;
	size_t n = 0;

	state_walk_init(&walk, w->state, prefix, strlen(prefix));
	while (state_walk_next(&walk))
		n++;
	return n;
}

/* Ballots go when the proposal has ended; what it came to stays. */
static void
old_ballots_go(void)
{
	struct world w;
	struct asset_id a;
	struct voting_power power;
	uint32_t dao;

	world_init(&w);
	dao = holders(&w, &a);
	DONE(delegate(&w, 1, &a, 4));
	world_block(&w, 1);
	DONE(propose_text(&w, 2, dao));
	for (size_t i = 1; i <= 4; i++)
		DONE(yes(&w, i, 1));
	CU_ASSERT(keys_under(&w, "gv") == 4 && keys_under(&w, "go") == 1 && keys_under(&w, "gu") == 1 && keys_under(&w, "gh") == 1);
	world_block(&w, 101);
	world_block(&w, 50); /* the timelock: the ballots can be looked at, the checkpoints aren't needed any more */
	CU_ASSERT(keys_under(&w, "gv") == 4 && keys_under(&w, "gh") == 0);
	CU_ASSERT_FATAL(voting_power(&power, &w.exec, 1, &w.people[2]));
	CU_ASSERT(power.voted && power.weight == 200 && !power.counts);
	DONE(act(&w, 0, OP_EXECUTE, 1));
	world_block(&w, 1);
	CU_ASSERT(keys_under(&w, "gv") == 0 && keys_under(&w, "go") == 0 && keys_under(&w, "gu") == 0 && keys_under(&w, "gx") == 0);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).tallies[VOTE_FOR], 1000);
	CU_ASSERT_EQUAL(proposal_now(&w, 1).actions_n, 1);
	world_clear(&w);
}

/* A thousand proposals are due in the same second: each block's end does a part, and asks for the next block at once. */
static void
a_block_does_a_bounded_part(void)
{
	struct world w;
	struct asset_id a;
	struct op_create_dao t;
	struct unixtime due;
	uint64_t done = 0, before;
	uint32_t dao = 0;
	int blocks = 0;

	world_init(&w);
	(void)holders(&w, &a);
	t = holders_terms(&a);
	t.threshold = 0;
	DONE(create_dao(&w, &dao, 5, &t));
	w.deep = false;
	for (uint32_t i = 0; i < 1000; i++) {
		memset(w.people[7].id.b, 0xee, sizeof(w.people[7].id.b));
		w.people[7].id.b[0] = (uint8_t)i;
		w.people[7].id.b[1] = (uint8_t)(i >> 8);
		DONE(propose_text(&w, 7, dao));
		DONE(yes(&w, 4, i + 1));
	}
	world_block(&w, 101);
	while (done < 1000) {
		before = done;
		world_block(&w, 0);
		for (done = 0; done < 1000 && proposal_now(&w, done + 1).state == PROPOSAL_TIMELOCK; done++)
			;
		CU_ASSERT(done > before && done - before <= 64);
		CU_ASSERT(dao_module.next_deadline(w.state, &due) && (done == 1000 || due.sec <= w.env.time.sec));
		blocks++;
	}
	CU_ASSERT_EQUAL(blocks, 16);
	/* who acts on one brings it up to date at once, whatever the queue */
	w.env.time.sec = proposal_now(&w, 1000).expires.sec + 1;
	REFUSED(act(&w, 0, OP_EXECUTE, 1000), "NOT_EXECUTABLE");
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "G1 votes are those of the snapshot", G1_votes_are_those_of_the_snapshot },
	{ "G2 ties, quorum and veto", G2_ties_quorum_and_veto },
	{ "G2 one unit less than the quorum", G2_one_unit_less_than_the_quorum },
	{ "first and last second count", first_and_last_second_count },
	{ "split votes and their rounding", split_votes_and_their_rounding },
	{ "G3 a late quorum extends once", G3_a_late_quorum_extends_once },
	{ "G3 a running vote keeps its rule", G3_a_running_vote_keeps_its_rule },
	{ "G4 a holder overrides his delegate", G4_a_holder_overrides_his_delegate },
	{ "G3 a quorum that comes back late", G3_a_quorum_that_comes_back_late },
	{ "G4 a holder votes before his delegate", G4_a_holder_votes_before_his_delegate },
	{ "G5 veto exactly at and above its limit", G5_veto_exactly_at_and_above_its_limit },
	{ "what nobody holds has no vote", what_nobody_holds_has_no_vote },
	{ "old ballots go", old_ballots_go },
	{ "a block does a bounded part", a_block_does_a_bounded_part },
};

UNIT_MAIN("dao_vote", tests)
