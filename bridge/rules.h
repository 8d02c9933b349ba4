#ifndef TALLY_BRIDGE_RULES_H
#define TALLY_BRIDGE_RULES_H
/* The daemon's rules: their files, what is missing, what is disabled by agreement, and what happened when one crashed.
 *
 *   crash in a rule -> the signal handler marks the note (file rule-call) -> the process ends
 *   next start      -> the rule is disabled from the next block on, the transaction is refused: a line in the file disabled-rules
 *
 * Under solo this node decides alone. Several nodes agree on disable_rule=NAME@HEIGHT, which does the same. */
#include <event2/event.h>

#include "bridge/complaint.h"
#include "bridge/engine.h"
#include "bridge/options.h"

struct rules;

/* Read what is agreed, look whether the last run ended inside a rule, load what is approved. Options: plugindir, disable_rule. The ledger is
 * borrowed. Refuses when a rule that the next block needs isn't there. */
MUST_USE bool rules_open(struct rules **out, struct complaint *why, const struct options *o, struct ledger *l);
/* NULL is fine. */
void rules_close(struct rules *r);

/* From now on look for missing files after each block, and every few seconds; and refuse what crashed. Both are borrowed. */
void rules_watch(struct rules *r, struct event_base *base, struct engine *e);

/* What an operator should know, a sentence each: approved rules that aren't loaded, with the height that needs them. Calls say() for each. */
void rules_warnings(const struct ledger *l, void (*say)(void *context, const char *sentence), void *context);

#endif
