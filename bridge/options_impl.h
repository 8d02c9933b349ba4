#ifndef TALLY_BRIDGE_OPTIONS_IMPL_H
#define TALLY_BRIDGE_OPTIONS_IMPL_H
/* The inside of options, shared by options.c and options_file.c only. */
#include "bridge/options.h"

#define OPTIONS_MAX 40

/* Weakest first. */
enum rank { RANK_DEFAULT, RANK_TOP, RANK_SECTION, RANK_ENVIRONMENT, RANK_COMMAND_LINE };

struct setting {
	const struct option_info *info;
	enum rank rank;
	char **values; /* owned, and what they point to */
	size_t n;
	char where[300];
};

struct options {
	struct setting setting[OPTIONS_MAX];
	size_t n;
};

/* In the tables of all programs, since one file serves them; NULL for none. */
const struct option_info *option_find(const char *name);
MUST_USE bool option_is_choice(const char *choices, const char *value);
/* NULL, or what a value should have been. */
const char *option_value_fault(const struct option_info *info, const char *value);
const struct setting *options_setting(const struct options *o, const char *name);

/* Take a value unless a stronger place has spoken; a list grows within one rank. */
MUST_USE bool options_take(struct options *o, struct complaint *why, const struct option_info *info, const char *value,
			   enum rank rank, const char *where);
/* Complain about a name in a file that is in no table. */
bool options_no_such_key(struct complaint *why, const char *where, const char *name);
void options_init(struct options *o, const struct option_info *table);

MUST_USE bool options_read_files(struct options *o, struct complaint *why);

#endif
