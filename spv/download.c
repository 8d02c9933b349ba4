/* Blocks: the scan's window and single blocks by hash.
 *
 * Invariants:
 * 1. A block goes to the caller only when its hash is that of a header we checked, and block_check() finds its body to belong to it.
 * 2. The scan delivers heights in order: scan_next - 1 is always the last delivered, and it is on the best chain after spv_moved().
 * 3. A want is asked of at most one peer at a time; that peer is ready, and its blocks_asked counts them.
 * 4. Wants of the scan stand on the best chain at scan_next … scan_next + window - 1; there are at most window + SPV_FETCH_MAX wants.
 * 5. A peer is banned only for bytes it sent under a hash that we asked for; silence moves the work and closes at most. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "spv/core.h"

#define FETCH_PATIENCE 20 /* times block_ms: ten minutes until spv_fetch_block() has its answer, one way or the other */

static struct want *
want_find(const struct spv *s, const struct hash256 *hash)
{
	struct want *w;

	HASH_FIND(hh, s->wants, hash, sizeof(*hash), w);
	return w;
}

static struct want *
want_new(struct spv *s, const struct hash256 *hash, uint32_t height)
{
	struct want *w = want_find(s, hash);

	if (w != NULL)
		return w;
	w = mem_new(1, sizeof(*w));
	w->hash = *hash;
	w->height = height;
	w->since = s->now.mono;
	HASH_ADD(hh, s->wants, hash, sizeof(w->hash), w);
	return w;
}

/* It is with nobody any more. */
static void
want_unask(struct spv *s, struct want *w)
{
	struct peer *p = w->asked ? peer_find(s, w->peer) : NULL;

	if (p != NULL)
		p->blocks_asked--;
	w->asked = false;
}

static void
block_free(struct block *b)
{
	if (b != NULL)
		block_clear(b);
	free(b);
}

static void
want_drop_block(struct spv *s, struct want *w)
{
	if (w->block != NULL)
		s->wants_bytes -= w->bytes;
	block_free(w->block);
	w->block = NULL;
}

static void
want_free(struct spv *s, struct want *w)
{
	want_unask(s, w);
	want_drop_block(s, w);
	HASH_DEL(s->wants, w);
	free(w);
}

/* Free it unless it is wanted for something else. */
static void
want_done(struct spv *s, struct want *w)
{
	if (!w->scan && !w->fetch && !w->rescan && !w->judge)
		want_free(s, w);
}

static void
want_tried(struct want *w, uint32_t peer)
{
	if (w->tried_n == SPV_TRIED_MAX)
		w->tried_n = 0;
	w->tried[w->tried_n++] = peer;
}

static bool
was_tried(const struct want *w, uint32_t peer)
{
	for (size_t i = 0; i < w->tried_n; i++) {
		if (w->tried[i] == peer)
			return true;
	}
	return false;
}

void
download_clear(struct spv *s)
{
	struct want *w, *next;

	HASH_ITER(hh, s->wants, w, next)
		want_free(s, w);
}

/* --- Answers to spv_fetch_block() --- */

static void
answer_fetch(struct spv *s, struct want *w, struct block *block, const char *reason)
{
	struct spv_output *out = spv_emit(s, SPV_FETCHED);

	out->fetched.hash = w->hash;
	out->fetched.height = w->height;
	out->fetched.block = block;
	snprintf(out->fetched.reason, sizeof(out->fetched.reason), "%s", reason);
	w->fetch = false;
	want_done(s, w);
}

const char *
spv_fetch_block(struct spv *s, const struct hash256 *hash)
{
	struct spv_header it;
	struct want *w;
	size_t fetching = 0;

	if (!header_tree_find(s->tree, hash, &it))
		return "no header with this hash is known";
	for (w = s->wants; w != NULL; w = w->hh.next)
		fetching += w->fetch;
	if (fetching >= SPV_FETCH_MAX)
		return "too many blocks are being fetched";
	w = want_new(s, hash, it.height);
	if (!w->fetch)
		w->fetch_since = s->now.mono;
	w->fetch = true;
	spv_pump(s);
	return NULL;
}

