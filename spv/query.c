/* Questions to the light client. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "spv/core.h"

static void
fill_best(const struct spv *s, uint32_t height, struct spv_header *out)
{
	*out = (struct spv_header){ .header = header_tree_header_at(s->tree, height), .height = height, .best = true };
	out->hash = header_tree_hash_at(s->tree, height);
	out->work = header_tree_work_at(s->tree, height);
}

void
spv_tip(const struct spv *s, struct spv_header *out)
{
	fill_best(s, header_tree_height(s->tree), out);
}

bool
spv_header_at(const struct spv *s, uint32_t height, struct spv_header *out)
{
	if (height > header_tree_height(s->tree))
		return false;
	fill_best(s, height, out);
	return true;
}

bool
spv_header_find(const struct spv *s, const struct hash256 *hash, struct spv_header *out)
{
	return header_tree_find(s->tree, hash, out);
}

size_t
spv_headers_from(const struct spv *s, const struct hash256 *have, size_t have_n, uint32_t *first, struct header *out, size_t max)
{
	uint32_t tip = header_tree_height(s->tree), common = 0;
	size_t n = 0;

	for (size_t i = 0; i < have_n; i++) {
		if (header_tree_on_best(s->tree, &have[i], &common))
			break;
		common = 0;
	}
	*first = common + 1;
	for (uint32_t height = common + 1; height <= tip && n < max; height++)
		out[n++] = header_tree_header_at(s->tree, height);
	return n;
}

size_t
spv_side_tips(const struct spv *s, struct spv_side_tip *out, size_t max)
{
	return header_tree_side_tips(s->tree, out, max);
}

size_t
spv_side_headers(const struct spv *s, const struct hash256 *tip, uint32_t *first, struct header *out, size_t max)
{
	return header_tree_side_headers(s->tree, tip, first, out, max);
}

static bool
disagrees(const struct spv *s, const struct peer *p)
{
	uint32_t height;

	return p->low_work || p->filters.claims || p->filters.apart || p->filters.adrift || (p->best_height >= 0 && !header_tree_on_best(s->tree, &p->best, &height));
}

static void
fill_peer(const struct spv *s, const struct peer *p, struct spv_peer_info *out)
{
	*out = (struct spv_peer_info){
		.id = p->id,
		.role = p->role,
		.network = p->has_address ? net_network_name(p->where.network) : "",
		.addresses_in = p->addresses_in,
		.addresses_dropped = p->addresses_dropped,
		.stage = p->stage,
		.version = p->version.version,
		.services = p->version.services,
		.start_height = p->version.start_height,
		.connected_ms = s->now.mono.ms - p->connected.ms,
		.latency_ms = p->latency_ms,
		.bytes_in = p->bytes_in,
		.bytes_out = p->bytes_out,
		.caught_up = p->caught_up,
		.best_height = p->best_height,
		.best = p->best,
		.disagrees = disagrees(s, p),
		.low_work = p->low_work,
		.presync_height = job_height(s, p),
		.blocks_asked = p->blocks_asked,
	};
	memcpy(out->address, p->address, sizeof(out->address));
	text_clean(out->user_agent, sizeof(out->user_agent), p->version.user_agent);
}

static int
by_id(const void *a, const void *b)
{
	const struct spv_peer_info *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

size_t
spv_peers(const struct spv *s, struct spv_peer_info *out, size_t max)
{
	size_t n = 0;

	for (const struct peer *p = s->peers; p != NULL && n < max; p = p->hh.next) {
		if (!p->closing)
			fill_peer(s, p, &out[n++]);
	}
	qsort(out, n, sizeof(*out), by_id);
	return n;
}

void
spv_progress(const struct spv *s, struct spv_progress *out)
{
	*out = (struct spv_progress){
		.headers = header_tree_height(s->tree),
		.peers_height = -1,
		.scanned = s->scanning ? s->scan_next : 0,
		.scan_first = s->scanning ? s->scan_first : 0,
		.filter_headers = s->filters.chain.count,
		.filters_in_use = filters_in_use(s),
		.rescan_next = rescan_lowest(s),
		.headers_done = sync_any_caught_up(s),
		.stale = stale_is(s),
		.tip_age_s = stale_age(s),
	};
	jobs_progress(s, out);
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		int64_t height = p->version.start_height > p->best_height ? p->version.start_height : p->best_height;

		if (!peer_is_ready(p))
			continue;
		out->peers++;
		if (height > out->peers_height)
			out->peers_height = height;
	}
}

static void
say_headers(const struct spv *s, const struct spv_progress *at, char why[SPV_WHY_MAX])
{
	struct u256 work = header_tree_work_at(s->tree, at->headers);
	bool told = sync_any_told(s), low = true, below = u256_cmp(&work, &s->params.chain->minimum_chain_work) < 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		low = low && (!peer_is_ready(p) || p->low_work);
	if (at->presync != SPV_PRESYNC_NONE && !told)
		snprintf(why, SPV_WHY_MAX, "headers: a chain proves its work, at height %lu (pass %d of 2)", (unsigned long)at->presync_height,
			 at->presync == SPV_PRESYNC_FIRST ? 1 : 2);
	else if (below && (told || low))
		snprintf(why, SPV_WHY_MAX, "the peers' chain has less work than the network is known to have");
	else if (low)
		snprintf(why, SPV_WHY_MAX, "the peers' chain has less work than the one that we have");
	else
		snprintf(why, SPV_WHY_MAX, "headers: at height %lu, a peer claims %lld", (unsigned long)at->headers, (long long)at->peers_height);
}

bool
spv_is_synced(const struct spv *s, char why[SPV_WHY_MAX])
{
	struct spv_progress at;

	spv_progress(s, &at);
	why[0] = '\0';
	if (at.peers == 0)
		snprintf(why, SPV_WHY_MAX, "no peer of the main chain is connected");
	else if (!at.headers_done)
		say_headers(s, &at, why);
	else if (at.stale)
		snprintf(why, SPV_WHY_MAX, "the newest block is %lld minutes old", (long long)(at.tip_age_s / 60));
	else if (s->scanning && s->scan_next <= at.headers)
		snprintf(why, SPV_WHY_MAX, "blocks: at height %lu of %lu", (unsigned long)s->scan_next - 1, (unsigned long)at.headers);
	return why[0] == '\0';
}

/* --- For tests --- */

