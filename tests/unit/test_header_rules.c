#include "chain/header_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/target.h"
#include "tests/unit/unit.h"

#define LONG_AGO 1600000000u
static const struct unixtime far_future = { (int64_t)1 << 40 };
static const struct hash256 best_hash; /* the number 0, which meets every target */

/* Ancestors in an array: the one at height `base` first. */
struct line {
	struct header_ancestor *a; /* owned */
	uint32_t base, n;
	uint32_t *lowest; /* where asked for: the lowest height that was */
};

static bool
line_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct line *l = context;

	if (l->lowest != NULL && height < *l->lowest)
		*l->lowest = height;
	if (height < l->base || height - l->base >= l->n)
		return false;
	*out = l->a[height - l->base];
	return true;
}

/* Blocks every ten minutes, all of the same bits. */
static struct line
line_new(uint32_t base, uint32_t n, uint32_t bits)
{
	struct line l = { mem_new(n, sizeof(*l.a)), base, n, NULL };

	for (uint32_t i = 0; i < n; i++)
		l.a[i] = (struct header_ancestor){ LONG_AGO + 600 * i, bits };
	return l;
}

static struct header_branch
branch_of(const struct line *l)
{
	return (struct header_branch){ .at = line_at, .context = l, .first = l->base };
}

static struct header_ancestor *
last_of(struct line *l)
{
	return &l->a[l->n - 1];
}

/* The verdict on a header of this time, bits and version after the line's last block, with as much work as one could wish. */
static enum header_verdict
next_verdict(const struct chain_params *p, const struct line *l, uint32_t time, uint32_t bits, int32_t version, int64_t now)
{
	struct header h = { .version = version, .time = time, .bits = bits };
	struct header_branch b = branch_of(l);

	return header_check_hashed(p, &h, &best_hash, l->base + l->n, &h.prev, &b, (struct unixtime){ now });
}

/* -- work -- */

static void
work_to_the_last_unit(void)
{
	const struct chain_params *p = chain_params_find("main");
	struct line l = line_new(0, 1, p->limit_bits);
	struct header_branch b = branch_of(&l);
	struct header h = { .version = 4, .time = LONG_AGO + 600, .bits = p->limit_bits };
	struct hash256 hash = { { 0 } };

	/* 0xffff << 208, and one more */
	hash.b[26] = hash.b[27] = 0xff;
	CU_ASSERT_EQUAL(header_check_hashed(p, &h, &hash, 1, &h.prev, &b, far_future), HEADER_OK);
	hash.b[0] = 1;
	CU_ASSERT_EQUAL(header_check_hashed(p, &h, &hash, 1, &h.prev, &b, far_future), HEADER_BAD_WORK);
	hash.b[0] = 0;
	hash.b[28] = 1;
	CU_ASSERT_EQUAL(header_check_hashed(p, &h, &hash, 1, &h.prev, &b, far_future), HEADER_BAD_WORK);
	free(l.a);
}

static void
bits_that_are_no_target(void)
{
	static const struct {
		const char *network;
		uint32_t bits;
	} rows[] = {
		{ "main", 0 },		    { "main", 0x1d80ffff }, { "main", 0x1d000000 }, { "main", 0x23000001 },
		{ "main", 0x1d010000 },	    { "main", 0x1e0000ff + 1 }, { "main", 0x207fffff }, { "regtest", 0x21008000 },
		{ "regtest", 0x207fffff + 1 }, { "signet", 0x1e0377af },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct chain_params *p = chain_params_find(rows[i].network);
		struct line l = line_new(0, 1, p->limit_bits);
		struct header h = { .bits = rows[i].bits };

		CU_ASSERT_EQUAL(next_verdict(p, &l, LONG_AGO + 600, rows[i].bits, 4, far_future.sec), HEADER_BAD_TARGET);
		CU_ASSERT_EQUAL(header_check_work(p, &h), HEADER_BAD_TARGET);
		free(l.a);
	}
}

