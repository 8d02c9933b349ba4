#ifndef TALLY_BRIDGE_OP_JSON_H
#define TALLY_BRIDGE_OP_JSON_H
/* Transactions, operations and events for people and programs. Amounts inside operations are in base units, since their
 * asset's decimals are the ledger's to know. */
#include <jansson.h>

#include "token/bank.h"
#include "token/module.h"

/* {"op", "source", fields…}; a payload that does not decode is shown in hex. */
json_t *op_json(const struct op *op, const char *hrp);

/* How to read names that only a daemon knows. */
struct op_names {
	void *ctx;
	const char *hrp;
	/* A label; may be NULL. Addresses need nobody's help. */
	bool (*account)(struct account *out, void *ctx, const char *text);
	/* A ticker or an id, with the asset's decimals; NULL: ids and "coin" only. */
	bool (*asset)(struct asset_id *out, unsigned *decimals, void *ctx, const char *text);
};

#define OP_JSON_WHY_LEN 240

/* Its fields can be shown and taken. */
MUST_USE bool op_has_form(uint16_t number);

/* The way back: {"op": NAME, "source", fields… or "payload": hex}. The payload is appended to *payload, which belongs to the caller in any
 * case; op->payload and its length are not set. *relay tells what kind of transaction carries it; such an operation has no source.
 * False, with a sentence in why: it is none. */
MUST_USE bool op_from_json(struct op *op, struct wr *payload, bool *relay, const struct op_names *names, const json_t *o,
			   char why[OP_JSON_WHY_LEN]);

/* The whole of a transaction, also of a partial one; NULL with *why (a reason name) when it does not decode. */
json_t *transaction_json(const char **why, const void *bytes, size_t len, const char *hrp);

/* [{"event", fields…, "data": hex}…]; fields where the event's form is known. */
json_t *events_json(const struct wr *events, const char *hrp);

#endif
