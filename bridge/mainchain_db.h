#ifndef TALLY_BRIDGE_MAINCHAIN_DB_H
#define TALLY_BRIDGE_MAINCHAIN_DB_H
/* mainchain.sqlite: what the light client remembers beside the best chain's headers. Each table belongs to one *_store.c, which makes
 * it. All of it can be had again from peers, so nothing here is worth an fsync at each commit: a power cut may cost the
 * last transactions, never the file. */
#include "base/db.h"
#include "bridge/complaint.h"

/* Open or create dir/mainchain.sqlite. A damaged one is moved to mainchain.sqlite.damaged, with a line in the log, and made anew. False
 * (*out is NULL) when it is in use, was written by a newer version, or the disk fails. */
MUST_USE bool mainchain_db_open(struct db **out, struct complaint *why, const char *dir);

#endif
