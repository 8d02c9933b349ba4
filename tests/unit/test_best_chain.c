#include "spv/best_chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/params.h"
#include "chain/target.h"
#include "tests/unit/mining.h"
#include "tests/unit/unit.h"

#define LENGTH 700

/* Hashes that fall on a few places of the index: the array checks nothing, so they need not be true ones. */
static struct hash256
made_up(uint32_t number)
{
	struct hash256 h = { { (uint8_t)(number % 5) } };

	memcpy(h.b + 20, &number, sizeof(number));
	return h;
}

static void
push(struct best_chain *b, uint32_t number)
{
	struct header h = { .prev = b->tip_hash, .time = number, .bits = number % 2 == 0 ? 0x207fffff : 0x1d00ffff };
	struct hash256 hash = made_up(number);

	best_push(b, &h, &hash, number);
}

/* Long rows of collisions, pushed and taken off in a random walk: each hash on the chain is found, none that left it. */
static void
test_index(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	uint32_t number[LENGTH + 1] = { 0 }, next = 1, found = 0;
	uint64_t x = 99;
	struct best_chain b;

	best_init(&b, &p->genesis, &p->genesis_hash, 0, 1234567);
	while (b.height < LENGTH) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		if (x % 5 < 3 || b.height == 0) {
			push(&b, next);
			number[b.height] = next++;
		} else {
			best_pop(&b);
		}
		if (x % 64 != 0)
			continue;
		for (uint32_t n = next > 200 ? next - 200 : 1; n < next; n++) {
			struct hash256 hash = made_up(n);
			bool there = best_find(&b, &hash, &found);

			CU_ASSERT_EQUAL(there, there && number[found] == n);
		}
		for (uint32_t h = 1; h <= b.height; h++) {
			struct hash256 hash = best_hash(&b, h);

			CU_ASSERT(best_find(&b, &hash, &found) && found == h);
		}
	}
	best_clear(&b);
}

/* C9: work above 2^64 and 2^128 adds up and comes off again. */
static void
test_work(void)
{
	const struct chain_params *p = chain_params_find("main");
	const uint32_t bits[] = { 0x1d00ffff, 0x17000001, 0x0d000001, 0x05000001 };
	struct u256 sum, before[600];
	struct best_chain b;

	best_init(&b, &p->genesis, &p->genesis_hash, 0, 0);
	sum = b.tip_work;
	for (uint32_t i = 0; i < 600; i++) {
		struct header h = { .prev = b.tip_hash, .bits = bits[i * ARRAY_LEN(bits) / 600] };
		struct hash256 hash = made_up(i);
		struct u256 work;

		CU_ASSERT_FATAL(bits_work(&work, h.bits));
		before[i] = b.tip_work;
		best_push(&b, &h, &hash, i);
		sum = u256_add(&sum, &work);
		CU_ASSERT_EQUAL(u256_cmp(&sum, &b.tip_work), 0);
		CU_ASSERT(u256_cmp(&before[i], &b.tip_work) < 0);
	}
	CU_ASSERT(u256_bits(&b.tip_work) > 200);
	for (uint32_t i = 600; i-- > 0;) {
		struct u256 at = best_work(&b, i);

		CU_ASSERT_EQUAL(u256_cmp(&at, &before[i]), 0);
		best_pop(&b);
		CU_ASSERT_EQUAL(u256_cmp(&b.tip_work, &before[i]), 0);
	}
	best_clear(&b);
}

static void
test_records(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	struct header made[300], h;
	struct hash256 hash = p->genesis_hash;
	struct best_chain b;

	best_init(&b, &p->genesis, &p->genesis_hash, 0, 5);
	for (uint32_t i = 0; i < 300; i++) {
		made[i] = mine_child(&hash, p->limit_bits, p->genesis.time + i + 1, i, &hash);
		best_push(&b, &made[i], &hash, i);
	}
	best_check(&b);
	for (uint32_t i = 0; i < 300; i++) {
		h = best_header(&b, i + 1);
		CU_ASSERT(memcmp(&h, &made[i], sizeof(h)) == 0);
		CU_ASSERT(best_time(&b, i + 1) == made[i].time && best_bits(&b, i + 1) == made[i].bits);
	}
	for (int i = 0; i < 120; i++)
		best_pop(&b);
	best_check(&b);
	best_clear(&b);
}

/* Records move to memory of the caller's step by step, as saves and reorganisations come; order of arrival stays with each. */
static void
test_lent(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	uint8_t(*file)[HEADER_LEN] = mem_new(LENGTH, HEADER_LEN);
	int64_t seen[LENGTH + 1] = { 0 }, came = 0;
	uint64_t x = 5;
	struct best_chain b;

	best_init(&b, &p->genesis, &p->genesis_hash, 0, 5);
	best_reserve(&b, 300);
	while (b.height < 400) {
		struct hash256 hash;
		struct header h = mine_child(&b.tip_hash, p->limit_bits, p->genesis.time + 600 * (b.height + 1), (uint32_t)came, &hash);
		const uint8_t *own;
		uint32_t from = 1;
		size_t n;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		came += x % 3 == 0 ? 7 : 1;
		best_push(&b, &h, &hash, came);
		seen[b.height] = came;
		for (uint64_t i = 0; x % 7 == 0 && i < x / 7 % 6 && b.height > 0; i++)
			best_pop(&b);
		if (x % 5 != 0)
			continue;
		own = best_own_records(&b, &from, &n);
		CU_ASSERT(from == b.base_n + 1 && n == b.height - b.base_n);
		if (n > 0)
			memcpy(file[from - 1], own, n * HEADER_LEN);
		best_lend(&b, file[0], b.base_n + (uint32_t)(x / 5 % (n + 1)));
		best_check(&b);
		for (uint32_t height = 1; height <= b.height; height++)
			CU_ASSERT_EQUAL(best_seen(&b, height), seen[height]);
	}
	CU_ASSERT(b.run_n > 20);
	best_clear(&b);
	free(file);
}

static const struct unit_test tests[] = {
	{ "index", test_index },
	{ "C9 work", test_work },
	{ "records", test_records },
	{ "lent records", test_lent },
};

UNIT_MAIN("best_chain", tests)
