/* Loyalty points: earning, returning, redeeming, and what a store owes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_write.h"
#include "token/lot.h"
#include "token/receipt.h"

#define PRICE_DECIMALS 2

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

/* A receipt's number, whatever the store prints on it, is hashed: it stays the store's and the customer's. */
static void
receipt_hash(struct hash256 *out, struct rpc_call *c)
{
	const char *text = rpc_text(c, "receipt");

	if (strlen(text) != 64 || !hash256_from_hex(out, text))
		sha256_tagged(out, "tally/receipt", text, strlen(text));
}

static bool
take_points(struct asset *a, struct account *from, struct rpc_call *c)
{
	if (!rpc_asset(a, c, "asset"))
		return false;
	if (!rpc_account(from, c, "from"))
		*from = a->issuer;
	return true;
}

static void
run_earn(struct rpc_call *c)
{
	struct op_earn o = { .with_points = AMOUNT_ZERO };
	struct account from;
	struct asset a;
	struct wr payload = { 0 };

	if (!take_points(&a, &from, c) || !rpc_account(&o.to, c, "to") || !rpc_amount(&o.paid, c, "paid", PRICE_DECIMALS))
		return;
	if (rpc_has(c, "with_points") && !rpc_amount(&o.with_points, c, "with_points", PRICE_DECIMALS))
		return;
	o.asset = a.id;
	receipt_hash(&o.receipt, c);
	op_earn_encode(&payload, &o);
	rpc_write_op(c, OP_EARN, &from, &payload, NULL);
}

static void
run_refund(struct rpc_call *c)
{
	struct op_refund o;
	struct account from;
	struct asset a;
	struct wr payload = { 0 };

	if (!take_points(&a, &from, c) || !rpc_account(&o.customer, c, "customer") || !rpc_amount(&o.returned, c, "returned", PRICE_DECIMALS))
		return;
	o.asset = a.id;
	receipt_hash(&o.receipt, c);
	op_refund_encode(&payload, &o);
	rpc_write_op(c, OP_REFUND, &from, &payload, NULL);
}

static void
run_redeem(struct rpc_call *c)
{
	struct op_redeem o;
	struct account from;
	struct asset a;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_amount(&o.amount, c, "amount", a.decimals) || !rpc_from(&from, c, "from"))
		return;
	o.asset = a.id;
	op_redeem_encode(&payload, &o);
	rpc_write_op(c, OP_REDEEM, &from, &payload, NULL);
}

/* A day as 2026-01-31, or "never". */
static json_t *
day_json(uint32_t day)
{
	time_t seconds = (time_t)day * 86400;
	char text[32];
	struct tm tm;

	if (day == LOT_NEVER || gmtime_r(&seconds, &tm) == NULL)
		return json_string("never");
	strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return json_string(text);
}

static json_t *
lot_json(const struct lot *l, const struct asset *a, struct unixtime now)
{
	return json_pack("{sosososssb}", "amount", json_amount(l->amount, a->decimals), "expires", day_json(l->expires_day), "available_from",
			 json_integer(l->available_from.sec), "how", l->earned ? "earned" : "bought", "available", (int)(l->available_from.sec <= now.sec));
}

static void
run_listlots(struct rpc_call *c)
{
	struct unixtime now = engine_block_time(node_engine(rpc_node(c)));
	struct lots *lots;
	struct asset a;
	struct account who;
	json_t *list;

	if (!rpc_asset(&a, c, "asset") || !rpc_from(&who, c, "account"))
		return;
	lots = mem_new(1, sizeof(*lots));
	lots_get(lots, state_of(c), &a.id, &who, now);
	list = json_array();
	for (size_t i = 0; i < lots->n; i++)
		json_array_append_new(list, lot_json(&lots->list[i], &a, now));
	rpc_answer(c, json_pack("{sosososo}", "total", json_amount(lots_total(lots), a.decimals), "spendable",
				json_amount(lots_spendable(lots, now), a.decimals), "debt", json_amount(receipt_debt(state_of(c), &a.id, &who), a.decimals),
				"lots", list));
	free(lots);
}

static void
run_getliability(struct rpc_call *c)
{
	struct liability_walk w;
	struct asset a;
	struct amount total;
	uint32_t day;
	json_t *list;

	if (!rpc_asset(&a, c, "asset"))
		return;
	list = json_array();
	liability_walk_init(&w, state_of(c), &a.id);
	while (liability_walk_next(&w, &day, &total))
		json_array_append_new(list, json_pack("{soso}", "expires", day_json(day), "amount", json_amount(total, a.decimals)));
	rpc_answer(c, json_pack("{sssoso}", "ticker", a.ticker, "outstanding", json_amount(bank_supply(state_of(c), &a.id), a.decimals), "by_day", list));
}

#define ASSET_PARAM { "asset", RPC_TEXT, true, "ticker or id of the points", NULL }
#define RECEIPT_PARAM { "receipt", RPC_TEXT, true, "number of the sale's receipt; only its hash is published", NULL }
#define FROM_STORE { "from", RPC_ACCOUNT, false, "the store", "the points' issuer" }

static const struct rpc_param earn_params[] = {
	ASSET_PARAM,
	{ "to", RPC_ACCOUNT, true, "the customer", NULL },
	{ "paid", RPC_AMOUNT, true, "price of the sale, with two decimals", NULL },
	RECEIPT_PARAM,
	{ "with_points", RPC_AMOUNT, false, "part of it that was paid with points: earns none", "0" },
	FROM_STORE,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param refund_params[] = {
	ASSET_PARAM,
	{ "customer", RPC_ACCOUNT, true, "who brings the goods back", NULL },
	{ "returned", RPC_AMOUNT, true, "price of what comes back, with two decimals", NULL },
	RECEIPT_PARAM,
	FROM_STORE,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param redeem_params[] = {
	ASSET_PARAM,
	{ "amount", RPC_AMOUNT, true, "how many points", NULL },
	{ "from", RPC_ACCOUNT, false, "whose points", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param listlots_params[] = { ASSET_PARAM, { "account", RPC_ACCOUNT, false, "whose", "the wallet's first account" } };
static const struct rpc_param getliability_params[] = { ASSET_PARAM };

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_loyalty_methods[] = {
	{ "earn", "loyalty", "give a customer the points of a sale", "How many is the rule's matter. Each receipt earns once.", "COFFEE alice 12.50 R-1001",
	  RPC_PARAMS(earn_params), WRITES, run_earn },
	{ "refund", "loyalty", "take back the points of returned goods", "What was spent already becomes debt that later earnings pay first.",
	  "COFFEE alice 4.00 R-1001", RPC_PARAMS(refund_params), WRITES, run_refund },
	{ "redeem", "loyalty", "give points up", "Of backed points the coin behind them comes to the holder.", "COFFEE 50", RPC_PARAMS(redeem_params),
	  WRITES, run_redeem },
	{ "listlots", "loyalty", "an account's points by expiry", NULL, "COFFEE alice", RPC_PARAMS(listlots_params), RPC_NEEDS_LEDGER, run_listlots },
	{ "getliability", "loyalty", "what a store owes, by day of expiry", NULL, "COFFEE", RPC_PARAMS(getliability_params), RPC_NEEDS_LEDGER,
	  run_getliability },
	{ .name = NULL },
};
