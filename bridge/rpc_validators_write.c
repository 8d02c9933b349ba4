/* Validators: registering, bonding, voting, reporting. */
#include <stdlib.h>
#include <string.h>

#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/op_json.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_validator.h"
#include "bridge/rpc_write.h"

static void
run_registervalidator(struct rpc_call *c)
{
	struct op_register_validator o;
	struct validators_params p;
	struct account from;
	struct asset a;
	struct hash256 key;
	struct wr payload = { 0 };
	size_t len = 0;
	const uint8_t *proof = rpc_hex(c, "proof", &len);

	if (!rpc_validators(&p, &a, c) || !rpc_from(&from, c, "from") || !rpc_hash(&key, c, "key"))
		return;
	if (len != sizeof(o.proof.b)) {
		rpc_bad_param(c, "proof", "tally validatorproof FILE makes one", "a proof has 128 hex digits");
		return;
	}
	memcpy(o.key.b, key.b, sizeof(o.key.b));
	memcpy(o.proof.b, proof, sizeof(o.proof.b));
	o.moniker = OP_TEXT(rpc_text(c, "moniker"));
	o.self_bond = p.min_self_bond;
	if (rpc_has(c, "self_bond") && !rpc_amount(&o.self_bond, c, "self_bond", a.decimals))
		return;
	if (o.moniker.len > MONIKER_MAX) {
		rpc_bad_param(c, "moniker", "at most 64 bytes", "it is too long");
		return;
	}
	op_register_validator_encode(&payload, &o);
	rpc_write_op(c, OP_REGISTER_VALIDATOR, &from, &payload, NULL);
}

/* RETIRE_VALIDATOR and UNJAIL are the owner's. */
static void
owners_op(struct rpc_call *c, uint16_t number)
{
	struct validators_params p;
	struct validator v;
	struct asset a;
	struct account from;
	struct op_validator o;
	struct wr payload = { 0 };

	if (!rpc_validators(&p, &a, c) || !rpc_validator(&v, c, "validator"))
		return;
	if (!rpc_account(&from, c, "from"))
		from = v.owner;
	o.key = v.key;
	op_validator_encode(&payload, &o);
	rpc_write_op(c, number, &from, &payload, NULL);
}

static void
run_retirevalidator(struct rpc_call *c)
{
	owners_op(c, OP_RETIRE_VALIDATOR);
}

static void
run_unjail(struct rpc_call *c)
{
	owners_op(c, OP_UNJAIL);
}

static void
bond_or_unbond(struct rpc_call *c, uint16_t number)
{
	struct validators_params p;
	struct validator v;
	struct asset a;
	struct account from;
	struct op_bond o;
	struct wr payload = { 0 };

	if (!rpc_validators(&p, &a, c) || !rpc_validator(&v, c, "validator") || !rpc_amount(&o.amount, c, "amount", a.decimals) ||
	    !rpc_from(&from, c, "from"))
		return;
	o.key = v.key;
	op_bond_encode(&payload, &o);
	rpc_write_op(c, number, &from, &payload, NULL);
}

static void
run_bond(struct rpc_call *c)
{
	bond_or_unbond(c, OP_BOND);
}

static void
run_unbond(struct rpc_call *c)
{
	bond_or_unbond(c, OP_UNBOND);
}

/* The sum that the event names, as the answer's amount. */
static void
on_withdrawn(json_t *answer, struct node *n, const struct rpc_written *w)
{
	const struct state *s = ledger_state(node_ledger(n));
	struct rd events = rd_init(w->result->events.p, w->result->events.len), r;
	struct validators_params p;
	struct account who;
	struct amount amount;
	struct asset a;
	struct event e;

	while (event_next(&e, &events)) {
		r = rd_init(e.body, e.len);
		rd_account(&r, &who);
		amount = rd_amount(&r);
		if (strcmp(e.name, "WITHDRAWN") == 0 && rd_done(&r) && validators_params(&p, s) && asset_get(&a, s, &p.asset))
			json_object_set_new(answer, "amount", json_amount(amount, a.decimals));
	}
}

static void
run_withdrawbonds(struct rpc_call *c)
{
	struct account from;
	struct op_withdraw o;
	struct wr payload = { 0 };

	if (!rpc_from(&from, c, "from"))
		return;
	if (!rpc_account(&o.of, c, "of"))
		o.of = from;
	op_withdraw_encode(&payload, &o);
	rpc_write_op(c, OP_WITHDRAW, &from, &payload, on_withdrawn);
}

/* ---- ballots ---- */

static int
by_key(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct voted *)a)->key, &((const struct voted *)b)->key);
}

/* One validator and an amount, or {KEY: AMOUNT, …}. False: the call has been answered. */
static bool
take_votes(struct op_vote_validators *o, struct rpc_call *c, const struct asset *a)
{
	const json_t *votes = rpc_json(c, "votes");
	const char *name;
	json_t *value;

	o->n = 0;
	if (!json_is_object(votes) || json_object_size(votes) > VOTED_MAX) {
		rpc_bad_param(c, "votes", "{\"KEY\": \"10.5\", …}; {} takes all votes back", "it must be an object of at most 16 validators");
		return false;
	}
	json_object_foreach((json_t *)votes, name, value) {
		struct voted *v = &o->list[o->n];
		const char *text = json_string_value(value);

		if (strlen(name) != 64 || !hex_decode(v->key.b, sizeof(v->key.b), name) || text == NULL || amount_parse(&v->amount, text, a->decimals) != NULL) {
			rpc_bad_param(c, "votes", "{\"KEY\": \"10.5\", …}: keys as listvalidators shows them, amounts as texts", "an entry can't be read");
			return false;
		}
		o->n++;
	}
	qsort(o->list, o->n, sizeof(o->list[0]), by_key);
	return true;
}

