/* O1  An offer's escrow holds what is left of it, neither more nor less; of units with dates less by what has expired.
 * O2  The book, the queue and the owners' lists have each open offer once, and nothing else.
 * O3  What is left, with what has expired in escrow, is at most what was offered, and never nothing.
 * O4  pay * X >= got * Y: no taker gets a unit below the price. */
#include "token/offer.h"

#include <assert.h>
#include <string.h>

#include "token/holding.h"
#include "token/issue.h"
#include "token/offer_parts.h"
#include "token/rule.h"

struct account
offer_escrow(uint64_t number)
{
	uint8_t b[8];

	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(number >> 8 * i);
	return account_of_module("offer", b, sizeof(b));
}

/* ---- price ---- */

bool
offer_price(struct amount *pay, const struct op_offer *terms, struct amount got)
{
	uint64_t x = amount_units(terms->sell_amount), y = amount_units(terms->buy_amount);

	if (amount_is_zero(got) || !amount_muldiv(pay, got, y, x, AMOUNT_UP))
		return false;
	assert((unsigned __int128)amount_units(*pay) * x >= (unsigned __int128)amount_units(got) * y);
	return true;
}

struct amount
offer_affordable(const struct op_offer *terms, struct amount pay_max)
{
	struct amount got;

	/* more than any amount: all of it */
	if (!amount_muldiv(&got, pay_max, amount_units(terms->sell_amount), amount_units(terms->buy_amount), AMOUNT_DOWN))
		return terms->sell_amount;
	return amount_min(got, terms->sell_amount);
}

struct amount
offer_left(const struct state *s, const struct offer *o, struct unixtime now)
{
	struct account escrow = offer_escrow(o->number);
	struct asset a;

	if (!asset_get(&a, s, &o->terms.sell) || (a.flags & ASSET_LOTS) == 0)
		return o->left;
	return amount_min(o->left, holding_spendable(s, &a, &escrow, now));
}

/* ---- events ---- */

static void
tell_closed(struct exec *x, const struct offer *o, enum offer_end how, struct amount back)
{
	struct wr w = { 0 };

	wr_u64(&w, o->number);
	wr_account(&w, &o->owner);
	wr_u8(&w, (uint8_t)how);
	wr_amount(&w, back);
	exec_event(x, "OFFER_CLOSED", w.p, w.len);
	exec_involve(x, &o->owner);
	wr_clear(&w);
}

bool
rd_offer_taken(struct rd *r, struct offer_taken *out)
{
	out->offer = rd_u64(r);
	rd_account(r, &out->taker);
	rd_asset_id(r, &out->sell);
	out->got = rd_amount(r);
	rd_asset_id(r, &out->buy);
	out->paid = rd_amount(r);
	out->left = rd_amount(r);
	return rd_done(r);
}

static void
tell_taken(struct exec *x, const struct offer *o, const struct account *taker, struct amount got, struct amount paid, struct amount left)
{
	struct wr w = { 0 };

	wr_u64(&w, o->number);
	wr_account(&w, taker);
	wr_asset_id(&w, &o->terms.sell);
	wr_amount(&w, got);
	wr_asset_id(&w, &o->terms.buy);
	wr_amount(&w, paid);
	wr_amount(&w, left);
	exec_event(x, "TAKEN", w.p, w.len);
	exec_involve(x, &o->owner);
	wr_clear(&w);
}

/* ---- rules ---- */

/* Does the asset's rule answer for transfers? A disabled one doesn't any more. */
static const char *
rule_transfers(bool *out, const struct exec *x, const struct asset *a)
{
	const struct tally_plugin *rule;
	const char *why;

	*out = false;
	if (a->rule[0] == '\0')
		return NULL;
	why = rule_find(&rule, NULL, x->state, a->rule, a->rule_major, TALLY_ISSUE, x->env->height);
	if (why != NULL)
		return strcmp(why, "RULE_DISABLED") == 0 ? NULL : why;
	*out = (rule->ops >> TALLY_OP_TRANSFER & 1) != 0;
	return NULL;
}

/* A rule's transfer goes from holder to holder, so the units must pass through the owner's account: with dates they would be mixed with
 * his others, and the taker got older ones than he saw. */
