#include "bridge/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/engine_checks.h"
#include "bridge/engine_impl.h"

void
engine_waiters_free(struct engine_waiter *w)
{
	while (w != NULL) {
		struct engine_waiter *next = w->next;

		free(w);
		w = next;
	}
}

void
engine_clear(struct engine *e)
{
	struct engine_ticket *t, *next;

	engine_checks_free(e->checks);
	HASH_ITER (hh, e->tickets, t, next) {
		HASH_DEL(e->tickets, t);
		engine_waiters_free(t->waiters);
		free(t);
	}
	free(e->listeners);
	free(e->refused);
}

void
engine_free(struct engine *e)
{
	if (e != NULL)
		e->ops->free(e);
}

bool
engine_stopped(const struct engine *e)
{
	return e->stopped[0] != '\0';
}

void
engine_stop(struct engine *e, const char *what, const char *why)
{
	if (engine_stopped(e))
		return;
	snprintf(e->stopped, sizeof(e->stopped), "%s: %s", what, why);
	log_line("engine", LOG_ERROR, "stopped: %s", e->stopped);
	if (e->fatal != NULL)
		e->fatal(e->fatal_context, e->stopped);
}

static void
waiters_append(struct engine_waiter **list, struct engine_waiter *more)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = more;
}

static struct engine_waiter *
waiter_new(engine_taken_fn *taken, engine_done_fn *done, void *context)
{
	struct engine_waiter *w = mem_new(1, sizeof(*w));

	*w = (struct engine_waiter){ taken, done, context, NULL };
	return w;
}

/* The ticket takes the waiters. */
static void
ticket_add(struct engine *e, const struct hash256 *id, struct engine_waiter *waiters)
{
	struct engine_ticket *t;

	HASH_FIND(hh, e->tickets, id, sizeof(*id), t);
	if (t == NULL) {
		t = mem_new(1, sizeof(*t));
		t->id = *id;
		HASH_ADD(hh, e->tickets, id, sizeof(t->id), t);
	}
	waiters_append(&t->waiters, waiters);
}

static void
refuse(struct result *r, const char *why)
{
	result_clear(r);
	r->code = RESULT_INVALID;
	r->reason = why;
}

/* Call the waiters, which are in no list any more, and release them. */
static void
answer(struct engine *e, struct engine_waiter *waiters, const struct result *r, uint64_t height, uint32_t index)
{
	e->answering = waiters;
	for (struct engine_waiter *w = waiters; w != NULL; w = w->next) {
		if (w->done != NULL)
			w->done(w->context, r, height, index);
	}
	e->answering = NULL;
	engine_waiters_free(waiters);
}

/* It waits for a block now. */
static void
tell_taken(struct engine *e, struct engine_waiter *waiters, const struct hash256 *id)
{
	e->answering = waiters;
	for (struct engine_waiter *w = waiters; w != NULL; w = w->next) {
		engine_taken_fn *taken = w->taken;

		w->taken = NULL;
		if (taken != NULL)
			taken(w->context, id);
	}
	e->answering = NULL;
}

void
engine_refuse(struct engine *e, const struct hash256 *ids, size_t n)
{
	e->refused = mem_resize(e->refused, n, sizeof(*ids));
	if (n > 0)
		memcpy(e->refused, ids, n * sizeof(*ids));
	e->refused_n = n;
}

static bool
is_refused(const struct engine *e, const struct hash256 *id)
{
	for (size_t i = 0; i < e->refused_n; i++) {
		if (hash256_eq(&e->refused[i], id))
			return true;
	}
	return false;
}

/* The threads have looked at a transaction's signatures. */
static void
on_checked(void *context, struct engine_check *c)
{
	struct engine *e = context;
	struct engine_waiter *waiters = c->waiters;
	const char *why = c->job.why;
	struct result r = { .id = c->id };

	if (engine_stopped(e))
		return;
	c->waiters = NULL;
	if (why == NULL) {
		ledger_verified(e->ledger, &c->digest);
		why = e->ops->enqueue(e, &c->id, c->bytes, c->job.len);
	}
	if (why != NULL) {
		refuse(&r, why);
		answer(e, waiters, &r, 0, 0);
	} else {
		tell_taken(e, waiters, &c->id);
		ticket_add(e, &c->id, waiters);
	}
}

void
engine_start_checks(struct engine *e, struct event_base *base, unsigned threads)
{
	if (threads > 0)
		e->checks = engine_checks_new(base, ledger_genesis_id(e->ledger), threads, on_checked, e);
	if (threads > 0 && e->checks == NULL)
		log_line("engine", LOG_WARN, "no thread can be started: signatures are checked one after the other");
}

