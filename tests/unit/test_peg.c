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

/* n outputs of one transaction to the vault, given away by a stranger. */
static void
donate(struct sim *s, size_t n, uint64_t value)
{
	struct tx tx;
	struct vault v;
	size_t block;

	CU_ASSERT_FATAL(peg_vault(&v, sim_state(s), 0));
	tx = made_payment(s->salt++, value, v.script, sizeof(v.script));
	for (size_t i = 1; i < n; i++)
		tx_add_out(&tx, value, v.script, sizeof(v.script));
	vault_clear(&v);
	block = sim_mine_tx(s, &tx);
	sim_mine(s, 3);
	for (size_t i = 0; i < n; i++) {
		struct op_donate op = { .index = (uint32_t)i };
		struct wr proof = { 0 }, w = { 0 };

		made_chain_proof(&proof, &s->chain, block, 1);
		op.proof = proof.p;
		op.proof_len = proof.len;
		wr_op_donate(&w, &op);
		wr_clear(&proof);
		CU_ASSERT_STRING_EQUAL_FATAL(sim_relay(s, PEG_DONATE, &w), "OK");
	}
	sim_seal(s);
	tx_clear(&tx);
}

/* A hundred small old outputs are more than a plan has room for: whoever gives them away must not stop payouts that way. */
static void
i4_small_gifts_do_not_stop_payouts(void)
{
	struct payout pay;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 5);
	sim_vote(&s, 2000);
	donate(&s, 100, 10000);
	(void)sim_peg_in(&s, ALICE, COIN / 2);
	sim_mine(&s, 3);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 10, 50000, 7), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 1).kind, PLAN_SWEEP);
	sim_sign_and_mine(&s, 1);
	pay = sim_payout_get(&s, 1);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_PLANNED);
	CU_ASSERT_STRING_EQUAL(pay.reason, "");
	sim_close(&s);
}

/* One payout that no set of inputs can carry waits; those behind it go on. */
static void
i4_a_payout_that_no_plan_can_carry_waits_alone(void)
{
	struct payout pay;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 5);
	sim_vote(&s, 2000);
	(void)sim_peg_in(&s, ALICE, COIN / 2);
	donate(&s, 200, 10000);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, 1500000, 50000, 7), "OK");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, 10000, 50000, 8), "OK");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, 20000, 50000, 9), "OK");
	sim_mine(&s, 1);
	pay = sim_payout_get(&s, 1);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(pay.reason, "RESERVE_SHORT");
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PLANNED);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_PLANNED);
	sim_close(&s);
}

/* What is left over for no change comes from the fee fund. When that is empty, whoever does not allow for it waits, and
 * nobody with him. */
static void
i4_an_empty_fee_fund_does_not_stop_payouts(void)
{
	struct plan_sheet sheet = { .kind = PLAN_PAYOUT, .in_n = 1, .pay_n = 2 };
	struct wr cancel = { 0 };
	uint64_t vault, owed;
	struct vault v;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 5);
	sim_vote(&s, 6000);
	(void)sim_peg_in(&s, ALICE, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 20000, 7), "OK"); /* asks for a sweep, which takes all of the fund */
	sim_seal(&s);
	wr_op_cancel(&cancel, 1);
	CU_ASSERT_STRING_EQUAL(sim_signed(&s, ALICE, PEG_CANCEL, &cancel), "OK");
	sim_sign_and_mine(&s, 1);
	sim_vote(&s, 1000);
	vault = amount_units(sim_status(&s).vault_free);
	CU_ASSERT(amount_units(sim_status(&s).fee_fund) < 100);
	CU_ASSERT_FATAL(peg_vault(&v, sim_state(&s), 0));
	sheet.pay[0].script_len = sheet.pay[1].script_len = 22;
	owed = plan_fee(plan_weight(&sheet, &v), 1000);
	vault_clear(&v);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, 20000, owed + 180, 8), "OK");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, vault - 20000 - owed - 320, (owed + 1) / 2, 9), "OK");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PLANNED);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_NOT_EQUAL(sim_payout_get(&s, 3).reason, "");
	sim_close(&s);
}

/* What action PAUSE of DAO 0 leaves in the state stops mints and payouts. */
static void
i6_governance_pauses_the_peg(void)
{
	struct outpoint o;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 5);
	state_put(ledger_state(s.ledger), "gP", 2, "", 0);
	state_put(ledger_state(s.twin), "gP", 2, "", 0);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_PAUSED);
	CU_ASSERT_STRING_EQUAL(sim_status(&s).reason, "GOVERNANCE");
	o = sim_peg_in(&s, ALICE, COIN / 20);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_WAITING_CAP);
	state_delete(ledger_state(s.ledger), "gP", 2);
	state_delete(ledger_state(s.twin), "gP", 2);
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "a coin goes over and comes back", a_coin_goes_over_and_comes_back },
	{ "i4 small gifts do not stop payouts", i4_small_gifts_do_not_stop_payouts },
	{ "i4 a payout that no plan can carry waits alone", i4_a_payout_that_no_plan_can_carry_waits_alone },
	{ "i4 an empty fee fund does not stop payouts", i4_an_empty_fee_fund_does_not_stop_payouts },
	{ "i6 governance pauses the peg", i6_governance_pauses_the_peg },
};

UNIT_MAIN("peg", tests)
