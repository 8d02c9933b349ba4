#ifndef TALLY_TOKEN_SALE_H
#define TALLY_TOKEN_SALE_H
/* Sales (letter s): tokens for payments, escrow first, delivery after.
 *
 * Whoever holds tokens may sell them. When a sale is created, the most that it can come to give, bonuses included, is locked. Payments stand
 * in an account of the sale's own until it ends. Then either all of them go to the seller, and the buyers claim their tokens; or all tokens
 * go back to the seller, and each payer claims exactly what he paid. What a payment buys is the matter of a SALE rule, in the version that
 * the sale began with; it can refuse, but nothing that it answers takes more tokens than are locked or more payment than was offered.
 *
 *   OPEN -> SUCCEEDED   the soft cap is reached by the close, or less than the price of one token is missing from the hard cap (at once then)
 *    |  \-> FAILED      at the close
 *    \---> CANCELLED    by the seller, before it opens
 *
 * It takes payments while open <= time < close. From the close on anyone may close it, and claiming does so too; the ledger itself closes
 * what nobody did within SALE_GRACE. Vesting starts with the end: the close, or the second in which it sold out.
 *
 * | operation   | who                         | reasons to refuse, besides BAD_PAYLOAD, SALE_UNKNOWN, INSUFFICIENT_BALANCE |
 * |-------------|-----------------------------|-----------------------------------------------------------------------------|
 * | CREATE_SALE | who has the tokens          | ASSET_UNKNOWN BAD_SALE_ASSET BAD_PAYMENT_ASSET BAD_TIMES CLOSE_TOO_FAR BAD_CAPS SOFT_ABOVE_HARD BAD_LIMITS BAD_VESTING BAD_RULE_NAME ZERO_TOKENS TOKENS_SHORT ASSET_PAUSED ACCOUNT_FROZEN and the rule's |
 * | BUY         | anyone but the seller       | SALE_NOT_OPEN SALE_CLOSED SOLD_OUT ZERO_AMOUNT SELLER_CANT_BUY NOT_A_RECIPIENT NOT_ON_LIST BELOW_PAYER_MIN ABOVE_PAYER_MAX BELOW_BENEFICIARY_MIN ABOVE_BENEFICIARY_MAX PRICE_MOVED RULE_EFFECT ASSET_PAUSED ACCOUNT_FROZEN and the rule's |
 * | CLOSE_SALE  | anyone                      | SALE_RUNNING ALREADY_CLOSED ASSET_PAUSED ACCOUNT_FROZEN                      |
 * | CLAIM       | anyone, for anyone          | SALE_RUNNING NOTHING_TO_CLAIM NOTHING_VESTED PAYMENT_HELD ASSET_PAUSED ACCOUNT_FROZEN |
 * | CANCEL_SALE | seller, before the opening  | NOT_SELLER TOO_LATE ASSET_PAUSED ACCOUNT_FROZEN                              |
 *
 * What the seller or a buyer can't be given because an asset is paused or his account frozen waits in the sale's accounts, and stands in
 * nobody's way: CLOSE_SALE again, or CLAIM, once it moves. */
#include "token/ops_sale.h"
#include "token/rule.h"

#define SALE_AHEAD_MAX (366 * 86400)          /* seconds from creation to close */
#define SALE_VESTING_MAX (10 * 366 * 86400)   /* seconds */
#define SALE_GRACE 86400                      /* seconds after the close */
#define SALE_CLOSINGS_MAX 16                  /* by the ledger itself in one block; the rest in the next */
#define SALE_HOLD_MAX 256                     /* purchases of an account that one quarantine looks at, those of the latest sales first */

enum sale_state {
	SALE_OPEN = 1, /* also before the opening and until it is closed */
	SALE_SUCCEEDED = 2,
	SALE_FAILED = 3,
	SALE_CANCELLED = 4,
};

struct sale {
	uint64_t number; /* from 1 */
	struct account seller;
	struct unixtime created;
	struct rule_version rule;
	enum sale_state state;
	struct unixtime ended;      /* 0 while it is open */
	struct amount locked;       /* tokens at creation */
	struct amount payment_least;
	uint64_t buys;              /* purchases accepted */
	struct amount raised, sold; /* payments, and tokens for them; without what is held */
	struct amount held, held_tokens;
	struct amount refunded, delivered; /* of raised, of sold */
	bool seller_paid, seller_returned; /* payments, unsold tokens: the seller has what is his */
	/* As declared, the opening filled in. Texts and params in it are borrowed from this struct; so a struct sale isn't copied by assignment. */
	struct op_create_sale terms;
	uint8_t params[RULE_PARAMS_MAX];
};

