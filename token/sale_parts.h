#ifndef TALLY_TOKEN_SALE_PARTS_H
#define TALLY_TOKEN_SALE_PARTS_H
/* The inside of sales, shared by sale.c (operations), sale_end.c (what comes after), sale_hold.c (quarantine) and sale_record.c (state) only. */
#include "token/asset.h"
#include "token/sale.h"

void sale_put(struct state *s, const struct sale *sale);
/* Terms and rule into a struct; the texts are copied. */
void sale_fill(struct sale *out, const struct op_create_sale *terms);
void sale_payer_put(struct state *s, uint64_t number, const struct account *who, const struct sale_payer *p);
void sale_beneficiary_put(struct state *s, uint64_t number, const struct account *who, const struct sale_beneficiary *b);
void sale_purchase_put(struct state *s, uint64_t number, const struct account *payer, const struct account *beneficiary,
		       const struct sale_purchase *p);
/* When the ledger closes a sale by itself. */
void sale_queue(struct state *s, const struct sale *sale, bool there);

/* Sums of what the ledger has checked before. */
struct amount sale_sum(struct amount a, struct amount b);
struct amount sale_less(struct amount a, struct amount b);

/* Less than the price of one token is missing from the hard cap. */
MUST_USE bool sale_is_sold_out(const struct sale *sale);

/* ASSET_PAUSED, ACCOUNT_FROZEN: nothing of it comes to this account now. */
MUST_USE const char *sale_may_touch(const struct exec *x, const struct asset *a, const struct account *who);

/* OPEN -> SUCCEEDED or FAILED, and give the seller what is his. */
void sale_end(struct exec *x, struct sale *sale, struct unixtime ended);
/* OPEN -> CANCELLED, and stored; on a refusal nothing may be kept of it. */
MUST_USE const char *sale_cancel(struct exec *x, struct sale *sale);
/* What a sale that has ended still owes the seller, as far as it moves: NULL when it owes nothing any more. */
MUST_USE const char *sale_settle(struct exec *x, struct sale *sale);
MUST_USE const char *sale_claim(struct exec *x, struct sale *sale, const struct account *who);
void sales_end_block(struct exec *x);
MUST_USE bool sales_next_deadline(const struct state *s, struct unixtime *out);

MUST_USE const char *sale_invariants(const struct state *s, bool deep);

#endif
