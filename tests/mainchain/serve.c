#include "tests/mainchain/serve.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"

#define GETBLOCKS_MAX 500
#define ANNOUNCE_HEADERS_MAX 8 /* as Bitcoin Core: more new blocks than this are announced by inv of the last */
#define USER_AGENT "/tallystick-embedded:0.1/"

static void
send_version(struct peer *p)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = SERVE_SERVICES, .time = node_now(p->node).sec,
				 .user_agent = USER_AGENT, .start_height = (int32_t)tree_height(&p->node->tree), .relay = true };
	struct wr w = { 0 };

	rng_bytes(&v.nonce, sizeof(v.nonce));
	wr_p2p_version(&w, &v);
	peer_send_clear(p, "version", &w);
}

void
serve_greet(struct peer *p)
{
	send_version(p);
}

static bool
on_version(struct peer *p, const uint8_t *payload, size_t len)
{
	if (p->got_version)
		return true;
	if (!p2p_version_decode(&p->version, payload, len))
		return false;
	p->got_version = true;
	if (p->inbound)
		send_version(p);
	peer_send(p, "verack", NULL, 0);
	return true;
}

/* Our own chain from the tip back, in growing steps. */
static void
ask_headers(struct peer *p)
{
	const struct block_tree *t = &p->node->tree;
	struct p2p_locator l = { .n = 0 };
	struct wr w = { 0 };
	uint32_t height = tree_height(t), back = 1;

	while (l.n < P2P_LOCATOR_MAX - 1 && height > 0) {
		l.have[l.n++] = t->active[height]->hash;
		back = l.n > 10 ? back * 2 : 1;
		height -= back < height ? back : height;
	}
	l.have[l.n++] = t->active[0]->hash;
	wr_p2p_locator(&w, &l);
	peer_send_clear(p, "getheaders", &w);
}

static bool
on_verack(struct peer *p, const uint8_t *payload, size_t len)
{
	struct wr w = { 0 };

	(void)payload;
	if (len != 0 || p->ready)
		return len == 0;
	p->ready = true;
	peer_send(p, "sendheaders", NULL, 0);
	wr_u64(&w, p->node->policy.fee_rate);
	peer_send_clear(p, "feefilter", &w);
	if (p->version.start_height > (int32_t)tree_height(&p->node->tree) && (p->version.services & NODE_NETWORK))
		ask_headers(p);
	return true;
}

static bool
on_ping(struct peer *p, const uint8_t *payload, size_t len)
{
	uint64_t nonce;

	if (!p2p_nonce_decode(&nonce, payload, len))
		return false;
	peer_send(p, "pong", payload, len);
	return true;
}

static bool
on_sendheaders(struct peer *p, const uint8_t *payload, size_t len)
{
	(void)payload, (void)len;
	p->wants_headers = true;
	return true;
}

static bool
on_feefilter(struct peer *p, const uint8_t *payload, size_t len)
{
	return p2p_feefilter_decode(&p->fee_filter, payload, len);
}

/* We know of nobody; an addr message without an address would be malformed to others. */
static bool
on_getaddr(struct peer *p, const uint8_t *payload, size_t len)
{
	(void)p, (void)payload, (void)len;
	return true;
}

/* The newest block of the active branch that the locator names. */
static const struct tree_block *
fork_of(const struct block_tree *t, const struct p2p_locator *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct tree_block *b = tree_find(t, &l->have[i]);

		if (b != NULL && b->active)
			return b;
	}
	return t->active[0];
}

static void
send_headers(struct peer *p, struct header *list, size_t n)
{
	struct wr w = { 0 };

	misbehave_headers(p, &list, &n);
	wr_p2p_headers(&w, list, n);
	peer_send_clear(p, "headers", &w);
	free(list);
}

static bool
on_getheaders(struct peer *p, const uint8_t *payload, size_t len)
{
	const struct block_tree *t = &p->node->tree;
	struct p2p_locator l;
	const struct tree_block *b;
	struct header *list;
	size_t n = 0;

	if (!p2p_locator_decode(&l, payload, len))
		return false;
	list = mem_new(P2P_HEADERS_MAX, sizeof(*list));
	if (l.n == 0 && (b = tree_find(t, &l.stop)) != NULL)
		list[n++] = b->header;
	for (uint32_t h = fork_of(t, &l)->height + 1; l.n > 0 && h <= tree_height(t) && n < P2P_HEADERS_MAX; h++) {
		list[n++] = t->active[h]->header;
		if (hash256_eq(&t->active[h]->hash, &l.stop))
			break;
	}
	send_headers(p, list, n);
	return true;
}

static bool
on_getblocks(struct peer *p, const uint8_t *payload, size_t len)
{
	const struct block_tree *t = &p->node->tree;
	struct p2p_inv list[GETBLOCKS_MAX];
	struct p2p_locator l;
	struct wr w = { 0 };
	size_t n = 0;

	if (!p2p_locator_decode(&l, payload, len))
		return false;
	for (uint32_t h = fork_of(t, &l)->height + 1; h <= tree_height(t) && n < GETBLOCKS_MAX; h++) {
		if (hash256_eq(&t->active[h]->hash, &l.stop))
			break;
		list[n++] = (struct p2p_inv){ .type = INV_BLOCK, .hash = t->active[h]->hash };
	}
	if (n == GETBLOCKS_MAX)
		p->resume = list[n - 1].hash;
	if (n > 0) {
		wr_p2p_inv(&w, list, n);
		peer_send_clear(p, "inv", &w);
	}
	return true;
}

