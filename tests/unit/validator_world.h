#ifndef TALLY_TESTS_VALIDATOR_WORLD_H
#define TALLY_TESTS_VALIDATOR_WORLD_H
/* A world with validators under CometBFT: keys of which the tests know the secret, and the three shipped rules. */
#include "base/ed25519.h"
#include "tests/unit/world.h"
#include "token/validator.h"

#define VALIDATOR_CHAIN_ID "tally-regtest"
#define VALIDATOR_KEYS 12 /* the first four are in the genesis, with a weight of 10 each, owned by people 0..3 */
#define VALIDATOR_EPOCH 1000
#define VALIDATOR_UNBONDING 5000
#define VALIDATOR_STEP 500

const struct tally_plugin *valsel_poa_entry(void);
const struct tally_plugin *valsel_pos_entry(void);
const struct tally_plugin *valsel_dpos_entry(void);

/* Validators come to life in a world that has just been made. min_self_bond 100, slash 5 %. rule "poa", "pos" or "dpos" with fitting parameters:
 * pos: 8 at most, 10 units for one of power, 100 of its own; dpos: 4 delegates, 4 steps, nothing of its own. */
void validators_begin(struct world *w, const char *rule);
/* The same, from a section of the test's own. */
void validators_begin_with(struct world *w, const struct validators_genesis *g);
/* The first four, with the numbers above; rule valsel_poa. */
void validators_usual(const struct world *w, struct validators_genesis *out);

struct validator_key validator_key_at(size_t i);
struct ed25519_seed validator_seed_at(size_t i);
/* Operations of a person on key number i. */
void validator_registration(struct wr *payload, const struct world *w, size_t person, size_t i, uint64_t self_bond);
const char *validator_register(struct world *w, size_t person, size_t i, uint64_t self_bond);
const char *validator_do(struct world *w, size_t person, uint16_t number, size_t i);           /* RETIRE_VALIDATOR, UNJAIL */
const char *validator_bond(struct world *w, size_t person, uint16_t number, size_t i, uint64_t units); /* BOND, UNBOND */
const char *validator_withdraw(struct world *w, size_t person);
const char *validator_vote(struct world *w, size_t person, size_t i, uint64_t units); /* all for one; 0 units: none */
/* Two votes of key i for two blocks. */
void validator_two_votes(struct op_evidence *out, size_t i, uint64_t height);
const char *validator_report(struct world *w, size_t person, const struct op_evidence *e);
const char *validators_decide(struct world *w, const struct action_validators *a); /* as DAO 0 */
struct validator validator_at(const struct world *w, size_t i);
uint64_t validator_power_of(const struct world *w, size_t i);
/* Blocks until the epoch has ended. */
void validators_epoch_end(struct world *w);
/* Why the epoch that has just ended left the set alone; "" when it didn't. */
const char *validators_epoch_said(const struct world *w);

#endif
