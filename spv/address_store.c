#include "spv/address_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "spv/address_book.h"
#include "spv/ban_list.h"

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS address_key (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL) STRICT;"
	"CREATE TABLE IF NOT EXISTS address (network INTEGER NOT NULL, bytes BLOB NOT NULL, port INTEGER NOT NULL, services INTEGER NOT NULL,"
	" time INTEGER NOT NULL, source_network INTEGER NOT NULL, source_bytes BLOB NOT NULL, last_try INTEGER NOT NULL,"
	" last_good INTEGER NOT NULL, attempts INTEGER NOT NULL, tried INTEGER NOT NULL, PRIMARY KEY (network, bytes, port)) STRICT;"
	"CREATE TABLE IF NOT EXISTS anchor (place INTEGER PRIMARY KEY, network INTEGER NOT NULL, bytes BLOB NOT NULL, port INTEGER NOT NULL,"
	" services INTEGER NOT NULL) STRICT;"
	"CREATE TABLE IF NOT EXISTS ban (network INTEGER NOT NULL, bytes BLOB NOT NULL, until INTEGER NOT NULL,"
	" PRIMARY KEY (network, bytes)) STRICT;";

enum query {
	LOAD_KEY,
	LOAD_ADDRESSES,
	LOAD_BANS,
	LOAD_ANCHORS,
	CLEAR_ADDRESSES,
	CLEAR_BANS,
	CLEAR_ANCHORS,
	SAVE_KEY,
	SAVE_ADDRESS,
	SAVE_BAN,
	SAVE_ANCHOR,
};

static const char *const queries[] = {
	[LOAD_KEY] = "SELECT key FROM address_key",
	[LOAD_ADDRESSES] = ("SELECT network, bytes, port, services, time, source_network, source_bytes, last_try, last_good, attempts,"
			    " tried FROM address"),
	[LOAD_BANS] = "SELECT network, bytes, until FROM ban",
	[LOAD_ANCHORS] = "SELECT network, bytes, port, services FROM anchor ORDER BY place",
	[CLEAR_ADDRESSES] = "DELETE FROM address",
	[CLEAR_BANS] = "DELETE FROM ban",
	[CLEAR_ANCHORS] = "DELETE FROM anchor",
	[SAVE_KEY] = "INSERT OR REPLACE INTO address_key VALUES (1, ?)",
	[SAVE_ADDRESS] = "INSERT INTO address VALUES (?,?,?,?,?,?,?,?,?,?,?)",
	[SAVE_BAN] = "INSERT INTO ban VALUES (?,?,?)",
	[SAVE_ANCHOR] = "INSERT INTO anchor VALUES (?,?,?,?,?)",
};

struct address_store {
	struct db *db; /* borrowed */
	struct db_stmt *q[ARRAY_LEN(queries)];
};

/* Two columns that hold a network and its bytes. */
static void
bind_place(struct db_stmt *q, int at, const struct net_address *a)
{
	db_bind_i64(q, at, a->network);
	db_bind_blob(q, at + 1, a->bytes, net_network_size(a->network));
}

static bool
read_place(struct db_stmt *q, int column, struct net_address *out)
{
	static const enum net_network known[] = { NET_IPV4, NET_IPV6, NET_TORV3, NET_I2P, NET_CJDNS };
	int64_t network = db_i64(q, column);
	size_t len;
	const void *bytes = db_blob(q, column + 1, &len);

	*out = (struct net_address){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (network != (int64_t)known[i] || len != net_network_size(known[i]))
			continue;
		out->network = known[i];
		memcpy(out->bytes, bytes, len);
		return true;
	}
	return false;
}

/* --- Loading --- */

static enum db_err
load_key(struct address_store *st, struct address_book *book)
{
	struct db_stmt *q = st->q[LOAD_KEY];
	bool row = false;
	enum db_err err = db_step(q, &row);
	size_t len = 0;
	const void *key = err == DB_OK && row ? db_blob(q, 0, &len) : NULL;

	if (len == BOOK_KEY_LEN)
		address_book_rekey(book, key);
	db_reset(q);
	return err;
}

static void
load_address(struct db_stmt *q, struct spv *s, struct unixtime now)
{
	struct book_entry e = { 0 };

	if (!read_place(q, 0, &e.address) || !read_place(q, 5, &e.source))
		return;
	e.address.port = (uint16_t)db_i64(q, 2);
	e.address.services = (uint64_t)db_i64(q, 3);
	e.address.time = (uint32_t)db_i64(q, 4);
	e.last_try = db_i64(q, 7);
	e.last_good = db_i64(q, 8);
	e.attempts = (uint32_t)db_i64(q, 9);
	e.tried = db_i64(q, 10) != 0;
	address_book_load(spv_address_book(s), &e, now);
}

static void
load_ban(struct db_stmt *q, struct spv *s, struct unixtime now)
{
	struct net_address a;

	if (read_place(q, 0, &a) && db_i64(q, 2) > now.sec)
		ban_list_add(spv_ban_list(s), &a, db_i64(q, 2));
}

static enum db_err
load_rows(struct db_stmt *q, struct spv *s, struct unixtime now, void (*each)(struct db_stmt *q, struct spv *s, struct unixtime now))
{
	enum db_err err = DB_OK;
	bool row = true;

	while (err == DB_OK && row) {
		err = db_step(q, &row);
		if (err == DB_OK && row)
			each(q, s, now);
	}
	db_reset(q);
	return err;
}

