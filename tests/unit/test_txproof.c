#include "chain/txproof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/blocks.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

static void
pair(struct hash256 *out, const struct hash256 *a, const struct hash256 *b)
{
	uint8_t both[64];

	memcpy(both, a->b, 32);
	memcpy(both + 32, b->b, 32);
	sha256d(out, both, sizeof(both));
}

/* Decode, then check: what a stranger's bytes must pass. */
static bool
passes(const uint8_t *bytes, size_t len, const struct hash256 *root)
{
	uint8_t *exact = mem_dup(bytes, len); /* so that the sanitizer sees a read past the end */
	struct txproof p;
	bool ok = txproof_decode(&p, exact, len);

	if (ok) {
		ok = txproof_check(&p, root) == TXPROOF_OK;
		txproof_clear(&p);
	}
	free(exact);
	return ok;
}

static struct wr
proof_bytes(const struct block *b, size_t index)
{
	struct txproof p;
	struct wr w = { 0 };

	txproof_make(&p, b, index);
	wr_txproof(&w, &p);
	txproof_clear(&p);
	return w;
}

static void
proofs_of_blocks_of_all_sizes(void)
{
	for (size_t n = 1; n < 20; n++) {
		struct block b = test_block(n);

		for (size_t i = 0; i < n; i++) {
			struct txproof p, back;
			struct wr w = { 0 }, again = { 0 };

			txproof_make(&p, &b, i);
			CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_OK);
			wr_txproof(&w, &p);
			CU_ASSERT_FATAL(txproof_decode(&back, w.p, w.len));
			CU_ASSERT_EQUAL(txproof_check(&back, &b.header.merkle_root), TXPROOF_OK);
			CU_ASSERT(back.index == i && back.depth == p.depth && hash256_eq(&back.block, &p.block));
			wr_txproof(&again, &back);
			CU_ASSERT(w.len == again.len && memcmp(w.p, again.p, w.len) == 0);
			txproof_clear(&p);
			txproof_clear(&back);
			wr_clear(&w);
			wr_clear(&again);
		}
		block_clear(&b);
	}
}

