#include "bridge/socks5.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Bytes: RFC 1928 and RFC 1929, by hand. */
static const struct {
	const char *host;
	uint16_t port;
	const char *user;
	const char *greeting, *method, *login, *granted, *request, *reply; /* hex; login NULL: none */
} talks[] = {
	{ "1.2.3.4", 8333, NULL, "050100", "0500", NULL, NULL, "0501000101020304208d", "05000001000000000000" },
	{ "2001:db8::1", 1, NULL, "050100", "0500", NULL, NULL, "0501000420010db80000000000000000000000010001",
	  "0500000420010db800000000000000000000000112ab" },
	{ "x49.seed", 8333, "a7", "05020002", "0502", "01026137026137", "0100", "05010003087834392e73656564208d", "05000003026f6b1234" },
	{ "seed.example", 258, "a7", "05020002", "0500", NULL, NULL, "050100030c736565642e6578616d706c650102", "0500000100000000ffff" },
	{ "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", 8333, "b", "05020002", "0502", "0101620162", "0100",
	  "050100033e7067366d6d6a69796a6d637273736c76796b66776e6e746c61727537703573766e367932796d6d6a75366e7562786e64663470736372"
	  "79642e6f6e696f6e208d",
	  "05000001000000000000" },
};

static void
must_be(struct wr *w, const char *hex)
{
	char got[1024];

	CU_ASSERT_FATAL(w->len * 2 < sizeof(got));
	hex_encode(got, w->p, w->len);
	CU_ASSERT_STRING_EQUAL(got, hex);
	wr_clear(w);
}

/* Give the bytes whole, and before that each truncation of them, which must change nothing. */
static enum socks5_verdict
hear(struct socks5 *c, struct wr *out, const char *hex, size_t *used, const char **why)
{
	uint8_t bytes[512];
	size_t n = strlen(hex) / 2;
	enum socks5_stage before = c->stage;

	CU_ASSERT_FATAL(hex_decode(bytes, n, hex));
	for (size_t len = 0; len < n; len++) {
		CU_ASSERT_EQUAL(socks5_hear(c, out, used, why, bytes, len), SOCKS5_MORE);
		CU_ASSERT(*used == 0 && out->len == 0 && c->stage == before);
	}
	bytes[n] = 0x77; /* what follows belongs to the peer */
	return socks5_hear(c, out, used, why, bytes, n + 1);
}

static void
test_talks(void)
{
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		const char *why = NULL;
		struct wr out = { 0 };
		struct socks5 c;
		size_t used;

		socks5_start(&c, &out, talks[i].host, talks[i].port, talks[i].user);
		must_be(&out, talks[i].greeting);
		CU_ASSERT(hear(&c, &out, talks[i].method, &used, &why) == SOCKS5_MORE && used == 2);
		if (talks[i].login != NULL) {
			must_be(&out, talks[i].login);
			CU_ASSERT(hear(&c, &out, talks[i].granted, &used, &why) == SOCKS5_MORE && used == 2);
		}
		must_be(&out, talks[i].request);
		CU_ASSERT_EQUAL(hear(&c, &out, talks[i].reply, &used, &why), SOCKS5_OPEN);
		CU_ASSERT(used == strlen(talks[i].reply) / 2 && c.stage == SOCKS5_DONE && out.len == 0 && why == NULL);
	}
}

static const struct {
	enum socks5_stage stage;
	const char *says, *why;
} refusals[] = {
	{ SOCKS5_METHOD, "0400", "version 5" },
	{ SOCKS5_METHOD, "0501", "login" },
	{ SOCKS5_METHOD, "05ff", "login" },
	{ SOCKS5_LOGIN, "0101", "refused our login" },
	{ SOCKS5_LOGIN, "0500", "refused our login" },
	{ SOCKS5_REPLY, "0400000100000000ffff", "makes no sense" },
	{ SOCKS5_REPLY, "0500010100000000ffff", "makes no sense" },
	{ SOCKS5_REPLY, "0500000200000000ffff", "makes no sense" },
	{ SOCKS5_REPLY, "0501000100000000ffff", "the proxy failed" },
	{ SOCKS5_REPLY, "0502000100000000ffff", "not allow" },
	{ SOCKS5_REPLY, "0503000100000000ffff", "network" },
	{ SOCKS5_REPLY, "0504000100000000ffff", "host can't be reached" },
	{ SOCKS5_REPLY, "0505000100000000ffff", "refused" },
	{ SOCKS5_REPLY, "0506000100000000ffff", "gave up" },
	{ SOCKS5_REPLY, "0507000100000000ffff", "command" },
	{ SOCKS5_REPLY, "0508000100000000ffff", "kind of address" },
	{ SOCKS5_REPLY, "0509000100000000ffff", "says not why" },
	{ SOCKS5_REPLY, "05f0000100000000ffff", "onion" },
	{ SOCKS5_REPLY, "05ff000100000000ffff", "says not why" },
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const char *why = NULL;
		struct wr out = { 0 };
		struct socks5 c;
		size_t used;
		uint8_t bytes[16];

		socks5_start(&c, &out, "1.2.3.4", 1, refusals[i].stage == SOCKS5_LOGIN ? "me" : NULL);
		wr_clear(&out);
		c.stage = refusals[i].stage;
		CU_ASSERT_FATAL(hex_decode(bytes, strlen(refusals[i].says) / 2, refusals[i].says));
		CU_ASSERT_EQUAL(socks5_hear(&c, &out, &used, &why, bytes, strlen(refusals[i].says) / 2), SOCKS5_NO);
		CU_ASSERT_PTR_NOT_NULL_FATAL(why);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, refusals[i].why));
		wr_clear(&out);
	}
}

static const struct unit_test tests[] = {
	{ "talks, and every truncation", test_talks },
	{ "refusals", test_refusals },
};

UNIT_MAIN("socks5", tests)
