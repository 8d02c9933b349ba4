#include "chain/golomb_rice.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

/* A second reader, bit by bit, as BIP158 words it. */
struct plain {
	const uint8_t *p;
	size_t bits, at;
};

static bool
plain_bit(struct plain *r, unsigned *bit)
{
	if (r->at == r->bits)
		return false;
	*bit = (unsigned)r->p[r->at / 8] >> (7 - r->at % 8) & 1;
	r->at++;
	return true;
}

static bool
plain_next(struct plain *r, uint64_t *out)
{
	uint64_t quotient = 0, rest = 0;
	unsigned bit;

	for (;; quotient++) {
		if (!plain_bit(r, &bit))
			return false;
		if (bit == 0)
			break;
	}
	for (int i = 0; i < GOLOMB_RICE_P; i++) {
		if (!plain_bit(r, &bit))
			return false;
		rest = rest << 1 | bit;
	}
	*out = quotient << GOLOMB_RICE_P | rest;
	return true;
}

static bool
plain_done(const struct plain *r)
{
	struct plain left = *r;
	unsigned bit;

	if (left.bits - left.at >= 8)
		return false;
	while (plain_bit(&left, &bit)) {
		if (bit != 0)
			return false;
	}
	return true;
}

static struct golomb_reader
reader(const uint8_t *p, size_t len)
{
	return (struct golomb_reader){ .p = p, .end = p + len };
}

/* One by one, two by two: what both readers give, and when the bits run out. */
static void
same_as_plain(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = mem_dup(bytes, len); /* so that the sanitizer sees a read past the end */
	struct golomb_reader one = reader(exact, len), two = one;
	struct plain plain = { .p = exact, .bits = 8 * len };
	uint64_t expected, value, pair[2];

	for (size_t i = 0;; i++) {
		struct golomb_reader before = one;
		bool more, had_done = plain_done(&plain);

		CU_ASSERT_EQUAL(golomb_done(&before), had_done);
		more = plain_next(&plain, &expected);
		CU_ASSERT_EQUAL_FATAL(golomb_next(&one, &value), more);
		if (more)
			CU_ASSERT_EQUAL(value, expected);
		if (i % 2 == 0 && !golomb_next_two(&two, pair))
			pair[0] = pair[1] = UINT64_MAX;
		if (more && pair[0] != UINT64_MAX)
			CU_ASSERT_EQUAL(pair[i % 2], expected);
		if (!more)
			break;
	}
	free(exact);
}

/* Of `ones` bytes all but one are nothing but ones (0, 1: none). */
static void
random_bytes(uint8_t *p, size_t len, uint64_t seed, unsigned ones)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(seed >> 56);
		if (ones != 0 && (seed >> 40) % ones != 0)
			p[i] = 0xff;
	}
}

/* Bytes of every length up to 100, from even bits to nearly nothing but ones, where quotients run over many refills. */
static void
any_bytes(void)
{
	static const unsigned densities[] = { 0, 1, 2, 4, 16, 64 };
	uint8_t bytes[100];

	for (size_t d = 0; d < ARRAY_LEN(densities); d++) {
		for (size_t len = 0; len <= sizeof(bytes); len++) {
			for (uint64_t seed = 0; seed < 8; seed++) {
				random_bytes(bytes, len, seed << 32 | len << 8 | d, densities[d]);
				same_as_plain(bytes, len);
			}
		}
	}
	memset(bytes, 0, sizeof(bytes));
	same_as_plain(bytes, sizeof(bytes));
	memset(bytes, 0xff, sizeof(bytes));
	same_as_plain(bytes, sizeof(bytes));
}

/* Values at the edges of quotient and remainder, written and read back, each at every offset in a byte. */
static void
round_trip(void)
{
	static const uint64_t values[] = { 0, 1, 0x7ffff, 0x80000, 0xfffff, 0x100000, (31ull << 19) + 5, (32ull << 19) + 6,
					   (33ull << 19) + 7, (63ull << 19) + 1, (64ull << 19), (65ull << 19) + 0x7ffff,
					   (1000ull << 19) + 3 };

	for (size_t first = 0; first < 8; first++) {
		struct wr w = { 0 };
		struct golomb_writer g = { .w = &w };
		struct golomb_reader r;
		uint64_t got;

		for (size_t i = 0; i < first; i++) /* 20 bits each and one more: shifts what follows */
			golomb_put(&g, 0x80000 + i);
		for (size_t i = 0; i < ARRAY_LEN(values); i++)
			golomb_put(&g, values[i]);
		golomb_finish(&g);
		same_as_plain(w.p, w.len);
		r = reader(w.p, w.len);
		for (size_t i = 0; i < first; i++)
			CU_ASSERT(golomb_next(&r, &got) && got == 0x80000 + i);
		for (size_t i = 0; i < ARRAY_LEN(values); i++)
			CU_ASSERT(golomb_next(&r, &got) && got == values[i]);
		CU_ASSERT(golomb_done(&r));
		wr_clear(&w);
	}
}

static const struct unit_test tests[] = {
	{ "any bytes, as a plain reader reads them", any_bytes },
	{ "round trip", round_trip },
};

UNIT_MAIN("golomb_rice", tests)
