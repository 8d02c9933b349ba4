/* Keys: v p -> parameters; v r -> rule; v c | key -> a validator; v a | address -> key; v o | owner | key, v g | key (has a weight) and
 * v k | ~(bonded + votes) u64 | key (active ones) -> nothing; v b | account | key -> units bonded; v u | account | matures u64 | number u64 ->
 * what waits; v n -> number of the last one; v x | key | ~epoch u64 -> units that have left by its end, modulo 2^64; v v | account -> ballot;
 * v w | key | step u64 -> votes; v s -> the set; v d -> the last change of it; v e -> the epoch; v h | epoch u64 -> where it began; v f -> the
 * oldest of these; v j | key -> to be thrown out. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "token/validator_parts.h"

/* ---- parameters ---- */

bool
validators_awake(const struct state *s)
{
	struct statekey k = statekey_new('v', 'p');

	return statekey_has(s, &k);
}

void
validators_put_params(struct state *s, const struct validators_params *p)
{
	struct statekey k = statekey_new('v', 'p');
	struct wr w = { 0 };

	wr_u8(&w, (uint8_t)p->engine);
	wr_varbytes(&w, p->chain_id, strlen(p->chain_id));
	wr_u32(&w, p->epoch_seconds);
	wr_u32(&w, p->epoch_blocks);
	wr_u32(&w, p->unbonding);
	wr_u32(&w, p->vote_step);
	wr_u16(&w, p->slash);
	wr_amount(&w, p->min_self_bond);
	wr_asset_id(&w, &p->asset);
	statekey_put(s, &k, &w);
}

bool
validators_params(struct validators_params *out, const struct state *s)
{
	struct statekey k = statekey_new('v', 'p');
	const uint8_t *id;
	struct rd r;
	size_t len;

	if (!statekey_get(&r, s, &k))
		return false;
	memset(out, 0, sizeof(*out));
	out->engine = (enum validators_engine)rd_u8(&r);
	id = rd_varbytes(&r, &len, ENGINE_CHAIN_ID_MAX);
	if (id != NULL)
		memcpy(out->chain_id, id, len);
	out->epoch_seconds = rd_u32(&r);
	out->epoch_blocks = rd_u32(&r);
	out->unbonding = rd_u32(&r);
	out->vote_step = rd_u32(&r);
	out->slash = rd_u16(&r);
	out->min_self_bond = rd_amount(&r);
	rd_asset_id(&r, &out->asset);
	assert(rd_done(&r));
	return true;
}

void
validators_put_rule(struct state *s, const struct op_text *name, uint16_t major, const struct op_blob *params)
{
	struct statekey k = statekey_new('v', 'r');
	struct wr w = { 0 };

	wr_text(&w, name);
	wr_u16(&w, major);
	wr_blob(&w, params);
	statekey_put(s, &k, &w);
}

bool
validators_rule(struct validators_rule *out, const struct state *s)
{
	struct statekey k = statekey_new('v', 'r');
	struct op_text name;
	struct op_blob params;
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	memset(out, 0, sizeof(*out));
	rd_text(&r, &name, RULE_NAME_MAX);
	out->major = rd_u16(&r);
	rd_blob(&r, &params, RULE_PARAMS_MAX);
	assert(rd_done(&r));
	memcpy(out->name, name.p, name.len);
	out->params_len = params.len;
	if (params.len > 0)
		memcpy(out->params, params.p, params.len);
	return true;
}

/* ---- validators ---- */

struct statekey
validator_statekey(char table, const struct validator_key *key)
{
	struct statekey k = statekey_new('v', table);

	statekey_bytes(&k, key->b, sizeof(key->b));
	return k;
}

static struct statekey
rank_key(const struct validator *v)
{
	struct statekey k = statekey_new('v', 'k');

	statekey_u64(&k, ~(v->bonded.tokens + v->votes));
	statekey_bytes(&k, v->key.b, sizeof(v->key.b));
	return k;
}

static void
put_empty(struct state *s, const struct statekey *k)
{
	state_put(s, k->b, k->len, "", 0);
}

/* The indexes that can change. */
static void
index_put(struct state *s, const struct validator *v, const struct validator *old)
{
	struct statekey rank = rank_key(v), weight = validator_statekey('g', &v->key);

	if (old != NULL && old->status == VALIDATOR_ACTIVE) {
		struct statekey before = rank_key(old);

		if (v->status != VALIDATOR_ACTIVE || before.len != rank.len || memcmp(before.b, rank.b, rank.len) != 0)
			statekey_delete(s, &before);
	}
	if (v->status == VALIDATOR_ACTIVE)
		put_empty(s, &rank);
	if (v->weight > 0)
		put_empty(s, &weight);
	else
		statekey_delete(s, &weight);
}

static void
wr_pool(struct wr *w, const struct pool *p)
{
	wr_u64(w, p->units);
	wr_u64(w, p->tokens);
}

static struct pool
rd_pool(struct rd *r)
{
	struct pool p;

	p.units = rd_u64(r);
	p.tokens = rd_u64(r);
	return p;
}

