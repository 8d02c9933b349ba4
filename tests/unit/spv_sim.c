#include "tests/unit/spv_sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "chain/block.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "tests/unit/mining.h"

#define TICK_MS 500
#define LONG_CHAIN 400  /* blocks from which on spv_check() runs only now and then */
#define CHECK_EVERY 97

struct sim_event {
	int64_t at_ms;
	uint32_t id; /* of the connection: late messages of an old one are dropped */
	char command[13];
	uint8_t *payload; /* owned */
	size_t len;
	struct sim_event *next, *prev;
};

/* --- Messages --- */

static void
say_later(struct sim *sim, struct sim_peer *p, int64_t delay_ms, const char *command, const void *payload, size_t len)
{
	struct sim_event *e = mem_new(1, sizeof(*e)), *at;

	e->at_ms = sim->now.mono.ms + delay_ms;
	e->id = p->id;
	snprintf(e->command, sizeof(e->command), "%s", command);
	e->payload = mem_dup(payload, len);
	e->len = len;
	/* Behind all that come before or at the same time. */
	DL_FOREACH(sim->events, at)
	{
		if (at->at_ms > e->at_ms)
			break;
	}
	if (at != NULL)
		DL_PREPEND_ELEM(sim->events, at, e);
	else
		DL_APPEND(sim->events, e);
}

void
sim_reply(struct sim *sim, struct sim_peer *p, const char *command, struct wr *w)
{
	say_later(sim, p, p->latency_ms, command, w->p != NULL ? w->p : (const uint8_t *)"", w->len);
	wr_clear(w);
}

static void
on_version(struct sim *sim, struct sim_peer *p, const void *payload, size_t len)
{
	struct p2p_version theirs, v = { .version = P2P_PROTOCOL_VERSION, .services = p->services, .time = sim->now.wall.sec, .nonce = p->id };
	struct wr w = { 0 };
	bool ok = p2p_version_decode(&theirs, payload, len);

	assert(ok && theirs.time == sim->now.wall.sec && !theirs.relay && theirs.services == NODE_WITNESS);
	if (p->mute_version)
		return;
	if (p->echo_nonce)
		v.nonce = theirs.nonce;
	snprintf(v.user_agent, sizeof(v.user_agent), "/sim:%u\x01/", (unsigned)p->id);
	v.start_height = p->start_height >= 0 ? p->start_height : (int32_t)sim->blocks[p->tip].height;
	wr_p2p_version(&w, &v);
	sim_reply(sim, p, "version", &w);
	sim_reply(sim, p, "verack", &w);
}

static void
on_getheaders(struct sim *sim, struct sim_peer *p, const void *payload, size_t len)
{
	struct header *out = mem_new(P2P_HEADERS_MAX, sizeof(*out));
	uint32_t from = 1, tip = sim->blocks[p->tip].height;
	struct wr w = { 0 };
	size_t n = 0;
	bool ok = p2p_locator_decode(&p->locator, payload, len);

	assert(ok);
	p->getheaders++;
	for (size_t i = 0; i < p->locator.n; i++) {
		int block = sim_find_block(sim, &p->locator.have[i]);

		if (sim_has_block(sim, p, block)) {
			from = sim->blocks[block].height + 1;
			break;
		}
	}
	n = from > tip ? 0 : tip - from + 1 < P2P_HEADERS_MAX ? tip - from + 1 : P2P_HEADERS_MAX;
	for (int at = sim_at_height(sim, p->tip, from + (uint32_t)n - 1); n > 0 && at >= 0 && sim->blocks[at].height >= from; at = sim->blocks[at].parent)
		out[sim->blocks[at].height - from] = sim->blocks[at].header;
	wr_p2p_headers(&w, out, n);
	free(out);
	if (!p->mute_headers)
		sim_reply(sim, p, "headers", &w);
	wr_clear(&w);
}

