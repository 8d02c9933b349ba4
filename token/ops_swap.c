#include "token/ops_swap.h"

void
op_offer_encode(struct wr *w, const struct op_offer *o)
{
	wr_asset_id(w, &o->sell);
	wr_amount(w, o->sell_amount);
	wr_asset_id(w, &o->buy);
	wr_amount(w, o->buy_amount);
	wr_u8(w, o->flags);
	wr_i64(w, o->until.sec);
	wr_u8(w, o->has_only);
	if (o->has_only)
		wr_account(w, &o->only);
}

bool
op_offer_decode(struct op_offer *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint8_t has_only;

	out->only = (struct account){ .type = ACCOUNT_KEY };
	rd_asset_id(&r, &out->sell);
	out->sell_amount = rd_amount(&r);
	rd_asset_id(&r, &out->buy);
	out->buy_amount = rd_amount(&r);
	out->flags = rd_u8(&r);
	out->until.sec = rd_i64(&r);
	has_only = rd_u8(&r);
	out->has_only = has_only == 1;
	if (out->has_only)
		rd_account(&r, &out->only);
	return rd_done(&r) && has_only <= 1 && (out->flags & ~OFFER_FLAGS_ALL) == 0;
}

void
op_take_encode(struct wr *w, const struct op_take *o)
{
	wr_u64(w, o->offer);
	wr_amount(w, o->want);
	wr_amount(w, o->least);
	wr_amount(w, o->pay_max);
}

bool
op_take_decode(struct op_take *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->offer = rd_u64(&r);
	out->want = rd_amount(&r);
	out->least = rd_amount(&r);
	out->pay_max = rd_amount(&r);
	return rd_done(&r);
}

void
op_cancel_offer_encode(struct wr *w, const struct op_cancel_offer *o)
{
	wr_u64(w, o->offer);
	wr_amount(w, o->amount);
}

bool
op_cancel_offer_decode(struct op_cancel_offer *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->offer = rd_u64(&r);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}
