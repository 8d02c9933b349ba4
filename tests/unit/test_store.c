#include "token/store.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "tests/unit/toy.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/test_store_XXXXXX";
static char path[64], wal[64], copy[64], copy_wal[64];

static void
fresh(void)
{
	unlink(path);
	unlink(wal);
}

struct chain {
	struct ledger *l;
	struct store *s;
};

static enum store_err
chain_open(struct chain *c, const char *file)
{
	c->l = toy_ledger_new();
	return store_open(&c->s, file, c->l, toy_genesis());
}

static void
chain_close(struct chain *c)
{
	store_close(c->s);
	ledger_free(c->l);
}

/* A block of some payments, a failed and a relay transaction; each block differs. */
static enum store_err
chain_block(struct chain *c)
{
	struct ledger_tip tip = ledger_tip(c->l);
	struct stored_transaction txs[4];
	struct account proposer = test_account(15);
	struct ledger_block b;
	struct result results[4];
	struct wr bytes[4] = { { 0 } };
	const char *why;
	enum store_err err;
	uint64_t h = tip.height;

	toy_pay(&bytes[0], c->l, 0, h, 1, h + 1);
	toy_gift(&bytes[1], h, 12, 3);
	toy_signed(&bytes[2], c->l, 2, h, TOY_TRIP, 0);
	toy_signed(&bytes[3], c->l, 3, h, TOY_ALARM, tip.time.sec);
	ledger_begin(c->l, (struct unixtime){ tip.time.sec + 1 });
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT(ledger_offer(&results[i], c->l, bytes[i].p, bytes[i].len));
		txs[i] = (struct stored_transaction){ bytes[i].p, bytes[i].len, &results[i] };
	}
	CU_ASSERT(ledger_end(&b, &why, c->l, &proposer));
	memset(b.seal.b, (int)h, sizeof(b.seal.b));
	err = store_block(c->s, &b, c->l, txs, 4);
	if (err == STORE_OK)
		ledger_commit(c->l, &b);
	else
		ledger_discard(c->l);
	for (size_t i = 0; i < 4; i++) {
		result_clear(&results[i]);
		wr_clear(&bytes[i]);
	}
	return err;
}

static void
a_reopened_ledger_goes_on_where_it_was(void)
{
	struct chain c;
	struct ledger *twin = toy_ledger();
	struct ledger_tip a, b;

	fresh();
	for (uint64_t h = 0; h < 12; h++) {
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
		a = ledger_tip(c.l);
		CU_ASSERT_EQUAL_FATAL(a.height, h);
		if (h > 0) {
			CU_ASSERT(a.time.sec == b.time.sec && hash256_eq(&a.hash, &b.hash) && hash256_eq(&a.app_hash, &b.app_hash));
		} else {
			b = ledger_tip(twin);
			CU_ASSERT(hash256_eq(&a.app_hash, &b.app_hash) && hash256_eq(&a.hash, &b.hash));
		}
		CU_ASSERT_EQUAL(chain_block(&c), STORE_OK);
		b = ledger_tip(c.l);
		chain_close(&c);
	}
	ledger_free(twin);
}

