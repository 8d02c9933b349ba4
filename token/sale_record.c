/* Sales in the state.
 *
 * Keys: s n -> how many; s i | number -> sale; s p | number | account -> payer; s b | number | account -> beneficiary;
 * s u | payer | 2^64 - 1 - number | beneficiary -> purchase; s q | time | number -> empty: the ledger closes it then; s h (sale_hold.c). */
#include <assert.h>
#include <string.h>

#include "token/sale_parts.h"
#include "token/statekey.h"

struct amount
sale_sum(struct amount a, struct amount b)
{
	struct amount sum;
	bool ok = amount_add(&sum, a, b);

	assert(ok);
	(void)ok;
	return sum;
}

struct amount
sale_less(struct amount a, struct amount b)
{
	struct amount rest;
	bool ok = amount_sub(&rest, a, b);

	assert(ok);
	(void)ok;
	return rest;
}

static struct account
account_of(const char *name, uint64_t number)
{
	uint8_t subject[8];

	for (size_t i = 0; i < sizeof(subject); i++)
		subject[i] = (uint8_t)(number >> 8 * i);
	return account_of_module(name, subject, sizeof(subject));
}

struct account
sale_escrow(uint64_t number)
{
	return account_of("sale-escrow", number);
}

struct account
sale_vault(uint64_t number)
{
	return account_of("sale-tokens", number);
}

/* ---- the sale itself ---- */

static struct statekey
sale_key(uint64_t number)
{
	struct statekey k = statekey_new('s', 'i');

	statekey_u64(&k, number);
	return k;
}

uint64_t
sale_count(const struct state *s)
{
	struct statekey k = statekey_new('s', 'n');

	return statekey_get_u64(s, &k);
}

void
sale_fill(struct sale *out, const struct op_create_sale *terms)
{
	out->terms = *terms;
	memcpy(out->rule.name, terms->rule.p, terms->rule.len);
	out->rule.name[terms->rule.len] = '\0';
	out->terms.rule.p = out->rule.name;
	if (terms->params.len > 0)
		memcpy(out->params, terms->params.p, terms->params.len);
	out->terms.params.p = out->params;
}

static void
wr_sale(struct wr *w, const struct sale *sale)
{
	struct wr terms = { 0 };

	wr_account(w, &sale->seller);
	wr_i64(w, sale->created.sec);
	wr_u16(w, sale->rule.minor);
	wr_u16(w, sale->rule.patch);
	wr_u8(w, (uint8_t)sale->state);
	wr_i64(w, sale->ended.sec);
	wr_amount(w, sale->locked);
	wr_amount(w, sale->payment_least);
	wr_u64(w, sale->buys);
	wr_amount(w, sale->raised);
	wr_amount(w, sale->sold);
	wr_amount(w, sale->held);
	wr_amount(w, sale->held_tokens);
	wr_amount(w, sale->refunded);
	wr_amount(w, sale->delivered);
	wr_u8(w, sale->seller_paid);
	wr_u8(w, sale->seller_returned);
	op_create_sale_encode(&terms, &sale->terms);
	wr_varbytes(w, terms.p, terms.len);
	wr_clear(&terms);
}

static bool
rd_sale(struct rd *r, struct sale *out)
{
	struct op_create_sale terms;
	const uint8_t *bytes;
	size_t len;

	rd_account(r, &out->seller);
	out->created.sec = rd_i64(r);
	out->rule.minor = rd_u16(r);
	out->rule.patch = rd_u16(r);
	out->state = rd_u8(r);
	out->ended.sec = rd_i64(r);
	out->locked = rd_amount(r);
	out->payment_least = rd_amount(r);
	out->buys = rd_u64(r);
	out->raised = rd_amount(r);
	out->sold = rd_amount(r);
	out->held = rd_amount(r);
	out->held_tokens = rd_amount(r);
	out->refunded = rd_amount(r);
	out->delivered = rd_amount(r);
	out->seller_paid = rd_u8(r) != 0;
	out->seller_returned = rd_u8(r) != 0;
	bytes = rd_varbytes(r, &len, STATE_VALUE_MAX);
	if (!rd_done(r) || !op_create_sale_decode(&terms, bytes, len))
		return false;
	sale_fill(out, &terms);
	out->rule.major = terms.rule_major;
	return true;
}

