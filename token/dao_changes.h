#ifndef TALLY_TOKEN_DAO_CHANGES_H
#define TALLY_TOKEN_DAO_CHANGES_H
/* What a proposal's actions would change, in the ledger's own terms: for people who are asked to vote on it. */
#include "token/param.h"

enum change_kind {
	CHANGE_BALANCE = 1,    /* units of an account, lots included */
	CHANGE_SUPPLY = 2,     /* of an asset */
	CHANGE_PERMIT = 3,     /* units of an asset that its DAO lets mint */
	CHANGE_PARAM = 4,      /* of the chain */
	CHANGE_ASSET = 5,      /* something in an asset's record */
	CHANGE_RULE = 6,       /* 0 not approved, 1 approved, 2 disabled */
	CHANGE_PEG_PAUSED = 7, /* 0 or 1 */
	CHANGE_PEG_RESUMES = 8,
	CHANGE_DONATIONS = 9, /* what the peg may take of its donations */
	CHANGE_RECORDS = 10,  /* `after` keys of another module changed */
	CHANGE_UPGRADE = 11,  /* the rule runs from block `after` on */
};

struct change {
	enum change_kind kind;
	uint64_t before, after;
	struct account account;    /* BALANCE */
	struct asset_id asset;     /* BALANCE SUPPLY PERMIT ASSET */
	const struct param *param; /* PARAM */
	struct rule_version rule;  /* RULE UPGRADE */
	char module;               /* RECORDS: its letter */
};

struct changes {
	struct change *list; /* owned */
	size_t n;
};

/* Carry its actions out in the block of x and take them back. NULL when all would succeed, else the reason of number *failed; *out (to be
 * cleared in any case) is empty then. Nothing has changed. */
MUST_USE const char *proposal_simulate(struct changes *out, size_t *failed, struct exec *x, uint64_t number);
void changes_clear(struct changes *c);

#endif
