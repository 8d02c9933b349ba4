#include "bridge/mainchain_db.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/file.h"
#include "tests/unit/unit.h"

struct place {
	char dir[64], db[96], damaged[128], damaged_wal[128];
};

static struct place
place_new(void)
{
	struct place p;
	char *made;

	snprintf(p.dir, sizeof(p.dir), "/tmp/test_mainchain_db.XXXXXX");
	made = mkdtemp(p.dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	snprintf(p.db, sizeof(p.db), "%s/mainchain.sqlite", p.dir);
	snprintf(p.damaged, sizeof(p.damaged), "%s.damaged", p.db);
	snprintf(p.damaged_wal, sizeof(p.damaged_wal), "%s.damaged-wal", p.db);
	return p;
}

static void
place_remove(const struct place *p)
{
	unlink(p->db);
	unlink(p->damaged);
	unlink(p->damaged_wal);
	CU_ASSERT_EQUAL(rmdir(p->dir), 0); /* nothing else is left in it */
}

static struct db *
open_in(const struct place *p)
{
	struct complaint why = { .why = "" };
	struct db *db;

	CU_ASSERT_FATAL(mainchain_db_open(&db, &why, p->dir));
	return db;
}

/* A table with enough rows for many pages. */
static void
fill(struct db *db)
{
	CU_ASSERT_EQUAL(db_exec(db, "CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT;"
				    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200)"
				    " INSERT INTO t SELECT n, zeroblob(300) FROM c"),
			DB_OK);
}

/* -1: no such table. */
static int64_t
rows(struct db *db)
{
	struct db_stmt *s = db_prepare(db, "SELECT count(*) FROM t");
	bool row;
	int64_t n;

	if (s == NULL)
		return -1;
	CU_ASSERT(db_step(s, &row) == DB_OK && row);
	n = db_i64(s, 0);
	db_reset(s);
	return n;
}

static void
test_kept(void)
{
	struct place p = place_new();
	struct db *db = open_in(&p);

	fill(db);
	db_close(db);
	db = open_in(&p);
	CU_ASSERT_EQUAL(rows(db), 200);
	db_close(db);
	CU_ASSERT_FALSE(file_exists(p.damaged));
	place_remove(&p);
}

/* Wherever a page is overwritten, the file opens: as it was, where nothing used that page, or anew. */
static void
test_damaged(void)
{
	struct place p = place_new();
	struct db *db = open_in(&p);
	struct complaint why;
	size_t len, made_anew = 0;
	char *whole;

	fill(db);
	db_close(db);
	whole = file_read(&len, &why, p.db, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	for (size_t at = 0; at < len; at += 1024) {
		char *bad = mem_new(len, 1);
		int64_t n;

		memcpy(bad, whole, len);
		memset(bad + at, 0xa5, len - at < 100 ? len - at : 100);
		CU_ASSERT(file_write_durable(&why, p.db, bad, len, 0600));
		free(bad);
		db = open_in(&p);
		n = rows(db);
		CU_ASSERT_EQUAL(n == -1, file_exists(p.damaged));
		made_anew += n == -1;
		db_close(db);
		unlink(p.damaged);
		unlink(p.damaged_wal);
	}
	CU_ASSERT(made_anew > 10);
	free(whole);
	place_remove(&p);
}

/* Cut anywhere: it opens, and can be written. */
static void
test_truncated(void)
{
	struct place p = place_new();
	struct db *db = open_in(&p);
	struct complaint why;
	size_t len;
	char *whole;

	fill(db);
	db_close(db);
	whole = file_read(&len, &why, p.db, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	for (size_t cut = 0; cut < len; cut += cut < 200 ? 9 : 4000) {
		CU_ASSERT(file_write_durable(&why, p.db, whole, cut, 0600));
		db = open_in(&p);
		CU_ASSERT_EQUAL(db_exec(db, "CREATE TABLE u(n INTEGER PRIMARY KEY) STRICT"), DB_OK);
		db_close(db);
	}
	free(whole);
	place_remove(&p);
}

static void
test_foreign_and_newer(void)
{
	struct place p = place_new();
	struct complaint why = { .why = "" };
	struct db *db = open_in(&p);

	CU_ASSERT_EQUAL(db_exec(db, "PRAGMA user_version=2"), DB_OK);
	db_close(db);
	CU_ASSERT_FALSE(mainchain_db_open(&db, &why, p.dir));
	CU_ASSERT_PTR_NULL(db);
	CU_ASSERT(why.code == EXIT_REFUSED && strstr(why.why, "newer") != NULL && why.hint[0] != '\0');
	unlink(p.db);

	CU_ASSERT_EQUAL_FATAL(db_open(&db, p.db), DB_OK);
	CU_ASSERT_EQUAL(db_exec(db, "PRAGMA application_id=7"), DB_OK);
	fill(db);
	db_close(db);
	db = open_in(&p);
	CU_ASSERT(rows(db) == -1 && file_exists(p.damaged));
	db_close(db);
	place_remove(&p);
}

static void
test_busy_and_no_disk(void)
{
	struct place p = place_new();
	struct complaint why = { .why = "" };
	struct db *db = open_in(&p), *second;

	CU_ASSERT_FALSE(mainchain_db_open(&second, &why, p.dir));
	CU_ASSERT_PTR_NULL(second);
	CU_ASSERT(why.code == EXIT_REFUSED && strstr(why.why, p.db) != NULL);
	db_close(db);
	place_remove(&p);
	CU_ASSERT_FALSE(mainchain_db_open(&db, &why, p.dir));
	CU_ASSERT_PTR_NULL(db);
	CU_ASSERT(why.code == EXIT_CORRUPT && why.hint[0] != '\0');
}

static const struct unit_test tests[] = {
	{ "kept", test_kept },
	{ "R3 damaged", test_damaged },
	{ "R3 truncated", test_truncated },
	{ "R4 foreign and newer files", test_foreign_and_newer },
	{ "R4 in use, and no disk", test_busy_and_no_disk },
};

UNIT_MAIN("mainchain_db", tests)