static void
any_changed_bit_is_refused(void)
{
	struct block b = test_block(5);

	for (size_t i = 0; i < b.tx_n; i++) {
		struct wr w = proof_bytes(&b, i);

		CU_ASSERT(passes(w.p, w.len, &b.header.merkle_root));
		/* the block's hash is for the caller to look up */
		for (size_t bit = 32 * 8; bit < 8 * w.len; bit++) {
			w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CU_ASSERT_FALSE(passes(w.p, w.len, &b.header.merkle_root));
			w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		wr_clear(&w);
	}
	block_clear(&b);
}

static void
c17_each_field_one_byte_short_or_long(void)
{
	struct block b = test_block(6);
	struct wr w = proof_bytes(&b, 4);
	uint8_t *other = mem_new(w.len + 1, 1);

	for (size_t at = 0; at < w.len; at++) {
		memcpy(other, w.p, at);
		memcpy(other + at, w.p + at + 1, w.len - at - 1);
		CU_ASSERT_FALSE(passes(other, w.len - 1, &b.header.merkle_root));
		CU_ASSERT_FALSE(passes(w.p, at, &b.header.merkle_root));
	}
	for (size_t at = 0; at <= w.len; at++) {
		memcpy(other, w.p, at);
		other[at] = 0;
		memcpy(other + at + 1, w.p + at, w.len - at);
		CU_ASSERT_FALSE(passes(other, w.len + 1, &b.header.merkle_root));
	}
	free(other);
	wr_clear(&w);
	block_clear(&b);
}

/* The tree is (coinbase, x), (l, r); the node over l and r is made of the 64 bytes of a transaction. */
static void
c14_sixty_four_byte_transaction_as_inner_node(void)
{
	static const uint8_t four[] = { 0x51, 0x51, 0x51, 0x51 };
	struct block b = test_block(4);
	struct txproof p;
	struct wr w = { 0 };
	struct hash256 left, inner, root, coinbase, out;
	struct tx fake = { .version = 2 };

	tx_add_in(&fake, &(struct outpoint){ .index = 9 }, SEQUENCE_FINAL);
	tx_add_out(&fake, 1000000, four, sizeof(four));
	CU_ASSERT_EQUAL(tx_stripped_size(&fake), 64);
	tx_txid(&inner, &fake);
	txproof_make(&p, &b, 2);
	tx_txid(&coinbase, &p.coinbase);
	pair(&left, &coinbase, &p.coinbase_branch[0]);
	pair(&root, &left, &inner);

	/* The false proof: one level too short, and its fold is right. */
	tx_clear(&p.tx);
	p.tx = fake;
	p.index = 1;
	p.depth = 1;
	p.branch[0] = left;
	CU_ASSERT(merkle_fold(&out, &inner, p.branch, 1, 1) && hash256_eq(&out, &root));
	CU_ASSERT_EQUAL(txproof_check(&p, &root), TXPROOF_SIZE_64);
	wr_txproof(&w, &p);
	CU_ASSERT_FALSE(txproof_decode(&p, w.p, w.len));

	/* The first rule alone: in a block of two the coinbase's branch is right too. */
	pair(&root, &coinbase, &inner);
	p.branch[0] = coinbase;
	p.coinbase_branch[0] = inner;
	CU_ASSERT(merkle_fold(&out, &coinbase, p.coinbase_branch, 1, 0) && hash256_eq(&out, &root));
	CU_ASSERT_EQUAL(txproof_check(&p, &root), TXPROOF_SIZE_64);

	/* The second rule alone: were the size of no interest, no branch of that length would lead from the coinbase to the root. */
	pair(&root, &left, &inner);
	CU_ASSERT(merkle_fold(&out, &coinbase, p.coinbase_branch, 1, 0) && !hash256_eq(&out, &root));
	tx_add_out(&p.tx, 0, NULL, 0);
	tx_txid(&inner, &p.tx);
	p.branch[0] = left;
	p.coinbase_branch[0] = inner;
	pair(&root, &left, &inner);
	CU_ASSERT_EQUAL(txproof_check(&p, &root), TXPROOF_BAD_COINBASE);
	wr_clear(&w);
	txproof_clear(&p);
	block_clear(&b);
}

/* The other way round: a true transaction of 64 bytes whose second half is the hash of a false one, one level below the tree. */
static void
c14_transaction_below_the_leaves(void)
{
	struct block b = test_block(2), fakes = test_block(3);
	struct txproof p;
	struct hash256 fake, half, leaf, root, coinbase, out;

	txproof_make(&p, &b, 1);
	tx_txid(&coinbase, &p.coinbase);
	tx_clear(&p.tx);
	p.tx = tx_copy(&fakes.tx[2]);
	tx_txid(&fake, &p.tx);
	sha256(&half, "any 32 bytes", 12);
	pair(&leaf, &half, &fake); /* the txid of the 64 bytes */
	pair(&root, &coinbase, &leaf);

	p.index = 3;
	p.depth = 2;
	p.branch[0] = half;
	p.branch[1] = coinbase;
	CU_ASSERT(merkle_fold(&out, &fake, p.branch, 2, 3) && hash256_eq(&out, &root));
	p.coinbase_branch[0] = leaf;
	p.coinbase_branch[1] = (struct hash256){ { 0 } };
	CU_ASSERT_EQUAL(txproof_check(&p, &root), TXPROOF_BAD_COINBASE);
	p.coinbase_branch[1] = leaf;
	p.coinbase_branch[0] = (struct hash256){ { 0 } };
	CU_ASSERT_EQUAL(txproof_check(&p, &root), TXPROOF_BAD_COINBASE);
	txproof_clear(&p);
	block_clear(&b);
	block_clear(&fakes);
}

static void
c15_left_sibling_equal_to_the_hash_in_a_proof(void)
{
	struct block b = test_block(3);
	struct txproof p;

	txproof_make(&p, &b, 2);
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_OK);
	p.index = 3; /* the repeated node as a transaction of its own: the fold would give the same root */
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_BRANCH);
	txproof_clear(&p);
	block_clear(&b);
}