static void
regtest_chain_with_real_work(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	struct line l = line_new(0, 101, p->limit_bits);
	struct header_branch b = branch_of(&l);
	struct hash256 prev = p->genesis_hash;
	unsigned without_work = 0;

	l.a[0].time = p->genesis.time;
	for (l.n = 1; l.n <= 100; l.n++) {
		struct header h = { .version = 0x20000000, .prev = prev, .time = p->genesis.time + l.n, .bits = p->limit_bits };

		for (; header_check_work(p, &h) != HEADER_OK; h.nonce++) {
			CU_ASSERT_EQUAL(header_check(p, &h, l.n, &prev, &b, far_future), HEADER_BAD_WORK);
			without_work++;
		}
		CU_ASSERT_EQUAL(header_check(p, &h, l.n, &prev, &b, far_future), HEADER_OK);
		prev.b[31] ^= 0x80;
		CU_ASSERT_EQUAL(header_check(p, &h, l.n, &prev, &b, far_future), HEADER_BAD_PREV);
		header_hash(&prev, &h);
		l.a[l.n] = (struct header_ancestor){ h.time, h.bits };
	}
	CU_ASSERT(without_work > 20);
	free(l.a);
}

/* -- bits -- */

/* One period of a network: only its first and its last block matter. */
static uint32_t
retargeted(const struct chain_params *p, uint32_t first_time, uint32_t last_time, uint32_t first_bits, uint32_t last_bits)
{
	struct line l = line_new(2016, 2016, last_bits);
	struct header_branch b = branch_of(&l);
	uint32_t bits = 0;

	l.a[0] = (struct header_ancestor){ first_time, first_bits };
	last_of(&l)->time = last_time;
	CU_ASSERT(header_next_bits(&bits, p, 4032, LONG_AGO, &b));
	free(l.a);
	return bits;
}

/* Bitcoin Core, src/test/pow_tests.cpp: four retargets of main, of which three meet a bound. */
static void
retargets_of_main(void)
{
	static const struct {
		uint32_t first, last, bits, next;
	} rows[] = {
		{ 1261130161, 1262152739, 0x1d00ffff, 0x1d00d86a },
		{ 1231006505, 1233061996, 0x1d00ffff, 0x1d00ffff }, /* the limit */
		{ 1279008237, 1279297671, 0x1c05a3f4, 0x1c0168fd }, /* a quarter */
		{ 1263163443, 1269211443, 0x1c387f6f, 0x1d00e1fd }, /* four times */
	};
	const struct chain_params *p = chain_params_find("main");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(retargeted(p, rows[i].first, rows[i].last, rows[i].bits, rows[i].bits), rows[i].next);
}

static void
c7_timespan_is_signed_and_clamped(void)
{
	const uint32_t two_weeks = 1209600, bits = 0x1b0404cb;
	const struct chain_params *p = chain_params_find("main");
	uint32_t quarter = retargeted(p, LONG_AGO, LONG_AGO + two_weeks / 4, bits, bits);
	uint32_t four_times = retargeted(p, LONG_AGO, LONG_AGO + two_weeks * 4, bits, bits);

	CU_ASSERT_EQUAL(retargeted(p, LONG_AGO, LONG_AGO + two_weeks, bits, bits), bits);
	CU_ASSERT_EQUAL(quarter, 0x1b010132);
	CU_ASSERT_EQUAL(four_times, 0x1b10132c);
	/* one second inside and outside of each bound */
	CU_ASSERT_EQUAL(retargeted(p, LONG_AGO, LONG_AGO + two_weeks / 4 - 1, bits, bits), quarter);
	CU_ASSERT_EQUAL(retargeted(p, LONG_AGO, LONG_AGO + two_weeks * 4 + 1, bits, bits), four_times);
	CU_ASSERT_EQUAL(retargeted(p, LONG_AGO, LONG_AGO + two_weeks * 4 - 1, bits, bits), 0x1b10132b);
	/* the last block is older than the first */
	CU_ASSERT_EQUAL(retargeted(p, LONG_AGO, LONG_AGO - 1, bits, bits), quarter);
	CU_ASSERT_EQUAL(retargeted(p, UINT32_MAX, 0, bits, bits), quarter);
	CU_ASSERT_EQUAL(retargeted(p, 0, UINT32_MAX, bits, bits), four_times);
	/* signet's limit times four weeks of seconds only just fits into 256 bits */
	p = chain_params_find("signet");
	CU_ASSERT_EQUAL(retargeted(p, 0, UINT32_MAX, p->limit_bits, p->limit_bits), p->limit_bits);
	CU_ASSERT_EQUAL(retargeted(p, 0, 0, p->limit_bits, p->limit_bits), 0x1e00ddeb);
}

