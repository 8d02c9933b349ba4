/* Peers that we were told to use: connected to for ever, with pauses. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bridge/host_port.h"
#include "bridge/net_impl.h"

#define STEADY_MS 5000 /* a connection that lasted this long was a good one: the next pause is short again */

struct target {
	struct net *net;
	char *text;          /* owned; as given */
	char *host;          /* owned */
	uint16_t port;
	struct conn *conn;   /* NULL while pausing */
	struct event *retry; /* owned */
	int64_t pause_ms;
	bool banned;         /* until the next try */
	bool removed;        /* goes with its connection */
	struct target *next, *prev;
};

static void
target_free(struct target *t)
{
	DL_DELETE(t->net->targets, t);
	event_free(t->retry);
	free(t->text);
	free(t->host);
	free(t);
}

void
target_free_all(struct net *n)
{
	struct target *t, *next;

	DL_FOREACH_SAFE(n->targets, t, next)
		target_free(t);
}

static bool
has_other_peer(const struct target *t)
{
	const struct target *other;

	DL_FOREACH(t->net->targets, other)
	{
		if (other != t && !other->banned && !other->removed)
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
	base_ms = !t->banned ? t->pause_ms : has_other_peer(t) ? p->ban_ms : p->lone_ban_ms;
	tv = timeval_ms(base_ms + t->pause_ms * random / 65536 / 4);
	event_add(t->retry, &tv);
}

void
target_lost(struct target *t, int64_t lived_ms, bool banned)
{
	t->conn = NULL;
	t->banned = banned;
	if (t->removed)
		target_free(t);
	else
		schedule(t, lived_ms);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct target *t = arg;

	(void)fd;
	(void)what;
	t->banned = false;
	if (t->removed) {
		target_free(t);
	} else if (t->conn == NULL) {
		t->conn = conn_new(t->net, CONN_TARGET, 0, t->host, t->port, t->text, true);
		t->conn->target = t;
	}
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

bool
host_needs_proxy(const char *host)
{
	size_t len = strlen(host);

	return (len > 6 && strcasecmp(host + len - 6, ".onion") == 0) || (len > 4 && strcasecmp(host + len - 4, ".i2p") == 0);
}

const char *
net_add_peer(struct net *n, const char *address)
{
	struct target *t;
	char *host;
	uint16_t port;
	const char *why = host_port_parse(&host, &port, address, n->chain->port);
	struct timeval now = { 0, 0 };

	if (why != NULL)
		return why;
	if (find_text(n, address) != NULL)
		why = "this peer has been added already";
	else if (port == 0)
		why = "port 0 can't be connected to";
	else if (host_needs_proxy(host) && n->proxy_host == NULL)
		why = "it can be reached through a proxy only: see --proxy";
	if (why != NULL) {
		free(host);
		return why;
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
	struct timeval now = { 0, 0 };

	if (t == NULL)
		return false;
	t->removed = true;
	if (t->conn != NULL)
		conn_end(t->conn, false);
	else
		event_add(t->retry, &now);
	return true;
}
