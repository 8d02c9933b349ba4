#ifndef TALLY_BRIDGE_ENGINE_H
#define TALLY_BRIDGE_ENGINE_H
/* Who orders the blocks. One interface, several engines behind it (engine_solo.h). An engine owns the making of blocks: it
 * alone calls ledger_begin .. ledger_commit and store_block, from the event loop. Everyone else submits transactions, listens
 * to blocks, and reads the ledger between blocks (which is whenever his own code runs: nothing here is called from another
 * thread or from inside a block).
 *
 *   engine_submit: checked, then waits -> joins a block -> block durable on disk -> listeners in order of listening, then done()
 *
 * Signatures are checked by threads of the engine's own meanwhile; each once.
 *
 * When a block can't be stored or an invariant breaks, the block is dropped whole, the engine stops for good and says why
 * through fatal(); waiting transactions get no answer, and nothing half done remains anywhere. */
#include "base/clock.h"
#include "token/ledger.h"
#include "token/store.h"

struct engine;

/* What became of a submitted transaction. height 0: it did not join a block (result->code is RESULT_INVALID). The result is
 * borrowed. Never called from inside engine_submit(). The callee may submit, listen and forget; it must not free the engine. */
typedef void engine_done_fn(void *context, const struct result *result, uint64_t height, uint32_t index);

/* The transaction's signatures are good and it waits for a block. May be called from inside engine_submit(). */
typedef void engine_taken_fn(void *context, const struct hash256 *id);

/* A block stands: durable, and the ledger's tip. Everything is borrowed. The same rules as for engine_done_fn. */
typedef void engine_block_fn(void *context, const struct ledger_block *block, const struct stored_transaction *txs, size_t n);

/* The engine stopped for good. why is a sentence, borrowed. Called once. */
typedef void engine_fatal_fn(void *context, const char *why);

/* Check a transaction and let it wait for a block. checked: the verdict on all but its signatures (the caller clears it with
 * result_clear()); only after RESULT_OK does done (may be NULL) get called, once, with context: with the transaction's result, or
 * with what is wrong with the signatures. The bytes are copied. A transaction that waits already is not queued again: both
 * submitters get its result. Reasons of the engine's own: POOL_FULL, ENGINE_STOPPED. */
void engine_submit(struct result *checked, struct engine *e, const void *bytes, size_t len, engine_done_fn *done, void *context);
/* The same for who wants to know before the block that the signatures are good: taken is called once, unless done is. */
void engine_submit_taken(struct result *checked, struct engine *e, const void *bytes, size_t len, engine_taken_fn *taken,
			 engine_done_fn *done, void *context);
/* Call no done() or taken() any more that was given with this context: who waited is gone. */
void engine_forget(struct engine *e, const void *context);

/* These transactions are INVALID whatever the ledger says, with RULE_CRASHED: carrying them out ended the process. Copied. */
void engine_refuse(struct engine *e, const struct hash256 *ids, size_t n);

void engine_listen(struct engine *e, engine_block_fn *block, void *context);
void engine_unlisten(struct engine *e, engine_block_fn *block, const void *context);

/* Look at clock, deadlines and the main chain's tip again, in the next turn of the loop: something outside has changed. */
void engine_wake(struct engine *e);

/* Time that a block would have if it were made now: for ledger_simulate(). */
struct unixtime engine_block_time(const struct engine *e);

/* NULL while blocks can be made, else why not, for a person (static, or the fatal sentence). */
MUST_USE const char *engine_stalled(const struct engine *e);

/* "solo" */
const char *engine_name(const struct engine *e);
/* Transactions that wait, those whose signatures are being checked among them. */
size_t engine_waiting(const struct engine *e);

/* Drops what waits without calling done(). */
void engine_free(struct engine *e);

#endif
