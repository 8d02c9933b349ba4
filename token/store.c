/* D1  The file holds the state after block h, for one h: a row of the state table may be from any height from `folded` up to h, and all
 *     that has changed since `folded` is in the delta rows above it, up to h. Blocks, transactions and histories reach h as well.
 * D2  A block changes all of that in one SQLite transaction.
 *
 * Folding writes what the deltas changed to the state table, in the order of keys, a part with each block: as much as keeps up with what
 * comes in. When it has passed over all keys, every delta up to the height at which it began can go. A change that comes meanwhile to a
 * key that it has passed is in a later delta, and is folded the next time. */
#include "token/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/store_impl.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 1413565529 /* "TALY" */

/* Folding begins when the deltas hold so much: many changes to one key, and to keys of one page, are written once. With more keys it pays
 * to wait longer; what waits is read at each start. */
#define FOLD_BYTES_LEAST 1000000
#define FOLD_BYTES_MOST 16000000
#define FOLD_BYTES_KEY 8
/* Writing a row costs about as much as looking at this many entries. */
#define FOLD_ROW_LOOKS 16
/* Memory for pages, so that a large block is not written out and read again before it is whole. */
#define CACHE "PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=4000"

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

/* The sentence for a person. */
static enum store_err
fail(struct store *s, enum store_err err, const char *detail)
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

static enum store_err
db_fail(struct store *s, enum db_err err)
{
	return err == DB_OK ? STORE_OK : fail(s, err_of(err), db_why(s->db));
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
		{ &s->sql.tip, "SELECT bytes, seal, events, hash FROM blocks ORDER BY height DESC LIMIT 1" },
		{ &s->sql.get_meta, "SELECT genesis, app_hash, folded FROM meta" },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		*all[i].statement = db_prepare(s->db, all[i].sql);
		if (*all[i].statement == NULL)
			return fail(s, STORE_CORRUPT, db_why(s->db));
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
		return fail(s, STORE_CORRUPT, db_why(s->db));
	err = db_step(q, &row);
	if (err == DB_OK && row)
		*out = db_i64(q, 0);
	db_reset(q);
	if (err == DB_OK && !row)
		return fail(s, STORE_CORRUPT, "a question has no answer");
	return db_fail(s, err);
}

/* A block's changes, as they are stored. */
struct delta {
	struct wr bytes;
	size_t changes;
};

static void
delta_add(void *context, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct delta *d = context;
	struct wr *w = &d->bytes;

	d->changes++;
	wr_varbytes(w, key, key_len);
	wr_u8(w, value != NULL);
	if (value != NULL)
		wr_varbytes(w, value, len);
}

/* The next change of a delta; *value NULL: the key is gone. False at the end and for what isn't one: rd_done() tells. */
static bool
delta_next(struct rd *r, const uint8_t **key, size_t *key_len, const uint8_t **value, size_t *len)
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

static enum db_err
put_state(struct store *s, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct db_stmt *q = value ? s->sql.put_state : s->sql.drop_state;

	db_bind_blob(q, 1, key, key_len);
	if (value != NULL)
		db_bind_blob(q, 2, value, len);
	return db_run(q);
}

static enum store_err
create_rows(struct store *s, struct ledger *l)
{
	struct ledger_tip tip = ledger_tip(l);
	struct db_stmt *q = db_prepare(s->db, "INSERT INTO meta VALUES(1,?,?,0)");
	struct delta delta = { 0 };
	const uint8_t *key, *value;
	size_t key_len, len;
	enum db_err err;
	struct rd r;

	if (q == NULL)
		return fail(s, STORE_CORRUPT, db_why(s->db));
	db_bind_blob(q, 1, ledger_genesis_id(l)->b, 32);
	db_bind_blob(q, 2, tip.app_hash.b, 32);
	err = db_run(q);
	state_delta(ledger_state(l), delta_add, &delta);
	r = rd_init(delta.bytes.p, delta.bytes.len);
	while (err == DB_OK && delta_next(&r, &key, &key_len, &value, &len))
		err = put_state(s, key, key_len, value, len);
	wr_clear(&delta.bytes);
	return db_fail(s, err);
}

