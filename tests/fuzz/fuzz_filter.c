/* Compact filters: any bytes as a filter, and filters built of items that the bytes are cut into. */
#include "chain/filter.h"

#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define ITEMS_MAX 64

/* Byte strings, each behind its length in one byte. */
static size_t
cut(struct filter_item *items, const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	size_t n = 0;

	while (n < ITEMS_MAX && r.left > 0) {
		size_t len = rd_u8(&r);

		if (len > r.left)
			len = r.left;
		items[n++] = (struct filter_item){ rd_take(&r, len), len };
	}
	return n;
}

static void
build_and_match(const struct hash256 *key, const struct filter_item *items, size_t n)
{
	struct filter_item reversed[ITEMS_MAX];
	struct wr a = { 0 }, b = { 0 };

	for (size_t i = 0; i < n; i++)
		reversed[i] = items[n - 1 - i];
	filter_build(&a, key, items, n);
	filter_build(&b, key, reversed, n);
	assert(a.len == b.len && memcmp(a.p, b.p, a.len) == 0);
	for (size_t i = 0; i < n; i++)
		assert(filter_match_any(a.p, a.len, key, &items[i], 1) == FILTER_YES);
	assert(filter_match_any(a.p, a.len, key, items, n) == (n == 0 ? FILTER_NO : FILTER_YES));
	assert(filter_match_any(a.p, a.len - 1, key, items, n) == FILTER_MALFORMED);
	wr_clear(&a);
	wr_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct filter_item items[ITEMS_MAX];
	struct hash256 key;
	struct rd r = rd_init(data, size);
	enum filter_answer without, with;
	size_t n;

	rd_hash256(&r, &key);
	n = cut(items, r.p, r.left);
	without = filter_match_any(r.p, r.left, &key, NULL, 0);
	with = filter_match_any(r.p, r.left, &key, items, n);
	assert(without != FILTER_YES);
	assert((without == FILTER_MALFORMED) == (with == FILTER_MALFORMED));
	build_and_match(&key, items, n);
	return 0;
}
