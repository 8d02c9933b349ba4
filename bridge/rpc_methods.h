#ifndef TALLY_BRIDGE_RPC_METHODS_H
#define TALLY_BRIDGE_RPC_METHODS_H
/* The tables, one for each file of methods; rpc_methods.c lists them. */
#include "bridge/rpc.h"

extern const struct rpc_method rpc_node_methods[];
extern const struct rpc_method rpc_mainchain_methods[];
extern const struct rpc_method rpc_ledger_methods[];
extern const struct rpc_method rpc_sign_methods[];
extern const struct rpc_method rpc_sponsor_methods[];
extern const struct rpc_method rpc_keys_methods[];
extern const struct rpc_method rpc_pegin_methods[];
extern const struct rpc_method rpc_peg_methods[];
extern const struct rpc_method rpc_plugins_methods[];
extern const struct rpc_method rpc_assets_methods[], rpc_asset_changes_methods[];
extern const struct rpc_method rpc_loyalty_methods[];
extern const struct rpc_method rpc_sale_terms_methods[], rpc_sales_methods[];
extern const struct rpc_method rpc_dao_methods[];
extern const struct rpc_method rpc_swaps_methods[];
extern const struct rpc_method rpc_records_methods[];
extern const struct rpc_method rpc_names_methods[];
extern const struct rpc_method rpc_validators_methods[], rpc_validators_write_methods[];
extern const struct rpc_method rpc_dao_show_methods[];

#define RPC_PARAMS(p) (p), ARRAY_LEN(p)

/* Description of a method as `help METHOD` gives it. */
json_t *rpc_describe(const struct rpc_method *m);
json_t *rpc_describe_all(const struct rpc_method *const *tables);

#endif
