#include "bridge/rpc_rule_params.h"

#include <stdlib.h>
#include <string.h>

#include "token/ops.h"

struct rule_field {
	const char *name; /* NULL at the end */
	unsigned bytes;
	uint64_t usual;
};

/* In the order of their bytes; the meaning stands at the top of each rule's source. */
static const struct rule_field loyalty[] = {
	{ "points", 8, 1 }, { "per", 8, 100 }, { "return_window", 4, 0 }, { "valid_days", 4, 365 }, { "round_days", 4, 1 }, { "anyone", 1, 0 }, { NULL, 0, 0 },
};
static const struct rule_field token_votes[] = { { "quorum", 2, 1000 }, { "pass", 2, 5000 }, { "veto", 2, 3340 }, { NULL, 0, 0 } };
static const struct rule_field quadratic[] = { { "quorum", 8, 1 }, { "pass", 2, 5000 }, { "veto", 2, 3340 }, { NULL, 0, 0 } };
static const struct rule_field council[] = { { "needed", 2, 1 }, { NULL, 0, 0 } };
static const struct rule_field none[] = { { NULL, 0, 0 } };

static const struct {
	const char *rule;
	const struct rule_field *fields;
} rules[] = {
	{ "issue_fixed", none }, { "issue_loyalty", loyalty }, { "gov_token", token_votes }, { "gov_council", council },
	{ "gov_quadratic", quadratic },
};

static const struct rule_field *
fields_of(const char *rule)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (strcmp(rules[i].rule, rule) == 0)
			return rules[i].fields;
	}
	return NULL;
}

static bool
take_hex(struct wr *out, struct rpc_call *c, const char *name, const json_t *value)
{
	const char *hex = json_string_value(json_array_get(value, 0));
	size_t len;
	uint8_t *bytes = hex != NULL ? hex_decode_new(&len, hex, RULE_PARAMS_MAX) : NULL;

	if (bytes == NULL) {
		rpc_bad_param(c, name, "at most 1,000 bytes", "write [\"hex\"]");
		return false;
	}
	wr_bytes(out, bytes, len);
	free(bytes);
	return true;
}

static const struct rule_field *
field_find(const struct rule_field *fields, const char *name)
{
	for (; fields->name != NULL; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	return NULL;
}

static bool
all_known(struct rpc_call *c, const char *name, json_t *value, const struct rule_field *fields)
{
	const char *key;
	json_t *item;

	json_object_foreach(value, key, item) {
		if (field_find(fields, key) == NULL || !(json_is_integer(item) || json_is_boolean(item))) {
			rpc_bad_param(c, name, "whole numbers by the names in the rule's documentation", "has a name or value that the rule does not know");
			return false;
		}
	}
	return true;
}

static uint64_t
field_value(const json_t *value, const struct rule_field *f)
{
	const json_t *item = json_object_get(value, f->name);

	if (item == NULL)
		return f->usual;
	return json_is_boolean(item) ? json_is_true(item) : (uint64_t)json_integer_value(item);
}

bool
rpc_rule_params(struct wr *out, struct rpc_call *c, const char *name, const char *rule)
{
	json_t *value = rpc_json(c, name);
	const struct rule_field *fields = fields_of(rule);

	if (json_is_array(value))
		return take_hex(out, c, name, value);
	if (fields == NULL && value != NULL) {
		rpc_bad_param(c, name, "write [\"hex\"], as the rule's documentation says", "the names of this rule's parameters are not known");
		return false;
	}
	if (fields == NULL)
		return true;
	if (!all_known(c, name, value, fields))
		return false;
	for (; fields->name != NULL; fields++) {
		uint64_t v = field_value(value, fields);

		if (fields->bytes < 8 && v >> (8 * fields->bytes) != 0) {
			rpc_bad_param(c, name, fields->name, "a number is too large");
			return false;
		}
		for (unsigned i = 0; i < fields->bytes; i++)
			wr_u8(out, (uint8_t)(v >> (8 * i)));
	}
	return true;
}
