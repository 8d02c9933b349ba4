#ifndef TALLY_BRIDGE_WRITES_H
#define TALLY_BRIDGE_WRITES_H
/* Transactions of RPC calls on their way into a block: nonces given out, answers owed, idempotency keys. One for a daemon. */
#include "bridge/engine.h"
#include "bridge/rpc_write.h"

struct event_base;
struct writes;

#define WRITES_WAIT_MS 55000 /* then a call is answered "timed out"; the transaction goes on */

MUST_USE struct writes *writes_new(struct event_base *base, struct engine *e, struct ledger *l, struct store *s);
/* Calls under way get no answer. NULL is fine. */
void writes_free(struct writes *w);

/* The payer's nonce for a new transaction: after those of his that are on their way. */
uint64_t writes_nonce(const struct writes *w, const struct account *payer);

struct write_order {
	const uint8_t *bytes; /* borrowed: the whole transaction */
	size_t len;
	bool has_payer;
	struct account payer;
	uint64_t nonce;
	bool own; /* made by this daemon, which can make another with a later nonce */
	bool wait;
	const char *key; /* idempotency key, or NULL; the caller has looked it up */
	rpc_written_fn *finish;
};
/* Submit for a call; answers it in the end. */
void writes_submit(struct writes *w, struct rpc_call *c, const struct write_order *order);

/* What was submitted under a key for the same method and parameters: WRITES_KNOWN, bytes appended to *bytes. WRITES_OTHER
 * when it was another call. */
enum writes_known { WRITES_NEW, WRITES_KNOWN, WRITES_OTHER };
MUST_USE enum writes_known writes_find_key(struct writes *w, struct wr *bytes, const struct rpc_call *c, const char *key);
/* Answer with what became of a stored transaction; false when it stands in no block. */
MUST_USE bool writes_answer_stored(struct writes *w, struct rpc_call *c, const struct hash256 *id, rpc_written_fn *finish);

#endif
