#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/genesis_file.h"
#include "bridge/node.h"
#include "bridge/peg_json.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_write.h"
#include "bridge/signer_link.h"
#include "bridge/wallet.h"

#define LIST_DEFAULT 50
#define LIST_MAX 1000
#define PAYOUT_SHARE_VBYTES 400 /* of a plan, generously: what is not needed comes back */
#define RATE_UNKNOWN 10000      /* sat per 1,000 virtual bytes, when nobody has voted yet */

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

/* --- In --- */

/* The four parameters that an address is made of. False: the call has been answered. */
static bool
take_terms(struct deposit_terms *out, struct rpc_call *c)
{
	const struct wallet_account *mine;
	struct asset asset;

	memset(out, 0, sizeof(*out));
	if (!rpc_from(&out->account, c, "account") || !rpc_asset(&asset, c, "asset"))
		return false;
	if (!asset_id_eq(&asset.id, &ASSET_COIN) && !(asset.flags & ASSET_BACKED)) {
		rpc_bad_param(c, "asset", "name the coin, or an asset that was created as backed", "only coin and backed assets can be deposited into");
		return false;
	}
	out->asset = asset.id;
	out->nonce = rpc_count(c, "nonce", 0);
	out->epoch = peg_epoch(state_of(c));
	if (rpc_key(&out->reclaim, c, "reclaim_key"))
		return true;
	mine = wallet_find(node_wallet(rpc_node(c)), &out->account);
	if (mine == NULL) {
		rpc_bad_param(c, "reclaim_key", "the key that may take the coin back if the federation is gone: 64 hex digits",
			      "is needed for an account that is not of this wallet");
		return false;
	}
	out->reclaim = mine->key;
	return true;
}

static json_t *
depths_json(const struct peg_address *a)
{
	json_t *list = json_array();

	json_array_append_new(list, json_pack("{sosi}", "up_to", json_coin(a->tier[0]), "confirmations", (int)a->depth[0]));
	json_array_append_new(list, json_pack("{sosi}", "up_to", json_coin(a->tier[1]), "confirmations", (int)a->depth[1]));
	json_array_append_new(list, json_pack("{sssi}", "up_to", "more", "confirmations", (int)a->depth[2]));
	return list;
}

static json_t *
address_json(const struct rpc_call *c, const struct peg_address *a)
{
	json_t *o = json_pack("{sssosososisososI}", "address", a->text, "account", json_account(rpc_node(c), &a->terms.account), "minimum",
			      json_coin(a->minimum), "fee", json_coin(a->fee), "epoch", (int)a->terms.epoch, "confirmations", depths_json(a), "reclaim_key",
			      json_key(&a->terms.reclaim), "reclaim_after_blocks", (json_int_t)a->reclaim_delay);

	if (!hash256_is_zero(&a->terms.asset.id))
		json_object_set_new(o, "asset", json_hash(&a->terms.asset.id));
	json_object_set_new(o, "nonce", json_integer((json_int_t)a->terms.nonce));
	json_object_set_new(o, "descriptor", json_string(a->descriptor));
	json_object_set_new(o, "script", json_hex(a->script, sizeof(a->script)));
	json_object_set_new(o, "address_uri", json_sprintf("bitcoin:%s", a->text));
	return o;
}

/* An address that waits for its endorsement. */
struct endorsing {
	struct rpc_call *call;
	struct deposit_terms terms;
};

static void
answer_address(struct rpc_call *c, const struct deposit_terms *terms)
{
	struct peg_address a;
	const char *fault = peg_address(&a, state_of(c), *terms);

	if (fault != NULL)
		rpc_fail(c, RPC_REFUSED, "NO_ADDRESS", NULL, "there is no address for this: %s", fault);
	else
		rpc_answer(c, address_json(c, &a));
	peg_address_clear(&a);
}

static bool
is_watched(const struct state *s, const struct peg_address *a)
{
	struct xonly_key key;
	struct intent intent;

	memcpy(key.b, a->script + 2, sizeof(key.b));
	return intent_get(&intent, s, &key);
}

static void
on_intent(json_t *answer, struct node *n, const struct rpc_written *w)
{
	(void)n;
	(void)w;
	json_object_set_new(answer, "watched", json_true());
}

static void
on_endorsed(void *context, const char *why)
{
	struct endorsing *e = context;

	if (why == NULL)
		answer_address(e->call, &e->terms);
	else
		rpc_fail(e->call, RPC_REFUSED, "NOT_WATCHED", "ask a member's node, or pay for the address with watchpegin",
			 "no member endorses the address, so that nobody would watch it: %s", why);
}