static void
send_block(struct sim *sim, struct sim_peer *p, const struct sim_block *b)
{
	struct wr w = { 0 };

	wr_bytes(&w, b->bytes, b->len);
	if (p->mutate_blocks)
		w.p[w.len - 1] ^= 1;
	if (p->strip_blocks) {
		struct block whole;
		bool ok = block_decode(&whole, b->bytes, b->len);

		assert(ok);
		for (size_t i = 0; i < whole.tx_n; i++)
			txin_clear_witness(&whole.tx[i].in[0]);
		wr_reset(&w);
		wr_block(&w, &whole);
		block_clear(&whole);
	}
	sim_reply(sim, p, "block", &w);
}

static void
on_getdata(struct sim *sim, struct sim_peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv;
	size_t n;
	bool ok = p2p_inv_decode(&inv, &n, payload, len);

	assert(ok);
	for (size_t i = 0; i < n; i++) {
		int block = sim_find_block(sim, &inv[i].hash);

		assert(inv[i].type == INV_WITNESS_BLOCK);
		p->getblocks++;
		if (p->mute_blocks || (!p->no_blocks && !sim_has_block(sim, p, block)))
			continue; /* real nodes are silent about blocks that they don't have */
		if (p->no_blocks || block == 0) /* genesis has no bytes here */
			say_later(sim, p, p->latency_ms, "notfound", payload, len);
		else
			send_block(sim, p, &sim->blocks[block]);
	}
	free(inv);
}

static void
on_inv(struct sim *sim, struct sim_peer *p, const void *payload, size_t len)
{
	struct wr w = { 0 };

	p->invs++;
	for (int i = 0; i < (p->greedy ? 3 : 1) && !p->ignore_txs; i++) {
		wr_bytes(&w, payload, len);
		sim_reply(sim, p, "getdata", &w);
	}
}

static void
on_tx(struct sim *sim, struct sim_peer *p, const void *payload, size_t len)
{
	struct wr w = { 0 };
	struct hash256 txid;
	struct tx tx;
	bool ok = tx_decode(&tx, payload, len);

	assert(ok);
	p->txs++;
	tx_txid(&txid, &tx);
	tx_clear(&tx);
	if (!p->reject_txs)
		return;
	wr_varbytes(&w, "tx", 2);
	wr_u8(&w, 0x10);
	wr_varbytes(&w, "bad\ntx", 6);
	wr_hash256(&w, &txid);
	sim_reply(sim, p, "reject", &w);
}

static void
peer_hears(struct sim *sim, struct sim_peer *p, const char *command, const void *payload, size_t len)
{
	struct wr w = { 0 };

	if (strcmp(command, "version") == 0) {
		on_version(sim, p, payload, len);
	} else if (strcmp(command, "getheaders") == 0) {
		on_getheaders(sim, p, payload, len);
	} else if (strcmp(command, "getdata") == 0) {
		on_getdata(sim, p, payload, len);
	} else if (strcmp(command, "inv") == 0) {
		on_inv(sim, p, payload, len);
	} else if (strcmp(command, "tx") == 0) {
		on_tx(sim, p, payload, len);
	} else if (strcmp(command, "ping") == 0) {
		p->pings++;
		wr_bytes(&w, payload, len);
		if (!p->mute_ping)
			sim_reply(sim, p, "pong", &w);
		wr_clear(&w);
	} else {
		sim_filters_hear(sim, p, command, payload, len);
	}
}

/* --- Outputs --- */

static struct sim_peer *
find_peer(struct sim *sim, uint32_t id)
{
	for (size_t i = 0; i < sim->peers_n; i++) {
		if (sim->peers[i].id == id && id != 0)
			return &sim->peers[i];
	}
	return NULL;
}

static void
check_step(struct sim *sim)
{
	if (sim->blocks_n < LONG_CHAIN || ++sim->steps % CHECK_EVERY == 0)
		spv_check(sim->s);
}

