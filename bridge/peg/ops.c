#include "bridge/peg/ops.h"

#include "chain/txproof.h"
#include "token/transaction.h"

/* The rest of a payload: a proof. Its own size limit is checked where it is decoded, so that it can be named. */
static const uint8_t *
rd_rest(struct rd *r, size_t *len)
{
	*len = r->left;
	return rd_take(r, r->left);
}

bool
op_headers_decode(struct op_headers *out, const void *payload, size_t len)
{
	*out = (struct op_headers){ len / HEADER_LEN, payload };
	return len > 0 && len % HEADER_LEN == 0 && out->n <= PEG_HEADERS_MAX;
}

void
wr_op_headers(struct wr *w, const struct header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wr_header(w, &headers[i]);
}

bool
op_deposit_decode(struct op_deposit *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	rd_deposit_terms(&r, &out->terms);
	out->index = rd_u32(&r);
	out->proof = rd_rest(&r, &out->proof_len);
	return rd_done(&r);
}

void
wr_op_deposit(struct wr *w, const struct op_deposit *op)
{
	wr_deposit_terms(w, &op->terms);
	wr_u32(w, op->index);
	wr_bytes(w, op->proof, op->proof_len);
}

static void
rd_mark(struct rd *r, struct member_mark *out)
{
	out->epoch = rd_u32(r);
	out->member = rd_u8(r);
	out->counter = rd_u64(r);
	rd_bytes(r, out->sig.b, sizeof(out->sig.b));
}

static void
wr_mark(struct wr *w, const struct member_mark *m)
{
	wr_u32(w, m->epoch);
	wr_u8(w, m->member);
	wr_u64(w, m->counter);
	wr_bytes(w, m->sig.b, sizeof(m->sig.b));
}

bool
op_intent_decode(struct op_intent *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	rd_deposit_terms(&r, &out->terms);
	rd_mark(&r, &out->mark);
	return rd_done(&r);
}

void
wr_op_intent(struct wr *w, const struct op_intent *op)
{
	wr_deposit_terms(w, &op->terms);
	wr_mark(w, &op->mark);
}

bool
op_intent_paid_decode(struct deposit_terms *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	rd_deposit_terms(&r, out);
	return rd_done(&r);
}

void
wr_op_intent_paid(struct wr *w, const struct deposit_terms *t)
{
	wr_deposit_terms(w, t);
}

bool
op_payout_decode(struct op_payout *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	out->amount = rd_amount(&r);
	out->max_fee = rd_amount(&r);
	out->script = rd_varbytes(&r, &out->script_len, PEG_SCRIPT_MAX);
	return rd_done(&r);
}

void
wr_op_payout(struct wr *w, const struct op_payout *op)
{
	wr_amount(w, op->amount);
	wr_amount(w, op->max_fee);
	wr_varbytes(w, op->script, op->script_len);
}

bool
op_cancel_decode(uint64_t *payout, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	*payout = rd_u64(&r);
	return rd_done(&r);
}

void
wr_op_cancel(struct wr *w, uint64_t payout)
{
	wr_u64(w, payout);
}

bool
op_feerate_decode(struct op_feerate *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	out->rate = rd_u32(&r);
	rd_mark(&r, &out->mark);
	return rd_done(&r);
}

void
wr_op_feerate(struct wr *w, const struct op_feerate *op)
{
	wr_u32(w, op->rate);
	wr_mark(w, &op->mark);
}

bool
op_sign_decode(struct op_sign *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	out->plan = rd_u64(&r);
	out->version = rd_u32(&r);
	out->member = rd_u8(&r);
	out->n = r.left / 64;
	out->sigs = rd_take(&r, out->n * 64);
	return rd_done(&r) && out->n > 0;
}

void
wr_op_sign(struct wr *w, uint64_t plan, uint32_t version, uint8_t member, const struct schnorr_sig *sigs, size_t n)
{
	wr_u64(w, plan);
	wr_u32(w, version);
	wr_u8(w, member);
	for (size_t i = 0; i < n; i++)
		wr_bytes(w, sigs[i].b, sizeof(sigs[i].b));
}

bool
op_confirm_decode(struct op_confirm *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	out->plan = rd_u64(&r);
	out->proof = rd_rest(&r, &out->proof_len);
	return rd_done(&r);
}

void
wr_op_confirm(struct wr *w, const struct op_confirm *op)
{
	wr_u64(w, op->plan);
	wr_bytes(w, op->proof, op->proof_len);
}

bool
op_spent_decode(struct op_spent *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	rd_outpoint(&r, &out->outpoint);
	out->parent = rd_varbytes(&r, &out->parent_len, TXPROOF_BYTES_MAX);
	out->proof = rd_rest(&r, &out->proof_len);
	return rd_done(&r);
}

void
wr_op_spent(struct wr *w, const struct op_spent *op)
{
	wr_outpoint(w, &op->outpoint);
	wr_varbytes(w, op->parent, op->parent_len);
	wr_bytes(w, op->proof, op->proof_len);
}

bool
op_donate_decode(struct op_donate *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	out->epoch = rd_u32(&r);
	out->index = rd_u32(&r);
	out->proof = rd_rest(&r, &out->proof_len);
	return rd_done(&r);
}

void
wr_op_donate(struct wr *w, const struct op_donate *op)
{
	wr_u32(w, op->epoch);
	wr_u32(w, op->index);
	wr_bytes(w, op->proof, op->proof_len);
}

bool
op_guardian_decode(struct member_mark *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);

	rd_mark(&r, out);
	return rd_done(&r);
}

void
wr_op_guardian(struct wr *w, const struct member_mark *mark)
{
	wr_mark(w, mark);
}

/* What all messages of a member begin with. */
static void
wr_message_head(struct wr *w, const struct hash256 *genesis_id, const struct member_mark *m)
{
	wr_hash256(w, genesis_id);
	wr_u32(w, m->epoch);
	wr_u8(w, m->member);
	wr_u64(w, m->counter);
}

void
intent_message(struct hash256 *out, const struct hash256 *genesis_id, const struct op_intent *op)
{
	struct wr w = { 0 };

	wr_message_head(&w, genesis_id, &op->mark);
	wr_deposit_terms(&w, &op->terms);
	sha256_tagged(out, "tally/intent", w.p, w.len);
	wr_clear(&w);
}

void
feerate_message(struct hash256 *out, const struct hash256 *genesis_id, const struct op_feerate *op)
{
	struct wr w = { 0 };

	wr_message_head(&w, genesis_id, &op->mark);
	wr_u32(&w, op->rate);
	sha256_tagged(out, "tally/feerate", w.p, w.len);
	wr_clear(&w);
}

void
guardian_message(struct hash256 *out, const struct hash256 *genesis_id, const struct member_mark *mark)
{
	struct wr w = { 0 };

	wr_message_head(&w, genesis_id, mark);
	sha256_tagged(out, "tally/guardian", w.p, w.len);
	wr_clear(&w);
}

void
wr_peg_relay(struct wr *w, enum peg_op number, const void *payload, size_t len)
{
	struct op op = { .number = (uint16_t)number, .payload = payload, .payload_len = len };
	struct transaction t = { .relay = true, .ops = &op, .ops_n = 1 };

	wr_transaction_body(w, &t);
}
