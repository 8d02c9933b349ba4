/* Sweeps bring minted deposits into the vault before their depositors could reclaim them, refreshes move vault outputs
 * before the recovery keys could. Both pay to the vault alone, and the fee fund pays for them. */
#include "bridge/peg/payout.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/plan.h"

/* Blocks until the depositor may reclaim; 0 when he already may. */
static uint32_t
blocks_left(const struct planner *pl, const struct coin *c)
{
	uint64_t reclaim = (uint64_t)c->height + pl->p->reclaim_delay;

	return reclaim > pl->relay.height ? (uint32_t)(reclaim - pl->relay.height) : 0;
}

static bool
is_free_deposit(const struct coin *c)
{
	return c->kind == COIN_DEPOSIT && c->plan == 0;
}

/* Fund the draft from the fee fund, at a lower rate when it has not got more. */
static bool
store_at_lower_rate(struct draft *d, struct planner *pl, size_t pieces)
{
	uint64_t fee, piece = amount_units(pl->p->change_piece);
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	uint64_t have, rate;

	d->sheet.rate = pl->rate;
	if (sheet_fund(&fee, &d->sheet, &pl->vault, piece, pieces, false) && draft_store(d, pl, fee))
		return true;
	have = amount_units(bank_balance(pl->x->state, &fund, &coin));
	d->sheet.change_n = 1;
	rate = have * 1000 / ((plan_weight(&d->sheet, &pl->vault) + 3) / 4);
	if (rate < pl->p->fee_rate_min || rate >= pl->rate)
		return false;
	d->sheet.rate = (uint32_t)rate;
	return sheet_fund(&fee, &d->sheet, &pl->vault, piece, 1, false) && draft_store(d, pl, fee);
}

/* With fewer inputs when the fund can't pay for all of them; false when nothing could be made. */
static bool
store_at_what_can_be_paid(struct draft *d, struct planner *pl, size_t pieces)
{
	for (; d->sheet.in_n > 0; d->sheet.in_n /= 2)
		if (store_at_lower_rate(d, pl, pieces))
			return true;
	return false;
}

static bool
sweep_one(struct planner *pl, size_t coin)
{
	struct draft d;

	draft_start(&d, pl, PLAN_SWEEP, pl->rate);
	return draft_add_coin(&d, pl, coin) && store_at_what_can_be_paid(&d, pl, 1);
}

/* Those that are nearly late go alone, so that no other input can hold one up. */
static void
sweep_urgent(struct planner *pl)
{
	for (size_t i = 0; i < pl->coins; i++)
		/* what the fund can't pay for now is tried again in the next block */
		if (is_free_deposit(&pl->coin[i]) && blocks_left(pl, &pl->coin[i]) < pl->p->sweep_margin)
			(void)sweep_one(pl, i);
}

static bool
is_deep(const struct planner *pl, const struct coin *c)
{
	return relay_depth(pl->x->state, c->height) >= pl->p->depth[2];
}

/* One plan of the deposits with the nearest reclaim heights, up to an amount; returns what it moves. A deposit that a
 * reorganisation could still take goes alone. */
static struct amount
sweep_batch(struct planner *pl, uint32_t left_below, struct amount up_to)
{
	struct amount chosen = AMOUNT_ZERO, moved = AMOUNT_ZERO;
	struct draft d;

	draft_start(&d, pl, PLAN_SWEEP, pl->rate);
	for (size_t i = 0; i < pl->coins && amount_cmp(chosen, up_to) < 0; i++) {
		const struct coin *c = &pl->coin[i];

		if (!is_free_deposit(c) || blocks_left(pl, c) >= left_below || !is_deep(pl, c))
			continue;
		if (!draft_add_coin(&d, pl, i))
			break;
		chosen = sum(chosen, c->value);
	}
	if (!store_at_what_can_be_paid(&d, pl, planner_pieces(pl, planner_vault_coins(pl))))
		return AMOUNT_ZERO;
	for (size_t i = 0; i < d.sheet.in_n; i++)
		moved = sum(moved, satoshi(d.sheet.in[i].value));
	return moved;
}

/* What the queue asks for beyond what the vault has or is about to get. */
static struct amount
shortage(const struct planner *pl)
{
	struct amount want = AMOUNT_ZERO, have = AMOUNT_ZERO;
	struct state_walk w;
	struct payout pay;
	struct plan plan;

	payout_queue_walk(&w, pl->x->state);
	while (payout_queue_next(&w, &pay))
		want = sum(want, sum(pay.amount, pay.max_fee));
	for (size_t i = 0; i < pl->coins; i++)
		if (coin_in_vault(&pl->coin[i]) && pl->coin[i].plan == 0)
			have = sum(have, pl->coin[i].value);
	plan_live_walk(&w, pl->x->state);
	while (plan_live_walk_next(&w, &plan)) {
		struct plan_version v;

		if (plan.state == PLAN_SETTLED || !plan_version_get(&v, pl->x->state, plan.id, plan.versions - 1))
			continue;
		for (size_t i = 0; i < v.change_n; i++)
			have = sum(have, v.change[i]);
	}
	return amount_cmp(want, have) > 0 ? difference(want, have) : AMOUNT_ZERO;
}

static void
sweep_for_queue(struct planner *pl)
{
	struct amount need = shortage(pl), moved;

	while (!amount_is_zero(need)) {
		moved = sweep_batch(pl, UINT32_MAX, need);
		if (amount_is_zero(moved))
			break;
		need = amount_cmp(need, moved) > 0 ? difference(need, moved) : AMOUNT_ZERO;
	}
	for (size_t i = 0; i < pl->coins && !amount_is_zero(need); i++) {
		moved = pl->coin[i].value;
		if (!is_free_deposit(&pl->coin[i]) || !sweep_one(pl, i))
			continue;
		need = amount_cmp(need, moved) > 0 ? difference(need, moved) : AMOUNT_ZERO;
	}
}

void
plan_sweeps_due(struct planner *pl)
{
	struct amount all = satoshi(COIN_MAX);

	sweep_urgent(pl);
	while (!amount_is_zero(sweep_batch(pl, pl->p->reclaim_delay / 2, all)))
		;
	sweep_for_queue(pl);
}

void
plan_refreshes_due(struct planner *pl)
{
	struct draft d;
	size_t vault = planner_vault_coins(pl);

	draft_start(&d, pl, PLAN_REFRESH, pl->rate);
	for (size_t i = 0; i < pl->coins; i++) {
		const struct coin *c = &pl->coin[i];

		if (coin_in_vault(c) && c->plan == 0 && pl->relay.height > (uint64_t)c->height + pl->p->recovery_delay / 2)
			if (!draft_add_coin(&d, pl, i))
				break;
	}
	(void)store_at_what_can_be_paid(&d, pl, planner_pieces(pl, vault - d.sheet.in_n));
}
