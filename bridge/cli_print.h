#ifndef TALLY_BRIDGE_CLI_PRINT_H
#define TALLY_BRIDGE_CLI_PRINT_H
/* Answers for people: an object as aligned lines, a list of objects as a table. What a stranger may have written is printed
 * without control characters. Points in time are shown as dates in UTC. On a terminal that is too narrow for a table, ids and addresses are
 * shortened in the middle, from the right, as many columns as need be but the leftmost of them; a pipe gets all whole. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

void cli_print(const json_t *answer, FILE *to);
/* A QR code of half blocks, for a terminal; nothing when the text does not fit. */
void cli_print_qr(const char *text, FILE *to);

/* Does a field or parameter of this name hold seconds since 1970? The same names are used everywhere. */
bool cli_names_time(const char *name);

#endif
