#include "chain/filter.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/bip158.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

#define SPENT_MAX 64

/* One vector of BIP158, all in hex. */
struct vector {
	const char *block_hash, *block, *spent[SPENT_MAX], *previous_header, *filter, *header;
	size_t spent_n;
};

static struct filter_item
item_from_hex(const char *hex)
{
	struct filter_item item = { NULL, 0 };

	item.bytes = hex_decode_new(&item.len, hex, 100000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(item.bytes);
	return item;
}

static void
item_free(struct filter_item *item)
{
	free((void *)(uintptr_t)item->bytes);
}

/* Every script that should be in the filter is found in it. */
static void
members_match(const struct block *b, const struct hash256 *hash, const struct wr *filter)
{
	for (size_t i = 0; i < b->tx_n; i++) {
		for (size_t k = 0; k < b->tx[i].out_n; k++) {
			const struct txout *out = &b->tx[i].out[k];
			struct filter_item item = { out->script, out->script_len };
			bool counts = out->script_len != 0 && out->script[0] != 0x6a;

			CU_ASSERT_EQUAL(filter_match_any(filter->p, filter->len, hash, &item, 1), counts ? FILTER_YES : FILTER_NO);
		}
	}
}

static void
check_vector(const struct vector *v)
{
	struct filter_item block = item_from_hex(v->block), spent[SPENT_MAX];
	struct hash256 hash, previous, made;
	struct block b;
	struct wr w = { 0 };
	char text[HASH256_HEX_LEN], *hex;

	CU_ASSERT_FATAL(block_decode(&b, block.bytes, block.len));
	CU_ASSERT_FATAL(hash256_from_display(&hash, v->block_hash) && hash256_from_display(&previous, v->previous_header));
	for (size_t i = 0; i < v->spent_n; i++)
		spent[i] = item_from_hex(v->spent[i]);
	filter_build_block(&w, &b, spent, v->spent_n);
	hex = mem_new(2 * w.len + 1, 1);
	hex_encode(hex, w.p, w.len);
	CU_ASSERT_STRING_EQUAL(hex, v->filter);
	filter_hash(&made, w.p, w.len);
	filter_header(&made, &made, &previous);
	hash256_to_display(text, &made);
	CU_ASSERT_STRING_EQUAL(text, v->header);
	members_match(&b, &hash, &w);
	for (size_t i = 0; i < v->spent_n; i++) {
		CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &hash, &spent[i], 1), spent[i].len != 0 ? FILTER_YES : FILTER_NO);
		item_free(&spent[i]);
	}
	free(hex);
	wr_clear(&w);
	block_clear(&b);
	item_free(&block);
}

static void
vectors_of_bip158(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bip158_rows); i++) {
		const struct bip158_row *r = &bip158_rows[i];
		struct vector v = { .block_hash = r->block_hash, .block = r->block, .previous_header = r->previous_header,
				    .filter = r->filter, .header = r->header, .spent = { r->spent }, .spent_n = r->spent != NULL };

		check_vector(&v);
	}
}

/* Height, hash, block, [spent scripts], previous header, filter, header, note. */
static void
all_vectors_of_bip158(void)
{
	size_t len, rows = 0;
	uint8_t *bytes = vectors_read(&len, "bip158.json");
	json_t *all, *row;
	size_t at;

	if (bytes == NULL)
		return;
	all = json_loadb((const char *)bytes, len, 0, NULL);
	CU_ASSERT_FATAL(json_is_array(all));
	json_array_foreach(all, at, row)
	{
		json_t *spent = json_array_get(row, 3);
		struct vector v = { .block_hash = json_string_value(json_array_get(row, 1)),
				    .block = json_string_value(json_array_get(row, 2)),
				    .previous_header = json_string_value(json_array_get(row, 4)),
				    .filter = json_string_value(json_array_get(row, 5)),
				    .header = json_string_value(json_array_get(row, 6)),
				    .spent_n = json_array_size(spent) };

		if (json_array_size(row) < 7)
			continue; /* the heading */
		CU_ASSERT_FATAL(v.spent_n <= SPENT_MAX);
		for (size_t i = 0; i < v.spent_n; i++)
			v.spent[i] = json_string_value(json_array_get(spent, i));
		check_vector(&v);
		rows++;
	}
	CU_ASSERT_EQUAL(rows, 10);
	json_decref(all);
	free(bytes);
}

