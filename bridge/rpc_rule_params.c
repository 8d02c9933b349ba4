#include "bridge/rpc_rule_params.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/node.h"
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
static const struct rule_field managed[] = {
	{ "period", 4, 86400 }, { "period_max", 8, 0 }, { "mint_max", 8, 0 }, { "valid_days", 4, 0 }, { "burners", 1, 0 }, { "issuer_max", 8, INT64_MAX },
	{ NULL, 0, 0 },
};
static const struct rule_field token_votes[] = { { "quorum", 2, 1000 }, { "pass", 2, 5000 }, { "veto", 2, 3340 }, { NULL, 0, 0 } };
static const struct rule_field quadratic[] = { { "quorum", 8, 1 }, { "pass", 2, 5000 }, { "veto", 2, 3340 }, { NULL, 0, 0 } };
static const struct rule_field council[] = { { "needed", 2, 1 }, { NULL, 0, 0 } };
static const struct rule_field bonds[] = { { "most", 2, 100 }, { "unit", 8, 100000000 }, { "least", 8, 0 }, { NULL, 0, 0 } };
static const struct rule_field delegates[] = { { "most", 2, 21 }, { "steps", 1, 12 }, { "least", 8, 0 }, { NULL, 0, 0 } };
static const struct rule_field none[] = { { NULL, 0, 0 } };

static const struct {
	const char *rule;
	const struct rule_field *fields;
} rules[] = {
	{ "issue_fixed", none },
	{ "issue_loyalty", loyalty },
	{ "issue_managed", managed },
	{ "gov_token", token_votes },
	{ "gov_council", council },
	{ "gov_quadratic", quadratic },
	{ "valsel_poa", none },
	{ "valsel_pos", bonds },
	{ "valsel_dpos", delegates },
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

/* ---- lists at the end of some rules' parameters ---- */

struct rule_item {
	const char *name;
	unsigned bytes; /* ITEM_ACCOUNT: an account */
};
#define ITEM_ACCOUNT 33

/* [fixed u32] | count u8 | so often the items. */
struct rule_list {
	const char *rule;
	const char *fixed; /* a number before the list; NULL for none */
	const char *list;
	size_t max;
	bool always; /* it stands there also when it is empty */
	const struct rule_item *items;
	size_t items_n;
};
static const struct rule_item tier[] = { { "from", 8 }, { "multiplier", 4 } };
static const struct rule_item minter[] = { { "account", ITEM_ACCOUNT }, { "allowance", 8 } };
static const struct rule_list lists[] = {
	{ "issue_loyalty", "tier_days", "tiers", 8, false, tier, ARRAY_LEN(tier) },
	{ "issue_managed", NULL, "minters", 20, true, minter, ARRAY_LEN(minter) },
};

static const struct rule_list *
list_of(const char *rule)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (strcmp(lists[i].rule, rule) == 0)
			return &lists[i];
	}
	return NULL;
}

/* A whole number; a string of digits for large ones. */
static bool
take_number(uint64_t *out, const json_t *v)
{
	const char *text = json_string_value(v);
	char *end;

	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*out = (uint64_t)json_integer_value(v);
		return true;
	}
	if (text == NULL || text[0] < '0' || text[0] > '9' || strlen(text) > 19)
		return false;
	*out = strtoull(text, &end, 10);
	return *end == '\0';
}

static bool
put_number(struct wr *out, const json_t *v, unsigned bytes)
{
	uint64_t n;

	if (!take_number(&n, v) || (bytes < 8 && n >> 8 * bytes != 0))
		return false;
	for (unsigned i = 0; i < bytes; i++)
		wr_u8(out, (uint8_t)(n >> 8 * i));
	return true;
}

static bool
put_item(struct wr *out, const struct rpc_call *c, const json_t *row, const struct rule_item *item)
{
	const json_t *v = json_object_get(row, item->name);
	struct account who;

	if (item->bytes != ITEM_ACCOUNT)
		return put_number(out, v, item->bytes);
	if (!json_is_string(v) || !rpc_account_named(&who, c, json_string_value(v)))
		return false;
	wr_account(out, &who);
	return true;
}

/* Rows in the order of their bytes where they begin with an account, since rules want them so. */
static int
row_cmp(const void *a, const void *b)
{
	return memcmp(*(uint8_t *const *)a, *(uint8_t *const *)b, ITEM_ACCOUNT);
}