size_t
engine_checking(const struct engine *e)
{
	return e->checks != NULL ? engine_checks_count(e->checks) : 0;
}

void
engine_submit_taken(struct result *checked, struct engine *e, const void *bytes, size_t len, engine_taken_fn *taken,
		    engine_done_fn *done, void *context)
{
	struct engine_check *check = NULL;
	struct hash256 digest;
	bool open = false;
	const char *why = NULL;

	*checked = (struct result){ .code = RESULT_INVALID };
	if (engine_stopped(e)) {
		refuse(checked, "ENGINE_STOPPED");
		return;
	}
	if (e->checks != NULL)
		ledger_screen(checked, &digest, &open, e->ledger, bytes, len, e->ops->block_time(e));
	else
		ledger_check(checked, e->ledger, bytes, len, e->ops->block_time(e));
	if (checked->code != RESULT_OK)
		return;
	if (is_refused(e, &checked->id))
		why = "RULE_CRASHED";
	else if (open && (check = engine_checks_begin(e->checks, &digest, &checked->id, bytes, len)) == NULL)
		why = "POOL_FULL";
	else if (!open)
		why = e->ops->enqueue(e, &checked->id, bytes, len);
	if (why != NULL) {
		refuse(checked, why);
	} else if (check != NULL) {
		waiters_append(&check->waiters, waiter_new(taken, done, context));
	} else {
		if (done != NULL)
			ticket_add(e, &checked->id, waiter_new(NULL, done, context));
		if (taken != NULL)
			taken(context, &checked->id);
	}
}

void
engine_submit(struct result *checked, struct engine *e, const void *bytes, size_t len, engine_done_fn *done, void *context)
{
	engine_submit_taken(checked, e, bytes, len, NULL, done, context);
}

void
engine_waiters_forget(struct engine_waiter *w, const void *context)
{
	for (; w != NULL; w = w->next) {
		if (w->context == context) {
			w->taken = NULL;
			w->done = NULL;
		}
	}
}

void
engine_forget(struct engine *e, const void *context)
{
	struct engine_ticket *t, *next;

	engine_waiters_forget(e->answering, context);
	if (e->checks != NULL)
		engine_checks_forget(e->checks, context);
	HASH_ITER (hh, e->tickets, t, next)
		engine_waiters_forget(t->waiters, context);
}

void
engine_answer(struct engine *e, const struct result *r, uint64_t height, uint32_t index)
{
	struct engine_ticket *t;

	HASH_FIND(hh, e->tickets, &r->id, sizeof(r->id), t);
	if (t == NULL)
		return;
	/* Out of the table first: a callee may submit the same transaction again. */
	HASH_DEL(e->tickets, t);
	answer(e, t->waiters, r, height, index);
	free(t);
}

void
engine_listen(struct engine *e, engine_block_fn *block, void *context)
{
	e->listeners = mem_resize(e->listeners, e->listeners_n + 1, sizeof(*e->listeners));
	e->listeners[e->listeners_n++] = (struct engine_listener){ block, context };
}

void
engine_unlisten(struct engine *e, engine_block_fn *block, const void *context)
{
	for (size_t i = 0; i < e->listeners_n; i++) {
		if (e->listeners[i].block == block && e->listeners[i].context == context)
			e->listeners[i].block = NULL;
	}
}

void
engine_announce(struct engine *e, const struct ledger_block *b, const struct stored_transaction *txs, size_t n)
{
	size_t now = e->listeners_n, kept = 0;

	for (size_t i = 0; i < now; i++) { /* the array may move meanwhile */
		struct engine_listener l = e->listeners[i];

		if (l.block != NULL)
			l.block(l.context, b, txs, n);
	}
	for (size_t i = 0; i < e->listeners_n; i++) {
		if (e->listeners[i].block != NULL)
			e->listeners[kept++] = e->listeners[i];
	}
	e->listeners_n = kept;
}

void
engine_wake(struct engine *e)
{
	if (!engine_stopped(e))
		e->ops->wake(e);
}

struct unixtime
engine_block_time(const struct engine *e)
{
	return e->ops->block_time(e);
}

const char *
engine_stalled(const struct engine *e)
{
	return engine_stopped(e) ? e->stopped : e->ops->stalled(e);
}

const char *
engine_name(const struct engine *e)
{
	return e->ops->name;
}

size_t
engine_waiting(const struct engine *e)
{
	return e->ops->waiting(e) + engine_checking(e);
}
