#ifndef TALLY_PEG_PEG_H
#define TALLY_PEG_PEG_H
/* The peg as a ledger module (letter p, operations 100-139), and what others ask of its state. Queries read the state
 * alone; those that depend on time take block time (or, for display, the clock) as `now`. */
#include "bridge/peg/plan_tx.h"
#include "chain/address.h"

extern const struct module peg_module;

/* The state "OPEN", "PAUSED" or "HALTED", and why. PAUSED: no mint, no payout plan; sweeps, refreshes, SETTLE and SPENT go
 * on. HALTED: no plan at all; proofs are still taken in. */
enum peg_state { PEG_OPEN, PEG_PAUSED, PEG_HALTED };
const char *peg_state_name(enum peg_state s);

struct peg_status {
	enum peg_state state;
	char reason[PEG_REASON_LEN]; /* "" when OPEN; "STALE", "DEFICIT", "GOVERNANCE", "GUARDIANS", "ALARM"… */
	uint32_t height;             /* of the relay's tip */
	struct hash256 tip;
	struct unixtime tip_time;
	struct u256 work;
	struct amount reserve, deficit, donations; /* invariant I1: reserve + deficit = supply + donations */
	struct amount supply, fee_fund;
	struct amount vault_free, deposits_free; /* reserve that no plan spends: swept, unswept */
	uint32_t fee_rate;     /* lower median of the fresh votes, sat per 1,000 virtual bytes; 0 when there are too few */
	uint32_t fee_votes;    /* fresh ones */
	uint32_t fee_rate_last; /* last valid one; 0: none yet */
	struct amount inflow, outflow; /* in the current window */
	uint32_t epoch;
	uint64_t deposits, payouts, plans; /* given out so far */
	size_t queued, waiting;
	bool refresh_alarm; /* a vault output is older than three quarters of recovery_delay */
};
void peg_status(struct peg_status *out, const struct state *s, struct unixtime now);
enum peg_state peg_state_now(char reason[PEG_REASON_LEN], const struct state *s, struct unixtime now);

/* Parameters and federation as the state has them. */
uint32_t peg_epoch(const struct state *s);
MUST_USE bool peg_federation_get(struct federation *out, const struct state *s, uint32_t epoch);
/* Release with vault_clear(). False for an unknown epoch. */
MUST_USE bool peg_vault(struct vault *out, const struct state *s, uint32_t epoch);

/* A peg-in address of the current epoch. */
struct peg_address {
	struct deposit_terms terms;
	uint8_t script[P2TR_LEN];
	char text[ADDRESS_TEXT_LEN];
	char *descriptor; /* owned: free() */
	struct amount minimum, fee;
	uint32_t reclaim_delay;
	uint32_t depth[3];
	struct amount tier[2]; /* up to tier[0] depth[0]; up to tier[1] depth[1]; above depth[2] */
};
/* NULL, or why not, for a person (static). terms->epoch is set by the function. */
MUST_USE const char *peg_address(struct peg_address *out, const struct state *s, struct deposit_terms terms);
void peg_address_clear(struct peg_address *a);

/* Depth of a block by work; 0 when it is unknown or not on the best branch. */
uint32_t peg_block_depth(const struct state *s, const struct hash256 *block);
/* Depth that this deposit needs by its amount (100 at least for a coinbase's). */
uint32_t peg_deposit_depth(const struct state *s, const struct deposit *d);

/* The relay's best branch: the tip, and a block locator (tip first, then ever wider steps, the lowest kept header last). */
struct relay_tip {
	uint32_t height;
	struct hash256 hash;
	struct header header;
	struct u256 work;
};
void peg_relay_tip(struct relay_tip *out, const struct state *s);
size_t peg_relay_locator(struct hash256 *out, size_t max, const struct state *s);
MUST_USE bool peg_relay_knows(const struct state *s, const struct hash256 *block);
MUST_USE bool peg_relay_at(struct hash256 *out, const struct state *s, uint32_t height);

/* Deposits, payouts, plans, intents and reserve outputs: see records.h (x_get, x_walk, x_walk_next). The sheet of a plan's
 * version: */
MUST_USE bool peg_plan_sheet(struct plan_sheet *out, const struct state *s, uint64_t plan, uint32_t version);
/* The complete transaction of a SIGNED version; false before it has k signatures. Release with tx_clear(). */
MUST_USE bool peg_plan_signed_tx(struct tx *out, const struct state *s, uint64_t plan, uint32_t version);

#endif
