/* BIP324: the first byte says which side we are, the rest is the stream of a peer. No stream of a stranger makes a message
 * without the keys; with the second bit of the first byte the input is put into rightly sealed packets. */
#include "chain/bip324.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
exchange(struct hash256 *out, const struct secret_key *k, const uint8_t ours[BIP324_KEY_LEN], const uint8_t theirs[BIP324_KEY_LEN],
	 bool initiator)
{
	(void)k;
	(void)ours;
	(void)theirs;
	(void)initiator;
	memset(out, 7, sizeof(*out));
}

static void
hear_all(struct bip324 *m, const uint8_t *data, size_t size)
{
	enum bip324_verdict v = BIP324_STEP;
	struct bip324_message message;
	struct wr w = { 0 };
	size_t used;

	while (v == BIP324_STEP || v == BIP324_MESSAGE) {
		v = bip324_hear(m, &message, &w, &used, data, size, 100000);
		assert(used <= size && (v != BIP324_MORE || used == 0));
		if (v == BIP324_MESSAGE)
			assert(strlen(message.command) <= 12 && message.len <= 100000);
		data += used;
		size -= used;
	}
	wr_clear(&w);
}

/* Packets sealed rightly around whatever the input says: what an honest or a lying holder of the keys may send. */
static void
sealed(const uint8_t *data, size_t size, bool initiator)
{
	static const uint8_t magic[4] = { 0xfa, 0xbf, 0xb5, 0xda };
	struct bip324_setup s = { .initiator = initiator, .exchange = exchange, .garbage = data, .magic = { 0xfa, 0xbf, 0xb5, 0xda } };
	struct hash256 secret;
	struct bip324_cipher c;
	struct wr out = { 0 }, in = { 0 };
	struct bip324 *m = bip324_new(&out, &s);

	memset(&secret, 7, sizeof(secret));
	bip324_cipher_init(&c, &secret, magic, !initiator);
	for (size_t i = 0; i < BIP324_KEY_LEN; i++)
		wr_u8(&in, 1);
	wr_bytes(&in, c.send_terminator, sizeof(c.send_terminator));
	while (size > 0) {
		size_t len = data[0] & 0x3f;

		len = len < size ? len : size - 1;
		bip324_seal(&in, &c, NULL, 0, data + 1, len, (data[0] & 0x80) != 0);
		if ((data[0] & 0x40) != 0)
			in.p[in.len - 1] ^= 1;
		data += 1 + len;
		size -= 1 + len;
	}
	hear_all(m, in.p, in.len);
	bip324_free(m);
	wr_clear(&in);
	wr_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bip324_setup s = { .exchange = exchange, .garbage = data };
	struct wr w = { 0 };
	struct bip324 *m;

	if (size == 0)
		return 0;
	if ((data[0] & 2) != 0) {
		sealed(data + 1, size - 1, (data[0] & 1) != 0);
		return 0;
	}
	s.initiator = (data[0] & 1) != 0;
	m = bip324_new(&w, &s);
	hear_all(m, data + 1, size - 1);
	bip324_free(m);
	wr_clear(&w);
	return 0;
}
