/* Transactions that people make together: made from operations, signed by one wallet after the other, put together. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/complaint.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/op_json.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/account_name.h"
#include "bridge/rpc_partial.h"
#include "bridge/rpc_simulate.h"
#include "bridge/rpc_write.h"
#include "bridge/wallet.h"
#include "bridge/writes.h"

#define VALID_FOR_SECONDS 86400

/* --- createtransaction --- */

static bool
name_account(struct account *out, void *ctx, const char *text)
{
	if (text[0] == '@')
		return account_from_name(out, ctx, text) == NULL;
	return wallet_find_account(out, node_wallet(ctx), text);
}

static bool
name_asset(struct asset_id *out, unsigned *decimals, void *ctx, const char *text)
{
	struct asset a;

	if (!asset_named(&a, ledger_state(node_ledger(ctx)), text))
		return false;
	*out = a.id;
	*decimals = a.decimals;
	return true;
}

/* Operations that are being made: a transaction and the memory of its payloads. */
struct making {
	struct transaction t;
	struct wr payloads;
	size_t *at; /* owned: where each payload begins */
};

static void
making_clear(struct making *m)
{
	free(m->t.ops);
	free(m->at);
	wr_clear(&m->payloads);
}

static bool
take_op(struct making *m, struct rpc_call *c, size_t i, const json_t *item)
{
	const struct op_names names = { rpc_node(c), node_account_hrp(rpc_node(c)), name_account, name_asset };
	char why[OP_JSON_WHY_LEN];
	bool relay;

	m->at[i] = m->payloads.len;
	if (!op_from_json(&m->t.ops[i], &m->payloads, &relay, &names, item, why)) {
		rpc_fail(c, RPC_BAD_PARAMS, "BAD_OPERATION", "decodetransaction shows how operations are written",
			 "operation %zu, counted from 0: %s", i, why);
		return false;
	}
	m->t.ops[i].payload_len = m->payloads.len - m->at[i];
	m->t.relay = m->t.relay || relay;
	return true;
}

static bool
take_ops(struct making *m, struct rpc_call *c)
{
	json_t *given = rpc_json(c, "ops"), *item;
	size_t n = json_is_array(given) ? json_array_size(given) : 1, i;

	if (n < 1 || n > TRANSACTION_OPS_MAX) {
		rpc_bad_param(c, "ops", "a list such as [{\"op\": \"TRANSFER\", \"source\": \"alice\", \"asset\": \"coin\", \"to\": \"tly1…\", "
					"\"amount\": \"0.5\"}]",
			      "a transaction has 1 to 1000 operations");
		return false;
	}
	m->t.ops = mem_new(n, sizeof(*m->t.ops));
	m->at = mem_new(n, sizeof(*m->at));
	m->t.ops_n = n;
	for (i = 0; i < n; i++) {
		item = json_is_array(given) ? json_array_get(given, i) : given;
		if (!take_op(m, c, i, item))
			return false;
	}
	for (i = 0; i < n; i++)
		m->t.ops[i].payload = m->payloads.p != NULL ? m->payloads.p + m->at[i] : (const uint8_t *)"";
	if (!m->t.relay || n == 1)
		return true;
	rpc_bad_param(c, "ops", NULL, "an operation that proves itself travels alone");
	return false;
}

/* What stands around the operations. */
static bool
take_terms(struct transaction *t, struct rpc_call *c)
{
	struct node *n = rpc_node(c);
	int64_t now = engine_block_time(node_engine(n)).sec;

	if (!rpc_account(&t->payer, c, "payer"))
		t->payer = t->ops[0].source;
	t->nonce = rpc_count(c, "nonce", writes_nonce(node_writes(n), &t->payer));
	t->fee = ledger_fee(node_ledger(n), t->ops_n);
	if (rpc_has(c, "fee") && !rpc_amount(&t->fee, c, "fee", AMOUNT_DECIMALS_MAX))
		return false;
	if (rpc_has(c, "valid_until") && rpc_has(c, "valid_for")) {
		rpc_bad_param(c, "valid_until", "valid_for counts from now", "give one of valid_until and valid_for");
		return false;
	}
	t->valid_until.sec = rpc_has(c, "valid_until") ? (int64_t)rpc_count(c, "valid_until", 0)
						       : now + (int64_t)rpc_count(c, "valid_for", VALID_FOR_SECONDS);
	return true;
}

