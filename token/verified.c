/* Two generations: notes go into the young one; when that is full it becomes the old one, whose content is forgotten. Nothing is ever
 * taken out alone, so plain open addressing does, and a lookup touches one or two lines of memory. */
#include "token/verified.h"

#include <stdlib.h>

#include "base/mem.h"

#define SLOTS_LEAST 1024
#define SLOTS_MOST 262144 /* more than twice VERIFIED_KEEP */

struct generation {
	struct hash256 *slots; /* owned; a power of two of them, at most half of them taken; zero: free */
	size_t slots_n, n;
};

struct verified {
	struct generation young, old;
};

struct verified *
verified_new(void)
{
	return mem_new(1, sizeof(struct verified));
}

void
verified_free(struct verified *v)
{
	if (v == NULL)
		return;
	free(v->young.slots);
	free(v->old.slots);
	free(v);
}

/* The digest's slot, or the free one where it belongs. Digests are spread evenly already. */
static struct hash256 *
slot_of(const struct generation *g, const struct hash256 *digest)
{
	struct rd r = rd_init(digest->b, sizeof(digest->b));
	size_t at = rd_u32(&r) & (g->slots_n - 1);

	while (!hash256_is_zero(&g->slots[at]) && !hash256_eq(&g->slots[at], digest))
		at = (at + 1) & (g->slots_n - 1);
	return &g->slots[at];
}

static void
generation_grow(struct generation *g)
{
	struct generation wide = { .slots_n = g->slots_n ? g->slots_n * 2 : SLOTS_LEAST, .n = g->n };

	wide.slots = mem_new(wide.slots_n, sizeof(*wide.slots));
	for (size_t i = 0; i < g->slots_n; i++) {
		if (!hash256_is_zero(&g->slots[i]))
			*slot_of(&wide, &g->slots[i]) = g->slots[i];
	}
	free(g->slots);
	*g = wide;
}

static bool
generation_has(const struct generation *g, const struct hash256 *digest)
{
	return g->slots_n != 0 && !hash256_is_zero(slot_of(g, digest));
}

bool
verified_has(const struct verified *v, const struct hash256 *digest)
{
	return generation_has(&v->young, digest) || generation_has(&v->old, digest);
}

void
verified_note(struct verified *v, const struct hash256 *digest)
{
	struct generation *g = &v->young;

	/* No bytes with a digest of zeros are known; it stands for a free slot. */
	if (hash256_is_zero(digest) || generation_has(g, digest))
		return;
	if (g->n == VERIFIED_KEEP) {
		free(v->old.slots);
		v->old = *g;
		*g = (struct generation){ 0 };
	}
	if (g->n * 2 >= g->slots_n && g->slots_n < SLOTS_MOST)
		generation_grow(g);
	*slot_of(g, digest) = *digest;
	g->n++;
}
