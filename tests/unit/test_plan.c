#include "bridge/peg/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/taproot.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

/* A deep deposit of ALICE's swept into several vault outputs by plan 1. */
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
	sim_mine(s, 1);
}

/* A payout of ALICE's in a plan; returns the plan. */
static uint64_t
planned(struct sim *s, uint64_t amount, uint64_t max_fee, uint8_t salt)
{
	CU_ASSERT_STRING_EQUAL(sim_payout(s, ALICE, amount, max_fee, salt), "OK");
	sim_seal(s);
	CU_ASSERT_EQUAL_FATAL(sim_payout_get(s, sim_status(s).payouts).state, PAYOUT_PLANNED);
	return sim_payout_get(s, sim_status(s).payouts).plan;
}

static struct tx
signed_tx(struct sim *s, uint64_t plan, uint32_t version)
{
	struct tx tx;

	CU_ASSERT_FATAL(peg_plan_signed_tx(&tx, sim_state(s), plan, version));
	return tx;
}

static void
sign_by(struct sim *s, uint64_t plan, uint8_t a, uint8_t b)
{
	CU_ASSERT_STRING_EQUAL(sim_sign(s, plan, a), "OK");
	CU_ASSERT_STRING_EQUAL(sim_sign(s, plan, b), "OK");
}

static bool
verify(const uint8_t *bytes, const struct xonly_key *k, const struct hash256 *message)
{
	struct schnorr_sig sig;

	memcpy(sig.b, bytes, sizeof(sig.b));
	return schnorr_verify(&sig, k, message);
}

/* Every input opens its script and carries k good signatures; the weight was counted to the unit. */
static void
check_spends(struct sim *s, uint64_t plan, uint32_t version)
{
	struct plan_sheet *sheet = mem_new(1, sizeof(*sheet));
	struct txout spent[PLAN_INPUTS_MAX];
	struct hash256 message[PLAN_INPUTS_MAX];
	struct tx tx = signed_tx(s, plan, version);
	struct vault v;

	CU_ASSERT_FATAL(peg_plan_sheet(sheet, sim_state(s), plan, version) && peg_vault(&v, sim_state(s), 0));
	CU_ASSERT_FATAL(plan_spent(spent, sheet, &v) && plan_messages(message, sheet, &v));
	CU_ASSERT_EQUAL(tx_weight(&tx), plan_weight(sheet, &v));
	for (size_t i = 0; i < tx.in_n; i++) {
		const struct txin *in = &tx.in[i];
		struct xonly_key key;
		struct hash256 leaf;
		size_t good = 0;

		CU_ASSERT_EQUAL_FATAL(in->witness_n, SIM_MEMBERS + 2);
		memcpy(key.b, spent[i].script + 2, 32);
		CU_ASSERT(taproot_opens(&leaf, &key, in->witness[SIM_MEMBERS].bytes, in->witness[SIM_MEMBERS].len,
					in->witness[SIM_MEMBERS + 1].bytes, in->witness[SIM_MEMBERS + 1].len));
		for (unsigned m = 0; m < SIM_MEMBERS; m++) {
			/* the script takes the first key's signature from the top */
			const struct witness_item *item = &in->witness[SIM_MEMBERS - 1 - m];
			struct xonly_key member = test_key(m);

			CU_ASSERT(item->len == 0 || item->len == 64);
			if (item->len == 64)
				good += verify(item->bytes, &member, &message[i]);
		}
		CU_ASSERT_EQUAL(good, SIM_THRESHOLD);
	}
	plan_spent_clear(spent, sheet->in_n);
	vault_clear(&v);
	tx_clear(&tx);
	free(sheet);
}

