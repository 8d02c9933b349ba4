#ifndef TALLY_BRIDGE_SERVE_H
#define TALLY_BRIDGE_SERVE_H
/* Listening, and connections within bounds, whatever is spoken on them.
 *
 * Bounds: a number of connections (a newcomer pushes out the one that has been silent longest; when all of them have a
 * request under way the newcomer is turned away), bytes waiting in each direction, and a deadline for whatever is expected of
 * the client next. (evhttp of libevent 2.1 knows neither a limit of connections nor a deadline against a client that sends a
 * byte now and then.) */
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"

struct serve;
struct serve_conn;

struct serve_protocol {
	size_t conns_max;
	size_t in_max;      /* bytes read ahead of one connection */
	size_t out_max;     /* bytes waiting to be sent at which the connection is dropped */
	int64_t request_ms; /* from a request's first byte to its last */
	int64_t idle_ms;    /* between requests */
	size_t state_size;  /* bytes of the protocol's own, zeroed, for each connection */
	/* May this stranger connect? May be NULL. */
	bool (*admit)(void *arg, const struct sockaddr *from);
	/* More bytes have come, or the connection is free again: take whole requests out of `in`. */
	void (*input)(struct serve_conn *c, struct evbuffer *in);
	/* The connection is about to go: let go of whatever is under way. */
	void (*gone)(struct serve_conn *c);
};

/* fd: a listening socket, owned from now on; protocol and arg are borrowed. */
struct serve *serve_new(struct event_base *base, int fd, const struct serve_protocol *protocol, void *arg);
/* Closes everything. NULL is fine. */
void serve_free(struct serve *s);
size_t serve_count(const struct serve *s);

void *serve_conn_state(struct serve_conn *c);
void *serve_conn_arg(struct serve_conn *c);
void serve_conn_send(struct serve_conn *c, const void *bytes, size_t len);
/* No more input until it is over: a request is under way, or nothing more is wanted. */
void serve_conn_busy(struct serve_conn *c, bool busy);
/* A request has begun (its deadline runs from the first such call on) or ended. */
void serve_conn_in_request(struct serve_conn *c, bool inside);
/* It is to be closed, or a request is under way: take nothing more. */
MUST_USE bool serve_conn_is_over(const struct serve_conn *c);
/* Close once everything is sent. */
void serve_conn_finish(struct serve_conn *c);

#endif