/* One account's part in a sale. */
struct sale_payer {
	struct amount paid; /* in all, what is held included */
	struct amount held;
	bool refunded; /* all but what is held */
};
struct sale_beneficiary {
	struct amount paid;   /* for him, in all */
	struct amount tokens; /* without what is held */
	struct amount delivered;
};
/* What one account has paid for another. */
struct sale_purchase {
	struct amount paid, tokens; /* in all */
	struct amount held, held_tokens;
};

extern const struct module sale_module;

/* ---- questions ---- */

uint64_t sale_count(const struct state *s); /* numbers are 1..count */
MUST_USE bool sale_get(struct sale *out, const struct state *s, uint64_t number);

/* What a person calls its state: SCHEDULED, OPEN, ENDED (nobody has closed it yet), SUCCEEDED, FAILED, CANCELLED. */
const char *sale_phase(const struct sale *sale, struct unixtime now);

struct account sale_escrow(uint64_t number); /* payments */
struct account sale_vault(uint64_t number);  /* tokens */

/* What may still be paid in. */
struct amount sale_room(const struct sale *sale);

/* All zero, and false, when there is none. The key is for a proof. */
MUST_USE bool sale_payer_get(struct sale_payer *out, const struct state *s, uint64_t number, const struct account *who);
MUST_USE bool sale_beneficiary_get(struct sale_beneficiary *out, const struct state *s, uint64_t number, const struct account *who);
MUST_USE bool sale_purchase_get(struct sale_purchase *out, const struct state *s, uint64_t number, const struct account *payer,
				const struct account *beneficiary);
#define SALE_KEY_MAX 76
size_t sale_payer_key(uint8_t out[SALE_KEY_MAX], uint64_t number, const struct account *who);
size_t sale_beneficiary_key(uint8_t out[SALE_KEY_MAX], uint64_t number, const struct account *who);
size_t sale_purchase_key(uint8_t out[SALE_KEY_MAX], uint64_t number, const struct account *payer, const struct account *beneficiary);

/* Walks by account. */
void sale_payer_walk(struct state_walk *w, const struct state *s, uint64_t number);
MUST_USE bool sale_payer_walk_next(struct account *who, struct sale_payer *out, struct state_walk *w);
void sale_beneficiary_walk(struct state_walk *w, const struct state *s, uint64_t number);
MUST_USE bool sale_beneficiary_walk_next(struct account *who, struct sale_beneficiary *out, struct state_walk *w);
/* All that an account has bought, the latest sales first. */
void sale_purchase_walk(struct state_walk *w, const struct state *s, const struct account *payer);
/* The same in one sale. */
void sale_purchase_walk_in(struct state_walk *w, const struct state *s, const struct account *payer, uint64_t number);
MUST_USE bool sale_purchase_walk_next(uint64_t *number, struct account *beneficiary, struct sale_purchase *out, struct state_walk *w);

/* How many of a beneficiary's tokens have vested, delivered ones included: none before the sale has succeeded. */
struct amount sale_vested(const struct sale *sale, const struct sale_beneficiary *b, struct unixtime now);

/* What the terms would come to, for who wants to create a sale: the rule's bounds, or the reason to refuse. The opening has to be filled in. */
MUST_USE const char *sale_bounds(struct tally_sale_bounds *out, struct rule_version *rule, struct exec *x, const struct op_create_sale *terms,
				 uint64_t number);

/* What a payment would buy now; *payment becomes what of it would be accepted. */
MUST_USE const char *sale_quote(struct amount *payment, struct amount *tokens, struct exec *x, const struct sale *sale);

/* ---- quarantine ----
 *
 * When the coin of a deposit turns out not to exist for the time being, the bridge freezes what the depositor has. What he has paid into
 * sales and stands in their escrow is his too. Holds are told apart by a number of the bridge's; a number is used for one hold at a time. */

/* Move up to `amount` of coin that `payer` has in escrow to another account. The purchases shrink: what is held counts for the limits and the
 * room of its sale, but neither for the soft cap nor for delivery. Returns how much was there. */
struct amount sale_hold(struct exec *x, uint64_t hold, const struct account *payer, struct amount amount, const struct account *to);
/* Back from that account: into the purchases of sales that are still open, else to the payer himself. Returns how much that was. */
struct amount sale_hold_return(struct exec *x, uint64_t hold, const struct account *from);
/* The coin is gone, and the purchases with it. */
void sale_hold_drop(struct exec *x, uint64_t hold);

#endif
