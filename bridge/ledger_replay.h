#ifndef TALLY_BRIDGE_LEDGER_REPLAY_H
#define TALLY_BRIDGE_LEDGER_REPLAY_H
/* Stored blocks executed once more, everything compared: hashes, links, seals, each transaction's id and result, roots, app hashes. */
#include "bridge/complaint.h"
#include "token/ledger.h"
#include "token/store.h"

struct replay {
	struct ledger *ledger; /* borrowed: stands at the block before the first one that is executed */
	struct store *store;   /* borrowed */
	uint64_t to;           /* height of the last block, above the ledger's */
	const char *plugindir; /* borrowed; where the rules lie that the blocks need */
	unsigned threads;      /* that check signatures, at least 1 */
	/* May be NULL; called after each block. */
	void (*progress)(void *context, uint64_t height, uint64_t to);
	void *context;

	/* Out. */
	uint64_t transactions, accounts; /* accounts: lines of histories */
};

/* True: the ledger stands at r->to, and all was as stored. False: *why names the first block that differs and how (EXIT_CORRUPT), or the
 * rule that is missing (EXIT_REFUSED); the ledger stands before that block. */
MUST_USE bool ledger_replay(struct replay *r, struct complaint *why);

/* Without execution: the block is the stored one of its height, follows the one before, and its seal is good. */
MUST_USE bool ledger_replay_link(struct complaint *why, struct store *s, uint64_t height, const struct ledger_tip *before,
				 struct ledger_block *out);

#endif
