#include "bridge/action_json.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/action_json_parts.h"
#include "bridge/action_json_validators.h"
#include "bridge/genesis_names.h"
#include "bridge/rpc.h"
#include "bridge/rpc_asset.h"
#include "token/action.h"
#include "token/ops_name.h"

/* --- Parts --- */

const char *
action_text(const json_t *action, const char *key)
{
	return json_string_value(json_object_get(action, key));
}

bool
action_number(uint64_t *out, const json_t *action, const char *key, uint64_t most)
{
	const json_t *member = json_object_get(action, key);
	json_int_t v = json_integer_value(member);

	if (!json_is_integer(member) || v < 0 || (uint64_t)v > most)
		return false;
	*out = (uint64_t)v;
	return true;
}

bool
action_account(struct account *out, const json_t *action, const char *key, const struct action_view *v)
{
	const char *text = action_text(action, key);

	return text != NULL && ((v->account != NULL && v->account(out, v->ctx, text)) || account_from_text(out, v->hrp, text) == NULL);
}

void
action_put_account(json_t *o, const char *key, const struct account *a, const struct action_view *v)
{
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, a, v->hrp);
	json_object_set_new(o, key, json_string(text));
}

void
action_put_amount(json_t *o, const struct asset_id *id, struct amount amount, const struct action_view *v)
{
	struct asset a;
	bool known = asset_get(&a, v->state, id);

	json_object_set_new(o, "asset", json_hash(&id->id));
	if (known)
		json_object_set_new(o, "ticker", json_string(a.ticker));
	json_object_set_new(o, "amount", json_amount(amount, known ? a.decimals : 0));
}

const char *
action_take_amount(struct asset_id *id, struct amount *amount, const json_t *action, const struct action_view *v)
{
	const char *name = action_text(action, "asset"), *text = action_text(action, "amount");
	struct asset a;

	if (name == NULL || !asset_named(&a, v->state, name))
		return "an action names no known asset";
	if (text == NULL || amount_parse(amount, text, a.decimals) != NULL)
		return "an action's amount is not a decimal string of the asset";
	*id = a.id;
	return NULL;
}

void
action_put_version(json_t *o, const struct op_text *rule, uint16_t major, uint16_t minor, uint16_t patch)
{
	json_object_set_new(o, "rule", json_stringn(rule->p, rule->len));
	json_object_set_new(o, "version", json_sprintf("%u.%u.%u", (unsigned)major, (unsigned)minor, (unsigned)patch));
}

const char *
action_take_version(struct action_plugin_approve *a, const json_t *action)
{
	const char *rule = action_text(action, "rule"), *version = action_text(action, "version");

	if (rule == NULL || version == NULL || strlen(rule) > RULE_NAME_MAX || !genesis_version_parse(a, version))
		return "an action on a plugin needs `rule` and `version` (1.0.0)";
	a->name = OP_TEXT(rule);
	return NULL;
}

/* --- Kinds --- */

static bool
show_text(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	json_t *text = json_stringn((const char *)b->p, b->len);

	(void)v;
	return text != NULL && json_object_set_new(o, "text", text) == 0;
}

static const char *
take_text(struct wr *w, const json_t *action, const struct action_view *v)
{
	const char *text = action_text(action, "text");

	(void)v;
	if (text == NULL)
		return "an action of kind text needs `text`";
	wr_bytes(w, text, strlen(text));
	return NULL;
}

static bool
show_spend(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_spend a;

	if (!action_spend_decode(&a, b->p, b->len))
		return false;
	action_put_account(o, "to", &a.to, v);
	action_put_amount(o, &a.asset, a.amount, v);
	return true;
}

static const char *
take_spend(struct wr *w, const json_t *action, const struct action_view *v)
{
	struct action_spend a;
	const char *why = action_take_amount(&a.asset, &a.amount, action, v);

	if (why != NULL)
		return why;
	if (!action_account(&a.to, action, "to", v))
		return "an action's `to` is no account: write an address, or a label of the wallet";
	action_spend_encode(w, &a);
	return NULL;
}

static bool
show_permit(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_mint_permit a;

	if (!action_mint_permit_decode(&a, b->p, b->len))
		return false;
	action_put_amount(o, &a.asset, a.amount, v);
	return true;
}

