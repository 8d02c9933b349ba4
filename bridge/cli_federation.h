#ifndef TALLY_BRIDGE_CLI_FEDERATION_H
#define TALLY_BRIDGE_CLI_FEDERATION_H
/* `tally federation`: all that a chain of tests or a demonstration needs in one datadir: a wallet with an account for each
 * member, the members' signer keys, recovery keys, and the genesis file. */
#include "bridge/complaint.h"
#include "bridge/options.h"

int cli_federation(const struct options *o, struct complaint *why, char **words, int n);

#endif
