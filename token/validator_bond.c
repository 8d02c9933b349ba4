/* VS1  The escrow holds what bonds, ballots and unbonding units are worth, to the unit. Units are in one place each, so no sum of them is above
 *      the supply, and adding up can't overflow.
 *
 * A validator is slashed once at most, since it is out for ever then. Its bonds lose their share by the pool's tokens; so do the units that
 * left since the epoch of the offence, which are counted by running totals: no bond and no waiting entry is looked at. */
#include <assert.h>
#include <string.h>

#include "token/holding.h"
#include "token/validator_parts.h"

struct account
validators_escrow(void)
{
	return account_of_module("validators", NULL, 0);
}

static struct amount
amount_of(uint64_t units)
{
	struct amount a;
	bool ok = amount_from_units(&a, units);

	assert(ok);
	(void)ok;
	return a;
}

static uint64_t
share(uint64_t of, uint64_t mul, uint64_t div)
{
	struct amount a;
	bool ok = amount_muldiv(&a, amount_of(of), mul, div, AMOUNT_DOWN);

	assert(ok); /* mul <= div */
	(void)ok;
	return amount_units(a);
}

uint64_t
pool_worth(const struct pool *p, uint64_t units)
{
	assert(units <= p->units);
	return units == 0 ? 0 : units == p->units ? p->tokens : share(p->tokens, units, p->units);
}

static uint64_t
pool_take(struct pool *p, uint64_t units)
{
	uint64_t worth = pool_worth(p, units);

	p->units -= units;
	p->tokens -= worth;
	return worth;
}

/* ---- into the escrow and out of it ---- */

static const char *
bond_asset(struct asset *out, const struct exec *x)
{
	struct validators_params p;

	if (!validators_params(&p, x->state))
		return "VALIDATORS_OFF";
	if (!asset_get(out, x->state, &p.asset))
		return "ASSET_UNKNOWN";
	if (!hash256_is_zero(&p.asset.id) && ((out->flags & ASSET_VOTES) == 0 || (out->flags & ASSET_LOTS) != 0))
		return "BAD_BOND_ASSET";
	return NULL;
}

static const char *
pay_in(struct exec *x, const struct account *from, uint64_t units)
{
	struct account escrow = validators_escrow();
	struct asset a;
	const char *why = bond_asset(&a, x);

	if (why == NULL)
		why = asset_may_move(x, &a, from, &escrow);
	return why != NULL ? why : holding_move(x, &a, from, &escrow, amount_of(units));
}

static const char *
pay_out(struct exec *x, const struct account *to, uint64_t units)
{
	struct account escrow = validators_escrow();
	struct asset a;
	const char *why = bond_asset(&a, x);

	if (why == NULL)
		why = asset_may_move(x, &a, &escrow, to);
	return why != NULL ? why : holding_move(x, &a, &escrow, to, amount_of(units));
}

/* What was slashed goes to the fee fund, whatever the asset's flags say. */
static void
forfeit(struct exec *x, uint64_t units)
{
	struct account escrow = validators_escrow(), fund = bank_fee_fund();
	struct asset a;
	const char *why = bond_asset(&a, x);

	if (why == NULL)
		why = holding_move(x, &a, &escrow, &fund, amount_of(units));
	assert(why == NULL);
}

static void
tell(struct exec *x, const char *name, const struct validator_key *key, const struct account *who, uint64_t units)
{
	struct wr w = { 0 };

	wr_validator_key(&w, key);
	wr_account(&w, who);
	wr_u64(&w, units);
	exec_event(x, name, w.p, w.len);
	exec_involve(x, who);
	wr_clear(&w);
}

/* ---- bonds ---- */

const char *
bond_add(struct exec *x, const struct account *who, struct validator *v, uint64_t units)
{
	struct validator old = *v;
	const char *why;

	if (v->status == VALIDATOR_TOMBSTONED)
		return "VALIDATOR_TOMBSTONED";
	assert(v->bonded.units == v->bonded.tokens); /* never slashed */
	why = pay_in(x, who, units);
	if (why != NULL)
		return why;
	v->bonded.units += units;
	v->bonded.tokens += units;
	bond_put(x->state, who, &v->key, bond_of(x->state, who, &v->key) + units);
	validator_put(x->state, v, &old);
	tell(x, "BONDED", &v->key, who, units);
	return NULL;
}

static struct unixtime
matures(const struct exec *x)
{
	struct validators_params p;
	bool awake = validators_params(&p, x->state);

	assert(awake);
	(void)awake;
	return (struct unixtime){ x->env->time.sec + p.unbonding };
}

static uint64_t
epoch_now(const struct state *s)
{
	struct validators_epoch e;
	bool awake = validators_epoch(&e, s);

	assert(awake);
	(void)awake;
	return e.number;
}

