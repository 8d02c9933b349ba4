#ifndef TALLY_BRIDGE_RULE_CRASH_H
#define TALLY_BRIDGE_RULE_CRASH_H
/* The note of the running call (token/plugin_note.h) in a file that is mapped, and the signal handler that marks it. No write to disk for a call:
 * the page outlives the process. It need not outlive the machine: what doesn't end the machine is what is looked for. */
#include "base/compiler.h"
#include "bridge/complaint.h"
#include "token/plugin_note.h"

/* Map the file, made when it isn't there, and tell what it held: *left is IDLE unless a rule crashed. It is idle afterwards. */
MUST_USE bool rule_crash_open(struct plugin_note *left, struct complaint *why, const char *path);
/* Let calls be noted, and catch what crashes in this thread while one runs. */
void rule_crash_watch(void);
void rule_crash_close(void);

#endif
