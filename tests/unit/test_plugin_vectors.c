/* The runner of vectors: each kind of wrong answer is found and named, and the services answer from the world that a vector brings. */
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#include <stdlib.h>
#include <string.h>

#include "token/plugin_vectors.h"

#define ALICE TALLY_PERSON(1)
#define BOB TALLY_PERSON(2)

/* Does what its first parameter says. */
enum { GIVE_BALANCE, GIVE_LOTS, KEEP, SPEAK, ASK_VOTES, ALLOCATE, GARBAGE, FORGET };
enum { NO = 1, NEVER };

static int32_t
keep(struct tally_ctx *c)
{
	uint8_t value[8];
	size_t len = sizeof(value);

	if (c->host->kv_get(c, value, &len, "n", 1) != 0)
		return c->host->kv_put(c, "n", 1, "\1", 1) == 0 ? 0 : NEVER;
	value[0]++;
	return c->host->kv_put(c, "n", 1, value, len) == 0 ? 0 : NEVER;
}

static int32_t
lots_of(struct tally_ctx *c, struct tally_effect *e, const struct tally_account *who)
{
	struct tally_lot lot;

	for (uint32_t i = 0; c->host->lots(c, &lot, who, i) == 0; i++)
		e->amount = e->amount * 10 + lot.amount;
	return 0;
}

/* Whatever the stack held: what a rule does that forgets to set a variable. */
static __attribute__((noinline)) uint64_t
garbage(const struct tally_ctx *c)
{
	volatile uint8_t room[64];

	(void)c;
	__asm__ volatile("" : : "r"(room) : "memory");
	return room[17] % 7u;
}

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	struct tally_effect *e = &out->list[0];
	uint64_t votes;

	out->n = 1;
	e->kind = TALLY_EFFECT_MINT;
	e->to = op->to;
	switch (c->env->params_len == 0 ? GIVE_BALANCE : c->env->params[0]) {
	case GIVE_BALANCE:
		return c->host->balance(c, &e->amount, &op->to) == 0 ? 0 : NO;
	case GIVE_LOTS:
		return lots_of(c, e, &op->to);
	case KEEP:
		return keep(c);
	case SPEAK:
		return c->host->emit(c, "HELLO", "abc", 3) == 0 ? 0 : NEVER;
	case ASK_VOTES:
		return c->host->past_votes(c, &votes, &op->to) == 0 ? 0 : NO;
	case ALLOCATE:
		return c->host->alloc(c, 101) == NULL;
	case GARBAGE:
		e->amount = garbage(c);
		return 0;
	}
	e->amount = c->env->height * 1000000 + (uint64_t)c->env->time * 1000 + c->env->instance[31] * 10u + c->env->transaction[0] + op->size;
	return 0;
}

static const struct tally_issue_functions functions = { on };
static const char *const reasons[] = { "NO", "NEVER", NULL };

static const struct tally_vector_holder holders[] = { { ALICE, 50, 7 }, { BOB, 60, 8 } };
static const struct tally_vector_lot lots[] = { { ALICE, { .amount = 1 } }, { BOB, { .amount = 2 } }, { ALICE, { .amount = 3 } } };
static const struct tally_vector_kv one[] = { { "n", 1, "\1", 1 } }, two[] = { { "n", 1, "\2", 1 } }, more[] = { { "n", 1, "\2", 1 }, { "x", 1, "y", 1 } };
static const struct tally_vector_world rich = { .supply = 110, .holders = holders, .holders_n = 2, .lots = lots, .lots_n = 3, .kv = one, .kv_n = 1 };
static const struct tally_vector_world gone = { .no_asset = 1 };
static const struct tally_vector_event hello[] = { { "HELLO", "abc", 3 } }, others[] = { { "HELLO", "abd", 3 } };

#define TO_ALICE(n) (const struct tally_effect[]){ { .kind = TALLY_EFFECT_MINT, .to = ALICE, .amount = (n) } }, 1
#define ASKED(n) .function = TALLY_FN_ON, .issue = &(const struct tally_issue_case){ { .op = TALLY_OP_MINT, .to = ALICE }, TO_ALICE(n) }
#define HOW(n) .params = (const uint8_t[]){ n }, .params_len = 1

