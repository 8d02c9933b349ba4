#ifndef TALLY_BRIDGE_GENESIS_FILE_H
#define TALLY_BRIDGE_GENESIS_FILE_H
/* The genesis file: JSON that people can read, for the canonical bytes that a chain starts from (token/ledger.h). Every
 * number stands in it, so its meaning does not change with the defaults of a version.
 *
 *   {"tallystick_genesis": 1, "chain_id", "network", "time", "fee_base", "fee_per_op",
 *    "peg":        {"anchor": {"height", "header", "times", "work"}, "params": {…}, "federation": {"k", "members": [{"name",
 * "key", "account"}], "r", "recovery": [key…]}}, "assets":     {"creation_fee"}, "governance": {"creation_fee", "council":
 * {…}},       (council is DAO 0; may be absent) "rules":      [{"name", "kind", "version", "file", "from_height"}…],
 *    "validators": {…} (may be absent; genesis_validators.h)}
 *
 * Amounts are decimal strings of coin. */
#include <jansson.h>

#include "bridge/complaint.h"
#include "bridge/peg/params.h"
#include "token/ledger.h"
#include "token/ops.h"
#include "token/validator.h"

#define GENESIS_RULES_MAX 64
#define GENESIS_FILE_MAX 1000000

struct genesis_file {
	json_t *json; /* owned; texts below are borrowed from it */
	const char *chain_id;
	const struct chain_params *chain;
	struct unixtime time;
	struct amount fee_base, fee_per_op;
	struct peg_params peg;
	struct federation federation;
	struct amount asset_fee, dao_fee;
	bool has_council;
	struct op_create_dao council;
	uint8_t council_params[RULE_PARAMS_MAX];
	size_t rules_n;
	struct action_plugin_approve rules[GENESIS_RULES_MAX];
	bool has_validators;
	struct validators_genesis validators;
	uint8_t validators_params[RULE_PARAMS_MAX];
};

/* *out must be released with genesis_file_clear() when true comes back; it is large: keep it off small stacks. */
MUST_USE bool genesis_file_parse(struct genesis_file *out, struct complaint *why, const char *text, size_t len);
MUST_USE bool genesis_file_read(struct genesis_file *out, struct complaint *why, const char *path);
void genesis_file_clear(struct genesis_file *f);

/* Text of a genesis; f->json is not looked at. Owned by the caller. */
char *genesis_file_text(const struct genesis_file *f);

/* The canonical genesis, borrowing from itself and from the file: init, use, clear. */
struct genesis_bytes {
	struct genesis genesis;
	struct genesis_section sections[5];
	struct wr bytes[5];
};
void genesis_bytes_init(struct genesis_bytes *out, const struct genesis_file *f);
void genesis_bytes_clear(struct genesis_bytes *b);

/* "tlyr" on regtest, else "tly". */
const char *genesis_account_hrp(const struct chain_params *chain);

#endif
