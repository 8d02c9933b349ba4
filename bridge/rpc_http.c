#include "bridge/rpc_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/http.h"
#include "bridge/net_range.h"
#include "bridge/serve.h"
#include "web/assets.h"

struct rpc_http {
	struct serve *serve;
	struct rpc *rpc;
	struct node *node;
	const struct cookie *cookie;
	const struct rpc_http_pages *pages;
	char *address; /* owned */
	uint16_t port;
	struct net_range *allow; /* owned */
	size_t allow_n;
};

enum stage { STAGE_HEAD, STAGE_BODY, STAGE_ANSWER };

struct exchange {
	enum stage stage;
	struct http_head head;
	struct rpc_request *open;
	bool handling;
};

/* Answers. */

static void
send_head(struct serve_conn *c, int status, const char *type, size_t len, bool keep, const char *extra)
{
	char head[500];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
			 "X-Content-Type-Options: nosniff\r\nConnection: %s\r\n%s\r\n",
			 status, http_status_text(status), type, len, keep ? "keep-alive" : "close", extra);

	serve_conn_send(c, head, (size_t)n);
}

static void
answer_bytes(struct serve_conn *c, int status, const char *type, const void *bytes, size_t len, const char *extra)
{
	struct exchange *x = serve_conn_state(c);
	bool keep = x->head.keep_alive && status < 400;

	send_head(c, status, type, len, keep, extra);
	if (len > 0 && strcmp(x->head.method, "HEAD") != 0)
		serve_conn_send(c, bytes, len);
	x->stage = STAGE_HEAD;
	serve_conn_in_request(c, false);
	if (!keep)
		serve_conn_finish(c);
}

static void
answer(struct serve_conn *c, int status, const char *type, const char *text, const char *extra)
{
	answer_bytes(c, status, type, text, text != NULL ? strlen(text) : 0, extra);
}

static void
refuse(struct serve_conn *c, int status, const char *reason, const char *message, const char *hint)
{
	char *text = rpc_refusal(RPC_INVALID_REQUEST, reason, message, hint);
	const char *extra = status == 401   ? "WWW-Authenticate: Basic realm=\"tallyd\"\r\n"
			    : status == 405 ? "Allow: GET, HEAD, POST\r\n"
					    : "";

	answer(c, status, "application/json", text, extra);
	free(text);
}

static void
on_reply(void *client, struct rpc_reply reply)
{
	struct serve_conn *c = client;
	struct exchange *x = serve_conn_state(c);
	bool later = !x->handling;

	x->open = NULL;
	answer(c, reply.text == NULL ? 204 : reply.malformed ? 400 : 200, "application/json", reply.text, "");
	free(reply.text);
	if (later)
		serve_conn_busy(c, false);
}

/* Requests. */

static bool
names_us(const struct rpc_http *h, const char *host)
{
	char name[HTTP_FIELD_MAX];

	return http_host_name(name, host) && (strcmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 ||
					      strcmp(name, "::1") == 0 || strcmp(name, h->address) == 0);
}

/* An Origin is http://HOST:PORT of our own, or absent. */
static bool
origin_is_ours(const struct rpc_http *h, const char *origin)
{
	char port[16];
	const char *colon = strrchr(origin, ':');

	if (origin[0] == '\0')
		return true;
	snprintf(port, sizeof(port), ":%u", (unsigned)h->port);
	return strncmp(origin, "http://", 7) == 0 && names_us(h, origin + 7) && colon != NULL && strcmp(colon, port) == 0;
}

static void
handle_text(struct serve_conn *c, const char *text, size_t len)
{
	struct rpc_http *h = serve_conn_arg(c);
	struct exchange *x = serve_conn_state(c);
	struct rpc_request *q;

	x->stage = STAGE_ANSWER;
	x->handling = true;
	q = rpc_handle(h->rpc, text, len, on_reply, c);
	x->handling = false;
	if (q != NULL) {
		x->open = q;
		serve_conn_busy(c, true);
	}
}

static void
handle_rpc(struct serve_conn *c, struct evbuffer *in)
{
	struct exchange *x = serve_conn_state(c);
	size_t len = x->head.content_length;

	handle_text(c, len > 0 ? (const char *)evbuffer_pullup(in, (ev_ssize_t)len) : "", len);
	evbuffer_drain(in, len);
}

/* What the page shows: public figures, so a fixed list of reading methods is answered without the cookie. */
static const char overview[] = "["
			       "{\"jsonrpc\":\"2.0\",\"id\":\"info\",\"method\":\"getinfo\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"mainchain\",\"method\":\"getmainchaininfo\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"peg\",\"method\":\"getpegstatus\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"reserves\",\"method\":\"getreserves\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"pegins\",\"method\":\"listpegins\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"pegouts\",\"method\":\"listpegouts\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"assets\",\"method\":\"listassets\"},"
			       "{\"jsonrpc\":\"2.0\",\"id\":\"proposals\",\"method\":\"listproposals\"}]";

