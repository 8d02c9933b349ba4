#include "chain/bip324.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/ellswift.h"
#include "chain/p2p.h"
#include "config.h"
#include "tests/unit/unit.h"

#define CONTENT_MAX 100000

/* bip-0324/packet_encoding_test_vectors.csv of the BIPs' repository: the rows with short texts, and the long row number 999. */
static const struct {
	uint32_t idx;
	const char *priv, *ours, *theirs;
	bool initiating;
	const char *content;
	bool ignore;
	const char *secret, *send_terminator, *recv_terminator, *session_id, *ciphertext;
} rows[] = {
	{ 1, "e79f04ad4c684525ff3e3cf7c19f4cdb11193d387d7f3fe82a948a0c3165f5fe",
	  "4eff53ea1945e57b5d170565e760d771e5d496101c1005c302fd687af80d8b858c5a681c474fc4c0546ee464a1b95899ecb9d4f50c2c0854fe029fc054ae6777",
	  "824a1da0530fa695b95b375fee2a56ec96ce375ddd2fcf8367cc8ec1c0b751a3304bbef5dc96543acaac50c24be8cb39906ef8521727de0c6e96c2060a026bd7",
	  true, "1f", false, "05ac09c882b2cddd57fd4a1a14f93ae78d78a2ab2adb8cb6d67176cdb3101e15", "38d7b65a6d58a08b2506e799caacd4f6",
	  "d6156094782d98fa27f37758dcd0677f", "4418cf03c0d7cd5849022a7976014f234b4d4f5c18a6d3a6540c11e01a7180c1",
	  "d88ea86cdd6b61592e038741b474eeef0de0802412" },
	{ 999, "53a915e6d8f6c5bbb93e537081085e9e642dc525649acf05be74e3a825e20921",
	  "715d7b8357dd4d15a07b3f8c6764ebd9927140f75047fb50478c33ea8889d710511cdf39aa0fd6b1e94ea660d87f9d97bffc548646f9e2aaebc1468fe563fb97",
	  "cea7abc3112397b894bd3e89a615248af473f897bbdd30997c20e53e7ce499a295e55c4c5655cd3d21191e76c8af0aa1bbea10fd1b540a42d0fbed388dc59877",
	  false, "e4", false, "08cbe6a86ff92a9757b2aeea92b8b2f4d78426786a2caec99c3cc73d7dda47ab", "0442c66254045c5018d828d42afaa69f",
	  "930c6d7cbf8c7c2006ed287c2ba6d941", "9619dd4731d6160617da82da407c80732455a67b59ad7be07f86252aadb79440",
	  "0d5892533b0453c777d5ff3f217c94297e7927bb45" },
	{ 255, "f360308206fb441c7713b1a24ba4096a2fa0d5401411198b7008f82ae85257fe",
	  "3d4aa6a71a8a734e014b4d9e6b62989f022c1e2238ae476b11465cb86fe8cf7243db6f9472e188590705cf9b35121e06e57cb106a6043ab147b7c73871da8222",
	  "f0ebc3c872339622fbf2ab1b8aa2117c4d752b64eac9203962c03a47497a89c0dd298348e5bb63d3433c48ed6da6bc2e2dbe78f7b91247dd29f1f51a858d464a",
	  false,
	  "b766200432932708a77dd15337bf70ca58397907a1cd31ecd1b43fab27fa0de0e85d5c4dea99543e79a75b149d325044934efccf679a764f683b2fbcb7c6dc4bae"
	  "a9797554779aff937f5195c172892c38dc423bc809885e5a19d07733e7c5f5806ffb865074cf2c46fbb5be4f9b5833c6829b8217ccb301dad7cb49e4fbcad1",
	  true, "07eff272cd331aeb14db342b82f6df98303b01471f4dbe71028b127577216d9b", "e09f7df050a3f76bc8d5a21697fefb9b",
	  "b8951fd528743d2e8625de363d9ae0e7", "b1d1e3ae7d9337f31a410986fe6e377726eb0f2334f24d66b38ec4d29529d1a5",
	  "98178b6e498f808c90b098c8ceb09c5630d50925323d051d379adb85be9e3b7d3e5a4c0eafa3fb69abcf60e631262278395c4ec017b1a2c8b4aa6a25e65afa99ea"
	  "3e73038d152b392b2f754a655f3fd034fd633e7889072c3e1351bff97494a6737785a00016c294e0f62219eb6becfcd14e5f81841118275a460780178b050615ab"
	  "02e56efc0c777844620ba3de42bb54674842" },
};

