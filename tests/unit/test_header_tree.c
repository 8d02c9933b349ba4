#include "spv/header_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/mining.h"
#include "tests/unit/unit.h"

#define ROW 4000 /* most headers in a test's row */

/* A row of headers on a parent. */
struct row {
	struct header h[ROW];
	struct hash256 hash[ROW];
	size_t n;
};

static const struct unixtime LATER = { 4000000000 };

static const struct chain_params *
regtest(void)
{
	return chain_params_find("regtest");
}

/* n descendants of prev, `step` seconds apart from `time` on; bits as the caller's network demands. */
static struct row *
row_new(const struct hash256 *prev, uint32_t bits, uint32_t time, uint32_t step, size_t n, uint32_t tag)
{
	struct row *r = mem_new(1, sizeof(*r));

	for (r->n = 0; r->n < n; r->n++) {
		r->h[r->n] = mine_child(prev, bits, time + step * (uint32_t)r->n, tag, &r->hash[r->n]);
		prev = &r->hash[r->n];
	}
	return r;
}

/* n descendants of the block at `height`. */
static struct row *
row_regtest(const struct hash256 *prev, uint32_t height, size_t n, uint32_t tag)
{
	return row_new(prev, regtest()->genesis.bits, regtest()->genesis.time + 600 * (height + 1), 600, n, tag);
}

static void
add_row(struct header_tree *t, const struct row *r, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		CU_ASSERT_EQUAL(header_tree_add(t, &r->h[i], &r->hash[i], LATER, NULL), TREE_NEW);
}

static struct tree_change
choose(struct header_tree *t)
{
	struct tree_change c;

	header_tree_choose(t, &c);
	header_tree_check(t);
	return c;
}

static struct hash256
tip_hash(const struct header_tree *t)
{
	return header_tree_hash_at(t, header_tree_height(t));
}

static void
test_extend(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 100);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 300, 0);
	struct tree_change c;
	struct spv_header it;

	CU_ASSERT_EQUAL(header_tree_add(t, &a->h[1], &a->hash[1], LATER, NULL), TREE_ORPHAN);
	add_row(t, a, 0, 300);
	c = choose(t);
	CU_ASSERT(c.moved && c.fork == 0 && c.removed_n == 0);
	CU_ASSERT_EQUAL(header_tree_height(t), 300);
	CU_ASSERT_EQUAL(header_tree_add(t, &a->h[5], &a->hash[5], LATER, NULL), TREE_KNOWN);
	c = choose(t);
	CU_ASSERT(!c.moved);
	CU_ASSERT_FATAL(header_tree_find(t, &a->hash[255], &it));
	CU_ASSERT(it.best && it.height == 256 && memcmp(&it.header, &a->h[255], sizeof(it.header)) == 0);
	CU_ASSERT_EQUAL(it.work.w[0], 257 * 2); /* regtest: two hashes a block */
	header_tree_free(t);
	free(a);
}

static void
test_reorg_and_back(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 1000);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 20, 0), *b = row_regtest(&a->hash[4], 5, 16, 1),
		   *c = row_regtest(&a->hash[19], 20, 2, 2);
	struct tree_change change;
	struct hash256 tip;
	uint32_t fork = 0;

	add_row(t, a, 0, 20);
	change = choose(t);
	add_row(t, b, 0, 15); /* equal work: first seen stays */
	change = choose(t);
	CU_ASSERT(!change.moved && header_tree_height(t) == 20);
	CU_ASSERT(header_tree_fork(t, &b->hash[14], &fork) && fork == 5);
	add_row(t, b, 15, 1);
	change = choose(t);
	tip = tip_hash(t);
	CU_ASSERT(change.moved && change.fork == 5 && hash256_eq(&tip, &b->hash[15]));
	CU_ASSERT_EQUAL_FATAL(change.removed_n, 15);
	for (size_t i = 0; i < 15; i++)
		CU_ASSERT(hash256_eq(&change.removed[i], &a->hash[5 + i]));
	tree_change_clear(&change);
	add_row(t, c, 0, 2);
	change = choose(t);
	tip = tip_hash(t);
	CU_ASSERT(change.moved && change.fork == 5 && change.removed_n == 16 && hash256_eq(&tip, &c->hash[1]));
	CU_ASSERT(header_tree_fork(t, &b->hash[3], &fork) && fork == 5);
	tree_change_clear(&change);
	header_tree_free(t);
	free(a);
	free(b);
	free(c);
}

