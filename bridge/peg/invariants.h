#ifndef TALLY_PEG_INVARIANTS_H
#define TALLY_PEG_INVARIANTS_H
#include "bridge/peg/records.h"

/* NULL, or a sentence naming the invariant that does not hold:
 *
 *   I1 reserve + deficit = supply + donations (else the peg has halted); the reserve is the sum of the coins that count;
 *      escrow and frozen balance are what payouts, plans and deposits say
 *   I2 no outpoint is credited twice, no payout is paid twice
 *   I3 whatever waits says for what, and stands in its index
 *   I4 live plans spend disjoint coins
 *   I5 (the state depends on operations and block time alone) is what tests show: two ledgers agree
 *   I6 the parameters pass their checks
 *   R1-R3 the header relay (relay.c)
 *
 * All but I1's first half only when `deep`. */
MUST_USE const char *peg_invariants(const struct state *s, bool deep);

/* Those of a deep look, as far as what was written since the state was last settled can have broken them; they held then. What it costs depends on
 * what was written, and when the relay's best branch has changed on what waits, not on how many deposits and payouts there ever were. */
MUST_USE const char *peg_invariants_changed(const struct state *s);

/* Halt the peg when supply was changed behind its back. */
void solvency_end_block(struct exec *x);

#endif
