/* E1  An effect touches only units of its own asset, or coin of the operation's source, never more than coin_max.
 * E2  Units leave only the source's balance, and no more than the operation names; REFUND alone burns of the customer's, by receipt.
 * E3  What fails changes nothing: the ledger takes the whole transaction back. */
#include "token/issue.h"

#include <assert.h>
#include <string.h>

#include "token/holding.h"
#include "token/plugin_host.h"
#include "token/rule.h"

/* ---- the question ---- */

static bool
op_is_one_of(const struct issue *i, unsigned ops)
{
	return (ops >> i->op & 1) != 0;
}

static struct tally_asset
asset_for_rule(const struct asset *a)
{
	struct tally_asset t = {
		.issuer = rule_account(&a->issuer),
		.flags = a->flags,
		.decimals = a->decimals,
		.cap = amount_units(a->cap),
		.units = a->units,
		.sats = a->sats,
	};

	if (a->renounced)
		t.issuer.type = 255;
	return t;
}

static struct tally_issue_op
question(const struct asset *a, const struct issue *i)
{
	struct tally_issue_op q = {
		.size = sizeof(q),
		.op = i->op,
		.asset = asset_for_rule(a),
		.source = rule_account(&i->source),
		.to = rule_account(&i->to),
		.amount = amount_units(i->amount),
		.coin_max = amount_units(i->coin_max),
		.paid = amount_units(i->receipt.paid),
		.with_points = amount_units(i->receipt.with_points),
		.returned_before = amount_units(i->receipt.returned),
		.returned = amount_units(i->returned),
		.granted = amount_units(i->receipt.granted),
		.taken = amount_units(i->receipt.taken),
		.earned_at = i->receipt.earned_at.sec,
	};

	memcpy(q.receipt, i->receipt_hash.b, sizeof(q.receipt));
	memcpy(q.note, i->receipt.note, sizeof(q.note));
	return q;
}

/* What happens where no rule has a say. */
static const char *
host_course(struct tally_effects *out, const struct issue *i)
{
	struct tally_effect *e = &out->list[0];

	memset(out, 0, sizeof(*out));
	out->n = 1;
	e->amount = amount_units(i->amount);
	e->from = rule_account(&i->source);
	e->to = rule_account(&i->to);
	e->expires_at = TALLY_NEVER;
	switch (i->op) {
	case TALLY_OP_CREATE:
		out->n = 0;
		return NULL;
	case TALLY_OP_MINT:
		e->kind = TALLY_EFFECT_MINT;
		return NULL;
	case TALLY_OP_BURN:
	case TALLY_OP_REDEEM:
		e->kind = TALLY_EFFECT_BURN;
		return NULL;
	case TALLY_OP_TRANSFER:
		e->kind = TALLY_EFFECT_MOVE;
		return NULL;
	case TALLY_OP_EARN:
	case TALLY_OP_REFUND:
	case TALLY_OP_PARAMS:
		break;
	}
	return "NO_RULE";
}

/* When the federation has disabled a rule, holders can still move their units and give them up. */
static bool
works_without(const struct issue *i, const char *why)
{
	return strcmp(why, "RULE_DISABLED") == 0 && op_is_one_of(i, 1 << TALLY_OP_TRANSFER | 1 << TALLY_OP_BURN | 1 << TALLY_OP_REDEEM);
}

static const char *
ask(struct tally_effects *out, struct exec *x, const struct asset *a, const struct issue *i)
{
	struct tally_issue_op q = question(a, i);
	struct op_blob params = asset_params(a, x->env->time);
	struct rule_instance instance = { .scope = 'a', .id = a->id.id, .params = params.p, .params_len = params.len, .asset = a, .may_write = true };
	const struct tally_plugin *rule;
	const char *why;

	if (a->rule[0] == '\0')
		return host_course(out, i);
	why = rule_find(&rule, NULL, x->state, a->rule, a->rule_major, TALLY_ISSUE, x->env->height);
	if (why != NULL)
		return works_without(i, why) ? host_course(out, i) : why;
	if ((rule->ops >> i->op & 1) == 0)
		return host_course(out, i);
	return plugin_issue(out, x, rule, &instance, &q);
}

/* ---- the answer ---- */

/* Event: asset | account | [second account] | amount. */
static void
tell(struct exec *x, const char *name, const struct asset_id *asset, const struct account *who, const struct account *to, struct amount amount)
{
	struct wr w = { 0 };

	if (x->accounts != NULL) {
		exec_involve(x, who);
		if (to != NULL)
			exec_involve(x, to);
	}
	if (x->events == NULL || amount_is_zero(amount))
		return;
	wr_asset_id(&w, asset);
	wr_account(&w, who);
	if (to != NULL)
		wr_account(&w, to);
	wr_amount(&w, amount);
	exec_event(x, name, w.p, w.len);
	wr_clear(&w);
}

