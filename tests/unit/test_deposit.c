#include "bridge/peg/deposit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

/* Depths 2, 4, 6 and a few blocks to start with, so that there is something between them. */
static void
deeper(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "depth_1", 2) && peg_params_set(p, "depth_2", 4) && peg_params_set(p, "depth_3", 6));
}

static void
tiers_of_depth(void)
{
	static const struct {
		uint64_t value;
		uint32_t depth;
	} rows[] = { { COIN / 10, 2 }, { COIN / 10 + 1, 4 }, { COIN, 4 }, { COIN + 1, 6 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim s;
		struct given g;

		sim_open(&s, deeper);
		g = sim_given(&s, rows[i].value);
		CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
		for (uint32_t depth = 1; depth < rows[i].depth; depth++) {
			CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_WAITING_DEPTH);
			CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &g.outpoint), "DEPTH");
			CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
			sim_mine(&s, 1);
		}
		/* minted in the sidechain block that brings the last needed header */
		CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
		CU_ASSERT_EQUAL(sim_balance(&s, ALICE), rows[i].value - 1000);
		tx_clear(&g.tx);
		sim_close(&s);
	}
}

/* C5: a live fork: mints wait and resume by themselves. */
static void
c5_mints_wait_for_a_live_fork(void)
{
	struct sim s;
	struct given g;
	size_t base, rival, tip;

	sim_open(&s, deeper);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	rival = made_chain_mine_empty(&s.chain, base, 1);
	tip = s.tip;
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	CU_ASSERT_EQUAL(s.tip, tip);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_WAITING_DEPTH);
	rival = made_chain_mine_empty(&s.chain, rival, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_WAITING_DEPTH);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	tx_clear(&g.tx);
	sim_close(&s);
}

static const char *
send_proof(struct sim *s, const struct deposit_terms *t, const struct txproof *p)
{
	struct op_deposit op = { .terms = *t };
	struct wr proof = { 0 }, w = { 0 };

	wr_txproof(&proof, p);
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_deposit(&w, &op);
	wr_clear(&proof);
	return sim_relay(s, PEG_DEPOSIT, &w);
}

/* C14, C15, C17, C18, C19: proofs that lie. */
static void
c14_to_c19_proofs_that_lie(void)
{
	struct sim s;
	struct given g;
	struct txproof p;
	struct tx none;
	struct wr w = { 0 };
	size_t side;

	sim_open(&s, NULL);
	sim_mine(&s, 2);
	side = made_chain_mine_empty(&s.chain, made_chain_at(&s.chain, s.tip, 1), 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, side), "OK");
	g = sim_given(&s, COIN / 20);
	txproof_make(&p, &s.chain.b[g.block].block, 1);

	p.block.b[5] ^= 1;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_UNKNOWN_BLOCK");
	p.block = s.chain.b[side].hash;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_NOT_BEST");
	p.block = s.chain.b[s.chain.b[g.block].parent].hash;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_BRANCH");
	p.block = s.chain.b[g.block].hash;
	p.branch[0].b[0] ^= 1;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_BRANCH");
	p.branch[0].b[0] ^= 1;
	p.coinbase_branch[0].b[0] ^= 1;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_COINBASE");
	p.coinbase_branch[0].b[0] ^= 1;
	p.index = 2;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_INDEX");
	p.index = 0;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_BRANCH");
	p.index = 1;
	p.tx.out[0].value++;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_BRANCH");
	p.tx.out[0].value--;
	/* a second transaction in the coinbase's place */
	none = p.coinbase;
	p.coinbase = p.tx;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_COINBASE");
	p.coinbase = none;
	/* C18: no branch at all */
	p.depth = 0;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "PROOF_BAD_INDEX");
	p.depth = 1;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &g.terms, &p), "OK");
	txproof_clear(&p);

	wr_deposit_terms(&w, &g.terms);
	wr_u32(&w, 0);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_DEPOSIT, &w), "PROOF_MALFORMED");
	tx_clear(&g.tx);
	sim_close(&s);
}

