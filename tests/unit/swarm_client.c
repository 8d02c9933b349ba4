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
#define WITNESS_MS 60000 /* an honest peer's filters have been compared after so long */
#define HELD_BASE 4000000 /* bytes that a client may hold, and those for each header */
#define HELD_HEADER 700

/* --- Life and death --- */

static void
resume(struct swarm *w)
{
	struct swarm_taker *t = &w->taker;
	struct spv_progress at;

	/* What was passed by on the word of filters that the disk has lost is taken again. */
	spv_progress(w->s, &at);
	if (at.filter_headers < t->filters && t->first + t->n > at.filter_headers)
		t->n = at.filter_headers > t->first ? at.filter_headers - t->first : 0;
	while (t->n > 0 && !spv_scan_resume(w->s, t->first, &t->taken[t->n - 1].hash))
		t->n--;
	if (t->n == 0)
		spv_scan_from(w->s, t->first);
	if (t->durable > t->n)
		t->durable = t->n;
}

static void
watch_all(struct swarm *w)
{
	for (size_t i = 0; i < FOREST_SCRIPTS; i++) {
		uint32_t from = w->taker.watch_from[i];
		const char *why = from == UINT32_MAX ? NULL : spv_watch(w->s, forest_script(i), FOREST_SCRIPT_LEN, from);

		if (why != NULL)
			swarm_fail(w, "watching: %s", why);
	}
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
	if (w->has_disk && why == NULL)
		why = filter_store_open(&w->filter_store, w->dir, w->s);
	if (why != NULL) {
		swarm_fail(w, "a store does not open: %s", why);
		return;
	}
	spv_tip(w->s, &tip);
	swarm_trace(w, "the client starts at height %u", (unsigned)tip.height);
	/* What was still looked for is looked for again; the rest is known to be done, and only watched on. */
	if (!w->late)
		watch_all(w);
	resume(w);
	if (w->late)
		watch_all(w);
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
	filter_store_close(w->filter_store, w->s);
	header_store_close(w->store, w->s);
	w->filter_store = NULL;
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
	if (why == NULL && w->filter_store != NULL && w->failed[0] == '\0')
		why = filter_store_save(w->filter_store, w->s);
	if (why != NULL && !disk_is_broken())
		swarm_fail(w, "saving: %s", why);
}

void
swarm_client_check(struct swarm *w)
{
	struct spv_progress at;
	size_t side = HASH_COUNT(w->forest->blocks) - w->forest->trunk_n + w->spam, every;

	spv_progress(w->s, &at);
	/* The taker keeps both in mind over a restart. */
	w->late = at.rescan_next != 0;
	w->taker.filters = at.filter_headers;
	/* It takes time in proportion to the best chain, and to the square of what is beside it. */
	every = 1 + at.headers / CHECK_HEIGHT + side * side / (CHECK_SIDE * CHECK_SIDE);
	if (w->checks++ % every == 0)
		spv_check(w->s);
}

/* --- Blocks --- */

/* The next block of the best chain, whole or passed by. */
static void
take(struct swarm *w, const struct hash256 *hash, const struct hash256 *prev, uint32_t height, bool whole)
{
	struct swarm_taker *t = &w->taker;

	swarm_trace(w, "block %u is %s", (unsigned)height, whole ? "taken" : "passed by");
	if (height != t->first + t->n)
		swarm_fail(w, "block %u comes where %zu is awaited", (unsigned)height, t->first + t->n);
	else if (t->n > 0 && !hash256_eq(prev, &t->taken[t->n - 1].hash))
		swarm_fail(w, "block %u does not follow the one before", (unsigned)height);
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 64;
		t->taken = mem_resize(t->taken, t->cap, sizeof(*t->taken));
	}
	t->taken[t->n++] = (struct swarm_taken){ .hash = *hash, .whole = whole };
	if (dice_chance(&w->dice, 20))
		t->durable = t->n;
}

static void
check_body(struct swarm *w, const struct block *b, const struct hash256 *wanted, uint32_t height)
{
	struct hash256 hash;

	header_hash(&hash, &b->header);
	if (!hash256_eq(&hash, wanted) || block_check(b, &w->chain, height, NULL) != BLOCK_OK)
		swarm_fail(w, "block %u: a wrong body", (unsigned)height);
}

void
swarm_take(struct swarm *w, const struct spv_output *o)
{
	check_body(w, o->block.block, &o->block.hash, o->block.height);
	w->stats->blocks++;
	take(w, &o->block.hash, &o->block.block->header.prev, o->block.height, true);
}

/* The scripts watched at a height, as bits. */
static uint32_t
watched_at(const struct swarm *w, uint32_t height)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < FOREST_SCRIPTS; i++)
		mask |= height >= w->taker.watch_from[i] ? 1u << i : 0;
	return mask;
}

/* Somebody is there who has told the truth about this block for a while. */
static bool
witnessed(const struct swarm *w, const struct forest_block *b)
{
	for (size_t i = 0; i < w->peers_n; i++) {
		const struct swarm_peer *p = &w->peers[i];

		if (swarm_is_honest(p) && (p->services & NODE_COMPACT_FILTERS) != 0 && p->id != 0 && !p->closed && p->ready &&
		    p->fit_since < w->now_ms - WITNESS_MS && forest_holds(w->forest, p->tip, b))
			return true;
	}
	return false;
}

void
swarm_pass(struct swarm *w, const struct spv_output *o)
{
	const struct forest_block *b = forest_find(w->forest, &o->passed.hash);

	if (b == NULL) {
		swarm_fail(w, "block %u is passed by, which nobody has a filter of", (unsigned)o->passed.height);
		return;
	}
	w->stats->passed++;
	if ((b->touches & watched_at(w, b->height)) != 0 && witnessed(w, b))
		swarm_fail(w, "block %u holds a watched script, and is passed by under an honest peer's eyes", (unsigned)b->height);
	take(w, &b->hash, &b->header.prev, o->passed.height, false);
}

void
swarm_retake(struct swarm *w, const struct spv_output *o)
{
	struct swarm_taker *t = &w->taker;
	uint32_t height = o->rescanned.height;

	swarm_trace(w, "block %u is taken on second thoughts", (unsigned)height);
	check_body(w, o->rescanned.block, &o->rescanned.hash, height);
	w->stats->rescanned++;
	if (height < t->first || height - t->first >= t->n || !hash256_eq(&t->taken[height - t->first].hash, &o->rescanned.hash))
		swarm_fail(w, "block %u comes again, but never came", (unsigned)height);
	else
		t->taken[height - t->first].whole = true;
}

const struct forest_block *
swarm_missed(const struct swarm *w)
{
	const struct swarm_taker *t = &w->taker;

	for (size_t i = 0; i < t->n; i++) {
		const struct forest_block *b = forest_find(w->forest, &t->taken[i].hash);

		if (b != NULL && !t->taken[i].whole && (b->touches & watched_at(w, b->height)) != 0)
			return b;
	}
	return NULL;
}

void
swarm_untake(struct swarm *w, const struct spv_output *o)
{
	struct swarm_taker *t = &w->taker;

	swarm_trace(w, "block %u is taken back", (unsigned)o->unblock.height);
	w->stats->unblocks++;
	if (t->n == 0 || o->unblock.height != t->first + t->n - 1 || !hash256_eq(&o->unblock.hash, &t->taken[t->n - 1].hash)) {
		swarm_fail(w, "block %u is taken back, but is not the last", (unsigned)o->unblock.height);
		return;
	}
	t->n--;
	if (t->durable > t->n)
		t->durable = t->n;
}
