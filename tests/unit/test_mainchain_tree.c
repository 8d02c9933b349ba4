/* The embedded chain under random mining, spending, forks and reorganisations: its unspent outputs are always those that its blocks leave,
 * and its pool always fits them. */
#include <stdlib.h>

#include "tests/mainchain/node.h"
#include "tests/unit/unit.h"

#define STEPS 400
#define CHECK_EVERY 8
#define START_TIME 1700000000

struct random {
	uint64_t state;
};

static uint32_t
below(struct random *r, uint32_t n)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(r->state >> 33) % n;
}

static void
check_utxos(const struct node *n)
{
	struct utxo_set again = { NULL };
	struct undo undo = { .n = 0 };
	size_t txs = 1;

	for (size_t h = 1; h < n->tree.active_n; h++) {
		struct block body;

		CU_ASSERT(n->tree.active[h]->active && n->tree.active[h]->parent == n->tree.active[h - 1]);
		CU_ASSERT(tree_ancestor(tree_tip(&n->tree), (uint32_t)h) == n->tree.active[h]);
		tree_read(&body, n->tree.active[h]);
		for (size_t i = 0; i < body.tx_n; i++) {
			struct hash256 txid;
			const struct tx_place *place;

			tx_txid(&txid, &body.tx[i]);
			utxo_apply(&again, &undo, &body.tx[i], &txid, (uint32_t)h);
			place = tree_find_tx(&n->tree, &txid);
			CU_ASSERT(place != NULL && place->block == n->tree.active[h] && place->index == i);
		}
		txs += body.tx_n;
		block_clear(&body);
	}
	CU_ASSERT_EQUAL(HASH_COUNT(n->tree.places), txs);
	CU_ASSERT_EQUAL(HASH_COUNT(n->tree.utxos.map), HASH_COUNT(again.map));
	for (const struct unspent *u = again.map; u != NULL; u = u->hh.next) {
		const struct unspent *mine = utxo_find(&n->tree.utxos, &u->outpoint);

		CU_ASSERT(mine != NULL && mine->out.value == u->out.value && mine->height == u->height && mine->coinbase == u->coinbase);
	}
	undo_clear(&undo);
	utxo_clear(&again);
}

/* Each input of the pool is unspent in the chain or made by an entry that came before, and is claimed once. */
static void
check_pool(const struct node *n)
{
	size_t inputs = 0;

	for (const struct mempool_tx *e = n->pool.by_txid; e != NULL; e = e->hh.next) {
		for (size_t i = 0; i < e->tx.in_n; i++, inputs++) {
			const struct outpoint *o = &e->tx.in[i].prevout;
			const struct mempool_tx *before = n->pool.by_txid;

			while (before != e && !hash256_eq(&before->txid, &o->txid))
				before = before->hh.next;
			CU_ASSERT(utxo_find(&n->tree.utxos, o) != NULL || (before != e && o->index < before->tx.out_n));
			CU_ASSERT(mempool_spender(&n->pool, o) == e);
		}
	}
	CU_ASSERT_EQUAL(HASH_COUNT(n->pool.spends), inputs);
}

static void
pay(struct node *n, struct random *r)
{
	struct tx tx = { .version = 2 };

	for (uint32_t i = 0; i <= below(r, 3); i++)
		tx_add_out(&tx, 10000 + below(r, 1000000), n->purse.script, sizeof(n->purse.script));
	if (purse_fund(&n->purse, &tx, &n->tree, &n->pool, 1000 + below(r, 5000)) && node_take_tx(n, &tx, NULL) != NULL)
		CU_ASSERT(HASH_COUNT(n->pool.by_txid) >= MEMPOOL_CHAIN_MAX); /* the only reason left: too long a chain of change */
	tx_clear(&tx);
}

/* Any transaction of the topmost blocks or the pool. */
static struct hash256
some_txid(const struct node *n, struct random *r)
{
	const struct mempool_tx *e = n->pool.by_txid;
	struct hash256 txid;
	struct block body;

	for (uint32_t i = below(r, 4); e != NULL && i > 0 && e->hh.next != NULL; i--)
		e = e->hh.next;
	if (e != NULL && below(r, 2) == 0)
		return e->txid;
	tree_read(&body, n->tree.active[tree_height(&n->tree) - below(r, 4)]);
	tx_txid(&txid, &body.tx[below(r, (uint32_t)body.tx_n)]);
	block_clear(&body);
	return txid;
}

