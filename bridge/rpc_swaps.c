/* Offers: making, taking, cancelling, and the book. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/account_name.h"
#include "bridge/rpc_swaps.h"
#include "bridge/rpc_write.h"
#include "token/offer.h"

#define DAY 86400
#define DAYS_DEFAULT 30
#define COUNT_DEFAULT 50
#define COUNT_MAX 500

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

/* ---- showing ---- */

/* What one whole unit costs, in whole units of the other asset: for people, so rounded. */
static json_t *
price_json(const struct op_offer *t, const struct asset *sell, const struct asset *buy)
{
	double price = (double)amount_units(t->buy_amount) / (double)amount_units(t->sell_amount);

	for (unsigned i = 0; i < sell->decimals; i++)
		price *= 10;
	for (unsigned i = 0; i < buy->decimals; i++)
		price /= 10;
	return json_sprintf("%.8g", price);
}

static json_t *
flags_json(const struct op_offer *t)
{
	json_t *list = json_array();

	if ((t->flags & OFFER_WHOLE) != 0)
		json_array_append_new(list, json_string("whole"));
	if ((t->flags & OFFER_REDEEM) != 0)
		json_array_append_new(list, json_string("redeem"));
	return list;
}

static json_t *
offer_json(const struct rpc_call *c, const struct offer *o)
{
	struct amount left = offer_left(state_of(c), o, now_of(c)), cost = AMOUNT_ZERO;
	struct asset *a = mem_new(2, sizeof(*a));
	json_t *row = json_object();

	if (!asset_get(&a[0], state_of(c), &o->terms.sell) || !asset_get(&a[1], state_of(c), &o->terms.buy) || !offer_price(&cost, &o->terms, left))
		cost = AMOUNT_ZERO;
	json_object_set_new(row, "offer", json_integer((json_int_t)o->number));
	json_object_set_new(row, "sell", json_string(a[0].ticker));
	json_object_set_new(row, "left", json_amount(left, a[0].decimals));
	json_object_set_new(row, "buy", json_string(a[1].ticker));
	json_object_set_new(row, "costs", json_amount(cost, a[1].decimals));
	json_object_set_new(row, "price", price_json(&o->terms, &a[0], &a[1]));
	json_object_set_new(row, "state", json_string(o->ended || o->terms.until.sec < now_of(c).sec ? "over" : "open"));
	json_object_set_new(row, "until", json_integer(o->terms.until.sec));
	if (o->terms.flags != 0)
		json_object_set_new(row, "flags", flags_json(&o->terms));
	if (o->terms.has_only)
		json_object_set_new(row, "only", json_account(rpc_node(c), &o->terms.only));
	json_object_set_new(row, "owner", json_account(rpc_node(c), &o->owner));
	put_account_name(row, "owner_name", rpc_node(c), &o->owner);
	free(a);
	return row;
}

/* The same with all there is to know. */
static json_t *
offer_json_full(const struct rpc_call *c, const struct offer *o)
{
	struct asset *a = mem_new(2, sizeof(*a));
	json_t *row = offer_json(c, o);

	if (asset_get(&a[0], state_of(c), &o->terms.sell) && asset_get(&a[1], state_of(c), &o->terms.buy)) {
		json_object_set_new(row, "sell_asset", json_hash(&o->terms.sell.id));
		json_object_set_new(row, "buy_asset", json_hash(&o->terms.buy.id));
		json_object_set_new(row, "sell_amount", json_amount(o->terms.sell_amount, a[0].decimals));
		json_object_set_new(row, "buy_amount", json_amount(o->terms.buy_amount, a[1].decimals));
	}
	json_object_set_new(row, "created", json_integer(o->created.sec));
	free(a);
	return row;
}

#define OFFERED_MAX 1000

struct in_offers {
	struct asset_id asset;
	struct amount left;
	unsigned offers;
};

/* The row of an asset in the list, new when there is none yet. */
static struct in_offers *
row_of(struct in_offers *rows, size_t *n, const struct asset_id *asset)
{
	size_t at = 0;

	while (at < *n && !asset_id_eq(&rows[at].asset, asset))
		at++;
	if (at == *n)
		rows[(*n)++] = (struct in_offers){ .asset = *asset };
	return &rows[at];
}

