/* Assets: creating, minting, sending, and what can be asked about them. */
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/account_name.h"
#include "bridge/rpc_rule_params.h"
#include "bridge/rpc_write.h"
#include "token/holding.h"
#include "token/lot.h"
#include "token/receipt.h"
#include "token/rule.h"

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

/* --- Flags --- */

static const struct {
	const char *name;
	uint16_t flag;
} flags[] = {
	{ "transferable", ASSET_TRANSFERABLE }, { "freezable", ASSET_FREEZABLE },     { "pausable", ASSET_PAUSABLE }, { "clawback", ASSET_CLAWBACK },
	{ "votes", ASSET_VOTES },               { "lots", ASSET_LOTS },               { "closed_loop", ASSET_CLOSED_LOOP }, { "backed", ASSET_BACKED },
	{ "minters", ASSET_MINTERS },
};

static uint16_t
flag_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strlen(flags[i].name) == len && strncmp(flags[i].name, name, len) == 0)
			return flags[i].flag;
	}
	return 0;
}

/* Words with commas between. False: the call has been answered. */
static bool
take_flags(uint16_t *out, struct rpc_call *c)
{
	const char *text = rpc_has(c, "flags") ? rpc_text(c, "flags") : "transferable";

	for (*out = 0; *text != '\0';) {
		size_t len = strcspn(text, ",");
		uint16_t flag = flag_find(text, len);

		if (flag == 0) {
			rpc_bad_param(c, "flags", "transferable, freezable, pausable, clawback, votes, lots, closed_loop, backed, minters; commas between",
				      "there is no such flag");
			return false;
		}
		*out |= flag;
		text += len + (text[len] == ',');
	}
	return true;
}

static json_t *
flags_json(uint16_t set)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (set & flags[i].flag)
			json_array_append_new(list, json_string(flags[i].name));
	}
	return list;
}

/* --- Creating --- */

/* The ledger tells the id of what it has made. */
static void
on_created(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;
	struct hash256 id;

	(void)n;
	while (event_next(&e, &events)) {
		if (strcmp(e.name, "CREATED") == 0 && e.len == sizeof(id.b)) {
			memcpy(id.b, e.body, sizeof(id.b));
			json_object_set_new(answer, "asset", json_hash(&id));
		}
	}
}

static bool
take_backing(struct op_create *o, struct rpc_call *c)
{
	o->units = rpc_count(c, "units", 0);
	o->sats = rpc_count(c, "sats", 0);
	if ((o->flags & ASSET_BACKED) == 0 || (o->units > 0 && o->sats > 0))
		return true;
	rpc_bad_param(c, "units", "units=100 sats=1 makes a hundred base units of one satoshi", "a backed asset needs units and sats");
	return false;
}

static void
run_createasset(struct rpc_call *c)
{
	struct op_create o = { .decimals = (uint8_t)(rpc_count(c, "decimals", 0) & 0xff), .dao = (uint32_t)rpc_count(c, "dao", ASSET_NO_DAO) };
	struct account from;
	struct wr payload = { 0 }, params = { 0 };

	o.ticker = OP_TEXT(rpc_text(c, "ticker"));
	o.name = OP_TEXT(rpc_text(c, "name"));
	if (o.ticker.len < 1 || o.ticker.len > ASSET_TICKER_MAX) {
		rpc_bad_param(c, "ticker", "capital letters and digits, a letter first, such as COFFEE", "a ticker has 1 to 12 characters");
		return;
	}
	o.freeze_notice = (uint32_t)rpc_count(c, "freeze_notice", 0);
	o.change_notice = (uint32_t)rpc_count(c, "change_notice", 0);
	if (rpc_count(c, "decimals", 0) > AMOUNT_DECIMALS_MAX) {
		rpc_bad_param(c, "decimals", "0 to 8", "so many decimals are not possible");
		return;
	}
	if (!rpc_from(&from, c, "from") || !rpc_amount(&o.cap, c, "cap", o.decimals) || !take_flags(&o.flags, c) || !take_backing(&o, c) || !rpc_changes(&o.changes, c, "changes"))
		return;
	if (rpc_has(c, "rule")) {
		o.rule = OP_TEXT(rpc_text(c, "rule"));
		o.rule_major = (uint16_t)rpc_count(c, "rule_major", 1);
		if (!rpc_rule_params(&params, c, "rule_params", rpc_text(c, "rule")))
			return;
		o.params = (struct op_blob){ params.p, params.len };
	}
	op_create_encode(&payload, &o);
	rpc_write_op(c, OP_CREATE, &from, &payload, on_created);
	wr_clear(&params);
}

