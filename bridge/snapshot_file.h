#ifndef TALLY_BRIDGE_SNAPSHOT_FILE_H
#define TALLY_BRIDGE_SNAPSHOT_FILE_H
/* Snapshots (token/snapshot.h) in files. */
#include "bridge/complaint.h"
#include "token/snapshot.h"

/* Write one so that after a crash it is whole or not there. The state is that after the block. */
MUST_USE bool snapshot_file_write(struct complaint *why, const char *path, const struct state *s, const struct hash256 *genesis_id,
				  const struct ledger_block *block);

/* The head alone: what it claims to be. */
MUST_USE bool snapshot_file_head(struct snapshot_head *out, struct complaint *why, const char *path);
/* All of it, into an empty state. True: the state makes the head's app hash. Memory is bounded by the state's and one chunk. */
MUST_USE bool snapshot_file_read(struct snapshot_head *out, struct state *s, struct complaint *why, const char *path);

#endif
