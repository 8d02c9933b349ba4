/* Questions to a header tree. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "chain/target.h"
#include "spv/header_tree_impl.h"

uint32_t
header_tree_height(const struct header_tree *t)
{
	return t->best.height;
}

struct hash256
header_tree_hash_at(const struct header_tree *t, uint32_t height)
{
	return best_hash(&t->best, height);
}

struct header
header_tree_header_at(const struct header_tree *t, uint32_t height)
{
	return best_header(&t->best, height);
}

struct u256
header_tree_work_at(const struct header_tree *t, uint32_t height)
{
	return best_work(&t->best, height);
}

void
header_tree_prefetch(const struct header_tree *t, const struct hash256 *hashes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		best_prefetch(&t->best, &hashes[i]);
}

bool
header_tree_on_best(const struct header_tree *t, const struct hash256 *hash, uint32_t *height)
{
	return best_find(&t->best, hash, height);
}

bool
header_tree_find(const struct header_tree *t, const struct hash256 *hash, struct spv_header *out)
{
	const struct header_node *n = header_tree_node(t, hash);
	uint32_t height;

	if (n != NULL) {
		*out = (struct spv_header){ .header = n->header, .hash = n->hash, .height = n->height, .work = n->work };
		return true;
	}
	if (!best_find(&t->best, hash, &height))
		return false;
	*out = (struct spv_header){ .header = best_header(&t->best, height), .hash = *hash, .height = height, .best = true };
	out->work = best_work(&t->best, height);
	return true;
}

bool
header_tree_has(const struct header_tree *t, const struct hash256 *hash)
{
	uint32_t height;

	return header_tree_node(t, hash) != NULL || best_find(&t->best, hash, &height);
}

size_t
header_tree_recent(const struct header_tree *t, const struct hash256 *hash, struct header_ancestor *out, size_t max)
{
	const struct header_node *node = header_tree_node(t, hash);
	const struct hash256 *at = hash;
	size_t n = 0;
	uint32_t height;

	for (; node != NULL && n < max; node = header_tree_node(t, at)) {
		out[n++] = (struct header_ancestor){ .time = node->header.time, .bits = node->header.bits };
		at = &node->header.prev;
	}
	if (n == max || !best_find(&t->best, at, &height))
		return n;
	for (uint32_t down = 0; n < max && down <= height; down++)
		out[n++] = (struct header_ancestor){ .time = best_time(&t->best, height - down), .bits = best_bits(&t->best, height - down) };
	return n;
}

uint32_t
header_tree_node_fork(const struct header_tree *t, const struct header_node *n)
{
	const struct header_node *parent;

	while ((parent = header_tree_node(t, &n->header.prev)) != NULL)
		n = parent;
	return n->height - 1;
}

bool
header_tree_fork(const struct header_tree *t, const struct hash256 *hash, uint32_t *fork)
{
	const struct header_node *n = header_tree_node(t, hash);

	if (n == NULL)
		return best_find(&t->best, hash, fork);
	*fork = header_tree_node_fork(t, n);
	return true;
}

/* --- Locators --- */

#define LOCATOR_CLOSE 10

void
header_tree_locator(const struct header_tree *t, const struct hash256 *from, struct p2p_locator *out)
{
	const struct header_node *n = header_tree_node(t, from);
	uint32_t height = t->best.height, step = 1;
	bool known = n != NULL || best_find(&t->best, from, &height);

	assert(known);
	*out = (struct p2p_locator){ 0 };
	if (n != NULL)
		height = n->height;
	while (out->n < P2P_LOCATOR_MAX) {
		while (n != NULL && n->height > height)
			n = header_tree_node(t, &n->header.prev);
		out->have[out->n++] = n != NULL ? n->hash : best_hash(&t->best, height);
		if (height == 0)
			break;
		if (out->n >= LOCATOR_CLOSE)
			step *= 2;
		height = height > step ? height - step : 0;
	}
}

/* --- Side branches --- */

