#ifndef TALLY_PEG_RECORDS_H
#define TALLY_PEG_RECORDS_H
/* What the peg keeps in the state (letter p), read and written one record at a time. This file knows bytes and keys; the
 * rules are in the files named after the nouns. A record that does not decode is a fault of ours: reading it asserts. */
#include "bridge/peg/ops.h"
#include "token/module.h"

#define PEG_REASON_LEN 48
#define PLAN_INPUTS_MAX 128
#define PLAN_PAYOUTS_MAX 100
#define PLAN_CHANGE_MAX 4

/* A main-chain block; height 0 with a zero hash stands for none. */
struct block_ref {
	uint32_t height;
	struct hash256 hash;
};
MUST_USE bool block_ref_is_none(const struct block_ref *b);

enum deposit_state {
	DEPOSIT_WAITING_DEPTH,
	DEPOSIT_WAITING_CAP,
	DEPOSIT_BELOW_MIN,
	DEPOSIT_LATE,
	DEPOSIT_MINTED,
	DEPOSIT_QUARANTINED,
	DEPOSIT_RECLAIMED,
	DEPOSIT_DEAD,
};
const char *deposit_state_name(enum deposit_state s); /* "WAITING_DEPTH"… */

struct deposit {
	struct outpoint outpoint;
	uint64_t number; /* order of arrival, from 1 */
	struct deposit_terms terms;
	struct amount value;
	bool coinbase;
	struct block_ref block; /* of the last accepted proof */
	enum deposit_state state;
	char reason[PEG_REASON_LEN]; /* "" when there is nothing to say; else a name such as "DEPTH", "PEG_PAUSED" */
	bool tokens;           /* minted into the store's asset, not left as coin */
	struct amount minted;  /* how many of the asset's units */
	struct amount frozen;  /* QUARANTINED: taken from the account for the time being */
	uint32_t since;        /* QUARANTINED: tip's height when it began */
	struct block_ref spent; /* block of a known spend of the output, or of a conflict with its transaction */
};

/* The reserve, output by output. It counts while it is neither suspended nor spent. */
enum coin_kind {
	COIN_DEPOSIT,  /* a minted deposit, not swept yet */
	COIN_VAULT,    /* made by a settled plan */
	COIN_DONATION, /* sent to the vault by a stranger */
};
struct coin {
	struct outpoint outpoint;
	enum coin_kind kind;
	uint32_t epoch;
	struct amount value;
	uint32_t height; /* of its block */
	uint64_t plan;   /* that spends it; 0: free */
	uint64_t maker;  /* plan that made it; 0: none */
	bool suspended;  /* what made it left the best branch */
	bool spent;      /* by no plan of ours, in spent_in */
	bool reclaimed;  /* that spend was the depositor's reclaim */
	struct block_ref spent_in;
};

enum payout_state {
	PAYOUT_QUEUED,
	PAYOUT_PLANNED,
	PAYOUT_SIGNED,
	PAYOUT_PAID,  /* settled: the escrow is burnt */
	PAYOUT_FINAL,
	PAYOUT_CANCELLED,
	PAYOUT_EXPIRED,
};
const char *payout_state_name(enum payout_state s);

struct payout {
	uint64_t id; /* from 1 */
	struct account account;
	struct amount amount;
	struct amount max_fee; /* escrowed beside the amount; after settling, what was charged of it */
	uint8_t script[PEG_SCRIPT_MAX];
	size_t script_len;
	enum payout_state state;
	char reason[PEG_REASON_LEN];
	uint32_t queued;     /* tip's height when it entered the queue */
	uint64_t plan;       /* 0: none */
	struct hash256 txid; /* of the payment once PAID, else zero */
	struct hash256 origin; /* the ledger's transaction that ordered it, and which operation of it: what signers ask to see */
	uint32_t origin_op;
};

enum plan_kind { PLAN_PAYOUT, PLAN_SWEEP, PLAN_REFRESH };
enum plan_state {
	PLAN_PLANNED,
	PLAN_SIGNED,    /* some version has k signatures */
	PLAN_CONFIRMED, /* a version stands in a block of the best branch */
	PLAN_SETTLED,
	PLAN_FINAL,
	PLAN_DEAD, /* can never confirm */
};
const char *plan_kind_name(enum plan_kind k);
const char *plan_state_name(enum plan_state s);

/* What a plan spends. A deposit's terms are in its record. */
struct plan_in {
	struct outpoint outpoint;
	struct amount value;
	bool deposit; /* an output of a deposit address; else of the vault */
};

struct plan {
	uint64_t id; /* from 1 */
	enum plan_kind kind;
	enum plan_state state;
	char reason[PEG_REASON_LEN];
	uint32_t epoch; /* of its inputs */
	uint32_t made;  /* tip's height at planning */
	uint64_t anchor_height; /* payout plans: sidechain block named in the OP_RETURN */
	struct hash256 anchor_hash;
	size_t in_n;
	struct plan_in in[PLAN_INPUTS_MAX];
	size_t payouts_n;
	uint64_t payout[PLAN_PAYOUTS_MAX]; /* ascending ids */
	uint32_t versions;                 /* how many there are; the newest is versions - 1 */
	struct amount fund_locked;         /* of the fee fund, in escrow */
	uint32_t confirmed_version;        /* CONFIRMED, SETTLED, FINAL */
	struct block_ref confirmed;
};

