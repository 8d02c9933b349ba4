/* What becomes of headers of too little work: full messages go to a job (jobs.c), whose branch then has to prove itself; others
 * are passed over.
 *
 * Invariants:
 * 1. Headers go from a message into the tree only when the branch up to the message's last header has the needed work, by proof
 *    of work, or continues a branch that was proven; all others only through a job.
 * 2. A peer is banned for a broken rule only. One whose headers lead nowhere is dropped after SPV_WASTE_MAX of them. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "chain/target.h"
#include "spv/core.h"

#define NEAR_BLOCKS 144          /* a branch may be that much behind our tip and still go straight in */
#define WASTE_LEAST 100          /* what a message counts for at least */
#define LOW_WORK_MS (20 * 60 * 1000) /* how long a peer may stay on a branch of too little work, as in Bitcoin Core */

/* As Bitcoin Core's GetAntiDoSWorkThreshold(). */
struct u256
low_work_needed(const struct spv *s)
{
	uint32_t height = header_tree_height(s->tree);
	struct u256 least = s->params.chain->minimum_chain_work, tip = header_tree_work_at(s->tree, height), near;
	bool ok = bits_work(&near, header_tree_header_at(s->tree, height).bits);

	assert(ok);
	if (!u256_mul_u64(&near, &near, NEAR_BLOCKS) || u256_cmp(&tip, &near) <= 0)
		return least;
	near = u256_sub(&tip, &near);
	return u256_cmp(&near, &least) > 0 ? near : least;
}

/* --- Asking --- */

static void
locator_put_first(struct p2p_locator *l, const struct hash256 *hash)
{
	if (l->n == P2P_LOCATOR_MAX)
		return;
	for (size_t i = l->n++; i > 0; i--)
		l->have[i] = l->have[i - 1];
	l->have[0] = *hash;
}

/* What the job would go on from; even_known: also when that is in the tree, and an answer from there may repeat what we have. */
static void
locator_put_job(const struct spv *s, struct p2p_locator *l, const struct job *j, bool even_known)
{
	const struct hash256 *back = presync_rewind_to(j->presync), *last = presync_last(j->presync);

	if (!hash256_eq(back, last) && !header_tree_has(s->tree, back))
		locator_put_first(l, back);
	if (even_known || !header_tree_has(s->tree, last))
		locator_put_first(l, last);
}

void
low_work_locator(struct spv *s, struct peer *p, struct p2p_locator *l)
{
	p->offered_job = false;
	if (p->low_work)
		return;
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		if (s->jobs[i].presync != NULL && !s->jobs[i].served && !job_was_tried(&s->jobs[i], p))
			locator_put_job(s, l, &s->jobs[i], false);
	}
}

/* The rest of the locator is for a peer that has left the branch, or never was on it. */
static void
ask_on(struct spv *s, struct peer *p, const struct job *j)
{
	struct hash256 tip = header_tree_hash_at(s->tree, header_tree_height(s->tree));
	struct p2p_locator l;

	header_tree_locator(s->tree, &tip, &l);
	locator_put_job(s, &l, j, true);
	p->full_height = 0;
	sync_ask_with(s, p, &l);
}

/* --- Peers whose headers lead nowhere --- */

static void
waste(struct spv *s, struct peer *p, size_t n)
{
	p->wasted += n < WASTE_LEAST ? WASTE_LEAST : n;
	if (p->wasted > SPV_WASTE_MAX)
		peer_close(s, p, false, "headers: more than %d of too little work", SPV_WASTE_MAX);
}

static void
found_low(struct spv *s, struct peer *p)
{
	if (!p->low_work)
		p->low_since = s->now.mono;
	p->low_work = true;
}

/* --- Taking --- */

/* Hand what is proven to the tree; false: the tree would not have it, and that is dealt with. */
static bool
store(struct spv *s, struct peer *p, struct job *j)
{
	struct header *headers = mem_new(P2P_HEADERS_MAX, sizeof(*headers));
	struct hash256 *hashes = mem_new(P2P_HEADERS_MAX, sizeof(*hashes));
	struct answer a = { .headers = headers, .hashes = hashes };
	bool ok = true;

	while (ok && (a.n = presync_release(j->presync, headers, hashes, P2P_HEADERS_MAX)) > 0) {
		if (header_tree_has(s->tree, &headers[0].prev)) {
			ok = sync_enter(s, p, &a, true);
		} else {
			ok = false; /* the start has left the tree meanwhile: from the beginning */
			p->ask_again = true;
		}
	}
	free(headers);
	free(hashes);
	return ok;
}

static void
proven(struct spv *s, struct peer *p, struct job *j, bool full)
{
	struct hash256 last = *presync_last(j->presync);

	job_free(j);
	p->wasted = 0;
	p->low_work = false;
	p->proving = true;
	sync_told(s, p, &last, full);
}

