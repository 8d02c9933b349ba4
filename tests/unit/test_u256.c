#include "chain/u256.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct u256
from(const char *hex)
{
	struct u256 v = { { 0 } };

	CU_ASSERT_FATAL(u256_from_hex(&v, hex));
	return v;
}

static bool
eq(const struct u256 *a, const struct u256 *b)
{
	return u256_cmp(a, b) == 0;
}

/* Numbers of all sizes, the same in every run (xorshift64*). */
static struct u256
next_number(uint64_t *state)
{
	struct u256 v;
	uint64_t x = 0;

	for (int i = 0; i < 4; i++) {
		*state ^= *state >> 12;
		*state ^= *state << 25;
		*state ^= *state >> 27;
		x = *state * 0x2545f4914f6cdd1d;
		v.w[i] = x;
	}
	return u256_shr(&v, (unsigned)(x % 257));
}

static void
quotients(void)
{
	static const struct {
		const char *a, *b, *quotient;
	} rows[] = {
		{ "d23f0824128b2f330c5c7fd0a6a3a4506513270e269e0d37f2a74de452e6b438",
		  "5b7b3ae681e74ef5e8e25d940ed904759531985d5d9dc9f81818e811892f902b",
		  "0000000000000000000000000000000000000000000000000000000000000002" },
		{ "8d116ece1738f7d93d9c172411e20b8f6b0d549b6f03675a1600a35a099950d8",
		  "0000000000000000000000000000000190c192cfd3ac94af0f21ddb66cad4a26",
		  "000000000000000000000000000000005a1cfcf965be9ce33fe9c18c4f58d632" },
		{ "49de82670fd630f1f29d0da9953f48f1a09f76b5a170b33839263059f28c105d",
		  "000000000000000000000000000000000000000000000000e58cda1495e60af5",
		  "000000000000000052617669d92accf1426b156f268684b71a1d35e5840b67ac" },
		{ "00000000000000a2dbc496cb8e81973e0becd7b03898d190f9ebdacc0cb1e29c",
		  "000000000000000000000000000000028a6a63ec24ede6a46b4cb2424a23d596",
		  "00000000000000000000000000000000000000000000004019a6939a7024ccd4" },
		{ "94e3bf911a61dbe22e44158bae97ba94d0eda82f8f6d05584ef8aa3892276658",
		  "0000000000000000000000000000000000000000000000000000000000000001",
		  "94e3bf911a61dbe22e44158bae97ba94d0eda82f8f6d05584ef8aa3892276658" },
		{ "0000000000000000000000000000000218f135d25f557203301850c5a38fd547",
		  "000000000000000000000000000000040f4205b4907a70c31012f037b64ce422",
		  "0000000000000000000000000000000000000000000000000000000000000000" },
		{ "00000000000000014cdd2055930d6eaf14f4733f3e7d1bfbc7a2ea20b2f14c94",
		  "000000000000000000000000000000000000000157ee05cde00902c77ebff206",
		  "0000000000000000000000000000000000000000f7c35e1ae21b5f14a424a8e4" },
		{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		  "8000000000000000000000000000000000000000000000000000000000000000",
		  "0000000000000000000000000000000000000000000000000000000000000001" },
		{ "0000000000000000000000000000000000000000000000000000000000000000",
		  "0000000000000000000000000000000000000000000000000000000000000007",
		  "0000000000000000000000000000000000000000000000000000000000000000" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct u256 a = from(rows[i].a), b = from(rows[i].b), want = from(rows[i].quotient), got = u256_div(&a, &b);

		CU_ASSERT(eq(&got, &want));
	}
}

static void
arithmetic_undoes_itself(void)
{
	uint64_t state = 1;

	for (int i = 0; i < 3000; i++) {
		struct u256 a = next_number(&state), b = next_number(&state), sum = u256_add(&a, &b), back = u256_sub(&sum, &b);
		struct u256 shifted = u256_shl(&a, 1), twice = u256_add(&a, &a), not_a = u256_not(&a), one = u256_from_u64(1);
		struct u256 minus = u256_add(&not_a, &one), zero = u256_add(&a, &minus);
		unsigned by = (unsigned)(b.w[0] % 300);
		struct u256 low = u256_shl(&a, by), high = u256_shr(&low, by);

		CU_ASSERT(eq(&back, &a));
		CU_ASSERT(eq(&shifted, &twice));
		CU_ASSERT(u256_is_zero(&zero));
		CU_ASSERT(u256_is_zero(&low) || u256_bits(&a) + by > 256 || eq(&high, &a));
		CU_ASSERT(by < 256 || u256_is_zero(&low));
	}
}

static void
products_and_quotients_agree(void)
{
	uint64_t state = 2;

	for (int i = 0; i < 3000; i++) {
		struct u256 a = next_number(&state), b = next_number(&state), product = b, q, rest;
		uint64_t m = b.w[1] | 1;
		struct u256 divisor = u256_from_u64(m);

		q = u256_div(&a, &divisor);
		CU_ASSERT_FATAL(u256_mul_u64(&product, &q, m));
		CU_ASSERT(u256_cmp(&product, &a) <= 0);
		rest = u256_sub(&a, &product);
		CU_ASSERT(u256_cmp(&rest, &divisor) < 0);
	}
}

static void
what_does_not_fit_is_refused(void)
{
	struct u256 top = from("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"), one = u256_from_u64(1);
	struct u256 half = from("8000000000000000000000000000000000000000000000000000000000000000"), two = u256_from_u64(2), out = two;

	CU_ASSERT_FALSE(u256_add_checked(&out, &top, &one));
	CU_ASSERT_FALSE(u256_mul_u64(&out, &half, 2));
	CU_ASSERT(eq(&out, &two));
	CU_ASSERT(u256_mul_u64(&out, &half, 1) && eq(&out, &half));
	CU_ASSERT(u256_add_checked(&out, &half, &one) && u256_bits(&out) == 256);
	out = u256_add(&top, &one);
	CU_ASSERT(u256_is_zero(&out));
	CU_ASSERT_EQUAL(u256_bits(&out), 0);
	CU_ASSERT_EQUAL(u256_bits(&one), 1);
	out = u256_shl(&one, 64);
	CU_ASSERT_EQUAL(u256_bits(&out), 65);
}

static void
c9_order_holds_above_64_96_and_128_bits(void)
{
	static const unsigned at[] = { 0, 31, 32, 63, 64, 95, 96, 127, 128, 191, 192, 254 };
	struct u256 one = u256_from_u64(1);

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct u256 power = u256_shl(&one, at[i]), above = u256_add(&power, &one), below = u256_sub(&power, &one);

		CU_ASSERT(u256_cmp(&power, &above) < 0 && u256_cmp(&above, &power) > 0);
		CU_ASSERT(u256_cmp(&below, &power) < 0 && u256_cmp(&power, &power) == 0);
		for (size_t j = 0; j < i; j++) {
			struct u256 smaller = u256_shl(&one, at[j]);

			CU_ASSERT(u256_cmp(&smaller, &power) < 0);
		}
	}
}