static void
c16_lying_positions_and_depths(void)
{
	struct block b = test_block(8);
	struct txproof p;

	txproof_make(&p, &b, 5);
	for (uint32_t i = 0; i < 8; i++) {
		p.index = i;
		CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), i == 5 ? TXPROOF_OK : TXPROOF_BAD_BRANCH);
	}
	p.index = 8 + 5;
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_INDEX);
	p.index = 0x80000005;
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_INDEX);
	p.index = 5;
	p.depth = 2;
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_INDEX);
	p.depth = 4;
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_BRANCH);
	p.depth = 33;
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_INDEX);
	p.depth = 3;
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_OK);
	txproof_clear(&p);
	block_clear(&b);
}

static void
c18_empty_and_zero_proofs(void)
{
	static const struct hash256 zero_root;
	uint8_t *zeros = mem_new(TXPROOF_BYTES_MAX + 1, 1);
	struct txproof p = { .index = 42 };
	struct block b = test_block(2);

	CU_ASSERT_FALSE(txproof_decode(&p, NULL, 0));
	for (size_t len = 0; len < 300; len++)
		CU_ASSERT_FALSE(passes(zeros, len, &zero_root) || passes(zeros, len, &b.header.merkle_root));
	CU_ASSERT_FALSE(txproof_decode(&p, zeros, TXPROOF_BYTES_MAX));
	CU_ASSERT_FALSE(txproof_decode(&p, zeros, TXPROOF_BYTES_MAX + 1));
	CU_ASSERT_EQUAL(p.index, 42);
	memset(zeros, 0xff, TXPROOF_BYTES_MAX);
	CU_ASSERT_FALSE(txproof_decode(&p, zeros, TXPROOF_BYTES_MAX));
	txproof_make(&p, &b, 1);
	CU_ASSERT_EQUAL(txproof_check(&p, &zero_root), TXPROOF_ZERO_ROOT);
	txproof_clear(&p);
	CU_ASSERT_EQUAL(txproof_check(&p, &zero_root), TXPROOF_ZERO_ROOT);
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_BRANCH);
	block_clear(&b);
	free(zeros);
}

static void
an_empty_branch_is_for_the_coinbase_alone(void)
{
	struct block b = test_block(1), other = test_block(2);
	struct txproof p;
	struct hash256 txid;

	txproof_make(&p, &b, 0);
	CU_ASSERT_EQUAL(p.depth, 0);
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_OK);
	/* another transaction whose txid is the root: the coinbase can't be at the root as well */
	tx_clear(&p.tx);
	p.tx = tx_copy(&other.tx[1]);
	tx_txid(&txid, &p.tx);
	CU_ASSERT_EQUAL(txproof_check(&p, &txid), TXPROOF_BAD_COINBASE);
	tx_clear(&p.coinbase);
	p.coinbase = tx_copy(&p.tx);
	CU_ASSERT_EQUAL(txproof_check(&p, &txid), TXPROOF_BAD_COINBASE);
	txproof_clear(&p);
	block_clear(&b);
	block_clear(&other);
}

static void
coinbases_stand_at_index_0_only(void)
{
	struct block b = test_block(2);
	struct txproof p;

	tx_clear(&b.tx[1]);
	b.tx[1] = tx_copy(&b.tx[0]);
	b.tx[1].out[0].value--;
	test_block_root(&b);
	txproof_make(&p, &b, 1);
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_COINBASE);
	txproof_clear(&p);
	block_clear(&b);
	b = test_block(2);
	txproof_make(&p, &b, 0);
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_OK);
	txproof_clear(&p);
	block_clear(&b);
}

