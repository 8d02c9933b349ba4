#ifndef TALLY_TOKEN_OPS_SALE_H
#define TALLY_TOKEN_OPS_SALE_H
/* Operations of sales: payloads, encoders and decoders, with the same manners as ops.h. What they do stands in sale.h. */
#include "token/allow_list.h"
#include "token/ops.h"

struct op_create_sale {
	struct asset_id asset;   /* sold */
	struct asset_id payment; /* paid with */
	struct op_text rule;     /* of the price */
	uint16_t rule_major;
	struct op_blob params;      /* for the rule */
	struct unixtime open;       /* first second; 0: now */
	struct unixtime close;      /* first second after it */
	struct amount soft_cap;     /* with less paid in than that, everybody gets his payment back */
	struct amount hard_cap;     /* no more is taken */
	struct amount tokens;       /* most units that the seller locks for it */
	struct amount payer_min, payer_max;             /* of what an account pays in all */
	struct amount beneficiary_min, beneficiary_max; /* of what is paid for an account in all */
	struct hash256 allow_list;  /* root over who may pay and receive; zero: anybody */
	uint32_t cliff, vesting;    /* seconds after the end: nothing before the cliff, everything after `vesting`, in a straight line between */
};

struct op_buy {
	uint64_t sale;
	struct account beneficiary; /* who gets the tokens */
	struct amount payment;
	struct amount tokens_min;   /* least tokens for all of the payment; for a part of it, least in proportion */
	struct allow_path payer_path;       /* empty without an allow-list */
	struct allow_path beneficiary_path; /* empty too when the source is the beneficiary */
};
struct op_sale { /* CLOSE_SALE and CANCEL_SALE */
	uint64_t sale;
};
struct op_claim {
	uint64_t sale;
	struct account account; /* beneficiary of a sale that succeeded, payer of one that failed */
};

void op_create_sale_encode(struct wr *w, const struct op_create_sale *o);
MUST_USE bool op_create_sale_decode(struct op_create_sale *out, const void *bytes, size_t len);
void op_buy_encode(struct wr *w, const struct op_buy *o);
MUST_USE bool op_buy_decode(struct op_buy *out, const void *bytes, size_t len);
void op_sale_encode(struct wr *w, const struct op_sale *o);
MUST_USE bool op_sale_decode(struct op_sale *out, const void *bytes, size_t len);
void op_claim_encode(struct wr *w, const struct op_claim *o);
MUST_USE bool op_claim_decode(struct op_claim *out, const void *bytes, size_t len);

#endif
