/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY issue_loyalty_entry
#include "plugins/plugin.h"
#include "plugins/issue_loyalty.c"
