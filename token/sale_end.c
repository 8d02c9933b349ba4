/* How a sale ends, and what becomes of payments and tokens then. Each piece of work is of one sale or one account. */
#include <assert.h>
#include <string.h>

#include "token/holding.h"
#include "token/sale_parts.h"
#include "token/statekey.h"

/* Out of an account of the sale's own: NULL, or why the receiver can't have it now. What the books say is there. */
static const char *
pay_out(struct exec *x, const struct asset_id *id, const struct account *from, const struct account *to, struct amount amount)
{
	struct asset a;
	const char *why;

	if (amount_is_zero(amount))
		return NULL;
	if (!asset_get(&a, x->state, id))
		return "ASSET_UNKNOWN";
	why = sale_may_touch(x, &a, to);
	if (why != NULL)
		return why;
	exec_involve(x, to);
	why = holding_move(x, &a, from, to, amount);
	assert(why == NULL);
	return why;
}

/* Event: sale | account | amount. */
static void
tell_amount(struct exec *x, const char *name, const struct sale *sale, const struct account *who, struct amount amount)
{
	struct wr w = { 0 };

	wr_u64(&w, sale->number);
	wr_account(&w, who);
	wr_amount(&w, amount);
	exec_event(x, name, w.p, w.len);
	wr_clear(&w);
}

static void
tell_end(struct exec *x, const struct sale *sale)
{
	struct wr w = { 0 };

	wr_u64(&w, sale->number);
	wr_u8(&w, (uint8_t)sale->state);
	wr_amount(&w, sale->raised);
	wr_amount(&w, sale->sold);
	exec_event(x, "SALE_ENDED", w.p, w.len);
	exec_involve(x, &sale->seller);
	wr_clear(&w);
}

/* ---- the seller's part ---- */

static const char *
settle_payments(struct exec *x, struct sale *sale)
{
	struct account escrow = sale_escrow(sale->number);
	struct amount due = sale->state == SALE_SUCCEEDED ? sale->raised : AMOUNT_ZERO;
	const char *why = sale->seller_paid ? NULL : pay_out(x, &sale->terms.payment, &escrow, &sale->seller, due);

	if (why == NULL && !sale->seller_paid) {
		sale->seller_paid = true;
		tell_amount(x, "SALE_PAID", sale, &sale->seller, due);
	}
	return why;
}

static const char *
settle_tokens(struct exec *x, struct sale *sale)
{
	struct account vault = sale_vault(sale->number);
	struct amount due = sale->state == SALE_SUCCEEDED ? sale_less(sale->locked, sale->sold) : sale->locked;
	const char *why = sale->seller_returned ? NULL : pay_out(x, &sale->terms.asset, &vault, &sale->seller, due);

	if (why == NULL && !sale->seller_returned) {
		sale->seller_returned = true;
		tell_amount(x, "SALE_RETURNED", sale, &sale->seller, due);
	}
	return why;
}

/* One of the two may move while the other can't. */
const char *
sale_settle(struct exec *x, struct sale *sale)
{
	bool paid = sale->seller_paid, returned = sale->seller_returned;
	const char *payments = settle_payments(x, sale), *tokens = settle_tokens(x, sale);

	if (paid != sale->seller_paid || returned != sale->seller_returned)
		return NULL;
	return payments != NULL ? payments : tokens;
}

void
sale_end(struct exec *x, struct sale *sale, struct unixtime ended)
{
	bool good = sale_is_sold_out(sale) || amount_cmp(sale->raised, sale->terms.soft_cap) >= 0;

	assert(sale->state == SALE_OPEN);
	sale_queue(x->state, sale, false);
	sale->state = good ? SALE_SUCCEEDED : SALE_FAILED;
	sale->ended = ended;
	tell_end(x, sale);
	(void)!sale_settle(x, sale);
}

const char *
sale_cancel(struct exec *x, struct sale *sale)
{
	const char *why;

	sale_queue(x->state, sale, false);
	sale->state = SALE_CANCELLED;
	sale->ended = x->env->time;
	why = settle_tokens(x, sale);
	if (why != NULL)
		return why;
	sale->seller_paid = true;
	tell_end(x, sale);
	sale_put(x->state, sale);
	return NULL;
}

