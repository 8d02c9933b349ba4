#ifndef TALLY_BRIDGE_PEER_FILES_H
#define TALLY_BRIDGE_PEER_FILES_H
/* What is kept of peers in mainchain.sqlite: addresses, anchors, bans; and the log of lies. */
#include <event2/event.h>

#include "base/db.h"
#include "bridge/complaint.h"
#include "spv/evidence_store.h"

struct peer_files;

/* Fill the core with what is kept, before its first tick; written back every ten minutes, soon after a lie, and at the end. All is
 * borrowed. */
MUST_USE bool peer_files_open(struct peer_files **out, struct complaint *why, struct event_base *base, struct db *db, struct spv *s);
/* Saves. NULL is fine. */
void peer_files_close(struct peer_files *f);
/* Write an SPV_EVIDENCE to the log, a thousand an hour at most. */
void peer_files_note(struct peer_files *f, const struct spv_output *o);
/* The newest lies first; returns how many. */
size_t peer_files_lies(struct peer_files *f, struct evidence *out, size_t max);

#endif