static void
c6_wrong_bits_inside_and_at_a_retarget(void)
{
	const struct chain_params *p = chain_params_find("main");
	const uint32_t bits = 0x1b0404cb;

	for (uint32_t height = 2016 + 11; height <= 4033; height++) {
		struct line l = line_new(2016, height - 2016, bits);
		struct header_branch b = branch_of(&l);
		uint32_t time = last_of(&l)->time + 600, want;

		/* 2,015 intervals of ten minutes are counted as two weeks */
		CU_ASSERT_FATAL(header_next_bits(&want, p, height, time, &b));
		CU_ASSERT_EQUAL(want, height == 4032 ? 0x1b040444 : bits);
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, want, 4, far_future.sec), HEADER_OK);
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, want + 1, 4, far_future.sec), HEADER_BAD_BITS);
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, want - 1, 4, far_future.sec), HEADER_BAD_BITS);
		if (height == 4032)
			CU_ASSERT_EQUAL(next_verdict(p, &l, time, bits, 4, far_future.sec), HEADER_BAD_BITS);
		/* the same target in another encoding */
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, 0x1c000404, 4, far_future.sec), HEADER_BAD_BITS);
		free(l.a);
		if (height < 4020)
			height += 97;
	}
}

static void
a_side_branch_has_its_own_retarget(void)
{
	const struct chain_params *p = chain_params_find("main");
	struct line ours = line_new(0, 2016, 0x1c387f6f), side = line_new(0, 2016, 0x1c387f6f);
	uint32_t our_bits, side_bits;
	struct header_branch b;

	for (uint32_t i = 1000; i < 2016; i++)
		side.a[i].time += (i - 999) * 300;
	b = branch_of(&ours);
	CU_ASSERT_FATAL(header_next_bits(&our_bits, p, 2016, LONG_AGO, &b));
	b = branch_of(&side);
	CU_ASSERT_FATAL(header_next_bits(&side_bits, p, 2016, LONG_AGO, &b));
	CU_ASSERT_NOT_EQUAL(our_bits, side_bits);
	CU_ASSERT_EQUAL(next_verdict(p, &side, last_of(&side)->time + 600, side_bits, 4, far_future.sec), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(p, &side, last_of(&side)->time + 600, our_bits, 4, far_future.sec), HEADER_BAD_BITS);
	free(ours.a);
	free(side.a);
}

static void
regtest_never_retargets(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	struct chain_params other = *chain_params_find("main");
	struct line l = line_new(0, 2016, p->limit_bits);

	for (uint32_t i = 0; i < l.n; i++)
		l.a[i].time = LONG_AGO + i;
	CU_ASSERT_EQUAL(next_verdict(p, &l, LONG_AGO + 5000, p->limit_bits, 4, far_future.sec), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(p, &l, LONG_AGO + 5000, p->limit_bits - 1, 4, far_future.sec), HEADER_BAD_BITS);
	l.n = 2015;
	CU_ASSERT_EQUAL(next_verdict(p, &l, LONG_AGO + 500000, 0x1d00ffff, 4, far_future.sec), HEADER_BAD_BITS);
	/* the same of a network whose limit leaves room for a retarget, which regtest's does not */
	other.no_retarget = true;
	l.n = 2016;
	last_of(&l)->bits = other.limit_bits;
	CU_ASSERT_EQUAL(next_verdict(&other, &l, LONG_AGO + 5000, other.limit_bits, 4, far_future.sec), HEADER_OK);
	other.no_retarget = false;
	CU_ASSERT_EQUAL(next_verdict(&other, &l, LONG_AGO + 5000, other.limit_bits, 4, far_future.sec), HEADER_BAD_BITS);
	free(l.a);
}

