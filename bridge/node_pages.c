#include "bridge/node_pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/genesis_file.h"
#include "bridge/mainchain.h"
#include "bridge/node.h"
#include "bridge/peg/peg.h"
#include "bridge/progress_line.h"
#include "bridge/rules.h"
#include "config.h"

json_t *
node_unready(const struct node *n)
{
	json_t *reasons = json_array();
	const char *why = node_not_synced(n);

	if (why != NULL)
		json_array_append_new(reasons, json_string(why));
	if (node_engine(n) != NULL && (why = engine_stalled(node_engine(n))) != NULL)
		json_array_append_new(reasons, json_string(why));
	return reasons;
}

static void
add_sidechain(json_t *o, const struct node *n)
{
	struct ledger_tip tip = ledger_tip(node_ledger(n));
	const char *stalled = engine_stalled(node_engine(n));
	struct peg_status peg;
	json_t *p;

	json_object_set_new(o, "chain_id", json_string(node_genesis(n)->chain_id));
	json_object_set_new(o, "genesis_id", json_hash(ledger_genesis_id(node_ledger(n))));
	json_object_set_new(o, "sidechain",
			    json_pack("{sIsIsoss}", "height", (json_int_t)tip.height, "time", (json_int_t)tip.time.sec,
				      "app_hash", json_hash(&tip.app_hash), "engine", engine_name(node_engine(n))));
	if (stalled != NULL)
		json_object_set_new(json_object_get(o, "sidechain"), "stalled", json_string(stalled));
	peg_status(&peg, ledger_state(node_ledger(n)), tip.time);
	p = json_pack("{sssI}", "state", peg_state_name(peg.state), "height", (json_int_t)peg.height);
	if (peg.reason[0] != '\0')
		json_object_set_new(p, "reason", json_string(peg.reason));
	json_object_set_new(o, "peg", p);
	json_object_set_new(o, "reserve", json_amount(peg.reserve, AMOUNT_DECIMALS_MAX));
	json_object_set_new(o, "supply", json_amount(peg.supply, AMOUNT_DECIMALS_MAX));
	json_object_set_new(o, "fee_base", json_amount(ledger_fee(node_ledger(n), 0), AMOUNT_DECIMALS_MAX));
	json_object_set_new(o, "fee_one_op", json_amount(ledger_fee(node_ledger(n), 1), AMOUNT_DECIMALS_MAX));
}

static void
add_warning(void *context, const char *sentence)
{
	json_array_append_new(context, json_string(sentence));
}

/* Only when there are any. */
static void
add_warnings(json_t *o, const struct node *n)
{
	json_t *list = json_array();

	rules_warnings(node_ledger(n), add_warning, list);
	if (json_array_size(list) > 0)
		json_object_set(o, "warnings", list);
	json_decref(list);
}

static void
add_mainchain(json_t *o, const struct node *n)
{
	struct progress_at at = progress_watch_at(node_progress(n));
	struct spv_progress p;

	spv_progress(mainchain_spv(node_mainchain(n)), &p);
	json_object_set_new(o, "mainchain",
			    json_pack("{sIsIsIsf}", "height", (json_int_t)p.headers, "headers", (json_int_t)p.headers,
				      "peers", (json_int_t)p.peers, "verificationprogress", progress_overall(&p, &at)));
}

json_t *
node_info(struct node *n)
{
	json_t *unready = node_unready(n), *o;

	o = json_pack("{sssssb}", "version", PACKAGE_VERSION, "network", node_params(n)->name, "ready",
		      json_array_size(unready) == 0);
	if (json_array_size(unready) > 0)
		json_object_set(o, "not_ready_because", unready);
	json_decref(unready);
	add_mainchain(o, n);
	if (node_ledger(n) != NULL) {
		add_sidechain(o, n);
		add_warnings(o, n);
	} else {
		json_object_set_new(o, "light_client_only", json_true());
	}
	json_object_set_new(o, "rpcport", json_integer(node_http_port(n)));
	json_object_set_new(o, "uptime", json_integer(node_uptime(n)));
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

static void
add_metric(char **text, const char *kind, const char *name, uint64_t value)
{
	bool counter = strcmp(kind, "counter") == 0;
	char *more = mem_printf("%s# TYPE tally_%s %s\ntally_%s%s %llu\n", *text, name, kind, name, counter ? "_total" : "",
				(unsigned long long)value);

	free(*text);
	*text = more;
}

static void
add_sidechain_metrics(char **text, const struct node *n)
{
	struct ledger_tip tip = ledger_tip(node_ledger(n));
	struct peg_status peg;

	peg_status(&peg, ledger_state(node_ledger(n)), tip.time);
	add_metric(text, "gauge", "sidechain_height", tip.height);
	add_metric(text, "gauge", "sidechain_waiting_transactions", engine_waiting(node_engine(n)));
	add_metric(text, "gauge", "state_keys", state_count(ledger_state(node_ledger(n))));
	add_metric(text, "gauge", "peg_open", peg.state == PEG_OPEN);
	add_metric(text, "gauge", "peg_halted", peg.state == PEG_HALTED);
	add_metric(text, "gauge", "peg_mainchain_height", peg.height);
	add_metric(text, "gauge", "peg_reserve_satoshi", amount_units(peg.reserve));
	add_metric(text, "gauge", "peg_supply_satoshi", amount_units(peg.supply));
	add_metric(text, "gauge", "peg_deficit_satoshi", amount_units(peg.deficit));
	add_metric(text, "gauge", "peg_payouts_queued", peg.queued);
	add_metric(text, "gauge", "peg_deposits_waiting", peg.waiting);
	add_metric(text, "gauge", "peg_refresh_alarm", peg.refresh_alarm);
}

char *
node_metrics(struct node *n)
{
	struct rpc_counts c = rpc_get_counts(node_rpc(n));
	struct spv_progress p;
	char *text = mem_strdup("");

	spv_progress(mainchain_spv(node_mainchain(n)), &p);
	add_metric(&text, "gauge", "uptime_seconds", (uint64_t)node_uptime(n));
	add_metric(&text, "counter", "rpc_calls", c.calls);
	add_metric(&text, "counter", "rpc_failures", c.failed);
	add_metric(&text, "gauge", "rpc_under_way", c.under_way);
	add_metric(&text, "gauge", "clients", node_clients(n));
	add_metric(&text, "gauge", "ready", node_not_synced(n) == NULL);
	add_metric(&text, "gauge", "mainchain_headers", p.headers);
	add_metric(&text, "gauge", "mainchain_peers", p.peers);
	if (node_ledger(n) != NULL)
		add_sidechain_metrics(&text, n);
	return text;
}

static char *
metrics_page(struct node *n)
{
	char *text = node_metrics(n), *whole = mem_printf("%s# EOF\n", text);

	free(text);
	return whole;
}

const struct rpc_http_pages node_pages = { .ready = ready_page, .metrics = metrics_page };
