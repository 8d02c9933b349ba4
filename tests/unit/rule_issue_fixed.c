/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY issue_fixed_entry
#include "plugins/plugin.h"
#include "plugins/issue_fixed.c"
