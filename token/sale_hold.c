/* Payments whose coin is in doubt.
 *
 * Key: s h | hold u64 | number | payer | beneficiary -> amount, tokens: what this hold took out of the purchase. */
#include <assert.h>
#include <string.h>

#include "token/holding.h"
#include "token/sale_parts.h"
#include "token/statekey.h"

/* One purchase, with everything that changes together. */
struct part {
	struct sale sale;
	struct account payer, beneficiary;
	struct sale_payer p;
	struct sale_beneficiary b;
	struct sale_purchase u;
};

static void
part_get(struct part *out, const struct state *s, uint64_t number, const struct account *payer, const struct account *beneficiary)
{
	bool ok = sale_get(&out->sale, s, number);

	out->payer = *payer;
	out->beneficiary = *beneficiary;
	ok = ok && sale_payer_get(&out->p, s, number, payer) && sale_beneficiary_get(&out->b, s, number, beneficiary) &&
	     sale_purchase_get(&out->u, s, number, payer, beneficiary);
	assert(ok);
	(void)ok;
}

static void
part_put(struct state *s, const struct part *part)
{
	uint64_t number = part->sale.number;

	sale_put(s, &part->sale);
	sale_payer_put(s, number, &part->payer, &part->p);
	sale_beneficiary_put(s, number, &part->beneficiary, &part->b);
	sale_purchase_put(s, number, &part->payer, &part->beneficiary, &part->u);
}

/* Event: sale | payer | beneficiary | amount. */
static void
tell(struct exec *x, const char *name, const struct part *part, struct amount amount)
{
	struct wr w = { 0 };

	wr_u64(&w, part->sale.number);
	wr_account(&w, &part->payer);
	wr_account(&w, &part->beneficiary);
	wr_amount(&w, amount);
	exec_event(x, name, w.p, w.len);
	exec_involve(x, &part->payer);
	exec_involve(x, &part->beneficiary);
	wr_clear(&w);
}

static struct statekey
hold_key(uint64_t hold)
{
	struct statekey k = statekey_new('s', 'h');

	statekey_u64(&k, hold);
	return k;
}

static void
coin_move(struct exec *x, const struct account *from, const struct account *to, struct amount amount)
{
	struct asset_id coin = ASSET_COIN;
	const char *why = bank_transfer(x->state, from, to, &coin, amount);

	assert(why == NULL);
	(void)why;
}

/* ---- into quarantine ---- */

/* Is its payment coin that still stands in escrow? */
static bool
is_in_escrow(const struct part *part)
{
	if (!hash256_is_zero(&part->sale.terms.payment.id))
		return false;
	return part->sale.state == SALE_OPEN || (part->sale.state == SALE_FAILED && !part->p.refunded);
}

/* Its share of the purchase's tokens, rounded up: what stays is covered by what stays paid. */
static struct amount
tokens_for(const struct sale_purchase *u, struct amount amount)
{
	struct amount paid = sale_less(u->paid, u->held), tokens = sale_less(u->tokens, u->held_tokens), out;

	if (!amount_muldiv(&out, tokens, amount_units(amount), amount_units(paid), AMOUNT_UP))
		assert(0);
	return out;
}

static struct amount
hold_part(struct exec *x, uint64_t hold, struct part *part, struct amount most, const struct account *to)
{
	struct amount amount = amount_min(sale_less(part->u.paid, part->u.held), most), tokens;
	struct account escrow = sale_escrow(part->sale.number);
	struct statekey k = hold_key(hold);
	struct wr w = { 0 };

	if (!is_in_escrow(part) || amount_is_zero(amount))
		return AMOUNT_ZERO;
	tokens = tokens_for(&part->u, amount);
	part->u.held = sale_sum(part->u.held, amount);
	part->u.held_tokens = sale_sum(part->u.held_tokens, tokens);
	part->p.held = sale_sum(part->p.held, amount);
	part->b.tokens = sale_less(part->b.tokens, tokens);
	part->sale.raised = sale_less(part->sale.raised, amount);
	part->sale.sold = sale_less(part->sale.sold, tokens);
	part->sale.held = sale_sum(part->sale.held, amount);
	part->sale.held_tokens = sale_sum(part->sale.held_tokens, tokens);
	part_put(x->state, part);
	statekey_u64(&k, part->sale.number);
	statekey_account(&k, &part->payer);
	statekey_account(&k, &part->beneficiary);
	wr_amount(&w, amount);
	wr_amount(&w, tokens);
	statekey_put(x->state, &k, &w);
	coin_move(x, &escrow, to, amount);
	tell(x, "PURCHASE_HELD", part, amount);
	return amount;
}

