#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/op_json.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/account_name.h"
#include "bridge/rpc_swaps.h"
#include "bridge/rpc_write.h"
#include "bridge/wallet.h"
#include "token/asset.h"
#include "token/holding.h"
#include "token/store.h"

#define HISTORY_DEFAULT 20
#define HISTORY_MAX 500
#define BLOCK_TRANSACTIONS_MAX 10000

static struct ledger *
ledger_of(const struct rpc_call *c)
{
	return node_ledger(rpc_node(c));
}

static struct store *
store_of(const struct rpc_call *c)
{
	return node_store(rpc_node(c));
}

static const char *
hrp_of(const struct rpc_call *c)
{
	return node_account_hrp(rpc_node(c));
}

static const char *
code_name(enum result_code code)
{
	switch (code) {
	case RESULT_OK:
		return "OK";
	case RESULT_FAILED:
		return "FAILED";
	case RESULT_INVALID:
		return "INVALID";
	}
	return "";
}

static void
run_getblockcount(struct rpc_call *c)
{
	rpc_answer(c, json_integer((json_int_t)ledger_tip(ledger_of(c)).height));
}

static void
fail_unknown_block(struct rpc_call *c)
{
	uint64_t first = store_first_block(store_of(c));

	if (first > 1)
		rpc_fail(c, RPC_REFUSED, "UNKNOWN_BLOCK", "getblockcount says how many there are; ask another node for earlier ones",
			 "there is no such block on this node, whose ledger began from a snapshot at block %llu", (unsigned long long)first);
	else
		rpc_fail(c, RPC_REFUSED, "UNKNOWN_BLOCK", "getblockcount says how many there are",
			 "there is no such block on the sidechain");
}

static void
run_getblockhash(struct rpc_call *c)
{
	struct ledger_block b;
	struct hash256 hash;

	if (!store_get_block(store_of(c), &b, rpc_count(c, "height", 0))) {
		fail_unknown_block(c);
		return;
	}
	ledger_block_hash(&hash, &b);
	rpc_answer(c, json_hash(&hash));
}

static json_t *
block_json(const struct rpc_call *c, const struct ledger_block *b)
{
	struct hash256 hash;

	ledger_block_hash(&hash, b);
	return json_pack("{sosIsIsosososososo}", "hash", json_hash(&hash), "height", (json_int_t)b->height, "time",
			 (json_int_t)b->time.sec, "previous", json_hash(&b->previous), "transactions_root",
			 json_hash(&b->transactions_root), "results_root", json_hash(&b->results_root), "app_hash",
			 json_hash(&b->app_hash), "proposer", json_account(rpc_node(c), &b->proposer), "seal",
			 json_hex(b->seal.b, sizeof(b->seal.b)));
}

static json_t *
block_transactions(const struct rpc_call *c, uint64_t height)
{
	json_t *list = json_array();
	struct transaction_record rec;
	struct hash256 id;

	for (uint32_t i = 0; i < BLOCK_TRANSACTIONS_MAX && store_get_transaction_at(store_of(c), &rec, &id, height, i); i++) {
		json_array_append_new(list, json_pack("{sosssssi}", "txid", json_hash(&id), "code", code_name(rec.code),
						      "reason", rec.reason, "bytes", (int)rec.bytes.len));
		transaction_record_clear(&rec);
	}
	return list;
}

/* By height, or by hash. */
static void
run_getblock(struct rpc_call *c)
{
	const char *name = rpc_text(c, "block");
	struct ledger_block b;
	struct hash256 hash;
	struct wr events = { 0 };
	uint64_t height = 0;
	bool found;
	json_t *o;

	if (strlen(name) == 64)
		found = hash256_from_hex(&hash, name) && store_find_block(store_of(c), &height, &hash);
	else if ((found = strlen(name) <= 15 && name[0] != '\0' && strspn(name, "0123456789") == strlen(name)))
		height = strtoull(name, NULL, 10);
	if (!found || !store_get_block(store_of(c), &b, height)) {
		fail_unknown_block(c);
		return;
	}
	o = block_json(c, &b);
	json_object_set_new(o, "transactions", block_transactions(c, height));
	if (height > 1 && height == store_first_block(store_of(c)))
		json_object_set_new(o, "from_snapshot", json_true()); /* its transactions are not here */
	if (store_get_block_events(store_of(c), &events, height) && events.len > 0)
		json_object_set_new(o, "events", events_json(&events, hrp_of(c)));
	wr_clear(&events);
	rpc_answer(c, o);
}