/* Headers that were pushed and left between two choices were never anyone's best chain. */
static void
test_change_spans_pushes(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 1000);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 10, 0), *b = row_regtest(&a->hash[7], 8, 5, 1);
	struct tree_change change;

	add_row(t, a, 0, 5);
	change = choose(t);
	add_row(t, a, 5, 5);
	add_row(t, b, 0, 5);
	change = choose(t);
	CU_ASSERT(change.moved && change.fork == 5 && change.removed_n == 0 && header_tree_height(t) == 13);
	header_tree_free(t);
	free(a);
	free(b);
}

static void
test_invalidate(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 1000);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 10, 0), *b = row_regtest(&a->hash[3], 4, 4, 1),
		   *c = row_regtest(&a->hash[8], 9, 1, 2);
	struct tree_change change;
	struct hash256 tip;
	struct header more;
	struct hash256 more_hash = { { 1 } };

	add_row(t, a, 0, 10);
	add_row(t, b, 0, 4);
	add_row(t, c, 0, 1);
	change = choose(t);
	CU_ASSERT_FALSE(header_tree_invalidate(t, &regtest()->genesis_hash, &change));
	CU_ASSERT_FALSE(header_tree_invalidate(t, &more_hash, &change));

	/* Block 7 is invalid: 7 to 10 go, and c's with them; b (height 8) has more work than the six left. */
	CU_ASSERT_FATAL(header_tree_invalidate(t, &a->hash[6], &change));
	header_tree_check(t);
	tip = tip_hash(t);
	CU_ASSERT(change.moved && change.fork == 4 && hash256_eq(&tip, &b->hash[3]));
	CU_ASSERT_EQUAL_FATAL(change.removed_n, 6);
	for (size_t i = 0; i < 6; i++)
		CU_ASSERT(hash256_eq(&change.removed[i], &a->hash[4 + i]));
	tree_change_clear(&change);
	CU_ASSERT_EQUAL(header_tree_add(t, &a->h[6], &a->hash[6], LATER, NULL), TREE_MARKED);
	CU_ASSERT_EQUAL(header_tree_add(t, &a->h[7], &a->hash[7], LATER, NULL), TREE_MARKED);
	CU_ASSERT_EQUAL(header_tree_add(t, &c->h[0], &c->hash[0], LATER, NULL), TREE_ORPHAN);

	/* The branch below the invalid block can grow again. */
	more = mine_child(&a->hash[5], regtest()->genesis.bits, LATER.sec & 0x7fffffff, 9, &more_hash);
	CU_ASSERT_EQUAL(header_tree_add(t, &more, &more_hash, LATER, NULL), TREE_NEW);
	/* An invalid block off the best chain. */
	CU_ASSERT_FATAL(header_tree_invalidate(t, &a->hash[4], &change));
	CU_ASSERT(!change.moved);
	header_tree_check(t);
	header_tree_free(t);
	free(a);
	free(b);
	free(c);
}

/* C4: on a network where a block after 20 minutes may be easy, three hard blocks outweigh twenty easy ones. */
static void
test_work_beats_height(void)
{
	struct chain_params p = *regtest();
	const uint32_t easy = p.limit_bits, hard = 0x200fffff;
	struct header_tree *t;
	struct row *slow, *fast;
	struct tree_change change;
	enum header_verdict rule;
	struct hash256 tip;

	p.no_retarget = false;
	p.min_difficulty = true;
	p.genesis.bits = hard;
	header_hash(&p.genesis_hash, &p.genesis);
	t = header_tree_new(&p, 7, ROW);
	slow = row_new(&p.genesis_hash, easy, p.genesis.time + 1201, 1201, 20, 1);
	add_row(t, slow, 0, 20);
	change = choose(t);
	CU_ASSERT(change.moved && header_tree_height(t) == 20);
	fast = row_new(&p.genesis_hash, easy, p.genesis.time + 1200, 1200, 1, 2);
	CU_ASSERT_EQUAL(header_tree_add(t, &fast->h[0], &fast->hash[0], LATER, &rule), TREE_REFUSED);
	CU_ASSERT_EQUAL(rule, HEADER_BAD_BITS);
	free(fast);
	fast = row_new(&p.genesis_hash, hard, p.genesis.time + 1200, 1200, 3, 2);
	add_row(t, fast, 0, 2);
	change = choose(t);
	CU_ASSERT(!change.moved);
	add_row(t, fast, 2, 1);
	change = choose(t);
	tip = tip_hash(t);
	CU_ASSERT(change.moved && change.fork == 0 && change.removed_n == 20 && hash256_eq(&tip, &fast->hash[2]));
	CU_ASSERT_EQUAL(header_tree_height(t), 3);
	tree_change_clear(&change);
	header_tree_free(t);
	free(slow);
	free(fast);
}

