/* T1  Every entry is reached from the root by the bits of its path at the levels of the nodes on the way.
 * T2  Levels rise from root to leaf, and all entries below a node agree in the path's bits above the node's level.
 * T3  A node is stale when its hash may be wrong; what stands above a stale node is stale. An entry that is marked stale has
 *     only stale nodes above it. */
#include "token/state_tree.h"

#include <stdlib.h>

#include "base/mem.h"
#include "token/state_proof.h"

#define PATH_BITS 256
#define SLAB_NODES 1000
#define AHEAD 8 /* items that are fetched before their turn */

/* A node or an entry; entries have the lowest bit set. 0 is the empty tree. */
typedef uintptr_t ref;

struct node {
	ref child[2];
	struct hash256 hash; /* of the subtree that starts one level below the parent */
	uint16_t level;      /* of the bit that parts the children */
	bool stale;
};

struct slab {
	struct slab *next;
	struct node nodes[SLAB_NODES];
};

struct state_tree {
	ref root;
	struct slab *slabs; /* owned */
	size_t slab_used;   /* nodes given out of the first slab */
	struct node *spare; /* given back; linked by child[0] */
};

static bool
is_leaf(ref r)
{
	return r & 1;
}

static struct node *
node_of(ref r)
{
	return (struct node *)r;
}

static struct state_entry *
entry_of(ref r)
{
	return (struct state_entry *)(r - 1);
}

static ref
leaf_ref(const struct state_entry *e)
{
	return (ref)e + 1;
}

struct state_tree *
state_tree_new(void)
{
	return mem_new(1, sizeof(struct state_tree));
}

void
state_tree_free(struct state_tree *t)
{
	if (t == NULL)
		return;
	while (t->slabs != NULL) {
		struct slab *s = t->slabs;

		t->slabs = s->next;
		free(s);
	}
	free(t);
}

static struct node *
node_new(struct state_tree *t, size_t level)
{
	struct node *n = t->spare;

	if (n != NULL) {
		t->spare = node_of(n->child[0]);
	} else {
		if (t->slabs == NULL || t->slab_used == SLAB_NODES) {
			struct slab *s = mem_new(1, sizeof(*s));

			s->next = t->slabs;
			t->slabs = s;
			t->slab_used = 0;
		}
		n = &t->slabs->nodes[t->slab_used++];
	}
	n->level = (uint16_t)level;
	n->stale = true;
	return n;
}

static void
node_free(struct state_tree *t, struct node *n)
{
	n->child[0] = (ref)t->spare;
	t->spare = n;
}

static void
entry_path(struct hash256 *out, const struct state_entry *e)
{
	sha256(out, e->bytes, e->key_len);
}

static void
entry_hash(struct hash256 *out, const struct state_entry *e, const struct hash256 *path)
{
	struct hash256 value_hash;

	sha256(&value_hash, state_entry_value(e), e->value_len);
	state_leaf_hash(out, path, &value_hash);
}

/* Path of some entry below. */
static void
any_path(struct hash256 *out, ref r)
{
	while (!is_leaf(r))
		r = node_of(r)->child[0];
	entry_path(out, entry_of(r));
}

static size_t
first_difference(const struct hash256 *a, const struct hash256 *b)
{
	size_t i = 0;

	while (i < PATH_BITS && state_path_bit(a, i) == state_path_bit(b, i))
		i++;
	return i;
}

/* Follow a path down to the first node at or below a level, or a leaf, marking what it passes. */
static ref *
descend(struct state_tree *t, const struct hash256 *path, size_t level)
{
	ref *slot = &t->root;

	while (!is_leaf(*slot) && node_of(*slot)->level < level) {
		struct node *n = node_of(*slot);

		n->stale = true;
		slot = &n->child[state_path_bit(path, n->level)];
	}
	return slot;
}

void
state_tree_insert(struct state_tree *t, struct state_entry *e)
{
	struct hash256 path, near;
	struct node *n;
	ref r = t->root, *slot;
	size_t level;

	e->stale = true;
	if (r == 0) {
		t->root = leaf_ref(e);
		return;
	}
	entry_path(&path, e);
	while (!is_leaf(r))
		r = node_of(r)->child[state_path_bit(&path, node_of(r)->level)];
	entry_path(&near, entry_of(r));
	level = first_difference(&path, &near);
	slot = descend(t, &path, level);
	if (!is_leaf(*slot))
		node_of(*slot)->stale = true;
	n = node_new(t, level);
	n->child[state_path_bit(&path, level)] = leaf_ref(e);
	n->child[!state_path_bit(&path, level)] = *slot;
	*slot = (ref)n;
}