static void
announce_inv(struct peer *p, uint32_t type, const struct hash256 *hash)
{
	struct p2p_inv inv = { .type = type, .hash = *hash };
	struct wr w = { 0 };

	wr_p2p_inv(&w, &inv, 1);
	peer_send_clear(p, "inv", &w);
}

static void
send_block(struct peer *p, const struct tree_block *at, bool witness)
{
	struct wr w = { 0 };
	struct block b;

	tree_read(&b, at);
	if (misbehave_block(p, &b) || !witness) {
		wr_header(&w, &b.header);
		wr_compactsize(&w, b.tx_n);
		for (size_t i = 0; i < b.tx_n; i++) {
			if (witness)
				wr_tx(&w, &b.tx[i]);
			else
				wr_tx_stripped(&w, &b.tx[i]);
		}
		peer_send_clear(p, "block", &w);
	} else {
		peer_send(p, "block", at->bytes, at->len);
	}
	block_clear(&b);
	if (hash256_eq(&p->resume, &at->hash)) {
		announce_inv(p, INV_BLOCK, &tree_tip(&p->node->tree)->hash);
		p->resume = (struct hash256){ { 0 } };
	}
}

/* True when it was there and has been sent. */
static bool
send_tx(struct peer *p, const struct hash256 *txid, bool witness)
{
	const struct mempool_tx *e = mempool_find(&p->node->pool, txid);
	struct wr w = { 0 };

	if (e == NULL || misbehave_now(p, MISBEHAVE_WITHHOLD_TX))
		return false;
	if (witness)
		wr_tx(&w, &e->tx);
	else
		wr_tx_stripped(&w, &e->tx);
	peer_send_clear(p, "tx", &w);
	return true;
}

static bool
answer_getdata(struct peer *p, const struct p2p_inv *inv)
{
	const struct tree_block *b;

	switch (inv->type) {
	case INV_TX:
	case INV_WITNESS_TX:
		return send_tx(p, &inv->hash, inv->type == INV_WITNESS_TX);
	case INV_BLOCK:
	case INV_WITNESS_BLOCK:
		if ((b = tree_find(&p->node->tree, &inv->hash)) == NULL)
			return false;
		if (!misbehave_now(p, MISBEHAVE_STALL_BLOCKS))
			send_block(p, b, inv->type == INV_WITNESS_BLOCK);
		return true;
	default:
		return false;
	}
}

static bool
on_getdata(struct peer *p, const uint8_t *payload, size_t len)
{
	struct p2p_inv *list;
	struct wr w = { 0 };
	size_t n, missing = 0;

	if (!p2p_inv_decode(&list, &n, payload, len))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!answer_getdata(p, &list[i]))
			list[missing++] = list[i];
	}
	if (missing > 0) {
		wr_p2p_inv(&w, list, missing);
		peer_send_clear(p, "notfound", &w);
	}
	free(list);
	return true;
}

static bool
on_inv(struct peer *p, const uint8_t *payload, size_t len)
{
	struct p2p_inv *list;
	struct wr w = { 0 };
	/* BIP144: the form with witness is asked of who serves it. */
	uint32_t form = p->version.services & NODE_WITNESS ? INV_WITNESS_TX : INV_TX;
	size_t n, wanted = 0;
	bool new_block = false;

	if (!p2p_inv_decode(&list, &n, payload, len))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (list[i].type == INV_TX && mempool_find(&p->node->pool, &list[i].hash) == NULL)
			list[wanted++] = (struct p2p_inv){ .type = form, .hash = list[i].hash };
		else if (list[i].type == INV_BLOCK)
			new_block = new_block || tree_find(&p->node->tree, &list[i].hash) == NULL;
	}
	if (wanted > 0) {
		wr_p2p_inv(&w, list, wanted);
		peer_send_clear(p, "getdata", &w);
	}
	if (new_block)
		ask_headers(p);
	free(list);
	return true;
}

/* Ask for the blocks that we lack. A full list has a sequel: ask for it when the last of these blocks has come. */
static bool
on_headers(struct peer *p, const uint8_t *payload, size_t len)
{
	struct header *list;
	struct p2p_inv *want;
	struct wr w = { 0 };
	size_t n, wanted = 0;

	if (!p2p_headers_decode(&list, &n, payload, len))
		return false;
	want = mem_new(n, sizeof(*want));
	for (size_t i = 0; i < n; i++) {
		struct p2p_inv inv = { .type = INV_WITNESS_BLOCK };

		header_hash(&inv.hash, &list[i]);
		if (tree_find(&p->node->tree, &inv.hash) == NULL)
			want[wanted++] = inv;
	}
	if (wanted > 0) {
		wr_p2p_inv(&w, want, wanted);
		peer_send_clear(p, "getdata", &w);
		if (n == P2P_HEADERS_MAX)
			p->ask_after = want[wanted - 1].hash;
	}
	free(want);
	free(list);
	return true;
}

