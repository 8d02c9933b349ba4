#include "base/secretbox.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#define SALT_LEN 16
#define NONCE_LEN 12
#define TAG_LEN 16
#define HEAD_LEN (4 + 3 + SALT_LEN + NONCE_LEN)
#define KEY_LEN 32
#define MEMORY_MAX ((uint64_t)64 << 20)

static const uint8_t magic[4] = { 'T', 'S', 'B', '1' };

/* Everything before the ciphertext. */
struct head {
	uint8_t log_n, r, p;
	const uint8_t *salt, *nonce; /* borrowed */
};

static void
crypto_broken(const char *what)
{
	fprintf(stderr, "OpenSSL refuses %s\n", what);
	exit(7);
}

static void
derive(uint8_t key[KEY_LEN], const struct head *h, const char *passphrase)
{
	if (EVP_PBE_scrypt(passphrase, strlen(passphrase), h->salt, SALT_LEN, (uint64_t)1 << h->log_n, h->r, h->p, MEMORY_MAX + (1 << 20), key,
			   KEY_LEN) != 1)
		crypto_broken("scrypt");
}

void
secretbox_seal(struct wr *w, const void *secret, size_t len, const char *passphrase, enum secretbox_cost cost)
{
	uint8_t random[SALT_LEN + NONCE_LEN], key[KEY_LEN], tag[TAG_LEN], *sealed = mem_new(len + 1, 1);
	struct head h = { .r = 8, .salt = random, .nonce = random + SALT_LEN };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t start = w->len;
	int n;

	assert(len <= SECRETBOX_SECRET_MAX);
	h.log_n = cost == SECRETBOX_USUAL ? 14 : 1;
	h.p = cost == SECRETBOX_USUAL ? 5 : 1;
	rng_bytes(random, sizeof(random));
	wr_bytes(w, magic, sizeof(magic));
	wr_u8(w, h.log_n);
	wr_u8(w, h.r);
	wr_u8(w, h.p);
	wr_bytes(w, random, sizeof(random));
	derive(key, &h, passphrase);
	if (ctx == NULL || EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, h.nonce) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, w->p + start, HEAD_LEN) != 1 || EVP_EncryptUpdate(ctx, sealed, &n, secret, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(ctx, sealed + n, &n) != 1 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, tag) != 1)
		crypto_broken("AES-256-GCM");
	wr_bytes(w, sealed, len);
	wr_bytes(w, tag, TAG_LEN);
	EVP_CIPHER_CTX_free(ctx);
	mem_wipe(key, sizeof(key));
	free(sealed);
}

static bool
read_head(struct head *h, struct rd *r)
{
	const uint8_t *m = rd_take(r, sizeof(magic));

	h->log_n = rd_u8(r);
	h->r = rd_u8(r);
	h->p = rd_u8(r);
	h->salt = rd_take(r, SALT_LEN);
	h->nonce = rd_take(r, NONCE_LEN);
	if (!rd_ok(r) || memcmp(m, magic, sizeof(magic)) != 0)
		return false;
	/* RFC 7914: N < 2^(128 r / 8) */
	return h->log_n >= 1 && h->log_n <= 20 && h->r >= 1 && h->r <= 32 && h->p >= 1 && h->p <= 16 && h->log_n < 16 * h->r &&
	       (uint64_t)128 * h->r << h->log_n <= MEMORY_MAX;
}

enum secretbox_err
secretbox_open(uint8_t **out, size_t *out_len, const void *box, size_t len, const char *passphrase)
{
	struct rd r = rd_init(box, len);
	uint8_t key[KEY_LEN], tag[TAG_LEN], *plain;
	const uint8_t *sealed;
	EVP_CIPHER_CTX *ctx;
	struct head h;
	bool good;
	int n = 0, last;

	if (!read_head(&h, &r) || r.left < TAG_LEN || r.left > SECRETBOX_SECRET_MAX + TAG_LEN)
		return SECRETBOX_MALFORMED;
	*out_len = r.left - TAG_LEN;
	sealed = rd_take(&r, *out_len);
	rd_bytes(&r, tag, TAG_LEN);
	plain = mem_new(*out_len + 1, 1);
	derive(key, &h, passphrase);
	ctx = EVP_CIPHER_CTX_new();
	good = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, h.nonce) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &last, box, HEAD_LEN) == 1 && EVP_DecryptUpdate(ctx, plain, &n, sealed, (int)*out_len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN, tag) == 1 && EVP_DecryptFinal_ex(ctx, plain + n, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	mem_wipe(key, sizeof(key));
	if (!good) {
		mem_wipe(plain, *out_len);
		free(plain);
		return SECRETBOX_PASSPHRASE;
	}
	*out = plain;
	return SECRETBOX_OK;
}
