/* The light client's events and outputs. */
#include "spv/spv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/hash.h"
#include "base/mem.h"
#include "spv/core.h"

#define PUMP_ROUNDS 16 /* of filters that let heights pass, and heights that make room for filters */

struct spv_params
spv_params_default(const struct chain_params *chain)
{
	return (struct spv_params){
		.chain = chain,
		.user_agent = "/tallystick/",
		.handshake_ms = 20000,
		.headers_ms = 30000,
		.headers_per_s = 100,
		.block_ms = 30000,
		.filters_ms = 10000,
		.ping_ms = 120000,
		.rebroadcast_ms = 60000,
		.window = 16,
		.window_bytes = 16000000,
		.scan_mode = SPV_SCAN_BLOCKS,
		.full_tail = 6,
		.stale_s = chain->no_retarget ? 0 : 90 * 60,
		.side_max = 100000,
		.dns_seeds = true,
		.networks = 1u << NET_IPV4 | 1u << NET_IPV6,
		.outbound = 8,
		.inbound_max = 32,
		.inbound_group_max = 4,
		.feeler_ms = 120000,
		.extra_peer_ms = 30 * 60 * 1000,
		.ban_s = 24 * 60 * 60,
	};
}

bool
mono_passed(struct mono since, int64_t ms, struct mono now)
{
	return now.ms - since.ms >= ms;
}

uint64_t
spv_number(struct spv *s)
{
	const uint64_t both[2] = { s->params.seed, s->random++ };
	struct hash256 h;
	uint64_t number;

	/* Strangers see some of these numbers, as nonces; no hash function, no secret. */
	sha256(&h, both, sizeof(both));
	memcpy(&number, h.b, sizeof(number));
	return number;
}

struct spv *
spv_new(const struct spv_params *params)
{
	struct spv *s = mem_new(1, sizeof(*s));

	s->params = *params;
	/* A filter tells nothing of the solution that makes a block of a signet: each is looked at whole. */
	if (params->chain->signet_challenge != NULL)
		s->params.scan_mode = SPV_SCAN_BLOCKS;
	connect_init(s);
	s->tree = header_tree_new(params->chain, spv_number(s), params->side_max);
	return s;
}

static void
peer_free(struct spv *s, struct peer *p)
{
	HASH_DEL(s->peers, p);
	filters_peer_clear(p);
	free(p);
}

void
spv_free(struct spv *s)
{
	struct spv_output out;
	struct peer *p, *next;

	if (s == NULL)
		return;
	download_clear(s);
	filters_clear(s);
	broadcast_clear(s);
	jobs_clear(s);
	HASH_ITER(hh, s->peers, p, next)
		peer_free(s, p);
	while (spv_next(s, &out))
		spv_output_clear(&out);
	connect_free(s);
	header_tree_free(s->tree);
	free(s);
}

/* --- Outputs --- */

struct spv_output *
spv_emit(struct spv *s, enum spv_output_kind kind)
{
	struct queued *q = mem_new(1, sizeof(*q));

	q->out.kind = kind;
	DL_APPEND(s->queue, q);
	return &q->out;
}

bool
spv_next(struct spv *s, struct spv_output *out)
{
	struct queued *q = s->queue;

	if (q == NULL)
		return false;
	*out = q->out;
	DL_DELETE(s->queue, q);
	free(q);
	return true;
}

static void
block_drop(struct block **b)
{
	if (*b != NULL)
		block_clear(*b);
	free(*b);
	*b = NULL;
}

void
spv_output_clear(struct spv_output *out)
{
	switch (out->kind) {
	case SPV_SEND:
		free(out->send.bytes);
		out->send.bytes = NULL;
		return;
	case SPV_BLOCK:
		block_drop(&out->block.block);
		return;
	case SPV_RESCANNED:
		block_drop(&out->rescanned.block);
		return;
	case SPV_FETCHED:
		block_drop(&out->fetched.block);
		return;
	case SPV_CLOSE:
	case SPV_TIP:
	case SPV_PASSED:
	case SPV_UNBLOCK:
	case SPV_TX:
	case SPV_STALE:
	case SPV_DIAL:
	case SPV_RESOLVE:
	case SPV_EVIDENCE:
		return;
	}
}

/* --- The scan --- */

