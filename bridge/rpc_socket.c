#include "bridge/rpc_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/json_text.h"
#include "bridge/serve.h"

struct rpc_socket {
	struct serve *serve;
	struct rpc *rpc;
	char *path; /* owned */
};

struct stream {
	struct json_scan scan;
	size_t scanned;          /* bytes of the input that the scan has seen */
	struct rpc_request *open; /* under way */
	bool handling;           /* inside rpc_handle() */
};

static void
send_line(struct serve_conn *c, const char *text)
{
	serve_conn_send(c, text, strlen(text));
	serve_conn_send(c, "\n", 1);
}

static void
on_reply(void *client, struct rpc_reply reply)
{
	struct serve_conn *c = client;
	struct stream *s = serve_conn_state(c);

	s->open = NULL;
	if (reply.text != NULL)
		send_line(c, reply.text);
	free(reply.text);
	if (!s->handling)
		serve_conn_busy(c, false);
}

static void
handle(struct serve_conn *c, struct evbuffer *in, size_t len)
{
	struct rpc_socket *sock = serve_conn_arg(c);
	struct stream *s = serve_conn_state(c);
	const char *text = (const char *)evbuffer_pullup(in, (ev_ssize_t)len);
	struct rpc_request *q;

	s->handling = true;
	q = rpc_handle(sock->rpc, text, len, on_reply, c);
	s->handling = false;
	evbuffer_drain(in, len);
	memset(&s->scan, 0, sizeof(s->scan));
	s->scanned = 0;
	serve_conn_in_request(c, false);
	if (q != NULL) {
		s->open = q;
		serve_conn_busy(c, true);
	}
}

static void
refuse(struct serve_conn *c, const char *reason, const char *message)
{
	char *text = rpc_refusal(RPC_PARSE_ERROR, reason, message, "send one JSON object or array after the other");

	send_line(c, text);
	free(text);
	serve_conn_finish(c);
}

/* Go on with the scan over the bytes it has not seen. */
static enum json_scan_state
scan_new_bytes(struct stream *s, struct evbuffer *in)
{
	enum json_scan_state state = s->scan.depth > 0 ? JSON_SCAN_INSIDE : JSON_SCAN_BLANK;
	struct evbuffer_ptr at;
	struct evbuffer_iovec chunk;
	size_t used;

	while (s->scanned < evbuffer_get_length(in)) {
		evbuffer_ptr_set(in, &at, s->scanned, EVBUFFER_PTR_SET);
		if (evbuffer_peek(in, -1, &at, &chunk, 1) < 1)
			break;
		state = json_scan_feed(&s->scan, chunk.iov_base, chunk.iov_len, &used);
		s->scanned += used;
		if (state != JSON_SCAN_BLANK && state != JSON_SCAN_INSIDE)
			break;
	}
	return state;
}

static void
on_input(struct serve_conn *c, struct evbuffer *in)
{
	struct stream *s = serve_conn_state(c);

	while (!serve_conn_is_over(c) && evbuffer_get_length(in) > s->scanned) {
		switch (scan_new_bytes(s, in)) {
		case JSON_SCAN_BLANK:
			evbuffer_drain(in, s->scanned);
			s->scanned = 0;
			return;
		case JSON_SCAN_INSIDE:
			serve_conn_in_request(c, true);
			if (s->scanned >= RPC_TEXT_MAX)
				refuse(c, "TOO_LARGE", "a request has at most 1 MB");
			return;
		case JSON_SCAN_DONE:
			handle(c, in, s->scanned);
			break;
		case JSON_SCAN_BAD:
			refuse(c, "BAD_JSON", "this is not the JSON we read: it does not start with { or [");
			return;
		case JSON_SCAN_DEEP:
			refuse(c, "BAD_JSON", "this is not the JSON we read: it is nested deeper than 32 levels");
			return;
		}
	}
}

static void
on_gone(struct serve_conn *c)
{
	struct stream *s = serve_conn_state(c);

	if (s->open != NULL)
		rpc_request_abandon(s->open);
}

static const struct serve_protocol protocol = {
	.conns_max = 64,
	.in_max = RPC_TEXT_MAX + 1,
	.out_max = 16000000,
	.request_ms = 10000,
	.idle_ms = 600000,
	.state_size = sizeof(struct stream),
	.input = on_input,
	.gone = on_gone,
};

static bool
bind_at(int *fd, struct complaint *why, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t old;
	bool ok;

	if (strlen(path) >= sizeof(a.sun_path))
		return complain(why, EXIT_USAGE, "choose a --datadir with a shorter path",
				"%s is too long for a socket: %zu bytes at most", path, sizeof(a.sun_path) - 1);
	strcpy(a.sun_path, path);
	unlink(path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	old = umask(0177);
	ok = *fd >= 0 && bind(*fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(*fd, 128) == 0;
	umask(old);
	if (!ok) {
		complain(why, EXIT_USAGE, "check the permissions of the directory", "cannot listen at %s: %s", path,
			 strerror(errno));
		if (*fd >= 0)
			close(*fd);
	}
	return ok;
}

bool
rpc_socket_open(struct rpc_socket **out, struct complaint *why, struct event_base *base, struct rpc *r, const char *path)
{
	struct rpc_socket *s;
	int fd = -1;

	if (!bind_at(&fd, why, path))
		return false;
	s = mem_new(1, sizeof(*s));
	s->rpc = r;
	s->path = mem_strdup(path);
	s->serve = serve_new(base, fd, &protocol, s);
	*out = s;
	return true;
}

void
rpc_socket_close(struct rpc_socket *s)
{
	if (s == NULL)
		return;
	unlink(s->path);
	serve_free(s->serve);
	free(s->path);
	free(s);
}

size_t
rpc_socket_count(const struct rpc_socket *s)
{
	return serve_count(s->serve);
}
