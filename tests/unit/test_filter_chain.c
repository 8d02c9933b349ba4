#include "spv/filter_chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "tests/unit/unit.h"

static struct hash256
made(uint32_t height, uint32_t branch)
{
	struct hash256 h;
	uint32_t both[2] = { height, branch };

	sha256(&h, both, sizeof(both));
	return h;
}

static void
grow(struct filter_chain *c, uint32_t to, uint32_t branch)
{
	while (c->count < to) {
		struct hash256 h = made(c->count, branch);

		filter_chain_push(c, &h);
	}
}

/* Chunks as a store writes them. */
static uint8_t *
chunks(struct filter_chain *c, uint32_t n)
{
	uint8_t *map = mem_new(n / FILTER_CHUNK, FILTER_CHUNK_BYTES);

	for (uint32_t h = 0; h < n; h++) {
		struct hash256 hash = filter_chain_hash(c, h), header = filter_chain_header(c, h);
		uint8_t *at = map + h / FILTER_CHUNK * FILTER_CHUNK_BYTES;

		memcpy(at + h % FILTER_CHUNK * 32, hash.b, 32);
		if (h % FILTER_CHUNK == 0)
			memcpy(at + FILTER_CHUNK * 32, header.b, 32);
	}
	return map;
}

static bool
same(struct filter_chain *a, struct filter_chain *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t h = 0; h < a->count; h += 7) {
		struct hash256 x = filter_chain_hash(a, h), y = filter_chain_hash(b, h);
		struct hash256 p = filter_chain_header(a, h), q = filter_chain_header(b, h);

		if (!hash256_eq(&x, &y) || !hash256_eq(&p, &q))
			return false;
	}
	return true;
}

static void
test_headers(void)
{
	struct filter_chain c;
	struct hash256 header = { 0 }, hash, got;

	filter_chain_init(&c);
	got = filter_chain_prev(&c, 0);
	CU_ASSERT(hash256_is_zero(&got));
	grow(&c, 2500, 0);
	for (uint32_t h = 0; h < 2500; h++) {
		hash = made(h, 0);
		filter_header(&header, &hash, &header);
		if (h % 37 == 0 || h > 2490) {
			got = filter_chain_header(&c, h);
			CU_ASSERT(hash256_eq(&got, &header));
			got = filter_chain_prev(&c, h + 1);
			CU_ASSERT(hash256_eq(&got, &header));
		}
	}
	filter_chain_check(&c);
	filter_chain_clear(&c);
}

static void
test_cut(void)
{
	static const uint32_t at[] = { 2499, 2001, 2000, 1999, 1000, 999, 1, 0 };

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct filter_chain c, whole;

		filter_chain_init(&c);
		filter_chain_init(&whole);
		grow(&c, 2500, 0);
		(void)filter_chain_header(&c, 1700);
		filter_chain_cut(&c, at[i]);
		CU_ASSERT(c.count == at[i] && c.changed_from <= at[i]);
		filter_chain_check(&c);
		grow(&whole, at[i], 0);
		grow(&c, 2600, 1);
		grow(&whole, 2600, 1);
		CU_ASSERT(same(&c, &whole));
		filter_chain_cut(&c, 9999);
		CU_ASSERT_EQUAL(c.count, 2600);
		filter_chain_clear(&c);
		filter_chain_clear(&whole);
	}
}

/* The same chain, partly in a map: saved, cut into the map, grown, saved again, loaded. */
static void
test_mapped(void)
{
	struct filter_chain c, whole, loaded;
	uint8_t *map, *map2;

	filter_chain_init(&c);
	filter_chain_init(&whole);
	filter_chain_init(&loaded);
	grow(&c, 3456, 0);
	grow(&whole, 3456, 0);
	map = chunks(&c, 3000);
	filter_chain_saved(&c, map, 3000);
	CU_ASSERT(c.changed_from == 3456 && same(&c, &whole));
	filter_chain_check(&c);
	filter_chain_cut(&c, 3100);
	filter_chain_cut(&c, 1234);
	filter_chain_check(&c);
	filter_chain_cut(&whole, 1234);
	CU_ASSERT(c.changed_from == 1234 && c.saved_n == 1000 && same(&c, &whole));
	grow(&c, 2222, 5);
	grow(&whole, 2222, 5);
	map2 = chunks(&c, 2000);
	filter_chain_saved(&c, map2, 2000);
	CU_ASSERT(same(&c, &whole));
	filter_chain_check(&c);
	filter_chain_load(&loaded, map2, 2000);
	filter_chain_check(&loaded);
	grow(&loaded, 2222, 5);
	CU_ASSERT(same(&loaded, &whole));
	filter_chain_cut(&loaded, 0);
	filter_chain_check(&loaded);
	filter_chain_clear(&c);
	filter_chain_clear(&whole);
	filter_chain_clear(&loaded);
	free(map);
	free(map2);
}

static const struct unit_test tests[] = {
	{ "headers", test_headers },
	{ "cut", test_cut },
	{ "mapped", test_mapped },
};

UNIT_MAIN("filter_chain", tests)
