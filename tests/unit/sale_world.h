#ifndef TALLY_TESTS_SALE_WORLD_H
#define TALLY_TESTS_SALE_WORLD_H
/* A little ledger with a token that can be sold, and terms of a sale to start from: 1,000 tokens at 10 satoshi each, at least half of them,
 * in the next 1,000 seconds. Purchases, claims and so on are of the shop's latest sale. */
#include "tests/unit/world.h"
#include "token/sale.h"

enum { SELLER = 3, ALICE, BOB, CAROL, DAVE };

#define SHOP_TOKENS 100000 /* the seller's, before any sale */
#define SHOP_CAP 200000
#define SHOP_LENGTH 1000

struct shop {
	struct world w;
	struct asset_id token; /* transferable, freezable, pausable, with votes; the seller is the issuer */
	struct op_create_sale terms;
	uint8_t params[400];
	uint64_t number;
};

void shop_open(struct shop *s);
void shop_close(struct shop *s);

/* Other terms: so many base units for a price; a bonus in ten-thousandths from the opening to so many seconds later. */
void shop_price(struct shop *s, uint64_t units_, uint64_t price);
void shop_bonus(struct shop *s, uint16_t bonus, uint16_t end, uint32_t seconds);

/* The terms as they stand, by the seller. */
const char *shop_create(struct shop *s);
uint64_t shop_start(struct shop *s); /* which has to succeed: its number */

const char *shop_buy(struct shop *s, size_t who, uint64_t payment);
const char *shop_buy_for(struct shop *s, size_t payer, size_t beneficiary, uint64_t payment);
const char *shop_buy_least(struct shop *s, size_t who, uint64_t payment, uint64_t tokens_min);
const char *shop_buy_account(struct shop *s, size_t payer, const struct account *beneficiary, uint64_t payment);
const char *shop_buy_listed(struct shop *s, size_t payer, size_t beneficiary, uint64_t payment, const struct allow_path *payer_path,
			    const struct allow_path *beneficiary_path);
const char *shop_finish(struct shop *s, size_t who); /* CLOSE_SALE */
const char *shop_claim(struct shop *s, size_t who, size_t account);
const char *shop_cancel(struct shop *s, size_t who);

const char *shop_freeze(struct shop *s, const struct account *who);
const char *shop_unfreeze(struct shop *s, const struct account *who);
const char *shop_pause(struct shop *s, int64_t seconds);

/* Of the token. */
uint64_t shop_balance(const struct shop *s, const struct account *who);

#endif
