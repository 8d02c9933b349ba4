/* Operations of validators, and the module. */
#include "token/validator.h"

#include <assert.h>
#include <string.h>

#include "token/rule.h"
#include "token/validator_parts.h"

const char *
validator_status_name(enum validator_status s)
{
	switch (s) {
	case VALIDATOR_ACTIVE:
		return "ACTIVE";
	case VALIDATOR_JAILED:
		return "JAILED";
	case VALIDATOR_TOMBSTONED:
		return "TOMBSTONED";
	}
	return "";
}

static bool
moniker_valid(const struct op_text *t)
{
	return t->len > 0 && text_is_clean(t->p, t->len);
}

static void
tell_key(struct exec *x, const char *name, const struct validator_key *key, const struct account *who)
{
	struct wr w = { 0 };

	wr_validator_key(&w, key);
	wr_account(&w, who);
	exec_event(x, name, w.p, w.len);
	exec_involve(x, who);
	wr_clear(&w);
}

/* ---- operations ---- */

/* Is it free, the owner's, and is the key in his hands? */
static const char *
check_register(const struct exec *x, const struct validators_params *p, const struct account *owner, const struct op_register_validator *o)
{
	uint8_t address[VALIDATOR_ADDRESS_LEN];
	struct validator_key other;
	struct hash256 hash;

	if (!validator_key_usable(p->engine, &o->key))
		return "BAD_KEY";
	if (!moniker_valid(&o->moniker))
		return "BAD_MONIKER";
	validator_address(address, &o->key);
	if (validator_by_address(&other, x->state, address))
		return "VALIDATOR_EXISTS";
	if (amount_cmp(o->self_bond, p->min_self_bond) < 0)
		return "SELF_BOND_TOO_SMALL";
	validator_proof_hash(&hash, &x->env->genesis_id, owner, &o->key);
	return validator_signed(p->engine, &o->key, &o->proof, &hash) ? NULL : "BAD_PROOF";
}

static const char *
apply_register(struct exec *x, const struct op *op)
{
	struct op_register_validator o;
	struct validators_params p;
	struct validator v = { .owner = op->source, .status = VALIDATOR_ACTIVE, .registered = x->env->time };
	const char *why;

	if (!op_register_validator_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!validators_params(&p, x->state))
		return "VALIDATORS_OFF";
	why = check_register(x, &p, &op->source, &o);
	if (why != NULL)
		return why;
	v.key = o.key;
	memcpy(v.moniker, o.moniker.p, o.moniker.len);
	validator_put(x->state, &v, NULL);
	tell_key(x, "VALIDATOR_REGISTERED", &v.key, &v.owner);
	return amount_is_zero(o.self_bond) ? NULL : bond_add(x, &op->source, &v, amount_units(o.self_bond));
}

/* The validator of a payload that is a key. */
static const char *
get_own(struct validator *v, const struct exec *x, const struct op *op)
{
	struct op_validator o;

	if (!op_validator_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!validators_awake(x->state))
		return "VALIDATORS_OFF";
	if (!validator_get(v, x->state, &o.key))
		return "VALIDATOR_UNKNOWN";
	if (!account_eq(&v->owner, &op->source))
		return "NOT_OWNER";
	return v->status == VALIDATOR_TOMBSTONED ? "VALIDATOR_TOMBSTONED" : NULL;
}

static const char *
apply_retire(struct exec *x, const struct op *op)
{
	struct validator v, old;
	const char *why = get_own(&v, x, op);

	if (why != NULL)
		return why;
	if (v.status == VALIDATOR_JAILED)
		return "VALIDATOR_JAILED";
	old = v;
	v.status = VALIDATOR_JAILED;
	v.jailed_until.sec = 0;
	validator_put(x->state, &v, &old);
	tell_key(x, "RETIRED", &v.key, &v.owner);
	return NULL;
}

static const char *
apply_unjail(struct exec *x, const struct op *op)
{
	struct validators_params p;
	struct validator v, old;
	const char *why = get_own(&v, x, op);

	if (why != NULL)
		return why;
	if (v.status != VALIDATOR_JAILED)
		return "NOT_JAILED";
	if (x->env->time.sec < v.jailed_until.sec)
		return "STILL_JAILED";
	if (!validators_params(&p, x->state) || bond_of(x->state, &v.owner, &v.key) < amount_units(p.min_self_bond))
		return "SELF_BOND_TOO_SMALL";
	old = v;
	v.status = VALIDATOR_ACTIVE;
	v.jailed_until.sec = 0;
	validator_put(x->state, &v, &old);
	tell_key(x, "UNJAILED", &v.key, &v.owner);
	return NULL;
}