/* The owner's own part is too small now. */
static bool
falls_short(const struct exec *x, const struct account *who, const struct validator *v)
{
	struct validators_params p;

	return v->status == VALIDATOR_ACTIVE && account_eq(who, &v->owner) && validators_params(&p, x->state) &&
	       bond_of(x->state, who, &v->key) < amount_units(p.min_self_bond);
}

const char *
bond_remove(struct exec *x, const struct account *who, struct validator *v, uint64_t units)
{
	struct validator old = *v;
	uint64_t there = bond_of(x->state, who, &v->key), epoch = epoch_now(x->state);
	struct unbonding u = { .matures = matures(x), .key = v->key, .epoch = epoch, .clean = v->status == VALIDATOR_TOMBSTONED };

	if (units > there)
		return "INSUFFICIENT_BOND";
	u.units = pool_take(&v->bonded, units);
	v->unbonding += u.units;
	bond_put(x->state, who, &v->key, there - units);
	if (u.units > 0)
		unbonding_put(x->state, who, &u);
	if (!u.clean)
		left_add(x->state, &v->key, epoch, u.units);
	if (falls_short(x, who, v)) {
		v->status = VALIDATOR_JAILED;
		v->jailed_until.sec = 0;
		tell(x, "JAILED", &v->key, &v->owner, 0);
	}
	validator_put(x->state, v, &old);
	tell(x, "UNBONDING", &v->key, who, u.units);
	return NULL;
}

/* ---- WITHDRAW ---- */

#define WITHDRAW_MAX 32 /* entries at once; the next WITHDRAW goes on */

static bool
is_slashed(const struct validator *v, const struct unbonding *u)
{
	return v->status == VALIDATOR_TOMBSTONED && !u->clean && u->epoch >= v->offence_epoch;
}

uint64_t
unbonding_worth(const struct state *s, const struct unbonding *u)
{
	struct validator v;

	if (u->of_ballot || !validator_get(&v, s, &u->key) || !is_slashed(&v, u))
		return u->units;
	return pool_worth(&v.slashed, u->units);
}

/* Take one entry off the books: what it is worth. */
static uint64_t
release(struct exec *x, const struct account *who, const struct unbonding *u)
{
	struct validator v, old;
	uint64_t worth = u->units;

	unbonding_delete(x->state, who, u);
	if (u->of_ballot || !validator_get(&v, x->state, &u->key))
		return worth;
	old = v;
	if (is_slashed(&v, u)) {
		worth = pool_take(&v.slashed, u->units);
	} else {
		assert(v.unbonding >= u->units);
		v.unbonding -= u->units;
	}
	validator_put(x->state, &v, &old);
	return worth;
}

const char *
bond_withdraw(struct exec *x, const struct account *who)
{
	struct unbonding_walk w;
	struct unbonding u;
	uint64_t sum = 0;
	size_t n = 0;
	const char *why;
	struct wr body = { 0 };

	unbonding_walk_init(&w, x->state, who);
	while (n < WITHDRAW_MAX && unbonding_walk_next(&w, &u) && u.matures.sec <= x->env->time.sec) {
		sum += release(x, who, &u);
		n++;
	}
	if (n == 0)
		return "NOTHING_TO_WITHDRAW";
	why = pay_out(x, who, sum);
	if (why != NULL)
		return why;
	wr_account(&body, who);
	wr_u64(&body, sum);
	exec_event(x, "WITHDRAWN", body.p, body.len);
	exec_involve(x, who);
	wr_clear(&body);
	return NULL;
}

/* ---- ballots ---- */

static bool
ballot_total(uint64_t *out, const struct voted *list, uint32_t n)
{
	struct amount sum = AMOUNT_ZERO;

	for (uint32_t i = 0; i < n; i++) {
		if (!amount_add(&sum, sum, list[i].amount))
			return false;
	}
	*out = amount_units(sum);
	return true;
}

static void
take_back(struct exec *x, const struct ballot_validators *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t units = amount_units(b->list[i].amount);
		struct validator v, old;
		bool there = validator_get(&v, x->state, &b->list[i].key);

		assert(there && v.votes >= units);
		(void)there;
		old = v;
		v.votes -= units;
		validator_put(x->state, &v, &old);
		validator_votes_sub(x->state, &v.key, b->step, units);
	}
}

static const char *
give(struct exec *x, const struct ballot_validators *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t units = amount_units(b->list[i].amount);
		struct validator v, old;

		if (!validator_get(&v, x->state, &b->list[i].key))
			return "VALIDATOR_UNKNOWN";
		if (v.status != VALIDATOR_ACTIVE)
			return v.status == VALIDATOR_JAILED ? "VALIDATOR_JAILED" : "VALIDATOR_TOMBSTONED";
		old = v;
		v.votes += units;
		validator_put(x->state, &v, &old);
		validator_votes_add(x->state, &v.key, b->step, units);
	}
	return NULL;
}

