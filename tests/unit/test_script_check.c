#include "tests/mainchain/script_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/descriptor.h"
#include "chain/script.h"
#include "chain/taproot.h"
#include "tests/unit/taproot_spends.h"
#include "tests/unit/unit.h"

#define KEYS 3
#define DELAY 144
#define VALUE 100000

static struct tx
tx_of(const char *hex)
{
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, hex, 100000);
	struct tx tx = { 0 };

	CU_ASSERT_FATAL(bytes != NULL && tx_decode(&tx, bytes, len));
	free(bytes);
	return tx;
}

static void
add_out_hex(struct tx *tx, uint64_t value, const char *hex)
{
	size_t len;
	uint8_t *script = hex_decode_new(&len, hex, 1000);

	CU_ASSERT_FATAL(script != NULL);
	tx_add_out(tx, value, script, len);
	free(script);
}

/* NULL as the empty string, so that reasons can be compared. */
static const char *
verdict(const struct tx *tx, const struct txout *spent, size_t index, enum script_rules rules)
{
	struct sighash_shared shared;
	const char *why;

	sighash_share(&shared, tx, spent);
	why = script_check_input(tx, spent, &shared, index, rules);
	return why ? why : "";
}

static void
bip341_key_path_spends(void)
{
	static const size_t taproot[] = { 0, 1, 3, 4, 6, 7, 8 };
	struct tx tx = tx_of(bip341_signed_tx), spent = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bip341_utxos); i++)
		add_out_hex(&spent, bip341_utxos[i].value, bip341_utxos[i].script);
	for (size_t i = 0; i < ARRAY_LEN(taproot); i++) {
		uint8_t *sig = tx.in[taproot[i]].witness[0].bytes;

		CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, taproot[i], SCRIPT_POLICY), "");
		sig[40] ^= 1;
		CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, taproot[i], SCRIPT_POLICY), "schnorr-sig");
		sig[40] ^= 1;
	}
	CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, 2, SCRIPT_CONSENSUS), "unsupported-by-embedded-chain");
	CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, 5, SCRIPT_CONSENSUS), "unsupported-by-embedded-chain");
	tx_clear(&tx);
	tx_clear(&spent);
}

/* Two transactions of the main network, with an envelope in a branch that never runs. */
static void
script_path_spends_of_others(void)
{
	for (size_t i = 0; i < ARRAY_LEN(script_spends); i++) {
		struct tx tx = tx_of(script_spends[i].tx), spent = { 0 };

		add_out_hex(&spent, script_spends[i].value, script_spends[i].script);
		CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, 0, SCRIPT_POLICY), "");
		spent.out[0].value++;
		CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, 0, SCRIPT_CONSENSUS), "schnorr-sig");
		tx_clear(&tx);
		tx_clear(&spent);
	}
}

/* A spend of a 2-of-3 vault whose second leaf is reclaim key and delay. */
struct vault {
	struct secret_key secret[KEYS + 1]; /* the last one reclaims */
	struct xonly_key key[KEYS + 1];
	struct two_leaf_tree tree;
	struct tx tx, spent;
};

static void
vault_init(struct vault *v, uint32_t sequence)
{
	static const struct outpoint coin = { .txid = { { 7 } }, .index = 1 };
	uint8_t script[34];

	*v = (struct vault){ .tx = { .version = 2 } };
	for (size_t i = 0; i < KEYS + 1; i++) {
		v->secret[i].b[31] = (uint8_t)(i + 1);
		CU_ASSERT_FATAL(xonly_from_secret(&v->key[i], &v->secret[i]));
	}
	CU_ASSERT_FATAL(tree_multi_older_pk(&v->tree, &taproot_nums_key, (struct multi_a){ .k = 2, .n = KEYS, .keys = v->key },
					    &v->key[KEYS], DELAY));
	script_p2tr(script, &v->tree.output_key);
	tx_add_out(&v->spent, VALUE, script, sizeof(script));
	tx_add_in(&v->tx, &coin, sequence);
	tx_add_out(&v->tx, VALUE - 1000, script, sizeof(script));
}

