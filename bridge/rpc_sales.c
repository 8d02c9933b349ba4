/* Sales: buying, closing, claiming, and looking at them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_sale.h"
#include "bridge/rpc_write.h"

#define PAGE 1000 /* rows of a list */

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

static struct unixtime
now_of(const struct rpc_call *c)
{
	return engine_block_time(node_engine(rpc_node(c)));
}

static void
get_assets(struct sale_assets *out, const struct state *s, const struct sale *sale)
{
	if (!asset_get(&out->sold, s, &sale->terms.asset) || !asset_get(&out->paid, s, &sale->terms.payment))
		abort(); /* assets are never deleted */
}

static bool
find_sale(struct sale *out, struct sale_assets *a, struct rpc_call *c)
{
	if (!sale_get(out, state_of(c), rpc_count(c, "sale", 0))) {
		rpc_fail(c, RPC_REFUSED, "SALE_UNKNOWN", rpc_reason_hint("SALE_UNKNOWN"), "there is no such sale");
		return false;
	}
	get_assets(a, state_of(c), out);
	return true;
}

/* The first event of a name that the transaction left; false when there is none. */
static bool
find_event(struct rd *body, const struct rpc_written *w, const char *name)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;

	while (event_next(&e, &events)) {
		if (strcmp(e.name, name) == 0) {
			*body = rd_init(e.body, e.len);
			return true;
		}
	}
	return false;
}

/* ---- buying ---- */

static bool
take_path(struct allow_path *out, struct rpc_call *c, const char *name)
{
	const json_t *list = rpc_json(c, name);

	out->n = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *hex = json_string_value(json_array_get(list, i));

		if (i >= ALLOW_PATH_MAX || hex == NULL || !hash256_from_hex(&out->hashes[out->n++], hex)) {
			rpc_bad_param(c, name, "a list of hashes, as allowlist gives it", "is no path");
			return false;
		}
	}
	return true;
}

/* What the payment buys now, less two per cent; 0 when it buys nothing now: the ledger says why. */
static struct amount
usual_least(struct rpc_call *c, const struct sale *sale, struct amount payment)
{
	struct amount taken = payment, tokens, least;
	struct block_env env;
	struct exec x = rpc_next_block(&env, c);

	if (sale_quote(&taken, &tokens, &x, sale) != NULL || !amount_muldiv(&least, tokens, amount_units(payment), amount_units(taken), AMOUNT_DOWN) ||
	    !amount_muldiv(&least, least, 98, 100, AMOUNT_DOWN))
		return AMOUNT_ZERO;
	return least;
}

static void
on_bought(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct account payer, beneficiary;
	struct sale_assets a;
	struct sale sale;
	struct rd body;
	const struct state *s = ledger_state(node_ledger(n));

	if (!find_event(&body, w, "BOUGHT") || !sale_get(&sale, s, rd_u64(&body)))
		return;
	get_assets(&a, s, &sale);
	rd_account(&body, &payer);
	rd_account(&body, &beneficiary);
	json_object_set_new(answer, "paid", json_amount(rd_amount(&body), a.paid.decimals));
	json_object_set_new(answer, "tokens", json_amount(rd_amount(&body), a.sold.decimals));
	json_object_set_new(answer, "ticker", json_string(a.sold.ticker));
}

static void
run_buy(struct rpc_call *c)
{
	struct wr payload = { 0 };
	struct sale_assets a;
	struct account from;
	struct sale sale;
	struct op_buy o;

	if (!find_sale(&sale, &a, c) || !rpc_amount(&o.payment, c, "payment", a.paid.decimals) || !rpc_from(&from, c, "from") ||
	    !take_path(&o.payer_path, c, "path") || !take_path(&o.beneficiary_path, c, "beneficiary_path"))
		return;
	o.sale = sale.number;
	if (!rpc_account(&o.beneficiary, c, "beneficiary"))
		o.beneficiary = from;
	if (!rpc_has(c, "tokens_min"))
		o.tokens_min = usual_least(c, &sale, o.payment);
	else if (!rpc_amount(&o.tokens_min, c, "tokens_min", a.sold.decimals))
		return;
	op_buy_encode(&payload, &o);
	rpc_write_op(c, OP_BUY, &from, &payload, on_bought);
}

