#ifndef TALLY_BRIDGE_CLI_GENESIS_H
#define TALLY_BRIDGE_CLI_GENESIS_H
/* `tally genesis`: makes a genesis file from a few words and the defaults of the network. */
#include "bridge/complaint.h"
#include "bridge/options.h"

int cli_genesis(const struct options *o, struct complaint *why, char **words, int n);

#endif
