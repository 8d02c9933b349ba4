#ifndef TALLY_BRIDGE_PEG_JSON_H
#define TALLY_BRIDGE_PEG_JSON_H
/* The peg's records for people and programs. Amounts are decimal strings of coin. */
#include <jansson.h>

#include "bridge/peg/peg.h"

struct node;

json_t *json_coin(struct amount a);
/* "TXID:INDEX" */
json_t *json_outpoint(const struct outpoint *o);
json_t *deposit_json(const struct node *n, const struct state *s, const struct deposit *d);
json_t *payout_json(const struct node *n, const struct payout *p);
json_t *coin_json(const struct coin *c);
json_t *peg_status_json(const struct peg_status *p);
/* A plan, its newest version and, once k members have signed, the transaction. */
json_t *plan_json(const struct state *s, const struct plan *p);

#endif
