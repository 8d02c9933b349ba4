#include "bridge/net.h"
#include "bridge/net_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "chain/p2p.h"
#include "spv/address_book.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define WAIT_MS 5000

/* What the scripted node does once it has the client's version message. */
enum manner {
	HONEST,
	DRIBBLE,      /* honest, but its bytes come one by one */
	GARBAGE,
	BAD_CHECKSUM,
	OVERSIZE,     /* announces more than a message may have */
	HANG_UP,
	HALF,         /* begins a message, and never ends it */
	FLOOD,        /* pings without end, and reads no answer */
};

/* A node on a loopback port of its own, and a client with one connection to it. */
struct stage {
	struct event_base *base;
	struct evconnlistener *listener;
	struct ev_token_bucket_cfg *slow; /* owned */
	struct bufferevent *bev; /* the node's end of the newest connection; NULL: none */
	enum manner manner;
	unsigned accepted, versions;
	char address[32];
	struct sim *sim; /* for its blocks only */
	struct spv *s;
	struct net *net;
	unsigned blocks, tips;
	uint32_t top;
};

/* --- The node --- */

static void
say(struct stage *st, const char *command, const struct wr *payload)
{
	struct wr w = { 0 };

	wr_p2p_message(&w, st->sim->params.chain, command, payload != NULL ? payload->p : NULL, payload != NULL ? payload->len : 0);
	bufferevent_write(st->bev, w.p, w.len);
	wr_clear(&w);
}

static void
say_version(struct stage *st)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS, .user_agent = "/stage/" };
	struct wr w = { 0 };

	v.start_height = (int32_t)st->sim->blocks_n - 1;
	wr_p2p_version(&w, &v);
	say(st, "version", &w);
	say(st, "verack", NULL);
	wr_clear(&w);
}

static void
say_headers(struct stage *st)
{
	struct header h[P2P_HEADERS_MAX];
	struct wr w = { 0 };
	size_t n = st->sim->blocks_n - 1;

	for (size_t i = 0; i < n; i++)
		h[i] = st->sim->blocks[i + 1].header;
	wr_p2p_headers(&w, h, n);
	say(st, "headers", &w);
	wr_clear(&w);
}

static void
say_blocks(struct stage *st, const uint8_t *payload, size_t len)
{
	struct p2p_inv *inv;
	size_t n;

	CU_ASSERT_FATAL(p2p_inv_decode(&inv, &n, payload, len));
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 1; j < st->sim->blocks_n; j++) {
			const struct sim_block *b = &st->sim->blocks[j];
			struct wr w = { .p = b->bytes, .len = b->len };

			if (hash256_eq(&b->hash, &inv[i].hash))
				say(st, "block", &w);
		}
	}
	free(inv);
}

static void
misbehave(struct stage *st)
{
	static const uint8_t junk[64] = { 1, 2, 3 };
	struct wr w = { 0 };

	wr_p2p_message(&w, st->sim->params.chain, "ping", "12345678", 8);
	switch (st->manner) {
	case HONEST:
	case DRIBBLE:
		break;
	case GARBAGE:
		bufferevent_write(st->bev, junk, sizeof(junk));
		break;
	case BAD_CHECKSUM:
		w.p[w.len - 1] ^= 1;
		bufferevent_write(st->bev, w.p, w.len);
		break;
	case OVERSIZE:
		memset(w.p + 16, 0xff, 4);
		bufferevent_write(st->bev, w.p, w.len);
		break;
	case HANG_UP:
		bufferevent_free(st->bev);
		st->bev = NULL;
		break;
	case HALF:
		bufferevent_write(st->bev, w.p, w.len - 1);
		break;
	case FLOOD:
		bufferevent_disable(st->bev, EV_READ);
		for (int i = 0; i < 200000; i++)
			bufferevent_write(st->bev, w.p, w.len);
		break;
	}
	wr_clear(&w);
}

static void
hear(struct stage *st, const char *command, const uint8_t *payload, size_t len)
{
	if (strcmp(command, "version") == 0) {
		st->versions++;
		say_version(st);
	} else if (strcmp(command, "verack") == 0) {
		misbehave(st);
	} else if (strcmp(command, "getheaders") == 0) {
		say_headers(st);
	} else if (strcmp(command, "getdata") == 0) {
		say_blocks(st, payload, len);
	}
}

