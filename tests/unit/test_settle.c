#include "bridge/peg/settle.h"

#include <string.h>

#include "bridge/peg/reserve.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/statekey.h"

struct books_now {
	uint64_t reserve, supply, deficit, fund, alice;
};

static struct books_now
now(const struct sim *s)
{
	struct peg_status st = sim_status(s);

	return (struct books_now){ amount_units(st.reserve), amount_units(st.supply), amount_units(st.deficit),
				   amount_units(st.fee_fund), sim_balance(s, ALICE) };
}

static bool
same(const struct books_now *a, const struct books_now *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static uint64_t
fee_of(const struct sim *s, uint64_t plan, uint32_t version)
{
	return amount_units(sim_version_get(s, plan, version).fee);
}

static void
open_swept(struct sim *s, uint64_t value, void (*change)(struct peg_params *p, struct federation *f))
{
	struct wr w = { 0 };

	sim_open(s, change);
	sim_mine(s, 3);
	sim_vote(s, 2000);
	(void)sim_peg_in(s, ALICE, value);
	sim_mine(s, 5);
	CU_ASSERT_STRING_EQUAL(sim_payout(s, ALICE, value / 2, 0, 99), "OK");
	sim_seal(s);
	sim_sign_and_mine(s, 1);
	wr_op_cancel(&w, 1);
	CU_ASSERT_STRING_EQUAL(sim_signed(s, ALICE, PEG_CANCEL, &w), "OK");
	sim_mine(s, 6);
	CU_ASSERT_EQUAL_FATAL(sim_plan_get(s, 1).state, PLAN_FINAL);
}

static uint64_t
planned(struct sim *s, uint64_t amount, uint64_t max_fee, uint8_t salt)
{
	CU_ASSERT_STRING_EQUAL(sim_payout(s, ALICE, amount, max_fee, salt), "OK");
	sim_seal(s);
	CU_ASSERT_EQUAL_FATAL(sim_payout_get(s, sim_status(s).payouts).state, PAYOUT_PLANNED);
	return sim_payout_get(s, sim_status(s).payouts).plan;
}

static struct tx
sign(struct sim *s, uint64_t plan)
{
	struct tx tx;

	CU_ASSERT_STRING_EQUAL(sim_sign(s, plan, 0), "OK");
	CU_ASSERT_STRING_EQUAL(sim_sign(s, plan, 1), "OK");
	CU_ASSERT_FATAL(peg_plan_signed_tx(&tx, sim_state(s), plan, sim_plan_get(s, plan).versions - 1));
	return tx;
}

static void
deep_settle(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "settle_depth", 3));
}

static void
settles_at_its_depth(void)
{
	struct sim s;
	struct tx tx;
	size_t block;
	uint64_t plan;

	sim_open(&s, deep_settle);
	sim_vote(&s, 2000);
	(void)sim_peg_in(&s, ALICE, COIN / 10);
	sim_mine(&s, 5);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 10000, 1), "OK");
	sim_seal(&s);
	plan = 1;
	tx = sign(&s, plan);
	block = sim_mine_tx(&s, &tx);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "TOO_SHALLOW");
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).state, PLAN_SIGNED);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_CONFIRM, plan, block, 1), "OK");
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).state, PLAN_CONFIRMED);
	sim_mine(&s, 1);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "TOO_SHALLOW");
	sim_mine(&s, 1);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "OK");
	/* confirmed: no new version was made while it waited */
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).versions, 1);
	tx_clear(&tx);
	sim_close(&s);
}

/* D25: a settled plan is reorged out: everything as before; then the same or another version confirms: settled once, equal
 * sums. */
