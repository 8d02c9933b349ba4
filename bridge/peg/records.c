#include "bridge/peg/records.h"

#include <assert.h>
#include <string.h>

#include "bridge/peg/state_key.h"

bool
block_ref_is_none(const struct block_ref *b)
{
	return hash256_is_zero(&b->hash);
}

static void
wr_block_ref(struct wr *w, const struct block_ref *b)
{
	wr_u32(w, b->height);
	wr_hash256(w, &b->hash);
}

static void
rd_block_ref(struct rd *r, struct block_ref *out)
{
	out->height = rd_u32(r);
	rd_hash256(r, &out->hash);
}

static void
wr_reason(struct wr *w, const char *reason)
{
	wr_varbytes(w, reason, strlen(reason));
}

static void
rd_reason(struct rd *r, char out[PEG_REASON_LEN])
{
	size_t len;
	const uint8_t *s = rd_varbytes(r, &len, PEG_REASON_LEN - 1);

	memset(out, 0, PEG_REASON_LEN);
	if (s != NULL)
		memcpy(out, s, len);
}

static bool
rd_flag(struct rd *r)
{
	uint8_t v = rd_u8(r);

	if (v > 1)
		rd_fail(r);
	return v == 1;
}

/* --- deposits */

const char *
deposit_state_name(enum deposit_state s)
{
	switch (s) {
	case DEPOSIT_WAITING_DEPTH:
		return "WAITING_DEPTH";
	case DEPOSIT_WAITING_CAP:
		return "WAITING_CAP";
	case DEPOSIT_BELOW_MIN:
		return "BELOW_MIN";
	case DEPOSIT_LATE:
		return "LATE";
	case DEPOSIT_MINTED:
		return "MINTED";
	case DEPOSIT_QUARANTINED:
		return "QUARANTINED";
	case DEPOSIT_RECLAIMED:
		return "RECLAIMED";
	case DEPOSIT_DEAD:
		return "DEAD";
	}
	return "UNKNOWN";
}

static bool
deposit_read(struct deposit *out, const uint8_t *v, size_t len)
{
	struct rd r = rd_init(v, len);

	out->number = rd_u64(&r);
	rd_deposit_terms(&r, &out->terms);
	out->value = rd_amount(&r);
	out->coinbase = rd_flag(&r);
	rd_block_ref(&r, &out->block);
	out->state = (enum deposit_state)rd_u8(&r);
	rd_reason(&r, out->reason);
	out->tokens = rd_flag(&r);
	out->minted = rd_amount(&r);
	out->frozen = rd_amount(&r);
	out->since = rd_u32(&r);
	rd_block_ref(&r, &out->spent);
	return rd_done(&r);
}

bool
deposit_get(struct deposit *out, const struct state *s, const struct outpoint *o)
{
	struct state_key k = key_with_outpoint(KEY_DEPOSIT, o);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	bool good;

	if (v == NULL)
		return false;
	out->outpoint = *o;
	good = deposit_read(out, v, len);
	assert(good);
	return true;
}

void
deposit_put(struct state *s, const struct deposit *d)
{
	struct state_key k = key_with_outpoint(KEY_DEPOSIT, &d->outpoint);
	struct wr w = { 0 };

	wr_u64(&w, d->number);
	wr_deposit_terms(&w, &d->terms);
	wr_amount(&w, d->value);
	wr_u8(&w, d->coinbase);
	wr_block_ref(&w, &d->block);
	wr_u8(&w, (uint8_t)d->state);
	wr_reason(&w, d->reason);
	wr_u8(&w, d->tokens);
	wr_amount(&w, d->minted);
	wr_amount(&w, d->frozen);
	wr_u32(&w, d->since);
	wr_block_ref(&w, &d->spent);
	key_put(s, &k, &w);
}

void
deposit_delete(struct state *s, const struct outpoint *o)
{
	struct state_key k = key_with_outpoint(KEY_DEPOSIT, o);

	key_delete(s, &k);
}

void
deposit_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_DEPOSIT);
}

bool
deposit_walk_next(struct state_walk *w, struct deposit *out)
{
	bool good;

	if (!state_walk_next(w))
		return false;
	out->outpoint = key_read_outpoint(w->key, 0);
	good = deposit_read(out, w->value, w->value_len);
	assert(good);
	return true;
}

