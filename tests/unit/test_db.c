#include "base/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char path[] = "/tmp/test_db_XXXXXX";

static void
rows_survive_a_close(void)
{
	struct db *db;
	struct db_stmt *put, *get;
	size_t len;
	bool row;

	CU_ASSERT_EQUAL_FATAL(db_open(&db, path), DB_OK);
	CU_ASSERT_EQUAL(db_exec(db, "CREATE TABLE t(k BLOB NOT NULL PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID"), DB_OK);
	put = db_prepare(db, "INSERT INTO t VALUES(?,?)");
	CU_ASSERT_PTR_NOT_NULL_FATAL(put);
	CU_ASSERT_EQUAL(db_begin(db), DB_OK);
	db_bind_blob(put, 1, "k", 1);
	db_bind_i64(put, 2, INT64_MIN);
	CU_ASSERT_EQUAL(db_run(put), DB_OK);
	db_bind_blob(put, 1, NULL, 0);
	db_bind_i64(put, 2, 5);
	CU_ASSERT_EQUAL(db_run(put), DB_OK);
	db_bind_blob(put, 1, "k", 1);
	db_bind_i64(put, 2, 1);
	CU_ASSERT_EQUAL(db_run(put), DB_REFUSED);
	CU_ASSERT_EQUAL(db_commit(db), DB_OK);
	db_close(db);

	CU_ASSERT_EQUAL_FATAL(db_open(&db, path), DB_OK);
	get = db_prepare(db, "SELECT k, n FROM t ORDER BY n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(get);
	CU_ASSERT_EQUAL(db_step(get, &row), DB_OK);
	CU_ASSERT(row);
	CU_ASSERT_EQUAL(memcmp(db_blob(get, 0, &len), "k", 1), 0);
	CU_ASSERT_EQUAL(len, 1);
	CU_ASSERT_EQUAL(db_i64(get, 1), INT64_MIN);
	db_reset(get);
	CU_ASSERT_PTR_NULL(db_prepare(db, "SELECT nonsense"));
	CU_ASSERT(strlen(db_why(db)) > 0);
	db_close(db);
}

static void
a_second_owner_is_refused(void)
{
	struct db *a, *b;

	CU_ASSERT_EQUAL_FATAL(db_open(&a, path), DB_OK);
	CU_ASSERT_EQUAL(db_open(&b, path), DB_BUSY);
	db_close(b);
	db_close(a);
}

static void
garbage_is_called_corrupt(void)
{
	FILE *f = fopen(path, "wb");
	struct db *db;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = 0; i < 4096; i++)
		fputc(i & 0xff, f);
	fclose(f);
	CU_ASSERT_EQUAL(db_open(&db, path), DB_CORRUPT);
	db_close(db);
	CU_ASSERT_EQUAL(db_open(&db, "/nonexistent/x"), DB_IO);
	db_close(db);
}

static const struct unit_test tests[] = {
	{ "rows survive a close", rows_survive_a_close },
	{ "a second owner is refused", a_second_owner_is_refused },
	{ "garbage is called corrupt", garbage_is_called_corrupt },
};

int
main(void)
{
	int fd = mkstemp(path), failed;

	close(fd);
	failed = unit_run("db", tests, ARRAY_LEN(tests));
	unlink(path);
	return failed;
}
