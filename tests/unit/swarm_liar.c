/* Peers that lie, stall or flood. Most of the time they behave like honest nodes: the lie comes when it is believed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p_addr.h"
#include "tests/unit/mining.h"
#include "tests/unit/swarm.h"

#define ACT_PERCENT 4
#define SPAM_LEN 60
#define SPAM_MAX 2000 /* in one life */
#define FLOOD 2000

/* --- Headers --- */

static void
say_headers(struct swarm *w, struct swarm_peer *p, const struct header *h, size_t n, bool provable)
{
	struct wr bytes = { 0 };

	wr_p2p_headers(&bytes, h, n);
	swarm_say_wr(w, p, "headers", &bytes)->provable = provable;
}

/* A branch of its own on a block that the client has: the flaw, and a few sound blocks on it. */
static const struct forest_block *
grow_lie(struct swarm *w, struct swarm_peer *p, enum forest_flaw flaw, uint32_t more)
{
	const struct forest_block *at = p->shown;

	while (!at->sound)
		at = at->parent;
	for (uint32_t i = dice_below(&w->dice, 3); i > 0 && at->height > w->taker.first; i--)
		at = at->parent;
	at = forest_grow(w->forest, at, 60, ++w->tag, flaw);
	for (uint32_t i = 0; i < more; i++)
		at = forest_grow(w->forest, at, 60, ++w->tag, FOREST_SOUND);
	return at;
}

static void
lie_header(struct swarm *w, struct swarm_peer *p)
{
	enum forest_flaw flaw = (enum forest_flaw)(FOREST_BAD_WORK + dice_below(&w->dice, 4));
	const struct forest_block *tip = grow_lie(w, p, flaw, dice_below(&w->dice, 3)), *at = tip;
	struct header out[8];
	size_t n = 0;

	for (; !at->sound; at = at->parent)
		n++;
	for (size_t i = n; i-- > 0; tip = tip->parent)
		out[i] = tip->header;
	say_headers(w, p, out, n, false);
}

/* Enough work to be followed, until its block is seen. Never below the height where blocks are taken: nobody would look at it. */
static void
lie_invalid(struct swarm *w, struct swarm_peer *p)
{
	if (p->shown->height < w->taker.first + 4)
		return;
	if (p->lie_tip == NULL || dice_chance(&w->dice, 50))
		p->lie_tip = grow_lie(w, p, FOREST_INVALID, 3 + dice_below(&w->dice, 4));
	swarm_node_adopts(w, p, p->lie_tip);
}

static void
lie_not_a_chain(struct swarm *w, struct swarm_peer *p)
{
	const struct header two[2] = { w->forest->trunk[3]->header, w->forest->trunk[7 + dice_below(&w->dice, 9)]->header };

	say_headers(w, p, two, 2, true);
}

/* Many short branches low on the chain: each sound, none of any use. */
static void
lie_spam(struct swarm *w, struct swarm_peer *p)
{
	const struct forest_block *from = forest_at(w->forest, p->tip, dice_below(&w->dice, p->tip->height / 2 + 1));
	uint32_t n = p->tip->height - from->height < SPAM_LEN ? p->tip->height - from->height : SPAM_LEN;
	struct header *out;
	struct hash256 prev = from->hash;

	if (w->spam > SPAM_MAX)
		return;
	out = mem_new(SPAM_LEN, sizeof(*out));
	for (uint32_t i = 0; i < n; i++)
		out[i] = mine_child(&prev, from->header.bits, from->header.time + 7200 + 60 * i, ++w->tag, &prev);
	w->spam += n;
	say_headers(w, p, out, n, false);
	free(out);
}

static void
lie_unconnected(struct swarm *w, struct swarm_peer *p)
{
	struct hash256 nowhere = { { 1, 2, 3 } }, hash;
	struct header h = mine_child(&nowhere, p->tip->header.bits, p->tip->header.time, ++w->tag, &hash);

	say_headers(w, p, &h, 1, false);
}

/* --- Bytes --- */

