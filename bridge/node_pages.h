#ifndef TALLY_BRIDGE_NODE_PAGES_H
#define TALLY_BRIDGE_NODE_PAGES_H
/* What the daemon says about itself: getinfo, /ready, /metrics. */
#include "bridge/rpc_http.h"

extern const struct rpc_http_pages node_pages;

/* The answer of getinfo; owned by the caller. */
json_t *node_info(struct node *n);
/* Reasons why the node is not ready to serve: an array of sentences, empty when it is. */
json_t *node_unready(const struct node *n);
/* OpenMetrics, without the final # EOF; owned by the caller. */
char *node_metrics(struct node *n);

#endif
