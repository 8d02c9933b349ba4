#ifndef TALLY_BRIDGE_NET_RANGE_H
#define TALLY_BRIDGE_NET_RANGE_H
/* Ranges of IP addresses: 10.0.0.0/8, fd00::/8, a single address. IPv4 is kept as mapped IPv6. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"

struct net_range {
	uint8_t address[16];
	unsigned bits; /* 0..128 */
};

/* ADDR or ADDR/BITS, numeric. */
MUST_USE bool net_range_parse(struct net_range *out, const char *text);
MUST_USE bool net_range_has(const struct net_range *r, const struct sockaddr *a);
/* 127.0.0.0/8 and ::1. */
MUST_USE bool net_is_loopback(const struct sockaddr *a);

#endif
