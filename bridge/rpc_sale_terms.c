/* createsale: from prices, dates and limits to the terms of a sale, and the prices back. */
#include <stdlib.h>
#include <string.h>

#include "bridge/allowlist.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_rule_params.h"
#include "bridge/rpc_sale.h"
#include "bridge/rpc_write.h"

#define RULE "sale_crowd"
#define DAYS_30 (30 * 86400)
#define STEPS_MAX 16

/* As plugins/sale_crowd.c reads them. */
enum { FIXED, STEPS, LINEAR };
static const char *const kinds[] = { "fixed", "steps", "linear" };

/* ---- the price ---- */

struct step {
	struct amount price;
	uint64_t after;       /* seconds since the opening; 0 for none */
	struct amount raised; /* zero for none */
};

static bool
bad_steps(struct rpc_call *c, const char *why)
{
	rpc_bad_param(c, "steps", "[{\"price\": \"0.12\", \"raised\": \"1000\"}, {\"price\": \"0.15\", \"after\": 864000}]: the price from then on", why);
	return false;
}

/* Absent: zero. */
static bool
member_amount(struct amount *out, const json_t *o, const char *name, unsigned decimals)
{
	const json_t *value = json_object_get(o, name);

	*out = AMOUNT_ZERO;
	return value == NULL || (json_is_string(value) && amount_parse(out, json_string_value(value), decimals) == NULL);
}

static bool
take_step(struct step *out, struct rpc_call *c, const json_t *o, unsigned decimals)
{
	const json_t *after = json_object_get(o, "after");
	json_int_t seconds = json_integer_value(after);

	if (!json_is_object(o) || !json_is_string(json_object_get(o, "price")) || !member_amount(&out->price, o, "price", decimals))
		return bad_steps(c, "each step has a price, a decimal number in quotes");
	if (!member_amount(&out->raised, o, "raised", decimals) || (after != NULL && !json_is_integer(after)) || seconds < 0 || seconds > UINT32_MAX)
		return bad_steps(c, "`raised` is a decimal number in quotes, `after` a number of seconds");
	if (seconds == 0 && amount_is_zero(out->raised))
		return bad_steps(c, "each step begins `after` so many seconds, or when so much is `raised`");
	out->after = (uint64_t)seconds;
	return true;
}

/* The first price lasts until the first step begins, and so on: in the rule each step has its end. */
static bool
put_steps(struct wr *w, struct rpc_call *c, struct amount first, unsigned decimals)
{
	const json_t *list = rpc_json(c, "steps");
	size_t n = json_array_size(list);
	struct step step;

	if (n < 1 || n >= STEPS_MAX)
		return bad_steps(c, "a list of 1 to 15 steps");
	wr_u8(w, (uint8_t)(n + 1));
	wr_amount(w, first);
	for (size_t i = 0; i < n; i++) {
		if (!take_step(&step, c, json_array_get(list, i), decimals))
			return false;
		wr_u32(w, (uint32_t)step.after);
		wr_amount(w, step.raised);
		wr_amount(w, step.price);
	}
	wr_u32(w, 0);
	wr_u64(w, 0);
	return true;
}

/* Ten-thousandths of a whole, from per cent. */
static bool
take_percent(uint64_t *out, struct rpc_call *c, const char *name)
{
	struct amount a;

	*out = 0;
	if (!rpc_has(c, name))
		return true;
	if (!rpc_amount(&a, c, name, 2))
		return false;
	*out = amount_units(a);
	if (*out <= UINT16_MAX)
		return true;
	rpc_bad_param(c, name, "at most 50", "is too much");
	return false;
}

static bool
put_bonus(struct wr *w, struct rpc_call *c, uint64_t whole)
{
	uint64_t bonus, end, seconds = rpc_count(c, "bonus_time", 0);

	if (!take_percent(&bonus, c, "bonus") || !take_percent(&end, c, "bonus_end"))
		return false;
	if (seconds == 0 && bonus != 0)
		seconds = whole;
	wr_u16(w, (uint16_t)bonus);
	wr_u16(w, (uint16_t)end);
	wr_u32(w, seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds);
	return true;
}

/* Parameters of sale_crowd, for a sale of `whole` seconds. False: the call has been answered. */
static bool
put_price(struct wr *w, struct rpc_call *c, const struct sale_assets *a, uint64_t whole)
{
	unsigned kind = rpc_has(c, "steps") ? STEPS : rpc_has(c, "end_price") ? LINEAR : FIXED, decimals = a->paid.decimals;
	struct amount price, end, per;

	if (!rpc_has(c, "per"))
		(void)!amount_parse(&per, "1", a->sold.decimals);
	else if (!rpc_amount(&per, c, "per", a->sold.decimals))
		return false;
	if (!rpc_amount(&price, c, "price", decimals))
		return false;
	wr_u8(w, (uint8_t)kind);
	wr_amount(w, per);
	if (!put_bonus(w, c, whole))
		return false;
	if (kind == STEPS)
		return put_steps(w, c, price, decimals);
	wr_amount(w, price);
	if (kind == LINEAR) {
		if (!rpc_amount(&end, c, "end_price", decimals))
			return false;
		wr_amount(w, end);
	}
	return true;
}

