#ifndef TALLY_TOKEN_ACTION_H
#define TALLY_TOKEN_ACTION_H
/* What a DAO can decide: one row for each kind of action (table in dao_action.c). A module that adds a kind declares its two functions in its
 * own header and adds its row there; its payload stands with its operations, its JSON form in bridge/action_json.c. */
#include "token/dao.h"

struct action_type {
	enum action_kind kind;
	const char *name;     /* "SPEND" */
	bool federation_only; /* DAO 0 */
	/* NULL, or why that DAO can never carry this out: asked when it is proposed, and again before `apply`. */
	const char *(*check)(const struct exec *x, const struct dao *d, const struct op_blob *payload);
	/* After `check` has agreed. NULL, or the reason; the ledger rolls the whole transaction back then. */
	const char *(*apply)(struct exec *x, const struct dao *d, const struct op_blob *payload);
};

/* NULL for a number that has no row. */
const struct action_type *action_type_of(unsigned kind);
/* Name needs no final 0; NULL when there is none of that name. */
const struct action_type *action_type_named(const char *name, size_t len);
/* Bits 1 << kind of all that DAO 0, or any other DAO, may be allowed. */
uint32_t action_kinds(bool federation);

/* What PARAM calls the parts of an asset, by enum asset_part: "issuer", "dao", "params", "name". */
extern const char *const asset_part_names[ASSET_PARTS];

#endif