static void
bytes_and_hex(void)
{
	static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	struct u256 v = from(hex), back, untouched = v;
	struct wr w = { 0 };
	struct hash256 h;
	char text[HASH256_HEX_LEN];
	struct rd r;

	CU_ASSERT_EQUAL(v.w[0], 0x18191a1b1c1d1e1f);
	CU_ASSERT_EQUAL(v.w[3], 0x0001020304050607);
	u256_to_hex(text, &v);
	CU_ASSERT_STRING_EQUAL(text, hex);
	wr_u256(&w, &v);
	CU_ASSERT_EQUAL_FATAL(w.len, 32);
	CU_ASSERT(w.p[0] == 0x1f && w.p[31] == 0);
	memcpy(h.b, w.p, 32);
	back = u256_from_hash(&h);
	CU_ASSERT(eq(&back, &v));
	for (size_t cut = 0; cut <= w.len; cut++) {
		r = rd_init(w.p, cut);
		back = rd_u256(&r);
		CU_ASSERT_EQUAL(rd_done(&r), cut == w.len);
		CU_ASSERT(cut == w.len ? eq(&back, &v) : u256_is_zero(&back));
	}
	wr_clear(&w);
	CU_ASSERT_FALSE(u256_from_hex(&v, "00"));
	CU_ASSERT_FALSE(u256_from_hex(&v, "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
	CU_ASSERT(eq(&v, &untouched));
}

static const struct unit_test tests[] = {
	{ "quotients", quotients },
	{ "arithmetic undoes itself", arithmetic_undoes_itself },
	{ "products and quotients agree", products_and_quotients_agree },
	{ "what does not fit is refused", what_does_not_fit_is_refused },
	{ "C9: order holds above 64, 96 and 128 bits", c9_order_holds_above_64_96_and_128_bits },
	{ "bytes and hex", bytes_and_hex },
};

UNIT_MAIN("u256", tests)
