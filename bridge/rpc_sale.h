#ifndef TALLY_BRIDGE_RPC_SALE_H
#define TALLY_BRIDGE_RPC_SALE_H
/* Sales for people, shared by rpc_sales.c (buying, closing, looking) and rpc_sale_terms.c (what a seller says). */
#include "bridge/rpc.h"
#include "token/asset.h"
#include "token/sale.h"

/* Both assets of a sale, for decimals and tickers. */
struct sale_assets {
	struct asset sold, paid;
};

/* What an operation would see in the next block; the state is the ledger's own, so nothing may be written. */
struct exec rpc_next_block(struct block_env *env, const struct rpc_call *c);

/* The price in words of createsale: {"schedule", "price"…}; the parameters in hex for a rule that isn't sale_crowd. */
json_t *sale_price_json(const struct sale *sale, const struct sale_assets *a);

#endif
