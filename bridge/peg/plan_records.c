/* The records of plans, and of members: votes, counters, watched addresses. */
#include <assert.h>
#include <string.h>

#include "bridge/peg/records.h"
#include "bridge/peg/state_key.h"

const char *
plan_kind_name(enum plan_kind k)
{
	switch (k) {
	case PLAN_PAYOUT:
		return "PAYOUT";
	case PLAN_SWEEP:
		return "SWEEP";
	case PLAN_REFRESH:
		return "REFRESH";
	}
	return "UNKNOWN";
}

const char *
plan_state_name(enum plan_state s)
{
	switch (s) {
	case PLAN_PLANNED:
		return "PLANNED";
	case PLAN_SIGNED:
		return "SIGNED";
	case PLAN_CONFIRMED:
		return "CONFIRMED";
	case PLAN_SETTLED:
		return "SETTLED";
	case PLAN_FINAL:
		return "FINAL";
	case PLAN_DEAD:
		return "DEAD";
	}
	return "UNKNOWN";
}

static void
rd_plan_in(struct rd *r, struct plan_in *out)
{
	rd_outpoint(r, &out->outpoint);
	out->value = rd_amount(r);
	out->deposit = rd_u8(r) == 1;
}

static void
wr_plan_in(struct wr *w, const struct plan_in *in)
{
	wr_outpoint(w, &in->outpoint);
	wr_amount(w, in->value);
	wr_u8(w, in->deposit);
}

static void
rd_plan_lists(struct rd *r, struct plan *out)
{
	out->in_n = rd_count(r, 45);
	if (out->in_n > PLAN_INPUTS_MAX) {
		out->in_n = 0;
		rd_fail(r);
	}
	for (size_t i = 0; i < out->in_n; i++)
		rd_plan_in(r, &out->in[i]);
	out->payouts_n = rd_count(r, 8);
	if (out->payouts_n > PLAN_PAYOUTS_MAX) {
		out->payouts_n = 0;
		rd_fail(r);
	}
	for (size_t i = 0; i < out->payouts_n; i++)
		out->payout[i] = rd_u64(r);
}

static bool
plan_read(struct plan *out, const uint8_t *v, size_t len)
{
	struct rd r = rd_init(v, len);
	size_t why_len;
	const uint8_t *why;

	out->kind = (enum plan_kind)rd_u8(&r);
	out->state = (enum plan_state)rd_u8(&r);
	why = rd_varbytes(&r, &why_len, PEG_REASON_LEN - 1);
	memset(out->reason, 0, sizeof(out->reason));
	if (why != NULL)
		memcpy(out->reason, why, why_len);
	out->epoch = rd_u32(&r);
	out->made = rd_u32(&r);
	out->anchor_height = rd_u64(&r);
	rd_hash256(&r, &out->anchor_hash);
	rd_plan_lists(&r, out);
	out->versions = rd_u32(&r);
	out->fund_locked = rd_amount(&r);
	out->confirmed_version = rd_u32(&r);
	out->confirmed.height = rd_u32(&r);
	rd_hash256(&r, &out->confirmed.hash);
	return rd_done(&r);
}

bool
plan_get(struct plan *out, const struct state *s, uint64_t id)
{
	struct state_key k = key_with_u64(KEY_PLAN, id);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	bool good;

	if (v == NULL)
		return false;
	out->id = id;
	good = plan_read(out, v, len);
	assert(good);
	return true;
}