/* A file of the page; false when there is none of this path. Nothing of another host may be loaded or may frame it. */
static bool
handle_asset(struct serve_conn *c)
{
	static const char extra[] =
		"Content-Security-Policy: default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
		"Referrer-Policy: no-referrer\r\n";
	const struct exchange *x = serve_conn_state(c);

	for (size_t i = 0; i < web_assets_n; i++) {
		if (strcmp(x->head.path, web_assets[i].path) == 0) {
			answer_bytes(c, 200, web_assets[i].type, web_assets[i].bytes, web_assets[i].len, extra);
			return true;
		}
	}
	return false;
}

static void
handle_page(struct serve_conn *c)
{
	struct rpc_http *h = serve_conn_arg(c);
	const struct exchange *x = serve_conn_state(c);
	bool ready = true;
	char *text;

	if (strcmp(x->head.path, "/health") == 0) {
		answer(c, 200, "application/json", "{\"alive\":true}\n", "");
	} else if (strcmp(x->head.path, "/ready") == 0) {
		text = h->pages->ready(h->node, &ready);
		answer(c, ready ? 200 : 503, "application/json", text, "");
		free(text);
	} else if (strcmp(x->head.path, "/metrics") == 0) {
		text = h->pages->metrics(h->node);
		answer(c, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8", text, "");
		free(text);
	} else if (strcmp(x->head.path, "/overview.json") == 0) {
		handle_text(c, overview, strlen(overview));
	} else if (!handle_asset(c)) {
		refuse(c, 404, "NOT_FOUND", "there is nothing here",
		       "POST / is JSON-RPC; /, /health, /ready and /metrics are pages");
	}
}

/* What a head asks for, once Host and Origin are right. */
static void
route(struct serve_conn *c)
{
	struct rpc_http *h = serve_conn_arg(c);
	struct exchange *x = serve_conn_state(c);
	const struct http_head *head = &x->head;
	bool get = strcmp(head->method, "GET") == 0 || strcmp(head->method, "HEAD") == 0;

	if (get && head->content_length > 0) {
		refuse(c, 400, "BAD_REQUEST", "a GET has no body", NULL);
	} else if (get) {
		handle_page(c);
	} else if (strcmp(head->method, "POST") != 0) {
		refuse(c, 405, "BAD_METHOD", "only GET, HEAD and POST are served", NULL);
	} else if (strcmp(head->path, "/") != 0) {
		refuse(c, 404, "NOT_FOUND", "JSON-RPC is at /", NULL);
	} else if (!cookie_admits(h->cookie, head->authorization)) {
		refuse(c, 401, "WRONG_COOKIE", "the cookie is missing or wrong",
		       "read it anew from .cookie in the datadir: it changes at each start");
	} else if (head->content_length > RPC_TEXT_MAX) {
		refuse(c, 413, "TOO_LARGE", "a request has at most 1 MB", NULL);
	} else {
		x->stage = STAGE_BODY;
		if (head->expect_continue)
			serve_conn_send(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	}
}

static void
refuse_head(struct serve_conn *c, enum http_verdict v)
{
	struct exchange *x = serve_conn_state(c);

	memset(&x->head, 0, sizeof(x->head));
	switch (v) {
	case HTTP_NOT_IMPLEMENTED:
		refuse(c, 501, "BAD_REQUEST", "transfer codings are not served", "send Content-Length");
		break;
	case HTTP_VERSION:
		refuse(c, 505, "BAD_REQUEST", "only HTTP/1.1 and 1.0 are served", NULL);
		break;
	case HTTP_TOO_LARGE:
		refuse(c, 431, "TOO_LARGE", "the request's head is too large", NULL);
		break;
	case HTTP_BAD_REQUEST:
	case HTTP_MORE:
	case HTTP_OK:
		refuse(c, 400, "BAD_REQUEST", "this is not HTTP as we read it", NULL);
		break;
	}
}

/* False: more bytes are needed. */
static bool
take_head(struct serve_conn *c, struct evbuffer *in)
{
	struct rpc_http *h = serve_conn_arg(c);
	struct exchange *x = serve_conn_state(c);
	size_t have = evbuffer_get_length(in), used = 0;
	size_t look = have < HTTP_HEAD_MAX ? have : HTTP_HEAD_MAX;
	enum http_verdict v;

	if (have == 0)
		return false;
	serve_conn_in_request(c, true);
	v = http_head_read(&x->head, &used, (const char *)evbuffer_pullup(in, (ev_ssize_t)look), look);
	if (v == HTTP_MORE)
		return false;
	if (v != HTTP_OK) {
		refuse_head(c, v);
		return false;
	}
	evbuffer_drain(in, used);
	if (!names_us(h, x->head.host) || !origin_is_ours(h, x->head.origin)) {
		x->head.keep_alive = false;
		refuse(c, 403, "WRONG_HOST", "Host or Origin names another site",
		       "use http://127.0.0.1 or http://localhost with the port");
		return false;
	}
	route(c);
	return true;
}

static bool
take_body(struct serve_conn *c, struct evbuffer *in)
{
	const struct exchange *x = serve_conn_state(c);

	if (evbuffer_get_length(in) < x->head.content_length)
		return false;
	handle_rpc(c, in);
	return true;
}

static void
on_input(struct serve_conn *c, struct evbuffer *in)
{
	struct exchange *x = serve_conn_state(c);

	for (bool go = true; go && !serve_conn_is_over(c);) {
		switch (x->stage) {
		case STAGE_HEAD:
			go = take_head(c, in);
			break;
		case STAGE_BODY:
			go = take_body(c, in);
			break;
		case STAGE_ANSWER:
			go = false;
			break;
		}
	}
}

static void
on_gone(struct serve_conn *c)
{
	struct exchange *x = serve_conn_state(c);

	if (x->open != NULL)
		rpc_request_abandon(x->open);
}

static bool
on_admit(void *arg, const struct sockaddr *from)
{
	const struct rpc_http *h = arg;

	if (net_is_loopback(from))
		return true;
	for (size_t i = 0; i < h->allow_n; i++) {
		if (net_range_has(&h->allow[i], from))
			return true;
	}
	return false;
}

static const struct serve_protocol protocol = {
	.conns_max = 64,
	.in_max = RPC_TEXT_MAX + HTTP_HEAD_MAX,
	.out_max = 16000000,
	.request_ms = 10000,
	.idle_ms = 60000,
	.state_size = sizeof(struct exchange),
	.admit = on_admit,
	.input = on_input,
	.gone = on_gone,
};

/* Opening. */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool
parse_bind(union address *out, socklen_t *len, const char *text, uint16_t port)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		*len = sizeof(out->v4);
		return true;
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(port);
	*len = sizeof(out->v6);
	return inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1;
}

static bool
bind_port(int *fd, uint16_t *port, struct complaint *why, const union address *a, socklen_t len,
	  const struct rpc_http_params *params)
{
	union address bound;
	socklen_t bound_len = sizeof(bound);
	int one = 1;

	*fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 && bind(*fd, &a->any, len) == 0 &&
	    listen(*fd, 128) == 0 && getsockname(*fd, &bound.any, &bound_len) == 0) {
		*port = ntohs(bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port);
		return true;
	}
	complain(why, EXIT_USAGE, "choose another --rpcport; --rpcport=0 takes any free one",
		 "cannot listen on %s port %u: %s", params->address, (unsigned)params->port, strerror(errno));
	if (*fd >= 0)
		close(*fd);
	return false;
}

