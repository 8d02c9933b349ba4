#ifndef TALLY_TOKEN_LOT_PARTS_H
#define TALLY_TOKEN_LOT_PARTS_H
/* What lot.c and lot_record.c share; others include lot.h. */
#include "token/lot.h"

/* Neither overflows: what is added is at most the supply, what is taken was there. */
struct amount lot_sum(struct amount a, struct amount b);
struct amount lot_rest(struct amount a, struct amount b);

/* The lots that are alive for the state, whatever the time. */
void lots_load(struct lots *out, const struct state *s, const struct asset_id *asset, const struct account *who);
void lots_store(struct state *s, const struct asset_id *asset, const struct account *who, const struct lots *l);

/* Totals of an asset's days; their months' go along. */
struct amount lot_get_total(const struct state *s, const struct asset_id *asset, uint32_t day);
void lot_add_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount amount);
void lot_sub_total(struct state *s, const struct asset_id *asset, uint32_t day, struct amount amount);

/* The first day on which something expires, and whose; false when nothing does. */
MUST_USE bool lot_next_due(const struct state *s, uint32_t *day, struct asset_id *asset);
void lot_set_first_live_day(struct state *s, const struct asset_id *asset, uint32_t day);

#endif
