/* What a store answers. A row that can't be read is as good as absent here: the daemon found the file sound when it opened it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/store_impl.h"

bool
store_read_block(struct ledger_block *out, struct db_stmt *s, int first_column)
{
	size_t len;
	const void *bytes = db_blob(s, first_column, &len);
	struct rd r = rd_init(bytes, len);

	rd_ledger_block(&r, out);
	bytes = db_blob(s, first_column + 1, &len);
	if (!rd_done(&r) || len != sizeof(out->seal.b))
		return false;
	memcpy(out->seal.b, bytes, len);
	return true;
}

/* Step to the one row there may be. */
static bool
one_row(struct db_stmt *q)
{
	bool row;

	return db_step(q, &row) == DB_OK && row;
}

bool
store_get_block(struct store *s, struct ledger_block *out, uint64_t height)
{
	struct db_stmt *q = s->sql.get_block;
	struct ledger_block b;
	bool found;

	if (height > INT64_MAX)
		return false;
	db_bind_i64(q, 1, (int64_t)height);
	found = one_row(q) && store_read_block(&b, q, 0);
	db_reset(q);
	if (found)
		*out = b;
	return found;
}

bool
store_get_block_events(struct store *s, struct wr *w, uint64_t height)
{
	struct db_stmt *q = s->sql.get_block;
	bool found;

	if (height > INT64_MAX)
		return false;
	db_bind_i64(q, 1, (int64_t)height);
	found = one_row(q);
	if (found) {
		size_t len;
		const void *events = db_blob(q, 2, &len);

		wr_bytes(w, events, len);
	}
	db_reset(q);
	return found;
}

static uint64_t
one_number(struct db_stmt *q)
{
	uint64_t n = one_row(q) ? (uint64_t)db_i64(q, 0) : 0;

	db_reset(q);
	return n;
}

uint64_t
store_first_block(struct store *s)
{
	return one_number(s->sql.first_block);
}

uint64_t
store_history_count(struct store *s)
{
	return one_number(s->sql.count_history);
}

bool
store_find_block(struct store *s, uint64_t *height, const struct hash256 *hash)
{
	struct db_stmt *q = s->sql.find_block;
	bool found;

	db_bind_blob(q, 1, hash->b, sizeof(hash->b));
	found = one_row(q);
	if (found)
		*height = (uint64_t)db_i64(q, 0);
	db_reset(q);
	return found;
}

static bool
read_transaction(struct transaction_record *out, struct hash256 *id, struct db_stmt *q)
{
	const void *p;
	size_t len;

	if (!one_row(q))
		return false;
	memset(out, 0, sizeof(*out));
	store_unplace(&out->height, &out->index, db_i64(q, 0));
	p = db_blob(q, 1, &len);
	wr_bytes(&out->bytes, p, len);
	out->code = (enum result_code)db_i64(q, 2);
	snprintf(out->reason, sizeof(out->reason), "%s", db_text(q, 3));
	out->op_index = (uint32_t)db_i64(q, 4);
	p = db_blob(q, 5, &len);
	wr_bytes(&out->events, p, len);
	p = db_blob(q, 6, &len);
	memset(id, 0, sizeof(*id));
	memcpy(id->b, p, len < sizeof(id->b) ? len : sizeof(id->b));
	return true;
}

bool
store_get_transaction(struct store *s, struct transaction_record *out, const struct hash256 *id)
{
	struct db_stmt *q = s->sql.find_transaction;
	struct hash256 same;
	bool found;

	db_bind_blob(q, 1, id->b, sizeof(id->b));
	found = read_transaction(out, &same, q);
	db_reset(q);
	return found;
}

bool
store_get_transaction_at(struct store *s, struct transaction_record *out, struct hash256 *id, uint64_t height, uint32_t index)
{
	struct db_stmt *q = s->sql.get_transaction;
	bool found;

	db_bind_i64(q, 1, store_place(height, index));
	found = read_transaction(out, id, q);
	db_reset(q);
	return found;
}

void
transaction_record_clear(struct transaction_record *r)
{
	wr_clear(&r->bytes);
	wr_clear(&r->events);
}

static void
fill_id(struct store *s, struct history_entry *e, int64_t place)
{
	size_t len;
	const void *id;

	db_bind_i64(s->sql.get_id, 1, place);
	if (one_row(s->sql.get_id)) {
		id = db_blob(s->sql.get_id, 0, &len);
		if (len == sizeof(e->id.b))
			memcpy(e->id.b, id, len);
	}
	db_reset(s->sql.get_id);
}

size_t
store_history(struct store *s, struct history_entry *out, size_t n, const struct account *who, uint64_t before_height,
	      uint32_t before_index)
{
	struct db_stmt *q = s->sql.get_history;
	struct wr account = { 0 };
	size_t found = 0;

	wr_account(&account, who);
	db_bind_blob(q, 1, account.p, account.len);
	db_bind_i64(q, 2, store_place(before_height, before_index));
	db_bind_i64(q, 3, n > INT32_MAX ? INT32_MAX : (int64_t)n);
	while (found < n && one_row(q)) {
		int64_t place = db_i64(q, 0);

		memset(&out[found], 0, sizeof(out[found]));
		store_unplace(&out[found].height, &out[found].index, place);
		fill_id(s, &out[found], place);
		found++;
	}
	db_reset(q);
	wr_clear(&account);
	return found;
}

bool
store_get_local(struct store *s, struct wr *out, const char *key)
{
	bool found;

	db_bind_text(s->sql.get_local, 1, key);
	found = one_row(s->sql.get_local);
	if (found) {
		size_t len;
		const void *value = db_blob(s->sql.get_local, 0, &len);

		wr_bytes(out, value, len);
	}
	db_reset(s->sql.get_local);
	return found;
}
