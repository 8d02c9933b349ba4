#ifndef TALLY_BRIDGE_ACTION_JSON_PARTS_H
#define TALLY_BRIDGE_ACTION_JSON_PARTS_H
/* For who writes the JSON form of a kind of action; the table of kinds is in action_json.c. */
#include "bridge/action_json.h"

struct action_form {
	enum action_kind kind;
	const char *name; /* "spend": the table's name (token/action.h) in small letters */
	/* Add the payload's fields to o; false when it doesn't decode. */
	bool (*show)(json_t *o, const struct op_blob *payload, const struct action_view *v);
	/* Append the payload to w. NULL, or what is wrong, for a person. */
	const char *(*take)(struct wr *w, const json_t *action, const struct action_view *v);
};

/* NULL when the member is missing or no text. */
const char *action_text(const json_t *action, const char *key);
/* A whole number in a member, 0..most; false when it is missing or none. */
MUST_USE bool action_number(uint64_t *out, const json_t *action, const char *key, uint64_t most);
MUST_USE bool action_account(struct account *out, const json_t *action, const char *key, const struct action_view *v);
void action_put_account(json_t *o, const char *key, const struct account *a, const struct action_view *v);
/* Members "asset", "ticker", "amount". */
void action_put_amount(json_t *o, const struct asset_id *id, struct amount amount, const struct action_view *v);
const char *action_take_amount(struct asset_id *id, struct amount *amount, const json_t *action, const struct action_view *v);
/* Members "rule" and "version": name, major, minor, patch of a. */
void action_put_version(json_t *o, const struct op_text *rule, uint16_t major, uint16_t minor, uint16_t patch);
const char *action_take_version(struct action_plugin_approve *a, const json_t *action);

#endif