static const char *
check_rule(bool *asks, const struct exec *x, const struct asset *a)
{
	const char *why = rule_transfers(asks, x, a);

	if (why == NULL && *asks && (a->flags & ASSET_LOTS) != 0)
		return "RULE_TRANSFER";
	return why;
}

/* As TRANSFER does it; whatever a rule says, the receiver gets just this. */
static const char *
transfer(struct exec *x, const struct asset *a, const struct account *from, const struct account *to, struct amount amount)
{
	struct issue i = { .op = TALLY_OP_TRANSFER, .source = *from, .to = *to, .amount = amount };
	struct amount before = holding_total(x->state, a, to, x->env->time), gained;
	const char *why = asset_may_move(x, a, from, to);

	if (why == NULL)
		why = issue_run(x, a, &i);
	if (why != NULL)
		return why;
	if (!amount_sub(&gained, holding_total(x->state, a, to, x->env->time), before) || amount_cmp(gained, amount) != 0 ||
	    amount_cmp(i.moved, amount) != 0 || !amount_is_zero(i.burnt) || !amount_is_zero(i.minted))
		return "RULE_EFFECT";
	return NULL;
}

/* ---- OFFER ---- */

static const char *
check_terms(const struct exec *x, const struct op *op, const struct op_offer *o)
{
	struct asset buy;

	if (asset_id_eq(&o->sell, &o->buy))
		return "SAME_ASSET";
	if (amount_is_zero(o->sell_amount) || amount_is_zero(o->buy_amount))
		return "ZERO_AMOUNT";
	if (o->until.sec < x->env->time.sec || o->until.sec - x->env->time.sec > OFFER_LIFE_MAX)
		return "BAD_UNTIL";
	if (o->has_only && (o->only.type == ACCOUNT_MODULE || account_eq(&o->only, &op->source)))
		return "NOT_A_RECIPIENT";
	if (!asset_get(&buy, x->state, &o->buy))
		return "ASSET_UNKNOWN";
	return (o->flags & OFFER_REDEEM) != 0 && hash256_is_zero(&o->buy.id) ? "NOT_REDEEMABLE" : NULL;
}

