/* P1  A coin names at most one live plan, and that plan has it among its inputs.
 * P2  In all versions of a plan inputs and payouts are the same; only change and fee vary.
 * P3  fund_locked is at least what the fee fund owes of any version's fee. */
#include "bridge/peg/plan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/member.h"
#include "bridge/peg/payout.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/settle.h"

#define ALL_VERSIONS UINT32_MAX

void
plan_enter(struct exec *x, struct plan *plan, enum plan_state state, const char *reason)
{
	struct wr w = { 0 };

	plan->state = state;
	snprintf(plan->reason, sizeof(plan->reason), "%s", reason);
	plan_put(x->state, plan);
	wr_u64(&w, plan->id);
	wr_u8(&w, (uint8_t)state);
	wr_varbytes(&w, plan->reason, strlen(plan->reason));
	exec_event(x, "PEG_PLAN", w.p, w.len);
	wr_clear(&w);
}

void
plan_payouts_enter(struct exec *x, const struct plan *plan, enum payout_state state)
{
	for (size_t i = 0; i < plan->payouts_n; i++) {
		struct payout pay;
		bool there = payout_get(&pay, x->state, plan->payout[i]);

		assert(there);
		if (pay.state != state)
			payout_enter(x, &pay, state, "");
	}
}

bool
plan_suspended(const struct state *s, const struct plan *plan)
{
	for (size_t i = 0; i < plan->in_n; i++) {
		struct coin c;

		if (coin_get(&c, s, &plan->in[i].outpoint) && c.suspended)
			return true;
	}
	return false;
}

/* --- sheets */

static bool
sheet_inputs(struct plan_sheet *out, const struct state *s, const struct plan *plan)
{
	out->in_n = plan->in_n;
	for (size_t i = 0; i < plan->in_n; i++) {
		const struct plan_in *in = &plan->in[i];
		struct deposit d;

		out->in[i] = (struct plan_input){ in->outpoint, amount_units(in->value), in->deposit, { 0 } };
		if (!in->deposit)
			continue;
		if (!deposit_get(&d, s, &in->outpoint))
			return false;
		out->in[i].terms = d.terms;
	}
	return true;
}

static bool
sheet_payouts(struct plan_sheet *out, const struct state *s, const struct plan *plan)
{
	out->pay_n = plan->payouts_n;
	for (size_t i = 0; i < plan->payouts_n; i++) {
		struct payout pay;

		if (!payout_get(&pay, s, plan->payout[i]))
			return false;
		out->pay[i] = (struct plan_pay){ .payout = pay.id, .amount = amount_units(pay.amount) };
		out->pay[i].script_len = pay.script_len;
		memcpy(out->pay[i].script, pay.script, pay.script_len);
	}
	return true;
}

bool
peg_plan_sheet(struct plan_sheet *out, const struct state *s, uint64_t plan, uint32_t version)
{
	struct plan_version v;
	struct peg_params p;
	struct plan record;

	if (!plan_get(&record, s, plan) || !plan_version_get(&v, s, plan, version))
		return false;
	record_params_get(&p, s);
	memset(out, 0, sizeof(*out));
	out->plan = plan;
	out->version = version;
	out->kind = record.kind;
	out->epoch = record.epoch;
	out->tx_version = p.plan_tx_version;
	out->rate = v.rate;
	out->change_n = v.change_n;
	for (size_t i = 0; i < v.change_n; i++)
		out->change[i] = amount_units(v.change[i]);
	out->anchor_height = record.anchor_height;
	out->anchor_hash = record.anchor_hash;
	return sheet_inputs(out, s, &record) && sheet_payouts(out, s, &record);
}

/* --- the fee */

struct amount
plan_fund_part(const struct state *s, const struct plan *plan, struct amount fee)
{
	struct amount share, covered = AMOUNT_ZERO;

	if (plan->payouts_n == 0)
		return fee;
	share = satoshi((amount_units(fee) + plan->payouts_n - 1) / plan->payouts_n);
	for (size_t i = 0; i < plan->payouts_n; i++) {
		struct payout pay;
		bool there = payout_get(&pay, s, plan->payout[i]);

		assert(there);
		covered = sum(covered, amount_min(share, pay.max_fee));
	}
	return amount_cmp(covered, fee) < 0 ? difference(fee, covered) : AMOUNT_ZERO;
}

