/* C17, C23: every message that the light client takes, as a stranger may send it: cut at each byte, with a byte
 * more, with counts that don't fit, at the wrong time, and again and again. An honest peer looks on, and stays. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p_addr.h"
#include "chain/p2p_filter.h"
#include "spv/spv.h"
#include "tests/unit/heap.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000
#define BLOCKS 30
#define AGAIN 1000
#define HEAP_SLACK 300000

enum outcome { IGNORED, CLOSED, BANNED };

static const char *
outcome_name(enum outcome o)
{
	switch (o) {
	case IGNORED:
		return "ignored";
	case CLOSED:
		return "closed";
	case BANNED:
		return "banned";
	}
	return "?";
}

struct stage {
	struct sim *sim;
	struct sim_peer *honest, *stranger;
};

/* --- A good message of each kind --- */

static void
make_version(struct wr *w, const struct stage *s)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS, .nonce = 1, .relay = true };

	(void)s;
	snprintf(v.user_agent, sizeof(v.user_agent), "/stranger/");
	wr_p2p_version(w, &v);
}

static void
make_nothing(struct wr *w, const struct stage *s)
{
	(void)w;
	(void)s;
}

static void
make_headers(struct wr *w, const struct stage *s)
{
	const struct sim_block *b = &s->sim->blocks[s->honest->tip];

	wr_p2p_headers(w, &b->header, 1);
}

static void
wr_inv(struct wr *w, const struct stage *s, uint32_t type, int block)
{
	struct p2p_inv inv = { .type = type, .hash = s->sim->blocks[block].hash };

	wr_p2p_inv(w, &inv, 1);
}

static void
make_inv(struct wr *w, const struct stage *s)
{
	wr_inv(w, s, INV_BLOCK, s->honest->tip);
}

static void
make_getdata(struct wr *w, const struct stage *s)
{
	wr_inv(w, s, INV_TX, 1);
}

static void
make_notfound(struct wr *w, const struct stage *s)
{
	wr_inv(w, s, INV_WITNESS_BLOCK, s->honest->tip);
}

static void
make_block(struct wr *w, const struct stage *s)
{
	wr_bytes(w, s->sim->blocks[3].bytes, s->sim->blocks[3].len);
}

static void
make_nonce(struct wr *w, const struct stage *s)
{
	(void)s;
	wr_u64(w, 12345);
}

static void
make_reject(struct wr *w, const struct stage *s)
{
	wr_varbytes(w, "tx", 2);
	wr_u8(w, 0x10);
	wr_varbytes(w, "no", 2);
	wr_hash256(w, &s->sim->blocks[1].hash);
}

static void
make_locator(struct wr *w, const struct stage *s)
{
	struct p2p_locator l = { .n = 1 };

	l.have[0] = s->sim->blocks[1].hash;
	wr_p2p_locator(w, &l);
}

static void
make_address(struct net_address *a)
{
	bool ok = net_address_from_text(a, "1.2.3.4", 18444);

	CU_ASSERT(ok);
}

static void
make_addr(struct wr *w, const struct stage *s)
{
	struct net_address a;

	(void)s;
	make_address(&a);
	wr_p2p_addr(w, &a, 1);
}

static void
make_addrv2(struct wr *w, const struct stage *s)
{
	struct net_address a;

	(void)s;
	make_address(&a);
	wr_p2p_addrv2(w, &a, 1);
}

static void
make_cfcheckpt(struct wr *w, const struct stage *s)
{
	const struct hash256 one = { { 1 } };
	struct p2p_cfcheckpt m = { .stop = s->sim->blocks[2].hash, .headers = one.b, .n = 1 };

	wr_p2p_cfcheckpt(w, &m);
}

static void
make_cfheaders(struct wr *w, const struct stage *s)
{
	const struct hash256 one = { { 1 } };
	struct p2p_cfheaders m = { .stop = s->sim->blocks[2].hash, .hashes = one.b, .n = 1 };

	wr_p2p_cfheaders(w, &m);
}

