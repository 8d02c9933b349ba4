/* What was minted and what becomes of it when its block leaves, its input is spent elsewhere, or it is spent itself. */
#include <string.h>

#include "tests/unit/peg_sim.h"
#include "tests/unit/unit.h"

/* Depths 2, 4, 6 and a few blocks to start with, so that there is something between them. */
static void
deeper(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "depth_1", 2) && peg_params_set(p, "depth_2", 4) && peg_params_set(p, "depth_3", 6));
}

/* C1: the deposit's block leaves at depth - 1, depth, depth + 1. */
static void
c1_reorged_out(void)
{
	for (uint32_t depth = 1; depth <= 3; depth++) {
		struct peg_status st;
		struct sim s;
		struct given g;
		size_t base, rival;

		sim_open(&s, deeper);
		sim_mine(&s, 3);
		base = s.tip;
		g = sim_given(&s, COIN / 20);
		CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
		sim_mine(&s, depth - 1);
		CU_ASSERT_EQUAL(sim_given_state(&s, &g), depth < 2 ? DEPOSIT_WAITING_DEPTH : DEPOSIT_MINTED);
		rival = made_chain_mine_empty(&s.chain, base, depth + 1);
		CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
		CU_ASSERT_EQUAL_FATAL(s.tip, rival);
		st = sim_status(&s);
		if (depth < 2) {
			/* nothing was credited: nothing is left of it */
			CU_ASSERT_FALSE(sim_given_known(&s, &g));
			CU_ASSERT_EQUAL(st.state, PEG_OPEN);
		} else {
			CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
			CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &g.outpoint), "REORGED");
			CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
			CU_ASSERT_EQUAL(st.state, PEG_PAUSED);
			CU_ASSERT_STRING_EQUAL(st.reason, "DEFICIT");
			CU_ASSERT_EQUAL(amount_units(st.deficit), COIN / 20);
			CU_ASSERT_EQUAL(amount_units(st.reserve), 0);
		}
		sim_seal(&s);
		tx_clear(&g.tx);
		sim_close(&s);
	}
}

/* C2: the same transaction is mined again elsewhere: one credit. */
static void
c2_mined_again_elsewhere(void)
{
	struct sim s;
	struct given g;
	size_t base, rival;

	sim_open(&s, deeper);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "DEPOSIT_KNOWN");
	rival = made_chain_mine_empty(&s.chain, base, 2);
	g.block = made_chain_mine(&s.chain, rival, &g.tx, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, g.block), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "DEPOSIT_KNOWN");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), COIN / 20);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "DEPOSIT_KNOWN");
	tx_clear(&g.tx);
	sim_close(&s);
}

/* The block that left comes back by itself: no new proof is needed, and the next reorganisation still finds the deposit. */
static void
a_block_comes_back(void)
{
	struct sim s;
	struct given g;
	size_t base, rival;

	sim_open(&s, deeper);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	rival = made_chain_mine_empty(&s.chain, base, 3);
	g.block = s.tip;
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, g.block, 3)), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, rival, 4)), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), 0);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* What was spent meanwhile is not there to freeze; the rest is given back, or burnt when no proof comes. */
static void
quarantine_freezes_what_is_there(void)
{
	struct peg_status st;
	struct sim s;
	struct given g;
	size_t base;

	sim_open(&s, deeper);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_mine(&s, 1);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 0, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 3)), "OK");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
	for (uint32_t i = 0; i < 11; i++)
		sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_DEAD);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &g.outpoint), "NO_PROOF");
	st = sim_status(&s);
	/* the payout's escrow is all that is left of the supply, and all of it is deficit */
	CU_ASSERT_EQUAL(amount_units(st.supply), COIN / 50);
	CU_ASSERT_EQUAL(amount_units(st.deficit), COIN / 50);
	CU_ASSERT_EQUAL(amount_units(st.fee_fund), 0);
	CU_ASSERT_EQUAL(st.state, PEG_PAUSED);
	/* DEAD is the end of it */
	g.block = made_chain_mine(&s.chain, s.tip, &g.tx, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, g.block), "OK");
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "DEPOSIT_KNOWN");
	tx_clear(&g.tx);
	sim_close(&s);
}