/* BIP158 leaves out what is empty or begins with OP_RETURN, of outputs; of spent scripts, what is empty. */
static void
scripts_that_do_not_count(void)
{
	static const uint8_t op_return[] = { 0x6a, 0x01, 0x02 }, one[] = { 0x51 };
	const struct filter_item spent[] = { { NULL, 0 }, { one, 1 }, { op_return, sizeof(op_return) } };
	struct tx tx = { .version = 2 };
	struct block b = { .tx = &tx, .tx_n = 1 };
	struct wr w = { 0 };

	filter_build_block(&w, &b, spent, 1);
	CU_ASSERT(w.len == 1 && w.p[0] == 0);
	tx_add_out(&tx, 1, NULL, 0);
	tx_add_out(&tx, 1, op_return, sizeof(op_return));
	tx_add_out(&tx, 1, op_return, 1);
	wr_reset(&w);
	filter_build_block(&w, &b, NULL, 0);
	CU_ASSERT(w.len == 1 && w.p[0] == 0);
	tx_add_out(&tx, 1, one, 1);
	wr_reset(&w);
	filter_build_block(&w, &b, spent, 3);
	CU_ASSERT_EQUAL(w.p[0], 2);
	tx_clear(&tx);
	wr_clear(&w);
}

#define NAME_LEN 25

/* Scripts of 25 bytes, all different; those of another series share none. */
static struct filter_item *
make_items(uint8_t *storage, size_t n, uint8_t series)
{
	struct filter_item *items = mem_new(n, sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		struct hash256 h;
		uint8_t seed[9] = { series };

		memcpy(seed + 1, &i, sizeof(i));
		sha256(&h, seed, sizeof(seed));
		memcpy(storage + i * NAME_LEN, h.b, NAME_LEN);
		items[i] = (struct filter_item){ storage + i * NAME_LEN, NAME_LEN };
	}
	return items;
}

static void
members_match_and_strangers_do_not(void)
{
	enum { MEMBERS = 1000, STRANGERS = 300 };
	uint8_t *ours = mem_new(MEMBERS, NAME_LEN), *theirs = mem_new(STRANGERS, NAME_LEN);
	struct filter_item *in = make_items(ours, MEMBERS, 1), *out = make_items(theirs, STRANGERS, 2);
	const struct hash256 key = { { 1, 2, 3 } };

	for (size_t n = 0; n <= MEMBERS; n = n < 8 ? n + 1 : 5 * n) {
		struct wr w = { 0 };
		size_t found = 0;

		filter_build(&w, &key, in, n);
		for (size_t i = 0; i < n; i++)
			found += filter_match_any(w.p, w.len, &key, &in[i], 1) == FILTER_YES;
		CU_ASSERT_EQUAL(found, n);
		CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, in, n), n == 0 ? FILTER_NO : FILTER_YES);
		/* 300 strangers in 785,000 n places: a chance of 1 in 2,600 that this fixed set meets one, and it does not */
		CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, out, STRANGERS), FILTER_NO);
		CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, NULL, 0), FILTER_NO);
		wr_clear(&w);
	}
	free(in);
	free(out);
	free(ours);
	free(theirs);
}

static void
order_and_duplicates_make_no_difference(void)
{
	uint8_t storage[20 * NAME_LEN];
	struct filter_item *items = make_items(storage, 20, 3), mixed[40];
	const struct hash256 key = { { 9 } };
	struct wr a = { 0 }, b = { 0 };

	for (size_t i = 0; i < 40; i++)
		mixed[i] = items[(i * 7) % 20];
	filter_build(&a, &key, items, 20);
	filter_build(&b, &key, mixed, 40);
	CU_ASSERT(a.len == b.len && memcmp(a.p, b.p, a.len) == 0);
	CU_ASSERT_EQUAL(a.p[0], 20);
	wr_clear(&a);
	wr_clear(&b);
	free(items);
}

