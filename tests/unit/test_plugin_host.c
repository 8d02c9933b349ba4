/* What a rule can and can't do: services, gas, and effects that the host must not apply. */
#include "tests/unit/world.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/rule_hostile.h"
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

/* Operation of a person on an asset, the customer being person 1. */
static const char *
operate(struct world *w, const struct asset_id *a, uint16_t number, uint64_t amount)
{
	struct op_burn burn = { *a, units(amount) };
	struct op_transfer transfer = { *a, w->people[2], units(amount), { NULL, 0 } };
	struct op_earn earn = { *a, w->people[1], hash_of("sale"), units(amount), AMOUNT_ZERO };
	struct op_refund refund = { *a, w->people[1], hash_of("sale"), units(1) };
	struct wr p = { 0 };

	if (number == OP_MINT)
		return world_mint(w, 0, a, 1, amount, 0);
	if (number == OP_BURN || number == OP_REDEEM)
		op_burn_encode(&p, &burn);
	else if (number == OP_TRANSFER)
		op_transfer_encode(&p, &transfer);
	else if (number == OP_EARN)
		op_earn_encode(&p, &earn);
	else
		op_refund_encode(&p, &refund);
	return world_do(w, number == OP_EARN || number == OP_REFUND ? 0 : 1, number, &p);
}

/* A rule that turns hostile after everybody has units. */
static void
P4_effects_of_every_operation(void)
{
	static const uint16_t numbers[] = { OP_MINT, OP_BURN, OP_TRANSFER, OP_REDEEM, OP_EARN, OP_REFUND };
	static const struct {
		enum hostile how;
		const char *why[ARRAY_LEN(numbers)]; /* NULL: nothing is wrong with it */
	} rows[] = {
		{ HOSTILE_NOT, { NULL, NULL, NULL, NULL, NULL, NULL } },
		{ HOSTILE_TOO_MUCH, { NULL, "RULE_EFFECT", "RULE_EFFECT", "RULE_EFFECT", NULL, "RULE_EFFECT" } },
		{ HOSTILE_TWICE, { NULL, "RULE_EFFECT", "RULE_EFFECT", "RULE_EFFECT", "RULE_EFFECT", "RULE_EFFECT" } },
		{ HOSTILE_WRONG_ACCOUNT, { NULL, "RULE_EFFECT", "RULE_EFFECT", "RULE_EFFECT", "RULE_EFFECT", NULL } },
		{ HOSTILE_EXPIRED, { "LOT_EXPIRED", NULL, NULL, NULL, "LOT_EXPIRED", NULL } },
		{ HOSTILE_BACKWARDS, { "RULE_EFFECT", NULL, NULL, NULL, "RULE_EFFECT", NULL } },
		{ HOSTILE_OTHER_RECEIPT, { "RULE_EFFECT", NULL, NULL, NULL, "RULE_EFFECT", "RULE_EFFECT" } },
	};
	struct world w;

	start(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t n = 0; n < ARRAY_LEN(numbers); n++) {
			uint8_t param = HOSTILE_NOT;
			struct op_create o = {
				.flags = ASSET_TRANSFERABLE | ASSET_LOTS, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_hostile"), .rule_major = 1,
				.params = { &param, 1 },
			};
			struct asset_id a;
			struct asset record;

			DONE(world_create(&w, &a, 0, &o));
			DONE(world_mint(&w, 0, &a, 0, 500, 0));
			DONE(world_mint(&w, 0, &a, 1, 500, 0));
			if (numbers[n] == OP_REFUND)
				DONE(operate(&w, &a, OP_EARN, 100));
			CU_ASSERT_FATAL(asset_get(&record, w.state, &a));
			record.params[0] = (uint8_t)rows[i].how;
			asset_put(w.state, &record);
			if (rows[i].why[n] != NULL)
				REFUSED(operate(&w, &a, numbers[n], 50), rows[i].why[n]);
			else
				DONE(operate(&w, &a, numbers[n], 50));
		}
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
	DONE(world_send(&w, 1, &a, &w.people[2], 1));
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
	CU_ASSERT(world_event(&e, &w, "rule:HELLO") && e.len == 1);
	CU_ASSERT_FALSE(world_event(&e, &w, "rule:LONG"));
	world_clear(&w);
}

