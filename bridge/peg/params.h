#ifndef TALLY_PEG_PARAMS_H
#define TALLY_PEG_PARAMS_H
/* What a peg starts from: the numbers of doc/peg.md, the main chain's anchor and the first federation. All of it is the peg's
 * section of the genesis file, so it is part of the genesis id. "Blocks" are main-chain blocks, "seconds" are block time.
 *
 * Nothing here means "unlimited": a number that is missing, zero where that makes no sense, or absurd is refused. */
#include "base/amount.h"
#include "chain/header.h"
#include "chain/key.h"
#include "chain/params.h"
#include "chain/u256.h"
#include "token/account.h"

#define PEG_MEMBERS_MAX 16
#define PEG_MEMBER_NAME_MAX 32
#define PEG_ANCHOR_TIMES 11

/* Where the header relay starts. On real networks a multiple of 2,016. */
struct peg_anchor {
	uint32_t height;
	struct header header;
	size_t times_n;                   /* min(11, height + 1) */
	uint32_t times[PEG_ANCHOR_TIMES]; /* of the headers up to the anchor, oldest first; the last is the anchor's own */
	struct u256 work;                 /* chain work up to and with the anchor */
};

struct peg_params {
	const struct chain_params *chain; /* borrowed for ever */
	struct peg_anchor anchor;

	/* header relay */
	uint32_t header_maturity; /* seconds a header must have been in the state before it counts for depth */
	uint32_t stale_after;     /* seconds past the tip's time; 0 = off, regtest only */
	uint32_t fork_max;        /* blocks: side branches fork at most so far below the tip */
	uint32_t side_max;        /* side headers kept */
	uint32_t headers_keep;    /* blocks of the best branch kept below the tip */

	/* deposits */
	uint32_t depth[3];            /* blocks: for amounts up to tier[0], up to tier[1], above */
	struct amount tier[2];
	struct amount shallow_cap[2]; /* sum of what is minted at a depth below depth[1], below depth[2] */
	struct amount deposit_min;
	struct amount deposit_fee; /* of each deposit, to the fee fund */
	struct amount deposit_max; /* above it a deposit waits */
	struct amount supply_cap;  /* total of asset 0 */
	struct amount inflow_cap;  /* minted in a window */
	uint32_t cap_window;       /* blocks of the rolling caps */
	uint32_t quarantine_blocks;

	/* vault */
	uint32_t reclaim_delay;
	uint32_t sweep_margin;
	uint32_t recovery_delay;
	uint32_t grace_blocks;  /* an old epoch's addresses are honoured so long */
	uint32_t vault_outputs; /* how many outputs the vault aims at */
	struct amount change_piece; /* change is not split below this */

	/* payouts */
	struct amount payout_min;
	struct amount outflow_cap; /* gross payouts planned in a window */
	uint32_t payout_expiry;
	uint32_t replace_after; /* blocks a signed version may stay unconfirmed */
	uint32_t settle_depth;
	uint32_t final_depth;
	uint32_t dead_depth;
	uint32_t plan_tx_version;
	uint32_t plan_payouts;
	uint32_t plan_weight;

	/* fee votes, sat per 1,000 virtual bytes */
	uint32_t fee_rate_min;
	uint32_t fee_rate_max;
	uint32_t fee_vote_age; /* blocks */

	/* watched addresses */
	uint32_t intents_max;
	uint32_t intents_per_payer;

	/* guardian pause */
	uint32_t guardian_blocks; /* length of a pause, and the least gap between two */
	uint32_t guardian_window; /* blocks in which a member may join guardian_joins times */
	uint32_t guardian_joins;
};

struct peg_member {
	char name[PEG_MEMBER_NAME_MAX + 1]; /* 1..32 of a-z 0-9 - */
	struct xonly_key key;               /* signs plans, fee votes, endorsements */
	struct account account;             /* on the sidechain */
};

/* One epoch of the federation: k of its members move the vault, r of the recovery keys once it has lain still for
 * recovery_delay. */
struct federation {
	uint32_t epoch;
	uint32_t k;
	size_t n;
	struct peg_member member[PEG_MEMBERS_MAX];
	uint32_t r;
	size_t recovery_n;
	struct xonly_key recovery[PEG_MEMBERS_MAX];
};

/* The defaults of a network; the anchor is its genesis block. */
void peg_params_default(struct peg_params *out, const struct chain_params *chain);

/* NULL, or what makes no sense, for a person (static). */
MUST_USE const char *peg_params_check(const struct peg_params *p);
MUST_USE const char *federation_check(const struct federation *f, const struct peg_params *p);

/* The numbers by name, in the order in which they are encoded: "depth_1", "reclaim_delay"… Amounts are in satoshi. */
struct peg_number {
	const char *name;
	bool is_amount;
	uint64_t value;
};
size_t peg_params_numbers(void);
struct peg_number peg_params_number(const struct peg_params *p, size_t i);
/* False for an unknown name or a value that the field cannot hold; peg_params_check() judges the rest. */
MUST_USE bool peg_params_set(struct peg_params *p, const char *name, uint64_t value);

/* Canonical bytes. The reader goes bad for what the checks refuse. */
void wr_peg_params(struct wr *w, const struct peg_params *p);
void rd_peg_params(struct rd *r, struct peg_params *out);
void wr_federation(struct wr *w, const struct federation *f);
void rd_federation(struct rd *r, struct federation *out);

/* The peg's section of a genesis: version u8 = 1 | params | federation. NULL, or what is wrong with it (static). */
void wr_peg_genesis(struct wr *w, const struct peg_params *p, const struct federation *f);
MUST_USE const char *peg_genesis_decode(struct peg_params *p, struct federation *f, const void *bytes, size_t len);

/* The depth that a deposit of this amount needs before it is minted, by the tiers alone. */
uint32_t peg_required_depth(const struct peg_params *p, struct amount amount);

#endif
