/* Payloads of validators and their section of a genesis: the first byte picks the decoder; what it accepts is encoded the same. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/ops_again_validator.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wr w = { 0 };

	if (size < 1)
		return 0;
	if (ops_again_validator[data[0] % ARRAY_LEN(ops_again_validator)](&w, data + 1, size - 1) &&
	    (w.len != size - 1 || (w.len > 0 && memcmp(w.p, data + 1, w.len) != 0)))
		abort();
	wr_clear(&w);
	return 0;
}