/* The difference of two ballots: coin comes in, or begins to wait. */
static const char *
settle(struct exec *x, const struct account *who, uint64_t before, uint64_t after)
{
	struct unbonding u = { .matures = matures(x), .of_ballot = true, .epoch = epoch_now(x->state), .clean = true };

	if (after > before)
		return pay_in(x, who, after - before);
	u.units = before - after;
	if (u.units > 0)
		unbonding_put(x->state, who, &u);
	return NULL;
}

const char *
ballot_cast(struct exec *x, const struct account *who, const struct op_vote_validators *o)
{
	struct ballot_validators old, new = { .n = o->n };
	struct validators_params p;
	struct wr w = { 0 };
	uint64_t before, after;
	const char *why;

	if (!validators_params(&p, x->state))
		return "VALIDATORS_OFF";
	if (!ballot_total(&after, o->list, o->n))
		return "AMOUNT_OVERFLOW";
	if (!ballot_validators(&old, x->state, who) && o->n == 0)
		return "NO_CHANGE";
	if (!ballot_total(&before, old.list, old.n))
		assert(0);
	memcpy(new.list, o->list, o->n * sizeof(new.list[0]));
	new.step = (uint64_t)x->env->time.sec / p.vote_step;
	why = settle(x, who, before, after);
	if (why != NULL)
		return why;
	take_back(x, &old);
	why = give(x, &new);
	if (why != NULL)
		return why;
	ballot_put(x->state, who, &new);
	wr_account(&w, who);
	wr_u64(&w, after);
	exec_event(x, "VALIDATORS_VOTED", w.p, w.len);
	wr_clear(&w);
	return NULL;
}

/* ---- double signing ---- */

/* It may have signed until two blocks after the one that dropped it: that is when CometBFT lets it go. */
static bool
has_served(const struct validator *v, uint64_t height)
{
	return v->served_from != 0 && height >= v->served_from && (v->served_to == 0 || height <= v->served_to + 2);
}

/* The epoch whose bonds stood behind it: the set of a height was chosen two blocks before at the latest. */
static const char *
offence_epoch(uint64_t *out, const struct exec *x, const struct validators_params *p, uint64_t height)
{
	struct unixtime began;
	uint64_t first;

	if (height > x->env->height)
		return "EVIDENCE_FUTURE";
	if (!epoch_of_height(x->state, out, height > 2 ? height - 2 : 0) || !epoch_began(x->state, *out, &first, &began) ||
	    x->env->time.sec >= began.sec + p->unbonding)
		return "EVIDENCE_TOO_OLD"; /* what had left by then may be paid already */
	return NULL;
}

const char *
validator_convict(struct exec *x, const struct validator_key *key, uint64_t height)
{
	struct validators_params p;
	struct validator v, old;
	uint64_t epoch, left, of_bonds, of_leaving;
	struct wr w = { 0 };
	const char *why;

	if (!validators_params(&p, x->state))
		return "VALIDATORS_OFF";
	if (!validator_get(&v, x->state, key))
		return "VALIDATOR_UNKNOWN";
	if (v.status == VALIDATOR_TOMBSTONED)
		return "VALIDATOR_TOMBSTONED";
	why = offence_epoch(&epoch, x, &p, height);
	if (why != NULL)
		return why;
	if (!has_served(&v, height))
		return "NOT_A_VALIDATOR_THEN";
	old = v;
	left = left_until(x->state, key, UINT64_MAX) - (epoch == 0 ? 0 : left_until(x->state, key, epoch - 1));
	assert(left <= v.unbonding);
	of_bonds = share(v.bonded.tokens, p.slash, SLASH_WHOLE);
	of_leaving = share(left, p.slash, SLASH_WHOLE);
	v.bonded.tokens -= of_bonds;
	v.unbonding -= left;
	v.slashed = (struct pool){ left, left - of_leaving };
	v.status = VALIDATOR_TOMBSTONED;
	v.offence_epoch = epoch;
	validator_put(x->state, &v, &old);
	if (of_bonds + of_leaving > 0)
		forfeit(x, of_bonds + of_leaving);
	validators_throw_out(x, key);
	wr_validator_key(&w, key);
	wr_u64(&w, height);
	wr_u64(&w, of_bonds);
	wr_u64(&w, of_leaving);
	exec_event(x, "SLASHED", w.p, w.len);
	exec_involve(x, &v.owner);
	wr_clear(&w);
	return NULL;
}

const char *
validator_misbehaved(struct exec *x, const uint8_t address[VALIDATOR_ADDRESS_LEN], uint64_t height)
{
	struct validator_key key;

	if (!validators_awake(x->state))
		return "VALIDATORS_OFF";
	return validator_by_address(&key, x->state, address) ? validator_convict(x, &key, height) : "VALIDATOR_UNKNOWN";
}
