#ifndef TALLY_BRIDGE_CLI_ARGS_H
#define TALLY_BRIDGE_CLI_ARGS_H
/* The words of a command line, made into the parameters of a method by its table. */
#include "bridge/complaint.h"
#include "bridge/rpc.h"

/* Words are values in the table's order, or name=value (also --name=value) for a name in the table. *out: an object of the
 * parameters, owned. Only their form is checked here; the daemon is the judge. */
MUST_USE bool cli_args_take(json_t **out, struct complaint *why, const struct rpc_method *m, char *const *words, size_t n);

/* A param that is left out or "-" though the method is secret: the name to ask for; NULL for none. */
const char *cli_args_missing_secret(const json_t *params, const struct rpc_method *m);

#endif
