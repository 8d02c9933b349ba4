#include "chain/p2p.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/messages.h"
#include "tests/unit/unit.h"

/* Example messages: developer.bitcoin.org, P2P network reference. */
static const char version_hex[] = "72110100" "0100000000000000" "bc8f5e5400000000"
				  "0100000000000000" "00000000000000000000ffffc61b6409" "208d"
				  "0100000000000000" "00000000000000000000ffffcb0071c0" "208d"
				  "128035cbc97953f8" "0f" "2f5361746f7368693a302e392e332f" "cf050500" "01";
static const char headers_hex[] = "01" "02000000"
				  "b6ff0b1b1680a2862a30ca44d346d9e8910d334beb48ca0c0000000000000000"
				  "9d10aa52ee949386ca9385695f04ede270dda20810decd12bc9b048aaab31471"
				  "24d95a54" "30c31b18" "fe9f0864" "00";
static const char locator_hex[] = "71110100" "02"
				  "d39f608a7775b537729884d4e6633bb2105e55a16a14d31b0000000000000000"
				  "5c3e6403d40837110a2e8afb602b1c01714bda7ce23bea0a0000000000000000"
				  "0000000000000000000000000000000000000000000000000000000000000000";
static const char inv_hex[] = "02"
			      "01000000" "de55ffd709ac1f5dc509a0925d0b1fc442ca034f224732e429081da1b621f55a"
			      "01000000" "91d36d997037e08018262978766f24b8a055aaf1d872e94ae85e9817b2c68dc7";
static const char nonce_hex[] = "0094102111e2af4d";
static const char feefilter_hex[] = "7cbd000000000000";
static const char reject_hex[] = "02" "7478" "12" "15" "6261642d74786e732d696e707574732d7370656e74"
				 "394715fcab51093be7bfca5a31005972947baf86a31017939575fb2354222821";

static void
frames(void)
{
	/* verack, whole: the example of the protocol's documentation. */
	static const char verack[] = "f9beb4d976657261636b000000000000000000005df6e0e2";
	const struct chain_params *p = chain_params_find("main");
	struct p2p_frame f;
	struct wr w = { 0 };
	uint8_t bytes[P2P_HEADER_LEN];

	wr_p2p_message(&w, p, "verack", NULL, 0);
	memcpy(bytes, w.p, sizeof(bytes));
	written_as(&w, verack);
	CU_ASSERT_EQUAL_FATAL(p2p_frame_decode(&f, bytes, p), P2P_FRAME_OK);
	CU_ASSERT_STRING_EQUAL(f.command, "verack");
	CU_ASSERT_EQUAL(f.len, 0);
	CU_ASSERT(p2p_checksum_ok(&f, NULL));
	CU_ASSERT_EQUAL(p2p_frame_decode(&f, bytes, chain_params_find("regtest")), P2P_FRAME_BAD_MAGIC);

	wr_p2p_message(&w, p, "twelve-chars", "abc", 3);
	CU_ASSERT_EQUAL_FATAL(w.len, P2P_HEADER_LEN + 3);
	CU_ASSERT_EQUAL(p2p_frame_decode(&f, w.p, p), P2P_FRAME_OK);
	CU_ASSERT_STRING_EQUAL(f.command, "twelve-chars");
	CU_ASSERT(p2p_checksum_ok(&f, "abc"));
	CU_ASSERT_FALSE(p2p_checksum_ok(&f, "abd"));
	wr_clear(&w);
}

