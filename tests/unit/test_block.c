#include "chain/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/header_rules.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "tests/unit/bip158.h"
#include "tests/unit/blocks.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

static void
verdict_at(const struct block *b, const struct chain_params *p, uint32_t height, enum block_verdict want, const char *reason)
{
	const char *why = "untouched";
	enum block_verdict got = block_check(b, p, height, &why);

	CU_ASSERT_EQUAL(got, want);
	CU_ASSERT_EQUAL(block_check(b, p, height, NULL), want);
	CU_ASSERT((why == NULL) == (reason == NULL) && (why == NULL || strcmp(why, reason) == 0));
	if ((why == NULL) != (reason == NULL) || (why != NULL && strcmp(why, reason) != 0))
		printf("block: %s, wanted %s\n", why != NULL ? why : "ok", reason != NULL ? reason : "ok");
}

/* Of a block that test_block() made. */
static void
verdict_is(const struct block *b, enum block_verdict want, const char *reason)
{
	verdict_at(b, chain_params_find("regtest"), TEST_BLOCK_HEIGHT, want, reason);
}

static void
round_trip(const uint8_t *bytes, size_t len)
{
	struct block b;
	struct wr w = { 0 };

	CU_ASSERT_FATAL(block_decode(&b, bytes, len));
	wr_block(&w, &b);
	CU_ASSERT(w.len == len && memcmp(w.p, bytes, len) == 0);
	wr_clear(&w);
	block_clear(&b);
}

static void
real_blocks(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bip158_rows); i++) {
		size_t len;
		uint8_t *bytes = hex_decode_new(&len, bip158_rows[i].block, 4096);
		struct hash256 hash;
		struct block b;
		char text[HASH256_HEX_LEN];

		CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
		CU_ASSERT_FATAL(block_decode(&b, bytes, len));
		header_hash(&hash, &b.header);
		hash256_to_display(text, &hash);
		CU_ASSERT_STRING_EQUAL(text, bip158_rows[i].block_hash);
		verdict_at(&b, chain_params_find("testnet3"), bip158_rows[i].height, BLOCK_OK, NULL);
		block_clear(&b);
		round_trip(bytes, len);
		free(bytes);
	}
}

static void
made_up_blocks_of_all_sizes(void)
{
	for (size_t n = 1; n < 20; n++) {
		struct block b = test_block(n);
		struct wr w = { 0 };

		verdict_is(&b, BLOCK_OK, NULL);
		wr_block(&w, &b);
		round_trip(w.p, w.len);
		wr_clear(&w);
		block_clear(&b);
	}
}

static void
c17_every_truncation_and_one_byte_more(void)
{
	struct block b = test_block(3), out = { .tx_n = 77 };
	struct wr w = { 0 };

	wr_block(&w, &b);
	for (size_t cut = 0; cut < w.len; cut++) {
		uint8_t *exact = mem_dup(w.p, cut);

		CU_ASSERT_FALSE(block_decode(&out, exact, cut));
		free(exact);
	}
	wr_u8(&w, 0);
	CU_ASSERT_FALSE(block_decode(&out, w.p, w.len));
	CU_ASSERT_EQUAL(out.tx_n, 77);
	wr_clear(&w);
	block_clear(&b);
}

static void
c16_lying_transaction_counts(void)
{
	static const char *const counts[] = { "00", "01", "02", "04", "fc", "fd0300", "fdffff", "feffffff00", "feffffffff",
					      "ff0000000001000000", "ffffffffffffffffff" };
	struct block b = test_block(3), out;
	struct wr body = { 0 };

	for (size_t i = 0; i < b.tx_n; i++)
		wr_tx(&body, &b.tx[i]);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct wr w = { 0 };
		uint8_t count[9];
		size_t n = strlen(counts[i]) / 2;

		CU_ASSERT_FATAL(hex_decode(count, n, counts[i]));
		wr_header(&w, &b.header);
		wr_bytes(&w, count, n);
		wr_bytes(&w, body.p, body.len);
		CU_ASSERT_FALSE(block_decode(&out, w.p, w.len));
		wr_clear(&w);
	}
	wr_clear(&body);
	block_clear(&b);
}

