#ifndef TALLY_BRIDGE_RPC_SIMULATE_H
#define TALLY_BRIDGE_RPC_SIMULATE_H
/* simulatetransaction: what a transaction would change. */
#include "bridge/rpc.h"

void run_simulatetransaction(struct rpc_call *c);

#endif
