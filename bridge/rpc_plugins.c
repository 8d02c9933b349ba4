/* Approved rules: which versions there are, which of them runs, and whether this node has them. */
#include <string.h>

#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/rules.h"
#include "token/plugin_host.h"
#include "token/rule.h"

static const char *
kind_name(enum tally_kind k)
{
	switch (k) {
	case TALLY_ISSUE:
		return "issue";
	case TALLY_SALE:
		return "sale";
	case TALLY_GOV:
		return "governance";
	case TALLY_VALSEL:
		return "validators";
	}
	return "";
}

static const char *
stage_name(enum rule_stage s)
{
	switch (s) {
	case RULE_IS_WAITING:
		return "approved";
	case RULE_IS_IN_FORCE:
		return "in force";
	case RULE_IS_SUPERSEDED:
		return "superseded";
	case RULE_IS_DISABLED:
		return "disabled";
	}
	return "";
}

/* What a version is for the next block. */
static json_t *
rule_json(const struct ledger *l, const struct rule_approval *r)
{
	const struct state *s = ledger_state((struct ledger *)(uintptr_t)l);
	uint64_t next = ledger_tip(l).height + 1, upgrade = rule_upgrade_height(r, s, next - 1);
	const struct tally_plugin *code = rule_code(&r->file);
	json_t *o = json_pack("{sssosssssosIsbsb}", "rule", r->version.name, "version",
			      json_sprintf("%u.%u.%u", (unsigned)r->version.major, (unsigned)r->version.minor, (unsigned)r->version.patch), "kind",
			      kind_name(r->kind), "state", stage_name(rule_stage(r, s, next)), "file", json_hash(&r->file), "from_height",
			      (json_int_t)r->from_height, "disabled", (int)rule_is_disabled(r, next), "loaded", (int)(code != NULL));

	if (upgrade != UINT64_MAX)
		json_object_set_new(o, "upgrade_height", json_integer((json_int_t)upgrade));
	if (code != NULL)
		json_object_set_new(o, "vectors", json_integer(code->vectors_n));
	if (code == NULL && rule_needed_from(r, s, next) != UINT64_MAX)
		json_object_set_new(o, "missing_from", json_integer((json_int_t)rule_needed_from(r, s, next)));
	return o;
}

/* What its descriptor says, where this node has it. */
static void
add_descriptor(json_t *o, const struct tally_plugin *p)
{
	json_t *reasons = json_array();

	for (size_t i = 0; p->reasons[i] != NULL; i++)
		json_array_append_new(reasons, json_string(p->reasons[i]));
	json_object_set_new(o, "reasons", reasons);
	json_object_set_new(o, "gas_max", json_integer((json_int_t)(p->gas_max < RULE_GAS_MAX ? p->gas_max : RULE_GAS_MAX)));
	json_object_set_new(o, "alloc_max", json_integer((json_int_t)(p->alloc_max < RULE_ALLOC_MAX ? p->alloc_max : RULE_ALLOC_MAX)));
}

/* All versions, or all about those of one name. */
static json_t *
rules_json(const struct ledger *l, const char *name)
{
	json_t *o;
	struct rule_walk w;
	struct rule_approval r;
	json_t *list = json_array();

	rule_walk_init(&w, ledger_state((struct ledger *)(uintptr_t)l));
	while (rule_walk_next(&w, &r)) {
		if (name != NULL && strcmp(r.version.name, name) != 0)
			continue;
		o = rule_json(l, &r);
		if (name != NULL && rule_code(&r.file) != NULL)
			add_descriptor(o, rule_code(&r.file));
		json_array_append_new(list, o);
	}
	return list;
}

static void
run_listplugins(struct rpc_call *c)
{
	rpc_answer(c, rules_json(node_ledger(rpc_node(c)), NULL));
}

static void
run_getplugin(struct rpc_call *c)
{
	json_t *list = rules_json(node_ledger(rpc_node(c)), rpc_text(c, "rule"));

	if (json_array_size(list) > 0) {
		rpc_answer(c, list);
		return;
	}
	json_decref(list);
	rpc_fail(c, RPC_REFUSED, "RULE_UNKNOWN", "listplugins shows the approved ones", "no rule of this name is approved");
}

static const struct rpc_param plugin_params[] = { { "rule", RPC_TEXT, true, "its name", NULL } };

const struct rpc_method rpc_plugins_methods[] = {
	{ "listplugins", "plugins", "approved rules",
	  "state: approved (comes into force later), in force, superseded by another version, or disabled. loaded: this node has the file; else "
	  "missing_from says before which block it stops.",
	  "", NULL, 0, RPC_NEEDS_LEDGER, run_listplugins },
	{ "getplugin", "plugins", "all versions of one rule", "With its reasons and limits, where this node has the file.", "issue_loyalty", RPC_PARAMS(plugin_params), RPC_NEEDS_LEDGER, run_getplugin },
	{ .name = NULL },
};
