#ifndef TALLY_SPV_SEEDS_H
#define TALLY_SPV_SEEDS_H
/* Names whose DNS answers are addresses of nodes. "x49." before the name asks for nodes with the service bits 0x49 only (full blocks,
 * witness, compact filters), "x9." for those with 0x9. */

/* The seeds of a network, NULL at the end; empty for networks that have none, regtest among them. Static. */
const char *const *seeds_of(const char *network);

#endif
