#ifndef TALLY_BRIDGE_RPC_METHODS_H
#define TALLY_BRIDGE_RPC_METHODS_H
/* The tables, one for each file of methods; rpc_methods.c lists them. */
#include "bridge/rpc.h"

extern const struct rpc_method rpc_node_methods[];
extern const struct rpc_method rpc_keys_methods[];

/* Description of a method as `help METHOD` gives it. */
json_t *rpc_describe(const struct rpc_method *m);

#endif
