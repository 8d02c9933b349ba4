/* Filters when the best chain turns, or what they were held for; and how far peers agree about them. */
#include "spv/core.h"

/* The peer's words above a height don't count any more. */
static void
peer_turn(struct peer *p, uint32_t count)
{
	struct filter_peer *f = &p->filters;

	if (f->claims && f->agreed + 1 >= (int64_t)count)
		f->claims = false;
	if (f->agreed < (int64_t)count)
		return;
	f->agreed = (int64_t)count - 1;
	/* Its own headers are known no more between where it went apart and here: they are found again from there. */
	if (f->apart) {
		f->apart = false;
		if (f->agreed >= (int64_t)f->apart_from)
			f->agreed = (int64_t)f->apart_from - 1;
	}
}

static void
turn(struct spv *s, uint32_t count)
{
	if (count < s->filters.chain.count)
		filter_chain_cut(&s->filters.chain, count);
	filter_jobs_cut(s, count);
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next)
		peer_turn(p, count);
}

void
filters_forget(struct spv *s)
{
	turn(s, 0);
	dispute_turn(s, 0);
	filter_scan_turn(s, 0);
	filter_chain_clear(&s->filters.chain);
}

void
filters_turn(struct spv *s, uint32_t fork)
{
	turn(s, fork + 1);
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if ((uint64_t)p->filters.checkpoint_n * P2P_CFCHECKPT_INTERVAL > fork)
			filters_peer_clear(p);
	}
	dispute_turn(s, fork + 1);
	filter_scan_turn(s, fork + 1);
}

void
filters_cut(struct spv *s, uint32_t height)
{
	turn(s, height);
	filter_scan_turn(s, height);
	filter_watch_all_late(s);
	rescan_from(s, height);
}

/* --- How far --- */

void
filters_wait(const struct spv *s, struct filter_wait *w, bool on)
{
	if (on && !w->on)
		w->since = s->now.mono;
	w->on = on;
}

uint32_t
filters_agreed_count(const struct spv *s, const struct filter_wait *w)
{
	uint32_t count = s->filters.chain.count, target;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (!filters_answers(p) || !filters_target(s, p, &target) || p->filters.agreed >= (int64_t)target)
			continue;
		/* Who came while others were waited for is not: else a few who come and go would hold everything up for ever. */
		if (w->on && p->connected.ms > w->since.ms)
			continue;
		if (p->filters.agreed + 1 < (int64_t)count)
			count = (uint32_t)(p->filters.agreed + 1);
	}
	return count;
}

uint32_t
filters_reach(const struct spv *s)
{
	uint32_t reach = 0, target;

	if (!filters_in_use(s))
		return 0;
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (filters_answers(p) && filters_target(s, p, &target) && target + 1 > reach)
			reach = target + 1;
	}
	return reach;
}
