#include "spv/filter_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "spv/core.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000
#define BLOCKS 2345

struct place {
	char dir[64], file[96];
};

static struct place
place_new(void)
{
	struct place p;
	char *made;

	snprintf(p.dir, sizeof(p.dir), "/tmp/test_filter_store.XXXXXX");
	made = mkdtemp(p.dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	snprintf(p.file, sizeof(p.file), "%s/filters.dat", p.dir);
	return p;
}

static void
place_remove(const struct place *p)
{
	unlink(p->file);
	CU_ASSERT_EQUAL(rmdir(p->dir), 0);
}

static off_t
file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static struct sim *
sim_by_filters(void)
{
	struct spv_params params = spv_params_default(chain_params_find("regtest"));

	params.scan_mode = SPV_SCAN_FILTERS;
	return sim_new(&params);
}

/* A client that knows the headers up to a block, as after a restart. */
static struct spv *
restarted(struct sim *sim, int tip)
{
	struct spv *s = spv_new(&sim->params);
	uint32_t height = sim->blocks[tip].height;
	uint8_t *headers = mem_new(height, HEADER_LEN);
	size_t used;

	for (int at = tip; sim->blocks[at].height > 0; at = sim->blocks[at].parent)
		header_encode(headers + (sim->blocks[at].height - 1) * HEADER_LEN, &sim->blocks[at].header);
	CU_ASSERT_PTR_NULL(spv_import(s, &used, headers, height, sim->now));
	free(headers);
	return s;
}

/* How many heights a restarted client gets from the file; each as honest peers said. */
static uint32_t
loaded(struct sim *sim, const struct place *place, int tip, uint64_t *repaired)
{
	struct spv *s = restarted(sim, tip);
	struct filter_store *st;
	uint32_t count;

	CU_ASSERT_PTR_NULL_FATAL(filter_store_open(&st, place->dir, s));
	count = s->filters.chain.count;
	*repaired = filter_store_repaired(st);
	filter_chain_check(&s->filters.chain);
	for (uint32_t h = 0; h < count; h++) {
		struct hash256 hash = filter_chain_hash(&s->filters.chain, h);

		CU_ASSERT(hash256_eq(&hash, &sim->blocks[sim_at_height(sim, tip, h)].filter_hash));
	}
	filter_store_close(st, s);
	spv_free(s);
	return count;
}

/* A chain of filters in the file, and the simulation that it is from. */
static struct sim *
sim_with_file(const struct place *place, struct filter_store **st, int *tip)
{
	struct sim *sim = sim_by_filters();

	*tip = sim_mine(sim, 0, BLOCKS, SIM_PLAIN);
	CU_ASSERT_PTR_NULL_FATAL(filter_store_open(st, place->dir, sim->s));
	sim_connect(sim, sim_filter_peer(sim, *tip));
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT_PTR_NULL(filter_store_save(*st, sim->s));
	CU_ASSERT_EQUAL(sim->s->filters.chain.count, BLOCKS + 1);
	CU_ASSERT_EQUAL(file_size(place->file), (BLOCKS + 1 + 3 * 2) * 32);
	return sim;
}

static void
test_restart(void)
{
	struct place place = place_new();
	struct filter_store *st;
	int tip;
	struct sim *sim = sim_with_file(&place, &st, &tip);
	struct sim_peer *p = &sim->peers[0];
	uint64_t repaired;

	/* It grows, block by block, and turns back. */
	for (int i = 0; i < 5; i++) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), true);
		sim_run(sim, SECONDS);
		CU_ASSERT_PTR_NULL(filter_store_save(st, sim->s));
		filter_chain_check(&sim->s->filters.chain);
	}
	CU_ASSERT_EQUAL(loaded(sim, &place, p->tip, &repaired), BLOCKS + 6);
	CU_ASSERT_EQUAL(repaired, 0);
	for (uint32_t to = 2100, top = BLOCKS + 50; to > 800; to -= 401, top += 50) {
		sim_announce(sim, p, sim_mine(sim, sim_at_height(sim, p->tip, to), top - to, SIM_PLAIN), true);
		sim_run(sim, 5 * SECONDS);
		CU_ASSERT_PTR_NULL(filter_store_save(st, sim->s));
		filter_chain_check(&sim->s->filters.chain);
		sim_announce(sim, p, sim_mine(sim, p->tip, 20, SIM_PLAIN), true);
		sim_run(sim, 5 * SECONDS);
	}
	filter_store_close(st, sim->s);
	sim_disconnect(sim, p);
	CU_ASSERT_EQUAL(loaded(sim, &place, p->tip, &repaired), sim->blocks[p->tip].height + 1);
	CU_ASSERT_EQUAL(repaired, 0);
	sim_free(sim);
	place_remove(&place);
}

