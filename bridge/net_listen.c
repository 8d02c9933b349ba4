/* Who comes to us. The core says who may stay (spv/inbound.c); here the number of sockets is bounded. */
#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "bridge/host_port.h"
#include "bridge/net_impl.h"

#define BACKLOG 64
#define ABOVE 8         /* sockets beyond the core's slots: newcomers, and those about to be closed */
#define REST_MS 1000    /* when there are no descriptors left */

struct net_listener {
	struct net *net;
	struct evconnlistener *listener; /* owned */
	struct event *rest;              /* owned */
	size_t most;
	uint16_t port;
};

static size_t
count_inbound(const struct net *n)
{
	const struct conn *c;
	size_t count = 0;

	DL_FOREACH(n->conns, c)
		count += c->kind == CONN_INBOUND;
	return count;
}

/* As net_address_from_text() reads it; IPv4 that came over an IPv6 socket as IPv4. */
static bool
text_of(char out[NET_TEXT_MAX], const struct sockaddr *a)
{
	struct net_address address;
	char host[INET6_ADDRSTRLEN];
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)a;

	if (a->sa_family == AF_INET6) {
		if (!net_address_from_ipv6(&address, v6->sin6_addr.s6_addr))
			return false;
		address.port = ntohs(v6->sin6_port);
	} else {
		if (a->sa_family != AF_INET || evutil_inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host)) == NULL ||
		    !net_address_from_host(&address, host))
			return false;
		address.port = ntohs(v4->sin_port);
	}
	net_address_to_text(out, &address);
	return true;
}

static void
on_accept(struct evconnlistener *el, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct net_listener *l = arg;
	char text[NET_TEXT_MAX];

	(void)el;
	(void)len;
	if (count_inbound(l->net) >= l->most || !text_of(text, from))
		evutil_closesocket(fd);
	else
		(void)conn_accepted(l->net, fd, text);
}

static void
on_rest(evutil_socket_t fd, short what, void *arg)
{
	struct net_listener *l = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(l->listener);
}

static void
on_accept_error(struct evconnlistener *el, void *arg)
{
	struct net_listener *l = arg;
	struct timeval tv = timeval_ms(REST_MS);

	log_line("net", LOG_WARN, "cannot accept connections: %s; a pause", evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	evconnlistener_disable(el);
	event_add(l->rest, &tv);
}

static uint16_t
port_of(evutil_socket_t fd)
{
	struct sockaddr_storage a;
	ev_socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		return 0;
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
}

/* host and port as a socket address; false when host is no number. */
static bool
sockaddr_from(struct sockaddr_storage *out, int *len, const char *host, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (evutil_inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		*len = sizeof(*v4);
		return true;
	}
	if (evutil_inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	*len = sizeof(*v6);
	return true;
}

const char *
net_listen(struct net *n, const char *address, uint32_t slots)
{
	struct sockaddr_storage a;
	struct net_listener *l;
	char *host;
	uint16_t port;
	int len;
	const char *why = host_port_parse(&host, &port, address, n->chain->port);
	bool numeric = why == NULL && sockaddr_from(&a, &len, host, port);

	if (why != NULL)
		return why;
	free(host);
	if (!numeric)
		return "the address to listen at must be a number, such as 0.0.0.0 or [::]";
	l = mem_new(1, sizeof(*l));
	l->net = n;
	l->most = slots + ABOVE;
	l->listener = evconnlistener_new_bind(n->base, on_accept, l, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC,
					      BACKLOG, (struct sockaddr *)&a, len);
	if (l->listener == NULL) {
		free(l);
		return strerror(errno);
	}
	evconnlistener_set_error_cb(l->listener, on_accept_error);
	l->rest = evtimer_new(n->base, on_rest, l);
	l->port = port_of(evconnlistener_get_fd(l->listener));
	n->listener = l;
	log_line("net", LOG_INFO, "listening for peers at %s, port %u", address, (unsigned)l->port);
	return NULL;
}

uint16_t
net_listening_port(const struct net *n)
{
	return n->listener != NULL ? n->listener->port : 0;
}

void
net_listener_free(struct net_listener *l)
{
	if (l == NULL)
		return;
	evconnlistener_free(l->listener);
	event_free(l->rest);
	free(l);
}