static void
a_first_transaction_that_is_no_coinbase(void)
{
	struct block b = test_block(2);
	struct txproof p;

	b.tx[0].in[0].prevout.index = 0;
	test_block_root(&b);
	txproof_make(&p, &b, 1);
	CU_ASSERT_EQUAL(txproof_check(&p, &b.header.merkle_root), TXPROOF_BAD_COINBASE);
	txproof_clear(&p);
	block_clear(&b);
}

/* The length in front of a transaction says one byte more than it has. */
static void
no_bytes_behind_a_transaction(void)
{
	struct block b = test_block(2);
	struct wr w = proof_bytes(&b, 1), longer = { 0 };
	struct txproof p;
	size_t len = w.p[32];

	CU_ASSERT_EQUAL_FATAL(len, tx_stripped_size(&b.tx[1]));
	wr_bytes(&longer, w.p, 33 + len);
	longer.p[32]++;
	wr_u8(&longer, 0);
	wr_bytes(&longer, w.p + 33 + len, w.len - 33 - len);
	CU_ASSERT_FALSE(txproof_decode(&p, longer.p, longer.len));
	wr_clear(&w);
	wr_clear(&longer);
	block_clear(&b);
}

/* A proof has no witness, so a changed one makes no second proof (C20). */
static void
c20_witness_changed_same_proof(void)
{
	struct block b = test_block(4);
	struct wr one = proof_bytes(&b, 3), two;

	b.tx[3].in[0].witness[0].bytes[0] ^= 1;
	two = proof_bytes(&b, 3);
	CU_ASSERT(one.len == two.len && memcmp(one.p, two.p, one.len) == 0);
	wr_clear(&one);
	wr_clear(&two);
	block_clear(&b);
}

static void
at_most_90000_bytes(void)
{
	struct block b = test_block(2);
	struct txproof p;
	struct wr w = proof_bytes(&b, 1);

	/* the script's and the transaction's lengths grow from one byte to five each */
	b.tx[1].out[0].script_len += TXPROOF_BYTES_MAX - w.len - 8;
	for (size_t over = 0; over <= 1; over++) {
		struct txout *out = &b.tx[1].out[0];

		wr_reset(&w);
		out->script_len += over;
		out->script = mem_resize(out->script, out->script_len, 1);
		memset(out->script, 0x51, out->script_len);
		test_block_root(&b);
		txproof_make(&p, &b, 1);
		wr_txproof(&w, &p);
		txproof_clear(&p);
		CU_ASSERT_EQUAL(w.len, TXPROOF_BYTES_MAX + over);
		CU_ASSERT_EQUAL(passes(w.p, w.len, &b.header.merkle_root), !over);
	}
	wr_clear(&w);
	block_clear(&b);
}

/* -- Bitcoin Core's gettxoutproof: a CMerkleBlock with one transaction marked -- */

struct marked {
	struct rd r;
	const uint8_t *flags;
	size_t flag_n, next;
	uint32_t total;
	uint32_t index;                          /* of the marked transaction */
	struct hash256 branch[MERKLE_BRANCH_MAX]; /* its siblings */
};

static struct hash256
marked_node(struct marked *m, unsigned height, uint32_t at, bool *found)
{
	uint64_t row_below = height == 0 ? 0 : (m->total + ((uint64_t)1 << (height - 1)) - 1) >> (height - 1);
	bool flag = m->next < 8 * m->flag_n && (m->flags[m->next / 8] >> m->next % 8 & 1) != 0, in_left = false, in_right = false;
	struct hash256 left, right, out;

	m->next++;
	if (height == 0 || !flag) {
		rd_hash256(&m->r, &out);
		*found = height == 0 && flag;
		m->index = *found ? at : m->index;
		return out;
	}
	left = marked_node(m, height - 1, 2 * at, &in_left);
	right = 2 * at + 1 < row_below ? marked_node(m, height - 1, 2 * at + 1, &in_right) : left;
	m->branch[height - 1] = in_left ? right : left;
	*found = in_left || in_right;
	pair(&out, &left, &right);
	return out;
}

