/* Finding peers: the bytes say who answers a dial, who comes to us, what they tell, and when time passes. The invariants of the core and
 * of its address book hold after every event, and nobody is left without an answer. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p.h"
#include "spv/address_book.h"
#include "spv/spv.h"
#include "tests/fuzz/fuzz.h"

#define LINKS 64
#define EVENTS_MAX 120

struct link {
	uint32_t id; /* 0: free */
	bool up;
	char address[SPV_ADDRESS_MAX];
};

struct stage {
	struct spv *s;
	struct spv_time now;
	struct link links[LINKS];
	uint32_t last_id;
	char name[SPV_HOST_MAX]; /* being looked up; empty: none */
};

static struct link *
find(struct stage *st, uint32_t id)
{
	for (size_t i = 0; i < LINKS; i++) {
		if (st->links[i].id == id)
			return &st->links[i];
	}
	return NULL;
}

static void
gone(struct stage *st, struct link *l)
{
	uint32_t id = l->id;

	l->id = 0;
	spv_peer_gone(st->s, id, st->now);
}

static void
dial(struct stage *st, const struct spv_output *o)
{
	struct link *l = find(st, 0);

	if (l == NULL) {
		spv_peer_gone(st->s, o->dial.id, st->now);
		return;
	}
	*l = (struct link){ .id = o->dial.id };
	snprintf(l->address, sizeof(l->address), strchr(o->dial.host, ':') != NULL ? "[%.60s]:%u" : "%.60s:%u", o->dial.host,
		 (unsigned)o->dial.port);
}

static void
drain(struct stage *st)
{
	struct spv_output o;

	while (spv_next(st->s, &o)) {
		if (o.kind == SPV_DIAL)
			dial(st, &o);
		else if (o.kind == SPV_RESOLVE)
			memcpy(st->name, o.resolve.host, sizeof(st->name));
		else if (o.kind == SPV_CLOSE && find(st, o.close.peer) != NULL)
			gone(st, find(st, o.close.peer));
		spv_output_clear(&o);
	}
	spv_check(st->s);
}

static void
say(struct stage *st, const struct link *l, const char *command, const void *bytes, size_t len)
{
	if (l->id != 0 && l->up)
		spv_peer_message(st->s, l->id, command, bytes, len, st->now);
	drain(st);
}

static void
shake(struct stage *st, const struct link *l, uint8_t services)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = services, .nonce = 1 };
	struct wr w = { 0 };

	wr_p2p_version(&w, &v);
	say(st, l, "version", w.p, w.len);
	say(st, l, "verack", "", 0);
	wr_clear(&w);
}

static void
accept_from(struct stage *st, struct rd *r)
{
	struct link *l = find(st, 0);
	uint8_t ip[4];

	rd_bytes(r, ip, sizeof(ip));
	if (l == NULL)
		return;
	*l = (struct link){ .id = ++st->last_id, .up = true };
	snprintf(l->address, sizeof(l->address), "%u.%u.%u.%u:5000", ip[0], ip[1], ip[2], ip[3]);
	spv_peer_accepted(st->s, l->id, l->address, st->now);
}

static void
resolved(struct stage *st, struct rd *r)
{
	struct net_address a[3] = { { 0 } };
	char name[SPV_HOST_MAX];

	memcpy(name, st->name, sizeof(name));
	st->name[0] = '\0';
	for (size_t i = 0; i < 3; i++) {
		a[i].network = NET_IPV4;
		rd_bytes(r, a[i].bytes, 4);
	}
	if (name[0] != '\0')
		spv_resolved(st->s, name, a, rd_u8(r) % 4, st->now);
}

static void
told(struct stage *st, struct link *l, struct rd *r, const char *command)
{
	size_t n = rd_u8(r);
	const uint8_t *bytes;

	n = n < r->left ? n : r->left;
	bytes = rd_take(r, n);
	say(st, l, command, bytes, n);
}

static void
event(struct stage *st, struct rd *r)
{
	uint8_t what = rd_u8(r);
	struct link *l = &st->links[rd_u8(r) % LINKS];

	switch (what % 8) {
	case 0:
		if (l->id != 0 && !l->up) {
			l->up = true;
			spv_peer_connected(st->s, l->id, l->address, st->now);
		}
		break;
	case 1:
		if (l->id != 0)
			gone(st, l);
		break;
	case 2:
		shake(st, l, rd_u8(r));
		break;
	case 3:
		told(st, l, r, "addrv2");
		break;
	case 4:
		told(st, l, r, "addr");
		break;
	case 5:
		accept_from(st, r);
		break;
	case 6:
		resolved(st, r);
		break;
	default:
		st->now.mono.ms += 500 * (what / 8);
		st->now.wall.sec += what / 8;
		spv_tick(st->s, st->now);
	}
	drain(st);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spv_params params = spv_params_default(chain_params_find("main"));
	struct stage *st = mem_new(1, sizeof(*st));
	struct rd r = rd_init(data, size);

	params.discover = true;
	params.inbound_max = 12;
	params.proxied = rd_u8(&r) % 2 == 0;
	st->s = spv_new(&params);
	st->now = (struct spv_time){ { 1000000 }, { 1800000000 } };
	for (int i = 0; i < EVENTS_MAX && r.left > 0 && rd_ok(&r); i++)
		event(st, &r);
	address_book_check(spv_address_book(st->s));
	spv_free(st->s);
	free(st);
	return 0;
}
