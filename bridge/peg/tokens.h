#ifndef TALLY_PEG_TOKENS_H
#define TALLY_PEG_TOKENS_H
/* A deposit straight into a store's backed token. */
#include "token/bank.h"

/* Turn coin that the account has just got into the asset's tokens. NULL, or why it stays coin; then nothing has changed. */
MUST_USE const char *peg_mint_tokens(struct exec *x, const struct asset_id *asset, const struct account *to, struct amount coin);

#endif