static void
run_gettransaction(struct rpc_call *c)
{
	struct transaction_record rec;
	struct hash256 id;
	const char *why;
	json_t *o, *t;

	if (!rpc_hash(&id, c, "txid"))
		return;
	if (!store_get_transaction(store_of(c), &rec, &id)) {
		rpc_fail(c, RPC_REFUSED, "UNKNOWN_TRANSACTION", "one that still waits for its block is not shown yet",
			 "no block holds this transaction");
		return;
	}
	t = transaction_json(&why, rec.bytes.p, rec.bytes.len, hrp_of(c));
	o = json_pack("{sosIsIsssssoso}", "txid", json_hash(&id), "height", (json_int_t)rec.height, "index",
		      (json_int_t)rec.index, "code", code_name(rec.code), "reason", rec.reason, "events",
		      events_json(&rec.events, hrp_of(c)), "hex", json_hex(rec.bytes.p, rec.bytes.len));
	if (rec.code == RESULT_FAILED)
		json_object_set_new(o, "failed_op", json_integer((json_int_t)rec.op_index));
	if (t != NULL)
		json_object_set_new(o, "transaction", t);
	transaction_record_clear(&rec);
	rpc_answer(c, o);
}

static void
run_submittransaction(struct rpc_call *c)
{
	size_t len;
	const uint8_t *bytes = rpc_hex(c, "transaction", &len);

	rpc_submit(c, bytes, len, NULL);
}

static void
run_decodetransaction(struct rpc_call *c)
{
	size_t len;
	const uint8_t *bytes = rpc_hex(c, "transaction", &len);
	const char *why;
	json_t *o = transaction_json(&why, bytes, len, hrp_of(c));

	if (o != NULL)
		rpc_answer(c, o);
	else
		rpc_fail(c, RPC_REFUSED, why, "a sidechain transaction is wanted, not one of the main chain",
			 "this is no transaction: %s", why);
}

/* Accounts. */

static json_t *
balances_json(const struct state *s, const struct account *who)
{
	json_t *list = json_array();
	struct state_walk w;
	struct asset_id id;
	struct amount balance;
	struct asset asset;

	bank_walk_init(&w, s, who);
	while (bank_walk_next(&id, &balance, &w)) {
		bool known = asset_get(&asset, s, &id);

		json_array_append_new(list, json_pack("{sssoso}", "ticker", known ? asset.ticker : "?", "balance",
						      json_amount(balance, known ? asset.decimals : 0), "asset",
						      json_hash(&id.id)));
	}
	return list;
}

/* Units with dates are not in the bank but in lots: what the account holds of each such asset, and what of it can be spent
 * now. */
static void
append_lots(json_t *list, const struct state *s, const struct account *who, struct unixtime now)
{
	struct asset_walk w;
	struct asset a;

	asset_walk_init(&w, s);
	while (asset_walk_next(&w, &a)) {
		struct amount total;

		if ((a.flags & ASSET_LOTS) == 0)
			continue;
		total = holding_total(s, &a, who, now);
		if (!amount_is_zero(total))
			json_array_append_new(list, json_pack("{sssososo}", "ticker", a.ticker, "balance",
							      json_amount(total, a.decimals), "asset", json_hash(&a.id.id),
							      "spendable",
							      json_amount(holding_spendable(s, &a, who, now), a.decimals)));
	}
}

static void
run_getaccount(struct rpc_call *c)
{
	const struct state *s = ledger_state(ledger_of(c));
	const struct wallet_account *mine;
	const struct wallet_policy *shared;
	struct account a;
	json_t *balances, *o;

	if (!rpc_from(&a, c, "account"))
		return;
	balances = balances_json(s, &a);
	append_lots(balances, s, &a, engine_block_time(node_engine(rpc_node(c))));
	o = json_pack("{sosIso}", "account", json_account(rpc_node(c), &a), "nonce", (json_int_t)ledger_nonce(s, &a),
		      "balances", balances);
	mine = wallet_find(node_wallet(rpc_node(c)), &a);
	shared = wallet_find_policy(node_wallet(rpc_node(c)), &a);
	if (mine != NULL)
		json_object_set_new(o, "label", json_string(mine->label));
	if (shared != NULL) {
		json_object_set_new(o, "label", json_string(shared->label));
		json_object_set_new(o, "policy", json_sprintf("%u of %zu", (unsigned)shared->k, shared->n));
	}
	put_account_name(o, "name", rpc_node(c), &a);
	put_in_offers(o, rpc_node(c), &a);
	rpc_answer(c, o);
}

