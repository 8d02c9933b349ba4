#include "chain/net_address.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"

#define ONION "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"
#define I2P "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p"

static struct net_address
parsed(const char *host)
{
	struct net_address a = { 0 };

	CU_ASSERT_FATAL(net_address_from_host(&a, host));
	return a;
}

static void
hosts(void)
{
	static const struct {
		const char *host, *bytes, *shown; /* NULL: as given */
		enum net_network network;
	} rows[] = {
		{ "1.2.3.4", "01020304", NULL, NET_IPV4 },
		{ "0.0.0.0", "00000000", NULL, NET_IPV4 },
		{ "255.255.255.255", "ffffffff", NULL, NET_IPV4 },
		{ "::", "00000000000000000000000000000000", NULL, NET_IPV6 },
		{ "::1", "00000000000000000000000000000001", NULL, NET_IPV6 },
		{ "[::1]", "00000000000000000000000000000001", "::1", NET_IPV6 },
		{ "2001:DB8:0:0:1:0:0:1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1", NET_IPV6 },
		{ "::ffff:1.2.3.4", "01020304", "1.2.3.4", NET_IPV4 },
		{ "fc00:1:2:3:4:5:6:7", "fc000001000200030004000500060007", NULL, NET_CJDNS },
		{ "fd00::7", "fd000000000000000000000000000007", NULL, NET_IPV6 },
		{ ONION, "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f", NULL, NET_TORV3 },
		{ "PG6MMJIYJMCRSSLVYKFWNNTLARU7P5SVN6Y2YMMJU6NUBXNDF4PSCRYD.onion",
		  "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f", ONION, NET_TORV3 },
		{ "kpgvmscirrdqpekbqjsvw5teanhatztpp2gl6eee4zkowvwfxwenqaid.onion",
		  "53cd5648488c4707914182655b7664034e09e66f7e8cbf1084e654eb56c5bd88", NULL, NET_TORV3 },
		{ I2P, "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87", NULL, NET_I2P },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_address a = parsed(rows[i].host), again;
		char hex[2 * NET_ADDRESS_BYTES_MAX + 1], host[NET_HOST_MAX];

		CU_ASSERT(a.network == rows[i].network && a.port == 0 && a.services == 0 && a.time == 0);
		hex_encode(hex, a.bytes, net_network_size(a.network));
		CU_ASSERT_STRING_EQUAL(hex, rows[i].bytes);
		for (size_t k = net_network_size(a.network); k < NET_ADDRESS_BYTES_MAX; k++)
			CU_ASSERT_EQUAL(a.bytes[k], 0);
		net_address_to_host(host, &a);
		CU_ASSERT_STRING_EQUAL(host, rows[i].shown != NULL ? rows[i].shown : rows[i].host);
		again = parsed(host);
		CU_ASSERT(net_address_eq(&a, &again));
	}
}

static void
no_hosts(void)
{
	static const char *const rows[] = {
		"", " ", "localhost", "seed.example.org", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4:5",
		"01.2.3.4", "[1.2.3.4]", "[]", "[::1", "::1]", ":::", "::1%lo", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::",
		"fd87:d87e:eb43::1", "fd6b:88c0:8724::1", "::ffff:1.2.3.256",
		/* version 2, a checksum off, a version other than 3, a digit too few, one not in the alphabet */
		"6hzph5hv6337r6p2.onion",
		"pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscsyd.onion",
		"pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryc.onion",
		"g6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
		"1g6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", ".onion",
		/* leftover bits not zero, a digit too few, wrong alphabet, padding */
		"ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdr.b32.i2p",
		"keu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p",
		"0keu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p",
		"ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq====.b32.i2p",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_address a = { .port = 77 };
		bool taken = net_address_from_host(&a, rows[i]);

		CU_ASSERT_FALSE(taken);
		if (taken)
			printf("taken: %s\n", rows[i]);
		CU_ASSERT(a.port == 77 && a.network == 0);
	}
}