static void
d25_reorged_and_settled_again(void)
{
	for (int other = 0; other < 2; other++) {
		struct books_now before, settled, again;
		struct sim s;
		struct tx a, b;
		size_t base, block;
		uint64_t plan;

		open_swept(&s, COIN / 10, NULL);
		plan = planned(&s, COIN / 50, 10000, 5);
		a = sign(&s, plan);
		sim_mine(&s, 2);
		CU_ASSERT_EQUAL_FATAL(sim_plan_get(&s, plan).versions, 2);
		b = sign(&s, plan);
		base = s.tip;
		before = now(&s);
		block = sim_mine_tx(&s, &a);
		CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "OK");
		settled = now(&s);
		CU_ASSERT(settled.supply < before.supply && settled.supply == settled.reserve);

		CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 2)), "OK");
		CU_ASSERT_EQUAL(sim_plan_get(&s, plan).state, PLAN_SIGNED);
		CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_SIGNED);
		CU_ASSERT_EQUAL(now(&s).reserve, before.reserve);
		CU_ASSERT_EQUAL(now(&s).supply, before.supply);
		CU_ASSERT_EQUAL(now(&s).deficit, 0);
		sim_seal(&s);

		block = sim_mine_tx(&s, other ? &b : &a);
		CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "OK");
		again = now(&s);
		CU_ASSERT_EQUAL(again.supply, again.reserve);
		CU_ASSERT_EQUAL(again.deficit, 0);
		if (other) {
			/* the fund makes up for what was given back before */
			CU_ASSERT_EQUAL(settled.supply - again.supply, fee_of(&s, plan, 1) - fee_of(&s, plan, 0));
			CU_ASSERT_EQUAL(again.alice, settled.alice);
		} else {
			CU_ASSERT(same(&again, &settled));
		}
		CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PAID);
		tx_clear(&a);
		tx_clear(&b);
		sim_close(&s);
	}
}

static void
rich_fund(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "deposit_fee", 9000));
}

/* What was given back at the first settlement and is missing at the second: the fund, then deficit. */
static void
a_dearer_version_after_an_undone_one(void)
{
	struct peg_status st;
	struct sim s;
	struct tx a, b;
	size_t base, block;
	uint64_t plan, gap;

	open_swept(&s, COIN / 20, NULL);
	plan = planned(&s, COIN / 25, 20000, 5);
	a = sign(&s, plan);
	sim_mine(&s, 2);
	b = sign(&s, plan);
	gap = fee_of(&s, plan, 1) - fee_of(&s, plan, 0);
	base = s.tip;
	block = sim_mine_tx(&s, &a);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "OK");
	st = sim_status(&s);
	CU_ASSERT(amount_units(st.fee_fund) < gap);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 2)), "OK");
	sim_seal(&s);
	block = sim_mine_tx(&s, &b);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "OK");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), gap - amount_units(st.fee_fund));
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).fee_fund), 0);
	CU_ASSERT_STRING_EQUAL(sim_status(&s).reason, "DEFICIT");
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PAID);
	tx_clear(&a);
	tx_clear(&b);
	sim_close(&s);
}

/* Plans on the change of an undone plan are suspended; they go on with the same version, and die with another. */
static void
plans_on_undone_change(void)
{
	for (int other = 0; other < 2; other++) {
		struct sim s;
		struct tx a, b;
		size_t base, block;
		uint64_t parent, child = 0;

		open_swept(&s, COIN / 20, rich_fund);
		/* everything in one output, so that the child needs the parent's change */
		parent = planned(&s, COIN / 25, 20000, 5);
		a = sign(&s, parent);
		sim_mine(&s, 2);
		CU_ASSERT_EQUAL_FATAL(sim_plan_get(&s, parent).versions, 2);
		b = sign(&s, parent);
		base = s.tip;
		block = sim_mine_tx(&s, &a);
		CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, parent, block, 1), "OK");
		child = planned(&s, COIN / 200, 10000, 6);
		CU_ASSERT_STRING_EQUAL(sim_sign(&s, child, 0), "OK");

		CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 2)), "OK");
		sim_seal(&s);
		CU_ASSERT_EQUAL(sim_plan_get(&s, parent).state, PLAN_SIGNED);
		CU_ASSERT_EQUAL(sim_plan_get(&s, child).state, PLAN_PLANNED);
		CU_ASSERT_STRING_EQUAL(sim_sign(&s, child, 1), "SIGN_SUSPENDED");

		block = sim_mine_tx(&s, other ? &b : &a);
		CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, parent, block, 1), "OK");
		if (other) {
			CU_ASSERT_EQUAL(sim_plan_get(&s, child).state, PLAN_DEAD);
			CU_ASSERT_STRING_EQUAL(sim_plan_get(&s, child).reason, "PARENT_REPLACED");
			sim_seal(&s);
			/* its payout is planned anew */
			CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_PLANNED);
			CU_ASSERT(sim_payout_get(&s, 3).plan > child);
		} else {
			CU_ASSERT_STRING_EQUAL(sim_sign(&s, child, 1), "OK");
			CU_ASSERT_EQUAL(sim_plan_get(&s, child).state, PLAN_SIGNED);
		}
		tx_clear(&a);
		tx_clear(&b);
		sim_close(&s);
	}
}

