#include "bridge/peg/intent.h"

#include <string.h>

#include "bridge/peg/reserve.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static const char *
endorsed(struct sim *s, const struct deposit_terms *t, uint8_t member, unsigned signer)
{
	struct op_intent op = { .terms = *t, .mark = { .member = member, .counter = ++s->counter } };
	struct secret_key secret = test_secret(signer);
	struct hash256 message;
	struct wr w = { 0 };

	intent_message(&message, &s->genesis_id, &op);
	CU_ASSERT_FATAL(schnorr_sign(&op.mark.sig, &secret, &message, NULL));
	wr_op_intent(&w, &op);
	return sim_relay(s, PEG_INTENT, &w);
}

static const char *
paid(struct sim *s, const struct deposit_terms *t, unsigned who)
{
	struct wr w = { 0 };

	wr_op_intent_paid(&w, t);
	return sim_signed(s, who, PEG_INTENT_PAID, &w);
}

static size_t
watched(const struct sim *s)
{
	struct state_walk w;
	struct intent i;
	size_t n = 0;

	intent_walk(&w, sim_state(s));
	while (intent_walk_next(&w, &i))
		n++;
	return n;
}

static void
few(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "intents_max", 4) && peg_params_set(p, "intents_per_payer", 2));
}

static void
endorsed_and_paid(void)
{
	struct deposit_terms t;
	struct intent i;
	uint8_t script[P2TR_LEN];
	struct xonly_key key;
	struct sim s;

	sim_open(&s, NULL);
	t = sim_terms(&s, ALICE);
	/* D26: nobody has any coin yet */
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t, 1, 1), "OK");
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t, 1, 1), "INTENT_KNOWN");
	CU_ASSERT_STRING_EQUAL(paid(&s, &t, BOB), "INTENT_KNOWN");
	sim_address(script, &s, &t);
	memcpy(key.b, script + 2, 32);
	CU_ASSERT_FATAL(intent_get(&i, sim_state(&s), &key));
	CU_ASSERT(account_eq(&i.payer, &s.federation.member[1].account));
	CU_ASSERT_EQUAL(i.terms.nonce, t.nonce);
	CU_ASSERT_EQUAL(i.expires, 144);

	t = sim_terms(&s, ALICE);
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t, 1, 2), "MEMBER_SIGNATURE");
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t, 3, 3), "MEMBER_UNKNOWN");
	t.epoch = 1;
	CU_ASSERT_STRING_EQUAL(paid(&s, &t, BOB), "UNKNOWN_EPOCH");
	t.epoch = 0;
	memset(t.reclaim.b, 0xff, 32);
	CU_ASSERT_STRING_EQUAL(paid(&s, &t, BOB), "BAD_RECLAIM_KEY");
	t = sim_terms(&s, ALICE);
	t.account = peg_escrow();
	CU_ASSERT_STRING_EQUAL(paid(&s, &t, BOB), "BAD_ACCOUNT");
	CU_ASSERT_EQUAL(watched(&s), 1);
	sim_close(&s);
}

static void
quotas_renewal_expiry(void)
{
	struct deposit_terms t[6];
	struct sim s;

	sim_open(&s, few);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = sim_terms(&s, ALICE);
	CU_ASSERT_STRING_EQUAL(paid(&s, &t[0], BOB), "OK");
	sim_mine(&s, 10);
	CU_ASSERT_STRING_EQUAL(paid(&s, &t[1], BOB), "OK");
	CU_ASSERT_STRING_EQUAL(paid(&s, &t[2], BOB), "INTENT_QUOTA");
	CU_ASSERT_STRING_EQUAL(paid(&s, &t[2], ALICE), "OK");
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t[3], 0, 0), "OK");
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t[4], 0, 0), "INTENTS_FULL");
	sim_mine(&s, 62);
	/* half of its time is over: renewed, by whoever pays now */
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t[0], 1, 1), "OK");
	CU_ASSERT_STRING_EQUAL(endorsed(&s, &t[1], 1, 1), "INTENT_KNOWN");
	CU_ASSERT_EQUAL(watched(&s), 4);
	sim_mine(&s, 81);
	CU_ASSERT_EQUAL(watched(&s), 4);
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(watched(&s), 1);
	CU_ASSERT_STRING_EQUAL(paid(&s, &t[1], BOB), "OK");
	sim_mine(&s, 62);
	CU_ASSERT_EQUAL(watched(&s), 1);
	sim_mine(&s, 82);
	CU_ASSERT_EQUAL(watched(&s), 0);
	sim_close(&s);
}

static void
address_page(void)
{
	struct deposit_terms t;
	struct peg_address a;
	uint8_t script[P2TR_LEN];
	struct sim s;

	sim_open(&s, NULL);
	t = sim_terms(&s, ALICE);
	CU_ASSERT_PTR_NULL_FATAL(peg_address(&a, sim_state(&s), t));
	sim_address(script, &s, &t);
	CU_ASSERT_EQUAL(memcmp(script, a.script, P2TR_LEN), 0);
	CU_ASSERT_EQUAL(strncmp(a.text, "bcrt1p", 6), 0);
	CU_ASSERT_EQUAL(amount_units(a.minimum), COIN / 10000);
	CU_ASSERT_EQUAL(a.reclaim_delay, 144);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.descriptor, "older(144)"));
	peg_address_clear(&a);
	memset(t.reclaim.b, 0xff, 32);
	CU_ASSERT_PTR_NOT_NULL(peg_address(&a, sim_state(&s), t));
	peg_address_clear(&a);
	t = sim_terms(&s, ALICE);
	t.account = peg_escrow();
	CU_ASSERT_PTR_NOT_NULL(peg_address(&a, sim_state(&s), t));
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "endorsed and paid", endorsed_and_paid },
	{ "quotas, renewal, expiry", quotas_renewal_expiry },
	{ "the address page", address_page },
};

UNIT_MAIN("intent", tests)