void
put_in_offers(json_t *o, const struct node *n, const struct account *who)
{
	struct unixtime now = engine_block_time(node_engine(n));
	const struct state *s = ledger_state(node_ledger(n));
	struct in_offers *rows = mem_new(OFFERED_MAX, sizeof(*rows));
	json_t *list = json_array();
	struct offer_walk w;
	struct offer offer;
	struct asset a;
	size_t rows_n = 0;

	offer_owner_init(&w, s, who);
	for (size_t i = 0; i < OFFERED_MAX && offer_walk_next(&w, &offer); i++) {
		struct in_offers *row = row_of(rows, &rows_n, &offer.terms.sell);

		row->offers++;
		if (!amount_add(&row->left, row->left, offer_left(s, &offer, now)))
			break;
	}
	for (size_t i = 0; i < rows_n; i++) {
		bool known = asset_get(&a, s, &rows[i].asset);

		json_array_append_new(list, json_pack("{sssosi}", "ticker", known ? a.ticker : "?", "amount",
						      json_amount(rows[i].left, known ? a.decimals : 0), "offers", (int)rows[i].offers));
	}
	if (rows_n > 0)
		json_object_set(o, "in_offers", list);
	json_decref(list);
	free(rows);
}

/* ---- offer ---- */

static void
on_offered(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;

	(void)n;
	while (event_next(&e, &events)) {
		struct rd r = rd_init(e.body, e.len);

		if (strcmp(e.name, "OFFERED") == 0)
			json_object_set_new(answer, "offer", json_integer((json_int_t)rd_u64(&r)));
	}
}

/* False: the call has been answered. */
static bool
take_until(struct unixtime *out, struct rpc_call *c)
{
	uint64_t days = rpc_count(c, "days", DAYS_DEFAULT), until = rpc_count(c, "until", 0);

	if (days > 100000 || (rpc_has(c, "days") && rpc_has(c, "until"))) {
		rpc_bad_param(c, "days", "days=30, or until=SECONDS since 1970", "it is too far away, or until is given too");
		return false;
	}
	out->sec = rpc_has(c, "until") ? (int64_t)until : now_of(c).sec + (int64_t)days * DAY;
	return true;
}

static void
run_offer(struct rpc_call *c)
{
	struct op_offer o = { .flags = 0 };
	struct account from;
	struct asset sell, buy;
	struct wr payload = { 0 };

	if (!rpc_asset(&sell, c, "sell") || !rpc_amount(&o.sell_amount, c, "amount", sell.decimals) || !rpc_asset(&buy, c, "buy") ||
	    !rpc_amount(&o.buy_amount, c, "for", buy.decimals) || !rpc_from(&from, c, "from") || !take_until(&o.until, c))
		return;
	o.sell = sell.id;
	o.buy = buy.id;
	o.flags = (uint8_t)((rpc_bool(c, "whole", false) ? OFFER_WHOLE : 0) | (rpc_bool(c, "redeem", false) ? OFFER_REDEEM : 0));
	o.has_only = rpc_account(&o.only, c, "only");
	op_offer_encode(&payload, &o);
	rpc_write_op(c, OP_OFFER, &from, &payload, on_offered);
}

/* ---- take ---- */

/* False: the call has been answered. */
static bool
find_offer(struct offer *out, struct rpc_call *c)
{
	if (offer_get(out, state_of(c), rpc_count(c, "offer", 0)))
		return true;
	rpc_fail(c, RPC_REFUSED, "OFFER_UNKNOWN", "listoffers shows what there is", "there is no such offer: taken, cancelled, over, or never made");
	return false;
}

static json_t *
units_json(const struct node *n, const struct asset_id *id, struct amount amount, const char **ticker, struct asset *room)
{
	bool known = asset_get(room, ledger_state(node_ledger(n)), id);

	*ticker = known ? room->ticker : "?";
	return json_amount(amount, known ? room->decimals : 0);
}

static void
on_taken(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;

	while (event_next(&e, &events)) {
		struct rd r = rd_init(e.body, e.len);
		struct offer_taken t;
		struct asset *a;
		const char *ticker;

		if (strcmp(e.name, "TAKEN") != 0 || !rd_offer_taken(&r, &t))
			continue;
		a = mem_new(1, sizeof(*a));
		json_object_set_new(answer, "got", units_json(n, &t.sell, t.got, &ticker, a));
		json_object_set_new(answer, "got_asset", json_string(ticker));
		json_object_set_new(answer, "paid", units_json(n, &t.buy, t.paid, &ticker, a));
		json_object_set_new(answer, "paid_asset", json_string(ticker));
		json_object_set_new(answer, "left", units_json(n, &t.sell, t.left, &ticker, a));
		free(a);
	}
}