static const char *
take_permit(struct wr *w, const json_t *action, const struct action_view *v)
{
	struct action_mint_permit a;
	const char *why = action_take_amount(&a.asset, &a.amount, action, v);

	if (why == NULL)
		action_mint_permit_encode(w, &a);
	return why;
}

static bool
show_approve(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_plugin_approve a;

	(void)v;
	if (!action_plugin_approve_decode(&a, b->p, b->len) || genesis_kind_name(a.kind) == NULL)
		return false;
	action_put_version(o, &a.name, a.major, a.minor, a.patch);
	json_object_set_new(o, "rule_kind", json_string(genesis_kind_name(a.kind)));
	json_object_set_new(o, "file", json_hash(&a.file));
	json_object_set_new(o, "from_height", json_integer((json_int_t)a.from_height));
	return true;
}

static const char *
take_approve(struct wr *w, const json_t *action, const struct action_view *v)
{
	const char *kind = action_text(action, "rule_kind"), *file = action_text(action, "file"), *why;
	struct action_plugin_approve a = { .kind = 0 };

	(void)v;
	why = action_take_version(&a, action);
	if (why != NULL)
		return why;
	if (kind == NULL || !genesis_kind_find(&a.kind, kind) || file == NULL || !hash256_from_hex(&a.file, file))
		return "plugin_approve needs `rule_kind` (issue, sale, gov, valsel) and `file`, its SHA-256; tally plugin check FILE prints both";
	if (json_object_get(action, "from_height") != NULL && !action_number(&a.from_height, action, "from_height", INT64_MAX))
		return "plugin_approve: `from_height` is no height";
	action_plugin_approve_encode(w, &a);
	return NULL;
}

static bool
show_disable(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_plugin_disable a;

	(void)v;
	if (!action_plugin_disable_decode(&a, b->p, b->len))
		return false;
	action_put_version(o, &a.name, a.major, a.minor, a.patch);
	return true;
}

static const char *
take_disable(struct wr *w, const json_t *action, const struct action_view *v)
{
	struct action_plugin_approve a = { .kind = 0 };
	struct action_plugin_disable d;
	const char *why = action_take_version(&a, action);

	(void)v;
	if (why != NULL)
		return why;
	d = (struct action_plugin_disable){ a.name, a.major, a.minor, a.patch };
	action_plugin_disable_encode(w, &d);
	return NULL;
}

static bool
show_upgrade(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_rule_upgrade a;

	(void)v;
	if (!action_rule_upgrade_decode(&a, b->p, b->len))
		return false;
	action_put_version(o, &a.name, a.major, a.minor, a.patch);
	json_object_set_new(o, "from_height", json_integer((json_int_t)a.from_height));
	return true;
}

static const char *
take_upgrade(struct wr *w, const json_t *action, const struct action_view *v)
{
	struct action_plugin_approve rule = { .kind = 0 };
	struct action_rule_upgrade a;
	const char *why = action_take_version(&rule, action);

	(void)v;
	if (why != NULL)
		return why;
	a = (struct action_rule_upgrade){ rule.name, rule.major, rule.minor, rule.patch, 0 };
	if (!action_number(&a.from_height, action, "from_height", INT64_MAX))
		return "rule_upgrade needs `from_height`, the first block that the version runs in";
	action_rule_upgrade_encode(w, &a);
	return NULL;
}

/* The part of an asset that a PARAM names; false for none. */
static bool
part_find(enum asset_part *out, const char *name, size_t len)
{
	for (unsigned i = 0; i < ASSET_PARTS; i++) {
		if (strlen(asset_part_names[i]) == len && strncmp(asset_part_names[i], name, len) == 0) {
			*out = (enum asset_part)i;
			return true;
		}
	}
	return false;
}

static bool
show_asset_value(json_t *o, enum asset_part part, const struct op_blob *value, const struct action_view *v)
{
	struct rd r = rd_init(value->p, value->len);
	struct account who;

	switch (part) {
	case ASSET_PART_ISSUER:
		rd_account(&r, &who);
		action_put_account(o, "value", &who, v);
		return rd_done(&r);
	case ASSET_PART_DAO:
		json_object_set_new(o, "value", json_integer((json_int_t)rd_u32(&r)));
		return rd_done(&r);
	case ASSET_PART_PARAMS:
		return json_object_set_new(o, "value", json_hex(value->p, value->len)) == 0;
	case ASSET_PART_NAME:
		return json_object_set_new(o, "value", json_stringn((const char *)value->p, value->len)) == 0;
	}
	return false;
}

