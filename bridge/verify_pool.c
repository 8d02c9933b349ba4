/* V1  A job is in one place: the waiting list, a thread's hands, or the done list. Lists are touched under the lock only; a job is
 *     touched by no thread after it has come to the done list.
 * V2  `busy` jobs are in threads' hands; nothing is left to do when it is 0 and none waits. */
#include "bridge/verify_pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "token/ledger.h"

#define TAKE_MOST 16 /* jobs that a thread takes at once: the lock is asked for less often */

struct job_list {
	struct verify_job *first, **end;
	size_t n;
};

struct verify_pool {
	struct hash256 genesis_id;
	verify_wake_fn *wake;
	void *wake_context;
	pthread_t threads[VERIFY_THREADS_MAX];
	unsigned threads_n;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;  /* something waits, or the end has come */
	pthread_cond_t idle;  /* nothing is left to do */
	struct job_list waiting, done;
	size_t busy;
	bool end;
};

static void
list_init(struct job_list *l)
{
	l->first = NULL;
	l->end = &l->first;
	l->n = 0;
}

static void
list_add(struct job_list *l, struct verify_job *job)
{
	job->next = NULL;
	*l->end = job;
	l->end = &job->next;
	l->n++;
}

/* The first `most` jobs of a list. */
static void
list_cut(struct job_list *out, struct job_list *from, size_t most)
{
	list_init(out);
	while (out->n < most && from->first != NULL) {
		struct verify_job *job = from->first;

		from->first = job->next;
		from->n--;
		list_add(out, job);
	}
	if (from->first == NULL)
		list_init(from);
}

/* With the lock: take some jobs, check them without it, and put them to the done ones. Returns whether the owner is to be woken. */
static bool
work(struct verify_pool *p)
{
	struct job_list mine;
	size_t share = p->waiting.n / (p->threads_n + 1) + 1;
	struct verify_job *next;
	bool first;

	list_cut(&mine, &p->waiting, share < TAKE_MOST ? share : TAKE_MOST);
	p->busy += mine.n;
	pthread_mutex_unlock(&p->lock);
	for (struct verify_job *j = mine.first; j != NULL; j = j->next)
		j->why = ledger_verify(&j->digest, j->bytes, j->len, &p->genesis_id);
	pthread_mutex_lock(&p->lock);
	p->busy -= mine.n;
	first = p->done.first == NULL;
	for (struct verify_job *j = mine.first; j != NULL; j = next) {
		next = j->next;
		list_add(&p->done, j);
	}
	if (p->busy == 0 && p->waiting.first == NULL)
		pthread_cond_signal(&p->idle);
	return first;
}

static void *
thread_run(void *arg)
{
	struct verify_pool *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->end) {
		if (p->waiting.first == NULL) {
			pthread_cond_wait(&p->work, &p->lock);
		} else if (work(p) && p->wake != NULL) {
			pthread_mutex_unlock(&p->lock);
			p->wake(p->wake_context);
			pthread_mutex_lock(&p->lock);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

unsigned
verify_pool_threads(void)
{
	cpu_set_t mine;
	int n = sched_getaffinity(0, sizeof(mine), &mine) == 0 ? CPU_COUNT(&mine) : 1;

	return n < 1 ? 1 : n > VERIFY_THREADS_MAX ? VERIFY_THREADS_MAX : (unsigned)n;
}

/* Signals are the main thread's. */
static void
start_threads(struct verify_pool *p, unsigned n)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&p->lock); /* a thread that runs already reads how many there are */
	while (p->threads_n < n && pthread_create(&p->threads[p->threads_n], NULL, thread_run, p) == 0)
		p->threads_n++;
	pthread_mutex_unlock(&p->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct verify_pool *
verify_pool_new(const struct hash256 *genesis_id, unsigned threads, verify_wake_fn *wake, void *context)
{
	struct verify_pool *p = mem_new(1, sizeof(*p));

	p->genesis_id = *genesis_id;
	p->wake = wake;
	p->wake_context = context;
	list_init(&p->waiting);
	list_init(&p->done);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->idle, NULL);
	start_threads(p, threads < 1 ? 1 : threads > VERIFY_THREADS_MAX ? VERIFY_THREADS_MAX : threads);
	if (p->threads_n > 0)
		return p;
	verify_pool_free(p);
	return NULL;
}

void
verify_pool_free(struct verify_pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->end = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads_n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->idle);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
verify_pool_give(struct verify_pool *p, struct verify_job *job)
{
	pthread_mutex_lock(&p->lock);
	list_add(&p->waiting, job);
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

struct verify_job *
verify_pool_take(struct verify_pool *p)
{
	struct verify_job *all;

	pthread_mutex_lock(&p->lock);
	all = p->done.first;
	list_init(&p->done);
	pthread_mutex_unlock(&p->lock);
	return all;
}

void
verify_pool_finish(struct verify_pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->waiting.first != NULL || p->busy > 0) {
		if (p->waiting.first != NULL)
			(void)work(p);
		else
			pthread_cond_wait(&p->idle, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
}
