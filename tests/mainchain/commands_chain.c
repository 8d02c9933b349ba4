/* Control commands about blocks. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/mainchain/control.h"
#include "tests/mainchain/serve.h"

#define MINE_MAX 1000000
#define REORG_MAX 100000

static json_t *
run_height(struct node *n, struct args *a)
{
	(void)a;
	return json_integer(tree_height(&n->tree));
}

/* The i-th block's time: from the list, else `spacing` after its parent, else 0 for the clock's. */
static uint32_t
time_of(struct args *a, const struct node *n, size_t i)
{
	json_t *times = json_object_get(a->params, "times");
	int64_t spacing = args_int(a, "spacing", 0, UINT32_MAX / 2, 0);

	if (i < json_array_size(times))
		return (uint32_t)json_integer_value(json_array_get(times, i));
	return spacing ? tree_tip(&n->tree)->header.time + (uint32_t)spacing : 0;
}

static json_t *
mine_blocks(struct node *n, struct args *a, struct mine_order *order, size_t count)
{
	json_t *hashes = json_array();

	for (size_t i = 0; i < count && args_ok(a); i++) {
		struct tree_block *b;
		const char *why;

		order->time = time_of(a, n, i);
		if ((why = node_mine(n, order, &b)) != NULL)
			args_fail(a, why, "mine");
		else
			json_array_append_new(hashes, json_hash(&b->hash));
	}
	return json_pack("{s:i, s:o}", "height", (int)tree_height(&n->tree), "hashes", hashes);
}

static json_t *
run_mine(struct node *n, struct args *a)
{
	size_t count = (size_t)args_int(a, "n", 0, MINE_MAX, 1), only_n, without_n;
	struct hash256 *only = args_hashes(a, "txids", &only_n), *without = args_hashes(a, "exclude", &without_n);
	uint8_t script[ADDRESS_SCRIPT_MAX];
	struct mine_order order = { .choice = { .only = only, .only_n = only_n, .without = without, .without_n = without_n } };
	json_t *result = NULL;

	order.choice.none = !args_bool(a, "include", true);
	order.choice.fee_rate_min = (uint64_t)args_int(a, "min_fee_rate", 0, INT32_MAX, 0);
	if (args_has(a, "address")) {
		order.script_len = args_script(a, "address", script);
		order.script = script;
	}
	if (args_ok(a))
		result = mine_blocks(n, a, &order, count);
	free(only);
	free(without);
	return result;
}

static struct tree_block *
find_block(struct node *n, struct args *a)
{
	struct tree_block *b = NULL;
	struct hash256 hash;

	if (args_has(a, "hash")) {
		hash = args_hash(a, "hash");
		b = tree_find(&n->tree, &hash);
	} else {
		int64_t height = args_int(a, "height", 0, UINT32_MAX, tree_height(&n->tree));

		b = height <= tree_height(&n->tree) ? n->tree.active[height] : NULL;
	}
	if (b == NULL)
		args_fail(a, "no such block", "block");
	return b;
}

static json_t *
run_block(struct node *n, struct args *a)
{
	const struct tree_block *b = find_block(n, a);
	json_t *txids = json_array(), *out;
	uint8_t header[HEADER_LEN];
	struct block body;

	if (!args_ok(a)) {
		json_decref(txids);
		return NULL;
	}
	tree_read(&body, b);
	for (size_t i = 0; i < body.tx_n; i++) {
		struct hash256 txid;

		tx_txid(&txid, &body.tx[i]);
		json_array_append_new(txids, json_hash(&txid));
	}
	block_clear(&body);
	header_encode(header, &b->header);
	out = json_pack("{s:o, s:i, s:I, s:b, s:o, s:o}", "hash", json_hash(&b->hash), "height", (int)b->height, "time",
			(json_int_t)b->header.time, "active", b->active, "header",
			json_bytes(header, sizeof(header)), "txids", txids);
	if (args_bool(a, "hex", false))
		json_object_set_new(out, "hex", json_bytes(b->bytes, b->len));
	return out;
}

static json_t *
run_submitblock(struct node *n, struct args *a)
{
	size_t len;
	uint8_t *bytes = args_bytes(a, "hex", &len, BLOCK_BYTES_MAX);
	struct tree_block *at;
	struct block b;
	const char *why = "does not decode";

	if (bytes != NULL && block_decode(&b, bytes, len)) {
		why = node_take_block(n, &b, &at);
		block_clear(&b);
	}
	free(bytes);
	if (why == NULL)
		return json_pack("{s:o, s:i, s:b}", "hash", json_hash(&at->hash), "height", (int)at->height, "active",
				 at->active);
	args_fail(a, why, "block");
	return NULL;
}

/* Transactions of the `depth` topmost blocks, coinbases aside; owned by the caller. */
static struct hash256 *
all_txids(const struct node *n, uint32_t depth, size_t *count)
{
	struct hash256 *out = mem_new(0, sizeof(*out));

	*count = 0;
	for (uint32_t i = 0; i < depth && i < tree_height(&n->tree); i++) {
		struct block body;

		tree_read(&body, n->tree.active[tree_height(&n->tree) - i]);
		for (size_t j = 1; j < body.tx_n; j++) {
			out = mem_resize(out, *count + 1, sizeof(*out));
			tx_txid(&out[(*count)++], &body.tx[j]);
		}
		block_clear(&body);
	}
	return out;
}

static json_t *
run_reorg(struct node *n, struct args *a)
{
	struct branch_order order = { .repeat = true };
	bool all = json_is_true(json_object_get(a->params, "drop_txids")), evict = args_bool(a, "evict", false);
	struct tree_block *tip;
	struct hash256 *drop;
	const char *why;

	order.depth = (uint32_t)args_int(a, "depth", 1, REORG_MAX, 1);
	order.count = order.depth + (uint32_t)args_int(a, "extra", 1, REORG_MAX, 1);
	drop = all ? all_txids(n, order.depth, &order.drop_n) : args_hashes(a, "drop_txids", &order.drop_n);
	order.drop = drop;
	if (args_ok(a) && (why = node_branch(n, &order, &tip)) != NULL)
		args_fail(a, why, "reorg");
	for (size_t i = 0; args_ok(a) && evict && i < order.drop_n; i++)
		mempool_evict(&n->pool, &drop[i]);
	free(drop);
	return args_ok(a) ? json_pack("{s:i, s:o}", "height", (int)tree_height(&n->tree), "hash", json_hash(&tip->hash)) : NULL;
}

static json_t *
run_fork(struct node *n, struct args *a)
{
	struct branch_order order = { .depth = (uint32_t)args_int(a, "depth", 1, REORG_MAX, 1) };
	bool announce = args_bool(a, "push", true);
	struct tree_block *tip = NULL;
	const char *why;

	order.count = (uint32_t)args_int(a, "n", 1, REORG_MAX, 1);
	if (args_ok(a) && (why = node_branch(n, &order, &tip)) != NULL)
		args_fail(a, why, "fork");
	if (!args_ok(a))
		return NULL;
	if (announce && !tip->active)
		serve_push_headers(n, tip);
	return json_pack("{s:i, s:o, s:b}", "height", (int)tip->height, "hash", json_hash(&tip->hash), "active", tip->active);
}

const struct command commands_chain[] = {
	{ "height", "", run_height },
	{ "mine", " n address times spacing include txids exclude min_fee_rate ", run_mine },
	{ "block", " height hash hex ", run_block },
	{ "submitblock", " hex ", run_submitblock },
	{ "reorg", " depth extra drop_txids evict ", run_reorg },
	{ "fork", " depth n push ", run_fork },
	{ NULL, NULL, NULL },
};
