/* P2P messages: the first byte chooses a decoder, the rest is its payload. What decodes is within its limits and encodes to
 * the same bytes, where a message has one form only. */
#include "chain/p2p.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* The bytes written are those read, from byte number `from` on. */
static void
same(struct wr *w, const uint8_t *data, size_t size, size_t from)
{
	assert(w->len == size && memcmp(w->p + from, data + from, size - from) == 0);
	wr_clear(w);
}

static void
frame(const uint8_t *data, size_t size)
{
	const struct chain_params *p = chain_params_find("main");
	struct p2p_frame f;
	struct wr w = { 0 };

	if (size < P2P_HEADER_LEN || p2p_frame_decode(&f, data, p) != P2P_FRAME_OK)
		return;
	assert(f.len <= P2P_PAYLOAD_MAX && strlen(f.command) <= 12);
	if (f.len != size - P2P_HEADER_LEN || !p2p_checksum_ok(&f, data + P2P_HEADER_LEN))
		return;
	wr_p2p_message(&w, p, f.command, data + P2P_HEADER_LEN, f.len);
	same(&w, data, size, 0);
}

static void
version(const uint8_t *data, size_t size)
{
	struct p2p_version v, again;
	struct wr w = { 0 };

	if (!p2p_version_decode(&v, data, size))
		return;
	assert(strlen(v.user_agent) <= P2P_USER_AGENT_MAX);
	wr_p2p_version(&w, &v);
	assert(p2p_version_decode(&again, w.p, w.len));
	assert(again.nonce == v.nonce && again.relay == v.relay && strcmp(again.user_agent, v.user_agent) == 0);
	wr_clear(&w);
}

static void
headers(const uint8_t *data, size_t size)
{
	struct header *h;
	struct wr w = { 0 };
	size_t n;

	if (!p2p_headers_decode(&h, &n, data, size))
		return;
	assert(n <= P2P_HEADERS_MAX);
	wr_p2p_headers(&w, h, n);
	same(&w, data, size, 0);
	free(h);
}

static void
locator(const uint8_t *data, size_t size)
{
	struct p2p_locator l;
	struct wr w = { 0 };

	if (!p2p_locator_decode(&l, data, size))
		return;
	assert(l.n <= P2P_LOCATOR_MAX);
	wr_p2p_locator(&w, &l);
	same(&w, data, size, 4);
}

static void
inv(const uint8_t *data, size_t size)
{
	struct p2p_inv *list;
	struct wr w = { 0 };
	size_t n;

	if (!p2p_inv_decode(&list, &n, data, size))
		return;
	assert(n <= P2P_INV_MAX);
	wr_p2p_inv(&w, list, n);
	same(&w, data, size, 0);
	free(list);
}

static void
small(const uint8_t *data, size_t size)
{
	struct p2p_reject r;
	uint64_t v;

	if (p2p_nonce_decode(&v, data, size))
		assert(size == 8);
	if (p2p_feefilter_decode(&v, data, size))
		assert(v <= 2100000000000000);
	if (p2p_reject_decode(&r, data, size))
		assert(strlen(r.message) < sizeof(r.message) && strlen(r.reason) < sizeof(r.reason));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const decoders[])(const uint8_t *, size_t) = { frame, version, headers, locator, inv, small };

	if (size > 0)
		decoders[data[0] % ARRAY_LEN(decoders)](data + 1, size - 1);
	return 0;
}
