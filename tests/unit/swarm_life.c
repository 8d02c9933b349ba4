/* The story of a seed. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/heap.h"
#include "tests/unit/swarm.h"

#define START_MS 1000000
#define SECONDS 1000
#define SETTLE_MS (90 * 60 * SECONDS)
#define OVERTAKE_MS (10 * 60 * SECONDS) /* patience with a branch whose blocks nobody shows */
#define LONG_SLACK 4000000 /* bytes more in use than after the first hour, and for each new block */
#define LONG_BLOCK 6000
#define WATCH_MS (130 * SECONDS) /* two rounds of announcements */

/* --- Who there is --- */

static void
peer_new(struct swarm *w, enum swarm_lie lie)
{
	struct swarm_peer *p = &w->peers[w->peers_n];
	struct swarm_dice *d = &w->dice;

	p->lie = lie;
	snprintf(p->name, sizeof(p->name), "%s-%zu", swarm_lie_name(lie), w->peers_n);
	p->services = NODE_NETWORK | NODE_WITNESS;
	p->group = dice_below(d, SWARM_GROUPS);
	p->tip = w->group_tip[0];
	p->shown = w->forest->genesis;
	p->latency_ms = 1 + dice_below(d, dice_chance(d, 20) ? 2000 : 100);
	p->bytes_per_ms = 10 + dice_below(d, dice_chance(d, 20) ? 20 : 2000); /* 162 kB of headers in well under 30 s */
	p->inv_only = dice_chance(d, 30);
	p->slow = p->latency_ms > 1000 || p->bytes_per_ms < 30;
	if (w->params.scan_mode == SPV_SCAN_FILTERS && dice_chance(d, 60))
		p->services |= NODE_COMPACT_FILTERS;
	if (lie >= LIE_FILTER_OMITS && lie <= LIE_FILTER_SILENT)
		p->services |= NODE_COMPACT_FILTERS;
	if (lie == LIE_LAGGING)
		p->tip = forest_at(w->forest, p->tip, p->tip->height / 2);
	w->peers_n++;
}

static void
peers_new(struct swarm *w)
{
	struct swarm_dice *d = &w->dice;
	uint32_t honest = 1 + dice_below(d, 4), liars = dice_below(d, 8);

	if (dice_chance(d, 3))
		liars = SWARM_PEERS_MAX - honest;
	if (dice_chance(d, 10))
		honest = 1;
	for (uint32_t i = 0; i < honest; i++)
		peer_new(w, LIE_NONE);
	for (uint32_t i = 0; i < liars; i++) {
		enum swarm_lie lie = (enum swarm_lie)(1 + dice_below(d, LIE_KINDS - 1));

		peer_new(w, lie);
	}
}

