/* One unit, one vote; passes when a share of all power is for it.
 *
 * Parameters (1 byte): share u8, per cent, 51 to 100. */
#include "plugins/plugin.h"

/* What the rule refuses, by name: number 1 is the first of the list. */
enum { BAD_PARAMS = 1, NO_ELECTORATE };

static const char *const reasons[] = { "BAD_PARAMS", "NO_ELECTORATE", NULL };

static int32_t
check(struct tally_ctx *c, uint64_t base, uint32_t council)
{
	(void)base;
	(void)council;
	return c->env->params_len == 1 && c->env->params[0] >= 51 && c->env->params[0] <= 100 ? 0 : BAD_PARAMS;
}

static int32_t
weight(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	return c->host->past_votes(c, out, who) == 0 ? 0 : NO_ELECTORATE;
}

static int32_t
outcome(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t)
{
	uint64_t needed;

	if (c->host->muldiv(c, &needed, t->base, c->env->params[0], 100, TALLY_UP) != 0)
		return BAD_PARAMS;
	if (t->in_favour >= needed)
		*verdict = TALLY_PASSED;
	else
		*verdict = t->in_favour + t->against + t->abstain + t->veto >= needed ? TALLY_REJECTED : TALLY_NO_QUORUM;
	return 0;
}

static const struct tally_gov_functions functions = { check, weight, outcome };

/* ---- vectors ---- */

#define SHARE(n) .params = (const uint8_t[]){ n }, .params_len = 1
#define CHECKED .function = TALLY_FN_CHECK, .gov = &(const struct tally_gov_case){ .base = 1000 }
#define TALLIED(yes, no, everybody, result) \
	.function = TALLY_FN_OUTCOME, \
	.gov = &(const struct tally_gov_case){ .tallies = { .in_favour = (yes), .against = (no), .base = (everybody) }, .verdict = (result) }

static const struct tally_vector_holder holders[] = { { .who = TALLY_PERSON(1), .votes = 7 } };
static const struct tally_vector_world voters = { .past_supply = 7, .holders = holders, .holders_n = 1 };
static const struct tally_vector_world nobody = { .no_vote = 1 };

static const struct tally_vector vectors[] = {
	{ .name = "51 %", SHARE(51), CHECKED },
	{ .name = "100 %", SHARE(100), CHECKED },
	{ .name = "50 % would pass both ways", SHARE(50), .answer = BAD_PARAMS, CHECKED },
	{ .name = "101 % is nobody's", SHARE(101), .answer = BAD_PARAMS, CHECKED },
	{ .name = "no parameters", .answer = BAD_PARAMS, CHECKED },
	{ .name = "a holder", SHARE(51), .world = &voters, .function = TALLY_FN_WEIGHT, .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(1), .weight = 7 } },
	{ .name = "a stranger", SHARE(51), .world = &voters, .function = TALLY_FN_WEIGHT, .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(2) } },
	{ .name = "no vote runs", SHARE(51), .world = &nobody, .answer = NO_ELECTORATE, .function = TALLY_FN_WEIGHT,
	  .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(1) } },
	{ .name = "exactly enough", SHARE(60), TALLIED(60, 40, 100, TALLY_PASSED) },
	{ .name = "one less", SHARE(60), TALLIED(59, 41, 100, TALLY_REJECTED) },
	{ .name = "rounded up", SHARE(51), TALLIED(51, 0, 101, TALLY_NO_QUORUM) },
	{ .name = "nobody came", SHARE(60), TALLIED(59, 0, 100, TALLY_NO_QUORUM) },
	{ .name = "the greatest numbers", SHARE(100), TALLIED(INT64_MAX, 0, INT64_MAX, TALLY_PASSED) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_GOV,
	.name = "gov_mine",
	.major = 1,
	.gas_max = 10000,
	.reasons = reasons,
	.gov = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
