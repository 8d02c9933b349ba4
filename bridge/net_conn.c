/* Invariants:
 * 1. Nothing is freed inside its own callback: what is to go is marked, and net.c's reap event frees it from the loop.
 * 2. What waits for a peer is bounded: above write_max it isn't read from, so it can't make us answer more. What waits from it is one
 *    message at most, no longer than the core takes at this stage (spv_payload_max()); in v2, which hides the command until all is there, no
 *    longer than what it takes of `headers` at this stage, as long as any.
 * 3. Each stage has an end: connecting, asking the proxy, and a message once begun, by its length at a least rate. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bridge/net_impl.h"
#include "chain/p2p.h"

#define WRITE_STALL_MS 60000 /* a peer that takes nothing of what waits for it */
#define READ_AHEAD 65536
#define TURN_MESSAGES 50 /* read from one peer before it is others' turn */

struct conn *
conn_find(const struct net *n, uint32_t id)
{
	struct conn *c;

	DL_FOREACH(n->conns, c)
	{
		if (c->id == id && id != 0 && c->stage == CONN_UP)
			return c;
	}
	return NULL;
}

void
conn_end(struct conn *c, bool banned)
{
	c->again = false;
	if (c->ended)
		return;
	c->ended = true;
	c->banned = banned;
	if (c->bev != NULL)
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	event_active(c->net->reap, 0, 0);
}

void
conn_free(struct conn *c)
{
	DL_DELETE(c->net->conns, c);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	bip324_free(c->v2);
	free(c->text);
	free(c->host);
	free(c);
}

enum log_level
conn_news(const struct conn *c)
{
	return c->kind == CONN_INBOUND ? LOG_DEBUG : LOG_INFO;
}

void
conn_leave(struct conn *c, bool banned, const char *why)
{
	log_line("net", banned && c->kind != CONN_INBOUND ? LOG_WARN : conn_news(c), "leaving %s: %s", c->text, why);
	conn_end(c, banned);
}

/* --- Messages --- */

void
conn_watermark(struct conn *c, size_t least)
{
	bufferevent_setwatermark(c->bev, EV_READ, least, P2P_PAYLOAD_MAX + READ_AHEAD);
}

/* Give the first whole message to the core. False when there is none (the watermark then says how many bytes are needed), or the
 * stream makes no sense. */
static bool
v1_read_one(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	uint8_t head[P2P_HEADER_LEN];
	struct p2p_frame f;
	const uint8_t *all;

	if (evbuffer_copyout(in, head, sizeof(head)) != (ev_ssize_t)sizeof(head))
		return false;
	if (p2p_frame_decode(&f, head, c->net->chain) != P2P_FRAME_OK) {
		conn_leave(c, true, "not a message of this network");
		return false;
	}
	if (f.len > spv_payload_max(c->net->spv, c->id, f.command)) {
		conn_leave(c, false, "a message longer than there is use for");
		return false;
	}
	if (evbuffer_get_length(in) < sizeof(head) + f.len) {
		c->partial_len = f.len;
		conn_watermark(c, sizeof(head) + f.len);
		return false;
	}
	all = evbuffer_pullup(in, (ev_ssize_t)(sizeof(head) + f.len));
	if (!p2p_checksum_ok(&f, all + sizeof(head))) {
		conn_leave(c, false, "bad checksum");
		return false;
	}
	c->partial = false;
	c->heard = true;
	spv_peer_message(c->net->spv, c->id, f.command, all + sizeof(head), f.len, net_time());
	evbuffer_drain(in, sizeof(head) + f.len);
	conn_watermark(c, P2P_HEADER_LEN);
	net_pump(c->net);
	return true;
}

static bool
read_one(struct conn *c)
{
	switch (c->transport) {
	case CONN_V1:
		return v1_read_one(c);
	case CONN_V2:
		return v2_read_one(c);
	case CONN_UNDECIDED:
		break;
	}
	return v2_decide(c);
}

/* Not more than others and the clock can wait for: a peer's buffer may hold a hundred thousand of the least. */
static void
read_messages(struct conn *c)
{
	for (int n = 0; !c->ended && (bufferevent_get_enabled(c->bev) & EV_READ) != 0; n++) {
		if (n == TURN_MESSAGES) {
			bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
			return;
		}
		if (!read_one(c))
			return;
	}
}

