#include "chain/tx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Transactions of the main network's block 830000: numbers 0 (coinbase), 285 (script path), 1, and one without witness. */
static const struct {
	const char *hex, *txid, *wtxid;
	size_t in_n, out_n, stripped, size;
	bool coinbase;
} real[] = {
	{ "010000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff560330aa0c194d696e656420627920416e"
	  "74506f6f6c200000a203eae76dc8fabe6d6dc47d17a94ffe1c3cd04b5ae883723132390fb9e5744bf22705599ec137a7964410000000000000000000"
	  "d2b0100000000015e600ffffffff05220200000000000017a91442402a28dd61f2718a4b27ae72a4791d5bbdade787e6c6a3260000000017a9144b09"
	  "d828dfc8baaba5d04ee77397e04b1050cc73870000000000000000266a24aa21a9ed600220b4bd0f1c5b0fc50b2fab9acb53afe3c160b036b26eed89"
	  "fc573718ca2400000000000000002f6a2d434f5245012953559db5cc88ab20b1960faa9793803d0703375997be5a09d05bb9bac27ec60419d0b373f3"
	  "2b2000000000000000002b6a2952534b424c4f434b3a81b285e64be2d39f0e2383373422261afbbb2e0cf31532bc382bde1d005cb0d9012000000000"
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "1aca4f116105295f434574629379132ae14306392444230737cabb3919100354",
	  "7d660516f96ab77900ceb7ee18a29bd31bc575299a6bbceae4317938eb9a63c5", 1, 5, 356, 392, true },
	{ "02000000000101cdbceec663dcb587bdbfb20152fd577e2e4632c830038899dfb7e5984360940f0000000000fdffffff012202000000000000225120"
	  "172f6b28d35f813256ebc1a22fb6b7168cf97aa0256caa42642d198520d457f603408c8ca4a3deb827f0b12fb78c0d4e6d6619cd2167e79afe23fd70"
	  "bff85ed29b0bbf81567cd9baab47a5bb734c2ca0008f018620f3cbb4818d6482088c0389c69d61202c2dd2acd3f274cd00517ff2c04ab53f91bf16eb"
	  "81c26d569c1975a74efe5d8fac0063036f7264010118746578742f706c61696e3b636861727365743d7574662d38001b4d656c75636bc5b80a4d656c"
	  "75636bc5b80a4d656c75636bc5b80a6821c12c2dd2acd3f274cd00517ff2c04ab53f91bf16eb81c26d569c1975a74efe5d8f00000000",
	  "cff68d6b1749cd142a697b134725c0b939e1c1fcac6488d11f4d7522b0fda3bd",
	  "7ad5a188097c34dc145eb30e54eac4f874ad786a1dabbf97bf92d06bed220548", 1, 1, 94, 294, false },
	{ "01000000000103b053dcbf2e75ba90e85475efbcb74216a8ce295d643c1b29c4ddea1dc25ef41001000000232200205f3314ea8430b11a4668fd40c6"
	  "f60499b15836ee39f738d1dbcb7f062d47da11ffffffff8d9499a5d74dcaf972130d41737e667da69db6b6408e1d2e84e508a0f389cabd0200000000"
	  "ffffffff48e03eebbe804d62652c5edd3ce88bfa2862e5198073def7c6d987324c81d1f00100000023220020168e9134a7481ff31217d56a9a3bcd92"
	  "960eb363b297b059eff1f58beb11259fffffffff031deb020000000000220020931d1eb02634b6913b0799200a377ccb4d81455d8d1e8cc3180f133d"
	  "abdb200e10be04000000000017a9143444c28aa56d294770498eeb1bf4d9c5b1165328874e5b3f0000000000160014dac994d3a88edaa74aa2e4465f"
	  "3c9a996f52f883030047304402201b9bf315dd139a7f0c95e1541a5c94748b33cc086f05470e5a9403f1b6f9b26502207b561e035557eb5b75efc560"
	  "a296c2e66b6796f7e13c38bdd1e51615c6b2ab730125512102e1ac38f757dbef89b7ee7f66057ba54022308e24507010c57031cd8a0d0044a951ae03"
	  "00483045022100e18d5d54b32b9b05e0b0ae62a2dbac4ddf3a2b48f7b890d6882fd90cad973f2802202d1fa3bbb9786721a3f0464883b8b05be2a073"
	  "ac513494a37d4142dee5644c680125512102729def337cc9297d421ae0c6d269836059436457132772298cea1090d33a66d551ae0300483045022100"
	  "9b19eb10550229ddbd7dc12d19292bac1295fb96447f91ea13aad464247edb6d0220046d018ba7a847ca9cbaaac0533abaa63cce20310c6f52af36e0"
	  "4fbede180d1e01255121021b701fef3c930e6a3a205399da178f2f78a87f33d5b6edd0228d70e9463f87e651ae00000000",
	  "2bc71c20dfffddd8ceff89f7ab53650dd60e67cb9c6d06811167f4e7047f6fc9",
	  "6f4e16e54447a3f932e1cab4000e50e90ef97e23754d05b125198fb4ba4c2010", 3, 3, 309, 649, false },
	{ "02000000018ada27da58893d0b7329534cabdb02cb07eead2c38f96a6f62097af84cff0a470b0000006a4730440220223490da00f50fff83487b463f"
	  "6b9fd9006628a26df124cf4ec6d4803adba40802205eb7c2ebfc827715a28e7ee0a91418142bbd3e13951ea4fb0f453502b1c59142012102364c6303"
	  "cdeedfdb55c23656dc97ecab0a25672d13f275f72c49061ff6761881ffffffff01e7a6020000000000160014ae271f21892cd7cdc849aeff30b2614d"
	  "34de4bb000000000",
	  "119d3622dca6962e5da949ec902dd7a1b89bf47ff8b670c56c80968fd4994626",
	  "119d3622dca6962e5da949ec902dd7a1b89bf47ff8b670c56c80968fd4994626", 1, 1, 188, 188, false },
};