static void
c18_empty_and_zero_blocks(void)
{
	uint8_t *zeros = mem_new(BLOCK_BYTES_MAX + 1, 1);
	struct block b;

	CU_ASSERT_FALSE(block_decode(&b, NULL, 0));
	CU_ASSERT_FALSE(block_decode(&b, zeros, BLOCK_BYTES_MAX));
	CU_ASSERT_FALSE(block_decode(&b, zeros, BLOCK_BYTES_MAX + 1));
	CU_ASSERT_FATAL(block_decode(&b, zeros, HEADER_LEN + 1));
	CU_ASSERT_EQUAL(b.tx_n, 0);
	verdict_is(&b, BLOCK_MUTATED, "bad-blk-length");
	block_clear(&b);
	free(zeros);
}

/* What a sender can do to a good block leaves the header without blame. */
static void
mutated_bodies(void)
{
	struct block b = test_block(3);
	struct tx kept;

	b.header.merkle_root.b[31] ^= 0x80;
	verdict_is(&b, BLOCK_MUTATED, "bad-txnmrklroot");
	b.header.merkle_root.b[31] ^= 0x80;

	b.tx[2].out[0].value++;
	verdict_is(&b, BLOCK_MUTATED, "bad-txnmrklroot");
	b.tx[2].out[0].value--;

	/* the last of an odd row again: the same root */
	b.tx = mem_resize(b.tx, 4, sizeof(*b.tx));
	b.tx[3] = tx_copy(&b.tx[2]);
	b.tx_n = 4;
	verdict_is(&b, BLOCK_MUTATED, "bad-txns-duplicate");
	tx_clear(&b.tx[3]);
	b.tx_n = 3;

	b.tx[1].in[0].witness[0].bytes[5] ^= 1;
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
	b.tx[1].in[0].witness[0].bytes[5] ^= 1;
	kept = tx_copy(&b.tx[1]);
	txin_clear_witness(&b.tx[1].in[0]);
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
	tx_clear(&b.tx[1]);
	b.tx[1] = kept;

	b.tx[0].in[0].witness[0].bytes[0] ^= 1;
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
	b.tx[0].in[0].witness[0].bytes[0] ^= 1;
	b.tx[0].in[0].witness[0].len = 31;
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-nonce-size");
	b.tx[0].in[0].witness[0].len = 32;
	txin_add_witness(&b.tx[0].in[0], "", 0);
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-nonce-size");
	txin_clear_witness(&b.tx[0].in[0]);
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-nonce-size");
	block_clear(&b);
}

/* --- What a sender can do to a good block: never the header's fault --- */

static size_t
txids(struct hash256 *out, const struct block *b)
{
	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&out[i], &b->tx[i]);
	return b->tx_n;
}

/* Lists that have the root of the first n: its last 2^k transactions twice, wherever the row above ends there in a node without a sibling. */
static void
c15_every_list_of_the_same_root(void)
{
	size_t found = 0;

	for (size_t n = 1; n <= 20; n++) {
		for (size_t again = 1; again <= n; again *= 2) {
			struct block b = test_block(n);
			struct hash256 root, ids[40];

			b.tx = mem_resize(b.tx, n + again, sizeof(*b.tx));
			for (size_t i = 0; i < again; i++)
				b.tx[n + i] = tx_copy(&b.tx[n - again + i]);
			b.tx_n = n + again;
			merkle_root(&root, NULL, ids, txids(ids, &b));
			found += hash256_eq(&root, &b.header.merkle_root);
			verdict_is(&b, BLOCK_MUTATED,
				   hash256_eq(&root, &b.header.merkle_root) ? "bad-txns-duplicate" : "bad-txnmrklroot");
			block_clear(&b);
		}
	}
	/* one for each n whose last run is a power of two with an odd place: all but the powers of two themselves, and 1 */
	CU_ASSERT_EQUAL(found, 15);
}

static void
other_orders_and_numbers(void)
{
	for (size_t n = 2; n <= 9; n++) {
		struct block b = test_block(n);
		struct tx kept;

		for (size_t i = 0; i + 1 < n; i++) { /* two change places */
			kept = b.tx[i];
			b.tx[i] = b.tx[i + 1];
			b.tx[i + 1] = kept;
			verdict_is(&b, BLOCK_MUTATED, "bad-txnmrklroot");
			kept = b.tx[i];
			b.tx[i] = b.tx[i + 1];
			b.tx[i + 1] = kept;
		}
		b.tx_n--; /* the last is missing */
		verdict_is(&b, BLOCK_MUTATED, "bad-txnmrklroot");
		b.tx_n++;
		verdict_is(&b, BLOCK_OK, NULL);
		block_clear(&b);
	}
}

