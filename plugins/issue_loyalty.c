/* Loyalty points: `points` base units for each `per` units of price that were not paid with points, rounded down; pending until the return
 * window is over; expiring; taken back by receipt, so that what is kept is what the kept goods would have earned. Backed or not.
 *
 * Parameters (29 bytes, little-endian):
 *   points u64 | per u64 | return_window u32, seconds | valid_days u32, 0: for ever | round_days u32: expiry is rounded up to a multiple of so
 *   many days, so that a faithful customer holds few lots | anyone u8: 1 when everybody may mint a backed asset's units by paying for them */
#include "plugins/plugin.h"

#define DAY 86400
#define WINDOW_MAX (366u * DAY)
#define VALID_MAX 3660u
#define ROUND_MAX 366u
#define PARAMS_LEN 29
#define FLAG_LOTS 32u
#define FLAG_BACKED 128u

enum { BAD_PARAMS = 1, NEEDS_LOTS, ONLY_ISSUER_MINTS, TOO_MUCH };

static const char *const reasons[] = { "BAD_PARAMS", "NEEDS_LOTS", "ONLY_ISSUER_MINTS", "TOO_MUCH", NULL };

struct params {
	uint64_t points, per;
	uint32_t return_window, valid_days, round_days;
	uint8_t anyone;
};

static int
read_params(struct params *out, const struct tally_env *env)
{
	const uint8_t *p = env->params;

	if (env->params_len != PARAMS_LEN)
		return 0;
	out->points = tally_read(p, 8);
	out->per = tally_read(p + 8, 8);
	out->return_window = (uint32_t)tally_read(p + 16, 4);
	out->valid_days = (uint32_t)tally_read(p + 20, 4);
	out->round_days = (uint32_t)tally_read(p + 24, 4);
	out->anyone = p[28];
	return 1;
}

static int32_t
create(const struct params *p, const struct tally_issue_op *op)
{
	if ((op->asset.flags & FLAG_LOTS) == 0)
		return NEEDS_LOTS;
	if (p->points == 0 || p->per == 0 || p->return_window > WINDOW_MAX || p->valid_days > VALID_MAX || p->round_days == 0 ||
	    p->round_days > ROUND_MAX || p->anyone > 1)
		return BAD_PARAMS;
	return p->anyone == 1 && (op->asset.flags & FLAG_BACKED) == 0 ? BAD_PARAMS : 0;
}

/* When what becomes available at `from` expires; 0 when no such time exists. */
static int64_t
expiry(struct tally_ctx *c, const struct params *p, int64_t from)
{
	uint64_t step = (uint64_t)p->round_days * DAY, steps;

	if (p->valid_days == 0)
		return TALLY_NEVER;
	if (c->host->muldiv(c, &steps, (uint64_t)from + (uint64_t)p->valid_days * DAY, 1, step, TALLY_UP) != 0)
		return 0;
	return (int64_t)(steps * step);
}

static int32_t
mint(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	if (p->anyone == 0 && !tally_same_account(&op->source, &op->asset.issuer))
		return ONLY_ISSUER_MINTS;
	out->n = 1;
	out->list[0].kind = TALLY_EFFECT_MINT;
	out->list[0].to = op->to;
	out->list[0].amount = op->amount;
	out->list[0].expires_at = expiry(c, p, c->env->time);
	return 0;
}

static int32_t
earn(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	struct tally_effect *e = &out->list[0];

	if (c->host->muldiv(c, &e->amount, op->paid - op->with_points, p->points, p->per, TALLY_DOWN) != 0)
		return TOO_MUCH;
	if (e->amount == 0)
		return 0;
	out->n = 1;
	e->kind = TALLY_EFFECT_MINT;
	e->to = op->to;
	e->available_from = c->env->time + (int64_t)p->return_window;
	e->expires_at = expiry(c, p, e->available_from);
	__builtin_memcpy(e->receipt, op->receipt, sizeof(e->receipt));
	return 0;
}

static int32_t
refund(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	uint64_t kept_price = op->paid - op->returned_before - op->returned, eligible, keep;
	struct tally_effect *e = &out->list[0];

	if (c->host->muldiv(c, &eligible, op->paid - op->with_points, kept_price, op->paid, TALLY_DOWN) != 0 ||
	    c->host->muldiv(c, &keep, eligible, p->points, p->per, TALLY_DOWN) != 0)
		return TOO_MUCH;
	if (keep + op->taken >= op->granted)
		return 0;
	out->n = 1;
	e->kind = TALLY_EFFECT_BURN_RECEIPT;
	e->amount = op->granted - op->taken - keep;
	__builtin_memcpy(e->receipt, op->receipt, sizeof(e->receipt));
	return 0;
}

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	struct params p;

	if (!read_params(&p, c->env))
		return BAD_PARAMS;
	if (op->op == TALLY_OP_CREATE)
		return create(&p, op);
	if (op->op == TALLY_OP_MINT)
		return mint(c, out, &p, op);
	if (op->op == TALLY_OP_EARN)
		return earn(c, out, &p, op);
	return refund(c, out, &p, op);
}

static const struct tally_issue_functions functions = { on };

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_loyalty",
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