static void
judge(struct spv *s, struct peer *p, struct job *j, const struct answer *a, enum presync_verdict v, enum header_verdict rule)
{
	struct presync_progress where;
	size_t given = j->given;

	presync_progress(j->presync, &where);
	switch (v) {
	case PRESYNC_STRANGE:
		return;
	case PRESYNC_MORE:
		ask_on(s, p, j);
		return;
	case PRESYNC_DONE:
		proven(s, p, j, a->n == P2P_HEADERS_MAX);
		return;
	case PRESYNC_LOW:
		job_set_back(s, j, p);
		p->caught_up = true;
		found_low(s, p);
		waste(s, p, given);
		return;
	case PRESYNC_MISMATCH:
		job_set_back(s, j, p);
		waste(s, p, given);
		p->ask_again = true;
		return;
	case PRESYNC_BROKEN:
		job_set_back(s, j, p);
		peer_ban(s, p, (int64_t)where.height + 1, "headers: %s at height %lu", header_verdict_name(rule),
			 (unsigned long)where.height + 1);
		return;
	case PRESYNC_TOO_LONG:
		job_set_back(s, j, p);
		peer_close(s, p, false, "headers: %s after height %lu", presync_verdict_name(v), (unsigned long)where.height);
		return;
	}
}

/* The message from header `from` on goes to the job; false: it does not follow it. */
static bool
give(struct spv *s, struct peer *p, struct job *j, const struct answer *a, size_t from)
{
	struct presync_message m = { a->headers + from, a->hashes + from, a->n - from, a->n == P2P_HEADERS_MAX };
	enum header_verdict rule = HEADER_OK;
	enum presync_verdict v;
	size_t at;

	v = presync_take(j->presync, &m, s->now.wall, &rule, &at);
	if (v == PRESYNC_STRANGE)
		return false;
	p->asked = false;
	p->unconnecting = 0;
	j->given += m.n;
	if ((v == PRESYNC_MORE || v == PRESYNC_DONE) && !store(s, p, j)) {
		if (j->presync != NULL)
			job_free(j);
		return true;
	}
	judge(s, p, j, a, v, rule);
	return true;
}

/* The work of the branch up to the message's last header, of which those from `from` on are new, but no further than `enough`.
 * Bits without proof of work count nothing. */
static struct u256
claimed(struct u256 work, const struct answer *a, size_t from, const struct u256 *enough)
{
	struct u256 target = u256_from_u64(0), own = target;
	uint32_t bits = 0;

	for (size_t i = from; i < a->n && u256_cmp(&work, enough) < 0; i++) {
		struct u256 number = u256_from_hash(&a->hashes[i]);

		if (a->headers[i].bits != bits && !target_from_bits(&target, a->headers[i].bits))
			continue;
		if (a->headers[i].bits != bits)
			own = target_work(&target);
		bits = a->headers[i].bits;
		if (u256_cmp(&number, &target) <= 0)
			work = u256_add(&work, &own);
	}
	return work;
}

static bool
claims_enough(const struct spv *s, const struct spv_header *start, const struct answer *a, size_t from)
{
	struct u256 need = low_work_needed(s), work = claimed(start->work, a, from, &need);

	return u256_cmp(&work, &need) >= 0;
}

bool
low_work_overtakes(const struct spv *s, const struct answer *a)
{
	struct u256 tip = header_tree_work_at(s->tree, header_tree_height(s->tree)), one = u256_from_u64(1), more = u256_add(&tip, &one);
	struct spv_header start;
	struct u256 work;
	size_t from = 0;

	while (from < a->n && header_tree_has(s->tree, &a->hashes[from]))
		from++;
	if (from == a->n || !header_tree_find(s->tree, &a->headers[from].prev, &start))
		return false;
	work = claimed(start.work, a, from, &more);
	return u256_cmp(&work, &tip) > 0;
}

static void
ignore(struct spv *s, struct peer *p, const struct answer *a)
{
	p->unconnecting = 0;
	if (p->asked && !job_is_served_by(s, p)) {
		p->asked = false;
		p->caught_up = true;
	}
	found_low(s, p);
	waste(s, p, a->n);
}

/* A job that waits, and that this peer has not been asked about. */
static const struct job *
job_to_offer(const struct spv *s, const struct peer *p)
{
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		const struct job *j = &s->jobs[i];

		if (j->presync != NULL && !j->served && !job_was_tried(j, p) && p->offered != s->offer)
			return j;
	}
	return NULL;
}

static void
ask_about(struct spv *s, struct peer *p, const struct job *j)
{
	ask_on(s, p, j);
	p->offered = s->offer;
	p->offered_job = true;
}

static void
try_branch(struct spv *s, struct peer *p, const struct answer *a, size_t from, const struct spv_header *start)
{
	struct job *own = job_of(s, p), *j;

	if (own != NULL) {
		/* It has turned to another branch; other peers may still have that one. */
		waste(s, p, own->given);
		if (!p->closing) {
			job_note_tried(own, p);
			job_detach(s, own);
		}
	}
	if (p->closing)
		return;
	j = job_followed(s, p, &start->hash);
	if (j == NULL && job_to_offer(s, p) != NULL) {
		/* A branch that waits may be this one, further on. */
		ask_about(s, p, job_to_offer(s, p));
		waste(s, p, a->n);
		return;
	}
	if (j == NULL)
		j = job_forked(s, p, &start->hash);
	if (j == NULL) {
		j = job_place(s, p);
		if (j != NULL)
			job_begin(s, j, start);
	}
	if (j == NULL) {
		p->waits = true;
		p->asked = false;
		waste(s, p, a->n);
	} else {
		job_serve(s, j, p);
		(void)give(s, p, j, a, from);
	}
}

