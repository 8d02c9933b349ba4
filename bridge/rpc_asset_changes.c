/* What may be changed of an asset after its creation, as people write it, and the methods that do it. */
#include <string.h>

#include "bridge/node.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_rule_params.h"
#include "bridge/rpc_write.h"

static const char *const parts[ASSET_PARTS] = { "issuer", "dao", "params", "name" }; /* enum asset_part */
static const struct {
	const char *name;
	unsigned by;
} whos[] = { { "issuer", ASSET_BY_ISSUER }, { "dao", ASSET_BY_DAO } };

static bool
word_is(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && strncmp(word, text, len) == 0;
}

/* The bit of "part:who"; 0 for anything else. */
static uint16_t
change_bit(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);

	for (size_t part = 0; colon != NULL && part < ASSET_PARTS; part++) {
		for (size_t who = 0; who < ARRAY_LEN(whos); who++) {
			if (word_is(parts[part], text, (size_t)(colon - text)) &&
			    word_is(whos[who].name, colon + 1, len - (size_t)(colon + 1 - text)))
				return (uint16_t)(whos[who].by << 2 * part);
		}
	}
	return 0;
}

bool
rpc_changes(uint16_t *out, struct rpc_call *c, const char *name)
{
	const char *text = rpc_has(c, name) ? rpc_text(c, name) : "issuer:issuer";

	*out = 0;
	if (strcmp(text, "none") == 0)
		return true;
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		uint16_t bit = change_bit(text, len);

		if (bit == 0) {
			rpc_bad_param(c, name, "none, or what:who with commas between; what: issuer, dao, params, name; who: issuer, dao",
				      "nothing like this can be declared");
			return false;
		}
		*out |= bit;
		text += len + (text[len] == ',');
	}
	return true;
}

json_t *
changes_json(uint16_t changes)
{
	json_t *list = json_array();

	for (size_t part = 0; part < ASSET_PARTS; part++) {
		for (size_t who = 0; who < ARRAY_LEN(whos); who++) {
			if (changes & whos[who].by << 2 * part)
				json_array_append_new(list, json_sprintf("%s:%s", parts[part], whos[who].name));
		}
	}
	return list;
}

bool
rpc_issuer(struct account *out, struct rpc_call *c, const struct asset *a)
{
	if (rpc_account(out, c, "from"))
		return true;
	if (a->renounced) {
		rpc_fail(c, RPC_REFUSED, "NOT_ISSUER", NULL, "nobody is the issuer of %s any more", a->ticker);
		return false;
	}
	*out = a->issuer;
	return true;
}

/* --- Methods --- */

static void
run_setissuer(struct rpc_call *c)
{
	struct op_set_issuer o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_account(&o.issuer, c, "issuer") || !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	op_set_issuer_encode(&payload, &o);
	rpc_write_op(c, OP_SET_ISSUER, &from, &payload, NULL);
}

static void
run_renounceasset(struct rpc_call *c)
{
	struct op_renounce o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	op_renounce_encode(&payload, &o);
	rpc_write_op(c, OP_RENOUNCE, &from, &payload, NULL);
}

static void
run_setassetdao(struct rpc_call *c)
{
	struct op_set_dao o = { .dao = ASSET_NO_DAO };
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_issuer(&from, c, &a))
		return;
	o.asset = a.id;
	if (rpc_count(c, "dao", 0) < ASSET_NO_DAO)
		o.dao = (uint32_t)rpc_count(c, "dao", 0);
	op_set_dao_encode(&payload, &o);
	rpc_write_op(c, OP_SET_DAO, &from, &payload, NULL);
}

static void
run_setassetparams(struct rpc_call *c)
{
	struct wr payload = { 0 }, params = { 0 };
	struct op_set_params o;
	struct account from;
	struct asset a;

	if (!rpc_asset(&a, c, "asset") || !rpc_issuer(&from, c, &a) || !rpc_rule_params(&params, c, "rule_params", a.rule))
		return;
	o = (struct op_set_params){ a.id, { params.p, params.len } };
	op_set_params_encode(&payload, &o);
	rpc_write_op(c, OP_SET_PARAMS, &from, &payload, NULL);
	wr_clear(&params);
}

static void
run_setassetname(struct rpc_call *c)
{
	struct op_set_name o;
	struct asset a;
	struct account from;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_issuer(&from, c, &a))
		return;
	o = (struct op_set_name){ a.id, OP_TEXT(rpc_text(c, "name")) };
	op_set_name_encode(&payload, &o);
	rpc_write_op(c, OP_SET_NAME, &from, &payload, NULL);
}

#define ASSET_PARAM { "asset", RPC_TEXT, true, "ticker or id", NULL }
#define FROM_ISSUER { "from", RPC_ACCOUNT, false, "the issuer", "the asset's issuer" }

static const struct rpc_param setissuer_params[] = {
	ASSET_PARAM,
	{ "issuer", RPC_ACCOUNT, true, "the new one", NULL },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param renounceasset_params[] = { ASSET_PARAM, FROM_ISSUER, RPC_WRITE_PARAMS };
static const struct rpc_param setassetdao_params[] = {
	ASSET_PARAM,
	{ "dao", RPC_COUNT, true, "number of the DAO that it obeys from now on", NULL },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param setassetparams_params[] = {
	ASSET_PARAM,
	{ "rule_params", RPC_JSON, true, "all of them, by name, or [\"hex\"]", NULL },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param setassetname_params[] = {
	ASSET_PARAM,
	{ "name", RPC_TEXT, true, "for people", NULL },
	FROM_ISSUER,
	RPC_WRITE_PARAMS,
};

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_asset_changes_methods[] = {
	{ "setissuer", "assets", "hand a token over to another issuer", "Declared at creation: changes=issuer:issuer.", "COFFEE bob",
	  RPC_PARAMS(setissuer_params), WRITES, run_setissuer },
	{ "setassetdao", "assets", "name the DAO that a token obeys", "Once, where changes=dao:issuer was declared at creation: so it can be the DAO of its own holders.",
	  "COFFEE 3", RPC_PARAMS(setassetdao_params), WRITES, run_setassetdao },
	{ "setassetparams", "assets", "announce other parameters of a token's rule",
	  "In force after the notice that was declared at creation, with changes=params:issuer. Announcing the old ones takes it back.",
	  "COFFEE '{\"points\": 2, \"per\": 100}'", RPC_PARAMS(setassetparams_params), WRITES, run_setassetparams },
	{ "setassetname", "assets", "give a token another name", "Its ticker stays. Declared at creation: changes=name:issuer.", "COFFEE \"Coffee beans\"",
	  RPC_PARAMS(setassetname_params), WRITES, run_setassetname },
	{ "renounceasset", "assets", "be its issuer no more, nor anyone else", "Nobody can undo this. Freezes and pauses end.", "COFFEE",
	  RPC_PARAMS(renounceasset_params), WRITES, run_renounceasset },
	{ .name = NULL },
};