/* C17: each proof cut anywhere, or with a byte more, is refused. */
static void
c17_proofs_cut_anywhere(void)
{
	struct op_deposit op = { .index = 0 };
	struct wr proof = { 0 }, w = { 0 };
	struct sim s;
	struct given g;

	sim_open(&s, NULL);
	g = sim_given(&s, COIN / 20);
	op.terms = g.terms;
	made_chain_proof(&proof, &s.chain, g.block, 1);
	op.proof = proof.p;
	for (op.proof_len = 0; op.proof_len < proof.len; op.proof_len += 7) {
		wr_op_deposit(&w, &op);
		CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_DEPOSIT, &w), "PROOF_MALFORMED");
	}
	wr_u8(&proof, 0);
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_deposit(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_DEPOSIT, &w), "PROOF_MALFORMED");
	wr_clear(&proof);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* C14: a transaction of 64 bytes never proves anything. */
static void
c14_64_byte_transaction(void)
{
	struct tx tx = made_payment(1, COIN, (const uint8_t *)"\x51\x51\x51\x51", 4);
	struct deposit_terms t;
	struct sim s;
	size_t block;

	sim_open(&s, NULL);
	t = sim_terms(&s, ALICE);
	CU_ASSERT_EQUAL_FATAL(tx_stripped_size(&tx), 64);
	block = sim_mine_tx(&s, &tx);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, block, 1, 0), "PROOF_MALFORMED");
	tx_clear(&tx);
	sim_close(&s);
}

/* C21: a deposit that a coinbase makes needs depth 100. */
static void
c21_coinbase_deposit(void)
{
	uint8_t script[P2TR_LEN];
	struct deposit_terms t;
	struct outpoint o = { .index = 0 };
	struct sim s;
	size_t block;

	sim_open(&s, NULL);
	t = sim_terms(&s, ALICE);
	sim_address(script, &s, &t);
	block = made_chain_mine_coinbase(&s.chain, s.tip, COIN / 20, script, sizeof(script));
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, block), "OK");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, block, 0, 0), "OK");
	tx_txid(&o.txid, &s.chain.b[block].block.tx[0]);
	sim_mine(&s, 98);
	CU_ASSERT_EQUAL(peg_block_depth(sim_state(&s), &s.chain.b[block].hash), 99);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_WAITING_DEPTH);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o), DEPOSIT_MINTED);
	sim_close(&s);
}

/* D1: the same outpoint twice: in one block of the sidechain, in the next, after everything. */
static void
d1_same_outpoint_twice(void)
{
	struct tx tx;
	uint8_t script[P2TR_LEN];
	struct outpoint o = { .index = 1 };
	struct sim s;
	struct given g;

	sim_open(&s, NULL);
	g = sim_given(&s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 0), "OK");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 0), "DEPOSIT_KNOWN");
	sim_seal(&s);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 0), "DEPOSIT_KNOWN");
	sim_mine(&s, 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "DEPOSIT_KNOWN");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), COIN / 20);
	tx_clear(&g.tx);

	/* two outputs of one transaction to one address are two deposits */
	g.terms = sim_terms(&s, BOB);
	sim_address(script, &s, &g.terms);
	tx = sim_deposit_tx(&s, &g.terms, COIN / 20);
	tx_add_out(&tx, COIN / 25, script, sizeof(script));
	tx_txid(&o.txid, &tx);
	g.block = sim_mine_tx(&s, &tx);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 0), "OK");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 2), "NO_SUCH_OUTPUT");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_balance(&s, BOB), COIN / 20 + COIN / 25 - 2000);
	tx_clear(&tx);
	sim_close(&s);
}

/* D2: amounts off, dust, absurd; a poison item stops nobody. */
static void
d2_amounts(void)
{
	static const struct {
		uint64_t value;
		const char *answer;
		enum deposit_state state;
	} rows[] = {
		{ 0, "OK", DEPOSIT_BELOW_MIN },
		{ 1, "OK", DEPOSIT_BELOW_MIN },
		{ COIN / 10000 - 1, "OK", DEPOSIT_BELOW_MIN },
		{ COIN / 10000, "OK", DEPOSIT_MINTED },
		{ COIN_MAX + 1, "BAD_VALUE", DEPOSIT_DEAD },
		{ (uint64_t)1 << 63, "BAD_VALUE", DEPOSIT_DEAD },
		{ UINT64_MAX, "BAD_VALUE", DEPOSIT_DEAD },
	};
	struct sim s;

	sim_open(&s, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct given g = sim_given(&s, rows[i].value);

		CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), rows[i].answer);
		CU_ASSERT_EQUAL(sim_given_known(&s, &g), rows[i].answer[0] == 'O');
		if (sim_given_known(&s, &g))
			CU_ASSERT_EQUAL(sim_given_state(&s, &g), rows[i].state);
		tx_clear(&g.tx);
	}
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), COIN / 10000);
	sim_close(&s);
}

