/* Validators: who runs the engine, and what stands behind them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_rule_params.h"
#include "bridge/rpc_validator.h"
#include "bridge/rpc_write.h"
#include "token/validator.h"

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

bool
rpc_validators(struct validators_params *p, struct asset *a, struct rpc_call *c)
{
	if (!validators_params(p, state_of(c))) {
		rpc_fail(c, RPC_REFUSED, "VALIDATORS_OFF", "the genesis file says whether a chain has validators", "this chain has no validators");
		return false;
	}
	if (asset_get(a, state_of(c), &p->asset))
		return true;
	memset(a, 0, sizeof(*a)); /* nobody has created it yet: amounts are base units */
	a->id = p->asset;
	return true;
}

/* A moniker names a validator when it is the only one of that name. */
static size_t
find_moniker(struct validator *out, const struct state *s, const char *text)
{
	struct validator_walk w;
	struct validator v;
	size_t n = 0;

	validator_walk_init(&w, s);
	while (validator_walk_next(&w, &v)) {
		if (strcmp(v.moniker, text) == 0) {
			*out = v;
			n++;
		}
	}
	return n;
}

bool
rpc_validator(struct validator *out, struct rpc_call *c, const char *name)
{
	const char *text = rpc_text(c, name);
	uint8_t address[VALIDATOR_ADDRESS_LEN];
	struct validator_key key;
	size_t n = 0;

	if (strlen(text) == 2 * sizeof(key.b) && hex_decode(key.b, sizeof(key.b), text))
		n = validator_get(out, state_of(c), &key);
	else if (strlen(text) == 2 * sizeof(address) && hex_decode(address, sizeof(address), text))
		n = validator_by_address(&key, state_of(c), address) && validator_get(out, state_of(c), &key);
	if (n == 0)
		n = find_moniker(out, state_of(c), text);
	if (n == 1)
		return true;
	rpc_fail(c, RPC_REFUSED, n == 0 ? "VALIDATOR_UNKNOWN" : "VALIDATOR_AMBIGUOUS", "listvalidators shows the keys", "%s: %s", text,
		 n == 0 ? "there is no such validator" : "several have this moniker");
	return false;
}

json_t *
json_validator_key(const struct validator_key *k)
{
	return json_hex(k->b, sizeof(k->b));
}

static json_t *
units_json(uint64_t units, const struct asset *a)
{
	struct amount amount;

	return amount_from_units(&amount, units) ? json_amount(amount, a->decimals) : json_null();
}

/* "12.34", of all power */
static json_t *
share_json(uint64_t power, uint64_t total)
{
	struct amount whole, share;

	if (total == 0 || !amount_from_units(&whole, 10000) || !amount_muldiv(&share, whole, power, total, AMOUNT_DOWN))
		return json_null();
	return json_sprintf("%llu.%02llu", (unsigned long long)(amount_units(share) / 100), (unsigned long long)(amount_units(share) % 100));
}

static json_t *
row_json(const struct rpc_call *c, const struct validator *v, const struct validator_set *set, uint64_t total, const struct asset *a)
{
	uint64_t power = validator_set_power(set, &v->key);

	return json_pack("{sssssIsosososIsoso}", "moniker", v->moniker, "status", validator_status_name(v->status), "power", (json_int_t)power,
			 "percent", share_json(power, total), "bonded", units_json(v->bonded.tokens, a), "votes", units_json(v->votes, a), "weight",
			 (json_int_t)v->weight, "validator", json_validator_key(&v->key), "owner", json_account(rpc_node(c), &v->owner));
}

struct listed {
	uint64_t power, behind;
	json_t *row;
};

/* The strongest first, then who has the most units behind him. */
static int
by_power(const void *x, const void *y)
{
	const struct listed *a = x, *b = y;

	if (a->power != b->power)
		return a->power < b->power ? 1 : -1;
	return (a->behind < b->behind) - (a->behind > b->behind);
}

static json_t *
list_all(const struct rpc_call *c, const char *status, const struct asset *a)
{
	struct validator_set *set = mem_new(1, sizeof(*set));
	struct listed *list = NULL;
	size_t n = 0;
	struct validator_walk w;
	struct validator v;
	json_t *out = json_array();
	uint64_t total;

	if (!validators_set(set, state_of(c)))
		set->n = 0;
	total = validator_set_total(set);
	validator_walk_init(&w, state_of(c));
	while (validator_walk_next(&w, &v)) {
		if (status != NULL && strcmp(status, validator_status_name(v.status)) != 0)
			continue;
		list = mem_resize(list, n + 1, sizeof(*list));
		list[n++] = (struct listed){ validator_set_power(set, &v.key), v.bonded.tokens + v.votes, row_json(c, &v, set, total, a) };
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_power);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(out, list[i].row);
	free(list);
	free(set);
	return out;
}

