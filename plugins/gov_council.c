/* Votes of a council: one member, one vote. A proposal passes with `needed` votes for it, if they are more than those against it, vetoes
 * included. A member's veto is a vote against: a council has no deposits to burn.
 *
 * Parameters (2 bytes, little-endian): needed u16, 1..members. The page is doc/plugins/gov_council.md. */
#include "plugins/plugin.h"

enum { BAD_PARAMS = 1, NEEDS_COUNCIL, NO_ELECTORATE };

static const char *const reasons[] = { "BAD_PARAMS", "NEEDS_COUNCIL", "NO_ELECTORATE", NULL };

static int32_t
check(struct tally_ctx *c, uint64_t base, uint32_t council)
{
	uint64_t needed;

	if (council != 1)
		return NEEDS_COUNCIL;
	if (c->env->params_len != 2)
		return BAD_PARAMS;
	needed = tally_read(c->env->params, 2);
	return needed >= 1 && needed <= base ? 0 : BAD_PARAMS;
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

	if (c->env->params_len != 2)
		return BAD_PARAMS;
	needed = tally_read(c->env->params, 2);
	if (t->in_favour + t->against + t->abstain + t->veto < needed)
		*verdict = TALLY_NO_QUORUM;
	else
		*verdict = t->in_favour >= needed && t->in_favour > t->against + t->veto ? TALLY_PASSED : TALLY_REJECTED;
	return 0;
}

static const struct tally_gov_functions functions = { check, weight, outcome };

/* ---- vectors ---- */

/* three are needed */
static const uint8_t usual[] = { 3, 0 };
#define USUAL .params = usual, .params_len = sizeof(usual)
#define BYTES(...) .params = (const uint8_t[]){ __VA_ARGS__ }, .params_len = sizeof((const uint8_t[]){ __VA_ARGS__ })

#define CHECK(...) .function = TALLY_FN_CHECK, .gov = &(const struct tally_gov_case){ .base = 5, __VA_ARGS__ }
#define WEIGHT(n, w) .function = TALLY_FN_WEIGHT, .world = &council_of_two, .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(n), .weight = (w) }
#define OUTCOME(v, f, a, ab, ve)                                                                                       \
	.function = TALLY_FN_OUTCOME, .gov = &(const struct tally_gov_case){                                           \
		.tallies = { .in_favour = (f), .against = (a), .abstain = (ab), .veto = (ve), .base = 5 }, .verdict = (v) }

static const struct tally_vector_holder members[] = { { TALLY_PERSON(1), 0, 1 }, { TALLY_PERSON(2), 0, 1 } };
static const struct tally_vector_world council_of_two = { .past_supply = 2, .no_asset = 1, .holders = members, .holders_n = TALLY_COUNT(members) };
static const struct tally_vector_world still = { .no_vote = 1, .no_asset = 1, .holders = members, .holders_n = TALLY_COUNT(members) };

static const struct tally_vector vectors[] = {
	{ .name = "parameters", USUAL, CHECK(.council = 1) },
	{ .name = "holders of an asset", .answer = NEEDS_COUNCIL, USUAL, CHECK(.council = 0) },
	{ .name = "no parameters", .answer = BAD_PARAMS, CHECK(.council = 1) },
	{ .name = "a byte too few", .answer = BAD_PARAMS, .params = usual, .params_len = 1, CHECK(.council = 1) },
	{ .name = "a byte too many", .answer = BAD_PARAMS, BYTES(3, 0, 0), CHECK(.council = 1) },
	{ .name = "none needed", .answer = BAD_PARAMS, BYTES(0, 0), CHECK(.council = 1) },
	{ .name = "all needed", BYTES(5, 0), CHECK(.council = 1) },
	{ .name = "more needed than there are", .answer = BAD_PARAMS, BYTES(6, 0), CHECK(.council = 1) },
	{ .name = "256 needed, not 0", .answer = BAD_PARAMS, BYTES(0, 1), CHECK(.council = 1) },
	{ .name = "a member", USUAL, WEIGHT(1, 1) },
	{ .name = "another", USUAL, WEIGHT(2, 1) },
	{ .name = "a stranger", USUAL, WEIGHT(3, 0) },
	{ .name = "no vote runs", USUAL, .answer = NO_ELECTORATE, .function = TALLY_FN_WEIGHT, .world = &still,
	  .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(1) } },
	{ .name = "as many as needed", USUAL, OUTCOME(TALLY_PASSED, 3, 2, 0, 0) },
	{ .name = "too few took part", USUAL, OUTCOME(TALLY_NO_QUORUM, 2, 0, 0, 0) },
	{ .name = "enough took part, too few are for it", USUAL, OUTCOME(TALLY_REJECTED, 2, 1, 0, 0) },
	{ .name = "abstentions are no votes for it", USUAL, OUTCOME(TALLY_REJECTED, 2, 0, 3, 0) },
	{ .name = "a tie", BYTES(2, 0), OUTCOME(TALLY_REJECTED, 2, 2, 0, 0) },
	{ .name = "vetoes are votes against it", BYTES(2, 0), OUTCOME(TALLY_REJECTED, 2, 1, 0, 1) },
	{ .name = "more against than for", BYTES(1, 0), OUTCOME(TALLY_REJECTED, 1, 2, 0, 0) },
	{ .name = "all veto", USUAL, OUTCOME(TALLY_REJECTED, 0, 0, 0, 5) },
	{ .name = "bad parameters", .answer = BAD_PARAMS, OUTCOME(TALLY_PASSED, 3, 0, 0, 0) },
	{ .name = "gas of a weight", USUAL, .gas_max = 600, WEIGHT(1, 1) },
	{ .name = "one gas less", USUAL, .gas_max = 599, .answer = TALLY_STOPPED_GAS, WEIGHT(1, 0) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_GOV,
	.name = "gov_council",
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
