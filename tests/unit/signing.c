#include "tests/unit/signing.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct secret_key
test_secret(unsigned n)
{
	struct secret_key k = { { 0 } };

	k.b[31] = (uint8_t)(n + 1);
	k.b[30] = (uint8_t)((n + 1) >> 8);
	k.b[29] = (uint8_t)((n + 1) >> 16);
	return k;
}

struct xonly_key
test_key(unsigned n)
{
	static struct xonly_key known[16];
	static bool is_known[ARRAY_LEN(known)];
	struct secret_key secret = test_secret(n);
	struct xonly_key k;

	if (n < ARRAY_LEN(known) && is_known[n])
		return known[n];
	if (!xonly_from_secret(&k, &secret))
		abort();
	if (n < ARRAY_LEN(known)) {
		known[n] = k;
		is_known[n] = true;
	}
	return k;
}

struct account
test_account(unsigned n)
{
	struct xonly_key k = test_key(n);

	return account_from_key(&k);
}

void
test_sign(struct wr *w, unsigned n, const struct hash256 *message)
{
	struct secret_key secret = test_secret(n);
	struct schnorr_sig sig;

	if (!schnorr_sign(&sig, &secret, message, NULL))
		abort();
	wr_bytes(w, sig.b, sizeof(sig.b));
}

void
test_transaction(struct wr *w, const struct transaction *t, const struct hash256 *genesis_id)
{
	struct account *signers = mem_new(t->ops_n + 1, sizeof(*signers));
	size_t n = transaction_signers(signers, t), start = w->len;
	struct hash256 message;

	wr_transaction_body(w, t);
	transaction_sighash(&message, w->p + start, w->len - start, genesis_id);
	for (size_t i = 0; i < n; i++) {
		unsigned k = 0;
		struct account a = test_account(k);

		while (!account_eq(&a, &signers[i])) {
			assert(++k < 16);
			a = test_account(k);
		}
		test_sign(w, k, &message);
	}
	free(signers);
}
