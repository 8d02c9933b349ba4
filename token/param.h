#ifndef TALLY_TOKEN_PARAM_H
#define TALLY_TOKEN_PARAM_H
/* Parameters of the chain that DAO 0 may change by PARAM, each inside hard bounds: one row each in param.c. A module that has one keeps it
 * under a key of its own; a plain number there needs nothing but its row. */
#include "token/dao.h"

struct param {
	const char *name; /* "fee_base" */
	uint64_t least, most;
	const char *unit; /* "satoshi", "seconds", "" */
	/* Where a plain number lies: letters of module and table; or as a period in DAO 0's terms: offset of the u32. Else 0, and functions. */
	char module, table;
	size_t period;
	uint64_t (*get)(const struct state *s);
	/* The value is in bounds. NULL, or why it doesn't fit the others. */
	const char *(*set)(struct state *s, uint64_t value);
};

extern const size_t param_count;
const struct param *param_at(size_t i);
/* Name needs no final 0; NULL when there is none. */
const struct param *param_named(const char *name, size_t len);

uint64_t param_get(const struct state *s, const struct param *p);
/* Reasons: PARAM_BOUNDS; those of `set`. On a refusal nothing has changed. */
MUST_USE const char *param_set(struct state *s, const struct param *p, uint64_t value);

#endif
