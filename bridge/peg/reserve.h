#ifndef TALLY_PEG_RESERVE_H
#define TALLY_PEG_RESERVE_H
/* The books behind invariant I1: reserve + deficit = supply + donations. This is the only file that changes the reserve
 * and the deficit, and the only one that mints or burns asset 0, so each function here keeps I1 or says what its caller
 * owes. */
#include "bridge/peg/records.h"

struct account peg_escrow(void); /* payouts under way, and the fund's part of plans */
struct account peg_frozen(void); /* balances held while their deposit is quarantined */

/* A coin counts while it is neither suspended nor spent. */
MUST_USE bool coin_counts(const struct coin *c);

/* Store or delete a coin; the reserve follows. The caller owes the other side of I1. */
void reserve_put(struct state *s, const struct coin *c);
void reserve_delete(struct state *s, const struct outpoint *o);

/* Store a coin whose flags changed: what stops counting becomes deficit, what counts again ends deficit. Keeps I1. */
void reserve_impair(struct state *s, const struct coin *c);
/* Delete a coin that counts no more. Keeps I1. */
void reserve_forget(struct state *s, const struct outpoint *o);

/* Raise the deficit (the caller owes the other side), or lower it: what is more than the deficit is minted to the fee fund
 * instead. */
void deficit_raise(struct state *s, struct amount a);
void deficit_lower(struct state *s, struct amount a);

/* Burn of an account's coin what there is, up to `a` and up to the deficit; returns how much. Keeps I1. */
struct amount deficit_burn(struct state *s, const struct account *from, struct amount a);

/* Mint or burn asset 0; the caller owes the other side. Burning needs the funds. */
void supply_mint(struct state *s, const struct account *to, struct amount a);
void supply_burn(struct state *s, const struct account *from, struct amount a);

/* Move coin that is known to be there. */
void coin_move(struct state *s, const struct account *from, const struct account *to, struct amount a);
/* Move coin from the fee fund to the escrow; false (nothing moved) when the fund has less. */
MUST_USE bool fund_lock(struct state *s, struct amount a);

/* Sums that are known to fit. */
struct amount sum(struct amount a, struct amount b);
struct amount difference(struct amount a, struct amount b);
struct amount satoshi(uint64_t units);

/* Stop the peg until governance resumes it, with a reason; the first one stays. */
void peg_halt(struct exec *x, const char *reason);
/* End the halt if governance has carried out RESUME since the last call. What is still wrong halts again. */
void peg_heed_resume(struct exec *x);
/* At a block's end: use what governance has set aside in it to end the deficit (COVER_DEFICIT), give back the rest. Event
 * PEG_DEFICIT_COVERED: amount, deficit left. Keeps I1. */
void peg_heed_cover(struct exec *x);

#endif