/* --- Asking --- */

/* The peer showed a branch that holds the block. */
static bool
peer_has(const struct spv *s, const struct peer *p, const struct want *w)
{
	uint32_t fork, height;

	if (!p->has_best || !header_tree_fork(s->tree, &p->best, &fork))
		return false;
	/* Nobody tells us more about side branches than their tips. */
	if (!header_tree_on_best(s->tree, &w->hash, &height))
		return hash256_eq(&p->best, &w->hash);
	return fork >= height;
}

/* A block that shall tell liars apart comes from any peer that has it. */
static struct peer *
pick_random(struct spv *s, const struct want *w)
{
	struct peer *found = NULL;
	uint64_t n = 0;

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p) && p->blocks_asked < SPV_PEER_BLOCKS_MAX && !was_tried(w, p->id) && peer_has(s, p, w) &&
		    spv_number(s) % ++n == 0)
			found = p;
	}
	return found;
}

/* The ready peer with the fewest blocks in flight; those that showed the block go first, and only they serve the scan. */
static struct peer *
pick(struct spv *s, const struct want *w)
{
	struct peer *found = NULL;
	int rank, found_rank = 0;

	if (w->judge)
		return pick_random(s, w);

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		bool has;

		if (!peer_is_ready(p) || p->blocks_asked >= SPV_PEER_BLOCKS_MAX || was_tried(w, p->id))
			continue;
		has = peer_has(s, p, w);
		if (!has && !w->fetch)
			continue;
		rank = 2 * has + (p->role != SPV_INBOUND);
		if (found == NULL || rank > found_rank || (rank == found_rank && p->blocks_asked < found->blocks_asked)) {
			found = p;
			found_rank = rank;
		}
	}
	return found;
}

static void
ask_block(struct spv *s, struct peer *p, struct want *w)
{
	const struct p2p_inv inv = { .type = INV_WITNESS_BLOCK, .hash = w->hash };
	struct wr bytes = { 0 };

	if (p->blocks_asked == 0)
		p->block_at = s->now.mono;
	w->asked = true;
	w->asked_at = s->now.mono;
	w->peer = p->id;
	p->blocks_asked++;
	wr_p2p_inv(&bytes, &inv, 1);
	peer_send(s, p, "getdata", bytes.p, bytes.len);
	wr_clear(&bytes);
}

/* Want the blocks of the window, as far as their bytes go; the next one always. */
static void
fill_window(struct spv *s)
{
	uint32_t tip = header_tree_height(s->tree), limit = filter_scan_limit(s), height = s->scan_next, n = 0;

	if (!s->scanning || !sync_any_caught_up(s))
		return;
	/* Below the limit only what matched, or is in doubt, is asked for. */
	if (s->filters.matched == 0 && s->filters.doubts == 0 && height < limit)
		height = limit;
	for (; n < s->params.window && height <= tip && height - s->scan_next < FILTER_WINDOW; height++) {
		struct hash256 hash;

		if (!filter_scan_needs_block(s, height, limit))
			continue;
		if (height > s->scan_next && s->wants_bytes >= s->params.window_bytes)
			break;
		hash = header_tree_hash_at(s->tree, height);
		want_new(s, &hash, height)->scan = true;
		n++;
	}
}

void
download_rescan(struct spv *s, uint32_t height)
{
	struct hash256 hash = header_tree_hash_at(s->tree, height);

	want_new(s, &hash, height)->rescan = true;
}

void
download_judge(struct spv *s, const struct hash256 *hash, uint32_t height)
{
	want_new(s, hash, height)->judge = true;
}

bool
download_rescans(const struct spv *s)
{
	for (const struct want *w = s->wants; w != NULL; w = w->hh.next) {
		if (w->rescan)
			return true;
	}
	return false;
}

static void
deliver_block(struct spv *s, struct want *w)
{
	struct spv_output *out = spv_emit(s, SPV_BLOCK);

	filter_watch_learn(s, w->block);
	out->block.hash = w->hash;
	out->block.height = s->scan_next;
	out->block.block = w->block;
	s->wants_bytes -= w->bytes;
	w->block = NULL;
	w->scan = false;
	want_done(s, w);
}

