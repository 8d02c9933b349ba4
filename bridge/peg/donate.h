#ifndef TALLY_PEG_DONATE_H
#define TALLY_PEG_DONATE_H
/* Outputs that strangers send to the vault: reserve without supply, until governance turns them into fee fund. */
#include "bridge/peg/proof.h"

MUST_USE const char *donate_apply(struct exec *x, const struct peg_params *p, const struct op_donate *op);
void donation_block_left(struct exec *x, const struct outpoint *o);

#endif
