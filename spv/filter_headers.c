/* Filter headers: the chain of filter hashes, and what each peer says of it.
 *
 * Invariants:
 * 1. A hash enters the chain only as part of a range whose filter headers fit the chain's top, and the checkpoints of who sent it.
 * 2. agreed(p) is below the chain's count: up to there p's own words (checkpoints, or hashes one by one) are the chain's.
 * 3. A peer is banned here only for contradicting itself: its cfheaders against its cfcheckpt, or against what it said before. That
 *    another peer says otherwise proves nothing.
 * 4. Answers count only for a question that is still out, and questions above a reorganisation's fork are not: late answers are dropped. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "spv/core.h"

/* The peer's filter header at a checkpoint height; false: not known. */
static bool
checkpoint_at(const struct peer *p, uint32_t height, struct hash256 *out)
{
	uint32_t k = height / P2P_CFCHECKPT_INTERVAL;

	if (height % P2P_CFCHECKPT_INTERVAL != 0 || k == 0 || k > p->filters.checkpoint_n)
		return false;
	*out = p->filters.checkpoint[k - 1];
	return true;
}

/* Two peers have the same checkpoint there; also true at genesis, of which checkpoints say nothing. */
static bool
same_checkpoint(const struct peer *a, const struct peer *b, uint32_t height)
{
	struct hash256 x, y;

	return checkpoint_at(a, height, &x) && checkpoint_at(b, height, &y) && hash256_eq(&x, &y);
}

/* The peer's own filter header at `agreed`; zeros below genesis. */
static struct hash256
own_header(struct spv *s, const struct peer *p)
{
	return p->filters.apart ? p->filters.header : filter_chain_prev(&s->filters.chain, (uint32_t)(p->filters.agreed + 1));
}

static void
contradicts(struct spv *s, struct peer *p, uint32_t height)
{
	peer_ban(s, p, height, "cfheaders: not what the same peer said before, up to height %lu", (unsigned long)height);
}

/* --- Asking --- */

static void
ask_checkpoints(struct spv *s, struct peer *p, uint32_t target)
{
	struct filter_job *j = filter_job_new(s, p, FILTER_JOB_CHECKPOINTS, target, target);
	struct wr w = { 0 };

	wr_p2p_getcfcheckpt(&w, &(struct p2p_getcfcheckpt){ .filter_type = P2P_FILTER_BASIC, .stop = j->stop_hash });
	peer_send(s, p, "getcfcheckpt", w.p, w.len);
	wr_clear(&w);
}

static void
ask_headers(struct spv *s, struct peer *p, enum filter_job_kind kind, uint32_t start, uint32_t stop)
{
	struct filter_job *j = filter_job_new(s, p, kind, start, stop);
	struct wr w = { 0 };

	wr_p2p_getcfilters(&w, &(struct p2p_getcfilters){ .filter_type = P2P_FILTER_BASIC, .start_height = start, .stop = j->stop_hash });
	peer_send(s, p, "getcfheaders", w.p, w.len);
	wr_clear(&w);
}

static bool
has_job(const struct spv *s, const struct peer *p, enum filter_job_kind kind)
{
	const struct filter_job *j;

	DL_FOREACH2(s->filters.jobs, j, next_job)
	{
		if (j->peer == p->id && j->kind == kind && !j->answered)
			return true;
	}
	return false;
}

/* Checkpoints save asking for everything; true when they are worth waiting for. */
static bool
wants_checkpoints(const struct peer *p, uint32_t from, uint32_t target)
{
	return !p->filters.has_checkpoints && !p->filters.apart && target >= from && target - from >= P2P_CFHEADERS_MAX;
}

/* --- The lead --- */

static bool
can_lead(const struct spv *s, const struct peer *p, uint32_t *target)
{
	return (filters_answers(p) || filters_askable(s, p)) && !p->filters.claims &&
	       p->filters.agreed + 1 == (int64_t)s->filters.chain.count && filters_target(s, p, target) &&
	       *target >= s->filters.chain.count;
}

/* Who answers goes before who was silent, whose filter headers are the chain's before who is apart, who gave his checkpoints before who
 * still owes them, then who has most to add. */
static bool
leads_better(const struct peer *a, uint32_t a_target, const struct peer *b, uint32_t b_target)
{
	if (a->filters.silent != b->filters.silent)
		return !a->filters.silent;
	if (a->filters.apart != b->filters.apart)
		return !a->filters.apart;
	if (a->filters.has_checkpoints != b->filters.has_checkpoints)
		return a->filters.has_checkpoints;
	return a_target > b_target;
}