static void
what_was_stored_is_found(void)
{
	struct account payer = test_account(0), to = test_account(1), other = test_account(9), alarm = test_account(3);
	struct history_entry list[40];
	struct transaction_record r;
	struct ledger_block b;
	struct hash256 hash, id;
	struct wr events = { 0 };
	struct chain c;
	uint64_t height;

	fresh();
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	for (int i = 0; i < 30; i++)
		CU_ASSERT_EQUAL(chain_block(&c), STORE_OK);
	CU_ASSERT(store_get_block(c.s, &b, 17) && b.height == 17 && b.time.sec == TOY_TIME + 17 && b.seal.b[5] == 16);
	ledger_block_hash(&hash, &b);
	CU_ASSERT(store_find_block(c.s, &height, &hash) && height == 17);
	CU_ASSERT(store_get_block(c.s, &b, 18) && hash256_eq(&b.previous, &hash));
	CU_ASSERT_FALSE(store_get_block(c.s, &b, 31));
	CU_ASSERT_FALSE(store_get_block(c.s, &b, 0));
	CU_ASSERT_FALSE(store_get_block(c.s, &b, UINT64_MAX));
	hash.b[0] ^= 1;
	CU_ASSERT_FALSE(store_find_block(c.s, &height, &hash));
	CU_ASSERT(store_get_block_events(c.s, &events, 17));
	CU_ASSERT(events.len == 6 && memcmp(events.p, "\4RANG", 5) == 0);

	CU_ASSERT_FATAL(store_get_transaction_at(c.s, &r, &id, 17, 2));
	CU_ASSERT(r.height == 17 && r.index == 2 && r.code == RESULT_FAILED && strcmp(r.reason, "TRIPPED") == 0 && r.events.len == 0);
	transaction_record_clear(&r);
	CU_ASSERT_FATAL(store_get_transaction(c.s, &r, &id));
	CU_ASSERT(r.height == 17 && r.index == 2 && r.bytes.len > 100);
	transaction_record_clear(&r);
	CU_ASSERT_FALSE(store_get_transaction_at(c.s, &r, &id, 17, 4));
	CU_ASSERT_FALSE(store_get_transaction_at(c.s, &r, &id, 17, STORE_INDEX_BLOCK));
	id.b[0] ^= 1;
	CU_ASSERT_FALSE(store_get_transaction(c.s, &r, &id));

	CU_ASSERT_EQUAL(store_history(c.s, list, 40, &payer, UINT64_MAX, 0), 30);
	CU_ASSERT(list[0].height == 30 && list[29].height == 1 && list[0].index == 0);
	CU_ASSERT_EQUAL(store_history(c.s, list, 5, &to, 20, 0), 5); /* the receiver; strictly before */
	CU_ASSERT(list[0].height == 19 && list[4].height == 15);
	CU_ASSERT_EQUAL(store_history(c.s, list, 5, &to, 20, 1), 5);
	CU_ASSERT_EQUAL(list[0].height, 20);
	CU_ASSERT(store_get_transaction_at(c.s, &r, &id, 20, 0) && hash256_eq(&id, &list[0].id));
	transaction_record_clear(&r);
	CU_ASSERT_EQUAL(store_history(c.s, list, 40, &other, UINT64_MAX, 0), 0);
	CU_ASSERT_EQUAL(store_history(c.s, list, 2, &alarm, UINT64_MAX, 0), 2); /* the block's end, then the transaction */
	CU_ASSERT(list[0].index == STORE_INDEX_BLOCK && hash256_is_zero(&list[0].id) && list[1].index == 3 && list[1].height == 30);
	wr_clear(&events);
	chain_close(&c);
}

static void
local_values_last(void)
{
	struct chain c;
	struct wr w = { 0 };

	fresh();
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	CU_ASSERT_FALSE(store_get_local(c.s, &w, "cursor"));
	CU_ASSERT_EQUAL(store_put_local(c.s, "cursor", "one", 3), STORE_OK);
	CU_ASSERT_EQUAL(store_put_local(c.s, "cursor", "two!", 4), STORE_OK);
	CU_ASSERT_EQUAL(store_put_local(c.s, "empty", NULL, 0), STORE_OK);
	chain_close(&c);
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	CU_ASSERT(store_get_local(c.s, &w, "cursor") && w.len == 4 && memcmp(w.p, "two!", 4) == 0);
	CU_ASSERT(store_get_local(c.s, &w, "empty") && w.len == 4);
	wr_clear(&w);
	chain_close(&c);
}

/* Deltas get folded into the state table: several megabytes of them. */
static void
folding_keeps_the_state(void)
{
	struct chain c;
	struct ledger_tip tip;
	uint8_t *big = mem_new(700000, 1);

	fresh();
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	for (int i = 0; i < 8; i++) {
		struct account proposer = test_account(15);
		struct ledger_block b;
		const char *why;

		ledger_begin(c.l, ledger_tip(c.l).time);
		big[0] = (uint8_t)i;
		state_put(ledger_state(c.l), "y big", 5, big, 700000);
		state_put(ledger_state(c.l), big, 1 + (size_t)i, "x", 1);
		if (i > 3)
			state_delete(ledger_state(c.l), "\1\0", 2);
		CU_ASSERT(ledger_end(&b, &why, c.l, &proposer));
		CU_ASSERT_EQUAL(store_block(c.s, &b, c.l, NULL, 0), STORE_OK);
		ledger_commit(c.l, &b);
		tip = ledger_tip(c.l);
		chain_close(&c);
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK); /* which compares the hash */
		CU_ASSERT_EQUAL(ledger_tip(c.l).height, tip.height);
	}
	chain_close(&c);
	free(big);
}

