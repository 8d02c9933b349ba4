/* An honest node, as the client sees it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/swarm.h"

#define ANNOUNCE_MAX 8   /* headers told of one's own accord; for more it is an inv */
#define GOSSIP_PERCENT 60 /* chance to hear of a block within a tick */

static void
see(struct swarm_peer *p, const struct forest_block *b)
{
	if (b->height > p->shown->height)
		p->shown = b;
}

/* --- The handshake --- */

void
swarm_node_sends_version(struct swarm *w, struct swarm_peer *p, uint64_t nonce, int32_t height)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = p->services, .nonce = nonce, .start_height = height };
	struct wr bytes = { 0 };

	v.time = swarm_now(w).wall.sec - w->wall_skew;
	snprintf(v.user_agent, sizeof(v.user_agent), "/%s/", p->name);
	wr_p2p_version(&bytes, &v);
	swarm_say_wr(w, p, "version", &bytes);
	swarm_say(w, p, "wtxidrelay", NULL, 0);
	swarm_say(w, p, "sendaddrv2", NULL, 0);
	swarm_say(w, p, "verack", NULL, 0);
}

/* What nodes say when a connection is up, whether anybody wants to know or not. */
static void
on_verack(struct swarm *w, struct swarm_peer *p)
{
	struct p2p_locator l = { .n = 1 };
	struct wr bytes = { 0 };

	p->ready = true;
	p->fit_since = p->stalls == 0 && !p->slow ? w->now_ms : INT64_MAX;
	swarm_say(w, p, "sendcmpct", "\0\2\0\0\0\0\0\0\0", 9);
	swarm_say(w, p, "feefilter", "\xe8\3\0\0\0\0\0\0", 8);
	l.have[0] = p->tip->hash;
	wr_p2p_locator(&bytes, &l);
	swarm_say_wr(w, p, "getheaders", &bytes);
	swarm_say(w, p, "ping", "12345678", 8);
}

/* --- Headers --- */

static void
send_headers(struct swarm *w, struct swarm_peer *p, const struct forest_block *tip, uint32_t from)
{
	uint32_t n = from > tip->height ? 0 : tip->height - from + 1;
	struct header *out;
	struct wr bytes = { 0 };

	if (n > P2P_HEADERS_MAX)
		tip = forest_at(w->forest, tip, from + P2P_HEADERS_MAX - 1);
	n = n > P2P_HEADERS_MAX ? P2P_HEADERS_MAX : n;
	out = mem_new(n, sizeof(*out));
	if (n > 0)
		see(p, tip);
	for (uint32_t i = n; i-- > 0; tip = tip->parent)
		out[i] = tip->header;
	wr_p2p_headers(&bytes, out, n);
	free(out);
	swarm_say_wr(w, p, "headers", &bytes);
}

static void
on_getheaders(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	const struct forest_block *common = w->forest->genesis;
	struct p2p_locator l;

	if (!p2p_locator_decode(&l, payload, len) || l.n == 0) {
		swarm_fail(w, "getheaders that cannot be read");
		return;
	}
	for (size_t i = 0; i < l.n && common == w->forest->genesis; i++) {
		const struct forest_block *b = forest_find(w->forest, &l.have[i]);

		if (b != NULL && forest_holds(w->forest, p->tip, b))
			common = b;
	}
	see(p, common);
	send_headers(w, p, p->tip, common->height + 1);
}

void
swarm_node_adopts(struct swarm *w, struct swarm_peer *p, const struct forest_block *tip)
{
	const struct forest_block *fork = forest_fork(p->shown, tip);
	struct p2p_inv inv = { .type = INV_BLOCK, .hash = tip->hash };
	struct wr bytes = { 0 };

	p->tip = tip;
	if (p->id == 0 || !p->ready || (p->stalls & STALL_HEADERS) != 0 || fork == tip)
		return;
	if (!p->inv_only && tip->height - fork->height <= ANNOUNCE_MAX) {
		send_headers(w, p, tip, fork->height + 1);
	} else {
		wr_p2p_inv(&bytes, &inv, 1);
		swarm_say_wr(w, p, "inv", &bytes);
	}
}

