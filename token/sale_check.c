/* The invariants of sale.c, looked at. */
#include <string.h>

#include "token/holding.h"
#include "token/sale_parts.h"
#include "token/statekey.h"

/* What the parts of a sale add up to. */
struct sums {
	uint64_t paid, held, refunded, tokens, delivered;
};

static uint64_t
balance(const struct state *s, const struct account *who, const struct asset_id *asset)
{
	return amount_units(bank_balance(s, who, asset));
}

static const char *
check_escrow(const struct state *s, const struct sale *sale)
{
	struct account escrow = sale_escrow(sale->number);
	uint64_t raised = amount_units(sale->raised), want = 0;

	switch (sale->state) {
	case SALE_OPEN:
		want = raised;
		break;
	case SALE_SUCCEEDED:
		want = sale->seller_paid ? 0 : raised;
		break;
	case SALE_FAILED:
		want = raised - amount_units(sale->refunded);
		break;
	case SALE_CANCELLED:
		break;
	}
	return balance(s, &escrow, &sale->terms.payment) == want ? NULL : "E1: a sale's escrow isn't what was paid in";
}

static const char *
check_vault(const struct state *s, const struct sale *sale)
{
	struct account vault = sale_vault(sale->number);
	uint64_t locked = amount_units(sale->locked), sold = amount_units(sale->sold), want = 0;

	switch (sale->state) {
	case SALE_OPEN:
		if (sold + amount_units(sale->held_tokens) > locked)
			return "E2: a sale has sold more tokens than were locked";
		want = locked;
		break;
	case SALE_SUCCEEDED:
		want = sold - amount_units(sale->delivered) + (sale->seller_returned ? 0 : locked - sold);
		break;
	case SALE_FAILED:
		want = sale->seller_returned ? 0 : locked;
		break;
	case SALE_CANCELLED:
		break;
	}
	return balance(s, &vault, &sale->terms.asset) == want ? NULL : "E2: a sale's vault isn't what was locked and not given away";
}

/* One payer's purchases against his part. */
static const char *
check_payer(const struct state *s, uint64_t number, const struct account *who, const struct sale_payer *p)
{
	uint64_t paid = 0, held = 0, found;
	struct account beneficiary;
	struct sale_purchase u;
	struct state_walk w;

	sale_purchase_walk_in(&w, s, who, number);
	while (sale_purchase_walk_next(&found, &beneficiary, &u, &w)) {
		if (amount_cmp(u.held, u.paid) > 0 || amount_cmp(u.held_tokens, u.tokens) > 0)
			return "E6: more of a purchase is held than there is";
		paid += amount_units(u.paid);
		held += amount_units(u.held);
	}
	return paid == amount_units(p->paid) && held == amount_units(p->held) ? NULL : "E3: a payer's part isn't the sum of his purchases";
}

static const char *
add_payers(struct sums *sums, const struct state *s, uint64_t number)
{
	const char *why = NULL;
	struct sale_payer p;
	struct account who;
	struct state_walk w;

	sale_payer_walk(&w, s, number);
	while (why == NULL && sale_payer_walk_next(&who, &p, &w)) {
		sums->paid += amount_units(p.paid);
		sums->held += amount_units(p.held);
		if (p.refunded)
			sums->refunded += amount_units(p.paid) - amount_units(p.held);
		why = check_payer(s, number, &who, &p);
	}
	return why;
}

static const char *
add_beneficiaries(struct sums *sums, const struct state *s, uint64_t number)
{
	struct sale_beneficiary b;
	struct account who;
	struct state_walk w;

	sale_beneficiary_walk(&w, s, number);
	while (sale_beneficiary_walk_next(&who, &b, &w)) {
		sums->tokens += amount_units(b.tokens);
		sums->delivered += amount_units(b.delivered);
		if (amount_cmp(b.delivered, b.tokens) > 0)
			return "E4: somebody got more tokens than he bought";
	}
	return NULL;
}

static const char *
check_parts(const struct state *s, const struct sale *sale)
{
	struct sums sums = { 0 };
	const char *why = add_payers(&sums, s, sale->number);

	if (why == NULL)
		why = add_beneficiaries(&sums, s, sale->number);
	if (why != NULL)
		return why;
	if (sums.paid - sums.held != amount_units(sale->raised) || sums.held != amount_units(sale->held) || sums.refunded != amount_units(sale->refunded))
		return "E3: what a sale raised isn't the sum of its payers' parts";
	if (sums.tokens != amount_units(sale->sold) || sums.delivered != amount_units(sale->delivered))
		return "E4: what a sale sold isn't the sum of its beneficiaries' parts";
	if (sale->state != SALE_CANCELLED && amount_units(sale->raised) + amount_units(sale->held) > amount_units(sale->terms.hard_cap))
		return "E5: a sale took more than its hard cap";
	return NULL;
}

static const char *
check_queue(const struct state *s, const struct sale *sale)
{
	struct statekey k = statekey_new('s', 'q');

	statekey_u64(&k, (uint64_t)(sale->terms.close.sec + SALE_GRACE));
	statekey_u64(&k, sale->number);
	return statekey_has(s, &k) == (sale->state == SALE_OPEN) ? NULL : "E7: an open sale isn't waiting to be closed, or a closed one is";
}

/* All holds together, against what the sales say is held. */
static const char *
check_holds(const struct state *s, uint64_t held)
{
	struct statekey k = statekey_new('s', 'h');
	struct state_walk w;
	uint64_t sum = 0;

	state_walk_init(&w, s, k.b, k.len);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value, w.value_len);

		sum += amount_units(rd_amount(&r));
	}
	return sum == held ? NULL : "E6: what is held isn't the sum of the holds";
}

static const char *
check_sale(const struct state *s, const struct sale *sale)
{
	const char *why = check_escrow(s, sale);

	if (why == NULL)
		why = check_vault(s, sale);
	if (why == NULL)
		why = check_parts(s, sale);
	return why != NULL ? why : check_queue(s, sale);
}

const char *
sale_invariants(const struct state *s, bool deep)
{
	uint64_t held = 0, n = deep ? sale_count(s) : 0;
	struct sale sale;

	for (uint64_t i = 1; i <= n; i++) {
		const char *why = sale_get(&sale, s, i) ? check_sale(s, &sale) : "E0: a sale is missing";

		if (why != NULL)
			return why;
		held += amount_units(sale.held);
	}
	return deep ? check_holds(s, held) : NULL;
}