void
plan_put(struct state *s, const struct plan *p)
{
	struct state_key k = key_with_u64(KEY_PLAN, p->id), live = key_with_u64(KEY_PLAN_LIVE, p->id);
	struct wr w = { 0 };

	wr_u8(&w, (uint8_t)p->kind);
	wr_u8(&w, (uint8_t)p->state);
	wr_varbytes(&w, p->reason, strlen(p->reason));
	wr_u32(&w, p->epoch);
	wr_u32(&w, p->made);
	wr_u64(&w, p->anchor_height);
	wr_hash256(&w, &p->anchor_hash);
	wr_compactsize(&w, p->in_n);
	for (size_t i = 0; i < p->in_n; i++)
		wr_plan_in(&w, &p->in[i]);
	wr_compactsize(&w, p->payouts_n);
	for (size_t i = 0; i < p->payouts_n; i++)
		wr_u64(&w, p->payout[i]);
	wr_u32(&w, p->versions);
	wr_amount(&w, p->fund_locked);
	wr_u32(&w, p->confirmed_version);
	wr_u32(&w, p->confirmed.height);
	wr_hash256(&w, &p->confirmed.hash);
	key_put(s, &k, &w);
	if (p->state == PLAN_FINAL || p->state == PLAN_DEAD)
		key_delete(s, &live);
	else
		key_mark(s, &live);
}

void
plan_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_PLAN);
}

void
plan_walk_after(struct state_walk *w, uint64_t id)
{
	struct state_key k = key_with_u64(KEY_PLAN, id);

	state_walk_after(w, k.b, k.n);
}

bool
plan_walk_next(struct state_walk *w, struct plan *out)
{
	bool good;

	if (!state_walk_next(w))
		return false;
	out->id = key_read_u64(w->key, 0);
	good = plan_read(out, w->value, w->value_len);
	assert(good);
	return true;
}

void
plan_live_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_PLAN_LIVE);
}

bool
plan_live_walk_next(struct state_walk *w, struct plan *out)
{
	bool there;

	if (!state_walk_next(w))
		return false;
	there = plan_get(out, w->state, key_read_u64(w->key, 0));
	assert(there);
	return true;
}

static struct state_key
version_key(enum key_kind kind, uint64_t plan, uint32_t version)
{
	struct state_key k = key_with_u64(kind, plan);

	key_u32(&k, version);
	return k;
}

bool
plan_version_get(struct plan_version *out, const struct state *s, uint64_t plan, uint32_t version)
{
	struct state_key k = version_key(KEY_VERSION, plan, version);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	if (v == NULL)
		return false;
	*out = (struct plan_version){ .plan = plan, .version = version };
	out->rate = rd_u32(&r);
	out->fee = rd_amount(&r);
	out->change_n = rd_u8(&r);
	assert(out->change_n <= PLAN_CHANGE_MAX);
	for (size_t i = 0; i < out->change_n; i++)
		out->change[i] = rd_amount(&r);
	rd_hash256(&r, &out->txid);
	out->signed_by = rd_u32(&r);
	out->made_at = rd_u32(&r);
	out->signed_at = rd_u32(&r);
	assert(rd_done(&r));
	return true;
}

void
plan_version_put(struct state *s, const struct plan_version *v)
{
	struct state_key k = version_key(KEY_VERSION, v->plan, v->version), txid = key_with_hash(KEY_TXID, &v->txid);
	struct wr w = { 0 };

	wr_u32(&w, v->rate);
	wr_amount(&w, v->fee);
	wr_u8(&w, (uint8_t)v->change_n);
	for (size_t i = 0; i < v->change_n; i++)
		wr_amount(&w, v->change[i]);
	wr_hash256(&w, &v->txid);
	wr_u32(&w, v->signed_by);
	wr_u32(&w, v->made_at);
	wr_u32(&w, v->signed_at);
	key_put(s, &k, &w);
	wr_u64(&w, v->plan);
	wr_u32(&w, v->version);
	key_put(s, &txid, &w);
}

bool
plan_find_txid(uint64_t *plan, uint32_t *version, const struct state *s, const struct hash256 *txid)
{
	struct state_key k = key_with_hash(KEY_TXID, txid);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	if (v == NULL)
		return false;
	*plan = rd_u64(&r);
	*version = rd_u32(&r);
	return true;
}

