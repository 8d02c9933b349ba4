#include "bridge/node_pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/node.h"
#include "config.h"

json_t *
node_unready(const struct node *n)
{
	json_t *reasons = json_array();
	const char *why = node_not_synced(n);

	if (why != NULL)
		json_array_append_new(reasons, json_string(why));
	return reasons;
}

json_t *
node_info(struct node *n)
{
	json_t *unready = node_unready(n), *o;

	o = json_pack("{ssssss?sbsisI}", "version", PACKAGE_VERSION, "network", node_params(n)->name, "chain_id", NULL, "ready",
		      json_array_size(unready) == 0, "rpcport", (int)node_http_port(n), "uptime", (json_int_t)node_uptime(n));
	if (json_array_size(unready) > 0)
		json_object_set(o, "not_ready_because", unready);
	json_decref(unready);
	return o;
}

static char *
ready_page(struct node *n, bool *ready)
{
	json_t *reasons = node_unready(n), *o;
	char *text;

	*ready = json_array_size(reasons) == 0;
	o = json_pack("{sbso}", "ready", (int)*ready, "reasons", reasons);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

char *
node_metrics(struct node *n)
{
	struct rpc_counts c = rpc_get_counts(node_rpc(n));

	return mem_printf("# TYPE tally_uptime_seconds gauge\ntally_uptime_seconds %lld\n"
			  "# TYPE tally_rpc_calls counter\ntally_rpc_calls_total %llu\n"
			  "# TYPE tally_rpc_failures counter\ntally_rpc_failures_total %llu\n"
			  "# TYPE tally_rpc_under_way gauge\ntally_rpc_under_way %zu\n"
			  "# TYPE tally_clients gauge\ntally_clients %zu\n# EOF\n",
			  (long long)node_uptime(n), (unsigned long long)c.calls, (unsigned long long)c.failed, c.under_way, node_clients(n));
}

const struct rpc_http_pages node_pages = { .ready = ready_page, .metrics = node_metrics };
