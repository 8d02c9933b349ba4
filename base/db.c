#include "base/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

struct db_stmt {
	struct db *db; /* borrowed */
	sqlite3_stmt *sql;
	struct db_stmt *next;
};

struct db {
	sqlite3 *sql;
	struct db_stmt *statements; /* owned */
	char why[256];
};

static enum db_err
db_note(struct db *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return DB_OK;
	snprintf(db->why, sizeof(db->why), "%s", db->sql ? sqlite3_errmsg(db->sql) : sqlite3_errstr(rc));
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return DB_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return DB_CORRUPT;
	case SQLITE_FULL:
		return DB_FULL;
	case SQLITE_ERROR:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
		return DB_REFUSED;
	default:
		return DB_IO;
	}
}

enum db_err
db_open(struct db **out, const char *path)
{
	struct db *db = mem_new(1, sizeof(*db));
	enum db_err err;

	*out = db;
	err = db_note(db, sqlite3_open_v2(path, &db->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	if (err != DB_OK)
		return err;
	/* The exclusive lock is taken by the first read or write, which the empty transaction makes. */
	return db_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			   "PRAGMA foreign_keys=ON; BEGIN EXCLUSIVE; COMMIT;");
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	while (db->statements != NULL) {
		struct db_stmt *s = db->statements;

		db->statements = s->next;
		sqlite3_finalize(s->sql);
		free(s);
	}
	sqlite3_close(db->sql);
	free(db);
}

const char *
db_why(const struct db *db)
{
	return db->why;
}

enum db_err
db_exec(struct db *db, const char *sql)
{
	return db_note(db, sqlite3_exec(db->sql, sql, NULL, NULL, NULL));
}

enum db_err
db_begin(struct db *db)
{
	return db_exec(db, "BEGIN IMMEDIATE");
}

enum db_err
db_commit(struct db *db)
{
	return db_exec(db, "COMMIT");
}

void
db_rollback(struct db *db)
{
	/* Fails only when SQLite has rolled back already. */
	sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
}

struct db_stmt *
db_prepare(struct db *db, const char *sql)
{
	struct db_stmt *s = mem_new(1, sizeof(*s));

	if (db_note(db, sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->sql, NULL)) != DB_OK) {
		free(s);
		return NULL;
	}
	s->db = db;
	s->next = db->statements;
	db->statements = s;
	return s;
}

void
db_bind_i64(struct db_stmt *s, int at, int64_t v)
{
	sqlite3_bind_int64(s->sql, at, v);
}

void
db_bind_blob(struct db_stmt *s, int at, const void *bytes, size_t len)
{
	/* A NULL pointer would bind SQL NULL; our columns are NOT NULL. */
	sqlite3_bind_blob64(s->sql, at, len ? bytes : "", len, SQLITE_STATIC);
}

void
db_bind_text(struct db_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s->sql, at, text, -1, SQLITE_STATIC);
}

enum db_err
db_step(struct db_stmt *s, bool *row)
{
	int rc = sqlite3_step(s->sql);

	*row = rc == SQLITE_ROW;
	return db_note(s->db, rc);
}

enum db_err
db_run(struct db_stmt *s)
{
	bool row;
	enum db_err err = db_step(s, &row);

	db_reset(s);
	return err;
}

int64_t
db_i64(struct db_stmt *s, int column)
{
	return sqlite3_column_int64(s->sql, column);
}

const void *
db_blob(struct db_stmt *s, int column, size_t *len)
{
	const void *p = sqlite3_column_blob(s->sql, column);

	*len = (size_t)sqlite3_column_bytes(s->sql, column);
	return p ? p : "";
}

const char *
db_text(struct db_stmt *s, int column)
{
	const unsigned char *p = sqlite3_column_text(s->sql, column);

	return p ? (const char *)p : "";
}

void
db_reset(struct db_stmt *s)
{
	sqlite3_reset(s->sql);
	sqlite3_clear_bindings(s->sql);
}

const char *
db_library_version(void)
{
	return sqlite3_libversion();
}
