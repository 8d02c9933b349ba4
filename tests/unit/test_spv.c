#include "spv/spv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/block.h"
#include "chain/txproof.h"
#include "spv/core.h"
#include "spv/splitmix.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

static void
test_sync(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(40, 5, &p);
	struct spv_progress at;
	struct spv_peer_info info[2];
	char why[SPV_WHY_MAX];

	CU_ASSERT(!spv_is_synced(sim->s, why) && strstr(why, "no peer") != NULL);
	sim_run(sim, 30);
	CU_ASSERT(!spv_is_synced(sim->s, why) && strstr(why, "headers") != NULL);
	sim_run(sim, 30);
	CU_ASSERT(!spv_is_synced(sim->s, why) && strstr(why, "blocks") != NULL);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	CU_ASSERT_EQUAL(sim->delivered_n, 36);
	CU_ASSERT_EQUAL(sim->tips, 1);
	CU_ASSERT_EQUAL(p->getblocks, 36); /* each block once */
	spv_progress(sim->s, &at);
	CU_ASSERT(at.headers == 40 && at.peers_height == 40 && at.scanned == 41 && at.peers == 1 && at.headers_done);
	CU_ASSERT_EQUAL_FATAL(spv_peers(sim->s, info, 2), 1);
	CU_ASSERT(info[0].caught_up && info[0].best_height == 40 && info[0].start_height == 40 && info[0].latency_ms >= 20);
	CU_ASSERT_STRING_EQUAL(info[0].user_agent, "/sim:1?/");
	CU_ASSERT_STRING_EQUAL(info[0].address, "sim-1:18444");
	CU_ASSERT(info[0].stage == SPV_PEER_READY && info[0].bytes_in > 36 * 100 && info[0].bytes_out > 500 && info[0].blocks_asked == 0);
	sim_free(sim);
}

static void
test_sync_many_messages(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(4500, 4480, &p);

	sim_run(sim, 3 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	CU_ASSERT_EQUAL(p->getheaders, 3);
	spv_check(sim->s);
	sim_free(sim);
}

static void
test_new_blocks(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(10, 1, &p);

	sim_run(sim, SECONDS);
	for (int i = 0; i < 6; i++) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), i % 2 == 0);
		sim_run(sim, SECONDS);
		CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	}
	/* Two announcements in one breath: the second while the first is asked about. */
	p->latency_ms = 1;
	sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), true);
	p->latency_ms = 20;
	sim_run(sim, 5);
	p->latency_ms = 1;
	sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_PLAIN), true);
	sim_run(sim, 100);
	CU_ASSERT(sim_is_at(sim, p->tip));
	p->latency_ms = 20;
	/* A header alone that does not connect leads to a question. */
	sim_announce(sim, p, sim_mine(sim, p->tip, 3, SIM_PLAIN), false);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip));
	sim_free(sim);
}

static void
test_unconnecting(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(5, 0, &p);
	struct header stray = sim->blocks[3].header;
	struct wr w = { 0 };

	sim_run(sim, SECONDS);
	stray.prev.b[3] ^= 1;
	wr_p2p_headers(&w, &stray, 1);
	p->mute_headers = true;
	for (int i = 0; i < 10; i++)
		sim_say(sim, p, "headers", w.p, w.len);
	CU_ASSERT(!p->closed);
	sim_say(sim, p, "headers", w.p, w.len);
	CU_ASSERT(p->closed && !p->banned && strstr(p->reason, "do not connect") != NULL);
	wr_clear(&w);
	sim_free(sim);
}

/* --- Reorganisations --- */

static void
reorg(size_t common, size_t old_n, size_t new_n, uint32_t first, bool by_inv)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(common, first, &p);
	int fork = p->tip, tips = 0;

	p->tip = sim_mine(sim, fork, old_n, SIM_PLAIN);
	sim_run(sim, 30 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip));
	tips = (int)sim->tips;
	sim_announce(sim, p, sim_mine(sim, fork, new_n, SIM_PLAIN), by_inv);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim_synced(sim));
	CU_ASSERT_EQUAL(sim->unblocked, first > common ? common + old_n + 1 - first : old_n);
	CU_ASSERT_EQUAL((int)sim->tips, tips + 1 + (new_n > 4000));
	spv_check(sim->s);
	sim_free(sim);
}