/* Raise fund_locked to what a fee asks for; false when the fund has not got it. */
static bool
lock_fund_part(struct exec *x, struct plan *plan, struct amount fee)
{
	struct amount need = plan_fund_part(x->state, plan, fee);

	if (amount_cmp(need, plan->fund_locked) <= 0)
		return true;
	if (!fund_lock(x->state, difference(need, plan->fund_locked)))
		return false;
	plan->fund_locked = need;
	return true;
}

/* --- versions */

static void
store_version(struct exec *x, const struct planner *pl, const struct plan_sheet *sheet, struct amount fee)
{
	struct plan_version v = { .plan = sheet->plan, .version = sheet->version, .rate = sheet->rate, .fee = fee };
	struct tx tx;
	bool made = plan_transaction(&tx, sheet, &pl->vault);

	assert(made);
	tx_txid(&v.txid, &tx);
	tx_clear(&tx);
	v.change_n = sheet->change_n;
	for (size_t i = 0; i < sheet->change_n; i++)
		v.change[i] = satoshi(sheet->change[i]);
	v.made_at = pl->relay.height;
	plan_version_put(x->state, &v);
}

/* At least a quarter more, and at least 1 sat/vB: what nodes ask of a replacement (BIP125 rule 4). */
static uint64_t
raised_rate(uint32_t old, uint32_t now)
{
	uint64_t quarter = ((uint64_t)old * 5 + 3) / 4, step = (uint64_t)old + 1000;
	uint64_t least = quarter > step ? quarter : step;

	return now > least ? now : least;
}

static void
bump(struct planner *pl, struct plan *plan, const struct plan_version *last)
{
	struct plan_sheet sheet;
	uint64_t fee, rate = raised_rate(last->rate, pl->rate), dust = script_dust_limit(pl->vault.script, P2TR_LEN);

	if (rate > pl->p->fee_rate_max || !peg_plan_sheet(&sheet, pl->x->state, plan->id, last->version))
		return;
	sheet.version = plan->versions;
	sheet.rate = (uint32_t)rate;
	if (!sheet_fund(&fee, &sheet, &pl->vault, dust, last->change_n, plan->kind == PLAN_PAYOUT))
		return;
	if (fee <= amount_units(last->fee) || !lock_fund_part(pl->x, plan, satoshi(fee)))
		return;
	plan->versions++;
	store_version(pl->x, pl, &sheet, satoshi(fee));
	plan_enter(pl->x, plan, plan->state, "REPLACED");
}

static bool
is_complete(const struct plan_version *v, uint32_t k)
{
	return (uint32_t)__builtin_popcount(v->signed_by) >= k;
}

static void
bump_due(struct planner *pl)
{
	struct state_walk w;
	struct plan plan;

	plan_live_walk(&w, pl->x->state);
	while (plan_live_walk_next(&w, &plan)) {
		struct plan_version last;

		if (plan.state != PLAN_SIGNED || plan.epoch != pl->epoch || plan_suspended(pl->x->state, &plan))
			continue;
		if (!plan_version_get(&last, pl->x->state, plan.id, plan.versions - 1))
			continue;
		if (!is_complete(&last, pl->vault.federation.k))
			continue;
		if (pl->relay.height >= (uint64_t)last.signed_at + pl->p->replace_after)
			bump(pl, &plan, &last);
	}
}

/* --- drafts */

bool
coin_in_vault(const struct coin *c)
{
	return c->kind == COIN_VAULT || c->kind == COIN_DONATION;
}

size_t
planner_vault_coins(const struct planner *pl)
{
	size_t n = 0;

	for (size_t i = 0; i < pl->coins; i++)
		n += coin_in_vault(&pl->coin[i]) && pl->coin[i].plan == 0;
	return n;
}

size_t
planner_pieces(const struct planner *pl, size_t staying)
{
	size_t want = staying < pl->p->vault_outputs ? pl->p->vault_outputs - staying : 1;

	return want < PLAN_CHANGE_MAX ? want : PLAN_CHANGE_MAX;
}