static void
vault_clear(struct vault *v)
{
	two_leaf_tree_clear(&v->tree);
	tx_clear(&v->tx);
	tx_clear(&v->spent);
}

static struct schnorr_sig
vault_sign(const struct vault *v, size_t who, unsigned leaf, uint8_t hash_type, const char *annex)
{
	struct sighash_shared shared;
	struct hash256 message;
	struct schnorr_sig sig;

	sighash_share(&shared, &v->tx, v->spent.out);
	CU_ASSERT_FATAL(sighash_taproot(&message, &shared, &v->tx, v->spent.out, 0, hash_type, &v->tree.leaf_hash[leaf],
					(const uint8_t *)annex,
					annex ? strlen(annex) : 0));
	CU_ASSERT_FATAL(schnorr_sign(&sig, &v->secret[who], &message, NULL));
	return sig;
}

static void
vault_open(struct vault *v, unsigned leaf)
{
	uint8_t control[65];

	two_leaf_control(control, &v->tree, leaf);
	txin_add_witness(&v->tx.in[0], v->tree.leaf[leaf].p, v->tree.leaf[leaf].len);
	txin_add_witness(&v->tx.in[0], control, sizeof(control));
}

/* order: which key signs for each place of the script, last place first as the stack wants it; '-' for nobody. */
static void
vault_spend(struct vault *v, const char *order)
{
	txin_clear_witness(&v->tx.in[0]);
	for (const char *c = order; *c != '\0'; c++) {
		struct schnorr_sig sig;

		if (*c != '-')
			sig = vault_sign(v, (size_t)(*c - '0'), 0, SIGHASH_DEFAULT, NULL);
		txin_add_witness(&v->tx.in[0], sig.b, *c == '-' ? 0 : sizeof(sig.b));
	}
	vault_open(v, 0);
}

static void
k_of_n_signatures(void)
{
	static const struct {
		const char *order, *want;
	} rows[] = {
		{ "-10", "" },
		{ "2-0", "" },
		{ "21-", "" },
		{ "210", "eval-false" }, /* NUMEQUAL: exactly k */
		{ "--0", "eval-false" },
		{ "---", "eval-false" },
		{ "-01", "schnorr-sig" }, /* good signatures in each other's place */
		{ "1-0", "schnorr-sig" },
		{ "23-", "schnorr-sig" }, /* a key that is not a member's */
		{ "10", "stack-operation" },
		{ "--10", "cleanstack" },
		{ "", "stack-operation" },
	};
	struct vault v;

	vault_init(&v, SEQUENCE_RBF);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		vault_spend(&v, rows[i].order);
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), rows[i].want);
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_POLICY), rows[i].want);
	}
	vault_spend(&v, "-10");
	v.tx.out[0].value--;
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "schnorr-sig");
	vault_clear(&v);
}

static void
signature_encodings(void)
{
	struct vault v;
	struct schnorr_sig sig;
	uint8_t with_type[66];

	vault_init(&v, SEQUENCE_RBF);
	vault_spend(&v, "-10");
	for (int type = 0; type < 256; type++) {
		bool known = type <= 3 || (type >= 0x81 && type <= 0x83);
		struct txin *in = &v.tx.in[0];

		sig = vault_sign(&v, 0, 0, known ? (uint8_t)type : 0, NULL);
		memcpy(with_type, sig.b, sizeof(sig.b));
		with_type[64] = (uint8_t)type;
		free(in->witness[2].bytes);
		in->witness[2] = (struct witness_item){ .bytes = mem_dup(with_type, 65), .len = 65 };
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS),
				       known && type != 0 ? "" : "schnorr-sig-hashtype");
	}
	for (size_t len = 1; len <= 66; len++) {
		struct witness_item *item = &v.tx.in[0].witness[2];

		if (len == 64 || len == 65)
			continue;
		free(item->bytes);
		*item = (struct witness_item){ .bytes = mem_dup(with_type, len), .len = len };
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "schnorr-sig-size");
	}
	vault_clear(&v);
}

