/* The light client's core on a long regtest chain: headers through messages, from the file at a start, a reorganisation of 200, and
 * the memory that a header takes. */
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "chain/p2p.h"
#include "spv/header_store.h"
#include "tests/unit/mining.h"

#define HEADERS 200000u
#define FORK_DEPTH 200u

struct chain {
	const struct chain_params *p;
	struct header *header; /* number i stands at height i */
	struct header fork[FORK_DEPTH + 1];
};

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct chain
make_chain(void)
{
	struct chain c = { .p = chain_params_find("regtest"), .header = mem_new(HEADERS + 1, sizeof(*c.header)) };
	struct hash256 prev = c.p->genesis_hash, fork;

	c.header[0] = c.p->genesis;
	for (uint32_t i = 1; i <= HEADERS; i++) {
		c.header[i] = mine_child(&prev, c.p->limit_bits, c.p->genesis.time + 600 * i, 0, &prev);
		if (i == HEADERS - FORK_DEPTH)
			fork = prev;
	}
	for (uint32_t i = 0; i <= FORK_DEPTH; i++)
		c.fork[i] = mine_child(&fork, c.p->limit_bits, c.p->genesis.time + 600 * (HEADERS - FORK_DEPTH + i + 1), 1, &fork);
	return c;
}

static struct spv_time
now_of(const struct chain *c)
{
	return (struct spv_time){ .wall = { (int64_t)c->p->genesis.time + 600 * (int64_t)HEADERS } };
}

static void
drain(struct spv *s)
{
	struct spv_output o;

	while (spv_next(s, &o))
		spv_output_clear(&o);
}

static void
say_headers(struct spv *s, const struct chain *c, const struct header *h, size_t n)
{
	struct wr w = { 0 };

	wr_p2p_headers(&w, h, n);
	spv_peer_message(s, 1, "headers", w.p, w.len, now_of(c));
	wr_clear(&w);
	drain(s);
}

static struct spv *
connected(const struct chain *c)
{
	struct spv_params params = spv_params_default(c->p);
	struct spv *s = spv_new(&params);
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS, .nonce = 1 };
	struct wr w = { 0 };

	spv_peer_connected(s, 1, "bench", now_of(c));
	v.start_height = HEADERS;
	wr_p2p_version(&w, &v);
	spv_peer_message(s, 1, "version", w.p, w.len, now_of(c));
	spv_peer_message(s, 1, "verack", "", 0, now_of(c));
	wr_clear(&w);
	drain(s);
	return s;
}

static size_t
memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
check_tip(const struct spv *s, uint32_t height)
{
	struct spv_header tip;

	spv_tip(s, &tip);
	assert(tip.height == height);
}

static struct spv *
bench_sync(const struct chain *c)
{
	size_t before = memory();
	struct spv *s = connected(c);
	double start = seconds(), took;

	for (uint32_t i = 1; i <= HEADERS; i += P2P_HEADERS_MAX)
		say_headers(s, c, &c->header[i], HEADERS - i + 1 < P2P_HEADERS_MAX ? HEADERS - i + 1 : P2P_HEADERS_MAX);
	took = seconds() - start;
	check_tip(s, HEADERS);
	printf("{\"bench\":\"spv_headers_by_message\",\"n\":%u,\"us_each\":%.3f,\"bytes_each\":%.1f}\n", HEADERS,
	       took / HEADERS * 1e6, (double)(memory() - before) / HEADERS);
	return s;
}

static void
bench_start(const struct chain *c, struct spv *s)
{
	struct spv_params params = spv_params_default(c->p);
	char dir[] = "/tmp/bench_spv.XXXXXX", path[64];
	struct header_store *st;
	struct spv *fresh = spv_new(&params);
	double start, took;
	bool ok = mkdtemp(dir) != NULL && header_store_open(&st, dir, fresh, now_of(c)) == NULL;

	assert(ok);
	header_store_close(st, s); /* empty before: writes all of the client's headers */
	start = seconds();
	ok = header_store_open(&st, dir, fresh, now_of(c)) == NULL;
	took = seconds() - start;
	assert(ok);
	check_tip(fresh, HEADERS);
	printf("{\"bench\":\"spv_start_from_file\",\"n\":%u,\"us_each\":%.3f}\n", HEADERS, took / HEADERS * 1e6);
	header_store_close(st, fresh);
	spv_free(fresh);
	snprintf(path, sizeof(path), "%s/headers.dat", dir);
	unlink(path);
	rmdir(dir);
}

static void
bench_reorg(const struct chain *c, struct spv *s)
{
	double start = seconds();

	say_headers(s, c, c->fork, FORK_DEPTH + 1);
	check_tip(s, HEADERS + 1);
	printf("{\"bench\":\"spv_reorg_headers\",\"depth\":%u,\"ms\":%.3f}\n", FORK_DEPTH, (seconds() - start) * 1e3);
}

int
main(void)
{
	struct chain c = make_chain();
	struct spv *s = bench_sync(&c);

	bench_start(&c, s);
	bench_reorg(&c, s);
	spv_free(s);
	free(c.header);
	return 0;
}
