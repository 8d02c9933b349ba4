/* Filters of the scan's window: asked for in batches, checked, matched, dropped.
 *
 * Invariants:
 * 1. A slot says PASS only when a filter with the hash that the chain names holds no watched script, and every peer that answers names
 *    the same (or nothing is watched).
 * 2. A filter is compared with the hash that its own sender named for this block: another one is the sender's lie.
 * 3. Slots outside scan_next … scan_next + FILTER_WINDOW - 1 are UNKNOWN; a slot is ASKED exactly while a SCAN job is out for it.
 * 4. A filter whose block is asked for stays until the block is here, and is judged by it; FILTER_KEPT_MAX bounds them. */
#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "spv/core.h"

#define SPOT_CHECK 50 /* with one filter peer alone, one in so many blocks is asked for whatever its filter says */

static struct filter_slot *
slot_at(struct spv *s, uint32_t height)
{
	return &s->filters.slot[height % FILTER_WINDOW];
}

static void
forget_filter(struct spv *s, struct filter_slot *slot)
{
	if (slot->filter != NULL)
		s->filters.kept -= slot->len;
	free(slot->filter);
	slot->filter = NULL;
}

static void
slot_set(struct spv *s, uint32_t height, enum filter_slot_state state)
{
	struct filter_slot *slot = slot_at(s, height);

	s->filters.matched += state == FILTER_MATCH;
	s->filters.matched -= slot->state == FILTER_MATCH;
	forget_filter(s, slot);
	slot->state = state;
}

static bool
in_window(const struct spv *s, uint32_t height)
{
	return s->scanning && height >= s->scan_next && height - s->scan_next < FILTER_WINDOW;
}

static void
ask_again_from(struct spv *s, uint32_t height)
{
	if (s->filters.ask_next > height)
		s->filters.ask_next = height;
}

uint32_t
filter_scan_limit(const struct spv *s)
{
	uint32_t reach = filters_reach(s), count = header_tree_height(s->tree) + 1;

	if (count <= s->params.full_tail)
		return 0;
	return reach < count - s->params.full_tail ? reach : count - s->params.full_tail;
}

bool
filter_scan_needs_block(const struct spv *s, uint32_t height, uint32_t limit)
{
	switch (s->filters.slot[height % FILTER_WINDOW].state) {
	case FILTER_PASS:
		return false;
	case FILTER_MATCH:
		return true;
	case FILTER_UNKNOWN:
	case FILTER_ASKED:
		break;
	}
	return height >= limit || dispute_is_doubt(s, height);
}

bool
filter_scan_passes(const struct spv *s, uint32_t height)
{
	return s->filters.slot[height % FILTER_WINDOW].state == FILTER_PASS;
}

void
filter_scan_done(struct spv *s, uint32_t height)
{
	slot_set(s, height, FILTER_UNKNOWN);
}

/* --- Asking --- */

struct peer *
filter_scan_peer(struct spv *s, uint32_t stop)
{
	struct peer *found = NULL;

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (!filters_answers(p) || !filters_askable(s, p) || p->filters.agreed < (int64_t)stop)
			continue;
		if (found == NULL || p->filters.jobs < found->filters.jobs)
			found = p;
	}
	return found;
}

void
filter_scan_ask(struct spv *s, struct peer *p, enum filter_job_kind kind, uint32_t start, uint32_t stop)
{
	struct filter_job *j = filter_job_new(s, p, kind, start, stop);
	struct wr w = { 0 };

	assert(stop - start < FILTER_BATCH);
	j->left = stop - start + 1;
	wr_p2p_getcfilters(&w, &(struct p2p_getcfilters){ .filter_type = P2P_FILTER_BASIC, .start_height = start, .stop = j->stop_hash });
	peer_send(s, p, "getcfilters", w.p, w.len);
	wr_clear(&w);
}