/* --- Writing --- */

static void
run_mint(struct rpc_call *c)
{
	struct op_mint o = { .coin_max = AMOUNT_ZERO };
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_amount(&o.amount, c, "amount", a.decimals) || !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	if (!rpc_account(&o.to, c, "to"))
		o.to = from;
	if ((a.flags & ASSET_BACKED) != 0 && !amount_muldiv(&o.coin_max, o.amount, a.sats, a.units, AMOUNT_UP)) {
		rpc_bad_param(c, "amount", NULL, "is too large");
		return;
	}
	if (rpc_has(c, "coin_max") && !rpc_amount(&o.coin_max, c, "coin_max", AMOUNT_DECIMALS_MAX))
		return;
	op_mint_encode(&payload, &o);
	rpc_write_op(c, OP_MINT, &from, &payload, NULL);
}

static void
run_burn(struct rpc_call *c)
{
	struct op_burn o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_amount(&o.amount, c, "amount", a.decimals) || !rpc_from(&from, c, "from"))
		return;
	o.asset = a.id;
	op_burn_encode(&payload, &o);
	rpc_write_op(c, OP_BURN, &from, &payload, NULL);
}

static void
run_send(struct rpc_call *c)
{
	struct op_transfer o = { .memo = { NULL, 0 } };
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_account(&o.to, c, "to") || !rpc_asset(&a, c, "asset") || !rpc_amount(&o.amount, c, "amount", a.decimals) || !rpc_from(&from, c, "from"))
		return;
	o.asset = a.id;
	if (rpc_has(c, "memo"))
		o.memo = (struct op_blob){ (const uint8_t *)rpc_text(c, "memo"), strlen(rpc_text(c, "memo")) };
	if (o.memo.len > MEMO_MAX) {
		rpc_bad_param(c, "memo", "an order number, say: everybody can read it", "a memo has at most 64 bytes");
		return;
	}
	op_transfer_encode(&payload, &o);
	rpc_write_op(c, OP_TRANSFER, &from, &payload, NULL);
}

static void
freeze_or_thaw(struct rpc_call *c, uint16_t number)
{
	struct op_freeze o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_account(&o.account, c, "account") || !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	op_freeze_encode(&payload, &o);
	rpc_write_op(c, number, &from, &payload, NULL);
}

static void
run_freeze(struct rpc_call *c)
{
	freeze_or_thaw(c, OP_FREEZE);
}

static void
run_unfreeze(struct rpc_call *c)
{
	freeze_or_thaw(c, OP_UNFREEZE);
}

static void
run_pauseasset(struct rpc_call *c)
{
	struct op_pause o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };
	uint64_t seconds = rpc_count(c, "seconds", 0);

	if (!rpc_asset(&a, c, "asset") || !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	o.until.sec = seconds == 0 ? 0 : engine_block_time(node_engine(rpc_node(c))).sec + (int64_t)seconds;
	op_pause_encode(&payload, &o);
	rpc_write_op(c, OP_PAUSE, &from, &payload, NULL);
}

static void
run_clawback(struct rpc_call *c)
{
	struct op_clawback o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_account(&o.from, c, "account") || !rpc_amount(&o.amount, c, "amount", a.decimals) ||
	    !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	op_clawback_encode(&payload, &o);
	rpc_write_op(c, OP_CLAWBACK, &from, &payload, NULL);
}