static void
others_are_refused(void)
{
	struct chain c, d;
	struct genesis other = *toy_genesis();
	struct db *db;

	fresh();
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	CU_ASSERT_EQUAL(chain_block(&c), STORE_OK);
	CU_ASSERT_EQUAL(chain_open(&d, path), STORE_BUSY);
	CU_ASSERT(strstr(store_why(d.s), "another process") != NULL);
	chain_close(&d);
	chain_close(&c);

	other.chain_id = "toy-2";
	d.l = ledger_new(NULL, 0, &other);
	CU_ASSERT_EQUAL(store_open(&d.s, path, d.l, &other), STORE_FOREIGN);
	chain_close(&d);

	CU_ASSERT_EQUAL(db_open(&db, path), DB_OK);
	CU_ASSERT_EQUAL(db_exec(db, "PRAGMA user_version=2"), DB_OK);
	db_close(db);
	CU_ASSERT_EQUAL(chain_open(&c, path), STORE_NEWER);
	chain_close(&c);

	fresh();
	CU_ASSERT_EQUAL(db_open(&db, path), DB_OK);
	CU_ASSERT_EQUAL(db_exec(db, "CREATE TABLE cookies(x)"), DB_OK);
	db_close(db);
	CU_ASSERT_EQUAL(chain_open(&c, path), STORE_FOREIGN);
	chain_close(&c);

	fresh();
	other.chain_id = "NOT GOOD";
	d.l = ledger_new(NULL, 0, &other);
	CU_ASSERT_EQUAL(store_open(&d.s, path, d.l, &other), STORE_GENESIS);
	chain_close(&d);
	CU_ASSERT_EQUAL(chain_open(&c, path), STORE_OK); /* nothing was left behind */
	chain_close(&c);
	CU_ASSERT_EQUAL(chain_open(&c, "/nonexistent/ledger.sqlite"), STORE_IO);
	chain_close(&c);
}

static void
a_state_that_does_not_match_its_block_is_called_corrupt(void)
{
	static const char *const damage[] = {
		"UPDATE state SET value = x'0000000000000001' WHERE key = (SELECT key FROM state ORDER BY key LIMIT 1)",
		"DELETE FROM state WHERE key = (SELECT key FROM state ORDER BY key DESC LIMIT 1)",
		"INSERT INTO state VALUES(x'79ff', x'00')",
		"DELETE FROM deltas WHERE height = 3",
		"UPDATE deltas SET bytes = substr(bytes, 1, 20) WHERE height = 2",
		"DELETE FROM blocks WHERE height = 4",
		"UPDATE blocks SET bytes = substr(bytes, 2) WHERE height = 4",
		"UPDATE blocks SET hash = x'00' WHERE height = 4",
		"UPDATE blocks SET seal = x'00' WHERE height = 4",
		"DELETE FROM meta",
		"DROP TABLE deltas",
	};

	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		struct chain c;
		struct db *db;

		fresh();
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
		for (int h = 0; h < 4; h++)
			CU_ASSERT_EQUAL(chain_block(&c), STORE_OK);
		chain_close(&c);
		CU_ASSERT_EQUAL(db_open(&db, path), DB_OK);
		CU_ASSERT_EQUAL(db_exec(db, damage[i]), DB_OK);
		db_close(db);
		CU_ASSERT_EQUAL(chain_open(&c, path), STORE_CORRUPT);
		chain_close(&c);
	}
}

static uint8_t *
slurp(const char *file, size_t *len)
{
	FILE *f = fopen(file, "rb");
	struct stat st;
	uint8_t *p;

	*len = 0;
	if (f == NULL)
		return mem_new(0, 1);
	CU_ASSERT_EQUAL_FATAL(fstat(fileno(f), &st), 0);
	p = mem_new((size_t)st.st_size, 1);
	*len = fread(p, 1, (size_t)st.st_size, f);
	fclose(f);
	return p;
}

