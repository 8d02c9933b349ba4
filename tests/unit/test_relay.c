#include "bridge/peg/relay.h"

#include <string.h>

#include "bridge/peg/relay_store.h"
#include "chain/target.h"
#include "tests/unit/mining.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/unit.h"

static const char *
one_header(struct sim *s, const struct header *h)
{
	struct wr w = { 0 };

	wr_op_headers(&w, h, 1);
	return sim_relay(s, PEG_HEADERS, &w);
}

static uint32_t
depth_of(const struct sim *s, size_t block)
{
	return peg_block_depth(sim_state(s), &s->chain.b[block].hash);
}

static void
headers_grow_the_branch(void)
{
	struct hash256 hash, locator[40];
	struct sim s;
	size_t tip, n;

	sim_open(&s, NULL);
	tip = made_chain_mine_empty(&s.chain, 0, 50);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, tip), "OK");
	CU_ASSERT_EQUAL(sim_height(&s), 50);
	CU_ASSERT_EQUAL(depth_of(&s, tip), 1);
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, tip, 41)), 10);
	/* nothing new: not admitted */
	CU_ASSERT_STRING_EQUAL(one_header(&s, &s.chain.b[tip].block.header), "NO_CHANGE");
	CU_ASSERT(peg_relay_at(&hash, sim_state(&s), 50));
	CU_ASSERT(hash256_eq(&hash, &s.chain.b[tip].hash));
	CU_ASSERT_FALSE(peg_relay_at(&hash, sim_state(&s), 51));
	n = peg_relay_locator(locator, 40, sim_state(&s));
	CU_ASSERT(n > 11 && n < 40);
	CU_ASSERT(hash256_eq(&locator[0], &s.chain.b[tip].hash));
	CU_ASSERT(hash256_eq(&locator[n - 1], &s.chain.b[0].hash));
	CU_ASSERT_EQUAL(peg_relay_locator(locator, 3, sim_state(&s)), 3);
	CU_ASSERT(hash256_eq(&locator[2], &s.chain.b[0].hash));
	sim_close(&s);
}

/* C4: more height but less work is not chosen, equal work: the first seen stays. C5: a live fork adds nothing to depth. */
static void
c4_c5_forks(void)
{
	size_t base, a, b;
	struct sim s;

	sim_open(&s, NULL);
	base = made_chain_mine_empty(&s.chain, 0, 5);
	a = made_chain_mine_empty(&s.chain, base, 3);
	b = made_chain_mine_empty(&s.chain, base, 3);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, a), "OK");
	CU_ASSERT_EQUAL(depth_of(&s, base), 4);
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, a, 6)), 3);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, b), "OK");
	CU_ASSERT_EQUAL(s.tip, a);
	/* nothing above the fork counts while the rival is as strong; what both share keeps its depth */
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, a, 6)), 0);
	CU_ASSERT_EQUAL(depth_of(&s, a), 0);
	CU_ASSERT_EQUAL(depth_of(&s, base), 4);
	CU_ASSERT_EQUAL(depth_of(&s, b), 0);
	a = made_chain_mine_empty(&s.chain, a, 2);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, a), "OK");
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, a, 6)), 2);
	CU_ASSERT_EQUAL(depth_of(&s, a), 1);
	/* the other branch overtakes in two messages */
	b = made_chain_mine_empty(&s.chain, b, 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, b), "OK");
	CU_ASSERT_EQUAL(s.tip, a);
	b = made_chain_mine_empty(&s.chain, b, 2);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, b), "OK");
	CU_ASSERT_EQUAL(s.tip, b);
	CU_ASSERT_EQUAL(sim_height(&s), 11);
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, b, 6)), 1);
	CU_ASSERT_EQUAL(depth_of(&s, a), 0);
	CU_ASSERT_EQUAL(depth_of(&s, base), 7);
	sim_close(&s);
}

static void
each_rule_refuses(void)
{
	struct header good, h;
	struct hash256 hash;
	struct u256 limit;
	struct sim s;
	size_t tip;

	sim_open(&s, NULL);
	sim_mine(&s, 20);
	tip = made_chain_mine_empty(&s.chain, s.tip, 1);
	good = s.chain.b[tip].block.header;

	h = good;
	h.prev.b[0] ^= 1;
	mine(&h, &hash);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "HEADER_UNKNOWN_PARENT");

	h = good;
	CU_ASSERT_FATAL(target_from_bits(&limit, h.bits));
	do {
		h.nonce++;
		header_hash(&hash, &h);
	} while (hash.b[31] < 0x80);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "HEADER_BAD_WORK");

	/* C6, C10: other bits than the rules demand */
	h = good;
	h.bits = 0x207ffffe;
	mine(&h, &hash);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "HEADER_BAD_BITS");

	/* C8: not later than the median of the last 11 */
	h = good;
	h.time = s.chain.b[made_chain_at(&s.chain, tip, 15)].block.header.time;
	mine(&h, &hash);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "HEADER_TIME_OLD");
	h.time++;
	mine(&h, &hash);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "OK");

	/* too far ahead of block time: refused, nothing marked; good later */
	h = good;
	h.time = (uint32_t)s.time.sec + 7201;
	mine(&h, &hash);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "HEADER_TIME_FUTURE");
	sim_pass(&s, 1);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "OK");

	h = good;
	h.version = 0;
	mine(&h, &hash);
	CU_ASSERT_STRING_EQUAL(one_header(&s, &h), "HEADER_BAD_VERSION");
	sim_close(&s);
}

