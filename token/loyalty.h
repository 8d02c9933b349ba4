#ifndef TALLY_TOKEN_LOYALTY_H
#define TALLY_TOKEN_LOYALTY_H
/* Loyalty points: assets with lots that a sale earns and a return takes back (module t). No genesis section.
 *
 * | operation | who    | does | reasons to refuse, besides ASSET_UNKNOWN, BAD_PAYLOAD and those of the rule |
 * |-----------|--------|------|------------------------------------------------------------------------------|
 * | EARN      | issuer | the rule says how many units a sale earns; the customer's debt is paid first | NOT_ISSUER NO_LOTS NO_RULE NOT_A_RECIPIENT RECEIPT_USED BAD_SALE |
 * | REFUND    | issuer | the rule says how many go with what came back; what is spent becomes debt | NOT_ISSUER NO_LOTS NO_RULE RECEIPT_UNKNOWN WRONG_CUSTOMER RETURN_TOO_LARGE |
 * | REDEEM    | holder | burns; of a backed asset the coin, rounded down, goes to the holder | ZERO_AMOUNT ASSET_PAUSED ACCOUNT_FROZEN |
 *
 * Units leave supply at the start of the UTC day on which they expire; their backing goes to the issuer. */
#include "token/issue.h"

extern const struct module loyalty_module;

/* For the peg: burn `units` of `from` and give him the coin behind them. On a refusal nothing has changed. */
MUST_USE const char *asset_redeem(struct exec *x, struct amount *coin, const struct asset_id *asset, const struct account *from,
				  struct amount units);

#endif
