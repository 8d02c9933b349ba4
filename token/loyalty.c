/* EARN, REFUND, REDEEM and expiry. */
#include "token/loyalty.h"

#include <assert.h>

#include "token/holding.h"

/* The asset, if the source issues it and its units are lots. */
static const char *
as_store(struct asset *out, const struct exec *x, const struct op *op, const struct asset_id *asset)
{
	if (!asset_get(out, x->state, asset))
		return "ASSET_UNKNOWN";
	if (!asset_is_issuer(out, &op->source))
		return "NOT_ISSUER";
	if ((out->flags & ASSET_LOTS) == 0)
		return "NO_LOTS";
	return asset_is_paused(out, x->env->time) ? "ASSET_PAUSED" : NULL;
}

static void
tell_two(struct exec *x, const char *name, const struct asset_id *asset, const struct account *who, struct amount a, struct amount b)
{
	struct wr w = { 0 };

	wr_asset_id(&w, asset);
	wr_account(&w, who);
	wr_amount(&w, a);
	wr_amount(&w, b);
	exec_event(x, name, w.p, w.len);
	exec_involve(x, who);
	wr_clear(&w);
}

static const char *
apply_earn(struct exec *x, const struct op *op)
{
	struct op_earn o;
	struct asset a;
	struct issue i = { .op = TALLY_OP_EARN, .source = op->source };
	struct receipt old;
	struct unixtime from;
	const char *why;

	if (!op_earn_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = as_store(&a, x, op, &o.asset);
	if (why != NULL)
		return why;
	if (o.to.type == ACCOUNT_MODULE)
		return "NOT_A_RECIPIENT";
	if (asset_is_frozen(x->state, &from, &a, &o.to, x->env->time))
		return "ACCOUNT_FROZEN";
	if (hash256_is_zero(&o.receipt) || amount_is_zero(o.paid) || amount_cmp(o.with_points, o.paid) > 0)
		return "BAD_SALE";
	if (receipt_get(&old, x->state, &a.id, &o.receipt))
		return "RECEIPT_USED";
	i.to = o.to;
	i.receipt_hash = o.receipt;
	i.coin_max = bank_balance(x->state, &op->source, &(struct asset_id){ { { 0 } } });
	i.receipt = (struct receipt){ .customer = o.to, .paid = o.paid, .with_points = o.with_points, .earned_at = x->env->time };
	why = issue_run(x, &a, &i);
	if (why != NULL)
		return why;
	i.receipt.granted = i.granted;
	i.receipt.expires_day = i.expires_day;
	receipt_put(x->state, &a.id, &o.receipt, &i.receipt);
	tell_two(x, "EARNED", &a.id, &o.to, i.granted, i.minted);
	return NULL;
}

static const char *
apply_refund(struct exec *x, const struct op *op)
{
	struct op_refund o;
	struct asset a;
	struct issue i = { .op = TALLY_OP_REFUND, .source = op->source };
	struct amount returned;
	const char *why;

	if (!op_refund_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = as_store(&a, x, op, &o.asset);
	if (why != NULL)
		return why;
	if (!receipt_get(&i.receipt, x->state, &a.id, &o.receipt))
		return "RECEIPT_UNKNOWN";
	if (!account_eq(&i.receipt.customer, &o.customer))
		return "WRONG_CUSTOMER";
	if (amount_is_zero(o.returned))
		return "ZERO_AMOUNT";
	if (!amount_add(&returned, i.receipt.returned, o.returned) || amount_cmp(returned, i.receipt.paid) > 0)
		return "RETURN_TOO_LARGE";
	i.to = o.customer;
	i.receipt_hash = o.receipt;
	i.returned = o.returned;
	why = issue_run(x, &a, &i);
	if (why != NULL)
		return why;
	i.receipt.returned = returned;
	if (!amount_add(&i.receipt.taken, i.receipt.taken, i.taken))
		return "AMOUNT_OVERFLOW";
	receipt_put(x->state, &a.id, &o.receipt, &i.receipt);
	tell_two(x, "RETURNED", &a.id, &o.customer, i.taken, i.burnt);
	return NULL;
}

static const char *
redeem(struct exec *x, struct amount *coin, const struct asset *a, const struct account *from, struct amount units)
{
	struct issue i = { .op = TALLY_OP_REDEEM, .source = *from, .amount = units };
	struct unixtime frozen;
	const char *why;

	if (hash256_is_zero(&a->id.id))
		return "NOT_ISSUER"; /* the coin goes through the peg alone */
	if (amount_is_zero(units))
		return "ZERO_AMOUNT";
	if (asset_is_paused(a, x->env->time))
		return "ASSET_PAUSED";
	if (asset_is_frozen(x->state, &frozen, a, from, x->env->time))
		return "ACCOUNT_FROZEN";
	why = issue_run(x, a, &i);
	*coin = i.released;
	return why;
}

const char *
asset_redeem(struct exec *x, struct amount *coin, const struct asset_id *asset, const struct account *from, struct amount units)
{
	size_t mark = state_mark(x->state), events = x->events != NULL ? x->events->len : 0;
	struct asset a;
	const char *why;

	*coin = AMOUNT_ZERO;
	if (!asset_get(&a, x->state, asset))
		return "ASSET_UNKNOWN";
	if ((a.flags & ASSET_BACKED) == 0)
		return "NOT_BACKED";
	why = redeem(x, coin, &a, from, units);
	if (why == NULL)
		return NULL;
	*coin = AMOUNT_ZERO;
	state_rollback(x->state, mark);
	if (x->events != NULL)
		x->events->len = events;
	return why;
}

static const char *
apply_redeem(struct exec *x, const struct op *op)
{
	struct op_redeem o;
	struct asset a;
	struct amount coin;
	const char *why;

	if (!op_redeem_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!asset_get(&a, x->state, &o.asset))
		return "ASSET_UNKNOWN";
	why = redeem(x, &coin, &a, &op->source, o.amount);
	if (why == NULL)
		tell_two(x, "REDEEMED", &a.id, &op->source, o.amount, coin);
	return why;
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	(void)x;
	(void)section;
	return len == 0 ? NULL : "genesis, loyalty: has no section";
}

static void
expired(struct exec *x, const struct asset_id *asset, struct amount total)
{
	struct account heir;
	struct asset a;
	bool known = asset_get(&a, x->state, asset);
	const char *why;

	assert(known);
	(void)known;
	heir = holding_heir(&a);
	why = holding_release(x, NULL, &a, total, &heir);
	assert(why == NULL);
	(void)why;
}

static void
end_block(struct exec *x)
{
	lot_expire(x, expired);
}

static bool
next_deadline(const struct state *s, struct unixtime *out)
{
	return lot_next_expiry(out, s);
}

static const char *
invariants(const struct state *s, bool deep)
{
	return deep ? receipt_invariants(s) : NULL;
}

static const struct op_info ops[] = {
	{ OP_EARN, "EARN", false, apply_earn },
	{ OP_REFUND, "REFUND", false, apply_refund },
	{ OP_REDEEM, "REDEEM", false, apply_redeem },
};

const struct module loyalty_module = {
	.name = "loyalty",
	.letter = 't',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.end_block = end_block,
	.next_deadline = next_deadline,
	.invariants = invariants,
};