static void
transactions_are_as_specified(void)
{
	struct plan_version v;
	uint8_t script[22];
	struct vault vault;
	struct sim s;
	struct tx tx;
	uint64_t plan;

	open_swept(&s, COIN / 10, NULL);
	check_spends(&s, 1, 0);
	plan = planned(&s, COIN / 50, 10000, 5);
	sign_by(&s, plan, 0, 2);
	check_spends(&s, plan, 0);
	tx = signed_tx(&s, plan, 0);
	v = sim_version_get(&s, plan, 0);
	CU_ASSERT_FATAL(peg_vault(&vault, sim_state(&s), 0));
	CU_ASSERT_EQUAL(tx.version, 2);
	CU_ASSERT_EQUAL(tx.locktime, 0);
	for (size_t i = 0; i < tx.in_n; i++)
		CU_ASSERT_EQUAL(tx.in[i].sequence, SEQUENCE_RBF);
	/* the destination gets exactly the amount; change to the vault; one anchor at the end */
	sim_destination(script, 5);
	CU_ASSERT_EQUAL_FATAL(tx.out_n, 1 + v.change_n + 1);
	CU_ASSERT_EQUAL(tx.out[0].value, COIN / 50);
	CU_ASSERT_EQUAL(memcmp(tx.out[0].script, script, 22), 0);
	for (size_t i = 0; i < v.change_n; i++) {
		CU_ASSERT_EQUAL(memcmp(tx.out[1 + i].script, vault.script, P2TR_LEN), 0);
		CU_ASSERT_EQUAL(tx.out[1 + i].value, amount_units(v.change[i]));
	}
	CU_ASSERT_EQUAL(tx.out[1 + v.change_n].value, 0);
	CU_ASSERT_EQUAL(tx.out[1 + v.change_n].script_len, PLAN_ANCHOR_LEN);
	CU_ASSERT_EQUAL(memcmp(tx.out[1 + v.change_n].script, "\x6a\x2bTLY", 5), 0);
	CU_ASSERT_EQUAL(amount_units(v.fee), (tx_vsize(&tx) * 2000 + 999) / 1000);
	vault_clear(&vault);
	tx_clear(&tx);
	sim_close(&s);
}

/* D20: k - 1 signers: it waits; k: it goes on; wrong, late, doubled and foreign signatures are named and ignored. */
static void
d20_signatures(void)
{
	struct schnorr_sig junk[2] = { { { 1 } } };
	struct wr w = { 0 };
	struct sim s;
	size_t block;
	struct tx tx;
	uint64_t plan;

	open_swept(&s, COIN / 10, NULL);
	plan = planned(&s, COIN / 50, 10000, 5);
	CU_ASSERT_EQUAL_FATAL(sim_plan_get(&s, plan).in_n, 1);
	wr_op_sign(&w, 77, 0, 0, junk, 1);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_SIGN, &w), "SIGN_UNKNOWN_PLAN");
	wr_op_sign(&w, plan, 1, 0, junk, 1);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_SIGN, &w), "SIGN_UNKNOWN_VERSION");
	wr_op_sign(&w, plan, 0, 3, junk, 1);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_SIGN, &w), "SIGN_NOT_A_MEMBER");
	wr_op_sign(&w, plan, 0, 0, junk, 2);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_SIGN, &w), "SIGN_COUNT");
	wr_op_sign(&w, plan, 0, 0, junk, 1);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_SIGN, &w), "SIGN_BAD_SIGNATURE");
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 1), "SIGN_TWICE");
	CU_ASSERT_FALSE(peg_plan_signed_tx(&tx, sim_state(&s), plan, 0));
	sim_mine(&s, 20);
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).state, PLAN_PLANNED);
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).versions, 1);
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 2), "OK");
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).state, PLAN_SIGNED);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_SIGNED);
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 0), "SIGN_COMPLETE");
	check_spends(&s, plan, 0);
	tx = signed_tx(&s, plan, 0);
	block = sim_mine_tx(&s, &tx);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_CONFIRM, plan, block, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_CONFIRM, plan, block, 1), "ALREADY_CONFIRMED");
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 0), "SIGN_LATE");
	tx_clear(&tx);
	sim_close(&s);
}

/* D10: whoever broadcasts, however often: one payment, one settlement. */
static void
d10_no_second_payment(void)
{
	struct sim s;
	size_t block;
	uint64_t plan, supply;

	open_swept(&s, COIN / 10, NULL);
	plan = planned(&s, COIN / 50, 10000, 5);
	block = sim_sign_and_mine(&s, plan);
	supply = amount_units(sim_status(&s).supply);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "ALREADY_SETTLED");
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_CONFIRM, plan, block, 1), "ALREADY_SETTLED");
	sim_mine(&s, 10);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "ALREADY_SETTLED");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), supply);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_FINAL);
	CU_ASSERT_EQUAL(sim_status(&s).plans, plan);
	sim_close(&s);
}

/* D11: unconfirmed for too long: a version with a higher fee, the same inputs and payouts; then the old one confirms after
 * all. */
