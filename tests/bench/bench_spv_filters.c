/* The light client's filter chain over a million blocks: told by several peers through messages, saved, and loaded at a start; the CPU
 * time that a height takes beside one double SHA-256 of 64 bytes, of which BIP157 needs one a height whoever computes it. */
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "chain/p2p_filter.h"
#include "spv/filter_store.h"
#include "tests/unit/mining.h"

#define BLOCKS 1000000u
#define PEERS 3u

struct chain {
	const struct chain_params *p;
	uint8_t *headers;             /* BLOCKS times 80 bytes, from height 1 on */
	struct hash256 *block;        /* by height */
	struct hash256 *hash, *header; /* of filters, by height */
};

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct chain
make_chain(void)
{
	struct chain c = { .p = chain_params_find("regtest"), .headers = mem_new(BLOCKS, HEADER_LEN) };
	struct hash256 none = { 0 };

	c.block = mem_new(BLOCKS + 1, sizeof(*c.block));
	c.hash = mem_new(BLOCKS + 1, sizeof(*c.hash));
	c.header = mem_new(BLOCKS + 1, sizeof(*c.header));
	c.block[0] = c.p->genesis_hash;
	for (uint32_t i = 0; i <= BLOCKS; i++) {
		if (i > 0) {
			struct header h = mine_child(&c.block[i - 1], c.p->limit_bits, c.p->genesis.time + 600 * i, 0, &c.block[i]);

			header_encode(c.headers + (i - 1) * HEADER_LEN, &h);
		}
		sha256(&c.hash[i], &i, sizeof(i));
		filter_header(&c.header[i], &c.hash[i], i > 0 ? &c.header[i - 1] : &none);
	}
	return c;
}

static struct spv_time
now_of(const struct chain *c)
{
	return (struct spv_time){ .wall = { (int64_t)c->p->genesis.time + 600 * (int64_t)BLOCKS } };
}

/* Answers waiting to be given: what peers say is made outside the time that is measured. */
struct answer {
	uint32_t peer;
	const char *command;
	struct wr payload;
};

static struct answer waiting[64];
static size_t waiting_n;

static uint32_t
height_of(const struct chain *c, const struct hash256 *block, uint32_t from)
{
	uint32_t at = from;

	while (!hash256_eq(&c->block[at], block))
		at++;
	return at;
}

static void
answer_headers(const struct chain *c, struct answer *a, const uint8_t *payload, size_t len)
{
	struct p2p_cfheaders m = { 0 };
	struct p2p_getcfilters q;
	uint32_t stop;

	if (!p2p_getcfilters_decode(&q, payload, len))
		abort();
	stop = height_of(c, &q.stop, q.start_height);
	m.stop = q.stop;
	if (q.start_height > 0)
		m.prev_header = c->header[q.start_height - 1];
	m.hashes = c->hash[q.start_height].b;
	m.n = stop - q.start_height + 1;
	a->command = "cfheaders";
	wr_p2p_cfheaders(&a->payload, &m);
}

static void
answer_checkpoints(const struct chain *c, struct answer *a)
{
	struct p2p_cfcheckpt m = { .stop = c->block[BLOCKS], .n = BLOCKS / P2P_CFCHECKPT_INTERVAL };
	struct wr headers = { 0 };

	for (uint32_t h = P2P_CFCHECKPT_INTERVAL; h <= BLOCKS; h += P2P_CFCHECKPT_INTERVAL)
		wr_hash256(&headers, &c->header[h]);
	m.headers = headers.p;
	a->command = "cfcheckpt";
	wr_p2p_cfcheckpt(&a->payload, &m);
	wr_clear(&headers);
}

static void
hear(const struct chain *c, const struct spv_output *o)
{
	struct answer *a = &waiting[waiting_n];
	struct p2p_frame f;

	if (p2p_frame_decode(&f, o->send.bytes, c->p) != P2P_FRAME_OK)
		abort();
	*a = (struct answer){ .peer = o->send.peer };
	if (strcmp(f.command, "getcfheaders") == 0)
		answer_headers(c, a, o->send.bytes + P2P_HEADER_LEN, f.len);
	else if (strcmp(f.command, "getcfcheckpt") == 0)
		answer_checkpoints(c, a);
	else
		return;
	assert(++waiting_n < ARRAY_LEN(waiting));
}

static void
drain(const struct chain *c, struct spv *s)
{
	struct spv_output o;

	while (spv_next(s, &o)) {
		if (o.kind == SPV_SEND)
			hear(c, &o);
		spv_output_clear(&o);
	}
}

