#include "chain/interpreter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"
#include "tests/unit/script_rows.h"
#include "tests/unit/unit.h"

static void
scripts_of_bitcoin_core(void)
{
	for (size_t i = 0; i < ARRAY_LEN(script_rows); i++)
		CU_ASSERT(row_passes(&script_rows[i]));
}

/* --- Whole transactions --- */

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

static bool
inputs_are_good(const struct tx *tx, const struct txout *spent, unsigned rules)
{
	struct sighash_shared shared;
	bool good = true;

	sighash_share(&shared, tx, spent);
	for (size_t i = 0; i < tx->in_n && good; i++)
		good = script_verify(tx, spent, &shared, i, rules) == SCRIPT_OK;
	return good;
}

static struct txout *
outputs_of(const struct tx_row *row, const struct tx *tx)
{
	struct txout *spent = mem_new(tx->in_n, sizeof(*spent));

	for (const struct prevout_row *p = row->prevouts; p < row->prevouts + ARRAY_LEN(row->prevouts) && p->txid != NULL; p++) {
		struct outpoint at = { .index = p->index };

		CU_ASSERT_FATAL(hash256_from_display(&at.txid, p->txid));
		for (size_t i = 0; i < tx->in_n; i++) {
			if (!outpoint_eq(&tx->in[i].prevout, &at))
				continue;
			spent[i].value = p->value;
			spent[i].script = script_from_text(&spent[i].script_len, p->output);
		}
	}
	return spent;
}

static void
outputs_free(struct txout *spent, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(spent[i].script);
	free(spent);
}

static void
valid_transactions(void)
{
	for (size_t i = 0; i < ARRAY_LEN(valid_rows); i++) {
		struct tx tx = tx_of(valid_rows[i].tx);
		struct txout *spent = outputs_of(&valid_rows[i], &tx);
		unsigned rules = rules_trim(SCRIPT_RULES_ALL & ~rules_from_text(valid_rows[i].rules));

		CU_ASSERT_PTR_NULL(tx_check(&tx));
		CU_ASSERT(inputs_are_good(&tx, spent, rules));
		for (unsigned one = 1; one <= SCRIPT_RULES_ALL; one <<= 1)
			CU_ASSERT(inputs_are_good(&tx, spent, rules_trim(rules & ~one)));
		outputs_free(spent, tx.in_n);
		tx_clear(&tx);
	}
}

static void
invalid_transactions(void)
{
	for (size_t i = 0; i < ARRAY_LEN(invalid_rows); i++) {
		struct tx tx = tx_of(invalid_rows[i].tx);
		struct txout *spent = outputs_of(&invalid_rows[i], &tx);
		unsigned rules = rules_trim(rules_from_text(invalid_rows[i].rules));

		CU_ASSERT_FALSE(inputs_are_good(&tx, spent, rules));
		CU_ASSERT_FALSE(inputs_are_good(&tx, spent, SCRIPT_RULES_ALL));
		outputs_free(spent, tx.in_n);
		tx_clear(&tx);
	}
}

static void
messages_before_segwit(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sighash_rows); i++) {
		struct tx tx = tx_of(sighash_rows[i].tx);
		struct hash256 got, want;
		size_t len;
		uint8_t *code = hex_decode_new(&len, sighash_rows[i].code, 10000);

		CU_ASSERT_FATAL(code != NULL && hash256_from_display(&want, sighash_rows[i].message));
		sighash_legacy(&got, &tx, sighash_rows[i].index, sighash_rows[i].hash_type, code, len);
		CU_ASSERT(hash256_eq(&got, &want));
		free(code);
		tx_clear(&tx);
	}
}

/* --- Taproot --- */

static enum script_error
spend_with(struct tx *tx, const struct txout *spent, size_t index, const char *const with[6], unsigned rules)
{
	struct txin *in = &tx->in[index];
	struct sighash_shared shared;

	txin_clear_witness(in);
	free(in->script_sig);
	in->script_sig = hex_decode_new(&in->script_sig_len, with[0], 10000);
	CU_ASSERT_FATAL(in->script_sig != NULL);
	for (size_t i = 1; i < 6 && with[i] != NULL; i++) {
		size_t len;
		uint8_t *bytes = hex_decode_new(&len, with[i], 100000);

		CU_ASSERT_FATAL(bytes != NULL);
		txin_add_witness(in, bytes, len);
		free(bytes);
	}
	sighash_share(&shared, tx, spent);
	return script_verify(tx, spent, &shared, index, rules);
}

