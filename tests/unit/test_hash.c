#include "base/hash.h"

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

static const struct unit_test tests[] = {
	{ "known answers", known_answers },
	{ "SHA3-256", sha3_known_answers },
	{ "pieces make the whole", pieces_make_the_whole },
	{ "display order is reversed", display_order_is_reversed },
};

UNIT_MAIN("hash", tests)
