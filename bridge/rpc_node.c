#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/node.h"
#include "bridge/node_pages.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_server.h"

static void
run_getinfo(struct rpc_call *c)
{
	rpc_answer(c, node_info(rpc_node(c)));
}

static void
run_ping(struct rpc_call *c)
{
	rpc_answer(c, json_string("pong"));
}

static void
run_uptime(struct rpc_call *c)
{
	rpc_answer(c, json_integer(node_uptime(rpc_node(c))));
}

static void
run_stop(struct rpc_call *c)
{
	node_stop(rpc_node(c));
	rpc_answer(c, json_string("stopping"));
}

static void
run_getmetrics(struct rpc_call *c)
{
	char *text = node_metrics(rpc_node(c));

	rpc_answer(c, json_string(text));
	free(text);
}

static void
run_logging(struct rpc_call *c)
{
	const char *spec = rpc_text(c, "spec");
	const char *fault = spec != NULL ? log_configure(spec) : NULL;

	if (fault != NULL)
		rpc_bad_param(c, "spec", "such as debug, or rpc:debug,spv:warn", fault);
	else
		rpc_answer(c, json_pack("{ss}", "set", spec != NULL ? spec : ""));
}

static void
run_help(struct rpc_call *c)
{
	const struct rpc_method *const *tables = rpc_get_tables(node_rpc(rpc_node(c)));
	const char *name = rpc_text(c, "method");
	const struct rpc_method *m = name != NULL ? rpc_find_method(tables, name) : NULL;
	const char *near = name != NULL && m == NULL ? rpc_nearest_method(tables, name) : NULL;
	char hint[100];

	if (m != NULL) {
		rpc_answer(c, rpc_describe(m));
		return;
	}
	if (name != NULL) {
		snprintf(hint, sizeof(hint), "did you mean %s?", near != NULL ? near : "help");
		rpc_bad_param(c, "method", hint, "there is no such method");
		return;
	}
	rpc_answer(c, rpc_describe_all(tables));
}

static const struct rpc_param logging_params[] = {
	{ "spec", RPC_TEXT, false, "LEVEL or CATEGORY:LEVEL, several with commas; levels error, warn, info, debug",
	  "nothing changes" },
};
static const struct rpc_param help_params[] = {
	{ "method", RPC_TEXT, false, "a method's name", "all of them" },
};

const struct rpc_method rpc_node_methods[] = {
	{ "getinfo", "node", "state of the daemon, both chains and the peg",
	  "Version, network, whether the daemon is ready (and why not), heights of both chains, state of the peg, reserve "
	  "and supply.",
	  "", NULL, 0, RPC_NEEDS_NOTHING, run_getinfo },
	{ "ping", "node", "is the daemon there?", NULL, "", NULL, 0, RPC_NEEDS_NOTHING, run_ping },
	{ "uptime", "node", "seconds since the daemon started", NULL, "", NULL, 0, RPC_NEEDS_NOTHING, run_uptime },
	{ "help", "node", "the methods, or all about one of them", NULL, "getinfo", help_params, ARRAY_LEN(help_params),
	  RPC_NEEDS_NOTHING, run_help },
	{ "stop", "node", "stop the daemon", "Answers, then ends the daemon in good order.", "", NULL, 0, RPC_NEEDS_NOTHING,
	  run_stop },
	{ "logging", "node", "change what is logged", "Until the next start; the option log= is what holds then.",
	  "rpc:debug", logging_params, ARRAY_LEN(logging_params), RPC_NEEDS_NOTHING, run_logging },
	{ "getmetrics", "node", "counters and gauges in OpenMetrics text", "The same text as GET /metrics.", "", NULL, 0,
	  RPC_NEEDS_NOTHING, run_getmetrics },
	{ .name = NULL },
};
