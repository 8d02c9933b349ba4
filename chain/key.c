#include "chain/key.h"

#include <assert.h>
#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include <string.h>

#include "base/mem.h"

/* 1. Public operations use the library's constant context, which no one writes: they are safe in any number of threads.
 * 2. An operation on a secret makes a context of its own, blinded by that secret, and destroys it: nothing is shared, and its
 *    timing and power use depend on a value that an observer lacks.
 * 3. No signature leaves that did not verify: a fault while signing can reveal the key. */

static const secp256k1_context *
public_context(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, secp256k1_selftest);
	return secp256k1_context_static;
}

static secp256k1_context *
secret_context_new(const struct secret_key *k)
{
	secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	struct hash256 seed;
	int ok;

	assert(ctx != NULL);
	sha256_tagged(&seed, "tally/blinding", k->b, sizeof(k->b));
	ok = secp256k1_context_randomize(ctx, seed.b);
	assert(ok);
	mem_wipe(&seed, sizeof(seed));
	return ctx;
}

bool
secret_key_valid(const struct secret_key *k)
{
	return secp256k1_ec_seckey_verify(public_context(), k->b) == 1;
}

/* False, with nothing to wipe, when the secret is not valid. */
static bool
keypair_of(secp256k1_keypair *out, const struct secret_key *k)
{
	secp256k1_context *ctx;
	int ok;

	if (!secret_key_valid(k))
		return false;
	ctx = secret_context_new(k);
	ok = secp256k1_keypair_create(ctx, out, k->b);
	secp256k1_context_destroy(ctx);
	return ok == 1;
}

static void
xonly_of_keypair(struct xonly_key *out, const secp256k1_keypair *pair)
{
	secp256k1_xonly_pubkey point;
	int ok;

	ok = secp256k1_keypair_xonly_pub(public_context(), &point, NULL, pair);
	assert(ok);
	ok = secp256k1_xonly_pubkey_serialize(public_context(), out->b, &point);
	assert(ok);
}

bool
xonly_from_secret(struct xonly_key *out, const struct secret_key *k)
{
	secp256k1_keypair pair;

	if (!keypair_of(&pair, k))
		return false;
	xonly_of_keypair(out, &pair);
	mem_wipe(&pair, sizeof(pair));
	return true;
}

bool
xonly_valid(const struct xonly_key *k)
{
	secp256k1_xonly_pubkey point;

	return secp256k1_xonly_pubkey_parse(public_context(), &point, k->b) == 1;
}

bool
xonly_tweak_add(struct xonly_key *out, bool *odd, const struct xonly_key *k, const struct hash256 *tweak)
{
	const secp256k1_context *ctx = public_context();
	secp256k1_xonly_pubkey point, sum_x;
	secp256k1_pubkey sum;
	int parity, ok;

	if (!secp256k1_xonly_pubkey_parse(ctx, &point, k->b) || !secp256k1_xonly_pubkey_tweak_add(ctx, &sum, &point, tweak->b))
		return false;
	ok = secp256k1_xonly_pubkey_from_pubkey(ctx, &sum_x, &parity, &sum);
	assert(ok);
	ok = secp256k1_xonly_pubkey_serialize(ctx, out->b, &sum_x);
	assert(ok);
	if (odd != NULL)
		*odd = parity != 0;
	return true;
}

bool
secret_tweak_add(struct secret_key *out, const struct secret_key *k, const struct hash256 *tweak)
{
	secp256k1_keypair pair;
	int ok;

	if (!keypair_of(&pair, k))
		return false;
	ok = secp256k1_keypair_xonly_tweak_add(public_context(), &pair, tweak->b);
	if (ok)
		ok = secp256k1_keypair_sec(public_context(), out->b, &pair);
	mem_wipe(&pair, sizeof(pair));
	return ok == 1;
}

bool
schnorr_sign(struct schnorr_sig *out, const struct secret_key *k, const struct hash256 *message, const uint8_t *aux)
{
	secp256k1_context *ctx;
	secp256k1_keypair pair;
	struct schnorr_sig sig = { 0 };
	struct xonly_key key;
	bool ok;

	if (!keypair_of(&pair, k))
		return false;
	xonly_of_keypair(&key, &pair);
	ctx = secret_context_new(k);
	ok = secp256k1_schnorrsig_sign32(ctx, sig.b, message->b, &pair, aux) == 1;
	secp256k1_context_destroy(ctx);
	mem_wipe(&pair, sizeof(pair));
	ok = ok && schnorr_verify(&sig, &key, message);
	if (ok)
		*out = sig;
	mem_wipe(&sig, sizeof(sig));
	return ok;
}