/* A plan and a plan on its change, both settled, leave together: undone from the top, then settled again to the same sums. */
static void
a_chain_of_plans_undone(void)
{
	struct books_now before, settled, again;
	struct sim s;
	struct tx a, b;
	size_t base, first, second;
	uint64_t parent, child;

	open_swept(&s, COIN / 20, rich_fund);
	base = s.tip;
	parent = planned(&s, COIN / 25, 20000, 5);
	before = now(&s);
	a = sign(&s, parent);
	first = sim_mine_tx(&s, &a);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, parent, first, 1), "OK");
	child = planned(&s, COIN / 200, 10000, 6);
	CU_ASSERT_EQUAL_FATAL(sim_plan_get(&s, child).in_n, 1);
	b = sign(&s, child);
	second = sim_mine_tx(&s, &b);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, child, second, 1), "OK");
	settled = now(&s);

	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 3)), "OK");
	CU_ASSERT_EQUAL(now(&s).reserve, before.reserve);
	CU_ASSERT_EQUAL(now(&s).supply, before.supply);
	CU_ASSERT_EQUAL(now(&s).deficit, 0);
	CU_ASSERT_EQUAL(sim_plan_get(&s, parent).state, PLAN_SIGNED);
	CU_ASSERT_EQUAL(sim_plan_get(&s, child).state, PLAN_SIGNED);
	sim_seal(&s);

	first = sim_mine_tx(&s, &a);
	second = sim_mine_tx(&s, &b);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, child, second, 1), "INPUT_SUSPENDED");
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, parent, first, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, child, second, 1), "OK");
	again = now(&s);
	CU_ASSERT(same(&settled, &again));
	tx_clear(&a);
	tx_clear(&b);
	sim_close(&s);
}

/* Sweep settled, its deposit's block reorged out with it; then both come back, the deposit's proof first. */
static void
deposit_and_sweep_reorged_together(void)
{
	struct deposit_terms t;
	struct outpoint o = { .index = 0 };
	struct tx deposit, sweep;
	struct sim s;
	size_t base, block, again;

	sim_open(&s, NULL);
	sim_vote(&s, 2000);
	sim_mine(&s, 1);
	base = s.tip;
	t = sim_terms(&s, ALICE);
	deposit = sim_deposit_tx(&s, &t, COIN / 20);
	tx_txid(&o.txid, &deposit);
	block = sim_mine_tx(&s, &deposit);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, block, 1, 0), "OK");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 20000, 7), "OK");
	sim_seal(&s);
	sweep = sign(&s, 1);
	block = sim_mine_tx(&s, &sweep);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, 1, block, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 1).state, PAYOUT_PLANNED);

	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 3)), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_QUARANTINED);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 1).state, PLAN_SIGNED);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_PAUSED);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), 0);

	again = made_chain_mine(&s.chain, s.tip, &deposit, 1);
	block = made_chain_mine(&s.chain, again, &sweep, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, block), "OK");
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, 1, block, 1), "INPUT_SUSPENDED");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, again, 1, 0), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, 1, block, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 1).state, PAYOUT_PLANNED);
	sim_sign_and_mine(&s, sim_payout_get(&s, 1).plan);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 1).state, PAYOUT_PAID);
	tx_clear(&deposit);
	tx_clear(&sweep);
	sim_close(&s);
}

