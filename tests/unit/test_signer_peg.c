/* The members' signers over the peg itself: what one makes the others agree to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/signer.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

#define SIGNERS 2

static char folder[] = "/tmp/tally-signer-peg-XXXXXX";
static struct sim sim;
static struct signer *signers[SIGNERS];
static struct wr order; /* the transaction of the last payout */

static void
log_path(char out[64], unsigned member)
{
	snprintf(out, 64, "%s/log%u", folder, member);
}

/* Members 0 and 1, with the federation of the state. */
static void
signers_open(void)
{
	struct signer_limits limits = signer_limits_default(&sim.params);

	for (unsigned m = 0; m < SIGNERS; m++) {
		struct secret_key secret = test_secret(m);
		struct signer_log *log;
		char path[64];
		const char *why;

		log_path(path, m);
		unlink(path);
		CU_ASSERT_FATAL(signer_log_open(&log, path) == SIGNER_LOG_OK);
		signers[m] = signer_new(&why, &sim.params, &sim.federation, &sim.genesis_id, &secret, &limits, log);
		CU_ASSERT_PTR_NOT_NULL_FATAL(signers[m]);
	}
}

static void
set_up(void)
{
	sim_open(&sim, NULL);
	sim_mine(&sim, 5);
	signers_open();
}

static void
tear_down(void)
{
	for (unsigned m = 0; m < SIGNERS; m++)
		signer_free(signers[m]);
	wr_clear(&order);
	sim_close(&sim);
}

/* As sim_payout(), keeping the transaction. */
static void
order_payout(unsigned who, uint64_t amount, uint8_t salt)
{
	uint8_t script[22];
	struct op_payout payout = { .script = script, .script_len = sizeof(script) };
	struct op op = { .number = PEG_PAYOUT, .source = test_account(who) };
	struct transaction t = { .valid_until = { INT64_MAX }, .payer = op.source, .ops = &op, .ops_n = 1 };
	struct wr payload = { 0 };

	sim_destination(script, salt);
	CU_ASSERT_FATAL(amount_from_units(&payout.amount, amount) && amount_from_units(&payout.max_fee, 50000));
	wr_op_payout(&payload, &payout);
	op.payload = payload.p;
	op.payload_len = payload.len;
	t.nonce = ledger_nonce(sim_state(&sim), &op.source);
	wr_reset(&order);
	test_transaction(&order, &t, &sim.genesis_id);
	CU_ASSERT_STRING_EQUAL(sim_signed(&sim, who, PEG_PAYOUT, &payload), "OK");
	sim_seal(&sim);
}

/* Have a signer answer; the answer is the caller's. */
static struct wr
ask(unsigned member, const struct wr *request)
{
	static const uint8_t aux[32];
	struct wr answer = { 0 };

	signer_handle(&answer, signers[member], request->p, request->len, (struct unixtime){ 1700000000 }, aux);
	return answer;
}

/* The request for a plan's newest version, as a daemon makes it from its state. */
static size_t
plan_request(struct wr *request, uint64_t plan)
{
	struct plan_sheet *sheet = mem_new(1, sizeof(*sheet));
	struct plan record = sim_plan_get(&sim, plan);
	struct signer_evidence evidence[1];
	struct transaction t;
	struct hash256 id;
	size_t n;

	CU_ASSERT_FATAL(peg_plan_sheet(sheet, sim_state(&sim), plan, record.versions - 1));
	CU_ASSERT_FATAL(sheet->pay_n <= 1);
	if (sheet->pay_n == 1) {
		struct payout p = sim_payout_get(&sim, sheet->pay[0].payout);

		CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&t, order.p, order.len));
		transaction_id(&id, &t);
		transaction_clear(&t);
		CU_ASSERT(hash256_eq(&p.origin, &id) && p.origin_op == 0);
		evidence[0] = (struct signer_evidence){ p.id, p.origin_op, order.p, order.len };
	}
	wr_signer_plan(request, sim_height(&sim), sheet, evidence, sheet->pay_n);
	n = sheet->in_n;
	free(sheet);
	return n;
}

/* Both sign, and the ledger takes their shares. */
static void
sign_plan(uint64_t plan)
{
	struct plan record = sim_plan_get(&sim, plan);
	struct wr request = { 0 };
	size_t n = plan_request(&request, plan);

	for (uint8_t m = 0; m < SIGNERS; m++) {
		struct wr answer = ask(m, &request), share = { 0 };
		const uint8_t *sigs;
		char reason[64];

		CU_ASSERT_FATAL(signer_sigs_answer(&sigs, n, reason, sizeof(reason), answer.p, answer.len));
		wr_op_sign(&share, plan, record.versions - 1, m, (const struct schnorr_sig *)sigs, n);
		CU_ASSERT_STRING_EQUAL(sim_relay(&sim, PEG_SIGN, &share), "OK");
		wr_clear(&answer);
	}
	wr_clear(&request);
	CU_ASSERT_EQUAL(sim_plan_get(&sim, plan).state, PLAN_SIGNED);
}

