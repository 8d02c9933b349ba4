#include "chain/address.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

static const char *const networks[] = { "main", "testnet4", "testnet3", "signet", "regtest" };

static const struct chain_params *
network(const char *name)
{
	const struct chain_params *p = chain_params_find(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static void
lower_case(char *out, const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[i] = '\0';
}

/* text stands for script, and the script for the text (in lower case if it is bech32). */
static void
expect_good(const char *chain, const char *text, const char *script_hex)
{
	const struct chain_params *p = network(chain);
	uint8_t script[ADDRESS_SCRIPT_MAX];
	char hex[2 * ADDRESS_SCRIPT_MAX + 1], again[ADDRESS_TEXT_LEN], lower[ADDRESS_TEXT_LEN];
	size_t len;
	enum address_verdict v = address_decode(script, &len, p, text);

	if (v != ADDRESS_OK)
		printf("    %s: %s\n", text, address_verdict_text(v));
	CU_ASSERT_EQUAL_FATAL(v, ADDRESS_OK);
	hex_encode(hex, script, len);
	CU_ASSERT_STRING_EQUAL(hex, script_hex);
	CU_ASSERT_FATAL(address_encode(again, p, script, len));
	lower_case(lower, text);
	CU_ASSERT(strcmp(again, text) == 0 || strcmp(again, lower) == 0);
}

static void
expect_verdict(const char *chain, const char *text, enum address_verdict want)
{
	uint8_t script[ADDRESS_SCRIPT_MAX] = { 0x77 };
	size_t len = 9;
	enum address_verdict v = address_decode(script, &len, network(chain), text);

	if (v != want)
		printf("    %s: %s\n", text, address_verdict_text(v));
	CU_ASSERT_EQUAL(v, want);
	CU_ASSERT(v == ADDRESS_OK || (len == 9 && script[0] == 0x77));
}

static void
good_addresses_go_both_ways(void)
{
	static const struct {
		const char *chain, *text, *script;
	} rows[] = {
		/* BIP350, "valid segwit addresses". */
		{ "main", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6" },
		{ "testnet3", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
		  "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262" },
		{ "main", "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
		  "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6" },
		{ "main", "BC1SW50QGDZ25J", "6002751e" },
		{ "main", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323" },
		{ "testnet4", "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
		  "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433" },
		{ "signet", "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
		  "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433" },
		{ "main", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
		  "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
		/* BIP341's vectors, the address of the last tree. */
		{ "main", "bc1pwyjywgrd0ffr3tx8laflh6228dj98xkjj8rum0zfpd6h0e930h6saqxrrm",
		  "5120712447206d7a5238acc7ff53fbe94a3b64539ad291c7cdbc490b7577e4b17df5" },
		/* A sample of Bitcoin Core's key_io_valid.json. */
		{ "main", "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo", "76a914a31c06bd463e3923bc1aadbde48b16976c08071788ac" },
		{ "main", "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "a914373b819a068f32b7a6b38b6b38729647cfde01c287" },
		{ "testnet3", "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", "76a914ce28b26c57472737f5c3561a1761185bd8589a4388ac" },
		{ "testnet4", "2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK", "a914ce0bba75891ff9ec60148d4bd4a09ee2dc5c933187" },
		{ "signet", "mww4LvqtTMKvmeQvizPz2EQv26xTneWrbg", "76a914b4110ba93ac54afc14da3bdd19614774a2d55d2988ac" },
		{ "regtest", "n4fajahJrAuKbN7uNsKjLjQkz9Qn5ewJXQ", "76a914fdeca3b08e38af53d7c4c60e3ad208ce5066441088ac" },
		{ "regtest", "bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9", "00146f58bac9506f9bfb821d62e69330410bb56f0085" },
		{ "regtest", "bcrt1pfwxjqvtt4tcxrtdluukfmy2dv7xd2qzdfy6kajv5nwn4yam3wxkq3553uh",
		  "51204b8d20316baaf061adbfe72c9d914d678cd5004d49356ec9949ba752777171ac" },
		{ "regtest", "bcrt1sx6p8njlx7h9mc2agz4yg82dzne23050ncq72cneeecez2pst8mahn8xecsf8g6hzx94420",
		  "6028368279cbe6f5cbbc2ba8154883a9a29e5517d1f3c03cac4f39ce3225060b3efb799cd9c412746ae2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect_good(rows[i].chain, rows[i].text, rows[i].script);
}

static void
each_verdict_for_its_reason(void)
{
	static const struct {
		const char *chain, *text;
		enum address_verdict verdict;
	} rows[] = {
		/* BIP350's invalid segwit addresses. */
		{ "main", "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut", ADDRESS_WRONG_NETWORK },
		{ "main", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", ADDRESS_BAD_PROGRAM },
		{ "testnet3", "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf", ADDRESS_BAD_PROGRAM },
		{ "main", "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", ADDRESS_BAD_PROGRAM },
		{ "main", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", ADDRESS_BAD_PROGRAM },
		{ "testnet3", "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47", ADDRESS_BAD_PROGRAM },
		{ "main", "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", ADDRESS_MALFORMED },
		{ "main", "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", ADDRESS_BAD_PROGRAM },
		{ "main", "bc1pw5dgrnzv", ADDRESS_BAD_PROGRAM },
		{ "main", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav", ADDRESS_BAD_PROGRAM },
		{ "main", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", ADDRESS_BAD_PROGRAM },
		{ "testnet3", "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq", ADDRESS_MALFORMED },
		{ "main", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", ADDRESS_BAD_PROGRAM },
		{ "testnet3", "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j", ADDRESS_BAD_PROGRAM },
		{ "main", "bc1gmk9yu", ADDRESS_BAD_PROGRAM },
		/* BIP173's, where BIP350 has no like. */
		{ "main", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", ADDRESS_BAD_CHECKSUM },
		{ "main", "bc1rw5uspcuh", ADDRESS_BAD_PROGRAM },
		{ "testnet3", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7", ADDRESS_MALFORMED },
		{ "main", "BC1SW50QA3JX3S", ADDRESS_BAD_PROGRAM }, /* good for BIP173, which BIP350 amends */
		/* Of another network. */
		{ "regtest", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", ADDRESS_WRONG_NETWORK },
		{ "main", "bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9", ADDRESS_WRONG_NETWORK },
		{ "testnet4", "bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9", ADDRESS_WRONG_NETWORK },
		{ "regtest", "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo", ADDRESS_WRONG_NETWORK },
		{ "main", "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", ADDRESS_WRONG_NETWORK },
		/* Mistyped. */
		{ "main", "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mp", ADDRESS_BAD_CHECKSUM },
		{ "main", "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2m", ADDRESS_BAD_CHECKSUM },
		{ "main", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tq", ADDRESS_BAD_CHECKSUM },
		{ "regtest", "bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu8", ADDRESS_BAD_CHECKSUM },
		/* No address. */
		{ "main", "", ADDRESS_MALFORMED },
		{ "main", "bc1", ADDRESS_MALFORMED },
		{ "main", " 1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo", ADDRESS_MALFORMED },
		{ "main", "1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo\n", ADDRESS_MALFORMED },
		{ "main", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", ADDRESS_MALFORMED },
		/* A private key and an extended key: checksums fit, but neither is an address. */
		{ "main", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", ADDRESS_MALFORMED },
		{ "main",
		  "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
		  ADDRESS_MALFORMED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect_verdict(rows[i].chain, rows[i].text, rows[i].verdict);
}

static void
every_truncation_is_refused(void)
{
	static const char *const texts[] = {
		"bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9",
		"bcrt1pfwxjqvtt4tcxrtdluukfmy2dv7xd2qzdfy6kajv5nwn4yam3wxkq3553uh",
		"n4fajahJrAuKbN7uNsKjLjQkz9Qn5ewJXQ",
		"2MxFajLApXpYk4VodBSZSt7rw8y4ryABkfA",
	};
	uint8_t script[ADDRESS_SCRIPT_MAX];
	char text[ADDRESS_TEXT_LEN];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		strcpy(text, texts[i]);
		for (size_t cut = strlen(text); cut-- > 0;) {
			text[cut] = '\0';
			CU_ASSERT_NOT_EQUAL(address_decode(script, &len, network("regtest"), text), ADDRESS_OK);
		}
	}
}

static void
scripts_without_an_address(void)
{
	static const char *const scripts[] = { "", "6a", "51", "2102" "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" "ac",
					       "0010751e76e8199196d454941c45d1b3a323", "76a914a31c06bd463e3923bc1aadbde48b16976c08071788" };
	char text[ADDRESS_TEXT_LEN];

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		size_t len;
		uint8_t *script = hex_decode_new(&len, scripts[i], 100);

		CU_ASSERT_PTR_NOT_NULL_FATAL(script);
		CU_ASSERT_FALSE(address_encode(text, network("main"), script, len));
		free(script);
	}
}

static void
every_verdict_has_its_sentence(void)
{
	for (enum address_verdict v = ADDRESS_OK; v <= ADDRESS_BAD_PROGRAM; v++)
		CU_ASSERT(strlen(address_verdict_text(v)) > 10);
}

static json_t *
read_json(const char *name)
{
	size_t len;
	uint8_t *bytes = vectors_read(&len, name);
	json_t *j;

	if (bytes == NULL)
		return NULL;
	j = json_loadb((const char *)bytes, len, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	free(bytes);
	return j;
}

static void
flip_case(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)(isupper((unsigned char)*text) ? tolower((unsigned char)*text) : toupper((unsigned char)*text));
}

static void
core_good_addresses(void)
{
	json_t *list = read_json("addresses-valid.json"), *row;
	size_t i, n = 0;

	json_array_foreach(list, i, row) {
		const char *text = json_string_value(json_array_get(row, 0)), *script = json_string_value(json_array_get(row, 1));
		const json_t *meta = json_array_get(row, 2);
		const char *chain = json_string_value(json_object_get(meta, "chain"));
		char flipped[ADDRESS_TEXT_LEN];

		if (strcmp(chain, "test") == 0)
			chain = "testnet3";
		if (json_is_true(json_object_get(meta, "isPrivkey"))) {
			expect_verdict(chain, text, ADDRESS_MALFORMED);
			continue;
		}
		expect_good(chain, text, script);
		expect_verdict(strcmp(chain, "main") == 0 ? "regtest" : "main", text, ADDRESS_WRONG_NETWORK);
		CU_ASSERT_FATAL(strlen(text) < sizeof(flipped));
		strcpy(flipped, text);
		flip_case(flipped);
		if (json_is_true(json_object_get(meta, "tryCaseFlip")))
			expect_good(chain, flipped, script);
		n++;
	}
	CU_ASSERT(list == NULL || n == 54);
	json_decref(list);
}

static void
core_bad_addresses(void)
{
	json_t *list = read_json("addresses-invalid.json"), *row;
	size_t i;

	json_array_foreach(list, i, row) {
		const char *text = json_string_value(json_array_get(row, 0));

		for (size_t k = 0; k < ARRAY_LEN(networks); k++) {
			uint8_t script[ADDRESS_SCRIPT_MAX];
			size_t len;

			CU_ASSERT_NOT_EQUAL(address_decode(script, &len, network(networks[k]), text), ADDRESS_OK);
		}
	}
	CU_ASSERT(list == NULL || i == 70);
	json_decref(list);
}

static const struct unit_test tests[] = {
	{ "good addresses go both ways", good_addresses_go_both_ways },
	{ "each verdict for its reason", each_verdict_for_its_reason },
	{ "every truncation is refused", every_truncation_is_refused },
	{ "scripts without an address", scripts_without_an_address },
	{ "every verdict has its sentence", every_verdict_has_its_sentence },
	{ "Bitcoin Core's good addresses", core_good_addresses },
	{ "Bitcoin Core's bad addresses", core_bad_addresses },
};

UNIT_MAIN("address", tests)
