#ifndef TALLY_TOKEN_OPS_SWAP_H
#define TALLY_TOKEN_OPS_SWAP_H
/* Payloads of the operations of offers (offer.h says what they do). As in ops.h: a decoder takes the whole payload and refuses anything but
 * the one valid encoding; an encoder trusts its caller. */
#include "token/ops.h"

enum offer_flag {
	OFFER_WHOLE = 1,  /* all that is left, or nothing */
	OFFER_REDEEM = 2, /* what is paid is redeemed at once, and the coin behind it goes to the owner */
};
#define OFFER_FLAGS_ALL 3

struct op_offer {
	struct asset_id sell, buy;
	struct amount sell_amount; /* goes to escrow */
	struct amount buy_amount;  /* for all of it */
	uint8_t flags;             /* enum offer_flag */
	struct unixtime until;     /* last second at which it can be taken */
	bool has_only;
	struct account only;       /* has_only: nobody else may take it; else all zero */
};
struct op_take {
	uint64_t offer;
	struct amount want;    /* most that the taker gets */
	struct amount least;   /* least that he gets; refused below */
	struct amount pay_max; /* most that he pays */
};
struct op_cancel_offer {
	uint64_t offer;
	struct amount amount; /* comes back; all of it when it is at least what is left */
};

void op_offer_encode(struct wr *w, const struct op_offer *o);
MUST_USE bool op_offer_decode(struct op_offer *out, const void *bytes, size_t len);
void op_take_encode(struct wr *w, const struct op_take *o);
MUST_USE bool op_take_decode(struct op_take *out, const void *bytes, size_t len);
void op_cancel_offer_encode(struct wr *w, const struct op_cancel_offer *o);
MUST_USE bool op_cancel_offer_decode(struct op_cancel_offer *out, const void *bytes, size_t len);

#endif
