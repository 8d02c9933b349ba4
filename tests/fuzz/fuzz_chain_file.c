/* Parameters of a chain: taken, and then sound, or refused with a sentence. */
#include <assert.h>
#include <string.h>

#include "bridge/chain_file.h"
#include "chain/header_rules.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct complaint why = { 0 };
	struct chain_file f;

	if (!chain_file_parse(&f, &why, text, size)) {
		assert(why.why[0] != '\0' && f.challenge == NULL);
		return 0;
	}
	assert(why.why[0] == '\0' && chain_params_fault(&f.params) == NULL);
	assert(header_check_work(&f.params, &f.params.genesis) == HEADER_OK);
	assert(strlen(f.params.name) <= CHAIN_NAME_MAX && strchr(f.params.name, '-') != NULL);
	assert((f.params.signet_challenge != NULL) == (f.params.signet_challenge_len > 0));
	assert(strlen(f.params.bech32_hrp) >= 1 && chain_params_find(f.params.name) == NULL);
	chain_file_clear(&f);
	return 0;
}
