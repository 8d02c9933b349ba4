#include "chain/sighash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/key.h"
#include "chain/script.h"
#include "chain/taproot.h"
#include "tests/unit/taproot_spends.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

/* Prevouts, amounts, scripts, sequences, outputs. */
static const char *const shared_hashes[] = {
	"e3b33bb4ef3a52ad1fffb555c0d82828eb22737036eaeb02a235d82b909c4c3f",
	"58a6964a4f5f8f0b642ded0a8a553be7622a719da71d1f5befcefcdee8e0fde6",
	"23ad0f61ad2bca5ba6a7693f50fce988e17c3780bf2b1e720cfbb38fbdd52e21",
	"18959c7221ab5ce9e26c3cd67b22c24f8baa54bac281d8e6b05e400e6c3a957e",
	"a2e6dab7c1f0dcd297c8d61647fd17d821541ea69c3cc37dcbad7f90d4eb4bc5",
};
static const struct {
	size_t index;
	uint8_t hash_type;
	const char *secret, *root, *tweaked_secret, *sighash, *witness;
} inputs[] = {
	{ 0, 0x03, "6b973d88838f27366ed61c9ad6367663045cb456e28335c109e30717ae0c6baa",
	  NULL,
	  "2405b971772ad26915c8dcdf10f238753a9b837e5f8e6a86fd7c0cce5b7296d9",
	  "2514a6272f85cfa0f45eb907fcb0d121b808ed37c6ea160a5a9046ed5526d555",
	  "ed7c1647cb97379e76892be0cacff57ec4a7102aa24296ca39af7541246d8ff1"
	  "4d38958d4cc1e2e478e4d4a764bbfd835b16d4e314b72937b29833060b87276c03" },
	{ 1, 0x83, "1e4da49f6aaf4e5cd175fe08a32bb5cb4863d963921255f33d3bc31e1343907f",
	  "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
	  "ea260c3b10e60f6de018455cd0278f2f5b7e454be1999572789e6a9565d26080",
	  "325a644af47e8a5a2591cda0ab0723978537318f10e6a63d4eed783b96a71a4d",
	  "052aedffc554b41f52b521071793a6b88d6dbca9dba94cf34c83696de0c1ec35"
	  "ca9c5ed4ab28059bd606a4f3a657eec0bb96661d42921b5f50a95ad33675b54f83" },
	{ 3, 0x01, "d3c7af07da2d54f7a7735d3d0fc4f0a73164db638b2f2f7c43f711f6d4aa7e64",
	  "c525714a7f49c28aedbbba78c005931a81c234b2f6c99a73e4d06082adc8bf2b",
	  "97323385e57015b75b0339a549c56a948eb961555973f0951f555ae6039ef00d",
	  "bf013ea93474aa67815b1b6cc441d23b64fa310911d991e713cd34c7f5d46669",
	  "ff45f742a876139946a149ab4d9185574b98dc919d2eb6754f8abaa59d18b025"
	  "637a3aa043b91817739554f4ed2026cf8022dbd83e351ce1fabc272841d2510a01" },
	{ 4, 0x00, "f36bb07a11e469ce941d16b63b11b9b9120a84d9d87cff2c84a8d4affb438f4e",
	  "ccbd66c6f7e8fdab47b3a486f59d28262be857f30d4773f2d5ea47f7761ce0e2",
	  "a8e7aa924f0d58854185a490e6c41f6efb7b675c0f3331b7f14b549400b4d501",
	  "4f900a0bae3f1446fd48490c2958b5a023228f01661cda3496a11da502a7f7ef",
	  "b4010dd48a617db09926f729e79c33ae0b4e94b79f04a1ae93ede6315eb3669d"
	  "e185a17d2b0ac9ee09fd4c64b678a0b61a0a86fa888a273c8511be83bfd6810f" },
	{ 6, 0x02, "415cfe9c15d9cea27d8104d5517c06e9de48e2f986b695e4f5ffebf230e725d8",
	  "2f6b2c5397b6d68ca18e09a3f05161668ffe93a988582d55c6f07bd5b3329def",
	  "241c14f2639d0d7139282aa6abde28dd8a067baa9d633e4e7230287ec2d02901",
	  "15f25c298eb5cdc7eb1d638dd2d45c97c4c59dcaec6679cfc16ad84f30876b85",
	  "a3785919a2ce3c4ce26f298c3d51619bc474ae24014bcdd31328cd8cfbab2eff"
	  "3395fa0a16fe5f486d12f22a9cedded5ae74feb4bbe5351346508c5405bcfee002" },
	{ 7, 0x82, "c7b0e81f0a9a0b0499e112279d718cca98e79a12e2f137c72ae5b213aad0d103",
	  "6c2dc106ab816b73f9d07e3cd1ef2c8c1256f519748e0813e4edd2405d277bef",
	  "65b6000cd2bfa6b7cf736767a8955760e62b6649058cbc970b7c0871d786346b",
	  "cd292de50313804dabe4685e83f923d2969577191a3e1d2882220dca88cbeb10",
	  "ea0c6ba90763c2d3a296ad82ba45881abb4f426b3f87af162dd24d5109edc1cd"
	  "d11915095ba47c3a9963dc1e6c432939872bc49212fe34c632cd3ab9fed429c482" },
	{ 8, 0x81, "77863416be0d0665e517e1c375fd6f75839544eca553675ef7fdf4949518ebaa",
	  "ab179431c28d3b68fb798957faf5497d69c883c6fb1e1cd9f81483d87bac90cc",
	  "ec18ce6af99f43815db543f47b8af5ff5df3b2cb7315c955aa4a86e8143d2bf5",
	  "cccb739eca6c13a8a89e6e5cd317ffe55669bbda23f2fd37b0f18755e008edd2",
	  "bbc9584a11074e83bc8c6759ec55401f0ae7b03ef290c3139814f545b58a9f81"
	  "27258000874f44bc46db7646322107d4d86aec8e73b8719a61fff761d75b5dd981" },
};

