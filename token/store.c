/* D1  The file holds the state after block h, for one h: a row of the state table may be from any height from `folded` up to h, and all
 *     that has changed since `folded` is in the delta rows above it, up to h. Blocks, transactions and histories reach h as well.
 * D2  A block changes all of that in one SQLite transaction.
 */
#include "token/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/store_impl.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 1413565529 /* "TALY" */

/* Memory for pages, so that a large block is not written out and read again before it is whole. Not while the state is read, whose pages
 * will hardly be read again. */
#define CACHE "PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=10000"

static const char schema[] =
	"CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK(one = 1), genesis BLOB NOT NULL, app_hash BLOB NOT NULL,"
	" folded INTEGER NOT NULL) STRICT;"
	"CREATE TABLE blocks(height INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL,"
	" seal BLOB NOT NULL, events BLOB NOT NULL) STRICT;"
	"CREATE TABLE transactions(place INTEGER PRIMARY KEY, id BLOB NOT NULL, bytes BLOB NOT NULL, code INTEGER NOT NULL,"
	" reason TEXT NOT NULL, op_index INTEGER NOT NULL, events BLOB NOT NULL) STRICT;"
	"CREATE INDEX transactions_by_id ON transactions(id);"
	"CREATE TABLE history(account BLOB NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(account, place)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE state(key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE deltas(height INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE local(key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;";

#define TRANSACTION_COLUMNS "SELECT place, bytes, code, reason, op_index, events, id FROM transactions "

static enum store_err
err_of(enum db_err err)
{
	switch (err) {
	case DB_OK:
		return STORE_OK;
	case DB_BUSY:
		return STORE_BUSY;
	case DB_CORRUPT:
	case DB_REFUSED: /* our SQL is right: then the tables aren't */
		return STORE_CORRUPT;
	case DB_FULL:
		return STORE_FULL;
	case DB_IO:
		return STORE_IO;
	}
	return STORE_IO;
}

enum store_err
store_fail(struct store *s, enum store_err err, const char *detail)
{
	static const char *const what[] = {
		[STORE_OK] = "fine",
		[STORE_BUSY] = "another process is using the ledger's file",
		[STORE_CORRUPT] = "the ledger's file is damaged",
		[STORE_FOREIGN] = "the ledger's file belongs to another chain",
		[STORE_NEWER] = "the ledger's file was written by a newer version",
		[STORE_GENESIS] = "the chain can't start",
		[STORE_FULL] = "the disk is full",
		[STORE_IO] = "the ledger's file can't be read or written",
	};

	snprintf(s->why, sizeof(s->why), "%s: %s", what[err], detail);
	return err;
}

enum store_err
store_db_fail(struct store *s, enum db_err err)
{
	return err == DB_OK ? STORE_OK : store_fail(s, err_of(err), db_why(s->db));
}

int64_t
store_place(uint64_t height, uint32_t index)
{
	uint64_t last = (1u << 20) - 1;

	if (height > (uint64_t)INT64_MAX >> 20)
		return INT64_MAX;
	return (int64_t)(height << 20 | (index < last ? index : last));
}

void
store_unplace(uint64_t *height, uint32_t *index, int64_t place)
{
	uint32_t last = (1u << 20) - 1;

	*height = (uint64_t)place >> 20;
	*index = (uint32_t)((uint64_t)place & last);
	if (*index == last)
		*index = STORE_INDEX_BLOCK;
}