static void
taproot_spends(void)
{
	for (size_t i = 0; i < ARRAY_LEN(taproot_rows); i++) {
		const struct taproot_row *row = &taproot_rows[i];
		struct tx tx = tx_of(row->tx);
		struct txout *spent = mem_new(tx.in_n, sizeof(*spent));
		enum script_error good, bad;

		for (size_t k = 0; k < tx.in_n; k++) {
			size_t len, script_len;
			uint8_t *bytes = hex_decode_new(&len, row->prevouts[k], 10000);
			struct rd r = rd_init(bytes, len);
			const uint8_t *script;

			spent[k].value = rd_u64(&r);
			script = rd_varbytes(&r, &script_len, 10000);
			CU_ASSERT_FATAL(rd_done(&r));
			spent[k].script = mem_dup(script, script_len);
			spent[k].script_len = script_len;
			free(bytes);
		}
		good = spend_with(&tx, spent, row->index, row->good, SCRIPT_RULES_ALL);
		bad = spend_with(&tx, spent, row->index, row->bad, SCRIPT_RULES_ALL);
		if (good != SCRIPT_OK || bad == SCRIPT_OK)
			printf("taproot: %s: %s, then %s\n", row->comment, script_error_name(good), script_error_name(bad));
		CU_ASSERT(good == SCRIPT_OK && bad != SCRIPT_OK);
		outputs_free(spent, tx.in_n);
		tx_clear(&tx);
	}
}

/* --- Limits, each to the last --- */

struct piece {
	const char *text;
	size_t times;
};

/* The outcome of a bare output made of pieces, spent by nothing; or of the same as P2WSH. */
static enum script_error
outcome(const struct piece *pieces, size_t n, bool witness)
{
	struct tx tx = { .version = 2 };
	struct txout spent = { 0 };
	struct sighash_shared shared;
	struct wr script = { 0 };
	enum script_error e;

	for (size_t i = 0; i < n; i++) {
		size_t len;
		uint8_t *bytes = script_from_text(&len, pieces[i].text);

		for (size_t k = 0; k < pieces[i].times; k++)
			wr_bytes(&script, bytes, len);
		free(bytes);
	}
	tx_add_in(&tx, &(struct outpoint){ .index = 0 }, SEQUENCE_FINAL);
	tx_add_out(&tx, 0, NULL, 0);
	if (witness) {
		uint8_t program[34] = { OP_0, 32 };
		struct hash256 h;

		sha256(&h, script.p, script.len);
		memcpy(program + 2, h.b, 32);
		txin_add_witness(&tx.in[0], script.p, script.len);
		wr_reset(&script);
		wr_bytes(&script, program, sizeof(program));
	}
	spent.script = script.p;
	spent.script_len = script.len;
	sighash_share(&shared, &tx, &spent);
	e = script_verify(&tx, &spent, &shared, 0, SCRIPT_RULES_ALL);
	tx_clear(&tx);
	wr_clear(&script);
	return e;
}

