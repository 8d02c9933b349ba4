/* Invariants:
 * 1. Every header is either on the best chain or a node, never both, and obeys all header rules of its own branch.
 * 2. A node's parent is a node or on the best chain, one lower; its work is its parent's and its own.
 * 3. tips holds exactly the nodes without child nodes; children counts them.
 * 4. After header_tree_choose() no tip has more work than the best chain, nor as much and was there first.
 * 5. No header that is marked invalid, and none that follows one, is on the best chain or a node.
 * 6. After header_tree_choose() there are at most side_max nodes that are not proven.
 * 7. The parent of a proven node is proven or on the best chain; proven_n counts them.
 * 8. A header came after its parent: its `seen` is higher. The numbers stay with the headers when they move on and off the best chain.
 * 9. Nodes that the store has not yet stand at the end of the map; what it has and the tree has no more is in side_gone. */
#include "spv/header_tree.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "chain/target.h"
#include "spv/header_tree_impl.h"

#define MARKS_MAX 65536
#define SEEN_FIRST (INT64_MIN / 2) /* of genesis; what is loaded without numbers of its own follows */

int
header_tips_cmp(const struct header_node *a, const struct header_node *b)
{
	int order = u256_cmp(&a->work, &b->work);

	if (order != 0)
		return order;
	if (a->seen != b->seen)
		return a->seen < b->seen ? 1 : -1;
	return hash256_cmp(&a->hash, &b->hash);
}

RB_GENERATE(header_tips, header_node, tip, header_tips_cmp)

struct header_node *
header_tree_node(const struct header_tree *t, const struct hash256 *hash)
{
	struct header_node *n;

	HASH_FIND(hh, t->side, hash, sizeof(*hash), n);
	return n;
}

bool
header_tree_is_marked(const struct header_tree *t, const struct hash256 *hash)
{
	struct header_mark *m;

	HASH_FIND(hh, t->invalid, hash, sizeof(*hash), m);
	return m != NULL;
}

struct header_tree *
header_tree_new(const struct chain_params *p, uint64_t salt, size_t side_max)
{
	struct header_tree *t = mem_new(1, sizeof(*t));

	assert(side_max > 0);
	t->params = p;
	t->side_max = side_max;
	t->changed_from = 1;
	t->seen_last = SEEN_FIRST;
	t->tip_hard_bits = p->genesis.bits;
	RB_INIT(&t->tips);
	best_init(&t->best, &p->genesis, &p->genesis_hash, t->seen_last, salt);
	return t;
}

void
header_tree_free(struct header_tree *t)
{
	struct header_node *n, *next_node;
	struct header_mark *m, *next_mark;

	if (t == NULL)
		return;
	HASH_ITER(hh, t->side, n, next_node)
	{
		HASH_DEL(t->side, n);
		free(n);
	}
	HASH_ITER(hh, t->invalid, m, next_mark)
	{
		HASH_DEL(t->invalid, m);
		free(m);
	}
	free(t->side_gone.hash);
	free(t->marks_gone.hash);
	best_clear(&t->best);
	free(t);
}

static void
gone_note(struct header_gone *g, const struct hash256 *hash)
{
	if (g->n == g->cap) {
		g->cap = g->cap == 0 ? 16 : g->cap * 2;
		g->hash = mem_resize(g->hash, g->cap, sizeof(*g->hash));
	}
	g->hash[g->n++] = *hash;
}

/* --- Ancestors for the header rules --- */

/* Walks a branch downwards; a question below the last answer goes on from there. */
struct walk {
	const struct header_tree *t;
	const struct header_node *tip; /* NULL: the branch is the best chain */
	const struct header_node *at;
};

static bool
walk_ancestor(const void *context, uint32_t height, struct header_ancestor *out)
{
	struct walk *w = *(struct walk *const *)context;
	const struct best_chain *best = &w->t->best;
	const struct header_node *n = w->at;

	if (n != NULL && n->height < height)
		n = w->tip;
	while (n != NULL && n->height > height) {
		w->at = n;
		n = header_tree_node(w->t, &n->header.prev);
	}
	if (n != NULL) {
		w->at = n;
		*out = (struct header_ancestor){ .time = n->header.time, .bits = n->header.bits };
		return true;
	}
	if (height > best->height)
		return false;
	*out = (struct header_ancestor){ .time = best_time(best, height), .bits = best_bits(best, height) };
	return true;
}