static bool
on_block(struct peer *p, const uint8_t *payload, size_t len)
{
	struct hash256 hash;
	struct block b;
	const char *why;

	if (!block_decode(&b, payload, len))
		return false;
	header_hash(&hash, &b.header);
	if ((why = node_take_block(p->node, &b, NULL)) != NULL)
		log_line("p2p", LOG_WARN, "peer %llu: block refused: %s", (unsigned long long)p->id, why);
	else if (hash256_eq(&hash, &p->ask_after))
		ask_headers(p);
	block_clear(&b);
	return true;
}

static void
send_reject(struct peer *p, const struct hash256 *txid, const char *why)
{
	const uint8_t nonstandard = 0x40;
	struct wr w = { 0 };

	wr_varbytes(&w, "tx", 2);
	wr_u8(&w, nonstandard);
	wr_varbytes(&w, why, strlen(why));
	wr_hash256(&w, txid);
	peer_send_clear(p, "reject", &w);
}

static bool
on_tx(struct peer *p, const uint8_t *payload, size_t len)
{
	struct hash256 txid;
	const char *why;
	struct tx tx;

	if (misbehave_now(p, MISBEHAVE_WITHHOLD_TX))
		return true;
	if (!tx_decode(&tx, payload, len))
		return false;
	if ((why = node_take_tx(p->node, &tx, p)) != NULL) {
		log_line("p2p", LOG_INFO, "peer %llu: transaction refused: %s", (unsigned long long)p->id, why);
		tx_txid(&txid, &tx);
		if (p->node->policy.send_reject)
			send_reject(p, &txid, why);
	}
	tx_clear(&tx);
	return true;
}

static const struct handler {
	const char *command;
	bool (*run)(struct peer *p, const uint8_t *payload, size_t len);
	bool early; /* before the handshake is over */
} handlers[] = {
	{ "version", on_version, true },   { "verack", on_verack, true },         { "ping", on_ping, false },
	{ "getheaders", on_getheaders, false }, { "getblocks", on_getblocks, false }, { "getdata", on_getdata, false },
	{ "inv", on_inv, false },          { "headers", on_headers, false },      { "block", on_block, false },
	{ "tx", on_tx, false },            { "sendheaders", on_sendheaders, false }, { "feefilter", on_feefilter, false },
	{ "getaddr", on_getaddr, false },
};

void
serve_message(struct peer *p, const char *command, const uint8_t *payload, size_t len)
{
	bool ok = true;

	if (misbehave_swallows(p, command) || p->dead)
		return;
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
		if (strcmp(handlers[i].command, command) == 0)
			ok = (handlers[i].early || p->ready) && handlers[i].run(p, payload, len);
	}
	if (ok && p->ready && serve_filters_message(&ok, p, command, payload, len))
		log_line("p2p", LOG_DEBUG, "peer %llu: %s", (unsigned long long)p->id, command);
	if (!ok) {
		log_line("p2p", LOG_WARN, "peer %llu: bad %s of %zu bytes", (unsigned long long)p->id, command, len);
		peer_close(p);
	}
}

static void
announce_blocks_to(struct peer *p, struct tree_block **blocks, size_t count)
{
	struct header *list;

	if (!p->wants_headers || count > ANNOUNCE_HEADERS_MAX) {
		announce_inv(p, INV_BLOCK, &blocks[count - 1]->hash);
		return;
	}
	list = mem_new(count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = blocks[i]->header;
	send_headers(p, list, count);
}

void
serve_announce_blocks(struct node *n, struct tree_block **blocks, size_t count)
{
	for (struct peer *p = n->peers; p != NULL && count > 0; p = p->next) {
		if (p->ready && !misbehave_now(p, MISBEHAVE_STALL_HEADERS))
			announce_blocks_to(p, blocks, count);
	}
}

void
serve_announce_tx(struct node *n, const struct mempool_tx *e, const struct peer *except)
{
	for (struct peer *p = n->peers; p != NULL; p = p->next) {
		if (p != except && p->ready && p->version.relay && e->fee >= fee_at_rate(p->fee_filter, e->vsize) &&
		    !misbehave_now(p, MISBEHAVE_WITHHOLD_TX))
			announce_inv(p, INV_TX, &e->txid);
	}
}

void
serve_push_headers(struct node *n, const struct tree_block *tip)
{
	uint32_t first = tip->height;

	while (first > 1 && !tree_ancestor(tip, first - 1)->active)
		first--;
	for (struct peer *p = n->peers; p != NULL; p = p->next) {
		size_t count = tip->height - first + 1 < P2P_HEADERS_MAX ? tip->height - first + 1 : P2P_HEADERS_MAX;
		struct header *list;

		if (!p->ready)
			continue;
		list = mem_new(count, sizeof(*list));
		for (size_t i = 0; i < count; i++)
			list[i] = tree_ancestor(tip, first + (uint32_t)i)->header;
		send_headers(p, list, count);
	}
}