/* An empty item is an item; two that differ in length only are two. */
static void
odd_items(void)
{
	static const uint8_t zeros[4];
	const struct filter_item items[] = { { NULL, 0 }, { zeros, 1 }, { zeros, 2 }, { zeros, 4 } }, three = { zeros, 3 };
	const struct hash256 key = { { 7 } };
	struct wr w = { 0 };

	filter_build(&w, &key, items, ARRAY_LEN(items));
	CU_ASSERT_EQUAL(w.p[0], 4);
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, &items[i], 1), FILTER_YES);
	CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, &three, 1), FILTER_NO);
	wr_clear(&w);
}

static void
malformed_filters(void)
{
	enum { N = 30 };
	uint8_t storage[N * NAME_LEN], lie[9];
	struct filter_item *items = make_items(storage, N, 4);
	const struct hash256 key = { { 5 } };
	struct wr w = { 0 };

	filter_build(&w, &key, items, N);
	for (size_t cut = 0; cut < w.len; cut++) {
		uint8_t *exact = mem_dup(w.p, cut);

		CU_ASSERT_EQUAL(filter_match_any(exact, cut, &key, items, N), FILTER_MALFORMED);
		CU_ASSERT_EQUAL(filter_match_any(exact, cut, &key, NULL, 0), FILTER_MALFORMED);
		free(exact);
	}
	CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, items, N), FILTER_YES);
	w.p[0]++;
	CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, items, N), FILTER_MALFORMED);
	w.p[0] = N - 1;
	CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, items, N), FILTER_MALFORMED);
	w.p[0] = N;
	wr_u8(&w, 0);
	CU_ASSERT_EQUAL(filter_match_any(w.p, w.len, &key, items, N), FILTER_MALFORMED);
	wr_clear(&w);
	/* counts that no such filter can hold */
	for (size_t i = 0; i < 9; i++)
		lie[i] = 0xff;
	CU_ASSERT_EQUAL(filter_match_any(lie, 9, &key, items, N), FILTER_MALFORMED);
	lie[8] = 0;
	CU_ASSERT_EQUAL(filter_match_any(lie, 9, &key, items, N), FILTER_MALFORMED);
	CU_ASSERT_EQUAL(filter_match_any((const uint8_t *)"\xfd\x01\x00\x00\x00\x00", 6, &key, items, N), FILTER_MALFORMED);
	CU_ASSERT_EQUAL(filter_match_any(NULL, 0, &key, items, N), FILTER_MALFORMED);
	free(items);
}

/* Published filters with the bits behind the last value set, and of an endless unary part. */
static void
nothing_behind_the_last_value(void)
{
	const struct hash256 key = { { 0 } };
	uint8_t filter[] = { 0x01, 0x74, 0xa1, 0x70 }, ones[64];

	CU_ASSERT_EQUAL(filter_match_any(filter, sizeof(filter), &key, NULL, 0), FILTER_NO);
	for (unsigned bit = 0; bit < 4; bit++) {
		filter[3] ^= (uint8_t)(1 << bit);
		CU_ASSERT_EQUAL(filter_match_any(filter, sizeof(filter), &key, NULL, 0), FILTER_MALFORMED);
		filter[3] ^= (uint8_t)(1 << bit);
	}
	memset(ones, 0xff, sizeof(ones));
	ones[0] = 1;
	CU_ASSERT_EQUAL(filter_match_any(ones, sizeof(ones), &key, NULL, 0), FILTER_MALFORMED);
	/* one that ends, and is no value below 784931 */
	ones[60] = 0xfe;
	memset(ones + 61, 0, 3);
	CU_ASSERT_EQUAL(filter_match_any(ones, sizeof(ones), &key, NULL, 0), FILTER_MALFORMED);
}

