/* Forms of the operations of offers, records and names (token/ops_swap.h, ops_record.h, ops_name.h). */
#include "bridge/op_json_parts.h"

#include "token/ops_name.h"
#include "token/ops_record.h"
#include "token/ops_swap.h"

/* A byte, 0 or 1. */
static void
show_flag(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	uint8_t v = rd_u8(r);

	if (v > 1)
		rd_fail(r);
	json_object_set_new(f->o, field->name, json_boolean(v));
}

static bool
take_flag(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	if (value != NULL && !json_is_boolean(value))
		return op_fault(m, "%s must be true or false", field->name);
	wr_u8(w, json_is_true(value));
	return true;
}

#define FLAG(name) FIELD(name, FIELD_CUSTOM, .optional = true, .show = show_flag, .take = take_flag)
#define ITEM FIELD("item", FIELD_HASH)
#define DOCUMENT FIELD("document", FIELD_HASH, .optional = true)
#define NAME FIELD("name", FIELD_TEXT, .min = NAME_MIN, .max = NAME_MAX)

static const char *const offer_flags[] = { "whole", "redeem" };
static const struct op_field only[] = { FIELD("account", FIELD_ACCOUNT) };
static const struct op_field offer[] = {
	FIELD("sell", FIELD_ASSET),
	FIELD("sell_units", FIELD_UNITS),
	FIELD("buy", FIELD_ASSET),
	FIELD("buy_units", FIELD_UNITS),
	FIELD("flags", FIELD_BITS, .optional = true, .width = 1, FIELD_NAMED(offer_flags)),
	FIELD("until", FIELD_TIME),
	FIELD("only", FIELD_OPTION, FIELD_OF(only)),
};
static const char *
offer_fault(const void *payload, size_t len)
{
	struct op_offer o;

	return op_offer_decode(&o, payload, len) ? NULL : "flags are whole and redeem";
}

static const struct op_field take[] = {
	FIELD("offer", FIELD_U64),
	FIELD("want", FIELD_UNITS),
	FIELD("least", FIELD_UNITS, .optional = true),
	FIELD("pay_max", FIELD_UNITS),
};
static const struct op_field cancel[] = { FIELD("offer", FIELD_U64), FIELD("units", FIELD_UNITS) };

static const struct op_field create_item[] = { FIELD("title", FIELD_TEXT, .min = 1, .max = ITEM_TITLE_MAX), DOCUMENT };
static const struct op_field record_event[] = { ITEM, FIELD("label", FIELD_TEXT, .min = 1, .max = ITEM_LABEL_MAX), DOCUMENT, FLAG("final") };
static const struct op_field handover[] = { ITEM, FIELD("to", FIELD_ACCOUNT), FIELD("until", FIELD_TIME), DOCUMENT };
static const struct op_field accept_item[] = { ITEM, FIELD("head", FIELD_HASH, .optional = true) };
static const struct op_field set_attester[] = { ITEM, FIELD("account", FIELD_ACCOUNT), FLAG("allowed") };

static const struct op_field name[] = { FIELD("account", FIELD_ACCOUNT), NAME };
static const struct op_field renounce_name[] = { NAME };

const struct op_form op_swap_forms[] = {
	OP_FORM_CHECKED(OP_OFFER, offer, offer_fault),
	OP_FORM(OP_TAKE, take),
	OP_FORM(OP_CANCEL_OFFER, cancel),
	OP_FORM(OP_CREATE_ITEM, create_item),
	OP_FORM(OP_RECORD_EVENT, record_event),
	OP_FORM(OP_HANDOVER, handover),
	OP_FORM(OP_ACCEPT_ITEM, accept_item),
	OP_FORM(OP_SET_ATTESTER, set_attester),
	OP_FORM(OP_ATTEST_NAME, name),
	OP_FORM(OP_REVOKE_NAME, name),
	OP_FORM(OP_RENOUNCE_NAME, renounce_name),
	OP_FORMS_END,
};
