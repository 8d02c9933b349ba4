#include "spv/presync.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/target.h"
#include "tests/unit/mining.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

#define STEP 600 /* seconds between blocks */
#define REGTEST_WORK 2

static const struct unixtime LATER = { 4000000000 };

static const struct chain_params *
regtest(void)
{
	return chain_params_find("regtest");
}

/* A chain from genesis; number i stands at height i. */
struct chain {
	const struct chain_params *p;
	struct header *h;
	struct hash256 *hash;
	uint32_t height;
};

static bool
chain_ancestor(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct chain *c = context;

	*out = (struct header_ancestor){ .time = c->h[height].time, .bits = c->h[height].bits };
	return true;
}

/* The chain up to `fork`, then others up to `height`, `step` seconds apart. */
static struct chain
chain_fork(const struct chain *from, uint32_t fork, uint32_t height, uint32_t step, uint32_t tag)
{
	struct chain c = { .p = from->p, .h = mem_new(height + 1, sizeof(*c.h)), .hash = mem_new(height + 1, sizeof(*c.hash)) };
	struct header_branch branch = { .at = chain_ancestor, .context = &c };

	memcpy(c.h, from->h, (fork + 1) * sizeof(*c.h));
	memcpy(c.hash, from->hash, (fork + 1) * sizeof(*c.hash));
	for (c.height = fork; c.height < height; c.height++) {
		uint32_t next = c.height + 1, time = c.h[c.height].time + step, bits = 0;
		bool ok = header_next_bits(&bits, c.p, next, time, &branch);

		CU_ASSERT(ok);
		c.h[next] = mine_child(&c.hash[c.height], bits, time, tag, &c.hash[next]);
	}
	return c;
}

static struct chain
chain_new(const struct chain_params *p, uint32_t height, uint32_t tag)
{
	struct header genesis = p->genesis;
	struct hash256 hash = p->genesis_hash;
	struct chain root = { .p = p, .h = &genesis, .hash = &hash };

	return chain_fork(&root, 0, height, STEP, tag);
}

static void
chain_clear(struct chain *c)
{
	free(c->h);
	free(c->hash);
}

static size_t
chain_recent(struct header_ancestor out[RETARGET_INTERVAL], const struct chain *c, uint32_t height)
{
	size_t n = 0;

	for (; n < RETARGET_INTERVAL && n <= height; n++)
		out[n] = (struct header_ancestor){ .time = c->h[height - n].time, .bits = c->h[height - n].bits };
	return n;
}

static struct presync *
begin(const struct chain *c, uint32_t start, uint64_t need, uint8_t salt)
{
	struct header_ancestor recent[RETARGET_INTERVAL];
	struct presync_start from = { .hash = c->hash[start], .height = start, .recent = recent, .recent_n = chain_recent(recent, c, start) };
	struct u256 work = u256_from_u64(need);
	uint8_t secret[PRESYNC_SALT_LEN] = { salt, 3, 5 };

	from.work = u256_from_u64(REGTEST_WORK * (start + 1));
	return presync_new(c->p, &from, &work, secret, (struct unixtime){ c->h[c->height].time });
}

/* One message: headers `from` to `to` of a chain. */
static enum presync_verdict
give(struct presync *s, const struct chain *c, uint32_t from, uint32_t to)
{
	struct presync_message m = { .headers = &c->h[from], .hashes = &c->hash[from], .n = to - from + 1 };
	enum header_verdict rule;
	enum presync_verdict v;
	size_t at;

	m.full = m.n == PRESYNC_MESSAGE_MAX;
	v = presync_take(s, &m, LATER, &rule, &at);
	presync_check(s);
	return v;
}

/* Full messages from height `from` on, until one of them or the chain ends it. What is released is compared with `c` from *released on. */
static enum presync_verdict
give_all(struct presync *s, const struct chain *c, uint32_t from, uint32_t *released)
{
	static struct header out[700];
	static struct hash256 hashes[700];
	struct presync_progress before, after;
	enum presync_verdict v = PRESYNC_MORE;

	while (v == PRESYNC_MORE) {
		uint32_t to = from + PRESYNC_MESSAGE_MAX - 1 < c->height ? from + PRESYNC_MESSAGE_MAX - 1 : c->height;
		size_t n;

		presync_progress(s, &before);
		v = give(s, c, from, to);
		presync_progress(s, &after);
		while ((n = presync_release(s, out, hashes, 700)) > 0) {
			for (size_t i = 0; i < n; i++, ++*released)
				CU_ASSERT_FATAL(hash256_eq(&hashes[i], &c->hash[*released + 1]) &&
						memcmp(&out[i], &c->h[*released + 1], sizeof(out[i])) == 0);
			presync_check(s);
		}
		if (before.second != after.second)
			break;
		from = to + 1;
	}
	return v;
}