/* Units that leave the source, moved or burnt, stay within what the operation names. */
static bool
count_out(struct issue *i, struct amount *sum, struct amount amount)
{
	struct amount all;

	return amount_add(sum, *sum, amount) && amount_add(&all, i->moved, i->burnt) && amount_cmp(all, i->amount) <= 0;
}

static const char *
dates_of(struct lot *out, const struct asset *a, const struct issue *i, const struct tally_effect *e)
{
	struct hash256 receipt;
	bool earn = i->op == TALLY_OP_EARN;

	memcpy(receipt.b, e->receipt, sizeof(receipt.b));
	*out = (struct lot){ .earned = earn, .receipt = receipt, .available_from.sec = e->available_from };
	out->expires_day = e->expires_at == TALLY_NEVER ? LOT_NEVER : lot_day_after((struct unixtime){ e->expires_at });
	if (earn ? !hash256_eq(&receipt, &i->receipt_hash) : !hash256_is_zero(&receipt))
		return "RULE_EFFECT";
	if ((a->flags & ASSET_LOTS) != 0)
		return e->available_from >= 0 && e->expires_at > e->available_from ? NULL : "RULE_EFFECT";
	return e->available_from == 0 && (e->expires_at == 0 || e->expires_at == TALLY_NEVER) ? NULL : "RULE_EFFECT";
}

static const char *
apply_mint(struct exec *x, const struct asset *a, struct issue *i, const struct tally_effect *e, struct amount amount)
{
	struct lot lot;
	struct mint_order o = {
		.amount = amount, .dates = &lot, .payer = i->source, .coin_left = i->coin_max, .at_creation = i->op == TALLY_OP_CREATE
	};
	const char *why = dates_of(&lot, a, i, e);

	if (why != NULL)
		return why;
	if (!rule_account_back(&o.to, &e->to) || !asset_may_receive(x->state, &o.to) ||
	    !op_is_one_of(i, 1 << TALLY_OP_CREATE | 1 << TALLY_OP_MINT | 1 << TALLY_OP_EARN) ||
	    (i->op == TALLY_OP_EARN && !account_eq(&o.to, &i->to)))
		return "RULE_EFFECT";
	if (i->op == TALLY_OP_EARN) {
		if (!amount_is_zero(i->granted)) /* one lot a receipt */
			return "RULE_EFFECT";
		i->granted = amount;
		i->expires_day = lot.expires_day;
		o.amount = receipt_pay_debt(x->state, &a->id, &o.to, amount);
	}
	why = holding_mint(x, a, &o);
	i->coin_max = o.coin_left;
	if (why == NULL && !amount_add(&i->minted, i->minted, o.amount))
		return "AMOUNT_OVERFLOW";
	tell(x, "MINTED", &a->id, &o.to, NULL, o.amount);
	return why;
}

static const char *
apply_burn(struct exec *x, const struct asset *a, struct issue *i, const struct tally_effect *e, struct amount amount)
{
	struct account from, heir = holding_heir(a);
	struct amount released;
	const char *why;

	if (!rule_account_back(&from, &e->from) || !account_eq(&from, &i->source) || !count_out(i, &i->burnt, amount) ||
	    !op_is_one_of(i, 1 << TALLY_OP_BURN | 1 << TALLY_OP_REDEEM | 1 << TALLY_OP_TRANSFER))
		return "RULE_EFFECT";
	why = holding_burn(x, &released, a, &from, amount, i->op == TALLY_OP_REDEEM ? &i->source : &heir);
	if (why == NULL && !amount_add(&i->released, i->released, released))
		return "AMOUNT_OVERFLOW";
	tell(x, "BURNT", &a->id, &from, NULL, amount);
	return why;
}

