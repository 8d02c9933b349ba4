#ifndef TALLY_TOKEN_LOT_H
#define TALLY_TOKEN_LOT_H
/* Lots (letter t): the dated parts of which a holder's units of an asset with ASSET_LOTS consist.
 *
 * All units of such an asset belong, for bank.h, to one account: lot_pool(). Who holds which part of the pool stands in lots. So supply is
 * bank_supply() for every asset, and expiry takes a day's total out of the pool without looking at holders. A lot is worthless from its
 * expiry's first second on, whether or not the list still shows it. */
#include "token/module.h"
#include "token/bank.h"

#define DAY_SECONDS 86400
#define LOT_NEVER UINT32_MAX
#define LOTS_MAX 256
/* A transfer may not fill a list above this, so that a stranger's dust leaves room for earnings. */
#define LOTS_TRANSFER_MAX 224

struct lot {
	struct amount amount;
	struct unixtime available_from; /* 0: at once */
	uint32_t expires_day;           /* since 1970: worthless from its first second; LOT_NEVER */
	bool earned;                    /* else bought */
	struct hash256 receipt;         /* zero for none */
};

/* A holder's lots in spending order: earliest expiry first, then oldest. */
struct lots {
	size_t n;
	struct lot list[LOTS_MAX];
};

struct account lot_pool(const struct asset_id *asset);
/* The first day that begins at or after t; LOT_NEVER when there is none in range. */
uint32_t lot_day_after(struct unixtime t);
/* The month, counted from January 1970, of the last day on which what expires on this day is good; LOT_NEVER for LOT_NEVER. */
uint32_t lot_month(uint32_t day);

/* What a holder has at a time; expired ones are left out. */
void lots_get(struct lots *out, const struct state *s, const struct asset_id *asset, const struct account *who, struct unixtime now);
struct amount lots_total(const struct lots *l);
/* Without what isn't available yet. */
struct amount lots_spendable(const struct lots *l, struct unixtime now);

/* What to do when a list is full and no two available lots are equal in all but their receipts. */
enum lot_fold {
	LOT_REFUSE,       /* TOO_MANY_LOTS */
	LOT_FOLD_EARLIER, /* the two nearest expiries become the earlier one: for the issuer, who owes himself */
	LOT_FOLD_LATER,   /* the later one: for a customer who earns */
};

/* Reasons: TOO_MANY_LOTS, AMOUNT_OVERFLOW, LOT_EXPIRED; INSUFFICIENT_BALANCE also where enough is there but not available yet.
 * lot_mint() folds to the later day. */
MUST_USE const char *lot_mint(struct exec *x, const struct asset_id *asset, const struct account *to, const struct lot *lot);
MUST_USE const char *lot_burn(struct exec *x, const struct asset_id *asset, const struct account *from, struct amount amount);
/* Dates travel, receipts don't: a return is a matter of the first holder. To oneself: nothing changes, but the funds must be there. */
MUST_USE const char *lot_move(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to,
			      struct amount amount, enum lot_fold fold);
/* Burn up to `amount` of the holder's lots of one receipt, available or not, then of what such lots were merged into; *burnt: how much was
 * there. */
MUST_USE const char *lot_burn_receipt(struct exec *x, struct amount *burnt, const struct asset_id *asset, const struct account *holder,
				      const struct hash256 *receipt, uint32_t expires_day, struct amount amount);

/* Take out of the pools what has expired by the block's time, at most LOT_EXPIRIES_MAX totals of an asset's day; the rest is due at once. What
 * isn't taken out yet can't be spent all the same. released() is told of each asset's total. */
#define LOT_EXPIRIES_MAX 1000
void lot_expire(struct exec *x, void (*released)(struct exec *x, const struct asset_id *asset, struct amount total));
MUST_USE bool lot_next_expiry(struct unixtime *out, const struct state *s);

/* What an asset owes by day, or by month (lot_month()), ascending, LOT_NEVER last. Months are few, and add up to the supply: with proofs of
 * all of them and of the supply (bank.h) nobody needs to ask whether one was left out. Keys: t e | asset | day, t m | asset | month,
 * big-endian; the value is the amount, u64. */
struct liability_walk {
	struct state_walk walk;
};
void liability_walk_init(struct liability_walk *w, const struct state *s, const struct asset_id *asset);
void liability_months_init(struct liability_walk *w, const struct state *s, const struct asset_id *asset);
/* The key for a proof is w->walk.key. */
MUST_USE bool liability_walk_next(struct liability_walk *w, uint32_t *when, struct amount *total);

/* All holders of an asset, for invariants and reports. */
struct holder_walk {
	struct state_walk walk;
	uint32_t live_from;
};
void holder_walk_init(struct holder_walk *w, const struct state *s, const struct asset_id *asset);
MUST_USE bool holder_walk_next(struct holder_walk *w, struct account *who, struct lots *out);

/* L3: a month's total is the sum of its days'. L1: a day's total is the sum of the lots that expire on it. L2: the totals of an asset add up to its supply, all of it in the pool. */
MUST_USE const char *lot_invariants(const struct state *s, const struct asset_id *asset);

#endif
