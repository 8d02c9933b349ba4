#ifndef TALLY_TOKEN_OFFER_PARTS_H
#define TALLY_TOKEN_OFFER_PARTS_H
/* What offer.c and offer_record.c share; others include offer.h. */
#include "token/offer.h"

/* Take the next number, and list the offer everywhere. */
void offer_add(struct state *s, struct offer *o);
/* Store it again; one that ended leaves the book and the queue. */
void offer_store(struct state *s, const struct offer *o);
void offer_remove(struct state *s, const struct offer *o);

/* The one that ends first; false when none does. */
MUST_USE bool offer_next_due(const struct state *s, uint64_t *number, struct unixtime *until);

/* O2. */
MUST_USE const char *offer_check_lists(const struct state *s);

#endif
