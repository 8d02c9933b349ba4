#ifndef TALLY_BRIDGE_CLI_LOCAL_H
#define TALLY_BRIDGE_CLI_LOCAL_H
/* Commands of tally that need no daemon. */
#include "bridge/complaint.h"
#include "bridge/options.h"

struct cli_local {
	const char *name;
	const char *summary;
	const char *usage; /* what stands after the name; may be empty */
	/* Returns the exit code; prints its own errors. words: what stands after the name. */
	int (*run)(const struct options *o, struct complaint *why, char **words, int n);
};

/* Ends with an entry without a name. */
extern const struct cli_local cli_locals[];
const struct cli_local *cli_local_find(const char *name);

#endif
