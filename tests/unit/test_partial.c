#include "token/partial.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static const struct hash256 genesis = { { 0x67 } }, other_chain = { { 0x68 } };

/* Key numbers 0, 1, 2 in the order of their keys, and the 2-of-3 account of them. */
struct trio {
	unsigned order[3];
	struct xonly_key keys[3];
	struct account account;
};

static struct trio
trio(void)
{
	struct trio t = { .order = { 0, 1, 2 } };

	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = i + 1; j < 3; j++) {
			struct xonly_key a = test_key(t.order[i]), b = test_key(t.order[j]);

			if (xonly_cmp(&a, &b) > 0) {
				unsigned swap = t.order[i];

				t.order[i] = t.order[j];
				t.order[j] = swap;
			}
		}
		t.keys[i] = test_key(t.order[i]);
	}
	CU_ASSERT(account_from_policy(&t.account, 2, t.keys, 3));
	return t;
}

/* The trio pays for operations of account 5, of itself and of account 0, which has a key of the trio. */
static struct partial
sample(uint64_t nonce)
{
	struct trio three = trio();
	struct op ops[3] = {
		{ 1, test_account(5), (const uint8_t *)"abc", 3 },
		{ 2, three.account, (const uint8_t *)"", 0 },
		{ 3, test_account(0), (const uint8_t *)"d", 1 },
	};
	struct transaction t = { .payer = three.account, .nonce = nonce, .ops = ops, .ops_n = 3 };
	struct partial p;
	struct wr w = { 0 };

	wr_transaction_body(&w, &t);
	CU_ASSERT_PTR_NULL_FATAL(partial_from_transaction(&p, w.p, w.len, &genesis));
	wr_clear(&w);
	return p;
}

static bool
add(struct partial *p, unsigned n)
{
	struct secret_key secret = test_secret(n);
	struct xonly_key key = test_key(n);
	struct schnorr_sig sig;

	CU_ASSERT(schnorr_sign(&sig, &secret, &p->message, NULL));
	return partial_add(p, &key, &sig);
}

static bool
know(struct partial *p)
{
	struct trio t = trio();

	return partial_know_policy(p, &t.account, 2, t.keys, 3);
}

static const char *
decode(const void *bytes, size_t len)
{
	uint8_t *exact = mem_dup(bytes, len); /* so that a sanitizer sees each byte read too far */
	struct partial p;
	const char *why = partial_decode(&p, exact, len);

	if (why == NULL)
		partial_clear(&p);
	free(exact);
	return why != NULL ? why : "OK";
}

/* The bytes come back the same; every shorter and every longer form is refused. */
static void
round_trip(const struct partial *p)
{
	struct wr w = { 0 }, again = { 0 };
	struct partial back;

	wr_partial(&w, p);
	CU_ASSERT(partial_is(w.p, w.len));
	CU_ASSERT_PTR_NULL_FATAL(partial_decode(&back, w.p, w.len));
	CU_ASSERT_PTR_NULL(partial_verify(&back));
	CU_ASSERT_EQUAL(partial_is_complete(&back), partial_is_complete(p));
	wr_partial(&again, &back);
	CU_ASSERT(w.len == again.len && memcmp(w.p, again.p, w.len) == 0);
	partial_clear(&back);
	for (size_t cut = 0; cut < w.len; cut++)
		CU_ASSERT_STRING_NOT_EQUAL(decode(w.p, cut), "OK");
	wr_u8(&w, 0);
	CU_ASSERT_STRING_EQUAL(decode(w.p, w.len), "BAD_ENCODING");
	wr_clear(&w);
	wr_clear(&again);
}

static void
from_nothing_to_finished(void)
{
	struct partial p = sample(7), back;
	struct wr w = { 0 };
	struct transaction t;

	CU_ASSERT_EQUAL(p.parts_n, 3);
	round_trip(&p);
	CU_ASSERT(!add(&p, 1)); /* nobody knows yet that this key counts */
	CU_ASSERT(add(&p, 5));
	round_trip(&p);
	CU_ASSERT(know(&p));
	round_trip(&p);
	CU_ASSERT(add(&p, 0)); /* for the trio and for account 0 at once */
	CU_ASSERT(!add(&p, 0) && !add(&p, 7));
	CU_ASSERT(p.parts[2].has[0] && partial_part_signed(&p.parts[0]) == 1 && !partial_is_complete(&p));
	round_trip(&p);
	CU_ASSERT(add(&p, 2));
	CU_ASSERT(partial_is_complete(&p) && !add(&p, 1)); /* two are enough */
	round_trip(&p);
	wr_partial_transaction(&w, &p);
	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&t, w.p, w.len));
	CU_ASSERT_PTR_NULL(transaction_verify(&t, &genesis));
	transaction_clear(&t);
	CU_ASSERT_PTR_NULL_FATAL(partial_from_transaction(&back, w.p, w.len, &genesis));
	CU_ASSERT(partial_is_complete(&back) && partial_verify(&back) == NULL);
	partial_clear(&back);
	for (size_t cut = p.body.len + 1; cut < w.len; cut++)
		CU_ASSERT_PTR_NOT_NULL(partial_from_transaction(&back, w.p, cut, &genesis));
	wr_u8(&w, 0);
	CU_ASSERT_STRING_EQUAL(partial_from_transaction(&back, w.p, w.len, &genesis), "BAD_WITNESS");
	wr_clear(&w);
	partial_clear(&p);
}