void
state_tree_remove(struct state_tree *t, struct state_entry *e)
{
	struct hash256 path;
	ref *slot = &t->root, *above = NULL, rest;
	struct node *parent;

	entry_path(&path, e);
	while (!is_leaf(*slot)) {
		parent = node_of(*slot);
		parent->stale = true;
		above = slot;
		slot = &parent->child[state_path_bit(&path, parent->level)];
	}
	if (above == NULL) {
		t->root = 0;
		return;
	}
	parent = node_of(*above);
	rest = parent->child[slot == &parent->child[0]];
	if (!is_leaf(rest))
		node_of(rest)->stale = true;
	*above = rest;
	node_free(t, parent);
}

void
state_tree_replace(struct state_tree *t, const struct state_entry *old, struct state_entry *e)
{
	struct hash256 path;

	entry_path(&path, old);
	*descend(t, &path, PATH_BITS) = leaf_ref(e);
	e->stale = true;
}

void
state_tree_touch(struct state_tree *t, struct state_entry *e)
{
	struct hash256 path;

	if (e->stale)
		return;
	entry_path(&path, e);
	(void)descend(t, &path, PATH_BITS);
	e->stale = true;
}

/* Hash in the one-sided levels above a subtree that starts at `level`, up to `from`. */
static void
lift(struct hash256 *hash, const struct hash256 *path, size_t level, size_t from)
{
	static const struct hash256 empty;

	while (level-- > from) {
		if (state_path_bit(path, level))
			state_inner_hash(hash, &empty, hash);
		else
			state_inner_hash(hash, hash, &empty);
	}
}

struct item {
	struct hash256 path;
	struct state_entry *entry;
};

static void
sort_few(struct item *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct item it = items[i];
		size_t at = i;

		for (; at > 0 && hash256_cmp(&items[at - 1].path, &it.path) > 0; at--)
			items[at] = items[at - 1];
		items[at] = it;
	}
}

/* Sort by path, of which all items have the same bytes before `byte`: into 256 piles in place, then each pile. A comparing
 * sort would take several times as long. */
