#include "bridge/net_range.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define MAPPED_BITS 96

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool
parse_address(uint8_t out[16], unsigned *first, const char *text)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		memcpy(out + 12, &v4, 4);
		*first = MAPPED_BITS;
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	memcpy(out, &v6, 16);
	*first = 0;
	return true;
}

bool
net_range_parse(struct net_range *out, const char *text)
{
	char address[64];
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned first, bits;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (!parse_address(out->address, &first, address))
		return false;
	out->bits = 128;
	if (slash == NULL)
		return true;
	if (strlen(slash + 1) == 0 || strlen(slash + 1) > 3 || strspn(slash + 1, "0123456789") != strlen(slash + 1))
		return false;
	bits = (unsigned)atoi(slash + 1);
	out->bits = first + bits;
	return bits <= 128 - first;
}

static bool
sockaddr_bytes(uint8_t out[16], const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		memcpy(out, mapped, sizeof(mapped));
		memcpy(out + 12, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
		return true;
	}
	if (a->sa_family != AF_INET6)
		return false;
	memcpy(out, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	return true;
}

bool
net_range_has(const struct net_range *r, const struct sockaddr *a)
{
	uint8_t b[16];
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	if (!sockaddr_bytes(b, a) || memcmp(b, r->address, whole) != 0)
		return false;
	return rest == 0 || (b[whole] ^ r->address[whole]) >> (8 - rest) == 0;
}

bool
net_is_loopback(const struct sockaddr *a)
{
	static const struct net_range v4 = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127 }, 104 };
	static const struct net_range v6 = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 128 };

	return net_range_has(&v4, a) || net_range_has(&v6, a);
}
