#ifndef TALLY_BRIDGE_CLI_PLUGIN_H
#define TALLY_BRIDGE_CLI_PLUGIN_H
/* tally plugin check FILE | proposal FILE [HEIGHT] | new NAME: the kit for people who write rules. No daemon is needed. */
#include "bridge/complaint.h"
#include "bridge/options.h"

int cli_plugin(const struct options *o, struct complaint *why, char **words, int n);

#endif
