#include "bridge/peg/proof.h"

#include "chain/signet.h"

static const char *
verdict_reason(enum txproof_verdict v)
{
	switch (v) {
	case TXPROOF_OK:
		return NULL;
	case TXPROOF_SIZE_64:
		return "PROOF_SIZE_64";
	case TXPROOF_BAD_INDEX:
		return "PROOF_BAD_INDEX";
	case TXPROOF_BAD_BRANCH:
		return "PROOF_BAD_BRANCH";
	case TXPROOF_BAD_COINBASE:
		return "PROOF_BAD_COINBASE";
	case TXPROOF_ZERO_ROOT:
		return "PROOF_ZERO_ROOT";
	}
	return "PROOF_MALFORMED";
}

static const char *
check(struct block_ref *block, const struct state *s, const struct chain_params *chain, const struct txproof *p)
{
	struct relay_header h;
	const char *why;

	if (!relay_find(&h, s, &p->block))
		return "PROOF_UNKNOWN_BLOCK";
	*block = (struct block_ref){ h.height, p->block };
	if (!relay_on_best(s, block))
		return "PROOF_NOT_BEST";
	why = verdict_reason(txproof_check(p, &h.header.merkle_root));
	if (why == NULL && signet_check_coinbase(chain, &h.header, &p->coinbase, p->coinbase_branch, p->depth) != SIGNET_OK)
		why = "PROOF_BAD_SIGNET";
	return why;
}

const char *
proof_take(struct txproof *out, struct block_ref *block, const struct state *s, const struct chain_params *chain, const uint8_t *bytes,
	   size_t len)
{
	const char *why;

	if (len > TXPROOF_BYTES_MAX)
		return "PROOF_TOO_LARGE";
	if (!txproof_decode(out, bytes, len))
		return "PROOF_MALFORMED";
	why = check(block, s, chain, out);
	if (why != NULL)
		txproof_clear(out);
	return why;
}