/* One item: its value is a quotient of 0 or 1 and 19 bits, and below 784931 = 0xbfa23. */
static void
values_within_their_range(void)
{
	static const struct {
		uint8_t filter[4];
		size_t len;
		enum filter_answer answer;
	} rows[] = {
		{ { 0x01, 0x00, 0x00, 0x00 }, 4, FILTER_NO },        /* 0: 0 and 19 bits, of 24 */
		{ { 0x01, 0x9f, 0xd1, 0x10 }, 4, FILTER_NO },        /* 784930: 1 0, 0x3fa22 */
		{ { 0x01, 0x9f, 0xd1, 0x18 }, 4, FILTER_MALFORMED }, /* 784931 */
		{ { 0x01, 0xc0, 0x00, 0x00 }, 4, FILTER_MALFORMED }, /* quotient 2 */
		{ { 0x00 }, 1, FILTER_NO },
		{ { 0x00, 0x00 }, 2, FILTER_MALFORMED },
	};
	const struct hash256 key = { { 0 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t *exact = mem_dup(rows[i].filter, rows[i].len);

		CU_ASSERT_EQUAL(filter_match_any(exact, rows[i].len, &key, NULL, 0), rows[i].answer);
		free(exact);
	}
}

/* Which of many are in: every second one of 600 items, some twice, among strangers. */
static void
each_of_many(void)
{
	enum { N = 600 };
	uint8_t storage[N * NAME_LEN];
	struct filter_item *items = make_items(storage, N, 5), in[N / 2], asked[N + 2];
	const struct hash256 key = { { 4 } };
	struct wr w = { 0 };
	bool present[N + 2];
	uint64_t count = 7;

	for (size_t i = 0; i < N / 2; i++)
		in[i] = items[2 * i];
	memcpy(asked, items, sizeof(items[0]) * N);
	asked[N] = items[0];
	asked[N + 1] = items[0];
	filter_build(&w, &key, in, N / 2);
	memset(present, true, sizeof(present));
	CU_ASSERT_FALSE(filter_match_each(&count, present, w.p, w.len - 1, &key, asked, N + 2));
	CU_ASSERT(count == 7 && present[1]);
	CU_ASSERT_FATAL(filter_match_each(&count, present, w.p, w.len, &key, asked, N + 2));
	CU_ASSERT_EQUAL(count, N / 2);
	for (size_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(present[i], i % 2 == 0);
	CU_ASSERT(present[N] && present[N + 1]);
	CU_ASSERT(filter_match_each(&count, present, w.p, w.len, &key, NULL, 0) && count == N / 2);
	wr_clear(&w);
	free(items);
}

/* One script paid thousands of times, as a block may well hold. */
static void
very_many_of_one(void)
{
	enum { N = 20000 };
	uint8_t storage[3 * NAME_LEN];
	struct filter_item *few = make_items(storage, 3, 6), *items = mem_new(N, sizeof(*items));
	const struct hash256 key = { { 8 } };
	struct wr a = { 0 }, b = { 0 };

	for (size_t i = 0; i < N; i++)
		items[i] = few[i % 1000 < 998 ? 0 : i % 1000 - 997];
	filter_build(&a, &key, items, N);
	filter_build(&b, &key, few, 3);
	CU_ASSERT(a.len == b.len && memcmp(a.p, b.p, a.len) == 0);
	CU_ASSERT_EQUAL(filter_match_any(a.p, a.len, &key, items, N), FILTER_YES);
	wr_clear(&a);
	wr_clear(&b);
	free(items);
	free(few);
}

static const struct unit_test tests[] = {
	{ "vectors of BIP158", vectors_of_bip158 },
	{ "all vectors of BIP158", all_vectors_of_bip158 },
	{ "scripts that do not count", scripts_that_do_not_count },
	{ "members match and strangers do not", members_match_and_strangers_do_not },
	{ "order and duplicates make no difference", order_and_duplicates_make_no_difference },
	{ "odd items", odd_items },
	{ "malformed filters", malformed_filters },
	{ "nothing behind the last value", nothing_behind_the_last_value },
	{ "values within their range", values_within_their_range },
	{ "each of many", each_of_many },
	{ "very many of one", very_many_of_one },
};

UNIT_MAIN("filter", tests)