/* A new file: the tables, and the state that the genesis makes. */
static enum store_err
create(struct store *s, struct ledger *l, const struct genesis *g)
{
	char pragmas[96];
	enum store_err err;
	const char *why = ledger_start(l, g);

	if (why != NULL)
		return fail(s, STORE_GENESIS, why);
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID, SCHEMA_VERSION);
	err = db_fail(s, db_begin(s->db));
	if (err != STORE_OK)
		return err;
	err = db_fail(s, db_exec(s->db, schema));
	if (err == STORE_OK)
		err = db_fail(s, db_exec(s->db, pragmas));
	if (err == STORE_OK)
		err = prepare(s);
	if (err == STORE_OK)
		err = create_rows(s, l);
	if (err == STORE_OK)
		err = db_fail(s, db_commit(s->db));
	if (err != STORE_OK) {
		db_rollback(s->db);
		return err;
	}
	state_settle(ledger_state(l));
	return STORE_OK;
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
	return err == DB_CORRUPT ? fail(s, STORE_CORRUPT, "a row of the state can't be read") : db_fail(s, err);
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

		while (delta_next(&r, &key, &key_len, &value, &len)) {
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
	return good ? db_fail(s, err) : fail(s, STORE_CORRUPT, "a block's changes can't be read");
}

/* The last block, or what the genesis left. */
static enum store_err
load_tip(struct store *s, struct ledger_tip *tip, const struct ledger *l, const struct genesis *g)
{
	struct ledger_block b;
	struct hash256 hash;
	const void *stored, *genesis;
	enum db_err err;
	size_t len;
	bool row, good = true;

	err = db_step(s->sql.get_meta, &row);
	if (err == DB_OK && row) {
		genesis = db_blob(s->sql.get_meta, 0, &len);
		good = len == 32 && memcmp(genesis, ledger_genesis_id(l)->b, 32) == 0;
		stored = db_blob(s->sql.get_meta, 1, &len);
		if (good && len == 32) {
			*tip = (struct ledger_tip){ .time = g->time, .hash = *ledger_genesis_id(l) };
			memcpy(tip->app_hash.b, stored, 32);
		}
	}
	db_reset(s->sql.get_meta);
	if (err != DB_OK || !row || (good && len != 32))
		return fail(s, STORE_CORRUPT, "it does not say which chain it holds");
	if (!good)
		return fail(s, STORE_FOREIGN, "it was made from another genesis");
	err = db_step(s->sql.tip, &row);
	if (err == DB_OK && row) {
		good = store_read_block(&b, s->sql.tip, 0);
		ledger_block_hash(&hash, &b);
		stored = db_blob(s->sql.tip, 3, &len);
		good = good && len == 32 && memcmp(stored, hash.b, 32) == 0;
		*tip = (struct ledger_tip){ b.height, b.time, hash, b.app_hash };
	}
	db_reset(s->sql.tip);
	return good ? db_fail(s, err) : fail(s, STORE_CORRUPT, "the last block can't be read");
}

static enum store_err
load(struct store *s, struct ledger *l, const struct genesis *g)
{
	struct ledger_tip tip;
	struct hash256 root;
	enum store_err err = prepare(s);
	const char *why;

	if (err == STORE_OK)
		err = load_tip(s, &tip, l, g);
	if (err == STORE_OK)
		err = load_state(s, ledger_state(l));
	if (err == STORE_OK)
		err = load_deltas(s, ledger_state(l), tip.height);
	if (err != STORE_OK)
		return err;
	if (db_exec(s->db, "PRAGMA shrink_memory") != DB_OK) /* the pages that were read will hardly be read again */
		return fail(s, STORE_IO, db_why(s->db));
	state_root(&root, ledger_state(l));
	if (!hash256_eq(&root, &tip.app_hash))
		return fail(s, STORE_CORRUPT, "the state does not hash to what the last block says");
	ledger_resume(l, &tip);
	why = ledger_invariants(l, false);
	return why ? fail(s, STORE_CORRUPT, why) : STORE_OK;
}

