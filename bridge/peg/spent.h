#ifndef TALLY_PEG_SPENT_H
#define TALLY_PEG_SPENT_H
/* SPENT: proof that an output was spent by no plan.
 *
 * An unminted deposit -> RECLAIMED. A minted one, by an input locked for at least reclaim_delay (BIP68) -> as a reclaim:
 * quarantine, DEAD at the depth needed. Any other spend of the reserve is the alarm: the reserve shrinks and the peg
 * halts. A quarantined deposit's own input spent elsewhere -> DEAD at the depth needed. */
#include "bridge/peg/proof.h"

MUST_USE const char *spent_apply(struct exec *x, const struct peg_params *p, const struct op_spent *op);

/* The block of a known spend, or of a known conflict, left the best branch. */
void spend_block_left(struct exec *x, const struct outpoint *o);
void conflict_block_left(struct exec *x, const struct outpoint *o);

/* Vault outputs whose foreign spend is proven for good are written off; the plans that would have spent them are DEAD. */
void spents_end_block(struct exec *x, const struct peg_params *p);

#endif
