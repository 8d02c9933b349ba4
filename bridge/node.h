#ifndef TALLY_BRIDGE_NODE_H
#define TALLY_BRIDGE_NODE_H
/* The daemon: owns all parts, starts them in order (options, lock, log, ledger, light client, engine, RPC) and stops them in
 * reverse. */
#include <stdbool.h>
#include <stdint.h>

#include "bridge/complaint.h"
#include "bridge/options.h"
#include "chain/params.h"

struct event_base;
struct ledger;
struct mainchain;
struct progress_watch;
struct store;
struct engine;
struct wallet;
struct relayer;
struct signer_link;
struct writes;
struct genesis_file;
struct rpc;
struct node;

/* Start everything. o is borrowed. *out is owned (node_free); on failure it is NULL and nothing is left behind. */
MUST_USE bool node_start(struct node **out, struct complaint *why, const struct options *o);
/* Serve until told to stop: EXIT_DONE, or what ended it with *why filled in. */
MUST_USE enum exit_code node_run(struct node *n, struct complaint *why);
void node_free(struct node *n);

/* End the loop once the answers under way are sent. */
void node_stop(struct node *n);
/* Something is broken for good: end the loop, and let node_run() say why. */
void node_fail(struct node *n, enum exit_code code, const char *why, const char *hint);

/* Parts are borrowed; NULL where the daemon runs without (a light client has no ledger, store or engine). */
const struct chain_params *node_params(const struct node *n);
const struct options *node_options(const struct node *n);
struct mainchain *node_mainchain(const struct node *n);
struct progress_watch *node_progress(const struct node *n);
struct ledger *node_ledger(const struct node *n);
struct store *node_store(const struct node *n);
struct engine *node_engine(const struct node *n);
struct relayer *node_relayer(const struct node *n);
const struct genesis_file *node_genesis(const struct node *n);
struct writes *node_writes(const struct node *n);
struct signer_link *node_signer_link(const struct node *n); /* NULL without signers */
struct wallet *node_wallet(const struct node *n);
/* Takes a wallet just made or restored; there was none before. */
void node_set_wallet(struct node *n, struct wallet *w);
/* Lock it in so many seconds; 0: never by itself. */
void node_lock_wallet_after(struct node *n, uint64_t seconds);

/* NULL when the main chain is synced, else why it is not taken to be: for a person (borrowed until the next call). */
const char *node_not_synced(const struct node *n);

/* "tly", or "tlyr" on regtest. */
const char *node_account_hrp(const struct node *n);

/* Seconds since the start; the HTTP port; clients connected to HTTP and socket. */
int64_t node_uptime(const struct node *n);
uint16_t node_http_port(const struct node *n);
size_t node_clients(const struct node *n);
struct rpc *node_rpc(const struct node *n);

#endif
