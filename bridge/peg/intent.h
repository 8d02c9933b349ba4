#ifndef TALLY_PEG_INTENT_H
#define TALLY_PEG_INTENT_H
/* Addresses that every node watches, so that any of them relays a deposit. An intent expires after reclaim_delay; each
 * payer (or endorsing member) has a quota, and so has the whole. */
#include "bridge/peg/relay.h"

MUST_USE const char *intent_apply(struct exec *x, const struct peg_params *p, const struct op_intent *op);
MUST_USE const char *intent_paid_apply(struct exec *x, const struct peg_params *p, const struct deposit_terms *t,
				       const struct account *payer);
void intents_end_block(struct exec *x);

#endif
