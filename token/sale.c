/* E1  A sale's escrow holds exactly the payments that were raised and are neither refunded nor paid out.
 * E2  Its vault holds exactly the tokens that were locked and are neither delivered nor returned; while it is open all that were locked, and
 *     those are no fewer than the sold ones, bonuses and held ones included.
 * E3  What is raised is the sum of what each payer has paid, less what is held; refunds likewise. Each payer's part is the sum of his purchases.
 * E4  What is sold is the sum of the beneficiaries' tokens; nobody has had more than his.
 * E5  raised + held never exceed the hard cap.
 * E6  What is held is the sum of the holds, for each sale; a held payment is part of a purchase.
 * E7  The ledger will close exactly the sales that are open.
 *
 * They hold after every operation; sale_check.c looks. */
#include "token/sale.h"

#include <string.h>

#include "token/holding.h"
#include "token/plugin_host.h"
#include "token/sale_parts.h"
#include "token/statekey.h"

const char *
sale_phase(const struct sale *sale, struct unixtime now)
{
	switch (sale->state) {
	case SALE_OPEN:
		if (now.sec < sale->terms.open.sec)
			return "SCHEDULED";
		return now.sec < sale->terms.close.sec ? "OPEN" : "ENDED";
	case SALE_SUCCEEDED:
		return "SUCCEEDED";
	case SALE_FAILED:
		return "FAILED";
	case SALE_CANCELLED:
		return "CANCELLED";
	}
	return "?";
}

struct amount
sale_room(const struct sale *sale)
{
	return sale_less(sale->terms.hard_cap, sale_sum(sale->raised, sale->held));
}

bool
sale_is_sold_out(const struct sale *sale)
{
	return amount_cmp(sale_less(sale->terms.hard_cap, sale->raised), sale->payment_least) < 0;
}

const char *
sale_may_touch(const struct exec *x, const struct asset *a, const struct account *who)
{
	struct unixtime from;

	if (asset_is_paused(a, x->env->time))
		return "ASSET_PAUSED";
	return asset_is_frozen(x->state, &from, a, who, x->env->time) ? "ACCOUNT_FROZEN" : NULL;
}

/* ---- the rule ---- */

static struct rule_instance
instance_of(const struct op_create_sale *terms, uint64_t number, const struct asset *a)
{
	struct rule_instance i = { .scope = 's', .params = terms->params.p, .params_len = terms->params.len, .asset = a };

	for (size_t n = 0; n < 8; n++)
		i.id.b[n] = (uint8_t)(number >> 8 * n);
	return i;
}

static struct tally_sale
sale_for_rule(const struct op_create_sale *t)
{
	return (struct tally_sale){
		.size = sizeof(struct tally_sale),
		.open = t->open.sec,
		.close = t->close.sec,
		.soft_cap = amount_units(t->soft_cap),
		.hard_cap = amount_units(t->hard_cap),
		.tokens = amount_units(t->tokens),
	};
}

const char *
sale_bounds(struct tally_sale_bounds *out, struct rule_version *rule, struct exec *x, const struct op_create_sale *terms, uint64_t number)
{
	struct tally_sale sale = sale_for_rule(terms);
	const struct tally_plugin *p;
	char name[RULE_NAME_MAX + 1] = { 0 };
	struct rule_instance i;
	struct asset a;
	const char *why;

	memset(out, 0, sizeof(*out));
	if (!rule_name_valid(terms->rule.p, terms->rule.len))
		return "BAD_RULE_NAME";
	if (!asset_get(&a, x->state, &terms->asset))
		return "ASSET_UNKNOWN";
	memcpy(name, terms->rule.p, terms->rule.len);
	why = rule_find(&p, rule, x->state, name, terms->rule_major, TALLY_SALE, x->env->height);
	i = instance_of(terms, number, &a);
	return why != NULL ? why : plugin_sale_check(out, x, p, &i, &sale);
}