static void
relative_lock(void)
{
	static const struct {
		int32_t version;
		uint32_t sequence;
		const char *want;
	} rows[] = {
		{ 2, DELAY, "" },
		{ 3, DELAY + 1, "" },
		{ 2, DELAY - 1, "unsatisfied-locktime" },
		{ 2, 0, "unsatisfied-locktime" },
		{ 1, DELAY, "unsatisfied-locktime" },
		{ 2, 0x80000000u | DELAY, "unsatisfied-locktime" },
		{ 2, 0x00400000u | DELAY, "unsatisfied-locktime" },
		{ 2, 0x00010000u | DELAY, "" }, /* bits beyond type and value mean nothing */
		{ 2, SEQUENCE_FINAL, "unsatisfied-locktime" },
	};
	struct schnorr_sig sig;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct vault v;

		vault_init(&v, rows[i].sequence);
		v.tx.version = rows[i].version;
		sig = vault_sign(&v, KEYS, 1, SIGHASH_DEFAULT, NULL);
		txin_add_witness(&v.tx.in[0], sig.b, sizeof(sig.b));
		vault_open(&v, 1);
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_POLICY), rows[i].want);
		vault_clear(&v);
	}
}

static void
control_blocks(void)
{
	struct vault v;
	struct witness_item *control;

	vault_init(&v, SEQUENCE_RBF);
	vault_spend(&v, "-10");
	control = &v.tx.in[0].witness[4];
	for (size_t i = 0; i < control->len; i++) {
		control->bytes[i] ^= 1;
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "witness-program-mismatch");
		control->bytes[i] ^= 1;
	}
	for (size_t len = control->len; len-- > 0;) {
		control->len = len;
		CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "witness-program-mismatch");
	}
	control->len = 65;
	v.tx.in[0].witness[3].bytes[0] ^= 1; /* the script */
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "witness-program-mismatch");
	v.tx.in[0].witness[3].bytes[0] ^= 1;
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "");
	txin_clear_witness(&v.tx.in[0]);
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "witness-program-empty");
	v.tx.in[0].script_sig = mem_dup("\x51", 1);
	v.tx.in[0].script_sig_len = 1;
	vault_spend(&v, "-10");
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "witness-malleated");
	vault_clear(&v);
}

/* Consensus takes an annex and signs it, policy takes none. */
static void
annex(void)
{
	static const char note[] = "\x50note";
	struct vault v;

	vault_init(&v, SEQUENCE_RBF);
	txin_add_witness(&v.tx.in[0], NULL, 0);
	for (size_t who = 2; who-- > 0;) {
		struct schnorr_sig sig = vault_sign(&v, who, 0, SIGHASH_DEFAULT, note);

		txin_add_witness(&v.tx.in[0], sig.b, sizeof(sig.b));
	}
	vault_open(&v, 0);
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "schnorr-sig");
	txin_add_witness(&v.tx.in[0], note, strlen(note));
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_CONSENSUS), "");
	CU_ASSERT_STRING_EQUAL(verdict(&v.tx, v.spent.out, 0, SCRIPT_POLICY), "bad-witness-nonstandard");
	vault_clear(&v);
}