static void
run_quotesale(struct rpc_call *c)
{
	struct amount payment, tokens;
	struct block_env env;
	struct exec x = rpc_next_block(&env, c);
	struct sale_assets a;
	struct sale sale;
	const char *why;

	if (!find_sale(&sale, &a, c) || !rpc_amount(&payment, c, "payment", a.paid.decimals))
		return;
	if (env.time.sec < sale.terms.open.sec)
		env.time = sale.terms.open;
	why = sale_quote(&payment, &tokens, &x, &sale);
	if (why != NULL)
		rpc_fail(c, RPC_REFUSED, why, rpc_reason_hint(why), "this payment buys nothing: %s", why);
	else
		rpc_answer(c, json_pack("{sosossss}", "payment", json_amount(payment, a.paid.decimals), "tokens", json_amount(tokens, a.sold.decimals), "ticker",
					a.sold.ticker, "state", sale_phase(&sale, now_of(c))));
}

/* ---- ends ---- */

static void
on_ended(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct sale sale;
	struct rd body;
	const struct state *s = ledger_state(node_ledger(n));

	if (find_event(&body, w, "SALE_ENDED") && sale_get(&sale, s, rd_u64(&body)))
		json_object_set_new(answer, "state", json_string(sale_phase(&sale, sale.ended)));
}

static void
on_claimed(json_t *answer, struct node *n, const struct rpc_written *w)
{
	const struct state *s = ledger_state(node_ledger(n));
	struct sale_assets a;
	struct account who;
	struct sale sale;
	struct rd body;
	bool tokens = find_event(&body, w, "CLAIMED");

	on_ended(answer, n, w);
	if ((!tokens && !find_event(&body, w, "REFUNDED")) || !sale_get(&sale, s, rd_u64(&body)))
		return;
	get_assets(&a, s, &sale);
	rd_account(&body, &who);
	json_object_set_new(answer, tokens ? "claimed" : "refunded", json_amount(rd_amount(&body), tokens ? a.sold.decimals : a.paid.decimals));
	json_object_set_new(answer, "ticker", json_string(tokens ? a.sold.ticker : a.paid.ticker));
}

static void
write_sale(struct rpc_call *c, uint16_t number)
{
	struct op_sale o = { rpc_count(c, "sale", 0) };
	struct wr payload = { 0 };
	struct account from;

	struct sale_assets a;
	struct sale sale;

	if (!find_sale(&sale, &a, c))
		return;
	if (number == OP_CANCEL_SALE && !rpc_has(c, "from"))
		from = sale.seller;
	else if (!rpc_from(&from, c, "from"))
		return;
	op_sale_encode(&payload, &o);
	rpc_write_op(c, number, &from, &payload, on_ended);
}

static void
run_closesale(struct rpc_call *c)
{
	write_sale(c, OP_CLOSE_SALE);
}

static void
run_cancelsale(struct rpc_call *c)
{
	write_sale(c, OP_CANCEL_SALE);
}

static void
run_claim(struct rpc_call *c)
{
	struct op_claim o = { .sale = rpc_count(c, "sale", 0) };
	struct wr payload = { 0 };
	struct account from;

	if (!rpc_from(&from, c, "from"))
		return;
	if (!rpc_account(&o.account, c, "account"))
		o.account = from;
	op_claim_encode(&payload, &o);
	rpc_write_op(c, OP_CLAIM, &from, &payload, on_claimed);
}

/* ---- looking ---- */

static void
put_paid(json_t *o, const char *name, struct amount a, const struct sale_assets *assets)
{
	json_object_set_new(o, name, json_amount(a, assets->paid.decimals));
}

static void
put_sold(json_t *o, const char *name, struct amount a, const struct sale_assets *assets)
{
	json_object_set_new(o, name, json_amount(a, assets->sold.decimals));
}

static void
put_seconds(json_t *o, const char *name, int64_t seconds)
{
	if (seconds != 0)
		json_object_set_new(o, name, json_integer(seconds));
}

