#include "bridge/peg/payout.h"

#include <string.h>

#include "bridge/peg/reserve.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

/* A peg with a swept vault of one deposit of ALICE's. */
static void
open_swept(struct sim *s, uint64_t value, void (*change)(struct peg_params *p, struct federation *f))
{
	sim_open(s, change);
	sim_mine(s, 3);
	sim_vote(s, 2000);
	(void)sim_peg_in(s, ALICE, value);
	sim_mine(s, 1);
	/* a payout that asks for more than the vault has makes a sweep due; then it is taken back */
	CU_ASSERT_STRING_EQUAL(sim_payout(s, ALICE, value / 2, 0, 99), "OK");
	sim_seal(s);
	sim_sign_and_mine(s, 1);
	{
		struct wr w = { 0 };

		wr_op_cancel(&w, 1);
		CU_ASSERT_STRING_EQUAL(sim_signed(s, ALICE, PEG_CANCEL, &w), "OK");
	}
	CU_ASSERT_EQUAL_FATAL(sim_plan_get(s, 1).state, PLAN_SETTLED);
	sim_mine(s, 1);
}

static const char *
payout_to(struct sim *s, const void *script, size_t len)
{
	struct op_payout op = { .script = script, .script_len = len };
	struct wr w = { 0 };

	CU_ASSERT_FATAL(amount_from_units(&op.amount, COIN / 100) && amount_from_units(&op.max_fee, 10000));
	wr_op_payout(&w, &op);
	return sim_signed(s, ALICE, PEG_PAYOUT, &w);
}

static const char *
cancel(struct sim *s, unsigned who, uint64_t id)
{
	struct wr w = { 0 };

	wr_op_cancel(&w, id);
	return sim_signed(s, who, PEG_CANCEL, &w);
}

/* D6: refused before any escrow. */
static void
d6_destinations(void)
{
	uint8_t p2pkh[25] = { 0x76, 0xa9, 20 }, p2sh[23] = { 0xa9, 20 };
	uint8_t p2wsh[34] = { 0, 32 }, p2tr[34] = { 0x51, 32 }, script[34];
	struct deposit_terms t, watched;
	struct outpoint o;
	struct deposit d;
	struct vault v;
	struct sim s;
	struct wr w = { 0 };

	sim_open(&s, NULL);
	o = sim_peg_in(&s, ALICE, COIN / 20);
	CU_ASSERT_FATAL(deposit_get(&d, sim_state(&s), &o));
	p2pkh[23] = 0x88;
	p2pkh[24] = 0xac;
	p2sh[22] = 0x87;
	CU_ASSERT_STRING_EQUAL(payout_to(&s, "", 0), "DESTINATION_NONSTANDARD");
	CU_ASSERT_STRING_EQUAL(payout_to(&s, "\x51", 1), "DESTINATION_NONSTANDARD");
	CU_ASSERT_STRING_EQUAL(payout_to(&s, "\x6a\x02hi", 4), "DESTINATION_NONSTANDARD");
	CU_ASSERT_STRING_EQUAL(payout_to(&s, "\x52\x20""0123456789abcdef0123456789abcdef", 34), "DESTINATION_NONSTANDARD");
	CU_ASSERT_STRING_EQUAL(payout_to(&s, "\x00\x13""0123456789abcdef012", 21), "DESTINATION_NONSTANDARD");
	memset(p2tr + 2, 0xff, 32);
	CU_ASSERT_STRING_EQUAL(payout_to(&s, p2tr, 34), "DESTINATION_UNSPENDABLE");
	CU_ASSERT_FATAL(peg_vault(&v, sim_state(&s), 0));
	CU_ASSERT_STRING_EQUAL(payout_to(&s, v.script, 34), "DESTINATION_VAULT");
	vault_clear(&v);
	/* an address that a deposit went to, and one that is watched */
	t = d.terms;
	sim_address(script, &s, &t);
	CU_ASSERT_STRING_EQUAL(payout_to(&s, script, 34), "DESTINATION_DEPOSIT");
	watched = sim_terms(&s, BOB);
	wr_op_intent_paid(&w, &watched);
	CU_ASSERT_STRING_EQUAL(sim_signed(&s, BOB, PEG_INTENT_PAID, &w), "OK");
	sim_address(script, &s, &watched);
	CU_ASSERT_STRING_EQUAL(payout_to(&s, script, 34), "DESTINATION_DEPOSIT");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_EQUAL(sim_status(&s).payouts, 0);

	CU_ASSERT_STRING_EQUAL(payout_to(&s, p2pkh, sizeof(p2pkh)), "OK");
	CU_ASSERT_STRING_EQUAL(payout_to(&s, p2sh, sizeof(p2sh)), "OK");
	CU_ASSERT_STRING_EQUAL(payout_to(&s, p2wsh, sizeof(p2wsh)), "OK");
	script_p2tr(p2tr, &(struct xonly_key){ { 0 } });
	{
		struct xonly_key k = test_key(3);

		script_p2tr(p2tr, &k);
	}
	CU_ASSERT_STRING_EQUAL(payout_to(&s, p2tr, sizeof(p2tr)), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).payouts, 4);
	sim_close(&s);
}