static void
bad_frames(void)
{
	static const struct {
		size_t at;
		uint8_t byte;
		enum p2p_frame_verdict verdict;
	} rows[] = {
		{ 0, 0xf8, P2P_FRAME_BAD_MAGIC },   { 3, 0xda, P2P_FRAME_BAD_MAGIC },   { 4, 0x00, P2P_FRAME_BAD_COMMAND },
		{ 6, 0x00, P2P_FRAME_BAD_COMMAND }, { 15, 'x', P2P_FRAME_BAD_COMMAND }, { 5, 0x1f, P2P_FRAME_BAD_COMMAND },
		{ 5, 0x7f, P2P_FRAME_BAD_COMMAND }, { 5, 0xff, P2P_FRAME_BAD_COMMAND }, { 18, 0x3e, P2P_FRAME_TOO_LARGE },
		{ 19, 0x01, P2P_FRAME_TOO_LARGE },  { 19, 0xff, P2P_FRAME_TOO_LARGE },
	};
	const struct chain_params *p = chain_params_find("main");
	uint8_t good[P2P_HEADER_LEN];
	struct p2p_frame f = { .len = 77 };

	/* ping with 4,000,000 (0x3d0900) bytes: the most that passes */
	CU_ASSERT_FATAL(hex_decode(good, sizeof(good), "f9beb4d970696e67000000000000000000093d0001020304"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t bytes[P2P_HEADER_LEN];

		memcpy(bytes, good, sizeof(bytes));
		bytes[rows[i].at] = rows[i].byte;
		CU_ASSERT_EQUAL(p2p_frame_decode(&f, bytes, p), rows[i].verdict);
		CU_ASSERT_EQUAL(f.len, 77);
	}
	CU_ASSERT_EQUAL(p2p_frame_decode(&f, good, p), P2P_FRAME_OK);
	CU_ASSERT_EQUAL(f.len, P2P_PAYLOAD_MAX);
	memset(good + 4, 0, 4);
	CU_ASSERT_EQUAL(p2p_frame_decode(&f, good, p), P2P_FRAME_BAD_COMMAND);
	memcpy(good + 4, "ping", 4);
	good[16]++;
	CU_ASSERT_EQUAL(p2p_frame_decode(&f, good, p), P2P_FRAME_TOO_LARGE);
}

static void
version_message(void)
{
	struct p2p_version v, again;
	struct wr w = { 0 };
	size_t len;
	uint8_t *p = unhex(&len, version_hex);

	CU_ASSERT_FATAL(p2p_version_decode(&v, p, len));
	CU_ASSERT_EQUAL(v.version, 70002);
	CU_ASSERT_EQUAL(v.services, NODE_NETWORK);
	CU_ASSERT_EQUAL(v.time, 1415483324);
	CU_ASSERT_EQUAL(v.nonce, 0xf85379c9cb358012);
	CU_ASSERT_STRING_EQUAL(v.user_agent, "/Satoshi:0.9.3/");
	CU_ASSERT_EQUAL(v.start_height, 329167);
	CU_ASSERT(v.relay);
	p[len - 1] = 0;
	CU_ASSERT(p2p_version_decode(&v, p, len) && !v.relay);
	CU_ASSERT(p2p_version_decode(&v, p, len - 1) && v.relay);
	wr_p2p_version(&w, &v);
	CU_ASSERT_FATAL(p2p_version_decode(&again, w.p, w.len));
	CU_ASSERT(again.version == v.version && again.services == v.services && again.time == v.time && again.nonce == v.nonce);
	CU_ASSERT(again.start_height == v.start_height && again.relay == v.relay);
	CU_ASSERT_STRING_EQUAL(again.user_agent, v.user_agent);
	wr_u8(&w, 1); /* a field of the future */
	CU_ASSERT(p2p_version_decode(&again, w.p, w.len));
	p[81] = '\n';
	p[82] = 0;
	CU_ASSERT(p2p_version_decode(&v, p, len));
	CU_ASSERT_STRING_EQUAL(v.user_agent, "??atoshi:0.9.3/");
	wr_clear(&w);
	free(p);
}

static void
user_agent_of_256_and_257_bytes(void)
{
	for (size_t n = P2P_USER_AGENT_MAX; n <= P2P_USER_AGENT_MAX + 1; n++) {
		char agent[P2P_USER_AGENT_MAX + 1];
		struct p2p_version v;
		struct wr w = { 0 };
		uint8_t fixed[80] = { 0 };

		memset(agent, 'a', sizeof(agent));
		wr_bytes(&w, fixed, sizeof(fixed));
		wr_varbytes(&w, agent, n);
		wr_i32(&w, 5);
		wr_u8(&w, 1);
		CU_ASSERT_EQUAL(p2p_version_decode(&v, w.p, w.len), n == P2P_USER_AGENT_MAX);
		if (n == P2P_USER_AGENT_MAX)
			CU_ASSERT_EQUAL(strlen(v.user_agent), n);
		wr_clear(&w);
	}
}

static void
headers_message(void)
{
	struct header *h;
	struct wr w = { 0 };
	size_t len, n;
	uint8_t *p = unhex(&len, headers_hex);
	struct hash256 hash;
	char text[HASH256_HEX_LEN];

	CU_ASSERT_FATAL(p2p_headers_decode(&h, &n, p, len));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT(h[0].version == 2 && h[0].time == 1415239972 && h[0].bits == 0x181bc330);
	header_hash(&hash, &h[0]);
	hash256_to_display(text, &hash);
	CU_ASSERT_EQUAL(strncmp(text, "0000000000000000", 16), 0);
	wr_p2p_headers(&w, h, n);
	written_as(&w, headers_hex);
	free(h);
	p[len - 1] = 1; /* a transaction count */
	CU_ASSERT_FALSE(p2p_headers_decode(&h, &n, p, len));
	free(p);
	CU_ASSERT_FATAL(p2p_headers_decode(&h, &n, "", 1));
	CU_ASSERT_EQUAL(n, 0);
	free(h);
}

static void
locator_message(void)
{
	struct p2p_locator l;
	struct wr w = { 0 };
	size_t len;
	uint8_t *p = unhex(&len, locator_hex);

	CU_ASSERT_FATAL(p2p_locator_decode(&l, p, len));
	CU_ASSERT_EQUAL(l.n, 2);
	CU_ASSERT(l.have[0].b[0] == 0xd3 && l.have[1].b[0] == 0x5c && hash256_is_zero(&l.stop));
	wr_p2p_locator(&w, &l);
	CU_ASSERT(w.len == len && memcmp(w.p + 4, p + 4, len - 4) == 0);
	wr_clear(&w);
	free(p);
}

static void
inv_message(void)
{
	struct p2p_inv *inv;
	struct wr w = { 0 };
	size_t len, n;
	uint8_t *p = unhex(&len, inv_hex);

	CU_ASSERT_FATAL(p2p_inv_decode(&inv, &n, p, len));
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT(inv[0].type == INV_TX && inv[0].hash.b[0] == 0xde && inv[1].hash.b[31] == 0xc7);
	wr_p2p_inv(&w, inv, n);
	written_as(&w, inv_hex);
	free(inv);
	free(p);
}

static void
small_messages(void)
{
	struct p2p_reject j;
	uint64_t v;
	size_t len;
	uint8_t *p = unhex(&len, nonce_hex);

	CU_ASSERT(p2p_nonce_decode(&v, p, len) && v == 0x4dafe21121109400);
	CU_ASSERT_FALSE(p2p_feefilter_decode(&v, p, len)); /* more than 21 million coins */
	free(p);
	p = unhex(&len, feefilter_hex);
	CU_ASSERT(p2p_feefilter_decode(&v, p, len) && v == 48508);
	free(p);
	p = unhex(&len, reject_hex);
	CU_ASSERT_FATAL(p2p_reject_decode(&j, p, len));
	CU_ASSERT_STRING_EQUAL(j.message, "tx");
	CU_ASSERT_EQUAL(j.code, 0x12);
	CU_ASSERT_STRING_EQUAL(j.reason, "bad-txns-inputs-spent");
	CU_ASSERT(p2p_reject_decode(&j, p, len - 32));
	CU_ASSERT_FALSE(p2p_reject_decode(&j, p, len - 33));
	p[1] = 0x1b; /* an escape meant for somebody's terminal */
	CU_ASSERT_FATAL(p2p_reject_decode(&j, p, len));
	CU_ASSERT_STRING_EQUAL(j.message, "?x");
	free(p);
	CU_ASSERT_FALSE(p2p_reject_decode(&j, "\15aaaaaaaaaaaaa\1\0", 16));
	CU_ASSERT(p2p_reject_decode(&j, "\14aaaaaaaaaaaa\1\0", 15));
}

/* Each decoder as one call, so that all can be put through the same mill. */
static bool
takes_version(const void *p, size_t len)
{
	struct p2p_version v;

	return p2p_version_decode(&v, p, len);
}
static bool
takes_headers(const void *p, size_t len)
{
	struct header *h = NULL;
	size_t n;
	bool ok = p2p_headers_decode(&h, &n, p, len);

	free(h);
	return ok;
}
static bool
takes_locator(const void *p, size_t len)
{
	struct p2p_locator l;

	return p2p_locator_decode(&l, p, len);
}
static bool
takes_inv(const void *p, size_t len)
{
	struct p2p_inv *inv = NULL;
	size_t n;
	bool ok = p2p_inv_decode(&inv, &n, p, len);

	free(inv);
	return ok;
}
static bool
takes_nonce(const void *p, size_t len)
{
	uint64_t v;

	return p2p_nonce_decode(&v, p, len);
}
static bool
takes_feefilter(const void *p, size_t len)
{
	uint64_t v;

	return p2p_feefilter_decode(&v, p, len);
}
static bool
takes_reject(const void *p, size_t len)
{
	struct p2p_reject v;

	return p2p_reject_decode(&v, p, len);
}

static void
every_truncation_and_every_byte_more(void)
{
	static const struct message_row rows[] = {
		{ "version", version_hex, takes_version, 1, true },
		{ "headers", headers_hex, takes_headers, 0, false },
		{ "locator", locator_hex, takes_locator, 0, false },
		{ "inv", inv_hex, takes_inv, 0, false },
		{ "nonce", nonce_hex, takes_nonce, 0, false },
		{ "feefilter", feefilter_hex, takes_feefilter, 0, false },
		{ "reject", reject_hex, takes_reject, 32, true },
	};

	every_truncation_and_byte_more(rows, ARRAY_LEN(rows));
}

static void
counts_at_and_above_their_limits(void)
{
	static const struct count_row rows[] = {
		{ takes_headers, 0, 81, 0, P2P_HEADERS_MAX },
		{ takes_locator, 4, 32, 32, P2P_LOCATOR_MAX },
		{ takes_inv, 0, 36, 0, P2P_INV_MAX },
	};

	counts_at_and_above_limits(rows, ARRAY_LEN(rows));
}

static const struct unit_test tests[] = {
	{ "frames", frames },
	{ "bad frames", bad_frames },
	{ "version", version_message },
	{ "user agent of 256 and 257 bytes", user_agent_of_256_and_257_bytes },
	{ "headers", headers_message },
	{ "locator", locator_message },
	{ "inv", inv_message },
	{ "ping, feefilter, reject", small_messages },
	{ "every truncation and every byte more", every_truncation_and_every_byte_more },
	{ "counts at and above their limits", counts_at_and_above_their_limits },
};

UNIT_MAIN("p2p", tests)