static void
do_send(struct sim *sim, const struct spv_output *o)
{
	struct sim_peer *p = find_peer(sim, o->send.peer);
	struct p2p_frame f;

	assert(p != NULL && !p->closed && o->send.len >= P2P_HEADER_LEN);
	assert(p2p_frame_decode(&f, o->send.bytes, sim->params.chain) == P2P_FRAME_OK && P2P_HEADER_LEN + f.len == o->send.len);
	assert(p2p_checksum_ok(&f, o->send.bytes + P2P_HEADER_LEN));
	peer_hears(sim, p, f.command, o->send.bytes + P2P_HEADER_LEN, f.len);
}

static void
do_close(struct sim *sim, const struct spv_output *o)
{
	struct sim_peer *p = find_peer(sim, o->close.peer);

	assert(p != NULL && !p->closed);
	assert(o->close.ban == (p->lies > 0)); /* the evidence comes first, and for nothing else */
	p->closed = true;
	p->banned = o->close.ban;
	memcpy(p->reason, o->close.reason, sizeof(p->reason));
}

static void
do_evidence(struct sim *sim, const struct spv_output *o)
{
	struct sim_peer *p = find_peer(sim, o->evidence.peer);

	assert(p != NULL && !p->closed && o->evidence.what[0] != '\0');
	p->lies++;
	p->evidence = o->evidence.digest;
	p->evidence_height = o->evidence.height;
}

static void
delivered(struct sim *sim, const struct hash256 *hash, uint32_t height)
{
	int block = sim_find_block(sim, hash);

	assert(block >= 0 && sim->blocks[block].height == height && height == sim->first + sim->delivered_n);
	assert(sim->delivered_n == 0 || hash256_eq(&sim->blocks[block].header.prev, &sim->delivered[sim->delivered_n - 1]));
	if (sim->delivered_n == sim->delivered_cap) {
		sim->delivered_cap = sim->delivered_cap * 2 + 64;
		sim->delivered = mem_resize(sim->delivered, sim->delivered_cap, sizeof(*sim->delivered));
	}
	sim->delivered[sim->delivered_n++] = *hash;
}

static void
do_block(struct sim *sim, const struct spv_output *o)
{
	struct hash256 hash;

	header_hash(&hash, &o->block.block->header);
	assert(hash256_eq(&hash, &o->block.hash));
	assert(block_check(o->block.block, sim->params.chain, o->block.height, NULL) == BLOCK_OK);
	delivered(sim, &hash, o->block.height);
	sim->blocks[sim_find_block(sim, &hash)].seen = true;
}

static void
do_passed(struct sim *sim, const struct spv_output *o)
{
	delivered(sim, &o->passed.hash, o->passed.height);
	sim->blocks[sim_find_block(sim, &o->passed.hash)].seen = false;
	sim->passed++;
}

static void
do_rescanned(struct sim *sim, const struct spv_output *o)
{
	struct hash256 hash;
	int block;

	header_hash(&hash, &o->rescanned.block->header);
	assert(hash256_eq(&hash, &o->rescanned.hash));
	block = sim_find_block(sim, &hash);
	assert(block >= 0 && sim->blocks[block].height == o->rescanned.height);
	assert(o->rescanned.height >= sim->first && o->rescanned.height < sim->first + sim->delivered_n);
	assert(hash256_eq(&hash, &sim->delivered[o->rescanned.height - sim->first]));
	sim->blocks[block].seen = true;
	sim->rescanned++;
}

static void
do_unblock(struct sim *sim, const struct spv_output *o)
{
	assert(sim->delivered_n > 0 && o->unblock.height == sim->first + sim->delivered_n - 1);
	assert(hash256_eq(&o->unblock.hash, &sim->delivered[sim->delivered_n - 1]));
	sim->delivered_n--;
	sim->unblocked++;
}