static void
branch(struct node *n, struct random *r)
{
	struct hash256 drop = some_txid(n, r);
	uint32_t was = tree_height(&n->tree), depth = 1 + below(r, 6), count = 1 + below(r, 8);
	struct branch_order order = { .depth = depth, .count = count, .repeat = below(r, 2) == 0, .drop = &drop, .drop_n = below(r, 2) };
	struct tree_block *tip;

	CU_ASSERT_PTR_NULL(node_branch(n, &order, &tip));
	CU_ASSERT_EQUAL(tip->active, count > depth);
	CU_ASSERT_EQUAL(tree_height(&n->tree), count > depth ? was - depth + count : was);
}

static void
step(struct node *n, struct random *r)
{
	struct mine_order order = { .choice = { .none = below(r, 4) == 0 } };
	struct hash256 txid;

	switch (below(r, 8)) {
	case 0:
		branch(n, r);
		break;
	case 1:
		txid = some_txid(n, r);
		if (mempool_evict(&n->pool, &txid))
			CU_ASSERT_PTR_NULL(mempool_find(&n->pool, &txid));
		break;
	case 2:
	case 3:
		CU_ASSERT_PTR_NULL(node_mine(n, &order, NULL));
		break;
	default:
		pay(n, r);
		break;
	}
}

static void
random_events(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct random r = { seed };
		struct node n;

		node_init(&n, chain_params_find("regtest"), "random events");
		n.clock_stopped = true;
		n.clock_base = START_TIME;
		CU_ASSERT_PTR_NULL_FATAL(node_premine(&n, 110, 600));
		for (int i = 0; i < STEPS; i++) {
			step(&n, &r);
			check_pool(&n);
			if (i % CHECK_EVERY == 0)
				check_utxos(&n);
		}
		check_utxos(&n);
		node_clear(&n);
	}
}

/* A branch whose last block is invalid: whatever was disconnected for it comes back. */
static void
invalid_branch_changes_nothing(void)
{
	struct node n;
	struct tree_block *tip, *bad;
	struct branch_order order = { .depth = 2, .count = 2 };
	struct miner_job job = { .time = START_TIME };
	struct block b;
	struct hash256 was;

	node_init(&n, chain_params_find("regtest"), "invalid branch");
	n.clock_stopped = true;
	n.clock_base = START_TIME;
	CU_ASSERT_PTR_NULL_FATAL(node_premine(&n, 105, 600));
	pay(&n, &(struct random){ 1 });
	CU_ASSERT_PTR_NULL_FATAL(node_mine(&n, &(struct mine_order){ .time = 0 }, NULL));
	pay(&n, &(struct random){ 2 });
	was = tree_tip(&n.tree)->hash;
	CU_ASSERT_PTR_NULL_FATAL(node_branch(&n, &order, &tip));
	job.parent = tip;
	job.script = n.purse.script;
	job.script_len = sizeof(n.purse.script);
	job.fees = 1; /* of nobody */
	miner_make(&b, n.params, &job);
	CU_ASSERT_STRING_EQUAL(node_take_block(&n, &b, &bad), "bad-cb-amount");
	CU_ASSERT(hash256_eq(&tree_tip(&n.tree)->hash, &was));
	CU_ASSERT(bad->invalid && !bad->active && bad->parent == tip && !tip->invalid);
	CU_ASSERT_STRING_EQUAL(node_take_block(&n, &b, &bad), "invalid");
	check_utxos(&n);
	check_pool(&n);
	CU_ASSERT_EQUAL(HASH_COUNT(n.pool.by_txid), 1);
	block_clear(&b);
	node_clear(&n);
}

static const struct unit_test tests[] = {
	{ "random events", random_events },
	{ "invalid branch", invalid_branch_changes_nothing },
};

UNIT_MAIN("mainchain_tree", tests)
