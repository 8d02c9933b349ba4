#include <string.h>

#include "bridge/node.h"
#include "bridge/peg_json.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_write.h"
#include "bridge/signer_link.h"
#include "bridge/wallet.h"
#include "token/ledger.h"

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

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
		rpc_bad_param(c, "asset", "name the coin, or an asset that was created as backed",
			      "only coin and backed assets can be deposited into");
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
	json_t *o = json_pack("{sssosososisososI}", "address", a->text, "account",
			      json_account(rpc_node(c), &a->terms.account), "minimum", json_coin(a->minimum), "fee",
			      json_coin(a->fee), "epoch", (int)a->terms.epoch, "confirmations", depths_json(a), "reclaim_key",
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

/* Main-chain height at which nobody watches the address any more; 0: nobody does. */
static uint32_t
watched_until(const struct state *s, const struct peg_address *a)
{
	struct xonly_key key;
	struct intent intent;

	memcpy(key.b, a->script + 2, sizeof(key.b));
	return intent_get(&intent, s, &key) ? intent.expires : 0;
}

/* An address is handed out with at least half of its time left: from then on the ledger takes another endorsement. */
static bool
is_watched_long(const struct state *s, const struct peg_address *a)
{
	struct relay_tip tip;

	peg_relay_tip(&tip, s);
	return watched_until(s, a) > tip.height + (a->reclaim_delay - a->reclaim_delay / 2);
}

static void
answer_address(struct rpc_call *c, const struct deposit_terms *terms)
{
	struct peg_address a;
	const char *fault = peg_address(&a, state_of(c), *terms);
	json_t *o;

	if (fault != NULL) {
		rpc_fail(c, RPC_REFUSED, "NO_ADDRESS", NULL, "there is no address for this: %s", fault);
	} else {
		o = address_json(c, &a);
		json_object_set_new(o, "watched_until_height", json_integer((json_int_t)watched_until(state_of(c), &a)));
		rpc_answer(c, o);
	}
	peg_address_clear(&a);
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
	watched = fault == NULL && is_watched_long(state_of(c), &a);
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
	struct account from;

	if (!rpc_from(&from, c, "from") || !take_terms(&terms, c))
		return;
	wr_op_intent_paid(&payload, &terms);
	rpc_write_op(c, PEG_INTENT_PAID, &from, &payload, on_intent);
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

#define TERMS_PARAMS                                                                                                         \
	{ "account", RPC_ACCOUNT, false, "who gets the coin or the points", "the wallet's first account" },                  \
		{ "reclaim_key", RPC_KEY, false, "key that may take the coin back after the delay",                          \
		  "the account's own, if of the wallet" },                                                                   \
		{ "asset", RPC_TEXT, false, "coin, or a backed asset: points at once", "coin" },                             \
	{                                                                                                                    \
		"nonce", RPC_COUNT, false, "another number gives another address", "0"                                       \
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
const struct rpc_method rpc_pegin_methods[] = {
	{ "getpeginaddress", "peg", "an address of the main chain whose deposits come here",
	  "Whatever is paid to it, from the minimum on, is minted to the account once it is buried deep enough. After the "
	  "reclaim delay the reclaim key "
	  "can take back what was not taken in. A member endorses the address, so that every node watches it.",
	  "alice", RPC_PARAMS(getpeginaddress_params), RPC_NEEDS_LEDGER | RPC_NEEDS_SYNC, run_getpeginaddress },
	{ "watchpegin", "peg", "pay for an address to be watched",
	  "For an address that no member has endorsed; the fee is that of a transaction.", "alice",
	  RPC_PARAMS(watchpegin_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_watchpegin },
	{ "pegin", "peg", "bring a deposit in by hand",
	  "With a proof from getmainproof and the terms of the address; nodes do this by themselves.", NULL,
	  RPC_PARAMS(pegin_params), RPC_NEEDS_LEDGER, run_pegin },
	{ .name = NULL },
};
