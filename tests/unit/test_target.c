#include "chain/target.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Bitcoin Core, src/test/arith_uint256_tests.cpp, bignum_SetCompact. */
static void
compact_targets(void)
{
	static const struct {
		uint32_t bits;
		const char *target; /* without leading zeros; NULL: refused */
		uint32_t again;
	} rows[] = {
		{ 0x00000000, NULL, 0 },
		{ 0x00123456, NULL, 0 },
		{ 0x01003456, NULL, 0 },
		{ 0x02000056, NULL, 0 },
		{ 0x03000000, NULL, 0 },
		{ 0x04000000, NULL, 0 },
		{ 0x00923456, NULL, 0 },
		{ 0x01803456, NULL, 0 },
		{ 0x02800056, NULL, 0 },
		{ 0x03800000, NULL, 0 },
		{ 0x04800000, NULL, 0 },
		{ 0x01fedcba, NULL, 0 },
		{ 0x04923456, NULL, 0 },
		{ 0xff123456, NULL, 0 },
		{ 0x23000001, NULL, 0 },
		{ 0x22000100, NULL, 0 },
		{ 0x21010000, NULL, 0 },
		{ 0x01123456, "12", 0x01120000 },
		{ 0x02123456, "1234", 0x02123400 },
		{ 0x03123456, "123456", 0x03123456 },
		{ 0x04123456, "12345600", 0x04123456 },
		{ 0x02008000, "80", 0x02008000 },
		{ 0x05009234, "92340000", 0x05009234 },
		{ 0x20123456, "1234560000000000000000000000000000000000000000000000000000000000", 0x20123456 },
		{ 0x22000012, "1200000000000000000000000000000000000000000000000000000000000000", 0x20120000 },
		{ 0x2100ffff, "ffff000000000000000000000000000000000000000000000000000000000000", 0x2100ffff },
		{ 0x1d00ffff, "ffff0000000000000000000000000000000000000000000000000000", 0x1d00ffff },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct u256 t = u256_from_u64(42);
		char text[HASH256_HEX_LEN];
		size_t digits;

		CU_ASSERT_EQUAL(target_from_bits(&t, rows[i].bits), rows[i].target != NULL);
		if (rows[i].target == NULL) {
			CU_ASSERT_EQUAL(t.w[0], 42);
			continue;
		}
		digits = strlen(rows[i].target);
		u256_to_hex(text, &t);
		CU_ASSERT_STRING_EQUAL(text + 64 - digits, rows[i].target);
		CU_ASSERT_EQUAL(u256_bits(&t), (unsigned)(4 * digits) - (unsigned)(rows[i].target[0] == '1' ? 3 : 0));
		CU_ASSERT_EQUAL(target_to_bits(&t), rows[i].again);
	}
}

static void
encoding_rounds_down_and_decodes_again(void)
{
	struct u256 t = u256_from_u64(0x123456789abcdef1);

	for (unsigned shift = 0; shift < 256; shift++) {
		struct u256 number = u256_shl(&t, shift), low, back;
		uint32_t bits = target_to_bits(&number);

		if (u256_is_zero(&number))
			break;
		CU_ASSERT_FATAL(target_from_bits(&back, bits));
		CU_ASSERT(u256_cmp(&back, &number) <= 0);
		low = u256_sub(&number, &back);
		CU_ASSERT(u256_bits(&low) + 15 <= u256_bits(&number));
		CU_ASSERT_EQUAL(target_to_bits(&back), bits);
	}
}

static void
work_of_known_bits(void)
{
	static const struct {
		uint32_t bits;
		const char *work;
	} rows[] = {
		{ 0x1d00ffff, "0000000000000000000000000000000000000000000000000000000100010001" }, /* main's genesis */
		{ 0x207fffff, "0000000000000000000000000000000000000000000000000000000000000002" }, /* regtest */
		{ 0x1e0377ae, "000000000000000000000000000000000000000000000000000000000049d414" }, /* signet */
		{ 0x03000001, "8000000000000000000000000000000000000000000000000000000000000000" },
	};
	struct u256 work, want, top = u256_from_u64(0);
	struct work_memo memo = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_FATAL(bits_work(&work, rows[i].bits));
		CU_ASSERT_FATAL(u256_from_hex(&want, rows[i].work));
		CU_ASSERT(u256_cmp(&work, &want) == 0);
		for (int again = 0; again < 2; again++) {
			CU_ASSERT(work_memo_ask(&memo, &work, rows[i].bits) && u256_cmp(&work, &want) == 0);
			CU_ASSERT_FALSE(work_memo_ask(&memo, &work, again == 0 ? 0 : 0x04923456));
		}
	}
	CU_ASSERT_FALSE(bits_work(&work, 0));
	CU_ASSERT_FALSE(bits_work(&work, 0x04923456));
	top = u256_not(&top);
	work = target_work(&top);
	CU_ASSERT(work.w[0] == 1 && u256_bits(&work) == 1);
}

static const struct unit_test tests[] = {
	{ "compact targets", compact_targets },
	{ "encoding rounds down and decodes again", encoding_rounds_down_and_decodes_again },
	{ "work of known bits", work_of_known_bits },
};

UNIT_MAIN("target", tests)
