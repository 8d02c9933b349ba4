/* A proxy that says anything: the client never reads beyond what was said, never goes back a stage, and says only what its stage allows. */
#include "bridge/socks5.h"

#include <assert.h>

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wr out = { 0 };
	struct socks5 c;
	enum socks5_verdict v = SOCKS5_MORE;
	size_t used = 1;

	if (size == 0)
		return 0;
	socks5_start(&c, &out, "seed.example", 8333, data[0] % 2 == 0 ? "user" : NULL);
	for (data++, size--; v == SOCKS5_MORE && used > 0; data += used, size -= used) {
		enum socks5_stage before = c.stage;
		const char *why = NULL;

		wr_reset(&out);
		v = socks5_hear(&c, &out, &used, &why, data, size);
		assert(used <= size && c.stage >= before && (v == SOCKS5_NO) == (why != NULL));
		assert((c.stage == SOCKS5_DONE) == (v == SOCKS5_OPEN));
		assert(out.len == 0 || c.stage != before);
	}
	wr_clear(&out);
	return 0;
}
