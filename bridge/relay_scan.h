#ifndef TALLY_BRIDGE_RELAY_SCAN_H
#define TALLY_BRIDGE_RELAY_SCAN_H
/* What a main-chain block holds for the peg: found by looking each output and input up in the ledger's state, so there is no list of
 * watched addresses to keep or lose. Pure. */
#include "bridge/peg/peg.h"
#include "chain/block.h"

enum relay_kind {
	RELAY_DEPOSIT, /* an output to an address that somebody announced */
	RELAY_PLAN,    /* a version of a plan */
	RELAY_SPENT,   /* a deposit or a reserve output spent by no plan */
	RELAY_DONATE,  /* an output to the vault by no plan */
};

/* A finding, with the operation's payload ready but for RELAY_PLAN, whose payload serves CONFIRM and SETTLE alike. */
struct relay_item {
	enum relay_kind kind;
	struct outpoint outpoint; /* the deposit, donation or spent output; of a plan: txid of the version, index 0 */
	uint64_t plan;            /* RELAY_PLAN */
	struct block_ref block;
	struct wr payload; /* owned */
};
void relay_item_clear(struct relay_item *i);

/* Call each() for every finding, in the block's order; the item is the callee's. */
typedef void relay_found_fn(void *context, struct relay_item *item);
void relay_scan(const struct block *b, const struct block_ref *where, const struct state *s, const struct vault *vault, relay_found_fn *each,
		void *context);

/* What should be done about a finding, as the state stands. */
enum relay_next {
	RELAY_DONE,    /* nothing, ever */
	RELAY_WAIT,    /* nothing yet: the relay lacks the block, or it is not deep enough */
	RELAY_SUBMIT,  /* submit operation *op */
};
enum relay_next relay_next(enum peg_op *op, const struct relay_item *item, const struct state *s, const struct peg_params *p);

#endif