static void
test_refused(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 10);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 12, 0);
	struct header h = a->h[11];
	struct hash256 hash;
	enum header_verdict rule;
	struct unixtime early = { (int64_t)a->h[11].time - FUTURE_LIMIT_SECONDS - 1 };

	add_row(t, a, 0, 11);
	CU_ASSERT_EQUAL(header_tree_add(t, &a->h[11], &a->hash[11], early, &rule), TREE_FUTURE);
	do {
		h.nonce++;
		header_hash(&hash, &h);
	} while (hash.b[31] < 0x80);
	CU_ASSERT_EQUAL(header_tree_add(t, &h, &hash, LATER, &rule), TREE_REFUSED);
	CU_ASSERT_EQUAL(rule, HEADER_BAD_WORK);
	h = mine_child(&a->hash[10], regtest()->genesis.bits, a->h[5].time, 0, &hash);
	CU_ASSERT_EQUAL(header_tree_add(t, &h, &hash, LATER, &rule), TREE_REFUSED);
	CU_ASSERT_EQUAL(rule, HEADER_TIME_OLD);
	header_tree_free(t);
	free(a);
}

/* C11: junk off the best chain is bounded, and what has most work stays. */
static void
test_bounded(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 50);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 60, 0), *b = row_regtest(&a->hash[9], 10, 48, 1);
	size_t full = 0, side_n;
	struct tree_change change;

	add_row(t, a, 0, 60);
	add_row(t, b, 0, 48);
	change = choose(t);
	CU_ASSERT(change.fork == 0 && header_tree_height(t) == 60);
	for (uint32_t i = 0; i < 200; i++) {
		struct hash256 hash;
		struct header junk = mine_child(&a->hash[i % 30], regtest()->genesis.bits, a->h[50].time, 1000 + i, &hash);
		enum tree_verdict v = header_tree_add(t, &junk, &hash, LATER, NULL);

		CU_ASSERT(v == TREE_NEW || v == TREE_FULL);
		full += v == TREE_FULL;
	}
	header_tree_check(t);
	CU_ASSERT(full > 100);
	free(header_tree_side_unsaved(t, &side_n));
	CU_ASSERT_EQUAL(side_n, 50);
	/* The long branch can still grow over the junk and win. */
	free(b);
	b = row_regtest(&a->hash[9], 10, 51, 1);
	add_row(t, b, 48, 3);
	change = choose(t);
	CU_ASSERT(change.moved && change.fork == 10 && change.removed_n == 50);
	tree_change_clear(&change);
	header_tree_free(t);
	free(a);
	free(b);
}

static void
test_locator(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 100);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 100, 0), *b = row_regtest(&a->hash[79], 80, 15, 1);
	static const uint32_t best_heights[] = { 100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 89, 85, 77, 61, 29, 0 };
	struct p2p_locator l;
	uint32_t height;

	add_row(t, a, 0, 100);
	add_row(t, b, 0, 15);
	header_tree_locator(t, &a->hash[99], &l);
	CU_ASSERT_EQUAL_FATAL(l.n, ARRAY_LEN(best_heights));
	for (size_t i = 0; i < l.n; i++)
		CU_ASSERT(header_tree_on_best(t, &l.have[i], &height) && height == best_heights[i]);
	header_tree_locator(t, &b->hash[14], &l);
	CU_ASSERT(hash256_eq(&l.have[0], &b->hash[14]) && hash256_eq(&l.have[9], &b->hash[5]));
	CU_ASSERT(header_tree_on_best(t, &l.have[12], &height) && height == 72);
	CU_ASSERT(hash256_eq(&l.have[l.n - 1], &regtest()->genesis_hash));
	header_tree_locator(t, &regtest()->genesis_hash, &l);
	CU_ASSERT_EQUAL(l.n, 1);
	header_tree_free(t);
	free(a);
	free(b);
}

