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

/* ---- vectors ---- */

#define CREATOR TALLY_PERSON(5)
#define ASKED(...) .function = TALLY_FN_ON, .issue = &(const struct tally_issue_case){ .op = { .source = CREATOR, __VA_ARGS__ } }

static const struct tally_effect all_of_it[] = {
	{ .kind = TALLY_EFFECT_MINT, .to = CREATOR, .amount = 777, .expires_at = TALLY_NEVER },
};
static const struct tally_effect most_of_all[] = {
	{ .kind = TALLY_EFFECT_MINT, .to = CREATOR, .amount = INT64_MAX, .expires_at = TALLY_NEVER },
};

static const struct tally_vector vectors[] = {
	{ .name = "CREATE mints the cap to the creator",
	  .function = TALLY_FN_ON,
	  .issue = &(const struct tally_issue_case){ { .op = TALLY_OP_CREATE, .source = CREATOR, .asset = { .cap = 777 } }, all_of_it, 1 } },
	{ .name = "the greatest cap",
	  .function = TALLY_FN_ON,
	  .issue = &(const struct tally_issue_case){ { .op = TALLY_OP_CREATE, .source = CREATOR, .asset = { .cap = INT64_MAX } }, most_of_all, 1 } },
	{ .name = "CREATE with parameters",
	  .params = (const uint8_t[]){ 0 },
	  .params_len = 1,
	  .answer = BAD_PARAMS,
	  ASKED(.op = TALLY_OP_CREATE, .asset = { .cap = 777 }) },
	{ .name = "CREATE of a backed asset", .answer = FIXED_NOT_BACKED, ASKED(.op = TALLY_OP_CREATE, .asset = { .cap = 777, .units = 1, .sats = 1 }) },
	{ .name = "MINT", .answer = FIXED_SUPPLY, ASKED(.op = TALLY_OP_MINT, .amount = 1, .to = CREATOR) },
	{ .name = "EARN", .answer = FIXED_SUPPLY, ASKED(.op = TALLY_OP_EARN, .paid = 100, .to = TALLY_PERSON(6)) },
	{ .name = "REFUND", .answer = FIXED_SUPPLY, ASKED(.op = TALLY_OP_REFUND, .paid = 100, .returned = 1, .to = TALLY_PERSON(6)) },
	{ .name = "gas that the call itself costs", .gas_max = 100, .answer = FIXED_SUPPLY, ASKED(.op = TALLY_OP_MINT, .amount = 1) },
	{ .name = "one gas less", .gas_max = 99, .answer = TALLY_STOPPED_GAS, ASKED(.op = TALLY_OP_MINT, .amount = 1) },
};

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
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