static struct hash256
hash_of(const char *hex)
{
	struct hash256 h;

	CU_ASSERT_FATAL(hash256_from_hex(&h, hex));
	return h;
}

static uint8_t *
bytes_of(const char *hex, size_t *len)
{
	uint8_t *p = hex_decode_new(len, hex, 1000000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static struct tx
tx_of(const char *hex)
{
	size_t len;
	uint8_t *b = bytes_of(hex, &len);
	struct tx tx;

	CU_ASSERT_FATAL(tx_decode(&tx, b, len));
	free(b);
	return tx;
}

/* The outputs spent, held as those of a transaction so that tx_clear() releases them. */
static struct tx
bip341_spent(void)
{
	struct tx spent = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bip341_utxos); i++) {
		size_t len;
		uint8_t *script = bytes_of(bip341_utxos[i].script, &len);

		tx_add_out(&spent, bip341_utxos[i].value, script, len);
		free(script);
	}
	return spent;
}

static void
bip341_shared_hashes(void)
{
	struct tx tx = tx_of(bip341_unsigned_tx), spent = bip341_spent();
	struct sighash_shared s;
	const struct hash256 *got[] = { &s.prevouts, &s.amounts, &s.scripts, &s.sequences, &s.outputs };

	sighash_share(&s, &tx, spent.out);
	for (size_t i = 0; i < ARRAY_LEN(got); i++) {
		struct hash256 want = hash_of(shared_hashes[i]);

		CU_ASSERT(hash256_eq(got[i], &want));
	}
	tx_clear(&tx);
	tx_clear(&spent);
}

static void
bip341_key_path(void)
{
	struct tx tx = tx_of(bip341_unsigned_tx), full = tx_of(bip341_signed_tx), spent = bip341_spent();
	struct sighash_shared shared;

	sighash_share(&shared, &tx, spent.out);
	for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
		size_t at = inputs[i].index, sig_len = inputs[i].hash_type == SIGHASH_DEFAULT ? 64 : 65;
		struct hash256 want = hash_of(inputs[i].sighash), got, root, tweak;
		struct secret_key secret, tweaked, want_tweaked;
		struct xonly_key internal;
		struct schnorr_sig sig;
		uint8_t witness[65], aux[32] = { 0 };

		CU_ASSERT(sighash_taproot(&got, &shared, &tx, spent.out, at, inputs[i].hash_type, NULL, NULL, 0));
		CU_ASSERT(hash256_eq(&got, &want));
		CU_ASSERT_FATAL(hex_decode(secret.b, 32, inputs[i].secret) && hex_decode(want_tweaked.b, 32, inputs[i].tweaked_secret));
		CU_ASSERT_FATAL(xonly_from_secret(&internal, &secret));
		if (inputs[i].root != NULL)
			root = hash_of(inputs[i].root);
		taptweak_hash(&tweak, &internal, inputs[i].root != NULL ? &root : NULL);
		CU_ASSERT_FATAL(secret_tweak_add(&tweaked, &secret, &tweak));
		CU_ASSERT_EQUAL(memcmp(tweaked.b, want_tweaked.b, 32), 0);
		CU_ASSERT(schnorr_sign(&sig, &tweaked, &got, aux));
		CU_ASSERT_FATAL(hex_decode(witness, sig_len, inputs[i].witness));
		CU_ASSERT_EQUAL(memcmp(sig.b, witness, 64), 0);
		txin_add_witness(&tx.in[at], witness, sig_len);
		CU_ASSERT(full.in[at].witness_n == 1 && full.in[at].witness[0].len == sig_len &&
			  memcmp(full.in[at].witness[0].bytes, witness, sig_len) == 0);
	}
	tx_clear(&tx);
	tx_clear(&full);
	tx_clear(&spent);
}

