/* Forms of the operations and actions of governance (token/ops.h). */
#include "bridge/op_json_parts.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/action_json.h"

#define PERIOD(name) FIELD(name, FIELD_U32, .optional = true)

/* --- CREATE_DAO --- */

static const char *const action_names[] = {
	"text",   "spend",        "mint_permit", "plugin_approve", "plugin_disable", "pause",     "resume",
	"rule_upgrade", "validators", "param",       "cover_deficit",  "rotate",         "registrar",
};
static const struct op_field guardian[] = { FIELD("account", FIELD_ACCOUNT), FIELD("until", FIELD_TIME) };
static const struct op_field member[] = { FIELD(NULL, FIELD_ACCOUNT) };
static const struct op_field members[] = { FIELD("members", FIELD_LIST, .min = 1, .max = DAO_MEMBERS_MAX, FIELD_OF(member)) };
static const struct op_field holders[] = { FIELD("asset", FIELD_ASSET) };

/* {"asset"}, or {"members": […]} in ascending order of their bytes. */
static void
show_electorate(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	struct op_fields inner = { json_object(), f->hrp };
	uint8_t kind = rd_u8(r);

	if (kind > DAO_COUNCIL || !op_fields_show(&inner, kind == DAO_HOLDERS ? holders : members, 1, r))
		rd_fail(r);
	json_object_set_new(f->o, field->name, inner.o);
}

static bool
take_electorate(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	bool council = json_object_get(value, "members") != NULL;

	if (!json_is_object(value))
		return op_fault(m, "%s must be {\"asset\": …} or {\"members\": […]}", field->name);
	wr_u8(w, council ? DAO_COUNCIL : DAO_HOLDERS);
	return op_fields_take(w, m, council ? members : holders, 1, value, NULL);
}

static const char *
create_dao_fault(const void *payload, size_t len)
{
	struct op_create_dao o;

	return op_create_dao_decode(&o, payload, len) ? NULL : "the terms are no DAO's: a council's members must ascend, none twice";
}

static const struct op_field create_dao[] = {
	FIELD("name", FIELD_TEXT, .min = 1, .max = DAO_NAME_MAX),
	FIELD("rule", FIELD_TEXT, .min = 1, .max = RULE_NAME_MAX),
	FIELD("rule_major", FIELD_U16),
	FIELD("params", FIELD_BLOB, .optional = true, .max = RULE_PARAMS_MAX),
	FIELD("actions", FIELD_BITS, .width = 4, FIELD_NAMED(action_names)),
	PERIOD("deposit_period"),
	PERIOD("voting_delay"),
	PERIOD("voting_period"),
	PERIOD("late_extension"),
	PERIOD("timelock"),
	PERIOD("grace"),
	FIELD("deposit", FIELD_UNITS, .optional = true),
	FIELD("deposit_first", FIELD_UNITS, .optional = true),
	FIELD("threshold", FIELD_U64, .optional = true),
	FIELD("guardian", FIELD_OPTION, FIELD_OF(guardian)),
	FIELD("electorate", FIELD_CUSTOM, .show = show_electorate, .take = take_electorate),
};

/* --- PROPOSE --- */

static const char *const no_yes[] = { "no", "yes" };
static const char *const rule_kinds[] = { NULL, "issue", "sale", "gov", "valsel" };
static const struct op_field spend[] = { FIELD("asset", FIELD_ASSET), FIELD("to", FIELD_ACCOUNT), FIELD("units", FIELD_UNITS) };
static const struct op_field mint_permit[] = { FIELD("asset", FIELD_ASSET), FIELD("units", FIELD_UNITS) };
static const struct op_field plugin_approve[] = {
	FIELD("rule", FIELD_TEXT, .min = 1, .max = RULE_NAME_MAX),
	FIELD("rule_kind", FIELD_NAMES, FIELD_NAMED(rule_kinds)),
	FIELD("major", FIELD_U16),
	FIELD("minor", FIELD_U16, .optional = true),
	FIELD("patch", FIELD_U16, .optional = true),
	FIELD("file", FIELD_HASH),
	FIELD("from_height", FIELD_U64, .optional = true),
};
static const struct op_field plugin_disable[] = {
	FIELD("rule", FIELD_TEXT, .min = 1, .max = RULE_NAME_MAX),
	FIELD("major", FIELD_U16),
	FIELD("minor", FIELD_U16, .optional = true),
	FIELD("patch", FIELD_U16, .optional = true),
};

