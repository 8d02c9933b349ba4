#include "tests/mainchain/tx_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"

#define LOCKTIME_THRESHOLD 500000000u
#define SEQUENCE_DISABLED 0x80000000u
#define SEQUENCE_BY_TIME 0x00400000u
#define SEQUENCE_MASK 0x0000ffffu
#define SEQUENCE_GRANULARITY 9 /* units of 512 s */

static bool
is_final(const struct tx *tx, uint32_t height, uint32_t median_time)
{
	bool all_final = true;

	if (tx->locktime < (tx->locktime < LOCKTIME_THRESHOLD ? height : median_time))
		return true;
	for (size_t i = 0; i < tx->in_n; i++)
		all_final = all_final && tx->in[i].sequence == SEQUENCE_FINAL;
	return tx->locktime == 0 || all_final;
}

/* BIP68. A coin of the pool counts as if it were in the block after parent. */
static bool
sequence_locks_open(const struct tx *tx, const struct coin *coins, const struct tree_block *parent)
{
	for (size_t i = 0; i < tx->in_n && (uint32_t)tx->version >= 2; i++) {
		uint32_t sequence = tx->in[i].sequence, count = sequence & SEQUENCE_MASK;

		if (sequence & SEQUENCE_DISABLED)
			continue;
		if (sequence & SEQUENCE_BY_TIME) {
			const struct tree_block *before = tree_ancestor(parent, coins[i].height > 0 ? coins[i].height - 1 : 0);

			if (tree_median_time(parent) < tree_median_time(before) + (count << SEQUENCE_GRANULARITY))
				return false;
		} else if (parent->height + 1 < coins[i].height + count) {
			return false;
		}
	}
	return true;
}

const char *
tx_rules_inputs(const struct tx *tx, const struct coin *coins, const struct tree_block *parent, const struct chain_params *p,
		uint64_t *fee)
{
	uint64_t in = 0, out = 0;

	if (!is_final(tx, parent->height + 1, tree_median_time(parent)))
		return "bad-txns-nonfinal";
	for (size_t i = 0; i < tx->in_n; i++) {
		if (coins[i].coinbase && parent->height + 1 - coins[i].height < p->coinbase_maturity)
			return "bad-txns-premature-spend-of-coinbase";
		in += coins[i].out.value;
		if (coins[i].out.value > COIN_MAX || in > COIN_MAX)
			return "bad-txns-inputvalues-outofrange";
	}
	for (size_t i = 0; i < tx->out_n; i++)
		out += tx->out[i].value; /* tx_check() has bounded the sum */
	if (in < out)
		return "bad-txns-in-belowout";
	if (!sequence_locks_open(tx, coins, parent))
		return "non-BIP68-final";
	if (fee != NULL)
		*fee = in - out;
	return NULL;
}

const char *
tx_rules_scripts(const struct tx *tx, const struct coin *coins, enum script_rules rules)
{
	struct txout *spent = mem_new(tx->in_n, sizeof(*spent));
	const char *why;

	for (size_t i = 0; i < tx->in_n; i++)
		spent[i] = coins[i].out;
	why = script_check_tx(tx, spent, rules, NULL);
	free(spent);
	return why;
}

static const char *
check_spend(const struct utxo_set *set, const struct tx *tx, const struct tree_block *parent, const struct chain_params *p,
	    uint64_t *fee)
{
	struct coin *coins = mem_new(tx->in_n, sizeof(*coins));
	const char *why = NULL;

	for (size_t i = 0; i < tx->in_n && why == NULL; i++) {
		const struct unspent *u = utxo_find(set, &tx->in[i].prevout);

		if (u == NULL)
			why = "bad-txns-inputs-missingorspent";
		else
			coins[i] = (struct coin){ .out = u->out, .height = u->height, .coinbase = u->coinbase };
	}
	if (why == NULL)
		why = tx_rules_inputs(tx, coins, parent, p, fee);
	if (why == NULL)
		why = tx_rules_scripts(tx, coins, SCRIPT_CONSENSUS);
	free(coins);
	return why;
}

static const char *
check_coinbase(const struct block *b, uint64_t fees, const struct tree_block *parent, const struct chain_params *p)
{
	uint64_t paid = 0;

	for (size_t i = 0; i < b->tx[0].out_n; i++)
		paid += b->tx[0].out[i].value;
	if (!is_final(&b->tx[0], parent->height + 1, tree_median_time(parent)))
		return "bad-txns-nonfinal";
	return paid <= fees + amount_units(chain_subsidy(p, parent->height + 1)) ? NULL : "bad-cb-amount";
}

const char *
block_rules_apply(struct utxo_set *set, struct undo *undo, const struct block *b, const struct tree_block *parent,
		  const struct chain_params *p)
{
	const char *why = NULL;
	uint64_t fees = 0;
	size_t done = 0;

	for (; done < b->tx_n && why == NULL; done++) {
		struct hash256 txid;
		uint64_t fee = 0;

		if (done > 0 && (why = check_spend(set, &b->tx[done], parent, p, &fee)) != NULL)
			break;
		fees += fee;
		tx_txid(&txid, &b->tx[done]);
		utxo_apply(set, undo, &b->tx[done], &txid, parent->height + 1);
	}
	if (why == NULL)
		why = check_coinbase(b, fees, parent, p);
	if (why != NULL)
		utxo_unapply(set, undo, b->tx, done);
	return why;
}
