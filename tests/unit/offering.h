#ifndef TALLY_TESTS_OFFERING_H
#define TALLY_TESTS_OFFERING_H
/* Shorter ways to make and take offers in a world. */
#include "tests/unit/world.h"
#include "token/holding.h"
#include "token/offer.h"

extern const struct asset_id coin;

/* An asset without a rule, with so many units in its issuer's hands. */
struct asset_id offering_asset(struct world *w, size_t issuer, uint16_t flags, uint64_t supply);
/* NULL and its number, or the reason. */
const char *offering_make(struct world *w, size_t person, const struct op_offer *o, uint64_t *number);
/* x of one for y of the other, for 1,000 seconds; its number. */
uint64_t offering_plain(struct world *w, size_t person, const struct asset_id *sell, uint64_t x, const struct asset_id *buy, uint64_t y);
const char *offering_take(struct world *w, size_t person, uint64_t number, uint64_t want, uint64_t least, uint64_t pay_max);
const char *offering_cancel(struct world *w, size_t person, uint64_t number, uint64_t amount);
/* What can be had of it; 0 when it isn't there. */
uint64_t offering_left(const struct world *w, uint64_t number);

#endif
