#ifndef TALLY_BRIDGE_GENESIS_VALIDATORS_H
#define TALLY_BRIDGE_GENESIS_VALIDATORS_H
/* The part "validators" of a genesis file; a file without it makes a chain without validators.
 *
 *   {"engine": "solo" or "cometbft", "chain_id", "epoch_seconds", "epoch_blocks", "unbonding", "vote_step", "slash", "min_self_bond",
 *    "asset": "coin" or an id, "rule", "rule_major", "rule_params", "list": [{"moniker", "key", "owner", "weight"}…]}
 *
 * slash is in ten-thousandths; min_self_bond is a decimal string of coin, or of base units of another asset. */
#include <jansson.h>

#include "bridge/complaint.h"
#include "token/validator.h"

/* Texts in *out are borrowed from v, rule_params from params. */
MUST_USE bool genesis_validators_parse(struct validators_genesis *out, uint8_t params[RULE_PARAMS_MAX], struct complaint *why, const json_t *v,
				       const char *hrp, bool regtest);
json_t *genesis_validators_json(const struct validators_genesis *g, const char *hrp);

/* ---- words of `tally genesis` ---- */

struct genesis_validators_making {
	struct validators_genesis g;
	uint8_t params[RULE_PARAMS_MAX];
	bool said; /* a validator was named */
	bool regtest;
	const char *hrp;     /* borrowed */
	char name[GENESIS_VALIDATORS_MAX][MONIKER_MAX + 1];
};
void genesis_validators_default(struct genesis_validators_making *m, const char *hrp, bool regtest);
/* *known: is it a word of this part? Then NULL, or what is wrong with its value (static). */
MUST_USE const char *genesis_validators_word(struct genesis_validators_making *m, bool *known, const char *word, const char *value);
/* The words, ended by NULL, and their lines of the usage. */
extern const char *const genesis_validators_words[];
extern const char genesis_validators_usage[];
/* Sort what was said; the chain id of the engine is the chain's own unless one was said. NULL, or what is wrong (static). */
MUST_USE const char *genesis_validators_conclude(struct genesis_validators_making *m, const char *chain_id);

#endif
