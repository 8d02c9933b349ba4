#include "spv/spv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

static void
test_handshake(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(5, 0, &p);

	p->mute_version = true;
	sim_run(sim, 10);
	sim_disconnect(sim, p);
	p->mute_version = true;
	sim_connect(sim, p);
	sim_run(sim, 19 * SECONDS);
	CU_ASSERT(!p->closed);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(p->closed && !p->banned && strncmp(p->reason, "handshake", 9) == 0);

	p->mute_version = false;
	p->services = NODE_NETWORK;
	sim_connect(sim, p);
	sim_run(sim, SECONDS);
	CU_ASSERT(p->closed && !p->banned && strstr(p->reason, "witness") != NULL);

	p->services |= NODE_WITNESS;
	p->echo_nonce = true;
	sim_connect(sim, p);
	sim_run(sim, SECONDS);
	CU_ASSERT(p->closed && strstr(p->reason, "ourselves") != NULL);
	sim_free(sim);
}

static void
test_headers_stall(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(50, 1, &p);

	p->mute_headers = true;
	p->start_height = 1000; /* more than q: asked first */
	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	sim_run(sim, 29 * SECONDS);
	CU_ASSERT(!sim_synced(sim) && q->getheaders == 0);
	sim_run(sim, 3 * SECONDS);
	CU_ASSERT(p->closed && !p->banned && strncmp(p->reason, "headers", 7) == 0);
	CU_ASSERT(sim_is_at(sim, q->tip) && sim_synced(sim));
	sim_free(sim);
}

/* C12: whoever claims most, answers nothing and comes back at once doesn't keep an honest peer from its turn. */
static void
test_silent_crowd(void)
{
	struct sim_peer *silent[4], *good;
	struct sim *sim = sim_new(NULL);
	int tip = sim_mine(sim, 0, 50, SIM_PLAIN);

	sim_scan_from(sim, 1);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
		silent[i] = sim_peer(sim, tip);
		silent[i]->mute_headers = true;
		silent[i]->start_height = INT32_MAX;
		sim_connect(sim, silent[i]);
	}
	good = sim_peer(sim, tip);
	sim_connect(sim, good);
	for (int s = 0; s < 150; s++) {
		sim_run(sim, SECONDS);
		for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
			if (silent[i]->id == 0)
				sim_connect(sim, silent[i]);
		}
	}
	CU_ASSERT(sim_is_at(sim, tip) && sim_synced(sim) && !good->closed);
	sim_free(sim);
}

/* A node that finds itself behind the time does not answer at all: no fault, when it claims no more than we have. */
static void
test_nothing_to_offer(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_new(NULL);

	sim_scan_from(sim, 1);
	p = sim_peer(sim, 0);
	p->mute_headers = true;
	sim_connect(sim, p);
	sim_run(sim, 100 * SECONDS);
	CU_ASSERT(!p->closed && sim_synced(sim));
	p->mute_headers = false;
	sim_announce(sim, p, sim_mine(sim, 0, 2, SIM_PLAIN), true);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	sim_free(sim);
}

static void
test_block_stall(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(50, 1, &p);

	p->mute_blocks = true;
	sim_run(sim, SECONDS);
	CU_ASSERT(p->getblocks > 0 && sim->delivered_n == 0);
	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	sim_run(sim, 31 * SECONDS);
	CU_ASSERT(p->closed && !p->banned && strncmp(p->reason, "block", 5) == 0);
	CU_ASSERT(sim_is_at(sim, q->tip));
	sim_free(sim);
}

/* Sixty-four fetches from a peer that takes its time: none is given up while it works. */
static void
test_slow_fetches(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(70, 0, &p);

	sim_run(sim, SECONDS);
	p->latency_ms = 12 * SECONDS;
	for (size_t i = 1; i <= 64; i++)
		CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[i].hash));
	CU_ASSERT_PTR_NOT_NULL(spv_fetch_block(sim->s, &sim->blocks[65].hash));
	sim_drain(sim);
	sim_run(sim, 100 * SECONDS);
	CU_ASSERT(sim->fetched == 64 && sim->fetch_failed == 0 && !p->closed);
	sim_free(sim);
}

