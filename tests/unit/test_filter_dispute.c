#include "spv/filters.h"

#include <string.h>

#include "spv/core.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000
#define TAIL 6

static struct sim *
sim_watching(uint32_t from)
{
	struct spv_params params = spv_params_default(chain_params_find("regtest"));
	struct sim *sim;

	params.scan_mode = SPV_SCAN_FILTERS;
	sim = sim_new(&params);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, sim_script, SIM_SCRIPT_LEN, 0));
	sim_scan_from(sim, from);
	return sim;
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

static struct sim_peer *
liar(struct sim *sim, int tip, enum sim_filter_lie lie, uint32_t from, uint32_t to)
{
	struct sim_peer *p = sim_filter_peer(sim, tip);

	p->filter_lie = lie;
	p->lie_from = from;
	p->lie_to = to;
	return p;
}

static bool
seen(const struct sim *sim, int tip, uint32_t height)
{
	return sim->blocks[sim_at_height(sim, tip, height)].seen;
}

static bool
honest_chain(const struct sim *sim, int tip)
{
	const struct filter_chain *c = &sim->s->filters.chain;

	return c->count == sim->blocks[tip].height + 1 && hash256_eq(&c->top, &sim->blocks[tip].filter_header);
}

static bool
caught(const struct sim_peer *p, const char *why)
{
	return p->closed && p->banned && strstr(p->reason, why) != NULL;
}

/* C22: a filter that leaves our block out is found by comparing, decided by the block; whoever came first. */
static void
omitted(int order, uint32_t n, uint32_t pay)
{
	struct sim *sim = sim_watching(1);
	int tip = mine(sim, n, pay, 0);
	struct sim_peer *bad = liar(sim, tip, SIM_FILTER_OMIT, pay, pay), *good = sim_filter_peer(sim, tip);

	sim_connect(sim, order < 2 ? bad : good);
	sim_run(sim, order == 1 ? 20 * SECONDS : 0);
	CU_ASSERT(order != 1 || (sim_is_at(sim, tip) && !seen(sim, tip, pay) && !bad->closed)); /* alone he is believed */
	sim_connect(sim, order < 2 ? good : bad);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(caught(bad, "filter: a lie at height") && bad->evidence_height == (int64_t)pay);
	CU_ASSERT(!good->closed && honest_chain(sim, tip));
	CU_ASSERT(sim_is_at(sim, tip) && sim_synced(sim) && seen(sim, tip, pay));
	CU_ASSERT_EQUAL(sim->rescanned, order == 1);
	sim_free(sim);
}

static void
test_c22(void)
{
	for (int order = 0; order < 3; order++) {
		omitted(order, 120, 50);
		omitted(order, 120, 49); /* no input but the coinbase's in most blocks: those are decided without being shown */
		omitted(order, 4000, 1501);
	}
}

/* Nobody counts heads. */
static void
test_majority(void)
{
	struct sim *sim = sim_watching(1);
	int tip = mine(sim, 300, 50, 200);
	struct sim_peer *good;

	for (int i = 0; i < 4; i++)
		sim_connect(sim, liar(sim, tip, SIM_FILTER_OMIT, 50, 50));
	good = sim_filter_peer(sim, tip);
	sim_connect(sim, good);
	sim_run(sim, 20 * SECONDS);
	for (int i = 0; i < 4; i++)
		CU_ASSERT(caught(&sim->peers[i], "a lie at height 50"));
	CU_ASSERT(!good->closed && honest_chain(sim, tip) && sim_is_at(sim, tip) && seen(sim, tip, 50) && seen(sim, tip, 200));
	sim_free(sim);
}

/* Different lies at different heights: each is found. */
static void
test_many_lies(void)
{
	static const enum sim_filter_lie lies[] = { SIM_FILTER_OMIT, SIM_FILTER_EMPTY, SIM_FILTER_STUFFED, SIM_FILTER_MALFORMED };
	struct sim *sim = sim_watching(1);
	int tip = mine(sim, 300, 50, 0);
	struct sim_peer *good;

	for (uint32_t i = 0; i < ARRAY_LEN(lies); i++)
		sim_connect(sim, liar(sim, tip, lies[i], 50 - i % 2 * 7, 60 + i * 30));
	good = sim_filter_peer(sim, tip);
	sim_connect(sim, good);
	sim_run(sim, 60 * SECONDS);
	for (uint32_t i = 0; i < ARRAY_LEN(lies); i++)
		CU_ASSERT(caught(&sim->peers[i], "filter: a lie at height"));
	CU_ASSERT(!good->closed && honest_chain(sim, tip) && sim_is_at(sim, tip) && seen(sim, tip, 50));
	sim_free(sim);
}

