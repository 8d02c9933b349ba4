/* M1: each input of each entry has one mempool_spend that points to the entry; no two entries share an input.
 * M2: each input is unspent in the set or made by an entry that came before. */
#include "tests/mainchain/mempool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define REPLACED_MAX 100
#define TRUC_VERSION 3
#define TRUC_VSIZE_MAX 10000
#define TRUC_CHILD_VSIZE_MAX 1000

struct mempool_tx *
mempool_find(const struct mempool *m, const struct hash256 *txid)
{
	struct mempool_tx *e;

	HASH_FIND(hh, m->by_txid, txid, sizeof(*txid), e);
	return e;
}

struct mempool_tx *
mempool_spender(const struct mempool *m, const struct outpoint *o)
{
	struct mempool_spend *s;

	HASH_FIND(hh, m->spends, o, sizeof(*o), s);
	return s ? s->by : NULL;
}

static void
entry_add(struct mempool *m, const struct tx *tx, uint64_t fee)
{
	struct mempool_tx *e = mem_new(1, sizeof(*e));

	e->tx = tx_copy(tx);
	tx_txid(&e->txid, tx);
	tx_wtxid(&e->wtxid, tx);
	e->fee = fee;
	e->vsize = tx_vsize(tx);
	HASH_ADD(hh, m->by_txid, txid, sizeof(e->txid), e);
	for (size_t i = 0; i < tx->in_n; i++) {
		struct mempool_spend *s = mem_new(1, sizeof(*s));

		s->outpoint = tx->in[i].prevout;
		s->by = e;
		HASH_ADD(hh, m->spends, outpoint, sizeof(s->outpoint), s);
	}
}

/* The entry alone: its children are the caller's business. */
static void
entry_remove(struct mempool *m, struct mempool_tx *e)
{
	for (size_t i = 0; i < e->tx.in_n; i++) {
		struct mempool_spend *s;

		HASH_FIND(hh, m->spends, &e->tx.in[i].prevout, sizeof(struct outpoint), s);
		assert(s != NULL && s->by == e);
		HASH_DEL(m->spends, s);
		free(s);
	}
	HASH_DEL(m->by_txid, e);
	tx_clear(&e->tx);
	free(e);
}

void
mempool_clear(struct mempool *m)
{
	while (m->by_txid != NULL)
		entry_remove(m, m->by_txid);
}

static void
remove_with_descendants(struct mempool *m, struct mempool_tx *e)
{
	struct outpoint o = { .txid = e->txid };
	size_t out_n = e->tx.out_n;

	for (size_t i = 0; i < out_n; i++) {
		struct mempool_tx *child;

		o.index = (uint32_t)i;
		if ((child = mempool_spender(m, &o)) != NULL)
			remove_with_descendants(m, child);
	}
	entry_remove(m, e);
}

bool
mempool_evict(struct mempool *m, const struct hash256 *txid)
{
	struct mempool_tx *e = mempool_find(m, txid);

	if (e != NULL)
		remove_with_descendants(m, e);
	return e != NULL;
}

static bool
find_coin(struct coin *out, const struct mempool *m, const struct block_tree *t, const struct outpoint *o)
{
	const struct unspent *u = utxo_find(&t->utxos, o);
	const struct mempool_tx *parent;

	if (u != NULL) {
		*out = (struct coin){ .out = u->out, .height = u->height, .coinbase = u->coinbase };
		return true;
	}
	if ((parent = mempool_find(m, &o->txid)) == NULL || o->index >= parent->tx.out_n)
		return false;
	*out = (struct coin){ .out = parent->tx.out[o->index], .height = tree_height(t) + 1 };
	return true;
}

/* A set of entries, small enough to search line by line. */
struct entry_list {
	struct mempool_tx *e[MEMPOOL_CHAIN_MAX + REPLACED_MAX];
	size_t n;
	bool full;
};

static bool
list_has(const struct entry_list *l, const struct mempool_tx *e)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->e[i] == e)
			return true;
	}
	return false;
}

