/* Payloads of the operations of sales. */
#include "token/ops_sale.h"

static void
rd_time(struct rd *r, struct unixtime *out)
{
	out->sec = rd_i64(r);
	if (out->sec < 0)
		rd_fail(r);
}

void
op_create_sale_encode(struct wr *w, const struct op_create_sale *o)
{
	wr_asset_id(w, &o->asset);
	wr_asset_id(w, &o->payment);
	wr_text(w, &o->rule);
	wr_u16(w, o->rule_major);
	wr_blob(w, &o->params);
	wr_i64(w, o->open.sec);
	wr_i64(w, o->close.sec);
	wr_amount(w, o->soft_cap);
	wr_amount(w, o->hard_cap);
	wr_amount(w, o->tokens);
	wr_amount(w, o->payer_min);
	wr_amount(w, o->payer_max);
	wr_amount(w, o->beneficiary_min);
	wr_amount(w, o->beneficiary_max);
	wr_hash256(w, &o->allow_list);
	wr_u32(w, o->cliff);
	wr_u32(w, o->vesting);
}

bool
op_create_sale_decode(struct op_create_sale *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_asset_id(&r, &out->payment);
	rd_text(&r, &out->rule, RULE_NAME_MAX);
	out->rule_major = rd_u16(&r);
	rd_blob(&r, &out->params, RULE_PARAMS_MAX);
	rd_time(&r, &out->open);
	rd_time(&r, &out->close);
	out->soft_cap = rd_amount(&r);
	out->hard_cap = rd_amount(&r);
	out->tokens = rd_amount(&r);
	out->payer_min = rd_amount(&r);
	out->payer_max = rd_amount(&r);
	out->beneficiary_min = rd_amount(&r);
	out->beneficiary_max = rd_amount(&r);
	rd_hash256(&r, &out->allow_list);
	out->cliff = rd_u32(&r);
	out->vesting = rd_u32(&r);
	return rd_done(&r);
}

void
op_buy_encode(struct wr *w, const struct op_buy *o)
{
	wr_u64(w, o->sale);
	wr_account(w, &o->beneficiary);
	wr_amount(w, o->payment);
	wr_amount(w, o->tokens_min);
	wr_allow_path(w, &o->payer_path);
	wr_allow_path(w, &o->beneficiary_path);
}

bool
op_buy_decode(struct op_buy *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->sale = rd_u64(&r);
	rd_account(&r, &out->beneficiary);
	out->payment = rd_amount(&r);
	out->tokens_min = rd_amount(&r);
	rd_allow_path(&r, &out->payer_path);
	rd_allow_path(&r, &out->beneficiary_path);
	return rd_done(&r);
}

void
op_sale_encode(struct wr *w, const struct op_sale *o)
{
	wr_u64(w, o->sale);
}

bool
op_sale_decode(struct op_sale *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->sale = rd_u64(&r);
	return rd_done(&r);
}

void
op_claim_encode(struct wr *w, const struct op_claim *o)
{
	wr_u64(w, o->sale);
	wr_account(w, &o->account);
}

bool
op_claim_decode(struct op_claim *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->sale = rd_u64(&r);
	rd_account(&r, &out->account);
	return rd_done(&r);
}