/* A spend left out: the output is known from the block that made it. */
static void
test_omitted_spend(void)
{
	struct sim *sim = sim_watching(1);
	int tip = mine(sim, 300, 50, 90);
	struct sim_peer *bad = liar(sim, tip, SIM_FILTER_OMIT, 90, 90), *good = sim_filter_peer(sim, tip);

	bad->latency_ms = 300; /* late: the payment is delivered by then */
	sim_connect(sim, good);
	sim_run(sim, 10 * SECONDS);
	sim_connect(sim, bad);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(caught(bad, "a lie at height 90"));
	CU_ASSERT(!good->closed && sim_is_at(sim, tip) && seen(sim, tip, 90));
	sim_free(sim);
}

/* What nothing settles: the block is looked at, both stay, and are compared from there on. */
static void
unsettled(bool bad_first, bool late)
{
	struct sim *sim = sim_watching(1);
	int tip = sim_mine(sim, sim_mine(sim, 0, 60, SIM_WITNESS), 200, SIM_PLAIN);
	struct sim_peer *bad = liar(sim, tip, SIM_FILTER_OTHER, 60, 60), *good = sim_filter_peer(sim, tip);

	sim_connect(sim, bad_first ? bad : good);
	sim_run(sim, late ? 10 * SECONDS : 0);
	CU_ASSERT_EQUAL(sim->delivered_n, late ? 260 : 0);
	sim_connect(sim, bad_first ? good : bad);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(!bad->closed && !good->closed && sim_is_at(sim, tip) && sim_synced(sim));
	CU_ASSERT(seen(sim, tip, 60) && sim->s->filters.doubts == 1 && sim->s->filters.doubt[0] == 60);
	CU_ASSERT_EQUAL(sim->rescanned, late);
	for (const struct peer *p = sim->s->peers; p != NULL; p = p->hh.next)
		CU_ASSERT_EQUAL(p->filters.agreed, 260);
	/* On top of it: an honest block, then a lie that can be proven. */
	tip = sim_mine(sim, tip, 1, SIM_PLAIN);
	sim_announce(sim, bad, tip, true);
	sim_announce(sim, good, tip, true);
	sim_run(sim, SECONDS);
	CU_ASSERT(!bad->closed && !good->closed && sim_is_at(sim, tip));
	bad->filter_lie = SIM_FILTER_HONEST;
	tip = sim_mine(sim, tip, 1, SIM_PAYS);
	sim_announce(sim, good, tip, true);
	sim_run(sim, SECONDS);
	bad->tip = tip;
	sim_free(sim);
}

static void
test_unsettled(void)
{
	for (int i = 0; i < 4; i++)
		unsettled(i % 2 == 1, i / 2 == 1);
}

/* A reorganisation takes the doubt with it. */
static void
test_unsettled_reorg(void)
{
	struct sim *sim = sim_watching(1);
	int fork = sim_mine(sim, 0, 55, SIM_PLAIN), tip = sim_mine(sim, sim_mine(sim, fork, 5, SIM_WITNESS), 20, SIM_PLAIN), other;
	struct sim_peer *bad = liar(sim, tip, SIM_FILTER_OTHER, 60, 60), *good = sim_filter_peer(sim, tip);

	sim_connect(sim, bad);
	sim_connect(sim, good);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT_EQUAL(sim->s->filters.doubts, 1);
	other = sim_mine(sim, fork, 40, SIM_PLAIN);
	sim_announce(sim, bad, other, true);
	sim_announce(sim, good, other, true);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(!bad->closed && !good->closed && sim_is_at(sim, other));
	spv_check(sim->s);
	sim_free(sim);
}

/* Too much that nothing settles: whole blocks, as long as who disagrees so much is here; and no block is fetched for it again and again. */
static void
test_unsettled_flood(void)
{
	struct sim *sim = sim_watching(1);
	int tip = 0;
	struct sim_peer *bad, *good;

	for (int i = 0; i < 60; i++)
		tip = sim_mine(sim, tip, 2, SIM_WITNESS);
	tip = sim_mine(sim, tip, 50, SIM_PLAIN);
	good = sim_filter_peer(sim, tip);
	bad = liar(sim, tip, SIM_FILTER_OTHER, 1, 120);
	sim_connect(sim, good);
	sim_connect(sim, bad);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(!good->closed && sim_is_at(sim, tip) && sim_synced(sim) && sim->s->filters.doubts <= FILTER_DOUBTS_MAX);
	for (uint32_t h = 2; h <= 120; h += 2)
		CU_ASSERT(seen(sim, tip, h));
	CU_ASSERT(!filters_in_use(sim->s) && good->getblocks + bad->getblocks < 170 + FILTER_DOUBTS_MAX + 60);
	sim_disconnect(sim, bad);
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(filters_in_use(sim->s) && honest_chain(sim, tip));
	sim_free(sim);
}

