#include "spv/side_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS side_headers(hash BLOB NOT NULL PRIMARY KEY CHECK(length(hash) = 32),"
	" header BLOB NOT NULL CHECK(length(header) = 80), seen INTEGER NOT NULL, proven INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS invalid_headers(number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE CHECK(length(hash) = 32),"
	" header BLOB NOT NULL CHECK(length(header) = 80)) STRICT;";

struct side_store {
	struct db *db; /* borrowed */
	struct db_stmt *side_all, *side_put, *side_drop, *marks_all, *marks_put, *marks_drop;
};

const char *
side_store_open(struct side_store **out, struct db *db)
{
	struct side_store *st;

	*out = NULL;
	if (db_exec(db, schema) != DB_OK)
		return db_why(db);
	st = mem_new(1, sizeof(*st));
	st->db = db;
	st->side_all = db_prepare(db, "SELECT hash, header, seen, proven FROM side_headers ORDER BY seen");
	st->side_put = db_prepare(db, "INSERT OR REPLACE INTO side_headers VALUES(?,?,?,?)");
	st->side_drop = db_prepare(db, "DELETE FROM side_headers WHERE hash = ?");
	st->marks_all = db_prepare(db, "SELECT hash, header FROM invalid_headers ORDER BY number");
	st->marks_put = db_prepare(db, "INSERT OR REPLACE INTO invalid_headers(hash, header) VALUES(?,?)");
	st->marks_drop = db_prepare(db, "DELETE FROM invalid_headers WHERE hash = ?");
	if (!st->side_all || !st->side_put || !st->side_drop || !st->marks_all || !st->marks_put || !st->marks_drop) {
		side_store_free(st);
		return db_why(db);
	}
	*out = st;
	return NULL;
}

void
side_store_free(struct side_store *st)
{
	free(st);
}

/* --- Loading --- */

/* Hash and header of the row, in its first two columns; false when they are not what they should be. */
static bool
read_row(struct db_stmt *s, struct hash256 *hash, struct header *h)
{
	size_t hash_len, header_len;
	const void *hash_bytes = db_blob(s, 0, &hash_len), *header_bytes = db_blob(s, 1, &header_len);
	struct hash256 computed;

	if (hash_len != sizeof(hash->b) || !header_decode(h, header_bytes, header_len))
		return false;
	memcpy(hash->b, hash_bytes, sizeof(hash->b));
	header_hash(&computed, h);
	return hash256_eq(&computed, hash);
}

const char *
side_store_load_marks(struct side_store *st, struct header_tree *t)
{
	enum db_err err;
	bool row;

	while ((err = db_step(st->marks_all, &row)) == DB_OK && row) {
		struct hash256 hash;
		struct header h;

		if (read_row(st->marks_all, &hash, &h))
			header_tree_mark(t, &h, true);
	}
	db_reset(st->marks_all);
	return err == DB_OK ? NULL : db_why(st->db);
}

const char *
side_store_load(struct side_store *st, struct header_tree *t, struct unixtime now, size_t *added)
{
	enum db_err err;
	bool row;

	*added = 0;
	while ((err = db_step(st->side_all, &row)) == DB_OK && row) {
		struct tree_side side = { .seen = db_i64(st->side_all, 2), .proven = db_i64(st->side_all, 3) != 0 };

		/* Refused ones, and those whose parent was lost, are left out. */
		if (read_row(st->side_all, &side.hash, &side.header))
			*added += header_tree_restore(t, &side, now) == TREE_NEW;
	}
	db_reset(st->side_all);
	return err == DB_OK ? NULL : db_why(st->db);
}

/* --- Saving --- */

static void
bind_header(struct db_stmt *s, const struct hash256 *hash, uint8_t bytes[HEADER_LEN], const struct header *h)
{
	header_encode(bytes, h);
	db_bind_blob(s, 1, hash->b, sizeof(hash->b));
	db_bind_blob(s, 2, bytes, HEADER_LEN);
}

static enum db_err
put_sides(struct side_store *st, const struct tree_side *side, size_t n)
{
	enum db_err err = DB_OK;
	uint8_t bytes[HEADER_LEN];

	for (size_t i = 0; i < n && err == DB_OK; i++) {
		bind_header(st->side_put, &side[i].hash, bytes, &side[i].header);
		db_bind_i64(st->side_put, 3, side[i].seen);
		db_bind_i64(st->side_put, 4, side[i].proven);
		err = db_run(st->side_put);
	}
	return err;
}

static enum db_err
put_marks(struct side_store *st, const struct header *mark, size_t n)
{
	enum db_err err = DB_OK;
	uint8_t bytes[HEADER_LEN];

	for (size_t i = 0; i < n && err == DB_OK; i++) {
		struct hash256 hash;

		header_hash(&hash, &mark[i]);
		bind_header(st->marks_put, &hash, bytes, &mark[i]);
		err = db_run(st->marks_put);
	}
	return err;
}

static enum db_err
drop_rows(struct db_stmt *s, const struct hash256 *hash, size_t n)
{
	enum db_err err = DB_OK;

	for (size_t i = 0; i < n && err == DB_OK; i++) {
		db_bind_blob(s, 1, hash[i].b, sizeof(hash[i].b));
		err = db_run(s);
	}
	return err;
}

/* The end of a transaction in which `err` came out. */
static const char *
finish(struct side_store *st, enum db_err err)
{
	if (err == DB_OK)
		err = db_commit(st->db);
	if (err == DB_OK)
		return NULL;
	db_rollback(st->db);
	return db_why(st->db);
}

const char *
side_store_put(struct side_store *st, struct header_tree *t)
{
	size_t side_n, mark_n;
	struct tree_side *side = header_tree_side_unsaved(t, &side_n);
	struct header *mark = header_tree_marks_unsaved(t, &mark_n);
	const char *why = NULL;
	enum db_err err;

	if (side_n + mark_n > 0) {
		err = db_begin(st->db);
		if (err == DB_OK)
			err = put_sides(st, side, side_n);
		if (err == DB_OK)
			err = put_marks(st, mark, mark_n);
		why = finish(st, err);
	}
	free(side);
	free(mark);
	if (why == NULL)
		header_tree_side_saved(t);
	return why;
}

const char *
side_store_drop(struct side_store *st, struct header_tree *t)
{
	size_t side_n, mark_n;
	struct hash256 *side = header_tree_side_gone(t, &side_n), *mark = header_tree_marks_gone(t, &mark_n);
	const char *why = NULL;
	enum db_err err;

	if (side_n + mark_n > 0) {
		err = db_begin(st->db);
		if (err == DB_OK)
			err = drop_rows(st->side_drop, side, side_n);
		if (err == DB_OK)
			err = drop_rows(st->marks_drop, mark, mark_n);
		why = finish(st, err);
	}
	free(side);
	free(mark);
	if (why == NULL)
		header_tree_gone_dropped(t);
	return why;
}
