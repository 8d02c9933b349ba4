/* addr (first byte even) and addrv2 (odd): what decodes is within its limits, and decodes to the same again when written in either
 * message that can hold it. */
#include "chain/p2p_addr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static bool
same(const struct net_address *a, const struct net_address *b)
{
	return net_address_eq(a, b) && a->time == b->time && a->services == b->services;
}

static void
check_v2(const struct net_address *a, size_t n)
{
	struct net_address *again;
	struct wr w = { 0 };
	size_t again_n;
	bool ok;

	wr_p2p_addrv2(&w, a, n);
	ok = p2p_addrv2_decode(&again, &again_n, w.p, w.len);
	assert(ok && again_n == n);
	for (size_t i = 0; i < n; i++)
		assert(same(&again[i], &a[i]));
	free(again);
	wr_clear(&w);
}

static void
check_v1(const struct net_address *a, size_t n)
{
	struct net_address *again;
	struct wr w = { 0 };
	size_t again_n, at = 0;
	bool ok;

	wr_p2p_addr(&w, a, n);
	ok = p2p_addr_decode(&again, &again_n, w.p, w.len);
	assert(ok);
	for (size_t i = 0; i < n; i++) {
		if (a[i].network == NET_IPV4 || a[i].network == NET_IPV6) {
			assert(at < again_n && same(&again[at], &a[i]));
			at++;
		}
	}
	assert(at == again_n);
	free(again);
	wr_clear(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_address *a;
	size_t n;
	bool ok;

	if (size == 0)
		return 0;
	ok = data[0] % 2 == 0 ? p2p_addr_decode(&a, &n, data + 1, size - 1) : p2p_addrv2_decode(&a, &n, data + 1, size - 1);
	if (!ok)
		return 0;
	assert(n <= P2P_ADDR_MAX);
	for (size_t i = 0; i < n; i++) {
		assert(net_network_size(a[i].network) != 0);
		for (size_t k = net_network_size(a[i].network); k < NET_ADDRESS_BYTES_MAX; k++)
			assert(a[i].bytes[k] == 0);
	}
	check_v2(a, n);
	check_v1(a, n);
	free(a);
	return 0;
}
