#include "chain/bech32.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static const struct {
	const char *text;
	enum bech32_kind kind;
} good[] = {
	/* BIP173, "The following strings are valid Bech32". */
	{ "A12UEL5L", BECH32 },
	{ "a12uel5l", BECH32 },
	{ "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs", BECH32 },
	{ "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", BECH32 },
	{ "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j", BECH32 },
	{ "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", BECH32 },
	{ "?1ezyfcl", BECH32 },
	/* BIP350, "The following strings are valid Bech32m". */
	{ "A1LQFN3A", BECH32M },
	{ "a1lqfn3a", BECH32M },
	{ "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6", BECH32M },
	{ "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", BECH32M },
	{ "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8", BECH32M },
	{ "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", BECH32M },
	{ "?1v759aa", BECH32M },
};

static void
lower_case(char *out, const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
	out[i] = '\0';
}

static void
published_good_texts_go_both_ways(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char hrp[84], again[BECH32_TEXT_MAX + 1], want[BECH32_TEXT_MAX + 1];
		uint8_t data[BECH32_DATA_MAX];
		enum bech32_kind kind;
		size_t n;

		CU_ASSERT(bech32_looks_right(good[i].text));
		CU_ASSERT_FATAL(bech32_decode(hrp, data, &n, &kind, good[i].text));
		CU_ASSERT_EQUAL(kind, good[i].kind);
		CU_ASSERT_EQUAL(strlen(hrp) + 1 + n + 6, strlen(good[i].text));
		CU_ASSERT(bech32_encode(again, hrp, data, n, kind));
		lower_case(want, good[i].text);
		CU_ASSERT_STRING_EQUAL(again, want);
	}
}

static const char *const bad[] = {
	/* BIP173's invalid Bech32, BIP350's invalid Bech32m. */
	" 1nwldj5",
	"\x7f" "1axkwrx",
	"\x80" "1eym55h",
	"an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx",
	"pzry9x0s0muk",
	"1pzry9x0s0muk",
	"x1b4n0q5v",
	"li1dgmt3",
	"de1lg7wt\xff",
	"A1G7SGD8",
	"10a06t8",
	"1qzzfhee",
	" 1xj0phk",
	"\x7f" "1g6xzxy",
	"\x80" "1vctc34",
	"an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
	"qyrz8wqd2c9m",
	"1qyrz8wqd2c9m",
	"y1b0jsk6g",
	"lt1igcx5c0",
	"in1muywd",
	"mm1crxm3i",
	"au1s5cgom",
	"M1VUXWEZ",
	"16plkw9",
	"1p2gdwpf",
	/* More of our own: mixed case, nothing at all, no data, a blank around. */
	"a12UEL5L",
	"A12uel5l",
	"",
	"1",
	"11111111111111111111",
	" a12uel5l",
	"a12uel5l ",
	"a12uel5l\n",
};

static void
published_bad_texts_are_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char hrp[84] = "before";
		uint8_t data[BECH32_DATA_MAX];
		enum bech32_kind kind;
		size_t n;
		bool ok = bech32_decode(hrp, data, &n, &kind, bad[i]);

		if (ok)
			printf("    accepted: %s\n", bad[i]);
		CU_ASSERT_FALSE(ok);
		CU_ASSERT_STRING_EQUAL(hrp, "before");
	}
}

static void
shape_and_checksum_are_two_questions(void)
{
	char hrp[84];
	uint8_t data[BECH32_DATA_MAX];
	enum bech32_kind kind;
	size_t n;

	CU_ASSERT(bech32_looks_right("a12uel5q"));
	CU_ASSERT_FALSE(bech32_decode(hrp, data, &n, &kind, "a12uel5q"));
	CU_ASSERT_FALSE(bech32_looks_right("a12uel5b"));
	CU_ASSERT_FALSE(bech32_looks_right("A12uel5q"));
}