static uint8_t *
bytes_of(const char *hex, size_t *len)
{
	uint8_t *p = hex_decode_new(len, hex, 1 << 20);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static void
expect_encoding(const struct tx *tx, const uint8_t *bytes, size_t len)
{
	struct wr w = { 0 };

	wr_tx(&w, tx);
	CU_ASSERT_EQUAL(w.len, len);
	CU_ASSERT(w.len == len && memcmp(w.p, bytes, len) == 0);
	wr_clear(&w);
}

static void
real_transactions(void)
{
	for (size_t i = 0; i < ARRAY_LEN(real); i++) {
		size_t len;
		uint8_t *b = bytes_of(real[i].hex, &len);
		char hex[HASH256_HEX_LEN];
		struct hash256 id;
		struct tx tx, copy;

		CU_ASSERT_FATAL(tx_decode(&tx, b, len));
		CU_ASSERT(tx.in_n == real[i].in_n && tx.out_n == real[i].out_n);
		tx_txid(&id, &tx);
		hash256_to_display(hex, &id);
		CU_ASSERT_STRING_EQUAL(hex, real[i].txid);
		tx_wtxid(&id, &tx);
		hash256_to_display(hex, &id);
		CU_ASSERT_STRING_EQUAL(hex, real[i].wtxid);
		CU_ASSERT_EQUAL(tx_stripped_size(&tx), real[i].stripped);
		CU_ASSERT_EQUAL(tx_weight(&tx), 3 * real[i].stripped + real[i].size);
		CU_ASSERT_EQUAL(tx_vsize(&tx), (3 * real[i].stripped + real[i].size + 3) / 4);
		CU_ASSERT_EQUAL(tx_is_coinbase(&tx), real[i].coinbase);
		CU_ASSERT_PTR_NULL(tx_check(&tx));
		expect_encoding(&tx, b, len);
		copy = tx_copy(&tx);
		tx_clear(&tx);
		expect_encoding(&copy, b, len);
		tx_clear(&copy);
		free(b);
	}
}

static void
every_truncation_and_any_tail_is_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(real); i++) {
		size_t len;
		uint8_t *b = bytes_of(real[i].hex, &len), *more = calloc(1, len + 1);
		struct tx tx;

		CU_ASSERT_PTR_NOT_NULL_FATAL(more);
		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1); /* so that the sanitizer sees any read past the end */

			CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
			memcpy(exact, b, cut);
			CU_ASSERT_FALSE(tx_decode(&tx, exact, cut));
			CU_ASSERT(tx.in == NULL && tx.out == NULL && tx.in_n == 0 && tx.out_n == 0);
			free(exact);
		}
		memcpy(more, b, len);
		CU_ASSERT_FALSE(tx_decode(&tx, more, len + 1));
		free(more);
		free(b);
	}
}