/* One bad header in a message: the good ones before it are not taken either. */
static void
all_or_none(void)
{
	struct header h[3];
	struct wr w = { 0 };
	struct sim s;
	size_t tip;

	sim_open(&s, NULL);
	tip = made_chain_mine_empty(&s.chain, 0, 3);
	for (uint32_t i = 0; i < 3; i++)
		h[i] = s.chain.b[made_chain_at(&s.chain, tip, i + 1)].block.header;
	h[2].bits = 0x1d00ffff;
	wr_op_headers(&w, h, 3);
	CU_ASSERT_STRING_NOT_EQUAL(sim_relay(&s, PEG_HEADERS, &w), "OK");
	CU_ASSERT_EQUAL(sim_height(&s), 0);
	wr_bytes(&w, "short", 5);
	CU_ASSERT_STRING_EQUAL(sim_relay(&s, PEG_HEADERS, &w), "BAD_PAYLOAD");
	sim_close(&s);
}

static void
tight(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "side_max", 64));
	CU_ASSERT(peg_params_set(p, "fork_max", 100));
}

/* C11: side headers are bounded; the branches with the least work go first, a strong rival stays. */
static void
c11_side_headers_are_bounded(void)
{
	size_t rival, low = 0, first = 0, trunk;
	struct relay relay;
	struct sim s;

	sim_open(&s, tight);
	sim_mine(&s, 120);
	trunk = s.tip;
	rival = made_chain_mine_empty(&s.chain, made_chain_at(&s.chain, trunk, 80), 39);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	CU_ASSERT_EQUAL(s.tip, trunk);
	for (uint32_t i = 0; i < 10; i++) {
		low = made_chain_mine_empty(&s.chain, made_chain_at(&s.chain, trunk, 30 + i), 8);
		first = i == 0 ? low : first;
		CU_ASSERT_STRING_EQUAL(sim_headers(&s, low), "OK");
	}
	relay_get(&relay, sim_state(&s));
	CU_ASSERT_EQUAL(relay.side, 64);
	CU_ASSERT(peg_relay_knows(sim_state(&s), &s.chain.b[rival].hash));
	/* the branch with the least work, the first of the ten, went first */
	CU_ASSERT_FALSE(peg_relay_knows(sim_state(&s), &s.chain.b[first].hash));
	CU_ASSERT(peg_relay_knows(sim_state(&s), &s.chain.b[low].hash));
	/* a fork from further back than fork_max */
	low = made_chain_mine_empty(&s.chain, made_chain_at(&s.chain, trunk, 19), 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, low), "HEADER_FORK_TOO_OLD");
	low = made_chain_mine_empty(&s.chain, made_chain_at(&s.chain, trunk, 119), 1);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, low), "OK");
	/* and the rival may still win */
	rival = made_chain_mine_empty(&s.chain, rival, 2);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	CU_ASSERT_EQUAL(s.tip, rival);
	sim_close(&s);
}

static void
short_memory(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "headers_keep", 4032));
}

static void
old_headers_are_forgotten(void)
{
	struct hash256 hash;
	struct relay relay;
	size_t side;
	struct sim s;

	sim_open(&s, short_memory);
	sim_mine(&s, 10);
	side = made_chain_mine_empty(&s.chain, made_chain_at(&s.chain, s.tip, 5), 2);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, side), "OK");
	for (int i = 0; i < 5; i++)
		sim_mine(&s, 900);
	relay_get(&relay, sim_state(&s));
	CU_ASSERT_EQUAL(relay.height, 4510);
	CU_ASSERT_EQUAL(relay.first, 4510 - 4032);
	CU_ASSERT_EQUAL(relay.side, 0);
	CU_ASSERT_FALSE(peg_relay_at(&hash, sim_state(&s), relay.first - 1));
	CU_ASSERT(peg_relay_at(&hash, sim_state(&s), relay.first));
	CU_ASSERT_FALSE(peg_relay_knows(sim_state(&s), &s.chain.b[side].hash));
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, s.tip, 4501)), 10);
	sim_close(&s);
}

static void
slow(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "header_maturity", 1200));
	CU_ASSERT(peg_params_set(p, "stale_after", 10800));
}

