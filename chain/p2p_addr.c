#include "chain/p2p_addr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ADDR_LEN 30      /* time, services, IPv6, port */
#define ADDRV2_LEN_MIN 9 /* time, services, network, an empty address, port */
#define TORV2 3

static const uint8_t ipv4_mapped[12] = { [10] = 0xff, [11] = 0xff };

/* One decoder's work: an entry into *out, false to skip it. What is malformed makes the reader bad. */
typedef bool rd_entry(struct rd *r, struct net_address *out);

static bool
decode(struct net_address **out, size_t *n, const void *payload, size_t len, size_t entry_min, rd_entry *entry)
{
	struct rd r = rd_init(payload, len);
	size_t count = rd_count(&r, entry_min), kept = 0;
	struct net_address *a;

	if (!rd_ok(&r) || count > P2P_ADDR_MAX)
		return false;
	a = mem_new(count, sizeof(*a));
	for (size_t i = 0; i < count && rd_ok(&r); i++)
		kept += entry(&r, &a[kept]);
	if (!rd_done(&r)) {
		free(a);
		return false;
	}
	*out = a;
	*n = kept;
	return true;
}

static bool
rd_addr(struct rd *r, struct net_address *out)
{
	uint32_t time = rd_u32(r);
	uint64_t services = rd_u64(r);
	uint8_t ip[16];

	rd_bytes(r, ip, sizeof(ip));
	if (!net_address_from_ipv6(out, ip)) {
		(void)rd_u16be(r);
		return false;
	}
	out->time = time;
	out->services = services;
	out->port = rd_u16be(r);
	return true;
}

bool
p2p_addr_decode(struct net_address **out, size_t *n, const void *payload, size_t len)
{
	return decode(out, n, payload, len, ADDR_LEN, rd_addr);
}

static bool
has_ipv6_form(const struct net_address *a)
{
	return a->network == NET_IPV4 || a->network == NET_IPV6;
}

void
wr_p2p_addr(struct wr *w, const struct net_address *a, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += has_ipv6_form(&a[i]);
	assert(count <= P2P_ADDR_MAX);
	wr_compactsize(w, count);
	for (size_t i = 0; i < n; i++) {
		if (!has_ipv6_form(&a[i]))
			continue;
		wr_u32(w, a[i].time);
		wr_u64(w, a[i].services);
		if (a[i].network == NET_IPV4)
			wr_bytes(w, ipv4_mapped, sizeof(ipv4_mapped));
		wr_bytes(w, a[i].bytes, net_network_size(a[i].network));
		wr_u16be(w, a[i].port);
	}
}

/* The size that BIP155 gives for a network id; 0 for an id without one. */
static size_t
size_of_id(uint8_t id)
{
	static const uint8_t sizes[] = { [NET_IPV4] = 4,   [NET_IPV6] = 16, [TORV2] = 10,
					 [NET_TORV3] = 32, [NET_I2P] = 32,  [NET_CJDNS] = 16 };

	return id < ARRAY_LEN(sizes) ? sizes[id] : 0;
}

/* False for an entry to skip: BIP155 wants IPv4 and Tor inside IPv6 ignored, and CJDNS without its first byte, 0xfc. */
static bool
from_id(struct net_address *out, uint8_t id, const uint8_t *bytes, size_t len)
{
	if (size_of_id(id) == 0 || id == TORV2 || (id == NET_CJDNS && bytes[0] != 0xfc))
		return false;
	if (id == NET_IPV6 && (!net_address_from_ipv6(out, bytes) || out->network != NET_IPV6))
		return false;
	*out = (struct net_address){ .network = (enum net_network)id };
	memcpy(out->bytes, bytes, len);
	return true;
}

static bool
rd_addrv2(struct rd *r, struct net_address *out)
{
	uint32_t time = rd_u32(r);
	uint64_t services = rd_compactsize(r);
	uint8_t id = rd_u8(r);
	size_t len;
	const uint8_t *bytes = rd_varbytes(r, &len, P2P_ADDRV2_BYTES_MAX);
	uint16_t port = rd_u16be(r);

	/* "Clients SHOULD reject messages that contain addresses that have a different length than specified in this table" */
	if (size_of_id(id) != 0 && len != size_of_id(id))
		rd_fail(r);
	if (!rd_ok(r) || !from_id(out, id, bytes, len))
		return false;
	out->time = time;
	out->services = services;
	out->port = port;
	return true;
}

bool
p2p_addrv2_decode(struct net_address **out, size_t *n, const void *payload, size_t len)
{
	return decode(out, n, payload, len, ADDRV2_LEN_MIN, rd_addrv2);
}

void
wr_p2p_addrv2(struct wr *w, const struct net_address *a, size_t n)
{
	assert(n <= P2P_ADDR_MAX);
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		wr_u32(w, a[i].time);
		wr_compactsize(w, a[i].services);
		wr_u8(w, (uint8_t)a[i].network);
		wr_varbytes(w, a[i].bytes, net_network_size(a[i].network));
		wr_u16be(w, a[i].port);
	}
}