static enum block_verdict
verdict_of_bytes(const uint8_t *bytes, size_t len, const struct chain_params *p, uint32_t height)
{
	uint8_t *exact = mem_dup(bytes, len);
	enum block_verdict v = BLOCK_MUTATED; /* what is no block says nothing of a header */
	struct block b;

	if (block_decode(&b, exact, len)) {
		v = block_check(&b, p, height, NULL);
		block_clear(&b);
	}
	free(exact);
	return v;
}

/* Each bit behind the header, each byte lost, each byte more. */
static void
c17_any_change_of_a_body_blames_its_sender(void)
{
	const struct chain_params *p = chain_params_find("regtest");
	struct block b = test_block(5);
	struct wr w = { 0 };
	uint8_t *other;

	wr_block(&w, &b);
	other = mem_new(w.len + 1, 1);
	for (size_t bit = 8 * HEADER_LEN; bit < 8 * w.len; bit++) {
		w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(verdict_of_bytes(w.p, w.len, p, TEST_BLOCK_HEIGHT), BLOCK_MUTATED);
		w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t at = HEADER_LEN; at < w.len; at++) {
		memcpy(other, w.p, at);
		memcpy(other + at, w.p + at + 1, w.len - at - 1);
		CU_ASSERT_EQUAL(verdict_of_bytes(other, w.len - 1, p, TEST_BLOCK_HEIGHT), BLOCK_MUTATED);
		other[at] = 0;
		memcpy(other + at + 1, w.p + at, w.len - at);
		CU_ASSERT_EQUAL(verdict_of_bytes(other, w.len + 1, p, TEST_BLOCK_HEIGHT), BLOCK_MUTATED);
	}
	CU_ASSERT_EQUAL(verdict_of_bytes(w.p, w.len, p, TEST_BLOCK_HEIGHT), BLOCK_OK);
	free(other);
	wr_clear(&w);
	block_clear(&b);
}

/* A block whose witnesses are stripped, or changed with their txids kept. */
static void
c20_witness_changed_same_txid(void)
{
	struct block b = test_block(4);

	for (size_t i = 1; i < b.tx_n; i++) {
		struct hash256 before, after, wtxid_before, wtxid_after;

		tx_txid(&before, &b.tx[i]);
		tx_wtxid(&wtxid_before, &b.tx[i]);
		b.tx[i].in[0].witness[0].bytes[0] ^= 1;
		tx_txid(&after, &b.tx[i]);
		tx_wtxid(&wtxid_after, &b.tx[i]);
		CU_ASSERT(hash256_eq(&before, &after) && !hash256_eq(&wtxid_before, &wtxid_after));
		verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
		b.tx[i].in[0].witness[0].bytes[0] ^= 1;
		txin_add_witness(&b.tx[i].in[0], "", 0);
		verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
		txin_clear_witness(&b.tx[i].in[0]);
		verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
	}
	/* the coinbase's stripped as well: what a peer without witnesses would send */
	txin_clear_witness(&b.tx[0].in[0]);
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-nonce-size");
	block_clear(&b);
}

/* Weight that a sender added in witnesses is his fault, and is said to be: the commitment is looked at first. */
static void
blown_up_witness(void)
{
	struct block b = test_block(2);
	struct witness_item *item = &b.tx[1].in[0].witness[0];

	free(item->bytes);
	item->len = BLOCK_WEIGHT_MAX;
	item->bytes = mem_new(item->len, 1);
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
	block_clear(&b);
}

static void
witness_without_commitment(void)
{
	struct block b = test_block(3);

	b.tx[0].out[1].script[5] ^= 1; /* the commitment's last prefix byte */
	test_block_root(&b);
	verdict_is(&b, BLOCK_MUTATED, "unexpected-witness");
	for (size_t i = 0; i < b.tx_n; i++)
		txin_clear_witness(&b.tx[i].in[0]);
	verdict_is(&b, BLOCK_OK, NULL);
	block_clear(&b);
}