/* C3, D24: another transaction spends what the quarantined deposit's transaction spent. */
static void
c3_conflicting_spend(void)
{
	struct tx other;
	struct sim s;
	struct given g;
	size_t base, block;

	sim_open(&s, deeper);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_mine(&s, 1);
	other = tx_copy(&g.tx);
	other.out[0].value--;
	block = made_chain_mine(&s.chain, base, &other, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, block, 2)), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &g.outpoint, &other, block, 1), "BAD_PARENT");
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &g.outpoint, &g.tx, block, 0), "NO_CONFLICT");
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &g.outpoint, &g.tx, block, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &g.outpoint, &g.tx, block, 1), "ALREADY_KNOWN");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	sim_seal(&s);
	/* the branch that left is a rival still */
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_DEAD);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &g.outpoint), "CONFLICT");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), 0);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	tx_clear(&other);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* C20: another witness, the same txid: one claim. */
static void
c20_witness_changed(void)
{
	struct sim s;
	struct given g;
	size_t base;

	sim_open(&s, NULL);
	sim_mine(&s, 3);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	txin_add_witness(&g.tx.in[0], "other", 5);
	g.block = made_chain_mine(&s.chain, base, &g.tx, 1);
	g.block = made_chain_mine_empty(&s.chain, g.block, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, g.block), "OK");
	g.block = s.chain.b[g.block].parent;
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), COIN / 20);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* A deposit that would be reclaimable soon is not minted; the depositor takes it back. */
static void
late_and_reclaimed(void)
{
	struct outpoint one = { .index = 0 };
	struct tx back = { .version = 2 };
	struct sim s;
	struct given g, in_time;
	size_t block;

	sim_open(&s, NULL);
	g = sim_given(&s, COIN / 20);
	sim_mine(&s, 144 - 36 - 1);
	in_time = sim_given(&s, COIN / 20);
	/* 35 blocks are left for the first */
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	tx_clear(&g.tx);
	g = in_time;
	sim_mine(&s, 144 - 36 + 1);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_LATE);
	tx_add_in(&back, &g.outpoint, 144);
	tx_add_out(&back, COIN / 20 - 500, (const uint8_t *)"\x51", 1);
	sim_mine(&s, 36);
	block = sim_mine_tx(&s, &back);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &one, NULL, block, 1), "DOES_NOT_SPEND");
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &g.outpoint, NULL, block, 1), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_RECLAIMED);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &g.outpoint, NULL, block, 1), "ALREADY_KNOWN");
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "DEPOSIT_KNOWN");
	tx_clear(&back);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* D23: minted, then reclaimed by the depositor: quarantined when seen, given back when the reclaim is undone, DEAD at the
 * depth needed. */
static void
d23_minted_and_reclaimed(void)
{
	struct tx back = { .version = 2 };
	struct outpoint o;
	struct sim s;
	size_t base, block;

	sim_open(&s, deeper);
	o = sim_peg_in(&s, ALICE, COIN / 20);
	sim_mine(&s, 1);
	sim_mine(&s, 143);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	base = s.tip;
	tx_add_in(&back, &o, 144);
	tx_add_out(&back, COIN / 20 - 500, (const uint8_t *)"\x51", 1);
	block = sim_mine_tx(&s, &back);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &o, NULL, block, 1), "OK");
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_QUARANTINED);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &o), "RECLAIM_SEEN");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).reserve), 0);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_PAUSED);
	/* the reclaim's block leaves: everything as before */
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 2)), "OK");
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	sim_seal(&s);
	block = sim_mine_tx(&s, &back);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &o, NULL, block, 1), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_QUARANTINED);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_DEAD);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &o), "RECLAIMED");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), 0);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	tx_clear(&back);
	sim_close(&s);
}

/* D17: a spend of the reserve that is neither a plan's nor a reclaim: HALTED at once, until governance. */
static void
d17_unknown_spend_halts(void)
{
	struct tx theft = { .version = 2 };
	struct outpoint o, p;
	struct sim s;
	size_t block;

	sim_open(&s, NULL);
	o = sim_peg_in(&s, ALICE, COIN / 20);
	tx_add_in(&theft, &o, SEQUENCE_RBF);
	tx_add_out(&theft, COIN / 20 - 500, (const uint8_t *)"\x51", 1);
	block = sim_mine_tx(&s, &theft);
	CU_ASSERT_STRING_EQUAL(sim_spent(&s, &o, NULL, block, 1), "OK");
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_HALTED);
	CU_ASSERT_STRING_EQUAL(sim_status(&s).reason, "ALARM");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), COIN / 20);
	/* the customer is not to blame */
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 20000, 7), "PEG_HALTED");
	p = sim_peg_in(&s, BOB, COIN / 20);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &p), DEPOSIT_WAITING_CAP);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &p), "ALARM");
	sim_mine(&s, 5);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_HALTED);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), COIN / 20 - 1000);
	tx_clear(&theft);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "C1 reorged out", c1_reorged_out },
	{ "C2 mined again elsewhere", c2_mined_again_elsewhere },
	{ "a block comes back", a_block_comes_back },
	{ "quarantine freezes what is there", quarantine_freezes_what_is_there },
	{ "C3 conflicting spend", c3_conflicting_spend },
	{ "C20 witness changed", c20_witness_changed },
	{ "late, and reclaimed", late_and_reclaimed },
	{ "D23 minted and reclaimed", d23_minted_and_reclaimed },
	{ "D17 unknown spend halts", d17_unknown_spend_halts },
};

UNIT_MAIN("quarantine", tests)