/* A line of the list. */
static json_t *
sale_row(const struct rpc_call *c, const struct sale *sale, const struct sale_assets *a)
{
	json_t *o = json_pack("{sIssssss}", "sale", (json_int_t)sale->number, "state", sale_phase(sale, now_of(c)), "sells", a->sold.ticker, "for",
			      a->paid.ticker);

	put_paid(o, "raised", sale->raised, a);
	put_paid(o, "soft_cap", sale->terms.soft_cap, a);
	put_paid(o, "hard_cap", sale->terms.hard_cap, a);
	put_sold(o, "sold", sale->sold, a);
	json_object_set_new(o, "open", json_integer(sale->terms.open.sec));
	json_object_set_new(o, "close", json_integer(sale->terms.close.sec));
	return o;
}

static void
put_progress(json_t *o, const struct sale *sale, const struct sale_assets *a)
{
	put_sold(o, "locked", sale->locked, a);
	json_object_set_new(o, "purchases", json_integer((json_int_t)sale->buys));
	if (sale->state == SALE_OPEN)
		put_paid(o, "room", sale_room(sale), a);
	if (!amount_is_zero(sale->held)) {
		put_paid(o, "held", sale->held, a);
		put_sold(o, "held_tokens", sale->held_tokens, a);
	}
	put_seconds(o, "ended", sale->ended.sec);
	if (sale->state == SALE_SUCCEEDED)
		put_sold(o, "delivered", sale->delivered, a);
	if (sale->state == SALE_FAILED)
		put_paid(o, "refunded", sale->refunded, a);
	if (sale->state != SALE_OPEN)
		json_object_set_new(o, "settled", json_boolean(sale->seller_paid && sale->seller_returned));
}

static json_t *
sale_json(const struct rpc_call *c, const struct sale *sale, const struct sale_assets *a)
{
	const struct op_create_sale *t = &sale->terms;
	json_t *o = sale_row(c, sale, a);

	json_object_set_new(o, "asset", json_hash(&t->asset.id));
	json_object_set_new(o, "payment", json_hash(&t->payment.id));
	json_object_set_new(o, "seller", json_account(rpc_node(c), &sale->seller));
	json_object_set_new(o, "rule",
			    json_sprintf("%s %u.%u.%u", sale->rule.name, (unsigned)sale->rule.major, (unsigned)sale->rule.minor, (unsigned)sale->rule.patch));
	json_object_set_new(o, "price", sale_price_json(sale, a));
	put_paid(o, "payer_min", t->payer_min, a);
	put_paid(o, "payer_max", t->payer_max, a);
	put_paid(o, "beneficiary_min", t->beneficiary_min, a);
	put_paid(o, "beneficiary_max", t->beneficiary_max, a);
	if (!hash256_is_zero(&t->allow_list))
		json_object_set_new(o, "allow_list", json_hash(&t->allow_list));
	put_seconds(o, "cliff", t->cliff);
	put_seconds(o, "vesting", t->vesting);
	put_progress(o, sale, a);
	return o;
}

static void
run_getsale(struct rpc_call *c)
{
	struct sale_assets a;
	struct sale sale;

	if (find_sale(&sale, &a, c))
		rpc_answer(c, sale_json(c, &sale, &a));
}

static void
run_listsales(struct rpc_call *c)
{
	uint64_t count = sale_count(state_of(c)), before = rpc_count(c, "before", count + 1);
	const char *state = rpc_text(c, "state");
	json_t *list;
	struct sale_assets a;
	struct sale sale;

	if (!rpc_one_of(c, "state", "scheduled, open, ended, succeeded, failed, cancelled"))
		return;
	list = json_array();
	for (uint64_t i = before > count ? count : before - (before > 0); i > 0 && json_array_size(list) < PAGE; i--) {
		if (!sale_get(&sale, state_of(c), i) || (state != NULL && strcasecmp(state, sale_phase(&sale, now_of(c))) != 0))
			continue;
		get_assets(&a, state_of(c), &sale);
		json_array_append_new(list, sale_row(c, &sale, &a));
	}
	rpc_answer(c, list);
}

