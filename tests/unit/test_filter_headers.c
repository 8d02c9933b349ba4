#include "spv/filters.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "chain/p2p_filter.h"
#include "spv/core.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

static struct sim *
sim_by_filters(void)
{
	struct spv_params params = spv_params_default(chain_params_find("regtest"));

	params.scan_mode = SPV_SCAN_FILTERS;
	return sim_new(&params);
}

/* The client names the filters of this block's branch as honest peers do. */
static bool
has_filters(const struct sim *sim, int block)
{
	const struct filter_chain *c = &sim->s->filters.chain;

	if (c->count != sim->blocks[block].height + 1)
		return false;
	for (int at = block; at >= 0; at = sim->blocks[at].parent) {
		struct hash256 hash = filter_chain_hash(c, sim->blocks[at].height);

		if (!hash256_eq(&hash, &sim->blocks[at].filter_hash))
			return false;
	}
	return hash256_eq(&c->top, &sim->blocks[block].filter_header);
}

static unsigned
all_agree(const struct sim *sim)
{
	unsigned n = 0;

	for (const struct peer *p = sim->s->peers; p != NULL; p = p->hh.next)
		n += p->filters.agreed + 1 == (int64_t)sim->s->filters.chain.count;
	return n;
}

static void
test_short(void)
{
	struct sim *sim = sim_by_filters();
	struct sim_peer *p = sim_filter_peer(sim, sim_mine(sim, 0, 40, SIM_PLAIN)), *q = sim_filter_peer(sim, p->tip);
	struct spv_progress at;

	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_run(sim, SECONDS);
	CU_ASSERT(has_filters(sim, p->tip) && all_agree(sim) == 2);
	CU_ASSERT(p->getcheckpoints == 0 && p->getcfheaders == 1 && q->getcfheaders == 1 && p->getcfilters == 0);
	spv_progress(sim->s, &at);
	CU_ASSERT(at.filter_headers == 41 && at.filters_in_use && at.rescan_next == 0);
	/* New blocks, one by one. */
	for (int i = 0; i < 5; i++) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), true);
		sim_run(sim, SECONDS);
		sim_announce(sim, q, p->tip, false);
		sim_run(sim, SECONDS);
		CU_ASSERT(has_filters(sim, p->tip) && all_agree(sim) == 2);
	}
	sim_free(sim);
}

/* Checkpoints from all at once, ranges from several; nobody is asked for everything. */
static void
test_long(void)
{
	struct sim *sim = sim_by_filters();
	int tip = sim_mine(sim, 0, 12345, SIM_PLAIN);
	unsigned ranges = 0;

	for (int i = 0; i < 4; i++)
		sim_connect(sim, sim_filter_peer(sim, tip));
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(has_filters(sim, tip) && all_agree(sim) == 4);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(sim->peers[i].getcheckpoints, 1);
		CU_ASSERT(sim->peers[i].getcfheaders >= 1 && sim->peers[i].getcfheaders <= 5);
		ranges += sim->peers[i].getcfheaders;
	}
	CU_ASSERT(ranges <= 7 + 4);
	spv_check(sim->s);
	sim_free(sim);
}

static void
test_lone(void)
{
	struct sim *sim = sim_by_filters();
	int tip = sim_mine(sim, 0, 4321, SIM_PLAIN);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip), *full = sim_peer(sim, tip);

	sim_connect(sim, full);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(sim->s->filters.chain.count == 0 && !filters_in_use(sim->s));
	sim_connect(sim, p);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(has_filters(sim, tip));
	/* A second one is compared. */
	sim_connect(sim, q);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(all_agree(sim) == 2 && q->getcheckpoints == 1 && q->getcfheaders == 1);
	sim_free(sim);
}

static void
test_reorg(void)
{
	struct sim *sim = sim_by_filters();
	int fork = sim_mine(sim, 0, 1990, SIM_PLAIN), old = sim_mine(sim, fork, 30, SIM_PLAIN);
	struct sim_peer *p = sim_filter_peer(sim, old), *q = sim_filter_peer(sim, old);

	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(has_filters(sim, old));
	sim_announce(sim, p, sim_mine(sim, fork, 31, SIM_PLAIN), true);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(has_filters(sim, p->tip) && !q->closed);
	sim_announce(sim, q, sim_mine(sim, old, 5, SIM_PLAIN), true);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(has_filters(sim, q->tip) && !p->closed);
	sim_announce(sim, p, q->tip, true);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(all_agree(sim) == 2);
	sim_free(sim);
}