void
draft_start(struct draft *d, const struct planner *pl, enum plan_kind kind, uint32_t rate)
{
	memset(d, 0, sizeof(*d));
	d->sheet.kind = kind;
	d->sheet.epoch = pl->epoch;
	d->sheet.tx_version = pl->p->plan_tx_version;
	d->sheet.rate = rate;
	if (kind == PLAN_PAYOUT) {
		d->sheet.anchor_height = pl->x->env->height - 1;
		d->sheet.anchor_hash = pl->x->env->previous_app_hash;
	}
}

bool
draft_add_coin(struct draft *d, const struct planner *pl, size_t coin)
{
	struct plan_sheet *s = &d->sheet;
	const struct coin *c = &pl->coin[coin];
	size_t change = s->change_n;

	if (s->in_n == PLAN_INPUTS_MAX)
		return false;
	s->in[s->in_n] = (struct plan_input){ c->outpoint, amount_units(c->value), c->kind == COIN_DEPOSIT, { 0 } };
	if (c->kind == COIN_DEPOSIT) {
		struct deposit dep;
		bool there = deposit_get(&dep, pl->x->state, &c->outpoint);

		assert(there);
		s->in[s->in_n].terms = dep.terms;
	}
	d->coin[s->in_n++] = coin;
	s->change_n = PLAN_CHANGE_MAX;
	if (plan_weight(s, &pl->vault) > pl->p->plan_weight) {
		s->in_n--;
		s->change_n = change;
		return false;
	}
	s->change_n = change;
	return true;
}

static uint64_t
surplus(const struct plan_sheet *s)
{
	uint64_t in = 0, out = 0;

	for (size_t i = 0; i < s->in_n; i++)
		in += s->in[i].value;
	for (size_t i = 0; i < s->pay_n; i++)
		out += s->pay[i].amount;
	return in > out ? in - out : 0;
}

bool
sheet_fund(uint64_t *fee, struct plan_sheet *s, const struct vault *v, uint64_t piece, size_t pieces, bool exact)
{
	uint64_t left = surplus(s), dust = script_dust_limit(v->script, P2TR_LEN);

	for (s->change_n = pieces; s->change_n > 0; s->change_n--) {
		uint64_t owed = plan_fee(plan_weight(s, v), s->rate), least = s->change_n > 1 && piece > dust ? piece : dust;

		if (left < owed || (left - owed) / s->change_n < least)
			continue;
		for (size_t i = 0; i < s->change_n; i++)
			s->change[i] = (left - owed) / s->change_n;
		s->change[0] += (left - owed) % s->change_n;
		*fee = owed;
		return true;
	}
	*fee = left;
	return exact && left >= plan_fee(plan_weight(s, v), s->rate);
}

static void
take_coins(struct planner *pl, const struct draft *d, struct plan *plan)
{
	plan->in_n = d->sheet.in_n;
	for (size_t i = 0; i < plan->in_n; i++) {
		struct coin *c = &pl->coin[d->coin[i]];

		plan->in[i] = (struct plan_in){ c->outpoint, c->value, c->kind == COIN_DEPOSIT };
		c->plan = plan->id;
		reserve_put(pl->x->state, c);
	}
}

bool
draft_store(struct draft *d, struct planner *pl, uint64_t fee)
{
	struct plan plan = { .kind = d->sheet.kind, .epoch = pl->epoch, .made = pl->relay.height, .versions = 1 };
	struct books b;

	plan.payouts_n = d->sheet.pay_n;
	for (size_t i = 0; i < d->sheet.pay_n; i++)
		plan.payout[i] = d->sheet.pay[i].payout;
	if (!lock_fund_part(pl->x, &plan, satoshi(fee)))
		return false;
	books_get(&b, pl->x->state);
	plan.id = ++b.plans;
	books_put(pl->x->state, &b);
	plan.anchor_height = d->sheet.anchor_height;
	plan.anchor_hash = d->sheet.anchor_hash;
	take_coins(pl, d, &plan);
	d->sheet.plan = plan.id;
	store_version(pl->x, pl, &d->sheet, satoshi(fee));
	plan_enter(pl->x, &plan, PLAN_PLANNED, "");
	for (size_t i = 0; i < plan.payouts_n; i++) {
		struct payout pay;
		bool there = payout_get(&pay, pl->x->state, plan.payout[i]);

		assert(there);
		pay.plan = plan.id;
		payout_enter(pl->x, &pay, PAYOUT_PLANNED, "");
	}
	return true;
}

