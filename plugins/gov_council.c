/* Votes of a council: one member, one vote. A proposal passes with `needed` votes for it, if they are more than those against it, vetoes
 * included.
 *
 * Parameters (2 bytes, little-endian): needed u16. */
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
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