static void
make_cfilter(struct wr *w, const struct stage *s)
{
	struct p2p_cfilter m = { .block = s->sim->blocks[2].hash, .filter = (const uint8_t *)"\0", .filter_len = 1 };

	wr_p2p_cfilter(w, &m);
}

static const struct row {
	const char *command;
	void (*make)(struct wr *w, const struct stage *s);
	size_t least;               /* bytes without which it is malformed: it may be cut behind them */
	enum outcome cut, more;     /* what a message cut short costs, and one with a byte more */
	size_t count_at, item, max; /* where its count stands, the least bytes of an item, how many are allowed; 0: no count */
	enum outcome counted;       /* what a count that does not fit costs */
} rows[] = {
	{ "verack", make_nothing, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "headers", make_headers, 82, BANNED, BANNED, 0, 81, P2P_HEADERS_MAX, BANNED },
	{ "inv", make_inv, 37, BANNED, BANNED, 0, 36, P2P_INV_MAX, BANNED },
	{ "getdata", make_getdata, 37, BANNED, BANNED, 0, 36, P2P_INV_MAX, BANNED },
	{ "notfound", make_notfound, 37, BANNED, BANNED, 0, 36, P2P_INV_MAX, BANNED },
	{ "block", make_block, HEADER_LEN, BANNED, IGNORED, 0, 0, 0, IGNORED }, /* not asked for: only its header is looked at */
	{ "ping", make_nonce, 8, BANNED, BANNED, 0, 0, 0, IGNORED },
	{ "pong", make_nonce, 8, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "reject", make_reject, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "addr", make_addr, 31, BANNED, BANNED, 0, 30, P2P_ADDR_MAX, BANNED },
	{ "addrv2", make_addrv2, 14, BANNED, BANNED, 0, 9, P2P_ADDR_MAX, BANNED },
	{ "sendaddrv2", make_nothing, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "cfcheckpt", make_cfcheckpt, 66, BANNED, BANNED, 0, 0, 0, IGNORED },
	{ "cfheaders", make_cfheaders, 98, BANNED, BANNED, 65, 32, P2P_CFHEADERS_MAX, BANNED },
	{ "cfilter", make_cfilter, 35, BANNED, BANNED, 0, 0, 0, IGNORED },
	{ "getheaders", make_locator, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "getaddr", make_nothing, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "tx", make_nonce, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "mempool", make_nothing, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "cmpctblock", make_block, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "sendcmpct", make_nonce, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "feefilter", make_nonce, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
	{ "nonsense", make_nonce, 0, IGNORED, IGNORED, 0, 0, 0, IGNORED },
};

/* --- The stage --- */

static struct stage
stage_new(void)
{
	struct stage s;

	s.sim = sim_with_peer(BLOCKS, 1, &s.honest);
	s.stranger = sim_peer(s.sim, s.honest->tip);
	sim_run(s.sim, 2 * SECONDS);
	CU_ASSERT(sim_is_at(s.sim, s.honest->tip));
	return s;
}

/* Nothing that the stranger did has hurt the honest peer, or keeps the client from the next block. */
static void
stage_end(struct stage *s)
{
	CU_ASSERT(!s->honest->closed && sim_is_at(s->sim, s->honest->tip));
	sim_announce(s->sim, s->honest, sim_mine(s->sim, s->honest->tip, 1, SIM_PLAIN), false);
	sim_run(s->sim, 2 * SECONDS);
	CU_ASSERT(sim_is_at(s->sim, s->honest->tip) && sim_synced(s->sim));
	sim_free(s->sim);
}

/* The stranger is there, its handshake done. */
static void
be_ready(struct stage *s)
{
	s->stranger->mute_version = false;
	if (s->stranger->id == 0)
		sim_connect(s->sim, s->stranger);
	sim_run(s->sim, 200);
}

static enum outcome
say(struct stage *s, const char *command, const void *payload, size_t len)
{
	sim_say(s->sim, s->stranger, command, len > 0 ? payload : (const void *)"", len);
	return !s->stranger->closed ? IGNORED : s->stranger->banned ? BANNED : CLOSED;
}

static void
expect(const char *command, const char *how, size_t len, enum outcome got, enum outcome wanted)
{
	CU_ASSERT_EQUAL(got, wanted);
	if (got != wanted)
		printf("%s, %s (%zu bytes): %s, not %s\n", command, how, len, outcome_name(got), outcome_name(wanted));
}

/* --- What is done to each --- */

static void
test_cut(void)
{
	struct stage s = stage_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct wr w = { 0 };

		r->make(&w, &s);
		for (size_t len = 0; len < w.len; len++) {
			be_ready(&s);
			expect(r->command, "cut", len, say(&s, r->command, w.p, len), len < r->least ? r->cut : IGNORED);
		}
		wr_u8(&w, 0);
		be_ready(&s);
		expect(r->command, "a byte more", w.len, say(&s, r->command, w.p, w.len), r->more);
		wr_clear(&w);
	}
	stage_end(&s);
}

