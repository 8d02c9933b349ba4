#include "spv/filters.h"

#include <string.h>

#include "chain/p2p_filter.h"
#include "spv/core.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000
#define TAIL 6

static struct sim *
sim_by_filters(void)
{
	struct spv_params params = spv_params_default(chain_params_find("regtest"));

	params.scan_mode = SPV_SCAN_FILTERS;
	return sim_new(&params);
}

static void
watch(struct sim *sim, uint32_t from)
{
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, sim_script, SIM_SCRIPT_LEN, from));
	sim_drain(sim);
}

/* n blocks; the script is paid at `pay` and spent at `spend` (0: never). */
static int
mine(struct sim *sim, uint32_t n, uint32_t pay, uint32_t spend)
{
	int tip = sim_mine(sim, 0, pay, SIM_PAYS);

	if (spend > 0)
		tip = sim_mine(sim, tip, spend - pay, SIM_SPENDS);
	return sim_mine(sim, tip, n - sim->blocks[tip].height, SIM_PLAIN);
}

static bool
seen(const struct sim *sim, int tip, uint32_t height)
{
	return sim->blocks[sim_at_height(sim, tip, height)].seen;
}

static uint32_t
rescan_next(const struct sim *sim)
{
	struct spv_progress at;

	spv_progress(sim->s, &at);
	return at.rescan_next;
}

static void
test_scan(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 3000, 50, 1777);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);

	watch(sim, 0);
	sim_scan_from(sim, 10);
	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && sim_synced(sim));
	CU_ASSERT(seen(sim, tip, 50) && seen(sim, tip, 1777) && seen(sim, tip, 3000) && seen(sim, tip, 3000 - TAIL + 1));
	CU_ASSERT(!seen(sim, tip, 51) && !seen(sim, tip, 3000 - TAIL));
	CU_ASSERT_EQUAL(sim->passed, 3000 - 9 - 2 - TAIL);
	CU_ASSERT_EQUAL(p->getblocks + q->getblocks, 2 + TAIL);
	CU_ASSERT(p->cfilters > 1000 && q->cfilters > 1000 && p->cfilters + q->cfilters == 3000 - 9 - TAIL);
	CU_ASSERT(p->getcfilters + q->getcfilters < 60);
	/* From now on each block comes whole, as it comes. */
	for (int i = 0; i < 10; i++) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), true);
		sim_run(sim, SECONDS);
		CU_ASSERT(sim_is_at(sim, p->tip) && sim->blocks[p->tip].seen);
	}
	spv_check(sim->s);
	sim_free(sim);
}

static void
test_nothing_watched(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 2500, 50, 0);
	struct sim_peer *p = sim_filter_peer(sim, tip);

	sim_scan_from(sim, 1);
	sim_connect(sim, p);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && p->cfilters == 0 && p->getblocks == TAIL && sim->passed == 2500 - TAIL);
	sim_free(sim);
}

static void
test_bad_scripts(void)
{
	static const uint8_t long_script[10001] = { 0x51 };
	struct sim *sim = sim_by_filters();

	CU_ASSERT_PTR_NOT_NULL(spv_watch(sim->s, "", 0, 0));
	CU_ASSERT_PTR_NOT_NULL(spv_watch(sim->s, long_script, sizeof(long_script), 0));
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, long_script, 10000, 0));
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, long_script, 10000, 0));
	spv_unwatch(sim->s, long_script, 10000);
	spv_unwatch(sim->s, long_script, 10000);
	sim_free(sim);
}

/* --- Full blocks where nobody serves filters --- */

