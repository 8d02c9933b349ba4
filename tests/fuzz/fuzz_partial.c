/* Partial transactions: what decodes encodes to the same bytes, and merging with itself changes nothing. */
#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "token/partial.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct partial p, again;
	struct wr w = { 0 };

	if (partial_decode(&p, data, size) != NULL)
		return 0;
	assert(p.parts_n >= 1 && p.parts_n <= p.t.ops_n + 1);
	wr_partial(&w, &p);
	assert(w.len == size && memcmp(w.p, data, size) == 0);
	if (p.parts_n < 4 && partial_verify(&p) == NULL) {
		wr_reset(&w);
		assert(partial_decode(&again, data, size) == NULL);
		assert(partial_merge(&p, &again) == NULL);
		wr_partial(&w, &p);
		assert(w.len == size && memcmp(w.p, data, size) == 0);
		partial_clear(&again);
	}
	if (partial_is_complete(&p)) {
		struct transaction t;

		wr_reset(&w);
		wr_partial_transaction(&w, &p);
		assert(w.len > TRANSACTION_BYTES_MAX || transaction_decode(&t, w.p, w.len) == NULL);
		if (w.len <= TRANSACTION_BYTES_MAX)
			transaction_clear(&t);
	}
	wr_clear(&w);
	partial_clear(&p);
	return 0;
}
