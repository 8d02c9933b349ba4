#ifndef TALLY_BRIDGE_MAINCHAIN_H
#define TALLY_BRIDGE_MAINCHAIN_H
/* The light client as the daemon runs it: core, peers and files together, and who listens to it. */
#include "bridge/complaint.h"
#include "bridge/net.h"
#include "spv/evidence_store.h"

struct mainchain;

struct mainchain_options {
	const char *dir;
	bool discover;           /* look for peers beside those that are added */
	bool dns_seeds;
	const char *proxy;       /* HOST:PORT of a SOCKS5 proxy for all connections; NULL: none */
	const char *listen;      /* ADDR[:PORT] where peers may come; NULL: nowhere */
	uint32_t connections;    /* at most, beside those that are added: 8 of them are ours to choose */
	const char *const *seeds; /* HOST:PORT of nodes to ask for addresses */
	size_t seeds_n;
};

/* Open what is kept in the directory and start to connect. base, chain and the options are borrowed, the options for the call only. */
MUST_USE bool mainchain_open(struct mainchain **out, struct complaint *why, struct event_base *base,
			     const struct chain_params *chain, const struct mainchain_options *options);
/* Closes connections and saves. NULL is fine. */
void mainchain_close(struct mainchain *m);

/* Feed a file of raw 80-byte headers, oldest first, checked like those of peers; what is known already is passed over. */
MUST_USE bool mainchain_import(struct mainchain *m, struct complaint *why, const char *path);

/* Keep a connection to HOST:PORT or HOST. */
MUST_USE bool mainchain_add_peer(struct mainchain *m, struct complaint *why, const char *address);
MUST_USE bool mainchain_remove_peer(struct mainchain *m, const char *address);
/* How many peers were added, and one more when others are looked for: 0 when nobody will ever be connected to. */
size_t mainchain_peers_wanted(const struct mainchain *m);
/* The newest lies of peers first; returns how many. */
size_t mainchain_lies(struct mainchain *m, struct evidence *out, size_t max);

/* For questions, and for events of the caller's own: call mainchain_pump() after them. */
struct spv *mainchain_spv(const struct mainchain *m);
struct net *mainchain_net(const struct mainchain *m);
void mainchain_pump(struct mainchain *m);

/* All but SPV_SEND, SPV_CLOSE and SPV_FETCHED to each listener in order of listening, borrowed for the call. Listeners stay
 * until the end. */
typedef void mainchain_fn(void *context, const struct spv_output *o);
void mainchain_listen(struct mainchain *m, mainchain_fn *each, void *context);

/* Ask for one block by hash: done is called once, later, unless the client is closed before; block is borrowed, NULL with a
 * reason when it could not be had. */
typedef void mainchain_fetched_fn(void *context, const struct block *block, uint32_t height, const char *why);
void mainchain_fetch(struct mainchain *m, const struct hash256 *hash, mainchain_fetched_fn *done, void *context);

#endif