/* The work is there with the last header, and is not with one unit more. */
static void
test_threshold(void)
{
	static const uint32_t heights[] = { 1, 623, 624, 625, 1999, 2000, 2001, 4500 };

	for (size_t i = 0; i < ARRAY_LEN(heights); i++) {
		struct chain c = chain_new(regtest(), heights[i], 0);
		uint64_t work = REGTEST_WORK * ((uint64_t)heights[i] + 1);
		struct presync *s = begin(&c, 0, work, 1);
		uint32_t released = 0;

		CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_MORE);
		CU_ASSERT(released == 0 && hash256_eq(presync_last(s), presync_start_hash(s)));
		CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_DONE);
		CU_ASSERT_EQUAL(released, heights[i]);
		presync_free(s);

		s = begin(&c, 0, work + 1, 1);
		released = 0;
		if (heights[i] != PRESYNC_MESSAGE_MAX)
			CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_LOW);
		CU_ASSERT_EQUAL(presync_release(s, NULL, NULL, 0), 0);
		CU_ASSERT(released == 0 && !presync_rewind(s, NULL, 0));
		presync_free(s);
		chain_clear(&c);
	}
}

/* Long enough for the buffer to overflow: headers are handed out before the end, and in order. */
static void
test_two_passes(void)
{
	struct chain c = chain_new(regtest(), 20000, 0);
	struct presync *s = begin(&c, 0, REGTEST_WORK * 19501, 2);
	struct presync_progress at;
	uint32_t released = 0;

	CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_MORE);
	presync_progress(s, &at);
	CU_ASSERT(at.second && at.height == 0 && at.first_height == 20000 && released == 0);
	for (uint32_t from = 1; from < 16000; from += 2000) {
		CU_ASSERT_EQUAL(give(s, &c, from, from + 1999), PRESYNC_MORE);
		released += (uint32_t)presync_release(s, (struct header[2000]){ 0 }, (struct hash256[2000]){ 0 }, 2000);
	}
	CU_ASSERT_EQUAL(released, 16000 - PRESYNC_BUFFER);
	CU_ASSERT(hash256_eq(presync_rewind_to(s), &c.hash[released]));
	CU_ASSERT_EQUAL(give_all(s, &c, 16001, &released), PRESYNC_DONE);
	CU_ASSERT_EQUAL(released, 20000);
	presync_free(s);
	chain_clear(&c);
}

/* Nothing that does not follow is taken, and nothing changes. */
static void
test_strange(void)
{
	struct chain c = chain_new(regtest(), 3000, 0);
	struct presync *s = begin(&c, 0, 1000000, 3);
	struct hash256 last;

	CU_ASSERT_EQUAL(give(s, &c, 1, 2000), PRESYNC_MORE);
	last = *presync_last(s);
	CU_ASSERT_EQUAL(give(s, &c, 1, 2000), PRESYNC_STRANGE);
	CU_ASSERT_EQUAL(give(s, &c, 2002, 3000), PRESYNC_STRANGE);
	CU_ASSERT(hash256_eq(&last, presync_last(s)));
	CU_ASSERT_EQUAL(give(s, &c, 2001, 3000), PRESYNC_LOW);
	presync_free(s);
	chain_clear(&c);
}