/* D24: an input of a signed plan is spent elsewhere: DEAD only with the proof, at its depth; the payout is queued again,
 * once. */
static void
d24_input_spent_elsewhere(void)
{
	struct tx theft = { .version = 2 }, a;
	struct peg_status st;
	struct plan plan;
	struct sim s;
	size_t block;
	uint64_t id;

	open_swept(&s, COIN / 10, NULL);
	id = planned(&s, COIN / 50, 10000, 5);
	a = sign(&s, id);
	plan = sim_plan_get(&s, id);
	tx_add_in(&theft, &plan.in[0].outpoint, SEQUENCE_RBF);
	tx_add_out(&theft, 1000, (const uint8_t *)"\x51", 1);
	block = sim_mine_tx(&s, &theft);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &plan.in[0].outpoint, NULL, block, 1), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_HALTED);
	CU_ASSERT_EQUAL(sim_plan_get(&s, id).state, PLAN_SIGNED);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_plan_get(&s, id).state, PLAN_SIGNED);
	sim_mine(&s, 1);
	plan = sim_plan_get(&s, id);
	CU_ASSERT_EQUAL(plan.state, PLAN_DEAD);
	CU_ASSERT_STRING_EQUAL(plan.reason, "INPUT_SPENT");
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 2).reason, "PLAN_DEAD");
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, id, 2), "SIGN_DEAD");
	st = sim_status(&s);
	CU_ASSERT_EQUAL(amount_units(st.fee_fund), 0);
	CU_ASSERT(amount_units(st.deficit) > 0);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &plan.in[0].outpoint, NULL, block, 1), "OUTPOINT_UNKNOWN");
	tx_clear(&a);
	tx_clear(&theft);
	sim_close(&s);
}

static void
a_plans_own_spend_is_no_alarm(void)
{
	struct plan plan;
	struct sim s;
	struct tx a;
	size_t block;
	uint64_t id;

	open_swept(&s, COIN / 10, NULL);
	id = planned(&s, COIN / 50, 10000, 5);
	a = sign(&s, id);
	plan = sim_plan_get(&s, id);
	block = sim_mine_tx(&s, &a);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &plan.in[0].outpoint, NULL, block, 1), "SPENT_BY_PLAN");
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	tx_clear(&a);
	sim_close(&s);
}

/* What the action RESUME of DAO 0 leaves in the state. */
static void
council_resumes(struct sim *s)
{
	struct statekey k = statekey_new('g', 'R');

	statekey_put_u64(ledger_state(s->ledger), &k, 1);
	statekey_put_u64(ledger_state(s->twin), &k, 1);
	sim_seal(s);
}

/* A reorganisation below what can be undone: the peg stops, with the reason, until the council has looked at it. */
static void
deeper_than_final_halts(void)
{
	struct sim s;
	size_t base;
	uint64_t id;

	open_swept(&s, COIN / 10, NULL);
	id = planned(&s, COIN / 50, 10000, 5);
	base = s.tip;
	sim_sign_and_mine(&s, id);
	sim_mine(&s, 6);
	CU_ASSERT_EQUAL(sim_plan_get(&s, id).state, PLAN_FINAL);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 9)), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_HALTED);
	CU_ASSERT_STRING_EQUAL(sim_status(&s).reason, "DEEP_REORG");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_HALTED);
	council_resumes(&s);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	sim_close(&s);
}

static const char *
donate(struct sim *s, size_t block, uint32_t index)
{
	struct op_donate op = { .index = index };
	struct wr proof = { 0 }, w = { 0 };

	made_chain_proof(&proof, &s->chain, block, 1);
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_donate(&w, &op);
	wr_clear(&proof);
	return sim_relay(s, PEG_DONATE, &w);
}