static void
test_side_questions(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, ROW);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 2100, 0), *near = row_regtest(&a->hash[2089], 2090, 3, 1),
		   *far = row_regtest(&a->hash[9], 10, 5, 2);
	struct spv_side_tip tips[4];
	struct header out[4];
	uint32_t first = 0;

	add_row(t, a, 0, 2100);
	add_row(t, near, 0, 3);
	add_row(t, far, 0, 5);
	CU_ASSERT_EQUAL_FATAL(header_tree_side_tips(t, tips, 4), 1);
	CU_ASSERT(hash256_eq(&tips[0].hash, &near->hash[2]) && tips[0].fork == 2090 && tips[0].height == 2093);
	CU_ASSERT_EQUAL(header_tree_side_headers(t, &near->hash[2], &first, out, 4), 3);
	CU_ASSERT(first == 2091 && memcmp(out, near->h, 3 * sizeof(*out)) == 0);
	CU_ASSERT_EQUAL(header_tree_side_headers(t, &near->hash[2], &first, out, 2), 2);
	CU_ASSERT_EQUAL(header_tree_side_headers(t, &a->hash[7], &first, out, 4), 0);
	header_tree_free(t);
	free(a);
	free(near);
	free(far);
}

/* Random trees: after each choice the tip is a header of most work, found by looking at all of them. */
static void
test_random(void)
{
	uint64_t x = 88172645463325252u;

	for (int round = 0; round < 15; round++) {
		struct header_tree *t = header_tree_new(regtest(), x, 1000);
		struct row *r = mem_new(1, sizeof(*r));
		uint32_t height[ROW] = { 0 }, most = 0;
		bool gone[ROW] = { false };

		for (r->n = 0; r->n < 150; r->n++) {
			size_t parent, i = r->n;
			struct tree_change change;

			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			parent = i == 0 || x % 23 == 0 ? SIZE_MAX : (x % 5 == 0 ? (x >> 8) % i : i - 1);
			r->h[i] = mine_child(parent == SIZE_MAX ? &regtest()->genesis_hash : &r->hash[parent], regtest()->genesis.bits,
					     regtest()->genesis.time + 600 * (uint32_t)(i + 1), (uint32_t)i, &r->hash[i]);
			height[i] = parent == SIZE_MAX ? 1 : height[parent] + 1;
			gone[i] = parent != SIZE_MAX && gone[parent];
			CU_ASSERT_EQUAL(header_tree_add(t, &r->h[i], &r->hash[i], LATER, NULL) == TREE_NEW, !gone[i]);
			change = choose(t);
			CU_ASSERT(!change.moved || change.fork <= header_tree_height(t));
			tree_change_clear(&change);
			if (x % 31 == 7 && header_tree_invalidate(t, &r->hash[i / 2], &change)) {
				tree_change_clear(&change);
				header_tree_check(t);
				gone[i / 2] = true;
				for (size_t j = 0; j <= i; j++) {
					for (size_t k = 0; k < j; k++)
						gone[j] = gone[j] || (gone[k] && hash256_eq(&r->h[j].prev, &r->hash[k]));
				}
			}
			most = 0;
			for (size_t j = 0; j <= i; j++)
				most = !gone[j] && height[j] > most ? height[j] : most;
			CU_ASSERT_EQUAL(header_tree_height(t), most);
		}
		free(r);
		header_tree_free(t);
	}
}

/* Of two branches of equal work that are left after an invalid block, the one whose header came first wins, also when the other has been
 * on the best chain since. */
static void
test_ties(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 1000);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 10, 0), *b = row_regtest(&a->hash[4], 5, 4, 1);
	struct tree_change change;
	struct hash256 tip;

	add_row(t, a, 0, 8);
	add_row(t, b, 0, 4);
	change = choose(t);
	tip = tip_hash(t);
	CU_ASSERT(hash256_eq(&tip, &b->hash[3]));
	add_row(t, a, 8, 2);
	change = choose(t);
	tip = tip_hash(t);
	CU_ASSERT(change.removed_n == 4 && hash256_eq(&tip, &a->hash[9]));
	tree_change_clear(&change);
	CU_ASSERT(header_tree_invalidate(t, &a->hash[9], &change));
	header_tree_check(t);
	tip = tip_hash(t);
	CU_ASSERT(change.removed_n == 5 && hash256_eq(&tip, &b->hash[3]));
	tree_change_clear(&change);
	/* Of b's third block and a's eighth, a's came first. */
	CU_ASSERT(header_tree_invalidate(t, &a->hash[8], &change));
	CU_ASSERT(header_tree_invalidate(t, &b->hash[3], &change));
	header_tree_check(t);
	tip = tip_hash(t);
	CU_ASSERT(hash256_eq(&tip, &a->hash[7]));
	tree_change_clear(&change);
	header_tree_free(t);
	free(a);
	free(b);
}