static bool
show_param(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct asset_id chain = ASSET_COIN;
	struct action_param a;
	struct asset asset;
	enum asset_part part;
	struct rd r;

	if (!action_param_decode(&a, b->p, b->len))
		return false;
	json_object_set_new(o, "name", json_stringn(a.name.p, a.name.len));
	r = rd_init(a.value.p, a.value.len);
	if (asset_id_eq(&a.asset, &chain))
		return json_object_set_new(o, "value", json_integer((json_int_t)rd_u64(&r))) == 0 && rd_done(&r);
	json_object_set_new(o, "asset", json_hash(&a.asset.id));
	if (asset_get(&asset, v->state, &a.asset))
		json_object_set_new(o, "ticker", json_string(asset.ticker));
	return part_find(&part, a.name.p, a.name.len) && show_asset_value(o, part, &a.value, v);
}

static const char *
take_asset_value(struct wr *w, enum asset_part part, const json_t *action, const struct action_view *v)
{
	const char *text = action_text(action, "value");
	struct account who;
	uint64_t number;
	uint8_t *bytes;
	size_t len;

	switch (part) {
	case ASSET_PART_ISSUER:
		if (!action_account(&who, action, "value", v))
			return "the new issuer is no account: write an address, or a label of the wallet";
		wr_account(w, &who);
		return NULL;
	case ASSET_PART_DAO:
		if (!action_number(&number, action, "value", UINT32_MAX))
			return "the new DAO is no number";
		wr_u32(w, (uint32_t)number);
		return NULL;
	case ASSET_PART_PARAMS:
		bytes = text != NULL ? hex_decode_new(&len, text, PARAM_VALUE_MAX) : NULL;
		if (bytes == NULL)
			return "the rule's new parameters are not hex";
		wr_bytes(w, bytes, len);
		free(bytes);
		return NULL;
	case ASSET_PART_NAME:
		if (text == NULL || strlen(text) > PARAM_VALUE_MAX)
			return "the new name is no text";
		wr_bytes(w, text, strlen(text));
		return NULL;
	}
	return "an asset has no such part";
}

static const char *
take_value(struct wr *w, struct action_param *a, const json_t *action, const struct action_view *v)
{
	const char *asset = action_text(action, "asset");
	enum asset_part part;
	struct asset found;
	uint64_t number;

	if (asset == NULL) {
		if (!action_number(&number, action, "value", INT64_MAX))
			return "a parameter's `value` is a whole number; getdao 0 shows them all";
		wr_u64(w, number);
		return NULL;
	}
	if (!asset_named(&found, v->state, asset))
		return "an action names no known asset";
	if (!part_find(&part, a->name.p, a->name.len))
		return "of an asset a DAO can change what it declared: issuer, dao, params or name";
	a->asset = found.id;
	return take_asset_value(w, part, action, v);
}

static const char *
take_param(struct wr *w, const json_t *action, const struct action_view *v)
{
	const char *name = action_text(action, "name"), *why;
	struct action_param a = { .asset = ASSET_COIN };
	struct wr value = { 0 };

	if (name == NULL || strlen(name) > PARAM_NAME_MAX)
		return "param needs `name` and `value`";
	a.name = OP_TEXT(name);
	why = take_value(&value, &a, action, v);
	if (why == NULL) {
		a.value = (struct op_blob){ value.p, value.len };
		action_param_encode(w, &a);
	}
	wr_clear(&value);
	return why;
}

static const char *const cover_sources[] = { "treasury", "fees", "donations" };

static bool
show_cover(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_cover_deficit a;

	(void)v;
	if (!action_cover_deficit_decode(&a, b->p, b->len))
		return false;
	json_object_set_new(o, "from", json_string(cover_sources[a.source]));
	json_object_set_new(o, "amount", json_amount(a.amount, AMOUNT_DECIMALS_MAX));
	return true;
}

