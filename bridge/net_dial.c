/* What the core asks for: connections to addresses it knows, and the answers of DNS seeds. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "bridge/net_impl.h"
#include "chain/p2p.h"

/* A name being looked up. */
struct lookup {
	struct net *net; /* NULL: nobody waits any more */
	char host[SPV_HOST_MAX];
	struct evdns_getaddrinfo_request *request;
	struct lookup *next, *prev;
};

void
net_dial(struct net *n, const struct spv_output *o)
{
	char text[SPV_HOST_MAX + 16];
	bool v6 = strchr(o->dial.host, ':') != NULL;

	snprintf(text, sizeof(text), v6 ? "[%s]:%u" : "%s:%u", o->dial.host, (unsigned)o->dial.port);
	conn_new(n, CONN_DIALLED, o->dial.id, o->dial.host, o->dial.port, text, (o->dial.services & NODE_P2P_V2) != 0);
}

static bool
address_of(struct net_address *out, const struct sockaddr *a)
{
	char host[INET6_ADDRSTRLEN];
	const void *bytes = a->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr
						    : (const void *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;

	return (a->sa_family == AF_INET || a->sa_family == AF_INET6) &&
	       evutil_inet_ntop(a->sa_family, bytes, host, sizeof(host)) != NULL && net_address_from_host(out, host);
}

/* why is NULL, or says why there is no list. */
static void
answer(struct net *n, const char *host, const struct evutil_addrinfo *list, const char *why)
{
	struct net_address *found = mem_new(SPV_RESOLVED_MAX, sizeof(*found));
	size_t count = 0;

	for (; list != NULL && count < SPV_RESOLVED_MAX; list = list->ai_next)
		count += address_of(&found[count], list->ai_addr);
	if (why != NULL)
		log_line("net", n->lookups_fail ? LOG_DEBUG : LOG_INFO, "cannot look up %s: %s", host, why);
	else
		log_line("net", LOG_INFO, "%s knows %zu addresses", host, count);
	n->lookups_fail = why != NULL;
	spv_resolved(n->spv, host, found, count, net_time());
	free(found);
	net_pump(n);
}

static void
on_resolved(int err, struct evutil_addrinfo *list, void *arg)
{
	struct lookup *l = arg;
	struct net *n = l->net;

	if (n != NULL) {
		DL_DELETE(n->lookups, l);
		answer(n, l->host, err == 0 ? list : NULL, err == 0 ? NULL : evutil_gai_strerror(err));
	}
	if (list != NULL)
		evutil_freeaddrinfo(list);
	free(l);
}

void
net_resolve(struct net *n, const char *host)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	struct evdns_base *dns = net_dns(n);
	struct evdns_getaddrinfo_request *request;
	struct lookup *l;

	if (dns == NULL) {
		answer(n, host, NULL, "this machine has no name server");
		return;
	}
	l = mem_new(1, sizeof(*l));
	l->net = n;
	snprintf(l->host, sizeof(l->host), "%s", host);
	DL_APPEND(n->lookups, l);
	/* When the answer is there at once, l is gone by now. */
	request = evdns_getaddrinfo(dns, host, NULL, &hints, on_resolved, l);
	if (request != NULL)
		l->request = request;
}

void
net_resolve_cancel_all(struct net *n)
{
	struct lookup *l, *next;

	DL_FOREACH_SAFE(n->lookups, l, next)
	{
		DL_DELETE(n->lookups, l);
		l->net = NULL;
		evdns_getaddrinfo_cancel(l->request);
	}
}