static const uint8_t main_magic[4] = { 0xf9, 0xbe, 0xb4, 0xd9 };

static void
is_hex(const void *bytes, size_t len, const char *hex)
{
	char *text = mem_new(2 * len + 1, 1);

	hex_encode(text, bytes, len);
	CU_ASSERT_STRING_EQUAL(text, hex);
	free(text);
}

static void
ciphers(void)
{
#ifndef HAVE_ELLSWIFT
	printf("this libsecp256k1 has no ElligatorSwift: the key exchange is not tested\n");
#endif
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bip324_cipher c;
		struct hash256 secret;
		struct wr w = { 0 };
		size_t len;
		uint8_t *content = hex_decode_new(&len, rows[i].content, CONTENT_MAX);

		CU_ASSERT_FATAL(hash256_from_hex(&secret, rows[i].secret));
		bip324_cipher_init(&c, &secret, main_magic, rows[i].initiating);
		is_hex(c.send_terminator, sizeof(c.send_terminator), rows[i].send_terminator);
		is_hex(c.recv_terminator, sizeof(c.recv_terminator), rows[i].recv_terminator);
		is_hex(&c.session_id, sizeof(c.session_id), rows[i].session_id);
		for (uint32_t n = 0; n < rows[i].idx; n++)
			bip324_seal(&w, &c, NULL, 0, NULL, 0, true);
		wr_reset(&w);
		bip324_seal(&w, &c, NULL, 0, content, len, rows[i].ignore);
		is_hex(w.p, w.len, rows[i].ciphertext);
		wr_clear(&w);
		free(content);
	}
}

/* Stands for the key exchange where the library has none: anybody can know this secret. */
static void
open_exchange(struct hash256 *out, const struct secret_key *k, const uint8_t ours[BIP324_KEY_LEN], const uint8_t theirs[BIP324_KEY_LEN],
	      bool initiator)
{
	uint8_t both[2 * BIP324_KEY_LEN];

	(void)k;
	memcpy(both, initiator ? ours : theirs, BIP324_KEY_LEN);
	memcpy(both + BIP324_KEY_LEN, initiator ? theirs : ours, BIP324_KEY_LEN);
	sha256(out, both, sizeof(both));
}

struct side {
	struct bip324 *m;
	struct wr out; /* sent, and not yet heard by the other */
};

static struct bip324_setup
setup_of(bool initiator, const uint8_t *garbage, size_t garbage_len)
{
	struct bip324_setup s = { .initiator = initiator, .garbage = garbage, .garbage_len = garbage_len, .exchange = open_exchange };

	memcpy(s.magic, main_magic, sizeof(s.magic));
	memset(s.ours, initiator ? 0xaa : 0xbb, sizeof(s.ours));
#ifdef HAVE_ELLSWIFT
	memset(s.secret.b, initiator ? 1 : 2, sizeof(s.secret.b));
	CU_ASSERT_FATAL(ellswift_create(s.ours, &s.secret, s.secret.b));
	s.exchange = ellswift_exchange;
#endif
	return s;
}

static struct side
side_new(bool initiator, const uint8_t *garbage, size_t garbage_len)
{
	struct side side = { 0 };
	struct bip324_setup s = setup_of(initiator, garbage, garbage_len);

	side.m = bip324_new(&side.out, &s);
	return side;
}

static void
side_clear(struct side *s)
{
	bip324_free(s->m);
	wr_clear(&s->out);
}

