/* The whole story: a coin goes over and comes back. */
#include <string.h>

#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static void
a_coin_goes_over_and_comes_back(void)
{
	struct outpoint o;
	struct peg_status st;
	struct payout pay;
	struct plan plan;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 5);
	sim_vote(&s, 2000);

	o = sim_peg_in(&s, ALICE, COIN / 20);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	st = sim_status(&s);
	CU_ASSERT_EQUAL(st.state, PEG_OPEN);
	CU_ASSERT_EQUAL(amount_units(st.reserve), COIN / 20);
	CU_ASSERT_EQUAL(amount_units(st.supply), COIN / 20);
	CU_ASSERT_EQUAL(amount_units(st.fee_fund), 1000);

	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 20000, 7), "OK");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000 - COIN / 50 - 20000);
	sim_seal(&s);
	/* the vault is empty yet: the deposit is swept first */
	pay = sim_payout_get(&s, 1);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_QUEUED);
	plan = sim_plan_get(&s, 1);
	CU_ASSERT_EQUAL(plan.kind, PLAN_SWEEP);
	CU_ASSERT_EQUAL(plan.in_n, 1);
	sim_sign_and_mine(&s, 1);
	plan = sim_plan_get(&s, 1);
	CU_ASSERT_EQUAL(plan.state, PLAN_SETTLED);

	plan = sim_plan_get(&s, 2);
	CU_ASSERT_EQUAL(plan.kind, PLAN_PAYOUT);
	CU_ASSERT_EQUAL(plan.payouts_n, 1);
	pay = sim_payout_get(&s, 1);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_PLANNED);
	sim_sign_and_mine(&s, 2);
	pay = sim_payout_get(&s, 1);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_PAID);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000 - COIN / 50 - amount_units(pay.max_fee));
	st = sim_status(&s);
	CU_ASSERT_EQUAL(amount_units(st.reserve), amount_units(st.supply));
	CU_ASSERT(amount_units(st.reserve) < COIN / 20 - COIN / 50);
	CU_ASSERT_EQUAL(amount_units(st.deficit), 0);

	sim_mine(&s, 6);
	pay = sim_payout_get(&s, 1);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_FINAL);
	plan = sim_plan_get(&s, 2);
	CU_ASSERT_EQUAL(plan.state, PLAN_FINAL);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "a coin goes over and comes back", a_coin_goes_over_and_comes_back },
};

UNIT_MAIN("peg", tests)