static void
stripped_form_is_read_back_without_witness(void)
{
	for (size_t i = 0; i < ARRAY_LEN(real); i++) {
		size_t len;
		uint8_t *b = bytes_of(real[i].hex, &len);
		struct wr w = { 0 };
		struct tx tx, plain;
		struct hash256 id;
		struct rd r;
		char hex[HASH256_HEX_LEN];

		CU_ASSERT_FATAL(tx_decode(&tx, b, len));
		wr_tx_stripped(&w, &tx);
		CU_ASSERT_EQUAL(w.len, real[i].stripped);
		r = rd_init(w.p, w.len);
		rd_tx_stripped(&r, &plain);
		CU_ASSERT(rd_done(&r));
		tx_txid(&id, &plain);
		hash256_to_display(hex, &id);
		CU_ASSERT_STRING_EQUAL(hex, real[i].txid);
		tx_clear(&plain);
		r = rd_init(b, len);
		rd_tx_stripped(&r, &plain); /* the marker reads as no inputs, then the rest does not fit */
		CU_ASSERT_EQUAL(rd_done(&r), real[i].stripped == real[i].size);
		tx_clear(&plain);
		tx_clear(&tx);
		wr_clear(&w);
		free(b);
	}
}

#define VERSION "02000000"
#define IN1 "01" "1111111111111111111111111111111111111111111111111111111111111111" "00000000" "00" "fdffffff"
#define OUT1 "01" "e803000000000000" "0151"
#define LOCK "00000000"