static void
foreign_terms_are_refused(void)
{
	struct deposit_terms t;
	struct sim s;
	struct given g;

	sim_open(&s, NULL);
	g = sim_given(&s, COIN / 20);
	t = g.terms;
	t.nonce++;
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, g.block, 1, 0), "NOT_THE_ADDRESS");
	t = g.terms;
	t.account = test_account(BOB);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, g.block, 1, 0), "NOT_THE_ADDRESS");
	t = g.terms;
	t.epoch = 1;
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, g.block, 1, 0), "UNKNOWN_EPOCH");
	t = g.terms;
	memset(t.reclaim.b, 0xff, 32);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, g.block, 1, 0), "BAD_RECLAIM_KEY");
	t = g.terms;
	t.account = peg_escrow();
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t, g.block, 1, 0), "BAD_ACCOUNT");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 1, 1), "NO_SUCH_OUTPUT");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &g.terms, g.block, 0, 0), "NOT_THE_ADDRESS");
	tx_clear(&g.tx);
	sim_close(&s);
}

static void
capped(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "deposit_max", COIN / 10) && peg_params_set(p, "supply_cap", COIN / 5));
	CU_ASSERT(peg_params_set(p, "inflow_cap", COIN / 5) && peg_params_set(p, "cap_window", 10));
}

/* D18: caps reached exactly, by one satoshi more, by two deposits of one block. */
static void
d18_caps(void)
{
	struct deposit_terms t[2];
	struct outpoint o[2] = { { .index = 0 }, { .index = 0 } };
	struct tx tx[2];
	struct sim s;
	struct given over;
	size_t block;

	sim_open(&s, capped);
	over = sim_given(&s, COIN / 10 + 1);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &over), "OK");
	sim_mine(&s, 3);
	CU_ASSERT_EQUAL(sim_given_state(&s, &over), DEPOSIT_WAITING_CAP);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &over.outpoint), "DEPOSIT_CAP");
	tx_clear(&over.tx);

	(void)sim_peg_in(&s, ALICE, COIN / 10);
	for (size_t i = 0; i < 2; i++) {
		t[i] = sim_terms(&s, BOB);
		tx[i] = sim_deposit_tx(&s, &t[i], COIN / 10);
		tx_txid(&o[i].txid, &tx[i]);
	}
	block = made_chain_mine(&s.chain, s.tip, tx, 2);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, block), "OK");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t[0], block, 1, 0), "OK");
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t[1], block, 2, 0), "OK");
	/* the first reaches the cap exactly, the second waits */
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[0]), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[1]), DEPOSIT_WAITING_CAP);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &o[1]), "SUPPLY_CAP");
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), COIN / 5);
	sim_mine(&s, 20);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[1]), DEPOSIT_WAITING_CAP);
	tx_clear(&tx[0]);
	tx_clear(&tx[1]);
	sim_close(&s);
}

static void
small_inflow(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "inflow_cap", COIN / 10) && peg_params_set(p, "deposit_max", COIN / 10));
	CU_ASSERT(peg_params_set(p, "cap_window", 10));
}

static void
inflow_window_rolls(void)
{
	struct outpoint a, b;
	struct sim s;
	uint32_t minted_at;

	sim_open(&s, small_inflow);
	a = sim_peg_in(&s, ALICE, COIN / 10);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &a), DEPOSIT_MINTED);
	minted_at = sim_height(&s);
	b = sim_peg_in(&s, ALICE, COIN / 1000);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b), DEPOSIT_WAITING_CAP);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &b), "INFLOW_CAP");
	while (sim_height(&s) < minted_at + 9)
		sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b), DEPOSIT_WAITING_CAP);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b), DEPOSIT_MINTED);
	sim_close(&s);
}

/* D22: splitting a deposit gains nothing: the sum minted at little depth is bounded. */
static void
sums(struct peg_params *p, struct federation *f)
{
	deeper(p, f);
	CU_ASSERT(peg_params_set(p, "shallow_cap_1", COIN / 5) && peg_params_set(p, "shallow_cap_2", COIN / 2));
}

