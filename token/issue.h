#ifndef TALLY_TOKEN_ISSUE_H
#define TALLY_TOKEN_ISSUE_H
/* An operation on an asset's units, from the question to its rule up to the applied effects. The host trusts no answer: each effect must fit
 * the operation, and caps, permits, backing and funds are looked at when it is applied. */
#include "plugins/plugin.h"
#include "token/asset.h"
#include "token/receipt.h"

struct issue {
	enum tally_issue op;
	struct account source;
	struct account to;      /* MINT, TRANSFER, EARN; REFUND: the customer */
	struct amount amount;   /* MINT, BURN, TRANSFER, REDEEM */
	struct amount coin_max; /* most coin that the source pays: MINT; EARN has no limit but his balance */
	/* EARN, REFUND */
	struct hash256 receipt_hash;
	struct amount returned;
	struct receipt receipt; /* EARN: with paid, with_points; REFUND: as stored */
	/* set by issue_run(); EARN: the rule's note is in receipt.note */
	struct amount minted, moved, burnt;
	struct amount granted;  /* EARN: minted, and what paid debt */
	struct amount taken;    /* REFUND: burnt, and what became debt */
	struct amount released; /* coin out of the backing */
	uint32_t expires_day;   /* EARN: of what was minted last */
};

/* A disabled rule is not asked: TRANSFER, BURN and REDEEM take the host's course then, the others are refused.
 * Reasons of the host: NO_RULE where only a rule could say what happens; RULE_UNKNOWN, RULE_DISABLED, RULE_MISSING, RULE_MISMATCH, RULE_GAS,
 * RULE_FUSE, RULE_MEMORY, RULE_BAD_ANSWER; RULE_EFFECT for an effect that the operation doesn't allow; those of holding.h; and the rule's
 * own. */
MUST_USE const char *issue_run(struct exec *x, const struct asset *a, struct issue *i);

/* NULL, or why the rule of an asset doesn't take these parameters in place of its own: PARAMS_FIXED when the rule lets nothing be changed;
 * its own reasons; RULE_… as above. */
MUST_USE const char *issue_may_have_params(const struct exec *x, const struct asset *a, const struct op_blob *params);

#endif
