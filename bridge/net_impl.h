#ifndef TALLY_BRIDGE_NET_IMPL_H
#define TALLY_BRIDGE_NET_IMPL_H
/* The inside of the light client's shell: net.c (the loop between core and connections), net_conn.c (one connection), net_target.c (peers
 * that we were told to use), net_dial.c (what the core asks for), net_listen.c (who comes to us), net_v2.c (the encrypted transport). */
#include <event2/bufferevent.h>
#include <event2/dns.h>

#include "base/log.h"
#include "bridge/net.h"
#include "bridge/socks5.h"
#include "chain/bip324.h"

struct target;
struct lookup;
struct net_listener;

/* Who wants a connection, and so what happens at its end. */
enum conn_kind {
	CONN_TARGET,  /* its target tries again */
	CONN_DIALLED, /* the core is told, even if it never stood */
	CONN_INBOUND,
};

/* CONNECTING -> ASKING_PROXY (if there is one) -> SHAKING_HANDS (outbound in v2) -> UP. The core knows it from UP on. */
enum conn_stage { CONN_CONNECTING, CONN_ASKING_PROXY, CONN_SHAKING_HANDS, CONN_UP };

/* What the stream is: by what we chose, or by how it begins when a peer came to us. */
enum conn_transport { CONN_V1, CONN_V2, CONN_UNDECIDED };

struct conn {
	struct net *net;
	enum conn_kind kind;
	enum conn_stage stage;
	struct target *target;     /* borrowed; of CONN_TARGET */
	char *text;                /* owned: for people */
	char *host;                /* owned; NULL of CONN_INBOUND */
	uint16_t port;
	struct bufferevent *bev;   /* owned */
	struct socks5 socks;
	char socks_user[17];       /* another for each connection: Tor then gives each a circuit of its own */
	uint32_t id;               /* in the core */
	struct mono since;         /* when it came to this stage */
	bool heard;                /* a message of this network came */
	bool partial;              /* a message has begun, and not ended yet */
	struct mono partial_since;
	size_t partial_len;        /* of its payload; 0 while that isn't known */
	enum conn_transport transport;
	struct bip324 *v2;         /* owned; NULL unless transport is CONN_V2 */
	bool ended;                /* to be reaped */
	bool again;                /* to be connected anew in v1 instead */
	bool banned;
	struct conn *next, *prev;
};

struct net {
	struct event_base *base; /* borrowed */
	struct evdns_base *dns;  /* owned; NULL until a name is needed */
	struct spv *spv;         /* borrowed */
	const struct chain_params *chain;
	struct net_params params;
	void (*out)(void *arg, struct spv_output *o);
	void *arg;
	struct event *tick, *reap; /* owned */
	struct target *targets;    /* owned */
	struct conn *conns;        /* owned */
	struct lookup *lookups;    /* owned */
	bool lookups_fail;         /* the last one did; one line in the log is enough for all that follow */
	struct net_listener *listener; /* owned; NULL: nobody may come */
	char *proxy_host;          /* owned; NULL: none */
	uint16_t proxy_port;
	uint32_t last_id;
	bool pumping;
};

struct timeval timeval_ms(int64_t ms);
/* The resolver, made when first needed; NULL when that fails. */
struct evdns_base *net_dns(struct net *n);

/* net_conn.c */
/* Begin to connect; the end is told in any case, later. host and text are copied. try_v2: if the build has it; a peer that hangs up on that
 * is connected to once more, in v1. */
struct conn *conn_new(struct net *n, enum conn_kind kind, uint32_t id, const char *host, uint16_t port, const char *text, bool try_v2);
/* It ended with `again`: connect in v1, as the same connection. */
void conn_again(struct conn *c);
/* Take over a socket that a peer connected to; NULL (and the socket closed) when there is no memory for it. */
struct conn *conn_accepted(struct net *n, evutil_socket_t fd, const char *text);
/* It is over: it is reaped from the loop. */
void conn_end(struct conn *c, bool banned);
/* The same with a line in the log. */
void conn_leave(struct conn *c, bool banned, const char *why);
/* Read no sooner than so many bytes are there. */
void conn_watermark(struct conn *c, size_t least);
void conn_write(struct conn *c, const void *bytes, size_t len);
void conn_tick(struct conn *c, struct mono now);
/* How urgent it is that somebody reads of it: strangers who come and go must not fill the log. */
enum log_level conn_news(const struct conn *c);
struct conn *conn_find(const struct net *n, uint32_t id);
/* Close at once and tell nobody; for the end of all things, and for reaping. */
void conn_free(struct conn *c);

/* net_target.c */
/* RFC 7686: a name under .onion must not be asked for in the DNS. */
MUST_USE bool host_needs_proxy(const char *host);
/* Its connection is over, after that many milliseconds of standing. May free the target. */
void target_lost(struct target *t, int64_t lived_ms, bool banned);
void target_free_all(struct net *n);

/* net_dial.c */
void net_dial(struct net *n, const struct spv_output *o);
void net_resolve(struct net *n, const char *host);
void net_resolve_cancel_all(struct net *n);

/* net_v2.c */
bool v2_built(void);
/* What follows is for v2_built() only. Makes c->v2 and begins the handshake. */
void v2_start(struct conn *c);
/* A peer came to us: is it v1 or v2 that it speaks? False while its first bytes don't tell. */
MUST_USE bool v2_decide(struct conn *c);
/* One step of the handshake, or one message to the core. False when that needs more bytes, or the stream makes no sense. */
MUST_USE bool v2_read_one(struct conn *c);
/* bytes: whole v1 messages. */
void v2_write(struct conn *c, const uint8_t *bytes, size_t len);

/* net_listen.c */
void net_listener_free(struct net_listener *l);

#endif