/* --- Asking --- */

/* What a list leaves out. */
static void
put_details(json_t *o, const struct node *n, const struct asset *a)
{
	struct unixtime now = engine_block_time(node_engine(n));
	struct op_blob params = asset_params(a, now);

	if (asset_id_eq(&a->id, &ASSET_COIN))
		return;
	json_object_set_new(o, "creator", json_account(n, &a->creator));
	json_object_set_new(o, "created", json_integer(a->created.sec));
	json_object_set_new(o, "changes", changes_json(a->changes));
	if (a->flags & ASSET_FREEZABLE)
		json_object_set_new(o, "freeze_notice", json_integer((json_int_t)a->freeze_notice));
	if (asset_is_paused(a, now))
		json_object_set_new(o, "paused_until", json_integer(a->paused_until.sec));
	if (a->rule[0] == '\0')
		return;
	if (a->changes >> 2 * ASSET_PART_PARAMS & (ASSET_BY_ISSUER | ASSET_BY_DAO))
		json_object_set_new(o, "change_notice", json_integer((json_int_t)a->change_notice));
	json_object_set_new(o, "rule_params", rule_params_json(n, a->rule, params.p, params.len));
	if (now.sec < a->next_from.sec) {
		json_object_set_new(o, "next_params", rule_params_json(n, a->rule, a->next, a->next_len));
		json_object_set_new(o, "next_params_from", json_integer(a->next_from.sec));
	}
}

static json_t *
asset_json(const struct rpc_call *c, const struct asset *a)
{
	const struct state *s = state_of(c);
	struct unixtime now = engine_block_time(node_engine(rpc_node(c)));
	json_t *o = json_pack("{sssssososisosososb}", "ticker", a->ticker, "name", a->name, "asset", json_hash(&a->id.id), "issuer",
			      asset_id_eq(&a->id, &ASSET_COIN) || a->renounced ? json_null() : json_account(rpc_node(c), &a->issuer), "decimals",
			      (int)a->decimals, "supply", json_amount(bank_supply(s, &a->id), a->decimals), "cap", json_amount(a->cap, a->decimals), "flags",
			      flags_json(a->flags), "paused", (int)asset_is_paused(a, now));

	if (!a->renounced)
		put_account_name(o, "issuer_name", rpc_node(c), &a->issuer);
	if (a->rule[0] != '\0')
		json_object_set_new(o, "rule", json_sprintf("%s %u", a->rule, (unsigned)a->rule_major));
	if (a->dao != ASSET_NO_DAO) {
		json_object_set_new(o, "dao", json_integer((json_int_t)a->dao));
		json_object_set_new(o, "permitted", json_amount(holding_permit(s, &a->id), a->decimals));
	}
	if (a->flags & ASSET_BACKED) {
		struct account backing = account_of_module("backing", a->id.id.b, sizeof(a->id.id.b));

		json_object_set_new(o, "units", json_integer((json_int_t)a->units));
		json_object_set_new(o, "sats", json_integer((json_int_t)a->sats));
		json_object_set_new(o, "backing", json_amount(bank_balance(s, &backing, &ASSET_COIN), AMOUNT_DECIMALS_MAX));
	}
	return o;
}

static void
run_listassets(struct rpc_call *c)
{
	struct asset_walk w;
	struct asset *a = mem_new(1, sizeof(*a));
	const char *ticker = rpc_text(c, "ticker");
	struct account issuer;
	bool by_issuer = rpc_account(&issuer, c, "issuer");
	json_t *list = json_array();

	asset_walk_init(&w, state_of(c));
	while (asset_walk_next(&w, a)) {
		if ((ticker == NULL || strcmp(ticker, a->ticker) == 0) && (!by_issuer || asset_is_issuer(a, &issuer)))
			json_array_append_new(list, asset_json(c, a));
	}
	free(a);
	rpc_answer(c, list);
}