static enum store_err
prepare(struct store *s)
{
	const struct {
		struct db_stmt **statement;
		const char *sql;
	} all[] = {
		{ &s->sql.put_block, "INSERT INTO blocks VALUES(?,?,?,?,?)" },
		{ &s->sql.put_transaction, "INSERT INTO transactions VALUES(?,?,?,?,?,?,?)" },
		{ &s->sql.put_history, "INSERT INTO history VALUES(?,?)" },
		{ &s->sql.put_delta, "INSERT INTO deltas VALUES(?,?)" },
		{ &s->sql.put_state, "INSERT INTO state VALUES(?,?) ON CONFLICT DO UPDATE SET value = excluded.value" },
		{ &s->sql.drop_state, "DELETE FROM state WHERE key = ?" },
		{ &s->sql.drop_deltas, "DELETE FROM deltas WHERE height <= ?" },
		{ &s->sql.set_folded, "UPDATE meta SET folded = ?" },
		{ &s->sql.put_local, "INSERT INTO local VALUES(?,?) ON CONFLICT DO UPDATE SET value = excluded.value" },
		{ &s->sql.get_block, "SELECT bytes, seal, events FROM blocks WHERE height = ?" },
		{ &s->sql.find_block, "SELECT height FROM blocks WHERE hash = ?" },
		{ &s->sql.get_transaction, TRANSACTION_COLUMNS "WHERE place = ?" },
		{ &s->sql.find_transaction, TRANSACTION_COLUMNS "WHERE id = ? ORDER BY code, place LIMIT 1" },
		{ &s->sql.get_history, "SELECT place FROM history WHERE account = ? AND place < ? ORDER BY place DESC LIMIT ?" },
		{ &s->sql.get_id, "SELECT id FROM transactions WHERE place = ?" },
		{ &s->sql.get_local, "SELECT value FROM local WHERE key = ?" },
		{ &s->sql.all_state, "SELECT key, value FROM state ORDER BY key" },
		{ &s->sql.all_deltas, "SELECT height, bytes FROM deltas ORDER BY height" },
		{ &s->sql.tip, "SELECT bytes, seal, events, hash, height FROM blocks ORDER BY height DESC LIMIT 1" },
		{ &s->sql.first_block, "SELECT height FROM blocks ORDER BY height LIMIT 1" },
		{ &s->sql.count_history, "SELECT count(*) FROM history" },
		{ &s->sql.get_meta, "SELECT genesis, app_hash, folded FROM meta" },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		*all[i].statement = db_prepare(s->db, all[i].sql);
		if (*all[i].statement == NULL)
			return store_fail(s, STORE_CORRUPT, db_why(s->db));
	}
	return STORE_OK;
}

/* The single value of a pragma or count. */
static enum store_err
ask(struct store *s, int64_t *out, const char *sql)
{
	struct db_stmt *q = db_prepare(s->db, sql);
	enum db_err err;
	bool row;

	if (q == NULL)
		return store_fail(s, STORE_CORRUPT, db_why(s->db));
	err = db_step(q, &row);
	if (err == DB_OK && row)
		*out = db_i64(q, 0);
	db_reset(q);
	if (err == DB_OK && !row)
		return store_fail(s, STORE_CORRUPT, "a question has no answer");
	return store_db_fail(s, err);
}

void
store_delta_add(void *context, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct store_delta *d = context;
	struct wr *w = &d->bytes;

	d->changes++;
	wr_varbytes(w, key, key_len);
	wr_u8(w, value != NULL);
	if (value != NULL)
		wr_varbytes(w, value, len);
}

bool
store_delta_next(struct rd *r, const uint8_t **key, size_t *key_len, const uint8_t **value, size_t *len)
{
	uint8_t there;

	if (!rd_ok(r) || rd_done(r))
		return false;
	*key = rd_varbytes(r, key_len, STATE_KEY_MAX);
	there = rd_u8(r);
	*value = NULL;
	*len = 0;
	if (there > 1 || (*key != NULL && *key_len == 0))
		rd_fail(r);
	else if (there)
		*value = rd_varbytes(r, len, STATE_VALUE_MAX);
	return rd_ok(r);
}

enum db_err
store_put_state(struct store *s, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct db_stmt *q = value ? s->sql.put_state : s->sql.drop_state;

	db_bind_blob(q, 1, key, key_len);
	if (value != NULL)
		db_bind_blob(q, 2, value, len);
	return db_run(q);
}

/* The first row of all; folded: the height that the state's table is to hold. */
static enum store_err
put_meta(struct store *s, const struct ledger *l, const struct hash256 *genesis_app_hash, uint64_t folded)
{
	struct db_stmt *q = db_prepare(s->db, "INSERT INTO meta VALUES(1,?,?,?)");

	if (q == NULL)
		return store_fail(s, STORE_CORRUPT, db_why(s->db));
	db_bind_blob(q, 1, ledger_genesis_id(l)->b, 32);
	db_bind_blob(q, 2, genesis_app_hash->b, 32);
	db_bind_i64(q, 3, (int64_t)folded);
	return store_db_fail(s, db_run(q));
}

static enum store_err
put_whole_state(struct store *s, const struct state *state)
{
	struct state_walk w;
	enum db_err err = DB_OK;

	state_walk_init(&w, state, NULL, 0);
	while (err == DB_OK && state_walk_next(&w))
		err = store_put_state(s, w.key, w.key_len, w.value, w.value_len);
	return store_db_fail(s, err);
}

/* Begins the transaction that the caller ends. */
static enum store_err
create_tables(struct store *s)
{
	char pragmas[96];
	enum store_err err = store_db_fail(s, db_begin(s->db));

	if (err != STORE_OK)
		return err;
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID, SCHEMA_VERSION);
	err = store_db_fail(s, db_exec(s->db, schema));
	if (err == STORE_OK)
		err = store_db_fail(s, db_exec(s->db, pragmas));
	return err == STORE_OK ? prepare(s) : err;
}

