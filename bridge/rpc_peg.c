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
		rpc_fail(c, RPC_REFUSED, "DEPOSIT_UNKNOWN",
			 "it appears once its block is known to the ledger and its address is watched",
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

	if (!take_destination(script, &p.script_len, c) || !rpc_amount(&p.amount, c, "amount", AMOUNT_DECIMALS_MAX) ||
	    !take_max_fee(&p.max_fee, c) || !rpc_from(&from, c, "from"))
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
	struct payout p;

	if (!find_payout(&p, c))
		return;
	wr_op_cancel(&payload, p.id);
	rpc_write_op(c, PEG_CANCEL, &p.account, &payload, NULL);
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
	o = json_pack("{sososososo}", "reserve", json_coin(p.reserve), "supply", json_coin(p.supply), "deficit",
		      json_coin(p.deficit), "donations", json_coin(p.donations), "fee_fund", json_coin(p.fee_fund));
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
		rpc_fail(c, RPC_REFUSED, "PLAN_UNKNOWN", "getpegstatus says how many there are",
			 "there is no plan with this number");
	free(p);
}

#define LIST_PARAMS                                                                         \
	{ "account", RPC_ACCOUNT, false, "only this account's", "everybody's" },            \
		{ "state", RPC_TEXT, false, "only those in this state", "any" },            \
	{                                                                                   \
		"count", RPC_COUNT, false, "how many at most, the newest first", "50"       \
	}

static const struct rpc_param list_params[] = { LIST_PARAMS };
static const struct rpc_param getpegin_params[] = {
	{ "deposit", RPC_TEXT, true, "TXID:INDEX", NULL },
};
static const struct rpc_param pegout_params[] = {
	{ "address", RPC_TEXT, true, "of the main chain", NULL },
	{ "amount", RPC_AMOUNT, true, "coin: exactly this arrives", NULL },
	{ "max_fee", RPC_AMOUNT, false, "most to pay for its share of the fee; the rest comes back",
	  "a generous share at the current rate" },
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
	{ "listpegins", "peg", "deposits that the ledger knows", NULL, "state=MINTED", RPC_PARAMS(list_params),
	  RPC_NEEDS_LEDGER, run_listpegins },
	{ "getpegin", "peg", "one deposit", NULL, "4a5e…:0", RPC_PARAMS(getpegin_params), RPC_NEEDS_LEDGER, run_getpegin },
	{ "pegout", "peg", "pay coin out to an address of the main chain",
	  "Exactly `amount` arrives. It is queued, planned, signed by the members, sent, and final when it is buried; "
	  "getpegout follows it.",
	  "bcrt1q… 0.01 from=alice", RPC_PARAMS(pegout_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_pegout },
	{ "cancelpegout", "peg", "take a payout back while it is QUEUED", NULL, "1", RPC_PARAMS(cancelpegout_params),
	  RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_cancelpegout },
	{ "listpegouts", "peg", "payouts", NULL, "alice", RPC_PARAMS(list_params), RPC_NEEDS_LEDGER, run_listpegouts },
	{ "getpegout", "peg", "one payout", NULL, "1", RPC_PARAMS(payout_params), RPC_NEEDS_LEDGER, run_getpegout },
	{ "getreserves", "peg", "what is locked, output by output, and what it stands for",
	  "reserve + deficit = supply + donations. Compare the outputs with the main chain; the descriptor can be imported "
	  "by Bitcoin Core.",
	  "", NULL, 0, RPC_NEEDS_LEDGER, run_getreserves },
	{ "getpegstatus", "peg", "state of the peg",
	  "OPEN, PAUSED or HALTED and why; sums, queues, fee rate (sat per 1,000 virtual bytes); this node's signers.", "",
	  NULL, 0, RPC_NEEDS_LEDGER, run_getpegstatus },
	{ "getplan", "peg", "a transaction of the vault: planned, signed, settled", NULL, "1", RPC_PARAMS(plan_params),
	  RPC_NEEDS_LEDGER, run_getplan },
	{ .name = NULL },
};
