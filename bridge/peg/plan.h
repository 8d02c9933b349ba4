#ifndef TALLY_PEG_PLAN_H
#define TALLY_PEG_PLAN_H
/* Plans: main-chain transactions that the federation is to sign. Made at the end of a sidechain block as a pure function
 * of the state. Live plans spend disjoint coins.
 *
 *   PLANNED -> SIGNED -> CONFIRMED -> SETTLED -> FINAL;  PLANNED, SIGNED -> DEAD
 *   a reorganisation: SETTLED, CONFIRMED -> SIGNED or PLANNED */
#include "bridge/peg/plan_tx.h"
#include "bridge/peg/relay.h"

/* Everything that planning looks at again and again. */
struct planner {
	struct exec *x;
	const struct peg_params *p;
	struct relay relay;
	struct vault vault; /* of the current epoch; owned */
	uint32_t epoch;
	uint32_t rate;      /* for sweeps and refreshes: the last valid one; 0: none yet */
	struct coin *coin;  /* free coins of the epoch, oldest first; owned */
	size_t coins;
};

void plans_end_block(struct exec *x, const struct peg_params *p);

/* plan_payout.c, plan_sweep.c: make what is due. Coins used are taken out of the planner. */
void plan_payouts_due(struct planner *pl);
void plan_sweeps_due(struct planner *pl);
void plan_refreshes_due(struct planner *pl);

/* Number of free coins in the vault, and their sum. */
size_t planner_vault_coins(const struct planner *pl);
MUST_USE bool coin_in_vault(const struct coin *c);

/* A plan being made: the sheet says all but the numbers given at storing. */
struct draft {
	struct plan_sheet sheet;
	size_t coin[PLAN_INPUTS_MAX]; /* indexes into planner.coin */
};
void draft_start(struct draft *d, const struct planner *pl, enum plan_kind kind, uint32_t rate);
/* Add an input; false when there is no room for it in the weight. */
MUST_USE bool draft_add_coin(struct draft *d, const struct planner *pl, size_t coin);
/* Work out change (at most `pieces` outputs) and fee of a sheet. False when its inputs don't cover payouts and fee;
 * without `exact` also when nothing would be left for change. */
MUST_USE bool sheet_fund(uint64_t *fee, struct plan_sheet *s, const struct vault *v, uint64_t piece, size_t pieces, bool exact);
/* How many outputs the change may be split into, when so many free coins stay in the vault. */
size_t planner_pieces(const struct planner *pl, size_t staying);
/* Number it, lock the fund's part, take the coins. False when the fee fund can't cover its part: then nothing has changed. */
MUST_USE bool draft_store(struct draft *d, struct planner *pl, uint64_t fee);

/* What the fee fund owes of a fee: what equal shares, each at most the payout's max fee, leave uncovered. */
struct amount plan_fund_part(const struct state *s, const struct plan *plan, struct amount fee);

/* Some input left the best branch. */
MUST_USE bool plan_suspended(const struct state *s, const struct plan *plan);

/* It can never confirm: payouts go back to the queue, coins and the fund's part are free again, and so on for plans on its
 * change. */
void plan_kill(struct exec *x, uint64_t id, const char *reason);
/* Drop the change of all versions but one (UINT32_MAX: of all); plans on it die. */
void plan_drop_change(struct exec *x, const struct plan *plan, uint32_t but);

/* Store with a new state, tell. */
void plan_enter(struct exec *x, struct plan *plan, enum plan_state state, const char *reason);
/* Put its payouts that are under way into a state. */
void plan_payouts_enter(struct exec *x, const struct plan *plan, enum payout_state state);

#endif
