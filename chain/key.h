#ifndef TALLY_CHAIN_KEY_H
#define TALLY_CHAIN_KEY_H
/* secp256k1: x-only keys and BIP340 signatures. The only door to libsecp256k1. All of it is safe in any number of threads, and on
 * failure no output has changed. */
#include "base/bytes.h"
#include "base/hash.h"

struct secret_key {
	uint8_t b[32];
};
struct xonly_key {
	uint8_t b[32];
};
struct schnorr_sig {
	uint8_t b[64];
};

/* A valid secret: 1..n-1. */
MUST_USE bool secret_key_valid(const struct secret_key *k);
/* Public key of a valid secret. */
MUST_USE bool xonly_from_secret(struct xonly_key *out, const struct secret_key *k);
/* The x coordinate is on the curve. */
MUST_USE bool xonly_valid(const struct xonly_key *k);
/* k + t·G, x-only (parity to *odd, which may be NULL); false when k or t is not valid or the sum is infinity. */
MUST_USE bool xonly_tweak_add(struct xonly_key *out, bool *odd, const struct xonly_key *k, const struct hash256 *tweak);
/* The secret for xonly_tweak_add(): negated first if its point has an odd y (BIP341). */
MUST_USE bool secret_tweak_add(struct secret_key *out, const struct secret_key *k, const struct hash256 *tweak);

/* BIP340 with the default nonce; aux (32 bytes, may be NULL) is fresh randomness. */
MUST_USE bool schnorr_sign(struct schnorr_sig *out, const struct secret_key *k, const struct hash256 *message, const uint8_t *aux);
/* Any message length, as BIP340's vectors need. */
MUST_USE bool schnorr_verify_var(const struct schnorr_sig *sig, const struct xonly_key *k, const void *message, size_t len);
MUST_USE bool schnorr_verify(const struct schnorr_sig *sig, const struct xonly_key *k, const struct hash256 *message);

/* ECDSA over a 32-byte hash: DER signature (low S not enforced) and a 33- or 65-byte key, as OP_CHECKSIG in P2WPKH spends. */
MUST_USE bool ecdsa_verify_der(const uint8_t *der, size_t der_len, const uint8_t *pubkey, size_t pubkey_len, const struct hash256 *hash);
/* The same for a signature as blocks held them before BIP66: BER, with whatever OpenSSL once let pass, trailing bytes among it. */
MUST_USE bool ecdsa_verify_lax(const uint8_t *ber, size_t ber_len, const uint8_t *pubkey, size_t pubkey_len, const struct hash256 *hash);

MUST_USE bool xonly_eq(const struct xonly_key *a, const struct xonly_key *b);
int xonly_cmp(const struct xonly_key *a, const struct xonly_key *b);
void rd_xonly(struct rd *r, struct xonly_key *out);
void wr_xonly(struct wr *w, const struct xonly_key *k);

#endif