/* Two who give nothing, are closed for it and come again don't keep a fetch waiting for ever. */
static void
test_fetch_without_end(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(10, 0, &p);

	q = sim_peer(sim, p->tip);
	p->mute_blocks = q->mute_blocks = true;
	sim_connect(sim, q);
	sim_run(sim, SECONDS);
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[5].hash));
	sim_drain(sim);
	for (int i = 0; i < 700; i++) {
		sim_run(sim, SECONDS);
		if (p->closed)
			sim_connect(sim, p);
		if (q->closed)
			sim_connect(sim, q);
	}
	CU_ASSERT(sim->fetched == 0 && sim->fetch_failed == 1);
	sim_free(sim);
}

/* A block waits for its turn, is fetched as well, and then leaves the best chain: the fetch has its answer all the same. */
static void
test_fetch_of_waiting(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(10, 1, &p);

	p->mute_blocks = true;
	sim_run(sim, SECONDS);
	sim_say(sim, p, "block", sim->blocks[5].bytes, sim->blocks[5].len);
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[5].hash));
	sim_drain(sim);
	sim_announce(sim, p, sim_mine(sim, 3, 9, SIM_PLAIN), true);
	sim_run(sim, SECONDS);
	p->mute_blocks = false;
	sim_run(sim, 120 * SECONDS);
	CU_ASSERT_EQUAL(sim->fetched + sim->fetch_failed, 1);
	sim_connect(sim, p);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip));
	sim_free(sim);
}

/* A pruned peer says so at once, and is kept. */
static void
test_not_found(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(20, 1, &p);

	p->no_blocks = true;
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(!p->closed && sim->delivered_n == 0);
	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, q->tip));
	/* It may have them later. */
	sim_disconnect(sim, q);
	p->no_blocks = false;
	sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), true);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip));
	sim_free(sim);
}

static void
test_slow_but_steady(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(64, 1, &p);

	p->latency_ms = 25 * SECONDS;
	sim_run(sim, 400 * SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, p->tip));
	sim_free(sim);
}

static void
test_ping(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(5, 0, &p);

	sim_run(sim, 250 * SECONDS);
	CU_ASSERT(!p->closed && p->pings == 3);
	p->mute_ping = true;
	sim_run(sim, 250 * SECONDS);
	CU_ASSERT(p->closed && !p->banned && strncmp(p->reason, "ping", 4) == 0);
	sim_free(sim);
}

static void
test_disconnect_mid_sync(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(2500, 2450, &p);

	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	sim_run(sim, 45); /* the first 2,000 are there */
	sim_disconnect(sim, p);
	sim_run(sim, 30); /* blocks are on their way */
	sim_disconnect(sim, q);
	CU_ASSERT(!sim_synced(sim) && !sim_is_at(sim, q->tip));
	sim_connect(sim, p);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	sim_free(sim);
}

/* --- Peers that lie --- */

static const struct {
	enum sim_flavour flavour;
	const char *reason;
} bad_headers[] = {
	{ SIM_BAD_NONCE, "bad-work" },
	{ SIM_BAD_BITS, "bad-bits" },
	{ SIM_OLD_TIME, "time-too-old" },
	{ SIM_OLD_VERSION, "bad-version" },
};

/* C6, C8 and their like: the branch up to the lie is kept, the liar is left, an honest peer goes on from there. */
static void
test_bad_headers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_headers); i++) {
		struct sim_peer *p, *q;
		struct sim *sim = sim_with_peer(20, 1, &p);
		int good = p->tip;

		p->tip = sim_mine(sim, sim_mine(sim, good, 1, bad_headers[i].flavour), 5, SIM_PLAIN);
		sim_run(sim, SECONDS);
		CU_ASSERT(p->closed && p->banned && strstr(p->reason, "height 21") != NULL);
		CU_ASSERT_PTR_NOT_NULL(strstr(p->reason, bad_headers[i].reason));
		q = sim_peer(sim, sim_mine(sim, good, 2, SIM_PLAIN));
		sim_connect(sim, q);
		sim_run(sim, SECONDS);
		CU_ASSERT(sim_is_at(sim, q->tip) && sim_synced(sim));
		sim_free(sim);
	}
}

static void
test_not_a_chain(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(20, 0, &p);
	struct header two[2] = { sim->blocks[3].header, sim->blocks[7].header };
	struct wr w = { 0 };

	sim_run(sim, SECONDS);
	wr_p2p_headers(&w, two, 2);
	sim_say(sim, p, "headers", w.p, w.len);
	CU_ASSERT(p->closed && p->banned && strstr(p->reason, "not a chain") != NULL);
	wr_clear(&w);
	sim_free(sim);
}