static void
test_fallback(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 2000, 50, 1500);
	struct sim_peer *full = sim_peer(sim, tip), *p = sim_filter_peer(sim, tip);
	unsigned blocks;

	watch(sim, 0);
	sim_scan_from(sim, 1);
	sim_connect(sim, full);
	sim_run(sim, 300);
	CU_ASSERT(sim->delivered_n > 16 && sim->delivered_n < 1000 && sim->passed == 0);
	/* Filters come: what was asked for is finished, the rest goes by filters. */
	sim_connect(sim, p);
	for (int i = 0; i < 100 && sim->passed == 0; i++)
		sim_run(sim, 10);
	CU_ASSERT(sim->passed > 0 && sim->delivered_n < 1500);
	/* And go, in the middle. */
	sim_disconnect(sim, p);
	blocks = full->getblocks;
	sim_run(sim, 300);
	CU_ASSERT(full->getblocks > blocks && sim->delivered_n < 2000);
	sim_connect(sim, p);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && seen(sim, tip, 1500));
	CU_ASSERT(sim->passed > 500);
	sim_free(sim);
}

/* A branch that only a peer without filters has. */
static void
test_beyond_filters(void)
{
	struct sim *sim = sim_by_filters();
	int low = mine(sim, 200, 50, 100), tip = sim_mine(sim, low, 100, SIM_PAYS);
	struct sim_peer *full = sim_peer(sim, tip), *p = sim_filter_peer(sim, low);
	unsigned passed;

	watch(sim, 0);
	sim_scan_from(sim, 1);
	sim_connect(sim, p);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, low) && sim->passed > 150);
	passed = sim->passed;
	sim_connect(sim, full);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && sim->passed == passed && seen(sim, tip, 300));
	sim_free(sim);
}

static void
test_stall(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 1500, 50, 600);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q;

	p->mute_cfilters = true;
	watch(sim, 0);
	sim_scan_from(sim, 1);
	sim_connect(sim, p);
	sim_run(sim, 9 * SECONDS);
	CU_ASSERT(sim->delivered_n == 0);
	/* Nobody else: whole blocks. */
	sim_run(sim, 3 * SECONDS);
	CU_ASSERT(!p->closed && sim->delivered_n > 16 && sim->passed == 0);
	/* Somebody else: his filters. */
	q = sim_filter_peer(sim, tip);
	sim_connect(sim, q);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && q->cfilters > 0 && !p->closed && !q->closed && seen(sim, tip, 600));
	sim_free(sim);
}

/* Peers that come, say nothing of filters, and leave before they count as silent, one always before the other: they don't hold the scan up
 * for ever, nor a rescan. */
static void
test_comers(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 600, 50, 500);
	struct sim_peer *good = sim_filter_peer(sim, tip), *bad[2];

	watch(sim, 0);
	for (int i = 0; i < 2; i++) {
		bad[i] = sim_filter_peer(sim, tip);
		bad[i]->mute_checkpoints = bad[i]->mute_cfheaders = bad[i]->mute_cfilters = true;
	}
	sim_connect(sim, bad[0]);
	sim_connect(sim, good);
	sim_run(sim, SECONDS);
	sim_scan_from(sim, 1);
	for (int i = 1; i < 20; i++) {
		sim_connect(sim, bad[i % 2]);
		sim_run(sim, 4 * SECONDS);
		sim_disconnect(sim, bad[(i + 1) % 2]);
		sim_run(sim, 4 * SECONDS);
		if (i == 10) {
			CU_ASSERT(sim_is_at(sim, tip) && seen(sim, tip, 50) && seen(sim, tip, 500));
			CU_ASSERT_PTR_NULL(spv_watch(sim->s, "late", 4, 0));
			sim_drain(sim);
		}
	}
	CU_ASSERT(sim_synced(sim) && !good->closed && !sim->s->filters.rescanning);
	sim_free(sim);
}

/* --- Lies that need no comparison --- */

/* Other filters than its own cfheaders name. */
static void
test_other_filters(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 500, 50, 60);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);

	p->other_cfilters = true;
	watch(sim, 0);
	sim_scan_from(sim, 1);
	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(p->closed && p->banned && strncmp(p->reason, "cfilter: ", 9) == 0 && p->evidence_height >= 0);
	CU_ASSERT(!q->closed && sim_is_at(sim, tip) && seen(sim, tip, 50) && seen(sim, tip, 60));
	sim_free(sim);
}