static void
donations(void)
{
	struct vault v;
	struct sim s;
	struct tx tx;
	size_t base, block;

	sim_open(&s, NULL);
	sim_mine(&s, 2);
	base = s.tip;
	CU_ASSERT_FATAL(peg_vault(&v, sim_state(&s), 0));
	tx = made_payment(900, COIN / 4, v.script, P2TR_LEN);
	tx_add_out(&tx, COIN / 4, "\x51", 1);
	tx_add_out(&tx, 500, v.script, P2TR_LEN);
	block = sim_mine_tx(&s, &tx);
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 0), "TOO_SHALLOW");
	sim_mine(&s, 2);
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 1), "NOT_THE_VAULT");
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 2), "BELOW_MIN");
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 3), "NO_SUCH_OUTPUT");
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 0), "OK");
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 0), "OUTPOINT_KNOWN");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), COIN / 4);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).donations), COIN / 4);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), 0);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 4)), "OK");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).donations), 0);
	sim_seal(&s);
	block = sim_mine_tx(&s, &tx);
	sim_mine(&s, 3);
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 0), "OK");
	CU_ASSERT_STRING_EQUAL(donate(&s, block, 0), "OUTPOINT_KNOWN");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).donations), COIN / 4);
	vault_clear(&v);
	tx_clear(&tx);
	sim_close(&s);
}

static const char *
guard(struct sim *s, uint8_t member)
{
	struct member_mark mark = { .member = member, .counter = ++s->counter };
	struct secret_key secret = test_secret(member);
	struct hash256 message;
	struct wr w = { 0 };

	guardian_message(&message, &s->genesis_id, &mark);
	CU_ASSERT_FATAL(schnorr_sign(&mark.sig, &secret, &message, NULL));
	wr_op_guardian(&w, &mark);
	return sim_relay(s, PEG_PAUSE, &w);
}

static void
quick_guard(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "guardian_blocks", 5));
}

static void
guardians_pause(void)
{
	struct outpoint o;
	struct sim s;

	sim_open(&s, quick_guard);
	sim_mine(&s, 1);
	for (int round = 0; round < 3; round++) {
		CU_ASSERT_STRING_EQUAL(guard(&s, 1), "OK"); /* one of three is a third */
		CU_ASSERT_EQUAL(sim_status(&s).state, PEG_PAUSED);
		CU_ASSERT_STRING_EQUAL(sim_status(&s).reason, "GUARDIANS");
		CU_ASSERT_STRING_EQUAL(guard(&s, 2), "GUARDIAN_TOO_SOON");
		o = sim_peg_in(&s, ALICE, COIN / 100);
		CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_WAITING_CAP);
		CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &o), "GUARDIANS");
		sim_mine(&s, 4);
		CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
		CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
		CU_ASSERT_STRING_EQUAL(guard(&s, 2), "GUARDIAN_TOO_SOON");
		sim_mine(&s, 5);
	}
	CU_ASSERT_STRING_EQUAL(guard(&s, 1), "GUARDIAN_TOO_OFTEN");
	CU_ASSERT_STRING_EQUAL(guard(&s, 2), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_PAUSED);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "settles at its depth", settles_at_its_depth },
	{ "D25 reorged and settled again", d25_reorged_and_settled_again },
	{ "a dearer version after an undone one", a_dearer_version_after_an_undone_one },
	{ "plans on undone change", plans_on_undone_change },
	{ "a chain of plans undone", a_chain_of_plans_undone },
	{ "deposit and sweep reorged together", deposit_and_sweep_reorged_together },
	{ "D24 an input spent elsewhere", d24_input_spent_elsewhere },
	{ "a plan's own spend is no alarm", a_plans_own_spend_is_no_alarm },
	{ "deeper than FINAL halts", deeper_than_final_halts },
	{ "donations", donations },
	{ "guardians pause", guardians_pause },
};

UNIT_MAIN("settle", tests)
