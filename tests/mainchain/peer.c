#include "tests/mainchain/peer.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/mainchain/serve.h"

static void
peer_free(struct peer *p)
{
	peer_set_rate(p, 0);
	bufferevent_free(p->bev);
	free(p);
}

static void
reap(evutil_socket_t fd, short what, void *context)
{
	struct node *n = context;

	(void)fd, (void)what;
	for (struct peer **at = &n->peers; *at != NULL;) {
		struct peer *p = *at;

		if (p->dead) {
			*at = p->next;
			peer_free(p);
		} else {
			at = &p->next;
		}
	}
}

void
peer_close(struct peer *p)
{
	if (p->dead)
		return;
	p->dead = true;
	bufferevent_disable(p->bev, EV_READ | EV_WRITE);
	if (event_base_once(p->node->base, -1, EV_TIMEOUT, reap, p->node, &(struct timeval){ 0 }) != 0)
		abort();
}

void
peer_free_all(struct node *n)
{
	while (n->peers != NULL) {
		struct peer *p = n->peers;

		n->peers = p->next;
		peer_free(p);
	}
}

static void
count(struct peer *p, const char *command)
{
	size_t i = 0;

	while (i < p->heard_n && strcmp(p->heard[i].command, command) != 0)
		i++;
	if (i == PEER_COMMANDS_MAX)
		return;
	if (i == p->heard_n) {
		memcpy(p->heard[i].command, command, sizeof(p->heard[i].command));
		p->heard_n++;
	}
	p->heard[i].n++;
}

/* One message out of the input; false when there is none yet or no more to hear. */
static bool
hear_one(struct peer *p, struct evbuffer *in)
{
	uint8_t head[P2P_HEADER_LEN];
	struct p2p_frame frame;
	uint8_t *bytes;

	if (p->dead || evbuffer_copyout(in, head, sizeof(head)) != (ssize_t)sizeof(head))
		return false;
	if (p2p_frame_decode(&frame, head, p->node->params) != P2P_FRAME_OK) {
		log_line("p2p", LOG_WARN, "peer %llu: not a message", (unsigned long long)p->id);
		peer_close(p);
		return false;
	}
	if (evbuffer_get_length(in) < P2P_HEADER_LEN + (size_t)frame.len)
		return false;
	bytes = evbuffer_pullup(in, (ssize_t)(P2P_HEADER_LEN + (size_t)frame.len));
	if (p2p_checksum_ok(&frame, bytes + P2P_HEADER_LEN)) {
		count(p, frame.command);
		serve_message(p, frame.command, bytes + P2P_HEADER_LEN, frame.len);
	}
	evbuffer_drain(in, P2P_HEADER_LEN + (size_t)frame.len);
	return true;
}

static void
on_read(struct bufferevent *bev, void *context)
{
	while (hear_one(context, bufferevent_get_input(bev)))
		;
}

static void
on_event(struct bufferevent *bev, short what, void *context)
{
	struct peer *p = context;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		serve_greet(p);
	else
		peer_close(p);
}

struct peer *
peer_new(struct node *n, int fd, const char *address, bool inbound)
{
	struct peer *p = mem_new(1, sizeof(*p));
	int one = 1;

	if (fd >= 0) /* else the connection is made later, by us */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	p->node = n;
	p->id = ++n->peer_ids;
	p->inbound = inbound;
	p->bev = bufferevent_socket_new(n->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (p->bev == NULL)
		abort();
	memcpy(p->address, address, strnlen(address, sizeof(p->address) - 1));
	bufferevent_setcb(p->bev, on_read, NULL, on_event, p);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
	p->next = n->peers;
	n->peers = p;
	misbehave_meet(p);
	return p;
}

void
peer_send(struct peer *p, const char *command, const void *payload, size_t len)
{
	struct wr w = { 0 };

	if (p->dead)
		return;
	wr_p2p_message(&w, p->node->params, command, payload, len);
	misbehave_frame(p, command, &w);
	bufferevent_write(p->bev, w.p, w.len);
	wr_clear(&w);
}

void
peer_send_clear(struct peer *p, const char *command, struct wr *payload)
{
	peer_send(p, command, payload->p, payload->len);
	wr_clear(payload);
}

void
peer_set_rate(struct peer *p, uint32_t bytes_a_second)
{
	static const struct timeval tick = { .tv_usec = 100000 };
	struct ev_token_bucket_cfg *limit = NULL;

	if (bytes_a_second > 0)
		limit = ev_token_bucket_cfg_new(EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, bytes_a_second / 10 + 1,
						bytes_a_second / 10 + 1, &tick);
	bufferevent_set_rate_limit(p->bev, limit);
	if (p->limit != NULL)
		ev_token_bucket_cfg_free(p->limit);
	p->limit = limit; /* libevent goes on reading it */
}
