#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static void
reads_what_was_written(void)
{
	static const uint8_t want[] = { 0x01, 0x03, 0x02, 0x02, 0x03, 0x07, 0x06, 0x05, 0x04, 8, 0, 0, 0, 0, 0, 0, 0x80, 3, 'a', 'b', 'c' };
	struct wr w = { 0 };
	struct rd r;
	size_t len;
	const uint8_t *s;

	wr_u8(&w, 1);
	wr_u16(&w, 0x0203);
	wr_u16be(&w, 0x0203);
	wr_u32(&w, 0x04050607);
	wr_u64(&w, 0x8000000000000008);
	wr_varbytes(&w, "abc", 3);
	CU_ASSERT_EQUAL_FATAL(w.len, sizeof(want));
	CU_ASSERT_EQUAL(memcmp(w.p, want, w.len), 0);

	r = rd_init(w.p, w.len);
	CU_ASSERT_EQUAL(rd_u8(&r), 1);
	CU_ASSERT_EQUAL(rd_u16(&r), 0x0203);
	CU_ASSERT_EQUAL(rd_u16be(&r), 0x0203);
	CU_ASSERT_EQUAL(rd_u32(&r), 0x04050607);
	CU_ASSERT_EQUAL(rd_i64(&r), INT64_MIN + 8);
	s = rd_varbytes(&r, &len, 3);
	CU_ASSERT_EQUAL(len, 3);
	CU_ASSERT(s != NULL && memcmp(s, "abc", 3) == 0);
	CU_ASSERT(rd_done(&r));

	for (size_t cut = 0; cut < w.len; cut++) {
		r = rd_init(w.p, cut);
		rd_u8(&r), rd_u16(&r), rd_u16be(&r), rd_u32(&r), rd_u64(&r);
		(void)rd_varbytes(&r, &len, 3);
		CU_ASSERT_FALSE(rd_done(&r));
	}
	wr_clear(&w);
}

static void
failure_is_sticky(void)
{
	struct rd r = rd_init("\1\2", 2);

	CU_ASSERT_EQUAL(rd_u32(&r), 0);
	CU_ASSERT_EQUAL(rd_u8(&r), 0);
	CU_ASSERT_FALSE(rd_ok(&r));
	CU_ASSERT_FALSE(rd_done(&r));
}

static void
compactsize_only_in_its_shortest_form(void)
{
	static const struct {
		const char *hex;
		uint64_t v;
		bool ok;
	} rows[] = {
		{ "00", 0, true },
		{ "fc", 0xfc, true },
		{ "fdfd00", 0xfd, true },
		{ "fdfc00", 0, false },
		{ "fdffff", 0xffff, true },
		{ "fe00000100", 0x10000, true },
		{ "feffff0000", 0, false },
		{ "feffffffff", 0xffffffff, true },
		{ "ff0000000001000000", 0x100000000, true },
		{ "ffffffffff00000000", 0, false },
		{ "ffffffffffffffffff", UINT64_MAX, true },
		{ "fd", 0, false },
		{ "", 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t b[16];
		size_t n = strlen(rows[i].hex) / 2;
		struct wr w = { 0 };
		struct rd r;

		CU_ASSERT_FATAL(hex_decode(b, n, rows[i].hex));
		r = rd_init(b, n);
		CU_ASSERT_EQUAL(rd_compactsize(&r), rows[i].v);
		CU_ASSERT_EQUAL(rd_done(&r), rows[i].ok);
		if (rows[i].ok) {
			wr_compactsize(&w, rows[i].v);
			CU_ASSERT_EQUAL(w.len, n);
			CU_ASSERT_EQUAL(compactsize_len(rows[i].v), n);
			CU_ASSERT_EQUAL(memcmp(w.p, b, n), 0);
			wr_clear(&w);
		}
	}
}

static void
counts_and_fences_hold(void)
{
	static const uint8_t b[] = { 3, 1, 2, 3, 4, 5 };
	struct rd r = rd_init(b, sizeof(b)), sub;

	CU_ASSERT_EQUAL(rd_count(&r, 2), 0); /* three items of two bytes do not fit into five */
	CU_ASSERT_FALSE(rd_ok(&r));

	r = rd_init(b, sizeof(b));
	CU_ASSERT_EQUAL(rd_count(&r, 1), 3);
	sub = rd_sub(&r, 2);
	CU_ASSERT_EQUAL(rd_u16(&sub), 0x0201);
	CU_ASSERT_EQUAL(rd_u8(&sub), 0);
	CU_ASSERT_FALSE(rd_ok(&sub));
	CU_ASSERT_EQUAL(rd_u8(&r), 3);
	sub = rd_sub(&r, 3);
	CU_ASSERT_FALSE(rd_ok(&sub));
	CU_ASSERT_FALSE(rd_ok(&r));
}

static void
hex_both_ways(void)
{
	uint8_t b[4];
	char text[9];
	size_t len;
	uint8_t *p;

	CU_ASSERT(hex_decode(b, 4, "00fFa09b"));
	hex_encode(text, b, 4);
	CU_ASSERT_STRING_EQUAL(text, "00ffa09b");
	CU_ASSERT_FALSE(hex_decode(b, 4, "00ffa0"));
	CU_ASSERT_FALSE(hex_decode(b, 4, "00ffa09b0"));
	CU_ASSERT_FALSE(hex_decode(b, 4, "00ffa09g"));
	CU_ASSERT_PTR_NULL(hex_decode_new(&len, "abc", 8));
	CU_ASSERT_PTR_NULL(hex_decode_new(&len, "abcd", 1));
	p = hex_decode_new(&len, "abcd", 2);
	CU_ASSERT_EQUAL(len, 2);
	free(p);
}

static const struct unit_test tests[] = {
	{ "reads what was written", reads_what_was_written },
	{ "failure is sticky", failure_is_sticky },
	{ "CompactSize only in its shortest form", compactsize_only_in_its_shortest_form },
	{ "counts and fences hold", counts_and_fences_hold },
	{ "hex both ways", hex_both_ways },
};

UNIT_MAIN("bytes", tests)
