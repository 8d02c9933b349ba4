#ifndef TALLY_TESTS_MAINCHAIN_TAPSCRIPT_H
#define TALLY_TESTS_MAINCHAIN_TAPSCRIPT_H
/* The interpreter of leaf scripts (BIP342). Opcodes that it does not know are refused. */
#include "chain/key.h"
#include "tests/mainchain/script_check.h"

#define TAPSCRIPT_STACK_MAX 1000
#define TAPSCRIPT_ITEM_MAX 520

/* Where a signature stands: everything that its message commits to. All borrowed. */
struct signing_place {
	const struct tx *tx;
	const struct txout *spent; /* one for each input */
	const struct sighash_shared *shared;
	size_t index;
	const struct hash256 *leaf; /* NULL on the key path */
	const uint8_t *annex;       /* NULL for none */
	size_t annex_len;
	enum script_rules rules;
};

/* BIP341's rule for a signature of 64 or 65 bytes: NULL, or a reason name. */
MUST_USE const char *signature_check(const struct signing_place *at, const uint8_t *sig, size_t sig_len,
				     const struct xonly_key *key);

/* Run a leaf script over the first n witness items; witness_size is that of the whole serialized witness, which the
 * signature budget is made of. NULL, or a reason name. */
MUST_USE const char *tapscript_run(const struct signing_place *at, const void *script, size_t script_len,
				   const struct witness_item *items, size_t n, size_t witness_size);

#endif
