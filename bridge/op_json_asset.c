/* Forms of the operations of assets and loyalty (token/ops.h). */
#include "bridge/op_json_parts.h"

#define ASSET FIELD("asset", FIELD_ASSET)
#define UNITS FIELD("units", FIELD_UNITS)
#define TO FIELD("to", FIELD_ACCOUNT)

static const char *const flags[] = { "transferable", "freezable", "pausable", "clawback", "votes", "lots", "closed_loop", "backed", "minters" };
static const char *const changes[] = { "issuer_by_issuer", "issuer_by_dao", "dao_by_issuer", "dao_by_dao", "params_by_issuer", "params_by_dao",
				       "name_by_issuer", "name_by_dao" };

/* Most assets obey no DAO: ffffffff, and not shown. */
static void
show_dao(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	uint32_t dao = rd_u32(r);

	if (dao != ASSET_NO_DAO)
		put_number(f, field->name, dao);
}

static bool
take_dao(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	json_int_t n = json_integer_value(value);

	if (value != NULL && (!json_is_integer(value) || n < 0 || n >= ASSET_NO_DAO))
		return op_fault(m, "%s must be the number of a DAO", field->name);
	wr_u32(w, value != NULL ? (uint32_t)n : ASSET_NO_DAO);
	return true;
}

static const struct op_field create[] = {
	FIELD("flags", FIELD_BITS, .width = 2, FIELD_NAMED(flags)),
	FIELD("decimals", FIELD_U8),
	FIELD("cap", FIELD_UNITS),
	FIELD("ticker", FIELD_TEXT, .min = 1, .max = ASSET_TICKER_MAX),
	FIELD("name", FIELD_TEXT, .min = 1, .max = ASSET_NAME_MAX),
	FIELD("rule", FIELD_TEXT, .optional = true, .max = RULE_NAME_MAX),
	FIELD("rule_major", FIELD_U16, .optional = true),
	FIELD("dao", FIELD_CUSTOM, .optional = true, .show = show_dao, .take = take_dao),
	FIELD("backing_units", FIELD_U64, .optional = true),
	FIELD("backing_sats", FIELD_U64, .optional = true),
	FIELD("freeze_notice", FIELD_U32, .optional = true),
	FIELD("changes", FIELD_BITS, .optional = true, .width = 2, FIELD_NAMED(changes)),
	FIELD("change_notice", FIELD_U32, .optional = true),
	FIELD("params", FIELD_BLOB, .optional = true, .max = RULE_PARAMS_MAX),
};
static const struct op_field mint[] = { ASSET, TO, UNITS, FIELD("coin_max", FIELD_UNITS, .optional = true) };
static const struct op_field burn[] = { ASSET, UNITS };
static const struct op_field transfer[] = { ASSET, TO, UNITS, FIELD("memo", FIELD_BLOB, .optional = true, .max = MEMO_MAX) };
static const struct op_field set_issuer[] = { ASSET, FIELD("issuer", FIELD_ACCOUNT) };
static const struct op_field renounce[] = { ASSET };
static const struct op_field freeze[] = { ASSET, FIELD("account", FIELD_ACCOUNT) };
static const struct op_field pause[] = { ASSET, FIELD("until", FIELD_TIME) };
static const struct op_field clawback[] = { ASSET, FIELD("from", FIELD_ACCOUNT), UNITS };
/* ffffffff names none, and is refused. */
static const struct op_field set_dao[] = { ASSET, FIELD("dao", FIELD_U32) };
static const struct op_field set_params[] = { ASSET, FIELD("params", FIELD_BLOB, .max = RULE_PARAMS_MAX) };
static const struct op_field set_name[] = { ASSET, FIELD("name", FIELD_TEXT, .max = ASSET_NAME_MAX) };
static const struct op_field earn[] = {
	ASSET, TO, FIELD("receipt", FIELD_HASH), FIELD("paid", FIELD_UNITS), FIELD("with_points", FIELD_UNITS, .optional = true),
};
static const struct op_field refund[] = {
	ASSET, FIELD("customer", FIELD_ACCOUNT), FIELD("receipt", FIELD_HASH), FIELD("returned", FIELD_UNITS),
};

const struct op_form op_asset_forms[] = {
	OP_FORM(OP_CREATE, create),
	OP_FORM(OP_MINT, mint),
	OP_FORM(OP_BURN, burn),
	OP_FORM(OP_TRANSFER, transfer),
	OP_FORM(OP_SET_ISSUER, set_issuer),
	OP_FORM(OP_RENOUNCE, renounce),
	OP_FORM(OP_FREEZE, freeze),
	OP_FORM(OP_UNFREEZE, freeze),
	OP_FORM(OP_PAUSE, pause),
	OP_FORM(OP_CLAWBACK, clawback),
	OP_FORM(OP_SET_DAO, set_dao),
	OP_FORM(OP_SET_PARAMS, set_params),
	OP_FORM(OP_SET_NAME, set_name),
	OP_FORM(OP_EARN, earn),
	OP_FORM(OP_REFUND, refund),
	OP_FORM(OP_REDEEM, burn),
	OP_FORMS_END,
};
