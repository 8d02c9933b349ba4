#include "token/transaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static const struct hash256 genesis = { { 0x67 } };

/* Payer 0; operations of 1, 0 and 1 again: two signers. */
static struct transaction
sample(struct op ops[3])
{
	struct transaction t = { .valid_until = { 1700000000 }, .payer = test_account(0), .nonce = 7, .ops = ops, .ops_n = 3 };

	ops[0] = (struct op){ 0x0102, test_account(1), (const uint8_t *)"abc", 3 };
	ops[1] = (struct op){ 1, test_account(0), (const uint8_t *)"", 0 };
	ops[2] = (struct op){ 0xffff, test_account(1), (const uint8_t *)"d", 1 };
	CU_ASSERT(amount_from_units(&t.fee, 123));
	return t;
}

static void
round_trip_and_two_signers(void)
{
	struct op ops[3];
	struct transaction t = sample(ops), u;
	struct account signers[4];
	struct wr w = { 0 }, again = { 0 };
	struct hash256 id, want;

	test_transaction(&w, &t, &genesis);
	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&u, w.p, w.len));
	CU_ASSERT(!u.relay && u.nonce == 7 && u.valid_until.sec == 1700000000 && amount_units(u.fee) == 123 && u.ops_n == 3);
	CU_ASSERT(account_eq(&u.payer, &t.payer) && u.ops[0].number == 0x0102 && u.ops[0].payload_len == 3);
	CU_ASSERT(memcmp(u.ops[0].payload, "abc", 3) == 0 && account_eq(&u.ops[2].source, &ops[0].source));
	CU_ASSERT_EQUAL(u.witness_len, 128);
	wr_transaction_body(&again, &u);
	CU_ASSERT(again.len == u.body_len && memcmp(again.p, u.body, again.len) == 0);
	CU_ASSERT_EQUAL(transaction_signers(signers, &u), 2);
	CU_ASSERT(account_eq(&signers[0], &t.payer) && account_eq(&signers[1], &ops[0].source));
	CU_ASSERT_PTR_NULL(transaction_verify(&u, &genesis));
	transaction_id(&id, &u);
	sha256_tagged(&want, "tally/txid", w.p, u.body_len);
	CU_ASSERT(hash256_eq(&id, &want));
	transaction_clear(&u);
	wr_clear(&again);
	wr_clear(&w);
}

static void
every_truncation_is_refused(void)
{
	struct op ops[3];
	struct transaction t = sample(ops), u;
	struct wr w = { 0 };

	test_transaction(&w, &t, &genesis);
	for (size_t cut = 0; cut < w.len; cut++) {
		uint8_t *exact = mem_dup(w.p, cut); /* so that a sanitizer sees each byte read too far */

		if (transaction_decode(&u, exact, cut) == NULL) {
			CU_ASSERT(cut >= w.len - 128);
			CU_ASSERT_STRING_EQUAL(transaction_verify(&u, &genesis), "BAD_WITNESS");
			transaction_clear(&u);
		}
		free(exact);
	}
	wr_u8(&w, 0);
	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&u, w.p, w.len));
	CU_ASSERT_STRING_EQUAL(transaction_verify(&u, &genesis), "BAD_WITNESS");
	transaction_clear(&u);
	wr_clear(&w);
}

/* Whatever byte is changed, the transaction doesn't pass any more. */
static void
every_change_breaks_it(void)
{
	struct op ops[3];
	struct transaction t = sample(ops), u;
	struct wr w = { 0 };

	test_transaction(&w, &t, &genesis);
	for (size_t i = 0; i < w.len; i++) {
		w.p[i] = (uint8_t)(w.p[i] ^ 1 << i % 8);
		if (transaction_decode(&u, w.p, w.len) == NULL) {
			CU_ASSERT_PTR_NOT_NULL(transaction_verify(&u, &genesis));
			transaction_clear(&u);
		}
		w.p[i] = (uint8_t)(w.p[i] ^ 1 << i % 8);
	}
	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&u, w.p, w.len));
	CU_ASSERT_STRING_EQUAL(transaction_verify(&u, &u.payer.id), "BAD_SIGNATURE"); /* another chain */
	transaction_clear(&u);
	wr_clear(&w);
}

static void
relay_transactions(void)
{
	struct op op = { .number = 0x0301, .payload = (const uint8_t *)"xyz", .payload_len = 3 };
	struct transaction t = { .relay = true, .ops = &op, .ops_n = 1 }, u;
	static const uint8_t want[] = { 2, 1, 3, 3, 'x', 'y', 'z' };
	struct account none[2];
	struct wr w = { 0 };

	wr_transaction_body(&w, &t);
	CU_ASSERT(w.len == sizeof(want) && memcmp(w.p, want, w.len) == 0);
	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&u, w.p, w.len));
	CU_ASSERT(u.relay && u.ops_n == 1 && u.ops->number == 0x0301 && u.ops->payload_len == 3 && u.body_len == w.len);
	CU_ASSERT_PTR_NULL(transaction_verify(&u, &genesis));
	CU_ASSERT_EQUAL(transaction_signers(none, &u), 0);
	transaction_clear(&u);
	for (size_t cut = 0; cut < w.len; cut++)
		CU_ASSERT_PTR_NOT_NULL(transaction_decode(&u, w.p, cut));
	wr_u8(&w, 0);
	CU_ASSERT_STRING_EQUAL(transaction_decode(&u, w.p, w.len), "BAD_ENCODING");
	wr_clear(&w);
}

static const char *
refusal(const struct transaction *t)
{
	struct transaction u;
	struct wr w = { 0 };
	const char *why;

	wr_transaction_body(&w, t);
	why = transaction_decode(&u, w.p, w.len);
	if (why == NULL)
		transaction_clear(&u);
	wr_clear(&w);
	return why ? why : "OK";
}

