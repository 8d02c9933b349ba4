/* Writing blocks.
 *
 * Folding writes what the deltas changed to the state table, in the order of keys, a part with each block: as much as keeps up with what
 * comes in. When it has passed over all keys, every delta up to the height at which it began can go. A change that comes meanwhile to a
 * key that it has passed is in a later delta, and is folded the next time. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/store_impl.h"

/* Folding begins when the deltas hold so much: many changes to one key, and to keys of one page, are written once. With more keys it pays
 * to wait longer; what waits is read at each start. */
#define FOLD_BYTES_LEAST 1000000
#define FOLD_BYTES_MOST 16000000
#define FOLD_BYTES_KEY 8
/* Writing a row costs about as much as looking at this many entries. */
#define FOLD_ROW_LOOKS 16
/* A large block is not made to wait for more than this, unless twice as much waits as would begin a pass: smaller ones catch up. */
#define FOLD_LOOKS_MOST 40000

/* A line of an account's history. */
struct line {
	const uint8_t *account; /* borrowed, ACCOUNT_LEN bytes */
	int64_t place;
};

static int
line_cmp(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	int c = memcmp(a->account, b->account, ACCOUNT_LEN);

	return c ? c : (a->place > b->place) - (a->place < b->place);
}

static size_t
add_lines(struct line *lines, const struct wr *accounts, int64_t place)
{
	size_t n = 0;

	for (size_t at = 0; at < accounts->len; at += ACCOUNT_LEN)
		lines[n++] = (struct line){ accounts->p + at, place };
	return n;
}

/* All lines of a block, in the order of accounts: each page of a table that is larger than the memory for pages is met once. */
static enum db_err
put_histories(struct store *s, const struct ledger_block *b, const struct result *end, const struct stored_transaction *txs, size_t n)
{
	size_t most = end->accounts.len / ACCOUNT_LEN, lines_n;
	struct line *lines;
	enum db_err err = DB_OK;

	for (size_t i = 0; i < n; i++)
		most += txs[i].result->accounts.len / ACCOUNT_LEN;
	lines = mem_new(most, sizeof(*lines));
	lines_n = add_lines(lines, &end->accounts, store_place(b->height, STORE_INDEX_BLOCK));
	for (size_t i = 0; i < n; i++)
		lines_n += add_lines(lines + lines_n, &txs[i].result->accounts, store_place(b->height, (uint32_t)i));
	qsort(lines, lines_n, sizeof(*lines), line_cmp);
	for (size_t i = 0; i < lines_n && err == DB_OK; i++) {
		db_bind_blob(s->sql.put_history, 1, lines[i].account, ACCOUNT_LEN);
		db_bind_i64(s->sql.put_history, 2, lines[i].place);
		err = db_run(s->sql.put_history);
	}
	free(lines);
	return err;
}

static enum db_err
put_transaction(struct store *s, const struct stored_transaction *t, int64_t place)
{
	struct db_stmt *q = s->sql.put_transaction;

	db_bind_i64(q, 1, place);
	db_bind_blob(q, 2, t->result->id.b, sizeof(t->result->id.b));
	db_bind_blob(q, 3, t->bytes, t->len);
	db_bind_i64(q, 4, t->result->code);
	db_bind_text(q, 5, t->result->reason);
	db_bind_i64(q, 6, t->result->op_index);
	db_bind_blob(q, 7, t->result->events.p, t->result->events.len);
	return db_run(q);
}

enum db_err
store_put_block(struct store *s, const struct ledger_block *b, const struct result *end)
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
	return err;
}

/* Bytes of deltas that are too many. */
static size_t
fold_due(const struct state *state)
{
	size_t due = state_count(state) * FOLD_BYTES_KEY;

	return due < FOLD_BYTES_LEAST ? FOLD_BYTES_LEAST : due > FOLD_BYTES_MOST ? FOLD_BYTES_MOST : due;
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

	if (looks > FOLD_LOOKS_MOST && s->deltas.bytes < 2 * fold_due(w->state))
		looks = FOLD_LOOKS_MOST;
	while (err == DB_OK && state_walk_unsaved(w, &looks)) {
		err = store_put_state(s, w->key, w->key_len, w->value, w->value_len);
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

	while (err == DB_OK && store_delta_next(&r, &key, &key_len, &value, &len)) {
		if (value == NULL)
			err = store_put_state(s, key, key_len, NULL, 0);
	}
	return err;
}

static enum db_err
put_delta(struct store *s, const struct ledger_block *b, const struct state *state)
{
	struct store_delta delta = { 0 };
	enum db_err err = DB_OK;

	state_delta(state, store_delta_add, &delta);
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
	if (!s->fold.running && s->deltas.bytes > fold_due(state))
		fold_begin(s, state, b->height);
	return err == DB_OK && s->fold.running ? fold_on(s, delta.changes) : err;
}

enum store_err
store_block(struct store *s, const struct ledger_block *b, struct ledger *l, const struct stored_transaction *txs, size_t n)
{
	enum db_err err;

	assert(n < (1u << 20) - 1);
	if (s->failed)
		return store_fail(s, STORE_IO, "an earlier write failed");
	err = db_begin(s->db);
	if (err == DB_OK)
		err = store_put_block(s, b, ledger_block_result(l));
	for (size_t i = 0; i < n && err == DB_OK; i++)
		err = put_transaction(s, &txs[i], store_place(b->height, (uint32_t)i));
	if (err == DB_OK)
		err = put_histories(s, b, ledger_block_result(l), txs, n);
	if (err == DB_OK)
		err = put_delta(s, b, ledger_state(l));
	if (err == DB_OK)
		err = db_commit(s->db);
	if (err != DB_OK) {
		enum store_err why = store_db_fail(s, err);

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
		return store_fail(s, STORE_IO, "an earlier write failed");
	db_bind_text(s->sql.put_local, 1, key);
	db_bind_blob(s->sql.put_local, 2, value, len);
	err = store_db_fail(s, db_run(s->sql.put_local));
	s->failed = err != STORE_OK;
	return err;
}