static struct tally_plugin
rule_with(const struct tally_vector *v)
{
	return (struct tally_plugin){
		.magic = TALLY_PLUGIN_MAGIC, .abi_major = TALLY_ABI_MAJOR, .size = sizeof(struct tally_plugin), .kind = TALLY_ISSUE, .name = "issue_trial",
		.major = 1, .gas_max = 10000, .alloc_max = 100, .ops = 127, .reasons = reasons, .issue = &functions, .vectors = v, .vectors_n = 1,
		.vector_size = sizeof(*v),
	};
}

static const uint8_t id[32] = { [31] = 4 }, txid[32] = { 3 };
static const struct tally_vector good[] = {
	{ .name = "balance", .world = &rich, ASKED(50) },
	{ .name = "nobody has nothing", ASKED(0) },
	{ .name = "no asset", .world = &gone, .answer = NO, ASKED(0) },
	{ .name = "lots in their order", .world = &rich, HOW(GIVE_LOTS), ASKED(13) },
	{ .name = "first", HOW(KEEP), .kv_after = one, .kv_after_n = 1, ASKED(0) },
	{ .name = "second", .world = &rich, HOW(KEEP), .kv_after = two, .kv_after_n = 1, ASKED(0) },
	{ .name = "event", HOW(SPEAK), .events = hello, .events_n = 1, ASKED(0) },
	{ .name = "no vote for an ISSUE rule", .world = &rich, HOW(ASK_VOTES), .answer = NO, ASKED(0) },
	{ .name = "memory", HOW(ALLOCATE), .answer = TALLY_STOPPED_MEMORY, ASKED(0) },
	{ .name = "gas", .gas_max = GAS_CALL + GAS_BALANCE, ASKED(0) },
	{ .name = "one less", .gas_max = GAS_CALL + GAS_BALANCE - 1, .answer = TALLY_STOPPED_GAS, ASKED(0) },
	{ .name = "environment", HOW(FORGET), .height = 9, .time = 8, .instance = id, .transaction = txid,
	  ASKED(9008043 + sizeof(struct tally_issue_op)) },
};

static void
what_holds(void)
{
	struct vectors_report r;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct tally_plugin p = rule_with(&good[i]);

		CU_ASSERT_PTR_NULL(rule_check_descriptor(&p));
		CU_ASSERT(plugin_vectors_hold(&r, &p));
		CU_ASSERT_EQUAL(r.n, 1);
		if (r.why[0] != '\0')
			printf("\n  %s", r.why);
	}
}

static const struct tally_effect for_bob_50[] = { { .kind = TALLY_EFFECT_MINT, .to = BOB, .amount = 50 } };
static const struct tally_issue_case for_bob = { { .op = TALLY_OP_MINT, .to = ALICE }, for_bob_50, 1 }, none = { { .to = ALICE }, NULL, 0 };
static const struct {
	struct tally_vector v;
	const char *why;
} wrong[] = {
	{ { .name = "one too many", .world = &rich, ASKED(51) }, "effect 1 is another one: kind 1, amount 50" },
	{ { .name = "another's", .function = TALLY_FN_ON, .world = &rich, .issue = &for_bob }, "effect 1 is another one" },
	{ { .name = "none", .function = TALLY_FN_ON, .world = &rich, .issue = &none }, "1 effects, not 0" },
	{ { .name = "refused", .world = &rich, .answer = NO, ASKED(50) }, "it answers yes, not NO" },
	{ { .name = "allowed", .world = &gone, ASKED(50) }, "it answers NO, not yes" },
	{ { .name = "other reason", .world = &gone, .answer = NEVER, ASKED(50) }, "it answers NO, not NEVER" },
	{ { .name = "gas", .gas_max = 100, ASKED(50) }, "it answers RULE_GAS, not yes" },
	{ { .name = "storage stays", .world = &rich, HOW(KEEP), ASKED(0) }, "storage" },
	{ { .name = "storage grows", .world = &rich, HOW(KEEP), .kv_after = more, .kv_after_n = 2, ASKED(0) }, "storage" },
	{ { .name = "storage", .world = &rich, HOW(KEEP), .kv_after = one, .kv_after_n = 1, ASKED(0) }, "storage" },
	{ { .name = "emptied", .world = &rich, HOW(KEEP), .kv_after = one, ASKED(0) }, "storage" },
	{ { .name = "quiet", HOW(SPEAK), ASKED(0) }, "events" },
	{ { .name = "other words", HOW(SPEAK), .events = others, .events_n = 1, ASKED(0) }, "events" },
	{ { .name = "silent", .events = hello, .events_n = 1, ASKED(0) }, "events" },
	{ { .function = TALLY_FN_ON }, "(without a name): it has no name" },
	{ { .name = "of GOV", .function = TALLY_FN_WEIGHT }, "function" },
	{ { .name = "function 0" }, "function" },
	{ { .name = "asks nothing", .function = TALLY_FN_ON }, "question" },
	{ { .name = "answer -4", .answer = -4, ASKED(0) }, "answer" },
	{ { .name = "before 1970", .time = -1, ASKED(0) }, "1970" },
};

