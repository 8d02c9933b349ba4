#ifndef TALLY_CHAIN_NET_ADDRESS_H
#define TALLY_CHAIN_NET_ADDRESS_H
/* Where a peer is reached: IPv4, IPv6, Tor version 3, I2P, CJDNS. Pure: nothing is resolved. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* The numbers are BIP155's network ids. Tor version 2 (3) is gone and, like ids not known here, never becomes an address. */
enum net_network {
	NET_IPV4 = 1,
	NET_IPV6 = 2,
	NET_TORV3 = 4,
	NET_I2P = 5,
	NET_CJDNS = 6,
};

#define NET_ADDRESS_BYTES_MAX 32
#define NET_HOST_MAX 64 /* the longest is a Tor name, 62 characters and the final 0 */
#define NET_TEXT_MAX (NET_HOST_MAX + 8)

struct net_address {
	enum net_network network;
	uint8_t bytes[NET_ADDRESS_BYTES_MAX]; /* in network order, zeros behind the network's own size: see net_network_size() */
	uint16_t port;
	uint64_t services;
	uint32_t time; /* Unix seconds when last seen */
};

/* 4, 16 or 32 bytes. */
size_t net_network_size(enum net_network network);
/* "ipv4", "ipv6", "onion", "i2p", "cjdns". */
const char *net_network_name(enum net_network network);

/* The same place: network, bytes and port. Services and time play no part. */
MUST_USE bool net_address_eq(const struct net_address *a, const struct net_address *b);
int net_address_cmp(const struct net_address *a, const struct net_address *b);

/* 16 bytes of IPv6 as an address: IPv4 when mapped (::ffff:0:0/96). False, and *out as it was, for what only looks like
 * IPv6: Tor version 2 in OnionCat's range and Bitcoin Core's internal names. The rest of *out becomes zero. */
MUST_USE bool net_address_from_ipv6(struct net_address *out, const uint8_t ip[16]);

/* Read a host: dotted IPv4, IPv6 (with or without brackets), 56 base32 digits with checksum and ".onion" (version 3), 52
 * base32 digits and ".b32.i2p". An IPv6 text in fc00::/8 is taken for CJDNS. Anything else, names to be resolved among
 * them, gives false, and *out as it was. Port, services and time become zero. */
MUST_USE bool net_address_from_host(struct net_address *out, const char *host);
/* The inverse: lower case, IPv6 as in RFC 5952, no brackets. */
void net_address_to_host(char out[NET_HOST_MAX], const struct net_address *a);

/* With a port: "1.2.3.4:8333", "[2001:db8::1]:8333", "….onion:8333"; the port may be missing when default_port is not 0. */
MUST_USE bool net_address_from_text(struct net_address *out, const char *text, uint16_t default_port);
void net_address_to_text(char out[NET_TEXT_MAX], const struct net_address *a);

/* This machine: 127.0.0.0/8, 0.0.0.0/8, ::1. */
MUST_USE bool net_address_is_local(const struct net_address *a);
/* Fit to be dialled over the public network: as Bitcoin Core's IsRoutable(), and no multicast or reserved range either.
 * The port is not looked at. */
MUST_USE bool net_address_is_routable(const struct net_address *a);

/* Addresses of one group are likely one owner's: peers are spread over groups. As Bitcoin Core without asmap: /16 of IPv4
 * (also of one inside 6to4, Teredo, NAT64), /32 of IPv6 (/36 at Hurricane Electric's tunnels), 4 bits of Tor and I2P keys
 * and of CJDNS behind its constant byte; all that isn't routable is one group. Compare with memcmp(). */
struct net_group {
	uint8_t b[8];
};
void net_address_group(struct net_group *out, const struct net_address *a);

#endif
