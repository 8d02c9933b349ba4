#ifndef TALLY_CHAIN_U256_H
#define TALLY_CHAIN_U256_H
/* Unsigned 256-bit integers: targets and chain work. Arithmetic is modulo 2^256 unless it says otherwise. */
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/hash.h"

struct u256 {
	uint64_t w[4]; /* least significant first */
};

struct u256 u256_from_u64(uint64_t v);
/* The number that a hash is compared as: its bytes read little-endian. */
struct u256 u256_from_hash(const struct hash256 *h);
int u256_cmp(const struct u256 *a, const struct u256 *b);
MUST_USE bool u256_is_zero(const struct u256 *a);
struct u256 u256_add(const struct u256 *a, const struct u256 *b);
struct u256 u256_sub(const struct u256 *a, const struct u256 *b);
/* a + b; false (out untouched) on a carry out of 256 bits. */
MUST_USE bool u256_add_checked(struct u256 *out, const struct u256 *a, const struct u256 *b);
struct u256 u256_shl(const struct u256 *a, unsigned bits);
struct u256 u256_shr(const struct u256 *a, unsigned bits);
struct u256 u256_not(const struct u256 *a);
/* a * m; false (out untouched) when it does not fit. */
MUST_USE bool u256_mul_u64(struct u256 *out, const struct u256 *a, uint64_t m);
/* Quotient; b must not be zero. */
struct u256 u256_div(const struct u256 *a, const struct u256 *b);
/* Number of significant bits; 0 for zero. */
unsigned u256_bits(const struct u256 *a);

/* 32 bytes little-endian. */
struct u256 rd_u256(struct rd *r);
void wr_u256(struct wr *w, const struct u256 *a);

/* 64 hex digits, most significant first, as chain work is shown. */
void u256_to_hex(char out[HASH256_HEX_LEN], const struct u256 *a);
MUST_USE bool u256_from_hex(struct u256 *out, const char *hex);

#endif
