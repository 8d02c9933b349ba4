/* The v2 transport (BIP324) of a connection, where the build has it. */
#include <event2/buffer.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bridge/net_impl.h"
#include "chain/p2p.h"
#include "config.h"

#ifdef HAVE_ELLSWIFT
#include "chain/ellswift.h"

bool
v2_built(void)
{
	return true;
}

static void
write_out(struct conn *c, struct wr *w)
{
	if (w->len > 0)
		bufferevent_write(c->bev, w->p, w->len);
	wr_clear(w);
}

void
v2_start(struct conn *c)
{
	struct bip324_setup s = { .initiator = c->kind != CONN_INBOUND, .exchange = ellswift_exchange };
	uint8_t garbage[BIP324_GARBAGE_MAX], random[32];
	struct wr w = { 0 };
	uint16_t length;

	memcpy(s.magic, c->net->chain->magic, sizeof(s.magic));
	rng_bytes(&length, sizeof(length));
	s.garbage_len = length % (BIP324_GARBAGE_MAX + 1);
	rng_bytes(garbage, s.garbage_len);
	s.garbage = garbage;
	do {
		rng_bytes(s.secret.b, sizeof(s.secret.b));
		rng_bytes(random, sizeof(random));
	} while (!ellswift_create(s.ours, &s.secret, random));
	c->v2 = bip324_new(&w, &s);
	mem_wipe(&s.secret, sizeof(s.secret));
	mem_wipe(random, sizeof(random));
	write_out(c, &w);
}

/* How does a stream begin that a peer opened? BIP324: v1 when it begins as a version message of this network does. */
bool
v2_decide(struct conn *c)
{
	uint8_t v1[BIP324_PREFIX_LEN] = { 0 }, head[BIP324_PREFIX_LEN];
	ev_ssize_t n = evbuffer_copyout(bufferevent_get_input(c->bev), head, sizeof(head));

	memcpy(v1, c->net->chain->magic, 4);
	memcpy(v1 + 4, "version", 7);
	if (n <= 0)
		return false;
	if (memcmp(head, v1, (size_t)n) == 0) {
		if (n < (ev_ssize_t)sizeof(head))
			return false;
		c->transport = CONN_V1;
		conn_watermark(c, P2P_HEADER_LEN);
		return true;
	}
	c->transport = CONN_V2;
	v2_start(c);
	return true;
}

static bool
give(struct conn *c, const struct bip324_message *m)
{
	c->partial = false;
	if (m->len > spv_payload_max(c->net->spv, c->id, m->command)) {
		conn_leave(c, false, "a message longer than there is use for");
		return false;
	}
	c->heard = true;
	spv_peer_message(c->net->spv, c->id, m->command, m->payload, m->len, net_time());
	net_pump(c->net);
	return true;
}

/* The handshake's first bytes are waited for one by one, for whoever speaks v1 sends few of them. */
static void
await_more(struct conn *c)
{
	size_t needs = bip324_needs(c->v2);

	c->partial_len = needs;
	conn_watermark(c, bip324_is_unheard(c->v2) || needs == BIP324_TERMINATOR_LEN ? 0 : needs);
}

bool
v2_read_one(struct conn *c)
{
	size_t max = spv_payload_max(c->net->spv, c->id, "headers"), used;
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in);
	struct bip324_message m;
	struct wr w = { 0 };
	enum bip324_verdict v;

	v = bip324_hear(c->v2, &m, &w, &used, len > 0 ? evbuffer_pullup(in, -1) : (uint8_t *)"", len, max + BIP324_COMMAND_LEN_MAX);
	evbuffer_drain(in, used);
	write_out(c, &w);
	switch (v) {
	case BIP324_MORE:
		await_more(c);
		return false;
	case BIP324_STEP:
		return true;
	case BIP324_MESSAGE:
		return give(c, &m);
	case BIP324_BAD:
		break;
	}
	conn_leave(c, false, "not a peer of this network that speaks BIP324, or its bytes were changed");
	return false;
}

void
v2_write(struct conn *c, const uint8_t *bytes, size_t len)
{
	struct wr w = { 0 };
	struct p2p_frame f;

	while (len >= P2P_HEADER_LEN && p2p_frame_decode(&f, bytes, c->net->chain) == P2P_FRAME_OK && f.len <= len - P2P_HEADER_LEN) {
		bip324_say(&w, c->v2, f.command, bytes + P2P_HEADER_LEN, f.len);
		bytes += P2P_HEADER_LEN + f.len;
		len -= P2P_HEADER_LEN + f.len;
	}
	write_out(c, &w);
}
#else
bool
v2_built(void)
{
	return false;
}

void
v2_start(struct conn *c)
{
	(void)c;
}

bool
v2_decide(struct conn *c)
{
	(void)c;
	return false;
}

bool
v2_read_one(struct conn *c)
{
	(void)c;
	return false;
}

void
v2_write(struct conn *c, const uint8_t *bytes, size_t len)
{
	(void)c;
	(void)bytes;
	(void)len;
}
#endif