/* A header counts once it has been known for 20 minutes of block time; the ledger asks for a block then. */
static void
headers_mature(void)
{
	struct unixtime due;
	struct sim s;

	sim_open(&s, slow);
	sim_mine(&s, 5);
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, s.tip, 1)), 0);
	CU_ASSERT_FATAL(ledger_next_deadline(s.ledger, &due));
	CU_ASSERT_EQUAL(due.sec, s.time.sec + 1200);
	sim_pass(&s, 1199);
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, s.tip, 1)), 0);
	sim_pass(&s, 1);
	CU_ASSERT_EQUAL(depth_of(&s, made_chain_at(&s.chain, s.tip, 1)), 5);
	CU_ASSERT_FALSE(ledger_next_deadline(s.ledger, &due));
	sim_close(&s);
}

/* C12: the chain stalls: the peg says so and recovers by itself. */
static void
c12_a_stale_chain_pauses(void)
{
	struct sim s;

	sim_open(&s, slow);
	sim_mine(&s, 5);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	sim_pass(&s, 10800);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	sim_pass(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_PAUSED);
	CU_ASSERT_STRING_EQUAL(sim_status(&s).reason, "STALE");
	sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_status(&s).state, PEG_OPEN);
	sim_close(&s);
}

/* Put a block on the best branch without asking the rules; bits say how much work it stands for. */
static void
push(struct state *s, uint32_t bits)
{
	struct relay_header r = { 0 }, parent;
	struct relay relay;
	struct u256 work;

	relay_get(&relay, s);
	CU_ASSERT_FATAL(relay_find(&parent, s, &relay.hash) && bits_work(&work, bits));
	r.header = (struct header){ .version = 4, .prev = relay.hash, .bits = bits, .nonce = relay.height };
	r.height = relay.height + 1;
	r.work = u256_add(&parent.work, &work);
	r.top = bits;
	if (r.height % 2016 != 0) {
		struct u256 top;

		CU_ASSERT_FATAL(bits_work(&top, parent.top));
		if (u256_cmp(&top, &work) > 0)
			r.top = parent.top;
	}
	header_hash(&relay.hash, &r.header);
	relay_header_put(s, &relay.hash, &r);
	relay_best_put(s, r.height, &relay.hash, &r.header);
	relay.height = relay.matured = r.height;
	relay.work = r.work;
	relay_put(s, &relay);
}

/* Depth is work, measured in the hardest block since the period of the block in question began: easy blocks add little. */
static void
depth_is_work(void)
{
	const uint32_t easy = 0x207fffff, hard = 0x201fffff; /* a hard one stands for four easy ones */
	struct block_env env = { .time = { 0 } };
	struct exec x = { .state = state_new(), .env = &env };
	struct peg_params p;

	peg_params_default(&p, chain_params_find("regtest"));
	relay_start(&x, &p);
	CU_ASSERT_EQUAL(relay_depth(x.state, 0), 1);
	CU_ASSERT_EQUAL(relay_depth(x.state, 1), 0);
	for (int i = 0; i < 10; i++)
		push(x.state, easy);
	CU_ASSERT_EQUAL(relay_depth(x.state, 1), 10);
	push(x.state, hard);
	/* 10 easy and a hard one, in units of the hard one: 14 / 4 */
	CU_ASSERT_EQUAL(relay_depth(x.state, 1), 3);
	CU_ASSERT_EQUAL(relay_depth(x.state, 11), 1);
	for (int i = 0; i < 7; i++)
		push(x.state, easy);
	CU_ASSERT_EQUAL(relay_depth(x.state, 11), 2);
	CU_ASSERT_EQUAL(relay_depth(x.state, 18), 0); /* less than one hard block */
	/* a rival that leaves below a block takes its work away */
	{
		struct u256 rival = u256_from_u64(2 * 11 + 6); /* genesis and 10 more at 2 each, then 3 easy ones' worth */

		relay_rival_raise(x.state, 10, &rival);
	}
	CU_ASSERT_EQUAL(relay_depth(x.state, 11), 2);
	CU_ASSERT_EQUAL(relay_depth(x.state, 10), 3);
	/* over a retarget: the hardest of all periods since the block's own began */
	for (int i = 19; i < 2016; i++)
		push(x.state, easy);
	for (int i = 0; i < 8; i++)
		push(x.state, easy);
	CU_ASSERT_EQUAL(relay_depth(x.state, 2016), 8);
	CU_ASSERT_EQUAL(relay_depth(x.state, 2015), 2); /* nine easy ones against its period's hard one */
	state_free(x.state);
}

static const struct unit_test tests[] = {
	{ "headers grow the branch", headers_grow_the_branch },
	{ "C4 C5 forks", c4_c5_forks },
	{ "each rule refuses", each_rule_refuses },
	{ "all or none", all_or_none },
	{ "C11 side headers are bounded", c11_side_headers_are_bounded },
	{ "old headers are forgotten", old_headers_are_forgotten },
	{ "headers mature", headers_mature },
	{ "C12 a stale chain pauses", c12_a_stale_chain_pauses },
	{ "depth is work", depth_is_work },
};

UNIT_MAIN("relay", tests)
