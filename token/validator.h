#ifndef TALLY_TOKEN_VALIDATOR_H
#define TALLY_TOKEN_VALIDATOR_H
/* Validators (letter v): who runs the engine. Anyone registers a candidate; at the end of each epoch a rule of kind VALSEL chooses among the
 * candidates, and the host cleans its answer. Without a section in the genesis the module is asleep: every operation is refused.
 *
 *   register -> ACTIVE -- the owner's own bond falls below the least, RETIRE_VALIDATOR, or DAO 0 --> JAILED -- UNJAIL --> ACTIVE
 *                  +--------------------------- proof of double signing, from either ---------------------> TOMBSTONED, for ever
 *
 * | operation          | who                       | reasons to refuse, besides VALIDATORS_OFF, BAD_PAYLOAD, VALIDATOR_UNKNOWN      |
 * |--------------------|---------------------------|---------------------------------------------------------------------------------|
 * | REGISTER_VALIDATOR | anyone; becomes the owner | BAD_KEY BAD_PROOF BAD_MONIKER VALIDATOR_EXISTS SELF_BOND_TOO_SMALL and BOND's   |
 * | RETIRE_VALIDATOR   | the owner                 | NOT_OWNER VALIDATOR_JAILED VALIDATOR_TOMBSTONED                                 |
 * | BOND               | anyone                    | ZERO_AMOUNT VALIDATOR_TOMBSTONED BAD_BOND_ASSET ASSET_UNKNOWN INSUFFICIENT_BALANCE and why units can't move |
 * | UNBOND             | who has bonded            | ZERO_AMOUNT INSUFFICIENT_BOND                                                   |
 * | WITHDRAW           | anyone for anyone         | NOTHING_TO_WITHDRAW and why units can't move                                    |
 * | VOTE_VALIDATORS    | anyone, with units        | VALIDATOR_JAILED VALIDATOR_TOMBSTONED AMOUNT_OVERFLOW NO_CHANGE, BOND's         |
 * | EVIDENCE           | anyone                    | WRONG_EVIDENCE BAD_EVIDENCE_SIGNATURE EVIDENCE_FUTURE EVIDENCE_TOO_OLD NOT_A_VALIDATOR_THEN VALIDATOR_TOMBSTONED |
 * | UNJAIL             | the owner                 | NOT_OWNER NOT_JAILED STILL_JAILED SELF_BOND_TOO_SMALL VALIDATOR_TOMBSTONED      |
 *
 * Bonded and voting units are in one escrow; they come back by WITHDRAW after the unbonding time, so they can't be spent, and have no voting
 * power in DAOs, while they stand for a validator. A ballot may be changed at any time; what it gives up unbonds. Double signing costs a share
 * of what is bonded to the validator and of what has unbonded from it since the epoch of the offence; that goes to the fee fund. Ballots are
 * not slashed.
 *
 * Rules get at most TALLY_CANDIDATES_MAX candidates: those with a weight from DAO 0 (at most WEIGHTS_MAX), then those with the most units
 * behind them. So an epoch's end costs the same however many have registered. */
#include "token/dao.h"
#include "token/ops_validator.h"

enum validators_engine {
	ENGINE_SOLO = 0,     /* keys are x-only secp256k1; at least one validator */
	ENGINE_COMETBFT = 1, /* keys are Ed25519; at least four */
};

#define ENGINE_CHAIN_ID_MAX 50
#define GENESIS_VALIDATORS_MAX WEIGHTS_MAX
#define SLASH_WHOLE 10000

struct validators_params {
	enum validators_engine engine;
	char chain_id[ENGINE_CHAIN_ID_MAX + 1]; /* CometBFT's, which its votes sign */
	uint32_t epoch_seconds; /* an epoch ends with the first block from then on; 0: by height */
	uint32_t epoch_blocks;  /* or with each block whose height is a multiple; 0: by time */
	uint32_t unbonding;     /* seconds */
	uint32_t vote_step;     /* seconds after which a ballot is a step older */
	uint16_t slash;         /* for double signing, in ten-thousandths */
	struct amount min_self_bond;
	struct asset_id asset; /* what is bonded: the coin, or an asset with votes */
};

