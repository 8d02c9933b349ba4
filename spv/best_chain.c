/* Invariants:
 * 1. The record at h + 1 names the hash of that at h; tip_hash is the hash of the record at `height`. Lent records are never written.
 * 2. Each height is in exactly one slot, reachable from its hash's home without an empty slot between; nothing else is in a slot.
 * 3. mark[i] is the sum of the work of records 0 … 256 i; tip_work that of all.
 * 4. Runs rise in height from 0; the last begins at or below the tip. */
#include "spv/best_chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS_MIN 64
#define TAIL_MIN 1024

#define AT_PREV 4 /* where it stands in a record */

struct hash256
best_hash(const struct best_chain *b, uint32_t height)
{
	struct hash256 hash = b->tip_hash;

	assert(height <= b->height);
	if (height < b->height)
		memcpy(hash.b, best_record(b, height + 1) + AT_PREV, sizeof(hash.b));
	return hash;
}

struct header
best_header(const struct best_chain *b, uint32_t height)
{
	struct header h;
	bool ok;

	assert(height <= b->height);
	ok = header_decode(&h, best_record(b, height), HEADER_LEN);
	assert(ok);
	return h;
}

static struct u256
valid_work(struct work_memo *m, uint32_t bits)
{
	struct u256 work;
	bool ok = work_memo_ask(m, &work, bits);

	assert(ok);
	return work;
}

struct u256
best_work(const struct best_chain *b, uint32_t height)
{
	uint32_t at = height - height % BEST_MARK_EVERY;
	struct work_memo memo = b->memo;
	struct u256 sum, each;

	assert(height <= b->height);
	if (height == b->height)
		return b->tip_work;
	sum = b->mark[height / BEST_MARK_EVERY];
	while (at++ < height) {
		each = valid_work(&memo, best_bits(b, at));
		sum = u256_add(&sum, &each);
	}
	return sum;
}

/* --- The index --- */

