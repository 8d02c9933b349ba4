/* The peg's examples of doc/formats.md, checked by the code that the daemon runs. */
#include <stdio.h>
#include <string.h>

#include "bridge/peg/plan_tx.h"
#include "tests/unit/formats_page.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static struct deposit_terms
terms(void)
{
	return (struct deposit_terms){ .account = test_account(0), .reclaim = test_key(4), .nonce = 9 };
}

static void
addresses(void)
{
	struct federation f = { .k = 2, .n = 3, .r = 1, .recovery_n = 1 };
	struct hash256 chain = example_hash("genesis-id");
	struct deposit_terms t = terms();
	uint8_t script[P2TR_LEN];
	struct xonly_key key;
	struct peg_params p;
	struct vault v;
	struct wr w = { 0 };

	peg_params_default(&p, chain_params_find("regtest"));
	for (unsigned i = 0; i < 3; i++)
		f.member[i].key = test_key(i);
	f.recovery[0] = test_key(5);
	wr_deposit_terms(&w, &t);
	same("peg-terms", w.p, w.len);
	wr_clear(&w);
	CU_ASSERT_FATAL(deposit_internal_key(&key, &chain, &t));
	same("peg-internal-key", key.b, sizeof(key.b));
	CU_ASSERT_FATAL(vault_init(&v, &f, &p, &chain));
	CU_ASSERT(deposit_script(script, NULL, &v, &t));
	same("peg-deposit-script", script, sizeof(script));
	same("peg-vault-script", v.script, sizeof(v.script));
	vault_clear(&v);
}

static void
anchor(void)
{
	uint8_t script[PLAN_ANCHOR_LEN];
	struct hash256 app;

	for (size_t i = 0; i < sizeof(app.b); i++)
		app.b[i] = (uint8_t)i;
	plan_anchor_script(script, 77, &app);
	same("peg-anchor-script", script, sizeof(script));
}

static void
check(const char *name, struct wr *w)
{
	same(name, w->p, w->len);
	wr_clear(w);
}

static void
operations(void)
{
	struct hash256 chain = example_hash("genesis-id"), message;
	struct member_mark mark = { .member = 1, .counter = 4 };
	struct op_feerate rate = { .rate = 2500, .mark = mark };
	struct op_intent intent = { .terms = terms(), .mark = mark };
	struct secret_key secret = test_secret(1);
	uint8_t script[22] = { 0, 20 };
	struct op_payout payout = { .script = script, .script_len = sizeof(script) };
	uint8_t aux[32] = { 0 };
	struct wr w = { 0 };

	for (size_t i = 0; i < 20; i++)
		script[2 + i] = (uint8_t)i;
	CU_ASSERT(amount_from_units(&payout.amount, 200000) && amount_from_units(&payout.max_fee, 3000));
	wr_op_payout(&w, &payout);
	check("op-payout", &w);

	feerate_message(&message, &chain, &rate);
	same("feerate-message", message.b, sizeof(message.b));
	CU_ASSERT(schnorr_sign(&rate.mark.sig, &secret, &message, aux));
	wr_op_feerate(&w, &rate);
	check("op-feerate", &w);

	intent_message(&message, &chain, &intent);
	same("intent-message", message.b, sizeof(message.b));
	CU_ASSERT(schnorr_sign(&intent.mark.sig, &secret, &message, aux));
	wr_op_intent(&w, &intent);
	check("op-intent", &w);

	guardian_message(&message, &chain, &mark);
	same("guardian-message", message.b, sizeof(message.b));
	CU_ASSERT(schnorr_sign(&mark.sig, &secret, &message, aux));
	wr_op_guardian(&w, &mark);
	check("op-guardian-pause", &w);
}

static const struct unit_test tests[] = {
	{ "addresses", addresses },
	{ "anchor", anchor },
	{ "operations", operations },
};

int
main(void)
{
	int failed;

	if (!page_load()) {
		printf("test_peg_formats: can't read doc/formats.md\n");
		return 1;
	}
	failed = unit_run("peg_formats", tests, ARRAY_LEN(tests));
	page_free();
	return failed;
}