/* w: the block is on its way, since it was asked for before its filter was seen; NULL: it is not. */
static void
deliver_passed(struct spv *s, const struct hash256 *hash, struct want *w)
{
	struct spv_output *out = spv_emit(s, SPV_PASSED);

	out->passed.hash = *hash;
	out->passed.height = s->scan_next;
	if (w == NULL)
		return;
	/* It was asked for before there were filters. */
	w->scan = false;
	want_done(s, w);
}

/* True when something was delivered. */
static bool
deliver(struct spv *s)
{
	uint32_t first = s->scan_next;

	while (s->scanning && s->scan_next <= header_tree_height(s->tree)) {
		struct hash256 hash = header_tree_hash_at(s->tree, s->scan_next);
		struct want *w = want_find(s, &hash);

		if (w != NULL && w->block != NULL)
			deliver_block(s, w);
		else if (filter_scan_passes(s, s->scan_next))
			deliver_passed(s, &hash, w);
		else
			break;
		filter_scan_done(s, s->scan_next);
		s->scan_next++;
	}
	return s->scan_next != first;
}

bool
download_pump(struct spv *s)
{
	bool delivered = deliver(s);

	fill_window(s);
	rescan_pump(s);
	for (struct want *w = s->wants; w != NULL; w = w->hh.next) {
		struct peer *p = w->asked || w->block != NULL ? NULL : pick(s, w);

		if (p != NULL)
			ask_block(s, p, w);
	}
	return delivered;
}

void
download_prune(struct spv *s)
{
	struct want *w, *next;

	HASH_ITER(hh, s->wants, w, next)
	{
		uint32_t height = 0;
		bool on_best = header_tree_on_best(s->tree, &w->hash, &height);

		w->scan = w->scan && s->scanning && on_best && height >= s->scan_next && height - s->scan_next < FILTER_WINDOW;
		w->rescan = w->rescan && s->filters.rescanning && on_best && height < s->filters.rescan_end;
		w->judge = w->judge && on_best && dispute_wants(s, &w->hash);
		if (!w->scan)
			want_drop_block(s, w); /* it waited for its turn; who else wants it asks anew */
		want_done(s, w);
	}
}

/* --- Answers --- */

/* The peer failed us with this block: someone else's turn. */
static void
move_on(struct spv *s, struct want *w, uint32_t peer)
{
	want_unask(s, w);
	want_tried(w, peer);
}

static void
on_invalid(struct spv *s, struct peer *p, struct want *w, const char *why)
{
	const struct hash256 hash = w->hash;
	const uint32_t height = w->height;
	struct tree_change change;

	if (w->fetch)
		answer_fetch(s, w, NULL, "the block is invalid");
	if (header_tree_invalidate(s->tree, &hash, &change))
		spv_moved(s, &change);
	peer_ban(s, p, height, "block: invalid at height %lu: %s", (unsigned long)height, why);
}

static struct block *
decoded(const void *payload, size_t len)
{
	struct block *b = mem_new(1, sizeof(*b));
	bool ok = block_decode(b, payload, len);

	assert(ok);
	return b;
}

static void
give_rescanned(struct spv *s, struct want *w, struct block *b)
{
	struct spv_output *out = spv_emit(s, SPV_RESCANNED);

	filter_watch_learn(s, b);
	out->rescanned.hash = w->hash;
	out->rescanned.height = w->height;
	out->rescanned.block = b;
	w->rescan = false;
}

/* Each that waits for the block gets one of its own. */
static void
on_good(struct spv *s, struct want *w, struct block *b, const void *payload, size_t len)
{
	want_unask(s, w);
	if (w->judge)
		dispute_on_block(s, &w->hash, payload, len);
	w->judge = false;
	if (w->rescan)
		give_rescanned(s, w, decoded(payload, len));
	if (w->scan) {
		filter_scan_on_block(s, w->height, b);
		w->block = b;
		w->bytes = len;
		s->wants_bytes += len;
	}
	if (w->fetch) {
		answer_fetch(s, w, w->scan ? decoded(payload, len) : b, "");
		return;
	}
	if (!w->scan)
		block_free(b);
	want_done(s, w);
}