static void
what_does_not_hold(void)
{
	struct vectors_report r;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct tally_plugin p = rule_with(&wrong[i].v);

		CU_ASSERT_FALSE(plugin_vectors_hold(&r, &p));
		CU_ASSERT_EQUAL(r.n, 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.why, wrong[i].why));
		CU_ASSERT(strncmp(r.why, "vector 1 (", 10) == 0);
		if (strstr(r.why, wrong[i].why) == NULL)
			printf("\n  %s, not %s", r.why, wrong[i].why);
	}
}

/* P7: a variable that isn't set is seen, whatever it holds by chance. */
static const struct tally_vector zero_expected = { .name = "garbage", HOW(GARBAGE), ASKED(0) }, aa_expected = { .name = "garbage", HOW(GARBAGE), ASKED(0xaa % 7) };

static void
P7_memory_does_not_matter(void)
{
	struct tally_plugin p = rule_with(&zero_expected), q = rule_with(&aa_expected);
	const char *preloaded = getenv("LD_PRELOAD");
	struct vectors_report r;

	if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL) {
		printf(" (valgrind looks for this itself)");
		return;
	}
	CU_ASSERT_FALSE(plugin_vectors_hold(&r, &p) && plugin_vectors_hold(&r, &q));
}

static const struct tally_vector asked_rich = { .name = "a", .world = &rich, ASKED(50) }, asked_poor = { .name = "b", ASKED(0) };

static void
the_digest_tells_answers_apart(void)
{
	struct tally_plugin p = rule_with(&asked_rich), q = rule_with(&asked_poor);
	struct vectors_report first, again, other;

	CU_ASSERT(plugin_vectors_hold(&first, &p) && plugin_vectors_hold(&again, &p) && plugin_vectors_hold(&other, &q));
	CU_ASSERT(hash256_eq(&first.digest, &again.digest));
	CU_ASSERT_FALSE(hash256_eq(&first.digest, &other.digest));
}

/* ---- GOV ---- */

static int32_t
check(struct tally_ctx *c, uint64_t base, uint32_t council)
{
	uint64_t all;

	return base == 100 && council == 1 && c->host->past_supply(c, &all) == 0 && all == 15 && c->host->kv_put(c, "k", 1, "v", 1) != 0 ? 0 : NO;
}

static int32_t
weight(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	return c->host->past_votes(c, out, who) == 0 ? 0 : NO;
}

static int32_t
outcome(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t)
{
	(void)c;
	*verdict = t->in_favour > t->against ? TALLY_PASSED : TALLY_REJECTED;
	return 0;
}

