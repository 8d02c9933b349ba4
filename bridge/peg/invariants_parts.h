#ifndef TALLY_PEG_INVARIANTS_PARTS_H
#define TALLY_PEG_INVARIANTS_PARTS_H
/* The parts of invariants.h: checks of single records against those that they name, and sums over records. `from` is the state whose
 * records are looked at; what they name is looked up in `s`. A deep check takes them all from s itself. */
#include "bridge/peg/records.h"

struct peg_sums {
	struct amount reserve; /* coins that count */
	struct amount frozen;  /* of quarantined deposits */
	struct amount escrow;  /* payouts under way, and the fund's part of plans */
};

void peg_sums_of(struct peg_sums *out, const struct state *from);
MUST_USE const char *peg_check_records(const struct state *s, const struct state *from, const struct books *b);
MUST_USE const char *peg_check_relay(const struct state *s);

#endif