void
validator_put(struct state *s, const struct validator *v, const struct validator *old)
{
	struct statekey k = validator_statekey('c', &v->key);
	struct wr w = { 0 };

	wr_account(&w, &v->owner);
	wr_u8(&w, (uint8_t)v->status);
	wr_varbytes(&w, v->moniker, strlen(v->moniker));
	wr_i64(&w, v->registered.sec);
	wr_u64(&w, v->weight);
	wr_pool(&w, &v->bonded);
	wr_u64(&w, v->unbonding);
	wr_pool(&w, &v->slashed);
	wr_u64(&w, v->votes);
	wr_i64(&w, v->jailed_until.sec);
	wr_u64(&w, v->offence_epoch);
	wr_u64(&w, v->served_from);
	wr_u64(&w, v->served_to);
	statekey_put(s, &k, &w);
	if (old == NULL) {
		struct statekey a = statekey_new('v', 'a'), o = statekey_new('v', 'o');
		uint8_t address[VALIDATOR_ADDRESS_LEN];

		validator_address(address, &v->key);
		statekey_bytes(&a, address, sizeof(address));
		state_put(s, a.b, a.len, v->key.b, sizeof(v->key.b));
		statekey_account(&o, &v->owner);
		statekey_bytes(&o, v->key.b, sizeof(v->key.b));
		put_empty(s, &o);
	}
	index_put(s, v, old);
}

static void
rd_validator(struct rd *r, struct validator *out)
{
	const uint8_t *moniker;
	size_t len;

	rd_account(r, &out->owner);
	out->status = (enum validator_status)rd_u8(r);
	moniker = rd_varbytes(r, &len, MONIKER_MAX);
	if (moniker != NULL)
		memcpy(out->moniker, moniker, len);
	out->registered.sec = rd_i64(r);
	out->weight = rd_u64(r);
	out->bonded = rd_pool(r);
	out->unbonding = rd_u64(r);
	out->slashed = rd_pool(r);
	out->votes = rd_u64(r);
	out->jailed_until.sec = rd_i64(r);
	out->offence_epoch = rd_u64(r);
	out->served_from = rd_u64(r);
	out->served_to = rd_u64(r);
	assert(rd_done(r));
}

bool
validator_get(struct validator *out, const struct state *s, const struct validator_key *key)
{
	struct statekey k = validator_statekey('c', key);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	out->key = *key;
	rd_validator(&r, out);
	return true;
}

void
validator_address(uint8_t out[VALIDATOR_ADDRESS_LEN], const struct validator_key *key)
{
	struct hash256 h;

	sha256(&h, key->b, sizeof(key->b));
	memcpy(out, h.b, VALIDATOR_ADDRESS_LEN);
}

bool
validator_by_address(struct validator_key *out, const struct state *s, const uint8_t address[VALIDATOR_ADDRESS_LEN])
{
	struct statekey k = statekey_new('v', 'a');
	struct rd r;

	statekey_bytes(&k, address, VALIDATOR_ADDRESS_LEN);
	if (!statekey_get(&r, s, &k))
		return false;
	rd_validator_key(&r, out);
	assert(rd_done(&r));
	return true;
}

void
validator_walk_init(struct validator_walk *w, const struct state *s)
{
	state_walk_init(&w->walk, s, "vc", 2);
}

bool
validator_walk_next(struct validator_walk *w, struct validator *out)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out->key.b, w->walk.key + 2, sizeof(out->key.b));
	r = rd_init(w->walk.value, w->walk.value_len);
	rd_validator(&r, out);
	return true;
}

static int
by_key(const void *a, const void *b)
{
	return validator_key_cmp(a, b);
}

static bool
is_listed(const struct validator_key *list, size_t n, const uint8_t *key)
{
	for (size_t i = 0; i < n; i++) {
		if (memcmp(list[i].b, key, sizeof(list[i].b)) == 0)
			return true;
	}
	return false;
}

size_t
candidates_collect(struct validator_key out[TALLY_CANDIDATES_MAX], const struct state *s)
{
	struct state_walk w;
	struct validator v;
	size_t n = 0, weighty;

	state_walk_init(&w, s, "vg", 2);
	while (n < WEIGHTS_MAX && state_walk_next(&w)) {
		memcpy(out[n].b, w.key + 2, sizeof(out[n].b));
		n += validator_get(&v, s, &out[n]) && v.status == VALIDATOR_ACTIVE;
	}
	weighty = n;
	state_walk_init(&w, s, "vk", 2);
	while (n < TALLY_CANDIDATES_MAX && state_walk_next(&w)) {
		if (!is_listed(out, weighty, w.key + 10))
			memcpy(out[n++].b, w.key + 10, sizeof(out[0].b));
	}
	qsort(out, n, sizeof(out[0]), by_key);
	return n;
}

size_t
weights_count(const struct state *s)
{
	struct state_walk w;
	size_t n = 0;

	state_walk_init(&w, s, "vg", 2);
	while (state_walk_next(&w))
		n++;
	return n;
}
