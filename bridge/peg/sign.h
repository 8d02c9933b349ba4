#ifndef TALLY_PEG_SIGN_H
#define TALLY_PEG_SIGN_H
/* Members' signatures over the newest version of a plan, verified by every node. */
#include "bridge/peg/plan_tx.h"

/* NULL, or SIGN_UNKNOWN_PLAN, SIGN_DEAD, SIGN_LATE (it confirmed), SIGN_OLD_VERSION, SIGN_UNKNOWN_VERSION,
 * SIGN_NOT_A_MEMBER, SIGN_TWICE, SIGN_COMPLETE (k have signed), SIGN_COUNT (not one for each input), SIGN_SUSPENDED,
 * SIGN_BAD_SIGNATURE, PEG_HALTED. */
MUST_USE const char *sign_apply(struct exec *x, const struct op_sign *op);

#endif
