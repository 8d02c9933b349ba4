/* The rules on real headers: 8,065 of main over four retargets with one that went stale beside them, the first 10,000 of testnet3 with 184 blocks that
 * came after more than twenty minutes, and the first ten of signet, which this file carries. Each header passes as it is; moved by one bit,
 * one second or one unit of its compact bits it is refused by just the rule that is meant for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/header_rules.h"
#include "spv/header_tree.h"
#include "tests/unit/signet_blocks.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

#define TWENTY_MINUTES 1200

static const struct unixtime far_future = { (int64_t)1 << 40 };

struct real {
	const struct chain_params *p;
	struct header *h;     /* owned */
	struct hash256 *hash; /* owned */
	uint32_t base, n;     /* height of the first; how many */
};

static bool
real_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct real *c = context;

	if (height < c->base || height - c->base >= c->n)
		return false;
	*out = (struct header_ancestor){ c->h[height - c->base].time, c->h[height - c->base].bits };
	return true;
}

static struct real
real_new(const char *network, uint32_t base, uint32_t n)
{
	struct real c = { .p = chain_params_find(network), .base = base, .n = n };

	c.h = mem_new(n, sizeof(*c.h));
	c.hash = mem_new(n, sizeof(*c.hash));
	return c;
}

static bool
real_read(struct real *out, const char *network, const char *name, uint32_t base)
{
	size_t len;
	uint8_t *bytes = vectors_read(&len, name);
	struct rd r;

	if (bytes == NULL)
		return false;
	CU_ASSERT_FATAL(len % HEADER_LEN == 0);
	*out = real_new(network, base, (uint32_t)(len / HEADER_LEN));
	r = rd_init(bytes, len);
	for (uint32_t i = 0; i < out->n; i++) {
		rd_header(&r, &out->h[i]);
		header_hash(&out->hash[i], &out->h[i]);
	}
	CU_ASSERT(rd_done(&r));
	free(bytes);
	return true;
}

static void
real_clear(struct real *c)
{
	free(c->h);
	free(c->hash);
}

/* The verdict on a header in the place of number i, by the clock `now`. */
static enum header_verdict
check_by(const struct real *c, const struct header *h, uint32_t i, int64_t now)
{
	struct header_branch b = { .at = real_at, .context = c, .first = c->base };

	return header_check(c->p, h, c->base + i, &c->hash[i - 1], &b, (struct unixtime){ now });
}

/* The same as if its hash met every target: all rules but that of work. */
static enum header_verdict
check_all_but_work(const struct real *c, const struct header *h, uint32_t i)
{
	static const struct hash256 best;
	struct header_branch b = { .at = real_at, .context = c, .first = c->base };

	return header_check_hashed(c->p, h, &best, c->base + i, &c->hash[i - 1], &b, far_future);
}

static uint32_t
median_before(const struct real *c, uint32_t i)
{
	struct header_branch b = { .at = real_at, .context = c, .first = c->base };
	uint32_t median = 0;

	CU_ASSERT_FATAL(header_median_time(&median, c->base + i, &b));
	return median;
}

/* --- One bit, one second, one unit --- */

/* How many headers met each verdict; the array is as long as there are verdicts. */
struct tally {
	uint32_t of[HEADER_NO_ANCESTOR + 1];
};

/* Each of the 80 bytes' fields changed by a bit, the place of which differs from header to header. */
static void
one_bit(struct tally *t, const struct real *c, uint32_t i)
{
	const struct header *h = &c->h[i];
	struct header bad = *h;
	int64_t now = h->time;

	bad.prev.b[i % 32] ^= (uint8_t)(1 << i % 8);
	t->of[check_by(c, &bad, i, now)]++;
	CU_ASSERT_EQUAL(check_by(c, &bad, i, now), HEADER_BAD_PREV);
	bad = *h;
	bad.merkle_root.b[i % 32] ^= (uint8_t)(1 << i % 8);
	CU_ASSERT_EQUAL(check_by(c, &bad, i, now), HEADER_BAD_WORK);
	bad = *h;
	bad.nonce ^= 1u << i % 32;
	CU_ASSERT_EQUAL(check_by(c, &bad, i, now), HEADER_BAD_WORK);
	bad = *h;
	bad.version ^= 1 << i % 29;
	CU_ASSERT_EQUAL(check_by(c, &bad, i, now), HEADER_BAD_WORK);
	bad = *h;
	bad.time ^= 1u << i % 7; /* not so far that it were in the future */
	CU_ASSERT_EQUAL(check_by(c, &bad, i, far_future.sec), HEADER_BAD_WORK);
}

