#ifndef TALLY_BRIDGE_COMPLAINT_H
#define TALLY_BRIDGE_COMPLAINT_H
/* What went wrong, why, and what to do about it: for a person, with the exit code for a script. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/compiler.h"

/* Exit codes of tallyd and tally. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,     /* by the daemon, or the daemon itself refuses to start */
	EXIT_USAGE = 2,       /* bad option, argument, configuration or file given */
	EXIT_UNREACHABLE = 3, /* no daemon answers */
	EXIT_NOT_READY = 4,   /* still syncing */
	EXIT_TIMED_OUT = 5,
	EXIT_CORRUPT = 6,     /* data on disk is damaged, or the disk is full or failing */
	EXIT_INTERNAL = 7,
};

struct complaint {
	enum exit_code code;
	char why[400];
	char hint[400]; /* empty for none */
};

/* Fill in; always false, so that `return complain(…)` reads well. hint may be NULL. */
bool complain(struct complaint *c, enum exit_code code, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Replace the hint. */
void complaint_hint(struct complaint *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "PROGRAM: why" and "hint: …", a line each; returns the exit code. */
int complaint_print(const struct complaint *c, const char *program, FILE *to);

/* The name that a mistyped one most likely meant: nearest by edit distance, NULL when none is near. */
const char *nearest_name(const char *typed, const char *const *names, size_t n);

#endif