static enum store_err
open_file(struct store *s, const char *path, struct ledger *l, const struct genesis *g)
{
	int64_t application = 0, version = 0, tables = 0;
	enum store_err err = db_fail(s, db_open(&s->db, path));

	if (err == STORE_OK)
		err = db_fail(s, db_exec(s->db, CACHE));
	if (err == STORE_OK)
		err = ask(s, &application, "PRAGMA application_id");
	if (err == STORE_OK)
		err = ask(s, &version, "PRAGMA user_version");
	if (err == STORE_OK)
		err = ask(s, &tables, "SELECT count(*) FROM sqlite_schema");
	if (err != STORE_OK)
		return err;
	if (tables == 0 && application == 0 && version == 0)
		return create(s, l, g);
	if (application != APPLICATION_ID)
		return fail(s, STORE_FOREIGN, "it is another program's database");
	if (version > SCHEMA_VERSION)
		return fail(s, STORE_NEWER, "install that version or a later one");
	if (version < SCHEMA_VERSION)
		return fail(s, STORE_CORRUPT, "it has no schema version");
	return load(s, l, g);
}

enum store_err
store_open(struct store **out, const char *path, struct ledger *l, const struct genesis *g)
{
	enum store_err err;

	*out = mem_new(1, sizeof(**out));
	err = open_file(*out, path, l, g);
	(*out)->failed = err != STORE_OK;
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

static enum db_err
put_history(struct store *s, const struct wr *accounts, int64_t place)
{
	enum db_err err = DB_OK;

	for (size_t at = 0; at < accounts->len && err == DB_OK; at += ACCOUNT_LEN) {
		db_bind_blob(s->sql.put_history, 1, accounts->p + at, ACCOUNT_LEN);
		db_bind_i64(s->sql.put_history, 2, place);
		err = db_run(s->sql.put_history);
	}
	return err;
}

static enum db_err
put_transaction(struct store *s, const struct stored_transaction *t, int64_t place)
{
	struct db_stmt *q = s->sql.put_transaction;
	enum db_err err;

	db_bind_i64(q, 1, place);
	db_bind_blob(q, 2, t->result->id.b, sizeof(t->result->id.b));
	db_bind_blob(q, 3, t->bytes, t->len);
	db_bind_i64(q, 4, t->result->code);
	db_bind_text(q, 5, t->result->reason);
	db_bind_i64(q, 6, t->result->op_index);
	db_bind_blob(q, 7, t->result->events.p, t->result->events.len);
	err = db_run(q);
	return err == DB_OK ? put_history(s, &t->result->accounts, place) : err;
}

static enum db_err
put_block(struct store *s, const struct ledger_block *b, const struct result *end)
{
	struct db_stmt *q = s->sql.put_block;
	struct wr bytes = { 0 };
	struct hash256 hash;
	enum db_err err;

	ledger_block_hash(&hash, b);
	wr_ledger_block(&bytes, b);
	db_bind_i64(q, 1, (int64_t)b->height);
	db_bind_blob(q, 2, hash.b, sizeof(hash.b));
	db_bind_blob(q, 3, bytes.p, bytes.len);
	db_bind_blob(q, 4, b->seal.b, sizeof(b->seal.b));
	db_bind_blob(q, 5, end->events.p, end->events.len);
	err = db_run(q);
	wr_clear(&bytes);
	return err == DB_OK ? put_history(s, &end->accounts, store_place(b->height, STORE_INDEX_BLOCK)) : err;
}

static bool
fold_is_due(const struct store *s, const struct state *state)
{
	size_t due = state_count(state) * FOLD_BYTES_KEY;

	return s->deltas.bytes > (due < FOLD_BYTES_LEAST ? FOLD_BYTES_LEAST : due > FOLD_BYTES_MOST ? FOLD_BYTES_MOST : due);
}

/* All of it is to be done well before as many changes again have come in. */
static void
fold_begin(struct store *s, const struct state *state, uint64_t height)
{
	size_t changes = s->deltas.changes, work = state_count(state) + changes * FOLD_ROW_LOOKS;

	s->fold = (struct store_fold){ .running = true, .height = height, .deltas = s->deltas, .looks = (work + work / 4) / (changes + 1) + 1 };
	state_walk_init(&s->fold.walk, state, NULL, 0);
}

static enum db_err
fold_end(struct store *s)
{
	enum db_err err;

	db_bind_i64(s->sql.drop_deltas, 1, (int64_t)s->fold.height);
	err = db_run(s->sql.drop_deltas);
	if (err != DB_OK)
		return err;
	db_bind_i64(s->sql.set_folded, 1, (int64_t)s->fold.height);
	s->deltas.bytes -= s->fold.deltas.bytes;
	s->deltas.changes -= s->fold.deltas.changes;
	s->fold.running = false;
	return db_run(s->sql.set_folded);
}

/* The part that goes with a block of so many changes. */
static enum db_err
fold_on(struct store *s, size_t changes)
{
	struct state_walk *w = &s->fold.walk;
	size_t looks = (changes + 1) * s->fold.looks;
	enum db_err err = DB_OK;

	while (err == DB_OK && state_walk_unsaved(w, &looks)) {
		err = put_state(s, w->key, w->key_len, w->value, w->value_len);
		looks -= looks < FOLD_ROW_LOOKS ? looks : FOLD_ROW_LOOKS;
	}
	return err == DB_OK && looks > 0 ? fold_end(s) : err;
}

/* A row that is gone from the state goes from its table now: folding meets only what is there. */
static enum db_err
drop_rows(struct store *s, const struct wr *delta)
{
	struct rd r = rd_init(delta->p, delta->len);
	const uint8_t *key, *value;
	size_t key_len, len;
	enum db_err err = DB_OK;

	while (err == DB_OK && delta_next(&r, &key, &key_len, &value, &len)) {
		if (value == NULL)
			err = put_state(s, key, key_len, NULL, 0);
	}
	return err;
}

static enum db_err
put_delta(struct store *s, const struct ledger_block *b, const struct state *state)
{
	struct delta delta = { 0 };
	enum db_err err = DB_OK;

	state_delta(state, delta_add, &delta);
	if (delta.changes > 0) {
		db_bind_i64(s->sql.put_delta, 1, (int64_t)b->height);
		db_bind_blob(s->sql.put_delta, 2, delta.bytes.p, delta.bytes.len);
		err = db_run(s->sql.put_delta);
	}
	if (err == DB_OK)
		err = drop_rows(s, &delta.bytes);
	s->deltas.bytes += delta.bytes.len;
	s->deltas.changes += delta.changes;
	wr_clear(&delta.bytes);
	if (!s->fold.running && fold_is_due(s, state))
		fold_begin(s, state, b->height);
	return err == DB_OK && s->fold.running ? fold_on(s, delta.changes) : err;
}

enum store_err
store_block(struct store *s, const struct ledger_block *b, struct ledger *l, const struct stored_transaction *txs, size_t n)
{
	enum db_err err;

	assert(n < (1u << 20) - 1);
	if (s->failed)
		return fail(s, STORE_IO, "an earlier write failed");
	err = db_begin(s->db);
	if (err == DB_OK)
		err = put_block(s, b, ledger_block_result(l));
	for (size_t i = 0; i < n && err == DB_OK; i++)
		err = put_transaction(s, &txs[i], store_place(b->height, (uint32_t)i));
	if (err == DB_OK)
		err = put_delta(s, b, ledger_state(l));
	if (err == DB_OK)
		err = db_commit(s->db);
	if (err != DB_OK) {
		enum store_err why = db_fail(s, err);

		s->failed = true;
		db_rollback(s->db);
		return why;
	}
	return STORE_OK;
}

enum store_err
store_put_local(struct store *s, const char *key, const void *value, size_t len)
{
	enum store_err err;

	assert(len <= 1000000);
	if (s->failed)
		return fail(s, STORE_IO, "an earlier write failed");
	db_bind_text(s->sql.put_local, 1, key);
	db_bind_blob(s->sql.put_local, 2, value, len);
	err = db_fail(s, db_run(s->sql.put_local));
	s->failed = err != STORE_OK;
	return err;
}
