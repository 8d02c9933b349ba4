#ifndef TALLY_TESTS_MAINCHAIN_PURSE_H
#define TALLY_TESTS_MAINCHAIN_PURSE_H
/* The key that this chain's own coinbases pay: a taproot key path without a tree. It funds whoever asks. */
#include "chain/address.h"
#include "tests/mainchain/mempool.h"

struct purse {
	struct secret_key secret; /* already tweaked: signs for the output key */
	struct xonly_key output_key;
	uint8_t script[34];
	char address[ADDRESS_TEXT_LEN];
};

/* The same seed gives the same purse. */
void purse_init(struct purse *purse, const struct chain_params *p, const struct hash256 *seed);

/* Add inputs (oldest mature coins first, then unconfirmed change) and a change output to a transaction that has its
 * outputs, and sign it. rate is in sat/kvB. False when there is not enough, with the transaction unfit for use. */
MUST_USE bool purse_fund(const struct purse *purse, struct tx *tx, const struct block_tree *t, const struct mempool *m,
			 uint64_t rate);

#endif
