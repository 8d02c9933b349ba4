#ifndef TALLY_BRIDGE_NODE_H
#define TALLY_BRIDGE_NODE_H
/* The daemon: owns all parts, starts them in order (options, lock, store, ledger, light client, engine, RPC) and stops them in reverse. */
#include <stdbool.h>
#include <stdint.h>

#include "chain/params.h"

struct event_base;
struct ledger;
struct store;
struct engine;
struct wallet;
struct options;
struct node;

/* Parts are borrowed; NULL where the daemon runs without (a light client has no ledger, store or engine). */
struct event_base *node_event_base(const struct node *n);
const struct chain_params *node_params(const struct node *n);
const struct options *node_options(const struct node *n);
struct ledger *node_ledger(const struct node *n);
struct store *node_store(const struct node *n);
struct engine *node_engine(const struct node *n);
struct wallet *node_wallet(const struct node *n);

/* "tly", or "tlyr" on regtest. */
const char *node_account_hrp(const struct node *n);

/* End the event loop after the answers under way are sent. */
void node_stop(struct node *n);

#endif
