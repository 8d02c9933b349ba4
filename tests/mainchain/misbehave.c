#include "tests/mainchain/misbehave.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/mainchain/serve.h"

#define FUTURE_SECONDS (3 * 60 * 60)
#define OVERSIZE_LEN 0x80000000u
#define GARBAGE_LEN 256
#define UNCONNECTED_N 3
#define RIVAL_SECONDS 60

/* Offsets in a message. */
enum { AT_MAGIC = 0, AT_LENGTH = 16, AT_CHECKSUM = 20 };

static const char *const names[] = {
	[MISBEHAVE_NONE] = "none",
	[MISBEHAVE_STALL] = "stall",
	[MISBEHAVE_STALL_HEADERS] = "stall_headers",
	[MISBEHAVE_STALL_BLOCKS] = "stall_blocks",
	[MISBEHAVE_STALL_FILTERS] = "stall_filters",
	[MISBEHAVE_WRONG_WORK] = "wrong_work",
	[MISBEHAVE_WRONG_BITS] = "wrong_bits",
	[MISBEHAVE_FUTURE] = "future",
	[MISBEHAVE_UNCONNECTED] = "unconnected",
	[MISBEHAVE_PAST] = "past",
	[MISBEHAVE_OLD_VERSION] = "old_version",
	[MISBEHAVE_LOW_WORK] = "low_work",
	[MISBEHAVE_WRONG_MERKLE] = "wrong_merkle",
	[MISBEHAVE_DUPLICATE] = "duplicate",
	[MISBEHAVE_NO_WITNESS] = "no_witness",
	[MISBEHAVE_WITHHOLD_TX] = "withhold_tx",
	[MISBEHAVE_EMPTY_FILTERS] = "empty_filters",
	[MISBEHAVE_THIN_FILTERS] = "thin_filters",
	[MISBEHAVE_FAT_FILTERS] = "fat_filters",
	[MISBEHAVE_FALSE_FILTERS] = "false_filters",
	[MISBEHAVE_BAD_FILTERS] = "bad_filters",
	[MISBEHAVE_GARBAGE] = "garbage",
	[MISBEHAVE_OVERSIZE] = "oversize",
	[MISBEHAVE_BAD_CHECKSUM] = "bad_checksum",
	[MISBEHAVE_BAD_MAGIC] = "bad_magic",
	[MISBEHAVE_SLOW] = "slow",
	[MISBEHAVE_DISCONNECT] = "disconnect",
};

const char *
misbehave_name(enum misbehave_mode mode)
{
	return names[mode];
}

bool
misbehave_find(enum misbehave_mode *out, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum misbehave_mode)i;
			return true;
		}
	}
	return false;
}

static bool
concerns(const struct misbehaviour *m, const struct peer *p)
{
	return m->left > 0 && (m->peer == 0 || m->peer == p->id);
}

bool
misbehave_now(struct peer *p, enum misbehave_mode mode)
{
	struct misbehaviour *m = &p->node->misbehaviour;

	if (m->mode != mode || !concerns(m, p))
		return false;
	m->left--;
	m->told++;
	return true;
}

bool
misbehave_swallows(struct peer *p, const char *command)
{
	bool filters = strncmp(command, "getcf", 5) == 0;

	if (misbehave_now(p, MISBEHAVE_STALL))
		return true;
	if (p->ready && misbehave_now(p, MISBEHAVE_DISCONNECT)) {
		peer_close(p);
		return true;
	}
	if (strcmp(command, "getheaders") == 0 && misbehave_now(p, MISBEHAVE_STALL_HEADERS))
		return true;
	return filters && misbehave_now(p, MISBEHAVE_STALL_FILTERS);
}

static void
put_u32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

void
misbehave_frame(struct peer *p, const char *command, struct wr *message)
{
	(void)command;
	if (!p->ready)
		return;
	if (misbehave_now(p, MISBEHAVE_GARBAGE)) {
		uint8_t noise[GARBAGE_LEN];

		rng_bytes(noise, sizeof(noise));
		wr_reset(message);
		wr_bytes(message, noise, sizeof(noise));
	} else if (misbehave_now(p, MISBEHAVE_OVERSIZE)) {
		put_u32(message->p + AT_LENGTH, OVERSIZE_LEN);
	} else if (misbehave_now(p, MISBEHAVE_BAD_CHECKSUM)) {
		message->p[AT_CHECKSUM] ^= 1;
	} else if (misbehave_now(p, MISBEHAVE_BAD_MAGIC)) {
		message->p[AT_MAGIC] ^= 1;
	}
}

/* A header that could follow the tip, not solved yet. */
static struct header
next_header(struct node *n)
{
	const struct tree_block *tip = tree_tip(&n->tree);
	struct header h = { .version = tip->header.version, .prev = tip->hash, .bits = tip->header.bits };

	rng_bytes(&h.merkle_root, sizeof(h.merkle_root));
	h.time = miner_time(tip, node_now(n));
	return h;
}