/* Run a script, given in hex, as the only leaf, with arguments given in hex and divided by blanks. */
static void
run_leaf(const char *script_hex, const char *args, uint32_t locktime, const char *consensus, const char *policy)
{
	static const struct outpoint coin = { .txid = { { 9 } } };
	struct tx tx = { .version = 2, .locktime = locktime }, spent = { 0 };
	struct xonly_key output_key;
	struct hash256 leaf;
	struct wr control = { 0 };
	uint8_t out[34], *script;
	size_t len;
	bool odd;

	script = hex_decode_new(&len, script_hex, 10000);
	CU_ASSERT_FATAL(script != NULL);
	tapleaf_hash(&leaf, TAPLEAF_VERSION, script, len);
	CU_ASSERT_FATAL(taproot_output_key(&output_key, &odd, &taproot_nums_key, &leaf));
	wr_control_block(&control, TAPLEAF_VERSION, odd, &taproot_nums_key, NULL, 0);
	script_p2tr(out, &output_key);
	tx_add_out(&spent, VALUE, out, sizeof(out));
	tx_add_out(&tx, VALUE - 1000, out, sizeof(out));
	tx_add_in(&tx, &coin, 0);
	for (char *copy = mem_strdup(args), *word = strtok(copy, " "); copy != NULL; word = strtok(NULL, " ")) {
		size_t n;
		uint8_t *bytes = word ? hex_decode_new(&n, strcmp(word, "0") == 0 ? "" : word, 600) : NULL;

		if (word == NULL) {
			free(copy);
			break;
		}
		CU_ASSERT_FATAL(bytes != NULL);
		txin_add_witness(&tx.in[0], bytes, n);
		free(bytes);
	}
	txin_add_witness(&tx.in[0], script, len);
	txin_add_witness(&tx.in[0], control.p, control.len);
	CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, 0, SCRIPT_CONSENSUS), consensus);
	CU_ASSERT_STRING_EQUAL(verdict(&tx, spent.out, 0, SCRIPT_POLICY), policy);
	free(script);
	wr_clear(&control);
	tx_clear(&tx);
	tx_clear(&spent);
}

