/* X1  From the slot where an entry's hash points, up to the entry's own, no slot is free. */
#include "token/state_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS_LEAST 64

void
state_index_init(struct state_index *x, uint64_t seed)
{
	*x = (struct state_index){ .seed = seed };
}

void
state_index_clear(struct state_index *x)
{
	free(x->hashes);
	free(x->slots);
}

__extension__ typedef unsigned __int128 uint128;

/* Mixes eight bytes at a time; never 0. Both halves of the product go on: of the lower one alone, what a change in a word's highest bit does
 * wouldn't depend on the seed, and the next word could undo it. */
static uint32_t
hash_of(const struct state_index *x, const uint8_t *key, size_t len)
{
	uint64_t h = x->seed ^ len, word;

	for (; len > 0; key += sizeof(word)) {
		size_t part = len < sizeof(word) ? len : sizeof(word);
		uint128 product;

		word = 0;
		memcpy(&word, key, part);
		len -= part;
		product = (uint128)(h ^ word) * 0x9e3779b97f4a7c15u;
		h = (uint64_t)product ^ (uint64_t)(product >> 64);
	}
	h *= 0xbf58476d1ce4e5b9u;
	h ^= h >> 32;
	return (uint32_t)h != 0 ? (uint32_t)h : 1;
}

static size_t
home_of(const struct state_index *x, uint32_t hash)
{
	return (size_t)((uint64_t)hash * x->slots_n >> 32);
}

static size_t
next_of(const struct state_index *x, size_t at)
{
	return at + 1 == x->slots_n ? 0 : at + 1;
}

struct state_entry *
state_index_find(const struct state_index *x, const void *key, size_t key_len)
{
	uint32_t hash;

	if (x->n == 0)
		return NULL;
	hash = hash_of(x, key, key_len);
	for (size_t at = home_of(x, hash); x->hashes[at] != 0; at = next_of(x, at)) {
		struct state_entry *e = x->slots[at];

		if (x->hashes[at] == hash && e->key_len == key_len && memcmp(e->bytes, key, key_len) == 0)
			return e;
	}
	return NULL;
}

static void
put(struct state_index *x, uint32_t hash, struct state_entry *e)
{
	size_t at = home_of(x, hash);

	while (x->hashes[at] != 0)
		at = next_of(x, at);
	x->hashes[at] = hash;
	x->slots[at] = e;
}

static void
grow(struct state_index *x)
{
	struct state_index wide = *x;

	wide.slots_n = x->slots_n ? x->slots_n + x->slots_n / 4 : SLOTS_LEAST;
	assert(wide.slots_n < UINT32_MAX);
	wide.hashes = mem_new(wide.slots_n, sizeof(*wide.hashes));
	wide.slots = mem_new(wide.slots_n, sizeof(struct state_entry *));
	for (size_t i = 0; i < x->slots_n; i++) {
		if (x->hashes[i] != 0)
			put(&wide, x->hashes[i], x->slots[i]);
	}
	state_index_clear(x);
	*x = wide;
}

void
state_index_add(struct state_index *x, struct state_entry *e)
{
	if (x->n >= x->slots_n - x->slots_n / 8)
		grow(x);
	put(x, hash_of(x, e->bytes, e->key_len), e);
	x->n++;
}

static size_t
slot_of(const struct state_index *x, const struct state_entry *e)
{
	size_t at = home_of(x, hash_of(x, e->bytes, e->key_len));

	while (x->slots[at] != e || x->hashes[at] == 0)
		at = next_of(x, at);
	return at;
}

/* Who stands behind the gap moves into it, unless he would come before his home. */
void
state_index_remove(struct state_index *x, const struct state_entry *e)
{
	size_t gap = slot_of(x, e);

	for (size_t at = next_of(x, gap); x->hashes[at] != 0; at = next_of(x, at)) {
		size_t home = home_of(x, x->hashes[at]);
		bool between = gap <= at ? gap < home && home <= at : gap < home || home <= at;

		if (between)
			continue;
		x->hashes[gap] = x->hashes[at];
		x->slots[gap] = x->slots[at];
		gap = at;
	}
	x->hashes[gap] = 0;
	x->slots[gap] = NULL;
	x->n--;
}

void
state_index_replace(struct state_index *x, const struct state_entry *old, struct state_entry *e)
{
	x->slots[slot_of(x, old)] = e;
}