/* testnet3's and testnet4's blocks of minimum difficulty. The line: heights 4032 to 4052, hard up to 4041, then at the limit. */
static void
twenty_minutes_without_a_block(void)
{
	static const char *const names[] = { "testnet3", "testnet4" };
	const uint32_t hard = 0x1c0ffff0, limit = 0x1d00ffff;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct chain_params *p = chain_params_find(names[i]);
		struct line l = line_new(4032, 21, hard);
		uint32_t t = last_of(&l)->time;

		for (uint32_t j = 10; j < l.n; j++)
			l.a[j].bits = limit;
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 1200, hard, 4, far_future.sec), HEADER_OK);
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 1200, limit, 4, far_future.sec), HEADER_BAD_BITS);
		/* one second later it must be the limit */
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 1201, limit, 4, far_future.sec), HEADER_OK);
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 1201, hard, 4, far_future.sec), HEADER_BAD_BITS);
		/* the nearest that is not at the limit, not the first */
		l.a[9].bits = hard + 1;
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 1200, hard + 1, 4, far_future.sec), HEADER_OK);
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 1200, hard, 4, far_future.sec), HEADER_BAD_BITS);
		l.a[9].bits = hard;
		/* an earlier time than the parent's is not twenty minutes later */
		CU_ASSERT_EQUAL(next_verdict(p, &l, t - 600, hard, 4, far_future.sec), HEADER_OK);
		/* the search stops at the period's first block, even when that is at the limit and a hard one stands before it */
		for (uint32_t j = 0; j < 10; j++)
			l.a[j].bits = limit;
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 600, limit, 4, far_future.sec), HEADER_OK);
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 600, hard, 4, far_future.sec), HEADER_BAD_BITS);
		/* a search that leaves what is known */
		l.base = 4033;
		CU_ASSERT_EQUAL(next_verdict(p, &l, t + 600, limit, 4, far_future.sec), HEADER_NO_ANCESTOR);
		free(l.a);
	}
}

static void
c10_minimum_difficulty_block_under_mainnet_rules(void)
{
	const uint32_t hard = 0x1c0ffff0, limit = 0x1d00ffff;
	struct line l = line_new(4032, 21, hard);
	uint32_t t = last_of(&l)->time;

	CU_ASSERT_EQUAL(next_verdict(chain_params_find("testnet3"), &l, t + 1201, limit, 4, far_future.sec), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(chain_params_find("main"), &l, t + 1201, limit, 4, far_future.sec), HEADER_BAD_BITS);
	CU_ASSERT_EQUAL(next_verdict(chain_params_find("signet"), &l, t + 1201, limit, 4, far_future.sec), HEADER_BAD_BITS);
	free(l.a);
}

/* At a retarget a testnet has no twenty-minute exception; testnet4 scales the first bits, testnet3 the last. */
static void
retargets_of_the_testnets(void)
{
	const uint32_t hard = 0x1c0ffff0, limit = 0x1d00ffff, two_weeks = 1209600;
	const struct chain_params *three = chain_params_find("testnet3"), *four = chain_params_find("testnet4");

	CU_ASSERT_EQUAL(retargeted(three, LONG_AGO, LONG_AGO + two_weeks, hard, limit), limit);
	CU_ASSERT_EQUAL(retargeted(four, LONG_AGO, LONG_AGO + two_weeks, hard, limit), hard);
	CU_ASSERT_EQUAL(retargeted(three, LONG_AGO, LONG_AGO + two_weeks, limit, hard), hard);
	CU_ASSERT_EQUAL(retargeted(four, LONG_AGO, LONG_AGO + two_weeks, limit, hard), limit);
	CU_ASSERT_EQUAL(retargeted(three, LONG_AGO, LONG_AGO + two_weeks / 2, hard, limit), 0x1c7fff80);
	CU_ASSERT_EQUAL(retargeted(four, LONG_AGO, LONG_AGO + two_weeks / 2, hard, limit), 0x1c07fff8);
}

/* -- time -- */

static void
c8_time_at_and_after_the_median(void)
{
	static const struct {
		uint32_t n, times[12], median;
	} rows[] = {
		{ 1, { 50 }, 50 },
		{ 2, { 50, 60 }, 60 },
		{ 2, { 60, 50 }, 60 },
		{ 3, { 70, 50, 60 }, 60 },
		{ 4, { 70, 50, 60, 80 }, 70 },
		{ 10, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 6 },
		{ 11, { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 }, 6 },
		{ 11, { 5, 5, 5, 5, 5, 5, 9, 9, 9, 9, 9 }, 5 },
		{ 11, { 9, 9, 9, 9, 9, 9, 5, 5, 5, 5, 5 }, 9 },
		{ 12, { 99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }, 6 }, /* the twelfth does not count */
		{ 11, { UINT32_MAX, 0, UINT32_MAX, 0, UINT32_MAX, 0, UINT32_MAX, 0, UINT32_MAX, 0, 7 }, 7 },
	};
	const struct chain_params *p = chain_params_find("regtest");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct line l = line_new(0, rows[i].n, p->limit_bits);
		struct header_branch b = branch_of(&l);
		uint32_t median = 0;

		for (uint32_t j = 0; j < l.n; j++)
			l.a[j].time = rows[i].times[j];
		CU_ASSERT(header_median_time(&median, l.n, &b));
		CU_ASSERT_EQUAL(median, rows[i].median);
		CU_ASSERT_EQUAL(next_verdict(p, &l, median - 1, p->limit_bits, 4, far_future.sec), HEADER_TIME_OLD);
		CU_ASSERT_EQUAL(next_verdict(p, &l, median, p->limit_bits, 4, far_future.sec), HEADER_TIME_OLD);
		CU_ASSERT_EQUAL(next_verdict(p, &l, median + 1, p->limit_bits, 4, far_future.sec), HEADER_OK);
		free(l.a);
	}
}

