#ifndef TALLY_BRIDGE_RPC_VALIDATOR_H
#define TALLY_BRIDGE_RPC_VALIDATOR_H
/* Validators as people name them; shared by rpc_validators.c (asking) and rpc_validators_write.c. */
#include "bridge/rpc.h"
#include "token/asset.h"
#include "token/validator.h"

/* Parameters, and the bonded asset (all zero but its id while nobody has created it). False: the call has been answered. */
MUST_USE bool rpc_validators(struct validators_params *p, struct asset *a, struct rpc_call *c);
/* Parameter `name` (kind RPC_TEXT, required): key, address or moniker. False: the call has been answered. */
MUST_USE bool rpc_validator(struct validator *out, struct rpc_call *c, const char *name);

json_t *json_validator_key(const struct validator_key *k);

#endif
