/* gov_quadratic in the ledger: who has weight, how much, and that a name counts once, however its holder spreads his units. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/name.h"
#include "token/votes.h"

#define QUORUM 10

static const uint8_t params[] = { QUORUM, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0x0c, 0x0d };

static const char *
create_dao(struct world *w, const struct asset_id *a, const uint8_t *bytes, size_t len, uint32_t *number)
{
	struct op_create_dao t = {
		.name = OP_TEXT("Guild"), .rule = OP_TEXT("gov_quadratic"), .rule_major = 1, .params = { bytes, len }, .actions = 1,
		.voting_period = 100, .timelock = 10, .grace = 1000, .threshold = 1, .electorate = DAO_HOLDERS, .asset = *a,
	};
	struct wr p = { 0 };

	*number = dao_count(w->state);
	op_create_dao_encode(&p, &t);
	return world_do(w, 0, OP_CREATE_DAO, &p);
}

static struct asset_id
votes(struct world *w)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES, .dao = ASSET_NO_DAO, .cap = units(INT64_MAX) };
	struct asset_id a;

	DONE(world_create(w, &a, 0, &o));
	return a;
}

static void
name(struct world *w, size_t who, const char *text, uint16_t op)
{
	struct op_name o = { w->people[who], OP_TEXT(text) };
	struct wr p = { 0 };

	op_name_encode(&p, &o);
	DONE(world_do(w, 0, op, &p)); /* person 0 is of the council */
}

static uint64_t
propose(struct world *w, size_t who, uint32_t dao)
{
	struct op_propose o = { .dao = dao, .title = OP_TEXT("Tea?"), .actions_n = 1, .actions = { { ACTION_TEXT, { (const uint8_t *)"Yes", 3 } } } };
	struct wr p = { 0 };

	op_propose_encode(&p, &o);
	DONE(world_do(w, who, OP_PROPOSE, &p));
	return proposal_count(w->state);
}

static const char *
cast(struct world *w, size_t who, uint64_t proposal, bool in_favour)
{
	struct op_vote o = { proposal, { in_favour ? VOTE_WHOLE : 0, in_favour ? 0 : VOTE_WHOLE, 0, 0 } };
	struct wr p = { 0 };

	op_vote_encode(&p, &o);
	return world_do(w, who, OP_VOTE, &p);
}

static void
delegate(struct world *w, size_t from, const struct asset_id *a, size_t to)
{
	struct op_delegate o = { *a, w->people[to] };
	struct wr p = { 0 };

	op_delegate_encode(&p, &o);
	DONE(world_do(w, from, OP_DELEGATE, &p));
}

static uint64_t
in_favour(const struct world *w, uint64_t proposal)
{
	struct proposal p;

	CU_ASSERT_FATAL(proposal_get(&p, w->state, proposal));
	return p.tallies[VOTE_FOR];
}

static void
weights(void)
{
	struct world w;
	struct asset_id a;
	struct proposal p;
	struct voting_power power;
	uint32_t dao;
	uint64_t n;

	world_init(&w);
	world_approve(&w, gov_quadratic_entry());
	a = votes(&w);
	DONE(world_mint(&w, 0, &a, 3, 10000, 0));
	DONE(world_mint(&w, 0, &a, 4, 900, 0));
	DONE(world_mint(&w, 0, &a, 5, 1000000, 0));
	name(&w, 3, "ann", OP_ATTEST_NAME);
	name(&w, 4, "bob", OP_ATTEST_NAME);
	REFUSED(create_dao(&w, &a, params, 11, &dao), "BAD_PARAMS");
	DONE(create_dao(&w, &a, params, sizeof(params), &dao));
	world_block(&w, 1);
	n = propose(&w, 3, dao);
	CU_ASSERT(voting_power(&power, &w.exec, n, &w.people[4]) && power.counts && power.weight == 30);
	CU_ASSERT(voting_power(&power, &w.exec, n, &w.people[5]) && !power.counts && strcmp(power.why, "NO_VOTING_POWER") == 0);
	DONE(cast(&w, 3, n, true));
	DONE(cast(&w, 4, n, false));
	REFUSED(cast(&w, 5, n, false), "NO_VOTING_POWER"); /* the most units, but no name */
	CU_ASSERT_EQUAL(in_favour(&w, n), 100);
	world_block(&w, 101);
	world_block(&w, 0);
	CU_ASSERT(proposal_get(&p, w.state, n) && p.state == PROPOSAL_TIMELOCK);
	CU_ASSERT_EQUAL(p.tallies[VOTE_AGAINST], 30);
	world_clear(&w);
}