/* A branch of a made-up testnet, as plain records. */
struct plain {
	struct header_ancestor a[ROW];
};

static bool
plain_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	*out = ((const struct plain *)context)->a[height];
	return true;
}

/* A child of a branch's block at `height` with the bits that the rules ask for without any memory of the branch. */
static struct header
testnet_child(const struct chain_params *p, struct plain *b, uint32_t height, const struct hash256 *prev, uint64_t dice, struct hash256 *hash)
{
	const struct header_branch branch = { .at = plain_at, .context = b };
	uint32_t time = b->a[height].time + (dice % 8 < 6 ? 1201 + (uint32_t)(dice % 100) : 1 + (uint32_t)(dice % 1200)), bits = 0;
	struct header h;

	CU_ASSERT_FATAL(header_next_bits(&bits, p, height + 1, time, &branch));
	h = mine_child(prev, bits, time, (uint32_t)(dice >> 32), hash);
	b->a[height + 1] = (struct header_ancestor){ .time = time, .bits = bits };
	return h;
}

/* Long runs of blocks at the limit over a retarget, forks from anywhere, reorganisations: what the tree remembers is what a walk finds. */
static void
test_testnet_branches(void)
{
	struct chain_params p = *regtest();
	struct header_tree *t;
	struct plain *best = mem_new(1, sizeof(*best)), *side = mem_new(1, sizeof(*side));
	struct row *r = mem_new(1, sizeof(*r));
	struct tree_change change;
	struct hash256 hash;
	struct header h;
	uint64_t x = 362436069;

	p.no_retarget = false;
	p.min_difficulty = true;
	p.genesis.bits = 0x201fffff;
	header_hash(&p.genesis_hash, &p.genesis);
	t = header_tree_new(&p, 7, ROW);
	best->a[0] = (struct header_ancestor){ .time = p.genesis.time, .bits = p.genesis.bits };
	r->hash[0] = hash = p.genesis_hash;
	for (uint32_t height = 0; height < 2100; height++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		h = testnet_child(&p, best, height, &hash, x, &hash);
		CU_ASSERT_EQUAL_FATAL(header_tree_add(t, &h, &hash, LATER, NULL), TREE_NEW);
		r->hash[height + 1] = hash;
	}
	header_tree_choose(t, &change);
	for (int i = 0; i < 25; i++) {
		uint32_t fork, n, height;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		fork = 1980 + (uint32_t)(x % 110), n = 1 + (uint32_t)(x >> 20) % 30;
		*side = *best;
		hash = r->hash[fork];
		for (height = fork; height < fork + n; height++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			h = testnet_child(&p, side, height, &hash, x, &hash);
			CU_ASSERT_EQUAL_FATAL(header_tree_add(t, &h, &hash, LATER, NULL), TREE_NEW);
		}
		header_tree_choose(t, &change);
		tree_change_clear(&change);
		if (i % 5 == 0)
			header_tree_check(t);
	}
	header_tree_free(t);
	free(best);
	free(side);
	free(r);
}

/* A fork deeper than the bound on side branches overtakes, once its work is proven. */
static void
test_deep_fork(void)
{
	enum { DEEP = 20000, BOUND = 5000 };
	struct header_tree *t = header_tree_new(regtest(), 7, BOUND);
	struct hash256 prev = regtest()->genesis_hash, hash;
	struct tree_change change;
	struct p2p_locator l;

	for (uint32_t tag = 0; tag < 2; tag++, prev = regtest()->genesis_hash) {
		for (uint32_t i = 0; i < DEEP + tag; i++, prev = hash) {
			struct header h = mine_child(&prev, regtest()->genesis.bits, regtest()->genesis.time + 600 * (i + 1), tag, &hash);
			enum tree_verdict v = tag == 0 ? header_tree_add(t, &h, &hash, LATER, NULL)
						       : header_tree_add_proven(t, &h, &hash, LATER, NULL);

			CU_ASSERT_EQUAL_FATAL(v, TREE_NEW);
		}
		header_tree_locator(t, &hash, &l);
		CU_ASSERT(l.n > 20 && hash256_eq(&l.have[0], &hash) && hash256_eq(&l.have[l.n - 1], &regtest()->genesis_hash));
		header_tree_choose(t, &change);
		CU_ASSERT(change.moved && change.fork == 0 && change.removed_n == (tag == 0 ? 0 : DEEP));
		tree_change_clear(&change);
	}
	CU_ASSERT(header_tree_height(t) == DEEP + 1);
	prev = tip_hash(t);
	CU_ASSERT(hash256_eq(&prev, &hash));
	header_tree_free(t);
}