static void
test_twice(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 700, 50, 60);
	struct sim_peer *p = sim_filter_peer(sim, tip);

	p->twice = true;
	watch(sim, 0);
	sim_scan_from(sim, 1);
	sim_connect(sim, p);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, tip) && seen(sim, tip, 50) && seen(sim, tip, 60));
	/* Each height is looked at when filters come twice in a rescan too. */
	spv_unwatch(sim->s, sim_script, SIM_SCRIPT_LEN);
	for (size_t i = 0; i < sim->blocks_n; i++)
		sim->blocks[i].seen = false;
	watch(sim, 1);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(rescan_next(sim) == 0 && seen(sim, tip, 50) && seen(sim, tip, 60));
	sim_free(sim);
}

/* --- Scripts watched late --- */

static void
test_late(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 1200, 50, 777);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);
	static const uint8_t other[] = { 0x51, 0x20, 9, 9 };

	sim_scan_from(sim, 20);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, other, sizeof(other), 0));
	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && sim->passed == 1200 - 19 - TAIL && sim->rescanned == 0);
	watch(sim, 1201);
	CU_ASSERT_EQUAL(rescan_next(sim), 0);
	/* Lower, and lower again while it runs. */
	watch(sim, 700);
	CU_ASSERT_EQUAL(rescan_next(sim), 700);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(rescan_next(sim) == 0 && seen(sim, tip, 777) && !seen(sim, tip, 50) && sim->rescanned == 1);
	watch(sim, 500);
	sim_run(sim, 30);
	CU_ASSERT(rescan_next(sim) >= 500);
	watch(sim, 3);
	CU_ASSERT_EQUAL(rescan_next(sim), 20); /* nothing was passed below */
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(rescan_next(sim) == 0 && seen(sim, tip, 50));
	CU_ASSERT_EQUAL(sim->rescanned, 1 + 1 + 2); /* the pass under way was finished first */
	CU_ASSERT(sim_is_at(sim, tip) && sim_synced(sim));
	sim_free(sim);
}

/* Scripts come faster than one pass takes: each pass comes to its end all the same. */
static void
test_late_stream(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 1000, 50, 777);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);
	uint8_t script[] = { 0x51, 0x20, 9, 9 };

	sim_scan_from(sim, 1);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, script, sizeof(script), 0));
	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_run(sim, 10 * SECONDS);
	watch(sim, 1);
	for (int i = 0; i < 60; i++) {
		script[3]++;
		CU_ASSERT_PTR_NULL(spv_watch(sim->s, script, sizeof(script), 900));
		sim_drain(sim);
		sim_run(sim, 25);
	}
	CU_ASSERT(seen(sim, tip, 50) && seen(sim, tip, 777));
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT_EQUAL(rescan_next(sim), 0);
	sim_free(sim);
}

/* While the scan is on its way. */
/* A rescan from the very beginning says so: whoever keeps its place would take a 0 for none, and miss the rest at a restart. */
static void
test_late_from_genesis(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 100, 50, 80);
	struct sim_peer *p = sim_filter_peer(sim, tip);
	static const uint8_t other[] = { 0x51, 0x20, 9, 9 };

	sim_scan_from(sim, 0);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, other, sizeof(other), 0));
	sim_connect(sim, p);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(sim_synced(sim) && sim->passed > 80 && !seen(sim, tip, 50));
	watch(sim, 0);
	CU_ASSERT_EQUAL(rescan_next(sim), 1);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(rescan_next(sim) == 0 && seen(sim, tip, 50) && seen(sim, tip, 80));
	sim_free(sim);
}