/* A row of unknown slots from *start on, below `end`; false: none. */
static bool
next_row(struct spv *s, uint32_t *start, uint32_t *stop, uint32_t end)
{
	while (*start < end && slot_at(s, *start)->state != FILTER_UNKNOWN)
		++*start;
	if (*start >= end)
		return false;
	for (*stop = *start; *stop + 1 < end && *stop - *start + 1 < FILTER_BATCH; ++*stop) {
		if (slot_at(s, *stop + 1)->state != FILTER_UNKNOWN)
			break;
	}
	return true;
}

static void
ask_row(struct spv *s, struct peer *p, uint32_t start, uint32_t stop)
{
	for (uint32_t h = start; h <= stop; h++)
		slot_set(s, h, FILTER_ASKED);
	filter_scan_ask(s, p, FILTER_JOB_SCAN, start, stop);
}

/* Nothing is looked for: nothing is there. */
static void
pass_all(struct spv *s, uint32_t from, uint32_t end)
{
	for (uint32_t h = from; h < end; h++) {
		if (slot_at(s, h)->state == FILTER_UNKNOWN)
			slot_set(s, h, FILTER_PASS);
	}
	s->filters.ask_next = end > from ? end : from;
}

static void
scan_pump(struct spv *s)
{
	uint32_t end = filter_scan_limit(s), start, stop, window_end = s->scan_next + FILTER_WINDOW, agreed;
	size_t watched;

	end = end < window_end ? end : window_end;
	start = s->filters.ask_next > s->scan_next ? s->filters.ask_next : s->scan_next;
	(void)filter_watch_items(s, false, &watched);
	if (watched == 0) {
		pass_all(s, start, end);
		return;
	}
	agreed = filters_agreed_count(s, &s->filters.scan_wait);
	filters_wait(s, &s->filters.scan_wait, agreed < end && agreed <= start);
	end = end < agreed ? end : agreed;
	while (next_row(s, &start, &stop, end)) {
		struct peer *p;

		/* The end of the window moves a block at a time: wait until it is worth a question. */
		if (stop + 1 == window_end && stop - start + 1 < FILTER_BATCH && start > s->scan_next)
			break;
		p = filter_scan_peer(s, stop);
		if (p == NULL)
			break;
		ask_row(s, p, start, stop);
		start = stop + 1;
	}
	s->filters.ask_next = start;
}

void
filter_scan_pump(struct spv *s)
{
	if (!s->scanning || !filters_in_use(s))
		return;
	scan_pump(s);
}

void
filter_scan_failed(struct spv *s, const struct filter_job *j)
{
	if (j->kind == FILTER_JOB_RESCAN) {
		rescan_failed(s);
		return;
	}
	for (uint32_t h = j->start; h <= j->stop; h++) {
		if (in_window(s, h) && slot_at(s, h)->state == FILTER_ASKED)
			slot_set(s, h, FILTER_UNKNOWN);
	}
	ask_again_from(s, j->start);
}

/* --- Answers --- */

static bool
is_lone(const struct spv *s)
{
	unsigned n = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		n += filters_answers(p);
	return n < 2;
}

/* Has the block to be looked at? A filter that can't be read says nothing, and is judged by the block. */
static bool
is_match(struct spv *s, const struct p2p_cfilter *m, bool late)
{
	size_t n;
	const struct filter_item *items = filter_watch_items(s, late, &n);

	switch (filter_match_any(m->filter, m->filter_len, &m->block, items, n)) {
	case FILTER_NO:
		return false;
	case FILTER_YES:
	case FILTER_MALFORMED:
		break;
	}
	return true;
}

static void
on_scan(struct spv *s, uint32_t height, const struct p2p_cfilter *m)
{
	struct filter_slot *slot = slot_at(s, height);

	if (!in_window(s, height) || slot->state != FILTER_ASKED)
		return;
	if (!dispute_is_doubt(s, height) && !is_match(s, m, false) && !(is_lone(s) && spv_number(s) % SPOT_CHECK == 0)) {
		slot_set(s, height, FILTER_PASS);
		return;
	}
	slot_set(s, height, FILTER_MATCH);
	if (m->filter_len > FILTER_KEPT_MAX - s->filters.kept)
		return;
	slot->filter = mem_dup(m->filter, m->filter_len);
	slot->len = m->filter_len;
	s->filters.kept += slot->len;
}