/* A new file: the tables, and the state that the genesis makes. */
static enum store_err
create(struct store *s, struct ledger *l, const struct genesis *g)
{
	const char *why = ledger_start(l, g);
	struct ledger_tip tip = ledger_tip(l);
	enum store_err err;

	if (why != NULL)
		return store_fail(s, STORE_GENESIS, why);
	err = create_tables(s);
	if (err == STORE_OK)
		err = put_meta(s, l, &tip.app_hash, 0);
	if (err == STORE_OK)
		err = put_whole_state(s, ledger_state(l));
	if (err == STORE_OK)
		err = store_db_fail(s, db_commit(s->db));
	if (err != STORE_OK) {
		db_rollback(s->db);
		return err;
	}
	state_settle(ledger_state(l));
	return STORE_OK;
}

/* With one block and the state after it. A file without that block must not pass for one at its genesis: no state has a hash of zeros. */
static enum store_err
create_at_rows(struct store *s, struct ledger *l, const struct ledger_block *b)
{
	const struct hash256 none = { { 0 } };
	const struct result nothing = { .code = RESULT_OK };
	enum store_err err = put_meta(s, l, &none, b->height);

	if (err == STORE_OK)
		err = store_db_fail(s, store_put_block(s, b, &nothing));
	return err == STORE_OK ? put_whole_state(s, ledger_state(l)) : err;
}

static enum store_err
load_state(struct store *s, struct state *state)
{
	size_t key_len, len;
	enum db_err err;
	bool row;

	while ((err = db_step(s->sql.all_state, &row)) == DB_OK && row) {
		const void *key = db_blob(s->sql.all_state, 0, &key_len), *value = db_blob(s->sql.all_state, 1, &len);

		if (key_len == 0 || key_len > STATE_KEY_MAX || len > STATE_VALUE_MAX) {
			err = DB_CORRUPT;
			break;
		}
		state_load(state, key, key_len, value, len);
	}
	db_reset(s->sql.all_state);
	return err == DB_CORRUPT ? store_fail(s, STORE_CORRUPT, "a row of the state can't be read") : store_db_fail(s, err);
}

static enum store_err
load_deltas(struct store *s, struct state *state, uint64_t height)
{
	const uint8_t *key, *value;
	size_t key_len, len, bytes_len;
	enum db_err err;
	bool row, good = true;

	while (good && (err = db_step(s->sql.all_deltas, &row)) == DB_OK && row) {
		const void *bytes = db_blob(s->sql.all_deltas, 1, &bytes_len);
		struct rd r = rd_init(bytes, bytes_len);

		while (store_delta_next(&r, &key, &key_len, &value, &len)) {
			if (value != NULL)
				state_put(state, key, key_len, value, len);
			else
				state_delete(state, key, key_len);
			s->deltas.changes++;
		}
		s->deltas.bytes += bytes_len;
		good = rd_done(&r) && (uint64_t)db_i64(s->sql.all_deltas, 0) <= height;
		state_settle(state);
	}
	db_reset(s->sql.all_deltas);
	return good ? store_db_fail(s, err) : store_fail(s, STORE_CORRUPT, "a block's changes can't be read");
}

/* Is it of this chain? *tip is what the genesis left. */
static enum store_err
load_meta(struct store *s, struct ledger_tip *tip, const struct ledger *l, const struct genesis *g)
{
	const void *app_hash, *genesis;
	enum db_err err;
	size_t len;
	bool row, good = true;

	err = db_step(s->sql.get_meta, &row);
	if (err == DB_OK && row) {
		genesis = db_blob(s->sql.get_meta, 0, &len);
		good = len == 32 && memcmp(genesis, ledger_genesis_id(l)->b, 32) == 0;
		app_hash = db_blob(s->sql.get_meta, 1, &len);
		if (good && len == 32) {
			*tip = (struct ledger_tip){ .time = g->time, .hash = *ledger_genesis_id(l) };
			memcpy(tip->app_hash.b, app_hash, 32);
		}
	}
	db_reset(s->sql.get_meta);
	if (err != DB_OK || !row || (good && len != 32))
		return store_fail(s, STORE_CORRUPT, "it does not say which chain it holds");
	return good ? STORE_OK : store_fail(s, STORE_FOREIGN, "it was made from another genesis");
}