static void
run_votevalidators(struct rpc_call *c)
{
	struct op_vote_validators o;
	struct validators_params p;
	struct account from;
	struct asset a;
	struct wr payload = { 0 };

	if (!rpc_validators(&p, &a, c) || !rpc_from(&from, c, "from") || !take_votes(&o, c, &a))
		return;
	op_vote_validators_encode(&payload, &o);
	rpc_write_op(c, OP_VOTE_VALIDATORS, &from, &payload, NULL);
}

/* ---- evidence ---- */

static bool
no_account(struct account *out, void *ctx, const char *text)
{
	(void)out, (void)ctx, (void)text;
	return false;
}

static bool
no_asset(struct asset_id *out, unsigned *decimals, void *ctx, const char *text)
{
	(void)out, (void)decimals, (void)ctx, (void)text;
	return false;
}

static void
run_reportdoublesign(struct rpc_call *c)
{
	struct op_names names = { .hrp = node_account_hrp(rpc_node(c)), .account = no_account, .asset = no_asset };
	struct wr payload = { 0 };
	struct account from;
	struct op op;
	json_t *o = json_deep_copy(rpc_json(c, "evidence"));
	char why[OP_JSON_WHY_LEN] = "it must be an object";
	bool relay, ok;

	if (!rpc_from(&from, c, "from")) {
		json_decref(o);
		return;
	}
	json_object_set_new(o, "op", json_string("EVIDENCE"));
	json_object_set_new(o, "source", json_account(rpc_node(c), &from));
	ok = op_from_json(&op, &payload, &relay, &names, o, why);
	json_decref(o);
	if (!ok) {
		rpc_bad_param(c, "evidence", "{\"validator\": KEY, \"evidence\": {\"votes\" or \"seals\": …}}: doc/validators.md shows one", why);
		wr_clear(&payload);
		return;
	}
	rpc_write_op(c, OP_EVIDENCE, &from, &payload, NULL);
}

#define VALIDATOR_PARAM { "validator", RPC_TEXT, true, "key, CometBFT address or moniker", NULL }
#define FROM_OWNER { "from", RPC_ACCOUNT, false, "the owner", "the validator's owner" }
#define FROM_WALLET { "from", RPC_ACCOUNT, false, "whose units", "the wallet's first account" }

static const struct rpc_param registervalidator_params[] = {
	{ "key", RPC_HASH, true, "the validator's consensus key", NULL },
	{ "proof", RPC_HEX, true, "its signature over getvalidatorproof's message", NULL },
	{ "moniker", RPC_TEXT, true, "a name for people", NULL },
	{ "self_bond", RPC_AMOUNT, false, "units to bond at once", "the least that is asked for" },
	{ "from", RPC_ACCOUNT, false, "who becomes the owner", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param owner_params[] = { VALIDATOR_PARAM, FROM_OWNER, RPC_WRITE_PARAMS };
static const struct rpc_param bond_params[] = { VALIDATOR_PARAM, { "amount", RPC_AMOUNT, true, "how much", NULL }, FROM_WALLET, RPC_WRITE_PARAMS };
static const struct rpc_param withdrawbonds_params[] = {
	{ "of", RPC_ACCOUNT, false, "whose units come back", "the one who asks" },
	{ "from", RPC_ACCOUNT, false, "who asks", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param votevalidators_params[] = {
	{ "votes", RPC_JSON, true, "{KEY: AMOUNT, …}, at most 16; {} takes them back", NULL },
	FROM_WALLET,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param reportdoublesign_params[] = {
	{ "evidence", RPC_JSON, true, "two votes, or two seals, of one validator", NULL },
	{ "from", RPC_ACCOUNT, false, "who reports", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_validators_write_methods[] = {
	{ "registervalidator", "validators", "become a candidate", "tally validatorproof FILE prints key and proof.", "KEY PROOF alice",
	  RPC_PARAMS(registervalidator_params), WRITES, run_registervalidator },
	{ "retirevalidator", "validators", "be no candidate for a while", "unjail undoes it. Bonds stay until they are unbonded.", "alice",
	  RPC_PARAMS(owner_params), WRITES, run_retirevalidator },
	{ "unjail", "validators", "be a candidate again", NULL, "alice", RPC_PARAMS(owner_params), WRITES, run_unjail },
	{ "bond", "validators", "bond units to a validator", "They can be slashed if it signs twice, and come back by unbond and withdrawbonds.", "alice 10",
	  RPC_PARAMS(bond_params), WRITES, run_bond },
	{ "unbond", "validators", "begin to take units back", "They wait for the unbonding time, and can be slashed meanwhile.", "alice 10",
	  RPC_PARAMS(bond_params), WRITES, run_unbond },
	{ "withdrawbonds", "validators", "get units whose unbonding time is over", NULL, "", RPC_PARAMS(withdrawbonds_params), WRITES, run_withdrawbonds },
	{ "votevalidators", "validators", "vote for delegates with units", "It replaces the account's earlier votes and makes them new.", "'{\"KEY\": \"10\"}'",
	  RPC_PARAMS(votevalidators_params), WRITES, run_votevalidators },
	{ "reportdoublesign", "validators", "prove that a validator has signed twice", NULL, "'{\"validator\": KEY, \"evidence\": {\"votes\": {…}}}'",
	  RPC_PARAMS(reportdoublesign_params), WRITES, run_reportdoublesign },
	{ .name = NULL },
};