static void
run_getasset(struct rpc_call *c)
{
	struct asset a;
	json_t *o;

	if (!rpc_asset(&a, c, "asset"))
		return;
	o = asset_json(c, &a);
	put_details(o, rpc_node(c), &a);
	rpc_answer(c, o);
}

/* What an account has of an asset, and what stands in the way of moving it. */
static void
run_getholding(struct rpc_call *c)
{
	const struct state *s = state_of(c);
	struct unixtime now = engine_block_time(node_engine(rpc_node(c))), from;
	struct account who;
	struct asset a;
	json_t *o;
	bool frozen;

	if (!rpc_asset(&a, c, "asset") || !rpc_from(&who, c, "account"))
		return;
	frozen = asset_is_frozen(s, &from, &a, &who, now);
	o = json_pack("{sssososososbsb}", "ticker", a.ticker, "asset", json_hash(&a.id.id), "account", json_account(rpc_node(c), &who), "total",
		      json_amount(holding_total(s, &a, &who, now), a.decimals), "spendable",
		      json_amount(holding_spendable(s, &a, &who, now), a.decimals), "frozen", (int)frozen, "paused", (int)asset_is_paused(&a, now));
	if (from.sec != INT64_MAX)
		json_object_set_new(o, "frozen_from", json_integer(from.sec));
	if (a.flags & ASSET_LOTS)
		json_object_set_new(o, "debt", json_amount(receipt_debt(s, &a.id, &who), a.decimals));
	rpc_answer(c, o);
}

#define ASSET_PARAM { "asset", RPC_TEXT, true, "ticker or id", NULL }
#define FROM_ISSUER { "from", RPC_ACCOUNT, false, "the issuer", "the asset's issuer" }
#define FROM_WALLET { "from", RPC_ACCOUNT, false, "whose it is", "the wallet's first account" }