static void
answer_relay(struct rpc_call *c, const struct wr *body)
{
	struct hash256 id;

	sha256_tagged(&id, "tally/txid", body->p, body->len);
	rpc_answer(c, json_pack("{sosbso}", "txid", json_hash(&id), "complete", 1, "transaction", json_hex(body->p, body->len)));
}

static void
answer_made(struct rpc_call *c, const struct wr *body)
{
	struct complaint why;
	struct wallet *w = node_wallet(rpc_node(c));
	struct partial p;

	if (!rpc_take_partial(&p, c, body->p, body->len))
		return;
	for (size_t i = 0; i < p.parts_n; i++) {
		const struct wallet_policy *known = wallet_find_policy(w, &p.parts[i].who);

		if (known != NULL)
			partial_know_policy(&p, &known->account, known->k, known->keys, known->n);
	}
	if (rpc_bool(c, "sign", false) && !rpc_sign_partial(NULL, &p, &why, rpc_node(c)))
		rpc_complain(c, &why);
	else
		rpc_answer_partial(c, &p);
	partial_clear(&p);
}

static void
run_createtransaction(struct rpc_call *c)
{
	struct making m = { .at = NULL };
	struct wr body = { 0 };

	if (take_ops(&m, c) && (m.t.relay || take_terms(&m.t, c))) {
		wr_transaction_body(&body, &m.t);
		if (m.t.relay)
			answer_relay(c, &body);
		else
			answer_made(c, &body);
	}
	wr_clear(&body);
	making_clear(&m);
}

/* --- Signing and putting together --- */

/* A transaction that was changed after it was signed: its body, to be signed anew. */
static size_t
without_stale_witness(const struct rpc_call *c, const uint8_t *bytes, size_t len)
{
	struct transaction t;

	if (partial_is(bytes, len) || transaction_decode(&t, bytes, len) != NULL)
		return len;
	if (!t.relay && transaction_verify(&t, ledger_genesis_id(node_ledger(rpc_node(c)))) != NULL)
		len = t.body_len;
	transaction_clear(&t);
	return len;
}

static void
run_signtransaction(struct rpc_call *c)
{
	struct complaint why;
	struct partial p;
	size_t len, added;
	const uint8_t *bytes = rpc_hex(c, "transaction", &len);

	if (!rpc_take_partial(&p, c, bytes, without_stale_witness(c, bytes, len)))
		return;
	if (!rpc_sign_partial(&added, &p, &why, rpc_node(c)))
		rpc_complain(c, &why);
	else if (added == 0 && !partial_is_complete(&p))
		rpc_fail(c, RPC_REFUSED, "NOTHING_TO_SIGN", "decodetransaction shows whose signatures are missing, listaccounts what this wallet has",
			 "the transaction needs no signature of this wallet, or has it already");
	else
		rpc_answer_partial(c, &p);
	partial_clear(&p);
}

/* False: the call has been answered. */
static bool
merge_bytes(struct partial *p, struct rpc_call *c, const void *bytes, size_t len)
{
	struct partial other;
	const char *why;

	if (!rpc_take_partial(&other, c, bytes, len))
		return false;
	why = partial_merge(p, &other);
	partial_clear(&other);
	if (why == NULL)
		return true;
	rpc_fail(c, RPC_REFUSED, why, "compare their txids with decodetransaction: one of them was changed",
		 "these are not the same transaction");
	return false;
}