static size_t
home(const struct best_chain *b, const struct hash256 *hash)
{
	uint64_t start;

	memcpy(&start, hash->b, sizeof(start)); /* in whatever order: it stays in memory */
	return (size_t)((start ^ b->salt) * 0x9e3779b97f4a7c15u >> 24) & (b->slot_n - 1);
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

void
best_prefetch(const struct best_chain *b, const struct hash256 *hash)
{
	__builtin_prefetch(&b->slot[home(b, hash)], 1);
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
slots_grow(struct best_chain *b, size_t n)
{
	free(b->slot);
	b->slot_n = n;
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

void
best_reserve(struct best_chain *b, uint32_t n)
{
	size_t slots = b->slot_n;

	while (slots < ((size_t)b->height + 1 + n) * 2)
		slots *= 2;
	if (slots > b->slot_n)
		slots_grow(b, slots);
}

/* --- The order of arrival --- */

static void
run_note(struct best_chain *b, uint32_t height, int64_t seen)
{
	const struct best_run *last = b->run_n > 0 ? &b->run[b->run_n - 1] : NULL;

	if (last != NULL && seen == last->seen + (int64_t)(height - last->height))
		return;
	if (b->run_n == b->run_cap) {
		b->run_cap = b->run_cap == 0 ? 16 : b->run_cap * 2;
		b->run = mem_resize(b->run, b->run_cap, sizeof(*b->run));
	}
	b->run[b->run_n++] = (struct best_run){ .height = height, .seen = seen };
}

int64_t
best_seen(const struct best_chain *b, uint32_t height)
{
	size_t low = 0, high = b->run_n;

	assert(height <= b->height);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (b->run[middle].height <= height)
			low = middle;
		else
			high = middle;
	}
	return b->run[low].seen + (int64_t)(height - b->run[low].height);
}

/* --- The chain --- */

void
best_init(struct best_chain *b, const struct header *genesis, const struct hash256 *hash, int64_t seen, uint64_t salt)
{
	*b = (struct best_chain){ .salt = salt, .tail_cap = TAIL_MIN, .mark_cap = 16, .tip_hash = *hash };
	b->tail = mem_new(b->tail_cap, sizeof(*b->tail));
	b->mark = mem_new(b->mark_cap, sizeof(*b->mark));
	header_encode(b->genesis, genesis);
	b->tip_work = b->mark[0] = valid_work(&b->memo, genesis->bits);
	run_note(b, 0, seen);
	slots_grow(b, SLOTS_MIN);
}

void
best_clear(struct best_chain *b)
{
	free(b->tail);
	free(b->mark);
	free(b->slot);
	free(b->run);
	*b = (struct best_chain){ 0 };
}

static void
make_room(struct best_chain *b, uint32_t height)
{
	if (height - b->base_n > b->tail_cap) {
		b->tail_cap *= 2;
		b->tail = mem_resize(b->tail, b->tail_cap, sizeof(*b->tail));
	}
	if (height / BEST_MARK_EVERY == b->mark_cap) {
		b->mark_cap *= 2;
		b->mark = mem_resize(b->mark, b->mark_cap, sizeof(*b->mark));
	}
}

void
best_push(struct best_chain *b, const struct header *h, const struct hash256 *hash, int64_t seen)
{
	uint32_t height = b->height + 1;
	struct u256 work = valid_work(&b->memo, h->bits);

	assert(hash256_eq(&h->prev, &b->tip_hash));
	make_room(b, height);
	header_encode(b->tail[height - b->base_n - 1], h);
	b->height = height;
	b->tip_hash = *hash;
	b->tip_work = u256_add(&b->tip_work, &work);
	if (height % BEST_MARK_EVERY == 0)
		b->mark[height / BEST_MARK_EVERY] = b->tip_work;
	run_note(b, height, seen);
	if ((size_t)(height + 1) * 2 > b->slot_n)
		slots_grow(b, b->slot_n * 2);
	else
		slot_add(b, hash, height);
}

void
best_pop(struct best_chain *b)
{
	struct u256 work = valid_work(&b->memo, best_bits(b, b->height));

	assert(b->height > 0 && b->run_n > 0);
	/* Heights go in and out like a stack: those still there were entered while this slot was empty, and don't need it filled. */
	b->slot[slot_of(b, &b->tip_hash)] = 0;
	if (b->run[b->run_n - 1].height == b->height)
		b->run_n--;
	b->tip_hash = best_hash(b, b->height - 1);
	b->tip_work = u256_sub(&b->tip_work, &work);
	b->height--;
	if (b->base_n > b->height)
		b->base_n = b->height;
}

void
best_lend(struct best_chain *b, const uint8_t *records, uint32_t n)
{
	size_t own = b->height - n;

	assert(n >= b->base_n && n <= b->height);
	memmove(b->tail, b->tail + (n - b->base_n), own * sizeof(*b->tail));
	b->base = (const uint8_t(*)[HEADER_LEN])records;
	b->base_n = n;
	if (own <= TAIL_MIN && b->tail_cap > TAIL_MIN) {
		b->tail_cap = TAIL_MIN;
		b->tail = mem_resize(b->tail, b->tail_cap, sizeof(*b->tail));
	}
}

const uint8_t *
best_own_records(const struct best_chain *b, uint32_t *from, size_t *n)
{
	if (*from <= b->base_n)
		*from = b->base_n + 1;
	*n = *from <= b->height ? b->height - *from + 1 : 0;
	return *n > 0 ? best_record(b, *from) : NULL;
}

void
best_check(const struct best_chain *b)
{
	size_t used = 0;
	struct u256 sum = u256_from_u64(0);
	struct work_memo memo = { 0 };

	for (uint32_t h = 0; h <= b->height; h++) {
		struct header header = best_header(b, h);
		struct hash256 hash, known = best_hash(b, h);
		struct u256 work = valid_work(&memo, header.bits), said = best_work(b, h);
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
	assert(b->run_n > 0 && b->run[0].height == 0 && b->run[b->run_n - 1].height <= b->height);
	for (size_t i = 1; i < b->run_n; i++)
		assert(b->run[i - 1].height < b->run[i].height);
}