struct amount
sale_hold(struct exec *x, uint64_t hold, const struct account *payer, struct amount amount, const struct account *to)
{
	struct amount left = amount;
	struct account beneficiary;
	struct sale_purchase u;
	struct state_walk w;
	struct part part;
	uint64_t number;

	sale_purchase_walk(&w, x->state, payer);
	for (int i = 0; i < SALE_HOLD_MAX && !amount_is_zero(left) && sale_purchase_walk_next(&number, &beneficiary, &u, &w); i++) {
		part_get(&part, x->state, number, payer, &beneficiary);
		left = sale_less(left, hold_part(x, hold, &part, left, to));
	}
	return sale_less(amount, left);
}

/* ---- and out of it ---- */

/* Out of what is held, in all books. */
static void
unhold(struct part *part, struct amount amount, struct amount tokens)
{
	part->u.held = sale_less(part->u.held, amount);
	part->u.held_tokens = sale_less(part->u.held_tokens, tokens);
	part->p.held = sale_less(part->p.held, amount);
	part->sale.held = sale_less(part->sale.held, amount);
	part->sale.held_tokens = sale_less(part->sale.held_tokens, tokens);
}

/* The purchase is smaller by that for good. */
static void
undo(struct part *part, struct amount amount, struct amount tokens)
{
	part->u.paid = sale_less(part->u.paid, amount);
	part->u.tokens = sale_less(part->u.tokens, tokens);
	part->p.paid = sale_less(part->p.paid, amount);
	part->b.paid = sale_less(part->b.paid, amount);
}

/* As if it had never been held; with what was bought meanwhile the sale may be sold out now. */
static void
restore(struct exec *x, struct part *part, struct amount amount, struct amount tokens, const struct account *from)
{
	struct account escrow = sale_escrow(part->sale.number);

	part->b.tokens = sale_sum(part->b.tokens, tokens);
	part->sale.raised = sale_sum(part->sale.raised, amount);
	part->sale.sold = sale_sum(part->sale.sold, tokens);
	coin_move(x, from, &escrow, amount);
	tell(x, "PURCHASE_BACK", part, amount);
	if (amount_is_zero(part->sale.held) && sale_is_sold_out(&part->sale)) {
		struct unixtime now = x->env->time;

		sale_end(x, &part->sale, now.sec < part->sale.terms.close.sec ? now : part->sale.terms.close);
	}
}

/* The next part that a hold took, taken off its list; false at the end. */
static bool
take(struct part *out, struct amount *amount, struct amount *tokens, struct exec *x, uint64_t hold)
{
	struct statekey k = hold_key(hold);
	struct account payer, beneficiary;
	struct state_walk w;
	struct rd key, value;
	uint64_t number;

	state_walk_init(&w, x->state, k.b, k.len);
	if (!state_walk_next(&w))
		return false;
	number = statekey_read_u64(w.key + k.len);
	key = rd_init(w.key + k.len + 8, w.key_len - k.len - 8);
	rd_account(&key, &payer);
	rd_account(&key, &beneficiary);
	value = rd_init(w.value, w.value_len);
	*amount = rd_amount(&value);
	*tokens = rd_amount(&value);
	assert(rd_done(&key) && rd_done(&value));
	state_delete(x->state, w.key, w.key_len);
	part_get(out, x->state, number, &payer, &beneficiary);
	unhold(out, *amount, *tokens);
	return true;
}

struct amount
sale_hold_return(struct exec *x, uint64_t hold, const struct account *from)
{
	struct amount amount, tokens, all = AMOUNT_ZERO;
	struct part part;

	while (take(&part, &amount, &tokens, x, hold)) {
		if (part.sale.state == SALE_OPEN) {
			restore(x, &part, amount, tokens, from);
		} else {
			undo(&part, amount, tokens);
			coin_move(x, from, &part.payer, amount);
			tell(x, "PURCHASE_GONE", &part, amount);
		}
		part_put(x->state, &part);
		all = sale_sum(all, amount);
	}
	return all;
}

void
sale_hold_drop(struct exec *x, uint64_t hold)
{
	struct amount amount, tokens;
	struct part part;

	while (take(&part, &amount, &tokens, x, hold)) {
		undo(&part, amount, tokens);
		tell(x, "PURCHASE_GONE", &part, amount);
		part_put(x->state, &part);
	}
}
