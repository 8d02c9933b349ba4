/* B0  For each asset, supply = sum of balances. Every function here keeps it, whatever it answers.
 *
 * Keys: b a | account | asset -> amount u64, and b s | asset -> amount u64. What is zero isn't there. */
#include "token/bank.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool
asset_id_eq(const struct asset_id *a, const struct asset_id *b)
{
	return hash256_eq(&a->id, &b->id);
}

void
rd_asset_id(struct rd *r, struct asset_id *out)
{
	rd_hash256(r, &out->id);
}

void
wr_asset_id(struct wr *w, const struct asset_id *a)
{
	wr_hash256(w, &a->id);
}

static void
holder_prefix(uint8_t key[2 + ACCOUNT_LEN], const struct account *who)
{
	key[0] = 'b';
	key[1] = 'a';
	key[2] = who->type;
	memcpy(key + 3, who->id.b, 32);
}

void
bank_balance_key(uint8_t key[BANK_BALANCE_KEY_LEN], const struct account *who, const struct asset_id *asset)
{
	holder_prefix(key, who);
	memcpy(key + 2 + ACCOUNT_LEN, asset->id.b, 32);
}

void
bank_supply_key(uint8_t key[BANK_SUPPLY_KEY_LEN], const struct asset_id *asset)
{
	key[0] = 'b';
	key[1] = 's';
	memcpy(key + 2, asset->id.b, 32);
}

static struct amount
amount_of(const uint8_t *value, size_t len)
{
	struct rd r = rd_init(value, len);
	struct amount a = rd_amount(&r);

	assert(value == NULL || rd_done(&r));
	return a;
}

static struct amount
get(const struct state *s, const uint8_t *key, size_t key_len)
{
	size_t len;
	const uint8_t *value = state_get(s, &len, key, key_len);

	return value == NULL ? AMOUNT_ZERO : amount_of(value, len);
}

static void
set(struct state *s, const uint8_t *key, size_t key_len, struct amount a)
{
	uint64_t units = amount_units(a);
	uint8_t value[8];

	if (units == 0) {
		state_delete(s, key, key_len);
		return;
	}
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(units >> 8 * i);
	state_put(s, key, key_len, value, sizeof(value));
}

struct amount
bank_balance(const struct state *s, const struct account *who, const struct asset_id *asset)
{
	uint8_t key[BANK_BALANCE_KEY_LEN];

	bank_balance_key(key, who, asset);
	return get(s, key, sizeof(key));
}

struct amount
bank_supply(const struct state *s, const struct asset_id *asset)
{
	uint8_t key[BANK_SUPPLY_KEY_LEN];

	bank_supply_key(key, asset);
	return get(s, key, sizeof(key));
}

void
bank_walk_init(struct state_walk *w, const struct state *s, const struct account *who)
{
	uint8_t prefix[2 + ACCOUNT_LEN];

	holder_prefix(prefix, who);
	state_walk_init(w, s, prefix, sizeof(prefix));
}

bool
bank_walk_next(struct asset_id *asset, struct amount *balance, struct state_walk *w)
{
	if (!state_walk_next(w))
		return false;
	assert(w->key_len == BANK_BALANCE_KEY_LEN);
	memcpy(asset->id.b, w->key + 2 + ACCOUNT_LEN, 32);
	*balance = amount_of(w->value, w->value_len);
	return true;
}

const char *
bank_transfer(struct state *s, const struct account *from, const struct account *to, const struct asset_id *asset,
	      struct amount amount)
{
	uint8_t from_key[BANK_BALANCE_KEY_LEN], to_key[BANK_BALANCE_KEY_LEN];
	struct amount less, more;

	bank_balance_key(from_key, from, asset);
	if (!amount_sub(&less, get(s, from_key, sizeof(from_key)), amount))
		return "INSUFFICIENT_BALANCE";
	if (account_eq(from, to))
		return NULL;
	bank_balance_key(to_key, to, asset);
	if (!amount_add(&more, get(s, to_key, sizeof(to_key)), amount))
		return "AMOUNT_OVERFLOW";
	set(s, from_key, sizeof(from_key), less);
	set(s, to_key, sizeof(to_key), more);
	return NULL;
}

