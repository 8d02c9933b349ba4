#ifndef TALLY_BRIDGE_ALLOWLIST_H
#define TALLY_BRIDGE_ALLOWLIST_H
/* Lists of who may buy, from people's files to the root that a sale commits to (token/allow_list.h). */
#include <jansson.h>

#include "bridge/complaint.h"
#include "token/account.h"

#define ALLOWLIST_MAX 1000000 /* accounts */

/* A JSON array of addresses, or a line for each with blank lines and # comments between. Owned by the caller; NULL: why says which line. */
struct account *allowlist_from_json(size_t *n, struct complaint *why, const json_t *list, const char *hrp);
struct account *allowlist_from_text(size_t *n, struct complaint *why, const char *text, const char *hrp);

/* {"root", "accounts", "path"}; the path of `who`, unless that is NULL. The list comes back sorted. NULL: `who` is not on it. */
json_t *allowlist_json(struct complaint *why, struct account *list, size_t n, const struct account *who);

/* tally allowlist FILE|JSON [ACCOUNT], without a daemon. */
struct options;
int cli_allowlist(const struct options *o, struct complaint *why, char **words, int n);

#endif