/* The filter isn't the one that its sender named before. What is in doubt was named twofold. */
static bool
is_other(struct spv *s, uint32_t height, const struct p2p_cfilter *m)
{
	struct hash256 hash, named;

	if (dispute_is_doubt(s, height))
		return false;
	filter_hash(&hash, m->filter, m->filter_len);
	named = filter_chain_hash(&s->filters.chain, height);
	return !hash256_eq(&hash, &named);
}

static void
on_batch(struct spv *s, struct peer *p, struct filter_job *j, uint32_t height, const struct p2p_cfilter *m)
{
	bool rescan = j->kind == FILTER_JOB_RESCAN;

	if (j->got[height - j->start])
		return;
	if (p->filters.agreed < (int64_t)height) {
		/* Its words were taken back meanwhile, and are to be compared anew first. */
		filter_scan_failed(s, j);
		filter_job_free(s, j);
		return;
	}
	if (is_other(s, height, m)) {
		peer_ban(s, p, height, "cfilter: not the filter that the same peer's cfheaders name at height %lu", (unsigned long)height);
		return;
	}
	filters_heard(p);
	j->got[height - j->start] = true;
	j->asked_at = s->now.mono;
	if (--j->left == 0)
		filter_job_free(s, j);
	if (rescan)
		rescan_on_filter(s, height, dispute_is_doubt(s, height) || is_match(s, m, true));
	else
		on_scan(s, height, m);
}

void
filter_scan_on_filter(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_cfilter m;
	struct filter_job *j;
	uint32_t height;

	if (!p2p_cfilter_decode(&m, payload, len)) {
		peer_close(s, p, true, "cfilter: malformed");
		return;
	}
	if (m.filter_type != P2P_FILTER_BASIC || !header_tree_on_best(s->tree, &m.block, &height))
		return; /* of a block that has left the chain, or never was on it: no answer any more */
	if (filter_job_at(s, p, FILTER_JOB_SHOW, height) != NULL)
		dispute_on_filter(s, p, height, m.filter, m.filter_len);
	else if ((j = filter_job_at(s, p, FILTER_JOB_SCAN, height)) != NULL || (j = filter_job_at(s, p, FILTER_JOB_RESCAN, height)) != NULL)
		on_batch(s, p, j, height, &m);
}

void
filter_scan_on_block(struct spv *s, uint32_t height, const struct block *b)
{
	struct filter_slot *slot = slot_at(s, height);
	uint8_t *filter;

	if (!in_window(s, height) || slot->filter == NULL)
		return;
	filter = slot->filter;
	slot->filter = NULL;
	s->filters.kept -= slot->len;
	dispute_judge_block(s, height, b, filter, slot->len);
	free(filter);
}

/* --- Turning back --- */

/* Reset the slots from a height on; those that stand for what is asked or matched only when `all`. */
static void
forget(struct spv *s, uint32_t from, bool all)
{
	from = from > s->scan_next ? from : s->scan_next;
	if (!in_window(s, from))
		return;
	for (uint32_t h = from; h - s->scan_next < FILTER_WINDOW; h++) {
		if (all || slot_at(s, h)->state == FILTER_PASS)
			slot_set(s, h, FILTER_UNKNOWN);
	}
	ask_again_from(s, from);
}

void
filter_scan_turn(struct spv *s, uint32_t height)
{
	/* The jobs that reach so far are gone. */
	forget(s, height, true);
	ask_again_from(s, height);
	rescan_turn(s);
}

void
filter_scan_widen(struct spv *s, uint32_t from)
{
	forget(s, from, false);
}

void
filter_scan_reset(struct spv *s)
{
	struct filter_job *j, *next;

	DL_FOREACH_SAFE2(s->filters.jobs, j, next, next_job)
	{
		if (j->kind == FILTER_JOB_SCAN || j->kind == FILTER_JOB_RESCAN)
			filter_job_free(s, j);
	}
	for (uint32_t i = 0; i < FILTER_WINDOW; i++)
		slot_set(s, i, FILTER_UNKNOWN);
	s->filters.ask_next = 0;
	rescan_stop(s);
}
