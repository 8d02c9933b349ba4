/* Branches on trial: who serves them, what is undone, when they go.
 *
 *   full message of too little work --a place is free--> SERVED --proven--> in the tree, and the peer is asked for more
 *                                                        |    ^
 *                                                  peer lost  answer follows it
 *                                                        v    |
 *                                                       WAITING --known by now, its time is over, or its place is wanted--> gone
 *
 * Invariants:
 * 1. There are at most SPV_JOBS_MAX jobs; each is served by at most one peer, who is ready, and each peer serves at most one.
 * 2. What a peer has given to a job outlives that peer, unless it proved to be no use: then it is undone, and that peer isn't
 *    asked again.
 * 3. No peer holds a place for longer than SPV_TURN_MS while another one that it doesn't go before waits for a place; and the one that
 *    waits gets it, whoever else would go on with the branch. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "spv/core.h"

#define INBOUND_MAX 2            /* jobs that inbound peers may serve at once */
#define HOLD_MS 60000            /* how long a place is held for a peer that is asked again */
#define KEEP_MS (60 * 60 * 1000) /* how long a job waits for a peer once the headers are there by other ways */

struct job *
job_of(struct spv *s, const struct peer *p)
{
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		if (s->jobs[i].presync != NULL && s->jobs[i].served && s->jobs[i].peer == p->id)
			return &s->jobs[i];
	}
	return NULL;
}

bool
job_is_served_by(const struct spv *s, const struct peer *p)
{
	return job_of((struct spv *)s, p) != NULL;
}

void
job_free(struct job *j)
{
	presync_free(j->presync);
	*j = (struct job){ 0 };
}

/* It waits for another peer. */
void
job_detach(struct spv *s, struct job *j)
{
	j->served = j->copy = false;
	j->since = s->now.mono;
	s->offer++;
}

bool
job_was_tried(const struct job *j, const struct peer *p)
{
	for (size_t i = 0; i < j->tried_n; i++) {
		if (j->tried[i] == p->id)
			return true;
	}
	return false;
}

void
job_note_tried(struct job *j, const struct peer *p)
{
	if (j->tried_n == SPV_TRIED_MAX)
		memmove(j->tried, j->tried + 1, --j->tried_n * sizeof(j->tried[0]));
	j->tried[j->tried_n++] = p->id;
}

/* presync_rewind_to() and its ancestors; owned by the caller. *n is 0 when it isn't known (the first pass does not need them). */
static struct header_ancestor *
job_recent(const struct spv *s, const struct job *j, size_t *n)
{
	struct header_ancestor *recent = mem_new(RETARGET_INTERVAL, sizeof(*recent));

	*n = header_tree_recent(s->tree, presync_rewind_to(j->presync), recent, RETARGET_INTERVAL);
	return recent;
}

/* Something is left of it once its last peer's part is undone. */
static bool
job_can_go_back(const struct spv *s, const struct job *j)
{
	struct presync_progress at;

	presync_progress(j->presync, &at);
	if (at.second)
		return header_tree_has(s->tree, presync_rewind_to(j->presync));
	return !hash256_eq(presync_rewind_to(j->presync), presync_start_hash(j->presync));
}

/* This peer was no use: undo what it gave. */
void
job_set_back(struct spv *s, struct job *j, const struct peer *p)
{
	struct header_ancestor *recent;
	size_t n;

	if (j->copy || !job_can_go_back(s, j)) {
		job_free(j);
		return;
	}
	recent = job_recent(s, j, &n);
	if (presync_rewind(j->presync, recent, n)) {
		job_note_tried(j, p);
		job_detach(s, j);
	} else {
		job_free(j);
	}
	free(recent);
}

static bool
job_has_less(const struct job *a, const struct job *b)
{
	struct presync_progress x, y;

	presync_progress(a->presync, &x);
	presync_progress(b->presync, &y);
	return x.second != y.second ? y.second : u256_cmp(&x.work, &y.work) < 0;
}

