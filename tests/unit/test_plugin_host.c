/* What a rule can and can't do: services, gas, and effects that the host must not apply. */
#include "tests/unit/world.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/rule_hostile.h"
#include "token/ledger.h"
#include "token/plugin_host.h"
#include "token/statekey.h"

const struct tally_plugin *issue_hostile_entry(void);

static struct asset_id
hostile(struct world *w, enum hostile how)
{
	uint8_t param = (uint8_t)how;
	struct op_create o = {
		.flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_hostile"), .rule_major = 1, .params = { &param, 1 }
	};
	struct asset_id a;

	DONE(world_create(w, &a, 0, &o));
	return a;
}

static void
start(struct world *w)
{
	world_init(w);
	world_approve(w, issue_hostile_entry());
}

static size_t
stored_keys(const struct world *w)
{
	struct state_walk walk;
	size_t n = 0;

	state_walk_init(&walk, w->state, "rk", 2);
	while (state_walk_next(&walk))
		n++;
	return n;
}

static void
P4_effects_that_the_host_refuses(void)
{
	static const struct {
		enum hostile how;
		const char *why;
	} rows[] = {
		{ HOSTILE_MINT_TWICE, "CAP_EXCEEDED" },      { HOSTILE_BURN_OTHERS, "RULE_EFFECT" },     { HOSTILE_MOVE_OTHERS, "RULE_EFFECT" },
		{ HOSTILE_MOVE_OWN, "RULE_EFFECT" },         { HOSTILE_TAKE_COIN, "RULE_EFFECT" },       { HOSTILE_COIN_OVER_LIMIT, "RULE_EFFECT" },
		{ HOSTILE_MANY_EFFECTS, "RULE_BAD_ANSWER" }, { HOSTILE_ANSWER_99, "RULE_BAD_ANSWER" },   { HOSTILE_ANSWER_NEGATIVE, "RULE_BAD_ANSWER" },
		{ HOSTILE_UNKNOWN_EFFECT, "RULE_EFFECT" },   { HOSTILE_ZERO, "RULE_EFFECT" },            { HOSTILE_HUGE, "RULE_EFFECT" },
		{ HOSTILE_ODD_ACCOUNT, "RULE_EFFECT" },      { HOSTILE_TO_MODULE, "RULE_EFFECT" },       { HOSTILE_DATES, "RULE_EFFECT" },
		{ HOSTILE_RECEIPT, "RULE_EFFECT" },          { HOSTILE_BURN_RECEIPT, "RULE_EFFECT" },    { HOSTILE_COIN_MINT, "RULE_EFFECT" },
		{ HOSTILE_REFUSE, "ASKED_TO_REFUSE" },       { HOSTILE_MEMORY, "RULE_MEMORY" },          { HOSTILE_MEMORY_AT_ONCE, "RULE_MEMORY" },
		{ HOSTILE_HASH, "RULE_GAS" },
	};
	struct world w;

	start(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct asset_id a = hostile(&w, rows[i].how);
		struct hash256 before, after;

		state_root(&before, w.state);
		REFUSED(world_mint(&w, 0, &a, 1, 500, 700), rows[i].why);
		state_root(&after, w.state);
		CU_ASSERT(hash256_eq(&before, &after));
		CU_ASSERT_EQUAL(stored_keys(&w), 0);
	}
	world_clear(&w);
}

static void
what_is_within_bounds_is_applied(void)
{
	struct world w;
	struct asset_id a;

	start(&w);
	a = hostile(&w, HOSTILE_NOT);
	DONE(world_mint(&w, 0, &a, 1, 500, 0));
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 500);
	DONE(world_send(&w, 1, &a, &w.people[2], 1)); /* not in its list of operations: the host's course */
	a = hostile(&w, HOSTILE_COIN_WITHIN_LIMIT);
	DONE(world_mint(&w, 0, &a, 1, 500, 700));
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000700);
	world_clear(&w);
}