static void
limits_to_the_last(void)
{
	static const struct {
		struct piece pieces[4];
		enum script_error want;
	} rows[] = {
		/* 201 operations; pushes and small numbers are none */
		{ { { "1", 300 }, { "NOP", 201 }, { "2DROP", 0 } }, SCRIPT_OK },
		{ { { "1", 1 }, { "NOP", 202 } }, SCRIPT_ERR_OP_COUNT },
		{ { { "0 IF", 1 }, { "NOP", 199 }, { "ENDIF 1", 1 } }, SCRIPT_OK },
		{ { { "0 IF", 1 }, { "NOP", 200 }, { "ENDIF 1", 1 } }, SCRIPT_ERR_OP_COUNT },
		/* a CHECKMULTISIG of n keys is n more */
		{ { { "NOP", 180 }, { "0 0", 1 }, { "1", 20 }, { "20 CHECKMULTISIG", 1 } }, SCRIPT_OK },
		{ { { "NOP", 181 }, { "0 0", 1 }, { "1", 20 }, { "20 CHECKMULTISIG", 1 } }, SCRIPT_ERR_OP_COUNT },
		{ { { "0 0", 1 }, { "1", 21 }, { "21 CHECKMULTISIG", 1 } }, SCRIPT_ERR_PUBKEY_COUNT },
		{ { { "0 0", 1 }, { "1", 20 }, { "-1 CHECKMULTISIG", 1 } }, SCRIPT_ERR_PUBKEY_COUNT },
		{ { { "0 0 2 1 1 CHECKMULTISIG", 1 } }, SCRIPT_ERR_SIG_COUNT },
		{ { { "0 -1 1 1 CHECKMULTISIG", 1 } }, SCRIPT_ERR_SIG_COUNT },
		/* 1,000 elements on both stacks */
		{ { { "1", 1000 } }, SCRIPT_OK },
		{ { { "1", 1001 } }, SCRIPT_ERR_STACK_SIZE },
		{ { { "1", 1000 }, { "TOALTSTACK", 5 } }, SCRIPT_OK },
		{ { { "1", 1000 }, { "TOALTSTACK", 5 }, { "1", 1 } }, SCRIPT_ERR_STACK_SIZE },
		/* a number of four bytes in, five out */
		{ { { "2147483647 1ADD 0x05 0x0000008000 EQUAL", 1 } }, SCRIPT_OK },
		{ { { "2147483647 1ADD 1ADD", 1 } }, SCRIPT_ERR_SCRIPTNUM },
		{ { { "0 IF", 3 }, { "ENDIF", 2 }, { "1", 1 } }, SCRIPT_ERR_UNBALANCED_CONDITIONAL },
		{ { { "1 ENDIF", 1 } }, SCRIPT_ERR_UNBALANCED_CONDITIONAL },
		{ { { "0 IF VERIF ENDIF 1", 1 } }, SCRIPT_ERR_BAD_OPCODE },
		{ { { "0 IF CAT ENDIF 1", 1 } }, SCRIPT_ERR_DISABLED_OPCODE },
		{ { { "0 IF RESERVED VER 0xff ELSE 1 ELSE 0 ENDIF", 1 } }, SCRIPT_OK },
		{ { { "1 CHECKSIGADD", 1 } }, SCRIPT_ERR_BAD_OPCODE },
		{ { { "1 0x4c 0x02 0x01", 1 } }, SCRIPT_ERR_BAD_OPCODE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = 0;
		enum script_error got;

		while (n < ARRAY_LEN(rows[i].pieces) && rows[i].pieces[n].text != NULL)
			n++;
		got = outcome(rows[i].pieces, n, false);
		if (got != rows[i].want)
			printf("limit %zu: %s\n", i, script_error_name(got));
		CU_ASSERT_EQUAL(got, rows[i].want);
		/* within a witness one element must be all that is left */
		got = outcome(rows[i].pieces, n, true);
		CU_ASSERT(got == rows[i].want || (rows[i].want == SCRIPT_OK && got == SCRIPT_ERR_CLEANSTACK));
	}
}

static void
sizes_to_the_last(void)
{
	/* 520 and 521 bytes */
	char *longest = mem_printf("0x4d 0x0802 0x%01040d", 0), *over = mem_printf("0x4d 0x0902 0x%01042d", 0);
	struct piece element[] = { { longest, 1 }, { "DROP 1", 1 } }, more[] = { { over, 1 }, { "DROP 1", 1 } };
	/* 19 times 523 bytes, and 63 */
	struct piece script[] = { { longest, 19 }, { "NOP", 62 }, { "1", 1 } }, larger[] = { { longest, 19 }, { "NOP", 63 }, { "1", 1 } };

	CU_ASSERT_EQUAL(outcome(element, 2, false), SCRIPT_OK);
	CU_ASSERT_EQUAL(outcome(more, 2, false), SCRIPT_ERR_PUSH_SIZE);
	CU_ASSERT_EQUAL(outcome(script, 3, false), SCRIPT_OK);
	CU_ASSERT_EQUAL(outcome(larger, 3, false), SCRIPT_ERR_SCRIPT_SIZE);
	CU_ASSERT_EQUAL(outcome(larger, 3, true), SCRIPT_ERR_SCRIPT_SIZE);
	free(longest);
	free(over);
}

static void
names(void)
{
	for (enum script_error e = SCRIPT_OK; e <= SCRIPT_ERR_TAPSCRIPT_EMPTY_PUBKEY; e++) {
		for (enum script_error f = SCRIPT_OK; f < e; f++)
			CU_ASSERT_STRING_NOT_EQUAL(script_error_name(e), script_error_name(f));
	}
}

static const struct unit_test tests[] = {
	{ "scripts of Bitcoin Core", scripts_of_bitcoin_core },
	{ "valid transactions", valid_transactions },
	{ "invalid transactions", invalid_transactions },
	{ "messages before segwit", messages_before_segwit },
	{ "taproot spends", taproot_spends },
	{ "limits to the last", limits_to_the_last },
	{ "sizes to the last", sizes_to_the_last },
	{ "names", names },
};

UNIT_MAIN("interpreter", tests)
