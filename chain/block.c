/* Invariants:
 * 1. BLOCK_INVALID is said only of a body that the header commits to: whoever sent it, the header is to blame. Whatever a sender
 *    could have changed without changing the header's hash is BLOCK_MUTATED. */
#include "chain/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "chain/signet.h"

/* An input, an output and what is around them: a transaction that could be valid has no fewer bytes. */
#define TX_BYTES_MIN 60
#define WITNESS_SCALE 4
#define COMMITMENT_LEN 38

static const uint8_t commitment_prefix[] = { 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed };

bool
block_decode(struct block *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	struct block b = { 0 };

	if (len > BLOCK_BYTES_MAX)
		return false;
	rd_header(&r, &b.header);
	b.tx_n = rd_count(&r, TX_BYTES_MIN);
	b.tx = mem_new(b.tx_n, sizeof(*b.tx));
	for (size_t i = 0; i < b.tx_n && rd_ok(&r); i++)
		rd_tx(&r, &b.tx[i]);
	if (!rd_done(&r)) {
		block_clear(&b);
		return false;
	}
	*out = b;
	return true;
}

void
wr_block(struct wr *w, const struct block *b)
{
	wr_header(w, &b->header);
	wr_compactsize(w, b->tx_n);
	for (size_t i = 0; i < b->tx_n; i++)
		wr_tx(w, &b->tx[i]);
}

void
block_clear(struct block *b)
{
	for (size_t i = 0; i < b->tx_n; i++)
		tx_clear(&b->tx[i]);
	free(b->tx);
	*b = (struct block){ 0 };
}

static size_t
block_weight(const struct block *b)
{
	size_t weight = WITNESS_SCALE * (HEADER_LEN + compactsize_len(b->tx_n));

	for (size_t i = 0; i < b->tx_n; i++)
		weight += tx_weight(&b->tx[i]);
	return weight;
}

/* The header's root is that of these transactions, and of no longer list that has the same root (CVE-2012-2459). */
static const char *
check_merkle_root(const struct block *b)
{
	struct hash256 *txid = mem_new(b->tx_n, sizeof(*txid)), root;
	bool twins;

	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&txid[i], &b->tx[i]);
	merkle_root(&root, &twins, txid, b->tx_n);
	free(txid);
	if (!hash256_eq(&root, &b->header.merkle_root))
		return "bad-txnmrklroot";
	return twins ? "bad-txns-duplicate" : NULL;
}

/* BIP141: "If there are more than one scriptPubKey matching the pattern, the one with highest output index is assumed to be the
 * commitment." */
const struct txout *
block_commitment(const struct tx *coinbase)
{

	for (size_t i = coinbase->out_n; i-- > 0;) {
		const struct txout *out = &coinbase->out[i];

		if (out->script_len >= COMMITMENT_LEN && memcmp(out->script, commitment_prefix, sizeof(commitment_prefix)) == 0)
			return out;
	}
	return NULL;
}

static bool
tx_has_witness(const struct tx *tx)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		if (tx->in[i].witness_n != 0)
			return true;
	}
	return false;
}

/* BIP141: the root over the wtxids, with zero in the coinbase's place. */
static void
witness_root(struct hash256 *out, const struct block *b)
{
	struct hash256 *wtxid = mem_new(b->tx_n, sizeof(*wtxid));

	for (size_t i = 1; i < b->tx_n; i++)
		tx_wtxid(&wtxid[i], &b->tx[i]);
	merkle_root(out, NULL, wtxid, b->tx_n);
	free(wtxid);
}

static const char *
check_no_witness(const struct block *b)
{
	for (size_t i = 0; i < b->tx_n; i++) {
		if (tx_has_witness(&b->tx[i]))
			return "unexpected-witness";
	}
	return NULL;
}

/* Before BIP141 is in force an output that looks like a commitment means nothing. */
static const char *
check_witness(const struct block *b, bool segwit)
{
	const struct txout *commitment = segwit ? block_commitment(&b->tx[0]) : NULL;
	const struct txin *in = &b->tx[0].in[0];
	uint8_t both[64];
	struct hash256 root, hash;

	if (commitment == NULL)
		return check_no_witness(b);
	if (in->witness_n != 1 || in->witness[0].len != 32)
		return "bad-witness-nonce-size";
	witness_root(&root, b);
	memcpy(both, root.b, 32);
	memcpy(both + 32, in->witness[0].bytes, 32);
	sha256d(&hash, both, sizeof(both));
	return memcmp(hash.b, commitment->script + sizeof(commitment_prefix), 32) == 0 ? NULL : "bad-witness-merkle-match";
}

