/* Questions about filters: who can be asked, what is out, what comes of silence.
 *
 * Invariants:
 * 1. A job's peer is ready (a RANGE that is answered may outlive it), and `jobs` of each peer counts its unanswered ones.
 * 2. Silence bans nobody and closes nothing: the work goes to others at once, nobody waits for the silent peer any more, and it is
 *    asked again after a rest that doubles. */
#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "spv/core.h"

#define STRIKES_MAX 6 /* the rest doubles no further */

/* Who came to us by himself isn't asked: a stream of strangers could hold the scan up, one silence after the other. Visits are too short. */
static bool
is_of_our_choice(const struct peer *p)
{
	return p->role == SPV_MANUAL || p->role == SPV_OUTBOUND;
}

bool
filters_serves(const struct peer *p)
{
	return peer_is_ready(p) && is_of_our_choice(p) && (p->version.services & NODE_COMPACT_FILTERS) != 0 && !p->filters.adrift;
}

bool
filters_answers(const struct peer *p)
{
	return filters_serves(p) && !p->filters.silent;
}

bool
filters_askable(const struct spv *s, const struct peer *p)
{
	const struct filter_peer *f = &p->filters;
	unsigned doublings = f->strikes < STRIKES_MAX ? f->strikes : STRIKES_MAX;

	if (!filters_serves(p) || f->jobs >= FILTER_JOBS_PEER)
		return false;
	return !f->silent || (f->jobs == 0 && mono_passed(f->silent_at, s->params.filters_ms << doublings, s->now.mono));
}

bool
filters_target(const struct spv *s, const struct peer *p, uint32_t *height)
{
	return p->has_best && header_tree_fork(s->tree, &p->best, height);
}

/* Somebody answers, and nobody is adrift. */
static bool
can_be_had(const struct spv *s)
{
	bool any = false;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p) && p->filters.adrift)
			return false;
		any = any || filters_answers(p);
	}
	return any;
}

bool
filters_in_use(const struct spv *s)
{
	return s->params.scan_mode == SPV_SCAN_FILTERS && !s->filters.overflow && !dispute_is_stuck(s) && can_be_had(s);
}

void
filters_heard(struct peer *p)
{
	p->filters.silent = false;
}

/* --- Jobs --- */

struct filter_job *
filter_job_new(struct spv *s, struct peer *p, enum filter_job_kind kind, uint32_t start, uint32_t stop)
{
	struct filter_job *j = mem_new(1, sizeof(*j));

	j->kind = kind;
	j->peer = p->id;
	j->start = start;
	j->stop = stop;
	j->stop_hash = header_tree_hash_at(s->tree, stop);
	j->asked_at = s->now.mono;
	p->filters.jobs++;
	DL_APPEND2(s->filters.jobs, j, prev_job, next_job);
	return j;
}

void
filter_job_free(struct spv *s, struct filter_job *j)
{
	struct peer *p = j->answered ? NULL : peer_find(s, j->peer);

	if (p != NULL)
		p->filters.jobs--;
	DL_DELETE2(s->filters.jobs, j, prev_job, next_job);
	free(j->hashes);
	free(j);
}

struct filter_job *
filter_job_at(const struct spv *s, const struct peer *p, enum filter_job_kind kind, uint32_t height)
{
	struct filter_job *j;

	DL_FOREACH2(s->filters.jobs, j, next_job)
	{
		if (j->peer == p->id && j->kind == kind && !j->answered && j->start <= height && height <= j->stop)
			return j;
	}
	return NULL;
}

/* Nobody will answer this any more. */
static void
job_fail(struct spv *s, struct filter_job *j)
{
	switch (j->kind) {
	case FILTER_JOB_SCAN:
	case FILTER_JOB_RESCAN:
		filter_scan_failed(s, j);
		break;
	case FILTER_JOB_CHECKPOINTS:
	case FILTER_JOB_RANGE:
	case FILTER_JOB_FOLLOW:
	case FILTER_JOB_SHOW:
		break;
	}
	filter_job_free(s, j);
}

