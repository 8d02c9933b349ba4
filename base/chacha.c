#include "base/chacha.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN_MAX ((size_t)1 << 30)

static void
crypto_broken(const char *what)
{
	fprintf(stderr, "OpenSSL refuses %s\n", what);
	exit(7);
}

void
hkdf_sha256(void *out, size_t out_len, const void *secret, size_t secret_len, const void *salt, size_t salt_len, const char *info)
{
	char digest[] = "SHA256";
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret, secret_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, salt_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};

	if (ctx == NULL || EVP_KDF_derive(ctx, out, out_len, params) != 1)
		crypto_broken("HKDF");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

void
chacha20_stream(uint8_t *out, size_t len, const uint8_t key[CHACHA_KEY_LEN], const uint8_t nonce[CHACHA_NONCE_LEN])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[4 + CHACHA_NONCE_LEN] = { 0 }; /* OpenSSL's: the block counter, then the nonce */
	int n;

	assert(len <= LEN_MAX);
	memcpy(iv + 4, nonce, CHACHA_NONCE_LEN);
	memset(out, 0, len);
	if (ctx == NULL || EVP_EncryptInit_ex(ctx, EVP_chacha20(), NULL, key, iv) != 1 || EVP_EncryptUpdate(ctx, out, &n, out, (int)len) != 1)
		crypto_broken("ChaCha20");
	EVP_CIPHER_CTX_free(ctx);
}

void
chacha20poly1305_seal(uint8_t *out, const struct chacha_seal *s, const uint8_t *plain, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	assert(len <= LEN_MAX && s->aad_len <= LEN_MAX);
	if (ctx == NULL || EVP_EncryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL, s->key, s->nonce) != 1 ||
	    (s->aad_len > 0 && EVP_EncryptUpdate(ctx, NULL, &n, s->aad, (int)s->aad_len) != 1) ||
	    (len > 0 && EVP_EncryptUpdate(ctx, out, &n, plain, (int)len) != 1) || EVP_EncryptFinal_ex(ctx, out + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CHACHA_TAG_LEN, out + len) != 1)
		crypto_broken("ChaCha20-Poly1305");
	EVP_CIPHER_CTX_free(ctx);
}

bool
chacha20poly1305_open(uint8_t *out, const struct chacha_seal *s, const uint8_t *sealed, size_t len)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[CHACHA_TAG_LEN], end[CHACHA_TAG_LEN];
	bool good;
	int n;

	if (len < CHACHA_TAG_LEN || len > LEN_MAX)
		return false;
	len -= CHACHA_TAG_LEN;
	memcpy(tag, sealed + len, sizeof(tag));
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL || EVP_DecryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL, s->key, s->nonce) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CHACHA_TAG_LEN, tag) != 1)
		crypto_broken("ChaCha20-Poly1305");
	good = (s->aad_len == 0 || EVP_DecryptUpdate(ctx, NULL, &n, s->aad, (int)s->aad_len) == 1) &&
	       (len == 0 || EVP_DecryptUpdate(ctx, out, &n, sealed, (int)len) == 1) && EVP_DecryptFinal_ex(ctx, end, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good;
}
