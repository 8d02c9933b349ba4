/* JSON-RPC from strangers: one answer or none, always JSON itself, for any bytes; and the stream's scan agrees with the
 * reader. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/json_text.h"
#include "bridge/node.h"
#include "bridge/rpc_server.h"
#include "tests/fuzz/fuzz.h"

/* No node stands behind these methods. */
struct wallet *
node_wallet(const struct node *n)
{
	(void)n;
	return NULL;
}

const char *
node_account_hrp(const struct node *n)
{
	(void)n;
	return "tlyr";
}

struct ledger *
node_ledger(const struct node *n)
{
	(void)n;
	return NULL;
}

const char *
node_not_synced(const struct node *n)
{
	(void)n;
	return "never";
}

static void
run_all(struct rpc_call *c)
{
	struct account account = { 0 };
	struct hash256 hash = { { 0 } };
	struct xonly_key key = { { 0 } };
	struct amount amount;
	size_t len = 0;
	const uint8_t *bytes = rpc_hex(c, "hex", &len);
	bool any = rpc_account(&account, c, "account");

	any = rpc_hash(&hash, c, "hash") || any;
	any = rpc_hash(&hash, c, "txid") || any;
	any = rpc_key(&key, c, "key") || any;
	assert(bytes != NULL || !rpc_has(c, "hex"));
	if (rpc_has(c, "amount") && !rpc_amount(&amount, c, "amount", 8))
		return;
	rpc_answer(c, json_pack("{sbsIsb}", "any", (int)any, "count", (json_int_t)rpc_count(c, "count", 0), "bool",
				rpc_bool(c, "bool", false)));
}

static const struct rpc_param params[] = {
	{ "text", RPC_TEXT, false, "", NULL },	     { "count", RPC_COUNT, false, "", NULL },
	{ "bool", RPC_BOOL, false, "", NULL },	     { "amount", RPC_AMOUNT, false, "", NULL },
	{ "hash", RPC_HASH, false, "", NULL },	     { "txid", RPC_TXID, false, "", NULL },
	{ "key", RPC_KEY, false, "", NULL },	     { "hex", RPC_HEX, false, "", NULL },
	{ "account", RPC_ACCOUNT, false, "", NULL }, { "json", RPC_JSON, false, "", NULL },
};
static const struct rpc_method methods[] = {
	{ "a", "", "", NULL, "", params, ARRAY_LEN(params), 0, run_all },
	{ "b", "", "", NULL, "", params, ARRAY_LEN(params), RPC_NEEDS_LEDGER, run_all },
	{ .name = NULL },
};
static const struct rpc_method *const tables[] = { methods, NULL };

static void
on_reply(void *client, struct rpc_reply reply)
{
	int *replies = client;
	json_t *j;

	++*replies;
	if (reply.text == NULL)
		return;
	j = json_loads(reply.text, JSON_REJECT_DUPLICATES, NULL);
	assert(j != NULL);
	json_decref(j);
	free(reply.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct rpc *r = rpc_new(NULL, tables);
	struct json_scan scan = { 0 };
	char why[JSON_WHY_LEN];
	int replies = 0;
	size_t used;
	json_t *j;

	assert(rpc_handle(r, text, size, on_reply, &replies) == NULL && replies == 1);
	if (json_read_strict(&j, why, text, size)) {
		assert(json_scan_feed(&scan, text, size, &used) == JSON_SCAN_DONE);
		for (size_t i = used; i < size; i++)
			assert(strchr(" \t\r\n", text[i]) != NULL);
	}
	json_decref(j);
	rpc_free(r);
	return 0;
}