static void
P3_gas_exact_passes_one_less_changes_nothing(void)
{
	struct world w;
	struct asset_id a;
	uint64_t spare = HOSTILE_GAS - GAS_CALL - GAS_KV_PUT - 5 * GAS_BYTE_STORED;

	start(&w);
	a = hostile(&w, HOSTILE_CHARGE);
	REFUSED(world_mint(&w, 0, &a, 1, 500, spare + 1), "RULE_GAS");
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 0);
	CU_ASSERT_EQUAL(stored_keys(&w), 0);
	REFUSED(world_mint(&w, 0, &a, 1, 500, INT64_MAX), "RULE_GAS");
	DONE(world_mint(&w, 0, &a, 1, 500, spare));
	CU_ASSERT_EQUAL(plugin_gas_used(), HOSTILE_GAS);
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 500);
	CU_ASSERT_EQUAL(stored_keys(&w), 1);
	world_clear(&w);
}

static void
services_do_what_the_header_says(void)
{
	struct world w;
	struct asset_id a, b;
	struct event e;

	start(&w);
	a = hostile(&w, HOSTILE_STORAGE);
	DONE(world_mint(&w, 0, &a, 1, 5, 0));
	CU_ASSERT_EQUAL(stored_keys(&w), 2);
	b = hostile(&w, HOSTILE_STORAGE); /* another instance, its own storage */
	DONE(world_mint(&w, 0, &b, 1, 5, 0));
	CU_ASSERT_EQUAL(stored_keys(&w), 4);
	a = hostile(&w, HOSTILE_SERVICES);
	DONE(world_mint(&w, 0, &a, 1, 5, 0));
	CU_ASSERT(world_event(&e, &w, "HELLO") && e.len == 1);
	CU_ASSERT_FALSE(world_event(&e, &w, "LONG"));
	world_clear(&w);
}

static void
P1_descriptors_that_break_a_rule(void)
{
	static const char *const bad_reasons[] = { "lower", NULL };
	static const struct tally_issue_functions no_functions = { NULL };
	const struct tally_plugin good = *issue_hostile_entry();
	struct tally_plugin p;

	CU_ASSERT_PTR_NULL(rule_check_descriptor(&good));
	CU_ASSERT_PTR_NOT_NULL(rule_check_descriptor(NULL));
#define BAD(change, words)                                                              \
	do {                                                                            \
		const char *why;                                                        \
		p = good;                                                               \
		change;                                                                 \
		why = rule_check_descriptor(&p);                                        \
		CU_ASSERT_PTR_NOT_NULL_FATAL(why);                                      \
		CU_ASSERT_PTR_NOT_NULL(strstr(why, words));                             \
	} while (0)
	BAD(p.magic++, "magic");
	BAD(p.abi_major++, "major");
	BAD(p.abi_minor++, "minor");
	BAD(p.size--, "shorter");
	BAD(p.kind = 9, "kind");
	BAD(p.kind = TALLY_SALE, "kind");
	BAD(p.kind = TALLY_GOV, "GOV");
	BAD(p.issue = NULL, "ISSUE");
	BAD(p.issue = &no_functions, "ISSUE");
	BAD(p.name[0] = 'A', "name");
	BAD(memset(p.name, 'a', sizeof(p.name)), "name");
	BAD(p.name[0] = '\0', "name");
	BAD(p.reasons = NULL, "reasons");
	BAD(p.reasons = bad_reasons, "reason");
}

static void
a_missing_rule_stops_the_node(void)
{
	struct action_plugin_approve a = { .name = OP_TEXT("issue_absent"), .kind = TALLY_ISSUE, .major = 1 };
	const struct tally_plugin *code;
	struct world w;

	start(&w);
	a.file = hash_of("nobody has it");
	CU_ASSERT_PTR_NULL(rule_approve(w.state, &a, 1));
	CU_ASSERT_PTR_NULL(rule_module.invariants(w.state, false));
	CU_ASSERT_STRING_EQUAL(rule_find(&code, NULL, w.state, "issue_absent", 1, TALLY_ISSUE, 1), "RULE_MISSING");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rule_module.invariants(w.state, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(rule_module.invariants(w.state, false), "issue_absent 1.0.0"));
	rule_module.begin_block();
	world_clear(&w);
}

