#ifndef TALLY_TESTS_MAINCHAIN_POLICY_H
#define TALLY_TESTS_MAINCHAIN_POLICY_H
/* What the pool takes of what blocks may hold: Bitcoin Core's main standardness rules. */
#include "chain/tx.h"

#define POLICY_WEIGHT_MAX 400000
#define POLICY_STRIPPED_MIN 65
#define POLICY_OP_RETURN_MAX 83

struct policy {
	int32_t version_max;  /* 3 as Bitcoin Core since 28, 2 as btcd */
	uint64_t fee_rate;    /* least sat/kvB to relay, and least increment of a replacement */
	bool accept_nonstd;   /* version, outputs and sizes are not looked at */
	bool send_reject;     /* tell the sender in an old-style reject message */
};

extern const struct policy policy_default;

/* NULL, or a reason name, as Bitcoin Core's IsStandardTx. */
MUST_USE const char *policy_check_tx(const struct policy *p, const struct tx *tx);

/* Fee in satoshi that vsize bytes need at the given rate, rounded up. */
uint64_t fee_at_rate(uint64_t sat_per_kvb, size_t vsize);

#endif
