/* What a rule may ask its host for. Each service pays first; a service that fails has written zeros. */
#include <assert.h>
#include <string.h>

#include "token/holding.h"
#include "token/item.h"
#include "token/name.h"
#include "token/plugin_run.h"
#include "token/statekey.h"

static struct plugin_run *
run_of(struct tally_ctx *c)
{
	(void)c;
	return plugin_running();
}

static void
charge(struct tally_ctx *c, uint64_t gas)
{
	plugin_pay(run_of(c), gas);
}

static void *
alloc(struct tally_ctx *c, size_t len)
{
	struct plugin_run *r = run_of(c);
	size_t at = r->arena_used;

	plugin_pay(r, GAS_ALLOC);
	if (len > r->arena_max - at)
		plugin_stop(r, "RULE_MEMORY");
	plugin_pay(r, len * GAS_BYTE);
	if (r->arena == NULL)
		r->arena = plugin_arena();
	r->arena_used = at + len;
	r->arena_used += (16 - r->arena_used % 16) % 16;
	if (r->arena_used > r->arena_max)
		r->arena_used = r->arena_max;
	return r->arena + at;
}

/* ---- storage: r k | scope | instance | key ---- */

struct statekey
rule_storage_prefix(const struct rule_instance *i)
{
	struct statekey k = statekey_new('r', 'k');

	statekey_bytes(&k, &i->scope, 1);
	statekey_bytes(&k, i->id.b, sizeof(i->id.b));
	return k;
}

static int32_t
kv_get(struct tally_ctx *c, void *value, size_t *len, const void *key, size_t key_len)
{
	struct plugin_run *r = run_of(c);
	struct statekey k = rule_storage_prefix(r->instance);
	size_t room = *len, there;
	const uint8_t *p;

	plugin_pay(r, GAS_KV_GET);
	*len = 0;
	if (key_len < 1 || key_len > TALLY_KEY_MAX)
		return 1;
	statekey_bytes(&k, key, key_len);
	p = state_get(r->x->state, &there, k.b, k.len);
	if (p == NULL || there > room)
		return 1;
	plugin_pay(r, there * GAS_BYTE);
	memcpy(value, p, there);
	*len = there;
	return 0;
}

static int32_t
kv_put(struct tally_ctx *c, const void *key, size_t key_len, const void *value, size_t len)
{
	struct plugin_run *r = run_of(c);
	struct statekey k = rule_storage_prefix(r->instance);

	plugin_pay(r, GAS_KV_PUT);
	if (!r->instance->may_write || key_len < 1 || key_len > TALLY_KEY_MAX || len > TALLY_VALUE_MAX)
		return 1;
	plugin_pay(r, (key_len + len) * GAS_BYTE_STORED);
	statekey_bytes(&k, key, key_len);
	if (len == 0)
		state_delete(r->x->state, k.b, k.len);
	else
		state_put(r->x->state, k.b, k.len, value, len);
	return 0;
}

static int32_t
kv_next(struct tally_ctx *c, void *key, size_t *key_len)
{
	struct plugin_run *r = run_of(c);
	struct statekey k = rule_storage_prefix(r->instance);
	struct state_walk w;
	size_t prefix_len = k.len;

	plugin_pay(r, GAS_KV_NEXT);
	if (*key_len > TALLY_KEY_MAX)
		return 1;
	state_walk_init(&w, r->x->state, k.b, k.len);
	if (*key_len > 0) {
		statekey_bytes(&k, key, *key_len);
		state_walk_after(&w, k.b, k.len);
	}
	*key_len = 0;
	if (!state_walk_next(&w))
		return 1;
	*key_len = w.key_len - prefix_len;
	memcpy(key, w.key + prefix_len, *key_len);
	return 0;
}

/* ---- the ledger ---- */

static int32_t
balance(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	struct plugin_run *r = run_of(c);
	struct account a;

	plugin_pay(r, GAS_BALANCE);
	*out = 0;
	if (r->instance->asset == NULL || !rule_account_back(&a, who))
		return 1;
	*out = amount_units(holding_spendable(r->x->state, r->instance->asset, &a, r->x->env->time));
	return 0;
}

static int32_t
supply(struct tally_ctx *c, uint64_t *out)
{
	struct plugin_run *r = run_of(c);

	plugin_pay(r, GAS_SUPPLY);
	*out = 0;
	if (r->instance->asset == NULL)
		return 1;
	*out = amount_units(bank_supply(r->x->state, &r->instance->asset->id));
	return 0;
}

static int32_t
past_votes(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	struct plugin_run *r = run_of(c);
	const struct rule_electorate *e = r->instance->electorate;
	struct account a;

	plugin_pay(r, GAS_PAST_VOTES);
	*out = 0;
	if (e == NULL || !rule_account_back(&a, who))
		return 1;
	*out = e->power(e, r->x->state, &a);
	return 0;
}

