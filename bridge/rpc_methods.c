#include "bridge/rpc_methods.h"

#include "bridge/rpc_call.h"

const struct rpc_method *const rpc_tables[] = {
	rpc_node_methods,
	rpc_mainchain_methods,
	rpc_ledger_methods,
	rpc_sign_methods,
	rpc_sponsor_methods,
	rpc_keys_methods,
	rpc_pegin_methods,
	rpc_peg_methods,
	rpc_assets_methods,
	rpc_asset_changes_methods,
	rpc_loyalty_methods,
	rpc_sale_terms_methods,
	rpc_sales_methods,
	rpc_dao_methods,
	rpc_swaps_methods,
	rpc_records_methods,
	rpc_names_methods,
	rpc_plugins_methods,
	rpc_validators_methods,
	rpc_validators_write_methods,
	rpc_dao_show_methods,
	NULL,
};

static const char *
kind_name(enum rpc_kind kind)
{
	switch (kind) {
	case RPC_TEXT:
		return "text";
	case RPC_COUNT:
		return "number";
	case RPC_BOOL:
		return "true or false";
	case RPC_AMOUNT:
		return "amount";
	case RPC_HASH:
		return "id";
	case RPC_TXID:
		return "main-chain id";
	case RPC_KEY:
		return "x-only key";
	case RPC_HEX:
		return "hex";
	case RPC_ACCOUNT:
		return "account";
	case RPC_JSON:
		return "JSON";
	}
	return "";
}

json_t *
rpc_describe(const struct rpc_method *m)
{
	json_t *params = json_array(), *o;
	char usage[800];

	for (size_t i = 0; i < m->params_n; i++) {
		const struct rpc_param *p = &m->params[i];

		o = json_pack("{sssssbss}", "name", p->name, "kind", kind_name(p->kind), "required", (int)p->required, "help",
			      p->help);
		if (p->fallback != NULL)
			json_object_set_new(o, "default", json_string(p->fallback));
		json_array_append_new(params, o);
	}
	rpc_usage(usage, sizeof(usage), m);
	o = json_pack("{sssssssssbso}", "name", m->name, "area", m->area, "summary", m->summary, "usage", usage, "secret",
		      (m->needs & RPC_SECRET) != 0, "params", params);
	if (m->help != NULL)
		json_object_set_new(o, "help", json_string(m->help));
	if (m->example != NULL)
		json_object_set_new(o, "example", json_sprintf("tally %s%s%s", m->name, m->example[0] ? " " : "", m->example));
	return o;
}

json_t *
rpc_describe_all(const struct rpc_method *const *tables)
{
	json_t *all = json_array();

	for (; *tables != NULL; tables++) {
		for (const struct rpc_method *m = *tables; m->name != NULL; m++)
			json_array_append_new(all, rpc_describe(m));
	}
	return all;
}