/* ---- and back ---- */

static json_t *
percent(uint64_t hundredths)
{
	struct amount a;

	return amount_from_units(&a, hundredths) ? json_amount(a, 2) : json_null();
}

static json_t *
steps_json(struct rd *r, unsigned decimals)
{
	json_t *list = json_array(), *next = json_object();

	for (uint8_t n = rd_u8(r); n > 0; n--) {
		uint32_t until;
		struct amount raised;

		json_object_set_new(next, "price", json_amount(rd_amount(r), decimals));
		json_array_append_new(list, next);
		until = rd_u32(r);
		raised = rd_amount(r);
		next = json_object();
		if (until != 0)
			json_object_set_new(next, "after", json_integer((json_int_t)until));
		if (!amount_is_zero(raised))
			json_object_set_new(next, "raised", json_amount(raised, decimals));
	}
	json_decref(next);
	return list;
}

static void
prices_json(json_t *o, struct rd *r, unsigned kind, unsigned decimals)
{
	if (kind == STEPS) {
		json_object_set_new(o, "steps", steps_json(r, decimals));
		return;
	}
	json_object_set_new(o, "price", json_amount(rd_amount(r), decimals));
	if (kind == LINEAR)
		json_object_set_new(o, "end_price", json_amount(rd_amount(r), decimals));
}

json_t *
sale_price_json(const struct sale *sale, const struct sale_assets *a)
{
	struct rd r = rd_init(sale->terms.params.p, sale->terms.params.len);
	json_t *o = json_object();
	unsigned kind = rd_u8(&r);
	uint32_t seconds;
	uint16_t bonus, end;

	if (strcmp(sale->rule.name, RULE) != 0 || sale->rule.major != 1 || kind > LINEAR) {
		json_object_set_new(o, "params", json_hex(sale->terms.params.p, sale->terms.params.len));
		return o;
	}
	json_object_set_new(o, "schedule", json_string(kinds[kind]));
	json_object_set_new(o, "per", json_amount(rd_amount(&r), a->sold.decimals));
	bonus = rd_u16(&r);
	end = rd_u16(&r);
	seconds = rd_u32(&r);
	prices_json(o, &r, kind, a->paid.decimals);
	if (bonus != 0) {
		json_object_set_new(o, "bonus", percent(bonus));
		json_object_set_new(o, "bonus_end", percent(end));
		json_object_set_new(o, "bonus_time", json_integer((json_int_t)seconds));
	}
	return o;
}

/* ---- the other terms ---- */

struct exec
rpc_next_block(struct block_env *env, const struct rpc_call *c)
{
	const struct node *n = rpc_node(c);
	struct ledger_tip tip = ledger_tip(node_ledger(n));

	*env = (struct block_env){ .genesis_id = *ledger_genesis_id(node_ledger(n)),
				   .height = tip.height + 1,
				   .time = engine_block_time(node_engine(n)),
				   .previous = tip.hash,
				   .previous_app_hash = tip.app_hash,
				   .account_hrp = node_account_hrp(n),
				   .regtest = strcmp(node_params(n)->name, "regtest") == 0 };
	return (struct exec){ .state = ledger_state(node_ledger(n)), .env = env };
}

static bool
take_assets(struct sale_assets *out, struct op_create_sale *t, struct rpc_call *c)
{
	if (!rpc_asset(&out->sold, c, "asset") || !rpc_asset(&out->paid, c, "payment"))
		return false;
	t->asset = out->sold.id;
	t->payment = out->paid.id;
	return true;
}

/* An opening that isn't given is the block's own time. */
static bool
take_times(struct op_create_sale *t, struct rpc_call *c, int64_t now)
{
	uint64_t open = rpc_count(c, "open", 0), close = rpc_count(c, "close", 0), length = rpc_count(c, "length", DAYS_30);
	uint64_t start = open != 0 ? open : (uint64_t)now;

	if (rpc_has(c, "close") && rpc_has(c, "length")) {
		rpc_bad_param(c, "length", "give close= or length=", "the close is given too");
		return false;
	}
	t->open.sec = (int64_t)open;
	t->close.sec = (int64_t)(rpc_has(c, "close") ? close : start + length);
	return true;
}

