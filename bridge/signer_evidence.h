#ifndef TALLY_BRIDGE_SIGNER_EVIDENCE_H
#define TALLY_BRIDGE_SIGNER_EVIDENCE_H
/* What a signer wants to see before it signs a plan: for each payout its owner's signed transaction. */
#include "bridge/signer.h"
#include "token/store.h"

/* The request for a plan's sheet, appended to w. A payout whose transaction is not found comes without one; the signer
 * refuses then. */
void evidence_request(struct wr *w, uint32_t height, const struct plan_sheet *sheet, struct store *store, const struct state *s);

#endif