static void
run_getpeginaddress(struct rpc_call *c)
{
	struct endorsing *e = rpc_alloc(c, sizeof(*e));
	struct peg_address a;
	const char *fault;
	bool watched;

	e->call = c;
	if (!take_terms(&e->terms, c))
		return;
	fault = peg_address(&a, state_of(c), e->terms);
	watched = fault == NULL && is_watched(state_of(c), &a);
	peg_address_clear(&a);
	if (fault != NULL)
		rpc_fail(c, RPC_REFUSED, "NO_ADDRESS", NULL, "there is no address for this: %s", fault);
	else if (watched)
		answer_address(c, &e->terms);
	else
		signer_link_endorse(node_signer_link(rpc_node(c)), &e->terms, on_endorsed, e);
}

static void
run_watchpegin(struct rpc_call *c)
{
	struct deposit_terms terms;
	struct wr payload = { 0 };
	struct op op = { .number = PEG_INTENT_PAID };

	if (!rpc_from(&op.source, c, "from") || !take_terms(&terms, c))
		return;
	wr_op_intent_paid(&payload, &terms);
	op.payload = payload.p;
	op.payload_len = payload.len;
	rpc_write(c, &op, 1, on_intent);
	wr_clear(&payload);
}

static void
run_pegin(struct rpc_call *c)
{
	struct op_deposit op = { .index = (uint32_t)rpc_count(c, "output", 0) };
	struct wr payload = { 0 };

	if (!take_terms(&op.terms, c))
		return;
	op.terms.epoch = (uint32_t)rpc_count(c, "epoch", op.terms.epoch);
	op.proof = rpc_hex(c, "proof", &op.proof_len);
	wr_op_deposit(&payload, &op);
	rpc_write_relay(c, PEG_DEPOSIT, payload.p, payload.len, NULL);
	wr_clear(&payload);
}

/* Does a record pass the parameters `account` and `state`? */
static bool
passes(const struct rpc_call *c, const struct account *whose, const char *state_name)
{
	const char *state = rpc_text(c, "state");
	struct account account;

	if (rpc_account(&account, c, "account") && !account_eq(&account, whose))
		return false;
	return state == NULL || strcmp(state, state_name) == 0;
}

static bool
take_count(struct rpc_call *c, size_t *out)
{
	uint64_t n = rpc_count(c, "count", LIST_DEFAULT);

	*out = (size_t)n;
	if (n >= 1 && n <= LIST_MAX)
		return true;
	rpc_bad_param(c, "count", "1 to 1000", "so many are not listed at once");
	return false;
}

/* Newest first, at most `count`. */
static json_t *
newest(json_t *list, size_t count)
{
	json_t *out = json_array();

	for (size_t i = json_array_size(list); i-- > 0 && json_array_size(out) < count;)
		json_array_append(out, json_array_get(list, i));
	json_decref(list);
	return out;
}

