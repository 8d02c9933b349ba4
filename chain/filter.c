#include "chain/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/golomb_rice.h"
#include "chain/script.h"
#include "chain/siphash.h"

#define M 784931

/* A 64-bit hash scaled to [0, range): keeps the order of hashes. */
static uint64_t
scaled(uint64_t hash, uint64_t range)
{
	return (uint64_t)((unsigned __int128)hash * range >> 64);
}

/* -- Items by hash -- */

struct hashed_item {
	uint64_t hash;
	uint32_t index; /* of the item */
};

static void
hash_items(struct hashed_item *out, const struct hash256 *block_hash, const struct filter_item *items, size_t n)
{
	/* BIP158: "The parameter k MUST be set to the first 16 bytes of the hash (in standard little-endian
	 * representation)". */
	struct siphash_key key = siphash_key_from(block_hash->b);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct hashed_item){ siphash(key, items[i].bytes, items[i].len), (uint32_t)i };
}

static int
hashed_item_cmp(const void *a, const void *b)
{
	const struct hashed_item *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static void
sort_few(struct hashed_item *h, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct hashed_item moved = h[i];
		size_t k = i;

		for (; k > 0 && h[k - 1].hash > moved.hash; k--)
			h[k] = h[k - 1];
		h[k] = moved;
	}
}

/* Into buckets by the hash's first bits, about one item each, since hashes are spread evenly; what few meet in a bucket is
 * sorted there. Many equal items (one script paid often) fall into one, which is why a full one is left to qsort(). By
 * hash, equal ones by index. */
static void
sort_items(struct hashed_item *h, size_t n)
{
	const size_t few = 16;
	unsigned bits = 1;
	struct hashed_item *from;
	uint32_t *end; /* of each bucket, after the items have moved; before that, its beginning */

	if (n <= few) {
		sort_few(h, n);
		return;
	}
	while (bits < 16 && (size_t)1 << bits < n)
		bits++;
	from = mem_dup(h, n * sizeof(*h));
	end = mem_new(((size_t)1 << bits) + 1, sizeof(*end));
	for (size_t i = 0; i < n; i++)
		end[(from[i].hash >> (64 - bits)) + 1]++;
	for (size_t b = 1; b < (size_t)1 << bits; b++)
		end[b] += end[b - 1];
	for (size_t i = 0; i < n; i++)
		h[end[from[i].hash >> (64 - bits)]++] = from[i];
	for (size_t b = 0, at = 0; b < (size_t)1 << bits; at = end[b++]) {
		if (end[b] - at <= few)
			sort_few(h + at, end[b] - at);
		else
			qsort(h + at, end[b] - at, sizeof(*h), hashed_item_cmp);
	}
	free(end);
	free(from);
}

/* -- Building -- */

static bool
same_item(const struct filter_item *a, const struct filter_item *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

/* Keep each item once. Different items of one hash are all kept. Returns how many are left. */
static size_t
unique_items(struct hashed_item *h, size_t n, const struct filter_item *items)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = kept;

		while (k > 0 && h[k - 1].hash == h[i].hash && !same_item(&items[h[k - 1].index], &items[h[i].index]))
			k--;
		if (k == 0 || h[k - 1].hash != h[i].hash)
			h[kept++] = h[i];
	}
	return kept;
}

void
filter_build(struct wr *w, const struct hash256 *block_hash, const struct filter_item *items, size_t n)
{
	struct hashed_item *h = mem_new(n, sizeof(*h));
	struct golomb_writer g = { .w = w };
	uint64_t last = 0;

	assert(n <= UINT32_MAX);
	hash_items(h, block_hash, items, n);
	sort_items(h, n);
	n = unique_items(h, n, items);
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t value = scaled(h[i].hash, (uint64_t)n * M);

		golomb_put(&g, value - last);
		last = value;
	}
	golomb_finish(&g);
	free(h);
}

bool
filter_counts_output(const struct txout *out)
{
	return out->script_len != 0 && out->script[0] != OP_RETURN;
}

void
filter_build_block(struct wr *w, const struct block *b, const struct filter_item *spent, size_t spent_n)
{
	struct filter_item *items;
	struct hash256 hash;
	size_t n = spent_n;

	for (size_t i = 0; i < b->tx_n; i++)
		n += b->tx[i].out_n;
	items = mem_new(n, sizeof(*items));
	n = 0;
	for (size_t i = 0; i < b->tx_n; i++) {
		for (size_t k = 0; k < b->tx[i].out_n; k++) {
			const struct txout *out = &b->tx[i].out[k];

			if (filter_counts_output(out))
				items[n++] = (struct filter_item){ out->script, out->script_len };
		}
	}
	for (size_t i = 0; i < spent_n; i++) {
		if (spent[i].len != 0)
			items[n++] = spent[i];
	}
	header_hash(&hash, &b->header);
	filter_build(w, &hash, items, n);
	free(items);
}

