/* Header rules on any branch of any network: what passes obeys each rule as it is written down here a second time, and nobody is
 * asked about a height that is not an ancestor's. */
#include "chain/header_rules.h"

#include <assert.h>
#include <stdlib.h>

#include "chain/target.h"
#include "tests/fuzz/fuzz.h"

#define KNOWN 24

struct branch {
	struct header_ancestor near[KNOWN]; /* the last ones: [0] is the parent */
	struct header_ancestor far;         /* all others */
	uint32_t height;
};

static bool
at(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct branch *b = context;
	uint32_t back = b->height - 1 - height;

	assert(height < b->height);
	*out = back < KNOWN ? b->near[back] : b->far;
	return true;
}

static const struct chain_params *
read_network(struct rd *r)
{
	static const char *const names[] = { "main", "testnet3", "testnet4", "signet", "regtest" };

	return chain_params_find(names[rd_u8(r) % ARRAY_LEN(names)]);
}

/* Bits within the limit, as those of headers that passed are. */
static uint32_t
read_bits(struct rd *r, const struct chain_params *p)
{
	struct u256 limit, target;
	uint32_t bits = rd_u32(r);

	assert(target_from_bits(&limit, p->limit_bits));
	return target_from_bits(&target, bits) && u256_cmp(&target, &limit) <= 0 ? bits : p->limit_bits;
}

static struct header_ancestor
read_ancestor(struct rd *r, const struct chain_params *p)
{
	struct header_ancestor a = { .time = rd_u32(r) };

	a.bits = read_bits(r, p);
	return a;
}

static uint32_t
median(const struct branch *b, uint32_t first)
{
	uint32_t n = b->height - first < MEDIAN_TIME_SPAN ? b->height - first : MEDIAN_TIME_SPAN, smaller, equal;

	for (uint32_t i = 0; i < n; i++) {
		smaller = equal = 0;
		for (uint32_t k = 0; k < n; k++) {
			smaller += b->near[k].time < b->near[i].time;
			equal += b->near[k].time == b->near[i].time;
		}
		if (smaller <= n / 2 && n / 2 < smaller + equal)
			return b->near[i].time;
	}
	abort();
}

static void
check_compact(uint32_t bits)
{
	struct u256 target, again, work;

	if (!target_from_bits(&target, bits)) {
		assert(!bits_work(&work, bits));
		return;
	}
	assert(!u256_is_zero(&target));
	assert(target_from_bits(&again, target_to_bits(&target)) && u256_cmp(&again, &target) == 0);
	assert(bits_work(&work, bits) && !u256_is_zero(&work));
	/* work * target < 2^256, where one word of work is enough to tell */
	assert(u256_bits(&work) > 64 || u256_mul_u64(&again, &target, work.w[0]) || work.w[0] == 0);
}

static void
check_verdict(const struct chain_params *p, const struct branch *b, uint32_t first, const struct header *h, struct unixtime now)
{
	static const struct hash256 best;
	const struct header_branch branch = { .at = at, .context = b, .first = first };
	uint32_t bits, known;
	struct u256 target;
	enum header_verdict v = header_check_hashed(p, h, &best, b->height, &h->prev, &branch, now);

	assert(v != HEADER_BAD_PREV && v != HEADER_BAD_WORK);
	assert((v == HEADER_NO_ANCESTOR) == (first >= b->height && v != HEADER_BAD_TARGET && v != HEADER_BAD_BITS));
	assert(header_next_bits(&bits, p, b->height, h->time, &branch));
	/* a quarter of the target 1, 2 or 3 is none: no such work was ever done */
	assert(target_from_bits(&target, bits) || bits == 0);
	if (first < b->height) {
		assert(header_median_time(&known, b->height, &branch) && known == median(b, first));
		if (v == HEADER_OK || v == HEADER_TIME_FUTURE)
			assert(h->bits == bits && h->time > known);
		if (bits != 0 && h->bits == bits && h->time <= known)
			assert(v == HEADER_TIME_OLD);
	}
	if (v == HEADER_OK)
		assert((int64_t)h->time - now.sec <= FUTURE_LIMIT_SECONDS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	const struct chain_params *p = read_network(&r);
	struct branch b = { .height = rd_u32(&r) % 1000000 + 1 };
	uint32_t first = b.height - rd_u8(&r) % KNOWN, bits;
	struct header h = { .version = rd_i32(&r), .time = rd_u32(&r), .bits = rd_u32(&r) };
	struct unixtime now = { (int64_t)h.time - (int64_t)rd_u16(&r) };

	if (first > b.height)
		first = 0;
	b.far = read_ancestor(&r, p);
	for (uint32_t i = 0; i < KNOWN; i++)
		b.near[i] = read_ancestor(&r, p);
	check_compact(h.bits);
	check_verdict(p, &b, first, &h, now);
	/* the same with the right bits, so that the other rules are reached */
	if (header_next_bits(&bits, p, b.height, h.time, &(struct header_branch){ .at = at, .context = &b, .first = first })) {
		h.bits = bits;
		check_verdict(p, &b, first, &h, now);
	}
	return 0;
}
