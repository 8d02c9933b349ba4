/* The issuer mints at most so many units a day (UTC).
 *
 * Parameters (8 bytes, little-endian): daily u64, base units a day, at least 1. */
#include "plugins/plugin.h"

#define DAY 86400

/* What the rule refuses, by name: number 1 is the first of the list. */
enum { BAD_PARAMS = 1, ONLY_ISSUER_MINTS, DAILY_LIMIT };

static const char *const reasons[] = { "BAD_PARAMS", "ONLY_ISSUER_MINTS", "DAILY_LIMIT", NULL };

static int32_t
create(const struct tally_env *env)
{
	return env->params_len == 8 && tally_read(env->params, 8) > 0 ? 0 : BAD_PARAMS;
}

/* The rule's storage holds, under "day", the last day with a mint and what was minted on it. */
static int32_t
mint(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	uint64_t daily = tally_read(c->env->params, 8), day, used = 0;
	uint8_t record[16];
	size_t len = sizeof(record);

	if (!tally_same_account(&op->source, &op->asset.issuer))
		return ONLY_ISSUER_MINTS;
	if (c->host->muldiv(c, &day, (uint64_t)c->env->time, 1, DAY, TALLY_DOWN) != 0)
		return DAILY_LIMIT;
	if (c->host->kv_get(c, record, &len, "day", 3) == 0 && tally_read(record, 8) == day)
		used = tally_read(record + 8, 8);
	if (op->amount > daily - used)
		return DAILY_LIMIT;
	tally_write(record, day, 8);
	tally_write(record + 8, used + op->amount, 8);
	if (c->host->kv_put(c, "day", 3, record, sizeof(record)) != 0)
		return DAILY_LIMIT;
	out->n = 1;
	out->list[0].kind = TALLY_EFFECT_MINT;
	out->list[0].to = op->to;
	out->list[0].amount = op->amount;
	out->list[0].expires_at = TALLY_NEVER;
	return 0;
}

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	return op->op == TALLY_OP_CREATE ? create(c->env) : mint(c, out, op);
}

static const struct tally_issue_functions functions = { on };

/* ---- vectors ---- */

#define STORE TALLY_PERSON(1)
#define CUSTOMER TALLY_PERSON(2)
#define NOON 43200
#define HUNDRED_A_DAY .params = (const uint8_t[]){ 100, 0, 0, 0, 0, 0, 0, 0 }, .params_len = 8
#define MINT(n, ...) { .op = TALLY_OP_MINT, .to = CUSTOMER, .amount = (n), .asset = { .issuer = STORE }, .source = __VA_ARGS__ }
#define MINTED(n) (const struct tally_effect[]){ { .kind = TALLY_EFFECT_MINT, .to = CUSTOMER, .amount = (n), .expires_at = TALLY_NEVER } }, 1
#define ALLOWED(n) .function = TALLY_FN_ON, .issue = &(const struct tally_issue_case){ MINT(n, STORE), MINTED(n) }
#define REFUSED(n, ...) .function = TALLY_FN_ON, .issue = &(const struct tally_issue_case){ .op = MINT(n, __VA_ARGS__) }

/* "day": which, and how much, both little-endian. */
#define STORED(day, used) (const struct tally_vector_kv[]){ { "day", 3, (const uint8_t[]){ day, 0, 0, 0, 0, 0, 0, 0, used, 0, 0, 0, 0, 0, 0, 0 }, 16 } }
static const struct tally_vector_world forty_used = { .kv = STORED(3, 40), .kv_n = 1 };

static const struct tally_vector vectors[] = {
	{ .name = "CREATE", HUNDRED_A_DAY, .function = TALLY_FN_ON, .issue = &(const struct tally_issue_case){ .op = { .op = TALLY_OP_CREATE } } },
	{ .name = "CREATE without parameters",
	  .answer = BAD_PARAMS,
	  .function = TALLY_FN_ON,
	  .issue = &(const struct tally_issue_case){ .op = { .op = TALLY_OP_CREATE } } },
	{ .name = "CREATE with nothing a day",
	  .params = (const uint8_t[8]){ 0 },
	  .params_len = 8,
	  .answer = BAD_PARAMS,
	  .function = TALLY_FN_ON,
	  .issue = &(const struct tally_issue_case){ .op = { .op = TALLY_OP_CREATE } } },
	{ .name = "the first of a day", HUNDRED_A_DAY, .time = 3 * DAY + NOON, .kv_after = STORED(3, 40), .kv_after_n = 1, ALLOWED(40) },
	{ .name = "all that is left",
	  HUNDRED_A_DAY,
	  .time = 4 * DAY - 1,
	  .world = &forty_used,
	  .kv_after = STORED(3, 100),
	  .kv_after_n = 1,
	  ALLOWED(60) },
	{ .name = "one more than is left", HUNDRED_A_DAY, .time = 4 * DAY - 1, .world = &forty_used, .answer = DAILY_LIMIT, REFUSED(61, STORE) },
	{ .name = "the next day begins at midnight",
	  HUNDRED_A_DAY,
	  .time = 4 * DAY,
	  .world = &forty_used,
	  .kv_after = STORED(4, 100),
	  .kv_after_n = 1,
	  ALLOWED(100) },
	{ .name = "somebody else", HUNDRED_A_DAY, .answer = ONLY_ISSUER_MINTS, REFUSED(1, CUSTOMER) },
	{ .name = "the dearest call", HUNDRED_A_DAY, .time = 4 * DAY, .world = &forty_used, .gas_max = 1511, .kv_after = STORED(4, 1), .kv_after_n = 1, ALLOWED(1) },
	{ .name = "with one gas less", HUNDRED_A_DAY, .time = 4 * DAY, .world = &forty_used, .gas_max = 1510, .answer = TALLY_STOPPED_GAS, REFUSED(1, STORE) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_mine",
	.major = 1,
	.gas_max = 10000,
	.ops = 1u << TALLY_OP_CREATE | 1u << TALLY_OP_MINT,
	.reasons = reasons,
	.issue = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