static void
median_asks_for_nothing_below_first(void)
{
	struct line l = line_new(1000, 30, 0x207fffff);
	struct header_branch b = branch_of(&l);
	uint32_t lowest = UINT32_MAX, median;

	l.lowest = &lowest;
	b.first = 1020;
	CU_ASSERT(header_median_time(&median, 1025, &b));
	CU_ASSERT_EQUAL(lowest, 1020);
	CU_ASSERT_EQUAL(median, LONG_AGO + 22 * 600);
	lowest = UINT32_MAX;
	CU_ASSERT(header_median_time(&median, 1030, &b));
	CU_ASSERT_EQUAL(lowest, 1020);
	lowest = UINT32_MAX;
	b.first = 1018;
	CU_ASSERT(header_median_time(&median, 1030, &b));
	CU_ASSERT_EQUAL(lowest, 1019);
	/* nothing known: before first, at first */
	CU_ASSERT_FALSE(header_median_time(&median, 1017, &b));
	CU_ASSERT_FALSE(header_median_time(&median, 1018, &b));
	b.first = 0;
	CU_ASSERT_FALSE(header_median_time(&median, 0, &b));
	CU_ASSERT_FALSE(header_median_time(&median, 1005, &b)); /* promised from 0 on, but 994 is not there */
	free(l.a);
}

static void
time_against_now(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	struct line l = line_new(0, 20, p->limit_bits);
	uint32_t t = last_of(&l)->time + 600;

	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 4, (int64_t)t - 7200), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 4, (int64_t)t - 7201), HEADER_TIME_FUTURE);
	CU_ASSERT_EQUAL(next_verdict(p, &l, UINT32_MAX, p->limit_bits, 4, (int64_t)UINT32_MAX - 7200), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 4, INT64_MAX), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 4, INT64_MIN), HEADER_TIME_FUTURE);
	/* what could never become valid is not held */
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 3, 0), HEADER_BAD_VERSION);
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits - 1, 4, 0), HEADER_BAD_BITS);
	free(l.a);
}

/* BIP94: a period's first block at most 600 seconds before its parent. */
static void
time_warp(void)
{
	const struct chain_params *four = chain_params_find("testnet4"), *three = chain_params_find("testnet3");
	struct line l = line_new(2016, 2016, four->limit_bits);
	uint32_t t = last_of(&l)->time += 1000, bits;
	struct header_branch b = branch_of(&l);

	CU_ASSERT_FATAL(header_next_bits(&bits, four, 4032, t, &b));
	CU_ASSERT_EQUAL(next_verdict(four, &l, t - 600, bits, 4, far_future.sec), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(four, &l, t - 601, bits, 4, far_future.sec), HEADER_TIME_WARP);
	CU_ASSERT_EQUAL(next_verdict(three, &l, t - 601, bits, 4, far_future.sec), HEADER_OK);
	/* not inside a period */
	l.n--;
	t = last_of(&l)->time += 2000;
	CU_ASSERT_EQUAL(next_verdict(four, &l, t - 601, four->limit_bits, 4, far_future.sec), HEADER_OK);
	/* a parent of the first seconds of 1970 */
	l.n++;
	for (uint32_t i = 0; i < l.n; i++)
		l.a[i].time = 0;
	CU_ASSERT_EQUAL(next_verdict(four, &l, 1, 0x1c3fffc0, 4, far_future.sec), HEADER_OK);
	free(l.a);
}

