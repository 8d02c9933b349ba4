/* Action VALIDATORS: what DAO 0 decides about validators. */
#include <string.h>

#include "token/rule.h"
#include "token/validator_parts.h"

#define JAIL_MAX (366 * (int64_t)86400)

static const char *
check_weights(const struct exec *x, const struct action_validators *a)
{
	size_t n = weights_count(x->state);
	uint64_t total = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		struct validator v;

		if (!validator_get(&v, x->state, &a->list[i].key))
			return "VALIDATOR_UNKNOWN";
		if (a->list[i].weight > 0 && v.status == VALIDATOR_TOMBSTONED)
			return "VALIDATOR_TOMBSTONED";
		if (a->list[i].weight > VALIDATOR_POWER_MAX - total)
			return "BAD_WEIGHT";
		total += a->list[i].weight;
		n += (v.weight == 0 && a->list[i].weight > 0) ? 1u : 0u;
		n -= (v.weight > 0 && a->list[i].weight == 0) ? 1u : 0u;
	}
	return n <= WEIGHTS_MAX ? NULL : "TOO_MANY_WEIGHTS";
}

static struct validators_rule
rule_of(const struct action_validators *a)
{
	struct validators_rule r = { .major = a->rule_major, .params_len = a->params.len };

	memcpy(r.name, a->rule.p, a->rule.len);
	if (a->params.len > 0)
		memcpy(r.params, a->params.p, a->params.len);
	return r;
}

static const char *
check_rule(const struct exec *x, const struct action_validators *a)
{
	struct exec quiet = { .state = x->state, .env = x->env }; /* a check may not write */
	struct validators_rule r;

	if (!rule_name_valid(a->rule.p, a->rule.len))
		return "BAD_RULE_NAME";
	r = rule_of(a);
	return validators_rule_check(&quiet, &r);
}

static const char *
check_jail(const struct exec *x, const struct action_validators *a)
{
	struct validator v;

	if (!validator_get(&v, x->state, &a->key))
		return "VALIDATOR_UNKNOWN";
	if (v.status == VALIDATOR_TOMBSTONED)
		return "VALIDATOR_TOMBSTONED";
	return a->until.sec <= x->env->time.sec + JAIL_MAX ? NULL : "BAD_UNTIL";
}

static const char *
check(const struct exec *x, const struct action_validators *a)
{
	if (!validators_awake(x->state))
		return "VALIDATORS_OFF";
	switch (a->change) {
	case CHANGE_WEIGHTS:
		return check_weights(x, a);
	case CHANGE_RULE:
		return check_rule(x, a);
	case CHANGE_JAIL:
		return check_jail(x, a);
	}
	return "ACTION_MALFORMED";
}

const char *
validators_action_check(const struct exec *x, const struct dao *d, const struct op_blob *payload)
{
	struct action_validators a;

	(void)d;
	return action_validators_decode(&a, payload->p, payload->len) ? check(x, &a) : "ACTION_MALFORMED";
}

static void
tell(struct exec *x, const char *name, const struct validator *v)
{
	struct wr w = { 0 };

	wr_validator_key(&w, &v->key);
	wr_account(&w, &v->owner);
	exec_event(x, name, w.p, w.len);
	exec_involve(x, &v->owner);
	wr_clear(&w);
}

static void
set_weights(struct exec *x, const struct action_validators *a)
{
	for (uint32_t i = 0; i < a->n; i++) {
		struct validator v, old;

		if (!validator_get(&v, x->state, &a->list[i].key))
			continue;
		old = v;
		v.weight = a->list[i].weight;
		validator_put(x->state, &v, &old);
		tell(x, "WEIGHED", &v);
	}
}

static void
jail(struct exec *x, const struct action_validators *a)
{
	struct validator v, old;

	if (!validator_get(&v, x->state, &a->key))
		return;
	old = v;
	v.status = VALIDATOR_JAILED;
	v.jailed_until = a->until;
	validator_put(x->state, &v, &old);
	validators_throw_out(x, &a->key);
	tell(x, "JAILED", &v);
}

const char *
validators_action_apply(struct exec *x, const struct dao *d, const struct op_blob *payload)
{
	struct action_validators a;

	(void)d;
	if (!action_validators_decode(&a, payload->p, payload->len))
		return "ACTION_MALFORMED";
	switch (a.change) {
	case CHANGE_WEIGHTS:
		set_weights(x, &a);
		break;
	case CHANGE_RULE:
		validators_put_rule(x->state, &a.rule, a.rule_major, &a.params);
		break;
	case CHANGE_JAIL:
		jail(x, &a);
		break;
	}
	return NULL;
}
