#ifndef TALLY_BRIDGE_MODULES_H
#define TALLY_BRIDGE_MODULES_H
/* The ledger that tallyd runs: the token modules, then the peg. The order is part of the rules. */
#include "token/modules.h"

#define LEDGER_MODULES_N (TOKEN_MODULES_N + 1)
void ledger_modules(const struct module *out[LEDGER_MODULES_N]);

/* Without a ledger at hand; NULL for an unknown number. */
const struct op_info *modules_op_info(uint16_t number);

#endif