static void
d11_replacement_and_the_old_one_confirms(void)
{
	struct plan_version old, new;
	struct payout pay;
	struct sim s;
	struct tx a, b;
	size_t block;
	uint64_t plan;

	open_swept(&s, COIN / 10, NULL);
	plan = planned(&s, COIN / 50, 700, 5);
	sign_by(&s, plan, 0, 1);
	a = signed_tx(&s, plan, 0);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).versions, 1);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL_FATAL(sim_plan_get(&s, plan).versions, 2);
	old = sim_version_get(&s, plan, 0);
	new = sim_version_get(&s, plan, 1);
	CU_ASSERT_EQUAL(new.rate, 3000); /* a quarter more is less than the 1 sat/vB that relaying asks for */
	CU_ASSERT(amount_cmp(new.fee, old.fee) > 0);
	/* a replacement waits for its signatures before there is another */
	sim_mine(&s, 3);
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).versions, 2);
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 0), "OK");
	CU_ASSERT_STRING_EQUAL(sim_sign(&s, plan, 2), "OK");
	b = signed_tx(&s, plan, 1);
	CU_ASSERT_EQUAL_FATAL(a.in_n, b.in_n);
	CU_ASSERT_EQUAL_FATAL(a.out_n, b.out_n);
	for (size_t i = 0; i < a.in_n; i++)
		CU_ASSERT(outpoint_eq(&a.in[i].prevout, &b.in[i].prevout));
	for (size_t i = 0; i < a.out_n; i++)
		CU_ASSERT_EQUAL(memcmp(a.out[i].script, b.out[i].script, a.out[i].script_len), 0);
	CU_ASSERT_EQUAL(a.out[0].value, b.out[0].value);
	/* what the payout's max fee does not cover is locked in the fund */
	CU_ASSERT_EQUAL(amount_units(sim_plan_get(&s, plan).fund_locked), amount_units(new.fee) - 700);
	check_spends(&s, plan, 1);

	block = sim_mine_tx(&s, &a);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, plan, block, 1), "OK");
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).confirmed_version, 0);
	CU_ASSERT_EQUAL(amount_units(sim_payout_get(&s, 2).max_fee), amount_units(old.fee));
	pay = sim_payout_get(&s, 2);
	CU_ASSERT(hash256_eq(&pay.txid, &old.txid));
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), amount_units(sim_status(&s).supply));
	sim_mine(&s, 10);
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).versions, 2);
	tx_clear(&a);
	tx_clear(&b);
	sim_close(&s);
}

static void
fee_rates_stop_at_the_bound(void)
{
	struct sim s;
	uint64_t plan;

	open_swept(&s, COIN / 10, NULL);
	sim_vote(&s, 450000);
	plan = planned(&s, COIN / 50, COIN / 100, 5);
	CU_ASSERT_EQUAL(sim_version_get(&s, plan, 0).rate, 450000);
	sign_by(&s, plan, 0, 1);
	sim_mine(&s, 10);
	/* a quarter more would be above 500 sat/vB */
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).versions, 1);
	sim_close(&s);
}

static const char *
confirm_foreign(struct sim *s, uint64_t plan, const struct tx *tx)
{
	size_t block = sim_mine_tx(s, tx);

	return sim_prove_plan(s, PEG_SETTLE, plan, block, 1);
}

/* D13 as the ledger sees it: what is not a version of the plan settles nothing. */
static void
d13_foreign_transactions_settle_nothing(void)
{
	struct sim s;
	struct tx tx, other;
	uint64_t plan;

	open_swept(&s, COIN / 10, NULL);
	plan = planned(&s, COIN / 50, 10000, 5);
	sign_by(&s, plan, 0, 1);
	tx = signed_tx(&s, plan, 0);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&s, PEG_SETTLE, 99, made_chain_at(&s.chain, s.tip, 1), 0), "PLAN_UNKNOWN");
	other = tx_copy(&tx);
	other.out[0].value--;
	CU_ASSERT_STRING_EQUAL(confirm_foreign(&s, plan, &other), "NOT_A_VERSION");
	tx_clear(&other);
	other = tx_copy(&tx);
	tx_add_out(&other, 1000, "\x51", 1);
	CU_ASSERT_STRING_EQUAL(confirm_foreign(&s, plan, &other), "NOT_A_VERSION");
	tx_clear(&other);
	other = tx_copy(&tx);
	other.in[0].sequence--;
	CU_ASSERT_STRING_EQUAL(confirm_foreign(&s, plan, &other), "NOT_A_VERSION");
	tx_clear(&other);
	/* another plan's transaction */
	CU_ASSERT_STRING_EQUAL(confirm_foreign(&s, 1, &tx), "NOT_A_VERSION");
	tx_clear(&tx);
	CU_ASSERT_EQUAL(sim_plan_get(&s, plan).state, PLAN_SIGNED);
	sim_close(&s);
}

