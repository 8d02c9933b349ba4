#ifndef TALLY_BRIDGE_SIGNER_BURIAL_H
#define TALLY_BRIDGE_SIGNER_BURIAL_H
/* The daemon's side of signer_dead.h: finds the transaction that keeps a dead plan of the ledger from ever confirming, and makes the request
 * that shows it to signers. */
#include "bridge/mainchain.h"
#include "bridge/signer.h"

/* The next dead plan after `after` that shares an input or a payout with this sheet; 0 for none. */
uint64_t burial_in_the_way(const struct state *s, const struct plan_sheet *sheet, uint64_t after);

/* The request for a dead plan, borrowed for the call; NULL with a reason (borrowed) when it cannot be made. */
typedef void burial_fn(void *context, uint64_t plan, const struct wr *request, const char *why);

/* done is called once, now or later, unless the main chain is closed before. */
void burial_make(struct mainchain *m, const struct state *s, const struct peg_params *p, uint64_t plan, burial_fn *done, void *context);

#endif