void
conn_write(struct conn *c, const void *bytes, size_t len)
{
	if (c->ended)
		return;
	if (c->transport == CONN_V2)
		v2_write(c, bytes, len);
	else
		bufferevent_write(c->bev, bytes, len);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > c->net->params.write_max) {
		bufferevent_disable(c->bev, EV_READ);
		c->partial = false; /* it is we who keep it waiting */
	}
}

/* --- Standing --- */

static void
enter(struct conn *c, enum conn_stage stage)
{
	c->stage = stage;
	c->since = clock_mono();
}

static void
up(struct conn *c)
{
	struct net *n = c->net;
	struct timeval stall = timeval_ms(WRITE_STALL_MS);
	int one = 1;

	setsockopt(bufferevent_getfd(c->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	bufferevent_set_timeouts(c->bev, NULL, &stall);
	conn_watermark(c, c->transport == CONN_V1 ? P2P_HEADER_LEN : 0);
	bufferevent_enable(c->bev, EV_READ);
	enter(c, CONN_UP);
	if (c->id == 0)
		c->id = ++n->last_id;
	log_line("net", conn_news(c), c->kind == CONN_INBOUND ? "%s has connected to us" : "connected to %s", c->text);
	if (c->kind == CONN_INBOUND)
		spv_peer_accepted(n->spv, c->id, c->text, net_time());
	else
		spv_peer_connected(n->spv, c->id, c->text, net_time());
	net_pump(n);
}

static void on_read(struct bufferevent *bev, void *arg);

/* --- The handshake of v2 --- */

/* A stream to the peer itself is open. */
static void
open_stream(struct conn *c)
{
	if (c->transport == CONN_V1) {
		up(c);
		return;
	}
	enter(c, CONN_SHAKING_HANDS);
	conn_watermark(c, 0);
	v2_start(c);
	bufferevent_enable(c->bev, EV_READ);
}

static void
shake_hands(struct conn *c)
{
	while (!c->ended && !bip324_is_ready(c->v2)) {
		if (!v2_read_one(c))
			return;
	}
	up(c);
	read_messages(c);
}

/* The peer takes our key for nonsense, as one does that speaks v1 only. */
static bool
fall_back(struct conn *c)
{
	if (c->stage != CONN_SHAKING_HANDS || !bip324_is_unheard(c->v2) || evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		return false;
	log_line("net", LOG_DEBUG, "%s does not take the v2 transport: again in v1", c->text);
	conn_end(c, false);
	c->again = true;
	return true;
}

static void
read_proxy(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	enum socks5_verdict v = SOCKS5_MORE;
	size_t used = 1;

	while (v == SOCKS5_MORE && used > 0) {
		size_t len = evbuffer_get_length(in);
		const char *why = NULL;
		struct wr w = { 0 };

		v = socks5_hear(&c->socks, &w, &used, &why, len > 0 ? evbuffer_pullup(in, -1) : (uint8_t *)"", len);
		evbuffer_drain(in, used);
		if (w.len > 0)
			bufferevent_write(c->bev, w.p, w.len);
		wr_clear(&w);
		if (v == SOCKS5_NO) {
			log_line("net", LOG_INFO, "cannot connect to %s: %s", c->text, why);
			conn_end(c, false);
		}
	}
	if (v != SOCKS5_OPEN)
		return;
	open_stream(c);
	on_read(c->bev, c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->ended)
		return;
	switch (c->stage) {
	case CONN_CONNECTING:
		return;
	case CONN_ASKING_PROXY:
		read_proxy(c);
		return;
	case CONN_SHAKING_HANDS:
		shake_hands(c);
		return;
	case CONN_UP:
		read_messages(c);
		return;
	}
}

/* All that waited is written: read on. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->ended || c->stage != CONN_UP || (bufferevent_get_enabled(bev) & EV_READ) != 0)
		return;
	bufferevent_enable(bev, EV_READ);
	read_messages(c);
}

static void
ask_proxy(struct conn *c)
{
	struct wr w = { 0 };
	uint8_t random[8];

	rng_bytes(random, sizeof(random));
	hex_encode(c->socks_user, random, sizeof(random));
	socks5_start(&c->socks, &w, c->host, c->port, c->socks_user);
	enter(c, CONN_ASKING_PROXY);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_AHEAD);
	bufferevent_enable(c->bev, EV_READ);
	bufferevent_write(c->bev, w.p, w.len);
	wr_clear(&w);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	int dns = bufferevent_socket_get_dns_error(bev);

	if (c->ended)
		return;
	if ((what & BEV_EVENT_CONNECTED) != 0) {
		if (c->net->proxy_host != NULL)
			ask_proxy(c);
		else
			open_stream(c);
		return;
	}
	if (fall_back(c))
		return;
	if (c->stage != CONN_UP)
		log_line("net", LOG_INFO, "cannot connect to %s: %s%s", c->text, c->net->proxy_host != NULL ? "the proxy: " : "",
			 dns != 0			? evutil_gai_strerror(dns)
			 : (what & BEV_EVENT_EOF) != 0	? "it hung up"
							: evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	else
		log_line("net", conn_news(c), "%s is gone: %s", c->text,
			 (what & BEV_EVENT_EOF) == 0 ? "connection lost"
			 : c->heard		      ? "closed by the peer"
						      : "closed by the peer before it said anything; it may be of another network");
	conn_end(c, false);
}

/* --- Time --- */

static void
note_partial(struct conn *c, struct mono now)
{
	bool begun = evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;

	if ((bufferevent_get_enabled(c->bev) & EV_READ) == 0)
		return;
	if (!begun) {
		c->partial = false;
	} else if (!c->partial) {
		c->partial = true;
		c->partial_since = now;
		c->partial_len = 0;
	}
}

void
conn_tick(struct conn *c, struct mono now)
{
	const struct net_params *p = &c->net->params;
	int64_t waited = now.ms - c->since.ms;

	if (c->ended)
		return;
	switch (c->stage) {
	case CONN_CONNECTING:
		if (waited >= p->connect_ms)
			conn_leave(c, false, "no connection came about");
		return;
	case CONN_ASKING_PROXY:
		if (waited >= p->proxy_ms)
			conn_leave(c, false, "the proxy gave no answer");
		return;
	case CONN_SHAKING_HANDS:
		if (waited >= (c->net->proxy_host != NULL ? p->proxy_ms : p->connect_ms) && !fall_back(c))
			conn_leave(c, false, "a handshake that does not end");
		return;
	case CONN_UP:
		note_partial(c, now);
		if (c->partial && now.ms - c->partial_since.ms >= p->message_ms + (int64_t)c->partial_len * 1000 / p->rate_min)
			conn_leave(c, false, "a message that does not end");
		return;
	}
}

/* --- Beginning --- */

static struct conn *
make(struct net *n, enum conn_kind kind, const char *text)
{
	struct conn *c = mem_new(1, sizeof(*c));

	c->net = n;
	c->kind = kind;
	c->text = mem_strdup(text);
	enter(c, CONN_CONNECTING);
	DL_APPEND(n->conns, c);
	return c;
}

static bool
is_numeric(const char *host)
{
	struct sockaddr_storage a;

	return evutil_inet_pton(AF_INET, host, &a) == 1 || evutil_inet_pton(AF_INET6, host, &a) == 1;
}

static void
connect_to(struct conn *c)
{
	struct net *n = c->net;
	const char *first = n->proxy_host != NULL ? n->proxy_host : c->host;
	struct evdns_base *dns = is_numeric(first) ? NULL : net_dns(n);

	c->bev = bufferevent_socket_new(n->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL || (dns == NULL && !is_numeric(first)) || host_needs_proxy(first)) {
		conn_end(c, false);
		return;
	}
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	if (bufferevent_socket_connect_hostname(c->bev, dns, AF_UNSPEC, first, n->proxy_host != NULL ? n->proxy_port : c->port) != 0)
		conn_end(c, false);
}

struct conn *
conn_new(struct net *n, enum conn_kind kind, uint32_t id, const char *host, uint16_t port, const char *text, bool try_v2)
{
	struct conn *c = make(n, kind, text);

	c->id = id;
	c->host = mem_strdup(host);
	c->port = port;
	c->transport = try_v2 && v2_built() && !n->params.v1_only ? CONN_V2 : CONN_V1;
	connect_to(c);
	return c;
}

void
conn_again(struct conn *c)
{
	bufferevent_free(c->bev);
	bip324_free(c->v2);
	c->v2 = NULL;
	c->transport = CONN_V1;
	c->ended = c->again = c->partial = false;
	enter(c, CONN_CONNECTING);
	connect_to(c);
}

struct conn *
conn_accepted(struct net *n, evutil_socket_t fd, const char *text)
{
	struct conn *c = make(n, CONN_INBOUND, text);

	c->bev = bufferevent_socket_new(n->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL) {
		evutil_closesocket(fd);
		conn_free(c);
		return NULL;
	}
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	c->transport = v2_built() && !n->params.v1_only ? CONN_UNDECIDED : CONN_V1;
	up(c);
	return c;
}
