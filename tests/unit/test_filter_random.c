#include "spv/filters.h"

#include <stdlib.h>
#include <string.h>

#include "chain/filter.h"
#include "spv/core.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
	return *x;
}

static enum sim_flavour
random_flavour(const struct sim *sim, uint64_t *x)
{
	switch (next_random(x) % 6) {
	case 0:
		return SIM_PAYS;
	case 1:
		return hash256_is_zero(&sim->paid.txid) ? SIM_WITNESS : SIM_SPENDS;
	case 2:
		return SIM_WITNESS;
	}
	return SIM_PLAIN;
}

static void
random_lie(struct sim_peer *p, uint64_t *x, const struct sim *sim)
{
	uint32_t top = sim->blocks[p->tip].height + 1;

	p->filter_lie = (enum sim_filter_lie)(next_random(x) % (SIM_FILTER_OTHER + 1));
	p->lie_from = 1 + (uint32_t)(next_random(x) % top);
	p->lie_to = p->lie_from + (uint32_t)(next_random(x) % 30);
}

/* A moment of a random life. A peer lies as it does from its connection on: else it would contradict itself. */
static void
random_step(struct sim *sim, uint64_t *x)
{
	struct sim_peer *p = &sim->peers[next_random(x) % sim->peers_n];
	uint64_t what = next_random(x) % 16;

	if (p->id == 0) {
		p->mute_cfheaders = p->mute_cfilters = p->other_cfilters = p->twice = false;
		random_lie(p, x, sim);
		sim_connect(sim, p);
	} else if (what == 0) {
		sim_disconnect(sim, p);
	} else if (what < 6) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1 + next_random(x) % 12, random_flavour(sim, x)), what % 2 == 0);
	} else if (what == 6) {
		sim_announce(sim, p, sim->peers[next_random(x) % sim->peers_n].tip, true);
	} else if (what == 7) {
		int back = sim_at_height(sim, p->tip, sim->blocks[p->tip].height * 9 / 10);

		sim_announce(sim, p, sim_mine(sim, back > 0 ? back : p->tip, 1 + next_random(x) % 20, random_flavour(sim, x)), true);
	} else if (what == 8) {
		p->mute_cfheaders = !p->mute_cfheaders;
	} else if (what == 9) {
		p->mute_cfilters = !p->mute_cfilters;
	} else if (what == 10) {
		p->mute_blocks = !p->mute_blocks;
	} else if (what == 11) {
		p->other_cfilters = next_random(x) % 3 == 0;
		p->twice = !p->twice;
	} else if (what == 12) {
		if (next_random(x) % 2 == 0)
			spv_unwatch(sim->s, sim_script, SIM_SCRIPT_LEN);
		CU_ASSERT_PTR_NULL(spv_watch(sim->s, sim_script, SIM_SCRIPT_LEN, (uint32_t)(next_random(x) % 30)));
		sim_drain(sim);
	}
}

/* Every block of the branch that pays or spends the script was handed over whole. */
static bool
nothing_missed(const struct sim *sim, int tip)
{
	for (int at = tip; at > 0; at = sim->blocks[at].parent) {
		struct filter_item item = { sim_script, SIM_SCRIPT_LEN };

		if (sim->blocks[at].height < sim->first || sim->blocks[at].seen)
			continue;
		if (filter_match_any(sim->blocks[at].filter, sim->blocks[at].filter_len, &sim->blocks[at].hash, &item, 1) != FILTER_NO)
			return false;
	}
	return true;
}

static void
run(uint64_t seed)
{
	struct spv_params params = spv_params_default(chain_params_find("regtest"));
	uint64_t x = seed * 0x9e3779b97f4a7c15u;
	struct sim_peer *honest;
	struct spv_progress at;
	struct sim *sim;
	int longest = 0;

	params.scan_mode = SPV_SCAN_FILTERS;
	params.seed = seed;
	sim = sim_new(&params);
	sim_scan_from(sim, 1);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, sim_script, SIM_SCRIPT_LEN, 0));
	for (int i = 0; i < 6; i++) {
		struct sim_peer *p = i == 0 ? sim_peer(sim, 0) : sim_filter_peer(sim, 0);

		p->latency_ms = 5 + (int64_t)(next_random(&x) % 300);
	}
	for (int step = 0; step < 120; step++) {
		random_step(sim, &x);
		sim_run(sim, (int64_t)(next_random(&x) % (step % 10 == 0 ? 30000 : 500)));
	}
	for (size_t i = 0; i < sim->peers_n; i++) {
		if (sim->peers[i].id != 0)
			sim_disconnect(sim, &sim->peers[i]);
	}
	for (size_t i = 1; i < sim->blocks_n; i++)
		longest = sim->blocks[i].height > sim->blocks[longest].height ? (int)i : longest;
	honest = sim_filter_peer(sim, sim_mine(sim, longest, 2, SIM_PLAIN));
	sim_connect(sim, honest);
	sim_run(sim, 200 * SECONDS);
	spv_progress(sim->s, &at);
	CU_ASSERT(!honest->closed && sim_is_at(sim, honest->tip) && sim_synced(sim) && at.rescan_next == 0);
	CU_ASSERT(nothing_missed(sim, honest->tip));
	if (honest->closed || !nothing_missed(sim, honest->tip))
		printf("seed %llu: %s\n", (unsigned long long)seed, honest->reason);
	sim_free(sim);
}

/* From a seed, peers come, go, mine, stall and lie about filters. In the end an honest one is left: what mattered has been handed over. */
static void
test_random(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++)
		run(seed);
}

static const struct unit_test tests[] = {
	{ "random", test_random },
};

UNIT_MAIN("filter_random", tests)
