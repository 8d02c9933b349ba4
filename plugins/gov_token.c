/* Votes of an asset's holders: one unit, one vote.
 *
 * Parameters (6 bytes, little-endian, in ten-thousandths): quorum u16, of all power: for, against and abstain together; pass u16: the share of
 * for among for and against must be above it; veto u16: a share of veto among all votes above it fails the proposal. */
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
	return out->quorum <= WHOLE && out->pass >= WHOLE / 2 && out->pass < WHOLE && out->veto >= 1 && out->veto <= WHOLE;
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
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