/* One unit of the compact form, either way; above the limit there is no target. */
static void
one_unit_of_bits(const struct real *c, uint32_t i)
{
	struct header bad = c->h[i];

	bad.bits = c->h[i].bits - 1;
	CU_ASSERT_EQUAL(check_all_but_work(c, &bad, i), HEADER_BAD_BITS);
	bad.bits = c->h[i].bits + 1;
	CU_ASSERT_EQUAL(check_all_but_work(c, &bad, i), c->h[i].bits == c->p->limit_bits ? HEADER_BAD_TARGET : HEADER_BAD_BITS);
}

/* Its bits at another time, so that no rule but that of time can refuse it. */
static struct header
at_time(const struct real *c, uint32_t i, uint32_t time)
{
	struct header_branch b = { .at = real_at, .context = c, .first = c->base };
	struct header h = c->h[i];

	h.time = time;
	CU_ASSERT_FATAL(header_next_bits(&h.bits, c->p, c->base + i, time, &b));
	return h;
}

/* At the median and one second later; two hours ahead of the clock and one second more. */
static void
one_second(const struct real *c, uint32_t i)
{
	uint32_t median = median_before(c, i);
	struct header h = at_time(c, i, median);

	CU_ASSERT_EQUAL(check_all_but_work(c, &h, i), HEADER_TIME_OLD);
	h = at_time(c, i, median + 1);
	CU_ASSERT_EQUAL(check_all_but_work(c, &h, i), HEADER_OK);
	CU_ASSERT_EQUAL(check_by(c, &c->h[i], i, (int64_t)c->h[i].time - FUTURE_LIMIT_SECONDS), HEADER_OK);
	CU_ASSERT_EQUAL(check_by(c, &c->h[i], i, (int64_t)c->h[i].time - FUTURE_LIMIT_SECONDS - 1), HEADER_TIME_FUTURE);
}

static void
one_version(const struct real *c, uint32_t i)
{
	uint32_t height = c->base + i;
	struct header h = c->h[i];
	int32_t lowest = height >= c->p->bip65_height ? 4 : height >= c->p->bip66_height ? 3 : height >= c->p->bip34_height ? 2 : INT32_MIN;

	h.version = lowest;
	CU_ASSERT_EQUAL(check_all_but_work(c, &h, i), HEADER_OK);
	if (lowest != INT32_MIN) {
		h.version = lowest - 1;
		CU_ASSERT_EQUAL(check_all_but_work(c, &h, i), HEADER_BAD_VERSION);
	}
}

/* From number `from` on. Returns how many are at the limit. */
static uint32_t
replay(const struct real *c, uint32_t from)
{
	uint32_t passed = 0, at_limit = 0;
	struct tally t = { { 0 } };

	for (uint32_t i = from; i < c->n; i++) {
		passed += check_by(c, &c->h[i], i, c->h[i].time) == HEADER_OK;
		at_limit += c->h[i].bits == c->p->limit_bits;
		one_bit(&t, c, i);
		one_unit_of_bits(c, i);
		one_second(c, i);
		one_version(c, i);
	}
	printf("%s: %u real headers from height %u on, each with its negatives\n", c->p->name, passed, c->base + from);
	CU_ASSERT_EQUAL(passed, c->n - from);
	CU_ASSERT_EQUAL(t.of[HEADER_BAD_PREV], c->n - from);
	return at_limit;
}

/* --- Main --- */

static void
main_headers(void)
{
	uint32_t retargets = 0;
	struct real c;

	if (!real_read(&c, "main", "main-822528-830592.headers", 822528))
		return;
	CU_ASSERT_EQUAL(c.n, 8065);
	CU_ASSERT_EQUAL(replay(&c, MEDIAN_TIME_SPAN), 0);
	for (uint32_t i = 1; i < c.n; i++) {
		struct header h = c.h[i];

		if (h.bits == c.h[i - 1].bits)
			continue;
		retargets++;
		CU_ASSERT_EQUAL((c.base + i) % RETARGET_INTERVAL, 0);
		h.bits = c.h[i - 1].bits; /* C6: as if the period had not ended */
		CU_ASSERT_EQUAL(check_all_but_work(&c, &h, i), HEADER_BAD_BITS);
		h = c.h[i - 1]; /* C6: a block too early */
		h.bits = c.h[i].bits;
		CU_ASSERT_EQUAL(check_all_but_work(&c, &h, i - 1), HEADER_BAD_BITS);
	}
	CU_ASSERT_EQUAL(retargets, 4);
	real_clear(&c);
}

