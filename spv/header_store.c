/* Invariants:
 * 1. After a save without error headers.dat is the best chain from height 1 on, byte for byte; a cut or mixed file (a crash between
 *    two writes) loses at most its end, because each record names the hash of the one before.
 * 2. What leaves the best chain is in the database before headers.dat loses it, and what joins it is in headers.dat before the database
 *    loses it.
 * 3. Nothing read here is believed: headers go through all header rules, and marks carry their hash.
 * 4. Only records that stand in the file as the core has them are lent to the core; the file is never cut below them. */
#include "spv/header_store.h"

#include <assert.h>
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
#include "spv/side_store.h"

#define SIDE_RECORD_LEN (1 + HEADER_LEN + 4) /* kind, header, first bytes of the double hash of both */
#define KIND_SIDE 0
#define KIND_INVALID 1
#define READ_CHUNK 4096 /* records */
#define MAP_MIN ((size_t)1 << 24) /* bytes */
#define EXPECT_MAX (1u << 22) /* records for which the index is made at once */

struct header_store {
	char *best_path, *old_path; /* owned */
	int fd;                     /* headers.dat */
	const uint8_t *map;         /* of more than the file, so that it can grow; NULL: none yet */
	size_t map_len;
	struct side_store *side;
	uint32_t height;            /* records in the file */
	uint64_t repaired;
	char why[256];
};

static const char *
fail(struct header_store *st, const char *what, const char *path)
{
	snprintf(st->why, sizeof(st->why), "%s %s: %s", what, path, strerror(errno));
	return st->why;
}

/* --- The mapping --- */

/* The file's first n records are the best chain's: let the core read them there. Pages behind the end of the file are mapped too, and
 * can be read as soon as the file has grown over them. */
static const char *
lend(struct header_store *st, struct spv *s, uint32_t n)
{
	const void *old = st->map;
	size_t old_len = st->map_len, need = (size_t)n * HEADER_LEN;
	void *at;

	if (need > old_len) {
		st->map_len = need * 2 > MAP_MIN ? need * 2 : MAP_MIN;
		at = mmap(NULL, st->map_len, PROT_READ, MAP_SHARED, st->fd, 0);
		if (at == MAP_FAILED) {
			st->map_len = old_len;
			return fail(st, "cannot map", st->best_path);
		}
		st->map = at;
	}
	header_tree_lend(s->tree, st->map, n);
	if (old != NULL && old != st->map)
		munmap((void *)(uintptr_t)old, old_len);
	return NULL;
}

/* --- headers.side --- */

/* False when the record is damaged. */
static bool
rd_side_record(struct rd *r, uint8_t *kind, struct header *h)
{
	const uint8_t *bytes = rd_take(r, 1 + HEADER_LEN), *said = rd_take(r, 4);
	struct hash256 sum;

	if (!rd_ok(r))
		return false;
	sha256d(&sum, bytes, 1 + HEADER_LEN);
	*kind = bytes[0];
	return memcmp(sum.b, said, 4) == 0 && header_decode(h, bytes + 1, HEADER_LEN);
}

static void
take_old(struct spv *s, uint8_t wanted, const uint8_t *bytes, size_t len, struct spv_time now, size_t *added)
{
	struct rd r = rd_init(bytes, len);
	struct hash256 hash;
	struct header h;
	uint8_t kind;

	while (r.left >= SIDE_RECORD_LEN) {
		if (!rd_side_record(&r, &kind, &h) || kind != wanted)
			continue;
		header_hash(&hash, &h);
		if (kind == KIND_INVALID)
			header_tree_mark(s->tree, &h, false);
		else
			*added += header_tree_add(s->tree, &h, &hash, now.wall, NULL) == TREE_NEW;
	}
}

