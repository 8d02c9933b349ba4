/* After each block only what it wrote is looked at. That must find whatever a look at everything finds: each record of a peg in the middle of
 * its work is spoilt in each way, and both are asked. */
#include <string.h>

#include "bridge/peg/heights.h"
#include "bridge/peg/invariants.h"
#include "bridge/peg/reserve.h"
#include "bridge/peg/state_key.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/bank.h"

static struct sim sim;
static unsigned tried, found;

/* Coins minted, swept and paid out; payouts that are final, planned and queued; deposits that wait. */
static void
busy(void)
{
	struct given waiting;

	sim_open(&sim, NULL);
	sim_mine(&sim, 5);
	sim_vote(&sim, 2000);
	(void)sim_peg_in(&sim, ALICE, COIN / 20);
	(void)sim_peg_in(&sim, BOB, COIN / 30);
	CU_ASSERT_STRING_EQUAL(sim_payout(&sim, ALICE, COIN / 50, 20000, 7), "OK");
	sim_seal(&sim);
	sim_sign_and_mine(&sim, 1);
	sim_sign_and_mine(&sim, 2);
	sim_mine(&sim, 6);
	(void)sim_peg_in(&sim, ALICE, COIN / 10);
	CU_ASSERT_STRING_EQUAL(sim_payout(&sim, BOB, COIN / 90, 20000, 8), "OK");
	sim_seal(&sim);
	CU_ASSERT_STRING_EQUAL(sim_payout(&sim, BOB, COIN / 95, 20000, 9), "OK");
	waiting = sim_given(&sim, COIN);
	(void)sim_prove(&sim, &waiting);
	tx_clear(&waiting.tx);
	sim_seal(&sim);
}

static struct state *
state(void)
{
	return ledger_state(sim.ledger);
}

/* After a change: both looks find something, or neither does. Then it is undone. A block has the quick look too. */
static void
both_say(const char *what, size_t mark)
{
	const char *deep = peg_invariants(state(), true), *changed = peg_invariants(state(), false);

	if (changed == NULL)
		changed = peg_invariants_changed(state());
	tried++;
	found += deep != NULL;
	if ((deep == NULL) != (changed == NULL))
		printf("%s: all: %s; changed: %s\n", what, deep ? deep : "fine", changed ? changed : "fine");
	CU_ASSERT_EQUAL(deep == NULL, changed == NULL);
	state_rollback(state(), mark);
}

static void
each_coin_spoilt(void)
{
	size_t mark = state_mark(state());
	struct state_walk w;
	struct coin c;

	coin_walk(&w, state());
	while (coin_walk_next(&w, &c)) {
		for (int how = 0; how < 8; how++) {
			struct coin bad = c;

			bad.suspended ^= how == 0;
			bad.spent ^= how == 1;
			bad.plan = how == 2 ? 0 : how == 3 ? bad.plan + 1 : bad.plan;
			bad.maker += how == 4;
			bad.kind = how == 5 ? COIN_DEPOSIT : how == 6 ? COIN_VAULT : bad.kind;
			if (how == 7)
				bad.value = sum(bad.value, satoshi(1));
			coin_put(state(), &bad);
			both_say("coin", mark);
			reserve_put(state(), &bad); /* the reserve follows */
			both_say("coin and reserve", mark);
		}
	}
}

static void
each_deposit_spoilt(void)
{
	size_t mark = state_mark(state());
	struct state_walk w;
	struct deposit d;

	deposit_walk(&w, state());
	while (deposit_walk_next(&w, &d)) {
		for (int how = 0; how < 12; how++) {
			struct deposit bad = d;

			if (how < 8)
				bad.state = (enum deposit_state)how;
			bad.number += how == 8;
			bad.reason[0] = how == 9 ? '\0' : bad.reason[0];
			if (how == 10)
				bad.frozen = sum(bad.frozen, satoshi(1));
			if (how == 11)
				bad.value = sum(bad.value, satoshi(1));
			deposit_put(state(), &bad);
			both_say("deposit", mark);
		}
	}
}

