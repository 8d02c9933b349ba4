/* Which version of a rule runs at which height, what is missing, and what is disabled. */
#include "tests/unit/world.h"

#include <string.h>

#include "token/ledger.h"

#define NEVER UINT64_MAX

/* A state that has approved nothing, and no code that fits anything. */
static struct state *
bare(void)
{
	return state_new();
}

static struct rule_version
version(uint16_t minor, uint16_t patch)
{
	return (struct rule_version){ .name = "issue_x", .major = 2, .minor = minor, .patch = patch };
}

static void
approve(struct state *s, uint16_t minor, uint16_t patch, uint64_t from)
{
	struct action_plugin_approve a = {
		.name = OP_TEXT("issue_x"), .kind = TALLY_ISSUE, .major = 2, .minor = minor, .patch = patch, .from_height = from
	};

	a.file.b[0] = (uint8_t)minor;
	a.file.b[1] = (uint8_t)patch;
	CU_ASSERT_PTR_NULL(rule_approve(s, &a, 1));
	CU_ASSERT_STRING_EQUAL(rule_approve(s, &a, 1), "RULE_EXISTS");
}

static void
upgrade(struct state *s, uint16_t minor, uint16_t patch, uint64_t from)
{
	struct action_rule_upgrade a = { OP_TEXT("issue_x"), 2, minor, patch, from };

	CU_ASSERT_PTR_NULL(rule_upgrade(s, &a, 1));
}

static void
disable(struct state *s, uint16_t minor, uint16_t patch)
{
	struct action_plugin_disable a = { OP_TEXT("issue_x"), 2, minor, patch };

	CU_ASSERT_PTR_NULL(rule_disable(s, &a));
	CU_ASSERT_STRING_EQUAL(rule_disable(s, &a), "RULE_UNKNOWN");
}

/* minor * 100 + patch of what runs, -1 for nothing, -2 for disabled. */
static int
runs(const struct state *s, uint64_t height)
{
	struct rule_approval a;
	const char *why = rule_in_force(&a, s, "issue_x", 2, TALLY_ISSUE, height);

	if (why != NULL)
		return strcmp(why, "RULE_DISABLED") == 0 ? -2 : -1;
	CU_ASSERT(a.file.b[0] == a.version.minor && a.file.b[1] == a.version.patch);
	return a.version.minor * 100 + a.version.patch;
}

static void
P6_versions_height_by_height(void)
{
	static const struct {
		uint64_t height;
		int runs;
	} rows[] = { { 0, -1 }, { 1, 0 }, { 4, 0 }, { 5, 1 }, { 9, 1 }, { 10, 100 }, { 19, 100 }, { 20, 100 }, { NEVER - 1, 100 } };
	struct state *s = bare();
	struct rule_approval got;

	approve(s, 0, 0, 0);
	approve(s, 0, 1, 5);
	approve(s, 1, 0, 10);
	approve(s, 0, 9, 20);
	approve(s, 2, 0, NEVER);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(runs(s, rows[i].height), rows[i].runs);
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, s, "issue_x", 1, TALLY_ISSUE, 99), "RULE_UNKNOWN");
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, s, "issue_x", 2, TALLY_GOV, 99), "RULE_UNKNOWN");
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, s, "issue_xx", 2, TALLY_ISSUE, 99), "RULE_UNKNOWN");
	disable(s, 1, 0);
	CU_ASSERT_EQUAL(runs(s, 99), 9);
	disable(s, 0, 9);
	disable(s, 0, 1);
	CU_ASSERT_EQUAL(runs(s, 99), 0);
	disable(s, 0, 0);
	CU_ASSERT_EQUAL(runs(s, 99), -2);
	CU_ASSERT_EQUAL(runs(s, 0), -1);
	state_free(s);
}

static void
P6_upgrades_choose(void)
{
	static const struct {
		uint64_t height;
		int runs;
	} rows[] = { { 9, 0 }, { 10, 100 }, { 29, 100 }, { 30, 0 }, { 39, 0 }, { 40, 101 }, { 49, 101 }, { 50, 200 } };
	struct state *s = bare();

	approve(s, 0, 0, 0);
	approve(s, 1, 0, 10);
	approve(s, 1, 1, 40);
	approve(s, 2, 0, NEVER); /* waits for its upgrade */
	upgrade(s, 2, 0, 50);
	upgrade(s, 0, 0, 30); /* back to an older one, until a greater one comes */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(runs(s, rows[i].height), rows[i].runs);
	disable(s, 2, 0); /* then as if it had not been chosen */
	CU_ASSERT_EQUAL(runs(s, 60), 101);
	CU_ASSERT_EQUAL(runs(s, 45), 101);
	upgrade(s, 0, 0, 0); /* at the earliest in the next block */
	CU_ASSERT_EQUAL(runs(s, 0), -1);
	CU_ASSERT_EQUAL(runs(s, 1), 0);
	state_free(s);
}

