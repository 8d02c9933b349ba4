/* Headers that have to prove their work first: what a chain costs that is stored in the end, over both passes, and what a million
 * headers cost that are not: time and memory. */
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "chain/p2p.h"
#include "spv/spv.h"
#include "tests/unit/mining.h"

#define STORED 100000u
#define FLOOD 1000000u

struct client {
	struct chain_params chain;
	struct spv *s;
	struct spv_time now;
	double took;
	size_t before, most;
	bool closed;
};

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
say(struct client *c, const char *command, const struct wr *w)
{
	double start = seconds();
	struct spv_output o;

	spv_peer_message(c->s, 1, command, w->p != NULL ? w->p : (const uint8_t *)"", w->len, c->now);
	while (spv_next(c->s, &o)) {
		c->closed = c->closed || o.kind == SPV_CLOSE;
		spv_output_clear(&o);
	}
	c->took += seconds() - start;
	if (memory() > c->most)
		c->most = memory();
}

static void
say_headers(struct client *c, const struct header *h, size_t n)
{
	struct wr w = { 0 };

	wr_p2p_headers(&w, h, n);
	say(c, "headers", &w);
	wr_clear(&w);
}

/* A client whose network is known to have the work of so many blocks, and a peer that claims as many. */
static struct client *
client_new(uint32_t blocks)
{
	struct client *c = mem_new(1, sizeof(*c));
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS, .start_height = (int32_t)blocks };
	struct spv_params params;
	struct wr w = { 0 };

	c->chain = *chain_params_find("regtest");
	c->chain.minimum_chain_work = u256_from_u64(2 * ((uint64_t)blocks + 1));
	params = spv_params_default(&c->chain);
	c->s = spv_new(&params);
	c->now.wall.sec = (int64_t)c->chain.genesis.time + 600 * (int64_t)FLOOD;
	spv_peer_connected(c->s, 1, "bench", c->now);
	wr_p2p_version(&w, &v);
	say(c, "version", &w);
	wr_reset(&w);
	say(c, "verack", &w);
	wr_clear(&w);
	c->before = c->most = memory();
	c->took = 0;
	return c;
}

static void
client_free(struct client *c)
{
	spv_free(c->s);
	free(c);
}

static void
bench_stored(void)
{
	struct client *c = client_new(STORED);
	struct header *h = mem_new(STORED + 1, sizeof(*h));
	struct hash256 prev = c->chain.genesis_hash;
	struct spv_header tip;

	for (uint32_t i = 1; i <= STORED; i++)
		h[i] = mine_child(&prev, c->chain.limit_bits, c->chain.genesis.time + 600 * i, 0, &prev);
	c->before = c->most = memory();
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 1; i <= STORED; i += P2P_HEADERS_MAX)
			say_headers(c, h + i, STORED - i + 1 < P2P_HEADERS_MAX ? STORED - i + 1 : P2P_HEADERS_MAX);
	}
	spv_tip(c->s, &tip);
	assert(tip.height == STORED && !c->closed);
	printf("{\"bench\":\"presync_both_passes\",\"n\":%u,\"us_each\":%.3f,\"bytes_at_most\":%zu}\n", STORED, c->took / STORED * 1e6,
	       c->most - c->before);
	client_free(c);
	free(h);
}

static void
bench_flood(void)
{
	struct client *c = client_new(FLOOD + 1);
	struct header *h = mem_new(P2P_HEADERS_MAX, sizeof(*h));
	struct hash256 prev = c->chain.genesis_hash;
	struct spv_header tip;

	for (uint32_t i = 0; i < FLOOD; i += P2P_HEADERS_MAX) {
		for (uint32_t k = 0; k < P2P_HEADERS_MAX; k++)
			h[k] = mine_child(&prev, c->chain.limit_bits, c->chain.genesis.time + 600 * (i + k + 1), 0, &prev);
		say_headers(c, h, P2P_HEADERS_MAX);
	}
	say_headers(c, h, 0);
	spv_tip(c->s, &tip);
	assert(tip.height == 0);
	printf("{\"bench\":\"presync_flood\",\"n\":%u,\"us_each\":%.3f,\"bytes_at_most\":%zu}\n", FLOOD, c->took / FLOOD * 1e6,
	       c->most - c->before);
	client_free(c);
	free(h);
}

int
main(void)
{
	bench_stored();
	bench_flood();
	return 0;
}