static const char *
ask_price(struct tally_quote *out, struct exec *x, const struct sale *sale, struct amount payment)
{
	struct tally_sale_buy buy = {
		.size = sizeof(buy),
		.sale = sale_for_rule(&sale->terms),
		.payment = amount_units(payment),
		.raised = amount_units(sale_sum(sale->raised, sale->held)),
		.sold = amount_units(sale_sum(sale->sold, sale->held_tokens)),
	};
	const struct tally_plugin *p;
	struct rule_instance i;
	struct asset a;
	const char *why = rule_find_version(&p, x->state, &sale->rule, TALLY_SALE, x->env->height);

	if (why != NULL)
		return why;
	if (!asset_get(&a, x->state, &sale->terms.asset))
		return "ASSET_UNKNOWN";
	i = instance_of(&sale->terms, sale->number, &a);
	return plugin_sale_quote(out, x, p, &i, &buy);
}

const char *
sale_quote(struct amount *payment, struct amount *tokens, struct exec *x, const struct sale *sale)
{
	struct amount room = sale_room(sale), left = sale_less(sale->locked, sale_sum(sale->sold, sale->held_tokens));
	struct tally_quote q;
	const char *why;

	if (sale->state != SALE_OPEN || x->env->time.sec >= sale->terms.close.sec)
		return "SALE_CLOSED";
	if (x->env->time.sec < sale->terms.open.sec)
		return "SALE_NOT_OPEN";
	if (amount_is_zero(*payment))
		return "ZERO_AMOUNT";
	if (amount_cmp(room, sale->payment_least) < 0)
		return "SOLD_OUT";
	why = ask_price(&q, x, sale, amount_min(*payment, room));
	if (why != NULL)
		return why;
	if (!amount_from_units(payment, q.payment) || !amount_from_units(tokens, q.tokens) || amount_cmp(*tokens, left) > 0)
		return "RULE_EFFECT";
	return NULL;
}

/* ---- CREATE_SALE ---- */

/* Units in escrow move by the sale's terms alone, so a rule with a word in transfers has none here. */
static const char *
check_plain(const struct exec *x, const struct asset *a, const char *bad)
{
	const struct tally_plugin *p;
	const char *why;

	if ((a->flags & (ASSET_LOTS | ASSET_CLOSED_LOOP)) != 0)
		return bad;
	if (a->rule[0] == '\0')
		return NULL;
	why = rule_find(&p, NULL, x->state, a->rule, a->rule_major, TALLY_ISSUE, x->env->height);
	if (why != NULL)
		return strcmp(why, "RULE_DISABLED") == 0 ? NULL : why;
	return (p->ops >> TALLY_OP_TRANSFER & 1) != 0 ? bad : NULL;
}

static const char *
check_assets(struct asset *sold, const struct exec *x, const struct account *seller, const struct op_create_sale *o)
{
	struct asset paid;
	const char *why;

	if (!asset_get(sold, x->state, &o->asset) || !asset_get(&paid, x->state, &o->payment))
		return "ASSET_UNKNOWN";
	if (hash256_is_zero(&o->asset.id) || ((sold->flags & ASSET_TRANSFERABLE) == 0 && !asset_is_issuer(sold, seller)))
		return "BAD_SALE_ASSET";
	if (asset_id_eq(&o->asset, &o->payment) || (paid.flags & ASSET_TRANSFERABLE) == 0)
		return "BAD_PAYMENT_ASSET";
	why = check_plain(x, sold, "BAD_SALE_ASSET");
	return why != NULL ? why : check_plain(x, &paid, "BAD_PAYMENT_ASSET");
}

static bool
limits_valid(const struct op_create_sale *o)
{
	return amount_cmp(o->payer_min, o->payer_max) <= 0 && amount_cmp(o->beneficiary_min, o->beneficiary_max) <= 0 &&
	       amount_cmp(o->payer_min, o->beneficiary_max) <= 0 && amount_cmp(o->beneficiary_min, o->payer_max) <= 0 &&
	       amount_cmp(o->payer_min, o->hard_cap) <= 0 && amount_cmp(o->beneficiary_min, o->hard_cap) <= 0;
}

