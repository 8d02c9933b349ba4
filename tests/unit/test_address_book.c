#include "spv/address_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "spv/ban_list.h"
#include "spv/splitmix.h"
#include "tests/unit/unit.h"

#define NOW 1800000000
#define DAY 86400
#define IP_NETWORKS (1u << NET_IPV4 | 1u << NET_IPV6)

static const uint8_t key[BOOK_KEY_LEN] = { 7, 7, 7 };

static struct unixtime
at(int64_t sec)
{
	return (struct unixtime){ sec };
}

/* 1.0.0.1 and so on; every number below 2^24 gives another routable address, each 65,536 of them a group. */
static struct net_address
ip(uint32_t n)
{
	struct net_address a = { .network = NET_IPV4, .port = 8333, .services = 9, .time = NOW - 3600 };

	a.bytes[0] = (uint8_t)(20 + (n >> 24));
	a.bytes[1] = (uint8_t)(n >> 16);
	a.bytes[2] = (uint8_t)(n >> 8);
	a.bytes[3] = (uint8_t)n;
	return a;
}

/* Address n of group g. */
static struct net_address
in_group(uint32_t g, uint32_t n)
{
	return ip(g << 16 | n);
}

static struct net_address
from_text(const char *text)
{
	struct net_address a;

	CU_ASSERT_FATAL(net_address_from_text(&a, text, 0));
	a.time = NOW - 3600;
	return a;
}

static struct address_book *
new_book(void)
{
	return address_book_new(key, 99);
}

static const char *const unfit[] = { "127.0.0.1:8333", "10.1.2.3:8333", "192.168.0.1:8333", "[::1]:8333", "[fe80::1]:8333", "0.0.0.0:8333" };

static void
test_add(void)
{
	struct address_book *b = new_book();
	struct net_address a = ip(1), source = in_group(9, 1), no_port = ip(2);
	struct book_entry e;

	CU_ASSERT(address_book_add(b, &a, &source, 7200, at(NOW)));
	CU_ASSERT(!address_book_add(b, &a, &source, 7200, at(NOW)));
	CU_ASSERT(address_book_find(b, &a, &e) && !e.tried && e.address.time == NOW - 3600 - 7200);
	CU_ASSERT(net_address_eq(&e.source, &source) && address_book_count(b, false) == 1);
	a.services = 64;
	a.time = NOW;
	CU_ASSERT(!address_book_add(b, &a, &source, 0, at(NOW)));
	CU_ASSERT(address_book_find(b, &a, &e) && e.address.services == 73 && e.address.time == NOW);
	for (size_t i = 0; i < ARRAY_LEN(unfit); i++) {
		a = from_text(unfit[i]);
		CU_ASSERT(!address_book_add(b, &a, &source, 0, at(NOW)));
	}
	no_port.port = 0;
	CU_ASSERT(!address_book_add(b, &no_port, &source, 0, at(NOW)));
	a = ip(3);
	a.time = NOW - 31 * DAY; /* nobody has seen it for a month */
	CU_ASSERT(!address_book_add(b, &a, &source, 0, at(NOW)));
	a.time = UINT32_MAX; /* from the future: five days old, for all we know */
	CU_ASSERT(address_book_add(b, &a, &source, 0, at(NOW)));
	CU_ASSERT(address_book_find(b, &a, &e) && e.address.time == NOW - 5 * DAY);
	address_book_forget(b, &a);
	CU_ASSERT(!address_book_find(b, &a, &e) && address_book_count(b, false) == 1);
	address_book_check(b);
	address_book_free(b);
}

/* A hundred thousand addresses of all groups, told by one group of sources: they get their share of the buckets, and the honest ones stay. */
static void
test_flood_by_one_source(void)
{
	struct address_book *b = new_book();
	uint64_t random = 1;
	size_t honest = 0, picked = 0;
	struct book_entry e;

	for (uint32_t i = 0; i < 300; i++) {
		struct net_address a = in_group(i % 150, 60000 + i), source = in_group(i % 40, 50000);

		honest += address_book_add(b, &a, &source, 0, at(NOW));
	}
	CU_ASSERT(honest > 290);
	for (uint32_t i = 0; i < 100000; i++) {
		struct net_address a = ip((uint32_t)splitmix_next(&random) & 0xffffff), source = in_group(200, i & 0xffff);

		a.bytes[3] |= 1;
		address_book_add(b, &a, &source, 0, at(NOW));
	}
	address_book_check(b);
	CU_ASSERT(address_book_count(b, false) <= honest + BOOK_NEW_BUCKETS_PER_SOURCE * BOOK_SLOTS);
	for (uint32_t i = 0, found = 0; i < 300; i++) {
		struct net_address a = in_group(i % 150, 60000 + i);

		found += address_book_find(b, &a, &e);
		CU_ASSERT(i < 299 || found >= honest);
	}
	/* Nor does the flood hide them from those who choose. */
	for (int i = 0; i < 1000; i++) {
		CU_ASSERT_FATAL(address_book_pick(b, &e, true, IP_NETWORKS, at(NOW)));
		picked += e.source.bytes[1] != 200;
	}
	CU_ASSERT(picked > 500);
	address_book_free(b);
}