static void
test_reorg_one(void)
{
	reorg(10, 1, 2, 1, true);
	reorg(10, 1, 2, 1, false);
	reorg(10, 1, 2, 11, true);
}

static void
test_reorg_many(void)
{
	reorg(10, 200, 201, 1, true);
	reorg(10, 150, 220, 100, false);
	reorg(1, 100, 101, 1, true);
}

/* The fork needs several messages until it overtakes. */
static void
test_reorg_many_messages(void)
{
	reorg(5, 3000, 4800, 2950, true);
}

/* C4: on equal work the first seen stays. */
static void
test_tie(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(10, 1, &p);
	int fork = p->tip;

	p->tip = sim_mine(sim, fork, 3, SIM_PLAIN);
	sim_run(sim, SECONDS);
	q = sim_peer(sim, sim_mine(sim, fork, 3, SIM_PLAIN));
	sim_connect(sim, q);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim->unblocked == 0);
	sim_announce(sim, q, sim_mine(sim, q->tip, 1, SIM_PLAIN), true);
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, q->tip) && sim->unblocked == 3);
	sim_free(sim);
}

static void
test_flip_flop(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(4, 1, &p);

	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	for (int i = 0; i < 10; i++) {
		struct sim_peer *at = i % 2 == 0 ? p : q;

		sim_announce(sim, at, sim_mine(sim, at->tip, i == 0 ? 1 : 2, SIM_PLAIN), true); /* one ahead */
		sim_run(sim, i % 3 == 0 ? 45 : SECONDS); /* sometimes in the middle of the blocks */
	}
	sim_run(sim, 5 * SECONDS);
	CU_ASSERT(sim_is_at(sim, q->tip));
	sim_free(sim);
}

/* --- Asking for blocks --- */

static void
test_fetch(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(30, 0, &p);
	struct hash256 stranger = { { 1 } };

	sim_run(sim, SECONDS);
	CU_ASSERT_PTR_NOT_NULL(spv_fetch_block(sim->s, &stranger));
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[7].hash));
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[7].hash));
	sim_drain(sim);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim->fetched == 1 && sim->fetch_failed == 0 && p->getblocks == 1);

	/* A peer that does not give it, then nobody. */
	p->no_blocks = true;
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[9].hash));
	sim_drain(sim);
	sim_run(sim, 40 * SECONDS);
	CU_ASSERT(sim->fetched == 1 && sim->fetch_failed == 1);
	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[9].hash));
	sim_drain(sim);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim->fetched == 2 && sim->fetch_failed == 1);

	/* Together with the scan. */
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[25].hash));
	sim_scan_from(sim, 21);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim->fetched == 3 && sim_is_at(sim, p->tip));

	/* Bounded. */
	p->mute_blocks = q->mute_blocks = true;
	for (size_t i = 1; i <= 30; i++)
		CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &sim->blocks[i].hash));
	sim_drain(sim);
	sim_run(sim, 200 * SECONDS);
	CU_ASSERT(sim->fetch_failed == 31);
	sim_free(sim);
}

static void
on_proof(struct sim *sim, struct spv_output *o)
{
	struct txproof proof;

	txproof_make(&proof, o->fetched.block, 1);
	CU_ASSERT(hash256_eq(&proof.block, &o->fetched.hash));
	CU_ASSERT_EQUAL(txproof_check(&proof, &sim->blocks[o->fetched.height].header.merkle_root), TXPROOF_OK);
	txproof_clear(&proof);
}

