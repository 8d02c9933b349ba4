#ifndef TALLY_BRIDGE_SIDECHAIN_H
#define TALLY_BRIDGE_SIDECHAIN_H
/* The sidechain as the daemon runs it: genesis, ledger, store, rules, engine and relayer together. */
#include "bridge/complaint.h"
#include "bridge/engine.h"
#include "bridge/genesis_file.h"
#include "bridge/mainchain.h"
#include "bridge/options.h"

struct sidechain;

/* Open the store (made anew from the genesis file when there is none), load approved rules, start engine and relayer.
 * Options: genesis, plugindir, engine. fatal as in engine.h. */
MUST_USE bool sidechain_open(struct sidechain **out, struct complaint *why, struct event_base *base, struct mainchain *m,
			     const struct options *o, engine_fatal_fn *fatal, void *fatal_context);
/* NULL is fine. */
void sidechain_close(struct sidechain *s);

/* In words for a person, what opening the store came to; true for STORE_OK. sentence: store_why(). */
MUST_USE bool sidechain_store_complaint(struct complaint *why, enum store_err e, const char *path, const char *sentence);

struct ledger *sidechain_ledger(const struct sidechain *s);
struct store *sidechain_store(const struct sidechain *s);
struct engine *sidechain_engine(const struct sidechain *s);
struct relayer *sidechain_relayer(const struct sidechain *s);
const struct genesis_file *sidechain_genesis(const struct sidechain *s);

#endif
