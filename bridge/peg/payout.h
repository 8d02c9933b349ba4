#ifndef TALLY_PEG_PAYOUT_H
#define TALLY_PEG_PAYOUT_H
/* Peg-out: coin put into escrow until a plan has paid it on the main chain.
 *
 *   QUEUED -> PLANNED -> SIGNED -> PAID -> FINAL;  QUEUED -> CANCELLED | EXPIRED;  a dead plan's go back to QUEUED */
#include "bridge/peg/reserve.h"

MUST_USE const char *payout_apply(struct exec *x, const struct peg_params *p, const struct op_payout *op,
				  const struct account *source);
MUST_USE const char *payout_cancel(struct exec *x, uint64_t id, const struct account *source);
/* May coin be sent there? NULL, or DESTINATION_NONSTANDARD, DESTINATION_UNSPENDABLE, DESTINATION_VAULT, DESTINATION_DEPOSIT. */
MUST_USE const char *payout_destination(const struct state *s, const uint8_t *script, size_t len);
void payouts_end_block(struct exec *x, const struct peg_params *p);

/* Store with a new state, keep the queue's index, tell. */
void payout_enter(struct exec *x, struct payout *pay, enum payout_state state, const char *reason);

/* Ids of those in the queue, oldest first: walk with payout_queue_next(). */
void payout_queue_walk(struct state_walk *w, const struct state *s);
MUST_USE bool payout_queue_next(struct state_walk *w, struct payout *out);

#endif
