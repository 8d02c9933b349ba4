/* Payloads of the operations of assets, loyalty and governance: the first byte picks the decoder; what it accepts is encoded the same. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/ops_again.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wr w = { 0 };

	if (size < 1)
		return 0;
	if (ops_again[data[0] % ARRAY_LEN(ops_again)](&w, data + 1, size - 1) && (w.len != size - 1 || (w.len > 0 && memcmp(w.p, data + 1, w.len) != 0)))
		abort();
	(void)text_is_clean((const char *)data, size);
	wr_clear(&w);
	return 0;
}
