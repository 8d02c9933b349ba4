/* Invariants:
 * 1. hash(h) is in the mapped chunks for h < saved_n, else in fresh; saved_n <= count unless count = saved_n = 0.
 * 2. mark[k] is the filter header at height 1000 k for each 1000 k < count; top that at count - 1.
 * 3. Nothing below changed_from differs from what the store wrote. */
#include "spv/filter_chain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"

void
filter_chain_init(struct filter_chain *c)
{
	*c = (struct filter_chain){ 0 };
}

void
filter_chain_clear(struct filter_chain *c)
{
	free(c->fresh);
	free(c->mark);
	*c = (struct filter_chain){ 0 };
}

struct hash256
filter_chain_hash(const struct filter_chain *c, uint32_t height)
{
	struct hash256 hash;

	assert(height < c->count);
	if (height >= c->saved_n)
		return c->fresh[height - c->saved_n];
	memcpy(hash.b, c->saved + height / FILTER_CHUNK * FILTER_CHUNK_BYTES + height % FILTER_CHUNK * sizeof(hash), sizeof(hash.b));
	return hash;
}

static void
mark_set(struct filter_chain *c, uint32_t at, const struct hash256 *header)
{
	if (at >= c->mark_cap) {
		c->mark_cap = at * 2 + 16;
		c->mark = mem_resize(c->mark, c->mark_cap, sizeof(*c->mark));
	}
	c->mark[at] = *header;
}

void
filter_chain_push(struct filter_chain *c, const struct hash256 *hash)
{
	uint32_t at = c->count - c->saved_n;

	if (at == c->fresh_cap) {
		c->fresh_cap = at * 2 + 1024;
		c->fresh = mem_resize(c->fresh, c->fresh_cap, sizeof(*c->fresh));
	}
	c->fresh[at] = *hash;
	filter_header(&c->top, hash, &c->top);
	if (c->count % FILTER_CHUNK == 0)
		mark_set(c, c->count / FILTER_CHUNK, &c->top);
	if (c->changed_from > c->count)
		c->changed_from = c->count;
	c->count++;
}

/* The mapped chunks end below `count` from now on: what stands above in the last of them moves into memory. */
static void
unmap_from(struct filter_chain *c, uint32_t count)
{
	uint32_t from = count - count % FILTER_CHUNK, n = count - from;

	if (n > c->fresh_cap) {
		c->fresh_cap = FILTER_CHUNK;
		c->fresh = mem_resize(c->fresh, c->fresh_cap, sizeof(*c->fresh));
	}
	for (uint32_t i = 0; i < n; i++)
		memcpy(c->fresh[i].b, c->saved + from / FILTER_CHUNK * FILTER_CHUNK_BYTES + i * sizeof(struct hash256), 32);
	c->saved_n = from;
}

void
filter_chain_cut(struct filter_chain *c, uint32_t count)
{
	if (count >= c->count)
		return;
	c->top = filter_chain_prev(c, count);
	if (count < c->saved_n)
		unmap_from(c, count);
	c->count = count;
	if (c->changed_from > count)
		c->changed_from = count;
	c->cached = c->cached && c->cache_height < count;
}

struct hash256
filter_chain_header(struct filter_chain *c, uint32_t height)
{
	uint32_t at = height - height % FILTER_CHUNK;
	struct hash256 header, hash;

	assert(height < c->count);
	if (height == c->count - 1)
		return c->top;
	header = c->mark[at / FILTER_CHUNK];
	if (c->cached && c->cache_height <= height && c->cache_height > at) {
		at = c->cache_height;
		header = c->cache;
	}
	while (at < height) {
		hash = filter_chain_hash(c, ++at);
		filter_header(&header, &hash, &header);
	}
	c->cached = true;
	c->cache_height = height;
	c->cache = header;
	return header;
}

struct hash256
filter_chain_prev(struct filter_chain *c, uint32_t height)
{
	return height == 0 ? (struct hash256){ 0 } : filter_chain_header(c, height - 1);
}

/* --- For the store --- */

void
filter_chain_saved(struct filter_chain *c, const uint8_t *map, uint32_t n)
{
	assert(n % FILTER_CHUNK == 0 && n <= c->count && n >= c->saved_n);
	/* saved_n can only have grown: what is left in memory moves down. */
	if (n > c->saved_n) {
		memmove(c->fresh, c->fresh + (n - c->saved_n), (c->count - n) * sizeof(*c->fresh));
		c->fresh_cap = c->count - n + FILTER_CHUNK;
		c->fresh = mem_resize(c->fresh, c->fresh_cap, sizeof(*c->fresh));
	}
	c->saved = map;
	c->saved_n = n;
	c->changed_from = c->count;
}

void
filter_chain_load(struct filter_chain *c, const uint8_t *map, uint32_t n)
{
	struct hash256 header;

	assert(c->count == 0 && n % FILTER_CHUNK == 0);
	c->saved = map;
	c->saved_n = n;
	for (uint32_t k = 0; k < n / FILTER_CHUNK; k++) {
		memcpy(header.b, map + k * FILTER_CHUNK_BYTES + FILTER_CHUNK * sizeof(header), sizeof(header.b));
		mark_set(c, k, &header);
	}
	if (n == 0)
		return;
	/* The top is worked out from the last mark: one chunk's hashes. */
	c->count = n;
	header = c->mark[n / FILTER_CHUNK - 1];
	for (uint32_t h = n - FILTER_CHUNK + 1; h < n; h++) {
		struct hash256 hash = filter_chain_hash(c, h);

		filter_header(&header, &hash, &header);
	}
	c->top = header;
	c->changed_from = n;
}

void
filter_chain_check(const struct filter_chain *c)
{
	struct hash256 header = { 0 };

	assert(c->saved_n <= c->count && c->count - c->saved_n <= c->fresh_cap && c->changed_from <= c->count);
	for (uint32_t h = 0; h < c->count; h++) {
		struct hash256 hash = filter_chain_hash(c, h);

		filter_header(&header, &hash, &header);
		assert(h % FILTER_CHUNK != 0 || hash256_eq(&header, &c->mark[h / FILTER_CHUNK]));
	}
	assert(c->count == 0 || hash256_eq(&header, &c->top));
}