static void
list_add(struct entry_list *l, struct mempool_tx *e, size_t max)
{
	if (list_has(l, e))
		return;
	if (l->n >= max)
		l->full = true;
	else
		l->e[l->n++] = e;
}

static void
ancestors_of(struct entry_list *out, const struct mempool *m, const struct tx *tx)
{
	const struct tx *at = tx;

	for (size_t next = 0;; at = &out->e[next++]->tx) {
		for (size_t i = 0; i < at->in_n; i++) {
			struct mempool_tx *parent = mempool_find(m, &at->in[i].prevout.txid);

			if (parent != NULL)
				list_add(out, parent, MEMPOOL_CHAIN_MAX - 1);
		}
		if (next == out->n)
			return;
	}
}

/* The entries that share an input with tx, then all their descendants. */
static void
conflicts_of(struct entry_list *out, size_t *direct, const struct mempool *m, const struct tx *tx)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		struct mempool_tx *e = mempool_spender(m, &tx->in[i].prevout);

		if (e != NULL)
			list_add(out, e, REPLACED_MAX);
	}
	*direct = out->n;
	for (size_t next = 0; next < out->n; next++) {
		for (size_t i = 0; i < out->e[next]->tx.out_n; i++) {
			struct outpoint o = { .txid = out->e[next]->txid, .index = (uint32_t)i };
			struct mempool_tx *child = mempool_spender(m, &o);

			if (child != NULL)
				list_add(out, child, REPLACED_MAX);
		}
	}
}

/* BIP431: a version 3 transaction has at most one unconfirmed parent or child, of its own version, and is small. */
static const char *
check_truc(const struct mempool *m, const struct tx *tx, const struct entry_list *ancestors, const struct entry_list *conflicts)
{
	bool truc = tx->version == TRUC_VERSION;

	for (size_t i = 0; i < ancestors->n; i++) {
		if ((ancestors->e[i]->tx.version == TRUC_VERSION) != truc)
			return "TRUC-violation";
	}
	if (!truc)
		return NULL;
	if (tx_vsize(tx) > TRUC_VSIZE_MAX || ancestors->n > 1)
		return "TRUC-violation";
	if (ancestors->n == 0)
		return NULL;
	if (tx_vsize(tx) > TRUC_CHILD_VSIZE_MAX)
		return "TRUC-violation";
	for (size_t i = 0; i < ancestors->e[0]->tx.out_n; i++) {
		struct outpoint o = { .txid = ancestors->e[0]->txid, .index = (uint32_t)i };
		const struct mempool_tx *sibling = mempool_spender(m, &o);

		if (sibling != NULL && !list_has(conflicts, sibling))
			return "TRUC-violation";
	}
	return NULL;
}

/* BIP125 without its signalling rule, as Bitcoin Core since 28: pay more, by rate and in sum, and for the relay of the
 * new one. */
static const char *
check_replacement(const struct mempool *m, const struct policy *p, const struct tx *tx, uint64_t fee,
		  const struct entry_list *conflicts, size_t direct)
{
	uint64_t replaced = 0;
	size_t vsize = tx_vsize(tx);

	if (conflicts->full)
		return "too many potential replacements";
	for (size_t i = 0; i < conflicts->n; i++)
		replaced += conflicts->e[i]->fee;
	for (size_t i = 0; i < tx->in_n; i++) {
		struct mempool_tx *parent = mempool_find(m, &tx->in[i].prevout.txid);

		if (parent != NULL && list_has(conflicts, parent))
			return "bad-txns-spends-conflicting-tx";
	}
	for (size_t i = 0; i < direct; i++) {
		if (fee * conflicts->e[i]->vsize <= conflicts->e[i]->fee * vsize)
			return "insufficient fee";
	}
	return conflicts->n == 0 || fee >= replaced + fee_at_rate(p->fee_rate, vsize) ? NULL : "insufficient fee";
}