static int32_t
past_supply(struct tally_ctx *c, uint64_t *out)
{
	struct plugin_run *r = run_of(c);

	plugin_pay(r, GAS_SUPPLY);
	*out = r->instance->electorate == NULL ? 0 : r->instance->electorate->total;
	return r->instance->electorate == NULL;
}

static int32_t
lots(struct tally_ctx *c, struct tally_lot *out, const struct tally_account *who, uint32_t index)
{
	struct plugin_run *r = run_of(c);
	const struct asset *asset = r->instance->asset;
	struct account a;
	struct lots l;

	plugin_pay(r, GAS_LOTS);
	memset(out, 0, sizeof(*out));
	if (asset == NULL || (asset->flags & ASSET_LOTS) == 0 || !rule_account_back(&a, who))
		return 1;
	lots_get(&l, r->x->state, &asset->id, &a, r->x->env->time);
	if (index >= l.n)
		return 1;
	out->amount = amount_units(l.list[index].amount);
	out->available_from = l.list[index].available_from.sec;
	out->expires_at = l.list[index].expires_day == LOT_NEVER ? TALLY_NEVER : (int64_t)l.list[index].expires_day * DAY_SECONDS;
	memcpy(out->receipt, l.list[index].receipt.b, sizeof(out->receipt));
	out->earned = l.list[index].earned;
	return 0;
}

static int32_t
muldiv(struct tally_ctx *c, uint64_t *out, uint64_t a, uint64_t mul, uint64_t div, enum tally_round round)
{
	struct amount amount;

	plugin_pay(run_of(c), GAS_MULDIV);
	*out = 0;
	if (!amount_from_units(&amount, a) || !amount_muldiv(&amount, amount, mul, div, round == TALLY_UP ? AMOUNT_UP : AMOUNT_DOWN))
		return 1;
	*out = amount_units(amount);
	return 0;
}

static void
hash(struct tally_ctx *c, uint8_t out[32], const void *bytes, size_t len)
{
	struct plugin_run *r = run_of(c);
	struct hash256 h;

	plugin_pay(r, GAS_SHA256);
	if (len > RULE_GAS_MAX)
		plugin_stop(r, "RULE_GAS");
	plugin_pay(r, len * GAS_BYTE);
	sha256(&h, bytes, len);
	memcpy(out, h.b, sizeof(h.b));
}

#define EMIT_NAME_MAX (EVENT_NAME_MAX - (sizeof(RULE_EVENT_PREFIX) - 1))
#define EMIT_BODY_MAX 200

static int32_t
emit(struct tally_ctx *c, const char *name, const void *bytes, size_t len)
{
	struct plugin_run *r = run_of(c);
	size_t name_len = strnlen(name, EMIT_NAME_MAX + 1);
	char full[EVENT_NAME_MAX + 1] = RULE_EVENT_PREFIX;

	plugin_pay(r, GAS_EMIT);
	if (!r->instance->may_write || name_len < 1 || name_len > EMIT_NAME_MAX || len > EMIT_BODY_MAX)
		return 1;
	for (size_t i = 0; i < name_len; i++) {
		if (!((name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
			return 1;
	}
	plugin_pay(r, len * GAS_BYTE_STORED);
	memcpy(full + sizeof(RULE_EVENT_PREFIX) - 1, name, name_len);
	exec_event(r->x, full, bytes, len);
	return 0;
}

/* ---- names and records ---- */

static int32_t
attested(struct tally_ctx *c, uint32_t *out, const struct tally_account *who)
{
	struct plugin_run *r = run_of(c);
	const struct rule_electorate *e = r->instance->electorate;
	struct account a;

	plugin_pay(r, GAS_ATTESTED);
	*out = 0;
	if (!rule_account_back(&a, who))
		return 1;
	*out = name_attested_at(r->x->state, &a, e != NULL ? e->snapshot : UINT64_MAX);
	return 0;
}

static int32_t
item(struct tally_ctx *c, struct tally_item *out, const uint8_t *id)
{
	struct plugin_run *r = run_of(c);
	struct hash256 h;
	struct item i;

	plugin_pay(r, GAS_ITEM);
	memset(out, 0, sizeof(*out));
	memcpy(h.b, id, sizeof(h.b));
	if (!item_get(&i, r->x->state, &h))
		return 1;
	out->creator = rule_account(&i.creator);
	out->custodian = rule_account(&i.custodian);
	out->entries = i.entries;
	out->created = i.created.sec;
	out->changed = i.changed.sec;
	memcpy(out->document, i.document.b, sizeof(out->document));
	out->closed = i.closed;
	return 0;
}

const struct tally_services plugin_services = {
	.size = sizeof(struct tally_services),
	.charge = charge,
	.alloc = alloc,
	.kv_get = kv_get,
	.kv_put = kv_put,
	.kv_next = kv_next,
	.balance = balance,
	.supply = supply,
	.past_votes = past_votes,
	.past_supply = past_supply,
	.lots = lots,
	.muldiv = muldiv,
	.sha256 = hash,
	.emit = emit,
	.attested = attested,
	.item = item,
};