static const char *
apply_offer(struct exec *x, const struct op *op)
{
	struct offer o = { .owner = op->source, .created = x->env->time };
	struct account escrow;
	struct asset a;
	struct wr w = { 0 };
	const char *why;
	bool asks;

	if (!op_offer_decode(&o.terms, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = check_terms(x, op, &o.terms);
	if (why != NULL)
		return why;
	if (!asset_get(&a, x->state, &o.terms.sell))
		return "ASSET_UNKNOWN";
	o.left = o.terms.sell_amount;
	offer_add(x->state, &o);
	escrow = offer_escrow(o.number);
	why = asset_may_move(x, &a, &op->source, o.terms.has_only ? &o.terms.only : &escrow);
	if (why == NULL)
		why = check_rule(&asks, x, &a);
	if (why == NULL)
		why = holding_move(x, &a, &op->source, &escrow, o.left);
	if (why != NULL)
		return why;
	wr_u64(&w, o.number);
	wr_account(&w, &o.owner);
	exec_event(x, "OFFERED", w.p, w.len);
	wr_clear(&w);
	if (o.terms.has_only)
		exec_involve(x, &o.terms.only);
	return NULL;
}

/* ---- TAKE ---- */

static const char *
find_taken(struct offer *o, const struct exec *x, const struct op *op, uint64_t number)
{
	if (!offer_get(o, x->state, number))
		return "OFFER_UNKNOWN";
	if (x->env->time.sec > o->terms.until.sec)
		return "OFFER_EXPIRED";
	if (account_eq(&o->owner, &op->source))
		return "OWN_OFFER";
	if (o->terms.has_only && !account_eq(&o->terms.only, &op->source))
		return "NOT_FOR_YOU";
	return NULL;
}

/* How much he gets, and what he pays for it. */
static const char *
strike(struct amount *got, struct amount *pay, const struct offer *o, struct amount left, const struct op_take *t)
{
	struct amount affordable = offer_affordable(&o->terms, t->pay_max), there = amount_min(t->want, left);

	if (amount_is_zero(t->want))
		return "ZERO_AMOUNT";
	if (amount_cmp(t->least, t->want) > 0)
		return "BAD_LIMITS";
	if (amount_is_zero(left))
		return "NOTHING_LEFT";
	if (amount_cmp(there, t->least) < 0)
		return "LEFT_TOO_LITTLE";
	*got = amount_min(there, affordable);
	if (amount_cmp(*got, t->least) < 0 || !offer_price(pay, &o->terms, *got))
		return "PRICE_LIMIT";
	assert(amount_cmp(*pay, t->pay_max) <= 0);
	if ((o->terms.flags & OFFER_WHOLE) != 0 && amount_cmp(*got, left) != 0)
		return "TAKE_WHOLE";
	return NULL;
}

/* The payer's units end, and the coin behind them goes to the owner of the offer. */
static const char *
redeem_payment(struct exec *x, const struct asset *a, const struct account *from, const struct account *to, struct amount amount)
{
	struct issue i = { .op = TALLY_OP_REDEEM, .source = *from, .amount = amount };
	struct asset_id coin = ASSET_COIN;
	const char *why = asset_may_move(x, a, from, to);

	if (why == NULL)
		why = issue_run(x, a, &i);
	if (why != NULL)
		return why;
	return amount_cmp(i.burnt, amount) == 0 ? bank_transfer(x->state, from, to, &coin, i.released) : "RULE_EFFECT";
}

static const char *
pay(struct exec *x, const struct offer *o, const struct account *taker, struct amount amount)
{
	struct asset a;

	if (!asset_get(&a, x->state, &o->terms.buy))
		return "ASSET_UNKNOWN";
	if ((o->terms.flags & OFFER_REDEEM) != 0)
		return redeem_payment(x, &a, taker, &o->owner, amount);
	return transfer(x, &a, taker, &o->owner, amount);
}

static const char *
deliver(struct exec *x, const struct offer *o, const struct account *taker, struct amount amount)
{
	struct account escrow = offer_escrow(o->number);
	struct asset a;
	const char *why;
	bool asks;

	if (!asset_get(&a, x->state, &o->terms.sell))
		return "ASSET_UNKNOWN";
	why = asset_may_move(x, &a, &o->owner, taker);
	if (why == NULL)
		why = check_rule(&asks, x, &a);
	if (why != NULL)
		return why;
	if (!asks)
		return holding_move(x, &a, &escrow, taker, amount);
	why = holding_move(x, &a, &escrow, &o->owner, amount);
	return why != NULL ? why : transfer(x, &a, &o->owner, taker, amount);
}

/* So many units have left the escrow: the offer goes with the last of them. *left: what can still be had. What has expired in escrow counts in
 * o->left until then. */
static const char *
settle(struct exec *x, struct amount *left, struct offer *o, struct amount gone)
{
	struct account escrow = offer_escrow(o->number);

	if (!amount_sub(&o->left, o->left, gone))
		return "AMOUNT_OVERFLOW";
	*left = offer_left(x->state, o, x->env->time);
	if (!amount_is_zero(*left)) {
		offer_store(x->state, o);
		return NULL;
	}
	offer_remove(x->state, o);
	/* units with dates: a list of nothing but dead lots is no list */
	return amount_is_zero(o->left) ? NULL : lot_burn(x, &o->terms.sell, &escrow, AMOUNT_ZERO);
}

static const char *
apply_take(struct exec *x, const struct op *op)
{
	struct op_take t;
	struct offer o;
	struct amount got, cost, left;
	const char *why;

	if (!op_take_decode(&t, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = find_taken(&o, x, op, t.offer);
	if (why == NULL)
		why = strike(&got, &cost, &o, offer_left(x->state, &o, x->env->time), &t);
	if (why == NULL)
		why = pay(x, &o, &op->source, cost);
	if (why == NULL)
		why = deliver(x, &o, &op->source, got);
	if (why == NULL)
		why = settle(x, &left, &o, got);
	if (why != NULL)
		return why;
	tell_taken(x, &o, &op->source, got, cost, left);
	if (amount_is_zero(left))
		tell_closed(x, &o, OFFER_FILLED, AMOUNT_ZERO);
	return NULL;
}

/* ---- CANCEL_OFFER and expiry ---- */

/* Some of what is left goes back to the owner. */
static const char *
give_back(struct exec *x, const struct asset *a, struct offer *o, struct amount amount, enum offer_end how)
{
	struct account escrow = offer_escrow(o->number);
	struct amount left;
	const char *why;

	amount = amount_min(amount, offer_left(x->state, o, x->env->time));
	why = holding_move(x, a, &escrow, &o->owner, amount);
	if (why == NULL)
		why = settle(x, &left, o, amount);
	if (why == NULL && amount_is_zero(left))
		tell_closed(x, o, how, amount);
	return why;
}

static const char *
apply_cancel(struct exec *x, const struct op *op)
{
	struct op_cancel_offer c;
	struct unixtime from;
	struct offer o;
	struct asset a;

	if (!op_cancel_offer_decode(&c, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!offer_get(&o, x->state, c.offer))
		return "OFFER_UNKNOWN";
	if (!asset_get(&a, x->state, &o.terms.sell))
		return "ASSET_UNKNOWN";
	if (amount_is_zero(c.amount))
		return "ZERO_AMOUNT";
	if (!account_eq(&o.owner, &op->source) &&
	    !(asset_is_issuer(&a, &op->source) && asset_is_frozen(x->state, &from, &a, &o.owner, x->env->time)))
		return "NOT_YOURS";
	return give_back(x, &a, &o, c.amount, OFFER_CANCELLED);
}

static void
expire(struct exec *x, uint64_t number)
{
	size_t mark = state_mark(x->state), events = x->events != NULL ? x->events->len : 0;
	struct offer o;
	struct asset a;
	bool known = offer_get(&o, x->state, number) && asset_get(&a, x->state, &o.terms.sell);

	assert(known);
	if (!known || give_back(x, &a, &o, o.left, OFFER_EXPIRED) == NULL)
		return;
	/* no room for so many lots: it waits for the owner */
	state_rollback(x->state, mark);
	if (x->events != NULL)
		x->events->len = events;
	o.ended = true;
	offer_store(x->state, &o);
	exec_involve(x, &o.owner);
}

static void
end_block(struct exec *x)
{
	struct unixtime until;
	uint64_t number;

	for (unsigned i = 0; i < OFFERS_EXPIRE_MAX; i++) {
		if (!offer_next_due(x->state, &number, &until) || until.sec >= x->env->time.sec)
			return;
		expire(x, number);
	}
}

static bool
next_deadline(const struct state *s, struct unixtime *out)
{
	uint64_t number;

	if (!offer_next_due(s, &number, out))
		return false;
	out->sec++;
	return true;
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	(void)x;
	(void)section;
	return len == 0 ? NULL : "genesis, offers: has no section";
}

static const char *
check_one(const struct state *s, const struct offer *o)
{
	struct account escrow = offer_escrow(o->number);
	struct unixtime early = { 0 };
	struct amount there;
	struct asset a;

	if (!asset_get(&a, s, &o->terms.sell))
		return "O1: an offer sells what isn't there";
	there = holding_total(s, &a, &escrow, early);
	if (amount_is_zero(o->left) || amount_cmp(o->left, o->terms.sell_amount) > 0)
		return "O3: an offer has nothing left, or more than was offered";
	if ((a.flags & ASSET_LOTS) == 0 ? amount_cmp(there, o->left) != 0 : amount_cmp(there, o->left) > 0)
		return "O1: an offer's escrow isn't what is left of it";
	return NULL;
}

static const char *
invariants(const struct state *s, bool deep)
{
	const char *why = NULL;
	struct offer_walk w;
	struct offer o;

	if (!deep)
		return NULL;
	offer_all_init(&w, s, 0);
	while (why == NULL && offer_walk_next(&w, &o))
		why = check_one(s, &o);
	return why != NULL ? why : offer_check_lists(s);
}

static const struct op_info ops[] = {
	{ OP_OFFER, "OFFER", false, apply_offer },
	{ OP_TAKE, "TAKE", false, apply_take },
	{ OP_CANCEL_OFFER, "CANCEL_OFFER", false, apply_cancel },
};

const struct module offer_module = {
	.name = "offers",
	.letter = 'o',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.end_block = end_block,
	.next_deadline = next_deadline,
	.invariants = invariants,
};
