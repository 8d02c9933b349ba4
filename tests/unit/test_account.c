#include "token/account.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct xonly_key
key_of(uint8_t first)
{
	struct xonly_key k = { { first } };

	return k;
}

static void
three_types_and_no_other_in_bytes(void)
{
	for (unsigned type = 0; type < 256; type++) {
		struct account a = { .type = (uint8_t)type, .id = { { 7 } } }, b;
		struct wr w = { 0 };
		struct rd r;

		wr_account(&w, &a);
		CU_ASSERT_EQUAL(w.len, ACCOUNT_LEN);
		for (size_t cut = 0; cut <= w.len; cut++) {
			r = rd_init(w.p, cut);
			rd_account(&r, &b);
			CU_ASSERT_EQUAL(rd_done(&r), cut == w.len && type <= 2);
			CU_ASSERT_EQUAL(account_eq(&a, &b), rd_ok(&r));
		}
		wr_clear(&w);
	}
}

static void
policies_within_their_limits(void)
{
	struct xonly_key keys[17];
	struct account a, b;

	for (size_t i = 0; i < 17; i++)
		keys[i] = key_of((uint8_t)i);
	CU_ASSERT_FALSE(account_from_policy(&a, 0, keys, 1));
	CU_ASSERT_FALSE(account_from_policy(&a, 1, keys, 0));
	CU_ASSERT_FALSE(account_from_policy(&a, 3, keys, 2));
	CU_ASSERT_FALSE(account_from_policy(&a, 1, keys, 17));
	CU_ASSERT(account_from_policy(&a, 16, keys, 16));
	CU_ASSERT(account_from_policy(&a, 2, keys, 3));
	CU_ASSERT_EQUAL(a.type, ACCOUNT_POLICY);
	CU_ASSERT(account_from_policy(&b, 1, keys, 3));
	CU_ASSERT_FALSE(account_eq(&a, &b));
	keys[1] = keys[0];
	CU_ASSERT_FALSE(account_from_policy(&a, 2, keys, 3));
	keys[1] = key_of(9);
	CU_ASSERT_FALSE(account_from_policy(&a, 2, keys, 3));
}

static void
ids_are_the_tagged_hashes_of_the_format(void)
{
	static const char policy[] = "\2\2" "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
	struct xonly_key keys[2];
	struct account a;
	struct hash256 want;

	memset(keys[0].b, 'A', 32);
	memset(keys[1].b, 'B', 32);
	CU_ASSERT(account_from_policy(&a, 2, keys, 2));
	sha256_tagged(&want, "tally/policy", policy, sizeof(policy) - 1);
	CU_ASSERT(hash256_eq(&a.id, &want));
	a = account_of_module("escrow", "x", 1);
	sha256_tagged(&want, "tally/module", "escrow\0x", 8);
	CU_ASSERT(hash256_eq(&a.id, &want));
	CU_ASSERT_EQUAL(a.type, ACCOUNT_MODULE);
	a = account_from_key(&keys[0]);
	CU_ASSERT(a.type == ACCOUNT_KEY && memcmp(a.id.b, keys[0].b, 32) == 0);
}

static void
order_is_by_type_then_id(void)
{
	struct account a = { 0, { { 9 } } }, b = { 1, { { 1 } } }, c = { 1, { { 2 } } };

	CU_ASSERT(account_cmp(&a, &b) < 0 && account_cmp(&b, &c) < 0 && account_cmp(&c, &a) > 0);
	CU_ASSERT(account_cmp(&b, &b) == 0 && account_eq(&b, &b));
}

static const struct unit_test tests[] = {
	{ "three types and no other in bytes", three_types_and_no_other_in_bytes },
	{ "policies within their limits", policies_within_their_limits },
	{ "ids are the tagged hashes of the format", ids_are_the_tagged_hashes_of_the_format },
	{ "order is by type then id", order_is_by_type_then_id },
};

UNIT_MAIN("account", tests)
