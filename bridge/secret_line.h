#ifndef TALLY_BRIDGE_SECRET_LINE_H
#define TALLY_BRIDGE_SECRET_LINE_H
/* Secrets that people type, or send on standard input. */
#include <stdbool.h>

#include "base/compiler.h"

/* Is there somebody to ask? */
MUST_USE bool secret_line_terminal(void);

/* One line of standard input without its line feed; a terminal gets the prompt and does not show what is typed. Owned by the caller, who gives
 * it to secret_line_free(); NULL at the end of the input. */
MUST_USE char *secret_line_read(const char *prompt);

/* Wipes it first; NULL is fine. */
void secret_line_free(char *line);

#endif
