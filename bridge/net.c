/* Invariants:
 * 1. Nothing is freed inside its own callback: what is to go is marked, and the reap event frees it from the loop.
 * 2. The core hears of each connection once when it stands and once when it is gone, under an id used for no other; of one that it asked
 *    for and that never stood, that it is gone. */
#include "bridge/net.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "bridge/host_port.h"
#include "bridge/net_impl.h"

#define TICK_MS 500

struct net_params
net_params_default(void)
{
	return (struct net_params){
		.retry_ms = 500,
		.retry_max_ms = 60000,
		.ban_ms = 600000,
		.lone_ban_ms = 10000,
		.connect_ms = 10000,
		.proxy_ms = 60000,
		.message_ms = 30000,
		.rate_min = 32000,
		.write_max = 1000000,
	};
}

struct spv_time
net_time(void)
{
	return (struct spv_time){ .mono = clock_mono(), .wall = clock_unix() };
}

struct timeval
timeval_ms(int64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

struct evdns_base *
net_dns(struct net *n)
{
	const char *server = n->params.nameserver;

	if (n->dns == NULL)
		n->dns = evdns_base_new(n->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE | (server == NULL ? EVDNS_BASE_INITIALIZE_NAMESERVERS : 0));
	else
		return n->dns;
	if (n->dns != NULL && server != NULL && evdns_base_nameserver_ip_add(n->dns, server) != 0)
		log_line("net", LOG_WARN, "cannot use the DNS server %s", server);
	return n->dns;
}

/* --- Reaping --- */

static void
reap_one(struct conn *c)
{
	struct net *n = c->net;
	struct spv_time now = net_time();
	bool known = c->stage == CONN_UP || c->kind == CONN_DIALLED, banned = c->banned;
	int64_t lived_ms = c->stage == CONN_UP ? now.mono.ms - c->since.ms : 0;
	struct target *target = c->target;
	uint32_t id = c->id;

	conn_free(c);
	if (target != NULL)
		target_lost(target, lived_ms, banned);
	if (known)
		spv_peer_gone(n->spv, id, now);
}

static struct conn *
find_ended(const struct net *n)
{
	struct conn *c;

	DL_FOREACH(n->conns, c)
	{
		if (c->ended)
			return c;
	}
	return NULL;
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct conn *c;

	(void)fd;
	(void)what;
	while ((c = find_ended(n)) != NULL) {
		if (c->again)
			conn_again(c);
		else
			reap_one(c);
	}
	net_pump(n);
}

/* --- What the core wants --- */

static void
do_send(struct net *n, const struct spv_output *o)
{
	struct conn *c = conn_find(n, o->send.peer);

	if (c != NULL)
		conn_write(c, o->send.bytes, o->send.len);
}

static void
do_close(struct net *n, const struct spv_output *o)
{
	struct conn *c = conn_find(n, o->close.peer);

	if (c == NULL)
		return;
	log_line("net", o->close.ban && c->kind != CONN_INBOUND ? LOG_WARN : conn_news(c), "leaving %s%s: %s", c->text,
		 o->close.ban ? ", for it lied" : "", o->close.reason);
	conn_end(c, o->close.ban);
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
			net_dial(n, &o);
			break;
		case SPV_RESOLVE:
			net_resolve(n, o.resolve.host);
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

const char *
net_transport(const struct net *n, uint32_t id)
{
	const struct conn *c = conn_find(n, id);

	return c == NULL || c->transport == CONN_UNDECIDED ? "" : c->transport == CONN_V2 ? "v2" : "v1";
}

/* --- Life --- */

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct spv_time now = net_time();
	struct conn *c;

	(void)fd;
	(void)what;
	DL_FOREACH(n->conns, c)
		conn_tick(c, now.mono);
	spv_tick(n->spv, now);
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

const char *
net_use_proxy(struct net *n, const char *address)
{
	const char *why = host_port_parse(&n->proxy_host, &n->proxy_port, address, 9050);

	return why == NULL && n->proxy_port == 0 ? "port 0 can't be connected to" : why;
}

void
net_free(struct net *n)
{
	struct conn *c, *next;
	struct spv_time now = net_time();

	if (n == NULL)
		return;
	net_listener_free(n->listener);
	net_resolve_cancel_all(n);
	DL_FOREACH_SAFE(n->conns, c, next)
	{
		uint32_t id = c->id;
		bool known = c->stage == CONN_UP || c->kind == CONN_DIALLED;

		conn_free(c);
		if (known)
			spv_peer_gone(n->spv, id, now);
	}
	target_free_all(n);
	event_free(n->tick);
	event_free(n->reap);
	if (n->dns != NULL)
		evdns_base_free(n->dns, 1);
	free(n->proxy_host);
	free(n);
}