static bool
read_old(struct header_store *st, uint8_t **bytes, size_t *len)
{
	int fd = open(st->old_path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	bool ok;

	*bytes = NULL;
	*len = 0;
	if (fd < 0)
		return errno == ENOENT;
	ok = fstat(fd, &info) == 0;
	if (ok) {
		*bytes = mem_new((size_t)info.st_size, 1);
		ok = file_read_at(fd, *bytes, (size_t)info.st_size, 0, len);
	}
	close(fd);
	return ok;
}

/* --- headers.dat --- */

/* Feed the file to the core until its end or the first header that does not follow; *total gets how many went in. */
static const char *
feed(struct header_store *st, struct spv *s, struct spv_time now, uint64_t *total)
{
	uint8_t *chunk = mem_new(READ_CHUNK, HEADER_LEN);
	const char *why = NULL;
	size_t got, used;

	*total = 0;
	do {
		used = 0;
		if (!file_read_at(st->fd, chunk, READ_CHUNK * HEADER_LEN, (off_t)(*total * HEADER_LEN), &got))
			why = fail(st, "cannot read", st->best_path);
		else if (spv_import(s, &used, chunk, got / HEADER_LEN, now) != NULL)
			got = 0;
		*total += used;
		/* Were a record there twice, or on a side branch, then those behind it don't stand at their heights. */
		if (why == NULL && header_tree_height(s->tree) == *total)
			why = lend(st, s, (uint32_t)*total);
	} while (why == NULL && got == READ_CHUNK * HEADER_LEN);
	free(chunk);
	return why;
}

static const char *
load_best(struct header_store *st, struct spv *s, struct spv_time now)
{
	struct stat info;
	uint64_t total, records;
	const char *why;

	if (fstat(st->fd, &info) != 0)
		return fail(st, "cannot read", st->best_path);
	records = (uint64_t)info.st_size / HEADER_LEN;
	header_tree_expect(s->tree, records < EXPECT_MAX ? (uint32_t)records : EXPECT_MAX);
	why = feed(st, s, now, &total);
	if (why != NULL)
		return why;
	st->repaired = (uint64_t)info.st_size - total * HEADER_LEN;
	if (st->repaired > 0 && ftruncate(st->fd, (off_t)(total * HEADER_LEN)) != 0)
		return fail(st, "cannot repair", st->best_path);
	/* Otherwise the next save writes anew all that isn't lent. */
	st->height = header_tree_height(s->tree);
	if (st->height == total)
		header_tree_best_saved(s->tree);
	return NULL;
}

/* Records follow from height 1 on. */
static const char *
save_best(struct header_store *st, struct spv *s)
{
	uint32_t from, height = header_tree_height(s->tree);
	size_t n;
	const uint8_t *records = header_tree_unsaved(s->tree, &from, &n);

	if (n == 0 && st->height == height)
		return NULL;
	if (n > 0 && !file_write_at(st->fd, records, n * HEADER_LEN, (off_t)(from - 1) * HEADER_LEN))
		return fail(st, "cannot write", st->best_path);
	if (ftruncate(st->fd, (off_t)height * HEADER_LEN) != 0)
		return fail(st, "cannot write", st->best_path);
	st->height = height;
	header_tree_best_saved(s->tree);
	return lend(st, s, height);
}

/* --- Both --- */

static const char *
fail_db(struct header_store *st, const char *why)
{
	if (why == NULL)
		return NULL;
	snprintf(st->why, sizeof(st->why), "side branches in the database: %s", why);
	return st->why;
}

const char *
header_store_save(struct header_store *st, struct spv *s)
{
	const char *why = fail_db(st, side_store_put(st->side, s->tree));

	if (why == NULL)
		why = save_best(st, s);
	return why != NULL ? why : fail_db(st, side_store_drop(st->side, s->tree));
}

static void
store_free(struct header_store *st)
{
	if (st->fd >= 0)
		close(st->fd);
	if (st->map != NULL)
		munmap((void *)(uintptr_t)st->map, st->map_len);
	side_store_free(st->side);
	free(st->best_path);
	free(st->old_path);
	free(st);
}

static const char *
load_side(struct header_store *st, struct spv *s, const uint8_t *old, size_t old_len, struct spv_time now)
{
	struct tree_change change;
	size_t added;
	const char *why = fail_db(st, side_store_load(st->side, s->tree, now.wall, &added));

	header_tree_loaded(s->tree);
	take_old(s, KIND_SIDE, old, old_len, now, &added);
	if (added > 0) {
		header_tree_settle(s->tree);
		header_tree_choose(s->tree, &change);
		spv_moved(s, &change);
	}
	return why;
}

static const char *
load(struct header_store *st, struct spv *s, struct spv_time now)
{
	uint8_t *old;
	size_t old_len, none = 0;
	const char *why;

	if (!read_old(st, &old, &old_len)) {
		free(old);
		return fail(st, "cannot read", st->old_path);
	}
	why = fail_db(st, side_store_load_marks(st->side, s->tree));
	take_old(s, KIND_INVALID, old, old_len, now, &none);
	if (why == NULL)
		why = load_best(st, s, now);
	if (why == NULL)
		why = load_side(st, s, old, old_len, now);
	spv_merge_tips(s);
	free(old);
	if (why == NULL && old_len > 0 && side_store_put(st->side, s->tree) == NULL)
		(void)unlink(st->old_path);
	return why;
}

const char *
header_store_open(struct header_store **out, const char *dir, struct db *db, struct spv *s, struct spv_time now)
{
	static char why_copy[256];
	struct header_store *st = mem_new(1, sizeof(*st));
	const char *why;

	st->best_path = mem_printf("%s/headers.dat", dir);
	st->old_path = mem_printf("%s/headers.side", dir);
	st->fd = open(st->best_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	why = st->fd < 0 ? fail(st, "cannot open", st->best_path) : fail_db(st, side_store_open(&st->side, db));
	if (why == NULL)
		why = load(st, s, now);
	*out = st;
	if (why != NULL) {
		snprintf(why_copy, sizeof(why_copy), "%s", why);
		store_free(st);
		*out = NULL;
		why = why_copy;
	}
	return why;
}

void
header_store_close(struct header_store *st, struct spv *s)
{
	if (st == NULL)
		return;
	if (header_store_save(st, s) == NULL)
		(void)!fsync(st->fd);
	store_free(st);
}

uint64_t
header_store_repaired(const struct header_store *st)
{
	return st->repaired;
}