static void
check_want(const struct spv *s, const struct want *w)
{
	const struct peer *p = w->asked ? peer_find(s, w->peer) : NULL;
	uint32_t height = 0;

	assert(w->scan || w->fetch || w->rescan || w->judge);
	assert(!w->asked || (p != NULL && peer_is_ready(p) && w->block == NULL));
	assert(w->block == NULL || w->scan);
	if (w->scan) {
		bool on_best = header_tree_on_best(s->tree, &w->hash, &height);

		assert(on_best && height == w->height);
		assert(height >= s->scan_next && height - s->scan_next < FILTER_WINDOW);
	}
}

void
spv_check(const struct spv *s)
{
	size_t bytes = 0;

	header_tree_check(s->tree);
	filters_check(s);
	jobs_check(s);
	connect_check(s);
	for (const struct want *w = s->wants; w != NULL; w = w->hh.next) {
		check_want(s, w);
		bytes += w->block != NULL ? w->bytes : 0;
	}
	assert(bytes == s->wants_bytes && HASH_COUNT(s->wants) <= 2 * s->params.window + SPV_FETCH_MAX + FILTER_BATCH + 1);
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		uint32_t asked = 0;

		for (const struct want *w = s->wants; w != NULL; w = w->hh.next)
			asked += w->asked && w->peer == p->id;
		assert(asked == p->blocks_asked && (asked == 0 || peer_is_ready(p)));
		assert(!p->caught_up || p->started);
	}
	assert(s->held_n <= SPV_HELD_MAX && HASH_COUNT(s->outgoing) <= SPV_BROADCAST_MAX);
	assert(!s->scanning || (s->scan_next >= s->scan_first));
	assert(s->scan_next <= s->scan_first || s->scan_next <= header_tree_height(s->tree) + 1);
}
