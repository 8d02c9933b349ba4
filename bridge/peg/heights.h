#ifndef TALLY_PEG_HEIGHTS_H
#define TALLY_PEG_HEIGHTS_H
/* What depends on which main-chain block: an index by height, for reorganisations; and sums over a rolling window of
 * heights. */
#include "bridge/peg/records.h"
#include "bridge/peg/state_key.h"

enum height_kind {
	HEIGHT_DEPOSIT,  /* a deposit's own block */
	HEIGHT_CONFLICT, /* block of a transaction that conflicts with a quarantined deposit's */
	HEIGHT_SPEND,    /* block of a foreign spend of a coin */
	HEIGHT_DONATION,
	HEIGHT_PLAN,     /* block of a plan's confirmed version */
};

struct height_entry {
	uint32_t height;
	enum height_kind kind;
	struct outpoint outpoint; /* for a plan: its id stands in plan */
	uint64_t plan;
};

void height_mark(struct state *s, const struct height_entry *e);
void height_unmark(struct state *s, const struct height_entry *e);

/* Take out all entries above a height, ascending: owned by the caller, *n of them. */
MUST_USE struct height_entry *height_take_above(size_t *n, struct state *s, uint32_t height);
/* Drop entries below a height. */
void height_prune(struct state *s, uint32_t floor);

/* Rolling sums (KEY_INFLOW, KEY_OUTFLOW): what was added at the last `window` heights up to the tip. */
void window_add(struct state *s, enum key_kind kind, uint32_t tip, uint32_t window, struct amount a);
struct amount window_sum(const struct state *s, enum key_kind kind, uint32_t tip, uint32_t window);

#endif
