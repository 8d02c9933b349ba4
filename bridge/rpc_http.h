#ifndef TALLY_BRIDGE_RPC_HTTP_H
#define TALLY_BRIDGE_RPC_HTTP_H
/* The HTTP port: JSON-RPC by POST / with the cookie, and without it GET /health, /ready, /metrics, the page
 * (web/assets.h) and the public figures that it shows (/overview.json). Whoever asks must name us in Host and,
 * when it is a web page, in Origin too: a page of another site must not reach us through a browser. */
#include <event2/event.h>

#include "bridge/complaint.h"
#include "bridge/cookie.h"
#include "bridge/rpc_server.h"

struct rpc_http;

struct rpc_http_params {
	const char *address; /* numeric; borrowed for the call */
	uint16_t port;       /* 0: any */
	const char *const *allow; /* ADDR or ADDR/BITS, beside this machine; borrowed for the call */
	size_t allow_n;
	const struct cookie *cookie; /* borrowed */
};

/* What the open pages say, from the node: appended to text. ready: false makes /ready answer 503. */
struct rpc_http_pages {
	char *(*ready)(struct node *n, bool *ready); /* JSON; owned by the caller */
	char *(*metrics)(struct node *n);            /* OpenMetrics */
};

MUST_USE bool rpc_http_open(struct rpc_http **out, struct complaint *why, struct event_base *base, struct rpc *r, struct node *n,
			    const struct rpc_http_params *params, const struct rpc_http_pages *pages);
void rpc_http_close(struct rpc_http *h);
uint16_t rpc_http_port(const struct rpc_http *h);
size_t rpc_http_count(const struct rpc_http *h);

#endif
