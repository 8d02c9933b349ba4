#ifndef TALLY_BRIDGE_ENGINE_SOLO_H
#define TALLY_BRIDGE_ENGINE_SOLO_H
/* One process makes the blocks. A block is sealed in the turn of the event loop after something began to wait, with all that
 * arrived by then: what comes while a block is being written goes into the next one together. While signatures are being checked it
 * waits for them up to 20 ms. An empty block is sealed when a module's deadline comes. Block time = max(previous block's, clock). The seal is the
 * node's BIP340 signature over the block's hash. */
#include <event2/event.h>

#include "bridge/engine.h"
#include "chain/key.h"

struct engine_solo_options {
	struct event_base *base; /* borrowed */
	struct ledger *ledger;   /* borrowed */
	struct store *store;     /* borrowed */
	struct secret_key key;   /* valid; copied, wiped at the end */
	engine_fatal_fn *fatal;
	void *fatal_context;

	/* Time of the main chain's tip as the light client knows it, false while it knows none. Sealing stops while the
	 * block's time is more than 24 h after that. NULL: no such rule (regtest). */
	bool (*main_tip_time)(void *context, struct unixtime *out);
	void *main_tip_context;

	/* NULL: the system's clock. A chain of tests sets its own and calls engine_wake() when it moves. */
	struct unixtime (*clock)(void *context);
	void *clock_context;

	size_t block_bytes_max; /* of transactions in a block; 0 means 4,000,000 */

	unsigned verify_threads; /* that check signatures; 0: the caller's does, in engine_submit() */
};

struct engine *engine_solo_new(const struct engine_solo_options *o);

/* The seal is the proposer's, and the proposer is a key. */
MUST_USE bool engine_solo_seal_valid(const struct ledger_block *b);

#endif
