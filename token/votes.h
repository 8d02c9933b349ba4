#ifndef TALLY_TOKEN_VOTES_H
#define TALLY_TOKEN_VOTES_H
/* Voting power of assets with ASSET_VOTES, now and at earlier heights (letter g). Each account has a series of checkpoints, one for each
 * block in which something of it changed; asking for a height is a binary search. A checkpoint that no running vote and no question about
 * the last block can ask for any more goes, a few with each new one; and so does all of an account that has nothing any more.
 *
 * Delegation moves the power of an account's own units, and nothing further: what others delegated to it stays with it. So cycles and
 * chains count nothing twice. Module accounts (treasuries, escrow, backing) have no power and are not in the total. */
#include "token/bank.h"

struct voter {
	struct amount own;       /* units held */
	struct amount delegated; /* by others to this account */
	bool delegates;          /* its own units count for `delegate` */
	struct account delegate;
};

/* Tell of units that moved: from NULL for a mint, to NULL for a burn. */
void votes_moved(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to, struct amount amount);
/* Delegating to oneself takes the power back. Reasons: NOT_A_RECIPIENT for a module account. */
MUST_USE const char *votes_delegate(struct exec *x, const struct asset_id *asset, const struct account *from, const struct account *to);

/* A vote needs the power after block `snapshot`: keep it, until the same is let go. */
void votes_hold(struct state *s, const struct asset_id *asset, uint64_t snapshot, uint64_t proposal);
void votes_let_go(struct state *s, const struct asset_id *asset, uint64_t snapshot, uint64_t proposal);
MUST_USE bool votes_is_held(const struct state *s, const struct asset_id *asset, uint64_t snapshot, uint64_t proposal);
/* In end_block: forget accounts that have had nothing for a while. Bounded work. */
void votes_sweep(struct exec *x);

/* After block `height`, which is a snapshot that is held, the last block or later; UINT64_MAX for the latest. */
void votes_at(struct voter *out, const struct state *s, const struct asset_id *asset, const struct account *who, uint64_t height);
struct amount votes_power(const struct voter *v);
struct amount votes_total_at(const struct state *s, const struct asset_id *asset, uint64_t height);

/* V1: the latest checkpoint has each account's balance as its own units. V2: what is delegated to an account is the sum of its
 * delegators' own units. V3: the total is the sum of own units. V4: a series is its range's checkpoints and no others, heights ascending. */
MUST_USE const char *votes_invariants(const struct state *s, const struct asset_id *asset);

#endif
