/* The light client as a whole: the input is a row of events. Peers come, go and say anything; headers with real work are mined on
 * request, since no fuzzer finds a nonce. The invariants are asserted after each event. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "chain/p2p.h"
#include "spv/spv.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mining.h"

#define PEERS 4
#define HEADERS 48
#define STEPS 200

struct life {
	struct spv *s;
	struct spv_time now;
	struct hash256 hash[HEADERS]; /* [0]: genesis */
	struct header header[HEADERS];
	size_t n;
	uint32_t id[PEERS]; /* 0: not there */
	uint32_t last_id;
};

static const char *const commands[] = { "version", "verack", "headers", "inv",  "getdata", "block",
					"notfound", "reject", "ping",    "pong", "getheaders", "x",
					"addr", "addrv2", "cfcheckpt", "cfheaders", "cfilter", "sendaddrv2" };

static void
drain(struct life *l)
{
	struct spv_output o;

	while (spv_next(l->s, &o)) {
		for (size_t i = 0; o.kind == SPV_CLOSE && i < PEERS; i++) {
			if (l->id[i] == o.close.peer) {
				spv_peer_gone(l->s, l->id[i], l->now);
				l->id[i] = 0;
			}
		}
		spv_output_clear(&o);
	}
	spv_check(l->s);
}

static void
say(struct life *l, size_t peer, const char *command, const struct wr *w)
{
	if (l->id[peer] != 0)
		spv_peer_message(l->s, l->id[peer], command, w->p != NULL ? w->p : (const uint8_t *)"", w->len, l->now);
	drain(l);
}

/* Connect, and shake hands. */
static void
arrive(struct life *l, size_t peer, uint8_t height)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS | NODE_COMPACT_FILTERS, .start_height = height };
	struct wr w = { 0 };

	if (l->id[peer] != 0)
		return;
	l->id[peer] = ++l->last_id;
	spv_peer_connected(l->s, l->id[peer], "fuzz", l->now);
	drain(l);
	wr_p2p_version(&w, &v);
	say(l, peer, "version", &w);
	wr_reset(&w);
	say(l, peer, "verack", &w);
	wr_clear(&w);
}

/* A child of a known header, told by headers or inv; or a block of it without a body. */
static void
tell(struct life *l, size_t peer, uint8_t parent, uint8_t how)
{
	const struct chain_params *p = chain_params_find("regtest");
	size_t from = parent % l->n, at = l->n;
	struct p2p_inv inv = { .type = INV_BLOCK };
	struct wr w = { 0 };

	if (at == HEADERS || (how & 4) != 0) {
		at = from;
	} else {
		l->header[at] = mine_child(&l->hash[from], p->limit_bits, l->header[from].time + how, (uint32_t)at, &l->hash[at]);
		l->n++;
	}
	inv.hash = l->hash[at];
	if ((how & 3) == 0)
		wr_p2p_inv(&w, &inv, 1);
	else if ((how & 3) == 1)
		wr_header(&w, &l->header[at]);
	else
		wr_p2p_headers(&w, &l->header[at], 1);
	say(l, peer, (how & 3) == 0 ? "inv" : (how & 3) == 1 ? "block" : "headers", &w);
	wr_clear(&w);
}

static void
say_anything(struct life *l, size_t peer, struct rd *r)
{
	const char *command = commands[rd_u8(r) % ARRAY_LEN(commands)];
	size_t len = rd_u8(r);
	const uint8_t *bytes;
	struct wr w = { 0 };

	if (len > r->left)
		len = r->left;
	bytes = rd_take(r, len);
	if (bytes != NULL)
		wr_bytes(&w, bytes, len);
	say(l, peer, command, &w);
	wr_clear(&w);
}

static void
step(struct life *l, struct rd *r)
{
	uint8_t what = rd_u8(r), arg = rd_u8(r);
	size_t peer = what / 16 % PEERS;

	switch (what % 8) {
	case 0:
		arrive(l, peer, arg);
		break;
	case 1:
		tell(l, peer, arg, rd_u8(r));
		break;
	case 2:
		say_anything(l, peer, r);
		break;
	case 3:
		l->now.mono.ms += arg * 300;
		l->now.wall.sec += arg;
		spv_tick(l->s, l->now);
		break;
	case 4:
		if (l->id[peer] != 0)
			spv_peer_gone(l->s, l->id[peer], l->now);
		l->id[peer] = 0;
		break;
	case 5:
		spv_scan_from(l->s, arg % 16);
		break;
	case 6:
		if (spv_fetch_block(l->s, &l->hash[arg % l->n]) != NULL)
			l->now.wall.sec++;
		break;
	case 7:
		if (!spv_scan_resume(l->s, arg % 4, &l->hash[arg % l->n]))
			l->now.wall.sec += 60;
		break;
	}
	drain(l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chain_params chain = *chain_params_find("regtest");
	struct spv_params params = spv_params_default(&chain);
	struct life l = { .n = 1 };
	struct rd r = rd_init(data, size);

	params.side_max = 16;
	params.window = 4;
	params.scan_mode = size > 0 && (data[size - 1] & 1) != 0 ? SPV_SCAN_FILTERS : SPV_SCAN_BLOCKS;
	if (size % 3 == 0)
		chain.minimum_chain_work = u256_from_u64(12); /* six blocks: shorter chains are not stored */
	l.s = spv_new(&params);
	l.header[0] = params.chain->genesis;
	l.hash[0] = params.chain->genesis_hash;
	l.now.wall.sec = (int64_t)params.chain->genesis.time + 100;
	for (int i = 0; i < STEPS && r.left > 0; i++)
		step(&l, &r);
	spv_free(l.s);
	return 0;
}
