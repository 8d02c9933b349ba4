#include "bridge/serve.h"

#include <bsd/sys/queue.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/* A close with bytes unread would reset the connection and could take the answer away from the client: so a finished
 * connection is shut for writing first, and what still comes is thrown away until the client closes or the deadline comes.
 *
 * Nothing is freed inside a callback that may still use it: a connection is marked dead and reaped by the sweep or the next
 * accept. */

struct serve_conn {
	struct serve *serve;
	struct bufferevent *bev;
	TAILQ_ENTRY(serve_conn) next; /* least recently active first */
	int64_t deadline;             /* mono ms */
	bool busy, in_request, finishing, dead, in_callback;
	void *state; /* owned */
};

struct serve {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *sweep;
	const struct serve_protocol *protocol;
	void *arg;
	TAILQ_HEAD(serve_conns, serve_conn) conns;
	size_t n;
	bool paused;
};

static void
conn_free(struct serve_conn *c)
{
	TAILQ_REMOVE(&c->serve->conns, c, next);
	c->serve->n--;
	c->serve->protocol->gone(c);
	bufferevent_free(c->bev);
	free(c->state);
	free(c);
}

static void
reap(struct serve *s)
{
	struct serve_conn *c, *after;

	for (c = TAILQ_FIRST(&s->conns); c != NULL; c = after) {
		after = TAILQ_NEXT(c, next);
		if (c->dead && !c->in_callback)
			conn_free(c);
	}
}

static void
conn_active(struct serve_conn *c)
{
	TAILQ_REMOVE(&c->serve->conns, c, next);
	TAILQ_INSERT_TAIL(&c->serve->conns, c, next);
}

static void
conn_input(struct serve_conn *c)
{
	if (c->busy || c->dead || c->finishing || c->in_callback)
		return;
	c->in_callback = true;
	c->serve->protocol->input(c, bufferevent_get_input(c->bev));
	c->in_callback = false;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct serve_conn *c = arg;

	if (c->finishing) {
		evbuffer_drain(bufferevent_get_input(bev), evbuffer_get_length(bufferevent_get_input(bev)));
		return;
	}
	conn_active(c);
	conn_input(c);
	reap(c->serve);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct serve_conn *c = arg;

	if (c->finishing && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct serve_conn *c = arg;

	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		c->dead = true;
	reap(c->serve);
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct serve *s = arg;
	struct serve_conn *c;
	int64_t now = clock_mono().ms;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(c, &s->conns, next) {
		if (now >= c->deadline && (!c->busy || c->finishing))
			c->dead = true;
	}
	reap(s);
	if (s->paused) {
		s->paused = false;
		evconnlistener_enable(s->listener);
	}
}

/* Make room for a newcomer: false when every connection has a request under way. */
static bool
make_room(struct serve *s)
{
	struct serve_conn *c;

	reap(s);
	if (s->n < s->protocol->conns_max)
		return true;
	TAILQ_FOREACH(c, &s->conns, next) {
		if (!c->busy && !c->in_callback) {
			conn_free(c);
			return true;
		}
	}
	return false;
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct serve *s = arg;
	struct serve_conn *c;
	struct bufferevent *bev;

	(void)l;
	(void)len;
	if ((s->protocol->admit != NULL && !s->protocol->admit(s->arg, from)) || !make_room(s) ||
	    (bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE)) == NULL) {
		close(fd);
		return;
	}
	c = mem_new(1, sizeof(*c));
	c->serve = s;
	c->bev = bev;
	c->state = mem_new(1, s->protocol->state_size);
	c->deadline = clock_mono().ms + s->protocol->request_ms;
	TAILQ_INSERT_TAIL(&s->conns, c, next);
	s->n++;
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, s->protocol->in_max);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	struct serve *s = arg;

	evconnlistener_disable(l); /* out of descriptors, most likely: the next sweep tries again */
	s->paused = true;
	log_line("rpc", LOG_WARN, "cannot accept a connection: %s", strerror(errno));
}

struct serve *
serve_new(struct event_base *base, int fd, const struct serve_protocol *protocol, void *arg)
{
	struct serve *s = mem_new(1, sizeof(*s));
	struct timeval second = { 1, 0 };

	s->base = base;
	s->protocol = protocol;
	s->arg = arg;
	TAILQ_INIT(&s->conns);
	evutil_make_socket_nonblocking(fd);
	s->listener = evconnlistener_new(base, on_accept, s, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 128, fd);
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	s->sweep = event_new(base, -1, EV_PERSIST, on_sweep, s);
	event_add(s->sweep, &second);
	return s;
}

void
serve_free(struct serve *s)
{
	if (s == NULL)
		return;
	while (!TAILQ_EMPTY(&s->conns))
		conn_free(TAILQ_FIRST(&s->conns));
	event_free(s->sweep);
	evconnlistener_free(s->listener);
	free(s);
}

size_t
serve_count(const struct serve *s)
{
	return s->n;
}

void *
serve_conn_state(struct serve_conn *c)
{
	return c->state;
}

void *
serve_conn_arg(struct serve_conn *c)
{
	return c->serve->arg;
}

void
serve_conn_send(struct serve_conn *c, const void *bytes, size_t len)
{
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) + len > c->serve->protocol->out_max) {
		c->dead = true;
		return;
	}
	bufferevent_write(c->bev, bytes, len);
}

void
serve_conn_busy(struct serve_conn *c, bool busy)
{
	c->busy = busy;
	if (c->finishing)
		return;
	if (busy) {
		bufferevent_disable(c->bev, EV_READ);
		return;
	}
	bufferevent_enable(c->bev, EV_READ);
	c->deadline = clock_mono().ms + c->serve->protocol->idle_ms;
	conn_active(c);
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void
serve_conn_in_request(struct serve_conn *c, bool inside)
{
	if (inside == c->in_request)
		return;
	c->in_request = inside;
	c->deadline = clock_mono().ms + (inside ? c->serve->protocol->request_ms : c->serve->protocol->idle_ms);
}

bool
serve_conn_is_over(const struct serve_conn *c)
{
	return c->dead || c->finishing || c->busy;
}

void
serve_conn_finish(struct serve_conn *c)
{
	c->finishing = true;
	c->deadline = clock_mono().ms + c->serve->protocol->request_ms;
	bufferevent_enable(c->bev, EV_READ);
}
