/* A light client on a signet: headers of more work than the true chain's are cheap there, and don't hold once the blocks are seen. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

/* Any solution is good, so a block of this chain is one that has a witness commitment. */
static const uint8_t challenge[] = { 0x51 };
static struct chain_params own;

static struct sim *
open_signet(enum spv_scan_mode mode)
{
	struct spv_params params;

	own = *chain_params_find("regtest");
	own.signet_challenge = challenge;
	own.signet_challenge_len = sizeof(challenge);
	params = spv_params_default(&own);
	params.scan_mode = mode;
	return sim_new(&params);
}

/* n blocks that solve the challenge. */
static int
mine_solved(struct sim *sim, int parent, size_t n)
{
	for (; n > 0; n--)
		parent = sim_mine(sim, parent, 1, SIM_WITNESS);
	return parent;
}

static void
more_work_without_solutions(enum spv_scan_mode mode)
{
	struct sim *sim = open_signet(mode);
	struct sim_peer *honest = sim_filter_peer(sim, mine_solved(sim, 0, 10)), *liar;
	const int fork = sim_at_height(sim, honest->tip, 5);

	sim_connect(sim, honest);
	sim_scan_from(sim, 1);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, honest->tip) && sim_synced(sim));
	liar = sim_filter_peer(sim, sim_mine(sim, fork, 40, SIM_PLAIN));
	sim_connect(sim, liar);
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(liar->closed && liar->banned && strstr(liar->reason, "bad-signet-blksig") != NULL);
	CU_ASSERT(!honest->closed && sim_is_at(sim, honest->tip));
	/* and the true chain goes on */
	sim_announce(sim, honest, mine_solved(sim, honest->tip, 3), false);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, honest->tip) && sim_synced(sim));
	CU_ASSERT_EQUAL(sim->passed, 0); /* none was taken for one because of its filter */
	sim_free(sim);
}

static void
by_blocks(void)
{
	more_work_without_solutions(SPV_SCAN_BLOCKS);
}

/* A filter says nothing of a solution. */
static void
by_filters(void)
{
	more_work_without_solutions(SPV_SCAN_FILTERS);
}

/* The last of a row of good blocks lacks its solution: the row stays. */
static void
one_bad_block_on_good_ones(void)
{
	struct sim *sim = open_signet(SPV_SCAN_BLOCKS);
	int good = mine_solved(sim, 0, 8);
	struct sim_peer *p = sim_filter_peer(sim, sim_mine(sim, good, 1, SIM_PLAIN));

	sim_connect(sim, p);
	sim_scan_from(sim, 1);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(p->closed && p->banned && strstr(p->reason, "invalid at height 9") != NULL);
	CU_ASSERT(sim_is_at(sim, good));
	sim_free(sim);
}

static const struct unit_test tests[] = {
	{ "more work without solutions, by blocks", by_blocks },
	{ "more work without solutions, by filters", by_filters },
	{ "one bad block on good ones", one_bad_block_on_good_ones },
};

UNIT_MAIN("spv_signet", tests)
