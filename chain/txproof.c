/* Invariants:
 * 1. A proof that passes names a leaf: the coinbase's branch has the tree's depth, because no inner node can be read as a
 *    coinbase (its null outpoint would have to be part of a hash), and the transaction's branch has the same length.
 * 2. One transaction has one proof: the index fits the depth, no left sibling equals the running hash, every byte is used. */
#include "chain/txproof.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define INNER_NODE_LEN 64

static void
rd_stripped(struct rd *r, struct tx *out)
{
	size_t len;
	const uint8_t *p = rd_varbytes(r, &len, TXPROOF_BYTES_MAX);
	struct rd fence = rd_init(p, len);

	rd_tx_stripped(&fence, out);
	if (!rd_done(&fence)) {
		tx_clear(out);
		rd_fail(r);
	}
}

static void
rd_branch(struct rd *r, struct hash256 *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rd_hash256(r, &out[i]);
}

bool
txproof_decode(struct txproof *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	struct txproof p = { 0 };

	if (len > TXPROOF_BYTES_MAX)
		return false;
	rd_hash256(&r, &p.block);
	rd_stripped(&r, &p.tx);
	p.index = rd_u32(&r);
	p.depth = rd_u8(&r);
	if (p.depth > MERKLE_BRANCH_MAX) {
		rd_fail(&r);
		p.depth = 0;
	}
	rd_branch(&r, p.branch, p.depth);
	rd_stripped(&r, &p.coinbase);
	rd_branch(&r, p.coinbase_branch, p.depth);
	if (!rd_done(&r) || tx_stripped_size(&p.tx) == INNER_NODE_LEN) {
		txproof_clear(&p);
		return false;
	}
	*out = p;
	return true;
}

static void
wr_stripped(struct wr *w, const struct tx *tx)
{
	wr_compactsize(w, tx_stripped_size(tx));
	wr_tx_stripped(w, tx);
}

static void
wr_branch(struct wr *w, const struct hash256 *branch, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wr_hash256(w, &branch[i]);
}

void
wr_txproof(struct wr *w, const struct txproof *p)
{
	assert(p->depth <= MERKLE_BRANCH_MAX);
	wr_hash256(w, &p->block);
	wr_stripped(w, &p->tx);
	wr_u32(w, p->index);
	wr_u8(w, (uint8_t)p->depth);
	wr_branch(w, p->branch, p->depth);
	wr_stripped(w, &p->coinbase);
	wr_branch(w, p->coinbase_branch, p->depth);
}

void
txproof_clear(struct txproof *p)
{
	tx_clear(&p->tx);
	tx_clear(&p->coinbase);
	*p = (struct txproof){ 0 };
}

static struct tx
copy_stripped(const struct tx *tx)
{
	struct tx copy = tx_copy(tx);

	for (size_t i = 0; i < copy.in_n; i++)
		txin_clear_witness(&copy.in[i]);
	return copy;
}

void
txproof_make(struct txproof *out, const struct block *b, size_t index)
{
	struct hash256 *txid;
	size_t same;

	assert(index < b->tx_n);
	*out = (struct txproof){ .index = (uint32_t)index };
	txid = mem_new(b->tx_n, sizeof(*txid));
	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&txid[i], &b->tx[i]);
	header_hash(&out->block, &b->header);
	out->tx = copy_stripped(&b->tx[index]);
	out->coinbase = copy_stripped(&b->tx[0]);
	out->depth = merkle_branch(out->branch, txid, b->tx_n, index);
	same = merkle_branch(out->coinbase_branch, txid, b->tx_n, 0);
	assert(same == out->depth);
	free(txid);
}

/* The transaction folds to the root with this branch at this index. */
static bool
folds(const struct hash256 *root, const struct tx *tx, const struct hash256 *branch, size_t depth, uint32_t index)
{
	struct hash256 txid, top;

	tx_txid(&txid, tx);
	return merkle_fold(&top, &txid, branch, depth, index) && hash256_eq(&top, root);
}

enum txproof_verdict
txproof_check(const struct txproof *p, const struct hash256 *merkle_root)
{
	if (hash256_is_zero(merkle_root))
		return TXPROOF_ZERO_ROOT;
	if (tx_stripped_size(&p->tx) == INNER_NODE_LEN)
		return TXPROOF_SIZE_64;
	if (p->depth > MERKLE_BRANCH_MAX || (uint64_t)p->index >> p->depth != 0)
		return TXPROOF_BAD_INDEX;
	if (!folds(merkle_root, &p->tx, p->branch, p->depth, p->index))
		return TXPROOF_BAD_BRANCH;
	if (!tx_is_coinbase(&p->coinbase) || !folds(merkle_root, &p->coinbase, p->coinbase_branch, p->depth, 0))
		return TXPROOF_BAD_COINBASE;
	/* A second coinbase makes a block invalid, but nobody who checks a proof has seen the block. */
	return tx_is_coinbase(&p->tx) == (p->index == 0) ? TXPROOF_OK : TXPROOF_BAD_COINBASE;
}

const char *
txproof_verdict_name(enum txproof_verdict v)
{
	switch (v) {
	case TXPROOF_OK:
		return "ok";
	case TXPROOF_SIZE_64:
		return "size-64";
	case TXPROOF_BAD_INDEX:
		return "bad-index";
	case TXPROOF_BAD_BRANCH:
		return "bad-branch";
	case TXPROOF_BAD_COINBASE:
		return "bad-coinbase";
	case TXPROOF_ZERO_ROOT:
		return "zero-root";
	}
	return "?";
}
