#ifndef TALLY_PEG_DEPOSIT_H
#define TALLY_PEG_DEPOSIT_H
/* Peg-in: a proven output to a deposit address becomes asset 0, once for ever.
 *
 *   (proof) -> BELOW_MIN | LATE | WAITING_DEPTH <-> WAITING_CAP -> MINTED
 *   WAITING_*, BELOW_MIN, LATE: spent -> RECLAIMED; block left the best branch -> forgotten (nothing was credited)
 *   MINTED: block left the best branch, or reclaim seen -> QUARANTINED
 *   QUARANTINED: new proof at the depth needed, or reclaim undone -> MINTED; else -> DEAD */
#include "bridge/peg/proof.h"
#include "bridge/peg/reserve.h"

MUST_USE const char *deposit_apply(struct exec *x, const struct peg_params *p, const struct op_deposit *op);

/* Depth that it needs by amount and kind. */
uint32_t deposit_required_depth(const struct peg_params *p, const struct deposit *d);

/* Its block left the best branch. */
void deposit_block_left(struct exec *x, const struct peg_params *p, const struct outpoint *o);
/* What was minted at these heights is shallow no more: they left the best branch. */
void deposit_shallow_drop(struct state *s, uint32_t above);

/* MINTED -> QUARANTINED: freeze the account's coin as far as it is there, and what of it stands in the escrow of sales. The caller has impaired
 * the coin. */
void deposit_quarantine(struct exec *x, const struct peg_params *p, struct deposit *d, const char *reason);
/* QUARANTINED -> MINTED: its coin counts again, in sales too as long as they are open. */
void deposit_return(struct exec *x, struct deposit *d);
/* Unminted -> RECLAIMED. */
void deposit_reclaimed(struct exec *x, struct deposit *d, const struct block_ref *spent);

/* Promote what waited, let quarantines end. */
void deposits_end_block(struct exec *x, const struct peg_params *p);

/* Sum of what was minted and stands at a depth below `depth`. */
struct amount deposit_shallow_sum(const struct state *s, uint32_t depth);

#endif
