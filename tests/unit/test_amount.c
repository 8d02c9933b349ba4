#include "base/amount.h"

#include "tests/unit/unit.h"

static struct amount
units(uint64_t v)
{
	struct amount a = AMOUNT_ZERO;

	CU_ASSERT_FATAL(amount_from_units(&a, v));
	return a;
}

static void
arithmetic_never_wraps(void)
{
	struct amount a = units(AMOUNT_MAX), out = units(7);

	CU_ASSERT_FALSE(amount_from_units(&out, AMOUNT_MAX + 1));
	CU_ASSERT_FALSE(amount_add(&out, a, units(1)));
	CU_ASSERT_FALSE(amount_sub(&out, units(1), units(2)));
	CU_ASSERT_FALSE(amount_muldiv(&out, a, 2, 1, AMOUNT_DOWN));
	CU_ASSERT_FALSE(amount_muldiv(&out, a, 1, 0, AMOUNT_DOWN));
	CU_ASSERT_EQUAL(amount_units(out), 7);
	CU_ASSERT(amount_add(&out, units(AMOUNT_MAX - 1), units(1)));
	CU_ASSERT_EQUAL(amount_units(out), AMOUNT_MAX);
	CU_ASSERT(amount_muldiv(&out, a, UINT64_MAX, UINT64_MAX, AMOUNT_UP));
	CU_ASSERT_EQUAL(amount_units(out), AMOUNT_MAX);
	CU_ASSERT(amount_muldiv(&out, units(10), 1, 3, AMOUNT_DOWN));
	CU_ASSERT_EQUAL(amount_units(out), 3);
	CU_ASSERT(amount_muldiv(&out, units(10), 1, 3, AMOUNT_UP));
	CU_ASSERT_EQUAL(amount_units(out), 4);
}

static void
text_both_ways(void)
{
	static const struct {
		const char *text;
		unsigned decimals;
		uint64_t v;
		const char *shown; /* NULL: refused */
	} rows[] = {
		{ "0", 8, 0, "0.00000000" },
		{ "1", 8, 100000000, "1.00000000" },
		{ "0.00000001", 8, 1, "0.00000001" },
		{ "92233720368.54775807", 8, AMOUNT_MAX, "92233720368.54775807" },
		{ "92233720368.54775808", 8, 0, NULL },
		{ "9223372036854775807", 0, AMOUNT_MAX, "9223372036854775807" },
		{ "9223372036854775808", 0, 0, NULL },
		{ "99999999999999999999999", 0, 0, NULL },
		{ "007", 2, 700, "7.00" },
		{ "0.000000001", 8, 0, NULL },
		{ "1.5", 0, 0, NULL },
		{ "1e-9", 8, 0, NULL },
		{ "-0", 8, 0, NULL },
		{ "+1", 8, 0, NULL },
		{ " 1", 8, 0, NULL },
		{ "1 ", 8, 0, NULL },
		{ ".5", 8, 0, NULL },
		{ "1.", 8, 0, NULL },
		{ "1.2.3", 8, 0, NULL },
		{ "", 8, 0, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct amount a = AMOUNT_ZERO;
		char shown[AMOUNT_TEXT_LEN];

		CU_ASSERT_EQUAL(amount_parse(&a, rows[i].text, rows[i].decimals) == NULL, rows[i].shown != NULL);
		CU_ASSERT_EQUAL(amount_units(a), rows[i].v);
		if (rows[i].shown != NULL) {
			amount_format(shown, a, rows[i].decimals);
			CU_ASSERT_STRING_EQUAL(shown, rows[i].shown);
		}
	}
}

static void
bytes_above_the_maximum_are_refused(void)
{
	struct wr w = { 0 };
	struct rd r;

	wr_u64(&w, AMOUNT_MAX);
	wr_u64(&w, AMOUNT_MAX + 1);
	r = rd_init(w.p, w.len);
	CU_ASSERT_EQUAL(amount_units(rd_amount(&r)), AMOUNT_MAX);
	CU_ASSERT(rd_ok(&r));
	CU_ASSERT(amount_is_zero(rd_amount(&r)));
	CU_ASSERT_FALSE(rd_ok(&r));
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "arithmetic never wraps", arithmetic_never_wraps },
	{ "text both ways", text_both_ways },
	{ "bytes above the maximum are refused", bytes_above_the_maximum_are_refused },
};

UNIT_MAIN("amount", tests)
