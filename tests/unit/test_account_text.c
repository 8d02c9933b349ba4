#include "token/account.h"

#include <string.h>

#include "chain/bech32.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

/* Worked out with the reference code of BIP350. */
static const struct {
	uint8_t type, fill;
	const char *hrp, *text;
} rows[] = {
	{ 0, 0x11, "tly", "tly1qqg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3z2q062s" },
	{ 1, 0x22, "tly", "tly1qy3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zy9fdxxs" },
	{ 2, 0xff, "tly", "tly1qtllllllllllllllllllllllllllllllllllllllllllllllllll7zx77dv" },
	{ 0, 0x00, "tlyr", "tlyr1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq22tpll" },
};

static void
texts_of_known_accounts(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct account a = { .type = rows[i].type }, b;
		char text[ACCOUNT_TEXT_LEN];

		memset(a.id.b, rows[i].fill, sizeof(a.id.b));
		account_to_text(text, &a, rows[i].hrp);
		CU_ASSERT_STRING_EQUAL(text, rows[i].text);
		CU_ASSERT_PTR_NULL(account_from_text(&b, rows[i].hrp, rows[i].text));
		CU_ASSERT(account_eq(&a, &b));
	}
}

static void
round_trip_and_every_wrong_letter(void)
{
	static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l1bioQ ";

	for (unsigned n = 0; n < 5; n++) {
		struct account a = test_account(n), b;
		char text[ACCOUNT_TEXT_LEN], wrong[ACCOUNT_TEXT_LEN];

		a.type = (uint8_t)(n % 3);
		account_to_text(text, &a, "tlyr");
		CU_ASSERT_PTR_NULL(account_from_text(&b, "tlyr", text));
		CU_ASSERT(account_eq(&a, &b));
		for (size_t i = 0; i < strlen(text); i++) {
			for (const char *l = letters; *l; l++) {
				strcpy(wrong, text);
				wrong[i] = *l;
				CU_ASSERT(*l == text[i] || account_from_text(&b, "tlyr", wrong) != NULL);
			}
			strcpy(wrong, text);
			wrong[i] = '\0';
			CU_ASSERT_PTR_NOT_NULL(account_from_text(&b, "tlyr", wrong));
		}
	}
}

static void
other_networks_kinds_and_lengths_are_refused(void)
{
	struct account a = { ACCOUNT_KEY, { { 1 } } }, b;
	uint8_t groups[BECH32_DATA_MAX], bytes[ACCOUNT_LEN + 1] = { 0 };
	char text[BECH32_TEXT_MAX + 1];
	size_t n;

	account_to_text(text, &a, "tly");
	CU_ASSERT_STRING_EQUAL(account_from_text(&b, "tlyr", text), "not an account of this network: it should start with tlyr1");
	account_to_text(text, &a, "tlyr");
	CU_ASSERT_STRING_EQUAL(account_from_text(&b, "tly", text), "not an account of this network: it should start with tly1");
	for (size_t len = 0; len <= ACCOUNT_LEN + 1; len++) {
		CU_ASSERT(bits_regroup(groups, &n, 5, bytes, len, 8, true));
		CU_ASSERT(bech32_encode(text, "tly", groups, n, BECH32M));
		CU_ASSERT_EQUAL(account_from_text(&b, "tly", text) == NULL, len == ACCOUNT_LEN);
		CU_ASSERT(bech32_encode(text, "tly", groups, n, BECH32));
		CU_ASSERT_PTR_NOT_NULL(account_from_text(&b, "tly", text));
	}
	bytes[0] = 3; /* an unknown type */
	CU_ASSERT(bits_regroup(groups, &n, 5, bytes, ACCOUNT_LEN, 8, true));
	CU_ASSERT(bech32_encode(text, "tly", groups, n, BECH32M));
	CU_ASSERT_PTR_NOT_NULL(account_from_text(&b, "tly", text));
}

static const struct unit_test tests[] = {
	{ "texts of known accounts", texts_of_known_accounts },
	{ "round trip and every wrong letter", round_trip_and_every_wrong_letter },
	{ "other networks, kinds and lengths are refused", other_networks_kinds_and_lengths_are_refused },
};

UNIT_MAIN("account text", tests)
