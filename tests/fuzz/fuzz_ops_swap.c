/* Payloads of the operations of offers, records and names: the first byte picks the decoder; what it accepts is encoded the same. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/ops_again_swap.h"
#include "token/name.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char skeleton[NAME_MAX];
	struct wr w = { 0 };

	if (size < 1)
		return 0;
	if (ops_again_swap[data[0] % ARRAY_LEN(ops_again_swap)](&w, data + 1, size - 1) &&
	    (w.len != size - 1 || (w.len > 0 && memcmp(w.p, data + 1, w.len) != 0)))
		abort();
	if (name_valid((const char *)data, size) && name_skeleton(skeleton, (const char *)data, size) > size)
		abort();
	wr_clear(&w);
	return 0;
}
