#include "chain/net_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "chain/bech32.h"

#define IPV6_LEN 16
#define KEY_LEN 32
#define ONION_LEN (KEY_LEN + 2 + 1) /* key, checksum, version */
#define ONION_DIGITS 56
#define ONION_VERSION 3
#define I2P_DIGITS 52

size_t
net_network_size(enum net_network network)
{
	switch (network) {
	case NET_IPV4:
		return 4;
	case NET_IPV6:
	case NET_CJDNS:
		return IPV6_LEN;
	case NET_TORV3:
	case NET_I2P:
		return KEY_LEN;
	}
	return 0;
}

const char *
net_network_name(enum net_network network)
{
	switch (network) {
	case NET_IPV4:
		return "ipv4";
	case NET_IPV6:
		return "ipv6";
	case NET_TORV3:
		return "onion";
	case NET_I2P:
		return "i2p";
	case NET_CJDNS:
		return "cjdns";
	}
	return "unknown";
}

int
net_address_cmp(const struct net_address *a, const struct net_address *b)
{
	int bytes = memcmp(a->bytes, b->bytes, sizeof(a->bytes));

	if (a->network != b->network)
		return a->network < b->network ? -1 : 1;
	return bytes != 0 ? bytes : (a->port > b->port) - (a->port < b->port);
}

bool
net_address_eq(const struct net_address *a, const struct net_address *b)
{
	return net_address_cmp(a, b) == 0;
}

/* -- Ranges of addresses -- */

struct range {
	uint8_t first[IPV6_LEN]; /* of which the first `bits` count */
	unsigned bits;
};

static bool
in_range(const uint8_t *bytes, const struct range *r)
{
	size_t whole = r->bits / 8;
	unsigned rest = r->bits % 8;

	return memcmp(bytes, r->first, whole) == 0 &&
	       (rest == 0 || ((unsigned)(bytes[whole] ^ r->first[whole]) >> (8 - rest)) == 0);
}

static bool
in_any(const uint8_t *bytes, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (in_range(bytes, &r[i]))
			return true;
	}
	return false;
}

static const struct range mapped_ipv4 = { { [10] = 0xff, 0xff }, 96 };
/* Names in the shape of IPv6: OnionCat (Tor version 2), and Bitcoin Core's own for sources of addresses. */
static const struct range not_ipv6[] = {
	{ { 0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43 }, 48 },
	{ { 0xfd, 0x6b, 0x88, 0xc0, 0x87, 0x24 }, 48 },
};
static const struct range loopback_ipv6 = { { [15] = 1 }, 128 };
static const struct range local_ipv4[] = { { { 127 }, 8 }, { { 0 }, 8 } };

static const struct range unroutable_ipv4[] = {
	{ { 0 }, 8 },             /* RFC 1122: this network */
	{ { 10 }, 8 },            /* RFC 1918: private */
	{ { 100, 64 }, 10 },      /* RFC 6598: carriers' translation */
	{ { 127 }, 8 },           /* loopback */
	{ { 169, 254 }, 16 },     /* RFC 3927: link-local */
	{ { 172, 16 }, 12 },      /* RFC 1918 */
	{ { 192, 0, 2 }, 24 },    /* RFC 5737: documentation */
	{ { 192, 168 }, 16 },     /* RFC 1918 */
	{ { 198, 18 }, 15 },      /* RFC 2544: benchmarks */
	{ { 198, 51, 100 }, 24 }, /* RFC 5737 */
	{ { 203, 0, 113 }, 24 },  /* RFC 5737 */
	{ { 224 }, 3 },           /* multicast, reserved, broadcast */
};
static const struct range unroutable_ipv6[] = {
	{ { 0 }, 128 },                            /* unspecified */
	{ { [15] = 1 }, 128 },                     /* loopback */
	{ { 0x20, 0x01, 0x00, 0x10 }, 28 },        /* RFC 4843: hashes of keys */
	{ { 0x20, 0x01, 0x00, 0x20 }, 28 },        /* RFC 7343: the same */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },        /* RFC 3849: documentation */
	{ { 0xfc }, 7 },                           /* RFC 4193: local to a site */
	{ { 0xfe, 0x80 }, 10 },                    /* RFC 4291: link-local */
	{ { 0xff }, 8 },                           /* multicast */
};

bool
net_address_from_ipv6(struct net_address *out, const uint8_t ip[16])
{
	if (in_any(ip, not_ipv6, ARRAY_LEN(not_ipv6)))
		return false;
	*out = (struct net_address){ .network = NET_IPV6 };
	if (in_range(ip, &mapped_ipv4)) {
		out->network = NET_IPV4;
		memcpy(out->bytes, ip + 12, 4);
	} else {
		memcpy(out->bytes, ip, IPV6_LEN);
	}
	return true;
}

