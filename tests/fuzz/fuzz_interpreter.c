/* Scripts: no input makes the interpreter crash or take long; fewer rules accept at least what more rules accept. */
#include "chain/interpreter.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

#define INPUTS_MAX 4

/* A spend: how many inputs, which of them, the outputs that they spend, the transaction. */
static bool
read_spend(struct tx *tx, struct txout *spent, size_t *index, const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	size_t n = rd_u8(&r) % INPUTS_MAX + 1;

	*index = rd_u8(&r) % n;
	for (size_t i = 0; i < n; i++) {
		spent[i].value = rd_u64(&r);
		spent[i].script = (uint8_t *)rd_varbytes(&r, &spent[i].script_len, size);
	}
	rd_tx(&r, tx);
	if (rd_ok(&r) && tx->in_n == n)
		return true;
	tx_clear(tx);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned sets[] = { 0, SCRIPT_RULE_P2SH, SCRIPT_RULE_P2SH | SCRIPT_RULE_WITNESS,
					 SCRIPT_RULE_P2SH | SCRIPT_RULE_WITNESS | SCRIPT_RULE_DERSIG | SCRIPT_RULE_NULLDUMMY, SCRIPT_RULES_ALL };
	struct txout spent[INPUTS_MAX] = { { 0 } };
	struct sighash_shared shared;
	bool before = true;
	struct tx tx;
	size_t index;

	if (!read_spend(&tx, spent, &index, data, size))
		return 0;
	sighash_share(&shared, &tx, spent);
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		bool good = script_verify(&tx, spent, &shared, index, sets[i]) == SCRIPT_OK;

		assert(before || !good);
		before = good;
	}
	tx_clear(&tx);
	return 0;
}