static struct state_key
known_script_key(const struct xonly_key *output_key)
{
	struct hash256 name;

	memcpy(name.b, output_key->b, sizeof(name.b));
	return key_with_hash(KEY_KNOWN_SCRIPT, &name);
}

void
known_script_put(struct state *s, const struct xonly_key *output_key)
{
	struct state_key k = known_script_key(output_key);

	key_mark(s, &k);
}

bool
known_script_there(const struct state *s, const struct xonly_key *output_key)
{
	struct state_key k = known_script_key(output_key);

	return key_there(s, &k);
}

/* --- coins */

static bool
coin_read(struct coin *out, const uint8_t *v, size_t len)
{
	struct rd r = rd_init(v, len);

	rd_coin_body(&r, out);
	return rd_done(&r);
}

void
rd_coin_body(struct rd *r, struct coin *out)
{
	out->kind = (enum coin_kind)rd_u8(r);
	out->epoch = rd_u32(r);
	out->value = rd_amount(r);
	out->height = rd_u32(r);
	out->plan = rd_u64(r);
	out->maker = rd_u64(r);
	out->suspended = rd_flag(r);
	out->spent = rd_flag(r);
	out->reclaimed = rd_flag(r);
	rd_block_ref(r, &out->spent_in);
}

void
wr_coin_body(struct wr *w, const struct coin *c)
{
	wr_u8(w, (uint8_t)c->kind);
	wr_u32(w, c->epoch);
	wr_amount(w, c->value);
	wr_u32(w, c->height);
	wr_u64(w, c->plan);
	wr_u64(w, c->maker);
	wr_u8(w, c->suspended);
	wr_u8(w, c->spent);
	wr_u8(w, c->reclaimed);
	wr_block_ref(w, &c->spent_in);
}

bool
coin_get(struct coin *out, const struct state *s, const struct outpoint *o)
{
	struct state_key k = key_with_outpoint(KEY_COIN, o);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	bool good;

	if (v == NULL)
		return false;
	out->outpoint = *o;
	good = coin_read(out, v, len);
	assert(good);
	return true;
}

void
coin_put(struct state *s, const struct coin *c)
{
	struct state_key k = key_with_outpoint(KEY_COIN, &c->outpoint);
	struct wr w = { 0 };

	wr_coin_body(&w, c);
	key_put(s, &k, &w);
}

void
coin_delete(struct state *s, const struct outpoint *o)
{
	struct state_key k = key_with_outpoint(KEY_COIN, o);

	key_delete(s, &k);
}

void
coin_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_COIN);
}

bool
coin_walk_next(struct state_walk *w, struct coin *out)
{
	bool good;

	if (!state_walk_next(w))
		return false;
	out->outpoint = key_read_outpoint(w->key, 0);
	good = coin_read(out, w->value, w->value_len);
	assert(good);
	return true;
}

/* --- payouts */

const char *
payout_state_name(enum payout_state s)
{
	switch (s) {
	case PAYOUT_QUEUED:
		return "QUEUED";
	case PAYOUT_PLANNED:
		return "PLANNED";
	case PAYOUT_SIGNED:
		return "SIGNED";
	case PAYOUT_PAID:
		return "PAID";
	case PAYOUT_FINAL:
		return "FINAL";
	case PAYOUT_CANCELLED:
		return "CANCELLED";
	case PAYOUT_EXPIRED:
		return "EXPIRED";
	}
	return "UNKNOWN";
}

static bool
payout_read(struct payout *out, const uint8_t *v, size_t len)
{
	struct rd r = rd_init(v, len);
	const uint8_t *script;

	rd_account(&r, &out->account);
	out->amount = rd_amount(&r);
	out->max_fee = rd_amount(&r);
	script = rd_varbytes(&r, &out->script_len, PEG_SCRIPT_MAX);
	memset(out->script, 0, sizeof(out->script));
	if (script != NULL)
		memcpy(out->script, script, out->script_len);
	out->state = (enum payout_state)rd_u8(&r);
	rd_reason(&r, out->reason);
	out->queued = rd_u32(&r);
	out->plan = rd_u64(&r);
	rd_hash256(&r, &out->txid);
	rd_hash256(&r, &out->origin);
	out->origin_op = rd_u32(&r);
	return rd_done(&r);
}