/* The customer's units of the receipt, as far as they are there; the rest becomes debt, unless it would have expired by now. */
static const char *
apply_burn_receipt(struct exec *x, const struct asset *a, struct issue *i, const struct tally_effect *e, struct amount amount)
{
	const struct receipt *r = &i->receipt;
	struct account heir = holding_heir(a);
	struct amount left, burnt, owed, released;
	const char *why;

	if (!op_is_one_of(i, 1 << TALLY_OP_REFUND) || memcmp(e->receipt, i->receipt_hash.b, sizeof(e->receipt)) != 0 ||
	    !amount_add(&i->taken, i->taken, amount) || !amount_sub(&left, r->granted, r->taken) || amount_cmp(i->taken, left) > 0)
		return "RULE_EFFECT";
	if (r->expires_day != LOT_NEVER && (int64_t)r->expires_day * DAY_SECONDS <= x->env->time.sec)
		return NULL;
	why = lot_burn_receipt(x, &burnt, &a->id, &r->customer, &i->receipt_hash, r->expires_day, amount);
	if (why == NULL)
		why = holding_release(x, &released, a, burnt, &heir);
	if (why != NULL)
		return why;
	tell(x, "BURNT", &a->id, &r->customer, NULL, burnt);
	if (!amount_add(&i->burnt, i->burnt, burnt) || !amount_add(&i->released, i->released, released) || !amount_sub(&owed, amount, burnt))
		return "AMOUNT_OVERFLOW";
	return receipt_add_debt(x->state, &a->id, &r->customer, owed);
}

static const char *
move_coin(struct exec *x, struct issue *i, const struct account *from, const struct account *to, struct amount amount)
{
	struct asset_id coin = ASSET_COIN;

	if (i->op == TALLY_OP_REFUND || !account_eq(from, &i->source) || !amount_sub(&i->coin_max, i->coin_max, amount))
		return "RULE_EFFECT";
	tell(x, "MOVED", &coin, from, to, amount);
	return bank_transfer(x->state, from, to, &coin, amount);
}

static const char *
apply_move(struct exec *x, const struct asset *a, struct issue *i, const struct tally_effect *e, struct amount amount)
{
	struct account from, to;
	const char *why;

	if (!rule_account_back(&from, &e->from) || !rule_account_back(&to, &e->to) || !asset_may_receive(x->state, &to) || e->coin > 1)
		return "RULE_EFFECT";
	if (e->coin == 1)
		return move_coin(x, i, &from, &to, amount);
	if (!op_is_one_of(i, 1 << TALLY_OP_TRANSFER) || !account_eq(&from, &i->source) || !count_out(i, &i->moved, amount))
		return "RULE_EFFECT";
	tell(x, "MOVED", &a->id, &from, &to, amount);
	why = asset_may_move(x, a, &from, &to);
	return why != NULL ? why : holding_move(x, a, &from, &to, amount);
}

static const char *
apply_effect(struct exec *x, const struct asset *a, struct issue *i, const struct tally_effect *e)
{
	struct amount amount;

	if (!amount_from_units(&amount, e->amount) || amount_is_zero(amount) || (e->kind != TALLY_EFFECT_MOVE && e->coin != 0))
		return "RULE_EFFECT";
	if (e->kind == TALLY_EFFECT_MINT)
		return apply_mint(x, a, i, e, amount);
	if (e->kind == TALLY_EFFECT_BURN)
		return apply_burn(x, a, i, e, amount);
	if (e->kind == TALLY_EFFECT_BURN_RECEIPT)
		return apply_burn_receipt(x, a, i, e, amount);
	if (e->kind == TALLY_EFFECT_MOVE)
		return apply_move(x, a, i, e, amount);
	return "RULE_EFFECT";
}

const char *
issue_run(struct exec *x, const struct asset *a, struct issue *i)
{
	struct tally_effects effects;
	const char *why = ask(&effects, x, a, i);

	for (uint32_t n = 0; why == NULL && n < effects.n; n++)
		why = apply_effect(x, a, i, &effects.list[n]);
	if (why == NULL && i->op == TALLY_OP_EARN)
		memcpy(i->receipt.note, effects.note, sizeof(i->receipt.note));
	return why;
}

const char *
issue_may_have_params(const struct exec *x, const struct asset *a, const struct op_blob *params)
{
	struct issue i = { .op = TALLY_OP_PARAMS, .source = a->issuer };
	struct tally_issue_op q = question(a, &i);
	struct rule_instance instance = { .scope = 'a', .id = a->id.id, .params = params->p, .params_len = params->len, .asset = a };
	struct exec quiet = *x;
	const struct tally_plugin *rule;
	struct tally_effects effects;
	const char *why;

	if (a->rule[0] == '\0')
		return "PARAMS_FIXED";
	quiet.events = quiet.accounts = NULL;
	why = rule_find(&rule, NULL, x->state, a->rule, a->rule_major, TALLY_ISSUE, x->env->height);
	if (why != NULL)
		return why;
	if ((rule->ops >> TALLY_OP_PARAMS & 1) == 0)
		return "PARAMS_FIXED";
	why = plugin_issue(&effects, &quiet, rule, &instance, &q);
	return why == NULL && effects.n != 0 ? "RULE_EFFECT" : why;
}