static const struct rpc_param createasset_params[] = {
	{ "ticker", RPC_TEXT, true, "1 to 12 characters", NULL },
	{ "name", RPC_TEXT, true, "for people", NULL },
	{ "cap", RPC_AMOUNT, true, "largest supply ever", NULL },
	{ "decimals", RPC_COUNT, false, "0 to 8", "0" },
	{ "flags", RPC_TEXT, false, "with commas between: transferable, freezable, pausable, clawback, votes, lots, closed_loop, backed, minters", "transferable" },
	{ "rule", RPC_TEXT, false, "an approved issuance rule, such as issue_loyalty", "none" },
	{ "rule_major", RPC_COUNT, false, "its major version", "1" },
	{ "rule_params", RPC_JSON, false, "for the rule, by name, or [\"hex\"]", "the rule's usual ones" },
	{ "dao", RPC_COUNT, false, "the DAO whose permit a mint needs", "none" },
	{ "units", RPC_COUNT, false, "backed: so many base units …", NULL },
	{ "sats", RPC_COUNT, false, "… for so many satoshi", NULL },
	{ "freeze_notice", RPC_COUNT, false, "seconds between a freeze and its effect", "0" },
	{ "changes", RPC_TEXT, false, "what may change later and by whom, with commas between: issuer:issuer, dao:issuer, params:dao, name:issuer…; or none",
	  "issuer:issuer" },
	{ "change_notice", RPC_COUNT, false, "seconds before new parameters of its rule are in force", "0" },
	{ "from", RPC_ACCOUNT, false, "who creates it and becomes the issuer", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param mint_params[] = {
	ASSET_PARAM,
	{ "amount", RPC_AMOUNT, true, "how much", NULL },
	{ "to", RPC_ACCOUNT, false, "who gets it", "the one who mints" },
	{ "coin_max", RPC_AMOUNT, false, "backed: most coin to pay for it", "what the ratio asks for" },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param burn_params[] = { ASSET_PARAM, { "amount", RPC_AMOUNT, true, "how much", NULL }, FROM_WALLET, RPC_WRITE_PARAMS };
static const struct rpc_param send_params[] = {
	{ "to", RPC_ACCOUNT, true, "who gets it", NULL },
	{ "amount", RPC_AMOUNT, true, "how much", NULL },
	{ "asset", RPC_TEXT, false, "ticker or id", "coin" },
	{ "memo", RPC_TEXT, false, "at most 64 bytes, public: an order number, say", NULL },
	FROM_WALLET,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param freeze_params[] = { ASSET_PARAM, { "account", RPC_ACCOUNT, true, "whose units", NULL }, FROM_ISSUER, RPC_WRITE_PARAMS };
static const struct rpc_param clawback_params[] = {
	ASSET_PARAM,
	{ "account", RPC_ACCOUNT, true, "a frozen account", NULL },
	{ "amount", RPC_AMOUNT, true, "how much", NULL },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param pauseasset_params[] = {
	ASSET_PARAM,
	{ "seconds", RPC_COUNT, true, "from now, at most 259200; 0 ends a pause", NULL },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param listassets_params[] = {
	{ "ticker", RPC_TEXT, false, "only those of this ticker", NULL },
	{ "issuer", RPC_ACCOUNT, false, "only those of this issuer", NULL },
};
static const struct rpc_param one_asset_params[] = { ASSET_PARAM };
static const struct rpc_param holding_params[] = { ASSET_PARAM, { "account", RPC_ACCOUNT, false, "whose", "the wallet's first account" } };

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_assets_methods[] = {
	{ "createasset", "assets", "create a token", "What it may ever do is fixed now: flags, cap, decimals, rule. Returns its id.",
	  "COFFEE \"Coffee points\" 1000000 flags=transferable", RPC_PARAMS(createasset_params), WRITES, run_createasset },
	{ "listassets", "assets", "all tokens, or those of a ticker or an issuer", "getasset shows more of one.", "", RPC_PARAMS(listassets_params),
	  RPC_NEEDS_LEDGER, run_listassets },
	{ "getasset", "assets", "one token", NULL, "COFFEE", RPC_PARAMS(one_asset_params), RPC_NEEDS_LEDGER, run_getasset },
	{ "getholding", "assets", "what an account has of a token, and whether it can move", NULL, "COFFEE alice", RPC_PARAMS(holding_params),
	  RPC_NEEDS_LEDGER, run_getholding },
	{ "mint", "assets", "make new units", "Of a backed token the coin behind them is paid by who mints.", "COFFEE 100 alice", RPC_PARAMS(mint_params),
	  WRITES, run_mint },
	{ "burn", "assets", "destroy units of one's own",
	  "Of a backed token the coin behind them comes back.",
	  "COFFEE 5", RPC_PARAMS(burn_params), WRITES, run_burn },
	{ "send", "assets", "send coin or tokens",
	  "Coin when no asset is named. The name of the asset comes after the amount: send bob 5 COFFEE.",
	  "bob 0.5", RPC_PARAMS(send_params), WRITES, run_send },
	{ "freeze", "assets", "stop an account's units, after the notice",
	  "Of a token with the flag freezable. The units stay where they are; what happens before the notice is over is not stopped.",
	  "COFFEE bob", RPC_PARAMS(freeze_params), WRITES, run_freeze },
	{ "unfreeze", "assets", "let them move again", NULL, "COFFEE bob", RPC_PARAMS(freeze_params), WRITES, run_unfreeze },
	{ "clawback", "assets", "take units back from a frozen account",
	  "Of a token with the flag clawback, to the issuer. freeze the account first.",
	  "COFFEE bob 5", RPC_PARAMS(clawback_params), WRITES, run_clawback },
	{ "pauseasset", "assets", "stop all movement of a token for a while", "It ends by itself, and the next one must wait three days.",
	  "COFFEE 3600", RPC_PARAMS(pauseasset_params), WRITES, run_pauseasset },
	{ .name = NULL },
};
