#include "bridge/engine_checks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

/* What may wait for its signatures: some seconds' work. */
#define COUNT_MAX 50000
#define BYTES_MAX 16000000

struct engine_checks {
	struct verify_pool *pool; /* owned */
	engine_checked_fn *checked;
	void *context;
	struct engine_check *all; /* owned, by digest */
	size_t bytes;
	int wake;            /* eventfd that the threads write */
	struct event *event; /* owned */
};

/* In one of the pool's threads. */
static void
wake_up(void *context)
{
	const struct engine_checks *k = context;
	uint64_t one = 1;
	/* Fails only when the counter is full, and then the loop is to wake up already. */
	ssize_t n = write(k->wake, &one, sizeof(one));

	(void)n;
}

static void
check_free(struct engine_check *c)
{
	engine_waiters_free(c->waiters);
	free(c->bytes);
	free(c);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct engine_checks *k = arg;
	struct verify_job *job, *next;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return;
	for (job = verify_pool_take(k->pool); job != NULL; job = next) {
		struct engine_check *c = (struct engine_check *)job; /* the first member */

		next = job->next;
		HASH_DEL(k->all, c);
		k->bytes -= c->job.len;
		k->checked(k->context, c);
		check_free(c);
	}
}

struct engine_checks *
engine_checks_new(struct event_base *base, const struct hash256 *genesis_id, unsigned threads, engine_checked_fn *checked, void *context)
{
	struct engine_checks *k = mem_new(1, sizeof(*k));

	k->checked = checked;
	k->context = context;
	k->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	k->pool = k->wake < 0 ? NULL : verify_pool_new(genesis_id, threads, wake_up, k);
	if (k->pool == NULL) {
		engine_checks_free(k);
		return NULL;
	}
	k->event = event_new(base, k->wake, EV_READ | EV_PERSIST, on_wake, k);
	assert(k->event != NULL);
	event_add(k->event, NULL);
	return k;
}

void
engine_checks_free(struct engine_checks *k)
{
	struct engine_check *c, *next;

	if (k == NULL)
		return;
	verify_pool_free(k->pool);
	HASH_ITER (hh, k->all, c, next) {
		HASH_DEL(k->all, c);
		check_free(c);
	}
	if (k->event != NULL)
		event_free(k->event);
	if (k->wake >= 0)
		close(k->wake);
	free(k);
}

struct engine_check *
engine_checks_begin(struct engine_checks *k, const struct hash256 *digest, const struct hash256 *id, const void *bytes, size_t len)
{
	struct engine_check *c;

	HASH_FIND(hh, k->all, digest, sizeof(*digest), c);
	if (c != NULL)
		return c;
	if (HASH_COUNT(k->all) >= COUNT_MAX || k->bytes + len > BYTES_MAX)
		return NULL;
	c = mem_new(1, sizeof(*c));
	c->bytes = mem_dup(bytes, len);
	c->job = (struct verify_job){ .bytes = c->bytes, .len = len };
	c->digest = *digest;
	c->id = *id;
	HASH_ADD(hh, k->all, digest, sizeof(c->digest), c);
	k->bytes += len;
	verify_pool_give(k->pool, &c->job);
	return c;
}

size_t
engine_checks_count(const struct engine_checks *k)
{
	return HASH_COUNT(k->all);
}

void
engine_checks_forget(struct engine_checks *k, const void *context)
{
	struct engine_check *c, *next;

	HASH_ITER (hh, k->all, c, next)
		engine_waiters_forget(c->waiters, context);
}
