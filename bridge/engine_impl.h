#ifndef TALLY_BRIDGE_ENGINE_IMPL_H
#define TALLY_BRIDGE_ENGINE_IMPL_H
/* For engines: what they share (engine.c), and what each of them brings. */
#include <uthash.h>

#include "bridge/engine.h"

struct engine_checks;
struct event_base;

struct engine_ops {
	const char *name;
	/* Let a checked transaction wait; one that waits already is fine. NULL, or a reason. */
	const char *(*enqueue)(struct engine *e, const struct hash256 *id, const void *bytes, size_t len);
	void (*wake)(struct engine *e);
	struct unixtime (*block_time)(const struct engine *e);
	const char *(*stalled)(const struct engine *e);
	size_t (*waiting)(const struct engine *e);
	void (*free)(struct engine *e); /* all but what engine_clear() releases */
};

struct engine_listener {
	engine_block_fn *block; /* NULL: has left */
	void *context;
};

struct engine_waiter {
	engine_taken_fn *taken; /* NULL: doesn't ask, or has been told */
	engine_done_fn *done;   /* NULL: has left */
	void *context;
	struct engine_waiter *next;
};

/* Who waits for one transaction. */
struct engine_ticket {
	struct hash256 id;
	struct engine_waiter *waiters; /* owned */
	UT_hash_handle hh;
};

/* The first member of each engine's own struct. */
struct engine {
	const struct engine_ops *ops;
	struct ledger *ledger; /* borrowed */
	struct store *store;   /* borrowed */
	struct account proposer;
	engine_fatal_fn *fatal;
	void *fatal_context;
	char stopped[400]; /* the fatal sentence; empty while it runs */
	struct hash256 *refused; /* owned */
	size_t refused_n;
	struct engine_listener *listeners; /* owned */
	size_t listeners_n;
	struct engine_checks *checks;  /* owned; NULL: signatures are checked at once */
	struct engine_ticket *tickets; /* owned, by id */
	struct engine_waiter *answering; /* being called just now */
};

/* Let threads check the signatures of what is submitted; without them, or when none can be started, engine_submit() does. */
void engine_start_checks(struct engine *e, struct event_base *base, unsigned threads);
/* Transactions whose signatures are being checked. */
size_t engine_checking(const struct engine *e);
void engine_clear(struct engine *e);
MUST_USE bool engine_stopped(const struct engine *e);
/* Stop for good. */
void engine_stop(struct engine *e, const char *what, const char *why);

void engine_waiters_free(struct engine_waiter *w);
void engine_waiters_forget(struct engine_waiter *w, const void *context);

/* A block stands. */
void engine_announce(struct engine *e, const struct ledger_block *b, const struct stored_transaction *txs, size_t n);
/* Tell all who wait for a transaction. */
void engine_answer(struct engine *e, const struct result *r, uint64_t height, uint32_t index);

#endif
