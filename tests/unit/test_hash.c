#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

/* FIPS 180-2, appendix B.1; the double hash and hash160 of "hello" as in Bitcoin's wiki; BIP340's challenge tag of nothing. */
static void
known_answers(void)
{
	struct hash256 h;
	uint8_t h160[20];
	char hex[HASH256_HEX_LEN];

	sha256(&h, "abc", 3);
	hash256_to_hex(hex, &h);
	CU_ASSERT_STRING_EQUAL(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256d(&h, "hello", 5);
	hash256_to_hex(hex, &h);
	CU_ASSERT_STRING_EQUAL(hex, "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
	hash160(h160, "hello", 5);
	hex_encode(hex, h160, 20);
	CU_ASSERT_STRING_EQUAL(hex, "b6a9c8c230722b7c748331a8b450f05566dc7d0f");
}

static void
pieces_make_the_whole(void)
{
	struct sha256_ctx c;
	struct hash256 a, b, t;

	sha256(&t, "BIP0340/challenge", 17);
	sha256_init(&c);
	sha256_update(&c, t.b, 32);
	sha256_update(&c, t.b, 32);
	sha256_update(&c, "xyz", 3);
	sha256_final(&c, &a);
	sha256_tagged(&b, "BIP0340/challenge", "xyz", 3);
	CU_ASSERT(hash256_eq(&a, &b));
}

/* FIPS 202's answer for the empty message; that of "abc" is in NIST's examples. */
static void
sha3_known_answers(void)
{
	static const struct {
		const char *message, *hex;
	} rows[] = {
		{ "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a" },
		{ "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct hash256 h;
		char hex[HASH256_HEX_LEN];

		sha3_256(&h, rows[i].message, strlen(rows[i].message));
		hash256_to_hex(hex, &h);
		CU_ASSERT_STRING_EQUAL(hex, rows[i].hex);
	}
}

static void
display_order_is_reversed(void)
{
	struct hash256 h = { { 0xab } }, back;
	char hex[HASH256_HEX_LEN];

	hash256_to_display(hex, &h);
	CU_ASSERT_STRING_EQUAL(hex, "00000000000000000000000000000000000000000000000000000000000000ab");
	CU_ASSERT(hash256_from_display(&back, hex));
	CU_ASSERT(hash256_eq(&h, &back));
	CU_ASSERT_FALSE(hash256_from_display(&back, "ab"));
	CU_ASSERT_FALSE(hash256_is_zero(&h));
}

/* Main's first two headers, and the two leaves of its block 170 (the first payment) with their root. */
static void
many_known_answers(void)
{
	static const char headers[] =
		"0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a5132"
		"3a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
		"010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1"
		"cdb606e857233e0e61bc6649ffff001d01e36299";
	struct hash256 out[2], pair[2];
	uint8_t in[160];
	char hex[HASH256_HEX_LEN];

	CU_ASSERT_FATAL(hex_decode(in, sizeof(in), headers));
	sha256d_80_many(out, in, 2);
	hash256_to_display(hex, &out[0]);
	CU_ASSERT_STRING_EQUAL(hex, "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
	hash256_to_display(hex, &out[1]);
	CU_ASSERT_STRING_EQUAL(hex, "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048");
	CU_ASSERT_FATAL(hash256_from_display(&pair[0], "b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082"));
	CU_ASSERT_FATAL(hash256_from_display(&pair[1], "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"));
	sha256d_64_many(out, pair[0].b, 1);
	hash256_to_display(hex, &out[0]);
	CU_ASSERT_STRING_EQUAL(hex, "7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff");
}

/* Each count up to a few dozens, each message random, against one hash at a time; nothing is written behind the last. */
static void
many_equal_single(void)
{
	enum { MOST = 37 };
	uint64_t x = 4101842887655102017u;
	struct hash256 out[MOST + 1], in_place[2 * MOST], want, zero = { { 0 } };

	for (size_t n = 0; n <= MOST; n++) {
		uint8_t *in = mem_new(n, 80); /* of the exact size, for the sanitizer to see a read behind it */

		for (size_t i = 0; i < n * 80; i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			in[i] = (uint8_t)x;
		}
		memset(out, 0, sizeof(out));
		sha256d_80_many(out, in, n);
		for (size_t i = 0; i < n; i++) {
			sha256d(&want, in + i * 80, 80);
			CU_ASSERT(hash256_eq(&out[i], &want));
		}
		CU_ASSERT(hash256_eq(&out[n], &zero));
		memcpy(in_place, in, n * 64);
		memset(out, 0, sizeof(out));
		sha256d_64_many(out, in, n);
		sha256d_64_many(in_place, in_place[0].b, n);
		for (size_t i = 0; i < n; i++) {
			sha256d(&want, in + i * 64, 64);
			CU_ASSERT(hash256_eq(&out[i], &want) && hash256_eq(&in_place[i], &want));
		}
		CU_ASSERT(hash256_eq(&out[n], &zero));
		free(in);
	}
}

/* Each length around the ends of one block and two, at once and in pieces, which always are OpenSSL's. */
static void
at_once_equals_pieces(void)
{
	for (size_t len = 0; len <= 200; len++) {
		uint8_t *in = mem_new(len, 1);
		struct sha256_ctx c;
		struct hash256 out, want;

		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)(i * 7 + len);
		sha256_init(&c);
		sha256_update(&c, in, len);
		sha256_final(&c, &want);
		sha256(&out, in, len);
		CU_ASSERT(hash256_eq(&out, &want));
		free(in);
	}
}

static void
by_portable_code(void)
{
	CU_ASSERT_FALSE(sha256_use_instructions(false));
	many_known_answers();
	many_equal_single();
	at_once_equals_pieces();
	(void)sha256_use_instructions(true);
}

static void
by_instructions(void)
{
	if (!sha256_use_instructions(true)) {
		printf("this processor has no SHA instructions: not tested\n");
		return;
	}
	many_known_answers();
	many_equal_single();
	at_once_equals_pieces();
}

static const struct unit_test tests[] = {
	{ "many, as found", many_equal_single },
	{ "many, portable", by_portable_code },
	{ "many, by the processor's instructions", by_instructions },
	{ "known answers", known_answers },
	{ "SHA3-256", sha3_known_answers },
	{ "pieces make the whole", pieces_make_the_whole },
	{ "display order is reversed", display_order_is_reversed },
};

UNIT_MAIN("hash", tests)
