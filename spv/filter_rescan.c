/* Looking again at heights that the scan has passed: for scripts that were watched late, and when a filter chain turns out to have been a
 * lie. One batch at a time, so that what is not looked at yet is always rescan_next and above, or rescan_again and above.
 *
 * Invariants:
 * 1. While a rescan is on, a late script may still be in rescan_lowest() … rescan_end - 1, and nowhere else below the scan's next height.
 * 2. rescan_next moves on only when each filter of the batch was seen, or each block delivered. */
#include <utlist.h>

#include "spv/core.h"

void
rescan_stop(struct spv *s)
{
	s->filters.rescanning = false;
	s->filters.rescan_next = s->filters.rescan_asked = s->filters.rescan_end = 0;
	s->filters.rescan_again = UINT32_MAX;
	filter_watch_caught_up(s);
	download_prune(s);
}

static void
drop_jobs(struct spv *s)
{
	struct filter_job *j, *next;

	DL_FOREACH_SAFE2(s->filters.jobs, j, next, next_job)
	{
		if (j->kind == FILTER_JOB_RESCAN)
			filter_job_free(s, j);
	}
}

void
rescan_from(struct spv *s, uint32_t from)
{
	struct filters *f = &s->filters;

	/* Nobody can spend the coin of genesis, so that nothing in it is ever of interest, and a rescan_next of 0 means that there is none. */
	from = from > 0 ? from : 1;
	from = from > s->scan_first ? from : s->scan_first;
	if (!s->scanning || from >= s->scan_next)
		return;
	f->rescan_end = s->scan_next;
	if (!f->rescanning) {
		f->rescanning = true;
		f->rescan_next = f->rescan_asked = from;
		f->rescan_again = UINT32_MAX;
	} else if (from < f->rescan_asked && from < f->rescan_again) {
		f->rescan_again = from; /* the batch under way, and those before, did not look for everything */
	}
}

uint32_t
rescan_lowest(const struct spv *s)
{
	const struct filters *f = &s->filters;

	if (!f->rescanning)
		return 0;
	return f->rescan_next < f->rescan_again ? f->rescan_next : f->rescan_again;
}

void
rescan_failed(struct spv *s)
{
	s->filters.rescan_asked = s->filters.rescan_next;
}

void
rescan_turn(struct spv *s)
{
	struct filters *f = &s->filters;

	if (!f->rescanning)
		return;
	if (!s->scanning || rescan_lowest(s) >= s->scan_next) {
		drop_jobs(s);
		rescan_stop(s);
		return;
	}
	if (f->rescan_again >= s->scan_next)
		f->rescan_again = UINT32_MAX;
	if (f->rescan_next > s->scan_next)
		f->rescan_next = s->scan_next;
	if (f->rescan_end > s->scan_next) {
		f->rescan_end = s->scan_next;
		drop_jobs(s);
		rescan_failed(s);
	}
}

void
rescan_on_filter(struct spv *s, uint32_t height, bool match)
{
	if (match)
		download_rescan(s, height);
}

static bool
batch_done(const struct spv *s)
{
	const struct filter_job *j;

	DL_FOREACH2(s->filters.jobs, j, next_job)
	{
		if (j->kind == FILTER_JOB_RESCAN)
			return false;
	}
	return !download_rescans(s);
}

static void
next_batch(struct spv *s)
{
	struct filters *f = &s->filters;
	uint32_t end = f->rescan_end, limit = filters_reach(s), agreed;
	struct peer *p;

	if (f->rescan_next >= limit) {
		/* Nobody serves filters of these heights: whole blocks. */
		end = end - f->rescan_next < s->params.window ? end : f->rescan_next + s->params.window;
		for (; f->rescan_asked < end; f->rescan_asked++)
			download_rescan(s, f->rescan_asked);
		return;
	}
	agreed = filters_agreed_count(s, &f->rescan_wait);
	filters_wait(s, &f->rescan_wait, agreed <= f->rescan_next);
	end = end < limit ? end : limit;
	end = end < agreed ? end : agreed;
	if (end <= f->rescan_next)
		return;
	end = end - f->rescan_next < FILTER_BATCH ? end : f->rescan_next + FILTER_BATCH;
	p = filter_scan_peer(s, end - 1);
	if (p == NULL)
		return;
	filter_scan_ask(s, p, FILTER_JOB_RESCAN, f->rescan_next, end - 1);
	f->rescan_asked = end;
}

void
rescan_pump(struct spv *s)
{
	struct filters *f = &s->filters;

	if (!f->rescanning || !sync_any_caught_up(s))
		return;
	if (f->rescan_asked > f->rescan_next && batch_done(s))
		f->rescan_next = f->rescan_asked;
	if (f->rescan_next >= f->rescan_end && f->rescan_again < f->rescan_end) {
		f->rescan_next = f->rescan_asked = f->rescan_again;
		f->rescan_again = UINT32_MAX;
	}
	if (f->rescan_next >= f->rescan_end)
		rescan_stop(s);
	else if (f->rescan_asked == f->rescan_next)
		next_batch(s);
}
