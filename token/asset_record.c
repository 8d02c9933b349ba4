/* An asset's record in the state: table i, id -> record; table t, ticker (12 bytes, zero-padded) | id -> nothing. */
#include <assert.h>
#include <string.h>

#include "token/asset.h"
#include "token/statekey.h"

static void
copy_text(char *out, size_t size, const struct op_text *t)
{
	assert(t->len < size);
	memset(out, 0, size);
	if (t->len > 0)
		memcpy(out, t->p, t->len);
}

static struct op_text
text_of(const char *s)
{
	return (struct op_text){ s, strlen(s) };
}

static struct statekey
record_key(const struct asset_id *id)
{
	struct statekey k = statekey_new('a', 'i');

	statekey_asset(&k, id);
	return k;
}

static void
wr_record(struct wr *w, const struct asset *a)
{
	struct op_create o = {
		.flags = a->flags,
		.decimals = a->decimals,
		.cap = a->cap,
		.ticker = text_of(a->ticker),
		.name = text_of(a->name),
		.rule = text_of(a->rule),
		.rule_major = a->rule_major,
		.dao = a->dao,
		.units = a->units,
		.sats = a->sats,
		.freeze_notice = a->freeze_notice,
		.changes = a->changes,
		.change_notice = a->change_notice,
		.params = { a->params, a->params_len },
	};
	struct wr create = { 0 };

	wr_account(w, &a->creator);
	wr_account(w, &a->issuer);
	wr_u8(w, a->renounced);
	wr_i64(w, a->created.sec);
	wr_i64(w, a->paused_until.sec);
	wr_i64(w, a->next_pause_from.sec);
	op_create_encode(&create, &o);
	wr_varbytes(w, create.p, create.len);
	wr_i64(w, a->next_from.sec);
	wr_varbytes(w, a->next, a->next_len);
	wr_clear(&create);
}

static bool
rd_record(struct rd *r, struct asset *out)
{
	struct op_create o;
	const uint8_t *create, *next;
	size_t len;

	memset(out, 0, sizeof(*out));
	rd_account(r, &out->creator);
	rd_account(r, &out->issuer);
	out->renounced = rd_u8(r) != 0;
	out->created.sec = rd_i64(r);
	out->paused_until.sec = rd_i64(r);
	out->next_pause_from.sec = rd_i64(r);
	create = rd_varbytes(r, &len, STATE_VALUE_MAX);
	out->next_from.sec = rd_i64(r);
	next = rd_varbytes(r, &out->next_len, RULE_PARAMS_MAX);
	if (!rd_done(r) || !op_create_decode(&o, create, len))
		return false;
	out->flags = o.flags;
	out->decimals = o.decimals;
	out->cap = o.cap;
	copy_text(out->ticker, sizeof(out->ticker), &o.ticker);
	copy_text(out->name, sizeof(out->name), &o.name);
	copy_text(out->rule, sizeof(out->rule), &o.rule);
	out->rule_major = o.rule_major;
	out->dao = o.dao;
	out->units = o.units;
	out->sats = o.sats;
	out->freeze_notice = o.freeze_notice;
	out->changes = o.changes;
	out->change_notice = o.change_notice;
	out->params_len = o.params.len;
	if (o.params.len > 0)
		memcpy(out->params, o.params.p, o.params.len);
	if (out->next_len > 0)
		memcpy(out->next, next, out->next_len);
	return true;
}

static void
coin_record(struct asset *out)
{
	static const struct asset coin = {
		.renounced = true,
		.flags = ASSET_TRANSFERABLE,
		.decimals = 8,
		.ticker = "COIN",
		.name = "pegged coin",
		.dao = ASSET_NO_DAO,
	};

	*out = coin;
	if (!amount_from_units(&out->cap, 2100000000000000))
		assert(0);
}

bool
asset_get(struct asset *out, const struct state *s, const struct asset_id *id)
{
	struct statekey k = record_key(id);
	struct rd r;
	bool ok;

	if (hash256_is_zero(&id->id)) {
		coin_record(out);
		return true;
	}
	if (!statekey_get(&r, s, &k))
		return false;
	ok = rd_record(&r, out);
	assert(ok);
	out->id = *id;
	return ok;
}

void
asset_put(struct state *s, const struct asset *a)
{
	struct statekey k = record_key(&a->id);
	struct wr w = { 0 };

	wr_record(&w, a);
	statekey_put(s, &k, &w);
}

static struct statekey
ticker_key(const char *ticker)
{
	struct statekey k = statekey_new('a', 't');
	char padded[ASSET_TICKER_MAX] = { 0 };

	memcpy(padded, ticker, strlen(ticker));
	statekey_bytes(&k, padded, sizeof(padded));
	return k;
}

void
asset_put_new(struct state *s, const struct asset *a)
{
	struct statekey k = ticker_key(a->ticker);

	statekey_asset(&k, &a->id);
	state_put(s, k.b, k.len, "", 0);
	asset_put(s, a);
}

size_t
asset_find_ticker(struct asset *out, const struct state *s, const char *ticker)
{
	struct statekey k;
	struct state_walk w;
	struct asset_id id;
	size_t n = 0;

	if (strlen(ticker) > ASSET_TICKER_MAX)
		return 0;
	k = ticker_key(ticker);
	state_walk_init(&w, s, k.b, k.len);
	for (; n < 2 && state_walk_next(&w); n++) {
		memcpy(id.id.b, w.key + k.len, sizeof(id.id.b));
		if (n == 0 && !asset_get(out, s, &id))
			assert(0);
	}
	return n;
}

void
asset_walk_init(struct asset_walk *w, const struct state *s)
{
	state_walk_init(&w->walk, s, "ai", 2);
}

bool
asset_walk_next(struct asset_walk *w, struct asset *out)
{
	struct asset_id id;
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	assert(w->walk.key_len == 2 + sizeof(id.id.b));
	memcpy(id.id.b, w->walk.key + 2, sizeof(id.id.b));
	r = rd_init(w->walk.value, w->walk.value_len);
	if (!rd_record(&r, out))
		assert(0);
	out->id = id;
	return true;
}

bool
asset_is_issuer(const struct asset *a, const struct account *who)
{
	return !a->renounced && account_eq(&a->issuer, who);
}

bool
asset_is_paused(const struct asset *a, struct unixtime now)
{
	return !a->renounced && now.sec < a->paused_until.sec;
}

struct op_blob
asset_params(const struct asset *a, struct unixtime now)
{
	if (a->next_from.sec > 0 && now.sec >= a->next_from.sec)
		return (struct op_blob){ a->next, a->next_len };
	return (struct op_blob){ a->params, a->params_len };
}
