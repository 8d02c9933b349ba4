#ifndef TALLY_PEG_REORG_H
#define TALLY_PEG_REORG_H
#include "bridge/peg/relay.h"

/* The best branch kept its blocks up to `fork` and none above: undo what stood in those that left, the latest first. */
void peg_reorg(struct exec *x, const struct peg_params *p, uint32_t fork);

#endif