static const char *
bond_or_unbond(struct exec *x, const struct op *op, const char *(*move)(struct exec *, const struct account *, struct validator *, uint64_t))
{
	struct op_bond o;
	struct validator v;

	if (!op_bond_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!validators_awake(x->state))
		return "VALIDATORS_OFF";
	if (!validator_get(&v, x->state, &o.key))
		return "VALIDATOR_UNKNOWN";
	return amount_is_zero(o.amount) ? "ZERO_AMOUNT" : move(x, &op->source, &v, amount_units(o.amount));
}

static const char *
apply_bond(struct exec *x, const struct op *op)
{
	return bond_or_unbond(x, op, bond_add);
}

static const char *
apply_unbond(struct exec *x, const struct op *op)
{
	return bond_or_unbond(x, op, bond_remove);
}

static const char *
apply_withdraw(struct exec *x, const struct op *op)
{
	struct op_withdraw o;

	if (!op_withdraw_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	return validators_awake(x->state) ? bond_withdraw(x, &o.of) : "VALIDATORS_OFF";
}

static const char *
apply_vote(struct exec *x, const struct op *op)
{
	struct op_vote_validators o;

	return op_vote_validators_decode(&o, op->payload, op->payload_len) ? ballot_cast(x, &op->source, &o) : "BAD_PAYLOAD";
}

static const char *
apply_evidence(struct exec *x, const struct op *op)
{
	struct op_evidence o;
	struct validators_params p;
	struct validator v;
	uint64_t height;
	const char *why;

	if (!op_evidence_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!validators_params(&p, x->state))
		return "VALIDATORS_OFF";
	if (!validator_get(&v, x->state, &o.key))
		return "VALIDATOR_UNKNOWN";
	if (v.status == VALIDATOR_TOMBSTONED) /* before the signatures, which cost more */
		return "VALIDATOR_TOMBSTONED";
	why = evidence_check(&height, &p, &o);
	return why != NULL ? why : validator_convict(x, &o.key, height);
}

/* ---- module ---- */

static const char *
genesis_list(struct exec *x, struct validator_set *first, const struct validators_genesis *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct validators_first *f = &g->list[i];
		struct validator v = { .key = f->key, .owner = f->owner, .status = VALIDATOR_ACTIVE, .registered = x->env->time, .weight = f->weight };

		v.served_from = 1;
		memcpy(v.moniker, f->moniker.p, f->moniker.len);
		validator_put(x->state, &v, NULL);
		first->list[first->n++] = (struct validator_power){ f->key, f->weight };
	}
	return NULL;
}

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	struct rd r = rd_init(section, len);
	struct validators_genesis g;
	struct validator_set first = { .n = 0 };
	struct rule_approval a;
	char name[RULE_NAME_MAX + 1] = { 0 };
	const char *why;

	if (len == 0)
		return NULL;
	if (!rd_validators_section(&r, &g) || !rd_done(&r))
		return "genesis, validators: the section can't be read";
	why = validators_genesis_check(&g, x->env->regtest);
	if (why != NULL)
		return why;
	memcpy(name, g.rule.p, g.rule.len);
	if (rule_in_force(&a, x->state, name, g.rule_major, TALLY_VALSEL, 0) != NULL)
		return "genesis, validators: the rule that chooses them is not among the approved rules";
	validators_put_params(x->state, &g.params);
	validators_put_rule(x->state, &g.rule, g.rule_major, &g.rule_params);
	why = genesis_list(x, &first, &g);
	if (why == NULL)
		validators_start(x, &g.params, &first);
	return why;
}

static bool
next_deadline(const struct state *s, struct unixtime *out)
{
	struct validators_epoch e;

	if (!validators_epoch(&e, s) || e.ends.sec == 0)
		return false;
	*out = e.ends;
	return true;
}

static const struct op_info ops[] = {
	{ OP_REGISTER_VALIDATOR, "REGISTER_VALIDATOR", false, apply_register },
	{ OP_RETIRE_VALIDATOR, "RETIRE_VALIDATOR", false, apply_retire },
	{ OP_BOND, "BOND", false, apply_bond },
	{ OP_UNBOND, "UNBOND", false, apply_unbond },
	{ OP_WITHDRAW, "WITHDRAW", false, apply_withdraw },
	{ OP_VOTE_VALIDATORS, "VOTE_VALIDATORS", false, apply_vote },
	{ OP_EVIDENCE, "EVIDENCE", false, apply_evidence },
	{ OP_UNJAIL, "UNJAIL", false, apply_unjail },
};

const struct module validator_module = {
	.name = "validators",
	.letter = 'v',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.end_block = validators_end_block,
	.next_deadline = next_deadline,
	.invariants = validators_invariants,
};