/* The chain became shorter, and nothing else: the last chunk is sealed anew. */
static void
test_shorter(void)
{
	static const uint32_t to[] = { 2300, 2001, 2000, 1999, 1000, 3, 0 };
	struct place place = place_new();
	struct filter_store *st;
	int tip;
	struct sim *sim = sim_with_file(&place, &st, &tip);
	uint64_t repaired;

	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		filter_chain_cut(&sim->s->filters.chain, to[i]);
		CU_ASSERT_PTR_NULL(filter_store_save(st, sim->s));
		CU_ASSERT_EQUAL(loaded(sim, &place, tip, &repaired), to[i]);
		CU_ASSERT_EQUAL(repaired, 0);
	}
	filter_store_close(st, sim->s);
	sim_free(sim);
	place_remove(&place);
}

static const struct {
	off_t size;
	uint32_t left;
} cuts[] = {
	{ 0, 0 },           { 1, 0 },
	{ 31, 0 },          { 32064 - 1, 0 },
	{ 32064, 1000 },    { 32064 + 1, 1000 },
	{ 32064 + 96, 1000 }, { 64128 - 32, 1000 },
	{ 64128, 2000 },    { 64128 + 345 * 32, 2000 },
	{ 64128 + 347 * 32, 2000 }, { 64128 + 348 * 32 - 1, 2000 },
	{ 64128 + 348 * 32, 2346 }, { 64128 + 348 * 32 + 1, 2000 },
	{ 64128 + 348 * 32 + 32, 2000 },
};

/* Cut anywhere, or with something behind it: whole chunks stay. */
static void
test_cut(void)
{
	struct place place = place_new();
	struct filter_store *st;
	int tip;
	struct sim *sim = sim_with_file(&place, &st, &tip);
	uint64_t repaired;

	filter_store_close(st, sim->s);
	for (size_t i = ARRAY_LEN(cuts); i-- > 0;) {
		CU_ASSERT_EQUAL(truncate(place.file, cuts[i].size), 0);
		CU_ASSERT_EQUAL(loaded(sim, &place, tip, &repaired), cuts[i].left);
		CU_ASSERT_EQUAL((off_t)repaired, cuts[i].size - file_size(place.file));
		CU_ASSERT_EQUAL(loaded(sim, &place, tip, &repaired), cuts[i].left);
		CU_ASSERT_EQUAL(repaired, 0);
		/* For the next cut all of it again. */
		sim_free(sim);
		unlink(place.file);
		sim = sim_with_file(&place, &st, &tip);
		filter_store_close(st, sim->s);
	}
	sim_free(sim);
	place_remove(&place);
}

static void
flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t b;

	CU_ASSERT(pread(fd, &b, 1, at) == 1);
	b ^= 0x10;
	CU_ASSERT(pwrite(fd, &b, 1, at) == 1);
	close(fd);
}

static void
test_damage(void)
{
	static const struct {
		off_t at;
		uint32_t left;
	} flips[] = { { 64128 + 348 * 32 - 1, 2000 }, { 64128 - 40, 1000 }, { 17, 0 } };
	struct place place = place_new();
	struct filter_store *st;
	int tip;
	struct sim *sim = sim_with_file(&place, &st, &tip);
	uint64_t repaired;

	filter_store_close(st, sim->s);
	for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
		flip(place.file, flips[i].at);
		CU_ASSERT_EQUAL(loaded(sim, &place, tip, &repaired), flips[i].left);
		CU_ASSERT(repaired > 0);
	}
	sim_free(sim);
	place_remove(&place);
}

/* Headers of another branch, or fewer of them: what does not belong to them goes. */
static void
test_other_branch(void)
{
	struct place place = place_new();
	struct filter_store *st;
	int tip;
	struct sim *sim = sim_with_file(&place, &st, &tip);
	int other = sim_mine(sim, sim_at_height(sim, tip, 1500), 900, SIM_PLAIN);
	uint64_t repaired;

	filter_store_close(st, sim->s);
	CU_ASSERT_EQUAL(loaded(sim, &place, other, &repaired), 1000);
	CU_ASSERT(repaired > 0);
	CU_ASSERT_EQUAL(loaded(sim, &place, sim_at_height(sim, tip, 500), &repaired), 0);
	sim_free(sim);
	place_remove(&place);
}

static void
test_errors(void)
{
	struct sim *sim = sim_by_filters();
	struct filter_store *st;

	CU_ASSERT_PTR_NOT_NULL(filter_store_open(&st, "/tmp/no/such/folder", sim->s));
	CU_ASSERT_PTR_NULL(st);
	filter_store_close(NULL, sim->s);
	sim_free(sim);
}

static const struct unit_test tests[] = {
	{ "restart", test_restart },
	{ "shorter", test_shorter },
	{ "cut", test_cut },
	{ "damage", test_damage },
	{ "other branch", test_other_branch },
	{ "errors", test_errors },
};

UNIT_MAIN("filter_store", tests)
