#ifndef TALLY_BRIDGE_OP_JSON_H
#define TALLY_BRIDGE_OP_JSON_H
/* Transactions, operations and events for people and programs. Amounts inside operations are in base units, since their
 * asset's decimals are the ledger's to know. */
#include <jansson.h>

#include "token/module.h"

/* {"op", "source", fields…}; a payload that does not decode is shown in hex. */
json_t *op_json(const struct op *op, const char *hrp);

/* The whole of a transaction; NULL with *why (a reason name) when it does not decode. */
json_t *transaction_json(const char **why, const void *bytes, size_t len, const char *hrp);

/* [{"event", "data"}…] */
json_t *events_json(const struct wr *events);

#endif
