#ifndef TALLY_TESTS_MAINCHAIN_TX_RULES_H
#define TALLY_TESTS_MAINCHAIN_TX_RULES_H
/* Rules that need more than the transaction or block itself: its inputs, the height, the times (Bitcoin Core's
 * Consensus::CheckTxInputs, SequenceLocks, IsFinalTx, ConnectBlock). */
#include "tests/mainchain/script_check.h"
#include "tests/mainchain/tree.h"

/* An input's coin. out is borrowed. */
struct coin {
	struct txout out;
	uint32_t height;
	bool coinbase;
};

/* Does the transaction fit into a block that follows `parent`? Values, maturity, BIP68 and BIP113 locks; scripts are not
 * checked here. coins: one for each input. *fee (may be NULL) gets inputs less outputs. NULL, or a reason name. */
MUST_USE const char *tx_rules_inputs(const struct tx *tx, const struct coin *coins, const struct tree_block *parent,
				     const struct chain_params *p, uint64_t *fee);
MUST_USE const char *tx_rules_scripts(const struct tx *tx, const struct coin *coins, enum script_rules rules);

/* Check each transaction against the set and apply it; on failure the set is as before. */
MUST_USE const char *block_rules_apply(struct utxo_set *set, struct undo *undo, const struct block *b,
				       const struct tree_block *parent, const struct chain_params *p);

#endif
