/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY valsel_poa_entry
#include "plugins/plugin.h"
#include "plugins/valsel_poa.c"