/* -- Matching -- */

struct opened {
	uint64_t count;
	struct golomb_reader values;
};

/* The count in front of the set. None that the bytes cannot hold: so neither the range nor the sum of the values wraps. */
static bool
open_filter(struct opened *out, const uint8_t *filter, size_t len)
{
	struct rd r = rd_init(filter, len);
	uint64_t count = rd_compactsize(&r);

	*out = (struct opened){ .count = count, .values = { .p = r.p, .end = r.p + r.left } };
	return rd_ok(&r) && len <= UINT32_MAX && count <= 8 * (uint64_t)r.left / GOLOMB_RICE_BITS_MIN;
}

/* Sorted by value, which takes the hash's place, with one above all values behind them. */
static struct hashed_item *
sorted_values(const struct hash256 *block_hash, uint64_t range, const struct filter_item *items, size_t n)
{
	struct hashed_item *h = mem_new(n + 1, sizeof(*h));

	hash_items(h, block_hash, items, n);
	sort_items(h, n);
	for (size_t i = 0; i < n; i++)
		h[i].hash = scaled(h[i].hash, range);
	h[n].hash = UINT64_MAX;
	return h;
}

struct search {
	const struct hashed_item *next; /* the least sought value that may still come */
	bool *present;                  /* NULL if only `found` is wanted */
	bool found;
};

/* The set has this value, the next in order. */
static inline void
meet(struct search *s, uint64_t value)
{
	/* Most values pass no sought one, some pass one, few more: only the last is left to a branch. */
	s->next += s->next->hash < value;
	while (__builtin_expect(s->next->hash < value, 0))
		s->next++;
	if (__builtin_expect(s->next->hash != value, 1))
		return;
	s->found = true;
	for (; s->present != NULL && s->next->hash == value; s->next++)
		s->present[s->next->index] = true;
}

/* Walk through the whole set, also after a match, so that the same filter is malformed or not whatever is asked. */
static enum filter_answer
search_filter(struct opened *o, bool *present, const struct hashed_item *sought)
{
	struct search s = { .next = sought, .present = present };
	struct golomb_reader r = o->values;
	uint64_t value = 0, delta[2];

	for (uint64_t left = o->count / 2; left > 0; left--) {
		if (!golomb_next_two(&r, delta))
			return FILTER_MALFORMED;
		meet(&s, value + delta[0]);
		value += delta[0] + delta[1];
		meet(&s, value);
	}
	if (o->count % 2 == 1) {
		if (!golomb_next(&r, delta))
			return FILTER_MALFORMED;
		value += delta[0];
		meet(&s, value);
	}
	/* The last is the largest. */
	if (!golomb_done(&r) || value >= o->count * M + (o->count == 0))
		return FILTER_MALFORMED;
	return s.found ? FILTER_YES : FILTER_NO;
}

enum filter_answer
filter_match_any(const uint8_t *filter, size_t len, const struct hash256 *block_hash, const struct filter_item *items, size_t n)
{
	enum filter_answer answer;
	struct hashed_item *sought;
	struct opened o;

	assert(n <= UINT32_MAX);
	if (!open_filter(&o, filter, len))
		return FILTER_MALFORMED;
	sought = sorted_values(block_hash, o.count * M, items, n);
	answer = search_filter(&o, NULL, sought);
	free(sought);
	return answer;
}

bool
filter_match_each(uint64_t *count, bool *present, const uint8_t *filter, size_t len, const struct hash256 *block_hash,
		  const struct filter_item *items, size_t n)
{
	bool *found, ok;
	struct hashed_item *sought;
	struct opened o;

	assert(n <= UINT32_MAX);
	if (!open_filter(&o, filter, len))
		return false;
	found = mem_new(n, sizeof(*found));
	sought = sorted_values(block_hash, o.count * M, items, n);
	ok = search_filter(&o, found, sought) != FILTER_MALFORMED;
	if (ok) {
		*count = o.count;
		memcpy(present, found, n * sizeof(*found));
	}
	free(sought);
	free(found);
	return ok;
}

void
filter_hash(struct hash256 *out, const uint8_t *filter, size_t len)
{
	sha256d(out, filter, len);
}

void
filter_header(struct hash256 *out, const struct hash256 *hash, const struct hash256 *prev)
{
	uint8_t both[64];

	memcpy(both, hash->b, 32);
	memcpy(both + 32, prev->b, 32);
	sha256d(out, both, sizeof(both));
}
