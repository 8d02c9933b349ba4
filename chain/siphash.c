#include "chain/siphash.h"

#define INIT0 0x736f6d6570736575
#define INIT1 0x646f72616e646f6d
#define INIT2 0x6c7967656e657261
#define INIT3 0x7465646279746573

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
le_word(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* The last word: the bytes that fill no word of their own, and the length on top. */
static inline uint64_t
last_word(const uint8_t *p, size_t len)
{
	size_t rest = len % 8;
	uint64_t word = 0;

	if (rest != 0 && len > 8) {
		word = le_word(p + len - 8) >> (64 - 8 * rest);
	} else {
		for (size_t i = 0; i < rest; i++)
			word |= (uint64_t)p[len - rest + i] << (8 * i);
	}
	return (uint64_t)len << 56 | word;
}

struct siphash_key
siphash_key_from(const uint8_t bytes[16])
{
	return (struct siphash_key){ le_word(bytes), le_word(bytes + 8) };
}

uint64_t
siphash(struct siphash_key key, const void *bytes, size_t len)
{
	uint64_t v[4] = { key.k0 ^ INIT0, key.k1 ^ INIT1, key.k0 ^ INIT2, key.k1 ^ INIT3 };
	const uint8_t *p = bytes;

	for (size_t at = 0; len - at >= 8; at += 8)
		sip_absorb(v, le_word(p + at));
	sip_absorb(v, last_word(p, len));
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
