#include "bridge/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_token(const char *s, size_t n)
{
	static const char extra[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr(extra, c) != NULL)))
			return false;
	}
	return n > 0;
}

static bool
is_visible(const char *s, size_t n, bool blanks)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f || (!blanks && c == ' ')) {
			if (!(blanks && c == '\t'))
				return false;
		}
	}
	return true;
}

static bool
copy_field(char *out, size_t size, const char *s, size_t n)
{
	if (n >= size)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

static enum http_verdict
read_target(struct http_head *h, const char *s, size_t n)
{
	const char *question = memchr(s, '?', n);
	size_t path = question != NULL ? (size_t)(question - s) : n;

	if (n == 0 || s[0] != '/' || !is_visible(s, n, false))
		return HTTP_BAD_REQUEST;
	if (!copy_field(h->path, sizeof(h->path), s, path))
		return HTTP_TOO_LARGE;
	if (question != NULL && !copy_field(h->query, sizeof(h->query), question + 1, n - path - 1))
		return HTTP_TOO_LARGE;
	return HTTP_OK;
}

/* METHOD SP target SP HTTP/1.x */
static enum http_verdict
read_request_line(struct http_head *h, const char *line, size_t n)
{
	const char *blank = memchr(line, ' ', n), *second;
	enum http_verdict v;

	if (blank == NULL || !is_token(line, (size_t)(blank - line)) ||
	    !copy_field(h->method, sizeof(h->method), line, (size_t)(blank - line)))
		return HTTP_BAD_REQUEST;
	second = memchr(blank + 1, ' ', n - (size_t)(blank + 1 - line));
	if (second == NULL || (size_t)(line + n - second - 1) != 8 || memcmp(second + 1, "HTTP/", 5) != 0)
		return HTTP_BAD_REQUEST;
	v = read_target(h, blank + 1, (size_t)(second - blank - 1));
	if (v != HTTP_OK)
		return v;
	if (memcmp(second + 1, "HTTP/1.1", 8) != 0 && memcmp(second + 1, "HTTP/1.0", 8) != 0)
		return HTTP_VERSION;
	h->keep_alive = second[8] == '1';
	return HTTP_OK;
}

static bool
read_length(size_t *out, const char *s, size_t n)
{
	size_t v = 0;

	if (n == 0 || n > 9)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (size_t)(s[i] - '0');
	}
	*out = v;
	return true;
}

enum seen { SEEN_LENGTH = 1, SEEN_HOST = 2, SEEN_ORIGIN = 4, SEEN_AUTHORIZATION = 8, SEEN_CONNECTION = 16, SEEN_EXPECT = 32 };

static bool
is_name(const char *name, size_t n, const char *want)
{
	return strlen(want) == n && strncasecmp(name, want, n) == 0;
}

/* Into a text field, once. */
static enum http_verdict
take_text(char out[HTTP_FIELD_MAX], unsigned *seen, enum seen which, const char *value, size_t n)
{
	if (*seen & which)
		return HTTP_BAD_REQUEST;
	*seen |= which;
	return copy_field(out, HTTP_FIELD_MAX, value, n) ? HTTP_OK : HTTP_TOO_LARGE;
}

static enum http_verdict
take_header(struct http_head *h, unsigned *seen, const char *name, size_t name_n, const char *value, size_t n)
{
	char text[HTTP_FIELD_MAX];
	enum http_verdict v = HTTP_OK;

	if (is_name(name, name_n, "host"))
		return take_text(h->host, seen, SEEN_HOST, value, n);
	if (is_name(name, name_n, "origin"))
		return take_text(h->origin, seen, SEEN_ORIGIN, value, n);
	if (is_name(name, name_n, "authorization"))
		return take_text(h->authorization, seen, SEEN_AUTHORIZATION, value, n);
	if (is_name(name, name_n, "transfer-encoding"))
		return HTTP_NOT_IMPLEMENTED;
	if (is_name(name, name_n, "content-length")) {
		v = take_text(text, seen, SEEN_LENGTH, value, n);
		return v != HTTP_OK ? v : read_length(&h->content_length, value, n) ? HTTP_OK : HTTP_BAD_REQUEST;
	}
	if (is_name(name, name_n, "connection")) {
		v = take_text(text, seen, SEEN_CONNECTION, value, n);
		if (v == HTTP_OK && strcasecmp(text, "close") == 0)
			h->keep_alive = false;
	} else if (is_name(name, name_n, "expect")) {
		v = take_text(text, seen, SEEN_EXPECT, value, n);
		if (v == HTTP_OK && strcasecmp(text, "100-continue") != 0)
			return HTTP_BAD_REQUEST;
		h->expect_continue = true;
	}
	return v;
}

static enum http_verdict
read_header_line(struct http_head *h, unsigned *seen, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n), *value;
	size_t value_n;

	if (colon == NULL || !is_token(line, (size_t)(colon - line)) ||
	    !is_visible(colon + 1, n - (size_t)(colon + 1 - line), true))
		return HTTP_BAD_REQUEST;
	value = colon + 1;
	value_n = n - (size_t)(value - line);
	while (value_n > 0 && (value[0] == ' ' || value[0] == '\t')) {
		value++;
		value_n--;
	}
	while (value_n > 0 && (value[value_n - 1] == ' ' || value[value_n - 1] == '\t'))
		value_n--;
	return take_header(h, seen, line, (size_t)(colon - line), value, value_n);
}

/* Length of the line at p without its CR LF; false when it is not all there. A lone CR or LF is left in, to be refused with
 * the line. */
static bool
next_line(size_t *n, const char *p, size_t len)
{
	const char *end = memmem(p, len, "\r\n", 2);

	if (end != NULL)
		*n = (size_t)(end - p);
	return end != NULL;
}

enum http_verdict
http_head_read(struct http_head *out, size_t *used, const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX, "\r\n\r\n", 4);
	unsigned seen = 0;
	size_t n = 0, at;
	enum http_verdict v;

	if (end == NULL)
		return len >= HTTP_HEAD_MAX ? HTTP_TOO_LARGE : HTTP_MORE;
	*used = (size_t)(end - bytes) + 4;
	memset(out, 0, sizeof(*out));
	if (!next_line(&n, bytes, *used))
		return HTTP_BAD_REQUEST;
	v = read_request_line(out, bytes, n);
	for (at = n + 2; v == HTTP_OK && at < *used - 2; at += n + 2) {
		if (!next_line(&n, bytes + at, *used - at))
			return HTTP_BAD_REQUEST;
		v = read_header_line(out, &seen, bytes + at, n);
	}
	return v;
}

bool
http_host_name(char out[HTTP_FIELD_MAX], const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : host + strcspn(host, ":");

	if (end == NULL)
		return false;
	if (!copy_field(out, HTTP_FIELD_MAX, host + (host[0] == '['), (size_t)(end - host) - (host[0] == '[')))
		return false;
	end += *end == ']';
	if (*end == '\0')
		return out[0] != '\0';
	return *end == ':' && strspn(end + 1, "0123456789") == strlen(end + 1) && out[0] != '\0';
}

const char *
http_status_text(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 204:
		return "No Content";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 431:
		return "Request Header Fields Too Large";
	case 501:
		return "Not Implemented";
	case 503:
		return "Service Unavailable";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Error";
	}
}