static void
texts(void)
{
	static const struct {
		const char *text, *shown; /* NULL: refused */
		uint16_t default_port;
	} rows[] = {
		{ "1.2.3.4:8333", "1.2.3.4:8333", 0 },
		{ "1.2.3.4:0", "1.2.3.4:0", 0 },
		{ "1.2.3.4:65535", "1.2.3.4:65535", 0 },
		{ "1.2.3.4:65536", NULL, 0 },
		{ "1.2.3.4:-1", NULL, 1 },
		{ "1.2.3.4:", NULL, 1 },
		{ "1.2.3.4:1x", NULL, 1 },
		{ "1.2.3.4:000001", NULL, 1 },
		{ "1.2.3.4", NULL, 0 },
		{ "1.2.3.4", "1.2.3.4:18444", 18444 },
		{ "[::1]:18444", "[::1]:18444", 0 },
		{ "[::1]", "[::1]:5", 5 },
		{ "::1", "[::1]:5", 5 },
		{ "::1", NULL, 0 },
		{ "[fc00::1]:5", "[fc00::1]:5", 0 },
		{ ONION ":8333", ONION ":8333", 0 },
		{ I2P ":0", I2P ":0", 0 },
		{ ONION, ONION ":1", 1 },
		{ "", NULL, 1 },
		{ ":1", NULL, 1 },
		{ "]:1", NULL, 1 },
		{ "host:1", NULL, 0 },
		{ "[1.2.3.4]:1", NULL, 0 },
		{ "a234567890123456789012345678901234567890123456789012345678901234567890:1", NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_address a = { .time = 5 };
		bool ok = net_address_from_text(&a, rows[i].text, rows[i].default_port);
		char text[NET_TEXT_MAX];

		CU_ASSERT_EQUAL(ok, rows[i].shown != NULL);
		if (ok != (rows[i].shown != NULL))
			printf("%s\n", rows[i].text);
		CU_ASSERT_EQUAL(a.time, ok ? 0 : 5);
		if (!ok)
			continue;
		net_address_to_text(text, &a);
		CU_ASSERT_STRING_EQUAL(text, rows[i].shown);
	}
}

static void
routable(void)
{
	static const struct {
		const char *host;
		bool routable, local;
	} rows[] = {
		{ "0.1.2.3", false, true },         { "1.0.0.1", true, false },           { "9.255.255.255", true, false },
		{ "10.0.0.1", false, false },       { "11.0.0.0", true, false },          { "100.63.255.255", true, false },
		{ "100.64.0.0", false, false },     { "100.127.255.255", false, false },  { "100.128.0.0", true, false },
		{ "127.0.0.1", false, true },       { "127.255.255.255", false, true },   { "169.254.1.1", false, false },
		{ "169.255.1.1", true, false },     { "172.15.0.1", true, false },        { "172.16.0.1", false, false },
		{ "172.31.255.255", false, false }, { "172.32.0.0", true, false },        { "192.0.2.1", false, false },
		{ "192.168.1.1", false, false },    { "192.169.1.1", true, false },       { "198.17.255.255", true, false },
		{ "198.18.0.0", false, false },     { "198.19.255.255", false, false },   { "198.51.100.7", false, false },
		{ "203.0.113.7", false, false },    { "223.255.255.255", true, false },   { "224.0.0.1", false, false },
		{ "240.0.0.1", false, false },      { "255.255.255.255", false, false },  { "::", false, false },
		{ "::1", false, true },             { "::2", true, false },               { "2001:10::1", false, false },
		{ "2001:1f:ffff::", false, false }, { "2001:20::1", false, false },       { "2001:2f::1", false, false },
		{ "2001:30::1", true, false },      { "2001:db8::1", false, false },      { "2001:db9::1", true, false },
		{ "fd00::1", false, false },        { "fe80::1", false, false },          { "febf::1", false, false },
		{ "fec0::1", true, false },         { "ff02::1", false, false },          { "fc00::1", true, false },
		{ ONION, true, false },             { I2P, true, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_address a = parsed(rows[i].host);

		CU_ASSERT_EQUAL(net_address_is_routable(&a), rows[i].routable);
		CU_ASSERT_EQUAL(net_address_is_local(&a), rows[i].local);
		if (net_address_is_routable(&a) != rows[i].routable)
			printf("%s\n", rows[i].host);
	}
}

/* Bitcoin Core, src/test/netbase_tests.cpp (netbase_getgroup), and the edges. */
static void
groups(void)
{
	static const struct {
		const char *host;
		uint8_t group[8];
	} rows[] = {
		{ "127.0.0.1", { 0 } },
		{ "10.0.0.1", { 0 } },
		{ "169.254.1.1", { 0 } },
		{ "fd00::1", { 0 } },
		{ "1.2.3.4", { NET_IPV4, 1, 2 } },
		{ "::ffff:0:102:304", { NET_IPV4, 1, 2 } },
		{ "64:ff9b::102:304", { NET_IPV4, 1, 2 } },
		{ "2002:102:304:9999:9999:9999:9999:9999", { NET_IPV4, 1, 2 } },
		{ "2001:0:9999:9999:9999:9999:fefd:fcfb", { NET_IPV4, 1, 2 } },
		{ "2001:470:abcd:9999:9999:9999:9999:9999", { NET_IPV6, 32, 1, 4, 112, 175 } },
		{ "2001:2001:9999:9999:9999:9999:9999:9999", { NET_IPV6, 32, 1, 32, 1 } },
		{ ONION, { NET_TORV3, 0x7f } },
		{ I2P, { NET_I2P, 0xaf } },
		{ "fc12:3456::", { NET_CJDNS, 0xfc, 0x1f } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_address a = parsed(rows[i].host);
		struct net_group g;

		a.port = 99;
		net_address_group(&g, &a);
		CU_ASSERT_EQUAL(memcmp(g.b, rows[i].group, sizeof(g.b)), 0);
		if (memcmp(g.b, rows[i].group, sizeof(g.b)) != 0)
			printf("%s: %u %u %u %u\n", rows[i].host, g.b[0], g.b[1], g.b[2], g.b[3]);
	}
}

static void
same_place(void)
{
	struct net_address a = parsed("1.2.3.4"), b = a, c = parsed("::1"), d = parsed("1.2.3.5");

	b.time = 7;
	b.services = 9;
	CU_ASSERT(net_address_eq(&a, &b) && net_address_cmp(&a, &b) == 0);
	b.port = 1;
	CU_ASSERT(!net_address_eq(&a, &b) && net_address_cmp(&a, &b) < 0 && net_address_cmp(&b, &a) > 0);
	CU_ASSERT(net_address_cmp(&a, &c) < 0 && net_address_cmp(&c, &a) > 0);
	CU_ASSERT(net_address_cmp(&a, &d) < 0 && net_address_cmp(&d, &a) > 0);
	/* a CJDNS address and the same 16 bytes as IPv6 are two */
	c = parsed("fc00::1");
	d = c;
	d.network = NET_IPV6;
	CU_ASSERT(!net_address_eq(&c, &d));
	CU_ASSERT(net_address_is_routable(&c) && !net_address_is_routable(&d));
	CU_ASSERT_STRING_EQUAL(net_network_name(c.network), "cjdns");
}

static const struct unit_test tests[] = {
	{ "hosts", hosts },
	{ "no hosts", no_hosts },
	{ "texts", texts },
	{ "routable", routable },
	{ "groups", groups },
	{ "the same place", same_place },
};

UNIT_MAIN("net_address", tests)