/* A block that was asked for, cut anywhere or with a byte more. */
static void
test_cut_block(void)
{
	struct stage s = stage_new();
	int tip = sim_mine(s.sim, s.honest->tip, 1, SIM_PLAIN);
	const struct sim_block b = s.sim->blocks[tip];
	uint8_t *longer = mem_new(b.len + 1, 1);

	memcpy(longer, b.bytes, b.len);
	s.stranger->mute_blocks = true;
	for (size_t len = 0; len <= b.len + 1; len++) {
		if (len == b.len)
			continue;
		be_ready(&s);
		sim_announce(s.sim, s.stranger, tip, false);
		sim_run(s.sim, 200);
		expect("block", "asked for, and cut", len, say(&s, "block", longer, len), BANNED);
	}
	free(longer);
	sim_announce(s.sim, s.honest, tip, false);
	sim_run(s.sim, SECONDS);
	stage_end(&s);
}

static void
test_cut_version(void)
{
	struct stage s = stage_new();
	struct wr w = { 0 };

	make_version(&w, &s);
	s.stranger->mute_version = true;
	for (size_t len = 0; len <= w.len; len++) {
		if (s.stranger->id == 0)
			sim_connect(s.sim, s.stranger);
		/* The last byte, relay, may be missing (BIP37). */
		expect("version", "cut", len, say(&s, "version", w.p, len), len + 1 < w.len ? BANNED : IGNORED);
		if (s.stranger->id != 0)
			sim_disconnect(s.sim, s.stranger);
	}
	wr_clear(&w);
	stage_end(&s);
}

static void
say_count(struct stage *s, const struct row *r, uint64_t count, size_t items, enum outcome wanted)
{
	struct wr w = { 0 }, good = { 0 };

	r->make(&good, s);
	wr_bytes(&w, good.p, r->count_at);
	wr_compactsize(&w, count);
	for (size_t i = 0; i < items * r->item; i++)
		wr_u8(&w, 0);
	be_ready(s);
	expect(r->command, "with a count", w.len, say(s, r->command, w.p, w.len), wanted);
	wr_clear(&w);
	wr_clear(&good);
}

static void
test_counts(void)
{
	struct stage s = stage_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		const uint64_t counts[] = { 2, r->max, r->max + 1, UINT16_MAX, UINT32_MAX, UINT64_MAX };

		for (size_t j = 0; j < ARRAY_LEN(counts) && r->max > 0; j++)
			say_count(&s, r, counts[j], 1, r->counted);
		if (r->max > 0)
			say_count(&s, r, r->max + 1, r->max + 1, r->counted);
	}
	stage_end(&s);
}

