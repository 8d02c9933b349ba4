/* Hosts with and without a port: a text that is taken is shown in a form that is taken for the same, and shown the same again. */
#include "chain/net_address.h"

#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 100

static void
check_group(const struct net_address *a)
{
	struct net_group g;

	net_address_group(&g, a);
	assert((g.b[0] != 0) == net_address_is_routable(a));
	assert(!net_address_is_local(a) || g.b[0] == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], shown[NET_TEXT_MAX], again_shown[NET_TEXT_MAX], host[NET_HOST_MAX];
	struct net_address a, again;
	bool ok;

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (net_address_from_text(&a, text, 8333)) {
		net_address_to_text(shown, &a);
		ok = net_address_from_text(&again, shown, 0);
		assert(ok && net_address_eq(&a, &again));
		net_address_to_text(again_shown, &again);
		assert(strcmp(shown, again_shown) == 0);
		check_group(&a);
	}
	if (net_address_from_host(&a, text)) {
		net_address_to_host(host, &a);
		ok = net_address_from_host(&again, host);
		assert(ok && net_address_eq(&a, &again));
	}
	return 0;
}