/* A sweep is made by age alone: half of the reclaim delay. */
static void
sweeps_by_age(void)
{
	struct sim s;

	sim_open(&s, NULL);
	sim_vote(&s, 1000);
	(void)sim_peg_in(&s, ALICE, COIN / 20);
	(void)sim_peg_in(&s, BOB, COIN / 20);
	while (sim_height(&s) < 1 + 72)
		sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).plans, 0);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).plans, 1);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 1).kind, PLAN_SWEEP);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 1).in_n, 1);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).plans, 2);
	/* the fee comes from the fund */
	sim_sign_and_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), amount_units(sim_status(&s).supply));
	sim_close(&s);
}

static void
rich_fund(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "deposit_fee", 9000));
}

/* D4, D23: when the reclaim height is near each deposit goes alone, also while the peg is paused. */
static void
d4_urgent_sweeps_go_alone(void)
{
	struct sim s;

	sim_open(&s, rich_fund);
	(void)sim_peg_in(&s, ALICE, COIN / 20);
	(void)sim_peg_in(&s, BOB, COIN / 20);
	for (int i = 0; i < 12; i++)
		sim_mine(&s, 10);
	/* no rate was ever voted: nothing could be made */
	CU_ASSERT_EQUAL(sim_status(&s).plans, 0);
	sim_vote(&s, 1000);
	CU_ASSERT_EQUAL(sim_status(&s).plans, 2);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 1).in_n, 1);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 2).in_n, 1);
	sim_sign_and_mine(&s, 1);
	sim_sign_and_mine(&s, 2);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deposits_free), 0);
	sim_close(&s);
}

/* D16: vault outputs are moved before the recovery keys could; the alarm is at three quarters. */
static void
d16_refresh(void)
{
	struct sim s;
	uint32_t swept;

	open_swept(&s, COIN / 10, rich_fund);
	swept = sim_height(&s) - 1;
	while (sim_height(&s) < swept + 144) {
		sim_mine(&s, 20 < swept + 144 - sim_height(&s) ? 20 : swept + 144 - sim_height(&s));
		CU_ASSERT_EQUAL(sim_status(&s).plans, 1);
	}
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL_FATAL(sim_status(&s).plans, 2);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 2).kind, PLAN_REFRESH);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 2).in_n, 4);
	CU_ASSERT_FALSE(sim_status(&s).refresh_alarm);
	sim_mine(&s, 72);
	CU_ASSERT(sim_status(&s).refresh_alarm);
	sim_sign_and_mine(&s, 2);
	CU_ASSERT_FALSE(sim_status(&s).refresh_alarm);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), amount_units(sim_status(&s).supply));
	sim_close(&s);
}

/* The fund can't pay for all: it does what it can pay for. */
static void
a_poor_fund_refreshes_a_part(void)
{
	struct sim s;

	open_swept(&s, COIN / 10, NULL);
	for (int i = 0; i < 30; i++)
		sim_mine(&s, 5);
	CU_ASSERT_EQUAL_FATAL(sim_status(&s).plans, 2);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 2).kind, PLAN_REFRESH);
	CU_ASSERT_EQUAL(sim_plan_get(&s, 2).in_n, 2);
	sim_close(&s);
}

/* The fund has not got the fee at the voted rate: the sweep is made at what it has got. */
static void
a_poor_fund_sweeps_at_a_lower_rate(void)
{
	struct sim s;

	sim_open(&s, NULL);
	sim_vote(&s, 100000);
	(void)sim_peg_in(&s, ALICE, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 50000, 5), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL_FATAL(sim_status(&s).plans, 1);
	CU_ASSERT(sim_version_get(&s, 1, 0).rate < 8000);
	CU_ASSERT(sim_version_get(&s, 1, 0).rate >= 1000);
	CU_ASSERT(amount_units(sim_version_get(&s, 1, 0).fee) <= 1000);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "transactions are as specified", transactions_are_as_specified },
	{ "D20 signatures", d20_signatures },
	{ "D10 no second payment", d10_no_second_payment },
	{ "D11 a replacement, and the old one confirms", d11_replacement_and_the_old_one_confirms },
	{ "fee rates stop at the bound", fee_rates_stop_at_the_bound },
	{ "D13 foreign transactions settle nothing", d13_foreign_transactions_settle_nothing },
	{ "sweeps by age", sweeps_by_age },
	{ "D4 urgent sweeps go alone", d4_urgent_sweeps_go_alone },
	{ "D16 refresh", d16_refresh },
	{ "a poor fund refreshes a part", a_poor_fund_refreshes_a_part },
	{ "a poor fund sweeps at a lower rate", a_poor_fund_sweeps_at_a_lower_rate },
};

UNIT_MAIN("plan", tests)