static void
no_witness_before_segwit(void)
{
	struct chain_params p = *chain_params_find("regtest");
	struct block b = test_block(3);

	p.segwit_height = TEST_BLOCK_HEIGHT;
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_OK, NULL);
	p.segwit_height++;
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_MUTATED, "unexpected-witness");
	for (size_t i = 1; i < b.tx_n; i++)
		txin_clear_witness(&b.tx[i].in[0]);
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_MUTATED, "unexpected-witness");
	/* what looks like a commitment, and a wrong one, is an output like any other */
	txin_clear_witness(&b.tx[0].in[0]);
	b.tx[0].out[1].script[20] ^= 1;
	test_block_root(&b);
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_OK, NULL);
	p.segwit_height--;
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_MUTATED, "bad-witness-nonce-size");
	block_clear(&b);
}

/* BIP141: the commitment with the highest output index counts. */
static void
the_last_commitment_counts(void)
{
	struct block b = test_block(3);
	struct txout *out = &b.tx[0].out[1];

	out->script_len = 37; /* one byte short of a commitment */
	test_block_root(&b);
	verdict_is(&b, BLOCK_MUTATED, "unexpected-witness");
	out->script_len = 38;
	test_block_root(&b);
	verdict_is(&b, BLOCK_OK, NULL);
	tx_add_out(&b.tx[0], 0, b.tx[0].out[1].script, 38);
	b.tx[0].out[1].script[10] ^= 1;
	test_block_root(&b);
	verdict_is(&b, BLOCK_OK, NULL);
	b.tx[0].out[1].script[10] ^= 1;
	b.tx[0].out[2].script[10] ^= 1;
	test_block_root(&b);
	verdict_is(&b, BLOCK_MUTATED, "bad-witness-merkle-match");
	block_clear(&b);
}

/* What the header commits to and no rule allows. */
static void
invalid_bodies(void)
{
	struct block b = test_block(3);
	struct tx second;

	b.tx[2].out[0].value = COIN_MAX + 1;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_INVALID, "bad-txns-vout-toolarge");
	b.tx[2].out[0].value = 1;
	second = b.tx[1];
	b.tx[1] = tx_copy(&b.tx[0]);
	b.tx[1].out[0].value--;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_INVALID, "bad-cb-multiple");
	tx_clear(&b.tx[1]);
	b.tx[1] = second;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_OK, NULL);

	b.tx[0].in[0].prevout.index = 0;
	test_block_root(&b);
	verdict_is(&b, BLOCK_INVALID, "bad-cb-missing");
	block_clear(&b);
}

static void
c14_sixty_four_byte_transactions_in_a_block(void)
{
	static const uint8_t four[] = { 0x51, 0x51, 0x51, 0x51 };
	struct block b = test_block(2);

	/* A block may have one behind its coinbase: it is no reason to doubt the body. */
	tx_clear(&b.tx[1]);
	b.tx[1].version = 2;
	tx_add_in(&b.tx[1], &(struct outpoint){ .index = 1 }, SEQUENCE_FINAL);
	tx_add_out(&b.tx[1], 1, four, sizeof(four));
	CU_ASSERT_EQUAL(tx_stripped_size(&b.tx[1]), 64);
	test_block_commit(&b);
	verdict_is(&b, BLOCK_OK, NULL);
	/* Without a coinbase it may be an inner node of the true tree. */
	b.tx[0].in[0].prevout.index = 0;
	test_block_root(&b);
	verdict_is(&b, BLOCK_MUTATED, "bad-cb-missing");
	block_clear(&b);
}

/* Put n bytes in place of the coinbase's script. */
static void
set_coinbase_script(struct block *b, const void *bytes, size_t n)
{
	struct txin *in = &b->tx[0].in[0];

	free(in->script_sig);
	in->script_sig = mem_dup(bytes, n);
	in->script_sig_len = n;
	test_block_root(b);
}