/* The rules of time of BIP54, from its height on and nowhere before. */
static void
bip54_first_block_of_a_period(void)
{
	struct chain_params p = *chain_params_find("main");
	struct line l = line_new(2016, 2016, p.limit_bits);
	uint32_t t = last_of(&l)->time += 8000, bits;
	struct header_branch b = branch_of(&l);

	CU_ASSERT_FATAL(header_next_bits(&bits, &p, 4032, t, &b));
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 7201, bits, 4, far_future.sec), HEADER_OK);
	p.bip54_height = 4033;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 7201, bits, 4, far_future.sec), HEADER_OK);
	p.bip54_height = 4032;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 7201, bits, 4, far_future.sec), HEADER_TIME_WARP);
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 7200, bits, 4, far_future.sec), HEADER_OK);
	/* a network with BIP94 as well keeps the narrower bound */
	p.bip94 = true;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 601, bits, 4, far_future.sec), HEADER_TIME_WARP);
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 600, bits, 4, far_future.sec), HEADER_OK);
	p.bip94 = false;
	/* not inside a period */
	l.n--;
	t = last_of(&l)->time += 9000;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, t - 7201, p.limit_bits, 4, far_future.sec), HEADER_OK);
	free(l.a);
}

static void
bip54_last_block_of_a_period(void)
{
	struct chain_params p = *chain_params_find("main");
	struct line l = line_new(2016, 2015, p.limit_bits);
	const uint32_t first = last_of(&l)->time + 20000;

	l.a[0].time = first;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, first - 1, p.limit_bits, 4, far_future.sec), HEADER_OK);
	p.bip54_height = 4032;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, first - 1, p.limit_bits, 4, far_future.sec), HEADER_OK);
	p.bip54_height = 4031;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, first - 1, p.limit_bits, 4, far_future.sec), HEADER_TIME_REVERSED);
	CU_ASSERT_EQUAL(next_verdict(&p, &l, first, p.limit_bits, 4, far_future.sec), HEADER_OK);
	/* any other block may be older than the first */
	p.bip54_height = 1;
	l.n--;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, first - 1, p.limit_bits, 4, far_future.sec), HEADER_OK);
	/* the first block is not known */
	l.n++;
	l.base = 2017;
	l.n--;
	CU_ASSERT_EQUAL(next_verdict(&p, &l, first, p.limit_bits, 4, far_future.sec), HEADER_NO_ANCESTOR);
	free(l.a);
}

/* -- versions -- */

static void
versions_from_their_heights_on(void)
{
	static const struct {
		const char *network;
		uint32_t height;
		int32_t lowest; /* that passes; INT32_MIN: any */
	} rows[] = {
		{ "main", 227930, INT32_MIN }, { "main", 227931, 2 },	{ "main", 363724, 2 },	   { "main", 363725, 3 },
		{ "main", 363731, 3 },	       { "main", 388380, 3 },	{ "main", 388381, 4 },	   { "main", 900000, 4 },
		{ "testnet3", 21110, INT32_MIN }, { "testnet3", 21111, 2 }, { "testnet3", 330775, 2 }, { "testnet3", 330776, 3 },
		{ "testnet3", 581884, 3 },     { "testnet3", 581885, 4 }, { "testnet4", 1, 4 },	   { "signet", 1, 4 },
		{ "regtest", 1, 4 },	       { "regtest", 150, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct chain_params *p = chain_params_find(rows[i].network);
		struct line l = line_new(rows[i].height - 1, 1, p->limit_bits);
		const uint32_t time = LONG_AGO + 1201; /* so late that the testnets need no other ancestor */

		if (rows[i].lowest != INT32_MIN)
			CU_ASSERT_EQUAL(next_verdict(p, &l, time, p->limit_bits, rows[i].lowest - 1, far_future.sec),
					HEADER_BAD_VERSION);
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, p->limit_bits, rows[i].lowest, far_future.sec), HEADER_OK);
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, p->limit_bits, 0x20000000, far_future.sec), HEADER_OK);
		/* the version is signed: the top bit makes it less than 2 */
		CU_ASSERT_EQUAL(next_verdict(p, &l, time, p->limit_bits, INT32_MIN, far_future.sec),
				rows[i].lowest == INT32_MIN ? HEADER_OK : HEADER_BAD_VERSION);
		free(l.a);
	}
}

/* -- branches -- */

