/* A fixed supply: all of the cap comes into being at creation, in the creator's hands, and nothing later. No parameters. */
#include "plugins/plugin.h"

enum { BAD_PARAMS = 1, FIXED_SUPPLY, FIXED_NOT_BACKED };

static const char *const reasons[] = { "BAD_PARAMS", "FIXED_SUPPLY", "FIXED_NOT_BACKED", NULL };

static int32_t
create(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	if (c->env->params_len != 0)
		return BAD_PARAMS;
	if (op->asset.units != 0)
		return FIXED_NOT_BACKED;
	out->n = 1;
	out->list[0].kind = TALLY_EFFECT_MINT;
	out->list[0].to = op->source;
	out->list[0].amount = op->asset.cap;
	out->list[0].expires_at = TALLY_NEVER;
	return 0;
}

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	return op->op == TALLY_OP_CREATE ? create(c, out, op) : FIXED_SUPPLY;
}

static const struct tally_issue_functions functions = { on };

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_fixed",
	.major = 1,
	.gas_max = 10000,
	.ops = 1u << TALLY_OP_CREATE | 1u << TALLY_OP_MINT | 1u << TALLY_OP_EARN | 1u << TALLY_OP_REFUND,
	.reasons = reasons,
	.issue = &functions,
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
