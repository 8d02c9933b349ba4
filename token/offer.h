#ifndef TALLY_TOKEN_OFFER_H
#define TALLY_TOKEN_OFFER_H
/* Offers (letter o): X units of one asset for Y of another. What is offered sits in an account of the offer's own, where it is still the
 * owner's: coming back to him is no movement, so no freeze and no pause holds that up. The terms never change; who takes it says what he
 * pays at most and gets at least.
 *
 * A taker gets `got` units and pays ceil(got * Y / X), checked as pay * X >= got * Y in 128 bits: rounding is never against the owner. So a
 * way round through offers whose rates multiply to no more than 1 never gains.
 *
 * Units with dates (ASSET_LOTS) keep them in escrow and expire there; the earliest goes first. A rule that answers for TRANSFER is asked for
 * each sale and each payment.
 *
 * | operation    | who | reasons to refuse, besides BAD_PAYLOAD ASSET_UNKNOWN ZERO_AMOUNT, those of moving units and the rules' |
 * |--------------|-----|---------------------------------------------------------------------------------------------------------|
 * | OFFER        | a holder | SAME_ASSET BAD_UNTIL NOT_A_RECIPIENT NOT_REDEEMABLE RULE_TRANSFER |
 * | TAKE         | anybody else | OFFER_UNKNOWN OFFER_EXPIRED OWN_OFFER NOT_FOR_YOU BAD_LIMITS NOTHING_LEFT LEFT_TOO_LITTLE PRICE_LIMIT
 * |              |              | TAKE_WHOLE RULE_TRANSFER |
 * | CANCEL_OFFER | its owner; the issuer of what is sold once the owner is frozen | OFFER_UNKNOWN NOT_YOURS |
 *
 * Events. OFFERED: number u64, owner. TAKEN: struct offer_taken's
 * members in their order. OFFER_CLOSED: number, owner, enum offer_end u8,
 * units that came back. */
#include "token/asset.h"
#include "token/ops_swap.h"

#define OFFER_LIFE_MAX (366 * 86400)
/* Offers whose time is over and that go back in one block; the next ones follow in the next block. */
#define OFFERS_EXPIRE_MAX 64

enum offer_end {
	OFFER_FILLED = 1,
	OFFER_CANCELLED = 2,
	OFFER_EXPIRED = 3,
};

struct offer {
	uint64_t number;
	struct account owner;
	struct op_offer terms;
	struct amount left;      /* neither taken nor given back; units with dates may have expired in escrow: offer_left() */
	struct unixtime created;
	bool ended;              /* its time is over, but the owner has no room for so many lots: it waits for his CANCEL_OFFER */
};

/* The event TAKEN. */
struct offer_taken {
	uint64_t offer;
	struct account taker;
	struct asset_id sell;
	struct amount got;
	struct asset_id buy;
	struct amount paid;
	struct amount left; /* of what is sold */
};
MUST_USE bool rd_offer_taken(struct rd *r, struct offer_taken *out);

extern const struct module offer_module;

/* False for a number that isn't there, or not any more. */
MUST_USE bool offer_get(struct offer *out, const struct state *s, uint64_t number);
/* What can be had of it. */
struct amount offer_left(const struct state *s, const struct offer *o, struct unixtime now);
struct account offer_escrow(uint64_t number);

/* Both directions of its price; false where no unit can be had for that. */
MUST_USE bool offer_price(struct amount *pay, const struct op_offer *terms, struct amount got);
struct amount offer_affordable(const struct op_offer *terms, struct amount pay_max);

/* Offers that sell one asset for another, the cheapest first, the oldest of a price first. */
struct offer_walk {
	struct state_walk walk;
};
void offer_book_init(struct offer_walk *w, const struct state *s, const struct asset_id *sell, const struct asset_id *buy);
/* Of one owner, the oldest first. */
void offer_owner_init(struct offer_walk *w, const struct state *s, const struct account *owner);
/* All, the oldest first; after: only numbers above it. */
void offer_all_init(struct offer_walk *w, const struct state *s, uint64_t after);
MUST_USE bool offer_walk_next(struct offer_walk *w, struct offer *out);

#endif