static void
mine_plan(uint64_t plan)
{
	struct plan record = sim_plan_get(&sim, plan);
	struct tx tx;
	size_t block;

	CU_ASSERT_FATAL(peg_plan_signed_tx(&tx, sim_state(&sim), plan, record.versions - 1));
	block = sim_mine_tx(&sim, &tx);
	tx_clear(&tx);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&sim, PEG_CONFIRM, plan, block, 1), "OK");
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(&sim, PEG_SETTLE, plan, block, 1), "OK");
	sim_seal(&sim);
	CU_ASSERT_EQUAL(sim_plan_get(&sim, plan).state, PLAN_SETTLED);
}

static void
a_sweep_and_a_payout_are_signed(void)
{
	set_up();
	sim_vote(&sim, 2000);
	sim_peg_in(&sim, ALICE, COIN / 20);
	order_payout(ALICE, COIN / 50, 7);
	CU_ASSERT_EQUAL(sim_plan_get(&sim, 1).kind, PLAN_SWEEP);
	sign_plan(1);
	mine_plan(1);
	CU_ASSERT_EQUAL(sim_plan_get(&sim, 2).kind, PLAN_PAYOUT);
	sign_plan(2);
	mine_plan(2);
	CU_ASSERT_EQUAL(sim_payout_get(&sim, 1).state, PAYOUT_PAID);
	tear_down();
}

/* What the peg makes of a plan that does not confirm is to a signer the same plan. */
static void
every_version_of_a_plan_is_signed(void)
{
	set_up();
	sim_vote(&sim, 2000);
	sim_peg_in(&sim, ALICE, COIN / 20);
	order_payout(ALICE, COIN / 50, 7);
	for (uint64_t plan = 1; plan <= 2; plan++) {
		sign_plan(plan);
		for (uint32_t versions = 2; versions <= 4; versions++) {
			for (size_t tries = 0; tries < 20 && sim_plan_get(&sim, plan).versions < versions; tries++)
				sim_mine(&sim, 1);
			CU_ASSERT_EQUAL_FATAL(sim_plan_get(&sim, plan).versions, versions);
			sign_plan(plan);
		}
		sim_vote(&sim, 2000); /* the last votes have grown old */
		mine_plan(plan);
	}
	tear_down();
}

static void
fee_votes_and_endorsements_are_taken(void)
{
	struct op_feerate vote = { .rate = 3000, .mark = { .member = 1, .counter = 1 } };
	struct op_intent intent = { .mark = { .member = 1, .counter = 1 } };
	struct wr request = { 0 }, answer, payload = { 0 };
	const uint8_t *sig;
	char reason[64];

	set_up();
	wr_signer_feerate(&request, 0, 1, 3000);
	answer = ask(1, &request);
	CU_ASSERT_FATAL(signer_sigs_answer(&sig, 1, reason, sizeof(reason), answer.p, answer.len));
	memcpy(vote.mark.sig.b, sig, 64);
	wr_op_feerate(&payload, &vote);
	CU_ASSERT_STRING_EQUAL(sim_relay(&sim, PEG_FEERATE, &payload), "OK");
	wr_clear(&answer);
	wr_reset(&request);
	intent.terms = sim_terms(&sim, BOB);
	wr_signer_intent(&request, 1, &intent.terms);
	answer = ask(1, &request);
	CU_ASSERT_FATAL(signer_sigs_answer(&sig, 1, reason, sizeof(reason), answer.p, answer.len));
	memcpy(intent.mark.sig.b, sig, 64);
	wr_op_intent(&payload, &intent);
	CU_ASSERT_STRING_EQUAL(sim_relay(&sim, PEG_INTENT, &payload), "OK");
	wr_clear(&answer);
	wr_clear(&request);
	tear_down();
}

static const struct unit_test tests[] = {
	{ "a sweep and a payout are signed", a_sweep_and_a_payout_are_signed },
	{ "every version of a plan is signed", every_version_of_a_plan_is_signed },
	{ "fee votes and endorsements are taken", fee_votes_and_endorsements_are_taken },
};

int
main(void)
{
	int result;
	char path[64];

	if (mkdtemp(folder) == NULL)
		return 1;
	result = unit_run("signer_peg", tests, ARRAY_LEN(tests));
	for (unsigned m = 0; m < SIGNERS; m++) {
		log_path(path, m);
		unlink(path);
	}
	rmdir(folder);
	return result;
}
