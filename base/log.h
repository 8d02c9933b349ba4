#ifndef TALLY_BASE_LOG_H
#define TALLY_BASE_LOG_H
/* One log for a process. A line has a category and a level; secrets are never passed here. */
#include <stdbool.h>
#include <stdio.h>

#include "base/compiler.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Send lines to a stream (borrowed; NULL is silence). Lines that are less urgent than `most` are dropped unless their category says else. */
void log_open(FILE *to, enum log_level most);

/* "category:level,…", for example "spv:debug,rpc:warn"; a bare level sets the default. NULL, or why not, for a person (static). */
MUST_USE const char *log_configure(const char *spec);

/* The same judgement without its effect. */
MUST_USE const char *log_check(const char *spec);

/* Would a line of this category and level be written? */
MUST_USE bool log_wants(const char *category, enum log_level level);

void log_line(const char *category, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
