/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY valsel_pos_entry
#include "plugins/plugin.h"
#include "plugins/valsel_pos.c"
