/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY sale_crowd_entry
#include "plugins/plugin.h"
#include "plugins/sale_crowd.c"
