#ifndef TALLY_PEG_MEMBER_H
#define TALLY_PEG_MEMBER_H
/* What members say outside of plans: fee votes, and a guardians' pause. */
#include "bridge/peg/relay.h"

/* The mark is of a member of the current epoch, newer than the member's last of this kind, and signs the message; then its
 * counter is taken. NULL, or MEMBER_EPOCH, MEMBER_UNKNOWN, MEMBER_COUNTER, MEMBER_SIGNATURE. */
MUST_USE const char *member_take(struct exec *x, const struct member_mark *mark, enum member_kind kind,
				 const struct hash256 *message);

MUST_USE const char *feerate_apply(struct exec *x, const struct op_feerate *op);
/* Lower median of the fresh votes, each clamped to the bounds; 0 when fewer than max(k, n/2 + 1) are fresh. *fresh may be
 * NULL. */
uint32_t feerate_median(uint32_t *fresh, const struct state *s, const struct peg_params *p);
/* Remember the last valid rate. */
void feerate_end_block(struct exec *x, const struct peg_params *p);

/* A third of the members pause the peg for guardian_blocks; pauses stand as far apart, and each member may join a few
 * times a window. */
MUST_USE const char *guardian_apply(struct exec *x, const struct peg_params *p, const struct member_mark *mark);

#endif