static struct spv *
with_headers(const struct chain *c)
{
	struct spv_params params = spv_params_default(c->p);
	struct spv *s;
	size_t used;

	params.scan_mode = SPV_SCAN_FILTERS;
	s = spv_new(&params);
	if (spv_import(s, &used, c->headers, BLOCKS, now_of(c)) != NULL)
		abort();
	drain(c, s);
	return s;
}

static void
connect_peer(const struct chain *c, struct spv *s, uint32_t id)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .nonce = id, .start_height = (int32_t)BLOCKS };
	struct header tip;
	struct wr w = { 0 };
	bool ok = header_decode(&tip, c->headers + (BLOCKS - 1) * HEADER_LEN, HEADER_LEN);

	assert(ok);
	v.services = NODE_NETWORK | NODE_WITNESS | NODE_COMPACT_FILTERS;
	spv_peer_connected(s, id, "bench", now_of(c));
	wr_p2p_version(&w, &v);
	spv_peer_message(s, id, "version", w.p, w.len, now_of(c));
	spv_peer_message(s, id, "verack", "", 0, now_of(c));
	wr_reset(&w);
	wr_p2p_headers(&w, &tip, 1);
	spv_peer_message(s, id, "headers", w.p, w.len, now_of(c));
	wr_clear(&w);
	drain(c, s);
}

/* Until nobody is asked anything more; the CPU time that the client took. */
static double
talk(const struct chain *c, struct spv *s)
{
	double took = 0;

	while (waiting_n > 0) {
		struct answer a = waiting[0];
		double start;

		memmove(waiting, waiting + 1, --waiting_n * sizeof(waiting[0]));
		start = cpu_seconds();
		spv_peer_message(s, a.peer, a.command, a.payload.p, a.payload.len, now_of(c));
		took += cpu_seconds() - start;
		wr_clear(&a.payload);
		drain(c, s);
	}
	return took;
}

static double
raw_seconds(void)
{
	struct hash256 hash = { 0 }, header = { 0 };
	double start = cpu_seconds();

	for (uint32_t i = 0; i <= BLOCKS; i++)
		filter_header(&header, &hash, &header);
	return cpu_seconds() - start;
}

static size_t
memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
check_all(const struct spv *s)
{
	struct spv_progress at;

	spv_progress(s, &at);
	if (at.filter_headers != BLOCKS + 1)
		abort();
}

static void
bench_store(const struct chain *c, struct spv *s)
{
	char dir[] = "/tmp/bench_spv_filters.XXXXXX", path[80];
	struct filter_store *st, *again;
	struct spv *fresh = with_headers(c);
	size_t before;
	double start;
	bool ok = mkdtemp(dir) != NULL && filter_store_open(&st, dir, fresh) == NULL;

	assert(ok);
	start = cpu_seconds();
	filter_store_close(st, s);
	printf("{\"bench\":\"spv_filter_headers_save\",\"n\":%u,\"us_each\":%.3f}\n", BLOCKS, (cpu_seconds() - start) / BLOCKS * 1e6);
	before = memory();
	start = cpu_seconds();
	ok = filter_store_open(&again, dir, fresh) == NULL;
	assert(ok);
	check_all(fresh);
	printf("{\"bench\":\"spv_filter_headers_start\",\"n\":%u,\"ms\":%.1f,\"bytes_each\":%.2f}\n", BLOCKS, (cpu_seconds() - start) * 1e3,
	       (double)(memory() - before) / BLOCKS);
	filter_store_close(again, fresh);
	spv_free(fresh);
	snprintf(path, sizeof(path), "%s/filters.dat", dir);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	struct chain c = make_chain();
	struct spv *s = with_headers(&c);
	size_t before = memory();
	double took, raw = raw_seconds();

	for (uint32_t id = 1; id <= PEERS; id++)
		connect_peer(&c, s, id);
	took = talk(&c, s);
	check_all(s);
	printf("{\"bench\":\"spv_filter_headers\",\"n\":%u,\"peers\":%u,\"us_each\":%.3f,\"raw_us_each\":%.3f,\"ratio\":%.2f,", BLOCKS, PEERS,
	       took / BLOCKS * 1e6, raw / BLOCKS * 1e6, took / raw);
	printf("\"bytes_each\":%.1f}\n", (double)(memory() - before) / BLOCKS);
	for (uint32_t id = 1; id <= PEERS; id++)
		spv_peer_gone(s, id, now_of(&c));
	bench_store(&c, s);
	spv_free(s);
	free(c.headers);
	free(c.block);
	free(c.hash);
	free(c.header);
	return 0;
}
