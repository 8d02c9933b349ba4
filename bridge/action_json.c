#include "bridge/action_json.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/genesis_names.h"
#include "bridge/rpc.h"
#include "bridge/rpc_asset.h"

static const char *const names[ACTION_KINDS] = { "text", "spend", "mint_permit", "plugin_approve", "plugin_disable", "pause", "resume" };

const char *
action_name(unsigned kind)
{
	return kind < ACTION_KINDS ? names[kind] : NULL;
}

bool
action_find(enum action_kind *out, const char *name, size_t len)
{
	for (size_t i = 0; i < ACTION_KINDS; i++) {
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0) {
			*out = (enum action_kind)i;
			return true;
		}
	}
	return false;
}

/* --- To JSON --- */

static void
put_amount(json_t *o, const struct state *s, const struct asset_id *id, struct amount amount)
{
	struct asset a;
	bool known = asset_get(&a, s, id);

	json_object_set_new(o, "asset", json_hash(&id->id));
	if (known)
		json_object_set_new(o, "ticker", json_string(a.ticker));
	json_object_set_new(o, "amount", json_amount(amount, known ? a.decimals : 0));
}

static void
put_version(json_t *o, const struct op_text *rule, uint16_t major, uint16_t minor, uint16_t patch)
{
	json_object_set_new(o, "rule", json_stringn(rule->p, rule->len));
	json_object_set_new(o, "version", json_sprintf("%u.%u.%u", (unsigned)major, (unsigned)minor, (unsigned)patch));
}

static bool
show_text(json_t *o, const struct op_blob *b)
{
	json_t *text = json_stringn((const char *)b->p, b->len);

	return text != NULL && json_object_set_new(o, "text", text) == 0;
}

static bool
show_spend(json_t *o, const struct op_blob *b, const struct state *s, const char *hrp)
{
	char to[ACCOUNT_TEXT_LEN];
	struct action_spend a;

	if (!action_spend_decode(&a, b->p, b->len))
		return false;
	account_to_text(to, &a.to, hrp);
	json_object_set_new(o, "to", json_string(to));
	put_amount(o, s, &a.asset, a.amount);
	return true;
}

static bool
show_permit(json_t *o, const struct op_blob *b, const struct state *s)
{
	struct action_mint_permit a;

	if (!action_mint_permit_decode(&a, b->p, b->len))
		return false;
	put_amount(o, s, &a.asset, a.amount);
	return true;
}

static bool
show_approve(json_t *o, const struct op_blob *b)
{
	struct action_plugin_approve a;

	if (!action_plugin_approve_decode(&a, b->p, b->len) || genesis_kind_name(a.kind) == NULL)
		return false;
	put_version(o, &a.name, a.major, a.minor, a.patch);
	json_object_set_new(o, "rule_kind", json_string(genesis_kind_name(a.kind)));
	json_object_set_new(o, "file", json_hash(&a.file));
	json_object_set_new(o, "from_height", json_integer((json_int_t)a.from_height));
	return true;
}

static bool
show_disable(json_t *o, const struct op_blob *b)
{
	struct action_plugin_disable a;

	if (!action_plugin_disable_decode(&a, b->p, b->len))
		return false;
	put_version(o, &a.name, a.major, a.minor, a.patch);
	return true;
}

static bool
show(json_t *o, const struct dao_action *a, const struct state *s, const char *hrp)
{
	if (a->kind >= ACTION_KINDS)
		return false;
	switch ((enum action_kind)a->kind) {
	case ACTION_TEXT:
		return show_text(o, &a->payload);
	case ACTION_SPEND:
		return show_spend(o, &a->payload, s, hrp);
	case ACTION_MINT_PERMIT:
		return show_permit(o, &a->payload, s);
	case ACTION_PLUGIN_APPROVE:
		return show_approve(o, &a->payload);
	case ACTION_PLUGIN_DISABLE:
		return show_disable(o, &a->payload);
	case ACTION_PAUSE:
	case ACTION_RESUME:
		return a->payload.len == 0;
	}
	return false;
}

