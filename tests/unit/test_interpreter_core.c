/* Bitcoin Core's own vectors for scripts (script_tests.json, tx_valid.json, tx_invalid.json, sighash.json, and the folder taproot-ref made
 * by feature_taproot.py --dumptests), whole, from the folder that the environment variable TALLY_SCRIPT_VECTORS names. The Go module
 * github.com/btcsuite/btcd/txscript/v2 carries them in its folder data. A part of them stands in test_interpreter.c. */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/script_text.h"
#include "tests/unit/unit.h"

/* A file of the folder; NULL, with a word about it, when there is none. */
static json_t *
read_json(const char *name)
{
	const char *folder = getenv("TALLY_SCRIPT_VECTORS");
	json_error_t error;
	json_t *out;
	char *path;

	if (folder == NULL) {
		printf("absent, not tested: TALLY_SCRIPT_VECTORS names no folder with %s\n", name);
		return NULL;
	}
	path = mem_printf("%s/%s", folder, name);
	out = json_load_file(path, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &error);
	if (out == NULL)
		printf("%s: %s\n", path, error.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	free(path);
	return out;
}

static const char *
text_at(const json_t *row, size_t i)
{
	return json_string_value(json_array_get(row, i));
}

static uint64_t
satoshi(const json_t *coins)
{
	return (uint64_t)(json_number_value(coins) * 1e8 + 0.5);
}

/* [[witness…, amount]?, script sig, output script, rules, outcome, …] */
static bool
read_row(struct script_row *out, const json_t *row)
{
	const json_t *witness = json_array_get(row, 0);
	size_t at = json_is_array(witness) ? 1 : 0;

	*out = (struct script_row){ .sig = text_at(row, at), .output = text_at(row, at + 1), .rules = text_at(row, at + 2),
				    .expected = text_at(row, at + 3) };
	if (json_array_size(row) < 4 + at)
		return false; /* a remark */
	for (size_t i = 0; at == 1 && i + 1 < json_array_size(witness); i++) {
		CU_ASSERT_FATAL(i + 1 < ROW_WITNESS_MAX);
		out->witness[i] = text_at(witness, i);
	}
	if (at == 1)
		out->amount = satoshi(json_array_get(witness, json_array_size(witness) - 1));
	return true;
}

static void
script_tests(void)
{
	json_t *rows = read_json("script_tests.json"), *item;
	size_t i, run = 0, passed = 0, policy = 0;
	struct script_row row;

	json_array_foreach(rows, i, item)
	{
		if (!read_row(&row, item))
			continue;
		if (row_is_policy(&row)) {
			policy++;
			continue;
		}
		run++;
		passed += row_passes(&row);
	}
	if (rows != NULL) {
		printf("script_tests.json: %zu of %zu passed; %zu of relay policy alone left out\n", passed, run, policy);
		CU_ASSERT(run > 1000 && policy < 150);
	}
	CU_ASSERT_EQUAL(passed, run);
	json_decref(rows);
}

/* --- Whole transactions --- */

struct spend_row {
	struct tx tx;
	struct txout *spent; /* owned; one for each input */
};

static bool
take_prevout(struct spend_row *row, const json_t *prevout)
{
	struct outpoint at = { .index = (uint32_t)json_integer_value(json_array_get(prevout, 1)) };
	bool found = false;

	CU_ASSERT_FATAL(hash256_from_display(&at.txid, text_at(prevout, 0)));
	for (size_t i = 0; i < row->tx.in_n; i++) {
		if (!outpoint_eq(&row->tx.in[i].prevout, &at) || row->spent[i].script != NULL)
			continue;
		row->spent[i].script = script_from_text(&row->spent[i].script_len, text_at(prevout, 2));
		row->spent[i].value = (uint64_t)json_integer_value(json_array_get(prevout, 3));
		found = true;
	}
	return found;
}

/* [[[txid, index, output script, amount?]…], transaction, rules] */
static bool
read_spend(struct spend_row *out, const json_t *row)
{
	json_t *prevouts = json_array_get(row, 0), *item;
	size_t len, i;
	uint8_t *bytes = hex_decode_new(&len, text_at(row, 1), 1000000);
	bool ok = bytes != NULL && tx_decode(&out->tx, bytes, len);

	free(bytes);
	if (!ok)
		return false;
	out->spent = mem_new(out->tx.in_n, sizeof(*out->spent));
	json_array_foreach(prevouts, i, item)
		CU_ASSERT(take_prevout(out, item));
	return true;
}

static void
spend_clear(struct spend_row *row)
{
	for (size_t i = 0; i < row->tx.in_n; i++)
		free(row->spent[i].script);
	free(row->spent);
	tx_clear(&row->tx);
}

static bool
spend_is_good(const struct spend_row *row, unsigned rules)
{
	struct sighash_shared shared;

	sighash_share(&shared, &row->tx, row->spent);
	for (size_t i = 0; i < row->tx.in_n; i++) {
		if (script_verify(&row->tx, row->spent, &shared, i, rules) != SCRIPT_OK)
			return false;
	}
	return true;
}

/* The third item lists rules that the transaction breaks; by all others, and by any part of them, it is good. */
static void
tx_valid(void)
{
	json_t *rows = read_json("tx_valid.json"), *item;
	size_t i, run = 0, passed = 0;

	json_array_foreach(rows, i, item)
	{
		struct spend_row row = { 0 };
		unsigned rules;
		bool good;

		if (json_array_size(item) != 3)
			continue;
		CU_ASSERT_FATAL(read_spend(&row, item));
		rules = SCRIPT_RULES_ALL & ~rules_from_text(text_at(item, 2));
		good = tx_check(&row.tx) == NULL && spend_is_good(&row, rules_trim(rules));
		for (unsigned one = 1; one <= SCRIPT_RULES_ALL; one <<= 1)
			good = good && spend_is_good(&row, rules_trim(rules & ~one));
		if (!good)
			printf("tx_valid.json: row %zu is refused\n", i);
		run++;
		passed += good;
		spend_clear(&row);
	}
	CU_ASSERT(rows == NULL || run > 100);
	CU_ASSERT_EQUAL(passed, run);
	json_decref(rows);
}

static bool
is_policy_list(const char *rules)
{
	return list_has(rules, "CONST_SCRIPTCODE") || list_has(rules, "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM");
}

/* The third item lists rules that are enough to refuse it; any more refuse it too. */
static void
tx_invalid(void)
{
	json_t *rows = read_json("tx_invalid.json"), *item;
	size_t i, run = 0, refused = 0;

	json_array_foreach(rows, i, item)
	{
		struct spend_row row = { 0 };
		bool good;

		if (json_array_size(item) != 3 || is_policy_list(text_at(item, 2)))
			continue;
		run++;
		if (!read_spend(&row, item)) { /* without inputs it isn't even read */
			CU_ASSERT(list_has(text_at(item, 2), "BADTX"));
			refused++;
			continue;
		}
		good = tx_check(&row.tx) == NULL;
		if (!list_has(text_at(item, 2), "BADTX"))
			good = good && spend_is_good(&row, rules_trim(rules_from_text(text_at(item, 2))));
		if (good)
			printf("tx_invalid.json: row %zu is taken\n", i);
		refused += !good;
		spend_clear(&row);
	}
	CU_ASSERT(rows == NULL || run > 70);
	CU_ASSERT_EQUAL(refused, run);
	json_decref(rows);
}

/* [transaction, script, input, hash type, message] */
static void
sighash(void)
{
	json_t *rows = read_json("sighash.json"), *item;
	size_t i, run = 0, right = 0;

	json_array_foreach(rows, i, item)
	{
		struct hash256 got, want;
		uint8_t *code, *bytes;
		size_t len, code_len;
		struct tx tx;

		if (json_array_size(item) != 5)
			continue;
		bytes = hex_decode_new(&len, text_at(item, 0), 1000000);
		code = hex_decode_new(&code_len, text_at(item, 1), 1000000);
		CU_ASSERT_FATAL(bytes != NULL && code != NULL && tx_decode(&tx, bytes, len));
		sighash_legacy(&got, &tx, (size_t)json_integer_value(json_array_get(item, 2)),
			       (int32_t)json_integer_value(json_array_get(item, 3)), code, code_len);
		CU_ASSERT_FATAL(hash256_from_display(&want, text_at(item, 4)));
		run++;
		right += hash256_eq(&got, &want);
		free(bytes);
		free(code);
		tx_clear(&tx);
	}
	CU_ASSERT(rows == NULL || run >= 500);
	CU_ASSERT_EQUAL(right, run);
	json_decref(rows);
}

/* --- taproot-ref --- */

static uint8_t *
hex_of(size_t *len, const json_t *text)
{
	uint8_t *bytes = hex_decode_new(len, json_string_value(text), 4000000);

	CU_ASSERT_FATAL(bytes != NULL);
	return bytes;
}

static void
read_outputs(struct spend_row *row, const json_t *prevouts)
{
	json_t *item;
	size_t i, len, script_len;

	row->spent = mem_new(row->tx.in_n, sizeof(*row->spent));
	CU_ASSERT_EQUAL_FATAL(json_array_size(prevouts), row->tx.in_n);
	json_array_foreach(prevouts, i, item)
	{
		uint8_t *bytes = hex_of(&len, item);
		struct rd r = rd_init(bytes, len);
		const uint8_t *script;

		row->spent[i].value = rd_u64(&r);
		script = rd_varbytes(&r, &script_len, 100000);
		CU_ASSERT_FATAL(rd_done(&r));
		row->spent[i].script = mem_dup(script, script_len);
		row->spent[i].script_len = script_len;
		free(bytes);
	}
}

static enum script_error
run_with(struct spend_row *row, size_t index, const json_t *with, unsigned rules)
{
	struct txin *in = &row->tx.in[index];
	const json_t *witness = json_object_get(with, "witness");
	struct sighash_shared shared;
	json_t *item;
	size_t i, len;

	txin_clear_witness(in);
	free(in->script_sig);
	in->script_sig = hex_of(&in->script_sig_len, json_object_get(with, "scriptSig"));
	json_array_foreach(witness, i, item)
	{
		uint8_t *bytes = hex_of(&len, item);

		txin_add_witness(in, bytes, len);
		free(bytes);
	}
	sighash_share(&shared, &row->tx, row->spent);
	return script_verify(&row->tx, row->spent, &shared, index, rules);
}

/* How many of "success" and "failure" there are, and how many came out as they should. */
static void
taproot_case(size_t *run, size_t *passed, const json_t *test)
{
	const json_t *success = json_object_get(test, "success"), *failure = json_object_get(test, "failure");
	unsigned rules = rules_from_text(json_string_value(json_object_get(test, "flags")));
	size_t len, index = (size_t)json_integer_value(json_object_get(test, "index"));
	uint8_t *bytes = hex_of(&len, json_object_get(test, "tx"));
	struct spend_row row = { 0 };

	CU_ASSERT_FATAL(tx_decode(&row.tx, bytes, len));
	free(bytes);
	read_outputs(&row, json_object_get(test, "prevouts"));
	if (success != NULL) {
		bool good = run_with(&row, index, success, rules) == SCRIPT_OK;

		for (unsigned one = 1; good && one <= SCRIPT_RULES_ALL; one <<= 1)
			good = run_with(&row, index, success, rules_trim(rules & ~one)) == SCRIPT_OK;
		++*run;
		*passed += good;
	}
	if (failure != NULL) {
		++*run;
		*passed += run_with(&row, index, failure, rules) != SCRIPT_OK;
	}
	spend_clear(&row);
}

static void
taproot_ref(void)
{
	const char *folder = getenv("TALLY_SCRIPT_VECTORS");
	char *path = mem_printf("%s/taproot-ref", folder != NULL ? folder : "");
	DIR *dir = folder != NULL ? opendir(path) : NULL;
	size_t run = 0, passed = 0;
	const struct dirent *entry;

	CU_ASSERT_FATAL(folder == NULL || dir != NULL);
	if (folder == NULL)
		printf("absent, not tested: TALLY_SCRIPT_VECTORS names no folder with taproot-ref\n");
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *name = mem_printf("taproot-ref/%s", entry->d_name);
		size_t before = run - passed;
		json_t *test;

		if (entry->d_name[0] != '.' && (test = read_json(name)) != NULL) {
			taproot_case(&run, &passed, test);
			json_decref(test);
		}
		if (run - passed != before)
			printf("%s: another outcome\n", name);
		free(name);
	}
	if (dir != NULL) {
		printf("taproot-ref: %zu of %zu outcomes right\n", passed, run);
		CU_ASSERT(run > 5000);
		closedir(dir);
	}
	CU_ASSERT_EQUAL(passed, run);
	free(path);
}

static const struct unit_test tests[] = {
	{ "script_tests.json", script_tests }, { "tx_valid.json", tx_valid },	{ "tx_invalid.json", tx_invalid },
	{ "sighash.json", sighash },	       { "taproot-ref", taproot_ref },
};

UNIT_MAIN("interpreter_core", tests)
