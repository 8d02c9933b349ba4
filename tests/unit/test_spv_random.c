#include "spv/spv.h"

#include <stdlib.h>
#include <string.h>

#include "chain/block.h"
#include "chain/header_rules.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
	return *x;
}

static void
random_broadcast(struct sim *sim, uint64_t x)
{
	struct tx tx = { .version = 2 };
	struct outpoint prevout = { .index = (uint32_t)(x % 40) };
	struct wr w = { 0 };
	struct hash256 txid;

	prevout.txid.b[0] = 1;
	tx_add_in(&tx, &prevout, SEQUENCE_FINAL);
	tx_add_out(&tx, 1000, "\x51", 1);
	wr_tx(&w, &tx);
	CU_ASSERT_PTR_NULL(spv_broadcast(sim->s, &txid, w.p, w.len));
	if (x % 3 == 0)
		spv_broadcast_forget(sim->s, &txid);
	wr_clear(&w);
	tx_clear(&tx);
	sim_drain(sim);
}

/* A moment of a random life. */
static void
random_step(struct sim *sim, uint64_t *x)
{
	struct sim_peer *p = &sim->peers[next_random(x) % sim->peers_n];
	uint64_t what = next_random(x) % 20;

	if (p->id == 0) {
		sim_connect(sim, p);
	} else if (what == 0) {
		sim_disconnect(sim, p);
	} else if (what < 6) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1 + next_random(x) % 3, SIM_PLAIN), what % 2 == 0);
	} else if (what == 6) {
		int other = sim->peers[next_random(x) % sim->peers_n].tip;

		sim_announce(sim, p, other, true);
	} else if (what == 7) {
		int back = sim->blocks[p->tip].parent;

		p->tip = back > 0 && sim->blocks[back].parent > 0 ? sim->blocks[back].parent : p->tip;
		sim_announce(sim, p, sim_mine(sim, p->tip, 3, SIM_PLAIN), true);
	} else if (what == 8) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1, (enum sim_flavour)(SIM_BAD_NONCE + next_random(x) % 4)), false);
	} else if (what == 9) {
		sim_announce(sim, p, sim_mine(sim, p->tip, 1, SIM_TWO_COINBASES), false);
	} else if (what == 10) {
		p->mutate_blocks = !p->mutate_blocks;
	} else if (what == 11) {
		p->mute_blocks = !p->mute_blocks;
	} else if (what == 12) {
		p->mute_headers = !p->mute_headers;
	} else if (what == 13 && sim->blocks_n > 5) {
		const struct sim_block *b = &sim->blocks[1 + next_random(x) % (sim->blocks_n - 1)];

		sim_say(sim, p, "block", b->bytes, b->len);
	} else if (what == 14) {
		uint8_t junk[40];

		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (uint8_t)next_random(x);
		sim_say(sim, p, what % 2 == 0 ? "headers" : "inv", junk, sizeof(junk));
	} else if (what == 15) {
		struct hash256 hash = sim->blocks[next_random(x) % sim->blocks_n].hash;
		const char *why = spv_fetch_block(sim->s, &hash);

		CU_ASSERT(why == NULL || *why != '\0');
		sim_drain(sim);
	} else if (what == 16) {
		random_broadcast(sim, next_random(x));
	} else if (what == 17) {
		p->reject_txs = !p->reject_txs;
		p->no_blocks = !p->no_blocks;
	}
}

/* Every header and block down to genesis obeys the rules. */
static bool
is_sound(const struct sim *sim, int block)
{
	for (; block > 0; block = sim->blocks[block].parent) {
		struct block b;
		bool ok = header_check_work(sim->params.chain, &sim->blocks[block].header) == HEADER_OK &&
			  sim->blocks[block].header.bits == sim->blocks[0].header.bits && sim->blocks[block].header.version == 4 &&
			  sim->blocks[block].header.time > sim->blocks[sim->blocks[block].parent].header.time &&
			  block_decode(&b, sim->blocks[block].bytes, sim->blocks[block].len);

		if (!ok)
			return false;
		ok = block_check(&b, sim->params.chain, sim->blocks[block].height, NULL) == BLOCK_OK;
		block_clear(&b);
		if (!ok)
			return false;
	}
	return true;
}

/* From a seed, peers come, go, mine, lie and stall. In the end an honest one with the most work is left, and is followed. */
static void
test_random(void)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct sim *sim = sim_new(NULL);
		uint64_t x = seed * 0x9e3779b97f4a7c15u;
		struct sim_peer *last;
		uint32_t highest = 0;
		int longest = 0;

		sim_scan_from(sim, 1);
		for (int i = 0; i < 5; i++)
			sim_peer(sim, 0)->latency_ms = 5 + (int64_t)(next_random(&x) % 300);
		for (int step = 0; step < 150; step++) {
			random_step(sim, &x);
			sim_run(sim, (int64_t)(next_random(&x) % (step % 10 == 0 ? 40000 : 600)));
		}
		for (size_t i = 0; i < sim->peers_n; i++) {
			if (sim->peers[i].id != 0)
				sim_disconnect(sim, &sim->peers[i]);
		}
		for (size_t i = 1; i < sim->blocks_n; i++) {
			if (sim->blocks[i].height > highest)
				highest = sim->blocks[i].height;
			if (sim->blocks[i].height > sim->blocks[longest].height && is_sound(sim, (int)i))
				longest = (int)i;
		}
		last = sim_peer(sim, sim_mine(sim, longest, highest + 1 - sim->blocks[longest].height, SIM_PLAIN));
		sim_connect(sim, last);
		sim_run(sim, 120 * SECONDS);
		CU_ASSERT(!last->closed && sim_is_at(sim, last->tip) && sim_synced(sim));
		sim_free(sim);
	}
}

static const struct unit_test tests[] = {
	{ "random", test_random },
};

UNIT_MAIN("spv_random", tests)