/* An amount of the payment that may be left out. */
static bool
take_limit(struct amount *out, struct rpc_call *c, const char *name, struct amount usual, unsigned decimals)
{
	*out = usual;
	return !rpc_has(c, name) || rpc_amount(out, c, name, decimals);
}

static bool
take_limits(struct op_create_sale *t, struct rpc_call *c, unsigned decimals)
{
	struct amount hard;

	if (!rpc_amount(&hard, c, "hard_cap", decimals))
		return false;
	t->hard_cap = hard;
	return take_limit(&t->soft_cap, c, "soft_cap", AMOUNT_ZERO, decimals) && take_limit(&t->payer_min, c, "payer_min", AMOUNT_ZERO, decimals) &&
	       take_limit(&t->payer_max, c, "payer_max", hard, decimals) &&
	       take_limit(&t->beneficiary_min, c, "beneficiary_min", AMOUNT_ZERO, decimals) &&
	       take_limit(&t->beneficiary_max, c, "beneficiary_max", hard, decimals);
}

static bool
take_vesting(struct op_create_sale *t, struct rpc_call *c)
{
	uint64_t cliff = rpc_count(c, "cliff", 0), vesting = rpc_count(c, "vesting", cliff);

	t->cliff = cliff > UINT32_MAX ? UINT32_MAX : (uint32_t)cliff;
	t->vesting = vesting > UINT32_MAX ? UINT32_MAX : (uint32_t)vesting;
	return true;
}

/* What the seller needn't work out: how many tokens to lock, and the price of one unit as the least payment. */
static bool
fill_in(struct op_create_sale *t, struct rpc_call *c, const struct sale_assets *a)
{
	struct tally_sale_bounds b;
	struct op_create_sale asked = *t;
	struct rule_version rule;
	struct block_env env;
	struct exec x = rpc_next_block(&env, c);
	const char *why;

	(void)!amount_from_units(&asked.tokens, AMOUNT_MAX);
	if (asked.open.sec == 0)
		asked.open = env.time;
	if (asked.close.sec <= asked.open.sec) {
		rpc_fail(c, RPC_REFUSED, "BAD_TIMES", rpc_reason_hint("BAD_TIMES"), "the sale closes before it opens");
		return false;
	}
	why = sale_bounds(&b, &rule, &x, &asked, sale_count(x.state) + 1);
	if (why != NULL) {
		rpc_fail(c, RPC_REFUSED, why, rpc_reason_hint(why), "the rule %.*s refuses these terms: %s", (int)t->rule.len, t->rule.p, why);
		return false;
	}
	if (!rpc_has(c, "payer_min"))
		(void)!amount_from_units(&t->payer_min, b.payment_least);
	if (!rpc_has(c, "tokens"))
		return amount_from_units(&t->tokens, b.tokens_most);
	return rpc_amount(&t->tokens, c, "tokens", a->sold.decimals);
}

static bool
put_rule(struct wr *params, struct rpc_call *c, struct op_create_sale *t, const struct sale_assets *a)
{
	const char *rule = rpc_has(c, "rule") ? rpc_text(c, "rule") : RULE;
	int64_t now = engine_block_time(node_engine(rpc_node(c))).sec, start = t->open.sec != 0 ? t->open.sec : now;

	t->rule = OP_TEXT(rule);
	t->rule_major = 1;
	if (strcmp(rule, RULE) != 0)
		return rpc_rule_params(params, c, "rule_params", rule);
	if (!rpc_has(c, "rule_params"))
		return put_price(params, c, a, t->close.sec > start ? (uint64_t)(t->close.sec - start) : 0);
	rpc_bad_param(c, "rule_params", "sale_crowd's price is said with price, end_price, steps and bonus", "is for other rules");
	return false;
}

/* The number in the event SALE_CREATED. */
static void
on_sale(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;

	(void)n;
	while (event_next(&e, &events)) {
		struct rd body = rd_init(e.body, e.len);

		if (strcmp(e.name, "SALE_CREATED") == 0)
			json_object_set_new(answer, "sale", json_integer((json_int_t)rd_u64(&body)));
	}
}

static void
run_createsale(struct rpc_call *c)
{
	struct op_create_sale t = { .rule_major = 1 };
	int64_t now = engine_block_time(node_engine(rpc_node(c))).sec;
	struct wr params = { 0 }, payload = { 0 };
	struct sale_assets a;
	struct account from;

	(void)!rpc_hash(&t.allow_list, c, "allow_list");
	if (rpc_from(&from, c, "from") && take_assets(&a, &t, c) && take_times(&t, c, now) && take_limits(&t, c, a.paid.decimals) && take_vesting(&t, c) &&
	    put_rule(&params, c, &t, &a)) {
		t.params = (struct op_blob){ params.p, params.len };
		if (fill_in(&t, c, &a)) {
			op_create_sale_encode(&payload, &t);
			rpc_write_op(c, OP_CREATE_SALE, &from, &payload, on_sale);
		}
	}
	wr_clear(&params);
	wr_clear(&payload);
}

