#include "tests/unit/world.h"

#include <string.h>

#include "token/votes.h"

static struct asset_id
token(struct world *w)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES, .dao = ASSET_NO_DAO, .cap = units(INT64_MAX) };
	struct asset_id a;

	DONE(world_create(w, &a, 0, &o));
	return a;
}

static const char *
delegate(struct world *w, size_t from, const struct asset_id *a, const struct account *to)
{
	struct op_delegate o = { *a, *to };
	struct wr payload = { 0 };

	op_delegate_encode(&payload, &o);
	return world_do(w, from, OP_DELEGATE, &payload);
}

static uint64_t
power(const struct world *w, const struct asset_id *a, size_t who, uint64_t height)
{
	struct voter v;

	votes_at(&v, w->state, a, &w->people[who], height);
	return amount_units(votes_power(&v));
}

static void
history_by_height(void)
{
	struct world w;
	struct asset_id a;

	world_init(&w);
	a = token(&w);
	votes_hold(w.state, &a, 0, 1);
	world_block(&w, 1); /* height 2 */
	DONE(world_mint(&w, 0, &a, 1, 100, 0));
	world_block(&w, 1); /* 3 */
	DONE(world_send(&w, 1, &a, &w.people[2], 30));
	DONE(world_send(&w, 1, &a, &w.people[2], 10));
	world_block(&w, 1); /* 4 */
	world_block(&w, 1); /* 5 */
	DONE(world_send(&w, 2, &a, &w.people[3], 40));
	CU_ASSERT_EQUAL(power(&w, &a, 1, 1), 0);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 2), 100);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 3), 60);
	CU_ASSERT_EQUAL(power(&w, &a, 2, 2), 0);
	CU_ASSERT_EQUAL(power(&w, &a, 2, 3), 40);
	CU_ASSERT_EQUAL(power(&w, &a, 2, 4), 40);
	CU_ASSERT_EQUAL(power(&w, &a, 2, 5), 0);
	CU_ASSERT_EQUAL(power(&w, &a, 2, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(power(&w, &a, 3, UINT64_MAX), 40);
	CU_ASSERT_EQUAL(amount_units(votes_total_at(w.state, &a, 1)), 0);
	CU_ASSERT_EQUAL(amount_units(votes_total_at(w.state, &a, 9)), 100);
	world_clear(&w);
}

static void
treasuries_have_no_power(void)
{
	struct world w;
	struct asset_id a;
	struct account treasury = dao_treasury(0);
	struct voter v;

	world_init(&w);
	a = token(&w);
	DONE(world_mint(&w, 0, &a, 1, 100, 0));
	DONE(world_send(&w, 1, &a, &treasury, 60));
	votes_at(&v, w.state, &a, &treasury, UINT64_MAX);
	CU_ASSERT(amount_is_zero(votes_power(&v)));
	CU_ASSERT_EQUAL(amount_units(votes_total_at(w.state, &a, UINT64_MAX)), 40);
	REFUSED(delegate(&w, 1, &a, &treasury), "NOT_A_RECIPIENT");
	world_clear(&w);
}

static void
G4_delegation_moves_own_units_one_step(void)
{
	struct world w;
	struct asset_id a, plain;
	struct op_create o = { .flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO };

	world_init(&w);
	a = token(&w);
	for (size_t i = 1; i <= 3; i++)
		DONE(world_mint(&w, 0, &a, i, 100 * i, 0));
	DONE(delegate(&w, 1, &a, &w.people[2]));
	CU_ASSERT_EQUAL(power(&w, &a, 1, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(power(&w, &a, 2, UINT64_MAX), 300);
	DONE(delegate(&w, 2, &a, &w.people[3])); /* a chain: 1's stay with 2 */
	CU_ASSERT_EQUAL(power(&w, &a, 2, UINT64_MAX), 100);
	CU_ASSERT_EQUAL(power(&w, &a, 3, UINT64_MAX), 500);
	DONE(delegate(&w, 3, &a, &w.people[1])); /* a cycle */
	CU_ASSERT_EQUAL(power(&w, &a, 1, UINT64_MAX), 300);
	CU_ASSERT_EQUAL(power(&w, &a, 2, UINT64_MAX), 100);
	CU_ASSERT_EQUAL(power(&w, &a, 3, UINT64_MAX), 200);
	DONE(world_send(&w, 1, &a, &w.people[4], 50)); /* 1's units count for 2 */
	CU_ASSERT_EQUAL(power(&w, &a, 2, UINT64_MAX), 50);
	CU_ASSERT_EQUAL(power(&w, &a, 4, UINT64_MAX), 50);
	DONE(delegate(&w, 1, &a, &w.people[1])); /* taken back */
	CU_ASSERT_EQUAL(power(&w, &a, 1, UINT64_MAX), 350);
	DONE(delegate(&w, 1, &a, &w.people[1]));
	DONE(delegate(&w, 5, &a, &w.people[1])); /* with nothing, yet */
	DONE(world_mint(&w, 0, &a, 5, 7, 0));
	CU_ASSERT_EQUAL(power(&w, &a, 1, UINT64_MAX), 357);
	DONE(world_create(&w, &plain, 0, &o));
	REFUSED(delegate(&w, 1, &plain, &w.people[2]), "NO_VOTES");
	world_clear(&w);
}

static void
G4_a_hundred_thousand_checkpoints(void)
{
	struct world w;
	struct asset_id a;

	world_init(&w);
	a = token(&w);
	w.deep = false;
	votes_hold(w.state, &a, 1, 7); /* a vote that has been running for so long */
	for (int i = 0; i < 100000; i++) {
		votes_moved(&w.exec, &a, NULL, &w.people[1], units(1));
		w.env.height++;
	}
	for (uint64_t h = 1; h <= 100000; h += 997)
		CU_ASSERT_EQUAL(power(&w, &a, 1, h), h);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 100000), 100000);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 0), 0);
	world_clear(&w);
}