static void
height_in_the_coinbase(void)
{
	static const struct {
		uint32_t height;
		const char *script;
		bool good;
	} rows[] = {
		{ 1, "5100", true },		{ 16, "6000", true },	     { 17, "011100", true },	   { 127, "017f00", true },
		{ 128, "02800000", true },	{ 255, "02ff0000", true },   { 32768, "0300800000", true },
		{ 500000, "0320a10700", true }, { 8388608, "040000800000", true },
		{ 1, "010100", false }, /* pushed in a longer way */
		{ 17, "02110000", false },	{ 17, "4c011100", false },   { 128, "01800000", false },   { 17, "011000", false },
		{ 500000, "0320a1", false }, /* cut off */
		{ 17, "00011100", false }, /* second */
	};
	struct chain_params p = *chain_params_find("regtest");
	struct block b = test_block(2);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t script[8];
		size_t n = strlen(rows[i].script) / 2;

		CU_ASSERT_FATAL(hex_decode(script, n, rows[i].script));
		set_coinbase_script(&b, script, n);
		p.bip34_height = rows[i].height;
		verdict_at(&b, &p, rows[i].height, rows[i].good ? BLOCK_OK : BLOCK_INVALID, rows[i].good ? NULL : "bad-cb-height");
		p.bip34_height++;
		verdict_at(&b, &p, rows[i].height, BLOCK_OK, NULL);
	}
	block_clear(&b);
}

static void
signature_operations_to_the_last(void)
{
	struct block b = test_block(3);
	struct txout *out = &b.tx[1].out[0];

	out->script_len = 1002;
	out->script = mem_resize(out->script, out->script_len, 1);
	memset(out->script, OP_CHECKMULTISIG, 999);
	out->script[999] = OP_CHECKSIG; /* 19,981 of 20,000 so far */
	out->script[1000] = OP_PUSHDATA1;
	out->script[1001] = 200; /* nothing is counted behind a push that runs out */
	b.tx[2].in[0].script_sig = mem_dup("\xad\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\xac\x02\xac\xac", 22);
	b.tx[2].in[0].script_sig_len = 22;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_OK, NULL);
	out->script[998] = OP_CHECKMULTISIGVERIFY; /* the same 20 */
	out->script[1000] = OP_CHECKSIGVERIFY;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_INVALID, "bad-blk-sigops");
	out->script[1000] = OP_DUP;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_OK, NULL);
	b.tx[2].in[0].script_sig[19] = OP_CHECKSIG;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_INVALID, "bad-blk-sigops");
	block_clear(&b);
}

static void
bip54_in_a_block(void)
{
	struct chain_params p = *chain_params_find("regtest");
	struct block b = test_block(3);
	uint8_t four[] = { 0x51, 0x51, 0x51, 0x51 };

	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_OK, NULL);
	p.bip54_height = TEST_BLOCK_HEIGHT + 1;
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_OK, NULL);
	p.bip54_height = TEST_BLOCK_HEIGHT;
	for (uint32_t lock = TEST_BLOCK_HEIGHT - 2; lock <= TEST_BLOCK_HEIGHT + 1; lock++) {
		b.tx[0].locktime = lock;
		b.tx[0].in[0].sequence = SEQUENCE_FINAL - 1;
		test_block_root(&b);
		if (lock == TEST_BLOCK_HEIGHT - 1)
			verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_OK, NULL);
		else
			verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_INVALID, "bad-cb-locktime");
	}
	b.tx[0].locktime = TEST_BLOCK_HEIGHT - 1;
	b.tx[0].in[0].sequence = SEQUENCE_FINAL;
	test_block_root(&b);
	verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_INVALID, "bad-cb-sequence");
	b.tx[0].in[0].sequence = 0;
	for (size_t n = 3; n <= 5; n++) {
		tx_clear(&b.tx[2]);
		b.tx[2].version = 2;
		tx_add_in(&b.tx[2], &(struct outpoint){ .index = 1 }, SEQUENCE_FINAL);
		tx_add_out(&b.tx[2], 1, four, n < 5 ? n : 4);
		if (n == 5)
			txin_add_witness(&b.tx[2].in[0], four, 4); /* the witness is not counted */
		test_block_commit(&b);
		if (n == 3)
			verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_OK, NULL);
		else
			verdict_at(&b, &p, TEST_BLOCK_HEIGHT, BLOCK_INVALID, "bad-txns-64-bytes");
	}
	block_clear(&b);
}

static void
weight_to_the_last_unit(void)
{
	struct block b = test_block(2);
	struct witness_item *item = &b.tx[1].in[0].witness[0];
	size_t weight = 4 * (HEADER_LEN + 1) + tx_weight(&b.tx[0]) + tx_weight(&b.tx[1]) - (1 + 32);

	free(item->bytes);
	item->len = BLOCK_WEIGHT_MAX - weight - 5;
	item->bytes = mem_new(item->len + 1, 1);
	test_block_commit(&b);
	verdict_is(&b, BLOCK_OK, NULL);
	item->len++;
	test_block_commit(&b);
	verdict_is(&b, BLOCK_INVALID, "bad-blk-weight");
	block_clear(&b);
}