static const struct {
	const char *command, *payload;
	size_t len;
} malformed[] = {
	{ "headers", "\x01\x02", 2 },
	{ "headers", "\xfd\xd1\x07", 3 },
	{ "headers", "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9 },
	{ "headers", "", 0 },
	{ "inv", "\x01", 1 },
	{ "inv", "\xfe\xff\xff\xff\x7f", 5 },
	{ "block", "\x01", 1 },
	{ "ping", "", 0 },
	{ "ping", "123456789", 9 },
	{ "getdata", "\xff", 1 },
	{ "getdata", "\xfd\x51\xc3", 3 },
	{ "notfound", "\x05", 1 },
};

static void
lie_malformed(struct swarm *w, struct swarm_peer *p)
{
	size_t i = dice_below(&w->dice, ARRAY_LEN(malformed));

	swarm_say(w, p, malformed[i].command, malformed[i].payload, malformed[i].len)->provable = true;
}

static const char *const commands[] = {
	"version", "verack", "headers", "inv", "getdata", "block", "notfound", "reject", "ping", "pong", "getheaders",
	"addr", "addrv2", "cfilter", "cfheaders", "cfcheckpt", "sendcmpct", "feefilter", "mempool", "merkleblock",
	"cmpctblock", "getaddr", "x", "alert",
};

static void
lie_garbage(struct swarm *w, struct swarm_peer *p)
{
	const char *command = commands[dice_below(&w->dice, ARRAY_LEN(commands))];
	size_t len = dice_below(&w->dice, 200);
	uint8_t bytes[200];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)dice_roll(&w->dice);
	/* Sometimes a count that fits. */
	if (dice_chance(&w->dice, 50))
		bytes[0] = (uint8_t)(len / 36);
	swarm_say(w, p, command, bytes, len);
}

/* True messages at the wrong time. */
static void
lie_unasked(struct swarm *w, struct swarm_peer *p)
{
	const struct forest_block *b = forest_at(w->forest, p->tip, dice_below(&w->dice, p->tip->height + 1));
	struct p2p_inv inv = { .type = INV_WITNESS_BLOCK, .hash = b->hash };
	struct wr bytes = { 0 };

	switch (dice_below(&w->dice, 6)) {
	case 0:
		swarm_node_sends_block(w, p, b);
		break;
	case 1:
		wr_p2p_inv(&bytes, &inv, 1);
		swarm_say_wr(w, p, "notfound", &bytes);
		break;
	case 2:
		swarm_say(w, p, "pong", "87654321", 8);
		break;
	case 3:
		say_headers(w, p, &b->header, b->height > 0 ? 1 : 0, false);
		break;
	case 4:
		swarm_say(w, p, "verack", NULL, 0);
		break;
	case 5:
		swarm_node_sends_version(w, p, 77, 1 << 30);
		break;
	}
}

static void
lie_inv_flood(struct swarm *w, struct swarm_peer *p)
{
	struct p2p_inv *inv = mem_new(FLOOD, sizeof(*inv));
	struct wr bytes = { 0 };

	for (size_t i = 0; i < FLOOD; i++) {
		uint64_t roll = dice_roll(&w->dice);

		inv[i].type = i % 2 == 0 ? INV_TX : INV_BLOCK;
		memcpy(inv[i].hash.b, &roll, sizeof(roll));
	}
	wr_p2p_inv(&bytes, inv, FLOOD);
	swarm_say_wr(w, p, "inv", &bytes);
	free(inv);
}

/* Everything that it can think of, and each of the client's transactions many times. */
static void
lie_greedy(struct swarm *w, struct swarm_peer *p)
{
	struct p2p_inv *inv = mem_new(FLOOD, sizeof(*inv));
	struct wr bytes = { 0 };

	for (size_t i = 0; i < FLOOD; i++) {
		inv[i].type = i % 3 == 0 ? INV_TX : i % 3 == 1 ? INV_WITNESS_TX : INV_WITNESS_BLOCK;
		if (w->txs_n > 0)
			inv[i].hash = w->txs[i % w->txs_n].txid;
	}
	wr_p2p_inv(&bytes, inv, FLOOD);
	swarm_say_wr(w, p, "getdata", &bytes);
	free(inv);
}

static void
lie_addr_flood(struct swarm *w, struct swarm_peer *p)
{
	struct net_address *a = mem_new(P2P_ADDR_MAX, sizeof(*a));
	bool old = dice_chance(&w->dice, 50);
	struct wr bytes = { 0 };

	for (size_t i = 0; i < P2P_ADDR_MAX; i++) {
		uint8_t ip[16] = { 0x20, 0x01 };
		uint64_t roll = dice_roll(&w->dice);

		memcpy(ip + 8, &roll, sizeof(roll));
		if (!net_address_from_ipv6(&a[i], ip))
			continue;
		a[i].port = 18444;
		a[i].services = p->services;
		a[i].time = (uint32_t)swarm_now(w).wall.sec;
	}
	if (old)
		wr_p2p_addr(&bytes, a, P2P_ADDR_MAX);
	else
		wr_p2p_addrv2(&bytes, a, P2P_ADDR_MAX);
	free(a);
	swarm_say_wr(w, p, old ? "addr" : "addrv2", &bytes);
}