static enum db_err
load_anchors(struct db_stmt *q, struct spv *s)
{
	struct net_address anchors[SPV_ANCHORS_MAX];
	enum db_err err = DB_OK;
	bool row = true;
	size_t n = 0;

	while (err == DB_OK && row && n < SPV_ANCHORS_MAX) {
		err = db_step(q, &row);
		if (err != DB_OK || !row || !read_place(q, 0, &anchors[n]))
			continue;
		anchors[n].port = (uint16_t)db_i64(q, 2);
		anchors[n++].services = (uint64_t)db_i64(q, 3);
	}
	db_reset(q);
	spv_set_anchors(s, anchors, n);
	return err;
}

static enum db_err
load_all(struct address_store *st, struct spv *s, struct unixtime now)
{
	enum db_err err = load_key(st, spv_address_book(s));

	if (err == DB_OK)
		err = load_rows(st->q[LOAD_ADDRESSES], s, now, load_address);
	if (err == DB_OK)
		err = load_rows(st->q[LOAD_BANS], s, now, load_ban);
	if (err == DB_OK)
		err = load_anchors(st->q[LOAD_ANCHORS], s);
	return err;
}

const char *
address_store_open(struct address_store **out, struct db *db, struct spv *s, struct unixtime now)
{
	struct address_store *st = mem_new(1, sizeof(*st));
	enum db_err err = db_exec(db, schema);

	*out = NULL;
	st->db = db;
	for (size_t i = 0; err == DB_OK && i < ARRAY_LEN(queries); i++) {
		st->q[i] = db_prepare(db, queries[i]);
		err = st->q[i] != NULL ? DB_OK : DB_REFUSED;
	}
	if (err == DB_OK)
		err = load_all(st, s, now);
	if (err != DB_OK) {
		address_store_close(st);
		return db_why(db);
	}
	*out = st;
	return NULL;
}

void
address_store_close(struct address_store *st)
{
	free(st); /* the statements are the database's */
}

/* --- Saving --- */

struct saving {
	struct db_stmt *q;
	enum db_err err;
};

static void
save_address(void *context, const struct book_entry *e)
{
	struct saving *w = context;

	if (w->err != DB_OK)
		return;
	bind_place(w->q, 1, &e->address);
	db_bind_i64(w->q, 3, e->address.port);
	db_bind_i64(w->q, 4, (int64_t)e->address.services);
	db_bind_i64(w->q, 5, e->address.time);
	bind_place(w->q, 6, &e->source);
	db_bind_i64(w->q, 8, e->last_try);
	db_bind_i64(w->q, 9, e->last_good);
	db_bind_i64(w->q, 10, e->attempts);
	db_bind_i64(w->q, 11, e->tried);
	w->err = db_run(w->q);
}

static enum db_err
save_book(struct address_store *st, const struct address_book *book)
{
	struct saving w = { st->q[SAVE_ADDRESS], DB_OK };
	uint8_t key[BOOK_KEY_LEN];

	address_book_key(book, key);
	db_bind_blob(st->q[SAVE_KEY], 1, key, sizeof(key));
	w.err = db_run(st->q[SAVE_KEY]);
	address_book_each(book, save_address, &w);
	return w.err;
}

static enum db_err
save_bans(struct db_stmt *q, const struct ban_list *bans)
{
	enum db_err err = DB_OK;

	for (size_t i = 0; err == DB_OK && i < bans->n; i++) {
		bind_place(q, 1, &bans->ban[i].address);
		db_bind_i64(q, 3, bans->ban[i].until);
		err = db_run(q);
	}
	return err;
}

static enum db_err
save_anchors(struct db_stmt *q, const struct spv *s)
{
	struct net_address anchors[SPV_ANCHORS_MAX];
	size_t n = spv_anchors(s, anchors);
	enum db_err err = DB_OK;

	for (size_t i = 0; err == DB_OK && i < n; i++) {
		db_bind_i64(q, 1, (int64_t)i);
		bind_place(q, 2, &anchors[i]);
		db_bind_i64(q, 4, anchors[i].port);
		db_bind_i64(q, 5, (int64_t)anchors[i].services);
		err = db_run(q);
	}
	return err;
}

static enum db_err
save_all(struct address_store *st, struct spv *s)
{
	static const enum query clear[] = { CLEAR_ADDRESSES, CLEAR_BANS, CLEAR_ANCHORS };
	enum db_err err = DB_OK;

	for (size_t i = 0; err == DB_OK && i < ARRAY_LEN(clear); i++)
		err = db_run(st->q[clear[i]]);
	if (err == DB_OK)
		err = save_book(st, spv_address_book(s));
	if (err == DB_OK)
		err = save_bans(st->q[SAVE_BAN], spv_ban_list(s));
	if (err == DB_OK)
		err = save_anchors(st->q[SAVE_ANCHOR], s);
	return err;
}

const char *
address_store_save(struct address_store *st, struct spv *s)
{
	enum db_err err = db_begin(st->db);

	if (err != DB_OK)
		return db_why(st->db);
	err = save_all(st, s);
	if (err == DB_OK)
		err = db_commit(st->db);
	if (err != DB_OK)
		db_rollback(st->db);
	return err == DB_OK ? NULL : db_why(st->db);
}
