/* Bonds, what waits, ballots, the set and epochs in the state; the keys stand in validator_record.c. */
#include <assert.h>
#include <string.h>

#include "token/validator_parts.h"

/* ---- bonds ---- */

static struct statekey
bond_key(const struct account *who, const struct validator_key *key)
{
	struct statekey k = statekey_new('v', 'b');

	statekey_account(&k, who);
	statekey_bytes(&k, key->b, sizeof(key->b));
	return k;
}

uint64_t
bond_of(const struct state *s, const struct account *who, const struct validator_key *key)
{
	struct statekey k = bond_key(who, key);

	return statekey_get_u64(s, &k);
}

void
bond_put(struct state *s, const struct account *who, const struct validator_key *key, uint64_t units)
{
	struct statekey k = bond_key(who, key);

	statekey_put_u64(s, &k, units);
}

void
bond_walk_init(struct bond_walk *w, const struct state *s, const struct account *who)
{
	struct statekey k = statekey_new('v', 'b');

	statekey_account(&k, who);
	state_walk_init(&w->walk, s, k.b, k.len);
}

bool
bond_walk_next(struct bond_walk *w, struct validator_key *key, uint64_t *units)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	memcpy(key->b, w->walk.key + 2 + ACCOUNT_LEN, sizeof(key->b));
	r = rd_init(w->walk.value, w->walk.value_len);
	*units = rd_u64(&r);
	return true;
}

/* ---- what waits ---- */

static struct statekey
unbonding_key(const struct account *who, const struct unbonding *u)
{
	struct statekey k = statekey_new('v', 'u');

	statekey_account(&k, who);
	statekey_u64(&k, (uint64_t)u->matures.sec);
	statekey_u64(&k, u->number);
	return k;
}

void
unbonding_put(struct state *s, const struct account *who, struct unbonding *u)
{
	struct statekey n = statekey_new('v', 'n'), k;
	struct wr w = { 0 };

	u->number = statekey_get_u64(s, &n) + 1;
	statekey_put_u64(s, &n, u->number);
	k = unbonding_key(who, u);
	wr_u8(&w, u->of_ballot);
	wr_validator_key(&w, &u->key);
	wr_u64(&w, u->units);
	wr_u64(&w, u->epoch);
	wr_u8(&w, u->clean);
	statekey_put(s, &k, &w);
}

void
unbonding_delete(struct state *s, const struct account *who, const struct unbonding *u)
{
	struct statekey k = unbonding_key(who, u);

	statekey_delete(s, &k);
}

void
unbonding_walk_init(struct unbonding_walk *w, const struct state *s, const struct account *who)
{
	struct statekey k = statekey_new('v', 'u');

	statekey_account(&k, who);
	state_walk_init(&w->walk, s, k.b, k.len);
}

bool
unbonding_walk_next(struct unbonding_walk *w, struct unbonding *out)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	out->matures.sec = (int64_t)statekey_read_u64(w->walk.key + 2 + ACCOUNT_LEN);
	out->number = statekey_read_u64(w->walk.key + 2 + ACCOUNT_LEN + 8);
	r = rd_init(w->walk.value, w->walk.value_len);
	out->of_ballot = rd_u8(&r) != 0;
	rd_validator_key(&r, &out->key);
	out->units = rd_u64(&r);
	out->epoch = rd_u64(&r);
	out->clean = rd_u8(&r) != 0;
	assert(rd_done(&r));
	return true;
}

static struct statekey
left_key(const struct validator_key *key, uint64_t epoch)
{
	struct statekey k = validator_statekey('x', key);

	statekey_u64(&k, ~epoch);
	return k;
}

/* The greatest epoch up to this one in which something left stands first. */
uint64_t
left_until(const struct state *s, const struct validator_key *key, uint64_t epoch)
{
	struct statekey k = validator_statekey('x', key), after = left_key(key, epoch + 1);
	struct state_walk w;
	struct rd r;

	state_walk_init(&w, s, k.b, k.len);
	if (epoch < UINT64_MAX)
		state_walk_after(&w, after.b, after.len);
	if (!state_walk_next(&w))
		return 0;
	r = rd_init(w.value, w.value_len);
	return rd_u64(&r);
}

void
left_add(struct state *s, const struct validator_key *key, uint64_t epoch, uint64_t units)
{
	struct statekey k = left_key(key, epoch);

	statekey_put_u64(s, &k, left_until(s, key, UINT64_MAX) + units);
}

/* ---- ballots ---- */

static struct statekey
ballot_key(const struct account *who)
{
	struct statekey k = statekey_new('v', 'v');

	statekey_account(&k, who);
	return k;
}

bool
ballot_validators(struct ballot_validators *out, const struct state *s, const struct account *who)
{
	struct statekey k = ballot_key(who);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	out->step = rd_u64(&r);
	out->n = rd_u8(&r);
	assert(out->n <= VOTED_MAX);
	for (uint32_t i = 0; i < out->n; i++) {
		rd_validator_key(&r, &out->list[i].key);
		out->list[i].amount = rd_amount(&r);
	}
	assert(rd_done(&r));
	return true;
}

void
ballot_put(struct state *s, const struct account *who, const struct ballot_validators *b)
{
	struct statekey k = ballot_key(who);
	struct wr w = { 0 };

	if (b->n == 0) {
		statekey_delete(s, &k);
		return;
	}
	wr_u64(&w, b->step);
	wr_u8(&w, (uint8_t)b->n);
	for (uint32_t i = 0; i < b->n; i++) {
		wr_validator_key(&w, &b->list[i].key);
		wr_amount(&w, b->list[i].amount);
	}
	statekey_put(s, &k, &w);
}