static void
old_checkpoints_go(void)
{
	struct world w;
	struct asset_id a;
	size_t before, held;

	world_init(&w);
	a = token(&w);
	before = state_count(w.state);
	for (int i = 0; i < 1000; i++) {
		votes_moved(&w.exec, &a, NULL, &w.people[1], units(1));
		w.env.height++;
	}
	/* of the account and of the total: the last block's, the one before, a range */
	CU_ASSERT(state_count(w.state) <= before + 6);
	CU_ASSERT_EQUAL(power(&w, &a, 1, w.env.height - 1), 1000);
	CU_ASSERT_EQUAL(power(&w, &a, 1, w.env.height - 2), 999);
	votes_hold(w.state, &a, w.env.height - 1, 1);
	votes_hold(w.state, &a, w.env.height + 10, 2);
	for (int i = 0; i < 1000; i++) {
		votes_moved(&w.exec, &a, NULL, &w.people[1], units(1));
		w.env.height++;
	}
	held = state_count(w.state);
	CU_ASSERT(held > before + 2000);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 1000), 1000);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 1500), 1500);
	votes_let_go(w.state, &a, 1000, 1);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 1011), 1011);
	for (int i = 0; i < 10; i++) { /* two go with each that comes */
		votes_moved(&w.exec, &a, NULL, &w.people[1], units(1));
		w.env.height++;
	}
	CU_ASSERT(state_count(w.state) < held);
	CU_ASSERT_EQUAL(power(&w, &a, 1, 1011), 1011);
	votes_let_go(w.state, &a, 1011, 2);
	for (int i = 0; i < 1000; i++) {
		votes_moved(&w.exec, &a, NULL, &w.people[1], units(1));
		w.env.height++;
	}
	CU_ASSERT(state_count(w.state) <= before + 6);
	world_clear(&w);
}

static void
who_has_nothing_is_forgotten(void)
{
	struct world w;
	struct asset_id a;
	struct voter v;
	size_t before;

	world_init(&w);
	a = token(&w);
	world_block(&w, 1);
	DONE(world_mint(&w, 0, &a, 1, 100, 0));
	world_block(&w, 1);
	before = state_count(w.state);
	DONE(delegate(&w, 3, &a, &w.people[4]));
	DONE(world_send(&w, 1, &a, &w.people[2], 100));
	votes_hold(w.state, &a, w.env.height - 1, 1);
	w.env.height += 1000;
	world_block(&w, 1);
	CU_ASSERT_EQUAL(power(&w, &a, 1, w.env.height - 1002), 100); /* a vote still asks */
	votes_let_go(w.state, &a, w.env.height - 1002, 1);
	w.env.height += 1000;
	world_block(&w, 1);
	votes_at(&v, w.state, &a, &w.people[3], UINT64_MAX);
	CU_ASSERT(v.delegates); /* that is something */
	/* 1's balance, range and checkpoint became 2's; 3 and 4 have one each, with its range; the total's first one is still there */
	CU_ASSERT(state_count(w.state) <= before + 5);
	CU_ASSERT_EQUAL(power(&w, &a, 1, UINT64_MAX), 0);
	DONE(world_send(&w, 2, &a, &w.people[1], 40)); /* and comes back */
	CU_ASSERT_EQUAL(power(&w, &a, 1, UINT64_MAX), 40);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "history by height", history_by_height },
	{ "treasuries have no power", treasuries_have_no_power },
	{ "G4 delegation moves own units one step", G4_delegation_moves_own_units_one_step },
	{ "G4 a hundred thousand checkpoints", G4_a_hundred_thousand_checkpoints },
	{ "old checkpoints go", old_checkpoints_go },
	{ "who has nothing is forgotten", who_has_nothing_is_forgotten },
};

UNIT_MAIN("votes", tests)