/* From what the caller says, and the offer as it is now. False: the call has been answered. */
static bool
take_limits(struct op_take *t, struct rpc_call *c, const struct offer *o, const struct asset *sell, const struct asset *buy)
{
	struct amount left = offer_left(state_of(c), o, now_of(c));

	if (rpc_has(c, "pay_max") && !rpc_amount(&t->pay_max, c, "pay_max", buy->decimals))
		return false;
	if (rpc_has(c, "amount")) {
		if (!rpc_amount(&t->want, c, "amount", sell->decimals))
			return false;
		t->least = t->want;
	} else if (rpc_has(c, "pay_max")) {
		t->want = t->least = amount_min(left, offer_affordable(&o->terms, t->pay_max));
	} else {
		t->want = t->least = left;
	}
	if (rpc_has(c, "least") && !rpc_amount(&t->least, c, "least", sell->decimals))
		return false;
	if (amount_is_zero(t->want)) {
		rpc_fail(c, RPC_REFUSED, amount_is_zero(left) ? "NOTHING_LEFT" : "PRICE_LIMIT", "getoffer shows what is left and what it costs",
			 "nothing can be had for that");
		return false;
	}
	if (!rpc_has(c, "pay_max") && !offer_price(&t->pay_max, &o->terms, t->want)) {
		rpc_bad_param(c, "amount", "getoffer shows what is left", "it costs more than there can be");
		return false;
	}
	return true;
}

static void
run_take(struct rpc_call *c)
{
	struct op_take t = { .pay_max = AMOUNT_ZERO };
	struct asset *a = mem_new(2, sizeof(*a));
	struct account from;
	struct offer o;
	struct wr payload = { 0 };

	if (find_offer(&o, c) && rpc_from(&from, c, "from") && asset_get(&a[0], state_of(c), &o.terms.sell) &&
	    asset_get(&a[1], state_of(c), &o.terms.buy) && take_limits(&t, c, &o, &a[0], &a[1])) {
		t.offer = o.number;
		op_take_encode(&payload, &t);
		rpc_write_op(c, OP_TAKE, &from, &payload, on_taken);
	}
	free(a);
}

/* ---- canceloffer ---- */

static void
run_canceloffer(struct rpc_call *c)
{
	struct op_cancel_offer o;
	struct account from;
	struct asset sell;
	struct offer offer;
	struct wr payload = { 0 };
	bool all = amount_from_units(&o.amount, AMOUNT_MAX);

	if (!all || !find_offer(&offer, c) || !asset_get(&sell, state_of(c), &offer.terms.sell))
		return;
	if (rpc_has(c, "amount") && !rpc_amount(&o.amount, c, "amount", sell.decimals))
		return;
	if (!rpc_account(&from, c, "from"))
		from = offer.owner;
	o.offer = offer.number;
	op_cancel_offer_encode(&payload, &o);
	rpc_write_op(c, OP_CANCEL_OFFER, &from, &payload, NULL);
}

/* ---- looking ---- */

static void
run_getoffer(struct rpc_call *c)
{
	struct offer o;

	if (find_offer(&o, c))
		rpc_answer(c, offer_json_full(c, &o));
}

struct wanted {
	bool has_sell, has_buy, has_owner;
	struct asset_id sell, buy;
	struct account owner;
	uint64_t after, count;
};

/* False: the call has been answered. */
static bool
take_wanted(struct wanted *w, struct rpc_call *c)
{
	struct asset a;

	*w = (struct wanted){ .has_sell = rpc_has(c, "sell"), .has_buy = rpc_has(c, "buy") };
	if (w->has_sell && !rpc_asset(&a, c, "sell"))
		return false;
	w->sell = w->has_sell ? a.id : ASSET_COIN;
	if (w->has_buy && !rpc_asset(&a, c, "buy"))
		return false;
	w->buy = w->has_buy ? a.id : ASSET_COIN;
	w->has_owner = rpc_account(&w->owner, c, "owner");
	w->after = rpc_count(c, "after", 0);
	w->count = rpc_count(c, "count", COUNT_DEFAULT);
	if (w->count >= 1 && w->count <= COUNT_MAX)
		return true;
	rpc_bad_param(c, "count", "1 to 500; after=NUMBER leads on in a list that isn't a book", "so many are not listed at once");
	return false;
}