static void
run_listvalidators(struct rpc_call *c)
{
	const char *status = rpc_text(c, "status");
	struct validators_params p;
	struct asset a;

	if (status != NULL && strcmp(status, "ACTIVE") != 0 && strcmp(status, "JAILED") != 0 && strcmp(status, "TOMBSTONED") != 0)
		rpc_bad_param(c, "status", "ACTIVE, JAILED or TOMBSTONED", "there is no such status");
	else if (rpc_validators(&p, &a, c))
		rpc_answer(c, list_all(c, status, &a));
}

static void
run_getvalidator(struct rpc_call *c)
{
	struct validator_set *set;
	struct validators_params p;
	struct validator v;
	struct asset a;
	uint8_t address[VALIDATOR_ADDRESS_LEN];
	json_t *o;

	if (!rpc_validators(&p, &a, c) || !rpc_validator(&v, c, "validator"))
		return;
	set = mem_new(1, sizeof(*set));
	if (!validators_set(set, state_of(c)))
		set->n = 0;
	o = row_json(c, &v, set, validator_set_total(set), &a);
	free(set);
	validator_address(address, &v.key);
	json_object_set_new(o, "self_bond", units_json(pool_worth(&v.bonded, bond_of(state_of(c), &v.owner, &v.key)), &a));
	json_object_set_new(o, "unbonding", units_json(v.unbonding + v.slashed.tokens, &a));
	json_object_set_new(o, "slashed", units_json(v.bonded.units - v.bonded.tokens + v.slashed.units - v.slashed.tokens, &a));
	json_object_set_new(o, "asset", json_string(a.ticker));
	json_object_set_new(o, "address", json_hex(address, sizeof(address)));
	json_object_set_new(o, "registered", json_integer(v.registered.sec));
	if (v.status == VALIDATOR_JAILED)
		json_object_set_new(o, "jailed_until", json_integer(v.jailed_until.sec));
	json_object_set_new(o, "first_height", json_integer((json_int_t)v.served_from));
	json_object_set_new(o, "last_height", json_integer((json_int_t)v.served_to));
	rpc_answer(c, o);
}

/* ---- the set ---- */

static json_t *
set_json(const struct rpc_call *c, const struct validator_set *set)
{
	uint64_t total = validator_set_total(set);
	json_t *list = json_array();

	for (size_t i = 0; i < set->n; i++) {
		struct validator v;
		bool known = validator_get(&v, state_of(c), &set->list[i].key);

		json_array_append_new(list, json_pack("{sssIsoso}", "moniker", known ? v.moniker : "", "power", (json_int_t)set->list[i].power,
						      "percent", share_json(set->list[i].power, total), "validator",
						      json_validator_key(&set->list[i].key)));
	}
	return list;
}

static json_t *
params_json(const struct validators_params *p, const struct asset *a)
{
	return json_pack("{sssssIsIsososo}", "engine", p->engine == ENGINE_COMETBFT ? "cometbft" : "solo", "engine_chain_id", p->chain_id,
			 "unbonding", (json_int_t)p->unbonding, "vote_step", (json_int_t)p->vote_step, "slash_percent",
			 json_sprintf("%u.%02u", p->slash / 100u, p->slash % 100u), "min_self_bond", json_amount(p->min_self_bond, a->decimals),
			 "asset", a->ticker[0] != '\0' ? json_string(a->ticker) : json_hash(&p->asset.id));
}

static void
run_getvalidatorset(struct rpc_call *c)
{
	struct validators_params p;
	struct validators_rule r;
	struct validators_epoch e;
	struct validator_set *set;
	struct asset a;
	json_t *o;

	if (!rpc_validators(&p, &a, c))
		return;
	if (!validators_rule(&r, state_of(c)) || !validators_epoch(&e, state_of(c))) {
		rpc_fail(c, RPC_CORRUPT, "STATE", "bring ledger.sqlite back from a backup", "the state has no rule or no epoch");
		return;
	}
	set = mem_new(1, sizeof(*set));
	if (!validators_set(set, state_of(c)))
		set->n = 0;
	o = params_json(&p, &a);
	json_object_set_new(o, "rule", json_sprintf("%s %u", r.name, (unsigned)r.major));
	json_object_set_new(o, "rule_params", rule_params_json(rpc_node(c), r.name, r.params, r.params_len));
	json_object_set_new(o, "epoch", json_integer((json_int_t)e.number));
	json_object_set_new(o, "epoch_began", json_integer(e.began.sec));
	if (p.epoch_blocks != 0)
		json_object_set_new(o, "epoch_ends_height", json_integer((json_int_t)e.ends_height));
	else
		json_object_set_new(o, "epoch_ends", json_integer(e.ends.sec));
	json_object_set_new(o, "total_power", json_integer((json_int_t)validator_set_total(set)));
	json_object_set_new(o, "validators", set_json(c, set));
	free(set);
	rpc_answer(c, o);
}

/* ---- an account's ---- */

static json_t *
named(const struct rpc_call *c, const struct validator_key *key, const char *amount, json_t *value)
{
	struct validator v;
	bool known = validator_get(&v, state_of(c), key);

	return json_pack("{sssoso}", "moniker", known ? v.moniker : "", amount, value, "validator", json_validator_key(key));
}

