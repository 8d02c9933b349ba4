#ifndef TALLY_BRIDGE_HTTP_H
#define TALLY_BRIDGE_HTTP_H
/* Heads of HTTP/1.1 requests (RFC 9112), read as strictly as can be, so that nothing in front of us can have read them
 * otherwise: lines end with CR LF, no folded lines, no blank before a colon, no transfer codings, each header that matters at
 * most once. Pure. */
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define HTTP_HEAD_MAX 8192
#define HTTP_FIELD_MAX 512

struct http_head {
	char method[8];
	char path[256];      /* without the query */
	char query[256];     /* without the '?' */
	bool keep_alive;
	bool expect_continue;
	size_t content_length;
	char host[HTTP_FIELD_MAX]; /* empty when absent, and likewise below */
	char origin[HTTP_FIELD_MAX];
	char authorization[HTTP_FIELD_MAX];
};

/* Status codes, and 0 for "not all there yet". */
enum http_verdict {
	HTTP_MORE = 0,
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_TOO_LARGE = 431,
	HTTP_NOT_IMPLEMENTED = 501,
	HTTP_VERSION = 505,
};

/* Read a head from the first bytes of a connection; *used gets its length with the empty line. */
MUST_USE enum http_verdict http_head_read(struct http_head *out, size_t *used, const char *bytes, size_t len);

/* The name inside a Host header, without port and brackets; false when malformed. */
MUST_USE bool http_host_name(char out[HTTP_FIELD_MAX], const char *host);

const char *http_status_text(int status);

#endif