bool
payout_get(struct payout *out, const struct state *s, uint64_t id)
{
	struct state_key k = key_with_u64(KEY_PAYOUT, id);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	bool good;

	if (v == NULL)
		return false;
	out->id = id;
	good = payout_read(out, v, len);
	assert(good);
	return true;
}

void
payout_put(struct state *s, const struct payout *p)
{
	struct state_key k = key_with_u64(KEY_PAYOUT, p->id);
	struct wr w = { 0 };

	wr_account(&w, &p->account);
	wr_amount(&w, p->amount);
	wr_amount(&w, p->max_fee);
	wr_varbytes(&w, p->script, p->script_len);
	wr_u8(&w, (uint8_t)p->state);
	wr_reason(&w, p->reason);
	wr_u32(&w, p->queued);
	wr_u64(&w, p->plan);
	wr_hash256(&w, &p->txid);
	wr_hash256(&w, &p->origin);
	wr_u32(&w, p->origin_op);
	key_put(s, &k, &w);
}

void
payout_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_PAYOUT);
}

bool
payout_walk_next(struct state_walk *w, struct payout *out)
{
	bool good;

	if (!state_walk_next(w))
		return false;
	out->id = key_read_u64(w->key, 0);
	good = payout_read(out, w->value, w->value_len);
	assert(good);
	return true;
}

/* --- genesis, epochs, books */

void
record_start(struct state *s, const struct peg_params *p, const struct federation *f, const struct hash256 *genesis_id)
{
	struct state_key params = key_of(KEY_PARAMS), id = key_of(KEY_GENESIS_ID), current = key_of(KEY_CURRENT_EPOCH);
	struct state_key epoch = key_with_u32(KEY_EPOCH, f->epoch);
	struct books books = { 0 };
	struct wr w = { 0 };

	wr_peg_params(&w, p);
	key_put(s, &params, &w);
	wr_hash256(&w, genesis_id);
	key_put(s, &id, &w);
	wr_federation(&w, f);
	key_put(s, &epoch, &w);
	wr_u32(&w, f->epoch);
	key_put(s, &current, &w);
	books_put(s, &books);
}

void
record_params_get(struct peg_params *out, const struct state *s)
{
	struct state_key k = key_of(KEY_PARAMS);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	rd_peg_params(&r, out);
	assert(rd_done(&r));
}

void
record_genesis_id(struct hash256 *out, const struct state *s)
{
	struct state_key k = key_of(KEY_GENESIS_ID);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	rd_hash256(&r, out);
	assert(rd_done(&r));
}

uint32_t
record_epoch(const struct state *s)
{
	struct state_key k = key_of(KEY_CURRENT_EPOCH);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	return rd_u32(&r);
}

bool
record_federation_get(struct federation *out, const struct state *s, uint32_t epoch)
{
	struct state_key k = key_with_u32(KEY_EPOCH, epoch);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	if (v == NULL)
		return false;
	rd_federation(&r, out);
	assert(rd_done(&r));
	return true;
}

void
books_get(struct books *out, const struct state *s)
{
	struct state_key k = key_of(KEY_BOOKS);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	out->reserve = rd_amount(&r);
	out->deficit = rd_amount(&r);
	out->donations = rd_amount(&r);
	out->deposits = rd_u64(&r);
	out->payouts = rd_u64(&r);
	out->plans = rd_u64(&r);
	rd_hash256(&r, &out->planned_at);
	out->last_rate = rd_u32(&r);
	out->halted = rd_flag(&r);
	out->resumes = rd_u64(&r);
	rd_reason(&r, out->halt_reason);
	out->guardian_until = rd_u32(&r);
	out->intents = rd_u32(&r);
	assert(rd_done(&r));
}

void
books_put(struct state *s, const struct books *b)
{
	struct state_key k = key_of(KEY_BOOKS);
	struct wr w = { 0 };

	wr_amount(&w, b->reserve);
	wr_amount(&w, b->deficit);
	wr_amount(&w, b->donations);
	wr_u64(&w, b->deposits);
	wr_u64(&w, b->payouts);
	wr_u64(&w, b->plans);
	wr_hash256(&w, &b->planned_at);
	wr_u32(&w, b->last_rate);
	wr_u8(&w, b->halted);
	wr_u64(&w, b->resumes);
	wr_reason(&w, b->halt_reason);
	wr_u32(&w, b->guardian_until);
	wr_u32(&w, b->intents);
	key_put(s, &k, &w);
}