/* One account's part, as payer and as beneficiary. */
static json_t *
part_json(const struct rpc_call *c, const struct sale *sale, const struct sale_assets *a, const struct account *who)
{
	struct amount claimable, due = AMOUNT_ZERO;
	struct sale_beneficiary b;
	struct sale_payer p;
	json_t *o = json_object();

	(void)!sale_payer_get(&p, state_of(c), sale->number, who);
	(void)!sale_beneficiary_get(&b, state_of(c), sale->number, who);
	if (!amount_sub(&claimable, sale_vested(sale, &b, now_of(c)), b.delivered))
		claimable = AMOUNT_ZERO;
	if (sale->state == SALE_FAILED && !p.refunded && !amount_sub(&due, p.paid, p.held))
		due = AMOUNT_ZERO;
	json_object_set_new(o, "account", json_account(rpc_node(c), who));
	put_paid(o, "paid", p.paid, a);
	put_sold(o, "tokens", b.tokens, a);
	put_sold(o, "claimed", b.delivered, a);
	put_sold(o, "claimable", claimable, a);
	put_paid(o, "refundable", due, a);
	json_object_set_new(o, "refunded", json_boolean(p.refunded));
	if (!amount_is_zero(p.held))
		put_paid(o, "held", p.held, a);
	return o;
}

/* The least account above `last` in one of the two walks' next rows; each is at its own. */
struct merge {
	struct state_walk payers, beneficiaries;
	struct account payer, beneficiary;
	bool has_payer, has_beneficiary;
};

static void
merge_step(struct merge *m, bool payer, bool beneficiary)
{
	struct sale_payer p;
	struct sale_beneficiary b;

	if (payer)
		m->has_payer = sale_payer_walk_next(&m->payer, &p, &m->payers);
	if (beneficiary)
		m->has_beneficiary = sale_beneficiary_walk_next(&m->beneficiary, &b, &m->beneficiaries);
}

static bool
merge_next(struct account *out, struct merge *m)
{
	int order;

	if (!m->has_payer && !m->has_beneficiary)
		return false;
	order = !m->has_payer ? 1 : !m->has_beneficiary ? -1 : account_cmp(&m->payer, &m->beneficiary);
	*out = order <= 0 ? m->payer : m->beneficiary;
	merge_step(m, order <= 0, order >= 0);
	return true;
}

static void
run_listpurchases(struct rpc_call *c)
{
	struct account who, after;
	bool has_after = rpc_account(&after, c, "after");
	struct sale_assets a;
	struct merge m;
	struct sale sale;
	json_t *list;

	if (!find_sale(&sale, &a, c))
		return;
	list = json_array();
	sale_payer_walk(&m.payers, state_of(c), sale.number);
	sale_beneficiary_walk(&m.beneficiaries, state_of(c), sale.number);
	if (has_after) {
		uint8_t key[SALE_KEY_MAX];

		state_walk_after(&m.payers, key, sale_payer_key(key, sale.number, &after));
		state_walk_after(&m.beneficiaries, key, sale_beneficiary_key(key, sale.number, &after));
	}
	merge_step(&m, true, true);
	while (json_array_size(list) < PAGE && merge_next(&who, &m))
		json_array_append_new(list, part_json(c, &sale, &a, &who));
	rpc_answer(c, list);
}

static void
put_key(json_t *o, const char *name, const uint8_t *key, size_t len)
{
	json_object_set_new(o, name, json_hex(key, len));
}

/* What the account paid for others, in this sale. */
static json_t *
paid_for(const struct rpc_call *c, const struct sale *sale, const struct sale_assets *a, const struct account *payer)
{
	json_t *list = json_array();
	struct sale_purchase u;
	struct account who;
	struct state_walk w;
	uint64_t number;

	sale_purchase_walk_in(&w, state_of(c), payer, sale->number);
	while (json_array_size(list) < PAGE && sale_purchase_walk_next(&number, &who, &u, &w)) {
		uint8_t key[SALE_KEY_MAX];
		json_t *o = json_object();

		json_object_set_new(o, "beneficiary", json_account(rpc_node(c), &who));
		put_paid(o, "paid", u.paid, a);
		put_sold(o, "tokens", u.tokens, a);
		put_key(o, "key", key, sale_purchase_key(key, sale->number, payer, &who));
		json_array_append_new(list, o);
	}
	return list;
}

static void
run_getpurchase(struct rpc_call *c)
{
	uint8_t key[SALE_KEY_MAX];
	struct sale_assets a;
	struct account who;
	struct sale sale;
	json_t *o;

	if (!find_sale(&sale, &a, c) || !rpc_from(&who, c, "account"))
		return;
	o = part_json(c, &sale, &a, &who);
	json_object_set_new(o, "paid_for", paid_for(c, &sale, &a, &who));
	put_key(o, "payer_key", key, sale_payer_key(key, sale.number, &who));
	put_key(o, "beneficiary_key", key, sale_beneficiary_key(key, sale.number, &who));
	rpc_answer(c, o);
}