static int
by_number(const void *a, const void *b)
{
	const struct deposit *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void
run_listpegins(struct rpc_call *c)
{
	struct deposit *all = NULL, d;
	struct state_walk w;
	size_t n = 0, count;
	json_t *list;

	if (!take_count(c, &count))
		return;
	deposit_walk(&w, state_of(c));
	while (deposit_walk_next(&w, &d)) {
		if (!passes(c, &d.terms.account, deposit_state_name(d.state)))
			continue;
		all = mem_resize(all, n + 1, sizeof(*all));
		all[n++] = d;
	}
	if (n > 0)
		qsort(all, n, sizeof(*all), by_number);
	list = json_array();
	for (size_t i = n; i-- > 0 && json_array_size(list) < count;)
		json_array_append_new(list, deposit_json(rpc_node(c), state_of(c), &all[i]));
	free(all);
	rpc_answer(c, list);
}

/* "TXID:INDEX" */
static bool
parse_outpoint(struct outpoint *out, const char *text)
{
	char txid[65];
	const char *colon = strchr(text, ':');

	if (colon == NULL || colon - text != 64 || strlen(colon + 1) == 0 || strlen(colon + 1) > 9 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	snprintf(txid, sizeof(txid), "%.64s", text);
	out->index = (uint32_t)strtoul(colon + 1, NULL, 10);
	return hash256_from_display(&out->txid, txid);
}

static void
run_getpegin(struct rpc_call *c)
{
	struct outpoint o;
	struct deposit d;

	if (!parse_outpoint(&o, rpc_text(c, "deposit")))
		rpc_bad_param(c, "deposit", "as listpegins shows it", "write TXID:INDEX");
	else if (!deposit_get(&d, state_of(c), &o))
		rpc_fail(c, RPC_REFUSED, "DEPOSIT_UNKNOWN", "it appears once its block is known to the ledger and its address is watched",
			 "the ledger knows of no such deposit");
	else
		rpc_answer(c, deposit_json(rpc_node(c), state_of(c), &d));
}

/* --- Out --- */

static bool
take_destination(uint8_t script[ADDRESS_SCRIPT_MAX], size_t *len, struct rpc_call *c)
{
	enum address_verdict v = address_decode(script, len, node_params(rpc_node(c)), rpc_text(c, "address"));
	char hint[100];

	if (v == ADDRESS_OK)
		return true;
	snprintf(hint, sizeof(hint), "an address of the main chain (%s) is wanted", node_params(rpc_node(c))->name);
	rpc_bad_param(c, "address", hint, address_verdict_text(v));
	return false;
}

/* A bound on the fee: what is given, or a generous share of a plan at the current rate. */
static bool
take_max_fee(struct amount *out, struct rpc_call *c)
{
	struct peg_status peg;
	uint64_t rate;

	if (rpc_has(c, "max_fee"))
		return rpc_amount(out, c, "max_fee", AMOUNT_DECIMALS_MAX);
	peg_status(&peg, state_of(c), now_of(c));
	rate = peg.fee_rate > 0 ? peg.fee_rate : peg.fee_rate_last > 0 ? peg.fee_rate_last : RATE_UNKNOWN;
	return amount_from_units(out, 2 * rate * PAYOUT_SHARE_VBYTES / 1000);
}

/* The points that stand for so much coin, rounded up: REDEEM before PAYOUT. False: the call has been answered. */
static bool
redeem_op(struct op *out, struct wr *payload, struct rpc_call *c, struct amount coin)
{
	struct op_redeem redeem;
	struct asset asset;

	if (!rpc_asset(&asset, c, "asset"))
		return false;
	redeem.asset = asset.id;
	if (!(asset.flags & ASSET_BACKED)) {
		rpc_bad_param(c, "asset", "points that are not backed have no coin behind them", "this asset is not backed");
		return false;
	}
	if (!amount_muldiv(&redeem.amount, coin, asset.units, asset.sats, AMOUNT_UP)) {
		rpc_bad_param(c, "amount", NULL, "is too large");
		return false;
	}
	op_redeem_encode(payload, &redeem);
	*out = (struct op){ .number = OP_REDEEM, .payload = payload->p, .payload_len = payload->len };
	return true;
}

/* The number that the ledger gave the payout stands in its event: id u64 | state u8 | reason. */
static void
on_payout(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;

	(void)n;
	while (event_next(&e, &events)) {
		struct rd body = rd_init(e.body, e.len);

		if (strcmp(e.name, "PEG_PAYOUT") == 0)
			json_object_set_new(answer, "payout", json_integer((json_int_t)rd_u64(&body)));
	}
}

static void
run_pegout(struct rpc_call *c)
{
	struct op ops[2] = { { .number = PEG_PAYOUT } }, *payout = &ops[0];
	struct wr redeem = { 0 }, payload = { 0 };
	uint8_t script[ADDRESS_SCRIPT_MAX];
	struct op_payout p = { .script = script };
	struct account from;
	struct amount total;
	size_t n = 1;

	if (!take_destination(script, &p.script_len, c) || !rpc_amount(&p.amount, c, "amount", AMOUNT_DECIMALS_MAX) || !take_max_fee(&p.max_fee, c) ||
	    !rpc_from(&from, c, "from"))
		return;
	if (!amount_add(&total, p.amount, p.max_fee)) {
		rpc_bad_param(c, "amount", NULL, "is too large");
		return;
	}
	if (rpc_has(c, "asset") && strcmp(rpc_text(c, "asset"), "coin") != 0) {
		if (!redeem_op(&ops[0], &redeem, c, total))
			return;
		payout = &ops[n++];
		*payout = (struct op){ .number = PEG_PAYOUT };
	}
	wr_op_payout(&payload, &p);
	payout->payload = payload.p;
	payout->payload_len = payload.len;
	for (size_t i = 0; i < n; i++)
		ops[i].source = from;
	rpc_write(c, ops, n, on_payout);
	wr_clear(&redeem);
	wr_clear(&payload);
}

static bool
find_payout(struct payout *out, struct rpc_call *c)
{
	if (payout_get(out, state_of(c), rpc_count(c, "payout", 0)))
		return true;
	rpc_fail(c, RPC_REFUSED, "PAYOUT_UNKNOWN", "listpegouts shows their numbers", "there is no payout with this number");
	return false;
}

static void
run_cancelpegout(struct rpc_call *c)
{
	struct wr payload = { 0 };
	struct op op = { .number = PEG_CANCEL };
	struct payout p;

	if (!find_payout(&p, c))
		return;
	wr_op_cancel(&payload, p.id);
	op.source = p.account;
	op.payload = payload.p;
	op.payload_len = payload.len;
	rpc_write(c, &op, 1, NULL);
	wr_clear(&payload);
}

static void
run_listpegouts(struct rpc_call *c)
{
	struct state_walk w;
	struct payout p;
	size_t count;
	json_t *list;

	if (!take_count(c, &count))
		return;
	list = json_array();
	payout_walk(&w, state_of(c));
	while (payout_walk_next(&w, &p)) {
		if (passes(c, &p.account, payout_state_name(p.state)))
			json_array_append_new(list, payout_json(rpc_node(c), &p));
	}
	rpc_answer(c, newest(list, count));
}

static void
run_getpegout(struct rpc_call *c)
{
	struct payout p;

	if (find_payout(&p, c))
		rpc_answer(c, payout_json(rpc_node(c), &p));
}

/* --- State --- */

static json_t *
signers_json(const struct node *n)
{
	const struct signer_link *l = node_signer_link(n);
	const struct federation *f = &node_genesis(n)->federation;
	json_t *list = json_array();

	for (size_t i = 0; i < signer_link_count(l); i++) {
		struct signer_link_info s = signer_link_at(l, i);
		json_t *o = json_pack("{sssb}", "where", s.where, "connected", (int)s.there);

		if (s.there)
			json_object_set_new(o, "member", json_string(f->member[s.member].name));
		if (s.trouble[0] != '\0')
			json_object_set_new(o, "trouble", json_string(s.trouble));
		json_array_append_new(list, o);
	}
	return list;
}

static void
run_getpegstatus(struct rpc_call *c)
{
	struct peg_status p;
	json_t *o;

	peg_status(&p, state_of(c), now_of(c));
	o = peg_status_json(&p);
	json_object_set_new(o, "signers", signers_json(rpc_node(c)));
	rpc_answer(c, o);
}

static void
run_getreserves(struct rpc_call *c)
{
	struct peg_status p;
	struct state_walk w;
	struct coin coin;
	struct vault vault;
	char *descriptor = NULL;
	json_t *outputs = json_array(), *o;

	peg_status(&p, state_of(c), now_of(c));
	coin_walk(&w, state_of(c));
	while (coin_walk_next(&w, &coin))
		json_array_append_new(outputs, coin_json(&coin));
	o = json_pack("{sososososo}", "reserve", json_coin(p.reserve), "supply", json_coin(p.supply), "deficit", json_coin(p.deficit), "donations",
		      json_coin(p.donations), "fee_fund", json_coin(p.fee_fund));
	if (peg_vault(&vault, state_of(c), p.epoch)) {
		descriptor = vault_descriptor(&vault);
		json_object_set_new(o, "vault_descriptor", json_string(descriptor != NULL ? descriptor : ""));
		vault_clear(&vault);
	}
	json_object_set_new(o, "outputs", outputs);
	free(descriptor);
	rpc_answer(c, o);
}

static void
run_getplan(struct rpc_call *c)
{
	struct plan *p = mem_new(1, sizeof(*p));

	if (plan_get(p, state_of(c), rpc_count(c, "plan", 0)))
		rpc_answer(c, plan_json(state_of(c), p));
	else
		rpc_fail(c, RPC_REFUSED, "PLAN_UNKNOWN", "getpegstatus says how many there are", "there is no plan with this number");
	free(p);
}

#define TERMS_PARAMS                                                                                                                    \
	{ "account", RPC_ACCOUNT, false, "who gets the coin or the points", "the wallet's first account" },                             \
		{ "reclaim_key", RPC_KEY, false, "key that may take the coin back after the delay", "the account's own, if of the wallet" }, \
		{ "asset", RPC_TEXT, false, "coin, or a backed asset: points at once", "coin" },                                        \
	{                                                                                                                               \
		"nonce", RPC_COUNT, false, "another number gives another address", "0"                                                  \
	}
#define LIST_PARAMS                                                                         \
	{ "account", RPC_ACCOUNT, false, "only this account's", "everybody's" },            \
		{ "state", RPC_TEXT, false, "only those in this state", "any" },            \
	{                                                                                   \
		"count", RPC_COUNT, false, "how many at most, the newest first", "50"       \
	}

static const struct rpc_param getpeginaddress_params[] = { TERMS_PARAMS };
static const struct rpc_param watchpegin_params[] = {
	TERMS_PARAMS,
	{ "from", RPC_ACCOUNT, false, "who pays for it", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param pegin_params[] = {
	{ "proof", RPC_HEX, true, "from getmainproof", NULL },
	{ "output", RPC_COUNT, true, "index of the output that pays the address", NULL },
	TERMS_PARAMS,
	{ "epoch", RPC_COUNT, false, "the address's epoch", "the current one" },
	RPC_SUBMIT_PARAMS,
};
static const struct rpc_param list_params[] = { LIST_PARAMS };
static const struct rpc_param getpegin_params[] = {
	{ "deposit", RPC_TEXT, true, "TXID:INDEX", NULL },
};
static const struct rpc_param pegout_params[] = {
	{ "address", RPC_TEXT, true, "of the main chain", NULL },
	{ "amount", RPC_AMOUNT, true, "coin: exactly this arrives", NULL },
	{ "max_fee", RPC_AMOUNT, false, "most to pay for its share of the fee; the rest comes back", "a generous share at the current rate" },
	{ "asset", RPC_TEXT, false, "pay with these backed points instead of coin", "coin" },
	{ "from", RPC_ACCOUNT, false, "who pays", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param cancelpegout_params[] = {
	{ "payout", RPC_COUNT, true, "its number", NULL },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param payout_params[] = {
	{ "payout", RPC_COUNT, true, "its number", NULL },
};
static const struct rpc_param plan_params[] = {
	{ "plan", RPC_COUNT, true, "its number", NULL },
};

const struct rpc_method rpc_peg_methods[] = {
	{ "getpeginaddress", "peg", "an address of the main chain whose deposits come here",
	  "Whatever is paid to it, from the minimum on, is minted to the account once it is buried deep enough. After the reclaim delay the reclaim key "
	  "can take back what was not taken in. A member endorses the address, so that every node watches it.",
	  "alice", RPC_PARAMS(getpeginaddress_params), RPC_NEEDS_LEDGER | RPC_NEEDS_SYNC, run_getpeginaddress },
	{ "watchpegin", "peg", "pay for an address to be watched", "For an address that no member has endorsed; the fee is that of a transaction.",
	  "alice", RPC_PARAMS(watchpegin_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_watchpegin },
	{ "pegin", "peg", "bring a deposit in by hand", "With a proof from getmainproof and the terms of the address; nodes do this by themselves.",
	  NULL, RPC_PARAMS(pegin_params), RPC_NEEDS_LEDGER, run_pegin },
	{ "listpegins", "peg", "deposits that the ledger knows", NULL, "state=MINTED", RPC_PARAMS(list_params), RPC_NEEDS_LEDGER, run_listpegins },
	{ "getpegin", "peg", "one deposit", NULL, NULL, RPC_PARAMS(getpegin_params), RPC_NEEDS_LEDGER, run_getpegin },
	{ "pegout", "peg", "pay coin out to an address of the main chain",
	  "Exactly `amount` arrives. It is queued, planned, signed by the members, sent, and final when it is buried; getpegout follows it.", NULL,
	  RPC_PARAMS(pegout_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_pegout },
	{ "cancelpegout", "peg", "take a payout back while it is QUEUED", NULL, "1", RPC_PARAMS(cancelpegout_params),
	  RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_cancelpegout },
	{ "listpegouts", "peg", "payouts", NULL, "alice", RPC_PARAMS(list_params), RPC_NEEDS_LEDGER, run_listpegouts },
	{ "getpegout", "peg", "one payout", NULL, "1", RPC_PARAMS(payout_params), RPC_NEEDS_LEDGER, run_getpegout },
	{ "getreserves", "peg", "what is locked, output by output, and what it stands for",
	  "reserve + deficit = supply + donations. Compare the outputs with the main chain; the descriptor can be imported by Bitcoin Core.", "", NULL,
	  0, RPC_NEEDS_LEDGER, run_getreserves },
	{ "getpegstatus", "peg", "state of the peg", "OPEN, PAUSED or HALTED and why; sums, queues, fee rate (sat per 1,000 virtual bytes); this node's signers.", "", NULL, 0,
	  RPC_NEEDS_LEDGER, run_getpegstatus },
	{ "getplan", "peg", "a transaction of the vault: planned, signed, settled", NULL, "1", RPC_PARAMS(plan_params), RPC_NEEDS_LEDGER, run_getplan },
	{ .name = NULL },
};
