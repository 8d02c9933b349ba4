#define TALLY_PLUGIN_ENTRY issue_registered_entry
#include "tests/unit/rule_registered.h"

enum { NOT_ON_RECORD = 1, NOT_OURS, NOT_THE_CUSTODIANS, NOT_HERE };

static const char *const reasons[] = { "NOT_ON_RECORD", "NOT_OURS", "NOT_THE_CUSTODIANS", "NOT_HERE", NULL };

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	struct tally_effect *e = &out->list[0];
	struct tally_item item;

	if (op->op != TALLY_OP_EARN)
		return NOT_HERE;
	if (c->host->item(c, &item, op->receipt) != 0 || item.closed != 0)
		return NOT_ON_RECORD;
	if (!tally_same_account(&item.creator, &op->source))
		return NOT_OURS;
	if (!tally_same_account(&item.custodian, &op->to))
		return NOT_THE_CUSTODIANS;
	out->n = 1;
	e->kind = TALLY_EFFECT_MINT;
	e->to = op->to;
	e->amount = op->paid;
	e->expires_at = TALLY_NEVER;
	__builtin_memcpy(e->receipt, op->receipt, sizeof(e->receipt));
	return 0;
}

static const struct tally_issue_functions functions = { on };

#define MAKER TALLY_PERSON(1)
#define BUYER TALLY_PERSON(2)
#define EARN(...) .function = TALLY_FN_ON, .world = &world, .issue = &(const struct tally_issue_case){ .op = { .op = TALLY_OP_EARN, .paid = 5, __VA_ARGS__ } }

static const struct tally_vector_item items[] = {
	{ { 7 }, { .creator = MAKER, .custodian = BUYER, .entries = 2 } },
	{ { 8 }, { .creator = MAKER, .custodian = BUYER, .entries = 3, .closed = 1 } },
};
static const struct tally_vector_world world = { .items = items, .items_n = TALLY_COUNT(items) };
static const struct tally_effect five[] = { { .kind = TALLY_EFFECT_MINT, .to = BUYER, .amount = 5, .expires_at = TALLY_NEVER, .receipt = { 7 } } };

static const struct tally_vector vectors[] = {
	{ .name = "registered", .function = TALLY_FN_ON, .world = &world,
	  .issue = &(const struct tally_issue_case){ { .op = TALLY_OP_EARN, .paid = 5, .source = MAKER, .to = BUYER, .receipt = { 7 } }, five, 1 } },
	{ .name = "nothing of that id", .answer = NOT_ON_RECORD, EARN(.source = MAKER, .to = BUYER, .receipt = { 9 }) },
	{ .name = "closed", .answer = NOT_ON_RECORD, EARN(.source = MAKER, .to = BUYER, .receipt = { 8 }) },
	{ .name = "another maker's", .answer = NOT_OURS, EARN(.source = BUYER, .to = BUYER, .receipt = { 7 }) },
	{ .name = "another has it", .answer = NOT_THE_CUSTODIANS, EARN(.source = MAKER, .to = MAKER, .receipt = { 7 }) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_registered",
	.major = 1,
	.gas_max = 10000,
	.ops = 1u << TALLY_OP_EARN | 1u << TALLY_OP_REFUND,
	.reasons = reasons,
	.issue = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
