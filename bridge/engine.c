#include "bridge/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/engine_impl.h"

static void
waiters_free(struct engine_waiter *w)
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

	HASH_ITER (hh, e->tickets, t, next) {
		HASH_DEL(e->tickets, t);
		waiters_free(t->waiters);
		free(t);
	}
	free(e->listeners);
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
ticket_add(struct engine *e, const struct hash256 *id, engine_done_fn *done, void *context)
{
	struct engine_waiter *w = mem_new(1, sizeof(*w)), **last;
	struct engine_ticket *t;

	*w = (struct engine_waiter){ done, context, NULL };
	HASH_FIND(hh, e->tickets, id, sizeof(*id), t);
	if (t == NULL) {
		t = mem_new(1, sizeof(*t));
		t->id = *id;
		HASH_ADD(hh, e->tickets, id, sizeof(t->id), t);
	}
	for (last = &t->waiters; *last != NULL; last = &(*last)->next)
		;
	*last = w;
}

static void
refuse(struct result *r, const char *why)
{
	result_clear(r);
	r->code = RESULT_INVALID;
	r->reason = why;
}

void
engine_submit(struct result *checked, struct engine *e, const void *bytes, size_t len, engine_done_fn *done, void *context)
{
	const char *why;

	*checked = (struct result){ .code = RESULT_INVALID };
	if (engine_stopped(e)) {
		refuse(checked, "ENGINE_STOPPED");
		return;
	}
	ledger_check(checked, e->ledger, bytes, len, e->ops->block_time(e));
	if (checked->code != RESULT_OK)
		return;
	why = e->ops->enqueue(e, &checked->id, bytes, len);
	if (why != NULL)
		refuse(checked, why);
	else if (done != NULL)
		ticket_add(e, &checked->id, done, context);
}

static void
waiters_forget(struct engine_waiter *w, const void *context)
{
	for (; w != NULL; w = w->next) {
		if (w->context == context)
			w->done = NULL;
	}
}

void
engine_forget(struct engine *e, const void *context)
{
	struct engine_ticket *t, *next;

	waiters_forget(e->answering, context);
	HASH_ITER (hh, e->tickets, t, next)
		waiters_forget(t->waiters, context);
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
	e->answering = t->waiters;
	for (struct engine_waiter *w = t->waiters; w != NULL; w = w->next) {
		if (w->done != NULL)
			w->done(w->context, r, height, index);
	}
	e->answering = NULL;
	waiters_free(t->waiters);
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
	return e->ops->waiting(e);
}
