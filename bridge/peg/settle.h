#ifndef TALLY_PEG_SETTLE_H
#define TALLY_PEG_SETTLE_H
/* The end of a plan: its transaction stands in a block. CONFIRM stops new versions; SETTLE, at settle_depth, burns what
 * left the reserve; until final_depth a reorganisation undoes both. */
#include "bridge/peg/proof.h"
#include "bridge/peg/reserve.h"

MUST_USE const char *confirm_apply(struct exec *x, const struct peg_params *p, const struct op_confirm *op);
MUST_USE const char *settle_apply(struct exec *x, const struct peg_params *p, const struct op_confirm *op);

/* Its block left the best branch. */
void plan_block_left(struct exec *x, uint64_t plan);
/* SETTLED plans at final_depth become FINAL. */
void plans_finalise(struct exec *x, const struct peg_params *p);

#endif