static bool
is_wanted(const struct wanted *w, const struct offer *o)
{
	return (!w->has_sell || asset_id_eq(&w->sell, &o->terms.sell)) && (!w->has_buy || asset_id_eq(&w->buy, &o->terms.buy)) &&
	       (!w->has_owner || account_eq(&w->owner, &o->owner)) && o->number > w->after;
}

/* A pair is a book, the cheapest first; else in the order of numbers. */
static void
run_listoffers(struct rpc_call *c)
{
	struct offer_walk walk;
	struct wanted w;
	struct offer o;
	json_t *list;

	if (!take_wanted(&w, c))
		return;
	if (w.has_owner)
		offer_owner_init(&walk, state_of(c), &w.owner);
	else if (w.has_sell && w.has_buy)
		offer_book_init(&walk, state_of(c), &w.sell, &w.buy);
	else
		offer_all_init(&walk, state_of(c), w.after);
	list = json_array();
	while (json_array_size(list) < w.count && offer_walk_next(&walk, &o)) {
		if (is_wanted(&w, &o))
			json_array_append_new(list, offer_json(c, &o));
	}
	rpc_answer(c, list);
}

#define OFFER_PARAM { "offer", RPC_COUNT, true, "number of the offer", NULL }

static const struct rpc_param offer_params[] = {
	{ "sell", RPC_TEXT, true, "ticker or id of what is offered", NULL },
	{ "amount", RPC_AMOUNT, true, "how much of it", NULL },
	{ "buy", RPC_TEXT, true, "ticker or id of what is wanted for it", NULL },
	{ "for", RPC_AMOUNT, true, "how much, for all of it", NULL },
	{ "days", RPC_COUNT, false, "how long it stands, at most 366", "30" },
	{ "until", RPC_COUNT, false, "in place of days: the last second, since 1970", NULL },
	{ "whole", RPC_BOOL, false, "all or nothing", "false" },
	{ "redeem", RPC_BOOL, false, "what is paid is redeemed at once: its coin comes to the seller", "false" },
	{ "only", RPC_ACCOUNT, false, "the one account that may take it", "anybody" },
	{ "from", RPC_ACCOUNT, false, "who sells", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param take_params[] = {
	OFFER_PARAM,
	{ "amount", RPC_AMOUNT, false, "how much to get", "what pay_max buys, or all" },
	{ "pay_max", RPC_AMOUNT, false, "pay no more than this", "what the amount costs" },
	{ "least", RPC_AMOUNT, false, "refuse to get less than this, when others were first", "the whole amount" },
	{ "from", RPC_ACCOUNT, false, "who pays", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param canceloffer_params[] = {
	OFFER_PARAM,
	{ "amount", RPC_AMOUNT, false, "how much comes back", "all that is left" },
	{ "from", RPC_ACCOUNT, false, "the owner; or the issuer, when the owner is frozen", "the owner" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param getoffer_params[] = { OFFER_PARAM };
static const struct rpc_param listoffers_params[] = {
	{ "sell", RPC_TEXT, false, "only what sells this", "anything" },
	{ "buy", RPC_TEXT, false, "only what wants this", "anything" },
	{ "owner", RPC_ACCOUNT, false, "only this account's", "anybody's" },
	{ "count", RPC_COUNT, false, "how many", "50" },
	{ "after", RPC_COUNT, false, "only numbers above this", "0" },
};

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_swaps_methods[] = {
	{ "offer", "swaps", "offer units of one asset for another",
	  "They wait in escrow until they are taken, in whole or in parts, cancelled, or their time is over. The price never changes.",
	  "COFFEE 1000 BAKERY 500", RPC_PARAMS(offer_params), WRITES, run_offer },
	{ "take", "swaps", "take an offer, or a part of it", "Nobody pays more than pay_max or gets less than `least`, whoever was first.", "7 100",
	  RPC_PARAMS(take_params), WRITES, run_take },
	{ "canceloffer", "swaps", "take an offer back, or a part of it", NULL, "7", RPC_PARAMS(canceloffer_params), WRITES, run_canceloffer },
	{ "getoffer", "swaps", "one offer", NULL, "7", RPC_PARAMS(getoffer_params), RPC_NEEDS_LEDGER, run_getoffer },
	{ "listoffers", "swaps", "offers: a pair's from the cheapest on", NULL, "COFFEE BAKERY", RPC_PARAMS(listoffers_params), RPC_NEEDS_LEDGER,
	  run_listoffers },
	{ .name = NULL },
};