static void
do_output(struct sim *sim, const struct spv_output *o)
{
	switch (o->kind) {
	case SPV_SEND:
		do_send(sim, o);
		return;
	case SPV_CLOSE:
		do_close(sim, o);
		return;
	case SPV_TIP:
		sim->tips++;
		sim->tip = o->tip.hash;
		return;
	case SPV_BLOCK:
		do_block(sim, o);
		return;
	case SPV_PASSED:
		do_passed(sim, o);
		return;
	case SPV_RESCANNED:
		do_rescanned(sim, o);
		return;
	case SPV_UNBLOCK:
		do_unblock(sim, o);
		return;
	case SPV_FETCHED:
		sim->fetched += o->fetched.block != NULL;
		sim->fetch_failed += o->fetched.block == NULL;
		return;
	case SPV_TX:
		sim->tx_state = o->tx.state;
		sim->tx_news++;
		memcpy(sim->tx_reason, o->tx.reason, sizeof(sim->tx_reason));
		return;
	case SPV_STALE:
		sim->stale_news++;
		sim->stale = o->stale.stale;
		memcpy(sim->stale_what, o->stale.what, sizeof(sim->stale_what));
		return;
	case SPV_EVIDENCE:
		do_evidence(sim, o);
		return;
	case SPV_DIAL:
	case SPV_RESOLVE:
		abort(); /* without params.discover nobody is looked for */
	}
}

/* Tell the client which connections it closed are closed now; false when none was. */
static bool
reap(struct sim *sim)
{
	bool any = false;

	for (size_t i = 0; i < sim->peers_n; i++) {
		struct sim_peer *p = &sim->peers[i];

		if (p->id == 0 || !p->closed)
			continue;
		spv_peer_gone(sim->s, p->id, sim->now);
		p->id = 0;
		check_step(sim);
		any = true;
	}
	return any;
}

void
sim_drain(struct sim *sim)
{
	struct spv_output o;

	check_step(sim);
	do {
		while (spv_next(sim->s, &o)) {
			do_output(sim, &o);
			spv_output_clear(&o);
		}
	} while (reap(sim));
}

/* --- Time --- */

static void
advance(struct sim *sim, int64_t to_ms)
{
	assert(to_ms >= sim->now.mono.ms);
	sim->now.wall.sec += to_ms / 1000 - sim->now.mono.ms / 1000;
	sim->now.mono.ms = to_ms;
}

static void
do_event(struct sim *sim, struct sim_event *e)
{
	struct sim_peer *p = find_peer(sim, e->id);

	DL_DELETE(sim->events, e);
	if (p != NULL) {
		spv_peer_message(sim->s, e->id, e->command, e->payload, e->len, sim->now);
		sim_drain(sim);
	}
	free(e->payload);
	free(e);
}

void
sim_run(struct sim *sim, int64_t ms)
{
	int64_t until = sim->now.mono.ms + ms;

	for (;;) {
		struct sim_event *e = sim->events;

		if (e != NULL && e->at_ms <= until && e->at_ms <= sim->next_tick) {
			advance(sim, e->at_ms);
			do_event(sim, e);
		} else if (sim->next_tick <= until) {
			advance(sim, sim->next_tick);
			sim->next_tick += TICK_MS;
			spv_tick(sim->s, sim->now);
			sim_drain(sim);
		} else {
			break;
		}
	}
	advance(sim, until);
}

/* --- Setting up --- */

struct sim *
sim_new(const struct spv_params *params)
{
	struct sim *sim = mem_new(1, sizeof(*sim));
	const struct chain_params *chain = params != NULL ? params->chain : chain_params_find("regtest");

	sim->params = params != NULL ? *params : spv_params_default(chain);
	sim->params.seed = 12346;
	sim->s = spv_new(&sim->params);
	sim->now.mono.ms = SIM_START_MS;
	sim->next_tick = SIM_START_MS + TICK_MS;
	sim->now.wall.sec = (int64_t)chain->genesis.time + 365 * 86400;
	sim->blocks_cap = 1024;
	sim->blocks = mem_new(sim->blocks_cap, sizeof(*sim->blocks));
	sim->blocks_n = 1;
	sim->blocks[0] = (struct sim_block){ .header = chain->genesis, .hash = chain->genesis_hash, .parent = -1 };
	sim_filter_genesis(sim);
	return sim;
}