json_t *
action_json(const struct dao_action *a, const struct state *s, const char *hrp)
{
	const char *name = action_name(a->kind);
	json_t *o = json_pack("{so}", "kind", name != NULL ? json_string(name) : json_integer(a->kind));

	if (!show(o, a, s, hrp))
		json_object_set_new(o, "payload", json_hex(a->payload.p, a->payload.len));
	return o;
}

/* --- From JSON --- */

static const char *
text_of(const json_t *action, const char *key)
{
	return json_string_value(json_object_get(action, key));
}

static const char *
take_amount(struct asset_id *id, struct amount *amount, const struct state *s, const json_t *action)
{
	const char *name = text_of(action, "asset"), *text = text_of(action, "amount");
	struct asset a;

	if (!asset_named(&a, s, name))
		return "an action names no known asset";
	if (text == NULL || amount_parse(amount, text, a.decimals) != NULL)
		return "an action's amount is not a decimal string of the asset";
	*id = a.id;
	return NULL;
}

static const char *
take_spend(struct wr *w, const struct state *s, const char *hrp, const json_t *action)
{
	const char *to = text_of(action, "to"), *why;
	struct action_spend a;

	why = take_amount(&a.asset, &a.amount, s, action);
	if (why != NULL)
		return why;
	if (to == NULL || account_from_text(&a.to, hrp, to) != NULL)
		return "an action's `to` is no account address";
	action_spend_encode(w, &a);
	return NULL;
}

static const char *
take_permit(struct wr *w, const struct state *s, const json_t *action)
{
	struct action_mint_permit a;
	const char *why = take_amount(&a.asset, &a.amount, s, action);

	if (why == NULL)
		action_mint_permit_encode(w, &a);
	return why;
}

/* Rule and version, which both actions on plugins have. */
static const char *
take_version(struct action_plugin_approve *a, const json_t *action)
{
	const char *rule = text_of(action, "rule"), *version = text_of(action, "version");

	if (rule == NULL || version == NULL || strlen(rule) > RULE_NAME_MAX || !genesis_version_parse(a, version))
		return "an action on a plugin needs `rule` and `version` (1.0.0)";
	a->name = OP_TEXT(rule);
	return NULL;
}

static const char *
take_approve(struct wr *w, const json_t *action)
{
	const char *kind = text_of(action, "rule_kind"), *file = text_of(action, "file"), *why;
	json_int_t height = json_integer_value(json_object_get(action, "from_height"));
	struct action_plugin_approve a = { .from_height = height > 0 ? (uint64_t)height : 0 };

	why = take_version(&a, action);
	if (why != NULL)
		return why;
	if (kind == NULL || !genesis_kind_find(&a.kind, kind) || file == NULL || !hash256_from_hex(&a.file, file))
		return "plugin_approve needs `rule_kind` (issue, gov) and `file`, its SHA-256; tally plugin check FILE prints both";
	action_plugin_approve_encode(w, &a);
	return NULL;
}

static const char *
take_disable(struct wr *w, const json_t *action)
{
	struct action_plugin_approve a = { .kind = 0 };
	struct action_plugin_disable d;
	const char *why = take_version(&a, action);

	if (why != NULL)
		return why;
	d = (struct action_plugin_disable){ a.name, a.major, a.minor, a.patch };
	action_plugin_disable_encode(w, &d);
	return NULL;
}

const char *
action_from_json(struct wr *w, enum action_kind *kind, const struct state *s, const char *hrp, const json_t *action)
{
	const char *name = text_of(action, "kind"), *text = text_of(action, "text");

	if (name == NULL || !action_find(kind, name, strlen(name)))
		return "an action has no kind, or one that does not exist";
	switch (*kind) {
	case ACTION_TEXT:
		if (text == NULL)
			return "an action of kind text needs `text`";
		wr_bytes(w, text, strlen(text));
		return NULL;
	case ACTION_SPEND:
		return take_spend(w, s, hrp, action);
	case ACTION_MINT_PERMIT:
		return take_permit(w, s, action);
	case ACTION_PLUGIN_APPROVE:
		return take_approve(w, action);
	case ACTION_PLUGIN_DISABLE:
		return take_disable(w, action);
	case ACTION_PAUSE:
	case ACTION_RESUME:
		return NULL;
	}
	return "an action has a kind that does not exist";
}
