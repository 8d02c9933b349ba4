/* Invariants:
 * 1. record[h + 1] names the hash of record[h]; tip_hash is the hash of record[height].
 * 2. Each height is in exactly one slot, reachable from its hash's home without an empty slot between; nothing else is in a slot.
 * 3. mark[i] is the sum of the work of records 0 … 256 i; tip_work that of all. */
#include "spv/best_chain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/target.h"

#define SLOTS_MIN 64

/* Where the fields stand in a record. */
#define AT_PREV 4
#define AT_TIME 68
#define AT_BITS 72

static uint32_t
record_u32(const struct best_chain *b, uint32_t height, size_t at)
{
	struct rd r = rd_init(&b->record[height][at], sizeof(uint32_t));

	return rd_u32(&r);
}

uint32_t
best_time(const struct best_chain *b, uint32_t height)
{
	assert(height <= b->height);
	return record_u32(b, height, AT_TIME);
}

uint32_t
best_bits(const struct best_chain *b, uint32_t height)
{
	assert(height <= b->height);
	return record_u32(b, height, AT_BITS);
}

struct hash256
best_hash(const struct best_chain *b, uint32_t height)
{
	struct hash256 hash = b->tip_hash;

	assert(height <= b->height);
	if (height < b->height)
		memcpy(hash.b, &b->record[height + 1][AT_PREV], sizeof(hash.b));
	return hash;
}

struct header
best_header(const struct best_chain *b, uint32_t height)
{
	struct header h;
	bool ok;

	assert(height <= b->height);
	ok = header_decode(&h, b->record[height], HEADER_LEN);
	assert(ok);
	return h;
}

static struct u256
valid_work(uint32_t bits)
{
	struct u256 work;
	bool ok = bits_work(&work, bits);

	assert(ok);
	return work;
}

struct u256
best_work(const struct best_chain *b, uint32_t height)
{
	uint32_t at = height - height % BEST_MARK_EVERY, bits = 0;
	struct u256 sum, each = u256_from_u64(0);

	assert(height <= b->height);
	if (height == b->height)
		return b->tip_work;
	sum = b->mark[height / BEST_MARK_EVERY];
	while (at++ < height) {
		/* Neighbours mostly share their bits, and the work behind them takes a long division. */
		if (best_bits(b, at) != bits) {
			bits = best_bits(b, at);
			each = valid_work(bits);
		}
		sum = u256_add(&sum, &each);
	}
	return sum;
}

/* --- The index --- */

static size_t
home(const struct best_chain *b, const struct hash256 *hash)
{
	struct rd r = rd_init(hash->b, sizeof(uint64_t));
	uint64_t mixed = (rd_u64(&r) ^ b->salt) * 0x9e3779b97f4a7c15u;

	return (size_t)(mixed >> 24) & (b->slot_n - 1);
}

static size_t
next_slot(const struct best_chain *b, size_t at)
{
	return (at + 1) & (b->slot_n - 1);
}

/* The slot that holds the hash, or the empty one that ends the search. */
static size_t
slot_of(const struct best_chain *b, const struct hash256 *hash)
{
	size_t at = home(b, hash);

	for (; b->slot[at] != 0; at = next_slot(b, at)) {
		struct hash256 here = best_hash(b, b->slot[at] - 1);

		if (hash256_eq(&here, hash))
			break;
	}
	return at;
}

/* Enter a height whose hash is in no slot yet: no need to look at those on the way. */
static void
slot_add(struct best_chain *b, const struct hash256 *hash, uint32_t height)
{
	size_t at = home(b, hash);

	while (b->slot[at] != 0)
		at = next_slot(b, at);
	b->slot[at] = height + 1;
}

