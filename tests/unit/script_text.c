#include "tests/unit/script_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"
#include "chain/taproot.h"
#include "tests/unit/unit.h"

/* --- Scripts --- */

static const struct {
	const char *name;
	uint8_t opcode;
} opcodes[] = {
	{ "RESERVED", 0x50 }, { "NOP", 0x61 }, { "VER", 0x62 }, { "IF", 0x63 }, { "NOTIF", 0x64 }, { "VERIF", 0x65 }, { "VERNOTIF", 0x66 },
	{ "ELSE", 0x67 }, { "ENDIF", 0x68 }, { "VERIFY", 0x69 }, { "RETURN", 0x6a }, { "TOALTSTACK", 0x6b }, { "FROMALTSTACK", 0x6c },
	{ "2DROP", 0x6d }, { "2DUP", 0x6e }, { "3DUP", 0x6f }, { "2OVER", 0x70 }, { "2ROT", 0x71 }, { "2SWAP", 0x72 }, { "IFDUP", 0x73 },
	{ "DEPTH", 0x74 }, { "DROP", 0x75 }, { "DUP", 0x76 }, { "NIP", 0x77 }, { "OVER", 0x78 }, { "PICK", 0x79 }, { "ROLL", 0x7a },
	{ "ROT", 0x7b }, { "SWAP", 0x7c }, { "TUCK", 0x7d }, { "CAT", 0x7e }, { "SUBSTR", 0x7f }, { "LEFT", 0x80 }, { "RIGHT", 0x81 },
	{ "SIZE", 0x82 }, { "INVERT", 0x83 }, { "AND", 0x84 }, { "OR", 0x85 }, { "XOR", 0x86 }, { "EQUAL", 0x87 }, { "EQUALVERIFY", 0x88 },
	{ "RESERVED1", 0x89 }, { "RESERVED2", 0x8a }, { "1ADD", 0x8b }, { "1SUB", 0x8c }, { "2MUL", 0x8d }, { "2DIV", 0x8e },
	{ "NEGATE", 0x8f }, { "ABS", 0x90 }, { "NOT", 0x91 }, { "0NOTEQUAL", 0x92 }, { "ADD", 0x93 }, { "SUB", 0x94 }, { "MUL", 0x95 },
	{ "DIV", 0x96 }, { "MOD", 0x97 }, { "LSHIFT", 0x98 }, { "RSHIFT", 0x99 }, { "BOOLAND", 0x9a }, { "BOOLOR", 0x9b },
	{ "NUMEQUAL", 0x9c }, { "NUMEQUALVERIFY", 0x9d }, { "NUMNOTEQUAL", 0x9e }, { "LESSTHAN", 0x9f }, { "GREATERTHAN", 0xa0 },
	{ "LESSTHANOREQUAL", 0xa1 }, { "GREATERTHANOREQUAL", 0xa2 }, { "MIN", 0xa3 }, { "MAX", 0xa4 }, { "WITHIN", 0xa5 },
	{ "RIPEMD160", 0xa6 }, { "SHA1", 0xa7 }, { "SHA256", 0xa8 }, { "HASH160", 0xa9 }, { "HASH256", 0xaa }, { "CODESEPARATOR", 0xab },
	{ "CHECKSIG", 0xac }, { "CHECKSIGVERIFY", 0xad }, { "CHECKMULTISIG", 0xae }, { "CHECKMULTISIGVERIFY", 0xaf }, { "NOP1", 0xb0 },
	{ "CHECKLOCKTIMEVERIFY", 0xb1 }, { "NOP2", 0xb1 }, { "CHECKSEQUENCEVERIFY", 0xb2 }, { "NOP3", 0xb2 }, { "NOP4", 0xb3 },
	{ "NOP5", 0xb4 }, { "NOP6", 0xb5 }, { "NOP7", 0xb6 }, { "NOP8", 0xb7 }, { "NOP9", 0xb8 }, { "NOP10", 0xb9 },
	{ "CHECKSIGADD", 0xba },
};