/* A question, or a transaction that is only tried, comes between two blocks. */
static void
asking_for_a_missing_rule_stops_nothing(void)
{
	static const struct module *const modules[] = { &bank_module, &rule_module };
	struct action_plugin_approve a = { .name = OP_TEXT("issue_absent"), .kind = TALLY_ISSUE, .major = 1 };
	struct genesis g = { .chain_id = "rules", .network = "regtest" };
	struct account proposer = { .type = ACCOUNT_KEY };
	struct ledger *l = ledger_new(modules, ARRAY_LEN(modules), &g);
	const struct tally_plugin *code;
	struct ledger_block block;
	const char *why;

	a.file = hash_of("nobody has it");
	CU_ASSERT_PTR_NULL(ledger_start(l, &g));
	CU_ASSERT_PTR_NULL(rule_approve(ledger_state(l), &a, 1));
	CU_ASSERT_STRING_EQUAL(rule_find(&code, NULL, ledger_state(l), "issue_absent", 1, TALLY_ISSUE, 1), "RULE_MISSING");
	ledger_begin(l, g.time);
	CU_ASSERT(ledger_end(&block, &why, l, &proposer));
	ledger_commit(l, &block);
	ledger_begin(l, g.time);
	CU_ASSERT_STRING_EQUAL(rule_find(&code, NULL, ledger_state(l), "issue_absent", 1, TALLY_ISSUE, 2), "RULE_MISSING");
	CU_ASSERT_FALSE(ledger_end(&block, &why, l, &proposer));
	ledger_discard(l);
	rule_module.begin_block();
	ledger_free(l);
}

static void
versions_and_disabling(void)
{
	static const struct {
		uint16_t minor, patch;
		uint64_t from;
	} versions[] = { { 0, 0, 1 }, { 0, 1, 5 }, { 1, 0, 10 }, { 0, 9, 20 } };
	struct action_plugin_disable disable = { .name = OP_TEXT("issue_x"), .major = 2, .minor = 1 };
	struct rule_approval got;
	struct world w;

	start(&w);
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct action_plugin_approve a = { .name = OP_TEXT("issue_x"), .kind = TALLY_ISSUE, .major = 2 };

		a.minor = versions[i].minor;
		a.patch = versions[i].patch;
		a.from_height = versions[i].from;
		a.file.b[0] = (uint8_t)i;
		CU_ASSERT_PTR_NULL(rule_approve(w.state, &a, 1));
		CU_ASSERT_STRING_EQUAL(rule_approve(w.state, &a, 1), "RULE_EXISTS");
	}
	/* P6: height by height */
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 0), "RULE_UNKNOWN");
	CU_ASSERT(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 4) == NULL && got.version.patch == 0);
	CU_ASSERT(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 5) == NULL && got.version.patch == 1);
	CU_ASSERT(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 9) == NULL && got.version.minor == 0);
	CU_ASSERT(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 10) == NULL && got.version.minor == 1);
	CU_ASSERT(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 99) == NULL && got.version.minor == 1);
	CU_ASSERT_PTR_NULL(rule_disable(w.state, &disable));
	CU_ASSERT_STRING_EQUAL(rule_disable(w.state, &disable), "RULE_UNKNOWN");
	CU_ASSERT(rule_in_force(&got, w.state, "issue_x", 2, TALLY_ISSUE, 99) == NULL && got.version.patch == 9);
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, w.state, "issue_x", 1, TALLY_ISSUE, 99), "RULE_UNKNOWN");
	CU_ASSERT_STRING_EQUAL(rule_in_force(&got, w.state, "issue_x", 2, TALLY_GOV, 99), "RULE_UNKNOWN");
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "P4 effects that the host refuses", P4_effects_that_the_host_refuses },
	{ "what is within bounds is applied", what_is_within_bounds_is_applied },
	{ "P3 gas exact passes, one less changes nothing", P3_gas_exact_passes_one_less_changes_nothing },
	{ "services do what the header says", services_do_what_the_header_says },
	{ "P1 descriptors that break a rule", P1_descriptors_that_break_a_rule },
	{ "P6 versions and disabling", versions_and_disabling },
	{ "P6 a missing rule stops the node", a_missing_rule_stops_the_node },
	{ "P6 asking for a missing rule stops nothing", asking_for_a_missing_rule_stops_nothing },
};

UNIT_MAIN("plugin host", tests)