/* Who agrees with the whole chain and has something to add; the same as long as it does. */
static struct peer *
lead(struct spv *s, uint32_t *target)
{
	struct peer *found = s->filters.has_lead ? peer_find(s, s->filters.lead) : NULL;
	uint32_t its;

	if (found != NULL && !found->filters.silent && can_lead(s, found, target) &&
	    !wants_checkpoints(found, s->filters.chain.count, *target))
		return found;
	found = NULL;
	*target = 0;
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (can_lead(s, p, &its) && (found == NULL || leads_better(p, its, found, *target))) {
			found = p;
			*target = its;
		}
	}
	s->filters.has_lead = found != NULL;
	s->filters.lead = found != NULL ? found->id : 0;
	return found;
}

/* The least busy of those whose checkpoints are the lead's at both ends of a range. */
static struct peer *
helper(struct spv *s, const struct peer *leader, uint32_t start, uint32_t stop)
{
	struct peer *found = NULL;

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (!filters_askable(s, p) || p->filters.silent || p->filters.apart || !same_checkpoint(p, leader, stop))
			continue;
		if (start == s->filters.chain.count ? p->filters.agreed + 1 != (int64_t)start : !same_checkpoint(p, leader, start - 1))
			continue;
		if (found == NULL || p->filters.jobs < found->filters.jobs)
			found = p;
	}
	return found;
}

/* The next gap in what is asked for from *start on: *start and *stop get its ends, as far as `target`; false: none. *n counts the
 * ranges. */
static bool
next_gap(const struct spv *s, uint32_t *start, uint32_t *stop, uint32_t target, size_t *n)
{
	const struct filter_job *j;
	bool covered;

	do {
		covered = false;
		*n = 0;
		*stop = target;
		DL_FOREACH2(s->filters.jobs, j, next_job)
		{
			if (j->kind != FILTER_JOB_RANGE)
				continue;
			++*n;
			covered = covered || (j->start <= *start && *start <= j->stop);
			if (j->start <= *start && *start <= j->stop)
				*start = j->stop + 1;
			else if (j->start > *start && j->start <= *stop)
				*stop = j->start - 1;
		}
	} while (covered);
	return *start <= *stop && *start <= target;
}

/* Ask for one range of start … stop, or its beginning; false: nobody is free to be asked. *start moves behind it. */
static bool
ask_range(struct spv *s, struct peer *leader, uint32_t *start, uint32_t stop)
{
	uint32_t even;
	struct hash256 unused;
	struct peer *p = leader;

	if (stop - *start >= P2P_CFHEADERS_MAX)
		stop = *start + P2P_CFHEADERS_MAX - 1;
	even = stop - stop % P2P_CFCHECKPT_INTERVAL;
	if (even >= *start && !leader->filters.apart && checkpoint_at(leader, even, &unused)) {
		stop = even;
		p = helper(s, leader, *start, stop);
	} else if (!filters_askable(s, leader)) {
		p = NULL;
	}
	if (p == NULL)
		return false;
	ask_headers(s, p, FILTER_JOB_RANGE, *start, stop);
	*start = stop + 1;
	return true;
}

static void
ask_ranges(struct spv *s)
{
	uint32_t target, start = s->filters.chain.count, stop;
	struct peer *leader = lead(s, &target);
	size_t n;

	if (leader == NULL || s->filters.dispute.open)
		return;
	if (wants_checkpoints(leader, start, target)) {
		if (filters_askable(s, leader) && !has_job(s, leader, FILTER_JOB_CHECKPOINTS))
			ask_checkpoints(s, leader, target);
		return;
	}
	while (next_gap(s, &start, &stop, target, &n) && n < FILTER_RANGES) {
		if (!ask_range(s, leader, &start, stop))
			return;
	}
}

/* --- Followers --- */

/* As far as checkpoints say that the peer agrees: it does below a checkpoint that is the same, and no two filter headers with different
 * histories are. */
static void
agree_by_checkpoints(struct spv *s, struct peer *p, uint32_t target)
{
	uint32_t low = (uint32_t)(p->filters.agreed + 1) / FILTER_CHUNK, high = target / FILTER_CHUNK;

	if (high > p->filters.checkpoint_n)
		high = p->filters.checkpoint_n;
	if (p->filters.apart || low > high)
		return;
	/* The highest k with the same checkpoint; below `low` everything agrees. */
	for (uint32_t middle = high; low <= high; middle = low + (high - low) / 2) {
		if (middle == 0 || hash256_eq(&p->filters.checkpoint[middle - 1], &s->filters.chain.mark[middle]))
			low = middle + 1;
		else
			high = middle - 1;
	}
	if (high > 0 && (int64_t)high * FILTER_CHUNK > p->filters.agreed)
		p->filters.agreed = (int64_t)high * FILTER_CHUNK;
}

