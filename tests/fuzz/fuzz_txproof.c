/* Transaction proofs: what decodes encodes to the same bytes; what passes names one leaf. */
#include "chain/txproof.h"

#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Against the root that this proof's transaction leads to, so that the rules behind the fold are reached. */
static void
check_against_its_own_root(const struct txproof *p)
{
	struct hash256 txid, coinbase, root, top;
	enum txproof_verdict v;

	tx_txid(&txid, &p->tx);
	tx_txid(&coinbase, &p->coinbase);
	if (!merkle_fold(&root, &txid, p->branch, p->depth, p->index))
		return;
	v = txproof_check(p, &root);
	assert(v == TXPROOF_OK || v == TXPROOF_BAD_COINBASE);
	if (v != TXPROOF_OK)
		return;
	assert(tx_is_coinbase(&p->coinbase) && (p->depth > 0 || hash256_eq(&txid, &coinbase)));
	assert(merkle_fold(&top, &coinbase, p->coinbase_branch, p->depth, 0) && hash256_eq(&top, &root));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct txproof p;
	struct wr w = { 0 };

	if (!txproof_decode(&p, data, size))
		return 0;
	assert(size <= TXPROOF_BYTES_MAX && p.depth <= MERKLE_BRANCH_MAX && tx_stripped_size(&p.tx) != 64);
	wr_txproof(&w, &p);
	assert(w.len == size && memcmp(w.p, data, size) == 0);
	wr_clear(&w);
	check_against_its_own_root(&p);
	txproof_clear(&p);
	return 0;
}