static bool
wr_named(struct wr *w, const char *word, size_t n)
{
	if (n > 3 && memcmp(word, "OP_", 3) == 0) {
		word += 3;
		n -= 3;
	}
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		if (strlen(opcodes[i].name) == n && memcmp(opcodes[i].name, word, n) == 0) {
			wr_u8(w, opcodes[i].opcode);
			return true;
		}
	}
	return false;
}

static bool
wr_hex_word(struct wr *w, const char *word, size_t n)
{
	char *digits = mem_printf("%.*s", (int)n, word);
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, digits, n);

	if (bytes != NULL)
		wr_bytes(w, bytes, len);
	free(bytes);
	free(digits);
	return bytes != NULL;
}

static bool
wr_word(struct wr *w, const char *word, size_t n)
{
	if (isdigit((unsigned char)word[n > 1 && word[0] == '-']) && strspn(word + 1, "0123456789") >= n - 1) {
		wr_push_number(w, strtoll(word, NULL, 10));
		return true;
	}
	if (n > 2 && memcmp(word, "0x", 2) == 0)
		return wr_hex_word(w, word + 2, n - 2);
	if (n >= 2 && word[0] == '\'' && word[n - 1] == '\'') {
		wr_push_bytes(w, word + 1, n - 2);
		return true;
	}
	return wr_named(w, word, n);
}

uint8_t *
script_from_text(size_t *len, const char *text)
{
	struct wr w = { 0 };

	wr_bytes(&w, "", 1); /* so that an empty script has memory too */
	w.len = 0;
	for (;;) {
		size_t n;

		text += strspn(text, " \t\n");
		n = strcspn(text, " \t\n");
		if (n == 0)
			break;
		if (!wr_word(&w, text, n)) {
			printf("script: '%.*s' is not known\n", (int)n, text);
			CU_FAIL("unknown word in a script");
		}
		text += n;
	}
	*len = w.len;
	return w.p;
}

/* --- Rules --- */

bool
list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

unsigned
rules_from_text(const char *text)
{
	static const struct {
		const char *name;
		unsigned rule;
	} names[] = {
		{ "P2SH", SCRIPT_RULE_P2SH },
		{ "DERSIG", SCRIPT_RULE_DERSIG },
		{ "LOW_S", SCRIPT_RULE_DERSIG },
		{ "STRICTENC", SCRIPT_RULE_DERSIG },
		{ "CHECKLOCKTIMEVERIFY", SCRIPT_RULE_CHECKLOCKTIMEVERIFY },
		{ "CHECKSEQUENCEVERIFY", SCRIPT_RULE_CHECKSEQUENCEVERIFY },
		{ "WITNESS", SCRIPT_RULE_WITNESS },
		{ "NULLDUMMY", SCRIPT_RULE_NULLDUMMY },
		{ "TAPROOT", SCRIPT_RULE_TAPROOT },
	};
	unsigned rules = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (list_has(text, names[i].name))
			rules |= names[i].rule;
	}
	return rules;
}

unsigned
rules_trim(unsigned rules)
{
	if ((rules & SCRIPT_RULE_P2SH) == 0)
		rules &= ~(unsigned)SCRIPT_RULE_WITNESS;
	if ((rules & SCRIPT_RULE_WITNESS) == 0)
		rules &= ~(unsigned)SCRIPT_RULE_TAPROOT;
	return rules;
}

/* --- Rows --- */

bool
row_is_policy(const struct script_row *row)
{
	static const char policy[] = "SIG_HIGH_S,PUBKEYTYPE,SIG_HASHTYPE,MINIMALDATA,MINIMALIF,NULLFAIL,WITNESS_PUBKEYTYPE,"
				     "DISCOURAGE_UPGRADABLE_NOPS,DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM";

	return list_has(policy, row->expected) || (list_has(row->rules, "CLEANSTACK") && strcmp(row->expected, "CLEANSTACK") == 0) ||
	       (list_has(row->rules, "SIGPUSHONLY") && strcmp(row->expected, "SIG_PUSHONLY") == 0) ||
	       (list_has(row->rules, "MINIMALDATA") && strcmp(row->expected, "SCRIPTNUM") == 0);
}

