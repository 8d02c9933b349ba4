#ifndef TALLY_BRIDGE_OPTIONS_H
#define TALLY_BRIDGE_OPTIONS_H
/* Settings of tallyd, tally and tally-signer. Each may stand on the command line (--signer-key=F), in the environment
 * (TALLY_SIGNER_KEY=F), in the configuration file's section of the network ([regtest] signer-key=F) or at its top; the first
 * of these that has it wins, and a list is taken whole from there.
 *
 * --chainparams=FILE (bridge/chain_file.h) stands in the place of --network.
 *
 * Files: --conf=FILE alone when given; else $datadir/tally.conf and $datadir/NETWORK/tally.conf, both if both are there,
 * where the second wins at equal rank. `include=FILE` is relative to the file that says it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bridge/complaint.h"

enum option_kind {
	OPTION_TEXT,
	OPTION_FLAG,   /* no argument on the command line; 0 or 1 elsewhere */
	OPTION_PORT,   /* 0..65535; 0 lets the system choose */
	OPTION_NUMBER, /* whole, below 2^31 */
	OPTION_CHOICE, /* one of choices */
	OPTION_LIST,   /* may be repeated; commas separate in the environment */
	OPTION_LOG,    /* category:level,… */
};

enum option_place {
	OPTION_ANYWHERE,
	OPTION_COMMAND_LINE, /* not in a file or the environment */
	OPTION_NOT_IN_FILE,  /* what leads to the file */
};

struct option_info {
	const char *name;
	char letter; /* 0 for none */
	enum option_kind kind;
	enum option_place place;
	const char *argument; /* "DIR", for the help; NULL for a flag */
	const char *choices;  /* "main|regtest" */
	const char *fallback; /* NULL for none */
	const char *help;
};

/* Tables end with an entry without a name. */
extern const struct option_info options_of_tallyd[];
extern const struct option_info options_of_tally[];
extern const struct option_info options_of_signer[];

struct options;

/* Read all places. *rest gets the index of the first argument that is no option. False: *why says what to mend. `*out` is
 * owned (options_free). */
MUST_USE bool options_read(struct options **out, int *rest, struct complaint *why, const struct option_info *table, int argc,
			   char **argv);
void options_free(struct options *o);

/* Asking for a name that is not in the table is a mistake of ours. All is borrowed. */
const char *options_text(const struct options *o, const char *name); /* NULL when there is none */
bool options_flag(const struct options *o, const char *name);
uint32_t options_number(const struct options *o, const char *name);
size_t options_list(const struct options *o, const char *name, const char *const **values);
/* Set a flag, as by the command line. */
void options_set_flag(struct options *o, const char *name);
/* Was it set anywhere? */
bool options_given(const struct options *o, const char *name);

/* $datadir/NETWORK/name; owned by the caller. name may be "". */
char *options_path(const struct options *o, const char *name);

/* What --check-config prints: each setting, its value, and where that is from. */
void options_print_all(const struct options *o, FILE *to);
void options_print_help(const struct option_info *table, FILE *to);

/* For a fuzz target: the text of a file through the table, as tallyd would take it. */
MUST_USE bool options_take_text(struct complaint *why, const char *text, size_t len);

#endif
