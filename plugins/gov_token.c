/* Votes of an asset's holders: one unit, one vote.
 *
 * Parameters (6 bytes, little-endian, in ten-thousandths): quorum u16, at least 1, of all power, rounded up: for, against and abstain together;
 * pass u16, 5000..9999: the share of for among for and against must be above it; veto u16, 1..10000: a share of veto among all votes above it
 * fails the proposal, and burns its deposit. A veto needs as many votes of all four kinds together as the quorum: otherwise a few units
 * could burn the deposits of proposals that nobody else has voted on yet. The page is doc/plugins/gov_token.md. */
#include "plugins/plugin.h"

#define WHOLE 10000
#define PARAMS_LEN 6

enum { BAD_PARAMS = 1, NEEDS_HOLDERS, NO_ELECTORATE };

static const char *const reasons[] = { "BAD_PARAMS", "NEEDS_HOLDERS", "NO_ELECTORATE", NULL };

struct params {
	uint64_t quorum, pass, veto;
};

static int
read_params(struct params *out, const struct tally_env *env)
{
	if (env->params_len != PARAMS_LEN)
		return 0;
	out->quorum = tally_read(env->params, 2);
	out->pass = tally_read(env->params + 2, 2);
	out->veto = tally_read(env->params + 4, 2);
	return out->quorum >= 1 && out->quorum <= WHOLE && out->pass >= WHOLE / 2 && out->pass < WHOLE && out->veto >= 1 && out->veto <= WHOLE;
}

static int32_t
check(struct tally_ctx *c, uint64_t base, uint32_t council)
{
	struct params p;

	(void)base;
	if (council != 0)
		return NEEDS_HOLDERS;
	return read_params(&p, c->env) ? 0 : BAD_PARAMS;
}

static int32_t
weight(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	return c->host->past_votes(c, out, who) == 0 ? 0 : NO_ELECTORATE;
}

static int32_t
outcome(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t)
{
	uint64_t counted = t->in_favour + t->against + t->abstain, quorum, veto, pass;
	struct params p;

	if (!read_params(&p, c->env) || c->host->muldiv(c, &quorum, t->base, p.quorum, WHOLE, TALLY_UP) != 0 ||
	    c->host->muldiv(c, &veto, counted + t->veto, p.veto, WHOLE, TALLY_DOWN) != 0 ||
	    c->host->muldiv(c, &pass, t->in_favour + t->against, p.pass, WHOLE, TALLY_DOWN) != 0)
		return BAD_PARAMS;
	if (counted + t->veto < quorum) /* a handful of vetoes can't burn a deposit */
		*verdict = TALLY_NO_QUORUM;
	else if (t->veto > veto)
		*verdict = TALLY_VETOED;
	else if (counted < quorum)
		*verdict = TALLY_NO_QUORUM;
	else
		*verdict = t->in_favour > pass ? TALLY_PASSED : TALLY_REJECTED;
	return 0;
}

static const struct tally_gov_functions functions = { check, weight, outcome };

/* ---- vectors ---- */

/* quorum 10 %, pass above a half, veto above 33.4 % */
static const uint8_t usual[] = { 0xe8, 0x03, 0x88, 0x13, 0x0c, 0x0d };
#define USUAL .params = usual, .params_len = sizeof(usual)
#define BYTES(...) .params = (const uint8_t[]){ __VA_ARGS__ }, .params_len = sizeof((const uint8_t[]){ __VA_ARGS__ })

#define CHECK(...) .function = TALLY_FN_CHECK, .gov = &(const struct tally_gov_case){ .base = 1000, __VA_ARGS__ }
#define WEIGHT(n, w) .function = TALLY_FN_WEIGHT, .world = &voters, .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(n), .weight = (w) }
#define OF(all, v, f, a, ab, ve)                                                                                      \
	.function = TALLY_FN_OUTCOME, .gov = &(const struct tally_gov_case){                                           \
		.tallies = { .in_favour = (f), .against = (a), .abstain = (ab), .veto = (ve), .base = (all) }, .verdict = (v) }
#define OUTCOME(v, f, a, ab, ve) OF(1000, v, f, a, ab, ve)

static const struct tally_vector_holder holders[] = { { TALLY_PERSON(1), 5, 0 }, { TALLY_PERSON(2), 0, 1 }, { TALLY_PERSON(3), 9, INT64_MAX } };
static const struct tally_vector_world voters = { .past_supply = INT64_MAX, .holders = holders, .holders_n = TALLY_COUNT(holders) };
static const struct tally_vector_world still = { .no_vote = 1, .holders = holders, .holders_n = TALLY_COUNT(holders) };

