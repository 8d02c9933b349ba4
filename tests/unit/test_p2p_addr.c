#include "chain/p2p_addr.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/messages.h"
#include "tests/unit/unit.h"

#define LOCALHOST "00000000000000000000000000000001"

/* Bitcoin Core, src/test/net_tests.cpp: the same three addresses in both messages. */
static const char addr_hex[] = "03" "61bc6649" "0000000000000000" LOCALHOST "0000"
			       "79627683" "0100000000000000" LOCALHOST "00f1"
			       "ffffffff" "4804000000000000" LOCALHOST "f1f2";
static const char addrv2_hex[] = "03" "61bc6649" "00" "02" "10" LOCALHOST "0000"
				 "79627683" "01" "02" "10" LOCALHOST "00f1"
				 "ffffffff" "fd4804" "02" "10" LOCALHOST "f1f2";

static void
check_the_three(const struct net_address *a, size_t n)
{
	static const struct {
		uint32_t time;
		uint64_t services;
		uint16_t port;
	} rows[] = { { 0x4966bc61, 0, 0 }, { 0x83766279, 1, 0xf1 }, { 0xffffffff, 0x448, 0xf1f2 } };

	CU_ASSERT_EQUAL_FATAL(n, ARRAY_LEN(rows));
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT(a[i].network == NET_IPV6 && a[i].bytes[15] == 1 && a[i].bytes[0] == 0);
		CU_ASSERT(a[i].time == rows[i].time && a[i].services == rows[i].services && a[i].port == rows[i].port);
	}
}

static void
both_messages(void)
{
	struct net_address *a;
	struct wr w = { 0 };
	size_t len, n;
	uint8_t *p = unhex(&len, addr_hex);

	CU_ASSERT_FATAL(p2p_addr_decode(&a, &n, p, len));
	check_the_three(a, n);
	wr_p2p_addrv2(&w, a, n);
	written_as(&w, addrv2_hex);
	free(a);
	free(p);
	p = unhex(&len, addrv2_hex);
	CU_ASSERT_FATAL(p2p_addrv2_decode(&a, &n, p, len));
	check_the_three(a, n);
	wr_p2p_addr(&w, a, n);
	written_as(&w, addr_hex);
	free(a);
	free(p);
}

enum outcome { TAKEN, SKIPPED, MALFORMED };