/* Let `to` hear what `from` sent, at most `limit` bytes of it at a time; the last verdict that is not STEP. A message goes to *got. */
static enum bip324_verdict
carry(struct side *to, struct side *from, size_t limit, struct bip324_message *got)
{
	enum bip324_verdict v = BIP324_MORE;
	size_t at = 0, end = 0, used;

	while (v != BIP324_BAD && v != BIP324_MESSAGE) {
		if (v == BIP324_MORE) {
			if (end == from->out.len)
				break;
			end = from->out.len - end < limit ? from->out.len : end + limit;
		}
		v = bip324_hear(to->m, got, &to->out, &used, end > at ? from->out.p + at : main_magic, end - at, CONTENT_MAX);
		at += used;
	}
	if (at > 0)
		memmove(from->out.p, from->out.p + at, from->out.len - at);
	from->out.len -= at;
	return v;
}

static void
shake(struct side *a, struct side *b, size_t limit)
{
	struct bip324_message got;

	CU_ASSERT_EQUAL(carry(b, a, limit, &got), BIP324_MORE);
	CU_ASSERT_FALSE(bip324_is_ready(a->m));
	CU_ASSERT_EQUAL(carry(a, b, limit, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(carry(b, a, limit, &got), BIP324_MORE);
	CU_ASSERT_FATAL(bip324_is_ready(a->m) && bip324_is_ready(b->m));
}

static void
conversation(void)
{
	static const size_t garbage[] = { 0, 1, 15, 16, 17, 300, BIP324_GARBAGE_MAX };
	static const size_t limits[] = { 1, 7, 1000000 };
	uint8_t noise[BIP324_GARBAGE_MAX];

	memset(noise, 0x5c, sizeof(noise));
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		for (size_t j = 0; j < ARRAY_LEN(limits); j++) {
			struct side a = side_new(true, noise, garbage[i]), b = side_new(false, noise, garbage[ARRAY_LEN(garbage) - 1 - i]);
			struct hash256 x, y;

			shake(&a, &b, limits[j]);
			x = bip324_session_id(a.m);
			y = bip324_session_id(b.m);
			CU_ASSERT(hash256_eq(&x, &y) && !hash256_is_zero(&x));
			side_clear(&a);
			side_clear(&b);
		}
	}
}

/* Every command, short and long, through several changes of keys, both ways. */
static void
messages(void)
{
	static const char *const commands[] = { "ping", "version", "headers", "twelve-chars", "addrv2", "addr", "cfcheckpt", "verack" };
	struct side a = side_new(true, NULL, 0), b = side_new(false, NULL, 0);
	struct bip324_message got;
	uint8_t payload[700];

	memset(payload, 3, sizeof(payload));
	shake(&a, &b, 1000);
	for (size_t i = 0; i < 700; i++) {
		struct side *from = i % 3 == 0 ? &a : &b, *to = i % 3 == 0 ? &b : &a;
		const char *command = commands[i % ARRAY_LEN(commands)];

		bip324_say(&from->out, from->m, command, payload, i);
		CU_ASSERT_EQUAL_FATAL(carry(to, from, 1000000, &got), BIP324_MESSAGE);
		CU_ASSERT_STRING_EQUAL(got.command, command);
		CU_ASSERT_EQUAL_FATAL(got.len, i);
		CU_ASSERT(memcmp(got.payload, payload, i) == 0);
		CU_ASSERT_EQUAL(from->out.len, 0);
	}
	bip324_say(&a.out, a.m, "ping", payload, 8);
	CU_ASSERT_EQUAL(a.out.len, BIP324_PACKET_OVERHEAD + 1 + 8);
	a.out.len = 0;
	bip324_say(&a.out, a.m, "verack", NULL, 0);
	CU_ASSERT_EQUAL(a.out.len, BIP324_PACKET_OVERHEAD + 13);
	side_clear(&a);
	side_clear(&b);
}

/* A peer made of the ciphers alone, to send what no machine of ours would. */
static struct bip324_cipher
scripted(struct side *b, size_t garbage_len)
{
	struct bip324_setup s = setup_of(true, NULL, 0);
	struct bip324_cipher c;
	struct hash256 secret;
	struct side a = { .out = { 0 } };
	struct bip324_message got;

	s.exchange(&secret, &s.secret, s.ours, b->out.p, true);
	bip324_cipher_init(&c, &secret, main_magic, true);
	wr_bytes(&a.out, s.ours, sizeof(s.ours));
	for (size_t i = 0; i < garbage_len; i++)
		wr_u8(&a.out, 9);
	CU_ASSERT_EQUAL(carry(b, &a, 5000, &got), garbage_len < BIP324_GARBAGE_MAX + BIP324_TERMINATOR_LEN ? BIP324_MORE : BIP324_BAD);
	wr_clear(&a.out);
	return c;
}

static enum bip324_verdict
hear(struct side *b, struct bip324_cipher *c, const void *content, size_t len, bool ignore, struct bip324_message *got)
{
	struct side a = { .out = { 0 } };
	enum bip324_verdict v;

	bip324_seal(&a.out, c, NULL, 0, content, len, ignore);
	v = carry(b, &a, 1000000, got);
	wr_clear(&a.out);
	return v;
}

static void
decoys_and_odd_messages(void)
{
	static const uint8_t long_form[] = "\0notalphabetic", bad_form[] = "\0ping\0x\0\0\0\0\0\0";
	struct side b = side_new(false, NULL, 0);
	struct bip324_cipher c = scripted(&b, 0);
	struct bip324_message got;
	struct side a = { .out = { 0 } };

	wr_bytes(&a.out, c.send_terminator, sizeof(c.send_terminator));
	CU_ASSERT_EQUAL(carry(&b, &a, 1000, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, "decoy", 5, true, &got), BIP324_MORE);
	CU_ASSERT_FALSE(bip324_is_ready(b.m));
	CU_ASSERT_EQUAL(hear(&b, &c, "\x12 a version packet of the future", 30, false, &got), BIP324_MORE);
	CU_ASSERT(bip324_is_ready(b.m));
	CU_ASSERT_EQUAL(hear(&b, &c, "\x12", 1, true, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, NULL, 0, false, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, "\x1d", 1, false, &got), BIP324_MORE); /* ids that mean nothing */
	CU_ASSERT_EQUAL(hear(&b, &c, "\xff", 1, false, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, bad_form, 13, false, &got), BIP324_MORE);
	for (size_t len = 1; len < 13; len++)
		CU_ASSERT_EQUAL(hear(&b, &c, long_form, len, false, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, long_form, 14, false, &got), BIP324_MESSAGE);
	CU_ASSERT_STRING_EQUAL(got.command, "notalphabeti");
	CU_ASSERT_EQUAL(got.len, 1);
	CU_ASSERT_EQUAL(hear(&b, &c, "\x12 12345678", 9, false, &got), BIP324_MESSAGE);
	CU_ASSERT_STRING_EQUAL(got.command, "ping");
	CU_ASSERT_EQUAL(got.len, 8);
	wr_clear(&a.out);
	side_clear(&b);
}

static void
too_long(void)
{
	struct side b = side_new(false, NULL, 0);
	uint8_t *big = mem_new(CONTENT_MAX + 1, 1);
	struct bip324_cipher c = scripted(&b, 0);
	struct bip324_message got;
	struct side a = { .out = { 0 } };

	wr_bytes(&a.out, c.send_terminator, sizeof(c.send_terminator));
	CU_ASSERT_EQUAL(carry(&b, &a, 1000, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, big, CONTENT_MAX, false, &got), BIP324_MORE);
	CU_ASSERT_EQUAL(hear(&b, &c, big, CONTENT_MAX + 1, true, &got), BIP324_BAD);
	side_clear(&b);
	b = side_new(false, NULL, 0);
	(void)scripted(&b, BIP324_GARBAGE_MAX + BIP324_TERMINATOR_LEN - 1);
	side_clear(&b);
	b = side_new(false, NULL, 0);
	(void)scripted(&b, BIP324_GARBAGE_MAX + BIP324_TERMINATOR_LEN);
	side_clear(&b);
	wr_clear(&a.out);
	free(big);
}

/* What the responder hears of a whole stream: n bytes of it, with the bit at `flip` changed when that is inside. */
static enum bip324_verdict
hear_stream(const struct wr *stream, size_t n, size_t flip, bool *ready)
{
	struct side b = side_new(false, (const uint8_t *)"xyz", 3), a = { .out = { 0 } };
	struct bip324_message got;
	enum bip324_verdict v;

	wr_bytes(&a.out, stream->p, n);
	if (flip < n)
		a.out.p[flip] ^= 1;
	v = carry(&b, &a, 1000000, &got);
	*ready = bip324_is_ready(b.m);
	wr_clear(&a.out);
	side_clear(&b);
	return v;
}

static void
truncated_and_changed(void)
{
	struct side a = side_new(true, (const uint8_t *)"garbage", 7), b = side_new(false, (const uint8_t *)"xyz", 3);
	struct wr stream = { 0 };
	struct bip324_message got;
	size_t version_end;
	bool ready;

	wr_bytes(&stream, a.out.p, a.out.len);
	a.out.len = 0;
	CU_ASSERT_EQUAL(carry(&a, &b, 1000000, &got), BIP324_MORE); /* b's key alone */
	wr_bytes(&stream, a.out.p, a.out.len);
	a.out.len = 0;
	version_end = stream.len;
	bip324_say(&a.out, a.m, "ping", "12345678", 8);
	wr_bytes(&stream, a.out.p, a.out.len);
	for (size_t n = 0; n < stream.len; n++) {
		CU_ASSERT_EQUAL(hear_stream(&stream, n, SIZE_MAX, &ready), BIP324_MORE);
		CU_ASSERT_EQUAL(ready, n >= version_end);
	}
	CU_ASSERT_EQUAL(hear_stream(&stream, stream.len, SIZE_MAX, &ready), BIP324_MESSAGE);
	/* Whatever byte is changed, the garbage too: never a message. */
	for (size_t i = 0; i < stream.len; i++)
		CU_ASSERT_NOT_EQUAL(hear_stream(&stream, stream.len, i, &ready), BIP324_MESSAGE);
	for (size_t i = BIP324_KEY_LEN; i < BIP324_KEY_LEN + 7; i++)
		CU_ASSERT_EQUAL(hear_stream(&stream, stream.len, i, &ready), BIP324_BAD);
	wr_clear(&stream);
	side_clear(&a);
	side_clear(&b);
}

static void
v1_of_another_network(void)
{
	struct side b = side_new(false, NULL, 0);
	uint8_t bytes[BIP324_KEY_LEN] = { 1, 2, 3, 4, 'v', 'e', 'r', 's', 'i', 'o', 'n' };
	struct bip324_message got;
	struct wr w = { 0 };
	size_t used;

	CU_ASSERT_EQUAL(bip324_hear(b.m, &got, &w, &used, bytes, sizeof(bytes), 100), BIP324_BAD);
	CU_ASSERT_EQUAL(w.len, 0);
	side_clear(&b);
}

#ifdef HAVE_ELLSWIFT
static void
key_exchange(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t ours[BIP324_KEY_LEN], theirs[BIP324_KEY_LEN];
		struct secret_key k;
		struct hash256 secret;

		CU_ASSERT_FATAL(hex_decode(k.b, sizeof(k.b), rows[i].priv) && hex_decode(ours, sizeof(ours), rows[i].ours) &&
				hex_decode(theirs, sizeof(theirs), rows[i].theirs));
		ellswift_exchange(&secret, &k, ours, theirs, rows[i].initiating);
		is_hex(&secret, sizeof(secret), rows[i].secret);
	}
}

static void
bad_secret(void)
{
	struct secret_key zero = { { 0 } };
	uint8_t out[BIP324_KEY_LEN], random[32] = { 0 };

	CU_ASSERT_FALSE(ellswift_create(out, &zero, random));
}
#endif

static const struct unit_test tests[] = {
	{ "ciphers: the BIP's vectors", ciphers },
	{ "two machines shake hands", conversation },
	{ "messages", messages },
	{ "decoys and odd messages", decoys_and_odd_messages },
	{ "too long", too_long },
	{ "truncated and changed", truncated_and_changed },
	{ "v1 of another network", v1_of_another_network },
#ifdef HAVE_ELLSWIFT
	{ "key exchange: the BIP's vectors", key_exchange },
	{ "a bad secret", bad_secret },
#endif
};
UNIT_MAIN("bip324", tests)
