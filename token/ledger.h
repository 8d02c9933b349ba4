#ifndef TALLY_TOKEN_LEDGER_H
#define TALLY_TOKEN_LEDGER_H
/* The state machine: modules, a state, and blocks of transactions applied to it. No disk here (store.h), no clock, no engine. */
#include "token/module.h"

struct ledger;

/* What a chain starts from. Canonical bytes (wr_genesis) give the genesis id = taggedhash("tally/genesis", bytes). */
struct genesis_section {
	const char *module; /* borrowed */
	const uint8_t *bytes; /* borrowed */
	size_t len;
};
struct genesis {
	const char *chain_id; /* borrowed; 1..32 characters of a-z 0-9 - */
	const char *network;  /* main, testnet4, …: the main chain's */
	struct unixtime time;
	struct amount fee_base, fee_per_op; /* satoshi of asset 0 for each transaction and operation */
	const struct genesis_section *sections; /* ascending by module name, each once */
	size_t sections_n;
};
/* version u8 = 1 | chain_id varbytes | network varbytes | time i64 | fee_base u64 | fee_per_op u64 | count
 * | (name varbytes | bytes varbytes) … */
void wr_genesis(struct wr *w, const struct genesis *g);
void genesis_id(struct hash256 *out, const struct genesis *g);

/* modules: borrowed, in the fixed order in which genesis, end_block and invariants run. The genesis is borrowed for this call
 * only. */
struct ledger *ledger_new(const struct module *const *modules, size_t n, const struct genesis *g);
void ledger_free(struct ledger *l);

/* Fill an empty state from the genesis: NULL or what is wrong with it (static; the state is empty again). Not called when a
 * store has loaded a state. What was put is left unsettled, for the store to see by state_delta(). */
MUST_USE const char *ledger_start(struct ledger *l, const struct genesis *g);

/* Continue from stored blocks: the state was filled through ledger_state(). */
struct ledger_tip {
	uint64_t height; /* 0: nothing but genesis */
	struct unixtime time;
	struct hash256 hash;     /* of block `height`; at height 0 the genesis id */
	struct hash256 app_hash; /* state root after it */
};
void ledger_resume(struct ledger *l, const struct ledger_tip *tip);
struct ledger_tip ledger_tip(const struct ledger *l);
struct state *ledger_state(struct ledger *l);
const struct hash256 *ledger_genesis_id(const struct ledger *l);

enum result_code {
	RESULT_OK = 0,
	RESULT_FAILED = 1,  /* an operation was refused: fee and nonce only */
	RESULT_INVALID = 2, /* no effect, no fee; an engine of honest nodes leaves it out of a block */
};

struct result {
	enum result_code code;
	const char *reason; /* static; "OK" for success */
	uint32_t op_index;  /* of the refused operation */
	struct wr events;   /* owned; result_clear() */
	struct wr accounts; /* owned; 33 bytes (wr_account) each, none twice: whose history it joins */
	struct hash256 id;  /* transaction id; zero when it can't be decoded */
};
/* An empty result is all zeros, or what any function below filled; those write over what is there without releasing it. */
void result_clear(struct result *r);

/* Relay transactions in one block. */
#define LEDGER_RELAY_MAX 64

/* Why a transaction is INVALID, beside transaction.h's reasons: EXPIRED, NONCE_PAST, NONCE_FUTURE (not from ledger_check),
 * FEE_TOO_LOW, FEE_NOT_PAYABLE, UNKNOWN_OPERATION, WRONG_CARRIER (a relay operation in a signed transaction or the reverse),
 * RELAY_LIMIT; for a relay transaction NO_CHANGE or the module's reason. */

/* For a pool: decode, signatures, lifetime, nonce not in the past, fee payable; a relay transaction is tried and must change
 * something. time: of the block that it might join, not before the tip's. Changes nothing. A signature found good here is not
 * checked again later. */
void ledger_check(struct result *out, struct ledger *l, const void *bytes, size_t len, struct unixtime time);

/* Signatures cost most, and need nothing of the ledger but the genesis id: they can be checked elsewhere, in any number of threads.
 *
 * ledger_screen() is ledger_check() without them: *open says whether they are still to be checked (not those of a relay transaction,
 * nor any that are known to be good), *digest is SHA256 of the bytes. ledger_verify() checks those of any bytes: NULL, or a reason of
 * transaction.h; it may be called in any thread. ledger_verified() then tells the ledger that they are good, and it believes it: they
 * aren't checked again when the transaction is applied. */