static void (*const acts[LIE_KINDS])(struct swarm *, struct swarm_peer *) = {
	[LIE_HEADER] = lie_header,
	[LIE_INVALID] = lie_invalid,
	[LIE_NOT_A_CHAIN] = lie_not_a_chain,
	[LIE_MALFORMED] = lie_malformed,
	[LIE_GARBAGE] = lie_garbage,
	[LIE_UNASKED] = lie_unasked,
	[LIE_SPAM] = lie_spam,
	[LIE_UNCONNECTED] = lie_unconnected,
	[LIE_INV_FLOOD] = lie_inv_flood,
	[LIE_GREEDY] = lie_greedy,
	[LIE_ADDR_FLOOD] = lie_addr_flood,
};

void
swarm_liar_acts(struct swarm *w, struct swarm_peer *p)
{
	if (acts[p->lie] != NULL && dice_chance(&w->dice, ACT_PERCENT))
		acts[p->lie](w, p);
	/* It hears of blocks as others do, if it wants to. */
	else if (p->lie != LIE_LAGGING && p->lie_tip == NULL && w->group_tip[p->group]->height > p->tip->height &&
		 dice_chance(&w->dice, 30))
		swarm_node_adopts(w, p, w->group_tip[p->group]);
}

/* --- Answers --- */

static void
send_mutated(struct swarm *w, struct swarm_peer *p, const struct forest_block *b)
{
	uint8_t *bytes = mem_dup(b->bytes, b->len);

	bytes[HEADER_LEN + dice_below(&w->dice, (uint32_t)(b->len - HEADER_LEN))] ^= (uint8_t)(1 << dice_below(&w->dice, 8));
	swarm_say(w, p, "block", bytes, b->len);
	free(bytes);
}

static void
send_stripped(struct swarm *w, struct swarm_peer *p, const struct forest_block *b)
{
	struct block whole;
	struct wr bytes = { 0 };
	bool ok = block_decode(&whole, b->bytes, b->len);

	assert(ok);
	for (size_t i = 0; i < whole.tx_n; i++)
		txin_clear_witness(&whole.tx[i].in[0]);
	wr_block(&bytes, &whole);
	block_clear(&whole);
	swarm_say_wr(w, p, "block", &bytes);
}

static void
answer_getdata(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv;
	size_t n;
	bool ok = p2p_inv_decode(&inv, &n, payload, len);

	assert(ok);
	for (size_t i = 0; i < n; i++) {
		const struct forest_block *b = forest_find(w->forest, &inv[i].hash);

		if (p->lie == LIE_NOT_FOUND)
			swarm_say(w, p, "notfound", payload, len);
		else if (b != NULL && p->lie == LIE_MUTATED && dice_chance(&w->dice, 50))
			send_mutated(w, p, b);
		else if (b != NULL && p->lie == LIE_STRIPPED)
			send_stripped(w, p, b);
		else if (b != NULL)
			swarm_node_sends_block(w, p, b);
	}
	free(inv);
}

static void
answer_version(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	struct p2p_version theirs;
	bool ok = p2p_version_decode(&theirs, payload, len);

	assert(ok);
	swarm_node_sends_version(w, p, p->lie == LIE_ECHO ? theirs.nonce : 1,
				 p->lie == LIE_SILENT ? INT32_MAX : (int32_t)p->tip->height);
}

bool
swarm_liar_hears(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len)
{
	if (strcmp(command, "version") == 0 && (p->lie == LIE_ECHO || p->lie == LIE_SILENT)) {
		answer_version(w, p, payload, len);
		return true;
	}
	if (p->lie == LIE_SILENT && (strcmp(command, "getheaders") == 0 || strcmp(command, "getdata") == 0))
		return true;
	if (strcmp(command, "getdata") == 0 &&
	    (p->lie == LIE_NOT_FOUND || p->lie == LIE_MUTATED || p->lie == LIE_STRIPPED || p->lie == LIE_INVALID)) {
		answer_getdata(w, p, payload, len);
		return true;
	}
	return false;
}
