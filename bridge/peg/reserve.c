/* I1  reserve + deficit = supply + donations, where the reserve is the sum of the coins that count. */
#include "bridge/peg/reserve.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peg/state_key.h"
#include "token/bank.h"
#include "token/dao.h"

struct account
peg_escrow(void)
{
	return account_of_module("peg-escrow", NULL, 0);
}

struct account
peg_frozen(void)
{
	return account_of_module("peg-frozen", NULL, 0);
}

struct amount
sum(struct amount a, struct amount b)
{
	bool fits = amount_add(&a, a, b);

	assert(fits);
	return a;
}

struct amount
difference(struct amount a, struct amount b)
{
	bool fits = amount_sub(&a, a, b);

	assert(fits);
	return a;
}

struct amount
satoshi(uint64_t units)
{
	struct amount a;
	bool fits = amount_from_units(&a, units);

	assert(fits);
	return a;
}

bool
coin_counts(const struct coin *c)
{
	return !c->suspended && !c->spent;
}

/* What the coin under this outpoint adds to the reserve now. */
static struct amount
counted(const struct state *s, const struct outpoint *o)
{
	struct coin c;

	return coin_get(&c, s, o) && coin_counts(&c) ? c.value : AMOUNT_ZERO;
}

static void
reserve_change(struct state *s, struct amount out, struct amount in)
{
	struct books b;

	if (amount_cmp(out, in) == 0)
		return;
	books_get(&b, s);
	b.reserve = difference(sum(b.reserve, in), out);
	books_put(s, &b);
}

static void
spent_index(struct state *s, const struct outpoint *o, bool spent)
{
	struct state_key k = key_with_outpoint(KEY_COIN_SPENT, o);

	if (spent)
		key_mark(s, &k);
	else
		key_delete(s, &k);
}

void
reserve_put(struct state *s, const struct coin *c)
{
	struct amount before = counted(s, &c->outpoint);

	coin_put(s, c);
	spent_index(s, &c->outpoint, c->spent);
	reserve_change(s, before, coin_counts(c) ? c->value : AMOUNT_ZERO);
}

void
reserve_delete(struct state *s, const struct outpoint *o)
{
	struct amount before = counted(s, o);

	coin_delete(s, o);
	spent_index(s, o, false);
	reserve_change(s, before, AMOUNT_ZERO);
}

void
reserve_impair(struct state *s, const struct coin *c)
{
	struct amount before = counted(s, &c->outpoint), after = coin_counts(c) ? c->value : AMOUNT_ZERO;

	reserve_put(s, c);
	if (amount_cmp(after, before) < 0)
		deficit_raise(s, before);
	else if (amount_cmp(after, before) > 0)
		deficit_lower(s, after);
}

void
reserve_forget(struct state *s, const struct outpoint *o)
{
	struct coin c;

	assert(!coin_get(&c, s, o) || !coin_counts(&c));
	reserve_delete(s, o);
}

void
deficit_raise(struct state *s, struct amount a)
{
	struct books b;

	books_get(&b, s);
	b.deficit = sum(b.deficit, a);
	books_put(s, &b);
}

void
deficit_lower(struct state *s, struct amount a)
{
	struct books b;
	struct account fund = bank_fee_fund();
	struct amount part;

	books_get(&b, s);
	part = amount_min(b.deficit, a);
	b.deficit = difference(b.deficit, part);
	books_put(s, &b);
	supply_mint(s, &fund, difference(a, part));
}

struct amount
deficit_burn(struct state *s, const struct account *from, struct amount a)
{
	struct asset_id coin = ASSET_COIN;
	struct books b;

	books_get(&b, s);
	a = amount_min(amount_min(a, b.deficit), bank_balance(s, from, &coin));
	b.deficit = difference(b.deficit, a);
	books_put(s, &b);
	supply_burn(s, from, a);
	return a;
}

void
supply_mint(struct state *s, const struct account *to, struct amount a)
{
	struct asset_id coin = ASSET_COIN;
	const char *why = amount_is_zero(a) ? NULL : bank_mint(s, to, &coin, a);

	assert(why == NULL);
}

void
supply_burn(struct state *s, const struct account *from, struct amount a)
{
	struct asset_id coin = ASSET_COIN;
	const char *why = amount_is_zero(a) ? NULL : bank_burn(s, from, &coin, a);

	assert(why == NULL);
}

void
coin_move(struct state *s, const struct account *from, const struct account *to, struct amount a)
{
	struct asset_id coin = ASSET_COIN;
	const char *why = amount_is_zero(a) ? NULL : bank_transfer(s, from, to, &coin, a);

	assert(why == NULL);
}

bool
fund_lock(struct state *s, struct amount a)
{
	struct account fund = bank_fee_fund(), escrow = peg_escrow();
	struct asset_id coin = ASSET_COIN;

	if (amount_cmp(bank_balance(s, &fund, &coin), a) < 0)
		return false;
	coin_move(s, &fund, &escrow, a);
	return true;
}

void
peg_halt(struct exec *x, const char *reason)
{
	struct books b;

	books_get(&b, x->state);
	if (b.halted)
		return;
	b.halted = true;
	snprintf(b.halt_reason, sizeof(b.halt_reason), "%s", reason);
	books_put(x->state, &b);
	exec_event(x, "PEG_HALTED", reason, strlen(reason));
}

void
peg_heed_resume(struct exec *x)
{
	uint64_t resumes = dao_peg_resumes(x->state);
	struct books b;

	books_get(&b, x->state);
	if (resumes == b.resumes)
		return;
	b.resumes = resumes;
	b.halted = false;
	memset(b.halt_reason, 0, sizeof(b.halt_reason));
	books_put(x->state, &b);
	exec_event(x, "PEG_RESUMED", NULL, 0);
}

/* What was set aside in an account ends as much of the deficit; the rest goes back. */
static struct amount
cover_from(struct exec *x, enum cover_source source, const struct account *back)
{
	struct account from = dao_cover_account(source);
	struct asset_id coin = ASSET_COIN;
	struct amount aside = bank_balance(x->state, &from, &coin), burnt;

	if (amount_is_zero(aside))
		return AMOUNT_ZERO;
	burnt = deficit_burn(x->state, &from, aside);
	coin_move(x->state, &from, back, bank_balance(x->state, &from, &coin));
	return burnt;
}

/* Donations are reserve that nothing was minted for. */
static struct amount
cover_from_donations(struct exec *x)
{
	struct amount part = dao_cover_donations(x->state, x->env->height);
	struct books b;

	if (amount_is_zero(part))
		return part;
	books_get(&b, x->state);
	part = amount_min(amount_min(part, b.donations), b.deficit);
	b.donations = difference(b.donations, part);
	b.deficit = difference(b.deficit, part);
	books_put(x->state, &b);
	return part;
}

void
peg_heed_cover(struct exec *x)
{
	struct account fund = bank_fee_fund(), treasury = dao_treasury(0);
	struct amount covered = cover_from(x, COVER_FROM_TREASURY, &treasury);
	struct books b;
	struct wr w = { 0 };

	covered = sum(covered, cover_from(x, COVER_FROM_FEES, &fund));
	covered = sum(covered, cover_from_donations(x));
	if (amount_is_zero(covered))
		return;
	books_get(&b, x->state);
	wr_amount(&w, covered);
	wr_amount(&w, b.deficit);
	exec_event(x, "PEG_DEFICIT_COVERED", w.p, w.len);
	wr_clear(&w);
}
