#include "spv/address_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "spv/address_book.h"
#include "spv/ban_list.h"
#include "spv/evidence_store.h"
#include "tests/unit/unit.h"

#define NOW 1800000000

static const struct unixtime now = { NOW };

static struct spv *
new_core(uint64_t seed)
{
	struct spv_params p = spv_params_default(chain_params_find("regtest"));

	p.seed = seed;
	return spv_new(&p);
}

static struct net_address
address(const char *text)
{
	struct net_address a;

	CU_ASSERT_FATAL(net_address_from_text(&a, text, 8333));
	a.services = UINT64_MAX; /* all 64 bits come back */
	a.time = NOW - 5;
	return a;
}

static const char *const places[] = {
	"8.8.8.8", "[2a01:4f8::1]:1234", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
	"ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", "[fc01::1]:8333",
};

static void
test_addresses(void)
{
	struct spv *s = new_core(1), *again = new_core(2);
	struct net_address source = address("9.9.9.9");
	struct address_store *st;
	struct book_entry e;
	struct db *db;
	uint8_t key[BOOK_KEY_LEN], same[BOOK_KEY_LEN];

	source.port = 0; /* a source is its group: no port of it is kept */
	CU_ASSERT_EQUAL_FATAL(db_open(&db, ":memory:"), DB_OK);
	CU_ASSERT_PTR_NULL_FATAL(address_store_open(&st, db, s, now));
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct net_address a = address(places[i]);

		CU_ASSERT(address_book_add(spv_address_book(s), &a, &source, 0, now));
		if (i % 2 == 0)
			address_book_good(spv_address_book(s), &a, UINT64_MAX, now);
		else
			address_book_attempt(spv_address_book(s), &a, true, now);
		ban_list_add(spv_ban_list(s), &a, NOW + 100 + (int64_t)i);
	}
	CU_ASSERT_PTR_NULL(address_store_save(st, s));
	CU_ASSERT_PTR_NULL(address_store_save(st, s)); /* the same again */
	address_store_close(st);

	CU_ASSERT_PTR_NULL_FATAL(address_store_open(&st, db, again, (struct unixtime){ NOW + 101 }));
	address_book_key(spv_address_book(s), key);
	address_book_key(spv_address_book(again), same);
	CU_ASSERT(memcmp(key, same, sizeof(key)) == 0);
	address_book_check(spv_address_book(again));
	CU_ASSERT_EQUAL(spv_ban_list(again)->n, 3); /* two have ended */
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct net_address a = address(places[i]);

		CU_ASSERT_FATAL(address_book_find(spv_address_book(again), &a, &e));
		CU_ASSERT(e.tried == (i % 2 == 0) && e.address.services == UINT64_MAX && e.address.time == NOW - 5);
		CU_ASSERT(net_address_eq(&e.source, &source) && e.last_try == NOW && e.attempts == i % 2);
	}
	address_store_close(st);
	db_close(db);
	spv_free(s);
	spv_free(again);
}

/* Rows that we never wrote are passed over. */
static void
test_nonsense(void)
{
	static const char rows[] =
		"INSERT INTO address VALUES (1, x'0808', 1, 1, 1, 1, x'08080808', 0, 0, 0, 0);"
		"INSERT INTO address VALUES (99, x'08080808', 1, 1, 1, 1, x'08080808', 0, 0, 0, 0);"
		"INSERT INTO address VALUES (1, x'7f000001', 8333, 1, 1, 1, x'08080808', 0, 0, 0, 1);"
		"INSERT INTO address VALUES (1, x'08080808', 70000, 1, 1, -7, x'', 0, 0, 0, 1);"
		"INSERT INTO ban VALUES (2, x'00', 9000000000);"
		"INSERT INTO anchor VALUES (5, 3, x'00', 1, 1);"
		"INSERT INTO address_key VALUES (1, x'0011');";
	struct spv *s = new_core(1);
	struct address_store *st;
	struct db *db;

	CU_ASSERT_EQUAL_FATAL(db_open(&db, ":memory:"), DB_OK);
	CU_ASSERT_PTR_NULL_FATAL(address_store_open(&st, db, s, now));
	address_store_close(st);
	CU_ASSERT_EQUAL_FATAL(db_exec(db, rows), DB_OK);
	CU_ASSERT_PTR_NULL_FATAL(address_store_open(&st, db, s, now));
	CU_ASSERT(address_book_count(spv_address_book(s), false) == 0 && spv_ban_list(s)->n == 0);
	address_book_check(spv_address_book(s));
	address_store_close(st);
	CU_ASSERT_EQUAL_FATAL(db_exec(db, "DROP TABLE ban; CREATE TABLE ban (other TEXT) STRICT;"), DB_OK);
	CU_ASSERT_PTR_NOT_NULL(address_store_open(&st, db, s, now)); /* another program's table */
	CU_ASSERT_PTR_NULL(st);
	db_close(db);
	spv_free(s);
}

static void
test_evidence(void)
{
	struct evidence e = { .address = "8.8.8.8:8333", .what = "headers: bad-work" }, *list = mem_new(EVIDENCE_MAX + 10, sizeof(*list));
	struct evidence_store *st;
	struct db *db;
	size_t n;

	CU_ASSERT_EQUAL_FATAL(db_open(&db, ":memory:"), DB_OK);
	CU_ASSERT_PTR_NULL_FATAL(evidence_store_open(&st, db));
	for (int i = 0; i < EVIDENCE_MAX + 7; i++) {
		e.time = NOW + i;
		e.height = i - 1;
		memset(e.digest.b, i, sizeof(e.digest.b));
		CU_ASSERT_PTR_NULL_FATAL(evidence_store_add(st, &e));
	}
	CU_ASSERT_PTR_NULL(evidence_store_list(st, list, &n, EVIDENCE_MAX + 10));
	CU_ASSERT_EQUAL(n, EVIDENCE_MAX);
	CU_ASSERT(memcmp(&list[0], &e, sizeof(e)) == 0 && list[n - 1].time == NOW + 7);
	CU_ASSERT(evidence_store_list(st, list, &n, 3) == NULL && n == 3 && list[2].height == e.height - 2);
	evidence_store_close(st);
	CU_ASSERT_PTR_NULL_FATAL(evidence_store_open(&st, db));
	CU_ASSERT(evidence_store_list(st, list, &n, 1) == NULL && n == 1);
	evidence_store_close(st);
	db_close(db);
	free(list);
}

static const struct unit_test tests[] = {
	{ "addresses, anchors, bans", test_addresses },
	{ "rows that make no sense", test_nonsense },
	{ "the log of lies is bounded", test_evidence },
};

UNIT_MAIN("peer_stores", tests)
