/* Payloads of the operations of assets and loyalty. */
#include "token/ops.h"

void
wr_text(struct wr *w, const struct op_text *t)
{
	wr_varbytes(w, t->p, t->len);
}

void
rd_text(struct rd *r, struct op_text *out, size_t max)
{
	out->p = (const char *)rd_varbytes(r, &out->len, max);
}

void
wr_blob(struct wr *w, const struct op_blob *b)
{
	wr_varbytes(w, b->p, b->len);
}

void
rd_blob(struct rd *r, struct op_blob *out, size_t max)
{
	out->p = rd_varbytes(r, &out->len, max);
}

void
op_create_encode(struct wr *w, const struct op_create *o)
{
	wr_u16(w, o->flags);
	wr_u8(w, o->decimals);
	wr_amount(w, o->cap);
	wr_text(w, &o->ticker);
	wr_text(w, &o->name);
	wr_text(w, &o->rule);
	wr_u16(w, o->rule_major);
	wr_u32(w, o->dao);
	wr_u64(w, o->units);
	wr_u64(w, o->sats);
	wr_u32(w, o->freeze_notice);
	wr_u16(w, o->changes);
	wr_u32(w, o->change_notice);
	wr_blob(w, &o->params);
}

bool
op_create_decode(struct op_create *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->flags = rd_u16(&r);
	out->decimals = rd_u8(&r);
	out->cap = rd_amount(&r);
	rd_text(&r, &out->ticker, ASSET_TICKER_MAX);
	rd_text(&r, &out->name, ASSET_NAME_MAX);
	rd_text(&r, &out->rule, RULE_NAME_MAX);
	out->rule_major = rd_u16(&r);
	out->dao = rd_u32(&r);
	out->units = rd_u64(&r);
	out->sats = rd_u64(&r);
	out->freeze_notice = rd_u32(&r);
	out->changes = rd_u16(&r);
	out->change_notice = rd_u32(&r);
	rd_blob(&r, &out->params, RULE_PARAMS_MAX);
	return rd_done(&r);
}

void
op_mint_encode(struct wr *w, const struct op_mint *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->to);
	wr_amount(w, o->amount);
	wr_amount(w, o->coin_max);
}

bool
op_mint_decode(struct op_mint *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->to);
	out->amount = rd_amount(&r);
	out->coin_max = rd_amount(&r);
	return rd_done(&r);
}

void
op_burn_encode(struct wr *w, const struct op_burn *o)
{
	wr_asset_id(w, &o->asset);
	wr_amount(w, o->amount);
}

bool
op_burn_decode(struct op_burn *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}

void
op_transfer_encode(struct wr *w, const struct op_transfer *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->to);
	wr_amount(w, o->amount);
	wr_blob(w, &o->memo);
}

bool
op_transfer_decode(struct op_transfer *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->to);
	out->amount = rd_amount(&r);
	rd_blob(&r, &out->memo, MEMO_MAX);
	return rd_done(&r);
}

void
op_set_issuer_encode(struct wr *w, const struct op_set_issuer *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->issuer);
}

bool
op_set_issuer_decode(struct op_set_issuer *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->issuer);
	return rd_done(&r);
}

void
op_renounce_encode(struct wr *w, const struct op_renounce *o)
{
	wr_asset_id(w, &o->asset);
}

bool
op_renounce_decode(struct op_renounce *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	return rd_done(&r);
}

void
op_freeze_encode(struct wr *w, const struct op_freeze *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->account);
}

bool
op_freeze_decode(struct op_freeze *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->account);
	return rd_done(&r);
}

void
op_pause_encode(struct wr *w, const struct op_pause *o)
{
	wr_asset_id(w, &o->asset);
	wr_i64(w, o->until.sec);
}

bool
op_pause_decode(struct op_pause *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	out->until.sec = rd_i64(&r);
	return rd_done(&r);
}

void
op_set_dao_encode(struct wr *w, const struct op_set_dao *o)
{
	wr_asset_id(w, &o->asset);
	wr_u32(w, o->dao);
}

bool
op_set_dao_decode(struct op_set_dao *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	out->dao = rd_u32(&r);
	return rd_done(&r);
}

void
op_set_params_encode(struct wr *w, const struct op_set_params *o)
{
	wr_asset_id(w, &o->asset);
	wr_blob(w, &o->params);
}

bool
op_set_params_decode(struct op_set_params *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_blob(&r, &out->params, RULE_PARAMS_MAX);
	return rd_done(&r);
}

void
op_set_name_encode(struct wr *w, const struct op_set_name *o)
{
	wr_asset_id(w, &o->asset);
	wr_text(w, &o->name);
}

bool
op_set_name_decode(struct op_set_name *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_text(&r, &out->name, ASSET_NAME_MAX);
	return rd_done(&r);
}

void
op_clawback_encode(struct wr *w, const struct op_clawback *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->from);
	wr_amount(w, o->amount);
}

bool
op_clawback_decode(struct op_clawback *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->from);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}

void
op_earn_encode(struct wr *w, const struct op_earn *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->to);
	wr_hash256(w, &o->receipt);
	wr_amount(w, o->paid);
	wr_amount(w, o->with_points);
}

bool
op_earn_decode(struct op_earn *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->to);
	rd_hash256(&r, &out->receipt);
	out->paid = rd_amount(&r);
	out->with_points = rd_amount(&r);
	return rd_done(&r);
}

void
op_refund_encode(struct wr *w, const struct op_refund *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->customer);
	wr_hash256(w, &o->receipt);
	wr_amount(w, o->returned);
}

bool
op_refund_decode(struct op_refund *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->customer);
	rd_hash256(&r, &out->receipt);
	out->returned = rd_amount(&r);
	return rd_done(&r);
}

void
op_redeem_encode(struct wr *w, const struct op_redeem *o)
{
	wr_asset_id(w, &o->asset);
	wr_amount(w, o->amount);
}

bool
op_redeem_decode(struct op_redeem *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}
