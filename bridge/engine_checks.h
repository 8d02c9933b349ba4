#ifndef TALLY_BRIDGE_ENGINE_CHECKS_H
#define TALLY_BRIDGE_ENGINE_CHECKS_H
/* Submitted transactions whose signatures are being checked by a pool of threads, with those who wait for the verdict. Found by
 * the digest of all bytes, not by the transaction's id: the same body may come with another, wrong, witness. */
#include <event2/event.h>
#include <uthash.h>

#include "bridge/engine_impl.h"
#include "bridge/verify_pool.h"

struct engine_check {
	struct verify_job job;
	struct hash256 digest; /* of all bytes; the threads write to their own copy in job */
	struct hash256 id;
	uint8_t *bytes; /* owned */
	struct engine_waiter *waiters; /* owned */
	UT_hash_handle hh;
};

struct engine_checks;

/* A verdict is there: job.why. Called from the loop; the check is gone after it but for what the callee took out (it sets bytes or
 * waiters to NULL then). */
typedef void engine_checked_fn(void *context, struct engine_check *c);

/* NULL when no thread can be started. */
struct engine_checks *engine_checks_new(struct event_base *base, const struct hash256 *genesis_id, unsigned threads,
					engine_checked_fn *checked, void *context);
/* Drops what is under way. NULL is fine. */
void engine_checks_free(struct engine_checks *k);

/* The check of these bytes, begun now unless it is under way; NULL when too many are. */
struct engine_check *engine_checks_begin(struct engine_checks *k, const struct hash256 *digest, const struct hash256 *id,
					 const void *bytes, size_t len);
/* How many are under way. */
size_t engine_checks_count(const struct engine_checks *k);
/* Forget who waits with this context. */
void engine_checks_forget(struct engine_checks *k, const void *context);

#endif
