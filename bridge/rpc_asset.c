#include "bridge/rpc_asset.h"

#include <string.h>
#include <strings.h>

#include "bridge/node.h"
#include "token/ledger.h"

static bool
is_coin(const char *text)
{
	return text == NULL || strcmp(text, "0") == 0 || strcasecmp(text, "coin") == 0;
}

/* How many assets have this name; *out is one of them. */
static size_t
count_named(struct asset *out, const struct state *s, const char *text)
{
	struct asset_id id = ASSET_COIN;

	if (is_coin(text) || (strlen(text) == 64 && hash256_from_hex(&id.id, text)))
		return asset_get(out, s, &id) ? 1 : 0;
	return asset_find_ticker(out, s, text);
}

bool
asset_named(struct asset *out, const struct state *s, const char *text)
{
	return count_named(out, s, text) == 1;
}

bool
rpc_asset(struct asset *out, struct rpc_call *c, const char *name)
{
	const char *text = rpc_text(c, name);
	size_t n = count_named(out, ledger_state(node_ledger(rpc_node(c))), text);

	if (n == 1)
		return true;
	if (n > 1)
		rpc_fail(c, RPC_REFUSED, "TICKER_AMBIGUOUS", "name it by its id: listassets shows them with their issuers",
			 "more than one asset has the ticker %.20s", text);
	else
		rpc_fail(c, RPC_REFUSED, "ASSET_UNKNOWN", "listassets shows what there is", "there is no asset '%.64s'",
			 text != NULL ? text : "coin");
	return false;
}
