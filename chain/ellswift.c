#include "chain/ellswift.h"

#include "config.h"

#ifdef HAVE_ELLSWIFT
#include <assert.h>
#include <secp256k1.h>
#include <secp256k1_ellswift.h>

/* Blinded, as in key.c. */
static secp256k1_context *
context_new(const struct secret_key *k)
{
	secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	struct hash256 seed;
	int ok;

	assert(ctx != NULL);
	sha256_tagged(&seed, "tally/blinding", k->b, sizeof(k->b));
	ok = secp256k1_context_randomize(ctx, seed.b);
	assert(ok);
	return ctx;
}

bool
ellswift_create(uint8_t out[BIP324_KEY_LEN], const struct secret_key *k, const uint8_t random[32])
{
	secp256k1_context *ctx = context_new(k);
	int ok = secp256k1_ellswift_create(ctx, out, k->b, random);

	secp256k1_context_destroy(ctx);
	return ok == 1;
}

void
ellswift_exchange(struct hash256 *out, const struct secret_key *k, const uint8_t ours[BIP324_KEY_LEN], const uint8_t theirs[BIP324_KEY_LEN],
		  bool initiator)
{
	secp256k1_context *ctx = context_new(k);
	int ok = secp256k1_ellswift_xdh(ctx, out->b, initiator ? ours : theirs, initiator ? theirs : ours, k->b, !initiator,
					secp256k1_ellswift_xdh_hash_function_bip324, NULL);

	assert(ok); /* the secret is valid */
	secp256k1_context_destroy(ctx);
}
#else
/* ISO C wants a declaration in each file. */
extern int ellswift_absent;
#endif
