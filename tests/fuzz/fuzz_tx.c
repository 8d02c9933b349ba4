/* Transactions: what decodes encodes to the same bytes, and the sizes that are worked out are those of the bytes. */
#include <assert.h>
#include <string.h>

#include "chain/tx.h"
#include "tests/fuzz/fuzz.h"

static void
check_sizes(const struct tx *tx, size_t size)
{
	struct wr w = { 0 };
	struct tx back;
	struct rd r;

	wr_tx_stripped(&w, tx);
	assert(w.len == tx_stripped_size(tx));
	assert(tx_weight(tx) == 3 * w.len + size);
	assert(tx_vsize(tx) >= w.len && tx_vsize(tx) <= size);
	r = rd_init(w.p, w.len);
	rd_tx_stripped(&r, &back);
	assert(rd_done(&r));
	tx_clear(&back);
	wr_clear(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tx tx, copy;
	struct wr w = { 0 };
	struct rd r = rd_init(data, size);

	rd_tx_stripped(&r, &tx);
	if (rd_done(&r)) {
		wr_tx_stripped(&w, &tx);
		assert(w.len == size && memcmp(w.p, data, size) == 0);
		wr_clear(&w);
	}
	tx_clear(&tx);
	if (!tx_decode(&tx, data, size)) {
		assert(tx.in == NULL && tx.out == NULL);
		return 0;
	}
	copy = tx_copy(&tx);
	wr_tx(&w, &copy);
	assert(w.len == size && memcmp(w.p, data, size) == 0);
	check_sizes(&tx, size);
	if (tx_check(&tx) == NULL)
		assert(tx.in_n > 0 && tx.out_n > 0);
	wr_clear(&w);
	tx_clear(&copy);
	tx_clear(&tx);
	return 0;
}