static void
small_outflow(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "outflow_cap", COIN / 50) && peg_params_set(p, "cap_window", 10));
	CU_ASSERT(peg_params_set(p, "reclaim_delay", 1000));
}

static void
amounts(void)
{
	struct sim s;

	sim_open(&s, small_outflow);
	(void)sim_peg_in(&s, ALICE, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, 0, 0, 1), "PAYOUT_BELOW_MIN");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 10000 - 1, 0, 1), "PAYOUT_BELOW_MIN");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50 + 1, 0, 1), "PAYOUT_ABOVE_CAP");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, AMOUNT_MAX, 1), "AMOUNT_OVERFLOW");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, COIN, 1), "INSUFFICIENT_BALANCE");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, BOB, COIN / 50, 0, 1), "INSUFFICIENT_BALANCE");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, COIN / 20 - 1000 - COIN / 50, 1), "OK");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
	sim_close(&s);
}

static void
cancel_while_queued(void)
{
	struct sim s;

	open_swept(&s, COIN / 20, NULL);
	CU_ASSERT_STRING_EQUAL(cancel(&s, ALICE, 2), "PAYOUT_UNKNOWN");
	CU_ASSERT_STRING_EQUAL(cancel(&s, ALICE, 1), "PAYOUT_NOT_QUEUED");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 100, 10000, 1), "OK");
	CU_ASSERT_STRING_EQUAL(cancel(&s, BOB, 2), "NOT_THE_OWNER");
	CU_ASSERT_STRING_EQUAL(cancel(&s, ALICE, 2), "OK");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_CANCELLED);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 100, 10000, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_PLANNED);
	CU_ASSERT_STRING_EQUAL(cancel(&s, ALICE, 3), "PAYOUT_NOT_QUEUED");
	sim_close(&s);
}

/* D7: a fee above the user's maximum: the payout waits, then its escrow returns; others go on. */
static void
d7_fee_above_maximum(void)
{
	struct payout pay;
	struct sim s;

	open_swept(&s, COIN / 20, NULL);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 100, 10, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 100, 10000, 2), "OK");
	sim_seal(&s);
	pay = sim_payout_get(&s, 2);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(pay.reason, "FEE_ABOVE_MAX");
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_PLANNED);
	sim_mine(&s, 29);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	sim_mine(&s, 1);
	pay = sim_payout_get(&s, 2);
	CU_ASSERT_EQUAL(pay.state, PAYOUT_EXPIRED);
	CU_ASSERT(pay.reason[0] != '\0');
	/* planned ones never expire */
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_PLANNED);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000 - COIN / 100 - 10000);
	sim_close(&s);
}

/* D8: the reserve is short of the queue: what fits is paid, oldest first. */
static void
d8_reserve_short(void)
{
	struct sim s;

	open_swept(&s, COIN / 20, NULL);
	/* the second deposit is not deep enough to be swept together with anything, and nothing is signed here */
	(void)sim_peg_in(&s, BOB, COIN / 10);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, BOB, COIN / 15, 10000, 1), "OK");   /* above the vault's coin */
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 40, 10000, 2), "OK"); /* fits */
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, BOB, COIN / 35, 10000, 3), "OK");   /* no longer fits beside it */
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 100, 10000, 4), "OK"); /* fits */
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 2).reason, "RESERVE_SHORT");
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).state, PAYOUT_PLANNED);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 4).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 4).reason, "RESERVE_SHORT");
	CU_ASSERT_EQUAL(sim_payout_get(&s, 5).state, PAYOUT_PLANNED);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 3).plan, sim_payout_get(&s, 5).plan);
	/* and the rest makes the other deposit's sweep due at once */
	CU_ASSERT_EQUAL(sim_plan_get(&s, 3).kind, PLAN_SWEEP);
	sim_close(&s);
}

