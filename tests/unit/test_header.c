#include "chain/header.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

/* Main's block 1. */
static const char block_1[] = "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000"
			      "982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299";
static const char block_1_hash[] = "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048";

static void
a_real_header(void)
{
	uint8_t bytes[HEADER_LEN], again[HEADER_LEN];
	struct header h;
	struct hash256 hash;
	struct wr w = { 0 };
	char text[HASH256_HEX_LEN];

	CU_ASSERT_FATAL(hex_decode(bytes, sizeof(bytes), block_1));
	CU_ASSERT_FATAL(header_decode(&h, bytes, sizeof(bytes)));
	CU_ASSERT_EQUAL(h.version, 1);
	CU_ASSERT_EQUAL(h.time, 1231469665);
	CU_ASSERT_EQUAL(h.bits, 0x1d00ffff);
	CU_ASSERT_EQUAL(h.nonce, 2573394689);
	hash256_to_display(text, &h.merkle_root);
	CU_ASSERT_STRING_EQUAL(text, "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098");
	header_hash(&hash, &h);
	hash256_to_display(text, &hash);
	CU_ASSERT_STRING_EQUAL(text, block_1_hash);
	header_encode(again, &h);
	CU_ASSERT_EQUAL(memcmp(again, bytes, sizeof(bytes)), 0);
	wr_header(&w, &h);
	CU_ASSERT(w.len == sizeof(bytes) && memcmp(w.p, bytes, sizeof(bytes)) == 0);
	wr_clear(&w);
}

static void
every_field_survives(void)
{
	struct header h = { .version = INT32_MIN, .time = UINT32_MAX, .bits = 0x01020304, .nonce = 0xfffefdfc }, back;
	uint8_t bytes[HEADER_LEN];

	memset(h.prev.b, 0x11, 32);
	memset(h.merkle_root.b, 0x22, 32);
	header_encode(bytes, &h);
	CU_ASSERT_FATAL(header_decode(&back, bytes, sizeof(bytes)));
	CU_ASSERT_EQUAL(back.version, h.version);
	CU_ASSERT(hash256_eq(&back.prev, &h.prev));
	CU_ASSERT(hash256_eq(&back.merkle_root, &h.merkle_root));
	CU_ASSERT(back.time == h.time && back.bits == h.bits && back.nonce == h.nonce);
}

static void
another_length_is_refused(void)
{
	uint8_t bytes[HEADER_LEN + 1];

	memset(bytes, 0x5a, sizeof(bytes));
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		uint8_t *exact = mem_dup(bytes, len);
		struct header h = { .nonce = 7 };
		struct rd r = rd_init(exact, len);

		CU_ASSERT_EQUAL(header_decode(&h, exact, len), len == HEADER_LEN);
		CU_ASSERT_EQUAL(h.nonce, len == HEADER_LEN ? 0x5a5a5a5a : 7);
		rd_header(&r, &h);
		CU_ASSERT_EQUAL(rd_ok(&r), len >= HEADER_LEN);
		if (len < HEADER_LEN)
			CU_ASSERT(h.version == 0 && hash256_is_zero(&h.prev) && h.nonce == 0);
		free(exact);
	}
}

static void
many_hashes(void)
{
	struct header h[41];
	uint8_t bytes[ARRAY_LEN(h)][HEADER_LEN];
	struct hash256 one, from_bytes[ARRAY_LEN(h)], from_headers[ARRAY_LEN(h)];

	for (uint32_t i = 0; i < ARRAY_LEN(h); i++) {
		h[i] = (struct header){ .version = (int32_t)i, .prev = { { (uint8_t)i } }, .time = ~i, .bits = i << 20, .nonce = i };
		header_encode(bytes[i], &h[i]);
	}
	for (size_t n = 0; n <= ARRAY_LEN(h); n++) {
		memset(from_headers, 0, sizeof(from_headers));
		header_hash_many(from_bytes, bytes[0], n);
		header_hash_all(from_headers, h, n);
		for (size_t i = 0; i < n; i++) {
			header_hash(&one, &h[i]);
			CU_ASSERT(hash256_eq(&one, &from_bytes[i]) && hash256_eq(&one, &from_headers[i]));
		}
	}
}

static const struct unit_test tests[] = {
	{ "a real header", a_real_header },
	{ "every field survives", every_field_survives },
	{ "another length is refused", another_length_is_refused },
	{ "many hashes", many_hashes },
};

UNIT_MAIN("header", tests)
