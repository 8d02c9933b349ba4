#include "tests/mainchain/utxo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"

static void
unspent_free(struct unspent *u)
{
	free(u->out.script);
	free(u);
}

void
utxo_clear(struct utxo_set *s)
{
	struct unspent *u, *next;

	HASH_ITER(hh, s->map, u, next) {
		HASH_DEL(s->map, u);
		unspent_free(u);
	}
}

void
undo_clear(struct undo *u)
{
	for (size_t i = 0; i < u->n; i++)
		unspent_free(u->spent[i]);
	free(u->spent);
	*u = (struct undo){ 0 };
}

struct unspent *
utxo_find(const struct utxo_set *s, const struct outpoint *o)
{
	struct unspent *u;

	HASH_FIND(hh, s->map, o, sizeof(*o), u);
	return u;
}

static void
utxo_insert(struct utxo_set *s, struct unspent *u)
{
	HASH_ADD(hh, s->map, outpoint, sizeof(u->outpoint), u);
}

static void
utxo_add_outputs(struct utxo_set *s, const struct tx *tx, const struct hash256 *txid, uint32_t height)
{
	bool coinbase = tx_is_coinbase(tx);

	for (size_t i = 0; i < tx->out_n; i++) {
		const struct txout *o = &tx->out[i];
		struct unspent *u;

		if (o->script_len > 0 && o->script[0] == OP_RETURN)
			continue;
		u = mem_new(1, sizeof(*u));
		u->outpoint = (struct outpoint){ .txid = *txid, .index = (uint32_t)i };
		u->out = (struct txout){ .value = o->value, .script = mem_dup(o->script, o->script_len),
					.script_len = o->script_len };
		u->height = height;
		u->coinbase = coinbase;
		utxo_insert(s, u);
	}
}

void
utxo_apply(struct utxo_set *s, struct undo *undo, const struct tx *tx, const struct hash256 *txid, uint32_t height)
{
	for (size_t i = 0; i < tx->in_n && !tx_is_coinbase(tx); i++) {
		struct unspent *u = utxo_find(s, &tx->in[i].prevout);

		assert(u != NULL);
		HASH_DEL(s->map, u);
		if (undo->n == undo->cap) {
			undo->cap = undo->cap * 2 + 4;
			undo->spent = mem_resize(undo->spent, undo->cap, sizeof(*undo->spent));
		}
		undo->spent[undo->n++] = u;
	}
	utxo_add_outputs(s, tx, txid, height);
}

static void
utxo_remove_outputs(struct utxo_set *s, const struct tx *tx)
{
	struct outpoint o;

	tx_txid(&o.txid, tx);
	for (size_t i = 0; i < tx->out_n; i++) {
		struct unspent *u;

		o.index = (uint32_t)i;
		if ((u = utxo_find(s, &o)) == NULL)
			continue;
		HASH_DEL(s->map, u);
		unspent_free(u);
	}
}

void
utxo_unapply(struct utxo_set *s, struct undo *undo, const struct tx *tx, size_t n)
{
	while (n-- > 0) {
		utxo_remove_outputs(s, &tx[n]);
		for (size_t i = tx_is_coinbase(&tx[n]) ? 0 : tx[n].in_n; i-- > 0;) {
			assert(undo->n > 0);
			utxo_insert(s, undo->spent[--undo->n]);
		}
	}
	assert(undo->n == 0);
	undo_clear(undo);
}
