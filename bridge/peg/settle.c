/* S1  Settling burns exactly inputs - change, of the escrow; what the escrow lacks (possible only after a reorganisation
 *     brought back another version) comes from the fee fund, and the rest becomes deficit.
 * S2  Undoing restores inputs, escrow and change, so that settling any version again gives the same sums as settling it
 *     at once. */
#include "bridge/peg/settle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/heights.h"
#include "bridge/peg/payout.h"
#include "bridge/peg/plan.h"

/* What undoing needs beside the plan and the payouts. */
struct undo {
	struct amount lacking; /* raised as deficit */
	struct amount gone;    /* value of inputs that the reserve had given up */
	size_t n;
	struct coin coin[PLAN_INPUTS_MAX];
};

static void
undo_put(struct state *s, uint64_t plan, const struct undo *u)
{
	struct state_key k = key_with_u64(KEY_UNDO, plan);
	struct wr w = { 0 };

	wr_amount(&w, u->lacking);
	wr_amount(&w, u->gone);
	wr_u8(&w, (uint8_t)u->n);
	for (size_t i = 0; i < u->n; i++) {
		wr_outpoint(&w, &u->coin[i].outpoint);
		wr_coin_body(&w, &u->coin[i]);
	}
	key_put(s, &k, &w);
}

static void
undo_get(struct undo *out, const struct state *s, uint64_t plan)
{
	struct state_key k = key_with_u64(KEY_UNDO, plan);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	out->lacking = rd_amount(&r);
	out->gone = rd_amount(&r);
	out->n = rd_u8(&r);
	assert(out->n <= PLAN_INPUTS_MAX);
	for (size_t i = 0; i < out->n; i++) {
		rd_outpoint(&r, &out->coin[i].outpoint);
		rd_coin_body(&r, &out->coin[i]);
	}
	assert(rd_done(&r));
}

static void
mark_block(struct state *s, const struct plan *plan)
{
	height_mark(s, &(struct height_entry){ .height = plan->confirmed.height, .kind = HEIGHT_PLAN, .plan = plan->id });
}

/* --- inputs and change */

/* An input that stands but does not count: the proof that it does must come first. */
static const char *
inputs_refusal(const struct state *s, const struct plan *plan)
{
	for (size_t i = 0; i < plan->in_n; i++) {
		struct coin c;

		if (coin_get(&c, s, &plan->in[i].outpoint) && !coin_counts(&c))
			return c.spent ? "INPUT_SPENT" : "INPUT_SUSPENDED";
	}
	return NULL;
}

static void
take_inputs(struct state *s, const struct plan *plan, struct undo *u)
{
	u->gone = AMOUNT_ZERO;
	u->n = 0;
	for (size_t i = 0; i < plan->in_n; i++) {
		if (coin_get(&u->coin[u->n], s, &plan->in[i].outpoint)) {
			u->n++;
			reserve_delete(s, &plan->in[i].outpoint);
		} else {
			u->gone = sum(u->gone, plan->in[i].value);
		}
	}
}

static struct outpoint
change_outpoint(const struct plan *plan, const struct plan_version *v, size_t i)
{
	return (struct outpoint){ v->txid, (uint32_t)(plan->payouts_n + i) };
}

/* Change enters the reserve; what stayed suspended since an undo counts again, with the plan that spends it. */
static void
add_change(struct state *s, const struct plan *plan, const struct plan_version *v)
{
	for (size_t i = 0; i < v->change_n; i++) {
		struct coin c = { .kind = COIN_VAULT, .epoch = plan->epoch, .value = v->change[i], .maker = plan->id };
		struct outpoint o = change_outpoint(plan, v, i);

		c.outpoint = o;
		if (coin_get(&c, s, &o))
			c.suspended = false;
		c.height = plan->confirmed.height;
		reserve_put(s, &c);
	}
}

/* Change leaves the reserve; returns what of it had left before. */
static struct amount
suspend_change(struct state *s, const struct plan *plan, const struct plan_version *v)
{
	struct amount lost = AMOUNT_ZERO;

	for (size_t i = 0; i < v->change_n; i++) {
		struct outpoint o = change_outpoint(plan, v, i);
		struct coin c;

		if (!coin_get(&c, s, &o) || !coin_counts(&c)) {
			lost = sum(lost, v->change[i]);
			continue;
		}
		c.suspended = true;
		reserve_put(s, &c);
	}
	return lost;
}

/* --- the escrow */

/* Each payout's part of the fee: equal shares, each at most its max fee; then, if that is not enough, whatever max fees
 * have left. */
