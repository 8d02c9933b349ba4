/* The light client on a million regtest headers: from a peer's messages with the file written on the way, a start from that file with all
 * rules against the hashing alone, a reorganisation of 200, and the memory that all this takes. */
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "chain/p2p.h"
#include "spv/header_store.h"
#include "tests/unit/mining.h"
#include "tests/unit/spv_sim.h"

#define HEADERS 1000000u
#define FORK_DEPTH 200u
#define ROUNDS 5
#define PART 2000 /* headers of a message */

struct chain {
	const struct chain_params *p;
	uint8_t (*bytes)[HEADER_LEN]; /* owned; the first has height 1 */
	struct header fork[FORK_DEPTH + 1];
};

struct place {
	char dir[40], path[64];
	struct db *db;
};

static double
clock_seconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct chain
make_chain(void)
{
	struct chain c = { .p = chain_params_find("regtest"), .bytes = mem_new(HEADERS, HEADER_LEN) };
	struct hash256 prev = c.p->genesis_hash, fork = prev;
	struct header h;

	for (uint32_t i = 1; i <= HEADERS; i++) {
		h = mine_child(&prev, c.p->limit_bits, c.p->genesis.time + 600 * i, 0, &prev);
		header_encode(c.bytes[i - 1], &h);
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
	return (struct spv_time){ .wall = { (int64_t)c->p->genesis.time + 600 * (int64_t)(HEADERS + 1) } };
}

static struct spv *
fresh(const struct chain *c)
{
	struct spv_params params = spv_params_default(c->p);

	return spv_new(&params);
}

static void
drain(struct spv *s)
{
	struct spv_output o;

	while (spv_next(s, &o))
		spv_output_clear(&o);
}

static uint32_t
height(const struct spv *s)
{
	struct spv_header tip;

	spv_tip(s, &tip);
	return tip.height;
}

/* --- Memory --- */

struct memory {
	long own;    /* kB resident that belong to no file */
	long mapped; /* kB resident of headers.dat */
};

/* What was freed before is given back first: it isn't what is measured. */
static struct memory
memory(bool trim)
{
	struct memory m = { 0, 0 };
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[512];
	bool ours = false;
	long kb;

	if (trim)
		malloc_trim(0);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strchr(line, '-') != NULL && strchr(line, '-') < strchr(line, ' '))
			ours = strstr(line, "headers.dat") != NULL;
		if (sscanf(line, "Anonymous: %ld", &kb) == 1)
			m.own += kb;
		if (ours && sscanf(line, "Rss: %ld", &kb) == 1)
			m.mapped += kb;
	}
	if (f != NULL)
		fclose(f);
	return m;
}

static void
print_memory(const char *bench, const struct memory *before)
{
	struct memory now = memory(false);
	double own = (double)(now.own - before->own) / 1024;

	printf("{\"bench\":\"%s\",\"n\":%u,\"own_mb\":%.1f,\"mapped_mb\":%.1f,\"goal_mb\":48,\"ratio\":%.3f}\n", bench, HEADERS, own,
	       (double)(now.mapped - before->mapped) / 1024, own / 48);
}

/* --- From a peer, written as they come --- */

static void
say_headers(struct spv *s, const struct chain *c, const struct header *h, size_t n)
{
	struct wr w = { 0 };

	wr_p2p_headers(&w, h, n);
	spv_peer_message(s, 1, "headers", w.p, w.len, now_of(c));
	wr_clear(&w);
}

static void
connect_peer(struct spv *s, const struct chain *c)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS, .nonce = 1 };
	struct wr w = { 0 };

	spv_peer_connected(s, 1, "bench", now_of(c));
	v.start_height = HEADERS;
	wr_p2p_version(&w, &v);
	spv_peer_message(s, 1, "version", w.p, w.len, now_of(c));
	spv_peer_message(s, 1, "verack", "", 0, now_of(c));
	wr_clear(&w);
	drain(s);
}

static void
bench_sync(const struct chain *c, const struct place *p)
{
	struct memory before = memory(true);
	struct spv *s = fresh(c);
	struct header *part = mem_new(PART, sizeof(*part));
	struct header_store *st;
	const char *why = header_store_open(&st, p->dir, p->db, s, now_of(c));
	double start, took = 0;

	assert(why == NULL);
	connect_peer(s, c);
	for (size_t at = 0; at < HEADERS; at += PART) {
		for (size_t i = 0; i < PART; i++) {
			bool ok = header_decode(&part[i], c->bytes[at + i], HEADER_LEN);

			assert(ok);
		}
		start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
		say_headers(s, c, part, PART);
		drain(s);
		why = header_store_save(st, s);
		took += clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
		assert(why == NULL);
	}
	assert(height(s) == HEADERS);
	printf("{\"bench\":\"spv_headers_by_message\",\"n\":%u,\"us_each\":%.3f,\"goal_us\":1,\"ratio\":%.3f}\n", HEADERS,
	       took / HEADERS * 1e6, took / HEADERS * 1e6);
	print_memory("spv_memory_after_sync", &before);
	free(part);
	header_store_close(st, s);
	spv_free(s);
}

/* --- From the file --- */

static double
hash_alone(const struct chain *c)
{
	struct hash256 *out = mem_new(PART, sizeof(*out));
	double start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
	unsigned sum = 0;

	for (size_t at = 0; at < HEADERS; at += PART) {
		sha256d_80_many(out, c->bytes[at], PART);
		sum += out[0].b[0];
	}
	start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
	assert(sum != 0);
	free(out);
	return start;
}

