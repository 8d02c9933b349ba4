#ifndef TALLY_TOKEN_HOLDING_H
#define TALLY_TOKEN_HOLDING_H
/* Units of any asset, whatever they consist of: plain balances, lots, voting power. Everything that moves, makes or ends units of an asset
 * other than the coin comes through here, so that supply, cap, permit, backing and voting power stay right together. Who may do it is the
 * callers' business (asset.c, effects.c). */
#include "token/asset.h"
#include "token/lot.h"

/* All that is somebody's, also what isn't available yet. */
struct amount holding_total(const struct state *s, const struct asset *a, const struct account *who, struct unixtime now);
struct amount holding_spendable(const struct state *s, const struct asset *a, const struct account *who, struct unixtime now);

/* Make units. dates is for assets with lots (NULL: at once, never expiring, bought). The payer's coin backs a backed asset:
 * holding_cost() of it, at most coin_left, which shrinks by it.
 * Reasons: CAP_EXCEEDED, NO_PERMIT, COIN_LIMIT, INSUFFICIENT_BALANCE, those of lot_mint(). */
struct mint_order {
	struct account to;
	struct amount amount;
	const struct lot *dates; /* borrowed; its amount isn't looked at */
	struct account payer;
	struct amount coin_left;
	bool at_creation; /* what CREATE itself declares needs no permit */
};
MUST_USE const char *holding_mint(struct exec *x, const struct asset *a, struct mint_order *o);

/* End units. Of a backed asset their share of coin, rounded down, goes to `release_to`; *released (may be NULL) says how much. */
MUST_USE const char *holding_burn(struct exec *x, struct amount *released, const struct asset *a, const struct account *from,
				  struct amount amount, const struct account *release_to);

/* From one account to another; the coin too. */
MUST_USE const char *holding_move(struct exec *x, const struct asset *a, const struct account *from, const struct account *to,
				  struct amount amount);

/* ---- backing ---- */

struct account holding_backing(const struct asset_id *asset);
/* Coin that `amount` new units cost, rounded up; 0 for an asset that isn't backed. False when it is above all amounts. */
MUST_USE bool holding_cost(struct amount *out, const struct asset *a, struct amount amount);
/* Units that were burnt, or expired, by other means than holding_burn(): release their share. */
MUST_USE const char *holding_release(struct exec *x, struct amount *released, const struct asset *a, struct amount amount,
				     const struct account *to);
/* Who gets what expires or is taken back: the issuer; the fee fund when there is none. */
struct account holding_heir(const struct asset *a);
/* B1: backing >= ceil(supply * sats / units). */
MUST_USE bool holding_is_backed(const struct state *s, const struct asset *a);

/* ---- permits of the DAO that an asset obeys ---- */

struct amount holding_permit(const struct state *s, const struct asset_id *asset);
/* AMOUNT_OVERFLOW. */
MUST_USE const char *holding_add_permit(struct state *s, const struct asset_id *asset, struct amount amount);

#endif
