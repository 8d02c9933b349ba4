/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY issue_hostile_entry
#include "plugins/plugin.h"
#include "tests/unit/rule_hostile.c"