/* header_hard_bits() at any height of the best chain. */
static uint32_t
best_hard_bits(const struct header_tree *t, uint32_t height)
{
	if (height == t->best.height)
		return t->tip_hard_bits;
	while (height % RETARGET_INTERVAL != 0 && best_bits(&t->best, height) == t->params->limit_bits)
		height--;
	return best_bits(&t->best, height);
}

static bool
walk_hard_bits(const void *context, uint32_t height, uint32_t *out)
{
	const struct walk *w = *(struct walk *const *)context;

	*out = w->tip != NULL ? w->tip->hard_bits : best_hard_bits(w->t, height);
	return true;
}

/* On the best chain. */
static uint32_t
best_earlier(const void *context, uint32_t from, uint32_t to, uint32_t time)
{
	const struct walk *w = *(struct walk *const *)context;
	uint32_t n = 0;

	for (uint32_t height = from; height < to; height++)
		n += best_time(&w->t->best, height) < time;
	return n;
}

static enum header_verdict
check_rules(const struct header_tree *t, const struct header *h, const struct hash256 *hash, const struct header_node *parent,
	    uint32_t height, struct unixtime now)
{
	struct walk walk = { .t = t, .tip = parent, .at = parent }, *context = &walk;
	struct header_branch branch = { .at = walk_ancestor, .context = &context, .hard_bits = walk_hard_bits };

	if (parent == NULL)
		branch.earlier = best_earlier;
	return header_check_hashed(t->params, h, hash, height, &h->prev, &branch, now);
}

/* --- Nodes --- */

static void
node_link(struct header_tree *t, struct header_node *n)
{
	struct header_node *parent = header_tree_node(t, &n->header.prev);

	if (parent != NULL && parent->children++ == 0)
		RB_REMOVE(header_tips, &t->tips, parent);
	RB_INSERT(header_tips, &t->tips, n);
}

/* Forget a node; what follows it is the caller's. */
static void
node_free(struct header_tree *t, struct header_node *n)
{
	if (n->saved)
		gone_note(&t->side_gone, &n->hash);
	t->proven_n -= n->proven;
	HASH_DEL(t->side, n);
	free(n);
}

/* The node and all below it down to the best chain. */
static void
node_prove(struct header_tree *t, struct header_node *n)
{
	for (; n != NULL && !n->proven; n = header_tree_node(t, &n->header.prev)) {
		n->proven = true;
		t->proven_n++;
	}
}

static struct header_node *
node_add(struct header_tree *t, const struct header_node *made)
{
	struct header_node *n = mem_new(1, sizeof(*n));

	*n = *made;
	HASH_ADD(hh, t->side, hash, sizeof(n->hash), n);
	return n;
}

static void
node_drop_tip(struct header_tree *t, struct header_node *n)
{
	struct header_node *parent = header_tree_node(t, &n->header.prev);

	assert(n->children == 0);
	RB_REMOVE(header_tips, &t->tips, n);
	if (parent != NULL && --parent->children == 0)
		RB_INSERT(header_tips, &t->tips, parent);
	node_free(t, n);
}

/* Count children and find the tips anew, after headers have moved on or off the best chain. */
static void
relink(struct header_tree *t)
{
	struct header_node *n, *parent;

	RB_INIT(&t->tips);
	for (n = t->side; n != NULL; n = n->hh.next)
		n->children = 0;
	for (n = t->side; n != NULL; n = n->hh.next) {
		parent = header_tree_node(t, &n->header.prev);
		if (parent != NULL)
			parent->children++;
		/* What has just left the best chain may carry a proven branch. */
		if (n->proven)
			node_prove(t, parent);
	}
	for (n = t->side; n != NULL; n = n->hh.next) {
		if (n->children == 0)
			RB_INSERT(header_tips, &t->tips, n);
	}
}