/* ---- allow-lists ---- */

static void
run_allowlist(struct rpc_call *c)
{
	struct complaint why;
	size_t n;
	struct account who, *list = allowlist_from_json(&n, &why, rpc_json(c, "accounts"), node_account_hrp(rpc_node(c)));
	bool has_who = rpc_account(&who, c, "account");
	json_t *o = list != NULL ? allowlist_json(&why, list, n, has_who ? &who : NULL) : NULL;

	if (list == NULL)
		rpc_bad_param(c, "accounts", "[\"tly1…\", …]", why.why);
	else if (o == NULL)
		rpc_fail(c, RPC_REFUSED, "NOT_ON_LIST", NULL, "%s", why.why);
	else
		rpc_answer(c, o);
	free(list);
}

static const struct rpc_param createsale_params[] = {
	{ "asset", RPC_TEXT, true, "ticker or id of the tokens to sell", NULL },
	{ "price", RPC_AMOUNT, true, "what a token costs when the sale opens", NULL },
	{ "hard_cap", RPC_AMOUNT, true, "most that is taken in all", NULL },
	{ "payment", RPC_TEXT, false, "asset to pay with", "coin" },
	{ "per", RPC_AMOUNT, false, "the price is for so many tokens", "1" },
	{ "soft_cap", RPC_AMOUNT, false, "with less than that everybody gets his payment back", "0" },
	{ "open", RPC_COUNT, false, "first second, in seconds since 1970", "now" },
	{ "close", RPC_COUNT, false, "first second after it", "the opening and length=" },
	{ "length", RPC_COUNT, false, "how long it is open, in seconds", "30 days" },
	{ "end_price", RPC_AMOUNT, false, "the price rises to this until the close", "the same price all along" },
	{ "steps", RPC_JSON, false, "higher prices: [{\"price\", \"after\": seconds since the opening, \"raised\": amount}]", NULL },
	{ "bonus", RPC_AMOUNT, false, "bonus tokens when it opens, in per cent, at most 50", "0" },
	{ "bonus_end", RPC_AMOUNT, false, "bonus at the end of bonus_time: falls to it", "0" },
	{ "bonus_time", RPC_COUNT, false, "seconds from the opening with a bonus", "the whole sale" },
	{ "payer_min", RPC_AMOUNT, false, "least that an account pays", "the price of the smallest unit" },
	{ "payer_max", RPC_AMOUNT, false, "most that an account pays in all", "hard_cap" },
	{ "beneficiary_min", RPC_AMOUNT, false, "least that is paid for an account", "0" },
	{ "beneficiary_max", RPC_AMOUNT, false, "most that is paid for an account in all", "hard_cap" },
	{ "allow_list", RPC_HASH, false, "root of the list of who may buy, from allowlist", "everybody may" },
	{ "cliff", RPC_COUNT, false, "seconds after the end before anything can be claimed", "0" },
	{ "vesting", RPC_COUNT, false, "seconds after the end until everything can be claimed", "cliff" },
	{ "tokens", RPC_AMOUNT, false, "most tokens to lock", "as many as the sale can come to give" },
	{ "rule", RPC_TEXT, false, "rule of the price", RULE },
	{ "rule_params", RPC_JSON, false, "for another rule: [\"hex\"]", NULL },
	{ "from", RPC_ACCOUNT, false, "the seller", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param allowlist_params[] = {
	{ "accounts", RPC_JSON, true, "list of addresses", NULL },
	{ "account", RPC_ACCOUNT, false, "whose path to give", NULL },
};

const struct rpc_method rpc_sale_terms_methods[] = {
	{ "createsale", "sales", "sell tokens to the public",
	  "Locks the tokens. Payments stand in escrow until the sale ends; then they are the seller's, or everybody gets his back. Returns its number.",
	  "BEANV 0.0001 5 soft_cap=1 length=1209600 bonus=10", RPC_PARAMS(createsale_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_createsale },
	{ "allowlist", "sales", "the root of a list of accounts, for createsale, and an account's path, for buy",
	  "The order doesn't matter. Whoever has the list can work out both: keep it, and give each buyer his path. On the command line it works without "
	  "a daemon, and takes a file with an address on each line.", "buyers.txt tly1…",
	  RPC_PARAMS(allowlist_params), RPC_NEEDS_LEDGER, run_allowlist },
	{ .name = NULL },
};
