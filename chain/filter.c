#include "chain/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"

#define P 19
#define M 784931
#define CODE_BITS_MIN (P + 1) /* a quotient of 0 and the remainder */

/* -- SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), 64 bits of output -- */

struct sip_key {
	uint64_t k0, k1;
};

static inline uint64_t
rotated(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotated(v[1], 13) ^ v[0];
	v[3] = rotated(v[3], 16) ^ v[2];
	v[0] = rotated(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotated(v[1], 17) ^ v[2];
	v[3] = rotated(v[3], 21) ^ v[0];
	v[2] = rotated(v[2], 32);
}

static inline void
sip_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

static inline uint64_t
le_word(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

/* p may be NULL when len is 0. */
static uint64_t
siphash(struct sip_key key, const uint8_t *p, size_t len)
{
	uint64_t v[4] = { key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d, key.k0 ^ 0x6c7967656e657261,
			  key.k1 ^ 0x7465646279746573 };
	size_t at = 0;

	for (; len - at >= 8; at += 8)
		sip_absorb(v, le_word(p + at, 8));
	sip_absorb(v, (uint64_t)len << 56 | (at < len ? le_word(p + at, len - at) : 0));
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* BIP158: "The parameter k MUST be set to the first 16 bytes of the hash (in standard little-endian representation)". */
static struct sip_key
block_key(const struct hash256 *block_hash)
{
	return (struct sip_key){ le_word(block_hash->b, 8), le_word(block_hash->b + 8, 8) };
}

/* A 64-bit hash scaled to [0, range): keeps the order of hashes. */
static uint64_t
scaled(uint64_t hash, uint64_t range)
{
	return (uint64_t)((unsigned __int128)hash * range >> 64);
}

/* -- Bits, most significant first -- */

struct bit_writer {
	struct wr *w;
	uint8_t byte;
	unsigned used;
};

static void
put_bits(struct bit_writer *b, uint64_t v, unsigned n)
{
	while (n-- > 0) {
		b->byte = (uint8_t)((unsigned)b->byte << 1 | (unsigned)(v >> n & 1));
		if (++b->used == 8) {
			wr_u8(b->w, b->byte);
			b->used = 0;
		}
	}
}

static void
put_golomb_rice(struct bit_writer *b, uint64_t v)
{
	for (uint64_t quotient = v >> P; quotient > 0; quotient--)
		put_bits(b, 1, 1);
	put_bits(b, 0, 1);
	put_bits(b, v, P);
}

struct bit_reader {
	const uint8_t *p, *end;
	uint64_t bits;  /* the next ones at the top, zeros behind them */
	unsigned ready; /* how many are; never above 56, so that all of them can be shifted out at once */
};

static inline void
refill(struct bit_reader *r)
{
	while (r->ready <= 48 && r->p < r->end) {
		r->bits |= (uint64_t)*r->p++ << (56 - r->ready);
		r->ready += 8;
	}
}

static inline void
drop(struct bit_reader *r, unsigned n)
{
	r->bits <<= n;
	r->ready -= n;
}

/* False when the bits run out. */
static inline bool
get_golomb_rice(struct bit_reader *r, uint64_t *out)
{
	uint64_t quotient = 0;

	for (;;) {
		unsigned ones;

		refill(r);
		ones = (unsigned)__builtin_clzll(~r->bits); /* at most `ready`: behind those are zeros */
		quotient += ones;
		if (ones < r->ready) {
			drop(r, ones + 1);
			break;
		}
		if (r->ready == 0)
			return false;
		drop(r, ones);
	}
	refill(r);
	if (r->ready < P)
		return false;
	*out = quotient << P | r->bits >> (64 - P);
	drop(r, P);
	return true;
}

/* -- Building -- */

struct hashed_item {
	uint64_t hash;
	struct filter_item item;
};

static int
hashed_item_cmp(const void *a, const void *b)
{
	const struct hashed_item *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->item.len != y->item.len)
		return x->item.len < y->item.len ? -1 : 1;
	return x->item.len == 0 ? 0 : memcmp(x->item.bytes, y->item.bytes, x->item.len);
}

/* Sorted by hash, each item once; returns how many are left. */
static size_t
sort_unique(struct hashed_item *h, size_t n)
{
	size_t kept = 0;

	qsort(h, n, sizeof(*h), hashed_item_cmp);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || hashed_item_cmp(&h[kept - 1], &h[i]) != 0)
			h[kept++] = h[i];
	}
	return kept;
}

void
filter_build(struct wr *w, const struct hash256 *block_hash, const struct filter_item *items, size_t n)
{
	struct sip_key key = block_key(block_hash);
	struct hashed_item *h = mem_new(n, sizeof(*h));
	struct bit_writer b = { .w = w };
	uint64_t last = 0;

	for (size_t i = 0; i < n; i++)
		h[i] = (struct hashed_item){ siphash(key, items[i].bytes, items[i].len), items[i] };
	n = sort_unique(h, n);
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t value = scaled(h[i].hash, (uint64_t)n * M);

		put_golomb_rice(&b, value - last);
		last = value;
	}
	if (b.used != 0)
		put_bits(&b, 0, 8 - b.used);
	free(h);
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

			if (out->script_len != 0 && out->script[0] != OP_RETURN)
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

static int
u64_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t *
sorted_values(const struct sip_key key, uint64_t range, const struct filter_item *items, size_t n)
{
	uint64_t *values = mem_new(n, sizeof(*values));

	for (size_t i = 0; i < n; i++)
		values[i] = scaled(siphash(key, items[i].bytes, items[i].len), range);
	qsort(values, n, sizeof(*values), u64_cmp);
	return values;
}

/* Walk through the whole set, also after a match, so that the same filter is malformed or not whatever is asked. */
static enum filter_answer
match_sorted(struct bit_reader *r, uint64_t count, const uint64_t *values, size_t n)
{
	uint64_t set = 0, delta;
	size_t at = 0;
	bool found = false;

	for (uint64_t i = 0; i < count; i++) {
		if (!get_golomb_rice(r, &delta))
			return FILTER_MALFORMED;
		set += delta;
		while (at < n && values[at] < set)
			at++;
		found = found || (at < n && values[at] == set);
	}
	/* Only the rest of the last byte may be left, and it is zero. */
	refill(r);
	if (r->ready >= 8 || r->bits != 0)
		return FILTER_MALFORMED;
	return found ? FILTER_YES : FILTER_NO;
}

enum filter_answer
filter_match_any(const uint8_t *filter, size_t len, const struct hash256 *block_hash, const struct filter_item *items, size_t n)
{
	struct rd rd = rd_init(filter, len);
	uint64_t count = rd_compactsize(&rd), *values;
	struct bit_reader r = { .p = rd.p, .end = rd.p + rd.left };
	enum filter_answer answer;

	/* No count that the bytes cannot hold: so neither the range nor the sum of the deltas wraps. */
	if (!rd_ok(&rd) || len > UINT32_MAX || count > 8 * (uint64_t)rd.left / CODE_BITS_MIN)
		return FILTER_MALFORMED;
	values = sorted_values(block_key(block_hash), count * M, items, n);
	answer = match_sorted(&r, count, values, n);
	free(values);
	return answer;
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
