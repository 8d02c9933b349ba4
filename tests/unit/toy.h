#ifndef TALLY_TESTS_TOY_H
#define TALLY_TESTS_TOY_H
/* A module for tests of the ledger, the store and the engines, and a small chain that runs it with the bank. */
#include "token/ledger.h"

enum toy_op {
	TOY_PAY = 60001,   /* to account | asset | amount: from the source */
	TOY_GIFT = 60002,  /* relay. serial u64 | account | amount: new coin, each serial once; an amount of 0 changes nothing */
	TOY_TRIP = 60003,  /* changes something, then refuses with TRIPPED */
	TOY_ALARM = 60004, /* time i64: a deadline; the block that reaches it has an event RANG of the account that set it */
	TOY_BREAK = 60005, /* breaks invariant Y0 */
};

extern const struct module toy_module;

/* Genesis "toy-1" at time 1,000,000 whose first 8 test accounts (signing.h) have 1,000,000 satoshi each; fees 10 and 1 an
 * operation. */
#define TOY_TIME 1000000
struct ledger *toy_ledger_new(void); /* not started */
const struct genesis *toy_genesis(void);
struct ledger *toy_ledger(void); /* started */

/* Fresh transactions, appended to w. `from` and `to` are numbers of test accounts. */
void toy_pay(struct wr *w, const struct ledger *l, unsigned from, uint64_t nonce, unsigned to, uint64_t satoshi);
void toy_gift(struct wr *w, uint64_t serial, unsigned to, uint64_t satoshi);
/* One operation of any number without payload but `value`; valid for ever. */
void toy_signed(struct wr *w, const struct ledger *l, unsigned from, uint64_t nonce, uint16_t number, int64_t value);

uint64_t toy_balance(struct ledger *l, unsigned who);

#endif