static void
start_once(const struct chain *c, const struct place *p, double *wall, double *cpu)
{
	double wall_start = clock_seconds(CLOCK_MONOTONIC), cpu_start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct spv *s = fresh(c);
	struct header_store *st;
	const char *why = header_store_open(&st, p->dir, p->db, s, now_of(c));

	wall_start = clock_seconds(CLOCK_MONOTONIC) - wall_start;
	cpu_start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
	assert(why == NULL && height(s) == HEADERS);
	*wall = wall_start < *wall ? wall_start : *wall;
	*cpu = cpu_start < *cpu ? cpu_start : *cpu;
	header_store_close(st, s);
	spv_free(s);
}

/* Every header by all rules: what a start does. */
static void
bench_start(const struct chain *c, const struct place *p)
{
	double wall = 1e9, cpu = 1e9, hashed = 1e9;
	struct memory before = memory(true);
	struct spv *s = fresh(c);
	struct header_store *st;
	const char *why = header_store_open(&st, p->dir, p->db, s, now_of(c));

	assert(why == NULL);
	print_memory("spv_memory_after_start", &before);
	header_store_close(st, s);
	spv_free(s);
	for (int i = 0; i < ROUNDS; i++) {
		double once = hash_alone(c);

		hashed = once < hashed ? once : hashed;
		start_once(c, p, &wall, &cpu);
	}
	printf("{\"bench\":\"spv_headers_from_file\",\"n\":%u,\"per_second\":%.0f,\"sha256d_two_way_per_second\":%.0f,\"goal\":0.5,"
	       "\"ratio\":%.3f}\n",
	       HEADERS, HEADERS / cpu, HEADERS / hashed, hashed / cpu);
	printf("{\"bench\":\"spv_start_from_file\",\"n\":%u,\"s\":%.3f,\"goal_s\":0.3,\"ratio\":%.3f}\n", HEADERS, wall, wall / 0.3);
}

/* --- A reorganisation --- */

/* One tip, at the right fork, and the file follows. */
static void
bench_reorg(const struct chain *c, const struct place *p)
{
	struct spv *s = fresh(c);
	struct header_store *st;
	const char *why = header_store_open(&st, p->dir, p->db, s, now_of(c));
	struct spv_output o;
	unsigned tips = 0;
	double start, took;

	assert(why == NULL);
	connect_peer(s, c);
	start = clock_seconds(CLOCK_MONOTONIC);
	say_headers(s, c, c->fork, FORK_DEPTH + 1);
	while (spv_next(s, &o)) {
		if (o.kind == SPV_TIP) {
			assert(o.tip.height == HEADERS + 1 && o.tip.fork == HEADERS - FORK_DEPTH);
			tips++;
		}
		spv_output_clear(&o);
	}
	why = header_store_save(st, s);
	took = clock_seconds(CLOCK_MONOTONIC) - start;
	assert(why == NULL && tips == 1 && height(s) == HEADERS + 1);
	printf("{\"bench\":\"spv_reorg_headers\",\"depth\":%u,\"ms\":%.3f,\"goal_ms\":50,\"ratio\":%.3f}\n", FORK_DEPTH, took * 1e3,
	       took * 1e3 / 50);
	header_store_close(st, s);
	spv_free(s);
}

/* The same with its blocks, from the announcement to the last of them: the simulation sees to it that each is taken back and handed over
 * once and in order. Its own work, that of the peer, is in the time. */
static void
bench_reorg_blocks(void)
{
	struct sim_peer *peer;
	struct sim *sim = sim_with_peer(2 * FORK_DEPTH, 1, &peer);
	int tip;
	unsigned unblocked;
	double start;

	sim_run(sim, 60000);
	assert(sim_is_at(sim, peer->tip));
	tip = sim_mine(sim, (int)FORK_DEPTH, FORK_DEPTH + 1, SIM_PLAIN);
	unblocked = sim->unblocked;
	start = clock_seconds(CLOCK_MONOTONIC);
	sim_announce(sim, peer, tip, false);
	for (int i = 0; i < 600 && !sim_is_at(sim, tip); i++)
		sim_run(sim, 100);
	start = clock_seconds(CLOCK_MONOTONIC) - start;
	assert(sim_is_at(sim, tip) && sim->unblocked - unblocked == FORK_DEPTH);
	printf("{\"bench\":\"spv_reorg_blocks\",\"depth\":%u,\"ms\":%.3f,\"goal_ms\":50,\"ratio\":%.3f}\n", FORK_DEPTH, start * 1e3,
	       start * 1e3 / 50);
	sim_free(sim);
}

static struct place
place_new(void)
{
	struct place p = { .dir = "/tmp/bench_spv.XXXXXX" };
	char *db_path, *made = mkdtemp(p.dir);
	bool ok;

	assert(made != NULL);
	snprintf(p.path, sizeof(p.path), "%s/headers.dat", p.dir);
	db_path = mem_printf("%s/mainchain.sqlite", p.dir);
	ok = db_open(&p.db, db_path) == DB_OK && db_exec(p.db, "PRAGMA synchronous=NORMAL") == DB_OK;
	assert(ok);
	free(db_path);
	return p;
}

static void
place_remove(const struct place *p)
{
	char *db_path = mem_printf("%s/mainchain.sqlite", p->dir);

	db_close(p->db);
	unlink(db_path);
	unlink(p->path);
	rmdir(p->dir);
	free(db_path);
}

int
main(void)
{
	struct chain c = make_chain();
	struct place p = place_new();

	bench_sync(&c, &p);
	bench_start(&c, &p);
	bench_reorg(&c, &p);
	bench_reorg_blocks();
	place_remove(&p);
	free(c.bytes);
	return 0;
}