static void
opcodes(void)
{
	static const struct {
		const char *script, *args;
		uint32_t locktime;
		const char *consensus, *policy; /* policy NULL: the same */
	} rows[] = {
		{ "51", "", 0, "", NULL },
		{ "", "01", 0, "", NULL },
		{ "", "80", 0, "eval-false", NULL }, /* negative zero */
		{ "", "", 0, "cleanstack", NULL },
		{ "00", "", 0, "eval-false", NULL },
		{ "5151", "", 0, "cleanstack", NULL },
		{ "7551", "01", 0, "", NULL },                                  /* DROP */
		{ "75", "", 0, "stack-operation", NULL },
		{ "6951", "01", 0, "", NULL },                                  /* VERIFY */
		{ "6951", "0", 0, "verify", NULL },
		{ "59599c", "", 0, "", NULL },                                  /* 9 9 NUMEQUAL */
		{ "595a9c", "", 0, "eval-false", NULL },
		{ "595a9d51", "", 0, "numequalverify", NULL },
		{ "599c", "0900", 0, "", "number-not-minimal" },
		{ "9c", "0100000000 01", 0, "number-size", NULL },
		{ "4f4f9c", "", 0, "", NULL },
		{ "87", "aabb aabb", 0, "", NULL },                             /* EQUAL */
		{ "8851", "aabb aabc", 0, "equalverify", NULL },
		{ "a820ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad87", "616263", 0, "", NULL }, /* SHA256 of abc */
		{ "a914bb1be98c142444d7a56aa3981c3942a978e4dc3387", "616263", 0, "", NULL },                         /* HASH160 of abc */
		{ "76a87582018788", "61", 0, "equalverify", NULL },
		{ "8252", "0", 0, "cleanstack", NULL },                         /* SIZE leaves its argument */
		{ "63516700" "68", "01", 0, "", NULL },                         /* IF 1 ELSE 0 ENDIF */
		{ "63516700" "68", "0", 0, "eval-false", NULL },
		{ "63516700" "68", "02", 0, "tapscript-minimalif", NULL },
		{ "63516700" "68", "0100", 0, "tapscript-minimalif", NULL },
		{ "64516700" "68", "0", 0, "", NULL },                          /* NOTIF */
		{ "00636a6851", "", 0, "", NULL },                              /* RETURN does not run */
		{ "6351", "01", 0, "unbalanced-conditional", NULL },
		{ "5168", "", 0, "unbalanced-conditional", NULL },
		{ "6351ff68", "01", 0, "unsupported-by-embedded-chain", NULL },
		{ "6a51", "", 0, "op-return", NULL },
		{ "ff", "", 0, "unsupported-by-embedded-chain", NULL },
		{ "ae", "", 0, "unsupported-by-embedded-chain", NULL },         /* CHECKMULTISIG */
		{ "ab51", "", 0, "unsupported-by-embedded-chain", NULL },       /* CODESEPARATOR: our messages have no place for it */
		{ "50", "", 0, "", "discourage-op-success" },
		{ "6a00fe", "", 0, "", "discourage-op-success" },
		{ "02ba", "", 0, "bad-opcode", NULL },                          /* a push cut short */
		{ "0101" "87", "01", 0, "", "push-not-minimal" },
		{ "4c0161" "87", "61", 0, "", "push-not-minimal" },
		{ "6451b1", "", 0, "unbalanced-conditional", NULL },
		{ "5ab1", "", 10, "", NULL },                                   /* CHECKLOCKTIMEVERIFY */
		{ "5ab1", "", 9, "unsatisfied-locktime", NULL },
		{ "5ab1", "", 500000000, "unsatisfied-locktime", NULL },
		{ "4fb1", "", 10, "negative-locktime", NULL },
		{ "51b2", "", 0, "unsatisfied-locktime", NULL },                /* CHECKSEQUENCEVERIFY, sequence 0 */
		{ "4fb2", "", 0, "negative-locktime", NULL },
		{ "050000008000b2", "", 0, "", NULL },                          /* bit 31: no lock; what is left counts as true */
		{ "00ac", "0", 0, "pubkey-type", NULL },                        /* an empty key */
		{ "0102ac", "0", 0, "eval-false", "push-not-minimal" },
		{ "020202ac", "0", 0, "eval-false", "discourage-upgradable-pubkeytype" },
		{ "020202ac", "01", 0, "", "discourage-upgradable-pubkeytype" }, /* an unknown kind of key takes any signature */
		{ "00020202ba", "01", 0, "", "discourage-upgradable-pubkeytype" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run_leaf(rows[i].script, rows[i].args, rows[i].locktime, rows[i].consensus,
			 rows[i].policy ? rows[i].policy : rows[i].consensus);
}

/* BIP342: each signature that is not empty costs 50, the witness brings 50 and its size. Here that is 90 and 5 for each
 * check, of a key of an unknown kind, which takes any signature. */
static void
signature_budget(void)
{
	static const char check[] = "76020202ad"; /* DUP <key> CHECKSIGVERIFY */

	for (int n = 1; n <= 4; n++) {
		char script[4 * sizeof(check) + 5] = "";

		for (int i = 0; i < n; i++)
			strcat(script, check);
		strcat(script, "7551");
		run_leaf(script, "01", 0, 50 * n <= 90 + 5 * n ? "" : "tapscript-validation-weight",
			 "discourage-upgradable-pubkeytype");
	}
}

/* What consensus bounds: items on the stack and their size. */
static void
stack_limits(void)
{
	static const char byte[] = "aa";
	char *item = mem_new(521 * 2 + 1, 1), *pushes = mem_new(1001 * 2 + 3, 1);

	for (int i = 0; i < 520; i++)
		memcpy(item + 2 * i, byte, 2);
	run_leaf("7551", item, 0, "", "bad-witness-nonstandard");
	memcpy(item + 1040, byte, 2);
	run_leaf("7551", item, 0, "push-size", "bad-witness-nonstandard");
	for (int i = 0; i < 1000; i++)
		memcpy(pushes + 2 * i, "51", 2);
	run_leaf(pushes, "", 0, "cleanstack", "cleanstack");
	memcpy(pushes + 2000, "51", 2);
	run_leaf(pushes, "", 0, "stack-size", "stack-size");
	free(item);
	free(pushes);
}

static const struct unit_test tests[] = {
	{ "BIP341's key path spends", bip341_key_path_spends },
	{ "script path spends of others", script_path_spends_of_others },
	{ "k-of-n signatures", k_of_n_signatures },
	{ "signature encodings", signature_encodings },
	{ "relative lock", relative_lock },
	{ "control blocks", control_blocks },
	{ "annex", annex },
	{ "opcodes", opcodes },
	{ "signature budget", signature_budget },
	{ "stack limits", stack_limits },
};

UNIT_MAIN("script_check", tests)
