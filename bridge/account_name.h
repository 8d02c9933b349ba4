#ifndef TALLY_BRIDGE_ACCOUNT_NAME_H
#define TALLY_BRIDGE_ACCOUNT_NAME_H
/* Names of accounts where accounts are shown, and where they are asked for: @name stands for the account that holds it. */
#include <jansson.h>

#include "token/account.h"

struct node;

/* Member `key` with the account's name, when it has one that is attested. n may run without a ledger. */
void put_account_name(json_t *o, const char *key, const struct node *n, const struct account *who);

/* text: "@name". NULL, or why it stands for no account (static). */
MUST_USE const char *account_from_name(struct account *out, const struct node *n, const char *text);

#endif
