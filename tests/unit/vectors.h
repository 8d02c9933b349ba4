#ifndef TALLY_TESTS_VECTORS_H
#define TALLY_TESTS_VECTORS_H
/* Real data and published vectors that are not part of the project: files of the directory named by the environment variable
 * TALLY_VECTORS, or ../shared/vectors beside the source. A test must mean something without them. */
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* The whole file, with a 0 behind its last byte; owned by the caller. NULL when it is not there, which is then said on standard output. */
MUST_USE uint8_t *vectors_read(size_t *len, const char *name);

#endif