/* Whatever the salt, another chain in the second pass is caught before anything of it is handed out. */
static void
test_mismatch(void)
{
	struct chain c = chain_new(regtest(), 20000, 0), other = chain_fork(&c, 1, 20000, STEP, 1);

	for (uint8_t salt = 0; salt < 20; salt++) {
		struct presync *s = begin(&c, 0, REGTEST_WORK * 20001, salt);
		struct presync_progress at;
		uint32_t released = 0;

		CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_MORE);
		CU_ASSERT_EQUAL(give_all(s, &other, 1, &released), PRESYNC_MISMATCH);
		CU_ASSERT_EQUAL(released, 0);
		/* Back at the start of the pass, for another peer. */
		CU_ASSERT_FATAL(presync_rewind(s, (struct header_ancestor[]){ { .time = c.h[0].time, .bits = c.h[0].bits } }, 1));
		presync_check(s);
		presync_progress(s, &at);
		CU_ASSERT(at.second && at.height == 0);
		CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_DONE);
		CU_ASSERT_EQUAL(released, 20000);
		presync_free(s);
	}
	chain_clear(&other);
	chain_clear(&c);
}

/* The second pass is cut short, or tries to go on where the first had ended without showing the work. */
static void
test_second_too_short(void)
{
	struct chain c = chain_new(regtest(), 5000, 0);
	struct presync *s = begin(&c, 0, REGTEST_WORK * 5001, 4);
	struct header_ancestor first = { .time = c.h[0].time, .bits = c.h[0].bits };
	uint32_t released = 0;

	CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_MORE);
	CU_ASSERT_EQUAL(give(s, &c, 1, 1500), PRESYNC_LOW);
	CU_ASSERT_EQUAL(presync_release(s, (struct header[1]){ 0 }, (struct hash256[1]){ 0 }, 1), 0);
	CU_ASSERT(presync_rewind(s, &first, 1));
	CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_DONE);
	CU_ASSERT_EQUAL(released, 5000);
	presync_free(s);
	chain_clear(&c);
}

/* The first pass goes on with another peer; what a bad one added is undone. */
static void
test_hand_over(void)
{
	struct chain c = chain_new(regtest(), 9000, 0), dead = chain_fork(&c, 4000, 5500, STEP, 1);
	struct presync *s = begin(&c, 0, REGTEST_WORK * 9001, 5);
	uint32_t released = 0;

	CU_ASSERT_EQUAL(give(s, &c, 1, 2000), PRESYNC_MORE);
	CU_ASSERT_EQUAL(give(s, &c, 2001, 4000), PRESYNC_MORE);
	presync_hand_over(s);
	CU_ASSERT_EQUAL(give(s, &dead, 4001, 5500), PRESYNC_LOW);
	CU_ASSERT(hash256_eq(presync_rewind_to(s), &c.hash[4000]));
	CU_ASSERT_FATAL(presync_rewind(s, NULL, 0));
	CU_ASSERT(hash256_eq(presync_last(s), &c.hash[4000]));
	presync_check(s);
	CU_ASSERT_EQUAL(give_all(s, &c, 4001, &released), PRESYNC_MORE);
	CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_DONE);
	CU_ASSERT_EQUAL(released, 9000);
	presync_free(s);
	chain_clear(&dead);
	chain_clear(&c);
}

/* A rewind of the second pass ends at what was handed out, and nothing is handed out twice. */
static void
test_rewind_second(void)
{
	struct chain c = chain_new(regtest(), 20000, 0), other = chain_fork(&c, 18000, 20000, STEP, 1);
	struct header_ancestor recent[RETARGET_INTERVAL];
	struct presync *s = begin(&c, 0, REGTEST_WORK * 20001, 6);
	uint32_t released = 0;

	CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_MORE);
	CU_ASSERT_EQUAL(give_all(s, &other, 1, &released), PRESYNC_MISMATCH);
	CU_ASSERT_EQUAL(released, 18000 - PRESYNC_BUFFER);
	CU_ASSERT(hash256_eq(presync_rewind_to(s), &c.hash[released]));
	CU_ASSERT_FATAL(presync_rewind(s, recent, chain_recent(recent, &c, released)));
	presync_check(s);
	CU_ASSERT(hash256_eq(presync_last(s), &c.hash[released]));
	CU_ASSERT_EQUAL(give_all(s, &c, released + 1, &released), PRESYNC_DONE);
	CU_ASSERT_EQUAL(released, 20000);
	presync_free(s);
	chain_clear(&other);
	chain_clear(&c);
}

