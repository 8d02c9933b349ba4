#ifndef TALLY_BRIDGE_RELAYER_H
#define TALLY_BRIDGE_RELAYER_H
/* Carries the main chain into the ledger, and finished payouts out to it. Everything it submits proves itself, so a relayer that lies or
 * lags can delay, never harm; any node may run one.
 *
 * Each main-chain block of the best chain is scanned once, or passed by when its filter holds none of the peg's scripts
 * (bridge/relay_watch.h). A finding stays with the relayer until the state says that nothing more can come of it; the last block below all
 * that still matters is kept in the store, by height and hash, and the scan goes on there after a restart. */
#include <event2/event.h>

#include "bridge/engine.h"
#include "bridge/net.h"
#include "bridge/peg/peg.h"

struct relayer;

struct relayer_options {
	struct event_base *base; /* borrowed, as all here */
	struct spv *spv;
	struct net *net;
	struct ledger *ledger;
	struct store *store;
	struct engine *engine;
	struct peg_params params;
};

/* Starts the scan of the main chain (spv_scan_from). */
MUST_USE struct relayer *relayer_new(const struct relayer_options *o);
void relayer_free(struct relayer *r);

/* An output of the light client: tips, what the scan delivers, and news of transactions matter; borrowed. */
void relayer_spv(struct relayer *r, const struct spv_output *out);

/* What recent blocks paid: the median over the last six that were at least half full, of (coinbase - subsidy) / virtual size, in sat per 1,000
 * virtual bytes; 0 when there are fewer than six. */
uint32_t relayer_fee_rate(const struct relayer *r);

#endif
