/* Control commands about transactions and coins. */
#include <stdlib.h>
#include <string.h>

#include "tests/mainchain/control.h"

#define DATA_MAX 80
#define RATE_DEFAULT 2000 /* sat/kvB */

static json_t *
run_sendraw(struct node *n, struct args *a)
{
	size_t len;
	uint8_t *bytes = args_bytes(a, "hex", &len, TX_BYTES_MAX);
	struct hash256 txid = { { 0 } };
	const char *why = "does not decode";
	struct tx tx;

	if (bytes != NULL && tx_decode(&tx, bytes, len)) {
		tx_txid(&txid, &tx);
		why = node_take_tx(n, &tx, NULL);
		tx_clear(&tx);
	}
	free(bytes);
	if (why != NULL)
		args_fail(a, why, "transaction");
	return why ? NULL : json_hash(&txid);
}

static json_t *
run_mempool(struct node *n, struct args *a)
{
	json_t *list = json_array();

	(void)a;
	for (const struct mempool_tx *e = n->pool.by_txid; e != NULL; e = e->hh.next)
		json_array_append_new(list, json_pack("{s:o, s:o, s:I}", "txid", json_hash(&e->txid), "fee", json_coins(e->fee),
						      "vsize", (json_int_t)e->vsize));
	return list;
}

static json_t *
json_tx(const struct tx *tx, const struct tree_block *in, uint32_t tip_height)
{
	struct hash256 txid;
	struct wr w = { 0 };
	json_t *out;

	wr_tx(&w, tx);
	tx_txid(&txid, tx);
	out = json_pack("{s:o, s:o, s:i}", "txid", json_hash(&txid), "hex", json_bytes(w.p, w.len), "confirmations",
			in ? (int)(tip_height - in->height + 1) : 0);
	if (in != NULL) {
		json_object_set_new(out, "height", json_integer(in->height));
		json_object_set_new(out, "block", json_hash(&in->hash));
	}
	wr_clear(&w);
	return out;
}

static json_t *
run_gettx(struct node *n, struct args *a)
{
	struct hash256 txid = args_hash(a, "txid");
	const struct tx_place *place = tree_find_tx(&n->tree, &txid);
	const struct mempool_tx *e = mempool_find(&n->pool, &txid);
	struct block body;
	json_t *out;

	if (place == NULL && e == NULL)
		args_fail(a, "neither in a block of the active branch nor in the pool", "txid");
	if (!args_ok(a))
		return NULL;
	if (place == NULL)
		return json_tx(&e->tx, NULL, 0);
	tree_read(&body, place->block);
	out = json_tx(&body.tx[place->index], place->block, tree_height(&n->tree));
	block_clear(&body);
	return out;
}

static json_t *
run_evict(struct node *n, struct args *a)
{
	struct hash256 txid = args_hash(a, "txid");

	return args_ok(a) ? json_boolean(mempool_evict(&n->pool, &txid)) : NULL;
}

static json_t *
json_unspent(const struct node *n, const struct unspent *u)
{
	return json_pack("{s:o, s:I, s:o, s:i, s:b, s:b}", "txid", json_hash(&u->outpoint.txid), "vout",
			 (json_int_t)u->outpoint.index, "amount", json_coins(u->out.value), "confirmations",
			 (int)(tree_height(&n->tree) - u->height + 1), "coinbase", u->coinbase, "spent_in_pool",
			 mempool_spender(&n->pool, &u->outpoint) != NULL);
}

static json_t *
run_utxos(struct node *n, struct args *a)
{
	uint8_t script[ADDRESS_SCRIPT_MAX];
	size_t len = args_script(a, "address", script);
	json_t *list = json_array();

	for (const struct unspent *u = n->tree.utxos.map; u != NULL && args_ok(a); u = u->hh.next) {
		if (u->out.script_len == len && memcmp(u->out.script, script, len) == 0)
			json_array_append_new(list, json_unspent(n, u));
	}
	return list;
}

static json_t *
run_balance(struct node *n, struct args *a)
{
	uint8_t script[ADDRESS_SCRIPT_MAX];
	size_t len = args_script(a, "address", script);
	uint64_t sum = 0;

	for (const struct unspent *u = n->tree.utxos.map; u != NULL; u = u->hh.next) {
		if (u->out.script_len == len && memcmp(u->out.script, script, len) == 0)
			sum += u->out.value;
	}
	return args_ok(a) ? json_coins(sum) : NULL;
}

/* One output: to an address, to a script in hex, or an OP_RETURN with data. */
static void
add_output(struct tx *tx, struct args *a)
{
	uint8_t script[ADDRESS_SCRIPT_MAX], *bytes;
	struct wr w = { 0 };
	size_t len;

	if (args_has(a, "data")) {
		bytes = args_bytes(a, "data", &len, DATA_MAX);
		wr_u8(&w, OP_RETURN);
		wr_push(&w, bytes, len);
		tx_add_out(tx, 0, w.p, w.len);
		wr_clear(&w);
		free(bytes);
	} else if (args_has(a, "script")) {
		bytes = args_bytes(a, "script", &len, TX_BYTES_MAX);
		tx_add_out(tx, args_coins(a, "amount"), bytes, len);
		free(bytes);
	} else {
		len = args_script(a, "address", script);
		tx_add_out(tx, args_coins(a, "amount"), script, len);
	}
}

static void
add_outputs(struct tx *tx, struct args *a)
{
	json_t *list = json_object_get(a->params, "outputs");

	if (list == NULL)
		add_output(tx, a);
	for (size_t i = 0; i < json_array_size(list) && args_ok(a); i++) {
		struct args one = { .params = json_array_get(list, i), .chain = a->chain };

		add_output(tx, &one);
		a->error = one.error;
	}
}

/* Pay from the purse. The outputs asked for come first, in their order; change is last. */
static json_t *
run_fund(struct node *n, struct args *a)
{
	uint64_t rate = (uint64_t)args_int(a, "fee_rate", 1000, 1000000, RATE_DEFAULT);
	struct tx tx = { .version = (int32_t)args_int(a, "version", 1, 3, 2) };
	bool broadcast = args_bool(a, "broadcast", true);
	const char *why = NULL;
	json_t *out = NULL;

	add_outputs(&tx, a);
	if (args_ok(a) && !purse_fund(&n->purse, &tx, &n->tree, &n->pool, rate))
		args_fail(a, "the purse has too little ripe coin: mine some blocks", "fund");
	if (args_ok(a) && broadcast && (why = node_take_tx(n, &tx, NULL)) != NULL)
		args_fail(a, why, "fund");
	if (args_ok(a))
		out = json_tx(&tx, NULL, 0);
	tx_clear(&tx);
	return out;
}

const struct command commands_tx[] = {
	{ "sendraw", " hex ", run_sendraw },
	{ "mempool", "", run_mempool },
	{ "gettx", " txid ", run_gettx },
	{ "evict", " txid ", run_evict },
	{ "utxos", " address ", run_utxos },
	{ "balance", " address ", run_balance },
	{ "fund", " address amount script data outputs fee_rate version broadcast ", run_fund },
	{ NULL, NULL, NULL },
};