static void
world_new(struct swarm *w)
{
	static const uint32_t heights[] = { 0, 1, 5, 12, 20, 30, 45, 160, 400 };
	struct swarm_dice *d = &w->dice;
	uint32_t height = dice_chance(d, 2) ? SWARM_TRUNK - 3 : heights[dice_below(d, ARRAY_LEN(heights))];
	const struct forest_block *start = w->forest->trunk[height];

	w->now_ms = w->start_ms = START_MS;
	w->next_tick_ms = w->now_ms + dice_below(d, 500);
	w->wall_start = (int64_t)start->header.time + dice_below(d, 3000);
	for (size_t i = 0; i < SWARM_GROUPS; i++)
		w->group_tip[i] = start;
	w->chain = *w->forest->chain;
	w->params = spv_params_default(&w->chain);
	w->params.window = 1 + dice_below(d, 16);
	if (height > 1000)
		w->params.window = 16; /* one block after the other would take hours */
	w->params.side_max = dice_chance(d, 30) ? 200 + dice_below(d, 400) : w->params.side_max;
	/* A regtest block stands for two hashes. */
	if (dice_chance(d, 30))
		w->chain.minimum_chain_work = u256_from_u64(2 * (uint64_t)dice_below(d, height + 2));
	w->params.scan_mode = dice_chance(d, 60) ? SPV_SCAN_FILTERS : SPV_SCAN_BLOCKS;
	w->taker.first = dice_chance(d, 80) ? 1 : dice_below(d, height + 3);
	for (size_t i = 0; i < FOREST_SCRIPTS; i++)
		w->taker.watch_from[i] = dice_chance(d, 60) ? 0 : UINT32_MAX;
	w->has_disk = dice_chance(d, 50) || w->plan.kill_at > 0;
	if (w->has_disk) {
		/* Nothing here outlives the process: memory does. */
		snprintf(w->dir, sizeof(w->dir), "%s/swarm.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		if (mkdtemp(w->dir) == NULL)
			swarm_fail(w, "no temporary directory");
		if (db_open(&w->db, ":memory:") != DB_OK)
			swarm_fail(w, "no database");
	}
	peers_new(w);
}

/* --- Quiet --- */

static const struct forest_block *
best_block(const struct swarm *w)
{
	const struct forest_block *best = w->group_tip[0];

	for (size_t i = 1; i < SWARM_GROUPS; i++)
		best = w->group_tip[i]->height > best->height ? w->group_tip[i] : best;
	return best;
}

static const char *
unsettled(const struct swarm *w)
{
	const struct forest_block *best = best_block(w);
	const struct swarm_taker *t = &w->taker;
	static char why[SPV_WHY_MAX];
	struct spv_header tip;

	spv_tip(w->s, &tip);
	if (!hash256_eq(&tip.hash, &best->hash))
		return "the tip is not the best block of the honest";
	if (!spv_is_synced(w->s, why))
		return why;
	if (best->height >= t->first && (t->n != best->height + 1 - t->first || !hash256_eq(&t->taken[t->n - 1].hash, &best->hash)))
		return "not all blocks were taken";
	if (best->height < t->first && t->n != 0)
		return "more blocks were taken than there are";
	if (w->late)
		return "a script watched late is still looked for";
	return w->fetching_n > 0 ? "a block that was asked for was not answered" : NULL;
}

static void
calm(struct swarm *w)
{
	size_t n = 0;

	swarm_trace(w, "the troubles are over");
	w->quiet = true;
	w->parted = false;
	w->wall_skew = 0;
	w->cut = 0;
	if (w->plan.kill_at == 0)
		disk_whole();
	for (size_t i = 0; i < w->peers_n; i++) {
		struct swarm_peer *p = &w->peers[i];

		if (!swarm_is_honest(p))
			continue;
		/* One of them at least is there. */
		p->offline = p->offline && n++ > 0;
		p->stalls = 0;
		if (p->id != 0)
			swarm_disconnect(w, p);
	}
	if (dice_chance(&w->dice, 20) && w->plan.kill_at == 0 && w->plan.hours == 0)
		swarm_client_restart(w);
	/* No ties: the rule for them depends on who was heard first. */
	swarm_find_blocks(w, 0, best_block(w), 1);
}

/* A flawed branch that nobody shows the blocks of is left behind only by work. */
static void
overtake(struct swarm *w)
{
	const struct forest_block *at;
	struct spv_header tip;

	spv_tip(w->s, &tip);
	at = forest_find(w->forest, &tip.hash);
	if (at != NULL && at->sound)
		return;
	w->stats->overtaken++;
	swarm_trace(w, "nobody shows the blocks of the tip: overtaken");
	swarm_find_blocks(w, 0, best_block(w), tip.height > best_block(w)->height ? tip.height - best_block(w)->height + 1 : 1);
}

static void
settle(struct swarm *w)
{
	int64_t began = w->now_ms, overtaken = began;
	const char *why = "";

	while (w->failed[0] == '\0' && (why = unsettled(w)) != NULL && w->now_ms - began < SETTLE_MS) {
		swarm_run(w, 2 * SECONDS);
		if (w->now_ms - overtaken < OVERTAKE_MS)
			continue;
		overtaken = w->now_ms;
		overtake(w);
	}
	if (why != NULL)
		swarm_fail(w, "after %lld s of quiet: %s", (long long)((w->now_ms - began) / SECONDS), why);
	if (w->now_ms - began > (int64_t)w->stats->settle_ms_max)
		w->stats->settle_ms_max = (uint64_t)(w->now_ms - began);
}

/* All transactions are announced again and again to whom is there. */
static void
check_broadcast(struct swarm *w)
{
	for (size_t i = 0; i < w->txs_n; i++) {
		struct spv_tx_status status;

		if (w->txs[i].live && (!spv_broadcast_status(w->s, &w->txs[i].txid, &status) || status.state != SPV_TX_SENT))
			swarm_fail(w, "a transaction is not announced any more, or was never fetched");
		for (size_t j = 0; j < w->peers_n && w->txs[i].live; j++) {
			const struct swarm_peer *p = &w->peers[j];

			if (swarm_is_honest(p) && p->ready && !p->closed && p->id != 0 && p->id == p->watched && p->told_txs[i] < 2)
				swarm_fail(w, "%s was not told of a transaction again", p->name);
		}
	}
}

/* Has the client anybody to tell it the truth about filters? */
static bool
has_witness(const struct swarm *w)
{
	for (size_t i = 0; i < w->peers_n; i++) {
		const struct swarm_peer *p = &w->peers[i];

		if (swarm_is_honest(p) && !p->slow && !p->offline && (p->services & NODE_COMPACT_FILTERS) != 0)
			return true;
	}
	return false;
}

static void
check_missed(struct swarm *w)
{
	const struct forest_block *missed = swarm_missed(w);

	if (missed != NULL && has_witness(w))
		swarm_fail(w, "block %u holds a watched script, and was only passed by", (unsigned)missed->height);
}

static void
watch(struct swarm *w)
{
	for (size_t i = 0; i < w->peers_n; i++) {
		memset(w->peers[i].told_txs, 0, sizeof(w->peers[i].told_txs));
		w->peers[i].watched = w->peers[i].ready ? w->peers[i].id : 0;
	}
	swarm_find_blocks(w, 1, best_block(w), 2);
	swarm_run(w, WATCH_MS);
	if (w->failed[0] != '\0')
		return;
	settle(w);
	if (w->failed[0] != '\0')
		return;
	check_broadcast(w);
	check_missed(w);
}

/* --- From beginning to end --- */

static void
tidy(struct swarm *w)
{
	static const char *const files[] = { "headers.dat", "filters.dat" };

	swarm_drop_links(w);
	if (w->s != NULL)
		swarm_client_end(w);
	for (size_t i = 0; i < w->txs_n; i++)
		free(w->txs[i].raw);
	free(w->taker.taken);
	for (size_t i = 0; w->has_disk && i < ARRAY_LEN(files); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", w->dir, files[i]);
		unlink(path);
	}
	db_close(w->db);
	if (w->has_disk && rmdir(w->dir) != 0)
		swarm_fail(w, "files are left in %s", w->dir);
	forest_trim(w->forest);
}

/* A few lively minutes. */
static void
live_short(struct swarm *w)
{
	uint32_t steps = 20 + dice_below(&w->dice, 100);

	for (uint32_t i = 0; i < steps && w->failed[0] == '\0'; i++) {
		swarm_trouble(w);
		swarm_run(w, dice_below(&w->dice, dice_chance(&w->dice, 5) ? 60 * SECONDS : 1000));
	}
}

/* Whole hours, in which the client's memory does not grow beyond what the chain does. Its process lives on through
 * all of them. */
static void
live_long(struct swarm *w)
{
	size_t began = 0, blocks = 0;

	for (uint32_t hour = 0; hour < w->plan.hours && w->failed[0] == '\0'; hour++) {
		for (uint32_t i = 0; i < 12 && w->failed[0] == '\0'; i++) {
			swarm_trouble(w);
			swarm_run(w, 5 * 60 * SECONDS);
		}
		if (hour == 0) {
			began = heap_in_use();
			blocks = HASH_COUNT(w->forest->blocks);
		}
		if (hour > 0 && heap_in_use() > began + LONG_SLACK + (HASH_COUNT(w->forest->blocks) - blocks) * LONG_BLOCK)
			swarm_fail(w, "%zu bytes in use in hour %u, %zu after the first", heap_in_use(), (unsigned)hour, began);
	}
}

void
swarm_live(struct swarm *w, struct forest *forest, const struct swarm_plan *plan, struct swarm_stats *stats)
{
	*w = (struct swarm){ .dice = { plan->seed }, .forest = forest, .stats = stats, .plan = *plan };
	RB_INIT(&w->events);
	disk_whole();
	if (plan->kill_at > 0)
		disk_break_at(plan->kill_at, plan->kill_part);
	world_new(w);
	if (w->failed[0] == '\0')
		swarm_client_start(w);
	if (plan->hours > 0)
		live_long(w);
	else
		live_short(w);
	calm(w);
	settle(w);
	if (w->failed[0] == '\0')
		watch(w);
	tidy(w);
	stats->runs++;
}
