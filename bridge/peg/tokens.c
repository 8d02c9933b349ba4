#include "bridge/peg/tokens.h"

const char *
peg_mint_tokens(struct exec *x, const struct asset_id *asset, const struct account *to, struct amount coin)
{
	(void)x;
	(void)asset;
	(void)to;
	(void)coin;
	return "ASSET_UNKNOWN";
}
