#ifndef TALLY_SPV_HEADER_STORE_H
#define TALLY_SPV_HEADER_STORE_H
/* The header chain on disk: headers.dat holds the best chain as plain 80-byte headers from height 1 on, tables of a database what is known
 * beside it. Both can be lost or cut anywhere without harm: at the start each header is checked by all rules again, what does not
 * follow is cut off, and peers give it again. No fsync is needed for that; header_store_close() does one.
 *
 * The file is mapped, and the core reads its headers there once they are saved: memory holds no second copy. Nobody else may shorten the
 * file meanwhile. */
#include "base/db.h"
#include "spv/spv.h"

struct header_store;

/* Open headers.dat in a directory and feed what it and the database (borrowed) hold to a fresh core. NULL, or why not, for a person
 * (static); on failure *out is NULL. headers.side, in which an earlier version kept the tables' content, is read and removed. */
MUST_USE const char *header_store_open(struct header_store **out, const char *dir, struct db *db, struct spv *s, struct spv_time now);

/* Write what changed since the last call; cheap when nothing did. Call it after draining the outputs. NULL, or why not: a full disk
 * and the like; the next call tries again. */
MUST_USE const char *header_store_save(struct header_store *st, struct spv *s);

/* Save, flush and release; after this the core can only be freed. st may be NULL. */
void header_store_close(struct header_store *st, struct spv *s);

/* How many bytes at the end of headers.dat were cut off at the start. */
uint64_t header_store_repaired(const struct header_store *st);

#endif