/* ---- tables ---- */

#define SALE_PARAM { "sale", RPC_COUNT, true, "number of the sale", NULL }
#define FROM { "from", RPC_ACCOUNT, false, "who acts", "the wallet's first account" }

static const struct rpc_param sale_params[] = { SALE_PARAM };
static const struct rpc_param act_params[] = { SALE_PARAM, FROM, RPC_WRITE_PARAMS };
static const struct rpc_param cancel_params[] = {
	SALE_PARAM,
	{ "from", RPC_ACCOUNT, false, "the seller", "the seller" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param claim_params[] = {
	SALE_PARAM,
	{ "account", RPC_ACCOUNT, false, "who gets it: a beneficiary his tokens, a payer his refund", "the account that acts" },
	FROM,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param buy_params[] = {
	SALE_PARAM,
	{ "payment", RPC_AMOUNT, true, "how much to pay", NULL },
	{ "beneficiary", RPC_ACCOUNT, false, "who gets the tokens", "the payer" },
	{ "tokens_min", RPC_AMOUNT, false, "refuse when it buys less", "98 % of what it buys now" },
	{ "path", RPC_JSON, false, "the payer's path in the allow-list", NULL },
	{ "beneficiary_path", RPC_JSON, false, "the beneficiary's path, when that is another account", NULL },
	{ "from", RPC_ACCOUNT, false, "who pays", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param quote_params[] = { SALE_PARAM, { "payment", RPC_AMOUNT, true, "how much to pay", NULL } };
static const struct rpc_param listsales_params[] = {
	{ "state", RPC_TEXT, false, "scheduled, open, ended, succeeded, failed or cancelled", "all" },
	{ "before", RPC_COUNT, false, "go on below this number", "the newest" },
};
static const struct rpc_param listpurchases_params[] = { SALE_PARAM, { "after", RPC_ACCOUNT, false, "go on after this account", NULL } };
static const struct rpc_param getpurchase_params[] = { SALE_PARAM, { "account", RPC_ACCOUNT, false, "whose", "the wallet's first account" } };

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_sales_methods[] = {
	{ "getsale", "sales", "one sale", "Times are seconds since 1970. What is held was paid with coin whose deposit is in quarantine.", "1",
	  RPC_PARAMS(sale_params), RPC_NEEDS_LEDGER, run_getsale },
	{ "listsales", "sales", "sales, the newest first", NULL, "open", RPC_PARAMS(listsales_params), RPC_NEEDS_LEDGER, run_listsales },
	{ "quotesale", "sales", "what a payment would buy now", "Changes nothing. Before the opening: what it will buy then.", "1 0.5",
	  RPC_PARAMS(quote_params), RPC_NEEDS_LEDGER, run_quotesale },
	{ "buy", "sales", "pay into a sale", "At the hard cap a part of the payment is taken. The tokens can be claimed once the sale has succeeded.", "1 0.5",
	  RPC_PARAMS(buy_params), WRITES, run_buy },
	{ "closesale", "sales", "end a sale after its close", "Anyone may. The seller gets the payments and what is unsold, or all tokens back.", "1",
	  RPC_PARAMS(act_params), WRITES, run_closesale },
	{ "claim", "sales", "fetch tokens, or a refund", "Anyone may, for anyone: it goes to whom it belongs. With vesting again and again.", "1 alice",
	  RPC_PARAMS(claim_params), WRITES, run_claim },
	{ "cancelsale", "sales", "take one's own sale back before it opens", NULL, "1", RPC_PARAMS(cancel_params), WRITES, run_cancelsale },
	{ "listpurchases", "sales", "who paid and who gets what in a sale", "Up to 1,000 accounts; go on with after=.", "1", RPC_PARAMS(listpurchases_params),
	  RPC_NEEDS_LEDGER, run_listpurchases },
	{ "getpurchase", "sales", "one account's part in a sale", "The keys are for getproof.", "1 alice", RPC_PARAMS(getpurchase_params), RPC_NEEDS_LEDGER,
	  run_getpurchase },
	{ .name = NULL },
};
