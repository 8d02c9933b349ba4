/* Forms of the operations of sales (token/ops_sale.h). */
#include "bridge/op_json_parts.h"

#include "token/ops_sale.h"

#define SALE FIELD("sale", FIELD_U64)

/* The hashes of a path, from the leaf up. */
static void
show_path(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	struct allow_path path;
	json_t *list;

	rd_allow_path(r, &path);
	if (path.n == 0)
		return;
	list = json_array();
	for (size_t i = 0; i < path.n; i++) {
		char hex[HASH256_HEX_LEN];

		hash256_to_hex(hex, &path.hashes[i]);
		json_array_append_new(list, json_string(hex));
	}
	json_object_set_new(f->o, field->name, list);
}

static bool
take_path(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	struct allow_path path = { .n = 0 };

	if (value != NULL && (!json_is_array(value) || json_array_size(value) > ALLOW_PATH_MAX))
		return op_fault(m, "%s must be a list of at most %d hashes", field->name, ALLOW_PATH_MAX);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *hex = json_string_value(json_array_get(value, i));

		if (hex == NULL || !hash256_from_hex(&path.hashes[path.n++], hex))
			return op_fault(m, "%s: each hash is 64 hex digits", field->name);
	}
	wr_allow_path(w, &path);
	return true;
}

static const char *
create_sale_fault(const void *payload, size_t len)
{
	struct op_create_sale o;

	return op_create_sale_decode(&o, payload, len) ? NULL : "the terms are no sale's: a time is before 1970";
}

static const struct op_field create_sale[] = {
	FIELD("asset", FIELD_ASSET),
	FIELD("payment", FIELD_ASSET),
	FIELD("rule", FIELD_TEXT, .min = 1, .max = RULE_NAME_MAX),
	FIELD("rule_major", FIELD_U16),
	FIELD("params", FIELD_BLOB, .optional = true, .max = RULE_PARAMS_MAX),
	FIELD("open", FIELD_TIME, .optional = true),
	FIELD("close", FIELD_TIME),
	FIELD("soft_cap", FIELD_UNITS, .optional = true),
	FIELD("hard_cap", FIELD_UNITS),
	FIELD("tokens", FIELD_UNITS),
	FIELD("payer_min", FIELD_UNITS),
	FIELD("payer_max", FIELD_UNITS),
	FIELD("beneficiary_min", FIELD_UNITS, .optional = true),
	FIELD("beneficiary_max", FIELD_UNITS),
	FIELD("allow_list", FIELD_HASH, .optional = true),
	FIELD("cliff", FIELD_U32, .optional = true),
	FIELD("vesting", FIELD_U32, .optional = true),
};
static const struct op_field buy[] = {
	SALE,
	FIELD("beneficiary", FIELD_ACCOUNT),
	FIELD("payment", FIELD_UNITS),
	FIELD("tokens_min", FIELD_UNITS, .optional = true),
	FIELD("payer_path", FIELD_CUSTOM, .optional = true, .show = show_path, .take = take_path),
	FIELD("beneficiary_path", FIELD_CUSTOM, .optional = true, .show = show_path, .take = take_path),
};
static const struct op_field sale[] = { SALE };
static const struct op_field claim[] = { SALE, FIELD("account", FIELD_ACCOUNT) };

const struct op_form op_sale_forms[] = {
	OP_FORM_CHECKED(OP_CREATE_SALE, create_sale, create_sale_fault),
	OP_FORM(OP_BUY, buy),
	OP_FORM(OP_CLOSE_SALE, sale),
	OP_FORM(OP_CLAIM, claim),
	OP_FORM(OP_CANCEL_SALE, sale),
	OP_FORMS_END,
};