/* Thousands of nodes of one group that really answer. */
static void
test_flood_of_tried(void)
{
	struct address_book *b = new_book();
	struct book_entry e;

	for (uint32_t i = 0; i < 100; i++) {
		struct net_address a = in_group(i, 1);

		address_book_good(b, &a, 9, at(NOW));
	}
	for (uint32_t i = 1; i < 5000; i++) {
		struct net_address a = in_group(200, i), source = in_group(i % 256, 7);

		address_book_add(b, &a, &source, 0, at(NOW));
		address_book_good(b, &a, 9, at(NOW));
		address_book_contested(b, &e, at(NOW));
	}
	CU_ASSERT(address_book_count(b, true) <= 100 + BOOK_TRIED_BUCKETS_PER_GROUP * BOOK_SLOTS);
	for (uint32_t i = 0, found = 0; i < 100; i++) {
		struct net_address a = in_group(i, 1);

		found += address_book_find(b, &a, &e) && e.tried;
		CU_ASSERT(i < 99 || found >= 98);
	}
	address_book_check(b);
	address_book_free(b);
}

/* Two addresses that want one slot of the tried table: *second does not get it. */
static struct address_book *
collide(struct net_address *first, struct net_address *second)
{
	struct address_book *b = new_book();
	struct book_entry e;

	for (uint32_t i = 1; i < 5000; i++) {
		*second = in_group(3, i);
		address_book_good(b, second, 9, at(i < 100 ? NOW : NOW + DAY));
		if (!address_book_contested(b, &e, at(NOW + DAY)))
			continue;
		*first = e.address;
		CU_ASSERT(e.tried && address_book_find(b, second, &e) && !e.tried);
		return b;
	}
	CU_FAIL_FATAL("no collision");
	return b;
}

static bool
is_tried(const struct address_book *b, const struct net_address *a)
{
	struct book_entry e;

	return address_book_find(b, a, &e) && e.tried;
}

static void
test_contest(void)
{
	struct net_address first, second;
	struct book_entry e;
	struct address_book *b = collide(&first, &second);

	/* It answers: it stays. */
	address_book_attempt(b, &first, true, at(NOW + DAY));
	address_book_good(b, &first, 9, at(NOW + DAY + 1));
	CU_ASSERT(!address_book_contested(b, &e, at(NOW + DAY + 2)) && is_tried(b, &first) && !is_tried(b, &second));
	address_book_check(b);
	address_book_free(b);
	/* It was dialled, and nothing came: the other one has the slot. */
	b = collide(&first, &second);
	address_book_attempt(b, &first, true, at(NOW + DAY));
	CU_ASSERT(address_book_contested(b, &e, at(NOW + DAY + 30)));
	CU_ASSERT(!address_book_contested(b, &e, at(NOW + DAY + 90)) && !is_tried(b, &first) && is_tried(b, &second));
	address_book_check(b);
	address_book_free(b);
}

static void
test_terrible(void)
{
	struct address_book *b = new_book();
	struct net_address a = ip(1), c = ip(2), source = in_group(5, 5);
	struct book_entry e;
	unsigned picked = 0;

	CU_ASSERT(address_book_add(b, &a, &source, 0, at(NOW)) && address_book_add(b, &c, &source, 0, at(NOW)));
	for (int i = 0; i < 6; i++)
		address_book_attempt(b, &a, true, at(NOW + 60 * i));
	for (int i = 0; i < 300; i++)
		picked += address_book_pick(b, &e, false, IP_NETWORKS, at(NOW + 4000)) && net_address_eq(&e.address, &a);
	CU_ASSERT(picked > 0 && picked < 100); /* seldom, but a chance remains */
	CU_ASSERT(!address_book_pick(b, &e, false, 1u << NET_TORV3, at(NOW)));
	address_book_good(b, &a, 73, at(NOW + 5000));
	CU_ASSERT(address_book_find(b, &a, &e) && e.tried && e.attempts == 0 && e.address.services == 73 && e.last_good == NOW + 5000);
	CU_ASSERT(address_book_pick(b, &e, true, IP_NETWORKS, at(NOW + 5000)) && net_address_eq(&e.address, &c));
	address_book_seen(b, &a, at(NOW + 9000));
	CU_ASSERT(address_book_find(b, &a, &e) && e.address.time == NOW + 9000);
	address_book_free(b);
}

struct kept {
	struct book_entry *e; /* owned */
	size_t n;
};

static void
keep(void *context, const struct book_entry *e)
{
	struct kept *k = context;

	k->e = mem_resize(k->e, k->n + 1, sizeof(*k->e));
	k->e[k->n++] = *e;
}