void
swarm_gossip(struct swarm *w)
{
	const struct forest_block *best = w->group_tip[0];

	for (size_t i = 1; i < SWARM_GROUPS; i++)
		best = w->group_tip[i]->height > best->height ? w->group_tip[i] : best;
	for (size_t i = 0; i < SWARM_GROUPS && !w->parted; i++)
		w->group_tip[i] = w->group_tip[i]->height < best->height ? best : w->group_tip[i];
	for (size_t i = 0; i < w->peers_n; i++) {
		struct swarm_peer *p = &w->peers[i];

		if (swarm_is_honest(p) && w->group_tip[p->group]->height > p->tip->height && dice_chance(&w->dice, GOSSIP_PERCENT))
			swarm_node_adopts(w, p, w->group_tip[p->group]);
	}
}

/* --- Blocks and transactions --- */

void
swarm_node_sends_block(struct swarm *w, struct swarm_peer *p, const struct forest_block *b)
{
	swarm_say(w, p, "block", b->bytes, b->len);
}

static void
on_getdata(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv;
	struct wr bytes = { 0 };
	size_t n;

	if (!p2p_inv_decode(&inv, &n, payload, len)) {
		swarm_fail(w, "getdata that cannot be read");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct forest_block *b = forest_find(w->forest, &inv[i].hash);

		if (inv[i].type != INV_WITNESS_BLOCK) {
			swarm_fail(w, "asked for an object of type %x", (unsigned)inv[i].type);
		} else if (b != NULL && forest_holds(w->forest, p->tip, b)) {
			swarm_node_sends_block(w, p, b);
		} else if (p->inv_only) { /* btcd says so, Bitcoin Core says nothing */
			wr_p2p_inv(&bytes, &inv[i], 1);
			swarm_say_wr(w, p, "notfound", &bytes);
		}
	}
	free(inv);
}

static void
on_inv(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv;
	struct wr bytes = { 0 };
	size_t n;

	if (!p2p_inv_decode(&inv, &n, payload, len)) {
		swarm_fail(w, "inv that cannot be read");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < w->txs_n; j++)
			p->told_txs[j] += hash256_eq(&w->txs[j].txid, &inv[i].hash);
		inv[i].type = INV_WITNESS_TX;
	}
	wr_p2p_inv(&bytes, inv, n);
	swarm_say_wr(w, p, "getdata", &bytes);
	free(inv);
}

static void
on_tx(struct swarm *w, const struct swarm_peer *p, const void *payload, size_t len)
{
	/* Nodes ask for the witness too. */
	for (size_t i = 0; i < w->txs_n; i++) {
		if (w->txs[i].len == len && memcmp(w->txs[i].raw, payload, len) == 0)
			return;
	}
	if (swarm_is_honest(p))
		swarm_fail(w, "a transaction that was not to be broadcast");
}

static void
on_version(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	struct p2p_version theirs;

	if (!p2p_version_decode(&theirs, payload, len) || theirs.time != swarm_now(w).wall.sec)
		swarm_trace(w, "%s: the client's version is late", p->name);
	swarm_node_sends_version(w, p, p->id, (int32_t)p->tip->height);
}

void
swarm_node_hears(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len)
{
	if (strcmp(command, "version") == 0) {
		if ((p->stalls & STALL_HANDSHAKE) == 0)
			on_version(w, p, payload, len);
	} else if (strcmp(command, "verack") == 0) {
		on_verack(w, p);
	} else if (strcmp(command, "getheaders") == 0) {
		if ((p->stalls & STALL_HEADERS) == 0)
			on_getheaders(w, p, payload, len);
	} else if (strcmp(command, "getdata") == 0) {
		if ((p->stalls & STALL_BLOCKS) == 0)
			on_getdata(w, p, payload, len);
	} else if (strcmp(command, "inv") == 0) {
		on_inv(w, p, payload, len);
	} else if (strcmp(command, "tx") == 0) {
		on_tx(w, p, payload, len);
	} else if (strcmp(command, "ping") == 0) {
		if ((p->stalls & STALL_PONG) == 0)
			swarm_say(w, p, "pong", payload, len);
	}
}