static const struct tally_gov_functions gov_functions = { check, weight, outcome };
static const struct tally_vector_world voters = { .past_supply = 15, .holders = holders, .holders_n = 2 }, still = { .no_vote = 1 };
static const struct tally_vector gov_good[] = {
	{ .name = "check", .function = TALLY_FN_CHECK, .world = &voters, .gov = &(const struct tally_gov_case){ .base = 100, .council = 1 } },
	{ .name = "refused", .function = TALLY_FN_CHECK, .world = &voters, .answer = NO, .gov = &(const struct tally_gov_case){ .base = 100 } },
	{ .name = "weight", .function = TALLY_FN_WEIGHT, .world = &voters, .gov = &(const struct tally_gov_case){ .who = BOB, .weight = 8 } },
	{ .name = "no vote", .function = TALLY_FN_WEIGHT, .world = &still, .answer = NO, .gov = &(const struct tally_gov_case){ .who = BOB } },
	{ .name = "for", .function = TALLY_FN_OUTCOME, .gov = &(const struct tally_gov_case){ .tallies = { .in_favour = 1 }, .verdict = TALLY_PASSED } },
	{ .name = "tie", .function = TALLY_FN_OUTCOME, .gov = &(const struct tally_gov_case){ .verdict = TALLY_REJECTED } },
};
static const struct tally_vector gov_bad[] = {
	{ .name = "weight", .function = TALLY_FN_WEIGHT, .world = &voters, .gov = &(const struct tally_gov_case){ .who = BOB, .weight = 9 } },
	{ .name = "tie", .function = TALLY_FN_OUTCOME, .gov = &(const struct tally_gov_case){ .verdict = TALLY_PASSED } },
	{ .name = "of ISSUE", ASKED(0) },
	{ .name = "asks nothing", .function = TALLY_FN_CHECK },
};

static void
governance(void)
{
	struct tally_plugin p = rule_with(gov_good);
	struct vectors_report r;

	p.kind = TALLY_GOV;
	p.gov = &gov_functions;
	p.vectors_n = ARRAY_LEN(gov_good);
	CU_ASSERT(plugin_vectors_hold(&r, &p));
	CU_ASSERT_EQUAL(r.n, ARRAY_LEN(gov_good));
	p.vectors_n = 1;
	for (size_t i = 0; i < ARRAY_LEN(gov_bad); i++) {
		p.vectors = &gov_bad[i];
		CU_ASSERT_FALSE(plugin_vectors_hold(&r, &p));
	}
}

static void
the_shipped_rules_hold(void)
{
	const struct tally_plugin *const rules[] = {
		issue_fixed_entry(), issue_loyalty_entry(), issue_managed_entry(), gov_token_entry(), gov_council_entry(), gov_quadratic_entry(),
	};
	struct vectors_report r;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		CU_ASSERT(plugin_vectors_hold(&r, rules[i]));
		CU_ASSERT_EQUAL(r.n, rules[i]->vectors_n);
		if (r.why[0] != '\0')
			printf("\n  %s: %s", rules[i]->name, r.why);
	}
}

static const struct tally_vector lone = { .name = "v", ASKED(0) };

static void
tables_that_are_none(void)
{
	struct tally_plugin p = rule_with(&lone);

	CU_ASSERT_PTR_NULL(rule_check_descriptor(&p));
	p.vectors = NULL;
	CU_ASSERT_PTR_NOT_NULL(rule_check_descriptor(&p));
	p = rule_with(&lone);
	p.vectors_n = RULE_VECTORS_MAX + 1;
	CU_ASSERT_PTR_NOT_NULL(rule_check_descriptor(&p));
	p = rule_with(&lone);
	p.vector_size -= 8;
	CU_ASSERT_PTR_NOT_NULL(rule_check_descriptor(&p));
}

static const struct unit_test tests[] = {
	{ "what holds", what_holds },
	{ "what does not hold", what_does_not_hold },
	{ "P7 memory does not matter", P7_memory_does_not_matter },
	{ "the digest tells answers apart", the_digest_tells_answers_apart },
	{ "governance", governance },
	{ "the shipped rules hold", the_shipped_rules_hold },
	{ "tables that are none", tables_that_are_none },
};

UNIT_MAIN("plugin vectors", tests)