/* What getmainproof does with the answer. */
static void
test_proof(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(6, 0, &p);
	struct spv_output o;
	unsigned proofs = 0;
	const struct sim_block *b = &sim->blocks[6]; /* two transactions: its tag divides by three */

	sim_run(sim, SECONDS);
	CU_ASSERT_PTR_NULL(spv_fetch_block(sim->s, &b->hash));
	sim_drain(sim);
	p->mute_blocks = true; /* what is asked for is on its way; give another answer by hand */
	spv_peer_message(sim->s, p->id, "block", b->bytes, b->len, sim->now);
	while (spv_next(sim->s, &o)) {
		if (o.kind == SPV_FETCHED && o.fetched.block != NULL) {
			on_proof(sim, &o);
			proofs++;
		}
		spv_output_clear(&o);
	}
	CU_ASSERT_EQUAL(proofs, 1);
	sim_free(sim);
}

static void
test_scan_again(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(30, 1, &p);

	sim_run(sim, 70);
	sim_scan_from(sim, 20); /* in the middle */
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim->delivered_n == 11);
	sim_scan_from(sim, 1);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim->delivered_n == 30);
	sim_scan_from(sim, 33); /* above the tip */
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_synced(sim) && sim->delivered_n == 0);
	sim_announce(sim, p, sim_mine(sim, p->tip, 4, SIM_PLAIN), true);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip) && sim->delivered_n == 2);
	sim_free(sim);
}

/* After a restart the caller's last block may be on a side branch by now. */
static void
test_resume(void)
{
	struct sim_peer *p;
	struct sim *sim = sim_with_peer(20, 0, &p);
	int fork = p->tip, old = sim_mine(sim, fork, 3, SIM_PLAIN);
	struct hash256 stranger = { { 1 } };

	p->tip = old;
	sim_run(sim, SECONDS);
	sim_announce(sim, p, sim_mine(sim, fork, 5, SIM_PLAIN), true);
	sim_run(sim, SECONDS);
	CU_ASSERT_FALSE(spv_scan_resume(sim->s, 19, &stranger));
	/* The caller has 19 … 23 of the old branch. */
	sim->first = 19;
	sim->delivered = mem_new(64, sizeof(*sim->delivered));
	sim->delivered_cap = 64;
	for (int at = old; sim->blocks[at].height >= 19; at = sim->blocks[at].parent, sim->delivered_n++)
		sim->delivered[sim->blocks[at].height - 19] = sim->blocks[at].hash;
	CU_ASSERT_FATAL(spv_scan_resume(sim->s, 19, &sim->blocks[old].hash));
	sim_drain(sim);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim->unblocked == 3 && sim_is_at(sim, p->tip));
	/* And on the best chain: nothing comes twice. */
	CU_ASSERT_FATAL(spv_scan_resume(sim->s, 19, &sim->tip));
	sim_drain(sim);
	sim_run(sim, SECONDS);
	CU_ASSERT(sim->unblocked == 3 && sim_is_at(sim, p->tip));
	sim_free(sim);
}

/* --- Questions --- */

static void
test_relayer(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(30, 0, &p);
	int fork = 27;
	struct header out[50];
	struct hash256 have[3];
	struct spv_side_tip side[3];
	uint32_t first = 0;

	q = sim_peer(sim, sim_mine(sim, fork, 3, SIM_PLAIN));
	sim_connect(sim, q);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(sim_is_at(sim, p->tip));
	CU_ASSERT_EQUAL(spv_headers_from(sim->s, NULL, 0, &first, out, 50), 30);
	CU_ASSERT(first == 1 && memcmp(&out[29], &sim->blocks[30].header, sizeof(out[0])) == 0);
	have[0] = sim->blocks[q->tip].hash; /* not on the best chain */
	have[1] = sim->blocks[25].hash;
	have[2] = sim->blocks[3].hash;
	CU_ASSERT_EQUAL(spv_headers_from(sim->s, have, 3, &first, out, 50), 5);
	CU_ASSERT(first == 26 && memcmp(&out[0], &sim->blocks[26].header, sizeof(out[0])) == 0);
	CU_ASSERT_EQUAL(spv_headers_from(sim->s, have, 3, &first, out, 2), 2);
	CU_ASSERT_EQUAL(spv_headers_from(sim->s, &sim->blocks[30].hash, 1, &first, out, 50), 0);
	CU_ASSERT_EQUAL_FATAL(spv_side_tips(sim->s, side, 3), 1);
	CU_ASSERT(hash256_eq(&side[0].hash, &sim->blocks[q->tip].hash) && side[0].fork == 27 && side[0].height == 30);
	CU_ASSERT_EQUAL(spv_side_headers(sim->s, &side[0].hash, &first, out, 50), 3);
	CU_ASSERT(first == 28 && memcmp(&out[2], &sim->blocks[q->tip].header, sizeof(out[0])) == 0);
	sim_free(sim);
}