static json_t *
history_json(struct rpc_call *c, const struct history_entry *e)
{
	struct transaction_record rec;
	json_t *o;

	if (e->index == STORE_INDEX_BLOCK)
		return json_pack("{sIss}", "height", (json_int_t)e->height, "what", "at the end of the block");
	o = json_pack("{sIsIso}", "height", (json_int_t)e->height, "index", (json_int_t)e->index, "txid", json_hash(&e->id));
	if (store_get_transaction(store_of(c), &rec, &e->id)) {
		struct transaction t;

		if (transaction_decode(&t, rec.bytes.p, rec.bytes.len) == NULL) {
			json_t *first = op_json(&t.ops[0], hrp_of(c));

			json_object_set(o, "op", json_object_get(first, "op"));
			json_object_set_new(o, "ops", json_integer((json_int_t)t.ops_n));
			json_decref(first);
			transaction_clear(&t);
		}
		json_object_set_new(o, "code", json_string(code_name(rec.code)));
		json_object_set_new(o, "reason", json_string(rec.reason));
		transaction_record_clear(&rec);
	}
	return o;
}

static void
run_listaccounthistory(struct rpc_call *c)
{
	uint64_t count = rpc_count(c, "count", HISTORY_DEFAULT);
	uint64_t before_height = rpc_count(c, "before_height", INT64_MAX), before_index = rpc_count(c, "before_index", 0);
	struct history_entry *entries;
	struct account a;
	json_t *list;
	size_t n;

	if (!rpc_from(&a, c, "account"))
		return;
	if (count == 0 || count > HISTORY_MAX || before_index > UINT32_MAX) {
		rpc_bad_param(c, "count", "1 to 500; before_height and before_index lead to older ones",
			      "so many are not listed at once");
		return;
	}
	entries = mem_new(count, sizeof(*entries));
	n = store_history(store_of(c), entries, count, &a, before_height, (uint32_t)before_index);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, history_json(c, &entries[i]));
	free(entries);
	rpc_answer(c, list);
}

/* Proofs. */

/* The key that is asked for, or that of a balance. False: the call has been answered. */
static bool
take_proof_key(uint8_t key[STATE_KEY_MAX], size_t *len, struct rpc_call *c)
{
	const uint8_t *given = rpc_hex(c, "key", len);
	struct account who;
	struct asset a;

	if (given != NULL && (*len == 0 || *len > STATE_KEY_MAX)) {
		rpc_bad_param(c, "key", "1 to 200 bytes; doc/formats.md lists the keys", "this is no key of the state");
		return false;
	}
	if (given != NULL) {
		memcpy(key, given, *len);
		return true;
	}
	if (!rpc_from(&who, c, "account") || !rpc_asset(&a, c, "asset"))
		return false;
	if (a.flags & ASSET_LOTS) {
		rpc_bad_param(c, "asset", "give key=: doc/formats.md has the key of an account's lots",
			      "these units have dates, and no single balance");
		return false;
	}
	bank_balance_key(key, &who, &a.id);
	*len = BANK_BALANCE_KEY_LEN;
	return true;
}

static void
run_getproof(struct rpc_call *c)
{
	struct state *s = ledger_state(ledger_of(c));
	struct ledger_tip tip = ledger_tip(ledger_of(c));
	struct wr proof = { 0 }, header = { 0 };
	struct ledger_block b;
	uint8_t key[STATE_KEY_MAX];
	size_t key_len, len = 0;
	const uint8_t *value;
	json_t *o;

	if (!take_proof_key(key, &key_len, c))
		return;
	value = state_get(s, &len, key, key_len);
	o = json_pack("{sososIsb}", "key", json_hex(key, key_len), "app_hash", json_hash(&tip.app_hash), "height",
		      (json_int_t)tip.height, "present", value != NULL);
	if (value != NULL)
		json_object_set_new(o, "value", json_hex(value, len));
	state_prove(&proof, s, key, key_len);
	json_object_set_new(o, "proof", json_hex(proof.p, proof.len));
	if (store_get_block(store_of(c), &b, tip.height)) {
		wr_ledger_block(&header, &b);
		json_object_set_new(o, "header", json_hex(header.p, header.len));
		json_object_set_new(o, "seal", json_hex(b.seal.b, sizeof(b.seal.b)));
	}
	wr_clear(&proof);
	wr_clear(&header);
	rpc_answer(c, o);
}