/* Network id, size and address, as in addrv2. Most of them from Bitcoin Core's src/test/net_tests.cpp. */
static void
each_network(void)
{
	static const struct {
		const char *hex, *host;
		enum outcome outcome;
	} rows[] = {
		{ "01" "04" "01020304", "1.2.3.4", TAKEN },
		{ "01" "05" "0102030405", NULL, MALFORMED },
		{ "01" "03" "010203", NULL, MALFORMED },
		{ "01" "00", NULL, MALFORMED },
		{ "02" "10" "0102030405060708090a0b0c0d0e0f10", "102:304:506:708:90a:b0c:d0e:f10", TAKEN },
		{ "02" "04" "00000000", NULL, MALFORMED },
		{ "02" "10" "00000000000000000000ffff01020304", NULL, SKIPPED },  /* IPv4 inside */
		{ "02" "10" "fd87d87eeb430102030405060708090a", NULL, SKIPPED },  /* Tor version 2 inside */
		{ "02" "10" "fd6b88c087240102030405060708090a", NULL, SKIPPED },  /* an internal name */
		{ "03" "0a" "f1f2f3f4f5f6f7f8f9fa", NULL, SKIPPED },              /* Tor version 2 */
		{ "03" "07" "00000000000000", NULL, MALFORMED },
		{ "04" "20" "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f",
		  "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", TAKEN },
		{ "04" "23" "53cd5648488c4707914182655b7664034e09e66f7e8cbf1084e654eb56c5bd88c7f303", NULL, MALFORMED },
		{ "05" "20" "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87",
		  "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", TAKEN },
		{ "05" "03" "000102", NULL, MALFORMED },
		{ "06" "10" "fc000001000200030004000500060007", "fc00:1:2:3:4:5:6:7", TAKEN },
		{ "06" "10" "fd000001000200030004000500060007", NULL, SKIPPED },
		{ "06" "01" "00", NULL, MALFORMED },
		{ "aa" "04" "01020304", NULL, SKIPPED },
		{ "aa" "00", NULL, SKIPPED },
		{ "00" "04" "01020304", NULL, SKIPPED },
		{ "07" "10" "02000000000000000000000000000001", NULL, SKIPPED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_address *a = NULL;
		struct wr w = { 0 };
		char host[NET_HOST_MAX];
		size_t len, n = 0;
		uint8_t *p = unhex(&len, rows[i].hex);
		bool ok;

		wr_bytes(&w, "\x02\x01\0\0\0\x09", 6); /* two entries; time 1, services 9 */
		wr_bytes(&w, p, len);
		wr_bytes(&w, "\x20\x8d\x02\0\0\0\x00\x01\x04\x05\x06\x07\x08\0\x01", 15); /* the second: 5.6.7.8, port 1 */
		ok = p2p_addrv2_decode(&a, &n, w.p, w.len);
		CU_ASSERT_EQUAL(ok, rows[i].outcome != MALFORMED);
		if (ok)
			CU_ASSERT_EQUAL(n, rows[i].outcome == TAKEN ? 2 : 1);
		if (ok && rows[i].outcome == TAKEN) {
			net_address_to_host(host, &a[0]);
			CU_ASSERT_STRING_EQUAL(host, rows[i].host);
			CU_ASSERT(a[0].port == 8333 && a[0].time == 1 && a[0].services == 9);
			wr_reset(&w);
			wr_p2p_addrv2(&w, a, 1);
			CU_ASSERT(w.len == 1 + 5 + len + 2 && memcmp(w.p + 6, p, len) == 0);
		}
		if (ok)
			CU_ASSERT(a[n - 1].bytes[0] == 5 && a[n - 1].port == 1);
		free(a);
		free(p);
		wr_clear(&w);
	}
}

/* An address of network id 0xaa and this many bytes. */
static bool
address_of(size_t size)
{
	static const uint8_t zeros[P2P_ADDRV2_BYTES_MAX + 1];
	struct net_address *a = NULL;
	struct wr w = { 0 };
	size_t n;
	bool ok;

	wr_bytes(&w, "\x01\0\0\0\0\0\xaa", 7);
	wr_varbytes(&w, zeros, size);
	wr_u16be(&w, 1);
	ok = p2p_addrv2_decode(&a, &n, w.p, w.len);
	CU_ASSERT(!ok || n == 0);
	free(a);
	wr_clear(&w);
	return ok;
}

static void
long_addresses(void)
{
	CU_ASSERT(address_of(P2P_ADDRV2_BYTES_MAX));
	CU_ASSERT_FALSE(address_of(P2P_ADDRV2_BYTES_MAX + 1));
}

/* The old message: IPv4 is mapped into IPv6, what has no place in it is left out. */
static void
old_form(void)
{
	static const char *const hosts[] = { "1.2.3.4", "2a00::1", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
					     "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", "fc00::1" };
	static const char hex[] = "02" "00000000" "0000000000000000" "00000000000000000000ffff01020304" "0000"
				  "00000000" "0000000000000000" "2a000000000000000000000000000001" "0000";
	struct net_address a[ARRAY_LEN(hosts)], *back;
	struct wr w = { 0 };
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		CU_ASSERT_FATAL(net_address_from_host(&a[i], hosts[i]));
	wr_p2p_addr(&w, a, ARRAY_LEN(a));
	CU_ASSERT_FATAL(p2p_addr_decode(&back, &n, w.p, w.len));
	CU_ASSERT(n == 2 && net_address_eq(&back[0], &a[0]) && net_address_eq(&back[1], &a[1]));
	free(back);
	written_as(&w, hex);
	/* Tor version 2 is skipped, what follows is read. */
	wr_bytes(&w, "\x02", 1);
	for (size_t i = 0; i < 12; i++)
		wr_u8(&w, 0);
	wr_bytes(&w, "\xfd\x87\xd8\x7e\xeb\x43\1\2\3\4\5\6\7\x08\x09\x0a\x20\x8d", 18);
	for (size_t i = 0; i < 30; i++)
		wr_u8(&w, 1);
	CU_ASSERT_FATAL(p2p_addr_decode(&back, &n, w.p, w.len));
	CU_ASSERT(n == 1 && back[0].port == 0x101 && back[0].time == 0x01010101 && back[0].bytes[15] == 1);
	free(back);
	wr_clear(&w);
}

static bool
takes_addr(const void *p, size_t len)
{
	struct net_address *a = NULL;
	size_t n;
	bool ok = p2p_addr_decode(&a, &n, p, len);

	free(a);
	return ok;
}
static bool
takes_addrv2(const void *p, size_t len)
{
	struct net_address *a = NULL;
	size_t n;
	bool ok = p2p_addrv2_decode(&a, &n, p, len);

	free(a);
	return ok;
}

static void
every_truncation_and_every_byte_more(void)
{
	static const struct message_row rows[] = {
		{ "addr", addr_hex, takes_addr, 0, false },
		{ "addrv2", addrv2_hex, takes_addrv2, 0, false },
	};

	every_truncation_and_byte_more(rows, ARRAY_LEN(rows));
}

static void
counts_at_and_above_their_limits(void)
{
	static const struct count_row rows[] = {
		{ takes_addr, 0, 30, 0, P2P_ADDR_MAX },
		{ takes_addrv2, 0, 9, 0, P2P_ADDR_MAX },
	};

	counts_at_and_above_limits(rows, ARRAY_LEN(rows));
}

static const struct unit_test tests[] = {
	{ "both messages", both_messages },
	{ "each network", each_network },
	{ "long addresses", long_addresses },
	{ "the old form", old_form },
	{ "every truncation and every byte more", every_truncation_and_every_byte_more },
	{ "counts at and above their limits", counts_at_and_above_their_limits },
};

UNIT_MAIN("p2p_addr", tests)
