#ifndef TALLY_TOKEN_OPS_VALIDATOR_H
#define TALLY_TOKEN_OPS_VALIDATOR_H
/* The operations of validators, 80 to 89: payloads, encoders and decoders, on the terms of ops.h. What they do stands in validator.h. */
#include "token/ops.h"

/* The public key that a validator seals or votes with: Ed25519 under CometBFT, x-only secp256k1 under the solo engine. */
struct validator_key {
	uint8_t b[32];
};
struct validator_sig {
	uint8_t b[64];
};

#define MONIKER_MAX 64
#define VOTED_MAX 16 /* validators in one ballot */

struct op_register_validator {
	struct validator_key key;
	struct validator_sig proof; /* by this key, over validator_proof_hash() */
	struct op_text moniker;
	struct amount self_bond;
};
struct op_validator { /* RETIRE_VALIDATOR, UNJAIL */
	struct validator_key key;
};
struct op_bond { /* BOND, UNBOND */
	struct validator_key key;
	struct amount amount;
};
struct op_withdraw {
	struct account of; /* whose units have waited long enough; anyone may ask for anyone */
};
struct voted {
	struct validator_key key;
	struct amount amount;
};
struct op_vote_validators {
	uint32_t n; /* 0 takes the ballot back */
	struct voted list[VOTED_MAX]; /* ascending by key, each once, amounts above 0 */
};

enum evidence_kind {
	EVIDENCE_VOTES = 0, /* two votes of CometBFT */
	EVIDENCE_SEALS = 1, /* two sealed blocks of the solo engine */
};
enum evidence_vote { EVIDENCE_PREVOTE = 1, EVIDENCE_PRECOMMIT = 2 }; /* as CometBFT numbers them */

/* What a vote is for: a block, or nil. */
struct evidence_block {
	bool nil;
	struct hash256 hash;
	uint32_t parts;
	struct hash256 parts_hash;
};
struct evidence_cast {
	struct evidence_block block;
	int64_t seconds;
	uint32_t nanos; /* below 1,000,000,000 */
	struct validator_sig sig;
};
#define SEALED_HEADER_LEN (1 + 8 + 8 + 4 * 32 + ACCOUNT_LEN) /* wr_ledger_block() */
struct op_evidence {
	struct validator_key key;
	enum evidence_kind kind;
	/* EVIDENCE_VOTES: same height, round and kind of vote, for two different blocks; the first is the lesser. */
	enum evidence_vote vote;
	uint64_t height; /* up to INT64_MAX */
	uint32_t round;  /* up to INT32_MAX */
	struct evidence_cast cast[2];
	/* EVIDENCE_SEALS: two headers, the first the lesser by bytes. */
	uint8_t header[2][SEALED_HEADER_LEN];
	struct validator_sig seal[2];
};

void op_register_validator_encode(struct wr *w, const struct op_register_validator *o);
MUST_USE bool op_register_validator_decode(struct op_register_validator *out, const void *bytes, size_t len);
void op_validator_encode(struct wr *w, const struct op_validator *o);
MUST_USE bool op_validator_decode(struct op_validator *out, const void *bytes, size_t len);
void op_bond_encode(struct wr *w, const struct op_bond *o);
MUST_USE bool op_bond_decode(struct op_bond *out, const void *bytes, size_t len);
void op_withdraw_encode(struct wr *w, const struct op_withdraw *o);
MUST_USE bool op_withdraw_decode(struct op_withdraw *out, const void *bytes, size_t len);
void op_vote_validators_encode(struct wr *w, const struct op_vote_validators *o);
MUST_USE bool op_vote_validators_decode(struct op_vote_validators *out, const void *bytes, size_t len);
void op_evidence_encode(struct wr *w, const struct op_evidence *o);
MUST_USE bool op_evidence_decode(struct op_evidence *out, const void *bytes, size_t len);

/* ---- the payload of action VALIDATORS ---- */

enum validators_change {
	CHANGE_WEIGHTS = 0, /* the members' votes for validators */
	CHANGE_RULE = 1,    /* another rule, or other parameters for it */
	CHANGE_JAIL = 2,    /* one validator is out until a time */
};
#define WEIGHTS_MAX 64

struct validator_weight {
	struct validator_key key;
	uint64_t weight; /* 0 takes it away */
};
struct action_validators {
	enum validators_change change;
	uint32_t n;                                /* CHANGE_WEIGHTS: 1.. */
	struct validator_weight list[WEIGHTS_MAX]; /* ascending by key, each once; who isn't listed keeps what he has */
	struct op_text rule;                       /* CHANGE_RULE */
	uint16_t rule_major;
	struct op_blob params;
	struct validator_key key; /* CHANGE_JAIL */
	struct unixtime until;    /* first second at which it may be unjailed */
};
void action_validators_encode(struct wr *w, const struct action_validators *a);
MUST_USE bool action_validators_decode(struct action_validators *out, const void *bytes, size_t len);

void wr_validator_key(struct wr *w, const struct validator_key *k);
void rd_validator_key(struct rd *r, struct validator_key *out);
int validator_key_cmp(const struct validator_key *a, const struct validator_key *b);

#endif
