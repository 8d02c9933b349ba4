#ifndef TALLY_BRIDGE_NET_H
#define TALLY_BRIDGE_NET_H
/* The light client's shell: TCP connections to peers on a libevent loop. Feeds the core (spv/spv.h) with messages and time and does
 * what it asks. One thread: all calls come from the loop's. */
#include <event2/event.h>

#include "spv/spv.h"

struct net;

struct net_params {
	int64_t retry_ms;     /* pause before the first reconnection; doubles up to retry_max_ms: 500 */
	int64_t retry_max_ms; /* 60 s */
	int64_t ban_ms;       /* pause after a lie: 10 minutes */
	int64_t lone_ban_ms;  /* the same when no other peer is left to ask: 10 s. What it says is checked all the same */
	int64_t connect_ms;   /* for the TCP connection: 10 s */
	int64_t proxy_ms;     /* for the proxy to connect further: 60 s */
	int64_t message_ms;   /* for a message once begun: 30 s, and what its length takes at */
	int64_t rate_min;     /* bytes a second: 32,000 */
	const char *nameserver; /* borrowed: IP:PORT of the DNS server to ask; NULL: the system's */
	bool v1_only;         /* speak v1 even where the build has v2: false */
	size_t write_max;     /* bytes waiting for a peer above which it isn't read from: 1 MB */
};

/* The values above. */
struct net_params net_params_default(void);

/* out: every output but SPV_SEND and SPV_CLOSE, in order, borrowed for the call; a block is taken over by setting its pointer to
 * NULL. It may call spv_ functions and net_pump(), not net_free(). base and s are borrowed and outlive the net. */
MUST_USE struct net *net_new(struct event_base *base, struct spv *s, const struct chain_params *chain, const struct net_params *params,
			     void (*out)(void *arg, struct spv_output *o), void *arg);
/* Closes all connections. NULL is fine. */
void net_free(struct net *n);

/* All connections go through the SOCKS5 proxy HOST:PORT (default port 9050), names too: nothing but the proxy's own name is looked up here.
 * Before any peer is added. NULL, or why not. */
MUST_USE const char *net_use_proxy(struct net *n, const char *address);
/* Let peers come to ADDR, ADDR:PORT or [IPV6]:PORT, numeric; port 0: any free one. slots: how many the core has. NULL, or why not. */
MUST_USE const char *net_listen(struct net *n, const char *address, uint32_t slots);
uint16_t net_listening_port(const struct net *n); /* 0: none */

/* Keep a connection to HOST:PORT, HOST (the network's default port) or [IPV6]:PORT; numeric addresses or names. NULL, or why not. */
MUST_USE const char *net_add_peer(struct net *n, const char *address);
/* Give up a peer added with the same text; false when there is none. */
MUST_USE bool net_remove_peer(struct net *n, const char *address);

/* Do what the core wants after a call to it from outside, such as spv_broadcast(). */
void net_pump(struct net *n);

/* "v1", or "v2" for BIP324; "" when that isn't known yet, or of no peer. */
const char *net_transport(const struct net *n, uint32_t id);

/* The clocks as the core wants them. */
struct spv_time net_time(void);

#endif
