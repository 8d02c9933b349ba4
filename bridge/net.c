/* Invariants:
 * 1. Nothing is freed inside its own callback: what is to go is marked, and the reap event frees it from the loop.
 * 2. The core hears of each connection once when it stands and once when it is gone, under an id used for no other.
 * 3. What waits for a peer is bounded: above write_max it isn't read from, so it can't make us answer more. */
#include "bridge/net.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "chain/p2p.h"

#define TICK_MS 500
#define STEADY_MS 5000      /* a connection that lasted this long was a good one: the next pause is short again */
#define WRITE_STALL_MS 60000 /* a peer that takes nothing of what waits for it */
#define READ_AHEAD 65536

/* A peer to keep a connection to. */
struct target {
	struct net *net;
	char *text; /* owned; as given */
	char *host; /* owned */
	uint16_t port;
	struct bufferevent *bev; /* owned; NULL while pausing */
	struct event *retry;     /* owned */
	uint32_t id;             /* in the core; 0 while no connection stands */
	struct mono since;
	int64_t pause_ms;
	int64_t ban_ms; /* asked for at the next reaping */
	bool ended;     /* the connection is to be reaped */
	bool removed;   /* and the target too */
	struct target *next, *prev;
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
	uint32_t last_id;
	bool pumping;
};

struct net_params
net_params_default(void)
{
	return (struct net_params){
		.retry_ms = 500,
		.retry_max_ms = 60000,
		.ban_ms = 600000,
		.lone_ban_ms = 10000,
		.connect_ms = 10000,
		.write_max = 1000000,
	};
}

struct spv_time
net_time(void)
{
	return (struct spv_time){ .mono = clock_mono(), .wall = clock_unix() };
}