static void
follow(struct spv *s, struct peer *p)
{
	uint32_t target, from, top = s->filters.chain.count - 1;

	if (!filters_serves(p) || p->filters.claims || s->filters.chain.count == 0 || !filters_target(s, p, &target))
		return;
	target = target < top ? target : top;
	if (p->filters.agreed >= (int64_t)target)
		return;
	agree_by_checkpoints(s, p, target);
	from = (uint32_t)(p->filters.agreed + 1);
	if (from > target || !filters_askable(s, p) || has_job(s, p, FILTER_JOB_FOLLOW) || has_job(s, p, FILTER_JOB_CHECKPOINTS) ||
	    has_job(s, p, FILTER_JOB_RANGE))
		return;
	if (wants_checkpoints(p, from, target))
		ask_checkpoints(s, p, target);
	else
		ask_headers(s, p, FILTER_JOB_FOLLOW, from, target - from < P2P_CFHEADERS_MAX ? target : from + P2P_CFHEADERS_MAX - 1);
}

/* Ask everybody for checkpoints before there is a chain to compare them with. */
static void
ask_early(struct spv *s, struct peer *p)
{
	uint32_t target;

	if (s->filters.chain.count == 0 && filters_askable(s, p) && filters_target(s, p, &target) && wants_checkpoints(p, 0, target) &&
	    !has_job(s, p, FILTER_JOB_CHECKPOINTS))
		ask_checkpoints(s, p, target);
}

/* --- Answers --- */

void
filters_on_checkpoints(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_cfcheckpt m;
	struct filter_job *j;

	if (!p2p_cfcheckpt_decode(&m, payload, len)) {
		peer_close(s, p, true, "cfcheckpt: malformed");
		return;
	}
	DL_FOREACH2(s->filters.jobs, j, next_job)
	{
		if (j->peer == p->id && j->kind == FILTER_JOB_CHECKPOINTS && hash256_eq(&j->stop_hash, &m.stop))
			break;
	}
	if (j == NULL || m.filter_type != P2P_FILTER_BASIC)
		return;
	if (m.n != j->stop / P2P_CFCHECKPT_INTERVAL) {
		peer_ban(s, p, j->stop, "cfcheckpt: %zu of them for height %lu", m.n, (unsigned long)j->stop);
		return;
	}
	filter_job_free(s, j);
	filters_heard(p);
	filters_peer_clear(p);
	p->filters.checkpoint = mem_dup(m.headers, m.n * sizeof(struct hash256));
	p->filters.checkpoint_n = (uint32_t)m.n;
	p->filters.has_checkpoints = true;
}

/* The peer's words up to this height are the chain's. */
static void
agreed_to(struct peer *p, uint32_t height)
{
	if ((int64_t)height > p->filters.agreed)
		p->filters.agreed = height;
	/* Checkpoints that are compared are done with. */
	if (p->filters.has_checkpoints && p->filters.agreed >= (int64_t)p->filters.checkpoint_n * P2P_CFCHECKPT_INTERVAL)
		filters_peer_clear(p);
}

/* The checkpoints among these heights, which the chain just got, are not those of the peer that sent it the hashes. */
static bool
breaks_checkpoint(const struct spv *s, const struct peer *p, uint32_t start, uint32_t stop)
{
	struct hash256 own;

	for (uint32_t h = start + P2P_CFCHECKPT_INTERVAL - 1 - (start + P2P_CFCHECKPT_INTERVAL - 1) % P2P_CFCHECKPT_INTERVAL; h <= stop;
	     h += P2P_CFCHECKPT_INTERVAL) {
		if (checkpoint_at(p, h, &own) && !hash256_eq(&own, &s->filters.chain.mark[h / FILTER_CHUNK]))
			return true;
	}
	return false;
}

