#ifndef TALLY_BRIDGE_RPC_SERVER_H
#define TALLY_BRIDGE_RPC_SERVER_H
/* From request texts to answer texts, whatever carries them. */
#include "bridge/rpc.h"

#define RPC_TEXT_MAX 1000000 /* bytes of a request */
#define RPC_BATCH_MAX 100    /* calls of a batch */
#define RPC_CALLS_MAX 500    /* calls under way, of all clients */

/* tables as in rpc.h, borrowed. n may be NULL where no method asks for it. */
struct rpc *rpc_new(struct node *n, const struct rpc_method *const *tables);
/* Requests under way are dropped without an answer. NULL is fine. */
void rpc_free(struct rpc *r);

struct rpc_request;

struct rpc_reply {
	char *text;     /* owned by the receiver (free); NULL when nothing is to be sent */
	bool malformed; /* the request as a whole was not understood */
};
typedef void rpc_reply_fn(void *client, struct rpc_reply reply);

/* Carry out a request: reply is called once, now or later. NULL when it was called already, else a handle to abandon it by. */
struct rpc_request *rpc_handle(struct rpc *r, const char *text, size_t len, rpc_reply_fn *reply, void *client);
/* The client is gone: reply will not be called. The calls run on. */
void rpc_request_abandon(struct rpc_request *q);
/* Refuse a text that was not even read (too large, too deep): the answer to send, owned by the caller. */
char *rpc_refusal(enum rpc_code code, const char *reason, const char *message, const char *hint);

struct rpc_counts {
	uint64_t calls, failed;
	size_t under_way;
};
struct rpc_counts rpc_get_counts(const struct rpc *r);
const struct rpc_method *const *rpc_get_tables(const struct rpc *r);

#endif