/* The same full message for ever. */
static void
test_same_again(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(2000, 0, &p);
	struct header *all = mem_new(2000, sizeof(*all));
	struct wr w = { 0 };

	p->mute_headers = true;
	p->start_height = 5000;
	sim_run(sim, 100);
	for (size_t i = 0; i < 2000; i++)
		all[i] = sim->blocks[i + 1].header;
	wr_p2p_headers(&w, all, 2000);
	sim_say(sim, p, "headers", w.p, w.len);
	CU_ASSERT(!p->closed);
	sim_say(sim, p, "headers", w.p, w.len);
	CU_ASSERT(p->closed && !p->banned && strstr(p->reason, "again") != NULL);
	wr_clear(&w);
	free(all);
	sim_free(sim);
}

static const struct {
	const char *command, *payload;
	size_t len;
} malformed[] = {
	{ "version", "\x01", 1 }, { "headers", "\x01\x02", 2 }, { "headers", "\xfd\xd1\x07", 3 }, { "inv", "\x01", 1 },
	{ "block", "\x01", 1 },   { "ping", "", 0 },            { "getdata", "\xff", 1 },         { "notfound", "\x05", 1 },
};

/* C17, C23. */
static void
test_malformed(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(20, 1, &p);
	struct hash256 digest;

	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		if (p->id == 0)
			sim_connect(sim, p);
		if (i > 0)
			sim_run(sim, SECONDS);
		sim_say(sim, p, malformed[i].command, malformed[i].payload, malformed[i].len);
		CU_ASSERT(p->closed && p->banned && strncmp(p->reason, malformed[i].command, strlen(malformed[i].command)) == 0);
		sha256(&digest, malformed[i].payload, malformed[i].len);
		CU_ASSERT(p->lies == 1 && p->evidence_height == -1 && hash256_eq(&p->evidence, &digest));
	}
	sim_connect(sim, p);
	sim_run(sim, SECONDS);
	sim_say(sim, p, "unknown", "xyz", 3);
	sim_say(sim, p, "alert", NULL, 0);
	sim_say(sim, p, "pong", "12345678", 8);
	sim_say(sim, p, "reject", "x", 1);
	sim_say(sim, p, "verack", NULL, 0);
	sim_say(sim, p, "headers", "\0", 1);
	sim_run(sim, SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, p->tip));
	sim_free(sim);
}

/* Before the handshake nothing is listened to. */
static void
test_early(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(3, 0, &p);
	struct wr w = { 0 };

	wr_p2p_headers(&w, &sim->blocks[1].header, 1);
	sim_say(sim, p, "headers", w.p, w.len);
	sim_say(sim, p, "verack", NULL, 0);
	sim_say(sim, p, "ping", "12345678", 8);
	CU_ASSERT(sim->tips == 0 && p->getheaders == 0);
	wr_clear(&w);
	sim_free(sim);
}

static void
wrong_body(bool strip)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(9, 1, &p);

	p->tip = sim_mine(sim, p->tip, 1, SIM_WITNESS);
	p->mutate_blocks = !strip;
	p->strip_blocks = strip;
	sim_run(sim, SECONDS);
	CU_ASSERT(p->closed && p->banned && strncmp(p->reason, "block: ", 7) == 0);
	CU_ASSERT_EQUAL(sim->delivered_n, strip ? 9 : 0);
	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	sim_run(sim, SECONDS);
	CU_ASSERT(!q->closed && sim_is_at(sim, q->tip)); /* the header is not to blame */
	sim_free(sim);
}

static void
test_wrong_body(void)
{
	wrong_body(false);
	wrong_body(true);
}

/* A block that no rule allows: its branch is out for good, whoever offers it, however long. */
static void
test_invalid_block(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(10, 1, &p);
	int good = p->tip, bad = sim_mine(sim, good, 1, SIM_TWO_COINBASES);
	struct spv_header it;

	p->tip = sim_mine(sim, bad, 6, SIM_PLAIN);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(p->closed && p->banned && strstr(p->reason, "invalid at height 11") != NULL);
	CU_ASSERT(sim_is_at(sim, good) && !spv_header_find(sim->s, &sim->blocks[bad].hash, &it));
	q = sim_peer(sim, sim_mine(sim, good, 1, SIM_PLAIN));
	sim_connect(sim, q);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_is_at(sim, q->tip) && sim_synced(sim));
	sim_connect(sim, p);
	sim_run(sim, SECONDS);
	CU_ASSERT(p->closed && p->banned && strstr(p->reason, "invalid block") != NULL);
	CU_ASSERT(sim_is_at(sim, q->tip));
	sim_free(sim);
}