const uint8_t *
plan_sigs_get(size_t *n, const struct state *s, uint64_t plan, uint32_t version, uint8_t member)
{
	struct state_key k = version_key(KEY_SIGS, plan, version);
	size_t len;
	const uint8_t *v;

	key_u8(&k, member);
	v = key_get(s, &len, &k);
	*n = len / 64;
	return v;
}

void
plan_sigs_put(struct state *s, uint64_t plan, uint32_t version, uint8_t member, const uint8_t *sigs, size_t n)
{
	struct state_key k = version_key(KEY_SIGS, plan, version);

	key_u8(&k, member);
	state_put(s, k.b, k.n, sigs, 64 * n);
}

void
plan_sigs_delete(struct state *s, uint64_t plan)
{
	struct state_key k = key_with_u64(KEY_SIGS, plan);
	struct state_walk walk;

	state_walk_init(&walk, s, k.b, k.n);
	while (state_walk_next(&walk))
		state_delete(s, walk.key, walk.key_len);
}

/* --- watched addresses */

static bool
intent_read(struct intent *out, const uint8_t *v, size_t len)
{
	struct rd r = rd_init(v, len);

	rd_deposit_terms(&r, &out->terms);
	rd_account(&r, &out->payer);
	out->expires = rd_u32(&r);
	return rd_done(&r);
}

bool
intent_get(struct intent *out, const struct state *s, const struct xonly_key *output_key)
{
	struct state_key k = key_of(KEY_INTENT);
	struct hash256 name;
	size_t len;
	const uint8_t *v;
	bool good;

	memcpy(name.b, output_key->b, sizeof(name.b));
	key_hash(&k, &name);
	v = key_get(s, &len, &k);
	if (v == NULL)
		return false;
	out->output_key = *output_key;
	good = intent_read(out, v, len);
	assert(good);
	return true;
}

void
intent_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_INTENT);
}

bool
intent_walk_next(struct state_walk *w, struct intent *out)
{
	struct hash256 name;
	bool good;

	if (!state_walk_next(w))
		return false;
	name = key_read_hash(w->key, 0);
	memcpy(out->output_key.b, name.b, sizeof(name.b));
	good = intent_read(out, w->value, w->value_len);
	assert(good);
	return true;
}

/* --- members */

static struct state_key
member_key(enum key_kind kind, uint32_t epoch, uint8_t member)
{
	struct state_key k = key_with_u32(kind, epoch);

	key_u8(&k, member);
	return k;
}

bool
fee_vote_get(struct fee_vote *out, const struct state *s, uint32_t epoch, uint8_t member)
{
	struct state_key k = member_key(KEY_VOTE, epoch, member);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	out->rate = rd_u32(&r);
	out->height = rd_u32(&r);
	return v != NULL;
}

void
fee_vote_put(struct state *s, uint32_t epoch, uint8_t member, const struct fee_vote *vote)
{
	struct state_key k = member_key(KEY_VOTE, epoch, member);
	struct wr w = { 0 };

	wr_u32(&w, vote->rate);
	wr_u32(&w, vote->height);
	key_put(s, &k, &w);
}

uint64_t
member_counter(const struct state *s, uint32_t epoch, uint8_t member, enum member_kind kind)
{
	struct state_key k = member_key(KEY_COUNTER, epoch, member);
	size_t len;
	const uint8_t *v;
	struct rd r;

	key_u8(&k, (uint8_t)kind);
	v = key_get(s, &len, &k);
	r = rd_init(v, len);
	return rd_u64(&r);
}

void
member_counter_put(struct state *s, uint32_t epoch, uint8_t member, enum member_kind kind, uint64_t counter)
{
	struct state_key k = member_key(KEY_COUNTER, epoch, member);
	struct wr w = { 0 };

	key_u8(&k, (uint8_t)kind);
	wr_u64(&w, counter);
	key_put(s, &k, &w);
}