static const struct rpc_param getblockhash_params[] = {
	{ "height", RPC_COUNT, true, "from 1", NULL },
};
static const struct rpc_param getblock_params[] = {
	{ "block", RPC_TEXT, true, "height, or hash", NULL },
};
static const struct rpc_param txid_params[] = {
	{ "txid", RPC_HASH, true, "id of the transaction", NULL },
};
static const struct rpc_param transaction_params[] = {
	{ "transaction", RPC_HEX, true, "bytes of a sidechain transaction", NULL },
};
static const struct rpc_param submit_params[] = {
	{ "transaction", RPC_HEX, true, "bytes of a signed or relay transaction", NULL },
	RPC_SUBMIT_PARAMS,
};
static const struct rpc_param account_params[] = {
	{ "account", RPC_ACCOUNT, false, "whose", "the wallet's first" },
};
static const struct rpc_param history_params[] = {
	{ "account", RPC_ACCOUNT, false, "whose", "the wallet's first" },
	{ "count", RPC_COUNT, false, "how many, the newest first", "20" },
	{ "before_height", RPC_COUNT, false, "only what is older than this place in the chain", "the tip" },
	{ "before_index", RPC_COUNT, false, "and this index in that block", "0" },
};
static const struct rpc_param getproof_params[] = {
	{ "key", RPC_HEX, false, "key of the state", "the key of a balance" },
	{ "account", RPC_ACCOUNT, false, "whose balance", "the wallet's first account" },
	{ "asset", RPC_TEXT, false, "of what", "coin" },
};

const struct rpc_method rpc_ledger_methods[] = {
	{ "getblockcount", "sidechain", "height of the sidechain", NULL, "", NULL, 0, RPC_NEEDS_LEDGER, run_getblockcount },
	{ "getblockhash", "sidechain", "hash of the block at a height", NULL, "1", RPC_PARAMS(getblockhash_params),
	  RPC_NEEDS_LEDGER, run_getblockhash },
	{ "getblock", "sidechain", "a block with its transactions", NULL, "1", RPC_PARAMS(getblock_params), RPC_NEEDS_LEDGER,
	  run_getblock },
	{ "gettransaction", "sidechain", "a transaction, its place and its result",
	  "code is OK, FAILED (fee and nonce only) or INVALID (no effect).", "3f7a…", RPC_PARAMS(txid_params), RPC_NEEDS_LEDGER,
	  run_gettransaction },
	{ "submittransaction", "sidechain", "send a finished transaction",
	  "It may have been signed anywhere. Waits for the block unless wait=false.", "@signed.json", RPC_PARAMS(submit_params),
	  RPC_NEEDS_LEDGER, run_submittransaction },
	{ "decodetransaction", "sidechain", "what a transaction says", "Works without a daemon too.", "@payment.json",
	  RPC_PARAMS(transaction_params), RPC_NEEDS_NOTHING, run_decodetransaction },
	{ "getaccount", "sidechain", "balances and nonce of an account", NULL, "alice", RPC_PARAMS(account_params),
	  RPC_NEEDS_LEDGER, run_getaccount },
	{ "listaccounthistory", "sidechain", "what happened to an account", NULL, "alice", RPC_PARAMS(history_params),
	  RPC_NEEDS_LEDGER, run_listaccounthistory },
	{ "getproof", "sidechain", "proof that the ledger's state holds a key, or does not",
	  "Checked with nothing but SHA-256 against app_hash, which the block's header holds: doc/formats.md, "
	  "tools/check-state-proof, tools/check_proof.c.",
	  "account=alice", RPC_PARAMS(getproof_params), RPC_NEEDS_LEDGER, run_getproof },
	{ .name = NULL },
};