static void
spit(const char *file, const uint8_t *bytes, size_t len)
{
	FILE *f = fopen(file, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void
flipped_bytes_never_pass_as_another_state(void)
{
	struct ledger_tip want, got;
	struct chain c;
	uint8_t *file;
	size_t len;

	fresh();
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	for (int h = 0; h < 6; h++)
		CU_ASSERT_EQUAL(chain_block(&c), STORE_OK);
	want = ledger_tip(c.l);
	chain_close(&c);
	file = slurp(path, &len);
	for (size_t at = 0; at < len; at += at < 200 ? 7 : 449) {
		file[at] ^= 0x55;
		spit(copy, file, len);
		unlink(copy_wal);
		file[at] ^= 0x55;
		if (chain_open(&c, copy) == STORE_OK) { /* a free page, an old block, a history */
			got = ledger_tip(c.l);
			CU_ASSERT(hash256_eq(&got.hash, &want.hash) && hash256_eq(&got.app_hash, &want.app_hash));
		}
		chain_close(&c);
	}
	for (size_t cut = 0; cut < len; cut += 4096) {
		spit(copy, file, cut);
		unlink(copy_wal);
		if (cut == 0)
			continue; /* an empty file is a new one */
		CU_ASSERT_NOT_EQUAL(chain_open(&c, copy), STORE_OK);
		chain_close(&c);
	}
	free(file);
}

/* Power cut: the log that SQLite appends to ends anywhere. Each prefix of it is some block's end, and no block is taken back
 * later. */
static void
d5_every_prefix_of_the_log_is_a_blocks_end(void)
{
	struct chain c;
	uint8_t *file, *log;
	size_t len, log_len;
	uint64_t last = 0;
	int status;
	pid_t pid;

	fresh();
	pid = fork();
	if (pid == 0) {
		bool fine = chain_open(&c, path) == STORE_OK;

		for (int h = 0; h < 8 && fine; h++)
			fine = chain_block(&c) == STORE_OK;
		_exit(fine ? 0 : 1); /* without closing: the log stays */
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_FATAL(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	file = slurp(path, &len);
	log = slurp(wal, &log_len);
	CU_ASSERT_FATAL(log_len > 32);
	for (size_t cut = 0; cut <= log_len; cut = cut == log_len ? cut + 1 : cut + 1031 > log_len ? log_len : cut + 1031) {
		spit(copy, file, len);
		spit(copy_wal, log, cut);
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, copy), STORE_OK);
		CU_ASSERT(ledger_tip(c.l).height >= last);
		last = ledger_tip(c.l).height;
		CU_ASSERT_EQUAL(chain_block(&c), STORE_OK); /* and it goes on from there */
		chain_close(&c);
	}
	CU_ASSERT_EQUAL(last, 8);
	free(log);
	free(file);
}

/* A block that puts, changes and removes some of 3,000 keys of 300 bytes: what a part of folding meets. */
static bool
wide_block(struct chain *c, uint32_t h)
{
	struct account proposer = test_account(15);
	struct ledger_block b;
	const char *why;

	ledger_begin(c->l, ledger_tip(c->l).time);
	for (uint32_t i = 0; i < 1500; i++) {
		uint32_t which = (i * 7 + h * 1001) % 3000;
		uint8_t key[6] = { 'y', ' ', (uint8_t)(which >> 8), (uint8_t)which }, value[300] = { (uint8_t)h, (uint8_t)i };

		if ((i + h) % 5 == 0)
			state_delete(ledger_state(c->l), key, 4);
		else
			state_put(ledger_state(c->l), key, 4, value, sizeof(value) - (i + h) % 2);
	}
	if (!ledger_end(&b, &why, c->l, &proposer) || store_block(c->s, &b, c->l, NULL, 0) != STORE_OK)
		return false;
	ledger_commit(c->l, &b);
	return true;
}

/* Folding spreads over blocks; whenever the power goes, what is on the disk is some block's end, and goes on to fold from there. */
static void
d5_folding_may_be_cut_anywhere(void)
{
	enum { BLOCKS = 20, CUTS = 40 };
	uint8_t *file, *log;
	size_t len, log_len;
	uint64_t last = 0;
	struct chain c;
	struct db_stmt *q;
	struct db *db;
	bool row;
	int status;
	pid_t pid;

	fresh();
	pid = fork();
	if (pid == 0) {
		bool fine = chain_open(&c, path) == STORE_OK;

		for (uint32_t h = 0; h < BLOCKS && fine; h++)
			fine = wide_block(&c, h);
		_exit(fine ? 0 : 1); /* without closing: the log stays */
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_FATAL(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	file = slurp(path, &len);
	log = slurp(wal, &log_len);
	for (size_t i = 0; i <= CUTS; i++) {
		spit(copy, file, len);
		spit(copy_wal, log, log_len / CUTS * i + (i == CUTS ? log_len % CUTS : 0));
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, copy), STORE_OK); /* which compares the hash */
		CU_ASSERT(ledger_tip(c.l).height >= last);
		last = ledger_tip(c.l).height;
		for (uint32_t h = 0; h < 4 && i % 8 == 3; h++)
			CU_ASSERT(wide_block(&c, h + 100));
		chain_close(&c);
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, copy), STORE_OK);
		chain_close(&c);
	}
	CU_ASSERT_EQUAL(last, BLOCKS);
	/* It has folded: not all that changed still waits. */
	CU_ASSERT_EQUAL_FATAL(db_open(&db, copy), DB_OK);
	q = db_prepare(db, "SELECT (SELECT folded FROM meta), (SELECT count(*) FROM deltas)");
	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	CU_ASSERT(db_step(q, &row) == DB_OK && row);
	CU_ASSERT(db_i64(q, 0) >= 5 && db_i64(q, 0) < BLOCKS && db_i64(q, 1) == BLOCKS - db_i64(q, 0));
	db_close(db);
	free(log);
	free(file);
}