static void
each_refusal_has_its_name(void)
{
	struct op ops[3], *many = mem_new(TRANSACTION_OPS_MAX + 1, sizeof(*many));
	struct transaction t = sample(ops), u;
	uint8_t *big = mem_new(TRANSACTION_BYTES_MAX + 1, 1);

	for (size_t i = 0; i <= TRANSACTION_OPS_MAX; i++)
		many[i] = ops[1];
	CU_ASSERT_STRING_EQUAL(refusal(&t), "OK");
	t.ops_n = 0;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "NO_OPERATIONS");
	t.ops = many;
	t.ops_n = TRANSACTION_OPS_MAX;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "OK");
	t.ops_n++;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "TOO_MANY_OPERATIONS");
	t = sample(ops);
	t.payer.type = ACCOUNT_MODULE;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "MODULE_ACCOUNT");
	t.payer.type = 3;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "BAD_ENCODING");
	t = sample(ops);
	ops[2].source.type = ACCOUNT_MODULE;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "MODULE_ACCOUNT");
	ops[2].source.type = 9;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "BAD_ENCODING");
	t = sample(ops);
	ops[0].payload = big;
	ops[0].payload_len = TRANSACTION_BYTES_MAX - 200;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "OK");
	ops[0].payload_len = TRANSACTION_BYTES_MAX;
	CU_ASSERT_STRING_EQUAL(refusal(&t), "TOO_LARGE");
	CU_ASSERT_STRING_EQUAL(transaction_decode(&u, "", 0), "BAD_ENCODING");
	CU_ASSERT_STRING_EQUAL(transaction_decode(&u, "\3", 1), "BAD_VERSION");
	CU_ASSERT_STRING_EQUAL(transaction_decode(&u, "\0", 1), "BAD_VERSION");
	free(big);
	free(many);
}

/* A 2-of-3 account pays; the keys sorted, numbers 0..2 of `order`. */
static void
policy_body(struct wr *w, unsigned order[3], struct xonly_key keys[3], struct op *op)
{
	struct transaction t = { .payer = { .type = ACCOUNT_POLICY }, .ops = op, .ops_n = 1 };

	for (unsigned i = 0; i < 3; i++)
		order[i] = i;
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = i + 1; j < 3; j++) {
			struct xonly_key a = test_key(order[i]), b = test_key(order[j]);

			if (xonly_cmp(&a, &b) > 0) {
				unsigned swap = order[i];

				order[i] = order[j];
				order[j] = swap;
			}
		}
		keys[i] = test_key(order[i]);
	}
	CU_ASSERT(account_from_policy(&t.payer, 2, keys, 3));
	*op = (struct op){ .number = 1, .source = t.payer, .payload = (const uint8_t *)"" };
	wr_transaction_body(w, &t);
}

static const char *
policy_verdict(uint8_t k, uint8_t n, uint8_t bitmap, const unsigned *by, size_t by_n, bool extra)
{
	struct xonly_key keys[3];
	unsigned order[3];
	struct transaction u;
	struct hash256 message;
	struct op op;
	struct wr w = { 0 };
	const char *why;

	policy_body(&w, order, keys, &op);
	transaction_sighash(&message, w.p, w.len, &genesis);
	wr_u8(&w, k);
	wr_u8(&w, n);
	for (size_t i = 0; i < n; i++)
		wr_xonly(&w, &keys[i % 3]);
	wr_u8(&w, bitmap);
	for (size_t i = 0; i < by_n; i++)
		test_sign(&w, order[by[i]], &message);
	if (extra)
		wr_u8(&w, 0);
	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&u, w.p, w.len));
	why = transaction_verify(&u, &genesis);
	transaction_clear(&u);
	wr_clear(&w);
	return why ? why : "OK";
}

static void
policies_need_exactly_k_signatures_of_theirs(void)
{
	static const unsigned by01[] = { 0, 1 }, by02[] = { 0, 2 }, by20[] = { 2, 0 }, by012[] = { 0, 1, 2 };

	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 3, by01, 2, false), "OK");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 5, by02, 2, false), "OK");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 5, by20, 2, false), "BAD_SIGNATURE");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 5, by01, 2, false), "BAD_SIGNATURE");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 1, by01, 1, false), "BAD_WITNESS");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 7, by012, 3, false), "BAD_WITNESS");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 0x0a, by01, 2, false), "BAD_WITNESS"); /* a bit past the last key */
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 3, by01, 1, false), "BAD_WITNESS");
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 3, 3, by01, 2, true), "BAD_WITNESS");
	CU_ASSERT_STRING_EQUAL(policy_verdict(1, 3, 1, by01, 1, false), "BAD_POLICY"); /* not this account's policy */
	CU_ASSERT_STRING_EQUAL(policy_verdict(2, 2, 3, by01, 2, false), "BAD_POLICY");
	CU_ASSERT_STRING_EQUAL(policy_verdict(0, 0, 0, NULL, 0, false), "BAD_POLICY");
	CU_ASSERT_STRING_EQUAL(policy_verdict(17, 17, 0xff, NULL, 0, false), "BAD_WITNESS");
}

static const struct unit_test tests[] = {
	{ "round trip and two signers", round_trip_and_two_signers },
	{ "every truncation is refused", every_truncation_is_refused },
	{ "every change breaks it", every_change_breaks_it },
	{ "relay transactions", relay_transactions },
	{ "each refusal has its name", each_refusal_has_its_name },
	{ "policies need exactly k signatures of theirs", policies_need_exactly_k_signatures_of_theirs },
};

UNIT_MAIN("transaction", tests)
