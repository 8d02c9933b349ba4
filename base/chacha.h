#ifndef TALLY_BASE_CHACHA_H
#define TALLY_BASE_CHACHA_H
/* ChaCha20, its AEAD (both RFC 8439) and HKDF-SHA256 (RFC 5869): a door to OpenSSL's. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define CHACHA_KEY_LEN 32
#define CHACHA_NONCE_LEN 12
#define CHACHA_TAG_LEN 16

/* out_len <= 8,160 bytes derived from the secret. */
void hkdf_sha256(void *out, size_t out_len, const void *secret, size_t secret_len, const void *salt, size_t salt_len, const char *info);

/* The first len bytes of the key stream. */
void chacha20_stream(uint8_t *out, size_t len, const uint8_t key[CHACHA_KEY_LEN], const uint8_t nonce[CHACHA_NONCE_LEN]);

/* What an AEAD operation works with; aad may be NULL when aad_len is 0. */
struct chacha_seal {
	const uint8_t *key;   /* borrowed: CHACHA_KEY_LEN */
	const uint8_t *nonce; /* borrowed: CHACHA_NONCE_LEN */
	const uint8_t *aad;   /* borrowed */
	size_t aad_len;
};
/* out: len + CHACHA_TAG_LEN bytes, the tag last. len <= 2^30. */
void chacha20poly1305_seal(uint8_t *out, const struct chacha_seal *s, const uint8_t *plain, size_t len);
/* len counts the tag; out: len - CHACHA_TAG_LEN bytes, unspecified when the result is false: changed, or sealed otherwise. */
MUST_USE bool chacha20poly1305_open(uint8_t *out, const struct chacha_seal *s, const uint8_t *sealed, size_t len);

#endif