/* Nearly all: what is left is one output of change. */
static void
nearly_everything_out(void)
{
	struct plan_version v;
	struct peg_status st;
	struct sim s;
	uint64_t vault, amount;

	open_swept(&s, COIN / 20, NULL);
	vault = amount_units(sim_status(&s).vault_free);
	amount = sim_balance(&s, ALICE) - 700;
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, amount, 700, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL_FATAL(sim_payout_get(&s, 2).state, PAYOUT_PLANNED);
	v = sim_version_get(&s, sim_payout_get(&s, 2).plan, 0);
	CU_ASSERT_EQUAL_FATAL(v.change_n, 1);
	CU_ASSERT_EQUAL(amount_units(v.fee) + amount_units(v.change[0]), vault - amount);
	sim_sign_and_mine(&s, v.plan);
	st = sim_status(&s);
	CU_ASSERT_EQUAL(amount_units(st.reserve), amount_units(v.change[0]));
	CU_ASSERT_EQUAL(amount_units(st.reserve), amount_units(st.supply));
	sim_close(&s);
}

static void
thin_fund(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "deposit_fee", 500));
}

/* The whole vault: what is too little for an output goes to the miners, and the fund pays what the payout's max fee does
 * not. */
static void
everything_out(void)
{
	struct plan_version v;
	struct peg_status st;
	struct sim s;
	uint64_t vault, amount;

	open_swept(&s, COIN / 20, thin_fund);
	vault = amount_units(sim_status(&s).vault_free);
	amount = sim_balance(&s, ALICE) - 450;
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, amount, 450, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL_FATAL(sim_payout_get(&s, 2).state, PAYOUT_PLANNED);
	v = sim_version_get(&s, sim_payout_get(&s, 2).plan, 0);
	CU_ASSERT_EQUAL(v.change_n, 0);
	CU_ASSERT_EQUAL(amount_units(v.fee), vault - amount);
	CU_ASSERT_EQUAL(amount_units(sim_plan_get(&s, v.plan).fund_locked), vault - amount - 450);
	sim_sign_and_mine(&s, v.plan);
	st = sim_status(&s);
	CU_ASSERT_EQUAL(amount_units(st.reserve), 0);
	CU_ASSERT_EQUAL(amount_units(st.supply), 0);
	sim_close(&s);
}

/* D12: fee votes absurd, missing, far apart. */
static void
d12_fee_votes(void)
{
	static const struct {
		uint32_t vote[3];
		uint32_t median;
	} rows[] = {
		{ { 0, 0, 0 }, 1000 },
		{ { 1000000000, 1000000000, 1000000000 }, 500000 },
		{ { 2000, 6000, 18000 }, 6000 },
		{ { UINT32_MAX, 0, 3000 }, 3000 },
		{ { 999, 1001, 1001 }, 1001 },
	};
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).fee_rate, 0);
	CU_ASSERT_STRING_EQUAL(sim_vote_one(&s, 0, 5000), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).fee_rate, 0);
	/* two of three are enough: the lower median of them */
	CU_ASSERT_STRING_EQUAL(sim_vote_one(&s, 2, 7000), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).fee_rate, 5000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (uint8_t m = 0; m < 3; m++)
			CU_ASSERT_STRING_EQUAL(sim_vote_one(&s, m, rows[i].vote[m]), "OK");
		CU_ASSERT_EQUAL(sim_status(&s).fee_rate, rows[i].median);
	}
	sim_seal(&s);
	sim_mine(&s, 35);
	CU_ASSERT_EQUAL(sim_status(&s).fee_rate, 1001);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).fee_rate, 0);
	CU_ASSERT_EQUAL(sim_status(&s).fee_rate_last, 1001);
	sim_close(&s);
}

static void
no_votes_no_payout_plan(void)
{
	struct sim s;

	open_swept(&s, COIN / 20, NULL);
	sim_mine(&s, 40);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 100, 10000, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 2).reason, "NO_FEE_RATE");
	sim_vote(&s, 3000);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PLANNED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 2).reason, "");
	sim_close(&s);
}

