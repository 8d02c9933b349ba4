#ifndef TALLY_BRIDGE_CLI_HELP_H
#define TALLY_BRIDGE_CLI_HELP_H
/* Help, completion and the manual's list of commands, all from the tables of methods. */
#include <stdio.h>

#include "bridge/options.h"
#include "bridge/rpc.h"

void cli_help_all(FILE *to);
void cli_help_method(const struct rpc_method *m, FILE *to);
/* Words that may come next: commands for no word, else the parameters of the command. */
void cli_help_complete(char *const *words, int n, FILE *to);
/* Sections of manual pages, in roff: the commands, the options of a program. */
void cli_help_roff(FILE *to);
void cli_help_roff_options(const struct option_info *table, FILE *to);

#endif
