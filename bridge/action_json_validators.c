/* JSON of action VALIDATORS: {"kind": "validators"} with one of
 *   "weights": [{"validator": KEY, "weight": N}…]
 *   "rule": NAME, "major": N, "params": HEX
 *   "jail": KEY, "until": SECONDS */
#include <stdlib.h>
#include <string.h>

#include "bridge/action_json_validators.h"
#include "bridge/rpc.h"
#include "token/ops_validator.h"

static json_t *
key_json(const struct validator_key *k)
{
	return json_hex(k->b, sizeof(k->b));
}

static json_t *
weights_json(const struct action_validators *a)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < a->n; i++)
		json_array_append_new(list, json_pack("{soso}", "validator", key_json(&a->list[i].key), "weight",
						      json_integer((json_int_t)a->list[i].weight)));
	return list;
}

bool
action_show_validators(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_validators a;

	(void)v;
	if (!action_validators_decode(&a, b->p, b->len))
		return false;
	switch (a.change) {
	case CHANGE_WEIGHTS:
		json_object_set_new(o, "weights", weights_json(&a));
		return true;
	case CHANGE_RULE:
		json_object_set_new(o, "rule", json_stringn(a.rule.p, a.rule.len));
		json_object_set_new(o, "major", json_integer(a.rule_major));
		json_object_set_new(o, "params", json_hex(a.params.p, a.params.len));
		return true;
	case CHANGE_JAIL:
		json_object_set_new(o, "jail", key_json(&a.key));
		json_object_set_new(o, "until", json_integer(a.until.sec));
		return true;
	}
	return false;
}

static bool
take_key(struct validator_key *out, const json_t *from, const char *name)
{
	const char *text = action_text(from, name);

	return text != NULL && hex_decode(out->b, sizeof(out->b), text);
}

static int
by_key(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct validator_weight *)a)->key, &((const struct validator_weight *)b)->key);
}

static const char *
take_weights(struct action_validators *a, const json_t *list)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > WEIGHTS_MAX)
		return "validators: `weights` is a list of 1 to 64 entries";
	json_array_foreach(list, i, item) {
		if (!take_key(&a->list[i].key, item, "validator") || !action_number(&a->list[i].weight, item, "weight", INT64_MAX))
			return "validators: each of `weights` needs `validator`, a key of 64 hex digits, and `weight`";
	}
	a->n = (uint32_t)i;
	qsort(a->list, a->n, sizeof(a->list[0]), by_key);
	for (i = 1; i < a->n; i++) {
		if (by_key(&a->list[i - 1], &a->list[i]) == 0)
			return "validators: `weights` names one key twice";
	}
	return NULL;
}

static const char *
take_rule(struct action_validators *a, uint8_t params[RULE_PARAMS_MAX], const json_t *action)
{
	const char *rule = action_text(action, "rule"), *hex = action_text(action, "params");
	uint64_t major = 1;
	size_t len = hex != NULL ? strlen(hex) / 2 : 0;

	if (rule == NULL || strlen(rule) > RULE_NAME_MAX ||
	    (json_object_get(action, "major") != NULL && !action_number(&major, action, "major", UINT16_MAX)))
		return "validators: a change of the rule needs `rule`, and `major` unless that is 1";
	if (len > RULE_PARAMS_MAX || (hex != NULL && !hex_decode(params, len, hex)))
		return "validators: `params` is hex";
	a->rule = OP_TEXT(rule);
	a->rule_major = (uint16_t)major;
	a->params = (struct op_blob){ params, len };
	return NULL;
}

static const char *
take_jail(struct action_validators *a, const json_t *action)
{
	uint64_t until;

	if (!take_key(&a->key, action, "jail") || !action_number(&until, action, "until", INT64_MAX))
		return "validators: `jail` is a key of 64 hex digits, `until` the time, in seconds since 1970, at which it may come back";
	a->until.sec = (int64_t)until;
	return NULL;
}

const char *
action_take_validators(struct wr *w, const json_t *action, const struct action_view *v)
{
	const json_t *weights = json_object_get(action, "weights");
	struct action_validators a = { .change = CHANGE_WEIGHTS };
	uint8_t params[RULE_PARAMS_MAX];
	const char *why;

	(void)v;
	if (weights != NULL) {
		why = take_weights(&a, weights);
	} else if (json_object_get(action, "jail") != NULL) {
		a.change = CHANGE_JAIL;
		why = take_jail(&a, action);
	} else {
		a.change = CHANGE_RULE;
		why = take_rule(&a, params, action);
	}
	if (why == NULL)
		action_validators_encode(w, &a);
	return why;
}