static void
unblock(struct spv *s, uint32_t height, const struct hash256 *hash)
{
	struct spv_output *out = spv_emit(s, SPV_UNBLOCK);

	out->unblock.hash = *hash;
	out->unblock.height = height;
}

void
spv_moved(struct spv *s, struct tree_change *change)
{
	struct spv_output *out;

	if (!change->moved) {
		tree_change_clear(change);
		return;
	}
	s->began = true;
	s->moved = s->now.mono;
	out = spv_emit(s, SPV_TIP);
	out->tip.height = header_tree_height(s->tree);
	out->tip.hash = header_tree_hash_at(s->tree, out->tip.height);
	out->tip.fork = change->fork;
	while (s->scanning && s->scan_next > s->scan_first && s->scan_next > change->fork + 1) {
		s->scan_next--;
		unblock(s, s->scan_next, &change->removed[s->scan_next - change->fork - 1]);
	}
	filters_turn(s, change->fork);
	tree_change_clear(change);
	download_prune(s);
}

void
spv_merge_tips(struct spv *s)
{
	struct queued *q, *next;
	struct spv_output *out;
	bool any = false;

	DL_FOREACH_SAFE(s->queue, q, next)
	{
		if (q->out.kind != SPV_TIP)
			continue;
		any = true;
		DL_DELETE(s->queue, q);
		free(q);
	}
	if (!any)
		return;
	out = spv_emit(s, SPV_TIP);
	out->tip.height = header_tree_height(s->tree);
	out->tip.hash = header_tree_hash_at(s->tree, out->tip.height);
}

/* Forget what an earlier scan has not handed over yet. */
static void
drop_scan_outputs(struct spv *s)
{
	struct queued *q, *next;

	DL_FOREACH_SAFE(s->queue, q, next)
	{
		if (q->out.kind != SPV_BLOCK && q->out.kind != SPV_PASSED && q->out.kind != SPV_RESCANNED && q->out.kind != SPV_UNBLOCK)
			continue;
		DL_DELETE(s->queue, q);
		spv_output_clear(&q->out);
		free(q);
	}
}

static void
scan_set(struct spv *s, uint32_t first, uint32_t next)
{
	drop_scan_outputs(s);
	s->scanning = true;
	s->scan_first = first;
	s->scan_next = next < first ? first : next;
	filter_scan_reset(s);
}

void
spv_scan_from(struct spv *s, uint32_t height)
{
	scan_set(s, height, height);
	download_prune(s);
	spv_pump(s);
}

bool
spv_scan_resume(struct spv *s, uint32_t first, const struct hash256 *last)
{
	struct spv_header at;
	uint32_t fork;

	if (!header_tree_find(s->tree, last, &at) || !header_tree_fork(s->tree, last, &fork))
		return false;
	scan_set(s, first, fork + 1);
	while (!at.best && at.height >= first) {
		bool ok;

		unblock(s, at.height, &at.hash);
		ok = header_tree_find(s->tree, &at.header.prev, &at);
		assert(ok);
	}
	download_prune(s);
	spv_pump(s);
	return true;
}

/* --- Events --- */

void
spv_pump(struct spv *s)
{
	unsigned rounds = PUMP_ROUNDS;

	sync_pump(s);
	low_work_pump(s);
	do
		filters_pump(s);
	while (download_pump(s) && --rounds > 0);
}

struct peer *
spv_add_peer(struct spv *s, uint32_t id, const char *address, struct spv_time now)
{
	struct peer *p;

	assert(peer_find(s, id) == NULL);
	s->now = now;
	p = mem_new(1, sizeof(*p));
	p->id = id;
	p->connected = now.mono;
	p->latency_ms = p->best_height = p->filters.agreed = -1;
	p->nonce = spv_number(s);
	p->tokens = 1000;
	p->tokens_at = now.mono;
	text_clean(p->address, sizeof(p->address), address);
	HASH_ADD(hh, s->peers, id, sizeof(p->id), p);
	connect_peer_new(s, p);
	if (HASH_COUNT(s->peers) > SPV_PEERS_MAX)
		peer_close(s, p, false, "more peers than %d", SPV_PEERS_MAX);
	return p;
}

void
spv_peer_connected(struct spv *s, uint32_t id, const char *address, struct spv_time now)
{
	peer_hello(s, spv_add_peer(s, id, address, now));
}

