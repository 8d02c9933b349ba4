#include "tests/mainchain/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/mainchain/serve.h"

void
node_init(struct node *n, const struct chain_params *p, const char *seed)
{
	*n = (struct node){ .params = p, .policy = policy_default };
	sha256_tagged(&n->seed, "tally/mainchain seed", seed, strlen(seed));
	tree_init(&n->tree, p);
	purse_init(&n->purse, p, &n->seed);
}

void
node_clear(struct node *n)
{
	mempool_clear(&n->pool);
	tree_clear(&n->tree);
}

struct unixtime
node_now(const struct node *n)
{
	return (struct unixtime){ .sec = n->clock_base + (n->clock_stopped ? 0 : clock_unix().sec) };
}

/* A number used once, so that blocks that would be the same differ, and the same seed gives the same chain. */
static struct hash256
next_salt(struct node *n)
{
	struct wr w = { 0 };
	struct hash256 out;

	wr_hash256(&w, &n->seed);
	wr_u64(&w, n->salts++);
	sha256(&out, w.p, w.len);
	wr_clear(&w);
	return out;
}

static const char *
take_block_quietly(struct node *n, const struct block *b, struct tree_block **out, struct tip_change *change)
{
	const char *why = tree_add(&n->tree, out, change, b, node_now(n));

	mempool_follow(&n->pool, &n->tree, &n->policy, change);
	return why;
}

const char *
node_take_block(struct node *n, const struct block *b, struct tree_block **out)
{
	struct tip_change change;
	const char *why = take_block_quietly(n, b, out, &change);

	serve_announce_blocks(n, change.on, change.on_n);
	tip_change_clear(&change);
	return why;
}

const char *
node_take_tx(struct node *n, const struct tx *tx, const struct peer *from)
{
	const char *why = mempool_accept(&n->pool, &n->tree, &n->policy, tx);
	struct hash256 txid;

	if (why == NULL) {
		tx_txid(&txid, tx);
		serve_announce_tx(n, mempool_find(&n->pool, &txid), from);
	}
	return why;
}

const char *
node_mine(struct node *n, const struct mine_order *order, struct tree_block **out)
{
	struct miner_job job = { .parent = tree_tip(&n->tree), .script = n->purse.script, .script_len = sizeof(n->purse.script) };
	struct block b;
	const char *why;

	if (order->script != NULL) {
		job.script = order->script;
		job.script_len = order->script_len;
	}
	job.salt = next_salt(n);
	job.time = order->time ? order->time : miner_time(job.parent, node_now(n));
	miner_choose(&job, &n->pool, &order->choice);
	miner_make(&b, n->params, &job);
	free(job.tx);
	why = node_take_block(n, &b, out);
	block_clear(&b);
	return why;
}

const char *
node_premine(struct node *n, uint32_t count, uint32_t spacing)
{
	int64_t first = node_now(n).sec - (int64_t)count * spacing;
	const char *why = NULL;

	for (uint32_t i = 1; i <= count && why == NULL; i++) {
		struct miner_job job = { .parent = tree_tip(&n->tree), .script = n->purse.script,
					.script_len = sizeof(n->purse.script) };
		struct tip_change change;
		struct block b;

		job.salt = next_salt(n);
		job.time = miner_time(job.parent, (struct unixtime){ .sec = first + (int64_t)i * spacing });
		miner_make(&b, n->params, &job);
		why = take_block_quietly(n, &b, NULL, &change);
		tip_change_clear(&change);
		block_clear(&b);
	}
	return why;
}

static bool
listed(const struct hash256 *list, size_t n, const struct hash256 *id)
{
	for (size_t i = 0; i < n; i++) {
		if (hash256_eq(&list[i], id))
			return true;
	}
	return false;
}

/* The transactions that a branch leaves out: those asked for, the coinbases it leaves behind, and what depends on any of
 * them. */
struct dropped {
	struct hash256 *ids; /* owned */
	size_t n;
};

static void
dropped_add(struct dropped *d, const struct hash256 *id)
{
	d->ids = mem_resize(d->ids, d->n + 1, sizeof(*d->ids));
	d->ids[d->n++] = *id;
}

static bool
drops(struct dropped *d, const struct branch_order *order, const struct tx *tx)
{
	struct hash256 txid;
	bool drop;

	tx_txid(&txid, tx);
	drop = tx_is_coinbase(tx) || listed(order->drop, order->drop_n, &txid);
	for (size_t i = 0; i < tx->in_n; i++)
		drop = drop || listed(d->ids, d->n, &tx->in[i].prevout.txid);
	if (drop)
		dropped_add(d, &txid);
	return drop;
}

static const char *
branch_block(struct node *n, struct tree_block **at, const struct branch_order *order, struct dropped *d)
{
	struct miner_job job = { .parent = *at, .script = n->purse.script, .script_len = sizeof(n->purse.script) };
	struct block old = { .tx_n = 0 }, b;
	const char *why;

	/* Once the branch has overtaken, it is the active one itself and nothing is left to repeat. */
	if (order->repeat && (*at)->height < tree_height(&n->tree))
		tree_read(&old, n->tree.active[(*at)->height + 1]);
	job.tx = mem_new(old.tx_n, sizeof(*job.tx));
	for (size_t i = 0; i < old.tx_n; i++) {
		if (!drops(d, order, &old.tx[i]))
			job.tx[job.tx_n++] = &old.tx[i];
	}
	job.salt = next_salt(n);
	job.time = miner_time(*at, node_now(n));
	miner_make(&b, n->params, &job);
	why = node_take_block(n, &b, at);
	block_clear(&b);
	block_clear(&old);
	free(job.tx);
	return why;
}

const char *
node_branch(struct node *n, const struct branch_order *order, struct tree_block **tip)
{
	struct dropped d = { 0 };
	const char *why = NULL;

	if (order->depth > tree_height(&n->tree))
		return "deeper-than-the-chain";
	*tip = n->tree.active[tree_height(&n->tree) - order->depth];
	for (uint32_t i = 0; i < order->count && why == NULL; i++)
		why = branch_block(n, tip, order, &d);
	free(d.ids);
	return why;
}
