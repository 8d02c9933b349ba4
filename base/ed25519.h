#ifndef TALLY_BASE_ED25519_H
#define TALLY_BASE_ED25519_H
/* Ed25519 (RFC 8032), the signatures of CometBFT's validators; OpenSSL's, behind this door. Verification is the RFC's without the cofactor:
 * S below the group's order, R compared byte by byte. CometBFT also accepts a few signatures with a low-order part that this refuses; only
 * the owner of a key can make such a thing. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct ed25519_key {
	uint8_t b[32];
};
struct ed25519_seed {
	uint8_t b[32];
};
struct ed25519_sig {
	uint8_t b[64];
};

/* Not one of the encodings that no honest key has: a point of small order, which signs for anybody, or a coordinate written too large. */
MUST_USE bool ed25519_key_valid(const struct ed25519_key *k);
MUST_USE bool ed25519_verify(const struct ed25519_sig *sig, const struct ed25519_key *k, const void *message, size_t len);

/* The seed is the RFC's 32-byte private key. False only when OpenSSL fails. */
MUST_USE bool ed25519_key_from_seed(struct ed25519_key *out, const struct ed25519_seed *seed);
MUST_USE bool ed25519_sign(struct ed25519_sig *out, const struct ed25519_seed *seed, const void *message, size_t len);

#endif
