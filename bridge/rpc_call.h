#ifndef TALLY_BRIDGE_RPC_CALL_H
#define TALLY_BRIDGE_RPC_CALL_H
/* The inside of a call, shared by rpc.c and rpc_params.c only. */
#include <bsd/sys/queue.h>

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
	void **memory;               /* owned: what rpc_hex() decoded and rpc_alloc() gave */
	size_t memory_n;
	TAILQ_ENTRY(rpc_call) next;
};

/* Fit params (borrowed; NULL for none) to the method's table, into c->args. False: the call has been answered. */
MUST_USE bool rpc_params_take(struct rpc_call *c, json_t *params);

/* Give memory to the call. */
void rpc_call_own(struct rpc_call *c, void *memory);

#define RPC_USAGE_HINT_LEN 200
/* The usage as a hint; of a method with more parameters than anybody reads in one line, where they are explained. */
void rpc_usage_hint(char out[RPC_USAGE_HINT_LEN], const struct rpc_method *m);

/* "tally METHOD required… [optional…]" into out. */
void rpc_usage(char *out, size_t size, const struct rpc_method *m);

#endif