/* At most six headers a second have room between the start and the clock. */
static void
test_too_long(void)
{
	const uint32_t height = 44000, bits = 7200 * 6 / PRESYNC_PERIOD;
	struct chain c = { .p = regtest(), .h = mem_new(height + 1, sizeof(*c.h)), .hash = mem_new(height + 1, sizeof(*c.hash)) };
	struct presync *s;
	struct presync_progress at;
	uint32_t released = 0;

	c.h[0] = regtest()->genesis;
	c.hash[0] = regtest()->genesis_hash;
	s = begin(&c, 0, 1000000, 7);
	for (; c.height < height; c.height++) {
		uint32_t later = c.height < 12 ? c.height : 10 + c.height / 6; /* one more than the median, nearly */

		c.h[c.height + 1] = mine_child(&c.hash[c.height], c.h[0].bits, c.h[0].time + 1 + later, 0, &c.hash[c.height + 1]);
	}
	CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_TOO_LONG);
	presync_progress(s, &at);
	CU_ASSERT(at.height >= bits * PRESYNC_PERIOD && at.height < (bits + 1) * PRESYNC_PERIOD);
	CU_ASSERT(!presync_rewind(s, NULL, 0));
	presync_free(s);
	chain_clear(&c);
}

/* What can be wrong with header 2,500 of a chain. */
static const struct {
	enum header_verdict rule;
	uint32_t bits, time_back;
	int32_t version;
	bool no_work;
} faults[] = {
	{ .rule = HEADER_BAD_WORK, .no_work = true, .version = 4 },
	{ .rule = HEADER_BAD_BITS, .bits = 0x207ffffe, .version = 4 },
	{ .rule = HEADER_BAD_TARGET, .bits = 0x217fffff, .version = 4 },
	{ .rule = HEADER_TIME_OLD, .time_back = 6 * STEP, .version = 4 },
	{ .rule = HEADER_BAD_VERSION, .version = 1 },
};

static void
spoil(struct header *h, struct hash256 *hash, size_t fault)
{
	h->version = faults[fault].version;
	h->time -= faults[fault].time_back;
	if (faults[fault].bits != 0)
		h->bits = faults[fault].bits;
	if (faults[fault].bits >> 24 <= 0x20)
		mine(h, hash);
	else
		header_hash(hash, h);
	while (faults[fault].no_work && hash->b[31] < 0x80) {
		h->nonce++;
		header_hash(hash, h);
	}
}

static void
test_faults(void)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(faults); i++) {
		size_t fault = i / 2;
		bool second = i % 2 == 1;
		struct chain c = chain_new(regtest(), 3000, 0);
		struct presync *s = begin(&c, 0, REGTEST_WORK * 3001, 8);
		struct presync_message m = { .headers = &c.h[2001], .hashes = &c.hash[2001], .n = 1000 };
		enum header_verdict rule;
		uint32_t released = 0;
		size_t at;

		if (second)
			CU_ASSERT_EQUAL(give_all(s, &c, 1, &released), PRESYNC_MORE);
		CU_ASSERT_EQUAL(give(s, &c, 1, 2000), PRESYNC_MORE);
		spoil(&c.h[2500], &c.hash[2500], fault);
		CU_ASSERT_EQUAL(presync_take(s, &m, LATER, &rule, &at), PRESYNC_BROKEN);
		CU_ASSERT(at == 499 && rule == faults[fault].rule);
		presync_check(s);
		CU_ASSERT_EQUAL(presync_release(s, (struct header[1]){ 0 }, (struct hash256[1]){ 0 }, 1), 0);
		presync_free(s);
		chain_clear(&c);
	}
}

/* A header from the future ends the branch for now: with enough work before it that is enough. */
static void
test_future(void)
{
	struct chain c = chain_new(regtest(), 1000, 0);
	struct unixtime now = { (int64_t)c.h[900].time - FUTURE_LIMIT_SECONDS };
	struct presync_message m = { .headers = &c.h[1], .hashes = &c.hash[1], .n = 1000, .full = true };

	for (uint64_t need = 900; need <= 901; need++) {
		struct presync *s = begin(&c, 0, REGTEST_WORK * (need + 1), 9);
		enum header_verdict rule;
		size_t at;

		CU_ASSERT_EQUAL(presync_take(s, &m, now, &rule, &at), need == 900 ? PRESYNC_MORE : PRESYNC_LOW);
		if (need == 900)
			CU_ASSERT_EQUAL(presync_take(s, &m, now, &rule, &at), PRESYNC_DONE);
		CU_ASSERT_EQUAL(presync_release(s, (struct header[1000]){ 0 }, (struct hash256[1000]){ 0 }, 1000), need == 900 ? 900 : 0);
		presync_free(s);
	}
	chain_clear(&c);
}