static void
charge(struct amount *charged, struct payout *pay, size_t n, struct amount fee, struct amount from_fund)
{
	struct amount total = AMOUNT_ZERO, rest, share;

	if (n == 0)
		return;
	share = satoshi((amount_units(fee) + n - 1) / n);
	for (size_t i = 0; i < n; i++) {
		charged[i] = amount_min(share, pay[i].max_fee);
		total = sum(total, charged[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (amount_cmp(sum(total, from_fund), fee) >= 0)
			break;
		rest = amount_min(difference(fee, sum(total, from_fund)), difference(pay[i].max_fee, charged[i]));
		charged[i] = sum(charged[i], rest);
		total = sum(total, rest);
	}
}

static void
load_payouts(struct payout *pay, const struct state *s, const struct plan *plan)
{
	for (size_t i = 0; i < plan->payouts_n; i++) {
		bool there = payout_get(&pay[i], s, plan->payout[i]);

		assert(there);
	}
}

/* Top the escrow up from the fee fund; returns what is lacking still. */
static struct amount
top_up(struct state *s, struct plan *plan, struct amount lacking)
{
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	struct amount part = amount_min(lacking, bank_balance(s, &fund, &coin));
	bool moved = fund_lock(s, part);

	assert(moved);
	plan->fund_locked = sum(plan->fund_locked, part);
	return difference(lacking, part);
}

/* Burn what left the reserve, give back what was not needed. */
static struct amount
close_escrow(struct exec *x, struct plan *plan, const struct plan_version *v)
{
	struct account escrow = peg_escrow(), fund = bank_fee_fund();
	struct amount charged[PLAN_PAYOUTS_MAX], paid = AMOUNT_ZERO, held = plan->fund_locked, lacking = AMOUNT_ZERO, need, left;
	struct payout *pay = mem_new(PLAN_PAYOUTS_MAX, sizeof(*pay));

	load_payouts(pay, x->state, plan);
	for (size_t i = 0; i < plan->payouts_n; i++) {
		paid = sum(paid, pay[i].amount);
		held = sum(held, sum(pay[i].amount, pay[i].max_fee));
	}
	need = sum(paid, v->fee);
	if (amount_cmp(need, held) > 0) {
		struct amount gap = difference(need, held);

		lacking = top_up(x->state, plan, gap);
		held = sum(held, difference(gap, lacking));
	}
	supply_burn(x->state, &escrow, difference(need, lacking));
	left = difference(held, difference(need, lacking));
	charge(charged, pay, plan->payouts_n, difference(v->fee, lacking), plan->fund_locked);
	for (size_t i = 0; i < plan->payouts_n; i++) {
		struct amount back = difference(pay[i].max_fee, charged[i]);

		coin_move(x->state, &escrow, &pay[i].account, back);
		left = difference(left, back);
		pay[i].max_fee = charged[i];
		pay[i].txid = v->txid;
		payout_enter(x, &pay[i], PAYOUT_PAID, "");
	}
	coin_move(x->state, &escrow, &fund, left);
	plan->fund_locked = AMOUNT_ZERO;
	free(pay);
	return lacking;
}

/* Mint back what was burnt; what each payout was charged is its max fee from now on. */
static void
reopen_escrow(struct exec *x, struct plan *plan, const struct plan_version *v, struct amount lacking)
{
	struct account escrow = peg_escrow();
	struct amount paid = AMOUNT_ZERO, rest = difference(v->fee, lacking);
	struct payout *pay = mem_new(PLAN_PAYOUTS_MAX, sizeof(*pay));

	load_payouts(pay, x->state, plan);
	for (size_t i = 0; i < plan->payouts_n; i++)
		paid = sum(paid, pay[i].amount);
	supply_mint(x->state, &escrow, difference(sum(paid, v->fee), lacking));
	for (size_t i = 0; i < plan->payouts_n; i++) {
		pay[i].max_fee = amount_min(pay[i].max_fee, rest);
		rest = difference(rest, pay[i].max_fee);
		memset(&pay[i].txid, 0, sizeof(pay[i].txid));
		payout_enter(x, &pay[i], PAYOUT_SIGNED, "REORGED");
	}
	plan->fund_locked = rest;
	free(pay);
}

/* --- settling and undoing */

static void
settle(struct exec *x, struct plan *plan, const struct plan_version *v)
{
	struct undo *u = mem_new(1, sizeof(*u));

	take_inputs(x->state, plan, u);
	u->lacking = close_escrow(x, plan, v);
	deficit_raise(x->state, u->lacking);
	deficit_lower(x->state, u->gone);
	plan_drop_change(x, plan, v->version);
	add_change(x->state, plan, v);
	undo_put(x->state, plan->id, u);
	plan_enter(x, plan, PLAN_SETTLED, "");
	free(u);
}

static void
undo_settle(struct exec *x, struct plan *plan, const struct plan_version *v)
{
	struct state_key k = key_with_u64(KEY_UNDO, plan->id);
	struct undo *u = mem_new(1, sizeof(*u));
	struct amount lost;

	undo_get(u, x->state, plan->id);
	lost = suspend_change(x->state, plan, v);
	reopen_escrow(x, plan, v, u->lacking);
	for (size_t i = 0; i < u->n; i++)
		reserve_put(x->state, &u->coin[i]);
	deficit_raise(x->state, u->gone);
	deficit_lower(x->state, sum(u->lacking, lost));
	key_delete(x->state, &k);
	free(u);
}

static bool
any_version_complete(struct plan_version *newest, const struct state *s, const struct plan *plan)
{
	struct federation f;
	bool complete = false;

	if (!record_federation_get(&f, s, plan->epoch))
		return false;
	for (uint32_t i = 0; i < plan->versions; i++) {
		if (!plan_version_get(newest, s, plan->id, i))
			return false;
		complete = complete || (uint32_t)__builtin_popcount(newest->signed_by) >= f.k;
	}
	return complete;
}

void
plan_block_left(struct exec *x, uint64_t id)
{
	struct plan_version v;
	struct relay relay;
	struct plan plan;
	bool complete;

	if (!plan_get(&plan, x->state, id))
		return;
	if (plan.state == PLAN_FINAL) {
		/* the record that could undo it is gone */
		peg_halt(x, "DEEP_REORG");
		return;
	}
	if (plan.state != PLAN_CONFIRMED && plan.state != PLAN_SETTLED)
		return;
	if (!plan_version_get(&v, x->state, id, plan.confirmed_version))
		assert(false);
	if (plan.state == PLAN_SETTLED)
		undo_settle(x, &plan, &v);
	plan.confirmed = (struct block_ref){ 0 };
	plan.confirmed_version = 0;
	complete = any_version_complete(&v, x->state, &plan);
	relay_get(&relay, x->state);
	/* the same transactions are broadcast again before a new version is made */
	v.signed_at = relay.height;
	plan_version_put(x->state, &v);
	plan_enter(x, &plan, complete ? PLAN_SIGNED : PLAN_PLANNED, "REORGED");
}

/* --- operations */

/* Find the version that the proven transaction is. */
static const char *
find_version(struct plan *plan, struct plan_version *v, const struct state *s, const struct op_confirm *op,
	     const struct txproof *proof)
{
	struct hash256 txid;
	uint64_t id;
	uint32_t version;

	if (!plan_get(plan, s, op->plan))
		return "PLAN_UNKNOWN";
	tx_txid(&txid, &proof->tx);
	if (!plan_find_txid(&id, &version, s, &txid) || id != op->plan || !plan_version_get(v, s, id, version))
		return "NOT_A_VERSION";
	switch (plan->state) {
	case PLAN_PLANNED:
	case PLAN_SIGNED:
	case PLAN_CONFIRMED:
		return inputs_refusal(s, plan);
	case PLAN_SETTLED:
	case PLAN_FINAL:
		return "ALREADY_SETTLED";
	case PLAN_DEAD:
		return "PLAN_DEAD";
	}
	return "PLAN_UNKNOWN";
}

static void
confirm(struct exec *x, struct plan *plan, const struct plan_version *v, const struct block_ref *block)
{
	plan->confirmed_version = v->version;
	plan->confirmed = *block;
	mark_block(x->state, plan);
	plan_enter(x, plan, PLAN_CONFIRMED, "");
}

/* The proof, the plan, the version; on success a plan that was not confirmed is now, in memory and state. */
static const char *
take_proof(struct plan *plan, struct plan_version *v, struct exec *x, const struct peg_params *p, const struct op_confirm *op, bool again)
{
	struct txproof proof;
	struct block_ref block;
	const char *why = proof_take(&proof, &block, x->state, p->chain, op->proof, op->proof_len);

	if (why != NULL)
		return why;
	why = find_version(plan, v, x->state, op, &proof);
	txproof_clear(&proof);
	if (why != NULL)
		return why;
	if (plan->state != PLAN_CONFIRMED)
		confirm(x, plan, v, &block);
	else if (!again)
		return "ALREADY_CONFIRMED";
	return NULL;
}

const char *
confirm_apply(struct exec *x, const struct peg_params *p, const struct op_confirm *op)
{
	struct plan_version v;
	struct plan plan;

	return take_proof(&plan, &v, x, p, op, false);
}

const char *
settle_apply(struct exec *x, const struct peg_params *p, const struct op_confirm *op)
{
	struct plan_version v;
	struct plan plan;
	const char *why = take_proof(&plan, &v, x, p, op, true);

	if (why != NULL)
		return why;
	if (v.version != plan.confirmed_version)
		return "NOT_THE_CONFIRMED_VERSION";
	if (relay_depth(x->state, plan.confirmed.height) < p->settle_depth)
		return "TOO_SHALLOW";
	settle(x, &plan, &v);
	return NULL;
}

void
plans_finalise(struct exec *x, const struct peg_params *p)
{
	struct state_walk w;
	struct plan plan;

	plan_live_walk(&w, x->state);
	while (plan_live_walk_next(&w, &plan)) {
		struct state_key k = key_with_u64(KEY_UNDO, plan.id);

		if (plan.state != PLAN_SETTLED || relay_depth(x->state, plan.confirmed.height) < p->final_depth)
			continue;
		key_delete(x->state, &k);
		plan_sigs_delete(x->state, plan.id);
		plan_enter(x, &plan, PLAN_FINAL, "");
		plan_payouts_enter(x, &plan, PAYOUT_FINAL);
	}
}