static const char *
check_numbers(const struct exec *x, const struct op_create_sale *o)
{
	if (o->open.sec < x->env->time.sec || o->close.sec <= o->open.sec)
		return "BAD_TIMES";
	if (o->close.sec - x->env->time.sec > SALE_AHEAD_MAX)
		return "CLOSE_TOO_FAR";
	if (amount_is_zero(o->hard_cap))
		return "BAD_CAPS";
	if (amount_cmp(o->soft_cap, o->hard_cap) > 0)
		return "SOFT_ABOVE_HARD";
	if (!limits_valid(o))
		return "BAD_LIMITS";
	return o->cliff <= o->vesting && o->vesting <= SALE_VESTING_MAX ? NULL : "BAD_VESTING";
}

static const char *
lock_tokens(struct exec *x, struct sale *sale, const struct asset *sold, const struct tally_sale_bounds *b)
{
	struct account vault = sale_vault(sale->number);
	const char *why;

	if (!amount_from_units(&sale->locked, b->tokens_most) || !amount_from_units(&sale->payment_least, b->payment_least))
		return "SALE_OVERFLOW";
	if (amount_cmp(sale->payment_least, sale->terms.payer_min) > 0)
		return "ZERO_TOKENS";
	if (amount_cmp(sale->locked, sale->terms.tokens) > 0)
		return "TOKENS_SHORT";
	why = asset_may_move(x, sold, &sale->seller, &vault);
	return why != NULL ? why : holding_move(x, sold, &sale->seller, &vault, sale->locked);
}

