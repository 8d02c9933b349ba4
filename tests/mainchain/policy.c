#include "tests/mainchain/policy.h"

#include "chain/script.h"

const struct policy policy_default = { .version_max = 3, .fee_rate = 1000 };

uint64_t
fee_at_rate(uint64_t sat_per_kvb, size_t vsize)
{
	return (sat_per_kvb * vsize + 999) / 1000;
}

static const char *
check_output(const struct txout *o, unsigned *op_returns)
{
	switch (script_classify(NULL, NULL, o->script, o->script_len)) {
	case SCRIPT_NONSTANDARD:
		return "scriptpubkey";
	case SCRIPT_OP_RETURN:
		if (o->script_len > POLICY_OP_RETURN_MAX)
			return "scriptpubkey";
		return ++*op_returns > 1 ? "multi-op-return" : NULL;
	case SCRIPT_P2PKH:
	case SCRIPT_P2SH:
	case SCRIPT_P2WPKH:
	case SCRIPT_P2WSH:
	case SCRIPT_P2TR:
	case SCRIPT_WITNESS_UNKNOWN:
		return o->value < script_dust_limit(o->script, o->script_len) ? "dust" : NULL;
	}
	return "scriptpubkey";
}

const char *
policy_check_tx(const struct policy *p, const struct tx *tx)
{
	unsigned op_returns = 0;
	const char *why;

	if (p->accept_nonstd)
		return NULL;
	if (tx->version < 1 || tx->version > p->version_max)
		return "version";
	if (tx_weight(tx) > POLICY_WEIGHT_MAX)
		return "tx-size";
	if (tx_stripped_size(tx) < POLICY_STRIPPED_MIN)
		return "tx-size-small";
	for (size_t i = 0; i < tx->in_n; i++) {
		if (tx->in[i].script_sig_len > 0)
			return "scriptsig-not-supported-by-embedded-chain";
	}
	for (size_t i = 0; i < tx->out_n; i++) {
		if ((why = check_output(&tx->out[i], &op_returns)) != NULL)
			return why;
	}
	return NULL;
}
