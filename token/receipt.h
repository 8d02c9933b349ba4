#ifndef TALLY_TOKEN_RECEIPT_H
#define TALLY_TOKEN_RECEIPT_H
/* What sales earned, by the hash of their receipts, and what customers owe after returns (letter t). */
#include "token/lot.h"

#define RECEIPT_NOTE_LEN 32

struct receipt {
	struct account customer;
	struct amount paid, with_points; /* as in EARN */
	struct amount returned;          /* price of what came back so far */
	struct amount granted;           /* units that the sale earned, debt that they paid included */
	struct amount taken;             /* units taken back so far */
	struct unixtime earned_at;
	uint32_t expires_day; /* of the units */
	uint8_t note[RECEIPT_NOTE_LEN]; /* of the rule, to itself */
};

MUST_USE bool receipt_get(struct receipt *out, const struct state *s, const struct asset_id *asset, const struct hash256 *hash);
void receipt_put(struct state *s, const struct asset_id *asset, const struct hash256 *hash, const struct receipt *r);

/* Units that a customer had spent when the sale that earned them was returned: later earnings pay them first. */
struct amount receipt_debt(const struct state *s, const struct asset_id *asset, const struct account *who);
/* AMOUNT_OVERFLOW. */
MUST_USE const char *receipt_add_debt(struct state *s, const struct asset_id *asset, const struct account *who, struct amount amount);
/* Pay debt out of `earned`; returns what is left of it. */
struct amount receipt_pay_debt(struct state *s, const struct asset_id *asset, const struct account *who, struct amount earned);

/* R1: what came back of a sale is at most its price, what was taken back at most what it earned, and what was paid with points at most all. */
MUST_USE const char *receipt_invariants(const struct state *s);

#endif
