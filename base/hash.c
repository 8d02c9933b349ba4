/* The piecewise functions of OpenSSL are the fast ones: the one-shot and EVP forms look the algorithm up at every call. They are
 * marked deprecated from 3.0 on; asking for the 1.1 interface keeps the compiler quiet. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "base/hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>
#include <stdatomic.h>
#include <string.h>

#include "base/sha256_ni.h"

static_assert(sizeof(struct sha256_ctx) >= sizeof(SHA256_CTX), "room for OpenSSL's context");
static_assert(_Alignof(struct sha256_ctx) >= _Alignof(SHA256_CTX), "alignment of OpenSSL's context");

static SHA256_CTX *
inside(struct sha256_ctx *c)
{
	return (SHA256_CTX *)(void *)c->opaque;
}

/* --- The processor's instructions --- */

enum way {
	WAY_UNKNOWN,
	WAY_PORTABLE,
	WAY_INSTRUCTIONS,
};

/* Threads that look at the same time find the same. */
static _Atomic(enum way) way = WAY_UNKNOWN;

bool
sha256_use_instructions(bool on)
{
	bool use = on && sha256_ni_available();

	atomic_store_explicit(&way, use ? WAY_INSTRUCTIONS : WAY_PORTABLE, memory_order_relaxed);
	return use;
}

static bool
has_instructions(void)
{
	enum way known = atomic_load_explicit(&way, memory_order_relaxed);

	return known == WAY_UNKNOWN ? sha256_use_instructions(true) : known == WAY_INSTRUCTIONS;
}

/* --- One message --- */

void
sha256_init(struct sha256_ctx *c)
{
	SHA256_Init(inside(c));
}

void
sha256_update(struct sha256_ctx *c, const void *bytes, size_t len)
{
	SHA256_Update(inside(c), bytes, len);
}

void
sha256_final(struct sha256_ctx *c, struct hash256 *out)
{
	SHA256_Final(out->b, inside(c));
}

void
sha256(struct hash256 *out, const void *bytes, size_t len)
{
	struct sha256_ctx c;

	if (len <= SHA256_NI_SHORT_MAX && has_instructions()) {
		sha256_ni_short(out, bytes, len);
		return;
	}
	sha256_init(&c);
	sha256_update(&c, bytes, len);
	sha256_final(&c, out);
}

void
sha256d(struct hash256 *out, const void *bytes, size_t len)
{
	struct hash256 once;

	sha256(&once, bytes, len);
	sha256(out, once.b, sizeof(once.b));
}

/* --- Many at once --- */

void
sha256d_80_many(struct hash256 *out, const uint8_t *in, size_t n)
{
	if (has_instructions()) {
		sha256_ni_d80(out, in, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		sha256d(&out[i], in + i * 80, 80);
}

void
sha256d_64_many(struct hash256 *out, const uint8_t *in, size_t n)
{
	if (has_instructions()) {
		sha256_ni_d64(out, in, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		sha256d(&out[i], in + i * 64, 64);
}

void
sha1(uint8_t out[20], const void *bytes, size_t len)
{
	SHA_CTX c;

	SHA1_Init(&c);
	SHA1_Update(&c, bytes, len);
	SHA1_Final(out, &c);
}

void
ripemd160(uint8_t out[20], const void *bytes, size_t len)
{
	RIPEMD160_CTX c;

	RIPEMD160_Init(&c);
	RIPEMD160_Update(&c, bytes, len);
	RIPEMD160_Final(out, &c);
}

void
hash160(uint8_t out[20], const void *bytes, size_t len)
{
	struct hash256 once;

	sha256(&once, bytes, len);
	ripemd160(out, once.b, sizeof(once.b));
}

void
sha3_256(struct hash256 *out, const void *bytes, size_t len)
{
	unsigned out_len = 0;
	int ok = EVP_Digest(bytes, len, out->b, &out_len, EVP_sha3_256(), NULL);

	assert(ok == 1 && out_len == sizeof(out->b));
}

void
sha256_init_tagged(struct sha256_ctx *c, const char *tag)
{
	struct hash256 t;

	sha256(&t, tag, strlen(tag));
	sha256_init(c);
	sha256_update(c, t.b, sizeof(t.b));
	sha256_update(c, t.b, sizeof(t.b));
}

void
sha256_tagged(struct hash256 *out, const char *tag, const void *bytes, size_t len)
{
	struct sha256_ctx c;

	sha256_init_tagged(&c, tag);
	sha256_update(&c, bytes, len);
	sha256_final(&c, out);
}

int
hash256_cmp(const struct hash256 *a, const struct hash256 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool
hash256_is_zero(const struct hash256 *h)
{
	static const struct hash256 zero;

	return hash256_eq(h, &zero);
}

void
rd_hash256(struct rd *r, struct hash256 *out)
{
	rd_bytes(r, out->b, sizeof(out->b));
}

void
wr_hash256(struct wr *w, const struct hash256 *h)
{
	wr_bytes(w, h->b, sizeof(h->b));
}

static struct hash256
reversed(const struct hash256 *h)
{
	struct hash256 r;

	for (size_t i = 0; i < sizeof(r.b); i++)
		r.b[i] = h->b[sizeof(r.b) - 1 - i];
	return r;
}

void
hash256_to_hex(char out[HASH256_HEX_LEN], const struct hash256 *h)
{
	hex_encode(out, h->b, sizeof(h->b));
}

bool
hash256_from_hex(struct hash256 *out, const char *hex)
{
	return hex_decode(out->b, sizeof(out->b), hex);
}

void
hash256_to_display(char out[HASH256_HEX_LEN], const struct hash256 *h)
{
	struct hash256 r = reversed(h);

	hash256_to_hex(out, &r);
}

bool
hash256_from_display(struct hash256 *out, const char *hex)
{
	struct hash256 r;

	if (!hash256_from_hex(&r, hex))
		return false;
	*out = reversed(&r);
	return true;
}

const char *
hash_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
