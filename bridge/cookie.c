#include "bridge/cookie.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/rng.h"
#include "bridge/file.h"

#define COOKIE_USER "__cookie__"
#define COOKIE_TEXT_LEN (sizeof(COOKIE_USER) + COOKIE_HEX_LEN) /* user, colon, secret */

static void
cookie_text(char out[COOKIE_TEXT_LEN + 1], const struct cookie *c)
{
	snprintf(out, COOKIE_TEXT_LEN + 1, COOKIE_USER ":%s", c->secret);
}

bool
cookie_make(struct cookie *out, struct complaint *why, const char *path)
{
	uint8_t random[COOKIE_HEX_LEN / 2];
	char text[COOKIE_TEXT_LEN + 1];
	bool ok;

	snprintf(out->path, sizeof(out->path), "%s", path);
	rng_bytes(random, sizeof(random));
	hex_encode(out->secret, random, sizeof(random));
	cookie_text(text, out);
	ok = file_write_durable(why, path, text, strlen(text), 0600);
	mem_wipe(random, sizeof(random));
	mem_wipe(text, sizeof(text));
	return ok;
}

bool
cookie_read(struct cookie *out, struct complaint *why, const char *path)
{
	size_t len, user = strlen(COOKIE_USER ":");
	char *text = file_read(&len, why, path, 1000);
	bool ok;

	if (text == NULL)
		return false;
	ok = len == COOKIE_TEXT_LEN && strncmp(text, COOKIE_USER ":", user) == 0;
	if (ok) {
		snprintf(out->path, sizeof(out->path), "%s", path);
		snprintf(out->secret, sizeof(out->secret), "%s", text + user);
	} else {
		complain(why, EXIT_USAGE, "restart tallyd: it writes a new one", "%s is not a cookie file", path);
	}
	mem_wipe(text, len);
	free(text);
	return ok;
}

static void
base64(char *out, const char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)(unsigned char)s[i] << 16;

		if (i + 1 < n)
			v |= (unsigned)(unsigned char)s[i + 1] << 8;
		if (i + 2 < n)
			v |= (unsigned char)s[i + 2];
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*out = '\0';
}

void
cookie_authorization(char out[140], const struct cookie *c)
{
	char text[COOKIE_TEXT_LEN + 1];

	cookie_text(text, c);
	strcpy(out, "Basic ");
	base64(out + 6, text, strlen(text));
	mem_wipe(text, sizeof(text));
}

static bool
same_text(const char *given, const char *right)
{
	size_t n = strlen(right);

	return strlen(given) == n && mem_equal_secret(given, right, n);
}

bool
cookie_admits(const struct cookie *c, const char *authorization)
{
	char basic[140], bearer[80];
	bool as_basic, as_bearer;

	cookie_authorization(basic, c);
	snprintf(bearer, sizeof(bearer), "Bearer %s", c->secret);
	as_basic = same_text(authorization, basic);
	as_bearer = same_text(authorization, bearer);
	mem_wipe(basic, sizeof(basic));
	mem_wipe(bearer, sizeof(bearer));
	return as_basic || as_bearer;
}

void
cookie_remove(struct cookie *c)
{
	if (c->path[0] != '\0')
		unlink(c->path);
	mem_wipe(c, sizeof(*c));
}