/* The branch changes again and again while questions are out: late answers are dropped, nobody is blamed. */
static void
test_reorg_race(void)
{
	struct sim *sim = sim_by_filters();
	int fork = sim_mine(sim, 0, 20, SIM_PLAIN);
	struct sim_peer *p = sim_filter_peer(sim, fork), *q = sim_filter_peer(sim, fork);

	sim_scan_from(sim, 1);
	CU_ASSERT_PTR_NULL(spv_watch(sim->s, sim_script, SIM_SCRIPT_LEN, 0));
	sim_connect(sim, p);
	sim_connect(sim, q);
	p->latency_ms = 30;
	q->latency_ms = 70;
	for (int i = 0; i < 60; i++) {
		struct sim_peer *at = i % 2 == 0 ? p : q;
		int on = i % 4 < 2 ? at->tip : sim_at_height(sim, at->tip, sim->blocks[at->tip].height - 3);

		sim_announce(sim, at, sim_mine(sim, on, 5, i % 3 == 0 ? SIM_PAYS : SIM_PLAIN), i % 3 == 0);
		sim_run(sim, 20 + i * 7 % 90);
	}
	sim_announce(sim, p, sim_mine(sim, p->tip, 10, SIM_PLAIN), true);
	sim_announce(sim, q, p->tip, true);
	sim_run(sim, 30 * SECONDS);
	CU_ASSERT(!p->closed && !q->closed && has_filters(sim, p->tip) && all_agree(sim) == 2);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	sim_free(sim);
}

/* Silence moves the work, and bans nobody; who answers again is asked again. */
static void
test_stalls(void)
{
	struct sim *sim = sim_by_filters();
	int tip = sim_mine(sim, 0, 6500, SIM_PLAIN);
	struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip), *r = sim_filter_peer(sim, tip);

	p->mute_checkpoints = true;
	q->mute_cfheaders = true;
	sim_connect(sim, p);
	sim_connect(sim, q);
	sim_connect(sim, r);
	sim_run(sim, 15 * SECONDS);
	CU_ASSERT(has_filters(sim, tip) && !p->closed && !q->closed && !r->closed);
	p->mute_checkpoints = q->mute_cfheaders = false;
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT_EQUAL(all_agree(sim), 3);
	sim_free(sim);
}

static void
test_all_stall(void)
{
	struct sim *sim = sim_by_filters();
	int tip = sim_mine(sim, 0, 100, SIM_PLAIN);
	struct sim_peer *p = sim_filter_peer(sim, tip);

	p->mute_cfheaders = true;
	sim_connect(sim, p);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(filters_in_use(sim->s));
	sim_run(sim, 10 * SECONDS);
	CU_ASSERT(!filters_in_use(sim->s) && !p->closed);
	p->mute_cfheaders = false;
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(filters_in_use(sim->s) && has_filters(sim, tip));
	sim_free(sim);
}

/* A peer whose checkpoints aren't what its own cfheaders give. */
static void
test_contradiction(void)
{
	for (int lead = 0; lead < 2; lead++) {
		struct sim *sim = sim_by_filters();
		int tip = sim_mine(sim, 0, 5500, SIM_PLAIN);
		struct sim_peer *p = sim_filter_peer(sim, tip), *q = sim_filter_peer(sim, tip);

		p->bad_checkpoint = true;
		sim_connect(sim, lead == 0 ? p : q);
		sim_run(sim, lead * 5 * SECONDS);
		sim_connect(sim, lead == 0 ? q : p);
		sim_run(sim, 10 * SECONDS);
		CU_ASSERT(p->closed && p->banned && strncmp(p->reason, "cfheaders: ", 11) == 0);
		CU_ASSERT(!q->closed && has_filters(sim, tip));
		sim_free(sim);
	}
}

