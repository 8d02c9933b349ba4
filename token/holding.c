/* B1  A backed asset's backing account holds at least ceil(supply * sats / units) of coin after every function here.
 *
 * Keys: a p | asset -> units that the asset's DAO has permitted and that aren't minted yet. */
#include "token/holding.h"

#include <assert.h>

#include "token/statekey.h"
#include "token/votes.h"

struct amount
holding_total(const struct state *s, const struct asset *a, const struct account *who, struct unixtime now)
{
	struct lots l;

	if ((a->flags & ASSET_LOTS) == 0)
		return bank_balance(s, who, &a->id);
	lots_get(&l, s, &a->id, who, now);
	return lots_total(&l);
}

struct amount
holding_spendable(const struct state *s, const struct asset *a, const struct account *who, struct unixtime now)
{
	struct lots l;

	if ((a->flags & ASSET_LOTS) == 0)
		return bank_balance(s, who, &a->id);
	lots_get(&l, s, &a->id, who, now);
	return lots_spendable(&l, now);
}

/* ---- backing ---- */

struct account
holding_backing(const struct asset_id *asset)
{
	return account_of_module("backing", asset->id.b, sizeof(asset->id.b));
}

bool
holding_cost(struct amount *out, const struct asset *a, struct amount amount)
{
	*out = AMOUNT_ZERO;
	return (a->flags & ASSET_BACKED) == 0 || amount_muldiv(out, amount, a->sats, a->units, AMOUNT_UP);
}

bool
holding_is_backed(const struct state *s, const struct asset *a)
{
	struct asset_id coin = ASSET_COIN;
	struct account backing = holding_backing(&a->id);
	struct amount needed;

	return holding_cost(&needed, a, bank_supply(s, &a->id)) && amount_cmp(bank_balance(s, &backing, &coin), needed) >= 0;
}

static const char *
lock_coin(struct exec *x, const struct asset *a, struct mint_order *o)
{
	struct asset_id coin = ASSET_COIN;
	struct account backing = holding_backing(&a->id);
	struct amount cost;

	if (!holding_cost(&cost, a, o->amount))
		return "AMOUNT_OVERFLOW";
	if (!amount_sub(&o->coin_left, o->coin_left, cost))
		return "COIN_LIMIT";
	return bank_transfer(x->state, &o->payer, &backing, &coin, cost);
}

const char *
holding_release(struct exec *x, struct amount *released, const struct asset *a, struct amount amount, const struct account *to)
{
	struct asset_id coin = ASSET_COIN;
	struct account backing = holding_backing(&a->id);
	struct amount share = AMOUNT_ZERO;
	const char *why;

	if ((a->flags & ASSET_BACKED) != 0 && !amount_muldiv(&share, amount, a->sats, a->units, AMOUNT_DOWN))
		return "AMOUNT_OVERFLOW";
	if (released != NULL)
		*released = share;
	if (amount_is_zero(share))
		return NULL;
	why = bank_transfer(x->state, &backing, to, &coin, share);
	assert(why == NULL);
	assert(holding_is_backed(x->state, a));
	return why;
}

struct account
holding_heir(const struct asset *a)
{
	return a->renounced ? bank_fee_fund() : a->issuer;
}

/* ---- permits ---- */

static struct statekey
permit_key(const struct asset_id *asset)
{
	struct statekey k = statekey_new('a', 'p');

	statekey_asset(&k, asset);
	return k;
}

struct amount
holding_permit(const struct state *s, const struct asset_id *asset)
{
	struct statekey k = permit_key(asset);
	struct amount a;
	bool ok = amount_from_units(&a, statekey_get_u64(s, &k));

	assert(ok);
	(void)ok;
	return a;
}

const char *
holding_add_permit(struct state *s, const struct asset_id *asset, struct amount amount)
{
	struct statekey k = permit_key(asset);
	struct amount permit = holding_permit(s, asset);

	if (!amount_add(&permit, permit, amount))
		return "AMOUNT_OVERFLOW";
	statekey_put_u64(s, &k, amount_units(permit));
	return NULL;
}

static const char *
use_permit(struct exec *x, const struct asset *a, struct amount amount)
{
	struct statekey k = permit_key(&a->id);
	struct amount permit = holding_permit(x->state, &a->id);

	if (a->dao == ASSET_NO_DAO)
		return NULL;
	if (!amount_sub(&permit, permit, amount))
		return "NO_PERMIT";
	statekey_put_u64(x->state, &k, amount_units(permit));
	return NULL;
}

/* ---- units ---- */

static const char *
mint_units(struct exec *x, const struct asset *a, const struct mint_order *o)
{
	static const struct lot undated = { .expires_day = LOT_NEVER };
	struct lot lot = o->dates != NULL ? *o->dates : undated;
	const char *why;

	if ((a->flags & ASSET_LOTS) != 0) {
		lot.amount = o->amount;
		return lot_mint(x, &a->id, &o->to, &lot);
	}
	why = bank_mint(x->state, &o->to, &a->id, o->amount);
	if (why == NULL && (a->flags & ASSET_VOTES) != 0)
		votes_moved(x, &a->id, NULL, &o->to, o->amount);
	return why;
}

const char *
holding_mint(struct exec *x, const struct asset *a, struct mint_order *o)
{
	struct amount supply;
	const char *why;

	if (!amount_add(&supply, bank_supply(x->state, &a->id), o->amount) || amount_cmp(supply, a->cap) > 0)
		return "CAP_EXCEEDED";
	why = o->at_creation ? NULL : use_permit(x, a, o->amount);
	if (why == NULL)
		why = lock_coin(x, a, o);
	if (why == NULL)
		why = mint_units(x, a, o);
	assert(why != NULL || holding_is_backed(x->state, a));
	return why;
}

const char *
holding_burn(struct exec *x, struct amount *released, const struct asset *a, const struct account *from, struct amount amount,
	     const struct account *release_to)
{
	const char *why;

	if ((a->flags & ASSET_LOTS) != 0)
		why = lot_burn(x, &a->id, from, amount);
	else
		why = bank_burn(x->state, from, &a->id, amount);
	if (why != NULL)
		return why;
	if ((a->flags & ASSET_VOTES) != 0)
		votes_moved(x, &a->id, from, NULL, amount);
	return holding_release(x, released, a, amount, release_to);
}

const char *
holding_move(struct exec *x, const struct asset *a, const struct account *from, const struct account *to, struct amount amount)
{
	const char *why;

	if ((a->flags & ASSET_LOTS) != 0)
		return lot_move(x, &a->id, from, to, amount, asset_is_issuer(a, to) ? LOT_FOLD_EARLIER : LOT_REFUSE);
	why = bank_transfer(x->state, from, to, &a->id, amount);
	if (why == NULL && (a->flags & ASSET_VOTES) != 0)
		votes_moved(x, &a->id, from, to, amount);
	return why;
}