/* A name that comes after the snapshot, goes during the vote, or wanders. */
static void
a_name_counts_once(void)
{
	struct world w;
	struct asset_id a;
	uint32_t dao;
	uint64_t n;

	world_init(&w);
	world_approve(&w, gov_quadratic_entry());
	a = votes(&w);
	for (size_t i = 3; i < 7; i++)
		DONE(world_mint(&w, 0, &a, i, 400, 0));
	name(&w, 3, "ann", OP_ATTEST_NAME);
	name(&w, 6, "dora", OP_ATTEST_NAME);
	DONE(create_dao(&w, &a, params, sizeof(params), &dao));
	world_block(&w, 1);
	n = propose(&w, 3, dao);
	name(&w, 4, "bob", OP_ATTEST_NAME);
	REFUSED(cast(&w, 4, n, true), "NO_VOTING_POWER");
	DONE(cast(&w, 3, n, true));
	/* ann's second account takes over her name */
	name(&w, 3, "ann", OP_REVOKE_NAME);
	name(&w, 5, "ann", OP_ATTEST_NAME);
	REFUSED(cast(&w, 5, n, true), "NO_VOTING_POWER");
	REFUSED(cast(&w, 3, n, false), "NO_VOTING_POWER");
	CU_ASSERT_EQUAL(in_favour(&w, n), 20); /* what was counted when she had it */
	name(&w, 6, "dora", OP_REVOKE_NAME);
	REFUSED(cast(&w, 6, n, true), "NO_VOTING_POWER");
	name(&w, 6, "dora", OP_ATTEST_NAME); /* again, but not since the snapshot */
	REFUSED(cast(&w, 6, n, true), "NO_VOTING_POWER");
	/* the next vote is another matter */
	world_block(&w, 200);
	world_block(&w, 1);
	n = propose(&w, 5, dao);
	DONE(cast(&w, 5, n, true));
	DONE(cast(&w, 4, n, true));
	REFUSED(cast(&w, 3, n, true), "NO_VOTING_POWER");
	CU_ASSERT_EQUAL(in_favour(&w, n), 40);
	world_clear(&w);
}

static uint64_t
draw(uint64_t *seed, uint64_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed % n;
}

static uint64_t
square_root(uint64_t n)
{
	uint64_t low = 0, high = 3037000500;

	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;

		if (middle * middle <= n)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* One person, one name, some units over four accounts, delegating between them at will: never more weight than all of it in the named one. */
static void
spreading_never_gains(void)
{
	uint64_t seed = 2463534242u;

	for (int round = 0; round < 40; round++) {
		uint64_t total = 1 + draw(&seed, round % 4 == 0 ? 1u << 20 : 3000), left = total, n, weight = 0;
		struct ballot b;
		struct asset_id a;
		uint32_t dao;
		struct world w;

		world_init(&w);
		w.deep = round % 8 == 0;
		world_approve(&w, gov_quadratic_entry());
		a = votes(&w);
		DONE(world_mint(&w, 0, &a, 7, 1000, 0)); /* somebody else */
		name(&w, 7, "other", OP_ATTEST_NAME);
		name(&w, 3, "ann", OP_ATTEST_NAME);
		for (size_t i = 3; i < 7 && left > 0; i++) {
			uint64_t part = i == 6 ? left : draw(&seed, left + 1);

			if (part > 0)
				DONE(world_mint(&w, 0, &a, i, part, 0));
			left -= part;
		}
		for (size_t i = 3; i < 7; i++) {
			if (draw(&seed, 2) == 0)
				delegate(&w, i, &a, 3 + (size_t)draw(&seed, 4));
		}
		DONE(create_dao(&w, &a, params, sizeof(params), &dao));
		world_block(&w, 1);
		n = propose(&w, 7, dao);
		for (int turn = 0; turn < 6; turn++)
			(void)cast(&w, 3 + (size_t)draw(&seed, 4), n, draw(&seed, 2) == 0);
		for (size_t i = 3; i < 7; i++)
			weight += proposal_ballot(&b, w.state, n, &w.people[i]) ? b.weight : 0;
		CU_ASSERT(weight <= square_root(total));
		world_clear(&w);
	}
}

/* The root of every number around the first squares, and of some up to the greatest. */
static void
roots_are_exact(void)
{
	uint64_t seed = 314159265, held = 0, number;
	struct voting_power power;
	struct asset_id a;
	uint32_t dao;
	struct world w;

	world_init(&w);
	world_approve(&w, gov_quadratic_entry());
	w.deep = false;
	a = votes(&w);
	name(&w, 3, "ann", OP_ATTEST_NAME);
	DONE(world_mint(&w, 0, &a, 7, 1, 0));
	DONE(create_dao(&w, &a, params, sizeof(params), &dao));
	for (int i = 0; i < 500; i++) {
		uint64_t more = i < 300 ? 1 : 1 + draw(&seed, (uint64_t)1 << (i - 300) * 60 / 200);

		DONE(world_mint(&w, 0, &a, 3, more, 0));
		held += more;
		world_block(&w, 200);
		world_block(&w, 1);
		number = propose(&w, 7, dao);
		CU_ASSERT(voting_power(&power, &w.exec, number, &w.people[3]));
		CU_ASSERT_EQUAL(power.weight, square_root(held));
	}
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "weights", weights },
	{ "a name counts once", a_name_counts_once },
	{ "spreading never gains", spreading_never_gains },
	{ "roots are exact", roots_are_exact },
};

UNIT_MAIN("gov_quadratic", tests)