/* Is this a spend of <key> CHECKSIG …, and does its signature hold? The script may go on after that with what never runs. */
enum spend { SPEND_GOOD, SPEND_BAD, SPEND_OTHER };

static enum spend
check_script_spend(const struct tx *tx, const struct txout *spent, size_t index)
{
	const struct txin *in = &tx->in[index];
	const struct witness_item *sig = in->witness, *script = in->witness + 1, *control = in->witness + 2;
	const uint8_t *program;
	size_t program_len;
	struct sighash_shared shared;
	struct xonly_key output, key;
	struct schnorr_sig s;
	struct hash256 leaf, message;

	if (script_classify(&program, &program_len, spent[index].script, spent[index].script_len) != SCRIPT_P2TR || in->witness_n != 3 ||
	    (sig->len != 64 && sig->len != 65) || script->len < 34 || script->bytes[0] != 32 || script->bytes[33] != OP_CHECKSIG)
		return SPEND_OTHER;
	memcpy(output.b, program, 32);
	memcpy(key.b, script->bytes + 1, 32);
	memcpy(s.b, sig->bytes, 64);
	sighash_share(&shared, tx, spent);
	if (!taproot_opens(&leaf, &output, script->bytes, script->len, control->bytes, control->len))
		return SPEND_BAD;
	if (!sighash_taproot(&message, &shared, tx, spent, index, sig->len == 65 ? sig->bytes[64] : SIGHASH_DEFAULT, &leaf, NULL, 0))
		return SPEND_BAD;
	return schnorr_verify(&s, &key, &message) ? SPEND_GOOD : SPEND_BAD;
}

static void
script_path_spends_of_others(void)
{
	for (size_t i = 0; i < ARRAY_LEN(script_spends); i++) {
		struct tx tx = tx_of(script_spends[i].tx), spent = { 0 };
		size_t len;
		uint8_t *script = bytes_of(script_spends[i].script, &len);

		tx_add_out(&spent, script_spends[i].value, script, len);
		CU_ASSERT_EQUAL(check_script_spend(&tx, spent.out, 0), SPEND_GOOD);
		spent.out[0].value++;
		CU_ASSERT_EQUAL(check_script_spend(&tx, spent.out, 0), SPEND_BAD);
		spent.out[0].value--;
		tx.out[0].value++;
		CU_ASSERT_EQUAL(check_script_spend(&tx, spent.out, 0), SPEND_BAD);
		tx.out[0].value--;
		tx.locktime++;
		CU_ASSERT_EQUAL(check_script_spend(&tx, spent.out, 0), SPEND_BAD);
		free(script);
		tx_clear(&tx);
		tx_clear(&spent);
	}
}

/* What a signature must cover, and what the hash types leave out (BIP341, "Common signature message"). */
static void
each_part_of_the_message_counts(void)
{
	static const struct {
		uint8_t type;
		bool other_input, other_output;
	} rows[] = {
		{ 0x00, true, true },  { 0x01, true, true },   { 0x02, true, false },  { 0x03, true, false },
		{ 0x81, false, true }, { 0x82, false, false }, { 0x83, false, false },
	};
	struct tx spent = bip341_spent();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tx tx = tx_of(bip341_unsigned_tx);
		struct sighash_shared shared;
		struct hash256 base, changed, leaf = { { 1 } };
		const uint8_t annex[] = { 0x50, 1 };
		uint8_t t = rows[i].type;

		sighash_share(&shared, &tx, spent.out);
		CU_ASSERT(sighash_taproot(&base, &shared, &tx, spent.out, 1, t, NULL, NULL, 0));
		CU_ASSERT(sighash_taproot(&changed, &shared, &tx, spent.out, 1, t, &leaf, NULL, 0));
		CU_ASSERT_FALSE(hash256_eq(&base, &changed));
		CU_ASSERT(sighash_taproot(&changed, &shared, &tx, spent.out, 1, t, NULL, annex, sizeof(annex)));
		CU_ASSERT_FALSE(hash256_eq(&base, &changed));
		CU_ASSERT(sighash_taproot(&changed, &shared, &tx, spent.out, 0, t, NULL, NULL, 0));
		CU_ASSERT_FALSE(hash256_eq(&base, &changed));
		tx.in[5].sequence ^= 1;
		sighash_share(&shared, &tx, spent.out);
		CU_ASSERT(sighash_taproot(&changed, &shared, &tx, spent.out, 1, t, NULL, NULL, 0));
		CU_ASSERT_EQUAL(hash256_eq(&base, &changed), !rows[i].other_input);
		tx.in[5].sequence ^= 1;
		tx.out[0].value ^= 1;
		sighash_share(&shared, &tx, spent.out);
		CU_ASSERT(sighash_taproot(&changed, &shared, &tx, spent.out, 1, t, NULL, NULL, 0));
		CU_ASSERT_EQUAL(hash256_eq(&base, &changed), !rows[i].other_output);
		tx_clear(&tx);
	}
	tx_clear(&spent);
}