static const struct op_field registrar[] = {
	FIELD("account", FIELD_ACCOUNT),
	FIELD("appoint", FIELD_NAMES, FIELD_NAMED(no_yes)),
};
static const struct op_field rule_upgrade[] = {
	FIELD("rule", FIELD_TEXT, .min = 1, .max = RULE_NAME_MAX),
	FIELD("major", FIELD_U16),
	FIELD("minor", FIELD_U16, .optional = true),
	FIELD("patch", FIELD_U16, .optional = true),
	FIELD("from_height", FIELD_U64),
};
/* asset: that of the coin, for a parameter of the chain */
static const struct op_field param[] = {
	FIELD("asset", FIELD_ASSET),
	FIELD("name", FIELD_TEXT, .min = 1, .max = PARAM_NAME_MAX),
	FIELD("value", FIELD_BLOB, .max = PARAM_VALUE_MAX),
};
static const char *const cover_sources[] = { "treasury", "fees", "donations" };
static const struct op_field cover_deficit[] = { FIELD("from", FIELD_NAMES, FIELD_NAMED(cover_sources)), FIELD("units", FIELD_UNITS) };

static const struct {
	enum action_kind kind;
	const struct op_field *fields;
	size_t n;
} action_forms[] = {
	{ ACTION_SPEND, spend, ARRAY_LEN(spend) },
	{ ACTION_MINT_PERMIT, mint_permit, ARRAY_LEN(mint_permit) },
	{ ACTION_PLUGIN_APPROVE, plugin_approve, ARRAY_LEN(plugin_approve) },
	{ ACTION_PLUGIN_DISABLE, plugin_disable, ARRAY_LEN(plugin_disable) },
	{ ACTION_PAUSE, NULL, 0 },
	{ ACTION_RESUME, NULL, 0 },
	{ ACTION_REGISTRAR, registrar, ARRAY_LEN(registrar) },
	{ ACTION_RULE_UPGRADE, rule_upgrade, ARRAY_LEN(rule_upgrade) },
	{ ACTION_PARAM, param, ARRAY_LEN(param) },
	{ ACTION_COVER_DEFICIT, cover_deficit, ARRAY_LEN(cover_deficit) },
};

/* TEXT's payload is the text itself; the others have fields; what has another form is shown in hex. */
static void
show_action_payload(struct op_fields *f, const struct dao_action *a)
{
	struct rd r = rd_init(a->payload.p, a->payload.len);
	struct op_fields inner = { json_object(), f->hrp };
	bool shown = false;

	for (size_t i = 0; i < ARRAY_LEN(action_forms); i++) {
		if ((unsigned)action_forms[i].kind == a->kind)
			shown = op_fields_show(&inner, action_forms[i].fields, action_forms[i].n, &r) && rd_done(&r);
	}
	if (a->kind == ACTION_TEXT && text_is_plain((const char *)a->payload.p, a->payload.len))
		put_text(f, "text", &(struct op_text){ (const char *)a->payload.p, a->payload.len });
	else if (shown)
		json_object_update(f->o, inner.o);
	else
		put_hex(f, "payload", a->payload.p, a->payload.len);
	json_decref(inner.o);
}

static void
show_actions(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	struct dao_action actions[PROPOSAL_ACTIONS_MAX];
	size_t n = rd_actions(r, actions);
	json_t *list = json_array();

	for (size_t i = 0; i < n && rd_ok(r); i++) {
		const char *name = action_name(actions[i].kind);
		struct op_fields one = { json_object(), f->hrp };

		json_object_set_new(one.o, "kind", name != NULL ? json_string(name) : json_integer(actions[i].kind));
		show_action_payload(&one, &actions[i]);
		json_array_append_new(list, one.o);
	}
	json_object_set_new(f->o, field->name, list);
}

static bool
take_action_payload(struct wr *w, struct op_making *m, enum action_kind kind, const json_t *o)
{
	static const char *const beside[] = { "kind", NULL };
	static const struct op_field text[] = { FIELD("text", FIELD_TEXT, .max = ACTION_PAYLOAD_MAX) };
	const char *s = json_string_value(json_object_get(o, "text"));
	struct wr none = { 0 };
	bool ok;

	if (kind == ACTION_TEXT) {
		ok = op_fields_take(&none, m, text, 1, o, beside);
		wr_clear(&none);
		if (ok)
			wr_bytes(w, s, strlen(s));
		return ok;
	}
	for (size_t i = 0; i < ARRAY_LEN(action_forms); i++) {
		if (action_forms[i].kind == kind)
			return op_fields_take(w, m, action_forms[i].fields, action_forms[i].n, o, beside);
	}
	return op_fault(m, "give the payload of an action of this kind in hex");
}