struct plan_version {
	uint64_t plan;
	uint32_t version;
	uint32_t rate;     /* sat per 1,000 virtual bytes that it was made for */
	struct amount fee; /* inputs - outputs */
	size_t change_n;
	struct amount change[PLAN_CHANGE_MAX];
	struct hash256 txid;
	uint32_t signed_by; /* bit i: member i */
	uint32_t made_at;   /* tip's height */
	uint32_t signed_at; /* tip's height when the k-th signature came; 0 before */
};

struct intent {
	struct xonly_key output_key; /* of the address */
	struct deposit_terms terms;
	struct account payer; /* or the endorsing member's account */
	uint32_t expires;     /* height */
};

struct fee_vote {
	uint32_t rate;
	uint32_t height; /* tip's when it came */
};

enum member_kind { MEMBER_INTENT, MEMBER_FEERATE, MEMBER_GUARDIAN };

/* The sums of invariant I1, and the counters. */
struct books {
	struct amount reserve, deficit, donations;
	uint64_t deposits, payouts, plans; /* numbers given out so far */
	struct hash256 planned_at;         /* main-chain tip at the last payout plan */
	uint32_t last_rate;                /* last valid fee rate; 0: none yet */
	bool halted;                       /* until governance resumes */
	uint64_t resumes;                  /* of governance, as far as they were heeded */
	char halt_reason[PEG_REASON_LEN];
	uint32_t guardian_until; /* height at which the guardians' last pause ends; 0: there was none */
	uint32_t intents;
};

void books_get(struct books *out, const struct state *s);
void books_put(struct state *s, const struct books *b);

void record_params_get(struct peg_params *out, const struct state *s);
void record_genesis_id(struct hash256 *out, const struct state *s);
MUST_USE bool record_federation_get(struct federation *out, const struct state *s, uint32_t epoch);
void record_start(struct state *s, const struct peg_params *p, const struct federation *f, const struct hash256 *genesis_id);
uint32_t record_epoch(const struct state *s); /* current one */

MUST_USE bool deposit_get(struct deposit *out, const struct state *s, const struct outpoint *o);
void deposit_put(struct state *s, const struct deposit *d);
void deposit_delete(struct state *s, const struct outpoint *o);
MUST_USE bool coin_get(struct coin *out, const struct state *s, const struct outpoint *o);
void coin_put(struct state *s, const struct coin *c);
void coin_delete(struct state *s, const struct outpoint *o);
/* All but the outpoint. */
void wr_coin_body(struct wr *w, const struct coin *c);
void rd_coin_body(struct rd *r, struct coin *out);
MUST_USE bool payout_get(struct payout *out, const struct state *s, uint64_t id);
void payout_put(struct state *s, const struct payout *p);
MUST_USE bool plan_get(struct plan *out, const struct state *s, uint64_t id);
void plan_put(struct state *s, const struct plan *p);
MUST_USE bool plan_version_get(struct plan_version *out, const struct state *s, uint64_t plan, uint32_t version);
void plan_version_put(struct state *s, const struct plan_version *v);
/* Which version of which plan has this id. */
MUST_USE bool plan_find_txid(uint64_t *plan, uint32_t *version, const struct state *s, const struct hash256 *txid);
/* A member's signatures of a version, borrowed until the next change: 64 n bytes; NULL when there are none. */
const uint8_t *plan_sigs_get(size_t *n, const struct state *s, uint64_t plan, uint32_t version, uint8_t member);
void plan_sigs_put(struct state *s, uint64_t plan, uint32_t version, uint8_t member, const uint8_t *sigs, size_t n);
void plan_sigs_delete(struct state *s, uint64_t plan);
MUST_USE bool intent_get(struct intent *out, const struct state *s, const struct xonly_key *output_key);
MUST_USE bool fee_vote_get(struct fee_vote *out, const struct state *s, uint32_t epoch, uint8_t member);
void fee_vote_put(struct state *s, uint32_t epoch, uint8_t member, const struct fee_vote *vote);
/* Last counter a member used for a kind of message; 0 for none. */
uint64_t member_counter(const struct state *s, uint32_t epoch, uint8_t member, enum member_kind kind);
void member_counter_put(struct state *s, uint32_t epoch, uint8_t member, enum member_kind kind, uint64_t counter);

/* Scripts of deposit addresses that were ever used, by output key. */
void known_script_put(struct state *s, const struct xonly_key *output_key);
MUST_USE bool known_script_there(const struct state *s, const struct xonly_key *output_key);

/* Walks, in key order: deposits and coins by outpoint, payouts and plans by id. x_walk() starts one. */
void deposit_walk(struct state_walk *w, const struct state *s);
MUST_USE bool deposit_walk_next(struct state_walk *w, struct deposit *out);
void coin_walk(struct state_walk *w, const struct state *s);
MUST_USE bool coin_walk_next(struct state_walk *w, struct coin *out);
void payout_walk(struct state_walk *w, const struct state *s);
MUST_USE bool payout_walk_next(struct state_walk *w, struct payout *out);
void plan_walk(struct state_walk *w, const struct state *s);
void plan_walk_after(struct state_walk *w, uint64_t id);
MUST_USE bool plan_walk_next(struct state_walk *w, struct plan *out);
/* Those that are neither FINAL nor DEAD. */
void plan_live_walk(struct state_walk *w, const struct state *s);
MUST_USE bool plan_live_walk_next(struct state_walk *w, struct plan *out);
void intent_walk(struct state_walk *w, const struct state *s);
MUST_USE bool intent_walk_next(struct state_walk *w, struct intent *out);

#endif