/* The answer to an offer goes on with a waiting job, be it with headers that are known by now. */
static bool
take_offer(struct spv *s, struct peer *p, const struct answer *a)
{
	struct job *j = p->offered_job ? job_followed(s, p, &a->headers[0].prev) : NULL;

	p->offered_job = false;
	if (j == NULL)
		return false;
	job_serve(s, j, p);
	return give(s, p, j, a, 0);
}

bool
low_work_take(struct spv *s, struct peer *p, const struct answer *a)
{
	struct job *own = job_of(s, p), *j;
	struct spv_header start;
	size_t from = 0;

	if (own != NULL && give(s, p, own, a, 0))
		return true;
	if (own == NULL && take_offer(s, p, a))
		return true;
	while (from < a->n && header_tree_has(s->tree, &a->hashes[from]))
		from++;
	if (from == a->n)
		return false;
	if (!header_tree_find(s->tree, &a->headers[from].prev, &start)) {
		j = job_followed(s, p, &a->headers[from].prev);
		if (j == NULL)
			j = job_forked(s, p, &a->headers[from].prev);
		if (j != NULL) {
			if (own != NULL)
				job_detach(s, own);
			job_serve(s, j, p);
			return give(s, p, j, a, from);
		}
		if (own != NULL)
			low_work_stray(s, p);
		return own != NULL;
	}
	if (header_tree_is_marked(s->tree, &a->hashes[from]) || claims_enough(s, &start, a, from)) {
		if (own != NULL)
			job_detach(s, own);
		return false;
	}
	if (a->n < P2P_HEADERS_MAX)
		ignore(s, p, a);
	else
		try_branch(s, p, a, from, &start);
	return true;
}

void
low_work_stray(struct spv *s, struct peer *p)
{
	waste(s, p, 0);
}

void
low_work_no_room(struct spv *s, struct peer *p, size_t n)
{
	found_low(s, p);
	waste(s, p, n);
}

void
low_work_no_more(struct spv *s, struct peer *p)
{
	struct job *j = job_of(s, p);
	size_t given;

	p->offered_job = false;
	if (j == NULL)
		return;
	given = j->given;
	job_set_back(s, j, p);
	found_low(s, p);
	waste(s, p, given);
}

void
low_work_shown(struct spv *s, struct peer *p, const struct u256 *work)
{
	struct u256 need = low_work_needed(s);

	if (u256_cmp(work, &need) >= 0)
		p->low_work = false;
}

/* --- Time and turns --- */

void
low_work_peer_gone(struct spv *s, struct peer *p)
{
	struct job *j = job_of(s, p);

	p->proving = false;
	if (j != NULL)
		job_detach(s, j);
}

static bool
may_serve(const struct peer *p)
{
	return peer_is_ready(p) && p->started && !p->asked && !p->low_work;
}

/* Ask one peer after the other whether it has the branch of a waiting job. */
static void
offer(struct spv *s)
{
	const struct job *j = NULL;
	struct peer *p, *next = NULL;

	for (p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p) && p->asked && p->offered_job)
			return; /* its answer will tell */
		if (next == NULL && may_serve(p) && !job_is_held(s, p) && !job_is_served_by(s, p) && (j = job_to_offer(s, p)) != NULL)
			next = p;
	}
	if (next != NULL)
		ask_about(s, next, j);
}

/* No proven branch is on its way into the tree any more. */
static void
settle(struct spv *s)
{
	struct presync_progress at;
	struct tree_change change;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (p->proving)
			return;
	}
	for (size_t i = 0; i < SPV_JOBS_MAX; i++) {
		if (s->jobs[i].presync == NULL)
			continue;
		presync_progress(s->jobs[i].presync, &at);
		if (at.second)
			return;
	}
	s->unsettled = false;
	header_tree_settle(s->tree);
	header_tree_choose(s->tree, &change); /* side branches over their bound go */
	spv_moved(s, &change);
}

void
low_work_pump(struct spv *s)
{
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (p->waits && peer_is_ready(p) && job_place_is_free(s, p)) {
			job_call(s, p);
			break;
		}
	}
	offer(s);
	if (s->unsettled)
		settle(s);
}

void
low_work_tick(struct spv *s)
{
	struct u256 work = header_tree_work_at(s->tree, header_tree_height(s->tree));
	bool below = u256_cmp(&work, &s->params.chain->minimum_chain_work) < 0;

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		/* It has no more than we do, and that is too little. */
		if (below && peer_is_ready(p) && p->caught_up && !p->asked)
			found_low(s, p);
		if (peer_is_ready(p) && p->low_work && mono_passed(p->low_since, LOW_WORK_MS, s->now.mono))
			peer_close(s, p, false, "headers: no chain of enough work for %d minutes", LOW_WORK_MS / 60000);
	}
}