static void
each_payout_and_plan_spoilt(void)
{
	size_t mark = state_mark(state());
	struct state_walk w;
	struct payout pay;
	struct plan plan;

	payout_walk(&w, state());
	while (payout_walk_next(&w, &pay)) {
		for (int how = 0; how < 10; how++) {
			struct payout bad = pay;

			if (how < 7)
				bad.state = (enum payout_state)how;
			bad.plan = how == 7 ? 0 : how == 8 ? bad.plan + 1 : bad.plan;
			if (how == 9)
				bad.amount = sum(bad.amount, satoshi(1));
			payout_put(state(), &bad);
			both_say("payout", mark);
		}
	}
	plan_walk(&w, state());
	while (plan_walk_next(&w, &plan)) {
		for (int how = 0; how < 11; how++) {
			struct plan bad = plan;

			if (how < 6)
				bad.state = (enum plan_state)how;
			if (how == 6)
				bad.fund_locked = sum(bad.fund_locked, satoshi(1));
			bad.payouts_n -= how == 7 && bad.payouts_n > 0;
			bad.in_n -= how == 8 && bad.in_n > 1;
			if (how == 9)
				bad.confirmed = (struct block_ref){ .height = 0 };
			bad.in[0].outpoint.index += how == 10;
			plan_put(state(), &bad);
			both_say("plan", mark);
		}
	}
}

/* Kinds without which nothing can be read at all. */
static bool
vital(uint8_t kind)
{
	return strchr("GgEeBTHIJR", kind) != NULL;
}

static void
each_key_gone(void)
{
	size_t mark = state_mark(state());
	uint8_t prefix = PEG_LETTER;
	struct state_walk w;

	state_walk_init(&w, state(), &prefix, 1);
	while (state_walk_next(&w)) {
		uint8_t key[STATE_KEY_MAX];
		size_t len = w.key_len;
		char what[3] = { (char)w.key[0], (char)w.key[1] };

		if (vital(w.key[1]))
			continue;
		memcpy(key, w.key, len);
		state_delete(state(), key, len);
		both_say(what, mark);
	}
}

/* Marks that nothing stands behind, and coin that moves behind the peg's back, in a block that wrote nothing of the peg's. */
static void
what_others_do(void)
{
	size_t mark = state_mark(state());
	struct account escrow = peg_escrow(), frozen = peg_frozen(), alice = test_account(ALICE);
	struct asset_id coin = ASSET_COIN;
	struct state_walk w;
	struct payout pay;
	struct coin c;

	CU_ASSERT_PTR_NULL(bank_transfer(state(), &escrow, &alice, &coin, satoshi(1)));
	both_say("escrow", mark);
	CU_ASSERT_PTR_NULL(bank_transfer(state(), &alice, &frozen, &coin, satoshi(1)));
	both_say("frozen", mark);
	CU_ASSERT_PTR_NULL(bank_mint(state(), &alice, &coin, satoshi(1)));
	both_say("supply", mark);
	payout_walk(&w, state());
	while (payout_walk_next(&w, &pay)) {
		struct state_key k = key_with_u64(KEY_QUEUE, pay.id);

		key_mark(state(), &k);
		both_say("queue", mark);
	}
	coin_walk(&w, state());
	while (coin_walk_next(&w, &c)) {
		struct state_key k = key_with_outpoint(KEY_COIN_SPENT, &c.outpoint);

		key_mark(state(), &k);
		both_say("spent", mark);
	}
}

static void
nothing_changed_is_fine(void)
{
	CU_ASSERT_PTR_NULL(peg_invariants(state(), true));
	CU_ASSERT_PTR_NULL(peg_invariants_changed(state()));
	CU_ASSERT(tried > 200 && found > 100);
	printf("%u changes, of which %u break something\n", tried, found);
}

static const struct unit_test tests[] = {
	{ "a peg at work", busy },
	{ "each coin spoilt", each_coin_spoilt },
	{ "each deposit spoilt", each_deposit_spoilt },
	{ "each payout and plan spoilt", each_payout_and_plan_spoilt },
	{ "each key gone", each_key_gone },
	{ "what others do", what_others_do },
	{ "nothing changed is fine", nothing_changed_is_fine },
};

int
main(void)
{
	int failed = unit_run("peg invariants", tests, ARRAY_LEN(tests));

	sim_close(&sim);
	return failed;
}