/* The invalid branch had pushed a valid one aside: that one comes back. */
static void
test_invalid_after_reorg(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(10, 1, &p);
	int fork = p->tip;

	p->tip = sim_mine(sim, fork, 5, SIM_PLAIN);
	sim_run(sim, SECONDS);
	q = sim_peer(sim, sim_mine(sim, sim_mine(sim, sim_mine(sim, fork, 2, SIM_PLAIN), 1, SIM_TWO_COINBASES), 4, SIM_PLAIN));
	sim_connect(sim, q);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(q->closed && q->banned && !p->closed);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim->unblocked >= 5);
	sim_free(sim);
}

static void
test_future(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(10, 1, &p);
	int good = p->tip;

	p->tip = sim_mine(sim, sim_mine(sim, good, 1, SIM_FUTURE), 2, SIM_PLAIN);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, good));
	sim_run(sim, 3600 * SECONDS - 10 * SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, good));
	sim_run(sim, 20 * SECONDS);
	CU_ASSERT(sim_is_at(sim, sim->blocks[sim->blocks[p->tip].parent].parent));
	sim_run(sim, 1210 * SECONDS);
	CU_ASSERT(!p->closed && sim_is_at(sim, p->tip));
	sim_free(sim);
}

/* C12: liars and laggards do not make it ready, an honest peer does. */
static void
test_lagging(void)
{
	struct sim_peer *lag, *liar, *good;
	struct sim *sim = sim_with_peer(30, 10, &lag);
	int deep = lag->tip;

	liar = sim_peer(sim, sim_mine(sim, sim_mine(sim, deep, 20, SIM_BAD_NONCE), 3, SIM_PLAIN));
	sim_connect(sim, liar);
	good = sim_peer(sim, sim_mine(sim, deep, 40, SIM_PLAIN));
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(liar->banned);
	sim_connect(sim, good);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(sim_is_at(sim, good->tip) && sim_synced(sim) && !lag->closed);
	sim_free(sim);
}

/* C13: whatever our clock says, as long as no block is two hours ahead of it, the same blocks come out. */
static void
test_other_clocks(void)
{
	static const int64_t hours[] = { 0, -1, 1, 3, 24, 24 * 365, 24 * 365 * 30 };
	struct hash256 sum[ARRAY_LEN(hours)];

	for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
		struct sim_peer *p, *q;
		struct sim *sim = sim_with_peer(40, 5, &p);

		sim->now.wall.sec += hours[i] * 3600;
		sim_run(sim, SECONDS);
		q = sim_peer(sim, sim_mine(sim, 33, 12, SIM_PLAIN));
		sim_connect(sim, q);
		sim_run(sim, 5 * SECONDS);
		CU_ASSERT(sim_is_at(sim, q->tip) && !p->closed && !q->closed && sim->unblocked == 7);
		sha256(&sum[i], sim->delivered, sim->delivered_n * sizeof(*sim->delivered));
		CU_ASSERT(hash256_eq(&sum[i], &sum[0]));
		sim_free(sim);
	}
}

static const struct unit_test tests[] = {
	{ "handshake", test_handshake },
	{ "headers stall", test_headers_stall },
	{ "C12 a silent crowd", test_silent_crowd },
	{ "nothing to offer", test_nothing_to_offer },
	{ "block stall", test_block_stall },
	{ "not found", test_not_found },
	{ "slow but steady", test_slow_but_steady },
	{ "slow fetches", test_slow_fetches },
	{ "fetch without end", test_fetch_without_end },
	{ "fetch of a waiting block", test_fetch_of_waiting },
	{ "ping", test_ping },
	{ "disconnect mid-sync", test_disconnect_mid_sync },
	{ "C6 C8 bad headers", test_bad_headers },
	{ "not a chain", test_not_a_chain },
	{ "the same headers again", test_same_again },
	{ "C17 C23 malformed", test_malformed },
	{ "before the handshake", test_early },
	{ "wrong body", test_wrong_body },
	{ "invalid block", test_invalid_block },
	{ "invalid block after a reorg", test_invalid_after_reorg },
	{ "header from the future", test_future },
	{ "C12 lagging and lying", test_lagging },
	{ "C13 other clocks", test_other_clocks },
};

UNIT_MAIN("spv_faults", tests)
