#ifndef TALLY_CHAIN_SIPHASH_H
#define TALLY_CHAIN_SIPHASH_H
/* SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) with 64 bits of output. */
#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

/* A key of 16 bytes, two little-endian words. */
struct siphash_key siphash_key_from(const uint8_t bytes[16]);

/* bytes may be NULL when len is 0. */
uint64_t siphash(struct siphash_key key, const void *bytes, size_t len);

#endif
