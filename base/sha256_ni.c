#include "base/sha256_ni.h"

#include <assert.h>

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define INLINED WITH_SHA __attribute__((always_inline)) static inline

#define BLOCK 64

/* FIPS 180-4: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The eight words in the order that the instructions want, each vector's lowest last. */
struct state {
	__m128i abef, cdgh;
};

/* Sixteen words, the first in the lowest place. */
struct words {
	__m128i w0, w1, w2, w3;
};

INLINED struct state
state_first(void)
{
	return (struct state){
		_mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
		_mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19),
	};
}

/* a b c d and e f g h, the first in the lowest place. */
INLINED void
state_words(const struct state *s, __m128i *abcd, __m128i *efgh)
{
	__m128i abef = _mm_shuffle_epi32(s->abef, 0x1b), cdgh = _mm_shuffle_epi32(s->cdgh, 0xb1);

	*abcd = _mm_blend_epi16(abef, cdgh, 0xf0);
	*efgh = _mm_alignr_epi8(cdgh, abef, 8);
}

INLINED __m128i
swap_bytes(__m128i v)
{
	return _mm_shuffle_epi8(v, _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

INLINED __m128i
load_words(const uint8_t *p)
{
	return swap_bytes(_mm_loadu_si128((const __m128i *)(const void *)p));
}

INLINED struct words
load_block(const uint8_t *p)
{
	return (struct words){ load_words(p), load_words(p + 16), load_words(p + 32), load_words(p + 48) };
}

INLINED void
store_digest(struct hash256 *out, const struct state *s)
{
	__m128i abcd, efgh;

	state_words(s, &abcd, &efgh);
	_mm_storeu_si128((__m128i *)(void *)out->b, swap_bytes(abcd));
	_mm_storeu_si128((__m128i *)(void *)(out->b + 16), swap_bytes(efgh));
}

/* The bit behind a message. */
INLINED __m128i
end_mark(void)
{
	return _mm_set_epi32(0, 0, 0, (int)0x80000000);
}

INLINED __m128i
bit_length(int bits)
{
	return _mm_set_epi32(bits, 0, 0, 0);
}

INLINED void
four_rounds(struct state *s, __m128i words, unsigned round)
{
	__m128i sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)(const void *)&K[round]));

	s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
	s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* The four words that follow sixteen. */
INLINED __m128i
next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3);
}

INLINED void
sixteen_more(struct words *m)
{
	m->w0 = next_words(m->w0, m->w1, m->w2, m->w3);
	m->w1 = next_words(m->w1, m->w2, m->w3, m->w0);
	m->w2 = next_words(m->w2, m->w3, m->w0, m->w1);
	m->w3 = next_words(m->w3, m->w0, m->w1, m->w2);
}

INLINED void
state_add(struct state *s, const struct state *t)
{
	s->abef = _mm_add_epi32(s->abef, t->abef);
	s->cdgh = _mm_add_epi32(s->cdgh, t->cdgh);
}

/* Sixteen rounds in each of two states, in turns. */
INLINED void
sixteen_rounds(struct state *s, struct state *t, const struct words *m, const struct words *n, unsigned round)
{
	four_rounds(s, m->w0, round);
	four_rounds(t, n->w0, round);
	four_rounds(s, m->w1, round + 4);
	four_rounds(t, n->w1, round + 4);
	four_rounds(s, m->w2, round + 8);
	four_rounds(t, n->w2, round + 8);
	four_rounds(s, m->w3, round + 12);
	four_rounds(t, n->w3, round + 12);
}

/* A block into each of two states. */
INLINED void
compress_two(struct state *s, struct state *t, struct words m, struct words n)
{
	struct state s_before = *s, t_before = *t;

	for (unsigned round = 0; round < 48; round += 16) {
		sixteen_rounds(s, t, &m, &n, round);
		sixteen_more(&m);
		sixteen_more(&n);
	}
	sixteen_rounds(s, t, &m, &n, 48);
	state_add(s, &s_before);
	state_add(t, &t_before);
}