static const char *
check_inputs(const struct mempool *m, const struct block_tree *t, const struct tx *tx, uint64_t *fee)
{
	struct coin *coins = mem_new(tx->in_n, sizeof(*coins));
	const char *why = NULL;

	for (size_t i = 0; i < tx->in_n && why == NULL; i++) {
		if (!find_coin(&coins[i], m, t, &tx->in[i].prevout))
			why = "bad-txns-inputs-missingorspent";
	}
	if (why == NULL)
		why = tx_rules_inputs(tx, coins, tree_tip(t), t->params, fee);
	if (why == NULL)
		why = tx_rules_scripts(tx, coins, SCRIPT_POLICY);
	free(coins);
	return why;
}

static const char *
check_context_free(const struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tx *tx)
{
	struct hash256 txid;
	const char *why;

	if ((why = tx_check(tx)) != NULL)
		return why;
	if (tx_is_coinbase(tx))
		return "coinbase";
	tx_txid(&txid, tx);
	if (mempool_find(m, &txid) != NULL)
		return "txn-already-in-mempool";
	if (tree_find_tx(t, &txid) != NULL)
		return "txn-already-known";
	return policy_check_tx(p, tx);
}

const char *
mempool_accept(struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tx *tx)
{
	struct entry_list conflicts = { .n = 0 }, ancestors = { .n = 0 };
	size_t direct = 0;
	uint64_t fee = 0;
	const char *why;

	if ((why = check_context_free(m, t, p, tx)) != NULL || (why = check_inputs(m, t, tx, &fee)) != NULL)
		return why;
	if (fee < fee_at_rate(p->fee_rate, tx_vsize(tx)))
		return "min relay fee not met";
	ancestors_of(&ancestors, m, tx);
	if (ancestors.full)
		return "too-long-mempool-chain";
	conflicts_of(&conflicts, &direct, m, tx);
	if ((why = check_replacement(m, p, tx, fee, &conflicts, direct)) != NULL)
		return why;
	if ((why = check_truc(m, tx, &ancestors, &conflicts)) != NULL)
		return why;
	for (size_t i = 0; i < tx->in_n; i++) {
		struct mempool_tx *loser = mempool_spender(m, &tx->in[i].prevout);

		if (loser != NULL)
			remove_with_descendants(m, loser);
	}
	entry_add(m, tx, fee);
	return NULL;
}

static void
remove_mined(struct mempool *m, const struct tx *tx)
{
	struct mempool_tx *e;
	struct hash256 txid;

	tx_txid(&txid, tx);
	if ((e = mempool_find(m, &txid)) != NULL)
		entry_remove(m, e);
	for (size_t i = 0; i < tx->in_n; i++) {
		if ((e = mempool_spender(m, &tx->in[i].prevout)) != NULL)
			remove_with_descendants(m, e);
	}
}

static void
take_back(struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tx *tx)
{
	if (mempool_accept(m, t, p, tx) != NULL)
		return; /* mined again, spent elsewhere, or locked once more */
}

static void
rebuild(struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tip_change *change)
{
	struct mempool old = *m;

	*m = (struct mempool){ 0 };
	for (size_t i = change->off_n; i-- > 0;) {
		struct block body;

		tree_read(&body, change->off[i]);
		for (size_t j = 1; j < body.tx_n; j++)
			take_back(m, t, p, &body.tx[j]);
		block_clear(&body);
	}
	for (const struct mempool_tx *e = old.by_txid; e != NULL; e = e->hh.next)
		take_back(m, t, p, &e->tx);
	mempool_clear(&old);
}

void
mempool_follow(struct mempool *m, const struct block_tree *t, const struct policy *p, const struct tip_change *change)
{
	if (change->off_n > 0) {
		rebuild(m, t, p, change);
		return;
	}
	for (size_t i = 0; i < change->on_n; i++) {
		struct block body;

		tree_read(&body, change->on[i]);
		for (size_t j = 1; j < body.tx_n; j++)
			remove_mined(m, &body.tx[j]);
		block_clear(&body);
	}
}
