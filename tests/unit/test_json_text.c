#include "bridge/json_text.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static void
strict_reading(void)
{
	static const struct {
		const char *text;
		size_t len; /* 0: strlen */
		bool good;
	} rows[] = {
		{ "{}", 0, true },
		{ " [1, \"a\", null, {\"b\": -0.5}] ", 0, true },
		{ "{\"a\":\"\\u00e9\\ud83d\\ude00\"}", 0, true },
		{ "", 0, false },
		{ "   ", 0, false },
		{ "1", 0, false },
		{ "\"a\"", 0, false },
		{ "null", 0, false },
		{ "{} {}", 0, false },
		{ "{}x", 0, false },
		{ "{", 0, false },
		{ "{\"a\":1,\"a\":2}", 0, false },
		{ "{\"a\":1,}", 0, false },
		{ "{'a':1}", 0, false },
		{ "[01]", 0, false },
		{ "[1e]", 0, false },
		{ "[1e999]", 0, false },
		{ "[99999999999999999999]", 0, false },
		{ "[NaN]", 0, false },
		{ "[Infinity]", 0, false },
		{ "[\"\xff\"]", 0, false },
		{ "[\"\xc0\xaf\"]", 0, false },     /* overlong */
		{ "[\"\xed\xa0\x80\"]", 0, false }, /* a surrogate */
		{ "[\"\\ud800\"]", 0, false },
		{ "[\"\\u0000\"]", 0, false },
		{ "[\"a\nb\"]", 0, false },
		{ "[1]\0", 4, false },
		{ "// no\n[1]", 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[JSON_WHY_LEN] = "";
		json_t *j;
		bool good = json_read_strict(&j, why, rows[i].text, rows[i].len ? rows[i].len : strlen(rows[i].text));

		CU_ASSERT_EQUAL(good, rows[i].good);
		if (good != rows[i].good)
			fprintf(stderr, "row %zu: %s\n", i, rows[i].text);
		CU_ASSERT_EQUAL(j != NULL, good);
		json_decref(j);
	}
}

static void
depth_is_bounded(void)
{
	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
		char text[2 * JSON_DEPTH_MAX + 10] = "", why[JSON_WHY_LEN];
		json_t *j;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		CU_ASSERT_EQUAL(json_read_strict(&j, why, text, 2 * depth), depth == JSON_DEPTH_MAX);
		json_decref(j);
	}
}

/* The scan finds the same end however the bytes arrive. */
static void
ends_are_found_in_a_stream(void)
{
	static const char text[] = " {\"a\":\"}\\\"]\",\"b\":[{},[]]} [1] x";
	static const size_t first = 25, second = 4;

	for (size_t cut = 1; cut <= first; cut++) {
		struct json_scan s = { 0 };
		size_t used, total = 0;
		enum json_scan_state state = json_scan_feed(&s, text, cut, &used);

		total = used;
		while (state == JSON_SCAN_INSIDE || state == JSON_SCAN_BLANK) {
			state = json_scan_feed(&s, text + total, 1, &used);
			total += used;
		}
		CU_ASSERT_EQUAL(state, JSON_SCAN_DONE);
		CU_ASSERT_EQUAL(total, first);
		s = (struct json_scan){ 0 };
		CU_ASSERT_EQUAL(json_scan_feed(&s, text + first, sizeof(text) - 1 - first, &used), JSON_SCAN_DONE);
		CU_ASSERT_EQUAL(used, second);
		s = (struct json_scan){ 0 };
		CU_ASSERT_EQUAL(json_scan_feed(&s, text + first + second, 2, &used), JSON_SCAN_BAD);
	}
}

static const struct unit_test tests[] = {
	{ "strict reading", strict_reading },
	{ "depth is bounded", depth_is_bounded },
	{ "ends are found in a stream", ends_are_found_in_a_stream },
};

UNIT_MAIN("json_text", tests)
