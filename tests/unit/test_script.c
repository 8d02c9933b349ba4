#include "chain/script.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static void
numbers_are_pushed_minimally(void)
{
	static const struct {
		int64_t v;
		const char *hex;
	} rows[] = {
		{ 0, "00" },
		{ -1, "4f" },
		{ 1, "51" },
		{ 16, "60" },
		{ 17, "0111" },
		{ 127, "017f" },
		{ 128, "028000" },
		{ 255, "02ff00" },
		{ 256, "020001" },
		{ 32767, "02ff7f" },
		{ 32768, "03008000" },
		{ 65535, "03ffff00" },
		{ 8388607, "03ffff7f" },
		{ 8388608, "0400008000" },
		{ -2, "0182" },
		{ -127, "01ff" },
		{ -128, "028080" },
		{ -255, "02ff80" },
		{ 4294967295, "05ffffffff00" },
		{ INT64_MAX, "08ffffffffffffff7f" },
		{ INT64_MIN, "09000000000000008080" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 };
		char hex[32];

		wr_push_number(&w, rows[i].v);
		hex_encode(hex, w.p, w.len);
		CU_ASSERT_STRING_EQUAL(hex, rows[i].hex);
		wr_clear(&w);
	}
}

static void
pushes_are_minimal_and_read_back(void)
{
	static const struct {
		size_t len;
		uint8_t fill;
		size_t prefix; /* bytes in front of the data; 0: the opcode stands for it */
		uint8_t opcode;
	} rows[] = {
		{ 0, 0, 1, 0x00 },
		{ 1, 0, 1, 0x01 },
		{ 1, 1, 0, OP_1 },
		{ 1, 16, 0, OP_16 },
		{ 1, 17, 1, 0x01 },
		{ 1, 0x80, 1, 0x01 },
		{ 1, 0x81, 0, OP_1NEGATE },
		{ 2, 1, 1, 0x02 },
		{ 75, 7, 1, 75 },
		{ 76, 7, 2, OP_PUSHDATA1 },
		{ 255, 7, 2, OP_PUSHDATA1 },
		{ 256, 7, 3, OP_PUSHDATA2 },
		{ 65535, 7, 3, OP_PUSHDATA2 },
		{ 65536, 7, 5, OP_PUSHDATA4 },
	};
	static uint8_t data[65536];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 };
		struct script_op op;
		struct rd r;

		memset(data, rows[i].fill, rows[i].len);
		wr_push(&w, data, rows[i].len);
		CU_ASSERT_EQUAL(w.p[0], rows[i].opcode);
		CU_ASSERT_EQUAL(w.len, rows[i].prefix == 0 ? 1 : rows[i].prefix + rows[i].len);
		r = rd_init(w.p, w.len);
		CU_ASSERT(script_next(&r, &op));
		CU_ASSERT_EQUAL(op.opcode, rows[i].opcode);
		CU_ASSERT_EQUAL(op.data == NULL, rows[i].prefix == 0);
		if (op.data != NULL) {
			CU_ASSERT_EQUAL(op.len, rows[i].len);
			CU_ASSERT_EQUAL(memcmp(op.data, data, op.len), 0);
		}
		CU_ASSERT_FALSE(script_next(&r, &op));
		CU_ASSERT(rd_done(&r));
		for (size_t cut = 1; cut < w.len && cut < 400; cut++) {
			r = rd_init(w.p, cut);
			CU_ASSERT_FALSE(script_next(&r, &op));
			CU_ASSERT_FALSE(rd_ok(&r));
			CU_ASSERT_PTR_NULL(op.data);
		}
		wr_clear(&w);
	}
}

#define H20 "000102030405060708090a0b0c0d0e0f10111213"
#define H32 H20 "1415161718191a1b1c1d1e1f"

