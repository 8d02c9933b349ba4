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
#include "token/store.h"

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
	return rpc_asset(a, c, "asset") && rpc_issuer(from, c, a);
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

/* A month as 2026-01, or "never". */
static json_t *
month_json(uint32_t month)
{
	return month == LOT_NEVER ? json_string("never") : json_sprintf("%04u-%02u", 1970 + month / 12, 1 + month % 12);
}

/* Key, value and proof that the state holds them. */
static void
put_proof(json_t *o, struct state *s, const uint8_t *key, size_t key_len)
{
	struct wr proof = { 0 };
	const uint8_t *value;
	size_t len;

	value = state_get(s, &len, key, key_len);
	json_object_set_new(o, "key", json_hex(key, key_len));
	json_object_set_new(o, "value", value != NULL ? json_hex(value, len) : json_null());
	state_prove(&proof, s, key, key_len);
	json_object_set_new(o, "proof", json_hex(proof.p, proof.len));
	wr_clear(&proof);
}

static json_t *
liability_rows(const struct rpc_call *c, const struct asset *a, bool months, bool proof)
{
	struct state *s = state_of(c);
	json_t *list = json_array();
	struct liability_walk w;
	struct amount total;
	uint32_t when;

	if (months)
		liability_months_init(&w, s, &a->id);
	else
		liability_walk_init(&w, s, &a->id);
	while (liability_walk_next(&w, &when, &total)) {
		json_t *o = json_pack("{soso}", months ? "month" : "expires", months ? month_json(when) : day_json(when), "amount",
				      json_amount(total, a->decimals));

		if (proof)
			put_proof(o, s, w.walk.key, w.walk.key_len);
		json_array_append_new(list, o);
	}
	return list;
}

/* What the months add up to, and the block under whose app hash all of it stands. */
static void
put_anchor(json_t *o, const struct rpc_call *c, const struct asset *a)
{
	struct ledger_tip tip = ledger_tip(node_ledger(rpc_node(c)));
	json_t *supply = json_object();
	struct wr header = { 0 };
	struct ledger_block b;
	uint8_t key[BANK_SUPPLY_KEY_LEN];

	bank_supply_key(key, &a->id);
	put_proof(supply, state_of(c), key, sizeof(key));
	json_object_set_new(o, "supply", supply);
	json_object_set_new(o, "height", json_integer((json_int_t)tip.height));
	json_object_set_new(o, "app_hash", json_hash(&tip.app_hash));
	if (!store_get_block(node_store(rpc_node(c)), &b, tip.height))
		return;
	wr_ledger_block(&header, &b);
	json_object_set_new(o, "header", json_hex(header.p, header.len));
	json_object_set_new(o, "seal", json_hex(b.seal.b, sizeof(b.seal.b)));
	wr_clear(&header);
}

static void
run_getliability(struct rpc_call *c)
{
	bool proof = rpc_bool(c, "proof", false);
	struct asset a;
	json_t *o;

	if (!rpc_asset(&a, c, "asset"))
		return;
	if ((a.flags & ASSET_LOTS) == 0) {
		rpc_fail(c, RPC_REFUSED, "NO_LOTS", "getasset shows its supply", "units of %s have no dates", a.ticker);
		return;
	}
	o = json_pack("{sssososo}", "ticker", a.ticker, "asset", json_hash(&a.id.id), "outstanding",
		      json_amount(bank_supply(state_of(c), &a.id), a.decimals), "by_month", liability_rows(c, &a, true, proof));
	if (proof)
		put_anchor(o, c, &a);
	else
		json_object_set_new(o, "by_day", liability_rows(c, &a, false, false));
	rpc_answer(c, o);
}

static void
run_getreceipt(struct rpc_call *c)
{
	struct hash256 hash;
	struct receipt r;
	struct asset a;

	if (!rpc_asset(&a, c, "asset"))
		return;
	receipt_hash(&hash, c);
	if (!receipt_get(&r, state_of(c), &a.id, &hash)) {
		rpc_fail(c, RPC_REFUSED, "RECEIPT_UNKNOWN", rpc_reason_hint("RECEIPT_UNKNOWN"), "no points were earned with this receipt");
		return;
	}
	rpc_answer(c, json_pack("{sosososososososIso}", "receipt", json_hash(&hash), "customer", json_account(rpc_node(c), &r.customer), "paid",
				json_amount(r.paid, PRICE_DECIMALS), "with_points", json_amount(r.with_points, PRICE_DECIMALS), "returned",
				json_amount(r.returned, PRICE_DECIMALS), "granted", json_amount(r.granted, a.decimals), "taken",
				json_amount(r.taken, a.decimals), "earned_at", (json_int_t)r.earned_at.sec, "expires", day_json(r.expires_day)));
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
static const struct rpc_param getliability_params[] = {
	ASSET_PARAM,
	{ "proof", RPC_BOOL, false, "with proofs of each month and of the supply that they add up to", "false" },
};
static const struct rpc_param getreceipt_params[] = { ASSET_PARAM, RECEIPT_PARAM };

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_loyalty_methods[] = {
	{ "earn", "loyalty", "give a customer the points of a sale", "How many is the rule's matter. Each receipt earns once.", "COFFEE alice 12.50 R-1001",
	  RPC_PARAMS(earn_params), WRITES, run_earn },
	{ "refund", "loyalty", "take back the points of returned goods", "What was spent already becomes debt that later earnings pay first.",
	  "COFFEE alice 4.00 R-1001", RPC_PARAMS(refund_params), WRITES, run_refund },
	{ "redeem", "loyalty", "give points up", "Of backed points the coin behind them comes to the holder.", "COFFEE 50", RPC_PARAMS(redeem_params),
	  WRITES, run_redeem },
	{ "listlots", "loyalty", "an account's points by expiry", NULL, "COFFEE alice", RPC_PARAMS(listlots_params), RPC_NEEDS_LEDGER, run_listlots },
	{ "getreceipt", "loyalty", "what a sale earned, and what came back of it", NULL, "COFFEE R-1001", RPC_PARAMS(getreceipt_params),
	  RPC_NEEDS_LEDGER, run_getreceipt },
	{ "getliability", "loyalty", "what a store owes, by month and day of expiry",
	  "By month of the last day on which the points are good. With proof=true tools/check-liability checks the months against a block's app "
	  "hash, with nothing but SHA-256.",
	  "COFFEE", RPC_PARAMS(getliability_params), RPC_NEEDS_LEDGER, run_getliability },
	{ .name = NULL },
};
