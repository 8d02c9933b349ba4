#ifndef TALLY_TOKEN_VALIDATOR_PARTS_H
#define TALLY_TOKEN_VALIDATOR_PARTS_H
/* What the files of validators share among themselves; others include validator.h. */
#include "token/plugin_host.h"
#include "token/statekey.h"
#include "token/validator.h"

/* ---- records (validator_record.c, validator_store.c) ---- */

struct statekey validator_statekey(char table, const struct validator_key *key);
void validators_put_params(struct state *s, const struct validators_params *p);
void validators_put_rule(struct state *s, const struct op_text *name, uint16_t major, const struct op_blob *params);
/* Writes it, and keeps the indexes by owner, weight and units behind it right. `old`: as it was stored; NULL: it is new. */
void validator_put(struct state *s, const struct validator *v, const struct validator *old);

void bond_put(struct state *s, const struct account *who, const struct validator_key *key, uint64_t units);
void ballot_put(struct state *s, const struct account *who, const struct ballot_validators *b);
/* Add to (or take from) what ballots of a step give a validator. */
void validator_votes_add(struct state *s, const struct validator_key *key, uint64_t step, uint64_t units);
void validator_votes_sub(struct state *s, const struct validator_key *key, uint64_t step, uint64_t units);
/* A new entry; u->number is set. */
void unbonding_put(struct state *s, const struct account *who, struct unbonding *u);
void unbonding_delete(struct state *s, const struct account *who, const struct unbonding *u);

/* Units that have ever left a validator, up to the end of an epoch; counted modulo 2^64. */
uint64_t left_until(const struct state *s, const struct validator_key *key, uint64_t epoch);
void left_add(struct state *s, const struct validator_key *key, uint64_t epoch, uint64_t units);

void validators_put_set(struct state *s, const struct validator_set *set);
void validators_put_updates(struct state *s, uint64_t height, const struct validator_power *list, size_t n);

void epoch_put(struct state *s, const struct validators_epoch *e);
/* Where an epoch began; false when it is forgotten or hasn't come. */
MUST_USE bool epoch_began(const struct state *s, uint64_t number, uint64_t *first_height, struct unixtime *began);
void epoch_forget(struct state *s, uint64_t number);

/* The oldest epoch that is remembered. */
uint64_t epoch_oldest(const struct state *s);
void epoch_set_oldest(struct state *s, uint64_t number);
/* The epoch of a height: false when it is forgotten. */
MUST_USE bool epoch_of_height(const struct state *s, uint64_t *number, uint64_t height);

/* Candidates for the rule, ascending by key; how many. */
size_t candidates_collect(struct validator_key out[TALLY_CANDIDATES_MAX], const struct state *s);
size_t weights_count(const struct state *s);

/* ---- sets (validator_set.c): nothing of the state ---- */

struct answer {
	size_t n;
	struct answered {
		struct validator_key key;
		int64_t power;
	} list[TALLY_CANDIDATES_MAX];
};
/* A sound answer becomes a set, the strongest VALIDATORS_MAX of it. NULL, or ANSWER_EMPTY, ANSWER_DUPLICATE, ANSWER_UNKNOWN_KEY,
 * ANSWER_BAD_POWER, ANSWER_TOO_FEW. candidates: ascending by key. */
MUST_USE const char *validator_set_clean(struct validator_set *out, const struct answer *a, const struct validator_key *candidates, size_t n,
					 size_t least);

#define POWER_WHOLE 1000000000u /* billionths */
#define POWER_CHANGE_MAX (POWER_WHOLE / 3)
/* The share of power that isn't where it was: half the sum of differences of shares, in billionths, rounded up. A third exactly is
 * POWER_CHANGE_MAX. */
uint32_t validator_set_change(const struct validator_set *from, const struct validator_set *to);
/* The whole way from one set to another, or as far as `budget` billionths go: then powers are in billionths of all. False when there is no
 * step that keeps within the budget and leaves `least`: stay. */
MUST_USE bool validator_set_step(struct validator_set *out, const struct validator_set *from, const struct validator_set *to, uint32_t budget,
				 size_t least);
/* What differs, ascending by key; out holds 2 * VALIDATOR_SET_MAX. */
size_t validator_set_diff(struct validator_power *out, const struct validator_set *from, const struct validator_set *to);

/* ---- money (validator_bond.c) ---- */

MUST_USE const char *bond_add(struct exec *x, const struct account *who, struct validator *v, uint64_t units);
MUST_USE const char *bond_remove(struct exec *x, const struct account *who, struct validator *v, uint64_t units);
MUST_USE const char *bond_withdraw(struct exec *x, const struct account *who);
MUST_USE const char *ballot_cast(struct exec *x, const struct account *who, const struct op_vote_validators *o);
/* The validator has signed twice at that height: it loses its share and is out for ever. */
MUST_USE const char *validator_convict(struct exec *x, const struct validator_key *key, uint64_t height);

/* ---- evidence (validator_evidence.c) ---- */

MUST_USE bool validator_key_usable(enum validators_engine e, const struct validator_key *key);
MUST_USE bool validator_signed(enum validators_engine e, const struct validator_key *key, const struct validator_sig *sig, const struct hash256 *hash);
/* Is this a proof? *height: of the offence. */
MUST_USE const char *evidence_check(uint64_t *height, const struct validators_params *p, const struct op_evidence *e);

/* ---- epochs (validator_epoch.c) ---- */

#define VALIDATORS_LEAST(engine) ((size_t)((engine) == ENGINE_COMETBFT ? 4 : 1))
void validators_start(struct exec *x, const struct validators_params *p, const struct validator_set *first);
/* Out of the set with the end of this block, if that leaves enough; else at the end of the epoch. */
void validators_throw_out(struct exec *x, const struct validator_key *key);
void validators_end_block(struct exec *x);
MUST_USE const char *validators_rule_check(struct exec *x, const struct validators_rule *r);

/* ---- the whole state, checked (validator_check.c) ---- */

const char *validators_invariants(const struct state *s, bool deep);

#endif