/* One second in a period's first or last block moves the next bits; in between none does. */
static void
one_second_of_a_period(void)
{
	struct real c;

	if (!real_read(&c, "main", "main-822528-830592.headers", 822528))
		return;
	for (uint32_t at = RETARGET_INTERVAL; at < c.n; at += RETARGET_INTERVAL) {
		struct header *first = &c.h[at - RETARGET_INTERVAL], *last = &c.h[at - 1], *inside = &c.h[at - 1000];

		/* two weeks and a few seconds: the compact form tells them apart */
		for (int step = -1; step <= 1; step += 2) {
			inside->time += (uint32_t)step;
			CU_ASSERT_EQUAL(check_all_but_work(&c, &c.h[at], at), HEADER_OK);
			inside->time -= (uint32_t)step;
			last->time += (uint32_t)(step * 10);
			CU_ASSERT_EQUAL(check_all_but_work(&c, &c.h[at], at), HEADER_BAD_BITS);
			last->time -= (uint32_t)(step * 10);
			first->time += (uint32_t)(step * 10);
			CU_ASSERT_EQUAL(check_all_but_work(&c, &c.h[at], at), HEADER_BAD_BITS);
			first->time -= (uint32_t)(step * 10);
		}
		CU_ASSERT_EQUAL(check_all_but_work(&c, &c.h[at], at), HEADER_OK);
	}
	real_clear(&c);
}

/* C10, C19: main's headers under the rules of others. */
static void
main_headers_elsewhere(void)
{
	static const char *const names[] = { "testnet3", "testnet4", "signet", "regtest" };
	struct real c;

	if (!real_read(&c, "main", "main-822528-830592.headers", 822528))
		return;
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		uint32_t passed = 0, late = 0;

		c.p = chain_params_find(names[k]);
		for (uint32_t i = RETARGET_INTERVAL; i < c.n; i++) {
			passed += check_by(&c, &c.h[i], i, c.h[i].time) == HEADER_OK;
			late += (int64_t)c.h[i].time - c.h[i - 1].time > TWENTY_MINUTES && (c.base + i) % RETARGET_INTERVAL != 0;
		}
		CU_ASSERT(late > 100);
		/* the testnets want the easiest bits of a late block; signet has main's rules; regtest wants its own bits always */
		if (c.p->min_difficulty) {
			CU_ASSERT_EQUAL(passed, c.n - RETARGET_INTERVAL - late);
		} else {
			CU_ASSERT_EQUAL(passed, c.p->no_retarget ? 0 : c.n - RETARGET_INTERVAL);
		}
	}
	real_clear(&c);
}

/* --- A stale block --- */

/* The vectors' first header stands in the place of genesis: its height is a multiple of 2,016, so the retargets stay where they are. */
static struct chain_params
cut_chain(const struct real *c)
{
	struct chain_params p = *c->p;

	CU_ASSERT_EQUAL(c->base % RETARGET_INTERVAL, 0);
	p.genesis = c->h[0];
	p.genesis_hash = c->hash[0];
	p.bip34_height = p.bip65_height = p.bip66_height = 1;
	return p;
}

static void
add(struct header_tree *t, const struct header *h, enum tree_verdict want)
{
	struct hash256 hash;

	header_hash(&hash, h);
	CU_ASSERT_EQUAL(header_tree_add(t, h, &hash, far_future, NULL), want);
}

