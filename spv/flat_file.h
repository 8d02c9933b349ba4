#ifndef TALLY_SPV_FLAT_FILE_H
#define TALLY_SPV_FLAT_FILE_H
/* Whole reads and writes at a place in an open file, for the stores of headers and filters. False leaves the reason in errno. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"

/* All of len bytes, or false. */
MUST_USE bool file_write_at(int fd, const void *bytes, size_t len, off_t at);
/* Up to len bytes; *got of them, fewer only at the end of the file. */
MUST_USE bool file_read_at(int fd, void *out, size_t len, off_t at, size_t *got);

#endif
