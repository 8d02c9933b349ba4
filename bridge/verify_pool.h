#ifndef TALLY_BRIDGE_VERIFY_POOL_H
#define TALLY_BRIDGE_VERIFY_POOL_H
/* Threads that check transactions' signatures (ledger_verify). They see bytes and a genesis id, nothing else of the program. All
 * functions here are for the one thread that made the pool.
 *
 *   given -> waits -> checked by some thread -> done -> taken back */
#include "base/hash.h"

struct verify_pool;

/* One transaction. The owner keeps job and bytes alive and untouched from give until take. */
struct verify_job {
	const uint8_t *bytes;
	size_t len;
	struct hash256 digest; /* out: SHA256 of the bytes */
	const char *why;       /* out: NULL, or the reason (static) why they are refused */
	struct verify_job *next; /* the pool's; in the list that take gives, the next one */
};

/* Called in one of the pool's threads when a job is done and none was before: to make the owner's loop look. Must not call the pool. */
typedef void verify_wake_fn(void *context);

/* threads: at least 1, at most VERIFY_THREADS_MAX of them. wake may be NULL. NULL when not even one thread can be started. */
#define VERIFY_THREADS_MAX 64
MUST_USE struct verify_pool *verify_pool_new(const struct hash256 *genesis_id, unsigned threads, verify_wake_fn *wake, void *context);
/* Waits for what is being checked just now. Jobs that were not taken back are the owner's again, checked or not. NULL is fine. */
void verify_pool_free(struct verify_pool *p);

void verify_pool_give(struct verify_pool *p, struct verify_job *job);
/* The jobs that are done, in any order; NULL for none. */
struct verify_job *verify_pool_take(struct verify_pool *p);
/* Work with the threads until nothing that was given is left to do; then take gives it. */
void verify_pool_finish(struct verify_pool *p);

/* Threads that fit this machine: the processors that this process may use. */
unsigned verify_pool_threads(void);

#endif
