/* BIP157's messages: the first byte chooses a decoder, the rest is its payload. What decodes encodes to the same bytes. */
#include "chain/p2p_filter.h"

#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
same(struct wr *w, const uint8_t *data, size_t size)
{
	assert(w->len == size && memcmp(w->p, data, size) == 0);
	wr_clear(w);
}

static void
getcfilters(const uint8_t *data, size_t size)
{
	struct p2p_getcfilters m;
	struct wr w = { 0 };

	if (!p2p_getcfilters_decode(&m, data, size))
		return;
	wr_p2p_getcfilters(&w, &m);
	same(&w, data, size);
}

static void
cfilter(const uint8_t *data, size_t size)
{
	struct p2p_cfilter m;
	struct wr w = { 0 };

	if (!p2p_cfilter_decode(&m, data, size))
		return;
	wr_p2p_cfilter(&w, &m);
	same(&w, data, size);
}

static void
cfheaders(const uint8_t *data, size_t size)
{
	struct p2p_cfheaders m;
	struct wr w = { 0 };

	if (!p2p_cfheaders_decode(&m, data, size))
		return;
	assert(m.n <= P2P_CFHEADERS_MAX);
	wr_p2p_cfheaders(&w, &m);
	same(&w, data, size);
}

static void
getcfcheckpt(const uint8_t *data, size_t size)
{
	struct p2p_getcfcheckpt m;
	struct wr w = { 0 };

	if (!p2p_getcfcheckpt_decode(&m, data, size))
		return;
	wr_p2p_getcfcheckpt(&w, &m);
	same(&w, data, size);
}

static void
cfcheckpt(const uint8_t *data, size_t size)
{
	struct p2p_cfcheckpt m;
	struct wr w = { 0 };

	if (!p2p_cfcheckpt_decode(&m, data, size))
		return;
	wr_p2p_cfcheckpt(&w, &m);
	same(&w, data, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const decoders[])(const uint8_t *, size_t) = { getcfilters, cfilter, cfheaders, getcfcheckpt, cfcheckpt };

	if (size > 0)
		decoders[data[0] % ARRAY_LEN(decoders)](data + 1, size - 1);
	return 0;
}
