#include "tests/mainchain/purse.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/taproot.h"

#define CHANGE_MIN 1000
#define COINS_MAX 500

void
purse_init(struct purse *purse, const struct chain_params *p, const struct hash256 *seed)
{
	struct xonly_key internal;
	struct secret_key base;
	struct hash256 tweak;

	sha256_tagged(&tweak, "tally/mainchain purse", seed->b, sizeof(seed->b));
	memcpy(base.b, tweak.b, sizeof(base.b));
	if (!xonly_from_secret(&internal, &base))
		abort();
	taptweak_hash(&tweak, &internal, NULL);
	if (!secret_tweak_add(&purse->secret, &base, &tweak) || !xonly_from_secret(&purse->output_key, &purse->secret))
		abort();
	script_p2tr(purse->script, &purse->output_key);
	if (!address_encode(purse->address, p, purse->script, sizeof(purse->script)))
		abort();
}

struct funding {
	const struct purse *purse;
	const struct mempool *pool;
	struct tx *tx;
	struct txout spent[COINS_MAX]; /* borrowed, one for each input */
	uint64_t in, out, rate;
};

static uint64_t
fee_of(const struct funding *f)
{
	return fee_at_rate(f->rate, tx_vsize(f->tx));
}

/* Enough for the outputs, the fee and a change that is no dust? */
static bool
enough(const struct funding *f)
{
	return f->in >= f->out + fee_of(f) + CHANGE_MIN;
}

static void
take(struct funding *f, const struct outpoint *o, const struct txout *coin)
{
	static const uint8_t dummy[64];

	if (enough(f) || f->tx->in_n == COINS_MAX || coin->script_len != sizeof(f->purse->script) ||
	    memcmp(coin->script, f->purse->script, sizeof(f->purse->script)) != 0 || mempool_spender(f->pool, o) != NULL)
		return;
	f->spent[f->tx->in_n] = *coin;
	f->in += coin->value;
	tx_add_in(f->tx, o, SEQUENCE_RBF);
	txin_add_witness(&f->tx->in[f->tx->in_n - 1], dummy, sizeof(dummy));
}

static void
take_coins(struct funding *f, const struct block_tree *t)
{
	for (const struct unspent *u = t->utxos.map; u != NULL && !enough(f); u = u->hh.next) {
		if (!u->coinbase || tree_height(t) + 1 - u->height >= t->params->coinbase_maturity)
			take(f, &u->outpoint, &u->out);
	}
	for (const struct mempool_tx *e = f->pool->by_txid; e != NULL && !enough(f); e = e->hh.next) {
		for (size_t i = 0; i < e->tx.out_n; i++)
			take(f, &(struct outpoint){ .txid = e->txid, .index = (uint32_t)i }, &e->tx.out[i]);
	}
}

static bool
sign(struct funding *f)
{
	struct sighash_shared shared;

	sighash_share(&shared, f->tx, f->spent);
	for (size_t i = 0; i < f->tx->in_n; i++) {
		struct hash256 message;
		struct schnorr_sig sig;

		if (!sighash_taproot(&message, &shared, f->tx, f->spent, i, SIGHASH_DEFAULT, NULL, NULL, 0) ||
		    !schnorr_sign(&sig, &f->purse->secret, &message, NULL))
			return false;
		txin_clear_witness(&f->tx->in[i]);
		txin_add_witness(&f->tx->in[i], sig.b, sizeof(sig.b));
	}
	return true;
}

bool
purse_fund(const struct purse *purse, struct tx *tx, const struct block_tree *t, const struct mempool *m, uint64_t rate)
{
	struct funding *f = mem_new(1, sizeof(*f));
	bool ok;

	*f = (struct funding){ .purse = purse, .pool = m, .tx = tx, .rate = rate };
	for (size_t i = 0; i < tx->out_n; i++)
		f->out += tx->out[i].value;
	tx_add_out(tx, 0, purse->script, sizeof(purse->script));
	take_coins(f, t);
	ok = enough(f);
	if (ok) {
		tx->out[tx->out_n - 1].value = f->in - f->out - fee_of(f);
		ok = sign(f);
	}
	free(f);
	return ok;
}
