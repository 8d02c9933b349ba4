#ifndef TALLY_BRIDGE_RELAY_WATCH_H
#define TALLY_BRIDGE_RELAY_WATCH_H
/* Which output scripts the light client must look for, so that blocks without anything for the peg need not be fetched: the vaults',
 * those of announced addresses, and those of deposits that can still be spent by somebody else than a plan. What is spent is found by
 * the same scripts, for filters hold the scripts of spent outputs too. */
#include "bridge/peg/peg.h"
#include "spv/spv.h"

struct relay_watch;

/* How much of the state had been watched when the scan's place was stored: scanning goes on there, and all below that has been looked
 * for is behind it. All zeros: nothing. */
struct relay_watched {
	uint32_t height;   /* of the relay's tip */
	uint64_t deposits; /* numbers given out */
};

/* Owned by the caller; spv and state are borrowed, the state for the call. Before the scan begins: watches what was watched then. */
MUST_USE struct relay_watch *relay_watch_new(struct spv *spv, const struct state *s, const struct relay_watched *then);
void relay_watch_free(struct relay_watch *w);

/* Watch what the state has and isn't watched yet, each from the first height at which it can occur (what the scan has passed there is
 * looked at again), and unwatch what is gone from it. *out (may be NULL) gets how much that is. */
void relay_watch_update(struct relay_watch *w, const struct state *s, struct relay_watched *out);

#endif