static uint32_t
below(uint64_t *random, uint32_t n)
{
	return (uint32_t)(splitmix_next(random) % n);
}

static struct address_book *
random_book(uint64_t random)
{
	struct address_book *b = new_book();
	struct book_entry e;

	for (int64_t t = NOW; t < NOW + 4000; t++) {
		struct net_address a = in_group(below(&random, 30), below(&random, 300));
		struct net_address source = in_group(below(&random, 5), 400);

		a.time = (uint32_t)t - below(&random, 40 * DAY);
		switch (below(&random, 6)) {
		case 0:
			address_book_good(b, &a, 9, at(t));
			break;
		case 1:
			address_book_attempt(b, &a, true, at(t));
			break;
		case 2:
			address_book_contested(b, &e, at(t + 6 * 3600));
			break;
		case 3:
			if (address_book_pick(b, &e, t % 2 == 0, IP_NETWORKS, at(t)) && t % 11 == 0)
				address_book_forget(b, &e.address);
			break;
		default:
			address_book_add(b, &a, &source, 7200, at(t));
		}
		if (t % 50 == 0)
			address_book_check(b);
	}
	return b;
}

/* What was kept is there again, in the same tables. */
static void
test_round_trip(void)
{
	for (uint64_t seed = 1; seed < 6; seed++) {
		struct address_book *b = random_book(seed), *again;
		struct kept kept = { 0 };
		uint8_t same_key[BOOK_KEY_LEN];
		struct book_entry e;

		address_book_each(b, keep, &kept);
		CU_ASSERT(kept.n == address_book_count(b, false) + address_book_count(b, true) && kept.n > 200);
		address_book_key(b, same_key);
		again = address_book_new(same_key, 5);
		for (size_t i = 0; i < kept.n; i++)
			CU_ASSERT(address_book_load(again, &kept.e[i], at(NOW + 4000)));
		address_book_check(again);
		CU_ASSERT(address_book_count(again, true) == address_book_count(b, true) && address_book_count(b, true) > 50);
		for (size_t i = 0; i < kept.n; i++) {
			CU_ASSERT(!address_book_load(again, &kept.e[i], at(NOW + 4000)));
			CU_ASSERT(address_book_find(again, &kept.e[i].address, &e) && memcmp(&e, &kept.e[i], sizeof(e)) == 0);
		}
		free(kept.e);
		address_book_free(again);
		address_book_free(b);
	}
}

static void
test_bans(void)
{
	static struct ban_list l;
	struct net_address v4 = from_text("8.8.8.8:1"), v4b = from_text("8.8.8.8:2"), v4c = from_text("8.8.8.9:1");
	struct net_address v6 = from_text("[2001:470:1:2::5]:1"), v6b = from_text("[2001:470:1:2:9::]:1"), v6c = from_text("[2001:470:1:3::5]:1");
	struct net_address local = from_text("127.0.0.1:1");

	ban_list_add(&l, &v4, NOW + 10);
	ban_list_add(&l, &v6, NOW + 20);
	ban_list_add(&l, &v4, NOW + 5);
	ban_list_add(&l, &local, NOW + 5);
	CU_ASSERT(l.n == 2 && !ban_list_has(&l, &local, at(NOW)));
	CU_ASSERT(ban_list_has(&l, &v4, at(NOW + 9)) && ban_list_has(&l, &v4b, at(NOW)) && !ban_list_has(&l, &v4c, at(NOW)));
	CU_ASSERT(ban_list_has(&l, &v6, at(NOW)) && ban_list_has(&l, &v6b, at(NOW)) && !ban_list_has(&l, &v6c, at(NOW)));
	CU_ASSERT(!ban_list_has(&l, &v4, at(NOW + 10)));
	ban_list_expire(&l, at(NOW + 10));
	CU_ASSERT(l.n == 1 && ban_list_has(&l, &v6, at(NOW)));
	for (uint32_t i = 1; i <= BANS_MAX + 5; i++) {
		v4 = ip(i);
		ban_list_add(&l, &v4, NOW + 100 + i);
	}
	CU_ASSERT(l.n == BANS_MAX && ban_list_has(&l, &v4, at(NOW)) && !ban_list_has(&l, &v6, at(NOW)));
	ban_list_expire(&l, at(NOW + 100 + BANS_MAX + 5));
	CU_ASSERT_EQUAL(l.n, 0);
}

static const struct unit_test tests[] = {
	{ "add", test_add },
	{ "a flood by one source", test_flood_by_one_source },
	{ "a flood of nodes of one group", test_flood_of_tried },
	{ "two for one slot", test_contest },
	{ "failures", test_terrible },
	{ "kept and loaded", test_round_trip },
	{ "bans", test_bans },
};

UNIT_MAIN("address_book", tests)