static void
sort_rows(uint8_t *p, size_t n, size_t len)
{
	uint8_t *rows[256], *copy = mem_new(n + 1, len);

	memcpy(copy, p, n * len);
	for (size_t i = 0; i < n; i++)
		rows[i] = copy + i * len;
	qsort(rows, n, sizeof(rows[0]), row_cmp);
	for (size_t i = 0; i < n; i++)
		memcpy(p + i * len, rows[i], len);
	free(copy);
}

static bool
put_list(struct wr *out, const struct rpc_call *c, const json_t *value, const struct rule_list *l)
{
	const json_t *list = json_object_get(value, l->list), *fixed = l->fixed != NULL ? json_object_get(value, l->fixed) : NULL, *row;
	size_t n = json_array_size(list), start, i;

	if ((list != NULL && !json_is_array(list)) || n > l->max)
		return false;
	if (n == 0 && !l->always)
		return fixed == NULL;
	if (l->fixed != NULL && !put_number(out, fixed, 4))
		return false;
	wr_u8(out, (uint8_t)n);
	start = out->len;
	json_array_foreach(list, i, row) {
		if (json_object_size(row) != l->items_n)
			return false;
		for (size_t j = 0; j < l->items_n; j++) {
			if (!put_item(out, c, row, &l->items[j]))
				return false;
		}
	}
	if (n > 1 && l->items[0].bytes == ITEM_ACCOUNT)
		sort_rows(out->p + start, n, (out->len - start) / n);
	return true;
}

/* The list's names, apart from the others'. */
static json_t *
without_list(json_t *value, const struct rule_list *l)
{
	json_t *rest = json_copy(value);

	if (l != NULL) {
		json_object_del(rest, l->list);
		if (l->fixed != NULL)
			json_object_del(rest, l->fixed);
	}
	return rest;
}

static bool
put_numbers(struct wr *out, struct rpc_call *c, const char *name, json_t *value, const struct rule_field *fields)
{
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

bool
rpc_rule_params(struct wr *out, struct rpc_call *c, const char *name, const char *rule)
{
	json_t *value = rpc_json(c, name), *rest;
	const struct rule_field *fields = fields_of(rule);
	const struct rule_list *l = list_of(rule);
	bool ok;

	if (json_is_array(value))
		return take_hex(out, c, name, value);
	if (fields == NULL && value != NULL) {
		rpc_bad_param(c, name, "write [\"hex\"], as the rule's documentation says", "the names of this rule's parameters are not known");
		return false;
	}
	if (fields == NULL)
		return true;
	rest = without_list(value, l);
	ok = put_numbers(out, c, name, rest, fields);
	json_decref(rest);
	if (!ok || l == NULL || put_list(out, c, value, l))
		return ok;
	rpc_bad_param(c, name, l->list, "a list of the rule is not of the form that its documentation gives");
	return false;
}

/* ---- the way back ---- */

static void
show_number(json_t *o, const char *name, struct rd *r, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)rd_u8(r) << 8 * i;
	json_object_set_new(o, name, v >> 53 == 0 ? json_integer((json_int_t)v) : json_sprintf("%llu", (unsigned long long)v));
}

static void
show_list(json_t *o, const struct node *n, struct rd *r, const struct rule_list *l)
{
	json_t *list = json_array(), *row;
	struct account who;

	if (l->fixed != NULL)
		show_number(o, l->fixed, r, 4);
	for (unsigned i = rd_u8(r); i > 0 && rd_ok(r); i--) {
		json_array_append_new(list, row = json_object());
		for (size_t j = 0; j < l->items_n; j++) {
			if (l->items[j].bytes != ITEM_ACCOUNT) {
				show_number(row, l->items[j].name, r, l->items[j].bytes);
				continue;
			}
			rd_account(r, &who);
			json_object_set_new(row, l->items[j].name, rd_ok(r) ? json_account(n, &who) : json_null());
		}
	}
	json_object_set_new(o, l->list, list);
}

json_t *
rule_params_json(const struct node *n, const char *rule, const void *params, size_t len)
{
	const struct rule_field *fields = fields_of(rule);
	const struct rule_list *l = list_of(rule);
	struct rd r = rd_init(params, len);
	json_t *o = json_object();
	size_t numbers = 0;

	for (; fields != NULL && fields->name != NULL; fields++) {
		show_number(o, fields->name, &r, fields->bytes);
		numbers += fields->bytes;
	}
	if (fields != NULL && l != NULL && (l->always || len > numbers))
		show_list(o, n, &r, l);
	if (fields != NULL && rd_done(&r))
		return o;
	json_decref(o);
	return json_hex(params, len);
}
