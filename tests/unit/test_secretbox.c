#include "base/secretbox.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define AT_LOG_N 4
#define AT_R 5
#define AT_P 6

static const uint8_t secret[] = "a seed of 32 bytes or of any len";

/* Open, and throw away what comes out. */
static enum secretbox_err
try(const void *box, size_t len, const char *passphrase)
{
	uint8_t *out;
	size_t n;
	enum secretbox_err err = secretbox_open(&out, &n, box, len, passphrase);

	if (err == SECRETBOX_OK) {
		CU_ASSERT(n == sizeof(secret) && memcmp(out, secret, n) == 0);
		free(out);
	}
	return err;
}

static void
what_is_sealed_opens(void)
{
	struct wr a = { 0 }, b = { 0 };

	secretbox_seal(&a, secret, sizeof(secret), "open", SECRETBOX_USUAL);
	CU_ASSERT_EQUAL(a.len, sizeof(secret) + SECRETBOX_OVERHEAD);
	CU_ASSERT_EQUAL(try(a.p, a.len, "open"), SECRETBOX_OK);
	CU_ASSERT_EQUAL(try(a.p, a.len, "Open"), SECRETBOX_PASSPHRASE);
	CU_ASSERT_EQUAL(try(a.p, a.len, ""), SECRETBOX_PASSPHRASE);
	secretbox_seal(&b, secret, sizeof(secret), "open", SECRETBOX_USUAL);
	CU_ASSERT(memcmp(a.p, b.p, a.len) != 0); /* salt and nonce are fresh */
	wr_clear(&a);
	wr_clear(&b);
}

static void
every_byte_is_authenticated(void)
{
	struct wr w = { 0 };

	secretbox_seal(&w, secret, sizeof(secret), "", SECRETBOX_NOTHING);
	CU_ASSERT_EQUAL(try(w.p, w.len, ""), SECRETBOX_OK);
	for (size_t i = 0; i < w.len; i++)
		CU_ASSERT_NOT_EQUAL(try(w.p, i, ""), SECRETBOX_OK);
	for (size_t i = AT_P + 1; i < w.len; i++) {
		w.p[i] ^= 1;
		CU_ASSERT_EQUAL(try(w.p, w.len, ""), SECRETBOX_PASSPHRASE);
		w.p[i] ^= 1;
	}
	wr_clear(&w);
}

/* A box from a stranger may name any costs: those that scrypt can't have, and those beyond reason, are refused before the work. */
static void
costs_are_bounded(void)
{
	static const struct {
		uint8_t log_n, r, p;
		enum secretbox_err err;
	} rows[] = {
		{ 0, 1, 1, SECRETBOX_MALFORMED },  { 1, 0, 1, SECRETBOX_MALFORMED },  { 1, 1, 0, SECRETBOX_MALFORMED },
		{ 15, 1, 1, SECRETBOX_PASSPHRASE }, { 16, 1, 1, SECRETBOX_MALFORMED }, { 17, 1, 1, SECRETBOX_MALFORMED },
		{ 19, 1, 1, SECRETBOX_MALFORMED }, { 17, 2, 1, SECRETBOX_PASSPHRASE }, { 21, 8, 1, SECRETBOX_MALFORMED },
		{ 20, 8, 1, SECRETBOX_MALFORMED }, { 255, 255, 255, SECRETBOX_MALFORMED }, { 1, 33, 1, SECRETBOX_MALFORMED },
		{ 1, 1, 17, SECRETBOX_MALFORMED },
	};
	struct wr w = { 0 };

	secretbox_seal(&w, secret, sizeof(secret), "", SECRETBOX_NOTHING);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		w.p[AT_LOG_N] = rows[i].log_n;
		w.p[AT_R] = rows[i].r;
		w.p[AT_P] = rows[i].p;
		CU_ASSERT_EQUAL(try(w.p, w.len, ""), rows[i].err);
	}
	wr_clear(&w);
}

/* Made by another program (Python's hashlib.scrypt and AESGCM): boxes stay readable. */
static void
a_box_of_long_ago_opens(void)
{
	static const char hex[] = "54534231010801000102030405060708090a0b0c0d0e0f6465666768696a6b6c6d6e6f0c5f23f8d9489fce1b5a3de6c96fbaec2b2d3cd50b971b69";
	uint8_t box[sizeof(hex) / 2], *out = NULL;
	size_t len = 0;

	CU_ASSERT_FATAL(hex_decode(box, sizeof(box), hex));
	CU_ASSERT_EQUAL_FATAL(secretbox_open(&out, &len, box, sizeof(box), "a passphrase"), SECRETBOX_OK);
	CU_ASSERT_EQUAL(len, 8);
	CU_ASSERT_EQUAL(memcmp(out, "a secret", 8), 0);
	free(out);
}

static const struct unit_test tests[] = {
	{ "what is sealed opens", what_is_sealed_opens },
	{ "every byte is authenticated", every_byte_is_authenticated },
	{ "costs are bounded", costs_are_bounded },
	{ "a box of long ago opens", a_box_of_long_ago_opens },
};

UNIT_MAIN("secretbox", tests)
