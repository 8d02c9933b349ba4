#ifndef TALLY_BRIDGE_ACTION_JSON_VALIDATORS_H
#define TALLY_BRIDGE_ACTION_JSON_VALIDATORS_H
/* For the table in action_json.c. */
#include "bridge/action_json_parts.h"

bool action_show_validators(json_t *o, const struct op_blob *payload, const struct action_view *v);
const char *action_take_validators(struct wr *w, const json_t *action, const struct action_view *v);

#endif
