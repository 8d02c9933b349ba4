/* Invariants:
 * 1. After a save without error headers.dat is the best chain from height 1 on, byte for byte; a cut or mixed file (a crash between
 *    two writes) loses at most its end, because each record names the hash of the one before.
 * 2. What leaves the best chain is in headers.side before headers.dat loses it. headers.side is replaced as a whole.
 * 3. Nothing read here is believed: headers go through all header rules, and marks carry a checksum. */
#include "spv/header_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "spv/core.h"

#define SIDE_RECORD_LEN (1 + HEADER_LEN + 4) /* kind, header, first bytes of the double hash of both */
#define KIND_SIDE 0
#define KIND_INVALID 1
#define READ_CHUNK 4096 /* records */

struct header_store {
	char *best_path, *side_path, *side_temp; /* owned */
	int fd;                                  /* headers.dat */
	uint32_t height;                         /* records in it */
	uint64_t repaired;
	char why[256];
};

static const char *
fail(struct header_store *st, const char *what, const char *path)
{
	snprintf(st->why, sizeof(st->why), "%s %s: %s", what, path, strerror(errno));
	return st->why;
}

static bool
write_all(int fd, const void *bytes, size_t len, off_t at)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* As much as there is, up to len; false on an error. */
static bool
read_some(int fd, void *out, size_t len, off_t at, size_t *got)
{
	*got = 0;
	while (*got < len) {
		ssize_t n = pread(fd, (uint8_t *)out + *got, len - *got, at + (off_t)*got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return true;
}

/* --- headers.side --- */

static void
wr_side_record(struct wr *w, uint8_t kind, const struct header *h)
{
	struct hash256 sum;

	wr_u8(w, kind);
	wr_header(w, h);
	sha256d(&sum, w->p + w->len - 1 - HEADER_LEN, 1 + HEADER_LEN);
	wr_bytes(w, sum.b, 4);
}

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
load_marks(struct spv *s, const uint8_t *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	struct header h;
	uint8_t kind;

	while (r.left >= SIDE_RECORD_LEN) {
		if (rd_side_record(&r, &kind, &h) && kind == KIND_INVALID)
			header_tree_mark(s->tree, &h);
	}
}

static void
load_side(struct spv *s, const uint8_t *bytes, size_t len, struct spv_time now)
{
	struct rd r = rd_init(bytes, len);
	struct tree_change change;
	struct hash256 hash;
	struct header h;
	uint8_t kind;
	size_t added = 0;

	while (r.left >= SIDE_RECORD_LEN) {
		if (!rd_side_record(&r, &kind, &h) || kind != KIND_SIDE)
			continue;
		header_hash(&hash, &h);
		/* Refused ones, and those whose parent was lost, are left out. */
		added += header_tree_add(s->tree, &h, &hash, now.wall, NULL) == TREE_NEW;
	}
	if (added == 0)
		return;
	header_tree_choose(s->tree, &change);
	spv_moved(s, &change);
}

static bool
read_side(struct header_store *st, uint8_t **bytes, size_t *len)
{
	int fd = open(st->side_path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	bool ok;

	*bytes = NULL;
	*len = 0;
	if (fd < 0)
		return errno == ENOENT;
	ok = fstat(fd, &info) == 0;
	if (ok) {
		*bytes = mem_new((size_t)info.st_size, 1);
		ok = read_some(fd, *bytes, (size_t)info.st_size, 0, len);
	}
	close(fd);
	return ok;
}

static const char *
save_side(struct header_store *st, const struct spv *s)
{
	struct wr w = { 0 };
	size_t side_n, invalid_n;
	struct header *side = header_tree_side_all(s->tree, &side_n), *invalid = header_tree_invalid_all(s->tree, &invalid_n);
	bool ok;
	int fd;

	for (size_t i = 0; i < invalid_n; i++)
		wr_side_record(&w, KIND_INVALID, &invalid[i]);
	for (size_t i = 0; i < side_n; i++)
		wr_side_record(&w, KIND_SIDE, &side[i]);
	free(side);
	free(invalid);
	fd = open(st->side_temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ok = fd >= 0 && write_all(fd, w.p, w.len, 0);
	wr_clear(&w);
	if (fd >= 0 && close(fd) != 0)
		ok = false;
	ok = ok && rename(st->side_temp, st->side_path) == 0;
	return ok ? NULL : fail(st, "cannot write", st->side_path);
}

/* --- headers.dat --- */

/* Feed the file to the core until its end or the first header that does not follow. */
static const char *
load_best(struct header_store *st, struct spv *s, struct spv_time now)
{
	uint8_t *chunk = mem_new(READ_CHUNK, HEADER_LEN);
	uint64_t total = 0;
	size_t got = 0, used = 0;
	bool ok = true;
	struct stat info;

	do {
		const char *why;

		total += used;
		ok = read_some(st->fd, chunk, READ_CHUNK * HEADER_LEN, (off_t)(total * HEADER_LEN), &got);
		why = ok ? spv_import(s, &used, chunk, got / HEADER_LEN, now) : NULL;
		if (why != NULL)
			got = 0;
	} while (ok && got == READ_CHUNK * HEADER_LEN);
	total = (total + used) * HEADER_LEN;
	free(chunk);
	ok = ok && fstat(st->fd, &info) == 0;
	if (!ok)
		return fail(st, "cannot read", st->best_path);
	st->repaired = (uint64_t)info.st_size - total;
	if (st->repaired > 0 && ftruncate(st->fd, (off_t)total) != 0)
		return fail(st, "cannot repair", st->best_path);
	/* Were a record there twice, or on a side branch, then not every record is on the best chain: the next save writes all anew. */
	st->height = header_tree_height(s->tree);
	if ((uint64_t)st->height * HEADER_LEN == total)
		header_tree_saved(s->tree);
	return NULL;
}

/* Records follow from height 1 on. */
static const char *
save_best(struct header_store *st, const struct spv *s)
{
	uint32_t from = header_tree_changed_from(s->tree), height = header_tree_height(s->tree);
	size_t n;
	const uint8_t *records = header_tree_records(s->tree, from, &n);
	off_t at = (off_t)(from - 1) * HEADER_LEN;

	if (n > 0 && !write_all(st->fd, records, n * HEADER_LEN, at))
		return fail(st, "cannot write", st->best_path);
	if (ftruncate(st->fd, (off_t)height * HEADER_LEN) != 0)
		return fail(st, "cannot write", st->best_path);
	st->height = height;
	return NULL;
}

/* --- Both --- */

const char *
header_store_save(struct header_store *st, struct spv *s)
{
	uint32_t height = header_tree_height(s->tree);
	const char *why = NULL;

	if (header_tree_side_changed(s->tree))
		why = save_side(st, s);
	if (why == NULL && (header_tree_changed_from(s->tree) <= height || st->height != height))
		why = save_best(st, s);
	if (why == NULL)
		header_tree_saved(s->tree);
	return why;
}

static void
store_free(struct header_store *st)
{
	if (st->fd >= 0)
		close(st->fd);
	free(st->best_path);
	free(st->side_path);
	free(st->side_temp);
	free(st);
}

static const char *
load(struct header_store *st, struct spv *s, struct spv_time now)
{
	uint8_t *side;
	size_t side_len;
	const char *why;

	st->fd = open(st->best_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->fd < 0)
		return fail(st, "cannot open", st->best_path);
	if (!read_side(st, &side, &side_len)) {
		free(side);
		return fail(st, "cannot read", st->side_path);
	}
	load_marks(s, side, side_len);
	why = load_best(st, s, now);
	if (why == NULL)
		load_side(s, side, side_len, now);
	free(side);
	return why;
}

const char *
header_store_open(struct header_store **out, const char *dir, struct spv *s, struct spv_time now)
{
	static char why_copy[256];
	struct header_store *st = mem_new(1, sizeof(*st));
	const char *why;

	st->best_path = mem_printf("%s/headers.dat", dir);
	st->side_path = mem_printf("%s/headers.side", dir);
	st->side_temp = mem_printf("%s/headers.side.new", dir);
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