void
sim_free(struct sim *sim)
{
	struct sim_event *e, *next;

	spv_free(sim->s);
	DL_FOREACH_SAFE(sim->events, e, next)
	{
		free(e->payload);
		free(e);
	}
	for (size_t i = 0; i < sim->blocks_n; i++) {
		free(sim->blocks[i].bytes);
		free(sim->blocks[i].filter);
	}
	free(sim->blocks);
	free(sim->delivered);
	free(sim);
}

struct sim_peer *
sim_peer(struct sim *sim, int tip)
{
	struct sim_peer *p = &sim->peers[sim->peers_n++];

	assert(sim->peers_n <= SIM_PEERS);
	*p = (struct sim_peer){ .tip = tip, .latency_ms = 20, .services = NODE_NETWORK | NODE_WITNESS, .start_height = -1 };
	return p;
}

void
sim_connect(struct sim *sim, struct sim_peer *p)
{
	char address[32];

	assert(p->id == 0);
	p->id = ++sim->last_id;
	p->closed = p->banned = false;
	p->lies = 0;
	p->reason[0] = '\0';
	snprintf(address, sizeof(address), "sim-%u:18444", (unsigned)p->id);
	spv_peer_connected(sim->s, p->id, address, sim->now);
	sim_drain(sim);
}

void
sim_disconnect(struct sim *sim, struct sim_peer *p)
{
	uint32_t id = p->id;

	p->id = 0;
	spv_peer_gone(sim->s, id, sim->now);
	sim_drain(sim);
}

void
sim_say(struct sim *sim, struct sim_peer *p, const char *command, const void *payload, size_t len)
{
	spv_peer_message(sim->s, p->id, command, payload, len, sim->now);
	sim_drain(sim);
}

void
sim_announce(struct sim *sim, struct sim_peer *p, int tip, bool by_inv)
{
	struct p2p_inv inv = { .type = INV_BLOCK, .hash = sim->blocks[tip].hash };
	struct wr w = { 0 };

	p->tip = tip;
	if (by_inv)
		wr_p2p_inv(&w, &inv, 1);
	else
		wr_p2p_headers(&w, &sim->blocks[tip].header, 1);
	sim_reply(sim, p, by_inv ? "inv" : "headers", &w);
}

void
sim_scan_from(struct sim *sim, uint32_t height)
{
	sim->first = height;
	sim->delivered_n = 0;
	spv_scan_from(sim->s, height);
	sim_drain(sim);
}

bool
sim_is_at(const struct sim *sim, int block)
{
	struct spv_header tip;

	spv_tip(sim->s, &tip);
	if (!hash256_eq(&tip.hash, &sim->blocks[block].hash) || tip.height != sim->blocks[block].height)
		return false;
	if (sim->first == 0)
		return true; /* nothing is scanned */
	if (tip.height + 1 < sim->first)
		return sim->delivered_n == 0;
	if (sim->delivered_n != tip.height + 1 - sim->first)
		return false;
	return sim->delivered_n == 0 || hash256_eq(&sim->delivered[sim->delivered_n - 1], &tip.hash);
}

bool
sim_synced(const struct sim *sim)
{
	char why[SPV_WHY_MAX];

	return spv_is_synced(sim->s, why);
}

struct sim *
sim_with_peer(size_t n, uint32_t first, struct sim_peer **peer)
{
	struct sim *sim = sim_new(NULL);

	if (first > 0)
		sim_scan_from(sim, first);
	*peer = sim_peer(sim, sim_mine(sim, 0, n, SIM_PLAIN));
	sim_connect(sim, *peer);
	return sim;
}
