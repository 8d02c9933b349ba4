#ifndef TALLY_CHAIN_P2P_ADDR_H
#define TALLY_CHAIN_P2P_ADDR_H
/* Gossip of addresses: addr, and addrv2 of BIP155. Two more messages have no payload at all: "getaddr", the request, and
 * "sendaddrv2", sent between version and verack to ask for addrv2 in the place of addr. Pure: bytes in, values out. */
#include "base/bytes.h"
#include "chain/net_address.h"

#define P2P_ADDR_MAX 1000          /* entries in a message; more are malformed */
#define P2P_ADDRV2_BYTES_MAX 512   /* of one address; longer is malformed, whatever the network */

/* addr: 30 bytes an entry, IPv6 or IPv4 in it. Entries of no network that is left (Tor version 2, internal names) are
 * skipped. *out, n entries in their order, is owned by the caller (free). */
MUST_USE bool p2p_addr_decode(struct net_address **out, size_t *n, const void *payload, size_t len);
/* Addresses that have no IPv6 form (Tor, I2P, CJDNS) are left out. */
void wr_p2p_addr(struct wr *w, const struct net_address *a, size_t n);

/* addrv2. A known network's address of another size than its own is malformed (BIP155); entries of unknown networks, Tor
 * version 2, IPv6 that holds an address of another network, and CJDNS outside fc00::/8 are skipped. */
MUST_USE bool p2p_addrv2_decode(struct net_address **out, size_t *n, const void *payload, size_t len);
void wr_p2p_addrv2(struct wr *w, const struct net_address *a, size_t n);

#endif