/* Peers that came to us by themselves leave places for those that we have chosen. */
static bool
job_may_begin(const struct spv *s, const struct peer *p)
{
	size_t inbound = 0;

	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		const struct job *j = &s->jobs[i];
		const struct peer *q = j->presync != NULL && j->served ? peer_find(s, j->peer) : NULL;

		inbound += q != NULL && q->role == SPV_INBOUND;
	}
	return p->role != SPV_INBOUND || inbound < INBOUND_MAX;
}

bool
job_is_held(const struct spv *s, const struct peer *p)
{
	const struct peer *q = s->called != 0 && s->called != p->id ? peer_find(s, s->called) : NULL;
	size_t left = 0;

	if (q == NULL || !peer_is_ready(q) || !q->asked || mono_passed(s->called_at, HOLD_MS, s->now.mono))
		return false;
	for (size_t i = 0; i < SPV_JOBS_MAX; i++)
		left += s->jobs[i].presync == NULL || !s->jobs[i].served;
	return left <= 1;
}

void
job_call(struct spv *s, struct peer *p)
{
	p->waits = false;
	p->turn = s->called_at = s->now.mono;
	s->called = p->id;
	sync_ask(s, p);
}

struct job *
job_place(struct spv *s, const struct peer *p)
{
	struct job *least = NULL;

	if (!job_may_begin(s, p) || job_is_held(s, p))
		return NULL;
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		struct job *j = &s->jobs[i];

		if (j->presync == NULL)
			return j;
		if (!j->served && (least == NULL || job_has_less(j, least)))
			least = j;
	}
	if (least != NULL)
		job_free(least);
	return least;
}

void
job_begin(struct spv *s, struct job *j, const struct spv_header *start)
{
	struct header_ancestor *recent = mem_new(RETARGET_INTERVAL, sizeof(*recent));
	struct presync_start from = { .hash = start->hash, .height = start->height, .work = start->work, .recent = recent };
	uint64_t salt[2] = { spv_number(s), spv_number(s) };
	struct u256 need = low_work_needed(s);

	from.recent_n = header_tree_recent(s->tree, &start->hash, recent, RETARGET_INTERVAL);
	static_assert(sizeof(salt) == PRESYNC_SALT_LEN, "the salt is two numbers");
	j->presync = presync_new(s->params.chain, &from, &need, (const uint8_t *)salt, s->now.wall);
	free(recent);
}

void
job_serve(struct spv *s, struct job *j, const struct peer *p)
{
	if (s->called == p->id)
		s->called = 0;
	j->served = true;
	j->since = s->now.mono;
	j->peer = p->id;
	j->given = 0;
	presync_hand_over(j->presync);
}

struct job *
job_followed(struct spv *s, const struct peer *p, const struct hash256 *prev)
{
	if (job_is_held(s, p))
		return NULL;
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		struct job *j = &s->jobs[i];

		if (j->presync != NULL && !j->served && !job_was_tried(j, p) && hash256_eq(prev, presync_last(j->presync)))
			return j;
	}
	return NULL;
}

struct job *
job_forked(struct spv *s, const struct peer *p, const struct hash256 *prev)
{
	struct header_ancestor *recent;
	struct presync *fork = NULL;
	struct job *place;
	size_t n;

	if (job_is_held(s, p))
		return NULL;
	for (size_t i = 0; i < SPV_JOBS_MAX && fork == NULL; i++) {
		struct job *j = &s->jobs[i];

		if (j->presync == NULL || j->served || job_was_tried(j, p) || !job_can_go_back(s, j) ||
		    !hash256_eq(prev, presync_rewind_to(j->presync)))
			continue;
		job_note_tried(j, p);
		recent = job_recent(s, j, &n);
		fork = presync_fork(j->presync, recent, n);
		free(recent);
	}
	place = fork != NULL ? job_place(s, p) : NULL;
	if (place == NULL) {
		presync_free(fork);
		return NULL;
	}
	place->presync = fork;
	place->copy = true;
	return place;
}

