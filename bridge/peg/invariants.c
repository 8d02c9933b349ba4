#include "bridge/peg/invariants.h"

#include <string.h>

#include "bridge/peg/heights.h"
#include "bridge/peg/invariants_parts.h"
#include "bridge/peg/relay_store.h"
#include "bridge/peg/reserve.h"
#include "bridge/peg/state_key.h"
#include "token/bank.h"

static bool
is_solvent(const struct state *s, const struct books *b)
{
	struct asset_id coin = ASSET_COIN;

	return amount_cmp(sum(b->reserve, b->deficit), sum(bank_supply(s, &coin), b->donations)) == 0;
}

void
solvency_end_block(struct exec *x)
{
	struct asset_id coin = ASSET_COIN;
	struct books b;
	struct wr w = { 0 };

	books_get(&b, x->state);
	if (is_solvent(x->state, &b))
		return;
	wr_amount(&w, b.reserve);
	wr_amount(&w, b.deficit);
	wr_amount(&w, bank_supply(x->state, &coin));
	wr_amount(&w, b.donations);
	exec_event(x, "PEG_INSOLVENT", w.p, w.len);
	wr_clear(&w);
	peg_halt(x, "I1_SOLVENCY");
}

/* --- coins, against the reserve and the plans */

static const char *
check_coin(const struct state *s, const struct coin *c)
{
	struct state_key spent = key_with_outpoint(KEY_COIN_SPENT, &c->outpoint);
	struct plan plan;
	bool listed = false;

	if (c->spent != key_there(s, &spent))
		return "I3: a coin's foreign spend and its index disagree";
	if (c->kind == COIN_VAULT) {
		if (!plan_get(&plan, s, c->maker))
			return "I2: a vault output was made by no plan";
		if (c->suspended == (plan.state == PLAN_SETTLED || plan.state == PLAN_FINAL))
			return "I1: a vault output counts while its plan is not settled, or the other way round";
	}
	if (c->plan == 0)
		return NULL;
	if (!plan_get(&plan, s, c->plan) || plan.state == PLAN_DEAD || plan.state == PLAN_SETTLED || plan.state == PLAN_FINAL)
		return "I4: a coin names a plan that is not under way";
	for (size_t i = 0; i < plan.in_n; i++)
		listed = listed || outpoint_eq(&plan.in[i].outpoint, &c->outpoint);
	return listed ? NULL : "I4: a coin names a plan that does not spend it";
}

static const char *
check_coins(const struct state *s, const struct state *from)
{
	struct state_walk w;
	struct coin c;

	coin_walk(&w, from);
	while (coin_walk_next(&w, &c)) {
		const char *why = check_coin(s, &c);
		struct deposit d;

		if (why != NULL)
			return why;
		if (c.kind == COIN_DEPOSIT && (!deposit_get(&d, s, &c.outpoint) || amount_cmp(d.value, c.value) != 0))
			return "I2: a deposit's coin has no deposit of its value";
	}
	return NULL;
}

/* --- deposits, against their coins and the frozen balance */

/* Does the index by height have it? Entries below what the relay keeps are forgotten. */
static bool
is_marked(const struct state *s, const struct deposit *d)
{
	struct state_key k = key_with_u32(KEY_HEIGHT, d->block.height);
	struct relay relay;

	relay_get(&relay, s);
	key_u8(&k, HEIGHT_DEPOSIT);
	key_outpoint(&k, &d->outpoint);
	return key_there(s, &k) || d->block.height < relay.first;
}

static const char *
check_deposit(const struct state *s, const struct deposit *d)
{
	struct state_key open = key_with_u64(KEY_DEPOSIT_OPEN, d->number);
	bool has_coin, is_open = key_there(s, &open);
	struct coin c;

	has_coin = coin_get(&c, s, &d->outpoint);
	switch (d->state) {
	case DEPOSIT_WAITING_DEPTH:
	case DEPOSIT_WAITING_CAP:
		if (!is_open || d->reason[0] == '\0' || has_coin)
			return "I3: a waiting deposit has no reason, no place in its index, or a coin";
		return relay_on_best(s, &d->block) ? NULL : "I3: a waiting deposit's block is not on the best branch";
	case DEPOSIT_QUARANTINED:
		if (!is_open || d->reason[0] == '\0' || !has_coin)
			return "I3: a quarantined deposit has no reason, no place in its index, or no coin";
		return !coin_counts(&c) ? NULL : "I1: a quarantined deposit's coin counts as reserve";
	case DEPOSIT_MINTED:
		if (is_open)
			return "I3: a minted deposit is still in the index of open ones";
		if (has_coin && !is_marked(s, d))
			return "I1: a reorganisation would not find a minted deposit";
		return !has_coin || !c.suspended ? NULL : "I1: a minted deposit's coin is suspended";
	case DEPOSIT_BELOW_MIN:
	case DEPOSIT_LATE:
	case DEPOSIT_RECLAIMED:
	case DEPOSIT_DEAD:
		return !is_open && !has_coin ? NULL : "I2: a deposit that was not minted has a coin";
	}
	return "I3: a deposit is in no state";
}

