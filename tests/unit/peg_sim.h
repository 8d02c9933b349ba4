#ifndef TALLY_TESTS_PEG_SIM_H
#define TALLY_TESTS_PEG_SIM_H
/* A peg on a ledger in memory beside a made-up main chain. Members 0..n-1 have the keys 0..n-1 of signing.h. Every
 * transaction also goes to a second ledger, whose blocks must have the same app hash; after every transaction all
 * invariants are checked. */
#include "bridge/peg/peg.h"
#include "tests/unit/peg_chain.h"
#include "token/ledger.h"

#define SIM_MEMBERS 3
#define SIM_THRESHOLD 2
#define ALICE 8
#define BOB 9
#define COIN ((uint64_t)100000000)

struct sim {
	struct peg_params params;
	struct federation federation;
	struct hash256 genesis_id;
	struct ledger *ledger, *twin; /* owned */
	struct made_chain chain;
	size_t tip; /* the block that was relayed last */
	struct unixtime time;
	uint64_t counter; /* of members' messages */
	uint32_t salt;
	uint64_t nonce;   /* of deposit addresses */
	size_t applied;
};

/* change (may be NULL) gets regtest's defaults to alter. The ledger's fees are zero. */
/* `more`: another section of the genesis, by name after the peg's; NULL for none. */
void sim_open_with(struct sim *s, void (*change)(struct peg_params *p, struct federation *f), const struct genesis_section *more);
void sim_open(struct sim *s, void (*change)(struct peg_params *p, struct federation *f));
void sim_close(struct sim *s);
const struct state *sim_state(const struct sim *s);

/* End the sidechain block and begin the next one. */
void sim_seal(struct sim *s);
/* Let a block end so many seconds later. */
void sim_pass(struct sim *s, int64_t seconds);

/* Run an operation; "OK" or the refusal. payload is released. */
const char *sim_relay(struct sim *s, enum peg_op number, struct wr *payload);
const char *sim_signed(struct sim *s, unsigned who, uint16_t number, struct wr *payload);

/* Relay headers of the branch that ends in `tip`, from what is known on; the rest of the simulation goes on there when it
 * is the best. */
const char *sim_headers(struct sim *s, size_t tip);
/* Mine n empty blocks on the tip, relay them and seal. */
void sim_mine(struct sim *s, size_t n);
/* Mine one block with a transaction on the tip, relay it and seal; returns the block. */
size_t sim_mine_tx(struct sim *s, const struct tx *tx);
uint32_t sim_height(const struct sim *s);

/* A deposit: fresh terms, a transaction that pays them, and the operation with the proof that it stands in a block at
 * index 1. */
struct deposit_terms sim_terms(struct sim *s, unsigned who);
void sim_address(uint8_t script[P2TR_LEN], const struct sim *s, const struct deposit_terms *t);
struct tx sim_deposit_tx(struct sim *s, const struct deposit_terms *t, uint64_t value);
const char *sim_deposit(struct sim *s, const struct deposit_terms *t, size_t block, size_t tx_index, uint32_t out);
/* All of it, in a block of its own, proven and sealed; the outpoint. */
struct outpoint sim_peg_in(struct sim *s, unsigned who, uint64_t value);
enum deposit_state sim_deposit_state(const struct sim *s, const struct outpoint *o);
const char *sim_deposit_reason(const struct sim *s, const struct outpoint *o);

/* A deposit of ALICE's that stands in a block on the tip, not yet proven. tx is owned. */
struct given {
	struct deposit_terms terms;
	struct tx tx;
	struct outpoint outpoint;
	size_t block;
};
struct given sim_given(struct sim *s, uint64_t value);
/* Prove that it stands in its block, and seal; the answer. */
const char *sim_prove(struct sim *s, const struct given *g);
enum deposit_state sim_given_state(const struct sim *s, const struct given *g);
bool sim_given_known(const struct sim *s, const struct given *g);

uint64_t sim_balance(const struct sim *s, unsigned who);
struct peg_status sim_status(const struct sim *s);

/* Payouts, to the P2WPKH script that `salt` names. */
void sim_destination(uint8_t script[22], uint8_t salt);
const char *sim_payout(struct sim *s, unsigned who, uint64_t amount, uint64_t max_fee, uint8_t salt);
struct payout sim_payout_get(const struct sim *s, uint64_t id);
struct plan sim_plan_get(const struct sim *s, uint64_t id);
struct plan_version sim_version_get(const struct sim *s, uint64_t id, uint32_t version);

/* All members vote for a fee rate (sat per 1,000 virtual bytes). */
void sim_vote(struct sim *s, uint32_t rate);
const char *sim_vote_one(struct sim *s, uint8_t member, uint32_t rate);
/* A member signs the newest version. */
const char *sim_sign(struct sim *s, uint64_t plan, uint8_t member);
/* k members sign, the transaction is mined and confirmed (and settled with depth 1); returns the block. */
size_t sim_sign_and_mine(struct sim *s, uint64_t plan);
/* CONFIRM or SETTLE with the proof of transaction `tx_index` of a block. */
const char *sim_prove_plan(struct sim *s, enum peg_op op, uint64_t plan, size_t block, size_t tx_index);
const char *sim_spent(struct sim *s, const struct outpoint *o, const struct tx *parent, size_t block, size_t tx_index);

#endif
