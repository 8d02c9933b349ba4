/* A rule for tests of versions and of crashes. -DMINOR=n: mints n units more than asked. -DCRASH: minting 666 ends the process. */
#include "plugins/plugin.h"

#ifndef MINOR
#define MINOR 0
#endif

static const char *const reasons[] = { "NEVER", NULL };

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	(void)c;
#ifdef CRASH
	if (op->amount == 666)
		*(volatile int *)(uintptr_t)(op->amount - 658) = 1;
#endif
	out->n = 1;
	out->list[0].kind = TALLY_EFFECT_MINT;
	out->list[0].to = op->to;
	out->list[0].amount = op->amount + MINOR;
	out->list[0].expires_at = TALLY_NEVER;
	return 0;
}

static const struct tally_issue_functions functions = { on };

static const struct tally_effect minted[] = { { .kind = TALLY_EFFECT_MINT, .to = TALLY_PERSON(2), .amount = 5 + MINOR, .expires_at = TALLY_NEVER } };
static const struct tally_vector vectors[] = {
	{ .name = "MINT",
	  .function = TALLY_FN_ON,
	  .issue = &(const struct tally_issue_case){ { .op = TALLY_OP_MINT, .to = TALLY_PERSON(2), .amount = 5 }, minted, 1 } },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_steps",
	.major = 1,
	.minor = MINOR,
	.gas_max = 10000,
	.ops = 1u << TALLY_OP_MINT,
	.reasons = reasons,
	.issue = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