/* Who names a filter and doesn't show it: decided without where the block alone gives it, else left aside. */
static void
test_not_shown(void)
{
	struct sim *sim = sim_watching(1);
	int tip = mine(sim, 200, 50, 0);
	struct sim_peer *bad = liar(sim, tip, SIM_FILTER_EMPTY, 49, 49), *worse = liar(sim, tip, SIM_FILTER_OMIT, 50, 50);
	struct sim_peer *good = sim_filter_peer(sim, tip);

	bad->mute_cfilters = worse->mute_cfilters = true;
	sim_connect(sim, bad);
	sim_connect(sim, worse);
	sim_connect(sim, good);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(caught(bad, "a lie at height 49"));
	CU_ASSERT(!worse->banned && !good->closed && sim_is_at(sim, tip) && seen(sim, tip, 50));
	sim_free(sim);
}

/* Nobody has the block that would decide: no filters for the time being; when it comes the liar is found. */
static void
test_no_block(void)
{
	struct sim *sim = sim_watching(150);
	int tip = mine(sim, 200, 50, 0);
	struct sim_peer *bad = liar(sim, tip, SIM_FILTER_OMIT, 50, 50), *good = sim_filter_peer(sim, tip);

	bad->no_blocks = good->no_blocks = true;
	sim_connect(sim, bad);
	sim_connect(sim, good);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(filters_in_use(sim->s) && !bad->closed && !good->closed && sim->s->filters.dispute.open);
	sim_run(sim, 90 * SECONDS);
	CU_ASSERT(!filters_in_use(sim->s) && !bad->closed && !good->closed);
	good->no_blocks = false;
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(caught(bad, "a lie at height 50") && !good->closed && filters_in_use(sim->s));
	CU_ASSERT(sim_is_at(sim, tip) && honest_chain(sim, tip));
	sim_free(sim);
}

/* Only liars serve filters: they are banned, and whole blocks do. */
static void
test_all_lie(void)
{
	struct sim *sim = sim_watching(1);
	int tip = mine(sim, 200, 50, 80);
	struct sim_peer *one = liar(sim, tip, SIM_FILTER_OMIT, 50, 50), *two = liar(sim, tip, SIM_FILTER_EMPTY, 50, 50);
	struct sim_peer *full = sim_peer(sim, tip);

	sim_connect(sim, one);
	sim_connect(sim, two);
	sim_connect(sim, full);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(caught(one, "a lie") && caught(two, "a lie") && !full->closed);
	CU_ASSERT(sim_is_at(sim, tip) && seen(sim, tip, 50) && seen(sim, tip, 80));
	sim_free(sim);
}

/* With one filter peer alone: blocks picked at random, and those that match, show what he is. */
static void
test_lone_liar(void)
{
	static const enum sim_filter_lie lies[] = { SIM_FILTER_EMPTY, SIM_FILTER_STUFFED, SIM_FILTER_MALFORMED };

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct sim *sim = sim_watching(1);
		int tip = mine(sim, 900, 50, 0);
		struct sim_peer *bad = liar(sim, tip, lies[i], 1, 900), *full = sim_peer(sim, tip);

		sim_connect(sim, bad);
		sim_connect(sim, full);
		sim_run(sim, 30 * SECONDS);
		CU_ASSERT(caught(bad, "a lie at height") && !full->closed && sim_is_at(sim, tip));
		sim_free(sim);
	}
}

/* The branch changes while a dispute is on: an answer about a block that left bans nobody. */
static void
test_reorg_in_dispute(void)
{
	for (int delay = 0; delay < 260; delay += 10) {
		struct sim *sim = sim_watching(1);
		int fork = sim_mine(sim, 0, 40, SIM_PLAIN), tip = sim_mine(sim, fork, 10, SIM_PAYS), other;
		struct sim_peer *bad = liar(sim, tip, SIM_FILTER_OMIT, 50, 50), *good = sim_filter_peer(sim, tip);

		tip = sim_mine(sim, tip, 10, SIM_PLAIN);
		bad->tip = good->tip = tip;
		sim_connect(sim, bad);
		sim_connect(sim, good);
		sim_run(sim, delay);
		other = sim_mine(sim, fork, 40, SIM_PAYS);
		sim_announce(sim, good, other, true);
		sim_run(sim, SECONDS);
		if (bad->id != 0)
			sim_announce(sim, bad, other, true);
		sim_run(sim, 20 * SECONDS);
		CU_ASSERT(!good->closed && sim_is_at(sim, other) && honest_chain(sim, other) && seen(sim, other, 80));
		sim_free(sim);
	}
}

static const struct unit_test tests[] = {
	{ "C22 a filter that leaves our block out", test_c22 },
	{ "four liars against one", test_majority },
	{ "many lies", test_many_lies },
	{ "a spend left out", test_omitted_spend },
	{ "unsettled", test_unsettled },
	{ "unsettled, then a reorg", test_unsettled_reorg },
	{ "a flood of the unsettled", test_unsettled_flood },
	{ "not shown", test_not_shown },
	{ "nobody has the block", test_no_block },
	{ "all lie", test_all_lie },
	{ "a lone liar", test_lone_liar },
	{ "reorg in a dispute", test_reorg_in_dispute },
};

UNIT_MAIN("filter_dispute", tests)