static void
votes_that_lie(void)
{
	struct op_feerate op = { .rate = 1000, .mark = { .member = 1, .counter = 100 } };
	struct secret_key secret = test_secret(1);
	struct hash256 message;
	struct wr w = { 0 };
	struct sim s;

	sim_open(&s, NULL);
	feerate_message(&message, &s.genesis_id, &op);
	CU_ASSERT_FATAL(schnorr_sign(&op.mark.sig, &secret, &message, NULL));
	op.rate = 1001;
	wr_op_feerate(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_FEERATE, &w), "MEMBER_SIGNATURE");
	op.rate = 1000;
	op.mark.member = 2;
	wr_op_feerate(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_FEERATE, &w), "MEMBER_SIGNATURE");
	op.mark.member = 3;
	wr_op_feerate(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_FEERATE, &w), "MEMBER_UNKNOWN");
	op.mark.member = 1;
	op.mark.epoch = 1;
	wr_op_feerate(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_FEERATE, &w), "MEMBER_EPOCH");
	op.mark.epoch = 0;
	wr_op_feerate(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_FEERATE, &w), "OK");
	/* replayed, and an older one */
	wr_op_feerate(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_FEERATE, &w), "MEMBER_COUNTER");
	CU_ASSERT_STRING_EQUAL(sim_vote_one(&s, 1, 5), "MEMBER_COUNTER");
	sim_close(&s);
}

/* D18, D19: the outflow cap counts by main-chain height; plans that nobody signs count too. */
static void
d19_outflow_cap(void)
{
	uint32_t first;
	struct sim s;

	sim_open(&s, small_outflow);
	sim_mine(&s, 3);
	sim_vote(&s, 2000);
	(void)sim_peg_in(&s, ALICE, COIN / 10);
	sim_mine(&s, 3);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 10000, 1), "OK");
	sim_seal(&s);
	/* deep enough to be swept into several outputs */
	CU_ASSERT_EQUAL(sim_version_get(&s, 1, 0).change_n, 4);
	sim_sign_and_mine(&s, 1);
	/* planned now, never signed: it reaches the cap exactly */
	CU_ASSERT_EQUAL_FATAL(sim_payout_get(&s, 1).state, PAYOUT_PLANNED);
	first = sim_height(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).outflow), COIN / 50);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 10000, 10000, 2), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 2).reason, "NEXT_BLOCK");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	CU_ASSERT_STRING_EQUAL(sim_payout_get(&s, 2).reason, "OUTFLOW_CAP");
	while (sim_height(&s) < first + 9)
		sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_QUEUED);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PLANNED);
	sim_close(&s);
}

/* One poison payout never holds up the others (I4), and a batch of many goes in one transaction. */
static void
i4_a_batch_drops_what_is_bad(void)
{
	struct plan plan;
	struct sim s;

	open_swept(&s, COIN / 2, NULL);
	for (uint8_t i = 0; i < 120; i++)
		CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 1000, i % 10 == 3 ? 20 : 5000, i), "OK");
	sim_seal(&s);
	plan = sim_plan_get(&s, 2);
	CU_ASSERT_EQUAL(plan.kind, PLAN_PAYOUT);
	CU_ASSERT_EQUAL(plan.payouts_n, 100);
	for (uint64_t id = 2; id < 122; id++) {
		struct payout pay = sim_payout_get(&s, id);
		bool poison = (id - 2) % 10 == 3;

		if (poison)
			CU_ASSERT_STRING_EQUAL(pay.reason, "FEE_ABOVE_MAX");
		CU_ASSERT_EQUAL(pay.state == PAYOUT_PLANNED, !poison && id < 113);
	}
	sim_sign_and_mine(&s, 2);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 2).state, PAYOUT_PAID);
	/* the rest follows with the next main-chain block */
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 121).state, PAYOUT_PLANNED);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "D6 destinations", d6_destinations },
	{ "amounts", amounts },
	{ "cancelled while queued", cancel_while_queued },
	{ "D7 fee above the maximum", d7_fee_above_maximum },
	{ "D8 reserve short", d8_reserve_short },
	{ "nearly everything out", nearly_everything_out },
	{ "everything out", everything_out },
	{ "D12 fee votes", d12_fee_votes },
	{ "no votes, no payout plan", no_votes_no_payout_plan },
	{ "votes that lie", votes_that_lie },
	{ "D19 outflow cap", d19_outflow_cap },
	{ "I4 a batch drops what is bad", i4_a_batch_drops_what_is_bad },
};

UNIT_MAIN("payout", tests)
