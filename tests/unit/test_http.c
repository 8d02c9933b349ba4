#include "bridge/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/net_range.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define GOOD "POST /path?q=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Length: 12\r\nAuthorization:  Bearer x \r\n\r\n"

static void
a_head_is_read(void)
{
	struct http_head h;
	size_t used = 0;

	CU_ASSERT_EQUAL(http_head_read(&h, &used, GOOD "body", strlen(GOOD "body")), HTTP_OK);
	CU_ASSERT_EQUAL(used, strlen(GOOD));
	CU_ASSERT_STRING_EQUAL(h.method, "POST");
	CU_ASSERT_STRING_EQUAL(h.path, "/path");
	CU_ASSERT_STRING_EQUAL(h.query, "q=1");
	CU_ASSERT_STRING_EQUAL(h.host, "127.0.0.1:80");
	CU_ASSERT_STRING_EQUAL(h.authorization, "Bearer x");
	CU_ASSERT_STRING_EQUAL(h.origin, "");
	CU_ASSERT_EQUAL(h.content_length, 12);
	CU_ASSERT(h.keep_alive && !h.expect_continue);
	for (size_t i = 0; i < strlen(GOOD); i++)
		CU_ASSERT_EQUAL(http_head_read(&h, &used, GOOD, i), HTTP_MORE);
}

static const struct {
	const char *text;
	enum http_verdict want;
} heads[] = {
	{ "GET / HTTP/1.1\r\n\r\n", HTTP_OK },
	{ "GET / HTTP/1.0\r\nConnection: close\r\n\r\n", HTTP_OK },
	{ "GET / HTTP/1.1\r\nX-Y: a\tb c\r\nExpect: 100-Continue\r\n\r\n", HTTP_OK },
	{ "GET / HTTP/2.0\r\n\r\n", HTTP_VERSION },
	{ "GET / HTTP/1.2\r\n\r\n", HTTP_VERSION },
	{ "GET / http/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET /\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET  / HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / a HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ " GET / HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET http://x/ HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET * HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "G\x01T / HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET /\x7f HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "VERYLONGMETHOD / HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nA\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\n: x\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\n Host: x\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nX: a\nY: b\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\nHost: x\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nContent-Length: 1 2\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_NOT_IMPLEMENTED },
	{ "GET / HTTP/1.1\r\nTRANSFER-ENCODING: identity\r\n\r\n", HTTP_NOT_IMPLEMENTED },
	{ "GET / HTTP/1.1\r\nExpect: magic\r\n\r\n", HTTP_BAD_REQUEST },
	{ "\r\n\r\n", HTTP_BAD_REQUEST },
};

static void
verdicts(void)
{
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct http_head h;
		size_t used;
		enum http_verdict got = http_head_read(&h, &used, heads[i].text, strlen(heads[i].text));

		CU_ASSERT_EQUAL(got, heads[i].want);
		if (got != heads[i].want)
			fprintf(stderr, "row %zu: %d\n", i, (int)got);
	}
}

static void
sizes_are_bounded(void)
{
	struct http_head h;
	size_t used;
	char *text = mem_new(HTTP_HEAD_MAX + 100, 1);
	int n;

	memset(text, 'a', HTTP_HEAD_MAX + 99);
	CU_ASSERT_EQUAL(http_head_read(&h, &used, text, HTTP_HEAD_MAX - 1), HTTP_MORE);
	CU_ASSERT_EQUAL(http_head_read(&h, &used, text, HTTP_HEAD_MAX), HTTP_TOO_LARGE);
	n = snprintf(text, HTTP_HEAD_MAX, "GET /%0300d HTTP/1.1\r\n\r\n", 0);
	CU_ASSERT_EQUAL(http_head_read(&h, &used, text, (size_t)n), HTTP_TOO_LARGE);
	n = snprintf(text, HTTP_HEAD_MAX, "GET /?%0300d HTTP/1.1\r\n\r\n", 0);
	CU_ASSERT_EQUAL(http_head_read(&h, &used, text, (size_t)n), HTTP_TOO_LARGE);
	n = snprintf(text, HTTP_HEAD_MAX, "GET / HTTP/1.1\r\nHost: %0600d\r\n\r\n", 0);
	CU_ASSERT_EQUAL(http_head_read(&h, &used, text, (size_t)n), HTTP_TOO_LARGE);
	free(text);
}

static void
host_names(void)
{
	static const struct {
		const char *host, *want; /* NULL: malformed */
	} rows[] = {
		{ "localhost", "localhost" },
		{ "127.0.0.1:80", "127.0.0.1" },
		{ "[::1]:80", "::1" },
		{ "[::1]", "::1" },
		{ "", NULL },
		{ ":80", NULL },
		{ "a:b", NULL },
		{ "[::1", NULL },
		{ "[::1]x", NULL },
		{ "a:80:80", NULL },
		{ "[]", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[HTTP_FIELD_MAX];
		bool good = http_host_name(name, rows[i].host);

		CU_ASSERT_EQUAL(good, rows[i].want != NULL);
		if (good && rows[i].want != NULL)
			CU_ASSERT_STRING_EQUAL(name, rows[i].want);
	}
}

static bool
in_range(const char *range, const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct net_range r;

	CU_ASSERT_FATAL(net_range_parse(&r, range));
	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return net_range_has(&r, (struct sockaddr *)&v4);
	CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return net_range_has(&r, (struct sockaddr *)&v6);
}

static void
ranges_of_addresses(void)
{
	static const char *const bad[] = { "",	     "x",	    "10.0.0.0/33", "10.0.0.0/",	  "10.0.0/8",
					   "::/129", "10.0.0.0/-1", "10.0.0.0/8x", "1.2.3.4/0008" };
	struct net_range r;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(!net_range_parse(&r, bad[i]));
	CU_ASSERT(in_range("10.0.0.0/8", "10.255.0.1") && !in_range("10.0.0.0/8", "11.0.0.0"));
	CU_ASSERT(in_range("10.1.2.3", "10.1.2.3") && !in_range("10.1.2.3", "10.1.2.4"));
	CU_ASSERT(in_range("192.168.4.0/23", "192.168.5.9") && !in_range("192.168.4.0/23", "192.168.6.0"));
	CU_ASSERT(in_range("fd00::/7", "fc00::1") && !in_range("fd00::/8", "fc00::1"));
	CU_ASSERT(in_range("10.0.0.0/8", "::ffff:10.0.0.1") && !in_range("0.0.0.0/0", "2001::1") && in_range("::/0", "1.2.3.4"));
}

static const struct unit_test tests[] = {
	{ "a head is read", a_head_is_read },	    { "verdicts", verdicts },	{ "sizes are bounded", sizes_are_bounded },
	{ "host names", host_names },		    { "ranges of addresses", ranges_of_addresses },
};

UNIT_MAIN("http", tests)
