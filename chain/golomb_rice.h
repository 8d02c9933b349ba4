#ifndef TALLY_CHAIN_GOLOMB_RICE_H
#define TALLY_CHAIN_GOLOMB_RICE_H
/* Golomb-Rice codes with P = 19, as BIP158 packs them: a quotient in unary (ones, then a zero), then 19 bits of remainder,
 * all of it most significant bit first. Inline: a filter holds ten thousand of them. */
#include <stdbool.h>

#include "base/bytes.h"

#define GOLOMB_RICE_P 19
#define GOLOMB_RICE_BITS_MIN (GOLOMB_RICE_P + 1) /* a quotient of 0 and the remainder */

struct golomb_reader {
	const uint8_t *p, *end; /* borrowed: bytes not yet in `bits` as a whole */
	uint64_t bits;          /* the next ones at the top; behind the ready ones more of the same stream, or zeros */
	unsigned ready;         /* at most 63, so that all of them can be shifted out at once */
};

static inline uint64_t
golomb_be64(const uint8_t *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 |
	       (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static inline void
golomb_drop(struct golomb_reader *r, unsigned n)
{
	r->bits <<= n;
	r->ready -= n;
}

/* At least 56 ready bits, or all there are; zeros behind the ready ones when p has come to the end. */
static inline void
golomb_refill(struct golomb_reader *r)
{
	if (r->end - r->p >= 8) {
		r->bits |= golomb_be64(r->p) >> r->ready;
		r->p += (63 - r->ready) >> 3;
		r->ready |= 56;
		return;
	}
	if (r->ready == 0)
		r->bits = 0;
	else
		r->bits &= UINT64_MAX << (64 - r->ready);
	while (r->ready < 56 && r->p < r->end) {
		r->bits |= (uint64_t)*r->p++ << (56 - r->ready);
		r->ready += 8;
	}
}

/* How many ones `bits` begins with; 63 for 63 or more. */
static inline unsigned
golomb_ones(const struct golomb_reader *r)
{
	return (unsigned)__builtin_clzll(~r->bits | 1);
}

/* The next value, of any length; false when the bits run out. */
MUST_USE static inline bool
golomb_next_long(struct golomb_reader *r, uint64_t *out)
{
	uint64_t quotient = 0;

	for (;;) {
		unsigned ones;

		golomb_refill(r);
		ones = golomb_ones(r);
		if (ones < r->ready) {
			quotient += ones;
			golomb_drop(r, ones + 1);
			break;
		}
		if (r->ready == 0)
			return false;
		quotient += r->ready;
		golomb_drop(r, r->ready);
	}
	golomb_refill(r);
	if (r->ready < GOLOMB_RICE_P)
		return false;
	*out = quotient << GOLOMB_RICE_P | r->bits >> (64 - GOLOMB_RICE_P);
	golomb_drop(r, GOLOMB_RICE_P);
	return true;
}

/* The next value from the ready bits, or, when they don't hold it, by the long way. */
MUST_USE static inline bool
golomb_next_ready(struct golomb_reader *r, uint64_t *out)
{
	unsigned ones = golomb_ones(r);

	if (__builtin_expect(ones + GOLOMB_RICE_BITS_MIN > r->ready, 0))
		return golomb_next_long(r, out);
	*out = (uint64_t)ones << GOLOMB_RICE_P | r->bits << (ones + 1) >> (64 - GOLOMB_RICE_P);
	golomb_drop(r, ones + GOLOMB_RICE_BITS_MIN);
	return true;
}

/* The next value; false when the bits run out. */
MUST_USE static inline bool
golomb_next(struct golomb_reader *r, uint64_t *out)
{
	golomb_refill(r);
	return golomb_next_ready(r, out);
}

/* The next two: they mostly fit into what one refill gives, and each value waits for the one before it, so that a refill
 * saved is time saved. */
MUST_USE static inline bool
golomb_next_two(struct golomb_reader *r, uint64_t out[2])
{
	golomb_refill(r);
	return golomb_next_ready(r, &out[0]) && golomb_next_ready(r, &out[1]);
}

/* Nothing is left but the rest of the last byte, and that is zero. */
MUST_USE static inline bool
golomb_done(struct golomb_reader *r)
{
	golomb_refill(r);
	return r->ready < 8 && r->bits == 0;
}

struct golomb_writer {
	struct wr *w;  /* borrowed */
	uint64_t bits; /* the last `used` count */
	unsigned used; /* below 8 between calls */
};

/* n <= 56 bits of v, which has no others. */
static inline void
golomb_put_bits(struct golomb_writer *g, uint64_t v, unsigned n)
{
	uint8_t bytes[8];
	size_t len = 0;

	g->bits = g->bits << n | v;
	g->used += n;
	while (g->used >= 8) {
		g->used -= 8;
		bytes[len++] = (uint8_t)(g->bits >> g->used);
	}
	wr_bytes(g->w, bytes, len);
}

static inline void
golomb_put(struct golomb_writer *g, uint64_t v)
{
	const unsigned ones_max = 32;
	uint64_t quotient = v >> GOLOMB_RICE_P;

	for (; quotient > ones_max; quotient -= ones_max)
		golomb_put_bits(g, ((uint64_t)1 << ones_max) - 1, ones_max);
	golomb_put_bits(g, ((uint64_t)1 << (quotient + 1)) - 2, (unsigned)quotient + 1);
	golomb_put_bits(g, v & (((uint64_t)1 << GOLOMB_RICE_P) - 1), GOLOMB_RICE_P);
}

/* Fill the last byte with zeros. */
static inline void
golomb_finish(struct golomb_writer *g)
{
	if (g->used != 0)
		golomb_put_bits(g, 0, 8 - g->used);
}

#endif
