/* Addresses: what is good on a network encodes to the same script again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/address.h"
#include "tests/fuzz/fuzz.h"

static void
check(const struct chain_params *p, const char *text)
{
	uint8_t script[ADDRESS_SCRIPT_MAX], again[ADDRESS_SCRIPT_MAX];
	char encoded[ADDRESS_TEXT_LEN];
	size_t len, again_len;

	if (address_decode(script, &len, p, text) != ADDRESS_OK)
		return;
	assert(len <= sizeof(script) && address_encode(encoded, p, script, len));
	assert(address_decode(again, &again_len, p, encoded) == ADDRESS_OK);
	assert(again_len == len && memcmp(again, script, len) == 0);
	assert(strcasecmp(encoded, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_new(size + 1, 1), encoded[ADDRESS_TEXT_LEN];
	uint8_t script[ADDRESS_SCRIPT_MAX];
	size_t len;

	if (size != 0)
		memcpy(text, data, size);
	check(chain_params_find("main"), text);
	check(chain_params_find("regtest"), text);
	if (address_encode(encoded, chain_params_find("main"), data, size)) {
		assert(address_decode(script, &len, chain_params_find("main"), encoded) == ADDRESS_OK);
		assert(len == size && memcmp(script, data, size) == 0);
	}
	free(text);
	return 0;
}