static json_t *
bonded_json(const struct rpc_call *c, const struct account *who, const struct asset *a)
{
	struct validator_key key;
	struct bond_walk w;
	uint64_t units;
	json_t *list = json_array();

	bond_walk_init(&w, state_of(c), who);
	while (bond_walk_next(&w, &key, &units)) {
		struct validator v;

		if (validator_get(&v, state_of(c), &key))
			json_array_append_new(list, named(c, &key, "amount", units_json(pool_worth(&v.bonded, units), a)));
	}
	return list;
}

static json_t *
ballot_json(const struct rpc_call *c, const struct account *who, const struct validators_params *p, const struct asset *a)
{
	uint64_t now = (uint64_t)engine_block_time(node_engine(rpc_node(c))).sec / p->vote_step;
	struct ballot_validators b;
	json_t *list = json_array(), *row;

	if (!ballot_validators(&b, state_of(c), who))
		return list;
	for (uint32_t i = 0; i < b.n; i++) {
		row = named(c, &b.list[i].key, "amount", json_amount(b.list[i].amount, a->decimals));
		json_object_set_new(row, "steps_old", json_integer((json_int_t)(now > b.step ? now - b.step : 0)));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *
unbonding_json(const struct rpc_call *c, const struct account *who, const struct asset *a)
{
	int64_t now = engine_block_time(node_engine(rpc_node(c))).sec;
	struct unbonding_walk w;
	struct unbonding u;
	json_t *list = json_array(), *row;

	unbonding_walk_init(&w, state_of(c), who);
	while (unbonding_walk_next(&w, &u)) {
		json_t *worth = units_json(unbonding_worth(state_of(c), &u), a);

		row = u.of_ballot ? json_pack("{ssso}", "moniker", "(votes)", "amount", worth) : named(c, &u.key, "amount", worth);
		json_object_set_new(row, "matures", json_integer(u.matures.sec));
		json_object_set_new(row, "ready", json_boolean(u.matures.sec <= now));
		json_array_append_new(list, row);
	}
	return list;
}

static void
run_getbonds(struct rpc_call *c)
{
	struct validators_params p;
	struct account who;
	struct asset a;

	if (!rpc_validators(&p, &a, c) || !rpc_from(&who, c, "account"))
		return;
	rpc_answer(c, json_pack("{sosssososo}", "account", json_account(rpc_node(c), &who), "asset", a.ticker, "bonded", bonded_json(c, &who, &a),
				"votes", ballot_json(c, &who, &p, &a), "unbonding", unbonding_json(c, &who, &a)));
}

/* What the key must sign to be registered. */
static void
run_getvalidatorproof(struct rpc_call *c)
{
	struct validator_key key;
	struct account owner;
	struct hash256 hash, h;

	if (!rpc_from(&owner, c, "owner") || !rpc_hash(&h, c, "key"))
		return;
	memcpy(key.b, h.b, sizeof(key.b));
	validator_proof_hash(&hash, ledger_genesis_id(node_ledger(rpc_node(c))), &owner, &key);
	rpc_answer(c, json_pack("{sososo}", "key", json_validator_key(&key), "owner", json_account(rpc_node(c), &owner), "message", json_hash(&hash)));
}

static const struct rpc_param listvalidators_params[] = {
	{ "status", RPC_TEXT, false, "only ACTIVE, JAILED or TOMBSTONED ones", "all" },
};
static const struct rpc_param getvalidator_params[] = { { "validator", RPC_TEXT, true, "key, CometBFT address or moniker", NULL } };
static const struct rpc_param getbonds_params[] = { { "account", RPC_ACCOUNT, false, "whose", "the wallet's first account" } };
static const struct rpc_param getvalidatorproof_params[] = {
	{ "key", RPC_HASH, true, "the validator's consensus key", NULL },
	{ "owner", RPC_ACCOUNT, false, "who will register it", "the wallet's first account" },
};

const struct rpc_method rpc_validators_methods[] = {
	{ "listvalidators", "validators", "all who have registered, the strongest first", "power 0: not in the set that runs the engine now.", "",
	  RPC_PARAMS(listvalidators_params), RPC_NEEDS_LEDGER, run_listvalidators },
	{ "getvalidator", "validators", "one validator", NULL, "alice", RPC_PARAMS(getvalidator_params), RPC_NEEDS_LEDGER, run_getvalidator },
	{ "getvalidatorset", "validators", "the set that runs the engine, its rule, and when the epoch ends", NULL, "", NULL, 0, RPC_NEEDS_LEDGER,
	  run_getvalidatorset },
	{ "getbonds", "validators", "what an account has bonded, votes with, and waits for", NULL, "alice", RPC_PARAMS(getbonds_params),
	  RPC_NEEDS_LEDGER, run_getbonds },
	{ "getvalidatorproof", "validators", "the message that a consensus key signs to be registered",
	  "tally validatorproof FILE asks for it and signs it with the key in a file.", "KEY alice", RPC_PARAMS(getvalidatorproof_params), RPC_NEEDS_LEDGER,
	  run_getvalidatorproof },
	{ .name = NULL },
};