static void
append(struct header **list, size_t *n, const struct header *h)
{
	*list = mem_resize(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = *h;
}

static void
unconnected(struct node *node, struct header **list, size_t *n)
{
	struct header h = next_header(node);

	*n = 0;
	rng_bytes(&h.prev, sizeof(h.prev));
	for (int i = 0; i < UNCONNECTED_N; i++) {
		miner_solve(&h);
		append(list, n, &h);
		header_hash(&h.prev, &h);
	}
}

/* The next headers of a chain that begins at genesis, a minute apart; another one when it is as long as ordered. */
static void
rival_chain(struct node *node, struct header **list, size_t *n)
{
	struct misbehaviour *m = &node->misbehaviour;
	struct header h;

	if (m->rival_height == 0 || m->rival_height >= m->from_height) {
		m->rival = node->params->genesis;
		m->rival_height = 0;
	}
	h = m->rival;
	*n = 0;
	while (*n < P2P_HEADERS_MAX && m->rival_height < m->from_height) {
		header_hash(&h.prev, &h);
		h.version = tree_tip(&node->tree)->header.version;
		h.time += RIVAL_SECONDS;
		rng_bytes(&h.merkle_root, sizeof(h.merkle_root));
		miner_solve(&h);
		append(list, n, &h);
		m->rival_height++;
	}
	m->rival = h;
}

/* Lies on top of the list only follow from its last header when that is the tip, so make it so. */
static void
end_with_tip(struct node *node, struct header **list, size_t *n)
{
	const struct tree_block *tip = tree_tip(&node->tree);
	struct hash256 last;

	if (*n > 0) {
		header_hash(&last, &(*list)[*n - 1]);
		if (hash256_eq(&last, &tip->hash))
			return;
	}
	*n = 0;
	append(list, n, &tip->header);
}

void
misbehave_headers(struct peer *p, struct header **list, size_t *n)
{
	struct header h = next_header(p->node);

	if (*n == P2P_HEADERS_MAX && p->node->misbehaviour.mode != MISBEHAVE_LOW_WORK)
		return;
	if (misbehave_now(p, MISBEHAVE_UNCONNECTED)) {
		unconnected(p->node, list, n);
		return;
	}
	if (misbehave_now(p, MISBEHAVE_LOW_WORK)) {
		rival_chain(p->node, list, n);
		return;
	}
	if (misbehave_now(p, MISBEHAVE_WRONG_WORK)) {
		miner_unsolve(&h);
	} else if (misbehave_now(p, MISBEHAVE_WRONG_BITS)) {
		h.bits--; /* a slightly harder target, solved all the same */
		miner_solve(&h);
	} else if (misbehave_now(p, MISBEHAVE_FUTURE)) {
		h.time = (uint32_t)(node_now(p->node).sec + FUTURE_SECONDS);
		miner_solve(&h);
	} else if (misbehave_now(p, MISBEHAVE_PAST)) {
		h.time = tree_median_time(tree_tip(&p->node->tree));
		miner_solve(&h);
	} else if (misbehave_now(p, MISBEHAVE_OLD_VERSION)) {
		h.version = 1;
		miner_solve(&h);
	} else {
		return;
	}
	end_with_tip(p->node, list, n);
	append(list, n, &h);
}

static void
strip_witness(struct block *b)
{
	for (size_t i = 0; i < b->tx_n; i++) {
		for (size_t j = 0; j < b->tx[i].in_n; j++)
			txin_clear_witness(&b->tx[i].in[j]);
	}
}

bool
misbehave_block(struct peer *p, struct block *b)
{
	if (misbehave_now(p, MISBEHAVE_WRONG_MERKLE)) {
		b->tx[0].out[0].value--;
	} else if (misbehave_now(p, MISBEHAVE_DUPLICATE)) {
		b->tx = mem_resize(b->tx, b->tx_n + 1, sizeof(*b->tx));
		b->tx[b->tx_n] = tx_copy(&b->tx[b->tx_n - 1]);
		b->tx_n++;
	} else if (misbehave_now(p, MISBEHAVE_NO_WITNESS)) {
		strip_witness(b);
	} else {
		return false;
	}
	return true;
}

static bool
is_about_headers(enum misbehave_mode mode)
{
	static const enum misbehave_mode which[] = {
		MISBEHAVE_WRONG_WORK, MISBEHAVE_WRONG_BITS, MISBEHAVE_FUTURE,      MISBEHAVE_UNCONNECTED,
		MISBEHAVE_PAST,       MISBEHAVE_OLD_VERSION, MISBEHAVE_LOW_WORK,
	};

	for (size_t i = 0; i < ARRAY_LEN(which); i++) {
		if (which[i] == mode)
			return true;
	}
	return false;
}

void
misbehave_meet(struct peer *p)
{
	const struct misbehaviour *m = &p->node->misbehaviour;

	peer_set_rate(p, m->mode == MISBEHAVE_SLOW && concerns(m, p) ? m->rate : 0);
}

void
misbehave_start(struct node *n, const struct misbehaviour *m)
{
	n->misbehaviour = *m;
	for (struct peer *p = n->peers; p != NULL; p = p->next)
		misbehave_meet(p);
	if (is_about_headers(m->mode))
		serve_push_headers(n, tree_tip(&n->tree));
}
