#include "token/plugin_loader.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Beside the tests, where make puts them. */
static const char *const files[] = { "gov_council", "gov_token", "issue_fixed", "issue_loyalty" };

/* Each file's own code runs, one after the other, and again. */
static void
each_file_is_itself(void)
{
	struct hash256 first[ARRAY_LEN(files)];

	for (size_t i = 0; i < 2 * ARRAY_LEN(files); i++) {
		const char *name = files[i % ARRAY_LEN(files)];
		struct plugin_file f;
		char path[100];

		(void)snprintf(path, sizeof(path), "plugins/%s.so", name);
		CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, path), PLUGIN_OK);
		CU_ASSERT_STRING_EQUAL(f.plugin->name, name);
		if (i < ARRAY_LEN(files))
			first[i] = f.hash;
		CU_ASSERT(hash256_eq(&f.hash, &first[i % ARRAY_LEN(files)]));
	}
}

static void
what_is_no_rule_is_refused(void)
{
	struct plugin_file f;

	CU_ASSERT_EQUAL(plugin_inspect(&f, "plugins/none.so"), PLUGIN_IO);
	CU_ASSERT_EQUAL(plugin_inspect(&f, "plugins"), PLUGIN_IO);
	CU_ASSERT_EQUAL(plugin_inspect(&f, "Makefile"), PLUGIN_NOT_LOADED);
	CU_ASSERT(f.plugin == NULL && strlen(f.why) > 0);
}

static const struct unit_test tests[] = {
	{ "each file is itself", each_file_is_itself },
	{ "what is no rule is refused", what_is_no_rule_is_refused },
};

UNIT_MAIN("plugin_loader", tests)