/* ---- the buyers' part ---- */

struct amount
sale_vested(const struct sale *sale, const struct sale_beneficiary *b, struct unixtime now)
{
	int64_t passed = now.sec - sale->ended.sec;
	struct amount out;

	if (sale->state != SALE_SUCCEEDED || passed < sale->terms.cliff)
		return AMOUNT_ZERO;
	if (passed >= sale->terms.vesting)
		return b->tokens;
	return amount_muldiv(&out, b->tokens, (uint64_t)passed, sale->terms.vesting, AMOUNT_DOWN) ? out : AMOUNT_ZERO;
}

static const char *
deliver(struct exec *x, struct sale *sale, const struct account *who)
{
	struct account vault = sale_vault(sale->number);
	struct sale_beneficiary b;
	struct amount due;
	const char *why;

	if (!sale_beneficiary_get(&b, x->state, sale->number, who) || amount_cmp(b.delivered, b.tokens) == 0)
		return "NOTHING_TO_CLAIM";
	due = sale_less(sale_vested(sale, &b, x->env->time), b.delivered);
	if (amount_is_zero(due))
		return "NOTHING_VESTED";
	why = pay_out(x, &sale->terms.asset, &vault, who, due);
	if (why != NULL)
		return why;
	b.delivered = sale_sum(b.delivered, due);
	sale->delivered = sale_sum(sale->delivered, due);
	sale_beneficiary_put(x->state, sale->number, who, &b);
	tell_amount(x, "CLAIMED", sale, who, due);
	return NULL;
}

static const char *
refund(struct exec *x, struct sale *sale, const struct account *who)
{
	struct account escrow = sale_escrow(sale->number);
	struct sale_payer p;
	struct amount due;
	const char *why;

	if (!sale_payer_get(&p, x->state, sale->number, who) || p.refunded || amount_is_zero(p.paid))
		return "NOTHING_TO_CLAIM";
	due = sale_less(p.paid, p.held);
	if (amount_is_zero(due))
		return "PAYMENT_HELD";
	why = pay_out(x, &sale->terms.payment, &escrow, who, due);
	if (why != NULL)
		return why;
	p.refunded = true;
	sale->refunded = sale_sum(sale->refunded, due);
	sale_payer_put(x->state, sale->number, who, &p);
	tell_amount(x, "REFUNDED", sale, who, due);
	return NULL;
}

const char *
sale_claim(struct exec *x, struct sale *sale, const struct account *who)
{
	switch (sale->state) {
	case SALE_SUCCEEDED:
		return deliver(x, sale, who);
	case SALE_FAILED:
		return refund(x, sale, who);
	case SALE_OPEN:
		return "SALE_RUNNING";
	case SALE_CANCELLED:
		break;
	}
	return "NOTHING_TO_CLAIM";
}

/* ---- what nobody closed ---- */

void
sales_end_block(struct exec *x)
{
	struct statekey k = statekey_new('s', 'q');
	struct state_walk w;
	struct sale sale;

	state_walk_init(&w, x->state, k.b, k.len);
	for (int i = 0; i < SALE_CLOSINGS_MAX && state_walk_next(&w); i++) {
		if ((uint64_t)x->env->time.sec < statekey_read_u64(w.key + 2))
			return;
		if (!sale_get(&sale, x->state, statekey_read_u64(w.key + 2 + 8)))
			assert(0);
		sale_end(x, &sale, sale.terms.close);
		sale_put(x->state, &sale);
	}
}

bool
sales_next_deadline(const struct state *s, struct unixtime *out)
{
	struct statekey k = statekey_new('s', 'q');
	struct state_walk w;

	state_walk_init(&w, s, k.b, k.len);
	if (!state_walk_next(&w))
		return false;
	out->sec = (int64_t)statekey_read_u64(w.key + 2);
	return true;
}
