#ifndef TALLY_TOKEN_RULE_PARTS_H
#define TALLY_TOKEN_RULE_PARTS_H
/* Between rule.c, what the ledger says, and rule_code.c, what this process has. */
#include "token/rule.h"

/* Has somebody agreed to disable this rule at exactly this height? */
MUST_USE bool rule_disabling_at(const char *name, uint64_t height);

/* The sentence that stops the node, or NULL. */
const char *rule_missing(void);
/* Whoever only asks, or tries a transaction, must not stop the chain. */
void rule_forget_missing(void);
/* Look for what is in force at a height and isn't here. */
void rule_note_missing(const struct state *s, uint64_t height);

#endif
