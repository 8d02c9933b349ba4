#include "bridge/peg/plan_tx.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/sighash.h"

static void
wr_plan_input(struct wr *w, const struct plan_input *in)
{
	wr_outpoint(w, &in->prevout);
	wr_u64(w, in->value);
	wr_u8(w, in->deposit);
	if (in->deposit)
		wr_deposit_terms(w, &in->terms);
}

static void
rd_plan_input(struct rd *r, struct plan_input *out)
{
	uint8_t deposit;

	rd_outpoint(r, &out->prevout);
	out->value = rd_u64(r);
	deposit = rd_u8(r);
	if (deposit > 1 || out->value > COIN_MAX)
		rd_fail(r);
	out->deposit = deposit == 1;
	if (out->deposit)
		rd_deposit_terms(r, &out->terms);
}

static void
wr_plan_pay(struct wr *w, const struct plan_pay *p)
{
	wr_u64(w, p->payout);
	wr_u64(w, p->amount);
	wr_varbytes(w, p->script, p->script_len);
}

static void
rd_plan_pay(struct rd *r, struct plan_pay *out)
{
	const uint8_t *script;

	out->payout = rd_u64(r);
	out->amount = rd_u64(r);
	script = rd_varbytes(r, &out->script_len, PEG_SCRIPT_MAX);
	if (script != NULL)
		memcpy(out->script, script, out->script_len);
	if (out->amount > COIN_MAX)
		rd_fail(r);
}

void
wr_plan_sheet(struct wr *w, const struct plan_sheet *s)
{
	wr_u64(w, s->plan);
	wr_u32(w, s->version);
	wr_u8(w, (uint8_t)s->kind);
	wr_u32(w, s->epoch);
	wr_u32(w, s->tx_version);
	wr_u32(w, s->rate);
	wr_compactsize(w, s->in_n);
	for (size_t i = 0; i < s->in_n; i++)
		wr_plan_input(w, &s->in[i]);
	wr_compactsize(w, s->pay_n);
	for (size_t i = 0; i < s->pay_n; i++)
		wr_plan_pay(w, &s->pay[i]);
	wr_compactsize(w, s->change_n);
	for (size_t i = 0; i < s->change_n; i++)
		wr_u64(w, s->change[i]);
	wr_u64(w, s->anchor_height);
	wr_hash256(w, &s->anchor_hash);
}

static size_t
rd_bounded(struct rd *r, size_t min, size_t max)
{
	size_t n = rd_count(r, min);

	if (n > max) {
		rd_fail(r);
		n = 0;
	}
	return n;
}

bool
plan_sheet_decode(struct plan_sheet *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint8_t kind;

	memset(out, 0, sizeof(*out));
	out->plan = rd_u64(&r);
	out->version = rd_u32(&r);
	kind = rd_u8(&r);
	if (kind > PLAN_REFRESH)
		rd_fail(&r);
	out->kind = rd_ok(&r) ? (enum plan_kind)kind : PLAN_PAYOUT;
	out->epoch = rd_u32(&r);
	out->tx_version = rd_u32(&r);
	out->rate = rd_u32(&r);
	out->in_n = rd_bounded(&r, 45, PLAN_INPUTS_MAX);
	for (size_t i = 0; i < out->in_n; i++)
		rd_plan_input(&r, &out->in[i]);
	out->pay_n = rd_bounded(&r, 17, PLAN_PAYOUTS_MAX);
	for (size_t i = 0; i < out->pay_n; i++)
		rd_plan_pay(&r, &out->pay[i]);
	out->change_n = rd_bounded(&r, 8, PLAN_CHANGE_MAX);
	for (size_t i = 0; i < out->change_n; i++)
		out->change[i] = rd_u64(&r);
	out->anchor_height = rd_u64(&r);
	rd_hash256(&r, &out->anchor_hash);
	return rd_done(&r);
}

void
plan_anchor_script(uint8_t out[PLAN_ANCHOR_LEN], uint64_t height, const struct hash256 *app_hash)
{
	static const uint8_t head[] = { OP_RETURN, 43, 'T', 'L', 'Y' };

	memcpy(out, head, sizeof(head));
	for (size_t i = 0; i < 8; i++)
		out[sizeof(head) + i] = (uint8_t)(height >> 8 * i);
	memcpy(out + sizeof(head) + 8, app_hash->b, sizeof(app_hash->b));
}

bool
plan_transaction(struct tx *out, const struct plan_sheet *s, const struct vault *v)
{
	*out = (struct tx){ .version = (int32_t)s->tx_version };
	for (size_t i = 0; i < s->in_n; i++)
		tx_add_in(out, &s->in[i].prevout, SEQUENCE_RBF);
	for (size_t i = 0; i < s->pay_n; i++)
		tx_add_out(out, s->pay[i].amount, s->pay[i].script, s->pay[i].script_len);
	for (size_t i = 0; i < s->change_n; i++)
		tx_add_out(out, s->change[i], v->script, sizeof(v->script));
	if (s->kind == PLAN_PAYOUT) {
		uint8_t anchor[PLAN_ANCHOR_LEN];

		plan_anchor_script(anchor, s->anchor_height, &s->anchor_hash);
		tx_add_out(out, 0, anchor, sizeof(anchor));
	}
	return s->in_n > 0 && out->out_n > 0;
}