static void
slots_grow(struct best_chain *b)
{
	free(b->slot);
	b->slot_n = b->slot_n == 0 ? SLOTS_MIN : b->slot_n * 2;
	b->slot = mem_new(b->slot_n, sizeof(*b->slot));
	for (uint32_t h = 0; h <= b->height; h++) {
		struct hash256 hash = best_hash(b, h);

		slot_add(b, &hash, h);
	}
}

bool
best_find(const struct best_chain *b, const struct hash256 *hash, uint32_t *height)
{
	size_t at = slot_of(b, hash);

	if (b->slot[at] == 0)
		return false;
	*height = b->slot[at] - 1;
	return true;
}

/* --- The chain --- */

void
best_init(struct best_chain *b, const struct header *genesis, const struct hash256 *hash, uint64_t salt)
{
	*b = (struct best_chain){ .salt = salt, .cap = 1024, .mark_cap = 16, .tip_hash = *hash };
	b->record = mem_new(b->cap, sizeof(*b->record));
	b->mark = mem_new(b->mark_cap, sizeof(*b->mark));
	header_encode(b->record[0], genesis);
	b->last_bits = genesis->bits;
	b->tip_work = b->mark[0] = b->last_work = valid_work(genesis->bits);
	slots_grow(b);
}

void
best_clear(struct best_chain *b)
{
	free(b->record);
	free(b->mark);
	free(b->slot);
	*b = (struct best_chain){ 0 };
}

void
best_push(struct best_chain *b, const struct header *h, const struct hash256 *hash)
{
	uint32_t height = b->height + 1;
	struct u256 work;

	if (h->bits != b->last_bits) {
		b->last_bits = h->bits;
		b->last_work = valid_work(h->bits);
	}
	work = b->last_work;
	assert(hash256_eq(&h->prev, &b->tip_hash));
	if (height == b->cap) {
		b->cap *= 2;
		b->record = mem_resize(b->record, b->cap, sizeof(*b->record));
	}
	if (height / BEST_MARK_EVERY == b->mark_cap) {
		b->mark_cap *= 2;
		b->mark = mem_resize(b->mark, b->mark_cap, sizeof(*b->mark));
	}
	header_encode(b->record[height], h);
	b->height = height;
	b->tip_hash = *hash;
	b->tip_work = u256_add(&b->tip_work, &work);
	if (height % BEST_MARK_EVERY == 0)
		b->mark[height / BEST_MARK_EVERY] = b->tip_work;
	if ((size_t)(height + 1) * 2 > b->slot_n)
		slots_grow(b);
	else
		slot_add(b, hash, height);
}

void
best_pop(struct best_chain *b)
{
	struct u256 work = valid_work(best_bits(b, b->height));

	assert(b->height > 0);
	/* Heights go in and out like a stack: those still there were entered while this slot was empty, and don't need it filled. */
	b->slot[slot_of(b, &b->tip_hash)] = 0;
	b->tip_hash = best_hash(b, b->height - 1);
	b->tip_work = u256_sub(&b->tip_work, &work);
	b->height--;
}

void
best_check(const struct best_chain *b)
{
	size_t used = 0;
	struct u256 sum = u256_from_u64(0);

	for (uint32_t h = 0; h <= b->height; h++) {
		struct header header = best_header(b, h);
		struct hash256 hash, known = best_hash(b, h);
		struct u256 work = valid_work(header.bits), said = best_work(b, h);
		uint32_t found = 0;

		header_hash(&hash, &header);
		assert(hash256_eq(&hash, &known));
		assert(best_find(b, &hash, &found) && found == h);
		sum = u256_add(&sum, &work);
		assert(u256_cmp(&sum, &said) == 0);
		assert(h % BEST_MARK_EVERY != 0 || u256_cmp(&sum, &b->mark[h / BEST_MARK_EVERY]) == 0);
	}
	assert(u256_cmp(&sum, &b->tip_work) == 0);
	for (size_t i = 0; i < b->slot_n; i++)
		used += b->slot[i] != 0;
	assert(used == (size_t)b->height + 1);
}
