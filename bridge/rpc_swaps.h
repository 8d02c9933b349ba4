#ifndef TALLY_BRIDGE_RPC_SWAPS_H
#define TALLY_BRIDGE_RPC_SWAPS_H
/* What an account has in the escrow of offers, where its balances are shown. */
#include "bridge/rpc.h"

/* Member "in_offers": [{"ticker", "amount", "offers"}…], one for each asset; none when it offers nothing. Counts the first 1,000 offers. */
void put_in_offers(json_t *o, const struct node *n, const struct account *who);

#endif