/* As many as are allowed, all of them unknown: no fault, and nothing is kept. */
static void
test_full(void)
{
	static const char *const commands[] = { "inv", "getdata", "notfound" };
	struct stage s = stage_new();
	struct p2p_inv *inv = mem_new(P2P_INV_MAX, sizeof(*inv));
	size_t before;
	struct wr w = { 0 };

	for (size_t i = 0; i < P2P_INV_MAX; i++) {
		inv[i].type = i % 2 == 0 ? INV_BLOCK : INV_TX;
		memcpy(inv[i].hash.b, &i, sizeof(i));
	}
	wr_p2p_inv(&w, inv, P2P_INV_MAX);
	free(inv);
	be_ready(&s);
	before = heap_in_use();
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		expect(commands[i], "full", w.len, say(&s, commands[i], w.p, w.len), IGNORED);
	sim_run(s.sim, 2 * SECONDS);
	CU_ASSERT(heap_in_use() <= before + HEAP_SLACK);
	wr_clear(&w);
	stage_end(&s);
}

/* Before the handshake nothing is taken, whatever it is, and nothing is answered. */
static void
test_early(void)
{
	struct stage s = stage_new();
	struct wr version = { 0 };
	unsigned tips = s.sim->tips;

	make_version(&version, &s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 };

		rows[i].make(&w, &s);
		for (int with_version = 0; with_version < 2; with_version++) {
			if (with_version > 0 && strcmp(rows[i].command, "verack") == 0)
				continue; /* that is the right time for it */
			s.stranger->mute_version = true;
			s.stranger->pings = s.stranger->getheaders = s.stranger->getblocks = 0;
			sim_connect(s.sim, s.stranger);
			if (with_version > 0)
				expect("version", "first", version.len, say(&s, "version", version.p, version.len), IGNORED);
			expect(rows[i].command, "early", w.len, say(&s, rows[i].command, w.p, w.len), IGNORED);
			expect(rows[i].command, "early and cut", w.len / 2, say(&s, rows[i].command, w.p, w.len / 2), IGNORED);
			sim_run(s.sim, SECONDS);
			CU_ASSERT(s.stranger->getheaders + s.stranger->getblocks + s.stranger->pings == 0);
			sim_disconnect(s.sim, s.stranger);
		}
		wr_clear(&w);
	}
	CU_ASSERT(s.sim->tips == tips);
	wr_clear(&version);
	stage_end(&s);
}

/* A thousand times the same: no fault by itself, and nothing grows. */
static void
test_again(void)
{
	struct stage s = stage_new();

	for (size_t i = 0; i <= ARRAY_LEN(rows); i++) {
		const char *command = i == ARRAY_LEN(rows) ? "version" : rows[i].command;
		struct wr w = { 0 };
		size_t before;

		if (i == ARRAY_LEN(rows))
			make_version(&w, &s);
		else
			rows[i].make(&w, &s);
		be_ready(&s);
		before = heap_in_use();
		for (int n = 0; n < AGAIN; n++) {
			expect(command, "again", w.len, say(&s, command, w.p, w.len), IGNORED);
			if (n % 100 == 0)
				sim_run(s.sim, 100);
		}
		sim_run(s.sim, SECONDS);
		CU_ASSERT(heap_in_use() <= before + HEAP_SLACK);
		wr_clear(&w);
	}
	stage_end(&s);
}

static const struct unit_test tests[] = {
	{ "C17 each message cut anywhere, or with a byte more", test_cut },
	{ "C17 a block that was asked for, cut anywhere", test_cut_block },
	{ "C17 version cut anywhere", test_cut_version },
	{ "C16 C23 counts that do not fit", test_counts },
	{ "C23 messages as long as allowed", test_full },
	{ "C23 each message before the handshake", test_early },
	{ "C23 each message a thousand times", test_again },
};

UNIT_MAIN("spv_messages", tests)