static const char *
take_cover(struct wr *w, const json_t *action, const struct action_view *v)
{
	const char *from = action_text(action, "from"), *amount = action_text(action, "amount");
	struct action_cover_deficit a;

	(void)v;
	if (amount == NULL || amount_parse(&a.amount, amount, AMOUNT_DECIMALS_MAX) != NULL)
		return "cover_deficit needs `amount`, coin as a decimal string";
	for (a.source = 0; a.source < ARRAY_LEN(cover_sources); a.source++) {
		if (from != NULL && strcmp(from, cover_sources[a.source]) == 0) {
			action_cover_deficit_encode(w, &a);
			return NULL;
		}
	}
	return "cover_deficit needs `from`: treasury, fees or donations";
}

static bool
show_nothing(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	(void)o, (void)v;
	return b->len == 0;
}

static const char *
take_nothing(struct wr *w, const json_t *action, const struct action_view *v)
{
	(void)w, (void)action, (void)v;
	return NULL;
}

static bool
show_registrar(json_t *o, const struct op_blob *b, const struct action_view *v)
{
	struct action_registrar a;

	if (!action_registrar_decode(&a, b->p, b->len))
		return false;
	action_put_account(o, "account", &a.account, v);
	json_object_set_new(o, "appoint", json_boolean(a.appoint));
	return true;
}

static const char *
take_registrar(struct wr *w, const json_t *action, const struct action_view *v)
{
	const json_t *appoint = json_object_get(action, "appoint");
	struct action_registrar a = { .appoint = appoint == NULL || json_is_true(appoint) };

	if (!action_account(&a.account, action, "account", v))
		return "an action's `account` is no account: write an address, or a label of the wallet";
	if (appoint != NULL && !json_is_boolean(appoint))
		return "registrar: `appoint` is true, or false to dismiss";
	action_registrar_encode(w, &a);
	return NULL;
}

static const struct action_form forms[] = {
	{ ACTION_TEXT, "text", show_text, take_text },
	{ ACTION_SPEND, "spend", show_spend, take_spend },
	{ ACTION_MINT_PERMIT, "mint_permit", show_permit, take_permit },
	{ ACTION_PLUGIN_APPROVE, "plugin_approve", show_approve, take_approve },
	{ ACTION_PLUGIN_DISABLE, "plugin_disable", show_disable, take_disable },
	{ ACTION_PAUSE, "pause", show_nothing, take_nothing },
	{ ACTION_RESUME, "resume", show_nothing, take_nothing },
	{ ACTION_VALIDATORS, "validators", action_show_validators, action_take_validators },
	{ ACTION_REGISTRAR, "registrar", show_registrar, take_registrar },
	{ ACTION_RULE_UPGRADE, "rule_upgrade", show_upgrade, take_upgrade },
	{ ACTION_PARAM, "param", show_param, take_param },
	{ ACTION_COVER_DEFICIT, "cover_deficit", show_cover, take_cover },
};

static const struct action_form *
form_of(unsigned kind)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if ((unsigned)forms[i].kind == kind)
			return &forms[i];
	}
	return NULL;
}

const char *
action_name(unsigned kind)
{
	const struct action_form *f = form_of(kind);

	return f != NULL ? f->name : NULL;
}

bool
action_find(enum action_kind *out, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (strlen(forms[i].name) == len && strncmp(forms[i].name, name, len) == 0) {
			*out = forms[i].kind;
			return true;
		}
	}
	return false;
}

json_t *
action_json(const struct dao_action *a, const struct action_view *v)
{
	const struct action_form *f = form_of(a->kind);
	json_t *o = json_pack("{so}", "kind", f != NULL ? json_string(f->name) : json_integer(a->kind));

	if (f == NULL || !f->show(o, &a->payload, v))
		json_object_set_new(o, "payload", json_hex(a->payload.p, a->payload.len));
	return o;
}

const char *
action_from_json(struct wr *w, enum action_kind *kind, const json_t *action, const struct action_view *v)
{
	const char *name = action_text(action, "kind");

	if (name == NULL || !action_find(kind, name, strlen(name)))
		return "an action has no kind, or one that does not exist: text, spend, mint_permit, param, registrar, plugin_approve, plugin_disable, "
		       "rule_upgrade, validators, cover_deficit, pause or resume";
	return form_of(*kind)->take(w, action, v);
}