static void
say_cfheaders(struct sim *sim, struct sim_peer *p, const struct hash256 *stop, size_t n)
{
	struct p2p_cfheaders m = { .stop = *stop, .n = n };
	uint8_t junk[64] = { 1 };
	struct wr w = { 0 };

	m.hashes = junk;
	wr_p2p_cfheaders(&w, &m);
	sim_say(sim, p, "cfheaders", w.p, w.len);
	wr_clear(&w);
}

/* C17, C23: malformed messages ban; what nobody asked for is dropped. */
static void
test_unasked(void)
{
	static const char *const commands[] = { "cfheaders", "cfcheckpt", "cfilter" };
	struct sim *sim = sim_by_filters();
	int tip = sim_mine(sim, 0, 50, SIM_PLAIN);
	struct sim_peer *p = sim_filter_peer(sim, tip);
	struct p2p_cfilter f = { .block = sim->blocks[7].hash, .filter = (const uint8_t *)"\0", .filter_len = 1 };
	struct p2p_cfcheckpt c = { .stop = sim->blocks[50].hash };
	struct wr w = { 0 };

	sim_connect(sim, p);
	sim_run(sim, SECONDS);
	say_cfheaders(sim, p, &sim->blocks[50].hash, 2);
	say_cfheaders(sim, p, &sim->blocks[2].hash, 2);
	wr_p2p_cfilter(&w, &f);
	sim_say(sim, p, "cfilter", w.p, w.len);
	wr_reset(&w);
	wr_p2p_cfcheckpt(&w, &c);
	sim_say(sim, p, "cfcheckpt", w.p, w.len);
	wr_clear(&w);
	CU_ASSERT(!p->closed && has_filters(sim, tip));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (p->id == 0)
			sim_connect(sim, p);
		sim_run(sim, SECONDS);
		sim_say(sim, p, commands[i], "\x01", 1);
		CU_ASSERT(p->closed && p->banned && strstr(p->reason, "malformed") != NULL);
	}
	sim_free(sim);
}

/* The very first filter headers follow nothing: not even zeros. */
static void
test_bad_beginning(void)
{
	struct sim *sim = sim_by_filters();
	int tip = sim_mine(sim, 0, 2500, SIM_PLAIN);
	struct sim_peer *p[2] = { sim_filter_peer(sim, tip), sim_filter_peer(sim, tip) }, *q = sim_filter_peer(sim, tip);
	uint8_t *hashes = mem_new(P2P_CFHEADERS_MAX, sizeof(struct hash256));
	const struct filter_job *j;
	struct sim_peer *liar = NULL;
	struct p2p_cfheaders m;
	struct wr w = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i]->mute_cfheaders = true;
		sim_connect(sim, p[i]);
	}
	sim_run(sim, SECONDS);
	for (j = sim->s->filters.jobs; j != NULL && (j->kind != FILTER_JOB_RANGE || j->start != 0); j = j->next_job)
		;
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	liar = j->peer == p[0]->id ? p[0] : p[1];
	m = (struct p2p_cfheaders){ .stop = j->stop_hash, .prev_header = j->stop_hash, .hashes = hashes, .n = j->stop + 1 };
	wr_p2p_cfheaders(&w, &m);
	sim_say(sim, liar, "cfheaders", w.p, w.len);
	wr_clear(&w);
	CU_ASSERT(liar->closed && liar->banned);
	sim_connect(sim, q);
	sim_run(sim, 40 * SECONDS);
	CU_ASSERT(!q->closed && has_filters(sim, tip));
	free(hashes);
	sim_free(sim);
}

static const struct unit_test tests[] = {
	{ "a short chain", test_short },
	{ "a long chain", test_long },
	{ "one filter peer, then two", test_lone },
	{ "reorg", test_reorg },
	{ "races of reorganisations", test_reorg_race },
	{ "stalls", test_stalls },
	{ "everybody stalls", test_all_stall },
	{ "checkpoints against headers", test_contradiction },
	{ "a bad beginning", test_bad_beginning },
	{ "C17 C23 unasked and malformed", test_unasked },
};

UNIT_MAIN("filter_headers", tests)
