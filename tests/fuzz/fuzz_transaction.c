/* Sidechain transactions: what decodes encodes to the same body, and checking signatures never reads past the witness. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "token/transaction.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash256 genesis;
	struct transaction t;
	struct account *signers;
	struct wr w = { 0 };
	size_t n;

	if (transaction_decode(&t, data, size) != NULL)
		return 0;
	assert(t.body_len + t.witness_len == size && t.body == data && t.witness == data + t.body_len);
	wr_transaction_body(&w, &t);
	assert(w.len == t.body_len && memcmp(w.p, t.body, w.len) == 0);
	wr_clear(&w);
	signers = mem_new(t.ops_n + 1, sizeof(*signers));
	n = transaction_signers(signers, &t);
	assert(n <= t.ops_n + 1 && (t.relay ? n == 0 : n >= 1 && account_eq(&signers[0], &t.payer)));
	for (size_t i = 0; i < n && n < 50; i++) {
		for (size_t j = 0; j < i; j++)
			assert(!account_eq(&signers[i], &signers[j]));
	}
	if (n < 20)
		assert(transaction_verify(&t, &genesis) == NULL ? t.relay || t.witness_len >= 64 : true);
	free(signers);
	transaction_clear(&t);
	return 0;
}
