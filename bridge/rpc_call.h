#ifndef TALLY_BRIDGE_RPC_CALL_H
#define TALLY_BRIDGE_RPC_CALL_H
/* The inside of a call, shared by rpc.c and rpc_params.c only. */
#include "bridge/rpc.h"

struct rpc_request;

struct rpc_call {
	struct rpc *rpc;
	struct rpc_request *request; /* which waits for this call's answer */
	size_t slot;                 /* place in the request's answers */
	bool notification;           /* nobody wants the answer */
	bool v2;
	json_t *id;                  /* owned; JSON null when there is none */
	const struct rpc_method *method;
	json_t *args;                /* owned: object of the parameters that are there, by name */
	void **bytes;                /* owned: what rpc_hex() decoded */
	size_t bytes_n;
};

/* Fit params (borrowed; NULL for none) to the method's table, into c->args. False: the call has been answered. */
MUST_USE bool rpc_params_take(struct rpc_call *c, json_t *params);

/* "tally METHOD required… [optional…]" into out. */
void rpc_usage(char *out, size_t size, const struct rpc_method *m);

#endif