static void
upgrades_that_make_no_sense(void)
{
	struct action_rule_upgrade a = { OP_TEXT("issue_x"), 2, 0, 0, 5 };
	struct state *s = bare();

	CU_ASSERT_STRING_EQUAL(rule_upgrade(s, &a, 1), "RULE_UNKNOWN");
	approve(s, 0, 0, 0);
	CU_ASSERT_PTR_NULL(rule_may_upgrade(s, &a));
	a.patch = 1;
	CU_ASSERT_STRING_EQUAL(rule_upgrade(s, &a, 1), "RULE_UNKNOWN");
	a.patch = 0;
	disable(s, 0, 0);
	CU_ASSERT_STRING_EQUAL(rule_upgrade(s, &a, 1), "RULE_DISABLED");
	a.name = (struct op_text)OP_TEXT("Issue");
	CU_ASSERT_STRING_EQUAL(rule_upgrade(s, &a, 1), "BAD_RULE_NAME");
	CU_ASSERT_EQUAL(state_count(s), 1);
	state_free(s);
}

static enum rule_stage
stage(const struct state *s, uint16_t minor, uint16_t patch, uint64_t height)
{
	struct rule_version v = version(minor, patch);
	struct rule_approval a;

	CU_ASSERT_FATAL(rule_get(&a, s, &v));
	return rule_stage(&a, s, height);
}

/* From which height on is the file of version 0 of these needed? */
static uint64_t
needed(const struct state *s, enum tally_kind kind, uint64_t height)
{
	struct rule_version v = version(0, 0);
	struct rule_approval a;

	CU_ASSERT_FATAL(rule_get(&a, s, &v));
	a.kind = kind;
	return rule_needed_from(&a, s, height);
}

/* A sale or a vote that began under it may still ask for it; an asset never does. */
static void
a_superseded_version_is_needed_by_sales_and_votes(void)
{
	struct state *s = bare();

	approve(s, 0, 0, 5);
	approve(s, 1, 0, 10);
	CU_ASSERT_EQUAL(needed(s, TALLY_ISSUE, 9), 9);
	for (enum tally_kind kind = TALLY_ISSUE; kind <= TALLY_VALSEL; kind++) {
		bool kept = kind == TALLY_SALE || kind == TALLY_GOV;

		CU_ASSERT_EQUAL(needed(s, kind, 4), 5);
		CU_ASSERT_EQUAL(needed(s, kind, 12), kept ? 12 : NEVER);
	}
	upgrade(s, 0, 0, 20);
	CU_ASSERT_EQUAL(needed(s, TALLY_ISSUE, 12), 20);
	CU_ASSERT_EQUAL(needed(s, TALLY_GOV, 12), 12);
	disable(s, 0, 0);
	CU_ASSERT_EQUAL(needed(s, TALLY_GOV, 12), NEVER);
	state_free(s);
}

static void
where_a_version_stands(void)
{
	struct rule_version v = version(2, 0);
	struct rule_approval a;
	struct state *s = bare();

	approve(s, 0, 0, 0);
	approve(s, 1, 0, 10);
	approve(s, 2, 0, NEVER);
	CU_ASSERT_EQUAL(stage(s, 0, 0, 9), RULE_IS_IN_FORCE);
	CU_ASSERT_EQUAL(stage(s, 1, 0, 9), RULE_IS_WAITING);
	CU_ASSERT_EQUAL(stage(s, 0, 0, 10), RULE_IS_SUPERSEDED);
	CU_ASSERT_EQUAL(stage(s, 1, 0, 10), RULE_IS_IN_FORCE);
	CU_ASSERT_EQUAL(stage(s, 2, 0, 10), RULE_IS_WAITING);
	CU_ASSERT(rule_get(&a, s, &v));
	CU_ASSERT_EQUAL(rule_upgrade_height(&a, s, 10), NEVER);
	upgrade(s, 2, 0, 20);
	upgrade(s, 0, 0, 30);
	CU_ASSERT_EQUAL(rule_upgrade_height(&a, s, 10), 20);
	CU_ASSERT_EQUAL(rule_upgrade_height(&a, s, 20), NEVER);
	CU_ASSERT_EQUAL(stage(s, 2, 0, 20), RULE_IS_IN_FORCE);
	CU_ASSERT_EQUAL(stage(s, 0, 0, 20), RULE_IS_WAITING); /* comes back */
	CU_ASSERT_EQUAL(stage(s, 0, 0, 30), RULE_IS_IN_FORCE);
	CU_ASSERT_EQUAL(stage(s, 1, 0, 30), RULE_IS_SUPERSEDED);
	disable(s, 1, 0);
	CU_ASSERT_EQUAL(stage(s, 1, 0, 9), RULE_IS_DISABLED);
	state_free(s);
}