static void
hash_types_that_are_none(void)
{
	struct tx tx = tx_of(bip341_unsigned_tx), spent = bip341_spent();
	struct sighash_shared shared;
	struct hash256 out;
	size_t known = 0;

	sighash_share(&shared, &tx, spent.out);
	for (unsigned t = 0; t < 256; t++)
		known += sighash_taproot(&out, &shared, &tx, spent.out, 0, (uint8_t)t, NULL, NULL, 0);
	CU_ASSERT_EQUAL(known, 7);
	CU_ASSERT_FALSE(sighash_taproot(&out, &shared, &tx, spent.out, 0, 0x80, NULL, NULL, 0));
	CU_ASSERT_FALSE(sighash_taproot(&out, &shared, &tx, spent.out, 0, 0x04, NULL, NULL, 0));
	/* SINGLE needs an output of the same number; there are two. */
	CU_ASSERT_FALSE(sighash_taproot(&out, &shared, &tx, spent.out, 2, SIGHASH_SINGLE, NULL, NULL, 0));
	CU_ASSERT_FALSE(sighash_taproot(&out, &shared, &tx, spent.out, 8, SIGHASH_SINGLE | SIGHASH_ANYONECANPAY, NULL, NULL, 0));
	tx_clear(&tx);
	tx_clear(&spent);
}

/* The whole block, where it lies beside us: every script path spend of a <key> CHECKSIG leaf whose outputs the block itself made. */
struct made {
	struct hash256 txid;
	const struct tx *tx;
};

static int
made_cmp(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	return hash256_cmp(&x->txid, &y->txid);
}

/* The outputs that tx spends, gathered from the block; false when one is from elsewhere. */
static bool
spent_in_block(struct tx *spent, const struct tx *tx, const struct made *made, size_t n)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		struct made want = { .txid = tx->in[i].prevout.txid }, *found = bsearch(&want, made, n, sizeof(*made), made_cmp);
		uint32_t index = tx->in[i].prevout.index;

		if (found == NULL || index >= found->tx->out_n)
			return false;
		tx_add_out(spent, found->tx->out[index].value, found->tx->out[index].script, found->tx->out[index].script_len);
	}
	return true;
}

static void
a_whole_block(void)
{
	size_t len, n, good = 0;
	uint8_t *bytes = vectors_read(&len, "main-830000.block");
	struct made *made;
	struct tx *txs;
	struct rd r;

	if (bytes == NULL)
		return;
	r = rd_init(bytes, len);
	(void)rd_take(&r, 80);
	n = rd_count(&r, 60);
	CU_ASSERT_EQUAL_FATAL(n, 1851);
	txs = calloc(n, sizeof(*txs));
	made = calloc(n, sizeof(*made));
	CU_ASSERT_FATAL(txs != NULL && made != NULL);
	for (size_t i = 0; i < n; i++) {
		rd_tx(&r, &txs[i]);
		tx_txid(&made[i].txid, &txs[i]);
		made[i].tx = &txs[i];
		CU_ASSERT_PTR_NULL(tx_check(&txs[i]));
	}
	CU_ASSERT(rd_done(&r));
	qsort(made, n, sizeof(*made), made_cmp);
	for (size_t i = 1; i < n; i++) {
		struct tx spent = { 0 };

		if (spent_in_block(&spent, &txs[i], made, n)) {
			for (size_t k = 0; k < txs[i].in_n; k++) {
				enum spend s = check_script_spend(&txs[i], spent.out, k);

				CU_ASSERT_NOT_EQUAL(s, SPEND_BAD);
				good += s == SPEND_GOOD;
			}
		}
		tx_clear(&spent);
	}
	printf("    %zu script path spends of block 830000 hold\n", good);
	CU_ASSERT(good > 50);
	for (size_t i = 0; i < n; i++)
		tx_clear(&txs[i]);
	free(txs);
	free(made);
	free(bytes);
}

static const struct unit_test tests[] = {
	{ "BIP341's shared hashes", bip341_shared_hashes },
	{ "BIP341's key path spends", bip341_key_path },
	{ "script path spends of others", script_path_spends_of_others },
	{ "each part of the message counts", each_part_of_the_message_counts },
	{ "hash types that are none", hash_types_that_are_none },
	{ "a whole block", a_whole_block },
};

UNIT_MAIN("sighash", tests)