static const struct {
	const char *hex;
	enum script_type type;
	size_t program_len;
	uint64_t dust;
} known[] = {
	{ "76a914" H20 "88ac", SCRIPT_P2PKH, 20, 546 },
	{ "a914" H20 "87", SCRIPT_P2SH, 20, 540 },
	{ "0014" H20, SCRIPT_P2WPKH, 20, 294 },
	{ "0020" H32, SCRIPT_P2WSH, 32, 330 },
	{ "5120" H32, SCRIPT_P2TR, 32, 330 },
	{ "5220" H32, SCRIPT_WITNESS_UNKNOWN, 32, 330 },
	{ "6020" H32, SCRIPT_WITNESS_UNKNOWN, 32, 330 },
	{ "5114" H20, SCRIPT_WITNESS_UNKNOWN, 20, 294 },
	{ "51024e73", SCRIPT_WITNESS_UNKNOWN, 2, 240 },
	{ "6028" H20 H20, SCRIPT_WITNESS_UNKNOWN, 40, 354 },
	{ "6029" H20 H20 "00", SCRIPT_NONSTANDARD, 0, 600 },
	{ "510100", SCRIPT_NONSTANDARD, 0, 480 },
	{ "0010000102030405060708090a0b0c0d0e0f", SCRIPT_NONSTANDARD, 0, 282 },
	{ "6120" H32, SCRIPT_NONSTANDARD, 0, 573 },
	{ "5020" H32, SCRIPT_NONSTANDARD, 0, 573 },
	{ "4f20" H32, SCRIPT_NONSTANDARD, 0, 573 },
	{ "5121" H32, SCRIPT_NONSTANDARD, 0, 573 },
	{ "4c0014" H20, SCRIPT_NONSTANDARD, 0, 540 },
	{ "6a", SCRIPT_OP_RETURN, 0, 0 },
	{ "6a20" H32, SCRIPT_OP_RETURN, 0, 0 },
	{ "6aff", SCRIPT_OP_RETURN, 0, 0 },
	{ "", SCRIPT_NONSTANDARD, 0, 471 },
	{ "51", SCRIPT_NONSTANDARD, 0, 474 },
	{ "76a914" H20 "88ac00", SCRIPT_NONSTANDARD, 0, 549 },
	{ "76a914" H20 "88ad", SCRIPT_NONSTANDARD, 0, 546 },
	{ "76a913" H20 "88ac", SCRIPT_NONSTANDARD, 0, 546 },
	{ "a914" H20 "88", SCRIPT_NONSTANDARD, 0, 540 },
	{ "2102" H32 "ac", SCRIPT_NONSTANDARD, 0, 576 },
};

static void
output_types_and_dust(void)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const uint8_t *program;
		size_t len, program_len;
		uint8_t *s = hex_decode_new(&len, known[i].hex, 100);

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT_EQUAL(script_classify(&program, &program_len, s, len), known[i].type);
		CU_ASSERT_EQUAL(script_classify(NULL, NULL, s, len), known[i].type);
		CU_ASSERT_EQUAL(program_len, known[i].program_len);
		CU_ASSERT_EQUAL(program == NULL, known[i].program_len == 0);
		if (program_len == 20 || program_len == 32)
			CU_ASSERT(program[0] == 0 && program[19] == 0x13);
		CU_ASSERT_EQUAL(script_dust_limit(s, len), known[i].dust);
		free(s);
	}
}

static void
no_truncation_keeps_its_type(void)
{
	for (size_t i = 0; i < 7; i++) {
		size_t len;
		uint8_t *s = hex_decode_new(&len, known[i].hex, 100);

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		for (size_t cut = 0; cut < len; cut++)
			CU_ASSERT_EQUAL(script_classify(NULL, NULL, s, cut), SCRIPT_NONSTANDARD);
		free(s);
	}
}

static void
what_cannot_be_spent_has_no_dust(void)
{
	static const uint8_t big[10001];

	CU_ASSERT_EQUAL(script_dust_limit(big, 10000), 3 * (8 + 3 + 10000 + 148));
	CU_ASSERT_EQUAL(script_dust_limit(big, 10001), 0);
	CU_ASSERT_EQUAL(script_dust_limit(NULL, 0), 471);
	CU_ASSERT_EQUAL(script_classify(NULL, NULL, NULL, 0), SCRIPT_NONSTANDARD);
}

static void
p2tr_script(void)
{
	struct xonly_key key;
	uint8_t s[34];
	const uint8_t *program;
	size_t len;

	memset(key.b, 0xa5, 32);
	script_p2tr(s, &key);
	CU_ASSERT_EQUAL(script_classify(&program, &len, s, sizeof(s)), SCRIPT_P2TR);
	CU_ASSERT(len == 32 && memcmp(program, key.b, 32) == 0);
}

static const struct unit_test tests[] = {
	{ "numbers are pushed minimally", numbers_are_pushed_minimally },
	{ "pushes are minimal and read back", pushes_are_minimal_and_read_back },
	{ "output types and dust", output_types_and_dust },
	{ "no truncation keeps its type", no_truncation_keeps_its_type },
	{ "what cannot be spent has no dust limit", what_cannot_be_spent_has_no_dust },
	{ "P2TR script", p2tr_script },
};

UNIT_MAIN("script", tests)
