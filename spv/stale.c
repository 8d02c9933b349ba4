/* A tip that stands still. Blocks come every ten minutes on average, so after half an hour without one it is worth asking
 * around (Bitcoin Core's rule: three times the spacing), and after an hour and a half something is wrong: by chance that
 * happens once in two months. */
#include <stdio.h>

#include "spv/core.h"

#define STILL_MS (30 * 60 * 1000)    /* without a new tip */
#define ASK_ALL_MS (10 * 60 * 1000)  /* between two rounds of asking, as Bitcoin Core's STALE_CHECK_INTERVAL */

int64_t
stale_age(const struct spv *s)
{
	return s->now.wall.sec - (int64_t)header_tree_header_at(s->tree, header_tree_height(s->tree)).time;
}

bool
stale_is(const struct spv *s)
{
	return s->params.stale_s > 0 && stale_age(s) > s->params.stale_s;
}

void
spv_set_stale_age(struct spv *s, int64_t seconds)
{
	s->params.stale_s = seconds;
}

static void
ask_all(struct spv *s)
{
	s->asked_all = s->now.mono;
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p) && p->started && p->caught_up && !p->asked)
			sync_ask(s, p);
	}
}

static void
tell(struct spv *s)
{
	struct spv_output *out = spv_emit(s, SPV_STALE);
	unsigned long minutes = (unsigned long)(stale_age(s) > 0 ? stale_age(s) / 60 : 0), height = header_tree_height(s->tree);
	unsigned ready = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		ready += peer_is_ready(p);
	out->stale.stale = s->stale;
	out->stale.tip_age_s = stale_age(s);
	if (s->stale && ready == 0)
		snprintf(out->stale.what, sizeof(out->stale.what), "no peer is connected, and the newest block, %lu, is %lu minutes old",
			 height, minutes);
	else if (s->stale)
		snprintf(out->stale.what, sizeof(out->stale.what),
			 "the newest block, %lu, is %lu minutes old: our %u peer%s may be cut off, or keep blocks back, or the clock is wrong",
			 height, minutes, ready, ready == 1 ? "" : "s");
	else
		snprintf(out->stale.what, sizeof(out->stale.what), "blocks come again: the newest, %lu, is %lu minutes old", height, minutes);
}

void
stale_tick(struct spv *s)
{
	bool still, now;

	if (!s->began)
		s->moved = s->now.mono;
	s->began = true;
	if (s->params.stale_s <= 0 && !s->stale)
		return;
	still = mono_passed(s->moved, STILL_MS, s->now.mono);
	if (still && mono_passed(s->asked_all, ASK_ALL_MS, s->now.mono))
		ask_all(s);
	/* While headers are still coming in the tip is old and no cause for alarm. */
	now = stale_is(s) && (s->stale || still || sync_any_caught_up(s));
	if (now == s->stale)
		return;
	s->stale = now;
	tell(s);
}