/* What a rule is shown is a copy; what it does to it, and to its context, changes nothing for anybody. */
static void
a_rule_that_writes_over_its_arguments(void)
{
	struct world w;
	struct asset_id a;
	struct asset before, after;

	start(&w);
	a = hostile(&w, HOSTILE_WRITES);
	CU_ASSERT(asset_get(&before, w.state, &a));
	for (int i = 0; i < 3; i++) {
		DONE(world_mint(&w, 0, &a, 1, 500, 700));
		CU_ASSERT(asset_get(&after, w.state, &a));
		CU_ASSERT(after.params_len == 1 && after.params[0] == HOSTILE_WRITES && amount_cmp(before.cap, after.cap) == 0);
		world_block(&w, 10);
	}
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 1500);
	a = hostile(&w, HOSTILE_LOSES_CONTEXT);
	DONE(world_mint(&w, 0, &a, 1, 500, 700));
	DONE(world_mint(&w, 0, &a, 1, 500, 700));
	world_clear(&w);
}

static void
a_disabled_rule_leaves_holders_their_units(void)
{
	static const uint8_t params[29] = { 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct action_plugin_disable disable = { .name = OP_TEXT("issue_loyalty"), .major = 1 };
	struct op_create o = {
		.flags = ASSET_TRANSFERABLE | ASSET_LOTS | ASSET_BACKED, .units = 1, .sats = 1, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_loyalty"),
		.rule_major = 1, .params = { params, sizeof(params) },
	};
	struct op_redeem redeem;
	struct wr payload = { 0 };
	struct asset_id a;
	struct world w;

	start(&w);
	DONE(world_create(&w, &a, 0, &o));
	DONE(world_mint(&w, 0, &a, 1, 50, 50));
	CU_ASSERT_PTR_NULL(rule_disable(w.state, &disable));
	REFUSED(world_mint(&w, 0, &a, 1, 50, 50), "RULE_DISABLED");
	DONE(world_send(&w, 1, &a, &w.people[2], 20));
	redeem = (struct op_redeem){ a, units(20) };
	op_redeem_encode(&payload, &redeem);
	DONE(world_do(&w, 2, OP_REDEEM, &payload));
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000020);
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
	BAD(p.kind = TALLY_SALE, "SALE");
	BAD(p.kind = TALLY_GOV, "GOV");
	BAD(p.issue = NULL, "ISSUE");
	BAD(p.issue = &no_functions, "ISSUE");
	BAD(p.name[0] = 'A', "name");
	BAD(memset(p.name, 'a', sizeof(p.name)), "name");
	BAD(p.name[0] = '\0', "name");
	BAD(p.reasons = NULL, "reasons");
	BAD(p.reasons = bad_reasons, "reason");
}

/* A governance rule whose parameter says what it does wrong. */
enum { GOV_HONEST, GOV_VERDICT, GOV_HEAVY, GOV_WRITES };

static int32_t
gov_check(struct tally_ctx *c, uint64_t base, uint32_t is_council)
{
	(void)base;
	(void)is_council;
	return c->host->past_supply(c, &base) == 0 ? 0 : 1;
}

static int32_t
gov_weight(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	if (c->env->params[0] == GOV_WRITES && (c->host->kv_put(c, "k", 1, "v", 1) == 0 || c->host->emit(c, "HELLO", "", 0) == 0))
		return 1;
	*out = c->env->params[0] == GOV_HEAVY ? 1000 : 1;
	return who->type == 2;
}

static int32_t
gov_outcome(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t)
{
	*verdict = c->env->params[0] == GOV_VERDICT && t->in_favour > 1 ? 4 : TALLY_PASSED;
	return 0;
}

static const struct tally_plugin *
gov_hostile(void)
{
	static const char *const names[] = { "NO", NULL };
	static const struct tally_gov_functions functions = { gov_check, gov_weight, gov_outcome };
	static const struct tally_plugin plugin = {
		.magic = TALLY_PLUGIN_MAGIC, .abi_major = TALLY_ABI_MAJOR, .size = sizeof(plugin), .kind = TALLY_GOV, .name = "gov_hostile",
		.major = 1, .gas_max = 100000, .reasons = names, .gov = &functions,
	};

	return &plugin;
}