/* A range whose turn it is. Its sender may be gone by now: then checkpoints, which it had, can't be asked any more, and it is dropped. */
static void
apply_range(struct spv *s, struct filter_job *j)
{
	struct filter_chain *c = &s->filters.chain;
	struct peer *p = peer_find(s, j->peer);
	uint32_t start = j->start, stop = j->stop;
	struct hash256 *hashes = j->hashes, prev = j->prev;
	bool agrees;

	j->hashes = NULL;
	filter_job_free(s, j);
	agrees = p != NULL && !p->closing && p->filters.agreed + 1 >= (int64_t)start && !p->filters.claims;
	if (agrees) {
		struct hash256 top = p->filters.apart ? p->filters.header : c->top;

		if (!hash256_eq(&prev, &top)) {
			contradicts(s, p, start > 0 ? start - 1 : 0);
			agrees = false;
		}
	}
	for (uint32_t h = start; agrees && h <= stop; h++) {
		filter_chain_push(c, &hashes[h - start]);
		if (p->filters.apart)
			filter_header(&p->filters.header, &hashes[h - start], &p->filters.header);
	}
	if (agrees && breaks_checkpoint(s, p, start, stop)) {
		filter_chain_cut(c, start);
		contradicts(s, p, stop);
	} else if (agrees) {
		agreed_to(p, stop);
	}
	free(hashes);
}

static void
apply_ranges(struct spv *s)
{
	struct filter_job *j, *found;

	do {
		found = NULL;
		DL_FOREACH2(s->filters.jobs, j, next_job)
		{
			if (j->kind == FILTER_JOB_RANGE && j->answered && j->start == s->filters.chain.count)
				found = j;
		}
		if (found != NULL)
			apply_range(s, found);
		/* Helpers agree by their checkpoints. */
		for (struct peer *p = s->peers; found != NULL && s->filters.chain.count > 0 && p != NULL; p = p->hh.next) {
			if (p->filters.has_checkpoints && !p->closing && !p->filters.claims)
				agree_by_checkpoints(s, p, s->filters.chain.count - 1);
		}
	} while (found != NULL);
}

static void
on_range(struct spv *s, struct filter_job *j, const struct p2p_cfheaders *m)
{
	struct peer *p = peer_find(s, j->peer);

	j->prev = m->prev_header;
	j->hashes = mem_dup(m->hashes, m->n * sizeof(struct hash256));
	j->answered = true;
	p->filters.jobs--;
	apply_ranges(s);
}

/* Compare what a follower says with the chain, hash by hash, up to the first difference. */
static void
on_follow(struct spv *s, struct peer *p, uint32_t start, const struct p2p_cfheaders *m)
{
	struct filter_chain *c = &s->filters.chain;
	struct hash256 own = own_header(s, p), said;
	size_t same = 0;

	if (p->filters.agreed + 1 != (int64_t)start)
		return; /* compared otherwise meanwhile */
	if (!hash256_eq(&own, &m->prev_header)) {
		contradicts(s, p, start == 0 ? 0 : start - 1);
		return;
	}
	for (; same < m->n; same++) {
		struct hash256 ours = filter_chain_hash(c, start + (uint32_t)same);

		memcpy(said.b, m->hashes + same * sizeof(said), sizeof(said.b));
		if (!hash256_eq(&ours, &said))
			break;
		if (p->filters.apart)
			filter_header(&p->filters.header, &said, &p->filters.header);
	}
	if (same > 0 && !p->filters.apart && breaks_checkpoint(s, p, start, start + (uint32_t)same - 1)) {
		contradicts(s, p, start + (uint32_t)same - 1);
		return;
	}
	if (same > 0)
		agreed_to(p, start + (uint32_t)same - 1);
	p->filters.claims = same < m->n;
	p->filters.claim = said;
	if (p->filters.claims)
		dispute_note(s, p, (uint32_t)(p->filters.agreed + 1));
}

void
filters_on_headers(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_cfheaders m;
	struct filter_job *j;
	uint32_t start;

	if (!p2p_cfheaders_decode(&m, payload, len)) {
		peer_close(s, p, true, "cfheaders: malformed");
		return;
	}
	DL_FOREACH2(s->filters.jobs, j, next_job)
	{
		if (j->peer == p->id && (j->kind == FILTER_JOB_RANGE || j->kind == FILTER_JOB_FOLLOW) && !j->answered &&
		    hash256_eq(&j->stop_hash, &m.stop) && m.n == (size_t)(j->stop - j->start) + 1)
			break;
	}
	if (j == NULL || m.filter_type != P2P_FILTER_BASIC)
		return;
	filters_heard(p);
	if (j->kind == FILTER_JOB_RANGE) {
		on_range(s, j, &m);
		return;
	}
	start = j->start;
	filter_job_free(s, j);
	on_follow(s, p, start, &m);
}

void
filters_pump(struct spv *s)
{
	if (s->params.scan_mode != SPV_SCAN_FILTERS || !sync_any_caught_up(s))
		return;
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		ask_early(s, p);
		follow(s, p);
	}
	dispute_pump(s);
	ask_ranges(s);
	filter_scan_pump(s);
}
