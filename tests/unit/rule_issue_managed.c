/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY issue_managed_entry
#include "plugins/plugin.h"
#include "plugins/issue_managed.c"
