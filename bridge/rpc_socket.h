#ifndef TALLY_BRIDGE_RPC_SOCKET_H
#define TALLY_BRIDGE_RPC_SOCKET_H
/* JSON-RPC raw over a Unix socket that only its owner can open: one JSON text after the other, an answer each, a line feed
 * after it. */
#include <event2/event.h>

#include "bridge/complaint.h"
#include "bridge/rpc_server.h"

struct rpc_socket;

/* Listen at path, 0600; a socket left there by a daemon that is gone is replaced (the caller holds the lock on the directory). */
MUST_USE bool rpc_socket_open(struct rpc_socket **out, struct complaint *why, struct event_base *base, struct rpc *r,
			      const char *path);
void rpc_socket_close(struct rpc_socket *s);
size_t rpc_socket_count(const struct rpc_socket *s);

#endif