/* Its payload, from its fields or in hex. */
static bool
take_action_bytes(struct wr *w, struct op_making *m, unsigned kind, const json_t *o)
{
	static const char *const beside[] = { "kind", "payload", NULL };
	const char *hex = json_string_value(json_object_get(o, "payload"));
	size_t len = 0;
	uint8_t *bytes;

	if (hex == NULL && action_name(kind) != NULL)
		return take_action_payload(w, m, (enum action_kind)kind, o);
	bytes = hex != NULL ? hex_decode_new(&len, hex, ACTION_PAYLOAD_MAX) : NULL;
	if (bytes == NULL || !op_fields_take(w, m, NULL, 0, o, beside)) {
		free(bytes);
		return op_fault(m, "an action's payload must be hex, with nothing beside it but its kind");
	}
	wr_bytes(w, bytes, len);
	free(bytes);
	return true;
}

static bool
take_action(struct wr *w, struct op_making *m, const json_t *o)
{
	const json_t *given = json_object_get(o, "kind");
	const char *name = json_string_value(given);
	enum action_kind named;
	struct wr payload = { 0 };
	json_int_t kind = json_integer_value(given);
	bool ok;

	if (name != NULL && action_find(&named, name, strlen(name)))
		kind = (json_int_t)named;
	else if (!json_is_integer(given) || kind < 0 || kind > UINT8_MAX)
		return op_fault(m, "an action has no kind, or one that does not exist");
	ok = take_action_bytes(&payload, m, (unsigned)kind, o);
	wr_u8(w, (uint8_t)kind);
	wr_varbytes(w, payload.p, payload.len);
	wr_clear(&payload);
	return ok;
}

static bool
take_actions(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	size_t i, n = json_array_size(value);
	json_t *item;

	if (n < 1 || n > PROPOSAL_ACTIONS_MAX)
		return op_fault(m, "%s must be a list of 1 to %d actions", field->name, PROPOSAL_ACTIONS_MAX);
	wr_compactsize(w, n);
	json_array_foreach(value, i, item) {
		if (!take_action(w, m, item))
			return false;
	}
	return true;
}

static const struct op_field propose[] = {
	FIELD("dao", FIELD_U32),
	FIELD("title", FIELD_TEXT, .min = 1, .max = PROPOSAL_TITLE_MAX),
	FIELD("deposit", FIELD_UNITS, .optional = true),
	FIELD("actions", FIELD_CUSTOM, .show = show_actions, .take = take_actions),
};

/* --- The rest --- */

static const char *
vote_fault(const void *payload, size_t len)
{
	struct op_vote o;

	return op_vote_decode(&o, payload, len) ? NULL : "for, against, abstain and veto must add up to 10000";
}

static const struct op_field vote[] = {
	FIELD("proposal", FIELD_U64),
	FIELD("for", FIELD_U16, .optional = true),
	FIELD("against", FIELD_U16, .optional = true),
	FIELD("abstain", FIELD_U16, .optional = true),
	FIELD("veto", FIELD_U16, .optional = true),
};
static const struct op_field add_deposit[] = { FIELD("proposal", FIELD_U64), FIELD("units", FIELD_UNITS) };
static const struct op_field proposal[] = { FIELD("proposal", FIELD_U64) };
static const struct op_field delegate[] = { FIELD("asset", FIELD_ASSET), FIELD("to", FIELD_ACCOUNT) };

const struct op_form op_dao_forms[] = {
	OP_FORM_CHECKED(OP_CREATE_DAO, create_dao, create_dao_fault),
	OP_FORM(OP_PROPOSE, propose),
	OP_FORM(OP_ADD_DEPOSIT, add_deposit),
	OP_FORM_CHECKED(OP_VOTE, vote, vote_fault),
	OP_FORM(OP_CANCEL, proposal),
	OP_FORM(OP_EXECUTE, proposal),
	OP_FORM(OP_DELEGATE, delegate),
	OP_FORM(OP_GUARDIAN_VETO, proposal),
	OP_FORMS_END,
};
