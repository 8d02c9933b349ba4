/* T1: active[] is the path from the first block to the tip; exactly its blocks have active set and an undo record.
 * T2: utxos is what the transactions of active[] leave unspent, and places holds exactly their txids.
 * T3: a block is valid only if its parent is; no active block is invalid. */
#include "tests/mainchain/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "chain/target.h"
#include "tests/mainchain/tx_rules.h"

/* The transaction of the first block, the same on all of Bitcoin's own networks. */
static const char genesis_tx_hex[] =
	"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a61"
	"6e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01"
	"00000043"
	"4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf1"
	"1d5fac00000000";

void
tip_change_clear(struct tip_change *c)
{
	free(c->off);
	free(c->on);
	*c = (struct tip_change){ 0 };
}

struct tree_block *
tree_find(const struct block_tree *t, const struct hash256 *hash)
{
	struct tree_block *b;

	HASH_FIND(hh, t->by_hash, hash, sizeof(*hash), b);
	return b;
}

struct tree_block *
tree_tip(const struct block_tree *t)
{
	return t->active[t->active_n - 1];
}

uint32_t
tree_height(const struct block_tree *t)
{
	return (uint32_t)t->active_n - 1;
}

struct tree_block *
tree_ancestor(const struct tree_block *b, uint32_t height)
{
	const struct tree_block *at = b;

	while (at->height > height)
		at = at->jump->height >= height ? at->jump : at->parent;
	return (struct tree_block *)at;
}

static bool
branch_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct tree_block *tip = context;

	if (height > tip->height)
		return false;
	tip = tree_ancestor(tip, height);
	*out = (struct header_ancestor){ .time = tip->header.time, .bits = tip->header.bits };
	return true;
}

uint32_t
tree_median_time(const struct tree_block *b)
{
	struct header_branch branch = { .at = branch_at, .context = b };
	uint32_t median = 0;

	if (!header_median_time(&median, b->height + 1, &branch))
		abort();
	return median;
}

const struct tx_place *
tree_find_tx(const struct block_tree *t, const struct hash256 *txid)
{
	struct tx_place *place;

	HASH_FIND(hh, t->places, txid, sizeof(*txid), place);
	return place;
}

void
tree_read(struct block *out, const struct tree_block *b)
{
	if (!block_decode(out, b->bytes, b->len))
		abort();
}

static void
places_add(struct block_tree *t, struct tree_block *b, const struct block *body)
{
	for (size_t i = 0; i < body->tx_n; i++) {
		struct tx_place *place = mem_new(1, sizeof(*place));

		tx_txid(&place->txid, &body->tx[i]);
		place->block = b;
		place->index = (uint32_t)i;
		HASH_ADD(hh, t->places, txid, sizeof(place->txid), place);
	}
}

static void
places_remove(struct block_tree *t, const struct block *body)
{
	for (size_t i = 0; i < body->tx_n; i++) {
		struct tx_place *place;
		struct hash256 txid;

		tx_txid(&txid, &body->tx[i]);
		HASH_FIND(hh, t->places, &txid, sizeof(txid), place);
		assert(place != NULL);
		HASH_DEL(t->places, place);
		free(place);
	}
}

/* The filter of a block that has just been connected: its undo holds what it spent. */
static void
make_filter(struct tree_block *b, const struct block *body)
{
	static const struct hash256 no_filter_header;
	struct filter_item *spent;

	if (b->filter.len > 0)
		return;
	spent = mem_new(b->undo.n, sizeof(*spent));
	for (size_t i = 0; i < b->undo.n; i++)
		spent[i] = (struct filter_item){ .bytes = b->undo.spent[i]->out.script, .len = b->undo.spent[i]->out.script_len };
	filter_build_block(&b->filter, body, spent, b->undo.n);
	free(spent);
	filter_hash(&b->filter_hash, b->filter.p, b->filter.len);
	filter_header(&b->filter_header, &b->filter_hash, b->parent ? &b->parent->filter_header : &no_filter_header);
}

static void
activate(struct block_tree *t, struct tree_block *b, const struct block *body)
{
	if (t->active_n == t->active_cap) {
		t->active_cap = t->active_cap * 2 + 64;
		t->active = mem_resize(t->active, t->active_cap, sizeof(*t->active));
	}
	t->active[t->active_n++] = b;
	b->active = true;
	places_add(t, b, body);
	make_filter(b, body);
}

/* Extend the active branch by b, whose parent is the tip. On failure nothing has changed. */
static const char *
connect(struct block_tree *t, struct tree_block *b)
{
	struct block body;
	const char *why;

	tree_read(&body, b);
	why = block_rules_apply(&t->utxos, &b->undo, &body, b->parent, t->params);
	if (why == NULL)
		activate(t, b, &body);
	block_clear(&body);
	return why;
}

static void
disconnect(struct block_tree *t)
{
	struct tree_block *b = tree_tip(t);
	struct block body;

	tree_read(&body, b);
	places_remove(t, &body);
	utxo_unapply(&t->utxos, &b->undo, body.tx, body.tx_n);
	block_clear(&body);
	b->active = false;
	t->active_n--;
}

static const struct tree_block *
last_active(const struct tree_block *b)
{
	while (!b->active)
		b = b->parent;
	return b;
}