static const struct tally_vector vectors[] = {
	{ .name = "parameters", USUAL, CHECK(.council = 0) },
	{ .name = "a council", .answer = NEEDS_HOLDERS, USUAL, CHECK(.council = 1) },
	{ .name = "no parameters", .answer = BAD_PARAMS, CHECK(.council = 0) },
	{ .name = "a byte too few", .answer = BAD_PARAMS, .params = usual, .params_len = sizeof(usual) - 1, CHECK(.council = 0) },
	{ .name = "a byte too many", .answer = BAD_PARAMS, BYTES(0xe8, 0x03, 0x88, 0x13, 0x0c, 0x0d, 0), CHECK(.council = 0) },
	{ .name = "quorum 0", .answer = BAD_PARAMS, BYTES(0, 0, 0x88, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "quorum of all", BYTES(0x10, 0x27, 0x88, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "quorum above all", .answer = BAD_PARAMS, BYTES(0x11, 0x27, 0x88, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "pass below a half", .answer = BAD_PARAMS, BYTES(1, 0, 0x87, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "pass almost all", BYTES(1, 0, 0x0f, 0x27, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "pass out of reach", .answer = BAD_PARAMS, BYTES(1, 0, 0x10, 0x27, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "veto 0", .answer = BAD_PARAMS, BYTES(1, 0, 0x88, 0x13, 0, 0), CHECK(.council = 0) },
	{ .name = "veto off: the whole", BYTES(1, 0, 0x88, 0x13, 0x10, 0x27), CHECK(.council = 0) },
	{ .name = "veto above the whole", .answer = BAD_PARAMS, BYTES(1, 0, 0x88, 0x13, 0x11, 0x27), CHECK(.council = 0) },
	{ .name = "a balance without power", USUAL, WEIGHT(1, 0) },
	{ .name = "power without a balance", USUAL, WEIGHT(2, 1) },
	{ .name = "all power", USUAL, WEIGHT(3, INT64_MAX) },
	{ .name = "nobody", USUAL, WEIGHT(4, 0) },
	{ .name = "no vote runs", USUAL, .answer = NO_ELECTORATE, .function = TALLY_FN_WEIGHT, .world = &still,
	  .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(2) } },
	{ .name = "one below the quorum", USUAL, OUTCOME(TALLY_NO_QUORUM, 99, 0, 0, 0) },
	{ .name = "quorum exactly", USUAL, OUTCOME(TALLY_PASSED, 100, 0, 0, 0) },
	{ .name = "quorum rounded up", USUAL, OF(1001, TALLY_NO_QUORUM, 100, 0, 0, 0) },
	{ .name = "abstentions count for the quorum", USUAL, OUTCOME(TALLY_PASSED, 1, 0, 99, 0) },
	{ .name = "all abstain", USUAL, OUTCOME(TALLY_REJECTED, 0, 0, 100, 0) },
	{ .name = "nobody votes", USUAL, OUTCOME(TALLY_NO_QUORUM, 0, 0, 0, 0) },
	{ .name = "tie", USUAL, OUTCOME(TALLY_REJECTED, 60, 60, 0, 0) },
	{ .name = "one more than a tie", USUAL, OUTCOME(TALLY_PASSED, 61, 60, 0, 0) },
	{ .name = "two thirds exactly, of two thirds needed", BYTES(1, 0, 0x0a, 0x1a, 0x10, 0x27), OUTCOME(TALLY_REJECTED, 6666, 3334, 0, 0) },
	{ .name = "one more than two thirds", BYTES(1, 0, 0x0a, 0x1a, 0x10, 0x27), OUTCOME(TALLY_PASSED, 6667, 3333, 0, 0) },
	{ .name = "vetoes don't count for the quorum", USUAL, OUTCOME(TALLY_NO_QUORUM, 99, 0, 0, 1) },
	{ .name = "a handful of vetoes is no veto", USUAL, OUTCOME(TALLY_NO_QUORUM, 0, 0, 0, 99) },
	{ .name = "a veto of as many as the quorum", USUAL, OUTCOME(TALLY_VETOED, 0, 0, 0, 100) },
	{ .name = "veto at its limit", USUAL, OUTCOME(TALLY_PASSED, 666, 0, 0, 334) },
	{ .name = "veto above it", USUAL, OUTCOME(TALLY_VETOED, 665, 0, 0, 335) },
	{ .name = "all there can be", USUAL, OF(INT64_MAX, TALLY_PASSED, INT64_MAX, 0, 0, 0) },
	{ .name = "bad parameters", .answer = BAD_PARAMS, OUTCOME(TALLY_PASSED, 100, 0, 0, 0) },
	{ .name = "gas of an outcome", USUAL, .gas_max = 115, OUTCOME(TALLY_PASSED, 100, 0, 0, 0) },
	{ .name = "one gas less", USUAL, .gas_max = 114, .answer = TALLY_STOPPED_GAS, OUTCOME(0, 100, 0, 0, 0) },
	{ .name = "gas of a weight", USUAL, .gas_max = 600, WEIGHT(2, 1) },
	{ .name = "one gas less for a weight", USUAL, .gas_max = 599, .answer = TALLY_STOPPED_GAS, WEIGHT(2, 0) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_GOV,
	.name = "gov_token",
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
