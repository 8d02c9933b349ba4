#ifndef TALLY_TOKEN_LEDGER_IMPL_H
#define TALLY_TOKEN_LEDGER_IMPL_H
/* The inside of a ledger, shared by ledger.c (what it is), ledger_run.c (one transaction) and ledger_block.c (blocks). */
#include "token/ledger.h"
#include "token/verified.h"

struct ledger {
	const struct module **modules; /* owned array of borrowed modules */
	size_t modules_n;
	const struct op_info **ops; /* owned array of the modules' own; ascending by number */
	size_t ops_n;
	struct state *state; /* owned */
	struct hash256 genesis_id;
	struct account fee_fund;
	bool regtest;
	struct ledger_tip tip;
	struct verified *verified; /* owned; transactions whose signatures are good */

	/* The block that is being made. */
	bool open, ended;
	struct block_env env;
	size_t mark; /* of the state before it */
	struct hash256 *leaves, *results; /* owned */
	size_t txs_n, cap;
	size_t relay_n;
	struct result end;
	struct ledger_block block;
};

/* The environment of the block after the tip. */
struct block_env ledger_env(const struct ledger *l, struct unixtime time);

/* Run one transaction in an environment; digest: SHA256 of its bytes, for a signed one's signatures (NULL: they aren't looked
 * at). */
void ledger_run(struct result *out, struct ledger *l, const struct block_env *env, const void *bytes, size_t len,
		const struct hash256 *digest, bool *relay);

const struct op_info *ledger_find_op(const struct ledger *l, uint16_t number);

#endif