bool
sale_get(struct sale *out, const struct state *s, uint64_t number)
{
	struct statekey k = sale_key(number);
	struct rd r;
	bool ok;

	if (!statekey_get(&r, s, &k))
		return false;
	memset(out, 0, sizeof(*out));
	ok = rd_sale(&r, out);
	assert(ok);
	out->number = number;
	return ok;
}

void
sale_put(struct state *s, const struct sale *sale)
{
	struct statekey k = sale_key(sale->number), n = statekey_new('s', 'n');
	struct wr w = { 0 };

	wr_sale(&w, sale);
	statekey_put(s, &k, &w);
	if (sale->number > sale_count(s))
		statekey_put_u64(s, &n, sale->number);
}

void
sale_queue(struct state *s, const struct sale *sale, bool there)
{
	struct statekey k = statekey_new('s', 'q');
	struct wr empty = { 0 };

	statekey_u64(&k, (uint64_t)(sale->terms.close.sec + SALE_GRACE));
	statekey_u64(&k, sale->number);
	if (there)
		statekey_put(s, &k, &empty);
	else
		statekey_delete(s, &k);
}

/* ---- parts of accounts ---- */

static struct statekey
part_key(char table, uint64_t number, const struct account *who)
{
	struct statekey k = statekey_new('s', table);

	statekey_u64(&k, number);
	if (who != NULL)
		statekey_account(&k, who);
	return k;
}

static struct statekey
purchase_key(const struct account *payer, uint64_t number, const struct account *beneficiary)
{
	struct statekey k = statekey_new('s', 'u');

	statekey_account(&k, payer);
	statekey_u64(&k, UINT64_MAX - number);
	if (beneficiary != NULL)
		statekey_account(&k, beneficiary);
	return k;
}

static size_t
give_key(uint8_t out[SALE_KEY_MAX], const struct statekey *k)
{
	assert(k->len <= SALE_KEY_MAX);
	memcpy(out, k->b, k->len);
	return k->len;
}

size_t
sale_payer_key(uint8_t out[SALE_KEY_MAX], uint64_t number, const struct account *who)
{
	struct statekey k = part_key('p', number, who);

	return give_key(out, &k);
}

size_t
sale_beneficiary_key(uint8_t out[SALE_KEY_MAX], uint64_t number, const struct account *who)
{
	struct statekey k = part_key('b', number, who);

	return give_key(out, &k);
}

size_t
sale_purchase_key(uint8_t out[SALE_KEY_MAX], uint64_t number, const struct account *payer, const struct account *beneficiary)
{
	struct statekey k = purchase_key(payer, number, beneficiary);

	return give_key(out, &k);
}

static void
rd_payer(struct rd *r, struct sale_payer *out)
{
	out->paid = rd_amount(r);
	out->held = rd_amount(r);
	out->refunded = rd_u8(r) != 0;
	assert(rd_done(r));
}

static void
rd_beneficiary(struct rd *r, struct sale_beneficiary *out)
{
	out->paid = rd_amount(r);
	out->tokens = rd_amount(r);
	out->delivered = rd_amount(r);
	assert(rd_done(r));
}

static void
rd_purchase(struct rd *r, struct sale_purchase *out)
{
	out->paid = rd_amount(r);
	out->tokens = rd_amount(r);
	out->held = rd_amount(r);
	out->held_tokens = rd_amount(r);
	assert(rd_done(r));
}

bool
sale_payer_get(struct sale_payer *out, const struct state *s, uint64_t number, const struct account *who)
{
	struct statekey k = part_key('p', number, who);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	rd_payer(&r, out);
	return true;
}