bool
net_address_is_local(const struct net_address *a)
{
	if (a->network == NET_IPV4)
		return in_any(a->bytes, local_ipv4, ARRAY_LEN(local_ipv4));
	return a->network == NET_IPV6 && in_range(a->bytes, &loopback_ipv6);
}

bool
net_address_is_routable(const struct net_address *a)
{
	switch (a->network) {
	case NET_IPV4:
		return !in_any(a->bytes, unroutable_ipv4, ARRAY_LEN(unroutable_ipv4));
	case NET_IPV6:
		return !in_any(a->bytes, unroutable_ipv6, ARRAY_LEN(unroutable_ipv6)) && !in_range(a->bytes, &mapped_ipv4) &&
		       !in_any(a->bytes, not_ipv6, ARRAY_LEN(not_ipv6));
	case NET_TORV3:
	case NET_I2P:
		return true;
	case NET_CJDNS:
		return a->bytes[0] == 0xfc;
	}
	return false;
}

/* -- Groups -- */

/* IPv6 with an IPv4 address inside, which then says whose it is. */
static bool
linked_ipv4(uint8_t out[4], const struct net_address *a)
{
	static const struct range at_12[] = { { { 0x00, 0x64, 0xff, 0x9b }, 96 },    /* RFC 6052: NAT64 */
					      { { [8] = 0xff, 0xff, 0, 0 }, 96 } };  /* RFC 6145: translated */
	static const struct range teredo = { { 0x20, 0x01, 0, 0 }, 32 }, six_to_four = { { 0x20, 0x02 }, 16 };
	const uint8_t *b = a->bytes;

	if (a->network == NET_IPV4) {
		memcpy(out, b, 4);
	} else if (a->network != NET_IPV6) {
		return false;
	} else if (in_range(b, &six_to_four)) {
		memcpy(out, b + 2, 4);
	} else if (in_range(b, &teredo)) {
		for (size_t i = 0; i < 4; i++)
			out[i] = (uint8_t)~b[12 + i];
	} else if (in_any(b, at_12, ARRAY_LEN(at_12))) {
		memcpy(out, b + 12, 4);
	} else {
		return false;
	}
	return true;
}

/* How many leading bits tell one owner from another. */
static unsigned
group_bits(const struct net_address *a)
{
	static const struct range hurricane_electric = { { 0x20, 0x01, 0x04, 0x70 }, 32 };

	switch (a->network) {
	case NET_IPV4:
		return 16;
	case NET_IPV6:
		return in_range(a->bytes, &hurricane_electric) ? 36 : 32;
	case NET_TORV3:
	case NET_I2P:
		return 4;
	case NET_CJDNS:
		return 12; /* the first 8 are the same in all of them */
	}
	return 0;
}

void
net_address_group(struct net_group *out, const struct net_address *a)
{
	unsigned bits = group_bits(a);
	uint8_t ipv4[4];

	*out = (struct net_group){ { 0 } };
	if (!net_address_is_routable(a))
		return;
	if (linked_ipv4(ipv4, a)) {
		*out = (struct net_group){ { NET_IPV4, ipv4[0], ipv4[1] } };
		return;
	}
	out->b[0] = (uint8_t)a->network;
	memcpy(out->b + 1, a->bytes, bits / 8);
	if (bits % 8 != 0)
		out->b[1 + bits / 8] = (uint8_t)(a->bytes[bits / 8] | 0xff >> bits % 8);
}

/* -- Text -- */

static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

/* RFC 4648 without padding; text holds (8 n + 4) / 5 digits, no final 0. */
static size_t
base32_encode(char *text, const uint8_t *bytes, size_t n)
{
	size_t digits = 0;
	bool ok = bits_regroup((uint8_t *)text, &digits, 5, bytes, n, 8, true);

	assert(ok);
	for (size_t i = 0; i < digits; i++)
		text[i] = base32_digits[(uint8_t)text[i]];
	return digits;
}

/* Digits of either case; what is left over must be zero bits. */
static bool
base32_decode(uint8_t *out, size_t n, const char *text, size_t digits)
{
	uint8_t values[ONION_DIGITS];
	size_t got = 0;

	assert(digits <= sizeof(values) && 8 * n <= 5 * digits && 5 * digits < 8 * n + 8);
	for (size_t i = 0; i < digits; i++) {
		char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
		const char *at = c == '\0' ? NULL : strchr(base32_digits, c);

		if (at == NULL)
			return false;
		values[i] = (uint8_t)(at - base32_digits);
	}
	return bits_regroup(out, &got, 8, values, digits, 5, false) && got == n;
}