static size_t
counted(const struct header_tree *t)
{
	return HASH_COUNT(t->side) - t->proven_n;
}

/* The tip of least work that is not proven, nor `spared`; NULL: there is none. */
static struct header_node *
least_tip(struct header_tree *t, const struct header_node *spared)
{
	struct header_node *tip = RB_MIN(header_tips, &t->tips);

	while (tip != NULL && (tip->proven || tip == spared))
		tip = RB_NEXT(header_tips, &t->tips, tip);
	return tip;
}

/* Make room for a child of `parent` (NULL: on the best chain) with this work; false when every other branch has more. What beats the
 * best chain goes in without: it leaves the nodes at the next choice. */
static bool
make_room(struct header_tree *t, const struct header_node *parent, const struct u256 *work)
{
	if (u256_cmp(work, &t->best.tip_work) > 0)
		return true;
	while (counted(t) >= t->side_max) {
		struct header_node *least = least_tip(t, parent);

		if (least == NULL || u256_cmp(&least->work, work) >= 0)
			return false;
		node_drop_tip(t, least);
	}
	return true;
}

/* --- Adding --- */

/* A header that comes. */
struct comer {
	const struct header *header;
	const struct hash256 *hash;
	int64_t seen;
	bool proven;
};

static void
arrived(struct header_tree *t, int64_t seen)
{
	if (t->seen_last < seen)
		t->seen_last = seen;
}

static void
extend_best(struct header_tree *t, const struct header *h, const struct hash256 *hash, int64_t seen)
{
	best_push(&t->best, h, hash, seen);
	t->tip_hard_bits = header_hard_bits(t->params, t->best.height, h->bits, t->tip_hard_bits);
	if (t->changed_from > t->best.height)
		t->changed_from = t->best.height;
}

/* Off the best chain, all rules obeyed; the parent is at `height`, NULL when it is on the best chain. */
static enum tree_verdict
add_side(struct header_tree *t, const struct comer *in, const struct header_node *parent, uint32_t height)
{
	struct header_node made = { .hash = *in->hash, .header = *in->header, .height = height + 1, .seen = in->seen }, *n;
	struct u256 own;

	if (!work_memo_ask(&t->memo, &own, in->header->bits))
		return TREE_REFUSED;
	made.work = parent == NULL ? best_work(&t->best, height) : parent->work;
	made.work = u256_add(&made.work, &own);
	made.hard_bits = parent == NULL ? best_hard_bits(t, height) : parent->hard_bits;
	made.hard_bits = header_hard_bits(t->params, made.height, in->header->bits, made.hard_bits);
	if (!in->proven && !make_room(t, parent, &made.work))
		return TREE_FULL;
	arrived(t, in->seen);
	n = node_add(t, &made);
	node_link(t, n);
	if (in->proven)
		node_prove(t, n);
	return TREE_NEW;
}

static enum tree_verdict
add(struct header_tree *t, const struct comer *in, struct unixtime now, enum header_verdict *rule)
{
	const struct header *h = in->header;
	const struct header_node *parent = NULL;
	uint32_t height;
	enum header_verdict v;
	/* A child of the tip that isn't known is the usual case; on the best chain it cannot be. */
	bool extends = hash256_eq(&h->prev, &t->best.tip_hash);

	if ((!extends && best_find(&t->best, in->hash, &height)) || header_tree_node(t, in->hash) != NULL)
		return TREE_KNOWN;
	if (header_tree_is_marked(t, in->hash) || (!extends && header_tree_is_marked(t, &h->prev)))
		return TREE_MARKED;
	if (extends) {
		height = t->best.height;
	} else if (!best_find(&t->best, &h->prev, &height)) {
		parent = header_tree_node(t, &h->prev);
		if (parent == NULL)
			return TREE_ORPHAN;
		height = parent->height;
	}
	v = check_rules(t, h, in->hash, parent, height + 1, now);
	if (rule != NULL)
		*rule = v;
	if (v == HEADER_TIME_FUTURE)
		return TREE_FUTURE;
	if (v != HEADER_OK)
		return TREE_REFUSED;
	if (!extends)
		return add_side(t, in, parent, height);
	extend_best(t, h, in->hash, in->seen);
	arrived(t, in->seen);
	return TREE_NEW;
}