void
sale_payer_put(struct state *s, uint64_t number, const struct account *who, const struct sale_payer *p)
{
	struct statekey k = part_key('p', number, who);
	struct wr w = { 0 };

	wr_amount(&w, p->paid);
	wr_amount(&w, p->held);
	wr_u8(&w, p->refunded);
	statekey_put(s, &k, &w);
}

bool
sale_beneficiary_get(struct sale_beneficiary *out, const struct state *s, uint64_t number, const struct account *who)
{
	struct statekey k = part_key('b', number, who);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	rd_beneficiary(&r, out);
	return true;
}

void
sale_beneficiary_put(struct state *s, uint64_t number, const struct account *who, const struct sale_beneficiary *b)
{
	struct statekey k = part_key('b', number, who);
	struct wr w = { 0 };

	wr_amount(&w, b->paid);
	wr_amount(&w, b->tokens);
	wr_amount(&w, b->delivered);
	statekey_put(s, &k, &w);
}

bool
sale_purchase_get(struct sale_purchase *out, const struct state *s, uint64_t number, const struct account *payer, const struct account *beneficiary)
{
	struct statekey k = purchase_key(payer, number, beneficiary);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	rd_purchase(&r, out);
	return true;
}

void
sale_purchase_put(struct state *s, uint64_t number, const struct account *payer, const struct account *beneficiary, const struct sale_purchase *p)
{
	struct statekey k = purchase_key(payer, number, beneficiary);
	struct wr w = { 0 };

	wr_amount(&w, p->paid);
	wr_amount(&w, p->tokens);
	wr_amount(&w, p->held);
	wr_amount(&w, p->held_tokens);
	statekey_put(s, &k, &w);
}

/* ---- walks ---- */

/* The account that ends a key. */
static void
account_at(struct account *out, const struct state_walk *w, size_t at)
{
	struct rd r = rd_init(w->key + at, w->key_len - at);

	rd_account(&r, out);
	assert(rd_done(&r));
}

void
sale_payer_walk(struct state_walk *w, const struct state *s, uint64_t number)
{
	struct statekey k = part_key('p', number, NULL);

	state_walk_init(w, s, k.b, k.len);
}

bool
sale_payer_walk_next(struct account *who, struct sale_payer *out, struct state_walk *w)
{
	struct rd r;

	if (!state_walk_next(w))
		return false;
	account_at(who, w, 2 + 8);
	r = rd_init(w->value, w->value_len);
	rd_payer(&r, out);
	return true;
}

void
sale_beneficiary_walk(struct state_walk *w, const struct state *s, uint64_t number)
{
	struct statekey k = part_key('b', number, NULL);

	state_walk_init(w, s, k.b, k.len);
}

bool
sale_beneficiary_walk_next(struct account *who, struct sale_beneficiary *out, struct state_walk *w)
{
	struct rd r;

	if (!state_walk_next(w))
		return false;
	account_at(who, w, 2 + 8);
	r = rd_init(w->value, w->value_len);
	rd_beneficiary(&r, out);
	return true;
}

void
sale_purchase_walk(struct state_walk *w, const struct state *s, const struct account *payer)
{
	struct statekey k = statekey_new('s', 'u');

	statekey_account(&k, payer);
	state_walk_init(w, s, k.b, k.len);
}

void
sale_purchase_walk_in(struct state_walk *w, const struct state *s, const struct account *payer, uint64_t number)
{
	struct statekey k = purchase_key(payer, number, NULL);

	state_walk_init(w, s, k.b, k.len);
}

bool
sale_purchase_walk_next(uint64_t *number, struct account *beneficiary, struct sale_purchase *out, struct state_walk *w)
{
	struct rd r;

	if (!state_walk_next(w))
		return false;
	*number = UINT64_MAX - statekey_read_u64(w->key + 2 + ACCOUNT_LEN);
	account_at(beneficiary, w, 2 + ACCOUNT_LEN + 8);
	r = rd_init(w->value, w->value_len);
	rd_purchase(&r, out);
	return true;
}