const char *
bank_mint(struct state *s, const struct account *to, const struct asset_id *asset, struct amount amount)
{
	uint8_t to_key[BANK_BALANCE_KEY_LEN], all_key[BANK_SUPPLY_KEY_LEN];
	struct amount more, all;

	bank_balance_key(to_key, to, asset);
	bank_supply_key(all_key, asset);
	if (!amount_add(&all, get(s, all_key, sizeof(all_key)), amount) ||
	    !amount_add(&more, get(s, to_key, sizeof(to_key)), amount))
		return "AMOUNT_OVERFLOW";
	set(s, to_key, sizeof(to_key), more);
	set(s, all_key, sizeof(all_key), all);
	return NULL;
}

const char *
bank_burn(struct state *s, const struct account *from, const struct asset_id *asset, struct amount amount)
{
	uint8_t from_key[BANK_BALANCE_KEY_LEN], all_key[BANK_SUPPLY_KEY_LEN];
	struct amount less, all;

	bank_balance_key(from_key, from, asset);
	bank_supply_key(all_key, asset);
	if (!amount_sub(&less, get(s, from_key, sizeof(from_key)), amount) ||
	    !amount_sub(&all, get(s, all_key, sizeof(all_key)), amount))
		return "INSUFFICIENT_BALANCE";
	set(s, from_key, sizeof(from_key), less);
	set(s, all_key, sizeof(all_key), all);
	return NULL;
}

struct account
bank_fee_fund(void)
{
	return account_of_module("fees", NULL, 0);
}

struct total {
	struct asset_id asset;
	struct amount sum;
};

static int
total_cmp(const void *a, const void *b)
{
	return hash256_cmp(&((const struct total *)a)->asset.id, &((const struct total *)b)->asset.id);
}

/* What each asset's supply says, ascending by asset; owned by the caller. */
static struct total *
supplies(const struct state *s, size_t *n)
{
	struct total *list = mem_new(0, sizeof(*list));
	struct state_walk w;

	*n = 0;
	state_walk_init(&w, s, "bs", 2);
	while (state_walk_next(&w)) {
		if ((*n & (*n - 1)) == 0)
			list = mem_resize(list, *n ? *n * 2 : 1, sizeof(*list));
		memcpy(list[*n].asset.id.b, w.key + 2, 32);
		list[(*n)++].sum = amount_of(w.value, w.value_len);
	}
	return list;
}

const char *
bank_invariants(const struct state *s, bool deep)
{
	const char *why = NULL;
	struct total *list, want;
	struct state_walk w;
	size_t n;

	if (!deep)
		return NULL;
	list = supplies(s, &n);
	state_walk_init(&w, s, "ba", 2);
	while (why == NULL && state_walk_next(&w)) {
		struct total *t;

		memcpy(want.asset.id.b, w.key + 2 + ACCOUNT_LEN, 32);
		t = bsearch(&want, list, n, sizeof(*list), total_cmp);
		if (t == NULL || !amount_sub(&t->sum, t->sum, amount_of(w.value, w.value_len)))
			why = "B0: the balances of an asset are more than its supply";
	}
	for (size_t i = 0; i < n && why == NULL; i++) {
		if (!amount_is_zero(list[i].sum))
			why = "B0: the balances of an asset are less than its supply";
	}
	free(list);
	return why;
}

static const char *
bank_genesis(struct exec *x, const uint8_t *section, size_t len)
{
	(void)x, (void)section;
	return len == 0 ? NULL : "the bank has no part in the genesis: coin comes from deposits alone";
}

const struct module bank_module = {
	.name = "bank",
	.letter = 'b',
	.genesis = bank_genesis,
	.invariants = bank_invariants,
};