/* Genesis section: version u8 = 1 | engine u8 | chain_id varbytes | epoch_seconds u32 | epoch_blocks u32 | unbonding u32 | vote_step u32 |
 * slash u16 | min_self_bond u64 | asset | rule varbytes | rule_major u16 | params varbytes | count | (key | owner account | moniker varbytes |
 * weight u64) …, ascending by key. The first set's powers are the weights. */
struct validators_genesis {
	struct validators_params params;
	struct op_text rule;
	uint16_t rule_major;
	struct op_blob rule_params;
	size_t n;
	struct validators_first {
		struct validator_key key;
		struct account owner;
		struct op_text moniker;
		uint64_t weight;
	} list[GENESIS_VALIDATORS_MAX];
};
void wr_validators_section(struct wr *w, const struct validators_genesis *g);
MUST_USE bool rd_validators_section(struct rd *r, struct validators_genesis *out);
/* NULL, or what is wrong with the numbers, the keys or the set, for a person (static). */
MUST_USE const char *validators_genesis_check(const struct validators_genesis *g, bool regtest);

extern const struct module validator_module;

/* ---- questions ---- */

enum validator_status { VALIDATOR_ACTIVE = 1, VALIDATOR_JAILED = 2, VALIDATOR_TOMBSTONED = 3 };
const char *validator_status_name(enum validator_status s);

/* Shares in something that can lose value at once for all. */
struct pool {
	uint64_t units;  /* as they were put in */
	uint64_t tokens; /* what is left of them */
};
/* What `units` of the pool's are worth, rounded down; all of them are worth all that is left. */
uint64_t pool_worth(const struct pool *p, uint64_t units);

struct validator {
	struct validator_key key;
	struct account owner;
	enum validator_status status;
	char moniker[MONIKER_MAX + 1];
	struct unixtime registered;
	uint64_t weight;             /* from DAO 0 */
	struct pool bonded;          /* units are those of the bonds */
	uint64_t unbonding;          /* leaves, and hasn't been slashed */
	struct pool slashed;         /* was leaving when it was slashed */
	uint64_t votes;              /* units of ballots, however old */
	struct unixtime jailed_until;
	uint64_t offence_epoch;      /* TOMBSTONED: units that left from then on are in `slashed` */
	uint64_t served_from;        /* height whose block first chose it; 0: never */
	uint64_t served_to;          /* height whose block dropped it; 0: it is in the set, or never was */
};

MUST_USE bool validators_awake(const struct state *s);
/* False while asleep; so in every function here. */
MUST_USE bool validators_params(struct validators_params *out, const struct state *s);
struct validators_rule {
	char name[RULE_NAME_MAX + 1];
	uint16_t major;
	size_t params_len;
	uint8_t params[RULE_PARAMS_MAX];
};
MUST_USE bool validators_rule(struct validators_rule *out, const struct state *s);
/* Where bonds, ballots and unbonding units are. */
struct account validators_escrow(void);

MUST_USE bool validator_get(struct validator *out, const struct state *s, const struct validator_key *key);
/* CometBFT's address of a key: the first 20 bytes of its SHA-256. */
#define VALIDATOR_ADDRESS_LEN 20
void validator_address(uint8_t out[VALIDATOR_ADDRESS_LEN], const struct validator_key *key);
MUST_USE bool validator_by_address(struct validator_key *out, const struct state *s, const uint8_t address[VALIDATOR_ADDRESS_LEN]);
/* All, by key. */
struct validator_walk {
	struct state_walk walk;
};
void validator_walk_init(struct validator_walk *w, const struct state *s);
MUST_USE bool validator_walk_next(struct validator_walk *w, struct validator *out);

/* What one account has bonded, by validator. */
struct bond_walk {
	struct state_walk walk;
};
void bond_walk_init(struct bond_walk *w, const struct state *s, const struct account *who);
MUST_USE bool bond_walk_next(struct bond_walk *w, struct validator_key *key, uint64_t *units);
uint64_t bond_of(const struct state *s, const struct account *who, const struct validator_key *key);