/* ---- what is missing ---- */

static struct ledger *
small_ledger(struct genesis *g)
{
	static const struct module *const modules[] = { &bank_module, &rule_module };
	struct ledger *l;

	*g = (struct genesis){ .chain_id = "rules", .network = "regtest" };
	l = ledger_new(modules, ARRAY_LEN(modules), g);
	CU_ASSERT_PTR_NULL_FATAL(ledger_start(l, g));
	return l;
}

/* Make the next block: NULL, or why the node stops before it. */
static const char *
make_block(struct ledger *l)
{
	struct account proposer = { .type = ACCOUNT_KEY };
	struct ledger_block block;
	const char *why = NULL;

	ledger_begin(l, ledger_tip(l).time);
	if (ledger_end(&block, &why, l, &proposer))
		ledger_commit(l, &block);
	else
		ledger_discard(l);
	return why;
}

static struct tally_plugin
code_for(uint16_t minor, uint16_t patch)
{
	struct tally_plugin p = *issue_fixed_entry();

	memset(p.name, 0, sizeof(p.name));
	strcpy(p.name, "issue_x");
	p.major = 2;
	p.minor = minor;
	p.patch = patch;
	return p;
}

/* H-1 is made without the new version, H isn't; and once the file is there, H is made. */
static void
P6_a_missing_rule_stops_the_node_in_time(void)
{
	static struct tally_plugin old, new;
	struct hash256 old_file = { { 7, 0 } }, new_file = { { 7, 1 } };
	const struct tally_plugin *code;
	struct rule_version v = version(7, 1);
	struct rule_approval a;
	struct genesis g;
	struct ledger *l = small_ledger(&g);
	struct state *s = ledger_state(l);
	const char *why;

	old = code_for(7, 0);
	new = code_for(7, 1);
	approve(s, 7, 0, 0);
	why = make_block(l);
	CU_ASSERT_PTR_NOT_NULL_FATAL(why);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "issue_x 2.7.0"));
	CU_ASSERT_EQUAL(ledger_tip(l).height, 0);
	CU_ASSERT_PTR_NULL(rule_register(&old, &old_file));
	approve(s, 7, 1, 3);
	CU_ASSERT_FALSE(rule_next_missing(&a, s, 2));
	CU_ASSERT(rule_next_missing(&a, s, 3) && a.version.patch == 1);
	CU_ASSERT_PTR_NULL(make_block(l));
	/* A question, or a transaction that is only tried, comes between two blocks. */
	CU_ASSERT_STRING_EQUAL(rule_find_version(&code, s, &v, TALLY_ISSUE, 2), "RULE_MISSING");
	CU_ASSERT_PTR_NULL(make_block(l));
	CU_ASSERT(rule_find(&code, NULL, s, "issue_x", 2, TALLY_ISSUE, 2) == NULL && code == &old);
	why = make_block(l);
	CU_ASSERT_PTR_NOT_NULL_FATAL(why);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "issue_x 2.7.1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "0701000000"));
	CU_ASSERT_EQUAL(ledger_tip(l).height, 2);
	CU_ASSERT_PTR_NULL(rule_register(&new, &new_file));
	CU_ASSERT_PTR_NULL(make_block(l));
	CU_ASSERT(rule_find(&code, NULL, s, "issue_x", 2, TALLY_ISSUE, 3) == NULL && code == &new);
	/* Inside a block the word counts. */
	approve(s, 7, 2, NEVER);
	v = version(7, 2);
	ledger_begin(l, g.time);
	CU_ASSERT_STRING_EQUAL(rule_find_version(&code, s, &v, TALLY_ISSUE, 4), "RULE_MISSING");
	CU_ASSERT_PTR_NOT_NULL(rule_module.invariants(s, false));
	ledger_discard(l);
	ledger_free(l);
}