size_t
header_tree_side_tips(const struct header_tree *t, struct spv_side_tip *out, size_t max)
{
	uint32_t lowest = t->best.height > SPV_SIDE_DEPTH ? t->best.height - SPV_SIDE_DEPTH : 0;
	struct header_node *tip;
	size_t n = 0;

	RB_FOREACH_REVERSE(tip, header_tips, (struct header_tips *)&t->tips)
	{
		const struct header_node *at = tip, *parent;

		if (n == max)
			break;
		while (at->height > lowest && (parent = header_tree_node(t, &at->header.prev)) != NULL)
			at = parent;
		if (at->height > lowest)
			out[n++] = (struct spv_side_tip){ .hash = tip->hash, .height = tip->height, .fork = at->height - 1, .work = tip->work };
	}
	return n;
}

size_t
header_tree_side_headers(const struct header_tree *t, const struct hash256 *tip, uint32_t *first, struct header *out, size_t max)
{
	const struct header_node *n = header_tree_node(t, tip);
	size_t count;

	if (n == NULL)
		return 0;
	*first = header_tree_node_fork(t, n) + 1;
	count = n->height - *first + 1;
	for (; n != NULL; n = header_tree_node(t, &n->header.prev)) {
		if (n->height - *first < max)
			out[n->height - *first] = n->header;
	}
	return count < max ? count : max;
}

/* --- For tests --- */

/* header_hard_bits() of a block, searched for anew. */
static uint32_t
hard_bits(const struct header_tree *t, uint32_t bits, uint32_t height, const struct hash256 *prev)
{
	const struct header_node *n = header_tree_node(t, prev);

	while (height % RETARGET_INTERVAL != 0 && bits == t->params->limit_bits) {
		height--;
		bits = n != NULL ? n->header.bits : best_bits(&t->best, height);
		n = n != NULL ? header_tree_node(t, &n->header.prev) : NULL;
	}
	return bits;
}

static void
check_node(const struct header_tree *t, const struct header_node *n)
{
	const struct header_node *parent = header_tree_node(t, &n->header.prev), *child;
	struct hash256 hash;
	struct u256 own, work;
	uint32_t height = 0, children = 0;
	bool ok = bits_work(&own, n->header.bits);

	header_hash(&hash, &n->header);
	assert(ok && hash256_eq(&hash, &n->hash));
	ok = best_find(&t->best, &n->hash, &height);
	assert(!ok);
	if (parent == NULL) {
		ok = best_find(&t->best, &n->header.prev, &height);
		assert(ok);
	} else {
		height = parent->height;
	}
	work = parent == NULL ? best_work(&t->best, height) : parent->work;
	work = u256_add(&work, &own);
	assert(parent == NULL || parent->proven || !n->proven);
	assert(n->height == height + 1 && u256_cmp(&work, &n->work) == 0);
	assert(n->seen > (parent == NULL ? best_seen(&t->best, height) : parent->seen));
	assert(n->hard_bits == hard_bits(t, n->header.bits, n->height, &n->header.prev));
	for (child = t->side; child != NULL; child = child->hh.next)
		children += hash256_eq(&child->header.prev, &n->hash);
	assert(children == n->children);
}

void
header_tree_check(const struct header_tree *t)
{
	const struct header_node *n, *childless = NULL;
	struct header_node *tip;
	const struct header_mark *m;
	size_t tips = 0, nodes = 0, proven = 0;
	uint32_t height;

	best_check(&t->best);
	assert(t->tip_hard_bits == hard_bits(t, best_bits(&t->best, t->best.height), t->best.height, &t->best.tip_hash));
	for (n = t->side; n != NULL; n = n->hh.next) {
		check_node(t, n);
		nodes += n->children == 0;
		proven += n->proven;
	}
	RB_FOREACH(tip, header_tips, (struct header_tips *)&t->tips)
	{
		assert(tip->children == 0 && (childless == NULL || header_tips_cmp(childless, tip) < 0));
		childless = tip;
		tips++;
	}
	assert(tips == nodes && proven == t->proven_n && HASH_COUNT(t->side) - proven <= t->side_max);
	assert(childless == NULL || t->chosen != t->best.height || u256_cmp(&childless->work, &t->best.tip_work) <= 0);
	for (m = t->invalid; m != NULL; m = m->hh.next)
		assert(header_tree_node(t, &m->hash) == NULL && !best_find(&t->best, &m->hash, &height));
}