static void
test_import(void)
{
	struct sim *sim = sim_new(NULL);
	int tip = sim_mine(sim, 0, 100, SIM_PLAIN), bad = sim_mine(sim, tip, 1, SIM_BAD_NONCE);
	uint8_t *all = mem_new(101, HEADER_LEN);
	size_t used;

	for (size_t i = 1; i <= 101; i++)
		header_encode(all + (i - 1) * HEADER_LEN, &sim->blocks[i].header);
	CU_ASSERT_PTR_NULL(spv_import(sim->s, &used, all, 100, sim->now));
	CU_ASSERT(used == 100 && sim_is_at(sim, tip));
	CU_ASSERT_STRING_EQUAL(spv_import(sim->s, &used, all + 50 * HEADER_LEN, 51, sim->now), "bad-work");
	CU_ASSERT(used == 50 && sim_is_at(sim, tip) && bad > tip);
	sim_drain(sim);
	free(all);
	sim_free(sim);
}

/* The state of splitmix64 behind a number of its row. */
static uint64_t
state_behind(uint64_t z)
{
	z ^= z >> 31 ^ z >> 62;
	z *= 0x319642b2d24d8ec3u;
	z ^= z >> 27 ^ z >> 54;
	z *= 0x96de1b173f119089u;
	return z ^ z >> 30 ^ z >> 60;
}

/* From the nonces that peers see nobody can tell that they are one client's, nor the numbers that are secret. */
static void
test_numbers(void)
{
	struct sim *sim = sim_new(NULL);
	struct sim_peer *p = sim_peer(sim, 0), *q = sim_peer(sim, 0);
	uint64_t state = 7, seen[2], number;

	number = splitmix_next(&state);
	CU_ASSERT_EQUAL_FATAL(state_behind(number), state);
	sim_connect(sim, p);
	sim_connect(sim, q);
	seen[0] = peer_find(sim->s, p->id)->nonce;
	seen[1] = peer_find(sim->s, q->id)->nonce;
	CU_ASSERT_NOT_EQUAL(seen[0], seen[1]);
	state = state_behind(seen[0]);
	CU_ASSERT_NOT_EQUAL(splitmix_next(&state), seen[1]);
	state = state_behind(seen[1]);
	CU_ASSERT_NOT_EQUAL(splitmix_next(&state), spv_number(sim->s));
	sim_free(sim);
}

static const struct unit_test tests[] = {
	{ "sync", test_sync },
	{ "sync over many messages", test_sync_many_messages },
	{ "new blocks", test_new_blocks },
	{ "headers that do not connect", test_unconnecting },
	{ "reorg of one", test_reorg_one },
	{ "reorg of many", test_reorg_many },
	{ "reorg over many messages", test_reorg_many_messages },
	{ "C4 first seen stays", test_tie },
	{ "flip-flop", test_flip_flop },
	{ "fetch", test_fetch },
	{ "proof", test_proof },
	{ "scan again", test_scan_again },
	{ "resume", test_resume },
	{ "relayer", test_relayer },
	{ "import", test_import },
	{ "numbers", test_numbers },
};

UNIT_MAIN("spv", tests)