/* It stands beside the chain, first seen and so the tip for a while, loses to more work, and nothing of the chain is a child of its own. */
static void
a_stale_header_on_a_side_branch(void)
{
	const uint32_t stale_at = 823226;
	struct tree_change change;
	struct chain_params p;
	struct hash256 hash;
	struct header_tree *t;
	struct header stale;
	struct real c;
	size_t len;
	uint8_t *bytes;
	uint32_t fork = 0;

	if (!real_read(&c, "main", "main-822528-830592.headers", 822528))
		return;
	bytes = vectors_read(&len, "main-stale-823226.header");
	CU_ASSERT_FATAL(bytes != NULL && header_decode(&stale, bytes, len));
	free(bytes);
	header_hash(&hash, &stale);
	p = cut_chain(&c);
	t = header_tree_new(&p, 1, 1000);
	for (uint32_t i = 1; i < c.n; i++) {
		if (c.base + i == stale_at) {
			CU_ASSERT_EQUAL(check_by(&c, &stale, i, stale.time), HEADER_OK);
			CU_ASSERT_EQUAL(check_by(&c, &stale, i + 1, stale.time), HEADER_BAD_PREV);
			add(t, &stale, TREE_NEW);
			header_tree_choose(t, &change);
			tree_change_clear(&change);
			add(t, &stale, TREE_KNOWN);
			CU_ASSERT(header_tree_on_best(t, &hash, &fork) && fork == i);
		}
		add(t, &c.h[i], TREE_NEW);
		header_tree_choose(t, &change);
		CU_ASSERT_EQUAL(change.removed_n, c.base + i == stale_at + 1 ? 1 : 0);
		tree_change_clear(&change);
		if (i % 512 == 0)
			header_tree_check(t);
	}
	for (uint32_t i = 0; i < c.n; i++) {
		struct hash256 at = header_tree_hash_at(t, i);

		CU_ASSERT(hash256_eq(&at, &c.hash[i]));
	}
	CU_ASSERT(header_tree_has(t, &hash) && !header_tree_on_best(t, &hash, &fork));
	CU_ASSERT(header_tree_fork(t, &hash, &fork));
	CU_ASSERT_EQUAL(c.base + fork + 1, stale_at);
	header_tree_check(t);
	header_tree_free(t);
	real_clear(&c);
}

/* --- testnet3 --- */

/* The bits of a block that is not late, found by hand: those of the nearest ancestor that is not at the limit, or of the period's first. */
static uint32_t
usual_bits(const struct real *c, uint32_t i)
{
	uint32_t k = i - 1;

	while (k % RETARGET_INTERVAL != 0 && c->h[k].bits == c->p->limit_bits)
		k--;
	return c->h[k].bits;
}

/* Each header moved to just twenty minutes after its parent, and one second more. */
static void
testnet3_twenty_minutes(const struct real *c)
{
	uint32_t differ = 0;

	for (uint32_t i = 1; i < c->n; i++) {
		const uint32_t parent = c->h[i - 1].time, usual = usual_bits(c, i), limit = c->p->limit_bits;
		struct header h = c->h[i];

		if (i % RETARGET_INTERVAL == 0 || parent + TWENTY_MINUTES <= median_before(c, i))
			continue;
		differ += usual != limit;
		for (uint32_t over = 0; over <= 1; over++) {
			h.time = parent + TWENTY_MINUTES + over;
			h.bits = over ? limit : usual;
			CU_ASSERT_EQUAL(check_all_but_work(c, &h, i), HEADER_OK);
			h.bits = over ? usual : limit;
			CU_ASSERT_EQUAL(check_all_but_work(c, &h, i), usual == limit ? HEADER_OK : HEADER_BAD_BITS);
		}
	}
	CU_ASSERT(differ > 5000);
}

static void
testnet3_headers(void)
{
	struct real c;
	uint32_t late = 0;

	if (!real_read(&c, "testnet3", "testnet3-0-9999.headers", 0))
		return;
	CU_ASSERT_EQUAL(c.n, 10000);
	CU_ASSERT(hash256_eq(&c.hash[0], &c.p->genesis_hash));
	CU_ASSERT_EQUAL(replay(&c, 1), 4208);
	for (uint32_t i = 1; i < c.n; i++)
		late += (int64_t)c.h[i].time - c.h[i - 1].time > TWENTY_MINUTES;
	CU_ASSERT_EQUAL(late, 184);
	testnet3_twenty_minutes(&c);
	/* C10: under main's rules the late ones fail, once there is a difficulty */
	c.p = chain_params_find("main");
	for (uint32_t i = 4033; i < 6048; i++) {
		if (c.h[i].bits == c.p->limit_bits && c.h[i - 1].bits != c.p->limit_bits)
			CU_ASSERT_EQUAL(check_by(&c, &c.h[i], i, c.h[i].time), HEADER_BAD_BITS);
	}
	real_clear(&c);
}

