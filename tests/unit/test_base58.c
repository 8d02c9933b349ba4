#include "chain/base58.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"

static const struct {
	const char *payload, *text;
} rows[] = {
	/* Bitcoin wiki, "Technical background of version 1 Bitcoin addresses". */
	{ "00010966776006953d5567439e5e39f86a0d273bee",
	  "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM" },
	/* BIP32, test vector 1, chain m. */
	{ "0488b21e000000000000000000873dff81c02f525623fd1fe5167eac3a55a049de3d314bb42ee227ffed37d5080339a36013"
	  "301597daef41fbe593a02cc513d0b55527ec2df1050e2e8ff49c85c2",
	  "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFd"
	  "p6W1EGMcet8" },
	/* Worked out apart, with whole numbers in Python. */
	{ "", "3QJmnh" },
	{ "00", "1Wh4bh" },
	{ "000000000000000000000000000000000000000000", "1111111111111111111114oLvT2" },
	{ "61", "C2dGTwc" },
	{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "wM5uZKgAEWV3d2KFsEasjJ3Byvgres8dt47MCeoDY6ajLJcgrdH74PGchrvUgqMfc6wXGNRPh9zhuCNFJwZqoCkT5P3TaX8j8yrU"
	  "RVdipdiCv8Uh" },
	{ "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000",
	  "1111111111111111111111111111111111111111111111111111111111111111111111111111114rcJhr" },
	{ "05abababababababababababababababababababab", "3HLj8ECNk9A7Mbk8LegGS4i5EDNxfdCDn4" },
	{ "0488b21e00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000",
	  "xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6LBpB85b3D2yc8sfvZU521AAwdZafEz7mnzBBsz4"
	  "wKY5e4cp9LB" },
};

static void
payloads_go_both_ways(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t want[BASE58_PAYLOAD_MAX], got[BASE58_PAYLOAD_MAX];
		size_t len = strlen(rows[i].payload) / 2, n;
		char *text = malloc(2 * len + 12); /* what the header asks for, so that the sanitizer sees more */

		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT_FATAL(hex_decode(want, len, rows[i].payload));
		base58check_encode(text, want, len);
		CU_ASSERT_STRING_EQUAL(text, rows[i].text);
		CU_ASSERT_EQUAL(base58check_decode(got, &n, rows[i].text), BASE58_OK);
		CU_ASSERT(n == len && memcmp(got, want, len) == 0);
		free(text);
	}
}

static void
errors_are_told_apart(void)
{
	static const struct {
		const char *text;
		enum base58_verdict verdict;
	} bad[] = {
		{ "", BASE58_MALFORMED },
		{ "1", BASE58_MALFORMED },
		{ "111", BASE58_MALFORMED },
		{ "1111", BASE58_BAD_CHECKSUM },
		{ "x", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvN", BASE58_BAD_CHECKSUM },
		{ "116UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM", BASE58_BAD_CHECKSUM },
		{ "6UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM", BASE58_BAD_CHECKSUM },
		{ " 16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM ", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjv0", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvI", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvO", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvl", BASE58_MALFORMED },
		{ "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjv\xc3\xa9", BASE58_MALFORMED },
	};
	uint8_t payload[BASE58_PAYLOAD_MAX];
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(base58check_decode(payload, &n, bad[i].text), bad[i].verdict);
}

static void
long_texts_end_soon(void)
{
	static char text[1 << 20];
	uint8_t payload[BASE58_PAYLOAD_MAX];
	size_t n;

	memset(text, 'z', sizeof(text) - 1);
	CU_ASSERT_EQUAL(base58check_decode(payload, &n, text), BASE58_MALFORMED);
	memset(text, '1', sizeof(text) - 1);
	CU_ASSERT_EQUAL(base58check_decode(payload, &n, text), BASE58_MALFORMED);
	text[82] = '\0';
	CU_ASSERT_EQUAL(base58check_decode(payload, &n, text), BASE58_BAD_CHECKSUM);
	text[82] = '1';
	text[83] = '\0';
	CU_ASSERT_EQUAL(base58check_decode(payload, &n, text), BASE58_MALFORMED);
	text[60] = '2'; /* 60 zero bytes and a number of 17: fits */
	CU_ASSERT_EQUAL(base58check_decode(payload, &n, text), BASE58_BAD_CHECKSUM);
}

static const struct unit_test tests[] = {
	{ "payloads go both ways", payloads_go_both_ways },
	{ "errors are told apart", errors_are_told_apart },
	{ "long texts end soon", long_texts_end_soon },
};

UNIT_MAIN("base58", tests)
