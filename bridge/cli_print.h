#ifndef TALLY_BRIDGE_CLI_PRINT_H
#define TALLY_BRIDGE_CLI_PRINT_H
/* Answers for people: an object as aligned lines, a list of objects as a table. What a stranger may have written is printed
 * without control characters. */
#include <jansson.h>
#include <stdio.h>

void cli_print(const json_t *answer, FILE *to);
/* A QR code of half blocks, for a terminal; nothing when the text does not fit. */
void cli_print_qr(const char *text, FILE *to);

#endif
