#ifndef TALLY_BRIDGE_CLI_CLIENT_H
#define TALLY_BRIDGE_CLI_CLIENT_H
/* A JSON-RPC client of tallyd: one question, one answer. */
#include <jansson.h>

#include "bridge/complaint.h"
#include "bridge/options.h"

/* Call a method; params is borrowed. True: the daemon has answered, *answer (owned) holds "result" or "error". False: it
 * could not be asked. */
MUST_USE bool cli_call(json_t **answer, struct complaint *why, const struct options *o, const char *method, json_t *params);

/* The exit code that an error object of the daemon means. */
enum exit_code cli_error_code(const json_t *error);

#endif