/* The block of a message that is a digest. */
INLINED struct words
digest_block(const struct state *s)
{
	struct words m = { .w2 = end_mark(), .w3 = bit_length(256) };

	state_words(s, &m.w0, &m.w1);
	return m;
}

/* The second hash, from the states after the first. */
INLINED void
finish_two(struct hash256 *a, struct hash256 *b, const struct state *s, const struct state *t)
{
	struct state u = state_first(), v = state_first();

	compress_two(&u, &v, digest_block(s), digest_block(t));
	store_digest(a, &u);
	store_digest(b, &v);
}

WITH_SHA static void
two_of_80(struct hash256 *a, struct hash256 *b, const uint8_t *p, const uint8_t *q)
{
	struct state s = state_first(), t = state_first();
	const struct words rest = { .w1 = end_mark(), .w2 = _mm_setzero_si128(), .w3 = bit_length(640) };
	struct words m = rest, n = rest;

	m.w0 = load_words(p + BLOCK);
	n.w0 = load_words(q + BLOCK);
	compress_two(&s, &t, load_block(p), load_block(q));
	compress_two(&s, &t, m, n);
	finish_two(a, b, &s, &t);
}

WITH_SHA static void
two_of_64(struct hash256 *a, struct hash256 *b, const uint8_t *p, const uint8_t *q)
{
	struct state s = state_first(), t = state_first();
	const struct words rest = { end_mark(), _mm_setzero_si128(), _mm_setzero_si128(), bit_length(512) };

	compress_two(&s, &t, load_block(p), load_block(q));
	compress_two(&s, &t, rest, rest);
	finish_two(a, b, &s, &t);
}

/* An odd last one is done twice. */
void
sha256_ni_d80(struct hash256 *out, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		size_t j = i + 1 < n ? i + 1 : i;

		two_of_80(&out[i], &out[j], in + i * 80, in + j * 80);
	}
}

void
sha256_ni_d64(struct hash256 *out, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		size_t j = i + 1 < n ? i + 1 : i;

		two_of_64(&out[i], &out[j], in + i * 64, in + j * 64);
	}
}

INLINED void
compress(struct state *s, struct words m)
{
	struct state before = *s;

	for (unsigned round = 0; round < 64; round += 16) {
		four_rounds(s, m.w0, round);
		four_rounds(s, m.w1, round + 4);
		four_rounds(s, m.w2, round + 8);
		four_rounds(s, m.w3, round + 12);
		if (round < 48)
			sixteen_more(&m);
	}
	state_add(s, &before);
}

WITH_SHA static void
of_blocks(struct hash256 *out, const uint8_t *p, size_t blocks)
{
	struct state s = state_first();

	for (size_t i = 0; i < blocks; i++)
		compress(&s, load_block(p + i * BLOCK));
	store_digest(out, &s);
}

void
sha256_ni_short(struct hash256 *out, const void *bytes, size_t len)
{
	uint8_t b[2 * BLOCK];
	size_t blocks = len < BLOCK - 8 ? 1 : 2, end = blocks * BLOCK;

	assert(len <= SHA256_NI_SHORT_MAX);
	memset(b + (len & ~(size_t)7), 0, end - (len & ~(size_t)7));
	if (len > 0)
		memcpy(b, bytes, len);
	b[len] = 0x80;
	b[end - 2] = (uint8_t)(len >> 5);
	b[end - 1] = (uint8_t)(len << 3);
	of_blocks(out, b, blocks);
}

bool
sha256_ni_available(void)
{
	unsigned a, b, c, d;
	bool sse41 = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSSE3) != 0 && (c & bit_SSE4_1) != 0;

	return sse41 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

#else

bool
sha256_ni_available(void)
{
	return false;
}

void
sha256_ni_d80(struct hash256 *out, const uint8_t *in, size_t n)
{
	(void)out, (void)in, (void)n;
	assert(false);
}

void
sha256_ni_d64(struct hash256 *out, const uint8_t *in, size_t n)
{
	(void)out, (void)in, (void)n;
	assert(false);
}

void
sha256_ni_short(struct hash256 *out, const void *bytes, size_t len)
{
	(void)out, (void)bytes, (void)len;
	assert(false);
}

#endif