static void
drop_jobs(struct spv *s, const struct peer *p)
{
	struct filter_job *j, *next;

	DL_FOREACH_SAFE2(s->filters.jobs, j, next, next_job)
	{
		if (j->peer == p->id && !j->answered)
			job_fail(s, j);
	}
}

void
filters_peer_clear(struct peer *p)
{
	free(p->filters.checkpoint);
	p->filters.checkpoint = NULL;
	p->filters.has_checkpoints = false;
	p->filters.checkpoint_n = 0;
}

void
filters_peer_gone(struct spv *s, struct peer *p)
{
	drop_jobs(s, p);
	if (s->filters.has_lead && s->filters.lead == p->id)
		s->filters.has_lead = false;
	p->filters.claims = false;
	filters_peer_clear(p);
}

static void
fall_silent(struct spv *s, struct peer *p)
{
	struct filter_peer *f = &p->filters;

	f->silent = true;
	f->strikes++;
	f->silent_at = s->now.mono;
	drop_jobs(s, p);
	if (s->filters.has_lead && s->filters.lead == p->id)
		s->filters.has_lead = false;
}

void
filters_tick(struct spv *s)
{
	struct filter_job *j = s->filters.jobs, *next;
	struct peer *p;

	while (j != NULL) {
		next = j->next_job;
		if (!j->answered && mono_passed(j->asked_at, s->params.filters_ms, s->now.mono)) {
			p = peer_find(s, j->peer);
			assert(p != NULL);
			fall_silent(s, p);
			next = s->filters.jobs; /* others of this peer went with it */
		}
		j = next;
	}
}

/* Jobs that reach above what is left of the best chain, or of the agreed one. */
void
filter_jobs_cut(struct spv *s, uint32_t count)
{
	struct filter_job *j, *next;

	DL_FOREACH_SAFE2(s->filters.jobs, j, next, next_job)
	{
		if (j->stop >= count)
			job_fail(s, j);
	}
}

void
filters_clear(struct spv *s)
{
	struct filter_job *j, *next;

	DL_FOREACH_SAFE2(s->filters.jobs, j, next, next_job)
		filter_job_free(s, j);
	dispute_close(s);
	for (size_t i = 0; i < FILTER_WINDOW; i++)
		free(s->filters.slot[i].filter);
	filter_watch_clear(s);
	filter_chain_clear(&s->filters.chain);
}

/* --- For tests --- */

void
filters_check(const struct spv *s)
{
	const struct filters *f = &s->filters;
	const struct filter_job *j;
	uint32_t matched = 0;
	size_t kept = 0;

	filter_chain_check(&f->chain);
	assert(f->chain.count <= header_tree_height(s->tree) + 1);
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		unsigned jobs = 0;

		DL_FOREACH2(f->jobs, j, next_job)
			jobs += j->peer == p->id && !j->answered;
		assert(jobs == p->filters.jobs && jobs <= FILTER_JOBS_PEER && (jobs == 0 || peer_is_ready(p)));
		assert(p->filters.agreed < (int64_t)f->chain.count);
		assert(!p->filters.claims || p->filters.agreed + 1 < (int64_t)f->chain.count);
	}
	DL_FOREACH2(f->jobs, j, next_job)
	{
		struct hash256 hash = header_tree_hash_at(s->tree, j->stop);

		assert(hash256_eq(&hash, &j->stop_hash));
		assert(j->answered || peer_find(s, j->peer) != NULL);
	}
	for (size_t i = 0; i < FILTER_WINDOW; i++) {
		matched += f->slot[i].state == FILTER_MATCH;
		kept += f->slot[i].filter != NULL ? f->slot[i].len : 0;
		assert(f->slot[i].filter == NULL || f->slot[i].state == FILTER_MATCH);
	}
	assert(matched == f->matched && kept == f->kept && kept <= FILTER_KEPT_MAX && f->doubts <= FILTER_DOUBTS_MAX);
	assert(!f->rescanning || (s->scanning && rescan_lowest(s) < f->rescan_end && f->rescan_end <= s->scan_next));
	assert(!f->dispute.open || f->dispute.height < f->chain.count);
}