static bool
input_script(uint8_t script[P2TR_LEN], uint8_t control[VAULT_CONTROL_LEN], const struct plan_input *in, const struct vault *v)
{
	if (in->deposit)
		return deposit_script(script, control, v, &in->terms);
	memcpy(script, v->script, P2TR_LEN);
	if (control != NULL)
		memcpy(control, v->control, VAULT_CONTROL_LEN);
	return true;
}

bool
plan_spent(struct txout *out, const struct plan_sheet *s, const struct vault *v)
{
	for (size_t i = 0; i < s->in_n; i++) {
		uint8_t script[P2TR_LEN];

		if (!input_script(script, NULL, &s->in[i], v)) {
			plan_spent_clear(out, i);
			return false;
		}
		out[i] = (struct txout){ s->in[i].value, mem_dup(script, sizeof(script)), sizeof(script) };
	}
	return true;
}

void
plan_spent_clear(struct txout *spent, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(spent[i].script);
}

bool
plan_messages(struct hash256 *out, const struct plan_sheet *s, const struct vault *v)
{
	struct sighash_shared shared;
	struct txout spent[PLAN_INPUTS_MAX];
	struct tx tx;
	bool good = plan_transaction(&tx, s, v) && plan_spent(spent, s, v);

	if (good) {
		sighash_share(&shared, &tx, spent);
		for (size_t i = 0; i < s->in_n && good; i++)
			good = sighash_taproot(&out[i], &shared, &tx, spent, i, SIGHASH_DEFAULT, &v->leaf_hash, NULL, 0);
		plan_spent_clear(spent, s->in_n);
	}
	tx_clear(&tx);
	return good;
}

/* multi_a reads its first key's signature from the top of the stack: the last member's comes first in the witness. */
static void
add_witness(struct txin *in, size_t input, const struct vault *v, const struct plan_share *const *by_member,
	    const uint8_t control[VAULT_CONTROL_LEN])
{
	for (size_t m = v->federation.n; m-- > 0;) {
		if (by_member[m] != NULL)
			txin_add_witness(in, by_member[m]->sigs + 64 * input, 64);
		else
			txin_add_witness(in, "", 0);
	}
	txin_add_witness(in, v->leaf.p, v->leaf.len);
	txin_add_witness(in, control, VAULT_CONTROL_LEN);
}

/* The first k shares in ascending member order; false with fewer than k. */
static bool
choose_shares(const struct plan_share *by_member[PEG_MEMBERS_MAX], const struct federation *f, const struct plan_share *shares,
	      size_t n)
{
	size_t chosen = 0;

	memset(by_member, 0, PEG_MEMBERS_MAX * sizeof(*by_member));
	for (uint8_t m = 0; m < f->n && chosen < f->k; m++)
		for (size_t i = 0; i < n; i++)
			if (shares[i].member == m && by_member[m] == NULL) {
				by_member[m] = &shares[i];
				chosen++;
			}
	return chosen == f->k;
}

bool
plan_complete_transaction(struct tx *out, const struct plan_sheet *s, const struct vault *v, const struct plan_share *shares,
			  size_t n)
{
	const struct plan_share *by_member[PEG_MEMBERS_MAX];

	if (!choose_shares(by_member, &v->federation, shares, n))
		return false;
	if (!plan_transaction(out, s, v)) {
		tx_clear(out);
		return false;
	}
	for (size_t i = 0; i < s->in_n; i++) {
		uint8_t script[P2TR_LEN], control[VAULT_CONTROL_LEN];

		if (!input_script(script, control, &s->in[i], v)) {
			tx_clear(out);
			return false;
		}
		add_witness(&out->in[i], i, v, by_member, control);
	}
	return true;
}

static size_t
output_len(size_t script_len)
{
	return 8 + compactsize_len(script_len) + script_len;
}

size_t
plan_weight(const struct plan_sheet *s, const struct vault *v)
{
	size_t out_n = s->pay_n + s->change_n + (s->kind == PLAN_PAYOUT ? 1 : 0);
	size_t base = 4 + compactsize_len(s->in_n) + 41 * s->in_n + compactsize_len(out_n) + 4;

	for (size_t i = 0; i < s->pay_n; i++)
		base += output_len(s->pay[i].script_len);
	base += s->change_n * output_len(P2TR_LEN);
	if (s->kind == PLAN_PAYOUT)
		base += output_len(PLAN_ANCHOR_LEN);
	/* marker and flag, then each input's witness */
	return 4 * base + 2 + s->in_n * vault_witness_len(&v->federation);
}

uint64_t
plan_fee(size_t weight, uint32_t rate)
{
	uint64_t vsize = (weight + 3) / 4;

	return (vsize * rate + 999) / 1000;
}