static struct statekey
votes_key(const struct validator_key *key, uint64_t step)
{
	struct statekey k = validator_statekey('w', key);

	statekey_u64(&k, step);
	return k;
}

uint64_t
validator_votes(const struct state *s, const struct validator_key *key, uint64_t step)
{
	struct statekey k = votes_key(key, step);

	return statekey_get_u64(s, &k);
}

void
validator_votes_add(struct state *s, const struct validator_key *key, uint64_t step, uint64_t units)
{
	struct statekey k = votes_key(key, step);

	statekey_put_u64(s, &k, statekey_get_u64(s, &k) + units);
}

void
validator_votes_sub(struct state *s, const struct validator_key *key, uint64_t step, uint64_t units)
{
	struct statekey k = votes_key(key, step);
	uint64_t there = statekey_get_u64(s, &k);

	assert(there >= units);
	statekey_put_u64(s, &k, there - units);
}

/* ---- set ---- */

static void
wr_powers(struct wr *w, const struct validator_power *list, size_t n)
{
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		wr_validator_key(w, &list[i].key);
		wr_u64(w, list[i].power);
	}
}

static size_t
rd_powers(struct rd *r, struct validator_power *out, size_t max)
{
	size_t n = rd_count(r, 40);

	assert(n <= max);
	for (size_t i = 0; i < n; i++) {
		rd_validator_key(r, &out[i].key);
		out[i].power = rd_u64(r);
	}
	assert(rd_done(r));
	return n;
}

void
validators_put_set(struct state *s, const struct validator_set *set)
{
	struct statekey k = statekey_new('v', 's');
	struct wr w = { 0 };

	wr_powers(&w, set->list, set->n);
	statekey_put(s, &k, &w);
}

bool
validators_set(struct validator_set *out, const struct state *s)
{
	struct statekey k = statekey_new('v', 's');
	struct rd r;

	out->n = 0;
	if (!statekey_get(&r, s, &k))
		return false;
	out->n = rd_powers(&r, out->list, ARRAY_LEN(out->list));
	return true;
}

void
validators_put_updates(struct state *s, uint64_t height, const struct validator_power *list, size_t n)
{
	struct statekey k = statekey_new('v', 'd');
	struct wr w = { 0 };

	wr_u64(&w, height);
	wr_powers(&w, list, n);
	statekey_put(s, &k, &w);
}

size_t
validator_updates(struct validator_power *out, const struct state *s, uint64_t height)
{
	struct statekey k = statekey_new('v', 'd');
	struct rd r;

	if (!statekey_get(&r, s, &k) || rd_u64(&r) != height)
		return 0;
	return rd_powers(&r, out, 2 * (size_t)VALIDATOR_SET_MAX);
}

/* ---- epochs ---- */

static struct statekey
began_key(uint64_t number)
{
	struct statekey k = statekey_new('v', 'h');

	statekey_u64(&k, number);
	return k;
}

/* Also remembers where this epoch began. */
void
epoch_put(struct state *s, const struct validators_epoch *e)
{
	struct statekey k = statekey_new('v', 'e'), began = began_key(e->number);
	struct wr w = { 0 }, b = { 0 };

	wr_u64(&w, e->number);
	wr_i64(&w, e->ends.sec);
	wr_u64(&w, e->ends_height);
	wr_u32(&w, e->moved);
	statekey_put(s, &k, &w);
	wr_u64(&b, e->first_height);
	wr_i64(&b, e->began.sec);
	statekey_put(s, &began, &b);
}

bool
epoch_began(const struct state *s, uint64_t number, uint64_t *first_height, struct unixtime *began)
{
	struct statekey k = began_key(number);
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	*first_height = rd_u64(&r);
	began->sec = rd_i64(&r);
	return true;
}

bool
validators_epoch(struct validators_epoch *out, const struct state *s)
{
	struct statekey k = statekey_new('v', 'e');
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	out->number = rd_u64(&r);
	out->ends.sec = rd_i64(&r);
	out->ends_height = rd_u64(&r);
	out->moved = rd_u32(&r);
	assert(rd_done(&r));
	return epoch_began(s, out->number, &out->first_height, &out->began);
}

void
epoch_forget(struct state *s, uint64_t number)
{
	struct statekey k = began_key(number);

	statekey_delete(s, &k);
}

uint64_t
epoch_oldest(const struct state *s)
{
	struct statekey k = statekey_new('v', 'f');

	return statekey_get_u64(s, &k);
}

void
epoch_set_oldest(struct state *s, uint64_t number)
{
	struct statekey k = statekey_new('v', 'f');

	statekey_put_u64(s, &k, number);
}

bool
epoch_of_height(const struct state *s, uint64_t *number, uint64_t height)
{
	struct validators_epoch now;
	uint64_t low = epoch_oldest(s), high, first;
	struct unixtime began;

	if (!validators_epoch(&now, s) || !epoch_began(s, low, &first, &began) || height < first)
		return false;
	for (high = now.number; low < high;) { /* the last one that began at or before it */
		uint64_t mid = low + (high - low + 1) / 2;

		if (epoch_began(s, mid, &first, &began) && first <= height)
			low = mid;
		else
			high = mid - 1;
	}
	*number = low;
	return true;
}