enum tree_verdict
header_tree_add(struct header_tree *t, const struct header *h, const struct hash256 *hash, struct unixtime now, enum header_verdict *rule)
{
	struct comer in = { .header = h, .hash = hash, .seen = t->seen_last + 1 };

	return add(t, &in, now, rule);
}

enum tree_verdict
header_tree_add_proven(struct header_tree *t, const struct header *h, const struct hash256 *hash, struct unixtime now,
		       enum header_verdict *rule)
{
	struct comer in = { .header = h, .hash = hash, .seen = t->seen_last + 1, .proven = true };

	return add(t, &in, now, rule);
}

enum tree_verdict
header_tree_restore(struct header_tree *t, const struct tree_side *side, struct unixtime now)
{
	struct comer in = { .header = &side->header, .hash = &side->hash, .seen = side->seen, .proven = side->proven };
	bool sane = side->seen > SEEN_FIRST && side->seen < INT64_MAX / 2;
	enum tree_verdict v = sane ? add(t, &in, now, NULL) : TREE_ORPHAN;
	struct header_node *n = header_tree_node(t, &side->hash);

	if (v == TREE_NEW && n != NULL)
		n->saved = true;
	else
		gone_note(&t->side_gone, &side->hash);
	return v;
}

void
header_tree_loaded(struct header_tree *t)
{
	if (t->seen_last < 0)
		t->seen_last = 0;
}

void
header_tree_settle(struct header_tree *t)
{
	struct header_node *most = RB_MAX(header_tips, &t->tips);
	bool keep = most != NULL && most->proven;

	if (t->proven_n == 0)
		return;
	for (struct header_node *n = t->side; n != NULL; n = n->hh.next)
		n->proven = false;
	t->proven_n = 0;
	if (keep)
		node_prove(t, most);
}

/* --- Choosing --- */

void
tree_change_clear(struct tree_change *c)
{
	free(c->removed);
	*c = (struct tree_change){ 0 };
}

/* Note the hashes from fork + 1 to the tip in front of those that left before. Heights above `chosen` were never anyone's best chain. */
static void
note_removed(const struct header_tree *t, uint32_t fork, struct tree_change *change)
{
	uint32_t top = t->best.height < t->chosen ? t->best.height : t->chosen;
	struct hash256 *all;
	size_t more;

	if (fork < change->fork)
		change->fork = fork;
	if (fork >= top)
		return;
	more = top - fork;
	all = mem_new(more + change->removed_n, sizeof(*all));
	for (size_t i = 0; i < more; i++)
		all[i] = best_hash(&t->best, fork + 1 + (uint32_t)i);
	for (size_t i = 0; i < change->removed_n; i++)
		all[more + i] = change->removed[i];
	free(change->removed);
	change->removed = all;
	change->removed_n += more;
}

/* Turn the best chain above `fork` into nodes; the caller relinks. */
static void
demote(struct header_tree *t, uint32_t fork, struct tree_change *change)
{
	uint32_t hard_bits = best_hard_bits(t, fork);
	struct header_node made = { .hard_bits = hard_bits, .work = best_work(&t->best, fork) };

	note_removed(t, fork, change);
	for (made.height = fork + 1; made.height <= t->best.height; made.height++) {
		struct u256 own;
		bool ok;

		made.header = best_header(&t->best, made.height);
		made.hash = best_hash(&t->best, made.height);
		made.seen = best_seen(&t->best, made.height);
		made.hard_bits = header_hard_bits(t->params, made.height, made.header.bits, made.hard_bits);
		ok = work_memo_ask(&t->memo, &own, made.header.bits);
		assert(ok);
		made.work = u256_add(&made.work, &own);
		(void)node_add(t, &made);
	}
	while (t->best.height > fork)
		best_pop(&t->best);
	t->tip_hard_bits = hard_bits;
	if (t->changed_from > fork + 1)
		t->changed_from = fork + 1;
}

