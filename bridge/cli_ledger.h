#ifndef TALLY_BRIDGE_CLI_LEDGER_H
#define TALLY_BRIDGE_CLI_LEDGER_H
/* `tally ledger check | export | import`: the sidechain's file without a daemon. */
#include "bridge/complaint.h"
#include "bridge/options.h"

int cli_ledger(const struct options *o, struct complaint *why, char **words, int n);

#endif