static const char *
vote_for(struct world *w, size_t person)
{
	struct op_vote o = { proposal_count(w->state), { VOTE_WHOLE, 0, 0, 0 } };
	struct wr payload = { 0 };

	op_vote_encode(&payload, &o);
	return world_do(w, person, OP_VOTE, &payload);
}

/* A council of three under the hostile rule, and a running proposal. */
static void
hostile_vote(struct world *w, uint8_t how)
{
	struct op_create_dao t = {
		.name = OP_TEXT("D"), .rule = OP_TEXT("gov_hostile"), .rule_major = 1, .params = { &how, 1 }, .actions = 1, .voting_period = 100,
		.grace = 100, .electorate = DAO_COUNCIL, .members_n = 3,
	};
	struct op_propose o = { .title = OP_TEXT("t"), .actions_n = 1, .actions = { { ACTION_TEXT, { (const uint8_t *)"x", 1 } } } };
	struct wr payload = { 0 };

	memcpy(t.members, w->people, 3 * sizeof(t.members[0]));
	op_create_dao_encode(&payload, &t);
	o.dao = dao_count(w->state);
	DONE(world_do(w, 0, OP_CREATE_DAO, &payload));
	op_propose_encode(&payload, &o);
	DONE(world_do(w, 0, OP_PROPOSE, &payload));
}

static void
P4_governance_rules_cannot_cheat(void)
{
	struct world w;
	struct proposal p;

	start(&w);
	world_approve(&w, gov_hostile());
	hostile_vote(&w, GOV_HONEST);
	DONE(vote_for(&w, 0));
	hostile_vote(&w, GOV_HEAVY); /* more weight than there is power */
	REFUSED(vote_for(&w, 0), "RULE_BAD_ANSWER");
	hostile_vote(&w, GOV_WRITES); /* a question that would change something */
	DONE(vote_for(&w, 0));
	CU_ASSERT_EQUAL(stored_keys(&w), 0);
	hostile_vote(&w, GOV_VERDICT);
	DONE(vote_for(&w, 0));
	DONE(vote_for(&w, 1));
	world_block(&w, 101);
	world_block(&w, 1);
	CU_ASSERT_FATAL(proposal_get(&p, w.state, proposal_count(w.state)));
	CU_ASSERT_EQUAL(p.state, PROPOSAL_FAILED);
	CU_ASSERT_STRING_EQUAL(p.reason, "RULE_BAD_ANSWER");
	world_clear(&w);
}

static void
P1_code_that_is_not_what_was_approved(void)
{
	struct action_plugin_approve a = { .name = OP_TEXT("issue_other"), .kind = TALLY_ISSUE, .major = 1 };
	const struct tally_plugin *code;
	struct world w;

	start(&w);
	a.file = hash_of("a file of another name");
	CU_ASSERT_PTR_NULL(rule_register(issue_hostile_entry(), &a.file));
	CU_ASSERT_PTR_NULL(rule_approve(w.state, &a, 1));
	CU_ASSERT_STRING_EQUAL(rule_find(&code, NULL, w.state, "issue_other", 1, TALLY_ISSUE, 1), "RULE_MISMATCH");
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "P4 effects that the host refuses", P4_effects_that_the_host_refuses },
	{ "P4 effects of every operation", P4_effects_of_every_operation },
	{ "what is within bounds is applied", what_is_within_bounds_is_applied },
	{ "P3 gas exact passes, one less changes nothing", P3_gas_exact_passes_one_less_changes_nothing },
	{ "services do what the header says", services_do_what_the_header_says },
	{ "P4 a rule that writes over its arguments", a_rule_that_writes_over_its_arguments },
	{ "a disabled rule leaves holders their units", a_disabled_rule_leaves_holders_their_units },
	{ "P1 descriptors that break a rule", P1_descriptors_that_break_a_rule },
	{ "P4 governance rules can't cheat", P4_governance_rules_cannot_cheat },
	{ "P1 code that isn't what was approved", P1_code_that_is_not_what_was_approved },
};

UNIT_MAIN("plugin host", tests)
