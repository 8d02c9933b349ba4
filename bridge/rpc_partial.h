#ifndef TALLY_BRIDGE_RPC_PARTIAL_H
#define TALLY_BRIDGE_RPC_PARTIAL_H
/* Transactions whose signatures are being collected, in calls. */
#include "bridge/rpc.h"
#include "token/partial.h"

struct complaint;

/* Add what the wallet can: policies that it knows, signatures of its keys. *added (may be NULL) counts the signatures. False: the
 * wallet has a key that is wanted, and is locked. */
MUST_USE bool rpc_sign_partial(size_t *added, struct partial *p, struct complaint *why, const struct node *n);

/* A partial, a signed or an unsigned transaction of this chain, with every signature that it has checked. False: the call has been
 * answered. *out is the caller's (partial_clear). */
MUST_USE bool rpc_take_partial(struct partial *out, struct rpc_call *c, const void *bytes, size_t len);

/* Signatures are missing: fail the call, and say whose. */
void rpc_fail_incomplete(struct rpc_call *c, const struct partial *p);

/* Answer with partial_json(). */
void rpc_answer_partial(struct rpc_call *c, const struct partial *p);

#endif