static const char *
apply_create(struct exec *x, const struct op *op)
{
	struct sale sale = { .number = sale_count(x->state) + 1, .seller = op->source, .created = x->env->time, .state = SALE_OPEN };
	struct op_create_sale o;
	struct tally_sale_bounds b;
	struct asset sold;
	struct wr w = { 0 };
	const char *why;

	if (!op_create_sale_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (o.open.sec == 0)
		o.open = x->env->time;
	why = check_assets(&sold, x, &op->source, &o);
	if (why == NULL)
		why = check_numbers(x, &o);
	if (why == NULL)
		why = sale_bounds(&b, &sale.rule, x, &o, sale.number);
	if (why != NULL)
		return why;
	sale_fill(&sale, &o);
	why = lock_tokens(x, &sale, &sold, &b);
	if (why != NULL)
		return why;
	sale_put(x->state, &sale);
	sale_queue(x->state, &sale, true);
	wr_u64(&w, sale.number);
	exec_event(x, "SALE_CREATED", w.p, w.len);
	wr_clear(&w);
	return NULL;
}

/* ---- BUY ---- */

static const char *
check_list(const struct sale *sale, const struct account *payer, const struct op_buy *o)
{
	const struct hash256 *root = &sale->terms.allow_list;
	bool same = account_eq(payer, &o->beneficiary);

	if (hash256_is_zero(root))
		return o->payer_path.n == 0 && o->beneficiary_path.n == 0 ? NULL : "BAD_PAYLOAD";
	if (same && o->beneficiary_path.n != 0)
		return "BAD_PAYLOAD";
	return allow_list_has(root, payer, &o->payer_path) && (same || allow_list_has(root, &o->beneficiary, &o->beneficiary_path)) ? NULL
																    : "NOT_ON_LIST";
}

static const char *
check_buyers(const struct exec *x, const struct sale *sale, const struct account *payer, const struct op_buy *o)
{
	struct account escrow = sale_escrow(sale->number);
	struct asset sold, paid;
	const char *why;

	if (account_eq(payer, &sale->seller) || account_eq(&o->beneficiary, &sale->seller))
		return "SELLER_CANT_BUY";
	if (!asset_may_receive(x->state, &o->beneficiary))
		return "NOT_A_RECIPIENT";
	if (!asset_get(&sold, x->state, &sale->terms.asset) || !asset_get(&paid, x->state, &sale->terms.payment))
		return "ASSET_UNKNOWN";
	why = check_list(sale, payer, o);
	if (why == NULL)
		why = sale_may_touch(x, &sold, &o->beneficiary);
	return why != NULL ? why : asset_may_move(x, &paid, payer, &escrow);
}

/* The least counts what is offered, since change of less than a token's price may come back; the most counts what is taken. */
static const char *
check_limits(const struct op_create_sale *t, const struct sale_payer *p, const struct sale_beneficiary *b, struct amount offered, struct amount taken)
{
	struct amount sum;

	if (amount_add(&sum, p->paid, offered) && amount_cmp(sum, t->payer_min) < 0)
		return "BELOW_PAYER_MIN";
	if (amount_add(&sum, b->paid, offered) && amount_cmp(sum, t->beneficiary_min) < 0)
		return "BELOW_BENEFICIARY_MIN";
	if (!amount_add(&sum, p->paid, taken) || amount_cmp(sum, t->payer_max) > 0)
		return "ABOVE_PAYER_MAX";
	if (!amount_add(&sum, b->paid, taken) || amount_cmp(sum, t->beneficiary_max) > 0)
		return "ABOVE_BENEFICIARY_MAX";
	return NULL;
}

static void
tell_bought(struct exec *x, const struct sale *sale, const struct account *payer, const struct account *beneficiary, struct amount paid,
	    struct amount tokens)
{
	struct wr w = { 0 };

	wr_u64(&w, sale->number);
	wr_account(&w, payer);
	wr_account(&w, beneficiary);
	wr_amount(&w, paid);
	wr_amount(&w, tokens);
	exec_event(x, "BOUGHT", w.p, w.len);
	exec_involve(x, beneficiary);
	exec_involve(x, &sale->seller);
	wr_clear(&w);
}

/* Into the books of everybody concerned. */
static void
enter(struct exec *x, struct sale *sale, const struct account *payer, const struct account *beneficiary, struct amount paid, struct amount tokens)
{
	struct sale_payer p;
	struct sale_beneficiary b;
	struct sale_purchase u;

	(void)!sale_payer_get(&p, x->state, sale->number, payer);
	(void)!sale_beneficiary_get(&b, x->state, sale->number, beneficiary);
	(void)!sale_purchase_get(&u, x->state, sale->number, payer, beneficiary);
	p.paid = sale_sum(p.paid, paid);
	b.paid = sale_sum(b.paid, paid);
	b.tokens = sale_sum(b.tokens, tokens);
	u.paid = sale_sum(u.paid, paid);
	u.tokens = sale_sum(u.tokens, tokens);
	sale_payer_put(x->state, sale->number, payer, &p);
	sale_beneficiary_put(x->state, sale->number, beneficiary, &b);
	sale_purchase_put(x->state, sale->number, payer, beneficiary, &u);
	sale->raised = sale_sum(sale->raised, paid);
	sale->sold = sale_sum(sale->sold, tokens);
	sale->buys++;
	tell_bought(x, sale, payer, beneficiary, paid, tokens);
}

static const char *
pay(struct exec *x, const struct sale *sale, const struct account *payer, struct amount amount)
{
	struct account escrow = sale_escrow(sale->number);
	struct asset a;

	return asset_get(&a, x->state, &sale->terms.payment) ? holding_move(x, &a, payer, &escrow, amount) : "ASSET_UNKNOWN";
}

/* At least tokens_min for all of the offer, in proportion for a part of it. */
static bool
is_dear(const struct op_buy *o, struct amount taken, struct amount tokens)
{
	struct amount wanted;

	return !amount_muldiv(&wanted, o->tokens_min, amount_units(taken), amount_units(o->payment), AMOUNT_DOWN) || amount_cmp(tokens, wanted) < 0;
}

static const char *
buy(struct exec *x, struct sale *sale, const struct account *payer, const struct op_buy *o)
{
	struct amount taken = o->payment, tokens;
	struct sale_payer p;
	struct sale_beneficiary b;
	const char *why = sale_quote(&taken, &tokens, x, sale);

	(void)!sale_payer_get(&p, x->state, sale->number, payer);
	(void)!sale_beneficiary_get(&b, x->state, sale->number, &o->beneficiary);
	if (why == NULL)
		why = check_buyers(x, sale, payer, o);
	if (why == NULL)
		why = check_limits(&sale->terms, &p, &b, o->payment, taken);
	if (why == NULL && is_dear(o, taken, tokens))
		why = "PRICE_MOVED";
	if (why == NULL)
		why = pay(x, sale, payer, taken);
	if (why == NULL)
		enter(x, sale, payer, &o->beneficiary, taken, tokens);
	return why;
}

static const char *
apply_buy(struct exec *x, const struct op *op)
{
	struct op_buy o;
	struct sale sale;
	const char *why;

	if (!op_buy_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!sale_get(&sale, x->state, o.sale))
		return "SALE_UNKNOWN";
	why = buy(x, &sale, &op->source, &o);
	if (why != NULL)
		return why;
	if (amount_is_zero(sale.held) && sale_is_sold_out(&sale))
		sale_end(x, &sale, x->env->time);
	sale_put(x->state, &sale);
	return NULL;
}

/* ---- what ends a sale ---- */

static const char *
apply_close(struct exec *x, const struct op *op)
{
	struct op_sale o;
	struct sale sale;
	const char *why;

	if (!op_sale_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!sale_get(&sale, x->state, o.sale))
		return "SALE_UNKNOWN";
	if (sale.state == SALE_OPEN && x->env->time.sec < sale.terms.close.sec)
		return "SALE_RUNNING";
	if (sale.state == SALE_OPEN) {
		sale_end(x, &sale, sale.terms.close);
	} else {
		if (sale.seller_paid && sale.seller_returned)
			return "ALREADY_CLOSED";
		why = sale_settle(x, &sale);
		if (why != NULL)
			return why;
	}
	sale_put(x->state, &sale);
	return NULL;
}

static const char *
apply_claim(struct exec *x, const struct op *op)
{
	struct op_claim o;
	struct sale sale;
	const char *why;

	if (!op_claim_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!sale_get(&sale, x->state, o.sale))
		return "SALE_UNKNOWN";
	if (sale.state == SALE_OPEN && x->env->time.sec < sale.terms.close.sec)
		return "SALE_RUNNING";
	if (sale.state == SALE_OPEN)
		sale_end(x, &sale, sale.terms.close);
	why = sale_claim(x, &sale, &o.account);
	if (why == NULL)
		sale_put(x->state, &sale);
	return why;
}

static const char *
apply_cancel(struct exec *x, const struct op *op)
{
	struct op_sale o;
	struct sale sale;

	if (!op_sale_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!sale_get(&sale, x->state, o.sale))
		return "SALE_UNKNOWN";
	if (!account_eq(&sale.seller, &op->source))
		return "NOT_SELLER";
	if (sale.state != SALE_OPEN || x->env->time.sec >= sale.terms.open.sec)
		return "TOO_LATE";
	return sale_cancel(x, &sale);
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	(void)x, (void)section;
	return len == 0 ? NULL : "genesis, sales: there is nothing to say about them";
}

static const struct op_info ops[] = {
	{ OP_CREATE_SALE, "CREATE_SALE", false, apply_create },
	{ OP_BUY, "BUY", false, apply_buy },
	{ OP_CLOSE_SALE, "CLOSE_SALE", false, apply_close },
	{ OP_CLAIM, "CLAIM", false, apply_claim },
	{ OP_CANCEL_SALE, "CANCEL_SALE", false, apply_cancel },
};

const struct module sale_module = {
	.name = "sales",
	.letter = 's',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.end_block = sales_end_block,
	.next_deadline = sales_next_deadline,
	.invariants = sale_invariants,
};