static void
on_node_read(struct bufferevent *bev, void *arg)
{
	struct stage *st = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct p2p_frame f;
	uint8_t head[P2P_HEADER_LEN];

	while (st->bev == bev && evbuffer_copyout(in, head, sizeof(head)) == (ev_ssize_t)sizeof(head)) {
		const uint8_t *all;

		CU_ASSERT_EQUAL_FATAL(p2p_frame_decode(&f, head, st->sim->params.chain), P2P_FRAME_OK);
		if (evbuffer_get_length(in) < sizeof(head) + f.len)
			return;
		all = evbuffer_pullup(in, (ev_ssize_t)(sizeof(head) + f.len));
		CU_ASSERT(p2p_checksum_ok(&f, all + sizeof(head)));
		hear(st, f.command, all + sizeof(head), f.len);
		if (st->bev == bev)
			evbuffer_drain(in, sizeof(head) + f.len);
	}
}

static void
on_node_event(struct bufferevent *bev, short what, void *arg)
{
	struct stage *st = arg;

	(void)what;
	if (st->bev == bev)
		st->bev = NULL;
	bufferevent_free(bev);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct stage *st = arg;
	struct timeval now = { 0, 1000 };

	(void)l;
	(void)from;
	(void)len;
	st->accepted++;
	st->bev = bufferevent_socket_new(st->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(st->bev, on_node_read, NULL, on_node_event, st);
	if (st->manner == DRIBBLE) {
		struct ev_token_bucket_cfg *slow = ev_token_bucket_cfg_new(EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, 7, 7, &now);

		bufferevent_set_rate_limit(st->bev, slow);
		st->slow = slow;
	}
	bufferevent_enable(st->bev, EV_READ | EV_WRITE);
}

/* --- The client --- */

static void
on_output(void *arg, struct spv_output *o)
{
	struct stage *st = arg;

	st->tips += o->kind == SPV_TIP;
	st->blocks += o->kind == SPV_BLOCK;
	if (o->kind == SPV_BLOCK)
		st->top = o->block.height;
	net_pump(st->net); /* allowed from here */
}

static struct stage *
stage_new(enum manner manner, size_t blocks)
{
	static struct stage stage;
	struct stage *st = &stage;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	struct net_params params = net_params_default();

	*st = (struct stage){ .manner = manner, .base = event_base_new(), .sim = sim_new(NULL) };
	sim_mine(st->sim, 0, blocks, SIM_PLAIN);
	st->listener = evconnlistener_new_bind(st->base, on_accept, st, LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr *)&a, sizeof(a));
	CU_ASSERT_PTR_NOT_NULL_FATAL(st->listener);
	CU_ASSERT_EQUAL(getsockname(evconnlistener_get_fd(st->listener), (struct sockaddr *)&a, &len), 0);
	snprintf(st->address, sizeof(st->address), "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
	params.retry_ms = 20;
	params.message_ms = 300;
	params.v1_only = true; /* the scripted node keeps silent when it is spoken to in v2 */
	st->s = spv_new(&st->sim->params);
	st->net = net_new(st->base, st->s, st->sim->params.chain, &params, on_output, st);
	spv_scan_from(st->s, 1);
	CU_ASSERT_PTR_NULL(net_add_peer(st->net, st->address));
	return st;
}

static void
stage_free(struct stage *st)
{
	net_free(st->net);
	spv_free(st->s);
	if (st->bev != NULL)
		bufferevent_free(st->bev);
	evconnlistener_free(st->listener);
	event_base_loop(st->base, EVLOOP_NONBLOCK); /* what was closed is closed */
	event_base_free(st->base);
	if (st->slow != NULL)
		ev_token_bucket_cfg_free(st->slow);
	sim_free(st->sim);
}

/* Run the loop until the condition holds, or for WAIT_MS at most. */
#define WAIT_FOR(st, condition)                                                       \
	do {                                                                          \
		int64_t until_ = clock_mono().ms + WAIT_MS;                           \
		while (!(condition) && clock_mono().ms < until_)                      \
			event_base_loop((st)->base, EVLOOP_ONCE);                     \
		CU_ASSERT(condition);                                                 \
	} while (0)

static void
test_sync(void)
{
	struct stage *st = stage_new(HONEST, 50);
	struct spv_peer_info info;
	char why[SPV_WHY_MAX];

	WAIT_FOR(st, st->blocks == 50);
	CU_ASSERT(st->top == 50 && st->tips == 1 && spv_is_synced(st->s, why));
	CU_ASSERT_EQUAL(spv_peers(st->s, &info, 1), 1);
	CU_ASSERT_STRING_EQUAL(info.address, st->address);
	CU_ASSERT_STRING_EQUAL(info.user_agent, "/stage/");
	/* Taken away: the connection goes, and does not come back. */
	CU_ASSERT(net_remove_peer(st->net, st->address) && !net_remove_peer(st->net, st->address));
	WAIT_FOR(st, st->bev == NULL && spv_peers(st->s, &info, 1) == 0);
	stage_free(st);
}

static void
test_dribble(void)
{
	struct stage *st = stage_new(DRIBBLE, 4);

	WAIT_FOR(st, st->blocks == 4);
	stage_free(st);
}

static void
test_come_back(void)
{
	struct stage *st = stage_new(HONEST, 10);

	WAIT_FOR(st, st->blocks == 10);
	for (unsigned i = 2; i < 5; i++) {
		bufferevent_free(st->bev);
		st->bev = NULL;
		WAIT_FOR(st, st->accepted == i && st->versions == i);
	}
	CU_ASSERT_EQUAL(st->blocks, 10); /* nothing twice */
	sim_mine(st->sim, 10, 2, SIM_PLAIN);
	bufferevent_free(st->bev);
	st->bev = NULL;
	WAIT_FOR(st, st->blocks == 12);
	stage_free(st);
}

static void
test_hang_up(void)
{
	struct stage *st = stage_new(HANG_UP, 10);

	WAIT_FOR(st, st->accepted >= 4);
	st->manner = HONEST;
	WAIT_FOR(st, st->blocks == 10);
	stage_free(st);
}

/* Not this protocol, or not this network: left, and not tried again soon. Bytes lost on the way: tried again. */
static void
test_nonsense(void)
{
	static const enum manner manners[] = { GARBAGE, OVERSIZE, BAD_CHECKSUM };

	for (size_t i = 0; i < ARRAY_LEN(manners); i++) {
		struct stage *st = stage_new(manners[i], 10);
		struct spv_peer_info info;

		WAIT_FOR(st, st->versions >= 1 && st->bev == NULL);
		CU_ASSERT(spv_peers(st->s, &info, 1) == 0 || manners[i] == BAD_CHECKSUM);
		st->manner = HONEST;
		if (manners[i] == BAD_CHECKSUM) {
			WAIT_FOR(st, st->blocks == 10);
		} else {
			int64_t until = clock_mono().ms + 200;

			while (clock_mono().ms < until)
				event_base_loop(st->base, EVLOOP_ONCE);
			CU_ASSERT_EQUAL(st->accepted, 1);
		}
		stage_free(st);
	}
}

/* The only peer there is gets another chance soon. */
static void
test_lone_liar(void)
{
	struct stage *st = stage_new(GARBAGE, 10);
	struct net_params params = net_params_default();

	net_free(st->net);
	params.lone_ban_ms = 50;
	params.v1_only = true;
	st->net = net_new(st->base, st->s, st->sim->params.chain, &params, on_output, st);
	CU_ASSERT_PTR_NULL(net_add_peer(st->net, st->address));
	WAIT_FOR(st, st->versions >= 2);
	st->manner = HONEST;
	WAIT_FOR(st, st->blocks == 10);
	stage_free(st);
}

/* C23: a message that does not end costs the connection, and is no lie. */
static void
test_half(void)
{
	struct stage *st = stage_new(HALF, 10);

	WAIT_FOR(st, st->accepted >= 2);
	st->manner = HONEST;
	WAIT_FOR(st, st->blocks == 10);
	stage_free(st);
}

/* --- Those who come to us --- */

static int
knock(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static size_t
count_open(const int *fds, size_t n)
{
	size_t open = 0;
	char c;

	for (size_t i = 0; i < n; i++)
		open += recv(fds[i], &c, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
	return open;
}

/* C23: many connections, and one that announces more than there is use for. */
static void
test_listen(void)
{
	static const char *const wrong[] = { "", "localhost", "127.0.0.1:99999", "[::1", "203.0.113.7:1" };
	struct stage *st = stage_new(HONEST, 5);
	struct spv_peer_info info[64];
	struct wr w = { 0 };
	int fds[200];
	uint16_t port;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CU_ASSERT_PTR_NOT_NULL(net_listen(st->net, wrong[i], 32));
	CU_ASSERT_PTR_NULL_FATAL(net_listen(st->net, "127.0.0.1:0", 32));
	port = net_listening_port(st->net);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = knock(port);
		event_base_loop(st->base, EVLOOP_NONBLOCK);
	}
	WAIT_FOR(st, count_open(fds, ARRAY_LEN(fds)) == 16); /* half of the slots: all come from this machine */
	CU_ASSERT_EQUAL(spv_peers(st->s, info, 64), 17);
	wr_p2p_message(&w, st->sim->params.chain, "version", NULL, 0);
	memset(w.p + 16, 0x11, 2); /* 4,369 bytes */
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		(void)!send(fds[i], w.p, w.len, MSG_NOSIGNAL);
	wr_clear(&w);
	WAIT_FOR(st, count_open(fds, ARRAY_LEN(fds)) == 0 && spv_peers(st->s, info, 64) == 1);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	stage_free(st);
}

/* --- Names --- */

/* A DNS server on loopback that knows two nodes, and a client of the main network with nobody to dial. */
struct names {
	struct event_base *base;
	struct evdns_server_port *server;
	int fd;
	char address[32];
	unsigned asked;
	bool asked_onion;
	struct spv *s;
	struct net *net;
};

static void
on_question(struct evdns_server_request *q, void *arg)
{
	const uint8_t addresses[] = { 8, 8, 1, 1, 8, 8, 2, 2 };
	struct names *m = arg;

	for (int i = 0; i < q->nquestions; i++) {
		const char *name = q->questions[i]->name; /* in random case: a guard against forged answers */

		m->asked++;
		m->asked_onion = m->asked_onion || strcasestr(name, ".onion") != NULL;
		if (q->questions[i]->type == EVDNS_TYPE_A && strncasecmp(name, "x49.", 4) == 0)
			evdns_server_request_add_a_reply(q, name, 2, addresses, 60);
	}
	evdns_server_request_respond(q, 0);
}

static void
names_open(struct names *m, bool proxied)
{
	struct spv_params params = spv_params_default(chain_params_find("main"));
	struct net_params net_params = net_params_default();
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	*m = (struct names){ .base = event_base_new(), .fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0) };
	CU_ASSERT_EQUAL_FATAL(bind(m->fd, (struct sockaddr *)&a, len), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(m->fd, (struct sockaddr *)&a, &len), 0);
	m->server = evdns_add_server_port_with_base(m->base, m->fd, 0, on_question, m);
	snprintf(m->address, sizeof(m->address), "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
	net_params.nameserver = m->address;
	params.discover = true;
	params.proxied = proxied;
	params.outbound = 0; /* what is found is not dialled */
	m->s = spv_new(&params);
	m->net = net_new(m->base, m->s, params.chain, &net_params, on_output, NULL);
}

static void
names_close(struct names *m)
{
	net_free(m->net);
	spv_free(m->s);
	evdns_close_server_port(m->server);
	event_base_loop(m->base, EVLOOP_NONBLOCK);
	event_base_free(m->base);
	close(m->fd);
}

static void
test_names(void)
{
	struct names m;

	names_open(&m, false);
	WAIT_FOR(&m, address_book_count(spv_address_book(m.s), false) == 2);
	CU_ASSERT(m.asked >= 1);
	names_close(&m);
}

/* RFC 7686: a seed node's name under .onion is nobody's business, also without a proxy. */
static void
test_onion(void)
{
	struct spv_output dial = { .kind = SPV_DIAL, .dial = { .id = 7, .role = SPV_SEED, .port = 8333 } };
	int64_t until = clock_mono().ms + 600;
	struct names m;

	strcpy(dial.dial.host, "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion");
	names_open(&m, false);
	net_dial(m.net, &dial);
	while (clock_mono().ms < until)
		event_base_loop(m.base, EVLOOP_ONCE);
	CU_ASSERT(!m.asked_onion);
	names_close(&m);
}

/* Behind a proxy, here one that is not there, no name is ever looked up on this machine. */
static void
test_no_names(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int64_t until = clock_mono().ms + 1200;
	char proxy[32];
	struct names m;

	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&a, len), 0); /* and nobody listens */
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(proxy, sizeof(proxy), "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
	names_open(&m, true);
	CU_ASSERT_PTR_NULL(net_use_proxy(m.net, proxy));
	CU_ASSERT_PTR_NULL(net_add_peer(m.net, "node.example"));
	while (clock_mono().ms < until)
		event_base_loop(m.base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL(m.asked, 0);
	names_close(&m);
	close(fd);
	names_open(&m, false);
	CU_ASSERT_PTR_NOT_NULL(net_add_peer(m.net, "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"));
	names_close(&m);
}

/* Answers that nobody reads do not pile up: the client stops reading, too. */
static void
test_flood(void)
{
	struct stage *st = stage_new(FLOOD, 1);
	struct spv_peer_info info;
	int64_t until;

	WAIT_FOR(st, spv_peers(st->s, &info, 1) == 1 && info.bytes_in > 100000);
	until = clock_mono().ms + 700;
	while (clock_mono().ms < until)
		event_base_loop(st->base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL_FATAL(spv_peers(st->s, &info, 1), 1);
	CU_ASSERT(info.bytes_in < 200000 * (P2P_HEADER_LEN + 8)); /* all of it was not taken */
	stage_free(st);
}

static const struct {
	const char *address;
	bool good;
} addresses[] = {
	{ "127.0.0.1", true },	    { "127.0.0.1:18444", true }, { "[::1]:18444", true }, { "[::1]", true },
	{ "host.invalid", true },   { "", false },		 { ":1", false },	  { "127.0.0.1:", false },
	{ "127.0.0.1:0", false },   { "127.0.0.1:65536", false }, { "127.0.0.1:1x", false }, { "127.0.0.1:-1", false },
	{ "127.0.0.1: 1", false },  { "::1", false },		 { "[::1", false },	  { "[::1]x", false },
	{ "[::1]:", false },	    { "[]", false },		 { "127.0.0.1", false } /* twice */,
};

static void
test_addresses(void)
{
	struct stage *st = stage_new(HONEST, 1);

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
		CU_ASSERT_EQUAL(net_add_peer(st->net, addresses[i].address) == NULL, addresses[i].good);
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
		CU_ASSERT_EQUAL(net_remove_peer(st->net, addresses[i].address), addresses[i].good);
	stage_free(st);
}

static void
on_nothing(void *arg, struct spv_output *o)
{
	(void)arg;
	(void)o;
}

/* A client that goes to another: its version message is heard by that one, in the transport that both can. */
static void
visit(bool v1_only, const char *transport)
{
	struct spv_params params = spv_params_default(chain_params_find("regtest"));
	struct net_params net_params = net_params_default();
	struct {
		struct event_base *base;
	} m = { event_base_new() };
	struct spv *host = spv_new(&params), *guest = (params.seed = 2, spv_new(&params));
	struct net *to = net_new(m.base, host, params.chain, &net_params, on_nothing, NULL), *from;
	struct spv_peer_info info = { 0 };
	char address[32];

	net_params.v1_only = v1_only;
	net_params.retry_ms = 20;
	from = net_new(m.base, guest, params.chain, &net_params, on_nothing, NULL);
	CU_ASSERT_PTR_NULL_FATAL(net_listen(to, "127.0.0.1:0", 4));
	snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)net_listening_port(to));
	CU_ASSERT_PTR_NULL_FATAL(net_add_peer(from, address));
	/* Neither serves blocks, so they part at once; that the guest stands shows that the host has shaken hands. */
	WAIT_FOR(&m, spv_peers(guest, &info, 1) == 1 && net_transport(from, info.id)[0] != '\0');
	CU_ASSERT_STRING_EQUAL(net_transport(from, info.id), transport);
	net_free(from);
	net_free(to);
	spv_free(guest);
	spv_free(host);
	event_base_free(m.base);
}

static void
test_transports(void)
{
	visit(false, v2_built() ? "v2" : "v1");
	visit(true, "v1");
}

static const struct unit_test tests[] = {
	{ "sync", test_sync },
	{ "bytes one by one", test_dribble },
	{ "lost connections come back", test_come_back },
	{ "a node that hangs up", test_hang_up },
	{ "nonsense", test_nonsense },
	{ "the only peer lies", test_lone_liar },
	{ "C23 a message that does not end", test_half },
	{ "C23 flood", test_flood },
	{ "C23 those who come to us", test_listen },
	{ "transports of those who come to us", test_transports },
	{ "DNS seeds", test_names },
	{ "no name under .onion is looked up", test_onion },
	{ "no names are looked up behind a proxy", test_no_names },
	{ "addresses", test_addresses },
};

UNIT_MAIN("net", tests)
