#ifndef TALLY_BRIDGE_RPC_ASSET_H
#define TALLY_BRIDGE_RPC_ASSET_H
/* Assets as people name them. */
#include "bridge/rpc.h"
#include "token/asset.h"

/* Parameter `name` (kind RPC_TEXT): an asset id in hex, "coin" or "0" for the pegged coin, or a ticker when one asset alone
 * has it. Absent: the coin. False: the call has been answered. */
MUST_USE bool rpc_asset(struct asset *out, struct rpc_call *c, const char *name);
/* The same for a text from elsewhere: false when it names none, or several. */
MUST_USE bool asset_named(struct asset *out, const struct state *s, const char *text);

/* Parameter `from`, or the asset's issuer. False: the call has been answered. */
MUST_USE bool rpc_issuer(struct account *out, struct rpc_call *c, const struct asset *a);

/* What may change later: "none", or words such as issuer:dao with commas between. False: the call has been answered. */
MUST_USE bool rpc_changes(uint16_t *out, struct rpc_call *c, const char *name);
json_t *changes_json(uint16_t changes);

#endif