static void
disconnect_to(struct block_tree *t, const struct tree_block *fork, struct tip_change *change)
{
	change->off = mem_new(tree_height(t) - fork->height, sizeof(*change->off));
	while (tree_tip(t) != fork) {
		change->off[change->off_n++] = tree_tip(t);
		disconnect(t);
	}
}

/* Make b the tip. When a block of its branch is invalid, mark it and go back to where we were. */
static const char *
switch_to(struct block_tree *t, struct tree_block *b, struct tip_change *change)
{
	const struct tree_block *fork = last_active(b);
	uint32_t fork_height = fork->height;
	const char *why = NULL;

	disconnect_to(t, fork, change);
	change->on = mem_new(b->height - fork_height, sizeof(*change->on));
	for (uint32_t h = fork_height + 1; h <= b->height && why == NULL; h++) {
		struct tree_block *next = tree_ancestor(b, h);

		if ((why = connect(t, next)) == NULL)
			change->on[change->on_n++] = next;
		else
			next->invalid = true;
	}
	if (why == NULL)
		return NULL;
	while (tree_height(t) > fork_height)
		disconnect(t);
	for (size_t i = change->off_n; i-- > 0;) {
		if (connect(t, change->off[i]) != NULL)
			abort();
	}
	tip_change_clear(change);
	return why;
}

static bool
descends_from_invalid(const struct tree_block *b)
{
	for (; !b->active; b = b->parent) {
		if (b->invalid)
			return true;
	}
	return false;
}

/* Where a block's jump leads: to the end of its parent's two jumps when those are equally far, else to the parent. So the
 * steps to any ancestor are few (Myers, "An applicative random-access stack", 1983). */
static struct tree_block *
jump_from(struct tree_block *b)
{
	struct tree_block *p = b->parent;

	if (p == NULL)
		return b;
	return p->height - p->jump->height == p->jump->height - p->jump->jump->height ? p->jump->jump : p;
}

static struct tree_block *
insert(struct block_tree *t, const struct block *b, const struct hash256 *hash, struct tree_block *parent)
{
	struct tree_block *n = mem_new(1, sizeof(*n));
	struct wr w = { 0 };
	struct u256 work;

	wr_block(&w, b);
	n->hash = *hash;
	n->parent = parent;
	n->jump = jump_from(n);
	n->height = parent ? parent->height + 1 : 0;
	n->header = b->header;
	n->bytes = mem_dup(w.p, w.len);
	n->len = w.len;
	wr_clear(&w);
	if (!bits_work(&work, b->header.bits))
		abort();
	n->work = parent ? u256_add(&parent->work, &work) : work;
	HASH_ADD(hh, t->by_hash, hash, sizeof(n->hash), n);
	return n;
}

/* What can be said of a block by itself and its header's ancestors. */
static const char *
check_alone(const struct block_tree *t, const struct block *b, const struct tree_block *parent, struct unixtime now)
{
	struct header_branch branch = { .at = branch_at, .context = parent };
	enum header_verdict header = header_check(t->params, &b->header, parent->height + 1, &parent->hash, &branch, now);
	const char *why = "bad-block";

	if (header != HEADER_OK)
		return header_verdict_name(header);
	return block_check(b, t->params, parent->height + 1, &why) == BLOCK_OK ? NULL : why;
}

const char *
tree_add(struct block_tree *t, struct tree_block **out, struct tip_change *change, const struct block *b, struct unixtime now)
{
	struct tree_block *known, *parent;
	struct hash256 hash;
	const char *why;

	*change = (struct tip_change){ 0 };
	header_hash(&hash, &b->header);
	if ((known = tree_find(t, &hash)) == NULL) {
		if ((parent = tree_find(t, &b->header.prev)) == NULL)
			return "unknown-parent";
		if (descends_from_invalid(parent))
			return "bad-prevblk";
		if ((why = check_alone(t, b, parent, now)) != NULL)
			return why;
		known = insert(t, b, &hash, parent);
	}
	if (out != NULL)
		*out = known;
	if (known->invalid)
		return "invalid";
	return u256_cmp(&known->work, &tree_tip(t)->work) > 0 ? switch_to(t, known, change) : NULL;
}

void
tree_init(struct block_tree *t, const struct chain_params *p)
{
	struct block b = { .header = p->genesis, .tx = mem_new(1, sizeof(struct tx)), .tx_n = 1 };
	struct tree_block *first;
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, genesis_tx_hex, sizeof(genesis_tx_hex));

	*t = (struct block_tree){ .params = p };
	if (bytes == NULL || !tx_decode(&b.tx[0], bytes, len))
		abort();
	free(bytes);
	first = insert(t, &b, &p->genesis_hash, NULL);
	activate(t, first, &b);
	block_clear(&b);
}

void
tree_clear(struct block_tree *t)
{
	struct tree_block *b, *next_block;
	struct tx_place *place, *next_place;

	HASH_ITER(hh, t->by_hash, b, next_block) {
		HASH_DEL(t->by_hash, b);
		undo_clear(&b->undo);
		wr_clear(&b->filter);
		free(b->bytes);
		free(b);
	}
	HASH_ITER(hh, t->places, place, next_place) {
		HASH_DEL(t->places, place);
		free(place);
	}
	utxo_clear(&t->utxos);
	free(t->active);
}