/* What one account waits for, the soonest first. */
struct unbonding {
	struct unixtime matures; /* first second at which WITHDRAW pays it */
	uint64_t number;
	bool of_ballot; /* `key` means nothing */
	struct validator_key key;
	uint64_t units;
	uint64_t epoch; /* in which it began */
	bool clean;     /* nothing can slash it */
};
struct unbonding_walk {
	struct state_walk walk;
};
void unbonding_walk_init(struct unbonding_walk *w, const struct state *s, const struct account *who);
MUST_USE bool unbonding_walk_next(struct unbonding_walk *w, struct unbonding *out);
/* What WITHDRAW pays for it. */
uint64_t unbonding_worth(const struct state *s, const struct unbonding *u);

struct ballot_validators {
	uint64_t step; /* block time in vote_steps when it was cast */
	uint32_t n;
	struct voted list[VOTED_MAX];
};
MUST_USE bool ballot_validators(struct ballot_validators *out, const struct state *s, const struct account *who);
/* Units of ballots `age` steps old that name a validator. */
uint64_t validator_votes(const struct state *s, const struct validator_key *key, uint64_t step);

/* ---- the set ---- */

#define VALIDATORS_MAX 100         /* in an answer; more are cut off, the weakest and then the higher keys first */
#define VALIDATOR_SET_MAX 256      /* while one set passes into another */
#define VALIDATOR_POWER_MAX ((uint64_t)INT64_MAX / 8) /* of all together: CometBFT's limit */

struct validator_power {
	struct validator_key key;
	uint64_t power;
};
struct validator_set {
	size_t n;
	struct validator_power list[VALIDATOR_SET_MAX]; /* ascending by key; powers above 0 */
};
MUST_USE bool validators_set(struct validator_set *out, const struct state *s);
uint64_t validator_set_power(const struct validator_set *s, const struct validator_key *key);
uint64_t validator_set_total(const struct validator_set *s);

/* What block `height` changed in the set, for the engine: keys with their new power, 0 for who leaves, ascending by key; how many. The same
 * on every node. 0 when that block changed nothing, or a later one has changed something since. Under CometBFT it takes effect two blocks
 * later. Call it between ledger_end() and ledger_commit(), or right after. out holds 2 * VALIDATOR_SET_MAX. */
size_t validator_updates(struct validator_power *out, const struct state *s, uint64_t height);

struct validators_epoch {
	uint64_t number;
	uint64_t first_height;
	struct unixtime began;
	struct unixtime ends;     /* by time: first second of the next one; by height: 0 */
	uint64_t ends_height;     /* by height; else 0 */
	uint32_t moved;           /* billionths of the power that have changed in it already */
};
MUST_USE bool validators_epoch(struct validators_epoch *out, const struct state *s);

/* ---- what the engine and DAO 0 say ---- */

/* CometBFT has convicted a validator of DUPLICATE_VOTE or LIGHT_CLIENT_ATTACK (Misbehavior in FinalizeBlock): the same as EVIDENCE. Between
 * ledger_begin() and ledger_end(). NULL, or the reason for which nothing has changed, which every node finds alike. */
MUST_USE const char *validator_misbehaved(struct exec *x, const uint8_t address[VALIDATOR_ADDRESS_LEN], uint64_t height);

/* Action VALIDATORS. Reasons: ACTION_MALFORMED, VALIDATORS_OFF, VALIDATOR_UNKNOWN, VALIDATOR_TOMBSTONED, BAD_WEIGHT, TOO_MANY_WEIGHTS,
 * BAD_UNTIL, and of the rule. */
MUST_USE const char *validators_action_check(const struct exec *x, const struct dao *d, const struct op_blob *payload);
MUST_USE const char *validators_action_apply(struct exec *x, const struct dao *d, const struct op_blob *payload);

/* What the key signs to be registered by an owner: taggedhash("tally/validator", genesis id | owner | key). */
void validator_proof_hash(struct hash256 *out, const struct hash256 *genesis_id, const struct account *owner, const struct validator_key *key);

/* CometBFT's canonical bytes of one vote of an EVIDENCE, which the validator signed. */
void evidence_sign_bytes(struct wr *w, const struct op_evidence *e, int which, const char *chain_id);

/* VS1 the escrow holds what bonds, ballots and unbonding units are worth; VS2 a validator's units are the sum of its bonds; VS3 what leaves it
 * is the sum of the units that wait; VS4 its votes are the sum of ballots, by step too; VS5 indexes name what there is; VS6 the set is sound. */

#endif