static void
test_late_in_the_middle(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 3000, 50, 2000);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);
	static const uint8_t other[] = { 0x51, 0x20, 9, 9 };

	sim_scan_from(sim, 1);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, other, sizeof(other), 0));
	sim_connect(sim, p);
	sim_connect(sim, q);
	for (int i = 0; i < 200 && sim->delivered_n < 100; i++)
		sim_run(sim, 10);
	CU_ASSERT(sim->delivered_n >= 100 && sim->delivered_n < 1900);
	watch(sim, 1);
	CU_ASSERT_EQUAL(rescan_next(sim), 1);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && rescan_next(sim) == 0);
	CU_ASSERT(seen(sim, tip, 50) && seen(sim, tip, 2000) && sim->rescanned == 1);
	sim_free(sim);
}

static void
test_late_without_filters(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 200, 50, 120);
	struct sim_peer *p = sim_filter_peer(sim, tip), *full = sim_peer(sim, tip);

	sim_scan_from(sim, 1);
	sim_connect(sim, p);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && sim->passed == 200 - TAIL);
	sim_disconnect(sim, p);
	sim_connect(sim, full);
	watch(sim, 100);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(rescan_next(sim) == 0 && seen(sim, tip, 120) && !seen(sim, tip, 50) && sim->rescanned == 101);
	sim_free(sim);
}

/* A reorganisation below a rescan: what is scanned again isn't rescanned. */
static void
test_late_and_reorg(void)
{
	for (int delay = 0; delay < 200; delay += 15) {
		struct sim *sim = sim_by_filters();
		int tip = mine(sim, 400, 50, 330), fork = sim_at_height(sim, tip, 320), other;
		struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);

		sim_scan_from(sim, 1);
		sim_connect(sim, p);
		sim_connect(sim, q);
		sim_run(sim, 10 * SECONDS);
		watch(sim, 20);
		sim_run(sim, delay);
		other = sim_mine(sim, sim_mine(sim, fork, 30, SIM_SPENDS), 70, SIM_PLAIN);
		sim_announce(sim, p, other, true);
		sim_announce(sim, q, other, true);
		sim_run(sim, 10 * SECONDS);
		CU_ASSERT(sim_is_at(sim, other) && rescan_next(sim) == 0 && !p->closed && !q->closed);
		CU_ASSERT(seen(sim, other, 50) && seen(sim, other, 350));
		sim_free(sim);
	}
}

static void
test_resume(void)
{
	struct sim *sim = sim_by_filters();
	int tip = mine(sim, 600, 50, 300);
	struct sim_peer *p = sim_filter_peer(sim, tip);

	watch(sim, 0);
	sim_connect(sim, p);
	sim_run(sim, 5 * SECONDS);
	sim->first = 251;
	CU_ASSERT_FATAL(spv_scan_resume(sim->s, 1, &sim->blocks[sim_at_height(sim, tip, 250)].hash));
	sim_drain(sim);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(sim_is_at(sim, tip) && sim->rescanned == 0 && seen(sim, tip, 300) && !seen(sim, tip, 50));
	sim_free(sim);
}

static const struct unit_test tests[] = {
	{ "scan", test_scan },
	{ "nothing watched", test_nothing_watched },
	{ "scripts that no output can have", test_bad_scripts },
	{ "fallback", test_fallback },
	{ "beyond the filters", test_beyond_filters },
	{ "stall", test_stall },
	{ "peers that come and go", test_comers },
	{ "other filters", test_other_filters },
	{ "filters twice", test_twice },
	{ "watched late", test_late },
	{ "watched late, one after the other", test_late_stream },
	{ "watched late from genesis on", test_late_from_genesis },
	{ "watched late in the middle", test_late_in_the_middle },
	{ "watched late without filters", test_late_without_filters },
	{ "watched late and a reorg", test_late_and_reorg },
	{ "resume", test_resume },
};

UNIT_MAIN("filter_scan", tests)
