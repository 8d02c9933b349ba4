/* Invariants:
 * 1. After a save without error the file is the filter chain, byte for byte; a cut or mixed file loses at most what follows the first
 *    chunk whose checksum is wrong.
 * 2. The map covers whole chunks that the chain has not changed since they were written. */
#include "spv/filter_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "spv/core.h"
#include "spv/flat_file.h"

#define RECORD sizeof(struct hash256)

struct filter_store {
	char *path; /* owned */
	int fd;
	uint32_t count; /* heights in the file */
	uint8_t *map;   /* owned; NULL: none */
	size_t map_len;
	uint64_t repaired;
	char why[256];
};

static const char *
fail(struct filter_store *st, const char *what)
{
	snprintf(st->why, sizeof(st->why), "cannot %s %s: %s", what, st->path, strerror(errno));
	return st->why;
}

static void
checksum(struct hash256 *out, const struct hash256 *block, const uint8_t *chunk, uint32_t n)
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, block->b, sizeof(block->b));
	sha256_update(&c, chunk, (n + 1) * RECORD);
	sha256_final(&c, out);
}

static void
unmap(struct filter_store *st)
{
	if (st->map != NULL)
		munmap(st->map, st->map_len);
	st->map = NULL;
	st->map_len = 0;
}

/* Map the file's first whole chunks; false: it can't be. */
static bool
map_chunks(struct filter_store *st, uint32_t chunks, uint8_t **map, size_t *len)
{
	*map = NULL;
	*len = chunks * FILTER_CHUNK_BYTES;
	if (chunks == 0)
		return true;
	*map = mmap(NULL, *len, PROT_READ, MAP_SHARED, st->fd, 0);
	if (*map == MAP_FAILED)
		*map = NULL;
	return *map != NULL;
}

/* --- Loading --- */

/* A chunk of n heights from `first` on is whole, and belongs to our chain. */
static bool
is_good(const struct spv *s, const uint8_t *chunk, uint32_t first, uint32_t n)
{
	struct hash256 block, sum;

	if (first + n - 1 > header_tree_height(s->tree))
		return false;
	block = header_tree_hash_at(s->tree, first + n - 1);
	checksum(&sum, &block, chunk, n);
	return memcmp(sum.b, chunk + (n + 1) * RECORD, sizeof(sum.b)) == 0;
}

/* The last chunk, whose end isn't full. */
static uint32_t
load_rest(struct spv *s, const uint8_t *bytes, size_t len)
{
	uint32_t first = s->filters.chain.count, n = len / RECORD > 2 ? (uint32_t)(len / RECORD) - 2 : 0;

	if (len % RECORD != 0 || n == 0 || n >= FILTER_CHUNK || !is_good(s, bytes, first, n))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		struct hash256 hash;

		memcpy(hash.b, bytes + i * RECORD, RECORD);
		filter_chain_push(&s->filters.chain, &hash);
	}
	return n;
}

static const char *
load(struct filter_store *st, struct spv *s)
{
	uint8_t rest[FILTER_CHUNK_BYTES];
	uint32_t chunks, good = 0;
	struct stat info;
	size_t end, left;

	st->fd = open(st->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->fd < 0 || fstat(st->fd, &info) != 0)
		return fail(st, "open");
	chunks = (uint32_t)((uint64_t)info.st_size / FILTER_CHUNK_BYTES);
	if (!map_chunks(st, chunks, &st->map, &st->map_len))
		return fail(st, "map");
	while (good < chunks && is_good(s, st->map + good * FILTER_CHUNK_BYTES, good * FILTER_CHUNK, FILTER_CHUNK))
		good++;
	filter_chain_load(&s->filters.chain, st->map, good * FILTER_CHUNK);
	end = good * FILTER_CHUNK_BYTES;
	left = (size_t)info.st_size - end;
	if (good == chunks && left > 0) {
		if (pread(st->fd, rest, left, (off_t)end) != (ssize_t)left)
			return fail(st, "read");
		end += load_rest(s, rest, left) > 0 ? left : 0;
	}
	st->repaired = (uint64_t)info.st_size - end;
	if (st->repaired > 0 && ftruncate(st->fd, (off_t)end) != 0)
		return fail(st, "repair");
	st->count = s->filters.chain.count;
	s->filters.chain.changed_from = st->count;
	return NULL;
}

/* --- Saving --- */

/* Write chunk k; *end gets where it ends in the file. */
static bool
save_chunk(struct filter_store *st, const struct spv *s, uint32_t k, off_t *end)
{
	const struct filter_chain *c = &s->filters.chain;
	uint32_t first = k * FILTER_CHUNK, n = c->count - first < FILTER_CHUNK ? c->count - first : FILTER_CHUNK;
	struct hash256 hash, sum;
	uint8_t *chunk = mem_new(FILTER_CHUNK + 2, RECORD);
	bool ok;

	for (uint32_t i = 0; i < n; i++) {
		hash = filter_chain_hash(c, first + i);
		memcpy(chunk + i * RECORD, hash.b, RECORD);
	}
	memcpy(chunk + n * RECORD, c->mark[k].b, RECORD);
	hash = header_tree_hash_at(s->tree, first + n - 1);
	checksum(&sum, &hash, chunk, n);
	memcpy(chunk + (n + 1) * RECORD, sum.b, RECORD);
	ok = file_write_at(st->fd, chunk, (n + 2) * RECORD, (off_t)(k * FILTER_CHUNK_BYTES));
	*end = (off_t)(k * FILTER_CHUNK_BYTES + (n + 2) * RECORD);
	free(chunk);
	return ok;
}

const char *
filter_store_save(struct filter_store *st, struct spv *s)
{
	struct filter_chain *c = &s->filters.chain;
	uint32_t from = c->changed_from < st->count ? c->changed_from : st->count, whole = c->count / FILTER_CHUNK;
	off_t end = 0;
	uint8_t *map;
	size_t len;

	if (from == c->count && st->count == c->count)
		return NULL;
	/* When it only became shorter, its last chunk is to be sealed anew. */
	if (from == c->count && from > 0)
		from--;
	for (uint32_t k = from / FILTER_CHUNK; k * FILTER_CHUNK < c->count; k++) {
		if (!save_chunk(st, s, k, &end))
			return fail(st, "write");
	}
	if (ftruncate(st->fd, end) != 0)
		return fail(st, "write");
	if (!map_chunks(st, whole, &map, &len))
		return fail(st, "map");
	filter_chain_saved(c, map, whole * FILTER_CHUNK);
	unmap(st);
	st->map = map;
	st->map_len = len;
	st->count = c->count;
	return NULL;
}

/* --- Both --- */

static void
store_free(struct filter_store *st)
{
	unmap(st);
	if (st->fd >= 0)
		close(st->fd);
	free(st->path);
	free(st);
}

const char *
filter_store_open(struct filter_store **out, const char *dir, struct spv *s)
{
	static char why_copy[256];
	struct filter_store *st = mem_new(1, sizeof(*st));
	const char *why;

	st->path = mem_printf("%s/filters.dat", dir);
	why = load(st, s);
	*out = st;
	if (why != NULL) {
		snprintf(why_copy, sizeof(why_copy), "%s", why);
		filters_forget(s);
		store_free(st);
		*out = NULL;
		why = why_copy;
	}
	return why;
}

void
filter_store_close(struct filter_store *st, struct spv *s)
{
	if (st == NULL)
		return;
	if (filter_store_save(st, s) == NULL)
		(void)!fsync(st->fd);
	filters_forget(s);
	store_free(st);
}

uint64_t
filter_store_repaired(const struct filter_store *st)
{
	return st->repaired;
}