/* Tor's rend-spec-v3: key, the first 2 bytes of SHA3-256(".onion checksum" | key | version), version. */
static void
onion_bytes(uint8_t out[ONION_LEN], const uint8_t key[KEY_LEN])
{
	uint8_t hashed[15 + KEY_LEN + 1] = ".onion checksum";
	struct hash256 h;

	memcpy(hashed + 15, key, KEY_LEN);
	hashed[15 + KEY_LEN] = ONION_VERSION;
	sha3_256(&h, hashed, sizeof(hashed));
	memcpy(out, key, KEY_LEN);
	memcpy(out + KEY_LEN, h.b, 2);
	out[KEY_LEN + 2] = ONION_VERSION;
}

static bool
onion_from_digits(uint8_t key[KEY_LEN], const char *digits)
{
	uint8_t got[ONION_LEN], expected[ONION_LEN];

	if (!base32_decode(got, sizeof(got), digits, ONION_DIGITS))
		return false;
	onion_bytes(expected, got);
	memcpy(key, got, KEY_LEN);
	return memcmp(got, expected, sizeof(got)) == 0;
}

static bool
has_suffix(const char *text, size_t len, size_t digits, const char *suffix)
{
	return len == digits + strlen(suffix) && strcmp(text + digits, suffix) == 0;
}

static bool
ip_from_text(struct net_address *out, const char *text, size_t len)
{
	char plain[INET6_ADDRSTRLEN];
	uint8_t ip[IPV6_LEN];
	bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';

	*out = (struct net_address){ .network = NET_IPV4 };
	if (!brackets && inet_pton(AF_INET, text, out->bytes) == 1)
		return true;
	if (brackets) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(plain))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET6, plain, ip) != 1 || !net_address_from_ipv6(out, ip))
		return false;
	if (out->network == NET_IPV6 && ip[0] == 0xfc)
		out->network = NET_CJDNS;
	return true;
}

bool
net_address_from_host(struct net_address *out, const char *host)
{
	struct net_address a = { .network = NET_TORV3 };
	size_t len = strlen(host);
	bool ok;

	if (has_suffix(host, len, ONION_DIGITS, ".onion")) {
		ok = onion_from_digits(a.bytes, host);
	} else if (has_suffix(host, len, I2P_DIGITS, ".b32.i2p")) {
		a.network = NET_I2P;
		ok = base32_decode(a.bytes, KEY_LEN, host, I2P_DIGITS);
	} else {
		ok = ip_from_text(&a, host, len);
	}
	if (ok)
		*out = a;
	return ok;
}

void
net_address_to_host(char out[NET_HOST_MAX], const struct net_address *a)
{
	uint8_t onion[ONION_LEN];

	out[0] = '\0';
	switch (a->network) {
	case NET_IPV4:
		inet_ntop(AF_INET, a->bytes, out, NET_HOST_MAX);
		return;
	case NET_IPV6:
	case NET_CJDNS:
		inet_ntop(AF_INET6, a->bytes, out, NET_HOST_MAX);
		return;
	case NET_TORV3:
		onion_bytes(onion, a->bytes);
		strcpy(out + base32_encode(out, onion, sizeof(onion)), ".onion");
		return;
	case NET_I2P:
		strcpy(out + base32_encode(out, a->bytes, KEY_LEN), ".b32.i2p");
		return;
	}
}

/* Decimal digits only, as a whole. */
static bool
port_from_text(uint16_t *out, const char *text)
{
	size_t n = strspn(text, "0123456789");
	unsigned long v = n > 0 && n <= 5 && text[n] == '\0' ? strtoul(text, NULL, 10) : UINT32_MAX;

	if (v > UINT16_MAX)
		return false;
	*out = (uint16_t)v;
	return true;
}

bool
net_address_from_text(struct net_address *out, const char *text, uint16_t default_port)
{
	const char *colon = strrchr(text, ':');
	/* More than one colon and no bracket before the last: it belongs to an IPv6 host. */
	bool with_port = colon != NULL && (strchr(text, ':') == colon || (colon > text && colon[-1] == ']'));
	size_t len = with_port ? (size_t)(colon - text) : strlen(text);
	struct net_address a;
	char host[NET_HOST_MAX];
	uint16_t port = default_port;

	if (len >= sizeof(host) || (!with_port && default_port == 0) || (with_port && !port_from_text(&port, colon + 1)))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (!net_address_from_host(&a, host))
		return false;
	a.port = port;
	*out = a;
	return true;
}

void
net_address_to_text(char out[NET_TEXT_MAX], const struct net_address *a)
{
	bool brackets = a->network == NET_IPV6 || a->network == NET_CJDNS;
	char host[NET_HOST_MAX];

	net_address_to_host(host, a);
	snprintf(out, NET_TEXT_MAX, brackets ? "[%s]:%u" : "%s:%u", host, a->port);
}
