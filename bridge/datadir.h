#ifndef TALLY_BRIDGE_DATADIR_H
#define TALLY_BRIDGE_DATADIR_H
/* $datadir/NETWORK: made when absent, and held by one daemon at a time. */
#include "bridge/complaint.h"
#include "bridge/options.h"

/* Make the directories, take the lock (a lock of the system on .lock, gone when the process ends however it ends). *fd holds
 * it. False when another daemon has it (EXIT_REFUSED) or the directory cannot be made or written. */
MUST_USE bool datadir_lock(int *fd, struct complaint *why, const struct options *o);

#endif
