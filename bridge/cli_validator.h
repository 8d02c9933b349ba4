#ifndef TALLY_BRIDGE_CLI_VALIDATOR_H
#define TALLY_BRIDGE_CLI_VALIDATOR_H
/* `tally validatorproof FILE [owner=ACCOUNT]`: key and proof of possession for registervalidator, signed with a consensus key from a file:
 * CometBFT's priv_validator_key.json, or the solo engine's keys/engine.key. The secret leaves the file for this process only. */
#include "bridge/complaint.h"
#include "bridge/options.h"

int cli_validatorproof(const struct options *o, struct complaint *why, char **words, int n);

#endif