/* Real headers, `first` of the first one in the file: their retargets need ancestors from below the start. */
static void
real_headers(const char *network, const char *file, uint32_t first, uint32_t start)
{
	size_t len, n;
	uint8_t *bytes = vectors_read(&len, file);
	struct chain c = { .p = chain_params_find(network) };
	struct u256 work = u256_from_u64(0), own;
	struct header_ancestor recent[RETARGET_INTERVAL];
	struct presync_start from = { .height = start, .recent = recent };
	struct presync *s;
	uint32_t released = start;

	if (bytes == NULL)
		return;
	n = len / HEADER_LEN;
	c.h = mem_new(first + n, sizeof(*c.h));
	c.hash = mem_new(first + n, sizeof(*c.hash));
	c.height = first + (uint32_t)n - 1;
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_FATAL(header_decode(&c.h[first + i], bytes + i * HEADER_LEN, HEADER_LEN));
		header_hash(&c.hash[first + i], &c.h[first + i]);
		if (first + i > start && bits_work(&own, c.h[first + i].bits))
			work = u256_add(&work, &own);
	}
	from.hash = c.hash[start];
	from.recent_n = chain_recent(recent, &c, start);
	s = presync_new(c.p, &from, &work, (const uint8_t[PRESYNC_SALT_LEN]){ 11 }, LATER);
	CU_ASSERT_EQUAL(give_all(s, &c, start + 1, &released), PRESYNC_MORE);
	CU_ASSERT_EQUAL(give_all(s, &c, start + 1, &released), PRESYNC_DONE);
	CU_ASSERT_EQUAL(released, c.height);
	presync_free(s);
	/* One unit more is not there. */
	own = u256_from_u64(1);
	work = u256_add(&work, &own);
	s = presync_new(c.p, &from, &work, (const uint8_t[PRESYNC_SALT_LEN]){ 11 }, LATER);
	CU_ASSERT_EQUAL(give_all(s, &c, start + 1, &released), PRESYNC_LOW);
	presync_free(s);
	free(bytes);
	chain_clear(&c);
}

static void
test_real(void)
{
	real_headers("main", "main-822528-830592.headers", 822528, 822528 + 2500);
	real_headers("testnet3", "testnet3-0-9999.headers", 0, 0);
	real_headers("testnet3", "testnet3-0-9999.headers", 0, 4321);
}

/* On the main network, from genesis to 2030: under three megabytes whatever a peer sends. */
static void
test_memory_bound(void)
{
	const struct chain_params *p = chain_params_find("main");
	struct header_ancestor genesis = { .time = p->genesis.time, .bits = p->genesis.bits };
	struct presync_start start = { .hash = p->genesis_hash, .recent = &genesis, .recent_n = 1, .work = u256_from_u64(0x100010001) };
	struct presync *s = presync_new(p, &start, &p->minimum_chain_work, (const uint8_t[PRESYNC_SALT_LEN]){ 1 },
					(struct unixtime){ 1893456000 });

	CU_ASSERT(presync_memory_max(s) < 3000000);
	CU_ASSERT(presync_memory(s) < 100000);
	CU_ASSERT_STRING_EQUAL(presync_verdict_name(PRESYNC_LOW), "low-work");
	presync_check(s);
	presync_free(s);
}

static const struct unit_test tests[] = {
	{ "threshold met and missed by one", test_threshold },
	{ "two passes", test_two_passes },
	{ "a message that does not follow", test_strange },
	{ "another chain in the second pass", test_mismatch },
	{ "second pass cut short", test_second_too_short },
	{ "handed over to another peer", test_hand_over },
	{ "second pass rewound", test_rewind_second },
	{ "more headers than the clock allows", test_too_long },
	{ "C6 C8 each rule in each pass", test_faults },
	{ "header from the future", test_future },
	{ "real headers", test_real },
	{ "memory bound", test_memory_bound },
};

UNIT_MAIN("presync", tests)