void
spv_peer_gone(struct spv *s, uint32_t id, struct spv_time now)
{
	struct peer *p = peer_find(s, id);

	s->now = now;
	if (connect_dial_gone(s, id) || p == NULL)
		return;
	p->closing = true;
	connect_peer_gone(s, p);
	download_peer_gone(s, p);
	filters_peer_gone(s, p);
	low_work_peer_gone(s, p);
	peer_free(s, p);
	spv_pump(s);
}

static const struct {
	const char *command;
	void (*on)(struct spv *s, struct peer *p, const void *payload, size_t len);
} handlers[] = {
	{ "headers", sync_on_headers },
	{ "inv", sync_on_inv },
	{ "block", download_on_block },
	{ "notfound", download_on_notfound },
	{ "cfcheckpt", filters_on_checkpoints },
	{ "cfheaders", filters_on_headers },
	{ "cfilter", filter_scan_on_filter },
	{ "getdata", broadcast_on_getdata },
	{ "reject", broadcast_on_reject },
	{ "addr", gossip_on_addr },
	{ "addrv2", gossip_on_addrv2 },
	{ "ping", peer_on_ping },
	{ "pong", peer_on_pong },
};

static void
dispatch(struct spv *s, struct peer *p, const char *command, const void *payload, size_t len)
{
	if (strcmp(command, "version") == 0) {
		peer_on_version(s, p, payload, len);
	} else if (strcmp(command, "verack") == 0) {
		peer_on_verack(s, p);
	} else if (p->stage == SPV_PEER_READY && !p->closing) {
		for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
			if (strcmp(command, handlers[i].command) == 0)
				handlers[i].on(s, p, payload, len);
		}
	}
}

void
spv_peer_message(struct spv *s, uint32_t id, const char *command, const void *payload, size_t len, struct spv_time now)
{
	struct peer *p = peer_find(s, id);

	s->now = now;
	if (p == NULL || p->closing)
		return;
	p->bytes_in += P2P_HEADER_LEN + len;
	s->hearing.peer = id;
	s->hearing.payload = len > 0 ? payload : "";
	s->hearing.len = len;
	dispatch(s, p, command, payload, len);
	s->hearing.payload = NULL;
	spv_pump(s);
}

void
spv_tick(struct spv *s, struct spv_time now)
{
	s->now = now;
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next)
		peer_tick(s, p);
	connect_tick(s);
	sync_tick(s);
	download_tick(s);
	filters_tick(s);
	broadcast_tick(s);
	spv_pump(s);
}

#define IMPORT_PART 64 /* headers hashed at once */

const char *
spv_import(struct spv *s, size_t *used, const uint8_t *headers, size_t n, struct spv_time now)
{
	struct tree_change change;
	enum tree_verdict v = TREE_KNOWN;
	enum header_verdict rule = HEADER_OK;

	s->now = now;
	for (*used = 0; *used < n && (v == TREE_NEW || v == TREE_KNOWN);) {
		struct hash256 hash[IMPORT_PART];
		size_t part = n - *used < IMPORT_PART ? n - *used : IMPORT_PART;
		const uint8_t *at = headers + *used * HEADER_LEN;

		header_hash_many(hash, at, part);
		header_tree_prefetch(s->tree, hash, part);
		for (size_t i = 0; i < part && (v == TREE_NEW || v == TREE_KNOWN); i++, ++*used) {
			struct header h;
			bool ok = header_decode(&h, at + i * HEADER_LEN, HEADER_LEN);

			assert(ok);
			v = header_tree_add(s->tree, &h, &hash[i], now.wall, &rule);
		}
	}
	header_tree_choose(s->tree, &change);
	spv_moved(s, &change);
	spv_pump(s);
	if (v == TREE_NEW || v == TREE_KNOWN)
		return NULL;
	--*used;
	switch (v) {
	case TREE_ORPHAN:
		return "bad-prev";
	case TREE_MARKED:
		return "invalid-block";
	case TREE_FULL:
		return "no-room";
	case TREE_NEW:
	case TREE_KNOWN:
	case TREE_REFUSED:
	case TREE_FUTURE:
		break;
	}
	return header_verdict_name(rule);
}
