/* What befalls everybody: blocks, reorganisations, cut links, clocks, deaths, and what the client is asked for meanwhile. */
#include <stdlib.h>

#include "tests/unit/swarm.h"

void
swarm_find_blocks(struct swarm *w, uint32_t group, const struct forest_block *on, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int64_t now = swarm_now(w).wall.sec - w->wall_skew, since = now - (int64_t)on->header.time;
		uint32_t seconds = since > 0 ? (uint32_t)since : 1;

		/* Miners' clocks go fast, as far as nodes put up with it. */
		if (since > 0 && dice_chance(&w->dice, 3))
			seconds += dice_below(&w->dice, 7000);
		on = forest_grow(w->forest, on, seconds, ++w->tag, FOREST_SOUND);
	}
	if (on->height > w->group_tip[group]->height)
		w->group_tip[group] = on;
	swarm_trace(w, "group %u finds block %u", (unsigned)group, (unsigned)on->height);
}

static void
trouble_reorg(struct swarm *w)
{
	struct swarm_dice *d = &w->dice;
	uint32_t group = dice_below(d, SWARM_GROUPS), depth = 1 + dice_below(d, dice_chance(d, 20) ? 150 : 6);
	const struct forest_block *at = w->group_tip[group];
	uint32_t height = at->height;

	for (uint32_t i = 0; i < depth && at->parent != NULL; i++)
		at = at->parent;
	if (height - at->height > w->stats->deepest)
		w->stats->deepest = height - at->height;
	swarm_trace(w, "reorganisation of %u", (unsigned)(height - at->height));
	swarm_find_blocks(w, group, at, height - at->height + 1);
}

/* Cut links stay open until they are mended: then they break. */
static void
trouble_cut(struct swarm *w)
{
	uint32_t before = w->cut;

	w->cut = dice_chance(&w->dice, 50) ? 0 : dice_below(&w->dice, 1u << SWARM_GROUPS);
	swarm_trace(w, "links cut: %x", (unsigned)w->cut);
	for (size_t i = 0; i < w->peers_n; i++) {
		w->peers[i].fit_since = INT64_MAX;
		if (w->peers[i].id != 0 && (before & 1u << w->peers[i].group) != 0)
			swarm_disconnect(w, &w->peers[i]);
	}
}

static void
trouble_clock(struct swarm *w)
{
	static const int32_t jumps[] = { -86400, -10000, -7200, -3600, -60, -1, 0, 0, 0, 0, 1, 60, 3600, 7200, 10000, 86400 };

	w->wall_skew = jumps[dice_below(&w->dice, ARRAY_LEN(jumps))];
	swarm_trace(w, "the client's clock is off by %lld s", (long long)w->wall_skew);
}

static void
trouble_broadcast(struct swarm *w)
{
	struct tx tx = { .version = 2 };
	struct outpoint prevout = { .txid = w->group_tip[0]->hash, .index = ++w->tag };
	struct wr bytes = { 0 };
	struct swarm_tx *t = &w->txs[w->txs_n];
	const char *why;

	if (w->txs_n == SWARM_TXS_MAX) {
		t = &w->txs[dice_below(&w->dice, SWARM_TXS_MAX)];
		t->live = false;
		spv_broadcast_forget(w->s, &t->txid);
		return;
	}
	tx_add_in(&tx, &prevout, SEQUENCE_FINAL);
	tx_add_out(&tx, 1000, forest_script(0), FOREST_SCRIPT_LEN);
	txin_add_witness(&tx.in[0], "witness", 7);
	wr_tx(&bytes, &tx);
	tx_txid(&t->txid, &tx);
	tx_clear(&tx);
	*t = (struct swarm_tx){ .txid = t->txid, .raw = bytes.p, .len = bytes.len, .live = true };
	w->txs_n++;
	why = spv_broadcast(w->s, &t->txid, t->raw, t->len);
	if (why != NULL)
		swarm_fail(w, "broadcast: %s", why);
	swarm_drain(w);
}

static void
trouble_fetch(struct swarm *w)
{
	const struct forest_block *tip = w->group_tip[dice_below(&w->dice, SWARM_GROUPS)];
	const struct forest_block *b = forest_at(w->forest, tip, dice_below(&w->dice, tip->height + 1));
	bool known = false;

	for (size_t i = 0; i < w->fetching_n; i++)
		known = known || hash256_eq(&w->fetching[i], &b->hash);
	/* Two questions for one block have one answer. */
	if (spv_fetch_block(w->s, &b->hash) == NULL && !known)
		w->fetching[w->fetching_n++] = b->hash;
	swarm_drain(w);
}

static void
trouble_scan(struct swarm *w)
{
	struct swarm_taker *t = &w->taker;

	t->first = dice_below(&w->dice, w->group_tip[0]->height + 2);
	t->n = t->durable = 0;
	swarm_trace(w, "the scan begins again at %u", (unsigned)t->first);
	spv_scan_from(w->s, t->first);
	swarm_drain(w);
}

/* A script is watched from a height on that may have been scanned already. */
static void
trouble_watch(struct swarm *w)
{
	size_t i = dice_below(&w->dice, FOREST_SCRIPTS);
	const char *why;

	if (w->taker.watch_from[i] != UINT32_MAX)
		return;
	w->taker.watch_from[i] = dice_below(&w->dice, w->group_tip[0]->height + 1);
	w->late = true;
	swarm_trace(w, "script %zu is watched from %u on", i, (unsigned)w->taker.watch_from[i]);
	why = spv_watch(w->s, forest_script(i), FOREST_SCRIPT_LEN, w->taker.watch_from[i]);
	if (why != NULL)
		swarm_fail(w, "watching: %s", why);
	swarm_drain(w);
}

static void
trouble_peer(struct swarm *w, struct swarm_peer *p)
{
	switch (dice_below(&w->dice, 4)) {
	case 0:
		p->fit_since = INT64_MAX;
		p->stalls = dice_below(&w->dice, STALL_ALL + 1);
		swarm_trace(w, "%s: stalls %x", p->name, p->stalls);
		return;
	case 1:
		p->stalls = 0;
		return;
	case 2:
		p->offline = !p->offline && dice_chance(&w->dice, 50);
		if (p->offline && p->id != 0)
			swarm_disconnect(w, p);
		return;
	case 3:
		if (p->id != 0)
			swarm_disconnect(w, p);
		return;
	}
}

void
swarm_trouble(struct swarm *w)
{
	struct swarm_dice *d = &w->dice;
	uint32_t what = dice_below(d, 100);

	if (what < 40)
		swarm_find_blocks(w, dice_below(d, SWARM_GROUPS), w->group_tip[dice_below(d, SWARM_GROUPS)], 1 + dice_below(d, 3));
	else if (what < 48)
		trouble_reorg(w);
	else if (what < 52)
		w->parted = !w->parted;
	else if (what < 56)
		trouble_cut(w);
	else if (what < 58)
		trouble_clock(w);
	else if (what < 62)
		trouble_broadcast(w);
	else if (what < 70)
		trouble_fetch(w);
	else if (what < 71)
		trouble_scan(w);
	else if (what < 73)
		trouble_watch(w);
	else if (what < 80 && (w->plan.kill_at > 0 || w->plan.hours > 0))
		swarm_find_blocks(w, 1, w->group_tip[1], 1);
	else if (what < 75)
		swarm_client_restart(w);
	else if (what < 80)
		disk_break_at(1 + dice_below(d, 6), dice_below(d, 101));
	else
		trouble_peer(w, &w->peers[dice_below(d, (uint32_t)w->peers_n)]);
}