static void
sort(struct item *items, size_t n, size_t byte)
{
	size_t start[257] = { 0 }, next[256];

	if (n < 32) {
		sort_few(items, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		start[items[i].path.b[byte] + 1]++;
	for (size_t i = 0; i < 256; i++) {
		start[i + 1] += start[i];
		next[i] = start[i];
	}
	for (size_t pile = 0; pile < 256; pile++) {
		while (next[pile] < start[pile + 1]) {
			struct item it = items[next[pile]];
			size_t to = it.path.b[byte];

			items[next[pile]] = items[next[to]];
			items[next[to]++] = it;
		}
	}
	for (size_t pile = 0; pile < 256; pile++)
		sort(items + start[pile], start[pile + 1] - start[pile], byte + 1);
}

/* How many of the sorted items, which agree above a level, have a 0 there. */
static size_t
zeros_at(const struct item *items, size_t n, size_t level)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (state_path_bit(&items[middle].path, level))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The subtree of sorted items that starts at level `from`, with its hash. */
static ref
build(struct state_tree *t, struct hash256 *hash, struct item *items, size_t n, size_t from)
{
	struct hash256 right;
	struct node *node;
	size_t zeros, level = from;

	if (n == 1) {
		/* The entries lie all over memory: let those come that are wanted soon. */
		__builtin_prefetch(items[AHEAD].entry);
		__builtin_prefetch((const char *)items[AHEAD].entry + 64);
		items->entry->stale = false;
		entry_hash(hash, items->entry, &items->path);
		return leaf_ref(items->entry);
	}
	while ((zeros = zeros_at(items, n, level)) == 0 || zeros == n)
		level++;
	node = node_new(t, level);
	node->child[0] = build(t, hash, items, zeros, level + 1);
	node->child[1] = build(t, &right, items + zeros, n - zeros, level + 1);
	state_inner_hash(hash, hash, &right);
	lift(hash, &items->path, level, from);
	node->hash = *hash;
	node->stale = false;
	return (ref)node;
}

void
state_tree_build(struct state_tree *t, struct state_entry *const *entries, size_t n)
{
	struct hash256 root;
	struct item *items;

	if (n == 0)
		return;
	items = mem_new(n + AHEAD, sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		items[i].entry = entries[i];
		entry_path(&items[i].path, entries[i]);
	}
	for (size_t i = 0; i < AHEAD; i++)
		items[n + i].entry = entries[0];
	sort(items, n, 0);
	t->root = build(t, &root, items, n, 0);
	free(items);
}

/* Make the hash of a stale node, below a parent whose children start at level `from`; path: out, of some entry below. */
static void
refresh(struct node *n, size_t from, struct hash256 *path)
{
	struct hash256 leaf[2];
	const struct hash256 *half[2];
	bool known = false;

	for (int i = 0; i < 2; i++) {
		ref r = n->child[i];

		if (is_leaf(r)) {
			entry_path(path, entry_of(r));
			entry_hash(&leaf[i], entry_of(r), path);
			entry_of(r)->stale = false;
			half[i] = &leaf[i];
			known = true;
			continue;
		}
		if (node_of(r)->stale) {
			refresh(node_of(r), n->level + 1u, path);
			known = true;
		}
		half[i] = &node_of(r)->hash;
	}
	state_inner_hash(&n->hash, half[0], half[1]);
	if (!known)
		any_path(path, (ref)n);
	lift(&n->hash, path, n->level, from);
	n->stale = false;
}

/* Hash of a fresh subtree, as its parent sees it. */
static void
ref_hash(struct hash256 *out, ref r)
{
	struct hash256 path;

	if (is_leaf(r)) {
		entry_path(&path, entry_of(r));
		entry_hash(out, entry_of(r), &path);
	} else {
		*out = node_of(r)->hash;
	}
}

void
state_tree_root(struct hash256 *out, struct state_tree *t)
{
	struct hash256 path;

	if (t->root == 0) {
		*out = (struct hash256){ { 0 } };
		return;
	}
	if (!is_leaf(t->root) && node_of(t->root)->stale)
		refresh(node_of(t->root), 0, &path);
	ref_hash(out, t->root);
}

struct proof {
	struct hash256 sibling[PATH_BITS];
	size_t depth;
	ref end; /* the leaf at the path's end; 0 when that is empty */
};

/* One node of the path: the one-sided levels above it, then its own. True when the path goes on below. */
static bool
proof_pass(struct proof *p, const struct node *n, const struct hash256 *path)
{
	static const struct hash256 empty;
	struct hash256 below, left, right;

	any_path(&below, (ref)n);
	for (; p->depth < n->level; p->depth++) {
		if (state_path_bit(path, p->depth) != state_path_bit(&below, p->depth)) {
			ref_hash(&left, n->child[0]);
			ref_hash(&right, n->child[1]);
			state_inner_hash(&left, &left, &right);
			lift(&left, &below, n->level, p->depth + 1);
			p->sibling[p->depth++] = left;
			return false;
		}
		p->sibling[p->depth] = empty;
	}
	ref_hash(&p->sibling[p->depth++], n->child[!state_path_bit(path, n->level)]);
	return true;
}

static void
proof_find(struct proof *p, const struct state_tree *t, const struct hash256 *path)
{
	ref r = t->root;

	p->depth = 0;
	p->end = 0;
	while (r != 0 && !is_leaf(r)) {
		const struct node *n = node_of(r);

		if (!proof_pass(p, n, path))
			return;
		r = n->child[state_path_bit(path, n->level)];
	}
	p->end = r;
}

void
state_tree_prove(struct wr *w, struct state_tree *t, const void *key, size_t key_len, const struct state_entry *there)
{
	struct hash256 path, hash;
	struct proof p;

	state_tree_root(&hash, t);
	sha256(&path, key, key_len);
	proof_find(&p, t, &path);
	wr_u16(w, (uint16_t)p.depth);
	if (there != NULL) {
		wr_u8(w, 0);
	} else if (p.end != 0) {
		const struct state_entry *other = entry_of(p.end);

		wr_u8(w, 1);
		entry_path(&hash, other);
		wr_hash256(w, &hash);
		sha256(&hash, state_entry_value(other), other->value_len);
		wr_hash256(w, &hash);
	} else {
		wr_u8(w, 2);
	}
	for (size_t i = 0; i < p.depth; i++)
		wr_hash256(w, &p.sibling[i]);
}
