#ifndef TALLY_BRIDGE_FILE_H
#define TALLY_BRIDGE_FILE_H
/* Small whole files. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bridge/complaint.h"

/* Everything in a file of at most max bytes, with a final 0 that *len does not count; owned by the caller, NULL on failure. */
MUST_USE char *file_read(size_t *len, struct complaint *why, const char *path, size_t max);

/* Replace or create a file so that after a crash it is the old one or the new one, whole: written beside, fsynced, renamed. */
MUST_USE bool file_write_durable(struct complaint *why, const char *path, const void *bytes, size_t len, mode_t mode);

MUST_USE bool file_exists(const char *path);

/* Make a directory and its parents, 0700; true when it is there already. */
MUST_USE bool file_make_dir(struct complaint *why, const char *path);

#endif