static void
strict_about_marker_flag_and_counts(void)
{
	static const struct {
		const char *what, *hex;
		bool ok;
	} rows[] = {
		{ "plain", VERSION IN1 OUT1 LOCK, true },
		{ "witness", VERSION "0001" IN1 OUT1 "0101aa" LOCK, true },
		{ "witness of one empty item", VERSION "0001" IN1 OUT1 "0100" LOCK, true },
		{ "superfluous witness", VERSION "0001" IN1 OUT1 "00" LOCK, false },
		{ "unknown flag 2", VERSION "0002" IN1 OUT1 LOCK, false },
		{ "unknown flag 3", VERSION "0003" IN1 OUT1 "0101aa" LOCK, false },
		{ "flag 0x81", VERSION "0081" IN1 OUT1 "0101aa" LOCK, false },
		{ "flag without stacks", VERSION "0001" IN1 OUT1 LOCK, false },
		{ "no inputs, no outputs", VERSION "0000" LOCK, true },
		{ "no inputs, one output", VERSION "00" OUT1 LOCK, false },
		{ "no inputs behind a witness flag", VERSION "000100" OUT1 LOCK, false },
		{ "nothing behind a witness flag", VERSION "00010000" LOCK, false },
		{ "one input, no outputs", VERSION IN1 "00" LOCK, true },
		{ "two inputs promised", VERSION "02" "1111111111111111111111111111111111111111111111111111111111111111"
		  "00000000" "00" "fdffffff" OUT1 LOCK, false },
		{ "input count of 2^32", VERSION "ff0000000001000000" OUT1 LOCK, false },
		{ "input count of 2^64 - 1", VERSION "ffffffffffffffffff" OUT1 LOCK, false },
		{ "output count of 2^64 - 1", VERSION IN1 "ffffffffffffffffff" LOCK, false },
		{ "witness count of 2^64 - 1", VERSION "0001" IN1 OUT1 "ffffffffffffffffff" LOCK, false },
		{ "count not in its shortest form", VERSION "fd0100" "1111111111111111111111111111111111111111111111111111111111111111"
		  "00000000" "00" "fdffffff" OUT1 LOCK, false },
		{ "script longer than the rest", VERSION IN1 "01" "e803000000000000" "0551" LOCK, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len;
		uint8_t *b = bytes_of(rows[i].hex, &len);
		struct tx tx;
		bool ok = tx_decode(&tx, b, len);

		if (ok != rows[i].ok)
			printf("    %s: %s\n", rows[i].what, ok ? "accepted" : "refused");
		CU_ASSERT_EQUAL(ok, rows[i].ok);
		if (ok)
			expect_encoding(&tx, b, len);
		tx_clear(&tx);
		free(b);
	}
}

static void
a_reader_goes_on_after_a_transaction(void)
{
	size_t len;
	uint8_t *b = bytes_of(VERSION IN1 OUT1 LOCK VERSION "0001" IN1 OUT1 "0101aa" LOCK "77", &len);
	struct rd r = rd_init(b, len);
	struct tx one, two, none;

	rd_tx(&r, &one);
	rd_tx(&r, &two);
	CU_ASSERT(one.in_n == 1 && one.in[0].witness_n == 0);
	CU_ASSERT(two.in_n == 1 && two.in[0].witness_n == 1);
	CU_ASSERT_EQUAL(rd_u8(&r), 0x77);
	CU_ASSERT(rd_done(&r));
	rd_tx(&r, &none);
	CU_ASSERT_FALSE(rd_ok(&r));
	CU_ASSERT(none.in == NULL && none.out == NULL);
	rd_tx(&r, &none); /* sticky */
	CU_ASSERT_FALSE(rd_ok(&r));
	tx_clear(&one);
	tx_clear(&two);
	free(b);
}

static void
size_is_capped(void)
{
	static uint8_t script[TX_BYTES_MAX];
	struct outpoint o = { .index = 1 };
	struct wr w = { 0 };
	struct tx tx = { .version = 2 }, back;
	size_t frame;

	tx_add_in(&tx, &o, SEQUENCE_FINAL);
	tx_add_out(&tx, 1, NULL, 0);
	frame = tx_stripped_size(&tx) + 4; /* a long script's length takes four bytes more */
	free(tx.out[0].script);
	tx.out[0].script = NULL;
	tx.out_n = 0;
	tx_add_out(&tx, 1, script, TX_BYTES_MAX - frame);
	wr_tx(&w, &tx);
	CU_ASSERT_EQUAL(w.len, TX_BYTES_MAX);
	CU_ASSERT(tx_decode(&back, w.p, w.len));
	tx_clear(&back);
	tx.out_n = 0;
	free(tx.out[0].script);
	tx_add_out(&tx, 1, script, TX_BYTES_MAX - frame + 1);
	wr_reset(&w);
	wr_tx(&w, &tx);
	CU_ASSERT_FALSE(tx_decode(&back, w.p, w.len));
	CU_ASSERT_STRING_EQUAL(tx_check(&tx), "bad-txns-oversize");
	wr_clear(&w);
	tx_clear(&tx);
}

static struct tx
tx_of(size_t in_n, size_t out_n)
{
	struct tx tx = { .version = 2 };

	for (size_t i = 0; i < in_n; i++) {
		struct outpoint o = { .index = (uint32_t)i };

		o.txid.b[0] = 1;
		tx_add_in(&tx, &o, SEQUENCE_RBF);
	}
	for (size_t i = 0; i < out_n; i++)
		tx_add_out(&tx, 1000, "\x51", 1);
	return tx;
}

static void
expect_check(struct tx *tx, const char *want)
{
	const char *why = tx_check(tx);

	CU_ASSERT_STRING_EQUAL(why ? why : "fine", want ? want : "fine");
	tx_clear(tx);
}

static void
context_free_rules(void)
{
	struct tx tx = tx_of(0, 1);

	expect_check(&tx, "bad-txns-vin-empty");
	tx = tx_of(1, 0);
	expect_check(&tx, "bad-txns-vout-empty");
	tx = tx_of(300, 300);
	expect_check(&tx, NULL);
	tx = tx_of(300, 1);
	tx.in[299].prevout = tx.in[7].prevout;
	expect_check(&tx, "bad-txns-inputs-duplicate");
	tx = tx_of(2, 1);
	tx.in[1].prevout = (struct outpoint){ .index = UINT32_MAX };
	expect_check(&tx, "bad-txns-prevout-null");
	tx = tx_of(2, 1);
	tx.in[1].prevout = (struct outpoint){ .index = 0 }; /* a zero txid alone is not null */
	expect_check(&tx, NULL);
}

static void
value_rules(void)
{
	static const struct {
		uint64_t a, b;
		const char *why;
	} rows[] = {
		{ 0, 0, NULL },
		{ COIN_MAX, 0, NULL },
		{ COIN_MAX - 1, 1, NULL },
		{ COIN_MAX, 1, "bad-txns-txouttotal-toolarge" },
		{ 1, COIN_MAX, "bad-txns-txouttotal-toolarge" },
		{ 0, COIN_MAX + 1, "bad-txns-vout-toolarge" },
		{ INT64_MAX, 0, "bad-txns-vout-toolarge" },
		{ (uint64_t)INT64_MAX + 1, 0, "bad-txns-vout-negative" },
		{ UINT64_MAX, 1, "bad-txns-vout-negative" },
		{ COIN_MAX, UINT64_MAX, "bad-txns-vout-negative" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tx tx = tx_of(1, 2);

		tx.out[0].value = rows[i].a;
		tx.out[1].value = rows[i].b;
		expect_check(&tx, rows[i].why);
	}
}

static void
coinbase_rules(void)
{
	static const struct {
		size_t len;
		const char *why;
	} rows[] = { { 0, "bad-cb-length" }, { 1, "bad-cb-length" }, { 2, NULL }, { 100, NULL }, { 101, "bad-cb-length" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tx tx = tx_of(1, 1);

		tx.in[0].prevout = (struct outpoint){ .index = UINT32_MAX };
		tx.in[0].script_sig = calloc(1, 200);
		tx.in[0].script_sig_len = rows[i].len;
		CU_ASSERT(tx_is_coinbase(&tx));
		expect_check(&tx, rows[i].why);
	}
}

static void
outpoints_are_ordered_by_txid_then_index(void)
{
	struct outpoint a = { .index = 7 }, b = { .index = 7 };

	CU_ASSERT(outpoint_eq(&a, &b) && outpoint_cmp(&a, &b) == 0);
	b.index = 8;
	CU_ASSERT(!outpoint_eq(&a, &b) && outpoint_cmp(&a, &b) < 0 && outpoint_cmp(&b, &a) > 0);
	a.txid.b[31] = 1;
	CU_ASSERT(!outpoint_eq(&a, &b) && outpoint_cmp(&a, &b) > 0);
}

static void
witness_can_be_replaced(void)
{
	struct tx tx = tx_of(1, 1);
	size_t plain = tx_weight(&tx);

	for (size_t i = 0; i < 5; i++)
		txin_add_witness(&tx.in[0], "abc", i % 2 ? 0 : 3);
	CU_ASSERT_EQUAL(tx_weight(&tx), plain + 2 + 1 + 3 * 4 + 2);
	txin_clear_witness(&tx.in[0]);
	CU_ASSERT_EQUAL(tx_weight(&tx), plain);
	tx_clear(&tx);
}

static const struct unit_test tests[] = {
	{ "real transactions", real_transactions },
	{ "every truncation and any tail is refused", every_truncation_and_any_tail_is_refused },
	{ "the stripped form is read back without witness", stripped_form_is_read_back_without_witness },
	{ "strict about marker, flag and counts", strict_about_marker_flag_and_counts },
	{ "a reader goes on after a transaction", a_reader_goes_on_after_a_transaction },
	{ "size is capped", size_is_capped },
	{ "context-free rules", context_free_rules },
	{ "value rules", value_rules },
	{ "coinbase rules", coinbase_rules },
	{ "outpoints are ordered by txid, then index", outpoints_are_ordered_by_txid_then_index },
	{ "a witness can be replaced", witness_can_be_replaced },
};

UNIT_MAIN("tx", tests)
