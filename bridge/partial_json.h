#ifndef TALLY_BRIDGE_PARTIAL_JSON_H
#define TALLY_BRIDGE_PARTIAL_JSON_H
/* Partial transactions for people and programs. */
#include <jansson.h>

#include "token/partial.h"

/* [{"account", "policy": "2 of 3" (or "unknown"; absent for an account of one key), "needed", "signed", "waiting_for": [accounts whose
 * keys may still sign]}…] */
json_t *partial_signers_json(const struct partial *p, const char *hrp);

/* {"txid", "complete", "transaction": hex of the finished transaction, or of the partial one, "signers"} */
json_t *partial_json(const struct partial *p, const char *hrp);

/* Who has not signed yet, in a sentence for people; cut when it is long. */
#define PARTIAL_MISSING_LEN 300
void partial_missing(char out[PARTIAL_MISSING_LEN], const struct partial *p, const char *hrp);

#endif
