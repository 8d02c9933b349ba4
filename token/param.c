#include "token/param.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "token/dao_parts.h"
#include "token/ledger.h"
#include "token/statekey.h"

#define COIN 100000000u
#define DAY 86400u

/* ---- fees of transactions ---- */

static uint64_t
get_fee_base(const struct state *s)
{
	struct amount base, per_op;

	ledger_get_fees(s, &base, &per_op);
	return amount_units(base);
}

static uint64_t
get_fee_per_op(const struct state *s)
{
	struct amount base, per_op;

	ledger_get_fees(s, &base, &per_op);
	return amount_units(per_op);
}

static const char *
set_fees(struct state *s, uint64_t base, uint64_t per_op)
{
	struct amount a, b;

	return amount_from_units(&a, base) && amount_from_units(&b, per_op) && ledger_set_fees(s, a, b) ? NULL : "PARAM_BOUNDS";
}

static const char *
set_fee_base(struct state *s, uint64_t value)
{
	return set_fees(s, value, get_fee_per_op(s));
}

static const char *
set_fee_per_op(struct state *s, uint64_t value)
{
	return set_fees(s, get_fee_base(s), value);
}

/* ---- the council's own terms ---- */

static uint32_t *
period(struct op_create_dao *t, size_t offset)
{
	return (uint32_t *)(void *)((char *)t + offset);
}

static uint64_t
get_period(const struct state *s, size_t offset)
{
	struct dao *d = mem_new(1, sizeof(*d));
	uint64_t v = dao_get(d, s, 0) ? *period(&d->terms, offset) : 0;

	free(d);
	return v;
}

static const char *
set_period(struct state *s, size_t offset, uint64_t value)
{
	struct dao *d = mem_new(1, sizeof(*d));
	struct op_create_dao *t = mem_new(1, sizeof(*t));
	const char *why = "DAO_UNKNOWN";

	if (dao_get(d, s, 0)) {
		*t = d->terms;
		*period(t, offset) = (uint32_t)value;
		why = t->late_extension <= t->voting_period ? NULL : "PARAM_BOUNDS";
		if (why == NULL)
			dao_change(s, d, t);
	}
	free(d);
	free(t);
	return why;
}

static uint64_t
get_deposit(const struct state *s)
{
	struct dao *d = mem_new(1, sizeof(*d));
	uint64_t v = dao_get(d, s, 0) ? amount_units(d->terms.deposit) : 0;

	free(d);
	return v;
}

/* The first part of it can't be more than all. */
static const char *
set_deposit(struct state *s, uint64_t value)
{
	struct dao *d = mem_new(1, sizeof(*d));
	struct op_create_dao *t = mem_new(1, sizeof(*t));
	const char *why = "DAO_UNKNOWN";

	if (dao_get(d, s, 0)) {
		*t = d->terms;
		why = amount_from_units(&t->deposit, value) ? NULL : "PARAM_BOUNDS";
		t->deposit_first = amount_min(t->deposit_first, t->deposit);
		if (why == NULL)
			dao_change(s, d, t);
	}
	free(d);
	free(t);
	return why;
}

/* ---- table ---- */

static const struct param params[] = {
	{ "fee_base", 0, COIN / 100, "satoshi", 0, 0, 0, get_fee_base, set_fee_base },
	{ "fee_per_op", 0, COIN / 100, "satoshi", 0, 0, 0, get_fee_per_op, set_fee_per_op },
	{ "asset_fee", 0, 10 * COIN, "satoshi", 'a', 'y', 0, NULL, NULL },
	{ "dao_fee", 0, 10 * COIN, "satoshi", 'g', 'y', 0, NULL, NULL },
	{ "council_deposit", 0, 100ull * COIN, "satoshi", 0, 0, 0, get_deposit, set_deposit },
	{ "council_deposit_period", 0, 90 * DAY, "seconds", 0, 0, offsetof(struct op_create_dao, deposit_period), NULL, NULL },
	{ "council_voting_delay", 0, 30 * DAY, "seconds", 0, 0, offsetof(struct op_create_dao, voting_delay), NULL, NULL },
	{ "council_voting_period", 3600, 90 * DAY, "seconds", 0, 0, offsetof(struct op_create_dao, voting_period), NULL, NULL },
	{ "council_late_extension", 0, 90 * DAY, "seconds", 0, 0, offsetof(struct op_create_dao, late_extension), NULL, NULL },
	{ "council_timelock", 0, 30 * DAY, "seconds", 0, 0, offsetof(struct op_create_dao, timelock), NULL, NULL },
	{ "council_grace", 3600, 90 * DAY, "seconds", 0, 0, offsetof(struct op_create_dao, grace), NULL, NULL },
};

const size_t param_count = ARRAY_LEN(params);

const struct param *
param_at(size_t i)
{
	assert(i < param_count);
	return &params[i];
}

const struct param *
param_named(const char *name, size_t len)
{
	for (size_t i = 0; i < param_count; i++) {
		if (strlen(params[i].name) == len && strncmp(params[i].name, name, len) == 0)
			return &params[i];
	}
	return NULL;
}

uint64_t
param_get(const struct state *s, const struct param *p)
{
	struct statekey k;

	if (p->get != NULL)
		return p->get(s);
	if (p->period != 0)
		return get_period(s, p->period);
	k = statekey_new(p->module, p->table);
	return statekey_get_u64(s, &k);
}

const char *
param_set(struct state *s, const struct param *p, uint64_t value)
{
	struct statekey k;

	if (value < p->least || value > p->most)
		return "PARAM_BOUNDS";
	if (p->set != NULL)
		return p->set(s, value);
	if (p->period != 0)
		return set_period(s, p->period, value);
	k = statekey_new(p->module, p->table);
	statekey_put_u64(s, &k, value);
	return NULL;
}