/* Up to four wrong characters are always found out: here each single one, and each truncation. */
static void
every_single_error_is_found(void)
{
	static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	char text[BECH32_TEXT_MAX + 1], hrp[84];
	uint8_t data[BECH32_DATA_MAX];
	enum bech32_kind kind;
	size_t n, len;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		lower_case(text, good[i].text);
		len = strlen(text);
		for (size_t at = len - 6; at < len; at++) {
			char before = text[at];

			for (const char *c = charset; *c != '\0'; c++) {
				text[at] = *c;
				CU_ASSERT_EQUAL(bech32_decode(hrp, data, &n, &kind, text), *c == before);
			}
			text[at] = before;
		}
		for (size_t cut = len; cut-- > len - 6;) {
			text[cut] = '\0';
			CU_ASSERT_FALSE(bech32_decode(hrp, data, &n, &kind, text));
		}
	}
}

static void
encoder_refuses_what_does_not_fit(void)
{
	static const uint8_t zeros[BECH32_DATA_MAX + 1];
	static const uint8_t large[] = { 0, 32 };
	char text[BECH32_TEXT_MAX + 1], hrp[86];

	CU_ASSERT(bech32_encode(text, "a", zeros, BECH32_DATA_MAX, BECH32M));
	CU_ASSERT_EQUAL(strlen(text), BECH32_TEXT_MAX);
	CU_ASSERT_FALSE(bech32_encode(text, "a", zeros, BECH32_DATA_MAX + 1, BECH32M));
	CU_ASSERT_FALSE(bech32_encode(text, "ab", zeros, BECH32_DATA_MAX, BECH32M));
	CU_ASSERT_FALSE(bech32_encode(text, "a", large, 2, BECH32));
	CU_ASSERT_FALSE(bech32_encode(text, "", zeros, 1, BECH32));
	CU_ASSERT_FALSE(bech32_encode(text, "A", zeros, 1, BECH32));
	CU_ASSERT_FALSE(bech32_encode(text, "a b", zeros, 1, BECH32));
	memset(hrp, 'a', sizeof(hrp));
	hrp[84] = '\0';
	CU_ASSERT_FALSE(bech32_encode(text, hrp, NULL, 0, BECH32));
	hrp[83] = '\0';
	CU_ASSERT(bech32_encode(text, hrp, NULL, 0, BECH32));
}

static void
bits_are_regrouped(void)
{
	static const uint8_t bytes[] = { 0xff, 0x00, 0xa5 };
	static const uint8_t fives[] = { 31, 28, 0, 10, 10 };
	uint8_t out[10];
	size_t n;

	CU_ASSERT(bits_regroup(out, &n, 5, bytes, 3, 8, true));
	CU_ASSERT(n == 5 && memcmp(out, fives, 5) == 0);
	CU_ASSERT(bits_regroup(out, &n, 8, fives, 5, 5, false));
	CU_ASSERT(n == 3 && memcmp(out, bytes, 3) == 0);
	CU_ASSERT(bits_regroup(out, &n, 8, NULL, 0, 5, false));
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT(bits_regroup(out, &n, 5, NULL, 0, 8, true));
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_FALSE(bits_regroup(out, &n, 8, (const uint8_t *)"\x1f\x1d", 2, 5, false)); /* two bits left, not zero */
	CU_ASSERT_FALSE(bits_regroup(out, &n, 8, (const uint8_t *)"\x00", 1, 5, false));     /* a whole group left */
	CU_ASSERT_FALSE(bits_regroup(out, &n, 8, (const uint8_t *)"\x00\x00\x00", 3, 5, false));
	CU_ASSERT_FALSE(bits_regroup(out, &n, 8, (const uint8_t *)"\x20\x00", 2, 5, false)); /* not a group of five bits */
	CU_ASSERT(bits_regroup(out, &n, 1, (const uint8_t *)"\xa0", 1, 8, false));
	CU_ASSERT(n == 8 && memcmp(out, "\1\0\1\0\0\0\0\0", 8) == 0);
}

static const struct unit_test tests[] = {
	{ "published good texts go both ways", published_good_texts_go_both_ways },
	{ "published bad texts are refused", published_bad_texts_are_refused },
	{ "shape and checksum are two questions", shape_and_checksum_are_two_questions },
	{ "every single error is found", every_single_error_is_found },
	{ "the encoder refuses what does not fit", encoder_refuses_what_does_not_fit },
	{ "bits are regrouped", bits_are_regrouped },
};

UNIT_MAIN("bech32", tests)
