#ifndef TALLY_TESTS_SCRIPT_TEXT_H
#define TALLY_TESTS_SCRIPT_TEXT_H
/* Scripts and spends as Bitcoin Core's test vectors write them (src/test/data/README.md). */
#include "chain/interpreter.h"

/* "1 0x02 0x1234 'text' DUP OP_HASH160": numbers and texts are pushed, 0x… stands as it is. Owned by the caller; the test fails, with
 * what is not known printed, for anything else. */
uint8_t *script_from_text(size_t *len, const char *text);

/* "P2SH,WITNESS,…", of which relay policy is left out; but what asks for strict encodings asks for BIP66 too. */
unsigned rules_from_text(const char *text);
/* The name stands between the commas of the list. */
bool list_has(const char *list, const char *name);
/* Drop rules whose base is not in the set: WITNESS without P2SH, TAPROOT without WITNESS. */
unsigned rules_trim(unsigned rules);

/* A row of script_tests.json. Witness items are hex, "#SCRIPT# TEXT" for a tapscript, "#CONTROLBLOCK#"; an output may say
 * #TAPROOTOUTPUT#. */
#define ROW_WITNESS_MAX 8
struct script_row {
	const char *witness[ROW_WITNESS_MAX]; /* up to the first NULL */
	uint64_t amount;
	const char *sig, *output, *rules, *expected;
};

/* Is the answer to the row relay policy's alone? */
bool row_is_policy(const struct script_row *row);
/* Run it; prints and returns false when the outcome is not the one expected. */
bool row_passes(const struct script_row *row);

#endif
