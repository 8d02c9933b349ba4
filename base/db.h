#ifndef TALLY_BASE_DB_H
#define TALLY_BASE_DB_H
/* SQLite behind one door. A handle is for one thread and holds the only writer: opening takes an exclusive lock, so a second process
 * is refused at once. Durable: WAL journal with synchronous=FULL, so a committed transaction survives a power cut.
 *
 * Every failing call leaves a sentence in db_why(). Statements are prepared once and reused; SQL lives in store.c files. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct db;
struct db_stmt;

enum db_err {
	DB_OK,
	DB_BUSY,    /* another process holds the file */
	DB_CORRUPT, /* not a database, or damaged */
	DB_FULL,    /* no room on the disk */
	DB_IO,      /* any other trouble with the file */
	DB_REFUSED, /* a constraint or a mistake in the SQL */
};

/* Open or create. *out is owned by the caller (db_close) even on failure, so that db_why() can be asked; it is never NULL.
 * path ":memory:" makes a database that is gone at close. */
MUST_USE enum db_err db_open(struct db **out, const char *path);
void db_close(struct db *db);
const char *db_why(const struct db *db);

/* Run statements that return nothing. */
MUST_USE enum db_err db_exec(struct db *db, const char *sql);

/* A transaction; nesting is a mistake of ours. */
MUST_USE enum db_err db_begin(struct db *db);
MUST_USE enum db_err db_commit(struct db *db);
void db_rollback(struct db *db);

/* A statement, owned by the database handle and released with it; NULL when the SQL is wrong (db_why). */
MUST_USE struct db_stmt *db_prepare(struct db *db, const char *sql);

/* Bind parameter number `at` (from 1). Blobs and texts are borrowed until db_reset(). */
void db_bind_i64(struct db_stmt *s, int at, int64_t v);
void db_bind_blob(struct db_stmt *s, int at, const void *bytes, size_t len);
void db_bind_text(struct db_stmt *s, int at, const char *text);

/* Step to the next row: DB_OK with *row saying whether there is one. */
MUST_USE enum db_err db_step(struct db_stmt *s, bool *row);

/* Step a statement that returns nothing, then reset it. */
MUST_USE enum db_err db_run(struct db_stmt *s);

/* Columns of the current row (from 0); blobs and texts are borrowed until the next step or reset. */
int64_t db_i64(struct db_stmt *s, int column);
const void *db_blob(struct db_stmt *s, int column, size_t *len);
const char *db_text(struct db_stmt *s, int column);

void db_reset(struct db_stmt *s);

/* Version of the library that runs, for --version. */
const char *db_library_version(void);

#endif