/* Without a coinbase in front the list may be a row of inner nodes, each passed off as a transaction of 64 bytes. With one it
 * can't be: a coinbase's null outpoint stands where such a node would have a hash. */
static bool
may_be_inner_nodes(const struct block *b)
{
	for (size_t i = 0; i < b->tx_n; i++) {
		if (tx_stripped_size(&b->tx[i]) == 64)
			return true;
	}
	return false;
}

static const char *
check_transactions(const struct block *b)
{
	for (size_t i = 0; i < b->tx_n; i++) {
		const char *why = tx_check(&b->tx[i]);

		if (why != NULL)
			return why;
		if (i > 0 && tx_is_coinbase(&b->tx[i]))
			return "bad-cb-multiple";
	}
	return NULL;
}

/* BIP34: "the first item in the coinbase transaction's scriptSig" is the height, pushed in the shortest way. */
static bool
coinbase_has_height(const struct tx *coinbase, uint32_t height)
{
	const struct txin *in = &coinbase->in[0];
	struct wr want = { 0 };
	bool ok;

	wr_push_number(&want, height);
	ok = in->script_sig_len >= want.len && memcmp(in->script_sig, want.p, want.len) == 0;
	wr_clear(&want);
	return ok;
}

static bool
too_many_sigops(const struct block *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->tx_n; i++) {
		const struct tx *tx = &b->tx[i];

		for (size_t k = 0; k < tx->in_n; k++)
			n += script_sigops(tx->in[k].script_sig, tx->in[k].script_sig_len);
		for (size_t k = 0; k < tx->out_n; k++)
			n += script_sigops(tx->out[k].script, tx->out[k].script_len);
	}
	return n * WITNESS_SCALE > BLOCK_SIGOPS_COST_MAX;
}

static const char *
check_bip54(const struct block *b, uint32_t height)
{
	const struct tx *coinbase = &b->tx[0];

	/* "Transactions whose witness-stripped serialized size is exactly 64 bytes are invalid." */
	for (size_t i = 0; i < b->tx_n; i++) {
		if (tx_stripped_size(&b->tx[i]) == 64)
			return "bad-txns-64-bytes";
	}
	/* "The coinbase transaction's nLockTime field must be set to the height of the block minus 1 and its nSequence field must not
	 * be equal to 0xffffffff." */
	if (coinbase->locktime != height - 1)
		return "bad-cb-locktime";
	return coinbase->in[0].sequence == SEQUENCE_FINAL ? "bad-cb-sequence" : NULL;
}

/* What the header commits to once root and witness are right. */
static const char *
check_contents(const struct block *b, const struct chain_params *p, uint32_t height)
{
	const char *why = check_transactions(b);

	if (why != NULL)
		return why;
	if (too_many_sigops(b))
		return "bad-blk-sigops";
	if (height >= p->bip34_height && !coinbase_has_height(&b->tx[0], height))
		return "bad-cb-height";
	if (block_weight(b) > BLOCK_WEIGHT_MAX)
		return "bad-blk-weight";
	return chain_has_bip54(p, height) ? check_bip54(b, height) : NULL;
}

static enum block_verdict
verdict(const char **why, enum block_verdict v, const char *reason)
{
	if (why != NULL)
		*why = reason;
	return v;
}

enum block_verdict
block_check(const struct block *b, const struct chain_params *p, uint32_t height, const char **why)
{
	const char *reason;

	if (b->tx_n == 0)
		return verdict(why, BLOCK_MUTATED, "bad-blk-length");
	reason = check_merkle_root(b);
	if (reason != NULL)
		return verdict(why, BLOCK_MUTATED, reason);
	if (!tx_is_coinbase(&b->tx[0]))
		return verdict(why, may_be_inner_nodes(b) ? BLOCK_MUTATED : BLOCK_INVALID, "bad-cb-missing");
	reason = check_witness(b, chain_has_segwit(p, height));
	if (reason != NULL)
		return verdict(why, BLOCK_MUTATED, reason);
	reason = check_contents(b, p, height);
	if (reason == NULL)
		reason = signet_check(p, b) == SIGNET_OK ? NULL : "bad-signet-blksig";
	return verdict(why, reason == NULL ? BLOCK_OK : BLOCK_INVALID, reason);
}