void ledger_screen(struct result *out, struct hash256 *digest, bool *open, struct ledger *l, const void *bytes, size_t len,
		   struct unixtime time);
MUST_USE const char *ledger_verify(struct hash256 *digest, const void *bytes, size_t len, const struct hash256 *genesis_id);
void ledger_verified(struct ledger *l, const struct hash256 *digest);

/* Apply to a scratch copy as if in the next block at `time`: what would happen. The witness is not looked at, so this can be
 * asked before anybody signs. Changes nothing. */
void ledger_simulate(struct result *out, struct ledger *l, const void *bytes, size_t len, struct unixtime time);
/* The same, and `look` sees the state as it would be, before it is put back. */
typedef void ledger_look_fn(void *context, const struct state *after);
void ledger_try(struct result *out, struct ledger *l, const void *bytes, size_t len, struct unixtime time, ledger_look_fn *look,
		void *context);

/* Make a block: begin, apply any number, end; then commit or discard. time must not be before the tip's. */
void ledger_begin(struct ledger *l, struct unixtime time);
/* An INVALID transaction is part of the block too, without effect. */
void ledger_apply(struct result *out, struct ledger *l, const void *bytes, size_t len);
/* For who chooses what goes in: as ledger_apply(), but leaves an INVALID one out of the block and says false. */
MUST_USE bool ledger_offer(struct result *out, struct ledger *l, const void *bytes, size_t len);
/* Relay transactions that still fit into the block that is being made. */
size_t ledger_relay_room(const struct ledger *l);

/* Of the block that is being made, before ledger_end(): for what an engine itself has to tell a module, such as a validator's
 * misbehaviour. Its events and accounts become those of the block's own result. Good until ledger_end(). */
struct exec ledger_exec(struct ledger *l);

/* A sealed block. Header hash = taggedhash("tally/block", header bytes). */
struct ledger_block {
	uint64_t height;
	struct unixtime time;
	struct hash256 previous;
	struct hash256 transactions_root; /* of leaves taggedhash("tally/leaf", id | SHA256(bytes)) */
	struct hash256 results_root;      /* of leaves taggedhash("tally/result", result bytes), the block's own result last */
	struct hash256 app_hash;
	struct account proposer;
	struct schnorr_sig seal; /* of the engine, over the header hash; not part of it */
};
void wr_ledger_block(struct wr *w, const struct ledger_block *b);
void rd_ledger_block(struct rd *r, struct ledger_block *out);
void ledger_block_hash(struct hash256 *out, const struct ledger_block *b);

/* Root over leaves: nodes are taggedhash("tally/branch", left | right), the last of an odd row goes up as it is; zero for no
 * leaf. Works in place: the leaves are gone. */
void ledger_merkle_root(struct hash256 *out, struct hash256 *leaves, size_t n);
/* code u8 | reason varbytes | op_index u32 | events varbytes | id */
void wr_result(struct wr *w, const struct result *r);

/* Run end_block of all modules and compute the roots. proposer is the sealing engine's. *why: NULL, or the broken invariant:
 * then the caller must discard and stop. */
MUST_USE bool ledger_end(struct ledger_block *out, const char **why, struct ledger *l, const struct account *proposer);
/* Of the block that is being made, after ledger_end(): events and accounts of the modules' end_block; id zero. Borrowed until
 * commit or discard. */
const struct result *ledger_block_result(const struct ledger *l);
void ledger_commit(struct ledger *l, const struct ledger_block *b);
/* At any time after ledger_begin(): as if it hadn't been called. */
void ledger_discard(struct ledger *l);

/* Earliest time at which a block is due with nothing to send; false for none. */
MUST_USE bool ledger_next_deadline(const struct ledger *l, struct unixtime *out);

/* The next nonce to use. */
uint64_t ledger_nonce(const struct state *s, const struct account *who);
/* The least fee of a transaction with n operations. */
struct amount ledger_fee(const struct ledger *l, size_t ops_n);
/* The fee parameters, which governance may change; false when they could overflow. */
MUST_USE bool ledger_set_fees(struct state *s, struct amount base, struct amount per_op);
void ledger_get_fees(const struct state *s, struct amount *base, struct amount *per_op);

/* Every module's invariants; NULL or the broken one. Those that each block checks for what it changed are checked in full even when not
 * `deep`: at the start of a process, say. */
MUST_USE const char *ledger_invariants(const struct ledger *l, bool deep);

#endif