/* BIP54's own remark: testnet3 saw a time warp early on, and with these rules from its first block on this is the block that they refuse. */
static void
bip54_finds_testnet3s_time_warp(void)
{
	struct chain_params p = *chain_params_find("testnet3");
	char text[HASH256_HEX_LEN];
	struct real c;

	if (!real_read(&c, "testnet3", "testnet3-0-9999.headers", 0))
		return;
	p.bip54_height = 1;
	c.p = &p;
	for (uint32_t i = 1; i < c.n; i++)
		CU_ASSERT_EQUAL(check_by(&c, &c.h[i], i, c.h[i].time), i == 8064 ? HEADER_TIME_WARP : HEADER_OK);
	hash256_to_display(text, &c.hash[8064]);
	CU_ASSERT_STRING_EQUAL(text, "00000000118da1e2165a19307b86f87eba814845e8a0f99734dce279ca3fb029");
	real_clear(&c);
}

/* --- signet --- */

static void
signet_headers(void)
{
	struct real c = real_new("signet", 0, 11);

	c.h[0] = c.p->genesis;
	c.hash[0] = c.p->genesis_hash;
	for (uint32_t i = 1; i < c.n; i++) {
		uint8_t bytes[HEADER_LEN];
		char hex[2 * HEADER_LEN + 1];

		CU_ASSERT_EQUAL_FATAL(signet_blocks[i - 1].height, i);
		snprintf(hex, sizeof(hex), "%s", signet_blocks[i - 1].hex);
		CU_ASSERT_FATAL(hex_decode(bytes, sizeof(bytes), hex) && header_decode(&c.h[i], bytes, sizeof(bytes)));
		header_hash(&c.hash[i], &c.h[i]);
	}
	CU_ASSERT_EQUAL(replay(&c, 1), 10);
	/* C19: elsewhere they are refused, were it for their bits alone */
	c.p = chain_params_find("main");
	CU_ASSERT_EQUAL(check_by(&c, &c.h[1], 1, far_future.sec), HEADER_BAD_TARGET);
	c.p = chain_params_find("regtest");
	CU_ASSERT_EQUAL(check_by(&c, &c.h[1], 1, far_future.sec), HEADER_BAD_BITS);
	real_clear(&c);
}

/* --- July 2015 --- */

/* Blocks 363731 to 363736 of a fork that lasted for three hours had valid work and, the first of them, version 2: miners who looked at
 * nothing but headers built on it. bip66_height is 363725. */
static void
july_2015(void)
{
	struct real c = real_new("main", 362880, 2016);

	for (uint32_t i = 0; i < c.n; i++)
		c.h[i] = (struct header){ .version = 3, .time = 1435000000 + 600 * i, .bits = 0x18162043 };
	for (uint32_t i = 363731 - c.base; i <= 363736 - c.base; i++) {
		struct header h = c.h[i];

		CU_ASSERT_EQUAL(check_all_but_work(&c, &h, i), HEADER_OK);
		h.version = 2;
		CU_ASSERT_EQUAL(check_all_but_work(&c, &h, i), HEADER_BAD_VERSION);
		h.version = 1;
		CU_ASSERT_EQUAL(check_all_but_work(&c, &h, i), HEADER_BAD_VERSION);
	}
	for (uint32_t height = 363724; height <= 363725; height++) {
		struct header h = c.h[height - c.base];

		h.version = 2;
		CU_ASSERT_EQUAL(check_all_but_work(&c, &h, height - c.base), height == 363724 ? HEADER_OK : HEADER_BAD_VERSION);
	}
	real_clear(&c);
}

static const struct unit_test tests[] = {
	{ "main", main_headers },
	{ "C6: one second of a period", one_second_of_a_period },
	{ "C10 C19: main's headers elsewhere", main_headers_elsewhere },
	{ "a stale header on a side branch", a_stale_header_on_a_side_branch },
	{ "testnet3", testnet3_headers },
	{ "BIP54 finds testnet3's time warp", bip54_finds_testnet3s_time_warp },
	{ "signet", signet_headers },
	{ "July 2015: version 2 after BIP66", july_2015 },
};

UNIT_MAIN("header_real", tests)
