#ifndef TALLY_BRIDGE_GENESIS_NAMES_H
#define TALLY_BRIDGE_GENESIS_NAMES_H
/* Names that stand in a genesis file for numbers of the ledger. */
#include "token/ops.h"

/* Names of actions, "SPEND", as in token/action.h; NULL for an unknown number. */
const char *genesis_action_name(enum action_kind kind);
MUST_USE bool genesis_action_find(enum action_kind *out, const char *name);

/* "issue", "sale", "gov", "valsel": kinds of rules as in plugins/plugin.h. */
const char *genesis_kind_name(uint8_t kind);
MUST_USE bool genesis_kind_find(uint8_t *out, const char *name);

/* MAJOR.MINOR.PATCH into a->major, minor, patch. */
MUST_USE bool genesis_version_parse(struct action_plugin_approve *a, const char *text);

/* The periods of a DAO, in seconds, by number and name. */
extern const size_t genesis_periods_n;
const char *genesis_period_name(size_t i);
uint32_t *genesis_period(struct op_create_dao *d, size_t i);

#endif