/* Each transaction alone would be short enough. */
static void
no_more_than_4000000_bytes(void)
{
	struct block b = test_block(2), out;
	struct wr w = { 0 };

	for (size_t i = 0; i < 2; i++) {
		struct txout *o = &b.tx[i].out[0];

		o->script_len = i == 0 ? 2000000 : o->script_len + BLOCK_BYTES_MAX - w.len;
		o->script = mem_resize(o->script, o->script_len, 1);
		memset(o->script, 0x51, o->script_len);
		wr_reset(&w);
		wr_block(&w, &b);
	}
	b.tx[1].out[0].script_len -= w.len - BLOCK_BYTES_MAX;
	wr_reset(&w);
	wr_block(&w, &b);
	CU_ASSERT_EQUAL_FATAL(w.len, BLOCK_BYTES_MAX);
	CU_ASSERT_FATAL(block_decode(&out, w.p, w.len));
	verdict_is(&out, BLOCK_MUTATED, "bad-txnmrklroot");
	block_clear(&out);
	b.tx[1].out[0].script_len++;
	wr_reset(&w);
	wr_block(&w, &b);
	CU_ASSERT_EQUAL(w.len, BLOCK_BYTES_MAX + 1);
	CU_ASSERT_FALSE(block_decode(&out, w.p, w.len));
	wr_clear(&w);
	block_clear(&b);
}

static void
main_block_830000(void)
{
	size_t len;
	uint8_t *bytes = vectors_read(&len, "main-830000.block");
	const struct chain_params *p = chain_params_find("main");
	struct block b;

	if (bytes == NULL)
		return;
	round_trip(bytes, len);
	CU_ASSERT_FATAL(block_decode(&b, bytes, len));
	CU_ASSERT_EQUAL(b.tx_n, 1851);
	CU_ASSERT_EQUAL(header_check_work(p, &b.header), HEADER_OK);
	verdict_at(&b, p, 830000, BLOCK_OK, NULL);
	verdict_at(&b, p, 829999, BLOCK_INVALID, "bad-cb-height");
	verdict_at(&b, p, 830001, BLOCK_INVALID, "bad-cb-height");
	b.tx[1850].in[0].witness[0].bytes[0] ^= 1;
	verdict_at(&b, p, 830000, BLOCK_MUTATED, "bad-witness-merkle-match");
	block_clear(&b);
	for (size_t bit = 8 * HEADER_LEN + 13; bit < 8 * len; bit += 8 * len / 61) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(verdict_of_bytes(bytes, len, p, 830000), BLOCK_MUTATED);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(bytes);
}

static const struct unit_test tests[] = {
	{ "real blocks", real_blocks },
	{ "made-up blocks of all sizes", made_up_blocks_of_all_sizes },
	{ "C17: every truncation and one byte more", c17_every_truncation_and_one_byte_more },
	{ "C16: lying transaction counts", c16_lying_transaction_counts },
	{ "C18: empty and zero blocks", c18_empty_and_zero_blocks },
	{ "mutated bodies", mutated_bodies },
	{ "C15: every list of the same root", c15_every_list_of_the_same_root },
	{ "other orders and numbers", other_orders_and_numbers },
	{ "C17: any change of a body blames its sender", c17_any_change_of_a_body_blames_its_sender },
	{ "C20: witness changed, same txid", c20_witness_changed_same_txid },
	{ "blown-up witness", blown_up_witness },
	{ "witness without commitment", witness_without_commitment },
	{ "no witness before segwit", no_witness_before_segwit },
	{ "height in the coinbase", height_in_the_coinbase },
	{ "signature operations to the last", signature_operations_to_the_last },
	{ "BIP54 in a block", bip54_in_a_block },
	{ "the last commitment counts", the_last_commitment_counts },
	{ "invalid bodies", invalid_bodies },
	{ "C14: 64-byte transactions in a block", c14_sixty_four_byte_transactions_in_a_block },
	{ "weight to the last unit", weight_to_the_last_unit },
	{ "no more than 4,000,000 bytes", no_more_than_4000000_bytes },
	{ "main block 830000", main_block_830000 },
};

UNIT_MAIN("block", tests)