static bool
merge_more(struct partial *p, struct rpc_call *c)
{
	json_t *list = rpc_json(c, "more"), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);
		uint8_t *bytes;
		size_t len;
		bool ok;

		bytes = text != NULL ? hex_decode_new(&len, text, PARTIAL_BYTES_MAX) : NULL;
		if (bytes == NULL) {
			rpc_bad_param(c, "more", NULL, "a list of transactions in hex is wanted");
			return false;
		}
		ok = merge_bytes(p, c, bytes, len);
		free(bytes);
		if (!ok)
			return false;
	}
	return true;
}

static void
run_combinetransactions(struct rpc_call *c)
{
	struct partial p;
	size_t len, other_len;
	const uint8_t *bytes = rpc_hex(c, "transaction", &len), *other = rpc_hex(c, "other", &other_len);

	if (!rpc_take_partial(&p, c, bytes, len))
		return;
	if (merge_bytes(&p, c, other, other_len) && merge_more(&p, c))
		rpc_answer_partial(c, &p);
	partial_clear(&p);
}

/* --- The table --- */

static const struct rpc_param create_params[] = {
	{ "ops", RPC_JSON, true, "operations as decodetransaction shows them; labels, tickers and amount= (whole units) are taken too", NULL },
	{ "payer", RPC_ACCOUNT, false, "account that pays the fee", "the first operation's source" },
	{ "sign", RPC_BOOL, false, "add the wallet's signatures", "false" },
	{ "valid_for", RPC_COUNT, false, "seconds of block time for which it may be carried out", "86400" },
	{ "valid_until", RPC_COUNT, false, "or the last second itself, since 1970", NULL },
	{ "nonce", RPC_COUNT, false, "the payer's; each is used once, in order", "his next" },
	{ "fee", RPC_AMOUNT, false, "coin", "the least that is taken" },
};
static const struct rpc_param transaction_params[] = {
	{ "transaction", RPC_HEX, true, "a partial transaction, or one without signatures", NULL },
};
static const struct rpc_param simulate_params[] = {
	{ "transaction", RPC_HEX, true, "a transaction, partial or not, signed or not", NULL },
};
static const struct rpc_param combine_params[] = {
	{ "transaction", RPC_HEX, true, "a partial transaction", NULL },
	{ "other", RPC_HEX, true, "the same with other signatures", NULL },
	{ "more", RPC_JSON, false, "list of further ones", NULL },
};

const struct rpc_method rpc_sign_methods[] = {
	{ "createtransaction", "sidechain", "a transaction of any operations, to be signed",
	  "Sources and payer may be anybody's accounts. All operations are carried out or none: a swap of two people is two transfers. Hand "
	  "it to who must sign, who use signtransaction.",
	  "'[{\"op\": \"TRANSFER\", \"source\": \"alice\", \"asset\": \"coin\", \"to\": \"bob\", \"amount\": \"0.5\"}]'",
	  RPC_PARAMS(create_params), RPC_NEEDS_LEDGER, run_createtransaction },
	{ "signtransaction", "keys", "add the wallet's signatures to a transaction",
	  "Look at it first, with decodetransaction and simulatetransaction. Shows whose signatures are still missing; the transaction is not "
	  "sent.",
	  "@payment.json", RPC_PARAMS(transaction_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_signtransaction },
	{ "combinetransactions", "keys", "put the signatures of copies of one transaction together", NULL, "@a.json @b.json", RPC_PARAMS(combine_params),
	  RPC_NEEDS_LEDGER, run_combinetransactions },
	{ "simulatetransaction", "sidechain", "what a transaction would do now",
	  "Balances before and after, events, or the refusal and its operation. Changes nothing; signatures need not be there yet.", "@payment.json",
	  RPC_PARAMS(simulate_params), RPC_NEEDS_LEDGER, run_simulatetransaction },
	{ .name = NULL },
};
