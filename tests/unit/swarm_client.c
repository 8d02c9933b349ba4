/* The client's process, and whoever takes its blocks. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/heap.h"
#include "tests/unit/swarm.h"

#define CHECK_HEIGHT 24 /* with chains up to here and that much beside them each event is followed by a check */
#define CHECK_SIDE 48
#define HELD_BASE 4000000 /* bytes that a client may hold, and those for each header */
#define HELD_HEADER 700

/* --- Life and death --- */

static void
resume(struct swarm *w)
{
	struct swarm_taker *t = &w->taker;

	while (t->n > 0 && !spv_scan_resume(w->s, t->first, &t->taken[t->n - 1]))
		t->n--;
	if (t->n == 0)
		spv_scan_from(w->s, t->first);
	if (t->durable > t->n)
		t->durable = t->n;
}

void
swarm_client_start(struct swarm *w)
{
	const char *why = NULL;
	struct spv_header tip;

	w->params.seed = dice_roll(&w->dice);
	w->fetching_n = 0;
	w->s = spv_new(&w->params);
	if (w->has_disk)
		why = header_store_open(&w->store, w->dir, w->db, w->s, swarm_now(w));
	if (why != NULL) {
		swarm_fail(w, "the store does not open: %s", why);
		return;
	}
	spv_tip(w->s, &tip);
	swarm_trace(w, "the client starts at height %u", (unsigned)tip.height);
	resume(w);
	for (size_t i = 0; i < w->txs_n; i++) {
		struct hash256 txid;

		why = w->txs[i].live ? spv_broadcast(w->s, &txid, w->txs[i].raw, w->txs[i].len) : NULL;
		if (why != NULL)
			swarm_fail(w, "broadcast after the start: %s", why);
	}
	swarm_drain(w);
}

void
swarm_client_end(struct swarm *w)
{
	size_t before, held;
	struct spv_header tip;

	spv_tip(w->s, &tip);
	/* A dead process saves nothing more. */
	if (w->store != NULL && !disk_is_broken())
		disk_break_at(1, 0);
	header_store_close(w->store, w->s);
	w->store = NULL;
	disk_whole();
	before = heap_in_use();
	spv_free(w->s);
	w->s = NULL;
	held = before - heap_in_use(); /* nothing of it outlives the process */
	if (held > w->stats->held_max)
		w->stats->held_max = held;
	if (held > HELD_BASE + tip.height * HELD_HEADER)
		swarm_fail(w, "the client held %zu bytes at height %u", held, (unsigned)tip.height);
}

void
swarm_client_restart(struct swarm *w)
{
	struct swarm_taker *t = &w->taker;

	w->stats->restarts++;
	w->stats->kills += disk_is_broken();
	swarm_trace(w, "the client dies%s", disk_is_broken() ? " while it writes" : "");
	swarm_drop_links(w);
	swarm_client_end(w);
	/* What the taker had not made durable it takes again. */
	t->n = t->durable + dice_below(&w->dice, (uint32_t)(t->n - t->durable + 1));
	if (w->failed[0] == '\0')
		swarm_client_start(w);
}

void
swarm_client_save(struct swarm *w)
{
	const char *why = NULL;

	if (w->store != NULL && w->failed[0] == '\0')
		why = header_store_save(w->store, w->s);
	if (why != NULL && !disk_is_broken())
		swarm_fail(w, "saving: %s", why);
}

void
swarm_client_check(struct swarm *w)
{
	struct spv_progress at;
	size_t side = HASH_COUNT(w->forest->blocks) - w->forest->trunk_n + w->spam, every;

	spv_progress(w->s, &at);
	/* It takes time in proportion to the best chain, and to the square of what is beside it. */
	every = 1 + at.headers / CHECK_HEIGHT + side * side / (CHECK_SIDE * CHECK_SIDE);
	if (w->checks++ % every == 0)
		spv_check(w->s);
}

/* --- Blocks --- */

void
swarm_take(struct swarm *w, const struct spv_output *o)
{
	struct swarm_taker *t = &w->taker;
	struct hash256 hash;

	header_hash(&hash, &o->block.block->header);
	swarm_trace(w, "block %u is taken", (unsigned)o->block.height);
	w->stats->blocks++;
	if (!hash256_eq(&hash, &o->block.hash) || block_check(o->block.block, &w->chain, o->block.height, NULL) != BLOCK_OK)
		swarm_fail(w, "block %u: a wrong body", (unsigned)o->block.height);
	else if (o->block.height != t->first + t->n)
		swarm_fail(w, "block %u comes where %zu is awaited", (unsigned)o->block.height, t->first + t->n);
	else if (t->n > 0 && !hash256_eq(&o->block.block->header.prev, &t->taken[t->n - 1]))
		swarm_fail(w, "block %u does not follow the one before", (unsigned)o->block.height);
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 64;
		t->taken = mem_resize(t->taken, t->cap, sizeof(*t->taken));
	}
	t->taken[t->n++] = hash;
	if (dice_chance(&w->dice, 20))
		t->durable = t->n;
}

void
swarm_untake(struct swarm *w, const struct spv_output *o)
{
	struct swarm_taker *t = &w->taker;

	swarm_trace(w, "block %u is taken back", (unsigned)o->unblock.height);
	w->stats->unblocks++;
	if (t->n == 0 || o->unblock.height != t->first + t->n - 1 || !hash256_eq(&o->unblock.hash, &t->taken[t->n - 1])) {
		swarm_fail(w, "block %u is taken back, but is not the last", (unsigned)o->unblock.height);
		return;
	}
	t->n--;
	if (t->durable > t->n)
		t->durable = t->n;
}