static const char *
check_deposits(const struct state *s, const struct state *from, const struct books *b)
{
	struct state_walk w;
	struct deposit d;

	deposit_walk(&w, from);
	while (deposit_walk_next(&w, &d)) {
		const char *why = check_deposit(s, &d);

		if (why != NULL)
			return why;
		if (d.number == 0 || d.number > b->deposits)
			return "I2: a deposit has a number that was not given out";
		if (d.state != DEPOSIT_QUARANTINED && !amount_is_zero(d.frozen))
			return "I1: a deposit that is not quarantined has a frozen balance";
	}
	return NULL;
}

/* --- payouts and plans, against the escrow */

static bool
in_escrow(enum payout_state s)
{
	return s == PAYOUT_QUEUED || s == PAYOUT_PLANNED || s == PAYOUT_SIGNED;
}

static bool
has_plan(enum payout_state s)
{
	return s == PAYOUT_PLANNED || s == PAYOUT_SIGNED || s == PAYOUT_PAID || s == PAYOUT_FINAL;
}

static const char *
check_payout(const struct state *s, const struct payout *pay)
{
	struct state_key queue = key_with_u64(KEY_QUEUE, pay->id);
	bool planned = pay->plan != 0;
	struct plan plan;
	size_t listed = 0;

	if (key_there(s, &queue) != (pay->state == PAYOUT_QUEUED))
		return "I3: a payout and the queue disagree";
	if (planned != has_plan(pay->state))
		return "I3: a payout's state and its plan disagree";
	if (!planned)
		return NULL;
	if (!plan_get(&plan, s, pay->plan) || plan.state == PLAN_DEAD)
		return "I2: a payout's plan is dead or missing";
	for (size_t i = 0; i < plan.payouts_n; i++)
		listed += plan.payout[i] == pay->id;
	if (listed != 1)
		return "I2: a plan does not pay its payout exactly once";
	if ((plan.state == PLAN_SETTLED || plan.state == PLAN_FINAL) != !in_escrow(pay->state))
		return "I2: a payout is paid and its plan is not, or the other way round";
	return NULL;
}

static const char *
check_payouts(const struct state *s, const struct state *from)
{
	struct state_walk w;
	struct payout pay;

	payout_walk(&w, from);
	while (payout_walk_next(&w, &pay)) {
		const char *why = check_payout(s, &pay);

		if (why != NULL)
			return why;
	}
	return NULL;
}

static const char *
check_plan(const struct state *s, const struct plan *plan)
{
	bool settled = plan->state == PLAN_SETTLED || plan->state == PLAN_FINAL;
	bool confirmed = settled || plan->state == PLAN_CONFIRMED;
	struct coin c;

	if (confirmed == block_ref_is_none(&plan->confirmed))
		return "I3: a plan's state and its block disagree";
	if ((plan->state == PLAN_CONFIRMED || plan->state == PLAN_SETTLED) && !relay_on_best(s, &plan->confirmed))
		return "I3: a confirmed plan's block is not on the best branch";
	for (size_t i = 0; i < plan->in_n && plan->state != PLAN_DEAD; i++) {
		for (size_t j = 0; j < i; j++)
			if (outpoint_eq(&plan->in[i].outpoint, &plan->in[j].outpoint))
				return "I4: a plan spends a coin twice";
		if (coin_get(&c, s, &plan->in[i].outpoint) && (settled || c.plan != plan->id))
			return "I4: two plans spend a coin, or a spent one is still there";
	}
	return NULL;
}

static const char *
check_plans(const struct state *s, const struct state *from)
{
	struct state_walk w;
	struct plan plan;

	plan_walk(&w, from);
	while (plan_walk_next(&w, &plan)) {
		const char *why = check_plan(s, &plan);

		if (why != NULL)
			return why;
	}
	return NULL;
}

