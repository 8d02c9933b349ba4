#include "spv/evidence_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct evidence_store {
	struct db *db; /* borrowed */
	struct db_stmt *insert, *cut, *list;
};

const char *
evidence_store_open(struct evidence_store **out, struct db *db)
{
	static const char schema[] =
		"CREATE TABLE IF NOT EXISTS evidence (id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, address TEXT NOT NULL,"
		" height INTEGER NOT NULL, digest BLOB NOT NULL, what TEXT NOT NULL) STRICT;";
	struct evidence_store *st = mem_new(1, sizeof(*st));
	enum db_err err = db_exec(db, schema);

	*out = NULL;
	st->db = db;
	if (err == DB_OK) {
		st->insert = db_prepare(db, "INSERT INTO evidence (time, address, height, digest, what) VALUES (?,?,?,?,?)");
		st->cut = db_prepare(db, "DELETE FROM evidence WHERE id <= (SELECT max(id) FROM evidence) - ?");
		st->list = db_prepare(db, "SELECT time, address, height, digest, what FROM evidence ORDER BY id DESC");
	}
	if (st->insert == NULL || st->cut == NULL || st->list == NULL) {
		evidence_store_close(st);
		return db_why(db);
	}
	*out = st;
	return NULL;
}

void
evidence_store_close(struct evidence_store *st)
{
	free(st); /* the statements are the database's */
}

static enum db_err
insert(struct evidence_store *st, const struct evidence *e)
{
	db_bind_i64(st->insert, 1, e->time);
	db_bind_text(st->insert, 2, e->address);
	db_bind_i64(st->insert, 3, e->height);
	db_bind_blob(st->insert, 4, e->digest.b, sizeof(e->digest.b));
	db_bind_text(st->insert, 5, e->what);
	return db_run(st->insert);
}

static enum db_err
cut(struct evidence_store *st)
{
	db_bind_i64(st->cut, 1, EVIDENCE_MAX);
	return db_run(st->cut);
}

const char *
evidence_store_add(struct evidence_store *st, const struct evidence *e)
{
	enum db_err err = db_begin(st->db);

	if (err != DB_OK)
		return db_why(st->db);
	err = insert(st, e);
	if (err == DB_OK)
		err = cut(st);
	if (err == DB_OK)
		err = db_commit(st->db);
	if (err != DB_OK)
		db_rollback(st->db);
	return err == DB_OK ? NULL : db_why(st->db);
}

static void
read_row(struct db_stmt *q, struct evidence *out)
{
	size_t len;
	const void *digest = db_blob(q, 3, &len);

	*out = (struct evidence){ .time = db_i64(q, 0), .height = db_i64(q, 2) };
	snprintf(out->address, sizeof(out->address), "%s", db_text(q, 1));
	snprintf(out->what, sizeof(out->what), "%s", db_text(q, 4));
	if (len == sizeof(out->digest.b))
		memcpy(out->digest.b, digest, len);
}

const char *
evidence_store_list(struct evidence_store *st, struct evidence *out, size_t *n, size_t max)
{
	enum db_err err = DB_OK;
	bool row = true;

	for (*n = 0; err == DB_OK && *n < max;) {
		err = db_step(st->list, &row);
		if (err != DB_OK || !row)
			break;
		read_row(st->list, &out[(*n)++]);
	}
	db_reset(st->list);
	return err == DB_OK ? NULL : db_why(st->db);
}
