#ifndef TALLY_TOKEN_BANK_H
#define TALLY_TOKEN_BANK_H
/* Balances of all assets (letter b). Asset 0 is the pegged coin. The functions check funds and keep supply right; permissions
 * (flags, freezes, caps, rules) are the callers': asset.c for operations of people, the peg for asset 0. */
#include "token/module.h"

/* An asset's name in the ledger; all zero is asset 0, the pegged coin. */
struct asset_id {
	struct hash256 id;
};
#define ASSET_COIN ((struct asset_id){ { { 0 } } })

MUST_USE bool asset_id_eq(const struct asset_id *a, const struct asset_id *b);
void rd_asset_id(struct rd *r, struct asset_id *out);
void wr_asset_id(struct wr *w, const struct asset_id *a);

struct amount bank_balance(const struct state *s, const struct account *who, const struct asset_id *asset);
struct amount bank_supply(const struct state *s, const struct asset_id *asset);
/* Key of a balance, for a proof: the value is the amount, u64; absent for zero. */
#define BANK_BALANCE_KEY_LEN (2 + ACCOUNT_LEN + 32)
void bank_balance_key(uint8_t out[BANK_BALANCE_KEY_LEN], const struct account *who, const struct asset_id *asset);

/* The same for a supply. */
#define BANK_SUPPLY_KEY_LEN (2 + 32)
void bank_supply_key(uint8_t out[BANK_SUPPLY_KEY_LEN], const struct asset_id *asset);

/* Walk over the assets that an account holds. */
void bank_walk_init(struct state_walk *w, const struct state *s, const struct account *who);
MUST_USE bool bank_walk_next(struct asset_id *asset, struct amount *balance, struct state_walk *w);

/* Reasons: INSUFFICIENT_BALANCE, AMOUNT_OVERFLOW; then nothing has changed. A transfer to oneself changes nothing, but needs
 * the funds. An amount of 0 changes nothing. */
MUST_USE const char *bank_transfer(struct state *s, const struct account *from, const struct account *to,
				   const struct asset_id *asset, struct amount amount);
MUST_USE const char *bank_mint(struct state *s, const struct account *to, const struct asset_id *asset, struct amount amount);
MUST_USE const char *bank_burn(struct state *s, const struct account *from, const struct asset_id *asset, struct amount amount);

/* The fee fund: module account that fees, deposit fees and returned shares go to. */
struct account bank_fee_fund(void);

/* Invariant B0: for each asset, supply = sum of balances. Only a deep look, a full scan, can tell. */
MUST_USE const char *bank_invariants(const struct state *s, bool deep);

/* The module that owns the letter: no operations, no genesis section. */
extern const struct module bank_module;

#endif