static struct timeval
timeval_ms(int64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

/* --- Ending connections --- */

static void
end(struct target *t, int64_t ban_ms)
{
	if (t->ended)
		return;
	t->ended = true;
	t->ban_ms = ban_ms;
	if (t->bev != NULL)
		bufferevent_disable(t->bev, EV_READ | EV_WRITE);
	event_active(t->net->reap, 0, 0);
}

static void
target_free(struct target *t)
{
	DL_DELETE(t->net->targets, t);
	if (t->bev != NULL)
		bufferevent_free(t->bev);
	event_free(t->retry);
	free(t->text);
	free(t->host);
	free(t);
}

static bool
has_other_peer(const struct target *t)
{
	const struct target *other;

	DL_FOREACH(t->net->targets, other)
	{
		if (other != t && other->ban_ms == 0 && !other->removed)
			return true;
	}
	return false;
}

/* Pauses double, with a random part so that many clients don't come back in step. */
static void
schedule(struct target *t, int64_t lived_ms)
{
	const struct net_params *p = &t->net->params;
	int64_t base_ms;
	struct timeval tv;
	uint16_t random;

	rng_bytes(&random, sizeof(random));
	if (lived_ms >= STEADY_MS || t->pause_ms == 0)
		t->pause_ms = p->retry_ms;
	else if (t->pause_ms * 2 < p->retry_max_ms)
		t->pause_ms *= 2;
	else
		t->pause_ms = p->retry_max_ms;
	base_ms = t->ban_ms == 0 ? t->pause_ms : has_other_peer(t) ? t->ban_ms : p->lone_ban_ms;
	tv = timeval_ms(base_ms + t->pause_ms * random / 65536 / 4);
	event_add(t->retry, &tv);
}

static void
reap_one(struct target *t)
{
	struct net *n = t->net;
	uint32_t id = t->id;
	struct spv_time now = net_time();
	int64_t lived = id != 0 ? now.mono.ms - t->since.ms : 0;

	if (t->bev != NULL)
		bufferevent_free(t->bev);
	t->bev = NULL;
	t->id = 0;
	t->ended = false;
	if (t->removed)
		target_free(t);
	else
		schedule(t, lived);
	if (id != 0)
		spv_peer_gone(n->spv, id, now);
}

static struct target *
find_ended(const struct net *n)
{
	struct target *t;

	DL_FOREACH(n->targets, t)
	{
		if (t->ended)
			return t;
	}
	return NULL;
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct target *t;

	(void)fd;
	(void)what;
	while ((t = find_ended(n)) != NULL)
		reap_one(t);
	net_pump(n);
}

/* --- What the core wants --- */

static struct target *
find_id(const struct net *n, uint32_t id)
{
	struct target *t;

	DL_FOREACH(n->targets, t)
	{
		if (t->id == id && id != 0)
			return t;
	}
	return NULL;
}

static void
do_send(struct net *n, const struct spv_output *o)
{
	struct target *t = find_id(n, o->send.peer);

	if (t == NULL || t->ended)
		return;
	bufferevent_write(t->bev, o->send.bytes, o->send.len);
	if (evbuffer_get_length(bufferevent_get_output(t->bev)) > n->params.write_max)
		bufferevent_disable(t->bev, EV_READ);
}

static void
do_close(struct net *n, const struct spv_output *o)
{
	struct target *t = find_id(n, o->close.peer);

	if (t == NULL)
		return;
	log_line("net", o->close.ban ? LOG_WARN : LOG_INFO, "leaving %s%s: %s", t->text, o->close.ban ? ", for it lied" : "", o->close.reason);
	end(t, o->close.ban ? n->params.ban_ms : 0);
}

void
net_pump(struct net *n)
{
	struct spv_output o;

	if (n->pumping)
		return; /* the loop further out goes on with it */
	n->pumping = true;
	while (spv_next(n->spv, &o)) {
		switch (o.kind) {
		case SPV_SEND:
			do_send(n, &o);
			break;
		case SPV_CLOSE:
			do_close(n, &o);
			break;
		case SPV_DIAL:
			spv_peer_gone(n->spv, o.dial.id, net_time());
			break;
		case SPV_RESOLVE:
			spv_resolved(n->spv, o.resolve.host, NULL, 0, net_time());
			break;
		case SPV_TIP:
		case SPV_BLOCK:
		case SPV_PASSED:
		case SPV_RESCANNED:
		case SPV_UNBLOCK:
		case SPV_FETCHED:
		case SPV_TX:
		case SPV_EVIDENCE:
		case SPV_STALE:
			n->out(n->arg, &o);
			break;
		}
		spv_output_clear(&o);
	}
	n->pumping = false;
}

/* --- Reading --- */

/* Give the first whole message to the core. False when there is none (the watermark then says how many bytes are needed), or the
 * stream makes no sense. */
static bool
read_one(struct target *t)
{
	struct evbuffer *in = bufferevent_get_input(t->bev);
	uint8_t head[P2P_HEADER_LEN];
	struct p2p_frame f;
	const uint8_t *all;

	if (evbuffer_copyout(in, head, sizeof(head)) != (ev_ssize_t)sizeof(head))
		return false;
	if (p2p_frame_decode(&f, head, t->net->chain) != P2P_FRAME_OK) {
		log_line("net", LOG_WARN, "leaving %s: not a message of this network", t->text);
		end(t, t->net->params.ban_ms);
		return false;
	}
	if (evbuffer_get_length(in) < sizeof(head) + f.len) {
		bufferevent_setwatermark(t->bev, EV_READ, sizeof(head) + f.len, P2P_PAYLOAD_MAX + READ_AHEAD);
		return false;
	}
	all = evbuffer_pullup(in, (ev_ssize_t)(sizeof(head) + f.len));
	if (!p2p_checksum_ok(&f, all + sizeof(head))) {
		log_line("net", LOG_INFO, "leaving %s: bad checksum", t->text);
		end(t, 0);
		return false;
	}
	spv_peer_message(t->net->spv, t->id, f.command, all + sizeof(head), f.len, net_time());
	evbuffer_drain(in, sizeof(head) + f.len);
	bufferevent_setwatermark(t->bev, EV_READ, P2P_HEADER_LEN, P2P_PAYLOAD_MAX + READ_AHEAD);
	net_pump(t->net);
	return true;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct target *t = arg;

	(void)bev;
	while (!t->ended && (bufferevent_get_enabled(t->bev) & EV_READ) != 0) {
		if (!read_one(t))
			return;
	}
}

/* All that waited is written: read on. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	struct target *t = arg;

	if (t->ended || t->id == 0)
		return;
	if ((bufferevent_get_enabled(bev) & EV_READ) == 0) {
		bufferevent_enable(bev, EV_READ);
		on_read(bev, t);
	}
}

/* --- Connecting --- */

static void
on_connected(struct target *t)
{
	struct net *n = t->net;
	struct timeval stall = timeval_ms(WRITE_STALL_MS);
	struct spv_time now = net_time();
	int one = 1;

	setsockopt(bufferevent_getfd(t->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	bufferevent_set_timeouts(t->bev, NULL, &stall);
	bufferevent_setwatermark(t->bev, EV_READ, P2P_HEADER_LEN, P2P_PAYLOAD_MAX + READ_AHEAD);
	bufferevent_enable(t->bev, EV_READ);
	t->id = ++n->last_id;
	t->since = now.mono;
	log_line("net", LOG_INFO, "connected to %s", t->text);
	spv_peer_connected(n->spv, t->id, t->text, now);
	net_pump(n);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct target *t = arg;
	int dns = bufferevent_socket_get_dns_error(bev);

	if (t->ended)
		return;
	if ((what & BEV_EVENT_CONNECTED) != 0) {
		on_connected(t);
		return;
	}
	if (t->id == 0)
		log_line("net", LOG_INFO, "cannot connect to %s: %s", t->text,
			 dns != 0                               ? evutil_gai_strerror(dns)
			 : (what & BEV_EVENT_TIMEOUT) != 0 ? "no answer"
							   : evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	else
		log_line("net", LOG_INFO, "%s is gone: %s", t->text,
			 (what & BEV_EVENT_EOF) != 0 ? "closed by the peer" : "connection lost");
	end(t, 0);
}

static bool
is_numeric(const char *host)
{
	struct sockaddr_storage a;

	return evutil_inet_pton(AF_INET, host, &a) == 1 || evutil_inet_pton(AF_INET6, host, &a) == 1;
}

static void
connect_now(struct target *t)
{
	struct net *n = t->net;
	struct timeval tv = timeval_ms(n->params.connect_ms);

	if (n->dns == NULL && !is_numeric(t->host))
		n->dns = evdns_base_new(n->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	t->bev = bufferevent_socket_new(n->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (t->bev == NULL) {
		end(t, 0);
		return;
	}
	bufferevent_setcb(t->bev, on_read, on_write, on_event, t);
	bufferevent_set_timeouts(t->bev, NULL, &tv);
	if (bufferevent_socket_connect_hostname(t->bev, n->dns, AF_UNSPEC, t->host, t->port) != 0)
		end(t, 0);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct target *t = arg;

	(void)fd;
	(void)what;
	t->ban_ms = 0;
	if (t->bev == NULL && !t->ended)
		connect_now(t);
}

/* --- Adding and removing --- */

static bool
parse_port(uint16_t *out, const char *text)
{
	unsigned long v;
	char *end_of;

	if (*text < '0' || *text > '9')
		return false;
	v = strtoul(text, &end_of, 10);
	if (*end_of != '\0' || v == 0 || v > 65535)
		return false;
	*out = (uint16_t)v;
	return true;
}

/* HOST, HOST:PORT, [HOST]:PORT or [HOST]; *host is owned by the caller. */
static const char *
parse_address(char **host, uint16_t *port, const char *text, uint16_t default_port)
{
	const char *from = text, *colon = strrchr(text, ':'), *close = strchr(text, ']'), *end_of;

	*port = default_port;
	if (*text == '[') {
		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return "the address has no matching ]";
		from = text + 1;
		end_of = close;
		colon = close[1] == ':' ? close + 1 : NULL;
	} else {
		if (colon != NULL && strchr(text, ':') != colon)
			return "an IPv6 address with a port is written [ADDRESS]:PORT";
		end_of = colon != NULL ? colon : text + strlen(text);
	}
	if (end_of == from || end_of - from > 255)
		return "the address has no host, or too long a one";
	if (colon != NULL && !parse_port(port, colon + 1))
		return "the port is not a number from 1 to 65535";
	*host = mem_printf("%.*s", (int)(end_of - from), from);
	return NULL;
}

static struct target *
find_text(const struct net *n, const char *text)
{
	struct target *t;

	DL_FOREACH(n->targets, t)
	{
		if (!t->removed && strcmp(t->text, text) == 0)
			return t;
	}
	return NULL;
}

const char *
net_add_peer(struct net *n, const char *address)
{
	struct target *t;
	char *host;
	uint16_t port;
	const char *why = parse_address(&host, &port, address, n->chain->port);
	struct timeval now = { 0, 0 };

	if (why != NULL)
		return why;
	if (find_text(n, address) != NULL) {
		free(host);
		return "this peer has been added already";
	}
	t = mem_new(1, sizeof(*t));
	t->net = n;
	t->text = mem_strdup(address);
	t->host = host;
	t->port = port;
	t->retry = evtimer_new(n->base, on_retry, t);
	DL_APPEND(n->targets, t);
	event_add(t->retry, &now);
	return NULL;
}

bool
net_remove_peer(struct net *n, const char *address)
{
	struct target *t = find_text(n, address);

	if (t == NULL)
		return false;
	t->removed = true;
	end(t, 0);
	return true;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;

	(void)fd;
	(void)what;
	spv_tick(n->spv, net_time());
	net_pump(n);
}

struct net *
net_new(struct event_base *base, struct spv *s, const struct chain_params *chain, const struct net_params *params,
	void (*out)(void *arg, struct spv_output *o), void *arg)
{
	struct net *n = mem_new(1, sizeof(*n));
	struct timeval tv = timeval_ms(TICK_MS);

	n->base = base;
	n->spv = s;
	n->chain = chain;
	n->params = *params;
	n->out = out;
	n->arg = arg;
	n->tick = event_new(base, -1, EV_PERSIST, on_tick, n);
	n->reap = event_new(base, -1, 0, on_reap, n);
	event_add(n->tick, &tv);
	return n;
}

void
net_free(struct net *n)
{
	struct target *t, *next;
	struct spv_time now = net_time();

	if (n == NULL)
		return;
	DL_FOREACH_SAFE(n->targets, t, next)
	{
		uint32_t id = t->id;

		target_free(t);
		if (id != 0)
			spv_peer_gone(n->spv, id, now);
	}
	event_free(n->tick);
	event_free(n->reap);
	if (n->dns != NULL)
		evdns_base_free(n->dns, 0);
	free(n);
}
