#ifndef TALLY_BASE_HASH_H
#define TALLY_BASE_HASH_H
/* Digests. The only door to OpenSSL's. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

/* 32 bytes in the order in which they are hashed and sent. Bitcoin shows its ids byte-reversed: hash256_to_display(). */
struct hash256 {
	uint8_t b[32];
};

#define HASH256_HEX_LEN 65 /* 64 digits and the final 0 */

void sha256(struct hash256 *out, const void *bytes, size_t len);

/* SHA-256 of SHA-256, Bitcoin's usual hash. */
void sha256d(struct hash256 *out, const void *bytes, size_t len);

/* Digests that scripts may ask for; nothing of ours relies on them. */
void sha1(uint8_t out[20], const void *bytes, size_t len);
void ripemd160(uint8_t out[20], const void *bytes, size_t len);

/* The double hashes of n messages of 80 bytes (headers), or of 64 (pairs of nodes), one behind the other. Much faster than n calls where
 * the processor has instructions for it. For pairs, out may be the same memory as in. */
void sha256d_80_many(struct hash256 *out, const uint8_t *in, size_t n);
void sha256d_64_many(struct hash256 *out, const uint8_t *in, size_t n);

/* Use the processor's SHA instructions for these, or the portable code, which gives the same. Returns whether they are used: never where
 * there are none, else by default. For tests and benchmarks. */
bool sha256_use_instructions(bool on);

/* RIPEMD-160 of SHA-256. */
void hash160(uint8_t out[20], const void *bytes, size_t len);

/* SHA3-256 (FIPS 202), which Tor's names are made with. */
void sha3_256(struct hash256 *out, const void *bytes, size_t len);

/* Piecewise SHA-256. */
struct sha256_ctx {
	uint64_t opaque[14];
};
void sha256_init(struct sha256_ctx *c);
void sha256_update(struct sha256_ctx *c, const void *bytes, size_t len);
void sha256_final(struct sha256_ctx *c, struct hash256 *out);

/* BIP340 tagged hash: SHA256(SHA256(tag) | SHA256(tag) | bytes). */
void sha256_tagged(struct hash256 *out, const char *tag, const void *bytes, size_t len);

/* Start a tagged hash; go on with sha256_update(). */
void sha256_init_tagged(struct sha256_ctx *c, const char *tag);

static inline bool
hash256_eq(const struct hash256 *a, const struct hash256 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int hash256_cmp(const struct hash256 *a, const struct hash256 *b);
MUST_USE bool hash256_is_zero(const struct hash256 *h);

void rd_hash256(struct rd *r, struct hash256 *out);
void wr_hash256(struct wr *w, const struct hash256 *h);

/* Hex in byte order, for hashes of our own. */
void hash256_to_hex(char out[HASH256_HEX_LEN], const struct hash256 *h);
MUST_USE bool hash256_from_hex(struct hash256 *out, const char *hex);

/* Hex byte-reversed, as Bitcoin shows block hashes and txids. */
void hash256_to_display(char out[HASH256_HEX_LEN], const struct hash256 *h);
MUST_USE bool hash256_from_display(struct hash256 *out, const char *hex);

/* "OpenSSL 3.0.…", the library that runs, for --version. */
const char *hash_library_version(void);

#endif