/* A tree of one leaf under the key that nobody has. */
struct one_leaf {
	struct wr script, control;
	struct xonly_key output;
};

static void
make_leaf(struct one_leaf *out, const char *text)
{
	struct hash256 leaf;
	bool odd;

	out->script.p = script_from_text(&out->script.len, text);
	tapleaf_hash(&leaf, TAPLEAF_VERSION, out->script.p, out->script.len);
	CU_ASSERT_FATAL(taproot_output_key(&out->output, &odd, &taproot_nums_key, &leaf));
	wr_control_block(&out->control, TAPLEAF_VERSION, odd, &taproot_nums_key, NULL, 0);
}

static void
add_witness(struct txin *in, const struct script_row *row, struct one_leaf *leaf)
{
	for (size_t i = 0; row->witness[i] != NULL; i++) {
		const char *item = row->witness[i];
		size_t len;
		uint8_t *bytes;

		if (strncmp(item, "#SCRIPT#", 8) == 0) {
			make_leaf(leaf, item + 8);
			txin_add_witness(in, leaf->script.p, leaf->script.len);
		} else if (strcmp(item, "#CONTROLBLOCK#") == 0) {
			txin_add_witness(in, leaf->control.p, leaf->control.len);
		} else {
			bytes = hex_decode_new(&len, item, 100000);
			CU_ASSERT_FATAL(bytes != NULL);
			txin_add_witness(in, bytes, len);
			free(bytes);
		}
	}
}

static uint8_t *
output_script(size_t *len, const char *text, const struct one_leaf *leaf)
{
	const char *macro = strstr(text, "#TAPROOTOUTPUT#");
	char hex[65], *plain;
	uint8_t *script;

	if (macro == NULL)
		return script_from_text(len, text);
	hex_encode(hex, leaf->output.b, 32);
	plain = mem_printf("%.*s0x%s%s", (int)(macro - text), text, hex, macro + 15);
	script = script_from_text(len, plain);
	free(plain);
	return script;
}

/* The output that a first transaction makes, and the transaction that spends it. */
static void
make_spend(struct tx *tx, struct txout *spent, const struct script_row *row)
{
	const struct outpoint none = { .index = UINT32_MAX };
	struct outpoint prevout = { .index = 0 };
	struct tx credit = { .version = 1 };
	struct one_leaf leaf = { 0 };

	*tx = (struct tx){ .version = 1 };
	tx_add_in(tx, &none, SEQUENCE_FINAL);
	add_witness(&tx->in[0], row, &leaf);
	spent->value = row->amount;
	spent->script = output_script(&spent->script_len, row->output, &leaf);
	tx_add_in(&credit, &none, SEQUENCE_FINAL);
	free(credit.in[0].script_sig);
	credit.in[0].script_sig = mem_dup("\0\0", 2);
	credit.in[0].script_sig_len = 2;
	tx_add_out(&credit, row->amount, spent->script, spent->script_len);
	tx_txid(&prevout.txid, &credit);
	tx->in[0].prevout = prevout;
	free(tx->in[0].script_sig);
	tx->in[0].script_sig = script_from_text(&tx->in[0].script_sig_len, row->sig);
	tx_add_out(tx, row->amount, NULL, 0);
	tx_clear(&credit);
	wr_clear(&leaf.script);
	wr_clear(&leaf.control);
}

bool
row_passes(const struct script_row *row)
{
	struct sighash_shared shared;
	struct txout spent;
	struct tx tx;
	const char *got;

	make_spend(&tx, &spent, row);
	sighash_share(&shared, &tx, &spent);
	got = script_error_name(script_verify(&tx, &spent, &shared, 0, rules_trim(rules_from_text(row->rules))));
	if (strcmp(got, row->expected) != 0)
		printf("script: '%s' '%s' by %s: %s, wanted %s\n", row->sig, row->output, row->rules, got, row->expected);
	tx_clear(&tx);
	free(spent.script);
	return strcmp(got, row->expected) == 0;
}
