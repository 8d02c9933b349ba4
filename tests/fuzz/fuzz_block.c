/* Blocks: what decodes encodes to the same bytes; a block that passes can prove each of its transactions. */
#include "chain/block.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/txproof.h"
#include "tests/fuzz/fuzz.h"

static void
set_root(struct block *b)
{
	struct hash256 *txid = mem_new(b->tx_n, sizeof(*txid));

	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&txid[i], &b->tx[i]);
	merkle_root(&b->header.merkle_root, NULL, txid, b->tx_n);
	free(txid);
}

static void
prove(const struct block *b, size_t index)
{
	struct txproof p;
	enum txproof_verdict v;

	txproof_make(&p, b, index);
	v = txproof_check(&p, &b->header.merkle_root);
	assert(v == (tx_stripped_size(&b->tx[index]) == 64 ? TXPROOF_SIZE_64 : TXPROOF_OK));
	txproof_clear(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct block b;
	struct wr w = { 0 };
	const struct chain_params *p = chain_params_find(size % 2 == 0 ? "main" : "regtest");
	const uint32_t height = (uint32_t)size;
	const char *why;

	if (!block_decode(&b, data, size))
		return 0;
	wr_block(&w, &b);
	assert(w.len == size && memcmp(w.p, data, size) == 0);
	wr_clear(&w);
	assert((block_check(&b, p, height, &why) == BLOCK_OK) == (why == NULL));
	if (b.tx_n > 0) {
		set_root(&b);
		if (block_check(&b, p, height, &why) == BLOCK_OK) {
			prove(&b, 0);
			prove(&b, b.tx_n - 1);
		} else {
			assert(strcmp(why, "bad-txnmrklroot") != 0);
		}
	}
	block_clear(&b);
	return 0;
}