static void
wrong_signatures_are_not_taken(void)
{
	struct secret_key secret = test_secret(5);
	struct xonly_key key = test_key(5);
	struct partial p = sample(7), back;
	struct hash256 message;
	struct schnorr_sig sig;
	struct wr w = { 0 };

	transaction_sighash(&message, p.body.p, p.body.len, &other_chain);
	CU_ASSERT(schnorr_sign(&sig, &secret, &message, NULL));
	CU_ASSERT(!partial_add(&p, &key, &sig));
	CU_ASSERT(add(&p, 5));
	wr_partial(&w, &p);
	w.p[w.len - 2] ^= 1; /* in the signature of account 5: the last byte says that account 0 has none */
	CU_ASSERT_PTR_NULL_FATAL(partial_decode(&back, w.p, w.len));
	CU_ASSERT_STRING_EQUAL(partial_verify(&back), "BAD_SIGNATURE");
	CU_ASSERT_STRING_EQUAL(partial_merge(&p, &back), "BAD_SIGNATURE");
	partial_clear(&back);
	partial_clear(&p);
	wr_clear(&w);
}

static void
halves_are_put_together(void)
{
	struct partial a = sample(7), b = sample(7), c = sample(8), d = sample(7);
	struct wr one = { 0 }, two = { 0 };

	CU_ASSERT(know(&b) && add(&b, 1) && add(&a, 5) && know(&d) && add(&d, 0));
	CU_ASSERT_STRING_EQUAL(partial_merge(&a, &c), "OTHER_TRANSACTION");
	d.genesis_id = other_chain;
	CU_ASSERT_STRING_EQUAL(partial_merge(&a, &d), "OTHER_CHAIN");
	d.genesis_id = genesis;
	CU_ASSERT_PTR_NULL(partial_merge(&a, &b));
	CU_ASSERT(!partial_is_complete(&a));
	CU_ASSERT_PTR_NULL(partial_merge(&d, &a));
	CU_ASSERT_PTR_NULL(partial_merge(&a, &d));
	CU_ASSERT(partial_is_complete(&a) && partial_is_complete(&d));
	wr_partial(&one, &a);
	wr_partial(&two, &d);
	CU_ASSERT(one.len == two.len && memcmp(one.p, two.p, one.len) == 0);
	CU_ASSERT_PTR_NULL(partial_merge(&a, &a));
	wr_clear(&one);
	wr_clear(&two);
	partial_clear(&a);
	partial_clear(&b);
	partial_clear(&c);
	partial_clear(&d);
}

/* The trio's part of a partial transaction of nobody else. */
static const char *
part(uint8_t known, uint8_t k, uint8_t n, uint8_t bitmap, size_t sigs)
{
	struct trio three = trio();
	struct op op = { 1, three.account, (const uint8_t *)"", 0 };
	struct transaction t = { .payer = three.account, .ops = &op, .ops_n = 1 };
	struct wr w = { 0 }, body = { 0 };
	const char *why;

	wr_transaction_body(&body, &t);
	wr_u8(&w, 3);
	wr_hash256(&w, &genesis);
	wr_varbytes(&w, body.p, body.len);
	wr_u8(&w, known);
	wr_u8(&w, k);
	wr_u8(&w, n);
	for (size_t i = 0; i < n; i++)
		wr_xonly(&w, &three.keys[i % 3]);
	wr_u8(&w, bitmap);
	for (size_t i = 0; i < sigs * 64; i++)
		wr_u8(&w, 1);
	why = decode(w.p, w.len);
	wr_clear(&w);
	wr_clear(&body);
	return why;
}

static void
one_encoding(void)
{
	struct partial p = sample(7), q;
	struct wr w = { 0 }, v = { 0 };

	CU_ASSERT_STRING_EQUAL(part(1, 2, 3, 0, 0), "OK");
	CU_ASSERT_STRING_EQUAL(part(1, 2, 3, 6, 2), "OK");
	CU_ASSERT_STRING_EQUAL(part(1, 2, 3, 7, 3), "BAD_ENCODING"); /* more than k */
	CU_ASSERT_STRING_EQUAL(part(1, 2, 3, 8, 1), "BAD_ENCODING"); /* past the last key */
	CU_ASSERT_STRING_EQUAL(part(1, 1, 3, 1, 1), "BAD_POLICY");
	CU_ASSERT_STRING_EQUAL(part(1, 17, 17, 0, 0), "BAD_ENCODING");
	CU_ASSERT_STRING_EQUAL(part(1, 0, 0, 0, 0), "BAD_POLICY");
	CU_ASSERT_STRING_EQUAL(part(2, 2, 3, 0, 0), "BAD_ENCODING");
	wr_partial(&w, &p);
	w.p[0] = 1;
	CU_ASSERT_STRING_EQUAL(decode(w.p, w.len), "BAD_VERSION");
	CU_ASSERT_STRING_EQUAL(decode("", 0), "BAD_ENCODING");
	wr_u8(&v, 3);
	wr_hash256(&v, &genesis);
	wr_varbytes(&v, "\2\1\0\0", 4);
	CU_ASSERT_STRING_EQUAL(decode(v.p, v.len), "RELAY_TRANSACTION");
	CU_ASSERT_STRING_EQUAL(partial_from_transaction(&q, "\2\1\0\0", 4, &genesis), "RELAY_TRANSACTION");
	wr_clear(&v);
	wr_clear(&w);
	partial_clear(&p);
}

static const struct unit_test tests[] = {
	{ "from nothing to finished", from_nothing_to_finished },
	{ "wrong signatures are not taken", wrong_signatures_are_not_taken },
	{ "halves are put together", halves_are_put_together },
	{ "one encoding", one_encoding },
};

UNIT_MAIN("partial", tests)