/* ---- disabled by agreement ---- */

/* From the agreed height on all versions in force are disabled, for whoever looks ahead too; the block writes it down; what is approved later
 * runs. */
static void
P5_an_agreement_disables(void)
{
	static struct tally_plugin old, new;
	struct hash256 old_file = { { 8, 0 } }, new_file = { { 8, 1 } };
	struct genesis g;
	struct ledger *l = small_ledger(&g);
	struct state *s = ledger_state(l);
	struct rule_version v = version(8, 0);
	struct rule_approval a;
	const struct tally_plugin *code;
	struct hash256 before, after;

	old = code_for(8, 0);
	new = code_for(8, 1);
	CU_ASSERT_PTR_NULL(rule_register(&old, &old_file));
	CU_ASSERT_PTR_NULL(rule_register(&new, &new_file));
	approve(s, 8, 0, 0);
	approve(s, 8, 1, 3);
	rule_disable_at("issue_x", 2);
	rule_disable_at("issue_x", 2);
	CU_ASSERT_PTR_NULL(make_block(l));
	CU_ASSERT_EQUAL(runs(s, 1), 800);
	CU_ASSERT_FALSE(rule_was_disabled_at(s, "issue_x", 2));
	CU_ASSERT_EQUAL(runs(s, 2), -2);
	CU_ASSERT_STRING_EQUAL(rule_find_version(&code, s, &v, TALLY_ISSUE, 2), "RULE_DISABLED");
	state_root(&before, s);
	CU_ASSERT_PTR_NULL(make_block(l));
	state_root(&after, s);
	CU_ASSERT_FALSE(hash256_eq(&before, &after));
	CU_ASSERT(rule_was_disabled_at(s, "issue_x", 2));
	CU_ASSERT(rule_get(&a, s, &v) && a.disabled);
	CU_ASSERT_EQUAL(runs(s, 2), -2);
	CU_ASSERT_PTR_NULL(make_block(l));
	CU_ASSERT_EQUAL(runs(s, 3), 801);
	CU_ASSERT_PTR_NULL(make_block(l));
	rule_recall_disablings(s);
	CU_ASSERT_EQUAL(runs(s, 4), 801);
	ledger_free(l);
}

static void
an_agreement_about_nothing_changes_nothing(void)
{
	struct genesis g;
	struct ledger *l = small_ledger(&g);
	struct hash256 before, after;

	state_root(&before, ledger_state(l));
	rule_disable_at("issue_none", 1);
	CU_ASSERT_PTR_NULL(make_block(l));
	state_root(&after, ledger_state(l));
	CU_ASSERT(hash256_eq(&before, &after));
	ledger_free(l);
}

static void
the_upgrade_payload(void)
{
	struct action_rule_upgrade a = { OP_TEXT("issue_x"), 2, 1, 9, 70 }, back;
	struct wr w = { 0 };

	action_rule_upgrade_encode(&w, &a);
	CU_ASSERT(action_rule_upgrade_decode(&back, w.p, w.len));
	CU_ASSERT(back.major == 2 && back.minor == 1 && back.patch == 9 && back.from_height == 70 && back.name.len == 7);
	for (size_t cut = 0; cut < w.len; cut++)
		CU_ASSERT_FALSE(action_rule_upgrade_decode(&back, w.p, cut));
	wr_u8(&w, 0);
	CU_ASSERT_FALSE(action_rule_upgrade_decode(&back, w.p, w.len));
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "P6 versions height by height", P6_versions_height_by_height },
	{ "P6 upgrades choose", P6_upgrades_choose },
	{ "upgrades that make no sense", upgrades_that_make_no_sense },
	{ "where a version stands", where_a_version_stands },
	{ "a superseded version is needed by sales and votes", a_superseded_version_is_needed_by_sales_and_votes },
	{ "P6 a missing rule stops the node in time", P6_a_missing_rule_stops_the_node_in_time },
	{ "P5 an agreement disables", P5_an_agreement_disables },
	{ "an agreement about nothing changes nothing", an_agreement_about_nothing_changes_nothing },
	{ "the upgrade payload", the_upgrade_payload },
};

UNIT_MAIN("rule", tests)