static void
compare_with_core(const struct block *b, size_t index)
{
	char name[64];
	size_t len, hashes;
	uint8_t *bytes;
	struct txproof p;
	struct marked m = { 0 };
	struct header h;
	struct hash256 root;
	struct rd tail;
	bool found;

	snprintf(name, sizeof(name), "main-830000-txoutproof-%zu.bin", index);
	bytes = vectors_read(&len, name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	m.r = rd_init(bytes, len);
	rd_header(&m.r, &h);
	m.total = rd_u32(&m.r);
	hashes = rd_count(&m.r, 32);
	tail = m.r;
	(void)rd_take(&tail, 32 * hashes);
	m.flags = rd_varbytes(&tail, &m.flag_n, 1000);
	CU_ASSERT_FATAL(rd_done(&tail));
	m.r = rd_sub(&m.r, 32 * hashes);
	root = marked_node(&m, 11, 0, &found);
	CU_ASSERT(rd_done(&m.r) && found);
	CU_ASSERT(hash256_eq(&root, &b->header.merkle_root) && hash256_eq(&root, &h.merkle_root));

	txproof_make(&p, b, index);
	CU_ASSERT_EQUAL(txproof_check(&p, &root), TXPROOF_OK);
	CU_ASSERT_EQUAL(p.index, m.index);
	CU_ASSERT_EQUAL_FATAL(p.depth, 11);
	CU_ASSERT_EQUAL(memcmp(p.branch, m.branch, 11 * sizeof(p.branch[0])), 0);
	txproof_clear(&p);
	free(bytes);
}

static void
proofs_of_bitcoin_core(void)
{
	static const size_t indices[] = { 0, 1, 10, 100, 1000, 1850 };
	size_t len;
	uint8_t *bytes = vectors_read(&len, "main-830000.block");
	struct block b;

	if (bytes == NULL)
		return;
	CU_ASSERT_FATAL(block_decode(&b, bytes, len));
	free(bytes);
	for (size_t i = 0; i < ARRAY_LEN(indices); i++)
		compare_with_core(&b, indices[i]);
	block_clear(&b);
}

static void
names(void)
{
	for (enum txproof_verdict v = TXPROOF_OK; v <= TXPROOF_ZERO_ROOT; v++) {
		for (enum txproof_verdict w = TXPROOF_OK; w < v; w++)
			CU_ASSERT_STRING_NOT_EQUAL(txproof_verdict_name(v), txproof_verdict_name(w));
	}
}

static const struct unit_test tests[] = {
	{ "proofs of blocks of all sizes", proofs_of_blocks_of_all_sizes },
	{ "any changed bit is refused", any_changed_bit_is_refused },
	{ "C17: each field one byte short or long", c17_each_field_one_byte_short_or_long },
	{ "C14: 64-byte transaction as inner node", c14_sixty_four_byte_transaction_as_inner_node },
	{ "C14: transaction below the leaves", c14_transaction_below_the_leaves },
	{ "C15: left sibling equal to the hash", c15_left_sibling_equal_to_the_hash_in_a_proof },
	{ "C16: lying positions and depths", c16_lying_positions_and_depths },
	{ "C18: empty and zero proofs", c18_empty_and_zero_proofs },
	{ "an empty branch is for the coinbase alone", an_empty_branch_is_for_the_coinbase_alone },
	{ "coinbases stand at index 0 only", coinbases_stand_at_index_0_only },
	{ "a first transaction that is no coinbase", a_first_transaction_that_is_no_coinbase },
	{ "no bytes behind a transaction", no_bytes_behind_a_transaction },
	{ "C20: witness changed, same proof", c20_witness_changed_same_proof },
	{ "at most 90,000 bytes", at_most_90000_bytes },
	{ "proofs of Bitcoin Core", proofs_of_bitcoin_core },
	{ "names", names },
};

UNIT_MAIN("txproof", tests)