bool
job_place_is_free(const struct spv *s, const struct peer *p)
{
	if (!job_may_begin(s, p) || job_is_held(s, p))
		return false;
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		if (s->jobs[i].presync == NULL || !s->jobs[i].served)
			return true;
	}
	return false;
}

/* What a waiting job would lead to is known, or nobody has asked for it for long. */
static bool
is_over(const struct spv *s, const struct job *j)
{
	const struct hash256 *last = presync_last(j->presync);

	if (!hash256_eq(last, presync_rewind_to(j->presync)) && header_tree_has(s->tree, last))
		return true;
	return sync_any_caught_up(s) && mono_passed(j->since, KEEP_MS, s->now.mono);
}

/* Who has served longest, and too long, of those that the one that waits may replace: a peer that came to us replaces none that we
 * have chosen. */
static struct peer *
overdue(const struct spv *s, const struct peer *waiting)
{
	struct peer *found = NULL;
	int64_t first = 0;

	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		const struct job *j = &s->jobs[i];
		struct peer *p = j->presync != NULL && j->served ? peer_find(s, j->peer) : NULL;

		if (p == NULL || !mono_passed(j->since, SPV_TURN_MS, s->now.mono) ||
		    (waiting->role == SPV_INBOUND && p->role != SPV_INBOUND))
			continue;
		if (found == NULL || j->since.ms < first) {
			found = p;
			first = j->since.ms;
		}
	}
	return found;
}

/* However fast it gives its headers: they may have no end. One at a time, as the place then has to be taken. */
static void
make_room(struct spv *s)
{
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		struct peer *q = p->waits && peer_is_ready(p) && !job_place_is_free(s, p) && !job_is_held(s, p) ? overdue(s, p) : NULL;

		if (q != NULL) {
			peer_close(s, q, false, "headers: not enough work in %d minutes, and another peer waits for the place", SPV_TURN_MS / 60000);
			return;
		}
	}
}

void
jobs_tick(struct spv *s)
{
	make_room(s);
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		if (s->jobs[i].presync != NULL && !s->jobs[i].served && is_over(s, &s->jobs[i]))
			job_free(&s->jobs[i]);
	}
}

void
jobs_clear(struct spv *s)
{
	for (size_t i = 0; i < SPV_JOBS_MAX; i++)
		job_free(&s->jobs[i]);
}

/* --- Questions --- */

/* The job that has come furthest, those that are served first. */
void
jobs_progress(const struct spv *s, struct spv_progress *out)
{
	const struct job *best = NULL;
	struct presync_progress at;

	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		const struct job *j = &s->jobs[i];

		if (j->presync != NULL && (best == NULL || (j->served == best->served ? job_has_less(best, j) : j->served)))
			best = j;
	}
	out->work_needed = low_work_needed(s);
	if (best == NULL)
		return;
	presync_progress(best->presync, &at);
	out->presync = at.second ? SPV_PRESYNC_SECOND : SPV_PRESYNC_FIRST;
	out->presync_peer = best->served ? (int64_t)best->peer : -1;
	out->presync_from = at.start;
	out->presync_height = at.height;
	out->presync_time = at.time;
	out->presync_end = at.second ? at.first_height : 0;
	out->presync_work = at.work;
}

int64_t
job_height(const struct spv *s, const struct peer *p)
{
	const struct job *j = job_of((struct spv *)s, p);
	struct presync_progress at;

	if (j == NULL)
		return -1;
	presync_progress(j->presync, &at);
	return at.height;
}

void
jobs_check(const struct spv *s)
{
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		const struct job *j = &s->jobs[i];
		const struct peer *p = j->served ? peer_find(s, j->peer) : NULL;

		if (j->presync == NULL)
			continue;
		presync_check(j->presync);
		assert(!j->served || (p != NULL && peer_is_ready(p)));
		for (size_t k = 0; k < i; k++)
			assert(!j->served || !s->jobs[k].served || s->jobs[k].peer != j->peer);
	}
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		assert(p->closing || p->wasted <= SPV_WASTE_MAX);
}