/* Killed while it writes blocks: what it acknowledged is there. */
static void
d5_a_killed_writer_loses_nothing_acknowledged(void)
{
	fresh();
	for (int round = 0; round < 12; round++) {
		int pipes[2], status;
		uint64_t acked = 0, h;
		struct chain c;
		pid_t pid;

		CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			if (chain_open(&c, path) != STORE_OK)
				_exit(1);
			while (chain_block(&c) == STORE_OK) {
				h = ledger_tip(c.l).height;
				if (write(pipes[1], &h, sizeof(h)) != sizeof(h))
					_exit(2);
			}
			_exit(3);
		}
		close(pipes[1]);
		for (int i = 0; i <= round % 4 && read(pipes[0], &h, sizeof(h)) == sizeof(h); i++)
			acked = h;
		usleep((useconds_t)round * 700);
		kill(pid, SIGKILL);
		CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT(WIFSIGNALED(status));
		while (read(pipes[0], &h, sizeof(h)) == sizeof(h))
			acked = h;
		close(pipes[0]);
		CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
		CU_ASSERT(ledger_tip(c.l).height >= acked && acked > 0);
		chain_close(&c);
	}
}

/* No room: the block isn't there, nothing more is written, and the file is good afterwards. */
static void
r3_a_full_disk_stops_the_writer_cleanly(void)
{
	struct chain c;
	int status;
	pid_t pid;

	fresh();
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 150000, 150000 };
		struct ledger_tip before, after;
		enum store_err err;

		signal(SIGXFSZ, SIG_IGN);
		if (chain_open(&c, path) != STORE_OK || setrlimit(RLIMIT_FSIZE, &limit) != 0)
			_exit(1);
		do {
			before = ledger_tip(c.l);
			err = chain_block(&c);
		} while (err == STORE_OK);
		after = ledger_tip(c.l);
		if ((err != STORE_FULL && err != STORE_IO) || before.height != after.height || strlen(store_why(c.s)) == 0)
			_exit(2);
		_exit(chain_block(&c) == STORE_OK ? 3 : before.height < 2 ? 4 : 0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CU_ASSERT_EQUAL_FATAL(chain_open(&c, path), STORE_OK);
	CU_ASSERT(ledger_tip(c.l).height >= 2);
	CU_ASSERT_EQUAL(chain_block(&c), STORE_OK);
	chain_close(&c);
}

static const struct unit_test tests[] = {
	{ "a reopened ledger goes on where it was", a_reopened_ledger_goes_on_where_it_was },
	{ "what was stored is found", what_was_stored_is_found },
	{ "local values last", local_values_last },
	{ "folding keeps the state", folding_keeps_the_state },
	{ "others are refused", others_are_refused },
	{ "a state that does not match its block is called corrupt", a_state_that_does_not_match_its_block_is_called_corrupt },
	{ "flipped bytes never pass as another state", flipped_bytes_never_pass_as_another_state },
	{ "D5 every prefix of the log is a block's end", d5_every_prefix_of_the_log_is_a_blocks_end },
	{ "D5 folding may be cut anywhere", d5_folding_may_be_cut_anywhere },
	{ "D5 a killed writer loses nothing acknowledged", d5_a_killed_writer_loses_nothing_acknowledged },
	{ "R3 a full disk stops the writer cleanly", r3_a_full_disk_stops_the_writer_cleanly },
};

int
main(void)
{
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/l.sqlite", folder);
	snprintf(wal, sizeof(wal), "%s/l.sqlite-wal", folder);
	snprintf(copy, sizeof(copy), "%s/copy.sqlite", folder);
	snprintf(copy_wal, sizeof(copy_wal), "%s/copy.sqlite-wal", folder);
	failed = unit_run("store", tests, ARRAY_LEN(tests));
	fresh();
	unlink(copy);
	unlink(copy_wal);
	rmdir(folder);
	return failed;
}