static void
d22_split_deposits(void)
{
	struct deposit_terms t[6];
	struct outpoint o[6];
	struct tx tx[6];
	struct sim s;
	size_t block, minted = 0;

	sim_open(&s, sums);
	for (size_t i = 0; i < 6; i++) {
		t[i] = sim_terms(&s, ALICE);
		tx[i] = sim_deposit_tx(&s, &t[i], COIN / 10);
		o[i].index = 0;
		tx_txid(&o[i].txid, &tx[i]);
	}
	block = made_chain_mine(&s.chain, s.tip, tx, 6);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, block), "OK");
	for (size_t i = 0; i < 6; i++)
		CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &t[i], block, i + 1, 0), "OK");
	sim_seal(&s);
	sim_mine(&s, 1); /* depth 2: enough for each alone, for two of them in sum */
	for (size_t i = 0; i < 6; i++)
		minted += sim_deposit_state(&s, &o[i]) == DEPOSIT_MINTED;
	CU_ASSERT_EQUAL(minted, 2);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &o[5]), "SHALLOW_SUM");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[2]), DEPOSIT_WAITING_DEPTH);
	sim_mine(&s, 1); /* depth 4: the next bound, five in all */
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[2]), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[4]), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[5]), DEPOSIT_WAITING_DEPTH);
	sim_mine(&s, 2); /* depth 6: no bound any more */
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &o[5]), DEPOSIT_MINTED);
	for (size_t i = 0; i < 6; i++)
		tx_clear(&tx[i]);
	sim_close(&s);
}

/* A deposit waits and becomes late waiting. */
static void
waits_until_late(void)
{
	struct sim s;
	struct given g;

	sim_open(&s, capped);
	g = sim_given(&s, COIN / 5);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_mine(&s, 144 - 36);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_WAITING_CAP);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_LATE);
	tx_clear(&g.tx);
	sim_close(&s);
}

static const uint8_t true_challenge[] = { 0x51 };
static struct chain_params own;

static void
on_a_signet(struct peg_params *p, struct federation *f)
{
	(void)f;
	own = *p->chain;
	own.name = "own";
	own.signet_challenge = true_challenge;
	own.signet_challenge_len = 1;
	chain_params_add(&own);
	p->chain = &own;
	p->stale_after = 86400;
	p->header_maturity = 1;
	p->headers_keep = p->reclaim_delay + 2 * RETARGET_INTERVAL + p->fork_max;
}

/* Work alone makes no block of a signet: here the blocks lack the witness commitment that even a trivial challenge wants. */
static void
proofs_of_a_signet(void)
{
	struct deposit_terms terms = { 0 };
	struct outpoint prevout = { .index = 3 };
	struct tx tx = { .version = 2 };
	struct txproof p;
	struct sim s;
	size_t block;

	sim_open(&s, on_a_signet);
	tx_add_in(&tx, &prevout, SEQUENCE_FINAL);
	tx_add_out(&tx, COIN / 20, true_challenge, 1);
	block = made_chain_mine(&s.chain, s.tip, &tx, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, block), "OK");
	txproof_make(&p, &s.chain.b[block].block, 1);
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &terms, &p), "PROOF_BAD_SIGNET");
	/* a lie is still found first */
	p.tx.out[0].value++;
	CU_ASSERT_STRING_EQUAL(send_proof(&s, &terms, &p), "PROOF_BAD_BRANCH");
	txproof_clear(&p);
	tx_clear(&tx);
	sim_close(&s);
	chain_params_add(NULL);
}

static const struct unit_test tests[] = {
	{ "tiers of depth", tiers_of_depth },
	{ "C5 mints wait for a live fork", c5_mints_wait_for_a_live_fork },
	{ "C14 to C19 proofs that lie", c14_to_c19_proofs_that_lie },
	{ "proofs of a signet", proofs_of_a_signet },
	{ "C17 proofs cut anywhere", c17_proofs_cut_anywhere },
	{ "C14 a transaction of 64 bytes", c14_64_byte_transaction },
	{ "C21 coinbase deposit", c21_coinbase_deposit },
	{ "D1 same outpoint twice", d1_same_outpoint_twice },
	{ "D2 amounts", d2_amounts },
	{ "foreign terms are refused", foreign_terms_are_refused },
	{ "D18 caps", d18_caps },
	{ "inflow window rolls", inflow_window_rolls },
	{ "D22 split deposits", d22_split_deposits },
	{ "waits until late", waits_until_late },
};

UNIT_MAIN("deposit", tests)
