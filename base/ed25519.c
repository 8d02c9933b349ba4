#include "base/ed25519.h"

#include <openssl/evp.h>
#include <string.h>

/* The y coordinates of the eight points of small order, little-endian: 0, 1, -1 and two of order 8. */
static const uint8_t small_order[][32] = {
	{ 0 },
	{ 1 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
	  0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
	  0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/* y below 2^255 - 19. */
static bool
y_is_short(const uint8_t y[32])
{
	if (y[31] != 0x7f || y[0] < 0xed)
		return true;
	for (size_t i = 1; i < 31; i++) {
		if (y[i] != 0xff)
			return true;
	}
	return false;
}

bool
ed25519_key_valid(const struct ed25519_key *k)
{
	uint8_t y[32];

	memcpy(y, k->b, sizeof(y));
	y[31] &= 0x7f;
	if (!y_is_short(y))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(small_order); i++) {
		if (memcmp(y, small_order[i], sizeof(y)) == 0)
			return false;
	}
	return true;
}

bool
ed25519_verify(const struct ed25519_sig *sig, const struct ed25519_key *k, const void *message, size_t len)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->b, sizeof(k->b));
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = key != NULL && c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
		  EVP_DigestVerify(c, sig->b, sizeof(sig->b), message, len) == 1;

	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return ok;
}

bool
ed25519_key_from_seed(struct ed25519_key *out, const struct ed25519_seed *seed)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->b, sizeof(seed->b));
	struct ed25519_key k;
	size_t len = sizeof(k.b);
	bool ok = key != NULL && EVP_PKEY_get_raw_public_key(key, k.b, &len) == 1 && len == sizeof(k.b);

	if (ok)
		*out = k;
	EVP_PKEY_free(key);
	return ok;
}

bool
ed25519_sign(struct ed25519_sig *out, const struct ed25519_seed *seed, const void *message, size_t len)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->b, sizeof(seed->b));
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	struct ed25519_sig s;
	size_t sig_len = sizeof(s.b);
	bool ok = key != NULL && c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1 &&
		  EVP_DigestSign(c, s.b, &sig_len, message, len) == 1 && sig_len == sizeof(s.b);

	if (ok)
		*out = s;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return ok;
}
