/* Votes of an asset's holders by the square root: who has a hundred times as much has ten times the weight. Only accounts with an attested
 * name have any, and each name counts once, so that nobody gains by spreading his units over many accounts.
 *
 * Parameters (12 bytes, little-endian): quorum u64, the least sum of weights for, against and abstain together; then in ten-thousandths pass
 * u16: the share of for among for and against must be above it; veto u16: a share of veto among all votes above it fails the proposal. */
#include "plugins/plugin.h"

#define WHOLE 10000
#define PARAMS_LEN 12

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
	out->quorum = tally_read(env->params, 8);
	out->pass = tally_read(env->params + 8, 2);
	out->veto = tally_read(env->params + 10, 2);
	return out->quorum >= 1 && out->quorum <= INT64_MAX && out->pass >= WHOLE / 2 && out->pass < WHOLE && out->veto >= 1 && out->veto <= WHOLE;
}

/* The greatest r with r * r <= n, bit by bit. */
static uint64_t
root(uint64_t n)
{
	uint64_t r = 0, bit = (uint64_t)1 << 62;

	while (bit > n)
		bit >>= 2;
	for (; bit != 0; bit >>= 2) {
		if (n >= r + bit) {
			n -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return r;
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
	uint64_t power;
	uint32_t named;

	if (c->host->past_votes(c, &power, who) != 0 || c->host->attested(c, &named, who) != 0)
		return NO_ELECTORATE;
	*out = named != 0 ? root(power) : 0;
	return 0;
}

static int32_t
outcome(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t)
{
	uint64_t counted = t->in_favour + t->against + t->abstain, veto, pass;
	struct params p;

	if (!read_params(&p, c->env) || c->host->muldiv(c, &veto, counted + t->veto, p.veto, WHOLE, TALLY_DOWN) != 0 ||
	    c->host->muldiv(c, &pass, t->in_favour + t->against, p.pass, WHOLE, TALLY_DOWN) != 0)
		return BAD_PARAMS;
	if (counted + t->veto < p.quorum) /* a handful of vetoes can't burn a deposit */
		*verdict = TALLY_NO_QUORUM;
	else if (t->veto > veto)
		*verdict = TALLY_VETOED;
	else if (counted < p.quorum)
		*verdict = TALLY_NO_QUORUM;
	else
		*verdict = t->in_favour > pass ? TALLY_PASSED : TALLY_REJECTED;
	return 0;
}

static const struct tally_gov_functions functions = { check, weight, outcome };

/* ---- vectors ---- */

/* quorum 100, pass above a half, veto above 33.4 % */
static const uint8_t usual[] = { 100, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0x0c, 0x0d };
#define USUAL .params = usual, .params_len = sizeof(usual)
#define BYTES(...) .params = (const uint8_t[]){ __VA_ARGS__ }, .params_len = sizeof((const uint8_t[]){ __VA_ARGS__ })

#define CHECK(...) .function = TALLY_FN_CHECK, .gov = &(const struct tally_gov_case){ .base = 1000, __VA_ARGS__ }
#define WEIGHT(n, w) .function = TALLY_FN_WEIGHT, .world = &voters, .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(n), .weight = (w) }
#define OUTCOME(v, f, a, ab, ve)                                                                                       \
	.function = TALLY_FN_OUTCOME, .gov = &(const struct tally_gov_case){                                           \
		.tallies = { .in_favour = (f), .against = (a), .abstain = (ab), .veto = (ve), .base = 1000000 }, .verdict = (v) }

static const struct tally_vector_holder holders[] = {
	{ TALLY_PERSON(2), 0, 1 },       { TALLY_PERSON(3), 0, 3 },       { TALLY_PERSON(4), 0, 4 },         { TALLY_PERSON(5), 0, 999999 },
	{ TALLY_PERSON(6), 0, 1000000 }, { TALLY_PERSON(7), 0, 1000000 }, { TALLY_PERSON(8), 0, INT64_MAX },
};
static const struct tally_account named[] = {
	TALLY_PERSON(1), TALLY_PERSON(2), TALLY_PERSON(3), TALLY_PERSON(4), TALLY_PERSON(5), TALLY_PERSON(6), TALLY_PERSON(8),
};
#define HOLDERS .holders = holders, .holders_n = TALLY_COUNT(holders), .attested = named, .attested_n = TALLY_COUNT(named)
static const struct tally_vector_world voters = { .past_supply = INT64_MAX, HOLDERS };
static const struct tally_vector_world still = { .no_vote = 1, HOLDERS };

static const struct tally_vector vectors[] = {
	{ .name = "parameters", USUAL, CHECK(.council = 0) },
	{ .name = "a council", .answer = NEEDS_HOLDERS, USUAL, CHECK(.council = 1) },
	{ .name = "no parameters", .answer = BAD_PARAMS, CHECK(.council = 0) },
	{ .name = "a byte too few", .answer = BAD_PARAMS, .params = usual, .params_len = sizeof(usual) - 1, CHECK(.council = 0) },
	{ .name = "quorum 0", .answer = BAD_PARAMS, BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "quorum above all amounts", .answer = BAD_PARAMS, BYTES(0, 0, 0, 0, 0, 0, 0, 0x80, 0x88, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "pass below a half", .answer = BAD_PARAMS, BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0x87, 0x13, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "pass out of reach", .answer = BAD_PARAMS, BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x27, 0x0c, 0x0d), CHECK(.council = 0) },
	{ .name = "veto 0", .answer = BAD_PARAMS, BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0, 0), CHECK(.council = 0) },
	{ .name = "veto above the whole", .answer = BAD_PARAMS, BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0x11, 0x27), CHECK(.council = 0) },
	{ .name = "veto off: the whole", BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0x0f, 0x27, 0x10, 0x27), CHECK(.council = 0) },
	{ .name = "no units", USUAL, WEIGHT(1, 0) },
	{ .name = "one unit", USUAL, WEIGHT(2, 1) },
	{ .name = "three units", USUAL, WEIGHT(3, 1) },
	{ .name = "four units", USUAL, WEIGHT(4, 2) },
	{ .name = "one less than a square", USUAL, WEIGHT(5, 999) },
	{ .name = "a square", USUAL, WEIGHT(6, 1000) },
	{ .name = "no attested name", USUAL, WEIGHT(7, 0) },
	{ .name = "all units", USUAL, WEIGHT(8, 3037000499) },
	{ .name = "nobody", USUAL, WEIGHT(9, 0) },
	{ .name = "no vote runs", USUAL, .answer = NO_ELECTORATE, .function = TALLY_FN_WEIGHT, .world = &still,
	  .gov = &(const struct tally_gov_case){ .who = TALLY_PERSON(6) } },
	{ .name = "one below the quorum", USUAL, OUTCOME(TALLY_NO_QUORUM, 99, 0, 0, 0) },
	{ .name = "quorum exactly", USUAL, OUTCOME(TALLY_PASSED, 100, 0, 0, 0) },
	{ .name = "abstentions count for the quorum", USUAL, OUTCOME(TALLY_PASSED, 1, 0, 99, 0) },
	{ .name = "all abstain", USUAL, OUTCOME(TALLY_REJECTED, 0, 0, 100, 0) },
	{ .name = "tie", USUAL, OUTCOME(TALLY_REJECTED, 60, 60, 0, 0) },
	{ .name = "one more than a tie", USUAL, OUTCOME(TALLY_PASSED, 61, 60, 0, 0) },
	{ .name = "vetoes don't count for the quorum", USUAL, OUTCOME(TALLY_NO_QUORUM, 99, 0, 0, 1) },
	{ .name = "veto at its limit", USUAL, OUTCOME(TALLY_PASSED, 666, 0, 0, 334) },
	{ .name = "veto above it", USUAL, OUTCOME(TALLY_VETOED, 665, 0, 0, 335) },
	{ .name = "bad parameters", .answer = BAD_PARAMS, OUTCOME(TALLY_PASSED, 100, 0, 0, 0) },
	{ .name = "gas of a weight", USUAL, .gas_max = 1600, WEIGHT(8, 3037000499) },
	{ .name = "one gas less", USUAL, .gas_max = 1599, .answer = TALLY_STOPPED_GAS, WEIGHT(8, 0) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_GOV,
	.name = "gov_quadratic",
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