const char *
peg_check_records(const struct state *s, const struct state *from, const struct books *b)
{
	const char *why = check_coins(s, from);

	if (why == NULL)
		why = check_deposits(s, from, b);
	if (why == NULL)
		why = check_payouts(s, from);
	return why != NULL ? why : check_plans(s, from);
}

/* --- sums */

void
peg_sums_of(struct peg_sums *out, const struct state *from)
{
	struct state_walk w;
	struct deposit d;
	struct payout pay;
	struct plan plan;
	struct coin c;

	*out = (struct peg_sums){ AMOUNT_ZERO, AMOUNT_ZERO, AMOUNT_ZERO };
	coin_walk(&w, from);
	while (coin_walk_next(&w, &c)) {
		if (coin_counts(&c))
			out->reserve = sum(out->reserve, c.value);
	}
	deposit_walk(&w, from);
	while (deposit_walk_next(&w, &d))
		out->frozen = sum(out->frozen, d.frozen);
	payout_walk(&w, from);
	while (payout_walk_next(&w, &pay)) {
		if (in_escrow(pay.state))
			out->escrow = sum(out->escrow, sum(pay.amount, pay.max_fee));
	}
	plan_walk(&w, from);
	while (plan_walk_next(&w, &plan))
		out->escrow = sum(out->escrow, plan.fund_locked);
}

static const char *
check_sums(const struct state *s, const struct books *b)
{
	struct account frozen = peg_frozen(), escrow = peg_escrow();
	struct asset_id coin = ASSET_COIN;
	struct peg_sums sums;

	peg_sums_of(&sums, s);
	if (amount_cmp(sums.reserve, b->reserve) != 0)
		return "I1: the reserve is not the sum of its coins";
	if (amount_cmp(sums.frozen, bank_balance(s, &frozen, &coin)) != 0)
		return "I1: the frozen balance is not what the deposits say";
	if (amount_cmp(sums.escrow, bank_balance(s, &escrow, &coin)) != 0)
		return "I1: the escrow is not what payouts and plans say";
	return NULL;
}

/* --- the relay */

static const char *
check_best(const struct state *s, const struct relay *relay)
{
	struct hash256 below, hash;
	struct relay_header r;

	for (uint32_t h = relay->first; h <= relay->height; h++) {
		if (!relay_at(&hash, s, h) || !relay_find(&r, s, &hash) || r.height != h)
			return "R1: the best branch has a hole";
		if (h > relay->first && !hash256_eq(&r.header.prev, &below))
			return "R1: the best branch is broken";
		below = hash;
	}
	if (!hash256_eq(&hash, &relay->hash) || u256_cmp(&r.work, &relay->work) != 0)
		return "R1: the tip is not the best branch's end";
	return NULL;
}

static const char *
check_side(const struct state *s, const struct relay *relay)
{
	struct state_walk w;
	uint32_t n = 0;

	key_walk(&w, s, KEY_SIDE);
	while (state_walk_next(&w)) {
		struct hash256 hash = key_read_hash(w.key, 4);
		struct u256 rival = { { 0 } };
		struct relay_header r;

		n++;
		if (!relay_find(&r, s, &hash) || relay_is_best(s, r.height, &hash))
			return "R2: a side header is missing or on the best branch";
		if (u256_cmp(&r.work, &relay->work) > 0)
			return "R1: a side header has more work than the tip";
		relay_rival_below(&rival, s, r.fork + 1);
		if (u256_cmp(&r.work, &rival) > 0)
			return "R3: the rival index lacks a branch";
	}
	return n == relay->side ? NULL : "R2: the number of side headers is wrong";
}

const char *
peg_check_relay(const struct state *s)
{
	struct relay relay;
	const char *why;

	relay_get(&relay, s);
	why = check_best(s, &relay);
	return why != NULL ? why : check_side(s, &relay);
}

const char *
peg_invariants(const struct state *s, bool deep)
{
	struct books b;
	struct peg_params p;
	const char *why;

	books_get(&b, s);
	if (!is_solvent(s, &b) && !b.halted)
		return "I1: reserve + deficit is not supply + donations";
	if (!deep)
		return NULL;
	record_params_get(&p, s);
	if (peg_params_check(&p) != NULL)
		return "I6: the parameters make no sense";
	why = check_sums(s, &b);
	if (why == NULL)
		why = peg_check_records(s, s, &b);
	return why != NULL ? why : peg_check_relay(s);
}
