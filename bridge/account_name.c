#include "bridge/account_name.h"

#include <string.h>

#include "bridge/node.h"
#include "token/ledger.h"
#include "token/name.h"

void
put_account_name(json_t *o, const char *key, const struct node *n, const struct account *who)
{
	struct name name;

	if (node_ledger(n) != NULL && name_of(&name, ledger_state(node_ledger(n)), who) && name.attested)
		json_object_set_new(o, key, json_string(name.text));
}

const char *
account_from_name(struct account *out, const struct node *n, const char *text)
{
	struct name name;

	if (node_ledger(n) == NULL)
		return "names stand in the ledger, which this daemon doesn't have";
	if (text[0] != '@' || !name_find(&name, ledger_state(node_ledger(n)), text + 1, strlen(text + 1)))
		return "nobody has this name (see listnames)";
	if (!name.attested)
		return "nobody attests this name any more: use the account's address";
	*out = name.holder;
	return NULL;
}
