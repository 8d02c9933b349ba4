#include "chain/p2p_filter.h"

#include <stdlib.h>

#include "tests/unit/messages.h"
#include "tests/unit/unit.h"

#define HASH_AA "00000000000000000000000000000000000000000000000000000000000000aa"
#define HASH_BB "00000000000000000000000000000000000000000000000000000000000000bb"
#define HASH_11 "1100000000000000000000000000000000000000000000000000000000000000"
#define HASH_22 "2200000000000000000000000000000000000000000000000000000000000000"

/* The messages of BIP157, in its tables' order of fields. The filter is that of testnet3's genesis block (BIP158). */
static const char getcfilters_hex[] = "00" "40420f00" HASH_AA;
static const char cfilter_hex[] = "00" "43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000" "04" "019dfca8";
static const char cfheaders_hex[] = "00" HASH_AA HASH_BB "02" HASH_11 HASH_22;
static const char getcfcheckpt_hex[] = "00" HASH_AA;
static const char cfcheckpt_hex[] = "00" HASH_AA "02" HASH_11 HASH_22;

static void
filters(void)
{
	struct p2p_getcfilters g;
	struct p2p_cfilter f;
	struct wr w = { 0 };
	size_t len;
	uint8_t *p = unhex(&len, getcfilters_hex);

	CU_ASSERT_FATAL(p2p_getcfilters_decode(&g, p, len));
	CU_ASSERT(g.filter_type == P2P_FILTER_BASIC && g.start_height == 1000000 && g.stop.b[31] == 0xaa);
	wr_p2p_getcfilters(&w, &g);
	written_as(&w, getcfilters_hex);
	free(p);
	p = unhex(&len, cfilter_hex);
	CU_ASSERT_FATAL(p2p_cfilter_decode(&f, p, len));
	CU_ASSERT(f.filter_len == 4 && f.filter == p + 34 && f.block.b[0] == 0x43);
	wr_p2p_cfilter(&w, &f);
	written_as(&w, cfilter_hex);
	free(p);
}

static void
filter_headers(void)
{
	struct p2p_cfheaders h;
	struct wr w = { 0 };
	size_t len;
	uint8_t *p = unhex(&len, cfheaders_hex);

	CU_ASSERT_FATAL(p2p_cfheaders_decode(&h, p, len));
	CU_ASSERT(h.n == 2 && h.hashes == p + 66 && h.hashes[32] == 0x22 && h.stop.b[31] == 0xaa && h.prev_header.b[31] == 0xbb);
	wr_p2p_cfheaders(&w, &h);
	written_as(&w, cfheaders_hex);
	free(p);
}

static void
checkpoints(void)
{
	struct p2p_getcfcheckpt g;
	struct p2p_cfcheckpt c;
	struct wr w = { 0 };
	size_t len;
	uint8_t *p = unhex(&len, getcfcheckpt_hex);

	CU_ASSERT_FATAL(p2p_getcfcheckpt_decode(&g, p, len));
	CU_ASSERT(g.filter_type == P2P_FILTER_BASIC && g.stop.b[31] == 0xaa);
	wr_p2p_getcfcheckpt(&w, &g);
	written_as(&w, getcfcheckpt_hex);
	free(p);
	p = unhex(&len, cfcheckpt_hex);
	CU_ASSERT_FATAL(p2p_cfcheckpt_decode(&c, p, len));
	CU_ASSERT(c.n == 2 && c.headers == p + 34 && c.headers[0] == 0x11 && c.headers[32] == 0x22 && c.stop.b[31] == 0xaa);
	wr_p2p_cfcheckpt(&w, &c);
	written_as(&w, cfcheckpt_hex);
	free(p);
}

static bool
takes_getcfilters(const void *p, size_t len)
{
	struct p2p_getcfilters v;

	return p2p_getcfilters_decode(&v, p, len);
}
static bool
takes_cfilter(const void *p, size_t len)
{
	struct p2p_cfilter v;

	return p2p_cfilter_decode(&v, p, len);
}
static bool
takes_cfheaders(const void *p, size_t len)
{
	struct p2p_cfheaders v;

	return p2p_cfheaders_decode(&v, p, len);
}
static bool
takes_getcfcheckpt(const void *p, size_t len)
{
	struct p2p_getcfcheckpt v;

	return p2p_getcfcheckpt_decode(&v, p, len);
}
static bool
takes_cfcheckpt(const void *p, size_t len)
{
	struct p2p_cfcheckpt v;

	return p2p_cfcheckpt_decode(&v, p, len);
}

static void
every_truncation_and_every_byte_more(void)
{
	static const struct message_row rows[] = {
		{ "getcfilters", getcfilters_hex, takes_getcfilters, 0, false },
		{ "cfilter", cfilter_hex, takes_cfilter, 0, false },
		{ "cfheaders", cfheaders_hex, takes_cfheaders, 0, false },
		{ "getcfcheckpt", getcfcheckpt_hex, takes_getcfcheckpt, 0, false },
		{ "cfcheckpt", cfcheckpt_hex, takes_cfcheckpt, 0, false },
	};

	every_truncation_and_byte_more(rows, ARRAY_LEN(rows));
}

static void
counts_at_and_above_their_limits(void)
{
	static const struct count_row rows[] = { { takes_cfheaders, 65, 32, 0, P2P_CFHEADERS_MAX } };

	counts_at_and_above_limits(rows, ARRAY_LEN(rows));
}

/* As many checkpoints as a message holds decode, since only a chain's height says how many there should be; a count without its
 * hashes does not. */
static void
checkpoints_of_a_long_chain(void)
{
	enum { N = 1000 };
	static const uint8_t hashes[32 * N];
	struct p2p_cfcheckpt m = { .headers = hashes, .n = N }, again;
	struct wr w = { 0 };

	wr_p2p_cfcheckpt(&w, &m);
	CU_ASSERT(p2p_cfcheckpt_decode(&again, w.p, w.len) && again.n == N);
	CU_ASSERT_FALSE(p2p_cfcheckpt_decode(&again, w.p, w.len - 32));
	wr_reset(&w);
	wr_p2p_cfcheckpt(&w, &(struct p2p_cfcheckpt){ .headers = hashes, .n = 0 });
	CU_ASSERT(p2p_cfcheckpt_decode(&again, w.p, w.len) && again.n == 0);
	w.p[w.len - 1] = 0xff; /* a count of nine bytes, of which the others are missing */
	CU_ASSERT_FALSE(p2p_cfcheckpt_decode(&again, w.p, w.len));
	for (int i = 0; i < 8; i++)
		wr_u8(&w, 0xff);
	CU_ASSERT_FALSE(p2p_cfcheckpt_decode(&again, w.p, w.len));
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "filters", filters },
	{ "filter headers", filter_headers },
	{ "checkpoints", checkpoints },
	{ "every truncation and every byte more", every_truncation_and_every_byte_more },
	{ "counts at and above their limits", counts_at_and_above_their_limits },
	{ "checkpoints of a long chain", checkpoints_of_a_long_chain },
};

UNIT_MAIN("p2p_filter", tests)