bool
schnorr_verify_var(const struct schnorr_sig *sig, const struct xonly_key *k, const void *message, size_t len)
{
	const secp256k1_context *ctx = public_context();
	secp256k1_xonly_pubkey point;

	if (!secp256k1_xonly_pubkey_parse(ctx, &point, k->b))
		return false;
	return secp256k1_schnorrsig_verify(ctx, sig->b, message, len, &point) == 1;
}

bool
schnorr_verify(const struct schnorr_sig *sig, const struct xonly_key *k, const struct hash256 *message)
{
	return schnorr_verify_var(sig, k, message->b, sizeof(message->b));
}

static bool
ecdsa_verify(secp256k1_ecdsa_signature *sig, const uint8_t *pubkey, size_t pubkey_len, const struct hash256 *hash)
{
	const secp256k1_context *ctx = public_context();
	secp256k1_pubkey point;

	if (pubkey_len != 33 && pubkey_len != 65)
		return false;
	if (!secp256k1_ec_pubkey_parse(ctx, &point, pubkey, pubkey_len))
		return false;
	/* The library refuses a high S; consensus takes either. */
	(void)secp256k1_ecdsa_signature_normalize(ctx, sig, sig);
	return secp256k1_ecdsa_verify(ctx, sig, hash->b, &point) == 1;
}

bool
ecdsa_verify_der(const uint8_t *der, size_t der_len, const uint8_t *pubkey, size_t pubkey_len, const struct hash256 *hash)
{
	secp256k1_ecdsa_signature sig;

	return secp256k1_ecdsa_signature_parse_der(public_context(), &sig, der, der_len) == 1 &&
	       ecdsa_verify(&sig, pubkey, pubkey_len, hash);
}

/* A BER length of up to three bytes, after any number of zeros. */
static size_t
rd_ber_length(struct rd *r)
{
	uint8_t first = rd_u8(r), n = first & 0x7f;
	size_t len = 0;

	if ((first & 0x80) == 0)
		return first;
	for (; n > 0 && r->left > 0 && *r->p == 0; n--)
		(void)rd_u8(r);
	if (n >= 4)
		rd_fail(r);
	for (; n > 0 && rd_ok(r); n--)
		len = len << 8 | rd_u8(r);
	return len;
}

/* An INTEGER as an unsigned number of 32 bytes; what needs more is *over. */
static void
rd_ber_integer(struct rd *r, uint8_t out[32], bool *over)
{
	const uint8_t *p;
	size_t len;

	if (rd_u8(r) != 0x02)
		rd_fail(r);
	len = rd_ber_length(r);
	p = rd_take(r, len);
	for (; p != NULL && len > 0 && *p == 0; len--)
		p++;
	if (p == NULL || len > 32)
		*over = true;
	else
		memcpy(out + 32 - len, p, len);
}

/* As libsecp256k1's ecdsa_signature_parse_der_lax(): the sequence's own length is not looked at beyond its form. */
static bool
parse_lax(secp256k1_ecdsa_signature *out, const uint8_t *ber, size_t len)
{
	struct rd r = rd_init(ber, len);
	uint8_t both[64] = { 0 }, first;
	bool over = false;

	if (rd_u8(&r) != 0x30)
		return false;
	first = rd_u8(&r);
	if ((first & 0x80) != 0)
		(void)rd_take(&r, first & 0x7f);
	rd_ber_integer(&r, both, &over);
	rd_ber_integer(&r, both + 32, &over);
	if (!rd_ok(&r))
		return false;
	/* Numbers that are too large make a signature that is well formed and fits nothing. */
	if (over || !secp256k1_ecdsa_signature_parse_compact(public_context(), out, both)) {
		memset(both, 0, sizeof(both));
		return secp256k1_ecdsa_signature_parse_compact(public_context(), out, both) == 1;
	}
	return true;
}

bool
ecdsa_verify_lax(const uint8_t *ber, size_t ber_len, const uint8_t *pubkey, size_t pubkey_len, const struct hash256 *hash)
{
	secp256k1_ecdsa_signature sig;

	return parse_lax(&sig, ber, ber_len) && ecdsa_verify(&sig, pubkey, pubkey_len, hash);
}

bool
xonly_eq(const struct xonly_key *a, const struct xonly_key *b)
{
	return xonly_cmp(a, b) == 0;
}

int
xonly_cmp(const struct xonly_key *a, const struct xonly_key *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

void
rd_xonly(struct rd *r, struct xonly_key *out)
{
	rd_bytes(r, out->b, sizeof(out->b));
}

void
wr_xonly(struct wr *w, const struct xonly_key *k)
{
	wr_bytes(w, k->b, sizeof(k->b));
}
