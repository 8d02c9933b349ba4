#ifndef TALLY_BRIDGE_CLI_MAINCHAIN_H
#define TALLY_BRIDGE_CLI_MAINCHAIN_H
/* What `tally getmainchaininfo` and `tally getpeerinfo` tell a person: the answer in words, for cli_print(). Pure. */
#include <jansson.h>

#include "bridge/progress.h"

/* Owned by the caller; NULL for any other method. */
MUST_USE json_t *cli_mainchain_words(const char *method, const json_t *answer, enum lang lang);

#endif
