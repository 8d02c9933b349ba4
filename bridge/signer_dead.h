#ifndef TALLY_BRIDGE_SIGNER_DEAD_H
#define TALLY_BRIDGE_SIGNER_DEAD_H
/* The proof that a plan can never confirm in any version: one of its inputs was spent by a transaction that is no version of it, or a
 * transaction that made one of its inputs lost an input of its own to another. The block of that other transaction must be buried under
 * as many headers as the genesis asks for, with as much work as if each were at a quarter of the anchor's difficulty: a daemon that
 * makes this up has to mine it.
 *
 *   claim = sheet varbytes | parent varbytes | proof varbytes | count | header 80 bytes …
 *
 * sheet: of any version of the plan. parent: without witness, what made an input; empty when the input itself was spent. proof: chain/txproof.h.
 * headers: the proof's block and what follows it. */
#include "bridge/peg/plan_tx.h"
#include "chain/u256.h"

struct dead_rules {
	const struct chain_params *chain;
	uint32_t tx_version;
	uint32_t depth;
	struct u256 work; /* least sum of the headers' work */
};
void dead_rules_init(struct dead_rules *out, const struct peg_params *p);

struct dead_claim {
	struct plan_sheet sheet;
	const uint8_t *parent, *proof, *headers; /* borrowed */
	size_t parent_len, proof_len, headers_n;
};
/* To the reader's end. Large: not for the stack. */
MUST_USE bool dead_claim_decode(struct dead_claim *out, struct rd *r);
void wr_dead_claim(struct wr *w, const struct dead_claim *c);

/* NULL and the other transaction's id, or a reason: OTHER_FEDERATION, DEAD_BAD_PROOF, DEAD_BAD_SIGNET (the block does not solve
 * its signet's challenge), DEAD_BAD_HEADERS, DEAD_TOO_SHALLOW, NOT_SPENT,
 * PLAN_ALIVE (it is a version of the plan). That the sheet is the plan's is for the caller to check. */
MUST_USE const char *dead_claim_judge(struct hash256 *spender, const struct dead_claim *c, const struct dead_rules *rules, const struct vault *v);

#endif