/* Move the nodes from the fork up to `tip` onto the best chain, which ends at the fork; the caller relinks. */
static void
promote(struct header_tree *t, struct header_node *tip)
{
	size_t n = tip->height - t->best.height;
	struct header_node **path = mem_new(n, sizeof(*path)), *at = tip;

	for (size_t i = n; i-- > 0; at = header_tree_node(t, &at->header.prev))
		path[i] = at;
	for (size_t i = 0; i < n; i++) {
		extend_best(t, &path[i]->header, &path[i]->hash, path[i]->seen);
		node_free(t, path[i]);
	}
	free(path);
}

/* A reorganisation or header_tree_settle() may bring more nodes at once than there is room for: the least work goes. */
static void
trim(struct header_tree *t)
{
	while (counted(t) > t->side_max)
		node_drop_tip(t, least_tip(t, NULL));
}

/* More work, or as much and there first: what an invalid block leaves of the best chain may be younger than another branch. */
static bool
beats_best(const struct header_tree *t, const struct header_node *tip)
{
	int order = u256_cmp(&tip->work, &t->best.tip_work);

	return order > 0 || (order == 0 && tip->seen < best_seen(&t->best, t->best.height));
}

static void
choose(struct header_tree *t, struct tree_change *change)
{
	struct header_node *tip = RB_MAX(header_tips, &t->tips);

	if (tip != NULL && beats_best(t, tip)) {
		demote(t, header_tree_node_fork(t, tip), change);
		promote(t, tip);
		relink(t);
	}
	trim(t);
	change->moved = change->removed_n > 0 || t->best.height != t->chosen;
	t->chosen = t->best.height;
}

void
header_tree_choose(struct header_tree *t, struct tree_change *change)
{
	*change = (struct tree_change){ .fork = t->chosen };
	choose(t, change);
}

/* --- Invalid blocks --- */

static void
mark_add(struct header_tree *t, const struct header *h, const struct hash256 *hash, bool saved)
{
	struct header_mark *m = t->invalid;

	if (header_tree_is_marked(t, hash))
		return;
	if (HASH_COUNT(t->invalid) >= MARKS_MAX) {
		/* The oldest: its branch has the least work by now. Were it to come again, its block would be judged again. */
		if (m->saved)
			gone_note(&t->marks_gone, &m->hash);
		HASH_DEL(t->invalid, m);
		free(m);
	}
	m = mem_new(1, sizeof(*m));
	m->hash = *hash;
	m->header = *h;
	m->saved = saved;
	HASH_ADD(hh, t->invalid, hash, sizeof(m->hash), m);
}

void
header_tree_mark(struct header_tree *t, const struct header *h, bool saved)
{
	struct hash256 hash;

	header_hash(&hash, h);
	mark_add(t, h, &hash, saved);
}

/* Drop the nodes whose parent is gone, and theirs. Nodes mostly stand behind their parents in the map, so that one pass does. */
static void
drop_orphans(struct header_tree *t)
{
	struct header_node *n, *next;
	uint32_t height;
	size_t before;

	do {
		before = HASH_COUNT(t->side);
		HASH_ITER(hh, t->side, n, next)
		{
			if (header_tree_node(t, &n->header.prev) != NULL || best_find(&t->best, &n->header.prev, &height))
				continue;
			node_free(t, n);
		}
	} while (HASH_COUNT(t->side) != before);
}

bool
header_tree_invalidate(struct header_tree *t, const struct hash256 *hash, struct tree_change *change)
{
	struct header_node *n;
	uint32_t height;
	bool on_best = header_tree_on_best(t, hash, &height);

	*change = (struct tree_change){ .fork = t->chosen };
	if ((on_best && height == 0) || (!on_best && header_tree_node(t, hash) == NULL))
		return false;
	if (on_best)
		demote(t, height - 1, change);
	n = header_tree_node(t, hash);
	mark_add(t, &n->header, &n->hash, false);
	node_free(t, n);
	drop_orphans(t);
	relink(t);
	choose(t, change);
	return true;
}
