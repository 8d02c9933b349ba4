/* Lists of accounts as people write them. */
#include "bridge/allowlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/allow_list.h"

#define HRP "tly"

static struct wr text;

static void
line(const char *before, unsigned who, const char *after)
{
	struct account a = test_account(who);
	char address[ACCOUNT_TEXT_LEN];

	account_to_text(address, &a, HRP);
	wr_bytes(&text, before, strlen(before));
	wr_bytes(&text, address, strlen(address));
	wr_bytes(&text, after, strlen(after));
}

static const char *
whole(void)
{
	wr_u8(&text, 0);
	return (const char *)text.p;
}

static void
lines_of_every_kind(void)
{
	struct complaint why;
	struct account *list;
	size_t n;

	wr_reset(&text);
	wr_bytes(&text, "# buyers\n\n \t\n", 12);
	line("", 0, "\n");
	line("  ", 1, " \t # bob\r\n");
	line("\t", 2, "\r\n");
	line("", 1, "#again\n#");
	line("", 4, " is no line\n");
	line("", 3, "");
	list = allowlist_from_text(&n, &why, whole(), HRP);
	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	CU_ASSERT_EQUAL_FATAL(n, 5);
	for (unsigned i = 0; i < n; i++) {
		struct account want = test_account((unsigned[]){ 0, 1, 2, 1, 3 }[i]);

		CU_ASSERT(account_eq(&list[i], &want));
	}
	free(list);
}

static void
mistakes_are_told(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "the list is empty" },
		{ "\n\n# nobody\n", "the list is empty" },
		{ "\nalice\n", "number 2 of the list" },
		{ "tly1qqqq", "number 1 of the list" },
		{ "#\n#\n tly1 x #\n", "number 3 of the list" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct complaint why = { .why = "" };
		size_t n;

		CU_ASSERT_PTR_NULL(allowlist_from_text(&n, &why, rows[i].text, HRP));
		CU_ASSERT_PTR_NOT_NULL(strstr(why.why, rows[i].why));
		if (strstr(why.why, rows[i].why) == NULL)
			printf("\n  %s", why.why);
	}
}

/* No byte of a file makes more of it than a complaint. */
static void
every_truncation(void)
{
	size_t full;

	wr_reset(&text);
	line("# x\n", 0, "\r\n");
	line(" ", 1, " # y\n");
	full = strlen(whole());
	for (size_t cut = 0; cut < full; cut++) {
		char *exact = malloc(cut + 1);
		struct complaint why;
		size_t n;

		memcpy(exact, text.p, cut);
		exact[cut] = '\0';
		free(allowlist_from_text(&n, &why, exact, HRP));
		CU_ASSERT(n <= 2);
		free(exact);
	}
}

static void
the_root_is_the_lists(void)
{
	struct account list[3] = { test_account(0), test_account(1), test_account(2) }, stranger = test_account(3), bob = list[1];
	struct complaint why;
	struct hash256 root;
	char hex[HASH256_HEX_LEN];
	json_t *o = allowlist_json(&why, list, 3, &bob);

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	allow_list_root(&root, list, 3); /* sorted by now */
	hash256_to_hex(hex, &root);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "root")), hex);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "accounts")), 3);
	CU_ASSERT(json_array_size(json_object_get(o, "path")) >= 1);
	json_decref(o);
	CU_ASSERT_PTR_NULL(allowlist_json(&why, list, 3, &stranger));
	wr_clear(&text);
}

static const struct unit_test tests[] = {
	{ "lines of every kind", lines_of_every_kind },
	{ "mistakes are told", mistakes_are_told },
	{ "every truncation", every_truncation },
	{ "the root is the list's", the_root_is_the_lists },
};

UNIT_MAIN("allowlist", tests)