/* A proven branch goes in beyond every bound, also from a node of a side branch on; once all is settled the one of most work stays. */
static void
test_proven(void)
{
	struct header_tree *t = header_tree_new(regtest(), 7, 20);
	struct row *a = row_regtest(&regtest()->genesis_hash, 0, 100, 0), *b = row_regtest(&a->hash[9], 10, 60, 1),
		   *c = row_regtest(&a->hash[19], 20, 40, 2);
	struct header_ancestor recent[50];
	struct tree_change change;

	add_row(t, a, 0, 100);
	change = choose(t);
	add_row(t, b, 0, 20);
	CU_ASSERT_EQUAL(header_tree_add(t, &b->h[20], &b->hash[20], LATER, NULL), TREE_FULL);
	for (size_t i = 20; i < 60; i++)
		CU_ASSERT_EQUAL(header_tree_add_proven(t, &b->h[i], &b->hash[i], LATER, NULL), TREE_NEW);
	header_tree_check(t);
	for (size_t i = 0; i < 40; i++)
		CU_ASSERT_EQUAL(header_tree_add_proven(t, &c->h[i], &c->hash[i], LATER, NULL), TREE_NEW);
	change = choose(t);
	CU_ASSERT(!change.moved && header_tree_has(t, &b->hash[59]) && header_tree_has(t, &c->hash[39]));
	CU_ASSERT_EQUAL(header_tree_recent(t, &b->hash[4], recent, 50), 16);
	CU_ASSERT(recent[0].time == b->h[4].time && recent[4].time == b->h[0].time && recent[5].time == a->h[9].time);
	CU_ASSERT(recent[15].time == regtest()->genesis.time);
	CU_ASSERT_EQUAL(header_tree_recent(t, &b->hash[59], recent, 50), 50);
	/* b has 70 blocks, c 60: of c twenty nodes are left. */
	header_tree_settle(t);
	change = choose(t);
	CU_ASSERT(header_tree_has(t, &b->hash[59]) && header_tree_has(t, &c->hash[19]) && !header_tree_has(t, &c->hash[20]));
	/* The best chain makes room for b, whose parents are then on it; what left is cut to the bound. */
	for (size_t i = 0; i < 60; i++)
		CU_ASSERT_NOT_EQUAL(header_tree_add(t, &a->h[i], &a->hash[i], LATER, NULL), TREE_REFUSED);
	CU_ASSERT(header_tree_invalidate(t, &a->hash[59], &change));
	header_tree_check(t);
	tree_change_clear(&change);
	CU_ASSERT_EQUAL(header_tree_height(t), 70);
	CU_ASSERT_FALSE(header_tree_has(t, &a->hash[59]));
	CU_ASSERT(header_tree_is_marked(t, &a->hash[59]) && !header_tree_is_marked(t, &a->hash[58]));
	header_tree_free(t);
	free(a);
	free(b);
	free(c);
}

static const struct unit_test tests[] = {
	{ "extend", test_extend },
	{ "reorg and back", test_reorg_and_back },
	{ "change spans pushes", test_change_spans_pushes },
	{ "invalidate", test_invalidate },
	{ "C4 work beats height", test_work_beats_height },
	{ "refused", test_refused },
	{ "C11 bounded", test_bounded },
	{ "locator", test_locator },
	{ "side questions", test_side_questions },
	{ "random", test_random },
	{ "proven branches", test_proven },
	{ "ties by order of arrival", test_ties },
	{ "testnet branches", test_testnet_branches },
	{ "a deep fork", test_deep_fork },
};

UNIT_MAIN("header_tree", tests)
