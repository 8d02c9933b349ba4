#ifndef TALLY_BRIDGE_ACTION_JSON_H
#define TALLY_BRIDGE_ACTION_JSON_H
/* The typed actions of a proposal as people and programs write and read them:
 *
 *   {"kind": "text", "text"}                          {"kind": "spend", "asset", "to", "amount"}
 *   {"kind": "mint_permit", "asset", "amount"}        {"kind": "pause"}    {"kind": "resume"}
 *   {"kind": "plugin_approve", "rule", "rule_kind", "version": "1.0.0", "file", "from_height"}
 *   {"kind": "plugin_disable", "rule", "version"}
 *   {"kind": "registrar", "account", "appoint"}
 *   {"kind": "rule_upgrade", "rule", "version", "from_height"}
 *   {"kind": "param", "name", "value"}                of the chain, a number
 *   {"kind": "param", "asset", "name", "value"}       of an asset: "issuer" an address, "dao" a number, "params" hex, "name" a text
 *   {"kind": "cover_deficit", "from": "treasury", "fees" or "donations", "amount"}
 *
 * asset: as for rpc_asset(); amounts: decimal strings in the asset's units; file: SHA-256 in hex. */
#include <jansson.h>

#include "token/ops.h"

/* What names and addresses are read and written with. Borrowed. */
struct action_view {
	const struct state *state;
	const char *hrp; /* of account addresses */
	/* What else stands for an account, such as a label of the wallet; NULL: addresses alone. */
	bool (*account)(struct account *out, const void *ctx, const char *text);
	const void *ctx;
};

/* "text", "spend"…; NULL for an unknown number. */
const char *action_name(unsigned kind);
/* name needs no final 0. */
MUST_USE bool action_find(enum action_kind *out, const char *name, size_t len);

/* What does not decode is shown in hex. */
json_t *action_json(const struct dao_action *a, const struct action_view *v);
/* Appends the payload to w. NULL, or what is wrong, for a person (static). */
MUST_USE const char *action_from_json(struct wr *w, enum action_kind *kind, const json_t *action, const struct action_view *v);

#endif
