/* Signet solutions: whatever stands behind a witness commitment, the verdict comes without a crash, says nothing of the nonce, and is
 * good exactly where the two virtual transactions fit each other. */
#include "chain/signet.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "chain/interpreter.h"
#include "tests/fuzz/fuzz.h"

#define CHALLENGE_MAX 80

static enum signet_verdict
by_hand(const struct chain_params *p, const struct header *h, const struct tx *coinbase)
{
	struct sighash_shared shared;
	struct signet_txs txs;
	enum signet_verdict v = signet_txs_make(&txs, p, h, coinbase, NULL, 0);

	if (v != SIGNET_OK)
		return v;
	assert(txs.to_spend.out_n == 1 && txs.to_sign.in_n == 1 && txs.to_spend.in[0].script_sig_len == 74);
	sighash_share(&shared, &txs.to_sign, txs.to_spend.out);
	if (script_verify(&txs.to_sign, txs.to_spend.out, &shared, 0,
			  SCRIPT_RULE_P2SH | SCRIPT_RULE_WITNESS | SCRIPT_RULE_DERSIG | SCRIPT_RULE_NULLDUMMY) != SCRIPT_OK)
		v = SIGNET_UNSOLVED;
	signet_txs_clear(&txs);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chain_params p = *chain_params_find("signet");
	struct rd r = rd_init(data, size);
	struct header h = { .version = 4, .time = size > 0 ? data[0] : 0 };
	const uint8_t *challenge = rd_varbytes(&r, &p.signet_challenge_len, CHALLENGE_MAX);
	uint8_t commitment[38] = { 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed };
	struct tx coinbase = { .version = 1 };
	struct wr script = { 0 };
	enum signet_verdict v;

	if (challenge == NULL)
		return 0;
	p.signet_challenge = challenge;
	wr_bytes(&script, commitment, sizeof(commitment));
	wr_bytes(&script, r.p, r.left);
	tx_add_in(&coinbase, &(struct outpoint){ .index = UINT32_MAX }, SEQUENCE_FINAL);
	tx_add_out(&coinbase, 0, script.p, script.len);
	v = signet_check_coinbase(&p, &h, &coinbase, NULL, 0);
	assert(v != SIGNET_NO_COMMITMENT && v == by_hand(&p, &h, &coinbase));
	h.nonce++;
	assert(v == signet_check_coinbase(&p, &h, &coinbase, NULL, 0));
	tx_clear(&coinbase);
	wr_clear(&script);
	return 0;
}