static void
on_wanted(struct spv *s, struct peer *p, struct want *w, const void *payload, size_t len)
{
	struct block *b = mem_new(1, sizeof(*b));
	const char *why = NULL;

	p->block_at = s->now.mono;
	if (!block_decode(b, payload, len)) {
		free(b);
		move_on(s, w, p->id);
		peer_close(s, p, true, "block: malformed");
		return;
	}
	switch (block_check(b, s->params.chain, w->height, &why)) {
	case BLOCK_OK:
		on_good(s, w, b, payload, len);
		return;
	case BLOCK_MUTATED:
		move_on(s, w, p->id);
		peer_ban(s, p, w->height, "block: body does not match header at height %lu: %s", (unsigned long)w->height, why);
		break;
	case BLOCK_INVALID:
		on_invalid(s, p, w, why);
		break;
	}
	block_free(b);
}

void
download_on_block(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct hash256 hash;
	struct want *w;

	if (len < HEADER_LEN) {
		peer_close(s, p, true, "block: malformed");
		return;
	}
	sha256d(&hash, payload, HEADER_LEN);
	w = want_find(s, &hash);
	/* Blocks that nobody wants (any more) are no offence: a reorganisation may have crossed the request. */
	if (w != NULL && w->block == NULL)
		on_wanted(s, p, w, payload, len);
}

void
download_on_notfound(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv;
	size_t n;

	if (!p2p_inv_decode(&inv, &n, payload, len)) {
		peer_close(s, p, true, "notfound: malformed");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct want *w = want_find(s, &inv[i].hash);

		if (w != NULL && w->asked && w->peer == p->id)
			move_on(s, w, p->id);
	}
	free(inv);
}

void
download_peer_gone(struct spv *s, struct peer *p)
{
	for (struct want *w = s->wants; w != NULL; w = w->hh.next) {
		if (w->asked && w->peer == p->id)
			move_on(s, w, p->id);
	}
	assert(p->blocks_asked == 0);
}

/* --- Time --- */

static bool
is_late(const struct spv *s, const struct want *w, const struct peer *p)
{
	return mono_passed(w->asked_at, s->params.block_ms, s->now.mono) && mono_passed(p->block_at, s->params.block_ms, s->now.mono);
}

/* Is there a ready peer that could give the block, busy as it may be? */
static bool
has_hope(const struct spv *s, const struct want *w)
{
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p) && !was_tried(w, p->id) && (w->fetch || peer_has(s, p, w)))
			return true;
	}
	return false;
}

/* Peers that give nothing and come again under new ids would keep hope alive for ever. */
static bool
fetch_is_over(const struct spv *s, const struct want *w)
{
	return w->fetch && mono_passed(w->fetch_since, FETCH_PATIENCE * s->params.block_ms, s->now.mono);
}

/* Nobody is left to ask: the scan begins its round anew after a pause, a fetch gives up. */
static void
give_up(struct spv *s, struct want *w)
{
	w->tried_n = 0;
	w->since = s->now.mono;
	if (w->fetch)
		answer_fetch(s, w, NULL, "no connected peer gave the block");
}

void
download_tick(struct spv *s)
{
	struct want *w, *next;

	HASH_ITER(hh, s->wants, w, next)
	{
		struct peer *p = w->asked ? peer_find(s, w->peer) : NULL;

		if (p != NULL && is_late(s, w, p)) {
			move_on(s, w, p->id);
			if (peer_has(s, p, w))
				peer_close(s, p, false, "block: no answer within %lld s", (long long)(s->params.block_ms / 1000));
		}
		if (!w->asked && w->block == NULL && mono_passed(w->since, s->params.block_ms, s->now.mono) && !has_hope(s, w))
			give_up(s, w);
		else if (fetch_is_over(s, w))
			answer_fetch(s, w, NULL, "no peer gave the block in all this time");
	}
}