/* --- death */

void
plan_drop_change(struct exec *x, const struct plan *plan, uint32_t but)
{
	for (uint32_t version = 0; version < plan->versions; version++) {
		struct plan_version v;

		if (version == but || !plan_version_get(&v, x->state, plan->id, version))
			continue;
		for (size_t i = 0; i < v.change_n; i++) {
			struct outpoint o = { v.txid, (uint32_t)(plan->payouts_n + i) };
			struct coin c;

			if (!coin_get(&c, x->state, &o))
				continue;
			reserve_forget(x->state, &o);
			if (c.plan != 0)
				plan_kill(x, c.plan, "PARENT_REPLACED");
		}
	}
}

static void
requeue(struct exec *x, const struct plan *plan)
{
	struct relay relay;

	relay_get(&relay, x->state);
	for (size_t i = 0; i < plan->payouts_n; i++) {
		struct payout pay;
		bool there = payout_get(&pay, x->state, plan->payout[i]);

		assert(there);
		pay.plan = 0;
		pay.queued = relay.height;
		payout_enter(x, &pay, PAYOUT_QUEUED, "PLAN_DEAD");
	}
}

void
plan_kill(struct exec *x, uint64_t id, const char *reason)
{
	struct account escrow = peg_escrow(), fund = bank_fee_fund();
	struct plan plan;

	if (!plan_get(&plan, x->state, id) || (plan.state != PLAN_PLANNED && plan.state != PLAN_SIGNED))
		return;
	coin_move(x->state, &escrow, &fund, plan.fund_locked);
	plan.fund_locked = AMOUNT_ZERO;
	plan_enter(x, &plan, PLAN_DEAD, reason);
	requeue(x, &plan);
	for (size_t i = 0; i < plan.in_n; i++) {
		struct coin c;

		if (!coin_get(&c, x->state, &plan.in[i].outpoint) || c.plan != id)
			continue;
		c.plan = 0;
		reserve_put(x->state, &c);
	}
	plan_sigs_delete(x->state, id);
	plan_drop_change(x, &plan, ALL_VERSIONS);
}

/* --- each block */

static int
coin_older(const void *a, const void *b)
{
	const struct coin *x = a, *y = b;

	if (x->height != y->height)
		return x->height < y->height ? -1 : 1;
	return outpoint_cmp(&x->outpoint, &y->outpoint);
}

static void
planner_coins(struct planner *pl)
{
	struct state_walk w;
	struct coin c;
	size_t cap = 0;

	coin_walk(&w, pl->x->state);
	while (coin_walk_next(&w, &c)) {
		if (!coin_counts(&c) || c.plan != 0 || c.epoch != pl->epoch)
			continue;
		if (pl->coins == cap) {
			cap = cap == 0 ? 32 : 2 * cap;
			pl->coin = mem_resize(pl->coin, cap, sizeof(*pl->coin));
		}
		pl->coin[pl->coins++] = c;
	}
	if (pl->coins > 0)
		qsort(pl->coin, pl->coins, sizeof(*pl->coin), coin_older);
}

void
plans_end_block(struct exec *x, const struct peg_params *p)
{
	struct planner pl = { .x = x, .p = p, .epoch = record_epoch(x->state) };
	struct books b;
	bool there;

	plans_finalise(x, p);
	books_get(&b, x->state);
	if (b.halted)
		return;
	relay_get(&pl.relay, x->state);
	pl.rate = b.last_rate;
	there = peg_vault(&pl.vault, x->state, pl.epoch);
	assert(there);
	planner_coins(&pl);
	bump_due(&pl);
	plan_payouts_due(&pl);
	if (pl.rate != 0) {
		plan_sweeps_due(&pl);
		plan_refreshes_due(&pl);
	}
	free(pl.coin);
	vault_clear(&pl.vault);
}
