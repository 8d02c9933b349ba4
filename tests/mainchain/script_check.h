#ifndef TALLY_TESTS_MAINCHAIN_SCRIPT_CHECK_H
#define TALLY_TESTS_MAINCHAIN_SCRIPT_CHECK_H
/* May an input spend its output? Taproot only (BIP341, BIP342): the key path, and script paths made of the opcodes that
 * the peg's leaves and their like use. Any other output type, and any other opcode, is refused as not supported: this
 * chain never says yes where Bitcoin would say no. */
#include "chain/sighash.h"

enum script_rules {
	SCRIPT_CONSENSUS, /* what a block may hold */
	SCRIPT_POLICY,    /* what the mempool takes: no annex, no unknown leaf or key versions, minimal pushes, small stack items */
};

/* NULL, or a reason name (static). spent[i] is the output that input i spends. */
MUST_USE const char *script_check_input(const struct tx *tx, const struct txout *spent, const struct sighash_shared *shared,
					size_t index,
					enum script_rules rules);

/* All inputs; *index (may be NULL) gets the first bad one. */
MUST_USE const char *script_check_tx(const struct tx *tx, const struct txout *spent, enum script_rules rules, size_t *index);

#endif