static void
missing_ancestors_are_our_own_lack(void)
{
	const struct chain_params *p = chain_params_find("main");
	struct line l = line_new(2017, 2015, p->limit_bits), empty = { .a = l.a, .base = 100 };
	uint32_t t = last_of(&l)->time + 600;

	/* the period's first block */
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 4, far_future.sec), HEADER_NO_ANCESTOR);
	l.base = 2016;
	CU_ASSERT_EQUAL(next_verdict(p, &l, t, p->limit_bits, 4, far_future.sec), HEADER_OK);
	CU_ASSERT_EQUAL(next_verdict(p, &empty, t, p->limit_bits, 4, far_future.sec), HEADER_NO_ANCESTOR);
	CU_ASSERT_EQUAL(next_verdict(chain_params_find("regtest"), &empty, t, 0x207fffff, 4, far_future.sec), HEADER_NO_ANCESTOR);
	free(l.a);
}

/* Blocks 1 of main and of testnet3. */
static const char main_1[] = "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000"
			     "982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299";
static const char testnet3_1[] = "0100000043497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000"
				 "bac8b0fa927c0ac8234287e33c5f74d38d354820e24756ad709d7038fc5f31f020e7494dffff001d03e4b672";

static enum header_verdict
first_block(const char *network, const char *hex, const struct hash256 *prev)
{
	const struct chain_params *p = chain_params_find(network);
	struct header_ancestor genesis = { p->genesis.time, p->genesis.bits };
	struct line l = { &genesis, 0, 1, NULL };
	struct header_branch b = branch_of(&l);
	uint8_t bytes[HEADER_LEN];
	struct header h = { 0 };

	CU_ASSERT_FATAL(hex_decode(bytes, sizeof(bytes), hex) && header_decode(&h, bytes, sizeof(bytes)));
	return header_check(p, &h, 1, prev != NULL ? prev : &h.prev, &b, far_future);
}

static void
c19_header_of_another_network(void)
{
	static const char *const names[] = { "main", "testnet3", "testnet4", "signet", "regtest" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct hash256 *genesis = &chain_params_find(names[i])->genesis_hash;

		CU_ASSERT_EQUAL(first_block(names[i], main_1, genesis), i == 0 ? HEADER_OK : HEADER_BAD_PREV);
		CU_ASSERT_EQUAL(first_block(names[i], testnet3_1, genesis), i == 1 ? HEADER_OK : HEADER_BAD_PREV);
	}
	/* and if the parent were right */
	CU_ASSERT_EQUAL(first_block("regtest", main_1, NULL), HEADER_BAD_BITS);
	CU_ASSERT_EQUAL(first_block("testnet4", main_1, NULL), HEADER_TIME_OLD);
}

static void
names(void)
{
	for (enum header_verdict v = HEADER_OK; v <= HEADER_NO_ANCESTOR; v++) {
		for (enum header_verdict w = HEADER_OK; w < v; w++)
			CU_ASSERT_STRING_NOT_EQUAL(header_verdict_name(v), header_verdict_name(w));
	}
}

static const struct unit_test tests[] = {
	{ "work to the last unit", work_to_the_last_unit },
	{ "bits that are no target", bits_that_are_no_target },
	{ "regtest chain with real work", regtest_chain_with_real_work },
	{ "retargets of main", retargets_of_main },
	{ "C7: timespan is signed and clamped", c7_timespan_is_signed_and_clamped },
	{ "C6: wrong bits inside and at a retarget", c6_wrong_bits_inside_and_at_a_retarget },
	{ "a side branch has its own retarget", a_side_branch_has_its_own_retarget },
	{ "regtest never retargets", regtest_never_retargets },
	{ "twenty minutes without a block", twenty_minutes_without_a_block },
	{ "C10: minimum-difficulty block under mainnet rules", c10_minimum_difficulty_block_under_mainnet_rules },
	{ "retargets of the testnets", retargets_of_the_testnets },
	{ "C8: time at and after the median", c8_time_at_and_after_the_median },
	{ "median asks for nothing below first", median_asks_for_nothing_below_first },
	{ "time against now", time_against_now },
	{ "time warp", time_warp },
	{ "BIP54: a period's first block", bip54_first_block_of_a_period },
	{ "BIP54: a period's last block", bip54_last_block_of_a_period },
	{ "versions from their heights on", versions_from_their_heights_on },
	{ "missing ancestors are our own lack", missing_ancestors_are_our_own_lack },
	{ "C19: header of another network", c19_header_of_another_network },
	{ "names", names },
};

UNIT_MAIN("header_rules", tests)
