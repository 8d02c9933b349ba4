/* The rule compiled into a test, with the test's own flags. */
#define TALLY_PLUGIN_ENTRY gov_quadratic_entry
#include "plugins/plugin.h"
#include "plugins/gov_quadratic.c"
