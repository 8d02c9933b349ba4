#ifndef TALLY_BRIDGE_RPC_RULE_PARAMS_H
#define TALLY_BRIDGE_RPC_RULE_PARAMS_H
/* Parameters of the shipped rules by name, so that nobody has to write bytes. Of another rule: ["hex"]. */
#include "bridge/rpc.h"

/* Parameter `name` (kind RPC_JSON) of a call in the rule's own bytes, appended to out; absent: the rule's usual ones. False: the call has
 * been answered. */
MUST_USE bool rpc_rule_params(struct wr *out, struct rpc_call *c, const char *name, const char *rule);

/* The other way: an object of names, or hex where they aren't known. */
json_t *rule_params_json(const struct node *n, const char *rule, const void *params, size_t len);

#endif
