#ifndef TALLY_BRIDGE_VERSION_H
#define TALLY_BRIDGE_VERSION_H
#include <stdio.h>

/* "PROGRAM VERSION", then a line for each library with the version that runs. */
void version_print(const char *program, FILE *to);

#endif
