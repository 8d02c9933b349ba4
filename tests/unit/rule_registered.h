#ifndef TALLY_TESTS_RULE_REGISTERED_H
#define TALLY_TESTS_RULE_REGISTERED_H
/* A rule for tests: points for registering a thing. EARN names an item as its receipt: the item must be the store's own make, in the customer's
 * hands, and not closed. */
#include "plugins/plugin.h"

const struct tally_plugin *issue_registered_entry(void);

#endif