/* The last block, if there is one. When it is damaged *tip is nothing but a height. */
static enum store_err
load_tip(struct store *s, struct ledger_tip *tip)
{
	struct ledger_block b;
	struct hash256 hash;
	const void *stored;
	enum db_err err;
	size_t len;
	bool row, good = true;

	err = db_step(s->sql.tip, &row);
	if (err == DB_OK && row) {
		good = store_read_block(&b, s->sql.tip, 0);
		ledger_block_hash(&hash, &b);
		stored = db_blob(s->sql.tip, 3, &len);
		good = good && len == 32 && memcmp(stored, hash.b, 32) == 0 && (uint64_t)db_i64(s->sql.tip, 4) == b.height;
		*tip = (struct ledger_tip){ .height = (uint64_t)db_i64(s->sql.tip, 4) };
		if (good)
			*tip = (struct ledger_tip){ b.height, b.time, hash, b.app_hash };
	}
	db_reset(s->sql.tip);
	return good ? store_db_fail(s, err) : store_fail(s, STORE_CORRUPT, "the last block can't be read");
}

enum store_err
store_load_state(struct store *s, struct ledger *l, const struct ledger_tip *tip)
{
	struct hash256 root;
	enum store_err err = load_state(s, ledger_state(l));
	const char *why;

	if (err == STORE_OK)
		err = load_deltas(s, ledger_state(l), tip->height);
	if (err != STORE_OK)
		return err;
	state_root(&root, ledger_state(l));
	if (!hash256_eq(&root, &tip->app_hash))
		return store_fail(s, STORE_CORRUPT, "the state does not hash to what the last block says");
	ledger_resume(l, tip);
	why = ledger_invariants(l, false);
	return why ? store_fail(s, STORE_CORRUPT, why) : STORE_OK;
}

/* Open, and see what it is: *fresh when nothing is in it yet. */
static enum store_err
open_file(struct store *s, bool *fresh, const char *path)
{
	int64_t application = 0, version = 0, tables = 0;
	enum store_err err = store_db_fail(s, db_open(&s->db, path));

	if (err == STORE_OK)
		err = ask(s, &application, "PRAGMA application_id");
	if (err == STORE_OK)
		err = ask(s, &version, "PRAGMA user_version");
	if (err == STORE_OK)
		err = ask(s, &tables, "SELECT count(*) FROM sqlite_schema");
	if (err != STORE_OK)
		return err;
	*fresh = tables == 0 && application == 0 && version == 0;
	if (*fresh)
		return STORE_OK;
	if (application != APPLICATION_ID)
		return store_fail(s, STORE_FOREIGN, "it is another program's database");
	if (version > SCHEMA_VERSION)
		return store_fail(s, STORE_NEWER, "install that version or a later one");
	if (version < SCHEMA_VERSION)
		return store_fail(s, STORE_CORRUPT, "it has no schema version");
	return prepare(s);
}

enum store_err
store_open(struct store **out, const char *path, struct ledger *l, const struct genesis *g)
{
	struct store *s = *out = mem_new(1, sizeof(**out));
	struct ledger_tip tip;
	bool fresh = false;
	enum store_err err = open_file(s, &fresh, path);

	if (err == STORE_OK && fresh) {
		err = create(s, l, g);
	} else if (err == STORE_OK) {
		err = load_meta(s, &tip, l, g);
		if (err == STORE_OK)
			err = load_tip(s, &tip);
		if (err == STORE_OK)
			err = store_load_state(s, l, &tip);
	}
	if (err == STORE_OK)
		err = store_db_fail(s, db_exec(s->db, CACHE));
	s->failed = err != STORE_OK;
	return err;
}

enum store_err
store_open_blocks(struct store **out, struct ledger_tip *tip, const char *path, const struct ledger *l, const struct genesis *g)
{
	struct store *s = *out = mem_new(1, sizeof(**out));
	bool fresh = false;
	enum store_err err = open_file(s, &fresh, path);

	s->failed = true; /* nothing is written: the ledger doesn't stand where the file does */
	if (err == STORE_OK && fresh)
		err = store_fail(s, STORE_CORRUPT, "nothing is in it");
	if (err == STORE_OK)
		err = load_meta(s, tip, l, g);
	if (err == STORE_OK && load_tip(s, tip) != STORE_OK && tip->height == 0)
		err = STORE_CORRUPT;
	return err;
}

enum store_err
store_create_at(struct store **out, const char *path, struct ledger *l, const struct ledger_block *b)
{
	struct store *s = *out = mem_new(1, sizeof(**out));
	bool fresh = false;
	enum store_err err = open_file(s, &fresh, path);

	s->failed = true;
	if (err == STORE_OK && !fresh)
		err = store_fail(s, STORE_FOREIGN, "a ledger is in it already");
	if (err == STORE_OK)
		err = create_tables(s);
	if (err == STORE_OK)
		err = create_at_rows(s, l, b);
	if (err == STORE_OK)
		err = store_db_fail(s, db_commit(s->db));
	if (err != STORE_OK && fresh)
		db_rollback(s->db);
	return err;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	free(s);
}

const char *
store_why(const struct store *s)
{
	return s->why;
}