static bool
take_allowed(struct rpc_http *h, struct complaint *why, const struct rpc_http_params *params, const union address *a)
{
	if (!net_is_loopback(&a->any) && params->allow_n == 0)
		return complain(why, EXIT_USAGE, "add --rpcallow=ADDR/BITS for those who may use it, or bind 127.0.0.1",
				"rpcbind=%s is not loopback and nobody is allowed to use it", params->address);
	h->allow = mem_new(params->allow_n, sizeof(h->allow[0]));
	for (; h->allow_n < params->allow_n; h->allow_n++) {
		if (!net_range_parse(&h->allow[h->allow_n], params->allow[h->allow_n]))
			return complain(why, EXIT_USAGE, "such as 192.168.1.0/24 or fd00::/8",
					"rpcallow=%s is not a range of addresses", params->allow[h->allow_n]);
	}
	return true;
}

bool
rpc_http_open(struct rpc_http **out, struct complaint *why, struct event_base *base, struct rpc *r, struct node *n,
	      const struct rpc_http_params *params, const struct rpc_http_pages *pages)
{
	struct rpc_http *h = mem_new(1, sizeof(*h));
	union address a;
	socklen_t len;
	int fd;
	bool ok;

	*h = (struct rpc_http){
		.rpc = r, .node = n, .cookie = params->cookie, .pages = pages, .address = mem_strdup(params->address)
	};
	ok = parse_bind(&a, &len, params->address, params->port) ||
	     complain(why, EXIT_USAGE, "write it in numbers", "rpcbind=%s is not an IP address", params->address);
	ok = ok && take_allowed(h, why, params, &a) && bind_port(&fd, &h->port, why, &a, len, params);
	if (!ok) {
		rpc_http_close(h);
		return false;
	}
	h->serve = serve_new(base, fd, &protocol, h);
	*out = h;
	return true;
}

void
rpc_http_close(struct rpc_http *h)
{
	if (h == NULL)
		return;
	serve_free(h->serve);
	free(h->allow);
	free(h->address);
	free(h);
}

uint16_t
rpc_http_port(const struct rpc_http *h)
{
	return h->port;
}

size_t
rpc_http_count(const struct rpc_http *h)
{
	return serve_count(h->serve);
}
